//! Mistakes in the files of a user: each with its place, its reason and what to type instead, all at once.
//!
//! A stage returns a value and sends what is wrong to a [`Sink`]; it never stops at the first mistake. Problems of
//! the world (disks, decoders) are typed errors beside what fails and do not come here.

mod code;
mod remedy;
mod render;
mod source;

use std::cell::RefCell;

pub use code::Code;
pub use remedy::{Help, Remedy, sentence};
pub use render::{Look, render, render_all};
pub use source::{FileId, Place, SourceFile, Sources};

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The stretch `range` of `file`.
    pub fn new(file: FileId, range: std::ops::Range<usize>) -> Self {
        Self { file, start: range.start, end: range.end.max(range.start) }
    }
}

/// A value and the place where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be made until this is mended.
    Error,
    /// Something can be made, but it may not be what was meant.
    Warning,
}

/// Words under a stretch of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The underlined stretch.
    pub span: Span,
    /// What to say of it; may be empty.
    pub text: String,
}

/// A change that would mend a mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// What to do, as a heading.
    pub title: String,
    /// What to replace.
    pub span: Span,
    /// The text to type there.
    pub replacement: String,
}

/// One mistake in a file of the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What kind of mistake; stable across versions.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where: the place itself first, then related places, which may lie in other files.
    pub labels: Vec<Label>,
    /// Why it is so, where that helps.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<Help>,
    /// A change that can be typed as it stands.
    pub patch: Option<Patch>,
}

impl Diagnostic {
    /// A mistake that stops the work.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message.into())
    }

    /// A thing to look at.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message.into())
    }

    fn new(code: Code, severity: Severity, span: Span, message: String) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Self { code, severity, message, labels, notes: Vec::new(), helps: Vec::new(), patch: None }
    }

    /// Words for the underlined place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// Another place that has to do with it.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Why it is so.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// What to type instead.
    #[must_use]
    pub fn patch(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.patch = Some(Patch { title: title.into(), span, replacement: replacement.into() });
        self
    }

    /// The place itself.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

/// Where stages send what they find. Interior mutability lets readers of nested tables share one.
#[derive(Debug, Default)]
pub struct Sink {
    found: RefCell<Vec<Diagnostic>>,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one diagnostic.
    pub fn emit(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// Whether anything found so far stops the work.
    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|found| found.severity == Severity::Error)
    }

    /// Everything found, in the order of files and places, each once: a mistake in a fragment is found by every
    /// script that uses it.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        self.sorted()
    }

    /// The same, while more may come.
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut found = self.found.borrow().clone();
        found.sort_by(|a, b| (a.span(), a.code, &a.message).cmp(&(b.span(), b.code, &b.message)));
        found.dedup_by(|a, b| a.span() == b.span() && a.code == b.code && a.message == b.message);
        found
    }
}

/// The nearest of `known` names to what somebody typed, if one is near enough to be meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().min(typed.chars().count()) / 4)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["pause", "say", "breathe", "bell"];
        assert_eq!(nearest("puase", known), Some("pause"));
        assert_eq!(nearest("Breath", known), Some("breathe"));
        assert_eq!(nearest("volume", known), None);
    }
}
