//! `[[delivery]]` of a course: which versions of which tracks are handed over, in which formats, and how their files are
//! called.

use thiserror::Error;

use super::exercise::{Choice, Guidance};
use super::language::Language;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::publish::Beside;
use crate::diag::{Code, Diagnostic, Spanned, nearest};
use crate::toml::key::{Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table, list, unportable};
use crate::unit::Seconds;
use crate::unit::literal::{parse_duration, print_duration};

/// `[[delivery]]`.
pub static DELIVERY: TableKeys = TableKeys::new(
    "a delivery",
    &[
        Key::needed("name", Kind::Name, "\"online\"", "Its name, and that of its folder in out/."),
        Key::new(
            "tracks",
            Kind::List(&Kind::Whole(1, 999)),
            "[1, 2, 3]",
            "The numbers of its tracks. Default all tracks of the course.",
        ),
        Key::new(
            "languages",
            Kind::List(&Kind::Language),
            "[\"nl\", \"en\"]",
            "Its languages. Default all of the course.",
        ),
        Key::new(
            "lengths",
            Kind::List(&Kind::Words),
            "[\"usual\", \"5m\"]",
            "Lengths: usual, least or most of each script, natural, source, or a time. Default usual. source is exactly as long as the track is in the language of its script. A track has only the times that its author allows.",
        ),
        Key::new(
            "lock_parts",
            Kind::Language,
            "\"nl\"",
            "A language whose chapter times all other languages follow: each part starts where it does there, and only pauses change. Default none.",
        ),
        Key::new(
            "levels",
            Kind::List(&Kind::OneOf(&Guidance::NAMES)),
            "[\"full\", \"light\"]",
            "Levels of guidance. Default the first of each script. A track has only the levels that its script has.",
        ),
        Key::new(
            "choices",
            Kind::List(&Kind::Words),
            "[\"einde=slaap\"]",
            "One more version for each of these choices, of the tracks that offer it.",
        ),
        Key::new(
            "beds",
            Kind::List(&Kind::Name),
            "[\"regen\", \"none\"]",
            "Beds for whole tracks, or none. Default that of each script.",
        ),
        Key::new(
            "mixes",
            Kind::List(&Kind::OneOf(&Mix::NAMES)),
            "[\"full\", \"voice\"]",
            "Mixes. Default full.",
        ),
        Key::new(
            "formats",
            Kind::List(&Kind::OneOf(&Format::NAMES)),
            "[\"mp3\", \"flac\"]",
            "Formats of sound; one mix serves them all. Default those of [publish], else that of the preset.",
        ),
        Key::new(
            "files",
            Kind::List(&Kind::OneOf(&words(&Beside::ALL))),
            "[\"vtt\", \"transcript.md\"]",
            "Files beside each track. Default those of [publish].",
        ),
        Key::new("preset", Kind::Name, "\"podcast\"", "The preset. Default that of the course."),
        Key::new(
            "path",
            Kind::Words,
            "\"{language}/{track}-{slug}-{language}{version}\"",
            "Folder and name of a file without its ending, below out/<name>/. In braces: track, script, slug (the title as a name), language, length, level, voice, week, and version, which names what else sets it apart.",
        ),
        Key::new(
            "drafts",
            Kind::Flag,
            "true",
            "Whether a machine may speak phrases without a recording. Default false.",
        ),
    ],
);

/// Folders of out/ that a build writes itself.
const TAKEN: [&str; 2] = ["site", "changes"];

/// The path of a file where a delivery says nothing else.
pub const USUAL_PATH: &str = "{language}/{track}-{slug}-{language}{version}";

/// What a path can name in braces.
pub const PATH_FIELDS: [&str; 9] =
    ["track", "script", "slug", "language", "length", "level", "voice", "week", "version"];

/// `[[delivery]]`: a matrix of versions.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub name: Spanned<String>,
    /// `None` for every track that has a number.
    pub tracks: Option<Vec<Spanned<u32>>>,
    /// `None` for every language of the course.
    pub languages: Option<Vec<Spanned<Language>>>,
    pub lengths: Vec<DeliveryLength>,
    /// The language whose chapter times all others follow, if any.
    pub lock_parts: Option<Spanned<Language>>,
    /// `None` for the first level of each script.
    pub levels: Option<Vec<Guidance>>,
    /// Names and values; each is one more version of the tracks that offer it.
    pub choices: Vec<Spanned<(String, String)>>,
    /// `None` for the bed of each script.
    pub beds: Option<Vec<Spanned<String>>>,
    pub mixes: Vec<Mix>,
    /// `None` for those of `[publish]`, else that of the preset.
    pub formats: Option<Vec<Format>>,
    /// `None` for those of `[publish]`.
    pub beside: Option<Vec<Beside>>,
    pub preset: Option<Spanned<String>>,
    /// With fields of [`PATH_FIELDS`] in braces.
    pub path: Spanned<String>,
    pub drafts: bool,
}

/// A length of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryLength {
    /// The usual length of each script.
    Usual,
    /// The least its author allows.
    Least,
    /// The most its author allows.
    Most,
    /// With every pause at its natural length.
    Natural,
    /// As long, to the frame, as the same version in the language that the script is written in.
    Source,
    /// This long.
    Exactly(Seconds),
}

impl DeliveryLength {
    const WORDS: [(&'static str, Self); 5] = [
        ("usual", Self::Usual),
        ("least", Self::Least),
        ("most", Self::Most),
        ("natural", Self::Natural),
        ("source", Self::Source),
    ];

    /// A word or a time.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, word)) = Self::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*word);
        }
        match parse_duration(text) {
            Ok(Seconds::ZERO) => Err("write a time of more than zero".to_owned()),
            Ok(time) => Ok(Self::Exactly(time)),
            Err(reason) => Err(format!("{reason}, or one of usual, least, most, natural and source")),
        }
    }
}

impl DeliveryLength {
    /// Its word, or the time.
    pub fn name(self) -> String {
        let word = Self::WORDS.iter().find(|(_, own)| *own == self).map(|(word, _)| (*word).to_owned());
        match (self, word) {
            (Self::Exactly(time), _) => print_duration(time),
            (Self::Usual | Self::Least | Self::Most | Self::Natural | Self::Source, word) => {
                word.unwrap_or_default()
            }
        }
    }
}

impl Delivery {
    /// The language whose chapter times a version in a language follows.
    pub fn followed_by(&self, language: &Language) -> Option<&Spanned<Language>> {
        self.lock_parts.as_ref().filter(|own| own.value != *language)
    }

    /// Reads `[[delivery]]` of a course; what is wrong goes to the sink of the table.
    pub fn read_all(course: &Table<'_>) -> Vec<Self> {
        let items = course.get("delivery").and_then(|node| node.items()).unwrap_or_default();
        let mut deliveries: Vec<Self> = Vec::new();
        for delivery in items.iter().filter_map(Self::read) {
            if TAKEN.contains(&delivery.name.value.as_str()) {
                let message = format!("a build writes out/{} itself", delivery.name.value);
                course.sink().emit(
                    Diagnostic::error(Code::Clash, delivery.name.span, message)
                        .help("give the delivery another name, which is that of its folder"),
                );
            }
            match deliveries.iter().find(|other| other.name.value == delivery.name.value) {
                Some(other) => course.sink().emit(
                    Diagnostic::error(
                        Code::Clash,
                        delivery.name.span,
                        format!("two deliveries are called `{}`", delivery.name.value),
                    )
                    .related(other.name.span, "the first one")
                    .help("give each a name of its own, as it is the name of its folder"),
                ),
                None => deliveries.push(delivery),
            }
        }
        deliveries
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&DELIVERY)?;
        let items = |key: &str| table.get(key).and_then(|node| node.items());
        let number = |node: &Node<'_>| Some(Spanned::new(node.whole()? as u32, node.span()));
        let named = |names: Vec<Node<'_>>| each_once(names.iter().filter_map(Node::name));
        let path = table.get("path").and_then(|node| read_path(&node));
        let name = table.require("name").and_then(|node| node.name())?;
        let path = path.unwrap_or_else(|| Spanned::new(USUAL_PATH.to_owned(), name.span));
        Some(Self {
            name,
            tracks: items("tracks").map(|nodes| each_once(nodes.iter().filter_map(number))),
            languages: items("languages").map(|nodes| each_once(nodes.iter().filter_map(Language::read))),
            lengths: items("lengths")
                .map_or(vec![DeliveryLength::Usual], |nodes| distinct(nodes.iter().filter_map(read_length))),
            lock_parts: table.get("lock_parts").and_then(|node| Language::read(&node)),
            levels: items("levels").map(|nodes| {
                let levels = Guidance::ALL.map(|level| (level.name(), level));
                distinct(nodes.iter().filter_map(|node| node.one_of(&levels)))
            }),
            choices: each_once(items("choices").unwrap_or_default().iter().filter_map(read_choice)),
            beds: items("beds").map(named),
            mixes: items("mixes").map_or(vec![Mix::Full], |nodes| {
                distinct(nodes.iter().filter_map(|node| node.one_of(&Mix::WORDS)))
            }),
            formats: items("formats")
                .map(|nodes| distinct(nodes.iter().filter_map(|node| node.one_of(&Format::WORDS)))),
            beside: items("files")
                .map(|nodes| distinct(nodes.iter().filter_map(|node| node.one_of(&Beside::ALL)))),
            preset: table.get("preset").and_then(|node| node.name()),
            path,
            drafts: table.get("drafts").and_then(|node| node.flag()).unwrap_or(false),
        })
    }
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}

/// Each value once, where it was written first.
fn each_once<T: PartialEq>(items: impl Iterator<Item = Spanned<T>>) -> Vec<Spanned<T>> {
    let mut all: Vec<Spanned<T>> = Vec::new();
    for item in items {
        if all.iter().all(|own| own.value != item.value) {
            all.push(item);
        }
    }
    all
}

fn read_length(node: &Node<'_>) -> Option<DeliveryLength> {
    let text = node.words()?;
    match DeliveryLength::parse(&text.value) {
        Ok(length) => Some(length),
        Err(why) => {
            let message = format!("`{}` is not a length", text.value);
            node.sink().emit(node.refuse(Code::BadChoice, message).help(why));
            None
        }
    }
}

fn read_choice(node: &Node<'_>) -> Option<Spanned<(String, String)>> {
    let text = node.words()?;
    let choice = Choice::parse(&text.value);
    if choice.is_none() {
        let message = format!("`{}` is not a choice", text.value);
        node.sink().emit(
            node.refuse(Code::BadChoice, message).help("write a name and a value, such as \"einde=slaap\""),
        );
    }
    Some(Spanned::new(choice?, text.span))
}

/// A pattern whose fields are known, and that stays below its folder.
fn read_path(node: &Node<'_>) -> Option<Spanned<String>> {
    let text = node.words()?;
    let refuse = |message: String, help: String| {
        node.sink().emit(node.refuse(Code::BadChoice, message).help(help));
    };
    let outside = text.value.starts_with('/')
        || text.value.contains('\\')
        || text.value.split('/').any(|part| part.is_empty() || part == "." || part == "..");
    if outside {
        refuse(
            format!("`{}` is not a path below the folder of the delivery", text.value),
            format!("write folders and a name, such as \"{USUAL_PATH}\""),
        );
        return None;
    }
    let pieces = match fields(&text.value) {
        Ok(pieces) => pieces,
        Err(fault) => {
            refuse(fault.to_string(), fault.help());
            return None;
        }
    };
    // Fields are names; an empty {version} may leave what is beside it at the end.
    let filled = |field: &str| {
        let text = |piece: &PathPiece<'_>| match piece {
            PathPiece::Text(text) => (*text).to_owned(),
            PathPiece::Field("version") => String::new(),
            PathPiece::Field(_) => field.to_owned(),
        };
        pieces.iter().map(text).collect::<String>()
    };
    let path = filled("x");
    if let Some(why) = path.split('/').find_map(|part| unportable(part, part.len())) {
        let message = format!("`{}` makes names that not every system can hold", text.value);
        let help = format!("write another pattern, such as \"{USUAL_PATH}\"");
        node.sink().emit(node.refuse(Code::BadName, message).note(why).help(help));
        return None;
    }
    Some(text)
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternFault {
    #[error("a path cannot name `{{{0}}}`")]
    Unknown(String),
    #[error("`{{{0}` has no closing brace")]
    NotClosed(String),
    #[error("there is a }} without a {{ before it")]
    NotOpened,
}

impl PatternFault {
    /// What to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown(name) => match nearest(name, PATH_FIELDS) {
                Some(near) => format!("did you mean {{{near}}}?"),
                None => format!("available: {}", list(PATH_FIELDS)),
            },
            Self::NotClosed(name) => {
                let field = PATH_FIELDS
                    .into_iter()
                    .filter(|field| name.starts_with(field))
                    .max_by_key(|own| own.len());
                format!("close it, such as {{{}}}", field.unwrap_or("track"))
            }
            Self::NotOpened => "write names in braces, such as {track}, and no other braces".to_owned(),
        }
    }
}

/// A piece of a path: text as it stands, or the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPiece<'a> {
    Text(&'a str),
    Field(&'static str),
}

/// The pieces of a path.
///
/// # Errors
/// The first field that is not one of [`PATH_FIELDS`], or a brace without its other half.
pub fn fields(path: &str) -> Result<Vec<PathPiece<'_>>, PatternFault> {
    let mut pieces = Vec::new();
    let mut rest = path;
    let plain = |text: &str| if text.contains('}') { Err(PatternFault::NotOpened) } else { Ok(()) };
    while let Some((before, after)) = rest.split_once('{') {
        plain(before)?;
        let Some((name, after)) = after.split_once('}').filter(|(name, _)| !name.contains('{')) else {
            let name = after.split(['{', '/']).next().unwrap_or_default();
            return Err(PatternFault::NotClosed(name.to_owned()));
        };
        let known = PATH_FIELDS.into_iter().find(|field| *field == name);
        let field = known.ok_or_else(|| PatternFault::Unknown(name.to_owned()))?;
        pieces.extend((!before.is_empty()).then_some(PathPiece::Text(before)));
        pieces.push(PathPiece::Field(field));
        rest = after;
    }
    plain(rest)?;
    pieces.extend((!rest.is_empty()).then_some(PathPiece::Text(rest)));
    Ok(pieces)
}
