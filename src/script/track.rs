//! What a track speaks in any version: its own phrases, and those of its fragments and exercises.

use std::collections::BTreeSet;

use super::course::Course;
use super::exercise::Script;
use super::language::Language;
use super::po::TranslationState;
use super::session::PhraseKey;
use super::step::{PhraseText, StepText, all_steps, phrases};

/// A phrase of a track.
#[derive(Clone, Debug)]
pub struct TrackPhrase<'c> {
    pub key: PhraseKey,
    pub phrase: &'c PhraseText,
    /// The language it is written in.
    pub language: Option<&'c Language>,
}

impl<'c> TrackPhrase<'c> {
    /// Its translation; `None` if it is written in this language.
    pub fn translation(&self, course: &'c Course, language: &Language) -> Option<TranslationState<'c>> {
        if self.language == Some(language) {
            return None;
        }
        let texts = course.translations.get(language);
        let find =
            |texts: &'c super::po::Translations| texts.find(&self.key.to_string(), &self.phrase.text.value);
        Some(texts.map_or(TranslationState::Missing, find))
    }
}

/// Every phrase that a track can speak, each once.
pub fn track_phrases<'c>(course: &'c Course, script: &'c Script) -> Vec<TrackPhrase<'c>> {
    let mut found = PhraseCollector { course, seen: BTreeSet::new(), phrases: Vec::new() };
    found.script(script);
    found.phrases
}

/// How many phrases of a track have no translation into a language.
pub fn untranslated(course: &Course, script: &Script, language: &Language) -> usize {
    let phrases = track_phrases(course, script);
    let missing =
        |phrase: &&TrackPhrase<'_>| phrase.translation(course, language) == Some(TranslationState::Missing);
    phrases.iter().filter(missing).count()
}

/// What listeners have to know before a track: how many texts, and how many of them have no translation into a language.
pub fn before(course: &Course, script: &Script, language: &Language) -> (usize, usize) {
    let general = (
        "course:before".to_owned(),
        course.header.languages.first().map(|first| &first.value),
        &course.header.before,
    );
    let own = script.language.as_ref().map(|own| &own.value);
    let special = (format!("{}:before", script.id), own, &script.before);
    let texts = course.translations.get(language);
    let (mut all, mut missing) = (0, 0);
    for (context, source, before) in [general, special] {
        all += before.len();
        if source == Some(language) {
            continue;
        }
        let find = |text: &str| texts.map_or(TranslationState::Missing, |texts| texts.find(&context, text));
        missing += before.iter().filter(|text| find(&text.value) == TranslationState::Missing).count();
    }
    (all, missing)
}

struct PhraseCollector<'c> {
    course: &'c Course,
    /// The files whose phrases are collected.
    seen: BTreeSet<&'c str>,
    phrases: Vec<TrackPhrase<'c>>,
}

impl<'c> PhraseCollector<'c> {
    fn script(&mut self, script: &'c Script) {
        if !self.seen.insert(&script.id) {
            return;
        }
        let language = script.language.as_ref().map(|own| &own.value);
        for part in &script.parts {
            self.steps(&script.id, language, &part.steps);
            let inner = part.exercise.as_ref().and_then(|own| self.course.scripts.get(&own.script.value));
            if let Some(inner) = inner {
                self.script(inner);
            }
        }
    }

    fn steps(&mut self, file: &'c str, language: Option<&'c Language>, steps: &'c [StepText]) {
        for phrase in phrases(steps) {
            let Some(id) = &phrase.id else { continue };
            let key = PhraseKey { file: file.to_owned(), id: id.value.clone() };
            self.phrases.push(TrackPhrase { key, phrase, language });
        }
        for name in all_steps(steps).into_iter().filter_map(StepText::fragment) {
            let Some(fragment) = self.course.fragments.get(&name.value) else { continue };
            if self.seen.insert(&fragment.id) {
                let language = fragment.language.as_ref().map(|own| &own.value);
                self.steps(&fragment.id, language, &fragment.steps);
            }
        }
    }
}
