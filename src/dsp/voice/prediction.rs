//! Linear prediction of a sound from both sides, and the samples that it says were lost.
//!
//! Lost samples are replaced by least squares: by those values that give the smallest error of the prediction (Janssen,
//! Veldhuis and Vries, IEEE ASSP-34(2), 1986).

use std::f64::consts::TAU;

/// The order of the prediction.
pub(super) const ORDER: usize = 32;

/// One value for each lag, from none to the order.
pub(super) type Lags = [f64; ORDER + 1];

/// The autocorrelation of a stretch under Hann's window, without which its ends would act like clicks.
pub(super) fn autocorrelation(stretch: &[f64]) -> Lags {
    let turn = TAU / stretch.len() as f64;
    let window = |n: usize| 0.5 - 0.5 * (turn * (n as f64 + 0.5)).cos();
    let weighted: Vec<f64> = stretch.iter().enumerate().map(|(n, x)| x * window(n)).collect();
    likeness(&weighted)
}

/// The sum of the products of a sequence with itself, at each lag.
fn likeness(sequence: &[f64]) -> Lags {
    std::array::from_fn(|lag| {
        sequence.iter().skip(lag).zip(sequence).map(|(one, other)| one * other).sum::<f64>()
    })
}

/// The prediction of a sound.
pub(super) struct Prediction {
    /// The error filter 1, a₁, a₂ …
    pub(super) filter: Lags,
    /// Its autocorrelation: what a sample adds to the squared error, times those around it.
    pub(super) weight: Lags,
}

impl Prediction {
    /// The prediction for an autocorrelation (Levinson-Durbin recursion); `None` for silence.
    pub(super) fn of(mut correlation: Lags) -> Option<Self> {
        // A little white noise, −90 dB, keeps the recursion well conditioned.
        correlation[0] *= 1.0 + 1e-9;
        let mut error = correlation[0];
        if error < 1e-14 {
            return None;
        }
        let mut filter = [0.0; ORDER + 1];
        filter[0] = 1.0;
        for order in 1..=ORDER {
            let sum: f64 = (0..order).map(|k| filter[k] * correlation[order - k]).sum();
            let reflection = -sum / error;
            let last = filter;
            for k in 1..=order {
                filter[k] = last[k] + reflection * last[order - k];
            }
            error *= 1.0 - reflection * reflection;
            if error <= 0.0 {
                return None;
            }
        }
        Some(Self { filter, weight: likeness(&filter) })
    }

    /// The values of lost samples, at these places in a stretch, in rising order and at least the order away from its ends.
    pub(super) fn lost(&self, stretch: &[f32], places: &[usize]) -> Vec<f64> {
        let mut known: Vec<f64> = stretch.iter().map(|x| f64::from(*x)).collect();
        places.iter().for_each(|at| known[*at] = 0.0);
        let around = |at: usize| -> f64 {
            (1..=ORDER).map(|lag| self.weight[lag] * (known[at - lag] + known[at + lag])).sum()
        };
        self.solve(places, places.iter().map(|at| -around(*at)).collect())
    }

    /// Solves the system of the lost samples by Cholesky decomposition; those further apart than the order have nothing to do
    /// with each other.
    fn solve(&self, places: &[usize], mut sides: Vec<f64>) -> Vec<f64> {
        let count = places.len();
        let entry =
            |row: usize, column: usize| self.weight.get(places[row] - places[column]).copied().unwrap_or(0.0);
        // In each row, the first column that is not empty.
        let first: Vec<usize> =
            (0..count).map(|row| places.partition_point(|at| at + ORDER < places[row])).collect();
        let mut lower: Vec<Vec<f64>> = Vec::with_capacity(count);
        for row in 0..count {
            let mut own = vec![0.0; row + 1 - first[row]];
            for column in first[row]..=row {
                let from = first[row].max(first[column]);
                let other = |k: usize| {
                    if column == row { own[k - first[row]] } else { lower[column][k - first[column]] }
                };
                let sum: f64 = (from..column).map(|k| own[k - first[row]] * other(k)).sum();
                let rest = entry(row, column) - sum;
                let pivot = |column: usize| lower[column][column - first[column]];
                own[column - first[row]] =
                    if row == column { rest.max(1e-12).sqrt() } else { rest / pivot(column) };
            }
            lower.push(own);
        }
        for row in 0..count {
            let sum: f64 = (first[row]..row).map(|k| lower[row][k - first[row]] * sides[k]).sum();
            sides[row] = (sides[row] - sum) / lower[row][row - first[row]];
        }
        for row in (0..count).rev() {
            sides[row] /= lower[row][row - first[row]];
            for k in first[row]..row {
                sides[k] -= lower[row][k - first[row]] * sides[row];
            }
        }
        sides
    }
}
