//! `adem check --fix`: types what is certain into the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{CommandContext, Failure, report};
use crate::diag::{Code, Diagnostic, FileId, Severity, Sink, Sources, TextEdit, one_for_each_cause};
use crate::engine::{Error, World, examine};
use crate::export::write_whole;
use crate::files::{FileError, Files};
use crate::script::file_kind::FileKind;
use crate::script::po::encoding::ByteForm;
use crate::script::po::syntax;

/// What one change reveals is changed in the next pass; a course whose changes go in circles is left after this many.
const MOST_PASSES: usize = 12;

/// Makes every certain change to the files that are wanted, or to all, until none is left.
pub(super) fn run(context: &CommandContext, paths: &[PathBuf]) -> Result<(), Failure> {
    let wanted = context.below(paths)?;
    let mut changed: BTreeMap<String, usize> = BTreeMap::new();
    // Lines whose syntax was changed. An id seems to be missing in one that was misread, so that none is added in this run.
    let mut mended: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MOST_PASSES {
        let (course, found) = match examine(&context.files) {
            // The check itself tells of them.
            Err(Error::World(World::File(FileError::Link { .. }))) => break,
            other => other?,
        };
        let mut written = false;
        for (file, edits) in
            certain(&one_for_each_cause(without(found, &course.sources, &mended)), &course.sources)
        {
            let source = course.sources.get(file);
            if !wanted.is_empty() && !wanted.iter().any(|wanted| Path::new(&source.path).starts_with(wanted))
            {
                continue;
            }
            let text = with(&course.sources, file, &edits);
            if text == source.text && !is_other_encoding(context, &source.path, &text)?
                || errors(&source.path, &text) > errors(&source.path, &source.text)
            {
                continue;
            }
            let (before, after) = (source.text.as_str(), text.as_str());
            mended.extend(changed_lines(before, after).map(str::to_owned));
            let bytes = if is_po(&source.path) {
                ByteForm::of(&context.files.read(Path::new(&source.path))?).bytes(&text)
            } else {
                text.into_bytes()
            };
            write_whole(context.files.root().join(&source.path), &bytes)?;
            *changed.entry(source.path.clone()).or_default() += edits.len();
            written = true;
        }
        if !written {
            break;
        }
    }
    for (path, edits) in changed {
        report::note(&format!("fixed {path}: {}", report::count(edits, "change")));
    }
    Ok(())
}

/// The lines of a text that another does not have.
fn changed_lines<'a>(before: &str, after: &'a str) -> impl Iterator<Item = &'a str> {
    let before: BTreeSet<&str> = before.lines().collect();
    after.lines().filter(move |line| !before.contains(line))
}

/// Diagnostics without those of missing ids in lines that were changed.
fn without(mut found: Vec<Diagnostic>, sources: &Sources, changed: &BTreeSet<String>) -> Vec<Diagnostic> {
    found.retain(|one| {
        let text = &sources.get(one.span().file).text;
        let start = sources.range(one.span()).start;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        one.code != Code::MissingId || !text[line..].lines().next().is_some_and(|line| changed.contains(line))
    });
    found
}

/// The certain changes of each file, from its start; of two that overlap the first.
fn certain<'a>(found: &'a [Diagnostic], sources: &Sources) -> BTreeMap<FileId, Vec<&'a TextEdit>> {
    let mut files: BTreeMap<FileId, Vec<&TextEdit>> = BTreeMap::new();
    for patch in found.iter().filter_map(|found| found.patch.as_ref()).filter(|patch| patch.certain) {
        let Some(file) = patch.edits.first().map(|edit| edit.span.file) else { continue };
        let taken = files.entry(file).or_default();
        let overlaps = |one: &TextEdit, other: &TextEdit| {
            let (one, other) = (sources.range(one.span), sources.range(other.span));
            one.start == other.start || (one.start < other.end && other.start < one.end)
        };
        if !patch.edits.iter().any(|edit| taken.iter().any(|other| overlaps(edit, other))) {
            taken.extend(&patch.edits);
        }
    }
    for edits in files.values_mut() {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    }
    files
}

fn with(sources: &Sources, file: FileId, edits: &[&TextEdit]) -> String {
    let mut text = sources.get(file).text.clone();
    for edit in edits.iter().rev() {
        text.replace_range(sources.range(edit.span), &edit.replacement);
    }
    text
}

/// Whether the bytes of a file are not those of its text, apart from a byte order mark.
fn is_other_encoding(context: &CommandContext, path: &str, text: &str) -> Result<bool, Failure> {
    let bytes = context.files.read(Path::new(path))?;
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) != text.as_bytes())
}

fn is_po(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "po")
}

/// The errors within a file: what a change must not make more.
fn errors(path: &str, text: &str) -> usize {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add(path, text);
    match FileKind::of(path) {
        Some(kind) => kind.examine(file, text, &sink),
        None if is_po(path) => drop(syntax::read(file, text, &sink)),
        None => {}
    }
    sink.into_sorted().iter().filter(|found| found.severity == Severity::Error).count()
}
