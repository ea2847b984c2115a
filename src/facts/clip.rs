//! The facts of a clip, and the recording that is used for a phrase.

use serde::{Deserialize, Serialize};

use super::beats::{Beat, beats};
use crate::dsp::loudness;
use crate::dsp::speech::Speech;
use crate::dsp::voice::room::RoomNoise;
use crate::dsp::voice::tone::{SpectralBalance, Tone};
use crate::unit::{Db, Frames, Lufs, SampleRate};

/// What a draft's path begins with; no file of a course can be called so.
pub const DRAFT_PATH: &str = "draft:";

/// The facts of one prepared clip at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    /// The hash of the file's bytes.
    pub source: String,
    /// The rate of the file.
    pub source_rate: SampleRate,
    /// The length of the file, in its frames.
    pub source_frames: Frames,
    /// Where the clip is cut in, in frames of the file.
    pub in_point: Frames,
    /// Where it is cut out, in frames of the file.
    pub out_point: Frames,
    /// Its length as it will be mixed.
    pub frames: Frames,
    /// Where the voice audibly begins in it.
    pub onset: Frames,
    /// Stretches of sound with holes of at least 60 ms between them.
    pub islands: Vec<(Frames, Frames)>,
    /// Energies of its 400 ms blocks: docs/sound.md, section 3. None where nobody wanted them.
    pub blocks: Vec<f64>,
    /// How bright it was recorded.
    #[serde(rename = "colour")]
    pub balance: SpectralBalance,
    /// The room that is left in its pauses.
    pub room: Option<RoomNoise>,
    /// The shelves it was prepared with, which bring its session to the tone of the others.
    pub tone: Tone,
    /// What the stages of the voice chain did to it.
    #[serde(rename = "done")]
    pub effects: ChainEffects,
    /// The highest sample of the recording.
    pub peak: f32,
    /// What is poor about the recording.
    pub complaints: Vec<Complaint>,
}

/// Which facts of a clip are wanted beyond its length; they cost more than decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How loud it is.
    pub loudness: bool,
    /// Where it may be cut into beats.
    pub islands: bool,
}

impl Wanted {
    /// All of them. A clip that is cut to its speech always has them.
    pub const ALL: Self = Self { loudness: true, islands: true };
    /// Its length alone.
    pub const NONE: Self = Self { loudness: false, islands: false };
}

/// What is poor about a recording that can be used all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Complaint {
    /// So few bits that they can be heard.
    FewBits(u32),
    /// Samples stuck at full scale.
    Clipped(u64),
}

impl ClipFacts {
    /// The loudness of the clip by itself, gated like the pool of all clips; `None` where it is too quiet.
    pub fn loudness(&self) -> Option<Lufs> {
        loudness::gated(&self.blocks)
    }

    /// The loudness of the softest three seconds of it; `None` where it is shorter.
    pub fn softest_seconds(&self) -> Option<Lufs> {
        // A block lies around its hop and the three before it, so these 27 lie within thirty hops.
        let inside = self.blocks.get(3..self.blocks.len().saturating_sub(3))?;
        let mean = |window: &[f64]| window.iter().sum::<f64>() / window.len() as f64;
        inside.windows(27).map(mean).reduce(f64::min).and_then(loudness::loudness_of)
    }

    /// Cuts the clip at its beats, whose texts have these shares of the letters; `None` where it cannot be cut.
    pub fn beats(&self, shares: &[f64], rate: SampleRate) -> Option<Vec<Beat>> {
        let index = |frames: Frames| frames.index();
        let islands = self.islands.iter().map(|&(from, to)| (index(from), index(to))).collect();
        beats(&Speech { start: 0, onset: index(self.onset), end: index(self.frames), islands }, shares, rate)
    }
}

/// What the stages did to one clip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainEffects {
    /// How far the whole clip fell as its rumble went.
    pub rumble: Db,
    /// How far the quietest of it fell when noise was reduced.
    pub noise: Db,
    /// How many clicks were mended.
    pub clicks: usize,
    /// How far an s was softened at most.
    pub sibilance: Db,
    /// How far a breath was softened at most.
    pub breath: Db,
    /// How far a loud moment was brought down at most.
    #[serde(rename = "moments")]
    pub momentary: Db,
    /// How far a peak was brought down at most.
    pub peaks: Db,
}

/// The recording that is used for a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The file, below the course folder.
    pub path: String,
    /// What it holds.
    pub facts: ClipFacts,
    /// The level of the session it was recorded in; `None` where that is the level of the voice.
    pub session: Option<Lufs>,
}

impl Take {
    /// Whether a machine spoke it because there is no recording yet.
    pub fn is_draft(&self) -> bool {
        self.path.starts_with(DRAFT_PATH)
    }
}
