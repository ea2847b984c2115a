//! Compares a file with what its stems add up to: their sum, after the limiter of its preset.

use crate::dsp::limiter::{Limiter, LimiterWork};
use crate::unit::{Gain, SampleRate};

/// A step of the comparison, in seconds.
const STEP: f64 = 0.01;
/// A share of the energy that is no difference.
const SWAPPED: f64 = 1e-4;

/// How a file differs from the sum of its stems.
#[derive(Clone, Debug, PartialEq)]
pub struct StemSum {
    /// What the limiter did to the sum.
    pub limited: LimiterWork,
    /// The frames of the file that have no sound in the stems, or the other way round.
    pub unequal: u64,
    /// Whether left and right of the file are those of the stems the other way round.
    pub swapped: bool,
    /// For each step of 10 ms, the mean square of the expected sound and of the difference, over both channels.
    pub steps: Vec<[f32; 2]>,
}

impl StemSum {
    /// The start of a step in seconds.
    pub fn place(step: usize) -> f64 {
        step as f64 * STEP
    }
}

/// Compares a file with its stems block by block. The size of the blocks does not matter, and they need not agree.
pub struct Summer {
    limiter: Limiter,
    step_frames: usize,
    /// Frames of the file and of the limited sum that wait for the other.
    file: [Vec<f32>; 2],
    expected: [Vec<f32>; 2],
    energy: [f64; 2],
    filled: usize,
    steps: Vec<[f32; 2]>,
    /// The energies of the expected sound, and of what differs when the sides are swapped.
    whole: [f64; 2],
}

impl Summer {
    /// At the start of a file that was limited to this ceiling.
    pub fn new(rate: SampleRate, ceiling: Gain) -> Self {
        Self {
            limiter: Limiter::new(rate, ceiling, 2),
            step_frames: (STEP * rate.as_f64()).round() as usize,
            file: Default::default(),
            expected: Default::default(),
            energy: [0.0; 2],
            filled: 0,
            steps: Vec::new(),
            whole: [0.0; 2],
        }
    }

    /// Adds frames of the file, left and right.
    pub fn push_file(&mut self, planes: [&[f32]; 2]) {
        for (held, plane) in self.file.iter_mut().zip(planes) {
            held.extend_from_slice(plane);
        }
        self.compare();
    }

    /// Adds frames of the sum of the stems, left and right.
    pub fn push_sum(&mut self, planes: [&[f32]; 2]) {
        self.limiter.push(&planes, &mut self.expected);
        self.compare();
    }

    fn compare(&mut self) {
        let count = self.file[0].len().min(self.expected[0].len());
        for frame in 0..count {
            for side in 0..2 {
                let expected = f64::from(self.expected[side][frame]);
                self.energy[0] += expected * expected;
                self.energy[1] += (f64::from(self.file[side][frame]) - expected).powi(2);
                self.whole[0] += expected * expected;
                self.whole[1] += (f64::from(self.file[1 - side][frame]) - expected).powi(2);
            }
            self.filled += 1;
            if self.filled == self.step_frames {
                self.end_step();
            }
        }
        for plane in self.file.iter_mut().chain(&mut self.expected) {
            plane.drain(..count);
        }
    }

    fn end_step(&mut self) {
        let mean = 1.0 / (2 * self.filled.max(1)) as f64;
        self.steps.push(std::mem::take(&mut self.energy).map(|energy| (energy * mean) as f32));
        self.filled = 0;
    }

    pub fn finish(mut self) -> StemSum {
        self.limiter.finish(&mut self.expected);
        self.compare();
        if self.filled > 0 {
            self.end_step();
        }
        let unequal = self.file[0].len().max(self.expected[0].len()) as u64;
        let alike = |energy: f64| energy < SWAPPED * self.whole[0];
        let differs: f64 = self.steps.iter().map(|step| f64::from(step[1])).sum();
        let swapped = alike(self.whole[1]) && !alike(differs * 2.0 * self.step_frames as f64);
        StemSum { limited: self.limiter.work(), unequal, swapped, steps: self.steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn a_file_equals_its_limited_sum_and_any_change_is_in_its_step() {
        let sum = [noise(1, 1.2, 48_000), noise(2, 1.2, 48_000)];
        let ceiling = Gain(0.9);
        let mut limiter = Limiter::new(RATE, ceiling, 2);
        let mut file = [Vec::new(), Vec::new()];
        limiter.push(&[&sum[0], &sum[1]], &mut file);
        limiter.finish(&mut file);
        let compare = |file: &[Vec<f32>; 2], block: usize| {
            let mut summer = Summer::new(RATE, ceiling);
            for (left, right) in sum[0].chunks(block).zip(sum[1].chunks(block)) {
                summer.push_sum([left, right]);
            }
            summer.push_file([&file[0], &file[1]]);
            summer.finish()
        };
        let same = compare(&file, 1_000);
        assert!(same.limited.frames > 1_000 && same.limited.least.0 < 0.9 && same.unequal == 0);
        assert!(same.steps.len() == 100 && same.steps.iter().all(|step| step[0] > 0.01 && step[1] == 0.0));
        file[1][24_100] += 0.1;
        let changed = compare(&file, 777);
        let off: Vec<usize> = (0..100).filter(|step| changed.steps[*step][1] > 0.0).collect();
        assert_eq!(off, [50]);
        file.iter_mut().for_each(|plane| plane.truncate(47_000));
        assert_eq!(compare(&file, 5_000).unequal, 1_000);
    }
}
