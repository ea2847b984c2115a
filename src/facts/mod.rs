//! What layout knows about sounds: lengths, onsets and loudness, never samples. Computed once by decoding, then
//! cached.

pub mod beats;
mod bed;
mod bell;
mod clip;
pub mod clip_checks;
mod level;
pub mod pace;
pub mod sound_checks;

use std::collections::BTreeMap;

pub use bed::BedFacts;
pub use bell::BellFacts;
pub use clip::{ChainEffects, ClipFacts, Complaint, DRAFT_PATH, OWN_PATH, Take, Wanted, is_no_take};
pub use level::median_level;

pub use crate::dsp::loudness::{energy_of, loudness_of};
pub use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::script::session::PhraseKey;
use crate::script::speech_engine::DraftVoice;
use crate::unit::{Lufs, SampleRate, Seconds};
use pace::Pace;

/// Everything that layout knows about the sounds of one session.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The rate of all lengths in frames.
    pub rate: SampleRate,
    /// The recordings or drafts that exist.
    pub clips: BTreeMap<PhraseKey, Take>,
    /// The machine that speaks the drafts among them, if there are any.
    pub drafted_by: Option<DraftVoice>,
    /// The level that all recording sessions of the voice are brought to; `None` leaves clips unchanged.
    pub voice_level: Option<Lufs>,
    /// The share of the distance to the level of its session by which a clip is corrected.
    pub strength: f64,
    pub bells: BTreeMap<String, BellFacts>,
    /// The breath swells, by the lengths of the in-breath and the out-breath.
    pub swells: BTreeMap<(Seconds, Seconds), BellFacts>,
    /// The tick of a walking pace, where the session uses it.
    pub tick: Option<BellFacts>,
    pub beds: BTreeMap<String, BedFacts>,
    /// The room tone of the voice; `None` where the gaps between phrases are digital silence.
    pub room: Option<RoomTone>,
    /// How fast the voice speaks, to estimate phrases that have no recording yet.
    pub pace: Pace,
}

/// A room tone.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomTone {
    /// The path of its recording, relative to the course folder; `None` for noise that imitates the pauses of the
    /// clips.
    pub file: Option<String>,
    /// Its level and spectrum as recorded.
    pub room: RoomNoise,
}
