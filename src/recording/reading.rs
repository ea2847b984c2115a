//! A long recording becomes clips: which part of it is which phrase, in which words a doubt is told, and the edit list.

use std::path::PathBuf;

use serde::Serialize;

use super::status::ClipFault;
use crate::align::listen::Heard;
use crate::align::{Alignment, Doubt, FoundPhrase, WantedPhrase, align, align_any_order};
use crate::engine::{ReadingCut, other_voices};
use crate::facts::pace::Pace;
use crate::script::language::Language;

/// A phrase that is looked for in a reading.
#[derive(Clone, Debug)]
pub struct ReadPhrase {
    pub id: String,
    /// The words, with their bars.
    pub text: String,
    /// Where somebody has said that it is, in seconds.
    pub fixed: Option<(f64, f64)>,
}

/// How phrases are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingOrder {
    AsWritten,
    Any,
}

/// Phrases that were looked for, and where they are.
#[derive(Clone, Debug)]
pub struct AlignedReading {
    pub alignment: Alignment,
    /// Whether another voice has said the words for comparison.
    pub has_words: bool,
}

impl AlignedReading {
    /// Looks for phrases in a reading.
    pub fn of(heard: &Heard, phrases: &[ReadPhrase], language: &Language, order: ReadingOrder) -> Self {
        let pace = Pace::usual(language);
        let texts: Vec<String> = phrases.iter().map(|phrase| phrase.text.clone()).collect();
        let voices = other_voices(language, &texts);
        let has_words = voices.iter().any(Option::is_some);
        let wanted: Vec<WantedPhrase> = phrases
            .iter()
            .zip(voices)
            .map(|(phrase, other_voice)| WantedPhrase {
                other_voice,
                fixed: phrase.fixed,
                ..WantedPhrase::of(&phrase.text, pace.length(&phrase.text).as_f64())
            })
            .collect();
        let alignment = match order {
            ReadingOrder::AsWritten => align(heard, &wanted),
            ReadingOrder::Any => align_any_order(heard, &wanted),
        };
        Self { alignment, has_words }
    }

    /// What is cut out for each phrase that was found: room before and after, at most half of the silence to the next sound.
    pub fn cuts(&self, seconds: f64) -> Vec<Option<ReadingCut>> {
        const BEFORE: f64 = 0.15;
        const AFTER: f64 = 0.25;
        let phrases = self.alignment.phrases.iter().filter_map(|phrase| phrase.span);
        let rest = self.alignment.earlier.iter().chain(&self.alignment.other).copied();
        let sounds: Vec<(f64, f64)> = phrases.chain(rest).collect();
        let cut = |(from, to): (f64, f64)| {
            let before = sounds.iter().map(|sound| sound.1).filter(|end| *end <= from).fold(0.0, f64::max);
            let after =
                sounds.iter().map(|sound| sound.0).filter(|start| *start >= to).fold(seconds, f64::min);
            let room = |gap: f64, most: f64| (gap / 2.0).clamp(0.0, most);
            ReadingCut { from: from - room(from - before, BEFORE), to: to + room(after - to, AFTER) }
        };
        self.alignment.phrases.iter().map(|phrase| phrase.span.map(cut)).collect()
    }
}

/// The word for a doubt in JSON.
pub fn flag(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::NotFound => "not-found",
        Doubt::Length => "length",
        Doubt::Words => "words",
        Doubt::Place => "place",
        Doubt::Again => "read-again",
        Doubt::Cut => "cut",
    }
}

/// What is doubtful, as it follows the name of a clip, and what to do.
pub fn fault(doubt: Doubt) -> ClipFault {
    let wrong = match doubt {
        Doubt::NotFound => "was not found in the reading",
        Doubt::Length => {
            "is much longer or shorter than its text: perhaps words are missing, or others with it"
        }
        Doubt::Words => "does not sound like its words",
        Doubt::Place => "may be another place in the reading",
        Doubt::Again => "was read more than once; the last time is used",
        Doubt::Cut => "is cut off by an end of the recording",
    };
    let advice = match doubt {
        Doubt::NotFound | Doubt::Cut => "record it again, or correct the place on the proof page",
        Doubt::Length | Doubt::Words | Doubt::Place | Doubt::Again => {
            "hear it, and correct the place on the proof page if it is wrong"
        }
    };
    ClipFault { check: None, wrong: wrong.to_owned(), advice: advice.to_owned() }
}

/// Where a phrase is, as JSON gives it.
#[derive(Clone, Debug, Serialize)]
pub struct PhraseSpan {
    pub id: String,
    /// In seconds; null where it was not found.
    pub start: Option<f64>,
    pub end: Option<f64>,
    pub confidence: f64,
    pub flag: Option<&'static str>,
}

impl PhraseSpan {
    pub fn of(phrase: &ReadPhrase, found: &FoundPhrase) -> Self {
        let milli = |value: f64| (value * 1_000.0).round() / 1_000.0;
        Self {
            id: phrase.id.clone(),
            start: found.span.map(|span| milli(span.0)),
            end: found.span.map(|span| milli(span.1)),
            confidence: milli(found.confidence),
            flag: found.doubt.map(flag),
        }
    }
}

/// What was done with a reading, so that it can be done again: the files stay as they are.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingEdits {
    pub reading: Vec<PathBuf>,
    pub language: String,
    pub phrases: Vec<PhraseSpan>,
    /// Earlier takes that were left out, in seconds.
    pub earlier: Vec<(f64, f64)>,
    /// Other speech that was left out, in seconds.
    pub other: Vec<(f64, f64)>,
}
