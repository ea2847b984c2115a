//! The sound of a room: what it is like in a recording, and endless noise that is like it.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use serde::{Deserialize, Serialize};

use super::frames;
use crate::dsp::noise::HashNoise;
use crate::unit::SampleRate;

/// The middles of the octaves a room is described by, in Hz.
pub const OCTAVES: [f64; 9] = [62.5, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0];
/// A stretch that is listened to, in seconds; it is rounded up to a power of two.
const STRETCH: f64 = 0.02;
/// So many stretches tell something of a room.
const FEWEST: usize = 4;
/// What is quieter holds no room, only the silence of a machine, in dBFS.
const NOTHING: f64 = -100.0;
/// Made noise repeats after so many frames: 11 seconds at 48 kHz.
const PERIOD: usize = 1 << 19;

/// The noise of a room.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomNoise {
    /// Its RMS level in dBFS.
    pub level: f64,
    /// The density of its power around each of [`OCTAVES`], in dB against each other.
    pub bands: [f64; OCTAVES.len()],
}

impl RoomNoise {
    /// A quiet studio, for a voice whose recordings hold no room at all: it falls by 5 dB an octave.
    pub fn studio() -> Self {
        Self { level: -72.0, bands: std::array::from_fn(|octave| -5.0 * octave as f64) }
    }

    /// Listens to the quiet stretches of a recording; `None` where there is too little of them, or nothing in them.
    /// Of what it hears the louder half is left out: a room is what is always there.
    pub fn of(samples: &[f32], quiet: &[(usize, usize)], rate: SampleRate) -> Option<Self> {
        let length = frames(STRETCH, rate).next_power_of_two();
        let stretches = quiet.iter().flat_map(|(from, to)| samples[*from..*to].chunks_exact(length));
        let power =
            |part: &[f32]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len() as f64;
        let mut heard: Vec<(f64, &[f32])> = stretches.map(|part| (power(part), part)).collect();
        heard.sort_by(|a, b| a.0.total_cmp(&b.0));
        if heard.len() < FEWEST {
            return None;
        }
        heard.truncate(heard.len().div_ceil(2));
        let level = 10.0 * (heard.iter().map(|part| part.0).sum::<f64>() / heard.len() as f64).log10();
        if level < NOTHING {
            return None;
        }
        let spectrum = spectrum(heard.iter().map(|part| part.1), length);
        let bands = OCTAVES.map(|hz| density(&spectrum, hz * length as f64 / rate.as_f64()));
        Some(Self { level, bands: fill(bands)? })
    }

    /// The room of many clips: the median of each number.
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

    /// Noise like it, with an RMS of one, that goes on without a seam after its last sample: every frequency in it fits
    /// whole times. Its phases come from the seed.
    pub fn noise(&self, rate: SampleRate, seed: u64) -> Vec<f32> {
        let (phase, bins) = (HashNoise::new(seed), PERIOD / 2 + 1);
        let bin = |index: usize| {
            let hz = index as f64 * rate.as_f64() / PERIOD as f64;
            // Nothing at 0 Hz and at half the rate, which hold no phase, nor where nobody hears it.
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

    /// Its density at a frequency: straight lines between octaves, and level beyond the outer ones.
    fn at(&self, hz: f64) -> f64 {
        let place = (hz / OCTAVES[0]).log2().clamp(0.0, (OCTAVES.len() - 1) as f64);
        let octave = (place as usize).min(OCTAVES.len() - 2);
        let share = place - octave as f64;
        self.bands[octave] * (1.0 - share) + self.bands[octave + 1] * share
    }
}

/// The mean power of each frequency over stretches of one length, through Hann's window.
fn spectrum<'a>(stretches: impl Iterator<Item = &'a [f32]>, length: usize) -> Vec<f64> {
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
    let mut sum = vec![0.0; output.len()];
    for stretch in stretches {
        for (n, (input, sample)) in input.iter_mut().zip(stretch).enumerate() {
            *input = f64::from(*sample) * (0.5 - 0.5 * (TAU * n as f64 / length as f64).cos());
        }
        forward.process(&mut input, &mut output).expect("the lengths are those of the plan");
        sum.iter_mut().zip(&output).for_each(|(sum, bin)| *sum += bin.norm_sqr());
    }
    sum
}

/// The mean power of the bins of the octave around a bin, in dB; not a number where there are none.
fn density(spectrum: &[f64], middle: f64) -> f64 {
    let from = (middle / std::f64::consts::SQRT_2).round().max(1.0) as usize;
    let to = ((middle * std::f64::consts::SQRT_2).round() as usize + 1).min(spectrum.len());
    if from >= to || middle > spectrum.len() as f64 {
        return f64::NAN;
    }
    let power = spectrum[from..to].iter().sum::<f64>() / (to - from) as f64;
    10.0 * power.max(1e-30).log10()
}

/// What a low rate does not hold goes on as the octave below it; the loudest is 0 dB and none is 80 dB under it.
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
    fn made_noise_is_as_loud_as_told_and_falls_as_its_octaves_do() {
        let room = RoomNoise::studio();
        let made = room.noise(RATE, 1);
        assert!(db(&made).abs() < 1e-6);
        let heard = RoomNoise::of(&made, &[(0, made.len())], RATE).unwrap();
        for (octave, (heard, told)) in heard.bands.iter().zip(room.bands).enumerate().skip(1) {
            let difference = (heard - heard_base(&made)) - told;
            assert!(difference.abs() < 3.0, "octave {octave}: {difference} dB");
        }
        assert!(room.noise(RATE, 1) == made && room.noise(RATE, 2) != made);
    }

    /// The first octave of noise is short of bins; the second stands for it.
    fn heard_base(made: &[f32]) -> f64 {
        RoomNoise::of(made, &[(0, made.len())], RATE).unwrap().bands[1] + 5.0
    }

    #[test]
    fn the_noise_goes_on_without_a_seam() {
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
    fn silence_and_too_little_of_it_are_no_room() {
        assert_eq!(RoomNoise::of(&vec![0.0; 48_000], &[(0, 48_000)], RATE), None);
        assert_eq!(RoomNoise::of(&noise(1, 0.1, 48_000), &[(0, 2_000)], RATE), None);
        let low = SampleRate::new(8_000).unwrap();
        let room = RoomNoise::of(&noise(1, 0.01, 16_000), &[(0, 16_000)], low).unwrap();
        assert!(room.bands.iter().all(|band| band.is_finite()), "{room:?}");
    }
}
