//! The tone of a recording session, and two gentle shelving filters that match it to the other sessions.

use serde::{Deserialize, Serialize};

use super::powers;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::{Db, SampleRate};

/// The corner frequencies of the shelves, in Hz. Bass depends on the room and the distance to the microphone, treble
/// on its angle and type.
const LOW: f64 = 250.0;
const HIGH: f64 = 4_000.0;
/// The compared bands, in Hz: bass, middle, treble.
const BANDS: [(f64, f64); 3] = [(90.0, 300.0), (400.0, 2_500.0), (4_500.0, 9_000.0)];
const FLAT: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Hops this far below the loudest are pauses, in dB.
const ACTIVE: f64 = 25.0;

/// Two shelving filters. If both are zero nothing changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    /// The gain below 250 Hz.
    pub low: Db,
    /// The gain above 4 kHz.
    pub high: Db,
}

impl Tone {
    pub fn is_flat(&self) -> bool {
        self.low == Db(0.0) && self.high == Db(0.0)
    }

    pub fn apply(&self, samples: &mut [f32], rate: SampleRate) {
        if self.low != Db(0.0) {
            Biquad::new(Coefficients::low_shelf(rate, LOW, FLAT, self.low)).process(samples);
        }
        if self.high != Db(0.0) {
            Biquad::new(Coefficients::high_shelf(rate, HIGH, FLAT, self.high)).process(samples);
        }
    }
}

/// The tonal balance of a clip's speech: the power of bass and of treble relative to the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpectralBalance {
    /// Bass relative to the middle, in dB.
    pub low: f64,
    /// Treble relative to the middle, in dB.
    pub high: f64,
    /// How many seconds of speech were measured; zero if there were none.
    pub seconds: f64,
}

impl SpectralBalance {
    /// Measures a clip.
    pub fn of(samples: &[f32], rate: SampleRate) -> Self {
        if rate.as_f64() < 2.0 * BANDS[2].1 {
            return Self::default();
        }
        let hop = super::frames(0.02, rate);
        let bands = BANDS.map(|band| powers(&in_band(samples, rate, band), hop));
        let loudest = bands[1].iter().copied().fold(0.0, f64::max);
        let active = |hop: &usize| bands[1][*hop] > loudest * 10f64.powf(-ACTIVE / 10.0);
        let hops: Vec<usize> = (0..bands[1].len()).filter(active).collect();
        let [low, middle, high] =
            bands.each_ref().map(|band| hops.iter().map(|hop| band[*hop]).sum::<f64>().max(1e-20));
        let seconds = if loudest > 0.0 { hops.len() as f64 * 0.02 } else { 0.0 };
        Self { low: 10.0 * (low / middle).log10(), high: 10.0 * (high / middle).log10(), seconds }
    }

    /// The mean over many clips, weighted by their seconds of speech.
    pub fn mean<'a>(balances: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for balance in balances {
            sum.low += balance.low * balance.seconds;
            sum.high += balance.high * balance.seconds;
            sum.seconds += balance.seconds;
        }
        let whole = sum.seconds.max(1e-9);
        Self { low: sum.low / whole, high: sum.high / whole, seconds: sum.seconds }
    }

    /// The shelves that move this balance towards another, in steps of half a decibel and at most `most`. A
    /// measurement of little speech is applied only in part, since the words themselves affect the balance, and
    /// corrections below one decibel are dropped.
    pub fn towards(&self, other: &Self, most: Db) -> Tone {
        let trust = self.seconds / (self.seconds + ENOUGH);
        let step = |wanted: f64| {
            let held = (wanted * trust).clamp(-most.0, most.0);
            if held.abs() < 1.0 { Db(0.0) } else { Db((held * 2.0).round() / 2.0) }
        };
        Tone { low: step(other.low - self.low), high: step(other.high - self.high) }
    }
}

/// With this many seconds of speech, half of the correction is applied.
const ENOUGH: f64 = 15.0;

fn in_band(samples: &[f32], rate: SampleRate, (from, to): (f64, f64)) -> Vec<f32> {
    let mut band = samples.to_vec();
    Biquad::new(Coefficients::high_pass(rate, from, FLAT)).process(&mut band);
    Biquad::new(Coefficients::low_pass(rate, to, FLAT)).process(&mut band);
    band
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{noise, response};

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn the_shelves_do_what_they_say_far_from_their_corners_and_half_of_it_there() {
        let tone = Tone { low: Db(-2.0), high: Db(3.0) };
        let of = |hz| response(hz, 0.1, |samples| tone.apply(samples, RATE));
        for (hz, db) in [(60.0, -2.0), (250.0, -1.0), (1_000.0, 0.0), (4_000.0, 1.5), (14_000.0, 3.0)] {
            assert!((of(hz) - db).abs() < 0.12, "{hz} Hz: {} dB", of(hz));
        }
    }

    #[test]
    fn a_duller_session_is_corrected_and_an_equal_one_is_unchanged() {
        let here = noise(1, 0.1, 48_000 * 60);
        let mut dull = noise(2, 0.1, 48_000 * 60);
        Tone { low: Db(2.0), high: Db(-3.0) }.apply(&mut dull, RATE);
        let (here, dull) = (SpectralBalance::of(&here, RATE), SpectralBalance::of(&dull, RATE));
        let tone = dull.towards(&here, Db(3.0));
        assert!(tone.high == Db(2.0) && (tone.low == Db(-1.0) || tone.low == Db(-1.5)), "{tone:?}");
        assert!(here.towards(&here, Db(3.0)).is_flat());
        let few = SpectralBalance { seconds: 2.0, ..dull };
        assert!(few.towards(&here, Db(3.0)).is_flat(), "two seconds are no session");
        assert_eq!(
            dull.towards(&SpectralBalance { high: 20.0, ..here }, Db(3.0)).high,
            Db(3.0),
            "it is held"
        );
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
