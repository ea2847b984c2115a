//! Wind: gusts over several seconds, the low noise of the air itself, and, if there are trees, leaves that rustle more
//! and brighter the harder it blows.
//!
//! A gust is a slow random curve on three time scales; each octave of noise follows it by as much as in the open,
//! high frequencies most. Leaves are fast fluctuations of the high octaves.

use super::generator::Generator;
use super::random_curve::{CurveSum, RandomCurve};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::seed as seed_from;
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-24.0);

/// The levels of the thirds of the air in dB: from a recording of wind in the open (docs/beds.md), with a little less
/// of the rumble of its microphone.
const AIR_DB: [f64; THIRDS] = [
    -14.0, -8.3, -8.2, -9.6, -11.6, -12.0, -8.4, -9.6, -13.3, -19.4, -22.1, -21.7, -25.3, -27.4, -29.3,
    -31.4, -33.1, -33.9, -34.8, -37.5, -40.6, -44.5, -44.4, -49.1, -50.6, -55.0, -62.0,
];
/// Those of leaves, by octave: a broad maximum around 4 kHz.
const LEAVES_DB: [f64; OCTAVES] = [-48.0, -37.0, -22.0, -11.0, -4.0, 0.0, 1.0, -2.0, -8.0];
/// The correlation of left and right in each octave.
const CORRELATION: [f64; OCTAVES] = [0.8, 0.75, 0.65, 0.5, 0.4, 0.3, 0.25, 0.2, 0.2];
/// The curve of gusts: seconds between random points, and the weight of each time scale; the largest sum is about 1.
const GUSTS: [(f64, f64); 3] = [(11.0, 0.7), (4.1, 0.5), (0.6, 0.3)];
/// How much each octave rises in the strongest gust, in dB.
const FOLLOWS_DB: [f64; OCTAVES] = [6.0, 7.0, 8.5, 10.0, 11.5, 13.0, 14.0, 15.0, 16.0];
/// A gust reaches one channel earlier than the other, as it comes from one side: seconds between random points, and
/// the largest delay in seconds.
const CROSSING: (f64, f64) = (13.0, 0.5);
/// The fluctuation of the air and of leaves in each channel and octave: seconds between random points, and the
/// largest deviation in dB.
const AIR_FLUTTER: [(f64, f64); 2] = [(0.31, 3.0), (0.08, 3.5)];
const LEAF_FLUTTER: [(f64, f64); 2] = [(0.12, 4.0), (0.03, 6.0)];

/// The kind of wind. Both values are clamped to 0 to 1; neither changes the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindSettings {
    /// 0 is a steady breeze, 1 blows in strong gusts.
    pub gusts: f64,
    /// 0 is the open field, 1 a forest of poplars.
    pub leaves: f64,
}

impl Default for WindSettings {
    /// A moderate wind in the open.
    fn default() -> Self {
        Self { gusts: 0.5, leaves: 0.0 }
    }
}

/// Wind in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Wind {
    rate: SampleRate,
    noise: ShapedNoise,
    gusts: CurveSum<{ GUSTS.len() }>,
    depth: f64,
    crossing: RandomCurve,
    air: [f64; THIRDS],
    leaves: [f64; THIRDS],
    flutter: [[Flutter; OCTAVES]; 2],
}

#[derive(Clone, Copy, Debug)]
struct Flutter {
    air: CurveSum<{ AIR_FLUTTER.len() }>,
    leaves: CurveSum<{ LEAF_FLUTTER.len() }>,
}

impl Wind {
    pub fn new(rate: SampleRate, seed: u64, weather: WindSettings) -> Self {
        let (gusts, leaves) = (weather.gusts.clamp(0.0, 1.0), weather.leaves.clamp(0.0, 1.0));
        // At 0.5, leaves have a fifth of the power. Strong gusts raise the mean power, which is compensated.
        let share = 0.6 * leaves.powf(1.6);
        let level = LEVEL.gain().0 * Db(-3.0 * gusts * gusts).gain().0;
        let scaled =
            |levels: [f64; THIRDS], share: f64| amplitudes(levels).map(|gain| gain * level * share.sqrt());
        Self {
            rate,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            gusts: CurveSum::new(&GUSTS, |scale| seed_from(&[seed, 1, scale])),
            depth: 0.15 + 1.1 * gusts,
            crossing: RandomCurve::new(seed_from(&[seed, 2]), CROSSING.0),
            air: scaled(AIR_DB, 1.0 - share),
            leaves: scaled(between_octaves(LEAVES_DB), share),
            flutter: std::array::from_fn(|channel| {
                std::array::from_fn(|band| {
                    let seed = |kind, scale| seed_from(&[seed, kind, channel as u64, band as u64, scale]);
                    Flutter {
                        air: CurveSum::new(&AIR_FLUTTER, |scale| seed(3, scale)),
                        leaves: CurveSum::new(&LEAF_FLUTTER, |scale| seed(4, scale)),
                    }
                })
            }),
        }
    }

    /// The strength of the wind at a time, about −1 to 1.
    fn gust(&self, seconds: f64) -> f64 {
        self.gusts.at(seconds)
    }

    /// The gain of each third in each channel at a time.
    fn gains(&self, seconds: f64) -> Gains {
        let lead = CROSSING.1 * self.crossing.at(seconds);
        std::array::from_fn(|channel| {
            let early = if channel == 0 { lead } else { -lead };
            let gust = self.depth * self.gust(seconds + early);
            let flutter = &self.flutter[channel];
            let air = between_octaves(std::array::from_fn(|band| {
                FOLLOWS_DB[band] * gust + flutter[band].air.at(seconds)
            }));
            if self.leaves[0] == 0.0 {
                return std::array::from_fn(|third| (self.air[third] * Db(air[third]).gain().0) as f32);
            }
            // Leaves respond more to a gust than the air does.
            let leaves = between_octaves(std::array::from_fn(|band| {
                1.25 * FOLLOWS_DB[band] * gust + flutter[band].leaves.at(seconds)
            }));
            std::array::from_fn(|third| {
                let air = self.air[third] * Db(air[third]).gain().0;
                air.hypot(self.leaves[third] * Db(leaves[third]).gain().0) as f32
            })
        })
    }
}

impl Generator for Wind {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        self.noise.run(first, left, right, &mut |frame| self.gains(frame as f64 / hz));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{density_db, joins_without_a_seam, made, order_does_not_matter};

    fn wind(gusts: f64, leaves: f64) -> Wind {
        Wind::new(SampleRate::DEFAULT, 5, WindSettings { gusts, leaves })
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&wind(0.5, 0.5));
    }

    #[test]
    fn grains_join_as_if_the_wind_had_never_been_cut() {
        joins_without_a_seam(&wind(0.5, 0.5));
    }

    #[test]
    fn leaves_are_heard_in_the_highs() {
        let brightness = |leaves| {
            let plane = made(&wind(0.3, leaves), 0).swap_remove(0);
            density_db(&plane, 48_000.0, 4_000.0) - density_db(&plane, 48_000.0, 250.0)
        };
        let (bare, wood) = (brightness(0.0), brightness(1.0));
        assert!(bare < -18.0 && wood > bare + 8.0, "{bare} {wood}");
    }

    #[test]
    fn gusts_are_slow_and_as_deep_as_they_are_told() {
        for (gusts, least, most) in [(0.0, 0.03, 0.12), (1.0, 0.3, 0.75)] {
            let wind = wind(gusts, 0.5);
            let values: Vec<f64> = (0..20_000).map(|i| wind.depth * wind.gust(f64::from(i) * 0.1)).collect();
            let rms = (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
            assert!((least..most).contains(&rms), "{rms}");
            // In 0.4 s it never grows by more than 12 dB, even in the highest octave.
            let rise = values.windows(5).map(|five| five[4] - five[0]).fold(0.0, f64::max);
            assert!(rise * FOLLOWS_DB[8] * 1.25 < 12.0, "{rise}");
        }
    }
}
