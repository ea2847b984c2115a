//! What single samples show: samples at the rail, flat tops, exact silence, offset, unused bits, sharp edges.

use crate::dsp::true_peak::sample_peak;
use crate::unit::SampleRate;

/// A sample this high stands at the rail: full scale of 16 bits, and all that lies above.
const RAIL: f32 = 32_766.5 / 32_768.0;
/// So many samples at the rail in a row are clipping, not a peak.
const CLIPPED: u64 = 3;
/// So many equal samples are a flat top where they are high; a slow wave repeats a 16-bit value now and then.
const FLAT: u64 = 8;
/// From this height on equal samples are looked at: −14 dBFS.
const HIGH: f32 = 0.2;
/// Full scale of 24 bits.
const FULL: f32 = 8_388_608.0;
/// Samples are looked at in blocks of so many: most show nothing, and are passed over quickly.
const BLOCK: usize = 256;
/// No file has more runs worth keeping.
const MOST_RUNS: usize = 100_000;

/// A stretch of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRun {
    /// Its first frame.
    pub start: u64,
    /// How long it is.
    pub frames: u64,
}

/// What single samples showed.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Runs of three or more samples at the rail, of all channels.
    pub clipped: Vec<SampleRun>,
    /// Runs of equal samples at a height below it.
    pub flat: Vec<SampleRun>,
    /// Stretches of at least a millisecond in which every channel is exactly zero.
    pub silent: Vec<SampleRun>,
    /// The heights of the sounds that border those stretches: before and after each.
    pub borders: Vec<[f32; 2]>,
    /// The mean of each channel.
    pub offset: Vec<f64>,
    /// The bits of 24 that some sample uses, the lowest in bit 0; all where samples are finer than 24 bits.
    pub used_bits: u32,
    /// The height of the first and the last frame.
    pub ends: [f32; 2],
}

#[derive(Clone, Default)]
struct Channel {
    sum: f64,
    last: f32,
    equal: u64,
    railed: u64,
}

/// Scans samples as they come.
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

    /// Follows the height of the frames: where none is zero, and none was, only the last is of interest.
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
            // Nothing in it can be a run that counts, but one before it may end here.
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
    // Without a branch in the loop: what is silent adds up to nothing.
    let silent = |(l, r): (&f32, &f32)| u32::from(l.abs() + r.abs() == 0.0);
    left.iter().zip(right).map(silent).sum::<u32>() == 0
}

/// Notes which of 24 bits the samples use.
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
