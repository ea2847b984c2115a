//! Samples that are stored as they are: read directly from disk, block by block, or any window without decoding what
//! precedes it. `riff` and `aiff` find where they are.

use std::io;

use super::coding::SampleCoding;
use super::{DecodeError, PacketStream, StreamInfo};
use crate::audio::deinterleave;
use crate::files::Source;
use crate::unit::{Frames, Position, SampleRate};

/// Bytes per read call: one block of 24-bit stereo.
const FETCH: usize = 48 << 10;
/// Bytes converted at a time, few enough to stay in the L1 cache.
const CHUNK: usize = 8 << 10;
/// Frames per block of a stream.
const BLOCK: usize = 4096;

/// Frames that lie one after another in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The byte offset of the first sample.
    first: u64,
    frames: u64,
}

/// How the samples of a file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SampleFormat {
    pub(super) rate: SampleRate,
    pub(super) channels: usize,
    pub(super) coding: SampleCoding,
    /// The bits of a sample that are in use, which may be fewer than are stored.
    pub(super) bits: u32,
}

impl SampleFormat {
    pub(super) fn frame_bytes(&self) -> u64 {
        (self.channels * self.coding.width()) as u64
    }
}

/// Where the samples of a file are, and their format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SampleLayout {
    format: SampleFormat,
    /// A WAV may hold its samples in several chunks.
    runs: Vec<Run>,
    /// How many frames the header declares; `None` for a stream, which ends where the file ends.
    declared: Option<Frames>,
}

impl SampleLayout {
    pub(super) fn new(format: SampleFormat) -> Self {
        Self { format, runs: Vec::new(), declared: Some(Frames::ZERO) }
    }

    /// Adds `size` bytes from `first` on, of which the file has `there`.
    pub(super) fn add(&mut self, first: u64, size: u64, there: u64) {
        let frame = self.format.frame_bytes();
        self.runs.push(Run { first, frames: size.min(there) / frame });
        self.declared = self.declared.map(|sum| sum + Frames(size / frame));
    }

    /// Adds frames at this rate that the file has and that cannot be read.
    pub(super) fn add_missing(&mut self, frames: Frames, rate: SampleRate) {
        let frames = u128::from(frames.0) * u128::from(self.format.rate.hz()) / u128::from(rate.hz());
        let frames = Frames(frames.min(u128::from(u32::MAX)) as u64);
        self.declared = self.declared.map(|sum| sum + frames);
    }

    /// Adds the samples of a file that was joined to this one; those of another format cannot be read.
    pub(super) fn join(&mut self, other: Self) {
        if self.format != other.format {
            return self.add_missing(other.declared.unwrap_or_else(|| other.frames()), other.format.rate);
        }
        self.declared = self.declared.zip(other.declared).map(|(a, b)| a + b);
        self.runs.extend(other.runs);
    }

    pub(super) fn format(&self) -> SampleFormat {
        self.format
    }

    /// Adds what lies from `first` to the end of the file, `there` bytes on: nobody knew how much it would be.
    pub(super) fn add_stream(&mut self, first: u64, there: u64) {
        self.runs.push(Run { first, frames: there / self.format.frame_bytes() });
        self.declared = None;
    }

    /// Whether any chunk with samples was found.
    pub(super) fn is_found(&self) -> bool {
        !self.runs.is_empty()
    }

    fn frames(&self) -> Frames {
        Frames(self.runs.iter().map(|run| run.frames).sum())
    }

    fn channels(&self) -> usize {
        self.format.channels
    }

    /// Whether any window can be read as it is: all samples are there, in one place and in whole numbers.
    fn is_plain(&self) -> bool {
        let [run] = self.runs[..] else { return false };
        run.frames > 0
            && self.declared.is_none_or(|declared| declared.0 <= run.frames)
            && !self.format.coding.is_float()
    }

    /// Reads the window of a run that begins at its frame `from` into planes of equal length. `bytes` is a reusable
    /// buffer.
    fn read(
        &self,
        run: Run,
        source: &dyn Source,
        from: Position,
        planes: &mut [&mut [f32]],
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let frames = planes[0].len();
        assert!(from.0 + frames as u64 <= run.frames, "a window lies inside the file");
        let coding = self.format.coding;
        let (frame, width) = (self.format.frame_bytes() as usize, coding.width());
        let chunk = (CHUNK / frame).max(1);
        let fetched = (FETCH / frame).max(1);
        bytes.resize(bytes.len().max(fetched.min(frames) * frame), 0);
        let mut samples = vec![0.0; CHUNK];
        for start in (0..frames).step_by(fetched) {
            let bytes = &mut bytes[..fetched.min(frames - start) * frame];
            source.read_exact_at(bytes, run.first + (from.0 + start as u64) * frame as u64)?;
            for (index, bytes) in bytes.chunks(chunk * frame).enumerate() {
                let samples = &mut samples[..bytes.len() / width];
                coding.unpack(bytes, samples);
                deinterleave(samples, planes, start + index * chunk);
            }
        }
        Ok(())
    }
}

/// Samples read block by block.
pub(crate) struct PcmStream {
    source: Box<dyn Source>,
    layout: SampleLayout,
    info: StreamInfo,
    /// The run that is being read, and its next frame.
    run: usize,
    next: u64,
    bytes: Vec<u8>,
}

impl PcmStream {
    pub(crate) fn new(source: Box<dyn Source>, layout: SampleLayout) -> Self {
        let info = StreamInfo {
            rate: layout.format.rate,
            channels: layout.channels(),
            bits: Some(layout.format.bits),
            declared: layout.declared,
            codec: layout.format.coding.name(),
        };
        Self { source, layout, info, run: 0, next: 0, bytes: Vec::new() }
    }
}

impl PacketStream for PcmStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        while let Some(run) = self.layout.runs.get(self.run).copied() {
            let count = (run.frames - self.next).min(BLOCK as u64) as usize;
            if count == 0 {
                (self.run, self.next) = (self.run + 1, 0);
                continue;
            }
            planes.resize(self.layout.channels(), Vec::new());
            planes.iter_mut().for_each(|plane| plane.resize(count, 0.0));
            let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
            let from = Position(self.next);
            self.layout
                .read(run, self.source.as_ref(), from, &mut views, &mut self.bytes)
                .map_err(DecodeError::Io)?;
            self.next += count as u64;
            return Ok(true);
        }
        Ok(false)
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        self.info.check_length(decoded, false)
    }
}

/// A plain file, read at any position, also by several threads at once.
pub(crate) struct PcmFile {
    source: Box<dyn Source>,
    layout: SampleLayout,
}

impl PcmFile {
    /// `None` unless the file is complete and its samples are whole numbers in one place.
    pub(crate) fn open(mut source: Box<dyn Source>) -> io::Result<Option<Self>> {
        match super::find_samples(source.as_mut())? {
            Search::Found(layout) if layout.is_plain() => Ok(Some(Self { source, layout })),
            Search::Found(_) | Search::Other | Search::Unreadable(_) => Ok(None),
        }
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.layout.format.rate
    }

    pub(crate) fn channels(&self) -> usize {
        self.layout.channels()
    }

    pub(crate) fn frames(&self) -> Frames {
        self.layout.frames()
    }

    /// Reads the window that begins at `from` and is as long as the planes, one per channel. `bytes` is a reusable
    /// buffer.
    ///
    /// # Errors
    /// The system's error.
    ///
    /// # Panics
    /// If the window does not lie inside the file: a bug in the caller.
    pub(crate) fn read(
        &self,
        from: Position,
        planes: &mut [&mut [f32]],
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        self.layout.read(self.layout.runs[0], self.source.as_ref(), from, planes, bytes)
    }
}

/// What was found in a file where samples may be stored as they are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Search {
    Found(SampleLayout),
    /// The file is of another kind.
    Other,
    /// Its samples are coded in a way that adem does not read, or its header is damaged.
    Unreadable(Unreadable),
}

/// Why samples cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The format, with its article.
    Coding(String),
    /// What is wrong with the header.
    Header(&'static str),
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const PCM: u16 = 1;
    const EXTENSIBLE: u16 = 0xFFFE;
    const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

    /// A WAV file of noise with every bit in use, and an odd chunk before its sound.
    fn wav(channels: u16, bits: u16, frames: usize, extensible: bool) -> Vec<u8> {
        let frame = channels * bits / 8;
        let mut state = 1u32;
        let sound: Vec<u8> = (0..frames * usize::from(frame))
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let mut form = Vec::new();
        for word in [if extensible { EXTENSIBLE } else { PCM }, channels] {
            form.extend(word.to_le_bytes());
        }
        form.extend(44_100u32.to_le_bytes());
        form.extend((44_100 * u32::from(frame)).to_le_bytes());
        form.extend([frame, bits].map(u16::to_le_bytes).as_flattened());
        if extensible {
            form.extend([22, bits, 0, 0, PCM].map(u16::to_le_bytes).as_flattened());
            form.extend(GUID_TAIL);
        }
        let chunk = |name: &[u8; 4], body: &[u8]| {
            let size = (body.len() as u32).to_le_bytes();
            [name.as_slice(), &size, body, &vec![0; body.len() % 2]].concat()
        };
        let body = [b"WAVE".to_vec(), chunk(b"fmt ", &form), chunk(b"junk", b"odd"), chunk(b"data", &sound)];
        chunk(b"RIFF", &body.concat())
    }

    fn source(bytes: &[u8]) -> Box<dyn Source> {
        Box::new(Cursor::new(bytes.to_vec()))
    }

    fn whole(mut stream: impl PacketStream) -> Vec<Vec<f32>> {
        let mut planes = vec![Vec::new(); stream.info().channels];
        let mut block = Vec::new();
        while stream.next_block(&mut block).unwrap() {
            planes.iter_mut().zip(&block).for_each(|(plane, part)| plane.extend_from_slice(part));
        }
        planes
    }

    #[test]
    fn any_window_is_that_part_of_the_whole() {
        let bytes = wav(2, 24, 5_000, false);
        let file = PcmFile::open(source(&bytes)).unwrap().unwrap();
        let all = whole(PcmStream::new(source(&bytes), file.layout.clone()));
        let mut bytes = Vec::new();
        for (from, frames) in [(0, 5_000), (4_999, 1), (1_234, 3_000), (7, 0)] {
            let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
            file.read(Position(from as u64), &mut [&mut left, &mut right], &mut bytes).unwrap();
            assert!(left == all[0][from..from + frames] && right == all[1][from..from + frames]);
        }
    }

    #[test]
    fn only_what_is_whole_is_read_in_windows() {
        let plain = |bytes: &[u8]| PcmFile::open(source(bytes)).unwrap().is_some();
        let good = wav(1, 16, 100, false);
        assert!(plain(&good));
        for length in 0..good.len() {
            assert!(!plain(&good[..length]), "cut to {length} bytes");
        }
        for (at, byte) in [(0, b'X'), (20, 3), (22, 0), (34, 0)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert!(!plain(&bad), "byte {at} is {byte}");
        }
        assert!(!plain(&wav(1, 16, 0, false)));
    }
}
