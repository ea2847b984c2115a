//! The one way the pipeline reaches files: a course folder on disk, or one held in memory for tests and for
//! programs that embed adem.
//!
//! Every path is relative to the course folder and stays inside it, links included unless the person trusts the
//! course, so that a course from somebody else cannot read the rest of the machine. Writing is not part of this: outputs go through the atomic writer,
//! derived data through the cache.

mod disk;
mod memory;
mod trust;

use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

pub use disk::{DiskFiles, SharedFile, from_file, open_anywhere};
pub use memory::MemoryFiles;
pub use trust::{CommandLine, Trust};

/// The files of a course. Shared between threads; reading never changes anything.
pub trait Files: Send + Sync {
    /// The whole of a file.
    ///
    /// # Errors
    /// [`FileError`] if there is no such file, it may not be read, or it is a folder.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// A file to read piece by piece, placed at its first byte.
    ///
    /// # Errors
    /// [`FileError`] if there is no such file, it may not be read, or it is a folder.
    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError>;

    /// What a folder holds, sorted by name (by bytes, so the order is the same everywhere). A folder that is
    /// absent holds nothing; the empty path is the course folder itself.
    ///
    /// # Errors
    /// [`FileError`] if the folder may not be read or is a file.
    fn list(&self, folder: &Path) -> Result<Vec<Entry>, FileError>;

    /// What the system says of a file without reading it; two files with equal stamps have equal bytes, unless one was
    /// modified within the steps its file system counts time in. `None` where nothing is known, such as in memory.
    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// Whether there is a file or folder of that name.
    fn exists(&self, path: &Path) -> bool;
}

/// An open file: read and seek, with its length known beforehand.
pub trait Source: Read + Seek + Send + Sync {
    /// The length in bytes when the file was opened.
    fn byte_len(&self) -> u64;

    /// Fills `bytes` with those that begin at a place; several threads may at once. Where [`Read`] goes on afterwards
    /// is not said.
    ///
    /// # Errors
    /// Whatever the disk says; [`std::io::ErrorKind::UnexpectedEof`] where the file is too short.
    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> std::io::Result<()>;
}

impl<T: AsRef<[u8]> + Send + Sync> Source for std::io::Cursor<T> {
    fn byte_len(&self) -> u64 {
        self.get_ref().as_ref().len() as u64
    }

    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> std::io::Result<()> {
        let all = self.get_ref().as_ref();
        let there = usize::try_from(place).ok().and_then(|place| all.get(place..)?.get(..bytes.len()));
        bytes.copy_from_slice(there.ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// What the system says of a file: when it is the same again, so is the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Where it lies on the disk.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// When its bytes were last changed.
    pub modified: SystemTime,
    /// Its number in the file system; 0 where files have none.
    pub inode: u64,
    /// The number of the file system; 0 where they have none.
    pub device: u64,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name without the folder. A name on disk that is no Unicode shows its bad bytes as `�` and cannot
    /// be opened.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_folder: bool,
}

/// Why a file could not be had. Each names the file and what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    #[error("{path} is not there; check the name, capitals included", path = path.display())]
    NotFound {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// The system refuses to let this user read it.
    #[error("{path} may not be read; give yourself permission to read it", path = path.display())]
    Denied {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// A folder stands where a file was wanted.
    #[error("{path} is a folder; name a file in it", path = path.display())]
    IsFolder {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// The path leads out of the course folder.
    #[error("{path} lies outside the course folder; copy it into the course", path = path.display())]
    Outside {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// A link on the way leads out of the course folder.
    #[error("{path} leads out of the course folder by a link, and this course is not trusted; copy the file into the course, or trust the course", path = path.display())]
    Link {
        /// The path as it was asked for.
        path: PathBuf,
    },
    /// The system is busy, or was interrupted.
    #[error("{path} cannot be read at the moment: {reason}; try again", path = path.display())]
    Busy {
        /// The path as it was asked for.
        path: PathBuf,
        /// The system's own words.
        reason: String,
    },
    /// Anything else the system says.
    #[error("{path} cannot be read: {reason}; check the disk and try again", path = path.display())]
    Other {
        /// The path as it was asked for.
        path: PathBuf,
        /// The system's own words.
        reason: String,
    },
}

impl FileError {
    /// The path that was asked for.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path }
            | Self::Denied { path }
            | Self::IsFolder { path }
            | Self::Outside { path }
            | Self::Link { path }
            | Self::Busy { path, .. }
            | Self::Other { path, .. } => path,
        }
    }

    /// The system's error in our words.
    fn from_io(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_path_buf();
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NotFound { path },
            ErrorKind::PermissionDenied => Self::Denied { path },
            ErrorKind::IsADirectory => Self::IsFolder { path },
            _ if is_transient(error) => Self::Busy { path, reason: error.to_string() },
            _ => Self::Other { path, reason: error.to_string() },
        }
    }

    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

/// Whether the system refused something that may well work a little later: it was interrupted, busy or slow, or there were
/// too many open files.
pub fn is_transient(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    // ENFILE and EMFILE have no kind of their own; the numbers are the same on Linux, macOS and the BSDs.
    let too_many = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    too_many
        || matches!(
            error.kind(),
            ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ResourceBusy
        )
}

/// The path without `.` and `..`, still relative; an error when it leads out of the course folder. This looks
/// at names only; the disk looks at links as well.
fn inside(path: &Path) -> Result<PathBuf, FileError> {
    let outside = || FileError::Outside { path: path.to_path_buf() };
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            _ => return Err(outside()),
        }
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both kinds of files must answer alike; each test runs over both.
    fn both(test: impl Fn(&dyn Files)) {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = MemoryFiles::new();
        for (path, text) in [("course.toml", "a"), ("scripts/b.toml", "bb"), ("scripts/po/nl.po", "ccc")] {
            let full = folder.path().join(path);
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, text).unwrap();
            memory = memory.with(path, text);
        }
        test(&DiskFiles::new(folder.path()));
        test(&memory);
    }

    #[test]
    fn a_file_is_read_whole_and_piece_by_piece() {
        both(|files| {
            assert_eq!(files.read(Path::new("scripts/b.toml")).unwrap(), b"bb");
            let mut source = files.open(Path::new("./scripts/../scripts/po/nl.po")).unwrap();
            assert_eq!(source.byte_len(), 3);
            source.seek(std::io::SeekFrom::Start(1)).unwrap();
            let mut rest = String::new();
            source.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "cc");
            let mut two = [0; 2];
            source.read_exact_at(&mut two, 1).unwrap();
            assert_eq!(&two, b"cc");
            for beyond in [2, 3, 9] {
                let error = source.read_exact_at(&mut two, beyond).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
            }
        });
    }

    #[test]
    fn a_folder_is_listed_in_order_and_an_absent_one_is_empty() {
        both(|files| {
            let entry = |name: &str, is_folder| Entry { name: name.into(), is_folder };
            let scripts = files.list(Path::new("scripts")).unwrap();
            assert_eq!(scripts, [entry("b.toml", false), entry("po", true)]);
            let root = files.list(Path::new("")).unwrap();
            assert_eq!(root, [entry("course.toml", false), entry("scripts", true)]);
            assert_eq!(files.list(Path::new("voice")).unwrap(), []);
            assert!(files.list(Path::new("course.toml")).is_err());
        });
    }

    #[test]
    fn what_is_absent_or_a_folder_is_named_as_such() {
        both(|files| {
            for path in ["nothing.wav", "course.toml/inside", "voice/nl/x.wav"] {
                let error = files.read(Path::new(path)).unwrap_err();
                assert_eq!(error, FileError::NotFound { path: path.into() });
                assert!(error.to_string().contains(path));
            }
            for path in ["scripts", ""] {
                let error = files.open(Path::new(path)).err().unwrap();
                assert_eq!(error, FileError::IsFolder { path: path.into() });
            }
            assert!(files.exists(Path::new("scripts/po")));
            assert!(files.exists(Path::new("course.toml")));
            assert!(!files.exists(Path::new("course")));
        });
    }

    #[test]
    fn no_path_leads_out_of_the_course_folder() {
        both(|files| {
            for path in ["/etc/passwd", "../course.toml", "scripts/../../x", ".."] {
                let outside = FileError::Outside { path: path.into() };
                assert_eq!(files.read(Path::new(path)).unwrap_err(), outside);
                assert_eq!(files.list(Path::new(path)).unwrap_err(), outside);
                assert!(!files.exists(Path::new(path)));
            }
        });
    }
}
