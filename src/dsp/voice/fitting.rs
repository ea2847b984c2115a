//! What a clip is prepared with so that it fits the other clips of its voice. All of it follows from those clips and is kept beside
//! the facts of a clip.

use serde::{Deserialize, Serialize};

use super::tone::Tone;
use crate::unit::Db;

/// How a clip is fitted to the other clips of its voice. By default it is left as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fitting {
    /// The gains of octaves that bring its session to the others.
    pub tone: Tone,
    /// How far an s of this voice usually is over its vowels; `None` leaves each s as it is.
    pub usual_s: Option<Db>,
}

impl Fitting {
    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        self.tone.is_flat() && self.usual_s.is_none()
    }

    /// As bytes for cache keys.
    pub fn bytes(&self) -> Vec<u8> {
        let s = self.usual_s.map_or(f64::INFINITY, |usual| usual.0);
        self.tone.octaves.iter().map(|gain| gain.0).chain([s]).flat_map(f64::to_le_bytes).collect()
    }
}
