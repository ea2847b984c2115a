//! Second-order filters after Robert Bristow-Johnson's "Audio EQ Cookbook" (W3C Note, 2021), in f64.

use std::f64::consts::{PI, TAU};

use crate::unit::{Db, SampleRate};

/// The transfer function (b₀ + b₁z⁻¹ + b₂z⁻²) / (1 + a₁z⁻¹ + a₂z⁻²).
///
/// The constructors take the corner or centre in Hz and the quality Q; 1/√2 is the flattest pass (Butterworth).
/// A frequency that a rate cannot carry is held at 0.49 of the rate, where nothing is left for it to act on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// The weight of the sample that comes in.
    pub b0: f64,
    /// The weight of the sample before it.
    pub b1: f64,
    /// The weight of the sample before that.
    pub b2: f64,
    /// The weight of the last sample that went out, to be subtracted.
    pub a1: f64,
    /// The weight of the one before it, to be subtracted.
    pub a2: f64,
}

impl Coefficients {
    /// Lets pass what lies below `hz`, 12 dB an octave above it.
    pub fn low_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let b = 1.0 - cos;
        Self::normalised([b / 2.0, b, b / 2.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// Lets pass what lies above `hz`, 12 dB an octave below it.
    pub fn high_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let b = 1.0 + cos;
        Self::normalised([b / 2.0, -b, b / 2.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// Lets pass what lies around `hz`, at 0 dB in the middle.
    pub fn band_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        Self::normalised([alpha, 0.0, -alpha], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// Raises or lowers what lies around `hz`, by `gain` in the middle.
    pub fn peaking(rate: SampleRate, hz: f64, q: f64, gain: Db) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let a = 10f64.powf(gain.0 / 40.0);
        Self::normalised(
            [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
            [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
        )
    }

    /// Raises or lowers what lies below `hz`; half of `gain` (in dB) at `hz` itself.
    pub fn low_shelf(rate: SampleRate, hz: f64, q: f64, gain: Db) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let a = 10f64.powf(gain.0 / 40.0);
        let (plus, minus, slope) = (a + 1.0, a - 1.0, 2.0 * a.sqrt() * alpha);
        Self::normalised(
            [
                a * (plus - minus * cos + slope),
                2.0 * a * (minus - plus * cos),
                a * (plus - minus * cos - slope),
            ],
            [plus + minus * cos + slope, -2.0 * (minus + plus * cos), plus + minus * cos - slope],
        )
    }

    /// Raises or lowers what lies above `hz`; half of `gain` (in dB) at `hz` itself.
    pub fn high_shelf(rate: SampleRate, hz: f64, q: f64, gain: Db) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let a = 10f64.powf(gain.0 / 40.0);
        let (plus, minus, slope) = (a + 1.0, a - 1.0, 2.0 * a.sqrt() * alpha);
        Self::normalised(
            [
                a * (plus + minus * cos + slope),
                -2.0 * a * (minus + plus * cos),
                a * (plus + minus * cos - slope),
            ],
            [plus - minus * cos + slope, 2.0 * (minus - plus * cos), plus - minus * cos - slope],
        )
    }

    /// The factor by which a steady tone of `hz` comes out.
    pub fn magnitude(&self, rate: SampleRate, hz: f64) -> f64 {
        let w = TAU * hz / rate.as_f64();
        let size = |c0: f64, c1: f64, c2: f64| {
            let real = c0 + c1 * w.cos() + c2 * (2.0 * w).cos();
            let imaginary = c1 * w.sin() + c2 * (2.0 * w).sin();
            real.hypot(imaginary)
        };
        size(self.b0, self.b1, self.b2) / size(1.0, self.a1, self.a2)
    }

    /// Divides by a₀, so that it need not be kept.
    fn normalised(b: [f64; 3], a: [f64; 3]) -> Self {
        let [b0, b1, b2] = b.map(|x| x / a[0]);
        Self { b0, b1, b2, a1: a[1] / a[0], a2: a[2] / a[0] }
    }
}

/// The cookbook's cos ω₀ and α = sin ω₀ / 2Q.
fn corner(rate: SampleRate, hz: f64, q: f64) -> (f64, f64) {
    assert!(hz > 0.0 && q > 0.0, "a filter has a frequency and a quality above zero");
    let w = (TAU * hz / rate.as_f64()).min(0.98 * PI);
    (w.cos(), w.sin() / (2.0 * q))
}

/// One filter at work on one channel (transposed direct form II).
#[derive(Clone, Debug)]
pub struct Biquad {
    coefficients: Coefficients,
    first: f64,
    second: f64,
}

impl Biquad {
    /// A filter that has heard nothing yet.
    pub fn new(coefficients: Coefficients) -> Self {
        Self { coefficients, first: 0.0, second: 0.0 }
    }

    /// Forgets what it heard, as if new.
    pub fn reset(&mut self) {
        (self.first, self.second) = (0.0, 0.0);
    }

    /// Filters one sample.
    #[inline]
    pub fn next(&mut self, sample: f64) -> f64 {
        let c = &self.coefficients;
        let output = c.b0 * sample + self.first;
        self.first = c.b1 * sample - c.a1 * output + self.second;
        self.second = c.b2 * sample - c.a2 * output;
        output
    }

    /// Filters samples in place.
    pub fn process(&mut self, samples: &mut [f32]) {
        for sample in samples {
            *sample = self.next(f64::from(*sample)) as f32;
        }
        self.settle();
    }

    /// Drops a decay that nobody could hear, before it becomes so small (subnormal) that arithmetic on it is slow.
    /// It is lost in the rounding of anything an f32 can hold, so where blocks end still changes no bit.
    fn settle(&mut self) {
        if self.first.abs() < 1e-100 && self.second.abs() < 1e-100 {
            self.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_1_SQRT_2;

    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// The gain of a filter at work, from its answer to an impulse.
    fn measured(coefficients: Coefficients, hz: f64) -> f64 {
        let mut filter = Biquad::new(coefficients);
        let (mut real, mut imaginary) = (0.0, 0.0);
        for n in 0..48_000 {
            let y = filter.next(if n == 0 { 1.0 } else { 0.0 });
            let angle = TAU * hz * f64::from(n) / RATE.as_f64();
            (real, imaginary) = (real + y * angle.cos(), imaginary + y * angle.sin());
        }
        real.hypot(imaginary)
    }

    /// Gains in dB at three frequencies; what the analogue prototype gives, bent by the bilinear transform.
    fn check(name: &str, coefficients: Coefficients, gains: [(f64, f64); 3]) {
        for (hz, db) in gains {
            for gain in [coefficients.magnitude(RATE, hz), measured(coefficients, hz)] {
                assert!((20.0 * gain.log10() - db).abs() < 1e-6, "{name}, {hz} Hz: {}", 20.0 * gain.log10());
            }
        }
    }

    /// The frequency of the analogue prototype, as a multiple of the corner, that lands on `hz`.
    fn unbent(hz: f64, corner: f64) -> f64 {
        (PI * hz / RATE.as_f64()).tan() / (PI * corner / RATE.as_f64()).tan()
    }

    fn db(gain: f64) -> f64 {
        20.0 * gain.log10()
    }

    #[test]
    fn passes_have_the_gain_of_their_analogue_prototype() {
        let butterworth = |w: f64| db(1.0 / (1.0 + w.powi(4)).sqrt());
        let (low, high) = (200.0, 5_000.0);
        let pass = Coefficients::low_pass(RATE, 1_000.0, FRAC_1_SQRT_2);
        let gains = [low, 1_000.0, high].map(|hz| (hz, butterworth(unbent(hz, 1_000.0))));
        check("low pass", pass, gains);
        let pass = Coefficients::high_pass(RATE, 1_000.0, FRAC_1_SQRT_2);
        let gains = [low, 1_000.0, high].map(|hz| (hz, butterworth(1.0 / unbent(hz, 1_000.0))));
        check("high pass", pass, gains);
        let q = 2.0;
        let band = |w: f64| db((w / q) / (1.0 - w * w).hypot(w / q));
        let gains = [low, 1_000.0, high].map(|hz| (hz, band(unbent(hz, 1_000.0))));
        check("band pass", Coefficients::band_pass(RATE, 1_000.0, q), gains);
    }

    #[test]
    fn bells_and_shelves_have_their_gain_in_the_middle_and_none_far_away() {
        let a = 10f64.powf(6.0 / 40.0);
        let bell = |w: f64| db((1.0 - w * w).hypot(w * a) / (1.0 - w * w).hypot(w / a));
        let gains = [500.0, 1_000.0, 3_000.0].map(|hz| (hz, bell(unbent(hz, 1_000.0))));
        check("bell", Coefficients::peaking(RATE, 1_000.0, 1.0, Db(6.0)), gains);
        assert!((gains[1].1 - 6.0).abs() < 1e-9);
        let shelf = Coefficients::low_shelf(RATE, 200.0, FRAC_1_SQRT_2, Db(-9.0));
        check("low shelf", shelf, [(1e-6, -9.0), (200.0, -4.5), (24_000.0, 0.0)]);
        let shelf = Coefficients::high_shelf(RATE, 6_000.0, FRAC_1_SQRT_2, Db(4.0));
        check("high shelf", shelf, [(1e-6, 0.0), (6_000.0, 2.0), (24_000.0, 4.0)]);
    }

    #[test]
    fn a_block_is_its_samples_one_by_one_and_a_reset_filter_is_a_new_one() {
        let signal: Vec<f32> = (0..500).map(|n| ((n * n) as f32 * 0.01).sin()).collect();
        let coefficients = Coefficients::high_shelf(RATE, 3_000.0, 0.8, Db(5.0));
        let mut filter = Biquad::new(coefficients);
        let single: Vec<f32> = signal.iter().map(|&x| filter.next(f64::from(x)) as f32).collect();
        filter.reset();
        for cut in [1, 17, 500] {
            let mut blocks = signal.clone();
            let mut fresh = Biquad::new(coefficients);
            blocks.chunks_mut(cut).for_each(|block| fresh.process(block));
            assert_eq!(blocks, single);
        }
        let mut again = signal;
        filter.process(&mut again);
        assert_eq!(again, single);
    }

    #[test]
    fn a_corner_above_the_nyquist_frequency_stays_stable() {
        let rate = SampleRate::new(8_000).unwrap();
        let shelf = Coefficients::high_shelf(rate, 9_000.0, FRAC_1_SQRT_2, Db(6.0));
        assert!(shelf.a2.abs() < 1.0);
        assert!((db(shelf.magnitude(rate, 1_000.0))).abs() < 0.01);
    }
}
