//! Modal synthesis: a struck object that rings is a sum of decaying sines.

use std::array;
use std::f64::consts::{FRAC_PI_4, TAU};

use crate::audio::Buffer;
use crate::dsp::fade::{Curve, fade_in, fade_out};
use crate::unit::{Db, SampleRate};

/// Sums in double precision are computed for this many frames at a time, few enough to stay in the cache.
const BLOCK: usize = 512;

/// One decaying sine, as a complex number that rotates and shrinks.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    place: (f64, f64),
    step: (f64, f64),
    gains: [f64; 2],
}

impl Mode {
    /// A sine of `cycles` per frame that decays by 60 dB in `decay` frames, panned from left (−1) to right (1).
    /// `phase` is in cycles.
    pub(crate) fn new(cycles: f64, phase: f64, level: f64, decay: f64, pan: f64) -> Self {
        let shrink = 10f64.powf(-3.0 / decay);
        let (sine, cosine) = (TAU * cycles).sin_cos();
        let (y, x) = (TAU * phase).sin_cos();
        let angle = FRAC_PI_4 * (1.0 + pan);
        Self {
            place: (level * x, level * y),
            step: (shrink * cosine, shrink * sine),
            gains: [angle.cos(), angle.sin()],
        }
    }

    /// A mode that is silent.
    const SILENT: Self = Self { place: (0.0, 0.0), step: (0.0, 0.0), gains: [0.0; 2] };

    /// The phase increment per frame, in radians.
    #[cfg(test)]
    pub(crate) fn phase_step(&self) -> f64 {
        self.step.1.atan2(self.step.0)
    }
}

/// How many modes are computed together. Each step of a mode depends on the one before it; several modes at once hide
/// that latency.
const LANES: usize = 4;

#[derive(Clone, Copy)]
struct ModeGroup {
    x: [f64; LANES],
    y: [f64; LANES],
    cosine: [f64; LANES],
    sine: [f64; LANES],
    gains: [[f64; LANES]; 2],
}

impl ModeGroup {
    /// Up to [`LANES`] modes; missing ones are silent.
    fn new(modes: &[Mode]) -> Self {
        let of =
            |part: fn(&Mode) -> f64| array::from_fn(|lane| part(modes.get(lane).unwrap_or(&Mode::SILENT)));
        Self {
            x: of(|mode| mode.place.0),
            y: of(|mode| mode.place.1),
            cosine: of(|mode| mode.step.0),
            sine: of(|mode| mode.step.1),
            gains: [of(|mode| mode.gains[0]), of(|mode| mode.gains[1])],
        }
    }

    /// Adds the next frames of each mode to left and right.
    fn add(&mut self, left: &mut [f64], right: &mut [f64]) {
        let mut lanes = *self;
        for (left, right) in left.iter_mut().zip(right) {
            for lane in 0..LANES {
                *left += lanes.gains[0][lane] * lanes.y[lane];
                *right += lanes.gains[1][lane] * lanes.y[lane];
            }
            for lane in 0..LANES {
                let (x, y) = (lanes.x[lane], lanes.y[lane]);
                lanes.x[lane] = x * lanes.cosine[lane] - y * lanes.sine[lane];
                lanes.y[lane] = x * lanes.sine[lane] + y * lanes.cosine[lane];
            }
        }
        *self = lanes;
    }
}

/// The sum of modes in left and right, `length` frames long.
fn sum(modes: &[Mode], length: usize) -> [Vec<f32>; 2] {
    let mut lanes: Vec<ModeGroup> = modes.chunks(LANES).map(ModeGroup::new).collect();
    let mut planes = [vec![0.0; length], vec![0.0; length]];
    let mut exact = [[0.0; BLOCK]; 2];
    let [left, right] = &mut planes;
    for (left, right) in left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK)) {
        let [exact_left, exact_right] = exact.each_mut().map(|plane| &mut plane[..left.len()]);
        exact_left.fill(0.0);
        exact_right.fill(0.0);
        lanes.iter_mut().for_each(|lanes| lanes.add(exact_left, exact_right));
        left.iter_mut().zip(exact_left).for_each(|(sample, exact)| *sample = *exact as f32);
        right.iter_mut().zip(exact_right).for_each(|(sample, exact)| *sample = *exact as f32);
    }
    planes
}

/// Renders modes to a sound of `length` frames: it fades in over `attack` frames, its last `fade` frames fade out,
/// and its sample peak is `peak`.
pub(crate) fn render(
    modes: &[Mode],
    length: usize,
    attack: usize,
    fade: usize,
    peak: Db,
    rate: SampleRate,
) -> Buffer {
    let mut planes = sum(modes, length);
    for plane in &mut planes {
        let last = plane.len() - 1;
        fade_in(&mut plane[..attack], Curve::RaisedCosine);
        fade_out(&mut plane[last + 1 - fade..], Curve::RaisedCosine);
        plane[last] = 0.0;
    }
    let highest = planes.iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let gain = peak.gain().0 / f64::from(highest);
    planes.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
    Buffer::from_planes(rate, planes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_advance_together_sound_like_each_one_by_itself() {
        let mode = |number: f64| {
            Mode::new(0.003 * number, 0.1 * number, 1.0 / number, 900.0 * number, 0.1 * number - 0.3)
        };
        // More modes than two groups hold, and more frames than a block.
        let modes: Vec<Mode> = (1..=9).map(|number| mode(f64::from(number))).collect();
        let length = 2 * BLOCK + 7;
        let mut plain = [vec![0.0f64; length], vec![0.0f64; length]];
        for mut mode in modes.clone() {
            for frame in 0..length {
                for (plane, gain) in plain.iter_mut().zip(mode.gains) {
                    plane[frame] += gain * mode.place.1;
                }
                let ((x, y), (c, s)) = (mode.place, mode.step);
                mode.place = (x * c - y * s, x * s + y * c);
            }
        }
        let plain = plain.map(|plane| plane.iter().map(|&sample| sample as f32).collect::<Vec<f32>>());
        assert_eq!(sum(&modes, length), plain);
        assert!(plain[0].iter().any(|sample| sample.abs() > 0.1));
    }
}
