//! The choice of stems in a file.

use serde::{Deserialize, Serialize};

/// The stems in a mix. They sound the same as in the full mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mix {
    /// Voice, cues and bed.
    #[default]
    Full,
    /// The voice alone.
    Voice,
    /// The bed alone.
    Bed,
}

impl Mix {
    /// The names of the mixes.
    pub const NAMES: [&'static str; 3] = ["full", "voice", "bed"];

    /// Finds a mix by name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "full" => Some(Self::Full),
            "voice" => Some(Self::Voice),
            "bed" => Some(Self::Bed),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}
