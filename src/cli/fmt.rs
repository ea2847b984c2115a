//! `adem fmt`: formats every TOML file, keeps comments and fills in missing ids.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, exit, report};
use crate::diag::{Code, Diagnostic, Severity, Sink, Sources};
use crate::export::write_whole;
use crate::files::Files;
use crate::script::file_kind::{FileKind, all_files};
use crate::script::{CourseError, near_course};
use crate::toml::tidy::Tidied;

#[derive(Debug, ClapArgs)]
pub(super) struct FmtArgs {
    /// Only these files or folders
    pub paths: Vec<PathBuf>,
    /// Change nothing; list the files that are not formatted on stdout, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
}

pub(super) fn run(context: &CommandContext, args: &FmtArgs) -> Outcome {
    let mut sources = Sources::default();
    let mut errors = Vec::new();
    let (mut unformatted, mut seen) = (0, 0);
    for (kind, path) in wanted(context, args)? {
        let bytes = context.files.read(Path::new(&path))?;
        seen += 1;
        let done = match one(kind, &path, &bytes, &mut sources) {
            Ok(done) => done,
            Err(found) => {
                errors.extend(found);
                continue;
            }
        };
        if done.text.as_bytes() == bytes {
            continue;
        }
        unformatted += 1;
        if args.check {
            report::out(&format!("{path}\n"))?;
        } else {
            write_whole(context.files.root().join(&path), done.text.as_bytes())?;
            report::note(&message(&path, &done));
        }
    }
    report::diagnostics(&errors, &sources);
    if let Some(summary) = report::summary(&errors) {
        report::line(&format!("\n{summary}; files with errors were not changed"));
    }
    if unformatted == 0 && errors.is_empty() {
        report::note(&format!("{} formatted already", report::count(seen, "file")));
    }
    let wrong = !errors.is_empty() || (args.check && unformatted > 0);
    Ok(if wrong { exit::ERRORS } else { exit::DONE })
}

/// Formats a file, or gives its errors. A missing id is not one of them, as it is filled in.
fn one(kind: FileKind, path: &str, bytes: &[u8], sources: &mut Sources) -> Result<Tidied, Vec<Diagnostic>> {
    let sink = Sink::new();
    let Some(file) = sources.read(path, bytes, &sink) else { return Err(sink.into_sorted()) };
    let text = &sources.get(file).text;
    kind.examine(file, text, &sink);
    let mut found = sink.into_sorted();
    found.retain(|found| found.severity == Severity::Error && found.code != Code::MissingId);
    if found.is_empty() { Ok(kind.tidy(text)) } else { Err(found) }
}

/// The requested files; all of them if none are named.
fn wanted(context: &CommandContext, args: &FmtArgs) -> Result<Vec<(FileKind, String)>, Failure> {
    if !context.files.exists(Path::new("course.toml")) {
        return Err(CourseError::NoCourse { near: near_course(&context.files) }.into());
    }
    let all = all_files(&context.files)?;
    if args.paths.is_empty() {
        return Ok(all);
    }
    let wanted = context.below(&args.paths)?;
    for (wanted, typed) in wanted.iter().zip(&args.paths) {
        if !all.iter().any(|(_, path)| Path::new(path).starts_with(wanted)) {
            let typed = typed.display();
            return Err(Failure::Usage(format!(
                "{typed} is not a TOML file of the course, nor a folder with one"
            )));
        }
    }
    let named = |path: &str| wanted.iter().any(|wanted| Path::new(path).starts_with(wanted));
    Ok(all.into_iter().filter(|(_, path)| named(path)).collect())
}

fn message(path: &str, done: &Tidied) -> String {
    match &done.filled[..] {
        [] => format!("formatted {path}"),
        [id] => format!("formatted {path}, with a new id: {id}"),
        ids => format!("formatted {path}, with {} new ids: {}", ids.len(), ids.join(", ")),
    }
}
