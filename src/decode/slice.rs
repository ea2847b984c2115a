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
    at: u64,
}

impl Slice {
    pub(super) fn whole(source: Box<dyn Source>) -> Self {
        let bytes = 0..source.byte_len();
        Self { source: source.into(), claimed: bytes.end, bytes, at: 0 }
    }

    /// The same, for a reader that refuses a file whose end is missing: it is told of this length.
    pub(super) fn claiming(self, length: u64) -> Self {
        Self { claimed: length, ..self }
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
        Self { source: self.source.clone(), bytes: part, claimed, at: 0 }
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
        self.source.read_exact_at(bytes, self.bytes.start + place)
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
    }
}
