//! What every kind of step implements: its keys, its written form and its form in a session.

use super::resolved::{Step, StepSound};
use super::say::{Phrase, PhraseText};
use super::{PhraseTime, StepKind, StepText};
use crate::diag::{Span, Spanned};
use crate::script::check::Check;
use crate::script::elastic::Elastic;
use crate::script::resolve::InFile;
use crate::toml::table::Table;

/// How the reader recognises and reads a kind of step.
pub(super) struct StepKeys {
    /// The key that makes a step one of this kind.
    pub key: &'static str,
    /// The other keys it may have besides `when` and `at`, including keys of other kinds.
    pub with: &'static [&'static str],
    /// Reads it from the table of a step; the number is how deep the step is nested.
    pub read: fn(&Table<'_>, usize) -> Option<StepKind>,
}

/// A step as written.
pub(super) trait WrittenStep {
    /// Its own phrases, in order, without those of nested steps.
    fn phrases(&self) -> Vec<&PhraseText>;

    /// The steps nested directly in it.
    fn children(&self) -> &[StepText];

    /// Reports errors that need the whole course to find, such as unknown names. Nested steps are checked separately.
    fn check(&self, check: &Check<'_>);

    /// Its steps in a session.
    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step>;

    /// Its limits of rounds, if it has rounds.
    fn rounds(&self) -> Option<RoundLimits>;

    /// The first round, counted from 1, that speaks the phrase at this index of [`Self::phrases`].
    fn first_round(&self, _phrase: usize) -> u32 {
        1
    }

    /// The fragment it uses.
    fn fragment(&self) -> Option<&Spanned<String>> {
        None
    }

    /// A comment for translators about one of its phrases.
    fn comment_on(&self, _phrase: &PhraseText) -> Option<String> {
        None
    }

    /// The time that one of its phrases has, where a grid binds it.
    fn time_for(&self, _phrase: &PhraseText) -> Option<PhraseTime> {
        None
    }

    /// A comment for translators about every phrase in it, including those of nested steps.
    fn comment_on_all(&self) -> Option<&'static str> {
        None
    }
}

/// A step of a session.
pub(super) trait ResolvedStep {
    /// Its own phrase.
    fn phrase(&self) -> Option<&Phrase>;

    fn phrase_mut(&mut self) -> Option<&mut Phrase> {
        None
    }

    /// The lists of steps nested in it. If there are several, each round takes the next one.
    fn children(&self) -> Vec<&[Step]>;

    fn children_mut(&mut self) -> Vec<&mut [Step]>;

    /// The sound it makes besides the voice.
    fn sound(&self) -> Option<StepSound<'_>>;

    /// The phrases that may be omitted together to make a version shorter.
    fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        None
    }

    /// The pause that an author could change: the step itself, or the pause after its phrase.
    fn pause(&self) -> Option<Elastic> {
        None
    }

    fn set_pause(&mut self, _pause: Elastic) {}

    /// Its limits of rounds, if it has rounds.
    fn rounds(&self) -> Option<RoundLimits>;

    /// The fewest rounds that can be proposed as a change: at least one, and enough to speak every safety phrase.
    fn fewest_rounds(&self) -> u32 {
        1
    }

    fn set_rounds(&mut self, _times: [u32; 3]) {}
}

/// Phrases that are kept or omitted together.
#[derive(Clone, Debug)]
pub struct PhraseGroup<'a> {
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
    pub phrases: Vec<&'a Phrase>,
}

/// The limits of the rounds of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundLimits {
    /// The key they are written under.
    pub key: &'static str,
    /// Least, natural and most.
    pub times: [u32; 3],
}
