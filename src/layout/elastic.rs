//! The elastic sharing of time, exact in integers: pauses bend like the glue of TeX, and the total is the target by
//! construction.

use crate::script::elastic::Elastic;
use crate::unit::{Frames, SampleRate};

/// A pause in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glue {
    /// Its length when nothing pulls at it.
    pub natural: Frames,
    /// The shortest; never above natural.
    pub least: Frames,
    /// The longest; `None` is without end.
    pub most: Option<Frames>,
    /// How willingly it bends, in thousandths.
    pub weight: u32,
    /// It takes a surplus, and gives in to a deficit, before any other.
    pub fill: bool,
}

/// A target that no lengths within the limits reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Infeasible {
    /// The pauses cannot be this short; the shortest sum.
    TooShort(Frames),
    /// The pauses cannot be this long; the longest sum.
    TooLong(Frames),
}

impl Glue {
    /// A pause of a script at a rate.
    pub fn new(pause: Elastic, rate: SampleRate) -> Self {
        Self {
            natural: pause.natural.frames(rate),
            least: pause.least.frames(rate),
            most: pause.most.map(|most| most.frames(rate)),
            weight: pause.weight,
            fill: pause.fill,
        }
    }

    /// Takes in the place of something left out: its natural length and its most, not its least.
    pub fn take_in(&mut self, place: Self) {
        self.natural += place.natural;
        self.most = match (self.most, place.most) {
            (Some(own), Some(other)) => Some(own + other),
            _ => None,
        };
    }

    /// Makes it at least so long in every layout.
    pub fn at_least(&mut self, least: Frames) {
        self.least = self.least.max(least);
        self.natural = self.natural.max(least);
        self.most = self.most.map(|most| most.max(least));
    }

    /// Its stretchability s = w·max(n, 1 s), in thousandths of a frame.
    fn stretch(&self, rate: SampleRate) -> i128 {
        i128::from(self.weight) * i128::from(self.natural.0.max(u64::from(rate.hz())))
    }
}

/// Lengths x = clamp(n + λ·s, l, m) with one λ for all, rounded on cumulative borders so that they add up to `target`
/// (docs/layout.md, sections 6 and 7).
///
/// # Errors
/// Says the nearest sum where the limits do not allow the target.
pub fn share(glues: &[Glue], target: Frames, rate: SampleRate) -> Result<Vec<Frames>, Infeasible> {
    let natural = glues.iter().map(|glue| glue.natural).sum::<Frames>().0;
    let least = glues.iter().map(|glue| glue.least).sum::<Frames>().0;
    let most = glues.iter().try_fold(0u64, |sum, glue| sum.checked_add(glue.most?.0));
    if target.0 < least {
        return Err(Infeasible::TooShort(Frames(least)));
    }
    if most.is_some_and(|most| target.0 > most) {
        return Err(Infeasible::TooLong(Frames(most.unwrap_or_default())));
    }
    let growing = target.0 >= natural;
    let gap = |length: Frames, limit: Option<Frames>| limit.map(|limit| length.0.abs_diff(limit.0));
    let slacks: Vec<Slack> = glues
        .iter()
        .map(|glue| Slack {
            room: gap(glue.natural, if growing { glue.most } else { Some(glue.least) }).map(i128::from),
            stretch: glue.stretch(rate),
        })
        .collect();
    let changes = fill_first(glues, &slacks, i128::from(target.0.abs_diff(natural)));
    let lengths = glues.iter().zip(changes).map(|(glue, change)| {
        Frames(if growing { glue.natural.0 + change } else { glue.natural.0 - change })
    });
    Ok(lengths.collect())
}

/// Spreads `amount` over the pauses that fill as far as they go, and the rest over the others.
fn fill_first(glues: &[Glue], slacks: &[Slack], amount: i128) -> Vec<u64> {
    let which = |fill: bool| (0..glues.len()).filter(move |&index| glues[index].fill == fill);
    let mut changes = vec![0; glues.len()];
    let mut left = amount;
    for group in [which(true).collect::<Vec<_>>(), which(false).collect()] {
        let own: Vec<Slack> = group.iter().map(|&index| slacks[index]).collect();
        let room = own.iter().try_fold(0, |sum: i128, slack| Some(sum + slack.room?));
        let part = room.map_or(left, |room| room.min(left));
        if own.is_empty() || part == 0 {
            continue;
        }
        for (index, change) in group.into_iter().zip(spread(&own, part)) {
            changes[index] = change;
        }
        left -= part;
    }
    changes
}

/// How far one pause can still move, `None` without end, and how willingly.
#[derive(Clone, Copy)]
struct Slack {
    room: Option<i128>,
    stretch: i128,
}

/// Spreads `amount` over the pauses in proportion to their stretch; those that reach their limit are settled first.
fn spread(slacks: &[Slack], amount: i128) -> Vec<u64> {
    // In the order in which a rising λ brings them to their limit: room / stretch, compared without division.
    let mut order: Vec<usize> = (0..slacks.len()).filter(|&index| slacks[index].room.is_some()).collect();
    order.sort_by(|&a, &b| {
        let key = |index: usize, other: usize| slacks[index].room.unwrap_or(0) * slacks[other].stretch;
        key(a, b).cmp(&key(b, a)).then(a.cmp(&b))
    });
    let mut left = amount;
    let mut stretch: i128 = slacks.iter().map(|slack| slack.stretch).sum();
    let mut settled = vec![false; slacks.len()];
    for index in order {
        let (room, own) = (slacks[index].room.unwrap_or(0), slacks[index].stretch);
        // It is settled where its share λ·s = left·s/S would not be less than its room.
        if left * own < room * stretch {
            break;
        }
        settled[index] = true;
        left -= room;
        stretch -= own;
    }
    let mut cumulative: i128 = 0;
    let mut given: i128 = 0;
    let mut changes = Vec::with_capacity(slacks.len());
    for (slack, settled) in slacks.iter().zip(settled) {
        if settled {
            changes.push(slack.room.unwrap_or(0) as u64);
            continue;
        }
        cumulative += slack.stretch;
        let border = (2 * left * cumulative + stretch) / (2 * stretch);
        changes.push((border - given) as u64);
        given = border;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn glue(least: u64, natural: u64, most: Option<u64>, weight: u32) -> Glue {
        Glue { natural: Frames(natural), least: Frames(least), most: most.map(Frames), weight, fill: false }
    }

    #[test]
    fn a_surplus_is_shared_by_weight_and_length_until_a_limit_is_met() {
        let pauses = [
            glue(0, 48_000, Some(60_000), 1_000),
            glue(0, 96_000, None, 1_000),
            glue(0, 96_000, None, 2_000),
        ];
        // 12 000 settle the first; the rest goes one to two.
        let lengths = share(&pauses, Frames(240_000 + 12_000 + 300), RATE).unwrap();
        // With so little surplus nothing meets its limit yet: shares go 1 : 2 : 4.
        assert_eq!(lengths.iter().map(|length| length.0).sum::<u64>(), 252_300);
        assert_eq!(lengths[0], Frames(48_000 + 1_757));
        let lengths = share(&pauses, Frames(240_000 + 120_000), RATE).unwrap();
        assert_eq!(lengths, [Frames(60_000), Frames(96_000 + 36_000), Frames(96_000 + 72_000)]);
    }

    #[test]
    fn at_the_natural_sum_nothing_bends() {
        let pauses = [glue(5, 10, Some(20), 1), glue(0, 7, None, 1_000_000)];
        assert_eq!(share(&pauses, Frames(17), RATE).unwrap(), [Frames(10), Frames(7)]);
        assert_eq!(share(&[], Frames(0), RATE).unwrap(), []);
    }

    #[test]
    fn what_fills_takes_a_surplus_and_gives_in_first() {
        let fill = Glue { fill: true, ..glue(0, 48_000, None, 1_000) };
        let pauses = [glue(10, 96_000, None, 1_000), fill];
        assert_eq!(share(&pauses, Frames(1_096_000), RATE).unwrap(), [Frames(96_000), Frames(1_000_000)]);
        assert_eq!(share(&pauses, Frames(100_000), RATE).unwrap(), [Frames(96_000), Frames(4_000)]);
        assert_eq!(share(&pauses, Frames(90_000), RATE).unwrap(), [Frames(90_000), Frames(0)]);
    }

    fn any_glue() -> impl Strategy<Value = Glue> {
        (0u64..5_000_000, 0u64..5_000_000, prop::option::of(0u64..9_000_000), 1u32..1_000_000).prop_map(
            |(least, more, room, weight)| {
                let natural = least + more;
                glue(least, natural, room.map(|room| natural + room), weight)
            },
        )
    }

    proptest! {
        #[test]
        fn any_feasible_target_is_met_exactly_within_every_limit(
            pauses in prop::collection::vec(any_glue(), 1..30), part in 0.0f64..1.0, rate in 8_000u32..192_000,
        ) {
            let rate = SampleRate::new(rate).unwrap();
            let least: u64 = pauses.iter().map(|pause| pause.least.0).sum();
            let most: u64 = pauses.iter().map(|pause| pause.most.map_or(40_000_000, |most| most.0)).sum();
            let target = least + ((most - least) as f64 * part) as u64;
            let lengths = share(&pauses, Frames(target), rate).unwrap();
            prop_assert_eq!(lengths.iter().map(|length| length.0).sum::<u64>(), target);
            for (pause, length) in pauses.iter().zip(&lengths) {
                prop_assert!(pause.least <= *length && pause.most.is_none_or(|most| *length <= most));
            }
        }

        #[test]
        fn pauses_that_meet_no_limit_share_one_stretch_to_a_frame(
            pauses in prop::collection::vec(any_glue(), 2..12), extra in 0u64..50_000_000,
        ) {
            let natural: u64 = pauses.iter().map(|pause| pause.natural.0).sum();
            let Ok(lengths) = share(&pauses, Frames(natural + extra), RATE) else { return Ok(()) };
            let free = |index: usize| pauses[index].most != Some(lengths[index]);
            let stretches: Vec<f64> = (0..pauses.len()).filter(|&index| free(index)).map(|index| {
                let pause = &pauses[index];
                (lengths[index].0 - pause.natural.0) as f64 / pause.stretch(RATE) as f64
            }).collect();
            let tolerance = |index: usize| 1.0 / pauses[index].stretch(RATE) as f64;
            let widest = (0..pauses.len()).map(tolerance).fold(0.0, f64::max);
            if let (Some(low), Some(high)) = (
                stretches.iter().copied().reduce(f64::min), stretches.iter().copied().reduce(f64::max),
            ) {
                prop_assert!(high - low <= 2.0 * widest, "{low} {high}");
            }
        }

        #[test]
        fn an_infeasible_target_names_a_sum_that_is_feasible(pauses in prop::collection::vec(any_glue(), 1..12)) {
            let least: u64 = pauses.iter().map(|pause| pause.least.0).sum();
            if least > 0 {
                prop_assert_eq!(share(&pauses, Frames(least - 1), RATE), Err(Infeasible::TooShort(Frames(least))));
            }
            if let Err(Infeasible::TooLong(most)) = share(&pauses, Frames(1 << 50), RATE) {
                prop_assert!(share(&pauses, most, RATE).is_ok());
            }
        }
    }
}
