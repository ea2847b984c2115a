//! A singing bowl that somebody plays: struck softly or rubbed along its rim, at slow intervals, and never quite silent.
//!
//! The partials are those of `bowl`. Each is a mode in the centre and a fainter one beside it, a quarter of a turn apart
//! on both sides, so that the bowl beats in turn left and right and hardly in mono. A stroke begins where the beat of
//! the pitch is low, so that the bowl opens during a second or two. Rubbing makes it sing: the lowest partials come up
//! over some seconds, with the noise of the stick on the rim, and turn with the stick (Inácio, Henrique and Antunes,
//! "The dynamics of Tibetan singing bowls", Acta Acustica 92, 2006).
//!
//! A stroke or a rub is determined by its number. What still rings of earlier strokes is one sine for each mode, as all
//! of them have the same pitch and decay.

use std::f64::consts::{LN_10, TAU};

use super::bowl::PARTIALS;
use super::generator::Generator;
use super::mode::{Mode, sum};
use super::pan::StereoPan;
use super::random_curve::RandomCurve;
use super::rotation::Rotation;
use super::shot::{Shots, patter};
use super::spectrum::{Gains, OCTAVES, ShapedNoise, THIRDS, amplitudes, between_octaves};
use crate::dsp::fade::{Curve, fade_in_window, raised_cosine};
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 3 dB.
pub const LEVEL: Db = Db(-28.0);

/// The lowest and highest pitch, in Hz.
pub const PITCHES_HZ: (f64, f64) = (30.0, 500.0);
/// A bowl of 110 Hz loses 60 dB in this time, in seconds; a smaller one sooner, by this power of the pitch; and the
/// shortest and longest.
const RING: f64 = 90.0;
const RING_SLOPE: f64 = -0.3;
const RINGS: (f64, f64) = (70.0, 120.0);
/// The highest partial in Hz and as a share of the rate, and the level below which one is left out.
const HIGHEST_HZ: f64 = 6_000.0;
const HIGHEST: f64 = 0.45;
const LEAST: f64 = 0.001;
/// The distance between the two modes of the pitch, relative to it, and in what range of shares of that other pairs lie.
const SPLIT: f64 = 0.003;
const SPLITS: (f64, f64) = (0.25, 0.8);
/// The level of the fainter mode.
const FAINTER: f64 = 0.5;
/// The level of a partial is its ratio to this power, and the mallet takes 6 dB an octave above its corner in Hz, this
/// many times.
const LEVEL_SLOPE: f64 = -0.5;
const MALLET_HZ: f64 = 600.0;
const MALLET_STEPS: f64 = 1.5;
/// By how many dB the partials differ from bowl to bowl, and from stroke to stroke, as the place of the stroke does; and
/// strokes as a whole.
const BOWL_DB: f64 = 3.0;
const PLACE_DB: f64 = 3.0;
const STROKE_DB: f64 = 2.0;
/// The time in which a stroke comes up, in seconds: a soft mallet, and a bowl that does not startle. And the thud of the mallet: level relative to the stroke, pitch in Hz,
/// decay in seconds, and kinds.
const ATTACK: f64 = 0.35;
const THUD: f64 = 0.25;
const THUD_HZ: f64 = 260.0;
const THUD_DECAY: f64 = 0.015;
const THUDS: u64 = 12;
/// The largest deviation of a stroke in time, as a share of the time between two.
const UNEVEN: f64 = 0.2;
/// How long it takes a rubbed bowl to sing and how long it is held, in seconds.
const RISES: (f64, f64) = (5.0, 8.0);
const HELD: (f64, f64) = (4.0, 9.0);
/// The levels of the partials of a bowl that is rubbed, relative to the pitch of one that is struck.
const SUNG: [f64; 3] = [0.75, 0.09, 0.02];
/// The stick goes round: turns a second; how much the level of a side follows it, and by how much the phase, in radians.
const TURNS: (f64, f64) = (0.3, 0.5);
const SWAY: f64 = 0.15;
const SWING: f64 = 0.15;
/// How the hand varies: seconds between random points, and the largest deviation in dB.
const HAND: (f64, f64) = (1.9, 1.5);
/// The noise of the stick by octave in dB, and how far it is under the bowl that sings.
const STICK_DB: [f64; OCTAVES] = [-40.0, -32.0, -18.0, -7.0, 0.0, -2.0, -7.0, -14.0, -24.0];
const STICK_UNDER: Db = Db(33.0);
/// The air of the room by octave in dB, and how far it is under the level of the whole; it avoids complete silence.
const AIR_DB: [f64; OCTAVES] = [0.0, -2.0, -5.0, -9.0, -13.0, -18.0, -23.0, -29.0, -36.0];
const AIR_UNDER: Db = Db(34.0);
/// Levels and phases of a bowl that is rubbed are computed every this many frames. A grain is a multiple of it.
const STEP: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayedBowlSettings {
    /// The lowest partial in Hz, clamped to [`PITCHES_HZ`].
    pub pitch_hz: f64,
    /// How often it is struck or rubbed in a minute, clamped to 4 to 10.
    pub strokes: f64,
    /// 0 is only struck, 1 only rubbed. Clamped to 0 to 1.
    pub rubbing: f64,
}

/// A bowl in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct PlayedBowl {
    rate: SampleRate,
    seed: u64,
    /// The seconds between two strokes.
    apart: f64,
    rubbing: f64,
    /// The level of a stroke.
    level: f64,
    partials: Vec<Partial>,
    thuds: Shots,
    noise: ShapedNoise,
    air: [f64; THIRDS],
    stick: [f64; THIRDS],
}

/// A partial of the bowl.
#[derive(Clone, Copy, Debug)]
struct Partial {
    /// Of the mode in the centre and of the fainter one, in cycles per frame.
    cycles: [f64; 2],
    level: f64,
    /// The time of its decay by 60 dB, in seconds.
    decay: f64,
}

/// One stroke or rub.
#[derive(Clone, Copy, Debug)]
struct Touch {
    number: i64,
    /// When it begins, in seconds.
    at: f64,
    rub: Option<Rub>,
}

/// How a bowl is rubbed.
#[derive(Clone, Copy, Debug)]
struct Rub {
    rise: f64,
    held: f64,
    /// Turns a second, backwards if negative.
    turns: f64,
    hand: RandomCurve,
}

impl PlayedBowl {
    pub fn new(rate: SampleRate, seed: u64, played: PlayedBowlSettings) -> Self {
        let pitch = played.pitch_hz.clamp(PITCHES_HZ.0, PITCHES_HZ.1);
        let (strokes, rubbing) = (played.strokes.clamp(4.0, 10.0), played.rubbing.clamp(0.0, 1.0));
        let (hz, apart) = (rate.as_f64(), 60.0 / strokes);
        let ring = (RING * (pitch / 110.0).powf(RING_SLOPE)).clamp(RINGS.0, RINGS.1);
        let mallet = |hz: f64| (1.0 + (hz / MALLET_HZ).powi(2)).powf(-0.5 * MALLET_STEPS);
        let partials: Vec<Partial> = (0..)
            .zip(PARTIALS)
            .map(|(number, (ratio, decay))| {
                let random = HashNoise::new(seed_from(&[seed, 1, number]));
                let share =
                    if number == 0 { 1.0 } else { SPLITS.0 + (SPLITS.1 - SPLITS.0) * random.fraction(0) };
                let spread = if number == 0 { 0.0 } else { BOWL_DB * f64::from(random.at(1)) };
                let level = ratio.powf(LEVEL_SLOPE) * mallet(pitch * ratio) / mallet(pitch);
                Partial {
                    cycles: [0.0, SPLIT * share].map(|apart| pitch * ratio * (1.0 + apart) / hz),
                    level: level * Db(spread).gain().0,
                    decay: ring * decay,
                }
            })
            .filter(|partial| partial.cycles[1] < HIGHEST.min(HIGHEST_HZ / hz) && partial.level >= LEAST)
            .collect();
        // The energy of a stroke and of a rub in one channel.
        let time = |decay: f64| decay / (6.0 * LN_10);
        let struck = partials
            .iter()
            .map(|partial| partial.level.powi(2) * (1.0 + FAINTER.powi(2)) / 4.0 * time(partial.decay));
        let rubbed = partials.iter().zip(SUNG).map(|(partial, sung)| {
            sung * sung / 4.0 * (0.375 * mean(RISES) + mean(HELD) + time(partial.decay))
        });
        let energy = (1.0 - rubbing) * struck.sum::<f64>() + rubbing * rubbed.sum::<f64>();
        let level = LEVEL.gain().0 * (apart / energy).sqrt();
        let thirds = |octaves: [f64; OCTAVES], level: f64| {
            amplitudes(between_octaves(octaves)).map(|amplitude| (amplitude * level).powi(2))
        };
        Self {
            rate,
            seed,
            apart,
            rubbing,
            level,
            partials,
            thuds: Shots::new(seed_from(&[seed, 2]), THUDS, |_, random| {
                patter(random, THUD_HZ, 0.6, THUD_DECAY, hz)
            }),
            noise: ShapedNoise::new(rate, seed_from(&[seed, 0]), [0.4; OCTAVES]),
            air: thirds(AIR_DB, (LEVEL - AIR_UNDER).gain().0),
            stick: thirds(STICK_DB, level * SUNG[0] / 2.0 * Db(-STICK_UNDER.0).gain().0),
        }
    }

    fn touch(&self, number: i64) -> Touch {
        let random = self.random(number);
        let at = (number as f64 + UNEVEN * f64::from(random.at(0))) * self.apart;
        let rub = (random.fraction(1) < self.rubbing).then(|| Rub {
            rise: between(RISES, random.fraction(2)),
            held: between(HELD, random.fraction(3)),
            turns: between(TURNS, random.fraction(4)) * f64::from(random.at(5)).signum(),
            hand: RandomCurve::new(random.bits(6), HAND.0),
        });
        Touch { number, at, rub }
    }

    fn random(&self, number: i64) -> HashNoise {
        HashNoise::new(seed_from(&[self.seed, 3, number as u64]))
    }

    /// Every stroke and rub that can be heard between two times.
    fn touches(&self, from: f64, to: f64) -> Vec<Touch> {
        let longest = self.partials.iter().fold(0.0, |longest: f64, partial| longest.max(partial.decay));
        // A mode is computed for twice the time of its decay by 60 dB.
        let before = RISES.1 + HELD.1 + 2.0 * longest;
        let first = ((from - before) / self.apart).floor() as i64 - 1;
        let last = (to / self.apart).ceil() as i64 + 1;
        (first..=last).map(|number| self.touch(number)).filter(|touch| touch.at < to).collect()
    }

    /// The modes of a stroke, always in the same order: for each partial the one in the centre and the fainter one on both
    /// sides.
    fn modes(&self, stroke: Touch) -> Vec<Mode> {
        let random = self.random(stroke.number);
        let whole = self.level * Db(STROKE_DB * f64::from(random.at(10))).gain().0;
        let modes = (0..).zip(&self.partials).flat_map(|(number, partial)| {
            let fraction = |which: u64| random.fraction(20 + 4 * number + which);
            let place = if number == 0 { 0.0 } else { PLACE_DB * (2.0 * fraction(0) - 1.0) };
            let level = whole * partial.level * Db(place).gain().0;
            let phase = fraction(1);
            // The pitch begins low on both sides: half a turn and a quarter more apart.
            let beat = if number == 0 { 0.5 } else { fraction(2) };
            let decay = partial.decay * self.rate.as_f64();
            let [centre, beside] = partial.cycles;
            let fainter = level * FAINTER * 0.5f64.sqrt();
            [
                Mode::new(centre, phase, level, decay, 0.0),
                Mode::new(beside, phase + beat, fainter, decay, -1.0),
                Mode::new(beside, phase + beat + 0.25, fainter, decay, 1.0),
            ]
        });
        modes.collect()
    }

    /// Adds what rings of all strokes in the window.
    fn ring(&self, strokes: &[Touch], first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let attack = (ATTACK * hz) as u64;
        let mut ringing: Option<Vec<Mode>> = None;
        for stroke in strokes {
            let start = (stroke.at * hz) as i64;
            let modes = self.modes(*stroke);
            let since = first as i64 - start;
            if since >= attack as i64 {
                let later = modes.into_iter().map(|mode| mode.after(since as u64));
                ringing = Some(match ringing {
                    None => later.collect(),
                    Some(before) => {
                        before.into_iter().zip(later).map(|(mode, more)| mode.with(more)).collect()
                    }
                });
                continue;
            }
            let (skip, passed) = (since.min(0).unsigned_abs() as usize, since.max(0) as u64);
            if skip >= left.len() {
                continue;
            }
            let modes: Vec<Mode> = modes.into_iter().map(|mode| mode.after(passed)).collect();
            let mut planes = sum(&modes, left.len() - skip);
            for (plane, out) in planes.iter_mut().zip([&mut *left, &mut *right]) {
                fade_in_window(plane, passed, attack, Curve::RaisedCosine);
                out[skip..].iter_mut().zip(&*plane).for_each(|(out, sample)| *out += sample);
            }
        }
        for (plane, out) in sum(&ringing.unwrap_or_default(), left.len()).iter().zip([left, right]) {
            out.iter_mut().zip(plane).for_each(|(out, sample)| *out += sample);
        }
    }

    /// Adds the thuds of the mallet in the window.
    fn thud(&self, strokes: &[Touch], first: u64, left: &mut [f32], right: &mut [f32]) {
        let pan = StereoPan::panned(0.0, THUD * self.level);
        // A thud has an energy of one: that of a sine of this level for about its decay.
        let louder = (THUD_DECAY * self.rate.as_f64() / 2.0).sqrt();
        for stroke in strokes.iter().filter(|stroke| stroke.at >= 0.0) {
            let start = (stroke.at * self.rate.as_f64()) as u64;
            let place = self.random(stroke.number).fraction(11);
            self.thuds.add(place, &pan.louder(louder), start, first, left, right);
        }
    }

    /// Adds the bowl that is rubbed once, as far as it is heard in the window.
    fn sing(&self, at: f64, rub: &Rub, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let starts = (first..).step_by(STEP);
        for ((left, right), start) in left.chunks_mut(STEP).zip(right.chunks_mut(STEP)).zip(starts) {
            let times = [start, start + STEP as u64].map(|frame| frame as f64 / hz - at);
            for (partial, sung) in self.partials.iter().zip(SUNG) {
                let level =
                    times.map(|since| self.level * sung * 0.5f64.sqrt() * rub.level(since, partial.decay));
                if level[0].max(level[1]) < 1e-7 {
                    continue;
                }
                for (side, plane) in [(1.0, &mut *left), (-1.0, &mut *right)] {
                    let turned = times.map(|since| side * (TAU * rub.turns * since).sin());
                    let [from, to] = [0, 1].map(|end| level[end] * (1.0 + SWAY * turned[end]));
                    // From the start of the rub, so that the phase is exact in the last hour too.
                    let cycles = (times[0] * hz * partial.cycles[0]).fract();
                    let mut place = Rotation::by(TAU * cycles + SWING * turned[0]);
                    let swing = SWING * (turned[1] - turned[0]) / STEP as f64;
                    let turn = Rotation::by(TAU * partial.cycles[0] + swing);
                    let (mut level, slope) = (from, (to - from) / STEP as f64);
                    for out in plane {
                        *out += (place.sine * level) as f32;
                        level += slope;
                        place = place.then(turn);
                    }
                }
            }
        }
    }

    /// The gain of each third of the noise in each channel at a time.
    fn gains(&self, rubs: &[(f64, Rub)], seconds: f64) -> Gains {
        let mut stick = [0.0; 2];
        for (at, rub) in rubs {
            let since = seconds - at;
            if (0.0..rub.rise + rub.held + 0.2).contains(&since) {
                // The stick leaves the rim.
                let level =
                    rub.level(since, f64::MAX) * raised_cosine((rub.rise + rub.held + 0.2 - since) / 0.4);
                let turned = (TAU * rub.turns * since).sin();
                for (stick, side) in stick.iter_mut().zip([1.0, -1.0]) {
                    *stick += level * level * (1.0 + 2.0 * SWAY * side * turned);
                }
            }
        }
        stick.map(|power| {
            std::array::from_fn(|third| (self.air[third] + power * self.stick[third]).sqrt() as f32)
        })
    }
}

/// A value between two.
fn between((low, high): (f64, f64), place: f64) -> f64 {
    low + (high - low) * place
}

fn mean((low, high): (f64, f64)) -> f64 {
    f64::midpoint(low, high)
}

impl Rub {
    /// How loud the bowl sings, some seconds after the rub has begun: it comes up, is held, and rings on by `decay`.
    fn level(&self, since: f64, decay: f64) -> f64 {
        let after = (since - self.rise - self.held).max(0.0);
        let hand = Db(HAND.1 * self.hand.at(since.min(self.rise + self.held))).gain().0;
        raised_cosine(since / self.rise) * hand * 10f64.powf(-3.0 * after / decay)
    }
}

impl Generator for PlayedBowl {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let (from, to) = (first as f64 / hz, (first + left.len() as u64) as f64 / hz);
        let touches = self.touches(from, to);
        let rubs: Vec<(f64, Rub)> =
            touches.iter().filter_map(|touch| touch.rub.map(|rub| (touch.at, rub))).collect();
        let strokes: Vec<Touch> = touches.iter().filter(|touch| touch.rub.is_none()).copied().collect();
        self.noise.run(first, left, right, &mut |frame| self.gains(&rubs, frame as f64 / hz));
        self.ring(&strokes, first, left, right);
        self.thud(&strokes, first, left, right);
        for (at, rub) in &rubs {
            self.sing(*at, rub, first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn bowl(strokes: f64, rubbing: f64) -> PlayedBowl {
        let played = PlayedBowlSettings { pitch_hz: 146.8, strokes, rubbing };
        PlayedBowl::new(SampleRate::DEFAULT, 5, played)
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_the_bowl_had_never_been_cut() {
        order_does_not_matter(&bowl(4.0, 0.5));
        for rubbing in [0.0, 1.0] {
            joins_without_a_seam(&bowl(8.0, rubbing));
        }
    }

    #[test]
    fn a_stroke_that_begins_before_a_grain_rises_on_in_it() {
        // The grain begins within the attack of a stroke.
        let bowl = bowl(4.0, 0.0);
        let start = (bowl.touch(5).at * 48_000.0) as u64;
        let made = |first: u64, frames: usize| {
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            bowl.ring(&bowl.touches(0.0, 1_000.0)[..], first, &mut left, &mut right);
            left
        };
        let whole = made(start - 5_000, 40_000);
        for into in [0usize, 1, 700, 16_500] {
            let part = made(start + into as u64, 10_000);
            let worst =
                whole[5_000 + into..].iter().zip(&part).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-6, "{into}: {worst}");
        }
    }

    #[test]
    fn it_is_struck_and_rubbed_as_often_as_it_should_and_at_slow_intervals() {
        let bowl = bowl(4.0, 0.3);
        let touches: Vec<Touch> = (0..1_000).map(|number| bowl.touch(number)).collect();
        let rubbed = touches.iter().filter(|touch| touch.rub.is_some()).count();
        assert!((250..350).contains(&rubbed), "{rubbed}");
        for pair in touches.windows(2) {
            assert!((9.0..=21.0).contains(&(pair[1].at - pair[0].at)));
        }
    }

    #[test]
    fn the_level_is_about_the_same_for_all_settings_and_mono_loses_little() {
        for (pitch_hz, strokes, rubbing) in
            [(146.8, 4.0, 0.3), (32.7, 4.0, 0.0), (490.0, 10.0, 0.0), (146.8, 4.0, 1.0)]
        {
            let played = PlayedBowlSettings { pitch_hz, strokes, rubbing };
            let bowl = PlayedBowl::new(SampleRate::DEFAULT, 5, played);
            let grains: Vec<Vec<Vec<f32>>> = (0..8).map(|index| made(&bowl, 2 * index)).collect();
            let planes =
                [0, 1].map(|side| grains.iter().flat_map(|grain| grain[side].clone()).collect::<Vec<_>>());
            let mono: Vec<f32> =
                planes[0].iter().zip(&planes[1]).map(|(l, r)| f32::midpoint(*l, *r)).collect();
            let level = rms_db(&planes.concat());
            assert!((level - LEVEL.0).abs() < 4.0, "{played:?}: {level} dB");
            assert!(level - rms_db(&mono) < 1.5, "{played:?}: {} dB in mono", rms_db(&mono) - level);
            assert!(planes.iter().flatten().all(|s| s.abs() < 0.6));
        }
    }

    #[test]
    fn rubbing_comes_up_over_seconds_and_has_fewer_partials() {
        let brightness = |rubbing| {
            let bowl = bowl(6.0, rubbing);
            let plane: Vec<f32> = (0..6).flat_map(|index| made(&bowl, index).swap_remove(0)).collect();
            density_db(&plane, 48_000.0, 146.8 * 5.15) - density_db(&plane, 48_000.0, 146.8)
        };
        assert!(brightness(0.0) > brightness(1.0) + 6.0, "{} {}", brightness(0.0), brightness(1.0));
        let rub = bowl(4.0, 1.0).touch(3).rub.unwrap();
        assert!(rub.level(0.2, 60.0) < 0.02 && rub.level(rub.rise, 60.0) > 0.7);
    }
}
