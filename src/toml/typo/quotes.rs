//! Typos with the quotes of a text.

use super::Guess;
use super::edited::Replacement;
use super::line::{Line, begins_with_key, ends_here, is_curly, is_quote};
use super::row::key_tail;
use crate::toml::home::keys_named;
use crate::toml::key::TableKeys;
use crate::toml::kind::Kind;

/// What a line could have been meant as, by its quotes.
pub(super) fn guesses(
    text: &str,
    line: Line<'_>,
    keys: &'static TableKeys,
    certain: &mut Vec<Guess>,
    likely: &mut Vec<Guess>,
) {
    let openers = openers(line.text);
    at_a_value(line, keys, certain);
    stray(line, likely);
    curly(line, &openers, certain);
    for &at in &openers {
        requote(line, at, certain);
    }
    for &at in &openers {
        join(text, line, at, certain);
        close(line, at, likely);
    }
    open(line, likely);
    backslash(line, certain);
    doubled(line, likely);
}

/// The places of quotes at which a text may begin: behind `=`, `:`, `[`, `,` or `(`.
fn openers(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if is_quote(c) && matches!(before, '=' | ':' | '[' | ',' | '(' | '＝' | '：' | '，') {
            found.push(at);
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    found
}

/// The first quote behind a place after which a text can end, and the byte after it.
fn closer(text: &str, from: usize) -> Option<(usize, usize)> {
    text[from..].char_indices().filter(|(_, c)| is_quote(*c)).find_map(|(at, c)| {
        let (start, end) = (from + at, from + at + c.len_utf8());
        ends_here(&text[end..]).then_some((start, end))
    })
}

/// Words as TOML takes them in straight quotes.
pub(super) fn quoted(words: &str, literal: bool) -> String {
    let mut text = String::from("\"");
    let mut escaped = false;
    for c in words.chars() {
        match c {
            '\\' if literal => text.push_str("\\\\"),
            '"' if literal || !escaped => text.push_str("\\\""),
            '\t' => text.push(' '),
            c => text.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    text.push('"');
    text
}

/// Whether the words of a text seem to hold its end and the next key: a quote, a comma or the like, a word, and before long
/// another quote or an equals sign.
pub(super) fn holds_entry(words: &str) -> bool {
    let quotes = words.char_indices().filter(|(_, c)| is_quote(*c));
    quotes.into_iter().any(|(at, c)| {
        let rest = words[at + c.len_utf8()..].trim_start();
        let Some(next) = rest.strip_prefix([',', ';', '，', '；', '、']) else { return false };
        let next = next.trim_start();
        let word = next.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let sign: String = word.trim_start().chars().take(5).collect();
        word.len() < next.len() && (sign.contains(is_quote) || sign.contains(['=', ':', '＝', '：']))
    })
}

/// Whether each straight quote within a text opens or closes words of it: `Zeg "ja" nu`, but not `id", "nu`.
pub(super) fn are_quotations(words: &str) -> bool {
    let mut opens = true;
    for (at, _) in words.match_indices('"').filter(|(at, _)| !words[..*at].ends_with('\\')) {
        let (before, after) = (words[..at].chars().next_back(), words[at + 1..].chars().next());
        let is_gap = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '-' | '—'));
        let fits = if opens {
            is_edge(before) && after.is_some_and(|c| !c.is_whitespace() && c != ',')
        } else {
            before.is_some_and(|c| !c.is_whitespace()) && is_gap(after)
        };
        if !fits {
            return false;
        }
        opens = !opens;
    }
    opens && !holds_entry(words)
}

/// Whether each apostrophe within a text stands between two letters.
fn are_apostrophes(words: &str) -> bool {
    words.match_indices('\'').all(|(at, _)| {
        words[..at].ends_with(char::is_alphabetic) && words[at + 1..].starts_with(char::is_alphabetic)
    })
}

/// All texts of the line in curly quotes, straightened together.
fn curly(line: Line<'_>, openers: &[usize], guesses: &mut Vec<Guess>) {
    let mut changes = Vec::new();
    let mut signs = String::new();
    let mut done = 0;
    for &at in openers {
        let Some(open) = line.text[at..].chars().next() else { continue };
        if at < done {
            continue;
        }
        let inside = at + open.len_utf8();
        let Some((close, end)) = closer(line.text, inside) else { continue };
        let last = &line.text[close..end];
        done = end;
        if !are_quotations(&line.text[inside..close]) {
            continue;
        }
        if is_curly(open) || last.chars().any(is_curly) {
            let whole = line.start + at..line.start + end;
            changes.push(Replacement::new(whole, quoted(&line.text[inside..close], open != '"')));
            signs = format!("{open}…{last}");
        }
    }
    if !changes.is_empty() {
        guesses.push(
            Guess::new("curly", changes, format!("`{signs}` are the quotes of a word processor"))
                .help("a text stands in straight quotes: type \"…\"")
                .title("write it in straight quotes")
                .certain(),
        );
    }
}

/// One text whose quotes do not match, or which has quotes in it.
fn requote(line: Line<'_>, at: usize, guesses: &mut Vec<Guess>) {
    let Some(open) = line.text[at..].chars().next() else { return };
    let inside = at + open.len_utf8();
    let mut from = inside;
    // The nearest end first; a text with quotes in it may end at a later one.
    for _ in 0..3 {
        let Some((close, end)) = closer(line.text, from) else { return };
        from = end;
        let words = &line.text[inside..close];
        let last = line.text[close..end].chars().next().unwrap_or(open);
        // A key within the words says that the text ended before it.
        if words.is_empty() || words.contains(" = ") {
            continue;
        }
        let (kind, message, help) = if open == '\'' && last == '\'' && words.contains('\'') {
            (
                "apostrophe",
                "the apostrophe ends this text".to_owned(),
                "a text with an apostrophe stands in double quotes",
            )
        } else if open != last {
            (
                "quotes",
                format!("this text begins with {open} and ends with {last}"),
                "a text begins and ends with \"",
            )
        } else if open == '"' && words.contains('"') {
            (
                "inner-quote",
                "a quote inside this text ends it".to_owned(),
                "write a quote inside a text as \\\", or use “ and ”",
            )
        } else if open != '"' && open != '\'' {
            ("quotes", format!("{open} begins no text"), "a text begins and ends with \"")
        } else {
            continue;
        };
        let whole = line.start + at..line.start + end;
        let change = Replacement::new(whole, quoted(words, open != '"'));
        let guess = Guess::new(kind, vec![change], message).help(help).title(help);
        // The text may have ended before, where what follows it went wrong too.
        let is_sure = are_quotations(words) && (kind != "apostrophe" || are_apostrophes(words));
        guesses.push(if is_sure { guess.certain() } else { guess });
    }
}

/// A text that goes on on the next lines.
fn join(text: &str, line: Line<'_>, at: usize, guesses: &mut Vec<Guess>) {
    let Some(open) = line.text[at..].chars().next() else { return };
    let inside = at + open.len_utf8();
    if closer(line.text, inside).is_some() || line.text[inside..].starts_with("\"\"") {
        return;
    }
    let mut changes = Vec::new();
    let mut above = line;
    for _ in 0..8 {
        let Some(next) = above.below(text) else { return };
        let words = next.text.trim();
        if begins_with_key(words) || words.starts_with(['{', '[', '#']) || words.starts_with("},") {
            return;
        }
        let end = above.start + above.text.trim_end().len();
        changes.push(Replacement::new(end..next.first(), if words.is_empty() { "" } else { " " }));
        if closer(next.text, 0).is_some() {
            let message = "a text stands on one line, and this one goes on on the next";
            guesses.push(
                Guess::new("line-break", changes, message.to_owned())
                    .at(line.start + at..line.end())
                    .title("write it on one line")
                    .certain(),
            );
            return;
        }
        above = next;
    }
}

/// One quote beside or inside a number or true or false, which stand without any.
fn at_a_value(line: Line<'_>, keys: &'static TableKeys, guesses: &mut Vec<Guess>) {
    let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | '#');
    for (sign, _) in line.text.match_indices(['=', '[', ',']) {
        let after = line.text[sign + 1..].trim_start();
        let value = after.strip_prefix(is_quote).map_or(after, str::trim_start);
        let word = &value[..value.find(is_end).unwrap_or(value.len())];
        let behind = value[word.len()..].trim_start();
        let rest = behind.strip_prefix(is_quote).map_or(behind, str::trim_start);
        let typed = &after[..after.len() - rest.len()];
        let mut quotes = typed.char_indices().filter(|(_, c)| is_quote(*c));
        let (Some((at, quote)), None) = (quotes.next(), quotes.next()) else { continue };
        let ends = rest.is_empty() || rest.starts_with([',', '}', ']', '#']);
        let word = word.replace(quote, "");
        if ends && kinds_behind(line.text, sign, keys).iter().any(|kind| kind.takes_bare(&word)) {
            let start = line.start + line.text.len() - after.len();
            let guess = too_many(start + at, quote);
            // 2'30 is two and a half minutes to its author, and 7' may be seven.
            let is_digit = |c: char| c.is_ascii_digit();
            let is_after_digit = typed[..at].ends_with(is_digit);
            let is_before_digit = typed[at + quote.len_utf8()..].starts_with(is_digit);
            let is_minutes = matches!(quote, '\'' | '’' | '‘' | '´' | '′');
            let may_be_a_time = is_after_digit && (is_before_digit || is_minutes);
            guesses.push(if may_be_a_time { guess } else { guess.certain() });
        }
    }
}

/// What the value behind an equals sign can be, or an item behind a bracket or a comma of a list on its line.
fn kinds_behind(text: &str, sign: usize, keys: &'static TableKeys) -> Vec<Kind> {
    let kinds = |before: &str| {
        keys_named(key_tail(before.trim_end()), keys).into_iter().map(|key| key.kind).collect::<Vec<_>>()
    };
    if text[sign..].starts_with('=') {
        return kinds(&text[..sign]);
    }
    let open = text[..=sign].rfind('[').filter(|open| !text[*open..sign].contains(']'));
    let before = open.and_then(|open| text[..open].trim_end().strip_suffix('='));
    before.map_or_else(Vec::new, |before| kinds(before).iter().filter_map(Kind::item).copied().collect())
}

/// Quotes that belong to no text: those that touch nothing but spaces, commas and brackets, and then each that begins and ends
/// no text in TOML.
fn stray(line: Line<'_>, guesses: &mut Vec<Guess>) {
    const MOST: usize = 40;
    let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']');
    let is_alone = |at: usize, quote: char| {
        let (before, after) = (&line.text[..at], &line.text[at + quote.len_utf8()..]);
        before.chars().next_back().is_none_or(is_gap) && after.chars().next().is_none_or(is_gap)
    };
    let quotes: Vec<_> = line.text.char_indices().filter(|(_, c)| is_quote(*c)).take(MOST).collect();
    let (alone, touching): (Vec<_>, Vec<_>) = quotes.into_iter().partition(|(at, c)| is_alone(*at, *c));
    let others = touching.into_iter().filter(|(_, c)| *c != '"');
    guesses.extend(alone.into_iter().chain(others).map(|(at, c)| too_many(line.start + at, c)));
}

/// A quote that is to be taken out.
pub(super) fn too_many(at: usize, quote: char) -> Guess {
    let change = Replacement::new(at..at + quote.len_utf8(), "");
    Guess::new("extra-quote", vec![change], format!("one `{quote}` too many")).title("take it out")
}

/// A quote that is missing behind a text.
fn close(line: Line<'_>, at: usize, guesses: &mut Vec<Guess>) {
    let Some(open) = line.text[at..].chars().next() else { return };
    let inside = at + open.len_utf8();
    let in_list = line.text[..at].trim_end().ends_with(['[', ',']);
    for (end, message) in breaks(&line.text[inside..], in_list) {
        let end = inside + end;
        let words = &line.text[inside..end];
        if words.contains('"') && open == '"' {
            break;
        }
        let whole = line.start + at..line.start + end;
        let comma = if message == END_AND_COMMA { "," } else { "" };
        let change = if open == '"' {
            Replacement::insert(line.start + end, format!("\"{comma}"))
        } else {
            Replacement::new(whole.clone(), quoted(words, true) + comma)
        };
        let title = format!("add the `\"{comma}`");
        guesses.push(Guess::new("open-text", vec![change], message.to_owned()).at(whole).title(title));
    }
}

const END_AND_COMMA: &str = "the `\",` that ends this text is missing";

/// Where a text that nothing ends may end.
fn breaks(text: &str, in_list: bool) -> Vec<(usize, &'static str)> {
    const MESSAGE: &str = "the `\"` that ends this text is missing";
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        let here = match c {
            ',' => {
                begins_with_key(&text[at + 1..])
                    || in_list && text[at + 1..].trim_start().starts_with(is_quote)
            }
            '}' | ']' => ends_here(&text[at + 1..]),
            _ => false,
        };
        if here {
            found.push((text[..at].trim_end().len(), MESSAGE));
        } else if c == ' ' && begins_with_key(&text[at + 1..]) && !text[..at].trim_end().ends_with(',') {
            found.push((text[..at].trim_end().len(), END_AND_COMMA));
        }
    }
    let end = text.trim_end();
    let end = end.strip_suffix(',').unwrap_or(end).trim_end();
    found.push((end.len(), MESSAGE));
    found.truncate(6);
    found
}

/// A quote that is missing before a text.
fn open(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for (at, _) in line.text.match_indices(['=', '[', ',']) {
        let after = &line.text[at + 1..];
        let words = after.trim_start();
        let start = line.text.len() - words.len();
        if words.is_empty() || words.starts_with(|c: char| is_quote(c) || matches!(c, '{' | '[' | '=' | '#'))
        {
            continue;
        }
        let Some(end) = words.find('"') else { continue };
        if words[..end].contains(['=', '{', '}']) || !ends_here(&words[end + 1..]) {
            continue;
        }
        let message = "the `\"` that begins this text is missing";
        guesses.push(
            Guess::new("open-text", vec![Replacement::insert(line.start + start, "\"")], message.to_owned())
                .at(line.start + start..line.start + start + end + 1)
                .title("add the `\"`"),
        );
    }
}

/// A backslash that stands for nothing.
fn backslash(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let mut changes = Vec::new();
    let mut skip = false;
    for (at, c) in line.text.char_indices() {
        if skip || c != '\\' {
            skip = false;
            continue;
        }
        let next = line.text[at + 1..].chars().next();
        if matches!(next, Some('"' | '\\' | 'n' | 't' | 'u' | 'U' | 'b' | 'f' | 'r' | 'e' | 'x')) {
            skip = true;
            continue;
        }
        let place = line.start + at..line.start + at + 1;
        let is_path = line.text[at + 1..].chars().take_while(|c| *c != '"').any(|c| c == '.')
            && next.is_some_and(char::is_alphanumeric);
        changes.push(Replacement::new(place, if is_path { "/" } else { "\\\\" }));
    }
    if !changes.is_empty() {
        guesses.push(
            Guess::new("backslash", changes, "a `\\` in a text begins a sign of its own".to_owned())
                .help("write paths with `/`, and a `\\` itself as `\\\\`")
                .title("write it so")
                .certain(),
        );
    }
}

/// A quote that was typed twice.
fn doubled(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for pair in ["\"\"", "''"] {
        for (at, _) in line.text.match_indices(pair) {
            let place = line.start + at..line.start + at + 1;
            let message = "one quote too many".to_owned();
            guesses.push(
                Guess::new("quote-twice", vec![Replacement::new(place.clone(), "")], message)
                    .at(place.start..place.end + 1)
                    .title("write it once"),
            );
        }
    }
}
