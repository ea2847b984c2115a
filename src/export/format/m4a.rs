//! M4A: AAC-LC in MP4 (ISO/IEC 14496-3, 14496-12 and 14496-14), gapless, with the index before the media.

mod boxes;
mod movie;
pub(super) mod tags;

use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use syom::{AacError, EncodeOptions, Encoder};

use super::track::Intake;
use crate::export::{Tags, TrackSpec, TrackWriter};
use movie::{Movie, UNIT};

/// The block size of the encoder, which limits its buffers.
const BLOCK: usize = 1 << 13;
/// The buffer size of writes.
const BUFFER: usize = 1 << 16;

/// Writes planar f32 samples of full scale ±1 as AAC-LC, at a bit rate that is constant on average.
///
/// An edit list removes the padding of the encoder at both ends, so that a player plays exactly the frames of the spec.
/// The index precedes the media, so that a player can start early. Its size follows from the length, but its content is
/// known only at the end, when the writer seeks back; pipes are refused. Memory use is four bytes for each access unit
/// of 1024 frames.
pub struct M4aWriter<W: Write> {
    write: BufWriter<W>,
    encoder: Encoder,
    movie: Movie,
    /// The position of the start of the file.
    start: u64,
    /// The sizes of the access units so far.
    sizes: Vec<u32>,
    intake: Intake,
    /// A buffer for clamped samples.
    within: [Vec<f32>; 2],
}

impl<W: Write + Seek> M4aWriter<W> {
    /// Writes the tags, and reserves space for the index.
    ///
    /// # Errors
    /// If writing fails, the output is a pipe, or AAC does not support the rate or bit rate.
    ///
    /// # Panics
    /// If the spec has no channel or more than two, or no frame.
    pub fn new(write: W, spec: &TrackSpec, tags: &Tags) -> io::Result<Self> {
        assert!((1..=2).contains(&spec.channels), "an M4A file has one or two channels");
        assert!(spec.frames.0 > 0, "a track has a frame");
        let mut write = BufWriter::with_capacity(BUFFER, write);
        let start = write.stream_position()?;
        let bit_rate = bit_rate(spec) * 1_000;
        let encoder = Encoder::new(spec.rate.hz(), spec.channels, &options(bit_rate)).map_err(refused)?;
        let movie = Movie::new(spec, tags, encoder.asc(), bit_rate);
        let none_yet = vec![0; movie.units()];
        write.write_all(&movie.head(&none_yet, start))?;
        write.write_all(&movie.texts())?;
        let (sizes, within) = (Vec::with_capacity(movie.units()), Default::default());
        Ok(Self { write, encoder, movie, start, sizes, intake: Intake::of(spec), within })
    }

    fn encode(&mut self, planes: &[&[f32]], from: usize, to: usize) -> io::Result<()> {
        let Self { write, encoder, sizes, within, .. } = self;
        for (within, plane) in within.iter_mut().zip(planes) {
            within.clear();
            // The encoder does not accept samples beyond full scale, which a mix does not have.
            within.extend(plane[from..to].iter().map(|sample| sample.clamp(-1.0, 1.0)));
        }
        let [left, right] = &*within;
        let planes = &[left.as_slice(), right.as_slice()][..planes.len()];
        encoder.feed(planes, |unit| Ok(keep(write, sizes, unit.payload)?)).map_err(failed)?;
        Ok(())
    }

    /// Writes the last samples, then the index into the reserved space.
    fn end(&mut self) -> io::Result<()> {
        let Self { write, encoder, sizes, .. } = self;
        let told = encoder.finish(|unit| Ok(keep(write, sizes, unit.payload)?)).map_err(failed)?;
        let units = self.movie.units();
        if (told.priming, self.sizes.len()) != (UNIT, units) {
            let (delay, made) = (told.priming, self.sizes.len());
            let reason = format!("a delay of {delay} frames in {made} units instead of {UNIT} in {units}");
            return Err(io::Error::other(format!("the AAC encoder made {reason}")));
        }
        self.write.seek(SeekFrom::Start(self.start))?;
        self.write.write_all(&self.movie.head(&self.sizes, self.start))?;
        self.write.flush()
    }
}

impl<W: Write + Seek> TrackWriter<W> for M4aWriter<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let frames = self.intake.take(planes);
        (0..frames).step_by(BLOCK).try_for_each(|from| self.encode(planes, from, frames.min(from + BLOCK)))
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.intake.end();
        self.end()?;
        self.write.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

fn keep(write: &mut impl Write, sizes: &mut Vec<u32>, unit: &[u8]) -> io::Result<()> {
    sizes.push(unit.len() as u32);
    write.write_all(unit)
}

/// All options of the encoder against pre-echo, and its second pass over each band. They reduce the error of a voice
/// over a bed by 2 dB and make encoding four times slower.
fn options(bit_rate: u32) -> EncodeOptions {
    EncodeOptions::raw()
        .with_bitrate_bps(bit_rate)
        .with_lookahead(true)
        .with_short_tns(true)
        .with_short_group(true)
        .with_band_refine(true)
}

/// In kbit/s: 96 a channel at the usual rates; as much for each sample at lower ones, where AAC holds 6144 bits of an
/// access unit and channel at most (ISO/IEC 14496-3).
fn bit_rate(spec: &TrackSpec) -> u32 {
    let a_channel = match spec.rate.hz() {
        ..16_000 => 24,
        16_000..32_000 => 48,
        _ => 96,
    };
    spec.coding.m4a.unwrap_or(a_channel * spec.channels as u32)
}

fn refused(error: AacError) -> io::Error {
    told(error, "cannot be set up")
}

fn failed(error: AacError) -> io::Error {
    told(error, "failed")
}

/// Keeps I/O errors as they are.
fn told(error: AacError, what: &str) -> io::Error {
    if let AacError::Io(error) = error {
        return error;
    }
    io::Error::other(format!("the AAC encoder {what}: {error}"))
}

#[cfg(test)]
mod tests;
