//! The facts of a clip, and the recording chosen for a phrase.

use serde::{Deserialize, Serialize};

use super::beats::{Beat, beats};
use crate::dsp::loudness;
use crate::dsp::recording::RecordingMeasures;
use crate::dsp::speech::Speech;
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::dsp::voice::tone::SpectralBalance;
use crate::unit::{Db, Frames, Lufs, SampleRate};

/// The prefix of a draft's path; no file of a course can have such a path.
pub const DRAFT_PATH: &str = "draft:";
/// What the paths of the recordings of listeners begin with.
pub const OWN_PATH: &str = "own:";

/// Whether the sound with this path is no recording of the voice, but a draft or that of a listener.
pub fn is_no_take(path: &str) -> bool {
    path.starts_with(DRAFT_PATH) || path.starts_with(OWN_PATH)
}

/// The facts of one prepared clip at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    pub source: String,
    pub source_rate: SampleRate,
    /// The length of the file, in frames at its own rate.
    pub source_frames: Frames,
    /// Where the clip begins, in frames of the file.
    pub in_point: Frames,
    /// Where the clip ends, in frames of the file.
    pub out_point: Frames,
    /// The length of the prepared clip.
    pub frames: Frames,
    /// Where the voice audibly begins in the prepared clip.
    pub onset: Frames,
    /// Stretches of speech, separated by gaps of at least 60 ms.
    pub islands: Vec<(Frames, Frames)>,
    /// The energies of its 400 ms blocks (docs/sound.md, section 3); empty where the loudness was not wanted.
    pub blocks: Vec<f64>,
    /// Its bass and treble as recorded.
    #[serde(rename = "colour")]
    pub balance: SpectralBalance,
    /// How far each s is over its vowels before it was lowered, in dB.
    pub sibilants: Vec<f32>,
    /// The background noise in its pauses.
    pub room: Option<RoomNoise>,
    /// How it was fitted to the other clips of its voice.
    pub fitting: Fitting,
    /// What each stage of the voice chain did to it.
    #[serde(rename = "done")]
    pub effects: ChainEffects,
    /// What the recording measures as it came.
    pub measures: RecordingMeasures,
    /// Where it is damaged.
    pub complaints: Vec<Complaint>,
}

/// Which facts of a clip are wanted besides its length; computing them costs more than decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The energies of its blocks.
    pub loudness: bool,
    /// The islands of speech at which it can be cut into beats.
    pub islands: bool,
}

impl Wanted {
    /// All of them. A clip that is trimmed to its speech always has them.
    pub const ALL: Self = Self { loudness: true, islands: true };
    /// Only the length.
    pub const NONE: Self = Self { loudness: false, islands: false };
}

/// Damage of a recording that can still be used: sound is missing or was replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Complaint {
    /// Its end is missing.
    Cut {
        /// How long it is, in seconds.
        seconds: f64,
        /// How long it should be, where the file declares it.
        of: Option<f64>,
    },
    /// Parts that could not be decoded are silent.
    Lost {
        /// Where the first of them begins, in seconds.
        at: f64,
        /// How long they are together, in seconds.
        seconds: f64,
    },
    /// It does not match the checksum of its file.
    Checksum,
    /// Single samples far beyond full scale were replaced.
    Wild {
        /// Where the first was, in seconds.
        at: f64,
        /// How many there were.
        samples: u64,
        /// The largest, in dBFS.
        level: f64,
    },
}

impl ClipFacts {
    /// The gated loudness of this clip alone; `None` where it is too quiet.
    pub fn loudness(&self) -> Option<Lufs> {
        loudness::gated(&self.blocks)
    }

    /// The lowest loudness of three seconds within it; `None` where it is shorter.
    pub fn softest_seconds(&self) -> Option<Lufs> {
        // A block spans its hop and the three before it, so 27 blocks span thirty hops.
        let inside = self.blocks.get(3..self.blocks.len().saturating_sub(3))?;
        let mean = |window: &[f64]| window.iter().sum::<f64>() / window.len() as f64;
        inside.windows(27).map(mean).reduce(f64::min).and_then(loudness::loudness_of)
    }

    /// Cuts the clip into beats, whose texts have these shares of the letters; `None` where it cannot be cut.
    pub fn beats(&self, shares: &[f64], rate: SampleRate) -> Option<Vec<Beat>> {
        let index = |frames: Frames| frames.index();
        let islands = self.islands.iter().map(|&(from, to)| (index(from), index(to))).collect();
        beats(&Speech { start: 0, onset: index(self.onset), end: index(self.frames), islands }, shares, rate)
    }
}

/// What each stage of the voice chain did to one clip, as reductions in dB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainEffects {
    /// How many tops that were cut off were restored.
    pub tops: usize,
    /// How much the echo of the room fell in the pauses.
    pub reverb: Db,
    /// How far the hum of the mains fell when it was removed.
    pub hum: Db,
    /// How much the level of the whole clip fell when rumble was removed.
    pub rumble: Db,
    /// How much the noise floor fell when noise was reduced.
    pub noise: Db,
    /// How far noise was to be reduced, from 0 to 1.
    pub denoise: f64,
    /// How many clicks were repaired.
    pub clicks: usize,
    /// The largest reduction of sibilance.
    pub sibilance: Db,
    /// The largest reduction of a breath.
    pub breath: Db,
    /// The largest reduction of a passage with high momentary loudness.
    #[serde(rename = "moments")]
    pub momentary: Db,
    /// How far the highest peak fell as phases were turned.
    pub turned: Db,
    /// The largest reduction of a peak after that.
    pub peaks: Db,
    /// The share of its length in which peaks are reduced.
    pub held: f64,
    /// The true peak after that, in dBTP; `None` where peaks are left as they are.
    pub highest: Option<Db>,
}

/// The recording or draft that is used for a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The path relative to the course folder.
    pub path: String,
    pub facts: ClipFacts,
    /// The level of its recording session; `None` where that equals the level of the voice.
    pub session: Option<Lufs>,
    /// The words it was recorded for, where those of its phrase are others now.
    pub stale: Option<String>,
    /// The ids of the checks that it was accepted with.
    pub despite: Vec<String>,
}

impl Take {
    /// Whether it is synthetic speech that stands in for a missing recording.
    pub fn is_draft(&self) -> bool {
        self.path.starts_with(DRAFT_PATH)
    }
}
