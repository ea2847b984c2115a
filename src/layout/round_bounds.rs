//! Branch and bound over the numbers of rounds: bounds on the lengths and the badness of all rows with given rounds.
//!
//! A choice of rounds gives a row with a least, a natural and a most length. The pauses of the row cost at least D²/S,
//! where D is the distance from the natural length to the target and S the sum of the stretch of all pauses; limits
//! only raise that cost. Groups whose rounds are not chosen yet can absorb part of D. Then the cost is at least D²/(S +
//! Σ d²/a) with a = d/(2k₀), the weight of a round of d seconds in the badness: the minimum of a quadratic form.

use super::context::{Context, Effort};
use super::elastic::Glue;
use super::flow::{Flow, Group, Round};
use crate::unit::Frames;

/// The search ends after this many nodes, with the best choice so far.
const MOST_NODES: usize = 200_000;
/// The search ends after this many rows.
const MOST_ROWS: usize = 2_000;
/// Visiting so many nodes costs as much as one item of a row.
const NODES_PER_ITEM: u64 = 8;

/// The bounds of all choices of rounds of a row.
pub(super) struct RoundBounds {
    /// The row without rounds.
    base: Sum,
    groups: Vec<GroupChoices>,
    rate: f64,
}

/// What a search of rounds may cost: it ends where its effort has fallen to this floor.
#[derive(Clone, Copy)]
pub(super) struct Allowance<'a> {
    pub effort: &'a Effort,
    pub floor: u64,
}

/// The lengths of a row in frames, and its stretch in seconds. A `most` of `u64::MAX` means no limit.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    least: u64,
    natural: u64,
    most: u64,
    stretch: f64,
}

impl Sum {
    fn of(round: Round) -> Self {
        let most = round.most.map_or(u64::MAX, |most| most.0);
        Self { least: round.least.0, natural: round.natural.0, most, stretch: round.stretch }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            least: self.least.saturating_add(other.least),
            natural: self.natural.saturating_add(other.natural),
            most: self.most.saturating_add(other.most),
            stretch: self.stretch + other.stretch,
        }
    }

    /// Whether a row with these lengths can reach the target.
    fn holds(&self, target: u64) -> bool {
        self.least <= target && target <= self.most
    }
}

/// The numbers of rounds that one group can have, the natural one first, with the lengths and the cost of each.
struct GroupChoices {
    counts: Vec<u32>,
    adds: Vec<Sum>,
    costs: Vec<f64>,
    /// The least and the most that any number of rounds adds.
    range: Sum,
    /// Σ d²/a: the stretch of the rounds, comparable to that of pauses, in seconds.
    stretch: f64,
    /// How far alternating rounds differ from their mean, in seconds.
    uneven: f64,
}

/// The groups whose rounds are not chosen yet.
#[derive(Clone, Copy, Default)]
struct RemainingGroups {
    range: Sum,
    natural: u64,
    stretch: f64,
    uneven: f64,
}

impl RoundBounds {
    /// The bounds for a row with natural rounds and the groups in it.
    pub(super) fn new(context: &Context<'_>, flow: &Flow<'_>, groups: &[Group]) -> Self {
        let rate = context.facts.rate.as_f64();
        let mut whole = Sum { least: 0, natural: 0, most: 0, stretch: 0.0 };
        let boxes = flow.boxes(context).0;
        whole = whole.plus(Sum { least: boxes, natural: boxes, most: boxes, stretch: 0.0 });
        for glue in flow.glues() {
            whole = whole.plus(Sum::of(Round::of_glue(&glue, rate)));
        }
        // Subtract what the natural rounds added; a row without a limit keeps none.
        let added =
            groups.iter().fold(Sum::default(), |sum, group| sum.plus(Sum::of(group.adds(group.times[1]))));
        let endless = whole.most == u64::MAX;
        let base = Sum {
            least: whole.least.saturating_sub(added.least),
            natural: whole.natural.saturating_sub(added.natural),
            most: if endless { u64::MAX } else { whole.most.saturating_sub(added.most) },
            stretch: whole.stretch - if whole.stretch.is_finite() { added.stretch } else { 0.0 },
        };
        let groups: Vec<_> = groups.iter().map(|group| GroupChoices::new(group, rate)).collect();
        context.effort.spend(groups.iter().map(|group| group.counts.len()).sum());
        Self { base, groups, rate }
    }

    /// Calls `evaluate` for each choice of rounds that can reach the target and may have less badness than `best`, in
    /// seconds; choices near the natural numbers come first. `evaluate` returns the best badness known so far.
    pub(super) fn better(
        &self,
        target: Frames,
        best: f64,
        allowance: Allowance<'_>,
        evaluate: &mut dyn FnMut(&[u32]) -> f64,
    ) {
        let mut remaining = vec![RemainingGroups::default(); self.groups.len() + 1];
        for (index, group) in self.groups.iter().enumerate().rev() {
            let later = remaining[index + 1];
            remaining[index] = RemainingGroups {
                range: later.range.plus(group.range),
                natural: later.natural.saturating_add(group.adds[0].natural),
                stretch: later.stretch + group.stretch,
                uneven: later.uneven + group.uneven,
            };
        }
        let mut search = LatticeSearch {
            target: target.0,
            remaining: &remaining,
            best,
            nodes: MOST_NODES,
            rows: MOST_ROWS,
            allowance,
            tried: 0,
            evaluate,
        };
        self.visit(&mut search, self.base, 0.0, &mut Vec::new());
    }

    fn visit(&self, search: &mut LatticeSearch<'_>, sum: Sum, cost: f64, counts: &mut Vec<u32>) {
        let remaining = search.remaining[counts.len()];
        search.tried += 1;
        if search.tried == NODES_PER_ITEM * 1_000 {
            search.tried = 0;
            search.allowance.effort.spend(1_000);
            if search.allowance.effort.ends_at(search.allowance.floor) {
                search.nodes = 0;
            }
        }
        if search.nodes == 0 || search.rows == 0 || !sum.plus(remaining.range).holds(search.target) {
            return;
        }
        search.nodes -= 1;
        // The final stretch of the pauses is not known yet; with all rounds it is largest.
        let natural = sum.natural.saturating_add(remaining.natural) as f64;
        let distance = ((search.target as f64 - natural).abs() / self.rate - remaining.uneven).max(0.0);
        let stretch = sum.stretch + remaining.range.stretch + remaining.stretch;
        let bound = cost + if distance == 0.0 { 0.0 } else { distance * distance / stretch.max(1e-9) };
        // A margin for the rounding to frames.
        if bound > search.best * (1.0 + 1e-6) + 1e-6 {
            return;
        }
        let Some(group) = self.groups.get(counts.len()) else {
            search.rows -= 1;
            search.best = search.best.min((search.evaluate)(counts));
            return;
        };
        for ((count, adds), own) in group.counts.iter().zip(&group.adds).zip(&group.costs) {
            counts.push(*count);
            self.visit(search, sum.plus(*adds), cost + own, counts);
            counts.pop();
        }
    }

    /// The nearest limits of rows below and above a length that no row can have.
    pub(super) fn around(&self, target: Frames, effort: &Effort) -> (Option<Frames>, Option<Frames>) {
        let (mut below, mut above): (Option<u64>, Option<u64>) = (None, None);
        let mut nodes = MOST_NODES;
        self.ends(self.base, 0, &mut nodes, &mut |sum| {
            if sum.most < target.0 {
                below = below.max(Some(sum.most));
            }
            if sum.least > target.0 {
                above = Some(above.map_or(sum.least, |above| above.min(sum.least)));
            }
        });
        effort.spend(MOST_NODES - nodes);
        (below.map(Frames), above.map(Frames))
    }

    fn ends(&self, sum: Sum, index: usize, nodes: &mut usize, visit: &mut dyn FnMut(Sum)) {
        if *nodes == 0 {
            return;
        }
        *nodes -= 1;
        match self.groups.get(index) {
            None => visit(sum),
            Some(group) => {
                for adds in &group.adds {
                    self.ends(sum.plus(*adds), index + 1, nodes, visit);
                }
            }
        }
    }
}

/// The state of a search.
struct LatticeSearch<'a> {
    target: u64,
    remaining: &'a [RemainingGroups],
    best: f64,
    nodes: usize,
    rows: usize,
    allowance: Allowance<'a>,
    /// The nodes since the last time that effort was taken for them.
    tried: u64,
    evaluate: &'a mut dyn FnMut(&[u32]) -> f64,
}

impl GroupChoices {
    fn new(group: &Group, rate: f64) -> Self {
        let [least, natural, most] = group.times;
        let mut counts: Vec<u32> = (least..=most).collect();
        counts.sort_by_key(|count| (count.abs_diff(natural), u32::MAX - count));
        let adds: Vec<_> = counts.iter().map(|count| Sum::of(group.adds(*count))).collect();
        let range = Sum {
            least: adds.iter().map(|sum| sum.least).min().unwrap_or_default(),
            natural: 0,
            most: adds.iter().map(|sum| sum.most).max().unwrap_or_default(),
            stretch: adds.iter().map(|sum| sum.stretch).fold(0.0, f64::max),
        };
        let mean = group.round.0 as f64 / rate;
        let off = |(count, sum): (&u32, &Sum)| {
            let even = mean * (f64::from(*count) - f64::from(natural));
            ((sum.natural as f64 - adds[0].natural as f64) / rate - even).abs()
        };
        Self {
            costs: counts.iter().map(|count| group.cost(*count, rate)).collect(),
            uneven: counts.iter().zip(&adds).map(off).fold(0.0, f64::max),
            stretch: mean * 2.0 * f64::from(natural),
            range,
            counts,
            adds,
        }
    }
}

impl Round {
    /// What a pause adds to a row. A fixed pause has no stretch; a pause with `fill` stretches at no cost.
    pub(super) fn of_glue(glue: &Glue, rate: f64) -> Self {
        let fixed = glue.most == Some(glue.least);
        let stretch = match (glue.fill, fixed) {
            (true, _) => f64::INFINITY,
            (false, true) => 0.0,
            (false, false) => f64::from(glue.weight) / 1_000.0 * (glue.natural.0 as f64 / rate).max(1.0),
        };
        Self { least: glue.least, natural: glue.natural, most: glue.most, stretch }
    }
}
