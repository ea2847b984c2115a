//! Short sounds that are made once and played often, each time at another moment, level and side: drops, crackles,
//! bubbles. Adding one costs a multiplication a frame.

use super::pan::StereoPan;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::dsp::svf::{SvfCoefficients, SvfState};

/// A collection of short sounds, each with an energy (sum of squares) of one.
#[derive(Clone, Debug)]
pub(crate) struct Shots {
    sounds: Vec<Vec<f32>>,
}

impl Shots {
    /// `make` returns the samples of a sound from its number, as a share of the whole, and its random numbers.
    pub(crate) fn new(seed: u64, count: u64, make: impl Fn(f64, HashNoise) -> Vec<f64>) -> Self {
        let sounds = (0..count).map(|number| {
            let sound =
                make((number as f64 + 0.5) / count as f64, HashNoise::new(seed_from(&[seed, number])));
            let energy: f64 = sound.iter().map(|x| x * x).sum();
            // Every other one is upside down: a bubble begins upwards, and many of them would have an offset.
            let sign = if number % 2 == 0 { 1.0 } else { -1.0 };
            let gain = if energy > 0.0 { sign / energy.sqrt() } else { 0.0 };
            sound.iter().map(|x| (x * gain) as f32).collect()
        });
        Self { sounds: sounds.collect() }
    }

    /// The length of the longest sound, in frames.
    pub(crate) fn longest(&self) -> u64 {
        self.sounds.iter().map(|sound| sound.len() as u64).max().unwrap_or(0)
    }

    /// Adds the part of a sound, which begins at frame `start`, that lies in the window from frame `first` on.
    /// `place` chooses the sound, from 0 (the first) to 1 (the last).
    pub(crate) fn add(
        &self,
        place: f64,
        pan: &StereoPan,
        start: u64,
        first: u64,
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let last = self.sounds.len() - 1;
        let sound = &self.sounds[((place.clamp(0.0, 1.0) * self.sounds.len() as f64) as usize).min(last)];
        add(sound, pan, start, first, left, right);
    }
}

/// Adds the part of a sound, which begins at frame `start`, that lies in the window from frame `first` on.
pub(crate) fn add(
    sound: &[f32],
    pan: &StereoPan,
    start: u64,
    first: u64,
    left: &mut [f32],
    right: &mut [f32],
) {
    for (channel, plane) in [(pan.left, left), (pan.right, right)] {
        // Skip what lies before or after the window.
        let at = start + channel.delay;
        let skip = first.saturating_sub(at).min(sound.len() as u64) as usize;
        let to = (at.max(first) - first).min(plane.len() as u64) as usize;
        let gain = channel.gain as f32;
        plane[to..].iter_mut().zip(&sound[skip..]).for_each(|(out, sample)| *out += gain * sample);
    }
}

/// A burst of noise around `hz` that comes up within a few frames and decays to 1/e in `decay` seconds.
pub(crate) fn patter(random: HashNoise, hz: f64, q: f64, decay: f64, rate: f64) -> Vec<f64> {
    let shape = SvfCoefficients::new(hz.min(0.4 * rate), q, rate);
    let mut state = SvfState::default();
    let fall = (-1.0 / (decay * rate)).exp();
    let mut level = 1.0;
    // To −61 dB.
    (0..(7.0 * decay * rate) as u64 + 8)
        .map(|frame| {
            let sample = state.step(&shape, level * f64::from(random.at(frame))).band;
            level *= fall;
            sample
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots() -> Shots {
        Shots::new(1, 5, |place, random| patter(random, 1_000.0 + 6_000.0 * place, 1.0, 0.001, 48_000.0))
    }

    #[test]
    fn a_sound_is_the_same_through_any_window_and_has_the_energy_it_is_given() {
        let shots = shots();
        for (number, side) in [(0.0, -1.0), (0.5, 0.2), (1.0, 1.0)] {
            let pan = StereoPan::new(side, 0.1, 48_000.0);
            let through = |first: u64, frames: usize| {
                let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
                shots.add(number, &pan, 300, first, &mut left, &mut right);
                [left, right]
            };
            let whole = through(0, 2_000);
            let energy: f64 = whole.iter().flatten().map(|&s| f64::from(s).powi(2)).sum();
            assert!((energy / 0.01 - 1.0).abs() < 1e-4, "{energy}");
            for cut in [1usize, 299, 310, 500, 1_999] {
                let (before, after) = (through(0, cut), through(cut as u64, 2_000 - cut));
                for channel in 0..2 {
                    assert_eq!([&before[channel][..], &after[channel][..]].concat(), whole[channel], "{cut}");
                }
            }
        }
    }
}
