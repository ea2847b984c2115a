//! Prints diagnostics in the style of the Rust compiler. All use of `annotate-snippets`, whose API still changes, is
//! in this file.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch as Change, Renderer, Snippet};

use super::{Diagnostic, FileId, Patch, Severity, SourceFile, Sources};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// ASCII without colour, for pipes and tests.
    Plain,
    /// Colours and line-drawing characters, for a terminal.
    Colour,
}

/// One diagnostic as text, without a final newline.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain().decor_style(DecorStyle::Ascii),
        Look::Colour => Renderer::styled().decor_style(DecorStyle::Unicode),
    };
    renderer.render(&groups(diagnostic, sources))
}

/// Several diagnostics, separated by empty lines.
pub fn render_all(diagnostics: &[Diagnostic], sources: &Sources, look: Look) -> String {
    diagnostics.iter().map(|found| render(found, sources, look) + "\n").collect::<Vec<_>>().join("\n")
}

fn groups<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code.name()));
    for file in files(diagnostic) {
        main = match sources.get(file) {
            SourceFile { path, is_read: false, .. } => main.element(Origin::path(path)),
            _ => main.element(snippet(diagnostic, sources, file)),
        };
    }
    main = main.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(note)));
    main = main.elements(diagnostic.helps.iter().map(|help| Level::HELP.message(help.to_string())));
    let mut groups = vec![main];
    if let Some(patch) = &diagnostic.patch {
        groups.push(change(patch, sources));
    }
    groups
}

/// Changes beyond these are made by a program, not typed: the first show what they are.
const MOST_SHOWN: usize = 12;

/// What to type: the first changes where there are many, and the heading alone where it is a whole file.
fn change<'a>(patch: &'a Patch, sources: &'a Sources) -> Group<'a> {
    let title = |title: Cow<'a, str>| Level::HELP.secondary_title(title);
    let whole = || title(Cow::Borrowed(&patch.title));
    let Some(first) = patch.edits.first() else { return Group::with_title(whole()) };
    let ranges: Vec<_> = patch.edits.iter().map(|edit| sources.range(edit.span)).collect();
    let is_whole =
        |range: &Range<usize>| range.start == 0 && range.end == sources.get(first.span.file).text.len();
    if ranges.iter().any(is_whole) {
        return Group::with_title(whole());
    }
    let mut changes: Vec<_> = ranges.iter().zip(&patch.edits).collect();
    let title = if changes.len() > MOST_SHOWN {
        changes.sort_by_key(|(range, _)| range.start);
        title(Cow::Owned(format!("{}: the first {MOST_SHOWN} of {}", patch.title, changes.len())))
    } else {
        whole()
    };
    changes.truncate(MOST_SHOWN);
    let shown: Vec<_> = changes.iter().map(|(range, _)| (*range).clone()).collect();
    let excerpt = Excerpt::around(sources, first.span.file, &shown);
    let changes = changes.into_iter();
    let changes = changes.map(|(range, edit)| Change::new(excerpt.inside(range), &edit.replacement));
    title.element(excerpt.snippet().patches(changes))
}

/// The files that a diagnostic points into, that of the error first.
fn files(diagnostic: &Diagnostic) -> Vec<FileId> {
    let mut files = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
}

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    file: FileId,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let labels = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.file == file);
    let ranges: Vec<_> = labels.clone().map(|(_, label)| sources.range(label.span)).collect();
    let excerpt = Excerpt::around(sources, file, &ranges);
    let annotations = labels.zip(&ranges).map(|((index, label), range)| {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(excerpt.inside(range));
        if label.text.is_empty() { annotation } else { annotation.label(&label.text) }
    });
    excerpt.snippet().annotations(annotations)
}

/// The lines of a file that one message shows. The library scans all text it is given, so passing whole files would
/// be slow for a long file with many messages.
struct Excerpt<'a> {
    path: &'a str,
    text: &'a str,
    /// The byte offset in the file at which the excerpt begins.
    start: usize,
    line: usize,
}

impl<'a> Excerpt<'a> {
    /// The whole lines that contain these ranges.
    fn around(sources: &'a Sources, file: FileId, ranges: &[Range<usize>]) -> Self {
        let source = sources.get(file);
        let text = source.text.as_str();
        let first = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let last = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let (line, start) = source.line(first);
        let end = text[last..].find('\n').map_or(text.len(), |newline| last + newline);
        // A CR before the end of the line is part of the line end.
        Self { path: &source.path, text: text[start..end].trim_end_matches('\r'), start, line }
    }

    fn inside(&self, range: &Range<usize>) -> Range<usize> {
        let end = self.text.len();
        (range.start - self.start).min(end)..(range.end - self.start).min(end)
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(self.text).path(self.path).line_start(self.line)
    }
}
