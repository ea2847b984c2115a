//! The steps of a session: one language, one version, fragments put in place.

use super::bell::Strike;
use super::breathe::Breath;
use super::kind::{PhraseGroup, ResolvedStep, RoundLimits};
use super::repeat::Repeat;
use super::say::Phrase;
use super::together::Together;
use super::walk::Walk;
use crate::diag::Span;
use crate::script::elastic::Elastic;
use crate::unit::Seconds;

/// A step and its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is written.
    pub span: Span,
    /// What happens.
    pub action: Action,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Action {
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

/// What a step sounds beside the voice.
#[derive(Clone, Copy, Debug)]
pub enum StepSound<'a> {
    /// A bell.
    Bell(&'a Strike),
    /// A swell for each breath of this length.
    Swell {
        /// The in-breath.
        inhale: Seconds,
        /// The out-breath.
        exhale: Seconds,
    },
    /// A tick for each pace.
    Tick,
}

impl StepSound<'_> {
    /// Whether its level, or what waits for it, hangs on how loud the voice speaks.
    pub fn hangs_on_speech(self) -> bool {
        match self {
            Self::Bell(strike) => strike.gain.is_none() || !strike.over,
            Self::Swell { .. } | Self::Tick => true,
        }
    }
}

impl Action {
    fn kind(&self) -> &dyn ResolvedStep {
        match self {
            Self::Say(phrase) => phrase,
            Self::Pause(pause) => pause,
            Self::Breathe(breath) => breath,
            Self::Walk(walk) => walk,
            Self::Bell(strike) => strike,
            Self::Repeat(repeat) => repeat,
            Self::Together(group) => group,
        }
    }

    fn kind_mut(&mut self) -> &mut dyn ResolvedStep {
        match self {
            Self::Say(phrase) => phrase,
            Self::Pause(pause) => pause,
            Self::Breathe(breath) => breath,
            Self::Walk(walk) => walk,
            Self::Bell(strike) => strike,
            Self::Repeat(repeat) => repeat,
            Self::Together(group) => group,
        }
    }
}

impl Step {
    /// What the step itself says, if it says something.
    pub fn phrase(&self) -> Option<&Phrase> {
        self.action.kind().phrase()
    }

    /// The lists of steps within it; of several, each round takes the next one.
    pub fn children(&self) -> Vec<&[Self]> {
        self.action.kind().children()
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut [Self]> {
        self.action.kind_mut().children_mut()
    }

    /// What it sounds beside the voice.
    pub fn sound(&self) -> Option<StepSound<'_>> {
        self.action.kind().sound()
    }

    /// The bell it strikes.
    pub fn bell(&self) -> Option<&Strike> {
        match self.sound() {
            Some(StepSound::Bell(strike)) => Some(strike),
            Some(StepSound::Swell { .. } | StepSound::Tick) | None => None,
        }
    }

    /// What of it may be left out as one to make a version shorter.
    pub fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        self.action.kind().phrase_group()
    }

    /// The pause it is, or that follows what it says, where an author could change it.
    pub fn pause(&self) -> Option<Elastic> {
        self.action.kind().pause()
    }

    /// Changes that pause.
    pub fn set_pause(&mut self, pause: Elastic) {
        self.action.kind_mut().set_pause(pause);
    }

    /// How often it goes round, where a version can have more or fewer rounds.
    pub fn rounds(&self) -> Option<RoundLimits> {
        self.action.kind().rounds()
    }

    /// No version has fewer rounds than these: without the last there is nothing left to do, and safety phrases are
    /// spoken in every version.
    pub fn fewest_rounds(&self) -> u32 {
        self.action.kind().fewest_rounds()
    }

    /// Changes how often.
    pub fn set_rounds(&mut self, times: [u32; 3]) {
        self.action.kind_mut().set_rounds(times);
    }
}

/// Every step of a list, in order, those within others included.
pub fn all_steps(steps: &[Step]) -> Vec<&Step> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        found.extend(step.children().into_iter().flat_map(all_steps));
    }
    found
}
