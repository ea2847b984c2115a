//! `adem new`: a course folder with one small exercise that renders at once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::known::parse_language;
use super::{Failure, Outcome, exit, place, report};
use crate::engine::begin_course;
use crate::files::DiskFiles;
use crate::script::language::Language;
use crate::script::starter;

#[derive(Debug, ClapArgs)]
pub(super) struct NewArgs {
    /// The folder to create; if it exists it must be empty
    pub folder: PathBuf,
    /// The language you will write in
    #[arg(long, value_name = "TAG", value_parser = parse_language, default_value = "en")]
    pub lang: Language,
}

pub(super) fn run(args: &NewArgs) -> Outcome {
    refuse_occupied(&args.folder)?;
    begin_course(&DiskFiles::new(&args.folder), &args.lang)?;
    report::note(&format!("created a course with one small exercise in {}", args.folder.display()));
    if !starter::speaks(&args.lang) {
        let known = starter::LANGUAGES.join(" and ");
        report::note(&format!(
            "its texts are in English, as adem has starter texts in {known} only; translate them to {}",
            args.lang.name()
        ));
    }
    let folder = place::quoted(&args.folder);
    report::note(&format!("\n  cd {folder}\n  adem check\n  adem plan 1\n  adem render 1 --draft\n"));
    report::note("README.md describes the next steps; `adem help reference` lists every key of every file");
    Ok(exit::DONE)
}

/// Refuses a folder with files in it, so that none is overwritten. A new Git repository counts as empty.
fn refuse_occupied(folder: &Path) -> Result<(), Failure> {
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Failure::Usage(format!("{} is a file; name a folder", folder.display())));
        }
        Err(error) => return Err(Failure::read(folder, error)),
    };
    let taken = entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != ".git"));
    if taken {
        let message = format!("{} is not empty; name a new folder for the course", folder.display());
        return Err(Failure::Usage(message));
    }
    Ok(())
}
