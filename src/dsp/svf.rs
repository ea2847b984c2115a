//! The filter that the generators share: a state variable filter, which stays smooth while its frequency changes.

use std::f64::consts::PI;

/// The coefficients of a two-pole filter with low-pass, band-pass and high-pass outputs, in trapezoidal form (Simper,
/// "Linear Trapezoidal Integrated State Variable Filter", Cytomic, 2013).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SvfCoefficients {
    k: f64,
    a1: f64,
    a2: f64,
    a3: f64,
}

impl SvfCoefficients {
    /// A filter at `hz`, clamped to 1 Hz to 0.49 of the rate. A `q` of 1/√2 gives Butterworth responses.
    pub(crate) fn new(hz: f64, q: f64, rate: f64) -> Self {
        let g = (PI * hz.clamp(1.0, 0.49 * rate) / rate).tan();
        let k = 1.0 / q;
        let a1 = 1.0 / (1.0 + g * (g + k));
        Self { k, a1, a2: g * a1, a3: g * g * a1 }
    }
}

/// The state of a filter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SvfState {
    ic1: f64,
    ic2: f64,
}

/// The outputs of the filter for one sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SvfOutput {
    /// The low-pass, 12 dB per octave.
    pub(crate) low: f64,
    /// The band-pass, with unit gain at the centre.
    pub(crate) band: f64,
    /// The high-pass, 12 dB per octave.
    pub(crate) high: f64,
}

impl SvfState {
    /// Filters one sample.
    #[inline]
    pub(crate) fn step(&mut self, shape: &SvfCoefficients, x: f64) -> SvfOutput {
        let v3 = x - self.ic2;
        let v1 = shape.a1 * self.ic1 + shape.a2 * v3;
        let v2 = self.ic2 + shape.a2 * self.ic1 + shape.a3 * v3;
        self.ic1 = 2.0 * v1 - self.ic1;
        self.ic2 = 2.0 * v2 - self.ic2;
        let band = shape.k * v1;
        SvfOutput { low: v2, band, high: x - band - v2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gains in dB of (low, band, high) for a sine, after the filter has settled.
    fn gains(shape: &SvfCoefficients, hz: f64, rate: f64) -> [f64; 3] {
        let mut state = SvfState::default();
        let mut power = [0.0; 3];
        for i in 0..96_000 {
            let out = state.step(shape, (2.0 * PI * hz * f64::from(i) / rate).sin());
            if i >= 48_000 {
                for (sum, value) in power.iter_mut().zip([out.low, out.band, out.high]) {
                    *sum += value * value / 24_000.0;
                }
            }
        }
        power.map(|p| 10.0 * p.log10())
    }

    #[test]
    fn a_butterworth_pair_meets_three_decibels_down_and_falls_twelve_an_octave() {
        let shape = SvfCoefficients::new(1_000.0, 0.5f64.sqrt(), 48_000.0);
        let [low, band, high] = gains(&shape, 1_000.0, 48_000.0);
        assert!((low + 3.01).abs() < 0.01 && band.abs() < 0.01 && (high + 3.01).abs() < 0.01);
        // |H|² = 1/(1 + (f/f₀)⁴) for the low-pass, mirrored for the high-pass.
        let [_, _, high] = gains(&shape, 125.0, 48_000.0);
        assert!((high + 10.0 * (1.0 + 8f64.powi(4)).log10()).abs() < 0.05, "{high}");
    }

    #[test]
    fn every_output_has_the_gain_of_its_analogue_prototype_at_the_warped_frequency() {
        for (hz, q, rate) in [(300.0, 0.5, 44_100.0), (2_000.0, 4.0, 48_000.0), (6_000.0, 0.7, 48_000.0)] {
            let shape = SvfCoefficients::new(hz, q, rate);
            for tone in [100.0, 300.0, 1_500.0, 2_000.0, 9_000.0, 15_000.0] {
                // The trapezoidal rule bends frequencies as the tangent does: H(s) with s = j·tan(πf/r)/tan(πf₀/r).
                let w: f64 = (PI * tone / rate).tan() / (PI * hz / rate).tan();
                let below = ((1.0 - w * w).powi(2) + (w / q).powi(2)).sqrt();
                let expected = [1.0 / below, w / q / below, w * w / below].map(|gain| 20.0 * gain.log10());
                for (got, expected) in gains(&shape, tone, rate).into_iter().zip(expected) {
                    assert!((got - expected).abs() < 0.05, "{tone} Hz through {hz}: {got} not {expected} dB");
                }
            }
        }
    }

    #[test]
    fn a_frequency_that_jumps_about_never_makes_it_ring_up() {
        let mut state = SvfState::default();
        for n in 0..200_000u32 {
            let hz = if n % 7 < 3 { 80.0 } else { 30.0 * f64::from(n % 701) };
            let x = if n % 100 < 50 { 1.0 } else { -1.0 };
            let out = state.step(&SvfCoefficients::new(hz, 0.7, 48_000.0), x);
            assert!(out.low.abs() < 10.0 && out.band.abs() < 10.0 && out.high.abs() < 10.0, "{out:?} at {n}");
        }
    }
}
