//! Brown noise: a deep, even rumble like a distant waterfall, falling by 6 dB per octave.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use super::generator::Generator;
use crate::dsp::noise::HashNoise;
use crate::dsp::svf::{SvfCoefficients, SvfState};
use crate::unit::{Db, SampleRate};

/// The level of each channel: RMS in dBFS.
pub const LEVEL: Db = Db(-20.0);

/// The frequency above which it falls by 6 dB per octave.
const CORNER_HZ: f64 = 40.0;
/// A high-pass, since lower frequencies are hardly audible but move loudspeaker cones: twice Butterworth, 24 dB per
/// octave.
const LOWEST_HZ: f64 = 26.0;
/// After this time the state of the slowest pole has decayed by 190 dB.
const WARM_UP_SECONDS: f64 = 0.25;

/// Brown noise in stereo: −6 dB per octave above 40 Hz, almost nothing below 20 Hz, [`LEVEL`] RMS in each channel.
#[derive(Clone, Copy, Debug)]
pub struct Brown {
    noise: HashNoise,
    warm_up: u64,
    /// The coefficient of the one-pole integrator.
    leak: f64,
    shape: SvfCoefficients,
    /// The gains of the mid and the side signal.
    middle: f64,
    side: f64,
}

impl Brown {
    /// `width` goes from 0 for mono to 1 for two independent channels and is clamped; 0.4 sounds like a calm room.
    /// The correlation of left and right is 1 − `width`.
    pub fn new(rate: SampleRate, seed: u64, width: f64) -> Self {
        let width = width.clamp(0.0, 1.0);
        let mut brown = Self {
            noise: HashNoise::new(seed),
            warm_up: (WARM_UP_SECONDS * rate.as_f64()).ceil() as u64,
            leak: 1.0 - (-TAU * CORNER_HZ / rate.as_f64()).exp(),
            shape: SvfCoefficients::new(LOWEST_HZ, FRAC_1_SQRT_2, rate.as_f64()),
            middle: 1.0,
            side: 0.0,
        };
        let gain = LEVEL.gain().0 / (brown.power_gain() / 3.0).sqrt();
        brown.middle = gain * (1.0 - width / 2.0).sqrt();
        brown.side = gain * (width / 2.0).sqrt();
        brown
    }

    /// The power gain for white noise: the sum of the squared impulse response.
    fn power_gain(&self) -> f64 {
        let mut filter = BrownFilter::default();
        (0..self.warm_up).map(|i| filter.step(self, if i == 0 { 1.0 } else { 0.0 }).powi(2)).sum()
    }

    /// Fills both channels from frame `first` on, after warming up over the preceding `warm_up` frames.
    fn run_after(&self, warm_up: u64, first: u64, left: &mut [f32], right: &mut [f32]) {
        let mut filters = [BrownFilter::default(); 2];
        let mut frame = |index: u64| {
            let (middle, side) = self.noise.pair(index);
            let (middle, side) = (f64::from(middle) * self.middle, f64::from(side) * self.side);
            (filters[0].step(self, middle + side), filters[1].step(self, middle - side))
        };
        for back in (1..=warm_up).rev() {
            frame(first.wrapping_sub(back));
        }
        for ((step, left), right) in (0..).zip(left).zip(right) {
            let made = frame(first.wrapping_add(step));
            (*left, *right) = (made.0 as f32, made.1 as f32);
        }
    }
}

impl Generator for Brown {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        self.run_after(self.warm_up, first, left, right);
    }
}

/// The filter state of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct BrownFilter {
    integral: f64,
    highpass: [SvfState; 2],
}

impl BrownFilter {
    #[inline]
    fn step(&mut self, brown: &Brown, x: f64) -> f64 {
        self.integral += brown.leak * (x - self.integral);
        let [first, second] = &mut self.highpass;
        second.step(&brown.shape, first.step(&brown.shape, self.integral).high).high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::GRAIN;
    use crate::synth::generator::check::{density_db, is_joined, made, order_does_not_matter, rms_db};

    fn brown() -> Brown {
        Brown::new(SampleRate::DEFAULT, 7, 0.4)
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&brown());
    }

    #[test]
    fn grains_join_as_if_the_noise_had_never_been_cut() {
        let (mut left, mut right) = (vec![0.0; 2 * GRAIN as usize], vec![0.0; 2 * GRAIN as usize]);
        brown().run_after(100_000, 0, &mut left, &mut right);
        is_joined(&brown(), &[left, right]);
    }

    #[test]
    fn the_level_is_the_same_at_every_rate_and_there_is_no_offset() {
        for hz in [22_050, 48_000, 96_000] {
            for plane in made(&Brown::new(SampleRate::new(hz).unwrap(), 7, 0.4), 3) {
                assert!((rms_db(&plane) - LEVEL.0).abs() < 0.7, "{hz} Hz: {} dB", rms_db(&plane));
                let mean = plane.iter().map(|&s| f64::from(s)).sum::<f64>() / plane.len() as f64;
                assert!(mean.abs() < 0.0005, "{hz} Hz: {mean}");
                assert!(plane.iter().all(|s| s.abs() < 0.8));
            }
        }
    }

    #[test]
    fn each_octave_is_six_decibels_below_the_last() {
        let plane = made(&brown(), 0).swap_remove(0);
        let levels: Vec<f64> =
            [160.0, 640.0, 2_560.0, 10_240.0].iter().map(|&hz| density_db(&plane, 48_000.0, hz)).collect();
        for pair in levels.windows(2) {
            assert!((pair[0] - pair[1] - 12.0).abs() < 1.5, "{levels:?}");
        }
        let rumble = density_db(&plane, 48_000.0, 40.0) - density_db(&plane, 48_000.0, 13.0);
        assert!(rumble > 15.0, "{rumble} dB");
    }

    #[test]
    fn width_sets_how_much_the_channels_share() {
        for width in [0.0, 0.4, 1.0] {
            let planes = made(&Brown::new(SampleRate::DEFAULT, 9, width), 0);
            let product: f64 =
                planes[0].iter().zip(&planes[1]).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let power: f64 = planes.iter().flatten().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 2.0;
            assert!((product / power - (1.0 - width)).abs() < 0.15, "{width}: {}", product / power);
        }
    }
}
