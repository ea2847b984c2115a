//! Finished files in a folder, each under the fingerprint of its version, whole or not at all. The one that has not been asked
//! for for the longest time makes room. With a store, which any number of services share, files come from there and go there.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    by_name: HashMap<String, (u64, u64)>,
    bytes: u64,
    uses: u64,
}

impl KnownFiles {
    fn note(&mut self, name: &str, bytes: u64) {
        self.uses += 1;
        let before = self.by_name.insert(name.to_owned(), (bytes, self.uses));
        self.bytes = self.bytes + bytes - before.map_or(0, |(bytes, _)| bytes);
    }

    fn forget(&mut self, name: &str) {
        if let Some((bytes, _)) = self.by_name.remove(name) {
            self.bytes -= bytes;
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
                found.push((about.modified().ok(), name, about.len()));
            }
        }
        found.sort();
        let mut known = KnownFiles::default();
        found.iter().for_each(|(_, name, bytes)| known.note(name, *bytes));
        let files = Self { folder: folder.to_owned(), limit, known: Mutex::new(known), store };
        files.trim();
        Ok(files)
    }

    /// A file that is there, with its size.
    pub fn find(&self, name: &str) -> Option<(SharedFile, u64)> {
        let opened = File::open(self.folder.join(name)).and_then(|file| {
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        });
        let mut known = self.known();
        if let Ok((file, bytes)) = opened {
            known.note(name, bytes);
            Some((SharedFile::new(file), bytes))
        } else {
            known.forget(name);
            None
        }
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
    pub fn finish(&self, name: &str, file: OutputFile, bytes: u64) -> Result<(), ExportError> {
        file.commit()?;
        self.known().note(name, bytes);
        self.trim();
        if let Some(store) = &self.store {
            let kept =
                store.keep_served(name, &self.folder.join(name)).and_then(|()| store.trim_served(self.limit));
            // Without it in the store, another service makes it again.
            kept.unwrap_or_else(|error: StoreError| tracing::warn!(%error, name, "a file cannot be stored"));
        }
        Ok(())
    }

    /// How many bytes the files have together.
    pub fn bytes(&self) -> u64 {
        self.known().bytes
    }

    /// Removes files until the rest is within the limit; the last one stays.
    fn trim(&self) {
        let mut known = self.known();
        while known.bytes > self.limit && known.by_name.len() > 1 {
            let oldest = known.by_name.iter().min_by_key(|(_, (_, last_use))| *last_use);
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

/// Whether a file in the folder is one of these: a fingerprint and an ending.
fn is_name(name: &str) -> bool {
    let Some((fingerprint, ending)) = name.split_once('.') else { return false };
    let is_hex = fingerprint.len() == 32 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex && !ending.is_empty()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

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
