//! Attenuates single peaks that are far above the voice, so that the master limiter has nothing to do.
//!
//! This is not a compressor: it acts on peaks that exceed the clip's own loudness by more than a crest, at a ratio of
//! 4 : 1, with the highest threshold that brings them down to it. A clip with lower peaks is left unchanged.
//!
//! The louder presets leave 14 dB over the loudness, at −16 LUFS and a ceiling of −2 dBTP. Peaks are lowered to 12.5: the rest is
//! for inter-sample peaks, for clips that are louder than the voice, and for what sounds under it (docs/sound.md, section 5).
//! What still stands too high is brought down as a whole clip ([`crate::facts`]).

use std::collections::VecDeque;

use super::frames;
use crate::dsp::loudness::{clip_blocks, gated};
use crate::unit::{Db, SampleRate};

/// The share of its height over the threshold by which a peak is attenuated: a ratio of 4 : 1.
pub(in crate::dsp) const SHARE: f64 = 0.75;
/// The gain is constant for this time around a peak, and changes over the same time, in seconds.
pub(in crate::dsp) const LOOK: f64 = 0.012;

/// What was done to the peaks of a clip.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeldPeaks {
    /// The largest attenuation.
    pub most: Db,
    /// The share of the clip that is attenuated by more than a tenth of a dB.
    pub share: f64,
}

/// A gain of −0.1 dB.
const NOTICED: f64 = 0.988_6;

/// Attenuates peaks to `crest` over the loudness, by at most `most`.
pub fn limit_peaks(samples: &mut [f32], rate: SampleRate, most: Db, crest: Db) -> HeldPeaks {
    let highest = samples.iter().map(|sample| f64::from(sample.abs())).fold(0.0, f64::max);
    let Some(loudness) = gated(&clip_blocks(samples, rate)) else { return HeldPeaks::default() };
    let highest = 20.0 * highest.log10();
    let over = (highest - loudness.0 - crest.0).min(most.0);
    if over <= 0.0 {
        return HeldPeaks::default();
    }
    let threshold_db = highest - over / SHARE;
    let threshold = 10f64.powf(threshold_db / 20.0);
    let wanted = samples.iter().map(|sample| {
        let level = f64::from(sample.abs());
        if level > threshold { (threshold / level).powf(SHARE) } else { 1.0 }
    });
    let gains = smooth(&lowest(wanted, frames(LOOK, rate)), frames(LOOK, rate));
    let held = gains.iter().filter(|gain| **gain < NOTICED).count();
    for (sample, gain) in samples.iter_mut().zip(gains) {
        if gain < 1.0 {
            *sample = (f64::from(*sample) * gain) as f32;
        }
    }
    HeldPeaks { most: Db(over), share: held as f64 / samples.len() as f64 }
}

/// The minimum over `width` values to either side of each value.
pub(in crate::dsp) fn lowest(values: impl Iterator<Item = f64>, width: usize) -> Vec<f64> {
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

/// Smooths values by two moving averages in a row, over `width` values to either side together, so that the result
/// has no corners. No result exceeds the minimum of [`lowest`] with the same width, so every peak is still limited.
pub(in crate::dsp) fn smooth(values: &[f64], width: usize) -> Vec<f64> {
    let half = (width / 2).max(1);
    let once = mean(values, half);
    mean(&once, width - half)
}

fn mean(values: &[f64], width: usize) -> Vec<f64> {
    let (mut sum, mut out) = (0.0, Vec::with_capacity(values.len()));
    // Summed as integers, so that a mean of ones is exactly one, however long.
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
    const CREST: Db = Db(13.0);

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
    fn the_highest_peak_is_limited_as_intended_and_samples_between_are_unchanged() {
        let before = pulses(0.75);
        let loudness = gated(&clip_blocks(&before, RATE)).unwrap().0;
        let mut after = before.clone();
        let done = limit_peaks(&mut after, RATE, Db(6.0), CREST);
        assert!(done.most.0 > 1.0, "{done:?}");
        // 24 ms on both sides of ten pulses a second, of which 12 fade.
        assert!((0.2..0.5).contains(&done.share), "{done:?}");
        assert!((peak(&after) - (loudness + CREST.0)).abs() < 0.05, "{} {loudness}", peak(&after));
        let quiet = 4_800 + 4_000..4_800 + 5_500;
        assert_eq!(after[quiet.clone()], before[quiet], "far from a pulse every bit stays");
    }

    #[test]
    fn the_attenuation_is_limited_and_a_voice_without_peaks_is_unchanged() {
        let before = pulses(0.85);
        let mut after = before.clone();
        let done = limit_peaks(&mut after, RATE, Db(2.0), CREST);
        assert_eq!(done.most, Db(2.0));
        assert!((peak(&before) - peak(&after) - 2.0).abs() < 0.01);
        for plain in [sine(200.0, 0.9, 48_000), noise(3, 0.5, 48_000), vec![0.0; 100]] {
            let mut same = plain.clone();
            assert_eq!(limit_peaks(&mut same, RATE, Db(6.0), CREST), HeldPeaks::default());
            assert_eq!(same, plain);
        }
    }

    #[test]
    fn the_gain_curve_has_no_corners() {
        let before = pulses(0.75);
        let mut after = before.clone();
        limit_peaks(&mut after, RATE, Db(4.0), CREST);
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
