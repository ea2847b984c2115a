//! Restores tops that were cut off, at full scale or at the peak of a recording that was made softer afterwards.
//!
//! The missing samples are those that give the smallest error of a linear prediction, estimated around them and again from what
//! was found (Janssen, Veldhuis and Vries, IEEE ASSP-34(2), 1986). None of them may lie below the height at which it was cut
//! off. A recording without cut tops keeps every bit.

use std::ops::Range;

use super::frames;
use super::prediction::{ORDER, Prediction, autocorrelation};
use crate::dsp::recording::{clipped, rail};
use crate::unit::SampleRate;

/// A prediction is estimated from so many seconds on both sides of the tops that it restores.
const AROUND: f64 = 0.015;
/// Tops nearer than the order of the prediction are restored together, within so many seconds.
const TOGETHER: f64 = 0.015;
/// How often prediction and samples are found in turn.
const ROUNDS: usize = 4;
/// A top is no higher than so many times the height at which it was cut off.
const HIGHEST: f64 = 4.0;

/// Restores the tops of a clip and returns how many there were.
pub fn restore_tops(samples: &mut [f32], rate: SampleRate) -> usize {
    let tops = clipped(samples).len();
    if tops == 0 {
        return 0;
    }
    let rails = [1.0, -1.0].map(|sign| rail(samples, sign));
    let lost: Vec<Option<f64>> = samples
        .iter()
        .map(|sample| {
            let on = |sign: f32| {
                rails[usize::from(sign < 0.0)].is_some_and(|(top, equal)| sign * sample >= top - equal)
            };
            (on(1.0) || on(-1.0)).then(|| f64::from(*sample))
        })
        .collect();
    let groups = groups(&lost, frames(TOGETHER, rate));
    let around = frames(AROUND, rate).max(2 * ORDER);
    for _ in 0..ROUNDS {
        for (from, to) in &groups {
            let start = from.saturating_sub(around);
            let end = (to + around).min(samples.len());
            restore(&mut samples[start..end], from - start..to - start, &lost[start..end]);
        }
    }
    tops
}

/// The ranges of tops that are restored together.
fn groups(lost: &[Option<f64>], longest: usize) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for at in lost.iter().enumerate().filter_map(|(at, lost)| lost.map(|_| at)) {
        match groups.last_mut() {
            Some((from, to)) if at - *to <= ORDER && at - *from < longest => *to = at + 1,
            _ => groups.push((at, at + 1)),
        }
    }
    groups
}

/// Finds the lost samples of a group once, within the stretch that tells how they go on.
fn restore(samples: &mut [f32], group: Range<usize>, lost: &[Option<f64>]) {
    let count = samples.len();
    let inside = group.start.max(ORDER)..group.end.min(count.saturating_sub(ORDER));
    let wanted: Vec<(usize, f64)> = inside.filter_map(|at| Some((at, lost[at]?))).collect();
    let known: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
    let Some(prediction) = Prediction::of(autocorrelation(&known)) else { return };
    let places: Vec<usize> = wanted.iter().map(|(at, _)| *at).collect();
    let found = prediction.lost(samples, &places);
    for ((at, top), found) in wanted.iter().zip(found) {
        let height = (found * top.signum()).clamp(top.abs(), HIGHEST * top.abs());
        samples[*at] = (height * top.signum()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// How far the difference lies under the sound, in dB.
    fn under(sound: &[f32], other: &[f32]) -> f64 {
        let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x * x)).sum::<f64>();
        let difference = energy(&mut sound.iter().zip(other).map(|(a, b)| a - b));
        10.0 * (energy(&mut sound.iter().copied()) / difference).log10()
    }

    #[test]
    fn the_tops_of_a_vowel_come_back_and_nothing_else_moves() {
        let vowel: Vec<f32> = (1..9)
            .map(|k| sine(140.0 * f64::from(k), 0.5 / f64::from(k), 24_000))
            .fold(vec![0.0; 24_000], |sum, part| sum.iter().zip(&part).map(|(a, b)| a + b).collect());
        let most = vowel.iter().fold(0f32, |most, x| most.max(x.abs())) * 0.8;
        let mut cut: Vec<f32> = vowel.iter().map(|x| x.clamp(-most, most)).collect();
        let before = under(&vowel, &cut);
        let was = cut.clone();
        assert!(restore_tops(&mut cut, RATE) > 20);
        assert!(under(&vowel, &cut) > before + 10.0, "{before} {}", under(&vowel, &cut));
        assert!(cut.iter().zip(&was).all(|(now, was)| now == was || was.abs() > 0.999 * most));
    }

    #[test]
    fn a_recording_without_cut_tops_keeps_every_bit() {
        for samples in [noise(3, 0.3, 48_000), sine(220.0, 0.9, 48_000), vec![0.0; 4_800], Vec::new()] {
            let mut after = samples.clone();
            assert_eq!(restore_tops(&mut after, RATE), 0);
            assert_eq!(after, samples);
        }
    }

    #[test]
    fn tops_of_real_voices_come_back_by_six_decibels_and_more() {
        for path in crate::recordings::recordings("speech", &["flac"]).iter().step_by(8) {
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let rate = decoded.buffer.rate();
            let voice: Vec<f32> = decoded.buffer.plane(0).iter().copied().take(rate.hz() as usize).collect();
            let mut heights: Vec<f32> = voice.iter().map(|x| x.abs()).collect();
            heights.sort_by(f32::total_cmp);
            let rail = heights[heights.len() * 986 / 1_000];
            let mut cut: Vec<f32> = voice.iter().map(|x| x.clamp(-rail, rail)).collect();
            let before = under(&voice, &cut);
            restore_tops(&mut cut, rate);
            assert!(
                under(&voice, &cut) > before + 6.0,
                "{}: {before} {}",
                path.display(),
                under(&voice, &cut)
            );
        }
    }
}
