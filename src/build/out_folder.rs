//! The output folder of a build: its lock, its records, and the manifests of its deliveries.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::ledger::{LedgerEntry, ledger};
use super::manifest::{MANIFEST, Manifest, SUMS};
use super::matrix::Matrix;
use super::record::{BuiltFile, FOLDER, Record, Records};
use crate::diag::Diagnostic;
use crate::engine::{self, Engine};
use crate::export::{ExportError, stray_files, write_whole};
use crate::script::Course;

/// Why nothing could be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// Another build works in the same folder.
    #[error("another build is at work in {0}; wait for it to end, or stop it")]
    Busy(PathBuf),
    /// The output folder cannot be used.
    #[error("{0} cannot be used: {1}")]
    Folder(PathBuf, std::io::Error),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

/// An open output folder.
#[derive(Debug)]
pub(super) struct OutFolder {
    path: PathBuf,
    records: Mutex<Records>,
    /// Keeps other builds out until it is dropped.
    _lock: Option<File>,
}

impl OutFolder {
    /// Opens a folder and reads its records; to write into it, other builds are kept out, and temporary files of killed ones
    /// are removed.
    pub(super) fn open(path: &Path, to_write: bool) -> Result<Self, BuildError> {
        let lock = if to_write { Some(lock(path)?) } else { None };
        if to_write {
            for stray in stray_files(path) {
                // One that stays is hidden and in no list.
                let _ = fs::remove_file(stray);
            }
        }
        let records = Records::read(path).map_err(|error| BuildError::Folder(path.join(FOLDER), error))?;
        Ok(Self { path: path.to_owned(), records: Mutex::new(records), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is remembered of a target.
    pub(super) fn known(&self, stem: &str) -> Option<Record> {
        self.records().get(stem).cloned()
    }

    /// Writes down a target, after its files.
    pub(super) fn remember(&self, record: Record) -> Result<(), ExportError> {
        let path = self.records().path(&record.stem);
        record.write(&path)?;
        self.records().insert(record);
        Ok(())
    }

    /// Everything that is remembered.
    pub(super) fn all(&self) -> Records {
        self.records().clone()
    }

    /// Remembers a target no more.
    pub(super) fn forget(&self, stem: &str) {
        let mut records = self.records();
        // A record that stays tells of files that are not there, which the next clean-up passes over.
        let _ = fs::remove_file(records.path(stem));
        records.remove(stem);
    }

    /// Lets go of the names that versions of a matrix had before they were renamed, so that they are kept no more.
    pub(super) fn let_go_of_names(&self, matrix: &Matrix) -> Result<(), ExportError> {
        let renamed = self.records().renamed(matrix);
        let old: Vec<Record> = renamed.iter().filter_map(|stem| self.known(stem)).collect();
        for mut record in old {
            record.name = None;
            self.remember(record)?;
        }
        Ok(())
    }

    /// Removes files that a target had and has no more, such as those of a format that was taken out.
    pub(super) fn remove_old(&self, known: &Record, files: &[BuiltFile]) {
        let is_gone = |old: &&BuiltFile| files.iter().all(|file| file.path != old.path);
        for old in known.files.iter().filter(is_gone).filter(|old| old.is_there(&self.path)) {
            // If it cannot be removed it stays, and is in no manifest.
            let _ = fs::remove_file(self.path.join(&old.path));
        }
    }

    /// Writes manifest and checksums of each delivery, of the targets that are there.
    pub(super) fn write_manifests(&self, course: &Course, matrix: &Matrix) -> Result<(), BuildError> {
        let records = self.records();
        let deliveries: BTreeSet<&str> =
            matrix.targets.iter().map(|target| target.delivery.as_str()).collect();
        for delivery in deliveries {
            let targets = matrix.targets.iter().filter(|target| target.delivery == delivery);
            let found: Vec<&Record> = targets.filter_map(|target| records.get(&target.stem)).collect();
            if found.is_empty() {
                continue;
            }
            let manifest = Manifest::of(course, delivery, &found, credits(ledger(course), &found));
            let folder = self.path.join(delivery);
            write_if_changed(&folder.join(SUMS), &manifest.sums())?;
            write_if_changed(&folder.join(MANIFEST), &manifest.json())?;
        }
        Ok(())
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with deliveries, as the error of a build.
pub(super) fn refused(engine: &Engine, found: Vec<Diagnostic>) -> BuildError {
    let sources = engine.course().sources.clone();
    engine::Error::Diagnostics { found, sources }.into()
}

/// Keeps other builds out of a folder until it is dropped.
pub(crate) fn lock(out: &Path) -> Result<File, BuildError> {
    let folder = out.join(FOLDER);
    let unusable = |error| BuildError::from(ExportError::new(&folder, error));
    fs::create_dir_all(&folder).map_err(unusable)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join("lock"));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BuildError::Busy(out.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The entries of a ledger that are heard in some tracks, and the machines that speak drafts in them.
pub(crate) fn credits(all: Vec<LedgerEntry>, records: &[&Record]) -> Vec<LedgerEntry> {
    let machines = records.iter().filter_map(|record| {
        let voice = record
            .track
            .drafted_by
            .as_ref()
            .filter(|voice| !voice.licence.is_empty() && record.track.mix != "bed")?;
        Some(LedgerEntry::of_machine(voice, &record.track.language))
    });
    let machines: BTreeSet<_> = machines.collect();
    let is_heard = |entry: &LedgerEntry| {
        records.iter().any(|record| {
            let track = &record.track;
            let voice = format!("{}/{}", track.language, track.voice);
            match entry.kind.as_str() {
                "voice" => entry.id == voice && track.mix != "bed",
                "bed" => track.beds.contains(&entry.id),
                _ => record.ingredients.has(&format!("bell {}", entry.id)),
            }
        })
    };
    all.into_iter().filter(is_heard).chain(machines).collect()
}

fn write_if_changed(path: &Path, text: &str) -> Result<(), ExportError> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    write_whole(path, text.as_bytes())
}
