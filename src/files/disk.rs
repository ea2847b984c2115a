//! A course folder on disk.

mod shared;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Entry, FileError, Files, Source, Stamp, inside};

pub use shared::SharedFile;

/// The files under one folder of the disk.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    root: PathBuf,
    follows_links: bool,
}

impl DiskFiles {
    /// The files of the course in `root`. Nothing is looked at yet. Links that leave the folder are refused.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), follows_links: false }
    }

    /// The same, and whether links that leave the folder are followed: only in a course that somebody trusts.
    #[must_use]
    pub fn following_links(self, follows_links: bool) -> Self {
        Self { follows_links, ..self }
    }

    /// Whether links that leave the folder are followed.
    pub fn follows_links(&self) -> bool {
        self.follows_links
    }

    /// The course folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a regular file. Folders are named as such; pipes and devices are refused, as opening one may
    /// wait for ever.
    fn open_file(&self, path: &Path) -> Result<DiskSource, FileError> {
        open_regular(&self.real(path)?, path)
    }

    /// Where a path of the course lies, after all links.
    fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        let full = self.root.join(inside(path)?);
        if self.follows_links {
            return Ok(full);
        }
        let real = |path_there: &Path| {
            fs::canonicalize(path_there).map_err(|error| FileError::from_io(path, &error))
        };
        let full = real(&full)?;
        if full.starts_with(real(&self.root)?) {
            Ok(full)
        } else {
            Err(FileError::Link { path: path.to_owned() })
        }
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

    fn list(&self, folder: &Path) -> Result<Vec<Entry>, FileError> {
        let full = match self.real(folder) {
            // Whether it is absent or lies below a file is told apart below.
            Err(FileError::NotFound { .. }) => self.root.join(inside(folder)?),
            other => other?,
        };
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
            entries.push(Entry { name: item.file_name().to_string_lossy().into_owned(), is_folder });
        }
        entries.sort();
        Ok(entries)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let full = self.real(path).ok()?;
        let facts = fs::metadata(&full).ok().filter(fs::Metadata::is_file)?;
        let (inode, device) = numbers(&facts);
        let path = std::path::absolute(full).ok()?;
        Some(Stamp { path, bytes: facts.len(), modified: facts.modified().ok()?, inode, device })
    }

    fn exists(&self, path: &Path) -> bool {
        inside(path).is_ok_and(|path| self.root.join(path).exists())
    }
}

/// The numbers of a file and of its file system.
#[cfg(unix)]
fn numbers(facts: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (facts.ino(), facts.dev())
}

#[cfg(not(unix))]
fn numbers(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
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
