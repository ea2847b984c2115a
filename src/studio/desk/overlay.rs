//! The files of the course with one text in place of what is on disk, to see what an edit would do before it is written.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use crate::files::{FileError, Files, FolderEntry, Source, Stamp};

pub(super) struct OverlayFiles<F> {
    pub below: F,
    pub path: PathBuf,
    pub text: String,
}

impl<F: Files> OverlayFiles<F> {
    fn is_it(&self, path: &Path) -> bool {
        path == self.path
    }
}

impl<F: Files> Files for OverlayFiles<F> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        if self.is_it(path) { Ok(self.text.clone().into_bytes()) } else { self.below.read(path) }
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
