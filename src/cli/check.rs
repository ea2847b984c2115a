//! `adem check`: all errors and warnings of a course.

use std::path::Path;

use serde_json::{Value, json};

use super::args::CheckArgs;
use super::failure::help;
use super::progress::Progress;
use super::{CommandContext, Failure, Outcome, exit, report};
use crate::build::{expand, undeclared_drafts, undeliverable};
use crate::diag::{Diagnostic, Label, Severity, Sources, TextEdit, one_for_each_cause};
use crate::engine::{Checked, Error, World, check_course, refused_links};
use crate::files::FileError;

pub(super) fn run(context: &CommandContext, args: &CheckArgs) -> Outcome {
    let wanted = context.below(&args.paths)?;
    if args.fix {
        super::fix::run(context, &args.paths)?;
    }
    let progress = Progress::on_terminal();
    let checked = check_course(&context.files, context.cache.clone(), &progress.task());
    progress.finish();
    let Checked { mut course, mut found } = match checked {
        Err(Error::World(World::File(FileError::Link { .. }))) => return show_links(context, args),
        other => other?,
    };
    let cover = course.header.publish.cover.as_ref().map(|cover| cover.value.as_str());
    found.extend(refused_links(&context.files, cover, &mut course.sources));
    if found.iter().all(|found| found.severity != Severity::Error) {
        let deliveries: Vec<_> = course.header.deliveries.iter().collect();
        match expand(&course, &deliveries) {
            Ok(matrix) => {
                let drafts = undeclared_drafts(&course, &matrix, &context.files).map_err(World::File)?;
                let refused = undeliverable(&course, &matrix, &context.files).map_err(World::File)?;
                let refused = refused.into_iter().chain(drafts);
                // They keep a delivery from being built, and nothing else.
                found.extend(refused.map(|found| Diagnostic { severity: Severity::Warning, ..found }));
            }
            Err(wrong) => found.extend(wrong),
        }
    }
    let sources = &course.sources;
    // An error that involves two files is shown for either.
    found.retain(|found| {
        let paths = found.labels.iter().map(|label| Path::new(&sources.get(label.span.file).path));
        wanted.is_empty()
            || paths.into_iter().any(|path| wanted.iter().any(|wanted| path.starts_with(wanted)))
    });
    let found = one_for_each_cause(found);
    show(&found, sources, args.json)?;
    if !args.json && found.is_empty() {
        report::note(&format!("no errors: {}", super::contents(&course)));
    }
    let certain =
        found.iter().filter(|found| found.patch.as_ref().is_some_and(|patch| patch.certain)).count();
    if certain > 0 && !args.json && !args.fix {
        report::note(&format!("{certain} of these can be typed by `adem check --fix`"));
    }
    let errors = found.iter().any(|found| found.severity == Severity::Error);
    Ok(if errors { exit::ERRORS } else { exit::DONE })
}

/// The links that keep a course from being read: nothing else can be said of it.
fn show_links(context: &CommandContext, args: &CheckArgs) -> Outcome {
    let mut sources = Sources::default();
    let found = refused_links(&context.files, None, &mut sources);
    show(&found, &sources, args.json)?;
    Ok(exit::ERRORS)
}

pub(super) fn show(found: &[Diagnostic], sources: &Sources, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let list: Vec<_> = found.iter().map(|found| diagnostic_json(found, sources)).collect();
        return report::out(&format!("{:#}\n", json!({ "diagnostics": list })));
    }
    report::diagnostics(found, sources);
    if let Some(summary) = report::summary(found) {
        report::note(&format!("\n{summary}"));
    }
    Ok(())
}

fn diagnostic_json(found: &Diagnostic, sources: &Sources) -> Value {
    let place = |label: &Label| {
        let start = sources.line_column(label.span);
        let range = sources.range(label.span);
        json!({
            "file": sources.get(label.span.file).path,
            "line": start.line,
            "column": start.column,
            "start": range.start,
            "end": range.end,
            "text": label.text,
        })
    };
    json!({
        "code": found.code.name(),
        "severity": match found.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": found.message,
        "place": place(&found.labels[0]),
        "related": found.labels[1..].iter().map(place).collect::<Vec<_>>(),
        "notes": found.notes,
        "help": found.helps.iter().map(help).collect::<Vec<_>>(),
        "patch": found.patch.as_ref().map(|patch| {
            let edit = |edit: &TextEdit| {
                let range = sources.range(edit.span);
                json!({
                    "file": sources.get(edit.span.file).path,
                    "start": range.start,
                    "end": range.end,
                    "replacement": edit.replacement,
                })
            };
            json!({
                "title": patch.title,
                "certain": patch.certain,
                "edits": patch.edits.iter().map(edit).collect::<Vec<_>>(),
            })
        }),
    })
}
