//! Keys that are misspelt, of another language, or at the wrong level, in a file that is valid TOML.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::edited::Replacement;
use super::line::Line;
use super::{Corrector, Guess};
use crate::diag::nearest;
use crate::toml::foreign;
use crate::toml::home::owner_of;
use crate::toml::key::{TableKeys, header_of};
use crate::toml::kind::Kind;
use crate::toml::table::is_name;
use crate::unit::literal::parse_duration;

/// The kind of keys that become the only item of a list.
pub(in crate::toml) const ITEM: &str = "item";

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
        if let Some(guess) = move_down(&unknown, table, text, levels.last()?) {
            return Some(guess);
        }
        let root = levels.first()?.keys;
        for (name, value) in unknown {
            // What is the key of another table is misplaced, not misspelt, unless it is another word for one of this table.
            let is_synonym = foreign::key(name.get_ref(), keys.names()).is_some();
            if owner_of(name.get_ref(), root).is_some() && !is_synonym {
                continue;
            }
            if let Some(guess) = rename(name.get_ref(), value.get_ref(), name.span(), text, levels.last()?) {
                return Some(guess);
            }
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

fn rename(name: &str, value: &DeValue<'_>, span: Range<usize>, text: &str, level: &Level) -> Option<Guess> {
    let near = meant(name, level.keys)?;
    let fits = |key: &str| level.keys.find(key).is_some_and(|key| suits(&key.kind, value));
    let lower = name.to_lowercase();
    // Of keys that are as near, the one that takes such a value is meant.
    let distance = |key: &str| strsim::damerau_levenshtein(&lower, key);
    let is_synonym = foreign::key(name, [near]).is_some();
    let is_free = |key: &str| !level.names.iter().any(|there| there == key);
    let mut as_near =
        level.keys.names().filter(|key| distance(key) <= distance(near) && is_free(key) && fits(key));
    let near = if is_synonym || fits(near) { near } else { as_near.next().unwrap_or(near) };
    if !is_free(near) {
        return None;
    }
    // The key of a header is corrected with its brackets.
    if Line::at(text, span.start).text.trim_start().starts_with('[') {
        return None;
    }
    let message = format!("`{name}` is not a key of {}", level.keys.what);
    let guess = Guess::new("key", vec![Replacement::new(span, near)], message)
        .title(format!("did you mean `{near}`?"))
        .key();
    // Of two keys that are as near, either may be meant.
    let mut rivals = level.keys.names().filter(|key| *key != near && distance(key) <= distance(near));
    let is_only = is_synonym || rivals.all(|rival| fits(near) && !fits(rival));
    let fits = level.keys.find(near).is_some_and(|key| takes(&key.kind, value));
    Some(if is_only && fits { guess.certain() } else { guess })
}

/// Whether a value is one that a key takes, by its content.
fn suits(kind: &Kind, value: &DeValue<'_>) -> bool {
    let DeValue::String(text) = value else { return takes(kind, value) };
    match kind {
        Kind::Either(kinds) => kinds.iter().any(|kind| suits(kind, value)),
        Kind::Clock | Kind::Time | Kind::TimeWithin(..) => {
            parse_duration(text).is_ok() || text.starts_with("end")
        }
        Kind::Name => is_name(text),
        Kind::OneOf(words) => words.contains(&text.as_ref()),
        Kind::Whole(..) | Kind::Number(..) | Kind::Level(..) => text.trim().parse::<f64>().is_ok(),
        Kind::Words | Kind::Language | Kind::Flag | Kind::List(_) | Kind::Three(_) | Kind::Table(_) => {
            takes(kind, value)
        }
    }
}

/// Whether a value is of the kind that a key takes, its form aside.
fn takes(kind: &Kind, value: &DeValue<'_>) -> bool {
    match kind {
        Kind::Either(kinds) => kinds.iter().any(|kind| takes(kind, value)),
        Kind::Flag => match value {
            DeValue::Boolean(_) => true,
            DeValue::String(text) => foreign::flag(text).is_some(),
            DeValue::Integer(number) => matches!(number.as_str(), "0" | "1"),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => false,
        },
        Kind::Table(_) => value.is_table() || value.is_array(),
        Kind::List(_) | Kind::Three(_) => !value.is_table(),
        Kind::Whole(..)
        | Kind::Number(..)
        | Kind::Level(..)
        | Kind::Time
        | Kind::TimeWithin(..)
        | Kind::Clock => !matches!(value, DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_)),
        Kind::Words | Kind::Name | Kind::Language | Kind::OneOf(_) => value.is_str(),
    }
}

/// Keys that belong into the table of a key of theirs: `in = 4, out = 6` of a `breathe`.
fn move_down(
    unknown: &[&(&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)],
    table: &DeTable<'_>,
    text: &str,
    level: &Level,
) -> Option<Guess> {
    let first = unknown.first()?;
    // Where the key is there with another value, that one is the first of its table: `pause = 7, most = 20`.
    let fits = |key: &&crate::toml::key::Key| {
        let Some(inner) = key.kind.table() else { return false };
        let owns = unknown.iter().all(|(name, _)| inner.find(name.get_ref()).is_some());
        let there = table.iter().find(|(name, _)| name.get_ref() == key.name);
        // As the only item of a list, where there is none yet.
        if key.kind.takes_list() {
            return owns && there.is_none() && header_of(key.example).is_none();
        }
        owns && there.is_none_or(|(_, value)| {
            let lead = inner.keys.first();
            lead.is_some_and(|lead| {
                takes(&lead.kind, value.get_ref())
                    && !value.get_ref().is_table()
                    && !unknown.iter().any(|(name, _)| name.get_ref() == lead.name)
            })
        })
    };
    let mut homes = level.keys.keys.iter().filter(fits);
    let (home, None) = (homes.next()?, homes.next()) else { return None };
    let there = table.iter().find(|(name, _)| name.get_ref() == home.name);
    let entries = unknown.iter().map(|(name, value)| (name.span(), value.span()));
    let mut entries: Vec<_> = entries.chain(there.map(|(name, value)| (name.span(), value.span()))).collect();
    entries.sort_by_key(|(name, _)| name.start);
    let (open, close) = if home.kind.takes_list() { ("[{ ", " }]") } else { ("{ ", " }") };
    let mut changes = vec![Replacement::insert(entries[0].0.start, format!("{} = {open}", home.name))];
    for pair in entries.windows(2) {
        let between = pair[0].1.end..pair[1].0.start;
        let typed = text.get(between.clone())?;
        if !typed.chars().all(|c| c == ',' || c.is_whitespace()) {
            return None;
        }
        if typed != ", " {
            changes.push(Replacement::new(between, ", "));
        }
    }
    if let Some((name, _)) = there {
        changes.push(Replacement::new(name.span(), home.kind.table()?.keys.first()?.name));
    }
    changes.push(Replacement::insert(entries.last()?.1.end, close));
    let list: Vec<_> = unknown.iter().map(|(name, _)| format!("`{}`", name.get_ref())).collect();
    let belong = if list.len() == 1 { "belongs" } else { "belong" };
    let names = crate::toml::table::join(&list, "and");
    let message = if home.kind.takes_list() {
        let item = home.kind.table()?.what;
        format!("{names} {belong} into {item}: `{} = [{{ … }}]`", home.name)
    } else {
        format!("{names} {belong} into the table of a key: `{} = {{ … }}`", home.name)
    };
    let kind = if home.kind.takes_list() { ITEM } else { "level" };
    let guess = Guess::new(kind, changes, message)
        .at(first.0.span())
        .title(format!("write {} there", if list.len() == 1 { "it" } else { "them" }))
        .key();
    Some(if kind == ITEM { guess.certain() } else { guess })
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
