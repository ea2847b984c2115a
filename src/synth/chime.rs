//! A small bell and a wood block, each struck once.
//!
//! The bell is modelled on a recorded hand bell of 2149 Hz (`JetRye`, "Bell meditation", freesound 140128, CC0): the
//! ratios of its partials, their splitting into pairs, and their decay times. The block is a hardwood bar over a
//! cavity: the first modes of a free bar (ratios 1, 2.756, 5.404; Fletcher and Rossing, "The Physics of Musical
//! Instruments", chapter 2), which decay within a tenth of a second.

use super::mode::{Mode, render};
use crate::audio::Buffer;
use crate::dsp::noise::{HashNoise, seed as seed_from};
use crate::unit::{Db, SampleRate, Seconds};

/// The sample peak of every bell and block, in dBFS.
pub const PEAK: Db = Db(-6.0);

/// The lowest and highest pitch of a bell and of a block, in Hz.
pub const BELL_PITCHES_HZ: (f64, f64) = (300.0, 4_000.0);
/// As [`BELL_PITCHES_HZ`].
pub const BLOCK_PITCHES_HZ: (f64, f64) = (150.0, 2_000.0);
/// The shortest and longest ring of a bell.
const RINGS: (Seconds, Seconds) = (Seconds::whole(1), Seconds::whole(60));
/// The highest pitch, as a share of the rate.
const HIGHEST_PITCH: f64 = 0.4;
/// The highest partial, as a share of the rate.
const HIGHEST: f64 = 0.45;
/// The attack times of bell and block, in seconds; slow enough not to startle.
const BELL_ATTACK: f64 = 0.006;
const BLOCK_ATTACK: f64 = 0.005;
/// The share of the ring that fades out at its end.
const FADE_SHARE: f64 = 0.15;
/// How far the two modes of a pair are panned from the centre, as a share of the way to the side.
const PAN: f64 = 0.14;

/// A partial: its frequency relative to the pitch, the distance between its two modes relative to its frequency, its
/// decay time relative to that of the pitch, and its level.
struct ChimePartial {
    ratio: f64,
    split: f64,
    decay: f64,
    level: f64,
}

const BELL: [ChimePartial; 4] = [
    ChimePartial { ratio: 1.0, split: 0.000_7, decay: 1.0, level: 1.0 },
    ChimePartial { ratio: 2.25, split: 0.000_6, decay: 0.48, level: 0.24 },
    ChimePartial { ratio: 3.35, split: 0.001, decay: 0.075, level: 0.07 },
    ChimePartial { ratio: 4.04, split: 0.001, decay: 0.05, level: 0.03 },
];

const BLOCK: [ChimePartial; 3] = [
    ChimePartial { ratio: 1.0, split: 0.006, decay: 1.0, level: 1.0 },
    ChimePartial { ratio: 2.756, split: 0.004, decay: 0.5, level: 0.35 },
    ChimePartial { ratio: 5.404, split: 0.004, decay: 0.25, level: 0.1 },
];

/// The level of the second mode of a pair relative to the first.
const SECOND: f64 = 0.4;
/// The time in which a block of 800 Hz decays by 60 dB, in seconds; lower ones take longer.
const BLOCK_DECAY: f64 = 0.16;
/// The length of a block, in decay times.
const BLOCK_LENGTH: f64 = 1.4;

/// A small bell in stereo. `pitch_hz` and `ring`, the time until silence in which the pitch decays by 60 dB, are
/// clamped to plausible values.
pub fn bell(pitch_hz: f64, ring: Seconds, rate: SampleRate, seed: u64) -> Buffer {
    let pitch = pitch_hz.clamp(BELL_PITCHES_HZ.0, BELL_PITCHES_HZ.1);
    let ring = ring.clamp(RINGS.0, RINGS.1).as_f64();
    struck(&BELL, pitch, ring, ring, BELL_ATTACK, rate, seed)
}

/// A wood block in stereo, struck with a soft mallet.
pub fn block(pitch_hz: f64, rate: SampleRate, seed: u64) -> Buffer {
    let pitch = pitch_hz.clamp(BLOCK_PITCHES_HZ.0, BLOCK_PITCHES_HZ.1);
    let decay = BLOCK_DECAY * (800.0 / pitch).sqrt();
    struck(&BLOCK, pitch, decay, BLOCK_LENGTH * decay, BLOCK_ATTACK, rate, seed)
}

/// A sum of pairs of modes; the pitch decays by 60 dB in `decay` seconds.
fn struck(
    partials: &[ChimePartial],
    pitch: f64,
    decay: f64,
    seconds: f64,
    attack: f64,
    rate: SampleRate,
    seed: u64,
) -> Buffer {
    let hz = rate.as_f64();
    let length = (seconds * hz).round() as usize;
    let mut modes = Vec::new();
    let pitch = pitch.min(HIGHEST_PITCH * hz);
    for (number, partial) in (0..).zip(partials) {
        let random = HashNoise::new(seed_from(&[seed, number]));
        let split = partial.split * (0.8 + 0.4 * random.fraction(0));
        let side = if number % 2 == 0 { PAN } else { -PAN };
        for (sign, level, pan) in [(-0.5, partial.level, side), (0.5, partial.level * SECOND, -side)] {
            let at = pitch * partial.ratio * (1.0 + sign * split);
            if at < HIGHEST * hz {
                modes.push(Mode::new(at / hz, random.fraction(1), level, decay * partial.decay * hz, pan));
            }
        }
    }
    let (attack, fade) = ((attack * hz).ceil() as usize, (length as f64 * FADE_SHARE) as usize);
    render(&modes, length, attack, fade, PEAK, rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::generator::check::{density_db, rms_db};
    use crate::unit::Frames;

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn both_have_their_peak_come_up_softly_and_end_in_silence() {
        for sound in [bell(2_000.0, Seconds::whole(10), RATE, 1), block(700.0, RATE, 1)] {
            let peak = sound.planes().iter().flatten().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!((20.0 * peak.log10() - PEAK.0 as f32).abs() < 1e-3);
            for plane in sound.planes() {
                assert_eq!((plane[0], plane[plane.len() - 1]), (0.0, 0.0));
                let most = |frames: &[f32]| frames.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
                assert!(most(&plane[..48]) < 0.25 * peak && most(&plane[plane.len() - 200..]) < 1e-3);
            }
        }
    }

    #[test]
    fn a_bell_rings_as_long_as_it_is_told_and_a_block_not_at_all() {
        let sound = bell(1_500.0, Seconds::whole(10), RATE, 1);
        assert_eq!(sound.frames(), Frames(480_000));
        let level = |from: usize| rms_db(&sound.plane(0)[from..from + 48_000]);
        let fall = level(96_000) - level(288_000);
        assert!((fall - 24.0).abs() < 3.0, "{fall} dB in 4 of 10 seconds");
        let knock = block(800.0, RATE, 1);
        assert!(knock.frames() < Frames(15_000), "{}", knock.frames().0);
    }

    #[test]
    fn the_partials_of_a_bell_lie_where_those_of_the_recording_do() {
        let sound = bell(2_149.0, Seconds::whole(14), RATE, 1);
        let at = |hz: f64| density_db(&sound.plane(0)[1_200..20_000], 48_000.0, hz);
        for (ratio, level) in [(2.25, -13.5), (3.35, -34.0)] {
            let heard = at(2_149.0 * ratio) - at(2_149.0);
            assert!((heard - level).abs() < 6.0, "{ratio}: {heard} dB");
            assert!(at(2_149.0 * ratio) > at(2_149.0 * ratio * 1.2) + 15.0);
        }
    }

    #[test]
    fn values_out_of_range_are_clamped() {
        let rate = SampleRate::new(8_000).unwrap();
        for pitch in [f64::MIN, 0.0, 1e9] {
            for sound in [bell(pitch, Seconds::ZERO, rate, 1), block(pitch, rate, 1)] {
                assert!(sound.planes().iter().flatten().all(|s| s.is_finite()));
            }
        }
    }
}
