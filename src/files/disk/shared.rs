//! An open file that several threads read and write at different offsets.

use std::fs::File;
use std::io;

#[cfg(unix)]
type SharedInner = File;
#[cfg(not(unix))]
type SharedInner = std::sync::Mutex<File>;

/// An open file that several threads can read at once, each at its own offset. Where the system has no positioned
/// reads, they wait for each other.
#[derive(Debug)]
pub struct SharedFile(SharedInner);

impl SharedFile {
    pub fn new(file: File) -> Self {
        Self(SharedInner::from(file))
    }
}

#[cfg(unix)]
impl SharedFile {
    /// Reads exactly `bytes.len()` bytes from byte `place` on.
    ///
    /// # Errors
    /// The system's error; [`io::ErrorKind::UnexpectedEof`] if the file is too short.
    pub fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, place)
    }

    /// Writes all bytes from byte `place` on.
    ///
    /// # Errors
    /// The system's error.
    pub fn write_all_at(&self, bytes: &[u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.0, bytes, place)
    }

    /// The file itself, for a caller that holds it exclusively and reads it from start to end.
    pub(super) fn get_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

#[cfg(not(unix))]
impl SharedFile {
    /// Reads exactly `bytes.len()` bytes from byte `place` on.
    ///
    /// # Errors
    /// The system's error; [`io::ErrorKind::UnexpectedEof`] if the file is too short.
    pub fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        // A thread that panicked while reading leaves the file usable.
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }

    /// Writes all bytes from byte `place` on.
    ///
    /// # Errors
    /// The system's error.
    pub fn write_all_at(&self, bytes: &[u8], place: u64) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes)
    }

    /// The file itself, for a caller that holds it exclusively and reads it from start to end.
    pub(super) fn get_mut(&mut self) -> &mut File {
        self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
