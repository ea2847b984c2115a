//! The stages of the voice chain. Each one processes a whole mono clip in place, at any rate, and returns how much it
//! changed; a stage that finds nothing to do leaves every bit unchanged.

pub mod breath;
pub mod click;
pub mod de_ess;
pub mod declip;
pub mod denoise;
pub mod dereverb;
pub mod fitting;
pub mod hum;
pub mod momentary;
pub mod peaks;
pub mod phase;
mod prediction;
pub mod room_noise;
pub mod rumble;
mod smack;
mod spike;
pub mod tone;
mod windows;

use crate::unit::SampleRate;

/// The mean square of each run of `frames` samples; the last run may be shorter.
pub(crate) fn powers(samples: &[f32], frames: usize) -> Vec<f64> {
    let mean = |hop: &[f32]| hop.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / hop.len() as f64;
    samples.chunks(frames.max(1)).map(mean).collect()
}

/// Converts seconds to frames, at least one.
pub(crate) fn frames(seconds: f64, rate: SampleRate) -> usize {
    ((seconds * rate.as_f64()).round() as usize).max(1)
}

#[cfg(test)]
pub(crate) mod signals {
    //! Signals whose level is known.

    use crate::dsp::noise::HashNoise;

    /// A sine at 48 kHz.
    pub(crate) fn sine(hz: f64, amplitude: f64, frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|n| (amplitude * (std::f64::consts::TAU * hz * n as f64 / 48_000.0).sin()) as f32)
            .collect()
    }

    pub(crate) fn noise(seed: u64, amplitude: f32, frames: usize) -> Vec<f32> {
        let mut samples = vec![0.0; frames];
        HashNoise::new(seed).fill(0, &mut samples);
        samples.iter_mut().for_each(|sample| *sample *= amplitude);
        samples
    }

    /// The level of a stretch in dB re an RMS of one.
    pub(crate) fn db(samples: &[f32]) -> f64 {
        let power: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
        10.0 * (power / samples.len() as f64).log10()
    }

    /// What a stage does to the level of a steady tone of 48 kHz, in dB, after half a second.
    pub(crate) fn response(hz: f64, amplitude: f64, stage: impl FnOnce(&mut Vec<f32>)) -> f64 {
        let before = sine(hz, amplitude, 96_000);
        let mut after = before.clone();
        stage(&mut after);
        db(&after[24_000..84_000]) - db(&before[24_000..84_000])
    }
}
