//! Distributes time over pauses, which stretch like the glue of TeX. All arithmetic is in integers, so that the lengths
//! add up to the target exactly.

use crate::diag::Span;
use crate::script::elastic::Elastic;
use crate::unit::{Frames, SampleRate};

/// A pause in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glue {
    /// The length without stretching or shrinking.
    pub natural: Frames,
    /// The shortest; never above natural.
    pub least: Frames,
    /// The longest; `None` for no limit.
    pub most: Option<Frames>,
    /// How much it stretches relative to others, in thousandths.
    pub weight: u32,
    /// Whether it takes any surplus or deficit before the other pauses.
    pub fill: bool,
    /// The step that it comes from, if one does.
    pub step: Option<Span>,
}

/// A target that the limits of the pauses do not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Infeasible {
    /// The shortest sum, which is above the target.
    TooShort(Frames),
    /// The longest sum, which is below the target.
    TooLong(Frames),
}

impl Glue {
    /// Converts a pause of a script to frames.
    pub fn new(pause: Elastic, rate: SampleRate) -> Self {
        Self {
            natural: pause.natural.frames(rate),
            least: pause.least.frames(rate),
            most: pause.most.map(|most| most.frames(rate)),
            weight: pause.weight,
            fill: pause.fill,
            step: None,
        }
    }

    /// The same pause, of the step at this place.
    #[must_use]
    pub fn of_step(self, step: Span) -> Self {
        Self { step: Some(step), ..self }
    }

    /// Adds the silence of a phrase left out: its natural length and its longest, but not its shortest.
    pub fn take_in(&mut self, silence: Self) {
        self.natural += silence.natural;
        self.most = match (self.most, silence.most) {
            (Some(own), Some(other)) => Some(own + other),
            _ => None,
        };
    }

    /// Raises all its lengths to at least `least`.
    pub fn at_least(&mut self, least: Frames) {
        self.least = self.least.max(least);
        self.natural = self.natural.max(least);
        self.most = self.most.map(|most| most.max(least));
    }

    /// The stretch s = w·max(n, 1 s), in thousandths of a frame.
    fn stretch(&self, rate: SampleRate) -> i128 {
        i128::from(self.weight) * i128::from(self.natural.0.max(u64::from(rate.hz())))
    }
}

/// Lengths x = clamp(n + λ·s, l, m) with one λ for all pauses. Cumulative sums are rounded, so that the lengths add up
/// to `target` (docs/layout.md, sections 6 and 7).
///
/// # Errors
/// The nearest possible sum if the limits do not allow the target.
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

/// Distributes `amount` over the pauses with `fill` up to their limits, and the rest over the others.
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

/// How far a pause can change (`None` for no limit) and its stretch.
#[derive(Clone, Copy)]
struct Slack {
    room: Option<i128>,
    stretch: i128,
}

/// Distributes `amount` over the pauses in proportion to their stretch. Pauses that reach their limit get it first.
fn spread(slacks: &[Slack], amount: i128) -> Vec<u64> {
    // The order in which a rising λ brings pauses to their limits: by room / stretch, compared without division.
    let mut order: Vec<usize> = (0..slacks.len()).filter(|&index| slacks[index].room.is_some()).collect();
    order.sort_by(|&a, &b| {
        let key = |index: usize, other: usize| slacks[index].room.unwrap_or(0) * slacks[other].stretch;
        key(a, b).cmp(&key(b, a)).then(a.cmp(&b))
    });
    let mut left = amount;
    let mut stretch: i128 = slacks.iter().map(|slack| slack.stretch).sum();
    let mut at_limit = vec![false; slacks.len()];
    for index in order {
        let (room, own) = (slacks[index].room.unwrap_or(0), slacks[index].stretch);
        // A pause is at its limit if its share λ·s = left·s/S is not below its room.
        if left * own < room * stretch {
            break;
        }
        at_limit[index] = true;
        left -= room;
        stretch -= own;
    }
    let mut cumulative: i128 = 0;
    let mut given: i128 = 0;
    let mut changes = Vec::with_capacity(slacks.len());
    for (slack, at_limit) in slacks.iter().zip(at_limit) {
        if at_limit {
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
        Glue {
            natural: Frames(natural),
            least: Frames(least),
            most: most.map(Frames),
            weight,
            fill: false,
            step: None,
        }
    }

    #[test]
    fn a_surplus_is_distributed_by_weight_and_length_up_to_each_limit() {
        let pauses = [
            glue(0, 48_000, Some(60_000), 1_000),
            glue(0, 96_000, None, 1_000),
            glue(0, 96_000, None, 2_000),
        ];
        let lengths = share(&pauses, Frames(240_000 + 12_000 + 300), RATE).unwrap();
        // With a small surplus no pause reaches its limit: the shares are 1 : 2 : 4.
        assert_eq!(lengths.iter().map(|length| length.0).sum::<u64>(), 252_300);
        assert_eq!(lengths[0], Frames(48_000 + 1_757));
        let lengths = share(&pauses, Frames(240_000 + 120_000), RATE).unwrap();
        assert_eq!(lengths, [Frames(60_000), Frames(96_000 + 36_000), Frames(96_000 + 72_000)]);
    }

    #[test]
    fn at_the_natural_sum_every_pause_is_natural() {
        let pauses = [glue(5, 10, Some(20), 1), glue(0, 7, None, 1_000_000)];
        assert_eq!(share(&pauses, Frames(17), RATE).unwrap(), [Frames(10), Frames(7)]);
        assert_eq!(share(&[], Frames(0), RATE).unwrap(), []);
    }

    #[test]
    fn a_pause_with_fill_takes_a_surplus_or_deficit_first() {
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
        fn pauses_within_their_limits_stretch_alike_to_a_frame(
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
