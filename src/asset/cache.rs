//! A cache of derived data, addressed by content: clip facts, prepared samples, resampled beds. It may be deleted at
//! any time.
//!
//! A key is a hash of everything the data was made from, so no entry ever becomes outdated. A damaged or unreadable
//! entry counts as a miss, never as an error, and if the folder cannot be written, `put` does nothing. Entries are
//! written to a temporary file and renamed, so that processes can share a folder and never read a partial entry.
//!
//! An entry is a file `<kind>/<key>`: 8 bytes of magic, the length of the payload (u64, little endian), its BLAKE3
//! hash (32 bytes), and the payload. Long sounds have their own format, see [`SampleFile`].
//!
//! The modification time of an entry is the time it was last used, to ten minutes; those used longest ago are removed first
//! where the cache grows too large (`limit`).

mod key;
mod limit;
mod samples;
mod windows;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use key::{CacheKey, CacheKeyBuilder, cpu_kind};
use limit::CacheUse;
pub use limit::{CleanError, Removed};
pub use samples::{SampleFile, SampleWriter};
pub use windows::SharedWindows;

const MAGIC: &[u8; 8] = b"adem-c1\n";
/// Magic, length, hash.
const HEADER: usize = 8 + 8 + 32;

/// A cache in a folder, or no cache. Cheap to clone; shared between threads.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
    /// Links in it are followed.
    links: bool,
    /// What this process does with it.
    usage: Arc<CacheUse>,
}

impl Cache {
    /// A cache in a folder, which is created when the first entry is stored.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::off() }
    }

    /// A cache in a folder that somebody else may have created: if it, or a folder or entry in it, is a link, nothing
    /// is read or stored. The same holds for an entry that is not a regular file, since reading one may block for
    /// ever.
    pub fn without_links(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), links: false, ..Self::off() }
    }

    /// No cache: nothing is found and nothing is stored.
    pub fn off() -> Self {
        Self { folder: None, links: true, usage: Arc::default() }
    }

    /// Its folder, which need not exist; `None` if it is off.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub fn is_off(&self) -> bool {
        self.folder.is_none()
    }

    /// The payload stored under this key; `None` if there is none or it is damaged.
    ///
    /// # Panics
    /// If `kind` is not a plain lowercase word: a bug in the caller. The same holds for all methods below.
    pub fn get(&self, kind: &str, key: &CacheKey) -> Option<Vec<u8>> {
        let mut file = fs::File::open(self.path(kind, key)?).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let (header, payload) = bytes.split_at_checked(HEADER)?;
        if header != entry_header(payload) {
            return None;
        }
        self.usage.found(key, &file);
        Some(bytes.split_off(HEADER))
    }

    /// Stores a payload under this key, if possible.
    pub fn put(&self, kind: &str, key: &CacheKey, payload: &[u8]) {
        let Some(path) = self.path(kind, key) else { return };
        let Some(mut pending) = self.pending(path) else { return };
        let written =
            pending.file.write_all(&entry_header(payload)).and_then(|()| pending.file.write_all(payload));
        if written.is_ok() && pending.keep() {
            self.usage.stored(key);
        }
    }

    /// The samples stored under this key; `None` if there are none.
    pub fn open_samples(&self, kind: &str, key: &CacheKey) -> Option<SampleFile> {
        let path = self.path(kind, key)?;
        let found = SampleFile::open(&path)?;
        if let Ok(file) = fs::File::open(&path) {
            self.usage.found(key, &file);
        }
        Some(found)
    }

    /// Starts to store samples under this key, block by block. If nothing can be stored, the writer discards them.
    pub fn put_samples(&self, kind: &str, key: &CacheKey, channels: usize) -> SampleWriter {
        let pending = self.path(kind, key).and_then(|path| self.pending(path));
        if pending.is_some() {
            self.usage.stored(key);
        }
        SampleWriter::entry(pending, channels)
    }

    /// A file for an entry, in a cache that is locked from then on.
    fn pending(&self, path: PathBuf) -> Option<PendingEntry> {
        if let Some(folder) = &self.folder {
            fs::create_dir_all(folder).ok()?;
            self.usage.lock(folder);
        }
        PendingEntry::new(path)
    }

    fn path(&self, kind: &str, key: &CacheKey) -> Option<PathBuf> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            !kind.is_empty() && kind.chars().all(plain),
            "a kind is a plain lowercase word, not {kind:?}"
        );
        let folder = self.folder.as_ref()?;
        let (kind, path) = (folder.join(kind), folder.join(kind).join(key.to_string()));
        let fits = |path: &Path, fits: fn(&fs::Metadata) -> bool| {
            self.links || fs::symlink_metadata(path).map_or(true, |found| fits(&found))
        };
        let own = fits(folder, fs::Metadata::is_dir) && fits(&kind, fs::Metadata::is_dir);
        if own {
            self.usage.lock(folder);
        }
        (own && fits(&path, fs::Metadata::is_file)).then_some(path)
    }
}

fn entry_header(payload: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    header[16..].copy_from_slice(blake3::hash(payload).as_bytes());
    header
}

/// A temporary file next to the entry that it will become. Deleted unless it is kept.
#[derive(Debug)]
struct PendingEntry {
    file: fs::File,
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl PendingEntry {
    fn new(target: PathBuf) -> Option<Self> {
        // A unique name for every process and every entry.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        fs::create_dir_all(target.parent()?).ok()?;
        let path = target.with_extension(format!("{}-{count}.part", std::process::id()));
        // Removes a file left by a crashed process with the same id, and a link that was planted there.
        let _ = fs::remove_file(&path);
        let file = fs::OpenOptions::new().read(true).write(true).create_new(true).open(&path).ok()?;
        Some(Self { file, path, target, kept: false })
    }

    /// Renames the file to its final name; `false` if that fails.
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
            // If it cannot be removed, a `.part` file is left, which does no harm.
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
