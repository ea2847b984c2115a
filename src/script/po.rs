//! Translations: one gettext PO file a language, `scripts/po/<language>.po`.
//!
//! The context of an entry is `<file>/<phrase>` for a phrase, `<file>:title` and `<file>:part` for titles,
//! `course:title` and `course:week` for those of the course.

use std::collections::BTreeMap;

use rspolib::errors::SyntaxError;

use crate::diag::{Code, Diagnostic, FileId, Sink, SourceFile, Span};

/// The texts of one language.
#[derive(Clone, Debug, Default)]
pub struct Translations {
    entries: BTreeMap<String, Vec<Entry>>,
}

/// One translated text.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The text it translates.
    pub source: String,
    /// The translation; empty where there is none yet.
    pub text: String,
    /// Marked as doubtful.
    pub fuzzy: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a language has for a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// A translation of just this text.
    Current(&'a Entry),
    /// A translation of an older text of the same id.
    Stale(&'a Entry),
    /// One its translator doubts.
    Fuzzy(&'a Entry),
    /// None.
    Missing,
}

impl Translations {
    /// Reads a PO file; what is wrong goes to `sink`.
    pub fn read(file: FileId, source: &SourceFile, sink: &Sink) -> Self {
        // The library takes a text that is no path as content; an empty one would be looked for on disk.
        if source.text.trim().is_empty() {
            return Self::default();
        }
        let lines = Lines::new(file, &source.text);
        let parsed = match rspolib::pofile(source.text.as_str()) {
            Ok(parsed) => parsed,
            Err(error) => {
                sink.emit(syntax(&error, &lines));
                return Self::default();
            }
        };
        let mut translations = Self::default();
        for entry in parsed.entries.iter().filter(|entry| !entry.obsolete) {
            let Some(context) = entry.msgctxt.clone() else { continue };
            let translated = Entry {
                source: entry.msgid.clone(),
                text: entry.msgstr.clone().unwrap_or_default(),
                fuzzy: entry.fuzzy(),
                span: lines.find(entry.linenum, "msgstr"),
            };
            translations.entries.entry(context).or_default().push(translated);
        }
        translations
    }

    /// What there is for `source` under `context`.
    pub fn find(&self, context: &str, source: &str) -> Found<'_> {
        let entries = self.entries.get(context).map_or(&[][..], Vec::as_slice);
        let usable = |entry: &&Entry| !entry.text.trim().is_empty();
        if let Some(entry) = entries.iter().filter(usable).find(|entry| entry.source == source) {
            return if entry.fuzzy { Found::Fuzzy(entry) } else { Found::Current(entry) };
        }
        // Titles share a context, so only a phrase can be recognised by it when its words have changed.
        match entries.iter().find(usable) {
            Some(entry) if context.contains('/') && !entry.fuzzy => Found::Stale(entry),
            Some(entry) if context.contains('/') => Found::Fuzzy(entry),
            _ => Found::Missing,
        }
    }

    /// Every context and its entries, in order.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &[Entry])> {
        self.entries.iter().map(|(context, entries)| (context.as_str(), entries.as_slice()))
    }
}

fn syntax(error: &SyntaxError, lines: &Lines<'_>) -> Diagnostic {
    let (line, reason) = match error {
        SyntaxError::UnescapedDoubleQuoteFound { line, .. } => {
            (*line, "a quote inside a text needs a backslash: \\\"")
        }
        SyntaxError::Custom { line, message, .. } => (*line, message.as_str()),
        SyntaxError::Generic { line, .. } => (*line, "this line is no part of a PO file"),
        SyntaxError::BasicCustom { message, .. } => (1, message.as_str()),
        SyntaxError::UnknownState { .. } => (1, "this is no PO file"),
    };
    Diagnostic::error(Code::PoSyntax, lines.line(line), format!("this PO file cannot be read: {reason}"))
        .help("`msgfmt --check` of gettext checks such files too")
}

/// The lines of a file, to point at one.
struct Lines<'a> {
    file: FileId,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(file: FileId, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, starts }
    }

    /// The line of that number, from 1, without its end.
    fn line(&self, number: usize) -> Span {
        let index = number.saturating_sub(1).min(self.starts.len() - 1);
        let start = self.starts[index];
        let length = self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        Span::new(self.file, start..start + length)
    }

    /// The first line from `number` on that begins with `keyword`, or that line itself.
    fn find(&self, number: usize, keyword: &str) -> Span {
        (number..number + 40)
            .map(|number| self.line(number))
            .find(|span| self.text[span.start..span.end].starts_with(keyword))
            .unwrap_or_else(|| self.line(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

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

    fn read(text: &str) -> (Translations, Sources, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("scripts/po/en.po", text);
        let sink = Sink::new();
        let translations = Translations::read(file, sources.get(file), &sink);
        (translations, sources, sink.into_sorted())
    }

    #[test]
    fn a_text_is_current_stale_fuzzy_or_missing() {
        let (translations, sources, mistakes) = read(PO);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        match translations.find("plek/a", "Laat een \"plek\" komen.") {
            Found::Current(entry) => {
                assert_eq!(entry.text, "Let a \"place\" appear.");
                assert_eq!(sources.place(entry.span).line, 9);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(translations.find("plek/a", "Anders."), Found::Stale(_)));
        assert!(matches!(translations.find("plek/b", "Adem."), Found::Fuzzy(_)));
        assert_eq!(translations.find("plek/c", "Nieuw."), Found::Missing);
        assert_eq!(translations.find("plek/d", "Weg."), Found::Missing);
    }

    #[test]
    fn a_broken_file_is_one_mistake_with_its_line() {
        let (_, sources, mistakes) = read("msgid \"a\"\nmsgstr \"b\nmsgfoo \"c\"\n");
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].code, Code::PoSyntax);
        assert!(sources.place(mistakes[0].span()).line >= 2);
    }
}
