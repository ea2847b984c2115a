use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::{FileError, Files, FolderEntry, Source, inside};

/// Files in memory by path. A folder exists as soon as a file lies in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl MemoryFiles {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    ///
    /// # Panics
    /// If the path leads out of the course folder: a bug in the caller.
    pub fn insert(&mut self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = inside(path.as_ref()).expect("a path inside the course");
        self.files.insert(path, bytes.as_ref().into());
    }

    /// Adds a file and returns the course, to build one in a single expression.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Self {
        self.insert(path, bytes);
        self
    }

    fn find(&self, path: &Path) -> Result<&Arc<[u8]>, FileError> {
        let clean = inside(path)?;
        let path = path.to_path_buf();
        match self.file(&clean) {
            Some(bytes) => Ok(bytes),
            None if self.is_folder(&clean) => Err(FileError::IsFolder { path }),
            None => Err(FileError::NotFound { path }),
        }
    }

    /// The file at a cleaned path. Names are the same whether letters and marks are written together or apart.
    fn file(&self, clean: &Path) -> Option<&Arc<[u8]>> {
        let same = |path: &Path| Some(path.to_str()?.nfc().eq(clean.to_str()?.nfc()));
        let is_plain = clean.to_str().is_none_or(str::is_ascii);
        let like = || self.files.iter().filter(|_| !is_plain).find(|(path, _)| same(path) == Some(true));
        self.files.get(clean).or_else(|| like().map(|(_, bytes)| bytes))
    }

    /// Whether a cleaned path is a folder; the course folder always is.
    fn is_folder(&self, clean: &Path) -> bool {
        clean.as_os_str().is_empty() || self.below(clean).next().is_some()
    }

    /// The paths below a cleaned folder path, relative to it.
    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.files
            .keys()
            .filter_map(move |path| path.strip_prefix(folder).ok())
            .filter(|rest| !rest.as_os_str().is_empty())
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        Ok(self.find(path)?.to_vec())
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        Ok(Box::new(Cursor::new(Arc::clone(self.find(path)?))))
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        let clean = inside(folder)?;
        if self.files.contains_key(&clean) {
            return Err(FileError::NotFound { path: folder.to_path_buf() });
        }
        let mut entries = BTreeSet::new();
        for rest in self.below(&clean) {
            let mut parts = rest.components();
            let Some(first) = parts.next() else { continue };
            let name = first.as_os_str().to_string_lossy().into_owned();
            entries.insert(FolderEntry { name, is_folder: parts.next().is_some() });
        }
        Ok(entries.into_iter().collect())
    }

    fn exists(&self, path: &Path) -> bool {
        inside(path).is_ok_and(|clean| self.file(&clean).is_some() || self.is_folder(&clean))
    }
}
