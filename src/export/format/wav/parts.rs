//! A WAV that is not written yet: its header and its size are known, and the bytes of any frames can be made by themselves.

use std::io;
use std::ops::Range;

use super::{WavFormat, WavSpec, about, convert, dither_of, header, samples, spec_of};
use crate::delivery::format::Format;
use crate::dsp::dither::Dither;
use crate::export::{Tags, TrackSpec};
use crate::unit::Position;

/// The parts of a WAV file.
#[derive(Clone, Debug)]
pub struct WavParts {
    spec: WavSpec,
    header: Vec<u8>,
    dither: Vec<Dither>,
}

impl WavParts {
    /// The parts of the file that a render of this track writes; `None` if its format is not WAV.
    ///
    /// # Errors
    /// If the tags cannot be written as ID3.
    pub fn of(track: &TrackSpec, tags: &Tags) -> io::Result<Option<Self>> {
        let format = match track.format {
            Format::Wav16 => WavFormat::Int16,
            Format::Wav24 => WavFormat::Int24,
            Format::Wav32f => WavFormat::Float32,
            Format::Flac | Format::Mp3 | Format::M4a | Format::Opus | Format::Ogg => return Ok(None),
        };
        let spec = spec_of(track, format);
        let header = header::header(&spec, &about(tags, track)?);
        Ok(Some(Self { spec, header, dither: dither_of(&spec, track.seed) }))
    }

    /// All bytes before the first frame.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The size of the whole file.
    pub fn file_bytes(&self) -> u64 {
        self.header.len() as u64 + self.spec.data_bytes() + self.spec.padding()
    }

    /// The byte of the file at which a frame begins.
    pub fn byte_of(&self, frame: Position) -> u64 {
        self.header.len() as u64 + frame.0 * self.spec.frame_bytes() as u64
    }

    /// The bytes of the file that hold these frames; the last ones of a file have its padding too.
    pub fn bytes_of(&self, frames: &Range<Position>) -> Range<u64> {
        let is_last = frames.end.0 == self.spec.frames.0;
        let end = if is_last { self.file_bytes() } else { self.byte_of(frames.end) };
        self.byte_of(frames.start)..end
    }

    /// The bytes of frames, the first of which is `first`, one plane a channel.
    ///
    /// # Panics
    /// If the number of planes differs from the spec, or they differ in length.
    pub fn frames(&self, first: Position, planes: &[&[f32]]) -> Vec<u8> {
        assert_eq!(planes.len(), self.spec.channels, "one plane a channel");
        let count = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == count), "planes are of one length");
        let is_last = first.0 + count as u64 == self.spec.frames.0;
        let padding = if is_last { self.spec.padding() as usize } else { 0 };
        let size = count * self.spec.frame_bytes();
        let mut bytes = vec![0; size + padding];
        let mut interleaved = Vec::new();
        let step = super::BLOCK;
        for from in (0..count).step_by(step) {
            let to = count.min(from + step);
            interleaved.clear();
            samples::interleave(planes, from..to, &mut interleaved);
            let part = from * self.spec.frame_bytes()..to * self.spec.frame_bytes();
            let at = first.0 + from as u64;
            convert(self.spec.format, &self.dither, at, &mut interleaved, &mut bytes[part]);
        }
        bytes
    }
}
