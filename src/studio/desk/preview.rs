//! What a pause would do, without writing it: laid out from the plan that is shown, so that it can be asked for while it is
//! dragged.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::{VersionQuery, planned, sheet};
use crate::diag::{Sink, Sources, Span};
use crate::edit::{ScriptEdit, apply};
use crate::engine::{AskedLength, Engine, Plan};
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::layout::{LayoutTarget, Length, lay_out};
use crate::script::elastic::Elastic;
use crate::script::exercise::{Fragment, Script};
use crate::script::file_kind::FileKind;
use crate::script::session::Step;
use crate::script::step::{RepeatBody, StepKind, StepText, all_steps};
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, with_engine};
use crate::toml::table;

/// A pause as it would be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseWish {
    file: String,
    edit: ScriptEdit,
}

pub(super) async fn preview(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
    body: Body,
) -> Answer {
    let wish: PauseWish = json_body(body).await?;
    let laid = with_engine(&studio, move |studio, engine| {
        let plan = planned(studio, engine, &script, &query)?;
        laid_out(engine, &plan, &wish)
    });
    as_json(&laid.await?)
}

fn laid_out(engine: &Engine, plan: &Plan, wish: &PauseWish) -> Result<serde_json::Value, Problem> {
    let step = match wish.edit {
        ScriptEdit::Pause { step, .. }
        | ScriptEdit::FixedPause { step, .. }
        | ScriptEdit::UsualPause { step } => step,
        ScriptEdit::Reword { .. }
        | ScriptEdit::Set { .. }
        | ScriptEdit::Rounds { .. }
        | ScriptEdit::Length { .. }
        | ScriptEdit::Move { .. }
        | ScriptEdit::AddPhrase { .. }
        | ScriptEdit::AddPause { .. }
        | ScriptEdit::Drop { .. } => {
            return Err(Problem::bad_request("only a pause is shown before it is written"));
        }
    };
    let sources = &engine.course().sources;
    let file = sources.all().position(|file| file.path == wish.file);
    let file = file.ok_or_else(|| Problem::not_found("the course has no such file"))?;
    let text = &sources.get(crate::diag::FileId(file)).text;
    let edited = apply(&wish.file, text, &crate::edit::hash_of(text), &wish.edit)
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let pause = pause_at(&wish.file, &edited.text, step)
        .ok_or_else(|| Problem::conflict("the step is no longer there; load the page again"))?;
    let mut session = plan.session.clone();
    for part in &mut session.parts {
        set_pause(&mut part.steps, &|span: Span| span.file.0 == file && span.start == step, pause);
    }
    let length = match plan.asked.length.length {
        Some(AskedLength::Natural) => Length::Natural,
        None if session.length.is_none() => Length::Natural,
        Some(AskedLength::Exactly(_) | AskedLength::Source) | None => {
            Length::Exactly(plan.timeline.frames.time(plan.timeline.rate))
        }
    };
    let sink = Sink::new();
    let timeline = lay_out(&session, &plan.facts, LayoutTarget::Length(length), &sink);
    let timeline = timeline.ok_or_else(|| {
        let first = sink.sorted().first().map(|one| one.message.clone()).unwrap_or_default();
        Problem::conflict(first)
    })?;
    Ok(sheet::timeline(&timeline, sources))
}

fn set_pause(steps: &mut [Step], is_it: &dyn Fn(Span) -> bool, pause: Elastic) {
    for step in steps {
        if is_it(step.span) {
            step.set_pause(pause);
        }
        step.children_mut().into_iter().for_each(|steps| set_pause(steps, is_it, pause));
    }
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
