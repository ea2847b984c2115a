//! A slowly varying random value without state, used to modulate levels, pitches and phases.

use crate::dsp::noise::HashNoise;

/// A smooth random curve: a uniform cubic B-spline through equidistant random points. It has no corners, and its
/// variance is nearly constant (so the distance of the points is not audible). Its value depends only on the seed and
/// the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RandomCurve {
    random: HashNoise,
    apart: f64,
}

impl RandomCurve {
    /// A curve with a random point every `apart` seconds.
    pub(crate) const fn new(seed: u64, apart: f64) -> Self {
        Self { random: HashNoise::new(seed), apart }
    }

    /// The value at a time, which may be negative: within ±1, mean 0, RMS 0.4.
    pub(crate) fn at(&self, seconds: f64) -> f64 {
        let place = seconds / self.apart;
        let knot = place.floor();
        let t = place - knot;
        let (t2, t3) = (t * t, t * t * t);
        let weights = [
            1.0 - 3.0 * t + 3.0 * t2 - t3,
            4.0 - 6.0 * t2 + 3.0 * t3,
            1.0 + 3.0 * t + 3.0 * t2 - 3.0 * t3,
            t3,
        ];
        let first = knot as i64 as u64;
        let sum: f64 = (0..).zip(weights).map(|(i, weight)| weight * self.point(first.wrapping_add(i))).sum();
        sum / 6.0
    }

    fn point(&self, index: u64) -> f64 {
        f64::from(self.random.at(index))
    }
}

/// Curves of different paces that vary one thing together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurveSum<const N: usize> {
    /// Each with its largest deviation.
    curves: [(RandomCurve, f64); N],
}

impl<const N: usize> CurveSum<N> {
    /// `scales` has the seconds between the random points of each curve, and its largest deviation; `seed` returns the seed of
    /// a curve from its number.
    pub(crate) fn new(scales: &[(f64, f64); N], seed: impl Fn(u64) -> u64) -> Self {
        let curve = |number: usize| {
            let (apart, most) = scales[number];
            (RandomCurve::new(seed(number as u64), apart), most)
        };
        Self { curves: std::array::from_fn(curve) }
    }

    /// The deviation at a time.
    pub(crate) fn at(&self, seconds: f64) -> f64 {
        self.curves.iter().map(|(curve, most)| most * curve.at(seconds)).sum()
    }

    /// The mean of e to the power of the deviation: e^(m² · 0.16 / 2) for each curve with a largest deviation of m, whose RMS
    /// is 0.4 m.
    pub(crate) fn mean_exp(&self) -> f64 {
        self.curves.iter().map(|(_, most)| (most * most * 0.08).exp()).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_smooth_bounded_and_centred() {
        let line = RandomCurve::new(3, 2.0);
        let values: Vec<f64> = (-200_000..200_000).map(|i| line.at(f64::from(i) * 0.01)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let rms = (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
        assert!(mean.abs() < 0.03 && (rms - 0.4).abs() < 0.03, "{mean} {rms}");
        assert!(values.iter().all(|v| v.abs() <= 1.0));
        // The steepest slope of a spline with points within ±1 is 1.5 per point, halfway between two.
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 1.5 * 0.01 / 2.0));
    }

    #[test]
    fn the_spread_is_the_same_at_the_points_and_between_them() {
        let line = RandomCurve::new(4, 1.0);
        let spread = |offset: f64| {
            let sum: f64 = (0..20_000).map(|i| line.at(f64::from(i) + offset).powi(2)).sum();
            sum / 20_000.0
        };
        assert!((10.0 * (spread(0.0) / spread(0.5)).log10()).abs() < 0.4);
    }
}
