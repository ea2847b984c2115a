//! Rain: the noise of all the drops that are too far away to tell apart, and many drops near enough to hear
//! individually.
//!
//! The background has the thirds of octaves of a recorded rain. A drop is a click of a tenth of a millisecond or two
//! with a faint patter after it, as in that recording, or the ring of the bubble it makes in water. Drops belong to
//! slots of time, not to grains: a slot and a number determine a drop completely, so it is the same in every grain
//! that it rings into.

use super::bubble;
use super::generator::Generator;
use super::pan::StereoPan;
use super::random_curve::CurveSum;
use super::scatter::{Slots, amplitude, between, mean_square};
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::seed as seed_from;
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 1 dB.
pub const LEVEL: Db = Db(-24.0);

/// The levels of the thirds of the background in dB: those of a recorded rain (docs/beds.md) without its near drops.
const BACKGROUND_DB: [f64; THIRDS] = [
    -20.0, -18.3, -17.4, -17.7, -17.4, -18.4, -17.7, -18.3, -17.5, -17.4, -16.1, -15.4, -14.8, -14.3, -14.3,
    -14.4, -14.4, -14.1, -13.9, -13.3, -12.2, -10.9, -9.7, -9.2, -9.2, -12.0, -16.0,
];
/// How much louder each octave is in a downpour than in a drizzle, in dB.
const BODY_DB: [f64; OCTAVES] = [5.0, 5.0, 5.0, 4.0, 2.0, 0.0, 0.0, 0.0, 0.0];
/// The correlation of left and right in each octave, from the same recording.
const CORRELATION: [f64; OCTAVES] = [0.6, 0.75, 0.9, 0.9, 0.7, 0.5, 0.2, 0.0, 0.0];
/// The slots in which drops are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;
/// Drops per second in a drizzle, and how many times more a downpour has.
const FEWEST: f64 = 200.0;
const MORE: f64 = 4.0;
/// The amplitude of the nearest drop relative to the farthest, in a drizzle and in a steady rain. Drops are spread over
/// a plane, cut off 11 and 17 dB nearer than its edge; the few drops of a drizzle would startle if they were nearer.
const NEAREST: (f64, f64) = (3.5, 7.0);
/// How many kinds of drop on something hard and on water there are, the share of those on water, and their relative
/// amplitude; they are quieter because a tone stands out from noise.
const HARD: u64 = 96;
const WET: u64 = 48;
const RINGING: f64 = 0.2;
const RING_AMPLITUDE: f64 = 0.5;
/// The range of pitches and decays of a drop on something hard, in Hz and seconds.
const HARD_HZ: (f64, f64) = (2_500.0, 13_000.0);
const HARD_DECAY: (f64, f64) = (0.000_06, 0.000_45);
/// The range of pitches of the bubbles, in Hz: raindrops make bubbles from 1 to 20 kHz, most of them near the upper
/// end (Pumphrey and Crum, "Free oscillations of near-surface bubbles", JASA 87, 1990); lower ones are pleasant.
const WET_HZ: (f64, f64) = (900.0, 7_000.0);
/// How the level varies: seconds between random points, and the largest deviation in dB.
const DRIFTS: [(f64, f64); 3] = [(11.0, 1.6), (3.1, 1.2), (0.4, 1.6)];

/// The kind of rain. Both values are clamped to 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RainSettings {
    /// 0 is a drizzle of about 200 drops per second, 1 a downpour of 800 with a deeper sound. Does not change the
    /// level.
    pub heaviness: f64,
    /// How prominent single drops are: at 0 there are none, at 1 they have half as much power as the background.
    pub nearness: f64,
}

impl Default for RainSettings {
    /// Steady rain outside an open window.
    fn default() -> Self {
        Self { heaviness: 0.5, nearness: 0.6 }
    }
}

/// Rain in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Rain {
    rate: SampleRate,
    seed: u64,
    noise: ShapedNoise,
    background: [f64; THIRDS],
    drifts: CurveSum<{ DRIFTS.len() }>,
    hard: Shots,
    wet: Shots,
    /// The mean number of drops per slot.
    drops: f64,
    /// The amplitude of the farthest drop, and that of the nearest relative to it.
    farthest: f64,
    nearest: f64,
}

impl Rain {
    pub fn new(rate: SampleRate, seed: u64, sky: RainSettings) -> Self {
        let (heaviness, nearness) = (sky.heaviness.clamp(0.0, 1.0), sky.nearness.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let per_second = FEWEST * MORE.powf(heaviness);
        // At 0.6, single drops are 6.4 dB below the background.
        let share = if nearness > 0.0 { 0.23 * 10f64.powf(nearness - 0.6) } else { 0.0 };
        let nearest = NEAREST.0 + (NEAREST.1 - NEAREST.0) * (2.0 * heaviness).min(1.0);
        let power = LEVEL.gain().0.powi(2);
        let body = between_octaves(BODY_DB);
        let levels = std::array::from_fn(|third| BACKGROUND_DB[third] + (heaviness - 0.5) * body[third]);
        let background = (power / (1.0 + share)).sqrt();
        // A drop has half of its energy in each channel, on average.
        let energy = 2.0 * power * share / (1.0 + share) * hz / per_second;
        let kinds = 1.0 - RINGING + RINGING * RING_AMPLITUDE.powi(2);
        Self {
            rate,
            seed,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            background: amplitudes(levels).map(|gain| gain * background),
            drifts: CurveSum::new(&DRIFTS, |scale| seed_from(&[seed, 1, scale])),
            hard: Shots::new(seed_from(&[seed, 2]), HARD, |place, random| {
                let decay = between(HARD_DECAY, random.fraction(1_000_000));
                patter(random, between(HARD_HZ, place), 0.8, decay, hz)
            }),
            wet: Shots::new(seed_from(&[seed, 4]), WET, |place, random| {
                let pitch = between(WET_HZ, place).min(0.4 * hz);
                let decay = bubble::natural_decay(pitch) * (0.5 + 0.7 * random.fraction(0));
                bubble::sound(pitch, decay, 0.1 * random.fraction(1), hz)
            }),
            drops: per_second / f64::from(SLOTS_PER_SECOND),
            farthest: (energy / (kinds * mean_square(nearest))).sqrt(),
            nearest,
        }
    }

    /// Adds every drop that can be heard in the window, in the order of the slots.
    fn drip(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        if self.farthest == 0.0 {
            return;
        }
        let rate = self.rate.as_f64();
        let slots = Slots {
            seed: [self.seed, 3],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: self.hard.longest().max(self.wet.longest()) + (0.001 * rate) as u64,
        };
        // Heavier rain has more drops as well as louder ones.
        let mean = |slot| self.drops * self.drift(slot).gain().0;
        slots.each(first, left.len() as u64, mean, |start, random| {
            let amplitude = self.farthest * amplitude(self.nearest, random.fraction(1));
            let side = 2.0 * random.fraction(4) - 1.0;
            if random.fraction(2) < RINGING {
                let pan = StereoPan::new(side, amplitude * RING_AMPLITUDE, rate);
                self.wet.add(random.fraction(3), &pan, start, first, left, right);
            } else {
                let pan = StereoPan::new(side, amplitude, rate);
                self.hard.add(random.fraction(3), &pan, start, first, left, right);
            }
        });
    }

    /// The deviation from the mean level at a frame.
    fn drift(&self, frame: u64) -> Db {
        Db(self.drifts.at(frame as f64 / self.rate.as_f64()))
    }
}

impl Generator for Rain {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        self.noise.run(first, left, right, &mut |frame| {
            let level = self.drift(frame).gain().0;
            [self.background.map(|gain| (gain * level) as f32); 2] as Gains
        });
        self.drip(first, left, right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn rain(heaviness: f64, nearness: f64) -> Rain {
        Rain::new(SampleRate::DEFAULT, 5, RainSettings { heaviness, nearness })
    }

    /// The fourth moment over the squared second: 3 for plain noise, more the more single drops stand out.
    fn kurtosis(samples: &[f32]) -> f64 {
        let moment =
            |power| samples.iter().map(|&s| f64::from(s).powi(power)).sum::<f64>() / samples.len() as f64;
        moment(4) / moment(2).powi(2)
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&rain(0.5, 1.0));
    }

    #[test]
    fn grains_join_as_if_the_rain_had_never_been_cut() {
        joins_without_a_seam(&rain(0.5, 1.0));
    }

    #[test]
    fn the_level_is_the_same_for_all_settings_and_rates() {
        for (hz, heaviness, nearness) in
            [(48_000, 0.0, 0.6), (48_000, 1.0, 1.0), (22_050, 0.5, 0.6), (96_000, 0.5, 0.0)]
        {
            let rain = Rain::new(SampleRate::new(hz).unwrap(), 5, RainSettings { heaviness, nearness });
            for plane in made(&rain, 2) {
                let level = rms_db(&plane);
                // The drift may carry a single grain some way from the long run.
                assert!((level - LEVEL.0).abs() < 2.2, "{hz} Hz, {heaviness}, {nearness}: {level} dB");
                assert!(plane.iter().all(|s| s.abs() < 2.0));
            }
        }
    }

    #[test]
    fn the_spectrum_falls_like_that_of_a_steady_rain() {
        let plane = made(&rain(0.5, 0.6), 0).swap_remove(0);
        let at = |hz| density_db(&plane, 48_000.0, hz);
        let middle = at(1_000.0);
        // As a recorded rain has it, relative to 1 kHz (docs/beds.md).
        for (hz, level) in [(125.0, 5.6), (500.0, 1.2), (4_000.0, -5.0), (8_000.0, -4.4), (16_000.0, -9.0)] {
            assert!((at(hz) - middle - level).abs() < 2.0, "{hz} Hz: {} dB", at(hz) - middle);
        }
        assert!(at(20.0) < at(63.0) - 5.0, "{} dB", at(20.0) - at(63.0));
    }

    #[test]
    fn single_drops_are_heard_in_the_highs() {
        // A second difference is a high-pass. A recorded rain has a kurtosis of about 13 above 4 kHz.
        let plane = made(&rain(0.5, 0.6), 0).swap_remove(0);
        let highs: Vec<f32> = plane.windows(3).map(|three| three[0] - 2.0 * three[1] + three[2]).collect();
        assert!((6.5..26.0).contains(&kurtosis(&highs)), "{}", kurtosis(&highs));
    }

    #[test]
    fn near_drops_stand_out_and_far_ones_do_not() {
        let [far, usual, near] = [0.0, 0.6, 1.0].map(|nearness| kurtosis(&made(&rain(0.5, nearness), 0)[0]));
        assert!((far - 3.0).abs() < 0.2 && usual > far + 0.1 && near > usual + 0.5, "{far} {usual} {near}");
    }

    #[test]
    fn the_drift_moves_without_a_jump() {
        let rain = rain(0.5, 0.6);
        let levels: Vec<f64> = (0..6_000).map(|tenth| rain.drift(tenth * 4_800).0).collect();
        let most = DRIFTS.iter().map(|(_, most)| most).sum::<f64>();
        assert!(levels.iter().all(|level| level.abs() <= most));
        let steps = levels.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.clone().fold(0.0, f64::max) < 1.5, "{:?}", steps.max_by(f64::total_cmp));
        assert!(levels.iter().fold(0.0f64, |most, level| most.max(level.abs())) > 1.5);
    }
}
