//! Edits: of a script, back and forth. Whoever asks has seen the text that an edit is for; if it was changed elsewhere since, both
//! are shown, and the edit is made beside the other change only if that is asked for.

use std::path::Path as FilePath;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::overlay::OverlayFiles;
use super::{VersionQuery, lock, plan_name, planned, sheet, shown, version};
use crate::diag::{Code, Diagnostic, Severity, Sources};
use crate::edit::journal::{EditRecord, Journal, JournalStep};
use crate::edit::rebase::rebase;
use crate::edit::{EditError, ScriptEdit, apply};
use crate::engine::{Engine, Error, Plan};
use crate::event::Task;
use crate::export::write_whole;
use crate::files::{DiskFiles, FileError, Files};
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::script::file_kind::all_files;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, blocking, diagnostics, told, told_by};
use crate::studio::refusal::{Refusal, failed, sign_refused};

/// The folder of the journal, below the course.
const JOURNAL: &str = ".adem/edits";

/// An edit as a page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditWish {
    file: String,
    /// The hash of the text that the page shows.
    base: String,
    edit: ScriptEdit,
    /// Whether it is to be made beside what was changed elsewhere.
    #[serde(default)]
    beside: bool,
    /// The script that the page shows.
    script: Option<String>,
}

/// A file that was changed.
#[derive(Debug)]
pub struct ChangedFile {
    pub hash: String,
    /// The number of the course that it is of; `None` where nothing was to be changed.
    pub generation: Option<u64>,
}

pub(super) async fn edit(
    State(studio): State<SharedStudio>,
    Query(query): Query<VersionQuery>,
    body: Body,
) -> Answer {
    let wish: EditWish = json_body(body).await?;
    let done = blocking(move || {
        let before = wish.script.as_ref().and_then(|script| match &*studio.course.engine() {
            Ok(engine) => planned(&studio, engine, script, &query).ok(),
            Err(_) => None,
        });
        let is_script = |path: &str| {
            all_files(studio.course.files()).is_ok_and(|all| all.iter().any(|(_, own)| own == path))
        };
        if !is_script(&wish.file) {
            return Err(Refusal::NoCourseFile.problem());
        }
        let what = what(&wish.edit);
        let make =
            |text: &str, base: &str| apply(&wish.file, text, base, &wish.edit).map(|edited| edited.text);
        // The version that the page is shown next. One that could be made and then could not is refused: nothing of it could be shown.
        let next: Mutex<Option<Plan>> = Mutex::default();
        // New limits may leave out the length that is looked at.
        let could_be_made = before.is_some()
            && !(matches!(wish.edit, ScriptEdit::Length { .. }) && query.contains_key("length"));
        let allowed = |engine: &Engine| {
            let Some(job) = wish.script.as_ref().and_then(|script| version(script, &query).ok()) else {
                return Ok(());
            };
            match engine.plan(&job, &Task::silent()) {
                Ok(plan) => *lock(&next) = Some(plan),
                Err(error) if could_be_made => return not_made(&error).map_or(Ok(()), Err),
                Err(_) => {}
            }
            Ok(())
        };
        let changed = change_file(&studio, &wish.file, &wish.base, wish.beside, what, make, &allowed)?;
        if let (Some(generation), Some(script), Some(plan)) =
            (changed.generation, &wish.script, lock(&next).take())
        {
            lock(&studio.desk.plans).keep(plan_name(generation, script, &query), Arc::new(plan));
        }
        let mut answer = json!({ "file": wish.file, "hash": changed.hash, "undo": counts(&studio) });
        if let (Some(script), Ok(engine)) = (&wish.script, &*studio.course.engine()) {
            match shown(&studio, engine, script, &query) {
                Ok(sheet) => answer["sheet"] = sheet,
                Err(problem) => answer["problem"] = json!(problem),
            }
            if let (Some(before), Ok(after)) = (before, planned(&studio, engine, script, &query)) {
                answer["difference"] = sheet::difference(&before, &after);
            }
        }
        Ok(answer)
    });
    as_json(&done.await?)
}

/// Why an edit is refused after which the version that is shown could not be made; `None` where the edit is not why. What is added has
/// no translation yet, and that is no reason to leave it out.
fn not_made(error: &Error) -> Option<Problem> {
    match error {
        Error::Diagnostics { found, sources } => {
            let is_reason = |one: &&Diagnostic| {
                one.severity == Severity::Error
                    && !matches!(one.code, Code::NotTranslated | Code::FuzzyTranslation)
            };
            let reasons: Vec<_> = found.iter().filter(is_reason).cloned().collect();
            let first = reasons.first()?.message.clone();
            let refused = Refusal::WouldNotBeMade.because(first);
            Some(refused.with("errors", diagnostics(&reasons, sources)))
        }
        Error::Request(_) => Some(told_by(Refusal::WouldNotBeMade, error)),
        Error::World(_) | Error::ChecklistFailed(_) | Error::OutputClosed | Error::Stopped => None,
    }
}

/// A word for what an edit does, which pages have in their language.
fn what(edit: &ScriptEdit) -> &'static str {
    match edit {
        ScriptEdit::Pause { .. } | ScriptEdit::FixedPause { .. } | ScriptEdit::UsualPause { .. } => "pause",
        ScriptEdit::Reword { .. } => "reword",
        ScriptEdit::Set { .. } => "set",
        ScriptEdit::Rounds { .. } => "rounds",
        ScriptEdit::Length { .. } => "length",
        ScriptEdit::Move { .. } | ScriptEdit::MovePart { .. } => "move",
        ScriptEdit::AddPhrase { .. }
        | ScriptEdit::AddPause { .. }
        | ScriptEdit::AddBell { .. }
        | ScriptEdit::AddBreathe { .. }
        | ScriptEdit::AddUse { .. }
        | ScriptEdit::AddPart { .. } => "add",
        ScriptEdit::Repeat { .. } => "repeat",
        ScriptEdit::Unwrap { .. } => "unwrap",
        ScriptEdit::AddCue { .. } | ScriptEdit::Cue { .. } | ScriptEdit::DropCue { .. } => "cue",
        ScriptEdit::Drop { .. } | ScriptEdit::DropPart { .. } => "drop",
    }
}

/// Changes a file of the course by an edit of the text of the hash `base`. The file is written whole, after the edit is in the
/// journal, and only if the course has no error afterwards that it did not have, and `allowed` has nothing against the course as it
/// will be.
///
/// # Errors
/// [`Problem`]: a conflict with both texts if the file was changed elsewhere, and why an edit is refused.
pub fn change_file(
    studio: &SharedStudio,
    path: &str,
    base: &str,
    beside: bool,
    what: &str,
    edit: impl Fn(&str, &str) -> Result<String, EditError>,
    allowed: &dyn Fn(&Engine) -> Result<(), Problem>,
) -> Result<ChangedFile, Problem> {
    let alone = studio.course.alone()?;
    let current = text_of(studio, path).ok_or_else(|| Refusal::NotUtf8.with(&[("file", &path)]))?;
    let new = match edit(&current, base) {
        Err(EditError::Changed) => {
            let shown = lock(&studio.desk.texts).find(base);
            let mine = shown.as_ref().and_then(|shown| edit(shown, base).ok());
            let both =
                shown.as_ref().zip(mine.as_ref()).and_then(|(shown, mine)| rebase(shown, mine, &current));
            match both {
                Some(both) if beside => both,
                both => {
                    let problem = Refusal::ChangedElsewhere.problem().with(
                        "conflict",
                        json!({
                            "file": path,
                            "shown": shown.as_deref(),
                            "mine": mine,
                            "theirs": current,
                            "together": both.is_some(),
                        }),
                    );
                    return Err(problem);
                }
            }
        }
        Err(error) => return Err(refused(error)),
        Ok(new) => new,
    };
    let mut generation = None;
    if new != current {
        let opened = opened(studio, path, &new)?;
        let record =
            EditRecord { path: path.to_owned(), before: current, after: new.clone(), what: what.to_owned() };
        if let Ok(engine) = &opened.course {
            allowed(engine)?;
        }
        write_noted(studio, path, &new, record)?;
        generation = Some(opened.install(studio));
    }
    drop(alone);
    let hash = studio.desk.remember(&new);
    Ok(ChangedFile { hash, generation })
}

pub(super) fn refused(error: EditError) -> Problem {
    let refusal = match error {
        EditError::Refused { found, sources } => {
            let first = found.first().map(|one| one.message.clone()).unwrap_or_default();
            let refused = Refusal::WouldMistake.because(first);
            return refused.with("errors", diagnostics(&found, &sources));
        }
        EditError::Sign(sign) => return sign_refused(sign),
        EditError::Notation(why) => return Refusal::Notation.by(&why),
        EditError::Value(why) => return Refusal::Page.because(why),
        EditError::Changed => Refusal::ChangedElsewhere,
        EditError::NoStep => Refusal::NoStep,
        EditError::Mistake => Refusal::FileMistake,
        EditError::NoScript => Refusal::NoEditFile,
        EditError::LastStep => Refusal::LastStep,
        EditError::LastPart => Refusal::LastPart,
        EditError::IntoItself => Refusal::IntoItself,
        EditError::PauseTime => Refusal::PauseTime,
        EditError::NoWords => Refusal::EmptyPhrase,
        EditError::LongText => Refusal::LongText,
        EditError::RoundsOrder => Refusal::RoundsOrder,
        EditError::RepeatList => Refusal::RepeatList,
    };
    refusal.problem()
}

/// Writes a text after its edit is in the journal.
fn write_noted(studio: &SharedStudio, path: &str, text: &str, record: EditRecord) -> Result<(), Problem> {
    with_journal(studio, |journal| journal.add(record)).map_err(failed)?;
    if let Err(error) = write_whole(studio.course.place(path)?, text.as_bytes()) {
        with_journal(studio, Journal::forget_last).map_err(failed)?;
        return Err(failed(error));
    }
    Ok(())
}

/// The course with a text that is not written yet.
struct OpenedChange {
    course: Result<Engine, Error>,
    files: Arc<OverlayFiles<DiskFiles>>,
}

impl OpenedChange {
    /// The text is written: this is the course now.
    fn install(self, studio: &SharedStudio) -> u64 {
        super::watch::written(studio, self.course, &self.files.hashes())
    }
}

/// Opens the course with this text. It is read once, before the text is written. A file that has a mistake may get another one
/// while it is mended.
///
/// # Errors
/// [`Problem`] if the course has errors then that it does not have.
fn opened(studio: &SharedStudio, path: &str, text: &str) -> Result<OpenedChange, Problem> {
    let files = Arc::new(OverlayFiles::new(studio.course.files().clone(), path, text));
    let now = studio.course.engine();
    let (before, sources) = faults(now.as_ref().as_ref().map(|engine| &**engine));
    let is_mended =
        sources.is_some_and(|sources| before.iter().any(|one| sources.get(one.span().file).path == path));
    let course = studio.course.reopen_with(files.clone());
    if let Err(error @ (Error::World(_) | Error::Request(_))) = &course {
        return Err(told(error));
    }
    let (after, sources) = faults(course.as_ref());
    match sources {
        Some(sources) if after.len() > before.len() && !is_mended => {
            let first = after.first().map(|one| one.message.clone()).unwrap_or_default();
            let after: Vec<_> = after.into_iter().cloned().collect();
            Err(Refusal::WouldMistake.because(first).with("errors", diagnostics(&after, sources)))
        }
        Some(_) | None => Ok(OpenedChange { course, files }),
    }
}

/// The errors in the files of a course, whether it is open without them or not.
fn faults<'a>(course: Result<&'a Engine, &'a Error>) -> (Vec<&'a Diagnostic>, Option<&'a Sources>) {
    let (found, sources) = match course {
        Ok(engine) => (&engine.closed().found, &engine.course().sources),
        Err(Error::Diagnostics { found, sources }) => (found, sources),
        Err(_) => return (Vec::new(), None),
    };
    (found.iter().filter(|one| one.severity == Severity::Error).collect(), Some(sources))
}

/// The text of a file of the course as it is on disk.
pub(super) fn text_of(studio: &SharedStudio, path: &str) -> Option<String> {
    match studio.course.files().read(FilePath::new(path)) {
        Ok(bytes) => String::from_utf8(bytes).ok(),
        // A translation that is begun here.
        Err(FileError::NotFound { .. }) => Some(String::new()),
        Err(_) => None,
    }
}

fn with_journal<T>(studio: &SharedStudio, work: impl FnOnce(&mut Journal) -> T) -> T {
    let mut journal = lock(&studio.desk.journal);
    let open = || Journal::open(&studio.course.root().join(JOURNAL), |path| text_of(studio, path));
    work(journal.get_or_insert_with(open))
}

/// How many edits can be taken back and made again, and what they did.
pub fn counts(studio: &SharedStudio) -> Value {
    with_journal(studio, |journal| {
        let [undo, redo] = journal.counts();
        let [back, again] = journal
            .next()
            .map(|record| record.map(|record| json!({ "what": record.what, "file": record.path })));
        json!({ "undo": undo, "redo": redo, "back": back, "again": again })
    })
}

pub(super) async fn undoable(State(studio): State<SharedStudio>) -> Answer {
    as_json(&blocking(move || Ok(counts(&studio))).await?)
}

/// With `overtaken=yes` the next edit is forgotten: its place was changed elsewhere, and somebody wants that to stay.
pub(super) async fn undo(State(studio): State<SharedStudio>, Query(query): Query<VersionQuery>) -> Answer {
    step(studio, JournalStep::Undo, &query).await
}

pub(super) async fn redo(State(studio): State<SharedStudio>, Query(query): Query<VersionQuery>) -> Answer {
    step(studio, JournalStep::Redo, &query).await
}

async fn step(studio: SharedStudio, step: JournalStep, query: &VersionQuery) -> Answer {
    let is_overtaken = query.get("overtaken").is_some_and(|value| value == "yes");
    let done = blocking(move || {
        let alone = studio.course.alone()?;
        if is_overtaken {
            with_journal(&studio, |journal| journal.overtaken(step)).map_err(failed)?;
            return Ok(json!({ "undo": counts(&studio) }));
        }
        let restored = with_journal(&studio, |journal| journal.restored(step, |path| text_of(&studio, path)));
        let restored = match restored {
            None => return Ok(json!({ "undo": counts(&studio) })),
            Some(Err(record)) => {
                let theirs = text_of(&studio, &record.path);
                let (shown, mine) = match step {
                    JournalStep::Undo => (record.after, record.before),
                    JournalStep::Redo => (record.before, record.after),
                };
                let conflict = json!({
                    "file": record.path,
                    "shown": shown,
                    "mine": mine,
                    "theirs": theirs,
                    "together": false,
                    "step": if step == JournalStep::Undo { "undo" } else { "redo" },
                });
                let problem = Refusal::ChangedElsewhere.problem();
                return Err(problem.with("conflict", conflict));
            }
            Some(Ok(restored)) => restored,
        };
        let opened = opened(&studio, &restored.path, &restored.text)?;
        write_whole(studio.course.place(&restored.path)?, restored.text.as_bytes()).map_err(failed)?;
        with_journal(&studio, |journal| journal.stepped(step)).map_err(failed)?;
        opened.install(&studio);
        drop(alone);
        Ok(json!({ "undo": counts(&studio), "file": restored.path, "what": restored.what }))
    });
    as_json(&done.await?)
}
