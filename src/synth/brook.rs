//! Running water, from a trickle over stones to a broad river: bubbles that ring at several places, each with its own
//! pitch range, over the noise of the stream.
//!
//! The babbling comes from how bubbles follow each other: at each place they come in bursts, and their pitch wanders.
//! There are so many that most of them are heard as the water itself and only the larger ones by themselves; a single
//! bubble rings, decays and rises as those of van den Doel do (see `bubble`).

use super::bubble::{self, natural_decay};
use super::fluctuation::Fluctuation;
use super::generator::Generator;
use super::pan::StereoPan;
use super::random_curve::{CurveSum, RandomCurve};
use super::scatter::{Slots, between};
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-24.0);

/// The number of places where bubbles rise.
const PLACES: usize = 10;
/// The slots in which bubbles are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;
/// Bubbles per second in a trickle, and how many times more a river has.
const FEWEST: f64 = 90.0;
const MORE: f64 = 12.0;
/// The range of pitches of the places in a trickle, in Hz; and how many octaves lower they are in a river.
const PLACE_PITCHES_HZ: (f64, f64) = (600.0, 3_400.0);
const LOWER_OCTAVES: f64 = 1.3;
/// The limits of a bubble's pitch, in Hz: radii of 18 to 0.4 mm; and the number of kinds.
const PITCHES_HZ: (f64, f64) = (170.0, 8_000.0);
const KINDS: u64 = 320;
/// The most by which the pitch of a bubble rises in its decay time: van den Doel gives about 0.1.
const RISE: f64 = 0.1;
/// How the pitch of a place varies, as octaves at most and seconds between random points; and the deviation of single
/// bubbles from it, in octaves.
const MELODY: (f64, f64) = (0.6, 0.45);
const STRAY_OCTAVES: f64 = 0.6;
/// How the density of bubbles varies: seconds between random points, and the largest deviation as an exponent of e.
const RUNS: [(f64, f64); 2] = [(2.3, 1.6), (0.36, 2.2)];
/// The standard deviation of a bubble's level, in dB.
const SIZES_DB: f64 = 5.0;
/// The most by which a bubble is louder than the median, in dB.
const LARGEST_DB: f64 = 11.0;
/// Some bubbles come with a splash: their share, its energy relative to the bubble, and the ranges of its pitch and
/// decay in Hz and seconds, with the number of kinds.
const SPLASHING: f64 = 0.6;
const SPLASH: f64 = 0.13;
const SPLASH_HZ: (f64, f64) = (2_200.0, 9_000.0);
const SPLASH_DECAY: (f64, f64) = (0.000_6, 0.004);
const SPLASHES: u64 = 96;
/// The levels of the thirds of the noise of the stream by octave, in dB: of a trickle and of a river.
const THIN_DB: [f64; OCTAVES] = [-38.0, -29.0, -19.0, -10.0, -2.0, 2.0, 2.0, 0.0, -4.0];
const BROAD_DB: [f64; OCTAVES] = [-10.0, -5.0, -1.5, 0.0, 1.0, 2.0, 1.0, -2.0, -8.0];
/// The correlation of left and right in each octave.
const CORRELATION: [f64; OCTAVES] = [0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.2, 0.2];
/// How the background noise varies in each channel and octave: seconds between random points, and the largest
/// deviation in dB.
const SHIMMER: [(f64, f64); 3] = [(3.1, 1.5), (0.37, 3.0), (0.07, 3.5)];

/// The kind of water. Both values are clamped to 0 to 1; neither changes the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrookSettings {
    /// 0 is a trickle, 0.4 a brook, 1 a broad river.
    pub flow: f64,
    /// How prominent single bubbles are.
    pub nearness: f64,
}

impl Default for BrookSettings {
    /// A brook close by.
    fn default() -> Self {
        Self { flow: 0.4, nearness: 0.6 }
    }
}

/// Running water in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Brook {
    rate: SampleRate,
    noise: ShapedNoise,
    stream: [f64; THIRDS],
    shimmer: Fluctuation<{ SHIMMER.len() }>,
    bubbles: Shots,
    splashes: Shots,
    places: [BubblePlace; PLACES],
}

/// A place where bubbles rise.
#[derive(Clone, Copy, Debug)]
struct BubblePlace {
    seed: u64,
    /// Panning from −1 (left) to 1 (right).
    side: f64,
    /// The median pitch, in Hz.
    hz: f64,
    /// The mean number of bubbles per slot, before the variation of density.
    mean: f64,
    /// The energy of a bubble of median level in both channels, as a sum of squares.
    energy: f64,
    melody: RandomCurve,
    runs: CurveSum<{ RUNS.len() }>,
}

impl Brook {
    pub fn new(rate: SampleRate, seed: u64, stream: BrookSettings) -> Self {
        let (flow, nearness) = (stream.flow.clamp(0.0, 1.0), stream.nearness.clamp(0.0, 1.0));
        let power = LEVEL.gain().0.powi(2);
        // A trickle is almost only bubbles; in a river they have about half of the power.
        let bubbles = Db(9.0 - 9.0 * flow + 12.0 * (nearness - 0.6)).power();
        let share = bubbles / (1.0 + bubbles);
        let stream = (power * (1.0 - share)).sqrt();
        let levels =
            std::array::from_fn(|band| THIN_DB[band] + flow.sqrt() * (BROAD_DB[band] - THIN_DB[band]));
        Self {
            rate,
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            stream: amplitudes(between_octaves(levels)).map(|gain| gain * stream),
            shimmer: Fluctuation::new(&SHIMMER, |[channel, band, scale]| {
                seed_from(&[seed, 1, channel, band, scale])
            }),
            bubbles: Shots::new(seed_from(&[seed, 3]), KINDS, |place, random| {
                let hz = pitch(place).min(0.4 * rate.as_f64());
                let decay = natural_decay(hz) * (0.8 + 0.5 * random.fraction(0));
                bubble::sound(hz, decay, RISE * random.fraction(1), rate.as_f64())
            }),
            splashes: Shots::new(seed_from(&[seed, 4]), SPLASHES, |place, random| {
                let decay = between(SPLASH_DECAY, random.fraction(1_000_000));
                patter(random, between(SPLASH_HZ, place), 0.7, decay, rate.as_f64())
            }),
            places: std::array::from_fn(|number| {
                let power = power * share * rate.as_f64();
                BubblePlace::new(seed_from(&[seed, 2, number as u64]), number, flow, power)
            }),
        }
    }

    /// The gain of each third of the noise in each channel at a time.
    fn gains(&self, seconds: f64) -> Gains {
        std::array::from_fn(|channel| {
            let deviation = self.shimmer.gains(channel, seconds);
            std::array::from_fn(|third| (self.stream[third] * deviation[third]) as f32)
        })
    }

    /// Adds every bubble of a place that can be heard in the window.
    fn babble(&self, place: &BubblePlace, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let slots = Slots {
            seed: [place.seed, 1],
            frames: u64::from(self.rate.hz() / SLOTS_PER_SECOND),
            longest: self.bubbles.longest().max(self.splashes.longest()),
        };
        let mean = |slot: u64| place.mean * place.density_at(slot as f64 / hz);
        slots.each(first, left.len() as u64, mean, |start, random| {
            let (kind, pan) = place.bubble(start as f64 / hz, random);
            self.bubbles.add(kind, &pan, start, first, left, right);
            if random.fraction(6) < SPLASHING {
                let pan = pan.louder(SPLASH.sqrt());
                self.splashes.add(random.fraction(7), &pan, start, first, left, right);
            }
        });
    }
}

impl BubblePlace {
    fn new(seed: u64, number: usize, flow: f64, power: f64) -> Self {
        let random = HashNoise::new(seed);
        let per_second = FEWEST * MORE.powf(flow) / PLACES as f64 * (0.5 + random.fraction(0));
        let (low, high) = PLACE_PITCHES_HZ;
        let octaves = (high / low).log2() * (number as f64 + 0.8 * random.fraction(1)) / PLACES as f64;
        // Places are spread from left to right, with adjacent pitches far apart.
        let side = (number * 7 % PLACES) as f64 / (PLACES - 1) as f64 * 2.0 - 1.0;
        let seed_of = |number: u64| seed_from(&[seed, 2, number]);
        let runs = CurveSum::new(&RUNS, |scale| seed_of(1 + scale));
        let sizes = (SIZES_DB / 10.0 * std::f64::consts::LN_10).powi(2) / 2.0;
        Self {
            seed,
            side: 0.85 * side,
            hz: low * 2f64.powf(octaves - LOWER_OCTAVES * flow),
            mean: per_second / f64::from(SLOTS_PER_SECOND) / runs.mean_exp(),
            // Half of it is in each channel.
            energy: 2.0 * power / (FEWEST * MORE.powf(flow)) / sizes.exp() / (1.0 + SPLASHING * SPLASH),
            melody: RandomCurve::new(seed_of(0), MELODY.1),
            runs,
        }
    }

    /// The relative density of bubbles at a time.
    fn density_at(&self, seconds: f64) -> f64 {
        self.runs.at(seconds).exp()
    }

    /// The kind of a bubble, from 0 (the lowest) to 1, and where it is and how loud.
    fn bubble(&self, seconds: f64, random: HashNoise) -> (f64, StereoPan) {
        let octaves = MELODY.0 * self.melody.at(seconds) + STRAY_OCTAVES * f64::from(random.gaussian(1));
        let hz = (self.hz * 2f64.powf(octaves)).clamp(PITCHES_HZ.0, PITCHES_HZ.1);
        let size = (SIZES_DB * f64::from(random.gaussian(3))).min(LARGEST_DB);
        // Higher bubbles are smaller: their amplitude falls as the radius to 3/2, and they decay faster.
        let weight = (self.hz / hz).powf(1.5) * (natural_decay(hz) / natural_decay(self.hz)).sqrt();
        let amplitude = Db(size).gain().0 * weight.clamp(0.3, 2.0) * self.energy.sqrt();
        let side = (self.side + 0.1 * f64::from(random.at(4))).clamp(-1.0, 1.0);
        (place_of(hz), StereoPan::panned(side, amplitude))
    }
}

/// The pitch of a kind of bubble in Hz, from 0 (the lowest) to 1 (the highest), and the kind with a pitch.
fn pitch(place: f64) -> f64 {
    PITCHES_HZ.0 * (PITCHES_HZ.1 / PITCHES_HZ.0).powf(place)
}

fn place_of(hz: f64) -> f64 {
    (hz / PITCHES_HZ.0).log2() / (PITCHES_HZ.1 / PITCHES_HZ.0).log2()
}

impl Generator for Brook {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        self.noise.run(first, left, right, &mut |frame| self.gains(frame as f64 / hz));
        for place in &self.places {
            self.babble(place, first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{density_db, joins_without_a_seam, made, order_does_not_matter};

    fn brook(flow: f64, nearness: f64) -> Brook {
        Brook::new(SampleRate::DEFAULT, 5, BrookSettings { flow, nearness })
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&brook(0.4, 0.6));
    }

    #[test]
    fn grains_join_as_if_the_water_had_never_been_cut() {
        joins_without_a_seam(&brook(0.4, 1.0));
    }

    #[test]
    fn a_river_is_deeper_than_a_trickle() {
        let depth = |flow| {
            let plane = made(&brook(flow, 0.6), 0).swap_remove(0);
            density_db(&plane, 48_000.0, 125.0) - density_db(&plane, 48_000.0, 1_500.0)
        };
        let [trickle, brook, river] = [0.0, 0.4, 1.0].map(depth);
        assert!(trickle < brook - 4.0 && brook < river - 4.0, "{trickle} {brook} {river}");
    }

    #[test]
    fn bubbles_stand_out_of_a_trickle_and_not_of_a_river() {
        // The fourth moment over the squared second: 3 for plain noise.
        let kurtosis = |flow, nearness| {
            let plane = made(&brook(flow, nearness), 1).swap_remove(0);
            let moment =
                |power| plane.iter().map(|&s| f64::from(s).powi(power)).sum::<f64>() / plane.len() as f64;
            moment(4) / moment(2).powi(2)
        };
        assert!(kurtosis(0.0, 0.6) > 6.0, "{}", kurtosis(0.0, 0.6));
        assert!(kurtosis(1.0, 0.0) < 3.6, "{}", kurtosis(1.0, 0.0));
    }

    #[test]
    fn bubbles_come_as_often_as_they_should() {
        let place = &brook(0.4, 0.6).places[3];
        let mean = (0..40_000).map(|i| place.density_at(f64::from(i) * 0.05)).sum::<f64>() / 40_000.0;
        let mean_density: f64 = RUNS.iter().map(|(_, most)| (most * most * 0.08).exp()).product();
        assert!((mean / mean_density - 1.0).abs() < 0.15, "{mean} {mean_density}");
    }
}
