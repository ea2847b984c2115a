//! Reads TOML value by value, so that one run reports every error with its place.
//!
//! A [`Table`] knows its allowed keys; a [`Node`] is one value, read as the kind that the caller asks for.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use toml::de::{DeTable, DeValue};

use super::conflict::conflicts;
use super::foreign;
use super::home::{home_of, unwanted};
use super::key::{DefaultValue, Key, TableKeys, header_of};
use super::kind::Kind;
pub use super::name::{as_name, bare_name, is_device, is_name, is_reversing, unportable};
use super::typo::{self, CorrectedText, Typo, is_quote, place_in};
use crate::diag::{Code, Diagnostic, FileId, Help, Patch, Sink, Span, Spanned, TextEdit, nearest};
use crate::unit::literal::{self, DurationError};
use crate::unit::{Db, Seconds};

/// What is true of a whole file while its tables are read.
struct Reading<'a> {
    file: FileId,
    /// For each byte of the text that is read, the byte of the file it stands for, where the text was corrected.
    origin: Option<&'a [usize]>,
    /// What was passed over: what is missing may have stood there.
    lost: &'a [String],
    typos: &'a [Typo],
    root: &'static TableKeys,
    /// The table of the whole file.
    top: &'a DeTable<'a>,
    /// The file as it is.
    text: &'a str,
}

impl<'a> Reading<'a> {
    fn written(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn at(&self, range: Range<usize>) -> Span {
        let Some(origin) = self.origin else { return Span::new(self.file, range) };
        Span::new(self.file, place_in(origin, range))
    }
}

/// Parses a whole file and reports its syntax errors; what could be understood is handed to `read`.
pub fn read_file<T>(
    file: FileId,
    text: &str,
    keys: &'static TableKeys,
    sink: &Sink,
    read: impl FnOnce(&Table<'_>) -> T,
) -> Option<T> {
    let corrected = typo::correct(text, keys);
    let own = Sink::new();
    for typo in &corrected.typos {
        own.emit(tell(typo, file));
    }
    let found = read_corrected((file, text), &corrected, keys, &own, read);
    // Which version of a conflict is meant is not known, so that nothing in the file is certain.
    let is_merged = !conflicts(text).is_empty();
    for mut one in one_for_each_value(&own.into_sorted(), &corrected.typos) {
        // Nor what stands on a line that was read by a guess.
        let line = line_at(text, one.span().start);
        let is_guess = one.code != Code::Syntax
            && corrected.typos.iter().any(|typo| typo.is_unsure() && line == line_at(text, typo.at.start));
        if let Some(patch) = &mut one.patch {
            patch.certain &= !is_merged && !is_guess;
        }
        sink.emit(one);
    }
    found
}

/// Where the line with a byte begins.
fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// The errors of a file, at most one for each value. For a bare word that would be wrong even in quotes the key's message is
/// kept; otherwise the message about the typing error. If a table has an unknown key, its missing keys are not reported.
fn one_for_each_value(found: &[Diagnostic], typos: &[Typo]) -> Vec<Diagnostic> {
    let is_bare =
        |start: usize| typos.iter().any(|typo| typo.kind == typo::BARE_WORD && typo.at.start == start);
    let is_of_kind = |one: &Diagnostic| {
        matches!(one.code, Code::WrongType | Code::BadChoice | Code::BadDuration | Code::OutOfRange)
    };
    let begins = |one: &Diagnostic| one.span().start;
    let is_typo = |start: usize| {
        found.iter().any(|one| one.code == Code::Syntax && begins(one) == start && one.span().end > start)
    };
    let is_told = |one: &&Diagnostic| {
        let in_wrong_type = |other: &Diagnostic| {
            other.code == Code::WrongType && begins(other) < begins(one) && one.span().end < other.span().end
        };
        if found.iter().any(in_wrong_type) {
            false
        } else if one.code == Code::Syntax {
            let same = |other: &Diagnostic| is_of_kind(other) && begins(other) == begins(one);
            // A time is typed anew as a whole, with its quotes.
            let around = |other: &Diagnostic| {
                other.code == Code::BadDuration
                    && other.patch.is_some()
                    && begins(other) < begins(one)
                    && one.span().end <= other.span().end
            };
            (!is_bare(begins(one)) || !found.iter().any(same)) && !found.iter().any(around)
        } else if one.code == Code::MissingKey {
            let inside = |other: &Diagnostic| {
                other.code == Code::UnknownKey
                    && begins(one) < begins(other)
                    && other.span().end <= one.span().end
            };
            !found.iter().any(inside)
        } else {
            !is_typo(begins(one)) || is_bare(begins(one)) && is_of_kind(one)
        }
    };
    let mut told: Vec<Diagnostic> = found.iter().filter(is_told).cloned().collect();
    // Several keys that one table lacks.
    told.dedup_by(|next, first| {
        let both = next.code == Code::MissingKey && first.code == Code::MissingKey;
        let merge = both && next.span() == first.span() && first.span().end > begins(first);
        if merge {
            if let Some((_, key)) = next.message.split_once(" needs ") {
                first.message = format!("{} and {key}", first.message);
            }
            first.helps.append(&mut next.helps);
        }
        merge
    });
    told
}

fn read_corrected<T>(
    (file, text): (FileId, &str),
    corrected: &CorrectedText,
    keys: &'static TableKeys,
    sink: &Sink,
    read: impl FnOnce(&Table<'_>) -> T,
) -> Option<T> {
    let (root, errors) = DeTable::parse_recoverable(&corrected.text);
    if !errors.is_empty() {
        return None;
    }
    let reading = Reading {
        file,
        origin: Some(&corrected.origin),
        lost: &corrected.lost,
        typos: &corrected.typos,
        root: keys,
        top: root.get_ref(),
        text,
    };
    let table = Table { entries: root.get_ref(), span: Span::new(file, 0..0), keys, sink, reading: &reading };
    if root.get_ref().is_empty() {
        if corrected.typos.is_empty() {
            let empty = Diagnostic::error(Code::MissingKey, table.span, "there is nothing in this file");
            sink.emit(empty.help(format!("{} takes {}", keys.what, list(keys.names()))));
        }
        return None;
    }
    table.refuse_unknown_keys();
    Some(read(&table))
}

/// A typo as a diagnostic.
fn tell(typo: &Typo, file: FileId) -> Diagnostic {
    let at = |range: &Range<usize>| Span::new(file, range.clone());
    let mut told = Diagnostic::error(typo.code, at(&typo.at), typo.message.clone());
    for (range, text) in &typo.also {
        told = told.related(at(range), text.clone());
    }
    told.helps.extend(typo.help.clone().map(Help::from));
    told.patch = typo.fix.as_ref().map(|fix| Patch {
        title: fix.title.clone(),
        edits: fix
            .edits
            .iter()
            .map(|(range, text)| TextEdit { span: at(range), replacement: text.clone() })
            .collect(),
        certain: fix.certain,
    });
    told
}

/// A table and its allowed keys.
pub struct Table<'a> {
    entries: &'a DeTable<'a>,
    span: Span,
    keys: &'static TableKeys,
    sink: &'a Sink,
    reading: &'a Reading<'a>,
}

impl<'a> Table<'a> {
    /// The place of the table; an empty span at the start for a whole file.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Receives the errors.
    pub fn sink(&self) -> &'a Sink {
        self.sink
    }

    /// The value of a key, if present.
    ///
    /// # Panics
    /// If the key is not in the table's list, from which the documentation for users is made.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let key = self.key(key);
        self.entries.iter().find(|(name, _)| name.get_ref() == key.name).map(|(_, value)| Node {
            value: value.get_ref(),
            span: self.at(value.span()),
            key: key.name,
            kind: key.kind,
            example: key.example,
            sink: self.sink,
            reading: self.reading,
        })
    }

    /// The number or level of a key with a default. One that cannot be read is reported, and the default is used.
    ///
    /// # Panics
    /// If the key is not listed with a number as its default.
    pub fn number(&self, key: &str) -> f64 {
        let Some(DefaultValue::Number(default)) = self.key(key).default else {
            panic!("{key} has no number as its default")
        };
        self.get(key).and_then(|node| node.number()).unwrap_or(default)
    }

    fn key(&self, name: &str) -> &'static Key {
        self.keys.find(name).unwrap_or_else(|| panic!("{name} is not listed for {}", self.keys.what))
    }

    /// Whether a typing error stands in the lines of the table: a key that seems to be missing may be part of it.
    pub fn has_typo(&self) -> bool {
        let text = self.reading.text;
        let (start, end) = (line_at(text, self.span.start), self.span.end.min(text.len()));
        let end =
            text.as_bytes()[end..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| end + at);
        let is_inside = |typo: &Typo| typo.at.start < end && start < typo.at.end.max(typo.at.start + 1);
        let is_of_table = |typo: &&Typo| typo.code == Code::Syntax || typo.kind == typo::ITEM;
        self.reading.typos.iter().filter(is_of_table).any(is_inside)
    }

    /// Whether a key is present.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a required key; its absence is an error.
    pub fn require(&self, key: &str) -> Option<Node<'a>> {
        let found = self.get(key);
        let is_named =
            |typo: &Typo| typo.kind == "no-value" && typo.message.starts_with(&format!("`{key}` "));
        if found.is_none() && !self.misspells(key) && !self.reading.typos.iter().any(is_named) {
            let known = self.key(key);
            self.sink.emit(
                Diagnostic::error(Code::MissingKey, self.span, format!("{} needs `{key}`", self.keys.what))
                    .help(format!(
                        "add `{}`: {}",
                        header_of(known.example).map_or(known.typed(), str::to_owned),
                        lower_first(&known.doc())
                    )),
            );
        }
        found
    }

    /// The keys that are present, with their places, in the order of the file.
    pub fn names(&self) -> Vec<Spanned<String>> {
        let mut names: Vec<_> = self
            .entries
            .iter()
            .map(|(name, _)| Spanned::new(name.get_ref().to_string(), self.at(name.span())))
            .collect();
        names.sort_by_key(|name| name.span.start);
        names
    }

    /// The entries of a table whose keys the user chooses.
    ///
    /// # Panics
    /// If the table has fixed keys.
    pub fn entries(&self) -> Vec<(Spanned<String>, Node<'a>)> {
        let kind = self.keys.named_values.expect("the user chooses the keys");
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(name, value)| {
                let node = Node {
                    value: value.get_ref(),
                    span: self.at(value.span()),
                    key: name.get_ref(),
                    kind,
                    example: "",
                    sink: self.sink,
                    reading: self.reading,
                };
                (Spanned::new(name.get_ref().to_string(), self.at(name.span())), node)
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.span.start);
        entries
    }

    /// Whether an unknown key is present that is probably a misspelling of `key`.
    pub fn misspells(&self, key: &str) -> bool {
        if self.lost(key) {
            return true;
        }
        self.names().iter().any(|name| {
            self.keys.find(&name.value).is_none() && nearest(&name.value, self.keys.names()) == Some(key)
        })
    }

    /// Whether an unknown key is present that can be a misspelling of `key`, even if another key is nearer.
    pub fn may_misspell(&self, key: &str) -> bool {
        let is_near = |name: &str| self.keys.find(name).is_none() && nearest(name, [key]).is_some();
        self.misspells(key) || self.names().iter().any(|name| is_near(&name.value))
    }

    fn at(&self, range: Range<usize>) -> Span {
        self.reading.at(range)
    }

    /// Whether a key may stand in what could not be read.
    fn lost(&self, key: &str) -> bool {
        self.reading.lost.iter().any(|text| text.contains(key))
    }

    fn refuse_unknown_keys(&self) {
        if self.keys.named_values.is_some() {
            return;
        }
        for name in self.names() {
            if self.keys.find(&name.value).is_some() {
                continue;
            }
            let message = format!("`{}` is not a key of {}", name.value, self.keys.what);
            let error = Diagnostic::error(Code::UnknownKey, name.span, message);
            if let Some(answer) = unwanted(self.keys.what, &name.value) {
                self.sink.emit(error.help(answer));
                continue;
            }
            if let Some(again) = self.again(&name) {
                self.sink.emit(again);
                continue;
            }
            // What is the key of another table is misplaced, not misspelt.
            let home = home_of(&name.value, self.keys, self.reading.root);
            let near = typo::meant(&name.value, self.keys).filter(|_| home.is_none());
            self.sink.emit(match (near, home) {
                (Some(near), _) if self.has(near) => {
                    error.help(format!("`{near}` is there already: take one of the two out"))
                }
                (Some(near), _) => error.patch(format!("did you mean `{near}`?"), name.span, near),
                (None, Some(home)) => error.help(home),
                (None, None) => error.help(format!("available keys: {}", list(self.keys.names()))),
            });
        }
    }
}

impl Table<'_> {
    /// A key of the whole file that is typed again in one of its tables.
    fn again(&self, name: &Spanned<String>) -> Option<Diagnostic> {
        let Reading { root, top, text, .. } = self.reading;
        let is_plain = root.find(&name.value).is_some_and(|key| header_of(key.example).is_none());
        // A key of another table with a header may have lost its header.
        let is_of_other = |key: &&Key| {
            let table = key.kind.table().filter(|_| header_of(key.example).is_some());
            table.is_some_and(|table| !std::ptr::eq(table, self.keys) && table.find(&name.value).is_some())
        };
        if std::ptr::eq(self.keys, *root) || !is_plain || root.keys.iter().any(|key| is_of_other(&key)) {
            return None;
        }
        let of_name = |table: &DeTable<'_>| {
            let (key, value) = table.iter().find(|(key, _)| *key.get_ref() == name.value)?;
            Some((self.at(key.span()), self.at(value.span())))
        };
        let (first, value) = of_name(top)?;
        let (_, own) = of_name(self.entries)?;
        let message = format!("`{}` belongs to {} and stands there already", name.value, root.what);
        let told = Diagnostic::error(Code::UnknownKey, name.span, message).related(first, "it stands here");
        let line = line_at(text, name.span.start);
        let behind = text.get(own.end..)?;
        let end = own.end + behind.find('\n').map_or(behind.len(), |at| at + 1);
        let is_alone = text[line..name.span.start].trim().is_empty() && text[own.end..end].trim().is_empty();
        if !is_alone {
            return Some(told.help("take it out here"));
        }
        let place = Span::new(name.span.file, line..end);
        Some(if self.reading.written(own) == self.reading.written(value) {
            told.certain_patch("delete this line", place, "")
        } else {
            told.patch("delete this line, or change the one that stands there", place, "")
        })
    }
}

#[derive(Clone, Copy)]
pub struct Node<'a> {
    value: &'a DeValue<'a>,
    span: Span,
    key: &'a str,
    kind: Kind,
    /// A value as a user would write it; empty where there is no example.
    example: &'static str,
    sink: &'a Sink,
    reading: &'a Reading<'a>,
}

impl<'a> Node<'a> {
    /// The place of the value.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Receives the errors.
    pub fn sink(&self) -> &'a Sink {
        self.sink
    }

    /// An error about this value, to be completed and emitted by the caller.
    pub fn refuse(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span, message)
    }

    pub fn text(&self) -> Option<Spanned<String>> {
        let DeValue::String(text) = self.value else { return self.wrong_type("a text in quotes") };
        Some(Spanned::new(text.to_string(), self.span))
    }

    /// The text, if it is one; nothing is reported.
    pub fn words_of_text(&self) -> Option<String> {
        let DeValue::String(text) = self.value else { return None };
        Some(text.to_string())
    }

    /// What a reader makes of it, without its errors.
    pub fn silently<T>(&self, read: impl FnOnce(&Node<'_>) -> Option<T>) -> Option<T> {
        let sink = Sink::new();
        read(&Node { sink: &sink, ..*self })
    }

    /// The value as it is written in the file.
    pub fn written(&self) -> &'a str {
        self.reading.written(self.span)
    }

    /// A text with at least one visible character.
    pub fn words(&self) -> Option<Spanned<String>> {
        let text = self.text()?;
        if text.value.trim().is_empty() {
            self.sink.emit(
                self.refuse(Code::EmptyText, format!("`{}` is empty", self.key))
                    .help("write at least one word"),
            );
            return None;
        }
        if let Some(sign) = text.value.chars().find(|c| is_reversing(*c)) {
            let message = format!(
                "`{}` has the character U+{:04X}, which shows letters in another order",
                self.key,
                u32::from(sign)
            );
            let hidden = Diagnostic::warning(Code::HiddenSign, self.span, message);
            self.sink.emit(hidden.help("remove it; a text in its own script needs none"));
        }
        Some(text)
    }

    /// A name that can be part of a path on every system; see [`is_name`].
    pub fn name(&self) -> Option<Spanned<String>> {
        let text = self.text()?;
        if is_name(&text.value) {
            return Some(text);
        }
        let plain = text.value.replace(is_quote, "");
        let valid = if is_name(&plain) { plain } else { as_name(bare_name(&text.value)) };
        let error = self.refuse(Code::BadName, format!("`{}` is not a valid name", text.value)).note(
            "names become file names on every system: a-z, 0-9 and single hyphens, at most 64 characters",
        );
        self.sink.emit(if is_name(&valid) {
            error.patch("use a valid name", self.span, format!("\"{valid}\""))
        } else {
            error.help("write a name such as \"stille-plek\"")
        });
        None
    }

    /// The meaning of one of a few words; see [`words`](super::key::words).
    pub fn one_of<T: Copy>(&self, meanings: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, meaning)) = meanings.iter().find(|(word, _)| *word == text.value) {
            return Some(*meaning);
        }
        let words: Vec<_> = meanings.iter().map(|(word, _)| *word).collect();
        let error = self.refuse(
            Code::BadChoice,
            format!("`{}` takes {}, not `{}`", self.key, choice(&words), text.value),
        );
        let Some(near) = foreign::meant(&text.value, words.iter().copied()) else {
            self.sink.emit(error);
            return None;
        };
        let title = format!("did you mean `{near}`?");
        self.sink.emit(error.certain_patch(title, self.span, format!("\"{near}\"")));
        meanings.iter().find(|(word, _)| *word == near).map(|(_, meaning)| *meaning)
    }

    /// True or false.
    #[expect(clippy::wildcard_enum_match_arm, reason = "TOML has other types of values")]
    pub fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            DeValue::String(text) => {
                let error = self.mismatch("true or false");
                let Some(flag) = foreign::flag(text) else {
                    let Some(near) = nearest(text, ["true", "false"]) else {
                        return self.wrong_type("true or false");
                    };
                    self.sink.emit(error.patch(format!("did you mean {near}?"), self.span, near));
                    return Some(near == "true");
                };
                let title = format!("type {flag}, without quotes");
                self.sink.emit(error.certain_patch(title, self.span, flag.to_string()));
                Some(flag)
            }
            DeValue::Integer(number) if matches!(number.as_str(), "0" | "1") => {
                let flag = number.as_str() == "1";
                let error = self.mismatch("true or false");
                self.sink.emit(error.certain_patch(format!("type {flag}"), self.span, flag.to_string()));
                Some(flag)
            }
            _ => self.wrong_type("true or false"),
        }
    }

    /// A whole number within the range of its key.
    ///
    /// # Panics
    /// If the key takes no whole number.
    pub fn whole(&self) -> Option<u64> {
        let range = self.kind.whole_range().unwrap_or_else(|| panic!("{} is no whole number", self.key));
        let DeValue::Integer(integer) = self.value else {
            return self.wrong_type("a whole number");
        };
        let value = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        match value.and_then(|value| u64::try_from(value).ok()).filter(|value| range.contains(value)) {
            Some(value) => Some(value),
            None => self.out_of_range(integer.as_str(), range.start(), range.end()),
        }
    }

    /// A number within the range of its key.
    ///
    /// # Panics
    /// If the key takes no number.
    pub fn number(&self) -> Option<f64> {
        let range = self.number_range();
        let (value, written) = self.as_number("a number")?;
        if range.contains(&value) {
            Some(value)
        } else if range.contains(&-value) && value < 0.0 {
            let message = format!("`{}` must be between {} and {}", self.key, range.start(), range.end());
            let told = self.refuse(Code::OutOfRange, message).label(format!("this is {written}"));
            self.sink.emit(told.patch("leave the sign out", self.span, (-value).to_string()));
            None
        } else {
            self.out_of_range(&written, range.start(), range.end())
        }
    }

    /// A level in dB within the range of its key: a number, or a text such as "-3 dB".
    ///
    /// # Panics
    /// If the key takes no level.
    pub fn db(&self) -> Option<Db> {
        let range = self.number_range();
        if let DeValue::String(text) = self.value {
            let number = text.trim().trim_end_matches("dB").trim_end_matches("db").trim().parse::<f64>();
            return match number {
                Ok(value) if range.contains(&value) => Some(Db(value)),
                Ok(value) => self.out_of_range(&value.to_string(), range.start(), range.end()),
                Err(_) => self.wrong_type("a level in dB such as -3"),
            };
        }
        self.number().map(Db)
    }

    fn number_range(&self) -> RangeInclusive<f64> {
        self.kind.number_range().unwrap_or_else(|| panic!("{} is no number", self.key))
    }

    /// A time within the range of its key, if it has one: seconds as a number, or a text such as "1m30s".
    pub fn time(&self) -> Option<Seconds> {
        let (parsed, written) = if let DeValue::String(text) = self.value {
            (literal::parse_duration(text), format!("\"{text}\""))
        } else {
            let (value, written) = self.as_number("a time such as 8, \"8s\" or \"1m30s\"")?;
            (literal::duration_from_number(value), written)
        };
        match parsed {
            Ok(time) => match self.kind.time_range() {
                Some(range)
                    if !(Seconds::whole(*range.start())..=Seconds::whole(*range.end())).contains(&time) =>
                {
                    self.out_of_range(&written, range.start(), &format!("{} seconds", range.end()))
                }
                Some(_) | None => Some(time),
            },
            Err(reason) => {
                let error = self
                    .refuse(Code::BadDuration, format!("{written} is not a time `{}` can take", self.key));
                let meant = written.trim_matches('"');
                self.sink.emit(match reason {
                    DurationError::Form => match literal::nearest_duration(meant) {
                        Some(near) => {
                            let typed = format!("\"{near}\"");
                            error.certain_patch(format!("did you mean {near}?"), self.span, typed)
                        }
                        None => error.help(reason.to_string()),
                    },
                    DurationError::Negative => {
                        let positive = written.replacen('-', "", 1);
                        error.label(reason.to_string()).patch("leave the sign out", self.span, positive)
                    }
                    DurationError::TooLong => error.label(reason.to_string()),
                });
                None
            }
        }
    }

    /// A table with the given keys; unknown ones are refused.
    pub fn table(&self, keys: &'static TableKeys) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.value else {
            return self.wrong_form("a table in braces");
        };
        let table = Table { entries, span: self.span, keys, sink: self.sink, reading: self.reading };
        table.refuse_unknown_keys();
        Some(table)
    }

    /// The items of a list.
    pub fn items(&self) -> Option<Vec<Node<'a>>> {
        let DeValue::Array(items) = self.value else {
            return self.wrong_form("a list in brackets");
        };
        let kind = *self.kind.item().expect("the key takes a list");
        let at = |item: &'a toml::Spanned<DeValue<'a>>| self.reading.at(item.span());
        Some(
            items
                .iter()
                .map(|item| Node { value: item.get_ref(), span: at(item), kind, example: "", ..*self })
                .collect(),
        )
    }

    /// The numbers of a list, for a key that takes none.
    #[expect(clippy::wildcard_enum_match_arm, reason = "TOML has other types of values")]
    pub fn listed_numbers(&self) -> Option<Vec<f64>> {
        let DeValue::Array(items) = self.value else { return None };
        let number = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        items.iter().map(number).collect()
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// The text, without an error if it is none.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The key it is the value of.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        self.value.is_str()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "TOML has other types of values")]
    fn as_number(&self, wanted: &str) -> Option<(f64, String)> {
        let written = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => return self.wrong_type(wanted),
        };
        // The parser has checked the syntax. What f64 cannot hold becomes infinite, which no range allows.
        Some((written.parse().unwrap_or(f64::NAN), written.to_owned()))
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        let error = self.mismatch(wanted);
        self.sink.emit(match self.retyped() {
            // What is a name must be that of something.
            Some(typed) if self.kind.is_name() => error.patch(format!("type {typed}"), self.span, typed),
            Some(typed) => error.certain_patch(format!("type {typed}"), self.span, typed),
            None => error,
        });
        None
    }

    /// The value as the key's type, if only the quotes are wrong: a number in quotes, or a word without them.
    #[expect(clippy::wildcard_enum_match_arm, reason = "TOML has other types of values")]
    fn retyped(&self) -> Option<String> {
        match self.value {
            DeValue::String(text)
                if self.kind.whole_range().is_some() || self.kind.number_range().is_some() =>
            {
                let number = text.trim().replace(',', ".");
                if self.kind.whole_range().is_some() {
                    // TOML has no zeros before a number.
                    return number.parse::<u64>().ok().map(|number| number.to_string());
                }
                number.parse::<f64>().is_ok_and(f64::is_finite).then_some(number)
            }
            // A list of one.
            DeValue::Array(items) if items.len() == 1 && !self.kind.takes_list() => {
                let inside =
                    self.written().strip_prefix('[')?.strip_suffix(']')?.trim().trim_end_matches(',');
                (!inside.contains(['\n', '#'])).then(|| inside.trim_end().to_owned())
            }
            DeValue::Float(number) if self.kind.whole_range().is_some() => {
                let whole = number.as_str().strip_suffix(".0")?;
                whole.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.to_owned())
            }
            DeValue::Integer(number) if self.kind.takes_text() && number.radix() == 10 => {
                Some(format!("\"{}\"", number.as_str()))
            }
            DeValue::Datetime(date) if self.kind.takes_text() => Some(format!("\"{date}\"")),
            // Nothing that has a name is called `true`.
            DeValue::Boolean(flag) if self.kind.takes_text() && !self.kind.is_name() => {
                Some(format!("\"{flag}\""))
            }
            _ => None,
        }
    }

    /// As [`Self::wrong_type`], with an example of the table or list.
    fn wrong_form<T>(&self, wanted: &str) -> Option<T> {
        let error = self.mismatch(wanted);
        let is_one_item = self.kind.takes_list()
            && self.value.is_table()
            && self.kind.item().is_some_and(|item| item.table().is_some());
        self.sink.emit(if let Some(list) = self.listed() {
            error.patch(format!("type {list}"), self.span, list)
        } else if is_one_item && self.written().starts_with('{') {
            error.certain_patch("make it the only item of a list", self.span, format!("[{}]", self.written()))
        } else if let Some(header) = header_of(self.example) {
            let brackets = if header.starts_with("[[") { ", in double brackets" } else { "" };
            error.help(format!("start it with a line `{header}`{brackets}"))
        } else if self.example.starts_with(['{', '[']) {
            error.help(format!("such as `{} = {}`", self.key, self.example))
        } else {
            error
        });
        None
    }

    /// A text that names what a list has, as that list: `"full, light"`.
    fn listed(&self) -> Option<String> {
        let DeValue::String(text) = self.value else { return None };
        let item = self.kind.item()?;
        let is_word = |word: &&str| word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let words: Vec<&str> =
            text.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.is_empty() || item.table().is_some() {
            return None;
        }
        let list = if item.whole_range().is_some() {
            words.iter().all(|word| word.parse::<u64>().is_ok()).then(|| words.join(", "))?
        } else if words.iter().all(is_word) {
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
        } else {
            Some(text).filter(|text| !text.contains(['"', '\\', '\n'])).map(|text| format!("\"{text}\""))?
        };
        Some(format!("[{list}]"))
    }

    fn mismatch(&self, wanted: &str) -> Diagnostic {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` takes {wanted}", self.key);
        self.refuse(Code::WrongType, message).label(format!("this is {found}"))
    }

    fn out_of_range<T>(
        &self,
        written: &str,
        least: &impl fmt::Display,
        most: &impl fmt::Display,
    ) -> Option<T> {
        let most = most.to_string();
        // No number in a file is larger, so it is no limit that anybody needs to know.
        let range = if most == u64::MAX.to_string() {
            format!("at least {least}")
        } else {
            format!("between {least} and {most}")
        };
        let message = format!("`{}` must be {range}", self.key);
        self.sink.emit(self.refuse(Code::OutOfRange, message).label(format!("this is {written}")));
        None
    }
}

/// `a`, `b` and `c`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    join(&names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), "and")
}

/// `"a", "b" or "c"`.
pub fn choice(words: &[&str]) -> String {
    join(&words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>(), "or")
}

pub(super) fn join(names: &[String], last: &str) -> String {
    match names.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
