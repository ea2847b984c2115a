//! A small bell and a wood block, each struck once.
//!
//! The bell is modelled on a recorded hand bell of 2149 Hz (`JetRye`, "Bell meditation", freesound 140128, CC0), mode by
//! mode: frequencies, levels and decay times, measured by ESPRIT in a band around each (Roy and Kailath, IEEE Transactions
//! on Acoustics, Speech and Signal Processing 37, 1989), and the noise of the stroke. docs/bells.md compares the two. The
//! block is a hardwood bar over a cavity: the first modes of a free bar (ratios 1, 2.756, 5.404; Fletcher and Rossing,
//! "The Physics of Musical Instruments", chapter 2), which decay within a tenth of a second.

use super::mode::{Knock, Mode, Struck};
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

/// How much a frequency differs from bell to bell, relative to itself.
const DETUNED: f64 = 0.000_2;

/// A mode: its frequency relative to the pitch, its level at the stroke, and its decay time relative to that of the pitch.
struct ChimeMode {
    ratio: f64,
    level: Db,
    decay: f64,
}

const fn mode(ratio: f64, level: f64, decay: f64) -> ChimeMode {
    ChimeMode { ratio, level: Db(level), decay }
}

/// The hand bell: its pitch has three modes that beat six and nine times a second there, the next partial four.
const BELL: [ChimeMode; 21] = [
    mode(1.0, 0.0, 1.0),
    mode(1.002_93, -13.5, 1.0),
    mode(1.004_17, -13.0, 1.0),
    mode(2.228_76, -16.0, 0.34),
    mode(2.247_88, -8.5, 0.19),
    mode(2.255_19, -10.5, 0.52),
    mode(2.266_17, -11.5, 0.32),
    mode(3.314_04, -2.0, 0.058),
    mode(3.321_62, -12.0, 0.064),
    mode(3.368_85, 2.0, 0.067),
    mode(3.746_63, -8.0, 0.015),
    mode(4.011_35, -14.0, 0.05),
    mode(4.034_15, -7.0, 0.035),
    mode(4.047_41, 0.0, 0.034),
    mode(4.377_97, -8.0, 0.016),
    mode(4.383_55, -1.0, 0.017),
    mode(4.403_55, -8.0, 0.016),
    mode(6.136_6, -4.0, 0.017),
    mode(6.194_75, -8.0, 0.024),
    mode(6.876_34, -8.0, 0.013),
    mode(8.118_54, -18.0, 0.015),
];
const BELL_KNOCK: Knock = Knock { band: (1_500.0, 6_000.0), level: 0.7, decay: 0.03 };

const BLOCK: [ChimeMode; 6] = [
    mode(0.997, 0.0, 1.0),
    mode(1.003, -8.0, 1.0),
    mode(2.750_5, -9.1, 0.5),
    mode(2.761_5, -17.1, 0.5),
    mode(5.393_2, -20.0, 0.25),
    mode(5.414_8, -28.0, 0.25),
];
const BLOCK_KNOCK: Knock = Knock { band: (500.0, 5_000.0), level: 0.2, decay: 0.03 };

/// The time in which a block of 800 Hz decays by 60 dB, in seconds; lower ones take longer.
const BLOCK_DECAY: f64 = 0.16;
/// The length of a block, in decay times.
const BLOCK_LENGTH: f64 = 1.4;

/// A small bell in stereo. `pitch_hz` and `ring`, the time until silence in which the pitch decays by 60 dB, are
/// clamped to plausible values.
pub fn bell(pitch_hz: f64, ring: Seconds, rate: SampleRate, seed: u64) -> Buffer {
    let pitch = pitch_hz.clamp(BELL_PITCHES_HZ.0, BELL_PITCHES_HZ.1);
    let ring = ring.clamp(RINGS.0, RINGS.1).as_f64();
    struck(&BELL, BELL_KNOCK, (pitch, ring), ring, BELL_ATTACK, rate, seed)
}

/// A wood block in stereo, struck with a soft mallet.
pub fn block(pitch_hz: f64, rate: SampleRate, seed: u64) -> Buffer {
    let pitch = pitch_hz.clamp(BLOCK_PITCHES_HZ.0, BLOCK_PITCHES_HZ.1);
    let decay = BLOCK_DECAY * (800.0 / pitch).sqrt();
    struck(&BLOCK, BLOCK_KNOCK, (pitch, decay), BLOCK_LENGTH * decay, BLOCK_ATTACK, rate, seed)
}

/// A sum of modes and the noise of the stroke; the pitch decays by 60 dB in `decay` seconds.
fn struck(
    modes: &[ChimeMode],
    knock: Knock,
    (pitch, decay): (f64, f64),
    seconds: f64,
    attack: f64,
    rate: SampleRate,
    seed: u64,
) -> Buffer {
    let hz = rate.as_f64();
    let length = (seconds * hz).round() as usize;
    let pitch = pitch.min(HIGHEST_PITCH * hz);
    let placed = (0..).zip(modes).filter_map(|(number, mode)| {
        let random = HashNoise::new(seed_from(&[seed, number]));
        let at = pitch * mode.ratio * (1.0 + DETUNED * (2.0 * random.fraction(0) - 1.0));
        // Neighbours are panned to opposite sides, so that beats move between them.
        let pan = if number % 2 == 0 { PAN } else { -PAN };
        let decay = decay * mode.decay * hz;
        (at < HIGHEST * hz).then(|| Mode::new(at / hz, random.fraction(1), mode.level.gain().0, decay, pan))
    });
    let struck = Struck {
        modes: placed.collect(),
        knock,
        length,
        attack: (attack * hz).ceil() as usize,
        fade: (length as f64 * FADE_SHARE) as usize,
    };
    struck.render(PEAK, rate, seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::biquad::{Biquad, Coefficients};
    use crate::synth::generator::check::rms_db;
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
    fn a_bell_is_the_recorded_one_partial_by_partial() {
        let sound = bell(2_149.4, Seconds::whole(17), RATE, 1);
        let plane = &sound.plane(0)[2_400..50_400];
        // A narrow band around each, so that a group of modes is measured as one.
        let at = |hz: f64| {
            let mut band = Biquad::new(Coefficients::band_pass(RATE, hz, 60.0));
            rms_db(&plane.iter().map(|x| band.next(f64::from(*x)) as f32).collect::<Vec<_>>())
        };
        let pitch = at(2_149.4);
        // Measured in the same way from 0.05 to 1.05 s after the stroke of the recording.
        for (hz, recorded) in [(4_847.0, -9.3), (7_241.0, -10.8), (8_699.0, -18.8)] {
            let heard = at(hz) - pitch;
            assert!((heard - recorded).abs() < 5.0, "{hz} Hz: {heard} dB");
        }
    }

    #[test]
    fn the_pitch_of_a_bell_beats() {
        let sound = bell(2_149.4, Seconds::whole(17), RATE, 1);
        let levels: Vec<f64> = sound.plane(0)[48_000..144_000].chunks(960).map(rms_db).collect();
        let (low, high) = levels.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        assert!((6.0..24.0).contains(&(high - low)), "{} dB", high - low);
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
