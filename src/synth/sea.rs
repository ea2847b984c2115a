//! The sea on a beach: waves that come up one by one, each of its own size, break somewhere along the shore, run up as
//! hiss and draw back over the sand, before the steady roar of all the breakers farther off.
//!
//! A wave is a score for octaves of noise. Everything about it follows from its number, and it sounds over a fixed time
//! around its break, so no wave knows of another and none is ever cut.

use super::bank::{BANDS, Bank, Gains, amplitudes, normalised};
use super::generator::{Generator, first_frame, stereo};
use super::wander::RandomCurve;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The level of each channel in the long run: RMS in dBFS, within about 2 dB; a minute has crests well above it.
pub const LEVEL: Db = Db(-24.0);

/// The density of a breaking wave by octaves, in dB: a recording of an ocean beach, with less of its edge.
const BREAK_DB: [f64; BANDS] = [-3.0, -2.0, 0.5, 1.5, 0.0, -4.0, -9.5, -17.0, -27.0];
/// That of the foam that runs up the beach: more hiss than body.
const FOAM_DB: [f64; BANDS] = [-22.0, -18.0, -12.0, -6.0, -2.0, 0.0, -2.5, -9.0, -18.0];
/// That of the water that draws back over the sand: no body, all hiss.
const WASH_DB: [f64; BANDS] = [-30.0, -24.0, -17.0, -10.0, -4.0, -1.5, -3.0, -9.0, -18.0];
/// That of the breakers farther off.
const ROAR_DB: [f64; BANDS] = [3.0, 4.0, 3.0, 2.0, -1.0, -7.0, -15.0, -25.0, -37.0];
/// How much the ears have in common in each octave, from the same recording, a little wider in the highs.
const CORRELATION: [f64; BANDS] = [0.6, 0.7, 0.7, 0.65, 0.6, 0.55, 0.45, 0.35, 0.3];
/// How much quieter far-off octaves are: the air takes the highs. In dB at 16 kHz for the farthest sea.
const AIR_DB: f64 = 14.0;

/// Waves are late or early by up to this share of the period.
const UNEVEN: f64 = 0.34;
/// The sizes of waves: within this many dB under the largest, and sets of large and small ones follow each other.
const SIZES_DB: f64 = 7.0;
const SETS_DB: f64 = 5.0;
const WAVES_A_SET: f64 = 4.5;
/// A wave is heard from so many seconds before its break to so many after it.
const BEFORE: f64 = 14.0;
const AFTER: f64 = 26.0;
/// The foam runs up so many seconds after the break, and so much quieter.
const FOAM_AFTER: f64 = 0.8;
const FOAM_DB_UNDER: f64 = -4.0;
/// The water draws back so many seconds after the break, on average, and so much quieter.
const WASH_AFTER: f64 = 3.6;
const WASH_DB_UNDER: f64 = -8.0;
/// How far a wave runs along the beach while it breaks, as a share of the way from ear to ear.
const RUN: f64 = 0.9;
/// The seething of the water, for each ear and octave: seconds between two points, and the most of it in dB.
const SEETHING: [(f64, f64); 3] = [(0.43, 3.5), (0.13, 3.5), (0.045, 4.0)];
/// How the roar wanders, in the same way.
const ROAR_DRIFT: (f64, f64) = (17.0, 2.5);

/// What kind of sea it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeaSettings {
    /// The mean time from one wave to the next, held within 4 to 20 seconds.
    pub period: f64,
    /// 0 is a sea that hardly moves, 1 has breakers with quiet between them. Held within 0 to 1; the level stays.
    pub surf: f64,
    /// 0 is the sea behind the dunes, 1 the edge of the water. Held within 0 to 1.
    pub nearness: f64,
}

impl Default for SeaSettings {
    /// A calm evening, sitting on the sand.
    fn default() -> Self {
        Self { period: 9.0, surf: 0.5, nearness: 0.6 }
    }
}

/// The sea in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Sea {
    rate: SampleRate,
    bank: Bank,
    seed: u64,
    period: f64,
    breaking: [f64; BANDS],
    foam: [f64; BANDS],
    wash: [f64; BANDS],
    roar: [f64; BANDS],
    sets: RandomCurve,
    roar_drift: RandomCurve,
    seething: [[[RandomCurve; SEETHING.len()]; BANDS]; 2],
}

impl Sea {
    /// The sea of a seed.
    pub fn new(rate: SampleRate, seed: u64, shore: SeaSettings) -> Self {
        let (surf, nearness) = (shore.surf.clamp(0.0, 1.0), shore.nearness.clamp(0.0, 1.0));
        let period = shore.period.clamp(4.0, 20.0);
        let air = |density: [f64; BANDS]| -> [f64; BANDS] {
            std::array::from_fn(|band| {
                density[band] + (nearness - 0.6) * AIR_DB * (band as f64 / 8.0).powi(2)
            })
        };
        let level = LEVEL.gain().0;
        // Calm: most of the power is roar. Breakers: most of it is in the waves. A wave sounds for a few seconds.
        let share = 0.45 + 0.5 * surf;
        let wave = level * (share * WAVE_POWER * period / 9.0).sqrt();
        let near = 8.0 * (nearness - 0.6);
        let [foam, wash] = [FOAM_DB_UNDER, WASH_DB_UNDER].map(|under| wave * decibels(under + near));
        let scaled = |density: [f64; BANDS], gain: f64| {
            normalised(amplitudes(air(density))).map(|amplitude| amplitude * gain)
        };
        let seething = |channel: u64, band: u64| {
            std::array::from_fn(|scale| {
                RandomCurve::new(seed_from(&[seed, 3, channel, band, scale as u64]), SEETHING[scale].0)
            })
        };
        Self {
            rate,
            bank: Bank::new(rate, seed_from(&[seed, 0]), CORRELATION),
            seed,
            period,
            breaking: scaled(BREAK_DB, wave),
            foam: scaled(FOAM_DB, foam),
            wash: scaled(WASH_DB, wash),
            roar: scaled(ROAR_DB, level * (1.0 - share).sqrt()),
            sets: RandomCurve::new(seed_from(&[seed, 1]), WAVES_A_SET / 2.0),
            roar_drift: RandomCurve::new(seed_from(&[seed, 2]), ROAR_DRIFT.0),
            seething: std::array::from_fn(|channel| {
                std::array::from_fn(|band| seething(channel as u64, band as u64))
            }),
        }
    }

    /// Fills both channels from frame `first` on.
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let start = first as f64 / hz;
        let waves = self.waves(start, start + left.len() as f64 / hz);
        self.bank.run(first, left, right, &mut |frame| self.gains(&waves, frame as f64 / hz));
    }

    /// The waves that are heard between two times.
    fn waves(&self, from: f64, to: f64) -> Vec<Wave> {
        let first = ((from - AFTER) / self.period).floor() as i64 - 1;
        let last = ((to + BEFORE) / self.period).ceil() as i64 + 1;
        (first..=last).map(|number| self.wave(number)).collect()
    }

    fn wave(&self, number: i64) -> Wave {
        let dice = HashNoise::new(seed_from(&[self.seed, 4, number as u64]));
        let signed = |index| f64::from(dice.at(index));
        let size = -SIZES_DB * dice.fraction(1) + SETS_DB * self.sets.at(number as f64);
        let direction = if signed(4) < 0.0 { -1.0 } else { 1.0 };
        Wave {
            at: (number as f64 + UNEVEN * signed(0)) * self.period,
            power: 10f64.powf((size + SIZES_DB / 2.0) / 10.0),
            // Large waves are slow.
            pace: (0.85 + 0.3 * dice.fraction(2)) * 10f64.powf(size / 60.0),
            place: 0.5 * signed(3),
            run: direction * RUN * (0.4 + 0.6 * dice.fraction(5)),
            wash_after: WASH_AFTER * (0.8 + 0.5 * dice.fraction(6)),
            wash: 0.5 + dice.fraction(7),
        }
    }

    /// The gain of each octave in each ear at a time.
    fn gains(&self, waves: &[Wave], seconds: f64) -> Gains {
        let roar = decibels(ROAR_DRIFT.1 * self.roar_drift.at(seconds)).powi(2);
        let mut powers: Gains = [self.roar.map(|gain| gain * gain * roar); 2];
        for wave in waves {
            let since = (seconds - wave.at) / wave.pace;
            if !(-BEFORE..AFTER).contains(&since) {
                continue;
            }
            let ears = wave.ears(since);
            let foam = swell(since - FOAM_AFTER, 0.5, 1.5);
            let wash = wave.wash * swell(since - wave.wash_after, 1.0, 1.6);
            for band in 0..BANDS {
                let (rise, fall, late) = SHAPES[band];
                let breaking = self.breaking[band].powi(2) * swell(since - late, rise, fall);
                let foaming = self.foam[band].powi(2) * foam;
                let power = wave.power * (breaking + foaming + self.wash[band].powi(2) * wash);
                powers[0][band] += ears[0] * power;
                powers[1][band] += ears[1] * power;
            }
        }
        self.seethe(powers, seconds)
    }

    /// Amplitudes from powers, and the water seething in them.
    fn seethe(&self, powers: Gains, seconds: f64) -> Gains {
        std::array::from_fn(|channel| {
            std::array::from_fn(|band| {
                let lines = self.seething[channel][band].iter().zip(SEETHING);
                let seethed: f64 = lines.map(|(line, (_, most))| most * line.at(seconds)).sum();
                powers[channel][band].sqrt() * decibels(seethed)
            })
        })
    }
}

/// How the power of each octave of a breaking wave rises, falls, and how much later than the lows it comes, in seconds:
/// first the ground is felt, then the crest falls, then the foam hisses.
const SHAPES: [(f64, f64, f64); BANDS] = [
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

/// What brings the mean power of waves every nine seconds to one.
const WAVE_POWER: f64 = 2.0;

/// One wave.
#[derive(Clone, Copy, Debug)]
struct Wave {
    /// When it breaks, in seconds.
    at: f64,
    /// Its power beside others.
    power: f64,
    /// Its slowness beside others.
    pace: f64,
    /// Where it breaks, −1 (left) to 1, and how far it runs along the beach.
    place: f64,
    run: f64,
    /// When it draws back, and how strongly.
    wash_after: f64,
    wash: f64,
}

impl Wave {
    /// Its power in each ear, one on average.
    fn ears(&self, since: f64) -> [f64; 2] {
        let place = (self.place + 0.5 * self.run * (since / 2.5).tanh()).clamp(-1.0, 1.0);
        // 7 dB from ear to ear at the very side.
        let lean = 0.38 * place;
        [1.0 - lean, 1.0 + lean]
    }
}

/// A hump of height 1 that rises and falls exponentially, with these time constants in seconds of power, and has no corner.
fn swell(since: f64, rise: f64, fall: f64) -> f64 {
    // The top of 1/(e^(−t/r) + e^(t/f)) lies where the slopes of both are equal.
    let top = (fall / rise).ln() / (1.0 / rise + 1.0 / fall);
    let height = (-top / rise).exp() + (top / fall).exp();
    let t = since + top;
    height / ((-t / rise).exp() + (t / fall).exp())
}

fn decibels(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

impl Generator for Sea {
    fn grain(&self, index: u64, planes: &mut [Vec<f32>]) {
        let (left, right) = stereo(planes);
        self.run(first_frame(index), left, right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::GRAIN;
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
        let (mut left, mut right) = (vec![0.0; 2 * GRAIN as usize], vec![0.0; 2 * GRAIN as usize]);
        sea(0.5).run(0, &mut left, &mut right);
        joins_without_a_seam(&sea(0.5), &[left, right]);
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
            let top = (-200..200).map(|i| swell(f64::from(i) * 0.01, rise, fall)).fold(0.0, f64::max);
            assert!((top - 1.0).abs() < 1e-3 && (swell(0.0, rise, fall) - 1.0).abs() < 1e-9);
            let late = swell(20.0, rise, fall) / swell(20.0 + fall, rise, fall);
            assert!((late - std::f64::consts::E).abs() < 1e-3, "{late}");
            // Where a wave begins and ends to be reckoned with, it is far below hearing.
            assert!(swell(-BEFORE + 0.5, rise, fall) < 3e-5 && swell(AFTER - 6.0, rise, fall) < 3e-5);
        }
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
