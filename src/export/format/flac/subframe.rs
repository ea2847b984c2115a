//! One channel of a frame (RFC 9639, 9.2): constant, predicted, or as it is, whichever is expected to be the shortest.

use super::bits::BitWriter;
use super::prediction::{MOST_FIXED, PRECISION, Predictor, fixed_residual, predictor};
use super::rice::RicePlan;

/// A block that is shorter tries every fixed predictor.
const SHORT: usize = 64;

/// Buffers that are used for one subframe after another.
#[derive(Debug, Default)]
pub(super) struct SubframeBuffers {
    samples: Vec<i32>,
    floats: Vec<f64>,
    windowed: Vec<f64>,
    residual: Vec<u32>,
    fixed: Vec<u32>,
}

/// The way of coding a block.
enum SubframeCoding {
    Constant,
    Verbatim,
    Fixed(usize, RicePlan),
    Linear(Predictor, RicePlan),
}

/// Writes the samples of a channel, which are `width` bits wide. `differences` is the sum of the magnitudes of their second
/// differences, about.
pub(super) fn write(
    samples: &[i32],
    width: u32,
    differences: f32,
    window: &[f32],
    buffers: &mut SubframeBuffers,
    bits: &mut BitWriter,
) {
    let wasted = wasted_bits(samples);
    let mut shifted = std::mem::take(&mut buffers.samples);
    let samples = if wasted == 0 {
        samples
    } else {
        shifted.clear();
        shifted.extend(samples.iter().map(|sample| sample >> wasted));
        &shifted
    };
    let width = width - wasted;
    let frames = samples.len();
    let coding = choose(samples, width, differences / (1u32 << wasted) as f32, window, buffers);
    bits.reserve(coding.most_bits(frames, width) + 64);
    let kind = match &coding {
        SubframeCoding::Constant => 0,
        SubframeCoding::Verbatim => 1,
        SubframeCoding::Fixed(order, _) => 8 + *order as u64,
        SubframeCoding::Linear(predictor, _) => 31 + predictor.coefficients.len() as u64,
    };
    bits.put(kind, 7);
    bits.put(u64::from(wasted > 0), 1);
    if wasted > 0 {
        // One less, as zeros that end with a one.
        bits.put(1, wasted);
    }
    let warm_up = |bits: &mut BitWriter, order: usize| {
        samples[..order].iter().for_each(|sample| bits.put_signed(*sample, width));
    };
    match coding {
        SubframeCoding::Constant => warm_up(bits, 1),
        SubframeCoding::Verbatim => warm_up(bits, frames),
        SubframeCoding::Fixed(order, plan) => {
            warm_up(bits, order);
            plan.write(&buffers.fixed, frames, order, bits);
        }
        SubframeCoding::Linear(predictor, plan) => {
            let order = predictor.coefficients.len();
            warm_up(bits, order);
            bits.put(u64::from(PRECISION - 1), 4);
            bits.put_signed(predictor.shift as i32, 5);
            predictor.coefficients.iter().for_each(|value| bits.put_signed(*value, PRECISION));
            plan.write(&buffers.residual, frames, order, bits);
        }
    }
    buffers.samples = shifted;
}

impl SubframeCoding {
    /// The most bits that it may need, header aside.
    fn most_bits(&self, frames: usize, width: u32) -> u64 {
        let raw = |count: usize| count as u64 * u64::from(width);
        match self {
            Self::Constant => raw(1),
            Self::Verbatim => raw(frames),
            Self::Fixed(order, plan) => raw(*order) + plan.most_bits,
            Self::Linear(predictor, plan) => {
                let order = predictor.coefficients.len();
                raw(order) + order as u64 * u64::from(PRECISION) + 9 + plan.most_bits
            }
        }
    }
}

/// Chooses the coding; the residual is in the buffers.
fn choose(
    samples: &[i32],
    width: u32,
    differences: f32,
    window: &[f32],
    buffers: &mut SubframeBuffers,
) -> SubframeCoding {
    if samples.iter().all(|sample| *sample == samples[0]) {
        return SubframeCoding::Constant;
    }
    let SubframeBuffers { floats, windowed, residual, fixed, .. } = buffers;
    let (frames, raw) = (samples.len(), |count: usize| count as u64 * u64::from(width));
    let (mut best, mut least) = (SubframeCoding::Verbatim, raw(frames));
    floats.clear();
    floats.extend(samples.iter().map(|sample| f64::from(*sample)));
    if let Some(predictor) = predictor(floats, window, width, windowed)
        && predictor.residual(floats, residual)
    {
        let order = predictor.coefficients.len();
        let plan = RicePlan::choose(residual, frames, order);
        // A folded residual is twice as large as its magnitude.
        let is_closer = (plan.sum as f32) < 2.0 * differences;
        let bits = raw(order) + order as u64 * u64::from(PRECISION) + 9 + plan.bits;
        if bits < least {
            (best, least) = (SubframeCoding::Linear(predictor, plan), bits);
            if is_closer && frames >= SHORT {
                return best;
            }
        }
    }
    let plans = (0..=MOST_FIXED.min(frames - 1)).map(|order| {
        fixed_residual(samples, order, fixed);
        (order, RicePlan::choose(fixed, frames, order))
    });
    let shortest =
        plans.map(|(order, plan)| (raw(order) + plan.bits, order, plan)).min_by_key(|(bits, ..)| *bits);
    if let Some((bits, order, plan)) = shortest
        && bits < least
    {
        fixed_residual(samples, order, fixed);
        best = SubframeCoding::Fixed(order, plan);
    }
    best
}

/// How many of the lowest bits are zero in every sample; none for silence.
fn wasted_bits(samples: &[i32]) -> u32 {
    let any = samples.iter().fold(0, |any, sample| any | sample);
    if any == 0 { 0 } else { any.trailing_zeros() }
}
