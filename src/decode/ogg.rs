//! Pages and packets of an Ogg file (RFC 3533).

use std::io;

use super::bytes::Bytes;
use crate::files::Source;

/// The bytes of a page before its table of segments.
const HEAD: usize = 27;
/// The largest page.
const MOST: usize = HEAD + 255 + 255 * 255;
/// A packet longer than this is damage.
const MOST_PACKET: usize = 16 << 20;

/// The flags of a page.
const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// A page whose checksum is right.
#[derive(Debug, Clone)]
pub(super) struct Page {
    flags: u8,
    /// The position at its end, in the units of its codec; negative where no packet ends on it.
    pub(super) granule: i64,
    pub(super) serial: u32,
    sequence: u32,
    segments: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    pub(super) fn is_first(&self) -> bool {
        self.flags & FIRST != 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.flags & LAST != 0
    }
}

/// The pages of a file in order.
pub(super) struct Pages {
    bytes: Bytes,
    at: u64,
    /// Whether the file ends within a page.
    pub(super) is_cut: bool,
    /// Whether a page was damaged.
    pub(super) is_damaged: bool,
}

impl Pages {
    pub(super) fn new(source: Box<dyn Source>) -> Self {
        Self { bytes: Bytes::new(source), at: 0, is_cut: false, is_damaged: false }
    }

    /// The next page that is whole; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Page>> {
        let mut skipped = false;
        loop {
            let Some(found) = self.find()? else { return Ok(None) };
            skipped |= found != self.at;
            let rest = self.bytes.get(found, MOST)?;
            let count = rest.get(26).map_or(0, |count| usize::from(*count));
            let segments = rest.get(HEAD..HEAD + count).unwrap_or_default().to_vec();
            let length = HEAD + count + segments.iter().map(|size| usize::from(*size)).sum::<usize>();
            if rest.len() < length.max(HEAD + count) {
                // The end is missing, unless this only looks like a page.
                self.at = found + 1;
                self.is_cut = true;
                continue;
            }
            let page = &rest[..length];
            if checksum(page) != word(&page[22..26]) {
                (self.at, self.is_damaged) = (found + 1, true);
                continue;
            }
            (self.at, self.is_cut) = (found + length as u64, false);
            self.is_damaged |= skipped && found > 0 && page[5] & FIRST == 0;
            return Ok(Some(Page {
                flags: page[5],
                granule: i64::from_le_bytes(page[6..14].try_into().unwrap_or_default()),
                serial: word(&page[14..18]),
                sequence: word(&page[18..22]),
                body: page[HEAD + count..].to_vec(),
                segments,
            }));
        }
    }

    /// Where the next page seems to begin.
    fn find(&mut self) -> io::Result<Option<u64>> {
        loop {
            let bytes = self.bytes.get(self.at, 4 << 10)?;
            if bytes.len() < HEAD {
                self.is_cut |= bytes.starts_with(b"OggS");
                return Ok(None);
            }
            match bytes.windows(5).position(|five| five == b"OggS\0") {
                Some(place) => return Ok(Some(self.at + place as u64)),
                None => self.at += bytes.len() as u64 - 4,
            }
        }
    }

    /// The last page of a stream, without moving.
    pub(super) fn last(&mut self, serial: u32) -> io::Result<Option<Page>> {
        let (at, cut, damaged) = (self.at, self.is_cut, self.is_damaged);
        self.at = self.bytes.length().saturating_sub(2 * MOST as u64).max(at);
        let mut last = None;
        while let Some(page) = self.next()? {
            if page.serial == serial && page.granule > 0 {
                last = Some(page);
            } else if page.is_first() {
                // Another link follows.
                last = None;
                break;
            }
        }
        (self.at, self.is_cut, self.is_damaged) = (at, cut, damaged);
        Ok(last)
    }
}

/// Puts the packets of one stream together.
#[derive(Debug, Default)]
pub(super) struct Packetiser {
    /// The beginning of a packet that goes on.
    partial: Vec<u8>,
    sequence: Option<u32>,
}

impl Packetiser {
    /// The packets that end on a page, and whether pages before it are missing.
    pub(super) fn take(&mut self, page: &Page) -> (Vec<Vec<u8>>, bool) {
        let gap = self.sequence.is_some_and(|last| page.sequence != last.wrapping_add(1));
        self.sequence = Some(page.sequence);
        let mut dropped = false;
        if gap || page.flags & CONTINUED == 0 {
            self.partial.clear();
        }
        if page.flags & CONTINUED != 0 && self.partial.is_empty() {
            // The beginning of the first packet is missing.
            dropped = true;
        }
        let (mut packets, mut rest) = (Vec::new(), page.body.as_slice());
        for size in &page.segments {
            let (segment, behind) = rest.split_at(usize::from(*size).min(rest.len()));
            rest = behind;
            if self.partial.len() < MOST_PACKET {
                self.partial.extend_from_slice(segment);
            }
            if *size < 255 {
                let packet = std::mem::take(&mut self.partial);
                if !std::mem::take(&mut dropped) {
                    packets.push(packet);
                }
            }
        }
        if dropped {
            self.partial.clear();
        }
        (packets, gap)
    }

    /// Whether the end of a packet is missing.
    pub(super) fn is_waiting(&self) -> bool {
        !self.partial.is_empty()
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// The CRC-32 of a page with the polynomial 0x04c11db7, as if its own field were zero.
fn checksum(page: &[u8]) -> u32 {
    let add = |sum: u32, byte: u8| sum << 8 ^ CRC[usize::from((sum >> 24) as u8 ^ byte)];
    page.iter()
        .enumerate()
        .fold(0, |sum, (at, byte)| add(sum, if (22..26).contains(&at) { 0 } else { *byte }))
}

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut value, mut bit) = ((index as u32) << 24, 0);
        while bit < 8 {
            value = if value >> 31 == 1 { value << 1 ^ 0x04c1_1db7 } else { value << 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};
