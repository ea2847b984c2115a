//! `recordings/<name>.toml`: a finished recording, in which a voice and its bed are mixed, and what was cut from it.

use super::ambience::below;
use super::voice::read_licence;
use crate::diag::{Code, Span, Spanned};
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Seconds;

/// The folder of finished recordings.
pub const RECORDINGS: &str = "recordings";

/// `recordings/<name>.toml`.
pub static MIXED: TableKeys = TableKeys::new(
    "a finished recording",
    &[
        Key::needed("file", Kind::Words, "\"oefening.mp3\"", "The recording in the same folder, as it came."),
        Key::needed("credit", Kind::Words, "\"Stem: Anna de Vries\"", "Who made it."),
        Key::needed("licence", Kind::Words, "\"CC-BY-4.0\"", "Its licence."),
        Key::new(
            "bed",
            Kind::Name,
            "\"oefening\"",
            "The ambience that sounds like its pauses, which fills longer ones. Default: nothing does.",
        ),
        Key::new(
            "fixed",
            Kind::Words,
            "\"music sounds in its pauses\"",
            "Why its pauses can be neither longer nor shorter; it has its own length only.",
        ),
        Key::new(
            "cut",
            Kind::List(&Kind::Table(&CUT)),
            "[[cut]]\nclip = \"nl/oud/oefening/welkom.flac\"\nfrom = 12.5\nto = 14.25",
            "What was cut from it, in order; adem writes it. Between two cuts lies a pause.",
        ),
    ],
);

/// `[[cut]]` of a finished recording.
static CUT: TableKeys = TableKeys::new(
    "a cut",
    &[
        Key::new("clip", Kind::Words, "\"nl/oud/oefening/welkom.flac\"", "The clip it became, below voice/."),
        Key::new("bell", Kind::Name, "\"oefening-bel\"", "Instead, the bell it became."),
        Key::needed("from", Kind::Time, "12.5", "Where it begins in the recording, in seconds."),
        Key::needed("to", Kind::Time, "14.25", "Where it ends, in seconds."),
    ],
);

/// A recording whose voice and bed are mixed. Where its clips and bells sound, the recording itself is played, with as much of
/// the pauses around them as there is room for, and no other bed.
#[derive(Clone, Debug)]
pub struct MixedRecording {
    /// The name of its file.
    pub id: String,
    /// The start of its file.
    pub span: Span,
    /// The path of the sound below the course folder.
    pub file: Option<Spanned<String>>,
    pub credit: String,
    pub licence: Spanned<String>,
    /// The ambience that sounds like its pauses.
    pub bed: Option<Spanned<String>>,
    /// Why its pauses cannot change.
    pub fixed: Option<String>,
    /// In order of time, without overlaps.
    pub cuts: Vec<RecordingCut>,
}

/// A stretch of a recording that is a sound of its own.
#[derive(Clone, Debug)]
pub struct RecordingCut {
    pub sound: Spanned<CutSound>,
    pub from: Seconds,
    pub to: Seconds,
}

/// What a cut became.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutSound {
    /// The clip at this path below the course folder.
    Clip(String),
    /// The bell of that name.
    Bell(String),
}

impl MixedRecording {
    /// Reads `recordings/<id>.toml`; errors go to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        let credit = table.require("credit").and_then(|node| node.words());
        let items = table.get("cut").and_then(|node| node.items()).unwrap_or_default();
        let mut cuts: Vec<RecordingCut> = Vec::new();
        for item in &items {
            let Some(cut) = RecordingCut::read(item) else { continue };
            let before = cuts.last().map_or(Seconds::ZERO, |last| last.to);
            if cut.from < before || cut.to <= cut.from {
                let order = item.refuse(Code::Order, "cuts must be in rising order and may not overlap");
                table.sink().emit(order.help("correct `from` and `to`, or adopt the recording again"));
                continue;
            }
            cuts.push(cut);
        }
        Self {
            id: id.to_owned(),
            span: table.span(),
            file: table.require("file").and_then(|node| below(&node, RECORDINGS)),
            credit: credit.map(|text| text.value).unwrap_or_default(),
            licence: read_licence(table),
            bed: table.get("bed").and_then(|node| node.name()),
            fixed: table.get("fixed").and_then(|node| node.words()).map(|text| text.value),
            cuts,
        }
    }

    /// Whether another bed makes way while it sounds, as it has one of its own. What has no sound in its pauses does without.
    pub fn makes_way(&self) -> bool {
        self.bed.is_some() || self.fixed.is_some()
    }

    /// Whether clips of this folder of a voice were cut from it: `voice/nl/oud/oefening`.
    pub fn has_clips_of(&self, folder: &str) -> bool {
        self.cuts.iter().any(|cut| match &cut.sound.value {
            CutSound::Clip(path) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
            CutSound::Bell(_) => false,
        })
    }
}

impl RecordingCut {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&CUT)?;
        let time = |key: &str| table.require(key).and_then(|node| node.time());
        let (from, to) = (time("from"), time("to"));
        let sound = match (table.get("clip"), table.get("bell")) {
            (Some(clip), None) => {
                below(&clip, "voice").map(|path| Spanned::new(CutSound::Clip(path.value), path.span))
            }
            (None, Some(bell)) => bell.name().map(|name| Spanned::new(CutSound::Bell(name.value), name.span)),
            (Some(_), Some(bell)) => {
                let clash = bell.refuse(Code::Clash, "a cut is either a `clip` or a `bell`");
                table.sink().emit(clash.help("keep one of the two"));
                None
            }
            (None, None) => {
                let missing = node.refuse(Code::MissingKey, "this cut is neither a clip nor a bell");
                table.sink().emit(missing.help("add `clip = \"…\"` or `bell = \"…\"`"));
                None
            }
        };
        Some(Self { sound: sound?, from: from?, to: to? })
    }
}
