//! One drop of rain: the patter of a drop on a hard surface, or the ring of the bubble it makes in water.

use std::f64::consts::{PI, SQRT_2, TAU};

use crate::dsp::noise::HashNoise;
use crate::dsp::svf::{SvfCoefficients, SvfState};
use crate::synth::pan::StereoPan;
use crate::synth::rotation::Rotation;
use crate::unit::SampleRate;

/// The longest duration of a drop in seconds, including the delay between the channels.
pub(super) const LONGEST_SECONDS: f64 = 0.12;

/// The length of a drop in decay times, to −61 dB: far below the background.
const DECAYS: f64 = 7.0;
/// The attack time constant; a faster attack would click.
const ATTACK_SECONDS: f64 = 0.001;
/// The share of drops that ring, and their relative amplitude; they are quieter because a tone stands out from noise.
const RINGING: f64 = 0.3;
const RING_AMPLITUDE: f64 = 0.6;
/// The mean energy of drops with an amplitude of 1.
pub(super) const MEAN_POWER: f64 = 1.0 - RINGING + RINGING * RING_AMPLITUDE * RING_AMPLITUDE;
/// The largest rise of a bubble's pitch per decay time (van den Doel, "Physically based models for liquid sounds",
/// ACM TAP 2005: f(t) = f₀(1 + σt) with σ up to a tenth of the decay rate).
const MOST_RISE: f64 = 0.1;

#[derive(Clone, Copy, Debug)]
pub(super) struct Drop {
    random: HashNoise,
    rate: f64,
    kind: DropKind,
    hz: f64,
    /// The time constant of its decay, in seconds.
    decay: f64,
    pan: StereoPan,
}

#[derive(Clone, Copy, Debug)]
enum DropKind {
    Patter,
    /// `rise` is the relative rise of the pitch per second.
    Ring {
        rise: f64,
    },
}

impl Drop {
    /// A drop from its random numbers (index 2 and up). A patter has, on average over both channels, the energy of
    /// one sample of `amplitude`; a ring has less.
    pub(super) fn new(random: HashNoise, rate: SampleRate, amplitude: f64) -> Self {
        let between = |number: u64, low: f64, high: f64| low * (high / low).powf(random.fraction(number));
        let (kind, hz, decay) = if random.fraction(2) < RINGING {
            let hz = between(3, 350.0, 2_400.0);
            // Larger bubbles have a lower pitch and ring longer.
            let decay = between(4, 0.7, 1.4) * 0.011 * (350.0 / hz).sqrt();
            (DropKind::Ring { rise: MOST_RISE * random.fraction(6) / decay }, hz, decay)
        } else {
            (DropKind::Patter, between(3, 1_000.0, 6_000.0), between(4, 0.001_3, 0.004))
        };
        let rate = rate.as_f64();
        let hz = hz.min(0.4 * rate);
        let amplitude = amplitude * SQRT_2 / energy(kind, hz, decay, rate).sqrt();
        let pan = StereoPan::new(2.0 * random.fraction(5) - 1.0, amplitude, rate);
        Self { random, rate, kind, hz, decay, pan }
    }

    /// Adds the part of the drop, which begins at frame `start`, that lies in the window from frame `first` on.
    pub(super) fn add(&self, start: u64, first: u64, left: &mut [f32], right: &mut [f32]) {
        let length = (DECAYS * self.decay * self.rate) as u64;
        let late = self.pan.latest();
        let end = first + left.len() as u64;
        if start >= end || start + length + late <= first {
            return;
        }
        let mut sound = DropState::new(self);
        for frame in start..end.min(start + length) {
            let sample = sound.step(self, frame - start);
            for (channel, plane) in [(self.pan.left, &mut *left), (self.pan.right, &mut *right)] {
                // Frames before the window wrap around to inrandoms far beyond its end.
                if let Some(out) = plane.get_mut((frame + channel.delay).wrapping_sub(first) as usize) {
                    *out += (channel.gain * sample) as f32;
                }
            }
        }
    }
}

/// The energy of a drop at unit amplitude: that of its envelope, times the power of the noise or tone.
fn energy(kind: DropKind, hz: f64, decay: f64, rate: f64) -> f64 {
    let (slow, fast) = (1.0 / decay, 1.0 / decay + 1.0 / ATTACK_SECONDS);
    let envelope = 0.5 / slow - 2.0 / (slow + fast) + 0.5 / fast;
    let power = match kind {
        // White noise of power 1/3 through a band of width π/2·f/Q with Q = 1, out of a total of rate/2.
        DropKind::Patter => PI * hz / rate / 3.0,
        DropKind::Ring { .. } => 0.5 / (RING_AMPLITUDE * RING_AMPLITUDE),
    };
    envelope * rate * power
}

/// The state of a sounding drop: an envelope that is the difference of two decays, applied to band-passed noise or a
/// tone.
struct DropState {
    slow: f64,
    fast: f64,
    slow_factor: f64,
    fast_factor: f64,
    shape: SvfCoefficients,
    state: SvfState,
    tone: Rotation,
    speed: Rotation,
    rise: Rotation,
}

impl DropState {
    fn new(drop: &Drop) -> Self {
        let factor = |per_second: f64| (-per_second / drop.rate).exp();
        let step = TAU * drop.hz / drop.rate;
        let rise = if let DropKind::Ring { rise } = drop.kind { rise } else { 0.0 };
        Self {
            slow: 1.0,
            fast: 1.0,
            slow_factor: factor(1.0 / drop.decay),
            fast_factor: factor(1.0 / drop.decay + 1.0 / ATTACK_SECONDS),
            shape: SvfCoefficients::new(drop.hz, 1.0, drop.rate),
            state: SvfState::default(),
            tone: Rotation::by(0.0),
            speed: Rotation::by(step),
            rise: Rotation::by(step * rise / drop.rate),
        }
    }

    #[inline]
    fn step(&mut self, drop: &Drop, frame: u64) -> f64 {
        let envelope = self.slow - self.fast;
        self.slow *= self.slow_factor;
        self.fast *= self.fast_factor;
        let sample = if let DropKind::Patter = drop.kind {
            self.state.step(&self.shape, f64::from(drop.random.at(frame + 8))).band
        } else {
            self.tone = self.tone.then(self.speed);
            self.speed = self.speed.then(self.rise);
            self.tone.sine
        };
        envelope * sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(drop: &Drop, start: u64, first: u64, frames: usize) -> [Vec<f32>; 2] {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        drop.add(start, first, &mut left, &mut right);
        [left, right]
    }

    #[test]
    fn a_drop_is_the_same_through_any_window() {
        for number in 0..40 {
            let drop = Drop::new(HashNoise::new(number), SampleRate::DEFAULT, 0.1);
            let whole = planes(&drop, 300, 0, 8_000);
            let (before, after) = (planes(&drop, 300, 0, 517), planes(&drop, 300, 517, 7_483));
            for channel in 0..2 {
                assert_eq!([&before[channel][..], &after[channel][..]].concat(), whole[channel], "{number}");
                let end = 300 + (LONGEST_SECONDS * 48_000.0) as usize;
                assert!(whole[channel][..300].iter().chain(&whole[channel][end..]).all(|s| *s == 0.0));
            }
        }
    }

    #[test]
    fn drops_come_up_softly_and_carry_the_energy_they_were_given() {
        let (mut energy, count) = (0.0, 400);
        for number in 0..count {
            let drop = Drop::new(HashNoise::new(number), SampleRate::DEFAULT, 0.1);
            for plane in planes(&drop, 0, 0, 8_000) {
                let peak = plane.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
                assert!(plane[0].abs() < 0.03 * peak, "{number}: {} of {peak}", plane[0]);
                energy += plane.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
            }
        }
        let mean = energy / (2.0 * count as f64);
        let expected = 0.01 * MEAN_POWER;
        assert!((10.0 * (mean / expected).log10()).abs() < 1.0, "{mean} instead of {expected}");
    }
}
