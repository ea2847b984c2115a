//! Keys that are misspelt, of another language, or at the wrong level, in a file that is valid TOML.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::edited::Replacement;
use super::line::Line;
use super::{Corrector, Guess};
use crate::diag::nearest;
use crate::toml::foreign;
use crate::toml::key::TableKeys;

/// A table that holds the one that is looked at.
struct Level {
    keys: &'static TableKeys,
    /// The range of the value; the whole file for the root.
    span: Range<usize>,
    names: Vec<String>,
}

/// Renames and moves keys until none is left of which anything is known.
pub(super) fn correct(corrector: &mut Corrector) {
    for _ in 0..super::MOST {
        let text = corrector.edited.text.clone();
        let (root, errors) = DeTable::parse_recoverable(&text);
        if !errors.is_empty() {
            return;
        }
        let whole = Level { keys: corrector.keys, span: 0..text.len(), names: names(root.get_ref()) };
        let Some(guess) = search(root.get_ref(), &text, &mut vec![whole]) else { return };
        let before = corrector.edited.clone();
        corrector.take(guess);
        // What cannot be moved so stays where it is, and is told of by its reader.
        if super::first_error(&corrector.edited.text).is_some() {
            corrector.edited = before;
            corrector.typos.pop();
            return;
        }
    }
}

fn names(table: &DeTable<'_>) -> Vec<String> {
    table.keys().map(|name| name.get_ref().to_string()).collect()
}

fn search(table: &DeTable<'_>, text: &str, levels: &mut Vec<Level>) -> Option<Guess> {
    let keys = levels.last()?.keys;
    let mut sorted: Vec<_> = table.iter().collect();
    sorted.sort_by_key(|(name, _)| name.span().start);
    if keys.named_values.is_none() {
        let unknown: Vec<_> = sorted.iter().filter(|(name, _)| keys.find(name.get_ref()).is_none()).collect();
        if let Some(guess) = move_up(&unknown, text, levels) {
            return Some(guess);
        }
        for (name, value) in unknown {
            if let Some(guess) = rename(name.get_ref(), name.span(), text, levels.last()?) {
                return Some(guess);
            }
            let _ = value;
        }
    }
    for (name, value) in sorted {
        let kind = keys.named_values.or_else(|| keys.find(name.get_ref()).map(|key| key.kind));
        let Some(inner) = kind.and_then(|kind| kind.table()) else { continue };
        let items: Vec<_> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            DeValue::Table(_) => vec![value],
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => continue,
        };
        for item in items {
            let DeValue::Table(table) = item.get_ref() else { continue };
            levels.push(Level { keys: inner, span: item.span(), names: names(table) });
            let found = search(table, text, levels);
            levels.pop();
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// The key of a table that a misspelt or a foreign one was meant to be.
pub(in crate::toml) fn meant(name: &str, keys: &'static TableKeys) -> Option<&'static str> {
    let lower = name.to_lowercase().replace([' ', '-'], "_");
    keys.names()
        .find(|known| *known == lower)
        .or_else(|| foreign::key(name, keys.names()))
        .or_else(|| nearest(name, keys.names()))
}

fn rename(name: &str, span: Range<usize>, text: &str, level: &Level) -> Option<Guess> {
    let near = meant(name, level.keys).filter(|near| !level.names.iter().any(|there| there == near))?;
    // The key of a header is corrected with its brackets.
    if Line::at(text, span.start).text.trim_start().starts_with('[') {
        return None;
    }
    let message = format!("`{name}` is not a key of {}", level.keys.what);
    Some(
        Guess::new("key", vec![Replacement::new(span, near)], message)
            .title(format!("did you mean `{near}`?"))
            .key()
            .certain(),
    )
}

/// Keys that one of the tables around theirs takes: moved there together.
fn move_up(
    unknown: &[&(&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)],
    text: &str,
    levels: &[Level],
) -> Option<Guess> {
    let (own, outer) = levels.split_last()?;
    for (depth, level) in outer.iter().enumerate().rev() {
        let belongs = |name: &str| {
            level.keys.find(name).is_some()
                && !level.names.iter().any(|there| there == name)
                && level.keys.named_values.is_none()
        };
        let moved: Vec<_> = unknown.iter().filter(|(name, _)| belongs(name.get_ref())).collect();
        let Some(first) = moved.first() else { continue };
        let list: Vec<_> = moved.iter().map(|(name, _)| format!("`{}`", name.get_ref())).collect();
        let belong = if list.len() == 1 { "belongs" } else { "belong" };
        let home = level.keys.what.trim_start_matches("a ").trim_start_matches("an ");
        let root = depth == 0;
        let where_to = if root {
            match text.find("\n[") {
                Some(at) => format!("above the first {}", Line::at(text, at + 1).body().trim()),
                None => "at the start of the file".to_owned(),
            }
        } else {
            let name = own.keys.name();
            format!("after the `}}` of the {name}")
        };
        let message =
            format!("{} {belong} to the {home}: {where_to}", crate::toml::table::join(&list, "and"));
        let mut changes = Vec::new();
        let mut typed = String::new();
        for (name, value) in &moved {
            let (range, entry) = entry(text, name.span().start, value.span().end)?;
            let at = if root { above_first_header(text) } else { own.span.end };
            let before = if root { "" } else { ", " };
            let after = if root { "\n" } else { "" };
            typed = format!("{before}{entry}{after}");
            changes.push(Replacement { from: None, ..Replacement::insert(at, before) });
            changes.push(Replacement { at: at..at, text: entry.to_owned(), from: Some(name.span().start) });
            changes.push(Replacement::insert(at, after));
            changes.push(Replacement::new(range, ""));
        }
        let _ = typed;
        return Some(
            Guess::new("level", gathered(changes), message)
                .at(first.0.span())
                .title(format!("move {} there", if list.len() == 1 { "it" } else { "them" }))
                .key()
                .certain(),
        );
    }
    None
}

/// Insertions at one place as one, as the order of several would not be certain.
fn gathered(changes: Vec<Replacement>) -> Vec<Replacement> {
    let mut kept: Vec<Replacement> = Vec::new();
    for change in changes {
        if change.text.is_empty() && change.at.is_empty() {
            continue;
        }
        match kept.iter_mut().find(|other| other.at == change.at && change.at.is_empty()) {
            Some(other) => {
                // The first piece decides where the text is said to come from.
                let lead = other.text.len();
                other.from = other.from.or(change.from.map(|from| from.saturating_sub(lead)));
                other.text.push_str(&change.text);
            }
            None => kept.push(change),
        }
    }
    kept
}

/// Where a key of the root is put: before the first header, behind the keys that are there.
fn above_first_header(text: &str) -> usize {
    let header = if text.starts_with('[') { 0 } else { text.find("\n[").map_or(text.len(), |at| at + 1) };
    let keys = text[..header].trim_end();
    let end = keys.len();
    // Comments right above the header stay with it.
    let mut line = Line::at(text, end.min(header));
    while line.text.trim_start().starts_with('#') {
        match line.above(text) {
            Some(above) => line = above,
            None => return 0,
        }
    }
    if keys.is_empty() { 0 } else { (line.end() + 1).min(header) }
}

/// The range to take out for a key and its value, and what stands there without commas.
fn entry(text: &str, start: usize, end: usize) -> Option<(Range<usize>, &str)> {
    let entry = text.get(start..end)?;
    let line = Line::at(text, start);
    let after = &text[end..];
    if line.first() == start && after.trim_start_matches([' ', '\t']).starts_with(['\n', '\r', '#'])
        || (line.first() == start && after.trim().is_empty())
    {
        // A line of its own, with its comment.
        let stop = after.find('\n').map_or(text.len(), |at| end + at + 1);
        return Some((line.start..stop, text[start..stop].trim_end()));
    }
    let before = text[..start].trim_end();
    if let Some(before) = before.strip_suffix(',') {
        return Some((before.len()..end, entry));
    }
    let space = after.len() - after.trim_start().len();
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        let rest_space = rest.len() - rest.trim_start().len();
        return Some((start..end + space + 1 + rest_space, entry));
    }
    Some((start..end, entry))
}
