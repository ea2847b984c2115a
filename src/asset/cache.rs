//! Derived data, kept by content: clip facts, prepared samples, rendered beds. Safe to delete at any time.
//!
//! A key is a hash of everything that made the data, so nothing ever goes stale. Whatever is wrong with an
//! entry (cut off, altered, unreadable) makes it a miss, never an error; and a folder that cannot be written
//! makes every `put` a no-op. Entries are written aside and renamed, so that processes can share a folder and
//! no reader ever sees half of one.
//!
//! An entry is a file `<kind>/<key>`: 8 bytes of magic, the length of the payload (u64, little endian), its
//! BLAKE3 hash (32 bytes), the payload. Long sounds have a form of their own: see [`SampleFile`].

mod key;
mod samples;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub use key::{CacheKey, CacheKeyBuilder, cpu_kind};
pub use samples::{SampleFile, SampleWriter};

const MAGIC: &[u8; 8] = b"adem-c1\n";
/// Magic, length, hash.
const HEADER: usize = 8 + 8 + 32;

/// A cache in a folder, or none. Cheap to clone; shared between threads.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// A cache in a folder, which is made when something is first put there.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// No cache: nothing is found, nothing is kept.
    pub fn off() -> Self {
        Self { folder: None }
    }

    /// Whether it is no cache at all.
    pub fn is_off(&self) -> bool {
        self.folder.is_none()
    }

    /// The payload put under this key, whole and unaltered; `None` if there is none.
    ///
    /// # Panics
    /// If `kind` is no plain word: that is a bug of the caller. (So everywhere below.)
    pub fn get(&self, kind: &str, key: &CacheKey) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path(kind, key)?).ok()?;
        let (header, payload) = bytes.split_at_checked(HEADER)?;
        let whole = header == entry_header(payload);
        whole.then(|| bytes.split_off(HEADER))
    }

    /// Keeps a payload under this key, if it can.
    pub fn put(&self, kind: &str, key: &CacheKey, payload: &[u8]) {
        let Some(path) = self.path(kind, key) else { return };
        let Some(mut aside) = PendingEntry::new(path) else { return };
        let written =
            aside.file.write_all(&entry_header(payload)).and_then(|()| aside.file.write_all(payload));
        if written.is_ok() {
            aside.keep();
        }
    }

    /// The samples put under this key; `None` if there are none.
    pub fn open_samples(&self, kind: &str, key: &CacheKey) -> Option<SampleFile> {
        SampleFile::open(&self.path(kind, key)?)
    }

    /// Begins to keep samples under this key, block by block. Where nothing can be kept, the writer takes
    /// everything and gives nothing back.
    pub fn put_samples(&self, kind: &str, key: &CacheKey, channels: usize) -> SampleWriter {
        SampleWriter::entry(self.path(kind, key).and_then(PendingEntry::new), channels)
    }

    fn path(&self, kind: &str, key: &CacheKey) -> Option<PathBuf> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!kind.is_empty() && kind.chars().all(plain), "a kind is a plain word, not {kind:?}");
        Some(self.folder.as_ref()?.join(kind).join(key.to_string()))
    }
}

fn entry_header(payload: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    header[16..].copy_from_slice(blake3::hash(payload).as_bytes());
    header
}

/// A file being written beside the place it is meant for. Removed again unless it is kept.
#[derive(Debug)]
struct PendingEntry {
    file: fs::File,
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl PendingEntry {
    fn new(target: PathBuf) -> Option<Self> {
        // Its own name for every process and every entry in the making.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        fs::create_dir_all(target.parent()?).ok()?;
        let path = target.with_extension(format!("{}-{count}.part", std::process::id()));
        // A leftover of a process that died and had the same number is overwritten.
        let file =
            fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).ok()?;
        Some(Self { file, path, target, kept: false })
    }

    /// Puts the file in its place; `false` if that fails.
    fn keep(mut self) -> bool {
        self.kept = fs::rename(&self.path, &self.target).is_ok();
        self.kept
    }

    fn target(&self) -> &Path {
        &self.target
    }
}

impl Drop for PendingEntry {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing to be done about a file that cannot be removed; it is named `.part` and harms nobody.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn key(name: &str) -> CacheKey {
        CacheKeyBuilder::new("test").field("name", name).finish()
    }

    #[test]
    fn what_was_put_is_found_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("deep").join("cache"));
        assert_eq!(cache.get("facts", &key("a")), None);
        cache.put("facts", &key("a"), b"one");
        cache.put("facts", &key("b"), b"");
        assert_eq!(cache.get("facts", &key("a")).unwrap(), b"one");
        assert_eq!(cache.get("facts", &key("b")).unwrap(), b"");
        assert_eq!(cache.get("facts", &key("c")), None);
        assert_eq!(cache.get("beds", &key("a")), None);
        cache.put("facts", &key("a"), b"another");
        assert_eq!(cache.get("facts", &key("a")).unwrap(), b"another");
        assert_eq!(
            fs::read_dir(folder.path().join("deep/cache/facts")).unwrap().count(),
            2,
            "nothing is left aside"
        );
    }

    #[test]
    fn any_damage_is_a_miss() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        cache.put("facts", &key("a"), b"some payload");
        let path = folder.path().join("facts").join(key("a").to_string());
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(cache.get("facts", &key("a")), None, "byte {at} flipped");
            fs::write(&path, &good[..at]).unwrap();
            assert_eq!(cache.get("facts", &key("a")), None, "cut to {at} bytes");
        }
        fs::write(&path, [&good[..], b"more"].concat()).unwrap();
        assert_eq!(cache.get("facts", &key("a")), None);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(cache.get("facts", &key("a")), None, "a folder in its place");
        cache.put("facts", &key("a"), b"some payload");
    }

    #[test]
    fn no_cache_and_no_writable_folder_are_borne_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        for cache in [Cache::off(), Cache::at(&file), Cache::at(file.join("under"))] {
            cache.put("facts", &key("a"), b"one");
            assert_eq!(cache.get("facts", &key("a")), None);
            let mut writer = cache.put_samples("clips", &key("a"), 1);
            writer.write(&[&[0.5; 10]]);
            assert!(writer.finish().is_none());
            assert!(cache.open_samples("clips", &key("a")).is_none());
        }
        assert_eq!(fs::read(&file).unwrap(), b"in the way");
    }

    #[test]
    fn many_at_once_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        std::thread::scope(|scope| {
            for thread in 0..8u8 {
                let cache = cache.clone();
                scope.spawn(move || {
                    for round in 0..50 {
                        cache.put("facts", &key("shared"), &vec![thread; 1_000 + round]);
                        let found = cache.get("facts", &key("shared")).unwrap();
                        assert!(found.iter().all(|byte| *byte == found[0]), "never half of one");
                    }
                });
            }
        });
    }
}
