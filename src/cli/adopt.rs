//! `adem adopt`: a finished recording becomes a script with its clips, bells and bed.

mod second;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::known::parse_language;
use super::table::{columns, short};
use super::voice::note_method;
use super::{CommandContext, Failure, Outcome, exit, place, report, trust};
use second::KnownScript;

use crate::adopt::{
    AdoptedRow, AdoptedSound, AdoptionNames, AdoptionPlan, CutFile, HearError, HeardRecording, PhrasePlace,
    RecordingFault, TranscribedPhrase, WrittenWords, between, cut, late_by, place_doubtful, places,
};
use crate::align::FoundPhrase;
use crate::align::listen::Heard;
use crate::asset::CacheKey;
use crate::decode::tags::Labels;
use crate::engine::Engine;
use crate::export::{OutputFile, write_whole};
use crate::files::{Files, Source, from_file};
use crate::recording::reading::{AlignedReading, ReadPhrase, ReadingOrder, fault};
use crate::recording::records::with_records;
use crate::script::file_kind::FileKind;
use crate::script::language::Language;
use crate::script::takes_file::{TAKES_FILE, TakeRecord, TakeState};
use crate::toml::table::{as_name, is_name};
use crate::translate::add::course_with;
use crate::unit::literal::{print_clock, print_duration};

#[derive(Debug, ClapArgs)]
pub(super) struct AdoptArgs {
    /// The finished recording; it stays as it is, and a copy comes into the course
    recording: PathBuf,
    /// The language that is spoken
    #[arg(long, value_name = "TAG", value_parser = parse_language)]
    lang: Language,
    /// What is said: subtitles (.vtt, .srt), or plain text with a phrase a line
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// The id of the script. Default: made from the name of the recording
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The script that it says in another language. Its words become translations, and its clips a voice of that language
    #[arg(long, value_name = "SCRIPT")]
    script: Option<String>,
    /// The title of the script. Default: that in the tags of the recording, or its name
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// The voice that the clips go to, a new one or one of finished recordings. Default: the id of the script
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
    /// Adopt it although something is wrong with the recording or its transcript
    #[arg(long)]
    anyway: bool,
    /// Show the script and where each phrase is, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &AdoptArgs) -> Outcome {
    if !context.files.exists(Path::new("course.toml")) {
        return Err(Failure::Usage(
            "there is no course here; make one with `adem new FOLDER`, and adopt the recording in it"
                .to_owned(),
        ));
    }
    let engine = context.engine()?;
    let known = args.script.as_ref().map(|script| KnownScript::of(context, &engine, script, &args.lang));
    let known = known.transpose()?;
    let mut names = names(&engine, args, known.as_ref())?;
    refuse_names(context, &engine, &names)?;
    let text = std::fs::read(&args.text).map_err(|error| Failure::read(&args.text, error))?;
    let shown = |path: &Path| path.display().to_string();
    let transcript = WrittenWords::read(&text)
        .map_err(|error| Failure::Usage(format!("{} {error}", shown(&args.text))))?;
    let told = |error: HearError| {
        let more = if matches!(error, HearError::Long) {
            format!(", as its first half hour with: {}", place::cut_command(&args.recording, "0:30:00"))
        } else {
            String::new()
        };
        Failure::Usage(format!("{} {error}{more}", shown(&args.recording)))
    };
    let heard = HeardRecording::listen(open(&args.recording)?).map_err(told)?;
    let found = find(args, &heard, &transcript)?;
    refuse_faults(args, &heard, &found)?;
    let mut found: Vec<PhrasePlace> = found.into_iter().filter(|place| place.confidence > 0.0).collect();
    if let Some(known) = &known {
        let (matched, unmatched) = known.matched(&found, heard.seconds());
        refuse(args, &unmatched)?;
        found = matched;
    }
    let plan = AdoptionPlan::of(&heard, &found, transcript.has_parts);
    refuse_missing_words(args, &plan)?;
    if let Some(known) = known.as_ref().filter(|known| known.bells.len() == plan.bells()) {
        names.bells.clone_from(&known.bells);
    }
    let script = FileKind::Script.tidy(&names.script_file(&plan)).text;
    if args.json {
        report::out(&format!("{:#}\n", document(&names, &plan, &script, !args.dry_run)))?;
    } else {
        if args.dry_run && known.is_none() {
            report::out(&format!("{}:\n\n{script}\n", names.script_text()))?;
        }
        report::out(&table(&plan))?;
    }
    tell(&names, &plan);
    if args.dry_run {
        report::note("nothing was written");
        return Ok(exit::DONE);
    }
    let mut writer = AdoptionWriter { context, written: Vec::new() };
    let words = match &known {
        Some(known) => {
            let title = (known.id.as_str(), names.title.as_str());
            Some(second::translations(context, &engine, args, title, &found)?)
        }
        None => None,
    };
    let text = known.is_none().then_some(script.as_str());
    let done = writer.write(args, &engine, (&names, &plan), text, words);
    if done.is_err() {
        writer.undo();
    }
    done?;
    if let Some(known) = &known {
        second::suit(context, &known.id)?;
    }
    report::note(&format!("wrote {}", report::count(writer.written.len(), "new file")));
    report::note(&format!("the recording is kept as {}", names.recording()));
    report::note(&format!(
        "\n  adem render {id}\n  adem fit {id}\n  adem voice consent --lang {lang} --voice {voice}\n",
        id = if known.is_some() {
            format!("{} --lang {}", names.script, names.language)
        } else {
            names.script.clone()
        },
        lang = names.language,
        voice = names.voice
    ));
    Ok(exit::DONE)
}

fn open(path: &Path) -> Result<Box<dyn Source>, Failure> {
    let file = std::fs::File::open(path).map_err(|error| Failure::read(path, error))?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(Failure::Usage(format!("{} is a folder; name a recording", path.display())));
    }
    from_file(file).map_err(|error| Failure::read(path, error))
}

/// What everything is to be called.
fn names(engine: &Engine, args: &AdoptArgs, known: Option<&KnownScript>) -> Result<AdoptionNames, Failure> {
    let stem = args.recording.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let own = |given: &Option<String>, what: &str, otherwise: String| match given {
        Some(name) if is_name(name) => Ok(name.clone()),
        Some(name) => Err(Failure::Usage(format!(
            "`{name}` is no name of {what}; use a-z, 0-9 and single hyphens, as in `{}`",
            as_name(name)
        ))),
        None => Ok(otherwise),
    };
    let id = as_name(&stem);
    let id = own(&args.name, "a script", if id.is_empty() { "recording".to_owned() } else { id })?;
    let voice = own(&args.voice, "a voice", id.clone())?;
    let tagged =
        || Some(Labels::read(open(&args.recording).ok()?).title?).filter(|title| !title.trim().is_empty());
    let title = args.title.clone().or_else(tagged).unwrap_or(stem);
    let ending = args.recording.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let language =
        engine.course().header.languages.iter().map(|own| &own.value).find(|own| **own == args.lang);
    Ok(AdoptionNames {
        script: known.map_or_else(|| id.clone(), |known| known.id.clone()),
        id,
        title: title.trim().to_owned(),
        language: language.unwrap_or(&args.lang).clone(),
        voice,
        ending: ending.unwrap_or_else(|| "audio".to_owned()),
        bells: Vec::new(),
    })
}

/// Refuses names that are taken: nothing is overwritten.
fn refuse_names(context: &CommandContext, engine: &Engine, names: &AdoptionNames) -> Result<(), Failure> {
    let voice = engine.course().voices.get(&(names.language.clone(), names.voice.clone()));
    if let Some(voice) = voice.filter(|voice| voice.chain.is_on()) {
        return Err(Failure::Usage(format!(
            "{}/voice.toml is a voice that is recorded alone, as its `chain` is not off; name another with --voice",
            voice.folder()
        )));
    }
    let fragment = format!("scripts/fragments/{}.toml", names.script);
    let is_new = names.script == names.id;
    let of_script = if is_new { vec![names.script_text(), fragment] } else { Vec::new() };
    let taken = [
        names.recording_text(),
        names.recording(),
        format!("ambience/{}.toml", names.id),
        names.bed_sound(),
        format!("{}/{}", names.voice_folder(), names.script),
        format!("ambience/bells/{}.toml", names.bell(1)),
    ];
    let is_there = |path: &&String| context.files.root().join(path).exists();
    match of_script.iter().chain(&taken).find(is_there) {
        Some(path) => Err(Failure::Usage(format!(
            "{path} is there already; give the script another id with --name, as in `--name {}-2`",
            names.id
        ))),
        None => Ok(()),
    }
}

/// A transcript is of another recording if so much more is said than it has, as a share of that, and what was found is so unlike it
/// (docs/alignment.md, section 6).
const OTHER: f64 = 0.3;
const UNLIKE: f64 = 0.75;

/// Where the phrases are: at the times of the subtitles, or where they are heard.
fn find(
    args: &AdoptArgs,
    heard: &HeardRecording,
    transcript: &WrittenWords,
) -> Result<Vec<PhrasePlace>, Failure> {
    if transcript.is_timed() {
        let mut phrases = transcript.phrases.clone();
        if let Some(late) = late_by(&heard.mono, &phrases) {
            let what = if late > 0.0 { "late" } else { "early" };
            report::warning(format!(
                "the times of {} are {:.1} s too {what} for {}; they were corrected by that",
                args.text.display(),
                late.abs(),
                args.recording.display()
            ));
            for phrase in &mut phrases {
                let earlier = |time: f64| (time - late).max(0.0);
                phrase.shown = phrase.shown.map(|(from, to)| (earlier(from), earlier(to)));
            }
        }
        return Ok(places(&heard.mono, &phrases));
    }
    let read = |(number, phrase): (usize, &TranscribedPhrase)| ReadPhrase {
        id: number.to_string(),
        text: phrase.text.clone(),
        fixed: None,
    };
    let wanted: Vec<ReadPhrase> = transcript.phrases.iter().enumerate().map(read).collect();
    let aligned = AlignedReading::of(&Heard::of(&heard.mono), &wanted, &args.lang, ReadingOrder::Finished);
    note_method(&aligned, &args.lang);
    let alignment = &aligned.alignment;
    let sum = |spans: &mut dyn Iterator<Item = (f64, f64)>| spans.map(|(from, to)| to - from).sum::<f64>();
    let own = sum(&mut alignment.phrases.iter().filter_map(|phrase| phrase.span));
    let other = sum(&mut alignment.other.iter().copied());
    // What is found is unlike its words, and much else is said.
    let is_other = other > OTHER * own && alignment.unlike.is_some_and(|unlike| unlike > UNLIKE);
    if is_other || alignment.is_of_other_words() {
        return Err(Failure::Usage(format!(
            "{} is not what is said in {}, or not in {}; check that they belong together, or give subtitles, which say when",
            args.text.display(),
            args.recording.display(),
            args.lang.name()
        )));
    }
    let place = |(phrase, found): (&TranscribedPhrase, &FoundPhrase)| {
        let (from, to) = found.span.unwrap_or_default();
        PhrasePlace {
            phrase: phrase.clone(),
            id: None,
            from,
            to,
            confidence: if found.span.is_some() { found.confidence.max(0.01) } else { 0.0 },
            flag: found.doubt.map(|doubt| fault(doubt).wrong),
        }
    };
    let mut found: Vec<PhrasePlace> =
        transcript.phrases.iter().zip(&aligned.alignment.phrases).map(place).collect();
    place_doubtful(&mut found, &alignment.other, heard.seconds());
    Ok(found)
}

/// Refuses a recording with faults and phrases that are not in it, all at once.
fn refuse_faults(args: &AdoptArgs, heard: &HeardRecording, found: &[PhrasePlace]) -> Result<(), Failure> {
    let recording = args.recording.display();
    let mut faults: Vec<String> = heard.faults.iter().map(|fault| format!("{recording} {fault}")).collect();
    let cut_off = heard.faults.iter().any(|fault| matches!(fault, RecordingFault::CutOff));
    if !cut_off && heard.ends_in_word(found) {
        faults.push(format!("{recording} {}", RecordingFault::EndsInWord));
    }
    let is_missing = |place: &PhrasePlace| place.confidence == 0.0;
    if found.iter().all(is_missing) {
        return Err(Failure::Usage(format!(
            "none of the phrases of {} is heard in {recording}; check that they belong together",
            args.text.display()
        )));
    }
    // What follows the end of a recording that is cut off is in its transcript rightly.
    let whole = if faults.is_empty() {
        found.len()
    } else {
        found.iter().rposition(|place| !is_missing(place)).map_or(0, |last| last + 1)
    };
    if let Some(first) = found.get(whole) {
        faults.push(format!(
            "{} from \"{}\" on are not in {recording}, which ends before",
            report::count(found.len() - whole, "phrase"),
            first.phrase.text
        ));
    }
    for (at, place) in found[..whole].iter().enumerate().filter(|(_, place)| is_missing(place)) {
        let text = &place.phrase.text;
        let fault = if let Some((from, _)) = place.phrase.shown {
            format!(
                "\"{text}\" is not heard at {} in {recording}; correct the time of its cue, or remove it if nobody says it",
                print_clock(from)
            )
        } else {
            let (from, to) = between(found, at, heard.seconds());
            format!(
                "\"{text}\" is not found between {} and {} in {recording}; if it is said there, give subtitles (.vtt, .srt), \
                 which say when; otherwise remove it from the transcript",
                print_clock(from),
                print_clock(to)
            )
        };
        faults.push(fault);
    }
    refuse(args, &faults)
}

fn refuse_missing_words(args: &AdoptArgs, plan: &AdoptionPlan) -> Result<(), Failure> {
    const MOST: usize = 6;
    let Some(spans) = plan.missing_words() else { return Ok(()) };
    let some: Vec<String> = spans
        .iter()
        .take(MOST)
        .map(|(from, to)| format!("{} to {}", print_clock(*from), print_clock(*to)))
        .collect();
    let more = if spans.len() > MOST { ", …" } else { "" };
    refuse(
        args,
        &[format!(
            "somebody speaks where {} has no words: {}{more}; write down what is said there, or check that it belongs to the recording",
            args.text.display(),
            some.join(", ")
        )],
    )
}

fn refuse(args: &AdoptArgs, faults: &[String]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    if args.anyway {
        faults.iter().for_each(report::warning);
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{}; nothing was written; --anyway adopts it all the same",
        faults.join("\n")
    )))
}

/// What is said of the result beside the table.
fn tell(names: &AdoptionNames, plan: &AdoptionPlan) {
    let phrases = report::count(plan.phrases().count(), "phrase");
    let bells = report::count(plan.bells(), "bell");
    report::note(&format!("{}: {phrases}, {bells}, {}", names.title, print_duration(plan.length)));
    match &plan.fixed {
        Some(why) => report::note(&format!("it has this length only, as its pauses cannot change: {why}")),
        None => report::note(&format!(
            "it can last from {} to {}",
            print_duration(plan.least),
            print_duration(plan.most)
        )),
    }
    let doubtful = plan.phrases().filter(|(_, _, place)| place.flag.is_some()).count();
    if doubtful > 0 {
        report::note(&format!(
            "{} marked `!` may be in the wrong place; hear them",
            report::count(doubtful, "phrase")
        ));
    }
}

/// So many letters of a phrase are shown.
const WORDS: usize = 48;

/// Where each phrase and bell is.
fn table(plan: &AdoptionPlan) -> String {
    let mut rows = vec![["what", "", "at", "length", "pause", "sure"].map(str::to_owned)];
    let mut flags = String::new();
    for row in &plan.rows {
        let pause = row.pause.natural.as_f64();
        let (sure, mark, what) = match &row.sound {
            AdoptedSound::Phrase { place, .. } => {
                if let Some(flag) = &place.flag {
                    let _ = writeln!(
                        flags,
                        "{} {}: {flag}",
                        print_clock(place.from),
                        short(&place.phrase.text, WORDS)
                    );
                }
                let mark = if place.flag.is_some() { "!" } else { "" };
                (format!("{:.2}", place.confidence), mark, short(&place.phrase.text, WORDS))
            }
            AdoptedSound::Bell(_) => (String::new(), "", "* bell".to_owned()),
        };
        rows.push([
            what,
            mark.to_owned(),
            print_clock(row.from.as_f64()),
            format!("{:.2}", row.to.as_f64() - row.from.as_f64()),
            if pause > 0.0 { format!("{pause:.2}") } else { String::new() },
            sure,
        ]);
    }
    let mut text = columns(&rows, 2);
    if !flags.is_empty() {
        let _ = write!(text, "\ndoubtful:\n{flags}");
    }
    text
}

fn document(names: &AdoptionNames, plan: &AdoptionPlan, script: &str, written: bool) -> Value {
    let row = |row: &AdoptedRow| {
        let mut one = match &row.sound {
            AdoptedSound::Phrase { id, place } => json!({
                "kind": "phrase",
                "id": format!("{}/{id}", names.script),
                "text": place.phrase.text,
                "start": place.from,
                "end": place.to,
                "confidence": place.confidence,
                "flag": place.flag,
            }),
            AdoptedSound::Bell(number) => json!({
                "kind": "bell",
                "id": names.bell(*number),
                "start": row.from.as_f64(),
                "end": row.to.as_f64(),
            }),
        };
        one["pause"] = json!({
            "natural": row.pause.natural.as_f64(),
            "least": row.pause.least.as_f64(),
            "most": row.pause.most.as_f64(),
        });
        one
    };
    let speech = |(from, to): &(f64, f64)| json!({ "start": from, "end": to });
    json!({
        "script": names.script,
        "title": names.title,
        "language": names.language.as_str(),
        "voice": names.voice,
        "recording": names.recording(),
        "length": plan.length.as_f64(),
        "least": plan.least.as_f64(),
        "most": plan.most.as_f64(),
        "fixed": plan.fixed,
        "bed": if plan.bed.is_empty() { Value::Null } else { Value::from(names.id.as_str()) },
        "rows": plan.rows.iter().map(row).collect::<Vec<_>>(),
        "unwritten": plan.unwritten.iter().map(speech).collect::<Vec<_>>(),
        "text": script,
        "written": written,
    })
}

/// Writes the files of a recording into the course.
struct AdoptionWriter<'a> {
    context: &'a CommandContext,
    /// The new files, below the course.
    written: Vec<String>,
}

impl AdoptionWriter<'_> {
    /// The sounds come first and the script last, so that a script is never there without what it names.
    fn write(
        &mut self,
        args: &AdoptArgs,
        engine: &Engine,
        (names, plan): (&AdoptionNames, &AdoptionPlan),
        script: Option<&str>,
        words: Option<(String, Vec<u8>)>,
    ) -> Result<(), Failure> {
        let _alone = self.context.alone()?;
        let voice = format!("{}/voice.toml", names.voice_folder());
        let is_new = !self.context.files.exists(Path::new(&voice));
        let course = course_text(self.context, engine, names)?;
        let records = self.sounds(args, names, plan)?;
        self.copy(&args.recording, &names.recording())?;
        if !plan.bed.is_empty() {
            self.text(&format!("ambience/{}.toml", names.id), &names.bed_file())?;
        }
        for row in &plan.rows {
            if let AdoptedSound::Bell(number) = row.sound
                && names.bells.is_empty()
            {
                self.text(&format!("ambience/bells/{}.toml", names.bell(number)), &names.bell_file(number))?;
            }
        }
        if is_new {
            self.text(&voice, &AdoptionNames::voice_file())?;
        }
        self.records(names, &records)?;
        self.text(&names.recording_text(), &names.recording_file(plan))?;
        if let Some((path, bytes)) = words {
            write_whole(self.context.files.root().join(&path), &bytes)?;
            report::note(&format!("{path} has its words"));
        }
        if let Some(script) = script {
            self.text(&names.script_text(), script)?;
        }
        if let Some(course) = course {
            let path = self.context.files.root().join("course.toml");
            write_whole(path, course.as_bytes())?;
            report::note(&format!("course.toml has `{}` and its voice now", names.language));
        }
        Ok(())
    }

    /// Writes clips, bells and the bed; the records of the clips.
    fn sounds(
        &mut self,
        args: &AdoptArgs,
        names: &AdoptionNames,
        plan: &AdoptionPlan,
    ) -> Result<Vec<TakeRecord>, Failure> {
        let file = |row: &AdoptedRow| {
            let (path, title) = match &row.sound {
                AdoptedSound::Phrase { id, place } => (names.clip(id), place.phrase.text.clone()),
                AdoptedSound::Bell(number) => (names.bell_sound(*number), names.title.clone()),
            };
            CutFile { path, title, from: row.from, to: row.to }
        };
        let is_file =
            |row: &&AdoptedRow| names.bells.is_empty() || matches!(row.sound, AdoptedSound::Phrase { .. });
        let cuts: Vec<CutFile> = plan.rows.iter().filter(is_file).map(file).collect();
        let bed =
            CutFile { path: names.bed_sound(), title: names.title.clone(), from: plan.head, to: plan.length };
        let folder = format!("{}/", names.voice_folder());
        let day = super::voice::today();
        let mut records = Vec::new();
        let source = open(&args.recording)?;
        cut(source, &names.language, &cuts, (&bed, &plan.bed), &mut |path, bytes: Vec<u8>| {
            if let (Some(file), Some(own)) =
                (path.strip_prefix(&folder), cuts.iter().find(|cut| cut.path == path))
            {
                records.push(TakeRecord {
                    file: file.to_owned(),
                    hash: CacheKey::of(&bytes).to_string(),
                    text: own.title.clone(),
                    date: Some(day.clone()),
                    state: TakeState::Accepted,
                    despite: Vec::new(),
                });
            }
            self.bytes(path, &bytes)
        })?;
        Ok(records)
    }

    /// Adds to the records of the takes of the voice.
    fn records(&mut self, names: &AdoptionNames, records: &[TakeRecord]) -> Result<(), Failure> {
        let path = format!("{}/{TAKES_FILE}", names.voice_folder());
        let is_new = !self.context.files.exists(Path::new(&path));
        let old = super::voice::text(self.context, &path)?;
        let new = with_records(&old, records).map_err(|error| super::voice::not_toml(&path, &error))?;
        write_whole(self.context.files.root().join(&path), new.as_bytes())?;
        if is_new {
            self.written.push(path);
        }
        Ok(())
    }

    fn text(&mut self, path: &str, text: &str) -> Result<(), Failure> {
        self.bytes(path, text.as_bytes())
    }

    /// Writes a new file, whole or not at all.
    fn bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let target = self.target(path)?;
        write_whole(target, bytes)?;
        self.written.push(path.to_owned());
        Ok(())
    }

    fn copy(&mut self, from: &Path, path: &str) -> Result<(), Failure> {
        let target = self.target(path)?;
        let mut source = std::fs::File::open(from).map_err(|error| Failure::read(from, error))?;
        let mut copy = OutputFile::create(&target)?;
        std::io::copy(&mut source, &mut copy)
            .and_then(|_| copy.flush())
            .map_err(|error| crate::export::ExportError::new(&target, error))?;
        copy.commit()?;
        self.written.push(path.to_owned());
        Ok(())
    }

    fn target(&self, path: &str) -> Result<PathBuf, Failure> {
        let target = self.context.files.root().join(path);
        trust::refuse_links(self.context, [target.as_path()])?;
        if target.exists() {
            return Err(Failure::Usage(format!("{path} has come into the course meanwhile; do this again")));
        }
        Ok(target)
    }

    /// Removes what was written before a failure.
    fn undo(&self) {
        for path in &self.written {
            let path = self.context.files.root().join(path);
            if let Err(error) = std::fs::remove_file(&path) {
                report::warning(format!("{} could not be removed: {error}", place::shown(&path)));
            }
        }
    }
}

/// The text of course.toml with the language and a voice for it, if it lacks one.
fn course_text(
    context: &CommandContext,
    engine: &Engine,
    names: &AdoptionNames,
) -> Result<Option<String>, Failure> {
    let header = &engine.course().header;
    let has_language = header.languages.iter().any(|own| own.value == names.language);
    if has_language && header.voices.contains_key(&names.language) {
        return Ok(None);
    }
    let old = super::voice::text(context, "course.toml")?;
    let new = course_with(&old, header, &names.language, &names.voice, false).ok_or_else(|| {
        Failure::Usage(format!(
            "course.toml could not be changed; add \"{lang}\" to `languages` and {lang} = \"{voice}\" to `voices` in it",
            lang = names.language,
            voice = names.voice
        ))
    })?;
    Ok(Some(new))
}
