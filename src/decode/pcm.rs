//! Plain WAV files, read directly from disk: block by block, or any window without decoding what precedes it.
//!
//! Only complete files of 16, 24 or 32-bit integers are read here. All other files go to the general decoder, whose
//! messages say what is wrong with them.

use std::io::{self, SeekFrom};

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
/// The most chunks that are searched for the audio data.
const MOST_CHUNKS: usize = 64;
/// Format codes of the `fmt ` chunk (Multimedia Programming Interface 1.0; WAVEFORMATEXTENSIBLE).
const PCM: u16 = 1;
const EXTENSIBLE: u16 = 0xFFFE;
/// The last bytes of the GUID that means PCM in an extensible `fmt ` chunk; the format code precedes them.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// Where the samples of a file are, and their format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleLayout {
    rate: SampleRate,
    channels: usize,
    /// Bytes per sample: 2, 3 or 4.
    width: usize,
    /// The byte offset of the first sample.
    first: u64,
    frames: u64,
}

impl SampleLayout {
    /// Finds the samples and seeks back to the start; `None` unless the file is complete and plain PCM.
    pub(crate) fn find(source: &mut dyn Source) -> io::Result<Option<Self>> {
        source.seek(SeekFrom::Start(0))?;
        let found = Self::look(source);
        source.seek(SeekFrom::Start(0))?;
        match found {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            other => other,
        }
    }

    fn look(source: &mut dyn Source) -> io::Result<Option<Self>> {
        let length = source.byte_len();
        let riff: [u8; 12] = read_array(source)?;
        if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
            return Ok(None);
        }
        let (mut at, mut form) = (12, None);
        for _ in 0..MOST_CHUNKS {
            source.seek(SeekFrom::Start(at))?;
            let head: [u8; 8] = read_array(source)?;
            let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            at += 8;
            match &head[..4] {
                b"fmt " => form = FmtChunk::read(source, size)?,
                b"data" => return Ok(form.and_then(|form| form.lay_out(at, size, length))),
                _ => {}
            }
            at += size + size % 2;
        }
        Ok(None)
    }

    fn frame_bytes(&self) -> usize {
        self.channels * self.width
    }

    /// Reads the window that begins at `from` into planes of equal length. `bytes` is a reusable buffer.
    fn read(
        &self,
        source: &dyn Source,
        from: Position,
        planes: &mut [&mut [f32]],
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let frames = planes[0].len();
        assert!(from.0 + frames as u64 <= self.frames, "a window lies inside the file");
        let (frame, chunk) = (self.frame_bytes(), (CHUNK / self.frame_bytes()).max(1));
        let fetched = (FETCH / frame).max(1);
        bytes.resize(bytes.len().max(fetched.min(frames) * frame), 0);
        let mut samples = [0.0; CHUNK / 2];
        for start in (0..frames).step_by(fetched) {
            let bytes = &mut bytes[..fetched.min(frames - start) * frame];
            source.read_exact_at(bytes, self.first + (from.0 + start as u64) * frame as u64)?;
            for (index, bytes) in bytes.chunks(chunk * frame).enumerate() {
                let samples = &mut samples[..bytes.len() / self.width];
                unpack(bytes, self.width, samples);
                deinterleave(samples, planes, start + index * chunk);
            }
        }
        Ok(())
    }
}

fn read_array<const N: usize>(source: &mut dyn Source) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The contents of a `fmt ` chunk.
#[derive(Clone, Copy)]
struct FmtChunk {
    rate: SampleRate,
    channels: usize,
    width: usize,
}

impl FmtChunk {
    fn read(source: &mut dyn Source, size: u64) -> io::Result<Option<Self>> {
        let basic: [u8; 16] = read_array(source)?;
        let word = |at: usize| u16::from_le_bytes([basic[at], basic[at + 1]]);
        let (coding, channels, frame, bits) = (word(0), word(2), word(12), word(14));
        let plain = match coding {
            PCM => size >= 16,
            EXTENSIBLE if size >= 40 => {
                let more: [u8; 24] = read_array(source)?;
                let valid_bits = u16::from_le_bytes([more[2], more[3]]);
                let coding = u16::from_le_bytes([more[8], more[9]]);
                valid_bits == bits && coding == PCM && more[10..] == GUID_TAIL
            }
            _ => false,
        };
        let width = usize::from(bits / 8);
        let usual = plain
            && [16, 24, 32].contains(&bits)
            && (1..=8).contains(&channels)
            && usize::from(frame) == usize::from(channels) * width;
        let rate = SampleRate::of_file(u32::from_le_bytes([basic[4], basic[5], basic[6], basic[7]]));
        Ok(rate.filter(|_| usual).map(|rate| Self { rate, channels: usize::from(channels), width }))
    }

    /// The layout of a data chunk of `size` bytes at offset `first`, if the file of `length` bytes contains all of
    /// it.
    fn lay_out(self, first: u64, size: u64, length: u64) -> Option<SampleLayout> {
        let Self { rate, channels, width } = self;
        let frame = (channels * width) as u64;
        let whole = size > 0 && size.is_multiple_of(frame) && first + size <= length;
        whole.then(|| SampleLayout { rate, channels, width, first, frames: size / frame })
    }
}

/// Converts little-endian integers of `width` bytes to ±1.
fn unpack(bytes: &[u8], width: usize, samples: &mut [f32]) {
    match width {
        2 => {
            for (sample, two) in samples.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *sample = f32::from(i16::from_le_bytes(*two)) / 32_768.0;
            }
        }
        3 => unpack_24(bytes, samples),
        _ => {
            for (sample, four) in samples.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *sample = from_32(u32::from_le_bytes(*four));
            }
        }
    }
}

/// Converts three 32-bit words to four samples at a time, which is faster than reading single bytes.
fn unpack_24(bytes: &[u8], samples: &mut [f32]) {
    let (twelves, last_bytes) = bytes.as_chunks::<12>();
    let (fours, last_samples) = samples.as_chunks_mut::<4>();
    for (four, twelve) in fours.iter_mut().zip(twelves) {
        let words = twelve.as_chunks::<4>().0;
        let (a, b, c) =
            (u32::from_le_bytes(words[0]), u32::from_le_bytes(words[1]), u32::from_le_bytes(words[2]));
        // Each sample is shifted to the top of its own word.
        four[0] = from_32(a << 8);
        four[1] = from_32((a >> 24 | b << 8) << 8);
        four[2] = from_32((b >> 16 | c << 16) << 8);
        four[3] = from_32(c & 0xFFFF_FF00);
    }
    for (sample, three) in last_samples.iter_mut().zip(last_bytes.as_chunks::<3>().0) {
        *sample = from_32(u32::from_le_bytes([0, three[0], three[1], three[2]]));
    }
}

#[inline]
fn from_32(bits: u32) -> f32 {
    bits as i32 as f32 / 2_147_483_648.0
}

/// A plain file, read block by block.
pub(crate) struct PcmStream {
    source: Box<dyn Source>,
    layout: SampleLayout,
    info: StreamInfo,
    next: u64,
    bytes: Vec<u8>,
}

impl PcmStream {
    pub(crate) fn new(source: Box<dyn Source>, layout: SampleLayout) -> Self {
        let info = StreamInfo {
            rate: layout.rate,
            channels: layout.channels,
            bits: Some(8 * layout.width as u32),
            declared: Some(Frames(layout.frames)),
            codec: ["pcm_s16le", "pcm_s24le", "pcm_s32le"][layout.width - 2],
        };
        Self { source, layout, info, next: 0, bytes: Vec::new() }
    }
}

impl PacketStream for PcmStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        let count = (self.layout.frames - self.next).min(BLOCK as u64) as usize;
        if count == 0 {
            return Ok(false);
        }
        planes.resize(self.layout.channels, Vec::new());
        planes.iter_mut().for_each(|plane| plane.resize(count, 0.0));
        let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        let from = Position(self.next);
        self.layout.read(self.source.as_ref(), from, &mut views, &mut self.bytes).map_err(DecodeError::Io)?;
        self.next += count as u64;
        Ok(true)
    }

    fn check_end(&mut self, _: Frames) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// A plain file, read at any position, also by several threads at once.
pub(crate) struct PcmFile {
    source: Box<dyn Source>,
    layout: SampleLayout,
}

impl PcmFile {
    /// `None` unless the file is complete and plain PCM.
    pub(crate) fn open(mut source: Box<dyn Source>) -> io::Result<Option<Self>> {
        let layout = SampleLayout::find(source.as_mut())?;
        Ok(layout.map(|layout| Self { source, layout }))
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.layout.rate
    }

    pub(crate) fn channels(&self) -> usize {
        self.layout.channels
    }

    pub(crate) fn frames(&self) -> Frames {
        Frames(self.layout.frames)
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
        self.layout.read(self.source.as_ref(), from, planes, bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::container::Container;
    use super::super::packets::Packets;
    use super::*;

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
    fn every_width_is_read_as_the_decoder_for_all_forms_reads_it() {
        for (channels, bits) in [(1, 16), (2, 16), (1, 24), (2, 24), (2, 32), (6, 24)] {
            for extensible in [false, true] {
                let bytes = wav(channels, bits, 9_001, extensible);
                let other = Packets::open(source(&bytes), Container::Plain).unwrap();
                let layout = SampleLayout::find(&mut Cursor::new(&bytes)).unwrap().unwrap();
                let ours = PcmStream::new(source(&bytes), layout);
                let info =
                    |info: &StreamInfo| (info.rate, info.channels, info.bits, info.declared, info.codec);
                assert_eq!(info(ours.info()), info(other.info()));
                assert!(whole(ours) == whole(other), "{channels} channels, {bits} bits");
            }
        }
    }

    #[test]
    fn any_window_is_that_part_of_the_whole() {
        let bytes = wav(2, 24, 5_000, false);
        let file = PcmFile::open(source(&bytes)).unwrap().unwrap();
        let all = whole(PcmStream::new(source(&bytes), file.layout));
        let mut bytes = Vec::new();
        for (from, frames) in [(0, 5_000), (4_999, 1), (1_234, 3_000), (7, 0)] {
            let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
            file.read(Position(from as u64), &mut [&mut left, &mut right], &mut bytes).unwrap();
            assert!(left == all[0][from..from + frames] && right == all[1][from..from + frames]);
        }
    }

    #[test]
    fn what_is_not_whole_and_plain_is_left_to_others() {
        let find = |bytes: &[u8]| SampleLayout::find(&mut Cursor::new(bytes)).unwrap();
        let good = wav(1, 16, 100, false);
        assert!(find(&good).is_some());
        for length in 0..good.len() {
            assert_eq!(find(&good[..length]), None, "cut to {length} bytes");
        }
        for (at, byte) in [(0, b'X'), (20, 3), (22, 0), (22, 9), (34, 8), (34, 12), (32, 4)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(find(&bad), None, "byte {at} is {byte}");
        }
        assert_eq!(find(&wav(1, 16, 0, false)), None);
    }
}
