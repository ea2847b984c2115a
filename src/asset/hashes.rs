//! Remembers the hashes of files by their metadata, in memory and in the cache, so that a file is read again only if it
//! has changed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use crate::files::{Files, Stamp};

/// A file modified less than this before it was read may change again with the same modification time, as some file
/// systems have a resolution of two seconds. Its hash is not remembered.
const SETTLED: Duration = Duration::from_secs(3);

/// The kind of these entries in the cache.
const KIND: &str = "hashes";

#[derive(Debug, Default)]
pub struct Hashes {
    known: Mutex<HashMap<Stamp, CacheKey>>,
}

/// The metadata of a file that is about to be read.
pub(super) struct PendingHash {
    stamp: Option<Stamp>,
}

impl Hashes {
    /// The hash of a file that has not changed since it was remembered.
    pub(super) fn known(&self, files: &dyn Files, cache: &Cache, path: &str) -> Option<CacheKey> {
        let stamp = files.stamp(Path::new(path))?;
        if let Some(key) = self.lock().get(&stamp) {
            return Some(*key);
        }
        let kept: [u8; 32] = cache.get(KIND, &name(&stamp))?.try_into().ok()?;
        let key = CacheKey::from_bytes(kept);
        self.lock().insert(stamp, key);
        Some(key)
    }

    /// Gets the metadata of a file before it is read.
    pub(super) fn begin(files: &dyn Files, path: &str) -> PendingHash {
        let now = SystemTime::now();
        PendingHash { stamp: files.stamp(Path::new(path)).filter(|stamp| is_settled(stamp, now)) }
    }

    /// Remembers the hash of a file, unless it changed while it was read.
    pub(super) fn end(
        &self,
        reading: PendingHash,
        files: &dyn Files,
        cache: &Cache,
        path: &str,
        key: CacheKey,
    ) {
        let Some(stamp) = reading.stamp else { return };
        if files.stamp(Path::new(path)).as_ref() == Some(&stamp) {
            cache.put(KIND, &name(&stamp), key.bytes());
            self.lock().insert(stamp, key);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Stamp, CacheKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a file was modified long enough ago; a time in the future does not count.
fn is_settled(stamp: &Stamp, now: SystemTime) -> bool {
    now.duration_since(stamp.modified).is_ok_and(|age| age >= SETTLED)
}

/// The cache key of a remembered hash.
fn name(stamp: &Stamp) -> CacheKey {
    let Stamp { path, bytes, modified, inode, device } = stamp;
    // The sign distinguishes times before 1970.
    let (sign, since) = match modified.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (0, since),
        Err(before) => (1, before.duration()),
    };
    CacheKeyBuilder::new("hash")
        .field("path", path.as_os_str().as_encoded_bytes())
        .number("bytes", *bytes)
        .number("sign", sign)
        .field("modified", since.as_nanos().to_le_bytes())
        .number("inode", *inode)
        .number("device", *device)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::DiskFiles;

    fn course() -> (tempfile::TempDir, DiskFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = DiskFiles::new(folder.path());
        (folder, files)
    }

    /// Writes a file that was last modified so many seconds ago.
    fn write(folder: &Path, text: &str, age: u64) {
        let path = folder.join("a.wav");
        std::fs::write(&path, text).unwrap();
        let then = SystemTime::now() - Duration::from_secs(age);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    fn read(hashes: &Hashes, files: &dyn Files, cache: &Cache) -> CacheKey {
        let reading = Hashes::begin(files, "a.wav");
        let key = CacheKey::of(&files.read(Path::new("a.wav")).unwrap());
        hashes.end(reading, files, cache, "a.wav", key);
        key
    }

    #[test]
    fn a_hash_is_known_until_the_file_changes_and_in_the_next_process_too() {
        let (folder, files) = course();
        let cache = Cache::at(folder.path().join("cache"));
        let hashes = Hashes::default();
        write(folder.path(), "one", 100);
        assert_eq!(hashes.known(&files, &cache, "a.wav"), None);
        let one = read(&hashes, &files, &cache);
        assert_eq!(hashes.known(&files, &Cache::off(), "a.wav"), Some(one));
        assert_eq!(Hashes::default().known(&files, &cache, "a.wav"), Some(one));
        assert_eq!(Hashes::default().known(&files, &Cache::off(), "a.wav"), None);
        // As long as before, at another time.
        write(folder.path(), "two", 50);
        assert_eq!(hashes.known(&files, &cache, "a.wav"), None);
        assert_ne!(read(&hashes, &files, &cache), one);
    }

    #[test]
    #[cfg(unix)]
    fn another_file_of_the_same_size_and_time_is_another_one() {
        let (folder, files) = course();
        let hashes = Hashes::default();
        write(folder.path(), "one", 100);
        read(&hashes, &files, &Cache::off());
        let path = folder.path().join("a.wav");
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        let other = folder.path().join("b.wav");
        std::fs::write(&other, "two").unwrap();
        std::fs::File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(hashes.known(&files, &Cache::off(), "a.wav"), None);
    }

    #[test]
    fn a_file_that_was_just_modified_is_not_remembered() {
        let (folder, files) = course();
        let hashes = Hashes::default();
        write(folder.path(), "one", 0);
        read(&hashes, &files, &Cache::off());
        assert_eq!(hashes.known(&files, &Cache::off(), "a.wav"), None);
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let stamp = Stamp { path: "a".into(), bytes: 1, modified: at(100), inode: 1, device: 1 };
        for (now, settled) in [(99, false), (100, false), (102, false), (103, true), (1_000, true)] {
            assert_eq!(is_settled(&stamp, at(now)), settled, "at {now}");
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_remembered() {
        let (folder, files) = course();
        let hashes = Hashes::default();
        write(folder.path(), "one", 100);
        let reading = Hashes::begin(&files, "a.wav");
        write(folder.path(), "two", 50);
        hashes.end(reading, &files, &Cache::off(), "a.wav", CacheKey::of(b"one"));
        assert_eq!(hashes.known(&files, &Cache::off(), "a.wav"), None);
    }

    #[test]
    fn every_part_of_a_stamp_counts() {
        let stamp =
            Stamp { path: "a".into(), bytes: 1, modified: SystemTime::UNIX_EPOCH, inode: 1, device: 1 };
        let later = SystemTime::UNIX_EPOCH + Duration::from_nanos(1);
        let others = [
            Stamp { path: "b".into(), ..stamp.clone() },
            Stamp { bytes: 2, ..stamp.clone() },
            Stamp { modified: later, ..stamp.clone() },
            Stamp { modified: SystemTime::UNIX_EPOCH - Duration::from_secs(1), ..stamp.clone() },
            Stamp { inode: 2, ..stamp.clone() },
            Stamp { device: 2, ..stamp.clone() },
        ];
        assert!(others.iter().all(|other| name(other) != name(&stamp)));
    }
}
