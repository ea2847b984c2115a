//! Resolving a script into a session: language, voice, version and choices picked, fragments and texts put in place.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::bed::{BedSettings, BedUse};
use super::elastic::Elastic;
use super::exercise::{CueText, Guidance, PartStart, PartText, Role, Script};
use super::language::Language;
use super::load::Course;
use super::po::{Entry, Found};
use super::preset::Preset;
use super::session::{
    Block, Breath, Cue, Deed, Part, Phrase, PhraseKey, Repeat, Session, Step, Strike, Together, Variant, Walk,
};
use super::step::{
    BellText, BreathText, PhraseText, RepeatBody, RepeatText, StepKind, StepText, WalkText, When, all_steps,
    phrases,
};
use super::table::list;
use super::voice::Voice;
use crate::diag::{Code, Diagnostic, FileId, Severity, Sink, Span, Spanned, nearest};
use crate::unit::Seconds;

impl Session {
    /// Resolves a script of a checked course into the version that was asked for; what cannot be resolved goes to
    /// `sink`, and then there may be no session.
    pub fn build(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Self> {
        let language = choose_language(course, script, variant, sink)?;
        let voice = choose_voice(course, script, &language, variant, sink)?;
        let guidance = choose_guidance(script, variant, sink)?;
        let mut preset = choose_preset(course, script, variant, sink)?;
        preset.rate = variant.rate.unwrap_or(preset.rate);
        let texts = Texts {
            course,
            language: &language,
            source: script.language.as_ref().map(|own| &own.value),
            draft: variant.draft,
            sink,
        };
        let choices = choose(script, variant, sink)?;
        let left = Cell::new(MOST_STEPS);
        let expand = Expand { course, texts: &texts, choices: &choices, left: &left };
        let bed = |own: &[&BedUse]| {
            let course_bed = course.header.bed.clone();
            let mut used = own.iter().rev().fold(course_bed, |under, over| over.over(&under));
            if let Some(name) = &variant.bed {
                used = BedUse::named(Spanned::new(name.clone(), start_of(script.file))).over(&used);
            }
            used.settle()
        };
        let mut laid = Laid::default();
        for part in script.parts.iter().filter(|part| expand.is_chosen(&part.when)) {
            match &part.exercise {
                None => laid.part(&expand, script, part, bed(&own_bed(part, script)).as_ref()),
                Some(exercise) => {
                    if let Some(inner) = course.scripts.get(&exercise.script.value) {
                        laid.exercise(&expand, script, part, (inner, exercise.whole), guidance, &bed);
                    }
                }
            }
        }
        let all = 0..laid.parts.len();
        laid.cues.extend(script.cues.iter().map(|cue| expand.cue(cue, all.clone())));
        let title = script.title.as_ref()?;
        let head = preset.head.map_or(script.head, |most| script.head.at_most(most));
        let tail = preset.tail.map_or(script.tail, |most| script.tail.at_most(most));
        Some(Self {
            script: script.id.clone(),
            span: start_of(script.file),
            track: script.track.as_ref().map(|track| track.value),
            title: texts.title(&format!("{}:title", script.id), &title.value, title.span),
            voice,
            guidance,
            preset,
            seed: variant.seed.unwrap_or(script.seed),
            length: script.length,
            head,
            tail,
            parts: laid.parts,
            blocks: laid.blocks,
            cues: laid.cues,
            cues_sound: !variant.no_cues,
            all_phrases: expand.all_phrases(script),
            choices: choices.clone(),
            draft: variant.draft,
            language,
        })
    }
}

/// The very start of a file, for what a whole file lacks.
fn start_of(file: FileId) -> Span {
    Span::new(file, 0..0)
}

fn choose_language(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Language> {
    let own = script.language.as_ref()?;
    let Some(wanted) = &variant.language else { return Some(own.value.clone()) };
    if *wanted == own.value || course.header.languages.iter().any(|language| language.value == *wanted) {
        return Some(wanted.clone());
    }
    let known: Vec<_> = course.header.languages.iter().map(|language| language.value.as_str()).collect();
    let span = course.header.languages.first().map_or(start_of(course.header.file), |first| first.span);
    sink.emit(
        Diagnostic::error(Code::UnknownLanguage, span, format!("the course has no language `{wanted}`"))
            .help(format!("it has {}; add \"{wanted}\" to `languages` to begin another", list(known))),
    );
    None
}

fn choose_voice(
    course: &Course,
    script: &Script,
    language: &Language,
    variant: &Variant,
    sink: &Sink,
) -> Option<Voice> {
    let of_language =
        || course.voices.iter().filter(|((tag, _), _)| tag == language).map(|((_, id), _)| id.as_str());
    let named = course.header.voices.get(language);
    let Some(wanted) = variant.voice.as_deref().or(named.map(|voice| voice.value.as_str())) else {
        let only: Vec<_> = of_language().collect();
        if let [only] = only[..] {
            return course.voices.get(&(language.clone(), only.to_owned())).cloned();
        }
        let message = format!("no voice is named for `{language}`");
        let missing = Diagnostic::error(Code::UnknownVoice, start_of(course.header.file), message);
        sink.emit(missing.help(format!(
            "add `{language} = \"…\"` to `voices` in course.toml, or ask for one with --voice"
        )));
        return None;
    };
    if let Some(voice) = course.voices.get(&(language.clone(), wanted.to_owned())) {
        return Some(voice.clone());
    }
    let span = named.filter(|_| variant.voice.is_none()).map_or(start_of(script.file), |voice| voice.span);
    let unknown =
        Diagnostic::error(Code::UnknownVoice, span, format!("there is no voice `{wanted}` for `{language}`"));
    sink.emit(match nearest(wanted, of_language()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => {
            unknown.help(format!("a voice is a folder voice/{language}/{wanted} with a voice.toml in it"))
        }
    });
    None
}

fn choose_guidance(script: &Script, variant: &Variant, sink: &Sink) -> Option<Guidance> {
    let wanted = variant.guidance.unwrap_or(script.levels[0]);
    if script.levels.contains(&wanted) {
        return Some(wanted);
    }
    let message = format!("this exercise has no level `{}`", wanted.name());
    let levels = list(script.levels.iter().map(|level| level.name()));
    let unknown = Diagnostic::error(Code::UnknownLevel, start_of(script.file), message);
    sink.emit(unknown.help(format!("its author allows {levels}; `levels` in the script says so")));
    None
}

/// What the listener chose, and the first value of every choice left open.
fn choose(script: &Script, variant: &Variant, sink: &Sink) -> Option<Vec<(String, String)>> {
    let mut chosen: Vec<(String, String)> = script
        .choices
        .iter()
        .filter_map(|choice| Some((choice.name.value.clone(), choice.values.first()?.value.clone())))
        .collect();
    for (name, value) in &variant.choices {
        let Some(choice) = script.choices.iter().find(|choice| choice.name.value == *name) else {
            let message = format!("this exercise offers no choice `{name}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, start_of(script.file), message);
            let known = list(script.choices.iter().map(|choice| choice.name.value.as_str()));
            sink.emit(unknown.help(if known.is_empty() {
                "leave --choose out".to_owned()
            } else {
                format!("it offers {known}")
            }));
            return None;
        };
        if !choice.values.iter().any(|known| known.value == *value) {
            let message = format!("`{name}` cannot be `{value}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, choice.name.span, message);
            let known = list(choice.values.iter().map(|value| value.value.as_str()));
            sink.emit(unknown.help(format!("it is one of {known}")));
            return None;
        }
        chosen.iter_mut().filter(|(known, _)| known == name).for_each(|(_, old)| old.clone_from(value));
    }
    Some(chosen)
}

fn choose_preset(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Preset> {
    let named = course.header.preset.as_ref();
    let name = variant.preset.as_deref().or(named.map(|name| name.value.as_str())).unwrap_or("stream");
    if let Some(preset) = Preset::find(&course.header.presets, name) {
        return Some(preset);
    }
    let known = || Preset::known(&course.header.presets);
    let span = named.filter(|_| variant.preset.is_none()).map_or(start_of(script.file), |name| name.span);
    let unknown = Diagnostic::error(Code::UnknownPreset, span, format!("there is no preset `{name}`"));
    sink.emit(match nearest(name, known()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => unknown.help(format!("there is {}", list(known()))),
    });
    None
}

/// The texts of all phrases of a course in a language, as far as there are any.
pub fn phrase_texts(course: &Course, language: &Language) -> BTreeMap<PhraseKey, String> {
    let mut found = BTreeMap::new();
    let mut add = |file: &str, own: Option<&Language>, steps: &[StepText]| {
        for phrase in phrases(steps) {
            let Some(id) = &phrase.id else { continue };
            let key = PhraseKey { file: file.to_owned(), id: id.value.clone() };
            let text = if own == Some(language) {
                Some(phrase.text.value.clone())
            } else {
                let texts = course.translations.get(language);
                texts.and_then(|texts| match texts.find(&key.to_string(), &phrase.text.value) {
                    Found::Current(entry) | Found::Stale(entry) | Found::Fuzzy(entry) => {
                        Some(entry.text.clone())
                    }
                    Found::Missing => None,
                })
            };
            found.extend(text.map(|text| (key, text)));
        }
    };
    for script in course.scripts.values() {
        let own = script.language.as_ref().map(|own| &own.value);
        script.parts.iter().for_each(|part| add(&script.id, own, &part.steps));
    }
    for fragment in course.fragments.values() {
        add(&fragment.id, fragment.language.as_ref().map(|own| &own.value), &fragment.steps);
    }
    found
}

/// The choices of an exercise of a programme: those of the programme where it has the same, else its own first ones.
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

/// The beds a part of a script can have, the nearest first.
fn own_bed<'a>(part: &'a PartText, script: &'a Script) -> Vec<&'a BedUse> {
    part.bed.iter().chain([&script.bed]).collect()
}

/// The parts of a session as they are laid down one after another.
#[derive(Default)]
struct Laid {
    parts: Vec<Part>,
    blocks: Vec<Block>,
    cues: Vec<Cue>,
}

impl Laid {
    /// A part of the script itself; a step pinned to a clock time begins an untitled part that goes on from it.
    fn part(&mut self, expand: &Expand<'_>, script: &Script, part: &PartText, bed: Option<&BedSettings>) {
        let first = self.parts.len();
        let at = part.at.as_ref().map(|at| (at.value, at.span));
        self.parts.push(Part {
            title: expand.part_title(script, part),
            bed: bed.cloned(),
            at,
            steps: Vec::new(),
        });
        for step in &part.steps {
            if let Some(at) = step.at.as_ref().filter(|_| expand.is_chosen(&step.when)) {
                let at = Some((PartStart::At(at.value), at.span));
                self.parts.push(Part { title: None, bed: bed.cloned(), at, steps: Vec::new() });
            }
            let steps = expand.steps(&script.id, std::slice::from_ref(step), 0);
            self.parts.last_mut().expect("one was pushed").steps.extend(steps);
        }
        if let Some(length) = &part.length {
            let at = self.parts[first].at.take();
            let (parts, length) = (first..self.parts.len(), Some(length.value));
            self.blocks.push(Block { span: part.span, script: None, parts, at, length, usual: None });
        }
    }

    /// Another script as a part of a programme: one chapter, with its own words and bells.
    fn exercise(
        &mut self,
        expand: &Expand<'_>,
        programme: &Script,
        part: &PartText,
        (inner, whole): (&Script, bool),
        guidance: Guidance,
        bed: &dyn Fn(&[&BedUse]) -> Option<BedSettings>,
    ) {
        if !inner.levels.contains(&guidance) {
            let message = format!("`{}` has no level `{}`", inner.id, guidance.name());
            let levels = list(inner.levels.iter().map(|level| level.name()));
            let unknown = Diagnostic::error(Code::UnknownLevel, part.span, message);
            let help = format!(
                "it has {levels}; add this one to its `levels`, or take it out of those of the programme"
            );
            expand.texts.sink.emit(unknown.help(help));
            return;
        }
        let first = self.parts.len();
        expand.within(inner, |own| {
            let stays = |inner_part: &&PartText| {
                own.is_chosen(&inner_part.when) && (whole || own.role(inner_part).is_none())
            };
            for inner_part in inner.parts.iter().filter(stays) {
                let mut beds = own_bed(part, programme);
                beds.extend(own_bed(inner_part, inner));
                self.part(own, inner, inner_part, bed(&beds).as_ref());
            }
        });
        let parts = first..self.parts.len();
        if parts.is_empty() {
            return;
        }
        let title = match &part.title {
            Some(title) => expand.texts.title(&format!("{}:part", programme.id), &title.value, title.span),
            None => expand.title(inner),
        };
        self.parts[parts.clone()].iter_mut().for_each(|part| part.title = None);
        self.parts[first].title = Some(title);
        // Bells at clock times count from the exercise, which has an end of its own.
        if whole {
            let cues = inner.cues.iter().map(|cue| expand.cue(cue, parts.clone()));
            self.cues.extend(cues);
        }
        self.blocks.retain(|block| block.parts.start < first);
        self.blocks.push(Block {
            span: part.span,
            script: Some(inner.id.clone()),
            parts,
            at: part.at.as_ref().map(|at| (at.value, at.span)),
            length: part.length.as_ref().map(|length| length.value),
            usual: inner.length.map(|length| length.usual),
        });
    }
}

/// Finds texts in the language of the session.
#[derive(Clone, Copy)]
struct Texts<'a> {
    course: &'a Course,
    language: &'a Language,
    source: Option<&'a Language>,
    /// Doubtful translations are good enough for a draft.
    draft: bool,
    sink: &'a Sink,
}

impl Texts<'_> {
    /// The text of a phrase; a missing one is an error, as nobody could speak it.
    fn phrase(&self, key: &PhraseKey, source: &str, span: Span) -> String {
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(&key.to_string(), source) {
            Found::Current(entry) => entry.text.clone(),
            Found::Stale(entry) => {
                self.sink.emit(stale_translation(&key.to_string(), entry, span));
                entry.text.clone()
            }
            Found::Fuzzy(entry) => {
                let severity = if self.draft { Severity::Warning } else { Severity::Error };
                self.sink.emit(fuzzy_translation(&key.to_string(), entry, severity));
                entry.text.clone()
            }
            Found::Missing => {
                self.sink.emit(not_translated(self.language, &key.to_string(), span, true));
                source.to_owned()
            }
        }
    }

    /// A title; a missing one is only a warning, as nothing is spoken.
    fn title(&self, context: &str, source: &str, span: Span) -> String {
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(context, source) {
            Found::Current(entry) | Found::Stale(entry) | Found::Fuzzy(entry) => entry.text.clone(),
            Found::Missing => {
                self.sink.emit(not_translated(self.language, context, span, false));
                source.to_owned()
            }
        }
    }

    fn find(&self, context: &str, source: &str) -> Found<'_> {
        self.course
            .translations
            .get(self.language)
            .map_or(Found::Missing, |texts| texts.find(context, source))
    }
}

/// What is said of a text that a language does not have.
pub(super) fn not_translated(language: &Language, context: &str, span: Span, stops: bool) -> Diagnostic {
    let message = format!("this is not translated into `{language}`");
    let missing = if stops {
        Diagnostic::error(Code::NotTranslated, span, message)
    } else {
        Diagnostic::warning(Code::NotTranslated, span, message)
    };
    missing.help(format!("add it to scripts/po/{language}.po with msgctxt \"{context}\""))
}

/// What is said of a translation of an older text.
pub(super) fn stale_translation(context: &str, entry: &Entry, text: Span) -> Diagnostic {
    let message = format!("`{context}` translates an older text");
    Diagnostic::warning(Code::StaleTranslation, entry.span, message)
        .related(text, "this is the text now")
        .help("translate it anew and copy the text as it is now into its msgid")
}

/// What is said of a translation its translator doubts.
pub(super) fn fuzzy_translation(context: &str, entry: &Entry, severity: Severity) -> Diagnostic {
    let message = format!("the translation of `{context}` is marked fuzzy");
    let fuzzy = Diagnostic::error(Code::FuzzyTranslation, entry.span, message);
    Diagnostic {
        severity,
        ..fuzzy.help("let the translator look at it and take `fuzzy` out of the line above it")
    }
}

/// Turns the steps of scripts and fragments into those of a session.
struct Expand<'a> {
    course: &'a Course,
    texts: &'a Texts<'a>,
    choices: &'a [(String, String)],
    /// How many more steps there may be.
    left: &'a Cell<usize>,
}

/// Fragments within fragments go no deeper than this; a loop has been refused before.
const DEEPEST: usize = 16;
/// A session has no more steps than this: fragments that use fragments many times over multiply quickly.
const MOST_STEPS: usize = 100_000;

impl<'a> Expand<'a> {
    fn is_chosen(&self, when: &When) -> bool {
        when.iter().all(|(name, value)| {
            self.choices.iter().any(|(known, chosen)| *known == name.value && *chosen == value.value)
        })
    }

    /// The title of a script in the language of the session.
    fn title(&self, script: &Script) -> String {
        let Some(title) = &script.title else { return script.id.clone() };
        self.within(script, |own| own.texts.title(&format!("{}:title", script.id), &title.value, title.span))
    }

    /// The title of a part: its own, or that of the fragment it is made of.
    fn part_title(&self, script: &Script, part: &PartText) -> Option<String> {
        let title = |file: &str, kind: &str, title: &Spanned<String>| {
            self.texts.title(&format!("{file}:{kind}"), &title.value, title.span)
        };
        if let Some(own) = &part.title {
            return Some(title(&script.id, "part", own));
        }
        let fragment = self.course.fragments.get(part.fragment()?)?;
        Some(title(&fragment.id, "title", fragment.title.as_ref()?))
    }

    /// What a part is to its exercise: as it says, or as the fragment it is made of says.
    fn role(&self, part: &PartText) -> Option<Role> {
        part.role.or_else(|| self.course.fragments.get(part.fragment()?)?.role)
    }

    fn steps(&self, file: &str, steps: &[StepText], depth: usize) -> Vec<Step> {
        let mut expanded = Vec::new();
        for step in steps.iter().filter(|step| self.is_chosen(&step.when)) {
            let Some(left) = self.left.get().checked_sub(1) else { break };
            self.left.set(left);
            if left == 0 {
                let message = format!("with its fragments this script has more than {MOST_STEPS} steps");
                let many = Diagnostic::error(Code::TooLong, step.span, message);
                self.texts.sink.emit(many.help("use fragments fewer times, or fewer of them in each other"));
            }
            let deed = match &step.kind {
                StepKind::Say(phrase) => self.phrase(file, phrase).map(Deed::Say),
                StepKind::Pause(pause) => Some(Deed::Pause(*pause)),
                StepKind::Breathe(breath) => Some(Deed::Breathe(self.breath(file, breath))),
                StepKind::Walk(walk) => Some(Deed::Walk(self.walk(file, walk))),
                StepKind::Bell(bell) => Some(Deed::Bell(self.strike(bell))),
                StepKind::Repeat(repeat) => Some(Deed::Repeat(self.repeat(file, repeat, depth))),
                StepKind::Together(group) => {
                    let steps = self.steps(file, &group.steps, depth);
                    let worth = phrases(&group.steps).iter().map(|phrase| phrase.worth).min();
                    Some(Deed::Together(Together { steps, worth: group.worth.or(worth).unwrap_or(9) }))
                }
                StepKind::Use(name) => {
                    let fragment = self.course.fragments.get(&name.value);
                    if fragment.is_some() && depth == DEEPEST {
                        let message = format!("fragments lie more than {DEEPEST} deep in each other");
                        let deep = Diagnostic::error(Code::TooLong, name.span, message);
                        self.texts.sink.emit(deep.help("put the steps of some of them where they are used"));
                    } else if let Some(fragment) = fragment {
                        expanded.extend(self.steps(&fragment.id, &fragment.steps, depth + 1));
                    }
                    None
                }
            };
            expanded.extend(deed.map(|deed| Step { span: step.span, deed }));
        }
        expanded
    }

    /// The same for another script, whose texts may be written in another language.
    fn within<T>(&self, inner: &Script, work: impl FnOnce(&Expand<'_>) -> T) -> T {
        let texts = Texts { source: inner.language.as_ref().map(|own| &own.value), ..*self.texts };
        let choices = inner_choices(inner, self.choices);
        work(&Expand { course: self.course, texts: &texts, choices: &choices, left: self.left })
    }

    /// Every phrase of a script, of its fragments and of the scripts it is made of, whatever is chosen, each once.
    fn all_phrases(&self, script: &Script) -> Vec<Phrase> {
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

    /// The phrases of the steps, and of the fragments they use that have not been seen.
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
            let StepKind::Use(name) = &step.kind else { continue };
            let fragment = self.course.fragments.get(&name.value);
            if let Some(fragment) = fragment.filter(|_| seen.insert(&name.value)) {
                self.collect(&fragment.id, &fragment.steps, seen, found);
            }
        }
    }

    fn phrase(&self, file: &str, phrase: &PhraseText) -> Option<Phrase> {
        let key = PhraseKey { file: file.to_owned(), id: phrase.id.as_ref()?.value.clone() };
        let text = self.texts.phrase(&key, &phrase.text.value, phrase.text.span);
        let beats: Vec<_> = text.split('|').map(|beat| beat.trim().to_owned()).collect();
        let instead = phrase.instead.as_ref();
        Some(Phrase {
            span: phrase.text.span,
            text: beats.join(" "),
            beats,
            keep: phrase.keep,
            safety: phrase.safety,
            soft: phrase.soft,
            pause: phrase.pause,
            instead: instead.map(|other| PhraseKey { file: file.to_owned(), id: other.value.clone() }),
            worth: phrase.worth,
            key,
        })
    }

    /// Rounds of the same steps, or of one phrase after another.
    fn repeat(&self, file: &str, repeat: &RepeatText, depth: usize) -> Repeat {
        let rounds = match &repeat.body {
            RepeatBody::Steps(steps) => vec![self.steps(file, steps, depth)],
            RepeatBody::Rotate(phrases) => phrases
                .iter()
                .filter_map(|text| {
                    let mut phrase = self.phrase(file, text)?;
                    // The silence of the round follows a phrase that names none of its own.
                    if repeat.pause.is_some() {
                        phrase.pause = phrase.pause.or(Some(Elastic::fixed(Seconds::ZERO)));
                    }
                    Some(vec![Step { span: text.span, deed: Deed::Say(phrase) }])
                })
                .collect(),
        };
        Repeat { times: repeat.times, rounds, pause: repeat.pause }
    }

    fn walk(&self, file: &str, walk: &WalkText) -> Walk {
        Walk {
            pace: walk.pace,
            paces: walk.paces,
            ticks: walk.ticks,
            phrase: walk.phrase.as_ref().and_then(|phrase| self.phrase(file, phrase)),
            spoken: walk.spoken,
        }
    }

    /// The level of a bell is that of the step, else that of the bell itself.
    fn strike(&self, bell: &BellText) -> Strike {
        let own = self.course.bells.get(&bell.name.value).and_then(|bell| bell.gain);
        Strike { bell: bell.name.value.clone(), gain: bell.gain.or(own), over: bell.over }
    }

    fn cue(&self, cue: &CueText, parts: Range<usize>) -> Cue {
        Cue { span: cue.at.span, at: cue.at.value, parts, strike: self.strike(&cue.bell) }
    }

    fn breath(&self, file: &str, breath: &BreathText) -> Breath {
        Breath {
            inhale: breath.inhale,
            exhale: breath.exhale,
            from: breath.from.as_ref().map(|from| from.value),
            times: breath.times,
            phrase: breath.phrase.as_ref().and_then(|phrase| self.phrase(file, phrase)),
            spoken: breath.spoken,
        }
    }
}
