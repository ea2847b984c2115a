//! A session: one script in one language and version, with fragments, texts, defaults and choices resolved.
//! Layout needs nothing but this and the facts of the clips.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::bed::{BedLevel, BedSettings};
use super::elastic::Elastic;
use super::exercise::{ClockTime, Guidance, LengthLimits, PartStart};
use super::language::Language;
use super::step::StepSound;
use super::voice::Voice;
use crate::delivery::preset::{Anchor, Preset};
use crate::diag::Span;
use crate::unit::{SampleRate, Seconds};

pub use super::step::{
    Action, Breath, Phrase, PhraseKey, Repeat, Step, Strike, Together, Walk, all_resolved as all_steps,
};

/// Which version of an exercise is wanted; what is `None` is the script's or the course's own choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Variant {
    /// The language.
    pub language: Option<Language>,
    /// The voice.
    pub voice: Option<String>,
    /// The guidance level.
    pub guidance: Option<Guidance>,
    /// Another bed for the whole track, or `none`.
    pub bed: Option<String>,
    /// Phrases without a recording are spoken by a machine, and doubtful translations are used.
    pub draft: bool,
    /// Without bells and breath swells.
    pub no_cues: bool,
    /// What the listener chose: names and values.
    pub choices: Vec<(String, String)>,
    /// The preset.
    pub preset: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// Frames a second.
    pub rate: Option<SampleRate>,
}

/// One script, checked and resolved.
#[derive(Clone, Debug)]
pub struct Session {
    /// The id of the script.
    pub script: String,
    /// Where its file begins.
    pub span: Span,
    /// Its number in the course.
    pub track: Option<u32>,
    /// Its title in this language.
    pub title: String,
    /// The language.
    pub language: Language,
    /// The voice.
    pub voice: Voice,
    /// The guidance level.
    pub guidance: Guidance,
    /// The preset, with the rate that was asked for.
    pub preset: Preset,
    /// The seed of everything random.
    pub seed: u64,
    /// How long the exercise can sensibly be.
    pub length: Option<LengthLimits>,
    /// Before the first sound.
    pub head: Elastic,
    /// After the last.
    pub tail: Elastic,
    /// The parts.
    pub parts: Vec<Part>,
    /// Runs of parts that are exercises of their own or have a length of their own, in order.
    pub blocks: Vec<Block>,
    /// Bells at clock times.
    pub cues: Vec<Cue>,
    /// Whether bells and breath swells sound.
    pub cues_sound: bool,
    /// Whether a machine speaks what nobody has recorded yet.
    pub draft: bool,
    /// What was chosen.
    pub choices: Vec<(String, String)>,
    /// Every phrase of the script at every level and for every choice, each once, in order: what the speech anchor is
    /// reckoned from.
    pub all_phrases: Vec<Phrase>,
}

/// A part: a chapter where it has a title.
#[derive(Clone, Debug)]
pub struct Part {
    /// The title in this language.
    pub title: Option<String>,
    /// Its bed, if it has one.
    pub bed: Option<BedSettings>,
    /// When it begins, and where that is written.
    pub at: Option<(PartStart, Span)>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// Parts that are an exercise of their own in a programme, or a part that has a length of its own.
#[derive(Clone, Debug)]
pub struct Block {
    /// Where it is written.
    pub span: Span,
    /// The script it comes from, if it is another.
    pub script: Option<String>,
    /// Which parts of the session.
    pub parts: Range<usize>,
    /// When it begins, and where that is written.
    pub at: Option<(PartStart, Span)>,
    /// How long it is, exactly; else it bends with the rest.
    pub length: Option<Seconds>,
    /// The usual length of its script: above it, long phrases are spoken.
    pub usual: Option<Seconds>,
}

/// A bell at a clock time.
#[derive(Clone, Debug)]
pub struct Cue {
    /// Where it is written.
    pub span: Span,
    /// When; in an exercise of a programme, from its own start or end.
    pub at: ClockTime,
    /// The parts it is counted from: all, or those of an exercise of a programme.
    pub parts: Range<usize>,
    /// Which bell.
    pub strike: Strike,
}

impl Session {
    /// Every step of the session, in order, those within others included.
    pub fn all_steps(&self) -> Vec<&Step> {
        self.parts.iter().flat_map(|part| all_steps(&part.steps)).collect()
    }

    /// Whether any level or place hangs on how loud the voice speaks. It does, unless the whole file is the anchor,
    /// every bell and bed has a level of its own, and nothing waits for a bell to fade under the voice.
    pub fn hangs_on_speech(&self) -> bool {
        self.preset.anchor == Anchor::Speech
            || self.beds().any(|bed| matches!(bed.level, BedLevel::Under(_)))
            || self.cues.iter().any(|cue| cue.strike.gain.is_none())
            || self.all_steps().into_iter().filter_map(Step::sound).any(StepSound::hangs_on_speech)
    }

    /// The beds of the parts, in order.
    pub fn beds(&self) -> impl Iterator<Item = &BedSettings> {
        self.parts.iter().filter_map(|part| part.bed.as_ref())
    }

    /// The bells this version can strike, each once.
    pub fn bells(&self) -> Vec<&Strike> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.all_steps().into_iter().filter_map(Step::bell);
        let all = steps.chain(self.cues.iter().map(|cue| &cue.strike));
        all.filter(|strike| seen.insert(strike.bell.as_str())).collect()
    }
}
