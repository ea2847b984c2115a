//! A text that is changed piece by piece and still knows where each byte of it stood in the file.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::toml::key::TableKeys;
use crate::toml::kind::Kind;

/// A range of bytes and the text to put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replacement {
    pub at: Range<usize>,
    pub text: String,
    /// Where the text is taken from, if it is moved.
    pub from: Option<usize>,
}

impl Replacement {
    pub(super) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), from: None }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }
}

/// The text as changed so far.
#[derive(Clone, Debug)]
pub(super) struct EditedText {
    pub text: String,
    /// For each byte, and for the end, the byte of the file it stands for.
    origin: Vec<usize>,
}

impl EditedText {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), origin: (0..=text.len()).collect() }
    }

    /// The range of the file that a range of the text stands for.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        place_in(&self.origin, range.clone())
    }

    /// Whether a range stands in the file as it stands here.
    pub(super) fn is_untouched(&self, range: &Range<usize>) -> bool {
        let start = self.origin[range.start];
        range.clone().chain([range.end]).all(|at| self.origin[at] == start + (at - range.start))
    }

    /// The offsets of the file, one for each byte of the text and one for its end.
    pub(super) fn into_parts(self) -> (String, Vec<usize>) {
        (self.text, self.origin)
    }

    /// The text with some changes, which do not overlap.
    pub(super) fn with(&self, changes: &[Replacement]) -> String {
        let mut text = self.text.clone();
        for change in from_the_end(changes) {
            text.replace_range(change.at.clone(), &change.text);
        }
        text
    }

    pub(super) fn apply(&mut self, changes: &[Replacement]) {
        let before = self.origin.clone();
        for change in from_the_end(changes) {
            let start = self.origin[change.at.start];
            let places = (0..change.text.len())
                .map(|at| change.from.map_or(start, |from| before[(from + at).min(before.len() - 1)]));
            let places: Vec<_> = places.collect();
            self.text.replace_range(change.at.clone(), &change.text);
            self.origin.splice(change.at.clone(), places);
        }
    }
}

/// The range of a file that a range of a text stands for; for each byte of the text `origin` has that of the file.
pub(in crate::toml) fn place_in(origin: &[usize], range: Range<usize>) -> Range<usize> {
    let end = origin.len() - 1;
    let start = origin[range.start.min(end)];
    if range.end <= range.start {
        return start..start;
    }
    let stop = origin[range.end.min(end)];
    // What was moved ends where its own text ended, not where the text behind its new place begins.
    if stop < start || stop - start > 2 * (range.end - range.start) + 64 {
        let last = origin[(range.end - 1).min(end)];
        return start..(last + 1).max(start);
    }
    start..stop
}

fn from_the_end(changes: &[Replacement]) -> Vec<&Replacement> {
    let mut sorted: Vec<_> = changes.iter().collect();
    // What is put in before a piece follows the replacing of the piece.
    sorted.sort_by_key(|change| std::cmp::Reverse((change.at.start, change.at.end)));
    sorted
}

/// What the parser makes of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextFaults {
    /// The bytes from the first error to the end; 0 without any.
    pub unread: usize,
    /// How odd what was read is: keys nobody knows, texts with signs of TOML in them.
    pub strange: usize,
}

/// How odd a text with signs of TOML in it is.
pub(super) const ODD_TEXT: usize = 3;

pub(super) struct ParseError {
    pub at: usize,
    pub end: usize,
    pub message: String,
}

/// The first error of a text.
pub(super) fn first_error(text: &str) -> Option<ParseError> {
    let (_, errors) = DeTable::parse_recoverable(text);
    of_errors(&errors, text)
}

fn of_errors(errors: &[toml::de::Error], text: &str) -> Option<ParseError> {
    let error = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start))?;
    let span = error.span().unwrap_or(0..0);
    let mut at = span.start.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let mut end = span.end.clamp(at, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some(ParseError { at, end, message: error.message().to_owned() })
}

/// What the parser makes of a text, and how odd it is up to a place.
pub(super) fn judge(text: &str, keys: &'static TableKeys, limit: usize) -> TextFaults {
    let (root, errors) = DeTable::parse_recoverable(text);
    let error = of_errors(&errors, text);
    // An error at the very end leaves a byte unread too.
    let unread = error.as_ref().map_or(0, |error| text.len() - error.at + 1);
    let limit = limit.min(error.map_or(text.len(), |error| error.at));
    TextFaults { unread, strange: strange(root.get_ref(), keys, limit) }
}

fn strange(table: &DeTable<'_>, keys: &'static TableKeys, limit: usize) -> usize {
    let mut found = 0;
    for (name, value) in table.iter().filter(|(name, _)| name.span().start < limit) {
        let kind = match keys.named_values {
            Some(kind) => Some(kind),
            None => keys.find(name.get_ref()).map(|key| key.kind),
        };
        found += if kind.is_none() { 20 } else { 0 };
        found += strange_value(value.get_ref(), kind, limit);
    }
    found
}

fn strange_value(value: &DeValue<'_>, kind: Option<Kind>, limit: usize) -> usize {
    match value {
        DeValue::String(text) => {
            let signs = text.contains(" = ") || text.contains(['{', '}', '[', ']', '"', '\n']);
            let wrong = kind.is_some_and(|kind| kind.table().is_some() && !takes_text(&kind));
            let swallowed = super::quotes::holds_entry(text);
            let unknown = match kind {
                Some(Kind::OneOf(words)) => !words.contains(&text.as_ref()),
                Some(Kind::Name) => !crate::toml::table::is_name(text),
                Some(_) | None => text.ends_with(','),
            };
            usize::from(signs) * ODD_TEXT
                + usize::from(wrong) * 10
                + usize::from(unknown) * 2
                + usize::from(swallowed) * 30
        }
        DeValue::Array(items) => {
            let wrong = kind.is_some_and(|kind| !kind.takes_list());
            let kind = kind.and_then(|kind| kind.item().copied());
            let items = items.iter().filter(|item| item.span().start < limit);
            items.map(|item| strange_value(item.get_ref(), kind, limit)).sum::<usize>()
                + usize::from(wrong) * 10
        }
        DeValue::Table(table) => match kind.and_then(|kind| kind.table()) {
            Some(keys) => strange(table, keys, limit),
            None => 10,
        },
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            let wrong = kind.is_some_and(|kind| matches!(kind, Kind::Words | Kind::Name | Kind::List(_)));
            usize::from(wrong) * 5
        }
    }
}

fn takes_text(kind: &Kind) -> bool {
    match kind {
        Kind::Words
        | Kind::Name
        | Kind::Language
        | Kind::Level(..)
        | Kind::Time
        | Kind::TimeWithin(..)
        | Kind::Clock
        | Kind::OneOf(_) => true,
        Kind::Either(kinds) => kinds.iter().any(takes_text),
        Kind::Flag | Kind::Whole(..) | Kind::Number(..) | Kind::List(_) | Kind::Three(_) | Kind::Table(_) => {
            false
        }
    }
}
