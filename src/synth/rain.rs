//! Rain: the noise of all the drops that are too far away to tell apart, and many small drops near enough to hear
//! individually.
//!
//! The background is noise with the spectrum of recorded steady rain (falling about 2 dB per octave to 4 kHz and
//! faster above), with less wind below 100 Hz and less harshness above 8 kHz; left and right are equal at low
//! frequencies and differ at high ones. Drops belong to slots of time, not to grains: a slot and a number determine a
//! drop completely, so it is the same in every grain that it rings into.

mod drop;

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use drop::Drop;

use super::generator::{Generator, first_frame, stereo};
use super::scatter::Slots;
use crate::dsp::fade::raised_cosine;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::dsp::svf::{SvfCoefficients, SvfState};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 1 dB.
pub const LEVEL: Db = Db(-24.0);

/// The poles of the background noise in Hz, and their weights in the mid signal, fitted to the spectrum described
/// above.
const POLES_HZ: [f64; 4] = [110.0, 440.0, 1_760.0, 7_040.0];
const WEIGHTS: [f64; 4] = [-0.27, 0.896, 1.43, -0.773];
/// The side signal is the band between two poles, fitted to the correlation of the same recording.
const SIDE_POLES_HZ: [f64; 2] = [5_140.0, 890.0];
const SIDE_WEIGHT: f64 = 0.557;
/// Lower frequencies are wind, not rain.
const LOWEST_HZ: f64 = 60.0;
/// After this time the state of the slowest pole has decayed by 160 dB.
const WARM_UP_SECONDS: f64 = 0.1;
/// The slots in which drops are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;
/// The amplitude of the nearest drop relative to the farthest. Drops are spread over a plane, cut off 15 dB nearer
/// than its edge.
const NEAREST: f64 = 5.5;
/// How the level varies: seconds between random points, and the largest deviation in dB.
const DRIFTS: [(f64, f64); 2] = [(11.0, 1.4), (4.3, 0.7)];
/// The level is computed every this many frames and interpolated linearly.
const DRIFT_STEP: u64 = 256;

/// The kind of rain. Both values are clamped to 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RainSettings {
    /// 0 is a drizzle of about 40 drops per second, 1 a downpour of 640 with a deeper sound. Does not change the
    /// level.
    pub heaviness: f64,
    /// How prominent single drops are: at 0 there are none, at 1 they have as much power as the background.
    pub nearness: f64,
}

impl Default for RainSettings {
    /// Steady rain outside an open window.
    fn default() -> Self {
        Self { heaviness: 0.5, nearness: 0.6 }
    }
}

/// Rain in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Copy, Debug)]
pub struct Rain {
    rate: SampleRate,
    seed: u64,
    noise: HashNoise,
    level_noise: [HashNoise; 2],
    poles: [f64; 4],
    weights: [f64; 4],
    side_poles: [f64; 2],
    side_weight: f64,
    highpass: SvfCoefficients,
    warm_up: u64,
    /// The mean number of drops per slot.
    drops: f64,
    /// The amplitude of the farthest drop.
    farthest: f64,
}

impl Rain {
    pub fn new(rate: SampleRate, seed: u64, sky: RainSettings) -> Self {
        let (heaviness, nearness) = (sky.heaviness.clamp(0.0, 1.0), sky.nearness.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let pole = |at: f64| 1.0 - (-TAU * at / hz).exp();
        let [w0, w1, w2, w3] = WEIGHTS;
        let body = 0.6 + 0.8 * heaviness;
        let per_second = 40.0 * 16f64.powf(heaviness);
        // At 0.5, single drops are 9 dB below the background.
        let share = if nearness > 0.0 { 10f64.powf(1.8 * (nearness - 1.0)) } else { 0.0 };
        let power = LEVEL.gain().0.powi(2);
        let drop_power = power * share / (1.0 + share);
        let mut rain = Self {
            rate,
            seed,
            noise: HashNoise::new(seed_from(&[seed, 0])),
            level_noise: [HashNoise::new(seed_from(&[seed, 1])), HashNoise::new(seed_from(&[seed, 2]))],
            poles: POLES_HZ.map(pole),
            weights: [w0 * body, w1 * body, w2, w3],
            side_poles: SIDE_POLES_HZ.map(pole),
            side_weight: SIDE_WEIGHT,
            highpass: SvfCoefficients::new(LOWEST_HZ, FRAC_1_SQRT_2, hz),
            warm_up: (WARM_UP_SECONDS * hz).ceil() as u64,
            drops: per_second / f64::from(SLOTS_PER_SECOND),
            farthest: (drop_power * hz / (per_second * mean_square())).sqrt(),
        };
        let gain = (power / (1.0 + share) / (rain.background_power() / 3.0)).sqrt();
        rain.weights = rain.weights.map(|weight| weight * gain);
        rain.side_weight *= gain;
        rain
    }

    /// The power gain of one channel for white noise: the sum of both squared impulse responses.
    fn background_power(&self) -> f64 {
        let mut background = Background::default();
        (0..self.warm_up)
            .map(|i| {
                let x = if i == 0 { 1.0 } else { 0.0 };
                let (middle, side) = background.step(self, x, x);
                middle * middle + side * side
            })
            .sum()
    }

    /// Fills both channels from frame `first` on; filters start `warm_up` frames earlier.
    fn run(&self, first: u64, warm_up: u64, left: &mut [f32], right: &mut [f32]) {
        let mut background = Background::default();
        let mut frame = |index: u64| {
            let (middle, side) = self.noise.pair(index);
            background.step(self, f64::from(middle), f64::from(side))
        };
        for back in (1..=warm_up).rev() {
            frame(first.wrapping_sub(back));
        }
        // Grains begin at multiples of the step, so each chunk lies between two computed points.
        let chunks = left.chunks_mut(DRIFT_STEP as usize).zip(right.chunks_mut(DRIFT_STEP as usize));
        for (start, (left, right)) in (first..).step_by(DRIFT_STEP as usize).zip(chunks) {
            let level = self.drift(start).gain().0;
            let slope = (self.drift(start + DRIFT_STEP).gain().0 - level) / DRIFT_STEP as f64;
            for ((step, left), right) in (0..).zip(left).zip(right) {
                let (middle, side) = frame(start + step);
                let level = level + slope * step as f64;
                (*left, *right) = ((level * (middle + side)) as f32, (level * (middle - side)) as f32);
            }
        }
        self.drip(first, left, right);
    }

    /// Adds every drop that can be heard in the window, in the order of the slots.
    fn drip(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        if self.farthest == 0.0 {
            return;
        }
        let slots = Slots {
            seed: [self.seed, 3],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: (drop::LONGEST_SECONDS * self.rate.as_f64()) as u64,
        };
        // Heavier rain has more drops as well as louder ones.
        let mean = |slot| self.drops * self.drift(slot).gain().0;
        slots.each(first, left.len() as u64, mean, |start, random| {
            Drop::new(random, self.rate, self.amplitude(random.fraction(1))).add(start, first, left, right);
        });
    }

    /// The amplitude of a drop at a random place on the plane around the listener: 1/distance, with distances in
    /// proportion to area.
    fn amplitude(&self, fraction: f64) -> f64 {
        let nearest = NEAREST.powi(-2);
        self.farthest / (nearest + (1.0 - nearest) * (1.0 - fraction)).sqrt()
    }

    /// The deviation from the mean level at a frame.
    fn drift(&self, frame: u64) -> Db {
        let seconds = frame as f64 / self.rate.as_f64();
        let deviation = self.level_noise.iter().zip(DRIFTS).map(|(white, (apart, most))| {
            let place = seconds / apart;
            let (from, to) = (white.at(place as u64), white.at(place as u64 + 1));
            most * (f64::from(from) + f64::from(to - from) * raised_cosine(place.fract()))
        });
        Db(deviation.sum())
    }
}

impl Generator for Rain {
    fn grain(&self, index: u64, planes: &mut [Vec<f32>]) {
        let (left, right) = stereo(planes);
        self.run(first_frame(index), self.warm_up, left, right);
    }
}

/// The filter state of the background noise.
#[derive(Clone, Copy, Debug, Default)]
struct Background {
    middle: [f64; 4],
    side: [f64; 2],
    highpass: SvfState,
}

impl Background {
    /// The mid and the side signal from two samples of noise.
    #[inline]
    fn step(&mut self, rain: &Rain, middle: f64, side: f64) -> (f64, f64) {
        let mut sum = 0.0;
        for ((state, pole), weight) in self.middle.iter_mut().zip(rain.poles).zip(rain.weights) {
            *state += pole * (middle - *state);
            sum += weight * *state;
        }
        for (state, pole) in self.side.iter_mut().zip(rain.side_poles) {
            *state += pole * (side - *state);
        }
        (self.highpass.step(&rain.highpass, sum).high, rain.side_weight * (self.side[0] - self.side[1]))
    }
}

/// The mean square of the amplitudes of [`Rain::amplitude`] for a farthest drop of 1, including the kinds of drops.
fn mean_square() -> f64 {
    drop::MEAN_POWER * 2.0 * NEAREST.ln() / (1.0 - NEAREST.powi(-2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::GRAIN;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn rain(heaviness: f64, nearness: f64) -> Rain {
        Rain::new(SampleRate::DEFAULT, 5, RainSettings { heaviness, nearness })
    }

    /// The fourth moment over the squared second: 3 for plain noise, more the more single drops stand out.
    fn kurtosis(samples: &[f32]) -> f64 {
        let moment =
            |power| samples.iter().map(|&s| f64::from(s).powi(power)).sum::<f64>() / samples.len() as f64;
        moment(4) / moment(2).powi(2)
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&rain(0.5, 1.0));
    }

    #[test]
    fn grains_join_as_if_the_rain_had_never_been_cut() {
        let (mut left, mut right) = (vec![0.0; 2 * GRAIN as usize], vec![0.0; 2 * GRAIN as usize]);
        rain(0.5, 1.0).run(0, 40_000, &mut left, &mut right);
        joins_without_a_seam(&rain(0.5, 1.0), &[left, right]);
    }

    #[test]
    fn the_level_is_the_same_for_all_settings_and_rates() {
        for (hz, heaviness, nearness) in
            [(48_000, 0.0, 0.6), (48_000, 1.0, 1.0), (22_050, 0.5, 0.6), (96_000, 0.5, 0.0)]
        {
            let rain = Rain::new(SampleRate::new(hz).unwrap(), 5, RainSettings { heaviness, nearness });
            for plane in made(&rain, 2) {
                let level = rms_db(&plane);
                // The drift may carry a single grain some way from the long run.
                assert!((level - LEVEL.0).abs() < 2.2, "{hz} Hz, {heaviness}, {nearness}: {level} dB");
                assert!(plane.iter().all(|s| s.abs() < 1.0));
            }
        }
    }

    #[test]
    fn the_spectrum_falls_like_that_of_a_steady_rain() {
        let plane = made(&rain(0.5, 0.6), 0).swap_remove(0);
        let at = |hz| density_db(&plane, 48_000.0, hz);
        let middle = at(1_000.0);
        for (hz, level) in [(125.0, 2.3), (500.0, 1.4), (4_000.0, -5.0), (8_000.0, -8.7), (16_000.0, -12.6)] {
            assert!((at(hz) - middle - level).abs() < 2.0, "{hz} Hz: {} dB", at(hz) - middle);
        }
        assert!(at(20.0) < middle - 8.0);
    }

    #[test]
    fn near_drops_stand_out_and_far_ones_do_not() {
        let [far, usual, near] = [0.0, 0.6, 1.0].map(|nearness| kurtosis(&made(&rain(0.5, nearness), 0)[0]));
        assert!((far - 3.0).abs() < 0.2 && usual > far + 0.1 && near > usual + 0.5, "{far} {usual} {near}");
    }

    #[test]
    fn the_drift_is_slow_and_small() {
        let rain = rain(0.5, 0.6);
        let levels: Vec<f64> = (0..6_000).map(|tenth| rain.drift(tenth * 4_800).0).collect();
        assert!(levels.iter().all(|level| level.abs() < 2.1));
        // Never more than a decibel a second.
        assert!(levels.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.1));
        assert!(levels.iter().fold(0.0f64, |most, level| most.max(level.abs())) > 1.0);
    }
}
