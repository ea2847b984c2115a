//! The command line: the only part of adem that prints.

mod adopt;
mod args;
mod build;
mod check;
mod clean;
mod clips;
mod collect;
mod credits;
mod explain;
mod export;
mod failure;
mod fit;
mod fix;
mod fmt;
mod help;
mod known;
mod list;
mod measure;
mod new;
mod own;
mod parts;
mod place;
mod plan;
mod progress;
mod qc;
mod render;
mod report;
mod run;
mod schema;
mod serve;
mod shell;
mod studio;
mod table;
mod translate;
mod trust;
mod usage;
mod verify;
mod versions;
mod voice;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{FromArgMatches, ValueEnum};

use crate::asset::{Cache, SpeechEngines};
use crate::decode::panic_is_caught;
use crate::engine::{Engine, Error, Plan};
use crate::export::FolderLock;
use crate::files::{DiskFiles, Files, Trust};
use crate::script::Course;
use crate::script::speech_engine::SpeechEngine;
use crate::toml::table::list;
use args::{Args, Command};
use failure::Failure;

/// The exit codes; scripts rely on them, so they do not change.
pub mod exit {
    pub const DONE: u8 = 0;
    /// Errors in files of the course.
    pub const ERRORS: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// The checklist of `adem qc` failed.
    pub const QC: u8 = 3;
    /// A failure of a disk, decoder or encoder, including a full disk.
    pub const WORLD: u8 = 4;
    /// A job of a shard that cannot succeed: its texts have errors, or its sound fails. The number is that of sysexits.h.
    pub const BAD_JOB: u8 = 65;
    /// The shard, the store or the course of a job is missing, or not the one that was planned.
    pub const NO_INPUT: u8 = 66;
    /// A temporary failure: something was interrupted, busy or slow, or too many files were open.
    pub const RETRY: u8 = 75;
    /// Stopped by Ctrl-C, as shells number it.
    pub const STOPPED: u8 = 130;
}

/// The course folder, its cache and its trust: what every command is given.
#[derive(Clone)]
struct CommandContext {
    files: DiskFiles,
    cache: Cache,
    trust: Trust,
    /// The engine for drafts that the user asks for.
    draft_engine: Option<SpeechEngine>,
}

impl CommandContext {
    /// The course of the arguments, trusted as `--trust` or an earlier `adem trust` says.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `-C` names what does not exist.
    fn of(args: &Args) -> Result<Self, Failure> {
        let folder = place::course_folder(args)?;
        let remembered = || {
            trust::user_store().of(&folder).unwrap_or_else(|error| {
                report::warning(error);
                Trust::Nothing
            })
        };
        let trust = if args.trust { Trust::Everything } else { remembered() };
        let files = DiskFiles::new(folder).trusting(trust.clone());
        let draft_engine = draft_engine()?;
        let context = Self { cache: cache(&files, &trust), files, trust, draft_engine };
        context.describe();
        Ok(context)
    }

    /// Says which folders are used, to those who ask for it.
    fn describe(&self) {
        let root = self.files.root();
        if !root.join("course.toml").is_file() {
            return;
        }
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| whole(root));
        report::detail(format!("course: {}", root.display()));
        match self.cache.folder() {
            Some(folder) => report::detail(format!("cache: {}", whole(folder).display())),
            None => report::detail("cache: off"),
        }
        match &self.trust {
            Trust::Everything => report::detail("trust: everything"),
            Trust::Nothing => report::detail("trust: nothing"),
            Trust::Granted(_) => report::detail("trust: what `adem trust` remembers"),
        }
    }

    /// A course of these files, read and checked, without a word.
    fn engine_of(&self, files: Arc<dyn Files>) -> Result<Engine, Error> {
        let speech = SpeechEngines::installed(speech_folder(), self.draft_engine);
        Ok(Engine::open(files, self.cache.clone())?.trusting(self.trust.clone(), speech))
    }

    /// The same, without the scripts that have errors.
    fn spared_engine_of(&self, files: Arc<dyn Files>) -> Result<Engine, Error> {
        let speech = SpeechEngines::installed(speech_folder(), self.draft_engine);
        Ok(Engine::open_spared(files, self.cache.clone())?.trusting(self.trust.clone(), speech))
    }

    /// The course, read and checked.
    fn engine(&self) -> Result<Engine, Failure> {
        let engine = self.engine_of(Arc::new(self.files.clone()))?;
        report::detail(format!("read: {}", contents(engine.course())));
        Ok(engine)
    }

    /// Keeps other processes from changing files of the course until it is dropped. Whoever reads a file to write it again takes it
    /// before reading.
    fn alone(&self) -> Result<FolderLock, Failure> {
        let root = self.files.root();
        FolderLock::beside(&root.join("course.toml")).map_err(|_| {
            Failure::Busy(format!(
                "another adem is changing the course in {}; wait for it to end, and do this again",
                place::shown(root)
            ))
        })
    }

    /// The id of a script that is named by its id, its track number or its path; a path is one from the current folder, or
    /// from the course.
    fn script(&self, wanted: &str) -> Result<String, Failure> {
        let path = Path::new(wanted);
        let is_in_folder = path.components().count() > 1;
        if !place::is_path(wanted) || !self.files.root().join("course.toml").is_file() {
            return Ok(wanted.to_owned());
        }
        let is_there = |path: &Path| path.exists() || self.files.root().join(path).exists();
        let with_ending = PathBuf::from(format!("{wanted}.toml"));
        let path = if !is_there(path) && is_there(&with_ending) { &with_ending } else { path };
        if !is_there(path) {
            let why = || {
                let other = "name a script by its id, its track number or its path";
                place::not_there(self.files.root(), path, other)
            };
            return if is_in_folder { Err(why()) } else { Ok(wanted.to_owned()) };
        }
        let found = self.below(&[path.to_owned()])?;
        let id = found.iter().find_map(|path| {
            let is_script = path.parent() == Some(Path::new("scripts"));
            path.file_stem().filter(|_| is_script).map(|id| id.to_string_lossy().into_owned())
        });
        id.ok_or_else(|| {
            Failure::Usage(format!("{wanted} is not a script; scripts are the files scripts/*.toml"))
        })
    }

    /// Paths relative to the course folder. They are looked up from the current folder first, then from the course.
    fn below(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let root = self.files.root();
        let root = std::fs::canonicalize(root).map_err(|error| Failure::read(root, error))?;
        let inside = |path: &PathBuf| {
            let places = [path.clone(), root.join(path)];
            let mut found = places.into_iter().filter_map(|path| std::fs::canonicalize(path).ok());
            let below = found.find_map(|path| Some(path.strip_prefix(&root).ok()?.to_owned()));
            below.ok_or_else(|| {
                if path.exists() || root.join(path).exists() {
                    Failure::Usage(format!("{} is not in the course folder", path.display()))
                } else {
                    place::not_there(self.files.root(), path, "check the path")
                }
            })
        };
        paths.iter().map(inside).collect()
    }
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    quieten_caught_panics();
    choose_colour(std::env::args_os());
    let typed: Vec<OsString> = std::env::args_os().collect();
    let program = help::command();
    if let Some(wrong) = usage::wrong_dash(&typed, &program) {
        return ExitCode::from(report::failure(&Failure::Usage(wrong)));
    }
    let read = program.clone().try_get_matches_from(&typed).and_then(|found| Args::from_arg_matches(&found));
    let args = match read {
        Ok(args) => args,
        Err(error) => {
            // clap prints help and version to stdout and errors to stderr.
            let error = usage::with_advice(error, &typed, &program);
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    report::set_verbosity(match (args.quiet, args.verbose) {
        (true, _) => report::Verbosity::Quiet,
        (false, true) => report::Verbosity::Verbose,
        (false, false) => report::Verbosity::Usual,
    });
    let limit = match clean::limit() {
        Ok(limit) => limit,
        Err(wrong) => return ExitCode::from(report::failure(&wrong)),
    };
    let context = match CommandContext::of(&args) {
        Ok(context) => context,
        Err(wrong) => return ExitCode::from(report::failure(&wrong)),
    };
    let done = match &args.command {
        Command::Build(build) => build::run(&context, build),
        Command::Run(run) => run::run(&context, run),
        Command::Collect(collect) => collect::run(&context, collect),
        Command::Serve(serve) => serve::run(&context, serve, args.trust),
        Command::Verify(verify) => verify::run(verify),
        Command::List(list) => list::run(&context, list),
        Command::Credits(credits) => credits::run(&context, credits),
        Command::Check(check) => check::run(&context, check),
        Command::Explain(explain) => explain::run(explain),
        Command::Fmt(fmt) => fmt::run(&context, fmt),
        Command::Fit(fit) => fit::run(&context, fit),
        Command::Plan(plan) => plan::run(&context, plan),
        Command::Render(render) => render::run(&context, render),
        Command::Export(export) => export::run(&context, export),
        Command::Measure(measure) => measure::run(measure),
        Command::Qc(qc) => qc::run(&context, qc),
        Command::New(new) => new::run(new),
        Command::Schema(schema) => schema::run(schema),
        Command::Translate(translate) => translate::run(&context, translate),
        Command::Voice(voice) => voice::run(&context, voice),
        Command::Adopt(adopt) => adopt::run(&context, adopt),
        Command::Studio(studio) => studio::run(&context, studio),
        Command::Trust(trust) => trust::run(&context, trust),
        Command::Clean(clean) => clean::run(&context, clean),
        Command::Completions(shell) => shell::completions(shell),
        Command::Man(man) => shell::man(man),
        Command::Help(topic) => help::run(topic),
    };
    clean::trim(&context, limit);
    ExitCode::from(match done {
        Ok(code) => code,
        Err(failure) => report::failure(&failure),
    })
}

/// Says where the sounds of a version come from, to those who ask for it.
fn describe_plan(plan: &Plan) {
    let Plan { session, timeline, .. } = plan;
    let phrases = report::count(timeline.phrases().count(), "phrase");
    report::detail(format!(
        "voice: {}; {phrases}, {} synthesised",
        session.voice.folder(),
        timeline.drafts()
    ));
    timeline.drafted_by.iter().for_each(|voice| report::detail(format!("drafts: {voice}")));
    let beds: BTreeSet<&str> = timeline.beds.iter().map(|bed| bed.name.as_str()).collect();
    beds.iter().for_each(|bed| report::detail(format!("bed: ambience/{bed}.toml")));
    report::detail(format!("preset: {}", session.preset.name));
}

/// What a course has, as counts.
fn contents(course: &Course) -> String {
    let counts = [
        (course.scripts.len(), "script"),
        (course.fragments.len(), "fragment"),
        (course.voices.len(), "voice"),
        (course.ambiences.len(), "bed"),
        (course.bells.len(), "bell"),
    ];
    counts.map(|(count, one)| report::count(count, one)).join(", ")
}

/// Sets for all output whether it is coloured. This precedes the parser, whose own help and errors follow it.
fn choose_colour(arguments: impl Iterator<Item = OsString>) {
    colour_of(arguments).unwrap_or_default().write_global();
}

/// What `--color` says; `None` where it is not given, or has a value that the parser refuses.
fn colour_of(arguments: impl Iterator<Item = OsString>) -> Option<anstream::ColorChoice> {
    let mut words = arguments.skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut choice = None;
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        choice = value.and_then(|value| clap::ColorChoice::from_str(&value, true).ok()).or(choice);
    }
    choice.map(|choice| match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    })
}

/// Suppresses the message of panics in decoders: they are caught, and reported as errors of the recording.
fn quieten_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !panic_is_caught() {
            usual(info);
        }
    }));
}

/// The cache in the folder that `ADEM_CACHE` names, or none if that is `off`. The default is `.adem` in the course; if that
/// is a link, it is followed only if it is trusted, and links in it are followed only with `--trust`.
fn cache(files: &DiskFiles, trust: &Trust) -> Cache {
    let usual = || files.root().join(".adem");
    match (std::env::var_os("ADEM_CACHE"), trust) {
        (Some(off), _) if off == "off" => Cache::off(),
        (Some(folder), _) if !folder.is_empty() => Cache::at(folder),
        (_, Trust::Everything) => Cache::at(usual()),
        (_, Trust::Nothing | Trust::Granted(_)) => {
            Cache::without_links(files.real(Path::new(".adem")).unwrap_or_else(|_| usual()))
        }
    }
}

/// The folder of the engines for speech that the user has installed: that of `ADEM_VOICES`, or `adem/voices` in the data folder
/// of the user. `voice/engines/install.py` has the same. Relative paths are ignored: they would be in a course.
fn speech_folder() -> Option<PathBuf> {
    let folder =
        |name: &str| Some(PathBuf::from(std::env::var_os(name)?)).filter(|folder| folder.is_absolute());
    let of_system = || {
        if cfg!(windows) { folder("LOCALAPPDATA") } else { Some(folder("HOME")?.join(".local/share")) }
    };
    let usual = || Some(folder("XDG_DATA_HOME").or_else(of_system)?.join("adem/voices"));
    folder("ADEM_VOICES").or_else(usual)
}

/// The engine that `ADEM_DRAFT` asks for.
///
/// # Errors
/// [`Failure::Usage`] if there is no such engine.
fn draft_engine() -> Result<Option<SpeechEngine>, Failure> {
    let asked = std::env::var_os("ADEM_DRAFT").filter(|asked| !asked.is_empty());
    let Some(asked) = asked.map(|asked| asked.to_string_lossy().into_owned()) else { return Ok(None) };
    let known = list(SpeechEngine::WORDS.iter().map(|(word, _)| *word));
    let engine = SpeechEngine::named(&asked);
    engine
        .map(Some)
        .ok_or_else(|| Failure::Usage(format!("ADEM_DRAFT is `{asked}`; the engines are {known}")))
}

type Outcome = Result<u8, Failure>;
