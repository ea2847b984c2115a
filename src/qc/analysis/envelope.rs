//! Level and balance over time: the mean square of both channels every 5 ms, and their correlation.

use crate::unit::SampleRate;

/// Steps in a second.
pub const RATE: u32 = 200;
/// Steps in a tenth of a second, over which the channels are compared.
const TENTH: usize = 20;

/// The envelope of a sound.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The mean square of left and right, every 5 ms.
    pub steps: Vec<[f32; 2]>,
    /// Sums of left², right² and left·right of the first difference over every tenth of a second. The difference
    /// reduces low frequencies, which contribute little to localisation.
    pub sides: Vec<[f32; 3]>,
    /// The mean of left·right over the whole.
    pub cross: f64,
}

impl Envelope {
    /// The mean square of both channels between two times in seconds.
    pub fn energy(&self, (from, to): (f64, f64)) -> f64 {
        let [left, right] = self.energies((from, to));
        f64::midpoint(left, right)
    }

    /// The mean square of each channel between two times in seconds.
    pub fn energies(&self, (from, to): (f64, f64)) -> [f64; 2] {
        let rate = f64::from(RATE);
        let from = ((from * rate).round().max(0.0) as usize).min(self.steps.len());
        let to = ((to * rate).round().max(0.0) as usize).clamp(from, self.steps.len());
        let count = (to - from).max(1) as f64;
        [0, 1].map(|side| self.steps[from..to].iter().map(|step| f64::from(step[side])).sum::<f64>() / count)
    }

    /// The level of a range in dBFS; −120 for silence.
    pub fn level(&self, span: (f64, f64)) -> f64 {
        dbfs(self.energy(span))
    }

    /// The level of a step in dBFS.
    pub fn step_level(&self, step: usize) -> f64 {
        self.steps.get(step).map_or(-120.0, |[left, right]| dbfs(f64::from(f32::midpoint(*left, *right))))
    }

    /// The step that contains a time.
    pub fn step_at(seconds: f64) -> usize {
        (seconds * f64::from(RATE)).max(0.0) as usize
    }

    /// The start of a step in seconds.
    pub fn time_of(step: usize) -> f64 {
        step as f64 / f64::from(RATE)
    }
}

/// A mean square in dBFS of the root mean square; −120 for silence.
pub fn dbfs(energy: f64) -> f64 {
    if energy > 1e-12 { 10.0 * energy.log10() } else { -120.0 }
}

/// Computes the envelope of a stereo sound.
pub(super) struct Follower {
    rate: u64,
    frames: u64,
    /// The frame after the step.
    end: u64,
    sums: [f64; 2],
    sides: [f64; 3],
    cross: f64,
    last: [f32; 2],
    kept: Envelope,
}

impl Follower {
    pub(super) fn new(rate: SampleRate) -> Self {
        let mut follower = Self {
            rate: u64::from(rate.hz()),
            frames: 0,
            end: 0,
            sums: [0.0; 2],
            sides: [0.0; 3],
            cross: 0.0,
            last: [0.0; 2],
            kept: Envelope::default(),
        };
        follower.end = follower.border(1);
        follower
    }

    fn border(&self, step: u64) -> u64 {
        step * self.rate / u64::from(RATE)
    }

    pub(super) fn push(&mut self, [left, right]: [&[f32]; 2]) {
        let mut start = 0;
        while start < left.len() {
            let end = left.len().min(start + (self.end - self.frames) as usize);
            self.add(&left[start..end], &right[start..end]);
            self.frames += (end - start) as u64;
            start = end;
            if self.frames == self.end {
                self.end_step();
            }
        }
    }

    fn add(&mut self, left: &[f32], right: &[f32]) {
        let [mut l1, mut r1] = self.last;
        let (mut sums, mut sides, mut cross) = ([0f32; 2], [0f32; 3], 0f32);
        for (&l, &r) in left.iter().zip(right) {
            sums[0] += l * l;
            sums[1] += r * r;
            cross += l * r;
            let (dl, dr) = (l - l1, r - r1);
            sides[0] += dl * dl;
            sides[1] += dr * dr;
            sides[2] += dl * dr;
            (l1, r1) = (l, r);
        }
        self.last = [l1, r1];
        self.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum += f64::from(more));
        self.sides.iter_mut().zip(sides).for_each(|(sum, more)| *sum += f64::from(more));
        self.cross += f64::from(cross);
    }

    fn end_step(&mut self) {
        let steps = self.kept.steps.len() as u64;
        let length = (self.end - self.border(steps)).max(1) as f64;
        self.kept.steps.push(std::mem::take(&mut self.sums).map(|sum| (sum / length) as f32));
        if self.kept.steps.len().is_multiple_of(TENTH) {
            self.kept.sides.push(std::mem::take(&mut self.sides).map(|sum| sum as f32));
        }
        self.end = self.border(steps + 2);
        // At a rate of a few Hz a step may be empty.
        if self.end == self.frames {
            self.end_step();
        }
    }

    pub(super) fn finish(mut self) -> Envelope {
        let begun = self.frames - self.border(self.kept.steps.len() as u64);
        if begun > 0 {
            self.kept.steps.push(self.sums.map(|sum| (sum / begun as f64) as f32));
        }
        self.kept.cross = self.cross / self.frames.max(1) as f64;
        self.kept
    }
}
