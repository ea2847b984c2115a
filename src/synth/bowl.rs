//! A singing bowl, struck once: a few inharmonic partials, each a pair of slightly detuned modes that beat slowly and
//! move between left and right.
//!
//! Modal synthesis: the sound of a struck thin shell is a sum of decaying sines. The ratios follow measurements of
//! Tibetan bowls: Inácio, Henrique and Antunes, "The dynamics of Tibetan singing bowls", Acta Acustica 92 (2006). The
//! modes come in pairs because no bowl is perfectly round.

use super::mode::{Mode, render};
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
/// The relative distance between the two modes of a pair, and its variation between partials.
const SPLIT: f64 = 0.003;
const SPLIT_SPREAD: f64 = 0.000_8;
/// The level of the second mode relative to the first. Equal modes would cancel completely once per beat; these vary
/// by 6 to 12 dB in each channel.
const SECOND: f64 = 0.45;
/// How far the modes of a pair are panned from the centre, as a share of the way to the side.
const PAN: f64 = 0.16;
/// The share of the ring that fades out at its end.
const FADE_SHARE: f64 = 0.15;

/// A partial: its frequency relative to the pitch, its decay time relative to that of the pitch, and its level for
/// each mallet.
struct BowlPartial {
    ratio: f64,
    decay: f64,
    soft: f64,
    full: f64,
}

const PARTIALS: [BowlPartial; 6] = [
    BowlPartial { ratio: 1.0, decay: 1.0, soft: 1.0, full: 1.0 },
    BowlPartial { ratio: 2.71, decay: 0.58, soft: 0.34, full: 0.62 },
    BowlPartial { ratio: 5.15, decay: 0.34, soft: 0.07, full: 0.28 },
    BowlPartial { ratio: 8.2, decay: 0.2, soft: 0.015, full: 0.11 },
    BowlPartial { ratio: 11.8, decay: 0.12, soft: 0.003, full: 0.04 },
    BowlPartial { ratio: 15.7, decay: 0.08, soft: 0.0, full: 0.015 },
];

/// What the bowl is struck with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mallet {
    /// A felt mallet, gently: mostly the fundamental, with an attack of 40 ms.
    Soft,
    /// A wooden mallet covered in leather: brighter, with an attack of 12 ms.
    Full,
}

impl Mallet {
    fn attack_seconds(self) -> f64 {
        match self {
            Self::Soft => 0.04,
            Self::Full => 0.012,
        }
    }
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
    /// small details: the distance of the modes in each pair, and their phases.
    pub fn render(&self, rate: SampleRate, seed: u64) -> Buffer {
        let length = self.frames(rate).index();
        let attack = (self.mallet.attack_seconds() * rate.as_f64()).ceil() as usize;
        let fade = (length as f64 * FADE_SHARE) as usize;
        render(&self.modes(rate, seed), length, attack, fade, PEAK, rate)
    }

    /// The modes, two for each partial below [`HIGHEST`].
    fn modes(&self, rate: SampleRate, seed: u64) -> Vec<Mode> {
        let pitch = self.pitch_hz.clamp(PITCHES.0, PITCHES.1);
        let ring = self.ring.clamp(RINGS.0, RINGS.1).as_f64();
        let mut modes = Vec::new();
        for (number, partial) in (0..).zip(&PARTIALS) {
            let random = HashNoise::new(seed_from(&[seed, number]));
            let split = SPLIT + SPLIT_SPREAD * (2.0 * random.fraction(0) - 1.0);
            let phase = random.fraction(1);
            let level = if self.mallet == Mallet::Soft { partial.soft } else { partial.full };
            // Adjacent partials are panned to opposite sides, so that the whole stays centred.
            let side = if number % 2 == 0 { PAN } else { -PAN };
            for (hz, level, pan) in [
                (pitch * partial.ratio * (1.0 - split / 2.0), level, side),
                (pitch * partial.ratio * (1.0 + split / 2.0), level * SECOND, -side),
            ] {
                if hz < HIGHEST * rate.as_f64() && level > 0.0 {
                    modes.push(Mode::new(
                        hz / rate.as_f64(),
                        phase,
                        level,
                        ring * partial.decay * rate.as_f64(),
                        pan,
                    ));
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
            let attack = (mallet.attack_seconds() * 48_000.0) as usize;
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
