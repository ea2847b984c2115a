//! Typos with brackets: of lists, of tables and of the headers of tables.

use std::ops::Range;

use super::Guess;
use super::edited::Replacement;
use super::line::{Line, begins_with_key, is_quote};
use super::marks::comma_at;
use super::quotes::too_many;
use super::row::{find, key_tail};
use crate::diag::nearest;
use crate::toml::foreign;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;

/// The header of a table as it was typed, whatever its brackets.
struct TypedHeader {
    /// The whole line, without a comment.
    start: usize,
    end: usize,
    name: String,
    typed: String,
}

fn header(line: Line<'_>) -> Option<TypedHeader> {
    let body = line.body();
    // What begins a comment elsewhere is told by itself.
    let typed = body.split(" //").next().unwrap_or(body).trim();
    let is_bracket = |c: char| matches!(c, '[' | ']' | '{' | '}' | '(' | ')' | '<' | '>');
    let name = typed.trim_matches(|c: char| is_bracket(c) || c.is_whitespace());
    let opens = typed.starts_with(is_bracket);
    let closes = typed.ends_with(is_bracket);
    // A part that was numbered, as in `[[part 2]]`.
    let name = match name.split_once(' ') {
        Some((first, number)) if opens && number.bytes().all(|byte| byte.is_ascii_digit()) => first,
        Some(_) | None => name,
    };
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"');
    if name.is_empty() || !(opens || closes) || !name.chars().all(is_path) {
        return None;
    }
    let start = line.first();
    Some(TypedHeader { start, end: start + typed.len(), name: name.to_owned(), typed: typed.to_owned() })
}

/// The name of a table alone on its line, without any brackets.
fn bare_header(line: Line<'_>, keys: &'static TableKeys) -> Option<TypedHeader> {
    let typed = line.body();
    let name = typed.trim_end_matches(':').trim_end();
    let is_table = |key: &Key| key.name == name && is_list(&key.kind) && key.kind.table().is_some();
    keys.keys.iter().any(is_table).then(|| TypedHeader {
        start: line.start,
        end: line.body_end(),
        name: name.to_owned(),
        typed: typed.to_owned(),
    })
}

/// How the header of a key is written: `[[part]]`, or `[publish]`.
fn written(key: &Key, path: &str) -> String {
    if is_list(&key.kind) { format!("[[{path}]]") } else { format!("[{path}]") }
}

/// The name in the header of a table, if a line is one.
pub(super) fn header_name(line: Line<'_>) -> Option<&str> {
    header(line)?;
    Some(line.body().trim_matches(|c: char| "[](){}<>".contains(c) || c.is_whitespace()))
}

pub(super) fn is_list(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Three(_))
}

/// Headers of the file that do not say what they mean: the wrong brackets, or a name that was misspelt or is that of
/// another language.
pub(super) fn headers(text: &str, keys: &'static TableKeys) -> Vec<Guess> {
    let mut found = Vec::new();
    let mut next = Some(Line::at(text, 0));
    while let Some(line) = next {
        next = line.below(text);
        if let Some(guess) = quote_in_header(line, keys) {
            found.push(guess);
            continue;
        }
        let Some(header) = header(line).or_else(|| bare_header(line, keys)) else { continue };
        if let Some(guess) = correct_header(&header, keys) {
            found.push(guess);
        }
    }
    found
}

/// A quote in a header, or beside it, that is a header without it.
fn quote_in_header(line: Line<'_>, keys: &'static TableKeys) -> Option<Guess> {
    let typed = line.text.trim_end();
    let mut quotes = typed.char_indices().filter(|(_, c)| is_quote(*c));
    let (at, quote) = quotes.next().filter(|_| quotes.next().is_none())?;
    let without = [&typed[..at], &typed[at + quote.len_utf8()..]].concat();
    let name = without.trim().trim_matches(['[', ']']);
    let key = keys.find(name.split('.').next()?)?;
    let inner = key.kind.table()?;
    let is_named = inner.named_values.is_some() && without.trim() == format!("[{name}]");
    (is_named || without.trim() == written(key, name)).then(|| too_many(line.start + at, quote).certain())
}

/// From the header before a place, or before the line above it, to the next one behind it: the bracket that is missing
/// there may have been forgotten in the table above.
pub(super) fn tables_around(text: &str, at: usize, keys: &'static TableKeys) -> Range<usize> {
    let is_header = |line: Line<'_>| {
        header(line).is_some_and(|header| {
            let first = header.name.split('.').next().unwrap_or_default();
            header.start == line.start && header.typed.starts_with('[') && keys.find(first).is_some()
        })
    };
    let error = Line::at(text, at);
    let mut first = error.above(text);
    while let Some(line) = first.filter(|line| !is_header(*line)) {
        first = line.above(text);
    }
    let mut next = error.below(text);
    while let Some(line) = next.filter(|line| !is_header(*line)) {
        next = line.below(text);
    }
    first.map_or(0, |line| line.start)..next.map_or(text.len(), |line| line.start)
}

fn correct_header(header: &TypedHeader, keys: &'static TableKeys) -> Option<Guess> {
    let (first, rest) = match header.name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (header.name.as_str(), None),
    };
    let tables = || keys.keys.iter().filter(|key| key.kind.table().is_some());
    let place = header.start..header.end;
    if let Some(key) = tables().find(|key| key.name == first) {
        if rest.is_some() && key.kind.table().is_some_and(|table| table.named_values.is_none()) {
            return None;
        }
        let right = written(key, &header.name);
        let typed: String = header.typed.chars().filter(|c| !c.is_whitespace()).collect();
        let named = key.kind.table().is_some_and(|inner| inner.named_values.is_some());
        let is_apart = is_list(&key.kind)
            && typed == right
            && !(header.typed.starts_with("[[") && header.typed.ends_with("]]"));
        if typed == right && !is_apart || (named && typed == format!("[{}]", header.name)) {
            return None;
        }
        let is_part = matches!(key.kind, Kind::Either(_));
        if is_part {
            return None;
        }
        let message = if typed.trim_end_matches(']').ends_with(|c: char| c.is_ascii_digit()) {
            format!("the header of a `{first}` has no number")
        } else if is_apart {
            "no space stands between the brackets of a header".to_owned()
        } else if is_list(&key.kind) {
            format!("a `{first}` begins with double brackets")
        } else if header.typed.starts_with("[[") && header.typed.ends_with("]]") {
            format!("`{first}` is there once: its header has single brackets")
        } else {
            "the brackets of this header do not match".to_owned()
        };
        return Some(
            Guess::new("header", vec![Replacement::new(place, right.clone())], message)
                .title(format!("type {right}"))
                .certain(),
        );
    }
    let names = || tables().map(|key| key.name);
    let lower = first.to_lowercase();
    let meant = names()
        .find(|name| *name == lower)
        .or_else(|| foreign::key(first, names()))
        .or_else(|| nearest(first, names()))?;
    if keys.find(first).is_some() {
        return None;
    }
    let key = keys.find(meant)?;
    let path = rest.map_or_else(|| meant.to_owned(), |rest| format!("{meant}.{rest}"));
    let right = written(key, &path);
    let message = format!("`{first}` is not a key of {}", keys.what);
    let title = format!("did you mean `{meant}`?");
    Some(Guess::new("key", vec![Replacement::new(place, right)], message).title(title).key().certain())
}

/// What a line could have been meant as, by its brackets.
pub(super) fn guesses(text: &str, line: Line<'_>, at: usize, likely: &mut Vec<Guess>) {
    missing_before_header(text, line, likely);
    for near in [Some(line), line.above(text)].into_iter().flatten() {
        wrong(near, likely);
        swapped(near, likely);
    }
    missing(text, line, at, likely);
    at_the_ends(text, line, likely);
}

/// A list or a table that nothing has closed when a header or a key at the start of a line comes.
fn missing_before_header(text: &str, line: Line<'_>, likely: &mut Vec<Guess>) {
    for here in [Some(line), line.above(text)].into_iter().flatten() {
        let is_header = header(here).is_some_and(|header| header.typed.starts_with('['));
        let at_end = here.end() >= text.trim_end().len();
        if !(is_header || at_end || (here.first() == here.start && begins_with_key(here.text))) {
            continue;
        }
        let last = if is_header || !at_end { here.above(text) } else { Some(here) };
        let Some(last) = last else { continue };
        for (close, message) in [
            ("\n]", "the `]` that ends this list is missing"),
            ("]", "the `]` that ends this list is missing"),
            ("}", "the `}` that ends this table is missing"),
            (" },\n]", "the brackets that end this step and its list are missing"),
            (" }\n]", "the brackets that end this step and its list are missing"),
            ("]]", "the `]]` that ends these lists is missing"),
        ] {
            let end = last.body_end();
            likely.push(
                Guess::new("bracket", vec![Replacement::insert(end, close)], message.to_owned())
                    .at(opening(text, end).unwrap_or(end..end))
                    .also(end..end, "it is missing here")
                    .title(format!("add `{}`", close.trim())),
            );
        }
    }
}

/// The bracket that is still open at a place: the last one that nothing has closed.
fn opening(text: &str, end: usize) -> Option<Range<usize>> {
    let mut open = Vec::new();
    let mut line = Line::at(text, 0);
    loop {
        let body = line.body().len();
        let is_header = header(line).is_some_and(|header| header.typed.starts_with('['));
        if is_header {
            open.clear();
        }
        for at in line.outside().into_iter().filter(|at| *at < body && !is_header) {
            match line.text.as_bytes()[at] {
                b'[' | b'{' => open.push(line.start + at),
                b']' | b'}' => drop(open.pop()),
                _ => {}
            }
        }
        match line.below(text) {
            Some(next) if next.start <= end => line = next,
            _ => break,
        }
    }
    open.last().filter(|at| **at < end).map(|at| *at..*at + 1)
}

/// Brackets of the wrong kind.
fn wrong(line: Line<'_>, likely: &mut Vec<Guess>) {
    let outside = line.outside();
    for (at, c) in line.text.char_indices().filter(|(at, _)| outside.contains(at)) {
        if !matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}') {
            continue;
        }
        let likely_ones: &[&str] = match c {
            '(' | '<' | '{' => &["{", "["],
            ')' | '>' | '}' => &["}", "]"],
            '[' => &["[", "{"],
            _ => &["]", "}"],
        };
        let others = likely_ones.iter().chain(&["{", "}", "[", "]"]).filter(|other| !other.starts_with(c));
        for other in others {
            let place = line.start + at..line.start + at + 1;
            let guess = Guess::new(
                "bracket",
                vec![Replacement::new(place, *other)],
                format!("`{c}` stands where `{other}` belongs"),
            )
            .title(format!("type `{other}`"));
            // One that opens in place of one that closes is no slip of the kind of bracket.
            let same_way = matches!(c, '(' | '<' | '[' | '{') == matches!(*other, "[" | "{");
            likely.push(if same_way { guess.certain() } else { guess });
        }
    }
    // Both of a pair.
    for (open, close, right) in
        [('(', ')', "{}"), ('(', ')', "[]"), ('[', ']', "{}"), ('{', '}', "[]"), ('<', '>', "{}")]
    {
        let mut signs = line.text.char_indices().filter(|(at, _)| outside.contains(at));
        let Some((start, _)) = signs.find(|(_, c)| *c == open) else { continue };
        let Some((end, _)) = signs.rfind(|(_, c)| *c == close) else { continue };
        let changes = vec![
            Replacement::new(line.start + start..line.start + start + 1, &right[..1]),
            Replacement::new(line.start + end..line.start + end + 1, &right[1..]),
        ];
        let (l, r) = right.split_at(1);
        let what = if l == "{" { "a table stands in `{ }`" } else { "a list stands in `[ ]`" };
        likely.push(
            Guess::new("bracket", changes, format!("{what}, not in `{open} {close}`"))
                .title(format!("type `{l}` and `{r}`"))
                .certain(),
        );
    }
}

/// The `[` of a list that is lost at the end of a line, or the `= [`: its key is there, and the first table of the list stands
/// below.
pub(super) fn lost_list(text: &str, line: Line<'_>, keys: &'static TableKeys) -> Option<Guess> {
    let above = line.above(text)?;
    let body = above.body().trim_end();
    let (before, lost) = match body.strip_suffix('=') {
        Some(before) => (before.trim_end(), " ["),
        None if key_tail(body) == body.trim_start() => (body, " = ["),
        None => return None,
    };
    let is_of_tables = |key: &Key| is_list(&key.kind) && key.kind.table().is_some();
    let takes_list = find(key_tail(before), keys).is_some_and(is_of_tables);
    let begins = line.body().trim_start().starts_with('{');
    (takes_list && begins).then(|| insertion(above.body_end(), lost, None).certain())
}

/// Brackets and commas that are missing in a line or at its end.
fn missing(text: &str, line: Line<'_>, at: usize, likely: &mut Vec<Guess>) {
    let above = line.above(text);
    if let Some(above) = above {
        likely.push(comma_at(above.body_end()));
        let end = above.body().trim_end_matches(',').trim_end().len() + above.start;
        for close in [" }", "]", "]]", "}]"] {
            likely.push(insertion(end, close, opening(text, end)));
        }
        likely.push(insertion(above.body_end(), " [", None));
        likely.push(insertion(above.body_end(), " },", opening(text, above.body_end())));
    }
    let body = line.body();
    let inner = line.start + body.trim_end_matches(',').trim_end().len();
    // A step without braces.
    if begins_with_key(body) && body.starts_with([' ', '\t']) && !body.ends_with(['[', '{']) {
        for close in [" }", " },"] {
            if close.ends_with(',') && body.ends_with(',') {
                continue;
            }
            let changes = vec![Replacement::insert(line.first(), "{ "), Replacement::insert(inner, close)];
            likely.push(
                Guess::new("braces", changes, "a step stands in `{ }`".to_owned())
                    .at(line.first()..inner)
                    .title("put braces around it")
                    .certain(),
            );
        }
    }
    for close in [" }", "]", "}", "]}", "}}", "}]", " } }"] {
        likely.push(insertion(inner, close, opening(text, inner)));
        if at != inner {
            likely.push(insertion(at, close, opening(text, at)));
        }
    }
    // Before the last closing brackets.
    let trimmed = body.trim_end_matches([',', ' ']);
    if trimmed.ends_with(['}', ']']) {
        let end = line.start + trimmed.len() - 1;
        let before = line.start + trimmed[..trimmed.len() - 1].trim_end().len();
        for close in [" }", "]"] {
            likely.push(insertion(before, close, opening(text, end)));
        }
    }
    for line in [Some(line), above].into_iter().flatten() {
        before_a_key(text, line, likely);
    }
    likely.push(insertion(line.first(), "{ ", None));
    likely.push(insertion(line.body_end(), " [", None));
    for (equals, _) in line.text.match_indices('=') {
        let value = line.text[equals + 1..].trim_start();
        let start = line.end() - value.len();
        likely.push(insertion(start, "[", None));
        // A word alone is a text without quotes.
        if begins_with_key(value) {
            likely.push(insertion(start, "{ ", None));
        }
    }
}

/// Brackets that are missing before the comma and the next key.
fn before_a_key(text: &str, line: Line<'_>, likely: &mut Vec<Guess>) {
    for at in line.outside() {
        if line.text[at..].strip_prefix(',').is_some_and(begins_with_key) {
            let end = line.start + line.text[..at].trim_end().len();
            for close in [" }", "]"] {
                likely.push(insertion(end, close, opening(text, end)));
            }
        }
    }
}

fn insertion(at: usize, signs: &str, opened: Option<Range<usize>>) -> Guess {
    let what = signs.trim();
    let guess =
        Guess::new("bracket", vec![Replacement::insert(at, signs)], format!("`{what}` is missing here"))
            .title(format!("add `{what}`"));
    match opened.filter(|_| signs.trim().starts_with(['}', ']'])) {
        Some(opened) => guess.also(opened, "it was opened here"),
        None => guess,
    }
}

/// Brackets too many.
fn at_the_ends(text: &str, line: Line<'_>, likely: &mut Vec<Guess>) {
    let outside = line.outside();
    for (at, c) in line.text.char_indices().filter(|(at, _)| outside.contains(at)) {
        if matches!(c, '[' | ']' | '{' | '}' | ')' | '(' | ',' | '=' | '"' | '\'') {
            let place = line.start + at..line.start + at + 1;
            likely.push(
                Guess::new("extra", vec![Replacement::new(place, "")], format!("one `{c}` too many"))
                    .title("take it out"),
            );
        }
    }
    // A bracket on a line of its own.
    if matches!(line.text.trim(), "]" | "}" | "]," | "},") && line.below(text).is_some() {
        let message = format!("one `{}` too many", line.text.trim());
        likely.push(
            Guess::new("extra", vec![Replacement::new(line.range(), "")], message).title("take it out"),
        );
    }
}

/// Two signs that were swapped.
fn swapped(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let signs: Vec<_> = line.text.char_indices().collect();
    for pair in signs.windows(2) {
        let [(first, one), (second, other)] = pair else { continue };
        if one == other || (one.is_alphanumeric() && other.is_alphanumeric()) {
            continue;
        }
        let place = line.start + first..line.start + second + other.len_utf8();
        guesses.push(
            Guess::new(
                "swapped",
                vec![Replacement::new(place, format!("{other}{one}"))],
                format!("`{one}` and `{other}` stand the wrong way round"),
            )
            .title("swap them"),
        );
    }
}

/// The last resort: a sign at the place of the error that is missing.
pub(super) fn any(line: Line<'_>, at: usize, last: &mut Vec<Guess>) {
    for place in [at, line.body_end(), line.first()] {
        for sign in ["\"", ",", "]", "}", "[", "{", "=", "'", "= "] {
            // A table begins with a key.
            let rest = line.text.get(place.saturating_sub(line.start)..).unwrap_or_default();
            if sign == "{" && !begins_with_key(rest) {
                continue;
            }
            last.push(insertion(place, sign, None));
        }
    }
}
