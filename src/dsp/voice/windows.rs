//! Overlapping windows, in which each frequency of a sound gets a gain without a shift in time.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::unit::SampleRate;

/// The length of a window in seconds, to the next power of two; windows begin a quarter of it apart.
const WINDOW: f64 = 0.032;
pub(super) const OVERLAP: usize = 4;

/// Overlapping windows, by which a sound is taken apart and joined again without a trace.
pub(super) struct OverlapWindows {
    pub(super) length: usize,
    weights: Vec<f64>,
    forward: Arc<dyn RealToComplex<f64>>,
    back: Arc<dyn ComplexToReal<f64>>,
}

pub(super) type Bins = Vec<Complex<f64>>;

/// Gives each frequency of a window its gain.
pub(super) fn scale(bins: &mut Bins, gains: &[f32]) {
    bins.iter_mut().zip(gains).for_each(|(bin, gain)| *bin *= f64::from(*gain));
}

impl OverlapWindows {
    pub(super) fn of(rate: SampleRate) -> Self {
        Self::of_length(1 << (WINDOW * rate.as_f64()).log2().round().max(6.0) as u32)
    }

    /// Windows of so many samples, a power of two.
    pub(super) fn of_length(length: usize) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        let turn = std::f64::consts::TAU / length as f64;
        Self {
            length,
            weights: (0..length).map(|n| (0.5 - 0.5 * (turn * n as f64).cos()).sqrt()).collect(),
            forward: planner.plan_fft_forward(length),
            back: planner.plan_fft_inverse(length),
        }
    }

    /// Where each window begins, from before the first sample to the last, in frames after `length` frames of silence.
    fn starts(&self, samples: usize) -> impl Iterator<Item = usize> + use<> {
        (0..samples + self.length).step_by(self.length / OVERLAP)
    }

    pub(super) fn spectra(&self, samples: &[f32]) -> Vec<Bins> {
        let mut input = self.forward.make_input_vec();
        let spectrum = |start: usize| {
            for (n, (input, weight)) in input.iter_mut().zip(&self.weights).enumerate() {
                let sample = (start + n).checked_sub(self.length).and_then(|at| samples.get(at));
                *input = weight * sample.map_or(0.0, |sample| f64::from(*sample));
            }
            let mut bins = self.forward.make_output_vec();
            self.forward.process(&mut input, &mut bins).expect("the lengths are those of the plan");
            bins
        };
        self.starts(samples.len()).map(spectrum).collect()
    }

    /// Joins the windows into `samples`.
    pub(super) fn join(&self, spectra: Vec<Bins>, samples: &mut [f32]) {
        let mut sum = vec![0.0f64; samples.len()];
        let mut output = self.back.make_output_vec();
        // The inverse adds a factor of the length, and the squares of overlapping windows add up to half their number.
        let scale = 2.0 / (self.length * OVERLAP) as f64;
        let starts = self.starts(samples.len());
        for (start, mut bins) in starts.zip(spectra) {
            // The ends of a spectrum have no phase.
            for end in [0, bins.len() - 1] {
                bins[end].im = 0.0;
            }
            self.back.process(&mut bins, &mut output).expect("the lengths are those of the plan");
            for (n, (value, weight)) in output.iter().zip(&self.weights).enumerate() {
                if let Some(sum) = (start + n).checked_sub(self.length).and_then(|at| sum.get_mut(at)) {
                    *sum += scale * weight * value;
                }
            }
        }
        samples.iter_mut().zip(sum).for_each(|(sample, sum)| *sample = sum as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise};

    #[test]
    fn a_sound_that_is_taken_apart_is_joined_without_a_trace() {
        for (length, hz) in [(5_000, 48_000), (1, 22_050), (0, 44_100)] {
            let before = noise(1, 0.5, length);
            let windows = OverlapWindows::of(SampleRate::new(hz).unwrap());
            let spectra = windows.spectra(&before);
            let mut after = vec![0.0; length];
            windows.join(spectra, &mut after);
            let off: Vec<f32> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
            assert!(length == 0 || db(&off) < -120.0, "{}", db(&off));
        }
    }
}
