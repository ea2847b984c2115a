//! Noise whose spectrum is given by thirds of octaves and may change over time. Rain, the sea, wind, brooks and fires
//! have it.
//!
//! The noise is made in overlapping frames: random numbers in the frequency domain, times the gains of that moment,
//! transformed back and added under a window whose squares add to one (as the noise of a spectral model is made: Serra
//! and Smith, "Spectral modeling synthesis", Computer Music Journal 14, 1990; the window is that of the Vorbis I
//! specification, section 4.3.1, which has no corner at its ends). A frame depends on its number
//! alone, so there is no state and nothing has to be warmed up.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner};

use crate::dsp::noise::HashNoise;
use crate::unit::SampleRate;

/// The thirds of octaves from 50 Hz to 20 kHz.
pub(crate) const THIRDS: usize = 27;
/// The index of the third at 1 kHz.
const KILOHERTZ: i32 = 13;
/// The octaves from 63 Hz to 16 kHz, for values that need no finer steps.
pub(crate) const OCTAVES: usize = 9;

/// The amplitude (RMS) of each third in the left and in the right channel.
pub(crate) type Gains = [[f32; THIRDS]; 2];

/// A frame lasts about this long, in seconds: bins of 23 Hz, and gains that change every 21 ms.
const FRAME_SECONDS: f64 = 0.043;
/// The mean power of a random number with both parts uniform in ±1.
const POWER: f64 = 2.0 / 3.0;

/// The centre of a third in Hz (IEC 61260-1, base ten).
pub(crate) fn third_hz(third: usize) -> f64 {
    1_000.0 * 10f64.powf(f64::from(third as i32 - KILOHERTZ) / 10.0)
}

/// The values of thirds from those of octaves, on straight lines between them.
pub(crate) fn between_octaves(octaves: [f64; OCTAVES]) -> [f64; THIRDS] {
    std::array::from_fn(|third| {
        let place = ((third as f64 - 1.0) / 3.0).clamp(0.0, OCTAVES as f64 - 1.0);
        let low = (place as usize).min(OCTAVES - 2);
        octaves[low] + (place - low as f64) * (octaves[low + 1] - octaves[low])
    })
}

/// The amplitudes of thirds from their levels in dB, scaled to a total RMS of one.
pub(crate) fn amplitudes(levels_db: [f64; THIRDS]) -> [f64; THIRDS] {
    let powers = levels_db.map(|level| 10f64.powf(level / 10.0));
    let whole: f64 = powers.iter().sum();
    powers.map(|power| (power / whole).sqrt())
}

/// A bin of the transform.
#[derive(Clone, Copy, Debug)]
struct Bin {
    /// The third below it, and how far it is on the way to the next.
    third: usize,
    above: f32,
    /// The shares of the two random numbers that both channels have in common and that they have with opposite signs.
    middle: f32,
    side: f32,
}

#[derive(Clone)]
pub(crate) struct ShapedNoise {
    noise: HashNoise,
    transform: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// From the bin at `lowest` on.
    bins: Vec<Bin>,
    lowest: usize,
    /// The gain of a bin relative to that of its third.
    densities: [f32; THIRDS],
}

impl std::fmt::Debug for ShapedNoise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShapedNoise").field("noise", &self.noise).finish_non_exhaustive()
    }
}

impl ShapedNoise {
    /// `correlation` is that of left and right in each octave, −1 to 1.
    pub(crate) fn new(rate: SampleRate, seed: u64, correlation: [f64; OCTAVES]) -> Self {
        let rate = rate.as_f64();
        // The power of two nearest to the length, so that grains are whole numbers of frames.
        let size = 1usize << ((FRAME_SECONDS * rate).log2().round() as u32);
        let width = rate / size as f64;
        let correlation = between_octaves(correlation);
        let edge = 10f64.powf(0.05);
        let lowest = (third_hz(0) / edge / width).ceil() as usize;
        let highest = ((third_hz(THIRDS - 1) * edge / width) as usize).min(size / 2 - 1);
        let bin = |number: usize| {
            let hz = number as f64 * width;
            let place = (10.0 * (hz / third_hz(0)).log10()).clamp(0.0, THIRDS as f64 - 1.001);
            let third = place as usize;
            let above = place - third as f64;
            let shared = correlation[third] + above * (correlation[third + 1] - correlation[third]);
            Bin {
                third,
                above: above as f32,
                middle: f64::midpoint(1.0, shared).sqrt() as f32 / 32_768.0,
                side: ((1.0 - shared) / 2.0).sqrt() as f32 / 32_768.0,
            }
        };
        // A bin counts twice: its negative frequency has the same power.
        let density = |third: usize| {
            let bins = third_hz(third) * (edge - 1.0 / edge) / width;
            (1.0 / (2.0 * POWER * bins)).sqrt() as f32
        };
        Self {
            noise: HashNoise::new(seed),
            transform: RealFftPlanner::<f32>::new().plan_fft_inverse(size),
            window: (0..size)
                .map(|n| (FRAC_PI_2 * (PI * (n as f64 + 0.5) / size as f64).sin().powi(2)).sin() as f32)
                .collect(),
            bins: (lowest..=highest).map(bin).collect(),
            lowest,
            densities: std::array::from_fn(density),
        }
    }

    /// Fills both channels from frame `first` on, a multiple of half a frame of the transform, as the length is.
    /// `gains_at` returns the gains at a frame.
    pub(crate) fn run(
        &self,
        first: u64,
        left: &mut [f32],
        right: &mut [f32],
        gains_at: &mut dyn FnMut(u64) -> Gains,
    ) {
        let hop = self.window.len() / 2;
        let mut spectra = [self.transform.make_input_vec(), self.transform.make_input_vec()];
        let mut made = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let (rise, fall) = self.window.split_at(hop);
        let number = first / hop as u64;
        // The frame that begins half a frame before the first gives its second half only.
        self.fill(number.wrapping_sub(1), gains_at(first), &mut spectra);
        let mut tails = [vec![0.0; hop], vec![0.0; hop]];
        for (spectrum, tail) in spectra.iter_mut().zip(&mut tails) {
            self.back(spectrum, &mut made, &mut scratch);
            tail.iter_mut().zip(&made[hop..]).zip(fall).for_each(|((tail, x), w)| *tail = x * w);
        }
        for ((left, right), number) in left.chunks_mut(hop).zip(right.chunks_mut(hop)).zip(number..) {
            self.fill(number, gains_at((number + 1) * hop as u64), &mut spectra);
            for ((plane, spectrum), tail) in [left, right].into_iter().zip(&mut spectra).zip(&mut tails) {
                self.back(spectrum, &mut made, &mut scratch);
                let (early, late) = made.split_at(hop);
                for (((out, tail), x), w) in plane.iter_mut().zip(tail.iter()).zip(early).zip(rise) {
                    *out = tail + x * w;
                }
                tail.iter_mut().zip(late).zip(fall).for_each(|((tail, x), w)| *tail = x * w);
            }
        }
    }

    /// The spectra of both channels of a frame.
    fn fill(&self, number: u64, gains: Gains, spectra: &mut [Vec<Complex<f32>>; 2]) {
        let [left, right] = gains.map(|thirds| {
            let mut density = [0.0; THIRDS];
            density
                .iter_mut()
                .zip(thirds)
                .zip(self.densities)
                .for_each(|((out, gain), bin)| *out = gain * bin);
            density
        });
        let start = number.wrapping_mul(self.window.len() as u64);
        let [of_left, of_right] = spectra;
        // The transform leaves its work in them.
        for spectrum in [&mut *of_left, &mut *of_right] {
            spectrum[..self.lowest].fill(Complex::new(0.0, 0.0));
            spectrum[self.lowest + self.bins.len()..].fill(Complex::new(0.0, 0.0));
        }
        let places = of_left[self.lowest..].iter_mut().zip(&mut of_right[self.lowest..]);
        for ((bin, (out_left, out_right)), index) in self.bins.iter().zip(places).zip(start..) {
            let bits = self.noise.bits(index);
            let part = |shift: u32| f32::from((bits >> shift) as i16);
            let middle = Complex::new(part(0), part(16)) * bin.middle;
            let side = Complex::new(part(32), part(48)) * bin.side;
            let at = |gains: &[f32; THIRDS]| {
                gains[bin.third] + bin.above * (gains[bin.third + 1] - gains[bin.third])
            };
            *out_left = (middle + side) * at(&left);
            *out_right = (middle - side) * at(&right);
        }
    }

    /// Transforms a spectrum back.
    fn back(&self, spectrum: &mut [Complex<f32>], made: &mut [f32], scratch: &mut [Complex<f32>]) {
        let done = self.transform.process_with_scratch(spectrum, made, scratch);
        done.expect("the buffers have the lengths that the transform asked for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::GRAIN;
    use crate::synth::generator::check::rms_db;

    fn made(noise: &ShapedNoise, gains: Gains) -> [Vec<f32>; 2] {
        let (mut left, mut right) = (vec![0.0; GRAIN as usize], vec![0.0; GRAIN as usize]);
        noise.run(0, &mut left, &mut right, &mut |_| gains);
        [left, right]
    }

    #[test]
    fn each_third_has_the_level_it_is_given_at_every_rate() {
        for hz in [22_050, 48_000, 96_000] {
            let noise = ShapedNoise::new(SampleRate::new(hz).unwrap(), 1, [0.0; OCTAVES]);
            // Even levels, so that a third does not end in a slope towards its neighbours.
            let [left, right] = made(&noise, [[0.1; THIRDS], [0.0; THIRDS]]);
            assert!(right.iter().all(|s| *s == 0.0));
            let within = (0..THIRDS).filter(|third| third_hz(*third) < 0.48 * f64::from(hz)).count() as f64;
            assert!((rms_db(&left) + 20.0 - 10.0 * within.log10()).abs() < 0.3, "{hz}: {}", rms_db(&left));
        }
    }

    #[test]
    fn left_and_right_have_the_given_correlation() {
        for correlation in [-0.3, 0.0, 0.8] {
            let noise = ShapedNoise::new(SampleRate::DEFAULT, 3, [correlation; OCTAVES]);
            let [left, right] = made(&noise, [[0.1; THIRDS]; 2]);
            let product: f64 = left.iter().zip(&right).map(|(&l, &r)| f64::from(l) * f64::from(r)).sum();
            let power: f64 = left.iter().map(|&l| f64::from(l).powi(2)).sum();
            assert!((product / power - correlation).abs() < 0.05, "{correlation}: {}", product / power);
        }
    }

    #[test]
    fn the_power_is_the_same_in_the_middle_of_a_frame_and_between_two() {
        let noise = ShapedNoise::new(SampleRate::DEFAULT, 4, [0.0; OCTAVES]);
        let [left, _] = made(&noise, [[0.1; THIRDS]; 2]);
        let hop = noise.window.len() / 2;
        let power = |from: usize| {
            let parts = left.chunks_exact(hop).flat_map(|frame| &frame[from..from + hop / 8]);
            rms_db(&parts.copied().collect::<Vec<_>>())
        };
        let [middle, border] = [power(hop * 7 / 16), power(0)];
        assert!((middle - border).abs() < 0.3, "{middle} {border}");
    }

    #[test]
    fn octaves_are_joined_by_straight_lines() {
        let thirds = between_octaves([0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0]);
        assert_eq!(thirds[KILOHERTZ as usize], 12.0);
        assert!(thirds.windows(2).all(|pair| pair[1] - pair[0] < 1.001), "{thirds:?}");
        assert_eq!([thirds[0], thirds[THIRDS - 1]], [0.0, 24.0]);
    }
}
