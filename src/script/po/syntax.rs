//! A parser of PO files (GNU gettext manual, 3 "The Format of PO Files") that keeps everything in them.
//!
//! It works line by line, so that an error is reported once, at its line, and the rest is still read.

use super::file::{Message, PoFile};
use crate::diag::{Code, Diagnostic, FileId, Sink, Span};

/// Reads a whole file; `None` if it has errors, which go to `sink`.
pub fn read(file: FileId, text: &str, sink: &Sink) -> Option<PoFile> {
    let mut reader = PoParser { file, sink, messages: Vec::new(), draft: Draft::default(), valid: true };
    let mut start = 0;
    for line in text.split('\n') {
        reader.line(start, line);
        start += line.len() + 1;
    }
    reader.finish();
    reader.refuse_doubles();
    let end = reader.draft.loose;
    reader.valid.then_some(PoFile { messages: reader.messages, end })
}

/// The keyword of a string, in the order of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Keyword {
    Context,
    Source,
    Plural,
    /// The translation, or one of its plural forms.
    Text(usize),
}

/// An entry that is being read.
#[derive(Default)]
struct Draft {
    message: Message,
    source: Option<String>,
    /// The keyword that the next string continues.
    field: Option<Keyword>,
    /// The keyword that the next string of a `#|` line continues.
    previous: Option<Keyword>,
    /// The comments as written, in case no entry follows them.
    loose: Vec<String>,
}

impl Draft {
    fn has_text(&self) -> bool {
        !self.message.texts.is_empty()
    }
}

struct PoParser<'a> {
    file: FileId,
    sink: &'a Sink,
    messages: Vec<Message>,
    draft: Draft,
    valid: bool,
}

impl PoParser<'_> {
    /// Reads one line that starts at byte `start` of the file.
    fn line(&mut self, start: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        self.within(start + indent, line.trim(), false);
    }

    /// Reads a line, or the rest of a line after `#~`.
    fn within(&mut self, start: usize, line: &str, obsolete: bool) {
        let span = Span::new(self.file, start..start + line.len());
        match line.chars().next() {
            None => {}
            Some('|') if obsolete => self.previous(line[1..].trim_start(), span),
            Some('#') if !obsolete => self.comment(line, span),
            Some('"') => match self.draft.field {
                Some(field) => self.string(field, line, span),
                None => {
                    self.refuse(span, "this text has no keyword before it", "put msgid or msgstr before it");
                }
            },
            Some(_) => {
                let (keyword, rest) = split_keyword(line);
                let Some(field) = field_of(keyword) else {
                    let help = "a line starts with msgctxt, msgid, msgstr, # or a quote";
                    return self.refuse(span, "this line is not valid in a PO file", help);
                };
                self.begin(field, span, obsolete);
                self.string(field, rest, Span::new(self.file, span.end - rest.len()..span.end));
            }
        }
    }

    /// A line that starts with `#`. After a msgstr a comment belongs to the next entry.
    fn comment(&mut self, line: &str, span: Span) {
        if let Some(rest) = line.strip_prefix("#~") {
            if self.draft.has_text() && !self.draft.message.obsolete {
                self.finish();
            }
            let rest = rest.trim_start();
            return self.within(span.end - rest.len(), rest, true);
        }
        if self.draft.has_text() {
            self.finish();
        }
        self.draft.loose.push(line.to_owned());
        let message = &mut self.draft.message;
        // A comment may start with any character.
        let (kind, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match kind {
            "#." => message.extracted.push(rest.trim().to_owned()),
            "#:" => message.references.push(rest.trim().to_owned()),
            "#," => {
                let flags = rest.split(',').map(|flag| flag.trim().to_owned());
                message.flags.extend(flags.filter(|flag| !flag.is_empty()));
            }
            "#|" => self.previous(rest.trim_start(), span),
            _ => message.comments.push(line[1..].to_owned()),
        }
    }

    /// The rest of a line that starts with `#|`: the previous source.
    fn previous(&mut self, rest: &str, span: Span) {
        if self.draft.has_text() {
            self.finish();
        }
        let (keyword, quoted) = if rest.starts_with('"') { ("", rest) } else { split_keyword(rest) };
        let field = if keyword.is_empty() { self.draft.previous } else { field_of(keyword) };
        let part = self.unquoted(quoted, span);
        let previous = &mut self.draft.message.previous;
        let whole = match field {
            Some(Keyword::Context) => &mut previous.context,
            Some(Keyword::Source) => &mut previous.source,
            Some(Keyword::Plural) => &mut previous.plural,
            _ => {
                let help = "write msgctxt, msgid or msgid_plural after #|";
                return self.refuse(span, "this line is not valid in a PO file", help);
            }
        };
        whole.get_or_insert_default().push_str(&part);
        self.draft.previous = field;
    }

    /// Starts a keyword, which may also start the next entry.
    fn begin(&mut self, field: Keyword, span: Span, obsolete: bool) {
        if matches!(field, Keyword::Context | Keyword::Source) && self.draft.has_text() {
            self.finish();
        }
        let draft = &mut self.draft;
        let in_order = match field {
            Keyword::Context => draft.field.is_none(),
            Keyword::Source => draft.field.is_none_or(|last| last == Keyword::Context),
            Keyword::Plural => draft.field == Some(Keyword::Source),
            Keyword::Text(0) => matches!(draft.field, Some(Keyword::Source | Keyword::Plural)),
            Keyword::Text(form) => draft.field == Some(Keyword::Text(form - 1)),
        };
        let same_kind = draft.field.is_none() || draft.message.obsolete == obsolete;
        draft.field = Some(field);
        draft.message.obsolete = obsolete;
        if draft.message.span.is_none() || field == Keyword::Text(0) {
            draft.message.span = Some(span);
        }
        if !in_order || !same_kind {
            let help = "an entry is msgctxt, msgid and msgstr, in this order and each once";
            self.refuse(span, "this line is out of order", help);
        }
    }

    /// Adds a quoted string to the text of a keyword.
    fn string(&mut self, field: Keyword, quoted: &str, span: Span) {
        let part = self.unquoted(quoted, span);
        let draft = &mut self.draft;
        let whole = match field {
            Keyword::Context => draft.message.context.get_or_insert_default(),
            Keyword::Source => draft.source.get_or_insert_default(),
            Keyword::Plural => draft.message.plural.get_or_insert_default(),
            Keyword::Text(form) => {
                // Forms come in order; others have been refused.
                if draft.message.texts.len() <= form {
                    draft.message.texts.push(String::new());
                }
                draft.message.texts.last_mut().expect("one was pushed")
            }
        };
        whole.push_str(&part);
    }

    fn unquoted(&mut self, quoted: &str, span: Span) -> String {
        unquote(quoted).unwrap_or_else(|(reason, help)| {
            self.refuse(span, reason, help);
            String::new()
        })
    }

    /// Completes the current entry, if there is one.
    fn finish(&mut self) {
        let Some(span) = self.draft.message.span else { return };
        let draft = std::mem::take(&mut self.draft);
        let has_text = draft.has_text();
        match draft.source {
            Some(source) if has_text => self.messages.push(Message { source, ..draft.message }),
            // Without a source its msgstr has been refused.
            None if has_text => {}
            _ => self.refuse(span, "this entry has no msgstr", "add `msgstr \"\"` until it is translated"),
        }
    }

    /// Refuses several entries for one text.
    fn refuse_doubles(&mut self) {
        let mut seen = std::collections::BTreeMap::new();
        let mut doubles = Vec::new();
        for message in self.messages.iter().filter(|message| !message.obsolete) {
            let Some(span) = message.span else { continue };
            if let Some(first) = seen.insert((message.context.as_ref(), &message.source), span) {
                let double = Diagnostic::error(Code::PoSyntax, span, "this text already has an entry");
                doubles.push(double.related(first, "the first one").help("keep one of the two"));
            }
        }
        self.valid &= doubles.is_empty();
        doubles.into_iter().for_each(|double| self.sink.emit(double));
    }

    fn refuse(&mut self, span: Span, reason: &str, help: &str) {
        self.valid = false;
        self.sink.emit(Diagnostic::error(Code::PoSyntax, span, reason).help(help));
    }
}

/// A keyword, and the rest of the line.
fn split_keyword(line: &str) -> (&str, &str) {
    let (keyword, rest) = line.split_at(line.find(['"', ' ', '\t']).unwrap_or(line.len()));
    (keyword, rest.trim_start())
}

fn field_of(keyword: &str) -> Option<Keyword> {
    match keyword {
        "msgctxt" => Some(Keyword::Context),
        "msgid" => Some(Keyword::Source),
        "msgid_plural" => Some(Keyword::Plural),
        "msgstr" => Some(Keyword::Text(0)),
        other => {
            let number = other.strip_prefix("msgstr[")?.strip_suffix(']')?;
            number.parse().ok().map(Keyword::Text)
        }
    }
}

/// A string without its quotes and escapes, or an error and its remedy.
fn unquote(quoted: &str) -> Result<String, (&'static str, &'static str)> {
    let Some(inside) = quoted.strip_prefix('"') else {
        return Err(("a text in quotes is missing here", "write \"\" if there is no text yet"));
    };
    let mut text = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.as_str().is_empty() => return Ok(text),
            '"' => return Err(("a quote ends this text too early", "write \\\" for a quote inside a text")),
            '\\' => match escaped(&mut chars) {
                Some(c) => text.push(c),
                None => {
                    return Err((
                        "this backslash is not part of a known escape",
                        "write \\\\ for a backslash",
                    ));
                }
            },
            c => text.push(c),
        }
    }
    Err(("the closing quote of this text is missing", "add \" at the end of the line"))
}

/// The character of an escape as in C. Numbers above ASCII are refused, since they would be bytes and not characters.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let c = chars.next()?;
    Some(match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '"' | '\\' | '\'' | '?' => c,
        'x' => number(chars, 16, 2, 0)?,
        _ => number(chars, 8, 2, c.to_digit(8)?)?,
    })
}

/// The ASCII character of a number whose first digit has been read, with up to `digits` more.
fn number(chars: &mut std::str::Chars<'_>, radix: u32, digits: usize, first: u32) -> Option<char> {
    let mut value = first;
    for _ in 0..digits {
        let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(radix)) else { break };
        value = value * radix + digit;
        chars.next();
    }
    char::from_u32(value).filter(char::is_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<Message> {
        let sink = Sink::new();
        read(FileId(0), text, &sink).unwrap_or_else(|| panic!("{:?}", sink.into_sorted())).messages
    }

    fn errors(text: &str) -> Vec<(usize, String)> {
        let sink = Sink::new();
        assert_eq!(read(FileId(0), text, &sink), None, "{text:?}");
        sink.into_sorted().into_iter().map(|found| (found.span().start, found.message)).collect()
    }

    #[test]
    fn strings_are_joined_and_their_escapes_resolved() {
        let read = messages("msgid \"a\\n\"  \r\n  \"b\\\"\"\r\n\r\nmsgstr \"\"\n\"é\\\\\"");
        assert_eq!((read[0].source.as_str(), read[0].text()), ("a\nb\"", "é\\"));
    }

    #[test]
    fn an_entry_ends_where_the_next_begins() {
        let text = "msgid \"a\"\nmsgstr \"A\"\nmsgid \"b\"\nmsgstr \"B\"\n# note\nmsgctxt \"c\"\nmsgid \"\"\nmsgstr \"\"";
        let sources: Vec<_> = messages(text)
            .into_iter()
            .map(|message| (message.context.clone(), message.text().to_owned()))
            .collect();
        assert_eq!(sources, [(None, "A".into()), (None, "B".into()), (Some("c".into()), String::new())]);
    }

    /// Everything a PO file can have, in the form in which it is written.
    const WHOLE: &str = r#"# The header.
#
#, fuzzy
msgid ""
msgstr ""
"Language: en\n"
"X-Own: kept\n"

#  A thought of the translator's.
#!odd
#. a note
#.
#: scripts/a.toml:3
#: scripts/a.toml:9 scripts/b.toml:1
#, fuzzy, no-wrap
#| msgctxt "a/old"
#| msgid ""
#| "two\n"
#| "lines"
#| msgid_plural "old ones"
msgctxt "a/b"
msgid "one\ttab \"x\" \\ \033"
msgid_plural "ones"
msgstr[0] "een"
msgstr[1] ""
"een\n"
"twee\n"

# Rests.
#~| msgid "older"
#~ msgctxt "a/c"
#~ msgid ""
#~ "gone\n"
#~ "away"
#~ msgstr "weg"

#~ msgid "bare"
#~ msgstr ""

# The end.
#. really
"#;

    #[test]
    fn everything_is_kept_and_written_as_it_was() {
        let sink = Sink::new();
        let file = read(FileId(0), WHOLE, &sink).unwrap_or_else(|| panic!("{:?}", sink.into_sorted()));
        assert_eq!(file.print(), WHOLE);
        assert_eq!(file.messages[1].texts, ["een", "een\ntwee\n"]);
        assert_eq!(file.messages[1].previous.source.as_deref(), Some("two\nlines"));
        assert_eq!(file.messages.iter().filter(|message| message.obsolete).count(), 2);
    }

    #[test]
    fn numbers_after_a_backslash_are_characters_of_ascii_only() {
        assert_eq!(messages("msgid \"\\0619\\x419\\7\"\nmsgstr \"\"")[0].source, "19A9\x07");
        errors("msgid \"\\377\"\nmsgstr \"\"");
        errors("msgid \"\\x\u{e9}\"\nmsgstr \"\\xff\"");
    }

    proptest::proptest! {
        #[test]
        fn every_text_survives_being_written(source in "(?s).{0,40}", text in "[\"\\\\\t\r\n\x01a🌿]{0,20}") {
            let message = Message { source, texts: vec![text], ..Message::default() };
            let file = PoFile { messages: vec![message], end: Vec::new() };
            let sink = Sink::new();
            let reread = read(FileId(0), &file.print(), &sink);
            let reread = reread.unwrap_or_else(|| panic!("{:?}\n{}", sink.into_sorted(), file.print()));
            proptest::prop_assert_eq!(&reread.messages[0].source, &file.messages[0].source);
            proptest::prop_assert_eq!(&reread.messages[0].texts, &file.messages[0].texts);
        }

        #[test]
        fn no_file_panics(text in "(msgid|msgstr|msgctxt|#|~|\\||,|\"|\n| |x|\\\\){0,60}") {
            read(FileId(0), &text, &Sink::new());
        }
    }

    #[test]
    fn a_flag_belongs_to_the_entry_after_it() {
        let text = "#, c-format, fuzzy\nmsgid \"a\"\nmsgstr \"A\"\n#. note\n#, c-format\nmsgid \"b\"\nmsgstr \"B\"\n";
        assert_eq!(messages(text).iter().map(Message::fuzzy).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn each_error_is_reported_once_at_its_place() {
        for (text, at) in [
            ("msgid \"a\"\nmsgstr \"A\n", 17),
            ("msgid \"a\"\nmsgstr \"A \"b\" c\"\n", 17),
            ("msgid \"a\"\nmsgstr \"A\\q\"\n", 17),
            ("msgid \"a\"\nmsgstr\n", 16),
            ("msgid \"a\"\n", 0),
            ("msgstr \"a\"\n", 0),
            ("\"a\"\n", 0),
            ("hallo\n", 0),
            ("msgid \"a\"\nmsgid \"b\"\nmsgstr \"B\"", 10),
            ("msgid \"a\"\nmsgstr \"A\"\nmsgid \"a\"\nmsgstr \"B\"", 31),
            ("#| \"a\"\nmsgid \"a\"\nmsgstr \"A\"", 0),
            ("#~ msgid \"a\"\nmsgstr \"A\"", 13),
        ] {
            let found = errors(text);
            assert_eq!(found.first().map(|found| found.0), Some(at), "{text:?} {found:?}");
        }
        assert_eq!(errors("msgid \"a\nmsgstr \"A\n\nmsgid \"b\"\nmsgstr \"B\n").len(), 3, "the rest is read");
    }
}
