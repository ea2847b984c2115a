//! The background noise of a room: analyses it in a recording, and generates endless noise like it.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use serde::{Deserialize, Serialize};

use super::frames;
use crate::dsp::noise::HashNoise;
use crate::unit::SampleRate;

/// The centres of the octave bands that describe the noise, in Hz.
pub const OCTAVES: [f64; 9] = [62.5, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0];
/// The length of an analysed frame in seconds, rounded up to a power of two.
const STRETCH: f64 = 0.02;
/// The least number of frames for an analysis.
const FEWEST: usize = 4;
/// Anything quieter is digital silence rather than a room, in dBFS.
const NOTHING: f64 = -100.0;
/// Generated noise repeats after this many frames: 11 seconds at 48 kHz.
const PERIOD: usize = 1 << 19;

/// The level and spectrum of background noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomNoise {
    /// The RMS level in dBFS.
    pub level: f64,
    /// The power density in each of the [`OCTAVES`], in dB relative to each other.
    pub bands: [f64; OCTAVES.len()],
}

impl RoomNoise {
    /// The noise of a quiet studio, for a voice whose recordings have no background noise: it falls by 5 dB per
    /// octave.
    pub fn studio() -> Self {
        Self { level: -72.0, bands: std::array::from_fn(|octave| -5.0 * octave as f64) }
    }

    /// Analyses the quiet ranges of a recording; `None` if they are too short or digital silence. Only the quieter
    /// half of the frames is used, since background noise is what is always present.
    pub fn of(samples: &[f32], quiet: &[(usize, usize)], rate: SampleRate) -> Option<Self> {
        let length = frames(STRETCH, rate).next_power_of_two();
        let windows = quiet.iter().flat_map(|(from, to)| samples[*from..*to].chunks_exact(length));
        let power =
            |part: &[f32]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len() as f64;
        let mut frames: Vec<(f64, &[f32])> = windows.map(|part| (power(part), part)).collect();
        frames.sort_by(|a, b| a.0.total_cmp(&b.0));
        if frames.len() < FEWEST {
            return None;
        }
        frames.truncate(frames.len().div_ceil(2));
        let level = 10.0 * (frames.iter().map(|part| part.0).sum::<f64>() / frames.len() as f64).log10();
        if level < NOTHING {
            return None;
        }
        let spectrum = spectrum(frames.iter().map(|part| part.1), length);
        let bands = OCTAVES.map(|hz| density(&spectrum, hz * length as f64 / rate.as_f64()));
        Some(Self { level, bands: fill(bands)? })
    }

    /// The median of each value over many clips.
    pub fn median(rooms: &[Self]) -> Option<Self> {
        let middle = |value: &dyn Fn(&Self) -> f64| {
            let mut values: Vec<f64> = rooms.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let level = middle(&|room| room.level)?;
        let bands = std::array::from_fn(|octave| middle(&|room| room.bands[octave]).unwrap_or_default());
        Some(Self { level, bands })
    }

    /// Generates noise with this spectrum and an RMS of one that loops without a seam, since every frequency in it
    /// has a whole number of periods. The seed determines the phases.
    pub fn noise(&self, rate: SampleRate, seed: u64) -> Vec<f32> {
        let (phase, bins) = (HashNoise::new(seed), PERIOD / 2 + 1);
        let bin = |index: usize| {
            let hz = index as f64 * rate.as_f64() / PERIOD as f64;
            // Nothing at 0 Hz and at half the rate, where there is no phase, and nothing outside the audible range.
            if index == 0 || index == bins - 1 || !(20.0..=20_000.0).contains(&hz) {
                return Complex::default();
            }
            Complex::from_polar(
                10f32.powf(self.at(hz) as f32 / 20.0),
                (TAU * phase.fraction(index as u64)) as f32,
            )
        };
        let mut spectrum: Vec<Complex<f32>> = (0..bins).map(bin).collect();
        let mut samples = vec![0.0f32; PERIOD];
        let inverse = RealFftPlanner::<f32>::new().plan_fft_inverse(PERIOD);
        inverse.process(&mut spectrum, &mut samples).expect("the lengths are those of the plan");
        let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / PERIOD as f64;
        let scale = 1.0 / power.sqrt();
        samples.iter_mut().for_each(|sample| *sample = (f64::from(*sample) * scale) as f32);
        samples
    }

    /// The density at a frequency: interpolated linearly between octaves, constant beyond the outer ones.
    fn at(&self, hz: f64) -> f64 {
        let place = (hz / OCTAVES[0]).log2().clamp(0.0, (OCTAVES.len() - 1) as f64);
        let octave = (place as usize).min(OCTAVES.len() - 2);
        let share = place - octave as f64;
        self.bands[octave] * (1.0 - share) + self.bands[octave + 1] * share
    }
}

/// The mean power spectrum of frames of the same length, with a Hann window.
fn spectrum<'a>(windows: impl Iterator<Item = &'a [f32]>, length: usize) -> Vec<f64> {
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
    let mut sum = vec![0.0; output.len()];
    for stretch in windows {
        for (n, (input, sample)) in input.iter_mut().zip(stretch).enumerate() {
            *input = f64::from(*sample) * (0.5 - 0.5 * (TAU * n as f64 / length as f64).cos());
        }
        forward.process(&mut input, &mut output).expect("the lengths are those of the plan");
        sum.iter_mut().zip(&output).for_each(|(sum, bin)| *sum += bin.norm_sqr());
    }
    sum
}

/// The mean power of the bins in the octave around a bin, in dB; NaN if there are none.
fn density(spectrum: &[f64], middle: f64) -> f64 {
    let from = (middle / std::f64::consts::SQRT_2).round().max(1.0) as usize;
    let to = ((middle * std::f64::consts::SQRT_2).round() as usize + 1).min(spectrum.len());
    if from >= to || middle > spectrum.len() as f64 {
        return f64::NAN;
    }
    let power = spectrum[from..to].iter().sum::<f64>() / (to - from) as f64;
    10.0 * power.max(1e-30).log10()
}

/// Octaves that a low rate does not contain get the value of the octave below. The loudest octave is 0 dB and none is
/// below −80 dB.
fn fill(mut bands: [f64; OCTAVES.len()]) -> Option<[f64; OCTAVES.len()]> {
    let loudest = bands.iter().copied().filter(|band| !band.is_nan()).reduce(f64::max)?;
    let mut last = 0.0;
    for band in &mut bands {
        *band = if band.is_nan() { last } else { (*band - loudest).max(-80.0) };
        last = *band;
    }
    Some(bands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise};

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn generated_noise_has_the_given_level_and_spectrum() {
        let room = RoomNoise::studio();
        let made = room.noise(RATE, 1);
        assert!(db(&made).abs() < 1e-6);
        let frames = RoomNoise::of(&made, &[(0, made.len())], RATE).unwrap();
        for (octave, (frames, told)) in frames.bands.iter().zip(room.bands).enumerate().skip(1) {
            let difference = (frames - frames_base(&made)) - told;
            assert!(difference.abs() < 3.0, "octave {octave}: {difference} dB");
        }
        assert!(room.noise(RATE, 1) == made && room.noise(RATE, 2) != made);
    }

    /// The first octave has too few bins; the second is tested in its place.
    fn frames_base(made: &[f32]) -> f64 {
        RoomNoise::of(made, &[(0, made.len())], RATE).unwrap().bands[1] + 5.0
    }

    #[test]
    fn the_noise_loops_without_a_seam() {
        let made = RoomNoise::studio().noise(RATE, 3);
        let steps = made.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let seam = (made[0] - made[made.len() - 1]).abs();
        assert!(seam <= steps.fold(0.0, f32::max));
    }

    #[test]
    fn white_noise_is_level_and_its_level_is_read() {
        let samples = noise(1, 0.001, 96_000);
        let room = RoomNoise::of(&samples, &[(0, 40_000), (50_000, 96_000)], RATE).unwrap();
        assert!((room.level - db(&samples)).abs() < 0.5, "{room:?}");
        assert!(room.bands[2..].iter().all(|band| *band > -1.5), "{room:?}");
    }

    #[test]
    fn digital_silence_and_short_ranges_give_no_room_noise() {
        assert_eq!(RoomNoise::of(&vec![0.0; 48_000], &[(0, 48_000)], RATE), None);
        assert_eq!(RoomNoise::of(&noise(1, 0.1, 48_000), &[(0, 2_000)], RATE), None);
        let low = SampleRate::new(8_000).unwrap();
        let room = RoomNoise::of(&noise(1, 0.01, 16_000), &[(0, 16_000)], low).unwrap();
        assert!(room.bands.iter().all(|band| band.is_finite()), "{room:?}");
    }
}
