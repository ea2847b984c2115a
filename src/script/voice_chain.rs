//! `chain` of a voice: what happens to a clip before it is mixed, stage by stage.

use super::keys;
use super::voice::VoiceKind;
use crate::toml::table::Node;
use crate::unit::Db;

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
        let held = |most| if kind == VoiceKind::Synthetic { Db(most) } else { Db(0.0) };
        Self {
            rumble: 70.0,
            clicks: true,
            denoise: 0.0,
            tone: Db(3.0),
            sibilance: Db(4.0),
            breath: Db(8.0),
            moments: held(4.0),
            peaks: held(6.0),
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
        let table = node.table(&keys::CHAIN)?;
        let db = |key: &str, most: f64, usual: Db| {
            table.get(key).and_then(|node| node.db(0.0..=most)).unwrap_or(usual)
        };
        let flag = |key: &str, usual| table.get(key).and_then(|node| node.flag()).unwrap_or(usual);
        let number = |key: &str, most: f64, usual| {
            table.get(key).and_then(|node| node.number(0.0..=most)).unwrap_or(usual)
        };
        Some(Self {
            rumble: number("rumble", 150.0, usual.rumble),
            clicks: flag("clicks", usual.clicks),
            denoise: number("denoise", 1.0, usual.denoise),
            tone: db("tone", 6.0, usual.tone),
            sibilance: db("sibilance", 6.0, usual.sibilance),
            breath: db("breath", 12.0, usual.breath),
            moments: db("moments", 6.0, usual.moments),
            peaks: db("peaks", 9.0, usual.peaks),
            room: flag("room", usual.room),
        })
    }
}

impl Chain {
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
        match node.one_of(&["speech", "off"]) {
            Some("off") => Self::Off,
            _ => Self::Speech(usual),
        }
    }
}
