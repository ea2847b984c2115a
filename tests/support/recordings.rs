//! Recordings of people and places for tests that need real sound. They are not in the repository: `ADEM_TEST_AUDIO` names a
//! folder of them, and without it those tests print that they skip.
//!
//! Unit tests use this module too, as `crate::recordings`.
#![allow(dead_code, clippy::print_stderr)] // each test file uses its own share of this

use std::path::{Path, PathBuf};

/// The files below a folder of the recordings that have one of these endings, in order of path. Empty, with a printed
/// line, where `ADEM_TEST_AUDIO` is not set or its folder has none.
///
/// # Panics
/// If `ADEM_TEST_AUDIO` is set and is no folder.
pub fn recordings(below: &str, endings: &[&str]) -> Vec<PathBuf> {
    let Some(root) = folder() else {
        eprintln!("skipped: ADEM_TEST_AUDIO names no folder of recordings");
        return Vec::new();
    };
    let found = files_below(&root.join(below), endings);
    if found.is_empty() {
        eprintln!("skipped: no {} in {}", endings.join(" or "), root.join(below).display());
    }
    found
}

/// The folder that `ADEM_TEST_AUDIO` names.
///
/// # Panics
/// If it is set and is no folder.
pub fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("ADEM_TEST_AUDIO").filter(|name| !name.is_empty())?);
    assert!(folder.is_dir(), "ADEM_TEST_AUDIO is {}, which is no folder", folder.display());
    Some(folder)
}

/// The files in a folder and the folders below it that have one of these endings, in order of path.
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry of a folder").path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if endings.contains(&ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
