//! What a build remembers of each target: what its files were made of, and what they are. One small file a target, in
//! `.build/` of the output folder, written after the files it tells of.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::manifest::TrackEntry;
use super::matrix::BuildTarget;
use super::names::ReleasedName;
use crate::engine::Ingredients;
use crate::export::{ExportError, write_whole};

/// The folder of the records, below the output folder.
pub const FOLDER: &str = ".build";

/// The version of a record; one of another version is not read, so its target is built again.
const SCHEMA: u32 = 1;

/// What is remembered of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema: u32,
    /// Its files without their endings.
    pub stem: String,
    /// What its name was made from.
    #[serde(default)]
    pub name: Option<ReleasedName>,
    /// A hash of what was asked for.
    pub asked: String,
    /// The inputs of the course when it was last found to be up to date.
    pub stamp: Option<String>,
    /// Whether an older version of adem's own sound made it, when it was last found to be up to date.
    #[serde(default)]
    pub is_older: bool,
    pub ingredients: Ingredients,
    /// Its files, those of sound first.
    pub files: Vec<BuiltFile>,
    /// What the manifest says of it.
    pub track: TrackEntry,
}

/// A file that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltFile {
    /// Relative to the output folder, with `/`.
    pub path: String,
    pub bytes: u64,
    /// In nanoseconds since 1970, when it was written.
    pub modified: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl BuiltFile {
    /// A file as it is on disk.
    ///
    /// # Errors
    /// [`ExportError`] if it cannot be read.
    pub fn of(out: &Path, path: &Path) -> Result<Self, ExportError> {
        Self::read(out, path).map_err(|error| ExportError::new(path, error))
    }

    /// A file as it is on disk, whose hash is known from writing it.
    ///
    /// # Errors
    /// [`ExportError`] if it is not there.
    pub(super) fn written(out: &Path, path: &Path, sha256: &str) -> Result<Self, ExportError> {
        let found = fs::metadata(path);
        let found = found.and_then(|found| Self::found(out, path, &found, sha256.to_owned()));
        found.map_err(|error| ExportError::new(path, error))
    }

    fn read(out: &Path, path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let found = file.metadata()?;
        Self::found(out, path, &found, sha256(&mut file)?)
    }

    fn found(out: &Path, path: &Path, found: &fs::Metadata, sha256: String) -> io::Result<Self> {
        let relative = path.strip_prefix(out).unwrap_or(path);
        Ok(Self { path: slashes(relative), bytes: found.len(), modified: nanoseconds(found)?, sha256 })
    }

    /// Whether the file is there as it was written, as far as the system tells without reading it.
    pub fn is_there(&self, out: &Path) -> bool {
        fs::metadata(out.join(&self.path)).is_ok_and(|found| {
            found.len() == self.bytes && nanoseconds(&found).is_ok_and(|time| time == self.modified)
        })
    }
}

/// A path with `/`, as manifests and checksums write it.
pub(super) fn slashes(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn nanoseconds(found: &fs::Metadata) -> io::Result<u64> {
    let since = found.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// SHA-256 of what can be read, in hexadecimal.
///
/// # Errors
/// Those of the system.
pub(crate) fn sha256(from: &mut impl io::Read) -> io::Result<String> {
    let mut sum = HashSum::default();
    let mut piece = vec![0; 1 << 16];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(sum.hex()),
            count => sum.add(&piece[..count]),
        }
    }
}

/// SHA-256 of bytes that come in pieces.
#[derive(Default)]
pub(crate) struct HashSum(Sha256);

impl HashSum {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// In hexadecimal.
    pub(super) fn hex(self) -> String {
        let digits: Vec<_> = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    }
}

/// The records of an output folder.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
    known: BTreeMap<String, Record>,
}

impl Records {
    /// Reads the records of an output folder; those that cannot be read are as if they were not there.
    ///
    /// # Errors
    /// Those of the system, for the folder.
    pub fn read(out: &Path) -> io::Result<Self> {
        let folder = out.join(FOLDER);
        let mut known = BTreeMap::new();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { folder, known });
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let Ok(bytes) = fs::read(&path) else { continue };
            let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { continue };
            if record.schema == SCHEMA && path == folder.join(file_name(&record.stem)) {
                known.insert(record.stem.clone(), record);
            }
        }
        Ok(Self { folder, known })
    }

    /// What is remembered of a target.
    pub fn get(&self, stem: &str) -> Option<&Record> {
        self.known.get(stem)
    }

    /// All of them, in order of their stems.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.known.values()
    }

    /// Where a record is written.
    pub(super) fn path(&self, stem: &str) -> PathBuf {
        self.folder.join(file_name(stem))
    }

    /// Remembers a target.
    pub(super) fn insert(&mut self, record: Record) {
        self.known.insert(record.stem.clone(), record);
    }

    /// Remembers a target no more.
    pub(super) fn remove(&mut self, stem: &str) {
        self.known.remove(stem);
    }
}

impl Record {
    pub(super) fn new(
        target: &BuildTarget,
        stamp: Option<String>,
        ingredients: Ingredients,
        files: Vec<BuiltFile>,
        track: TrackEntry,
    ) -> Self {
        let (stem, name) = (target.stem.clone(), Some(target.name.clone()));
        Self {
            schema: SCHEMA,
            stem,
            name,
            asked: target.asked(),
            stamp,
            is_older: false,
            ingredients,
            files,
            track,
        }
    }

    /// The delivery that its version is of.
    pub(super) fn delivery(&self) -> &str {
        self.stem.split('/').next().unwrap_or_default()
    }

    /// Why its target has to be built again, as far as that can be told without laying it out; empty for no reason.
    pub(super) fn reasons_to_build(&self, target: &BuildTarget, out: &Path) -> Vec<String> {
        if self.asked != target.asked() {
            return vec!["the delivery asks for something else".to_owned()];
        }
        let lost = self.files.iter().filter(|file| !file.is_there(out));
        lost.map(|file| format!("{} is gone or was changed", file.path)).collect()
    }

    /// Whether its sound is what its target asks for, so that at most the texts beside it have to be written again.
    pub(super) fn has_sound(&self, target: &BuildTarget, out: &Path) -> bool {
        let is_sound = |file: &&BuiltFile| target.files().any(|sound| slashes(sound) == file.path);
        self.asked == target.asked() && self.files.iter().filter(is_sound).all(|sound| sound.is_there(out))
    }

    /// Whether it was up to date with these inputs of the course.
    pub(super) fn is_of(&self, stamp: Option<&String>) -> bool {
        stamp.is_some() && self.stamp.as_ref() == stamp
    }

    /// Writes the record, whole or not at all.
    ///
    /// # Errors
    /// [`ExportError`] if it cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), ExportError> {
        let bytes = serde_json::to_vec(self).expect("a record of plain data");
        write_whole(path, &bytes)
    }
}

fn file_name(stem: &str) -> String {
    format!("{}.json", &blake3::hash(stem.as_bytes()).to_hex()[..24])
}
