//! A de-esser: attenuates one band while an s is sharper than the voice usually has them, and leaves everything else unchanged.
//!
//! How sharp an s is depends on the voice: one has them all under its vowels, another all over them, and both are right. So an
//! s is compared with the median of all in the clips of its voice, each against the vowels of its own clip, and only what is well
//! over it is lowered. The median is in steps of half a dB, so that one clip more rarely changes the others. Of a voice with one
//! clip it is the median of that clip; with fewer than three s nothing is known, and nothing is lowered.
//!
//! The band is attenuated by subtraction, x + (g − 1)·b, where b is the band through a zero-phase filter. At g = 1
//! every bit stays the same; at any other g the band has exactly that gain and the rest is unchanged.

use std::f64::consts::{PI, TAU};

use super::{frames, powers};
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::{Db, SampleRate};

/// The band of sibilance, in Hz (docs/sound.md, section 5).
const BAND: (f64, f64) = (5_000.0, 9_000.0);
/// At a lower rate there is no such band, in Hz.
const LEAST_RATE: f64 = 13_000.0;
/// The attenuated band is a little wider, since the filter has no sharp edges.
const SPLIT: (f64, f64) = (4_400.0, 10_000.0);
/// The band of the vowels that is the reference, in Hz.
const VOWELS: (f64, f64) = (1_000.0, 4_000.0);
/// The level of an s relative to the vowels of its phrase that is soft for any voice, in dB.
const TARGET: f64 = -2.0;
/// An s may be so far over the median of its voice, in dB.
const OVER_MEDIAN: f64 = 3.0;
/// With fewer of them there is no median; it is in steps of this, in dB.
const FEWEST: usize = 3;
const STEP: f64 = 0.5;
/// An s is so many hops of 10 ms in which its band is so far over that of the vowels, as a ratio of power, and no farther
/// under the vowels of the phrase than this.
const HOP: f64 = 0.01;
const SHORTEST: usize = 4;
const SHARP: f64 = 4.0;
const AUDIBLE: f64 = 0.03;
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

/// How far each s of a clip is over the mean of its vowels, in dB.
pub fn sibilants(samples: &[f32], rate: SampleRate) -> Vec<f32> {
    if rate.as_f64() < LEAST_RATE {
        return Vec::new();
    }
    let band = in_band(samples, rate, BAND);
    let hop = frames(HOP, rate);
    let vowels = powers(&in_band(samples, rate, VOWELS), hop);
    let Some(mean) = mean_vowel(&vowels) else { return Vec::new() };
    let hiss = around(&band, frames(LISTEN, rate));
    let sharp: Vec<bool> = powers(&band, hop)
        .iter()
        .zip(&vowels)
        .map(|(hiss, vowel)| *hiss > SHARP * vowel && *hiss > AUDIBLE * mean)
        .collect();
    let mut sounds = Vec::new();
    let mut at = 0;
    for run in sharp.chunk_by(|one, other| one == other) {
        if run[0] && run.len() >= SHORTEST {
            let inside = &hiss[at * hop..((at + run.len()) * hop).min(hiss.len())];
            let loudest = inside.iter().copied().fold(0.0, f64::max);
            sounds.push((10.0 * (loudest / mean).log10()) as f32);
        }
        at += run.len();
    }
    sounds
}

/// How sharp an s of a voice usually is, from all in its clips; `None` where there are too few.
pub fn usual_s(sibilants: impl Iterator<Item = f32>) -> Option<Db> {
    let mut all: Vec<f32> = sibilants.collect();
    all.sort_by(f32::total_cmp);
    let median = all.get(all.len() / 2).filter(|_| all.len() >= FEWEST)?;
    Some(Db((f64::from(*median) / STEP).round() * STEP))
}

/// Whether an s is lowered in a voice whose s is usually so sharp.
pub fn is_lowered(sibilant: f32, usual: Db) -> bool {
    f64::from(sibilant) > most_sharp(usual)
}

/// How sharp an s may be, in dB over the vowels: 3 dB over the median of its voice, and at least 2 dB under the vowels.
fn most_sharp(usual: Db) -> f64 {
    (usual.0 + OVER_MEDIAN).max(TARGET)
}

/// Attenuates by at most `most` what is sharper than an s of this voice usually is; returns the largest attenuation.
pub fn de_ess(samples: &mut [f32], rate: SampleRate, most: Db, usual: Db) -> Db {
    if rate.as_f64() < LEAST_RATE {
        return Db(0.0);
    }
    let vowels = powers(&in_band(samples, rate, VOWELS), frames(HOP, rate));
    let Some(mean) = mean_vowel(&vowels) else { return Db(0.0) };
    let hiss = around(&in_band(samples, rate, BAND), frames(LISTEN, rate));
    let allowed = mean * 10f64.powf(most_sharp(usual) / 10.0);
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

/// The mean power of the vowels of a clip; `None` for silence.
fn mean_vowel(powers: &[f64]) -> Option<f64> {
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let active = powers.iter().copied().filter(|power| *power > loudest * 10f64.powf(-ACTIVE / 10.0));
    let (count, sum) = active.fold((0usize, 0.0), |(count, sum), power| (count + 1, sum + power));
    let mean = sum / count.max(1) as f64;
    (mean > 0.0).then_some(mean)
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

    /// Lowers what is sharper than usual in the clip itself, as in a voice with one clip.
    fn alone(samples: &mut [f32], most: Db) -> Db {
        let usual = usual_s(sibilants(samples, RATE).into_iter());
        usual.map_or(Db(0.0), |usual| de_ess(samples, RATE, most, usual))
    }

    /// The level of the other s in a phrase, at which they lie 4 dB under its vowels.
    const OTHERS: f32 = 0.45;

    /// A vowel of two seconds with an s after half a second, 100 ms long, and four others in its second half.
    fn phrase_with(s: f32, others: f32) -> Vec<f32> {
        let mut samples = sine(2_000.0, 0.2, 96_000);
        let narrow = (BAND.0 * 1.1, BAND.1 * 0.9);
        let places = [24_000, 48_000, 60_000, 72_000, 84_000];
        for (at, level) in places.into_iter().zip([s, others, others, others, others]) {
            let hiss = in_band(&in_band(&noise(1, level, 4_800), RATE, narrow), RATE, narrow);
            samples[at..at + 4_800].iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample = hiss);
        }
        samples
    }

    fn phrase(s: f32) -> Vec<f32> {
        phrase_with(s, OTHERS)
    }

    #[test]
    fn a_voice_with_a_sharp_s_throughout_keeps_it_and_only_one_over_its_median_is_lowered() {
        for level in [0.5, 1.0, 2.0] {
            let even = phrase_with(level, level);
            let mut same = even.clone();
            assert_eq!(alone(&mut same, Db(6.0)), Db(0.0), "{level}");
            assert_eq!(same, even);
        }
        // 6 dB over the others, which lie 2 dB over the vowels: 3 dB of it go, and the others stay.
        let before = phrase_with(2.0, 1.0);
        let mut after = before.clone();
        let done = alone(&mut after, Db(6.0));
        assert!((2.0..4.5).contains(&done.0), "{done}");
        assert!(after[..20_000] == before[..20_000] && after[72_000..] == before[72_000..]);
    }

    #[test]
    fn an_s_is_compared_with_those_of_all_clips_of_its_voice() {
        let clips = [phrase_with(0.5, 0.5), phrase_with(0.6, 0.5), phrase_with(2.0, 2.0)];
        let heard: Vec<Vec<f32>> = clips.iter().map(|clip| sibilants(clip, RATE)).collect();
        assert!(heard.iter().all(|sounds| sounds.len() == 5), "{heard:?}");
        let usual = usual_s(heard.iter().flatten().copied()).unwrap();
        assert_eq!(usual, usual_s(heard.iter().rev().flatten().copied()).unwrap(), "in any order");
        for (number, clip) in clips.iter().enumerate() {
            let mut after = clip.clone();
            let done = de_ess(&mut after, RATE, Db(6.0), usual);
            // Alone, none has anything far over its own median.
            assert!(alone(&mut clip.clone(), Db(6.0)) < Db(1.0), "{number}");
            assert_eq!(done > Db(3.0), number == 2, "{number}: {done}");
            assert_eq!(heard[number].iter().any(|sound| is_lowered(*sound, usual)), number == 2);
        }
        assert_eq!(usual_s([1.0, 2.0].into_iter()), None);
    }

    #[test]
    fn fewer_than_three_s_have_no_median() {
        let mut few = phrase(2.0);
        few.truncate(58_000);
        let mut same = few.clone();
        assert_eq!(alone(&mut same, Db(6.0)), Db(0.0));
        assert_eq!(same, few);
    }

    #[test]
    fn a_sharp_s_is_attenuated_to_2_db_below_the_vowels() {
        let vowels = db(&sine(2_000.0, 0.2, 48_000));
        let level = |samples: &[f32]| db(&in_band(samples, RATE, BAND)[24_480..28_320]);
        for (loudness, most) in [(1.2, 6.0), (2.0, 6.0), (2.0, 3.0)] {
            let mut samples = phrase(loudness);
            let before = level(&samples);
            let done = alone(&mut samples, Db(most));
            let after = level(&samples);
            let wanted = (vowels + TARGET).max(before - most);
            // The edges of the band are not sharp, so they come down by less.
            assert!(
                done.0 <= most && after - wanted < 1.2 && wanted - after < 3.0,
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
        for soft in [phrase_with(0.05, 0.05), sine(300.0, 0.5, 24_000), vec![0.0; 1_000]] {
            let mut samples = soft.clone();
            assert_eq!(alone(&mut samples, Db(6.0)), Db(0.0));
            assert_eq!(samples, soft);
        }
        let rate = SampleRate::new(11_025).unwrap();
        assert_eq!(de_ess(&mut phrase(1.0), rate, Db(6.0), Db(-9.0)), Db(0.0), "no such band at that rate");
    }

    #[test]
    fn the_voice_below_the_band_stays() {
        let (mut samples, hum) = (phrase(1.6), sine(400.0, 0.2, 96_000));
        samples.iter_mut().zip(&hum).for_each(|(sample, hum)| *sample += hum);
        let before = samples.clone();
        alone(&mut samples, Db(6.0));
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
        alone(&mut samples, Db(6.0));
        let level = |samples: &[f32], from: usize, to: usize| db(&in_band(samples, RATE, BAND)[from..to]);
        let change = |from, to| level(&samples, from, to) - level(&before, from, to);
        assert!(change(24_048, 24_300) < -2.5, "{}", change(24_048, 24_300));
        let (start, release) = (smoothing(ATTACK, RATE), smoothing(RELEASE, RATE));
        assert!((1.0 - (1.0 - start).powi(48)) > 0.86 && (1.0 - (1.0 - release).powi(2_400)) > 0.63);
    }
}
