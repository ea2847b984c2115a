//! `adem voice import`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::progress::Progress;
use super::super::table::{columns, short};
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, outside, progress, reading, remember, scripts, sent, today, write};
use crate::engine::Engine;
use crate::facts::clip_checks::{ClipCheck, clip_checks};
use crate::files::DiskFiles;
use crate::recording::import::{ClipFate, ImportedFile, Importer, NewTake, SameSound, TwiceNamed};
use crate::recording::names::KnownNames;
use crate::recording::status::VoiceProgress;
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeRecord;
use crate::script::voice::VoiceKind;

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct ImportArgs {
    /// A folder of clips, with the folders in it; or one or several files in which a script is read from its beginning to its
    /// end; or the zip that the page of `adem studio --pack` has saved. They stay as they are
    #[arg(required = true, value_name = "FOLDER|READING|ZIP")]
    pub(super) what: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) which: WhichVoice,
    /// The script that is read: its id, track number or path. Needed for a reading, and for clips whose names are only numbers
    #[arg(long, value_name = "SCRIPT", value_delimiter = ',')]
    pub(super) script: Vec<String>,
    /// Look for these phrases instead of a script's, without a course, and write nothing: a file such as [{"id": "a1", "text": "Breathe in."}]
    #[arg(long, value_name = "FILE", requires = "json", conflicts_with_all = ["script", "yes"])]
    pub(super) phrases: Option<PathBuf>,
    /// Print where each phrase of a reading is, in seconds, and copy nothing
    #[arg(long, conflicts_with = "yes")]
    pub(super) json: bool,
    /// The phrases were read in another order than that of the script
    #[arg(long)]
    pub(super) any_order: bool,
    /// Places that the proof page has saved; what is left is looked for again around them
    #[arg(long, value_name = "FILE")]
    pub(super) corrections: Option<PathBuf>,
    /// Show what would be done, and copy nothing
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
    /// Copy without asking
    #[arg(long)]
    pub(super) yes: bool,
}

pub(super) fn run(context: &CommandContext, args: &ImportArgs) -> Outcome {
    if args.what.iter().any(|path| sent::is_zip(path)) {
        return sent::run(context, args);
    }
    let readings: Vec<_> = args.what.iter().filter(|path| path.is_file()).collect();
    if !readings.is_empty() {
        if let Some(folder) = args.what.iter().find(|path| path.is_dir()) {
            return Err(Failure::Usage(format!(
                "{} is a folder of clips, and {} a reading; import one after the other",
                folder.display(),
                readings[0].display()
            )));
        }
        return reading::run(context, args);
    }
    let has_place = args.corrections.is_some() || args.any_order;
    if let (Some(file), [folder], false) = (&args.phrases, &args.what[..], has_place)
        && folder.is_dir()
    {
        return reading::clips_without_course(args, file, folder);
    }
    let only_readings = [
        (args.phrases.is_some() && args.what.len() > 1, "--phrases"),
        (args.json, "--json"),
        (args.any_order, "--any-order"),
        (args.corrections.is_some(), "--corrections"),
    ];
    if let Some((_, flag)) = only_readings.iter().find(|(is_given, _)| *is_given) {
        let missing = args.what.iter().find(|path| !path.exists());
        return Err(Failure::Usage(match missing {
            Some(path) => format!("there is no file {}; check the path", path.display()),
            None => format!("{flag} is for a reading, and {} is a folder", args.what[0].display()),
        }));
    }
    let [folder] = &args.what[..] else {
        return Err(Failure::Usage("name one folder of clips, or the files of one reading".to_owned()));
    };
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let folder_given = folder;
    let folder = outside(context, folder)?;
    let wanted = scripts(context, &engine, &args.script)?;
    let known = progress(&engine, voice)?;
    let day = today();
    let names = known_names(&engine, &known, &wanted);
    let mut importer =
        Importer { engine: &engine, voice, progress: &known, names, date: &day, by_sound: BTreeMap::new() };
    let files = DiskFiles::new(&folder);
    reading::match_by_sound(&mut importer, &files, &folder, &wanted)?;
    let found = planned(&importer, &files)?;
    if found.is_empty() {
        let message =
            format!("there are no recordings in {}; name the folder they are in", folder_given.display());
        return Err(Failure::Usage(message));
    }
    take_in(context, args, &importer, &found, &folder)
}

/// What the names of clips can mean.
pub(super) fn known_names(engine: &Engine, known: &VoiceProgress, wanted: &[String]) -> KnownNames {
    let mut of = known.scripts.clone();
    of.retain(|script| wanted.is_empty() || wanted.contains(&script.id));
    let course = engine.course();
    let listed = course.header.languages.iter().map(|language| language.value.clone());
    let languages = listed.chain(course.voices.keys().map(|(language, _)| language.clone()));
    let voices = course.voices.keys().map(|(_, name)| name.clone());
    KnownNames::of(&of, languages, voices)
}

/// What is done with each clip of a folder.
pub(super) fn planned(importer: &Importer<'_>, files: &DiskFiles) -> Result<Vec<ImportedFile>, Failure> {
    let progress = Progress::on_terminal();
    let found = importer.plan(files, &progress.task());
    progress.finish();
    Ok(found?)
}

/// Shows what is done with clips, asks, and copies them.
pub(super) fn take_in(
    context: &CommandContext,
    args: &ImportArgs,
    importer: &Importer<'_>,
    found: &[ImportedFile],
    folder: &Path,
) -> Outcome {
    let voice = importer.voice;
    report::out(&shown(found))?;
    let left = found.iter().filter(|file| !file.fate.is_taken()).count();
    let work = ImportWork::of(found);
    if work.is_empty() {
        report::note("nothing to copy");
        return Ok(code(left));
    }
    if voice.kind == VoiceKind::Synthetic {
        report::warning(format!(
            "the voice `{id}` is a machine's, and its takes are credited to {credit}; if a person speaks these, say so before anything is delivered: adem voice consent --lang {language} --voice {id} --person --who NAME --for USE",
            id = voice.id,
            credit = voice.credit,
            language = voice.language,
        ));
    }
    if args.dry_run || !(args.yes || is_agreed(&work.told("copy"))?) {
        report::note("no files were copied");
        return Ok(code(left));
    }
    let alone = context.alone()?;
    // Another import may have come first.
    let (work, late) = work.without(|target| context.files.root().join(target).exists());
    for (path, target) in &late {
        report::warning(format!(
            "{target} has come into the course meanwhile, so {path} was not copied; do this again"
        ));
    }
    // The records come first: a take without one could never be stale. One without its take is mended by doing this again.
    remember(context, voice, &work.records(), &alone)?;
    for (path, target) in work.copies() {
        let from = folder.join(path);
        let bytes = std::fs::read(&from).map_err(|error| Failure::read(&from, error))?;
        write(context, target, &bytes)?;
    }
    if !work.copies().is_empty() {
        report::note(&format!("{} into {}", work.told("copied"), voice.folder()));
    }
    match work.forgotten.len() {
        0 => {}
        1 => report::note("1 take was there already; its words are remembered now"),
        several => {
            report::note(&format!("{several} takes were there already; their words are remembered now"));
        }
    }
    if work.takes.iter().any(|(_, take)| !take.faults.is_empty()) {
        report::note(&format!(
            "hear those with a fault; `adem voice accept PHRASE {}` uses one as it is",
            WhichVoice::flags(voice)
        ));
    }
    Ok(code(left + late.len()))
}

/// Tells scripts whether something was left over.
fn code(left: usize) -> u8 {
    if left == 0 {
        return exit::DONE;
    }
    report::note(&format!("{} left over", report::count(left, "file")));
    exit::ERRORS
}

/// What an import has to do.
struct ImportWork<'a> {
    /// Each with its path in the folder.
    takes: Vec<(&'a str, &'a NewTake)>,
    /// The path in the folder and in the course.
    room: Option<(&'a str, &'a str)>,
    /// Records of takes that are there without one.
    forgotten: Vec<&'a TakeRecord>,
}

impl<'a> ImportWork<'a> {
    fn of(found: &'a [ImportedFile]) -> Self {
        let mut work = Self { takes: Vec::new(), room: None, forgotten: Vec::new() };
        for file in found {
            if let ClipFate::Take(take) = &file.fate {
                work.takes.push((&file.path, take));
            } else if let ClipFate::Room(target) = &file.fate {
                work.room = Some((&file.path, target));
            } else if let ClipFate::Known(known) = &file.fate {
                work.forgotten.extend(known.record.as_deref());
            }
        }
        work
    }

    fn is_empty(&self) -> bool {
        self.takes.is_empty() && self.room.is_none() && self.forgotten.is_empty()
    }

    /// The work without the files whose target is there, and these.
    fn without(mut self, is_there: impl Fn(&str) -> bool) -> (Self, Vec<(&'a str, &'a str)>) {
        let late = self.copies().into_iter().filter(|(_, target)| is_there(target)).collect();
        self.takes.retain(|(_, take)| !is_there(&take.target));
        self.room = self.room.filter(|(_, target)| !is_there(target));
        (self, late)
    }

    fn records(&self) -> Vec<TakeRecord> {
        let new = self.takes.iter().map(|(_, take)| &take.record);
        new.chain(self.forgotten.iter().copied()).cloned().collect()
    }

    fn copies(&self) -> Vec<(&'a str, &'a str)> {
        self.takes.iter().map(|(path, take)| (*path, take.target.as_str())).chain(self.room).collect()
    }

    /// `copied 2 takes and the room tone`.
    fn told(&self, verb: &str) -> String {
        let takes = report::count(self.takes.len(), "take");
        match (self.takes.len(), self.room) {
            (0, Some(_)) => format!("{verb} the room tone"),
            (_, Some(_)) => format!("{verb} {takes} and the room tone"),
            (_, None) => format!("{verb} {takes}"),
        }
    }
}

/// Asks at a terminal whether something is to be done, such as `copy 2 takes`.
///
/// # Errors
/// [`Failure::Usage`] where nobody can be asked, so that no script takes it for done.
pub(super) fn is_agreed(what: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "nothing was done: whether to {what} is asked at a terminal; --yes does it without a question, --dry-run only tells"
        )));
    }
    report::say(&format!("{what} into the course? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::Usage(format!("no answer could be read: {error}; use --yes")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}

/// So many letters of a phrase are shown.
const WORDS: usize = 40;
/// More files than this whose names fit several phrases are told together.
const FEW_AMBIGUOUS: usize = 3;

/// How many takes fail a check.
fn failing(check: &ClipCheck, takes: &[&NewTake]) -> usize {
    let fails = |take: &&&NewTake| take.faults.iter().any(|fault| fault.check == Some(check.id));
    takes.iter().filter(fails).count()
}

/// Whether most of several takes fail a check that is about how they were recorded, not about what is said in them: it is told
/// once.
fn is_of_most(check: &ClipCheck, failing: usize, takes: usize) -> bool {
    const FEW: usize = 3;
    check.id != "length" && failing > FEW && failing * 2 > takes
}

/// Which clip is which phrase, and what is left over.
fn shown(files: &[ImportedFile]) -> String {
    let mut rows = vec![["clip", "phrase", "take", "words", ""].map(str::to_owned)];
    let mut left = String::new();
    let mut faults = String::new();
    let takes = files.iter().filter_map(|file| {
        let ClipFate::Take(take) = &file.fate else { return None };
        Some(&**take)
    });
    let takes: Vec<&NewTake> = takes.collect();
    let common: Vec<&ClipCheck> =
        clip_checks().filter(|check| is_of_most(check, failing(check, &takes), takes.len())).collect();
    for check in &common {
        let _ = writeln!(
            faults,
            "{} of {} {}; {}",
            failing(check, &takes),
            report::count(takes.len(), "clip"),
            check.many,
            check.advice
        );
    }
    let is_ambiguous = |file: &&ImportedFile| matches!(file.fate, ClipFate::Ambiguous(_));
    let ambiguous: Vec<_> = files.iter().filter(is_ambiguous).map(|file| file.path.as_str()).collect();
    let are_many = ambiguous.len() > FEW_AMBIGUOUS;
    if are_many {
        let _ = writeln!(
            left,
            "{} files, {} to {}: each name fits several phrases; name the script, as in `--script 1`, or rename them as on the sheet",
            ambiguous.len(),
            ambiguous[0],
            ambiguous[ambiguous.len() - 1]
        );
    }
    for file in files {
        if are_many && matches!(file.fate, ClipFate::Ambiguous(_)) {
            continue;
        }
        if let Some(why) = not_taken(&file.fate) {
            let _ = writeln!(left, "{}: {why}", file.path);
        } else if let ClipFate::Take(take) = &file.fate {
            let mark = if take.faults.is_empty() { "" } else { "!" };
            rows.push([
                file.path.clone(),
                take.key.to_string(),
                name(&take.target),
                short(&take.record.text, WORDS),
                mark.to_owned(),
            ]);
            for fault in
                take.faults.iter().filter(|fault| !common.iter().any(|check| fault.check == Some(check.id)))
            {
                let _ = writeln!(faults, "{} {}; {}", file.path, fault.wrong, fault.advice);
            }
        } else if let ClipFate::Room(target) = &file.fate {
            rows.push([file.path.clone(), "the room".to_owned(), name(target), String::new(), String::new()]);
        } else if let ClipFate::Known(known) = &file.fate {
            let state = if known.record.is_some() { "there without a record" } else { "there already" };
            rows.push([
                file.path.clone(),
                state.to_owned(),
                name(&known.path),
                known.record.as_ref().map_or_else(String::new, |record| short(&record.text, WORDS)),
                String::new(),
            ]);
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

/// Why a file is not copied, and what to do; `None` where it is, or is there already.
fn not_taken(fate: &ClipFate) -> Option<String> {
    let why = match fate {
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
        ClipFate::Twice(TwiceNamed { others, next }) => {
            let are = if others.len() == 1 { "is" } else { "are" };
            let others_named = listed(others);
            match next {
                Some(next) => {
                    let free: Vec<_> =
                        (0..others.len() as u32).map(|n| format!("_t{}", next.saturating_add(n))).collect();
                    let the_others = if others.len() == 1 { "the other" } else { "the others" };
                    format!(
                        "{others_named} {are} named as the same take of the same phrase; leave one and end {the_others} in {}",
                        listed(&free)
                    )
                }
                None => format!("{others_named} {are} room tone too; leave one in the folder"),
            }
        }
        ClipFate::Same(SameSound { path, phrase: None }) => {
            format!("the same sound as {path}; one is enough")
        }
        ClipFate::Same(SameSound { path, phrase: Some(phrase) }) => format!(
            "the same sound as {path}, which is named as `{phrase}`, a phrase with other words; hear it, and remove or rename the one with the wrong name"
        ),
        ClipFate::OtherRoom(path) => {
            format!("the voice has another room tone; to replace it, remove {path} first")
        }
        ClipFate::LastTake(path) => format!("no take can follow {path}; give that one a smaller number"),
        ClipFate::OtherLanguage { language, in_course: true } => {
            format!("the name says {} (`{language}`); import it with --lang {language}", language.name())
        }
        ClipFate::OtherLanguage { language, in_course: false } => format!(
            "the name says {} (`{language}`), which the course does not have; rename it if it is in another language, or add that one with `adem translate add {language}`",
            language.name()
        ),
        ClipFate::Untranslated(key) => {
            format!("`{key}` has no words in this language yet; translate it first")
        }
        ClipFate::Unusable(fault) => format!("{}; {}", fault.wrong, fault.advice),
        ClipFate::Format => "adem does not read this kind of file; convert it to WAV".to_owned(),
        ClipFate::Deep => {
            "the folder is too deep to be looked into; import it by itself, or move its files up".to_owned()
        }
        ClipFate::Unknown(near) => {
            let help = near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("the name fits no phrase of the sheet{help}")
        }
        ClipFate::Take(_) | ClipFate::Room(_) | ClipFate::Known(_) => return None,
    };
    Some(why)
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}
