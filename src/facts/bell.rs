use serde::{Deserialize, Serialize};

use crate::dsp::loudness;
use crate::unit::{Db, Frames, Lufs, SampleRate};

/// The facts of a bell, a breath swell or a tick at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BellFacts {
    /// The whole length.
    pub frames: Frames,
    /// The energies of its 400 ms blocks, one per hop, as in [`ClipFacts::blocks`](super::ClipFacts::blocks).
    pub blocks: Vec<f64>,
}

impl BellFacts {
    /// The highest momentary (400 ms) loudness.
    pub fn max_momentary(&self) -> Option<Lufs> {
        loudness::momentary_max(&self.blocks)
    }

    /// How long a bell played with `gain` stays above `level`, in frames from its strike.
    pub fn audible_frames(&self, gain: Db, level: Lufs, rate: SampleRate) -> Frames {
        let limit = loudness::energy_of(level - gain);
        let over = self.blocks.iter().rposition(|energy| *energy > limit).map_or(0, |last| last + 1);
        Frames((over * rate.hop()) as u64).min(self.frames)
    }
}
