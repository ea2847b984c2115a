//! The hand that plays a tanpura: when it plucks which string.
//!
//! A player keeps to the order of the strings and is no clock: rounds are long or short, one of the two strings in the middle
//! is plucked again or left out now and then, and after the lowest string there is a rest, as long as it pleases. So that
//! any part can be made first, time is divided into cells of about four rounds, whose borders stray; each is filled with
//! rounds by itself. The first round of a cell has all four strings.

use crate::dsp::noise::{HashNoise, seed as seed_from};

/// The rounds of a cell, and how far its borders stray, as a share of it.
const CELL_ROUNDS: f64 = 4.0;
const BORDERS: f64 = 0.3;
/// By how much rounds, and the times from one stroke to the next, differ from their mean.
const ROUNDS: f64 = 0.3;
const STROKES: f64 = 0.25;
/// How much longer it is silent after the lowest string than after another, at least and at most.
const RESTS: (f64, f64) = (0.4, 1.4);
/// How often the second string is plucked again after the third, and how often the third is left out.
const AGAIN: f64 = 0.3;
const LEFT_OUT: f64 = 0.15;
/// The strings in their order.
const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;
const LOWEST: usize = 3;
/// No round has more strokes.
const MOST_STROKES: u64 = 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    pub(super) seed: u64,
    /// How long a round takes on average, in seconds.
    pub(super) round: f64,
}

/// A string is plucked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    /// In seconds.
    pub(super) at: f64,
    pub(super) string: usize,
    /// What tells it from all others.
    pub(super) seed: u64,
}

impl Hand {
    /// The strokes on a string: the last one before `from`, those up to `to`, and the next one.
    pub(super) fn strokes(&self, string: usize, from: f64, to: f64) -> Vec<Stroke> {
        // A cell begins at most `BORDERS` away from its place, and each has this string.
        let cell = |seconds: f64| (seconds / (CELL_ROUNDS * self.round)).floor() as i64;
        let cells = cell(from) - 2..=cell(to) + 2;
        let all: Vec<Stroke> =
            cells.flat_map(|cell| self.cell(cell)).filter(|stroke| stroke.string == string).collect();
        let first = all.iter().rposition(|stroke| stroke.at <= from).unwrap_or(0);
        let last = all.iter().position(|stroke| stroke.at > to).unwrap_or(all.len() - 1);
        all[first..=last].to_vec()
    }

    /// When a cell begins, in seconds.
    fn border(&self, cell: i64) -> f64 {
        let random = HashNoise::new(seed_from(&[self.seed, 1, cell as u64]));
        (cell as f64 + BORDERS * f64::from(random.at(0))) * CELL_ROUNDS * self.round
    }

    /// The strokes of a cell, in their order.
    fn cell(&self, cell: i64) -> Vec<Stroke> {
        let random = HashNoise::new(seed_from(&[self.seed, 2, cell as u64]));
        let (start, end) = (self.border(cell), self.border(cell + 1));
        let rounds = ((end - start) / self.round + random.fraction(0)).floor().max(2.0) as u64;
        let lengths: Vec<f64> = (1..=rounds).map(|n| 1.0 + ROUNDS * f64::from(random.at(n))).collect();
        let scale = (end - start) / lengths.iter().sum::<f64>();
        let mut at = start;
        let mut strokes = Vec::new();
        for (number, length) in (0..).zip(lengths) {
            let seed = seed_from(&[self.seed, 3, cell as u64, number]);
            strokes.extend(one_round(seed, number == 0, at, length * scale));
            at += length * scale;
        }
        strokes
    }
}

/// The strokes of a round that begins at a time and takes so long; a full one has each string once.
fn one_round(seed: u64, full: bool, start: f64, seconds: f64) -> Vec<Stroke> {
    let random = HashNoise::new(seed);
    let chance = random.fraction(0);
    let strings: &[usize] = if full {
        &[FIRST, SECOND, THIRD, LOWEST]
    } else if chance < AGAIN {
        &[FIRST, SECOND, THIRD, SECOND, LOWEST]
    } else if chance < AGAIN + LEFT_OUT {
        &[FIRST, SECOND, LOWEST]
    } else {
        &[FIRST, SECOND, THIRD, LOWEST]
    };
    let after = |(number, string): (u64, &usize)| {
        // Most rests are short.
        let rest = RESTS.0 + (RESTS.1 - RESTS.0) * random.fraction(1).powi(2);
        let rest = if *string == LOWEST { rest } else { 0.0 };
        1.0 + STROKES * f64::from(random.at(MOST_STROKES + number)) + rest
    };
    let times: Vec<f64> = (0..).zip(strings).map(after).collect();
    let scale = seconds / times.iter().sum::<f64>();
    let mut at = start;
    let mut strokes = Vec::new();
    for ((number, string), time) in (0..).zip(strings).zip(times) {
        strokes.push(Stroke { at, string: *string, seed: seed_from(&[seed, number]) });
        at += time * scale;
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAND: Hand = Hand { seed: 7, round: 6.0 };

    /// All strokes of an hour, in the order of their times.
    fn hour() -> Vec<Stroke> {
        (-2..=152)
            .flat_map(|cell| HAND.cell(cell))
            .filter(|stroke| (0.0..3_600.0).contains(&stroke.at))
            .collect()
    }

    #[test]
    fn strings_are_plucked_in_turn_and_a_round_takes_its_time_on_average() {
        let strokes = hour();
        assert!(strokes.is_sorted_by(|one, next| one.at < next.at));
        for pair in strokes.windows(2) {
            let turn = (pair[0].string, pair[1].string);
            assert!(matches!(turn, (0, 1) | (1, 2 | 3) | (2, 1 | 3) | (3, 0)), "{turn:?}");
            assert!((0.3..5.0).contains(&(pair[1].at - pair[0].at)), "{pair:?}");
        }
        let rounds = strokes.iter().filter(|stroke| stroke.string == LOWEST).count();
        assert!((570..=630).contains(&rounds), "{rounds}");
    }

    #[test]
    fn any_stretch_has_the_same_strokes_as_the_whole() {
        let strokes = hour();
        for string in 0..4 {
            let own: Vec<Stroke> = strokes.iter().filter(|stroke| stroke.string == string).copied().collect();
            for at in [60.0, 777.7, 3_000.0] {
                let found = HAND.strokes(string, at, at + 11.0);
                let first = own.iter().rposition(|stroke| stroke.at <= at).unwrap();
                assert_eq!(found, own[first..first + found.len()]);
                assert!(found[0].at <= at && found.last().unwrap().at > at + 11.0, "{found:?}");
            }
        }
    }

    /// As docs/pictures.py measures beds: the likeness of the level to itself, from a minute on.
    #[test]
    fn no_minute_has_the_rhythm_of_another() {
        const STEPS: usize = 36_000;
        // A stroke is a mark of half a second, and the mean is zero.
        let mut level = vec![-1.0; STEPS];
        for stroke in hour() {
            let at = (10.0 * stroke.at) as usize;
            level[at..(at + 5).min(STEPS)].fill(1.0);
        }
        let mean = level.iter().sum::<f64>() / STEPS as f64;
        level.iter_mut().for_each(|level| *level -= mean);
        let whole: f64 = level.iter().map(|level| level * level).sum();
        let alike = |lag: usize| {
            level.iter().zip(&level[lag..]).map(|(one, other)| one * other).sum::<f64>().abs() / whole
        };
        let most = (600..STEPS / 2).map(alike).fold(0.0, f64::max);
        assert!(most < 0.05, "{most}");
    }
}
