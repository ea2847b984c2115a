//! How much later one side of a file is than the other, in stretches of it.

use crate::dsp::recording::apart::apart;
use crate::unit::SampleRate;

/// The length of a stretch, in seconds, and how far one is from the next.
pub const STRETCH: f64 = 2.0;

/// The sides of a stretch that are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SideDelay {
    /// Where it begins, in seconds.
    pub seconds: f64,
    /// How much later its right side is, in seconds; less than zero where it is earlier.
    pub right_late: f64,
}

/// Listens to both sides block by block. The size of the blocks does not matter.
pub(super) struct SideListener {
    rate: SampleRate,
    held: [Vec<f32>; 2],
    start: usize,
    found: Vec<SideDelay>,
}

impl SideListener {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, held: Default::default(), start: 0, found: Vec::new() }
    }

    pub(super) fn push(&mut self, planes: [&[f32]; 2]) {
        let stretch = (STRETCH * self.rate.as_f64()) as usize;
        let mut from = 0;
        while from < planes[0].len() {
            let to = planes[0].len().min(from + stretch - self.held[0].len());
            self.held
                .iter_mut()
                .zip(planes)
                .for_each(|(held, plane)| held.extend_from_slice(&plane[from..to]));
            from = to;
            if self.held[0].len() == stretch {
                self.end_stretch();
            }
        }
    }

    fn end_stretch(&mut self) {
        // Sides that are equal to the bit, as those of a voice alone, need no listening.
        let late = if self.held[0] == self.held[1] {
            Some(0.0)
        } else {
            apart(&self.held[0], &self.held[1], self.rate)
        };
        let seconds = self.start as f64 / self.rate.as_f64();
        self.found.extend(late.map(|right_late| SideDelay { seconds, right_late }));
        self.start += self.held[0].len();
        self.held.iter_mut().for_each(Vec::clear);
    }

    pub(super) fn finish(self) -> Vec<SideDelay> {
        self.found
    }
}
