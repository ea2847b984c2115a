//! `ambience/<name>.toml` and `ambience/bells/<name>.toml`: recordings to loop, or recipes.

use super::generate::{Generate, refuse_others};
use super::keys;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::toml::table::{Node, Table};
use crate::unit::{Db, Seconds};

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
        let table = node.table(&keys::LAYER)?;
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
        let gain = table.get("gain").and_then(|node| node.db(-60.0..=24.0)).unwrap_or_default();
        Some(Self { sound, gain })
    }
}

impl Bell {
    /// Reads a bell; what is wrong goes to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        let words = |key: &str| table.require(key).and_then(|node| node.words()).map(|text| text.value);
        let ways = ["file", "bowl", "chime", "block"];
        let mut given = ways.iter().filter_map(|way| table.get(way).map(|node| (*way, node)));
        let sound = match (given.next(), given.next()) {
            (Some((way, node)), None) => match way {
                "file" => below(&node, "ambience/bells").map(BellSound::Recording),
                "bowl" => Bowl::read(&node).map(BellSound::Bowl),
                "chime" => chime(&node),
                _ => block(&node),
            },
            (Some((one, _)), Some((other, node))) => {
                let clash = node.refuse(Code::Clash, format!("a bell is either a `{one}` or a `{other}`"));
                table.sink().emit(clash.help("keep one of the two"));
                None
            }
            (None, _) => {
                if !ways.iter().any(|way| table.misspells(way)) {
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
            gain: table.get("gain").and_then(|node| node.db(-60.0..=24.0)),
        }
    }
}

impl Bowl {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::BOWL)?;
        let ring = ring(&table, 18, "a bowl");
        Some(Self {
            pitch: table.require("pitch")?.number(40.0..=2_000.0)?,
            full: table.get("strike").and_then(|node| node.one_of(&["soft", "full"])) == Some("full"),
            ring: ring?,
        })
    }
}

fn chime(node: &Node<'_>) -> Option<BellSound> {
    let table = node.table(&keys::CHIME)?;
    let ring = ring(&table, 10, "a small bell");
    Some(BellSound::Chime { pitch: table.require("pitch")?.number(300.0..=4_000.0)?, ring: ring? })
}

fn block(node: &Node<'_>) -> Option<BellSound> {
    let table = node.table(&keys::BLOCK)?;
    Some(BellSound::Block { pitch: table.require("pitch")?.number(150.0..=2_000.0)? })
}

/// How long something rings.
fn ring(table: &Table<'_>, usual: u64, what: &str) -> Option<Seconds> {
    let Some(node) = table.get("ring") else { return Some(Seconds::whole(usual)) };
    let ring = node.time()?;
    if (Seconds::whole(2)..=Seconds::whole(60)).contains(&ring) {
        return Some(ring);
    }
    node.sink().emit(node.refuse(Code::OutOfRange, format!("{what} rings for 2 to 60 seconds")));
    None
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
