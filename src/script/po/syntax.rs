//! A parser of PO files (GNU gettext manual, 3 "The Format of PO Files") that keeps everything in them.
//!
//! It works line by line, so that an error is reported once, at its line, and the rest is still read.

use super::file::{Message, PoFile};
use super::quoted::{QuoteError, unquote};
use crate::diag::{Code, Diagnostic, FileId, Patch, Sink, Span, TextEdit, nearest};
use crate::toml::conflict::{MergeConflict, conflicts};

/// Reads a whole file; `None` if it has errors, which go to `sink`.
pub fn read(file: FileId, text: &str, sink: &Sink) -> Option<PoFile> {
    let conflicts = conflicts(text);
    if conflicts.is_empty() {
        return read_whole(file, text, sink);
    }
    let own = Sink::new();
    for conflict in &conflicts {
        let told =
            Diagnostic::error(Code::PoSyntax, Span::new(file, conflict.mark.clone()), MergeConflict::MESSAGE);
        let told = told.related(Span::new(file, conflict.second.clone()), "the second one");
        own.emit(told.help(MergeConflict::HELP));
    }
    // The first version is read, with each line where it stands.
    let mut first = text.to_owned();
    for range in conflicts.iter().flat_map(|conflict| &conflict.left_out) {
        let blank: String =
            text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        first.replace_range(range.clone(), &blank);
    }
    read_whole(file, &first, &own);
    for mut one in own.into_sorted() {
        // Which version is meant is not known.
        if let Some(patch) = &mut one.patch {
            patch.certain = false;
        }
        sink.emit(one);
    }
    None
}

fn read_whole(file: FileId, text: &str, sink: &Sink) -> Option<PoFile> {
    let mut reader =
        PoParser { file, sink, messages: Vec::new(), draft: Draft::default(), open: None, valid: true };
    if let Some(first) = reader.other_file(text) {
        reader.refuse(
            first,
            "this is no PO file: no line of it begins with msgid",
            "is it a spreadsheet, a page or another file? `adem translate import` takes back spreadsheets and zips",
        );
        return None;
    }
    let mut start = 0;
    for line in text.split('\n') {
        reader.line(start, line);
        start += line.len() + 1;
    }
    if !text.ends_with('\n') {
        reader.refuse_cut();
    }
    reader.close();
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
    /// The byte after its last string, where a missing line belongs.
    end: usize,
    /// A string that goes on with the text of a keyword, which had one on its own line.
    second: Option<Span>,
    /// A comment that is its msgstr.
    commented: Option<Span>,
    /// Whether an error in it was told, which may be the cause of what else seems wrong.
    is_broken: bool,
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
    /// The last line, if its text has no end.
    open: Option<OpenText>,
    valid: bool,
}

/// A text without a closing quote. The line that follows decides whether the quote is missing or the text goes on.
struct OpenText {
    /// The text in its line.
    span: Span,
    error: QuoteError,
    /// The lines in which it goes on.
    more: Vec<(Span, String)>,
}

impl PoParser<'_> {
    /// The first line of a text that has several lines and none of a PO file.
    fn other_file(&self, text: &str) -> Option<Span> {
        let (mut start, mut first, mut lines) = (0, None, 0);
        for line in text.split('\n') {
            let inner = line.trim();
            let (keyword, _) = split_keyword(inner.trim_start_matches(['#', '~', '|', ' ']));
            if field_of(keyword).is_some() || nearest(keyword, KEYWORDS).is_some() {
                return None;
            }
            if !inner.is_empty() && !inner.starts_with('#') {
                let from = start + (line.len() - line.trim_start().len());
                first.get_or_insert(Span::new(self.file, from..from + inner.len()));
                lines += 1;
            }
            start += line.len() + 1;
        }
        first.filter(|_| lines >= FEWEST_OF_ANOTHER)
    }

    /// Reads one line that starts at byte `start` of the file.
    fn line(&mut self, start: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim_start();
        // A comment keeps what is no plain space at its end, such as a no-break space.
        let line =
            if line.starts_with('#') { line.trim_end_matches([' ', '\t', '\r']) } else { line.trim_end() };
        self.within(start + indent, line, false);
    }

    /// Reads a line, or the rest of a line after `#~`.
    fn within(&mut self, start: usize, line: &str, obsolete: bool) {
        let span = Span::new(self.file, start..start + line.len());
        if self.goes_on(line, span) {
            return;
        }
        match line.chars().next() {
            None => {}
            Some('|') if obsolete => self.previous(line[1..].trim_start(), span),
            // Some programs put `#~` before the comments of an obsolete entry too.
            Some('#') if !line.starts_with("#~") || !obsolete => {
                self.comment(line, span);
                if obsolete {
                    self.draft.message.marked = true;
                    self.draft
                        .loose
                        .iter_mut()
                        .next_back()
                        .into_iter()
                        .for_each(|last| last.insert_str(0, "#~ "));
                }
            }
            Some('"') => match self.draft.field {
                Some(field) => {
                    let is_more = field == Keyword::Source && self.draft.source.as_deref() != Some("");
                    if is_more && self.draft.second.is_none() {
                        self.draft.second = Some(span);
                    }
                    self.string(field, line, span);
                }
                None => {
                    self.refuse(span, "this text has no keyword before it", "put msgid or msgstr before it");
                }
            },
            Some(_) => {
                let (keyword, rest) = split_keyword(line);
                let Some(field) = field_of(keyword).or_else(|| self.misspelt(keyword, rest, span)) else {
                    if ["//", "--", ";"].iter().any(|sign| line.starts_with(sign)) {
                        let comment = format!("# {}", line.trim_start_matches(['/', '-', ';', ' ']));
                        let told = "a comment of a PO file begins with `#`";
                        let told = Diagnostic::error(Code::PoSyntax, span, told);
                        self.valid = false;
                        self.sink.emit(told.certain_patch("write", span, comment.trim_end()));
                        return self.comment(comment.trim_end(), span);
                    }
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
            let rest = rest.trim();
            let start = span.end - line.len() + (line.len() - line[2..].trim_start().len());
            return self.within(start, rest, true);
        }
        if self.draft.has_text() {
            self.finish();
        }
        self.draft.loose.push(line.to_owned());
        if self.draft.source.is_some() && line[1..].trim_start().starts_with("msgstr ") {
            self.draft.commented = Some(span);
        }
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
            "#|" => self.previous(rest.trim(), span),
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
        // The context of the next entry ends one whose msgstr is missing too.
        let lacks_text = field == Keyword::Context && self.draft.source.is_some();
        if matches!(field, Keyword::Context | Keyword::Source) && self.draft.has_text() || lacks_text {
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
        if (!in_order || !same_kind) && !draft.is_broken {
            let help = "an entry is msgctxt, msgid and msgstr, in this order and each once";
            self.refuse(span, "this line is out of order", help);
        }
    }

    /// Adds a quoted string to the text of a keyword.
    fn string(&mut self, field: Keyword, quoted: &str, span: Span) {
        let part = match unquote(quoted) {
            Ok(part) => part,
            Err(error) => {
                self.misquoted(error, span);
                String::new()
            }
        };
        let draft = &mut self.draft;
        draft.end = span.end;
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

    /// A string of a `#|` line.
    fn unquoted(&mut self, quoted: &str, span: Span) -> String {
        unquote(quoted).unwrap_or_else(|error| {
            self.refuse(span, error.reason, error.help);
            String::new()
        })
    }

    /// Reports a text in quotes that cannot be read, or waits for the next line where it may go on there.
    fn misquoted(&mut self, error: QuoteError, span: Span) {
        self.draft.is_broken = true;
        if error.is_open && error.meant.is_some() {
            self.open = Some(OpenText { span, error, more: Vec::new() });
            return;
        }
        let mut told = Diagnostic::error(Code::PoSyntax, span, error.reason).help(error.help);
        if let Some(meant) = error.meant {
            told.helps.clear();
            // Nothing stands after a keyword alone, not even a space.
            let space = if span.start == span.end { " " } else { "" };
            told = told.certain_patch("write", span, format!("{space}{meant}"));
        }
        self.tell(told);
    }

    /// Whether a line is the rest of a text that has no end in the line before.
    fn goes_on(&mut self, line: &str, span: Span) -> bool {
        let starts_anew = line.is_empty()
            || line.starts_with(['#', '"'])
            || field_of(split_keyword(line).0).is_some()
            || nearest(split_keyword(line).0, KEYWORDS).is_some();
        let has_end = line.ends_with('"') && !line.ends_with("\\\"");
        match &mut self.open {
            Some(open) if !starts_anew => {
                open.more.push((span, line.to_owned()));
                self.draft.end = span.end;
                if has_end {
                    self.close();
                }
                true
            }
            Some(_) => {
                self.close();
                false
            }
            None => false,
        }
    }

    /// Reports a text without an end in the last line of a file, which has no line break either: a download or a copy may have
    /// stopped there, so what the text is meant to be is not known.
    fn refuse_cut(&mut self) {
        let Some(OpenText { span, more, .. }) = self.open.take() else { return };
        let last = more.last().map_or(span, |(last, _)| *last);
        let help = "get the whole file again, as what follows is missing too; if nothing is, add \" at the end of the line";
        self.refuse(last, "the file ends in the middle of this text: it may have been cut off", help);
    }

    /// Reports a text without a closing quote, if the last line was one.
    fn close(&mut self) {
        let Some(OpenText { span, error, more }) = self.open.take() else { return };
        let Some(meant) = error.meant else { return };
        let Some((last, _)) = more.last().cloned() else {
            return self.tell(
                Diagnostic::error(Code::PoSyntax, span, error.reason).certain_patch("write", span, meant),
            );
        };
        // Each line gets its quotes, and a space where it goes on in the next.
        let with_space =
            |quoted: String| format!("{} \"", quoted.strip_suffix('"').unwrap_or(&quoted).trim_end());
        let mut edits = vec![TextEdit { span, replacement: with_space(meant) }];
        for (span, line) in &more {
            let quoted = match unquote(&format!("\"{line}")) {
                Ok(_) => Some(format!("\"{line}")),
                Err(error) => error.meant,
            };
            let Some(quoted) = quoted else { continue };
            let replacement = if *span == last { quoted } else { with_space(quoted) };
            edits.push(TextEdit { span: *span, replacement });
        }
        let mut told = Diagnostic::error(Code::PoSyntax, span, "this text is broken over several lines");
        if edits.len() == more.len() + 1 {
            told.patch = Some(Patch { title: "put each line in quotes".to_owned(), edits, certain: true });
        } else {
            told = told.help("put each line in quotes");
        }
        self.tell(told);
    }

    /// The keyword that was meant, if a text in quotes follows it.
    fn misspelt(&mut self, keyword: &str, rest: &str, span: Span) -> Option<Keyword> {
        // Its text may be mistyped too.
        let is_text = rest.starts_with('"')
            || rest.starts_with(['“', '„', '«', '=', ':']) && rest.contains(['"', '”', '“', '»']);
        if !is_text {
            return None;
        }
        // A space of another kind is part of what was taken for the keyword.
        let plain =
            keyword.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
        if let Some(field) = field_of(plain).filter(|_| plain.len() < keyword.len()) {
            let place = Span::new(self.file, span.start + plain.len()..span.start + keyword.len());
            let message =
                format!("a space of another kind stands behind `{plain}`, such as a no-break space");
            let told = Diagnostic::error(Code::PoSyntax, place, message);
            self.tell(told.certain_patch("type a plain space", place, " "));
            return Some(field);
        }
        let meant = nearest(keyword, KEYWORDS)?;
        let place = Span::new(self.file, span.start..span.start + keyword.len());
        let told =
            Diagnostic::error(Code::PoSyntax, place, format!("`{keyword}` is no keyword of a PO file"));
        self.tell(told.certain_patch("write", place, meant));
        field_of(meant)
    }

    /// Completes the current entry, if there is one.
    fn finish(&mut self) {
        let Some(span) = self.draft.message.span else {
            self.draft.is_broken = false;
            return;
        };
        let draft = std::mem::take(&mut self.draft);
        let has_text = draft.has_text();
        match draft.source {
            Some(source) if has_text => {
                if !draft.is_broken {
                    self.messages.push(Message { source, ..draft.message });
                }
            }
            // Without a source its msgstr has been refused, and what is missing may be what was refused.
            None if has_text => {}
            _ if draft.is_broken => self.valid = false,
            // What was meant as its translation is there.
            Some(_) if !draft.message.obsolete && (draft.commented.is_some() || draft.second.is_some()) => {
                let (place, message, title, typed) = match (draft.commented, draft.second) {
                    (Some(line), _) => {
                        let mark = Span::new(self.file, line.start..line.start + 1);
                        (
                            mark,
                            "the msgstr of this entry begins with `#`, as a comment",
                            "take the `#` out",
                            "",
                        )
                    }
                    (None, second) => {
                        let place = second.map_or(span.start, |second| second.start);
                        let place = Span::new(self.file, place..place);
                        (
                            place,
                            "this entry has no msgstr",
                            "if this line is the translation, write",
                            "msgstr ",
                        )
                    }
                };
                self.tell(Diagnostic::error(Code::PoSyntax, place, message).patch(title, place, typed));
            }
            Some(_) if !draft.message.obsolete => {
                let end = Span::new(self.file, draft.end..draft.end);
                let told = Diagnostic::error(Code::PoSyntax, span, "this entry has no msgstr");
                self.tell(told.certain_patch("add a line until it is translated", end, "\nmsgstr \"\""));
            }
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
        self.tell(Diagnostic::error(Code::PoSyntax, span, reason).help(help));
    }

    fn tell(&mut self, error: Diagnostic) {
        self.valid = false;
        self.draft.is_broken = true;
        self.sink.emit(error);
    }
}

/// From so many lines on, none of which is one of a PO file, a text is another file.
const FEWEST_OF_ANOTHER: usize = 3;

const KEYWORDS: [&str; 4] = ["msgctxt", "msgid", "msgid_plural", "msgstr"];

/// A keyword, and the rest of the line.
fn split_keyword(line: &str) -> (&str, &str) {
    let (keyword, rest) = line.split_at(line.find(['"', ' ', '\t', '“', '„', '«']).unwrap_or(line.len()));
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
    fn a_file_that_was_cut_off_gets_no_quote() {
        for text in
            ["msgid \"a\"\nmsgstr \"A half wo", "msgid \"a\"\nmsgstr \"\"\n\"A half wo", "msgid \"a ha"]
        {
            let sink = Sink::new();
            assert_eq!(read(FileId(0), text, &sink), None);
            let [cut] = &sink.into_sorted()[..] else { panic!("{text:?}") };
            assert!(cut.message.contains("ends in the middle"), "{cut:?}");
            assert!(cut.patch.is_none(), "{cut:?}");
        }
        // A line break behind it says that somebody forgot the quote.
        let sink = Sink::new();
        assert_eq!(read(FileId(0), "msgid \"a\"\nmsgstr \"A\n", &sink), None);
        assert!(sink.into_sorted()[0].patch.as_ref().is_some_and(|patch| patch.certain));
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
    fn numbers_after_a_backslash_are_bytes_of_utf_8() {
        assert_eq!(messages("msgid \"\\0619\\x419\\7\"\nmsgstr \"\"")[0].source, "19A9\x07");
        errors("msgid \"\\377\"\nmsgstr \"\"");
        errors("msgid \"\\x\u{e9}\"\nmsgstr \"\\xff\"");
        assert_eq!(messages("msgid \"f\\303\\274r\"\nmsgstr \"\"")[0].source, "für");
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
    fn comments_of_obsolete_entries_are_read_with_their_mark_or_without() {
        let text = "msgid \"a\"\nmsgstr \"A\"\n\n#~ # note\n#~ #. seen\n#~ #: a.toml:1\n#~ #, fuzzy\n#~ #| msgid \"c\"\n\
                    #~ msgctxt \"x/b\"\n#~ msgid \"b\"\n#~ msgstr \"B\"\n#~ # next\n#~ msgid \"d\"\n#~ msgstr \"\"\n";
        let text = format!("{text}\n#~ # the end\n");
        let sink = Sink::new();
        let file = read(FileId(0), &text, &sink).unwrap();
        // As it was, but for the line between two entries.
        assert_eq!(file.print(), text.replace("#~ # next", "\n#~ # next"));
        assert!(file.messages[1].fuzzy() && file.messages[1].obsolete && !file.messages[0].obsolete);
    }

    #[test]
    fn odd_line_ends_of_unicode_are_letters_of_a_text() {
        for c in ['\u{85}', '\u{b}', '\u{c}', '\u{2028}', '\u{a0}'] {
            let text = format!("#  note {c}x{c}x\nmsgctxt \"a/b\"\nmsgid \"a{c}\"\nmsgstr \"{c}b{c}\"\n");
            let read = messages(&text);
            assert_eq!(
                (read[0].source.clone(), read[0].text()),
                (format!("a{c}"), format!("{c}b{c}").as_str())
            );
            let printed = PoFile { messages: read, end: Vec::new() }.print();
            let escaped = text.replace("\u{b}\"", "\\v\"").replace("\"\u{b}", "\"\\v");
            let escaped = escaped.replace("\u{c}\"", "\\f\"").replace("\"\u{c}", "\"\\f");
            assert_eq!(printed, escaped);
        }
    }

    /// The file with every certain change made, until there is none.
    fn mended(text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..8 {
            let sink = Sink::new();
            read(FileId(0), &text, &sink);
            let found = sink.into_sorted();
            let patches = found.iter().filter_map(|found| found.patch.as_ref()).filter(|patch| patch.certain);
            let mut edits: Vec<_> = patches.flat_map(|patch| &patch.edits).collect();
            edits.sort_by_key(|edit| edit.span.start);
            for edit in edits.iter().rev() {
                text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
            }
        }
        text
    }

    #[test]
    fn what_is_certain_is_mended_with_one_message_each() {
        let good = "msgctxt \"a/b\"\nmsgid \"Zeg \\\"hallo\\\" eens.\"\nmsgstr \"Say hello once.\"\n\nmsgid \"c\"\nmsgstr \"\"\n";
        messages(good);
        for (right, typed) in [
            ("msgctxt \"a", "msgctx \"a"),
            ("msgid \"Z", "msgdi \"Z"),
            ("msgstr \"S", "mssgtr \"S"),
            ("msgstr \"S", "Msgstr \"S"),
            ("msgstr \"S", "msgstr\u{a0}\"S"),
            ("once.\"", "once."),
            ("once.\"", "once.”"),
            ("\"Say hello once.\"", "“Say hello once.”"),
            ("\"Say hello once.\"", "Say hello once."),
            ("\"Say hello once.\"", "\"\"Say hello once.\""),
            ("\\\"hallo\\\"", "\"hallo\""),
            ("\"a/b\"", "\"a/b"),
            ("msgid \"c\"\nmsgstr \"\"", "msgid \"c\"\nmsgstr"),
            ("msgid \"c\"\nmsgstr \"\"", "msgid \"c\""),
        ] {
            let text = good.replace(right, typed);
            assert_eq!(errors(&text).len(), 1, "{text}");
            assert_eq!(mended(&text), good, "{text}");
        }
        // What was meant as the translation of an entry without msgstr.
        let good_too = good.replace("msgid \"c\"", "msgctxt \"a/d\"\nmsgid \"c\"");
        for typed in ["\"Say hello once.\"", "#msgstr \"Say hello once.\""] {
            let mut text = good_too.replace("msgstr \"Say hello once.\"", typed);
            let sink = Sink::new();
            read(FileId(0), &text, &sink);
            let [told] = &sink.into_sorted()[..] else { panic!("{text}") };
            let edit = &told.patch.as_ref().unwrap().edits[0];
            text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
            assert_eq!(text, good_too);
        }
        // Two mistakes on one line.
        for typed in
            ["mssgtr \"Say hello once.", "msgstr\u{a0}“Say hello once.”", "Msgstr = \"Say hello once.\""]
        {
            assert_eq!(mended(&good.replace("msgstr \"Say hello once.\"", typed)), good, "{typed}");
        }
        let broken = good.replace("Say hello once.", "Say\n  hello\nonce.");
        assert_eq!(errors(&broken).len(), 1);
        let joined = mended(&broken);
        assert_eq!(messages(&joined)[0].text(), "Say hello once.", "{joined}");
    }

    #[test]
    fn a_flag_belongs_to_the_entry_after_it() {
        let text = "#, c-format, fuzzy\nmsgid \"a\"\nmsgstr \"A\"\n#. note\n#, c-format\nmsgid \"b\"\nmsgstr \"B\"\n";
        assert_eq!(messages(text).iter().map(Message::fuzzy).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn another_file_is_told_once() {
        for text in [
            "context,source,translation\na/b,\"Adem in.\",Atme ein.\na/c,\"Adem\nuit.\",\"Atme \"\"aus\"\".\"\n",
            "<!doctype html>\n<html>\n<body>\n</body>\n",
            "Rar!\u{1a}\u{7}\n\u{1}\nx\ny\n",
        ] {
            let found = errors(text);
            assert!(found.len() == 1 && found[0].1.starts_with("this is no PO file"), "{found:?}");
        }
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
