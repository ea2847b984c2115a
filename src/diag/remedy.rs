//! Remedies of errors: a text, or a change of the request, which each front end offers in its own way, such as a flag
//! or a button.

use std::fmt;

use crate::unit::Seconds;
use crate::unit::literal::print_duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// A text for the user.
    Text(String),
    /// A change of the request.
    Remedy(Remedy),
}

/// A change of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Request this length, the nearest possible one.
    Length(Seconds),
    /// Request minutes, where as many seconds were requested.
    Minutes(Seconds),
    /// Request no length.
    NoLength,
    /// Ignore the author's limits of the length; the file is marked.
    IgnoreLimits,
    /// List the changes that would make a length possible.
    Fit {
        /// The id or the number of the script.
        script: String,
        length: Seconds,
    },
    /// Request this guidance level.
    Guidance(&'static str),
    /// Choose another voice.
    Voice,
    /// Synthesise phrases without a recording.
    Draft,
    /// Have the files formatted, which writes the ids of phrases.
    Format,
    /// Write what is to be translated into the PO file of this language.
    Translate(String),
    /// Record the words as they are now, or accept the takes of these phrases that still fit.
    AcceptTakes { phrases: Vec<String>, language: String, voice: String },
    /// Let a build give a released version the name that its pattern makes now, which is this one.
    Rename(String),
    /// Request no choices.
    NoChoice,
    /// Request another rate.
    Rate,
    /// Open a folder that is a course.
    Course,
    /// Trust the course with links and programs.
    Trust,
    /// Check a program that the course names, then trust the course.
    TrustProgram,
}

/// The text for any front end.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(nearest) => write!(f, "the nearest length is {}", print_duration(*nearest)),
            Self::Minutes(minutes) => write!(f, "did you mean {}?", print_duration(*minutes)),
            Self::NoLength => f.write_str("ask for no length"),
            Self::IgnoreLimits => f.write_str("or ignore the limits, which marks the file"),
            Self::Fit { script, length } => {
                let length = print_duration(*length);
                write!(f, "list the changes to `{script}` that make {length} possible")
            }
            Self::Guidance(level) => write!(f, "choose {level} guidance"),
            Self::Voice => f.write_str("name another voice"),
            Self::Draft => f.write_str("synthesise it as a draft"),
            Self::Format => f.write_str("format the files: that writes the ids"),
            Self::Translate(language) => {
                write!(f, "translate them in scripts/po/{language}.po, once it has been brought up to date")
            }
            Self::AcceptTakes { phrases, .. } => {
                write!(
                    f,
                    "record the words as they are now, or accept what still fits of {}",
                    phrases.join(", ")
                )
            }
            Self::Rename(name) => write!(f, "let the build rename it to {name}"),
            Self::NoChoice => f.write_str("make no choice"),
            Self::Rate => f.write_str("choose another rate"),
            Self::Course => f.write_str("open a course folder"),
            Self::Trust => f.write_str("trust the course"),
            Self::TrustProgram => f.write_str("check what it does, then trust the course"),
        }
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Remedy(remedy) => remedy.fmt(f),
        }
    }
}

impl From<String> for Help {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Help {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Remedy> for Help {
    fn from(remedy: Remedy) -> Self {
        Self::Remedy(remedy)
    }
}

/// Splits the message of an error at its last semicolon into the problem and the remedy.
pub fn sentence(whole: &str) -> (String, Vec<Help>) {
    match whole.rsplit_once("; ") {
        Some((wrong, remedy)) => (wrong.to_owned(), vec![remedy.into()]),
        None => (whole.to_owned(), Vec::new()),
    }
}

/// A problem and its remedies as one sentence. `say` words a remedy; each is enough by itself.
pub fn one_sentence(problem: &str, remedies: &[Help], say: impl Fn(&Help) -> String) -> String {
    let remedies: Vec<_> = remedies.iter().map(say).collect();
    if remedies.is_empty() { problem.to_owned() } else { format!("{problem}; {}", remedies.join(", or ")) }
}
