//! A line read leniently. Where every slip of it has one reading alone, they are all corrected together, before any guess
//! that moves a quote or a bracket is tried.

use super::edited::Replacement;
use super::line::{Line, is_curly, is_odd_space, is_quote};
use super::marks::{bare_value, instead_of_comma, is_comma_like, odd_number, odd_spaces};
use super::quotes::{are_quotations, holds_entry, quoted};
use super::{BARE_WORD, Guess};
use crate::toml::home::owner_of;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;

/// What is wrong with a line of which all can be read; nothing for any other line.
pub(super) fn guesses(line: Line<'_>, root: &'static TableKeys) -> Vec<Guess> {
    let mut row = Row {
        line,
        at: 0,
        root,
        is_top: false,
        value_end: 0,
        has_comma: false,
        spaces: Vec::new(),
        curly: Vec::new(),
        signs: String::new(),
        colons: Vec::new(),
        commas: Vec::new(),
        comma_sign: ',',
        others: Vec::new(),
    };
    match row.whole() {
        Some(()) => row.into_guesses(),
        None => Vec::new(),
    }
}

/// A line as far as it has been read, and the slips in it.
struct Row<'a> {
    line: Line<'a>,
    /// In bytes from the start of the line.
    at: usize,
    root: &'static TableKeys,
    /// Whether it is a key of a table with a header, which stands alone on its line.
    is_top: bool,
    /// Where the last value ended.
    value_end: usize,
    /// Whether the comma behind the last value stands inside its quotes.
    has_comma: bool,
    spaces: Vec<(usize, char)>,
    curly: Vec<Replacement>,
    /// The quotes that the first of them has.
    signs: String,
    colons: Vec<Replacement>,
    commas: Vec<Replacement>,
    comma_sign: char,
    others: Vec<Guess>,
}

impl<'a> Row<'a> {
    fn rest(&self) -> &'a str {
        &self.line.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn is_over(&self) -> bool {
        matches!(self.peek(), None | Some('#'))
    }

    /// A place of the line as one of the file.
    fn place(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        self.line.start + from..self.line.start + to
    }

    fn space(&mut self) {
        while let Some(c) = self.peek() {
            if is_odd_space(c) {
                self.spaces.push((self.at, c));
            } else if c != ' ' && c != '\t' {
                return;
            }
            self.at += c.len_utf8();
        }
    }

    fn whole(&mut self) -> Option<()> {
        if self.line.text.starts_with('[') {
            self.header()?;
        } else {
            self.beginning()?;
        }
        while !self.is_over() {
            match self.peek()? {
                '{' => self.value(None, true)?,
                '(' if starts_entry(&self.rest()[1..], self.root) => self.parenthesized(true)?,
                '}' | ']' if !self.is_top => {
                    self.at += 1;
                    self.value_end = self.at;
                }
                c if c.is_alphabetic() || c == '_' || is_quote(c) => self.entry()?,
                _ => return None,
            }
            self.space();
            if self.is_top {
                if !self.is_over() {
                    self.line_break()?;
                }
                continue;
            }
            self.separator(true)?;
            self.space();
        }
        Some(())
    }

    /// What stands before the first key or step of the line.
    fn beginning(&mut self) -> Option<()> {
        self.space();
        self.bullet();
        while matches!(self.peek(), Some('}' | ']')) {
            self.at += 1;
            self.value_end = self.at;
            self.space();
        }
        if self.at > 0 && self.value_end == self.at || self.value_end > 0 {
            self.separator(true)?;
            self.space();
        }
        self.is_top = self.at == 0 || self.line.text[..self.at].chars().all(is_odd_space);
        Some(())
    }

    /// The number or the bullet of a step, as lists have them elsewhere.
    fn bullet(&mut self) {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let sign = rest[digits..].chars().next().unwrap_or(' ');
        let is_sign = if digits > 0 { matches!(sign, '.' | ')') } else { matches!(sign, '-' | '*' | '•') };
        let after = &rest[digits + sign.len_utf8().min(rest.len() - digits)..];
        if !is_sign || !after.trim_start().starts_with('{') {
            return;
        }
        let end = self.line.text.len() - after.trim_start().len();
        let typed = rest[..digits + sign.len_utf8()].to_owned();
        let place = self.place(self.at, end);
        self.others.push(
            Guess::new(
                "bullet",
                vec![Replacement::new(place, "")],
                format!("a step has no `{typed}` before it"),
            )
            .title("take it out")
            .certain(),
        );
        self.at = end;
    }

    /// Keys with their values, up to a bracket or the end of the line.
    fn entries(&mut self, close: char) -> Option<()> {
        self.each(close, false, Self::entry)
    }

    /// The values of a list.
    fn items(&mut self, close: char) -> Option<()> {
        self.each(close, true, |row| row.value(None, true))
    }

    /// What stands between commas, up to a bracket or the end of the line.
    fn each(&mut self, close: char, in_list: bool, one: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        loop {
            self.space();
            if self.is_over() {
                return Some(());
            }
            if self.peek() == Some(close) {
                self.at += 1;
                return Some(());
            }
            one(self)?;
            self.space();
            self.separator(in_list)?;
        }
    }

    /// What stands behind a value.
    fn separator(&mut self, in_list: bool) -> Option<()> {
        let has_comma = std::mem::take(&mut self.has_comma);
        match self.peek() {
            None | Some('#' | '}' | ']' | ')') => {}
            Some(',') => {
                self.at += 1;
                self.more_commas(in_list);
            }
            Some(_) if has_comma => {}
            Some(c) if is_comma_like(c) => {
                let end = self.at + c.len_utf8();
                let after = &self.line.text[end..];
                let space = if after.is_empty() || after.starts_with(char::is_whitespace) { "" } else { " " };
                let place = self.place(self.at, end);
                if self.commas.is_empty() {
                    self.comma_sign = c;
                }
                self.commas.push(Replacement::new(place, format!(",{space}")));
                self.at = end;
            }
            Some(c) => {
                let is_next = starts_entry(self.rest(), self.root) || (in_list && c == '{');
                if !is_next || self.value_end == 0 {
                    return None;
                }
                let place = self.place(self.value_end, self.value_end);
                let gap = if self.value_end == self.at { ", " } else { "," };
                self.others.push(
                    Guess::new(
                        "comma",
                        vec![Replacement::new(place, gap)],
                        "a comma is missing here".to_owned(),
                    )
                    .title("add the comma")
                    .certain(),
                );
            }
        }
        Some(())
    }

    /// Commas right behind a comma.
    fn more_commas(&mut self, in_list: bool) {
        loop {
            let rest = self.rest();
            let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let Some(after) = rest[gap..].strip_prefix(',') else { return };
            let comma = self.place(self.at + gap, self.at + gap + 1);
            let place = self.place(self.at, self.at + gap + 1);
            // A number of a list may have been forgotten between them.
            let is_number = in_list && after.trim_start().starts_with(|c: char| c.is_ascii_digit());
            let guess =
                Guess::new("comma", vec![Replacement::new(place, "")], "one comma too many".to_owned())
                    .at(comma)
                    .title("take it out");
            self.others.push(if is_number { guess } else { guess.certain() });
            self.at += gap + 1;
        }
    }

    /// The line break that is missing before the next key of a table with a header, or behind its header.
    fn line_break(&mut self) -> Option<()> {
        let rest = self.rest();
        let next = rest.trim_start_matches([',', ';', ' ', '\t']);
        let (word, _) = key_word(next)?;
        let name = word.trim_matches(is_quote);
        let behind = next[word.len()..].trim_start();
        let is_known = find(name, self.root).is_some();
        let is_key = behind.starts_with('=') || is_known && behind.starts_with(':');
        if self.value_end == 0 || !is_key || self.spaces.iter().any(|(at, _)| *at >= self.value_end) {
            return None;
        }
        let start = self.at + rest.len() - next.len();
        let change = Replacement::new(self.place(self.value_end, start), "\n");
        let place = self.place(start, start + word.len());
        self.others.push(
            Guess::new("line-break", vec![change], format!("a line break is missing before `{name}`"))
                .at(place)
                .title("begin a new line there")
                .certain(),
        );
        self.at = start;
        Some(())
    }

    /// The header of a table at the start of the line, where something follows it.
    fn header(&mut self) -> Option<()> {
        let close = self.line.text.find(']')?;
        let end =
            close + self.line.text[close..].len() - self.line.text[close..].trim_start_matches(']').len();
        let name = self.line.text[..end].trim_matches(|c: char| "[] ".contains(c));
        let first = name.split('.').next().unwrap_or_default();
        self.root.find(first).filter(|key| key.kind.table().is_some())?;
        (self.at, self.value_end, self.is_top) = (end, end, true);
        self.space();
        self.line_break()
    }

    /// A key, its sign and its value.
    fn entry(&mut self) -> Option<()> {
        let start = self.at;
        let before = self.value_end;
        if let Some(say) = self.lost_say() {
            return self.value(Some(say), false);
        }
        let name = self.key()?;
        let key = find(&name, self.root);
        let end = self.at;
        self.space();
        // A comma in place of `=` stands before a value.
        let lacks_value = |row: &Self| {
            let rest = row.rest().strip_prefix(',');
            row.peek() == Some('}')
                || rest.is_some_and(|rest| !starts_value(rest) || starts_entry(rest, row.root))
        };
        if key.is_some() && lacks_value(self) {
            self.without_value(start, before, &name, key);
            return Some(());
        }
        self.sign(end, key.is_some())?;
        self.space();
        if lacks_value(self) || key.is_some() && self.is_top && self.is_over() {
            self.without_value(start, before, &name, key);
            return Some(());
        }
        self.value(key, false)
    }

    /// A text at the start of a step, whose `say =` is missing, is told.
    fn lost_say(&mut self) -> Option<&'static Key> {
        let say = find("say", self.root)?;
        let rest = self.rest();
        let open = rest.chars().next().filter(|c| is_quote(*c))?;
        let is_first = self.line.text[..self.at].trim() == "{";
        let has_space = rest[open.len_utf8()..].split(is_quote).next().is_some_and(|text| text.contains(' '));
        if !is_first || starts_entry(rest, self.root) {
            return None;
        }
        let change = Replacement::insert(self.line.start + self.at, "say = ");
        let place = self.place(self.at, self.at + open.len_utf8());
        let guess = Guess::new("no-key", vec![change], "`say =` is missing before this text".to_owned())
            .at(place)
            .title("add it");
        // A word alone may be a name.
        self.others.push(if has_space { guess.certain() } else { guess });
        Some(say)
    }

    /// The word of a key.
    fn key(&mut self) -> Option<String> {
        let start = self.at;
        let (word, quotes) = key_word(self.rest())?;
        let name = word.trim_matches(is_quote).to_owned();
        self.at += word.len();
        if quotes && word.chars().any(is_curly) {
            let place = self.place(start, self.at);
            self.others.push(
                Guess::new(
                    "curly-key",
                    vec![Replacement::new(place, name.as_str())],
                    "a key stands without quotes".to_owned(),
                )
                .title(format!("type `{name}`"))
                .certain(),
            );
        }
        if !quotes && let Some((whole, gap, second)) = split_key(&name, self.rest(), self.root) {
            let place = self.place(self.at, self.at + gap);
            self.at += gap + second;
            self.others.push(
                Guess::new(
                    "key-space",
                    vec![Replacement::new(place, "")],
                    format!("a space stands inside the key `{whole}`"),
                )
                .title("take it out")
                .certain(),
            );
            return Some(whole);
        }
        Some(name)
    }

    /// A key that has no value: it is passed over.
    fn without_value(&mut self, start: usize, before: usize, name: &str, key: Option<&'static Key>) {
        let is_first = before == 0 || !self.line.text[before..start].trim_start().starts_with(',');
        let (from, to) = match self.peek() {
            Some(',') if is_first => {
                let rest = &self.rest()[1..];
                (start, self.line.text.len() - rest.trim_start().len())
            }
            _ => (if is_first { start } else { before }, self.at),
        };
        let help = match key {
            Some(key) => format!("write a value, such as `{} = {}`", key.name, key.example),
            None => format!("write a value: `{name} = …`"),
        };
        let end = start + self.line.text[start..self.at].trim_end().len();
        let place = self.place(start, end);
        self.others.push(
            Guess::new(
                "no-value",
                vec![Replacement::new(self.place(from, to), "")],
                format!("`{name}` has no value"),
            )
            .at(place)
            .help(&help)
            .told_only(),
        );
        // What comes next follows the value before.
        if self.peek() == Some(',') && is_first {
            self.at = to;
            self.at -= self.line.text[..to].len() - self.line.text[..to].trim_end().len();
            self.value_end = 0;
        } else {
            self.value_end = before;
        }
    }

    /// The sign between a key that ends at `end` and its value.
    fn sign(&mut self, end: usize, is_known: bool) -> Option<()> {
        let rest = self.rest();
        let gap = self.at - end;
        if let Some(after) = rest.strip_prefix('=')
            && !after.trim_start().starts_with(['=', '>'])
        {
            self.at += 1;
            return Some(());
        }
        let sign = sign_of(rest, is_known)?;
        let is_colon = matches!(sign, ":" | ":=" | "：");
        let after = &rest[sign.len()..];
        let before = if gap == 0 { " " } else { "" };
        let behind = if after.starts_with(|c: char| c.is_whitespace()) || sign.is_empty() && gap == 0 {
            ""
        } else {
            " "
        };
        let behind = if sign.is_empty() { " " } else { behind };
        let place = self.place(self.at, self.at + sign.len());
        let change = Replacement::new(place, format!("{before}={behind}"));
        self.at += sign.len();
        if is_colon {
            self.colons.push(change);
            return Some(());
        }
        let guess = if sign.is_empty() {
            let key = self.line.text[..end].trim_end();
            let start = key.len() - key_tail(key).len();
            Guess::new("equals", vec![change], "`=` is missing between this key and its value".to_owned())
                .at(self.place(start, end))
                .title("add `=`")
        } else {
            Guess::new("equals", vec![change], format!("`{sign}` stands where `=` belongs")).title("type `=`")
        };
        self.others.push(guess.certain());
        Some(())
    }

    /// A value; in a list, or behind a key.
    fn value(&mut self, key: Option<&'static Key>, in_list: bool) -> Option<()> {
        let c = self.peek()?;
        match c {
            '{' if self.numbers_in_braces() => {}
            '{' => {
                self.at += 1;
                self.entries('}')?;
            }
            '[' => {
                self.at += 1;
                self.items(']')?;
            }
            '(' => {
                let kind = key?.kind;
                let is_table = kind.table().is_some() && starts_entry(&self.rest()[1..], self.root);
                if !is_table && !kind.takes_list() {
                    return None;
                }
                self.parenthesized(is_table)?;
            }
            c if is_quote(c) => self.text(c, in_list)?,
            _ => self.bare(key, in_list)?,
        }
        self.value_end = self.at;
        Some(())
    }

    /// Numbers alone in braces are read as a list; what they were meant as is for the reader of their key.
    fn numbers_in_braces(&mut self) -> bool {
        let Some(close) = self.rest().find('}') else { return false };
        let inside = &self.rest()[1..close];
        let is_number = |word: &str| word.trim().parse::<f64>().is_ok();
        if !inside.contains(',') || !inside.split(',').all(is_number) {
            return false;
        }
        let (start, end) = (self.at, self.at + close);
        let changes = vec![
            Replacement::new(self.place(start, start + 1), "["),
            Replacement::new(self.place(end, end + 1), "]"),
        ];
        let message = "a list stands in `[ ]`, not in `{ }`".to_owned();
        self.others.push(Guess::new(BARE_WORD, changes, message).title("type `[` and `]`"));
        self.at = end + 1;
        true
    }

    /// A table or a list in round brackets.
    fn parenthesized(&mut self, is_table: bool) -> Option<()> {
        let start = self.at;
        self.at += 1;
        if is_table { self.entries(')') } else { self.items(')') }?;
        if !self.line.text[..self.at].ends_with(')') {
            return None;
        }
        self.value_end = self.at;
        let (open, close) = if is_table { ("{", "}") } else { ("[", "]") };
        let changes = vec![
            Replacement::new(self.place(start, start + 1), open),
            Replacement::new(self.place(self.at - 1, self.at), close),
        ];
        let what = if is_table { "a table stands in `{ }`" } else { "a list stands in `[ ]`" };
        self.others.push(
            Guess::new("bracket", changes, format!("{what}, not in `( )`"))
                .title(format!("type `{open}` and `{close}`"))
                .certain(),
        );
        Some(())
    }

    /// A text in quotes of any kind.
    fn text(&mut self, open: char, in_list: bool) -> Option<()> {
        let start = self.at;
        let inside = start + open.len_utf8();
        let mut escaped = false;
        let mut found = None;
        for (at, c) in self.line.text[inside..].char_indices() {
            if is_quote(c) && !(escaped && c == '"') {
                let end = inside + at + c.len_utf8();
                if ends_value(&self.line.text[end..], in_list, self.root) {
                    found = Some((inside + at, end, c));
                    break;
                }
                // Another straight quote within straight ones is for the guesses.
                let is_apostrophe = c == '\'' && open == '\'';
                if c == open && c == '"' || is_apostrophe && !is_between_letters(self.line.text, inside + at)
                {
                    return None;
                }
            }
            escaped = c == '\\' && open != '\'' && !escaped;
        }
        let (close, end, last) = found?;
        let words = &self.line.text[inside..close];
        if open != '"' && !are_quotations(words) || holds_entry(words) {
            return None;
        }
        if open == '"'
            && last == '"'
            && words.ends_with(',')
            && starts_entry(&self.line.text[end..], self.root)
        {
            let place = self.place(close - 1, end);
            let message = "`,` and `\"` stand the wrong way round".to_owned();
            self.others.push(
                Guess::new("swapped", vec![Replacement::new(place, "\",")], message)
                    .title("swap them")
                    .certain(),
            );
            self.has_comma = true;
        }
        if open == '\'' && last == '\'' && words.contains('\'') {
            let place = self.place(start, end);
            self.others.push(
                Guess::new(
                    "apostrophe",
                    vec![Replacement::new(place, quoted(words, true))],
                    "the apostrophe ends this text".to_owned(),
                )
                .help("a text with an apostrophe stands in double quotes")
                .title("write it in double quotes")
                .certain(),
            );
        } else if is_curly(open) || is_curly(last) {
            let place = self.place(start, end);
            if self.curly.is_empty() {
                self.signs = format!("{open}…{last}");
            }
            self.curly.push(Replacement::new(place, quoted(words, open != '"')));
        } else if open != last || !matches!(open, '"' | '\'') {
            return None;
        }
        self.at = end;
        Some(())
    }

    /// A number, true or false, or a word without quotes.
    fn bare(&mut self, key: Option<&'static Key>, in_list: bool) -> Option<()> {
        let rest = self.rest();
        let is_end =
            |c: char| c.is_whitespace() || is_comma_like(c) || matches!(c, ',' | '}' | ']' | ')' | '#');
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let after = &rest[word.len()..];
        let (start, end) = (self.at, self.at + word.len());
        if is_number(word) {
            let more = after.strip_prefix(',').unwrap_or_default();
            let digits = more.len() - more.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let behind = more[digits..].trim_start();
            let ends = behind.is_empty() || behind.starts_with(['}', ',', ']', '#', ')', ';']);
            if in_list || digits == 0 || !ends || word.contains('.') {
                self.at = end;
                return Some(());
            }
            let right = format!("{word}.{}", &more[..digits]);
            self.at = end + 1 + digits;
            let place = self.place(start, self.at);
            self.others.push(
                Guess::new(
                    "decimal-comma",
                    vec![Replacement::new(place, right.clone())],
                    "a decimal number has a point, not a comma".to_owned(),
                )
                .title(format!("type {right}"))
                .certain(),
            );
            return Some(());
        }
        let takes_number = key.is_none_or(|key| !key.kind.takes_text());
        if let Some(number) = odd_number(self.line.start + start, word).filter(|_| takes_number) {
            self.others.push(number);
            self.at = end;
            return Some(());
        }
        if let Some(numbers) = all_of(word).filter(|_| in_list) {
            let place = self.place(start, end);
            self.others.push(
                Guess::new(
                    "numbers",
                    vec![Replacement::new(place, numbers.clone())],
                    "a list names each of its numbers".to_owned(),
                )
                .title(format!("type {numbers}")),
            );
            self.at = end;
            return Some(());
        }
        if matches!(word, "true" | "false") || is_date(word) {
            self.at = end;
            return Some(());
        }
        let follows = after.trim_start();
        let ends = follows.is_empty()
            || follows.starts_with(|c: char| matches!(c, ',' | '}' | ']' | '#' | ')') || is_comma_like(c));
        let is_word = word.starts_with(|c: char| c.is_alphanumeric())
            && word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        if !ends || !is_word || key.is_some_and(|key| matches!(key.kind, Kind::List(_) | Kind::Table(_))) {
            return None;
        }
        self.others.push(bare_value(self.line.start + start, word));
        self.at = end;
        Some(())
    }

    fn into_guesses(self) -> Vec<Guess> {
        let mut found = Vec::new();
        if !self.spaces.is_empty() {
            found.push(odd_spaces(self.line, &self.spaces));
        }
        if !self.curly.is_empty() {
            found.push(
                Guess::new(
                    "curly",
                    self.curly,
                    format!("`{}` are the quotes of a word processor", self.signs),
                )
                .help("a text stands in straight quotes: type \"…\"")
                .title("write it in straight quotes")
                .certain(),
            );
        }
        if let Some(first) = self.colons.first() {
            let place = first.at.clone();
            found.push(
                Guess::new("colon", self.colons, "a value follows its key behind `=`, not `:`".to_owned())
                    .at(place)
                    .title("type `=`")
                    .certain(),
            );
        }
        if let Some(first) = self.commas.first() {
            let guess = instead_of_comma(first.at.clone(), self.comma_sign);
            found.push(Guess { changes: self.commas, ..guess });
        }
        found.extend(self.others);
        found
    }
}

/// A key of that name somewhere in the file.
pub(super) fn find(name: &str, root: &'static TableKeys) -> Option<&'static Key> {
    owner_of(name, root)?.find(name)
}

/// The word of a key at the start of a text, with its quotes, and whether it has some.
fn key_word(text: &str) -> Option<(&str, bool)> {
    let open = text.chars().next().filter(|c| is_quote(*c)).map_or(0, char::len_utf8);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let word = text[open..].len() - text[open..].trim_start_matches(is_part).len();
    // A sign right behind a key is no part of it.
    let word = text[open..open + word].trim_end_matches(['-', '.']).len();
    if word == 0 {
        return None;
    }
    if open == 0 {
        return Some((&text[..word], false));
    }
    let close = text[open + word..].chars().next().filter(|c| is_quote(*c))?;
    Some((&text[..open + word + close.len_utf8()], true))
}

/// A key with a space inside, `i d = …`: the key, and the lengths of the space and of what follows it.
fn split_key(name: &str, rest: &str, root: &'static TableKeys) -> Option<(String, usize, usize)> {
    let next = rest.trim_start_matches(' ');
    let (second, false) = key_word(next).filter(|_| next.len() < rest.len())? else { return None };
    let whole = format!("{name}{second}");
    let is_key = next[second.len()..].trim_start().starts_with('=') && find(&whole, root).is_some();
    (is_key && find(name, root).is_none()).then(|| (whole, rest.len() - next.len(), second.len()))
}

/// The word at the end of a text.
pub(super) fn key_tail(text: &str) -> &str {
    let rest = text.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-') || is_quote(c));
    &text[rest.len()..]
}

/// A sign in place of `=` at the start of a text, empty where there is none; a value follows. Behind a word that is no key
/// only the signs of other languages for it are taken for one.
fn sign_of(text: &str, is_known: bool) -> Option<&str> {
    for sign in ["==", "= =", "=>", "->", "→", "~", "+=", "＝", ":=", ":", "："] {
        if text.starts_with(sign) && (is_known || !matches!(sign, "→" | "~")) {
            return Some(&text[..sign.len()]);
        }
    }
    if !is_known {
        return None;
    }
    if let Some(after) = text.strip_prefix("is")
        && after.starts_with(' ')
        && starts_value(after)
    {
        return Some(&text[..2]);
    }
    // A quote on its own before a text in other quotes.
    if let Some(sign) = text.chars().next().filter(|c| is_quote(*c))
        && let after = &text[sign.len_utf8()..]
        && after.starts_with(' ')
        && after.trim_start().starts_with(|c: char| is_quote(c) && c != sign)
    {
        return Some(&text[..sign.len_utf8()]);
    }
    let is_sign = |c: char| !c.is_alphanumeric() && !is_quote(c) && !matches!(c, '{' | '[' | '}' | ']' | '#');
    let end = text.find(|c: char| !is_sign(c)).unwrap_or(text.len());
    let sign = text[..end].trim_end();
    let after = &text[sign.len()..];
    // `pause -7` may be a number below 0.
    let is_number = sign.ends_with(['-', '+', '.']) && after.starts_with(|c: char| c.is_ascii_digit());
    (sign.chars().count() <= 2 && !is_number && starts_value(after)).then_some(sign)
}

/// Whether a value follows that is no word without quotes.
fn starts_value(text: &str) -> bool {
    let gap = text.starts_with(char::is_whitespace);
    let text = text.trim_start();
    let is_flag = |word: &str| {
        text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    text.starts_with(|c: char| is_quote(c) || matches!(c, '{' | '['))
        || gap && text.starts_with(|c: char| c.is_ascii_digit())
        || is_flag("true")
        || is_flag("false")
}

/// Whether a text begins with a key of the file and what may stand before its value, or with any word and `=` or `:`.
pub(super) fn starts_entry(text: &str, root: &'static TableKeys) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || is_odd_space(c));
    let Some((word, _)) = key_word(text) else { return false };
    let rest = text[word.len()..].trim_start();
    if rest.starts_with(['=', ':', '＝', '：']) || split_key(word, &text[word.len()..], root).is_some() {
        return true;
    }
    let is_known = find(word.trim_matches(is_quote), root).is_some();
    is_known && (sign_of(&text[word.len()..], true).is_some() || sign_of(rest, true).is_some())
}

/// Whether a text in quotes can have ended before `rest`.
fn ends_value(rest: &str, in_list: bool, root: &'static TableKeys) -> bool {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || is_odd_space(c));
    let Some(c) = rest.chars().next() else { return true };
    if matches!(c, '#' | '}' | ']' | ')') {
        return true;
    }
    if c != ',' && !is_comma_like(c) {
        return starts_entry(rest, root);
    }
    let next = rest[c.len_utf8()..].trim_start_matches(|c: char| c.is_whitespace() || is_odd_space(c));
    let Some(first) = next.chars().next() else { return true };
    matches!(first, '#' | '{' | '[' | '}' | ']')
        || in_list && is_quote(first)
        || starts_entry(next, root)
        || key_word(next).is_some_and(|(word, _)| {
            let behind = next[word.len()..].trim_start();
            find(word, root).is_some() && behind.starts_with(['}', ','])
        })
}

/// Whether a sign of one byte stands between two letters.
fn is_between_letters(text: &str, at: usize) -> bool {
    text[..at].ends_with(char::is_alphabetic) && text[at + 1..].starts_with(char::is_alphabetic)
}

/// Whether a word is a number to TOML.
fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').map_or((digits, "0"), |(whole, rest)| (whole, rest));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    word.len() - digits.len() <= 1
        && all_digits(whole)
        && all_digits(fraction)
        && (whole == "0" || !whole.starts_with('0'))
}

/// Whether a word is a date to TOML.
fn is_date(word: &str) -> bool {
    let lengths: Vec<_> = word.split('-').map(str::len).collect();
    lengths == [4, 2, 2] && word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// `1, 2, 3` for `1-3`.
fn all_of(word: &str) -> Option<String> {
    let (first, last) = word.split_once('-')?;
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let numbers: Vec<_> = (first..=last).map(|number| number.to_string()).take(101).collect();
    (2..=100).contains(&numbers.len()).then(|| numbers.join(", "))
}
