//! The loudness of any range, from the K-weighted energy of every 10 ms.

use crate::dsp::loudness::{gated, loudness_of};

/// Steps in a second.
const RATE: f64 = 100.0;
/// Steps in a momentary window: 400 ms (BS.1770-5).
const MOMENT: usize = 40;
/// Steps between the starts of blocks: 100 ms.
const HOP: usize = 10;

/// The mean K-weighted energy of every 10 ms.
#[derive(Clone, Debug, Default)]
pub struct LoudnessCurve {
    /// Prefix sums of the steps.
    sums: Vec<f64>,
}

impl LoudnessCurve {
    /// From the energy of each step.
    pub fn new(steps: Vec<f32>) -> Self {
        let mut sum = 0.0;
        let rest = steps.into_iter().map(|step| {
            sum += f64::from(step);
            sum
        });
        Self { sums: std::iter::once(0.0).chain(rest).collect() }
    }

    /// The number of steps.
    fn steps(&self) -> usize {
        self.sums.len().saturating_sub(1)
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        let (from, to) = (from.min(self.steps()), to.min(self.steps()));
        if from < to { ((self.sums[to] - self.sums[from]) / (to - from) as f64).max(0.0) } else { 0.0 }
    }

    /// The mean energy between two times in seconds.
    pub fn energy(&self, (from, to): (f64, f64)) -> f64 {
        let from = (from * RATE).round().max(0.0) as usize;
        self.mean(from, ((to * RATE).round() as usize).max(from + 1))
    }

    /// The ungated loudness of a range in LUFS; −120 for silence.
    pub fn level(&self, span: (f64, f64)) -> f64 {
        loudness_of(self.energy(span)).map_or(-120.0, |loudness| loudness.0.max(-120.0))
    }

    /// The gated loudness of ranges in LUFS, over every block of 400 ms that overlaps one of them.
    pub fn gated(&self, spans: &[(f64, f64)]) -> Option<f64> {
        let mut next = 0;
        let mut blocks = Vec::new();
        for (from, to) in spans {
            let first = ((from * RATE) as usize + HOP).saturating_sub(MOMENT) / HOP;
            let last = (to * RATE) as usize / HOP;
            for hop in first.max(next)..=last {
                if hop * HOP + MOMENT <= self.steps() {
                    blocks.push(self.mean(hop * HOP, hop * HOP + MOMENT));
                }
            }
            next = next.max(last + 1);
        }
        gated(&blocks).map(|loudness| loudness.0)
    }

    /// The loudness of the 400 ms that end at a time.
    pub fn momentary(&self, seconds: f64) -> f64 {
        self.level((seconds - 0.4, seconds))
    }

    /// The loudest window of `length` seconds within a range, in steps of 100 ms, and its start.
    pub fn loudest(&self, (from, to): (f64, f64), length: f64) -> (f64, f64) {
        let places = (0..).map(|n| from + 0.1 * f64::from(n)).take_while(|place| place + length <= to + 1e-9);
        places
            .map(|place| (self.level((place, place + length)), place))
            .fold((f64::NEG_INFINITY, from), |best, here| if here.0 > best.0 { here } else { best })
    }

    /// The end in seconds.
    pub fn seconds(&self) -> f64 {
        self.steps() as f64 / RATE
    }
}
