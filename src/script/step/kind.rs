//! What every kind of step says of itself: its keys, what it is as it is written, and what it is in a session.

use super::resolved::{Step, StepSound};
use super::say::{Phrase, PhraseText};
use super::{StepKind, StepText};
use crate::diag::{Span, Spanned};
use crate::script::check::Check;
use crate::script::elastic::Elastic;
use crate::script::resolve::InFile;
use crate::toml::table::Table;

/// A kind as the reader finds it.
pub(super) struct StepKeys {
    /// The key that makes a step one of this kind.
    pub key: &'static str,
    /// The other keys such a step may have, beside `when` and `at`; those of other kinds included.
    pub with: &'static [&'static str],
    /// Reads it from the table of a step that lies so deep in others.
    pub read: fn(&Table<'_>, usize) -> Option<StepKind>,
}

/// A step as it is written.
pub(super) trait WrittenStep {
    /// The phrases it says itself, in order; not those of the steps within it.
    fn phrases(&self) -> Vec<&PhraseText>;

    /// The steps within it.
    fn children(&self) -> &[StepText];

    /// Reports mistakes that only the whole course reveals, such as names that lead nowhere; the steps within it are
    /// checked by themselves.
    fn check(&self, check: &Check<'_>);

    /// What it becomes in a session.
    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step>;

    /// How often it goes round, where a version can have more or fewer rounds.
    fn rounds(&self) -> Option<RoundLimits>;

    /// The first round, from 1, in which the phrase at this place of its phrases is spoken.
    fn first_round(&self, _phrase: usize) -> u32 {
        1
    }

    /// The fragment whose steps it stands for.
    fn fragment(&self) -> Option<&Spanned<String>> {
        None
    }

    /// What a translator of this phrase of it has to know.
    fn comment_on(&self, _phrase: &PhraseText) -> Option<String> {
        None
    }

    /// What a translator of any phrase in it has to know, those of the steps within it included.
    fn comment_on_all(&self) -> Option<&'static str> {
        None
    }
}

/// A step of a session.
pub(super) trait ResolvedStep {
    /// What it says itself.
    fn phrase(&self) -> Option<&Phrase>;

    /// The lists of steps within it; of several, each round takes the next one.
    fn children(&self) -> Vec<&[Step]>;

    fn children_mut(&mut self) -> Vec<&mut [Step]>;

    /// What it sounds beside the voice.
    fn sound(&self) -> Option<StepSound<'_>>;

    /// What may be left out as one to make a version shorter.
    fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        None
    }

    /// The pause it is, or that follows what it says, where an author could change it.
    fn pause(&self) -> Option<Elastic> {
        None
    }

    fn set_pause(&mut self, _pause: Elastic) {}

    /// How often it goes round, where a version can have more or fewer rounds.
    fn rounds(&self) -> Option<RoundLimits>;

    /// No version has fewer rounds than these: without the last there is nothing left to do, and safety phrases are
    /// spoken in every version.
    fn fewest_rounds(&self) -> u32 {
        1
    }

    fn set_rounds(&mut self, _times: [u32; 3]) {}
}

/// Phrases that are kept or left out as one.
#[derive(Clone, Debug)]
pub struct PhraseGroup<'a> {
    /// How long it is kept, 1 to 9.
    pub worth: u8,
    /// All of them.
    pub phrases: Vec<&'a Phrase>,
}

/// A number of rounds that a version can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundLimits {
    /// The key that says it.
    pub key: &'static str,
    /// Least, natural and most.
    pub times: [u32; 3],
}
