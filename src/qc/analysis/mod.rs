//! Analyses a file once from start to end, and keeps a few kilobytes for each second, at any rate.

mod clicks;
mod differences;
mod envelope;
mod likeness;
mod loudness;
mod low_end;
mod samples;
mod side_delay;
mod stem_sum;

pub use clicks::Click;
pub use differences::Differences;
pub use envelope::Envelope;
pub(super) use likeness::BLOCK;
pub use likeness::{BlockLikeness, Comparer, Likeness, THIRDS};
pub use loudness::LoudnessCurve;
pub use low_end::{LINES, LowEnd};
pub(super) use samples::SampleScan;
pub use samples::{SampleRun, Samples};
pub use side_delay::{STRETCH, SideDelay};
pub use stem_sum::{StemSum, Summer};

use crate::decode::{DecodeError, Decoder};
use crate::dsp::meter::{Measurement, Meter};
use crate::files::Source;
use crate::unit::SampleRate;

/// The measurements of a file.
#[derive(Clone, Debug)]
pub struct Analysis {
    pub rate: SampleRate,
    pub channels: usize,
    pub frames: u64,
    /// The length in its header, if it has one.
    pub declared: Option<u64>,
    /// The bits of a stored sample; `None` for lossy formats.
    pub bits: Option<u32>,
    /// The short name of the coding.
    pub codec: &'static str,
    pub levels: Measurement,
    /// Loudness over time.
    pub loudness: LoudnessCurve,
    /// Level and balance over time.
    pub envelope: Envelope,
    /// The scan of single samples.
    pub samples: Samples,
    /// The breaks in the waveform, in order; some of them are audible clicks.
    pub breaks: Vec<Click>,
    /// How much later the right side is, in the stretches in which both are alike.
    pub side_delays: Vec<SideDelay>,
    /// Hum and rumble.
    pub low_end: LowEnd,
}

impl Analysis {
    /// Decodes a file and analyses all of it.
    ///
    /// # Errors
    /// [`DecodeError`] if it is not a complete recording.
    pub fn of(source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let mut listener = FileAnalyser::open(source)?;
        let mut block = Vec::new();
        while listener.next_block(&mut block)? {}
        listener.finish()
    }

    /// The length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / self.rate.as_f64()
    }

    /// The breaks that are audible as clicks.
    pub fn clicks(&self) -> impl Iterator<Item = &Click> {
        self.breaks.iter().filter(|click| click.is_audible())
    }

    /// Whether the coding is lossless.
    pub fn is_lossless(&self) -> bool {
        self.bits.is_some()
    }
}

/// Analyses a file while it is decoded.
pub struct FileAnalyser {
    decoder: Decoder,
    analyser: Analyser,
}

impl FileAnalyser {
    /// # Errors
    /// [`DecodeError`] if it is no recording.
    pub fn open(source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let decoder = Decoder::open(source)?;
        let analyser = Analyser::new(decoder.rate(), decoder.channels());
        Ok(Self { decoder, analyser })
    }

    pub fn rate(&self) -> SampleRate {
        self.decoder.rate()
    }

    /// The bits of a stored sample; `None` for lossy formats.
    pub fn bits(&self) -> Option<u32> {
        self.decoder.bits()
    }

    /// Decodes and analyses the next block, one plane per channel; `false` at the end.
    ///
    /// # Errors
    /// [`DecodeError`] if the recording is damaged.
    pub fn next_block(&mut self, block: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        let more = self.decoder.next_block(block)?;
        if more {
            let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
            self.analyser.push(&planes);
        }
        Ok(more)
    }

    /// The measurements, after the last block.
    ///
    /// # Errors
    /// [`DecodeError`] if it is not a complete recording.
    pub fn finish(self) -> Result<Analysis, DecodeError> {
        let Self { decoder, analyser } = self;
        decoder.refuse_flaws()?;
        let declared = decoder.declared_frames().map(|frames| frames.0);
        Ok(Analysis { declared, bits: decoder.bits(), codec: decoder.codec(), ..analyser.finish() })
    }
}

/// Analyses a sound block by block. The size of the blocks does not matter.
pub struct Analyser {
    rate: SampleRate,
    channels: usize,
    frames: u64,
    meter: Meter,
    envelope: envelope::Follower,
    samples: samples::SampleScan,
    clicks: Vec<clicks::ClickFinder>,
    sides: side_delay::SideListener,
    low_end: low_end::LowEndMeter,
}

impl Analyser {
    /// # Panics
    /// If there are no channels.
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self {
            rate,
            channels,
            frames: 0,
            meter: Meter::new(rate, channels).keeping_steps(),
            envelope: envelope::Follower::new(rate),
            samples: samples::SampleScan::new(rate, channels),
            clicks: vec![clicks::ClickFinder::new(rate); channels],
            sides: side_delay::SideListener::new(rate),
            low_end: low_end::LowEndMeter::new(rate),
        }
    }

    /// Adds a block, one slice per channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not the number of channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.meter.push(planes);
        let pair = [planes[0], planes.get(1).copied().unwrap_or(planes[0])];
        self.envelope.push(pair);
        self.samples.push(planes);
        for (finder, plane) in self.clicks.iter_mut().zip(planes) {
            finder.push(plane);
        }
        if self.channels == 2 {
            self.sides.push(pair);
        }
        self.low_end.push(pair);
        self.frames += planes[0].len() as u64;
    }

    pub fn finish(self) -> Analysis {
        Analysis {
            rate: self.rate,
            channels: self.channels,
            frames: self.frames,
            declared: None,
            bits: Some(32),
            codec: "",
            levels: self.meter.finish(),
            loudness: LoudnessCurve::new(self.meter.steps().to_vec()),
            envelope: self.envelope.finish(),
            samples: self.samples.finish(),
            breaks: clicks::merge(self.clicks.into_iter().map(clicks::ClickFinder::finish), self.rate),
            side_delays: self.sides.finish(),
            low_end: self.low_end.finish(),
        }
    }
}
