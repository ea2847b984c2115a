//! The command line: the only part of adem that prints.

mod args;
mod check;
mod clips;
mod export;
mod failure;
mod fit;
mod fmt;
mod measure;
mod new;
mod plan;
mod progress;
mod qc;
mod render;
mod report;
mod schema;
mod translate;
mod trust;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::asset::Cache;
use crate::decode::panic_is_caught;
use crate::engine::Engine;
use crate::files::{DiskFiles, Trust};
use args::{Args, Command};
use failure::Failure;

/// Exit codes that others build on.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// A file of yours needs a change.
    pub const MISTAKES: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// The checklist of finished sound found something that must not be.
    pub const QC: u8 = 3;
    /// The world failed: disk, decoder, encoder. A full disk too, as somebody has to make room.
    pub const WORLD: u8 = 4;
    /// Worth trying again as it is: something was interrupted, busy or slow, or there were too many open files.
    pub const AGAIN: u8 = 75;
    /// Stopped by Ctrl-C, as shells number it.
    pub const STOPPED: u8 = 130;
}

/// What every command works with.
struct Place {
    files: DiskFiles,
    cache: Cache,
    trust: Trust,
}

impl Place {
    /// The course that was named, trusted as far as the user says or has said before.
    fn of(args: &Args) -> Self {
        let remembered = || {
            trust::user_store().of(&args.course).unwrap_or_else(|error| {
                report::line(&format!("warning: {error}"));
                Trust::Nothing
            })
        };
        let trust = if args.trust { Trust::Everything } else { remembered() };
        let files = DiskFiles::new(&args.course).following_links(trust.follows_links());
        Self { cache: cache(&args.course, &trust), files, trust }
    }

    /// The course, checked.
    fn engine(&self) -> Result<Engine, Failure> {
        let files = Arc::new(self.files.clone());
        Ok(Engine::open(files, self.cache.clone())?.trusting(self.trust.clone()))
    }

    /// Paths as they were typed, below the course folder: seen from here, or else from the course.
    fn below(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let root = self.files.root();
        let root = std::fs::canonicalize(root).map_err(|error| Failure::read(root, error))?;
        let inside = |path: &PathBuf| {
            let places = [path.clone(), root.join(path)];
            let mut found = places.into_iter().filter_map(|path| std::fs::canonicalize(path).ok());
            let below = found.find_map(|path| Some(path.strip_prefix(&root).ok()?.to_owned()));
            below.ok_or_else(|| Failure::Usage(format!("{} is not a file of this course", path.display())))
        };
        paths.iter().map(inside).collect()
    }
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    quieten_caught_panics();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // clap prints help and versions to stdout, mistakes to stderr; both in its own words.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    let place = Place::of(&args);
    let done = match &args.command {
        Command::Check(check) => check::run(&place, check),
        Command::Fmt(fmt) => fmt::run(&place, fmt),
        Command::Fit(fit) => fit::run(&place, fit),
        Command::Plan(plan) => plan::run(&place, plan),
        Command::Render(render) => render::run(&place, render),
        Command::Export(export) => export::run(&place, export),
        Command::Measure(measure) => measure::run(measure),
        Command::Qc(qc) => qc::run(&place, qc),
        Command::New(new) => new::run(new),
        Command::Schema(schema) => schema::run(schema),
        Command::Translate(translate) => translate::run(&place, translate),
        Command::Trust(trust) => trust::run(&place, trust),
    };
    ExitCode::from(match done {
        Ok(code) => code,
        Err(failure) => report::failure(&failure),
    })
}

/// A decoder that panics over a broken recording is caught, and the recording gets a message of its own.
fn quieten_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !panic_is_caught() {
            usual(info);
        }
    }));
}

/// `ADEM_CACHE` names a folder, or `off`; else it is `.adem` in the course, where no link counts that the course brings.
fn cache(course: &std::path::Path, trust: &Trust) -> Cache {
    match std::env::var_os("ADEM_CACHE") {
        Some(off) if off == "off" => Cache::off(),
        Some(folder) if !folder.is_empty() => Cache::at(folder),
        _ if trust.follows_links() => Cache::at(course.join(".adem")),
        _ => Cache::without_links(course.join(".adem")),
    }
}

type Outcome = Result<u8, Failure>;
