//! Translations: one gettext PO file for each language, `scripts/po/<language>.po`.
//!
//! The context of an entry is `<file>/<phrase>` for a phrase, `<file>:title` and `<file>:part` for titles,
//! `course:title` and `course:week` for those of the course, `ambience/<name>:title` and `bells/<name>:title` for those of sounds,
//! `course:before` and `<file>:before` for what is read before a track, `<file>:slug` for its name in file names, and
//! `adem:<name>` for the words that adem adds.

pub mod context;
pub mod correction;
pub mod encoding;
pub mod extract;
pub mod file;
pub mod lint;
pub mod merge;
pub mod plural;
mod quoted;
pub mod status;
pub mod syntax;

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use crate::diag::{FileId, Sink, SourceFile, Span};
use crate::script::language::Language;
use file::PoFile;
use plural::PluralForms;

/// Whether two texts are the same to a reader: a letter with its mark, and the letter and the mark apart, are one.
fn is_same_text(one: &str, other: &str) -> bool {
    one == other || (!(one.is_ascii() && other.is_ascii()) && one.nfc().eq(other.nfc()))
}

/// The file of a language among the names in the folder of translations: `de.po`, or else another spelling, such as `DE.po`.
pub fn file_of<'n>(language: &Language, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let is_of = |name: &&str| name.strip_suffix(".po").and_then(Language::parse).as_ref() == Some(language);
    let is_exact = |name: &str| name.strip_suffix(".po") == Some(language.as_str());
    names.filter(is_of).max_by_key(|name| (is_exact(name), std::cmp::Reverse(*name)))
}

/// The texts of one language.
#[derive(Clone, Debug, Default)]
pub struct Translations {
    entries: BTreeMap<String, Vec<TranslationEntry>>,
    /// Entries without a context, which translate nothing.
    without_context: Vec<TranslationEntry>,
    /// The plural forms that the header names; `None` if it names none, or wrong ones.
    pub plural: Option<PluralForms>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TranslationEntry {
    /// The text that was translated.
    pub source: String,
    /// The translation; may be empty.
    pub text: String,
    /// Every plural form of it; the first is the text.
    pub forms: Vec<String>,
    /// Whether it is marked as fuzzy.
    pub fuzzy: bool,
    /// The text that a fuzzy translation was made from, where it is known.
    pub previous: Option<String>,
    pub span: Span,
}

impl TranslationEntry {
    /// Whether it translates this text.
    pub fn is_of(&self, source: &str) -> bool {
        !self.text.trim().is_empty() && is_same_text(&self.source, source)
    }
}

/// Whether a text has a translation, and which.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TranslationState<'a> {
    /// A translation of exactly this text.
    Current(&'a TranslationEntry),
    /// A translation of an older text with the same id.
    Stale(&'a TranslationEntry),
    /// A translation marked as fuzzy.
    Fuzzy(&'a TranslationEntry),
    Missing,
}

impl TranslationEntry {
    /// Whether it is fuzzy only because a small mistake in its text was corrected, so that it can be used until it is
    /// confirmed. Of a safety phrase only signs may differ.
    pub fn is_of_same_meaning(&self, text: &str, safety: bool) -> bool {
        let same = if safety { correction::is_same_but_for_signs } else { correction::is_small_correction };
        self.previous.as_ref().is_some_and(|previous| same(previous, text))
    }
}

impl Translations {
    /// Reads the PO file of a language; `None` if it has errors, which go to `sink`.
    pub fn read(file: FileId, source: &SourceFile, language: &Language, sink: &Sink) -> Option<Self> {
        let read = syntax::read(file, &source.text, sink)?;
        lint::lint(&read, Some(language), sink);
        Some(Self::of(&read))
    }

    /// The texts of a file that has been read.
    pub fn of(file: &PoFile) -> Self {
        let mut translations = Self { plural: file.plural_forms().and_then(Result::ok), ..Self::default() };
        for message in file.messages.iter().filter(|message| !message.obsolete) {
            let Some(span) = message.span.filter(|_| !message.is_header()) else { continue };
            let (source, text) = (message.source.clone(), message.text().to_owned());
            let previous = message.previous.source.clone();
            let forms = message.texts.clone();
            let entry = TranslationEntry { source, text, forms, fuzzy: message.fuzzy(), previous, span };
            match &message.context {
                Some(context) => translations.entries.entry(context.clone()).or_default().push(entry),
                None => translations.without_context.push(entry),
            }
        }
        translations
    }

    /// The translation of `source` under `context`, current or not.
    pub fn usable(&self, context: &str, source: &str) -> Option<&str> {
        match self.find(context, source) {
            TranslationState::Current(entry)
            | TranslationState::Stale(entry)
            | TranslationState::Fuzzy(entry) => Some(&entry.text),
            TranslationState::Missing => None,
        }
    }

    /// The translation of `source` under `context`.
    pub fn find(&self, context: &str, source: &str) -> TranslationState<'_> {
        let entries = self.entries.get(context).map_or(&[][..], Vec::as_slice);
        let usable = |entry: &&TranslationEntry| !entry.text.trim().is_empty();
        if let Some(entry) = entries.iter().filter(usable).find(|entry| is_same_text(&entry.source, source)) {
            return if entry.fuzzy {
                TranslationState::Fuzzy(entry)
            } else {
                TranslationState::Current(entry)
            };
        }
        // Titles share a context, so only a phrase whose text has changed can be found by its context.
        match entries.iter().find(usable) {
            Some(entry) if context.contains('/') && !entry.fuzzy => TranslationState::Stale(entry),
            Some(entry) if context.contains('/') => TranslationState::Fuzzy(entry),
            _ => TranslationState::Missing,
        }
    }

    /// The entry of this text whose translation is empty.
    pub fn empty(&self, context: &str, source: &str) -> Option<&TranslationEntry> {
        let entries = self.entries.get(context)?;
        entries.iter().find(|entry| entry.text.trim().is_empty() && is_same_text(&entry.source, source))
    }

    /// What a context that one text has is translated with, whatever the text was when it was translated; `None` unless every
    /// plural form is there.
    pub fn word(&self, context: &str) -> Option<&TranslationEntry> {
        let is_whole = |entry: &&TranslationEntry| entry.forms.iter().all(|form| !form.trim().is_empty());
        self.entries.get(context)?.iter().find(is_whole)
    }

    /// Every context and its entries, in order.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &[TranslationEntry])> {
        self.entries.iter().map(|(context, entries)| (context.as_str(), entries.as_slice()))
    }

    /// The entries without a context, which translate nothing.
    pub fn without_context(&self) -> &[TranslationEntry] {
        &self.without_context
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::diag::{Code, Diagnostic};

    const PO: &str = r#"# The header.
msgid ""
msgstr ""
"Language: en\n"

#. a note
msgctxt "plek/a"
msgid "Laat een \"plek\" komen."
msgstr "Let a \"place\" "
"appear."

#, fuzzy
msgctxt "plek/b"
msgid "Adem."
msgstr "Breathe."

msgctxt "plek/c"
msgid "Nieuw."
msgstr ""
"#;

    fn read(text: &str) -> (Option<Translations>, Sources, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("scripts/po/en.po", text);
        let sink = Sink::new();
        let english = Language::parse("en").unwrap();
        let translations = Translations::read(file, sources.get(file), &english, &sink);
        (translations, sources, sink.into_sorted())
    }

    #[test]
    fn a_text_is_current_stale_fuzzy_or_missing() {
        let (translations, sources, errors) = read(PO);
        assert!(errors.is_empty(), "{errors:?}");
        let translations = translations.unwrap();
        let found = translations.find("plek/a", "Laat een \"plek\" komen.");
        let TranslationState::Current(entry) = found else { panic!("{found:?}") };
        assert_eq!(entry.text, "Let a \"place\" appear.");
        assert_eq!(sources.line_column(entry.span).line, 9);
        assert!(matches!(translations.find("plek/a", "Anders."), TranslationState::Stale(_)));
        assert!(matches!(translations.find("plek/b", "Adem."), TranslationState::Fuzzy(_)));
        assert_eq!(translations.find("plek/c", "Nieuw."), TranslationState::Missing);
        assert_eq!(translations.find("plek/d", "Weg."), TranslationState::Missing);
    }

    #[test]
    fn a_text_is_found_whether_its_marks_stand_apart_or_not() {
        let apart: String = PO.replace("Adem.", "Één.").nfd().collect();
        let (translations, ..) = read(&apart.replace("#, fuzzy\n", ""));
        let translations = translations.unwrap();
        assert!(matches!(translations.find("plek/b", "Één."), TranslationState::Current(_)));
        let (together, ..) = read(&PO.replace("Adem.", "Één.").replace("#, fuzzy\n", ""));
        let source: String = "Één.".nfd().collect();
        assert!(matches!(together.unwrap().find("plek/b", &source), TranslationState::Current(_)));
    }

    #[test]
    fn a_broken_file_is_an_error_with_its_line() {
        let (translations, sources, errors) = read("msgid \"a\"\nmsgstr \"b\nmsgctxt \"c\"\n");
        assert!(translations.is_none());
        assert_eq!(errors[0].code, Code::PoSyntax);
        assert_eq!(sources.line_column(errors[0].span()).line, 2);
    }
}
