//! A tanpura: four strings, plucked softly one after another, whose upper partials move.
//!
//! A string grazes the curved bridge, which passes energy on to its upper partials; a thread below it sets which ones.
//! After each pluck a band of strong partials moves down from the high ones to the low ones (van Walstijn, Bridges and
//! Mehes, "A real-time synthesis oriented tanpura model", Proceedings of DAFx-16, 2016).
//!
//! All partials of a string are multiples of its pitch, so a string is read from one table of a period that has its
//! partials in groups, and a group has one level at a time. A pluck damps what the string still sounds.

use std::f64::consts::TAU;

use super::generator::Generator;
use super::pan::StereoPan;
use super::random_curve::{CurveSum, RandomCurve};
use super::tanpura_hand::{Hand, Stroke};
use crate::dsp::fade::raised_cosine;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The long-term level of each channel: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-26.0);

/// The lowest and highest pitch of the lowest string, in Hz.
pub const PITCHES_HZ: (f64, f64) = (30.0, 500.0);
/// The partials of each group, from the first to before that of the next. The low ones are alone.
const GROUPS: usize = 16;
const GROUP_STARTS: [u32; GROUPS + 1] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 19, 23, 28, 34, 43];
/// The highest partial, in Hz and as a share of the rate.
const HIGHEST_HZ: f64 = 5_000.0;
const HIGHEST: f64 = 0.45;
/// The samples of a period in the table. Straight lines between them are 66 dB from the highest partial.
const TABLE_BITS: u32 = 12;
/// The strings in the order in which they are plucked: the ratio to the lowest (0 for the first, which is tuned to the
/// music), the side, and the level in dB. The two in the middle are tuned to the same tone, and beat.
const STRINGS: [(f64, f64, f64); 4] =
    [(0.0, -0.7, 0.0), (2.0, -0.15, 0.0), (2.002, 0.3, -3.0), (1.0, 0.6, 0.5)];
/// The largest deviation of a pluck in level, and of each group, in dB; and how strongly the hand plucks for a while: seconds
/// between random points, and the largest deviation in dB.
const PLUCK_DB: f64 = 4.0;
const GROUP_DB: f64 = 3.0;
const MOOD: (f64, f64) = (25.0, 3.0);
/// The largest deviation of a pluck in where its band begins and ends and in how fast that moves, in octaves, in how strong
/// the bridge makes it, in dB, and in how long it sounds, in octaves.
const BAND_VARIES: f64 = 0.6;
const BAND_VARIES_DB: f64 = 5.0;
const DECAY_VARIES: f64 = 0.5;
/// Where a string is plucked, as shares of its length: partials that rest there are weaker, by no more than the second number
/// as a power.
const PLACES: (f64, f64) = (0.08, 0.38);
const WEAKEST: f64 = 0.05;
/// By how many dB the groups of a string differ from those of another.
const STRING_DB: f64 = 3.0;
/// How long it takes a pluck to come up, and the finger to damp the string before it, in seconds.
const ATTACK: f64 = 0.04;
const DAMPED: f64 = 0.09;
/// A partial of 100 Hz loses 60 dB in this time, in seconds, and higher ones sooner, by this power of their frequency.
const DECAY: f64 = 15.0;
const DECAY_SLOPE: f64 = -0.3;
/// How partials fall with their number in dB an octave, for a dull and for a bright instrument.
const FALLS_DB: (f64, f64) = (11.0, 6.5);
/// The band that the bridge makes strong: by how many dB for a dull and for a bright instrument, its width in octaves,
/// where it begins and ends in Hz, the time in which it has gone most of the way, and that in which it comes up, in seconds.
const BAND_DB: (f64, f64) = (8.0, 24.0);
const BAND_OCTAVES: f64 = 0.6;
const BAND_HZ: (f64, f64) = (3_400.0, 520.0);
const BAND_MOVES: f64 = 1.7;
const BAND_RISES: f64 = 0.12;
/// How the phase of a string strays at once and over minutes: seconds between random points, and the largest deviation in
/// cycles. The slow one detunes a string by about 0.01 Hz, so that beats come and go.
const STRAY: [(f64, f64); 2] = [(7.0, 0.25), (60.0, 1.0)];
/// Levels are computed every this many frames. A grain is a multiple of it.
const STEP: usize = 256;
/// One cycle, in phase units: 2⁶⁴.
const WHOLE: f64 = 18_446_744_073_709_551_616.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TanpuraSettings {
    /// The pitch of the lowest string in Hz, clamped to [`PITCHES_HZ`].
    pub pitch_hz: f64,
    /// The ratio of the first string to the lowest, clamped to 1 to 2.
    pub first: f64,
    /// 0 is dull, 1 buzzes. Clamped to 0 to 1.
    pub brightness: f64,
    /// The seconds in which all four strings are plucked, on average, clamped to 4 to 10.
    pub round: f64,
}

/// A tanpura in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Tanpura {
    rate: SampleRate,
    hand: Hand,
    brightness: f64,
    /// The groups at each place of a period; the first place is there again after the last.
    table: Vec<[f32; GROUPS]>,
    strings: Vec<TanpuraString>,
    /// How strongly the hand plucks for a while.
    mood: RandomCurve,
    /// The mean power that each group has over all places at which a string is plucked.
    places: [f64; GROUPS],
}

#[derive(Clone, Debug)]
struct TanpuraString {
    /// Its place in the order of the strings.
    number: usize,
    hz: f64,
    /// In units of 2⁻⁶⁴ cycles: the phase at frame 0, and the increment per frame.
    start: u64,
    step: u64,
    stray: CurveSum<2>,
    pan: StereoPan,
    /// The levels of the groups without the bridge, in dB, and the times of their decay by 60 dB.
    levels_db: [f64; GROUPS],
    decays: [f64; GROUPS],
}

/// What a string does from one pluck to the next.
#[derive(Clone, Copy, Debug)]
struct Pluck {
    at: f64,
    /// When it is damped.
    until: f64,
    levels_db: [f64; GROUPS],
    /// How long it sounds, as a share of what the string does.
    lasts: f64,
    /// Where the strong band begins and ends, in Hz, the time in which it has gone most of the way, and how strong it is, in
    /// dB over its mean.
    band_hz: (f64, f64),
    moves: f64,
    strong: f64,
}

/// The frequency in the middle of a group, relative to the pitch.
fn middle(group: usize) -> f64 {
    f64::midpoint(f64::from(GROUP_STARTS[group]), f64::from(GROUP_STARTS[group + 1] - 1))
}

/// The power of a group of a string that is plucked at this share of its length.
fn plucked(group: usize, place: f64) -> f64 {
    let partials = GROUP_STARTS[group]..GROUP_STARTS[group + 1];
    let count = f64::from(GROUP_STARTS[group + 1] - GROUP_STARTS[group]);
    let power = |partial: u32| (std::f64::consts::PI * f64::from(partial) * place).sin().powi(2);
    WEAKEST + partials.map(power).sum::<f64>() / count
}

/// Its mean over all places at which a string is plucked.
fn mean_plucked(group: usize) -> f64 {
    const PARTS: u32 = 32;
    let place = |part: u32| between(PLACES, (f64::from(part) + 0.5) / f64::from(PARTS));
    (0..PARTS).map(|part| plucked(group, place(part))).sum::<f64>() / f64::from(PARTS)
}

/// An even deviation of at most so many dB, less what all such deviations together add to the power.
fn deviation(random: f32, most: f64) -> f64 {
    let nepers = most * std::f64::consts::LN_10 / 10.0;
    most * f64::from(random) - 10.0 * (nepers.sinh() / nepers).log10()
}

/// A value between two.
fn between((low, high): (f64, f64), place: f64) -> f64 {
    low + (high - low) * place
}

impl Tanpura {
    pub fn new(rate: SampleRate, seed: u64, tuned: TanpuraSettings) -> Self {
        let root = tuned.pitch_hz.clamp(PITCHES_HZ.0, PITCHES_HZ.1);
        let first = tuned.first.clamp(1.0, 2.0);
        let mut tanpura = Self {
            rate,
            hand: Hand { seed: seed_from(&[seed, 5]), round: tuned.round.clamp(4.0, 10.0) },
            brightness: tuned.brightness.clamp(0.0, 1.0),
            table: table(seed_from(&[seed, 0])),
            strings: Vec::new(),
            mood: RandomCurve::new(seed_from(&[seed, 6]), MOOD.0),
            places: std::array::from_fn(mean_plucked),
        };
        for (number, (ratio, side, level)) in (0..).zip(STRINGS) {
            let hz = root * if ratio == 0.0 { first } else { ratio };
            let mut string = tanpura.string(seed_from(&[seed, 1 + number as u64]), hz, number);
            // Each string has the same power but for its level: half of the whole is in each channel.
            let power = tanpura.power(&string);
            let share = Db(level).power() / STRINGS.iter().map(|string| Db(string.2).power()).sum::<f64>();
            string.pan = StereoPan::panned(side, LEVEL.gain().0 * (2.0 * share / power).sqrt());
            tanpura.strings.push(string);
        }
        tanpura
    }

    fn string(&self, seed: u64, hz: f64, number: usize) -> TanpuraString {
        let random = HashNoise::new(seed);
        let fall = between(FALLS_DB, self.brightness);
        let turns = hz / self.rate.as_f64();
        let level = |group: usize| {
            let highest = f64::from(GROUP_STARTS[group + 1] - 1) * turns;
            if highest > HIGHEST.min(HIGHEST_HZ / self.rate.as_f64()) {
                return f64::NEG_INFINITY;
            }
            STRING_DB * f64::from(random.at(10 + group as u64)) - fall * middle(group).log2()
        };
        let unlike = 0.8 + 0.4 * random.fraction(1);
        TanpuraString {
            number,
            hz,
            start: random.bits(0),
            step: (turns * WHOLE) as u64,
            stray: CurveSum::new(&STRAY.map(|(apart, most)| (apart * unlike, most)), |curve| {
                seed_from(&[seed, 1, curve])
            }),
            pan: StereoPan::panned(0.0, 1.0),
            levels_db: std::array::from_fn(level),
            decays: std::array::from_fn(|group| DECAY * (hz * middle(group) / 100.0).powf(DECAY_SLOPE)),
        }
    }

    /// The mean power of a string at its levels, over one round.
    fn power(&self, string: &TanpuraString) -> f64 {
        const PARTS: u32 = 400;
        let round = self.hand.round;
        let pluck = Pluck {
            at: 0.0,
            until: round,
            levels_db: string.levels_db,
            lasts: 1.0,
            band_hz: BAND_HZ,
            moves: BAND_MOVES,
            strong: 0.0,
        };
        let power = |part: u32| {
            let levels = self.levels(string, &pluck, round * f64::from(part) / f64::from(PARTS));
            let powers = levels.iter().enumerate().map(|(group, level)| {
                level * level / 2.0 * f64::from(GROUP_STARTS[group + 1] - GROUP_STARTS[group])
            });
            powers.sum::<f64>()
        };
        (0..PARTS).map(power).sum::<f64>() / f64::from(PARTS)
    }

    /// What a string does from one stroke to the next.
    fn pluck(&self, string: &TanpuraString, stroke: &Stroke, next: &Stroke) -> Pluck {
        let random = HashNoise::new(stroke.seed);
        let whole = deviation(random.at(1), PLUCK_DB) + MOOD.1 * self.mood.at(stroke.at);
        let place = between(PLACES, random.fraction(4));
        let level = |group: usize| {
            let own = deviation(random.at(10 + group as u64), GROUP_DB);
            let comb = 10.0 * (plucked(group, place) / self.places[group]).log10();
            string.levels_db[group] + whole + own + comb
        };
        let varied = |index: u64, octaves: f64| (octaves * f64::from(random.at(index))).exp2();
        Pluck {
            at: stroke.at,
            until: next.at,
            levels_db: std::array::from_fn(level),
            lasts: varied(5, DECAY_VARIES),
            band_hz: (BAND_HZ.0 * varied(2, BAND_VARIES), BAND_HZ.1 * varied(6, BAND_VARIES)),
            moves: BAND_MOVES * varied(3, BAND_VARIES),
            strong: deviation(random.at(7), BAND_VARIES_DB),
        }
    }

    /// The plucks of a string that are heard from one time to another, in seconds.
    fn plucks(&self, string: &TanpuraString, from: f64, to: f64) -> Vec<Pluck> {
        let strokes = self.hand.strokes(string.number, from, to);
        strokes.windows(2).map(|pair| self.pluck(string, &pair[0], &pair[1])).collect()
    }

    /// The amplitude of each group at a time.
    fn levels(&self, string: &TanpuraString, pluck: &Pluck, seconds: f64) -> [f64; GROUPS] {
        let since = seconds - pluck.at;
        let gain = raised_cosine(since / ATTACK) * raised_cosine((pluck.until - seconds) / DAMPED);
        if gain == 0.0 {
            return [0.0; GROUPS];
        }
        let moved = 1.0 - (-since / pluck.moves).exp();
        let (begins, ends) = pluck.band_hz;
        let centre = begins * (ends / begins).powf(moved);
        let strong = (between(BAND_DB, self.brightness) + pluck.strong) * (1.0 - (-since / BAND_RISES).exp());
        std::array::from_fn(|group| {
            let octaves = (string.hz * middle(group) / centre).log2() / BAND_OCTAVES;
            let level = pluck.levels_db[group] - 60.0 * since / (string.decays[group] * pluck.lasts)
                + strong * (-octaves * octaves / 2.0).exp();
            gain * Db(level).gain().0
        })
    }

    /// Adds a string in the window.
    fn sound(&self, string: &TanpuraString, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let to = (first + (left.len() + STEP) as u64) as f64 / hz;
        let plucks = self.plucks(string, first as f64 / hz, to);
        let mut current = 0;
        let mut levels_at = |frame: u64| {
            let seconds = frame as f64 / hz;
            while plucks.get(current).is_some_and(|pluck| seconds >= pluck.until) {
                current += 1;
            }
            let levels = plucks.get(current).map(|pluck| self.levels(string, pluck, seconds));
            levels.unwrap_or([0.0; GROUPS]).map(|level| level as f32)
        };
        let stray = |frame: u64| string.stray.at(frame as f64 / hz);
        let gains = [string.pan.left.gain as f32, string.pan.right.gain as f32];
        let mut levels = levels_at(first);
        let starts = (first..).step_by(STEP);
        for ((left, right), start) in left.chunks_mut(STEP).zip(right.chunks_mut(STEP)).zip(starts) {
            let end = start + STEP as u64;
            let (here, there) = (stray(start), stray(end));
            let mut phase =
                string.start.wrapping_add(string.step.wrapping_mul(start)).wrapping_add(phase_of(here));
            let turn = string.step.wrapping_add_signed(((there - here) * WHOLE / STEP as f64) as i64);
            let next = levels_at(end);
            let slopes: [f32; GROUPS] =
                std::array::from_fn(|group| (next[group] - levels[group]) / STEP as f32);
            for (left, right) in left.iter_mut().zip(right) {
                let place = (phase >> (64 - TABLE_BITS)) as usize;
                // The 24 bits below those of the place.
                let above = ((phase >> (40 - TABLE_BITS)) & 0xFF_FFFF) as f32 / 16_777_216.0;
                let (one, other) = (&self.table[place], &self.table[place + 1]);
                let mut sums = [0.0; LANES];
                for group in 0..GROUPS {
                    let sample = one[group] + above * (other[group] - one[group]);
                    sums[group % LANES] += sample * levels[group];
                    levels[group] += slopes[group];
                }
                let [a, b, c, d] = sums;
                let sample = (a + b) + (c + d);
                *left += gains[0] * sample;
                *right += gains[1] * sample;
                phase = phase.wrapping_add(turn);
            }
            levels = next;
        }
    }
}

/// The phase that so many cycles end at.
fn phase_of(cycles: f64) -> u64 {
    (cycles.rem_euclid(1.0) * WHOLE) as u64
}

/// Sums are kept in as many parts, so that few additions depend on each other.
const LANES: usize = 4;

/// One period of every group. The phases of the partials are random.
fn table(seed: u64) -> Vec<[f32; GROUPS]> {
    let random = HashNoise::new(seed);
    let size = 1usize << TABLE_BITS;
    let sample = |place: usize, group: usize| -> f32 {
        let partials = (GROUP_STARTS[group]..GROUP_STARTS[group + 1]).map(|partial| {
            let turns = f64::from(partial) * place as f64 / size as f64 + random.fraction(u64::from(partial));
            (TAU * turns).sin()
        });
        partials.sum::<f64>() as f32
    };
    (0..=size).map(|place| std::array::from_fn(|group| sample(place % size, group))).collect()
}

impl Generator for Tanpura {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
        for string in &self.strings {
            self.sound(string, first, left, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{
        density_db, joins_without_a_seam, made, order_does_not_matter, rms_db,
    };

    fn tanpura(brightness: f64) -> Tanpura {
        let tuned = TanpuraSettings { pitch_hz: 73.416, first: 1.5, brightness, round: 6.0 };
        Tanpura::new(SampleRate::DEFAULT, 5, tuned)
    }

    #[test]
    fn grains_can_be_made_in_any_order_and_join_as_if_no_string_had_ever_been_cut() {
        order_does_not_matter(&tanpura(0.4));
        joins_without_a_seam(&tanpura(1.0));
    }

    #[test]
    fn each_string_has_its_pitch() {
        let tanpura = tanpura(0.4);
        let plane: Vec<f32> = (0..3).flat_map(|index| made(&tanpura, index).swap_remove(0)).collect();
        let level = |hz: f64| density_db(&plane, 48_000.0, hz);
        for hz in [73.416, 110.124, 146.832] {
            assert!(level(hz) > level(hz * 1.2) + 10.0, "{hz}: {} {}", level(hz), level(hz * 1.2));
        }
    }

    #[test]
    fn plucks_of_a_string_differ_and_have_its_spectrum_together() {
        let tanpura = tanpura(0.4);
        for string in &tanpura.strings {
            let plucks = tanpura.plucks(string, 0.0, 1_800.0);
            for group in 0..8 {
                let level = |pluck: &Pluck| pluck.levels_db[group] - string.levels_db[group];
                let count = plucks.len() as f64;
                let mean = plucks.iter().map(level).sum::<f64>() / count;
                let deviation =
                    (plucks.iter().map(|pluck| (level(pluck) - mean).powi(2)).sum::<f64>() / count).sqrt();
                assert!(deviation > 2.7, "{deviation} dB");
                let power = plucks.iter().map(|pluck| Db(level(pluck)).power()).sum::<f64>() / count;
                assert!((10.0 * power.log10()).abs() < 1.5, "{} dB", 10.0 * power.log10());
            }
            assert!(plucks.windows(2).all(|pair| (pair[0].lasts - pair[1].lasts).abs() > 1e-6));
        }
    }

    #[test]
    fn strong_partials_move_down_after_a_pluck() {
        let tanpura = tanpura(0.6);
        let string = &tanpura.strings[3];
        let pluck = tanpura.plucks(string, 20.0, 21.0).swap_remove(0);
        // For as long as is looked at.
        let pluck = Pluck { until: pluck.at + 10.0, ..pluck };
        let strongest = |since: f64| {
            let levels = tanpura.levels(string, &pluck, pluck.at + since);
            // Relative to a string without the bridge.
            let gained = |group: usize| {
                20.0 * levels[group].log10() - pluck.levels_db[group]
                    + 60.0 * since / (string.decays[group] * pluck.lasts)
            };
            (0..GROUPS)
                .filter(|group| levels[*group] > 0.0)
                .max_by(|a, b| gained(*a).total_cmp(&gained(*b)))
                .unwrap()
        };
        let groups = [0.3, 1.0, 2.0, 4.0].map(strongest);
        assert!(groups.is_sorted_by(|a, b| a > b), "{groups:?}");
    }

    #[test]
    fn the_level_is_about_the_same_for_all_settings_and_mono_loses_little() {
        for (hz, pitch_hz, brightness, round) in
            [(48_000, 73.4, 0.4, 6.0), (22_050, 32.7, 1.0, 10.0), (96_000, 490.0, 0.0, 4.0)]
        {
            let tuned = TanpuraSettings { pitch_hz, first: 1.5, brightness, round };
            let tanpura = Tanpura::new(SampleRate::new(hz).unwrap(), 3, tuned);
            let grains: Vec<Vec<Vec<f32>>> = (0..4).map(|index| made(&tanpura, index)).collect();
            let planes =
                [0, 1].map(|side| grains.iter().flat_map(|grain| grain[side].clone()).collect::<Vec<_>>());
            let mono: Vec<f32> =
                planes[0].iter().zip(&planes[1]).map(|(l, r)| f32::midpoint(*l, *r)).collect();
            let level = rms_db(&planes.concat());
            assert!((level - LEVEL.0).abs() < 2.5, "{tuned:?}: {level} dB");
            assert!(level - rms_db(&mono) < 1.5, "{tuned:?}: {} dB in mono", rms_db(&mono) - level);
            assert!(planes.iter().flatten().all(|s| s.abs() < 0.6));
        }
    }
}
