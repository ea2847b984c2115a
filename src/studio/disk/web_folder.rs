//! The files of the pages from a folder, for those who change them.

use std::fs;
use std::path::Path;

/// A file of the pages, by a name that was looked up.
pub fn page_file(folder: &Path, name: &str) -> Option<Vec<u8>> {
    fs::read(folder.join(name)).ok()
}
