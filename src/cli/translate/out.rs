//! `adem translate pack` and `export`: the texts for somebody without a terminal.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::progress::Progress;
use super::super::{CommandContext, Failure, Outcome, exit, place, report};
use super::Translation;
use crate::asset::takes::all_takes;
use crate::asset::{Catalogue, VoiceSurvey, takes};
use crate::engine::{Error, LockedTimes};
use crate::export::{ExportError, OutputFile};
use crate::files::Files;
use crate::recording::sheet::{Sheet, sheet_page};
use crate::recording::status::VoiceProgress;
use crate::script::language::Language;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::merge::update;
use crate::translate::back::marked;
use crate::translate::page::{PageContent, page};
use crate::translate::{parcel, spreadsheet};
use crate::unit::Seconds;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct PackArgs {
    /// The language to send
    #[arg(value_name = "LANG", value_parser = parse_language)]
    lang: Language,
    /// The zip to write. Default: out/LANG.zip
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    times: &BTreeMap<String, Seconds>,
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

pub(super) fn pack(context: &CommandContext, args: &PackArgs) -> Outcome {
    let translation = Translation::open(context)?;
    let language = &args.lang;
    translation.languages(Some(language))?;
    let locked = translation.locked(language)?;
    let seconds = translation.times(&locked);
    let file = current(&translation, language, &seconds)?;
    let course = &translation.course;
    let Some(source) = course.header.languages.first().map(|first| &first.value) else {
        return Err(Failure::Usage("the course has no languages".to_owned()));
    };
    let root = context.files.root();
    let output = args.output.clone().unwrap_or_else(|| root.join("out").join(format!("{language}.zip")));
    super::super::render::refuse_sources(root, [output.as_path()])?;
    let made = place::new_folders(root, output.parent())?;
    super::super::trust::refuse_links(context, [output.as_path()])?;

    let folder = format!("{}-{language}", crate::toml::table::as_name(&course.header.title.value));
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
            if translation.texts.iter().any(|text| text.context == context_of) {
                recordings.push((format!("{folder}/{inside}"), context.files.read(Path::new(&path))?));
                sounds.insert(context_of, inside);
            }
        }
    }
    let titles = titles(&translation);
    let content = PageContent {
        title: &course.header.title.value,
        source,
        language,
        file: &file,
        sounds: &sounds,
        seconds: &seconds,
        titles: &titles,
    };
    let mut files = vec![
        (format!("{folder}/translate-{language}.html"), page(&content).into_bytes()),
        (format!("{folder}/{language}.po"), marked(&file).print().into_bytes()),
    ];
    if let Some(sheet) = sheet(&translation, language, &locked)? {
        files.push((format!("{folder}/sheet-{language}.html"), sheet.into_bytes()));
    }
    let count = recordings.len();
    files.extend(recordings);
    let mut bytes = std::io::Cursor::new(Vec::new());
    parcel::write(&mut bytes, files).map_err(|error| ExportError::new(&output, error))?;
    write(&output, &bytes.into_inner())?;
    place::note_folders(&made);
    let open = file.messages.iter().filter(|one| !one.obsolete && !one.is_header() && !one.is_translated());
    let open = open.count();
    report::note(&format!(
        "{}: {} to translate, {}; send it with the first part of docs/translating.md",
        place::shown(&output),
        report::count(open, "text"),
        report::count(count, "recording")
    ));
    Ok(exit::DONE)
}

/// The sheet that the voice of a language reads from; `None` where it has nothing to read yet.
fn sheet(
    translation: &Translation<'_>,
    language: &Language,
    locked: &LockedTimes,
) -> Result<Option<String>, Failure> {
    let Some(voice) = translation.voice(language) else { return Ok(None) };
    let (course, catalogue) = (&translation.course, Catalogue::default());
    let store = translation.store(&catalogue);
    let task = Progress::on_terminal();
    let survey = VoiceSurvey::of(&store, course, voice, &task.task());
    task.finish();
    let progress = VoiceProgress::new(course, voice, survey?, all_takes(&store, voice)?);
    let title = &course.header.title.value;
    let scripts = progress.scripts.clone();
    let sheet = Sheet::of(title, voice, scripts, &progress.phrases, &locked.phrases, false);
    Ok((!sheet.lines.is_empty()).then(|| sheet_page(&sheet)))
}

/// The titles of scripts and fragments, by id, with the number of the track.
fn titles(translation: &Translation<'_>) -> BTreeMap<String, String> {
    let course = &translation.course;
    let mut titles = BTreeMap::from([("course".to_owned(), "The course".to_owned())]);
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
    translation.languages(Some(&args.lang))?;
    let seconds = translation.times(&translation.locked(&args.lang)?);
    let file = current(&translation, &args.lang, &seconds)?;
    let time = |message: &Message| {
        message.context.as_ref().and_then(|context| seconds.get(context)).map(|time| time.as_f64())
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
    let made = place::new_folders(root, args.to.parent())?;
    super::super::trust::refuse_links(context, [args.to.as_path()])?;
    write(&args.to, &bytes)?;
    place::note_folders(&made);
    let count = file.messages.iter().filter(|one| !one.obsolete && !one.is_header()).count();
    report::note(&format!("{}: {}", place::shown(&args.to), report::count(count, "text")));
    Ok(exit::DONE)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = OutputFile::create(path)?;
    file.write_all(bytes).map_err(|error| ExportError::new(path, error))?;
    Ok(file.commit()?)
}
