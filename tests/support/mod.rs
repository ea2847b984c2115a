//! Helpers for tests of the whole program: a small course in a temporary folder, generated sounds, and the program itself.
#![allow(clippy::print_stderr)] // a test that skips says so
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

pub mod browser;
pub mod course;
pub mod degraded;
pub mod http;
pub mod program;
pub mod readings;
pub mod recordings;
pub mod sound;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub use course::Course;
pub use program::Run;
pub use recordings::{files_below, recordings};

/// The cache of all tests of a run but those of the cache itself, which is empty when they begin. What a sound is made of is
/// in its key, so no test sees anything of another but that it waits less.
pub fn shared_cache() -> &'static Path {
    static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}: {error}", folder.display());
        }
        folder
    });
    &SHARED
}
