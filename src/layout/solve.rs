//! The solver: which phrases, how many rounds and how long each pause, so that the whole is exactly the length that
//! was asked for (DESIGN, layout 3 to 7).

use std::collections::BTreeSet;

use super::cast::{Cast, dispensable};
use super::context::Context;
use super::elastic::{Glue, Infeasible, share};
use super::flow::{Flow, Group, Item, Rounds, box_frames};
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
    pub items: Vec<Item<'a>>,
    /// The length of each glue among the items.
    pub lengths: Vec<Frames>,
    /// The rounds of each group in it.
    pub counts: Vec<u32>,
    pub left_out: Vec<LeftOut>,
    /// There was more than a row may hold.
    pub overflows: bool,
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
                matches!(item, Item::Glue(_)).then(|| lengths.next().expect("every glue has a length"));
            if let Item::Part(index) = item {
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
    let mut flow = Flow::new(context, &cast, Rounds::Natural, &scope.parts);
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
    Search { context, cast: &cast, parts: &scope.parts, target }.best()
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
    let search = Search { context, cast: &cast, parts: &scope.parts, target };
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
    let mut flow = Flow::new(context, &scope.cast(context, &BTreeSet::new()), Rounds::Most, &scope.parts);
    let_ring_out(&mut flow, context, |glue| glue.natural);
    flow
}

impl Scope {
    fn cast(&self, context: &Context<'_>, omitted: &BTreeSet<PhraseKey>) -> Cast {
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
    let mut flow = Flow::new(context, cast, Rounds::Least, parts);
    let_ring_out(&mut flow, context, |glue| glue.least);
    flow
}

fn shortest(context: &Context<'_>, cast: &Cast, parts: &[usize]) -> Frames {
    let flow = shortest_row(context, cast, parts);
    flow.boxes(context) + flow.glues().iter().map(|glue| glue.least).sum()
}

fn longest(context: &Context<'_>, cast: &Cast, parts: &[usize]) -> Option<Frames> {
    let mut flow = Flow::new(context, cast, Rounds::Most, parts);
    if flow.overflows {
        return None;
    }
    let_ring_out(&mut flow, context, |glue| glue.natural);
    let pauses = flow.glues().iter().try_fold(Frames::ZERO, |sum, glue| Some(sum + glue.most?))?;
    Some(flow.boxes(context) + pauses)
}

/// Bells are never cut: the tail is as long as the ring that is left when it begins. A ring may go on beyond the end
/// of a stretch that has no tail.
fn let_ring_out(flow: &mut Flow<'_>, context: &Context<'_>, length: impl Fn(&Glue) -> Frames) {
    if !flow.has_tail {
        return;
    }
    let mut left = Frames::ZERO;
    for item in &flow.items[..flow.items.len() - 1] {
        let frames = match item {
            Item::Glue(glue) => length(glue),
            other => box_frames(other, context),
        };
        left = left.saturating_sub(frames);
        if let Item::Bell { wait, ring, .. } = item {
            left = left.max(ring.saturating_sub(*wait));
        }
    }
    if let Some(Item::Glue(tail)) = flow.items.last_mut() {
        tail.at_least(left);
    }
}

/// The search for the best numbers of rounds.
///
/// Badness is convex in them and in the pauses, so a descent by single steps and by exchanges between two groups,
/// with strides that shrink, finds the best or a neighbour of it.
struct Search<'a, 'b> {
    context: &'b Context<'a>,
    cast: &'b Cast,
    parts: &'b [usize],
    target: Frames,
}

/// How bad a choice of rounds is. Smaller is better; compared in this order.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Badness {
    /// How far the pauses cannot reach, in frames; 0 where they can.
    missing: f64,
    /// Σ (x−n)²/s + Σ (k−k₀)²·d/(2k₀), in microseconds, so that ties are ties.
    micros: f64,
    /// Σ |k−k₀|.
    rounds: f64,
}

impl<'a> Search<'a, '_> {
    fn best(&self) -> Result<Solution<'a>, Unreachable> {
        let flow = Flow::new(self.context, self.cast, Rounds::Natural, self.parts);
        let groups: Vec<Group> = flow.groups.into_iter().map(|group| self.bounded(group)).collect();
        let mut counts: Vec<u32> = groups.iter().map(|group| group.times[1]).collect();
        let mut best = self.badness(&groups, &counts);
        let widest = groups.iter().map(|group| group.times[2] - group.times[0]).max().unwrap_or(0);
        let mut stride = widest.next_power_of_two().min(1 << 12);
        while stride > 0 {
            match self.step(&groups, &counts, stride, best) {
                Some((better, badness)) => (counts, best) = (better, badness),
                None => stride /= 2,
            }
        }
        self.solve(&counts).map_err(Unreachable::from)
    }

    /// A group that cannot have more rounds than the whole length has room for.
    fn bounded(&self, mut group: Group) -> Group {
        let room = self.target.0 / group.shortest.0.max(1) + 1;
        let most = u32::try_from(room).unwrap_or(u32::MAX).max(group.times[1]);
        group.times[2] = group.times[2].min(most);
        group
    }

    /// The best neighbour at a stride, if one is better.
    fn step(
        &self,
        groups: &[Group],
        counts: &[u32],
        stride: u32,
        best: Badness,
    ) -> Option<(Vec<u32>, Badness)> {
        let mut found: Option<(Vec<u32>, Badness)> = None;
        let moves = neighbours(groups.len(), i64::from(stride));
        for change in moves {
            let Some(candidate) = moved(groups, counts, &change) else { continue };
            let badness = self.badness(groups, &candidate);
            let rival = found.as_ref().map_or(best, |(_, badness)| *badness);
            let earlier = found.as_ref().map_or(counts, |(counts, _)| counts);
            // Of equals the one with more rounds in an earlier group wins.
            if badness < rival || (badness == rival && candidate.as_slice() > earlier) {
                found = Some((candidate, badness));
            }
        }
        found
    }

    fn badness(&self, groups: &[Group], counts: &[u32]) -> Badness {
        let rate = self.context.facts.rate.as_f64();
        let mut seconds = 0.0;
        let mut rounds = 0.0;
        for (group, count) in groups.iter().zip(counts) {
            let away = f64::from(*count) - f64::from(group.times[1]);
            seconds += away * away * (group.round.0 as f64 / rate) / (2.0 * f64::from(group.times[1]));
            rounds += away.abs();
        }
        let flow = self.row(counts);
        let glues = flow.glues();
        let boxes = flow.boxes(self.context);
        let missing = match self.share(&glues, boxes) {
            Ok(lengths) => {
                seconds +=
                    glues.iter().zip(&lengths).map(|(glue, length)| bend(*glue, *length, rate)).sum::<f64>();
                0.0
            }
            Err(Infeasible::TooShort(least)) => (least.0 + boxes.0) as f64 - self.target.0 as f64,
            Err(Infeasible::TooLong(most)) => self.target.0 as f64 - (most.0 + boxes.0) as f64,
        };
        Badness { missing, micros: (seconds * 1e6).round(), rounds }
    }

    fn row(&self, counts: &[u32]) -> Flow<'a> {
        let mut flow = Flow::new(self.context, self.cast, Rounds::Given(counts), self.parts);
        // Where the row has to shrink, pauses after the last bell may be as short as their least.
        let natural = flow.boxes(self.context) + flow.glues().iter().map(|glue| glue.natural).sum();
        let shrinks = natural > self.target;
        let_ring_out(&mut flow, self.context, |glue| if shrinks { glue.least } else { glue.natural });
        flow
    }

    fn share(&self, glues: &[Glue], boxes: Frames) -> Result<Vec<Frames>, Infeasible> {
        if boxes > self.target {
            return Err(Infeasible::TooShort(glues.iter().map(|glue| glue.least).sum()));
        }
        share(glues, self.target - boxes, self.context.facts.rate)
    }

    fn solve(&self, counts: &[u32]) -> Result<Solution<'a>, Infeasible> {
        let flow = self.row(counts);
        let boxes = flow.boxes(self.context);
        let whole = |error| match error {
            Infeasible::TooShort(least) => Infeasible::TooShort(least + boxes),
            Infeasible::TooLong(most) => Infeasible::TooLong(most + boxes),
        };
        let lengths = self.share(&flow.glues(), boxes).map_err(whole)?;
        Ok(Solution { flow, lengths, counts: counts.to_vec() })
    }
}

/// (x−n)²/s in seconds; a pause that fills bends for nothing.
fn bend(glue: Glue, length: Frames, rate: f64) -> f64 {
    if glue.fill {
        return 0.0;
    }
    let (length, natural) = (length.0 as f64 / rate, glue.natural.0 as f64 / rate);
    let stretch = f64::from(glue.weight) / 1_000.0 * natural.max(1.0);
    (length - natural).powi(2) / stretch
}

/// One group a stride up or down, or one up and another down.
fn neighbours(groups: usize, stride: i64) -> Vec<Vec<(usize, i64)>> {
    let mut moves = Vec::new();
    for a in 0..groups {
        moves.push(vec![(a, stride)]);
        moves.push(vec![(a, -stride)]);
        moves.extend((0..groups).filter(|b| *b != a).map(|b| vec![(a, stride), (b, -stride)]));
    }
    moves
}

fn moved(groups: &[Group], counts: &[u32], change: &[(usize, i64)]) -> Option<Vec<u32>> {
    let mut counts = counts.to_vec();
    for (index, by) in change {
        let [least, _, most] = groups[*index].times;
        let count = i64::from(counts[*index]) + by;
        counts[*index] = u32::try_from(count).ok().filter(|count| (least..=most).contains(count))?;
    }
    Some(counts)
}
