//! `chain` of a voice: the stages of processing a clip before it is mixed.

use super::voice::VoiceKind;
use crate::toml::key::{DefaultValue, Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::Db;

/// The defaults of the stages (docs/sound.md, section 5); `MOMENTS` is that of a synthetic voice.
const RUMBLE: f64 = 70.0;
const DENOISE: f64 = 0.0;
const DEREVERB: Db = Db(0.0);
const TONE: Db = Db(3.0);
const SIBILANCE: Db = Db(4.0);
const BREATH: Db = Db(8.0);
const MOMENTS: Db = Db(4.0);
const PEAKS: Db = Db(6.0);
/// The crest that peaks are lowered to: of the 14 dB between −16 LUFS and −2 dBTP, the rest is for peaks between samples, for
/// clips that are louder than the voice, and for what sounds under it.
const CREST: Db = Db(12.5);

/// `chain = { … }` of a voice.
pub(super) static CHAIN: TableKeys = TableKeys::new(
    "a chain",
    &[
        Key::new(
            "hum",
            Kind::Flag,
            "true",
            "Whether the hum of the mains, 50 or 60 Hz and its harmonics, is removed from recordings that have it. Default false.",
        ),
        Key::new(
            "rumble",
            Kind::Number(0.0, 150.0),
            "70",
            "The frequency of the high-pass filter in Hz, 24 dB an octave; 0 for none. Default {default}.",
        )
        .or(DefaultValue::Number(RUMBLE)),
        Key::new("clicks", Kind::Flag, "true", "Whether clicks are repaired. Default true."),
        Key::new(
            "declip",
            Kind::Flag,
            "true",
            "Whether tops that were cut off by too much gain are restored. Default true.",
        ),
        Key::new(
            "dereverb",
            Kind::Level(0.0, 9.0),
            "6",
            "The most by which the echo of a room that rings is lowered, in dB; 0 leaves it. A dry recording is not changed. Default {default}.",
        )
        .or(DefaultValue::Number(DEREVERB.0)),
        Key::new(
            "denoise",
            Kind::Number(0.0, 1.0),
            "0.5",
            "How far steady noise is lowered: 0.5 for 18 dB, 1 for 36 dB; a clean recording needs none. Default {default}.",
        )
        .or(DefaultValue::Number(DENOISE)),
        Key::new(
            "tone",
            Kind::Level(0.0, 6.0),
            "3",
            "The most by which an octave of a session is corrected towards the other sessions, in dB. Default {default}.",
        )
        .or(DefaultValue::Number(TONE.0)),
        Key::new(
            "sibilance",
            Kind::Level(0.0, 6.0),
            "4",
            "The most by which an s is lowered that is sharper than the voice usually has them, in dB. Default {default}.",
        )
        .or(DefaultValue::Number(SIBILANCE.0)),
        Key::new(
            "breath",
            Kind::Level(0.0, 12.0),
            "8",
            "The most by which breaths between words are lowered, in dB. Default {default}.",
        )
        .or(DefaultValue::Number(BREATH.0)),
        Key::new(
            "moments",
            Kind::Level(0.0, 6.0),
            "4",
            "The most by which syllables much louder than the rest of a phrase are lowered, in dB. Default 0, and {default} for a synthetic voice.",
        )
        .or(DefaultValue::Number(MOMENTS.0)),
        Key::new(
            "peaks",
            Kind::Level(0.0, 9.0),
            "6",
            "The most by which peaks far above the loudness of the voice are lowered, in dB. Default {default}.",
        )
        .or(DefaultValue::Number(PEAKS.0)),
        Key::new(
            "room",
            Kind::Flag,
            "true",
            "Whether the voice has room tone, from room-tone.wav (or .flac, .ogg, .mp3) beside this file, or generated to match the clips. Default true.",
        ),
    ],
);

/// How a clip is processed before it is mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chain {
    /// It is trimmed to its speech, cleaned and levelled.
    Speech(Stages),
    /// It is left unchanged.
    Off,
}

/// The settings of the stages, in the order in which they run; 0 or false turns a stage off.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "a stage that is on or off is one")]
pub struct Stages {
    /// Whether the hum of the mains is removed.
    pub hum: bool,
    /// The frequency of the high-pass filter in Hz.
    pub rumble: f64,
    /// Whether clicks are repaired.
    pub clicks: bool,
    /// Whether tops that were cut off are restored.
    pub declip: bool,
    /// The most by which the echo of a room is lowered.
    pub dereverb: Db,
    /// How far noise is lowered, as a share of the most.
    pub denoise: f64,
    /// The most by which the bass and treble of a session are corrected towards those of other sessions.
    pub tone: Db,
    /// The most by which sibilants are lowered.
    pub sibilance: Db,
    /// The most by which breaths between words are lowered.
    pub breath: Db,
    /// The most by which syllables much louder than the rest of a phrase are lowered.
    pub moments: Db,
    /// The most by which single peaks are lowered.
    pub peaks: Db,
    /// How far a peak may be over the loudness of the clip.
    pub crest: Db,
    /// Whether the voice has room tone.
    pub room: bool,
}

impl Stages {
    /// The defaults (docs/sound.md, section 5). Synthetic voices have loud syllables, which are limited for
    /// them.
    pub fn usual(kind: VoiceKind) -> Self {
        Self {
            hum: false,
            rumble: RUMBLE,
            clicks: true,
            declip: true,
            dereverb: DEREVERB,
            denoise: DENOISE,
            tone: TONE,
            sibilance: SIBILANCE,
            breath: BREATH,
            moments: if kind == VoiceKind::Synthetic { MOMENTS } else { Db(0.0) },
            peaks: PEAKS,
            crest: CREST,
            room: true,
        }
    }

    /// All stages off: a clip is only trimmed, faded and levelled.
    pub fn none() -> Self {
        Self {
            hum: false,
            rumble: 0.0,
            clicks: false,
            declip: false,
            dereverb: Db(0.0),
            denoise: 0.0,
            tone: Db(0.0),
            sibilance: Db(0.0),
            breath: Db(0.0),
            moments: Db(0.0),
            peaks: Db(0.0),
            crest: CREST,
            room: false,
        }
    }

    /// The settings as bytes for cache keys.
    pub fn bytes(&self) -> Vec<u8> {
        let Self { rumble, denoise, dereverb, sibilance, breath, moments, peaks, crest, .. } = *self;
        let levels = [rumble, denoise, dereverb.0, sibilance.0, breath.0, moments.0, peaks.0, crest.0];
        // Of the tone only whether it is on counts: the shelves themselves are part of the key elsewhere.
        let flags = [self.hum, self.clicks, self.declip, self.tone > Db(0.0)].map(u8::from);
        levels.iter().flat_map(|level| level.to_le_bytes()).chain(flags).collect()
    }

    fn read(node: &Node<'_>, usual: Self) -> Option<Self> {
        let table = node.table(&CHAIN)?;
        let db = |key: &str, usual: Db| table.get(key).and_then(|node| node.db()).unwrap_or(usual);
        let flag = |key: &str, usual| table.get(key).and_then(|node| node.flag()).unwrap_or(usual);
        let number = |key: &str, usual| table.get(key).and_then(|node| node.number()).unwrap_or(usual);
        Some(Self {
            hum: flag("hum", usual.hum),
            rumble: number("rumble", usual.rumble),
            clicks: flag("clicks", usual.clicks),
            declip: flag("declip", usual.declip),
            dereverb: db("dereverb", usual.dereverb),
            denoise: number("denoise", usual.denoise),
            tone: db("tone", usual.tone),
            sibilance: db("sibilance", usual.sibilance),
            breath: db("breath", usual.breath),
            moments: db("moments", usual.moments),
            peaks: db("peaks", usual.peaks),
            crest: usual.crest,
            room: flag("room", usual.room),
        })
    }
}

/// The chains that are written as a word; true if clips are processed.
const IS_ON: [(&str, bool); 2] = [("speech", true), ("off", false)];

impl Chain {
    /// The words that `chain` takes.
    pub(super) const WORDS: [&'static str; 2] = words(&IS_ON);

    /// The chain of drafts, which a speech synthesiser speaks in place of missing recordings.
    pub fn draft() -> Self {
        Self::Speech(Stages { tone: Db(0.0), peaks: Db(9.0), ..Stages::usual(VoiceKind::Synthetic) })
    }

    /// Whether clips are processed at all.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::Speech(_))
    }

    /// Its stages; `None` if it is off.
    pub fn stages(&self) -> Option<Stages> {
        match self {
            Self::Speech(stages) => Some(*stages),
            Self::Off => None,
        }
    }

    /// Reads `chain = "speech"`, `"off"`, or a table of stages.
    pub fn read(node: Option<&Node<'_>>, kind: VoiceKind) -> Self {
        let usual = Stages::usual(kind);
        let Some(node) = node else { return Self::Speech(usual) };
        if node.is_table() {
            return Self::Speech(Stages::read(node, usual).unwrap_or(usual));
        }
        if node.one_of(&IS_ON).unwrap_or(true) { Self::Speech(usual) } else { Self::Off }
    }
}
