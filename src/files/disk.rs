mod links;
mod shared;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization;

use super::{FileError, Files, FolderEntry, Source, Stamp, Trust, inside};

use links::{outward_link, outward_links};

pub use links::{OutwardLink, absolute};
pub use shared::SharedFile;

/// The files below one folder on disk.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    root: PathBuf,
    trust: Trust,
}

impl DiskFiles {
    /// The files of the course in `root`. Does not touch the disk yet. Links out of the folder are refused.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), trust: Trust::Nothing }
    }

    /// The same, following the links out of the folder that the course is trusted with.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// All links out of the course folder, followed or not.
    pub fn outward_links(&self) -> Vec<OutwardLink> {
        outward_links(&self.root)
    }

    /// The link on the way to a path below the course folder that is not followed, relative to that folder.
    pub fn refused_link(&self, path: &Path) -> Option<PathBuf> {
        if self.trust == Trust::Everything {
            return None;
        }
        let found = outward_link(&self.root, path)?;
        (!self.trust.follows(&found.link, found.target.as_deref())).then_some(found.link)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a regular file. Pipes and devices are refused, since opening one may block for ever.
    fn open_file(&self, path: &Path) -> Result<DiskSource, FileError> {
        open_regular(&self.real(path)?, path)
    }

    /// Where a path lies. Names are the same whether letters and marks are written together or apart, as some systems and
    /// archives store them.
    fn place(&self, path: &Path) -> Result<PathBuf, FileError> {
        let path = inside(path)?;
        let full = self.root.join(&path);
        let is_plain = path.to_str().is_none_or(str::is_ascii);
        if is_plain || fs::symlink_metadata(&full).is_ok() {
            return Ok(full);
        }
        let mut found = self.root.clone();
        for name in &path {
            let own = found.join(name);
            let same = || {
                let name: String = name.to_str()?.nfc().collect();
                let mut entries =
                    fs::read_dir(&found).ok()?.filter_map(Result::ok).map(|entry| entry.file_name());
                entries.find(|entry| entry.to_str().is_some_and(|entry| entry.nfc().eq(name.chars())))
            };
            let exists = fs::symlink_metadata(&own).is_ok();
            found = if exists { own } else { same().map_or(own, |name| found.join(name)) };
        }
        Ok(found)
    }

    /// The real path of a file of the course, with links resolved.
    ///
    /// # Errors
    /// [`FileError::Link`] if a link on the way is not followed, and those of a path that does not exist.
    pub fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        let full = self.place(path)?;
        if self.trust == Trust::Everything {
            return Ok(full);
        }
        let real =
            |path_there: &Path| fs::canonicalize(path_there).map_err(|error| fault(path_there, path, &error));
        let target = real(&full)?;
        if target.starts_with(real(&self.root)?) || self.refused_link(&full).is_none() {
            Ok(target)
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
    let fail = |error: io::Error| fault(full, path, &error);
    let metadata = fs::metadata(full).map_err(fail)?;
    if metadata.is_dir() {
        return Err(FileError::IsFolder { path: path.to_path_buf() });
    }
    if !metadata.is_file() {
        return Err(FileError::NoFile { path: path.to_path_buf() });
    }
    Ok(DiskSource { file: SharedFile::new(File::open(full).map_err(fail)?), length: metadata.len() })
}

/// Why the file `full`, which error messages call `path`, cannot be opened.
fn fault(full: &Path, path: &Path, error: &io::Error) -> FileError {
    let fault = FileError::from_io(path, error);
    match fs::read_link(full) {
        Ok(target) if matches!(fault, FileError::NotFound { .. }) => {
            FileError::BrokenLink { path: path.to_path_buf(), target }
        }
        Ok(_) | Err(_) => fault,
    }
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
            Err(FileError::NotFound { .. } | FileError::BrokenLink { .. }) => self.root.join(inside(folder)?),
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
        self.place(path).is_ok_and(|path| path.exists())
    }

    fn refused_links(&self) -> Vec<PathBuf> {
        if self.trust == Trust::Everything {
            return Vec::new();
        }
        let refused = |found: &OutwardLink| !self.trust.follows(&found.link, found.target.as_deref());
        self.outward_links().into_iter().filter(refused).map(|found| found.link).collect()
    }
}

/// Which folder a path leads to now: another one after a link was turned, or a folder was replaced. `None` if there is none.
pub fn folder_at(path: &Path) -> Option<FolderIdentity> {
    let facts = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
    Some(FolderIdentity {
        path: fs::canonicalize(path).ok()?,
        numbers: numbers(&facts),
        made: facts.created().ok(),
    })
}

/// What tells a folder from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderIdentity {
    path: PathBuf,
    numbers: (u64, u64),
    made: Option<SystemTime>,
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
