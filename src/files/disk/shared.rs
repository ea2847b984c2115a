//! A file that several threads read at places of their own.

use std::fs::File;
use std::io;

/// An open file that is read at any place by anybody who holds it.
#[cfg(unix)]
#[derive(Debug)]
pub struct SharedFile(File);

#[cfg(unix)]
impl SharedFile {
    /// An open file, to be read by many.
    pub fn new(file: File) -> Self {
        Self(file)
    }

    /// Fills `bytes` with those that begin at a place.
    ///
    /// # Errors
    /// Whatever the disk says; [`io::ErrorKind::UnexpectedEof`] where the file is too short.
    pub fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, place)
    }

    /// The file, for one who holds it alone and goes through it from place to place.
    pub(super) fn alone(&mut self) -> &mut File {
        &mut self.0
    }
}

/// An open file that is read at any place by anybody who holds it, in turn, where there are no positioned reads.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct SharedFile(std::sync::Mutex<File>);

#[cfg(not(unix))]
impl SharedFile {
    /// An open file, to be read by many.
    pub fn new(file: File) -> Self {
        Self(std::sync::Mutex::new(file))
    }

    /// Fills `bytes` with those that begin at a place.
    ///
    /// # Errors
    /// Whatever the disk says; [`io::ErrorKind::UnexpectedEof`] where the file is too short.
    pub fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        // A thread that panicked while reading has done the file no harm.
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }

    /// The file, for one who holds it alone and goes through it from place to place.
    pub(super) fn alone(&mut self) -> &mut File {
        self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
