//! Removes mouth clicks in pauses: the lips part, the tongue leaves the palate.
//!
//! In a pause a mouth click stands alone: some milliseconds above the room, and no voice for some time before and after. A
//! p, t or k sounds the same, but has its vowel near; it stays.

use super::{frames, powers};
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// A mouth click sounds above this, in Hz.
const ABOVE: f64 = 1_000.0;
/// The length of a slot, whose power is measured, in seconds.
const SLOT: f64 = 0.000_5;
/// All is soft for so long before a click and after it, in seconds.
const BEFORE: f64 = 0.150;
const AFTER: f64 = 0.100;
/// It rises within so many slots and has died away within so many.
const RISE: usize = 4;
const LENGTH: usize = 16;
/// How far its loudest slot is above the loudest around it and above their median, as ratios of power.
const OVER_LOUDEST: f64 = 10.0;
const OVER_MOST: f64 = 60.0;
/// It ends where it is less than this many times their median.
const ENDS: f64 = 4.0;
/// Anything below −70 dBFS is ignored.
const LEAST: f64 = 1e-7;

/// Removes the mouth clicks of a clip and returns how many there were. In their place comes what was before and after them.
pub(super) fn remove_smacks(samples: &mut [f32], rate: SampleRate) -> usize {
    let mut high = samples.to_vec();
    for _ in 0..2 {
        let pass = Coefficients::high_pass(rate, ABOVE, std::f64::consts::FRAC_1_SQRT_2);
        Biquad::new(pass).process(&mut high);
    }
    let slot = frames(SLOT, rate);
    let slots = powers(&high, slot);
    let found: Vec<(usize, usize)> = (0..slots.len()).filter_map(|at| extent(&slots, at)).collect();
    for (from, to) in &found {
        replace(samples, from * slot, (to * slot).min(samples.len()));
    }
    found.len()
}

/// The slots of the click whose loudest slot is this one; `None` if it is none.
fn extent(slots: &[f64], at: usize) -> Option<(usize, usize)> {
    let power = slots[at];
    if power < LEAST || at < 2 * RISE || at + LENGTH + 2 * RISE >= slots.len() {
        return None;
    }
    let around = |before: usize, after: usize| at.saturating_sub(before)..(at + after).min(slots.len());
    let is_louder = |slot: usize| slots[slot] > power || (slots[slot] == power && slot < at);
    if around(2 * LENGTH, 2 * LENGTH).any(is_louder) {
        return None;
    }
    let count = |seconds: f64| (seconds / SLOT) as usize;
    let before = &slots[at.saturating_sub(count(BEFORE))..at - RISE];
    let after = &slots[at + LENGTH..around(0, LENGTH + count(AFTER)).end];
    let mut others: Vec<f64> = before.iter().chain(after).copied().collect();
    if others.iter().any(|other| *other * OVER_LOUDEST > power) {
        return None;
    }
    others.sort_by(f64::total_cmp);
    let most = others[others.len() / 2];
    if most * OVER_MOST > power {
        return None;
    }
    let ends = |slot: &usize| slots[*slot] < most * ENDS;
    let from = (at - RISE..at).rev().find(ends).map_or(at - RISE, |slot| slot + 1);
    let to = (at + 1..at + LENGTH).find(ends).unwrap_or(at + LENGTH);
    Some((from.saturating_sub(1), to + 1))
}

/// Replaces a stretch by what is before it and what is after it, each turned round so that it joins, and each fading into the
/// other.
fn replace(samples: &mut [f32], from: usize, to: usize) {
    let length = to - from;
    if from < length || to + length > samples.len() {
        return;
    }
    let before: Vec<f32> = samples[from - length..from].iter().rev().copied().collect();
    let after: Vec<f32> = samples[to..to + length].iter().rev().copied().collect();
    let step = std::f64::consts::FRAC_PI_2 / length as f64;
    for (n, sample) in samples[from..to].iter_mut().enumerate() {
        // They are unlike, so their powers add up to one.
        let (fades, grows) = ((step * (n as f64 + 0.5)).cos(), (step * (n as f64 + 0.5)).sin());
        *sample = (fades * f64::from(before[n]) + grows * f64::from(after[n])) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A ringing click at a place.
    fn smack(samples: &mut [f32], at: usize, hz: f32, fall: f32) {
        for (n, sample) in samples[at..at + 480].iter_mut().enumerate() {
            *sample +=
                0.03 * (-(n as f32) / fall).exp() * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin();
        }
    }

    #[test]
    fn mouth_clicks_in_a_pause_become_the_room() {
        let clean = noise(2, 5e-4, 96_000);
        for (hz, fall) in [(1_500.0, 20.0), (3_000.0, 48.0), (4_500.0, 96.0)] {
            let mut samples = clean.clone();
            for at in [20_000, 48_123, 70_000] {
                smack(&mut samples, at, hz, fall);
            }
            assert_eq!(remove_smacks(&mut samples, RATE), 3, "{hz}");
            for at in [20_000, 48_123, 70_000] {
                let (after, room) = (db(&samples[at - 100..at + 600]), db(&clean));
                assert!((after - room).abs() < 3.0, "{hz}: {after} in a room of {room}");
            }
            assert!(samples[50_000..69_000] == clean[50_000..69_000], "elsewhere every bit stays");
        }
    }

    #[test]
    fn a_consonant_beside_a_vowel_keeps_every_bit() {
        let mut word = noise(3, 1e-4, 96_000);
        // A vowel that ends 80 ms before a t, and one that begins 60 ms after a k.
        for (n, sample) in word[10_000..24_000].iter_mut().enumerate() {
            *sample += 0.1 * (n as f32 * 0.02).sin() + 0.05 * (n as f32 * 0.2).sin();
        }
        for (n, sample) in word[62_000..80_000].iter_mut().enumerate() {
            *sample += 0.1 * (n as f32 * 0.02).sin() + 0.05 * (n as f32 * 0.2).sin();
        }
        smack(&mut word, 27_840, 3_000.0, 48.0);
        smack(&mut word, 59_100, 3_000.0, 48.0);
        let mut same = word.clone();
        assert_eq!(remove_smacks(&mut same, RATE), 0);
        assert!(same == word);
    }
}
