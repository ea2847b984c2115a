//! Keys and lines that stand twice. Nothing but taking one out answers them, or the header that is missing between.

use std::ops::Range;

use super::Guess;
use super::brackets::{header_name, is_list};
use super::edited::{ParseError, Replacement};
use super::line::{Line, begins_with_key};
use crate::toml::key::TableKeys;

/// A key that the parser calls a duplicate.
pub(super) fn key(text: &str, error: &ParseError, keys: &'static TableKeys) -> Option<Guess> {
    let name = text.get(error.at..error.end).filter(|name| !name.is_empty())?;
    let line = Line::at(text, error.at);
    let first = first_of(text, name, error.at);
    let told = |changes, more: &str| {
        let message = format!("`{name}` stands here twice{more}");
        let guess = Guess::new("twice", changes, message).at(error.at..error.end);
        match first.clone() {
            Some(first) => guess.also(first, "the first one"),
            None => guess,
        }
    };
    let is_first = line.first() == error.at;
    if !is_first && line.text.trim_start().starts_with('[') && header_name(line).is_some() {
        let table = vec![Replacement::new(line.start..next_header(text, line), "")];
        return Some(told(table, "").help("write the keys of both below one of them").told_only());
    }
    let end = value_end(text, error.end)?;
    if is_first && let Some(header) = missing_header(text, line, keys) {
        let change = Replacement::insert(line.start, format!("{header}\n"));
        return Some(told(vec![change], &format!(": is a {header} missing above it?")).title("add it"));
    }
    let last = Line::at(text, end);
    let behind = text[end..last.end()].trim_start();
    let before = text[..error.at].trim_end();
    let range = if is_first && (behind.is_empty() || behind.starts_with('#')) {
        line.start..(last.end() + 1).min(text.len())
    } else if before.ends_with(',') {
        before.len() - 1..end
    } else {
        let rest = text[end..].trim_start().strip_prefix(',').map_or(&text[end..], str::trim_start);
        error.at..text.len() - rest.len()
    };
    let value = |from: usize| value_end(text, from).map(|to| text[from..to].trim_start_matches([' ', '=']));
    let same = first.clone().is_some_and(|first| value(first.end) == value(error.end));
    let guess = told(vec![Replacement::new(range, "")], "").title("keep one of the two");
    Some(if same { guess.certain() } else { guess })
}

/// A line that opens a list or a table, typed twice.
pub(super) fn line(text: &str, here: Line<'_>) -> Option<Guess> {
    let pairs = [(here.above(text), Some(here)), (Some(here), here.below(text))];
    pairs.into_iter().find_map(|(one, other)| {
        let (one, other) = (one?, other?);
        let typed = other.body().trim();
        let is_opening = typed.ends_with(['[', '{']) && begins_with_key(typed);
        (is_opening && one.body().trim() == typed).then(|| {
            let end = (other.end() + 1).min(text.len());
            Guess::new(
                "twice",
                vec![Replacement::new(other.start..end, "")],
                format!("`{typed}` stands here twice"),
            )
            .at(other.first()..other.body_end())
            .also(one.first()..one.body_end(), "the first one")
            .title("take one out")
            .certain()
        })
    })
}

/// Where the same key stands before a place.
fn first_of(text: &str, name: &str, before: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text[..before].rmatch_indices(name).map(|(at, _)| at..at + name.len()).find(|range| {
        let rest = text[range.end..].trim_start_matches([' ', '\t']);
        !text[..range.start].ends_with(is_part) && rest.starts_with(['=', ']'])
    })
}

/// Where the value of a key ends that stands before `from`.
fn value_end(text: &str, from: usize) -> Option<usize> {
    let start =
        text.len() - text[from..].trim_start().strip_prefix('=')?.trim_start_matches([' ', '\t']).len();
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text[start..].char_indices() {
        let at = start + at;
        if let Some(open) = quote {
            if c == '\n' {
                return None;
            }
            if c == open && !escaped {
                quote = None;
            }
            escaped = c == '\\' && open == '"' && !escaped;
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '[' | '{' => depth += 1,
            ']' | '}' if depth > 0 => depth -= 1,
            ',' | ']' | '}' | '\n' | '#' if depth == 0 => {
                return Some(start + text[start..at].trim_end().len());
            }
            _ => {}
        }
    }
    (depth == 0 && quote.is_none()).then(|| text.trim_end().len().max(start))
}

fn next_header(text: &str, line: Line<'_>) -> usize {
    let mut next = line.below(text);
    while let Some(line) = next {
        if header_name(line).is_some() && line.text.starts_with('[') {
            return line.start;
        }
        next = line.below(text);
    }
    text.len()
}

/// The header of a list that is missing above a line: what follows has several keys that the table above has too, or keys
/// that it does not know.
fn missing_header(text: &str, line: Line<'_>, keys: &'static TableKeys) -> Option<String> {
    let top = |from: usize, to: usize| -> Vec<&str> {
        let lines = text[from..to].lines().filter(|line| begins_with_key(line) && !line.starts_with(' '));
        lines.filter_map(|line| line.split(['=', ':', ' ']).next()).collect()
    };
    let block = top(line.start, next_header(text, line));
    let mut above = line.above(text);
    while let Some(other) =
        above.filter(|other| header_name(*other).is_none() || !other.text.starts_with('['))
    {
        above = other.above(text);
    }
    let before = top(above.map_or(0, |header| header.start), line.start);
    let (own, list) = if let Some(name) = above.and_then(header_name) {
        let key = keys.find(name)?;
        (key.kind.table()?, is_list(&key.kind).then_some(key))
    } else {
        let takes = |table: &TableKeys| block.iter().all(|name| table.find(name).is_some());
        let lists = || keys.keys.iter().filter(|key| is_list(&key.kind));
        (keys, lists().find(|key| key.kind.table().is_some_and(takes)))
    };
    let again = block.iter().filter(|name| before.contains(name)).count();
    let other = block.iter().filter(|name| own.find(name).is_none()).count();
    // A list over several lines is not typed twice by mistake.
    let enough = if line.body().trim_end().ends_with('[') { 1 } else { 2 };
    list.filter(|_| again + other >= enough).map(|key| format!("[[{}]]", key.name))
}
