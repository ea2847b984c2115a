//! Linear prediction: the coefficients for a block, and what they leave of it (RFC 9639, 9.2.6).
//!
//! Samples and coefficients are integers in floats of 64 bits. Every sum stays far below 2⁵³, so the results are exact, and
//! processors multiply several such floats at a time where they lack the same for integers.

use std::f64::consts::PI;

use super::rice::folded;

/// The most coefficients: the most of the subset at 48 kHz is 12; more than 8 gain 0.1 % here.
pub(super) const MOST_ORDER: usize = 8;
/// The bits of a coefficient.
pub(super) const PRECISION: u32 = 15;
/// The largest shift of a prediction.
const MOST_SHIFT: i32 = 15;
/// The part of a block at each end over which the window rises and falls.
const TAPER: f64 = 0.25;
/// Beside it a float has no bits for a fraction: adding it rounds, and the lowest bits are the integer.
const NO_FRACTION: f64 = 1.5 * (1u64 << 52) as f64;
/// Residuals beyond it, in magnitude, are not coded.
const MOST_RESIDUAL: u64 = 1 << 30;

/// A prediction: the sum of the last samples times coefficients, divided by a power of two.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Predictor {
    /// The first belongs to the sample just before.
    pub(super) coefficients: Vec<i32>,
    pub(super) shift: u32,
}

/// The window of a block: a Tukey window.
pub(super) fn window(frames: usize) -> Vec<f32> {
    let taper = (frames as f64 * TAPER).max(1.0);
    let rise =
        |distance: f64| if distance >= taper { 1.0 } else { 0.5 - 0.5 * (PI * distance / taper).cos() };
    (0..frames).map(|frame| rise((frame.min(frames - 1 - frame)) as f64) as f32).collect()
}

/// How similar a block is to itself some samples later, for every lag up to the most order.
fn autocorrelation(samples: &[f64], window: &[f32], windowed: &mut Vec<f64>) -> [f64; MOST_ORDER + 1] {
    // Zeros before it, and one behind, so that every lag is there at every pair.
    windowed.clear();
    windowed.resize(MOST_ORDER, 0.0);
    windowed.extend(samples.iter().zip(window).map(|(sample, factor)| sample * f64::from(*factor)));
    if samples.len() % 2 == 1 {
        windowed.push(0.0);
    }
    let mut sums = [[0.0; 2]; MOST_ORDER + 1];
    for start in (0..windowed.len() - MOST_ORDER).step_by(2) {
        let Some(near) = windowed[start..].first_chunk::<{ MOST_ORDER + 2 }>() else { break };
        let now = [near[MOST_ORDER], near[MOST_ORDER + 1]];
        for (lag, sum) in sums.iter_mut().enumerate() {
            sum[0] += now[0] * near[MOST_ORDER - lag];
            sum[1] += now[1] * near[MOST_ORDER + 1 - lag];
        }
    }
    sums.map(|[even, odd]| even + odd)
}

/// The predictor that is expected to need the fewest bits; `None` for a block that cannot be predicted so. `bits` is the
/// width of the samples.
pub(super) fn predictor(
    samples: &[f64],
    window: &[f32],
    bits: u32,
    windowed: &mut Vec<f64>,
) -> Option<Predictor> {
    if samples.len() <= 4 * MOST_ORDER {
        return None;
    }
    let correlation = autocorrelation(samples, window, windowed);
    let mut error = correlation[0];
    let mut coefficients = [0.0; MOST_ORDER];
    let mut best: Option<(f64, usize, [f64; MOST_ORDER])> = None;
    // Levinson and Durbin: each order from the one below.
    for order in 1..=MOST_ORDER {
        if error == 0.0 {
            break;
        }
        let known = &coefficients[..order - 1];
        let sum: f64 = known.iter().zip(correlation[1..order].iter().rev()).map(|(a, b)| a * b).sum();
        let reflection = (correlation[order] - sum) / error;
        let before = coefficients;
        for index in 0..order - 1 {
            coefficients[index] -= reflection * before[order - 2 - index];
        }
        coefficients[order - 1] = reflection;
        error *= 1.0 - reflection * reflection;
        if !error.is_finite() || error < 0.0 {
            break;
        }
        // The mean of the squared error is that of the window too, which is the same for every order.
        let each = (0.5 * log_2(error * 0.5 / samples.len() as f64)).max(0.0);
        let total = each * (samples.len() - order) as f64 + f64::from(order as u32 * (bits + PRECISION));
        if best.is_none_or(|(least, ..)| total < least) {
            best = Some((total, order, coefficients));
        }
    }
    let (_, order, coefficients) = best?;
    quantised(&coefficients[..order])
}

/// The logarithm to the base of two, of the same bits on every machine, to six digits.
fn log_2(value: f64) -> f64 {
    if value < f64::MIN_POSITIVE {
        return -1_022.0;
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i32 - 1_023;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1_023 << 52);
    let part = (mantissa - 1.0) / (mantissa + 1.0);
    let square = part * part;
    let series = 1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0 + square / 9.0)));
    f64::from(exponent) + std::f64::consts::LOG2_E * 2.0 * part * series
}

/// Rounds coefficients to integers; the rounding error of one is carried to the next.
fn quantised(coefficients: &[f64]) -> Option<Predictor> {
    const HIGHEST: f64 = ((1 << (PRECISION - 1)) - 1) as f64;
    let largest = coefficients.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return None;
    }
    // The largest one gets all of its bits but the sign.
    let exponent = (largest.to_bits() >> 52) as i32 - 1_022;
    let shift = (PRECISION as i32 - 1 - exponent).min(MOST_SHIFT);
    let shift = u32::try_from(shift).ok()?;
    let mut carried = 0.0;
    let rounded = coefficients.iter().map(|value| {
        carried += value * f64::from(1u32 << shift);
        let whole = carried.round().clamp(-HIGHEST - 1.0, HIGHEST);
        carried -= whole;
        whole as i32
    });
    let coefficients = rounded.collect();
    Some(Predictor { coefficients, shift })
}

impl Predictor {
    /// Writes the folded residual; `false` if some of it is too large to be coded.
    pub(super) fn residual(&self, samples: &[f64], residual: &mut Vec<u32>) -> bool {
        match self.coefficients.len() {
            1 => self.residual_of::<1>(samples, residual),
            2 => self.residual_of::<2>(samples, residual),
            3 => self.residual_of::<3>(samples, residual),
            4 => self.residual_of::<4>(samples, residual),
            5 => self.residual_of::<5>(samples, residual),
            6 => self.residual_of::<6>(samples, residual),
            7 => self.residual_of::<7>(samples, residual),
            _ => self.residual_of::<MOST_ORDER>(samples, residual),
        }
    }

    fn residual_of<const ORDER: usize>(&self, samples: &[f64], residual: &mut Vec<u32>) -> bool {
        let factor = 1.0 / f64::from(1u32 << self.shift);
        let mut coefficients = [0.0; ORDER];
        for (to, from) in coefficients.iter_mut().zip(self.coefficients.iter().rev()) {
            *to = f64::from(*from) * factor;
        }
        // Half of the last bit below a half, the nearest integer is the next one below.
        let down = 0.5 * factor - 0.5;
        let count = samples.len() - ORDER;
        let now = &samples[ORDER..];
        let before: [&[f64]; ORDER] = std::array::from_fn(|index| &samples[index..][..count]);
        residual.resize(count, 0);
        let residual = &mut residual[..count];
        let now = &now[..count];
        let mut beyond = 0;
        for at in 0..count {
            let mut sum = down;
            for index in 0..ORDER {
                sum += coefficients[index] * before[index][at];
            }
            let predicted = sum + NO_FRACTION - NO_FRACTION;
            let left = (now[at] - predicted + NO_FRACTION).to_bits();
            beyond |= left.wrapping_sub(NO_FRACTION.to_bits() - MOST_RESIDUAL);
            residual[at] = folded(left as i32);
        }
        beyond < 2 * MOST_RESIDUAL
    }
}

/// The most order of the fixed predictors.
pub(super) const MOST_FIXED: usize = 4;

/// Writes the folded residual of a fixed predictor: the difference of that order (RFC 9639, 9.2.5). A sample of 25 bits has
/// differences of 29.
pub(super) fn fixed_residual(samples: &[i32], order: usize, residual: &mut Vec<u32>) {
    match order {
        0 => differences([1], samples, residual),
        1 => differences([1, -1], samples, residual),
        2 => differences([1, -2, 1], samples, residual),
        3 => differences([1, -3, 3, -1], samples, residual),
        _ => differences([1, -4, 6, -4, 1], samples, residual),
    }
}

fn differences<const TAPS: usize>(factors: [i32; TAPS], samples: &[i32], residual: &mut Vec<u32>) {
    residual.clear();
    let each = |near: &[i32]| folded((0..TAPS).map(|tap| factors[tap] * near[TAPS - 1 - tap]).sum());
    residual.extend(samples.windows(TAPS).map(each));
}
