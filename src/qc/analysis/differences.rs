//! Compares two sounds of two channels frame by frame, whatever the blocks in which they come.

/// A step of the comparison, in seconds.
const STEP: f64 = 0.01;
/// A share of the energy that is no difference.
const SWAPPED: f64 = 1e-4;

/// How a file differs from what is expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// The frames of the file that the other does not have, or the other way round.
    pub unequal: u64,
    /// Whether left and right of the file are those of the other, the other way round.
    pub swapped: bool,
    /// For each step of 10 ms, the mean square of the expected sound and of the difference, over both channels.
    pub steps: Vec<[f32; 2]>,
}

impl Differences {
    /// The start of a step in seconds.
    pub fn place(step: usize) -> f64 {
        step as f64 * STEP
    }

    /// The runs of steps in which more differs than samples of so many bits explain. Runs less than 0.1 s apart are one.
    pub(in crate::qc) fn runs(&self, bits: u32) -> Vec<(usize, usize)> {
        let limit = rounding(bits);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for step in (0..self.steps.len()).filter(|step| self.steps[*step][1] > limit) {
            match runs.last_mut() {
                Some(run) if run.1 + 10 >= step => run.1 = step + 1,
                _ => runs.push((step, step + 1)),
            }
        }
        runs
    }

    /// Whether the file is another sound altogether.
    pub(in crate::qc) fn is_alien(&self) -> bool {
        if self.swapped {
            return false;
        }
        let steps = self.steps.iter().filter(|step| step[0] > 1e-9);
        // What lossy coding adds is less than the sound itself in most steps.
        let unlike = steps.clone().filter(|step| step[1] > 0.9 * step[0]).count();
        2 * unlike > steps.count() || self.unequal >= self.steps.len().max(1) as u64 * 100
    }
}

/// The mean square that a difference has by rounding alone: that of a file and of three stems with dither, 12 dB more
/// than one of them, and at least −90 dBFS, as processors do not round sines alike.
pub(super) fn rounding(bits: u32) -> f32 {
    let step = 2f32.powi(1 - bits.min(24) as i32);
    (16.0 * step * step).max(1e-9)
}

/// Collects the differences block by block.
pub(super) struct Differ {
    step_frames: usize,
    /// Frames of the file and of the other that wait for each other.
    file: [Vec<f32>; 2],
    expected: [Vec<f32>; 2],
    energy: [f64; 2],
    filled: usize,
    steps: Vec<[f32; 2]>,
    /// The energies of the expected sound, and of what differs when the sides are swapped.
    whole: [f64; 2],
}

impl Differ {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            step_frames: (STEP * rate).round().max(1.0) as usize,
            file: Default::default(),
            expected: Default::default(),
            energy: [0.0; 2],
            filled: 0,
            steps: Vec::new(),
            whole: [0.0; 2],
        }
    }

    /// Adds frames of the file, left and right.
    pub(super) fn push_file(&mut self, planes: [&[f32]; 2]) {
        for (held, plane) in self.file.iter_mut().zip(planes) {
            held.extend_from_slice(plane);
        }
    }

    /// Where the next frames of the expected sound are appended.
    pub(super) fn expected(&mut self) -> &mut [Vec<f32>; 2] {
        &mut self.expected
    }

    /// The steps so far.
    pub(super) fn steps(&self) -> &[[f32; 2]] {
        &self.steps
    }

    /// Compares the frames that both have, and hands them on.
    pub(super) fn compare(&mut self, hand_on: &mut impl FnMut([&[f32]; 2], [&[f32]; 2])) {
        let count = self.file[0].len().min(self.expected[0].len());
        let mut from = 0;
        while from < count {
            let to = count.min(from + self.step_frames - self.filled);
            for side in 0..2 {
                let expected = &self.expected[side][from..to];
                let [own, other] = [side, 1 - side].map(|side| &self.file[side][from..to]);
                let energy = energy(expected);
                self.energy[0] += energy;
                self.energy[1] += difference(own, expected);
                self.whole[0] += energy;
                self.whole[1] += difference(other, expected);
            }
            self.filled += to - from;
            from = to;
            if self.filled == self.step_frames {
                self.end_step();
            }
        }
        hand_on(
            self.file.each_ref().map(|plane| &plane[..count]),
            self.expected.each_ref().map(|plane| &plane[..count]),
        );
        for plane in self.file.iter_mut().chain(&mut self.expected) {
            plane.drain(..count);
        }
    }

    fn end_step(&mut self) {
        let mean = 1.0 / (2 * self.filled.max(1)) as f64;
        self.steps.push(std::mem::take(&mut self.energy).map(|energy| (energy * mean) as f32));
        self.filled = 0;
    }

    pub(super) fn finish(mut self) -> Differences {
        if self.filled > 0 {
            self.end_step();
        }
        let unequal = self.file[0].len().max(self.expected[0].len()) as u64;
        let alike = |energy: f64| energy < SWAPPED * self.whole[0];
        let differs: f64 = self.steps.iter().map(|step| f64::from(step[1])).sum();
        let swapped = alike(self.whole[1]) && !alike(differs * 2.0 * self.step_frames as f64);
        Differences { unequal, swapped, steps: self.steps }
    }
}

/// The sum of the squares, at most of a step.
fn energy(samples: &[f32]) -> f64 {
    f64::from(samples.iter().map(|sample| sample * sample).sum::<f32>())
}

/// The sum of the squares of the differences, at most of a step.
fn difference(one: &[f32], other: &[f32]) -> f64 {
    f64::from(one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>())
}
