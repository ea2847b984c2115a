//! An expander: attenuates sounds far below the voice, such as breaths between words, background noise and rustling
//! clothes. It is not a gate: the attenuation is limited and changes slowly.

use super::{frames, powers};
use crate::unit::{Db, SampleRate};

/// Sounds this far below the speech level begin to be attenuated, in dB: breaths lie 20 to 35 dB below it.
const UNDER: f64 = 20.0;
/// The length of a hop, in seconds. (The ratio is 1 : 2: one decibel lower in becomes two decibels lower out.)
const HOP: f64 = 0.010;
/// The gain has recovered this many hops before a word, since a soft onset is part of the word.
const BEFORE: usize = 8;
/// It stays up this many hops after a word, for its soft end.
const AFTER: usize = 20;
/// The time for the full attenuation, in seconds (docs/sound.md, section 5).
const DOWN: f64 = 0.300;
/// The time to recover from it, in seconds.
const UP: f64 = 0.060;

/// Attenuates sounds more than 20 dB below `speech` (the level of the voice in dBFS) by at most `most`; returns the
/// largest attenuation.
pub fn reduce_breaths(samples: &mut [f32], rate: SampleRate, speech: f64, most: Db) -> Db {
    let hop = frames(HOP, rate);
    let curve = curve(&powers(samples, hop), speech - UNDER, most.0);
    let deepest = curve.iter().copied().fold(0.0, f64::max);
    if deepest == 0.0 {
        return Db(0.0);
    }
    for (index, part) in samples.chunks_mut(hop).enumerate() {
        let (from, to) = (curve[index], curve.get(index + 1).copied().unwrap_or(curve[index]));
        if from == 0.0 && to == 0.0 {
            continue;
        }
        for (n, sample) in part.iter_mut().enumerate() {
            let down = from + (to - from) * n as f64 / hop as f64;
            *sample = (f64::from(*sample) * 10f64.powf(-down / 20.0)) as f32;
        }
    }
    Db(deepest)
}

/// The attenuation at the start of each hop, in dB.
fn curve(powers: &[f64], threshold: f64, most: f64) -> Vec<f64> {
    let wanted: Vec<f64> =
        powers.iter().map(|power| (threshold - 10.0 * power.max(1e-14).log10()).clamp(0.0, most)).collect();
    // No attenuation throughout a word and its soft ends.
    let mut held: Vec<f64> = (0..wanted.len())
        .map(|at| {
            let around = &wanted[at.saturating_sub(AFTER)..(at + BEFORE + 1).min(wanted.len())];
            around.iter().copied().fold(most, f64::min)
        })
        .collect();
    let (down, up) = (most * HOP / DOWN, most * HOP / UP);
    for at in 1..held.len() {
        held[at] = held[at].min(held[at - 1] + down);
    }
    for at in (1..held.len()).rev() {
        held[at - 1] = held[at - 1].min(held[at] + up);
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A word, a breath of 700 ms in a pause of two seconds, a word.
    fn phrase() -> Vec<f32> {
        let mut samples = noise(1, 1e-4, 192_000);
        let word = sine(300.0, 0.2, 48_000);
        samples[..48_000].copy_from_slice(&word);
        samples[144_000..].copy_from_slice(&word);
        samples[86_400..120_000].copy_from_slice(&noise(2, 0.007, 33_600));
        samples
    }

    #[test]
    fn a_breath_is_attenuated_as_asked_and_words_are_unchanged() {
        let before = phrase();
        let mut after = before.clone();
        let speech = db(&before[..48_000]);
        assert_eq!(reduce_breaths(&mut after, RATE, speech, Db(8.0)), Db(8.0));
        let breath = db(&after[90_000..118_000]) - db(&before[90_000..118_000]);
        assert!((-8.01..-7.5).contains(&breath), "{breath}");
        assert!(after[..48_000 + 4_800] == before[..48_000 + 4_800], "the word and its end stay");
        assert!(after[144_000 - 2_880..] == before[144_000 - 2_880..], "so do its beginning and the word");
    }

    #[test]
    fn the_gain_falls_over_at_least_a_quarter_of_a_second_and_never_jumps() {
        let before = phrase();
        let mut after = before.clone();
        reduce_breaths(&mut after, RATE, db(&before[..48_000]), Db(12.0));
        let gains: Vec<f64> = after
            .iter()
            .zip(&before)
            .filter(|(_, before)| before.abs() > 1e-5)
            .map(|(after, before)| 20.0 * f64::from(after / before).log10())
            .collect();
        let step = gains.windows(2).map(|pair| pair[1] - pair[0]);
        let (down, up) = step.fold((0.0f64, 0.0f64), |(down, up), step| (down.min(step), up.max(step)));
        // 12 dB in 300 ms down, and in 60 ms up, at any sample; some samples are skipped between two.
        assert!(down > -0.02 && up < 0.1, "{down} {up}");
        assert!(gains.iter().all(|gain| *gain > -12.01));
    }

    #[test]
    fn a_phrase_without_a_pause_and_an_empty_one_keep_every_bit() {
        let tone = sine(200.0, 0.3, 48_000);
        let mut same = tone.clone();
        assert_eq!(reduce_breaths(&mut same, RATE, -13.0, Db(8.0)), Db(0.0));
        assert_eq!(same, tone);
        assert_eq!(reduce_breaths(&mut [], RATE, -13.0, Db(8.0)), Db(0.0));
    }
}
