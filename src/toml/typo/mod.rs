//! Typing errors: a file that is not valid TOML is corrected in memory, so that each typo is told in plain words
//! with what to type, and the rest of the file is read as if it had been typed so.
//!
//! The parser of the toml crate is the judge. At its first error a few guesses are made from what the lines around it
//! look like, each is tried, and the one with which the parser gets furthest is what was meant. Where none helps, the
//! smallest piece around the error is passed over.

mod brackets;
mod breaks;
mod doubles;
mod edited;
mod keys;
mod line;
mod marks;
mod other_format;
mod quotes;
mod row;

use std::ops::Range;

use super::conflict::{MergeConflict, conflicts};
use super::key::TableKeys;
use crate::diag::Code;
pub(super) use edited::place_in;
use edited::{EditedText, ODD_TEXT, ParseError, Replacement, TextFaults, first_error, judge};
pub(super) use keys::{ITEM, meant};
pub use line::is_quote;

/// The kind of a text without quotes.
pub(super) const BARE_WORD: &str = "bare-word";
use line::Line;

/// One typo, with places of the file.
#[derive(Clone, Debug)]
pub struct Typo {
    /// What kind of error it is to the user.
    pub code: Code,
    /// The range in the file, in bytes.
    pub at: Range<usize>,
    pub message: String,
    /// What is shown below that range.
    pub label: String,
    /// Other ranges, each with what is shown below it.
    pub also: Vec<(Range<usize>, String)>,
    pub help: Option<String>,
    /// What to type instead, if that is known.
    pub fix: Option<Fix>,
    /// Typos of one kind are told together where there are many.
    pub kind: &'static str,
}

impl Typo {
    /// Whether its line was read by a guess that may be wrong.
    pub(super) fn is_unsure(&self) -> bool {
        self.code == Code::Syntax
            && self.kind != "no-value"
            && !self.fix.as_ref().is_some_and(|fix| fix.certain)
    }
}

/// Text to type instead.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What to type, for people.
    pub title: String,
    /// The ranges to replace.
    pub edits: Vec<(Range<usize>, String)>,
    /// Whether nothing else can be meant.
    pub certain: bool,
}

/// A file as it was probably meant.
#[derive(Debug)]
pub struct CorrectedText {
    /// Its text, which is valid TOML.
    pub text: String,
    /// For each byte of it, and for its end, the byte of the file it stands for.
    pub origin: Vec<usize>,
    pub typos: Vec<Typo>,
    /// What could not be read and is not in the text.
    pub lost: Vec<String>,
}

/// A way a typo could be corrected, with places of the text as it is corrected so far.
#[derive(Clone, Debug)]
struct Guess {
    kind: &'static str,
    code: Code,
    changes: Vec<Replacement>,
    message: String,
    at: Option<Range<usize>>,
    also: Vec<(Range<usize>, String)>,
    help: Option<String>,
    title: String,
    certain: bool,
    /// Whether it is proposed; otherwise it only lets the rest be read.
    offered: bool,
}

impl Guess {
    fn new(kind: &'static str, changes: Vec<Replacement>, message: String) -> Self {
        let (at, also, help, title) = (None, Vec::new(), None, String::new());
        Self {
            kind,
            code: Code::Syntax,
            changes,
            message,
            at,
            also,
            help,
            title,
            certain: false,
            offered: true,
        }
    }

    fn at(mut self, at: Range<usize>) -> Self {
        self.at = Some(at);
        self
    }

    fn also(mut self, at: Range<usize>, text: &str) -> Self {
        self.also.push((at, text.to_owned()));
        self
    }

    fn help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    fn key(mut self) -> Self {
        self.code = Code::UnknownKey;
        self
    }

    fn certain(mut self) -> Self {
        self.certain = true;
        self
    }

    fn told_only(mut self) -> Self {
        self.offered = false;
        self
    }

    /// Whether it stays right whatever else is wrong with its line.
    fn is_harmless(&self, text: &str) -> bool {
        let at_line_end =
            |change: &Replacement| Line::at(text, change.at.start).body_end() == change.at.start;
        match self.kind {
            "space" | "control" | "comment" | "colon" | "decimal-comma" | "number" | "backslash"
            | "line-break" => true,
            "comma" => self.changes.iter().all(at_line_end),
            _ => false,
        }
    }

    /// Whether a change puts a sign between two letters.
    fn splits_a_word(&self, text: &str) -> bool {
        let is_letter = |c: char| c.is_alphabetic() || c == '_';
        self.changes.iter().any(|change| {
            let sign = change.text.trim();
            change.at.is_empty()
                && !sign.is_empty()
                && !sign.contains(char::is_alphanumeric)
                && text[..change.at.start].ends_with(is_letter)
                && text[change.at.end..].starts_with(is_letter)
        })
    }

    /// The typo it corrects; a change that lies in what was corrected before cannot be offered.
    fn typo(self, edited: &EditedText) -> Typo {
        let place = self.at.clone().unwrap_or_else(|| {
            let start = self.changes.iter().map(|change| change.at.start).min().unwrap_or(0);
            let end = self.changes.first().map_or(start, |change| change.at.end.max(start));
            start..end
        });
        let fits = self.offered && self.changes.iter().all(|change| edited.is_untouched(&change.at));
        let edits = self.changes.iter().map(|change| (edited.origin(&change.at), change.text.clone()));
        let fix =
            fits.then(|| Fix { title: self.title.clone(), edits: edits.collect(), certain: self.certain });
        Typo {
            code: self.code,
            at: edited.origin(&place),
            message: self.message,
            label: String::new(),
            also: self.also.into_iter().map(|(at, text)| (edited.origin(&at), text)).collect(),
            help: self.help.or_else(|| fix.is_none().then(|| self.title.clone())),
            fix,
            kind: self.kind,
        }
    }
}

/// How odd a stretch is without the guess for a line.
struct Base {
    /// What guesses are judged by.
    stretch: Range<usize>,
    /// The bytes of it below the line.
    below: usize,
    /// How odd it is above the line and the one before.
    before: usize,
    /// How odd it is without the line, if it can be read without.
    whole: Option<usize>,
    /// The bytes that are unread without the line, if the next typo is one of another line.
    next: Option<usize>,
}

impl Base {
    /// For what is judged only by how far the parser gets.
    fn without_line(stretch: &Range<usize>) -> Self {
        Self { stretch: stretch.clone(), below: 0, before: 0, whole: Some(0), next: None }
    }
}

/// Typos told one by one; a file with more has another cause.
const MOST: usize = 400;
/// The bytes that the parser may be given for one file, so that a file full of rubbish takes no longer than a long one.
const MOST_PARSED: usize = 8_000_000;
/// In bytes. A longer line was made by a program, and there would be too many guesses to try.
const LONGEST_LINE: usize = 10_000;

/// The correcting of one file.
struct Corrector {
    edited: EditedText,
    keys: &'static TableKeys,
    typos: Vec<Typo>,
    lost: Vec<String>,
    parsed: usize,
    /// Whether a guess was made that may be wrong: what is found after it may be wrong too, unless its line can be read.
    is_unsure: bool,
}

/// A file as it was probably meant.
pub fn correct(original: &str, keys: &'static TableKeys) -> CorrectedText {
    let mut corrector = Corrector {
        edited: EditedText::new(original),
        keys,
        typos: Vec::new(),
        lost: Vec::new(),
        parsed: 0,
        is_unsure: false,
    };
    if let Some(format) = other_format::of(original) {
        let lines = original.len() - original.trim_start().len();
        let first = Line::at(original, lines);
        corrector.typos.push(Typo {
            code: Code::Syntax,
            at: first.first()..first.end().max(first.first()),
            message: format!("this file is {format}, and adem reads TOML"),
            label: String::new(),
            also: Vec::new(),
            help: Some(other_format::HELP.to_owned()),
            fix: None,
            kind: "unread",
        });
        let (text, origin) = (String::new(), vec![0]);
        return CorrectedText { text, origin, typos: corrector.typos, lost: vec![original.to_owned()] };
    }
    let merged = conflicts(original);
    for conflict in merged.iter().rev() {
        corrector.keep_first(conflict);
    }
    // From the end, as the places are those of the file.
    let conflict_free = corrector.edited.text.clone();
    for guess in brackets::headers(&conflict_free, keys).into_iter().rev() {
        corrector.take(guess);
    }
    let valid = corrector.syntax();
    if valid {
        keys::correct(&mut corrector);
    }
    let Corrector { edited, typos, lost, .. } = corrector;
    let (text, origin) = edited.into_parts();
    let mut typos = together(&of_one_line(original, typos));
    // What a bracket that may be wrong encloses may stand elsewhere.
    let is_unsure = typos.iter().any(Typo::is_unsure);
    let levels = typos.iter_mut().filter(|typo| is_unsure && matches!(typo.kind, "level" | ITEM));
    levels.filter_map(|typo| typo.fix.as_mut()).for_each(|fix| fix.certain = false);
    // Which version is meant is not known, so that nothing in the file is certain.
    if !merged.is_empty() {
        typos.iter_mut().filter_map(|typo| typo.fix.as_mut()).for_each(|fix| fix.certain = false);
    }
    CorrectedText { text, origin, typos, lost }
}

impl Corrector {
    /// Mends until the parser is content; false where it cannot be contented.
    fn syntax(&mut self) -> bool {
        for _ in 0..MOST {
            self.parsed += self.edited.text.len();
            let Some(error) = first_error(&self.edited.text) else { return true };
            if self.parsed > MOST_PARSED {
                self.stop_at(&error);
                return false;
            }
            let guesses = self.best(&error);
            if guesses.is_empty() {
                self.is_unsure = true;
                if !self.pass_over(&error) {
                    return false;
                }
            } else {
                self.take_all(guesses);
            }
        }
        let left = first_error(&self.edited.text);
        if let Some(error) = &left {
            self.stop_at(error);
        }
        left.is_none()
    }

    /// Says that the file was read no further.
    fn stop_at(&mut self, error: &ParseError) {
        let message = "from here on the file was not read".to_owned();
        self.tell_unread(error, message, "mend the errors above, then check again");
    }

    /// Tells of an error that nothing corrects.
    fn tell_unread(&mut self, error: &ParseError, message: String, help: &str) {
        self.typos.push(Typo {
            code: Code::Syntax,
            at: self.edited.origin(&(error.at..error.end)),
            message,
            label: String::new(),
            also: Vec::new(),
            help: Some(help.to_owned()),
            fix: None,
            kind: "unread",
        });
    }

    /// What a guess for an error is judged by: the tables around it, as long as the parser finds the same error in them
    /// alone. What is wrong elsewhere then plays no part, and a long file costs no more than a short one.
    fn stretch(&mut self, error: &ParseError) -> Range<usize> {
        let text = &self.edited.text;
        let tables = brackets::tables_around(text, error.at, self.keys);
        self.parsed += tables.len();
        let alone = first_error(&text[tables.clone()]);
        let same =
            alone.is_some_and(|alone| tables.start + alone.at == error.at && alone.message == error.message);
        if same { tables } else { 0..text.len() }
    }

    fn take(&mut self, guess: Guess) {
        self.take_all(vec![guess]);
    }

    /// Takes guesses that do not overlap.
    fn take_all(&mut self, guesses: Vec<Guess>) {
        // Places were found in the text as it was before.
        let changes: Vec<_> = guesses.iter().flat_map(|guess| guess.changes.clone()).collect();
        self.typos.extend(guesses.into_iter().map(|guess| guess.typo(&self.edited)));
        self.edited.apply(&changes);
    }

    /// Leaves the second version of a conflict out.
    fn keep_first(&mut self, conflict: &MergeConflict) {
        let text = self.edited.text.clone();
        self.typos.push(Typo {
            code: Code::Syntax,
            at: conflict.mark.clone(),
            message: MergeConflict::MESSAGE.to_owned(),
            label: String::new(),
            also: vec![(conflict.second.clone(), "the second one".to_owned())],
            help: Some(MergeConflict::HELP.to_owned()),
            fix: None,
            kind: "conflict",
        });
        let changes = conflict.left_out.clone().map(|range| Replacement::new(range, ""));
        self.lost.extend(conflict.left_out.iter().map(|range| text[range.clone()].to_owned()));
        self.edited.apply(&changes);
    }

    /// What was meant: all slips of a line that can be read with them, or else the guess with which the parser gets
    /// furthest.
    fn best(&mut self, error: &ParseError) -> Vec<Guess> {
        let text = self.edited.text.clone();
        let here = Line::at(&text, error.at);
        if error.message.contains("duplicate") {
            return doubles::key(&text, error, self.keys).into_iter().collect();
        }
        // The parser takes the first table of a list without its `[` for the value, and stumbles over what follows.
        let mut near = [Some(here), here.above(&text), here.below(&text)].into_iter().flatten();
        let lost = doubles::line(&text, here)
            .or_else(|| near.find_map(|line| brackets::lost_list(&text, line, self.keys)))
            .or_else(|| breaks::value_below(&text, here, self.keys));
        if let Some(guess) = lost {
            return vec![guess];
        }
        if here.end() - here.start <= LONGEST_LINE {
            let row = row::guesses(here, self.keys);
            if !row.is_empty() {
                let stretch = self.stretch(error);
                let end = here.end();
                let changes = row.iter().flat_map(|guess| guess.changes.clone()).collect();
                let all = Guess::new("row", changes, String::new());
                let base = Base::without_line(&stretch);
                let limit = stretch.end.saturating_sub(end) + usize::from(end <= stretch.end);
                if self.verdict(&all, &base).is_some_and(|verdict| verdict.unread < limit.max(1)) {
                    return row;
                }
            }
        }
        let Some(mut guess) = self.furthest(error) else { return Vec::new() };
        guess.certain &= !self.is_unsure;
        self.is_unsure |= !guess.certain;
        vec![guess]
    }

    /// The guess with which the parser gets furthest.
    fn furthest(&mut self, error: &ParseError) -> Option<Guess> {
        let text = self.edited.text.clone();
        let here = Line::at(&text, error.at);
        let here = if here.body().trim().is_empty() { here.above(&text).unwrap_or(here) } else { here };
        let is_long = |line: Line<'_>| line.end() - line.start > LONGEST_LINE;
        if is_long(here) || here.above(&text).is_some_and(is_long) {
            return None;
        }
        let stretch = &self.stretch(error);
        let (mut certain, mut likely, mut last) = (Vec::new(), Vec::new(), Vec::new());
        let begins_line = error.at == here.first() && error.message.contains("missing comma");
        if let Some(above) = here.above(&text).filter(|_| begins_line) {
            certain.push(marks::comma_at(above.body_end()));
        }
        for line in [Some(here), here.above(&text)].into_iter().flatten() {
            quotes::guesses(&text, line, self.keys, &mut certain, &mut likely);
            marks::guesses(line, &mut certain, &mut likely);
        }
        brackets::guesses(&text, here, error.at, &mut likely);
        brackets::any(here, error.at, &mut last);
        let known = [certain, likely].concat();
        let line_end = Line::at(&text, error.at).end();
        let text_end = stretch.end;
        let unread =
            |beyond: usize| (text_end.saturating_sub(beyond) + usize::from(beyond <= text_end)).max(1);
        let base = self.base(&text, stretch, error);
        let mut tried = Vec::new();
        for guess in known {
            let verdict = self.verdict(&guess, &base);
            let is_best = verdict.as_ref().is_some_and(|verdict| {
                verdict.strange == 0 && base.next.is_some_and(|next| verdict.unread <= next)
            });
            tried.push((verdict, guess));
            // The line is right: no later guess is needed.
            if is_best {
                break;
            }
        }
        // What makes the whole line right comes first, then what a line with several typos needs next, then what brings
        // the parser on at all.
        let rounds: [(usize, bool, bool); 4] = [
            (line_end, true, false),
            (error.at + 1, true, true),
            (line_end, false, false),
            (error.at + 1, false, false),
        ];
        for (beyond, is_usual, is_certain) in rounds {
            if !is_usual && beyond == line_end {
                let any: Vec<_> = last.iter().map(|guess| (self.verdict(guess, &base), guess)).collect();
                let fits = |verdict: &Option<TextFaults>| {
                    verdict
                        .as_ref()
                        .is_some_and(|verdict| verdict.unread < unread(line_end) && verdict.strange == 0)
                };
                let best = any
                    .iter()
                    .filter(|(verdict, _)| fits(verdict))
                    .min_by_key(|(verdict, _)| verdict.clone());
                if let Some((_, guess)) = best {
                    return Some((*guess).clone());
                }
            }
            let fits = |(verdict, guess): &&(Option<TextFaults>, Guess)| {
                verdict.as_ref().is_some_and(|verdict| {
                    // A text with quotes in it is a little odd; with all the rest read it is what was meant.
                    let quotes = verdict.unread == 0 && verdict.strange <= ODD_TEXT && guess.certain;
                    verdict.unread < unread(beyond) && (!is_usual || verdict.strange == 0 || quotes)
                }) && (!is_certain || guess.certain)
            };
            let best = tried.iter().filter(fits).min_by_key(|(verdict, _)| verdict.clone());
            if let Some((_, guess)) = best {
                // Where the line is still not right after it, what moves no quote and no bracket may be certain.
                let moves = matches!(guess.kind, "bracket" | "quotes" | "inner-quote" | "apostrophe");
                let is_right = is_usual && (beyond == line_end || !moves) || guess.is_harmless(&text);
                let certain = guess.certain && is_right && !guess.splits_a_word(&text);
                return Some(Guess { certain, ..guess.clone() });
            }
        }
        None
    }

    /// How odd a stretch is apart from the line of an error.
    fn base(&mut self, text: &str, stretch: &Range<usize>, error: &ParseError) -> Base {
        let line = Line::at(text, error.at);
        // The typo may lie in the line above.
        let above = line.above(text).map_or(line.start, |above| above.start);
        let line = line.range();
        let judged = &text[stretch.clone()];
        let mut without = judged.to_owned();
        without.replace_range(line.start - stretch.start..line.end.min(stretch.end) - stretch.start, "");
        self.parsed += judged.len() + 2 * without.len();
        let whole = judge(&without, self.keys, without.len());
        // An error at the start of the next line may come from what is missing without this one, unless it is the same again.
        let below = text[line.end..].len() - text[line.end..].trim_start().len() + line.end;
        let is_other = whole.unread <= stretch.end.saturating_sub(below)
            || first_error(&without).is_some_and(|next| next.message == error.message);
        Base {
            stretch: stretch.clone(),
            below: stretch.end.saturating_sub(line.end),
            before: judge(judged, self.keys, above.saturating_sub(stretch.start)).strange,
            whole: (whole.unread == 0).then_some(whole.strange),
            next: is_other.then_some(whole.unread),
        }
    }

    /// What the parser makes of a stretch with a guess, and how much odder that is; `None` once it has been given enough,
    /// and for a guess that changes what lies outside.
    fn verdict(&mut self, guess: &Guess, base: &Base) -> Option<TextFaults> {
        let Range { start, end } = base.stretch;
        let is_inside = guess.changes.iter().all(|change| start <= change.at.start && change.at.end <= end);
        if self.parsed > MOST_PARSED || !is_inside {
            return None;
        }
        let tried = self.edited.with(&guess.changes);
        let tried = &tried[start..tried.len() - (self.edited.text.len() - end)];
        self.parsed += tried.len();
        let whole = judge(tried, self.keys, tried.len());
        let strange = match base.whole {
            Some(usual) if whole.unread == 0 => whole.strange.saturating_sub(usual),
            Some(_) | None => {
                // What lies below may have typos of its own.
                self.parsed += tried.len();
                let line = judge(tried, self.keys, tried.len().saturating_sub(base.below));
                line.strange.saturating_sub(base.before)
            }
        };
        Some(TextFaults { strange, ..whole })
    }

    /// Tells of an error that nothing corrects, and takes the smallest piece around it out of what is read.
    fn pass_over(&mut self, error: &ParseError) -> bool {
        let text = self.edited.text.clone();
        let line = Line::at(&text, error.at);
        let above = line.above(&text).unwrap_or(line);
        let next_header = text[line.end()..].find("\n[").map_or(text.len(), |at| line.end() + at);
        let pieces = [
            line.range(),
            above.start..line.end(),
            line.start..next_header,
            above.start..next_header,
            line.start..text.len(),
        ];
        for piece in pieces {
            if piece.is_empty() {
                continue;
            }
            let change = Replacement::new(piece.clone(), "");
            let tried = self.edited.with(std::slice::from_ref(&change));
            self.parsed += tried.len();
            if judge(&tried, self.keys, 0).unread <= text.len() - piece.end {
                let (message, help) = plain(&error.message);
                self.tell_unread(error, message, help);
                self.lost.push(text[piece].to_owned());
                self.edited.apply(&[change]);
                return true;
            }
        }
        let (message, help) = plain(&error.message);
        self.tell_unread(error, message, help);
        false
    }
}

/// The words of the parser in plain ones, and what to do.
fn plain(message: &str) -> (String, &'static str) {
    let known = [
        (
            "missing comma",
            "a comma is missing here",
            "add a comma, or the quote that is missing before this place",
        ),
        ("duplicate key", "a key stands here twice", "keep one of the two"),
        ("unclosed array", "a list has no end", "add the missing `]`"),
        ("unclosed inline table", "a table has no end", "add the missing `}`"),
        (
            "invalid basic string",
            "a text has no end",
            "a text ends on its own line, in the quotes it began with",
        ),
        ("must be quoted", "a text stands in quotes", "put quotes around it"),
        ("key with no value", "a key without a value", "write a key, `=` and a value"),
        ("unclosed table", "a header has no end", "add the missing `]`"),
        ("unclosed array table", "a header has no end", "add the missing `]]`"),
    ];
    let found = known.into_iter().find(|(words, ..)| message.contains(words));
    match found {
        Some((_, wrong, help)) => (wrong.to_owned(), help),
        None => (
            "this cannot be read".to_owned(),
            "a line is a key, `=` and a value, such as `title = \"Rust\"`, or the header of a table, such as [[part]]",
        ),
    }
}

/// Typos, those of a key that stands on a line with nothing but its value as one: what is proposed is the whole line.
fn of_one_line(text: &str, typos: Vec<Typo>) -> Vec<Typo> {
    let line_of = |typo: &Typo| {
        let line = Line::at(text, typo.at.start.min(text.len()));
        let edits = typo.fix.iter().flat_map(|fix| &fix.edits);
        let mut places = edits.map(|(range, _)| range).chain([&typo.at]);
        let inside = places.all(|range| line.start <= range.start && range.end <= line.end());
        let is_kind =
            matches!(typo.kind, "key" | "colon" | "equals" | "curly" | "number" | "flag" | BARE_WORD);
        (typo.fix.is_some() && inside && is_kind && line.text.starts_with(char::is_alphanumeric))
            .then_some(line)
    };
    let mut kept: Vec<Typo> = Vec::new();
    for typo in typos {
        let start = line_of(&typo).map(|line| line.start);
        let other =
            kept.iter_mut().find(|kept| start.is_some() && line_of(kept).map(|line| line.start) == start);
        let (Some(first), Some(fix)) = (other, &typo.fix) else {
            kept.push(typo);
            continue;
        };
        let line = Line::at(text, typo.at.start);
        first.message = format!("{}; {}", first.message, typo.message);
        first.at = first.at.start.min(typo.at.start)..first.at.end.max(typo.at.end);
        first.code = Code::Syntax;
        if let Some(whole) = &mut first.fix {
            whole.certain &= fix.certain;
            whole.edits.extend(fix.edits.clone());
            whole.edits.sort_by_key(|(range, _)| (range.start, range.end));
            let mut typed = line.text.to_owned();
            for (range, text) in whole.edits.iter().rev() {
                typed.replace_range(range.start - line.start..range.end - line.start, text);
            }
            whole.title = format!("type `{}`", typed.trim());
        }
    }
    kept
}

/// Typos of one kind, where there are more than a few, as one.
fn together(typos: &[Typo]) -> Vec<Typo> {
    const FEW: usize = 3;
    let mut kept: Vec<Typo> = Vec::new();
    let count = |kind: &str| typos.iter().filter(|typo| typo.kind == kind && typo.fix.is_some()).count();
    for typo in typos {
        let many = count(typo.kind);
        let mergeable = many > FEW && typo.fix.is_some() && typo.code == Code::Syntax;
        let first = kept.iter_mut().find(|first| mergeable && first.kind == typo.kind && first.fix.is_some());
        if let (Some(Typo { fix: Some(first), .. }), Some(fix)) = (first, &typo.fix) {
            first.certain &= fix.certain;
            first.edits.extend(fix.edits.clone());
        } else {
            let mut typo = typo.clone();
            if mergeable {
                typo.message = format!("{} (and in {} more places of this file)", typo.message, many - 1);
            }
            kept.push(typo);
        }
    }
    kept
}
