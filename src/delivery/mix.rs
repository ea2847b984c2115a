//! The choice of stems in a file.

use serde::{Deserialize, Serialize};

use crate::toml::key::words;

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
    /// The mixes with their names.
    pub const WORDS: [(&'static str, Self); 3] =
        [("full", Self::Full), ("voice", Self::Voice), ("bed", Self::Bed)];
    /// The names of the mixes.
    pub const NAMES: [&'static str; Self::WORDS.len()] = words(&Self::WORDS);

    /// Finds a mix by name.
    pub fn named(name: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == name).map(|(_, mix)| *mix)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Voice => "voice",
            Self::Bed => "bed",
        }
    }
}
