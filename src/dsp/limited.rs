//! Predicts the loudness of a sound after the limiter while measuring the sound before it.
//!
//! The limiter lowers the integrated loudness of a file a little: by a tenth of an LU where loud bells play over a
//! voice. Measuring again after the limiter would cost another pass over the whole file. Instead the highest sample
//! of every 20 ms is stored next to the energies, and the limiter is simulated on those.

use super::limiter::{HOLD_HZ, RELEASE};
use super::loudness::{HOPS_A_BLOCK, KWeightingOf, gated};
use super::true_peak::sample_peak;
use crate::unit::{Db, Frames, Gain, Lufs, SampleRate};

/// A loudness hop has this many steps of 20 ms, each with its peak.
const STEPS_A_HOP: usize = 5;
/// The length of a step in seconds, and the number of steps that the limiter holds.
const STEP: f64 = 0.02;
const HELD: u32 = 50 / HOLD_HZ;
/// The resolution of stored peaks: 0.2 dB at −40 dBFS; the range ends at +24 dBFS.
const PEAK_STEP: f32 = 1.0 / 4_096.0;
/// The most that is added to make up for the limiter. Beyond it a higher gain would only be limited more.
const MOST_MAKEUP: Db = Db(1.0);
/// The number of iterations. A dB more of gain is almost a dB more of loudness, so it converges quickly.
const TRIES: usize = 6;

/// Measures the integrated loudness that a stereo sound would have after a gain and a
/// [`Limiter`](super::limiter::Limiter), for any gain and ceiling. Stores 140 bytes per second. Splitting the input
/// into blocks differently changes nothing.
#[derive(Clone, Debug)]
pub struct LimitedLoudness {
    rate: SampleRate,
    filter: KWeightingOf<2>,
    energy: [f64; 2],
    peak: f32,
    /// The current step, and the number of frames it still lacks.
    step: usize,
    missing: usize,
    /// The weighted energy of each hop.
    hops: Vec<f32>,
    /// The highest sample of each step, in units of [`PEAK_STEP`].
    peaks: Vec<u16>,
}

impl LimitedLoudness {
    /// A meter at the start of a sound of `frames` frames; more may follow.
    pub fn new(rate: SampleRate, frames: Frames) -> Self {
        let hops = frames.index() / rate.hop();
        Self {
            rate,
            filter: KWeightingOf::new(rate),
            energy: [0.0; 2],
            peak: 0.0,
            step: 0,
            missing: step_frames(rate, 0),
            hops: Vec::with_capacity(hops),
            peaks: Vec::with_capacity(STEPS_A_HOP * hops + STEPS_A_HOP),
        }
    }

    /// Measures the next block of left and right.
    ///
    /// # Panics
    /// If they differ in length.
    pub fn push(&mut self, planes: [&[f32]; 2]) {
        assert_eq!(planes[0].len(), planes[1].len(), "left and right are of one length");
        let mut start = 0;
        while start < planes[0].len() {
            let end = planes[0].len().min(start + self.missing);
            let [left, right] = [&planes[0][start..end], &planes[1][start..end]];
            self.filter.add_energy([left, right], &mut self.energy);
            self.peak = self.peak.max(sample_peak(left)).max(sample_peak(right));
            self.missing -= end - start;
            start = end;
            if self.missing == 0 {
                self.end_step();
            }
        }
    }

    fn end_step(&mut self) {
        self.peaks.push((std::mem::take(&mut self.peak) / PEAK_STEP) as u16);
        self.step = (self.step + 1) % STEPS_A_HOP;
        self.missing = step_frames(self.rate, self.step);
        if self.step == 0 {
            self.filter.settle();
            let hop = std::mem::take(&mut self.energy).iter().sum::<f64>();
            self.hops.push((hop / (HOPS_A_BLOCK * self.rate.hop()) as f64) as f32);
        }
    }

    /// The integrated loudness without gain or limiter; `None` for silence.
    pub fn integrated(&self) -> Option<Lufs> {
        self.after(Gain::UNITY, None)
    }

    /// The gain at which the loudness after a limiter with this ceiling is `target`; `None` for silence.
    pub fn gain_to(&self, target: Lufs, ceiling: Gain) -> Option<Db> {
        let plain = target - self.integrated()?;
        let mut gain = plain;
        for _ in 0..TRIES {
            let missing = target - self.after(gain.gain(), Some(ceiling))?;
            gain = Db((gain + missing).0.clamp(plain.0, (plain + MOST_MAKEUP).0));
        }
        Some(gain)
    }

    /// The loudness after a gain and, if there is a ceiling, a limiter.
    fn after(&self, gain: Gain, ceiling: Option<Gain>) -> Option<Lufs> {
        let mut model = ceiling.map(|ceiling| LimiterModel::new(ceiling.0 / gain.0));
        let steps = self.peaks.as_chunks::<STEPS_A_HOP>().0;
        let kept = steps.iter().map(|peaks| model.as_mut().map_or(1.0, |limiter| limiter.kept(peaks)));
        let power = gain.0 * gain.0;
        let mut blocks: Vec<f64> =
            self.hops.iter().zip(kept).map(|(energy, kept)| f64::from(*energy) * power * kept).collect();
        // Each block is stored in place of its first hop.
        let count = (blocks.len() + 1).saturating_sub(HOPS_A_BLOCK);
        for first in 0..count {
            blocks[first] = blocks[first..first + HOPS_A_BLOCK].iter().sum();
        }
        gated(&blocks[..count])
    }
}

/// A simulation of the limiter in steps: immediate attack, hold, and release.
struct LimiterModel {
    /// The ceiling, in units of [`PEAK_STEP`].
    highest: f64,
    reduction: f64,
    /// The share of a reduction that is left after one step of release.
    left: f64,
    /// The number of steps it still holds.
    held: u32,
}

impl LimiterModel {
    /// A limiter for samples that reach the ceiling at this magnitude.
    fn new(magnitude: f64) -> Self {
        let highest = magnitude / f64::from(PEAK_STEP);
        Self { highest, reduction: 0.0, left: (-STEP / RELEASE).exp(), held: 0 }
    }

    /// The share of a hop's energy that remains.
    fn kept(&mut self, peaks: &[u16; STEPS_A_HOP]) -> f64 {
        let steps = peaks.iter().map(|peak| (1.0 - self.step(f64::from(*peak))).powi(2));
        steps.sum::<f64>() / STEPS_A_HOP as f64
    }

    /// The reduction in a step with this peak.
    fn step(&mut self, peak: f64) -> f64 {
        let demand = (1.0 - self.highest / peak).max(0.0);
        if demand >= self.reduction {
            (self.reduction, self.held) = (demand, HELD);
        } else if self.held > 0 {
            self.held -= 1;
        } else {
            self.reduction = demand.max(self.reduction * self.left);
        }
        self.reduction
    }
}

/// The frames of one step; five steps together are exactly a hop.
fn step_frames(rate: SampleRate, step: usize) -> usize {
    let boundary = |step: usize| rate.hop() * step / STEPS_A_HOP;
    boundary(step + 1) - boundary(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::limiter::Limiter;
    use crate::dsp::meter::LoudnessMeter;
    use crate::dsp::noise::HashNoise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Syllables of noise in phrases, and strokes of a bell over them.
    fn session(seconds: usize) -> [Vec<f32>; 2] {
        let frames = seconds * 48_000;
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        HashNoise::new(1).fill(0, &mut left);
        HashNoise::new(2).fill(0, &mut right);
        for plane in [&mut left, &mut right] {
            for (n, sample) in plane.iter_mut().enumerate() {
                let t = n as f32 / 48_000.0;
                let speech = if t % 12.0 < 5.0 { 0.3 * (t * 12.0).sin().powi(2) } else { 0.01 };
                let stroke = t % 20.0;
                *sample = *sample * speech + 0.8 * (-stroke * 1.5).exp() * (stroke * 2_764.6).sin();
            }
        }
        [left, right]
    }

    fn measured([left, right]: &[Vec<f32>; 2]) -> LimitedLoudness {
        let mut meter = LimitedLoudness::new(RATE, Frames(99));
        meter.push([left, right]);
        meter
    }

    /// The loudness after the real limiter.
    fn limited([left, right]: &[Vec<f32>; 2], gain: Db, ceiling: Db) -> Lufs {
        let amplified = [left, right]
            .map(|plane| plane.iter().map(|sample| sample * gain.gain().factor()).collect::<Vec<f32>>());
        let mut limiter = Limiter::new(RATE, ceiling.gain(), 2);
        let mut output = [Vec::new(), Vec::new()];
        limiter.push(&[&amplified[0], &amplified[1]], &mut output);
        limiter.finish(&mut output);
        let mut meter = LoudnessMeter::new(RATE, 2);
        meter.push(&[&output[0], &output[1]]);
        meter.integrated().unwrap()
    }

    #[test]
    fn without_a_limiter_it_is_the_loudness_of_the_meter_however_it_is_cut() {
        let sound = session(30);
        let mut meter = LoudnessMeter::new(RATE, 2);
        meter.push(&[&sound[0], &sound[1]]);
        let whole = measured(&sound);
        let plain = whole.integrated().unwrap();
        assert!((plain - meter.integrated().unwrap()).0.abs() < 1e-6);
        let mut parts = LimitedLoudness::new(RATE, Frames(99));
        for (left, right) in sound[0].chunks(7_777).zip(sound[1].chunks(7_777)) {
            parts.push([left, right]);
        }
        assert_eq!((parts.integrated(), parts.peaks), (Some(plain), whole.peaks));
        assert_eq!(LimitedLoudness::new(RATE, Frames(99)).gain_to(Lufs(-18.0), Gain::UNITY), None);
    }

    #[test]
    fn the_gain_reaches_the_target_after_the_real_limiter() {
        let sound = session(60);
        let meter = measured(&sound);
        for (target, ceiling) in [(-18.0, -1.0), (-16.0, -1.0), (-16.0, -2.0), (-24.0, -6.0)] {
            let gain = meter.gain_to(Lufs(target), Db(ceiling).gain()).unwrap();
            let plain = Lufs(target) - meter.integrated().unwrap();
            let (before, after) = (
                limited(&sound, plain, Db(ceiling)).0 - target,
                limited(&sound, gain, Db(ceiling)).0 - target,
            );
            assert!(
                after.abs() < 0.05,
                "{target} under {ceiling}: off by {before} plain and {after} made good"
            );
        }
    }

    #[test]
    fn without_limiting_there_is_no_makeup_gain() {
        let sound = session(20);
        let meter = measured(&sound);
        let gain = meter.gain_to(Lufs(-30.0), Db(-1.0).gain()).unwrap();
        assert_eq!(gain, Lufs(-30.0) - meter.integrated().unwrap());
    }
}
