//! `adem translate pack` and `export`: the texts for somebody without a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::progress::Progress;
use super::super::{CommandContext, Failure, Outcome, exit, place, report};
use super::{FollowArgs, Translation};
use crate::asset::takes::all_takes;
use crate::asset::{Catalogue, VoiceSurvey, takes};
use crate::engine::{Error, LockedTimes, PartMisfit, find_script};
use crate::export::{ExportError, OutputFile};
use crate::files::Files;
use crate::recording::sheet::{Sheet, sheet_page};
use crate::recording::status::VoiceProgress;
use crate::script::Course;
use crate::script::course::readable_name;
use crate::script::course_file::Week;
use crate::script::language::Language;
use crate::script::po::extract::is_optional;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::merge::update;
use crate::script::step::PhraseTime;
use crate::script::track::track_phrases;
use crate::translate::back::marked;
use crate::translate::existing::{self, Existing};
use crate::translate::page::{PageContent, page};
use crate::translate::{parcel, spreadsheet};
use crate::unit::literal::print_duration;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct PackArgs {
    /// The language to send
    #[arg(value_name = "LANG", value_parser = parse_language)]
    lang: Language,
    /// The zip to write. Default: out/LANG.zip
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these scripts, with the fragments they use and what is read before a track: ids, track numbers or paths.
    /// Default: every text of the course
    #[arg(long, value_name = "SCRIPT", value_delimiter = ',')]
    script: Vec<String>,
    #[command(flatten)]
    follow: FollowArgs,
    /// Leave the recordings out, for a smaller zip
    #[arg(long)]
    no_sound: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ExportTextArgs {
    /// The language to write
    #[arg(value_name = "LANG", value_parser = parse_language)]
    lang: Language,
    /// The spreadsheet: a file that ends in .xlsx or .csv
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// The file of a language as it is sent: with every text of the course.
fn current(
    translation: &Translation<'_>,
    language: &Language,
    times: &BTreeMap<String, PhraseTime>,
) -> Result<PoFile, Failure> {
    let path = translation.path(language)?;
    let old = translation.bytes(&path)?;
    let mut sources = crate::diag::Sources::default();
    let (file, found) = super::read(&path, &old, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let course = &translation.course;
    let texts = translation.texts_for(times);
    Ok(update(file, &texts, &course.sources, language, &course.header.title.value).0)
}

/// The ids of the scripts that are named.
fn scripts(
    context: &CommandContext,
    translation: &Translation<'_>,
    named: &[String],
) -> Result<Vec<String>, Failure> {
    let one = |script: &String| Ok(find_script(&translation.course, &context.script(script)?)?.id.clone());
    named.iter().map(one).collect()
}

/// What a translator of some scripts needs beside them: their fragments, exercises and beds, and the weeks they are in.
struct NeededFiles {
    /// Ids of scripts and fragments.
    files: BTreeSet<String>,
    beds: BTreeSet<String>,
    weeks: BTreeSet<String>,
}

fn files_of(course: &Course, scripts: &[String]) -> NeededFiles {
    let mut needed = NeededFiles { files: BTreeSet::new(), beds: BTreeSet::new(), weeks: BTreeSet::new() };
    for script in scripts.iter().filter_map(|id| course.scripts.get(id)) {
        needed.files.insert(script.id.clone());
        needed.files.extend(track_phrases(course, script).into_iter().map(|phrase| phrase.key.file));
        let bed = script.bed.name.as_ref().or(course.header.bed.name.as_ref());
        needed.beds.extend(bed.map(|bed| bed.value.clone()));
        let is_in = |week: &&Week| {
            script.track.as_ref().is_some_and(|own| week.tracks.iter().any(|track| track.value == own.value))
        };
        let titles = course.header.weeks.iter().filter(is_in).filter_map(|week| week.title.as_ref());
        needed.weeks.extend(titles.map(|title| title.value.clone()));
    }
    needed
}

/// Whether a text is of some scripts, or of every track.
fn is_of(message: &Message, needed: &NeededFiles) -> bool {
    if message.obsolete {
        return false;
    }
    let context = message.context.as_deref().unwrap_or_default();
    match context.split_once(['/', ':']) {
        Some(("course", "week")) => needed.weeks.contains(&message.source),
        Some(("course" | "adem", _)) => true,
        Some(("ambience", rest)) => rest.strip_suffix(":title").is_some_and(|bed| needed.beds.contains(bed)),
        Some((file, _)) => needed.files.contains(file),
        None => false,
    }
}

pub(super) fn pack(context: &CommandContext, args: &PackArgs) -> Outcome {
    let translation = Translation::open(context)?;
    let language = &translation.known(args.lang.clone())?;
    let locked = translation.locked(language, Some(&args.follow))?;
    let times = translation.times(&locked);
    let wanted = scripts(context, &translation, &args.script)?;
    let mut file = current(&translation, language, &times)?;
    if !wanted.is_empty() {
        let needed = files_of(&translation.course, &wanted);
        file.messages.retain(|one| one.is_header() || is_of(one, &needed));
    }
    let course = &translation.course;
    let Some(source) = course.header.languages.first().map(|first| &first.value) else {
        return Err(Failure::Usage("the course has no languages".to_owned()));
    };
    let root = context.files.root();
    let output = args.output.clone().unwrap_or_else(|| root.join("out").join(format!("{language}.zip")));
    if !output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        return Err(Failure::Usage(format!("{} has to end in .zip", output.display())));
    }
    super::super::render::refuse_sources(root, [output.as_path()])?;
    super::super::trust::refuse_links(context, [output.as_path()])?;

    let title = readable_name(&course.header.title.value, source);
    let folder = format!("{}-{language}", title.as_deref().unwrap_or("course"));
    let (mut sounds, mut recordings) = (BTreeMap::new(), Vec::new());
    let voice = course
        .header
        .voices
        .get(source)
        .and_then(|voice| course.voices.get(&(source.clone(), voice.value.clone())));
    if let Some(voice) = voice.filter(|_| !args.no_sound) {
        for (key, path) in takes(&context.files, voice)? {
            let ending = path.rsplit_once('.').map_or("wav", |(_, ending)| ending);
            let inside = format!("sound/{}/{}.{ending}", key.file, key.id);
            let context_of = key.to_string();
            if file.messages.iter().any(|one| one.context.as_ref() == Some(&context_of)) {
                recordings.push((format!("{folder}/{inside}"), context.files.read(Path::new(&path))?));
                sounds.insert(context_of, inside);
            }
        }
    }
    let titles = titles(&translation);
    let misfits = locked
        .misfits()
        .into_iter()
        .map(|(script, parts)| (script, parts.iter().map(misfit).collect()))
        .collect();
    let content = PageContent {
        title: &course.header.title.value,
        source,
        language,
        file: &file,
        sounds: &sounds,
        times: &times,
        titles: &titles,
        misfits: &misfits,
    };
    let mut files = vec![
        (format!("{folder}/translate-{language}.html"), page(&content).into_bytes()),
        (format!("{folder}/{language}.po"), marked(&file).print().into_bytes()),
    ];
    if let Some(sheet) = sheet(&translation, language, &locked, &wanted)? {
        files.push((format!("{folder}/sheet-{language}.html"), sheet.into_bytes()));
    }
    let count = recordings.len();
    files.extend(recordings);
    let mut bytes = std::io::Cursor::new(Vec::new());
    parcel::write(&mut bytes, files).map_err(|error| ExportError::new(&output, error))?;
    let (bytes, inside) = (bytes.into_inner(), format!("{folder}/{language}.po"));
    refuse_to_replace(&output, &bytes, language, |old| existing::of_pack(old, &inside))?;
    let made = place::new_folders(root, output.parent())?;
    write(&output, &bytes)?;
    place::note_folders(&made);
    let needed = || file.messages.iter().filter(|one| is_needed(one));
    let open = needed().filter(|one| !one.is_translated()).count();
    let fuzzy = needed().filter(|one| one.is_translated() && one.fuzzy()).count();
    let fuzzy = if fuzzy > 0 { format!(", {fuzzy} to check again") } else { String::new() };
    report::note(&format!(
        "{}: {} to translate{fuzzy}, {}; send it with the first part of docs/translating.md",
        place::shown(&output),
        report::count(open, "text"),
        report::count(count, "recording")
    ));
    Ok(exit::DONE)
}

/// That a part does not fit its time, for the translator.
fn misfit(part: &PartMisfit) -> String {
    let name = part.followed.name();
    match part.over {
        Ok(over) if part.shorten.is_empty() => {
            format!("“{}” is about {} too long for its time in {name}.", part.part, print_duration(over))
        }
        Ok(over) => {
            let phrases: Vec<_> = part.shorten.iter().map(ToString::to_string).collect();
            format!(
                "“{}” is about {} too long for its time in {name}. Shorten one or more of these: {}.",
                part.part,
                print_duration(over),
                phrases.join(", ")
            )
        }
        Err(short) => format!(
            "“{}” is about {} too short for its time in {name}: its words may be longer.",
            part.part,
            print_duration(short)
        ),
    }
}

/// The sheet that the voice of a language reads from; `None` where it has nothing to read yet.
fn sheet(
    translation: &Translation<'_>,
    language: &Language,
    locked: &LockedTimes,
    wanted: &[String],
) -> Result<Option<String>, Failure> {
    let Some(voice) = translation.voice(language) else { return Ok(None) };
    let (course, catalogue) = (&translation.course, Catalogue::default());
    let store = translation.store(&catalogue);
    let task = Progress::on_terminal();
    let survey = VoiceSurvey::of(&store, course, voice, &task.task());
    task.finish();
    let progress = VoiceProgress::new(course, voice, survey?, all_takes(&store, voice)?);
    let title = &course.header.title.value;
    let mut scripts = progress.scripts.clone();
    scripts.retain(|script| wanted.is_empty() || wanted.contains(&script.id));
    let sheet = Sheet::of(title, voice, scripts, &progress.phrases, locked, false);
    Ok((!sheet.lines.is_empty()).then(|| sheet_page(&sheet)))
}

/// The titles of scripts and fragments, by id, with the number of the track.
fn titles(translation: &Translation<'_>) -> BTreeMap<String, String> {
    let course = &translation.course;
    let mut titles = BTreeMap::new();
    for script in course.scripts.values() {
        let title = script.title.as_ref().map_or(&script.id, |title| &title.value);
        let number = script.track.as_ref().map_or(String::new(), |track| format!("{}. ", track.value));
        titles.insert(script.id.clone(), format!("{number}{title}"));
    }
    for fragment in course.fragments.values() {
        let title = fragment.title.as_ref().map_or(&fragment.id, |title| &title.value);
        titles.insert(fragment.id.clone(), title.clone());
    }
    titles
}

pub(super) fn export(context: &CommandContext, args: &ExportTextArgs) -> Outcome {
    let translation = Translation::open(context)?;
    let language = &translation.known(args.lang.clone())?;
    let times = translation.times(&translation.locked(language, None)?);
    let file = current(&translation, language, &times)?;
    let time = |message: &Message| {
        message.context.as_ref().and_then(|context| times.get(context)).map(|time| time.sum().as_f64())
    };
    let ending = args.to.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let bytes = match ending.as_deref() {
        Some("csv") => spreadsheet::write_csv(&file, &time),
        Some("xlsx") => spreadsheet::write_xlsx(&file, &time),
        Some(_) | None => {
            return Err(Failure::Usage(format!("{} has to end in .xlsx or .csv", args.to.display())));
        }
    };
    let bytes = bytes.map_err(|why| Failure::Usage(format!("{}: {why}", args.to.display())))?;
    let root = context.files.root();
    super::super::render::refuse_sources(root, [args.to.as_path()])?;
    super::super::trust::refuse_links(context, [args.to.as_path()])?;
    let name = args.to.to_string_lossy();
    refuse_to_replace(&args.to, &bytes, language, |old| existing::of_sheet(&name, old, language, &file))?;
    let made = place::new_folders(root, args.to.parent())?;
    write(&args.to, &bytes)?;
    place::note_folders(&made);
    let count = file.messages.iter().filter(|one| is_needed(one)).count();
    report::note(&format!("{}: {}", place::shown(&args.to), report::count(count, "text")));
    Ok(exit::DONE)
}

/// Refuses to write over anything but what this command wrote itself, with no word in it that a translator added.
fn refuse_to_replace(
    path: &Path,
    new: &[u8],
    language: &Language,
    what: impl Fn(&[u8]) -> Existing,
) -> Result<(), Failure> {
    let old = match std::fs::read(path) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::read(path, error)),
    };
    if old == new {
        return Ok(());
    }
    let shown = place::shown(path);
    match what(&old) {
        Existing::Untouched => Ok(()),
        Existing::Work(count) => Err(Failure::Usage(format!(
            "{shown} is there already, and {} in it changed since it was sent; nothing was written: take it back with `adem translate import {shown} --lang {language}`, or write to another file",
            report::count(count, "text")
        ))),
        Existing::Other => Err(Failure::Usage(format!(
            "{shown} is there already, and is not what this command wrote for {} (`{language}`); nothing was written: write to another file, or remove that one",
            language.name()
        ))),
    }
}

/// Whether a text is one that a translation has to have.
fn is_needed(one: &Message) -> bool {
    !one.obsolete && !one.is_header() && !is_optional(one.context.as_deref().unwrap_or_default())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = OutputFile::create(path)?;
    file.write_all(bytes).map_err(|error| ExportError::new(path, error))?;
    Ok(file.commit()?)
}
