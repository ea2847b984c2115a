//! A session: one script in one language and version, with fragments, texts, defaults and choices resolved. It and the
//! facts of the sounds are the whole input of layout.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bed::{BedLevel, BedSettings};
use super::elastic::Elastic;
use super::exercise::{ClockTime, Guidance, LengthLimits, PartStart};
use super::language::Language;
use super::own::OwnPhrase;
use super::step::StepSound;
use super::voice::Voice;
use super::words::AddedWords;
use crate::delivery::preset::{Anchor, Preset};
use crate::diag::Span;
use crate::unit::{SampleRate, Seconds};

pub use super::step::{
    Action, Breath, Phrase, PhraseKey, Repeat, Step, Strike, Together, Walk, all_resolved as all_steps,
};

/// The version that was asked for; `None` takes the default of the script or the course.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Variant {
    pub language: Option<Language>,
    pub voice: Option<String>,
    pub guidance: Option<Guidance>,
    /// A bed for the whole track instead of the script's, or `none`.
    pub bed: Option<String>,
    /// Whether a speech synthesiser speaks phrases without a recording, and fuzzy translations are used.
    pub draft: bool,
    /// Whether bells and breath swells are left out.
    pub no_cues: bool,
    /// The values of choices, by name.
    pub choices: Vec<(String, String)>,
    pub preset: Option<String>,
    pub seed: Option<u64>,
    /// The sample rate.
    pub rate: Option<SampleRate>,
    /// A listener's own words, for phrases that the script opens for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<OwnPhrase>,
}

/// A resolved script.
#[derive(Clone, Debug)]
pub struct Session {
    /// The id of the script.
    pub script: String,
    /// The start of its file, for errors about the whole script.
    pub span: Span,
    /// Its track number in the course.
    pub track: Option<u32>,
    /// Its title in this language.
    pub title: String,
    pub language: Language,
    /// The words that adem adds, in this language.
    pub words: Arc<AddedWords>,
    pub voice: Voice,
    /// The finished recording that clips of the voice were cut from, if any were.
    pub mixed: Option<MixedSource>,
    pub guidance: Guidance,
    /// The preset, with the sample rate that was asked for.
    pub preset: Preset,
    /// The seed of all randomness.
    pub seed: u64,
    /// The author's limits of the length.
    pub length: Option<LengthLimits>,
    /// The silence before the first sound.
    pub head: Elastic,
    /// The silence after the last sound.
    pub tail: Elastic,
    pub parts: Vec<Part>,
    /// Groups of parts with an exercise or a length of their own, in order.
    pub blocks: Vec<Block>,
    /// Bells at clock times.
    pub cues: Vec<Cue>,
    /// Whether bells and breath swells sound.
    pub cues_sound: bool,
    /// Whether a speech synthesiser speaks phrases without a recording.
    pub draft: bool,
    /// What was chosen.
    pub choices: Vec<(String, String)>,
    /// Every phrase of the script at every guidance level and for every choice, once, in order. The speech anchor is computed
    /// from all of them.
    pub all_phrases: Vec<Phrase>,
}

/// The finished recording of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedSource {
    /// The name of the recording.
    pub name: String,
    /// Why its pauses cannot change.
    pub fixed: Option<String>,
    /// Whether its level stays as it is, since no preset was asked for.
    pub keeps_level: bool,
}

/// A part of a session. A part with a title is a chapter.
#[derive(Clone, Debug)]
pub struct Part {
    /// The title in this language.
    pub title: Option<String>,
    /// Its bed; `None` for none.
    pub bed: Option<BedSettings>,
    /// Its pinned start, and the place where that is written.
    pub at: Option<(PartStart, Span)>,
    pub steps: Vec<Step>,
}

/// An exercise of a programme, or a part with a length of its own.
#[derive(Clone, Debug)]
pub struct Block {
    pub span: Span,
    /// The script of an exercise of a programme.
    pub script: Option<String>,
    /// Its parts, as indices into the parts of the session.
    pub parts: Range<usize>,
    /// Its pinned start, and the place where that is written.
    pub at: Option<(PartStart, Span)>,
    /// Its exact length; `None` if it changes with the rest.
    pub length: Option<Seconds>,
    /// The usual length of its script; `keep = "long"` phrases are spoken if it is longer.
    pub usual: Option<Seconds>,
}

/// A bell at a clock time.
#[derive(Clone, Debug)]
pub struct Cue {
    pub span: Span,
    /// The time; in an exercise of a programme, from the start or end of that exercise.
    pub at: ClockTime,
    /// The parts whose start or end the time counts from: all, or those of an exercise of a programme.
    pub parts: Range<usize>,
    pub strike: Strike,
}

impl Session {
    /// Every step of the session, in order, including nested steps.
    pub fn all_steps(&self) -> Vec<&Step> {
        self.parts.iter().flat_map(|part| all_steps(&part.steps)).collect()
    }

    /// Where a length of the whole is set: at the value in the script that is as long, at its `length`, or, where it has
    /// none, at its start.
    pub fn place_of_length(&self, length: Seconds) -> Span {
        self.length.map_or(self.span, |limits| limits.place_of(length))
    }

    /// Whether any level or place depends on the loudness of the voice. It does not if the level is set by the loudness of
    /// the whole file, every bell and bed has a fixed level, and no phrase waits for a bell to fade under the voice.
    pub fn depends_on_speech(&self) -> bool {
        self.preset.anchor == Anchor::Speech
            || self.beds().any(|bed| matches!(bed.level, BedLevel::Under(_)))
            || self.cues.iter().any(|cue| cue.strike.gain.is_none())
            || self.all_steps().into_iter().filter_map(Step::sound).any(StepSound::depends_on_speech)
    }

    /// Whether the speech keeps the level of the finished recording it is from.
    pub fn keeps_level(&self) -> bool {
        self.preset.anchor == Anchor::Speech && self.mixed.as_ref().is_some_and(|mixed| mixed.keeps_level)
    }

    /// The beds of the parts, in order.
    pub fn beds(&self) -> impl Iterator<Item = &BedSettings> {
        self.parts.iter().filter_map(|part| part.bed.as_ref())
    }

    /// The bells of this version, each once.
    pub fn bells(&self) -> Vec<&Strike> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.all_steps().into_iter().filter_map(Step::bell);
        let all = steps.chain(self.cues.iter().map(|cue| &cue.strike));
        all.filter(|strike| seen.insert(strike.bell.as_str())).collect()
    }
}
