//! What to do about a mistake: words, or a change of what was asked for, which each front end offers in its own way: as a
//! flag, as a button, as a parameter.

use std::fmt;

use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// Something that nobody but the user can do.
    Text(String),
    /// Another way to ask.
    Remedy(Remedy),
}

/// Another way to ask for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Ask for this length, the nearest that can be.
    Length(Seconds),
    /// Ask for no length.
    NoLength,
    /// Make a length outside the author's limits; the file is marked.
    Anyway,
    /// List the changes that would make a length fit.
    Fit {
        /// The id or the number of the script.
        script: String,
        /// The length.
        length: Seconds,
    },
    /// Ask for this level of guidance.
    Guidance(&'static str),
    /// Name another voice.
    Voice,
    /// Have phrases without a recording spoken by a machine.
    Draft,
    /// Make no choice.
    NoChoice,
    /// Ask for another rate.
    Rate,
    /// Open a folder that is a course.
    Course,
    /// Trust the course with links and programs.
    Trust,
}

/// In words that belong to no front end.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(nearest) => write!(f, "the nearest length is {}", print_duration(*nearest)),
            Self::NoLength => f.write_str("ask for no length"),
            Self::Anyway => f.write_str("or make it anyway, which marks the file"),
            Self::Fit { script, length } => {
                let length = print_duration(*length);
                write!(f, "list the changes that would make `{script}` last {length}")
            }
            Self::Guidance(level) => write!(f, "choose {level} guidance"),
            Self::Voice => f.write_str("name another voice"),
            Self::Draft => f.write_str("have it spoken by a machine, as a draft"),
            Self::NoChoice => f.write_str("make no choice"),
            Self::Rate => f.write_str("choose another rate"),
            Self::Course => f.write_str("open a course folder"),
            Self::Trust => f.write_str("trust the course"),
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

/// The sentence of an error taken apart: what is wrong, and what to do about it, which stands after the last semicolon.
pub fn sentence(whole: &str) -> (String, Vec<Help>) {
    match whole.rsplit_once("; ") {
        Some((wrong, remedy)) => (wrong.to_owned(), vec![remedy.into()]),
        None => (whole.to_owned(), Vec::new()),
    }
}
