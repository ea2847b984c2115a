//! Thunder far off: now and then a long roll below the horizon, over the wind before the rain.
//!
//! A roll is a row of claps from the parts of the lightning's path that are farther and farther away, each slower and
//! deeper than the one before. Its power is largest between 50 and 100 Hz (Few, "Power spectrum of thunder", Journal
//! of Geophysical Research 74, 1969) and the air takes the highs. A roll comes up over seconds, so that none startles.

use super::generator::Generator;
use super::pulse::pulse;
use super::random_curve::CurveSum;
use super::scatter::between;
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 3 dB; rolls are louder.
pub const LEVEL: Db = Db(-30.0);

/// The levels of the thirds of thunder by octave in dB, a few kilometres off and beyond the horizon.
const NEAR_DB: [f64; OCTAVES] = [0.0, 0.0, -4.0, -9.0, -15.0, -22.0, -31.0, -44.0, -60.0];
const FAR_DB: [f64; OCTAVES] = [0.0, -4.0, -13.0, -24.0, -37.0, -52.0, -70.0, -80.0, -90.0];
/// Those of the wind between two rolls, and its share of the power.
const WIND_DB: [f64; OCTAVES] = [-2.0, 0.0, 0.0, -4.0, -10.0, -16.0, -23.0, -31.0, -40.0];
const WIND: f64 = 0.22;
/// How the wind varies: seconds between random points, and the largest deviation in dB.
const GUSTS: [(f64, f64); 2] = [(9.0, 3.0), (2.7, 2.0)];
/// The correlation of left and right in each octave.
const CORRELATION: [f64; OCTAVES] = [0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3];
/// The largest deviation of a roll in time, as a share of the time between two; and the range of sizes in dB.
const UNEVEN: f64 = 0.35;
const SIZES_DB: f64 = 8.0;
/// The claps of a roll: their number, the seconds over which they come, by how many dB the last is softer than the
/// first, and the seconds in which the power of one comes and goes by a factor of e, of the first and of the last.
const CLAPS: u64 = 9;
const ROLLING: (f64, f64) = (5.0, 11.0);
const FADING_DB: f64 = 9.0;
const RISES: (f64, f64) = (0.45, 0.9);
const FALLS: (f64, f64) = (0.7, 2.0);
/// How long before and after its beginning a roll is heard, in seconds.
const BEFORE: f64 = 12.0;
const AFTER: f64 = 40.0;
/// The rumbling within a roll: seconds between random points, and the largest deviation in dB.
const RUMBLE: [(f64, f64); 2] = [(0.47, 4.0), (0.16, 3.0)];

/// The kind of weather.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThunderSettings {
    /// The mean time between two rolls, clamped to 15 to 300 seconds.
    pub every: f64,
    /// 0 is a few kilometres off, 1 beyond the horizon. Clamped to 0 to 1; does not change the level.
    pub distance: f64,
}

/// Thunder in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Thunder {
    rate: SampleRate,
    seed: u64,
    noise: ShapedNoise,
    every: f64,
    /// The powers of the thirds of the claps of an average roll, and of the wind.
    claps: [f64; THIRDS],
    wind: [f64; THIRDS],
    gusts: CurveSum<{ GUSTS.len() }>,
    rumble: [CurveSum<{ RUMBLE.len() }>; 2],
}

/// One clap of a roll.
#[derive(Clone, Copy, Debug)]
struct Clap {
    at: f64,
    power: f64,
    rise: f64,
    fall: f64,
    /// Its power in each channel, with a mean of one.
    channels: [f64; 2],
}

impl Thunder {
    pub fn new(rate: SampleRate, seed: u64, weather: ThunderSettings) -> Self {
        let (every, distance) = (weather.every.clamp(15.0, 300.0), weather.distance.clamp(0.0, 1.0));
        let power = LEVEL.gain().0.powi(2);
        let levels = std::array::from_fn(|band| NEAR_DB[band] + distance * (FAR_DB[band] - NEAR_DB[band]));
        let scaled = |octaves: [f64; OCTAVES], share: f64| {
            amplitudes(between_octaves(octaves)).map(|gain| gain * gain * power * share)
        };
        Self {
            rate,
            seed,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            every,
            claps: scaled(levels, (1.0 - WIND) * every / CLAP_SECONDS),
            wind: scaled(WIND_DB, WIND),
            gusts: CurveSum::new(&GUSTS, |scale| seed_from(&[seed, 1, 0, scale])),
            rumble: [0, 1]
                .map(|channel| CurveSum::new(&RUMBLE, |scale| seed_from(&[seed, 2, channel, scale]))),
        }
    }

    /// The claps of the rolls that can be heard between two times.
    fn claps(&self, from: f64, to: f64) -> Vec<Clap> {
        let first = ((from - AFTER) / self.every).floor() as i64 - 1;
        let last = ((to + BEFORE) / self.every).ceil() as i64 + 1;
        (first..=last).flat_map(|number| self.roll(number)).collect()
    }

    fn roll(&self, number: i64) -> impl Iterator<Item = Clap> {
        let random = HashNoise::new(seed_from(&[self.seed, 3, number as u64]));
        let begins = (number as f64 + 0.5 + UNEVEN * f64::from(random.at(0))) * self.every;
        let size = SIZES_DB * (random.fraction(1) - 0.5);
        let lasts = between(ROLLING, random.fraction(2));
        let place = 0.5 * f64::from(random.at(3));
        (0..CLAPS).map(move |clap| {
            let along = (clap as f64 + random.fraction(10 + 4 * clap)) / CLAPS as f64;
            let softer = FADING_DB * along + 6.0 * random.fraction(11 + 4 * clap);
            let lean = (place + 0.35 * f64::from(random.at(12 + 4 * clap))).clamp(-0.7, 0.7);
            Clap {
                at: begins + lasts * along,
                power: Db(size - softer).power(),
                rise: between(RISES, along),
                fall: between(FALLS, along) * (0.7 + 0.6 * random.fraction(13 + 4 * clap)),
                channels: [1.0 - lean, 1.0 + lean],
            }
        })
    }

    /// The gain of each third in each channel at a time.
    fn gains(&self, claps: &[Clap], seconds: f64) -> Gains {
        let mut rolling = [0.0; 2];
        for clap in claps {
            let since = seconds - clap.at;
            if (-BEFORE..AFTER - ROLLING.1).contains(&since) {
                let power = clap.power * pulse(since, clap.rise, clap.fall);
                rolling.iter_mut().zip(clap.channels).for_each(|(sum, channel)| *sum += channel * power);
            }
        }
        let gust = Db(self.gusts.at(seconds)).power();
        std::array::from_fn(|channel| {
            let thunder = rolling[channel] * Db(self.rumble[channel].at(seconds)).power();
            std::array::from_fn(|third| (self.claps[third] * thunder + self.wind[third] * gust).sqrt() as f32)
        })
    }
}

/// The energy of the claps of an average roll, as seconds of the power of a clap at its height.
const CLAP_SECONDS: f64 = 6.0;

impl Generator for Thunder {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let (start, end) = (first as f64 / hz, (first + left.len() as u64) as f64 / hz);
        let claps = self.claps(start, end);
        self.noise.run(first, left, right, &mut |frame| self.gains(&claps, frame as f64 / hz));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{joins_without_a_seam, made, order_does_not_matter, rms_db};

    fn thunder(every: f64) -> Thunder {
        Thunder::new(SampleRate::DEFAULT, 5, ThunderSettings { every, distance: 0.5 })
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_no_roll_had_ever_been_cut() {
        order_does_not_matter(&thunder(15.0));
        joins_without_a_seam(&thunder(15.0));
    }

    #[test]
    fn rolls_stand_out_of_the_wind_and_come_up_slowly() {
        let thunder = thunder(40.0);
        let plane: Vec<f32> = (0..30).flat_map(|index| made(&thunder, index).swap_remove(0)).collect();
        assert!((rms_db(&plane) - LEVEL.0).abs() < 3.0, "{}", rms_db(&plane));
        let levels: Vec<f64> = plane.chunks(19_200).map(rms_db).collect();
        let mut sorted = levels.clone();
        sorted.sort_by(f64::total_cmp);
        let (quiet, loud) = (sorted[sorted.len() / 5], sorted[sorted.len() * 97 / 100]);
        assert!(loud > quiet + 8.0, "{quiet} {loud}");
        let rise = levels.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(rise < 10.0, "{rise} dB in 0.4 s");
    }
}
