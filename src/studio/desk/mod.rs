//! The teacher's desk: a version as it sounds and as it is written, and the edits that change it. Each edit goes to its file at
//! once, is never made over a change made elsewhere, and can be taken back until the studio is closed.

mod change;
mod lines;
mod listen;
mod overlay;
mod preview;
mod problems;
mod sheet;
mod version;
mod watch;
mod written;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};

pub use change::{change_file, counts as undo_counts};
pub use preview::{PreviewWish, preview};
pub use version::{VersionQuery, version};
pub use watch::{read_again, watch};

use super::SharedStudio;
use super::answer::{Answer, as_json, no_script, told, with_engine};
use crate::edit::hash_of;
use crate::edit::journal::Journal;
use crate::engine::{Engine, Listening, Plan, WavPiece};
use crate::event::Task;
use crate::facts::pace::Pace;
use crate::http::problem::Problem;
use crate::script::language::Language;

/// How many plans, open versions and texts are remembered.
const REMEMBERED: usize = 24;

/// What the desk remembers while the studio runs.
#[derive(Default)]
pub struct Desk {
    /// Opened with the first edit or the first look.
    journal: Mutex<Option<Journal>>,
    plans: Mutex<LastShown<Arc<Plan>>>,
    open: Mutex<LastShown<Arc<Listening>>>,
    /// The course with open texts filled, by its state and the language.
    filled: Mutex<Option<(String, Arc<Engine>)>>,
    /// What was played last, of any version.
    pieces: Mutex<LastShown<Arc<WavPiece>>>,
    /// Texts that were shown, by hash.
    texts: Mutex<LastShown<Arc<str>>>,
    /// The hash of every text file when the course was last read.
    known: Mutex<BTreeMap<String, String>>,
    /// How fast each language is spoken.
    paces: Mutex<LastShown<Pace>>,
    /// What was found wrong, and in which state of the course.
    problems: Mutex<Option<(u64, serde_json::Value)>>,
}

/// The last few values, by name.
struct LastShown<T>(VecDeque<(String, T)>);

impl<T> Default for LastShown<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> LastShown<T> {
    fn find(&self, name: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn keep(&mut self, name: String, value: T) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push_front((name, value));
        self.0.truncate(REMEMBERED);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// How fast a language is spoken in a state of the course, found out once.
    pub fn pace(&self, generation: u64, language: &str, find: impl FnOnce() -> Pace) -> Pace {
        let name = format!("{generation}/{language}");
        if let Some(pace) = lock(&self.paces).find(&name) {
            return pace;
        }
        let pace = find();
        lock(&self.paces).keep(name, pace);
        pace
    }

    /// Remembers a text that is shown, so that an edit of it can be told from one of another; its hash.
    pub fn remember(&self, text: &str) -> String {
        let hash = hash_of(text);
        let mut texts = lock(&self.texts);
        if texts.find(&hash).is_none() {
            texts.keep(hash.clone(), Arc::from(text));
        }
        hash
    }

    /// Ends the session: edits stay, and can no longer be taken back.
    pub fn close(&self) {
        if let Some(journal) = lock(&self.journal).take() {
            journal.close();
        }
    }
}

pub(super) fn routes() -> Router<SharedStudio> {
    Router::new()
        .route("/studio/desk/tracks", get(tracks))
        .route("/studio/desk/tracks/{script}", get(show))
        .route("/studio/desk/tracks/{script}/lengths", get(lengths))
        .route("/studio/desk/tracks/{script}/sound.wav", get(listen::sound))
        .route("/studio/desk/tracks/{script}/stretch", get(listen::stretch))
        .route("/studio/desk/edits", post(change::edit))
        .route("/studio/desk/lines", get(lines::show).post(lines::write))
        .route("/studio/desk/undo", get(change::undoable).post(change::undo))
        .route("/studio/desk/redo", post(change::redo))
        .route("/studio/problems", get(problems::problems))
}

async fn tracks(State(studio): State<SharedStudio>) -> Answer {
    as_json(&with_engine(&studio, |_, engine| Ok(sheet::tracks(engine))).await?)
}

/// A version of a script.
async fn show(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Answer {
    let shown = with_engine(&studio, move |studio, engine| {
        let filled = filled(studio, engine, &query)?;
        shown(studio, filled.as_deref().unwrap_or(engine), &script, &query)
    });
    as_json(&shown.await?)
}

/// The course with the open texts of a language in the words of their originals, where an address has `open=source`, so that a
/// track is heard while it is translated.
fn filled(
    studio: &SharedStudio,
    engine: &Engine,
    query: &VersionQuery,
) -> Result<Option<Arc<Engine>>, Problem> {
    let language = query.get("language").and_then(|tag| Language::parse(tag));
    let Some(language) = language.filter(|_| query.get("open").is_some_and(|open| open == "source")) else {
        return Ok(None);
    };
    let name = format!("{}/{language}", studio.course.generation());
    let mut kept = lock(&studio.desk.filled);
    if let Some((_, engine)) = kept.as_ref().filter(|(known, _)| *known == name) {
        return Ok(Some(engine.clone()));
    }
    let Some((path, text)) = super::texts::filled_texts(studio, engine, &language) else { return Ok(None) };
    let files = overlay::OverlayFiles::new(studio.course.files().clone(), &path, &text);
    let engine = studio.course.reopen_with(Arc::new(files)).map_err(|error| told(&error))?;
    let engine = Arc::new(engine);
    *kept = Some((name, engine.clone()));
    Ok(Some(engine))
}

/// The sheet of a version, with the number of the course it was made from.
fn shown(
    studio: &SharedStudio,
    engine: &Engine,
    script: &str,
    query: &VersionQuery,
) -> Result<serde_json::Value, Problem> {
    let plan = planned(studio, engine, script, query)?;
    let script = engine.script(script).map_err(|error| told(&error))?;
    for file in engine.course().sources.all().filter(|file| is_of(engine, script, &file.path)) {
        studio.desk.remember(&file.text);
    }
    let mut sheet = sheet::sheet(engine, script, &plan);
    sheet["generation"] = studio.course.generation().into();
    sheet["undo"] = change::counts(studio);
    Ok(sheet)
}

/// Whether a file is that of a script or of a fragment.
fn is_of(engine: &Engine, script: &crate::script::exercise::Script, path: &str) -> bool {
    engine.course().sources.get(script.file).path == path || path.starts_with("scripts/fragments/")
}

/// The plan of a version, made once for each state of the course.
fn planned(
    studio: &SharedStudio,
    engine: &Engine,
    script: &str,
    query: &VersionQuery,
) -> Result<Arc<Plan>, Problem> {
    let name = plan_name(studio.course.generation(), script, query);
    if let Some(plan) = lock(&studio.desk.plans).find(&name) {
        return Ok(plan);
    }
    if !engine.course().scripts.contains_key(script) && engine.closed().has(script) {
        return Err(no_script(engine, script));
    }
    let job = version(script, query)?;
    let plan = Arc::new(engine.plan(&job, &Task::silent()).map_err(|error| told(&error))?);
    lock(&studio.desk.plans).keep(name, plan.clone());
    Ok(plan)
}

/// The name under which a plan is remembered. Keys that are no part of a version do not count.
fn plan_name(generation: u64, script: &str, query: &VersionQuery) -> String {
    let mut name = format!("{generation}/{script}");
    let is_version = |key: &str| {
        key.starts_with("choose.")
            || ["language", "voice", "guidance", "length", "bed", "draft", "cues", "open"].contains(&key)
    };
    for (key, value) in query.iter().filter(|(key, _)| is_version(key)) {
        let _ = write!(name, "&{key}={value}");
    }
    name
}

/// The lengths that a version can have.
async fn lengths(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Answer {
    let lengths = with_engine(&studio, move |_, engine| {
        let mut job = version(&script, &query)?;
        job.length.length = None;
        let report = engine.fit(&job, 1, &Task::silent()).map_err(|error| told(&error))?;
        Ok(sheet::lengths(&report))
    });
    as_json(&lengths.await?)
}
