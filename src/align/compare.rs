//! How much two stretches of speech sound like the same words: dynamic time warping of cepstra. docs/alignment.md, section 3.

use super::island::SoundIsland;
use super::listen::{BANDS, Heard};

/// Values of a cepstrum, without the level.
const WIDTH: usize = 12;

/// Frames that are taken together: 40 ms.
pub const STEP: usize = 4;

/// A stretch of speech in steps of 40 ms, normalised over all speech of its speaker.
pub type CepstralStep = [f32; WIDTH];

/// The steps of all speech of a recording, island after island.
#[derive(Clone, Debug, Default)]
pub struct CepstralSteps {
    pub all: Vec<CepstralStep>,
    /// Where the steps of each island begin, and the end of the last. What is no speech has none.
    pub starts: Vec<usize>,
}

impl CepstralSteps {
    /// Cuts islands into steps and normalises each value over all of them to a mean of 0 and a variance of 1.
    pub fn of(heard: &Heard, islands: &[SoundIsland]) -> Self {
        let mut bands = Vec::new();
        let mut starts = vec![0];
        for island in islands {
            if !island.is_junk {
                bands.extend(raw_steps(heard, island.from, island.to));
            }
            starts.push(bands.len());
        }
        let under = super::island::under(heard);
        Self { all: cepstra(bands, &under), starts }
    }

    /// The steps of the islands `from..to`.
    pub fn run(&self, from: usize, to: usize) -> &[CepstralStep] {
        &self.all[self.starts[from]..self.starts[to]]
    }
}

/// The means of each 40 ms.
pub fn raw_steps(heard: &Heard, from: usize, to: usize) -> impl Iterator<Item = [f32; BANDS]> + '_ {
    heard.bands[from..to].chunks(STEP).map(|frames| {
        std::array::from_fn(|at| frames.iter().map(|frame| frame[at]).sum::<f32>() / frames.len() as f32)
    })
}

/// Makes cepstra of the energies of bands, and brings each value to a mean of 0 and a variance of 1. What is far under the mean
/// of a band is no more than noise, so that a noisy recording and a clean one are alike.
pub fn cepstra(mut bands: Vec<[f32; BANDS]>, under: &[f32; BANDS]) -> Vec<CepstralStep> {
    let floor = 0.01f32;
    let count = bands.len().max(1) as f64;
    for band in 0..BANDS {
        let mut sum = 0.0;
        for step in &mut bands {
            step[band] = (step[band] - under[band]).max(0.0);
            sum += f64::from(step[band]);
        }
        let least = ((sum / count) as f32 * floor).max(1e-12);
        bands.iter_mut().for_each(|step| step[band] = (step[band] + least).ln());
    }
    let cosines: Vec<[f32; BANDS]> = (1..=WIDTH)
        .map(|order| {
            std::array::from_fn(|band| {
                (std::f32::consts::PI * order as f32 * (band as f32 + 0.5) / BANDS as f32).cos()
            })
        })
        .collect();
    let mut steps: Vec<CepstralStep> = bands
        .iter()
        .map(|step| std::array::from_fn(|order| cosines[order].iter().zip(step).map(|(a, b)| a * b).sum()))
        .collect();
    for at in 0..WIDTH {
        let mean = steps.iter().map(|step| f64::from(step[at])).sum::<f64>() / count;
        let variance = steps.iter().map(|step| (f64::from(step[at]) - mean).powi(2)).sum::<f64>() / count;
        // Half the way to equal variances: the higher values tell speakers apart more than words.
        let scale = 1.0 / variance.sqrt().sqrt().max(1e-6);
        steps.iter_mut().for_each(|step| step[at] = ((f64::from(step[at]) - mean) * scale) as f32);
    }
    for step in &mut steps {
        let length = step.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
        step.iter_mut().for_each(|x| *x /= length);
    }
    steps
}

/// One less the cosine of the angle between two steps, whose length is 1.
fn distance(a: &CepstralStep, b: &CepstralStep) -> f32 {
    let mut dot = 0.0;
    for at in 0..WIDTH {
        dot += a[at] * b[at];
    }
    1.0 - dot
}

/// Dynamic time warping in the symmetric form of Sakoe and Chiba (1978), in which a diagonal step counts twice: passes, for each step
/// of `one` with its number, the sums of the distances along the best paths from the beginning of both to that step and each of `other`.
fn warped(one: &[CepstralStep], other: &[CepstralStep], mut take: impl FnMut(usize, &[f32])) {
    let mut sums = vec![f32::INFINITY; other.len()];
    for (at, step) in one.iter().enumerate() {
        let mut diagonal = if at == 0 { 0.0 } else { f32::INFINITY };
        let mut before = f32::INFINITY;
        for (sum, own) in sums.iter_mut().zip(other) {
            let d = distance(own, step);
            before = (diagonal + 2.0 * d).min(*sum + d).min(before + d);
            diagonal = std::mem::replace(sum, before);
        }
        take(at, &sums);
    }
}

/// For each step of `run`, the distance of all of `words` from the run up to and with that step, divided by the length of the path.
pub fn warp(words: &[CepstralStep], run: &[CepstralStep]) -> Vec<f32> {
    let mut ends = Vec::with_capacity(run.len());
    warped(run, words, |at, sums| {
        ends.push(sums.last().map_or(f32::INFINITY, |sum| sum / (words.len() + at + 1) as f32));
    });
    ends
}

/// The distance of all of `run` from the beginning of `rest` that is most like it, for each length of `run`.
pub fn warp_beginnings(run: &[CepstralStep], rest: &[CepstralStep]) -> Vec<f32> {
    let mut best = Vec::with_capacity(run.len());
    warped(run, rest, |at, sums| {
        // A beginning of less than half the length is no repetition.
        let long_enough = sums.iter().enumerate().skip(at / 2);
        let by_length = long_enough.map(|(other, sum)| sum / (at + other + 2) as f32);
        best.push(by_length.fold(f32::INFINITY, f32::min));
    });
    best
}
