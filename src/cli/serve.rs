//! `adem serve`: courses as a service over HTTP.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, exit, place, report};
use crate::asset::SpeechEngines;
use crate::engine::{Engine, Request};
use crate::export::{ExportError, OutputFile};
use crate::files::{DiskFiles, Trust};
use crate::script::near_course;
use crate::script::speech_engine::SpeechEngine;
use crate::serve::{
    CourseOpener, CourseWatcher, ServedCourse, Service, ServiceOptions, Tokens, WatchMethod, WishOptions,
    WorkLimits, run as run_service,
};
use crate::toml::table::list;
use crate::unit::{Seconds, literal};

/// The variable with tokens, separated by commas or lines.
const TOKENS: &str = "ADEM_TOKENS";

/// How the log is written
const LOG_FORMATS: [&str; 2] = ["text", "json"];
/// How much is written into the log
const LOG_LEVELS: [&str; 5] = ["off", "error", "warn", "info", "debug"];

/// Which courses are served, and how
#[derive(Debug, ClapArgs)]
pub(super) struct ServeArgs {
    /// The folders of courses; their names are those in addresses. Default: the course of the current folder
    #[arg(value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// The address to listen on; port 0 is any free one. Anything but this machine alone needs a proxy with TLS in front
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A file with tokens of at least 16 letters, one a line; lines that begin with `#` are comments. Who asks without a token is
    /// refused. SIGHUP reads it again. The variable `ADEM_TOKENS` does the same, with commas between them
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// The origin of pages that may read answers, such as `https://app.example`; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Believe the proxy in front which client asks (X-Forwarded-For)
    #[arg(long)]
    behind_proxy: bool,
    /// Requests a second of one client, four times as many at once; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 50.0)]
    rate: f64,
    /// How many windows are rendered side by side. Default: one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Refuse new versions while so much work waits
    #[arg(long, value_name = "N", default_value_t = 256)]
    queue: usize,
    /// The most listeners at once
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = at_least_one)]
    listeners: usize,
    /// The most files of other formats than WAV that are made or wait for it
    #[arg(long, value_name = "N", default_value_t = 64)]
    files: usize,
    /// The longest version
    #[arg(long, value_name = "TIME", default_value = "3h", value_parser = parse_time)]
    longest: Seconds,
    /// The longest time for a plan
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse_time)]
    patience: Seconds,
    /// Where finished files are kept. Default: served/ in the cache
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The most bytes of finished files, here and in the store
    #[arg(long, value_name = "SIZE", default_value = "8GiB")]
    keep: ByteSize,
    /// The most bytes of finished pieces of WAV files, in a temporary file in the same folder
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    pieces: ByteSize,
    /// The most bytes of windows of generated beds that versions of a course share, in a temporary file in the cache
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    beds: ByteSize,
    /// A store that several services share: a folder, or an address such as `s3://bucket/folder`
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// Do not read courses again when their files change; SIGHUP still does
    #[arg(long)]
    no_watch: bool,
    /// Look at the files this often, where the system does not tell of changes, as on network disks
    #[arg(long, value_name = "TIME", conflicts_with = "no_watch", value_parser = parse_time)]
    poll: Option<Seconds>,
    /// How long answers may go on after the service was asked to stop
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_time)]
    drain: Seconds,
    /// How long a connection may stand still
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_time)]
    stall: Seconds,
    /// How long a file is still made after the last one who waited for it has left
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = parse_time)]
    linger: Seconds,
    /// Take own words of listeners for phrases that scripts open with `own = true`: so many a minute of one client. The engine of
    /// the voice speaks them
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    wishes: f64,
    /// For how many days own words are kept
    #[arg(long, value_name = "DAYS", default_value_t = 30.0)]
    keep_wishes: f64,
    /// What is logged, on stderr
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = super::known::KnownWord::new(&LOG_LEVELS))]
    log: String,
    /// How it is logged
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = super::known::KnownWord::new(&LOG_FORMATS))]
    log_format: String,
}

fn parse_time(text: &str) -> Result<Seconds, String> {
    literal::parse_duration(text).map_err(|why| why.to_string())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a number from 1 on".to_owned())
}

fn duration(time: Seconds) -> Duration {
    Duration::from_nanos(time.nanos())
}

fn days(days: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(days * 86_400.0)
        .ok()
        .filter(|kept| !kept.is_zero())
        .ok_or_else(|| Failure::Usage("--keep-wishes takes a number of days, such as 30 or 0.5".to_owned()))
}

pub(super) fn run(context: &CommandContext, args: &ServeArgs, trust: bool) -> Outcome {
    log(args);
    let folders =
        if args.folders.is_empty() { vec![context.files.root().to_owned()] } else { args.folders.clone() };
    let first = tokens(args.tokens.as_deref())?;
    args.allow_origin.iter().try_for_each(|origin| check_origin(origin))?;
    if !args.listen.ip().is_loopback() && first.is_empty() {
        report::warning(format!(
            "anybody who reaches {} may listen; --tokens asks for a token, and TLS is the work of a proxy in front",
            args.listen
        ));
    }
    let mut courses: Vec<ServedCourse> = Vec::new();
    for folder in &folders {
        let name = name_of(folder)?;
        if courses.iter().any(|course| course.name == name) {
            return Err(Failure::Usage(format!(
                "two courses would be `{name}`; rename the folder of one of them"
            )));
        }
        let opener = opener(folder.clone(), trust, args.wishes > 0.0, context.draft_engine);
        let course = ServedCourse::open(name, opener)?;
        let state = course.now();
        let engine = &state.engine;
        engine.share_beds(args.beds.as_u64());
        if args.wishes > 0.0 {
            engine.unspoken().iter().for_each(|(language, why)| {
                report::warning(format!(
                    "the own words of listeners cannot be spoken in {language}, only recordings are taken: {why}"
                ));
            });
        }
        courses.push(course);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = ServiceOptions {
        threads: args.threads.map_or(cores, usize::from),
        most_waiting: args.queue,
        most_streams: args.listeners.min(tokio_permits()),
        most_files: args.files,
        rate: (args.rate > 0.0).then_some(args.rate),
        behind_proxy: args.behind_proxy,
        limits: WorkLimits { longest: args.longest, patience: duration(args.patience) },
        folder: args.folder.clone().unwrap_or_else(|| usual_folder(context)),
        keep: args.keep.as_u64(),
        pieces: args.pieces.as_u64(),
        store: args.store.clone(),
        origins: args.allow_origin.clone(),
        drain: duration(args.drain),
        stall: duration(args.stall),
        linger: duration(args.linger),
        wishes: WishOptions { a_minute: args.wishes, kept: days(args.keep_wishes)? },
    };
    can_be_written(&options.folder)?;
    let failed = |error: &dyn std::fmt::Display| Failure::Busy(format!("the service cannot start: {error}"));
    let file = args.tokens.clone();
    let tokens =
        Tokens::new(&first, Box::new(move || tokens(file.as_deref()).map_err(|why| why.to_string())));
    let service = Service::new(courses, tokens, options).map_err(|error| failed(&error))?;
    let listener = TcpListener::bind(args.listen).map_err(|error| {
        failed(&format!("{} cannot be listened on: {error}; name another with --listen", args.listen))
    })?;
    let watcher = watcher(args, &service, &folders);
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    let names: Vec<&str> = service.courses.keys().map(String::as_str).collect();
    report::note(&format!("courses: {}", list(names)));
    report::out(&format!("listening on http://{address}\n"))?;
    let done = run_service(&service, listener);
    drop(watcher);
    done.map_err(|error| failed(&error))?;
    Ok(exit::DONE)
}

/// More permits than a semaphore has are none.
fn tokio_permits() -> usize {
    usize::MAX >> 3
}

fn log(args: &ServeArgs) {
    use tracing_subscriber::filter::LevelFilter;
    let level: LevelFilter = args.log.parse().unwrap_or(LevelFilter::INFO);
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    // A second one in a process is refused; there is none.
    let _ = if args.log_format == "json" { log.json().try_init() } else { log.try_init() };
}

/// The name of a course in addresses.
fn name_of(folder: &Path) -> Result<String, Failure> {
    let whole = std::path::absolute(folder).map_err(|error| Failure::read(folder, error))?;
    // `course` and `course/.` are one folder; a link keeps its own name.
    let whole: PathBuf = whole.components().collect();
    let last = whole.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name = last.chars().map(plain).collect::<String>().trim_matches('-').to_owned();
    if name.is_empty() {
        let folder = place::shown(folder);
        return Err(Failure::Usage(format!(
            "{folder} has no letter that an address may have; rename the folder"
        )));
    }
    Ok(name)
}

/// Opens a course: where a folder is a link, what it leads to now, so that a course can be replaced at once by another.
fn opener(folder: PathBuf, trust: bool, speaks: bool, draft_engine: Option<SpeechEngine>) -> CourseOpener {
    Box::new(move |before: Option<&Engine>| {
        let real = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
        let trust = if trust {
            Trust::Everything
        } else {
            super::trust::user_store().of(&real).unwrap_or(Trust::Nothing)
        };
        let files = DiskFiles::new(real).trusting(trust.clone());
        if before.is_none() && !files.root().join("course.toml").is_file() {
            return Err(Request::NoCourse { near: near_course(&files) }.into());
        }
        let cache = super::cache(&files, &trust);
        let files = Arc::new(files);
        match before {
            Some(before) => before.reopen_at(files),
            // Wishes are spoken by the engine of the voice, and by a program that the course names if it is trusted.
            None if speaks => {
                let speech = SpeechEngines::installed(super::speech_folder(), draft_engine);
                Ok(Engine::open(files, cache)?.trusting(trust, speech))
            }
            // Drafts are never asked for, so none of the programs that a course names is run.
            None => Engine::open(files, cache),
        }
    })
}

/// The folder for finished files in the cache, or one that the system has for temporary files.
fn usual_folder(context: &CommandContext) -> PathBuf {
    let cache = context.cache.folder().map(Path::to_path_buf);
    cache.unwrap_or_else(|| std::env::temp_dir().join("adem")).join("served")
}

/// Finished files have to go somewhere.
fn can_be_written(folder: &Path) -> Result<(), Failure> {
    let tried = std::fs::create_dir_all(folder).map_err(|error| ExportError::new(folder, error));
    tried.and_then(|()| OutputFile::create(folder.join("served"))).map(drop).map_err(|error| {
        let folder = place::shown(folder);
        Failure::Usage(format!(
            "finished files cannot be written into {folder}: {error}; name another folder with --folder"
        ))
    })
}

/// Refuses what no browser sends as an origin: it would allow nobody.
fn check_origin(origin: &str) -> Result<(), Failure> {
    let read = url::Url::parse(origin).ok().map(|url| url.origin().ascii_serialization());
    match read {
        Some(read) if read == origin => Ok(()),
        Some(read) if read != "null" => {
            Err(Failure::Usage(format!("--allow-origin {origin} is no origin; write {read}")))
        }
        Some(_) | None => Err(Failure::Usage(format!(
            "--allow-origin {origin} is no origin; write scheme and host, such as https://app.example"
        ))),
    }
}

/// The tokens of the file and of the variable.
fn tokens(file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let variable = std::env::var(TOKENS).ok();
    if variable.as_ref().is_some_and(|text| text.replace(',', " ").trim().is_empty()) {
        return Err(Failure::Usage(format!(
            "{TOKENS} has no token, so that anybody could ask; give it one, or unset it"
        )));
    }
    let mut found = Vec::new();
    for token in
        variable.unwrap_or_default().split([',', '\n']).map(str::trim).filter(|token| !token.is_empty())
    {
        found.push(good_token(token, TOKENS)?);
    }
    if let Some(file) = file {
        let own = std::fs::read_to_string(file).map_err(|error| Failure::read(file, error))?;
        let lines = (1..).zip(own.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let before = found.len();
        for (number, line) in lines {
            found.push(good_token(line, &format!("{}:{number}", place::shown(file)))?);
        }
        if found.len() == before {
            return Err(Failure::Usage(format!("{} has no token; write one a line", place::shown(file))));
        }
    }
    Ok(found)
}

/// A token that a client can send and nobody guesses. The message does not have it, as logs keep messages.
fn good_token(token: &str, place: &str) -> Result<String, Failure> {
    /// The fewest letters.
    const LEAST: usize = 16;
    if token.len() < LEAST {
        return Err(Failure::Usage(format!(
            "{place}: a token has fewer than {LEAST} letters; take a longer one"
        )));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Usage(format!(
            "{place}: a token has a space or another letter that no client can send; write ASCII letters, digits and signs"
        )));
    }
    Ok(token.to_owned())
}

fn watcher(args: &ServeArgs, service: &Arc<Service>, folders: &[PathBuf]) -> Option<CourseWatcher> {
    if args.no_watch {
        return None;
    }
    let method = args.poll.map_or(WatchMethod::Events, |often| WatchMethod::Poll(duration(often)));
    match CourseWatcher::new(Arc::clone(service), folders, method) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            report::warning(format!(
                "changes of courses are not noticed: {error}; --poll 10s looks for them, and SIGHUP reads them again"
            ));
            None
        }
    }
}
