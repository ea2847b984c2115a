//! Modal synthesis: what is struck and rings is a sum of decaying sines.

use std::f64::consts::{FRAC_PI_4, TAU};

use super::fade::{Curve, fade_in, fade_out};
use crate::audio::Buffer;
use crate::unit::{Db, SampleRate};

/// One decaying sine, as a number that turns and shrinks in the complex plane.
pub(crate) struct Mode {
    place: (f64, f64),
    step: (f64, f64),
    gains: [f64; 2],
}

impl Mode {
    /// A sine of `turns` a frame that loses 60 dB in `decay` frames, between left (−1) and right (1).
    pub(crate) fn new(turns: f64, phase: f64, level: f64, decay: f64, pan: f64) -> Self {
        let shrink = 10f64.powf(-3.0 / decay);
        let (sine, cosine) = (TAU * turns).sin_cos();
        let (y, x) = (TAU * phase).sin_cos();
        let angle = FRAC_PI_4 * (1.0 + pan);
        Self {
            place: (level * x, level * y),
            step: (shrink * cosine, shrink * sine),
            gains: [angle.cos(), angle.sin()],
        }
    }

    /// Adds the sine to left and right.
    pub(crate) fn add(mut self, planes: &mut [Vec<f64>]) {
        let [left, right] = planes else { panic!("a bell has two planes") };
        for (left, right) in left.iter_mut().zip(right) {
            *left += self.gains[0] * self.place.1;
            *right += self.gains[1] * self.place.1;
            let ((x, y), (c, s)) = (self.place, self.step);
            self.place = (x * c - y * s, x * s + y * c);
        }
    }

    /// The angle it turns by each frame.
    #[cfg(test)]
    pub(crate) fn turn(&self) -> f64 {
        self.step.1.atan2(self.step.0)
    }
}

/// A sum of modes as a finished sound: it comes up over `attack` frames, its last `fade` frames go to silence, and its
/// sample peak is `peak`.
pub(crate) fn finished(
    planes: &[Vec<f64>],
    attack: usize,
    fade: usize,
    peak: Db,
    rate: SampleRate,
) -> Buffer {
    let mut planes: Vec<Vec<f32>> =
        planes.iter().map(|plane| plane.iter().map(|&s| s as f32).collect()).collect();
    for plane in &mut planes {
        let last = plane.len() - 1;
        fade_in(&mut plane[..attack], Curve::RaisedCosine);
        fade_out(&mut plane[last + 1 - fade..], Curve::RaisedCosine);
        plane[last] = 0.0;
    }
    let highest = planes.iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let gain = peak.gain().0 / f64::from(highest);
    planes.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
    Buffer::from_planes(rate, planes)
}
