//! What a recording of a room without a voice measures.

use std::f64::consts::TAU;

use super::speech::hop_levels;
use crate::unit::SampleRate;

/// The noise of a room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomNoiseLevel {
    /// Its level in dBFS: the median over the time.
    pub floor: f64,
    /// The frequency of the mains whose lines stand out of the noise, in Hz.
    pub hum: Option<f64>,
    /// Whether some of it is much louder than most: a step, a word, a door.
    pub uneven: bool,
    /// Whether it reaches full scale somewhere.
    pub clipped: bool,
}

/// What is quieter than this is digital silence, in dBFS.
const NOTHING: f64 = -140.0;
/// A room is steady: its loudest twentieth is less than this over its median, in dB.
const STEADY: f64 = 10.0;
/// A sample that is higher than this has reached full scale.
const FULL: f32 = 0.99;
/// How far a line of the mains has to stand out of what lies beside it, in dB.
const LINE: f64 = 12.0;
/// The frequencies of the mains, and how many of their multiples are looked at.
const MAINS: [f64; 2] = [50.0, 60.0];
const LINES: usize = 4;

impl RoomNoiseLevel {
    /// Measures a recording.
    pub fn of(samples: &[f32], rate: SampleRate) -> Self {
        let mut levels = if samples.is_empty() { Vec::new() } else { hop_levels(samples, rate).1 };
        levels.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = ((levels.len().saturating_sub(1)) as f64 * share) as usize;
            levels.get(place).copied().unwrap_or(NOTHING).max(NOTHING)
        };
        let floor = at(0.5);
        let clipped = samples.iter().any(|sample| sample.abs() > FULL);
        Self { floor, hum: hum(samples, rate), uneven: at(0.95) > floor + STEADY, clipped }
    }
}

/// The mains frequency of which most lines stand out.
fn hum(samples: &[f32], rate: SampleRate) -> Option<f64> {
    let stands = |frequency: f64| {
        let beside = power(samples, rate, frequency - 12.0).max(power(samples, rate, frequency + 13.0));
        10.0 * (power(samples, rate, frequency) / beside.max(1e-20)).log10() > LINE
    };
    let lines = |mains: f64| (1..=LINES).filter(|line| stands(mains * *line as f64)).count();
    MAINS
        .into_iter()
        .map(|mains| (lines(mains), mains))
        .filter(|(lines, _)| *lines > 0)
        .max_by_key(|(lines, _)| *lines)
        .map(|(_, mains)| mains)
}

/// The power at a frequency, over the whole recording.
fn power(samples: &[f32], rate: SampleRate, frequency: f64) -> f64 {
    let step = TAU * frequency / rate.as_f64();
    let window = |frame: usize| (TAU / 2.0 * (frame as f64 + 0.5) / samples.len() as f64).sin().powi(2);
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (frame, sample) in samples.iter().enumerate() {
        let (sin, cos) = (step * frame as f64).sin_cos();
        let sample = f64::from(*sample) * window(frame);
        real += sample * cos;
        imaginary += sample * sin;
    }
    (real * real + imaginary * imaginary) / (samples.len().max(1) as f64).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Noise at about -60 dBFS.
    fn noise() -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..RATE.hz() * 2).map(|_| next() * 0.001 * 12f32.sqrt()).collect()
    }

    #[test]
    fn a_quiet_room_has_its_level() {
        let room = RoomNoiseLevel::of(&noise(), RATE);
        assert!((room.floor + 60.0).abs() < 1.0, "{room:?}");
        assert_eq!((room.hum, room.uneven), (None, false), "{room:?}");
        assert_eq!(RoomNoiseLevel::of(&[], RATE).floor, NOTHING);
    }

    #[test]
    fn the_mains_and_a_door_are_heard() {
        let hummed = |mains: f64| {
            let tone = |frame: usize| (TAU * mains * 2.0 * frame as f64 / RATE.as_f64()).sin() as f32 * 0.003;
            let samples: Vec<f32> =
                noise().iter().enumerate().map(|(frame, sample)| sample + tone(frame)).collect();
            RoomNoiseLevel::of(&samples, RATE).hum
        };
        assert_eq!((hummed(50.0), hummed(60.0)), (Some(50.0), Some(60.0)));
        let mut slammed = noise();
        slammed[48_000..60_000].iter_mut().for_each(|sample| *sample *= 50.0);
        let room = RoomNoiseLevel::of(&slammed, RATE);
        assert!(room.uneven && !room.clipped, "{room:?}");
        slammed[48_000] = -1.0;
        assert!(RoomNoiseLevel::of(&slammed, RATE).clipped);
    }
}
