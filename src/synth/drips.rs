//! Drops that fall into still water in a cave, and their echoes.
//!
//! At each of a few places drops fall almost regularly, as they do from a rock, and never in step with other places.
//! A drop is the splash of its impact and, a little later, the ring of one to three bubbles (see `bubble`) and the patter of the
//! droplets that it threw up, followed by echoes that grow denser, duller and fainter. No two drops throw up the same droplets, so
//! that none is like another one of its place.

use std::f64::consts::TAU;

use super::bubble;
use super::generator::Generator;
use super::pan::StereoPan;
use super::shot::{self, patter};
use super::spectrum::{OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 3 dB; single drops are much louder.
pub const LEVEL: Db = Db(-32.0);

/// The number of places where drops fall.
const PLACES: usize = 7;
/// The ratio of the longest to the shortest period of a place.
const SLOWEST: f64 = 2.7;
/// The largest deviation of a drop in time, as a share of the period.
const UNEVEN: f64 = 0.22;
/// Drops this close together are heard as one, in seconds.
const TOGETHER: f64 = 0.35;
/// The range of pitches of the places in Hz, and the largest deviation of a single drop in octaves: bubbles with radii
/// of 1.2 to 4.3 mm.
const PLACE_PITCHES_HZ: (f64, f64) = (700.0, 2_500.0);
const STRAY_OCTAVES: f64 = 0.3;
/// The decay of a bubble relative to its natural one. Longer ones sound like bars struck with a mallet.
const DECAYS: (f64, f64) = (0.9, 1.4);
/// The relative rise of the pitch per decay time: the least, and the range above it. Van den Doel gives about 0.1.
const RISES: (f64, f64) = (0.06, 0.14);
/// The range of levels of single drops, in dB.
const SIZES_DB: f64 = 0.8;
/// The splash of the impact: its level relative to the bubble in dB, its pitch in Hz and its decay in seconds.
const SPLASH_DB: f64 = -11.0;
const SPLASH_HZ: f64 = 3_800.0;
const SPLASH_SECONDS: f64 = 0.008;
/// The deviation of both, in octaves.
const SPLASH_OCTAVES: f64 = 0.5;
/// The droplets of the largest splash and of the smallest.
const DROPLETS: (f64, f64) = (20.0, 36.0);
/// When they fall after the impact, at the earliest, and on average later than that; none falls later than the third.
const DROPLET_SECONDS: (f64, f64, f64) = (0.004, 0.09, 0.24);
/// Their pitches in Hz, their decay in seconds, and the loudest and the softest of them relative to the bubble, in dB.
const DROPLET_HZ: (f64, f64) = (2_500.0, 11_500.0);
const DROPLET_DECAY: f64 = 0.003_5;
const DROPLET_DB: (f64, f64) = (-13.0, -21.0);
/// The most time from the impact to the last bubble, in seconds.
const UNDER: f64 = 0.09;
/// The number of echoes, the seconds over which they are spread, and their decay by 60 dB in seconds.
const ECHOES: u64 = 36;
const ECHO_SECONDS: f64 = 2.0;
const ECHO_DECAY: f64 = 2.6;
/// The walls take the highs: the corner of an echo in Hz, early and late.
const ECHO_HZ: (f64, f64) = (3_500.0, 1_300.0);
/// The thirds of the air of the cave, by octave in dB: equal.
const AIR_DB: [f64; OCTAVES] = [0.0; OCTAVES];
/// How far the background noise of the cave is below the drops; it avoids complete silence.
const AIR_UNDER: Db = Db(28.0);

/// The kind of cave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DripSettings {
    /// Drops per second from all places together, clamped to 0.5 to 8.
    pub rate: f64,
    /// 0 is outdoors, without echoes, 1 a large cave. Clamped to 0 to 1.
    pub space: f64,
}

impl Default for DripSettings {
    /// An occasional drop in a quiet room of stone.
    fn default() -> Self {
        Self { rate: 1.5, space: 0.5 }
    }
}

/// Drops in stereo.
#[derive(Clone, Debug)]
pub struct Drips {
    rate: SampleRate,
    air: ShapedNoise,
    air_gains: [f32; THIRDS],
    space: f64,
    places: [DripPlace; PLACES],
}

/// A place where drops fall.
#[derive(Clone, Copy, Debug)]
struct DripPlace {
    seed: u64,
    /// The seconds between two drops, and the time of the first one.
    period: f64,
    start: f64,
    side: f64,
    hz: f64,
    /// The energy of its largest drops, as a sum of squares.
    energy: f64,
}

impl Drips {
    pub fn new(rate: SampleRate, seed: u64, cave: DripSettings) -> Self {
        let (per_second, space) = (cave.rate.clamp(0.5, 8.0), cave.space.clamp(0.0, 1.0));
        let places = std::array::from_fn(|number| {
            DripPlace::new(seed_from(&[seed, 1, number as u64]), number, per_second, rate.as_f64())
        });
        let air = ShapedNoise::new(rate, seed_from(&[seed, 0]), [0.5; OCTAVES]);
        let level = (LEVEL - AIR_UNDER).gain().0;
        let air_gains = amplitudes(between_octaves(AIR_DB)).map(|gain| (gain * level) as f32);
        Self { rate, air, air_gains, space, places }
    }

    /// How many drops of other places fall at about the same time. They share the energy of one drop, so that
    /// coincidences do not startle.
    fn crowd(&self, place: &DripPlace, seconds: f64) -> f64 {
        let others = self.places.iter().filter(|other| other.seed != place.seed);
        let near = others.flat_map(|other| {
            let middle = ((seconds - other.start) / other.period).round();
            (-1..=1).map(move |step| middle + f64::from(step)).filter(|number| *number >= 0.0).map(|number| {
                let apart = (other.time(number as u64) - seconds) / TOGETHER;
                (-apart * apart).exp()
            })
        });
        near.sum()
    }

    /// Adds the part of one drop that lies in the window.
    fn drop(&self, place: &DripPlace, number: u64, first: u64, left: &mut [f32], right: &mut [f32]) {
        let random = HashNoise::new(seed_from(&[place.seed, number]));
        let rate = self.rate.as_f64();
        let seconds = place.time(number);
        let sound = splash(place.hz, random, rate);
        let energy: f64 = sound.iter().map(|x| x * x).sum();
        // All drops have about the same energy, as the ear is more sensitive to high ones.
        let size = Db(-SIZES_DB * random.fraction(2)).gain().0;
        let amplitude = size * (place.energy / energy / (1.0 + self.crowd(place, seconds))).sqrt();
        let mut ring = |sound: &[f32], after: f64, side: f64, amplitude: f64| {
            let start = ((seconds + after).max(0.0) * rate) as u64;
            shot::add(sound, &StereoPan::panned(side, amplitude), start, first, left, right);
        };
        ring(&narrow(&sound), 0.0, place.side, amplitude);
        if self.space == 0.0 {
            return;
        }
        // An early and a late reflection; each echo is between them.
        let [early, late] = [ECHO_HZ.0, ECHO_HZ.1].map(|hz| narrow(&duller(&sound, hz, rate)));
        for echo in 0..ECHOES {
            // Later echoes are closer together, as sound is reflected repeatedly.
            let fraction = |number: u64| random.fraction(30 + 3 * echo + number);
            let share = (echo as f64 + fraction(0)) / ECHOES as f64;
            let after = ECHO_SECONDS * share.powf(1.4) + 0.025;
            let lost = 10f64.powf(-3.0 * after / ECHO_DECAY);
            let gain = self.space.sqrt() * ECHO_GAIN * lost * (0.5 + fraction(1));
            let side = 2.0 * fraction(2) - 1.0;
            ring(&early, after, side, amplitude * gain * (1.0 - share));
            ring(&late, after, side, amplitude * gain * share);
        }
    }
}

/// The amplitude of an echo in the largest cave relative to its drop, before any decay.
const ECHO_GAIN: f64 = 0.55;
/// The length of a drop without its echoes at most, in seconds.
const LONGEST: f64 = 0.3;

/// The samples of a drop at a place with this pitch: its impact and its bubbles.
fn splash(hz: f64, random: HashNoise, rate: f64) -> Vec<f64> {
    let hz = hz * 2f64.powf(STRAY_OCTAVES * f64::from(random.at(1)));
    let decay = bubble::natural_decay(hz) * (DECAYS.0 + (DECAYS.1 - DECAYS.0) * random.fraction(3));
    let rise = RISES.0 + RISES.1 * random.fraction(4);
    let stray = |number: u64| 2f64.powf(SPLASH_OCTAVES * f64::from(random.at(number)));
    let mut sound = as_loud(
        patter(HashNoise::new(random.bits(5)), SPLASH_HZ * stray(13), 0.7, SPLASH_SECONDS * stray(14), rate),
        SPLASH_DB,
    );
    for droplet in droplets(random, rate) {
        let (start, droplet) = droplet;
        sound.resize(sound.len().max(start + droplet.len()), 0.0);
        sound[start..].iter_mut().zip(droplet).for_each(|(out, x)| *out += x);
    }
    let mut add = |after: f64, hz: f64, decay: f64, amplitude: f64| {
        let bubble = bubble::sound(hz.min(0.4 * rate), decay, rise, rate);
        let start = (after * rate) as usize;
        sound.resize(sound.len().max(start + bubble.len()), 0.0);
        sound[start..].iter_mut().zip(bubble).for_each(|(out, x)| *out += amplitude * x);
    };
    let under = 0.012 + 0.012 * random.fraction(6);
    add(under, hz, decay, 1.0);
    // Often a second and a third, smaller bubble follow.
    for (number, chance) in [(0, 0.6), (3, 0.35)] {
        if random.fraction(7 + number) < chance {
            let ratio = 1.2 + 1.1 * random.fraction(8 + number);
            let after = under + 0.008 + 0.05 * random.fraction(9 + number);
            add(after, ratio * hz, decay * ratio.powf(-1.4), ratio.powf(-1.5));
        }
    }
    sound
}

/// The droplets of a splash: the frame at which each falls, and its sound.
fn droplets(random: HashNoise, rate: f64) -> impl Iterator<Item = (usize, Vec<f64>)> {
    let count = (DROPLETS.0 + (DROPLETS.1 - DROPLETS.0) * random.fraction(15)) as u64;
    (0..count).filter_map(move |number| {
        let own = HashNoise::new(random.bits(200 + number));
        let (first, later, last) = DROPLET_SECONDS;
        let after = first - later * (1.0 - own.fraction(0)).ln();
        let hz = DROPLET_HZ.0 * (DROPLET_HZ.1 / DROPLET_HZ.0).powf(own.fraction(1));
        let level = DROPLET_DB.0 + (DROPLET_DB.1 - DROPLET_DB.0) * own.fraction(2);
        let sound = || as_loud(patter(HashNoise::new(own.bits(3)), hz, 1.5, DROPLET_DECAY, rate), level);
        (after < last).then(|| ((after * rate) as usize, sound()))
    })
}

/// A sound whose peak has this level in dB.
fn as_loud(mut sound: Vec<f64>, level: f64) -> Vec<f64> {
    let peak = sound.iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
    sound.iter_mut().for_each(|x| *x *= Db(level).gain().0 / peak);
    sound
}

/// A sound through a low-pass of 6 dB an octave.
fn duller(sound: &[f64], hz: f64, rate: f64) -> Vec<f64> {
    let share = 1.0 - (-TAU * hz / rate).exp();
    let mut state = 0.0;
    let step = |x: &f64| {
        state += share * (x - state);
        state
    };
    sound.iter().map(step).collect()
}

fn narrow(sound: &[f64]) -> Vec<f32> {
    sound.iter().map(|x| *x as f32).collect()
}

impl DripPlace {
    /// The time of a drop, in seconds.
    fn time(&self, number: u64) -> f64 {
        let random = HashNoise::new(seed_from(&[self.seed, number]));
        self.start + self.period * (number as f64 + UNEVEN * f64::from(random.at(0)))
    }

    fn new(seed: u64, number: usize, per_second: f64, rate: f64) -> Self {
        let random = HashNoise::new(seed);
        let share = number as f64 / (PLACES - 1) as f64;
        // The rates of the places are spread evenly on a logarithmic scale, and scaled so that their sum is the given
        // rate.
        let relative = |share: f64| SLOWEST.powf(0.5 - share);
        let sum: f64 = (0..PLACES).map(|number| relative(number as f64 / (PLACES - 1) as f64)).sum();
        let period = sum / (relative(share) * per_second);
        let (low, high) = PLACE_PITCHES_HZ;
        // Places with similar periods are far apart in pitch and panning.
        let pitch_index = (number * 3 % PLACES) as f64 + 0.7 * random.fraction(0);
        let side = (number * 5 % PLACES) as f64 / (PLACES - 1) as f64 * 2.0 - 1.0;
        let power = LEVEL.gain().0.powi(2);
        Self {
            seed,
            period,
            start: period * random.fraction(1),
            side: 0.8 * side,
            hz: low * (high / low).powf(pitch_index / PLACES as f64),
            // The mean of both channels, and what the sizes and the echoes change about it.
            energy: 2.0 * power / per_second * rate * DROP_ENERGY,
        }
    }
}

/// The energy that brings drops to their level, since they differ in size and share it with those that fall together.
const DROP_ENERGY: f64 = 1.8;

impl Generator for Drips {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        self.air.run(first, left, right, &mut |_| [self.air_gains; 2]);
        let hz = self.rate.as_f64();
        let (from, to) = (first as f64 / hz, (first + left.len() as u64) as f64 / hz);
        for place in &self.places {
            let before = UNDER + ECHO_SECONDS + 0.2 + LONGEST;
            let number = |seconds: f64| ((seconds - place.start) / place.period).floor();
            // Drops are numbered from the start of the track; there are none before it.
            let earliest = (number(from - before) - 1.0).max(0.0) as u64;
            for number in earliest..=(number(to) + 1.0).max(0.0) as u64 {
                self.drop(place, number, first, left, right);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{joins_without_a_seam, made, order_does_not_matter};

    fn drips(rate: f64, space: f64) -> Drips {
        Drips::new(SampleRate::DEFAULT, 5, DripSettings { rate, space })
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&drips(2.0, 0.5));
    }

    #[test]
    fn grains_join_as_if_no_drop_had_ever_been_cut() {
        joins_without_a_seam(&drips(3.0, 1.0));
    }

    #[test]
    fn places_drop_at_their_own_pace_and_together_at_the_rate() {
        for rate in [0.5, 1.5, 8.0] {
            let drips = drips(rate, 0.5);
            let together: f64 = drips.places.iter().map(|place| 1.0 / place.period).sum();
            assert!((together / rate - 1.0).abs() < 1e-9, "{together}");
            let mut periods = drips.places.map(|place| place.period);
            periods.sort_by(f64::total_cmp);
            assert!((periods[PLACES - 1] / periods[0] - SLOWEST).abs() < 1e-9);
        }
    }

    #[test]
    fn a_cave_answers_and_the_open_air_does_not() {
        // The level most of the time: between two drops.
        let between = |space| {
            let plane = made(&drips(0.5, space), 1).swap_remove(0);
            let mut levels: Vec<f64> =
                plane.chunks(480).map(crate::synth::generator::check::rms_db).collect();
            levels.sort_by(f64::total_cmp);
            levels[levels.len() / 2]
        };
        let (open, cave) = (between(0.0), between(1.0));
        assert!(cave > open + 6.0, "{open} {cave}");
        // Never complete silence.
        assert!(open > -75.0, "{open}");
    }
}
