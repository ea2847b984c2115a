//! The translator's table: every text of the course beside its translation, with what a translator has to know, and each
//! translation saved to its place in the PO file.

mod rows;
mod save;

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::SharedStudio;
use super::answer::{Answer, as_json, bytes, media_type, told, with_engine};
use crate::asset::takes;
use crate::engine::{Engine, Error, review_words};
use crate::files::Files;
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::script::Course;
use crate::script::language::Language;
use crate::script::po::extract::extract;
use crate::script::po::lint::slips;
use crate::script::po::status::Status;
use crate::script::session::PhraseKey;
use crate::studio::refusal::{Refusal, failed};

pub(super) fn routes() -> Router<SharedStudio> {
    Router::new()
        .route("/studio/texts", get(languages))
        .route("/studio/texts/{language}", get(groups).put(save::save))
        .route("/studio/texts/{language}/rows", get(rows::rows))
        .route("/studio/texts/{language}/check", post(check))
        .route("/studio/texts/{language}/sound", get(sound))
}

/// The language of an address, if the course is translated into it.
fn language_of(course: &Course, tag: &str) -> Result<Language, Problem> {
    let known = course.header.languages.iter().map(|listed| &listed.value);
    let wanted = known.chain(course.translations.keys()).find(|known| known.as_str() == tag);
    wanted.cloned().ok_or_else(|| Refusal::NoLanguage.with(&[("language", &tag)]))
}

/// The languages that the course is translated into, with how far they are.
async fn languages(State(studio): State<SharedStudio>) -> Answer {
    let found = with_engine(&studio, |studio, engine| {
        let course = engine.course();
        let texts = extract(course);
        let mut all: Vec<&Language> = course.header.languages.iter().map(|listed| &listed.value).collect();
        all.extend(course.translations.keys().filter(|language| !all.contains(language)).collect::<Vec<_>>());
        let source = course.header.languages.first().map(|first| &first.value);
        let one = |language: &&Language| {
            let file = save::file(studio, language).1;
            let status = Status::of(&file, &texts, language);
            json!({ "tag": language.as_str(), "name": language.own_name(), "status": status })
        };
        let translated = all.iter().filter(|language| Some(**language) != source);
        Ok(json!({
            "source": source.map(|source| json!({ "tag": source.as_str(), "name": source.own_name() })),
            "languages": translated.map(one).collect::<Vec<_>>(),
        }))
    });
    as_json(&found.await?)
}

/// The PO file of a language with open texts in the words of their originals, for a track that is heard before all of it is
/// translated: its path and its text.
pub fn filled_texts(studio: &SharedStudio, engine: &Engine, language: &Language) -> Option<(String, String)> {
    save::filled(studio, engine, language)
}

/// The files whose texts are translated into a language, with how far each is.
async fn groups(State(studio): State<SharedStudio>, Path(tag): Path<String>) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let course = engine.course();
        let language = language_of(course, &tag)?;
        let (_, file) = save::file(studio, &language);
        let mut groups: Vec<(String, usize, usize)> = Vec::new();
        let texts = extract(course);
        let wanted = texts.iter().filter(|text| text.is_needed_in(&language) && text.plural.is_none());
        let translations = crate::script::po::Translations::of(&file);
        for text in wanted {
            let group = rows::group_of(&text.context);
            let at = groups.iter().position(|(name, ..)| name == group).unwrap_or_else(|| {
                groups.push((group.to_owned(), 0, 0));
                groups.len() - 1
            });
            groups[at].1 += 1;
            let state = translations.find(&text.context, &text.text);
            let is_done =
                matches!(state, crate::script::po::TranslationState::Current(_)) || text.is_optional();
            groups[at].2 += usize::from(is_done);
        }
        let one = |(id, all, done): &(String, usize, usize)| {
            let script = course.scripts.get(id);
            let title = script.and_then(|script| script.title.as_ref());
            let title = title.or_else(|| course.fragments.get(id)?.title.as_ref());
            json!({
                "id": id,
                "title": title.map(|title| &title.value),
                "track": script.and_then(|script| script.track.as_ref()).map(|track| track.value),
                "script": script.is_some(),
                "all": all,
                "done": done,
            })
        };
        Ok(groups.iter().map(one).collect::<serde_json::Value>())
    });
    as_json(&found.await?)
}

/// A translation as it is typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedText {
    context: String,
    source: String,
    text: String,
}

/// How long a translation takes to say, and what is wrong with it.
async fn check(State(studio): State<SharedStudio>, Path(tag): Path<String>, body: Body) -> Answer {
    let typed: TypedText = json_body(body).await?;
    let found = with_engine(&studio, move |studio, engine| {
        let language = language_of(engine.course(), &tag)?;
        let pace = rows::pace(studio, engine, &language);
        let mut told = Vec::new();
        if !typed.text.trim().is_empty() {
            told.extend(slips(&typed.source, &typed.text).iter().map(rows::slip));
            let found = review_words(engine.course(), &language, &typed.context, &typed.text);
            told.extend(found.iter().map(rows::wording_slip));
        }
        Ok(json!({ "seconds": pace.length(&typed.text).as_f64(), "told": told }))
    });
    as_json(&found.await?)
}

/// The recording of a phrase in a language, as it lies in the course.
async fn sound(
    State(studio): State<SharedStudio>,
    Path(tag): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let (kind, content) = with_engine(&studio, move |studio, engine| {
        let named = query.get("phrase").cloned().unwrap_or_default();
        let none = || Refusal::NoRecording.with(&[("phrase", &named)]);
        let language = language_of(engine.course(), &tag)?;
        let phrase = query.get("phrase").and_then(|phrase| PhraseKey::try_from(phrase.clone()).ok());
        let path =
            recordings(studio, engine, &language)?.remove(&phrase.ok_or_else(none)?).ok_or_else(none)?;
        let content = studio.course.files().read(FilePath::new(&path));
        let content = content.map_err(failed)?;
        Ok((media_type(&path), content))
    })
    .await?;
    bytes(kind, content)
}

/// The recording of each phrase by the usual voice of a language.
fn recordings(
    studio: &SharedStudio,
    engine: &Engine,
    language: &Language,
) -> Result<BTreeMap<PhraseKey, String>, Problem> {
    let Ok(voice) = engine.voice(language, None) else { return Ok(BTreeMap::new()) };
    takes(studio.course.files(), voice).map_err(|error| told(&Error::from(error)))
}
