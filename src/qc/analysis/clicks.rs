//! Clicks: a bend of the wave far sharper than anything before and after it.
//!
//! The second difference of the samples shows a click, a jump and a missing sample alike. What belongs to a sound is
//! never alone: a plosive hisses on, a bell or a drop rings, the pulses of a creaking voice ring through the mouth.
//! A click is over within a millisecond, and on both sides of it there is nothing like it.

use std::collections::VecDeque;

use crate::unit::SampleRate;

/// A wave is looked at in pieces of half a millisecond.
const PIECES_A_SECOND: usize = 2_000;
/// So many pieces before and after a click are without another: 10 ms.
const AROUND: usize = 20;
/// The sharpest bend of a click is so many times that of all around it: 20 dB.
const CLICK: f32 = 10.0;
/// And at least so sharp: less cannot be heard.
const LEAST: f32 = 0.004;
/// A break stands out by so much, which noise by itself never does: enough where it comes back again and again.
const BREAK: f32 = 2.0;

/// A place where the wave breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    /// Its frame.
    pub frame: u64,
    /// The sharpest second difference there.
    pub size: f32,
    /// How many times sharper it is than all around it.
    pub ratio: f32,
}

impl Click {
    /// Whether it is heard as a click by itself.
    pub fn is_audible(&self) -> bool {
        self.size >= LEAST && self.ratio > CLICK
    }
}

/// Looks for clicks in one channel.
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
        // The piece next to it may share the click.
        let next = sharpest(AROUND - 1, AROUND).max(sharpest(AROUND + 1, AROUND + 2));
        let around = sharpest(0, AROUND - 1).max(sharpest(AROUND + 2, 2 * AROUND + 1));
        if size >= next && size > BREAK * around {
            self.found.push(Click { frame, size, ratio: size / around.max(1e-9) });
        }
    }

    pub(super) fn finish(mut self) -> Vec<Click> {
        // What comes after the end is none of its sound: the edge of the file is judged by itself.
        for _ in 0..AROUND {
            let last = self.pieces.back().copied().unwrap_or_default();
            self.sharpest = (last.0, 0);
            self.end_piece();
        }
        self.found
    }
}

/// The breaks of all channels in order, those within a millisecond as one.
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
