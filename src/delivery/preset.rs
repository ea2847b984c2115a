//! Presets: loudness targets and other numbers for finished files.

use std::collections::BTreeMap;

use super::coding::{self, Coding};
pub use super::format::Format;
use crate::toml::field::{self, Field, put};
use crate::toml::key::{DefaultValue, Key, TableKeys, joined, word_of, words};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::{Db, Lufs, SampleRate, Seconds};

/// What the target loudness applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The speech; pauses and beds do not affect it.
    Speech,
    /// The whole file, for platforms that require it.
    Integrated,
}

impl Anchor {
    const WORDS: [(&'static str, Self); 2] = [("speech", Self::Speech), ("integrated", Self::Integrated)];
}

/// The numbers for finished files.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    pub name: String,
    pub anchor: Anchor,
    pub target: Lufs,
    /// The highest true peak, in dBTP.
    pub ceiling: Db,
    /// The integrated loudness of a version without a voice.
    pub voiceless: Lufs,
    /// How far the highest momentary loudness of a bell is below the voice.
    pub bells: Db,
    /// The longest silence before the first sound, and after the last step; `None` leaves them to the script.
    pub head: Option<Seconds>,
    /// As `head`.
    pub tail: Option<Seconds>,
    pub rate: SampleRate,
    pub format: Format,
    /// Whether every phrase is at least 20 dB above everything else (WCAG 2.2, 1.4.7).
    pub accessible: bool,
    pub coding: Coding,
}

/// The default: speech at −18 LUFS, true peaks under −2 dBTP, 48 kHz, WAV of 24 bits.
///
/// AES TD1008 puts the speech of a stream at −18 LUFS; −2 dBTP survives lossy encoding (docs/sound.md, sections 2 and
/// 6). A bell 8 LU under the voice is clear but does not startle (section 4). A version without a voice should be
/// between −23 and −20 LUFS (section 3); the lowest startles least.
static STREAM: Preset = Preset {
    name: String::new(),
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
    coding: Coding { mp3: None, m4a: None, opus: None, ogg: None, mono: false },
};

/// Changes `stream` into another preset.
type PresetEdit = fn(&mut Preset);

/// The built-in presets; the first is the default (docs/sound.md, sections 2 to 4).
///
/// - `podcast`: −16 LUFS, as podcast directories recommend, as an MP3.
/// - `sleep`: the voice level of `stream`, as listeners would turn up a quieter file and the next one would startle; bells
///   14 LU under it, and versions without a voice at −26 LUFS.
/// - `broadcast`: EBU R 128, −23 LUFS, true peaks under −1 dBTP.
/// - `acx`: for audiobook shops. They require an RMS level from −23 to −18 dBFS; for the voices of track 1, −19 LUFS on
///   two channels is −20.7 and −20.2 dBFS. Peaks under −3 dB, an MP3 at 44.1 kHz and a constant 192 kbit/s. They require
///   0.5 to 1 s before the first word and 1 to 5 s after the last, including the padding of the first clip and the last
///   pause.
/// - `accessible`: `stream`, with beds low enough for every phrase to be 20 dB above them.
const BUILT_IN: [(&str, PresetEdit); 6] = [
    ("stream", |_| {}),
    ("podcast", |preset| {
        preset.target = Lufs(-16.0);
        preset.format = Format::Mp3;
    }),
    ("sleep", |preset| {
        preset.voiceless = Lufs(-26.0);
        preset.bells = Db(14.0);
    }),
    ("broadcast", |preset| {
        preset.target = Lufs(-23.0);
        preset.ceiling = Db(-1.0);
    }),
    ("acx", |preset| {
        preset.target = Lufs(-19.0);
        preset.ceiling = Db(-3.0);
        preset.head = Some(Seconds::from_millis(800));
        preset.tail = Some(Seconds::from_millis(2_500));
        preset.rate = SampleRate::DISC;
        preset.format = Format::Mp3;
    }),
    ("accessible", |preset| preset.accessible = true),
];

/// The loudness of a finished file.
const LOUDNESS: Kind = Kind::Number(-40.0, -10.0);

/// The keys of a preset; those of [`Coding`] follow.
static FIELDS: [Field<Preset>; 10] = [
    Field {
        key: Key::new(
            "anchor",
            Kind::OneOf(&words(&Anchor::WORDS)),
            "\"speech\"",
            "What the target applies to: speech, or integrated for the whole file.",
        ),
        set: |preset, node| put(&mut preset.anchor, node.one_of(&Anchor::WORDS)),
        typed: |preset| Some(format!("\"{}\"", word_of(&Anchor::WORDS, &preset.anchor))),
    },
    Field {
        key: Key::new("target", LOUDNESS, "-18", "Its loudness in LUFS, {range}. Default {default}.")
            .or(DefaultValue::Number(STREAM.target.0)),
        set: |preset, node| put(&mut preset.target, node.number().map(Lufs)),
        typed: |preset| Some(preset.target.0.to_string()),
    },
    Field {
        key: Key::new(
            "ceiling",
            Kind::Level(-12.0, -0.1),
            "-2",
            "The highest true peak in dBTP, {range}. Default {default}.",
        )
        .or(DefaultValue::Number(STREAM.ceiling.0)),
        set: |preset, node| put(&mut preset.ceiling, node.db()),
        typed: |preset| Some(preset.ceiling.0.to_string()),
    },
    Field {
        key: Key::new(
            "voiceless",
            LOUDNESS,
            "-23",
            "The integrated loudness of a version without a voice, in LUFS. Default {default}.",
        )
        .or(DefaultValue::Number(STREAM.voiceless.0)),
        set: |preset, node| put(&mut preset.voiceless, node.number().map(Lufs)),
        typed: |preset| Some(preset.voiceless.0.to_string()),
    },
    Field {
        key: Key::new(
            "bells",
            Kind::Level(0.0, 40.0),
            "8",
            "How far the highest momentary loudness of a bell is below the voice, in LU. Default {default}.",
        )
        .or(DefaultValue::Number(STREAM.bells.0)),
        set: |preset, node| put(&mut preset.bells, node.db()),
        typed: |preset| Some(preset.bells.0.to_string()),
    },
    Field {
        key: Key::new(
            "head",
            Kind::Time,
            "0.8",
            "The most seconds of silence before the first sound. Default: as the script says.",
        ),
        set: |preset, node| put(&mut preset.head, node.time().map(Some)),
        typed: |preset| preset.head.map(|time| time.as_f64().to_string()),
    },
    Field {
        key: Key::new(
            "tail",
            Kind::Time,
            "2.5",
            "The most seconds of silence after the last step. Default: as the script says.",
        ),
        set: |preset, node| put(&mut preset.tail, node.time().map(Some)),
        typed: |preset| preset.tail.map(|time| time.as_f64().to_string()),
    },
    Field {
        key: Key::new(
            "accessible",
            Kind::Flag,
            "true",
            "Whether beds are lowered until every phrase is at least 20 dB above everything else. Default false.",
        ),
        set: |preset, node| put(&mut preset.accessible, node.flag()),
        typed: |preset| Some(preset.accessible.to_string()),
    },
    Field {
        key: Key::new(
            "rate",
            Kind::Whole(SampleRate::LEAST as u64, SampleRate::MOST as u64),
            "48000",
            "The sample rate in Hz, {range}. Default {default}.",
        )
        .or(DefaultValue::Number(STREAM.rate.hz() as f64)),
        set: |preset, node| put(&mut preset.rate, node.whole().and_then(|hz| SampleRate::new(hz as u32))),
        typed: |preset| Some(preset.rate.hz().to_string()),
    },
    Field {
        key: Key::new(
            "format",
            Kind::OneOf(&Format::NAMES),
            "\"wav24\"",
            "wav16, wav24 (or wav), wav32f, flac, mp3, m4a (AAC), opus or ogg (Vorbis). Default wav24.",
        ),
        set: |preset, node| put(&mut preset.format, node.one_of(&Format::WORDS)),
        typed: |preset| Some(format!("\"{}\"", preset.format.name())),
    },
];

/// `[presets.name]`.
static PRESET: TableKeys = TableKeys::new("a preset", &KEYS);
static KEYS: [Key; FIELDS.len() + coding::FIELDS.len()] =
    joined(&[&field::keys(&FIELDS), &field::keys(&coding::FIELDS)]);

/// `[presets]` of a course.
pub static PRESETS: TableKeys =
    TableKeys::named("the presets", Kind::Table(&PRESET)).with_built_in(Preset::all_typed);

/// The highest true peak of a version without a voice (docs/sound.md, section 3).
const VOICELESS_CEILING: Db = Db(-3.0);

impl Preset {
    /// The highest true peak of a version in which somebody speaks, or nobody.
    pub fn ceiling_where(&self, speaks: bool) -> Db {
        if speaks { self.ceiling } else { Db(self.ceiling.0.min(VOICELESS_CEILING.0)) }
    }

    /// The names of the built-in presets; the first is the default.
    pub const NAMES: [&'static str; BUILT_IN.len()] = words(&BUILT_IN);

    /// The default preset.
    pub fn stream() -> Self {
        Self { name: Self::NAMES[0].to_owned(), ..STREAM.clone() }
    }

    /// Finds a built-in preset by name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (name, change) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        let mut preset = Self { name: (*name).to_owned(), ..STREAM.clone() };
        change(&mut preset);
        Some(preset)
    }

    /// Finds a preset by name: that of the course, or else a built-in one.
    pub fn find(own: &BTreeMap<String, Self>, name: &str) -> Option<Self> {
        own.get(name).cloned().or_else(|| Self::built_in(name))
    }

    /// The names of all presets, those of the course first.
    pub fn known(own: &BTreeMap<String, Self>) -> impl Iterator<Item = &str> + Clone {
        let others = Self::NAMES.into_iter().filter(|name| !own.contains_key(*name));
        own.keys().map(String::as_str).chain(others)
    }

    /// Reads `[presets.name]`. Missing keys come from the built-in preset of this name, or else from `stream`.
    pub fn read(name: &str, node: &Node<'_>) -> Option<Self> {
        let table = node.table(&PRESET)?;
        let mut preset = Self { name: name.to_owned(), ..Self::built_in(name).unwrap_or_else(Self::stream) };
        field::read(&FIELDS, &table, &mut preset);
        field::read(&coding::FIELDS, &table, &mut preset.coding);
        preset.coding.refuse(preset.format, preset.rate, &table);
        Some(preset)
    }

    /// The preset in TOML.
    pub fn typed(&self) -> String {
        let (own, coding) = (field::typed(&FIELDS, self), field::typed(&coding::FIELDS, &self.coding));
        format!("[presets.{}]\n{own}{coding}", self.name)
    }

    /// The built-in presets in TOML.
    fn all_typed() -> String {
        let presets: Vec<_> =
            Self::NAMES.into_iter().filter_map(Self::built_in).map(|preset| preset.typed()).collect();
        presets.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Sink, Sources};
    use crate::toml::table::read_file;

    /// The table of a course with only presets.
    static COURSE: TableKeys =
        TableKeys::new("a course", &[Key::new("presets", Kind::Table(&PRESETS), "{}", "")]);

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
        let read = read_file(file, text, &COURSE, &sink, |table| {
            let presets = table.get("presets")?.table(&PRESETS)?;
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
            let copy = read_file(file, &text, &COURSE, &sink, |table| {
                let presets = table.get("presets")?.table(&PRESETS)?;
                Preset::read("copy", &presets.entries().first()?.1)
            });
            assert_eq!(copy.flatten(), Some(Preset { name: "copy".to_owned(), ..preset }));
        }
    }

    #[test]
    fn an_impossible_preset_is_an_error_at_its_rate() {
        let read = |text: &str| {
            let mut sources = Sources::default();
            let file = sources.add("course.toml", text);
            let sink = Sink::new();
            read_file(file, text, &COURSE, &sink, |table| {
                let presets = table.get("presets")?.table(&PRESETS)?;
                Preset::read("web", &presets.entries().first()?.1)
            });
            sink.into_sorted()
        };
        let found = read("[presets.web]\nformat = \"mp3\"\nrate = 96000\n");
        let clash = found.iter().find(|found| found.code == Code::Clash).expect("a clash");
        assert_eq!(clash.message, "an mp3 file cannot have a rate of 96000 Hz");
        assert!(clash.helps[0].to_string().contains("44100"), "{:?}", clash.helps);
        let found = read("[presets.web]\nformat = \"flac\"\nrate = 96000\n");
        assert!(found.iter().all(|found| found.code != Code::Clash));
    }
}
