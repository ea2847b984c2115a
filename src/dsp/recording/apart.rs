//! How much later one side of a recording is than the other: two microphones far apart, or a side that was delayed. Their mix is
//! hollow, as some frequencies cancel.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::unit::SampleRate;

/// The farthest that is looked for, in seconds.
const FARTHEST: f64 = 0.05;
/// The band that is compared, in Hz.
const BAND: [f64; 2] = [100.0, 4_000.0];
/// Sides that are less alike than this have no distance.
const ALIKE: f64 = 0.5;
/// Where they are nearly as alike at no distance, there is none.
const SAME: f64 = 0.95;
/// So much of a recording is compared at most, in seconds.
const LONGEST: f64 = 20.0;

/// How much later the right side is than the left, in seconds, and less than zero where it is earlier; `None` where the sides are not alike.
pub(crate) fn apart(left: &[f32], right: &[f32], rate: SampleRate) -> Option<f64> {
    let hz = rate.as_f64();
    let frames = left.len().min(right.len()).min((LONGEST * hz) as usize);
    let farthest = (FARTHEST * hz) as usize;
    let length = (frames + farthest).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, back) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let (mut input, mut output) = (forward.make_input_vec(), back.make_output_vec());
    let mut spectrum = |side: &[f32]| {
        let mut bins = forward.make_output_vec();
        input.fill(0.0);
        input[..frames].copy_from_slice(&side[..frames]);
        forward.process(&mut input, &mut bins).ok()?;
        Some(bins)
    };
    let (left, right) = (spectrum(left)?, spectrum(right)?);
    let [from, to] = BAND.map(|band| ((band * length as f64 / hz) as usize).min(left.len() - 1));
    let energy = |bins: &[Complex<f32>]| bins.iter().map(|bin| f64::from(bin.norm_sqr())).sum::<f64>();
    let whole = 2.0 * (energy(&left[from..to]) * energy(&right[from..to])).sqrt();
    let mut product = vec![Complex::new(0.0, 0.0); left.len()];
    for bin in from..to {
        product[bin] = right[bin] * left[bin].conj();
    }
    back.process(&mut product, &mut output).ok()?;
    let alike = |late: isize| {
        let at = late.rem_euclid(length as isize) as usize;
        if whole > 0.0 { f64::from(output[at].abs()) / whole } else { 0.0 }
    };
    let farthest = farthest as isize;
    let best = (-farthest..=farthest).max_by(|a, b| alike(*a).total_cmp(&alike(*b)))?;
    let late = if alike(0) > SAME * alike(best) { 0 } else { best };
    (alike(late) >= ALIKE).then(|| late as f64 / hz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    #[test]
    fn a_side_that_is_late_is_measured_and_sides_that_are_not_alike_have_no_distance() {
        let rate = SampleRate::DEFAULT;
        let sound = noise(1, 0.1, 96_000);
        let late = |frames: usize| [vec![0.0; frames], sound[..96_000 - frames].to_vec()].concat();
        for frames in [0, 14, 144, 480, 2_000] {
            assert_eq!(apart(&sound, &late(frames), rate), Some(frames as f64 / 48_000.0));
            assert_eq!(apart(&late(frames), &sound, rate), Some(-(frames as f64) / 48_000.0));
        }
        let turned: Vec<f32> = late(480).iter().map(|x| -0.3 * x).collect();
        assert_eq!(apart(&sound, &turned, rate), Some(0.01));
        assert_eq!(apart(&sound, &noise(2, 0.1, 96_000), rate), None);
        assert_eq!(apart(&sound, &vec![0.0; 96_000], rate), None);
        assert_eq!(apart(&[], &[], rate), None);
    }
}
