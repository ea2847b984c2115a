//! Edits of the files of a course that a page asks for: of a script, step by step (`apply`), and of a translation (`entry`). Each
//! replaces ranges of bytes, and everything else of the file stays as it is. `journal` keeps them so that they can be taken back,
//! and `rebase` carries one over to a file that was changed elsewhere.

pub mod entry;
mod fields;
pub mod journal;
mod lists;
mod parts;
pub mod rebase;
mod sections;
mod spots;
mod wrap;

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::diag::{Code, Diagnostic, Severity, Sink, Sources};
use crate::script::file_kind::FileKind;
use crate::script::signs::RefusedSign;
use crate::script::step::suggest_id;
use crate::toml::tidy::quote;
use fields::NewLimits;
pub use lists::StepSlot;
use spots::{FileSpots, StepSpot, comments};

/// A change to a script or a fragment. Steps are named by the byte at which their table begins, which the hash of the text that
/// they were read from makes certain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ScriptEdit {
    /// Other limits of the pause of a step, in seconds; those that are not named stay.
    Pause {
        step: usize,
        natural: Option<f64>,
        least: Option<f64>,
        most: Option<f64>,
    },
    /// A pause that never changes.
    FixedPause {
        step: usize,
        seconds: f64,
    },
    /// The pause of a phrase goes back to the usual one.
    UsualPause {
        step: usize,
    },
    /// Other words for a phrase.
    Reword {
        step: usize,
        text: String,
    },
    /// A value for one of [`SETTABLE`]; null, false and the default of `keep` remove the key.
    Set {
        step: usize,
        key: String,
        value: Value,
    },
    /// The least, natural and most rounds of a repeat, breaths or paces.
    Rounds {
        step: usize,
        times: [u32; 3],
    },
    /// The author's limits of the length of a script, in seconds; those that are not named stay.
    Length {
        usual: Option<f64>,
        least: Option<f64>,
        most: Option<f64>,
    },
    Move {
        step: usize,
        to: StepSlot,
    },
    /// A new phrase, with an id made of its words.
    AddPhrase {
        to: StepSlot,
        text: String,
        pause: Option<f64>,
    },
    AddPause {
        to: StepSlot,
        seconds: f64,
    },
    AddBell {
        to: StepSlot,
        bell: String,
    },
    /// Breaths of so many seconds in and out.
    AddBreathe {
        to: StepSlot,
        inhale: f64,
        exhale: f64,
        times: [u32; 3],
    },
    /// The steps of a fragment.
    AddUse {
        to: StepSlot,
        fragment: String,
    },
    /// A repeat around the steps from `first` to `last`, which are of one list.
    Repeat {
        first: usize,
        last: usize,
        times: [u32; 3],
    },
    /// The steps of a repeat without the repeat.
    Unwrap {
        step: usize,
    },
    Drop {
        step: usize,
    },
    /// A new part beside the one whose header begins at a byte: with a first phrase, or with a fragment.
    AddPart {
        to: StepSlot,
        title: Option<String>,
        text: Option<String>,
        fragment: Option<String>,
    },
    MovePart {
        part: usize,
        to: StepSlot,
    },
    DropPart {
        part: usize,
    },
    /// A bell at a clock time, as in `5m` or `end-9s`.
    AddCue {
        at: String,
        bell: String,
    },
    /// Another time or another bell; what is not named stays.
    Cue {
        cue: usize,
        at: Option<String>,
        bell: Option<String>,
    },
    DropCue {
        cue: usize,
    },
}

/// The keys that [`ScriptEdit::Set`] takes.
pub const SETTABLE: [&str; 6] = ["keep", "worth", "safety", "hard", "soft", "note"];

/// The longest text that a phrase or a note may get.
const LONGEST_TEXT: usize = 4_000;

/// A range of a text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    pub range: Range<usize>,
    pub text: String,
}

impl Splice {
    fn new(range: Range<usize>, text: &str) -> Self {
        Self { range, text: text.to_owned() }
    }

    fn at(place: usize, text: &str) -> Self {
        Self::new(place..place, text)
    }
}

/// A file after an edit.
#[derive(Clone, Debug)]
pub struct ChangedText {
    pub text: String,
    /// What the file alone tells of itself now, in `sources`.
    pub found: Vec<Diagnostic>,
    pub sources: Sources,
}

/// Valid TOML and PO that is not edited by ranges of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UneditedNotation {
    #[error("this step has a header of its own")]
    OwnHeader,
    #[error("one of the two steps has a header of its own, and the other is in braces")]
    OneHeader,
    #[error("the steps of this repeat are in braces under its header")]
    Braces,
    #[error("`{key}` is written with dots here")]
    Dots { key: String },
    #[error("this script has no `length` with three limits yet")]
    NoLimits,
    #[error("this step is empty")]
    EmptyStep,
    #[error("this is the only key of its step")]
    OnlyKey,
    #[error("a text with plural forms is not edited here")]
    Plural,
    #[error("this entry is written in an unusual way")]
    OddEntry,
    #[error("this step is written in a way that is not edited here")]
    OddStep,
}

/// Why an edit was not made.
#[derive(Debug, Error)]
pub enum EditError {
    #[error("this file was changed elsewhere since it was shown; look at both and choose")]
    Changed,
    #[error("this file has a mistake that has to be corrected first; run adem check")]
    Mistake,
    #[error("only scripts and fragments are edited here; open the file in an editor")]
    NoScript,
    #[error("the step is no longer there; load the page again")]
    NoStep,
    #[error(
        "this is the only step of its list, which cannot be empty; change its words or its pause instead"
    )]
    LastStep,
    #[error("this is the only part of the script, which needs one; change its steps instead")]
    LastPart,
    #[error("a step cannot go into itself; choose another place")]
    IntoItself,
    /// Valid TOML that is not edited by ranges.
    #[error("{0}; change it in an editor")]
    Notation(#[from] UneditedNotation),
    #[error("a pause is 0 seconds to a day")]
    PauseTime,
    #[error("a phrase needs words; drop the step to leave it out")]
    NoWords,
    #[error("this text is too long for one phrase; make several of it")]
    LongText,
    #[error("{0}; {advice}", advice = .0.advice())]
    Sign(RefusedSign),
    #[error("rounds are least, natural and most, in rising order")]
    RoundsOrder,
    #[error("a repeat goes around steps that follow each other in one list")]
    RepeatList,
    /// What no page asks for.
    #[error("{0}")]
    Value(String),
    #[error("this would make a mistake in the file: {told}", told = .found.first().map_or("", |one| &one.message))]
    Refused { found: Vec<Diagnostic>, sources: Sources },
}

/// The hash by which a text is known to be the one that was shown.
pub fn hash_of(text: &str) -> String {
    hash_of_bytes(text.as_bytes())
}

/// The same, of a file as it lies on the disk.
pub fn hash_of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// Makes a change to the text of a script, if it is still the one of this hash. Nothing but the change differs afterwards: every
/// comment is there, and the file has no mistake that it did not have.
///
/// # Errors
/// [`EditError`]; the file is to be left as it is then.
pub fn apply(path: &str, text: &str, base: &str, edit: &ScriptEdit) -> Result<ChangedText, EditError> {
    if hash_of(text) != base {
        return Err(EditError::Changed);
    }
    let kind = FileKind::of(path).filter(|kind| matches!(kind, FileKind::Script | FileKind::Fragment));
    let kind = kind.ok_or(EditError::NoScript)?;
    let spots = FileSpots::read(text).ok_or(EditError::Mistake)?;
    let new = spliced(text, splices(text, &spots, edit)?);
    let (before, _) = examined(kind, path, text);
    let (found, sources) = examined(kind, path, &new);
    let errors = |found: &[Diagnostic]| found.iter().filter(|one| one.severity == Severity::Error).count();
    if errors(&found) > errors(&before) {
        let is_error = |one: &Diagnostic| one.severity == Severity::Error;
        let found = found.into_iter().filter(is_error).collect();
        return Err(EditError::Refused { found, sources });
    }
    let is_kept =
        FileSpots::read(&new).is_some() && comments(&new) == comments(&kept_part(text, &spots, edit));
    if !is_kept {
        return Err(UneditedNotation::OddStep.into());
    }
    Ok(ChangedText { text: new, found, sources })
}

/// The text of a script with a change that is not made: for what is shown while somebody types. It may have mistakes.
///
/// # Errors
/// [`EditError`] if the change cannot be made.
pub fn drafted(text: &str, edit: &ScriptEdit) -> Result<String, EditError> {
    let spots = FileSpots::read(text).ok_or(EditError::Mistake)?;
    Ok(spliced(text, splices(text, &spots, edit)?))
}

/// The text of the step in braces that begins at a byte, with a change of it that is not made; `None` where the step has a header, or
/// the change reaches beyond it.
///
/// # Errors
/// As [`drafted`].
pub fn drafted_step(text: &str, edit: &ScriptEdit, at: usize) -> Result<Option<String>, EditError> {
    let spots = FileSpots::read(text).ok_or(EditError::Mistake)?;
    let Some(StepSpot::InList { table, .. }) = spots.step(at) else { return Ok(None) };
    let own = table.range.clone();
    let splices = splices(text, &spots, edit)?;
    if splices.iter().any(|splice| splice.range.start < own.start || splice.range.end > own.end) {
        return Ok(None);
    }
    let moved = splices
        .into_iter()
        .map(|Splice { range, text }| Splice { range: range.start - own.start..range.end - own.start, text });
    Ok(Some(spliced(&text[own.clone()], moved.collect())))
}

/// The text whose comments have to be there afterwards: all of it, but for the inside of a step that is dropped.
fn kept_part(text: &str, spots: &FileSpots, edit: &ScriptEdit) -> String {
    let mut kept = text.to_owned();
    if let ScriptEdit::Drop { step } | ScriptEdit::DropCue { cue: step } = edit
        && let Some(StepSpot::InList { table, .. }) = spots.step(*step)
    {
        kept.replace_range(table.range.clone(), "0");
    }
    kept
}

fn examined(kind: FileKind, path: &str, text: &str) -> (Vec<Diagnostic>, Sources) {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add(path, text);
    kind.examine(file, text, &sink);
    let mut found = sink.into_sorted();
    // The check of the whole course tells of it.
    found.retain(|one| one.code != Code::MissingId || one.severity == Severity::Error);
    (found, sources)
}

/// A text with these replacements, which do not overlap.
fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut new = text.to_owned();
    for splice in splices.iter().rev() {
        new.replace_range(splice.range.clone(), &splice.text);
    }
    new
}

fn splices(text: &str, spots: &FileSpots, edit: &ScriptEdit) -> Result<Vec<Splice>, EditError> {
    let step = |at: usize| spots.step(at).ok_or(EditError::NoStep);
    match edit {
        ScriptEdit::Pause { step: at, natural, least, most } => {
            for seconds in [natural, least, most].into_iter().flatten() {
                check_time(*seconds)?;
            }
            let limits = NewLimits { natural: *natural, least: *least, most: *most };
            fields::set_pause(text, &step(*at)?, limits)
        }
        ScriptEdit::FixedPause { step: at, seconds } => {
            check_time(*seconds)?;
            let typed = format!("{{ fixed = {} }}", fields::number(*seconds));
            fields::set(text, &step(*at)?, "pause", Some(&typed))
        }
        ScriptEdit::UsualPause { step: at } => fields::set(text, &step(*at)?, "pause", None),
        ScriptEdit::Reword { step: at, text: words } => {
            fields::set(text, &step(*at)?, "say", Some(&quote(&one_line(words)?)))
        }
        ScriptEdit::Set { step: at, key, value } => {
            let typed = typed_value(key, value)?;
            fields::set(text, &step(*at)?, key, typed.as_deref())
        }
        ScriptEdit::Rounds { step: at, times } => fields::set_rounds(&step(*at)?, *times),
        ScriptEdit::Length { usual, least, most } => {
            for seconds in [usual, least, most].into_iter().flatten() {
                check_time(*seconds)?;
            }
            fields::set_length(text, spots, [("usual", *usual), ("least", *least), ("most", *most)])
        }
        ScriptEdit::Move { step: at, to } => lists::move_step(text, spots, *at, *to),
        ScriptEdit::AddPhrase { to, text: words, pause } => {
            let words = one_line(words)?;
            let id = new_id(spots, text, &words);
            let mut typed = format!("{{ say = {}, id = {}", quote(&words), quote(&id));
            if let Some(pause) = pause {
                check_time(*pause)?;
                let _ = write!(typed, ", pause = {}", fields::number(*pause));
            }
            typed.push_str(" }");
            lists::add(text, spots, *to, &typed)
        }
        ScriptEdit::AddPause { to, seconds } => {
            check_time(*seconds)?;
            lists::add(text, spots, *to, &format!("{{ pause = {} }}", fields::number(*seconds)))
        }
        ScriptEdit::AddBell { to, bell } => {
            lists::add(text, spots, *to, &format!("{{ bell = {} }}", quote(&one_line(bell)?)))
        }
        ScriptEdit::AddBreathe { to, inhale, exhale, times } => {
            check_time(*inhale)?;
            check_time(*exhale)?;
            let [inhale, exhale] = [inhale, exhale].map(|seconds| fields::number(*seconds));
            let times = fields::rounds(*times)?;
            let typed = format!("{{ breathe = {{ in = {inhale}, out = {exhale}, times = {times} }} }}");
            lists::add(text, spots, *to, &typed)
        }
        ScriptEdit::AddUse { to, fragment } => {
            lists::add(text, spots, *to, &format!("{{ use = {} }}", quote(&one_line(fragment)?)))
        }
        ScriptEdit::Repeat { first, last, times } => wrap::repeat(text, spots, [*first, *last], *times),
        ScriptEdit::Unwrap { step: at } => wrap::unwrap(text, spots, *at),
        ScriptEdit::Drop { step: at } => lists::drop_step(text, spots, *at),
        ScriptEdit::AddPart { to, title, text: words, fragment } => {
            let mut lines = Vec::new();
            if let Some(title) = title.as_deref().filter(|title| !title.trim().is_empty()) {
                lines.push(format!("title = {}", quote(&one_line(title)?)));
            }
            match (fragment, words) {
                (Some(fragment), _) => lines.push(format!("use = {}", quote(&one_line(fragment)?))),
                (None, words) => {
                    let words = one_line(words.as_deref().unwrap_or_default())?;
                    let id = new_id(spots, text, &words);
                    let say = format!("  {{ say = {}, id = {}, pause = 4 }},", quote(&words), quote(&id));
                    lines.extend(["steps = [".to_owned(), say, "]".to_owned()]);
                }
            }
            parts::add(text, spots, *to, &lines)
        }
        ScriptEdit::MovePart { part, to } => parts::move_part(text, spots, *part, *to),
        ScriptEdit::DropPart { part } => parts::drop_part(text, spots, *part),
        ScriptEdit::AddCue { at, bell } => {
            let typed = format!("{{ at = {}, bell = {} }}", quote(&one_line(at)?), quote(&one_line(bell)?));
            sections::add_cue(text, spots, &typed)
        }
        ScriptEdit::Cue { cue, at, bell } => {
            let spot = step(*cue)?;
            let mut splices = Vec::new();
            for (key, words) in [("at", at), ("bell", bell)] {
                if let Some(words) = words {
                    splices.extend(fields::set(text, &spot, key, Some(&quote(&one_line(words)?)))?);
                }
            }
            Ok(splices)
        }
        ScriptEdit::DropCue { cue } => sections::drop_cue(text, spots, *cue),
    }
}

/// The line break of a file.
fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn check_time(seconds: f64) -> Result<(), EditError> {
    let is_time = seconds.is_finite() && (0.0..=86_400.0).contains(&seconds);
    if is_time { Ok(()) } else { Err(EditError::PauseTime) }
}

/// A text on one line, as a phrase is.
fn one_line(words: &str) -> Result<String, EditError> {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(EditError::NoWords);
    }
    if line.len() > LONGEST_TEXT {
        return Err(EditError::LongText);
    }
    match RefusedSign::of(&line) {
        Some(sign) => Err(EditError::Sign(sign)),
        None => Ok(line),
    }
}

/// The value of a key as it is typed; `None` where the key is not written.
fn typed_value(key: &str, value: &Value) -> Result<Option<String>, EditError> {
    if !SETTABLE.contains(&key) {
        let keys = SETTABLE.join(", ");
        return Err(EditError::Value(format!("`{key}` is not set here; the keys are {keys}")));
    }
    let wrong = || EditError::Value(format!("this is no value for `{key}`"));
    Ok(match (key, value) {
        (_, Value::Null | Value::Bool(false)) => None,
        ("keep", Value::String(level)) if level == "full" => None,
        ("keep", Value::String(level)) if ["light", "long"].contains(&&**level) => Some(quote(level)),
        ("worth", Value::Number(worth)) => {
            let worth = worth.as_u64().filter(|worth| (1..=9).contains(worth)).ok_or_else(wrong)?;
            Some(worth.to_string())
        }
        ("safety" | "hard" | "soft", Value::Bool(true)) => Some("true".to_owned()),
        ("note", Value::String(note)) if note.trim().is_empty() => None,
        ("note", Value::String(note)) => Some(quote(&one_line(note)?)),
        _ => return Err(wrong()),
    })
}

/// An id made of the words, which no phrase of the file has.
fn new_id(spots: &FileSpots, text: &str, words: &str) -> String {
    let made = suggest_id(words);
    let stem = if made.is_empty() { "phrase" } else { made.as_str() };
    let taken = |id: &str| spots.has_value(text, "id", &quote(id));
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let mut names = std::iter::once(stem.to_owned()).chain(numbered);
    names.find(|id| !taken(id)).unwrap_or_default()
}
