//! Scans single samples: clipping, flat tops, digital silence, DC offset, unused bits, sharp edges.

use crate::dsp::true_peak::sample_peak;
use crate::unit::SampleRate;

/// Samples from this value on are at full scale: that of 16 bits, or above.
const RAIL: f32 = 32_766.5 / 32_768.0;
/// The number of consecutive samples at full scale that is clipping rather than a peak.
const CLIPPED: u64 = 3;
/// The number of equal high samples that is a flat top; slow waves sometimes repeat a 16-bit value.
const FLAT: u64 = 8;
/// Equal samples count from this value on: −14 dBFS.
const HIGH: f32 = 0.2;
/// Full scale of 24 bits.
const FULL: f32 = 8_388_608.0;
/// The size of a block; most blocks contain nothing and are skipped quickly.
const BLOCK: usize = 256;
/// The most runs that are kept.
const MOST_RUNS: usize = 100_000;

/// A run of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRun {
    /// The first frame.
    pub start: u64,
    pub frames: u64,
}

/// The results of the scan.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Runs of three or more samples at full scale, in any channel.
    pub clipped: Vec<SampleRun>,
    /// Runs of equal high samples below full scale.
    pub flat: Vec<SampleRun>,
    /// Runs of at least a millisecond in which every channel is zero.
    pub silent: Vec<SampleRun>,
    /// The absolute values of the samples before and after each of those runs.
    pub borders: Vec<[f32; 2]>,
    /// The mean of each channel.
    pub offset: Vec<f64>,
    /// The bits of 24 that any sample uses, the lowest in bit 0; all of them for formats finer than 24 bits.
    pub used_bits: u32,
    /// The absolute values of the first and the last frame.
    pub ends: [f32; 2],
}

#[derive(Clone, Default)]
struct Channel {
    sum: f64,
    last: f32,
    equal: u64,
    railed: u64,
}

/// Scans samples block by block.
pub(in crate::qc) struct SampleScan {
    least_silence: u64,
    frames: u64,
    channels: Vec<Channel>,
    zeros: u64,
    before: f32,
    last: f32,
    fine: bool,
    found: Samples,
}

impl SampleScan {
    pub(in crate::qc) fn new(rate: SampleRate, channels: usize) -> Self {
        Self {
            least_silence: u64::from(rate.hz()) / 1_000,
            frames: 0,
            channels: vec![Channel::default(); channels],
            zeros: 0,
            before: 0.0,
            last: 0.0,
            fine: false,
            found: Samples::default(),
        }
    }

    pub(in crate::qc) fn push(&mut self, planes: &[&[f32]]) {
        for start in (0..planes[0].len()).step_by(BLOCK) {
            let end = planes[0].len().min(start + BLOCK);
            for (channel, plane) in self.channels.iter_mut().zip(planes) {
                channel.push(&plane[start..end], self.frames, &mut self.found);
                see_bits(&plane[start..end], &mut self.fine, &mut self.found.used_bits);
            }
            self.heights(planes, start, end);
        }
    }

    /// Follows the absolute value of frames. If there is no zero frame now and there was none before, only the last
    /// matters.
    fn heights(&mut self, planes: &[&[f32]], start: usize, end: usize) {
        let height = |frame: usize| planes.iter().map(|plane| plane[frame].abs()).fold(0.0, f32::max);
        if self.frames > 0 && self.zeros == 0 && never_silent(planes, start, end) {
            self.last = height(end - 1);
            self.frames += (end - start) as u64;
            return;
        }
        for frame in start..end {
            self.height(height(frame));
            self.frames += 1;
        }
    }

    fn height(&mut self, height: f32) {
        if height == 0.0 {
            if self.zeros == 0 {
                self.before = self.last;
            }
            self.zeros += 1;
        } else if self.zeros > 0 {
            self.end_silence(height);
        }
        if self.frames == 0 {
            self.found.ends[0] = height;
        }
        self.last = height;
    }

    fn end_silence(&mut self, after: f32) {
        if self.zeros >= self.least_silence && self.found.silent.len() < MOST_RUNS {
            self.found.silent.push(SampleRun { start: self.frames - self.zeros, frames: self.zeros });
            self.found.borders.push([self.before, after]);
        }
        self.zeros = 0;
    }

    pub(in crate::qc) fn finish(mut self) -> Samples {
        if self.zeros > 0 {
            self.end_silence(0.0);
        }
        self.found.ends[1] = self.last;
        for channel in &mut self.channels {
            channel.end_runs(self.frames, &mut self.found);
        }
        let frames = self.frames.max(1) as f64;
        self.found.offset = self.channels.iter().map(|channel| channel.sum / frames).collect();
        self.found.clipped.sort_by_key(|run| run.start);
        self.found.flat.sort_by_key(|run| run.start);
        self.found
    }
}

impl Channel {
    fn push(&mut self, plane: &[f32], first: u64, found: &mut Samples) {
        self.sum += sum(plane);
        if sample_peak(plane) < HIGH {
            // The block contains no run, but an earlier run may end here.
            self.end_runs(first, found);
            (self.last, self.equal) = (0.0, 0);
            return;
        }
        for (frame, &sample) in (first..).zip(plane) {
            if sample == self.last {
                self.equal += 1;
            } else {
                self.end_equal(frame, found);
                self.last = sample;
                self.equal = 1;
            }
            if sample.abs() >= RAIL {
                self.railed += 1;
            } else if self.railed > 0 {
                self.end_railed(frame, found);
            }
        }
    }

    fn end_equal(&mut self, frame: u64, found: &mut Samples) {
        let high = (HIGH..RAIL).contains(&self.last.abs());
        if high && self.equal >= FLAT && found.flat.len() < MOST_RUNS {
            found.flat.push(SampleRun { start: frame - self.equal, frames: self.equal });
        }
    }

    fn end_railed(&mut self, frame: u64, found: &mut Samples) {
        if self.railed >= CLIPPED && found.clipped.len() < MOST_RUNS {
            found.clipped.push(SampleRun { start: frame - self.railed, frames: self.railed });
        }
        self.railed = 0;
    }

    fn end_runs(&mut self, frame: u64, found: &mut Samples) {
        self.end_equal(frame, found);
        self.end_railed(frame, found);
    }
}

/// The sum of samples, in lanes.
fn sum(samples: &[f32]) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0f32; LANES];
    let (blocks, rest) = samples.as_chunks::<LANES>();
    for block in blocks {
        lanes.iter_mut().zip(block).for_each(|(lane, sample)| *lane += sample);
    }
    lanes.iter().chain(rest).map(|sample| f64::from(*sample)).sum()
}

/// Whether no frame is zero in every channel.
fn never_silent(planes: &[&[f32]], start: usize, end: usize) -> bool {
    let [left, right] = [planes[0], planes.get(1).copied().unwrap_or(planes[0])];
    let (left, right) = (&left[start..end], &right[start..end]);
    // Without a branch in the loop: a silent frame has a sum of zero.
    let silent = |(l, r): (&f32, &f32)| u32::from(l.abs() + r.abs() == 0.0);
    left.iter().zip(right).map(silent).sum::<u32>() == 0
}

/// Records which of 24 bits the samples use.
fn see_bits(plane: &[f32], fine: &mut bool, used: &mut u32) {
    if *fine {
        return;
    }
    let mut bits = 0;
    for &sample in plane {
        let scaled = sample * FULL;
        let whole = scaled as i32;
        *fine |= whole as f32 != scaled;
        bits |= whole.unsigned_abs();
    }
    *used |= if *fine { u32::MAX } else { bits };
}
