//! Files that were made, for downloads and for the page of a delivery.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::files::SharedFile;

/// A finished file, with its length.
///
/// # Errors
/// If it cannot be opened, or is no file.
pub fn open(path: &Path) -> io::Result<(SharedFile, u64)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok((SharedFile::new(file), about.len()))
}

/// The length of a file; `None` if it is not there.
pub fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|about| about.len())
}

/// The names in a folder that begin like this.
pub fn beginning_with(folder: &Path, stem: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(stem))
        .collect()
}
