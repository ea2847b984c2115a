//! Ids for phrases that have none.

use std::collections::BTreeSet;

use super::text::quote;
use super::tree::{Document, Entry, InlineTable, Key, Line, Value};
use crate::script::step::suggest_id;

/// Gives each table that says something and has no id one of its own, made of its first words; ids that are there
/// stay. The new ids, in order.
pub(super) fn fill_ids(document: &mut Document) -> Vec<String> {
    let mut taken = BTreeSet::new();
    for line in &document.lines {
        if let Line::Entry { entry, .. } = line {
            collect(entry, &mut taken);
        }
    }
    let mut filler = Filler { taken, made: Vec::new() };
    filler.sections(&mut document.lines);
    filler.made
}

fn collect(entry: &Entry, taken: &mut BTreeSet<String>) {
    match &entry.value {
        Value::Scalar { words: Some(words), .. } if entry.is("id") => {
            taken.insert(words.clone());
        }
        value => collect_within(value, taken),
    }
}

fn collect_within(value: &Value, taken: &mut BTreeSet<String>) {
    match value {
        Value::Scalar { .. } => {}
        Value::Table(table) => table.entries.iter().for_each(|entry| collect(entry, taken)),
        Value::Array(array) => array.items.iter().for_each(|item| collect_within(&item.value, taken)),
    }
}

struct Filler {
    taken: BTreeSet<String>,
    made: Vec<String>,
}

impl Filler {
    /// The lines of a file; a step may be a table with a header of its own.
    fn sections(&mut self, lines: &mut Vec<Line>) {
        let mut start = 0;
        while start < lines.len() {
            let header = |line: &Line| matches!(line, Line::Header { .. });
            let mut end = lines[start + 1..].iter().position(header).map_or(lines.len(), |at| start + 1 + at);
            let entries = lines[start..end].iter().enumerate().filter_map(|(at, line)| match line {
                Line::Entry { entry, .. } => Some((at, entry)),
                _ => None,
            });
            if let Some((at, entry)) = self.id_for(entries) {
                lines.insert(start + at + 1, Line::Entry { entry, comment: None });
                end += 1;
            }
            for line in &mut lines[start..end] {
                if let Line::Entry { entry, .. } = line {
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
        if let Some((at, id)) = self.id_for(table.entries.iter().enumerate()) {
            table.entries.insert(at + 1, id);
        }
        table.entries.iter_mut().for_each(|entry| self.value(&mut entry.value));
    }

    /// An id for a table with these entries, if it wants one, and the place of what it says.
    fn id_for<'a>(&mut self, entries: impl Iterator<Item = (usize, &'a Entry)>) -> Option<(usize, Entry)> {
        let mut said = None;
        for (at, entry) in entries {
            if entry.is("id") {
                return None;
            }
            if let (true, Value::Scalar { words: Some(words), .. }) = (entry.is("say"), &entry.value) {
                said = Some((at, words));
            }
        }
        let (at, words) = said?;
        let id = self.new_id(words);
        let key = Key { name: "id".to_owned(), typed: "id".to_owned() };
        let value = Value::Scalar { typed: quote(&id), words: Some(id.clone()) };
        self.made.push(id);
        Some((at, Entry { key: vec![key], value }))
    }

    /// A name that no phrase of the file has: the first words, with a number where they are taken.
    fn new_id(&mut self, words: &str) -> String {
        let first =
            Some(suggest_id(words)).filter(|id| !id.is_empty()).unwrap_or_else(|| "phrase".to_owned());
        let stem = first[..first.len().min(60)].trim_end_matches('-');
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let id = std::iter::once(first.clone()).chain(numbered).find(|id| !self.taken.contains(id));
        let id = id.expect("there are more numbers than phrases");
        self.taken.insert(id.clone());
        id
    }
}
