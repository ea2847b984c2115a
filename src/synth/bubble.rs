//! A bubble in water: the source of the sound of brooks and drops.
//!
//! A bubble rings like a small bell of air (Minnaert, "On musical air-bubbles and the sounds of running water",
//! Philosophical Magazine 16, 1933) and decays within milliseconds. As it nears the surface its pitch rises (van den
//! Doel, "Physically based models for liquid sounds", ACM Transactions on Applied Perception 2, 2005).

use std::f64::consts::TAU;

use super::pan::StereoPan;
use super::rotation::Rotation;

/// The length of a bubble in decay times. The envelope is shifted so that it ends at exactly zero instead of −52 dB.
const DECAYS: f64 = 6.0;
/// The attack time, as a share of a period of the tone; a faster attack would click.
const ATTACK_PERIODS: f64 = 0.6;
/// Samples generated at a time.
const RUN: usize = 128;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bubble {
    /// The initial pitch, in Hz.
    pub(crate) hz: f64,
    /// The time constant of the decay of its amplitude, in seconds.
    pub(crate) decay: f64,
    /// The relative rise of its pitch per decay time.
    pub(crate) rise: f64,
    pub(crate) pan: StereoPan,
}

/// The natural decay time of a bubble in seconds, from radiation and heat loss (van den Doel, equation 8).
pub(crate) fn natural_decay(hz: f64) -> f64 {
    1.0 / (0.043 * hz + 0.001_4 * hz.powf(1.5))
}

/// The longest duration of a bubble with this decay, in frames.
pub(crate) fn longest(decay: f64, rate: f64) -> u64 {
    (DECAYS * decay * rate) as u64 + (0.001 * rate) as u64
}

impl Bubble {
    /// Adds the part of the bubble, which begins at frame `start`, that lies in the window from frame `first` on.
    pub(crate) fn add(&self, rate: f64, start: u64, first: u64, left: &mut [f32], right: &mut [f32]) {
        let length = (DECAYS * self.decay * rate) as u64;
        let window = left.len() as u64;
        if start >= first + window || start + length + self.pan.latest() <= first {
            return;
        }
        let mut ring = BubbleState::new(self, rate);
        let mut buffer = [0.0; RUN];
        let end = length.min(first + window - start);
        for done in (0..end).step_by(RUN) {
            let made = &mut buffer[..(end - done).min(RUN as u64) as usize];
            made.iter_mut().for_each(|sample| *sample = ring.step());
            for (channel, plane) in [(self.pan.left, &mut *left), (self.pan.right, &mut *right)] {
                // Skip what lies before or after the window.
                let at = start + done + channel.delay;
                let skip = first.saturating_sub(at).min(made.len() as u64) as usize;
                let place = (at.max(first) - first).min(window) as usize;
                for (out, sample) in plane[place..].iter_mut().zip(&made[skip..]) {
                    *out += (channel.gain * sample) as f32;
                }
            }
        }
    }
}

/// The state of a ringing bubble.
struct BubbleState {
    slow: f64,
    fast: f64,
    slow_factor: f64,
    fast_factor: f64,
    floor: f64,
    tone: Rotation,
    speed: Rotation,
    rise: Rotation,
}

impl BubbleState {
    fn new(bubble: &Bubble, rate: f64) -> Self {
        let factor = |per_second: f64| (-per_second / rate).exp();
        let step = TAU * bubble.hz / rate;
        let attack = ATTACK_PERIODS / bubble.hz;
        Self {
            slow: 1.0,
            fast: 1.0,
            slow_factor: factor(1.0 / bubble.decay),
            fast_factor: factor(1.0 / bubble.decay + 1.0 / attack),
            floor: (-DECAYS).exp(),
            tone: Rotation::by(0.0),
            speed: Rotation::by(step),
            rise: Rotation::by(step * bubble.rise / (bubble.decay * rate)),
        }
    }

    #[inline]
    fn step(&mut self) -> f64 {
        // Ends at zero instead of −52 dB.
        let envelope = (self.slow - self.floor) * (1.0 - self.fast);
        self.slow *= self.slow_factor;
        self.fast *= self.fast_factor;
        self.tone = self.tone.then(self.speed);
        self.speed = self.speed.then(self.rise);
        envelope * self.tone.sine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(bubble: &Bubble, start: u64, first: u64, frames: usize) -> [Vec<f32>; 2] {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        bubble.add(48_000.0, start, first, &mut left, &mut right);
        [left, right]
    }

    #[test]
    fn a_bubble_is_the_same_through_any_window() {
        for (place, hz) in [(-1.0, 400.0), (0.2, 1_000.0), (1.0, 3_000.0)] {
            let decay = natural_decay(hz);
            let bubble = Bubble { hz, decay, rise: 0.1, pan: StereoPan::new(place, 0.3, 48_000.0) };
            let whole = planes(&bubble, 300, 0, 12_000);
            let peak = whole.iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!((0.15..0.3).contains(&peak), "{peak}");
            for cut in [1, 290, 301, 517, 1_000] {
                let (before, after) =
                    (planes(&bubble, 300, 0, cut), planes(&bubble, 300, cut as u64, 12_000 - cut));
                for channel in 0..2 {
                    assert_eq!([&before[channel][..], &after[channel][..]].concat(), whole[channel], "{cut}");
                }
            }
            let end = 300 + longest(decay, 48_000.0) as usize;
            assert!(whole.iter().all(|plane| plane[..300].iter().chain(&plane[end..]).all(|s| *s == 0.0)));
            // It ends where it has come to nothing.
            assert!(whole.iter().flatten().rev().find(|s| **s != 0.0).unwrap().abs() < 1e-4);
        }
    }

    #[test]
    fn large_bubbles_ring_longer() {
        // A radius of 3 mm is about 1 kHz and 4 ms of half-life in water.
        assert!((natural_decay(1_000.0) * 1_000.0 - 11.5).abs() < 0.2);
        assert!(natural_decay(300.0) > 3.0 * natural_decay(1_000.0));
    }
}
