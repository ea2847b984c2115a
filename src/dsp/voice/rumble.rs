//! Removes what lies below a voice: rumble of the building, bumps against the stand, plosives.

use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// The Q of the two sections of a fourth-order Butterworth filter: 1/(2·cos(π/8)) and 1/(2·cos(3π/8)).
const QUALITIES: [f64; 2] = [0.541_196_100_146_197, 1.306_562_964_876_377];

/// A high-pass of 24 dB per octave, 3 dB down at `hz` (docs/sound.md, section 5).
pub fn remove_rumble(samples: &mut [f32], rate: SampleRate, hz: f64) {
    for quality in QUALITIES {
        Biquad::new(Coefficients::high_pass(rate, hz, quality)).process(samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::response;

    #[test]
    fn it_falls_by_24_decibels_per_octave_and_leaves_the_voice_unchanged() {
        let of = |hz: f64| response(hz, 0.5, |tone| remove_rumble(tone, SampleRate::DEFAULT, 70.0));
        for hz in [30.0f64, 35.0, 70.0, 110.0, 1_000.0, 10_000.0] {
            // |H|² = 1/(1 + (f₀/f)⁸); this far below the rate the bilinear transform does not warp frequencies.
            let expected = -10.0 * (1.0 + (70.0 / hz).powi(8)).log10();
            assert!((of(hz) - expected).abs() < 0.1, "{hz} Hz: {} dB, not {expected}", of(hz));
        }
        assert!(of(30.0) < -29.0 && of(110.0) > -0.2);
    }

    #[test]
    fn an_offset_is_gone_within_a_tenth_of_a_second() {
        let mut samples = vec![0.25f32; 48_000];
        remove_rumble(&mut samples, SampleRate::DEFAULT, 70.0);
        assert!(samples[4_800..].iter().all(|sample| sample.abs() < 1e-3));
    }
}
