//! The facts of a bell.

use serde::{Deserialize, Serialize};

use crate::dsp::loudness;
use crate::unit::{Db, Frames, Lufs, SampleRate};

/// The facts of a bell at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BellFacts {
    /// The whole ring.
    pub frames: Frames,
    /// The energies of its 400 ms blocks, a hop apart, as [`ClipFacts::blocks`].
    pub blocks: Vec<f64>,
}

impl BellFacts {
    /// Its loudest moment.
    pub fn max_momentary(&self) -> Option<Lufs> {
        loudness::momentary_max(&self.blocks)
    }

    /// When a bell changed by `gain` has fallen below `level` for good, in frames from its strike.
    pub fn clear(&self, gain: Db, level: Lufs, rate: SampleRate) -> Frames {
        let limit = loudness::energy_of(level - gain);
        let over = self.blocks.iter().rposition(|energy| *energy > limit).map_or(0, |last| last + 1);
        Frames((over * rate.hop()) as u64).min(self.frames)
    }
}
