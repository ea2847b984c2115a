//! Why a file could not be written, and what to do about it.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::format::endings;
use crate::delivery::format::Format;

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {kind}{}; {}", path.display(), detail(*kind, source), kind.help())]
pub struct ExportError {
    /// The file to write.
    pub path: PathBuf,
    pub kind: ExportErrorKind,
    pub source: io::Error,
}

impl ExportError {
    /// The error for this file, from the error of the system.
    pub fn new(path: impl AsRef<Path>, source: io::Error) -> Self {
        Self { path: path.as_ref().to_owned(), kind: ExportErrorKind::of(source.kind()), source }
    }
}

/// The kinds of [`ExportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportErrorKind {
    /// The disk or the quota of the user is full.
    Full,
    /// The file system cannot hold a file of this size.
    TooLarge,
    /// The disk is mounted read-only.
    ReadOnly,
    /// The user has no permission, or the file is protected.
    Denied,
    /// The folder was removed while the file was written.
    FolderGone,
    /// A file is in the place of one of the folders.
    NotAFolder,
    /// The path is a folder.
    IsFolder,
    /// The file system does not allow this name.
    BadName,
    /// The reader of a pipe has closed it.
    ClosedPipe,
    /// It is a pipe, and the format must rewrite its header at the end.
    NotSeekable,
    /// Writing was interrupted.
    Interrupted,
    /// Another process is writing there.
    Busy,
    /// Any other error; the source has the message of the system.
    Other,
}

impl ExportErrorKind {
    /// The kind of an error of the system.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the system has many kinds of errors")]
    pub fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::FileTooLarge => Self::TooLarge,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::NotFound => Self::FolderGone,
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => Self::NotAFolder,
            ErrorKind::IsADirectory => Self::IsFolder,
            ErrorKind::InvalidFilename | ErrorKind::InvalidInput => Self::BadName,
            ErrorKind::BrokenPipe => Self::ClosedPipe,
            ErrorKind::NotSeekable => Self::NotSeekable,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::ResourceBusy => Self::Busy,
            _ => Self::Other,
        }
    }

    /// The remedy, as the end of a sentence.
    pub fn help(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Full => "free some space there, or write to another disk",
            Self::TooLarge => "write to another disk, or choose a smaller format such as flac",
            Self::ReadOnly => "write to another disk, or mount this one for writing",
            Self::Denied => "change the permissions of the file and its folder, or write somewhere else",
            Self::FolderGone => "keep the folder in its place and try again",
            Self::NotAFolder => "move that file away, or write somewhere else",
            Self::IsFolder => "add the name of a file to the path",
            Self::BadName => "choose a shorter or plainer name",
            Self::ClosedPipe => "check why the program that reads the sound has stopped",
            Self::NotSeekable => {
                let streaming = endings(Format::streams, "");
                return format!("write to a file on a disk, or choose a format that streams: {streaming}")
                    .into();
            }
            Self::Interrupted => "try again",
            Self::Busy => "wait until it has finished and try again, or write to another folder",
            Self::Other => "fix that and try again, or write somewhere else",
        })
    }
}

impl fmt::Display for ExportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full",
            Self::TooLarge => "the disk cannot hold a file of this size",
            Self::ReadOnly => "the disk is read-only",
            Self::Denied => "it is not permitted",
            Self::FolderGone => "its folder is gone",
            Self::NotAFolder => "a file is in the place of one of its folders",
            Self::IsFolder => "it is a folder",
            Self::BadName => "the name is not possible there",
            Self::ClosedPipe => "its reader has closed it",
            Self::NotSeekable => "it is a pipe",
            Self::Interrupted => "it was interrupted",
            Self::Busy => "another process is writing files there",
            Self::Other => "the system refused",
        })
    }
}

/// The message of the system, for errors without a message of their own.
fn detail(kind: ExportErrorKind, source: &io::Error) -> String {
    if kind == ExportErrorKind::Other { format!(" ({source})") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_the_reason_and_the_way_out() {
        let error = ExportError::new("out/a.wav", ErrorKind::StorageFull.into());
        assert_eq!(
            error.to_string(),
            "cannot write out/a.wav: the disk is full; free some space there, or write to another disk"
        );
    }

    #[test]
    fn what_has_no_name_here_keeps_the_words_of_the_system() {
        let error = ExportError::new("a.wav", io::Error::other("the tape is torn"));
        assert!(error.to_string().contains("the system refused (the tape is torn)"), "{error}");
    }
}
