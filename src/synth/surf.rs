//! The surf of an open coast, near or far: breakers that roll in, crash and fizz out on several stretches of beach.
//!
//! With the distance more stretches are heard at once, so that single breakers merge into a roar, and the air takes
//! the highs: by the absorption of ISO 9613-2, table 2, at 10 °C and 70 % humidity.

use super::fluctuation::Fluctuation;
use super::generator::Generator;
use super::pan::StereoPan;
use super::pulse::pulse;
use super::scatter::{Slots, amplitude, between, mean_square};
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB; single breakers are louder.
pub const LEVEL: Db = Db(-24.0);

/// The levels of the thirds of each part by octave, in dB: the roll, the crash and the fizz of a breaker.
const ROLL_DB: [f64; OCTAVES] = [0.0, 1.0, 0.0, -3.0, -8.0, -14.0, -21.0, -29.0, -38.0];
const CRASH_DB: [f64; OCTAVES] = [-8.0, -5.0, -2.0, 0.0, 0.0, -1.0, -4.0, -9.0, -16.0];
const FIZZ_DB: [f64; OCTAVES] = [-30.0, -24.0, -17.0, -10.0, -4.0, -1.0, 0.0, -2.0, -7.0];
/// Their shares of the power, and when they come after the crash: the delay, and the seconds in which the power comes
/// and goes by a factor of e.
const PARTS: [(f64, f64, f64, f64); 3] =
    [(0.45, -0.5, 1.1, 1.3), (0.35, 0.0, 0.3, 1.1), (0.2, 0.9, 0.7, 2.4)];
/// The absorption of the air in each octave, in dB a kilometre.
const AIR_DB: [f64; OCTAVES] = [0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0, 400.0];
/// The greatest distance, in kilometres.
const FARTHEST: f64 = 0.6;
/// The most stretches of beach that are heard at once.
const STRETCHES: u64 = 7;
/// The correlation of left and right in each octave.
const CORRELATION: [f64; OCTAVES] = [0.6, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.2];
/// The largest deviation of a breaker in time, as a share of the period, and the range of sizes in dB.
const UNEVEN: f64 = 0.36;
const SIZES_DB: f64 = 9.0;
/// How long before and after its crash a breaker is heard, in seconds.
const BEFORE: f64 = 12.0;
const AFTER: f64 = 28.0;
/// The roar between breakers: its share of the power at the water's edge and far off.
const ROAR: (f64, f64) = (0.08, 0.3);
/// The fluctuation of the water in each channel and octave: seconds between random points, and the largest deviation
/// in dB.
const FLUCTUATION: [(f64, f64); 2] = [(0.41, 3.0), (0.09, 3.5)];
/// Splashes at the water's edge: their power relative to the breakers, how many there are in a second of an average
/// one, the nearest relative to the farthest, pitches in Hz, decays in seconds, and kinds.
const SPLASH: f64 = 0.05;
const SPLASHES: f64 = 250.0;
const NEAREST: f64 = 7.0;
const SPLASH_HZ: (f64, f64) = (1_200.0, 7_000.0);
const SPLASH_DECAY: (f64, f64) = (0.000_2, 0.002);
const KINDS: u64 = 512;
/// The slots in which splashes are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;

/// The kind of coast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfSettings {
    /// The mean time between breakers on one stretch of beach, clamped to 4 to 20 seconds.
    pub period: f64,
    /// 0 is the water's edge, 1 a village behind the dunes. Clamped to 0 to 1; does not change the level.
    pub distance: f64,
}

/// The surf in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Surf {
    rate: SampleRate,
    seed: u64,
    noise: ShapedNoise,
    period: f64,
    /// How many stretches are heard, and how much slower everything is far off.
    stretches: u64,
    slower: f64,
    /// The powers of the thirds of each part, and of the roar.
    parts: [[f64; THIRDS]; PARTS.len()],
    roar: [f64; THIRDS],
    fluctuation: Fluctuation<{ FLUCTUATION.len() }>,
    splashes: Shots,
    /// The amplitude of the farthest splash.
    farthest: f64,
}

/// One breaker.
#[derive(Clone, Copy, Debug)]
struct Breaker {
    at: f64,
    power: f64,
    /// Its power in each channel, with a mean of one.
    channels: [f64; 2],
}

impl Surf {
    pub fn new(rate: SampleRate, seed: u64, coast: SurfSettings) -> Self {
        let (period, distance) = (coast.period.clamp(4.0, 20.0), coast.distance.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let power = LEVEL.gain().0.powi(2);
        let roar = ROAR.0 + distance * (ROAR.1 - ROAR.0);
        let splash = SPLASH * (1.0 - distance).powi(2);
        let stretches = 1 + (distance * (STRETCHES - 1) as f64).round() as u64;
        let slower = 1.0 + 0.8 * distance;
        // The thirds at the listener.
        let heard = |octaves: [f64; OCTAVES], share: f64| {
            let (levels, air) = (between_octaves(octaves), between_octaves(AIR_DB));
            let far = distance * FARTHEST;
            let lost = std::array::from_fn(|third| levels[third] - far * air[third]);
            amplitudes(lost).map(|gain| gain * gain * power * share)
        };
        let octaves = [ROLL_DB, CRASH_DB, FIZZ_DB];
        // The time in which a part is heard, as a share of the time between two breakers.
        let parts = std::array::from_fn(|part| {
            let (share, _, rise, fall) = PARTS[part];
            let heard_for = 1.6 * slower * (rise + fall) * stretches as f64 / period;
            heard(octaves[part], share * (1.0 - roar - splash) / heard_for)
        });
        Self {
            rate,
            seed,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            period,
            stretches,
            slower,
            parts,
            roar: heard(ROLL_DB, roar),
            fluctuation: Fluctuation::new(&FLUCTUATION, |[channel, band, scale]| {
                seed_from(&[seed, 1, channel, band, scale])
            }),
            splashes: Shots::new(seed_from(&[seed, 2]), KINDS, |place, random| {
                let decay = between(SPLASH_DECAY, random.fraction(1_000_000));
                patter(random, between(SPLASH_HZ, place), 0.8, decay, hz)
            }),
            // Half of the energy is in each channel.
            farthest: (2.0 * power * splash * hz / (SPLASHES * mean_square(NEAREST))).sqrt(),
        }
    }

    /// The breakers that can be heard between two times, on every stretch.
    fn breakers(&self, from: f64, to: f64) -> Vec<Breaker> {
        let first = ((from - AFTER) / self.period).floor() as i64 - 2;
        let last = ((to + BEFORE) / self.period).ceil() as i64 + 1;
        let each = |stretch| (first..=last).map(move |number| self.breaker(stretch, number));
        (0..self.stretches).flat_map(each).collect()
    }

    fn breaker(&self, stretch: u64, number: i64) -> Breaker {
        let random = HashNoise::new(seed_from(&[self.seed, 3, stretch, number as u64]));
        // The stretches have their own places and are never in step.
        let place = (stretch as f64 + 0.5) / self.stretches as f64 * 2.0 - 1.0;
        let lean = (0.5 * place + 0.4 * f64::from(random.at(2))).clamp(-0.7, 0.7);
        let late = stretch as f64 / self.stretches as f64;
        // The mean of 10^(s·u/10) for u from −½ to ½.
        let exponent = SIZES_DB / 20.0 * std::f64::consts::LN_10;
        let mean = exponent.sinh() / exponent;
        Breaker {
            at: (number as f64 + late + UNEVEN * f64::from(random.at(0))) * self.period,
            power: Db(SIZES_DB * (random.fraction(1) - 0.5)).power() / mean,
            channels: [1.0 - lean, 1.0 + lean],
        }
    }

    /// The gain of each third in each channel at a time.
    fn gains(&self, breakers: &[Breaker], seconds: f64) -> Gains {
        let mut powers = [self.roar; 2];
        for breaker in breakers {
            let since = (seconds - breaker.at) / self.slower;
            if !(-BEFORE / 1.8..AFTER / 1.8).contains(&since) {
                continue;
            }
            for (part, (_, late, rise, fall)) in self.parts.iter().zip(PARTS) {
                let power = breaker.power * pulse(since - late, rise, fall);
                for (powers, channel) in powers.iter_mut().zip(breaker.channels) {
                    powers.iter_mut().zip(part).for_each(|(sum, third)| *sum += channel * power * third);
                }
            }
        }
        std::array::from_fn(|channel| {
            let deviation = self.fluctuation.gains(channel, seconds);
            std::array::from_fn(|third| (powers[channel][third].sqrt() * deviation[third]) as f32)
        })
    }

    /// Adds every splash that can be heard in the window.
    fn splash(&self, breakers: &[Breaker], first: u64, left: &mut [f32], right: &mut [f32]) {
        let rate = self.rate.as_f64();
        let slots = Slots {
            seed: [self.seed, 4],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: self.splashes.longest() + (0.001 * rate) as u64,
        };
        let (_, late, rise, fall) = PARTS[1];
        let mean = |slot: u64| {
            let seconds = slot as f64 / rate;
            let crashes = breakers.iter().map(|breaker| {
                let since = (seconds - breaker.at) / self.slower;
                let heard = (-BEFORE / 1.8..AFTER / 1.8).contains(&since);
                if heard { breaker.power * pulse(since - late, rise, fall) } else { 0.0 }
            });
            SPLASHES / f64::from(SLOTS_PER_SECOND) * crashes.sum::<f64>()
        };
        slots.each(first, left.len() as u64, mean, |start, random| {
            let amplitude = self.farthest * amplitude(NEAREST, random.fraction(1));
            let pan = StereoPan::new(1.6 * random.fraction(2) - 0.8, amplitude, rate);
            self.splashes.add(random.fraction(3), &pan, start, first, left, right);
        });
    }
}

impl Generator for Surf {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let (start, end) = (first as f64 / hz, (first + left.len() as u64) as f64 / hz);
        let breakers = self.breakers(start, end);
        self.noise.run(first, left, right, &mut |frame| self.gains(&breakers, frame as f64 / hz));
        if self.farthest > 0.0 {
            self.splash(&breakers, first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn surf(distance: f64) -> Surf {
        Surf::new(SampleRate::DEFAULT, 5, SurfSettings { period: 11.0, distance })
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_the_surf_had_never_been_cut() {
        for distance in [0.0, 1.0] {
            order_does_not_matter(&surf(distance));
            joins_without_a_seam(&surf(distance));
        }
    }

    #[test]
    fn the_air_takes_the_highs_and_the_distance_the_swing() {
        let heard = |distance| {
            let surf = surf(distance);
            let plane: Vec<f32> = (0..8).flat_map(|index| made(&surf, index).swap_remove(0)).collect();
            let mut levels: Vec<f64> = plane.chunks(12_000).map(rms_db).collect();
            levels.sort_by(f64::total_cmp);
            let swing = levels[levels.len() * 9 / 10] - levels[levels.len() / 10];
            let highs = density_db(&plane, 48_000.0, 6_000.0) - density_db(&plane, 48_000.0, 200.0);
            (rms_db(&plane), highs, swing)
        };
        let (near, far) = (heard(0.0), heard(1.0));
        assert!(near.1 > far.1 + 20.0 && near.2 > far.2 + 3.0, "{near:?} {far:?}");
        assert!([near.0, far.0].iter().all(|level| (level - LEVEL.0).abs() < 3.0), "{near:?} {far:?}");
    }
}
