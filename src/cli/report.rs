//! What is said to the user when something is wrong, and the exit code that goes with it.

use std::io::{IsTerminal, Write};

use super::Failure;
use super::exit;
use super::failure::with_flags;
use crate::diag::{Diagnostic, Look, Severity, Sources, render_all};
use crate::engine::Error;
use crate::export::ExportError;

/// What standard output is called in messages.
pub(super) const STANDARD_OUTPUT: &str = "standard output";

/// Writes to stderr; one that has gone cannot be told so.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes a line to stderr.
pub(super) fn line(text: &str) {
    say(&format!("{text}\n"));
}

/// Writes to stdout.
///
/// # Errors
/// [`Error::ReaderGone`] if nobody reads any more, [`Error::World`] for anything else.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    let written = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(written.map_err(|error| ExportError::new(STANDARD_OUTPUT, error))?)
}

/// Shows diagnostics on stderr, and how many there were.
pub(super) fn diagnostics(found: &[Diagnostic], sources: &Sources) {
    if found.is_empty() {
        return;
    }
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    say(&render_all(&with_flags(found), sources, if colour { Look::Colour } else { Look::Plain }));
}

/// `3 mistakes and 1 warning`.
pub(super) fn summary(found: &[Diagnostic]) -> Option<String> {
    let errors = found.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    let counts = [(errors, "mistake"), (warnings, "warning")];
    let counts: Vec<_> =
        counts.into_iter().filter(|(many, _)| *many > 0).map(|(many, one)| count(many, one)).collect();
    (!counts.is_empty()).then(|| counts.join(" and "))
}

/// `1 script`, `2 scripts`.
pub(super) fn count(many: usize, one: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{many} {one}s") }
}

/// Tells of a failure; the exit code that goes with it.
pub(super) fn failure(failure: &Failure) -> u8 {
    match failure {
        Failure::Usage(_) => {
            line(&format!("error: {failure}"));
            exit::USAGE
        }
        Failure::Engine(error) => tell_of(error, failure),
    }
}

fn tell_of(error: &Error, failure: &Failure) -> u8 {
    match error {
        Error::Mistakes { found, sources } => {
            diagnostics(found, sources);
            line(&format!("\n{} to mend; nothing was made", summary(found).unwrap_or_default()));
            exit::MISTAKES
        }
        Error::Request(_) => {
            line(&format!("error: {failure}"));
            exit::USAGE
        }
        Error::World(world) => {
            line(&format!("error: {failure}"));
            if world.is_transient() { exit::AGAIN } else { exit::WORLD }
        }
        Error::Unfit(report) => {
            say(&super::qc::faults(report));
            line(&format!("error: {failure}"));
            exit::QC
        }
        // Whoever closed the pipe has heard enough.
        Error::ReaderGone => exit::DONE,
        Error::Stopped => {
            line(&format!("{failure}"));
            exit::STOPPED
        }
    }
}
