//! A TOML file as a tree that keeps comments and blank lines.
#![expect(clippy::wildcard_enum_match_arm, reason = "the parser has many kinds of events")]

use std::iter::Peekable;

use toml_parser::Source;
use toml_parser::decoder::Encoding;
use toml_parser::parser::{Event, EventKind, parse_document};

use super::text::{bare, quote};

/// A whole file, line by line.
pub(super) struct Document {
    pub lines: Vec<TidyLine>,
}

/// One line of a file; an entry may take several.
pub(super) enum TidyLine {
    Trivia(Trivia),
    Header { path: Vec<KeyPart>, array: bool, comment: Option<String> },
    Entry { entry: KeyValue, comment: Option<String> },
}

/// Blank lines and comments.
#[derive(Clone, PartialEq)]
pub(super) enum Trivia {
    Blank,
    Comment(String),
}

/// One part of a dotted key.
#[derive(Clone)]
pub(super) struct KeyPart {
    pub name: String,
    /// As written: bare where possible.
    pub typed: String,
}

/// A key and its value.
#[derive(Clone)]
pub(super) struct KeyValue {
    pub key: Vec<KeyPart>,
    pub value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    /// As written, and the decoded text where it is one.
    Scalar {
        typed: String,
        words: Option<String>,
    },
    Array(Array),
    Table(InlineTable),
}

#[derive(Clone, Default)]
pub(super) struct Array {
    /// A comment after the opening bracket.
    pub open: Option<String>,
    pub items: Vec<ArrayItem>,
    /// Comments and blank lines before the closing bracket.
    pub end: Vec<Trivia>,
}

/// A value of an array, and the comments that belong to it.
#[derive(Clone)]
pub(super) struct ArrayItem {
    pub before: Vec<Trivia>,
    pub value: Value,
    pub after: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct InlineTable {
    pub entries: Vec<KeyValue>,
    /// Comments between the braces, which only TOML 1.1 allows there.
    pub comments: Vec<String>,
}

impl KeyValue {
    /// Whether the key is just this one name.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(&self.key[..], [only] if only.name == name)
    }
}

/// Reads a file that is known to be valid TOML.
pub(super) fn read(text: &str) -> Document {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    let mut errors = Vec::new();
    parse_document(&tokens, &mut events, &mut errors);
    assert!(errors.is_empty(), "only valid TOML is formatted: {errors:?}");
    TreeBuilder { source, events: events.into_iter().peekable() }.document()
}

struct TreeBuilder<'a> {
    source: Source<'a>,
    events: Peekable<std::vec::IntoIter<Event>>,
}

impl TreeBuilder<'_> {
    fn document(mut self) -> Document {
        let mut lines: Vec<TidyLine> = Vec::new();
        // Whether the current line already has something, to which a comment would belong.
        let mut begun = false;
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::Newline if begun => begun = false,
                EventKind::Newline => lines.push(TidyLine::Trivia(Trivia::Blank)),
                EventKind::Comment => {
                    let text = self.comment(&event);
                    match lines.last_mut() {
                        Some(TidyLine::Header { comment, .. } | TidyLine::Entry { comment, .. }) if begun => {
                            *comment = Some(text);
                        }
                        _ => lines.push(TidyLine::Trivia(Trivia::Comment(text))),
                    }
                    begun = true;
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let array = event.kind() == EventKind::ArrayTableOpen;
                    lines.push(TidyLine::Header { path: self.path(None), array, comment: None });
                    begun = true;
                }
                EventKind::SimpleKey => {
                    lines.push(TidyLine::Entry { entry: self.entry(&event), comment: None });
                    begun = true;
                }
                _ => {}
            }
        }
        Document { lines }
    }

    /// The parts of a key up to what ends it: `=`, `]` or `]]`.
    fn path(&mut self, first: Option<&Event>) -> Vec<KeyPart> {
        let mut path: Vec<_> = first.map(|event| self.key(event)).into_iter().collect();
        for event in self.events.by_ref() {
            match event.kind() {
                EventKind::SimpleKey => path.push(key(&self.source, &event)),
                EventKind::KeyValSep | EventKind::StdTableClose | EventKind::ArrayTableClose => break,
                _ => {}
            }
        }
        path
    }

    fn key(&self, event: &Event) -> KeyPart {
        key(&self.source, event)
    }

    fn entry(&mut self, first: &Event) -> KeyValue {
        let key = self.path(Some(first));
        while let Some(event) = self.events.next() {
            if let Some(value) = self.value(&event) {
                return KeyValue { key, value };
            }
        }
        unreachable!("in valid TOML every key has a value")
    }

    /// The value that begins with this event, if one does.
    fn value(&mut self, event: &Event) -> Option<Value> {
        match event.kind() {
            EventKind::Scalar => Some(self.scalar(event)),
            EventKind::ArrayOpen => Some(Value::Array(self.array())),
            EventKind::InlineTableOpen => Some(Value::Table(self.inline_table())),
            _ => None,
        }
    }

    fn scalar(&self, event: &Event) -> Value {
        let raw = self.source.get(event).expect("events lie inside the text");
        if event.encoding().is_none() {
            return Value::Scalar { typed: raw.as_str().to_owned(), words: None };
        }
        let mut words = String::new();
        let _ = raw.decode_scalar(&mut words, &mut ());
        // TOML 1.0 has neither \e nor \x; everything else in plain double quotes is kept as written.
        let plain = event.encoding() == Some(Encoding::BasicString) && !uses_new_escapes(raw.as_str());
        let typed = if plain { raw.as_str().to_owned() } else { quote(&words) };
        Value::Scalar { typed, words: Some(words) }
    }

    fn array(&mut self) -> Array {
        let mut array = Array::default();
        let mut before = Vec::new();
        // Newlines since the last value or comment: with none, a comment belongs to that value; two make a blank line.
        let mut newlines = 0;
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::ArrayClose => break,
                EventKind::Newline => {
                    newlines += 1;
                    if newlines > 1 && before.last() != Some(&Trivia::Blank) {
                        before.push(Trivia::Blank);
                    }
                }
                EventKind::Comment => {
                    let text = self.comment(&event);
                    let place = match array.items.last_mut() {
                        Some(item) => &mut item.after,
                        None => &mut array.open,
                    };
                    if newlines == 0 && before.is_empty() && place.is_none() {
                        *place = Some(text);
                    } else {
                        before.push(Trivia::Comment(text));
                    }
                    newlines = 0;
                }
                _ => {
                    if let Some(value) = self.value(&event) {
                        array.items.push(ArrayItem {
                            before: std::mem::take(&mut before),
                            value,
                            after: None,
                        });
                        newlines = 0;
                    }
                }
            }
        }
        array.end = before;
        array
    }

    fn inline_table(&mut self) -> InlineTable {
        let mut table = InlineTable::default();
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::InlineTableClose => break,
                EventKind::Comment => table.comments.push(self.comment(&event)),
                EventKind::SimpleKey => table.entries.push(self.entry(&event)),
                _ => {}
            }
        }
        table
    }

    fn comment(&self, event: &Event) -> String {
        self.source.get(event).expect("events lie inside the text").as_str().trim_end().to_owned()
    }
}

fn key(source: &Source<'_>, event: &Event) -> KeyPart {
    let mut name = String::new();
    source.get(event).expect("events lie inside the text").decode_key(&mut name, &mut ());
    let typed = if bare(&name) { name.clone() } else { quote(&name) };
    KeyPart { name, typed }
}

/// Whether a text in double quotes has an escape that TOML 1.0 does not have: `\e` or `\xHH`.
fn uses_new_escapes(raw: &str) -> bool {
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && matches!(chars.next(), Some('e' | 'x')) {
            return true;
        }
    }
    false
}
