//! Low frequencies: lines of hum at multiples of 50 and 60 Hz, and inaudible rumble that loads loudspeakers.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// The frequencies of hum in Hz: mains of 50 and 60 Hz with five overtones each; 300 Hz belongs to both.
pub const LINES: [f64; 11] = [50.0, 60.0, 100.0, 120.0, 150.0, 180.0, 200.0, 240.0, 250.0, 300.0, 360.0];
/// A line is compared with the level at this distance on both sides, in Hz.
const BESIDE: [f64; 3] = [2.5, 3.5, 5.0];
/// The length of a window in seconds, with a resolution of 1 Hz.
const WINDOW: f64 = 2.0;
/// The approximate rate after decimation.
const KEPT_HZ: f64 = 2_000.0;
/// A line in three quarters of all windows is hum; speech and bells are not constant.
const STANDS: f64 = 0.25;

/// The measurements at low frequencies.
#[derive(Clone, Debug, Default)]
pub struct LowEnd {
    /// How far each of [`LINES`] exceeds its surroundings in dB: the lower quartile over all windows.
    pub lines: [f64; LINES.len()],
    /// The level below 20 Hz in dBFS, without any offset; −120 for none.
    pub rumble: f64,
}

/// Measures the sum of both channels.
pub(super) struct LowEndMeter {
    every: usize,
    rate: f64,
    place: usize,
    passes: [Biquad; 2],
    window: Vec<f64>,
    length: usize,
    stands: Vec<[f32; LINES.len()]>,
    rumble_passes: [Biquad; 3],
    rumble: f64,
    count: u64,
}

impl LowEndMeter {
    pub(super) fn new(rate: SampleRate) -> Self {
        let every = ((rate.as_f64() / KEPT_HZ).round() as usize).max(1);
        let low_rate = rate.as_f64() / every as f64;
        let pass = || Biquad::new(Coefficients::low_pass(rate, 500.0, FRAC_1_SQRT_2));
        // A filter of 20 Hz needs no exact rate.
        let kept = SampleRate::of_file(low_rate.round() as u32).unwrap_or(SampleRate::DEFAULT);
        let twenty = || Biquad::new(Coefficients::low_pass(kept, 20.0, FRAC_1_SQRT_2));
        let two = Biquad::new(Coefficients::high_pass(kept, 2.0, FRAC_1_SQRT_2));
        Self {
            every,
            rate: low_rate,
            place: 0,
            passes: [pass(), pass()],
            window: Vec::new(),
            length: (low_rate * WINDOW) as usize,
            stands: Vec::new(),
            rumble_passes: [twenty(), twenty(), two],
            rumble: 0.0,
            count: 0,
        }
    }

    pub(super) fn push(&mut self, [left, right]: [&[f32]; 2]) {
        for (l, r) in left.iter().zip(right) {
            // A little noise avoids slow denormal numbers in the filters.
            let x = f64::from(l + r) / 2.0 + 1e-30;
            let y = self.passes[0].next(x);
            let y = self.passes[1].next(y);
            self.place += 1;
            if self.place == self.every {
                self.place = 0;
                self.keep(y);
            }
        }
    }

    fn keep(&mut self, sample: f64) {
        let low = self.rumble_passes.iter_mut().fold(sample, |x, pass| pass.next(x));
        self.rumble += low * low;
        self.count += 1;
        self.window.push(sample);
        if self.window.len() == self.length {
            self.end_window();
        }
    }

    fn end_window(&mut self) {
        let mean = self.window.iter().sum::<f64>() / self.length as f64;
        let length = self.length as f64;
        for (n, x) in self.window.iter_mut().enumerate() {
            *x = (*x - mean) * (0.5 - 0.5 * (TAU * n as f64 / length).cos());
        }
        // Dither or less has no meaningful lines.
        if self.window.iter().map(|x| x * x).sum::<f64>() / length > 1e-11 {
            let stands = LINES.map(|hz| {
                let beside = BESIDE.iter().flat_map(|off| [hz - off, hz + off]);
                let beside: f64 = beside.map(|hz| self.power(hz)).sum::<f64>() / (2 * BESIDE.len()) as f64;
                (self.power(hz) / beside.max(1e-30)) as f32
            });
            self.stands.push(stands);
        }
        self.window.clear();
    }

    /// The power of the window at a frequency (Goertzel).
    fn power(&self, hz: f64) -> f64 {
        let turn = 2.0 * (TAU * hz / self.rate).cos();
        let (mut a, mut b) = (0.0, 0.0);
        for x in &self.window {
            (a, b) = (x + turn * a - b, a);
        }
        a * a + b * b - turn * a * b
    }

    pub(super) fn finish(mut self) -> LowEnd {
        let mut lines = [0.0; LINES.len()];
        let place = (self.stands.len() as f64 * STANDS) as usize;
        if self.stands.is_empty() {
            self.stands.push([0.0; LINES.len()]);
        }
        for (line, db) in lines.iter_mut().enumerate() {
            self.stands.sort_by(|a, b| a[line].total_cmp(&b[line]));
            *db = 10.0 * f64::from(self.stands[place][line]).max(1e-12).log10();
        }
        LowEnd { lines, rumble: super::envelope::dbfs(self.rumble / self.count.max(1) as f64) }
    }
}
