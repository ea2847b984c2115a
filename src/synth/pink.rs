//! White noise, and pink noise, which has equal power in each octave.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use super::generator::Generator;
use crate::dsp::noise::HashNoise;
use crate::dsp::svf::{SvfCoefficients, SvfState};
use crate::unit::{Db, SampleRate};

/// The level of each channel: RMS in dBFS.
pub const LEVEL: Db = Db(-24.0);

/// White noise in stereo: equal power per hertz, [`LEVEL`] RMS in each channel.
#[derive(Clone, Copy, Debug)]
pub struct White {
    noise: HashNoise,
    middle: f64,
    side: f64,
}

impl White {
    /// `width` goes from 0 for mono to 1 for two independent channels and is clamped; the correlation of left and
    /// right is 1 − `width`.
    pub fn new(seed: u64, width: f64) -> Self {
        let (middle, side) = split(LEVEL.gain().0 * 3f64.sqrt(), width);
        Self { noise: HashNoise::new(seed), middle, side }
    }
}

impl Generator for White {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        for ((frame, left), right) in (first..).zip(left).zip(right) {
            let (middle, side) = self.noise.pair(frame);
            let (middle, side) = (f64::from(middle) * self.middle, f64::from(side) * self.side);
            (*left, *right) = ((middle + side) as f32, (middle - side) as f32);
        }
    }
}

/// The gains of the mid and the side signal.
fn split(gain: f64, width: f64) -> (f64, f64) {
    let width = width.clamp(0.0, 1.0);
    (gain * (1.0 - width / 2.0).sqrt(), gain * (width / 2.0).sqrt())
}

/// Poles two octaves apart, with a zero halfway between each two, approximate a slope of −3 dB per octave.
const SECTIONS: usize = 7;
const FIRST_POLE_HZ: f64 = 10.0;
const OCTAVES: f64 = 2.0;
/// Poles and zeros above this share of the rate are left out.
const MOST: f64 = 0.4;
/// A high-pass, since lower frequencies are hardly audible but move loudspeaker cones: twice Butterworth, 24 dB per
/// octave.
const LOWEST_HZ: f64 = 20.0;
/// After this time the state of the pole at 10 Hz has decayed by 136 dB.
const WARM_UP_SECONDS: f64 = 0.25;

/// Pink noise in stereo: −3 dB per octave from 30 Hz to 16 kHz within half a decibel (at 44.1 kHz and above), almost
/// nothing below 20 Hz, [`LEVEL`] RMS in each channel.
#[derive(Clone, Copy, Debug)]
pub struct Pink {
    noise: HashNoise,
    warm_up: u64,
    /// The pole and zero of each section, as one-pole coefficients.
    poles: [f64; SECTIONS],
    zeros: [f64; SECTIONS],
    highpass: SvfCoefficients,
    middle: f64,
    side: f64,
}

impl Pink {
    /// `width` is as in [`White::new`].
    pub fn new(rate: SampleRate, seed: u64, width: f64) -> Self {
        let hz = rate.as_f64();
        let keep = |octave: f64| {
            let at = FIRST_POLE_HZ * 2f64.powf(octave);
            if at < MOST * hz { (-TAU * at / hz).exp() } else { 0.0 }
        };
        let mut pink = Self {
            noise: HashNoise::new(seed),
            warm_up: (WARM_UP_SECONDS * hz).ceil() as u64,
            poles: std::array::from_fn(|section| keep(OCTAVES * section as f64)),
            zeros: std::array::from_fn(|section| keep(OCTAVES * (section as f64 + 0.5))),
            highpass: SvfCoefficients::new(LOWEST_HZ, FRAC_1_SQRT_2, hz),
            middle: 1.0,
            side: 0.0,
        };
        let gain = LEVEL.gain().0 / (pink.power_gain() / 3.0).sqrt();
        (pink.middle, pink.side) = split(gain, width);
        pink
    }

    /// The power gain for white noise: the sum of the squared impulse response.
    fn power_gain(&self) -> f64 {
        let mut filter = PinkFilter::default();
        (0..self.warm_up).map(|i| filter.step(self, if i == 0 { 1.0 } else { 0.0 }).powi(2)).sum()
    }
}

impl Generator for Pink {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let mut filters = [PinkFilter::default(); 2];
        let mut frame = |index: u64| {
            let (middle, side) = self.noise.pair(index);
            let (middle, side) = (f64::from(middle) * self.middle, f64::from(side) * self.side);
            (filters[0].step(self, middle + side), filters[1].step(self, middle - side))
        };
        for back in (1..=self.warm_up).rev() {
            frame(first.wrapping_sub(back));
        }
        for ((index, left), right) in (first..).zip(left).zip(right) {
            let made = frame(index);
            (*left, *right) = (made.0 as f32, made.1 as f32);
        }
    }
}

/// The filter state of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct PinkFilter {
    inputs: [f64; SECTIONS],
    outputs: [f64; SECTIONS],
    highpass: [SvfState; 2],
}

impl PinkFilter {
    #[inline]
    fn step(&mut self, pink: &Pink, x: f64) -> f64 {
        let mut x = x;
        for section in 0..SECTIONS {
            let y =
                x - pink.zeros[section] * self.inputs[section] + pink.poles[section] * self.outputs[section];
            self.inputs[section] = x;
            self.outputs[section] = y;
            x = y;
        }
        let [first, second] = &mut self.highpass;
        second.step(&pink.highpass, first.step(&pink.highpass, x).high).high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn pink() -> Pink {
        Pink::new(SampleRate::DEFAULT, 7, 0.4)
    }

    /// The levels of the octaves from 80 Hz to 10 kHz.
    fn octaves(samples: &[f32]) -> Vec<f64> {
        (0..8).map(|octave| density_db(samples, 48_000.0, 80.0 * 2f64.powi(octave))).collect()
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&pink());
        order_does_not_matter(&White::new(7, 0.4));
    }

    #[test]
    fn grains_join_as_if_the_noise_had_never_been_cut() {
        joins_without_a_seam(&pink());
    }

    #[test]
    fn white_noise_is_level_and_pink_falls_three_decibels_an_octave() {
        let white = octaves(&made(&White::new(7, 0.4), 0)[0]);
        let pink = octaves(&made(&pink(), 0)[0]);
        for (octave, (white_db, pink_db)) in (0..).zip(white.iter().zip(&pink)) {
            assert!((white_db - white[4]).abs() < 1.6, "{white:?}");
            assert!((pink_db - pink[4] - 3.01 * f64::from(4 - octave)).abs() < 1.6, "{pink:?}");
        }
    }

    #[test]
    fn the_level_is_the_same_at_every_rate_and_there_is_no_offset() {
        for hz in [22_050, 48_000, 96_000] {
            let rate = SampleRate::new(hz).unwrap();
            let generators: [&dyn Generator; 2] = [&Pink::new(rate, 7, 0.4), &White::new(7, 0.4)];
            for plane in generators.into_iter().flat_map(|generator| made(generator, 3)) {
                assert!((rms_db(&plane) - LEVEL.0).abs() < 0.5, "{hz} Hz: {} dB", rms_db(&plane));
                let mean = plane.iter().map(|&s| f64::from(s)).sum::<f64>() / plane.len() as f64;
                assert!(mean.abs() < 0.0005, "{hz} Hz: {mean}");
                assert!(plane.iter().all(|s| s.abs() < 0.8));
            }
        }
    }

    #[test]
    fn width_sets_how_much_the_channels_share() {
        for width in [0.0, 0.4, 1.0] {
            let generators: [&dyn Generator; 2] =
                [&Pink::new(SampleRate::DEFAULT, 9, width), &White::new(9, width)];
            for generator in generators {
                let planes = made(generator, 0);
                let product: f64 =
                    planes[0].iter().zip(&planes[1]).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                let power: f64 = planes.iter().flatten().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 2.0;
                assert!((product / power - (1.0 - width)).abs() < 0.1, "{width}: {}", product / power);
            }
        }
    }
}
