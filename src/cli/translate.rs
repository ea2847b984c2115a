//! `adem translate`: texts for translators, and back.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::args::parse_language;
use super::{Failure, Outcome, Place, exit, report};
use crate::diag::{Diagnostic, Severity, Sink, Sources};
use crate::engine::Error;
use crate::export::write_whole;
use crate::files::Files;
use crate::script::Course;
use crate::script::language::Language;
use crate::script::po::extract::{SourceText, extract};
use crate::script::po::file::PoFile;
use crate::script::po::merge::{Changes, template, update};
use crate::script::po::status::Status;
use crate::script::po::syntax;
use crate::script::step::{phrases, refuse_double_ids};

/// Where translations live, below the course.
const FOLDER: &str = "scripts/po";

/// The arguments of `adem translate`.
#[derive(Debug, ClapArgs)]
pub(super) struct TranslateArgs {
    #[command(subcommand)]
    pub command: TranslateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum TranslateCommand {
    /// Write every text of the course into scripts/po/adem.pot, a template for new languages
    Extract,
    /// Bring the PO file of each language up to the texts; nothing a translator wrote is lost
    Update(LanguageArgs),
    /// Show how far each language is
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
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(place: &Place, args: &TranslateArgs) -> Outcome {
    let desk = Desk::open(place)?;
    match &args.command {
        TranslateCommand::Extract => desk.extract(),
        TranslateCommand::Update(args) => desk.update(args.lang.as_ref()),
        TranslateCommand::Status(args) => desk.status(args.language.lang.as_ref(), args.json),
    }
}

/// A course with its texts, ready for translators.
struct Desk<'a> {
    place: &'a Place,
    course: Course,
    texts: Vec<SourceText>,
}

impl<'a> Desk<'a> {
    /// Opens the course. Scripts with mistakes would hide texts, and their translations would seem obsolete: so those
    /// have to be mended first.
    fn open(place: &'a Place) -> Result<Self, Failure> {
        let sink = Sink::new();
        let course = Course::open(&place.files, &sink)?;
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
            return Err(Error::Mistakes { found, sources: course.sources }.into());
        }
        let texts = extract(&course);
        Ok(Self { place, course, texts })
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.place.files.root().join(path);
        super::trust::refuse_links(self.place, [path.as_path()])?;
        Ok(write_whole(path, text.as_bytes())?)
    }

    fn extract(&self) -> Outcome {
        let path = format!("{FOLDER}/adem.pot");
        let template = template(&self.texts, &self.course.sources, &self.course.header.title.value);
        self.write(&path, &template.print())?;
        let words: usize = self.texts.iter().map(SourceText::words).sum();
        report::line(&format!("{path}: {} texts, {words} words", self.texts.len()));
        Ok(exit::DONE)
    }

    fn update(&self, only: Option<&Language>) -> Outcome {
        let mut code = exit::DONE;
        for language in self.languages(only)? {
            let path = self.path(&language)?;
            let (mut sources, old) = (Sources::default(), self.bytes(&path)?);
            let file = match read(&path, &old, &mut sources) {
                Ok(file) => file,
                Err(found) => {
                    report::diagnostics(&found, &sources);
                    report::line(&format!("{path} was left alone"));
                    code = exit::MISTAKES;
                    continue;
                }
            };
            let title = &self.course.header.title.value;
            let (file, changes) = update(file, &self.texts, &self.course.sources, &language, title);
            let new = file.print();
            if new.as_bytes() != old {
                self.write(&path, &new)?;
            }
            report::line(&told(&path, changes, new.as_bytes() != old));
            self.tell_of_new(&language);
        }
        Ok(code)
    }

    fn status(&self, only: Option<&Language>, as_json: bool) -> Outcome {
        let mut rows = Vec::new();
        for language in self.languages(only)? {
            let path = self.path(&language)?;
            let mut sources = Sources::default();
            let file = read(&path, &self.bytes(&path)?, &mut sources)
                .map_err(|found| Error::Mistakes { found, sources })?;
            rows.push((language.clone(), Status::of(&file, &self.texts, &language)));
        }
        if as_json {
            let rows: Vec<_> = rows.iter().map(|(language, status)| json_row(language, status)).collect();
            report::out(&format!("{:#}\n", json!({ "languages": rows })))?;
        } else if !rows.is_empty() {
            report::out(&table(&rows))?;
        }
        Ok(exit::DONE)
    }

    /// The languages that are asked for: all that are listed or have a file, but those in which everything is written.
    fn languages(&self, only: Option<&Language>) -> Result<Vec<Language>, Failure> {
        let needs = |language: &Language| self.texts.iter().any(|text| text.language != *language);
        match only {
            Some(language) if needs(language) => Ok(vec![language.clone()]),
            Some(language) => {
                Err(Failure::Usage(format!("the course is written in `{language}`; name another language")))
            }
            None => {
                let listed = self.course.header.languages.iter().map(|language| language.value.clone());
                let mut all: Vec<_> = listed.collect();
                let begun = self.files()?.into_iter().map(|(language, _)| language);
                all.extend(begun.filter(|language| !all.contains(language)).collect::<Vec<_>>());
                all.retain(needs);
                if all.is_empty() {
                    report::line(
                        "there is no other language yet; `adem translate update --lang TAG` begins one",
                    );
                }
                Ok(all)
            }
        }
    }

    /// The PO files that are there, by language, in the order of their names.
    fn files(&self) -> Result<Vec<(Language, String)>, Failure> {
        let entries = self.place.files.list(Path::new(FOLDER))?;
        let names = entries.into_iter().filter(|entry| !entry.is_folder).map(|entry| entry.name);
        let named = |name: String| Some((Language::parse(name.strip_suffix(".po")?)?, name));
        Ok(names.filter_map(named).collect())
    }

    /// The file of a language; one that is there keeps the name it has, whatever its capitals.
    fn path(&self, language: &Language) -> Result<String, Failure> {
        let own = self.files()?.into_iter().find(|(named, _)| named == language);
        Ok(own.map_or_else(|| format!("{FOLDER}/{language}.po"), |(_, name)| format!("{FOLDER}/{name}")))
    }

    /// The bytes of a file, none where there is none yet.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        if !self.place.files.exists(Path::new(path)) {
            return Ok(Vec::new());
        }
        Ok(self.place.files.read(Path::new(path))?)
    }

    fn tell_of_new(&self, language: &Language) {
        if !self.course.header.languages.iter().any(|listed| listed.value == *language) {
            report::line(&format!("add \"{language}\" to `languages` in course.toml to make tracks in it"));
        }
    }
}

/// A PO file, or what is wrong with it.
fn read(path: &str, bytes: &[u8], sources: &mut Sources) -> Result<PoFile, Vec<Diagnostic>> {
    let sink = Sink::new();
    let file = sources.read(path, bytes, &sink);
    let read = file.and_then(|file| syntax::read(file, &sources.get(file).text, &sink));
    read.ok_or_else(|| sink.into_sorted())
}

fn told(path: &str, changes: Changes, written: bool) -> String {
    let counts = [
        (changes.new, "new"),
        (changes.changed, "changed and now fuzzy"),
        (changes.obsolete, "no longer wanted"),
    ];
    let told: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match (&told[..], written) {
        ([], false) => format!("{path} is up to date"),
        ([], true) => format!("{path}: comments and places brought up to date"),
        _ => format!("{path}: {}", told.join(", ")),
    }
}

fn json_row(language: &Language, status: &Status) -> serde_json::Value {
    let mut row = json!(status);
    row["language"] = json!(language.as_str());
    row
}

fn table(rows: &[(Language, Status)]) -> String {
    let mut text = format!(
        "{:<10} {:>10} {:>7} {:>7} {:>8} {:>9} {:>13}\n",
        "language", "translated", "fuzzy", "stale", "missing", "obsolete", "words to do"
    );
    for (language, status) in rows {
        let words = format!("{}/{}", status.words_left, status.words);
        let _ = writeln!(
            text,
            "{:<10} {:>10} {:>7} {:>7} {:>8} {:>9} {:>13}",
            language.as_str(),
            status.translated,
            status.fuzzy,
            status.stale,
            status.missing,
            status.obsolete,
            words
        );
    }
    text
}
