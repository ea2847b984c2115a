//! Second-order filters after Robert Bristow-Johnson's "Audio EQ Cookbook" (W3C Note, 2021), in f64.

use std::f64::consts::{PI, TAU};

use crate::unit::{Db, SampleRate};

/// The transfer function (b₀ + b₁z⁻¹ + b₂z⁻²) / (1 + a₁z⁻¹ + a₂z⁻²).
///
/// The constructors take the corner or centre frequency in Hz and the quality Q; 1/√2 gives a Butterworth response. A
/// frequency too high for the rate is limited to 0.49 of the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// The weight of the current input sample.
    pub b0: f64,
    /// The weight of the previous input sample.
    pub b1: f64,
    /// The weight of the input sample before that.
    pub b2: f64,
    /// The weight of the previous output sample, subtracted.
    pub a1: f64,
    /// The weight of the output sample before that, subtracted.
    pub a2: f64,
}

impl Coefficients {
    /// A low-pass: 12 dB per octave above `hz`.
    pub fn low_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let b = 1.0 - cos;
        Self::normalised([b / 2.0, b, b / 2.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// A high-pass: 12 dB per octave below `hz`.
    pub fn high_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let b = 1.0 + cos;
        Self::normalised([b / 2.0, -b, b / 2.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// A band-pass around `hz`, with a gain of 0 dB at the centre.
    pub fn band_pass(rate: SampleRate, hz: f64, q: f64) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        Self::normalised([alpha, 0.0, -alpha], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// A peaking filter that changes the level around `hz` by `gain` at the centre.
    pub fn peaking(rate: SampleRate, hz: f64, q: f64, gain: Db) -> Self {
        let (cos, alpha) = corner(rate, hz, q);
        let a = 10f64.powf(gain.0 / 40.0);
        Self::normalised(
            [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
            [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
        )
    }

    /// A low shelf that changes the level below `hz` by `gain`, and by half of it (in dB) at `hz`.
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

    /// A high shelf that changes the level above `hz` by `gain`, and by half of it (in dB) at `hz`.
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

    /// The gain of a steady sine of `hz`, as a factor.
    pub fn magnitude(&self, rate: SampleRate, hz: f64) -> f64 {
        let w = TAU * hz / rate.as_f64();
        let size = |c0: f64, c1: f64, c2: f64| {
            let real = c0 + c1 * w.cos() + c2 * (2.0 * w).cos();
            let imaginary = c1 * w.sin() + c2 * (2.0 * w).sin();
            real.hypot(imaginary)
        };
        size(self.b0, self.b1, self.b2) / size(1.0, self.a1, self.a2)
    }

    /// Divides all coefficients by a₀, so that it need not be stored.
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

/// A filter with its state, for one channel (transposed direct form II).
#[derive(Clone, Debug)]
pub struct Biquad {
    coefficients: Coefficients,
    first: f64,
    second: f64,
}

impl Biquad {
    pub fn new(coefficients: Coefficients) -> Self {
        Self { coefficients, first: 0.0, second: 0.0 }
    }

    /// Clears the state.
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

    /// Clears the state when it has decayed far below anything audible, before it becomes subnormal, which would slow
    /// down arithmetic. It is lost in the rounding of any f32, so splitting the input into blocks still changes no
    /// bit.
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

    /// The gain of a running filter, from its impulse response.
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

    /// Gains in dB at three frequencies: those of the analogue prototype at the frequencies that the bilinear
    /// transform maps to them.
    fn check(name: &str, coefficients: Coefficients, gains: [(f64, f64); 3]) {
        for (hz, db) in gains {
            for gain in [coefficients.magnitude(RATE, hz), measured(coefficients, hz)] {
                assert!((20.0 * gain.log10() - db).abs() < 1e-6, "{name}, {hz} Hz: {}", 20.0 * gain.log10());
            }
        }
    }

    /// The frequency of the analogue prototype that maps to `hz`, as a multiple of the corner frequency.
    fn unbent(hz: f64, corner: f64) -> f64 {
        (PI * hz / RATE.as_f64()).tan() / (PI * corner / RATE.as_f64()).tan()
    }

    fn db(gain: f64) -> f64 {
        20.0 * gain.log10()
    }

    #[test]
    fn low_and_high_pass_have_the_gain_of_their_analogue_prototype() {
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
    fn peaking_filters_and_shelves_have_their_gain_at_the_centre_and_none_far_away() {
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
    fn a_block_equals_its_samples_one_by_one_and_a_reset_filter_equals_a_new_one() {
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
