//! Compares a file with what its stems add up to: their sum, after the limiter of its preset.

use super::likeness::{Comparer, Likeness};
use crate::dsp::limiter::{Limiter, LimiterWork};
use crate::unit::{Gain, SampleRate};

/// How a file differs from the sum of its stems.
#[derive(Clone, Debug, PartialEq)]
pub struct StemSum {
    /// What the limiter did to the sum.
    pub limited: LimiterWork,
    pub likeness: Likeness,
}

/// Compares a file with its stems block by block. The size of the blocks does not matter, and they need not agree.
pub struct Summer {
    limiter: Limiter,
    comparer: Comparer,
    /// What the limiter gives.
    ready: [Vec<f32>; 2],
}

impl Summer {
    /// At the start of a file that was limited to this ceiling; bits as for [`Comparer::new`].
    pub fn new(rate: SampleRate, bits: Option<u32>, ceiling: Gain) -> Self {
        let limiter = Limiter::new(rate, ceiling, 2);
        Self { limiter, comparer: Comparer::new(rate, bits), ready: Default::default() }
    }

    /// Adds frames of the file, left and right.
    pub fn push_file(&mut self, planes: [&[f32]; 2]) {
        self.comparer.push_file(planes);
    }

    /// Adds frames of the sum of the stems, left and right.
    pub fn push_sum(&mut self, planes: [&[f32]; 2]) {
        self.limiter.push(&planes, &mut self.ready);
        self.hand_on();
    }

    fn hand_on(&mut self) {
        self.comparer.push_expected([&self.ready[0], &self.ready[1]]);
        self.ready.iter_mut().for_each(Vec::clear);
    }

    pub fn finish(mut self) -> StemSum {
        self.limiter.finish(&mut self.ready);
        self.hand_on();
        StemSum { limited: self.limiter.work(), likeness: self.comparer.finish() }
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
            let mut summer = Summer::new(RATE, Some(32), ceiling);
            for (left, right) in sum[0].chunks(block).zip(sum[1].chunks(block)) {
                summer.push_sum([left, right]);
            }
            summer.push_file([&file[0], &file[1]]);
            summer.finish()
        };
        let same = compare(&file, 1_000);
        assert!(
            same.limited.frames > 1_000
                && same.limited.least.0 < 0.9
                && same.likeness.differences.unequal == 0
        );
        let steps = &same.likeness.differences.steps;
        assert!(steps.len() == 100 && steps.iter().all(|step| step[0] > 0.01 && step[1] == 0.0));
        file[1][24_100] += 0.1;
        let changed = compare(&file, 777);
        let off: Vec<usize> =
            (0..100).filter(|step| changed.likeness.differences.steps[*step][1] > 0.0).collect();
        assert_eq!(off, [50]);
        file.iter_mut().for_each(|plane| plane.truncate(47_000));
        assert_eq!(compare(&file, 5_000).likeness.differences.unequal, 1_000);
    }
}
