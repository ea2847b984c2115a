//! Noise reduction with a small neural network (J.-M. Valin, `RNNoise`, 2018), for recordings that need it.
//!
//! It also changes the speech, so it is off by default, and its result can be mixed with the original.

use nnnoiseless::DenoiseState;

use crate::unit::SampleRate;

/// The only rate the network supports, in Hz.
pub const RATE: u32 = 48_000;
/// The delay of its output in frames.
const DELAY: usize = DenoiseState::FRAME_SIZE - 1;
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

    #[test]
    fn there_is_no_shift_in_time() {
        let mut vowel: Vec<f32> = vec![0.0; 96_000];
        for (n, sample) in vowel.iter_mut().enumerate() {
            let t = n as f32 / 48_000.0;
            let tone: f32 =
                (1..20).map(|k| (t * 130.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            *sample = 0.1 * tone * (0.6 + 0.4 * (t * 20.0).sin());
        }
        let before = vowel.clone();
        denoise(&mut vowel, SampleRate::DEFAULT, 1.0);
        let at = |lag: usize| -> f64 {
            (24_000..72_000).map(|n| f64::from(vowel[n + lag - 20] * before[n])).sum()
        };
        let best = (0..41).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
        assert!(best.abs_diff(20) <= 1, "{best}");
    }
}
