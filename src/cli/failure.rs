//! Why a command failed, and the message: the only place that converts remedies to flags.

use std::path::Path;

use thiserror::Error;

use crate::adopt::HearError;
use crate::diag::{Diagnostic, Help, Remedy, one_sentence};
use crate::engine::{self, World};
use crate::script::CourseError;
use crate::unit::literal::print_duration;

/// Why a command failed.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The arguments make no sense.
    #[error("{0}")]
    Usage(String),
    /// Somebody else is at it; worth trying again.
    #[error("{0}")]
    Busy(String),
    /// The engine could not do it.
    #[error("{}", told(.0))]
    Engine(#[from] engine::Error),
}

impl Failure {
    /// A file that could not be read.
    #[expect(clippy::needless_pass_by_value, reason = "as an error is given to a closure")]
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        crate::files::FileError::from_io(path, &source).into()
    }
}

impl Failure {
    /// What the studio refuses, with what to do.
    pub(super) fn of_problem(problem: &crate::http::problem::Problem) -> Self {
        let told = problem.told();
        if problem.status().is_server_error() { Self::Busy(told) } else { Self::Usage(told) }
    }
}

impl From<World> for Failure {
    fn from(world: World) -> Self {
        Self::Engine(world.into())
    }
}

impl From<engine::Request> for Failure {
    fn from(request: engine::Request) -> Self {
        Self::Engine(request.into())
    }
}

impl From<crate::files::FileError> for Failure {
    fn from(error: crate::files::FileError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<HearError> for Failure {
    fn from(error: HearError) -> Self {
        Self::Usage(format!("the recording {error}"))
    }
}

impl From<CourseError> for Failure {
    fn from(error: CourseError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<crate::export::ExportError> for Failure {
    fn from(error: crate::export::ExportError) -> Self {
        Self::Engine(error.into())
    }
}

/// A problem and its remedies in one sentence.
fn told(error: &engine::Error) -> String {
    one_sentence(&error.problem(), &error.remedies(), help)
}

/// What to do, as this program takes it.
pub(super) fn help(help: &Help) -> String {
    match help {
        Help::Text(text) => text.clone(),
        Help::Remedy(remedy) => flag(remedy),
    }
}

/// Diagnostics with every remedy as a flag.
pub(super) fn with_flags(found: &[Diagnostic]) -> Vec<Diagnostic> {
    let text = |diagnostic: &Diagnostic| Diagnostic {
        helps: diagnostic.helps.iter().map(|one| Help::Text(help(one))).collect(),
        ..diagnostic.clone()
    };
    found.iter().map(text).collect()
}

/// The remedy for what a course may only do once it is trusted.
pub(super) const TRUST: &str = "trust the course with `adem trust`, or for this run only with --trust";

fn flag(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Length(nearest) => format!("the nearest is --length {}", print_duration(*nearest)),
        Remedy::Minutes(minutes) => format!("did you mean --length {}?", print_duration(*minutes)),
        Remedy::NoLength => "leave --length out".to_owned(),
        Remedy::IgnoreLimits => "--outside-limits ignores the limits and marks the file".to_owned(),
        Remedy::Fit { script, length } => {
            let length = print_duration(*length).replace(' ', "");
            format!(
                "`adem fit {script} --length {length}` shows the nearest lengths, and changes that make it fit if there are any"
            )
        }
        Remedy::Guidance(level) => format!("add --guidance {level}"),
        Remedy::Voice => "name another voice with --voice".to_owned(),
        Remedy::Rename(name) => {
            format!("`adem build --rename` gives it the name that `path` makes now, {name}")
        }
        Remedy::Draft => "synthesise it with --draft".to_owned(),
        Remedy::Format => "`adem fmt` writes them".to_owned(),
        Remedy::Translate(language) => format!(
            "`adem translate update --lang {language}` writes them into scripts/po/{language}.po for the translator"
        ),
        Remedy::AcceptTakes { phrases, language, voice } => {
            let phrases = phrases.join(" ");
            format!(
                "record the words as they are now, or accept what still fits: `adem voice accept {phrases} --lang {language} --voice {voice}`"
            )
        }
        Remedy::NoChoice => "leave --choose out".to_owned(),
        Remedy::Rate => "choose another --rate".to_owned(),
        Remedy::Trust => TRUST.to_owned(),
        Remedy::TrustProgram => format!("check what it does, then {TRUST}"),
        Remedy::Course => "run adem in a course folder, or name one with -C".to_owned(),
    }
}
