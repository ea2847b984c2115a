//! The solver: which phrases, how many rounds and how long each pause, so that the whole is exactly the length that
//! was asked for (docs/layout.md, sections 3 to 7). The rounds are those of [`super::search`].

use std::collections::BTreeSet;

use super::cast::{Cast, dispensable};
use super::context::Context;
use super::elastic::{Glue, Infeasible};
use super::flow::{Flow, RoundChoice, RowItem, box_frames};
use super::search::RoundSearch;
use super::timeline::LeftOut;
use crate::script::session::PhraseKey;
use crate::unit::Frames;

/// A solved row: every glue has its length, every group its rounds.
pub(super) struct Solution<'a> {
    pub flow: Flow<'a>,
    pub lengths: Vec<Frames>,
    pub counts: Vec<u32>,
}

/// A solved part.
pub(super) struct PartSolution<'a> {
    /// Which part of the session.
    pub index: usize,
    pub items: Vec<RowItem<'a>>,
    /// The length of each glue among the items.
    pub lengths: Vec<Frames>,
    /// The rounds of each group in it.
    pub counts: Vec<u32>,
    pub left_out: Vec<LeftOut>,
    /// There was more than a row may hold.
    pub overflows: bool,
}

impl PartSolution<'_> {
    /// The whole length.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        let boxes: Frames = self.items.iter().map(|item| box_frames(item, context)).sum();
        boxes + self.lengths.iter().copied().sum()
    }
}

impl<'a> Solution<'a> {
    /// The whole length.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        self.flow.boxes(context) + self.lengths.iter().copied().sum()
    }

    /// The same, part by part.
    pub(super) fn by_part(self) -> Vec<PartSolution<'a>> {
        let Flow { items, groups, left_out, overflows, .. } = self.flow;
        let mut parts: Vec<PartSolution<'a>> = Vec::new();
        let (mut lengths, mut head) = (self.lengths.into_iter(), Vec::new());
        for item in items {
            let length =
                matches!(item, RowItem::Glue(_)).then(|| lengths.next().expect("every glue has a length"));
            if let RowItem::Part(index) = item {
                let lengths: Vec<_> = head.iter().map(|(_, length)| *length).collect();
                let items = head.drain(..).map(|(item, _)| item).chain([item]).collect();
                let counts = groups.iter().zip(&self.counts).filter(|(group, _)| group.part == index);
                let counts = counts.map(|(_, count)| *count).collect();
                let left_out = left_out.iter().filter(|left_out| left_out.part == index).cloned().collect();
                parts.push(PartSolution { index, items, lengths, counts, left_out, overflows });
            } else if let Some(part) = parts.last_mut() {
                part.items.push(item);
                part.lengths.extend(length);
            } else {
                // The head comes before the first part begins, and belongs to it.
                head.push((item, length.unwrap_or_default()));
            }
        }
        parts
    }
}

/// The parts that are solved as one, and whether they are longer than usual, so that long phrases are spoken.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub parts: Vec<usize>,
    pub above_usual: bool,
}

/// A length that cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Shorter than the shortest, which is this.
    TooShort(Frames),
    /// Longer than the longest, which is this.
    TooLong(Frames),
}

impl From<Infeasible> for Unreachable {
    fn from(missing: Infeasible) -> Self {
        match missing {
            Infeasible::TooShort(least) => Self::TooShort(least),
            Infeasible::TooLong(most) => Self::TooLong(most),
        }
    }
}

/// The natural row: natural rounds, natural pauses, nothing left out but by the level.
pub(super) fn natural<'a>(context: &Context<'a>, scope: &Scope) -> Solution<'a> {
    let cast = scope.cast(context, &BTreeSet::new());
    let mut flow = Flow::new(context, &cast, RoundChoice::Natural, &scope.parts);
    let_ring_out(&mut flow, context, |glue| glue.natural);
    let lengths = flow.glues().iter().map(|glue| glue.natural).collect();
    let counts = flow.groups.iter().map(|group| group.times[1]).collect();
    Solution { flow, lengths, counts }
}

/// The row of exactly `target` frames with the smallest badness.
///
/// # Errors
/// [`Unreachable`] with the nearest length there is.
pub(super) fn exactly<'a>(
    context: &Context<'a>,
    scope: &Scope,
    target: Frames,
) -> Result<Solution<'a>, Unreachable> {
    // What is too much even by itself is not searched; whoever places it refuses it.
    let plain = natural(context, scope);
    if plain.flow.overflows {
        return Ok(plain);
    }
    let cast = short_enough(context, scope, target)?;
    if let Some(most) = longest(context, &cast, &scope.parts).filter(|most| target > *most) {
        return Err(Unreachable::TooLong(most));
    }
    RoundSearch { context, cast: &cast, parts: &scope.parts, target }.best()
}

/// The row of exactly `target` frames with these phrases left out and these rounds.
///
/// # Errors
/// [`Unreachable`] with the nearest length there is.
pub(super) fn locked<'a>(
    context: &Context<'a>,
    scope: &Scope,
    target: Frames,
    omitted: &BTreeSet<PhraseKey>,
    counts: &[u32],
) -> Result<Solution<'a>, Unreachable> {
    let cast = scope.cast(context, omitted);
    // Rounds that the row does not have are those of another script; what is missing then shows in the length.
    let search = RoundSearch { context, cast: &cast, parts: &scope.parts, target };
    search.solve(counts).map_err(Unreachable::from)
}

/// The shortest and the longest these parts can be: with every phrase that may go left out, and with all rounds.
pub(super) fn limits(context: &Context<'_>, scope: &Scope) -> (Frames, Option<Frames>) {
    let least = least_row(context, scope);
    let short = least.boxes(context) + least.glues().iter().map(|glue| glue.least).sum();
    (short, longest(context, &scope.cast(context, &BTreeSet::new()), &scope.parts))
}

/// The row of the shortest length: every phrase that may go left out, the fewest rounds.
pub(super) fn least_row<'a>(context: &Context<'a>, scope: &Scope) -> Flow<'a> {
    let usual = scope.cast(context, &BTreeSet::new());
    let all: BTreeSet<_> = dispensable(context, &usual, &scope.parts).into_iter().flatten().collect();
    shortest_row(context, &scope.cast(context, &all), &scope.parts)
}

/// The row of the longest length: all rounds.
pub(super) fn most_row<'a>(context: &Context<'a>, scope: &Scope) -> Flow<'a> {
    let mut flow =
        Flow::new(context, &scope.cast(context, &BTreeSet::new()), RoundChoice::Most, &scope.parts);
    let_ring_out(&mut flow, context, |glue| glue.natural);
    flow
}

impl Scope {
    /// Who speaks in these parts when these phrases are left out.
    pub(super) fn cast(&self, context: &Context<'_>, omitted: &BTreeSet<PhraseKey>) -> Cast {
        Cast::new(context.session, &self.parts, self.above_usual, omitted)
    }
}

/// The cast with as few phrases left out as the target needs: in their order, the shortest such list.
fn short_enough(context: &Context<'_>, scope: &Scope, target: Frames) -> Result<Cast, Unreachable> {
    let whole = scope.cast(context, &BTreeSet::new());
    let mut least = shortest(context, &whole, &scope.parts);
    if least <= target {
        return Ok(whole);
    }
    let units = dispensable(context, &whole, &scope.parts);
    let without = |count: usize| {
        let omitted: BTreeSet<PhraseKey> = units[..count].iter().flatten().cloned().collect();
        let cast = scope.cast(context, &omitted);
        let least = shortest(context, &cast, &scope.parts);
        (cast, least)
    };
    // Every phrase that goes makes the row shorter, unless another comes in its place: then each list is tried.
    let shrinks = context.session.all_phrases.iter().all(|phrase| phrase.instead.is_none());
    let (mut from, mut to) = (1, units.len());
    while shrinks && from < to {
        let middle = from.midpoint(to);
        if without(middle).1 <= target { to = middle } else { from = middle + 1 }
    }
    for count in from..=units.len() {
        let (cast, shorter) = without(count);
        if shorter <= target {
            return Ok(cast);
        }
        least = shorter;
    }
    Err(Unreachable::TooShort(least))
}

fn shortest_row<'a>(context: &Context<'a>, cast: &Cast, parts: &[usize]) -> Flow<'a> {
    let mut flow = Flow::new(context, cast, RoundChoice::Least, parts);
    let_ring_out(&mut flow, context, |glue| glue.least);
    flow
}

fn shortest(context: &Context<'_>, cast: &Cast, parts: &[usize]) -> Frames {
    let flow = shortest_row(context, cast, parts);
    flow.boxes(context) + flow.glues().iter().map(|glue| glue.least).sum()
}

fn longest(context: &Context<'_>, cast: &Cast, parts: &[usize]) -> Option<Frames> {
    let mut flow = Flow::new(context, cast, RoundChoice::Most, parts);
    if flow.overflows {
        return None;
    }
    let_ring_out(&mut flow, context, |glue| glue.natural);
    let pauses = flow.glues().iter().try_fold(Frames::ZERO, |sum, glue| Some(sum + glue.most?))?;
    Some(flow.boxes(context) + pauses)
}

/// Bells are never cut: the tail is as long as the ring that is left when it begins. A ring may go on beyond the end
/// of a stretch that has no tail.
pub(super) fn let_ring_out(flow: &mut Flow<'_>, context: &Context<'_>, length: impl Fn(&Glue) -> Frames) {
    if !flow.has_tail {
        return;
    }
    let mut left = Frames::ZERO;
    for item in &flow.items[..flow.items.len() - 1] {
        let frames = if let RowItem::Glue(glue) = item { length(glue) } else { box_frames(item, context) };
        left = left.saturating_sub(frames);
        if let RowItem::Bell { wait, ring, .. } = item {
            left = left.max(ring.saturating_sub(*wait));
        }
    }
    if let Some(RowItem::Glue(tail)) = flow.items.last_mut() {
        tail.at_least(left);
    }
}
