//! Folders of takes.

use std::io;
use std::path::Path;

/// Makes a folder and those it is in.
///
/// # Errors
/// If the system refuses.
pub fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}
