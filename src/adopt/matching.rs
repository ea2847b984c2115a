//! The phrases of a recording in a second language, matched to those of a script by their order and their lengths.

use std::ops::Range;

/// How long something is, and where it begins as a share of the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedPhrase {
    pub seconds: f64,
    pub place: f64,
}

/// The spread of the logarithm of the lengths of a phrase in two languages, and that of its place.
const LENGTHS: f64 = 0.3;
const PLACES: f64 = 0.05;
/// The cost of a phrase that has no match in the other, and that of each further phrase that is spoken as a part of one.
const ALONE: f64 = 7.0;
const MORE: f64 = 1.5;
/// At most so many phrases are one in the other language.
const MOST: usize = 3;

/// For each phrase of the script the phrases of the recording that say it.
pub fn matched(script: &[TimedPhrase], recording: &[TimedPhrase]) -> Vec<Option<Range<usize>>> {
    let sum = |phrases: &[TimedPhrase]| phrases.iter().map(|phrase| phrase.seconds).sum::<f64>().max(1e-6);
    let rate = sum(recording) / sum(script);
    let (rows, columns) = (script.len() + 1, recording.len() + 1);
    // The least cost up to each pair, and how many phrases of both the last move took.
    let mut costs = vec![f64::INFINITY; rows * columns];
    let mut moves = vec![(0usize, 0usize); rows * columns];
    costs[0] = 0.0;
    for row in 0..rows {
        for column in 0..columns {
            let here = costs[row * columns + column];
            let mut step = |own: usize, other: usize, cost: f64| {
                if row + own >= rows || column + other >= columns {
                    return;
                }
                let to = (row + own) * columns + column + other;
                if here + cost < costs[to] {
                    (costs[to], moves[to]) = (here + cost, (own, other));
                }
            };
            step(1, 0, ALONE);
            step(0, 1, ALONE);
            for count in 1..=MOST {
                let Some((own, other)) = script.get(row).zip(recording.get(column..column + count)) else {
                    break;
                };
                let length = (sum(other) / (own.seconds * rate).max(1e-6)).ln() / LENGTHS;
                let place = (other[0].place - own.place) / PLACES;
                // A far place is no worse than a few phrases that are missing.
                let place = (0.5 * place * place).min(ALONE);
                step(1, count, 0.5 * length * length + place + MORE * (count - 1) as f64);
            }
        }
    }
    let mut found = vec![None; script.len()];
    let (mut row, mut column) = (script.len(), recording.len());
    while row + column > 0 {
        let (own, other) = moves[row * columns + column];
        (row, column) = (row - own, column - other);
        if own == 1 && other > 0 {
            found[row] = Some(column..column + other);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(lengths: &[f64]) -> Vec<TimedPhrase> {
        let whole: f64 = lengths.iter().map(|length| length + 5.0).sum();
        let mut at = 0.0;
        lengths
            .iter()
            .map(|length| {
                let place = at / whole;
                at += length + 5.0;
                TimedPhrase { seconds: *length, place }
            })
            .collect()
    }

    #[test]
    fn as_many_phrases_are_matched_in_order() {
        let found = matched(&phrases(&[1.0, 3.0, 2.0, 5.0]), &phrases(&[1.2, 2.8, 2.5, 5.5]));
        assert_eq!(found, [Some(0..1), Some(1..2), Some(2..3), Some(3..4)]);
    }

    #[test]
    fn a_phrase_that_is_two_in_the_other_language_and_one_that_is_missing_are_told() {
        let found = matched(&phrases(&[2.0, 6.0, 2.0, 3.0]), &phrases(&[2.1, 3.2, 3.1, 2.1, 3.1]));
        assert_eq!(found, [Some(0..1), Some(1..3), Some(3..4), Some(4..5)]);
        let script = [2.0, 5.0, 3.0, 6.0, 2.0, 4.0, 1.0, 5.0, 3.0, 7.0];
        let found = matched(&phrases(&script), &phrases(&[&script[..3], &script[4..]].concat()));
        let others = (3..9).map(|at| Some(at..at + 1));
        let wanted: Vec<_> = (0..3).map(|at| Some(at..at + 1)).chain([None]).chain(others).collect();
        assert_eq!(found, wanted);
    }
}
