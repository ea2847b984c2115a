//! Small waves that lap at the sand, every few seconds, and the splashes in them: clicks of water on water and bubbles.

use std::f64::consts::LN_10;

use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::synth::bubble;
use crate::synth::pan::StereoPan;
use crate::synth::pulse::pulse;
use crate::synth::scatter::{Slots, amplitude, between, mean_square};
use crate::synth::shot::{Shots, patter};
use crate::synth::spectrum::THIRDS;
use crate::unit::{Db, SampleRate};

/// Small waves come this much oftener than large ones.
const OFTENER: f64 = 3.0;
/// The largest deviation of a small wave in time, as a share of the time between two.
const UNEVEN: f64 = 0.4;
/// How much louder the largest small wave is than the smallest, in dB; and the range of seconds in which the power
/// comes and goes by a factor of e.
const SIZES_DB: f64 = 15.0;
const RISES: (f64, f64) = (0.14, 0.3);
const FALLS: (f64, f64) = (0.3, 0.6);
/// How long before and after its crest a small wave is heard, in seconds.
const BEFORE: f64 = 3.0;
const AFTER: f64 = 6.0;
/// The power of splashes relative to that of small waves, and how many there are in a second of an average one.
const SPLASH: f64 = 0.11;
const SPLASHES: f64 = 80.0;
/// The slots in which splashes are scattered are a hundredth of a second long.
const SLOTS_PER_SECOND: u32 = 100;
/// The ranges of pitch and decay of the clicks in Hz and seconds, and the number of kinds.
const CLICK_HZ: (f64, f64) = (1_500.0, 7_000.0);
const CLICK_DECAY: (f64, f64) = (0.000_12, 0.001);
const CLICKS: u64 = 512;
/// The range of pitches of the bubbles in Hz, the number of kinds, and their share of splashes.
const BUBBLE_HZ: (f64, f64) = (500.0, 3_500.0);
const BUBBLES: u64 = 128;
const BUBBLING: f64 = 0.25;
/// The amplitude of the nearest splash relative to the farthest. Splashes are spread over a plane.
const NEAREST: f64 = 7.0;

/// All small waves.
#[derive(Clone, Debug)]
pub(super) struct Laps {
    rate: SampleRate,
    seed: u64,
    period: f64,
    /// The powers of the thirds of an average one.
    pub(super) thirds: [f64; THIRDS],
    clicks: Shots,
    bubbles: Shots,
    /// The amplitude of the farthest splash.
    farthest: f64,
}

/// The small waves that can be heard in a stretch of time.
pub(super) struct LapsBetween<'a> {
    of: &'a Laps,
    waves: Vec<Lap>,
}

#[derive(Clone, Copy, Debug)]
struct Lap {
    at: f64,
    power: f64,
    rise: f64,
    fall: f64,
    /// Its power in each channel, with a mean of one.
    channels: [f64; 2],
}

impl Laps {
    /// `period` is that of the large waves, in seconds.
    pub(super) fn new(rate: SampleRate, seed: u64, period: f64, thirds: [f64; THIRDS]) -> Self {
        let hz = rate.as_f64();
        let power: f64 = thirds.iter().sum();
        Self {
            rate,
            seed,
            period: period / OFTENER,
            thirds: thirds.map(|third| third * (1.0 - SPLASH)),
            clicks: Shots::new(seed_from(&[seed, 1]), CLICKS, |place, random| {
                let decay = between(CLICK_DECAY, random.fraction(1_000_000));
                patter(random, between(CLICK_HZ, place), 0.8, decay, hz)
            }),
            bubbles: Shots::new(seed_from(&[seed, 2]), BUBBLES, |place, random| {
                let pitch = between(BUBBLE_HZ, place).min(0.4 * hz);
                bubble::sound(pitch, bubble::natural_decay(pitch), 0.15 * random.fraction(0), hz)
            }),
            // Half of the energy is in each channel.
            farthest: (2.0 * power * SPLASH * hz / (SPLASHES * mean_square(NEAREST))).sqrt(),
        }
    }

    pub(super) fn between(&self, from: f64, to: f64) -> LapsBetween<'_> {
        let first = ((from - AFTER) / self.period).floor() as i64 - 1;
        let last = ((to + BEFORE) / self.period).ceil() as i64 + 1;
        LapsBetween { of: self, waves: (first..=last).map(|number| self.lap(number)).collect() }
    }

    fn lap(&self, number: i64) -> Lap {
        let random = HashNoise::new(seed_from(&[self.seed, 3, number as u64]));
        let (rise, fall) = (between(RISES, random.fraction(2)), between(FALLS, random.fraction(3)));
        let lean = 0.6 * f64::from(random.at(4));
        // The mean of 10^(s·u/10) for u from 0 to 1; a pulse has about the energy of its rise and its fall.
        let mean = (SIZES_DB / 10.0 * LN_10).exp_m1() / (SIZES_DB / 10.0 * LN_10);
        let energy = 1.6 * (rise + fall);
        Lap {
            at: (number as f64 + UNEVEN * f64::from(random.at(0))) * self.period,
            power: Db(SIZES_DB * random.fraction(1)).power() / mean * self.period / energy,
            rise,
            fall,
            channels: [1.0 - lean, 1.0 + lean],
        }
    }
}

impl LapsBetween<'_> {
    /// The power in each channel at a time, with a mean of one.
    pub(super) fn powers(&self, seconds: f64) -> [f64; 2] {
        let mut powers = [0.0; 2];
        for wave in &self.waves {
            let since = seconds - wave.at;
            if (-BEFORE..AFTER).contains(&since) {
                let power = wave.power * pulse(since, wave.rise, wave.fall);
                powers.iter_mut().zip(wave.channels).for_each(|(sum, channel)| *sum += channel * power);
            }
        }
        powers
    }

    /// Adds every splash that can be heard in the window. `surge` is the power of the whole shore at a time.
    pub(super) fn splash(&self, first: u64, surge: impl Fn(f64) -> f64, left: &mut [f32], right: &mut [f32]) {
        let Laps { rate, seed, clicks, bubbles, farthest, .. } = self.of;
        let hz = rate.as_f64();
        let slots = Slots {
            seed: [*seed, 4],
            frames: u64::from(rate.hz() / SLOTS_PER_SECOND),
            longest: clicks.longest().max(bubbles.longest()) + (0.001 * hz) as u64,
        };
        let mean = |slot: u64| {
            let seconds = slot as f64 / hz;
            let [one, other] = self.powers(seconds);
            // Louder waves have more splashes, and louder ones.
            SPLASHES / f64::from(SLOTS_PER_SECOND) * f64::midpoint(one, other) * surge(seconds)
        };
        slots.each(first, left.len() as u64, mean, |start, random| {
            let amplitude = farthest * amplitude(NEAREST, random.fraction(1));
            let side = 1.6 * random.fraction(3) - 0.8;
            let pan = StereoPan::new(side, amplitude, hz);
            let kinds = if random.fraction(2) < BUBBLING { bubbles } else { clicks };
            kinds.add(random.fraction(4), &pan, start, first, left, right);
        });
    }
}
