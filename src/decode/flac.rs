//! The frames of a FLAC file (RFC 9639), found by their checksums: whatever stands before, between and behind them, and
//! whether or not all of them are of one size, rate and number of channels.

use std::io;

use crc::{CRC_8_SMBUS, CRC_16_UMTS, Crc, Table};
use memchr::memchr2_iter;

use super::bytes::Bytes;

/// A frame is searched for in so many bytes, then in more.
const SEARCHES: [usize; 3] = [32 << 10, 256 << 10, 2 << 20];
/// The bytes of the longest header of a frame.
const MOST_HEADER: usize = 16;
/// The checksums of a header and of a whole frame.
const HEADER_SUM: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);
static FRAME_SUM: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_UMTS);

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) rate: u32,
    pub(super) channels: usize,
    pub(super) bits: u32,
    /// How many frames of sound it holds.
    pub(super) frames: u64,
    /// The frames of sound before it, where it tells.
    pub(super) place: Option<u64>,
    bytes: usize,
}

/// What the header of the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamFacts {
    pub(super) rate: u32,
    pub(super) channels: usize,
    pub(super) bits: u32,
    /// The length; zero if it is unknown.
    pub(super) total: u64,
    /// The size of all frames but the last; `None` if it varies.
    block: Option<u64>,
    pub(super) md5: [u8; 16],
}

impl StreamFacts {
    /// Reads the content of a STREAMINFO block.
    pub(super) fn parse(info: &[u8]) -> Option<Self> {
        let info = info.first_chunk::<34>()?;
        let packed = info[10..18].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        Some(Self {
            rate: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as usize + 1,
            bits: (packed >> 36 & 31) as u32 + 1,
            total: packed & 0xf_ffff_ffff,
            block: (info[..2] == info[2..4]).then(|| u64::from(u16::from_be_bytes([info[2], info[3]]))),
            md5: info[18..34].try_into().ok()?,
        })
    }

    /// The same as a STREAMINFO block for a decoder of frames like this one: of any size.
    pub(super) fn block_for(&self, header: &FrameHeader) -> Box<[u8]> {
        let mut block = vec![0, 16, 0xff, 0xff, 0, 0, 0, 0, 0, 0];
        let packed = u64::from(header.rate) << 44
            | (header.channels as u64 - 1) << 41
            | (u64::from(header.bits) - 1) << 36
            | self.total;
        block.extend(packed.to_be_bytes());
        block.extend(self.md5);
        block.into()
    }
}

impl FrameHeader {
    /// Reads a header whose checksum is right.
    fn parse(head: &[u8], file: &StreamFacts) -> Option<Self> {
        if head.len() < 6 || head[0] != 0xff || head[1] & 0xfe != 0xf8 {
            return None;
        }
        let is_variable = head[1] & 1 == 1;
        let (size, hz) = (head[2] >> 4, head[2] & 15);
        let (layout, depth) = (head[3] >> 4, head[3] >> 1 & 7);
        if size == 0 || hz == 15 || layout > 10 || depth == 3 || head[3] & 1 != 0 {
            return None;
        }
        let more = match head[4].leading_ones() {
            0 => 0,
            ones @ 2..=7 => ones as usize - 1,
            _ => return None,
        };
        let mut number = u64::from(head[4]) & if more == 0 { 0x7f } else { 0x3f_u64 >> more };
        for byte in head.get(5..5 + more)? {
            if byte & 0xc0 != 0x80 {
                return None;
            }
            number = number << 6 | u64::from(byte & 0x3f);
        }
        let mut at = 5 + more;
        let mut read = |count: usize| {
            let value = head.get(at..at + count)?.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            at += count;
            Some(value)
        };
        let frames = match size {
            1 => 192,
            2..=5 => 576 << (size - 2),
            6 => read(1)? + 1,
            7 => read(2)? + 1,
            _ => 256 << (size - 8),
        };
        let rate = match hz {
            0 => file.rate,
            12 => read(1)? as u32 * 1_000,
            13 => read(2)? as u32,
            14 => read(2)? as u32 * 10,
            code => [88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]
                [usize::from(code) - 1],
        };
        let bits = [file.bits, 8, 12, 0, 16, 20, 24, 32][usize::from(depth)];
        let channels = if layout < 8 { usize::from(layout) + 1 } else { 2 };
        if HEADER_SUM.checksum(&head[..at]) != *head.get(at)? || rate == 0 {
            return None;
        }
        let place = if is_variable { Some(number) } else { file.block.map(|block| number * block) };
        Some(Self { rate, channels, bits, frames, place, bytes: at + 1 })
    }

    /// Whether a frame may follow one with this header.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.rate, self.channels, self.bits) == (other.rate, other.channels, other.bits)
    }
}

/// What was found at a place.
pub(super) enum FlacItem {
    /// A frame of so many bytes.
    Frame(FrameHeader, usize),
    /// A frame with a wrong checksum, and where the next begins.
    Damaged(FrameHeader, u64),
    /// The header of a file, and where its first frame begins.
    File(StreamFacts, u64),
    /// Nothing known; something may be found from there on.
    Other(u64),
    /// A frame that the file ends within.
    Cut,
    End,
}

/// What lies at this place; the sound ends at `end`.
pub(super) fn look(bytes: &mut Bytes, at: u64, end: u64, file: &StreamFacts) -> io::Result<FlacItem> {
    if at >= end {
        return Ok(FlacItem::End);
    }
    let limit = |count: usize| (end - at).min(count as u64) as usize;
    let head = bytes.get(at, limit(MOST_HEADER))?;
    if head.starts_with(b"fLaC") {
        return header(bytes, at);
    }
    let Some(frame) = FrameHeader::parse(head, file) else {
        let rest = bytes.get(at, limit(SEARCHES[0]))?;
        let next = (1..rest.len()).find(|place| rest[*place] == 0xff || rest[*place..].starts_with(b"fLaC"));
        return Ok(
            next.map_or(FlacItem::Other(at + rest.len() as u64), |place| FlacItem::Other(at + place as u64))
        );
    };
    for search in SEARCHES {
        let rest = bytes.get(at, limit(search))?;
        let is_all = rest.len() as u64 == end - at;
        let (mut sum, mut summed, mut damaged) = (FRAME_SUM.digest(), 0, None);
        // What may follow begins with one of two bytes.
        let least = frame.bytes + 2;
        let behind = rest.get(least..).unwrap_or_default();
        let follows = memchr2_iter(0xff, b'f', behind).map(|place| least + place);
        for next in follows.chain((rest.len() >= least).then_some(rest.len())) {
            let begins = next == rest.len() && is_all
                || rest[next..].starts_with(b"fLaC")
                || rest[next..].starts_with(&[0xff])
                    && FrameHeader::parse(&rest[next..rest.len().min(next + MOST_HEADER)], file).is_some();
            if !begins {
                continue;
            }
            sum.update(&rest[summed..next - 2]);
            summed = next - 2;
            if sum.clone().finalize() == u16::from_be_bytes([rest[next - 2], rest[next - 1]]) {
                return Ok(FlacItem::Frame(frame, next));
            }
            if damaged.is_none() && next < rest.len() {
                let follows = FrameHeader::parse(&rest[next..rest.len().min(next + MOST_HEADER)], file);
                damaged = follows
                    .filter(|follows| {
                        follows.is_like(&frame) && (follows.place.is_none() || follows.place > frame.place)
                    })
                    .map(|_| at + next as u64);
            }
        }
        if let Some(next) = damaged {
            return Ok(FlacItem::Damaged(frame, next));
        }
        if is_all {
            break;
        }
    }
    Ok(FlacItem::Cut)
}

/// Reads the header of a file, and passes over all blocks but the first.
fn header(bytes: &mut Bytes, at: u64) -> io::Result<FlacItem> {
    let (mut place, mut facts) = (at + 4, None);
    loop {
        let head = bytes.get(place, 4 + 34)?;
        let [kind, a, b, c, info @ ..] = head else { return Ok(FlacItem::Cut) };
        let (is_last, kind) = (kind >> 7 == 1, kind & 0x7f);
        let size = u64::from(u32::from_be_bytes([0, *a, *b, *c]));
        if kind == 0 && facts.is_none() {
            facts = StreamFacts::parse(info);
        }
        place += 4 + size;
        if is_last || place >= bytes.length() {
            break;
        }
    }
    Ok(facts.map_or(FlacItem::Cut, |facts| FlacItem::File(facts, place)))
}
