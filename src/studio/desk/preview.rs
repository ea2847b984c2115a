//! What an edit would do, without writing it: laid out from the session that is shown, so that it can be asked for at every key
//! stroke and while a pause is dragged.

use serde::{Deserialize, Serialize};

use super::sheet::ShownTimeline;
use super::{VersionQuery, planned};
use crate::diag::{FileId, Sink, Sources, Span};
use crate::edit::{ScriptEdit, drafted, drafted_step};
use crate::engine::{AskedLength, Engine, Plan};
use crate::facts::{DRAFT_PATH, Facts};
use crate::http::problem::Problem;
use crate::layout::{LayoutTarget, Length, Timeline, lay_out};
use crate::script::elastic::Elastic;
use crate::script::exercise::{Fragment, Script};
use crate::script::file_kind::FileKind;
use crate::script::language::Language;
use crate::script::session::{Session, Step};
use crate::script::step::{RepeatBody, StepKind, StepText, all_steps};
use crate::studio::SharedStudio;
use crate::studio::answer::{diagnostics, with_engine};
use crate::studio::refusal::{Refusal, failed};
use crate::toml::table;
use crate::unit::Seconds;

/// The shortest words whose length is foretold, as an empty phrase has none.
const NO_WORDS: &str = "…";

/// What is typed or dragged and not written yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewWish {
    script: String,
    /// The version that is shown, as the pairs of its address.
    version: VersionQuery,
    /// An edit of a file; none where only the length of the version is other.
    edit: Option<FileWish>,
    /// The length of the version in seconds, where it is other than shown.
    seconds: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWish {
    file: String,
    edit: ScriptEdit,
}

/// The answer to a wish.
#[derive(Serialize)]
struct Foretold<'a> {
    event: &'static str,
    id: u64,
    timeline: ShownTimeline<'a>,
}

/// Lays a version out as it would be. The answer to the wish of the number `id`, as the text that is sent: a thread that answers
/// others has nothing more to do with it.
///
/// # Errors
/// [`Problem`] for what cannot be laid out.
pub async fn preview(studio: &SharedStudio, id: u64, wish: PreviewWish) -> Result<String, Problem> {
    with_engine(studio, move |studio, engine| {
        let plan = planned(studio, engine, &wish.script, &wish.version)?;
        let timeline = laid_out(engine, &plan, &wish)?;
        let timeline = ShownTimeline::of(&timeline, &engine.course().sources);
        serde_json::to_string(&Foretold { event: "foretold", id, timeline }).map_err(failed)
    })
    .await
}

fn laid_out(engine: &Engine, plan: &Plan, wish: &PreviewWish) -> Result<Timeline, Problem> {
    let sources = &engine.course().sources;
    let mut session = plan.session.clone();
    let mut facts = None;
    let mut usual = None;
    if let Some(FileWish { file, edit }) = &wish.edit {
        let id = sources.all().position(|known| known.path == *file);
        let id = FileId(id.ok_or_else(|| Refusal::NoCourseFile.problem())?);
        match edit {
            ScriptEdit::Pause { step, .. }
            | ScriptEdit::FixedPause { step, .. }
            | ScriptEdit::UsualPause { step } => {
                let pause = drafted_pause(file, &sources.get(id).text, edit, *step)?;
                change(&mut session, id, *step, &mut |own| own.set_pause(pause));
            }
            ScriptEdit::Reword { step, text } => {
                // Translations stay as they are.
                if language_of(engine, id) == Some(&session.language) {
                    facts = reworded(&mut session, &plan.facts, (id, *step), text);
                }
            }
            ScriptEdit::Length { usual: wanted, .. } => usual = *wanted,
            ScriptEdit::Set { .. }
            | ScriptEdit::Rounds { .. }
            | ScriptEdit::Move { .. }
            | ScriptEdit::AddPhrase { .. }
            | ScriptEdit::AddPause { .. }
            | ScriptEdit::AddBell { .. }
            | ScriptEdit::AddBreathe { .. }
            | ScriptEdit::AddUse { .. }
            | ScriptEdit::Repeat { .. }
            | ScriptEdit::Unwrap { .. }
            | ScriptEdit::Drop { .. }
            | ScriptEdit::AddPart { .. }
            | ScriptEdit::MovePart { .. }
            | ScriptEdit::DropPart { .. }
            | ScriptEdit::AddCue { .. }
            | ScriptEdit::Cue { .. }
            | ScriptEdit::DropCue { .. } => {
                let message = "only words, a pause and a length are shown before they are written";
                return Err(Refusal::Page.because(message));
            }
        }
    }
    let wanted = match wish.seconds {
        Some(seconds) => Some(seconds),
        // The usual length is that of a version for which no other is asked.
        None => usual.filter(|_| plan.asked.length.length.is_none()),
    };
    let length = match (wanted, plan.asked.length.length) {
        (Some(seconds), _) => {
            let time = Seconds::from_f64(seconds).filter(|time| *time > Seconds::ZERO);
            Length::Exactly(time.ok_or_else(|| Refusal::NoLength.problem())?)
        }
        (None, Some(AskedLength::Natural)) => Length::Natural,
        (None, None) if session.length.is_none() => Length::Natural,
        (None, Some(AskedLength::Exactly(_) | AskedLength::Source) | None) => {
            Length::Exactly(plan.timeline.frames.time(plan.timeline.rate))
        }
    };
    let sink = Sink::new();
    let facts = facts.as_ref().unwrap_or(&plan.facts);
    let timeline = lay_out(&session, facts, LayoutTarget::Length(length), &sink);
    timeline.ok_or_else(|| {
        let found = sink.sorted();
        let first = found.first().map(|one| one.message.clone()).unwrap_or_default();
        Refusal::NotMade.because(first).with("errors", diagnostics(&found, sources))
    })
}

/// The language that a file of the course is written in.
fn language_of(engine: &Engine, file: FileId) -> Option<&Language> {
    let course = engine.course();
    let of_scripts = course.scripts.values().map(|script| (script.file, &script.language));
    let of_fragments = course.fragments.values().map(|fragment| (fragment.file, &fragment.language));
    let (_, language) = of_scripts.chain(of_fragments).find(|(own, _)| *own == file)?;
    language.as_ref().map(|own| &own.value)
}

/// Gives a phrase other words. A machine would have to speak them anew, so that a draft has the length that is foretold for its
/// words; a recording keeps its own. The facts, where they are other than they were.
fn reworded(session: &mut Session, facts: &Facts, (file, at): (FileId, usize), text: &str) -> Option<Facts> {
    let words = if text.trim().is_empty() { NO_WORDS } else { text };
    let mut key = None;
    change(session, file, at, &mut |step: &mut Step| {
        if let Some(phrase) = step.phrase_mut() {
            phrase.reword(words);
            key = Some(phrase.key.clone());
        }
    });
    let key = key?;
    session.all_phrases.iter_mut().filter(|phrase| phrase.key == key).for_each(|phrase| phrase.reword(words));
    let is_draft = facts.clips.get(&key).is_some_and(|take| take.path.starts_with(DRAFT_PATH));
    is_draft.then(|| {
        let mut facts = facts.clone();
        facts.clips.remove(&key);
        facts
    })
}

/// Changes the step that begins at a byte of a file, wherever the session has it.
fn change(session: &mut Session, file: FileId, at: usize, work: &mut dyn FnMut(&mut Step)) {
    let is_it = |span: Span| span.file == file && span.start == at;
    for part in &mut session.parts {
        change_steps(&mut part.steps, &is_it, work);
    }
}

fn change_steps(steps: &mut [Step], is_it: &dyn Fn(Span) -> bool, work: &mut dyn FnMut(&mut Step)) {
    for step in steps {
        if is_it(step.span) {
            work(step);
        }
        step.children_mut().into_iter().for_each(|steps| change_steps(steps, is_it, work));
    }
}

/// The pause that a step has after a change. The step alone is parsed, where it is in braces.
fn drafted_pause(path: &str, text: &str, edit: &ScriptEdit, at: usize) -> Result<Elastic, Problem> {
    /// What stands before the step in a fragment of its own.
    const BEFORE: &str = "steps = [";
    let alone = drafted_step(text, edit, at).map_err(super::change::refused)?;
    let pause = match alone {
        Some(step) => pause_at("scripts/fragments/step.toml", &format!("{BEFORE}{step}]\n"), BEFORE.len()),
        None => pause_at(path, &drafted(text, edit).map_err(super::change::refused)?, at),
    };
    pause.ok_or_else(|| Refusal::NoPause.problem())
}

/// The pause of the step that begins at a byte of a script.
fn pause_at(path: &str, text: &str, at: usize) -> Option<Elastic> {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let file = sources.add(path, text);
    let kind = FileKind::of(path)?;
    let steps: Vec<StepText> = table::read_file(file, text, kind.keys(), &sink, |table| {
        if kind == FileKind::Fragment {
            return Fragment::read("", table).steps;
        }
        Script::read("", table).parts.into_iter().flat_map(|part| part.steps).collect()
    })?;
    all_steps(&steps).into_iter().find_map(|step| pause_of(step, at))
}

fn pause_of(step: &StepText, at: usize) -> Option<Elastic> {
    let is_it = step.span.start == at;
    let of_phrase = |pause: Option<Elastic>| Some(pause.unwrap_or_else(Elastic::after_phrase));
    match &step.kind {
        StepKind::Say(phrase) if is_it => of_phrase(phrase.pause),
        StepKind::Pause(pause) if is_it => Some(*pause),
        StepKind::Breathe(breath) if is_it => breath.phrase.as_ref().and_then(|phrase| phrase.pause),
        StepKind::Walk(walk) if is_it => walk.phrase.as_ref().and_then(|phrase| phrase.pause),
        StepKind::Repeat(repeat) if is_it => repeat.pause,
        StepKind::Repeat(repeat) => match &repeat.body {
            RepeatBody::Rotate(phrases) => {
                let own = phrases.iter().find(|phrase| phrase.span.start == at)?;
                of_phrase(own.pause)
            }
            RepeatBody::Steps(_) => None,
        },
        StepKind::Say(_)
        | StepKind::Pause(_)
        | StepKind::Breathe(_)
        | StepKind::Walk(_)
        | StepKind::Bell(_)
        | StepKind::Use(_)
        | StepKind::Together(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_alone_has_the_pause_that_it_has_in_its_file() {
        let script = "language = \"nl\"\ntitle = \"T\"\n[[part]]\nsteps = [\n  { say = \"A.\", id = \"a\" }, # na\n\
            { say = \"B.\", id = \"b\", pause = { natural = 8, least = 2 } },\n  { pause = \"10s\" },\n\
            { repeat = [1, 2, 3], pause = 4, rotate = [\n    { say = \"C.\", id = \"c\", pause = 5 },\n  ] },\n]\n";
        let steps = ["{ say = \"A", "{ say = \"B", "{ pause = \"10s", "{ repeat", "{ say = \"C"];
        for at in steps.map(|step| script.find(step).unwrap()) {
            let edit = ScriptEdit::Pause { step: at, natural: Some(12.5), least: None, most: None };
            let whole = pause_at("scripts/t.toml", &drafted(script, &edit).unwrap(), at);
            let alone = drafted_pause("scripts/t.toml", script, &edit, at);
            assert_eq!(alone.ok(), whole, "{}", &script[at..at + 12]);
            assert!(whole.is_some_and(|pause| pause.natural.as_f64() > 12.0), "{}", &script[at..at + 12]);
        }
    }
}
