//! Repairs clicks: single samples, bursts of a millisecond or two such as cable noise, and mouth clicks in pauses.
//!
//! A click is a short burst of treble far above everything around it. The glottal pulses of a voice come in series
//! and the burst of a t or k is followed by breath noise, so neither is mistaken for a click. The damaged samples are
//! replaced by what a linear prediction from both sides says.

use super::prediction::{ORDER, Prediction, autocorrelation};
use super::smack::remove_smacks;
use super::spike::mend_spikes;
use super::{frames, powers};
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// The cutoff of the treble band, in Hz: above most of a voice.
const TREBLE: f64 = 3_000.0;
/// The length of a slot, whose power is measured, in seconds.
const SLOT: f64 = 0.000_5;
/// A click extends over at most this many slots to either side.
const WIDTH: usize = 3;
/// It is compared with this many slots to either side.
const AROUND: usize = 50;
/// How far a click is above the slots next to it, above the loudest around it, and above their median, as ratios of
/// power.
const ABOVE_NEXT: f64 = 100.0;
const ABOVE_LOUDEST: f64 = 16.0;
const ABOVE_MOST: f64 = 250.0;
/// Anything below −75 dBFS is ignored.
const LEAST: f64 = 3.2e-8;
/// The seconds on either side from which the prediction is estimated.
const LEARN: f64 = 0.020;

/// Repairs the clicks of a clip and returns how many there were.
pub fn repair_clicks(samples: &mut [f32], rate: SampleRate) -> usize {
    if rate.as_f64() < 3.0 * TREBLE {
        return 0;
    }
    let learn = frames(LEARN, rate);
    let spikes = mend_spikes(samples, rate, |samples, from, to| repair(samples, from, to, learn));
    spikes + repair_bursts(samples, rate) + remove_smacks(samples, rate)
}

/// Repairs bursts of treble of a millisecond or two.
fn repair_bursts(samples: &mut [f32], rate: SampleRate) -> usize {
    let mut treble = samples.to_vec();
    for _ in 0..2 {
        let pass = Coefficients::high_pass(rate, TREBLE, std::f64::consts::FRAC_1_SQRT_2);
        Biquad::new(pass).process(&mut treble);
    }
    let slot = frames(SLOT, rate);
    let slots = powers(&treble, slot);
    let clicks: Vec<usize> = (0..slots.len()).filter(|at| is_click(&slots, *at)).collect();
    let repaired = clicks.iter().filter(|at| {
        let (from, to) = extent(&treble, &slots, **at, slot);
        repair(samples, from, to, frames(LEARN, rate))
    });
    repaired.count()
}

/// Whether a slot is the centre of a click.
fn is_click(slots: &[f64], at: usize) -> bool {
    let power = slots[at];
    if power < LEAST || at < WIDTH + 1 || at + WIDTH + 1 >= slots.len() {
        return false;
    }
    let next = [slots[at - WIDTH], slots[at - WIDTH - 1], slots[at + WIDTH], slots[at + WIDTH + 1]];
    if next.iter().any(|other| *other * ABOVE_NEXT > power) || slots[at - 1] > power || slots[at + 1] >= power
    {
        return false;
    }
    let before = &slots[at.saturating_sub(AROUND)..=at - WIDTH];
    let after = &slots[at + WIDTH..(at + AROUND + 1).min(slots.len())];
    let mut others: Vec<f64> = before.iter().chain(after).copied().collect();
    others.sort_by(f64::total_cmp);
    let most = others[others.len() / 2];
    others[others.len() - 1] * ABOVE_LOUDEST < power && most * ABOVE_MOST < power
}

/// The frames a click covers: where the treble exceeds its surroundings, plus a margin on either side for the
/// filter's delay.
fn extent(treble: &[f32], slots: &[f64], at: usize, slot: usize) -> (usize, usize) {
    let (first, last) = ((at - WIDTH + 1) * slot, ((at + WIDTH) * slot).min(treble.len()));
    let limit = (slots[at] / ABOVE_NEXT).sqrt() as f32;
    let loud = |frame: &usize| treble[*frame].abs() > limit;
    let from = (first..last).find(loud).unwrap_or(at * slot);
    let to = (first..last).rfind(loud).map_or((at + 1) * slot, |frame| frame + 1);
    (from.saturating_sub(slot / 4), (to + slot / 4).min(treble.len()))
}

/// Replaces the samples from `from` to `to`. Returns `false` and does nothing if they are too close to the edge of
/// the clip.
fn repair(samples: &mut [f32], from: usize, to: usize, learn: usize) -> bool {
    let learn = learn.max(4 * ORDER);
    if from < learn || to + learn > samples.len() {
        return false;
    }
    let mut correlation = [0.0; ORDER + 1];
    for side in [from - learn..from, to..to + learn] {
        let side: Vec<f64> = samples[side].iter().map(|x| f64::from(*x)).collect();
        correlation.iter_mut().zip(autocorrelation(&side)).for_each(|(sum, side)| *sum += side);
    }
    let Some(prediction) = Prediction::of(correlation) else { return false };
    let places: Vec<usize> = (ORDER..ORDER + to - from).collect();
    let found = prediction.lost(&samples[from - ORDER..to + ORDER], &places);
    for (sample, value) in samples[from..to].iter_mut().zip(found) {
        *sample = value.clamp(-1.0, 1.0) as f32;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A voiced sound: the harmonics of 110 Hz, over the noise of a room.
    fn voice(frames: usize) -> Vec<f32> {
        let mut samples = noise(1, 1e-4, frames);
        for harmonic in 1..30 {
            let partial = sine(110.0 * f64::from(harmonic), 0.2 / f64::from(harmonic), frames);
            samples.iter_mut().zip(partial).for_each(|(sample, partial)| *sample += partial);
        }
        samples
    }

    fn difference(a: &[f32], b: &[f32]) -> f64 {
        db(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
    }

    #[test]
    fn a_click_in_a_vowel_is_removed_and_the_vowel_restored() {
        let clean = voice(48_000);
        let mut clicked = clean.clone();
        for (at, height) in [(10_200, 0.7), (25_111, -0.6)] {
            clicked[at] += height;
            clicked[at + 1] -= height / 2.0;
        }
        assert_eq!(repair_clicks(&mut clicked, RATE), 2);
        for at in [10_200, 25_111] {
            let (near, signal) = (at - 48..at + 48, db(&clean));
            let error = difference(&clicked[near.clone()], &clean[near]);
            assert!(error < signal - 25.0, "{error} dB against {signal} dB");
        }
        assert!(clicked[..10_100] == clean[..10_100], "elsewhere every bit stays");
    }

    #[test]
    fn a_mouth_click_in_a_pause_is_removed() {
        let mut samples = noise(2, 5e-4, 48_000);
        let room = db(&samples);
        for (n, sample) in samples[20_000..20_040].iter_mut().enumerate() {
            *sample += 0.05 * (1.0 - n as f32 / 40.0) * (n as f32 * 0.9).sin();
        }
        assert!(repair_clicks(&mut samples, RATE) > 0);
        let after = db(&samples[19_980..20_060]);
        assert!(after < room + 3.0 && after > room - 9.0, "{after} in a room of {room}");
    }

    #[test]
    fn voices_noise_bursts_and_silence_keep_every_bit() {
        let mut burst = noise(3, 1e-4, 48_000);
        for (n, sample) in noise(4, 0.2, 4_800).iter().enumerate() {
            // A t: a burst, and breath that dies away over 30 ms.
            burst[20_000 + n] += sample * (-(n as f32) / 700.0).exp();
        }
        let mut pulses = noise(5, 1e-4, 48_000);
        for period in pulses.chunks_exact_mut(480) {
            for (n, sample) in period[..24].iter_mut().enumerate() {
                *sample += 0.5 * (n as f32 * std::f32::consts::PI / 24.0).sin().powi(2);
            }
        }
        for clean in [voice(48_000), noise(6, 0.3, 48_000), burst, pulses, vec![0.0; 48_000], vec![0.1; 5]] {
            let mut same = clean.clone();
            assert_eq!(repair_clicks(&mut same, RATE), 0);
            assert!(same == clean);
        }
    }

    #[test]
    fn a_prediction_fills_a_gap_in_a_tone_without_a_trace() {
        let clean = sine(700.0, 0.3, 9_600);
        let mut gap = clean.clone();
        gap[4_000..4_060].fill(0.0);
        assert!(repair(&mut gap, 4_000, 4_060, 960));
        assert!(difference(&gap, &clean) < -80.0, "{}", difference(&gap, &clean));
        assert!(!repair(&mut gap, 100, 120, 960), "too near the edge");
    }
}
