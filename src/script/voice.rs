//! `voice.toml` and `level.toml`: the speaker of a voice, and how recordings are processed.

use super::language::Language;
use super::site::parse_day;
use super::speech_engine::SpeechEngine;
use super::takes_file::TakeRecord;
use super::voice_chain::CHAIN;
pub use super::voice_chain::{Chain, Stages};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::toml::key::{DefaultValue, Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Lufs;

/// `voice/<language>/<voice>/voice.toml`.
pub static VOICE: TableKeys = TableKeys::new(
    "a voice",
    &[
        Key::needed(
            "name",
            Kind::Words,
            "\"Anna de Vries\"",
            "The name of the speaker, as printed in credits.",
        ),
        Key::needed(
            "kind",
            Kind::OneOf(&words(&VoiceKind::WORDS)),
            "\"human\"",
            "human or synthetic; a synthetic voice is always disclosed.",
        ),
        Key::needed("credit", Kind::Words, "\"Stem: Anna de Vries\"", "The line for credits."),
        Key::needed(
            "licence",
            Kind::Words,
            "\"CC-BY-4.0\"",
            "The licence of the recordings, as an SPDX name where there is one.",
        ),
        Key::new(
            "chain",
            Kind::Either(&[Kind::OneOf(&Chain::WORDS), Kind::Table(&CHAIN)]),
            "\"speech\"",
            "speech trims, cleans and levels clips; off leaves them unchanged; a table sets each stage. Default speech.",
        ),
        Key::new(
            "strength",
            Kind::Number(0.0, 1.0),
            "1",
            "How far phrases are brought to one level: 0 leaves them as they were spoken, 1 makes them all alike. Default {default}.",
        )
        .or(DefaultValue::Number(STRENGTH)),
        Key::new(
            "consent",
            Kind::Table(&CONSENT),
            "{ who = \"Anna de Vries\", when = \"2026-11-03\", for = \"this course, in all its lengths\" }",
            "For the voice of a person: who agreed, when, and to what. A build delivers no human voice without it.",
        ),
        Key::new(
            "engine",
            Kind::OneOf(&words(&SpeechEngine::WORDS)),
            "\"kokoro\"",
            "The engine that speaks phrases without a recording, where it is installed; of a synthetic voice, the one that made its clips. Default the best that is installed.",
        ),
        Key::new(
            "draft",
            Kind::Table(&DRAFT),
            "{ command = [\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"] }",
            "A program of your own that speaks phrases without a recording, once the course is trusted. Default an engine that adem knows.",
        ),
    ],
);

/// The default of `strength` (docs/sound.md, section 3).
pub const STRENGTH: f64 = 0.5;

/// `consent = { … }` of a voice.
static CONSENT: TableKeys = TableKeys::new(
    "a consent",
    &[
        Key::needed("who", Kind::Words, "\"Anna de Vries\"", "Who agreed."),
        Key::needed("when", Kind::Words, "\"2026-11-03\"", "The day."),
        Key::needed(
            "for",
            Kind::Words,
            "\"this course, in all its lengths\"",
            "What the recordings may be used for.",
        ),
    ],
);

/// `draft = { … }` of a voice.
static DRAFT: TableKeys = TableKeys::new(
    "a draft",
    &[
        Key::new(
            "command",
            Kind::List(&Kind::Words),
            "[\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"]",
            "A program and its arguments, run without a shell; {text} is replaced by the words, {out} by the WAV file to write.",
        ),
        Key::new(
            "batch",
            Kind::Flag,
            "true",
            "Whether the program speaks many phrases in one run, as loading may take long. It has no {text} and no {out}, and reads a line for each phrase: the WAV file to write, a tab, and the words. Default false.",
        ),
    ],
);

/// `voice/<language>/<voice>/level.toml`.
pub static LEVEL: TableKeys = TableKeys::new(
    "a level",
    &[Key::needed(
        "level",
        Kind::Number(-70.0, 0.0),
        "-23.5",
        "The loudness of the recording session in LUFS; clips are corrected halfway towards it.",
    )],
);

/// Whether the voice is that of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceKind {
    Human,
    /// A speech synthesiser, which is always disclosed.
    Synthetic,
}

impl VoiceKind {
    const WORDS: [(&'static str, Self); 2] = [("human", Self::Human), ("synthetic", Self::Synthetic)];
}

/// A program that a voice names for its drafts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftProgram {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Whether it speaks many phrases in one run, and reads them from its standard input.
    pub batch: bool,
}

/// A voice of one language.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The name of its folder.
    pub id: String,
    pub language: Language,
    /// The start of its file, for messages about it.
    pub span: Span,
    /// The name of the speaker.
    pub name: String,
    pub kind: VoiceKind,
    /// The line for credits.
    pub credit: String,
    /// The licence of the recordings.
    pub licence: Spanned<String>,
    /// Who agreed to what and when, in one line.
    pub consent: Option<String>,
    /// How its clips are processed.
    pub chain: Chain,
    /// The share of the distance to the level of its session by which a clip is corrected.
    pub strength: f64,
    /// The engine that made its clips, or that speaks phrases without a recording, where it is installed.
    pub engine: Option<SpeechEngine>,
    /// The program that speaks phrases without a recording; `None` for an engine that adem knows.
    pub draft: Option<DraftProgram>,
    /// The level of `level.toml`.
    pub level: Option<Lufs>,
    /// The records of `takes.toml`, each at the name of its file.
    pub takes: Vec<Spanned<TakeRecord>>,
}

impl Voice {
    /// The folder of its clips, below the course.
    pub fn folder(&self) -> String {
        format!("voice/{}/{}", self.language, self.id)
    }

    /// Reads `voice.toml`; errors go to the sink of the table.
    pub fn read(id: &str, language: &Language, table: &Table<'_>) -> Self {
        let words = |key: &str| table.require(key).and_then(|node| node.words()).map(|text| text.value);
        let kind = table.require("kind").and_then(|node| node.one_of(&VoiceKind::WORDS));
        let kind = kind.unwrap_or(VoiceKind::Human);
        Self {
            id: id.to_owned(),
            language: language.clone(),
            span: table.span(),
            name: words("name").unwrap_or_else(|| id.to_owned()),
            kind,
            credit: words("credit").unwrap_or_default(),
            licence: read_licence(table),
            consent: table.get("consent").and_then(|node| read_consent(&node)),
            chain: Chain::read(table.get("chain").as_ref(), kind),
            strength: table.get("strength").and_then(|node| node.number()).unwrap_or(STRENGTH),
            engine: table.get("engine").and_then(|node| node.one_of(&SpeechEngine::WORDS)),
            draft: table.get("draft").and_then(|node| read_draft(&node)),
            level: None,
            takes: Vec::new(),
        }
    }
}

/// `licence = "…"` of a voice, a bed or a bell; empty at the start of its file where there is none, which is an error.
pub(super) fn read_licence(table: &Table<'_>) -> Spanned<String> {
    let licence = table.require("licence").and_then(|node| node.words());
    licence.unwrap_or_else(|| Spanned::new(String::new(), table.span()))
}

/// `Anna de Vries, 2026-11-03: this course`.
fn read_consent(node: &Node<'_>) -> Option<String> {
    let table = node.table(&CONSENT)?;
    let words = |key: &str| Some(table.require(key)?.words()?.value);
    if let Some(day) = table.get("when")
        && let Some(text) = day.words_of_text()
        && parse_day(&text).is_none()
    {
        let message = format!("`{text}` is not a day");
        let odd = Diagnostic::warning(Code::BadChoice, day.span(), message);
        day.sink().emit(odd.help("write year, month and day, such as \"2026-11-03\""));
    }
    let (who, when, purpose) = (words("who"), words("when"), words("for"));
    Some(format!("{}, {}: {}", who?, when?, purpose?))
}

/// Reads `draft = { command = […] }`: a program and its arguments, not a shell command.
fn read_draft(node: &Node<'_>) -> Option<DraftProgram> {
    let table = node.table(&DRAFT)?;
    let batch = table.get("batch").and_then(|node| node.flag()).unwrap_or(false);
    let command = table.require("command")?;
    let items = command.items()?;
    let arguments: Vec<_> = items.iter().filter_map(|item| Some(item.text()?.value)).collect();
    if let ([only], [item]) = (&arguments[..], &items[..])
        && only.contains(char::is_whitespace)
        && let Some(words) = shlex::split(only)
    {
        let typed: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let one = item
            .refuse(Code::WrongType, "a draft command is a list: the program, then each argument by itself");
        item.sink().emit(one.patch(
            "write the words apart",
            command.span(),
            format!("[{}]", typed.join(", ")),
        ));
        return None;
    }
    for place in ["{text}", "{out}"] {
        let has = arguments.iter().any(|argument| argument.contains(place));
        if has == batch {
            let wrong = if batch {
                let message = format!("a draft command with `batch = true` has no {place}");
                command.refuse(Code::BadChoice, message).help(
                    "it reads a line for each phrase on its standard input: the WAV file to write, a tab, and the words",
                )
            } else {
                let missing = command.refuse(Code::MissingKey, format!("a draft command needs {place}"));
                missing.help("{text} is replaced by the words, {out} by the WAV file to write")
            };
            command.sink().emit(wrong);
            return None;
        }
    }
    (arguments.len() == items.len()).then_some(DraftProgram { command: arguments, batch })
}

/// Reads `level.toml`.
pub fn read_level(table: &Table<'_>) -> Option<Lufs> {
    table.require("level").and_then(|node| node.number()).map(Lufs)
}
