//! A wood fire: the low, flickering roar of the flames, the hiss of gas and steam, and crackles.
//!
//! A crackle is a click of a tenth of a millisecond with a faint tail, as in a recorded fireplace. Crackles come in
//! bursts, and in that recording the number of those louder than a level falls with its cube. Now and then a log pops,
//! which is deeper and longer.

use super::generator::Generator;
use super::pan::StereoPan;
use super::random_curve::CurveSum;
use super::scatter::{Slots, between};
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-28.0);

/// The levels of the thirds of the flames and of the hiss in dB: those of a recorded fireplace (docs/beds.md) below
/// and above 1 kHz.
const FLAMES_DB: [f64; THIRDS] = [
    -14.0, -11.6, -10.1, -9.7, -9.8, -14.6, -19.6, -23.4, -21.7, -27.5, -26.8, -25.0, -28.0, -36.0, -40.0,
    -40.0, -44.0, -48.0, -52.0, -56.0, -60.0, -64.0, -68.0, -72.0, -76.0, -80.0, -84.0,
];
const HISS_DB: [f64; THIRDS] = [
    -80.0, -76.0, -72.0, -68.0, -64.0, -60.0, -56.0, -52.0, -48.0, -44.0, -40.0, -38.0, -37.0, -35.0, -28.5,
    -26.0, -24.5, -23.0, -21.3, -19.8, -15.9, -15.3, -11.0, -8.4, -9.3, -12.0, -17.0,
];
/// The correlation of left and right in each octave: a hearth a few metres away.
const CORRELATION: [f64; OCTAVES] = [0.9, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3];
/// The shares of flames, hiss and crackles in the power, for a fire at 0.5 and 0.5, from the same recording.
const FLAMES: f64 = 0.5;
const HISS: f64 = 0.35;
const CRACKLES: f64 = 0.15;
/// How the flames and the hiss flicker: seconds between random points, and the largest deviation in dB.
const FLICKER: [(f64, f64); 3] = [(3.7, 3.0), (0.4, 6.0), (0.17, 5.0)];
const STEAM: [(f64, f64); 2] = [(7.3, 2.0), (1.0, 3.5)];
/// Crackles per second of a fire at 0.5, how many times more one at 1 has, and the bursts in which they come: seconds
/// between random points, and the largest deviation as an exponent of e.
const PER_SECOND: f64 = 90.0;
const MORE: f64 = 3.0;
const BURSTS: [(f64, f64); 2] = [(1.7, 1.0), (0.23, 1.8)];
/// The loudest crackle relative to the faintest, in amplitude; the share of those over an amplitude falls with its
/// cube.
const LOUDEST: f64 = 10.0;
/// The ranges of their pitch and decay in Hz and seconds, and the number of kinds.
const PITCHES_HZ: (f64, f64) = (2_500.0, 14_000.0);
const DECAYS: (f64, f64) = (0.000_06, 0.000_9);
const KINDS: u64 = 128;
/// The same of pops, and their share of all crackles.
const POP_HZ: (f64, f64) = (350.0, 1_800.0);
const POP_DECAYS: (f64, f64) = (0.002, 0.007);
const POP_KINDS: u64 = 32;
const POPS: f64 = 0.02;
/// The slots in which crackles are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;

/// The kind of fire. Both values are clamped to 0 to 1; neither changes the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FireSettings {
    /// 0 is a stove of glowing coals, without a crackle; 1 is fresh, resinous wood.
    pub crackle: f64,
    /// 0 is embers, without flames; 1 is a blaze.
    pub flames: f64,
}

impl Default for FireSettings {
    /// A hearth.
    fn default() -> Self {
        Self { crackle: 0.5, flames: 0.5 }
    }
}

/// A fire in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Fire {
    rate: SampleRate,
    seed: u64,
    noise: ShapedNoise,
    flames: [f64; THIRDS],
    hiss: [f64; THIRDS],
    flicker: [CurveSum<{ FLICKER.len() }>; 2],
    steam: CurveSum<{ STEAM.len() }>,
    bursts: CurveSum<{ BURSTS.len() }>,
    crackles: Shots,
    pops: Shots,
    /// The mean number of crackles per slot, and the amplitude of the faintest.
    mean: f64,
    faintest: f64,
}

impl Fire {
    pub fn new(rate: SampleRate, seed: u64, hearth: FireSettings) -> Self {
        let (crackle, blaze) = (hearth.crackle.clamp(0.0, 1.0), hearth.flames.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let power = LEVEL.gain().0.powi(2);
        let shares = [FLAMES * 4.0 * blaze * blaze, HISS, CRACKLES * 2.0 * crackle];
        let whole: f64 = shares.iter().sum();
        let [flames, hiss, crackles] = shares.map(|share| power * share / whole);
        // The random variation of levels raises their mean power.
        let raised = |scales: &[(f64, f64)]| -> f64 {
            let spread: f64 = scales.iter().map(|(_, most)| (most * 0.4).powi(2)).sum();
            (spread * (std::f64::consts::LN_10 / 10.0).powi(2) / 2.0).exp()
        };
        let [flames, hiss] = [flames / raised(&FLICKER), hiss / raised(&STEAM)];
        let per_second = PER_SECOND * MORE.powf(2.0 * crackle - 1.0);
        // The mean square of amplitudes from 1 to the loudest whose share falls with the cube.
        let mean_square = 3.0 * (1.0 - 1.0 / LOUDEST) / (1.0 - LOUDEST.powi(-3));
        let bursts = CurveSum::new(&BURSTS, |scale| seed_from(&[seed, 3, 0, scale]));
        let kinds = |number: u64, count: u64, pitches: (f64, f64), decays: (f64, f64)| {
            Shots::new(seed_from(&[seed, number]), count, |place, random| {
                let decay = between(decays, random.fraction(1_000_000).powi(2));
                patter(random, between(pitches, place), 0.8, decay, hz)
            })
        };
        Self {
            rate,
            seed,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            flames: amplitudes(FLAMES_DB).map(|gain| gain * gain * flames),
            hiss: amplitudes(HISS_DB).map(|gain| gain * gain * hiss),
            flicker: [0, 1]
                .map(|channel| CurveSum::new(&FLICKER, |scale| seed_from(&[seed, 1, channel, scale]))),
            steam: CurveSum::new(&STEAM, |scale| seed_from(&[seed, 2, 0, scale])),
            bursts,
            crackles: kinds(4, KINDS, PITCHES_HZ, DECAYS),
            pops: kinds(5, POP_KINDS, POP_HZ, POP_DECAYS),
            mean: per_second / f64::from(SLOTS_PER_SECOND) / bursts.mean_exp(),
            // A crackle has half of its energy in each channel, on average.
            faintest: (2.0 * crackles * hz / (per_second * mean_square)).sqrt(),
        }
    }

    /// The gain of each third of the noise in each channel at a time.
    fn gains(&self, seconds: f64) -> Gains {
        let steam = Db(self.steam.at(seconds)).power();
        std::array::from_fn(|channel| {
            let flicker = Db(self.flicker[channel].at(seconds)).power();
            std::array::from_fn(|third| {
                (self.flames[third] * flicker + self.hiss[third] * steam).sqrt() as f32
            })
        })
    }

    /// Adds every crackle that can be heard in the window.
    fn crackle(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let rate = self.rate.as_f64();
        let slots = Slots {
            seed: [self.seed, 6],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: self.crackles.longest().max(self.pops.longest()) + (0.001 * rate) as u64,
        };
        let mean = |slot: u64| self.mean * self.bursts.at(slot as f64 / rate).exp();
        slots.each(first, left.len() as u64, mean, |start, random| {
            let pan = StereoPan::new(1.2 * random.fraction(3) - 0.6, self.amplitude(random), rate);
            let kinds = if random.fraction(2) < POPS { &self.pops } else { &self.crackles };
            kinds.add(random.fraction(4), &pan, start, first, left, right);
        });
    }

    /// The amplitude of a crackle, by inversion of the cube law.
    fn amplitude(&self, random: HashNoise) -> f64 {
        let rarest = LOUDEST.powi(-3);
        self.faintest * (rarest + (1.0 - rarest) * (1.0 - random.fraction(1))).powf(-1.0 / 3.0)
    }
}

impl Generator for Fire {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        self.noise.run(first, left, right, &mut |frame| self.gains(frame as f64 / hz));
        if self.faintest > 0.0 {
            self.crackle(first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn fire(crackle: f64, flames: f64) -> Fire {
        Fire::new(SampleRate::DEFAULT, 5, FireSettings { crackle, flames })
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_the_fire_had_never_been_cut() {
        order_does_not_matter(&fire(0.5, 0.5));
        joins_without_a_seam(&fire(0.5, 0.5));
    }

    #[test]
    fn the_level_is_the_same_for_all_settings() {
        for (crackle, flames) in [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)] {
            let fire = fire(crackle, flames);
            let level =
                rms_db(&(0..4).flat_map(|index| made(&fire, index).swap_remove(0)).collect::<Vec<_>>());
            assert!((level - LEVEL.0).abs() < 2.5, "{crackle} {flames}: {level} dB");
        }
    }

    #[test]
    fn coals_only_hiss_and_a_blaze_roars() {
        let depth = |flames| {
            let plane = made(&fire(0.2, flames), 0).swap_remove(0);
            density_db(&plane, 48_000.0, 90.0) - density_db(&plane, 48_000.0, 8_000.0)
        };
        assert!(depth(1.0) > depth(0.0) + 20.0, "{} {}", depth(1.0), depth(0.0));
        // The crest: crackles stand far out of the hiss.
        let crest = |crackle| {
            let plane = made(&fire(crackle, 0.5), 1).swap_remove(0);
            20.0 * f64::from(plane.iter().fold(0.0f32, |peak, s| peak.max(s.abs()))).log10() - rms_db(&plane)
        };
        assert!(crest(0.0) < 16.0 && crest(0.7) > 20.0, "{} {}", crest(0.0), crest(0.7));
    }
}
