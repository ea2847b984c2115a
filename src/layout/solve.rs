//! The solver: chooses phrases, numbers of rounds and lengths of pauses for exactly the target length (docs/layout.md,
//! sections 3 to 7). [`super::search`] chooses the rounds.

use std::collections::BTreeSet;

use super::context::Context;
use super::elastic::{Glue, Infeasible};
use super::flow::{Flow, RoundChoice, RowItem, box_frames};
use super::search::RoundSearch;
use super::selection::{Selection, dispensable};
use super::timeline::LeftOut;
use crate::script::session::PhraseKey;
use crate::unit::Frames;

/// A solved row, with a length for each glue and a number of rounds for each group.
pub(super) struct Solution<'a> {
    pub flow: Flow<'a>,
    pub lengths: Vec<Frames>,
    pub counts: Vec<u32>,
}

/// A solved part.
pub(super) struct PartSolution<'a> {
    /// The part of the session.
    pub index: usize,
    pub items: Vec<RowItem<'a>>,
    /// The length of each glue among the items.
    pub lengths: Vec<Frames>,
    /// The rounds of each group in the part.
    pub counts: Vec<u32>,
    pub left_out: Vec<LeftOut>,
    /// Whether the row was cut off because it has too many items.
    pub overflows: bool,
}

impl PartSolution<'_> {
    /// The total length.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        let boxes: Frames = self.items.iter().map(|item| box_frames(item, context)).sum();
        boxes + self.lengths.iter().copied().sum()
    }
}

impl<'a> Solution<'a> {
    /// The total length.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        self.flow.boxes(context) + self.lengths.iter().copied().sum()
    }

    /// Splits the solution by part.
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
                // The head precedes the start of the first part and belongs to that part.
                head.push((item, length.unwrap_or_default()));
            }
        }
        parts
    }
}

/// Parts that are solved together. Above the usual length, phrases with `keep = "long"` are spoken.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub parts: Vec<usize>,
    pub above_usual: bool,
}

/// A length that cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Shorter than the shortest possible length, which is given.
    TooShort(Frames),
    /// Longer than the longest possible length, which is given.
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

/// The natural row: natural rounds and pauses, with no phrases left out beyond those of the guidance level.
pub(super) fn natural<'a>(context: &Context<'a>, scope: &Scope) -> Solution<'a> {
    let selection = scope.selection(context, &BTreeSet::new());
    let mut flow = Flow::new(context, &selection, RoundChoice::Natural, &scope.parts);
    let_ring_out(&mut flow, context, |glue| glue.natural);
    let lengths = flow.glues().iter().map(|glue| glue.natural).collect();
    let counts = flow.groups.iter().map(|group| group.times[1]).collect();
    Solution { flow, lengths, counts }
}

/// The row of exactly `target` frames with the lowest cost.
///
/// # Errors
/// [`Unreachable`] with the nearest possible length.
pub(super) fn exactly<'a>(
    context: &Context<'a>,
    scope: &Scope,
    target: Frames,
) -> Result<Solution<'a>, Unreachable> {
    // A row that is cut off is not searched; placing it reports the error.
    let plain = natural(context, scope);
    if plain.flow.overflows {
        return Ok(plain);
    }
    let selection = short_enough(context, scope, target)?;
    if let Some(most) = longest(context, &selection, &scope.parts).filter(|most| target > *most) {
        return Err(Unreachable::TooLong(most));
    }
    RoundSearch { context, selection: &selection, parts: &scope.parts, target }.best()
}

/// The row of exactly `target` frames with these phrases left out and these rounds.
///
/// # Errors
/// [`Unreachable`] with the nearest possible length.
pub(super) fn locked<'a>(
    context: &Context<'a>,
    scope: &Scope,
    target: Frames,
    omitted: &BTreeSet<PhraseKey>,
    counts: &[u32],
) -> Result<Solution<'a>, Unreachable> {
    let selection = scope.selection(context, omitted);
    // If the script has changed the counts may not match its groups; the row then has the wrong length, which is
    // reported.
    let search = RoundSearch { context, selection: &selection, parts: &scope.parts, target };
    search.solve(counts).map_err(Unreachable::from)
}

/// The shortest and the longest length of these parts.
pub(super) fn limits(context: &Context<'_>, scope: &Scope) -> (Frames, Option<Frames>) {
    let least = least_row(context, scope);
    let short = least.boxes(context) + least.glues().iter().map(|glue| glue.least).sum();
    (short, longest(context, &scope.selection(context, &BTreeSet::new()), &scope.parts))
}

/// The shortest row: without all phrases that may be left out, with the fewest rounds.
pub(super) fn least_row<'a>(context: &Context<'a>, scope: &Scope) -> Flow<'a> {
    let usual = scope.selection(context, &BTreeSet::new());
    let all: BTreeSet<_> = dispensable(context, &usual, &scope.parts).into_iter().flatten().collect();
    shortest_row(context, &scope.selection(context, &all), &scope.parts)
}

/// The longest row: with the most rounds.
pub(super) fn most_row<'a>(context: &Context<'a>, scope: &Scope) -> Flow<'a> {
    let mut flow =
        Flow::new(context, &scope.selection(context, &BTreeSet::new()), RoundChoice::Most, &scope.parts);
    let_ring_out(&mut flow, context, |glue| glue.natural);
    flow
}

impl Scope {
    /// The selection of these parts without the given phrases.
    pub(super) fn selection(&self, context: &Context<'_>, omitted: &BTreeSet<PhraseKey>) -> Selection {
        Selection::new(context.session, &self.parts, self.above_usual, omitted)
    }
}

/// The selection with the fewest phrases left out, in order of importance, whose shortest row fits the target.
fn short_enough(context: &Context<'_>, scope: &Scope, target: Frames) -> Result<Selection, Unreachable> {
    let whole = scope.selection(context, &BTreeSet::new());
    let mut least = shortest(context, &whole, &scope.parts);
    if least <= target {
        return Ok(whole);
    }
    let groups = dispensable(context, &whole, &scope.parts);
    let without = |count: usize| {
        let omitted: BTreeSet<PhraseKey> = groups[..count].iter().flatten().cloned().collect();
        let selection = scope.selection(context, &omitted);
        let least = shortest(context, &selection, &scope.parts);
        (selection, least)
    };
    // Each phrase left out shortens the row, so the count is found by bisection; with `instead` phrases all are tried.
    let shrinks = context.session.all_phrases.iter().all(|phrase| phrase.instead.is_none());
    let (mut from, mut to) = (1, groups.len());
    while shrinks && from < to {
        let middle = from.midpoint(to);
        if without(middle).1 <= target { to = middle } else { from = middle + 1 }
    }
    for count in from..=groups.len() {
        let (selection, shorter) = without(count);
        if shorter <= target {
            return Ok(selection);
        }
        least = shorter;
    }
    Err(Unreachable::TooShort(least))
}

fn shortest_row<'a>(context: &Context<'a>, selection: &Selection, parts: &[usize]) -> Flow<'a> {
    let mut flow = Flow::new(context, selection, RoundChoice::Least, parts);
    let_ring_out(&mut flow, context, |glue| glue.least);
    flow
}

fn shortest(context: &Context<'_>, selection: &Selection, parts: &[usize]) -> Frames {
    let flow = shortest_row(context, selection, parts);
    flow.boxes(context) + flow.glues().iter().map(|glue| glue.least).sum()
}

fn longest(context: &Context<'_>, selection: &Selection, parts: &[usize]) -> Option<Frames> {
    let mut flow = Flow::new(context, selection, RoundChoice::Most, parts);
    if flow.overflows {
        return None;
    }
    let_ring_out(&mut flow, context, |glue| glue.natural);
    let pauses = flow.glues().iter().try_fold(Frames::ZERO, |sum, glue| Some(sum + glue.most?))?;
    Some(flow.boxes(context) + pauses)
}

/// Extends the tail so that the ring of every bell ends within the track. Without a tail a ring may go on into the next
/// part.
pub(super) fn let_ring_out(flow: &mut Flow<'_>, context: &Context<'_>, length: impl Fn(&Glue) -> Frames) {
    if !flow.has_tail {
        return;
    }
    let mut left = Frames::ZERO;
    for item in &flow.items[..flow.items.len() - 1] {
        let frames = if let RowItem::Glue(glue) = item { length(glue) } else { box_frames(item, context) };
        left = left.saturating_sub(frames);
        if let RowItem::Cue { wait, frames: ring, .. } = item {
            left = left.max(ring.saturating_sub(*wait));
        }
    }
    if let Some(RowItem::Glue(tail)) = flow.items.last_mut() {
        tail.at_least(left);
    }
}
