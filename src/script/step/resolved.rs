//! The steps of a session: in one language and version, with fragments inserted.

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

/// A step of a session.
#[derive(Clone, Debug)]
pub struct Step {
    pub span: Span,
    pub action: Action,
}

/// The kind of a step of a session, with its values.
#[derive(Clone, Debug)]
pub enum Action {
    Say(Phrase),
    Pause(Elastic),
    Breathe(Breath),
    Walk(Walk),
    Bell(Strike),
    Repeat(Repeat),
    Together(Together),
}

/// The sound a step makes besides the voice.
#[derive(Clone, Copy, Debug)]
pub enum StepSound<'a> {
    Bell(&'a Strike),
    /// A swell for each breath of this length.
    Swell {
        inhale: Seconds,
        exhale: Seconds,
    },
    /// A tick for each pace.
    Tick,
}

impl<'a> StepSound<'a> {
    /// The bell it strikes.
    pub fn bell(self) -> Option<&'a Strike> {
        if let Self::Bell(strike) = self { Some(strike) } else { None }
    }

    /// The in-breath and the out-breath of its swells.
    pub fn swell(self) -> Option<(Seconds, Seconds)> {
        if let Self::Swell { inhale, exhale } = self { Some((inhale, exhale)) } else { None }
    }

    /// Whether its level, or the time until it has faded under the voice, depends on the loudness of the voice.
    pub fn depends_on_speech(self) -> bool {
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
    /// Its own phrase.
    pub fn phrase(&self) -> Option<&Phrase> {
        self.action.kind().phrase()
    }

    /// The lists of steps nested in it. If there are several, each round takes the next one.
    pub fn phrase_mut(&mut self) -> Option<&mut Phrase> {
        self.action.kind_mut().phrase_mut()
    }

    pub fn children(&self) -> Vec<&[Self]> {
        self.action.kind().children()
    }

    pub fn children_mut(&mut self) -> Vec<&mut [Self]> {
        self.action.kind_mut().children_mut()
    }

    /// The sound it makes besides the voice.
    pub fn sound(&self) -> Option<StepSound<'_>> {
        self.action.kind().sound()
    }

    /// The bell it strikes.
    pub fn bell(&self) -> Option<&Strike> {
        self.sound()?.bell()
    }

    /// The phrases that may be omitted together to make a version shorter.
    pub fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        self.action.kind().phrase_group()
    }

    /// The pause that an author could change: the step itself, or the pause after its phrase.
    pub fn pause(&self) -> Option<Elastic> {
        self.action.kind().pause()
    }

    /// Changes the pause of [`Self::pause`].
    pub fn set_pause(&mut self, pause: Elastic) {
        self.action.kind_mut().set_pause(pause);
    }

    /// Its limits of rounds, if it has rounds.
    pub fn rounds(&self) -> Option<RoundLimits> {
        self.action.kind().rounds()
    }

    /// The fewest rounds that can be proposed as a change: at least one, and enough to speak every safety phrase.
    pub fn fewest_rounds(&self) -> u32 {
        self.action.kind().fewest_rounds()
    }

    /// Changes the rounds of [`Self::rounds`].
    pub fn set_rounds(&mut self, times: [u32; 3]) {
        self.action.kind_mut().set_rounds(times);
    }
}

/// Every step of a list, in order, including nested steps.
pub fn all_steps(steps: &[Step]) -> Vec<&Step> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        found.extend(step.children().into_iter().flat_map(all_steps));
    }
    found
}
