//! Access to the files of a course: in a folder on disk, or in memory for tests and for programs that embed adem.
//!
//! Every path is relative to the course folder and must stay inside it, and so must links unless the course is
//! trusted, so that a course from somebody else cannot read other files of the machine. This module only reads:
//! outputs are written by `export`, derived data by the cache.

mod disk;
mod memory;
mod trust;

use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

pub use disk::{
    DiskFiles, FolderIdentity, OutwardLink, SharedFile, absolute, folder_at, from_file, open_anywhere,
};
pub use memory::MemoryFiles;
pub use trust::{CommandLine, Grant, Trust};

/// The files of a course, read-only and shared between threads.
pub trait Files: Send + Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`FileError`] if the file does not exist, cannot be read, or is a folder.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// Opens a file for reading, positioned at its first byte.
    ///
    /// # Errors
    /// [`FileError`] if the file does not exist, cannot be read, or is a folder.
    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError>;

    /// Lists a folder, sorted by name as bytes, so that the order is the same on every system. A missing folder is
    /// empty; the empty path is the course folder itself.
    ///
    /// # Errors
    /// [`FileError`] if the folder cannot be read or is a file.
    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError>;

    /// The metadata of a file, without reading it; two files with equal stamps have equal bytes, unless one was
    /// modified within the time resolution of its file system. `None` if there is none, such as in memory.
    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// Whether a file or folder exists at this path.
    fn exists(&self, path: &Path) -> bool;

    /// The links out of the course folder that are not followed, as the course is not trusted with them; sorted.
    fn refused_links(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// An open file that can be read and seeked, with its length.
pub trait Source: Read + Seek + Send + Sync {
    /// The length in bytes at the time the file was opened.
    fn byte_len(&self) -> u64;

    /// Reads exactly `bytes.len()` bytes from byte `place` on; several threads may do so at once. May move the
    /// position that [`Read`] continues from.
    ///
    /// # Errors
    /// The system's error; [`std::io::ErrorKind::UnexpectedEof`] if the file is too short.
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

/// The metadata of a file, by which a change is detected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The path on disk.
    pub path: PathBuf,
    pub bytes: u64,
    /// The modification time.
    pub modified: SystemTime,
    /// The inode; 0 on systems without inodes.
    pub inode: u64,
    /// The device; 0 on systems without device numbers.
    pub device: u64,
}

/// A file or folder listed by [`Files::list`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderEntry {
    /// The name without the folder. Bytes on disk that are not valid Unicode appear as `�`, and such a file cannot be
    /// opened.
    pub name: String,
    pub is_folder: bool,
}

/// Why a file could not be read. Each message names the file and what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileError {
    #[error("{path} does not exist; check the name, including capital letters", path = path.display())]
    NotFound { path: PathBuf },
    /// A link to something that does not exist.
    #[error("{path} is a link to {target}, which does not exist; put the file itself in its place", path = path.display(), target = target.display())]
    BrokenLink { path: PathBuf, target: PathBuf },
    /// A pipe, a socket or a device.
    #[error("{path} is a pipe or a device, not a file; write what comes out of it into a file", path = path.display())]
    NoFile { path: PathBuf },
    /// The user has no permission to read it.
    #[error("{path} cannot be read: permission denied; give yourself permission to read it", path = path.display())]
    Denied { path: PathBuf },
    /// It is a folder.
    #[error("{path} is a folder; name a file in it", path = path.display())]
    IsFolder { path: PathBuf },
    #[error("{path} lies outside the course folder; copy it into the course", path = path.display())]
    Outside { path: PathBuf },
    /// The path follows a link out of the course folder that the course is not trusted with.
    #[error("{path} leads out of the course folder by a link that is not trusted; copy the file into the course, or trust the course", path = path.display())]
    Link { path: PathBuf },
    /// The system is busy, or was interrupted.
    #[error("{path} cannot be read at the moment: {reason}; try again", path = path.display())]
    Busy {
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
    /// Any other error of the system.
    #[error("{path} cannot be read: {reason}; check the disk and try again", path = path.display())]
    Other {
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
}

impl FileError {
    /// The path as the caller gave it.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path }
            | Self::BrokenLink { path, .. }
            | Self::NoFile { path }
            | Self::Denied { path }
            | Self::IsFolder { path }
            | Self::Outside { path }
            | Self::Link { path }
            | Self::Busy { path, .. }
            | Self::Other { path, .. } => path,
        }
    }

    /// Converts an error of the system.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the system has many kinds of errors")]
    pub fn from_io(path: &Path, error: &std::io::Error) -> Self {
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

    /// Whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

/// Whether a retry may succeed: the system was interrupted, busy or slow, or too many files were open.
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

/// Removes `.` and `..` from a relative path; an error if it leads out of the course folder. This looks at names
/// only; links are checked when a file is opened.
fn inside(path: &Path) -> Result<PathBuf, FileError> {
    let outside = || FileError::Outside { path: path.to_path_buf() };
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(outside()),
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
        for (path, text) in [
            ("course.toml", "a"),
            ("scripts/b.toml", "bb"),
            ("scripts/po/nl.po", "ccc"),
            ("klank/pre\u{301}nom.wav", "d"),
            ("klank/\u{e9}\u{e9}n.wav", "d"),
        ] {
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
    fn a_name_is_found_whether_its_marks_stand_apart_or_not() {
        both(|files| {
            for path in ["klank/pre\u{301}nom.wav", "klank/pr\u{e9}nom.wav", "klank/e\u{301}e\u{301}n.wav"] {
                assert_eq!(files.read(Path::new(path)).unwrap(), b"d", "{path:?}");
                assert!(files.exists(Path::new(path)));
            }
            assert!(!files.exists(Path::new("klank/prénom.flac")));
        });
    }

    #[test]
    fn a_folder_is_listed_in_order_and_an_absent_one_is_empty() {
        both(|files| {
            let entry = |name: &str, is_folder| FolderEntry { name: name.into(), is_folder };
            let scripts = files.list(Path::new("scripts")).unwrap();
            assert_eq!(scripts, [entry("b.toml", false), entry("po", true)]);
            let root = files.list(Path::new("")).unwrap();
            assert_eq!(root, [entry("course.toml", false), entry("klank", true), entry("scripts", true)]);
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
