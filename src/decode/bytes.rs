//! A file read through a window, a little at a time.

use std::io;

use crate::files::Source;

/// Bytes read at a time.
const WINDOW: usize = 64 << 10;

/// The bytes of a file.
pub(super) struct Bytes {
    source: Box<dyn Source>,
    length: u64,
    start: u64,
    window: Vec<u8>,
}

impl Bytes {
    pub(super) fn new(source: Box<dyn Source>) -> Self {
        Self { length: source.byte_len(), source, start: 0, window: Vec::new() }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Up to `count` bytes from `at` on, fewer at the end of the file.
    pub(super) fn get(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let count = self.length.saturating_sub(at).min(count as u64) as usize;
        if count == 0 {
            return Ok(&[]);
        }
        let there = self.start..self.start + self.window.len() as u64;
        if !(there.start <= at && at + count as u64 <= there.end) {
            // More than is asked for, or much would be read again for what follows.
            let fetched = (self.length - at).min(WINDOW.max(4 * count) as u64) as usize;
            self.window.resize(fetched, 0);
            self.source.read_exact_at(&mut self.window, at)?;
            self.start = at;
        }
        let from = (at - self.start) as usize;
        Ok(&self.window[from..from + count])
    }
}
