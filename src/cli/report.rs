//! Output to the terminal: text, errors and diagnostics, in colour where the user wants it, and exit codes.

use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Color, Style};

use super::Failure;
use super::exit;
use super::failure::with_flags;
use crate::diag::{Code, Diagnostic, Look, Severity, Sources, one_for_each_cause, render_all};
use crate::engine::Error;
use crate::export::ExportError;
use crate::script::language::Language;

/// What standard output is called in messages.
pub(super) const STANDARD_OUTPUT: &str = "standard output";

const ERROR: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const WARNING: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors, and results that were asked for.
    Quiet,
    /// Also warnings, progress and what was done.
    Usual,
    /// Also what is read and from where.
    Verbose,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Usual as u8);

/// Sets for the whole run how much is said.
pub(super) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Whether as much as this is said.
pub(super) fn says(verbosity: Verbosity) -> bool {
    VERBOSITY.load(Ordering::Relaxed) >= verbosity as u8
}

/// Writes to stderr, in colour where the user wants it. A stderr that is closed is ignored.
pub(super) fn say(text: &str) {
    let _ = AutoStream::auto(std::io::stderr()).write_all(text.as_bytes());
}

/// Writes a line to stderr: an error, or a result that was asked for.
pub(super) fn line(text: &str) {
    say(&format!("{text}\n"));
}

/// Writes a line to stderr that `--quiet` leaves out: what was done.
pub(super) fn note(text: &str) {
    if says(Verbosity::Usual) {
        line(text);
    }
}

/// Writes a line to stderr that only `--verbose` shows.
pub(super) fn detail(text: impl std::fmt::Display) {
    if says(Verbosity::Verbose) {
        line(&text.to_string());
    }
}

pub(super) fn error(text: impl std::fmt::Display) {
    line(&format!("{ERROR}error:{ERROR:#} {text}"));
}

pub(super) fn warning(text: impl std::fmt::Display) {
    note(&format!("{WARNING}warning:{WARNING:#} {text}"));
}

/// Writes to stdout unchanged.
///
/// # Errors
/// [`Error::OutputClosed`] if the reader has closed it, [`Error::World`] for anything else.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    write(&mut std::io::stdout().lock(), text)
}

/// Writes text with styles to stdout, in colour where the user wants it.
///
/// # Errors
/// As [`out`].
pub(super) fn out_styled(text: &str) -> Result<(), Failure> {
    write(&mut AutoStream::auto(std::io::stdout().lock()), text)
}

fn write(to: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let written = to.write_all(text.as_bytes());
    Ok(written.map_err(|error| ExportError::new(STANDARD_OUTPUT, error))?)
}

/// Writes warnings to stderr, which `--quiet` leaves out.
pub(super) fn warnings(found: &[Diagnostic], sources: &Sources) {
    if says(Verbosity::Usual) {
        diagnostics(found, sources);
    }
}

/// Writes the warnings about a course to stderr. That a language is still in the making is a line, as `adem check` says more, and so
/// is what there is in translations into others than `spoken`, where that is named.
pub(super) fn course_warnings(found: &[Diagnostic], sources: &Sources, spoken: &[&Language]) {
    let is_of_others = |one: &&Diagnostic| {
        let path = &sources.get(one.span().file).path;
        let name = path.strip_prefix("scripts/po/").and_then(|name| name.strip_suffix(".po"));
        let language = name.and_then(Language::parse);
        language.is_some_and(|language| !spoken.is_empty() && !spoken.contains(&&language))
    };
    let (others, found): (Vec<_>, Vec<_>) = found.iter().partition(is_of_others);
    if !others.is_empty() {
        let warnings = count(others.len(), "warning");
        note(&format!("{warnings} about translations into other languages; `adem check` shows them"));
    }
    let is_begun = |one: &&Diagnostic| {
        one.code == Code::NotTranslated && sources.get(one.span().file).path == "course.toml"
    };
    let (begun, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(is_begun);
    for one in begun {
        let (message, _) = one.message.split_once(';').unwrap_or((&one.message, ""));
        note(&format!("{message}; `adem check` says which tracks are whole"));
    }
    warnings(&rest.into_iter().cloned().collect::<Vec<_>>(), sources);
}

/// Writes diagnostics to stderr.
pub(super) fn diagnostics(found: &[Diagnostic], sources: &Sources) {
    if found.is_empty() {
        return;
    }
    let plain = AutoStream::choice(&std::io::stderr()) == ColorChoice::Never;
    say(&render_all(&with_flags(found), sources, if plain { Look::Plain } else { Look::Colour }));
}

/// `3 errors and 1 warning`; `None` without either.
pub(super) fn summary(found: &[Diagnostic]) -> Option<String> {
    let errors = found.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    let counts = [(errors, "error"), (warnings, "warning")];
    let counts: Vec<_> =
        counts.into_iter().filter(|(many, _)| *many > 0).map(|(many, one)| count(many, one)).collect();
    (!counts.is_empty()).then(|| counts.join(" and "))
}

/// `1 script`, `2 scripts`.
pub(super) fn count(many: usize, one: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{many} {one}s") }
}

/// Writes what failed to stderr and gives the exit code.
pub(super) fn failure(failure: &Failure) -> u8 {
    let code = failure_of_some(failure);
    if let Failure::Engine(Error::Diagnostics { found, .. }) = failure {
        let found = one_for_each_cause(found.clone());
        line(&format!("\n{}; nothing was written", summary(&found).unwrap_or_default()));
    }
    code
}

/// The same of one version among several, some of which may have been written.
pub(super) fn failure_of_some(failure: &Failure) -> u8 {
    match failure {
        Failure::Usage(_) => {
            error(failure);
            exit::USAGE
        }
        Failure::Busy(_) => {
            error(failure);
            exit::RETRY
        }
        Failure::Engine(from_engine) => of_engine(from_engine, failure),
    }
}

fn of_engine(from_engine: &Error, failure: &Failure) -> u8 {
    match from_engine {
        Error::Diagnostics { found, sources } => {
            diagnostics(&one_for_each_cause(found.clone()), sources);
            exit::ERRORS
        }
        Error::Request(_) => {
            error(failure);
            exit::USAGE
        }
        Error::World(world) => {
            error(failure);
            if world.is_transient() { exit::RETRY } else { exit::WORLD }
        }
        Error::ChecklistFailed(report) => {
            say(&super::qc::faults(report));
            error(failure);
            exit::QC
        }
        // The reader closed the pipe on purpose, as `head` does.
        Error::OutputClosed => exit::DONE,
        Error::Stopped => {
            line(&format!("{failure}"));
            exit::STOPPED
        }
    }
}
