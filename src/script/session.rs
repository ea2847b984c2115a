//! A session: one script in one language and version, with fragments, texts, defaults and choices resolved.
//! Layout needs nothing but this and the facts of the clips.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::bed::{BedLevel, BedSettings};
use super::elastic::Elastic;
use super::exercise::{ClockTime, Guidance, LengthLimits, PartStart};
use super::language::Language;
use super::step::Keep;
use super::voice::Voice;
use crate::delivery::preset::{Anchor, Preset};
use crate::diag::Span;
use crate::unit::{Db, SampleRate, Seconds};

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

/// What a clip and a translation hang on: the file and the id of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PhraseKey {
    /// The script or fragment.
    pub file: String,
    /// The phrase in it.
    pub id: String,
}

impl From<PhraseKey> for String {
    fn from(key: PhraseKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PhraseKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (file, id) = text.split_once('/').ok_or_else(|| format!("`{text}` is no file/id"))?;
        Ok(Self { file: file.to_owned(), id: id.to_owned() })
    }
}

impl fmt::Display for PhraseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.file, self.id)
    }
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

/// A step and its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is written.
    pub span: Span,
    /// What happens.
    pub deed: Deed,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The voice speaks, and a pause follows.
    Say(Phrase),
    /// Silence.
    Pause(Elastic),
    /// Breaths on a grid.
    Breathe(Breath),
    /// Paces on a grid.
    Walk(Walk),
    /// A bell.
    Bell(Strike),
    /// Rounds of steps.
    Repeat(Repeat),
    /// Steps that are kept or left out as one.
    Together(Together),
}

/// What one `say` speaks, in this language.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Its name for ever.
    pub key: PhraseKey,
    /// Where its text is written.
    pub span: Span,
    /// The words, without bars.
    pub text: String,
    /// The words of each beat; one where there is no bar.
    pub beats: Vec<String>,
    /// In which versions it is spoken.
    pub keep: Keep,
    /// Never dropped.
    pub safety: bool,
    /// Left alone by levelling.
    pub soft: bool,
    /// The silence after it, where it names one.
    pub pause: Option<Elastic>,
    /// Spoken exactly when that phrase is left out.
    pub instead: Option<PhraseKey>,
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
}

/// Breaths on a grid.
#[derive(Clone, Debug)]
pub struct Breath {
    /// The in-breath.
    pub inhale: Seconds,
    /// The out-breath.
    pub exhale: Seconds,
    /// The length of the first round, where the pace changes; the last is `inhale` and `exhale`.
    pub from: Option<Seconds>,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// What is said on it.
    pub phrase: Option<Phrase>,
    /// In how many rounds.
    pub spoken: u32,
}

/// Paces on a grid.
#[derive(Clone, Debug)]
pub struct Walk {
    /// One pace.
    pub pace: Seconds,
    /// Least, natural and most paces.
    pub paces: [u32; 3],
    /// Whether each is heard.
    pub ticks: bool,
    /// What is said on it.
    pub phrase: Option<Phrase>,
    /// How often.
    pub spoken: u32,
}

/// Rounds of steps; what rotates has one phrase in each.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// The steps of each round; of several lists one after another is taken.
    pub rounds: Vec<Vec<Step>>,
    /// The silence after each round.
    pub pause: Option<Elastic>,
}

/// Steps that are kept or left out as one.
#[derive(Clone, Debug)]
pub struct Together {
    /// The steps.
    pub steps: Vec<Step>,
    /// How long the group is kept when a version has to be short, 1 to 9.
    pub worth: u8,
}

/// A bell to be struck.
#[derive(Clone, Debug)]
pub struct Strike {
    /// Which.
    pub bell: String,
    /// A level of the author's own.
    pub gain: Option<Db>,
    /// The next phrase does not wait.
    pub over: bool,
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
        let placed = |strike: &Strike| strike.gain.is_none();
        self.preset.anchor == Anchor::Speech
            || self.beds().any(|bed| matches!(bed.level, BedLevel::Under(_)))
            || self.cues.iter().any(|cue| placed(&cue.strike))
            || self.all_steps().iter().any(|step| match &step.deed {
                Deed::Bell(strike) => placed(strike) || !strike.over,
                Deed::Breathe(_) => true,
                Deed::Walk(walk) => walk.ticks,
                Deed::Say(_) | Deed::Pause(_) | Deed::Repeat(_) | Deed::Together(_) => false,
            })
    }

    /// The beds of the parts, in order.
    pub fn beds(&self) -> impl Iterator<Item = &BedSettings> {
        self.parts.iter().filter_map(|part| part.bed.as_ref())
    }

    /// The bells this version can strike, each once.
    pub fn bells(&self) -> Vec<&Strike> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.all_steps().into_iter().filter_map(|step| match &step.deed {
            Deed::Bell(strike) => Some(strike),
            _ => None,
        });
        let all = steps.chain(self.cues.iter().map(|cue| &cue.strike));
        all.filter(|strike| seen.insert(strike.bell.as_str())).collect()
    }
}

/// Every step of a list, in order, those within others included.
pub fn all_steps(steps: &[Step]) -> Vec<&Step> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        match &step.deed {
            Deed::Repeat(repeat) => found.extend(repeat.rounds.iter().flat_map(|round| all_steps(round))),
            Deed::Together(group) => found.extend(all_steps(&group.steps)),
            _ => {}
        }
    }
    found
}

impl Step {
    /// What the step itself says, if it says something.
    pub fn phrase(&self) -> Option<&Phrase> {
        match &self.deed {
            Deed::Say(phrase) => Some(phrase),
            Deed::Breathe(breath) => breath.phrase.as_ref(),
            Deed::Walk(walk) => walk.phrase.as_ref(),
            Deed::Pause(_) | Deed::Bell(_) | Deed::Repeat(_) | Deed::Together(_) => None,
        }
    }
}
