//! `chain` of a voice: what happens to a clip before it is mixed, stage by stage.

use super::voice::VoiceKind;
use crate::toml::key::{DefaultValue, Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::Db;

/// What the stages do for a voice that says nothing of them; `MOMENTS` and `PEAKS` for a synthetic one
/// (docs/sound.md, sections 4 and 5).
const RUMBLE: f64 = 70.0;
const DENOISE: f64 = 0.0;
const TONE: Db = Db(3.0);
const SIBILANCE: Db = Db(4.0);
const BREATH: Db = Db(8.0);
const MOMENTS: Db = Db(4.0);
const PEAKS: Db = Db(6.0);

/// `chain = { … }` of a voice.
pub(super) static CHAIN: TableKeys = TableKeys::new(
    "a chain",
    &[
        Key::new(
            "rumble",
            Kind::Number(0.0, 150.0),
            "70",
            "What lies below so many Hz is taken out, 24 dB an octave; 0 for nothing. Default {default}.",
        )
        .or(DefaultValue::Number(RUMBLE)),
        Key::new("clicks", Kind::Flag, "true", "Whether clicks are mended. Default true."),
        Key::new(
            "denoise",
            Kind::Number(0.0, 1.0),
            "0.5",
            "The share that goes through noise reduction. It harms a clean voice. Default {default}.",
        )
        .or(DefaultValue::Number(DENOISE)),
        Key::new(
            "tone",
            Kind::Level(0.0, 6.0),
            "3",
            "How many dB the bass and the treble of a session are brought towards the others at most. Default {default}.",
        )
        .or(DefaultValue::Number(TONE.0)),
        Key::new(
            "sibilance",
            Kind::Level(0.0, 6.0),
            "4",
            "How many dB a sharp s is softened at most. Default {default}.",
        )
        .or(DefaultValue::Number(SIBILANCE.0)),
        Key::new(
            "breath",
            Kind::Level(0.0, 12.0),
            "8",
            "How many dB breaths between words are softened at most. Default {default}.",
        )
        .or(DefaultValue::Number(BREATH.0)),
        Key::new(
            "moments",
            Kind::Level(0.0, 6.0),
            "4",
            "How many dB moments much louder than the rest of a phrase are brought down at most. Default 0, and {default} for a synthetic voice.",
        )
        .or(DefaultValue::Number(MOMENTS.0)),
        Key::new(
            "peaks",
            Kind::Level(0.0, 9.0),
            "6",
            "How many dB peaks far above the voice are brought down at most. Default 0, and {default} for a synthetic voice.",
        )
        .or(DefaultValue::Number(PEAKS.0)),
        Key::new(
            "room",
            Kind::Flag,
            "true",
            "Whether the gaps hold the tone of the room, from room-tone.wav (or .flac, .ogg, .mp3) beside this file or made after the clips. Default true.",
        ),
    ],
);

/// What happens to a clip before it is mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chain {
    /// It is cut to speech, cleaned and levelled.
    Speech(Stages),
    /// It stays as it is.
    Off,
}

/// How much each stage of the chain may do; nought takes a stage out. They work in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stages {
    /// Below this many Hz there is no voice, only rumble.
    pub rumble: f64,
    /// Whether clicks are mended.
    pub clicks: bool,
    /// The share of the signal that goes through noise reduction.
    pub denoise: f64,
    /// How far the tone of a session is brought to that of the others, at most.
    pub tone: Db,
    /// How far an s is softened, at most.
    pub sibilance: Db,
    /// How far breaths between words are softened, at most.
    pub breath: Db,
    /// How far moments much louder than the rest of a phrase are brought down, at most.
    pub moments: Db,
    /// How far single peaks are brought down, at most.
    pub peaks: Db,
    /// Whether the gaps hold the room of the recordings rather than nothing.
    pub room: bool,
}

impl Stages {
    /// What a voice needs that says nothing of it (docs/sound.md, section 5).
    ///
    /// Machines speak with moments and peaks far above their loudness and without the softness of a mouth, so theirs
    /// are held.
    pub fn usual(kind: VoiceKind) -> Self {
        let held = |most| if kind == VoiceKind::Synthetic { most } else { Db(0.0) };
        Self {
            rumble: RUMBLE,
            clicks: true,
            denoise: DENOISE,
            tone: TONE,
            sibilance: SIBILANCE,
            breath: BREATH,
            moments: held(MOMENTS),
            peaks: held(PEAKS),
            room: true,
        }
    }

    /// No stage at all: a clip is cut, faded and levelled, and nothing else.
    pub fn none() -> Self {
        Self {
            rumble: 0.0,
            clicks: false,
            denoise: 0.0,
            tone: Db(0.0),
            sibilance: Db(0.0),
            breath: Db(0.0),
            moments: Db(0.0),
            peaks: Db(0.0),
            room: false,
        }
    }

    /// What tells two treatments of one clip apart, for the keys of a cache.
    pub fn bytes(&self) -> Vec<u8> {
        let levels =
            [self.rumble, self.denoise, self.sibilance.0, self.breath.0, self.moments.0, self.peaks.0];
        // Of the tone it only matters whether anybody listens for it: the shelves themselves stand beside the chain.
        let flags = [self.clicks, self.tone > Db(0.0)].map(u8::from);
        levels.iter().flat_map(|level| level.to_le_bytes()).chain(flags).collect()
    }

    fn read(node: &Node<'_>, usual: Self) -> Option<Self> {
        let table = node.table(&CHAIN)?;
        let db = |key: &str, usual: Db| table.get(key).and_then(|node| node.db()).unwrap_or(usual);
        let flag = |key: &str, usual| table.get(key).and_then(|node| node.flag()).unwrap_or(usual);
        let number = |key: &str, usual| table.get(key).and_then(|node| node.number()).unwrap_or(usual);
        Some(Self {
            rumble: number("rumble", usual.rumble),
            clicks: flag("clicks", usual.clicks),
            denoise: number("denoise", usual.denoise),
            tone: db("tone", usual.tone),
            sibilance: db("sibilance", usual.sibilance),
            breath: db("breath", usual.breath),
            moments: db("moments", usual.moments),
            peaks: db("peaks", usual.peaks),
            room: flag("room", usual.room),
        })
    }
}

/// The two chains that have a word of their own: whether clips are treated.
const IS_ON: [(&str, bool); 2] = [("speech", true), ("off", false)];

impl Chain {
    /// The words for a chain.
    pub(super) const WORDS: [&'static str; 2] = words(&IS_ON);

    /// The chain of a clip a machine has spoken because nobody has recorded it yet.
    pub fn draft() -> Self {
        Self::Speech(Stages { tone: Db(0.0), peaks: Db(9.0), ..Stages::usual(VoiceKind::Synthetic) })
    }

    /// Whether clips are cut and treated at all.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::Speech(_))
    }

    /// Its stages; none where it is off.
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
