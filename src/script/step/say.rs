//! `say`: a phrase, followed by a pause.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::kind::{PhraseGroup, ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::pause::{self, read_pause};
use super::resolved::{Action, Step, StepSound};
use super::{StepKind, StepText};
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned};
use crate::script::check::Check;
use crate::script::elastic::Elastic;
use crate::script::own::OwnPlace;
use crate::script::resolve::InFile;
use crate::script::wording::{BECAUSE, Because};
use crate::toml::key::{Key, words};
use crate::toml::kind::Kind;
use crate::toml::table::Table;

/// Which versions speak a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In light and full versions.
    Light,
    /// In full versions.
    Full,
    /// In full versions longer than usual.
    Long,
}

impl Keep {
    const WORDS: [(&'static str, Self); 3] =
        [("light", Self::Light), ("full", Self::Full), ("long", Self::Long)];

    /// How long a phrase is kept unless its author says otherwise: what the light version speaks, a short full one
    /// keeps.
    fn usual_worth(self) -> u8 {
        match self {
            Self::Light => 7,
            Self::Full => 5,
            Self::Long => 3,
        }
    }
}

/// How long a phrase or a group is kept when a version has to be short.
pub(super) const WORTH: Key = Key::new(
    "worth",
    Kind::Whole(1, 9),
    "8",
    "How long it is kept when a version has to be short: 1 is omitted first, 9 last. Default 7 where keep is light, 5 where it is full, 3 where it is long.",
);

pub(super) static KEYS: [Key; 9] = [
    Key::new("say", Kind::Words, "\"Laat de adem komen.\"", "The words; `|` separates the beats on a grid."),
    Key::new(
        "id",
        Kind::Name,
        "\"adem\"",
        "The permanent name of the phrase, by which clips and translations are found.",
    ),
    Key::new(
        "keep",
        Kind::OneOf(&words(&Keep::WORDS)),
        "\"light\"",
        "The versions that speak it: light (light and full), full, or long (full, if longer than usual). Default full.",
    ),
    Key::new(
        "safety",
        Kind::Flag,
        "true",
        "Spoken in every version with a voice, never omitted. Default false.",
    ),
    Key::new(
        "hard",
        Kind::Flag,
        "true",
        "The hardest part: a safety phrase has to follow within 90 s, without a longer silence. Default false.",
    ),
    Key::new(
        "soft",
        Kind::Flag,
        "true",
        "Meant to be quieter than the rest: as soft as it was spoken, but 1.5 to 5.5 LU under the other phrases. Default false.",
    ),
    Key::new(
        "own",
        Kind::Flag,
        "true",
        "A listener may have own words in its place: a text that is spoken, or a recording. Default false.",
    ),
    WORTH,
    Key::new(
        "instead",
        Kind::Name,
        "\"ruiken\"",
        "The phrase is spoken only when the one with this id is omitted.",
    ),
];

pub(super) static NOTE: [Key; 2] = [
    Key::new(
        "note",
        Kind::Words,
        "\"bijna gefluisterd\"",
        "A note for the speaker and the translator; never spoken.",
    ),
    Key::new(
        "because",
        Kind::Table(&BECAUSE),
        "{ command = \"plain words where there is danger\" }",
        "Your reasons why a rule of wording does not apply to the phrase, by rule.",
    ),
];

pub(super) static SAY: StepKeys = StepKeys {
    key: "say",
    with: &["id", "keep", "safety", "hard", "soft", "own", "note", "because", pause::KEY, "instead", "worth"],
    read: |table, _| PhraseText::read(table).map(StepKind::Say),
};

/// A phrase as written.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of a step")]
pub struct PhraseText {
    /// The place of its step.
    pub span: Span,
    /// Its permanent name; `None` if missing, which is an error.
    pub id: Option<Spanned<String>>,
    pub text: Spanned<String>,
    pub keep: Keep,
    /// Never omitted.
    pub safety: bool,
    /// One of the hardest parts of its exercise.
    pub hard: bool,
    /// It is meant to be softer than the others.
    pub soft: bool,
    /// A listener may have own words in its place.
    pub own: bool,
    /// For the speaker.
    pub note: Option<String>,
    /// The pause after it; `None` for the default.
    pub pause: Option<Elastic>,
    /// Spoken only when that phrase is omitted.
    pub instead: Option<Spanned<String>>,
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
    /// Reasons why rules of wording do not apply.
    pub because: Because,
}

impl PhraseText {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let text = table.get("say")?.words();
        let id = table.get("id");
        if id.is_none() && !table.may_misspell("id") && !table.has_typo() {
            let span = text.as_ref().map_or(table.span(), |text| text.span);
            table.sink().emit(missing_id(span, text.as_ref().map_or("", |text| &text.value)));
        }
        let flag = |key: &str| table.get(key).and_then(|node| node.flag()).unwrap_or(false);
        let keep = table.get("keep").and_then(|node| node.one_of(&Keep::WORDS));
        let keep = keep.unwrap_or(Keep::Full);
        // A misspelt `safety` counts, so that only the misspelling is reported.
        let safety = flag("safety") || table.misspells("safety");
        let instead = table.get("instead");
        let own = table.get("own").filter(|node| node.flag() == Some(true));
        for (key, node) in [
            ("keep = \"long\"", table.get("keep").filter(|_| keep == Keep::Long)),
            ("instead", instead),
            ("own", own),
        ] {
            if let (true, Some(node)) = (safety, node) {
                let why = if key == "own" {
                    "a safety phrase says exactly what it says, so it cannot be `own`".to_owned()
                } else {
                    format!("a safety phrase is spoken in every version, so it cannot have `{key}`")
                };
                let clash = node.refuse(Code::Clash, why);
                table.sink().emit(clash.help(format!("remove `{key}` or `safety`")));
            }
        }
        Some(Self {
            span: table.span(),
            id: id.and_then(|node| node.name()),
            text: text?,
            keep: if safety { Keep::Light } else { keep },
            safety,
            hard: flag("hard"),
            soft: flag("soft"),
            own: own.is_some(),
            note: table.get("note").and_then(|node| node.text()).map(|note| note.value),
            pause: table.get("pause").and_then(|node| read_pause(&node)),
            instead: instead.and_then(|node| node.name()),
            worth: read_worth(table).unwrap_or(keep.usual_worth()),
            because: Because::read(table),
        })
    }

    /// Refuses more beats than the step has room for.
    pub(super) fn check_beats(&self, most: usize, sink: &Sink) {
        if self.beats() <= most {
            return;
        }
        let (message, help) = if most == 1 {
            ("beats need a grid", "put the phrase on a `breathe` step, or remove the `|`")
        } else {
            ("a breath has two beats, in and out", "keep only one `|`")
        };
        sink.emit(Diagnostic::error(Code::TooManyBeats, self.text.span, message).help(help));
    }

    /// The number of beats; 1 if there is no `|`.
    pub(super) fn beats(&self) -> usize {
        self.text.value.split('|').count()
    }
}

pub(super) fn read_worth(table: &Table<'_>) -> Option<u8> {
    table.get(WORTH.name).and_then(|node| node.whole()).map(|worth| worth as u8)
}

fn missing_id(span: Span, text: &str) -> Diagnostic {
    let missing = Diagnostic::error(Code::MissingId, span, "this phrase has no id");
    let suggestion = suggest_id(text);
    if suggestion.is_empty() {
        return missing.help("add `id = \"…\"`, a short name that never changes");
    }
    let after = Span { start: span.end, end: span.end, ..span };
    missing.note("clips and translations are found by it, so keep it when the words change").certain_patch(
        "add an id",
        after,
        format!(", id = \"{suggestion}\""),
    )
}

/// A readable id made from the first words of a phrase, in any script.
pub fn suggest_id(text: &str) -> String {
    let text: String = text.nfc().collect();
    let words: Vec<_> = text.split_whitespace().take(3).map(first_characters).collect();
    crate::toml::table::as_name(&words.join(" "))
}

/// The first characters of a word in scripts that are written without spaces; otherwise the whole word.
fn first_characters(word: &str) -> &str {
    const CHARACTERS: usize = 8;
    // Thai and Lao, Tibetan, Burmese, Khmer, kana and Han.
    let unspaced = |c: char| matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..);
    let end = word.char_indices().nth(CHARACTERS).map(|(end, _)| end).filter(|_| word.chars().any(unspaced));
    &word[..end.unwrap_or(word.len())]
}

/// Reports phrases that share an id within one file.
pub fn refuse_double_ids<'a>(phrases: impl Iterator<Item = &'a PhraseText>, sink: &Sink) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for id in phrases.filter_map(|phrase| phrase.id.as_ref()) {
        if let Some(first) = seen.get(id.value.as_str()) {
            let double =
                Diagnostic::error(Code::DoubleId, id.span, format!("two phrases have the id `{}`", id.value));
            let double = double.related(*first, "the first one");
            sink.emit(double.help("clips are found by id: give the second one another id"));
        } else {
            seen.insert(&id.value, id.span);
        }
    }
}

impl WrittenStep for PhraseText {
    fn phrases(&self) -> Vec<&PhraseText> {
        vec![self]
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    fn check(&self, check: &Check<'_>) {
        self.check_beats(1, check.sink);
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        file.phrase(self).into_iter().map(|phrase| Step { span, action: Action::Say(phrase) }).collect()
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }
}

/// The file and the id of a phrase, by which its clip and its translation are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PhraseKey {
    /// The id of the script or fragment.
    pub file: String,
    pub id: String,
}

impl From<PhraseKey> for String {
    fn from(key: PhraseKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PhraseKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (file, id) =
            text.split_once('/').ok_or_else(|| format!("`{text}` does not have the form file/id"))?;
        Ok(Self { file: file.to_owned(), id: id.to_owned() })
    }
}

impl fmt::Display for PhraseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.file, self.id)
    }
}

/// A phrase of a session, in its language.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Its permanent name.
    pub key: PhraseKey,
    /// The place of its text.
    pub span: Span,
    /// The words, without `|`.
    pub text: String,
    /// The words of each beat; one item if there is no `|`.
    pub beats: Vec<String>,
    /// In which versions it is spoken.
    pub keep: Keep,
    /// Never omitted.
    pub safety: bool,
    /// It is meant to be softer than the others.
    pub soft: bool,
    /// The pause after it; `None` for the default.
    pub pause: Option<Elastic>,
    /// Spoken only when that phrase is omitted.
    pub instead: Option<PhraseKey>,
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
    /// Whether a listener may have own words in its place, and whether they are there.
    pub own: OwnPlace,
}

impl Phrase {
    /// Whether no version that speaks is without it: it keeps listeners safe, or has the words of the one who listens.
    pub fn stays(&self) -> bool {
        self.safety || self.own.is_taken()
    }
}

impl Phrase {
    /// The words of each beat of a text.
    pub fn beats_of(text: &str) -> Vec<String> {
        text.split('|').map(|beat| beat.trim().to_owned()).collect()
    }

    /// Gives it other words.
    pub fn reword(&mut self, text: &str) {
        self.beats = Self::beats_of(text);
        self.text = self.beats.join(" ");
    }
}

impl ResolvedStep for Phrase {
    fn phrase(&self) -> Option<&Phrase> {
        Some(self)
    }

    fn phrase_mut(&mut self) -> Option<&mut Phrase> {
        Some(self)
    }

    fn children(&self) -> Vec<&[Step]> {
        Vec::new()
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        Vec::new()
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        None
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }

    fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        Some(PhraseGroup { worth: self.worth, phrases: vec![self] })
    }

    fn pause(&self) -> Option<Elastic> {
        Some(self.pause.unwrap_or_else(Elastic::after_phrase))
    }

    fn set_pause(&mut self, pause: Elastic) {
        self.pause = Some(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml::table::is_name;

    #[test]
    fn latin_text_keeps_the_ids_it_always_had() {
        for (text, id) in [
            ("Laat een plek opkomen waar je bent.", "laat-een-plek"),
            ("Adem in - en uit.", "adem-in"),
            ("Één voet, çà et là", "een-voet-ca"),
            ("Mañana, señor Müller", "manana-senor-muller"),
            ("I don't mind", "i-don-t-mind"),
            ("“Welkom …” zei ze", "welkom-zei"),
        ] {
            assert_eq!(suggest_id(text), id);
        }
    }

    #[test]
    fn a_phrase_in_any_script_gets_an_id() {
        for (text, id) in [
            ("ゆっくり息を吸います。", "yutukurixi-woxi-i"),
            ("深呼吸をしましょう", "shen-hu-xi-wosimasiyo"),
            ("Сделайте глубокий вдох.", "sdelaite-glubokii-vdokh"),
            ("خذ نفسا عميقا", "khdh-nfs-myq"),
            ("Πάρτε μια βαθιά ανάσα", "parte-mia-bathia"),
            ("หายใจเข้าลึกๆ", "haayaicchekh"),
            ("깊게 숨을 쉬세요", "gipge-sumeul-swiseyo"),
            ("Straße und Æther", "strasse-und-aether"),
        ] {
            assert_eq!(suggest_id(text), id);
            assert!(is_name(id), "{id}");
        }
    }

    #[test]
    fn letters_and_marks_apart_give_the_same_id() {
        for text in [
            "Prénom élevé, ça va",
            "がぎぐげござじずぜぞ",
            "깊게 숨을 쉬세요",
            "Më të ngadalë",
            "Hít thở sâu",
        ] {
            let apart: String = text.nfd().collect();
            assert_ne!(apart, text);
            assert_eq!(suggest_id(&apart), suggest_id(text));
        }
        assert_eq!(suggest_id("pre\u{301}nom"), "prenom");
    }

    #[test]
    fn a_long_phrase_without_spaces_gets_a_short_id() {
        let id = suggest_id(&"呼吸".repeat(50));
        assert_eq!(id, "hu-xi-hu-xi-hu-xi-hu-xi");
        assert!(suggest_id(&"ж".repeat(200)).len() <= 64);
    }

    #[test]
    fn what_cannot_be_written_in_ascii_gives_no_id() {
        assert_eq!(suggest_id("…! —"), "");
    }
}
