//! Brings single peaks down that stand far above the voice, so that the limiter of the master has nothing to do.
//!
//! Not a compressor of speech: it acts on what exceeds the clip's own loudness by more than `ABOVE`, at 2 : 1, with
//! the highest knee that does it. A clip whose peaks are lower keeps every bit.

use std::collections::VecDeque;

use super::frames;
use crate::dsp::loudness::{clip_blocks, gated};
use crate::unit::{Db, SampleRate};

/// The highest peak over the loudness of a clip, in dB. The louder presets leave 14, at −16 LUFS and a ceiling of
/// −2 dBTP; one is left for what lies between samples and for a clip that is louder than its neighbours.
const ABOVE: f64 = 13.0;
/// The gain is the same over so much time around a peak, and moves in as much, in seconds.
const LOOK: f64 = 0.012;

/// Brings peaks down by at most `most`; returns the most it did.
pub fn hold_peaks(samples: &mut [f32], rate: SampleRate, most: Db) -> Db {
    let highest = samples.iter().map(|sample| f64::from(sample.abs())).fold(0.0, f64::max);
    let Some(loudness) = gated(&clip_blocks(samples, rate)) else { return Db(0.0) };
    let highest = 20.0 * highest.log10();
    let over = (highest - loudness.0 - ABOVE).min(most.0);
    if over <= 0.0 {
        return Db(0.0);
    }
    // At 2 : 1 a peak comes down by half of what it lies above the knee.
    let knee = highest - 2.0 * over;
    let threshold = 10f64.powf(knee / 20.0);
    let wanted = samples.iter().map(|sample| {
        let level = f64::from(sample.abs());
        if level > threshold { (threshold / level).sqrt() } else { 1.0 }
    });
    let gains = smooth(&lowest(wanted, frames(LOOK, rate)), frames(LOOK, rate));
    for (sample, gain) in samples.iter_mut().zip(gains) {
        if gain < 1.0 {
            *sample = (f64::from(*sample) * gain) as f32;
        }
    }
    Db(over)
}

/// The lowest of `width` values to either side of each.
pub(super) fn lowest(values: impl Iterator<Item = f64>, width: usize) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut queue: VecDeque<usize> = VecDeque::new();
    let mut out = Vec::with_capacity(values.len());
    let mut next = 0;
    for at in 0..values.len() {
        while next < values.len() && next <= at + width {
            while queue.back().is_some_and(|last| values[*last] >= values[next]) {
                queue.pop_back();
            }
            queue.push_back(next);
            next += 1;
        }
        while queue.front().is_some_and(|first| first + width < at) {
            queue.pop_front();
        }
        out.push(queue.front().map_or(1.0, |first| values[*first]));
    }
    out
}

/// The mean of `width` values to either side of each, twice over half of it, so that there are no corners. No value is
/// above the lowest that went in within `width`, so where [`lowest`] looked as far every peak is still held.
pub(super) fn smooth(values: &[f64], width: usize) -> Vec<f64> {
    let half = (width / 2).max(1);
    let once = mean(values, half);
    mean(&once, width - half)
}

fn mean(values: &[f64], width: usize) -> Vec<f64> {
    let (mut sum, mut out) = (0.0, Vec::with_capacity(values.len()));
    // Counted in whole numbers, so that a mean of ones is one to the bit, however long.
    let scale = (1u64 << 40) as f64;
    let mut counted: i64 = 0;
    let whole = |value: f64| (value * scale).round() as i64;
    for at in 0..values.len() + width {
        if at < values.len() {
            counted += whole(values[at]);
            sum += 1.0;
        }
        if at > 2 * width {
            counted -= whole(values[at - 2 * width - 1]);
            sum -= 1.0;
        }
        if at >= width {
            out.push(counted as f64 / scale / sum);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{noise, sine};
    use proptest::prelude::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn peak(samples: &[f32]) -> f64 {
        20.0 * samples.iter().map(|sample| f64::from(sample.abs())).fold(0.0, f64::max).log10()
    }

    /// A vowel with a thin pulse on it ten times a second.
    fn pulses(height: f32) -> Vec<f32> {
        let mut samples = sine(200.0, 0.1, 96_000);
        samples.chunks_mut(4_800).for_each(|part| {
            for (n, sample) in part[2_000..2_048].iter_mut().enumerate() {
                *sample += height * (std::f32::consts::PI * n as f32 / 48.0).sin();
            }
        });
        samples
    }

    #[test]
    fn the_highest_peak_lands_where_it_should_and_what_lies_between_stays() {
        let before = pulses(0.75);
        let loudness = gated(&clip_blocks(&before, RATE)).unwrap().0;
        let mut after = before.clone();
        let done = hold_peaks(&mut after, RATE, Db(6.0));
        assert!(done.0 > 1.0, "{done}");
        assert!((peak(&after) - (loudness + ABOVE)).abs() < 0.05, "{} {loudness}", peak(&after));
        let quiet = 4_800 + 4_000..4_800 + 5_500;
        assert_eq!(after[quiet.clone()], before[quiet], "far from a pulse every bit stays");
    }

    #[test]
    fn it_never_does_more_than_it_may_and_nothing_to_a_voice_without_peaks() {
        let before = pulses(0.85);
        let mut after = before.clone();
        let done = hold_peaks(&mut after, RATE, Db(2.0));
        assert_eq!(done, Db(2.0));
        assert!((peak(&before) - peak(&after) - 2.0).abs() < 0.01);
        for plain in [sine(200.0, 0.9, 48_000), noise(3, 0.5, 48_000), vec![0.0; 100]] {
            let mut same = plain.clone();
            assert_eq!(hold_peaks(&mut same, RATE, Db(6.0)), Db(0.0));
            assert_eq!(same, plain);
        }
    }

    #[test]
    fn the_gain_moves_without_a_corner() {
        let before = pulses(0.75);
        let mut after = before.clone();
        hold_peaks(&mut after, RATE, Db(4.0));
        let gain = |n: usize| f64::from(after[n]) / f64::from(before[n]);
        let gains: Vec<f64> = (0..before.len()).filter(|n| before[*n].abs() > 0.02).map(gain).collect();
        let step = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(step < 0.02, "{step}");
    }

    proptest! {
        #[test]
        fn no_gain_is_higher_than_a_peak_asks(values in prop::collection::vec(0.3f64..1.0, 1..200), width in 1usize..30) {
            let held = smooth(&lowest(values.iter().copied(), width), width);
            prop_assert_eq!(held.len(), values.len());
            for (held, value) in held.iter().zip(&values) {
                prop_assert!(*held <= value + 1e-9);
            }
        }
    }
}
