//! Diagnostics: errors in the user's files, each with its place, the reason and what to type instead.
//!
//! A stage returns a value and sends diagnostics to a [`Sink`]; it does not stop at the first error, so that one run
//! reports all of them. Failures of the disk or of a decoder are ordinary typed errors and are not reported here.

mod cause;
mod code;
mod remedy;
mod render;
mod source;

use std::cell::RefCell;

pub use cause::{SAFETY, one_for_each_cause};
pub use code::Code;
pub use remedy::{Help, Remedy, one_sentence, sentence};
pub use render::{Look, render, render_all};
pub use source::{FileId, LineColumn, SourceFile, Sources, utf_16};

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    pub fn new(file: FileId, range: std::ops::Range<usize>) -> Self {
        Self { file, start: range.start, end: range.end.max(range.start) }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be rendered until this is fixed.
    Error,
    /// A render is possible but may not be what was meant.
    Warning,
}

/// A marked range of a file and the text shown under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub span: Span,
    /// May be empty.
    pub text: String,
}

/// A change to the file that would fix the error.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The heading, which says what to do.
    pub title: String,
    /// What to change; the ranges do not overlap and lie in one file.
    pub edits: Vec<TextEdit>,
    /// Whether nothing else can be meant, so that a program may make it without asking.
    pub certain: bool,
}

/// A range to replace.
#[derive(Clone, Debug, PartialEq)]
pub struct TextEdit {
    /// The range.
    pub span: Span,
    /// What to type there.
    pub replacement: String,
}

/// One error or warning about a file of the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The kind of error; its name stays the same across versions.
    pub code: Code,
    pub severity: Severity,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// Where: first the place of the error, then related places, which may lie in other files.
    pub labels: Vec<Label>,
    /// Why it is an error, where that helps.
    pub notes: Vec<String>,
    pub helps: Vec<Help>,
    /// The fix as an edit.
    pub patch: Option<Patch>,
}

impl Diagnostic {
    /// A diagnostic that prevents rendering.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message.into())
    }

    /// A diagnostic that does not prevent rendering.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message.into())
    }

    fn new(code: Code, severity: Severity, span: Span, message: String) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Self { code, severity, message, labels, notes: Vec::new(), helps: Vec::new(), patch: None }
    }

    /// Sets the text under the place of the error.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Adds an edit that fixes the error.
    #[must_use]
    pub fn patch(self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.with_patch(title, span, replacement, false)
    }

    /// As [`Self::patch`], where nothing else can be meant.
    #[must_use]
    pub fn certain_patch(self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.with_patch(title, span, replacement, true)
    }

    fn with_patch(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
        certain: bool,
    ) -> Self {
        let edits = vec![TextEdit { span, replacement: replacement.into() }];
        self.patch = Some(Patch { title: title.into(), edits, certain });
        self
    }

    /// Where the error is.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

/// Collects the diagnostics of all stages. Interior mutability lets the readers of nested tables share one sink.
#[derive(Debug, Default)]
pub struct Sink {
    found: RefCell<Vec<Diagnostic>>,
}

impl Sink {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn emit(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// Whether any diagnostic so far is an error.
    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|found| found.severity == Severity::Error)
    }

    /// Whether any error so far lies in a file.
    pub fn has_errors_in(&self, file: FileId) -> bool {
        let found = self.found.borrow();
        found.iter().any(|found| found.severity == Severity::Error && found.span().file == file)
    }

    /// Whether a piece of a file could not be read, so that what seems to be missing may be there.
    pub fn lacks_part_of(&self, file: FileId) -> bool {
        let found = self.found.borrow();
        let unread = |found: &Diagnostic| matches!(found.code, Code::Syntax | Code::UnknownKey);
        found.iter().any(|found| unread(found) && found.span().file == file)
    }

    /// All diagnostics, sorted by file and place, without duplicates: an error in a fragment is found once for every
    /// script that uses it.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        self.sorted()
    }

    /// As [`Self::into_sorted`], leaving the sink open for more.
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut found = self.found.borrow().clone();
        found.sort_by(|a, b| (a.span(), a.code, &a.message).cmp(&(b.span(), b.code, &b.message)));
        found.dedup_by(|a, b| a.span() == b.span() && a.code == b.code && a.message == b.message);
        found
    }
}

/// The name in `known` that is closest to `typed`, if it is close enough to be a likely misspelling.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    // Two edits in a short word make any other word of it.
    let most = |length: usize| if length < 5 { 1 } else { 1 + length / 4 };
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= most(name.chars().count().min(typed.chars().count())))
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
        assert_eq!(nearest("most", ["soft", "worth"]), None);
    }
}
