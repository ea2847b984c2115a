//! What the recording of a bed or a bell measures as it came, block by block (docs/sound.md, section 9).

use serde::{Deserialize, Serialize};

use super::recording::{CLIPPED_RUN, FULL_SCALE, NOTHING, decibels};
use crate::unit::{Db, SampleRate};

/// Measurements of one recording of a place or a bell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoundMeasures {
    pub rate: SampleRate,
    /// Its length in seconds.
    pub seconds: f64,
    /// The sample peak of all channels in dBFS.
    pub peak: Db,
    /// How many times samples are clipped at full scale.
    pub clipped: u64,
    /// How far the weaker of two channels lies under the stronger.
    pub side: Option<Db>,
    /// How far the sum of two channels lies under what they would give if they were alike; large where they cancel.
    pub cancelled: Option<Db>,
    /// How long nothing is heard before it begins, in seconds.
    pub before: f64,
    /// How long nothing is heard after it ends, in seconds.
    pub after: f64,
}

/// The length of the stretches whose level tells where the sound begins and ends, in seconds.
const HOP: f64 = 0.01;
/// What lies so far under the loudest stretch is not heard.
const UNHEARD: f64 = 60.0;

/// Measures a recording of any length.
pub struct SoundMeter {
    rate: SampleRate,
    frames: u64,
    peak: f32,
    clipped: u64,
    /// How many samples in a row are at full scale, by channel.
    rows: Vec<usize>,
    /// The energy of two channels, and of their mix.
    powers: [f64; 3],
    is_pair: bool,
    /// The energy of each stretch, the last of which is not full.
    hops: Vec<f32>,
    filled: usize,
}

impl SoundMeter {
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self {
            rate,
            frames: 0,
            peak: 0.0,
            clipped: 0,
            rows: vec![0; channels],
            powers: [0.0; 3],
            is_pair: channels == 2,
            hops: Vec::new(),
            filled: usize::MAX,
        }
    }

    /// Takes the next frames: one plane per channel, of equal length.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.frames += planes.first().map_or(0, |plane| plane.len()) as u64;
        for (plane, row) in planes.iter().zip(&mut self.rows) {
            for sample in *plane {
                self.peak = self.peak.max(sample.abs());
                *row = if FULL_SCALE.contains(&sample.abs()) { *row + 1 } else { 0 };
                self.clipped += u64::from(*row == CLIPPED_RUN);
            }
        }
        if let [left, right] = planes {
            for (left, right) in left.iter().zip(*right) {
                let (left, right) = (f64::from(*left), f64::from(*right));
                let mix = f64::midpoint(left, right);
                let all = [left, right, mix];
                self.powers.iter_mut().zip(all).for_each(|(sum, sample)| *sum += sample * sample);
            }
        }
        let hop = ((HOP * self.rate.as_f64()) as usize).max(1);
        for frame in 0..planes.first().map_or(0, |plane| plane.len()) {
            if self.filled >= hop {
                self.hops.push(0.0);
                self.filled = 0;
            }
            let energy: f32 = planes.iter().map(|plane| plane[frame] * plane[frame]).sum();
            if let Some(last) = self.hops.last_mut() {
                *last += energy;
            }
            self.filled += 1;
        }
    }

    pub fn finish(self) -> SoundMeasures {
        let loudest = self.hops.iter().copied().fold(0.0, f32::max);
        let limit = f64::from(loudest) / 10f64.powf(UNHEARD / 10.0);
        let heard = |energy: &f32| loudest > 0.0 && f64::from(*energy) >= limit;
        let seconds = self.frames as f64 / self.rate.as_f64();
        let first = self.hops.iter().position(heard);
        let last = self.hops.iter().rposition(heard);
        let (side, cancelled) = if self.is_pair { self.sides() } else { (None, None) };
        SoundMeasures {
            rate: self.rate,
            seconds,
            peak: Db((20.0 * f64::from(self.peak).log10()).max(NOTHING)),
            clipped: self.clipped,
            side,
            cancelled,
            before: first.map_or(seconds, |first| first as f64 * HOP),
            after: last.map_or(seconds, |last| (self.hops.len() - 1 - last) as f64 * HOP),
        }
    }

    fn sides(&self) -> (Option<Db>, Option<Db>) {
        let count = self.frames.max(1) as f64;
        let [left, right, mix] = self.powers.map(|power| decibels(power / count));
        let strong = left.max(right);
        if strong <= NOTHING {
            return (None, None);
        }
        let alike = 20.0 * f64::midpoint(10f64.powf(left / 20.0), 10f64.powf(right / 20.0)).log10();
        (Some(Db(strong - left.min(right))), Some(Db(alike - mix)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(frames: usize, gain: f32) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            gain * ((state >> 8) as f32 / (1u32 << 23) as f32 - 1.0)
        };
        (0..frames).map(|_| next()).collect()
    }

    fn measured(planes: &[&[f32]]) -> SoundMeasures {
        let mut meter = SoundMeter::new(SampleRate::DEFAULT, planes.len());
        // In blocks of any length.
        let mut from = 0;
        for length in (1..).map(|n| 97 * n) {
            let to = (from + length).min(planes[0].len());
            meter.push(&planes.iter().map(|plane| &plane[from..to]).collect::<Vec<_>>());
            from = to;
            if from == planes[0].len() {
                break;
            }
        }
        meter.finish()
    }

    #[test]
    fn silence_at_the_ends_is_measured_in_seconds() {
        let sound = [vec![0.0; 48_000], noise(96_000, 0.5), vec![0.0; 24_000]].concat();
        let found = measured(&[&sound]);
        assert!((found.seconds - 3.5).abs() < 1e-9);
        assert!((found.before - 1.0).abs() < 0.02 && (found.after - 0.5).abs() < 0.02, "{found:?}");
        let silent = measured(&[&vec![0.0; 48_000]]);
        assert_eq!((silent.before, silent.after, silent.peak), (1.0, 1.0, Db(NOTHING)));
    }

    #[test]
    fn sides_and_clipping_are_measured() {
        let left = noise(48_000, 0.5);
        let minus: Vec<f32> = left.iter().map(|sample| -sample).collect();
        let weak: Vec<f32> = left.iter().map(|sample| sample * 0.001).collect();
        let same = measured(&[&left, &left]);
        assert!(same.side.unwrap().0 < 0.1 && same.cancelled.unwrap().0 < 0.1 && same.clipped == 0);
        assert!(measured(&[&left, &minus]).cancelled.unwrap().0 > 60.0);
        assert!((measured(&[&left, &weak]).side.unwrap().0 - 60.0).abs() < 0.5);
        let loud: Vec<f32> = noise(48_000, 4.0).iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        assert!(measured(&[&loud]).clipped > 100);
    }
}
