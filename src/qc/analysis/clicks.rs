//! Finds clicks: curvature of the waveform far sharper than everything around it.
//!
//! The second difference of the samples shows clicks, jumps and missing samples. In natural sounds sharp curvature is
//! never isolated: a plosive is followed by noise, a bell or a drop rings, and the pulses of a creaky voice resonate. A
//! click lasts less than a millisecond and has nothing similar on either side.

use std::collections::VecDeque;

use crate::unit::SampleRate;

/// The length of a piece: half a millisecond.
const PIECES_A_SECOND: usize = 2_000;
/// The pieces before and after a click that must not contain another: 10 ms.
const AROUND: usize = 20;
/// The least ratio of the curvature of a click to that around it: 20 dB.
const CLICK: f32 = 10.0;
/// The least curvature; less is inaudible.
const LEAST: f32 = 0.004;
/// The least ratio for a break, which noise never reaches. It is used to find breaks that recur.
const BREAK: f32 = 2.0;

/// A break in the waveform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    pub frame: u64,
    /// The largest second difference.
    pub size: f32,
    /// The ratio to its surroundings.
    pub ratio: f32,
}

impl Click {
    /// Whether it is audible as a click.
    pub fn is_audible(&self) -> bool {
        self.size >= LEAST && self.ratio > CLICK
    }
}

/// Finds breaks in one channel.
#[derive(Clone)]
pub(super) struct ClickFinder {
    piece: usize,
    frames: u64,
    last: [f32; 2],
    filled: usize,
    sharpest: (f32, u64),
    pieces: VecDeque<(f32, u64)>,
    found: Vec<Click>,
}

impl ClickFinder {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            piece: (rate.hz() as usize / PIECES_A_SECOND).max(4),
            frames: 0,
            last: [0.0; 2],
            filled: 0,
            sharpest: (0.0, 0),
            pieces: VecDeque::from(vec![(0.0, 0); 2 * AROUND + 1]),
            found: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.piece - self.filled));
            self.look(now);
            rest = later;
            if self.filled == self.piece {
                self.end_piece();
            }
        }
    }

    fn look(&mut self, samples: &[f32]) {
        let [mut x1, mut x2] = self.last;
        for (frame, &x) in (self.frames..).zip(samples) {
            let bend = (x - 2.0 * x1 + x2).abs();
            if bend > self.sharpest.0 {
                self.sharpest = (bend, frame.saturating_sub(1));
            }
            (x2, x1) = (x1, x);
        }
        self.last = [x1, x2];
        self.frames += samples.len() as u64;
        self.filled += samples.len();
    }

    fn end_piece(&mut self) {
        self.filled = 0;
        self.pieces.pop_front();
        self.pieces.push_back(std::mem::take(&mut self.sharpest));
        let (size, frame) = self.pieces[AROUND];
        if size < LEAST / 10.0 {
            return;
        }
        let sharpest =
            |from: usize, to: usize| self.pieces.range(from..to).map(|piece| piece.0).fold(0.0, f32::max);
        // The click may extend into the adjacent piece.
        let next = sharpest(AROUND - 1, AROUND).max(sharpest(AROUND + 1, AROUND + 2));
        let around = sharpest(0, AROUND - 1).max(sharpest(AROUND + 2, 2 * AROUND + 1));
        if size >= next && size > BREAK * around {
            self.found.push(Click { frame, size, ratio: size / around.max(1e-9) });
        }
    }

    pub(super) fn finish(mut self) -> Vec<Click> {
        // The end of the file is no break; another row checks it.
        for _ in 0..AROUND {
            let last = self.pieces.back().copied().unwrap_or_default();
            self.sharpest = (last.0, 0);
            self.end_piece();
        }
        self.found
    }
}

/// The breaks of all channels in order; those within a millisecond are merged.
pub(super) fn merge(channels: impl Iterator<Item = Vec<Click>>, rate: SampleRate) -> Vec<Click> {
    let mut clicks: Vec<Click> = channels.flatten().collect();
    clicks.sort_by_key(|click| click.frame);
    let near = u64::from(rate.hz()) / 1_000;
    clicks.dedup_by(|later, first| {
        let same = later.frame - first.frame <= near;
        if same && later.ratio > first.ratio {
            *first = *later;
        }
        same
    });
    clicks
}
