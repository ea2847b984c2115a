//! The lengths that whole rounds can make, and how bad they would be at best: what a search over numbers of rounds may
//! pass over without looking.
//!
//! A choice of rounds makes a row with a least, a natural and a most length. Its pauses cost at least D²/S, where D is
//! what the natural length lacks and S the sum of what bends in it, as limits only add to that. Rounds not chosen yet
//! can take over part of D: together they cost at least R²/(S + Σ d²/a) with a = d/(2k₀), the weight of a round's d
//! seconds in the badness, which is the least value of a quadratic form in them.

use super::context::Context;
use super::elastic::Glue;
use super::flow::{Flow, Group, Round};
use crate::unit::Frames;

/// Choices looked at before the search is content with what it has.
const MOST_LOOKS: usize = 200_000;
/// Rows laid down for them.
const MOST_ROWS: usize = 2_000;

/// What the rounds of a row add to it.
pub(super) struct Lattice {
    /// The row without any rounds.
    base: Sum,
    rungs: Vec<Rung>,
    rate: f64,
}

/// The lengths of a row in frames, without end where the most is `u64::MAX`, and how far it bends in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    least: u64,
    natural: u64,
    most: u64,
    bends: f64,
}

impl Sum {
    fn of(round: Round) -> Self {
        let most = round.most.map_or(u64::MAX, |most| most.0);
        Self { least: round.least.0, natural: round.natural.0, most, bends: round.bends }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            least: self.least.saturating_add(other.least),
            natural: self.natural.saturating_add(other.natural),
            most: self.most.saturating_add(other.most),
            bends: self.bends + other.bends,
        }
    }

    /// Whether a row of these lengths can be so long.
    fn holds(&self, target: u64) -> bool {
        self.least <= target && target <= self.most
    }
}

/// The rounds of one group: how many it can have, the natural number first, and what so many add and cost.
struct Rung {
    counts: Vec<u32>,
    adds: Vec<Sum>,
    costs: Vec<f64>,
    /// The least and the most any of them adds.
    hull: Sum,
    /// Σ d²/a: how far the rounds bend like pauses do, in seconds.
    gives: f64,
    /// How far rounds that take turns differ from their mean, in seconds.
    uneven: f64,
}

/// The groups not chosen yet.
#[derive(Clone, Copy, Default)]
struct Rest {
    hull: Sum,
    natural: u64,
    gives: f64,
    uneven: f64,
}

impl Lattice {
    /// Of a row with natural rounds and the groups in it.
    pub(super) fn new(context: &Context<'_>, flow: &Flow<'_>, groups: &[Group]) -> Self {
        let rate = context.facts.rate.as_f64();
        let mut whole = Sum { least: 0, natural: 0, most: 0, bends: 0.0 };
        let boxes = flow.boxes(context).0;
        whole = whole.plus(Sum { least: boxes, natural: boxes, most: boxes, bends: 0.0 });
        for glue in flow.glues() {
            whole = whole.plus(Sum::of(Round::of_glue(&glue, rate)));
        }
        // What the natural rounds brought is taken out again; a row without end stays so.
        let brought =
            groups.iter().fold(Sum::default(), |sum, group| sum.plus(Sum::of(group.adds(group.times[1]))));
        let endless = whole.most == u64::MAX;
        let base = Sum {
            least: whole.least.saturating_sub(brought.least),
            natural: whole.natural.saturating_sub(brought.natural),
            most: if endless { u64::MAX } else { whole.most.saturating_sub(brought.most) },
            bends: whole.bends - if whole.bends.is_finite() { brought.bends } else { 0.0 },
        };
        Self { base, rungs: groups.iter().map(|group| Rung::new(group, rate)).collect(), rate }
    }

    /// Shows `look` every choice of rounds that can be so long and may be better than the best known badness, in
    /// seconds, those near the natural numbers first. It answers with the best badness known from then on.
    pub(super) fn better(&self, target: Frames, best: f64, look: &mut dyn FnMut(&[u32]) -> f64) {
        let mut rest = vec![Rest::default(); self.rungs.len() + 1];
        for (index, rung) in self.rungs.iter().enumerate().rev() {
            let later = rest[index + 1];
            rest[index] = Rest {
                hull: later.hull.plus(rung.hull),
                natural: later.natural.saturating_add(rung.adds[0].natural),
                gives: later.gives + rung.gives,
                uneven: later.uneven + rung.uneven,
            };
        }
        let mut walk =
            LatticeSearch { target: target.0, rest: &rest, best, looks: MOST_LOOKS, rows: MOST_ROWS, look };
        self.walk(&mut walk, self.base, 0.0, &mut Vec::new());
    }

    fn walk(&self, walk: &mut LatticeSearch<'_>, sum: Sum, cost: f64, counts: &mut Vec<u32>) {
        let rest = walk.rest[counts.len()];
        if walk.looks == 0 || walk.rows == 0 || !sum.plus(rest.hull).holds(walk.target) {
            return;
        }
        walk.looks -= 1;
        // What pauses bend by in the end is not known yet; with all rounds they bend the most.
        let natural = sum.natural.saturating_add(rest.natural) as f64;
        let lacks = ((walk.target as f64 - natural).abs() / self.rate - rest.uneven).max(0.0);
        let bends = sum.bends + rest.hull.bends + rest.gives;
        let bound = cost + if lacks == 0.0 { 0.0 } else { lacks * lacks / bends.max(1e-9) };
        // A hair's breadth for what rounding to frames brings.
        if bound > walk.best * (1.0 + 1e-6) + 1e-6 {
            return;
        }
        let Some(rung) = self.rungs.get(counts.len()) else {
            walk.rows -= 1;
            walk.best = walk.best.min((walk.look)(counts));
            return;
        };
        for ((count, adds), own) in rung.counts.iter().zip(&rung.adds).zip(&rung.costs) {
            counts.push(*count);
            self.walk(walk, sum.plus(*adds), cost + own, counts);
            counts.pop();
        }
    }

    /// The nearest ends of rows below and above a length that no row has.
    pub(super) fn around(&self, target: Frames) -> (Option<Frames>, Option<Frames>) {
        let (mut below, mut above): (Option<u64>, Option<u64>) = (None, None);
        let mut looks = MOST_LOOKS;
        self.ends(self.base, 0, &mut looks, &mut |sum| {
            if sum.most < target.0 {
                below = below.max(Some(sum.most));
            }
            if sum.least > target.0 {
                above = Some(above.map_or(sum.least, |above| above.min(sum.least)));
            }
        });
        (below.map(Frames), above.map(Frames))
    }

    fn ends(&self, sum: Sum, group: usize, looks: &mut usize, visit: &mut dyn FnMut(Sum)) {
        if *looks == 0 {
            return;
        }
        *looks -= 1;
        match self.rungs.get(group) {
            None => visit(sum),
            Some(rung) => {
                for adds in &rung.adds {
                    self.ends(sum.plus(*adds), group + 1, looks, visit);
                }
            }
        }
    }
}

/// A walk through the choices.
struct LatticeSearch<'a> {
    target: u64,
    rest: &'a [Rest],
    best: f64,
    looks: usize,
    rows: usize,
    look: &'a mut dyn FnMut(&[u32]) -> f64,
}

impl Rung {
    fn new(group: &Group, rate: f64) -> Self {
        let [least, natural, most] = group.times;
        let mut counts: Vec<u32> = (least..=most).collect();
        counts.sort_by_key(|count| (count.abs_diff(natural), u32::MAX - count));
        let adds: Vec<_> = counts.iter().map(|count| Sum::of(group.adds(*count))).collect();
        let hull = Sum {
            least: adds.iter().map(|sum| sum.least).min().unwrap_or_default(),
            natural: 0,
            most: adds.iter().map(|sum| sum.most).max().unwrap_or_default(),
            bends: adds.iter().map(|sum| sum.bends).fold(0.0, f64::max),
        };
        let mean = group.round.0 as f64 / rate;
        let off = |(count, sum): (&u32, &Sum)| {
            let even = mean * (f64::from(*count) - f64::from(natural));
            ((sum.natural as f64 - adds[0].natural as f64) / rate - even).abs()
        };
        Self {
            costs: counts.iter().map(|count| group.cost(*count, rate)).collect(),
            uneven: counts.iter().zip(&adds).map(off).fold(0.0, f64::max),
            gives: mean * 2.0 * f64::from(natural),
            hull,
            counts,
            adds,
        }
    }
}

impl Round {
    /// What a pause adds to a row. A pause that cannot bend does not, and one that fills bends for nothing.
    pub(super) fn of_glue(glue: &Glue, rate: f64) -> Self {
        let stiff = glue.most == Some(glue.least);
        let bends = match (glue.fill, stiff) {
            (true, _) => f64::INFINITY,
            (false, true) => 0.0,
            (false, false) => f64::from(glue.weight) / 1_000.0 * (glue.natural.0 as f64 / rate).max(1.0),
        };
        Self { least: glue.least, natural: glue.natural, most: glue.most, bends }
    }
}
