//! `adem voice import`.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::progress::Progress;
use super::super::table::columns;
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, outside, progress, remember, scripts, today, write};
use crate::files::DiskFiles;
use crate::recording::import::{ClipFate, ImportedFile, Importer, NewTake};
use crate::recording::names::KnownNames;
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeRecord;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ImportArgs {
    /// The folder of the clips, and the folders in it. Its files stay as they are
    folder: PathBuf,
    #[command(flatten)]
    which: WhichVoice,
    /// The script that the clips are of: its id, track number or path. Needed where names are only numbers
    #[arg(long, value_name = "SCRIPT", value_delimiter = ',')]
    script: Vec<String>,
    /// Show what would be done, and copy nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Copy without asking
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(context: &CommandContext, args: &ImportArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let folder = outside(context, &args.folder)?;
    let wanted = scripts(context, &engine, &args.script)?;
    let known = progress(&engine, voice)?;
    let mut of = known.scripts.clone();
    of.retain(|script| wanted.is_empty() || wanted.contains(&script.id));
    let course = engine.course();
    let listed = course.header.languages.iter().map(|language| language.value.clone());
    let languages = listed.chain(course.voices.keys().map(|(language, _)| language.clone()));
    let voices = course.voices.keys().map(|(_, name)| name.clone());
    let names = KnownNames::of(&of, languages, voices);
    let day = today();
    let importer = Importer { engine: &engine, voice, progress: &known, names, date: &day };
    let files = DiskFiles::new(&folder);
    let progress = Progress::on_terminal();
    let found = importer.plan(&files, &progress.task());
    progress.finish();
    let found = found?;
    if found.is_empty() {
        let message =
            format!("there are no recordings in {}; name the folder they are in", args.folder.display());
        return Err(Failure::Usage(message));
    }
    report::out(&shown(&found))?;
    let takes: Vec<&NewTake> = found
        .iter()
        .filter_map(|file| if let ClipFate::Take(take) = &file.fate { Some(&**take) } else { None })
        .collect();
    let left = found.iter().filter(|file| !file.fate.is_taken()).count();
    let rooms: Vec<&ImportedFile> =
        found.iter().filter(|file| matches!(file.fate, ClipFate::Room(_))).collect();
    if takes.is_empty() && rooms.is_empty() {
        report::note("nothing to copy");
        return Ok(if left > 0 { exit::ERRORS } else { exit::DONE });
    }
    if args.dry_run || !(args.yes || is_agreed(takes.len())?) {
        let how = if args.dry_run { "" } else { "; with --yes they are, without a question" };
        report::note(&format!("no files were copied{how}"));
        return Ok(exit::DONE);
    }
    let (mut records, mut copied) = (Vec::new(), Ok(()));
    for file in &found {
        copied = copy(context, &folder, file, &mut records);
        if copied.is_err() {
            break;
        }
    }
    // What was copied before a failure is remembered too.
    remember(context, voice, &records)?;
    copied?;
    report::note(&format!("copied {} into {}", report::count(records.len(), "take"), voice.folder()));
    if takes.iter().any(|take| !take.faults.is_empty()) {
        report::note(&format!(
            "hear those with a fault; `adem voice accept PHRASE {}` uses one as it is",
            WhichVoice::flags(voice)
        ));
    }
    Ok(exit::DONE)
}

/// Copies a file that becomes part of the course.
fn copy(
    context: &CommandContext,
    folder: &Path,
    file: &ImportedFile,
    records: &mut Vec<TakeRecord>,
) -> Result<(), Failure> {
    let (target, record) = match &file.fate {
        ClipFate::Take(take) => (&take.target, Some(&take.record)),
        ClipFate::Room(target) => (target, None),
        ClipFate::Known(_)
        | ClipFate::Ambiguous(_)
        | ClipFate::Twice(_)
        | ClipFate::OtherLanguage(_)
        | ClipFate::Untranslated(_)
        | ClipFate::Unusable(_)
        | ClipFate::Format
        | ClipFate::Unknown(_) => return Ok(()),
    };
    if context.files.root().join(target).exists() {
        report::warning(format!("{target} is there already; {} was not copied", file.path));
        return Ok(());
    }
    let from = folder.join(&file.path);
    let bytes = std::fs::read(&from).map_err(|error| Failure::read(&from, error))?;
    write(context, target, &bytes)?;
    records.extend(record.cloned());
    Ok(())
}

/// Asks at a terminal.
fn is_agreed(takes: usize) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    report::say(&format!("copy {} into the course? [y/N] ", report::count(takes, "take")));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::Usage(format!("no answer could be read: {error}; use --yes")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}

/// Which clip is which phrase, and what is left over.
fn shown(files: &[ImportedFile]) -> String {
    let mut rows = vec![["clip", "phrase", "take", "words", ""].map(str::to_owned)];
    let mut left = String::new();
    let mut faults = String::new();
    for file in files {
        match &file.fate {
            ClipFate::Take(take) => {
                let name = take.target.rsplit_once('/').map_or(take.target.as_str(), |(_, name)| name);
                let mark = if take.faults.is_empty() { "" } else { "!" };
                rows.push([
                    file.path.clone(),
                    take.key.to_string(),
                    name.to_owned(),
                    short(&take.record.text),
                    mark.to_owned(),
                ]);
                for fault in &take.faults {
                    let _ = writeln!(faults, "{} {}; {}", file.path, fault.wrong, fault.advice);
                }
            }
            ClipFate::Room(target) => {
                rows.push([
                    file.path.clone(),
                    "the room".to_owned(),
                    name(target),
                    String::new(),
                    String::new(),
                ]);
            }
            ClipFate::Known(path) => rows.push([
                file.path.clone(),
                "there already".to_owned(),
                name(path),
                String::new(),
                String::new(),
            ]),
            other @ (ClipFate::Ambiguous(_)
            | ClipFate::Twice(_)
            | ClipFate::OtherLanguage(_)
            | ClipFate::Untranslated(_)
            | ClipFate::Unusable(_)
            | ClipFate::Format
            | ClipFate::Unknown(_)) => {
                let _ = writeln!(left, "{}: {}", file.path, not_taken(other));
            }
        }
    }
    let mut text = if rows.len() > 1 { columns(&rows, 5) } else { String::new() };
    for (head, lines) in [("with a fault", faults), ("not copied", left)] {
        if !lines.is_empty() {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{gap}{head}:\n{lines}");
        }
    }
    text
}

fn name(path: &str) -> String {
    path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned()
}

/// Why a file is not copied, and what to do.
fn not_taken(fate: &ClipFate) -> String {
    match fate {
        ClipFate::Ambiguous(keys) => {
            const MOST: usize = 4;
            let some: Vec<_> = keys.iter().take(MOST).map(PhraseKey::to_string).collect();
            let more = if keys.len() > MOST { ", …" } else { "" };
            format!(
                "the name fits {} phrases ({}{more}); name the script with --script, or rename it as on the sheet",
                keys.len(),
                some.join(", ")
            )
        }
        ClipFate::Twice(others) => {
            format!(
                "{} is the same take of the same phrase; rename one with the next take, _t2",
                others.join(", ")
            )
        }
        ClipFate::OtherLanguage(language) => {
            format!("the name says {} (`{language}`); import it with --lang {language}", language.name())
        }
        ClipFate::Untranslated(key) => {
            format!("`{key}` has no words in this language yet; translate it first")
        }
        ClipFate::Unusable(fault) => format!("{}; {}", fault.wrong, fault.advice),
        ClipFate::Format => "adem does not read this kind of file; convert it to WAV".to_owned(),
        ClipFate::Unknown(near) => {
            let help = near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("the name fits no phrase of the sheet{help}")
        }
        ClipFate::Take(_) | ClipFate::Room(_) | ClipFate::Known(_) => String::new(),
    }
}

/// The first words of a text.
fn short(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let some: String = text.chars().take(MOST - 1).collect();
    format!("{}…", some.trim_end())
}
