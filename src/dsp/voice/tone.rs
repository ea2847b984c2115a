//! The tone of a recording session, octave by octave, and the gains that bring it to that of the others.

use std::array::from_fn;

use serde::{Deserialize, Serialize};

use super::powers;
use super::windows::{OverlapWindows, scale};
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::{Db, SampleRate};

/// The middles of the octaves that are compared, in Hz. Bass depends on the room and the distance to the microphone, treble
/// on its angle and type.
pub const OCTAVES: [f64; 7] = [125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0];
/// The octaves that the others are compared with.
const MIDDLE: std::ops::Range<usize> = 2..5;
const FLAT: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Hops this far below the loudest are pauses, in dB.
const ACTIVE: f64 = 25.0;
/// A lower rate has no highest octave, in Hz.
const LEAST_RATE: f64 = 18_000.0;
/// How much the words alone change an octave: the variance for a second of speech, in dB². Measured on 36 clips of two
/// readers: 0.2 to 8.3 up to 4 kHz, and in the highest octave, which is all s, 9 to 79.
const WORDS: [f64; OCTAVES.len()] = [6.0, 5.0, 2.0, 2.0, 6.0, 8.0, 60.0];
/// A session differs if its octaves together are off by more than the words alone would make once in a thousand times: the
/// quantile of the chi-squared distribution with seven degrees of freedom.
const UNLIKELY: f64 = 24.3;
/// How much one session differs from another, as a variance in dB²: what is measured is trusted by its share of both.
const SESSIONS: f64 = 9.0;
/// Corrections are in steps of this, and smaller ones are dropped, in dB.
const STEP: f64 = 0.25;
/// Where more than this is left because of the limit, it is told, in dB.
const TOLD: f64 = 1.0;

/// The gain of each octave. If all are zero nothing changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    pub octaves: [Db; OCTAVES.len()],
}

impl Tone {
    pub fn is_flat(&self) -> bool {
        self.octaves.iter().all(|gain| *gain == Db(0.0))
    }

    /// The mean gain of the two lowest octaves.
    pub fn bass(&self) -> Db {
        Db(f64::midpoint(self.octaves[0].0, self.octaves[1].0))
    }

    /// The mean gain of the two highest octaves.
    pub fn treble(&self) -> Db {
        Db(f64::midpoint(self.octaves[5].0, self.octaves[6].0))
    }

    pub fn apply(&self, samples: &mut [f32], rate: SampleRate) {
        if self.is_flat() {
            return;
        }
        let windows = OverlapWindows::of(rate);
        let bin =
            |index: usize| self.at(index as f64 * rate.as_f64() / windows.length as f64).gain().factor();
        let gains: Vec<f32> = (0..=windows.length / 2).map(bin).collect();
        let mut spectra = windows.spectra(samples);
        spectra.iter_mut().for_each(|bins| scale(bins, &gains));
        windows.join(spectra, samples);
    }

    /// The gain at a frequency: on a straight line between the middles of two octaves, and constant beyond the outer ones.
    fn at(&self, hz: f64) -> Db {
        let place = (hz.max(1.0) / OCTAVES[0]).log2().clamp(0.0, (OCTAVES.len() - 1) as f64);
        let octave = (place as usize).min(OCTAVES.len() - 2);
        let share = place - octave as f64;
        Db(self.octaves[octave].0 * (1.0 - share) + self.octaves[octave + 1].0 * share)
    }
}

/// What a limit left of the difference of an octave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneLeft {
    /// The middle of the octave, in Hz.
    pub hz: f64,
    /// How far it is over the voice before the correction.
    pub over: Db,
}

/// The tonal balance of a clip's speech: the power of each octave relative to the middle ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpectralBalance {
    /// In dB.
    pub octaves: [f64; OCTAVES.len()],
    /// How many seconds of speech were measured; zero if there were none.
    pub seconds: f64,
}

impl SpectralBalance {
    /// Measures a clip.
    pub fn of(samples: &[f32], rate: SampleRate) -> Self {
        if rate.as_f64() < LEAST_RATE {
            return Self::default();
        }
        let hop = super::frames(0.02, rate);
        let octaves = OCTAVES.map(|hz| powers(&octave(samples, rate, hz), hop));
        let middle = |hop: usize| octaves[MIDDLE].iter().map(|octave| octave[hop]).sum::<f64>();
        let loudest = (0..octaves[0].len()).map(middle).fold(0.0, f64::max);
        let is_active = |hop: &usize| middle(*hop) > loudest * 10f64.powf(-ACTIVE / 10.0);
        let hops: Vec<usize> = (0..octaves[0].len()).filter(is_active).collect();
        if loudest <= 0.0 {
            return Self::default();
        }
        let sums: [f64; OCTAVES.len()] =
            from_fn(|octave| hops.iter().map(|hop| octaves[octave][*hop]).sum::<f64>().max(1e-20));
        let middle: f64 = sums[MIDDLE].iter().sum();
        Self { octaves: sums.map(|sum| 10.0 * (sum / middle).log10()), seconds: hops.len() as f64 * 0.02 }
    }

    /// The mean over many clips, weighted by their seconds of speech.
    pub fn mean<'a>(balances: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for balance in balances {
            let octaves = sum.octaves.iter_mut().zip(balance.octaves);
            octaves.for_each(|(sum, octave)| *sum += octave * balance.seconds);
            sum.seconds += balance.seconds;
        }
        let whole = sum.seconds.max(1e-9);
        Self { octaves: sum.octaves.map(|octave| octave / whole), seconds: sum.seconds }
    }

    /// The gains that move this balance to another, by at most `most` an octave, and the octave of which the limit leaves most.
    /// Differences that the words alone may have made are left, and of others the share is taken that is not theirs.
    pub fn towards(&self, other: &Self, most: Db) -> (Tone, Option<ToneLeft>) {
        let differences: [f64; OCTAVES.len()] =
            from_fn(|octave| other.octaves[octave] - self.octaves[octave]);
        let words = WORDS.map(|variance| variance / self.seconds.max(1e-9));
        let off: f64 =
            differences.iter().zip(words).map(|(difference, words)| difference.powi(2) / words).sum();
        if off < UNLIKELY {
            return (Tone::default(), None);
        }
        let wanted: [f64; OCTAVES.len()] =
            from_fn(|octave| differences[octave] * SESSIONS / (SESSIONS + words[octave]));
        let held = |wanted: f64| {
            let steps = (wanted.clamp(-most.0, most.0) / STEP).round() * STEP;
            // Without a negative zero.
            Db(steps + 0.0)
        };
        let tone = Tone { octaves: wanted.map(held) };
        let left = |octave: &usize| wanted[*octave].abs() - most.0;
        let worst = (0..OCTAVES.len()).max_by(|a, b| left(a).total_cmp(&left(b)));
        let left = worst
            .filter(|octave| left(octave) > TOLD)
            .map(|octave| ToneLeft { hz: OCTAVES[octave], over: Db(-wanted[octave]) });
        (tone, left)
    }
}

/// An octave, with slopes of 24 dB an octave.
fn octave(samples: &[f32], rate: SampleRate, hz: f64) -> Vec<f32> {
    let edge = std::f64::consts::SQRT_2;
    let mut band = samples.to_vec();
    for _ in 0..2 {
        Biquad::new(Coefficients::high_pass(rate, hz / edge, FLAT)).process(&mut band);
        if hz * edge < 0.45 * rate.as_f64() {
            Biquad::new(Coefficients::low_pass(rate, hz * edge, FLAT)).process(&mut band);
        }
    }
    band
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{noise, response};

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn tone(octaves: [f64; OCTAVES.len()]) -> Tone {
        Tone { octaves: octaves.map(Db) }
    }

    #[test]
    fn each_octave_has_its_gain_and_what_is_between_has_the_mean() {
        let tone = tone([-2.0, -2.0, 0.0, 0.0, 0.0, 3.0, 6.0]);
        let of = |hz| response(hz, 0.1, |samples| tone.apply(samples, RATE));
        for (hz, db) in
            [(60.0, -2.0), (250.0, -2.0), (1_000.0, 0.0), (4_000.0, 3.0), (5_656.9, 4.5), (14_000.0, 6.0)]
        {
            assert!((of(hz) - db).abs() < 0.15, "{hz} Hz: {} dB", of(hz));
        }
    }

    /// Sessions of half a minute that differ by up to 5 dB come within 1 dB of each other in every octave.
    #[test]
    fn two_sessions_come_within_one_decibel_in_every_octave() {
        let here = noise(1, 0.1, 48_000 * 6);
        let mut dull = noise(2, 0.1, 48_000 * 6);
        tone([4.0, 3.0, 0.0, 0.0, -1.0, -3.0, -5.0]).apply(&mut dull, RATE);
        let session =
            |samples: &[f32]| SpectralBalance { seconds: 60.0, ..SpectralBalance::of(samples, RATE) };
        let balances = [session(&here), session(&dull)];
        let voice = SpectralBalance::mean(balances.iter());
        let corrected: Vec<SpectralBalance> = [here, dull]
            .into_iter()
            .zip(balances)
            .map(|(mut samples, balance)| {
                let (tone, left) = balance.towards(&voice, Db(3.0));
                assert_eq!(left, None);
                tone.apply(&mut samples, RATE);
                SpectralBalance::of(&samples, RATE)
            })
            .collect();
        for (octave, hz) in OCTAVES.iter().enumerate() {
            let apart = corrected[0].octaves[octave] - corrected[1].octaves[octave];
            assert!(apart.abs() < 1.0, "{hz} Hz: {apart}");
        }
    }

    #[test]
    fn an_equal_session_and_a_short_one_stay_and_the_limit_says_what_it_leaves() {
        let here = SpectralBalance { octaves: [0.0; OCTAVES.len()], seconds: 60.0 };
        assert!(here.towards(&here, Db(3.0)).0.is_flat());
        let bright = SpectralBalance { octaves: [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 8.0], seconds: 60.0 };
        let (three, left) = bright.towards(&here, Db(3.0));
        assert_eq!(three.octaves[6], Db(-3.0));
        assert!(left.is_some_and(|left| left.hz == 8_000.0 && (6.5..8.0).contains(&left.over.0)), "{left:?}");
        let (six, left) = bright.towards(&here, Db(6.0));
        assert!(six.octaves[6] == Db(-6.0) && six.octaves[5] == Db(-2.0), "{six:?}");
        assert!(left.is_none_or(|left| left.hz == 8_000.0));
        let few = SpectralBalance { seconds: 0.5, ..bright };
        assert_eq!(few.towards(&here, Db(3.0)).0.octaves[6], Db(0.0), "so few words have any treble");
    }

    #[test]
    fn silence_and_low_rates_have_no_balance() {
        assert_eq!(SpectralBalance::of(&vec![0.0; 48_000], RATE).seconds, 0.0);
        assert_eq!(
            SpectralBalance::of(&[0.5; 800], SampleRate::new(8_000).unwrap()),
            SpectralBalance::default()
        );
    }
}
