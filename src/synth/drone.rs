//! A drone: a few sustained tones, as played on a harmonium. Each partial is a sine in the centre and a fainter one, a
//! fraction of a hertz beside it, that is added on the left and subtracted on the right. It beats slowly, in turn on
//! both sides, so that nothing repeats and the power of both sides together stays; in mono the fainter one is gone.
//!
//! The phase of a sine is an integer number of 2⁻⁶⁴ cycles, so that it is as exact after an hour as at the start, and
//! no state is needed.

use std::f64::consts::TAU;

use super::generator::Generator;
use super::random_curve::RandomCurve;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate};

/// The level of each channel in the long run: RMS in dBFS, within about 2 dB.
pub const LEVEL: Db = Db(-24.0);

/// The lowest and highest pitch of the root, in Hz.
pub const PITCHES_HZ: (f64, f64) = (30.0, 500.0);
/// The highest partial, in Hz, so that a drone is never shrill.
const HIGHEST_HZ: f64 = 3_500.0;
/// The most partials of one tone.
const PARTIALS: u32 = 14;
/// The distance between the two sines of a partial, in Hz: the least, and the range above it.
const BEAT_HZ: (f64, f64) = (0.04, 0.16);
/// The amplitude of the fainter sine relative to the other: one channel moves by 20·log₁₀(1.3/0.7) = 5.4 dB.
const FAINTER: f64 = 0.3;
/// How the level of each partial varies: seconds between random points, and the largest deviation in dB. In mono this is
/// all that moves, so that no partial ever changes by 3 dB there.
const LEVEL_SECONDS: f64 = 9.0;
const LEVEL_DB: f64 = 1.4;
/// Tones whose pitches differ by less than this share are one: the third partial of the root and the second of the
/// fifth would cancel each other now and then.
const SAME: f64 = 1e-6;
/// How the phase of each sine varies: seconds between random points, and the largest deviation in cycles. Without it
/// the beats would be audibly regular.
const PHASE_CURVE: (f64, f64) = (14.0, 0.9);
/// Levels and phases are computed every this many frames and interpolated linearly. A grain is a multiple of it.
const STEP: usize = 512;
/// The number of sines computed together.
const LANES: usize = 8;
/// A partial this far below the strongest is left out: it would be inaudible in any bedroom.
const FAINTEST: Db = Db(-64.0);

/// The tones over the root, in just intonation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DroneChord {
    /// The root and its octaves.
    Octave,
    /// With the fifth: neither bright nor dark.
    Fifth,
    /// With the fourth: open, unresolved.
    Fourth,
    /// With major third and fifth.
    Major,
    /// With minor third and fifth.
    Minor,
}

impl DroneChord {
    /// The tones as ratios to the root, each with its level.
    fn tones(self) -> &'static [(f64, f64)] {
        match self {
            Self::Octave => &[(1.0, 1.0), (2.0, 0.6), (4.0, 0.15)],
            Self::Fifth => &[(1.0, 1.0), (1.5, 0.6), (2.0, 0.5), (3.0, 0.2)],
            Self::Fourth => &[(1.0, 1.0), (4.0 / 3.0, 0.5), (2.0, 0.5)],
            Self::Major => &[(1.0, 1.0), (1.5, 0.55), (2.0, 0.45), (2.5, 0.3)],
            Self::Minor => &[(1.0, 1.0), (1.5, 0.55), (2.0, 0.45), (2.4, 0.3)],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DroneSettings {
    /// The root, in Hz, clamped to [`PITCHES_HZ`].
    pub pitch_hz: f64,
    pub chord: DroneChord,
    /// 0 is a dark hum, 1 has many overtones. Clamped to 0 to 1.
    pub brightness: f64,
}

/// A drone in stereo, [`LEVEL`] in each channel.
#[derive(Clone, Debug)]
pub struct Drone {
    rate: SampleRate,
    /// The sines in the centre, and the fainter ones, which have opposite signs on both sides.
    sines: [Vec<Sine>; 2],
}

/// One sine.
#[derive(Clone, Copy, Debug)]
struct Sine {
    /// In units of 2⁻⁶⁴ cycles: the phase at frame 0, and the increment per frame.
    start: u64,
    step: u64,
    amplitude: f64,
    level_curve: RandomCurve,
    phase_curve: RandomCurve,
}

impl Drone {
    /// The seed determines how the partials beat and how their levels vary.
    pub fn new(rate: SampleRate, seed: u64, tone: DroneSettings) -> Self {
        let root = tone.pitch_hz.clamp(PITCHES_HZ.0, PITCHES_HZ.1);
        let brightness = tone.brightness.clamp(0.0, 1.0);
        // The pitch of each partial, and its power.
        let mut partials: Vec<(f64, f64)> = Vec::new();
        for (ratio, level) in tone.chord.tones() {
            for partial in 1..=PARTIALS {
                let hz = root * ratio * f64::from(partial);
                if hz > HIGHEST_HZ.min(0.45 * rate.as_f64()) {
                    break;
                }
                // Overtones fall with their number, and more around the frequencies the ear is most sensitive to.
                let fall = f64::from(partial).powf(-(2.2 - 1.3 * brightness));
                let soft = 1.0 / (1.0 + (hz / (500.0 + 1_200.0 * brightness)).powi(2));
                let power = (level * fall * soft).powi(2);
                match partials.iter_mut().find(|(other, _)| (hz / *other - 1.0).abs() < SAME) {
                    Some((_, sum)) => *sum += power,
                    None => partials.push((hz, power)),
                }
            }
        }
        let strongest = partials.iter().fold(0.0, |most: f64, (_, power)| most.max(*power)).sqrt();
        partials.retain(|(_, power)| power.sqrt() > strongest * FAINTEST.gain().0);
        let mut pairs: Vec<[Sine; 2]> = (0..)
            .zip(&partials)
            .map(|(number, (hz, power))| pair(seed_from(&[seed, number]), *hz, power.sqrt(), rate))
            .collect();
        let whole: f64 = pairs.iter().flatten().map(|sine| sine.amplitude.powi(2) / 2.0).sum();
        let gain = LEVEL.gain().0 / whole.sqrt();
        pairs.iter_mut().flatten().for_each(|sine| sine.amplitude *= gain);
        Self { rate, sines: [0, 1].map(|which| pairs.iter().map(|pair| pair[which]).collect()) }
    }
}

/// The two sines of a partial.
fn pair(seed: u64, hz: f64, amplitude: f64, rate: SampleRate) -> [Sine; 2] {
    let random = HashNoise::new(seed);
    let beat = BEAT_HZ.0 + BEAT_HZ.1 * random.fraction(0);
    let beat = if random.bits(4).is_multiple_of(2) { beat } else { -beat };
    std::array::from_fn(|which| {
        let (hz, amplitude) = if which == 0 { (hz, amplitude) } else { (hz + beat, FAINTER * amplitude) };
        let turns = hz / rate.as_f64();
        let line = |number: u64, apart: f64| {
            RandomCurve::new(seed_from(&[seed, number]), apart * (0.7 + 0.6 * random.fraction(3)))
        };
        Sine {
            start: random.bits(1 + which as u64),
            step: (turns * WHOLE) as u64,
            amplitude,
            // Both vary in level together; their phases vary independently.
            level_curve: line(3, LEVEL_SECONDS),
            phase_curve: line(4 + which as u64, PHASE_CURVE.0),
        }
    })
}

/// One cycle, in phase units: 2⁶⁴.
const WHOLE: f64 = 18_446_744_073_709_551_616.0;

/// A few sines computed together over one step.
struct SineBank {
    place: [[f64; LANES]; 2],
    turn: [[f64; LANES]; 2],
    level: [f64; LANES],
    slope: [f64; LANES],
}

impl SineBank {
    /// The sines from frame `start` on; the step lasts from time `from` to time `to`, in seconds.
    fn new(sines: &[Sine], start: u64, from: f64, to: f64) -> Self {
        let mut voices = Self {
            place: [[0.0; LANES]; 2],
            turn: [[0.0; LANES]; 2],
            level: [0.0; LANES],
            slope: [0.0; LANES],
        };
        let angle = |phase: u64| phase as f64 * (TAU / WHOLE);
        for (lane, sine) in sines.iter().enumerate() {
            let (here, there) = (sine.phase_curve.at(from), sine.phase_curve.at(to));
            let stray = TAU * PHASE_CURVE.1;
            let place =
                (angle(sine.start.wrapping_add(sine.step.wrapping_mul(start))) + stray * here).sin_cos();
            let turn = (angle(sine.step) + stray * (there - here) / STEP as f64).sin_cos();
            let level = |time: f64| sine.amplitude * Db(LEVEL_DB * sine.level_curve.at(time)).gain().0;
            (voices.place[0][lane], voices.place[1][lane]) = place;
            (voices.turn[0][lane], voices.turn[1][lane]) = turn;
            voices.level[lane] = level(from);
            voices.slope[lane] = (level(to) - voices.level[lane]) / STEP as f64;
        }
        voices
    }

    fn add(mut self, sum: &mut [f64; STEP]) {
        let [sine_turn, cosine_turn] = self.turn;
        for sum in sum {
            let [sines, cosines] = &mut self.place;
            let mut made = [0.0; LANES];
            for lane in 0..LANES {
                let (sine, cosine) = (sines[lane], cosines[lane]);
                made[lane] = sine * self.level[lane];
                self.level[lane] += self.slope[lane];
                sines[lane] = sine * cosine_turn[lane] + cosine * sine_turn[lane];
                cosines[lane] = cosine * cosine_turn[lane] - sine * sine_turn[lane];
            }
            *sum += paired(made);
        }
    }
}

/// The sum of all lanes, added in pairs so that few additions depend on each other.
fn paired(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

impl Generator for Drone {
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]) {
        let hz = self.rate.as_f64();
        let starts = (first..).step_by(STEP);
        for ((left, right), start) in left.chunks_mut(STEP).zip(right.chunks_mut(STEP)).zip(starts) {
            let mut sums = [[0.0; STEP]; 2];
            let (from, to) = (start as f64 / hz, (start + STEP as u64) as f64 / hz);
            for (sines, sum) in self.sines.iter().zip(&mut sums) {
                for sines in sines.chunks(LANES) {
                    SineBank::new(sines, start, from, to).add(sum);
                }
            }
            for ((left, right), (middle, side)) in
                left.iter_mut().zip(right).zip(sums[0].iter().zip(&sums[1]))
            {
                (*left, *right) = ((middle + side) as f32, (middle - side) as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{joins_without_a_seam, made, order_does_not_matter, rms_db};

    fn drone(chord: DroneChord) -> Drone {
        Drone::new(SampleRate::DEFAULT, 5, DroneSettings { pitch_hz: 110.0, chord, brightness: 0.4 })
    }

    /// The amplitude of a sine at `hz` in a stretch, through a Hann window.
    fn amplitude(plane: &[f32], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &sample) in plane.iter().enumerate() {
            let hann = 1.0 - (TAU * i as f64 / plane.len() as f64).cos();
            let (sine, cosine) = (TAU * hz / 48_000.0 * i as f64).sin_cos();
            re += f64::from(sample) * hann * cosine;
            im += f64::from(sample) * hann * sine;
        }
        2.0 * re.hypot(im) / plane.len() as f64
    }

    #[test]
    fn grains_can_be_made_in_any_order() {
        order_does_not_matter(&drone(DroneChord::Fifth));
    }

    #[test]
    fn grains_join_as_if_the_tones_had_never_been_cut() {
        joins_without_a_seam(&drone(DroneChord::Fifth));
    }

    #[test]
    fn the_pitch_is_exact_after_an_hour_as_at_the_start() {
        for index in [0, 659] {
            let planes = made(&drone(DroneChord::Octave), index);
            let mono: Vec<f32> =
                planes[0].iter().zip(&planes[1]).map(|(l, r)| f32::midpoint(*l, *r)).collect();
            // A grain tells frequencies a fifth of a hertz apart; both sines of a pair lie within that of the pitch.
            let near = amplitude(&mono, 110.0);
            assert!(near > 10.0 * amplitude(&mono, 109.0) && near > 10.0 * amplitude(&mono, 111.0));
            assert!(near > 0.005, "{near}");
        }
        // The first sine has the pitch to a millionth of a hertz.
        let sines = drone(DroneChord::Octave).sines.map(|side| side[0]);
        let hz = |sine: &Sine| sine.step as f64 / 2f64.powi(64) * 48_000.0;
        assert!((hz(&sines[0]) - 110.0).abs() < 1e-6);
        let beat = (hz(&sines[1]) - hz(&sines[0])).abs();
        assert!((BEAT_HZ.0..BEAT_HZ.0 + BEAT_HZ.1).contains(&beat), "{beat} Hz");
    }

    #[test]
    fn nothing_throbs_in_stereo_or_in_mono_and_the_sides_move() {
        // A moment of every half minute of five minutes. Two sines that meet in mono would take it down by 40 dB.
        let drone = drone(DroneChord::Fifth);
        let [middles, _] = &drone.sines;
        let pitches: Vec<f64> =
            middles.iter().map(|sine| sine.step as f64 / 2f64.powi(64) * 48_000.0).collect();
        let levels = |index| {
            let planes = made(&drone, index);
            let mono: Vec<f32> =
                planes[0].iter().zip(&planes[1]).map(|(l, r)| f32::midpoint(*l, *r)).collect();
            // Short enough that the phase hardly strays.
            let level = |plane: &[f32], hz| 20.0 * amplitude(&plane[..32_768], hz).log10();
            let partials = pitches.iter().map(|hz| level(&mono, *hz));
            let left = level(&planes[0], 110.0);
            [rms_db(&mono), rms_db(&planes.concat()), left].into_iter().chain(partials).collect::<Vec<f64>>()
        };
        let grains: Vec<Vec<f64>> = (0..10).map(|half| levels(5 * half)).collect();
        let moves = |which: usize| {
            let high = grains.iter().fold(f64::MIN, |high, grain| high.max(grain[which]));
            let low = grains.iter().fold(f64::MAX, |low, grain| low.min(grain[which]));
            high - low
        };
        for which in (0..grains[0].len()).filter(|which| *which != 2) {
            assert!(moves(which) < 3.0, "{which}: {} dB", moves(which));
        }
        // One side moves by 5.4 dB and the change of level at most.
        assert!((2.0..5.4 + 2.8).contains(&moves(2)), "{} dB", moves(2));
        assert!(20.0 * ((1.0 + FAINTER) / (1.0 - FAINTER)).log10() < 5.5);
    }

    #[test]
    fn a_chord_has_its_tones_and_no_others() {
        let plane = made(&drone(DroneChord::Minor), 2).swap_remove(0);
        let [fifth, minor, major] = [165.0, 264.0, 275.0].map(|hz| amplitude(&plane, hz));
        assert!(fifth > 0.002 && minor > 0.0005 && major < minor / 10.0, "{fifth} {minor} {major}");
    }

    #[test]
    fn the_level_stays_at_every_rate_pitch_and_brightness() {
        for (hz, pitch_hz, brightness) in [(22_050, 30.0, 1.0), (48_000, 73.4, 0.0), (96_000, 500.0, 0.5)] {
            let rate = SampleRate::new(hz).unwrap();
            let drone = Drone::new(rate, 3, DroneSettings { pitch_hz, chord: DroneChord::Fifth, brightness });
            let grains: Vec<f32> = (0..6).flat_map(|index| made(&drone, 5 * index).swap_remove(0)).collect();
            assert!((rms_db(&grains) - LEVEL.0).abs() < 2.5, "{hz} Hz: {}", rms_db(&grains));
            assert!(grains.iter().all(|s| s.abs() < 0.5));
        }
    }
}
