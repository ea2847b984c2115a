//! Presets: the numbers a finished file is made by.

use std::collections::BTreeMap;

use super::coding::Coding;
use crate::script::keys;
use crate::toml::table::Node;
use crate::unit::{Db, Lufs, SampleRate, Seconds};

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
    /// AAC-LC in MP4.
    M4a,
    /// Opus in Ogg.
    Opus,
    /// Vorbis in Ogg.
    Ogg,
}

impl Format {
    /// The words people write; `wav` is that of 24 bits.
    pub const NAMES: [&'static str; 9] =
        ["wav", "wav16", "wav24", "wav32f", "flac", "mp3", "m4a", "opus", "ogg"];
    /// The endings of file names, each with the format it stands for.
    pub const ENDINGS: [(&'static str, Self); 6] = [
        ("wav", Self::Wav24),
        ("flac", Self::Flac),
        ("mp3", Self::Mp3),
        ("m4a", Self::M4a),
        ("opus", Self::Opus),
        ("ogg", Self::Ogg),
    ];
    /// The rates of MPEG-1, MPEG-2 and MPEG-2.5 (ISO/IEC 11172-3, 13818-3, and Fraunhofer's extension) in Hz.
    const MP3_RATES: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
    /// The rates of AAC that adem has too (ISO/IEC 14496-3) in Hz.
    const M4A_RATES: [u32; 12] =
        [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];
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
            "m4a" => Self::M4a,
            "opus" => Self::Opus,
            "ogg" => Self::Ogg,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav16 => "wav16",
            Self::Wav24 => "wav24",
            Self::Wav32f => "wav32f",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Opus => "opus",
            Self::Ogg => "ogg",
        }
    }

    /// The bits of a stored sample; `None` where the coding knows none.
    pub fn bits(self) -> Option<u32> {
        match self {
            Self::Wav16 => Some(16),
            Self::Wav24 | Self::Flac => Some(24),
            Self::Wav32f => Some(32),
            Self::Mp3 | Self::M4a | Self::Opus | Self::Ogg => None,
        }
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav16 | Self::Wav24 | Self::Wav32f => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Opus => "opus",
            Self::Ogg => "ogg",
        }
    }

    /// Whether what is decoded is not quite what was encoded.
    pub fn is_lossy(self) -> bool {
        matches!(self, Self::Mp3 | Self::M4a | Self::Opus | Self::Ogg)
    }

    /// Whether a file of this kind can be written without going back to its beginning, as into a pipe.
    pub fn streams(self) -> bool {
        !matches!(self, Self::Mp3 | Self::M4a)
    }

    /// Whether a file of this kind can be at that rate; if not, the rates it can be at, in Hz.
    ///
    /// # Errors
    /// The rates that are possible.
    pub fn takes(self, rate: SampleRate) -> Result<(), &'static [u32]> {
        match self {
            Self::Mp3 if !Self::MP3_RATES.contains(&rate.hz()) => Err(&Self::MP3_RATES),
            Self::M4a if !Self::M4A_RATES.contains(&rate.hz()) => Err(&Self::M4A_RATES),
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
    /// The loudness of a whole version without a voice.
    pub voiceless: Lufs,
    /// How far the loudest moment of a bell lies below the voice.
    pub bells: Db,
    /// The longest silence before the first sound, and after the last step; `None` leaves them to the script.
    pub head: Option<Seconds>,
    /// As `head`.
    pub tail: Option<Seconds>,
    /// Frames a second.
    pub rate: SampleRate,
    /// The kind of file.
    pub format: Format,
    /// Whether beds lie so far under the voice that those who hear less well can follow every phrase (WCAG 2.2, 1.4.7:
    /// 20 dB).
    pub accessible: bool,
    /// How its samples are coded.
    pub coding: Coding,
}

impl Preset {
    /// The names of the presets that every course has; the first is the one used unless another is asked for.
    pub const NAMES: [&'static str; 6] = ["stream", "podcast", "sleep", "broadcast", "acx", "accessible"];

    /// The default: speech at −18 LUFS, true peaks under −2 dBTP, 48 kHz, WAV of 24 bits.
    ///
    /// AES TD1008 puts the speech of a stream at −18 LUFS; −2 dBTP survives lossy encoding (docs/sound.md,
    /// sections 2 and 6). A bell 8 LU under the voice is plain and startles nobody (section 4). A version without a
    /// voice lies between −23 and −20 LUFS (section 3), and the lowest of these startles least.
    pub fn stream() -> Self {
        Self {
            name: "stream".to_owned(),
            anchor: Anchor::Speech,
            target: Lufs(-18.0),
            ceiling: Db(-2.0),
            voiceless: Lufs(-23.0),
            bells: Db(8.0),
            head: None,
            tail: None,
            rate: SampleRate::DEFAULT,
            format: Format::Wav24,
            accessible: false,
            coding: Coding::default(),
        }
    }

    /// One of the presets that every course has (docs/sound.md, section 2).
    ///
    /// - `podcast`: −16 LUFS, what podcast directories ask for, as an MP3.
    /// - `sleep`: the voice of `stream`, as a quieter file is only turned up and the next one startles; bells 14 LU
    ///   under it, and versions without a voice at −26 LUFS.
    /// - `broadcast`: EBU R 128, −23 LUFS, true peaks under −1 dBTP.
    /// - `acx`: for audiobook shops. They measure the root mean square, from −23 to −18 dBFS; where the voices of track 1
    ///   speak, −19 LUFS on two channels is −20.7 and −20.2 dBFS. Peaks under −3, an MP3 at 44.1 kHz and a constant
    ///   192 kbit/s. They want half a second to one before the first word and one to five after the last: what lies
    ///   before the voice in its first clip, and the pause after the last phrase, are part of that.
    /// - `accessible`: `stream`, with beds so much lower that every phrase lies 20 dB above them.
    pub fn built_in(name: &str) -> Option<Self> {
        let stream = Self::stream();
        let preset = match name {
            "stream" | "accessible" => stream,
            "podcast" => Self { target: Lufs(-16.0), format: Format::Mp3, ..stream },
            "sleep" => Self { voiceless: Lufs(-26.0), bells: Db(14.0), ..stream },
            "broadcast" => Self { target: Lufs(-23.0), ceiling: Db(-1.0), ..stream },
            "acx" => Self {
                target: Lufs(-19.0),
                ceiling: Db(-3.0),
                head: Some(Seconds::from_millis(800)),
                tail: Some(Seconds::from_millis(2_500)),
                rate: SampleRate::DISC,
                format: Format::Mp3,
                ..stream
            },
            _ => return None,
        };
        Some(Self { name: name.to_owned(), accessible: name == "accessible", ..preset })
    }

    /// The preset of a name: the course's own, or one that every course has.
    pub fn find(own: &BTreeMap<String, Self>, name: &str) -> Option<Self> {
        own.get(name).cloned().or_else(|| Self::built_in(name))
    }

    /// All names of presets, those of the course first.
    pub fn known(own: &BTreeMap<String, Self>) -> impl Iterator<Item = &str> + Clone {
        let others = Self::NAMES.into_iter().filter(|name| !own.contains_key(*name));
        own.keys().map(String::as_str).chain(others)
    }

    /// Reads `[presets.name]`; what it does not say is that of the preset of this name, or else of `stream`.
    pub fn read(name: &str, node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::PRESET)?;
        let usual = Self::built_in(name).unwrap_or_else(Self::stream);
        let rate = |node: Node<'_>| {
            let hz = node.whole(u64::from(SampleRate::LEAST)..=u64::from(SampleRate::MOST))?;
            SampleRate::new(hz as u32)
        };
        let loudness = |key: &str| table.get(key).and_then(|node| node.number(-40.0..=-10.0)).map(Lufs);
        let time = |key: &str| table.get(key).and_then(|node| node.time());
        let preset = Self {
            name: name.to_owned(),
            anchor: match table.get("anchor").and_then(|node| node.one_of(&["speech", "integrated"])) {
                Some("integrated") => Anchor::Integrated,
                _ => Anchor::Speech,
            },
            target: loudness("target").unwrap_or(usual.target),
            ceiling: table.get("ceiling").and_then(|node| node.db(-12.0..=-0.1)).unwrap_or(usual.ceiling),
            voiceless: loudness("voiceless").unwrap_or(usual.voiceless),
            bells: table.get("bells").and_then(|node| node.db(0.0..=40.0)).unwrap_or(usual.bells),
            head: time("head").or(usual.head),
            tail: time("tail").or(usual.tail),
            rate: table.get("rate").and_then(rate).unwrap_or(usual.rate),
            format: table
                .get("format")
                .and_then(|node| node.one_of(&Format::NAMES))
                .and_then(Format::named)
                .unwrap_or(usual.format),
            accessible: table.get("accessible").and_then(|node| node.flag()).unwrap_or(usual.accessible),
            coding: Coding::read(&table),
        };
        preset.coding.refuse(preset.format, preset.rate, &table);
        Some(preset)
    }

    /// The preset as one types it.
    pub fn typed(&self) -> String {
        let anchor = match self.anchor {
            Anchor::Speech => "speech",
            Anchor::Integrated => "integrated",
        };
        let Self {
            name,
            anchor: _,
            target,
            ceiling,
            voiceless,
            bells,
            head,
            tail,
            accessible,
            rate,
            format,
            coding,
        } = self;
        let time = |key: &str, time: &Option<Seconds>| {
            time.map_or_else(String::new, |time| format!("{key} = {}\n", time.as_f64()))
        };
        let ends = time("head", head) + &time("tail", tail);
        format!(
            "[presets.{name}]\nanchor = \"{anchor}\"\ntarget = {}\nceiling = {}\nvoiceless = {}\nbells = {}\n{ends}\
             accessible = {accessible}\nrate = {}\nformat = \"{}\"\n{}",
            target.0,
            ceiling.0,
            voiceless.0,
            bells.0,
            rate.hz(),
            format.name(),
            coding.typed(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Sink, Sources};
    use crate::toml::table::read_file;

    #[test]
    fn every_name_and_every_ending_has_its_format() {
        assert!(Format::NAMES.iter().all(|name| Format::named(name).is_some()));
        assert!(Format::ENDINGS.iter().all(|(ending, format)| format.extension() == *ending));
        assert_eq!(Format::named("aac"), None);
    }

    #[test]
    fn every_name_has_its_preset_and_a_table_changes_only_what_it_says() {
        for name in Preset::NAMES {
            let preset = Preset::built_in(name).unwrap();
            assert_eq!((preset.name.as_str(), preset.format.takes(preset.rate)), (name, Ok(())));
        }
        assert_eq!(Preset::built_in("stream"), Some(Preset::stream()));
        let text = "[presets.acx]\nbells = 12\n[presets.own]\naccessible = true\n";
        let mut sources = Sources::default();
        let file = sources.add("course.toml", text);
        let sink = Sink::new();
        let read = read_file(file, text, &keys::COURSE, &sink, |table| {
            let presets = table.get("presets")?.table(&keys::PRESETS)?;
            Some(presets.entries().iter().map(|(name, node)| Preset::read(&name.value, node)).collect())
        });
        let presets: Vec<Option<Preset>> = read.flatten().unwrap();
        let acx = Preset { bells: Db(12.0), ..Preset::built_in("acx").unwrap() };
        let own = Preset { name: "own".to_owned(), accessible: true, ..Preset::stream() };
        assert_eq!(presets, [Some(acx), Some(own)]);
    }

    #[test]
    fn a_preset_as_typed_is_read_as_itself() {
        for preset in Preset::NAMES.map(|name| Preset::built_in(name).unwrap()) {
            let text = preset.typed().replace(&format!("presets.{}", preset.name), "presets.copy");
            let mut sources = Sources::default();
            let file = sources.add("course.toml", &text);
            let sink = Sink::new();
            let copy = read_file(file, &text, &keys::COURSE, &sink, |table| {
                let presets = table.get("presets")?.table(&keys::PRESETS)?;
                Preset::read("copy", &presets.entries().first()?.1)
            });
            assert_eq!(copy.flatten(), Some(Preset { name: "copy".to_owned(), ..preset }));
        }
    }

    #[test]
    fn an_mp3_and_an_m4a_take_only_their_own_rates_and_wav_and_flac_take_all() {
        let rate = |hz| SampleRate::new(hz).unwrap();
        assert_eq!(Format::Mp3.takes(rate(11_025)), Ok(()));
        assert!(Format::Mp3.takes(rate(96_000)).unwrap_err().contains(&48_000));
        assert_eq!(Format::M4a.takes(rate(96_000)), Ok(()));
        assert!(Format::M4a.takes(rate(192_000)).unwrap_err().contains(&96_000));
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
        assert!(clash.helps[0].to_string().contains("44100"), "{:?}", clash.helps);
        let found = read("[presets.web]\nformat = \"flac\"\nrate = 96000\n");
        assert!(found.iter().all(|found| found.code != Code::Clash));
    }
}
