//! How large a cache is, and what is removed of it: what has not been used for the longest time.
//!
//! Every process holds a shared lock on the file `lock` from its first use of the cache to its end, and whoever removes entries
//! holds it alone, so that no entry disappears that a process has found and goes on to read.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use thiserror::Error;

use super::{Cache, CacheKey, MAGIC, samples};

/// An entry that was marked as used less than this ago is not marked again.
const MARK_EVERY: Duration = Duration::from_secs(600);

/// What a process has done with a cache.
#[derive(Debug, Default)]
pub(super) struct CacheUse {
    /// The shared lock; `None` inside where it cannot be had.
    lock: OnceLock<Mutex<Option<File>>>,
    read: AtomicU64,
    written: AtomicU64,
    keys: Mutex<BTreeSet<CacheKey>>,
}

/// What was removed of a cache, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub entries: usize,
    pub bytes: u64,
    /// What remains.
    pub bytes_left: u64,
}

/// Why nothing, or not all, was removed.
#[derive(Debug, Error)]
pub enum CleanError {
    /// Another process uses the cache.
    #[error("another adem is using the cache in {0}; wait for it to end")]
    Busy(PathBuf),
    #[error("{0} cannot be removed: {1}")]
    Remove(PathBuf, io::Error),
}

/// An entry, or a file that a process left unfinished.
struct CacheFile {
    path: PathBuf,
    /// `None` for an unfinished one.
    key: Option<String>,
    bytes: u64,
    used: SystemTime,
}

impl CacheUse {
    /// Notes that an entry is used, and marks it so on disk.
    pub(super) fn found(&self, key: &CacheKey, file: &File) {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.note(key);
        let is_old = |file: &File| {
            let marked = file.metadata().ok()?.modified().ok()?;
            Some(marked.elapsed().ok()? > MARK_EVERY)
        };
        if is_old(file) == Some(true) {
            // Where this is not permitted, entries are removed in the order in which they were made.
            let _ = file.set_modified(SystemTime::now());
        }
    }

    pub(super) fn stored(&self, key: &CacheKey) {
        self.written.fetch_add(1, Ordering::Relaxed);
        self.note(key);
    }

    fn note(&self, key: &CacheKey) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(*key);
    }

    /// Takes the shared lock in this folder, once there is one.
    pub(super) fn lock(&self, folder: &Path) {
        if self.lock.get().is_some() || !folder.is_dir() {
            return;
        }
        self.lock.get_or_init(|| {
            let lock = lock_file(folder).filter(|file| file.lock_shared().is_ok());
            Mutex::new(lock)
        });
    }
}

impl Cache {
    /// How many entries this process has read, and how many it has written.
    pub fn counts(&self) -> (u64, u64) {
        (self.usage.read.load(Ordering::Relaxed), self.usage.written.load(Ordering::Relaxed))
    }

    /// Removes entries that have not been used for the longest time until the rest is no larger than this; none that this
    /// process has used. Nothing is removed while another process uses the cache: the last one does it. Only for the end of
    /// a process, as the cache is not locked afterwards.
    pub fn trim(&self, most: u64) -> Removed {
        let nothing = Removed::default();
        let Some(folder) = &self.folder else { return nothing };
        self.unlock();
        let Ok(_lock) = self.alone(folder) else { return nothing };
        let (mut files, total) = self.all();
        files.sort_by_key(|file| file.used);
        let used = self.usage.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let used: BTreeSet<String> = used.iter().map(ToString::to_string).collect();
        let mut removed = Removed { bytes_left: total, ..nothing };
        for file in files {
            let is_stray = file.key.is_none();
            let is_used = file.key.as_ref().is_some_and(|key| used.contains(key));
            if is_used || (removed.bytes_left <= most && !is_stray) {
                continue;
            }
            if Self::is_ours(&file) && fs::remove_file(&file.path).is_ok() {
                removed.count(&file);
            }
        }
        removed
    }

    /// Removes all entries, or those that have not been used for so long; `dry_run` only counts them.
    ///
    /// # Errors
    /// [`CleanError`] if another process uses the cache, or an entry cannot be removed.
    pub fn clean(&self, unused_for: Option<Duration>, dry_run: bool) -> Result<Removed, CleanError> {
        let Some(folder) = &self.folder else { return Ok(Removed::default()) };
        let _lock = if dry_run { None } else { Some(self.alone(folder)?) };
        let (files, total) = self.all();
        let mut removed = Removed { bytes_left: total, ..Removed::default() };
        for file in files {
            let unused = file.used.elapsed().unwrap_or_default();
            if unused_for.is_some_and(|least| unused < least) || !Self::is_ours(&file) {
                continue;
            }
            if !dry_run {
                fs::remove_file(&file.path).map_err(|error| CleanError::Remove(file.path.clone(), error))?;
            }
            removed.count(&file);
        }
        Ok(removed)
    }

    fn unlock(&self) {
        if let Some(lock) = self.usage.lock.get() {
            drop(lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }

    /// The lock that keeps other processes out, until it is dropped; `None` where there is no folder.
    fn alone(&self, folder: &Path) -> Result<Option<File>, CleanError> {
        if !self.is_own_folder(folder) {
            return Ok(None);
        }
        let Some(file) = lock_file(folder) else { return Ok(None) };
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(CleanError::Busy(folder.to_owned())),
            // Some network disks have no locks.
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// All files of the cache, and how many bytes they have. Files of others in this folder are not among them.
    fn all(&self) -> (Vec<CacheFile>, u64) {
        let Some(folder) = self.folder.as_ref().filter(|folder| self.is_own_folder(folder)) else {
            return (Vec::new(), 0);
        };
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let kinds = entries(folder).filter(|kind| kind.file_type().is_ok_and(|kind| kind.is_dir()));
        let files: Vec<_> =
            kinds.flat_map(|kind| entries(&kind.path())).filter_map(|entry| file(&entry)).collect();
        let total = files.iter().map(|file| file.bytes).sum();
        (files, total)
    }

    fn is_own_folder(&self, folder: &Path) -> bool {
        self.links || fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir())
    }

    /// Whether a file was written by a cache: `ADEM_CACHE` may name a folder of other things.
    fn is_ours(file: &CacheFile) -> bool {
        let begins = || -> io::Result<[u8; 8]> {
            let mut start = [0; 8];
            io::Read::read_exact(&mut File::open(&file.path)?, &mut start)?;
            Ok(start)
        };
        // An unfinished sound has no header yet.
        file.key.is_none() || begins().is_ok_and(|start| start == *MAGIC || start == *samples::MAGIC)
    }
}

impl Removed {
    fn count(&mut self, file: &CacheFile) {
        self.entries += usize::from(file.key.is_some());
        self.bytes += file.bytes;
        self.bytes_left = self.bytes_left.saturating_sub(file.bytes);
    }
}

/// A file of the cache by its name: 64 hexadecimal digits, and `.<process>-<number>.part` if it is unfinished.
fn file(entry: &fs::DirEntry) -> Option<CacheFile> {
    let name = entry.file_name().into_string().ok()?;
    let facts = entry.metadata().ok().filter(fs::Metadata::is_file)?;
    let (key, rest) = name.split_at_checked(64)?;
    let is_key = key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let is_part = || {
        let number = rest.strip_prefix('.')?.strip_suffix(".part")?;
        number.split_once('-').filter(|(process, count)| {
            [process, count].into_iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    if !is_key || !(rest.is_empty() || is_part().is_some()) {
        return None;
    }
    let key = rest.is_empty().then(|| key.to_owned());
    Some(CacheFile { path: entry.path(), key, bytes: facts.len(), used: facts.modified().ok()? })
}

/// The file that is locked; `None` if there is no such folder, or it cannot be had.
fn lock_file(folder: &Path) -> Option<File> {
    let path = folder.join("lock");
    if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
        return None;
    }
    File::options().create(true).truncate(false).write(true).open(path).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::key;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// A cache with entries of 1000 bytes and more, used so many hours ago.
    fn aged(folder: &Path, entries: &[(&str, u32)]) {
        let cache = Cache::at(folder);
        for (name, hours) in entries {
            cache.put("facts", &key(name), &[7; 1_000]);
            let path = folder.join("facts").join(key(name).to_string());
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - HOUR * *hours).unwrap();
        }
    }

    fn names<'a>(folder: &Path, all: &[&'a str]) -> Vec<&'a str> {
        let there = |name: &&&str| folder.join("facts").join(key(name).to_string()).exists();
        all.iter().filter(there).copied().collect()
    }

    #[test]
    fn what_was_used_last_is_kept_and_what_this_process_used() {
        let folder = tempfile::tempdir().unwrap();
        let all = ["a", "b", "c", "d"];
        aged(folder.path(), &[("a", 9), ("b", 7), ("c", 8), ("d", 1)]);
        // Another process uses the oldest one, so that it is the newest.
        assert!(Cache::at(folder.path()).get("facts", &key("a")).is_some());
        let cache = Cache::at(folder.path());
        let removed = cache.trim(3_200);
        assert_eq!((removed.entries, names(folder.path(), &all)), (1, vec!["a", "b", "d"]));
        assert_eq!(removed.bytes_left, 3 * 1_048);
        let cache = Cache::at(folder.path());
        assert!(cache.get("facts", &key("b")).is_some());
        assert_eq!(cache.counts(), (1, 0));
        cache.trim(0);
        assert_eq!(names(folder.path(), &all), ["b"]);
    }

    #[test]
    fn nothing_is_removed_while_another_uses_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        aged(folder.path(), &[("a", 9), ("b", 7)]);
        let other = Cache::at(folder.path());
        assert!(other.get("facts", &key("a")).is_some());
        let cache = Cache::at(folder.path());
        assert_eq!(cache.trim(0), Removed::default());
        assert!(matches!(cache.clean(None, false), Err(CleanError::Busy(_))));
        assert_eq!(cache.clean(None, true).unwrap().entries, 2, "counting needs no lock");
        drop(other);
        assert_eq!(cache.clean(None, false).unwrap().entries, 2);
    }

    #[test]
    fn only_files_of_a_cache_are_removed_and_unfinished_ones_are() {
        let folder = tempfile::tempdir().unwrap();
        aged(folder.path(), &[("a", 1)]);
        let other = ["notes.txt", "facts/notes.txt", "facts/deep/x"].map(|name| folder.path().join(name));
        let hash = folder.path().join("sha256").join(key("a").to_string());
        let part = folder.path().join("facts").join(format!("{}.12-3.part", key("b")));
        for path in other.iter().chain([&hash, &part]) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "somebody else's").unwrap();
        }
        let removed = Cache::at(folder.path()).clean(None, false).unwrap();
        assert_eq!((removed.entries, removed.bytes), (1, 1_048 + 15));
        assert!(other.iter().chain([&hash]).all(|path| path.exists()) && !part.exists());
    }

    #[test]
    fn what_was_used_lately_is_kept_where_an_age_is_given() {
        let folder = tempfile::tempdir().unwrap();
        aged(folder.path(), &[("a", 50), ("b", 10)]);
        let cache = Cache::at(folder.path());
        assert_eq!(cache.clean(Some(HOUR * 24), true).unwrap().entries, 1);
        assert_eq!(names(folder.path(), &["a", "b"]), ["a", "b"]);
        cache.clean(Some(HOUR * 24), false).unwrap();
        assert_eq!(names(folder.path(), &["a", "b"]), ["b"]);
        assert_eq!(Cache::off().clean(None, false).unwrap(), Removed::default());
    }
}
