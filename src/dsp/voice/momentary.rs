//! Attenuates passages with a momentary loudness far above the rest of the phrase, such as single words of synthetic
//! speech.
//!
//! This is not a compressor: it measures momentary loudness (400 ms), and a phrase that never exceeds its own
//! loudness by more than `ABOVE` is left unchanged.

use super::frames;
use super::peaks::{lowest, smooth};
use crate::dsp::loudness::{clip_blocks, gated, loudness_of};
use crate::unit::{Db, SampleRate};

/// The highest momentary loudness relative to the phrase, in LU. Six LU over the anchor is too much (docs/sound.md,
/// section 8, row 19), and a phrase may be one LU louder than the others.
const ABOVE: f64 = 4.0;
/// The gain is constant for this time around a loud passage, and changes over the same time, in seconds.
const LOOK: f64 = 0.1;

/// Attenuates loud passages by at most `most`; returns the largest attenuation.
pub fn limit_momentary(samples: &mut [f32], rate: SampleRate, most: Db) -> Db {
    let blocks = clip_blocks(samples, rate);
    let Some(loudness) = gated(&blocks) else { return Db(0.0) };
    let over = |energy: &f64| loudness_of(*energy).map_or(0.0, |level| (level - loudness).0 - ABOVE);
    let over: Vec<f64> = blocks.iter().map(|energy| over(energy).clamp(0.0, most.0)).collect();
    let worst = over.iter().copied().fold(0.0, f64::max);
    if worst <= 0.0 {
        return Db(0.0);
    }
    // Each hop is part of four blocks.
    let hops: Vec<f64> =
        over.windows(4).map(|blocks| Db(-blocks.iter().copied().fold(0.0, f64::max)).gain().0).collect();
    let wanted = (0..samples.len()).map(|frame| hops.get(frame / rate.hop()).copied().unwrap_or(1.0));
    let gains = smooth(&lowest(wanted, frames(LOOK, rate)), frames(LOOK, rate));
    for (sample, gain) in samples.iter_mut().zip(gains) {
        if gain < 1.0 {
            *sample = (f64::from(*sample) * gain) as f32;
        }
    }
    Db(worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::loudness::momentary_max;
    use crate::dsp::voice::signals::{noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Four seconds of a vowel, with half a second of it so much louder.
    fn stressed(db: f64) -> Vec<f32> {
        let mut samples = sine(300.0, 0.05, 192_000);
        samples[96_000..120_000].iter_mut().for_each(|sample| *sample *= Db(db).gain().factor());
        samples
    }

    #[test]
    fn a_word_much_louder_than_its_phrase_is_attenuated_and_the_rest_is_unchanged() {
        let before = stressed(9.0);
        let mut after = before.clone();
        let done = limit_momentary(&mut after, RATE, Db(4.0));
        assert!(done.0 > 0.5 && done.0 < 4.0, "{done}");
        // The limit is that of the phrase as it was; with the word it becomes softer as a whole.
        let loudness = gated(&clip_blocks(&before, RATE)).unwrap();
        let moment = momentary_max(&clip_blocks(&after, RATE)).unwrap();
        assert!(
            (moment - loudness).0 < ABOVE + 0.1 && (moment - loudness).0 > ABOVE - 0.5,
            "{moment} {loudness}"
        );
        assert_eq!(after[..60_000], before[..60_000]);
        assert_eq!(after[150_000..], before[150_000..]);
    }

    #[test]
    fn the_attenuation_is_limited_and_even_speech_is_unchanged() {
        let before = stressed(12.0);
        let mut after = before.clone();
        assert_eq!(limit_momentary(&mut after, RATE, Db(1.0)), Db(1.0));
        assert!(before.iter().zip(&after).all(|(a, b)| b.abs() >= a.abs() * 0.891 - 1e-9));
        for plain in [sine(200.0, 0.5, 96_000), noise(4, 0.3, 96_000), stressed(3.0), vec![0.0; 100]] {
            let mut same = plain.clone();
            assert_eq!(limit_momentary(&mut same, RATE, Db(4.0)), Db(0.0));
            assert_eq!(same, plain);
        }
    }

    #[test]
    fn the_gain_moves_slowly() {
        let before = stressed(9.0);
        let mut after = before.clone();
        limit_momentary(&mut after, RATE, Db(4.0));
        let gain = |n: usize| 20.0 * (f64::from(after[n]) / f64::from(before[n])).log10();
        let gains: Vec<f64> = (0..before.len()).filter(|n| before[*n].abs() > 0.02).map(gain).collect();
        let step = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(step < 0.05, "{step} dB");
    }
}
