//! How far a language is, track by track.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::asset::{TakeCount, VoiceSurvey};
use crate::facts::pace::Pace;
use crate::script::Course;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::po::TranslationState;
use crate::script::step::PhraseTime;
use crate::script::track::{before, track_phrases};
use crate::unit::SampleRate;

/// How far a track is in a language, in phrases.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrackProgress {
    /// Its number.
    pub track: Option<u32>,
    /// The id of its script.
    pub script: String,
    /// Its title in the language, or else that of the source.
    pub title: String,
    pub phrases: usize,
    pub translated: usize,
    pub fuzzy: usize,
    /// Translations of an older text, which an update marks as fuzzy.
    pub outdated: usize,
    pub missing: usize,
    /// Phrases with a recording.
    pub recorded: usize,
    /// Recordings that were made for other words.
    pub stale: usize,
    /// What listeners have to know before it, in texts.
    pub before: usize,
    /// Those of them without a translation, which listeners would read in the language of the course.
    pub before_missing: usize,
    /// How long all of its phrases are spoken, in minutes.
    pub minutes: f64,
    /// How many phrases of those have a predicted length.
    pub predicted: usize,
    /// Phrases that take longer than the time that a grid gives them.
    pub too_long: Vec<TooLong>,
}

impl TrackProgress {
    /// Whether any of it is translated.
    pub fn is_begun(&self) -> bool {
        self.missing < self.phrases || self.phrases == 0
    }
}

/// A phrase that does not fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TooLong {
    pub phrase: String,
    /// How long it is spoken, in seconds.
    pub seconds: f64,
    /// The time it has, in seconds.
    pub of: f64,
}

/// The voice of a language, as far as it is known.
pub struct Speaker<'a> {
    /// Its recordings.
    pub survey: Option<&'a VoiceSurvey>,
    pub rate: SampleRate,
    /// The time of each phrase that a grid binds, by context.
    pub bound: &'a BTreeMap<String, PhraseTime>,
}

/// The progress of a track in a language.
pub fn of_track(
    course: &Course,
    script: &Script,
    language: &Language,
    speaker: &Speaker<'_>,
) -> TrackProgress {
    let phrases = track_phrases(course, script);
    let mut progress = TrackProgress {
        track: script.track.as_ref().map(|track| track.value),
        script: script.id.clone(),
        title: course.title_in(script, language),
        phrases: phrases.len(),
        ..TrackProgress::default()
    };
    (progress.before, progress.before_missing) = before(course, script, language);
    let pace = speaker.survey.map_or_else(|| Pace::usual(language), |survey| survey.pace);
    let (mut spoken, mut takes) = (0.0, TakeCount::default());
    for one in &phrases {
        let source = one.phrase.text.value.as_str();
        let text = match one.translation(course, language) {
            None => {
                progress.translated += 1;
                source
            }
            Some(TranslationState::Current(entry)) => {
                progress.translated += 1;
                &entry.text
            }
            Some(TranslationState::Fuzzy(entry)) => {
                progress.fuzzy += 1;
                &entry.text
            }
            Some(TranslationState::Stale(entry)) => {
                progress.outdated += 1;
                &entry.text
            }
            Some(TranslationState::Missing) => {
                progress.missing += 1;
                source
            }
        };
        let take = speaker.survey.and_then(|survey| survey.takes().get(&one.key));
        let seconds = if let Some(take) = take {
            takes.add(take);
            take.facts.frames.seconds(speaker.rate)
        } else {
            progress.predicted += 1;
            pace.length(text).as_f64()
        };
        spoken += seconds;
        let time = speaker.bound.get(&one.key.to_string()).map(|time| time.sum().as_f64());
        if let Some(of) = time.filter(|time| seconds > *time) {
            let seconds = (seconds * 10.0).round() / 10.0;
            progress.too_long.push(TooLong { phrase: one.key.to_string(), seconds, of });
        }
    }
    (progress.recorded, progress.stale) = (takes.recorded, takes.stale);
    progress.minutes = (spoken / 6.0).round() / 10.0;
    progress
}
