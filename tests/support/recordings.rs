//! Recordings of people and places that lie beside the project, where they do. `ADEM_AUDIO` names another folder.

use std::path::{Path, PathBuf};

/// The files of a kind below a folder of recordings, in order of name; none (with a word) where they are not at hand.
pub fn recordings(below: &str, ending: &str) -> Vec<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/audio");
    let folder = std::env::var_os("ADEM_AUDIO").map_or_else(beside, PathBuf::from).join(below);
    let entries = std::fs::read_dir(&folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of a folder").path()).collect();
    found.retain(|path| path.extension().is_some_and(|own| own == ending));
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: no recordings in {} (ADEM_AUDIO names a folder)", folder.display());
    }
    found
}
