//! The sea at a beach: waves of different sizes that break somewhere along the shore, run up the beach as foam and
//! draw back, small waves that lap at the sand and splash, over the steady roar of distant breakers.
//!
//! A wave controls the gains of thirds of octaves of noise. Its index determines it completely, and it lasts a fixed
//! time around its break, so no wave depends on another and none is cut off. Splashes are short clicks and bubbles
//! that come as densely as the small waves are loud.

mod lap;

use lap::Laps;

use super::fluctuation::Fluctuation;
use super::generator::Generator;
use super::pulse::pulse;
use super::random_curve::{CurveSum, RandomCurve};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB; single waves are much louder.
pub const LEVEL: Db = Db(-24.0);

/// The levels of thirds in dB that make those of the whole the ones of a recorded beach (docs/beds.md).
const SHORE_DB: [f64; THIRDS] = [
    -33.0, -30.0, -26.9, -25.8, -23.7, -23.6, -20.8, -15.9, -14.6, -13.5, -12.1, -11.2, -10.3, -9.9, -10.4,
    -11.0, -11.3, -12.7, -12.2, -12.3, -11.3, -14.0, -15.9, -19.2, -19.0, -22.5, -29.0,
];
/// By how much each part of the sound differs from these in each octave: a breaking wave is deeper,
const BREAK_DB: [f64; OCTAVES] = [3.0, 3.0, 3.0, 2.0, 0.0, -2.0, -4.0, -6.0, -8.0];
/// the foam running up the beach is mostly hiss,
const FOAM_DB: [f64; OCTAVES] = [-12.0, -10.0, -7.0, -4.0, -1.0, 1.0, 2.0, 1.0, 0.0];
/// the water drawing back over the sand is all hiss,
const WASH_DB: [f64; OCTAVES] = [-18.0, -15.0, -11.0, -7.0, -3.0, 0.0, 1.0, 1.0, 0.0];
/// small waves have no depth,
const LAP_DB: [f64; OCTAVES] = [-10.0, -8.0, -4.0, 0.0, 1.0, 1.0, 0.0, -1.0, -2.0];
/// and distant breakers are little but depth.
const ROAR_DB: [f64; OCTAVES] = [6.0, 6.0, 4.0, 2.0, -1.0, -4.0, -8.0, -12.0, -18.0];
/// The correlation of left and right in each octave, from the same recording, slightly wider at high frequencies.
const CORRELATION: [f64; OCTAVES] = [0.6, 0.7, 0.7, 0.65, 0.6, 0.55, 0.45, 0.35, 0.3];
/// The absorption of high frequencies by air, in dB at 16 kHz for the most distant sea.
const AIR_DB: f64 = 14.0;

/// The largest deviation of a wave in time, as a share of the period.
const UNEVEN: f64 = 0.34;
/// The range of sizes of waves in dB, and the additional variation between sets of large and small waves, with the
/// number of waves in a set.
const SIZES_DB: f64 = 7.0;
const SETS_DB: f64 = 5.0;
const WAVES_A_SET: f64 = 4.5;
/// How long before and after its break a wave is heard, in seconds.
const BEFORE: f64 = 14.0;
const AFTER: f64 = 26.0;
/// The delay of the foam after the break in seconds, and its relative level in dB.
const FOAM_AFTER: f64 = 0.8;
const FOAM_DB_UNDER: f64 = -4.0;
/// The mean delay of the backwash after the break in seconds, and its relative level in dB.
const WASH_AFTER: f64 = 3.6;
const WASH_DB_UNDER: f64 = -8.0;
/// The share of the power of all waves that is in the small ones, for the sea at 0.6.
const LAPPING: f64 = 0.62;
/// How far a wave moves along the beach while it breaks, as a share of the stereo width.
const RUN: f64 = 0.9;
/// The fluctuation of the water in each channel and octave: seconds between random points, and the largest deviation
/// in dB.
const FLUCTUATION: [(f64, f64); 3] = [(0.43, 3.5), (0.13, 3.5), (0.045, 4.0)];
/// The surging of the whole shore: seconds between random points, and the largest deviation of the power, as a power of
/// e; and the share of it that each octave has, as in the recording. The mean power stays.
const SURGE: [(f64, f64); 2] = [(0.8, 2.4), (0.4, 1.8)];
const SURGING: [f64; OCTAVES] = [0.1, 0.3, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0];
/// The variation of the distant roar, in the same form.
const ROAR_DRIFT: (f64, f64) = (17.0, 2.5);

/// The kind of sea.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeaSettings {
    /// The mean time between waves, clamped to 4 to 20 seconds.
    pub period: f64,
    /// 0 is an almost still sea, 1 has breakers with quiet between them. Clamped to 0 to 1; does not change the
    /// level.
    pub surf: f64,
    /// 0 is the sea behind the dunes, 1 at the water's edge. Clamped to 0 to 1.
    pub nearness: f64,
}

impl Default for SeaSettings {
    /// A calm sea, a few metres away.
    fn default() -> Self {
        Self { period: 9.0, surf: 0.5, nearness: 0.6 }
    }
}

/// The sea in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Sea {
    rate: SampleRate,
    noise: ShapedNoise,
    seed: u64,
    period: f64,
    breaking: [f64; THIRDS],
    foam: [f64; THIRDS],
    wash: [f64; THIRDS],
    roar: [f64; THIRDS],
    laps: Laps,
    sets: RandomCurve,
    roar_drift: RandomCurve,
    surge: CurveSum<{ SURGE.len() }>,
    /// The logarithm of its mean.
    surging: f64,
    fluctuation: Fluctuation<{ FLUCTUATION.len() }>,
}

impl Sea {
    pub fn new(rate: SampleRate, seed: u64, shore: SeaSettings) -> Self {
        let (surf, nearness) = (shore.surf.clamp(0.0, 1.0), shore.nearness.clamp(0.0, 1.0));
        let period = shore.period.clamp(4.0, 20.0);
        let level = LEVEL.gain().0;
        // In a calm sea most of the power is the roar, with breakers most of it is in the waves; a share of that is in
        // small ones.
        let share = 0.5 + 0.5 * surf;
        let lapping = share * LAPPING * (0.3 + 0.7 * nearness / 0.6);
        let wave = level * ((share - lapping) * WAVE_POWER * period / 9.0).sqrt();
        let near = 8.0 * (nearness - 0.6);
        let [foam, wash] = [FOAM_DB_UNDER, WASH_DB_UNDER].map(|under| wave * Db(under + near).gain().0);
        // The powers of thirds.
        let scaled = |octaves: [f64; OCTAVES], gain: f64| {
            let more = between_octaves(octaves);
            let levels = std::array::from_fn(|third| {
                let air = (nearness - 0.6) * AIR_DB * (third as f64 / 25.0).powi(2);
                SHORE_DB[third] + more[third] + air
            });
            amplitudes(levels).map(|amplitude| (amplitude * gain).powi(2))
        };
        let surge = CurveSum::new(&SURGE, |number| seed_from(&[seed, 6, number]));
        Self {
            rate,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            seed,
            period,
            breaking: scaled(BREAK_DB, wave),
            foam: scaled(FOAM_DB, foam),
            wash: scaled(WASH_DB, wash),
            roar: scaled(ROAR_DB, level * (1.0 - share).sqrt()),
            laps: Laps::new(rate, seed_from(&[seed, 5]), period, scaled(LAP_DB, level * lapping.sqrt())),
            sets: RandomCurve::new(seed_from(&[seed, 1]), WAVES_A_SET / 2.0),
            roar_drift: RandomCurve::new(seed_from(&[seed, 2]), ROAR_DRIFT.0),
            surge,
            surging: surge.mean_exp().ln(),
            fluctuation: Fluctuation::new(&FLUCTUATION, |[channel, band, scale]| {
                seed_from(&[seed, 3, channel, band, scale])
            }),
        }
    }

    /// The waves that can be heard between two times.
    fn waves(&self, from: f64, to: f64) -> Vec<Wave> {
        let first = ((from - AFTER) / self.period).floor() as i64 - 1;
        let last = ((to + BEFORE) / self.period).ceil() as i64 + 1;
        (first..=last).map(|number| self.wave(number)).collect()
    }

    fn wave(&self, number: i64) -> Wave {
        let random = HashNoise::new(seed_from(&[self.seed, 4, number as u64]));
        let signed = |index| f64::from(random.at(index));
        let size = -SIZES_DB * random.fraction(1) + SETS_DB * self.sets.at(number as f64);
        let direction = if signed(4) < 0.0 { -1.0 } else { 1.0 };
        Wave {
            at: (number as f64 + UNEVEN * signed(0)) * self.period,
            power: Db(size + SIZES_DB / 2.0).power(),
            // Larger waves are slower.
            pace: (0.85 + 0.3 * random.fraction(2)) * 10f64.powf(size / 60.0),
            place: 0.5 * signed(3),
            run: direction * RUN * (0.4 + 0.6 * random.fraction(5)),
            wash_after: WASH_AFTER * (0.8 + 0.5 * random.fraction(6)),
            wash: 0.5 + random.fraction(7),
        }
    }

    /// The gain of each third in each channel at a time; `lapping` is the power of small waves in each channel.
    fn gains(&self, waves: &[Wave], lapping: [f64; 2], seconds: f64) -> Gains {
        let roar = Db(ROAR_DRIFT.1 * self.roar_drift.at(seconds)).gain().0.powi(2);
        let surge = self.surge.at(seconds);
        // The mean of e to a share of the deviation is that of e to all of it to the power of the square of the share.
        let surging =
            between_octaves(SURGING.map(|share| (share * surge - share * share * self.surging).exp()));
        let mut powers = [[0.0; THIRDS]; 2];
        for (powers, lapping) in powers.iter_mut().zip(lapping) {
            *powers =
                std::array::from_fn(|third| self.roar[third] * roar + self.laps.thirds[third] * lapping);
        }
        for wave in waves {
            let since = (seconds - wave.at) / wave.pace;
            if !(-BEFORE..AFTER).contains(&since) {
                continue;
            }
            let channels = wave.channel_powers(since).map(|channel| channel * wave.power);
            let foam = pulse(since - FOAM_AFTER, 0.5, 1.5);
            let wash = wave.wash * pulse(since - wave.wash_after, 1.0, 1.6);
            let breaking = between_octaves(SHAPES.map(|(rise, fall, late)| pulse(since - late, rise, fall)));
            for third in 0..THIRDS {
                let power = self.breaking[third] * breaking[third]
                    + self.foam[third] * foam
                    + self.wash[third] * wash;
                powers[0][third] += channels[0] * power;
                powers[1][third] += channels[1] * power;
            }
        }
        std::array::from_fn(|channel| {
            let deviation = self.fluctuation.gains(channel, seconds);
            std::array::from_fn(|third| {
                ((powers[channel][third] * surging[third]).sqrt() * deviation[third]) as f32
            })
        })
    }
}

/// The rise and decay times of each octave of a breaking wave, and its delay relative to the 1 kHz band, in seconds:
/// low frequencies come first, then the crest falls, then the foam hisses.
const SHAPES: [(f64, f64, f64); OCTAVES] = [
    (1.2, 0.9, -0.4),
    (1.1, 0.85, -0.3),
    (0.9, 0.8, -0.2),
    (0.7, 0.75, -0.1),
    (0.5, 0.7, 0.0),
    (0.42, 0.7, 0.1),
    (0.36, 0.7, 0.2),
    (0.34, 0.75, 0.25),
    (0.34, 0.8, 0.3),
];

/// The factor that gives waves at a period of nine seconds a mean power of one.
const WAVE_POWER: f64 = 2.0;

/// One wave.
#[derive(Clone, Copy, Debug)]
struct Wave {
    /// The time of its break, in seconds.
    at: f64,
    /// Its relative power.
    power: f64,
    /// The factor by which it is slower than average.
    pace: f64,
    /// Where it breaks, −1 (left) to 1 (right), and how far it moves along the beach.
    place: f64,
    run: f64,
    /// The delay and the relative power of its backwash.
    wash_after: f64,
    wash: f64,
}

impl Wave {
    /// Its power in each channel, with a mean of one.
    fn channel_powers(&self, since: f64) -> [f64; 2] {
        let place = (self.place + 0.5 * self.run * (since / 2.5).tanh()).clamp(-1.0, 1.0);
        // A difference of 7 dB between the channels at the far side.
        let lean = 0.38 * place;
        [1.0 - lean, 1.0 + lean]
    }
}

impl Generator for Sea {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let (start, end) = (first as f64 / hz, (first + left.len() as u64) as f64 / hz);
        let waves = self.waves(start, end);
        let laps = self.laps.between(start, end);
        self.noise.run(first, left, right, &mut |frame| {
            let seconds = frame as f64 / hz;
            self.gains(&waves, laps.powers(seconds), seconds)
        });
        let surge = |seconds| (self.surge.at(seconds) - self.surging).exp();
        laps.splash(first, surge, left, right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{joins_without_a_seam, made, order_does_not_matter, rms_db};

    fn sea(surf: f64) -> Sea {
        Sea::new(SampleRate::DEFAULT, 5, SeaSettings { surf, ..SeaSettings::default() })
    }

    /// The levels of tenths of a second over some grains, in dB.
    fn levels(sea: &Sea) -> Vec<f64> {
        let tenths = |index| made(sea, index)[0].chunks(4_800).map(rms_db).collect::<Vec<_>>();
        (0..8).flat_map(tenths).collect()
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&sea(0.5));
    }

    #[test]
    fn grains_join_as_if_the_sea_had_never_been_cut() {
        joins_without_a_seam(&sea(0.5));
    }

    #[test]
    fn waves_come_irregularly_but_keep_their_period() {
        let sea = sea(0.5);
        let times: Vec<f64> = (0..400).map(|number| sea.wave(number).at).collect();
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let spread = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
        assert!((mean - 9.0).abs() < 0.05 && (2.0..3.2).contains(&spread), "{mean} ± {spread}");
    }

    #[test]
    fn a_hump_is_one_at_its_top_and_falls_by_its_time_constants() {
        for (rise, fall) in [(1.2, 0.9), (1.0, 1.6)] {
            let top = (-200..200).map(|i| pulse(f64::from(i) * 0.01, rise, fall)).fold(0.0, f64::max);
            assert!((top - 1.0).abs() < 1e-3 && (pulse(0.0, rise, fall) - 1.0).abs() < 1e-9);
            let late = pulse(20.0, rise, fall) / pulse(20.0 + fall, rise, fall);
            assert!((late - std::f64::consts::E).abs() < 1e-3, "{late}");
            // At the limits of the time a wave is computed for, it is far below audibility.
            assert!(pulse(-BEFORE + 0.5, rise, fall) < 3e-5 && pulse(AFTER - 6.0, rise, fall) < 3e-5);
        }
    }

    #[test]
    fn the_level_moves_with_small_waves_too() {
        // From one 0.4 s to the next; without small waves it was 1.3 dB.
        let levels = levels(&sea(0.5));
        let means: Vec<f64> = levels.chunks_exact(4).map(|four| four.iter().sum::<f64>() / 4.0).collect();
        let steps: Vec<f64> = means.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).collect();
        let moved = (steps.iter().sum::<f64>() / steps.len() as f64).sqrt();
        assert!(moved > 1.6, "{moved} dB");
    }

    #[test]
    fn breakers_stand_out_more_than_a_calm_sea() {
        let spread = |surf| {
            let mut levels = levels(&sea(surf));
            levels.sort_by(f64::total_cmp);
            levels[levels.len() * 95 / 100] - levels[levels.len() * 5 / 100]
        };
        let (calm, breakers) = (spread(0.0), spread(1.0));
        assert!(calm > 4.0 && breakers > calm + 4.0 && breakers < 28.0, "{calm} {breakers}");
    }
}
