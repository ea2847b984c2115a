//! The steps of a session as a row of boxes and glue, as in TeX: a box has a fixed length, glue stretches and shrinks.

use super::context::Context;
use super::elastic::Glue;
use super::event::CueEvent;
use super::grid::Grid;
use super::selection::{Inclusion, Selection};
use super::timeline::{LeftOut, Why};
use crate::diag::Span;
use crate::script::elastic::Elastic;
use crate::script::session::{Action, Phrase, PhraseKey, Repeat, Step, Strike, Together};
use crate::unit::{Frames, Gain};

/// One box or one glue.
pub(super) enum RowItem<'a> {
    /// The start of a part.
    Part(usize),
    Glue(Glue),
    Phrase {
        phrase: &'a Phrase,
        frames: Frames,
    },
    /// A cue that is not on a grid, such as a bell: the box is the time until the next item; the sound may last longer.
    Cue {
        cue: CueEvent,
        gain: Gain,
        wait: Frames,
        frames: Frames,
    },
    Grid(Grid<'a>),
}

/// The most steps in a row, spoken or left out: nested rounds multiply quickly, and a day of phrases has fewer.
const MOST_STEPS: usize = 200_000;

/// A top-level repeat, breathe or walk, whose number of rounds is variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub part: usize,
    /// The least, natural and most rounds.
    pub times: [u32; 3],
    /// The natural length of one round.
    pub round: Frames,
    /// The lengths of the alternating rounds.
    pub rounds: Vec<Round>,
}

/// What a round adds to a row: its lengths, and its stretch in seconds. A `most` of `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Round {
    pub least: Frames,
    pub natural: Frames,
    pub most: Option<Frames>,
    pub stretch: f64,
}

impl Round {
    /// A round of a fixed length.
    fn fixed(length: Frames) -> Self {
        Self { least: length, natural: length, most: Some(length), stretch: 0.0 }
    }
}

impl Group {
    /// The shortest length of any round.
    pub(super) fn shortest(&self) -> Frames {
        self.rounds.iter().map(|round| round.least).min().unwrap_or_default()
    }

    /// What `count` rounds add.
    pub(super) fn adds(&self, count: u32) -> Round {
        let (cycles, more) = (count as usize / self.rounds.len(), count as usize % self.rounds.len());
        let mut sum = Round { most: Some(Frames::ZERO), ..Round::default() };
        for (index, round) in self.rounds.iter().enumerate() {
            let times = (cycles + usize::from(index < more)) as u64;
            if times == 0 {
                continue;
            }
            sum.least += round.least.times(times);
            sum.natural += round.natural.times(times);
            sum.most = sum.most.zip(round.most).map(|(sum, most)| sum + most.times(times));
            sum.stretch += round.stretch * times as f64;
        }
        sum
    }

    /// The badness of `count` rounds, (k−k₀)²·d/(2k₀), in seconds.
    pub(super) fn cost(&self, count: u32, rate: f64) -> f64 {
        let away = f64::from(count) - f64::from(self.times[1]);
        away * away * (self.round.0 as f64 / rate) / (2.0 * f64::from(self.times[1]))
    }
}

/// The row of a session or of some of its parts.
pub(super) struct Flow<'a> {
    pub items: Vec<RowItem<'a>>,
    pub left_out: Vec<LeftOut>,
    pub groups: Vec<Group>,
    /// Whether the last glue is the tail of the session.
    pub has_tail: bool,
    /// Whether the row was cut off because it has too many steps.
    pub overflows: bool,
    /// The steps and rounds that were laid out. Those left out add no items, but cost as much.
    visited: usize,
    /// The steps and rounds that were visited to measure a round of each group.
    measured: usize,
}

/// Which number of rounds each group gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum RoundChoice<'r> {
    Least,
    Natural,
    Most,
    /// One number for each group, in order.
    Given(&'r [u32]),
}

impl RoundChoice<'_> {
    fn of(self, index: usize, times: [u32; 3]) -> u32 {
        match self {
            Self::Least => times[0],
            Self::Natural => times[1],
            Self::Most => times[2],
            Self::Given(counts) => counts.get(index).copied().unwrap_or(times[1]),
        }
    }
}

impl<'a> Flow<'a> {
    /// The row of some parts, in order. The first part of the session starts with the head, the last ends with the
    /// tail.
    pub(super) fn new(
        context: &Context<'a>,
        selection: &Selection,
        rounds: RoundChoice<'_>,
        parts: &[usize],
    ) -> Self {
        let rate = context.facts.rate;
        let last = parts.last() == Some(&(context.session.parts.len() - 1));
        let mut builder = Builder { context, selection, rounds, flow: Self::empty(), pending: None, part: 0 };
        if parts.first() == Some(&0) {
            builder.flow.items.push(RowItem::Glue(Glue::new(context.session.head, rate)));
        }
        for &index in parts {
            builder.add_pending();
            builder.part = index;
            builder.flow.items.push(RowItem::Part(index));
            builder.steps(&context.session.parts[index].steps, true);
        }
        builder.add_pending();
        builder.flow.has_tail = last;
        if last {
            builder.flow.items.push(RowItem::Glue(Glue::new(context.session.tail, rate)));
        }
        let Self { items, groups, visited, measured, .. } = &builder.flow;
        // A group costs more than other items: its grid is made twice.
        context.effort.spend(items.len().max(*visited) + measured + 2 * groups.len());
        builder.flow
    }

    fn empty() -> Self {
        Self {
            items: Vec::new(),
            left_out: Vec::new(),
            groups: Vec::new(),
            has_tail: false,
            overflows: false,
            visited: 0,
            measured: 0,
        }
    }

    /// All glue, in order.
    pub(super) fn glues(&self) -> Vec<Glue> {
        let glue = |item: &RowItem<'_>| match item {
            RowItem::Glue(glue) => Some(*glue),
            RowItem::Part(_) | RowItem::Phrase { .. } | RowItem::Cue { .. } | RowItem::Grid(_) => None,
        };
        self.items.iter().filter_map(glue).collect()
    }

    /// The sum of all boxes.
    pub(super) fn boxes(&self, context: &Context<'_>) -> Frames {
        self.items.iter().map(|item| box_frames(item, context)).sum()
    }
}

/// The category of a box in the breakdown of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Voice,
    /// Bells, and whatever else is not on a grid.
    Bells,
    Breaths,
    Paces,
}

impl RowItem<'_> {
    /// The category of its box; `None` for glue and the start of a part.
    pub(super) fn share(&self) -> Option<Share> {
        match self {
            RowItem::Part(_) | RowItem::Glue(_) => None,
            RowItem::Phrase { .. } => Some(Share::Voice),
            RowItem::Cue { .. } => Some(Share::Bells),
            RowItem::Grid(grid) => Some(if grid.breathes() { Share::Breaths } else { Share::Paces }),
        }
    }
}

/// The length of the box of an item; 0 for glue.
pub(super) fn box_frames(item: &RowItem<'_>, context: &Context<'_>) -> Frames {
    match item {
        RowItem::Part(_) | RowItem::Glue(_) => Frames::ZERO,
        RowItem::Phrase { frames, .. } => *frames,
        RowItem::Cue { wait, .. } => *wait,
        RowItem::Grid(grid) => grid.frames(context),
    }
}

/// The mean natural length of the rounds of a step; 0 if it has none.
pub(super) fn round_length(context: &Context<'_>, selection: &Selection, step: &Step) -> Frames {
    match &step.action {
        Action::Breathe(breath) => Grid::breath(breath, breath.times[1], None, context).round(context),
        Action::Walk(walk) => walk.pace.frames(context.facts.rate),
        Action::Repeat(repeat) => {
            let flow = Flow::empty();
            let builder =
                Builder { context, selection, rounds: RoundChoice::Natural, flow, pending: None, part: 0 };
            mean(&builder.rounds_of(repeat).0)
        }
        Action::Say(_) | Action::Pause(_) | Action::Bell(_) | Action::Together(_) => Frames::ZERO,
    }
}

/// The mean natural length of rounds.
fn mean(rounds: &[Round]) -> Frames {
    let natural: Frames = rounds.iter().map(|round| round.natural).sum();
    Frames(natural.0 / rounds.len().max(1) as u64)
}

struct Builder<'a, 'b> {
    context: &'b Context<'a>,
    selection: &'b Selection,
    rounds: RoundChoice<'b>,
    flow: Flow<'a>,
    /// The silence of phrases left out that is not in the row yet: there was no pause before them.
    pending: Option<Glue>,
    /// The current part.
    part: usize,
}

impl<'a> Builder<'a, '_> {
    fn steps(&mut self, steps: &'a [Step], top: bool) {
        for step in steps {
            if self.visit() {
                return;
            }
            match &step.action {
                Action::Say(phrase) => self.say(phrase, step.span),
                Action::Pause(pause) => self.pause(*pause, step.span),
                Action::Breathe(breath) => {
                    let phrase = self.on_grid(breath.phrase.as_ref());
                    let natural = Grid::breath(breath, breath.times[1], phrase, self.context);
                    let round = natural.round(self.context);
                    let grid = match self.count(top, breath.times, round, || vec![Round::fixed(round)]) {
                        count if count == breath.times[1] => natural,
                        count => Grid::breath(breath, count, phrase, self.context),
                    };
                    self.grid(grid, breath.phrase.as_ref(), step.span);
                }
                Action::Walk(walk) => {
                    let phrase = self.on_grid(walk.phrase.as_ref());
                    let pace = walk.pace.frames(self.context.facts.rate);
                    let count = self.count(top, walk.paces, pace, || vec![Round::fixed(pace)]);
                    let grid = Grid::walk(walk, count, phrase, self.context);
                    self.grid(grid, walk.phrase.as_ref(), step.span);
                }
                Action::Bell(strike) => {
                    self.add_pending();
                    self.flow.items.push(bell(strike, self.context));
                }
                Action::Repeat(repeat) => self.repeat(repeat, top, step.span),
                Action::Together(group) if self.selection.leaves_out(step).is_some() => {
                    self.omit_group(group);
                }
                Action::Together(group) => self.steps(&group.steps, false),
            }
        }
    }

    /// Counts one more step or round, and returns whether they are too many.
    fn visit(&mut self) -> bool {
        self.flow.visited += 1;
        self.flow.overflows |= self.flow.visited.max(self.flow.items.len()) > MOST_STEPS;
        self.flow.overflows
    }

    /// The number of rounds of a group. Nested groups always have the natural number.
    fn count(
        &mut self,
        top: bool,
        times: [u32; 3],
        round: Frames,
        rounds: impl FnOnce() -> Vec<Round>,
    ) -> u32 {
        if !top {
            return times[1];
        }
        self.flow.groups.push(Group { part: self.part, times, round, rounds: rounds() });
        self.rounds.of(self.flow.groups.len() - 1, times)
    }

    fn say(&mut self, phrase: &'a Phrase, step: Span) {
        match self.selection.of(&phrase.key) {
            Inclusion::Absent => {}
            Inclusion::LeftOut(why) => self.omit(phrase, why),
            Inclusion::Spoken => {
                self.add_pending();
                let frames = self.context.length(phrase);
                self.flow.items.push(RowItem::Phrase { phrase, frames });
                self.flow.items.push(RowItem::Glue(self.context.pause_after(phrase).of_step(step)));
            }
        }
    }

    fn pause(&mut self, pause: Elastic, step: Span) {
        let mut glue = Glue::new(pause, self.context.facts.rate).of_step(step);
        if let Some(silence) = self.pending.take() {
            glue.take_in(silence);
        }
        self.flow.items.push(RowItem::Glue(glue));
    }

    fn on_grid(&mut self, phrase: Option<&'a Phrase>) -> Option<&'a Phrase> {
        let phrase = phrase?;
        match self.selection.of(&phrase.key) {
            Inclusion::Spoken => Some(phrase),
            Inclusion::LeftOut(why) => {
                self.flow.left_out.push(LeftOut { part: self.part, key: phrase.key.clone(), why });
                None
            }
            Inclusion::Absent => None,
        }
    }

    /// Adds a grid. The pause of its phrase follows the whole block.
    fn grid(&mut self, grid: Grid<'a>, phrase: Option<&'a Phrase>, step: Span) {
        self.add_pending();
        self.flow.items.push(RowItem::Grid(grid));
        let pause = phrase.and_then(|phrase| phrase.pause);
        let rate = self.context.facts.rate;
        self.flow.items.extend(pause.map(|pause| RowItem::Glue(Glue::new(pause, rate).of_step(step))));
    }

    fn repeat(&mut self, repeat: &'a Repeat, top: bool, step: Span) {
        if repeat.rounds.is_empty() {
            return;
        }
        let count = if top {
            let (rounds, measured) = self.rounds_of(repeat);
            self.flow.measured += measured;
            // A round that is too long to measure is too long to lay out; so are many that are nearly as long.
            if self.flow.measured > MOST_STEPS {
                self.flow.overflows = true;
                return;
            }
            self.count(top, repeat.times, mean(&rounds), || rounds)
        } else {
            repeat.times[1]
        };
        for index in 0..count as usize {
            if self.visit() {
                return;
            }
            self.steps(&repeat.rounds[index % repeat.rounds.len()], false);
            let rate = self.context.facts.rate;
            let pause = repeat.pause.map(|pause| RowItem::Glue(Glue::new(pause, rate).of_step(step)));
            self.flow.items.extend(pause);
        }
    }

    /// The lengths of the alternating rounds, and how many steps were visited for it.
    fn rounds_of(&self, repeat: &'a Repeat) -> (Vec<Round>, usize) {
        let rate = self.context.facts.rate.as_f64();
        let mut visited = 0;
        let length = |round: &'a Vec<Step>| {
            let mut inner = Builder {
                context: self.context,
                selection: self.selection,
                rounds: RoundChoice::Natural,
                flow: Flow::empty(),
                pending: None,
                part: self.part,
            };
            inner.steps(round, false);
            inner.add_pending();
            visited += inner.flow.visited.max(inner.flow.items.len());
            let pause = repeat.pause.map(|pause| Glue::new(pause, self.context.facts.rate));
            let mut sum = Round::fixed(inner.flow.boxes(self.context));
            for glue in inner.flow.glues().iter().chain(&pause) {
                let own = Round::of_glue(glue, rate);
                sum.least += own.least;
                sum.natural += own.natural;
                sum.most = sum.most.zip(own.most).map(|(sum, most)| sum + most);
                sum.stretch += own.stretch;
            }
            sum
        };
        (repeat.rounds.iter().map(length).collect(), visited)
    }

    /// Replaces a phrase by silence: its length and its pause, minus those of any `instead`, go to the pause before it,
    /// or else to the next one.
    fn omit(&mut self, phrase: &'a Phrase, why: Why) {
        let mut glue = self.context.pause_after(phrase);
        let seconds = self.context.length(phrase);
        glue.natural += seconds;
        glue.most = glue.most.map(|most| most + seconds);
        if let Some(other) = self.selection.stand_in(&phrase.key).and_then(|key| self.find(key)) {
            let taken = self.context.length(other) + self.context.pause_after(other).natural;
            glue.natural = glue.natural.saturating_sub(taken);
            glue.most = glue.most.map(|most| most.saturating_sub(taken).max(glue.natural));
        }
        self.flow.left_out.push(LeftOut { part: self.part, key: phrase.key.clone(), why });
        self.add_silence(glue);
    }

    /// Replaces a group by silence. Safety phrases in it are still spoken.
    fn omit_group(&mut self, group: &'a Together) {
        for step in &group.steps {
            if self.visit() {
                return;
            }
            match &step.action {
                Action::Say(phrase) => self.say(phrase, step.span),
                Action::Pause(pause) => self.add_silence(Glue::new(*pause, self.context.facts.rate)),
                Action::Bell(_) => {}
                Action::Breathe(_) | Action::Walk(_) | Action::Repeat(_) | Action::Together(_) => {
                    self.steps(std::slice::from_ref(step), false);
                }
            }
        }
    }

    fn add_silence(&mut self, glue: Glue) {
        match (self.flow.items.last_mut(), &mut self.pending) {
            (Some(RowItem::Glue(before)), None) => before.take_in(glue),
            (_, Some(waiting)) => waiting.take_in(glue),
            (_, pending @ None) => *pending = Some(Glue { least: Frames::ZERO, ..glue }),
        }
    }

    fn find(&self, key: &PhraseKey) -> Option<&'a Phrase> {
        self.context.session.all_phrases.iter().find(|phrase| phrase.key == *key)
    }

    /// Adds pending silence as a pause of its own.
    fn add_pending(&mut self) {
        self.flow.items.extend(self.pending.take().map(RowItem::Glue));
    }
}

fn bell<'a>(strike: &Strike, context: &Context<'a>) -> RowItem<'a> {
    let gain = context.levels.bell(context.facts, strike);
    let facts = context.facts.bells.get(&strike.bell);
    let frames = facts.map_or(Frames::ZERO, |bell| bell.frames);
    let wait = facts.filter(|_| !strike.over).map_or(Frames::ZERO, |bell| {
        bell.audible_frames(gain, context.levels.bell_is_clear(), context.facts.rate)
    });
    RowItem::Cue { cue: CueEvent::Bell { name: strike.bell.clone() }, gain: gain.gain(), wait, frames }
}
