//! What is said to the user when something is wrong, and the exit code that goes with it.

use std::io::{IsTerminal, Write};

use super::exit;
use crate::diag::{Diagnostic, Look, Severity, Sources, render_all};
use crate::engine::Failure;

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
/// [`Failure::ListenerGone`] if nobody reads any more, [`Failure::World`] for anything else.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    let written = std::io::stdout().lock().write_all(text.as_bytes());
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Failure::ListenerGone,
        _ => Failure::World(format!("cannot write to standard output: {error}")),
    })
}

/// Shows diagnostics on stderr, and how many there were.
pub(super) fn diagnostics(found: &[Diagnostic], sources: &Sources) {
    if found.is_empty() {
        return;
    }
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    say(&render_all(found, sources, if colour { Look::Colour } else { Look::Plain }));
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
        Failure::Mistakes { found, sources } => {
            diagnostics(found, sources);
            line(&format!("\n{} to mend; nothing was made", summary(found).unwrap_or_default()));
            exit::MISTAKES
        }
        Failure::Usage(_) => {
            line(&format!("error: {failure}"));
            exit::USAGE
        }
        Failure::World(_) => {
            line(&format!("error: {failure}"));
            exit::WORLD
        }
        Failure::Unfit(report) => {
            say(&super::qc::faults(report));
            line(&format!("error: {failure}"));
            exit::QC
        }
        // Whoever closed the pipe has heard enough.
        Failure::ListenerGone => exit::DONE,
        Failure::Stopped => {
            line(&format!("{failure}"));
            exit::STOPPED
        }
    }
}
