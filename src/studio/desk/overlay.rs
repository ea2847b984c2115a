//! The files of the course with one text in place of what is on disk, to see what an edit would do before it is written.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::lock;
use crate::edit::hash_of_bytes;
use crate::files::{FileError, Files, FolderEntry, Source, Stamp};

pub(super) struct OverlayFiles<F> {
    below: F,
    path: PathBuf,
    text: String,
    /// The hash of every file that was read whole.
    read: Mutex<BTreeMap<PathBuf, String>>,
}

impl<F: Files> OverlayFiles<F> {
    pub(super) fn new(below: F, path: &str, text: &str) -> Self {
        Self { below, path: path.into(), text: text.to_owned(), read: Mutex::default() }
    }

    /// The hash of every file that was read whole until now, which tells what was read from what lies on the disk later.
    pub(super) fn hashes(&self) -> BTreeMap<PathBuf, String> {
        lock(&self.read).clone()
    }

    fn is_it(&self, path: &Path) -> bool {
        path == self.path
    }
}

impl<F: Files> Files for OverlayFiles<F> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let bytes = if self.is_it(path) { self.text.clone().into_bytes() } else { self.below.read(path)? };
        lock(&self.read).insert(path.to_owned(), hash_of_bytes(&bytes));
        Ok(bytes)
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        if self.is_it(path) {
            return Ok(Box::new(Cursor::new(self.text.clone().into_bytes())));
        }
        self.below.open(path)
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        self.below.list(folder)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        if self.is_it(path) { None } else { self.below.stamp(path) }
    }

    fn exists(&self, path: &Path) -> bool {
        self.is_it(path) || self.below.exists(path)
    }

    fn refused_links(&self) -> Vec<PathBuf> {
        self.below.refused_links()
    }
}
