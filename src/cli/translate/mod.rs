//! `adem translate`: what translators get and give back.

mod add;
mod back;
mod check;
mod confirm;
mod out;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::known::parse_language;
use super::parts::{parts_json, parts_table};
use super::progress::Progress;
use super::table::columns;
use super::{CommandContext, Failure, Outcome, exit, report};
use crate::asset::{Catalogue, Store, VoiceSurvey, takes};
use crate::diag::{Diagnostic, Severity, Sink, Sources};
use crate::engine::{Error, LockedTimes, LockedVersion};
use crate::export::write_whole;
use crate::files::Files;
use crate::script::Course;
use crate::script::language::Language;
use crate::script::po::context::{bound, surround};
use crate::script::po::encoding::{ByteForm, read_bytes};
use crate::script::po::extract::{SourceText, extract};
use crate::script::po::file::PoFile;
use crate::script::po::file_of;
use crate::script::po::lint::fits;
use crate::script::po::merge::{Changes, template, update};
use crate::script::po::status::Status;
use crate::script::po::syntax;
use crate::script::step::PhraseTime;
use crate::script::step::{phrases, refuse_double_ids};
use crate::script::voice::Voice;
use crate::translate::progress::{Speaker, TrackProgress, of_track};
use crate::unit::SampleRate;

/// Where translations live, below the course.
const FOLDER: &str = "scripts/po";

#[derive(Debug, ClapArgs)]
pub(super) struct TranslateArgs {
    #[command(subcommand)]
    pub command: TranslateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum TranslateCommand {
    /// Add a language: to course.toml, with a folder for its voice and a PO file
    Add(add::AddArgs),
    /// Find what is wrong in PO files, with no course needed: lost bars, numbers and lines, the header, what is missing
    Check(check::CheckPoArgs),
    /// Write a zip for a translator: the PO file and a page with the recordings and fields to type in
    Pack(out::PackArgs),
    /// Take back what a translator sends, without overwriting newer work
    Unpack(back::BackArgs),
    /// Write the texts as a spreadsheet
    Export(out::ExportTextArgs),
    /// Take back a spreadsheet or a PO file, as `unpack` does
    Import(back::BackArgs),
    /// Write every text of the course into scripts/po/adem.pot, a template for new languages
    Extract,
    /// Bring the PO file of each language up to the texts; nothing a translator wrote is lost
    Update(LanguageArgs),
    /// Say that fuzzy translations are right, once somebody has looked at them
    Confirm(confirm::ConfirmArgs),
    /// Show how far each language is, and each of its tracks
    Status(StatusArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct LanguageArgs {
    /// Only this language, such as de or pt-BR; a new one gets a file
    #[arg(long, value_name = "TAG", value_parser = parse_language)]
    pub lang: Option<Language>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub language: LanguageArgs,
    #[command(flatten)]
    pub follow: FollowArgs,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

/// The language that a translation is to follow
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct FollowArgs {
    /// Show what follows if every part starts where it starts in this language. Default: as deliveries say
    #[arg(long, value_name = "LANG", value_parser = parse_language)]
    pub lock_parts: Option<Language>,
}

pub(super) fn run(context: &CommandContext, args: &TranslateArgs) -> Outcome {
    match &args.command {
        TranslateCommand::Add(args) => add::run(context, args),
        TranslateCommand::Check(args) => check::run(args),
        TranslateCommand::Pack(args) => out::pack(context, args),
        TranslateCommand::Unpack(args) | TranslateCommand::Import(args) => back::run(context, args),
        TranslateCommand::Export(args) => out::export(context, args),
        TranslateCommand::Extract => Translation::open(context)?.extract(),
        TranslateCommand::Update(args) => {
            let _alone = context.alone()?;
            Translation::open(context)?.update(args.lang.as_ref())
        }
        TranslateCommand::Confirm(args) => confirm::run(context, args),
        TranslateCommand::Status(args) => Translation::open(context)?.status(args),
    }
}

/// A course and its texts to translate.
struct Translation<'a> {
    context: &'a CommandContext,
    course: Course,
    texts: Vec<SourceText>,
    /// The recording of each phrase, by context.
    heard: BTreeMap<String, String>,
}

impl<'a> Translation<'a> {
    /// Opens the course. Errors in scripts are refused: their texts would be missing, and translations of them
    /// obsolete.
    fn open(context: &'a CommandContext) -> Result<Self, Failure> {
        let sink = Sink::new();
        let course = Course::open(&context.files, &sink)?;
        for script in course.scripts.values() {
            let phrases = script.parts.iter().flat_map(|part| phrases(&part.steps));
            refuse_double_ids(phrases, &sink);
        }
        for fragment in course.fragments.values() {
            refuse_double_ids(phrases(&fragment.steps).into_iter(), &sink);
        }
        let holds_texts = |found: &Diagnostic| {
            let path = &course.sources.get(found.span().file).path;
            path == "course.toml" || (path.starts_with("scripts/") && !path.starts_with(FOLDER))
        };
        let mut found = sink.into_sorted();
        found.retain(|found| found.severity == Severity::Error && holds_texts(found));
        if !found.is_empty() {
            return Err(Error::Diagnostics { found, sources: course.sources }.into());
        }
        let source = course.header.languages.first().map(|first| &first.value);
        let voice = source.and_then(|source| {
            let id = &course.header.voices.get(source)?.value;
            course.voices.get(&(source.clone(), id.clone()))
        });
        let heard = match voice {
            Some(voice) => {
                takes(&context.files, voice)?.into_iter().map(|(key, path)| (key.to_string(), path)).collect()
            }
            None => BTreeMap::new(),
        };
        let mut texts = extract(&course);
        surround(&mut texts, &bound(&course), &heard);
        Ok(Self { context, course, texts, heard })
    }

    /// The texts for a language, with the times of the phrases that a grid or a locked part binds.
    fn texts_for(&self, times: &BTreeMap<String, PhraseTime>) -> Vec<SourceText> {
        let mut texts = extract(&self.course);
        surround(&mut texts, times, &self.heard);
        texts
    }

    /// What is asked of a language by the one that is named, or else by deliveries.
    fn locked(&self, language: &Language, follow: Option<&FollowArgs>) -> Result<LockedTimes, Failure> {
        let catalogue = Catalogue::default();
        let store = self.store(&catalogue);
        let progress = Progress::on_terminal();
        let followed = follow.and_then(|follow| follow.lock_parts.as_ref());
        let found = LockedTimes::of(&store, &self.course, language, followed, &progress.task());
        progress.finish();
        Ok(found?)
    }

    fn store<'s>(&'s self, catalogue: &'s Catalogue) -> Store<'s> {
        Store::new(&self.context.files, catalogue, self.context.cache.clone(), SampleRate::DEFAULT)
    }

    /// The voice that speaks a language, if there is one.
    fn voice(&self, language: &Language) -> Option<&Voice> {
        let course = &self.course;
        let usual = course.header.voices.get(language).map(|voice| voice.value.clone());
        let only = || course.voices.keys().find(|(tag, _)| tag == language).map(|(_, only)| only.clone());
        course.voices.get(&(language.clone(), usual.or_else(only)?))
    }

    /// The time of each phrase that a grid or a locked part binds, by context.
    fn times(&self, locked: &LockedTimes) -> BTreeMap<String, PhraseTime> {
        let mut times = bound(&self.course);
        for (context, time) in locked.by_context() {
            let time = PhraseTime::whole(time);
            let shorter = match times.remove(&context) {
                Some(known) => known.min(time),
                None => time,
            };
            times.insert(context, shorter);
        }
        times
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.context.files.root().join(path);
        super::trust::refuse_links(self.context, [path.as_path()])?;
        Ok(write_whole(path, bytes)?)
    }

    fn extract(&self) -> Outcome {
        let path = format!("{FOLDER}/adem.pot");
        let template = template(&self.texts, &self.course.sources, &self.course.header.title.value);
        self.write(&path, template.print().as_bytes())?;
        let words: usize = self.texts.iter().map(SourceText::words).sum();
        report::note(&format!("{path}: {} texts, {words} words", self.texts.len()));
        Ok(exit::DONE)
    }

    fn update(&self, only: Option<&Language>) -> Outcome {
        let mut code = exit::DONE;
        for language in self.languages(only)? {
            let path = self.path(&language)?;
            let (mut sources, old) = (Sources::default(), self.bytes(&path)?);
            let (file, found) = read(&path, &old, &mut sources);
            report::diagnostics(&found, &sources);
            let Some(file) = file else {
                report::line(&format!("{path} was not changed"));
                code = exit::ERRORS;
                continue;
            };
            let title = &self.course.header.title.value;
            let texts = self.texts_for(&self.times(&self.locked(&language, None)?));
            let (file, changes) = update(file, &texts, &self.course.sources, &language, title);
            let new = ByteForm::of(&old).bytes(&file.print());
            if new != old {
                self.write(&path, &new)?;
            }
            report::note(&summary(&path, changes, new != old));
            self.mention_unlisted(&language);
        }
        Ok(code)
    }

    fn status(&self, args: &StatusArgs) -> Outcome {
        let mut rows = Vec::new();
        let only = args.language.lang.as_ref();
        let mut languages = self.languages(only)?;
        if only.is_none() {
            languages.retain(|language| args.follow.lock_parts.as_ref() != Some(language));
        }
        for language in languages {
            let path = self.path(&language)?;
            let mut sources = Sources::default();
            let (file, found) = read(&path, &self.bytes(&path)?, &mut sources);
            let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
            let tracks = self.tracks(&language)?;
            rows.push(LanguageStatus {
                status: Status::of(&file, &self.texts, &language),
                locked: self.locked(&language, Some(&args.follow))?.versions,
                language,
                tracks,
            });
        }
        if args.json {
            let rows: Vec<_> = rows.iter().map(LanguageStatus::json).collect();
            report::out(&format!("{:#}\n", json!({ "languages": rows })))?;
        } else if !rows.is_empty() {
            report::out(&table(&rows))?;
            for row in &rows {
                report::out(&track_table(&row.language, &row.tracks))?;
                report::out(&locked_table(&row.locked, &self.course))?;
            }
        }
        Ok(exit::DONE)
    }

    /// The tracks in a language, in order.
    fn tracks(&self, language: &Language) -> Result<Vec<TrackProgress>, Failure> {
        let course = &self.course;
        let catalogue = Catalogue::default();
        let store = self.store(&catalogue);
        let voice = self.voice(language);
        let progress = Progress::on_terminal();
        let survey = match voice {
            Some(voice) => Some(VoiceSurvey::of(&store, course, voice, &progress.task())?),
            None => None,
        };
        progress.finish();
        let bound = bound(course);
        let speaker = Speaker { survey: survey.as_ref(), rate: store.rate, bound: &bound };
        let mut tracks: Vec<_> =
            course.scripts.values().map(|script| of_track(course, script, language, &speaker)).collect();
        tracks.sort_by_key(|track| track.track.unwrap_or(u32::MAX));
        Ok(tracks)
    }

    /// The requested language, or all that are listed or have a file. The source language is left out.
    fn languages(&self, only: Option<&Language>) -> Result<Vec<Language>, Failure> {
        let needs = |language: &Language| self.texts.iter().any(|text| text.is_needed_in(language));
        match only {
            Some(language) if needs(language) => Ok(vec![language.clone()]),
            Some(language) => Err(Failure::Usage(format!(
                "the course is written in {} (`{language}`); name another language",
                language.name()
            ))),
            None => {
                let all = self.others()?;
                if all.is_empty() {
                    report::note("no translations yet; start one with `adem translate update --lang TAG`");
                }
                Ok(all)
            }
        }
    }

    /// The languages that are listed or have a file, without the source language.
    fn others(&self) -> Result<Vec<Language>, Failure> {
        let listed = self.course.header.languages.iter().map(|language| language.value.clone());
        let mut all: Vec<_> = listed.collect();
        let begun = self.files()?.into_iter().map(|(language, _)| language);
        all.extend(begun.filter(|language| !all.contains(language)).collect::<Vec<_>>());
        all.retain(|language| self.texts.iter().any(|text| text.is_needed_in(language)));
        Ok(all)
    }

    /// The language of the course that is meant, one that is listed or has a file: `zh-Hant-TW` where `zh-TW` is asked for.
    fn known(&self, language: Language) -> Result<Language, Failure> {
        let all = self.others()?;
        if all.contains(&language) {
            return Ok(language);
        }
        let mut near = all.iter().filter(|own| fits(own, &language));
        if let (Some(only), None) = (near.next(), near.next()) {
            return Ok(only.clone());
        }
        self.languages(Some(&language))?;
        Err(Failure::Usage(format!(
            "the course has no {} (`{language}`); add it with `adem translate add {language}`, or name another",
            language.name()
        )))
    }

    /// The existing PO files by language, in order of name.
    fn files(&self) -> Result<Vec<(Language, String)>, Failure> {
        let entries = self.context.files.list(Path::new(FOLDER))?;
        let names = entries.into_iter().filter(|entry| !entry.is_folder).map(|entry| entry.name);
        let named = |name: String| Some((Language::parse(name.strip_suffix(".po")?)?, name));
        Ok(names.filter_map(named).collect())
    }

    /// The file of a language. An existing one keeps its name, whatever its case.
    fn path(&self, language: &Language) -> Result<String, Failure> {
        let files = self.files()?;
        let own = file_of(language, files.iter().map(|(_, name)| name.as_str()));
        Ok(own.map_or_else(|| format!("{FOLDER}/{language}.po"), |name| format!("{FOLDER}/{name}")))
    }

    /// The bytes of a file; empty if it does not exist.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        if !self.context.files.exists(Path::new(path)) {
            return Ok(Vec::new());
        }
        Ok(self.context.files.read(Path::new(path))?)
    }

    fn mention_unlisted(&self, language: &Language) {
        if !self.course.header.languages.iter().any(|listed| listed.value == *language) {
            let name = language.name();
            report::note(&format!(
                "to make tracks in {name}, add \"{language}\" to `languages` in course.toml"
            ));
        }
    }
}

/// A PO file, and what there is to say of it; `None` if it has errors, such as letters of an unknown charset, which would be
/// written back wrong.
fn read(path: &str, bytes: &[u8], sources: &mut Sources) -> (Option<PoFile>, Vec<Diagnostic>) {
    let sink = Sink::new();
    let file = read_bytes(path, bytes, sources, &sink);
    let read = file.and_then(|file| syntax::read(file, &sources.get(file).text, &sink));
    let found = sink.into_sorted();
    let is_whole = found.iter().all(|one| one.severity != Severity::Error);
    (read.filter(|_| is_whole), found)
}

fn summary(path: &str, changes: Changes, written: bool) -> String {
    let counts =
        [(changes.new, "new"), (changes.changed, "changed and now fuzzy"), (changes.obsolete, "obsolete")];
    let counts: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match (&counts[..], written) {
        ([], false) => format!("{path} is up to date"),
        ([], true) => format!("{path}: comments and references updated"),
        _ => format!("{path}: {}", counts.join(", ")),
    }
}

/// How far a language is.
struct LanguageStatus {
    language: Language,
    status: Status,
    tracks: Vec<TrackProgress>,
    /// The versions that follow another language.
    locked: Vec<LockedVersion>,
}

impl LanguageStatus {
    fn json(&self) -> serde_json::Value {
        let mut row = json!(self.status);
        row["language"] = json!(self.language.as_str());
        row["tracks"] = json!(self.tracks);
        row["locked"] = self.locked.iter().map(locked_json).collect();
        row
    }
}

fn locked_json(version: &LockedVersion) -> serde_json::Value {
    json!({
        "delivery": version.delivery,
        "script": version.script,
        "follows": version.followed.as_str(),
        "level": version.guidance.name(),
        "length": version.length.name(),
        "parts": parts_json(&version.parts, version.rate),
    })
}

/// The parts of the versions that follow another language: the silence that is left, or what is too long, and the phrases to
/// shorten. Tracks that are not begun are left out.
fn locked_table(versions: &[LockedVersion], course: &Course) -> String {
    let mut text = String::new();
    for version in versions.iter().filter(|version| version.is_begun) {
        let script = course.scripts.get(&version.script);
        let number = script.and_then(|script| script.track.as_ref()).map(|track| track.value.to_string());
        let _ = writeln!(
            text,
            "\n  track {}, {} guidance, {}{}: each part starts where it does in {}",
            number.as_deref().unwrap_or(&version.script),
            version.guidance.name(),
            version.length.name(),
            version.delivery.as_ref().map_or_else(String::new, |name| format!(", in `{name}`")),
            version.followed.name()
        );
        text.push_str(&parts_table(&version.parts, version.rate));
    }
    text
}

/// The tracks of a language: those that are begun, a line each, and the others in one.
fn track_table(language: &Language, tracks: &[TrackProgress]) -> String {
    let is_begun = |track: &&TrackProgress| track.is_begun();
    let head = [
        "",
        "track",
        "phrases",
        "translated",
        "fuzzy",
        "outdated",
        "missing",
        "recorded",
        "stale",
        "before",
        "minutes",
        "",
    ];
    let row = |track: &TrackProgress| {
        let number = track.track.map_or_else(String::new, |number| number.to_string());
        let predicted = match track.predicted {
            0 => "",
            all if all == track.phrases => " predicted",
            _ => " partly predicted",
        };
        [
            format!("  {number}"),
            track.title.clone(),
            track.phrases.to_string(),
            track.translated.to_string(),
            track.fuzzy.to_string(),
            track.outdated.to_string(),
            track.missing.to_string(),
            track.recorded.to_string(),
            track.stale.to_string(),
            format!("{}/{}", track.before - track.before_missing, track.before),
            format!("{:.1}{predicted}", track.minutes),
            match &track.too_long[..] {
                [] => String::new(),
                long => format!("{} too long for the breath", report::count(long.len(), "phrase")),
            },
        ]
    };
    let begun: Vec<_> = tracks.iter().filter(is_begun).collect();
    let mut text = format!("\n{} (`{language}`)\n", language.name());
    if !begun.is_empty() {
        let lines: Vec<_> =
            std::iter::once(head.map(str::to_owned)).chain(begun.iter().map(|track| row(track))).collect();
        text.push_str(&columns(&lines, 2));
    }
    for long in begun.iter().flat_map(|track| &track.too_long) {
        let _ = writeln!(text, "  {}: about {:.1} s, and it has {:.1} s", long.phrase, long.seconds, long.of);
    }
    let unread: BTreeSet<u32> =
        begun.iter().filter(|track| track.before_missing > 0).filter_map(|track| track.track).collect();
    if !unread.is_empty() {
        let _ = writeln!(
            text,
            "  before {} listeners would read what keeps them safe in another language: translate `course:before` and `:before` first",
            crate::script::check::tracks_in_words(&unread)
        );
    }
    let waiting: BTreeSet<u32> =
        tracks.iter().filter(|track| !is_begun(track)).filter_map(|track| track.track).collect();
    let unnumbered: Vec<&str> = tracks
        .iter()
        .filter(|track| !is_begun(track) && track.track.is_none())
        .map(|track| track.script.as_str())
        .collect();
    let mut waits = Vec::new();
    if !waiting.is_empty() {
        waits.push(crate::script::check::tracks_in_words(&waiting));
    }
    waits.extend(unnumbered.iter().map(|script| format!("`{script}`")));
    if !waits.is_empty() {
        let _ = writeln!(text, "  not begun: {}", waits.join(", "));
    }
    text
}

fn table(rows: &[LanguageStatus]) -> String {
    let head = ["language", "", "translated", "fuzzy", "outdated", "missing", "obsolete", "words to do"];
    let row = |LanguageStatus { language, status, .. }: &LanguageStatus| {
        [
            language.to_string(),
            language.name().to_owned(),
            status.translated.to_string(),
            status.fuzzy.to_string(),
            status.outdated.to_string(),
            status.missing.to_string(),
            status.obsolete.to_string(),
            format!("{}/{}", status.words_left, status.words),
        ]
    };
    let lines: Vec<_> = std::iter::once(head.map(str::to_owned)).chain(rows.iter().map(row)).collect();
    columns(&lines, 2)
}
