mod shared;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{FileError, Files, FolderEntry, Source, Stamp, inside};

pub use shared::SharedFile;

/// The files below one folder on disk.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    root: PathBuf,
    follows_links: bool,
}

impl DiskFiles {
    /// The files of the course in `root`. Does not touch the disk yet. Links out of the folder are refused.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), follows_links: false }
    }

    /// Sets whether links out of the folder are followed, which is only safe for a trusted course.
    #[must_use]
    pub fn following_links(self, follows_links: bool) -> Self {
        Self { follows_links, ..self }
    }

    /// Whether links out of the folder are followed.
    pub fn follows_links(&self) -> bool {
        self.follows_links
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a regular file. Pipes and devices are refused, since opening one may block for ever.
    fn open_file(&self, path: &Path) -> Result<DiskSource, FileError> {
        open_regular(&self.real(path)?, path)
    }

    /// The real path of a file of the course, with links resolved.
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

/// Opens a file anywhere on disk, for commands that work on files outside a course.
///
/// # Errors
/// [`FileError`] if the file does not exist, cannot be read, or is a folder, a pipe or a device.
pub fn open_anywhere(path: &Path) -> Result<Box<dyn Source>, FileError> {
    Ok(Box::new(open_regular(path, path)?))
}

/// Wraps an open file as a [`Source`].
///
/// # Errors
/// If the system cannot report the length.
pub fn from_file(file: File) -> io::Result<Box<dyn Source>> {
    let length = file.metadata()?.len();
    Ok(Box::new(DiskSource { file: SharedFile::new(file), length }))
}

/// Opens the regular file `full`, which error messages call `path`.
fn open_regular(full: &Path, path: &Path) -> Result<DiskSource, FileError> {
    let fail = |error: io::Error| FileError::from_io(path, &error);
    let metadata = fs::metadata(full).map_err(fail)?;
    if metadata.is_dir() {
        return Err(FileError::IsFolder { path: path.to_path_buf() });
    }
    if !metadata.is_file() {
        return Err(FileError::Other { path: path.to_path_buf(), reason: "it is not a regular file".into() });
    }
    Ok(DiskSource { file: SharedFile::new(File::open(full).map_err(fail)?), length: metadata.len() })
}

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let mut source = self.open_file(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(source.length).unwrap_or(0));
        source.file.get_mut().read_to_end(&mut bytes).map_err(|error| FileError::from_io(path, &error))?;
        Ok(bytes)
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        Ok(Box::new(self.open_file(path)?))
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        let full = match self.real(folder) {
            // The code below distinguishes a missing folder from a path below a file.
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
            // A link to a folder counts as a folder; a broken link counts as a file and fails when it is read.
            let is_folder = fs::metadata(item.path()).is_ok_and(|metadata| metadata.is_dir());
            entries.push(FolderEntry { name: item.file_name().to_string_lossy().into_owned(), is_folder });
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
        self.file.get_mut().read(buffer)
    }
}

impl Seek for DiskSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.get_mut().seek(to)
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
