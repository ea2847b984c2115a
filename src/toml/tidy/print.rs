//! Prints a tree in the one style.

use super::tree::{Array, ArrayItem, Document, InlineTable, KeyPart, KeyValue, TidyLine, Trivia, Value};
use crate::toml::key::TableKeys;

/// A list of plain values that would make a longer line gets one value a line.
const WIDEST: usize = 110;

/// The keys that define the order within the current table; `None` where the table is unknown.
type Known = Option<&'static TableKeys>;

pub(super) fn print(document: &Document, keys: &'static TableKeys) -> String {
    let mut printer = Printer { text: String::new() };
    printer.document(document, keys);
    printer.text
}

struct Printer {
    text: String,
}

impl Printer {
    fn document(&mut self, document: &Document, root: &'static TableKeys) {
        let mut here: Known = Some(root);
        let mut after_header = false;
        let mut rest = &document.lines[..];
        while !rest.is_empty() {
            let gap = rest.iter().take_while(|line| matches!(line, TidyLine::Trivia(_))).count();
            let (trivia, after) = rest.split_at(gap);
            let next = after.first();
            for line in gap_lines(trivia, after_header, next, self.text.is_empty()) {
                self.trivia(&line, 0);
            }
            match next {
                Some(TidyLine::Header { path, array, comment }) => {
                    here = within(Some(root), path);
                    self.header(path, *array, comment.as_deref());
                    after_header = true;
                }
                Some(TidyLine::Entry { entry, comment }) => {
                    self.statement(entry, comment.as_deref(), here);
                    after_header = false;
                }
                Some(TidyLine::Trivia(_)) | None => {}
            }
            rest = after.get(1..).unwrap_or_default();
        }
    }

    fn header(&mut self, path: &[KeyPart], array: bool, comment: Option<&str>) {
        let (open, close) = if array { ("[[", "]]") } else { ("[", "]") };
        self.text.push_str(open);
        self.key(path);
        self.text.push_str(close);
        self.end_of_line(comment);
    }

    fn statement(&mut self, entry: &KeyValue, comment: Option<&str>, known: Known) {
        for comment in loose_comments(&entry.value) {
            self.comment(comment, 0);
        }
        let known = within(known, &entry.key);
        let start = self.text.len();
        self.key(&entry.key);
        self.text.push_str(" = ");
        let value_start = self.text.len();
        self.value(&entry.value, 0, known);
        if let Value::Array(array) = &entry.value {
            let line = &self.text[start..];
            if !line.contains('\n') && line.chars().count() > WIDEST {
                self.text.truncate(value_start);
                self.long_array(array, 0, known);
            }
        }
        self.end_of_line(comment);
    }

    fn key(&mut self, path: &[KeyPart]) {
        let typed: Vec<_> = path.iter().map(|key| key.typed.as_str()).collect();
        self.text.push_str(&typed.join("."));
    }

    /// `indent` is the indentation of the line the value starts on.
    fn value(&mut self, value: &Value, indent: usize, known: Known) {
        match value {
            Value::Scalar { typed, .. } => self.text.push_str(typed),
            Value::Table(table) => self.table(table, indent, known),
            Value::Array(array) if is_long(array) => self.long_array(array, indent, known),
            Value::Array(array) => {
                self.text.push('[');
                for (index, item) in array.items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.value(&item.value, indent, known);
                }
                self.text.push(']');
            }
        }
    }

    /// One line, but for the long arrays in it; the keys in the order of their list.
    fn table(&mut self, table: &InlineTable, indent: usize, known: Known) {
        let mut entries: Vec<_> = table.entries.iter().collect();
        let place = |entry: &&KeyValue| {
            let of = |keys: &TableKeys| keys.names().position(|name| name == entry.key[0].name);
            known.map(|keys| of(keys).unwrap_or(usize::MAX))
        };
        entries.sort_by_key(place);
        if entries.is_empty() {
            self.text.push_str("{}");
            return;
        }
        for (index, entry) in entries.into_iter().enumerate() {
            self.text.push_str(if index == 0 { "{ " } else { ", " });
            self.key(&entry.key);
            self.text.push_str(" = ");
            let known = within(known, &entry.key);
            self.value(&entry.value, indent, known);
        }
        self.text.push_str(" }");
    }

    /// One item a line.
    fn long_array(&mut self, array: &Array, indent: usize, known: Known) {
        self.text.push('[');
        self.end_of_line(array.open.as_deref());
        let deeper = indent + 2;
        for (index, item) in array.items.iter().enumerate() {
            let from = if index == 0 { first_comment(&item.before) } else { 0 };
            for trivia in &item.before[from..] {
                self.trivia(trivia, deeper);
            }
            for comment in loose_comments(&item.value) {
                self.comment(comment, deeper);
            }
            self.indent(deeper);
            self.value(&item.value, deeper, known);
            self.text.push(',');
            self.end_of_line(item.after.as_deref());
        }
        let from = if array.items.is_empty() { first_comment(&array.end) } else { 0 };
        let to = array.end.iter().rposition(|trivia| *trivia != Trivia::Blank).map_or(from, |at| at + 1);
        for trivia in &array.end[from..to.max(from)] {
            self.trivia(trivia, deeper);
        }
        self.indent(indent);
        self.text.push(']');
    }

    fn trivia(&mut self, trivia: &Trivia, indent: usize) {
        match trivia {
            Trivia::Blank => self.text.push('\n'),
            Trivia::Comment(comment) => self.comment(comment, indent),
        }
    }

    fn comment(&mut self, comment: &str, indent: usize) {
        self.indent(indent);
        self.text.push_str(comment);
        self.text.push('\n');
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn end_of_line(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.text.push(' ');
            self.text.push_str(comment);
        }
        self.text.push('\n');
    }
}

/// The keys of the table under a dotted key.
fn within(known: Known, path: &[KeyPart]) -> Known {
    path.iter().try_fold(known?, |keys, key| {
        keys.find(&key.name).map(|key| &key.kind).or(keys.named_values.as_ref())?.table()
    })
}

/// Comments and blank lines before a line: at most one blank line, none at the ends of the file or right after a header,
/// and at least one before a header. A comment right above a header belongs to it.
fn gap_lines(lines: &[TidyLine], after_header: bool, next: Option<&TidyLine>, first: bool) -> Vec<Trivia> {
    let mut gap: Vec<Trivia> = Vec::new();
    for line in lines {
        let TidyLine::Trivia(trivia) = line else { continue };
        let superfluous = gap.last().map_or(after_header || first, |last| *last == Trivia::Blank);
        if *trivia != Trivia::Blank || !superfluous {
            gap.push(trivia.clone());
        }
    }
    match next {
        None => {
            if gap.last() == Some(&Trivia::Blank) {
                gap.pop();
            }
        }
        Some(TidyLine::Header { .. }) if !first && !gap.contains(&Trivia::Blank) => {
            gap.insert(0, Trivia::Blank);
        }
        Some(_) => {}
    }
    gap
}

/// Whether an array gets one item a line: where it holds tables or comments.
fn is_long(array: &Array) -> bool {
    let comment = |trivia: &[Trivia]| trivia.iter().any(|trivia| *trivia != Trivia::Blank);
    let long = |item: &ArrayItem| {
        item.after.is_some()
            || comment(&item.before)
            || match &item.value {
                Value::Table(_) => true,
                Value::Array(array) => is_long(array),
                Value::Scalar { .. } => false,
            }
    };
    array.open.is_some() || comment(&array.end) || array.items.iter().any(long)
}

/// Comments between the braces of a table, which TOML 1.0 does not allow; they are moved above the line of the table. Those
/// in a list within it stay there.
fn loose_comments(value: &Value) -> Vec<&str> {
    let Value::Table(table) = value else { return Vec::new() };
    let own = table.comments.iter().map(String::as_str);
    own.chain(table.entries.iter().flat_map(|entry| loose_comments(&entry.value))).collect()
}

fn first_comment(trivia: &[Trivia]) -> usize {
    trivia.iter().position(|trivia| *trivia != Trivia::Blank).unwrap_or(trivia.len())
}
