//! A course folder on disk.

mod shared;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{FileError, Files, FolderEntry, Source, inside};

pub use shared::SharedFile;

/// The files under one folder of the disk.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    root: PathBuf,
}

impl DiskFiles {
    /// The files of the course in `root`. Nothing is looked at yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The course folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a regular file. Folders are named as such; pipes and devices are refused, as opening one may
    /// wait for ever.
    fn open_file(&self, path: &Path) -> Result<DiskSource, FileError> {
        open_regular(&self.root.join(inside(path)?), path)
    }
}

/// Opens a file anywhere on the disk, for commands that work on files of no course.
///
/// # Errors
/// [`FileError`] if there is no such file, it may not be read, or it is a folder, a pipe or a device.
pub fn open_anywhere(path: &Path) -> Result<Box<dyn Source>, FileError> {
    Ok(Box::new(open_regular(path, path)?))
}

/// An open file as a source.
///
/// # Errors
/// If the system does not tell its length.
pub fn from_file(file: File) -> io::Result<Box<dyn Source>> {
    let length = file.metadata()?.len();
    Ok(Box::new(DiskSource { file: SharedFile::new(file), length }))
}

/// Opens a regular file that messages call `path`.
fn open_regular(full: &Path, path: &Path) -> Result<DiskSource, FileError> {
    let fail = |error: io::Error| FileError::from_io(path, &error);
    let facts = fs::metadata(full).map_err(fail)?;
    if facts.is_dir() {
        return Err(FileError::IsFolder { path: path.to_path_buf() });
    }
    if !facts.is_file() {
        return Err(FileError::Other { path: path.to_path_buf(), reason: "it is no regular file".into() });
    }
    Ok(DiskSource { file: SharedFile::new(File::open(full).map_err(fail)?), length: facts.len() })
}

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let mut source = self.open_file(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(source.length).unwrap_or(0));
        source.file.alone().read_to_end(&mut bytes).map_err(|error| FileError::from_io(path, &error))?;
        Ok(bytes)
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        Ok(Box::new(self.open_file(path)?))
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        let full = self.root.join(inside(folder)?);
        let fail = |error: io::Error| FileError::from_io(folder, &error);
        let items = match fs::read_dir(&full) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(fail)?,
        };
        let mut entries = Vec::new();
        for item in items {
            let item = item.map_err(fail)?;
            // A link to a folder counts as one; a link to nowhere counts as a file and fails when read.
            let is_folder = fs::metadata(item.path()).is_ok_and(|facts| facts.is_dir());
            entries.push(FolderEntry { name: item.file_name().to_string_lossy().into_owned(), is_folder });
        }
        entries.sort();
        Ok(entries)
    }

    fn exists(&self, path: &Path) -> bool {
        inside(path).is_ok_and(|path| self.root.join(path).exists())
    }
}

struct DiskSource {
    file: SharedFile,
    length: u64,
}

impl Read for DiskSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.alone().read(buffer)
    }
}

impl Seek for DiskSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.alone().seek(to)
    }
}

impl Source for DiskSource {
    fn byte_len(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        self.file.read_exact_at(bytes, place)
    }
}
