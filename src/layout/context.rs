//! What every step of layout has at hand.

use super::elastic::Glue;
use super::levels::Levels;
use super::predict::predicted;
use crate::asset::facts::Facts;
use crate::diag::Sink;
use crate::script::elastic::Elastic;
use crate::script::session::{Phrase, Session};
use crate::unit::Frames;

/// What every step of layout needs.
pub(super) struct Context<'a> {
    pub session: &'a Session,
    pub facts: &'a Facts,
    pub levels: Levels,
    pub sink: &'a Sink,
}

impl Context<'_> {
    /// The length of a phrase: that of its clip, or a predicted one.
    pub(super) fn length(&self, phrase: &Phrase) -> Frames {
        let rate = self.facts.rate;
        self.facts
            .clips
            .get(&phrase.key)
            .map_or_else(|| predicted(&phrase.text, rate), |take| take.facts.frames)
    }

    /// The silence after a phrase.
    pub(super) fn pause_after(&self, phrase: &Phrase) -> Glue {
        Glue::new(phrase.pause.unwrap_or_else(Elastic::after_phrase), self.facts.rate)
    }
}
