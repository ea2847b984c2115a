//! Diagnostics as text, in the look of the Rust compiler. The renderer's API is young; it stays behind this file.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Diagnostic, FileId, Severity, Sources};

/// How a diagnostic looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Plain characters, for pipes and tests.
    Plain,
    /// Colours, for a terminal.
    Colour,
}

/// One diagnostic as text, without a newline at the end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain().decor_style(DecorStyle::Ascii),
        Look::Colour => Renderer::styled().decor_style(DecorStyle::Unicode),
    };
    renderer.render(&groups(diagnostic, sources))
}

/// All of them, with an empty line between.
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
        main = main.element(snippet(diagnostic, sources, file));
    }
    main = main.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(note)));
    main = main.elements(diagnostic.helps.iter().map(|help| Level::HELP.message(help)));
    let mut groups = vec![main];
    if let Some(patch) = &diagnostic.patch {
        let file = sources.get(patch.span.file);
        let change = Patch::new(sources.range(patch.span), &patch.replacement);
        let snippet = Snippet::source(&file.text).path(&file.path).patch(change);
        groups.push(Level::HELP.secondary_title(&patch.title).element(snippet));
    }
    groups
}

/// The files a diagnostic points into: that of the place itself first.
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
    let source = sources.get(file);
    let annotations = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.file == file).map(
        |(index, label)| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(sources.range(label.span));
            if label.text.is_empty() { annotation } else { annotation.label(&label.text) }
        },
    );
    Snippet::source(&source.text).path(&source.path).annotations(annotations)
}
