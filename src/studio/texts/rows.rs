//! The rows of the table: the texts of one file of the course.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use super::{language_of, recordings, save};
use crate::diag::{Diagnostic, Severity};
use crate::engine::{Engine, review};
use crate::event::Task;
use crate::facts::pace::Pace;
use crate::http::problem::Problem;
use crate::script::language::Language;
use crate::script::po::context::bound;
use crate::script::po::extract::{SourceText, extract};
use crate::script::po::lint::{SAFETY, Slip, slips};
use crate::script::po::{TranslationState, Translations};
use crate::script::session::PhraseKey;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, with_engine};
use crate::studio::refusal::Refusal;

/// The file of the course that a text belongs to: `plek` of `plek/vrij` and of `plek:title`.
pub(super) fn group_of(context: &str) -> &str {
    context.split(['/', ':']).next().unwrap_or_default()
}

/// How fast a language is spoken: as its voice does, where that is known.
pub(super) fn pace(studio: &SharedStudio, engine: &Engine, language: &Language) -> Pace {
    studio.desk.pace(studio.course.generation(), language.as_str(), || known_pace(engine, language))
}

fn known_pace(engine: &Engine, language: &Language) -> Pace {
    let voice = engine.voice(language, None).ok();
    let survey = voice.and_then(|voice| engine.survey(voice, &Task::silent()).ok());
    survey.map_or_else(|| Pace::usual(language), |survey| survey.pace)
}

/// A mistake as a page shows it.
pub(super) fn slip(slip: &Slip) -> Value {
    json!({ "code": slip.code.name(), "message": slip.message, "help": [slip.help] })
}

/// What a rule of wording says, as a page shows it.
pub(super) fn wording_slip(found: &Diagnostic) -> Value {
    let help: Vec<String> = found.helps.iter().map(ToString::to_string).collect();
    json!({
        "code": found.code.name(),
        "message": found.message,
        "help": help,
        "error": found.severity == Severity::Error,
    })
}

pub(super) async fn rows(
    State(studio): State<SharedStudio>,
    Path(tag): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let language = language_of(engine.course(), &tag)?;
        let group = query.get("file").ok_or_else(|| Refusal::Page.because("name the file of the course"))?;
        of_group(studio, engine, &language, group)
    });
    as_json(&found.await?)
}

/// The texts of a file of the course, with their translations.
pub(super) fn of_group(
    studio: &SharedStudio,
    engine: &Engine,
    language: &Language,
    group: &str,
) -> Result<Value, Problem> {
    let course = engine.course();
    let (text, file) = save::file(studio, language);
    let translations = Translations::of(&file);
    let (pace, times) = (pace(studio, engine, language), bound(course));
    let source = course.header.languages.first().map(|first| &first.value);
    let heard = source.map(|source| recordings(studio, engine, source)).transpose()?.unwrap_or_default();
    let wording = wording(engine, language);
    let row = |text: &SourceText| {
        let state = translations.find(&text.context, &text.text);
        let (state, entry) = match state {
            TranslationState::Current(entry) => ("current", Some(entry)),
            TranslationState::Stale(entry) => ("stale", Some(entry)),
            TranslationState::Fuzzy(entry) => ("fuzzy", Some(entry)),
            TranslationState::Missing => ("missing", None),
        };
        let words = entry.map_or("", |entry| &entry.text);
        let mut told: Vec<Value> =
            if words.is_empty() { Vec::new() } else { slips(&text.text, words).iter().map(slip).collect() };
        told.extend(wording.get(&text.context).into_iter().flatten().cloned());
        let previous = entry.and_then(|entry| match state {
            "stale" => Some(&entry.source),
            _ => entry.previous.as_ref().filter(|previous| **previous != text.text),
        });
        let time = times.get(&text.context);
        let key = PhraseKey::try_from(text.context.clone()).ok().filter(|_| !text.context.contains(':'));
        let comments =
            text.comments.iter().filter(|comment| **comment != SAFETY && !comment.starts_with("Time: "));
        json!({
            "context": text.context,
            "source": text.text,
            "text": words,
            "state": state,
            "previous": previous,
            "notes": comments.collect::<Vec<_>>(),
            "safety": text.comments.iter().any(|comment| comment == SAFETY),
            "optional": text.is_optional(),
            "spoken": key.is_some(),
            "heard": key.is_some_and(|key| heard.contains_key(&key)),
            "seconds": pace.length(words).as_f64(),
            "time": time.map(|time| json!({ "seconds": time.sum().as_f64(), "syllables": time.most_syllables() })),
            "told": told,
        })
    };
    let texts = extract(course);
    // Texts with plural forms are for the PO file alone.
    let wanted = texts.iter().filter(|text| {
        text.is_needed_in(language) && text.plural.is_none() && group_of(&text.context) == group
    });
    let shown: Vec<Value> = wanted.map(row).collect();
    if shown.is_empty() {
        return Err(Refusal::NoTexts.problem());
    }
    Ok(json!({
        "hash": studio.desk.remember(&text),
        "generation": studio.course.generation(),
        "direction": if language.is_right_to_left() { "rtl" } else { "ltr" },
        "source": source.map(Language::as_str),
        "rows": shown,
    }))
}

/// What the rules of wording say of translations, by context.
fn wording(engine: &Engine, language: &Language) -> BTreeMap<String, Vec<Value>> {
    let course = engine.course();
    let mut by_place: BTreeMap<(usize, usize), &str> = BTreeMap::new();
    for (context, entries) in course.translations.get(language).into_iter().flat_map(Translations::contexts) {
        for entry in entries {
            let line = course.sources.line_column(entry.span).line;
            by_place.insert((entry.span.file.0, line), context);
        }
    }
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for one in review(course) {
        let line = course.sources.line_column(one.span()).line;
        // A translation of several lines is told at one of them.
        let place = by_place.range(..=(one.span().file.0, line)).next_back();
        let Some((_, context)) = place.filter(|((file, _), _)| *file == one.span().file.0) else { continue };
        found.entry((*context).to_owned()).or_default().push(wording_slip(&one));
    }
    found
}
