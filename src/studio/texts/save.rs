//! Saving a translation to its place in the PO file.

use axum::body::Body;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::{language_of, rows};
use crate::diag::{Sink, Sources};
use crate::edit::entry::{EntryEdit, apply_entry};
use crate::edit::{EditError, hash_of};
use crate::engine::Engine;
use crate::files::Files;
use crate::http::body::json as json_body;
use crate::script::language::Language;
use crate::script::po::context::{bound, surround};
use crate::script::po::extract::extract;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::file_of;
use crate::script::po::merge::update;
use crate::script::po::syntax;
use crate::script::signs::RefusedSign;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, told, with_engine};
use crate::studio::desk::{change_file, undo_counts};
use crate::studio::refusal::sign_refused;

/// A translation as a page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextWish {
    /// The hash of the PO file that the page shows.
    base: String,
    context: String,
    source: String,
    text: String,
    #[serde(default)]
    fuzzy: bool,
    /// Whether it is to be saved beside what was changed elsewhere.
    #[serde(default)]
    beside: bool,
}

/// The path of the PO file of a language.
fn path(studio: &SharedStudio, language: &Language) -> String {
    let entries = studio.course.files().list(std::path::Path::new("scripts/po")).unwrap_or_default();
    let own = file_of(language, entries.iter().map(|entry| entry.name.as_str()));
    own.map_or_else(|| format!("scripts/po/{language}.po"), |name| format!("scripts/po/{name}"))
}

/// The PO file of a language as it is on disk, and what it holds.
pub(super) fn file(studio: &SharedStudio, language: &Language) -> (String, PoFile) {
    let bytes = studio.course.files().read(std::path::Path::new(&path(studio, language)));
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let file = parsed(&text).unwrap_or_default();
    (text, file)
}

fn parsed(text: &str) -> Option<PoFile> {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add("po", text);
    syntax::read(file, text, &sink)
}

pub(super) async fn save(State(studio): State<SharedStudio>, Path(tag): Path<String>, body: Body) -> Answer {
    let wish: TextWish = json_body(body).await?;
    // What the original has may be in its translation.
    if let Some(sign) = RefusedSign::of(&wish.text).filter(|sign| !wish.source.contains(sign.sign())) {
        return Err(sign_refused(sign));
    }
    let saved = with_engine(&studio, move |studio, engine| {
        let language = language_of(engine.course(), &tag)?;
        let path = path(studio, &language);
        let edit = EntryEdit {
            context: wish.context.clone(),
            source: wish.source.clone(),
            text: wish.text.clone(),
            fuzzy: wish.fuzzy,
        };
        let make = |text: &str, base: &str| match apply_entry(text, base, &edit) {
            // The texts of the course have changed since the file was brought up to date.
            // Without the texts of a script that is closed, theirs would be put aside.
            Err(EditError::NoStep) if engine.closed().is_empty() => {
                let text = up_to_date(engine, text, &language).ok_or(EditError::Mistake)?;
                apply_entry(&text, &hash_of(&text), &edit)
            }
            other => other,
        };
        let changed = change_file(studio, &path, &wish.base, wish.beside, "translate", make, &|_| Ok(()))?;
        let now = studio.course.engine();
        let now = now.as_ref().as_ref().map_err(told)?;
        let rows = rows::of_group(studio, now, &language, rows::group_of(&wish.context))?;
        Ok(json!({ "hash": changed.hash, "undo": undo_counts(studio), "rows": rows }))
    });
    as_json(&saved.await?)
}

/// The PO file of a language as it would be with open texts in the words of their originals, and its path.
pub(super) fn filled(
    studio: &SharedStudio,
    engine: &Engine,
    language: &Language,
) -> Option<(String, String)> {
    let (text, _) = file(studio, language);
    let mut file = parsed(&up_to_date(engine, &text, language)?)?;
    let is_open = |message: &&mut Message| {
        !message.obsolete
            && message.plural.is_none()
            && !message.source.is_empty()
            && message.text().is_empty()
    };
    for message in file.messages.iter_mut().filter(is_open) {
        message.texts = vec![message.source.clone()];
    }
    Some((path(studio, language), file.print()))
}

/// The PO file with an entry for every text of the course.
fn up_to_date(engine: &Engine, text: &str, language: &Language) -> Option<String> {
    let course = engine.course();
    let file = if text.is_empty() { PoFile::default() } else { parsed(text)? };
    let mut texts = extract(course);
    surround(&mut texts, &bound(course), &std::collections::BTreeMap::new());
    let (file, _) = update(file, &texts, &course.sources, language, &course.header.title.value);
    Some(file.print())
}
