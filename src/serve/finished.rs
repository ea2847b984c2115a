//! Finished files in a folder, each under the fingerprint of its version, whole or not at all. The one that has not been asked
//! for for the longest time makes room. With a store, which any number of services share, files come from there and go there.
//! Each ends with a seal, which is not served: a file that is damaged, or has lost its end, is made again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::build::store::{ResultStore, StoreError};
use crate::export::{ExportError, OutputFile, stray_files};
use crate::files::SharedFile;

/// The finished files of a service.
pub struct FinishedFiles {
    folder: PathBuf,
    /// The most bytes of all files together.
    limit: u64,
    known: Mutex<KnownFiles>,
    store: Option<ResultStore>,
}

#[derive(Default)]
struct KnownFiles {
    by_name: HashMap<String, KnownFile>,
    bytes: u64,
    uses: u64,
}

struct KnownFile {
    bytes: u64,
    last_use: u64,
    /// When it was written last, if all of it was read since then and is as its seal says.
    checked: Option<SystemTime>,
}

impl KnownFiles {
    fn note(&mut self, name: &str, bytes: u64, checked: Option<SystemTime>) {
        self.uses += 1;
        let known = KnownFile { bytes, last_use: self.uses, checked };
        let before = self.by_name.insert(name.to_owned(), known);
        self.bytes = self.bytes + bytes - before.map_or(0, |before| before.bytes);
    }

    fn forget(&mut self, name: &str) {
        if let Some(known) = self.by_name.remove(name) {
            self.bytes -= known.bytes;
        }
    }
}

impl FinishedFiles {
    /// The files of a folder, which is made if it is not there. What a process that was killed has left is removed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(folder: &Path, limit: u64, store: Option<ResultStore>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for stray in stray_files(folder) {
            // Another service may remove it at the same time.
            let _ = fs::remove_file(stray);
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)?.flatten() {
            let Ok(about) = entry.metadata() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            if about.is_file() && is_name(&name) {
                found.push((about.modified().ok(), name, about.len().saturating_sub(SEAL as u64)));
            }
        }
        found.sort();
        let mut known = KnownFiles::default();
        found.iter().for_each(|(_, name, bytes)| known.note(name, *bytes, None));
        let files = Self { folder: folder.to_owned(), limit, known: Mutex::new(known), store };
        files.trim();
        Ok(files)
    }

    /// A file that is there, with its size. One that is not as its seal says is removed.
    pub fn find(&self, name: &str) -> Option<(SharedFile, u64)> {
        let path = self.folder.join(name);
        let Ok(file) = File::open(&path) else {
            self.known().forget(name);
            return None;
        };
        if let Ok(Some((bytes, written))) = self.whole(name, &file) {
            self.known().note(name, bytes, written);
            return Some((SharedFile::new(file), bytes));
        }
        tracing::warn!(path = %path.display(), "a finished file is damaged and is made again");
        let _ = fs::remove_file(&path);
        self.known().forget(name);
        None
    }

    /// The size of a file that is whole, and when it was written: by all of it where it was written since it was read, else by
    /// its size.
    fn whole(&self, name: &str, mut file: &File) -> io::Result<Option<(u64, Option<SystemTime>)>> {
        let about = file.metadata()?;
        let written = about.modified().ok();
        let Some(bytes) = about.len().checked_sub(SEAL as u64) else { return Ok(None) };
        let known = self.known().by_name.get(name).map(|known| (known.bytes, known.checked));
        if let Some((known, checked @ Some(_))) = known
            && checked == written
        {
            return Ok((known == bytes).then_some((bytes, written)));
        }
        let expected = seal(file, bytes)?;
        let mut found = [0; SEAL];
        file.read_exact(&mut found)?;
        Ok((found == expected).then_some((bytes, written)))
    }

    /// The folder of the files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Brings a file from the store, if that has it. This may take a while.
    pub fn fetch(&self, name: &str) -> Option<(SharedFile, u64)> {
        let store = self.store.as_ref()?;
        match store.fetch_served(name, &self.folder.join(name)) {
            Ok(true) => {
                let found = self.find(name);
                self.trim();
                found
            }
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(%error, name, "a file cannot be had from the store");
                None
            }
        }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn begin(&self, name: &str) -> Result<OutputFile, ExportError> {
        OutputFile::create(self.folder.join(name))
    }

    /// Gives a file its name once all of it is on the disk, and puts it into the store. This may take a while.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn finish(&self, name: &str, mut file: OutputFile, bytes: u64) -> Result<(), ExportError> {
        let reader = file.reader().and_then(|reader| reader.ok_or_else(|| io::ErrorKind::Unsupported.into()));
        reader
            .and_then(|reader| seal(reader, bytes))
            .and_then(|seal| {
                file.seek(SeekFrom::Start(bytes))?;
                file.write_all(&seal)
            })
            .map_err(|error| ExportError::new(self.folder.join(name), error))?;
        file.commit()?;
        let written = fs::metadata(self.folder.join(name)).and_then(|about| about.modified()).ok();
        self.known().note(name, bytes, written);
        self.trim();
        if let Some(store) = &self.store {
            let kept =
                store.keep_served(name, &self.folder.join(name)).and_then(|()| store.trim_served(self.limit));
            // Without it in the store, another service makes it again.
            kept.unwrap_or_else(|error: StoreError| tracing::warn!(%error, name, "a file cannot be stored"));
        }
        Ok(())
    }

    /// Removes the files that were not asked for for the longest time, half of all bytes, as the disk is full. Returns whether
    /// there was anything to remove.
    pub fn make_room(&self) -> bool {
        let aim = self.known().bytes / 2;
        let before = self.bytes();
        self.trim_to(aim, 0);
        self.bytes() < before
    }

    /// How many bytes the files have together.
    pub fn bytes(&self) -> u64 {
        self.known().bytes
    }

    /// Removes files until the rest is within the limit; the last one stays.
    fn trim(&self) {
        self.trim_to(self.limit, 1);
    }

    /// Removes files, those that were not asked for for the longest time first, until no more bytes or files are left.
    fn trim_to(&self, bytes: u64, count: usize) {
        let mut known = self.known();
        while known.bytes > bytes && known.by_name.len() > count {
            let oldest = known.by_name.iter().min_by_key(|(_, known)| known.last_use);
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { break };
            // Whoever reads it goes on reading it.
            let _ = fs::remove_file(self.folder.join(&oldest));
            known.forget(&oldest);
        }
    }

    fn known(&self) -> MutexGuard<'_, KnownFiles> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a seal.
const SEAL: usize = 40;

/// What follows the bytes of a file: their number, and their hash by BLAKE3.
fn seal(from: impl Read, bytes: u64) -> io::Result<[u8; SEAL]> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(from.take(bytes))?;
    let mut seal = [0; SEAL];
    let (number, sum) = seal.split_at_mut(8);
    number.copy_from_slice(&bytes.to_le_bytes());
    sum.copy_from_slice(hash.finalize().as_bytes());
    Ok(seal)
}

/// Whether a file in the folder is one of these: a fingerprint and an ending.
fn is_name(name: &str) -> bool {
    let Some((fingerprint, ending)) = name.split_once('.') else { return false };
    let is_hex = fingerprint.len() == 32 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex && !ending.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(files: &FinishedFiles, name: &str, bytes: usize) {
        let mut file = files.begin(name).unwrap();
        file.write_all(&vec![7; bytes]).unwrap();
        files.finish(name, file, bytes as u64).unwrap();
    }

    #[test]
    fn files_stay_over_a_restart_and_the_oldest_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let name = |letter: &str| format!("{}.opus", letter.repeat(32));
        let [a, b, c] = ["a", "b", "c"].map(name);
        let files = FinishedFiles::open(folder.path(), 250, None).unwrap();
        put(&files, &a, 100);
        put(&files, &b, 100);
        assert!(files.find(&a).is_some());
        put(&files, &c, 100);
        assert!(files.find(&b).is_none() && files.find(&a).is_some());
        drop(files.begin(&b).unwrap());
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let again = FinishedFiles::open(folder.path(), 1_000, None).unwrap();
        assert_eq!(again.bytes(), 200);
        assert!(again.find(&b).is_none(), "what was not finished is not there");
        let least = FinishedFiles::open(folder.path(), 10, None).unwrap();
        assert_eq!(least.bytes(), 100, "the last one stays");
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn a_file_that_is_damaged_or_has_lost_its_end_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("{}.flac", "a".repeat(32));
        let path = folder.path().join(&name);
        for harm in [
            |bytes: &mut Vec<u8>| bytes.truncate(50),
            |bytes: &mut Vec<u8>| bytes.truncate(10),
            |bytes: &mut Vec<u8>| bytes.clear(),
            |bytes: &mut Vec<u8>| bytes[20] ^= 1,
        ] {
            put(&FinishedFiles::open(folder.path(), 1_000, None).unwrap(), &name, 100);
            let again = FinishedFiles::open(folder.path(), 1_000, None).unwrap();
            assert_eq!(again.find(&name).map(|(_, bytes)| bytes), Some(100));
            let mut bytes = fs::read(&path).unwrap();
            harm(&mut bytes);
            fs::write(&path, &bytes).unwrap();
            // Later than any clock of a disk rounds to.
            let later = SystemTime::now() + std::time::Duration::from_secs(5);
            File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
            assert!(again.find(&name).is_none() && !path.exists(), "while the service runs");
            fs::write(&path, &bytes).unwrap();
            let again = FinishedFiles::open(folder.path(), 1_000, None).unwrap();
            assert!(again.find(&name).is_none() && !path.exists());
        }
    }

    #[test]
    fn two_services_share_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store").to_string_lossy().into_owned();
        let open = |name: &str| {
            let store = ResultStore::open(&place).unwrap();
            FinishedFiles::open(&folder.path().join(name), 250, Some(store)).unwrap()
        };
        let (one, other) = (open("one"), open("other"));
        let names = ["a", "b", "c"].map(|letter| format!("{}.mp3", letter.repeat(32)));
        put(&one, &names[0], 100);
        assert!(other.find(&names[0]).is_none());
        assert_eq!(other.fetch(&names[0]).map(|(_, bytes)| bytes), Some(100));
        assert!(other.find(&names[0]).is_some());
        put(&one, &names[1], 90);
        put(&one, &names[2], 80);
        let third = open("third");
        assert!(third.fetch(&names[0]).is_none(), "the store has its limit too");
        assert!(third.fetch(&names[2]).is_some());
    }
}
