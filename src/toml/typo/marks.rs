//! Typos with what stands between words: equals signs, colons, commas, comments, spaces, and values without quotes.

use std::ops::Range;

use super::edited::Replacement;
use super::line::{Line, begins_with_key, ends_here, is_invisible, is_odd_space, is_quote};
use super::quotes::quoted;
use super::{BARE_WORD, Guess};
use crate::toml::foreign;
use crate::unit::literal;

pub(super) fn guesses(line: Line<'_>, certain: &mut Vec<Guess>, likely: &mut Vec<Guess>) {
    controls(line, certain);
    spaces(line, certain);
    comments(line, certain);
    decimal_comma(line, certain);
    colon(line, certain);
    equals(line, certain);
    number(line, certain);
    bare_word(line, certain);
    stray_words(line, likely);
    separators(line, likely);
}

/// Spaces that are none to TOML.
fn spaces(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let outside = line.outside();
    let odd: Vec<_> =
        line.text.char_indices().filter(|(at, c)| is_odd_space(*c) && outside.contains(at)).collect();
    if !odd.is_empty() {
        guesses.push(odd_spaces(line, &odd));
    }
}

/// Spaces at places of a line, typed as plain ones.
pub(super) fn odd_spaces(line: Line<'_>, odd: &[(usize, char)]) -> Guess {
    let (first, c) = odd[0];
    let changes = odd.iter().map(|(at, c)| {
        let place = line.start + at..line.start + at + c.len_utf8();
        Replacement::new(place, if is_invisible(*c) { "" } else { " " })
    });
    let what = match c {
        '\u{a0}' | '\u{202f}' => "a no-break space".to_owned(),
        '\u{200b}' => "a space without width".to_owned(),
        '\u{feff}' => "a byte order mark in the middle of the file".to_owned(),
        '\u{3000}' => "a wide space".to_owned(),
        c => format!("a space of another kind (U+{:04X})", c as u32),
    };
    Guess::new(
        "space",
        changes.collect(),
        format!("{what} stands here, which TOML does not take for a space"),
    )
    .at(line.start + first..line.start + first + c.len_utf8())
    .title("type plain spaces")
    .certain()
}

/// Control signs, which no text can have.
fn controls(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let is_control = |c: char| c.is_ascii_control() && c != '\t';
    let found: Vec<_> = line.text.char_indices().filter(|(_, c)| is_control(*c)).collect();
    let Some((first, c)) = found.first().copied() else { return };
    let place = |at: usize| line.start + at..line.start + at + 1;
    let changes = found.iter().map(|(at, _)| Replacement::new(place(*at), "")).collect();
    let message = format!("a control sign (U+{:04X}), which cannot be seen, stands here", c as u32);
    guesses.push(Guess::new("control", changes, message).at(place(first)).title("take it out").certain());
}

/// A line of words alone.
fn stray_words(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let words = line.text.trim();
    let is_words = words.starts_with(char::is_alphabetic)
        && words.contains(' ')
        && !words.contains(|c: char| is_quote(c) && c != '\'' && c != '’' || "=:{}[]()<>#".contains(c));
    if is_words {
        let at = line.first();
        guesses.push(
            Guess::new(
                "stray-words",
                vec![Replacement::insert(at, "# ")],
                "this line is neither a key with a value nor a step".to_owned(),
            )
            .at(at..at + words.len())
            .help("words to be spoken stand in a step: { say = \"…\", id = \"…\" }")
            .title("or, if it is a note for yourself, begin it with `#`"),
        );
    }
}

/// Comments of other languages.
fn comments(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for at in line.outside() {
        let rest = &line.text[at..];
        let Some(sign) = ["//", "/*", "<!--", "--", ";", "%"].into_iter().find(|sign| rest.starts_with(sign))
        else {
            continue;
        };
        let place = line.start + at..line.start + at + sign.len();
        if sign == ";" && is_empty(&rest[1..]) && ends_a_row(&line.text[..at]) {
            guesses.push(instead_of_comma(place, ';'));
            return;
        }
        // The rest of a table is no comment.
        if sign == ";" && (begins_with_key(&rest[1..]) || rest.contains('=')) {
            return;
        }
        let mut changes = vec![Replacement::new(place.clone(), "#")];
        for end in ["*/", "-->"] {
            if let Some(end_at) = rest.trim_end().strip_suffix(end) {
                let from = place.start + end_at.trim_end().len();
                changes.push(Replacement::new(from.max(place.end)..line.end(), ""));
            }
        }
        guesses.push(
            Guess::new("comment", changes, format!("`{sign}` begins no comment"))
                .at(place)
                .title("a comment begins with `#`")
                .certain(),
        );
        return;
    }
}

/// Whether nothing but a comment follows.
fn is_empty(rest: &str) -> bool {
    rest.trim_start().is_empty() || rest.trim_start().starts_with('#')
}

/// Whether a line up to some sign is a row of a list: a table within it, with its end.
fn ends_a_row(before: &str) -> bool {
    before.trim_start().starts_with(['{', '}']) && before.trim_end().ends_with('}')
}

/// A sign that stands where a comma belongs.
pub(super) fn instead_of_comma(place: Range<usize>, sign: char) -> Guess {
    Guess::new("comma", vec![Replacement::new(place, ",")], format!("a comma belongs here, not `{sign}`"))
        .title("type a comma")
        .certain()
}

/// Whether a sign is used in place of a comma somewhere.
pub(super) fn is_comma_like(c: char) -> bool {
    matches!(c, ';' | '，' | '；' | '、' | '､')
}

/// `6,5` behind an equals sign.
fn decimal_comma(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for (equals, after) in values(line) {
        let sign = usize::from(after.starts_with(['-', '+']));
        let whole = after[sign..].find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let comma = sign + whole;
        if whole == 0 || !after[comma..].starts_with(',') {
            continue;
        }
        let digits =
            after[comma + 1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len() - comma - 1);
        if digits == 0 {
            continue;
        }
        let end = comma + 1 + digits;
        let unit = after[end..].chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum::<usize>();
        let corrected = after[..end].replace(',', ".");
        let place = equals..equals + end + unit;
        let corrected =
            if unit > 0 { format!("\"{corrected}{}\"", &after[end..end + unit]) } else { corrected };
        guesses.push(
            Guess::new(
                "decimal-comma",
                vec![Replacement::new(place.clone(), corrected.clone())],
                "a decimal number has a point, not a comma".to_owned(),
            )
            .at(place)
            .title(format!("type {corrected}"))
            .certain(),
        );
    }
}

/// Each value of a line: where it begins in the file, and the rest of the line from there.
fn values(line: Line<'_>) -> Vec<(usize, &str)> {
    let outside = line.outside();
    let places = outside.into_iter().filter(|at| line.text[*at..].starts_with('='));
    places
        .map(|at| {
            let after = line.text[at + 1..].trim_start_matches([' ', '\t', '=', '>']);
            (line.start + line.text.len() - after.len(), after)
        })
        .collect()
}

/// The keys of a line: places of the file at which a word stands where a key may stand, with the rest behind the word.
fn keys(line: Line<'_>) -> Vec<(usize, usize, &str)> {
    let mut found = Vec::new();
    let outside = line.outside();
    let mut expects = true;
    let mut at = 0;
    while at < line.text.len() {
        let rest = &line.text[at..];
        let Some(c) = rest.chars().next() else { break };
        if !outside.contains(&at) {
            at += c.len_utf8();
            continue;
        }
        if expects && (c.is_alphabetic() || c == '_' || c == '"' || c == '\'') {
            let quote = if c == '"' || c == '\'' { c.len_utf8() } else { 0 };
            let mut word = rest[quote..]
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
                .map_or(rest.len(), |end| end + quote);
            if quote > 0 && rest[word..].starts_with(c) {
                word += 1;
            }
            found.push((line.start + at, line.start + at + word, &rest[word..]));
            at += word;
            expects = false;
            continue;
        }
        expects = matches!(c, '{' | ',') || (expects && c.is_whitespace());
        at += c.len_utf8();
    }
    found
}

/// `pause: 6`.
fn colon(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let mut changes = Vec::new();
    for (_, end, rest) in keys(line) {
        let gap = rest.len() - rest.trim_start().len();
        let Some(after) = rest.trim_start().strip_prefix(':') else { continue };
        let after = after.strip_prefix('=').unwrap_or(after);
        let sign = end + rest.len() - after.len();
        let space = if after.starts_with([' ', '\t']) { "" } else { " " };
        let before = if gap == 0 { " " } else { "" };
        changes.push(Replacement::new(end + gap..sign, format!("{before}={space}")));
    }
    let Some(first) = changes.first() else { return };
    let place = first.at.clone();
    guesses.push(
        Guess::new("colon", changes, "a value follows its key behind `=`, not `:`".to_owned())
            .at(place)
            .title("type `=`")
            .certain(),
    );
}

/// `pause == 6`, `pause => 6`, and `pause 6`.
fn equals(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for (start, end, rest) in keys(line) {
        let trimmed = rest.trim_start();
        let gap = rest.len() - trimmed.len();
        for sign in ["==", "=>", "->", "~", "+=", "=="] {
            if trimmed.starts_with(sign) {
                let place = end + gap..end + gap + sign.len();
                guesses.push(
                    Guess::new(
                        "equals",
                        vec![Replacement::new(place, "=")],
                        format!("`{sign}` stands where `=` belongs"),
                    )
                    .title("type `=`")
                    .certain(),
                );
            }
        }
        let value = trimmed
            .starts_with(|c: char| is_quote(c) || c.is_ascii_digit() || matches!(c, '{' | '[' | '-'))
            || trimmed.starts_with("true")
            || trimmed.starts_with("false");
        if value {
            let space = if gap == 0 { " = " } else { "= " };
            guesses.push(
                Guess::new(
                    "equals",
                    vec![Replacement::insert(end + gap, space)],
                    "`=` is missing between this key and its value".to_owned(),
                )
                .at(start..end)
                .title("add `=`")
                .certain(),
            );
        }
    }
}

/// Numbers in forms that TOML does not take.
fn number(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for (start, after) in values(line) {
        let end = after.find([' ', ',', '}', ']', '#', '\t']).unwrap_or(after.len());
        let typed = &after[..end];
        guesses.extend(odd_number(start, typed));
    }
}

/// A number that begins at a place of the file, in a form that TOML does not take: `07`, `6.`, `.5`.
pub(super) fn odd_number(start: usize, typed: &str) -> Option<Guess> {
    let digits = typed.trim_start_matches(['-', '+']);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let sign = &typed[..typed.len() - digits.len()];
    let whole = digits.split('.').next().unwrap_or_default().trim_start_matches('0');
    let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction.trim_end_matches('.'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if sign.contains('-') { "-" } else { "" };
    let corrected =
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    if corrected == typed || fraction.contains('.') {
        return None;
    }
    let place = start..start + typed.len();
    Some(
        Guess::new(
            "number",
            vec![Replacement::new(place, corrected.clone())],
            format!("{typed} is no number to TOML"),
        )
        .title(format!("type {corrected}"))
        .certain(),
    )
}

/// `safety = ja`, `keep = light`, `length = 5m`, `say = Adem in.`
fn bare_word(line: Line<'_>, guesses: &mut Vec<Guess>) {
    for (start, after) in values(line) {
        let Some(first) = after.chars().next() else { continue };
        if is_quote(first) || matches!(first, '{' | '[' | '#' | ',' | '}' | ']') {
            continue;
        }
        let ends = after.char_indices().map(|(at, _)| at).filter(|at| *at > 0 && ends_here(&after[*at..]));
        let Some(end) = ends.chain([after.len()]).next() else { continue };
        let word = after[..end].trim_end();
        if word.parse::<f64>().is_ok() || word == "true" || word == "false" || word.is_empty() {
            continue;
        }
        // Some other sign went wrong in it.
        if word.ends_with([';', '"', '\'']) || word.contains(['=', '{', '}', '\\']) {
            continue;
        }
        guesses.push(bare_value(start, word));
    }
}

/// A word without quotes that begins at a place of the file.
pub(super) fn bare_value(start: usize, word: &str) -> Guess {
    let place = start..start + word.len();
    if let Some(flag) = foreign::flag(word) {
        return Guess::new(
            "flag",
            vec![Replacement::new(place, flag.to_string())],
            format!("`{word}` is no word of TOML"),
        )
        .title(format!("type {flag}, without quotes"))
        .certain();
    }
    let bare = word.trim_matches(is_quote);
    let corrected =
        literal::nearest_duration(word).filter(|_| word.starts_with(|c: char| c.is_ascii_digit()));
    let corrected = corrected.unwrap_or_else(|| bare.to_owned());
    let guess = Guess::new(
        BARE_WORD,
        vec![Replacement::new(place, quoted(&corrected, false))],
        "a text stands in quotes".to_owned(),
    );
    // A date in the order of some country may be another day.
    if word.starts_with(|c: char| c.is_ascii_digit()) && word.matches(['-', '/']).count() == 2 {
        return guess.title("put quotes around it, and write a date as \"2026-11-30\"");
    }
    guess.title("put quotes around it").certain()
}

/// Commas that are missing, that stand twice, or that are another sign.
fn separators(line: Line<'_>, guesses: &mut Vec<Guess>) {
    let outside = line.outside();
    let signs: Vec<_> = line.text.char_indices().filter(|(at, _)| outside.contains(at)).collect();
    for (at, c) in &signs {
        let place = line.start + at..line.start + at + c.len_utf8();
        if is_comma_like(*c) || matches!(c, '.' | ':' | '|' | '<' | '`') {
            guesses.push(instead_of_comma(place, *c));
        }
    }
    for pair in signs.windows(2) {
        let [(at, one), (next, other)] = pair else { continue };
        // Where one value ends and a key begins.
        let ends = matches!(one, '"' | '\'' | '}' | ']') || one.is_alphanumeric();
        let gap = other.is_whitespace();
        // A comma inside a word would split it.
        if one.is_alphanumeric()
            && (other.is_alphanumeric() || *other == '_')
            && !(one.is_ascii_digit() && other.is_alphabetic())
        {
            continue;
        }
        let rest = &line.text[*next..];
        if ends && (gap || rest.starts_with(['{', '[']) || begins_with_key(rest)) {
            let follows = rest.trim_start();
            let starts = begins_with_key(follows)
                || follows.starts_with(['{', '[', '"', '\''])
                || follows.starts_with(|c: char| c.is_ascii_digit());
            if starts && !follows.is_empty() {
                let end = line.start + at + one.len_utf8();
                guesses.push(comma_at(end));
            }
        }
        if *one == ',' && *other == ',' {
            let place = line.start + next..line.start + next + 1;
            guesses.push(
                Guess::new("comma", vec![Replacement::new(place, "")], "one comma too many".to_owned())
                    .title("take one out")
                    .certain(),
            );
        }
    }
}

/// A comma that is missing at a place.
pub(super) fn comma_at(end: usize) -> Guess {
    Guess::new("comma", vec![Replacement::insert(end, ",")], "a comma is missing here".to_owned())
        .title("add the comma")
        .certain()
}
