//! Noise reduction for recordings that need it: hiss, a fan, the room.
//!
//! The noise is what is always there: of each frequency, what its softest moments hear. In each moment a frequency keeps the
//! share of its power that is over the noise. That share is judged from both sides in time, with the moments before and after
//! (Y. Ephraim and D. Malah, IEEE ASSP-32(6), 1984, the decision-directed estimate), so that the beginning of a word counts as
//! much as its end; where nothing around a moment is over the noise, only noise is there, and it falls by the whole depth.

use super::windows::{OVERLAP, OverlapWindows, scale};
use crate::unit::SampleRate;

/// By how many dB noise falls at a share of one.
const DEEPEST: f64 = 36.0;
/// The noise is the mean of this share of the softest moments of a frequency. That of noise itself is this much lower than
/// the mean of all: for the share q of an exponential distribution, 1 + (1 − q)/q · ln(1 − q).
const SOFTEST: f64 = 0.15;
const OF_MEAN: f64 = 0.079_06;
/// The noise of a frequency is smoothed with so many on either side.
const SMOOTH: usize = 9;
/// A moment below this power is digital silence and tells nothing of the noise.
const DIGITAL: f64 = 1e-9;
/// Fewer moments do not tell noise from sound.
const FEWEST: usize = 20;
/// How much the moment before counts, and the least that a voice is said to be over the noise, as ratios of power.
const BEFORE: f64 = 0.94;
const LEAST: f64 = 0.003_2;
/// Only noise is where the mean of so many moments and frequencies around is less than this times the noise.
const AROUND: (usize, usize) = (3, 2);
const ONLY: f32 = 1.6;
/// What is below this is left to the high-pass, in Hz: windows are too short to tell it from a voice.
const LOWEST: f64 = 130.0;

/// Lowers the noise of a clip by as much as a share of `DEEPEST`, in place and without a shift in time.
pub fn denoise(samples: &mut [f32], rate: SampleRate, share: f64) {
    if share <= 0.0 {
        return;
    }
    let windows = OverlapWindows::of(rate);
    let mut spectra = windows.spectra(samples);
    let powers: Vec<Vec<f32>> =
        spectra.iter().map(|bins| bins.iter().map(|bin| bin.norm_sqr() as f32).collect()).collect();
    // Those at both ends hear only a part of the clip.
    let whole = powers.get(OVERLAP..powers.len() - OVERLAP).unwrap_or_default();
    let Some(noise) = noise(whole, windows.length) else { return };
    let least = 10f64.powf(-DEEPEST * share.min(1.0) / 20.0) as f32;
    let mut gains = vec![vec![least; noise.len()]; powers.len()];
    for_each_moment(0..powers.len(), &powers, &noise, &mut gains);
    for_each_moment((0..powers.len()).rev(), &powers, &noise, &mut gains);
    for (gains, around) in gains.iter_mut().zip(around(&powers, &noise)) {
        for (gain, around) in gains.iter_mut().zip(around) {
            if around < ONLY {
                *gain = least;
            }
        }
    }
    let lowest = (LOWEST * windows.length as f64 / rate.as_f64()).ceil() as usize;
    gains.iter_mut().for_each(|gains| gains[..lowest].fill(1.0));
    for (bins, gains) in spectra.iter_mut().zip(&gains) {
        scale(bins, gains);
    }
    windows.join(spectra, samples);
}

/// The power of the noise at each frequency; `None` if too little is heard.
fn noise(powers: &[Vec<f32>], length: usize) -> Option<Vec<f64>> {
    // Windows whose squares have a sum of half their length, and a spectrum of one side.
    let scale = 4.0 / (length as f64).powi(2);
    let is_heard =
        |bins: &&Vec<f32>| scale * bins.iter().map(|power| f64::from(*power)).sum::<f64>() > DIGITAL;
    let heard: Vec<&Vec<f32>> = powers.iter().filter(is_heard).collect();
    if heard.len() < FEWEST {
        return None;
    }
    let count = ((SOFTEST * heard.len() as f64) as usize).max(1);
    let bins = heard[0].len();
    let softest = |bin: usize| {
        let mut all: Vec<f32> = heard.iter().map(|bins| bins[bin]).collect();
        all.select_nth_unstable_by(count - 1, f32::total_cmp);
        // In the order of their size, so that the sum is the same whatever the selection did with the rest.
        all[..count].sort_by(f32::total_cmp);
        let sum: f64 = all[..count].iter().map(|power| f64::from(*power)).sum();
        (sum / count as f64 / OF_MEAN).max(1e-20).ln()
    };
    let logs: Vec<f64> = (0..bins).map(softest).collect();
    let smooth = |bin: usize| {
        let around = &logs[bin.saturating_sub(SMOOTH)..(bin + SMOOTH + 1).min(bins)];
        (around.iter().sum::<f64>() / around.len() as f64).exp()
    };
    Some((0..bins).map(smooth).collect())
}

/// Raises the gains of all moments, in this order, to what the voice in them needs.
fn for_each_moment(
    order: impl Iterator<Item = usize>,
    powers: &[Vec<f32>],
    noise: &[f64],
    gains: &mut [Vec<f32>],
) {
    let mut before = vec![0.0; noise.len()];
    for moment in order {
        for (bin, noise) in noise.iter().enumerate() {
            let over = (f64::from(powers[moment][bin]) / noise).min(1e4);
            let voice = (BEFORE * before[bin] + (1.0 - BEFORE) * (over - 1.0).max(0.0)).max(LEAST);
            let share = voice / (1.0 + voice);
            before[bin] = share * share * over;
            let gain = &mut gains[moment][bin];
            *gain = gain.max(share.sqrt() as f32);
        }
    }
}

/// The mean power around each moment and frequency, as a multiple of the noise.
fn around(powers: &[Vec<f32>], noise: &[f64]) -> Vec<Vec<f32>> {
    let bins = noise.len();
    let across = |powers: &Vec<f32>| -> Vec<f32> {
        let over: Vec<f32> =
            powers.iter().zip(noise).map(|(power, noise)| (f64::from(*power) / noise) as f32).collect();
        let mean = |bin: usize| {
            let around = &over[bin.saturating_sub(AROUND.1)..(bin + AROUND.1 + 1).min(bins)];
            around.iter().sum::<f32>() / around.len() as f32
        };
        (0..bins).map(mean).collect()
    };
    let across: Vec<Vec<f32>> = powers.iter().map(across).collect();
    let along = |moment: usize| {
        let around = &across[moment.saturating_sub(AROUND.0)..(moment + AROUND.0 + 1).min(across.len())];
        let mean = |bin: usize| around.iter().map(|bins| bins[bin]).sum::<f32>() / around.len() as f32;
        (0..bins).map(mean).collect()
    };
    (0..across.len()).map(along).collect()
}

#[cfg(test)]
mod tests {
    use realfft::RealFftPlanner;
    use realfft::num_complex::Complex;

    use super::*;
    use crate::dsp::voice::powers;
    use crate::dsp::voice::room_noise::RoomNoise;
    use crate::dsp::voice::signals::{db, noise};

    #[test]
    fn steady_noise_falls_by_the_share_and_a_share_of_zero_changes_nothing() {
        let mut before = RoomNoise::studio().noise(SampleRate::DEFAULT, 1);
        before.truncate(96_000);
        before.iter_mut().for_each(|sample| *sample *= 0.003);
        // Above the bass, which is left to the high-pass.
        let high =
            |samples: &[f32]| db(&samples.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>());
        for (share, least) in [(0.25, 7.5), (0.5, 13.0)] {
            let mut after = before.clone();
            denoise(&mut after, SampleRate::DEFAULT, share);
            let fell = high(&before[24_000..72_000]) - high(&after[24_000..72_000]);
            assert!(fell > least && fell < 36.0 * share + 0.5, "{share}: {fell}");
        }
        let mut same = before.clone();
        denoise(&mut same, SampleRate::DEFAULT, 0.0);
        assert!(same == before);
        for few in [0, 1, 479, 5_000] {
            denoise(&mut before[..few].to_vec(), SampleRate::DEFAULT, 0.5);
        }
    }

    /// A voice whose pitch and loudness change: three seconds of harmonics up to half the rate.
    fn swept(rate: SampleRate) -> Vec<f32> {
        let mut phase = 0.0;
        let sample = |n: usize| {
            let t = n as f64 / rate.as_f64();
            phase += (110.0 + 60.0 * (2.0 * t).sin()) / rate.as_f64();
            let count = (rate.as_f64() / 2.0 / 180.0) as u32;
            let tones: f64 =
                (1..count).map(|k| (f64::from(k) * phase * std::f64::consts::TAU).sin() / f64::from(k)).sum();
            (0.05 * tones * (0.6 + 0.4 * (20.0 * t).sin())) as f32
        };
        (0..3 * rate.hz() as usize).map(sample).collect()
    }

    /// Half of the signal and half of its denoised version must add up as one sound: a shift by one sample would leave
    /// 6 dB less at 16 kHz.
    #[test]
    fn a_swept_voice_is_not_shifted_and_without_noise_it_stays() {
        let before = swept(SampleRate::DEFAULT);
        let mut after = before.clone();
        denoise(&mut after, SampleRate::DEFAULT, 0.5);
        // Second differences, which are mostly treble.
        let treble = |signal: &[f32]| -> Vec<f64> {
            signal.windows(3).map(|w| f64::from(w[2]) - 2.0 * f64::from(w[1]) + f64::from(w[0])).collect()
        };
        let (before, after) = (treble(&before), treble(&after));
        let likeness =
            |lag: usize| -> f64 { (48_000..120_000).map(|n| after[n + lag - 5] * before[n]).sum() };
        let best = (0..11).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
        assert_eq!(best, 5);
    }

    /// White noise at −52 dBFS under real voices: at most −65 is left in the pauses, and no third-octave of the speech loses
    /// more than 1 dB.
    #[test]
    fn the_advised_share_leaves_little_hiss_and_all_of_a_voice() {
        for file in ["kerstin/de_rhasspy-0501.flac", "ljspeech/LJ001-0014.flac"] {
            let (folder, name) = file.split_once('/').unwrap();
            let paths = crate::recordings::recordings(&format!("speech/{folder}"), &["flac"]);
            let Some(path) = paths.iter().find(|path| path.ends_with(name)) else { continue };
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let rate = decoded.buffer.rate();
            let mut clean = decoded.buffer.planes()[0].clone();
            clean.truncate(9 * rate.hz() as usize / 2);
            crate::dsp::voice::rumble::remove_rumble(&mut clean, rate, 70.0);
            let hiss = noise(7, 1.0, clean.len());
            let gain = 10f64.powf((-52.0 - db(&hiss)) / 20.0) as f32;
            let mut after: Vec<f32> =
                clean.iter().zip(&hiss).map(|(voice, hiss)| voice + gain * hiss).collect();
            denoise(&mut after, rate, 0.5);
            let hop = rate.hz() as usize / 50;
            let (was, is) = (powers(&clean, hop), powers(&after, hop));
            let mut left: Vec<f64> = was
                .iter()
                .zip(&is)
                .filter(|(was, _)| **was < 2.5e-7)
                .map(|(_, is)| 10.0 * is.log10())
                .collect();
            left.sort_by(f64::total_cmp);
            assert!(left.is_empty() || left[left.len() / 2] < -65.0, "{file}: {left:?}");
            let third = |samples: &[f32]| -> Vec<f64> {
                let length = samples.len().next_power_of_two();
                let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
                let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
                input.iter_mut().zip(samples).for_each(|(input, sample)| *input = f64::from(*sample));
                forward.process(&mut input, &mut output).unwrap();
                let bin = |hz: f64| ((hz * length as f64 / rate.as_f64()) as usize).min(output.len());
                let edges = (-9..10).map(|band| 1_000.0 * 2f64.powf((f64::from(band) - 0.5) / 3.0));
                edges
                    .filter(|low| low * 1.26 < 0.48 * rate.as_f64())
                    .map(|low| output[bin(low)..bin(low * 1.26)].iter().map(Complex::norm_sqr).sum())
                    .collect()
            };
            for (band, (was, is)) in third(&clean).into_iter().zip(third(&after)).enumerate() {
                let lost = 10.0 * (was / is).log10();
                assert!(lost < 1.0, "{file}: {lost} dB of third-octave {band}");
            }
        }
    }
}
