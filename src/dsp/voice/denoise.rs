//! Noise reduction with a small neural network (J.-M. Valin, `RNNoise`, 2018), for recordings that need it.
//!
//! It also changes the speech, so it is off by default, and its result can be mixed with the original.

use nnnoiseless::DenoiseState;

use crate::unit::SampleRate;

/// The only rate the network supports, in Hz.
pub const RATE: u32 = 48_000;
/// The delay of its output in frames: each frame comes out when the next one has gone in.
const DELAY: usize = DenoiseState::FRAME_SIZE;
/// The network expects samples in the range of 16-bit integers.
const SCALE: f32 = 32_768.0;

/// Replaces `share` of the signal by its denoised version, in place and without a shift in time.
///
/// # Panics
/// If the rate is not 48 kHz: a bug in the caller.
pub fn denoise(samples: &mut [f32], rate: SampleRate, share: f64) {
    assert_eq!(rate.hz(), RATE, "the network supports only one rate");
    let mut state = DenoiseState::new();
    let frame = DenoiseState::FRAME_SIZE;
    let mut made = Vec::with_capacity(samples.len() + 2 * frame);
    let (mut input, mut output) = (vec![0.0; frame], vec![0.0; frame]);
    // The first frame, reversed, lets the network settle; silence at the end flushes the last frames.
    let lead = samples.iter().take(frame).rev().copied().collect::<Vec<_>>();
    let whole = lead.iter().chain(samples.iter()).copied().chain(std::iter::repeat_n(0.0, 2 * frame));
    let whole: Vec<f32> = whole.collect();
    for part in whole.chunks_exact(frame) {
        input.iter_mut().zip(part).for_each(|(input, sample)| *input = sample * SCALE);
        state.process_frame(&mut output, &input);
        made.extend(output.iter().map(|sample| sample / SCALE));
    }
    let share = share as f32;
    for (sample, made) in samples.iter_mut().zip(&made[lead.len() + DELAY..]) {
        *sample += share * (made - *sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::room_noise::RoomNoise;
    use crate::dsp::voice::signals::db;

    #[test]
    fn steady_noise_is_reduced_and_a_share_of_zero_changes_nothing() {
        let mut before = RoomNoise::studio().noise(SampleRate::DEFAULT, 1);
        before.truncate(96_000);
        before.iter_mut().for_each(|sample| *sample *= 0.003);
        let mut after = before.clone();
        denoise(&mut after, SampleRate::DEFAULT, 1.0);
        assert!(db(&after[48_000..]) < db(&before[48_000..]) - 10.0, "{}", db(&after[48_000..]));
        let mut same = before.clone();
        denoise(&mut same, SampleRate::DEFAULT, 0.0);
        assert!(same == before);
        for few in [0, 1, 479, 480, 481] {
            denoise(&mut before[..few].to_vec(), SampleRate::DEFAULT, 0.5);
        }
    }

    /// Half of the signal and half of its denoised version must add up as one sound: a shift by one sample would leave
    /// 6 dB less at 16 kHz.
    #[test]
    fn the_denoised_half_of_a_swept_voice_is_not_shifted_by_a_sample() {
        let mut swept: Vec<f32> = vec![0.0; 144_000];
        let mut phase = 0.0;
        for (n, sample) in swept.iter_mut().enumerate() {
            let t = n as f64 / 48_000.0;
            phase += (110.0 + 60.0 * (2.0 * t).sin()) / 48_000.0;
            let tones: f64 =
                (1..130).map(|k| (f64::from(k) * phase * std::f64::consts::TAU).sin() / f64::from(k)).sum();
            *sample = (0.05 * tones * (0.6 + 0.4 * (20.0 * t).sin())) as f32;
        }
        let before = swept.clone();
        denoise(&mut swept, SampleRate::DEFAULT, 1.0);
        // Second differences, which are mostly treble.
        let treble = |signal: &[f32]| -> Vec<f64> {
            signal.windows(3).map(|w| f64::from(w[2]) - 2.0 * f64::from(w[1]) + f64::from(w[0])).collect()
        };
        let (before, after) = (treble(&before), treble(&swept));
        let likeness =
            |lag: usize| -> f64 { (48_000..120_000).map(|n| after[n + lag - 5] * before[n]).sum() };
        let best = (0..11).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
        assert_eq!(best, 5);
    }
}
