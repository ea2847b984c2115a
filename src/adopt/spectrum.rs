//! Short-time spectra of a recording at 16 kHz, for stretches of it.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use super::heard::ANALYSED;

/// The length of a window and the distance between two, in samples.
pub const WINDOW: usize = 2_048;
pub const HOP: usize = 512;
/// The bins of a spectrum.
pub const BINS: usize = WINDOW / 2 + 1;

/// Computes spectra.
pub struct Spectra {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
}

impl Spectra {
    pub fn new() -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
        let window =
            (0..WINDOW).map(|n| (0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos()) as f32).collect();
        Self { transform, window }
    }

    /// The spectra of a stretch, in dB; the first window begins with it.
    pub fn of(&self, samples: &[f32]) -> Vec<Vec<f32>> {
        let mut found = Vec::new();
        let (mut input, mut output) = (self.transform.make_input_vec(), self.transform.make_output_vec());
        let mut scratch = self.transform.make_scratch_vec();
        for part in samples.windows(WINDOW).step_by(HOP) {
            input
                .iter_mut()
                .zip(part.iter().zip(&self.window))
                .for_each(|(out, (sample, by))| *out = sample * by);
            // The buffers are those that the transform made.
            if self.transform.process_with_scratch(&mut input, &mut output, &mut scratch).is_err() {
                continue;
            }
            let scale = 4.0 / (WINDOW * WINDOW) as f32;
            let level =
                |bin: &realfft::num_complex::Complex<f32>| 10.0 * (bin.norm_sqr() * scale).max(1e-14).log10();
            found.push(output.iter().map(level).collect());
        }
        found
    }
}

/// The bin of a frequency.
pub fn bin(hz: f64) -> usize {
    (hz * WINDOW as f64 / f64::from(ANALYSED)).round() as usize
}

/// The time in seconds of the middle of a window, from the start of the stretch.
pub fn middle(frame: usize) -> f64 {
    (frame * HOP + WINDOW / 2) as f64 / f64::from(ANALYSED)
}

/// The frame whose middle is nearest to a time from the start of the stretch.
pub fn frame_at(seconds: f64) -> usize {
    ((seconds * f64::from(ANALYSED) - WINDOW as f64 / 2.0) / HOP as f64).round().max(0.0) as usize
}
