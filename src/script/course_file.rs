//! `course.toml`: title, languages, voices, defaults, presets, weeks.

use std::collections::BTreeMap;

use super::bed::{A_BED, BedUse};
use super::delivery::{DELIVERY, Delivery};
use super::language::Language;
use super::site::{SITE, Site};
use super::wording::{Settings, WORDING};
use crate::delivery::preset::{PRESETS, Preset};
use crate::delivery::publish::{PUBLISH, Publish};
use crate::diag::{Code, Diagnostic, FileId, Span, Spanned};
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};

/// `course.toml`.
pub static COURSE: TableKeys = TableKeys::new(
    "a course",
    &[
        Key::needed(
            "title",
            Kind::Words,
            "\"Mild aanwezig\"",
            "The title of the course, in its first language.",
        ),
        Key::needed(
            "languages",
            Kind::List(&Kind::Language),
            "[\"nl\", \"en\"]",
            "Its languages; it is written in the first.",
        ),
        Key::new(
            "before",
            Kind::List(&Kind::Words),
            "[\"Je kunt altijd stoppen.\"]",
            "What a listener has to know before any track: short texts, in its first language. Practice sheets and transcripts show them; no voice speaks them.",
        ),
        Key::new(
            "voices",
            Kind::Table(&VOICES),
            "{ nl = \"duif\" }",
            "The voice of each language, unless another is asked for.",
        ),
        Key::new(
            "defaults",
            Kind::Table(&DEFAULTS),
            "[defaults]\nbed = \"regen\"",
            "The settings of scripts that have none of their own.",
        ),
        Key::new(
            "presets",
            Kind::Table(&PRESETS),
            "[presets.podcast]\ntarget = -16",
            "Settings of finished files. Every course has those below, and a table changes the keys it has.",
        ),
        Key::new(
            "publish",
            Kind::Table(&PUBLISH),
            "[publish]\nauthor = \"Anna de Vries\"",
            "The tags of finished files, and which files are written beside them.",
        ),
        Key::new(
            "wording",
            Kind::Table(&WORDING),
            "[wording]\noff = [\"doubled-phrase\"]",
            "Your changes to the rules of wording.",
        ),
        Key::new(
            "week",
            Kind::List(&Kind::Table(&WEEK)),
            "[[week]]\nnumber = 1\ntracks = [1, 2, 3]",
            "The weeks, with their tracks.",
        ),
        Key::new(
            "delivery",
            Kind::List(&Kind::Table(&DELIVERY)),
            "[[delivery]]\nname = \"online\"\nformats = [\"mp3\"]",
            "What `adem build` makes: versions of tracks, in which formats, under which names.",
        ),
        Key::new(
            "site",
            Kind::Table(&SITE),
            "[site]\nid = \"mild-aanwezig\"\ndeliveries = [\"online\"]",
            "The page that `adem build` writes to out/site, and its podcast feeds.",
        ),
    ],
);

/// `[defaults]` of a course.
static DEFAULTS: TableKeys = TableKeys::new(
    "the defaults",
    &[
        Key::new("bed", A_BED, "{ use = \"regen\" }", "The ambience."),
        Key::new("preset", Kind::Name, "\"stream\"", "The preset. Default stream."),
    ],
);

/// The voices of a course, by language.
static VOICES: TableKeys = TableKeys::named("the voices", Kind::Name);

/// `[[week]]`.
static WEEK: TableKeys = TableKeys::new(
    "a week",
    &[
        Key::needed("number", Kind::Whole(1, 999), "1", "Its number."),
        Key::new("title", Kind::Words, "\"Aankomen\"", "Its title."),
        Key::new("tracks", Kind::List(&Kind::Whole(1, 999)), "[1, 2, 3]", "The tracks of the week."),
    ],
);

/// `course.toml`.
#[derive(Clone, Debug)]
pub struct CourseFile {
    pub file: FileId,
    /// The title, in the first language.
    pub title: Spanned<String>,
    /// The languages; the course is written in the first.
    pub languages: Vec<Spanned<Language>>,
    /// What a listener has to know before any track, in the first language.
    pub before: Vec<Spanned<String>>,
    /// The voice of each language.
    pub voices: BTreeMap<Language, Spanned<String>>,
    /// The bed of scripts without one of their own.
    pub bed: BedUse,
    /// The preset unless another is asked for.
    pub preset: Option<Spanned<String>>,
    pub presets: BTreeMap<String, Preset>,
    /// The author's changes to the rules of wording.
    pub wording: Settings,
    pub publish: Publish,
    pub weeks: Vec<Week>,
    /// What is handed over.
    pub deliveries: Vec<Delivery>,
    /// The page, if there is one.
    pub site: Option<Site>,
}

/// `[[week]]`.
#[derive(Clone, Debug)]
pub struct Week {
    pub number: u32,
    pub title: Option<Spanned<String>>,
    pub tracks: Vec<Spanned<u32>>,
    /// Where its number stands.
    pub span: Span,
}

impl CourseFile {
    /// Reads a course; errors go to the sink of the table.
    pub fn read(table: &Table<'_>) -> Self {
        let listed = table.require("languages").and_then(|node| Some((node.span(), node.items()?)));
        let named = listed.as_ref().map_or(0, |(_, items)| items.len());
        if let Some((span, _)) = listed.as_ref().filter(|_| named == 0) {
            let empty = Diagnostic::error(Code::MissingKey, *span, "`languages` lists no language");
            table.sink().emit(empty.help("name those of the course, such as `languages = [\"nl\", \"en\"]`"));
        }
        let items = listed.map_or_else(Vec::new, |(_, items)| items);
        let languages: Vec<_> = items.iter().filter_map(Language::read).collect();
        // Where a language cannot be read, that is what is wrong, and not the voices of it.
        let are_known = named == languages.len() && named > 0;
        let defaults = table.get("defaults").and_then(|node| node.table(&DEFAULTS));
        let weeks = table.get("week").and_then(|node| node.items()).unwrap_or_default();
        Self {
            file: table.span().file,
            title: table
                .require("title")
                .and_then(|node| node.words())
                .unwrap_or_else(|| Spanned::new(String::new(), table.span())),
            voices: read_voices(table, &languages, are_known),
            languages,
            before: read_before(table),
            bed: defaults
                .as_ref()
                .and_then(|defaults| BedUse::read(&defaults.get("bed")?))
                .unwrap_or_default(),
            preset: defaults.as_ref().and_then(|defaults| defaults.get("preset")?.name()),
            presets: read_presets(table),
            wording: Settings::read(table),
            publish: Publish::read(table),
            weeks: weeks.iter().filter_map(Week::read).collect(),
            deliveries: Delivery::read_all(table),
            site: Site::read(table),
        }
    }
}

impl CourseFile {
    /// The first week that lists a track.
    pub fn week_of(&self, track: Option<u32>) -> Option<u32> {
        let lists = |week: &&Week| week.tracks.iter().any(|listed| Some(listed.value) == track);
        self.weeks.iter().find(lists).map(|week| week.number)
    }
}

/// The texts of `before`, of a course or a script.
pub(super) fn read_before(table: &Table<'_>) -> Vec<Spanned<String>> {
    let texts = table.get("before").and_then(|node| node.items()).unwrap_or_default();
    texts.iter().filter_map(Node::words).collect()
}

/// The voice of each language. Where the languages are not all known, none is refused.
fn read_voices(
    course: &Table<'_>,
    languages: &[Spanned<Language>],
    are_known: bool,
) -> BTreeMap<Language, Spanned<String>> {
    let Some(table) = course.get("voices").and_then(|node| node.table(&VOICES)) else {
        return BTreeMap::new();
    };
    let mut voices = BTreeMap::new();
    for (tag, node) in table.entries() {
        match Language::parse(&tag.value).filter(|tag| languages.iter().any(|listed| listed.value == *tag)) {
            Some(language) => {
                if let Some(name) = node.name() {
                    voices.insert(language, name);
                }
            }
            None if !are_known => {}
            None => table.sink().emit(
                Diagnostic::error(
                    Code::UnknownLanguage,
                    tag.span,
                    format!("`{}` is not a language of the course", tag.value),
                )
                .help("add it to `languages`, or remove the voice"),
            ),
        }
    }
    voices
}

fn read_presets(course: &Table<'_>) -> BTreeMap<String, Preset> {
    let Some(table) = course.get("presets").and_then(|node| node.table(&PRESETS)) else {
        return BTreeMap::new();
    };
    let presets = table.entries().into_iter();
    presets.filter_map(|(name, node)| Some((name.value.clone(), Preset::read(&name.value, &node)?))).collect()
}

impl Week {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&WEEK)?;
        let tracks = table.get("tracks").and_then(|node| node.items()).unwrap_or_default();
        let track = |node: &Node<'_>| Some(Spanned::new(node.whole()? as u32, node.span()));
        let number = table.require("number")?;
        Some(Self {
            number: number.whole()? as u32,
            span: number.span(),
            title: table.get("title").and_then(|node| node.words()),
            tracks: tracks.iter().filter_map(track).collect(),
        })
    }
}
