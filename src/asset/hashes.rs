//! The hashes of files, remembered by what the system says of a file, so that a file is read again only when it has
//! changed: within a process in memory, across processes in the cache.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use crate::files::{Files, Stamp};

/// A file that was modified so shortly before it was read may be modified again without its time showing it: some
/// file systems count in steps of two seconds. Its hash is not remembered.
const SETTLED: Duration = Duration::from_secs(3);

/// The kind of these entries in the cache.
const KIND: &str = "hashes";

/// The hashes that are known.
#[derive(Debug, Default)]
pub struct Hashes {
    known: Mutex<HashMap<Stamp, CacheKey>>,
}

/// A file about to be read, as the system describes it.
pub(super) struct Reading {
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

    /// Looks at a file before it is read.
    pub(super) fn begin(files: &dyn Files, path: &str) -> Reading {
        let now = SystemTime::now();
        Reading { stamp: files.stamp(Path::new(path)).filter(|stamp| is_settled(stamp, now)) }
    }

    /// Remembers the hash of what was read, if the file did not change meanwhile.
    pub(super) fn end(&self, reading: Reading, files: &dyn Files, cache: &Cache, path: &str, key: CacheKey) {
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

/// Whether a file was last modified long enough ago; one from the future was not.
fn is_settled(stamp: &Stamp, now: SystemTime) -> bool {
    now.duration_since(stamp.modified).is_ok_and(|age| age >= SETTLED)
}

/// The name of a remembered hash in the cache.
fn name(stamp: &Stamp) -> CacheKey {
    let Stamp { path, bytes, modified, inode, device } = stamp;
    // Times before 1970 are told apart by their sign.
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
