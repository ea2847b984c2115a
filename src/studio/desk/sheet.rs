//! What the desk shows of a version, as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::written::{WrittenScript, cues};
use crate::diag::{Sources, Spanned};
use crate::edit::hash_of;
use crate::engine::{Engine, FitReport, Plan};
use crate::layout::{Glue, LeftOut, PauseSpan, Timeline, TimelineDocument};
use crate::recording::lines::SpokenScript;
use crate::script::Course;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::session::{PhraseKey, Step};
use crate::studio::answer::diagnostics;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Position, Seconds, told_range};

/// The tracks of a course, in order, and those that a mistake keeps closed.
pub(super) fn tracks(engine: &Engine) -> Value {
    let course = engine.course();
    let mut scripts: Vec<&Script> = course.scripts.values().collect();
    let languages = || course.header.languages.iter().map(|tag| &tag.value);
    scripts.sort_by_key(|script| (script.track.as_ref().map_or(u32::MAX, |track| track.value), &script.id));
    let one = |script: &&Script| {
        json!({
            "id": script.id,
            "track": script.track.as_ref().map(|track| track.value),
            "title": script.title.as_ref().map_or(script.id.as_str(), |title| &title.value),
            "titles": languages().map(|tag| (tag.as_str(), course.title_in(script, tag))).collect::<BTreeMap<_, _>>(),
            "language": script.language.as_ref().map(|own| own.value.as_str()),
            "closed": false,
        })
    };
    let closed = engine.closed();
    let closed = closed.scripts().map(
        |id| json!({ "id": id, "track": null, "title": closed.title(id), "titles": {}, "language": null, "closed": true }),
    );
    scripts.iter().map(one).chain(closed).collect()
}

/// Everything of a version.
pub(super) fn sheet(engine: &Engine, script: &Script, plan: &Plan) -> Value {
    let course = engine.course();
    let language = &plan.timeline.language;
    let mut written = WrittenScript::new(course, language);
    let parts = written.parts(script);
    let files: BTreeMap<&str, String> = written
        .paths()
        .filter_map(|path| Some((path, hash_of(&source(&course.sources, path)?.text))))
        .collect();
    json!({
        "track": {
            "id": script.id,
            "number": script.track.as_ref().map(|track| track.value),
            "title": plan.timeline.title,
            "file": course.sources.get(script.file).path,
            "language": script.language.as_ref().map(|own| own.value.as_str()),
        },
        "files": files,
        "parts": parts,
        "cues": cues(course, script),
        "timeline": ShownTimeline::of(&plan.timeline, &course.sources),
        "unrecorded": unrecorded(course, script, plan),
        "controls": controls(course, script, plan),
        "warnings": diagnostics(&plan.warnings, &course.sources),
    })
}

fn source<'a>(sources: &'a Sources, path: &str) -> Option<&'a crate::diag::SourceFile> {
    sources.all().find(|file| file.path == path)
}

/// The timeline document, with the pauses at the lengths they have. It is large, so that it is serialised once and as it is.
#[derive(Serialize)]
pub(super) struct ShownTimeline<'a> {
    #[serde(flatten)]
    document: TimelineDocument,
    pauses: Vec<ShownPause<'a>>,
    /// How many phrases a machine speaks, each once.
    drafts: usize,
}

/// A pause, and the step it comes from.
#[derive(Serialize)]
struct ShownPause<'a> {
    part: usize,
    start: Position,
    frames: Frames,
    natural: Frames,
    least: Frames,
    most: Option<Frames>,
    file: Option<&'a str>,
    at: Option<usize>,
}

impl<'a> ShownTimeline<'a> {
    pub(super) fn of(timeline: &Timeline, sources: &'a Sources) -> Self {
        let pause = |pause: &PauseSpan| {
            let Glue { natural, least, most, step, .. } = pause.glue;
            ShownPause {
                part: pause.part,
                start: pause.start,
                frames: pause.frames,
                natural,
                least,
                most,
                file: step.map(|step| sources.get(step.file).path.as_str()),
                at: step.map(|step| step.start),
            }
        };
        let drafts = timeline.phrases().filter(|phrase| phrase.draft).map(|phrase| &phrase.key);
        Self {
            document: TimelineDocument::of(timeline),
            pauses: timeline.pauses.iter().map(pause).collect(),
            drafts: drafts.collect::<BTreeSet<_>>().len(),
        }
    }
}

/// How many phrases of a script its voice has no recording of.
fn unrecorded(course: &Course, script: &Script, plan: &Plan) -> usize {
    let is_recorded = |key: &PhraseKey| plan.facts.clips.get(key).is_some_and(|clip| !clip.is_draft());
    SpokenScript::of(course, script, &plan.session.language).unrecorded(is_recorded)
}

/// What can be chosen of a version, and what is chosen.
fn controls(course: &Course, script: &Script, plan: &Plan) -> Value {
    let session = &plan.session;
    let voices = course.voices.values().filter(|voice| voice.language == session.language);
    let limits = script.length.map(|limits| {
        json!({
            "usual": limits.usual.as_f64(), "least": limits.least.as_f64(), "most": limits.most.as_f64(),
        })
    });
    let choices = script.choices.iter().map(|choice| {
        let chosen = session.choices.iter().find(|(name, _)| *name == choice.name.value);
        json!({
            "name": choice.name.value,
            "values": choice.values.iter().map(|value| &value.value).collect::<Vec<_>>(),
            "chosen": chosen.map(|(_, value)| value),
        })
    });
    // Those in the language of the script, which are translated as it is.
    let of_language = |language: &Option<Spanned<Language>>| {
        language.as_ref().map(|own| &own.value) == script.language.as_ref().map(|own| &own.value)
    };
    let fragments = course.fragments.values().filter(|fragment| of_language(&fragment.language));
    let language = &session.language;
    let fragments = fragments
        .map(|fragment| json!({ "id": fragment.id, "title": course.fragment_title_in(fragment, language) }));
    json!({
        "languages": course.header.languages.iter().map(|tag| json!({ "tag": tag.value.as_str(), "name": tag.value.own_name() })).collect::<Vec<_>>(),
        "language": session.language.as_str(),
        "voices": voices.map(|voice| json!({ "id": voice.id, "name": voice.name })).collect::<Vec<_>>(),
        "voice": session.voice.id,
        "levels": script.levels.iter().map(|level| level.name()).collect::<Vec<_>>(),
        "level": session.guidance.name(),
        "beds": course.ambiences.values().map(|bed| json!({ "id": bed.id, "title": course.bed_title(bed, language) })).collect::<Vec<_>>(),
        "bells": course.bells.values().map(|bell| json!({ "id": bell.id, "title": course.bell_title(bell, language) })).collect::<Vec<_>>(),
        "fragments": fragments.collect::<Vec<_>>(),
        "bed": session.beds().next().map(|bed| &bed.name),
        "limits": limits,
        "choices": choices.collect::<Vec<_>>(),
    })
}

/// The lengths that a version can have.
pub(super) fn lengths(report: &FitReport) -> Value {
    let FitReport { fit, rate, .. } = report;
    let (least, most) = told_range(fit.least, fit.most, *rate);
    json!({
        "least": least.as_f64(),
        "natural": fit.natural.map(|natural| natural.seconds(*rate)),
        "most": most.map(Seconds::as_f64),
        "told": [print_duration(least), most.map_or_else(String::new, print_duration)],
    })
}

/// What an edit has changed in a version.
pub(super) fn difference(before: &Plan, after: &Plan) -> Value {
    let words = words_of(after);
    let left = |plan: &Plan| -> BTreeSet<(PhraseKey, &'static str)> {
        let key = |left: &LeftOut| (left.key.clone(), left.why.name());
        plan.timeline.left_out.iter().map(key).collect()
    };
    let (old, new) = (left(before), left(after));
    let told = |(key, why): &(PhraseKey, &'static str)| json!({ "id": key.to_string(), "why": why, "text": words.get(key) });
    // What was dropped from the script is not back.
    let is_there = |(key, _): &&(PhraseKey, &'static str)| words.contains_key(key);
    let both = [before, after];
    json!({
        "seconds": both.map(|plan| plan.timeline.frames.seconds(plan.timeline.rate)),
        "falls_out": new.difference(&old).map(told).collect::<Vec<_>>(),
        "comes_back": old.difference(&new).filter(is_there).map(told).collect::<Vec<_>>(),
        "rounds": both.map(|plan| plan.timeline.parts.iter().map(|part| part.rounds.clone()).collect::<Vec<_>>()),
    })
}

/// The words of every phrase of a version.
fn words_of(plan: &Plan) -> BTreeMap<PhraseKey, String> {
    let steps = plan.session.all_steps();
    steps
        .into_iter()
        .filter_map(Step::phrase)
        .map(|phrase| (phrase.key.clone(), phrase.text.clone()))
        .collect()
}
