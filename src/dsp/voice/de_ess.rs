//! A de-esser: attenuates one band while it is louder than the vowels allow, and leaves everything else unchanged.
//!
//! The band is attenuated by subtraction, x + (g − 1)·b, where b is the band through a zero-phase filter. At g = 1
//! every bit stays the same; at any other g the band has exactly that gain and the rest is unchanged.

use std::f64::consts::{PI, TAU};

use super::{frames, powers};
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::{Db, SampleRate};

/// The band of sibilance, in Hz (docs/sound.md, section 5).
const BAND: (f64, f64) = (5_000.0, 9_000.0);
/// The attenuated band is a little wider, since the filter has no sharp edges.
const SPLIT: (f64, f64) = (4_400.0, 10_000.0);
/// The band of the vowels that is the reference, in Hz.
const VOWELS: (f64, f64) = (1_000.0, 4_000.0);
/// The allowed level of an s relative to the vowels of its phrase, in dB.
const TARGET: f64 = -2.0;
/// The level of an s is averaged over this many seconds centred on the sample, so the gain has fallen when the s
/// begins.
const LISTEN: f64 = 0.004;
/// The length of the band filter to either side, in seconds.
const REACH: f64 = 0.001_5;
/// The attack and release time constants, in seconds.
const ATTACK: f64 = 0.000_5;
const RELEASE: f64 = 0.050;
/// Hops of 10 ms this far below the loudest are not vowels, in dB.
const ACTIVE: f64 = 20.0;
const FLAT: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Attenuates sibilance by at most `most`; returns the largest attenuation.
pub fn de_ess(samples: &mut [f32], rate: SampleRate, most: Db) -> Db {
    if rate.as_f64() < 2.0 * 1.3 * BAND.0 {
        return Db(0.0);
    }
    let Some(allowed) = allowed(samples, rate) else { return Db(0.0) };
    let hiss = around(&in_band(samples, rate, BAND), frames(LISTEN, rate));
    if hiss.iter().all(|hiss| *hiss <= allowed) {
        return Db(0.0);
    }
    let (attack, release) = (smoothing(ATTACK, rate), smoothing(RELEASE, rate));
    let (kernel, before) = (kernel(rate), samples.to_vec());
    let (mut now, mut deepest) = (0.0f64, 0.0f64);
    for (at, (sample, hiss)) in samples.iter_mut().zip(hiss).enumerate() {
        let wanted = if hiss > allowed { (10.0 * (hiss / allowed).log10()).min(most.0) } else { 0.0 };
        now += (wanted - now) * if wanted > now { attack } else { release };
        if now < 1e-6 {
            now = 0.0;
        }
        deepest = deepest.max(now);
        if now > 0.0 {
            *sample = (f64::from(*sample) + (10f64.powf(-now / 20.0) - 1.0) * filtered(&before, at, &kernel))
                as f32;
        }
    }
    Db(deepest)
}

/// The right half, including the centre, of a zero-phase band-pass: the difference of two sincs, with a Hann window.
fn kernel(rate: SampleRate) -> Vec<f64> {
    let half = frames(REACH, rate);
    let ends = [SPLIT.0, SPLIT.1.min(0.45 * rate.as_f64())].map(|hz| hz / rate.as_f64());
    let sinc =
        |cycles: f64, n: f64| if n == 0.0 { 2.0 * cycles } else { (TAU * cycles * n).sin() / (PI * n) };
    let window = |n: f64| 0.5 + 0.5 * (PI * n / (half + 1) as f64).cos();
    (0..=half).map(|n| n as f64).map(|n| window(n) * (sinc(ends[1], n) - sinc(ends[0], n))).collect()
}

/// One sample of the filtered band.
fn filtered(samples: &[f32], at: usize, kernel: &[f64]) -> f64 {
    let side = |n: usize, place: Option<usize>| {
        place.and_then(|place| samples.get(place)).map_or(0.0, |sample| kernel[n] * f64::from(*sample))
    };
    let sides = (1..kernel.len()).map(|n| side(n, at.checked_sub(n)) + side(n, Some(at + n)));
    side(0, Some(at)) + sides.sum::<f64>()
}

/// The allowed power of an s: that of the vowels minus 2 dB.
fn allowed(samples: &[f32], rate: SampleRate) -> Option<f64> {
    let hops = powers(&in_band(samples, rate, VOWELS), frames(0.01, rate));
    let loudest = hops.iter().copied().fold(0.0, f64::max);
    let active: Vec<f64> =
        hops.into_iter().filter(|power| *power > loudest * 10f64.powf(-ACTIVE / 10.0)).collect();
    let mean = active.iter().sum::<f64>() / active.len() as f64;
    (mean > 0.0).then(|| mean * 10f64.powf(TARGET / 10.0))
}

fn in_band(samples: &[f32], rate: SampleRate, (from, to): (f64, f64)) -> Vec<f32> {
    let mut band = samples.to_vec();
    Biquad::new(Coefficients::high_pass(rate, from, FLAT)).process(&mut band);
    Biquad::new(Coefficients::low_pass(rate, to, FLAT)).process(&mut band);
    band
}

/// The mean power of the `width` frames around each frame.
fn around(samples: &[f32], width: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(samples.len() + 1);
    sums.push(0.0f64);
    for sample in samples {
        sums.push(sums[sums.len() - 1] + f64::from(*sample).powi(2));
    }
    let half = width / 2;
    let mean = |n: usize| {
        let (from, to) = (n.saturating_sub(half), (n + half + 1).min(samples.len()));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    (0..samples.len()).map(mean).collect()
}

/// The coefficient of a one-pole smoother with this time constant.
fn smoothing(seconds: f64, rate: SampleRate) -> f64 {
    1.0 - (-1.0 / (seconds * rate.as_f64())).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A vowel of one second with an s in its middle, 100 ms long.
    fn phrase(s: f32) -> Vec<f32> {
        let mut samples = sine(2_000.0, 0.2, 48_000);
        let narrow = (BAND.0 * 1.1, BAND.1 * 0.9);
        let hiss = in_band(&in_band(&noise(1, s, 4_800), RATE, narrow), RATE, narrow);
        samples[24_000..28_800].iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample = hiss);
        samples
    }

    #[test]
    fn a_sharp_s_is_attenuated_to_2_db_below_the_vowels() {
        let vowels = db(&sine(2_000.0, 0.2, 48_000));
        let level = |samples: &[f32]| db(&in_band(samples, RATE, BAND)[24_480..28_320]);
        for (loudness, most) in [(1.2, 6.0), (2.0, 6.0), (2.0, 3.0)] {
            let mut samples = phrase(loudness);
            let before = level(&samples);
            let done = de_ess(&mut samples, RATE, Db(most));
            let after = level(&samples);
            let wanted = (vowels + TARGET).max(before - most);
            // The edges of the band are not sharp, so they come down by less.
            assert!(
                done.0 <= most && after - wanted < 1.2 && wanted - after < 2.0,
                "{before} {after} {wanted}"
            );
        }
    }

    #[test]
    fn the_band_filter_has_unit_gain_and_no_phase_shift() {
        let kernel = kernel(RATE);
        let gain = |hz: f64| {
            let sides = (1..kernel.len()).map(|n| 2.0 * kernel[n] * (TAU * hz * n as f64 / 48_000.0).cos());
            kernel[0] + sides.sum::<f64>()
        };
        for (hz, wanted) in
            [(3_400.0, 0.0), (4_400.0, 0.5), (5_400.0, 1.0), (9_000.0, 1.0), (10_000.0, 0.5), (11_000.0, 0.0)]
        {
            assert!((gain(hz) - wanted).abs() < 0.01, "{hz} Hz: {}", gain(hz));
        }
        assert!(gain(500.0).abs() < 0.001);
    }

    #[test]
    fn a_soft_s_and_a_vowel_keep_every_bit() {
        for soft in [phrase(0.05), sine(300.0, 0.5, 24_000), vec![0.0; 1_000]] {
            let mut samples = soft.clone();
            assert_eq!(de_ess(&mut samples, RATE, Db(6.0)), Db(0.0));
            assert_eq!(samples, soft);
        }
        let rate = SampleRate::new(11_025).unwrap();
        assert_eq!(de_ess(&mut phrase(1.0), rate, Db(6.0)), Db(0.0), "no such band at that rate");
    }

    #[test]
    fn the_voice_below_the_band_stays() {
        let (mut samples, hum) = (phrase(1.6), sine(400.0, 0.2, 48_000));
        samples.iter_mut().zip(&hum).for_each(|(sample, hum)| *sample += hum);
        let before = samples.clone();
        de_ess(&mut samples, RATE, Db(6.0));
        let at = |samples: &[f32]| {
            let part = samples[24_000..28_800].iter().zip(&hum[24_000..]);
            part.map(|(s, h)| f64::from(s * h)).sum::<f64>()
        };
        assert!((10.0 * (at(&samples) / at(&before)).log10()).abs() < 0.1);
    }

    #[test]
    fn attack_is_within_a_millisecond_and_release_takes_forty_to_sixty() {
        let mut samples = phrase(2.5);
        let before = samples.clone();
        de_ess(&mut samples, RATE, Db(6.0));
        let level = |samples: &[f32], from: usize, to: usize| db(&in_band(samples, RATE, BAND)[from..to]);
        let change = |from, to| level(&samples, from, to) - level(&before, from, to);
        assert!(change(24_048, 24_300) < -2.5, "{}", change(24_048, 24_300));
        let (start, release) = (smoothing(ATTACK, RATE), smoothing(RELEASE, RATE));
        assert!((1.0 - (1.0 - start).powi(48)) > 0.86 && (1.0 - (1.0 - release).powi(2_400)) > 0.63);
    }
}
