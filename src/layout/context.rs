//! The inputs that all of layout needs.

use super::elastic::Glue;
use super::levels::Levels;
use crate::diag::Sink;
use crate::facts::Facts;
use crate::script::elastic::Elastic;
use crate::script::session::{Phrase, Session};
use crate::unit::Frames;

pub(super) struct Context<'a> {
    pub session: &'a Session,
    pub facts: &'a Facts,
    pub levels: Levels,
    pub sink: &'a Sink,
}

impl Context<'_> {
    /// The length of a phrase: of its clip, or predicted.
    pub(super) fn length(&self, phrase: &Phrase) -> Frames {
        self.facts
            .clips
            .get(&phrase.key)
            .map_or_else(|| self.predicted(&phrase.text), |take| take.facts.frames)
    }

    /// The predicted length of a text that has no recording, at the pace of the voice.
    pub(super) fn predicted(&self, text: &str) -> Frames {
        self.facts.pace.length(text).frames(self.facts.rate)
    }

    /// The silence after a phrase.
    pub(super) fn pause_after(&self, phrase: &Phrase) -> Glue {
        Glue::new(phrase.pause.unwrap_or_else(Elastic::after_phrase), self.facts.rate)
    }
}
