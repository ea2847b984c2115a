//! The steps of a session as a row of boxes and glue: boxes have their length, glue bends.

use super::elastic::Glue;
use super::grid::Grid;
use super::levels::Levels;
use super::predict::predicted;
use crate::asset::facts::Facts;
use crate::diag::Sink;
use crate::script::session::{Deed, Phrase, PhraseKey, Session, Strike};
use crate::unit::{Db, Frames};

/// What every step of layout needs.
pub(super) struct Context<'a> {
    pub session: &'a Session,
    pub facts: &'a Facts,
    pub levels: Levels,
    pub sink: &'a Sink,
}

/// One box or one glue.
pub(super) enum Item<'a> {
    /// A part begins.
    Part(usize),
    /// A pause.
    Glue(Glue),
    /// A phrase.
    Phrase { phrase: &'a Phrase, frames: Frames },
    /// A bell: its box is what the next phrase waits, its ring goes on.
    Bell { strike: &'a Strike, gain: Db, wait: Frames, ring: Frames },
    /// Breaths.
    Grid(Grid<'a>),
}

/// The row of a whole session, from head to tail.
pub(super) struct Flow<'a> {
    pub items: Vec<Item<'a>>,
    pub left_out: Vec<PhraseKey>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        let rate = context.facts.rate;
        let session = context.session;
        let mut flow = Self { items: vec![Item::Glue(Glue::new(session.head, rate))], left_out: Vec::new() };
        let mut place = None;
        for (index, part) in session.parts.iter().enumerate() {
            flow.items.push(Item::Part(index));
            for step in &part.steps {
                match &step.deed {
                    Deed::Say(phrase) if !phrase.spoken => flow.leave_out(phrase, &mut place, context),
                    Deed::Say(phrase) => {
                        flow.settle(&mut place);
                        flow.items.push(Item::Phrase { phrase, frames: length(phrase, context) });
                        flow.items.push(Item::Glue(Glue::new(phrase.pause, rate)));
                    }
                    Deed::Pause(pause) => {
                        let mut glue = Glue::new(*pause, rate);
                        if let Some(place) = place.take() {
                            glue.take_in(place);
                        }
                        flow.items.push(Item::Glue(glue));
                    }
                    Deed::Breathe(breath) => {
                        flow.settle(&mut place);
                        if let Some(phrase) = breath.phrase.as_ref().filter(|phrase| !phrase.spoken) {
                            flow.left_out.push(phrase.key.clone());
                        }
                        flow.items.push(Item::Grid(Grid::new(breath, context)));
                        flow.items.extend(breath.pause.map(|pause| Item::Glue(Glue::new(pause, rate))));
                    }
                    Deed::Bell(strike) => {
                        flow.settle(&mut place);
                        flow.items.push(bell(strike, context));
                    }
                }
            }
        }
        flow.settle(&mut place);
        flow.items.push(Item::Glue(Glue::new(session.tail, rate)));
        flow
    }

    /// What is left out leaves its place: its seconds and its pause join the silence before it, or the next one.
    fn leave_out(&mut self, phrase: &'a Phrase, place: &mut Option<Glue>, context: &Context<'a>) {
        let seconds = length(phrase, context);
        let mut glue = Glue::new(phrase.pause, context.facts.rate);
        glue.natural += seconds;
        glue.most = glue.most.map(|most| most + seconds);
        self.left_out.push(phrase.key.clone());
        match (self.items.last_mut(), &mut *place) {
            (Some(Item::Glue(before)), None) => before.take_in(glue),
            (_, Some(waiting)) => waiting.take_in(glue),
            (_, None) => *place = Some(Glue { least: Frames::ZERO, ..glue }),
        }
    }

    /// A place that found no silence beside it becomes one of its own.
    fn settle(&mut self, place: &mut Option<Glue>) {
        self.items.extend(place.take().map(Item::Glue));
    }
}

/// The length of a phrase: that of its clip, or a predicted one.
pub(super) fn length(phrase: &Phrase, context: &Context<'_>) -> Frames {
    let rate = context.facts.rate;
    context
        .facts
        .clips
        .get(&phrase.key)
        .map_or_else(|| predicted(&phrase.text, rate), |take| take.facts.frames)
}

fn bell<'a>(strike: &'a Strike, context: &Context<'a>) -> Item<'a> {
    let gain = context.levels.bell(context.facts, strike);
    let facts = context.facts.bells.get(&strike.bell);
    let ring = facts.map_or(Frames::ZERO, |bell| bell.frames);
    let wait = facts
        .filter(|_| !strike.over)
        .map_or(Frames::ZERO, |bell| bell.clear(gain, context.levels.bell_is_clear(), context.facts.rate));
    Item::Bell { strike, gain, wait, ring }
}
