//! The syntax of PO files (GNU gettext manual, 3 "The Format of PO Files"), as far as texts and their marks go.
//!
//! A file is read line by line, so that one slip is one mistake at its own line and the rest is still read.

use crate::diag::{Code, Diagnostic, FileId, Sink, Span};

/// One entry of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// `msgctxt`.
    pub context: Option<String>,
    /// `msgid`.
    pub source: String,
    /// `msgstr`, or its first form where there are plurals.
    pub text: String,
    /// Marked with `#, fuzzy`.
    pub fuzzy: bool,
    /// The line of its `msgstr`.
    pub span: Span,
}

/// The entries of a file, without those that are obsolete; `None` where something is wrong, which goes to `sink`.
pub(super) fn read(file: FileId, text: &str, sink: &Sink) -> Option<Vec<Message>> {
    let mut reader = Reader { file, sink, messages: Vec::new(), draft: Draft::default(), sound: true };
    let mut start = 0;
    for line in text.split('\n') {
        reader.line(start, line);
        start += line.len() + 1;
    }
    reader.finish();
    reader.sound.then_some(reader.messages)
}

/// What a string belongs to, in the order of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Context,
    Source,
    Plural,
    Text,
    /// A further plural form.
    Other,
}

/// An entry that is being read.
#[derive(Default)]
struct Draft {
    fuzzy: bool,
    context: Option<String>,
    source: Option<String>,
    text: Option<String>,
    span: Option<Span>,
    /// Where the next string goes.
    field: Option<Field>,
}

struct Reader<'a> {
    file: FileId,
    sink: &'a Sink,
    messages: Vec<Message>,
    draft: Draft,
    sound: bool,
}

impl Reader<'_> {
    /// Reads one line that starts at byte `start` of the file.
    fn line(&mut self, start: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let (start, line) = (start + indent, line.trim());
        let span = Span::new(self.file, start..start + line.len());
        match line.chars().next() {
            None => {}
            Some('#') => self.comment(line),
            Some('"') => match self.draft.field {
                Some(field) => self.string(field, line, span),
                None => self.refuse(span, "this text belongs to nothing", "put msgid or msgstr before it"),
            },
            Some(_) => {
                let (keyword, rest) = line.split_at(line.find(['"', ' ', '\t']).unwrap_or(line.len()));
                let Some(field) = field_of(keyword) else {
                    let help = "a line begins with msgctxt, msgid, msgstr, # or a quote";
                    return self.refuse(span, "this line is no part of a PO file", help);
                };
                self.begin(field, span);
                let rest = rest.trim_start();
                let from = span.end - rest.len();
                self.string(field, rest, Span::new(self.file, from..span.end));
            }
        }
    }

    /// A comment ends an entry that has its text; flags belong to the next one.
    fn comment(&mut self, line: &str) {
        if self.draft.text.is_some() {
            self.finish();
        }
        if let Some(flags) = line.strip_prefix("#,") {
            self.draft.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
        }
    }

    /// A keyword begins a field, and often the next entry.
    fn begin(&mut self, field: Field, span: Span) {
        if matches!(field, Field::Context | Field::Source) && self.draft.text.is_some() {
            self.finish();
        }
        let draft = &mut self.draft;
        let in_order = match field {
            Field::Context => draft.field.is_none(),
            Field::Source => draft.field.is_none_or(|last| last == Field::Context),
            Field::Plural => draft.field == Some(Field::Source),
            Field::Text => matches!(draft.field, Some(Field::Source | Field::Plural)),
            Field::Other => draft.field >= Some(Field::Text),
        };
        draft.field = Some(field);
        if draft.span.is_none() || field == Field::Text {
            draft.span = Some(span);
        }
        if !in_order {
            let help = "an entry is msgctxt, msgid and msgstr, in this order and each once";
            self.refuse(span, "this line is out of its order", help);
        }
    }

    /// A quoted string; one after another they are one text.
    fn string(&mut self, field: Field, quoted: &str, span: Span) {
        let part = match unquote(quoted) {
            Ok(part) => part,
            Err((reason, help)) => {
                self.refuse(span, reason, help);
                String::new()
            }
        };
        let draft = &mut self.draft;
        let whole = match field {
            Field::Context => &mut draft.context,
            Field::Source => &mut draft.source,
            Field::Text => &mut draft.text,
            Field::Plural | Field::Other => return,
        };
        whole.get_or_insert_default().push_str(&part);
    }

    /// Takes the entry that has been read, if there is one.
    fn finish(&mut self) {
        let draft = std::mem::take(&mut self.draft);
        let Some(span) = draft.span else { return };
        match (draft.source, draft.text) {
            (Some(source), Some(text)) => {
                let context = draft.context;
                self.messages.push(Message { context, source, text, fuzzy: draft.fuzzy, span });
            }
            // Without a source its msgstr has been refused already.
            (None, Some(_)) => {}
            (_, None) => {
                self.refuse(span, "this entry has no msgstr", "add `msgstr \"\"` until it is translated");
            }
        }
    }

    fn refuse(&mut self, span: Span, reason: &str, help: &str) {
        self.sound = false;
        self.sink.emit(Diagnostic::error(Code::PoSyntax, span, reason).help(help));
    }
}

fn field_of(keyword: &str) -> Option<Field> {
    match keyword {
        "msgctxt" => Some(Field::Context),
        "msgid" => Some(Field::Source),
        "msgid_plural" => Some(Field::Plural),
        "msgstr" | "msgstr[0]" => Some(Field::Text),
        other => {
            let number = other.strip_prefix("msgstr[")?.strip_suffix(']')?;
            number.bytes().all(|byte| byte.is_ascii_digit()).then_some(Field::Other)
        }
    }
}

/// A string without its quotes and escapes, or what is wrong with it and what to do.
fn unquote(quoted: &str) -> Result<String, (&'static str, &'static str)> {
    let Some(inside) = quoted.strip_prefix('"') else {
        return Err(("a text in quotes is missing here", "write \"\" where there is no text yet"));
    };
    let mut text = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.as_str().is_empty() => return Ok(text),
            '"' => return Err(("a quote ends this text too early", "write \\\" for a quote inside a text")),
            '\\' => match chars.next().and_then(escaped) {
                Some(c) => text.push(c),
                None => {
                    return Err((
                        "a backslash stands before a character it does not go with",
                        "write \\\\ for a backslash",
                    ));
                }
            },
            c => text.push(c),
        }
    }
    Err(("the closing quote of this text is missing", "add \" at the end of the line"))
}

/// What a character means after a backslash, as in C.
fn escaped(c: char) -> Option<char> {
    Some(match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '"' | '\\' | '\'' | '?' => c,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<Message> {
        let sink = Sink::new();
        read(FileId(0), text, &sink).unwrap_or_else(|| panic!("{:?}", sink.into_sorted()))
    }

    fn mistakes(text: &str) -> Vec<(usize, String)> {
        let sink = Sink::new();
        assert_eq!(read(FileId(0), text, &sink), None, "{text:?}");
        sink.into_sorted().into_iter().map(|found| (found.span().start, found.message)).collect()
    }

    #[test]
    fn strings_are_joined_and_their_escapes_resolved() {
        let read = messages("msgid \"a\\n\"  \r\n  \"b\\\"\"\r\n\r\nmsgstr \"\"\n\"é\\\\\"");
        assert_eq!((read[0].source.as_str(), read[0].text.as_str()), ("a\nb\"", "é\\"));
    }

    #[test]
    fn an_entry_ends_where_the_next_begins() {
        let text = "msgid \"a\"\nmsgstr \"A\"\nmsgid \"b\"\nmsgstr \"B\"\n# note\nmsgctxt \"c\"\nmsgid \"\"\nmsgstr \"\"";
        let sources: Vec<_> =
            messages(text).into_iter().map(|message| (message.context, message.text)).collect();
        assert_eq!(sources, [(None, "A".into()), (None, "B".into()), (Some("c".into()), String::new())]);
    }

    #[test]
    fn plurals_give_their_first_form_and_what_is_obsolete_is_left_out() {
        let text = "msgid \"a\"\nmsgid_plural \"as\"\nmsgstr[0] \"A\"\nmsgstr[1] \"As\"\n\n#~ msgid \"old\"\n#~ msgstr \"oud\"\n";
        let read = messages(text);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].text, "A");
    }

    #[test]
    fn a_flag_belongs_to_the_entry_after_it() {
        let text = "#, c-format, fuzzy\nmsgid \"a\"\nmsgstr \"A\"\n#. note\n#, c-format\nmsgid \"b\"\nmsgstr \"B\"\n";
        assert_eq!(messages(text).iter().map(|message| message.fuzzy).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn each_slip_is_one_mistake_at_its_own_place() {
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
        ] {
            let found = mistakes(text);
            assert_eq!(found.first().map(|found| found.0), Some(at), "{text:?} {found:?}");
        }
        assert_eq!(
            mistakes("msgid \"a\nmsgstr \"A\n\nmsgid \"b\"\nmsgstr \"B\n").len(),
            3,
            "the rest is read"
        );
    }
}
