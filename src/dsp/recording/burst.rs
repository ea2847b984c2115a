//! Loud sounds that are no speech: a cough, a knock, a chair.
//!
//! What a voice says without pitch, an s or a sh, has little below 1.5 kHz; what it says loudly there, vowels, has a pitch. A
//! cough is loud there and has none.

use std::ops::Range;

use super::decibels;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// It is listened to at about this rate.
const SLOW: u32 = 8_000;
/// The band that is looked at, and that of a pitch with its first harmonics, in Hz.
const BAND: (f64, f64) = (300.0, 1_500.0);
const PITCH_BAND: (f64, f64) = (70.0, 1_000.0);
/// The pitches of voices in Hz.
const PITCHES: (f64, f64) = (70.0, 400.0);
/// So much of a sound is compared with itself a period later, in seconds.
const COMPARED: f64 = 0.03;
const HOPS: usize = 100;
/// The loud moments of a clip, one hop of five, and how far under them a sound is still loud, in dB.
const LOUD: usize = 5;
const UNDER: f64 = 14.0;
/// A hop that is less like itself a period later has no pitch.
const UNPITCHED: f64 = 0.5;
/// So many loud hops in a row without a pitch are no speech. Readers reach 10.
const RUN: usize = 13;
/// Where a sound stands between pauses, so many are none if hardly any has a pitch.
const ALONE: usize = 12;
const HARDLY: f64 = 0.1;

/// The longest loud sound without a pitch, in frames, as the islands of speech are; `None` where there is none.
pub(super) fn burst(mono: &[f32], rate: SampleRate, islands: &[(usize, usize)]) -> Option<Range<usize>> {
    let step = (rate.hz() / SLOW).max(1) as usize;
    let slow: Vec<f32> = mono.chunks_exact(step).map(|part| part.iter().sum::<f32>() / step as f32).collect();
    let slow_rate = SampleRate::new(rate.hz() / step as u32)?;
    let hop = slow_rate.hz() as usize / HOPS;
    let levels = levels(&banded(&slow, slow_rate, BAND), hop);
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sounding: Vec<f64> = levels.iter().copied().filter(|level| *level > loudest - 40.0).collect();
    sounding.sort_by(f64::total_cmp);
    let loud = sounding.get((sounding.len() - sounding.len() / LOUD).checked_sub(1)?)? - UNDER;
    let low = banded(&slow, slow_rate, PITCH_BAND);
    let pitches = Pitches::of(&low, slow_rate, hop);
    let is_loud = |at: usize| levels[at] > loud;
    let near = |at: usize| (at.saturating_sub(1)..(at + 2).min(levels.len())).any(is_loud);
    let pitched: Vec<f64> = (0..levels.len()).map(|at| if near(at) { pitches.at(at) } else { 0.0 }).collect();
    let steady = |at: usize| {
        let mut around =
            [pitched[at.saturating_sub(1)], pitched[at], pitched[(at + 1).min(pitched.len() - 1)]];
        around.sort_by(f64::total_cmp);
        around[1]
    };
    let is_burst = |at: usize| is_loud(at) && steady(at) < UNPITCHED;
    let hops: Vec<usize> = (0..levels.len()).collect();
    let runs =
        hops.chunk_by(|a, b| is_burst(*a) == is_burst(*b)).filter(|run| run.len() >= RUN && is_burst(run[0]));
    let runs = runs.map(|run| run[0]..run[run.len() - 1] + 1);
    let frames = hop * step;
    let alone = islands.iter().filter_map(|(from, to)| {
        let loud: Vec<usize> =
            (from / frames..(to / frames).min(levels.len())).filter(|at| is_loud(*at)).collect();
        let (first, last) = (loud.first()?, loud.last()?);
        let voiced = loud.iter().filter(|at| steady(**at) >= UNPITCHED).count();
        let is_no_speech = loud.len() >= ALONE && voiced as f64 <= HARDLY * loud.len() as f64;
        is_no_speech.then_some(*first..last + 1)
    });
    let longest = alone.chain(runs).max_by_key(ExactSizeIterator::len)?;
    Some(longest.start * frames..longest.end * frames)
}

fn banded(samples: &[f32], rate: SampleRate, (low, high): (f64, f64)) -> Vec<f32> {
    let mut band = samples.to_vec();
    let q = std::f64::consts::FRAC_1_SQRT_2;
    Biquad::new(Coefficients::high_pass(rate, low, q)).process(&mut band);
    Biquad::new(Coefficients::low_pass(rate, high, q)).process(&mut band);
    band
}

/// The level of each hop with its two neighbours, in dBFS.
fn levels(samples: &[f32], hop: usize) -> Vec<f64> {
    let power = |hop: &[f32]| hop.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / hop.len() as f64;
    let powers: Vec<f64> = samples.chunks_exact(hop).map(power).collect();
    let around = |at: usize| &powers[at.saturating_sub(1)..(at + 2).min(powers.len())];
    (0..powers.len()).map(|at| decibels(around(at).iter().sum::<f64>() / around(at).len() as f64)).collect()
}

/// Tells how much a sound repeats.
struct Pitches<'a> {
    samples: &'a [f32],
    hop: usize,
    compared: usize,
    lags: (usize, usize),
}

impl<'a> Pitches<'a> {
    fn of(samples: &'a [f32], rate: SampleRate, hop: usize) -> Self {
        let rate = rate.as_f64();
        let lags = ((rate / PITCHES.1) as usize, (rate / PITCHES.0) as usize);
        Self { samples, hop, compared: (COMPARED * rate) as usize, lags }
    }

    /// How like a hop is to the sound a period later, at the period where it is likest.
    fn at(&self, hop: usize) -> f64 {
        let middle = hop * self.hop + self.hop / 2;
        let sound = &self.samples[middle.saturating_sub(self.compared).min(self.samples.len())..];
        if sound.len() < self.compared + self.lags.1 {
            return 0.0;
        }
        let like = |lag: usize| {
            let (mut cross, mut one, mut two) = (0f32, 1e-12f32, 1e-12f32);
            for (a, b) in sound[..self.compared].iter().zip(&sound[lag..]) {
                cross += a * b;
                one += a * a;
                two += b * b;
            }
            f64::from(cross / (one * two).sqrt())
        };
        (self.lags.0.max(1)..=self.lags.1).map(like).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Words of a voice of 130 Hz, half a second each with as much between them, and a burst of noise in the last pause.
    fn with_burst(seconds: f64, level: f32) -> (Vec<f32>, Vec<(usize, usize)>) {
        let second = RATE.hz() as usize;
        let voiced =
            |n: usize| (1..12).map(|k| (n as f32 * 0.017 * k as f32).sin() / k as f32).sum::<f32>() * 0.1;
        let word: Vec<f32> = (0..second / 2).map(voiced).collect();
        let pause = vec![0.0; second / 2];
        let burst: Vec<f32> = noise(7, level, (seconds * RATE.as_f64()) as usize);
        let samples = [&pause[..], &word, &pause, &word, &pause, &burst, &pause].concat();
        let words = [second / 2, 3 * second / 2, 5 * second / 2];
        let lengths = [second / 2, second / 2, burst.len()];
        (samples, words.into_iter().zip(lengths).map(|(from, length)| (from, from + length)).collect())
    }

    #[test]
    fn a_cough_between_words_is_found_at_its_place() {
        let (samples, islands) = with_burst(0.3, 0.5);
        let found = burst(&samples, RATE, &islands).unwrap();
        assert!(found.start.abs_diff(120_000) <= 960 && found.end.abs_diff(134_400) <= 1_440, "{found:?}");
        for (seconds, level) in [(0.05, 0.5), (0.3, 0.01)] {
            let (samples, islands) = with_burst(seconds, level);
            assert_eq!(burst(&samples, RATE, &islands), None, "{seconds} {level}");
        }
        assert_eq!(burst(&[], RATE, &[]), None);
    }
}
