//! A long recording becomes clips: which part of it is which phrase, in which words a doubt is told, and the edit list.

use std::path::PathBuf;

use serde::Serialize;

use super::status::ClipFault;
use crate::align::listen::Heard;
use crate::align::{Alignment, Doubt, EarlierTakes, FoundPhrase, WantedPhrase, align, align_any_order};
use crate::engine::{ReadingCut, other_voices};
use crate::facts::pace::Pace;
use crate::script::language::Language;

/// A phrase that is looked for in a reading.
#[derive(Clone, Debug)]
pub struct ReadPhrase {
    pub id: String,
    /// The words, with their bars.
    pub text: String,
    /// Where somebody has said that it is.
    pub fixed: Option<CorrectedPlace>,
}

/// What somebody has said about a phrase of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CorrectedPlace {
    /// It is read from here to here, in seconds.
    At(f64, f64),
    /// It is not read in this reading.
    NotRead,
}

impl ReadPhrase {
    fn is_looked_for(&self) -> bool {
        self.fixed != Some(CorrectedPlace::NotRead)
    }

    /// What is doubtful about the place that was found, and what to do.
    pub fn trouble(&self, found: &FoundPhrase) -> Option<ClipFault> {
        match (self.fixed, found.doubt) {
            (Some(CorrectedPlace::At(from, to)), Some(Doubt::NotFound)) => Some(ClipFault::other(
                "not-there",
                format!("is not where the corrections say: nobody is heard from {from} to {to} s"),
                "correct the place on the proof page",
            )),
            (Some(CorrectedPlace::At(..) | CorrectedPlace::NotRead) | None, doubt) => doubt.map(fault),
        }
    }
}

/// How phrases are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingOrder {
    AsWritten,
    /// As written, in a finished recording, in which nothing was read twice by mistake.
    Finished,
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
        let looked_for: Vec<&ReadPhrase> = phrases.iter().filter(|phrase| phrase.is_looked_for()).collect();
        let texts: Vec<String> = looked_for.iter().map(|phrase| phrase.text.clone()).collect();
        let voices = other_voices(language, &texts);
        let has_words = voices.iter().any(Option::is_some);
        let wanted: Vec<WantedPhrase> = looked_for
            .iter()
            .zip(voices)
            .map(|(phrase, other_voice)| WantedPhrase {
                other_voice,
                fixed: phrase.fixed.and_then(|place| match place {
                    CorrectedPlace::At(from, to) => Some((from, to)),
                    CorrectedPlace::NotRead => None,
                }),
                ..WantedPhrase::of(&phrase.text, pace.length(&phrase.text).as_f64())
            })
            .collect();
        let mut alignment = match order {
            ReadingOrder::AsWritten => align(heard, &wanted, EarlierTakes::LeftOut),
            ReadingOrder::Finished => align(heard, &wanted, EarlierTakes::None),
            ReadingOrder::Any => align_any_order(heard, &wanted),
        };
        let mut found = std::mem::take(&mut alignment.phrases).into_iter();
        alignment.phrases = phrases
            .iter()
            .filter_map(|phrase| match phrase.fixed {
                Some(CorrectedPlace::NotRead) => {
                    Some(FoundPhrase { span: None, confidence: 1.0, doubt: None })
                }
                Some(CorrectedPlace::At(..)) | None => found.next(),
            })
            .collect();
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

/// The kind of a doubt among the kinds of faults.
fn kind(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::NotFound => "doubt-not-found",
        Doubt::Length => "doubt-length",
        Doubt::Words => "doubt-words",
        Doubt::Place => "doubt-place",
        Doubt::Again => "doubt-again",
        Doubt::Cut => "doubt-cut",
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
    ClipFault::other(kind(doubt), wrong, advice)
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
            flag: if phrase.is_looked_for() { found.doubt.map(flag) } else { Some("not-read") },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::listen::RATE;

    /// Two tones with silence around each, a second long.
    fn heard() -> Heard {
        let tone = |at: usize| {
            let second = at / RATE;
            let loud = if second % 2 == 1 && second < 5 { 0.3 } else { 0.0002 };
            loud * (at as f32 * 0.07).sin() * (1.0 + (at as f32 * 0.0011).sin())
        };
        Heard::of(&(0..6 * RATE).map(tone).collect::<Vec<_>>())
    }

    fn phrase(id: &str, fixed: Option<CorrectedPlace>) -> ReadPhrase {
        ReadPhrase { id: id.to_owned(), text: "Feel your feet.".to_owned(), fixed }
    }

    #[test]
    fn what_is_said_not_to_be_read_is_neither_found_nor_missing() {
        let phrases = [phrase("a", None), phrase("b", Some(CorrectedPlace::NotRead)), phrase("c", None)];
        let language = Language::parse("tlh").unwrap();
        let aligned = AlignedReading::of(&heard(), &phrases, &language, ReadingOrder::AsWritten);
        let found = &aligned.alignment.phrases;
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].span, found[1].doubt), (None, None));
        assert_eq!(PhraseSpan::of(&phrases[1], &found[1]).flag, Some("not-read"));
    }

    #[test]
    fn a_correction_where_nobody_speaks_asks_for_another_place() {
        let phrases = [
            phrase("a", Some(CorrectedPlace::At(2.2, 2.7))),
            phrase("b", Some(CorrectedPlace::At(3.0, 4.0))),
        ];
        let language = Language::parse("tlh").unwrap();
        let aligned = AlignedReading::of(&heard(), &phrases, &language, ReadingOrder::AsWritten);
        let found = &aligned.alignment.phrases;
        assert_eq!(found[0].span, None);
        assert_eq!(phrases[0].trouble(&found[0]).unwrap().advice, "correct the place on the proof page");
        assert_eq!((found[1].span, phrases[1].trouble(&found[1]).is_none()), (Some((3.0, 4.0)), true));
    }
}
