//! The level of a clip per hop.

use crate::unit::SampleRate;

/// A hop is 10 ms long.
pub(super) const HOPS_A_SECOND: usize = 100;

/// The level assigned to digital silence, in dBFS.
const NOTHING: f64 = -140.0;

/// The levels of a clip, and the filtered samples they were measured on.
pub(super) struct HopLevels {
    pub(super) hop: usize,
    /// The mean square of each hop and its two neighbours, in dBFS; at least one value.
    pub(super) db: Vec<f64>,
    filtered: Vec<f32>,
}

impl HopLevels {
    pub(super) fn of(samples: &[f32], rate: SampleRate) -> Self {
        let hop = (rate.hz() as usize).div_ceil(HOPS_A_SECOND);
        let filtered = remove_low_frequencies(samples, rate);
        let power: Vec<f64> = filtered.chunks(hop).map(mean_square).collect();
        let smooth = |at: usize| {
            let around = &power[at.saturating_sub(1)..(at + 2).min(power.len())];
            around.iter().sum::<f64>() / around.len() as f64
        };
        let db = (0..power.len()).map(|at| decibels(smooth(at))).collect::<Vec<_>>();
        Self { hop, db: if db.is_empty() { vec![NOTHING] } else { db }, filtered }
    }

    /// The first frame near a hop whose sample exceeds a level. The hops are smoothed, so an island appears to begin
    /// up to two hops early.
    pub(super) fn first_over(&self, hop: usize, level: f64) -> usize {
        let peak = 10f64.powf(level / 20.0) * std::f64::consts::SQRT_2;
        let (from, to) = (hop.saturating_sub(1) * self.hop, ((hop + 3) * self.hop).min(self.filtered.len()));
        let over = self.filtered[from..to].iter().position(|sample| f64::from(sample.abs()) > peak);
        over.map_or(hop * self.hop, |at| from + at)
    }
}

fn mean_square(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64
}

fn decibels(power: f64) -> f64 {
    (10.0 * power.log10()).max(NOTHING)
}

/// Removes hum, rumble and DC offset: two second-order Butterworth sections at 100 Hz (bilinear transform; RBJ
/// cookbook, high-pass, Q = 0.707). The filter starts in the steady state for the first sample, so that an offset
/// causes no transient.
fn remove_low_frequencies(samples: &[f32], rate: SampleRate) -> Vec<f32> {
    let Some(first) = samples.first() else { return Vec::new() };
    let w = std::f64::consts::TAU * 100.0 / rate.as_f64();
    let alpha = w.sin() * std::f64::consts::FRAC_1_SQRT_2;
    let (a0, cosine) = (1.0 + alpha, w.cos());
    let (b, a1, a2) = (0.5 * (1.0 + cosine) / a0, -2.0 * cosine / a0, (1.0 - alpha) / a0);
    let section = move |state: &mut [f64; 2], x: f64| {
        let y = b * x + state[0];
        state[0] = -2.0 * b * x - a1 * y + state[1];
        state[1] = b * x - a2 * y;
        y
    };
    // The steady state of a high-pass for a constant input x: y = 0.
    let x = f64::from(*first);
    let (mut one, mut two) = ([-b * x, b * x], [0.0; 2]);
    samples
        .iter()
        .map(|x| {
            let y = section(&mut one, f64::from(*x));
            section(&mut two, y) as f32
        })
        .collect()
}
