//! Where the values of a TOML file stand, so that one can be replaced and every other byte stays.
#![expect(clippy::wildcard_enum_match_arm, reason = "the parser has many kinds of events")]

use std::iter::Peekable;
use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// A value and its place.
pub(super) struct Spot {
    pub range: Range<usize>,
    pub kind: SpotKind,
}

pub(super) enum SpotKind {
    Scalar,
    List(Vec<Spot>),
    Table(Vec<FieldSpot>),
}

/// A key with its value.
pub(super) struct FieldSpot {
    /// The parts of the key: several where it is dotted.
    pub key: Vec<String>,
    /// The place of its first part.
    pub key_start: usize,
    pub value: Spot,
}

/// What stands under one header, or before the first.
pub(super) struct SectionSpot {
    /// The place of the header.
    pub header: Option<Range<usize>>,
    pub fields: Vec<FieldSpot>,
}

/// A whole file.
pub(super) struct FileSpots {
    pub sections: Vec<SectionSpot>,
}

impl FieldSpot {
    /// Whether its key is just this name.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(&self.key[..], [only] if only == name)
    }
}

impl Spot {
    pub(super) fn fields(&self) -> Option<&[FieldSpot]> {
        if let SpotKind::Table(fields) = &self.kind { Some(fields) } else { None }
    }

    pub(super) fn items(&self) -> Option<&[Spot]> {
        if let SpotKind::List(items) = &self.kind { Some(items) } else { None }
    }
}

/// A table that is a step.
pub(super) enum StepSpot<'a> {
    /// In braces, an item of a list.
    InList { table: &'a Spot, list: &'a Spot, index: usize },
    /// Under a header of its own.
    Section(&'a SectionSpot),
}

impl<'a> StepSpot<'a> {
    pub(super) fn fields(&self) -> &'a [FieldSpot] {
        match self {
            Self::InList { table, .. } => table.fields().unwrap_or_default(),
            Self::Section(section) => &section.fields,
        }
    }
}

impl FileSpots {
    /// Reads a file; `None` if it is not valid TOML.
    pub(super) fn read(text: &str) -> Option<Self> {
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let (mut events, mut errors): (Vec<Event>, Vec<_>) = (Vec::new(), Vec::new());
        parse_document(&tokens, &mut events, &mut errors);
        if !errors.is_empty() {
            return None;
        }
        Some(SpotReader { source, events: events.into_iter().peekable() }.file())
    }

    /// Whether a key anywhere has this value, as it is typed in double quotes.
    pub(super) fn has_value(&self, text: &str, key: &str, typed: &str) -> bool {
        self.sections.iter().any(|section| holds(&section.fields, text, key, typed))
    }

    /// The step that begins at a byte.
    pub(super) fn step(&self, at: usize) -> Option<StepSpot<'_>> {
        self.sections.iter().find_map(|section| {
            if section.header.as_ref().is_some_and(|header| header.start == at) {
                return Some(StepSpot::Section(section));
            }
            section.fields.iter().find_map(|field| in_list(&field.value, at))
        })
    }
}

/// Whether a key in these fields, or in those within them, has this value as it is typed.
fn holds(fields: &[FieldSpot], text: &str, key: &str, typed: &str) -> bool {
    fields.iter().any(|field| {
        (field.is(key) && text[field.value.range.clone()].replace('\'', "\"") == typed)
            || within(&field.value, text, key, typed)
    })
}

fn within(spot: &Spot, text: &str, key: &str, typed: &str) -> bool {
    match &spot.kind {
        SpotKind::Scalar => false,
        SpotKind::List(items) => items.iter().any(|item| within(item, text, key, typed)),
        SpotKind::Table(fields) => holds(fields, text, key, typed),
    }
}

fn in_list(spot: &Spot, at: usize) -> Option<StepSpot<'_>> {
    if !spot.range.contains(&at) {
        return None;
    }
    match &spot.kind {
        SpotKind::Scalar => None,
        SpotKind::Table(fields) => fields.iter().find_map(|field| in_list(&field.value, at)),
        SpotKind::List(items) => items.iter().enumerate().find_map(|(index, table)| {
            let is_it = table.range.start == at && table.fields().is_some();
            if is_it { Some(StepSpot::InList { table, list: spot, index }) } else { in_list(table, at) }
        }),
    }
}

struct SpotReader<'a> {
    source: Source<'a>,
    events: Peekable<std::vec::IntoIter<Event>>,
}

impl SpotReader<'_> {
    fn file(mut self) -> FileSpots {
        let mut sections = vec![SectionSpot { header: None, fields: Vec::new() }];
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let start = event.span().start();
                    let mut end = event.span().end();
                    for event in self.events.by_ref() {
                        end = event.span().end();
                        if matches!(event.kind(), EventKind::StdTableClose | EventKind::ArrayTableClose) {
                            break;
                        }
                    }
                    sections.push(SectionSpot { header: Some(start..end), fields: Vec::new() });
                }
                EventKind::SimpleKey => {
                    let field = self.field(&event);
                    if let (Some(field), Some(section)) = (field, sections.last_mut()) {
                        section.fields.push(field);
                    }
                }
                _ => {}
            }
        }
        FileSpots { sections }
    }

    fn field(&mut self, first: &Event) -> Option<FieldSpot> {
        let mut key = vec![self.key(first)];
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::SimpleKey => key.push(self.key(&event)),
                EventKind::KeyValSep => break,
                _ => {}
            }
        }
        while let Some(event) = self.events.next() {
            if let Some(value) = self.value(&event) {
                return Some(FieldSpot { key, key_start: first.span().start(), value });
            }
        }
        None
    }

    /// The value that begins with this event, if one does.
    fn value(&mut self, event: &Event) -> Option<Spot> {
        let start = event.span().start();
        let mut end = event.span().end();
        let kind = match event.kind() {
            EventKind::Scalar => SpotKind::Scalar,
            EventKind::ArrayOpen => {
                let mut items = Vec::new();
                while let Some(event) = self.events.next() {
                    end = event.span().end();
                    if event.kind() == EventKind::ArrayClose {
                        break;
                    }
                    items.extend(self.value(&event));
                }
                SpotKind::List(items)
            }
            EventKind::InlineTableOpen => {
                let mut fields = Vec::new();
                while let Some(event) = self.events.next() {
                    end = event.span().end();
                    match event.kind() {
                        EventKind::InlineTableClose => break,
                        EventKind::SimpleKey => fields.extend(self.field(&event)),
                        _ => {}
                    }
                }
                SpotKind::Table(fields)
            }
            _ => return None,
        };
        Some(Spot { range: start..end, kind })
    }

    fn key(&self, event: &Event) -> String {
        let mut name = String::new();
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut name, &mut ());
        }
        name
    }
}

/// All comments of a file, sorted.
pub(super) fn comments(text: &str) -> Vec<&str> {
    let mut found = comments_in_order(text);
    found.sort_unstable();
    found
}

/// All comments of a text, as they stand.
pub(super) fn comments_in_order(text: &str) -> Vec<&str> {
    let source = Source::new(text);
    let is_comment =
        |token: &toml_parser::lexer::Token| token.kind() == toml_parser::lexer::TokenKind::Comment;
    let comments = source.lex().filter(is_comment);
    let texts = comments.filter_map(|token| text.get(token.span().start()..token.span().end()));
    texts.map(str::trim_end).collect()
}
