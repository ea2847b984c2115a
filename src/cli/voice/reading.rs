//! `adem voice import` of a reading: one or several long files in which phrases are looked for, and clips whose names say
//! nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::place;
use super::super::progress::Progress;
use super::super::table::{columns, short};
use super::super::{CommandContext, Failure, Outcome, exit, report, trust};
use super::import::{ImportArgs, known_names, planned, take_in};
use super::{WhichVoice, progress, scripts, today, wrote};
use crate::align::Doubt;
use crate::align::WantedPhrase;
use crate::align::assign::assign;
use crate::engine::{HeardReading, ReadingFault, cut_reading, hear_reading, other_voices};
use crate::export::write_whole;
use crate::facts::pace::Pace;
use crate::files::DiskFiles;
use crate::recording::import::{ClipBySound, ClipFate, Importer, NamesOfClips, readable_sounds};
use crate::recording::lines::{SpokenPhrase, SpokenScript};
use crate::recording::proof::{ProofPage, proof_page, proof_stem, reading_mark};
use crate::recording::reading::{
    AlignedReading, CorrectedPlace, PhraseSpan, ReadPhrase, ReadingEdits, ReadingOrder, fault, flag,
};
use crate::script::language::Language;
use crate::script::session::PhraseKey;

impl From<ReadingFault> for Failure {
    fn from(fault: ReadingFault) -> Self {
        match fault {
            ReadingFault::World(world) => world.into(),
            ReadingFault::Long(ref path) => Self::Usage(format!(
                "{fault}; cut out what is read of each script, from a pause to a pause, and import each with its --script, as its first hour with: {}",
                place::cut_command(path, "1:00:00")
            )),
            other @ (ReadingFault::Rate(_) | ReadingFault::Silent(_)) => Self::Usage(other.to_string()),
        }
    }
}

pub(super) fn run(context: &CommandContext, args: &ImportArgs) -> Outcome {
    if let Some(path) = args.what.iter().find(|path| !path.exists()) {
        return Err(Failure::Usage(format!("there is no file {}; check the path", path.display())));
    }
    match &args.phrases {
        Some(file) => without_course(args, file),
        None => of_course(context, args),
    }
}

/// A phrase of a file that `--phrases` names.
#[derive(Debug, Deserialize)]
struct GivenPhrase {
    id: String,
    text: String,
}

/// Corrections as the proof page saves them.
#[derive(Debug, Deserialize)]
struct SavedCorrections {
    /// The names of the files of the reading, and what it is known by.
    reading: String,
    mark: String,
    places: Vec<SavedPlace>,
}

/// What somebody has said about a reading.
#[derive(Default)]
struct Corrections {
    /// The name and the mark of the reading they are of; `None` in a list that was written by hand.
    of: Option<(String, String)>,
    places: BTreeMap<String, CorrectedPlace>,
}

impl Corrections {
    fn place(&self, id: &str) -> Option<CorrectedPlace> {
        self.places.get(id).copied()
    }

    /// Times in one reading say nothing about another.
    fn refuse_other(&self, args: &ImportArgs, reading: &HeardReading) -> Result<(), Failure> {
        let Some((name, mark)) = &self.of else { return Ok(()) };
        if *mark == reading_mark(reading) {
            return Ok(());
        }
        let path = args.corrections.as_deref().unwrap_or(Path::new(""));
        Err(Failure::Usage(format!(
            "{} is of another reading ({name}) than {}; give the corrections that its own proof page has saved, or import that reading",
            path.display(),
            typed(&args.what)
        )))
    }
}

/// A place that somebody has corrected.
#[derive(Debug, Deserialize)]
struct SavedPlace {
    id: String,
    /// Null together with the end where the phrase is not read.
    start: Option<f64>,
    end: Option<f64>,
}

fn json_of<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::read(path, error))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::Usage(format!("{} is not {what}: {error}", path.display())))
}

fn corrections(args: &ImportArgs) -> Result<Corrections, Failure> {
    let Some(path) = &args.corrections else { return Ok(Corrections::default()) };
    let saved: Value = json_of(path, "a file of corrections")?;
    let (of, places) = if saved.is_array() {
        (None, json_of::<Vec<SavedPlace>>(path, "a list of {\"id\", \"start\", \"end\"}")?)
    } else {
        let saved: SavedCorrections = json_of(path, "what the proof page saves")?;
        (Some((saved.reading, saved.mark)), saved.places)
    };
    let mut corrected = BTreeMap::new();
    for place in places {
        let said = match (place.start, place.end) {
            (Some(start), Some(end)) if start >= 0.0 && end > start => CorrectedPlace::At(start, end),
            (None, None) => CorrectedPlace::NotRead,
            (Some(start), Some(end)) => {
                return Err(Failure::Usage(format!(
                    "{}: `{}` ends at {end} s and begins at {start} s; it must end after it begins",
                    path.display(),
                    place.id,
                )));
            }
            (Some(_), None) | (None, Some(_)) => {
                return Err(Failure::Usage(format!(
                    "{}: `{}` has only one end; give its start and its end, or null for both if it is not read",
                    path.display(),
                    place.id,
                )));
            }
        };
        corrected.insert(place.id, said);
    }
    Ok(Corrections { of, places: corrected })
}

fn refuse_unknown(corrected: &Corrections, phrases: &[ReadPhrase]) -> Result<(), Failure> {
    let known = |id: &String| phrases.iter().any(|phrase| phrase.id == *id);
    match corrected.places.keys().find(|id| !known(id)) {
        Some(id) => Err(Failure::Usage(format!(
            "the corrections name `{id}`, which is no phrase of this script; save them again from its proof page"
        ))),
        None => Ok(()),
    }
}

fn hear(paths: &[PathBuf]) -> Result<HeardReading, Failure> {
    let progress = Progress::on_terminal();
    let reading = hear_reading(paths, &progress.task());
    progress.finish();
    let reading = reading?;
    reading.files.iter().flat_map(|file| &file.damage).for_each(report::warning);
    Ok(reading)
}

fn order(args: &ImportArgs) -> ReadingOrder {
    if args.any_order { ReadingOrder::Any } else { ReadingOrder::AsWritten }
}

/// The phrases of a file that `--phrases` names, and their language.
fn given_phrases(args: &ImportArgs, file: &Path) -> Result<(Language, Vec<GivenPhrase>), Failure> {
    let language = args.which.lang.clone().ok_or_else(|| {
        Failure::Usage("name the language of the phrases with --lang, such as --lang en".to_owned())
    })?;
    let given: Vec<GivenPhrase> = json_of(file, "a list of {\"id\", \"text\"}")?;
    if given.is_empty() {
        return Err(Failure::Usage(format!("there are no phrases in {}", file.display())));
    }
    let mut ids: Vec<&str> = given.iter().map(|phrase| phrase.id.as_str()).collect();
    ids.sort_unstable();
    if let Some((twice, _)) = ids.iter().zip(ids.iter().skip(1)).find(|(one, next)| one == next) {
        let message = format!("{}: the id `{twice}` is there twice; give each its own", file.display());
        return Err(Failure::Usage(message));
    }
    if let Some(empty) = given.iter().find(|phrase| !phrase.text.chars().any(char::is_alphanumeric)) {
        return Err(Failure::Usage(format!("{}: `{}` has no words", file.display(), empty.id)));
    }
    Ok((language, given))
}

/// Phrases of a file in a folder of clips, without a course: prints which clip is which.
pub(super) fn clips_without_course(args: &ImportArgs, file: &Path, folder: &Path) -> Outcome {
    let (language, given) = given_phrases(args, file)?;
    let paths = readable_sounds(&DiskFiles::new(folder))?;
    if paths.is_empty() {
        let message = format!("there are no recordings in {}; name the folder they are in", folder.display());
        return Err(Failure::Usage(message));
    }
    let texts: Vec<String> = given.iter().map(|phrase| phrase.text.clone()).collect();
    let wanted = wanted_phrases(&language, &texts);
    if wanted.iter().all(|phrase| phrase.other_voice.is_none()) {
        return Err(Failure::Usage(format!(
            "no draft voice speaks {} here, so clips cannot be told apart by their words; install espeak-ng, if it knows the language",
            language.name()
        )));
    }
    let progress = Progress::on_terminal();
    let (mut heard, mut names) = (Vec::new(), Vec::new());
    for path in paths {
        match hear_reading(&[folder.join(&path)], &progress.task()) {
            Ok(clip) => {
                heard.push(clip.heard);
                names.push(path);
            }
            Err(fault) => report::warning(format!("{fault}; it is left out")),
        }
    }
    progress.finish();
    let assigned = assign(&heard, &wanted);
    let clip_of = |phrase: usize| {
        let mut clips = names.iter().zip(&assigned);
        clips.find_map(|(name, clip)| clip.filter(|clip| clip.phrase == phrase).map(|clip| (name, clip)))
    };
    let phrases: Vec<Value> = given
        .iter()
        .enumerate()
        .map(|(number, phrase)| match clip_of(number) {
            Some((name, clip)) => json!({
                "id": phrase.id,
                "file": name,
                "flag": clip.is_doubtful().then_some(flag(Doubt::Words)),
            }),
            None => json!({ "id": phrase.id, "file": null, "flag": flag(Doubt::NotFound) }),
        })
        .collect();
    let others = names.iter().zip(&assigned).filter(|(_, clip)| clip.is_none());
    let others: Vec<&String> = others.map(|(name, _)| name).collect();
    report::out(&format!("{:#}\n", json!({ "phrases": phrases, "other": others })))?;
    Ok(exit::DONE)
}

/// Phrases of a file, without a course: prints where they are.
fn without_course(args: &ImportArgs, file: &Path) -> Outcome {
    let (language, given) = given_phrases(args, file)?;
    let corrected = corrections(args)?;
    let phrases: Vec<ReadPhrase> = given
        .into_iter()
        .map(|phrase| ReadPhrase { fixed: corrected.place(&phrase.id), id: phrase.id, text: phrase.text })
        .collect();
    refuse_unknown(&corrected, &phrases)?;
    let reading = hear(&args.what)?;
    corrected.refuse_other(args, &reading)?;
    let aligned = AlignedReading::of(&reading.heard, &phrases, &language, order(args));
    print_json(&phrases, &aligned)?;
    note_method(&aligned, &language);
    if aligned.alignment.is_of_other_words() {
        report::warning(other_words(&aligned));
        return Ok(exit::ERRORS);
    }
    Ok(exit::DONE)
}

fn spans(phrases: &[ReadPhrase], aligned: &AlignedReading) -> Vec<PhraseSpan> {
    phrases
        .iter()
        .zip(&aligned.alignment.phrases)
        .map(|(phrase, found)| PhraseSpan::of(phrase, found))
        .collect()
}

fn print_json(phrases: &[ReadPhrase], aligned: &AlignedReading) -> Result<(), Failure> {
    report::out(&format!("{:#}\n", json!({ "phrases": spans(phrases, aligned) })))
}

/// Says so where the words themselves could not be compared.
pub(in crate::cli) fn note_method(aligned: &AlignedReading, language: &Language) {
    if !aligned.has_words {
        report::note(&format!(
            "no draft voice speaks {} here, so phrases are told apart by their lengths and pauses only; espeak-ng does, where it is installed and knows the language",
            language.name()
        ));
    }
}

fn other_words(aligned: &AlignedReading) -> String {
    let phrases = &aligned.alignment.phrases;
    let found = phrases.iter().filter(|phrase| phrase.span.is_some()).count();
    format!(
        "this does not seem to be a reading of these words: {found} of {} phrases were found, and they sound unlike them; check the file, the script and the language",
        phrases.len()
    )
}

/// A reading of one or several scripts of a course.
fn of_course(context: &CommandContext, args: &ImportArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let wanted = scripts(context, &engine, &args.script)?;
    if wanted.is_empty() {
        return Err(Failure::Usage(format!(
            "name the script that is read with --script, such as: adem voice import {} --script {}",
            typed(&args.what),
            engine.course().scripts.keys().next().map_or("1", String::as_str)
        )));
    }
    let known = progress(&engine, voice)?;
    let spoken: Vec<&SpokenPhrase> = wanted
        .iter()
        .flat_map(|id| known.scripts.iter().filter(move |script| script.id == *id))
        .flat_map(SpokenScript::phrases)
        .collect();
    let untranslated = spoken.iter().filter(|phrase| phrase.text.is_none()).count();
    let corrected = corrections(args)?;
    let mut keys: Vec<PhraseKey> = Vec::new();
    let mut phrases: Vec<ReadPhrase> = Vec::new();
    for phrase in spoken {
        let Some(text) = &phrase.text else { continue };
        let id = phrase.key.to_string();
        if !keys.contains(&phrase.key) {
            keys.push(phrase.key.clone());
            phrases.push(ReadPhrase { fixed: corrected.place(&id), id, text: text.clone() });
        }
    }
    if phrases.is_empty() {
        return Err(Failure::Usage(format!(
            "this script has no words in {} yet; translate it first: adem translate pack {}",
            voice.language.name(),
            voice.language
        )));
    }
    refuse_unknown(&corrected, &phrases)?;
    if phrases.iter().all(|phrase| phrase.fixed == Some(CorrectedPlace::NotRead)) {
        let message =
            "the corrections say that no phrase is read here; name the script that is, with --script";
        return Err(Failure::Usage(message.to_owned()));
    }
    let reading = hear(&args.what)?;
    corrected.refuse_other(args, &reading)?;
    let aligned = AlignedReading::of(&reading.heard, &phrases, &voice.language, order(args));
    note_method(&aligned, &voice.language);
    if args.json {
        print_json(&phrases, &aligned)?;
    } else {
        report::out(&table(&phrases, &aligned))?;
    }
    if aligned.alignment.is_of_other_words() {
        return Err(Failure::Usage(other_words(&aligned)));
    }
    if let Some(told) = end_of_part(&phrases, &aligned) {
        report::warning(told);
    }
    if untranslated > 0 {
        report::note(&format!("{} without words in this language", report::count(untranslated, "phrase")));
    }
    if args.json {
        return Ok(code(&aligned));
    }
    let cuts = aligned.cuts(reading.heard.seconds());
    let folder =
        tempfile::tempdir().map_err(|error| Failure::read(Path::new("a temporary folder"), error))?;
    let mut by_sound = BTreeMap::new();
    let mut parts = Vec::new();
    for (((key, phrase), found), cut) in keys.iter().zip(&phrases).zip(&aligned.alignment.phrases).zip(cuts) {
        let Some(cut) = cut else { continue };
        let path = format!("{}/{}.wav", key.file, key.id);
        let doubt = phrase.trouble(found);
        by_sound.insert(path.clone(), ClipBySound { key: key.clone(), doubt });
        parts.push((path, cut));
    }
    let cuts: Vec<_> = parts.iter().map(|(_, cut)| *cut).collect();
    cut_reading(&reading.files, &cuts, |index, bytes| -> Result<(), Failure> {
        Ok(write_whole(folder.path().join(&parts[index].0), bytes)?)
    })?;
    let day = today();
    let names = known_names(&engine, &known, &wanted);
    let importer = Importer { engine: &engine, voice, progress: &known, names, date: &day, by_sound };
    let mut found = planned(&importer, &DiskFiles::new(folder.path()))?;
    for file in &mut found {
        if let ClipFate::Unusable(fault) = &mut file.fate {
            "correct the place on the proof page, or record it again".clone_into(&mut fault.advice);
        }
    }
    if !args.dry_run {
        let stem = proof_stem(&format!("{}-{}", voice.language, voice.id), &wanted, &reading);
        proof(context, &stem, args, &voice.language, &reading, &phrases, &aligned)?;
    }
    let imported = take_in(context, args, &importer, &found, folder.path())?;
    let missing =
        aligned.alignment.phrases.iter().filter(|phrase| phrase.doubt == Some(Doubt::NotFound)).count();
    if missing > 0 {
        report::note(&format!(
            "{} not found; a sheet of what is missing: adem voice sheet --pickups {}",
            report::count(missing, "phrase"),
            WhichVoice::flags(voice)
        ));
    }
    Ok(imported.max(code(&aligned)))
}

/// Where a reading ends before its text does.
fn end_of_part(phrases: &[ReadPhrase], aligned: &AlignedReading) -> Option<String> {
    const LEAST: usize = 2;
    let found = &aligned.alignment.phrases;
    let last = found.iter().rposition(|phrase| phrase.span.is_some())?;
    let after = found[last + 1..].iter().filter(|phrase| phrase.doubt == Some(Doubt::NotFound)).count();
    let is_cut = found[last].doubt == Some(Doubt::Cut);
    (after >= LEAST).then(|| {
        format!(
            "the reading ends {} `{}`, and the {after} phrases after it are not in it; if the file is cut off, look for a whole copy, else read the rest and import it too",
            if is_cut { "in the middle of a word of" } else { "with" },
            phrases[last].id
        )
    })
}

/// Tells scripts whether every phrase was found.
fn code(aligned: &AlignedReading) -> u8 {
    let is_missing = aligned.alignment.phrases.iter().any(|phrase| phrase.doubt == Some(Doubt::NotFound));
    if is_missing { exit::ERRORS } else { exit::DONE }
}

/// As they are typed at a prompt.
fn typed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| place::quoted(path)).collect::<Vec<_>>().join(" ")
}

/// A time in a reading to a tenth of a second.
fn clock(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

/// Where each phrase is, and what was left out.
fn table(phrases: &[ReadPhrase], aligned: &AlignedReading) -> String {
    const WORDS: usize = 44;
    let mut rows = vec![["from", "to", "sure", "phrase", "words", ""].map(str::to_owned)];
    for (phrase, found) in phrases.iter().zip(&aligned.alignment.phrases) {
        let (from, to) =
            found.span.map_or(("-".to_owned(), "-".to_owned()), |(from, to)| (clock(from), clock(to)));
        let sure = match phrase.fixed {
            Some(CorrectedPlace::At(..) | CorrectedPlace::NotRead) => "corrected".to_owned(),
            None => format!("{:.0} %", found.confidence * 100.0),
        };
        let doubt = match (phrase.trouble(found), phrase.fixed) {
            (Some(fault), Some(_)) => format!("{}; {}", fault.wrong, fault.advice),
            (Some(fault), None) => fault.wrong,
            (None, Some(CorrectedPlace::NotRead)) => "is not read here".to_owned(),
            (None, Some(CorrectedPlace::At(..)) | None) => String::new(),
        };
        rows.push([from, to, sure, phrase.id.clone(), short(&phrase.text, WORDS), doubt]);
    }
    let mut text = columns(&rows, 6);
    for (spans, what) in [
        (&aligned.alignment.earlier, "earlier takes, left out"),
        (&aligned.alignment.other, "other speech, left out"),
    ] {
        if !spans.is_empty() {
            let all: Vec<_> =
                spans.iter().map(|(from, to)| format!("{}–{}", clock(*from), clock(*to))).collect();
            let _ = writeln!(text, "{what}: {}", all.join(", "));
        }
    }
    text.push('\n');
    text
}

/// Writes the page on which the places are heard and corrected, and the edit list.
fn proof(
    context: &CommandContext,
    stem: &str,
    args: &ImportArgs,
    language: &Language,
    reading: &HeardReading,
    phrases: &[ReadPhrase],
    aligned: &AlignedReading,
) -> Result<(), Failure> {
    let folder = context.files.root().join("out/voice");
    let made = place::new_folders(context.files.root(), [folder.as_path()])?;
    let real = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let list = ReadingEdits {
        reading: args.what.iter().map(real).collect(),
        language: language.to_string(),
        phrases: spans(phrases, aligned),
        earlier: aligned.alignment.earlier.clone(),
        other: aligned.alignment.other.clone(),
    };
    let again = format!(
        "adem voice import {} --lang {language} --script {} --corrections FILE",
        typed(&args.what),
        args.script.join(",")
    );
    let page = proof_page(&ProofPage {
        stem,
        again: &again,
        language,
        reading,
        phrases,
        found: &aligned.alignment.phrases,
        left_out: &[&aligned.alignment.earlier[..], &aligned.alignment.other[..]].concat(),
        files: &list.reading,
    });
    let files = [
        (folder.join(format!("{stem}.html")), page.into_bytes()),
        (folder.join(format!("{stem}.json")), format!("{:#}\n", json!(list)).into_bytes()),
    ];
    trust::refuse_links(context, files.iter().map(|(path, _)| path.as_path()))?;
    for (path, bytes) in &files {
        write_whole(path, bytes)?;
    }
    place::note_folders(&made);
    files.iter().for_each(|(path, _)| wrote(path));
    Ok(())
}

/// Texts with how another voice says them.
fn wanted_phrases(language: &Language, texts: &[String]) -> Vec<WantedPhrase> {
    let pace = Pace::usual(language);
    texts
        .iter()
        .zip(other_voices(language, texts))
        .map(|(text, other_voice)| WantedPhrase {
            other_voice,
            ..WantedPhrase::of(text, pace.length(text).as_f64())
        })
        .collect()
}

/// Finds the phrases of clips whose names do not tell, by their sound.
pub(super) fn match_by_sound(
    importer: &mut Importer<'_>,
    files: &DiskFiles,
    folder: &Path,
    wanted: &[String],
) -> Result<(), Failure> {
    let NamesOfClips { named, unnamed } = importer.names_of(files)?;
    if unnamed.is_empty() {
        return Ok(());
    }
    let voice = importer.voice;
    let mut keys: Vec<&PhraseKey> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    let scripts = importer.progress.scripts.iter();
    for phrase in scripts
        .filter(|script| wanted.is_empty() || wanted.contains(&script.id))
        .flat_map(SpokenScript::phrases)
    {
        if let Some(text) = &phrase.text
            && !named.contains(&phrase.key)
            && !keys.contains(&&phrase.key)
        {
            keys.push(&phrase.key);
            texts.push(text.clone());
        }
    }
    let mut heard = Vec::new();
    let mut paths = Vec::new();
    let progress = Progress::on_terminal();
    for path in unnamed {
        // What cannot be heard is told by the import itself.
        if let Ok(clip) = hear_reading(&[folder.join(&path)], &progress.task()) {
            heard.push(clip.heard);
            paths.push(path);
        }
    }
    progress.finish();
    let phrases = wanted_phrases(&voice.language, &texts);
    if phrases.iter().all(|phrase| phrase.other_voice.is_none()) {
        return Ok(());
    }
    for (path, assigned) in paths.into_iter().zip(assign(&heard, &phrases)) {
        let Some(assigned) = assigned else { continue };
        let doubt = assigned.is_doubtful().then(|| fault(Doubt::Words));
        importer.by_sound.insert(path, ClipBySound { key: keys[assigned.phrase].clone(), doubt });
    }
    Ok(())
}
