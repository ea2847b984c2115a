//! Turns steps as written into steps of a session: inserts fragments and drops what was not chosen.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

use super::texts::Texts;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::script::course::Course;
use crate::script::exercise::{CueText, PartText, Role, Script};
use crate::script::own::OwnPlace;
use crate::script::session::{Cue, Phrase, PhraseKey, Step};
use crate::script::step::{PhraseText, StepText, When, all_steps, phrases};

/// Turns the steps of scripts and fragments into those of a session.
pub(super) struct Expand<'a> {
    pub(super) course: &'a Course,
    pub(super) texts: &'a Texts<'a>,
    pub(super) choices: &'a [(String, String)],
    /// How many more steps are allowed.
    pub(super) left: &'a Cell<usize>,
}

/// The deepest nesting of fragments; `check` has refused loops.
const DEEPEST: usize = 16;
/// The most steps of a session, as fragments that use fragments several times multiply quickly.
pub(super) const MOST_STEPS: usize = 100_000;

impl<'a> Expand<'a> {
    pub(super) fn is_chosen(&self, when: &When) -> bool {
        when.iter().all(|(name, value)| {
            self.choices.iter().any(|(known, chosen)| *known == name.value && *chosen == value.value)
        })
    }

    /// The title of a script in the language of the session.
    pub(super) fn title(&self, script: &Script) -> String {
        let Some(title) = &script.title else { return script.id.clone() };
        self.within(script, |own| own.texts.title(&format!("{}:title", script.id), &title.value, title.span))
    }

    /// The title of a part: its own, or that of its fragment.
    pub(super) fn part_title(&self, script: &Script, part: &PartText) -> Option<String> {
        let title = |file: &str, kind: &str, title: &Spanned<String>| {
            self.texts.title(&format!("{file}:{kind}"), &title.value, title.span)
        };
        if let Some(own) = &part.title {
            return Some(title(&script.id, "part", own));
        }
        let fragment = self.course.fragments.get(part.fragment()?)?;
        Some(title(&fragment.id, "title", fragment.title.as_ref()?))
    }

    /// The role of a part: its own, or that of its fragment.
    pub(super) fn role(&self, part: &PartText) -> Option<Role> {
        part.role.or_else(|| self.course.fragments.get(part.fragment()?)?.role)
    }

    pub(super) fn steps(&self, file: &str, steps: &[StepText], depth: usize) -> Vec<Step> {
        let mut expanded = Vec::new();
        for step in steps.iter().filter(|step| self.is_chosen(&step.when)) {
            let Some(left) = self.left.get().checked_sub(1) else { break };
            self.left.set(left);
            if left == 0 {
                let message = format!("with its fragments this script has more than {MOST_STEPS} steps");
                let many = Diagnostic::error(Code::TooLong, step.span, message);
                self.texts.sink.emit(many.help("use fragments less often, or nest them less"));
            }
            expanded.extend(step.resolve(&InFile { expand: self, file, depth }));
        }
        expanded
    }

    /// Runs `work` for another script, whose texts may be written in another language.
    pub(super) fn within<T>(&self, inner: &Script, work: impl FnOnce(&Expand<'_>) -> T) -> T {
        let texts = Texts { source: inner.language.as_ref().map(|own| &own.value), ..*self.texts };
        let choices = inner_choices(inner, self.choices);
        work(&Expand { course: self.course, texts: &texts, choices: &choices, left: self.left })
    }

    /// Every phrase of a script, its fragments and its exercises, whatever is chosen, each once.
    pub(super) fn all_phrases(&self, script: &Script) -> Vec<Phrase> {
        let mut found = Vec::new();
        let exercises = script.parts.iter().filter_map(|part| part.exercise.as_ref());
        let inner = exercises.filter_map(|own| self.course.scripts.get(&own.script.value));
        let mut seen = BTreeSet::new();
        for (script, own) in [(script, true)].into_iter().chain(inner.map(|inner| (inner, false))) {
            let phrases = if own {
                self.own_phrases(script)
            } else {
                self.within(script, |expand| expand.own_phrases(script))
            };
            found.extend(phrases.into_iter().filter(|phrase| seen.insert(phrase.key.clone())));
        }
        found
    }

    fn own_phrases(&self, script: &Script) -> Vec<Phrase> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for part in &script.parts {
            self.collect(&script.id, &part.steps, &mut seen, &mut found);
        }
        found
    }

    /// Collects the phrases of the steps and of the fragments they use, each fragment once.
    fn collect<'s>(
        &self,
        file: &str,
        steps: &'s [StepText],
        seen: &mut BTreeSet<&'s str>,
        found: &mut Vec<Phrase>,
    ) where
        'a: 's,
    {
        found.extend(phrases(steps).into_iter().filter_map(|phrase| self.phrase(file, phrase)));
        for step in all_steps(steps) {
            let Some(name) = step.fragment() else { continue };
            let fragment = self.course.fragments.get(&name.value);
            if let Some(fragment) = fragment.filter(|_| seen.insert(&name.value)) {
                self.collect(&fragment.id, &fragment.steps, seen, found);
            }
        }
    }

    fn phrase(&self, file: &str, phrase: &PhraseText) -> Option<Phrase> {
        let key = PhraseKey { file: file.to_owned(), id: phrase.id.as_ref()?.value.clone() };
        let text = self.texts.phrase(&key, phrase);
        let beats = Phrase::beats_of(&text);
        let instead = phrase.instead.as_ref();
        let mut spoken = Phrase {
            span: phrase.text.span,
            text: beats.join(" "),
            beats,
            keep: phrase.keep,
            safety: phrase.safety,
            soft: phrase.soft,
            pause: phrase.pause,
            instead: instead.map(|other| PhraseKey { file: file.to_owned(), id: other.value.clone() }),
            worth: phrase.worth,
            own: if phrase.own { OwnPlace::Open } else { OwnPlace::Closed },
            key,
        };
        self.texts.own.put(&mut spoken, || self.texts.own_words(), self.texts.sink);
        Some(spoken)
    }

    pub(super) fn cue(&self, cue: &CueText, parts: Range<usize>) -> Cue {
        Cue { span: cue.at.span, at: cue.at.value, parts, strike: cue.bell.strike(self.course) }
    }
}

/// The context in which a step is resolved: its file, and how deep that file is nested in fragments.
pub(in crate::script) struct InFile<'a> {
    expand: &'a Expand<'a>,
    file: &'a str,
    depth: usize,
}

impl InFile<'_> {
    pub(in crate::script) fn course(&self) -> &Course {
        self.expand.course
    }

    /// A phrase in the language of the session; `None` if it has no id.
    pub(in crate::script) fn phrase(&self, phrase: &PhraseText) -> Option<Phrase> {
        self.expand.phrase(self.file, phrase)
    }

    /// The steps nested in a step, without those that were not chosen.
    pub(in crate::script) fn steps(&self, steps: &[StepText]) -> Vec<Step> {
        self.expand.steps(self.file, steps, self.depth)
    }

    /// The steps of a fragment.
    pub(in crate::script) fn fragment(&self, name: &Spanned<String>) -> Vec<Step> {
        let Some(fragment) = self.expand.course.fragments.get(&name.value) else { return Vec::new() };
        if self.depth == DEEPEST {
            let message = format!("fragments are nested more than {DEEPEST} deep");
            let deep = Diagnostic::error(Code::TooLong, name.span, message);
            self.expand.texts.sink.emit(deep.help("copy the steps of some of them to where they are used"));
            return Vec::new();
        }
        self.expand.steps(&fragment.id, &fragment.steps, self.depth + 1)
    }
}

/// The choices of an exercise of a programme: those of the programme where it has the same choice and value, otherwise its own
/// defaults.
fn inner_choices(inner: &Script, outer: &[(String, String)]) -> Vec<(String, String)> {
    let chosen = inner.choices.iter().filter_map(|choice| {
        let offered = |value: &&(String, String)| {
            value.0 == choice.name.value && choice.values.iter().any(|known| known.value == value.1)
        };
        let value = outer.iter().find(offered).map(|(_, value)| value.clone());
        Some((choice.name.value.clone(), value.or_else(|| Some(choice.values.first()?.value.clone()))?))
    });
    chosen.collect()
}
