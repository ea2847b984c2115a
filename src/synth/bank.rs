//! A bank of octave bands of noise: nine for each channel, each with a gain that changes over time. Waves, wind and
//! rivers control these gains.
//!
//! The bands are fixed filters of noise that is computed from the frame index, and a gain is a function of time
//! alone, so the only state is that of the filters.

use crate::dsp::noise::HashNoise;
use crate::dsp::svf::SvfCoefficients;
use crate::unit::SampleRate;

pub(crate) const BANDS: usize = 9;
/// The centre frequencies in Hz: the octaves from 62.5 Hz to 16 kHz.
pub(crate) const CENTRES_HZ: [f64; BANDS] =
    [62.5, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0];

/// The amplitude (RMS) of each band in the left and in the right channel.
pub(crate) type Gains = [[f64; BANDS]; 2];

/// Two of these filters in series make a band: adjacent bands then sum without a dip, and the slopes are 12 dB per
/// octave.
const Q: f64 = 0.85;
/// The filters of both channels, band by band.
const LANES: usize = 2 * BANDS;
/// Gains are computed every this many frames and interpolated linearly. A grain is a multiple of it.
const STEP: usize = 128;
/// After this time the state of the lowest band has decayed by 120 dB, in seconds.
const WARM_UP_SECONDS: f64 = 0.16;
/// Bands above this share of the rate are silent.
const HIGHEST: f64 = 0.42;

#[derive(Clone, Debug)]
pub(crate) struct Bank {
    noise: HashNoise,
    shapes: [SvfCoefficients; BANDS],
    /// The gains of the mid and the side signal in each band, which also scale it to an RMS of 1.
    middle: [f64; BANDS],
    side: [f64; BANDS],
    warm_up: u64,
}

impl Bank {
    /// `correlation` is that of left and right in each band, −1 to 1.
    pub(crate) fn new(rate: SampleRate, seed: u64, correlation: [f64; BANDS]) -> Self {
        let hz = rate.as_f64();
        let shapes = CENTRES_HZ.map(|centre| SvfCoefficients::new(centre, Q, hz));
        let warm_up = (WARM_UP_SECONDS * hz).ceil() as u64;
        let mut bank =
            Self { noise: HashNoise::new(seed), shapes, middle: [0.0; BANDS], side: [0.0; BANDS], warm_up };
        for (band, power) in bank.powers().into_iter().enumerate() {
            if CENTRES_HZ[band] > HIGHEST * hz {
                continue;
            }
            // Adjacent bands have opposite signs, since they would cancel where they overlap. White noise has a power
            // of 1/3.
            let sign = if band % 2 == 0 { 1.0 } else { -1.0 };
            let gain = sign / (power / 3.0).sqrt();
            bank.middle[band] = gain * f64::midpoint(1.0, correlation[band]).sqrt();
            bank.side[band] = gain * ((1.0 - correlation[band]) / 2.0).sqrt();
        }
        bank
    }

    /// The power gain of each band for white noise: the sums of the squared impulse responses.
    fn powers(&self) -> [f64; BANDS] {
        let mut lanes = BankState::default();
        let mut sums = [0.0; BANDS];
        let coefficients = self.coefficients();
        for frame in 0..2 * self.warm_up {
            let made = lanes.step(&coefficients, &[if frame == 0 { 1.0 } else { 0.0 }; LANES]);
            sums.iter_mut().zip(made).for_each(|(sum, value)| *sum += value * value);
        }
        sums
    }

    fn coefficients(&self) -> LaneCoefficients {
        let lane =
            |pick: fn(&SvfCoefficients) -> f64| std::array::from_fn(|lane| pick(&self.shapes[lane % BANDS]));
        LaneCoefficients {
            k: lane(SvfCoefficients::k),
            a1: lane(SvfCoefficients::a1),
            a2: lane(SvfCoefficients::a2),
            a3: lane(SvfCoefficients::a3),
        }
    }

    /// Fills both channels from frame `first` on, a multiple of [`STEP`]. `gains_at` returns the gains at a frame.
    pub(crate) fn run(
        &self,
        first: u64,
        left: &mut [f32],
        right: &mut [f32],
        gains_at: &mut dyn FnMut(u64) -> Gains,
    ) {
        let coefficients = self.coefficients();
        let mut lanes = BankState::default();
        for back in (1..=self.warm_up).rev() {
            lanes.step(&coefficients, &self.noise_at(first.wrapping_sub(back)));
        }
        let mut gains = flat(gains_at(first));
        let mut frame = first;
        for (left, right) in left.chunks_mut(STEP).zip(right.chunks_mut(STEP)) {
            let next = flat(gains_at(frame + STEP as u64));
            let slopes: [f64; LANES] = std::array::from_fn(|lane| (next[lane] - gains[lane]) / STEP as f64);
            for (left, right) in left.iter_mut().zip(right) {
                let made = lanes.step(&coefficients, &self.noise_at(frame));
                let mut products = [0.0; LANES];
                for lane in 0..LANES {
                    products[lane] = made[lane] * gains[lane];
                    gains[lane] += slopes[lane];
                }
                *left = products[..BANDS].iter().sum::<f64>() as f32;
                *right = products[BANDS..].iter().sum::<f64>() as f32;
                frame += 1;
            }
            gains = next;
        }
    }

    /// The filter inputs of each lane at a frame.
    #[inline]
    fn noise_at(&self, frame: u64) -> [f64; LANES] {
        let (middle, side) = self.noise.pair(frame);
        let (middle, side) = (f64::from(middle), f64::from(side));
        let mut lanes = [0.0; LANES];
        let (left, right) = lanes.split_at_mut(BANDS);
        for band in 0..BANDS {
            let (shared, own) = (middle * self.middle[band], side * self.side[band]);
            left[band] = shared + own;
            right[band] = shared - own;
        }
        lanes
    }
}

fn flat(gains: Gains) -> [f64; LANES] {
    std::array::from_fn(|lane| gains[lane / BANDS][lane % BANDS])
}

/// The amplitudes of bands from their power densities in dB, as read off a spectrum; the density of a band is its
/// power divided by its width.
pub(crate) fn amplitudes(density_db: [f64; BANDS]) -> [f64; BANDS] {
    std::array::from_fn(|band| (10f64.powf(density_db[band] / 10.0) * CENTRES_HZ[band]).sqrt())
}

/// Scales amplitudes to a total RMS of one.
pub(crate) fn normalised(amplitudes: [f64; BANDS]) -> [f64; BANDS] {
    let whole = amplitudes.iter().map(|gain| gain * gain).sum::<f64>().sqrt();
    amplitudes.map(|gain| gain / whole)
}

/// The filter coefficients of all lanes.
struct LaneCoefficients {
    k: [f64; LANES],
    a1: [f64; LANES],
    a2: [f64; LANES],
    a3: [f64; LANES],
}

/// The state of all filters, arranged so that several can be computed at once.
struct BankState {
    first: [[f64; LANES]; 2],
    second: [[f64; LANES]; 2],
}

impl Default for BankState {
    fn default() -> Self {
        Self { first: [[0.0; LANES]; 2], second: [[0.0; LANES]; 2] }
    }
}

impl BankState {
    #[inline]
    fn step(&mut self, c: &LaneCoefficients, x: &[f64; LANES]) -> [f64; LANES] {
        let once = band_pass(&mut self.first, c, x);
        band_pass(&mut self.second, c, &once)
    }
}

/// The band-pass output of the filter in [`crate::dsp::svf`], in every lane.
#[inline]
fn band_pass(state: &mut [[f64; LANES]; 2], c: &LaneCoefficients, x: &[f64; LANES]) -> [f64; LANES] {
    let mut out = [0.0; LANES];
    let [ic1, ic2] = state;
    for lane in 0..LANES {
        let v3 = x[lane] - ic2[lane];
        let v1 = c.a1[lane] * ic1[lane] + c.a2[lane] * v3;
        let v2 = ic2[lane] + c.a2[lane] * ic1[lane] + c.a3[lane] * v3;
        ic1[lane] = 2.0 * v1 - ic1[lane];
        ic2[lane] = 2.0 * v2 - ic2[lane];
        out[lane] = c.k[lane] * v1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::GRAIN;
    use crate::synth::generator::check::{density_db, rms_db};

    fn made(bank: &Bank, gains: Gains) -> [Vec<f32>; 2] {
        let (mut left, mut right) = (vec![0.0; GRAIN as usize], vec![0.0; GRAIN as usize]);
        bank.run(0, &mut left, &mut right, &mut |_| gains);
        [left, right]
    }

    #[test]
    fn each_band_has_the_level_it_is_given_at_every_rate() {
        for hz in [22_050, 48_000, 96_000] {
            let bank = Bank::new(SampleRate::new(hz).unwrap(), 1, [0.0; BANDS]);
            for band in 2..BANDS {
                let mut gains = [[0.0; BANDS]; 2];
                gains[0][band] = 0.1;
                let [left, right] = made(&bank, gains);
                assert!(right.iter().all(|s| *s == 0.0));
                if CENTRES_HZ[band] < HIGHEST * f64::from(hz) {
                    assert!((rms_db(&left) + 20.0).abs() < 0.8, "{band} at {hz}: {}", rms_db(&left));
                } else {
                    assert!(left.iter().all(|s| *s == 0.0));
                }
            }
        }
    }

    #[test]
    fn bands_of_one_density_make_white_noise() {
        let bank = Bank::new(SampleRate::DEFAULT, 2, [0.5; BANDS]);
        let [left, _] = made(&bank, [normalised(amplitudes([0.0; BANDS])); 2]);
        let levels: Vec<f64> = (0..22)
            .map(|third| density_db(&left, 48_000.0, 100.0 * 2f64.powf(f64::from(third) / 3.0)))
            .collect();
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        // A band and a half of a decibel for the joints, the rest for the chance in noise.
        assert!(levels.iter().all(|level| (level - mean).abs() < 2.6), "{levels:?}");
    }

    #[test]
    fn left_and_right_have_the_given_correlation() {
        for correlation in [-0.3, 0.0, 0.8] {
            let bank = Bank::new(SampleRate::DEFAULT, 3, [correlation; BANDS]);
            let [left, right] = made(&bank, [normalised(amplitudes([0.0; BANDS])); 2]);
            let product: f64 = left.iter().zip(&right).map(|(&l, &r)| f64::from(l) * f64::from(r)).sum();
            let power: f64 = left.iter().map(|&l| f64::from(l).powi(2)).sum();
            assert!((product / power - correlation).abs() < 0.05, "{correlation}: {}", product / power);
        }
    }
}
