//! The tick of a walking pace: a soft footstep, slightly to its side.

use std::f64::consts::TAU;

use crate::audio::Buffer;
use crate::dsp::fade::raised_cosine;
use crate::dsp::noise::HashNoise;
use crate::unit::{Db, SampleRate};

/// The length of a tick, in seconds.
const LENGTH: f64 = 0.12;
/// The attack time in seconds, slow enough not to startle.
const ATTACK: f64 = 0.006;
/// The frequency of the thud in Hz, and its decay to 1/e in seconds.
const THUD: (f64, f64) = (95.0, 0.022);
/// The amplitude of the rustle, and its decay to 1/e in seconds.
const RUSTLE: (f64, f64) = (0.12, 0.012);
/// The level of the far channel relative to the near one.
const FAR_SIDE: Db = Db(-6.0);
/// The sample peak.
const PEAK: f64 = 0.25;

/// One step in stereo, 6 dB louder on its side.
pub fn tick(left: bool, rate: SampleRate, seed: u64) -> Buffer {
    let noise = HashNoise::new(seed);
    let frames = (LENGTH * rate.as_f64()).round() as u64;
    let mono: Vec<f64> = (0..frames)
        .map(|frame| {
            let t = frame as f64 / rate.as_f64();
            let thud = (TAU * THUD.0 * t).sin() * (-t / THUD.1).exp();
            let rustle = f64::from(noise.at(frame)) * RUSTLE.0 * (-t / RUSTLE.1).exp();
            (thud + rustle) * raised_cosine(t / ATTACK) * raised_cosine((LENGTH - t) / (LENGTH / 2.0))
        })
        .collect();
    let peak = mono.iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
    let plane =
        |gain: f64| mono.iter().map(|sample| (sample * gain * PEAK / peak) as f32).collect::<Vec<_>>();
    let (near, far) = (plane(1.0), plane(FAR_SIDE.gain().0));
    Buffer::from_planes(rate, if left { vec![near, far] } else { vec![far, near] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_lies_six_decibels_to_its_side_and_is_silent_at_its_ends() {
        for hz in [8_000, 48_000, 192_000] {
            let rate = SampleRate::new(hz).unwrap();
            let (left, right) = (tick(true, rate, 1), tick(false, rate, 1));
            assert_eq!(left.plane(0), right.plane(1));
            let peak = |plane: &[f32]| plane.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
            assert!((f64::from(peak(left.plane(0))) - PEAK).abs() < 1e-6);
            assert!((f64::from(peak(left.plane(1)) / peak(left.plane(0))) - FAR_SIDE.gain().0).abs() < 1e-4);
            assert_eq!(left.plane(0)[0], 0.0);
            assert!(left.plane(0).last().unwrap().abs() < 1e-3);
        }
    }
}
