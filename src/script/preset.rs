//! Presets: the numbers a finished file is made by.

use super::coding::Coding;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// WAV, 16 bits, dithered.
    Wav16,
    /// WAV, 24 bits.
    Wav24,
    /// WAV, 32-bit float.
    Wav32f,
    /// FLAC, 24 bits.
    Flac,
    /// MP3.
    Mp3,
    /// Opus in Ogg.
    Opus,
    /// Vorbis in Ogg.
    Ogg,
}

impl Format {
    /// The words people write; `wav` is that of 24 bits.
    pub const NAMES: [&'static str; 8] = ["wav", "wav16", "wav24", "wav32f", "flac", "mp3", "opus", "ogg"];
    /// The endings of file names, each with the format it stands for.
    pub const ENDINGS: [(&'static str, Self); 5] = [
        ("wav", Self::Wav24),
        ("flac", Self::Flac),
        ("mp3", Self::Mp3),
        ("opus", Self::Opus),
        ("ogg", Self::Ogg),
    ];
    /// The rates of MPEG-1, MPEG-2 and MPEG-2.5 (ISO/IEC 11172-3, 13818-3, and Fraunhofer's extension) in Hz.
    const MP3_RATES: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
    /// The rates an Opus encoder takes (RFC 6716, 2.1.3) in Hz; it is always heard at 48000.
    const OPUS_RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

    /// The format of a name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "wav" | "wav24" => Self::Wav24,
            "wav16" => Self::Wav16,
            "wav32f" => Self::Wav32f,
            "flac" => Self::Flac,
            "mp3" => Self::Mp3,
            "opus" => Self::Opus,
            "ogg" => Self::Ogg,
            _ => return None,
        })
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav16 | Self::Wav24 | Self::Wav32f => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Ogg => "ogg",
        }
    }

    /// Whether what is decoded is not quite what was encoded.
    pub fn is_lossy(self) -> bool {
        matches!(self, Self::Mp3 | Self::Opus | Self::Ogg)
    }

    /// Whether a file of this kind can be at that rate; if not, the rates it can be at, in Hz.
    ///
    /// # Errors
    /// The rates that are possible.
    pub fn takes(self, rate: SampleRate) -> Result<(), &'static [u32]> {
        match self {
            Self::Mp3 if !Self::MP3_RATES.contains(&rate.hz()) => Err(&Self::MP3_RATES),
            Self::Opus if !Self::OPUS_RATES.contains(&rate.hz()) => Err(&Self::OPUS_RATES),
            _ => Ok(()),
        }
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
    /// How its samples are coded.
    pub coding: Coding,
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
            coding: Coding::default(),
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
        let preset = Self {
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
            coding: Coding::read(&table),
        };
        preset.coding.refuse(preset.format, preset.rate, &table);
        Some(preset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Sink, Sources};
    use crate::script::table::read_file;

    #[test]
    fn every_name_and_every_ending_has_its_format() {
        assert!(Format::NAMES.iter().all(|name| Format::named(name).is_some()));
        assert!(Format::ENDINGS.iter().all(|(ending, format)| format.extension() == *ending));
        assert_eq!(Format::named("m4a"), None);
    }

    #[test]
    fn an_mp3_takes_only_its_own_rates_and_the_others_take_all() {
        let rate = |hz| SampleRate::new(hz).unwrap();
        assert_eq!(Format::Mp3.takes(rate(11_025)), Ok(()));
        assert!(Format::Mp3.takes(rate(96_000)).unwrap_err().contains(&48_000));
        assert_eq!(Format::Flac.takes(rate(SampleRate::MOST)), Ok(()));
        assert_eq!(Format::Wav16.takes(rate(12_345)), Ok(()));
    }

    #[test]
    fn a_preset_that_cannot_be_is_a_mistake_at_the_rate() {
        let read = |text: &str| {
            let mut sources = Sources::default();
            let file = sources.add("course.toml", text);
            let sink = Sink::new();
            read_file(file, text, &keys::COURSE, &sink, |table| {
                let presets = table.get("presets")?.table(&keys::PRESETS)?;
                Preset::read("web", &presets.entries().first()?.1)
            });
            sink.into_sorted()
        };
        let found = read("[presets.web]\nformat = \"mp3\"\nrate = 96000\n");
        let clash = found.iter().find(|found| found.code == Code::Clash).expect("a clash");
        assert_eq!(clash.message, "an mp3 file cannot be at 96000 Hz");
        assert!(clash.helps[0].contains("44100"), "{:?}", clash.helps);
        let found = read("[presets.web]\nformat = \"flac\"\nrate = 96000\n");
        assert!(found.iter().all(|found| found.code != Code::Clash));
    }
}
