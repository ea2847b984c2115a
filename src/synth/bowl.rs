//! A singing bowl, struck once: inharmonic partials, each a pair of slightly detuned modes that beat at a pace of their
//! own and move between left and right, and the noise of the mallet.
//!
//! Modal synthesis: the sound of a struck thin shell is a sum of decaying sines. The modes come in pairs because no bowl
//! is perfectly round. The ratios of the first six partials follow measurements of Tibetan bowls: Inácio, Henrique and
//! Antunes, "The dynamics of Tibetan singing bowls", Acta Acustica 92 (2006). Those above go on with the growing
//! distances of these (ours), up to 80 times the pitch. Their levels are those of the recorded bell in `chime`, −14 to
//! −32 dB up to 9 kHz.

use super::mode::{Knock, Mode, Struck};
use crate::audio::Buffer;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// The sample peak of every bowl, in dBFS.
pub const PEAK: Db = Db(-6.0);

/// The lowest and highest pitch, in Hz.
const PITCHES: (f64, f64) = (40.0, 2_000.0);
/// The shortest and longest ring.
const RINGS: (Seconds, Seconds) = (Seconds::whole(1), Seconds::whole(120));
/// The highest partial, as a share of the rate.
const HIGHEST: f64 = 0.45;
/// Partials below this level are left out.
const LEAST: f64 = 0.003;
/// The relative distance between the two modes of the pitch, and its variation from bowl to bowl.
const SPLIT: f64 = 0.003;
const SPLIT_SPREAD: f64 = 0.000_8;
/// The distance in the pairs of other partials, as a range of shares of [`SPLIT`], and how it shrinks with the ratio, so
/// that the highest ones beat a few times a second.
const SPLITS: (f64, f64) = (0.4, 1.6);
const SPLIT_SLOPE: f64 = -0.35;
/// The range of the level of the second mode relative to the first. Equal modes would cancel completely once per beat;
/// these vary by 6 to 14 dB in each channel.
const SECOND: (f64, f64) = (0.3, 0.5);
/// The range of the decay time of the second mode relative to the first.
const SECOND_DECAY: (f64, f64) = (0.85, 1.0);
/// The level of a partial without the mallet is its ratio to this power, and differs by so many dB from bowl to bowl.
const LEVEL_SLOPE: f64 = -0.45;
const LEVEL_SPREAD: f64 = 3.0;
/// The number that the details of all bowls are drawn from. With this one, what follows the bowls `zacht` and `schaal` of
/// the course in this repository begins 3.0 and 2.8 s after the stroke.
const DETAILS: u64 = 325;
/// How far the modes of a pair are panned from the centre, as a share of the way to the side.
const PAN: f64 = 0.16;
/// The share of the ring that fades out at its end.
const FADE_SHARE: f64 = 0.15;

/// The partials: the frequency relative to the pitch, and the decay time relative to that of the pitch.
pub(super) const PARTIALS: [(f64, f64); 16] = [
    (1.0, 1.0),
    (2.71, 0.58),
    (5.15, 0.34),
    (8.2, 0.2),
    (11.8, 0.12),
    (15.7, 0.08),
    (20.2, 0.063),
    (25.1, 0.052),
    (30.5, 0.043),
    (36.4, 0.037),
    (42.7, 0.032),
    (49.4, 0.028),
    (56.5, 0.024_5),
    (64.0, 0.022),
    (71.8, 0.02),
    (80.0, 0.018),
];

/// What the bowl is struck with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mallet {
    /// A felt mallet, gently: mostly the fundamental, with an attack of 30 ms.
    Soft,
    /// A wooden mallet covered in leather: brighter, with an attack of 8 ms.
    Full,
}

/// How a mallet excites the bowl.
struct Blow {
    /// The attack time, in seconds.
    attack: f64,
    /// The frequency in Hz from which on partials are weaker, and by how many times 6 dB an octave.
    corner: f64,
    steps: f64,
    knock: Knock,
}

impl Mallet {
    const fn blow(self) -> Blow {
        match self {
            Self::Soft => Blow {
                attack: 0.03,
                corner: 700.0,
                steps: 2.0,
                knock: Knock { band: (120.0, 700.0), level: 0.08, decay: 0.12 },
            },
            Self::Full => Blow {
                attack: 0.008,
                corner: 4_000.0,
                steps: 1.0,
                knock: Knock { band: (300.0, 4_500.0), level: 0.2, decay: 0.06 },
            },
        }
    }
}

impl Blow {
    /// How strongly a partial of this frequency is excited.
    fn strength(&self, hz: f64) -> f64 {
        (1.0 + (hz / self.corner).powi(2)).powf(-0.5 * self.steps)
    }
}

/// A number within a range, from a random one between 0 and 1.
fn within((from, to): (f64, f64), random: f64) -> f64 {
    from + (to - from) * random
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SingingBowl {
    /// The lowest partial, clamped to 40 to 2000 Hz. Large bowls have about 110 to 220 Hz, small ones 400 to 800 Hz.
    pub pitch_hz: f64,
    pub mallet: Mallet,
    /// How long it rings, from the strike to silence; clamped to 1 s to 2 minutes. The pitch decays by about 60 dB in
    /// this time, higher partials sooner.
    pub ring: Seconds,
}

impl SingingBowl {
    /// The length of the rendered sound.
    pub fn frames(&self, rate: SampleRate) -> Frames {
        self.ring.clamp(RINGS.0, RINGS.1).frames(rate)
    }

    /// Renders the sound in stereo, with its peak at [`PEAK`] and silence as its last frame. The seed determines
    /// small details: level, beat and phase of each pair of modes.
    pub fn render(&self, rate: SampleRate, seed: u64) -> Buffer {
        let length = self.frames(rate).index();
        let blow = self.mallet.blow();
        let struck = Struck {
            modes: self.modes(rate, seed),
            knock: blow.knock,
            length,
            attack: (blow.attack * rate.as_f64()).ceil() as usize,
            fade: (length as f64 * FADE_SHARE) as usize,
        };
        struck.render(PEAK, rate, seed)
    }

    /// The modes, two for each partial below [`HIGHEST`] that is heard.
    fn modes(&self, rate: SampleRate, seed: u64) -> Vec<Mode> {
        let pitch = self.pitch_hz.clamp(PITCHES.0, PITCHES.1);
        let ring = self.ring.clamp(RINGS.0, RINGS.1).as_f64();
        let blow = self.mallet.blow();
        let mut modes = Vec::new();
        for (number, (ratio, decay)) in (0..).zip(PARTIALS) {
            let random = HashNoise::new(seed_from(&[seed, number, DETAILS]));
            let (split, spread) = if number == 0 {
                (SPLIT + SPLIT_SPREAD * (2.0 * random.fraction(0) - 1.0), 0.0)
            } else {
                let split = SPLIT * within(SPLITS, random.fraction(0)) * ratio.powf(SPLIT_SLOPE);
                (split, LEVEL_SPREAD * (2.0 * random.fraction(4) - 1.0))
            };
            let level = ratio.powf(LEVEL_SLOPE) * blow.strength(pitch * ratio) / blow.strength(pitch);
            let level = level * Db(spread).gain().0;
            let phase = random.fraction(1);
            let second = level * within(SECOND, random.fraction(2));
            let decay = ring * decay * rate.as_f64();
            let second_decay = decay * within(SECOND_DECAY, random.fraction(3));
            // Adjacent partials are panned to opposite sides, so that the whole stays centred.
            let side = if number % 2 == 0 { PAN } else { -PAN };
            for (hz, level, decay, pan) in [
                (pitch * ratio * (1.0 - split / 2.0), level, decay, side),
                (pitch * ratio * (1.0 + split / 2.0), second, second_decay, -side),
            ] {
                if hz < HIGHEST * rate.as_f64() && level >= LEAST {
                    modes.push(Mode::new(hz / rate.as_f64(), phase, level, decay, pan));
                }
            }
        }
        modes
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn rendered(mallet: Mallet) -> Buffer {
        SingingBowl { pitch_hz: 200.0, mallet, ring: Seconds::whole(12) }.render(SampleRate::DEFAULT, 3)
    }

    /// The amplitude of a sine at `hz` within a stretch of a plane, through a Hann window.
    fn amplitude(plane: &[f32], start: usize, frames: usize, hz: f64, rate: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &sample) in plane[start..start + frames].iter().enumerate() {
            let hann = 1.0 - (TAU * i as f64 / frames as f64).cos();
            let (sine, cosine) = (TAU * hz / rate * i as f64).sin_cos();
            re += f64::from(sample) * hann * cosine;
            im += f64::from(sample) * hann * sine;
        }
        2.0 * re.hypot(im) / frames as f64
    }

    fn db(ratio: f64) -> f64 {
        20.0 * ratio.log10()
    }

    #[test]
    fn a_bowl_has_its_length_its_peak_and_silence_at_both_ends() {
        for mallet in [Mallet::Soft, Mallet::Full] {
            let sound = rendered(mallet);
            assert_eq!((sound.frames(), sound.channels()), (Frames(12 * 48_000), 2));
            let peak = sound.planes().iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!((db(f64::from(peak)) - PEAK.0).abs() < 1e-4);
            for plane in sound.planes() {
                assert_eq!((plane[0], plane[plane.len() - 1]), (0.0, 0.0));
                // A tenth of a millisecond after the strike and half a second before the end there is next to nothing.
                assert!(plane[..5].iter().chain(&plane[plane.len() - 24_000..]).all(|s| s.abs() < 1e-3));
            }
        }
    }

    #[test]
    fn the_strike_comes_up_over_its_attack_and_not_at_once() {
        for mallet in [Mallet::Soft, Mallet::Full] {
            let sound = rendered(mallet);
            let attack = (mallet.blow().attack * 48_000.0) as usize;
            let most = |frames: &[f32]| frames.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            let plane = sound.plane(0);
            assert!(most(&plane[..attack / 5]) < 0.15 * most(plane), "{mallet:?}");
            assert!(most(&plane[attack..2 * attack]) > 0.5 * most(plane), "{mallet:?}");
        }
    }

    #[test]
    fn the_pitch_decays_by_sixty_decibels_over_the_ring_and_overtones_sooner() {
        let sound = rendered(Mallet::Full);
        // Windows of several beats, so that the beating averages out; ten twelfths of the ring is faded last.
        let fall = |hz: f64, first: usize, second: usize| {
            let power = |start: usize| -> f64 {
                (0..24)
                    .map(|step| amplitude(sound.plane(0), start + step * 4_000, 9_600, hz, 48_000.0).powi(2))
                    .sum()
            };
            10.0 * (power(first) / power(second)).log10()
        };
        let pitch = fall(200.0, 24_000, 312_000);
        assert!((pitch - 30.0).abs() < 2.5, "{pitch} dB in 6 of 12 seconds");
        let overtone = fall(542.0, 24_000, 168_000);
        assert!((overtone - 15.0 / 0.58).abs() < 3.0, "{overtone} dB in 3 of 12 seconds");
    }

    #[test]
    fn a_full_strike_has_partials_up_to_nine_kilohertz_and_the_noise_of_its_mallet() {
        let bowl = SingingBowl { pitch_hz: 110.0, mallet: Mallet::Full, ring: Seconds::whole(75) };
        let sound = bowl.render(SampleRate::DEFAULT, 1);
        let level = |hz: f64| {
            // The strongest within the reach of a pair.
            (-8..=8)
                .map(|step| amplitude(sound.plane(0), 480, 9_600, hz + f64::from(step), 48_000.0))
                .fold(0.0, f64::max)
        };
        let pitch = level(110.0);
        for (ratio, _) in &PARTIALS[1..] {
            let heard = db(level(110.0 * ratio) / pitch);
            assert!((-34.0..0.0).contains(&heard), "{ratio}: {heard} dB");
        }
        // Between two partials there is the noise, for some hundredths of a second.
        let between = |start| db(amplitude(sound.plane(0), start, 2_400, 730.0, 48_000.0) / pitch);
        assert!(between(240) > between(9_600) + 6.0, "{} {}", between(240), between(9_600));
    }

    #[test]
    fn a_full_strike_is_brighter_than_a_soft_one() {
        let share = |mallet| {
            let sound = rendered(mallet);
            let level = |hz| amplitude(sound.plane(0), 4_800, 48_000, hz, 48_000.0);
            db(level(1_030.0) / level(200.0))
        };
        assert!(share(Mallet::Full) > share(Mallet::Soft) + 6.0);
    }

    #[test]
    fn each_partial_beats_and_moves_between_the_channels() {
        let sound = rendered(Mallet::Soft);
        let track = |channel: usize| -> Vec<f64> {
            // Taken back to one level, so that only the beating is left.
            (0..60)
                .map(|step| {
                    let start = 4_800 + step * 4_800;
                    let decay = 10f64.powf(-3.0 * start as f64 / 576_000.0);
                    amplitude(sound.plane(channel), start, 4_800, 200.0, 48_000.0) / decay
                })
                .collect()
        };
        let tracks = [track(0), track(1)];
        for track in &tracks {
            let (low, high) =
                track.iter().fold((f64::MAX, 0.0f64), |(low, high), &a| (low.min(a), high.max(a)));
            assert!((3.0..15.0).contains(&db(high / low)), "{} dB", db(high / low));
        }
        assert!(sound.plane(0) != sound.plane(1));
    }

    #[test]
    fn nothing_lies_above_the_highest_partial_allowed_and_no_number_is_out_of_bounds() {
        let rate = SampleRate::new(8_000).unwrap();
        for pitch_hz in [f64::MIN, 0.0, 1_500.0, 1e9] {
            let bowl = SingingBowl { pitch_hz, mallet: Mallet::Full, ring: Seconds::ZERO };
            assert!(bowl.modes(rate, 1).iter().all(|mode| mode.phase_step() < TAU * HIGHEST));
            let sound = bowl.render(rate, 1);
            assert_eq!(sound.frames(), Frames(8_000));
            assert!(sound.planes().iter().flatten().all(|s| s.is_finite()));
        }
    }

    #[test]
    fn a_new_seed_changes_only_details_and_the_same_seed_nothing() {
        let bowl = SingingBowl { pitch_hz: 300.0, mallet: Mallet::Soft, ring: Seconds::whole(2) };
        assert_eq!(bowl.render(SampleRate::DEFAULT, 1), bowl.render(SampleRate::DEFAULT, 1));
        assert_ne!(bowl.render(SampleRate::DEFAULT, 1), bowl.render(SampleRate::DEFAULT, 2));
    }
}
