//! `ambience/<name>.toml` and `ambience/bells/<name>.toml`: recordings to loop, or recipes.

use super::generate::{self, Generate, refuse_others};
use super::step::GAIN;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::toml::key::{DefaultValue, Key, TableKeys, joined, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::{Db, Seconds};

/// `ambience/<name>.toml`.
pub static AMBIENCE: TableKeys = TableKeys::new(
    "an ambience",
    &[
        Key::needed("title", Kind::Words, "\"Zachte regen\"", "What it is."),
        Key::needed("credit", Kind::Words, "\"adem\"", "Who made it."),
        Key::needed("licence", Kind::Words, "\"CC0-1.0\"", "Its licence."),
        Key::needed(
            "layer",
            Kind::List(&Kind::Table(&LAYER)),
            "[[layer]]\ngenerate = \"rain\"",
            "Its layers, mixed together.",
        ),
    ],
);

/// `[[layer]]` of an ambience.
static LAYER: TableKeys = TableKeys::new("a layer", &LAYER_KEYS);
static LAYER_KEYS: [Key; 4 + generate::NUMBERS.len()] = joined(&[
    &[
        Key::new("file", Kind::Words, "\"bos.ogg\"", "A recording beside the file, looped without a seam."),
        Key::new(
            "crossfade",
            Kind::Time,
            "4",
            "Seconds over which the end becomes the beginning, in a loop of the whole recording. Without it adem looks for places to loop at and goes from one to another, so that nothing seems to repeat.",
        ),
        generate::GENERATE,
    ],
    &generate::NUMBERS,
    &[Key::new("gain", GAIN, "-6", "Its level beside the other layers in dB, {range}. Default {default}.")
        .or(DefaultValue::Number(0.0))],
]);

/// `ambience/bells/<name>.toml`.
pub static BELL: TableKeys = TableKeys::new(
    "a bell",
    &[
        Key::needed("title", Kind::Words, "\"Klankschaal\"", "What it is."),
        Key::needed("credit", Kind::Words, "\"adem\"", "Who made it."),
        Key::needed("licence", Kind::Words, "\"CC0-1.0\"", "Its licence."),
        Key::new("file", Kind::Words, "\"bel.wav\"", "A recording beside the file."),
        Key::new(
            "bowl",
            Kind::Table(&BOWL),
            "{ pitch = 196, strike = \"soft\", ring = 18 }",
            "A singing bowl made by adem instead.",
        ),
        Key::new("chime", Kind::Table(&CHIME), "{ pitch = 1568 }", "A small bell made by adem instead."),
        Key::new("block", Kind::Table(&BLOCK), "{ pitch = 700 }", "A wood block made by adem instead."),
        Key::new(
            "gain",
            GAIN,
            "-3",
            "Its level in dB as it is; without it adem finds one 8 LU below the voice.",
        ),
    ],
);

/// `bowl = { … }` of a bell.
static BOWL: TableKeys = TableKeys::new(
    "a bowl",
    &[
        Key::needed("pitch", Kind::Number(40.0, 2_000.0), "196", "Its lowest partial in Hz, {range}."),
        Key::new("strike", Kind::OneOf(&words(&STRIKES)), "\"soft\"", "soft or full. Default soft."),
        ring("18", BOWL_RING),
    ],
);

/// `chime = { … }` of a bell.
static CHIME: TableKeys = TableKeys::new(
    "a chime",
    &[
        Key::needed("pitch", Kind::Number(300.0, 4_000.0), "1568", "Its lowest partial in Hz, {range}."),
        ring("10", CHIME_RING),
    ],
);

/// `block = { … }` of a bell.
static BLOCK: TableKeys = TableKeys::new(
    "a block",
    &[Key::needed("pitch", Kind::Number(150.0, 2_000.0), "700", "Its lowest partial in Hz, {range}.")],
);

const BOWL_RING: Seconds = Seconds::whole(18);
const CHIME_RING: Seconds = Seconds::whole(10);

/// How long something rings.
const fn ring(example: &'static str, usual: Seconds) -> Key {
    let doc = "Seconds until it has died away, {range}. Default {default}.";
    Key::new("ring", Kind::TimeWithin(2, 60), example, doc).or(DefaultValue::Time(usual))
}

/// How a bowl can be struck: whether fully.
const STRIKES: [(&str, bool); 2] = [("soft", false), ("full", true)];

/// A bed: its layers, mixed together.
#[derive(Clone, Debug)]
pub struct Ambience {
    /// The name of its file.
    pub id: String,
    /// Where its file begins.
    pub span: Span,
    /// What it is.
    pub title: String,
    /// Who made it.
    pub credit: String,
    /// Its licence.
    pub licence: String,
    /// Its layers.
    pub layers: Vec<Layer>,
}

/// One layer of a bed.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What sounds.
    pub sound: LayerSound,
    /// Its level beside the others.
    pub gain: Db,
}

/// What a layer sounds like.
#[derive(Clone, Debug)]
pub enum LayerSound {
    /// A recording, looped.
    Recording {
        /// The file, below the course folder.
        file: Spanned<String>,
        /// A plain loop with this crossfade; `None` leaves it to adem to find good places for one.
        crossfade: Option<Seconds>,
    },
    /// Made by adem.
    Generated(Generate),
}

/// A bell.
#[derive(Clone, Debug)]
pub struct Bell {
    /// The name of its file.
    pub id: String,
    /// Where its file begins.
    pub span: Span,
    /// What it is.
    pub title: String,
    /// Who made it.
    pub credit: String,
    /// Its licence.
    pub licence: String,
    /// What sounds; `None` where the file says neither.
    pub sound: Option<BellSound>,
    /// A level of the author's own.
    pub gain: Option<Db>,
}

/// What a bell sounds like.
#[derive(Clone, Debug)]
pub enum BellSound {
    /// A recording; the file, below the course folder.
    Recording(Spanned<String>),
    /// A singing bowl.
    Bowl(Bowl),
    /// A small bell.
    Chime {
        /// Its lowest partial in Hz.
        pitch: f64,
        /// Until it has died away.
        ring: Seconds,
    },
    /// A wood block.
    Block {
        /// Its lowest partial in Hz.
        pitch: f64,
    },
}

/// A singing bowl.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bowl {
    /// Its lowest partial in Hz.
    pub pitch: f64,
    /// Struck fully rather than softly.
    pub full: bool,
    /// Until it has died away.
    pub ring: Seconds,
}

impl Ambience {
    /// Reads a bed; what is wrong goes to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        let layers = table.require("layer").and_then(|node| {
            let layers = node.items()?;
            if layers.is_empty() {
                let none = node.refuse(Code::MissingKey, "this bed has no layer");
                node.sink().emit(none.help("begin one with a line `[[layer]]`, in double brackets"));
            }
            Some(layers)
        });
        let layers = layers.unwrap_or_default();
        let words = |key: &str| table.require(key).and_then(|node| node.words()).map(|text| text.value);
        Self {
            id: id.to_owned(),
            span: table.span(),
            title: words("title").unwrap_or_else(|| id.to_owned()),
            credit: words("credit").unwrap_or_default(),
            licence: words("licence").unwrap_or_default(),
            layers: layers.iter().filter_map(Layer::read).collect(),
        }
    }
}

impl Layer {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&LAYER)?;
        let sound = match (table.get("file"), table.get("generate")) {
            (Some(file), None) => {
                refuse_others(&table, None);
                LayerSound::Recording {
                    file: below(&file, "ambience")?,
                    crossfade: table.get("crossfade").and_then(|node| node.time()),
                }
            }
            (None, Some(generate)) => LayerSound::Generated(Generate::read(&generate, &table)?),
            (Some(_), Some(generate)) => {
                let clash = generate.refuse(Code::Clash, "a layer is either a `file` or generated");
                table.sink().emit(clash.help("keep one of the two, or make two layers of it"));
                return None;
            }
            (None, None) => {
                if !table.misspells("file") && !table.misspells("generate") {
                    let silent = Diagnostic::error(Code::MissingKey, table.span(), "this layer has no sound");
                    table.sink().emit(silent.help("give it `file = \"…\"` or `generate = \"rain\"`"));
                }
                return None;
            }
        };
        let gain = table.get("gain").and_then(|node| node.db()).unwrap_or_default();
        Some(Self { sound, gain })
    }
}

impl Bell {
    /// Reads a bell; what is wrong goes to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        let words = |key: &str| table.require(key).and_then(|node| node.words()).map(|text| text.value);
        let mut given = BELL_SOUNDS.iter().filter_map(|(key, read)| Some((*key, read, table.get(key)?)));
        let sound = match (given.next(), given.next()) {
            (Some((_, read, node)), None) => read(&node),
            (Some((one, ..)), Some((other, _, node))) => {
                let clash = node.refuse(Code::Clash, format!("a bell is either a `{one}` or a `{other}`"));
                table.sink().emit(clash.help("keep one of the two"));
                None
            }
            (None, _) => {
                if !BELL_SOUNDS.iter().any(|(key, _)| table.misspells(key)) {
                    let silent = Diagnostic::error(Code::MissingKey, table.span(), "this bell has no sound");
                    table.sink().emit(silent.help("give it `file = \"…\"` or `bowl = { pitch = 196 }`"));
                }
                None
            }
        };
        Self {
            id: id.to_owned(),
            span: table.span(),
            title: words("title").unwrap_or_else(|| id.to_owned()),
            credit: words("credit").unwrap_or_default(),
            licence: words("licence").unwrap_or_default(),
            sound,
            gain: table.get("gain").and_then(|node| node.db()),
        }
    }
}

type ReadBellSound = fn(&Node<'_>) -> Option<BellSound>;
/// The keys that say what a bell sounds like, and how each is read.
const BELL_SOUNDS: [(&str, ReadBellSound); 4] = [
    ("file", |node| below(node, "ambience/bells").map(BellSound::Recording)),
    ("bowl", |node| Bowl::read(node).map(BellSound::Bowl)),
    ("chime", read_chime),
    ("block", read_block),
];

impl Bowl {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&BOWL)?;
        let ring = read_ring(&table, BOWL_RING);
        Some(Self {
            pitch: table.require("pitch")?.number()?,
            full: table.get("strike").and_then(|node| node.one_of(&STRIKES)).unwrap_or(false),
            ring: ring?,
        })
    }
}

fn read_chime(node: &Node<'_>) -> Option<BellSound> {
    let table = node.table(&CHIME)?;
    let ring = read_ring(&table, CHIME_RING);
    Some(BellSound::Chime { pitch: table.require("pitch")?.number()?, ring: ring? })
}

fn read_block(node: &Node<'_>) -> Option<BellSound> {
    let table = node.table(&BLOCK)?;
    Some(BellSound::Block { pitch: table.require("pitch")?.number()? })
}

fn read_ring(table: &Table<'_>, usual: Seconds) -> Option<Seconds> {
    table.get("ring").map_or(Some(usual), |node| node.time())
}

/// A file beside its description: a plain relative path that cannot leave the course.
fn below(node: &Node<'_>, folder: &str) -> Option<Spanned<String>> {
    let text = node.words()?;
    let leaves = text.value.starts_with('/')
        || text.value.contains('\\')
        || text.value.split('/').any(|part| part == "..");
    if leaves {
        let outside = node.refuse(Code::BadName, "a sound lies beside its description, inside the course");
        node.sink().emit(outside.help(format!("put the file into {folder}/ and write its name alone")));
        return None;
    }
    Some(Spanned::new(format!("{folder}/{}", text.value), text.span))
}
