//! A summer night: crickets, frogs far away, and the air.
//!
//! A field cricket sings in chirps of a few pulses, each a tone that falls a little, with faint overtones: the
//! recording in docs/beds.md has one at 4.3 kHz with 48 pulses a second and 2.1 to 2.4 chirps a second. Every singer
//! has its own pitch and pace, and rests now and then. A chirp is determined by its singer and its number.

use std::f64::consts::{PI, TAU};

use super::generator::Generator;
use super::pan::StereoPan;
use super::random_curve::RandomCurve;
use super::scatter::between;
use super::shot::{Shots, patter};
use super::spectrum::{OCTAVES, ShapedNoise, THIRDS, amplitudes};
use crate::dsp::fade::raised_cosine;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-30.0);

/// The levels of the thirds of the air in dB: those of the recording without its crickets.
const AIR_DB: [f64; THIRDS] = [
    -20.0, -16.7, -14.6, -13.7, -18.1, -20.2, -23.6, -25.8, -27.2, -26.7, -25.0, -24.4, -25.3, -25.1, -28.1,
    -30.0, -30.5, -31.0, -35.1, -37.0, -37.0, -37.0, -36.0, -35.0, -36.0, -40.0, -46.0,
];
/// The correlation of left and right of the air in each octave.
const CORRELATION: [f64; OCTAVES] = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.2, 0.2];
/// The shares of crickets and frogs in the power, for a night at 0.5 and 0.5; the rest is air.
const CRICKETS: f64 = 0.84;
const FROGS: f64 = 0.006;
/// The singers: pitch in Hz, level relative to the nearest in dB, side, and seconds between chirps.
const SINGERS: [(f64, f64, f64, f64); 5] = [
    (4_340.0, 0.0, -0.25, 0.43),
    (4_460.0, -9.0, 0.7, 0.47),
    (4_210.0, -7.0, 0.35, 0.52),
    (4_580.0, -17.0, -0.8, 0.41),
    (4_090.0, -14.0, 0.05, 0.6),
];
/// Pulses a second, and the least and most of them in a chirp.
const PULSES_HZ: f64 = 47.7;
const PULSES: (u64, u64) = (5, 8);
/// The share of the time between two pulses that a pulse lasts.
const SOUNDING: f64 = 0.72;
/// By how much the pitch falls in a pulse, and the most by which a chirp differs in pitch, as shares.
const FALL: f64 = 0.018;
const STRAY: f64 = 0.006;
/// The amplitudes of the second and third harmonic.
const OVERTONES: [f64; 2] = [0.036, 0.042];
/// The most by which a chirp is early or late, as a share of the time between two, and the kinds of chirps of each
/// singer.
const UNEVEN: f64 = 0.12;
const CHIRPS: u64 = 16;
/// Singers rest: seconds between random points of the curve that decides, below which value they do, and the share of
/// the time in which they sing.
const RESTS: (f64, f64) = (9.0, -0.3);
const SINGING: f64 = 0.66;
/// The frogs: how many, the seconds between two croaks of one, and the largest deviation as a share of that.
const FROG_COUNT: u64 = 4;
const CROAK_SECONDS: f64 = 3.4;
const CROAK_UNEVEN: f64 = 0.35;
/// A croak is a row of pulses of a band of noise: their number and how many there are a second, the pitch of the band
/// in Hz and the decay of a pulse in seconds. From afar the pulses run into each other.
const CROAK_PULSES: (f64, f64) = (7.0, 16.0);
const CROAK_HZ: (f64, f64) = (24.0, 38.0);
const CROAK_PITCH: (f64, f64) = (520.0, 820.0);
const CROAK_DECAY: f64 = 0.014;
const CROAKS: u64 = 24;

/// The kind of night. Both values are clamped to 0 to 1; neither changes the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NightSettings {
    /// 0 is a night without crickets, 1 a warm one full of them.
    pub crickets: f64,
    /// 0 is a night without frogs, 1 a pond nearby.
    pub frogs: f64,
}

impl Default for NightSettings {
    /// A summer night at the edge of a field.
    fn default() -> Self {
        Self { crickets: 0.5, frogs: 0.5 }
    }
}

/// A night in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Night {
    rate: SampleRate,
    air: ShapedNoise,
    air_gains: [f32; THIRDS],
    singers: Vec<Singer>,
}

/// A cricket or a frog.
#[derive(Clone, Debug)]
struct Singer {
    seed: u64,
    calls: Shots,
    /// The seconds between two calls, and the most by which one is early or late.
    period: f64,
    uneven: f64,
    pan: StereoPan,
    rests: RandomCurve,
}

impl Night {
    pub fn new(rate: SampleRate, seed: u64, night: NightSettings) -> Self {
        let (crickets, frogs) = (night.crickets.clamp(0.0, 1.0), night.frogs.clamp(0.0, 1.0));
        let hz = rate.as_f64();
        let power = LEVEL.gain().0.powi(2);
        let shares =
            [CRICKETS * 4.0 * crickets * crickets, FROGS * 4.0 * frogs * frogs, 1.0 - CRICKETS - FROGS];
        let whole: f64 = shares.iter().sum();
        let [crickets, frogs, air] = shares.map(|share| power * share / whole);
        let sum: f64 = SINGERS.iter().map(|(_, level, ..)| Db(*level).power()).sum();
        // A call has half of its energy in each channel, on average.
        let amplitude = |power: f64, period: f64| (2.0 * power * hz * period / SINGING).sqrt();
        let singers = (0..).zip(SINGERS).map(|(number, (pitch, level, side, period))| {
            let seed = seed_from(&[seed, 1, number]);
            let calls = Shots::new(seed, CHIRPS, |_, random| chirp(pitch.min(0.4 * hz), random, hz));
            let amplitude = amplitude(crickets * Db(level).power() / sum, period);
            Singer::new(seed, calls, period, UNEVEN, StereoPan::panned(side, amplitude))
        });
        let singers = singers.filter(|_| crickets > 0.0);
        let pond = (0..FROG_COUNT).filter(|_| frogs > 0.0).map(|number| {
            let seed = seed_from(&[seed, 2, number]);
            let place = (number as f64 + 0.5) / FROG_COUNT as f64;
            let calls = Shots::new(seed, CROAKS, |_, random| croak(between(CROAK_PITCH, place), random, hz));
            let period = CROAK_SECONDS * (0.8 + 0.5 * place);
            let amplitude = amplitude(frogs / FROG_COUNT as f64, period);
            Singer::new(seed, calls, period, CROAK_UNEVEN, StereoPan::panned(1.4 * place - 0.9, amplitude))
        });
        Self {
            rate,
            air: ShapedNoise::new(rate, seed_from(&[seed, 0]), CORRELATION),
            air_gains: amplitudes(AIR_DB).map(|gain| (gain * air.sqrt()) as f32),
            singers: singers.chain(pond).collect(),
        }
    }
}

impl Singer {
    fn new(seed: u64, calls: Shots, period: f64, uneven: f64, pan: StereoPan) -> Self {
        let rests = RandomCurve::new(seed_from(&[seed, 1]), RESTS.0);
        Self { seed, calls, period, uneven, pan, rests }
    }

    /// Adds every call that can be heard in the window.
    fn sing(&self, rate: f64, first: u64, left: &mut [f32], right: &mut [f32]) {
        let (from, to) = (first as f64 / rate, (first + left.len() as u64) as f64 / rate);
        let longest = self.calls.longest() as f64 / rate;
        let earliest = ((from - longest) / self.period - 1.0).max(0.0) as u64;
        for number in earliest..=(to / self.period + 1.0) as u64 {
            let random = HashNoise::new(seed_from(&[self.seed, 2, number]));
            let seconds = (number as f64 + self.uneven * f64::from(random.at(0))) * self.period;
            // Each rests as a whole, so that no call is cut, and begins and ends softly.
            let awake = raised_cosine((self.rests.at(seconds) - RESTS.1) / 0.12);
            if awake > 0.0 {
                let start = (seconds.max(0.0) * rate) as u64;
                let pan = self.pan.louder(awake * (0.85 + 0.3 * random.fraction(1)));
                self.calls.add(random.fraction(2), &pan, start, first, left, right);
            }
        }
    }
}

/// The samples of one chirp.
fn chirp(pitch: f64, random: HashNoise, rate: f64) -> Vec<f64> {
    let pulses = PULSES.0 + (random.fraction(0) * (PULSES.1 - PULSES.0 + 1) as f64) as u64;
    let pitch = pitch * (1.0 + STRAY * f64::from(random.at(1)));
    let apart = rate / PULSES_HZ;
    let mut sound = vec![0.0; (apart * pulses as f64) as usize];
    for pulse in 0..pulses {
        // The first pulses of a chirp are softer.
        let level = (0.35 + 0.25 * pulse as f64).min(1.0) * (0.9 + 0.2 * random.fraction(2 + pulse));
        let start = (pulse as f64 * apart) as usize;
        let phase = TAU * random.fraction(20 + pulse);
        for (frame, out) in sound[start..].iter_mut().take((SOUNDING * apart) as usize).enumerate() {
            let t = frame as f64 / (SOUNDING * apart);
            // The pitch falls evenly from half of the fall above to half of it below.
            let turns = frame as f64 / rate * pitch * (1.0 + FALL * (0.5 - t / 2.0));
            let angle = phase + TAU * turns;
            let tone = angle.sin() + OVERTONES[0] * (2.0 * angle).sin() + OVERTONES[1] * (3.0 * angle).sin();
            *out += level * (PI * t).sin().powi(2) * tone;
        }
    }
    sound
}

/// The samples of one croak.
fn croak(pitch: f64, random: HashNoise, rate: f64) -> Vec<f64> {
    let pulses = between(CROAK_PULSES, random.fraction(0)) as u64;
    let apart = rate / between(CROAK_HZ, random.fraction(1));
    let mut sound = Vec::new();
    for pulse in 0..pulses {
        let hz = pitch * (1.0 + 0.04 * f64::from(random.at(2 + pulse)));
        let made = patter(HashNoise::new(random.bits(40 + pulse)), hz, 5.0, CROAK_DECAY, rate);
        let start = (pulse as f64 * apart) as usize;
        sound.resize(sound.len().max(start + made.len()), 0.0);
        let level = (PI * (pulse as f64 + 1.0) / (pulses as f64 + 1.0)).sin();
        sound[start..].iter_mut().zip(made).for_each(|(out, x)| *out += level * x);
    }
    sound
}

impl Generator for Night {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        self.air.run(first, left, right, &mut |_| [self.air_gains; 2]);
        for singer in &self.singers {
            singer.sing(self.rate.as_f64(), first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn night(crickets: f64, frogs: f64) -> Night {
        Night::new(SampleRate::DEFAULT, 5, NightSettings { crickets, frogs })
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_no_call_had_ever_been_cut() {
        order_does_not_matter(&night(0.5, 0.5));
        joins_without_a_seam(&night(1.0, 1.0));
    }

    #[test]
    fn crickets_and_frogs_are_heard_where_they_sing() {
        let at = |crickets, frogs, hz: f64| {
            let night = night(crickets, frogs);
            let planes: Vec<f32> = (0..3).flat_map(|index| made(&night, index).swap_remove(0)).collect();
            density_db(&planes, 48_000.0, hz) - density_db(&planes, 48_000.0, 100.0)
        };
        assert!(at(1.0, 0.5, 4_340.0) > at(0.0, 0.5, 4_340.0) + 15.0);
        assert!(at(0.0, 1.0, 650.0) > at(0.0, 0.0, 650.0) + 3.0);
    }

    #[test]
    fn the_level_is_about_the_same_for_all_settings_and_nobody_sings_all_the_time() {
        for (crickets, frogs) in [(0.0, 0.0), (0.5, 0.5), (1.0, 0.0)] {
            let night = night(crickets, frogs);
            let level =
                rms_db(&(0..6).flat_map(|index| made(&night, 3 * index).swap_remove(0)).collect::<Vec<_>>());
            assert!((level - LEVEL.0).abs() < 3.0, "{crickets} {frogs}: {level} dB");
        }
        for singer in &night(0.5, 0.5).singers {
            let awake = (0..4_000)
                .map(|second| raised_cosine((singer.rests.at(f64::from(second)) - RESTS.1) / 0.12).powi(2));
            let share = awake.sum::<f64>() / 4_000.0;
            assert!((share - SINGING).abs() < 0.08, "{share}");
        }
    }
}
