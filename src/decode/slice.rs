//! A part of a file, read as if it were the whole.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use crate::files::Source;

/// A part of a file, which several of them may share.
#[derive(Clone)]
pub(super) struct Slice {
    source: Arc<dyn Source>,
    bytes: Range<u64>,
    /// How long the part would be if nothing were cut off.
    claimed: u64,
    /// A number that is read in place of the one that the file has there.
    corrected: Option<Correction>,
    at: u64,
}

/// A number of eight bytes, and its place in the file.
#[derive(Clone, Copy)]
struct Correction {
    at: u64,
    bytes: [u8; 8],
}

impl Slice {
    pub(super) fn whole(source: Box<dyn Source>) -> Self {
        let bytes = 0..source.byte_len();
        Self { source: source.into(), claimed: bytes.end, bytes, corrected: None, at: 0 }
    }

    /// The same, for a reader that refuses a file whose end is missing: it is told of this length.
    pub(super) fn claiming(self, length: u64) -> Self {
        Self { claimed: length, ..self }
    }

    /// The same, with another number at a place, for a reader that refuses the one that is there.
    pub(super) fn corrected(self, at: u64, number: u64) -> Self {
        let at = self.bytes.start.saturating_add(at);
        Self { corrected: Some(Correction { at, bytes: number.to_be_bytes() }), ..self }
    }

    pub(super) fn claimed(&self) -> u64 {
        self.claimed
    }

    /// A part of this part.
    pub(super) fn part(&self, bytes: Range<u64>) -> Self {
        let place = |at: u64| self.bytes.start.saturating_add(at).min(self.bytes.end);
        let part = place(bytes.start)..place(bytes.end);
        let claimed = if part.end == self.bytes.end {
            self.claimed - bytes.start.min(self.claimed)
        } else {
            part.end - part.start
        };
        Self { source: self.source.clone(), bytes: part, claimed, corrected: self.corrected, at: 0 }
    }
}

impl Read for Slice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.byte_len().saturating_sub(self.at).min(buffer.len() as u64) as usize;
        self.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Slice {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let moved = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.claimed.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = moved.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Source for Slice {
    fn byte_len(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }

    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let ends = place.checked_add(bytes.len() as u64).filter(|end| *end <= self.byte_len());
        ends.ok_or(ErrorKind::UnexpectedEof)?;
        let first = self.bytes.start + place;
        self.source.read_exact_at(bytes, first)?;
        for (at, byte) in self.corrected.iter().flat_map(|new| (new.at..).zip(new.bytes)) {
            let inside =
                at.checked_sub(first).and_then(|offset| bytes.get_mut(usize::try_from(offset).ok()?));
            if let Some(read) = inside {
                *read = byte;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_it_ends() {
        let whole = Slice::whole(Box::new(io::Cursor::new(b"0123456789".to_vec())));
        let mut part = whole.part(2..8).part(1..99);
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), part.byte_len()), ("34567", 5));
        assert_eq!(part.seek(SeekFrom::End(-2)).unwrap(), 3);
        let mut two = [0; 2];
        part.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"67");
        assert!(part.read_exact_at(&mut two, 4).is_err());
        assert!(part.seek(SeekFrom::Current(-9)).is_err());
        let mut corrected = whole.part(1..10).corrected(1, u64::from_be_bytes(*b"abcdefgh")).part(1..6);
        text.clear();
        corrected.seek(SeekFrom::Start(0)).unwrap();
        corrected.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcde");
    }
}
