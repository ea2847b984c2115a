//! Adds a key to the tables that lack it.

use std::collections::BTreeSet;

use super::FilledKey;
use super::text::quote;
use super::tree::{Document, InlineTable, KeyPart, KeyValue, TidyLine, Value};

/// Gives each table with the text and without the key a unique name made from the text. Existing names stay. Returns the
/// new names, in order.
pub(super) fn fill(document: &mut Document, fill: &FilledKey) -> Vec<String> {
    let mut taken = BTreeSet::new();
    for line in &document.lines {
        if let TidyLine::Entry { entry, .. } = line {
            collect(entry, fill, &mut taken);
        }
    }
    let mut filler = Filler { fill, taken, made: Vec::new() };
    filler.sections(&mut document.lines);
    filler.made
}

fn collect(entry: &KeyValue, fill: &FilledKey, taken: &mut BTreeSet<String>) {
    if let Value::Scalar { words: Some(words), .. } = &entry.value
        && entry.is(fill.key)
    {
        taken.insert(words.clone());
    }
    collect_within(&entry.value, fill, taken);
}

fn collect_within(value: &Value, fill: &FilledKey, taken: &mut BTreeSet<String>) {
    match value {
        Value::Scalar { .. } => {}
        Value::Table(table) => table.entries.iter().for_each(|entry| collect(entry, fill, taken)),
        Value::Array(array) => array.items.iter().for_each(|item| collect_within(&item.value, fill, taken)),
    }
}

struct Filler<'a> {
    fill: &'a FilledKey,
    taken: BTreeSet<String>,
    made: Vec<String>,
}

impl Filler<'_> {
    /// The lines of a file; a step may be a table with a header of its own.
    fn sections(&mut self, lines: &mut Vec<TidyLine>) {
        let mut start = 0;
        while start < lines.len() {
            let header = |line: &TidyLine| matches!(line, TidyLine::Header { .. });
            let mut end = lines[start + 1..].iter().position(header).map_or(lines.len(), |at| start + 1 + at);
            let entries = lines[start..end].iter().enumerate().filter_map(|(at, line)| {
                if let TidyLine::Entry { entry, .. } = line { Some((at, entry)) } else { None }
            });
            if let Some((at, entry)) = self.key_for(entries) {
                lines.insert(start + at + 1, TidyLine::Entry { entry, comment: None });
                end += 1;
            }
            for line in &mut lines[start..end] {
                if let TidyLine::Entry { entry, .. } = line {
                    self.value(&mut entry.value);
                }
            }
            start = end;
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Table(table) => self.table(table),
            Value::Array(array) => array.items.iter_mut().for_each(|item| self.value(&mut item.value)),
            Value::Scalar { .. } => {}
        }
    }

    fn table(&mut self, table: &mut InlineTable) {
        if let Some((at, key)) = self.key_for(table.entries.iter().enumerate()) {
            table.entries.insert(at + 1, key);
        }
        table.entries.iter_mut().for_each(|entry| self.value(&mut entry.value));
    }

    /// The key for a table with these entries if it lacks one, and the index of its text.
    fn key_for<'a>(
        &mut self,
        entries: impl Iterator<Item = (usize, &'a KeyValue)>,
    ) -> Option<(usize, KeyValue)> {
        let mut text = None;
        for (at, entry) in entries {
            if entry.is(self.fill.key) {
                return None;
            }
            if let (true, Value::Scalar { words: Some(words), .. }) = (entry.is(self.fill.from), &entry.value)
            {
                text = Some((at, words));
            }
        }
        let (at, words) = text?;
        let name = self.new_name(words);
        let key = KeyPart { name: self.fill.key.to_owned(), typed: self.fill.key.to_owned() };
        let value = Value::Scalar { typed: quote(&name), words: Some(name.clone()) };
        self.made.push(name);
        Some((at, KeyValue { key: vec![key], value }))
    }

    /// A name that no table of the file has, with a number where the text's own is taken.
    fn new_name(&mut self, words: &str) -> String {
        let made = (self.fill.name)(words);
        let first = if made.is_empty() { self.fill.otherwise.to_owned() } else { made };
        let stem = first[..first.len().min(60)].trim_end_matches('-');
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let name = std::iter::once(first.clone()).chain(numbered).find(|name| !self.taken.contains(name));
        let name = name.expect("there are more numbers than tables");
        self.taken.insert(name.clone());
        name
    }
}
