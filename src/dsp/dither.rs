//! Converts f32 to the integers of a file: 16 bit with dither, 24 bit by rounding.

/// Adding this rounds an f64 to the nearest integer, halves to even, which then appears in the low bits. It is 1.5 ·
/// 2⁵², where adjacent f64 numbers are 1 apart.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Triangular (TPDF) dither of 2 LSB peak to peak for 16 bit, the smallest that makes mean and power of the error
/// independent of the signal: its RMS is half an LSB, −96.3 dBFS (Lipshitz, Wannamaker and Vanderkooy, "Quantization
/// and Dither: A Theoretical Survey", AES 1992).
///
/// The noise of a sample depends only on the seed, the channel and the index of the sample, so the sound can be split
/// into blocks in any way and written in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dither {
    key: u64,
}

impl Dither {
    pub fn new(seed: u64, channel: usize) -> Self {
        Self { key: mixed(mixed(seed) ^ channel as u64) }
    }

    /// Converts a sample to 16 bit. `index` counts samples of the channel from the start of the sound. Values beyond
    /// full scale are clipped; NaN becomes 0.
    #[inline]
    pub fn to_i16(self, sample: f32, index: u64) -> i16 {
        let scaled = f64::from(sample) * 32_768.0 + f64::from(self.noise(index));
        rounded(scaled.clamp(-32_768.0, 32_767.0)) as i16
    }

    /// Appends samples converted to 16 bit; `first` is the index of the first one.
    pub fn append_i16(self, samples: &[f32], first: u64, output: &mut Vec<i16>) {
        output.extend(samples.iter().zip(first..).map(|(&sample, index)| self.to_i16(sample, index)));
    }

    /// The noise at an index, in LSB: the difference of two uniform distributions one LSB wide.
    #[inline]
    pub fn noise(self, index: u64) -> f32 {
        let bits = mixed(self.key.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let difference = (bits >> 32) as i64 - (bits & 0xFFFF_FFFF) as i64;
        (difference as f64 / 4_294_967_296.0) as f32
    }
}

/// Converts a sample to 24 bit by rounding to the nearest, halves to even. Values beyond full scale are clipped; NaN
/// becomes 0.
#[inline]
pub fn to_i24(sample: f32) -> i32 {
    rounded((f64::from(sample) * 8_388_608.0).clamp(-8_388_608.0, 8_388_607.0))
}

/// The nearest integer, without branches or calls, so that the compiler can vectorise loops over samples.
fn rounded(x: f64) -> i32 {
    (x + ROUNDER).to_bits() as i32
}

/// Mixes the bits so that adjacent numbers give unrelated results (`SplitMix64`: Steele, Lea and Flood, OOPSLA 2014).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use realfft::RealFftPlanner;

    use super::*;
    use proptest::prelude::*;

    /// What 16 bit adds to a quiet tone, in LSB.
    fn errors(seed: u64, channel: usize, frames: u64) -> Vec<f64> {
        let dither = Dither::new(seed, channel);
        (0..frames)
            .map(|n| {
                let sample = (0.001 * (TAU * 997.0 * n as f64 / 48_000.0).sin()) as f32;
                f64::from(dither.to_i16(sample, n)) - f64::from(sample) * 32_768.0
            })
            .collect()
    }

    fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
        let count = values.len() as f64;
        values.sum::<f64>() / count
    }

    #[test]
    fn the_error_has_half_an_lsb_and_no_offset_whatever_the_level() {
        let errors = errors(1, 0, 400_000);
        assert!(mean(errors.iter().copied()).abs() < 0.004);
        assert!((mean(errors.iter().map(|e| e * e)).sqrt() - 0.5).abs() < 0.002);
        assert!(errors.iter().all(|e| e.abs() <= 1.5));
        // A constant between two steps: mean and power of the error do not depend on where it lies.
        let dither = Dither::new(2, 1);
        for place in 0..8 {
            let sample = (f64::from(place) / 8.0 / 32_768.0) as f32;
            let errors = (0..200_000).map(|n| f64::from(dither.to_i16(sample, n)) - f64::from(place) / 8.0);
            let errors: Vec<f64> = errors.collect();
            assert!(mean(errors.iter().copied()).abs() < 0.006, "{place}");
            assert!((mean(errors.iter().map(|e| e * e)).sqrt() - 0.5).abs() < 0.003, "{place}");
        }
    }

    #[test]
    fn the_error_is_white_and_unlike_in_every_channel_and_seed() {
        let first = errors(1, 0, 200_000);
        let likeness = |other: &[f64]| mean(first.iter().zip(other).map(|(a, b)| a * b)) / 0.25;
        for lag in 1..60 {
            let count = first.len() - lag;
            assert!(likeness(&first[lag..]).abs() * (count as f64).sqrt() < 4.5, "lag {lag}");
        }
        for other in [errors(1, 1, 200_000), errors(2, 0, 200_000), errors(0, 1, 200_000)] {
            assert!(likeness(&other).abs() < 0.01);
        }
    }

    /// The power of the error in sixteen even bands from nought to half the rate, in dB of their mean.
    fn bands(errors: &[f64]) -> Vec<f64> {
        const SIZE: usize = 1_024;
        let transform = RealFftPlanner::<f64>::new().plan_fft_forward(SIZE);
        let mut power = vec![0.0; SIZE / 2];
        let mut spectrum = transform.make_output_vec();
        for part in errors.chunks_exact(SIZE) {
            transform.process(&mut part.to_vec(), &mut spectrum).unwrap();
            power.iter_mut().zip(&spectrum[1..]).for_each(|(sum, bin)| *sum += bin.norm_sqr());
        }
        let whole = mean(power.iter().copied());
        power.chunks(SIZE / 32).map(|band| 10.0 * (mean(band.iter().copied()) / whole).log10()).collect()
    }

    #[test]
    fn the_spectrum_of_the_error_is_level_and_tells_nothing_of_the_sound() {
        // 400 transforms of 32 lines a band: chance alone moves a band by 0.04 dB.
        for band in bands(&errors(1, 0, 409_600)) {
            assert!(band.abs() < 0.2, "{band} dB");
        }
        // A tone of a third of an LSB is lost without dither. With it, neither the tone nor its square shows in the
        // error, while the tone itself is there in full.
        let (dither, frames) = (Dither::new(3, 0), 400_000u64);
        let tone = |n: u64| (TAU * 441.0 * n as f64 / 48_000.0).sin() / 3.0;
        let written: Vec<f64> =
            (0..frames).map(|n| f64::from(dither.to_i16((tone(n) / 32_768.0) as f32, n))).collect();
        let together = |of: &dyn Fn(u64) -> f64, with: &dyn Fn(u64) -> f64| {
            mean((0..frames as usize).map(|n| of(n as u64) * with(n as u64)))
        };
        let error = |n: u64| written[n as usize] - tone(n);
        let square = |n: u64| tone(n).powi(2) - 1.0 / 18.0;
        let own = together(&tone, &tone);
        assert!((together(&|n| written[n as usize], &tone) / own - 1.0).abs() < 0.02);
        assert!((together(&error, &tone) / own).abs() < 0.02);
        assert!(together(&|n| error(n).powi(2), &square).abs() < 0.000_5, "its power follows the tone");
    }

    #[test]
    fn full_scale_holds() {
        let dither = Dither::new(0, 0);
        for n in 0..100 {
            assert_eq!((dither.to_i16(1.5, n), dither.to_i16(-1.5, n)), (i16::MAX, i16::MIN));
        }
        assert_eq!(
            (to_i24(1.0), to_i24(-1.0), to_i24(2.0), to_i24(-2.0)),
            (8_388_607, -8_388_608, 8_388_607, -8_388_608)
        );
        assert_eq!(
            (to_i24(f32::INFINITY), to_i24(f32::NEG_INFINITY), to_i24(f32::NAN)),
            (8_388_607, -8_388_608, 0)
        );
        assert_eq!(dither.to_i16(f32::NAN, 3), 0);
    }

    #[test]
    fn every_24_bit_number_survives_and_halves_go_to_even() {
        for value in (-8_388_608..8_388_608).step_by(37) {
            assert_eq!(to_i24((f64::from(value) / 8_388_608.0) as f32), value);
        }
        for (halves, even) in [(0.5, 0), (1.5, 2), (-0.5, 0), (-2.5, -2), (2.51, 3)] {
            assert_eq!(to_i24((halves / 8_388_608.0) as f32), even);
        }
    }

    proptest! {
        #[test]
        fn blocks_give_what_single_samples_give(
            samples in prop::collection::vec(-1f32..1.0, 1..200), cut in 1..50usize, seed in any::<u64>()
        ) {
            let dither = Dither::new(seed, 1);
            let single: Vec<i16> = samples.iter().zip(7..).map(|(&x, n)| dither.to_i16(x, n)).collect();
            let mut blocks = Vec::new();
            for part in samples.chunks(cut) {
                let first = 7 + blocks.len() as u64;
                dither.append_i16(part, first, &mut blocks);
            }
            prop_assert_eq!(blocks, single);
        }
    }
}
