//! What layout knows of sounds: lengths, onsets and loudness, never samples. Made once by decoding, then cached.

pub mod beats;
mod bed;
mod bell;
mod clip;
mod level;
pub mod pace;

use std::collections::BTreeMap;

pub use bed::BedFacts;
pub use bell::BellFacts;
pub use clip::{ChainEffects, ClipFacts, Complaint, DRAFT_PATH, Take, Wanted};
pub use level::median_level;

use crate::dsp::voice::room::RoomNoise;
pub use crate::dsp::voice::tone::Tone;
use crate::script::session::PhraseKey;
use crate::unit::{Lufs, SampleRate, Seconds};
use pace::Pace;

/// Everything layout may know of the sounds of one session.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The rate all lengths are in.
    pub rate: SampleRate,
    /// The clips there are.
    pub clips: BTreeMap<PhraseKey, Take>,
    /// The level of the voice, which its recording sessions are brought to; `None` leaves clips alone.
    pub voice_level: Option<Lufs>,
    /// The bells.
    pub bells: BTreeMap<String, BellFacts>,
    /// The breath swells, by the length of the in-breath and the out-breath.
    pub swells: BTreeMap<(Seconds, Seconds), BellFacts>,
    /// The tick of a pace, where one is heard.
    pub tick: Option<BellFacts>,
    /// The beds.
    pub beds: BTreeMap<String, BedFacts>,
    /// The tone of the room the voice was recorded in; `None` where its gaps are left empty.
    pub room: Option<RoomTone>,
    /// How quickly the voice speaks, for what nobody has recorded yet.
    pub pace: Pace,
}

/// What is known of the tone of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomTone {
    /// A recording of it, below the course folder; `None` for noise made after the clips.
    pub file: Option<String>,
    /// What it is like, as recorded.
    pub room: RoomNoise,
}
