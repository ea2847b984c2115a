//! Presets: the numbers a finished file is made by.

use super::keys;
use super::table::Node;
use crate::unit::{Db, Lufs, SampleRate};

/// What is brought to the target loudness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The speech of the voice, so that pauses and beds cannot move it.
    Speech,
    /// The whole file, for those who must.
    Integrated,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// WAV, 16 bits, dithered.
    Wav16,
    /// WAV, 24 bits.
    Wav24,
    /// WAV, 32-bit float.
    Wav32f,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Wav16, Self::Wav24, Self::Wav32f];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 3] = ["wav16", "wav24", "wav32f"];

    /// The format of a name; `wav` is that of 24 bits.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "wav" { "wav24" } else { name };
        Self::NAMES.iter().position(|known| *known == name).map(|index| Self::ALL[index])
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        "wav"
    }
}

/// A set of numbers for finished files.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// What is brought to the target.
    pub anchor: Anchor,
    /// The target loudness.
    pub target: Lufs,
    /// The highest true peak, in dBTP.
    pub ceiling: Db,
    /// Frames a second.
    pub rate: SampleRate,
    /// The kind of file.
    pub format: Format,
}

impl Preset {
    /// The default: speech at −18 LUFS, true peaks under −2 dBTP, 48 kHz, WAV of 24 bits.
    ///
    /// AES TD1008 puts the speech of a stream at −18 LUFS; −2 dBTP survives lossy encoding (sound standards, 2 and 6).
    pub fn stream() -> Self {
        Self {
            name: "stream".to_owned(),
            anchor: Anchor::Speech,
            target: Lufs(-18.0),
            ceiling: Db(-2.0),
            rate: SampleRate::DEFAULT,
            format: Format::Wav24,
        }
    }

    /// Reads `[presets.name]`; what it does not say is that of `stream`.
    pub fn read(name: &str, node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::PRESET)?;
        let usual = Self::stream();
        let rate = |node: Node<'_>| {
            let hz = node.whole(u64::from(SampleRate::LEAST)..=u64::from(SampleRate::MOST))?;
            SampleRate::new(hz as u32)
        };
        Some(Self {
            name: name.to_owned(),
            anchor: match table.get("anchor").and_then(|node| node.one_of(&["speech", "integrated"])) {
                Some("integrated") => Anchor::Integrated,
                _ => Anchor::Speech,
            },
            target: table
                .get("target")
                .and_then(|node| node.number(-40.0..=-10.0))
                .map_or(usual.target, Lufs),
            ceiling: table.get("ceiling").and_then(|node| node.db(-12.0..=-0.1)).unwrap_or(usual.ceiling),
            rate: table.get("rate").and_then(rate).unwrap_or(usual.rate),
            format: table
                .get("format")
                .and_then(|node| node.one_of(&Format::NAMES))
                .and_then(Format::named)
                .unwrap_or(usual.format),
        })
    }
}
