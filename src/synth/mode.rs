//! Modal synthesis: a struck object that rings is a sum of decaying sines, and begins with the noise of the stroke.

use std::array;
use std::f64::consts::{FRAC_PI_4, TAU};

use crate::audio::Buffer;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::dsp::fade::{Curve, fade_in, fade_out};
use crate::dsp::noise::HashNoise;
use crate::unit::{Db, SampleRate};

/// Sums in double precision are computed for this many frames at a time, few enough to stay in the cache.
const BLOCK: usize = 512;
/// How long a mode is computed, in times of a decay by 60 dB: 120 dB, after which nothing of it is left at 20 bits.
const COMPUTED: f64 = 2.0;

/// One decaying sine, as a complex number that rotates and shrinks.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    place: (f64, f64),
    step: (f64, f64),
    gains: [f64; 2],
    /// The frames for which it is computed.
    lasts: usize,
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
            lasts: (COMPUTED * decay).ceil() as usize,
        }
    }

    /// The same mode this many frames later.
    pub(crate) fn after(self, frames: u64) -> Self {
        let product = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * c - b * d, a * d + b * c);
        let (mut place, mut power, mut left) = (self.place, self.step, frames);
        while left > 0 {
            if left % 2 == 1 {
                place = product(place, power);
            }
            power = product(power, power);
            left /= 2;
        }
        Self {
            place,
            lasts: self.lasts.saturating_sub(usize::try_from(frames).unwrap_or(usize::MAX)),
            ..self
        }
    }

    /// The sum of this mode and another one of the same pitch, decay and place: what a stroke adds to what still rings.
    pub(crate) fn with(self, other: Self) -> Self {
        let place = (self.place.0 + other.place.0, self.place.1 + other.place.1);
        Self { place, lasts: self.lasts.max(other.lasts), ..self }
    }

    /// A mode that is silent.
    const SILENT: Self = Self { place: (0.0, 0.0), step: (0.0, 0.0), gains: [0.0; 2], lasts: 0 };

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
    /// The frames for which any of them is computed.
    lasts: usize,
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
            lasts: modes.iter().map(|mode| mode.lasts).max().unwrap_or_default(),
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

/// The sum of modes in left and right, `length` frames long. Modes that decay alike are computed together, so that
/// those that are over cost nothing.
pub(crate) fn sum(modes: &[Mode], length: usize) -> [Vec<f32>; 2] {
    let mut modes = modes.to_vec();
    modes.sort_by_key(|mode| std::cmp::Reverse(mode.lasts));
    let mut lanes: Vec<ModeGroup> = modes.chunks(LANES).map(ModeGroup::new).collect();
    let mut planes = [vec![0.0; length], vec![0.0; length]];
    let mut exact = [[0.0; BLOCK]; 2];
    let [left, right] = &mut planes;
    for (block, (left, right)) in left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK)).enumerate() {
        while lanes.last().is_some_and(|lanes| lanes.lasts <= block * BLOCK) {
            lanes.pop();
        }
        let [exact_left, exact_right] = exact.each_mut().map(|plane| &mut plane[..left.len()]);
        exact_left.fill(0.0);
        exact_right.fill(0.0);
        lanes.iter_mut().for_each(|lanes| lanes.add(exact_left, exact_right));
        left.iter_mut().zip(exact_left).for_each(|(sample, exact)| *sample = *exact as f32);
        right.iter_mut().zip(exact_right).for_each(|(sample, exact)| *sample = *exact as f32);
    }
    planes
}

/// The noise of a stroke: what is heard of the mallet, for some hundredths of a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knock {
    /// The band of the noise, in Hz.
    pub band: (f64, f64),
    /// Its RMS at the start, relative to a mode of level 1.
    pub level: f64,
    /// The time of its decay by 60 dB, in seconds.
    pub decay: f64,
}

impl Knock {
    /// Adds the noise to both sides alike.
    fn add(&self, planes: &mut [Vec<f32>; 2], rate: SampleRate, seed: u64) {
        let decay = self.decay * rate.as_f64();
        let frames = ((COMPUTED * decay).ceil() as usize).min(planes[0].len());
        let mut noise = vec![0.0; frames];
        HashNoise::new(seed).fill(0, &mut noise);
        let q = std::f64::consts::FRAC_1_SQRT_2;
        let mut low = Biquad::new(Coefficients::high_pass(rate, self.band.0, q));
        let mut high = Biquad::new(Coefficients::low_pass(rate, self.band.1, q));
        let noise: Vec<f64> = noise.iter().map(|sample| high.next(low.next(f64::from(*sample)))).collect();
        let rms = (noise.iter().map(|sample| sample * sample).sum::<f64>() / frames as f64).sqrt();
        // As a mode in the centre: half its power on each side.
        let level = self.level * FRAC_PI_4.cos() / rms.max(1e-9);
        for (frame, sample) in noise.into_iter().enumerate() {
            let sample = (sample * level * 10f64.powf(-3.0 * frame as f64 / decay)) as f32;
            planes.iter_mut().for_each(|plane| plane[frame] += sample);
        }
    }
}

/// A struck object.
pub(crate) struct Struck {
    pub modes: Vec<Mode>,
    pub knock: Knock,
    /// The frames of the sound, of the rise at its start, and of the fade at its end.
    pub length: usize,
    pub attack: usize,
    pub fade: usize,
}

impl Struck {
    /// The sound, with its sample peak at `peak`. The seed is that of the noise of the stroke.
    pub(crate) fn render(&self, peak: Db, rate: SampleRate, seed: u64) -> Buffer {
        let mut planes = sum(&self.modes, self.length);
        self.knock.add(&mut planes, rate, seed);
        for plane in &mut planes {
            let last = plane.len() - 1;
            fade_in(&mut plane[..self.attack], Curve::RaisedCosine);
            fade_out(&mut plane[last + 1 - self.fade..], Curve::RaisedCosine);
            plane[last] = 0.0;
        }
        let highest = planes.iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let gain = peak.gain().0 / f64::from(highest);
        planes.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
        Buffer::from_planes(rate, planes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_advance_together_sound_like_each_one_by_itself() {
        let mode = |number: f64| {
            Mode::new(0.003 * number, 0.1 * number, 1.0 / number, 900.0 * number, 0.1 * number - 0.3)
        };
        // More modes than two groups hold, the longest first, and more frames than a block.
        let modes: Vec<Mode> = (1..=9).rev().map(|number| mode(f64::from(number))).collect();
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

    #[test]
    fn a_mode_that_is_over_costs_nothing_and_leaves_no_step() {
        let long = Mode::new(0.002, 0.1, 1.0, 40_000.0, 0.0);
        let short = Mode::new(0.031, 0.3, 1.0, 2_000.0, 0.0);
        let (one, all) = (sum(&[long], 10_000), sum(&[short, long, long, long, long], 10_000));
        for (one, all) in one[0].iter().zip(&all[0]).skip(4_000) {
            assert!((4.0 * one - all).abs() < 4e-6, "{one} {all}");
        }
    }

    #[test]
    fn a_mode_goes_on_from_any_frame_and_two_of_the_same_pitch_are_one() {
        let mode = |phase| Mode::new(0.012_3, phase, 0.7, 90_000.0, 0.3);
        let (one, other) = (mode(0.1), mode(0.6));
        let whole = sum(&[one, other], 6_000);
        for cut in [0, 1, 777, 4_096] {
            let rest = sum(&[one.after(cut).with(other.after(cut))], 6_000 - cut as usize);
            for (whole, rest) in whole[1][cut as usize..].iter().zip(&rest[1]) {
                assert!((whole - rest).abs() < 1e-6, "{cut}: {whole} {rest}");
            }
        }
    }

    #[test]
    fn the_noise_of_a_stroke_lies_in_its_band_and_is_over_at_once() {
        let rate = SampleRate::DEFAULT;
        let mut planes = [vec![0.0; 9_600], vec![0.0; 9_600]];
        Knock { band: (400.0, 1_600.0), level: 0.5, decay: 0.05 }.add(&mut planes, rate, 4);
        assert_eq!(planes[0], planes[1]);
        let rms = |part: &[f32]| {
            (part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len() as f64).sqrt()
        };
        assert!((0.1..0.5).contains(&rms(&planes[0][..480])), "{}", rms(&planes[0][..480]));
        assert!(rms(&planes[0][3_600..]) < 1e-4);
        let mut above = Biquad::new(Coefficients::high_pass(rate, 8_000.0, 0.7));
        let high: Vec<f32> = planes[0].iter().map(|x| above.next(f64::from(*x)) as f32).collect();
        assert!(rms(&high) < 0.1 * rms(&planes[0]));
    }
}
