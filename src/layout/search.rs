//! The search for the best numbers of rounds.

use super::context::Context;
use super::elastic::{Glue, Infeasible, share};
use super::flow::{Flow, Group, RoundChoice};
use super::round_bounds::{Allowance, RoundBounds};
use super::selection::Selection;
use super::solve::{Solution, Unreachable, let_ring_out};
use crate::unit::Frames;

/// The search for the best numbers of rounds.
///
/// A local search first changes one group at a time or moves rounds between two groups, with shrinking strides. Branch
/// and bound then tries every choice that may still be better.
pub(super) struct RoundSearch<'a, 'b> {
    pub context: &'b Context<'a>,
    pub selection: &'b Selection,
    pub parts: &'b [usize],
    pub target: Frames,
}

/// The cost of a choice of rounds, compared field by field; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Badness {
    /// The frames by which the pauses miss the target; 0 if they reach it.
    pub missing: f64,
    /// Σ (x−n)²/s + Σ (k−k₀)²·d/(2k₀), in microseconds; an integer, so that equal costs compare equal.
    pub micros: f64,
    /// Σ |k−k₀|.
    rounds: f64,
}

impl<'a> RoundSearch<'a, '_> {
    pub(super) fn best(&self) -> Result<Solution<'a>, Unreachable> {
        let floor = self.context.effort.floor();
        let flow = Flow::new(self.context, self.selection, RoundChoice::Natural, self.parts);
        let groups: Vec<Group> = flow.groups.iter().map(|group| self.bounded(group)).collect();
        let natural: Vec<u32> = groups.iter().map(|group| group.times[1]).collect();
        let (mut counts, mut best) = self.descend(&groups, natural, floor);
        // With fixed pauses and long rounds there can be local minima; search the remaining choices.
        if !self.is_enough(best) && (groups.len() > 1 || best.missing > 0.0) {
            let known =
                |badness: Badness| if badness.missing > 0.0 { f64::INFINITY } else { badness.micros / 1e6 };
            let bounds = RoundBounds::new(self.context, &flow, &groups);
            let start = known(best);
            let allowance = Allowance { effort: self.context.effort, floor };
            bounds.better(self.target, start, allowance, &mut |candidate| {
                if self.is_enough(best) || self.context.effort.ends_at(floor) {
                    // Better than anything: nothing more is visited.
                    return f64::NEG_INFINITY;
                }
                let badness = self.badness(&groups, candidate);
                if badness < best || (badness == best && candidate > counts.as_slice()) {
                    (counts, best) = (candidate.to_vec(), badness);
                }
                known(best)
            });
        }
        if best.missing > 0.0 && self.context.effort.ends_at(floor) {
            return self
                .in_proportion(&groups)
                .map_or_else(|| self.solve(&counts), Ok)
                .map_err(Unreachable::from);
        }
        self.solve(&counts).map_err(Unreachable::from)
    }

    /// Whether nothing better is asked for.
    fn is_enough(&self, best: Badness) -> bool {
        self.context.any_row && best.missing <= 0.0
    }

    /// A row that reaches the target with each group equally far between its least and its most rounds, for a search that
    /// ended before it found any.
    fn in_proportion(&self, groups: &[Group]) -> Option<Solution<'a>> {
        const WHOLE: u64 = 1 << 20;
        let (mut from, mut to) = (0, WHOLE);
        while from <= to {
            let share = from.midpoint(to);
            let count = |group: &Group| {
                let [least, _, most] = group.times;
                least + (u64::from(most - least) * share / WHOLE) as u32
            };
            match self.solve(&groups.iter().map(count).collect::<Vec<_>>()) {
                Ok(solution) => return Some(solution),
                Err(Infeasible::TooShort(_)) => to = share.checked_sub(1)?,
                Err(Infeasible::TooLong(_)) => from = share + 1,
            }
        }
        None
    }

    /// Moves from these numbers of rounds to better neighbours until none is better.
    fn descend(&self, groups: &[Group], mut counts: Vec<u32>, floor: u64) -> (Vec<u32>, Badness) {
        let mut best = self.badness(groups, &counts);
        let widest = groups.iter().map(|group| group.times[2] - group.times[0]).max().unwrap_or(0);
        let mut stride = widest.next_power_of_two().min(1 << 12);
        while stride > 0 && !self.is_enough(best) && !self.context.effort.ends_at(floor) {
            match self.step(groups, &counts, stride, best, floor) {
                Some((better, badness)) => (counts, best) = (better, badness),
                None => stride /= 2,
            }
        }
        (counts, best)
    }

    /// The group with its most rounds limited to what fits the target.
    fn bounded(&self, group: &Group) -> Group {
        let mut group = group.clone();
        let room = self.target.0 / group.shortest().0.max(1) + 1;
        let most = u32::try_from(room).unwrap_or(u32::MAX).max(group.times[1]);
        group.times[2] = group.times[2].min(most);
        group
    }

    /// The best neighbour at a stride, if it is better than `best`.
    fn step(
        &self,
        groups: &[Group],
        counts: &[u32],
        stride: u32,
        best: Badness,
        floor: u64,
    ) -> Option<(Vec<u32>, Badness)> {
        let mut found: Option<(Vec<u32>, Badness)> = None;
        let moves = neighbours(groups.len(), i64::from(stride));
        for change in moves {
            if self.context.effort.ends_at(floor) {
                break;
            }
            let Some(candidate) = moved(groups, counts, &change) else { continue };
            let badness = self.badness(groups, &candidate);
            let rival = found.as_ref().map_or(best, |(_, badness)| *badness);
            let earlier = found.as_ref().map_or(counts, |(counts, _)| counts);
            // Ties go to more rounds in an earlier group.
            if badness < rival || (badness == rival && candidate.as_slice() > earlier) {
                found = Some((candidate, badness));
            }
        }
        found
    }

    pub(super) fn badness(&self, groups: &[Group], counts: &[u32]) -> Badness {
        let rate = self.context.facts.rate.as_f64();
        let mut seconds = 0.0;
        let mut rounds = 0.0;
        for (group, count) in groups.iter().zip(counts) {
            seconds += group.cost(*count, rate);
            rounds += f64::from(count.abs_diff(group.times[1]));
        }
        let flow = self.row(counts);
        let glues = flow.glues();
        let boxes = flow.boxes(self.context);
        let missing = match self.share(&glues, boxes) {
            Ok(lengths) => {
                seconds += glues
                    .iter()
                    .zip(&lengths)
                    .map(|(glue, length)| pause_cost(*glue, *length, rate))
                    .sum::<f64>();
                0.0
            }
            Err(Infeasible::TooShort(least)) => (least + boxes).0 as f64 - self.target.0 as f64,
            Err(Infeasible::TooLong(most)) => self.target.0 as f64 - (most + boxes).0 as f64,
        };
        Badness { missing, micros: (seconds * 1e6).round(), rounds }
    }

    fn row(&self, counts: &[u32]) -> Flow<'a> {
        let mut flow = Flow::new(self.context, self.selection, RoundChoice::Given(counts), self.parts);
        let_ring_out(&mut flow, self.context, |glue| glue.natural);
        // If the row then has to shrink, pauses after the last bell may be at their least.
        let natural = flow.boxes(self.context) + flow.glues().iter().map(|glue| glue.natural).sum();
        if natural > self.target {
            let_ring_out(&mut flow, self.context, |glue| glue.least);
        }
        flow
    }

    fn share(&self, glues: &[Glue], boxes: Frames) -> Result<Vec<Frames>, Infeasible> {
        if boxes > self.target {
            return Err(Infeasible::TooShort(glues.iter().map(|glue| glue.least).sum()));
        }
        share(glues, self.target - boxes, self.context.facts.rate)
    }

    pub(super) fn solve(&self, counts: &[u32]) -> Result<Solution<'a>, Infeasible> {
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

/// The cost of a pause, (x−n)²/s in seconds; 0 for one with `fill`.
fn pause_cost(glue: Glue, length: Frames, rate: f64) -> f64 {
    if glue.fill {
        return 0.0;
    }
    let (length, natural) = (length.0 as f64 / rate, glue.natural.0 as f64 / rate);
    let stretch = f64::from(glue.weight) / 1_000.0 * natural.max(1.0);
    (length - natural).powi(2) / stretch
}

/// All moves: one group up or down by a stride, or one up and another down.
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
