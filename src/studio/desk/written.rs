//! A script as it is written, as JSON: its parts and steps, each with the file and the byte at which it begins, by which an edit
//! names it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::script::Course;
use crate::script::elastic::Elastic;
use crate::script::exercise::{CueText, Script};
use crate::script::language::Language;
use crate::script::po::TranslationState;
use crate::script::step::{Keep, PhraseText, RepeatBody, StepKind, StepText, When};

/// A script in a language.
pub(super) struct WrittenScript<'a> {
    course: &'a Course,
    /// The language of the version that is shown.
    language: &'a Language,
    /// The paths of its files.
    paths: BTreeSet<&'a str>,
}

impl<'a> WrittenScript<'a> {
    pub(super) fn new(course: &'a Course, language: &'a Language) -> Self {
        Self { course, language, paths: BTreeSet::new() }
    }

    /// Its parts.
    pub(super) fn parts(&mut self, script: &'a Script) -> Value {
        let (course, language) = (self.course, self.language);
        let own = script.language.as_ref().map(|own| &own.value);
        self.paths.insert(&course.sources.get(script.file).path);
        let part = |part: &'a crate::script::exercise::PartText| {
            let fragment = part.steps.iter().find_map(StepText::fragment);
            let of_fragment = fragment.and_then(|name| course.fragments.get(&name.value)?.title.as_ref());
            json!({
                "file": course.sources.get(part.span.file).path,
                "at": part.span.start,
                "title": part.title.as_ref().or(of_fragment).map(|title| &title.value),
                "shown": course.part_title_in(script, part, language),
                "when": when(&part.when),
                "exercise": part.exercise.as_ref().map(|own| &own.script.value),
                "steps": self.steps(&script.id, own, &part.steps),
            })
        };
        script.parts.iter().map(part).collect()
    }

    /// The paths of the files whose steps were shown.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'a str> {
        self.paths.iter().copied()
    }

    fn steps(&mut self, file: &str, own: Option<&'a Language>, steps: &'a [StepText]) -> Value {
        steps.iter().map(|step| self.step(file, own, step)).collect()
    }

    fn step(&mut self, file: &str, own: Option<&'a Language>, step: &'a StepText) -> Value {
        let mut shown = Map::new();
        let mut add = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        add("file", self.course.sources.get(step.span.file).path.clone().into());
        add("at", step.span.start.into());
        add("line", self.course.sources.line_column(step.span).line.into());
        add("when", when(&step.when));
        // A part that is a fragment has no table for its step, which is then not edited by itself.
        add("own", is_own(self.course.sources.text(step.span)).into());
        let kind = match &step.kind {
            StepKind::Say(phrase) => {
                add("phrase", self.phrase(file, own, phrase));
                add(
                    "pause",
                    pause(phrase.pause.unwrap_or_else(Elastic::after_phrase), phrase.pause.is_some()),
                );
                "say"
            }
            StepKind::Pause(own) => {
                add("pause", pause(*own, true));
                "pause"
            }
            StepKind::Breathe(breath) => {
                add("times", json!(breath.times));
                add("seconds", json!([breath.inhale.as_f64(), breath.exhale.as_f64()]));
                if let Some(phrase) = &breath.phrase {
                    add("phrase", self.phrase(file, own, phrase));
                    add("spoken", breath.spoken.into());
                    phrase.pause.iter().for_each(|own| add("pause", pause(*own, true)));
                }
                "breathe"
            }
            StepKind::Walk(walk) => {
                add("times", json!(walk.paces));
                add("seconds", json!([walk.pace.as_f64()]));
                if let Some(phrase) = &walk.phrase {
                    add("phrase", self.phrase(file, own, phrase));
                    add("spoken", walk.spoken.into());
                    phrase.pause.iter().for_each(|own| add("pause", pause(*own, true)));
                }
                "walk"
            }
            StepKind::Bell(bell) => {
                add("bell", bell.name.value.clone().into());
                "bell"
            }
            StepKind::Use(name) => {
                add("use", name.value.clone().into());
                if let Some(fragment) = self.course.fragments.get(&name.value) {
                    self.paths.insert(&self.course.sources.get(fragment.file).path);
                    let language = fragment.language.as_ref().map(|own| &own.value);
                    add("steps", self.steps(&fragment.id, language, &fragment.steps));
                }
                "use"
            }
            StepKind::Repeat(repeat) => {
                add("times", json!(repeat.times));
                repeat.pause.iter().for_each(|own| add("pause", pause(*own, true)));
                match &repeat.body {
                    RepeatBody::Steps(steps) => add("steps", self.steps(file, own, steps)),
                    RepeatBody::Rotate(phrases) => {
                        let one = |phrase: &'a PhraseText| self.rotated(file, own, phrase);
                        add("steps", phrases.iter().map(one).collect());
                    }
                }
                "repeat"
            }
            StepKind::Together(group) => {
                add("steps", self.steps(file, own, &group.steps));
                "together"
            }
        };
        shown.insert("kind".to_owned(), kind.into());
        Value::Object(shown)
    }

    /// A phrase of a list that is gone through.
    fn rotated(&self, file: &str, own: Option<&Language>, phrase: &PhraseText) -> Value {
        json!({
            "kind": "say",
            "file": self.course.sources.get(phrase.span.file).path,
            "at": phrase.span.start,
            "line": self.course.sources.line_column(phrase.span).line,
            "when": [],
            "phrase": self.phrase(file, own, phrase),
            "pause": pause(phrase.pause.unwrap_or_else(Elastic::after_phrase), phrase.pause.is_some()),
        })
    }

    fn phrase(&self, file: &str, own: Option<&Language>, phrase: &PhraseText) -> Value {
        let id = phrase.id.as_ref().map(|id| format!("{file}/{}", id.value));
        let translation = id.as_ref().filter(|_| own != Some(self.language)).map(|id| {
            let texts = self.course.translations.get(self.language);
            let (state, entry) = match texts.map(|texts| texts.find(id, &phrase.text.value)) {
                Some(TranslationState::Current(entry)) => ("current", Some(entry)),
                Some(TranslationState::Stale(entry)) => ("stale", Some(entry)),
                Some(TranslationState::Fuzzy(entry)) => ("fuzzy", Some(entry)),
                Some(TranslationState::Missing) | None => ("missing", None),
            };
            json!({ "state": state, "text": entry.map(|entry| &entry.text) })
        });
        json!({
            "id": id,
            "text": phrase.text.value,
            "translation": translation,
            "keep": match phrase.keep { Keep::Light => "light", Keep::Full => "full", Keep::Long => "long" },
            "worth": phrase.worth,
            "safety": phrase.safety,
            "hard": phrase.hard,
            "soft": phrase.soft,
            "note": phrase.note,
            "note_shown": phrase.note.as_ref().map(|note| self.course.text_in(&format!("{file}:note"), note, self.language)),
            "instead": phrase.instead.as_ref().map(|other| &other.value),
        })
    }
}

/// Whether a step has a table of its own: in braces, or under a header.
fn is_own(text: &str) -> bool {
    let header = text.strip_prefix("[[").and_then(|rest| Some(rest.split_once("]]")?.0.trim()));
    text.starts_with('{') || header.is_some_and(|name| name.rsplit('.').next() == Some("steps"))
}

/// The bells of a script at clock times, as they are written.
pub(super) fn cues(course: &Course, script: &Script) -> Value {
    let file = &course.sources.get(script.file).path;
    let one = |cue: &CueText| {
        let written = course.sources.text(cue.at.span).trim_matches(['"', '\'']);
        json!({
            "file": file,
            "at": cue.span.start,
            "line": course.sources.line_column(cue.span).line,
            "time": written,
            "bell": cue.bell.name.value,
        })
    };
    script.cues.iter().map(one).collect()
}

/// The choices of a step or a part, as pairs.
fn when(choices: &When) -> Value {
    choices.iter().map(|(name, value)| json!([name.value, value.value])).collect()
}

/// A pause, with whether its limits are the author's own.
pub(super) fn pause(own: Elastic, written: bool) -> Value {
    let usual = Elastic::natural(own.natural);
    json!({
        "natural": own.natural.as_f64(),
        "least": own.least.as_f64(),
        "most": own.most.map(crate::unit::Seconds::as_f64),
        "own_least": own.least != usual.least,
        "own_most": own.most != usual.most,
        "fixed": own.most == Some(own.least),
        "fill": own.fill,
        "written": written,
    })
}
