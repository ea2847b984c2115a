//! Compares a file with the same version rendered again: what differs, and by what time, level and tone.
//!
//! Differences are found step by step. Where they are more than rounding, the sound is measured in blocks of 1.4 s that
//! overlap by half: the cross-correlation of both sounds gives the offset and whether a side is turned over, the energies
//! the level, and third-octaves the tone.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::clicks::{Click, ClickFinder, merge};
use super::differences::{Differ, Differences, rounding};
use crate::unit::SampleRate;

/// The centres of the third-octaves in Hz, from 50 Hz to 16 kHz, in ISO 266's steps of a tenth of a decade.
pub const THIRDS: [f64; 26] = [
    50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1_000.0, 1_250.0,
    1_600.0, 2_000.0, 2_500.0, 3_150.0, 4_000.0, 5_000.0, 6_300.0, 8_000.0, 10_000.0, 12_500.0, 16_000.0,
];

/// The least length of a block, in seconds.
pub(in crate::qc) const BLOCK: f64 = 1.3;
/// The farthest offset that is looked for, in seconds.
const FARTHEST: f64 = 0.5;
/// An offset below this is preferred where the likeness is nearly the same, in seconds.
const NEAR: f64 = 0.001;
/// Offset, likeness and level are those of this band, in Hz: lossy codings keep its waveform.
const BAND: [f64; 2] = [100.0, 4_000.0];
/// A block is silent below this mean square in the band: −85 dBFS.
const SILENT: f64 = 3e-9;

/// How a file compares with the same version rendered again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likeness {
    pub differences: Differences,
    /// One side in the blocks in which the file differs by more than rounding, in order.
    pub blocks: Vec<BlockLikeness>,
    /// The energies of both sounds in [`THIRDS`] over those blocks: of the file, and expected.
    pub thirds: Vec<[f64; 2]>,
    /// The breaks in what is expected, in order.
    pub breaks: Vec<Click>,
}

/// One side of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockLikeness {
    /// The middle of the block in seconds.
    pub seconds: f64,
    /// 0 for left, 1 for right.
    pub side: usize,
    /// How much later the file is, in seconds.
    pub late: f64,
    /// The correlation at that offset: 1 is the same wave, −1 the same turned over.
    pub likeness: f64,
    /// Level of the file against what is expected, in dB; at most 60 either way.
    pub gain: f64,
    /// The level of the louder of both, in dBFS.
    pub level: f64,
}

/// Compares block by block. The size of the blocks that come does not matter, and they need not agree.
pub struct Comparer {
    rate: f64,
    differ: Differ,
    /// The least mean square of a difference that is measured.
    least: f32,
    /// Both sounds from the start of the current block on.
    held: [[Vec<f32>; 2]; 2],
    start: usize,
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    back: Arc<dyn ComplexToReal<f32>>,
    blocks: Vec<BlockLikeness>,
    thirds: Vec<[f64; 2]>,
    sample_rate: SampleRate,
    clicks: [ClickFinder; 2],
}

impl Comparer {
    /// At the start of a file with samples of so many bits; `None` for lossy formats, all of which is measured.
    pub fn new(rate: SampleRate, bits: Option<u32>) -> Self {
        let length = ((BLOCK * rate.as_f64()) as usize).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let turn = std::f64::consts::TAU / length as f64;
        Self {
            rate: rate.as_f64(),
            differ: Differ::new(rate.as_f64()),
            least: bits.map_or(-1.0, rounding),
            held: Default::default(),
            start: 0,
            window: (0..length).map(|n| (0.5 - 0.5 * (turn * n as f64).cos()) as f32).collect(),
            forward: planner.plan_fft_forward(length),
            back: planner.plan_fft_inverse(length),
            blocks: Vec::new(),
            thirds: vec![[0.0; 2]; THIRDS.len()],
            sample_rate: rate,
            clicks: [ClickFinder::new(rate), ClickFinder::new(rate)],
        }
    }

    /// Adds frames of the file, left and right.
    pub fn push_file(&mut self, planes: [&[f32]; 2]) {
        self.differ.push_file(planes);
        self.compare();
    }

    /// Adds frames of what is expected, left and right.
    pub fn push_expected(&mut self, planes: [&[f32]; 2]) {
        for (held, plane) in self.differ.expected().iter_mut().zip(planes) {
            held.extend_from_slice(plane);
        }
        for (finder, plane) in self.clicks.iter_mut().zip(planes) {
            finder.push(plane);
        }
        self.compare();
    }

    fn compare(&mut self) {
        let held = &mut self.held;
        self.differ.compare(&mut |file, expected| {
            for (held, planes) in held.iter_mut().zip([file, expected]) {
                held.iter_mut().zip(planes).for_each(|(held, plane)| held.extend_from_slice(plane));
            }
        });
        while self.held[0][0].len() >= self.window.len() {
            self.end_block();
        }
    }

    /// Measures a block if it differs, and goes on by half of it.
    fn end_block(&mut self) {
        let length = self.window.len();
        let step = |frame: usize| (frame as f64 / self.rate / Differences::place(1)) as usize;
        let steps = self.differ.steps();
        let end = steps.len().min(step(self.start + length));
        if steps[step(self.start).min(end)..end].iter().any(|step| step[1] > self.least) {
            for side in 0..2 {
                self.measure(side);
            }
        }
        for plane in self.held.iter_mut().flatten() {
            plane.drain(..(length / 2).min(plane.len()));
        }
        self.start += length / 2;
    }

    fn measure(&mut self, side: usize) {
        let length = self.window.len();
        let mut buffer = self.forward.make_input_vec();
        let mut spectrum = |sound: &[f32]| {
            let mut bins = self.forward.make_output_vec();
            buffer.iter_mut().zip(sound).zip(&self.window).for_each(|((to, x), w)| *to = x * w);
            self.forward.process(&mut buffer, &mut bins).expect("the buffers are of its length");
            bins
        };
        let [file, expected] = [0, 1].map(|sound| spectrum(&self.held[sound][side]));
        let bin = |hz: f64| ((hz * length as f64 / self.rate) as usize).min(file.len());
        let energy = |bins: &[Complex<f32>]| bins.iter().map(|bin| f64::from(bin.norm_sqr())).sum::<f64>();
        for (sum, centre) in self.thirds.iter_mut().zip(THIRDS) {
            // A third of an octave is a tenth of a decade.
            let half = 10f64.powf(0.05);
            let band = bin(centre / half)..bin(centre * half);
            sum[0] += energy(&file[band.clone()]);
            sum[1] += energy(&expected[band]);
        }
        let band = bin(BAND[0])..bin(BAND[1]);
        let energies = [&file, &expected].map(|bins| energy(&bins[band.clone()]));
        // A mean square m has an energy of m · length² · 3/16 in the bins of one half, with the window of Hann.
        let square = energies[0].max(energies[1]) / ((length as f64).powi(2) * 3.0 / 16.0);
        if square < SILENT {
            return;
        }
        let mut product = vec![Complex::new(0.0, 0.0); file.len()];
        for bin in band {
            product[bin] = file[bin] * expected[bin].conj();
        }
        let mut wave = self.back.make_output_vec();
        self.back.process(&mut product, &mut wave).expect("the buffers are of its length");
        let (late, height) = highest(&wave, (FARTHEST * self.rate) as usize, (NEAR * self.rate) as usize);
        let whole = 2.0 * (energies[0] * energies[1]).sqrt();
        self.blocks.push(BlockLikeness {
            seconds: (self.start + length / 2) as f64 / self.rate,
            side,
            late: late / self.rate,
            likeness: f64::from(height) / whole.max(1e-30),
            gain: (10.0 * (energies[0].max(1e-30) / energies[1].max(1e-30)).log10()).clamp(-60.0, 60.0),
            level: 10.0 * square.log10(),
        });
    }

    pub fn finish(mut self) -> Likeness {
        // The last block is filled with silence.
        let length = self.window.len();
        if !self.held[0][0].is_empty() {
            self.held.iter_mut().flatten().for_each(|plane| plane.resize(length, 0.0));
            self.end_block();
        }
        let breaks = merge(self.clicks.into_iter().map(ClickFinder::finish), self.sample_rate);
        Likeness { differences: self.differ.finish(), blocks: self.blocks, thirds: self.thirds, breaks }
    }
}

/// The offset of the highest value of a circular correlation either way, refined by a parabola, and its value.
fn highest(wave: &[f32], farthest: usize, near: usize) -> (f64, f32) {
    let length = wave.len();
    let at = |offset: isize| wave[offset.rem_euclid(length as isize) as usize];
    let farthest = farthest.min(length / 2) as isize;
    let highest =
        |within: isize| (-within..=within).max_by(|a, b| at(*a).abs().total_cmp(&at(*b).abs())).unwrap_or(0);
    // A steady tone is like itself at many offsets.
    let (anywhere, here) = (highest(farthest), highest(near.min(farthest as usize) as isize));
    let best = if at(here).abs() > 0.98 * at(anywhere).abs() { here } else { anywhere };
    let [before, here, after] = [-1, 0, 1].map(|off| f64::from(at(best + off)));
    let bend = before - 2.0 * here + after;
    let part = if bend == 0.0 { 0.0 } else { 0.5 * (before - after) / bend };
    (best as f64 + part.clamp(-0.5, 0.5), at(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    #[test]
    fn an_offset_a_level_and_a_turned_side_are_measured() {
        let rate = SampleRate::DEFAULT;
        let sound = noise(3, 0.1, 200_000);
        let late: Vec<f32> = [vec![0.0; 480], sound[..199_520].iter().map(|x| 0.5 * x).collect()].concat();
        let turned: Vec<f32> = sound.iter().map(|x| -x).collect();
        let mut comparer = Comparer::new(rate, Some(24));
        for from in (0..200_000).step_by(5_000) {
            let part = from..from + 5_000;
            comparer.push_expected([&sound[part.clone()], &sound[part.clone()]]);
            comparer.push_file([&late[part.clone()], &turned[part]]);
        }
        let Likeness { differences, blocks, thirds, .. } = comparer.finish();
        assert_eq!((differences.unequal, differences.steps.len(), blocks.len()), (0, 417, 12));
        for block in &blocks[..10] {
            let (late, gain, likeness) = if block.side == 0 { (0.01, -6.02, 0.9) } else { (0.0, 0.0, -0.99) };
            assert!((block.late - late).abs() < 2e-5 && (block.gain - gain).abs() < 0.3, "{block:?}");
            assert!(
                block.likeness.abs() > f64::abs(likeness) && block.likeness * likeness > 0.0,
                "{block:?}"
            );
        }
        assert!(thirds.iter().all(|third| third[0] < third[1]), "{thirds:?}");
        let mut same = Comparer::new(rate, Some(24));
        same.push_file([&sound, &sound]);
        same.push_expected([&sound, &sound]);
        assert!(same.finish().blocks.is_empty());
    }
}
