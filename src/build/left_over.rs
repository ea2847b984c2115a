//! What earlier builds have made and no delivery asks for any more, and how it is removed: by the records of the builds, so
//! that no file of somebody else is touched.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Component, Path};

use super::changes::forget_heard;
use super::manifest::{MANIFEST, Manifest, SUMS};
use super::matrix::Matrix;
use super::names::keep_released;
use super::out_folder::{BuildError, OutFolder};
use super::record::{BuiltFile, FOLDER, Record, Records, sha256};
use crate::export::ExportError;
use crate::script::Course;

/// A version that no delivery asks for any more, with its files that are still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    pub stem: String,
    /// Relative to the output folder.
    pub files: Vec<String>,
}

/// The records of versions that no delivery asks for any more: of the deliveries of a matrix, and of those that the course does
/// not have. A version that waits for its translation is asked for.
fn unasked<'r>(
    course: &'r Course,
    matrix: &'r Matrix,
    deliveries: &'r BTreeSet<String>,
    records: &'r Records,
) -> impl Iterator<Item = &'r Record> {
    let asked: BTreeSet<&str> = matrix.targets.iter().map(|target| target.stem.as_str()).collect();
    let exists = |name: &str| course.header.deliveries.iter().any(|delivery| delivery.name.value == name);
    records.iter().filter(move |record| {
        let delivery = record.delivery();
        let is_judged = deliveries.contains(delivery) || !exists(delivery);
        let waits = || {
            let (script, language) = (record.track.script.clone(), record.track.language.clone());
            matrix.waiting.contains(&(delivery.to_owned(), script, language))
        };
        is_judged && !asked.contains(record.stem.as_str()) && !waits()
    })
}

/// The files of some records that no other record has; names that differ in capitals only may be one file.
fn own_files<'r>(records: &'r Records, unasked: &[&'r Record]) -> Vec<(&'r Record, Vec<&'r BuiltFile>)> {
    let gone: BTreeSet<&str> = unasked.iter().map(|record| record.stem.as_str()).collect();
    let others = records.iter().filter(|record| !gone.contains(record.stem.as_str()));
    let taken: BTreeSet<String> =
        others.flat_map(|record| &record.files).map(|file| file.path.to_lowercase()).collect();
    let own = |record: &&'r Record| {
        let files = record.files.iter().filter(|file| !taken.contains(&file.path.to_lowercase()));
        (*record, files.collect())
    };
    unasked.iter().map(own).collect()
}

/// What is left over in an output folder, of the deliveries with these names and of those that the course has no more.
pub(super) fn left_over(
    course: &Course,
    matrix: &Matrix,
    deliveries: &BTreeSet<String>,
    records: &Records,
    out: &Path,
) -> Vec<LeftOver> {
    let unasked: Vec<&Record> = unasked(course, matrix, deliveries, records).collect();
    let there = |(record, files): (&Record, Vec<&BuiltFile>)| LeftOver {
        stem: record.stem.clone(),
        files: files.iter().map(|file| file.path.clone()).filter(|path| out.join(path).is_file()).collect(),
    };
    let found = own_files(records, &unasked).into_iter().map(there);
    found.filter(|left| !left.files.is_empty()).collect()
}

/// What was removed from an output folder, or would be. Paths are relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanedOut {
    pub removed: Vec<String>,
    pub bytes: u64,
    /// Files that are not as a build has written them; they stay.
    pub changed: Vec<String>,
    /// How many versions are still in a manifest, which the next build takes them out of; their files stay.
    pub listed: usize,
}

/// Removes the files of versions that no delivery asks for any more, as far as they are as a build has written them, and what
/// the build remembers of them. The matrix is that of all deliveries.
///
/// # Errors
/// [`BuildError`] if the folder cannot be used, another build works in it, or a file cannot be removed.
pub fn clean_out(
    course: &Course,
    mut matrix: Matrix,
    out: &Path,
    dry_run: bool,
) -> Result<CleanedOut, BuildError> {
    let mut cleaned = CleanedOut::default();
    if !out.join(FOLDER).is_dir() {
        return Ok(cleaned);
    }
    let folder = OutFolder::open(out, !dry_run)?;
    let records = folder.all();
    // A version that would be written to the released name of another one is asked for all the same.
    let _ = keep_released(course, &mut matrix, &records, &|_| false);
    let all: BTreeSet<String> =
        course.header.deliveries.iter().map(|delivery| delivery.name.value.clone()).collect();
    let unasked: Vec<&Record> = unasked(course, &matrix, &all, &records).collect();
    let listed: BTreeSet<String> = all.iter().flat_map(|delivery| listed(out, delivery)).collect();
    for (record, files) in own_files(&records, &unasked) {
        if files.iter().any(|file| listed.contains(&file.path)) {
            cleaned.listed += 1;
            continue;
        }
        for file in files {
            cleaned.remove(out, file, dry_run)?;
        }
        if !dry_run {
            folder.forget(&record.stem);
            if let Some(generation) = &record.track.generation {
                forget_heard(out, &record.stem, generation);
            }
        }
    }
    let gone: BTreeSet<&str> =
        unasked.iter().map(|record| record.delivery()).filter(|name| !all.contains(*name)).collect();
    for delivery in gone {
        cleaned.remove_manifest(out, delivery, dry_run)?;
    }
    Ok(cleaned)
}

impl CleanedOut {
    /// Removes a file that is as it was written.
    fn remove(&mut self, out: &Path, file: &BuiltFile, dry_run: bool) -> Result<(), BuildError> {
        let path = out.join(&file.path);
        if !is_below(out, file) {
            return Ok(());
        }
        let Ok(found) = fs::symlink_metadata(&path) else { return Ok(()) };
        let is_as_written = found.is_file()
            && found.len() == file.bytes
            && File::open(&path).and_then(|mut file| sha256(&mut file)).is_ok_and(|sum| sum == file.sha256);
        if !is_as_written {
            self.changed.push(file.path.clone());
            return Ok(());
        }
        self.removed.push(file.path.clone());
        self.bytes += found.len();
        if dry_run { Ok(()) } else { remove_file(out, &path) }
    }

    /// Removes manifest and checksums of a delivery that the course has no more, if they are as they were written.
    fn remove_manifest(&mut self, out: &Path, delivery: &str, dry_run: bool) -> Result<(), BuildError> {
        let folder = out.join(delivery);
        let text = fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
        let Ok(manifest) = serde_json::from_str::<Manifest>(&text) else { return Ok(()) };
        let sums = fs::read_to_string(folder.join(SUMS)).unwrap_or_default();
        if manifest.json() != text || manifest.sums() != sums {
            return Ok(());
        }
        for (name, bytes) in [(MANIFEST, text.len()), (SUMS, sums.len())] {
            self.removed.push(format!("{delivery}/{name}"));
            self.bytes += bytes as u64;
            if !dry_run {
                remove_file(out, &folder.join(name))?;
            }
        }
        Ok(())
    }
}

/// Whether a file lies in the output folder: a record that came with the course may name any file.
fn is_below(out: &Path, file: &BuiltFile) -> bool {
    let is_plain = Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_)));
    let folder = out.join(&file.path).parent().and_then(|folder| folder.canonicalize().ok());
    is_plain && folder.is_some_and(|folder| out.canonicalize().is_ok_and(|out| folder.starts_with(out)))
}

/// Removes a file, and the folders above it that are empty then.
fn remove_file(out: &Path, path: &Path) -> Result<(), BuildError> {
    fs::remove_file(path).map_err(|error| ExportError::new(path, error))?;
    let mut folder = path.parent();
    while let Some(empty) = folder.filter(|folder| *folder != out) {
        if fs::remove_dir(empty).is_err() {
            break;
        }
        folder = empty.parent();
    }
    Ok(())
}

/// The files that the manifest of a delivery lists, relative to the output folder.
fn listed(out: &Path, delivery: &str) -> Vec<String> {
    let text = fs::read_to_string(out.join(delivery).join(MANIFEST)).unwrap_or_default();
    let Ok(manifest) = serde_json::from_str::<Manifest>(&text) else { return Vec::new() };
    let files = manifest.tracks.iter().flat_map(|track| &track.files);
    files.map(|file| format!("{delivery}/{}", file.path)).collect()
}
