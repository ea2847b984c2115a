//! The folder of the site on disk. Files of deliveries are linked where the system can, so that they take no room twice;
//! what an earlier build wrote and this one did not is removed, and files of others are left alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::contents::SiteFile;
use crate::build::manifest::{SUMS, check_sums};
use crate::build::record::sha256;
use crate::export::{ExportError, write_whole};

/// What the build remembers of the site, below the output folder: the files it wrote, with what they were made of.
const LIST: &str = ".build/site";

/// What is remembered of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct WrittenFile {
    /// A hash of what it was made of; empty for a text, which is written if it differs.
    made_of: String,
    /// In hexadecimal.
    sha256: String,
}

/// The paths of the files of the site below an output folder, and when they were noted; `None` if nothing was noted since `known`.
pub fn written_files(out: &Path, known: Option<SystemTime>) -> Option<(Option<SystemTime>, Vec<String>)> {
    let list = out.join(LIST);
    let noted = fs::metadata(&list).and_then(|about| about.modified()).ok();
    if noted.is_some() && noted == known {
        return None;
    }
    let written = fs::read(list).unwrap_or_default();
    let written: BTreeMap<String, WrittenFile> = serde_json::from_slice(&written).unwrap_or_default();
    Some((noted, written.into_keys().collect()))
}

/// The folder of the site while it is written.
pub(super) struct SiteFolder<'a> {
    out: &'a Path,
    root: PathBuf,
    /// Paths of this build with what they were made of.
    written: BTreeMap<String, WrittenFile>,
    before: BTreeMap<String, WrittenFile>,
}

impl<'a> SiteFolder<'a> {
    /// The site below an output folder.
    pub(super) fn open(out: &'a Path) -> Self {
        let known = fs::read(out.join(LIST)).unwrap_or_default();
        let before = serde_json::from_slice(&known).unwrap_or_default();
        Self { out, root: out.join(super::FOLDER), written: BTreeMap::new(), before }
    }

    /// Writes a file, unless it is there already.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let to = self.root.join(path);
        if !fs::read(&to).is_ok_and(|there| there == bytes) {
            write_whole(&to, bytes)?;
        }
        let mut bytes = bytes;
        let sha256 = sha256(&mut bytes).map_err(|error| ExportError::new(&to, error))?;
        self.written.insert(path.to_owned(), WrittenFile { made_of: String::new(), sha256 });
        Ok(())
    }

    /// Puts a file of a delivery into the site.
    pub(super) fn link(&mut self, file: &SiteFile) -> Result<(), ExportError> {
        let (from, to) = (self.out.join(&file.from), self.root.join(&file.path));
        let is_new = self.before.get(&file.path).is_none_or(|before| before.sha256 != file.sha256);
        if is_new || !same_file(&from, &to) {
            link(&from, &to).map_err(|error| ExportError::new(&to, error))?;
        }
        let written = WrittenFile { made_of: file.sha256.clone(), sha256: file.sha256.clone() };
        self.written.insert(file.path.clone(), written);
        Ok(())
    }

    /// Makes a large file with `make`, unless it is there and was made of the same.
    pub(super) fn make(
        &mut self,
        path: &str,
        made_of: String,
        make: impl FnOnce(&Path) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let to = self.root.join(path);
        let before = self.before.get(path).filter(|before| before.made_of == made_of && to.is_file());
        let sha256 = if let Some(before) = before {
            before.sha256.clone()
        } else {
            make(&to)?;
            let hashed = File::open(&to).and_then(|mut file| sha256(&mut file));
            hashed.map_err(|error| ExportError::new(&to, error))?
        };
        self.written.insert(path.to_owned(), WrittenFile { made_of, sha256 });
        Ok(())
    }

    /// Removes what the last build wrote and this one did not, writes the checksums of the rest, and remembers this one.
    pub(super) fn finish(mut self) -> Result<SiteSize, ExportError> {
        let sums = self.written.iter().map(|(path, file)| (path.as_str(), file.sha256.as_str()));
        let sums = check_sums(sums);
        self.write(SUMS, sums.as_bytes())?;
        for path in self.before.keys().filter(|path| !self.written.contains_key(*path)) {
            let old = self.root.join(path);
            // A file that cannot be removed stays and is linked from nowhere; folders go when they are empty.
            let _ = fs::remove_file(&old);
            let mut folder = old.parent();
            while let Some(empty) = folder.filter(|folder| *folder != self.root) {
                if fs::remove_dir(empty).is_err() {
                    break;
                }
                folder = empty.parent();
            }
        }
        let list = serde_json::to_vec(&self.written).expect("a list of plain data");
        let path = self.out.join(LIST);
        if !fs::read(&path).is_ok_and(|there| there == list) {
            write_whole(path, &list)?;
        }
        let size = |path: &String| fs::metadata(self.root.join(path)).map_or(0, |file| file.len());
        Ok(SiteSize { files: self.written.len(), bytes: self.written.keys().map(size).sum() })
    }
}

/// How large a site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteSize {
    pub files: usize,
    pub bytes: u64,
}

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether two paths are as good as the same file: of one length and one time.
fn same_file(from: &Path, to: &Path) -> bool {
    let (Ok(from), Ok(to)) = (fs::metadata(from), fs::metadata(to)) else { return false };
    from.len() == to.len() && from.modified().ok() == to.modified().ok()
}

/// A hard link, or a copy where the system has none, such as across two disks.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(to) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
        let time = fs::metadata(from)?.modified()?;
        File::options().write(true).open(to)?.set_modified(time)?;
    }
    Ok(())
}
