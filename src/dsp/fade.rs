//! Fade curves and crossfades.
//!
//! In a fade over n frames, frame i has the time t = i/n, so a fade-in starts at exactly 0 and would reach 1 on the
//! frame after it; a fade-out starts at 1 and would reach 0 there. A fade-in and a fade-out of the same length
//! therefore complement each other frame by frame: raised cosines sum to one, equal-power curves to one in power.

use std::f64::consts::{FRAC_PI_2, PI};

/// The shape of a fade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// ½ − ½·cos(πt): a slope of zero at both ends, the least audible fade. Equal gain in a crossfade.
    RaisedCosine,
    /// sin(πt/2): keeps the power constant in a crossfade of two uncorrelated sounds.
    EqualPower,
}

impl Curve {
    /// The factor at `t`: 0 for t ≤ 0, 1 for t ≥ 1, rising in between.
    pub fn at(self, t: f64) -> f64 {
        match self {
            Self::RaisedCosine => raised_cosine(t),
            Self::EqualPower => equal_power(t),
        }
    }
}

/// ½ − ½·cos(πt), with `t` clamped to 0 to 1.
pub fn raised_cosine(t: f64) -> f64 {
    0.5 - 0.5 * (PI * t.clamp(0.0, 1.0)).cos()
}

/// sin(πt/2), with `t` clamped to 0 to 1. The squares of the curve and its mirror image sum to one.
pub fn equal_power(t: f64) -> f64 {
    (FRAC_PI_2 * t.clamp(0.0, 1.0)).sin()
}

/// The weights of an equal-power crossfade of `length` frames, from its frame `from` on: cosines for the outgoing
/// sound, sines for the incoming one.
///
/// Computing a sine and a cosine for each frame would cost more than the rest of a loop. They are computed once for
/// every `RUN` frames and continued by the angle addition formulas, within 1e-15 of the formula. Runs are counted
/// from the start of the crossfade, so splitting into blocks changes no bit.
pub fn equal_power_weights(from: u64, length: u64, leaving: &mut [f64], coming: &mut [f64]) {
    let angle = |frames: u64| frames as f64 / length as f64 * FRAC_PI_2;
    let small: [(f64, f64); RUN as usize] = std::array::from_fn(|frame| angle(frame as u64).sin_cos());
    let mut frame = from;
    let (mut leaving, mut coming) = (leaving, coming);
    while !leaving.is_empty() {
        let within = frame % RUN;
        let count = leaving.len().min((RUN - within) as usize);
        let (sine, cosine) = angle(frame - within).sin_cos();
        let (leaving_run, coming_run);
        (leaving_run, leaving) = leaving.split_at_mut(count);
        (coming_run, coming) = coming.split_at_mut(count);
        for ((leaving, coming), (s, c)) in
            leaving_run.iter_mut().zip(coming_run).zip(&small[within as usize..])
        {
            (*leaving, *coming) = (cosine * c - sine * s, sine * c + cosine * s);
        }
        frame += count as u64;
    }
}

/// How many frames of a crossfade share one computed sine and cosine.
const RUN: u64 = 64;

pub fn fade_in(samples: &mut [f32], curve: Curve) {
    let length = samples.len() as u64;
    fade_in_window(samples, 0, length, curve);
}

pub fn fade_out(samples: &mut [f32], curve: Curve) {
    let length = samples.len() as u64;
    fade_out_window(samples, 0, length, curve);
}

/// Applies part of a fade-in of `length` frames to a window that begins `from` frames into it. Samples after the fade
/// are unchanged, so blocks can be processed as they arrive.
pub fn fade_in_window(samples: &mut [f32], from: u64, length: u64, curve: Curve) {
    let left = length.saturating_sub(from).min(samples.len() as u64) as usize;
    for (frame, sample) in (from..).zip(&mut samples[..left]) {
        *sample = (f64::from(*sample) * curve.at(frame as f64 / length as f64)) as f32;
    }
}

/// Applies part of a fade-out of `length` frames to a window that begins `from` frames into it. Samples after the
/// fade become silence.
pub fn fade_out_window(samples: &mut [f32], from: u64, length: u64, curve: Curve) {
    let left = length.saturating_sub(from).min(samples.len() as u64) as usize;
    for (frame, sample) in (from..).zip(&mut samples[..left]) {
        *sample = (f64::from(*sample) * curve.at((length - frame) as f64 / length as f64)) as f32;
    }
    samples[left..].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_weights_of_a_crossfade_are_cosines_and_sines_however_it_is_cut() {
        for length in [1, 63, 64, 1_000, 192_000] {
            let frames = length.min(5_000) as usize;
            let (mut leaving, mut coming) = (vec![0.0; frames], vec![0.0; frames]);
            equal_power_weights(0, length, &mut leaving, &mut coming);
            for (frame, (leaving, coming)) in leaving.iter().zip(&coming).enumerate() {
                let (sine, cosine) = (frame as f64 / length as f64 * FRAC_PI_2).sin_cos();
                assert!(
                    (leaving - cosine).abs() < 1e-15 && (coming - sine).abs() < 1e-15,
                    "{frame} of {length}"
                );
            }
            for from in [1, 5, 64, 777].into_iter().filter(|from| *from < frames) {
                let (mut out, mut into) = (vec![0.0; frames - from], vec![0.0; frames - from]);
                equal_power_weights(from as u64, length, &mut out, &mut into);
                assert!(out == leaving[from..] && into == coming[from..], "cut at {from} of {length}");
            }
        }
    }

    #[test]
    fn the_curves_pass_through_the_points_of_their_formulas() {
        for (t, cosine, power) in
            [(0.0, 0.0, 0.0), (1.0 / 3.0, 0.25, 0.5), (0.5, 0.5, 0.5f64.sqrt()), (1.0, 1.0, 1.0)]
        {
            assert!((raised_cosine(t) - cosine).abs() < 1e-15, "{t}");
            assert!((equal_power(t) - power).abs() < 1e-15, "{t}");
        }
        assert_eq!((raised_cosine(-1.0), raised_cosine(2.0), equal_power(7.0)), (0.0, 1.0, 1.0));
    }

    #[test]
    fn a_fade_in_starts_at_silence_and_a_fade_out_at_full_level() {
        let mut samples = [1.0f32; 64];
        fade_in(&mut samples, Curve::RaisedCosine);
        assert_eq!(samples[0], 0.0);
        assert_eq!(samples[32], 0.5);
        let mut samples = [1.0f32; 64];
        fade_out(&mut samples, Curve::RaisedCosine);
        assert_eq!(samples[0], 1.0);
        assert!(samples[63] < 1e-3);
        fade_in(&mut [], Curve::EqualPower);
    }

    #[test]
    fn in_and_out_are_complementary_in_gain_or_in_power() {
        let made = |curve| {
            let (mut rise, mut fall) = ([1.0f32; 100], [1.0f32; 100]);
            fade_in(&mut rise, curve);
            fade_out(&mut fall, curve);
            rise.into_iter().zip(fall).collect::<Vec<_>>()
        };
        assert!(made(Curve::RaisedCosine).iter().all(|(a, b)| (a + b - 1.0).abs() < 1e-6));
        assert!(made(Curve::EqualPower).iter().all(|(a, b)| (a * a + b * b - 1.0).abs() < 1e-6));
    }

    proptest! {
        #[test]
        fn a_fade_in_blocks_is_the_fade_in_one_piece(length in 0u64..300, cut in 0usize..400) {
            for window in [fade_in_window, fade_out_window] {
                let (mut whole, mut blocks) = ([0.7f32; 400], [0.7f32; 400]);
                window(&mut whole, 0, length, Curve::EqualPower);
                let (first, second) = blocks.split_at_mut(cut);
                window(first, 0, length, Curve::EqualPower);
                window(second, cut as u64, length, Curve::EqualPower);
                prop_assert_eq!(whole, blocks);
            }
        }
    }
}
