//! The engines for speech that adem knows by name, and the one that speaks the drafts of a track.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program that speaks texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpeechEngine {
    /// Kokoro-82M, in nine languages and those that sound like them; `voice/engines/install.py` installs it.
    Kokoro,
    /// English, taught by Kokoro and forty times quicker; `voice/engines/install.py` installs it.
    Hibari,
    /// English.
    Flite,
    /// SVOX Pico: six languages.
    Pico,
    /// Over a hundred languages, by rules.
    Espeak,
}

impl SpeechEngine {
    /// The engines by their names in files.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("kokoro", Self::Kokoro),
        ("hibari", Self::Hibari),
        ("flite", Self::Flite),
        ("pico", Self::Pico),
        ("espeak-ng", Self::Espeak),
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kokoro => "kokoro",
            Self::Hibari => "hibari",
            Self::Flite => "flite",
            Self::Pico => "pico",
            Self::Espeak => "espeak-ng",
        }
    }

    /// The engine of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::WORDS.into_iter().find_map(|(word, engine)| (word == name).then_some(engine))
    }

    /// The licence of the program, as an SPDX name. What it speaks is not under it.
    pub fn licence(self) -> &'static str {
        match self {
            Self::Kokoro | Self::Hibari | Self::Pico => "Apache-2.0",
            Self::Flite => "MIT-Festival",
            Self::Espeak => "GPL-3.0-or-later",
        }
    }
}

/// The engine that speaks the phrases without a recording, and its voice. One track has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DraftVoice {
    /// The engine, or the program that the voice names.
    pub engine: String,
    /// Its version; empty where it is not known.
    pub version: String,
    /// Its voice; empty where the voice of the course names the program.
    pub voice: String,
    /// The licence of the engine; empty where it is not known.
    pub licence: String,
    /// The engine whose clips of this voice are left out, so that the whole track has one voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

impl DraftVoice {
    /// Its engine with the version: `espeak-ng 1.51`.
    pub fn engine_and_version(&self) -> String {
        format!("{} {}", self.engine, self.version).trim_end().to_owned()
    }
}

/// `espeak-ng 1.51, nl+f2, GPL-3.0-or-later`.
impl fmt::Display for DraftVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.engine_and_version())?;
        let known = [&self.voice, &self.licence].into_iter().filter(|word| !word.is_empty());
        known.into_iter().try_for_each(|word| write!(f, ", {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_is_found_by_its_name() {
        for (word, engine) in SpeechEngine::WORDS {
            assert_eq!(engine.name(), word);
            assert_eq!(SpeechEngine::named(word), Some(engine));
        }
        assert_eq!(SpeechEngine::named("piper"), None);
    }
}
