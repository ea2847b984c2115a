//! `adem fmt`: one style for every TOML file, comments kept, missing ids filled in.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{Outcome, Place, exit, report};
use crate::diag::{Code, Diagnostic, Severity, Sink, Sources};
use crate::engine::Failure;
use crate::export::write_whole;
use crate::files::Files;
use crate::script::CourseError;
use crate::script::file_kind::{FileKind, all_files};
use crate::toml::tidy::Tidied;

/// The arguments of `adem fmt`.
#[derive(Debug, ClapArgs)]
pub(super) struct FmtArgs {
    /// Only these files or folders
    pub paths: Vec<PathBuf>,
    /// Change nothing; name the files that are not tidy on stdout, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
}

pub(super) fn run(place: &Place, args: &FmtArgs) -> Outcome {
    let mut sources = Sources::default();
    let mut mistakes = Vec::new();
    let (mut untidy, mut seen) = (0, 0);
    for (kind, path) in wanted(place, args)? {
        let bytes = place.files.read(Path::new(&path)).map_err(Failure::world)?;
        seen += 1;
        let done = match one(kind, &path, &bytes, &mut sources) {
            Ok(done) => done,
            Err(found) => {
                mistakes.extend(found);
                continue;
            }
        };
        if done.text.as_bytes() == bytes {
            continue;
        }
        untidy += 1;
        if args.check {
            report::out(&format!("{path}\n"))?;
        } else {
            write_whole(place.files.root().join(&path), done.text.as_bytes())?;
            report::line(&told(&path, &done));
        }
    }
    report::diagnostics(&mistakes, &sources);
    if let Some(summary) = report::summary(&mistakes) {
        report::line(&format!("\n{summary} to mend first; files with mistakes were left alone"));
    }
    if untidy == 0 && mistakes.is_empty() {
        report::line(&format!("nothing to tidy in {seen} files"));
    }
    let wrong = !mistakes.is_empty() || (args.check && untidy > 0);
    Ok(if wrong { exit::MISTAKES } else { exit::DONE })
}

/// One file in the one style, or why it cannot be. A missing id is no mistake here: it is filled in.
fn one(kind: FileKind, path: &str, bytes: &[u8], sources: &mut Sources) -> Result<Tidied, Vec<Diagnostic>> {
    let sink = Sink::new();
    let Some(file) = sources.read(path, bytes, &sink) else { return Err(sink.into_sorted()) };
    let text = &sources.get(file).text;
    kind.examine(file, text, &sink);
    let mut found = sink.into_sorted();
    found.retain(|found| found.severity == Severity::Error && found.code != Code::MissingId);
    if found.is_empty() { Ok(kind.tidy(text)) } else { Err(found) }
}

/// The files that were asked for, all of them where none was named.
fn wanted(place: &Place, args: &FmtArgs) -> Result<Vec<(FileKind, String)>, Failure> {
    if !place.files.exists(Path::new("course.toml")) {
        return Err(Failure::world(CourseError::NoCourse));
    }
    let all = all_files(&place.files).map_err(Failure::world)?;
    if args.paths.is_empty() {
        return Ok(all);
    }
    let wanted = place.below(&args.paths)?;
    for (wanted, typed) in wanted.iter().zip(&args.paths) {
        if !all.iter().any(|(_, path)| Path::new(path).starts_with(wanted)) {
            let typed = typed.display();
            return Err(Failure::Usage(format!("{typed} is not, and does not hold, a TOML file adem knows")));
        }
    }
    let named = |path: &str| wanted.iter().any(|wanted| Path::new(path).starts_with(wanted));
    Ok(all.into_iter().filter(|(_, path)| named(path)).collect())
}

fn told(path: &str, done: &Tidied) -> String {
    match &done.filled[..] {
        [] => format!("tidied {path}"),
        [id] => format!("tidied {path}, with a new id: {id}"),
        ids => format!("tidied {path}, with {} new ids: {}", ids.len(), ids.join(", ")),
    }
}
