//! The inputs that all of layout needs.

use std::cell::Cell;

use super::elastic::Glue;
use super::levels::Levels;
use crate::diag::Sink;
use crate::facts::Facts;
use crate::script::elastic::Elastic;
use crate::script::session::{Phrase, Session};
use crate::unit::Frames;

/// What a search may still do, counted in items of the rows it lays out, so that its result depends on no clock.
pub(super) struct Effort {
    left: Cell<u64>,
    /// A search had to end before it had tried everything.
    ended_early: Cell<bool>,
}

impl Effort {
    /// About half a second on a usual machine; a track of the course takes less than a twentieth of it.
    const WHOLE: u64 = 10_000_000;

    pub(super) fn new() -> Self {
        Self::shared(1)
    }

    /// For one of several layouts that are made together and may cost no more than two alone, as long as each has enough for
    /// a usual track.
    pub(super) fn shared(layouts: usize) -> Self {
        let share = 2 * Self::WHOLE / layouts.max(1) as u64;
        Self { left: Cell::new(share.clamp(Self::WHOLE / 20, Self::WHOLE)), ended_early: Cell::new(false) }
    }

    /// Takes what a row of so many items costs.
    pub(super) fn spend(&self, items: usize) {
        self.left.set(self.left.get().saturating_sub(items as u64 + 1));
    }

    /// What a search that begins now has to leave: half, for the stretches after it.
    pub(super) fn floor(&self) -> u64 {
        self.left.get() / 2
    }

    /// Whether a search with this floor has to end, which is remembered.
    pub(super) fn ends_at(&self, floor: u64) -> bool {
        let ends = self.left.get() < floor;
        self.ended_early.set(self.ended_early.get() || ends);
        ends
    }

    /// Whether a search had to end before it had tried everything.
    pub(super) fn ended_early(&self) -> bool {
        self.ended_early.get() || self.left.get() == 0
    }
}

pub(super) struct Context<'a> {
    pub session: &'a Session,
    pub facts: &'a Facts,
    pub levels: Levels,
    pub sink: &'a Sink,
    pub effort: &'a Effort,
    /// Whether any row that reaches the target will do, as for a question whether there is one.
    pub any_row: bool,
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
