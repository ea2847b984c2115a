//! Folders of takes, and what is deleted in them.

use std::io;
use std::path::Path;

/// Makes a folder and those it is in.
///
/// # Errors
/// If the system refuses.
pub fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Deletes a file.
///
/// # Errors
/// If the system refuses.
pub fn remove(file: &Path) -> io::Result<()> {
    std::fs::remove_file(file)
}
