//! WAV as a stream: the header is final from the start because the length is known before the first sample,
//! so it never seeks and a pipe gets the same bytes as a file.

mod about;
mod header;
mod parts;

use std::io::{self, Write};

use crate::dsp::dither::Dither;
use crate::export::format::samples::{self, FULL_SCALE_16};
use crate::export::{Tags, TrackSpec, TrackWriter};
use crate::unit::{Frames, SampleRate};

pub use about::about;
pub use parts::WavParts;

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavFormat {
    /// 16-bit integers; needs a [`Dither`], or the rounding error correlates with the signal.
    Int16,
    /// 24-bit integers, rounded: the error is near −146 dBFS, below the noise of any converter.
    Int24,
    /// 32-bit floats, the samples of the mix unchanged, even beyond full scale.
    Float32,
}

impl WavFormat {
    /// The size of one sample of one channel.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Float32 => 4,
        }
    }
}

/// The format and the length of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavSpec {
    pub rate: SampleRate,
    /// The number of channels, 1 to [`WavSpec::MOST_CHANNELS`]; one is the centre, two are left and right.
    pub channels: usize,
    pub format: WavFormat,
    /// The exact length.
    pub frames: Frames,
}

impl WavSpec {
    /// The most channels a file may have. The format allows 65,535; no bed or voice has more than eight.
    pub const MOST_CHANNELS: usize = 8;

    /// The size of one frame of all channels.
    pub const fn frame_bytes(&self) -> usize {
        self.channels * self.format.bytes()
    }

    /// The size of the samples, without header and padding.
    pub const fn data_bytes(&self) -> u64 {
        self.frames.0 * self.frame_bytes() as u64
    }

    /// The size of the whole file without metadata chunks.
    pub fn file_bytes(&self) -> u64 {
        header::header(self, &[]).len() as u64 + self.data_bytes() + self.padding()
    }

    /// Chunks start at even offsets (RIFF, Multimedia Programming Interface 1.0, chapter 2).
    const fn padding(&self) -> u64 {
        self.data_bytes() % 2
    }
}

/// The WAV spec of a track.
fn spec_of(spec: &TrackSpec, format: WavFormat) -> WavSpec {
    let TrackSpec { rate, channels, frames, .. } = *spec;
    WavSpec { rate, channels, format, frames }
}

/// The size of a track without metadata.
pub(super) fn least_bytes(spec: &TrackSpec, format: WavFormat) -> u64 {
    spec_of(spec, format).file_bytes()
}

/// Opens the writer of a track and writes header and tags; 16-bit samples are dithered.
///
/// # Errors
/// Those of `write`, and if the tags cannot be written as ID3.
pub(super) fn track_writer<W: Write>(
    write: W,
    spec: &TrackSpec,
    format: WavFormat,
    tags: &Tags,
) -> io::Result<WavWriter<W>> {
    let about = about(tags, spec)?;
    Ok(WavWriter::with_about(write, spec_of(spec, format), &about)?.dithered(spec.seed))
}

/// The frames converted at a time: 32 KiB of stereo floats fit the L1 cache.
const BLOCK: usize = 4096;
/// The size and alignment of writes, so that no page is written twice (measured on ext4: 0.17 s per GB, and 0.36 s with
/// blocks of 24 KiB).
const PIECE: usize = 128 << 10;

/// Writes planar f32 samples of full scale ±1 as a WAV file; RF64 (EBU Tech 3306) from 4 GiB on.
pub struct WavWriter<W: Write> {
    write: W,
    spec: WavSpec,
    /// One for each channel; empty without dither.
    dither: Vec<Dither>,
    /// The frames passed to `write` so far.
    taken: u64,
    /// Interleaved frames of an incomplete block.
    gathered: Vec<f32>,
    /// Converted bytes of an incomplete write: the first `packed`.
    bytes: Vec<u8>,
    packed: usize,
}

impl<W: Write> WavWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of `write`.
    ///
    /// # Panics
    /// If the spec has no channel or too many.
    pub fn new(write: W, spec: WavSpec) -> io::Result<Self> {
        Self::with_about(write, spec, &[])
    }

    /// Writes the header with metadata chunks.
    ///
    /// # Errors
    /// Those of `write`.
    ///
    /// # Panics
    /// If the spec has no channel or too many.
    pub fn with_about(mut write: W, spec: WavSpec, about: &[u8]) -> io::Result<Self> {
        assert!((1..=WavSpec::MOST_CHANNELS).contains(&spec.channels), "a file has one to eight channels");
        let header = header::header(&spec, about);
        // Full pieces of the header are written now; the rest starts the next piece.
        let (pieces, rest) = header.split_at(header.len() / PIECE * PIECE);
        write.write_all(pieces)?;
        let mut bytes = rest.to_vec();
        bytes.resize(PIECE + BLOCK * spec.frame_bytes(), 0);
        Ok(Self {
            write,
            spec,
            dither: Vec::new(),
            taken: 0,
            gathered: Vec::with_capacity(BLOCK * spec.channels),
            bytes,
            packed: rest.len(),
        })
    }

    /// Adds triangular dither of this seed before samples are rounded to 16 bits. Other formats ignore
    /// it.
    #[must_use]
    pub fn dithered(mut self, seed: u64) -> Self {
        self.dither = dither_of(&self.spec, seed);
        self
    }

    /// Writes frames, one plane per channel. Integer formats clamp samples beyond full scale.
    ///
    /// # Errors
    /// Those of the underlying writer.
    ///
    /// # Panics
    /// If the number of planes differs from the spec, they differ in length, or exceed its frames.
    pub fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        assert_eq!(planes.len(), self.spec.channels, "one plane a channel");
        let frames = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == frames), "planes are of one length");
        assert!(self.taken + frames as u64 <= self.spec.frames.0, "no frame beyond the length in the header");
        let mut from = 0;
        while from < frames {
            let room = BLOCK - self.gathered.len() / self.spec.channels;
            let to = frames.min(from + room);
            samples::interleave(planes, from..to, &mut self.gathered);
            self.taken += (to - from) as u64;
            from = to;
            if self.gathered.len() == BLOCK * self.spec.channels {
                self.drain()?;
            }
        }
        Ok(())
    }

    /// Writes the last frames and returns the flushed underlying writer.
    ///
    /// # Errors
    /// Those of the underlying writer.
    ///
    /// # Panics
    /// If fewer frames were written than the header says: a bug in the caller.
    pub fn finish(mut self) -> io::Result<W> {
        assert_eq!(self.taken, self.spec.frames.0, "a file is as long as its header says");
        self.drain()?;
        self.write.write_all(&self.bytes[..self.packed])?;
        if self.spec.padding() == 1 {
            self.write.write_all(&[0])?;
        }
        self.write.flush()?;
        Ok(self.write)
    }

    /// Converts the gathered frames and writes full pieces.
    fn drain(&mut self) -> io::Result<()> {
        let end = self.packed + self.gathered.len() * self.spec.format.bytes();
        let bytes = &mut self.bytes[self.packed..end];
        let first = self.taken - (self.gathered.len() / self.spec.channels) as u64;
        convert(self.spec.format, &self.dither, first, &mut self.gathered, bytes);
        self.gathered.clear();
        self.packed = end;
        if end >= PIECE {
            self.write.write_all(&self.bytes[..PIECE])?;
            self.bytes.copy_within(PIECE..end, 0);
            self.packed -= PIECE;
        }
        Ok(())
    }
}

/// The dither of each channel; none for a format that needs none.
fn dither_of(spec: &WavSpec, seed: u64) -> Vec<Dither> {
    let channels = if spec.format == WavFormat::Int16 { spec.channels } else { 0 };
    (0..channels).map(|channel| Dither::new(seed, channel)).collect()
}

/// Converts interleaved frames, the first of which is frame `first` of the file. The frames are changed.
fn convert(format: WavFormat, dither: &[Dither], first: u64, frames: &mut [f32], bytes: &mut [u8]) {
    for (channel, own) in dither.iter().enumerate() {
        for (index, frame) in (first..).zip(frames.chunks_exact_mut(dither.len())) {
            frame[channel] += own.noise(index) / FULL_SCALE_16;
        }
    }
    match format {
        WavFormat::Int16 => samples::int_16(frames, bytes),
        WavFormat::Int24 => samples::int_24(frames, bytes),
        WavFormat::Float32 => samples::float_32(frames, bytes),
    }
}

impl<W: Write> TrackWriter<W> for WavWriter<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        Self::write(self, planes)
    }

    fn finish(self: Box<Self>) -> io::Result<W> {
        Self::finish(*self)
    }
}

#[cfg(test)]
mod tests;
