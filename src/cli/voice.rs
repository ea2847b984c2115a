//! `adem voice`: what a voice reads from, what it has recorded, and which takes are used.

mod accept;
mod consent;
mod denoise;
mod hum;
mod import;
mod level;
mod reading;
mod sent;
mod sheet;
mod status;

pub(super) use reading::note_method;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args as ClapArgs, Subcommand};

use super::known::parse_language;
use super::progress::Progress;
use super::translate::FollowArgs;
use super::{CommandContext, Failure, Outcome, report, trust};
use crate::engine::{Engine, Error, LockedTimes, Request};
use crate::export::{FolderLock, write_whole};
use crate::files::Files;
use crate::recording::records::with_records;
use crate::recording::status::VoiceProgress;
use crate::script::language::Language;
use crate::script::takes_file::{TAKES_FILE, TakeRecord};
use crate::script::voice::Voice;

#[derive(Debug, ClapArgs)]
pub(super) struct VoiceArgs {
    #[command(subcommand)]
    command: VoiceCommand,
}

#[derive(Debug, Subcommand)]
enum VoiceCommand {
    /// Write the sheet that a voice reads from, as a page to print and as CSV
    Sheet(sheet::SheetArgs),
    /// Show what is recorded, missing, stale or has a fault, and why
    Status(status::VoiceStatusArgs),
    /// Take a folder of clips, a long reading, or the zip of a recording page into a voice: show which part is which phrase, then
    /// copy them. Ends with 1 if something is left over
    Import(import::ImportArgs),
    /// Use takes as they are: with a fault that was heard, with new words that still fit, or instead of a higher one
    Accept(accept::AcceptArgs),
    /// Never use a take of a phrase; its file stays
    Reject(accept::RejectArgs),
    /// Show the level of each recording beside that of the voice
    Level(level::LevelArgs),
    /// Take noise out of the recordings of a voice
    Denoise(denoise::DenoiseArgs),
    /// Take the hum of the mains out of the recordings of a voice
    Hum(hum::HumArgs),
    /// Show or write down who speaks, what they agreed to, and the licence of the recordings
    Consent(consent::ConsentArgs),
}

/// Which voice
#[derive(Debug, ClapArgs)]
struct WhichVoice {
    /// The language of the voice, such as de. Default: that of the only voice, or of the course
    #[arg(long, value_name = "TAG", value_parser = parse_language)]
    lang: Option<Language>,
    /// The voice. Default: the course's voice of that language
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
}

pub(super) fn run(context: &CommandContext, args: &VoiceArgs) -> Outcome {
    match &args.command {
        VoiceCommand::Sheet(args) => sheet::run(context, args),
        VoiceCommand::Status(args) => status::run(context, args),
        VoiceCommand::Import(args) => import::run(context, args),
        VoiceCommand::Accept(args) => accept::accept(context, args),
        VoiceCommand::Reject(args) => accept::reject(context, args),
        VoiceCommand::Level(args) => level::run(context, args),
        VoiceCommand::Denoise(args) => denoise::run(context, args),
        VoiceCommand::Hum(args) => hum::run(context, args),
        VoiceCommand::Consent(args) => consent::run(context, args),
    }
}

impl WhichVoice {
    /// The voice that is meant.
    fn of<'a>(&self, engine: &'a Engine) -> Result<&'a Voice, Failure> {
        let course = engine.course();
        let of_name: Vec<&Language> = course
            .voices
            .keys()
            .filter(|(_, own)| self.voice.as_ref() == Some(own))
            .map(|(language, _)| language)
            .collect();
        let first = course.header.languages.first().map(|language| &language.value);
        let language = match (&self.lang, &of_name[..]) {
            (Some(language), _) => language,
            (None, [language]) => *language,
            (None, _) => first
                .ok_or_else(|| Failure::Usage("name the language of the voice with --lang".to_owned()))?,
        };
        Ok(engine.voice(language, self.voice.as_deref())?)
    }

    /// The flags that name this voice again.
    fn flags(voice: &Voice) -> String {
        format!("--lang {} --voice {}", voice.language, voice.id)
    }
}

/// Everything that is known of a voice.
fn progress(engine: &Engine, voice: &Voice) -> Result<VoiceProgress, Failure> {
    let progress = Progress::on_terminal();
    let found = VoiceProgress::of(engine, voice, &progress.task());
    progress.finish();
    Ok(found?)
}

/// What is asked of the language of a voice by the one that it follows.
fn locked_times(engine: &Engine, voice: &Voice, follow: &FollowArgs) -> Result<LockedTimes, Failure> {
    let progress = Progress::on_terminal();
    let found = engine.locked_times(&voice.language, follow.lock_parts.as_ref(), &progress.task());
    progress.finish();
    Ok(found?)
}

/// The scripts that are named, or all.
fn scripts(context: &CommandContext, engine: &Engine, named: &[String]) -> Result<Vec<String>, Failure> {
    let one = |script: &String| {
        let id = context.script(script)?;
        Ok(engine.script(&id)?.id.clone())
    };
    named.iter().map(one).collect()
}

/// Today, as in `2026-11-27`.
pub(super) fn today() -> String {
    chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).format("%Y-%m-%d").to_string()
}

/// Writes a file below the course, whole or not at all.
fn write(context: &CommandContext, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = context.files.root().join(path);
    trust::refuse_links(context, [path.as_path()])?;
    Ok(write_whole(path, bytes)?)
}

/// A text file below the course; empty if there is none.
pub(super) fn text(context: &CommandContext, path: &str) -> Result<String, Failure> {
    if !context.files.exists(Path::new(path)) {
        return Ok(String::new());
    }
    let bytes = context.files.read(Path::new(path))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::Usage(format!("{path} is not UTF-8 text; save it as UTF-8")))
}

/// Brings the records of takes into the `takes.toml` of a voice, while no other process does.
fn remember(
    context: &CommandContext,
    voice: &Voice,
    records: &[TakeRecord],
    _alone: &FolderLock,
) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    let path = format!("{}/{TAKES_FILE}", voice.folder());
    let old = text(context, &path)?;
    let new = with_records(&old, records).map_err(|error| not_toml(&path, &error))?;
    if new != old {
        write(context, &path, new.as_bytes())?;
    }
    Ok(())
}

pub(super) fn not_toml(path: &str, error: &toml_edit::TomlError) -> Failure {
    Failure::Usage(format!("{path} is not valid TOML: {}; `adem check` shows where", error.message()))
}

/// A folder as files, which must not be of the course's own recordings.
fn outside(context: &CommandContext, folder: &Path) -> Result<PathBuf, Failure> {
    let real = std::fs::canonicalize(folder)
        .map_err(|_| Failure::Usage(format!("there is no folder {}; check the path", folder.display())))?;
    if !real.is_dir() {
        return Err(Failure::Usage(format!(
            "{} is a file; name the folder that the clips are in",
            folder.display()
        )));
    }
    let own = std::fs::canonicalize(context.files.root().join("voice"));
    if own.is_ok_and(|own| real.starts_with(own)) {
        return Err(Failure::Usage(format!(
            "{} is where the takes of the course are; put new clips into a folder of their own",
            folder.display()
        )));
    }
    Ok(real)
}

/// A request that names nothing that there is.
fn unknown(kind: &'static str, name: &str, near: Option<String>, known: String) -> Failure {
    Error::from(Request::Unknown { kind, name: name.to_owned(), near, known }).into()
}

/// What was done, where somebody wants to know.
fn wrote(path: &Path) {
    report::note(&format!("wrote {}", super::place::shown(path)));
}
