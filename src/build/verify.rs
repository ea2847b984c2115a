//! Checks the folder of a delivery against its manifest, or that of the page against its checksums: is everything there, whole,
//! and nothing else?

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error;

use super::manifest::{MANIFEST, Manifest, SCHEMA, SUMS};
use super::record::{Records, sha256, slashes};

/// What was found in a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many files are as the manifest says.
    pub good: usize,
    pub faults: Vec<DeliveryFault>,
    /// Files that no build has made, which is no fault.
    pub others: Vec<OtherFile>,
}

/// A file that no build has made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum OtherFile {
    #[error("{0} belongs to no track of the manifest; if you put it there yourself, all is well")]
    Extra(String),
    #[error("{0} is no part of the page; if you put it there yourself, all is well")]
    Added(String),
}

/// What is wrong with a delivery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum DeliveryFault {
    #[error("{0} is missing")]
    Missing(String),
    #[error("{0} is not the file that was delivered: its checksum differs")]
    Changed(String),
    #[error("{0} is left over from an earlier build: it belongs to no track of the manifest")]
    LeftOver(String),
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    #[error("SHA256SUMS and manifest.json do not belong together; build the delivery again")]
    Sums,
}

/// Why a folder could not be verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    #[error(
        "{0} has neither manifest.json nor SHA256SUMS; name the folder of a delivery, such as out/online, or out/site"
    )]
    NoManifest(PathBuf),
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is not a manifest of adem, or of another version: {1}")]
    Foreign(PathBuf, String),
}

/// Compares every file of a delivery with its manifest; of a folder without one, such as that of the page, with its checksums.
///
/// # Errors
/// [`VerifyError`] if there is neither that can be read.
pub fn verify(folder: &Path) -> Result<Verification, VerifyError> {
    let path = folder.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return verify_sums(folder),
        Err(error) => return Err(VerifyError::Unreadable(path, error)),
    };
    let manifest: Manifest = match serde_json::from_str::<Manifest>(&text) {
        Ok(manifest) if manifest.schema == SCHEMA => manifest,
        Ok(manifest) => return Err(VerifyError::Foreign(path, format!("schema {}", manifest.schema))),
        Err(error) => return Err(VerifyError::Foreign(path, error.to_string())),
    };
    let files: Vec<_> = manifest.tracks.iter().flat_map(|track| &track.files).collect();
    let judged = files.par_iter().filter_map(|file| judge(folder, &file.path, &file.sha256));
    let mut faults: Vec<_> = judged.collect();
    let good = files.len() - faults.len();
    if fs::read_to_string(folder.join(SUMS)).unwrap_or_default() != manifest.sums() {
        faults.push(DeliveryFault::Sums);
    }
    let known: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).chain([MANIFEST, SUMS]).collect();
    let there = files_below(folder).map_err(|error| VerifyError::Unreadable(folder.to_owned(), error))?;
    let extra: Vec<String> = there.into_iter().filter(|name| !known.contains(name.as_str())).collect();
    let made = if extra.is_empty() { BTreeSet::new() } else { made_before(folder) };
    let (left_over, others): (Vec<_>, Vec<_>) = extra.into_iter().partition(|name| made.contains(name));
    faults.extend(left_over.into_iter().map(DeliveryFault::LeftOver));
    faults.sort();
    Ok(Verification { good, faults, others: others.into_iter().map(OtherFile::Extra).collect() })
}

/// The files that builds have made in the folder of a delivery, as far as they are remembered beside it.
fn made_before(folder: &Path) -> BTreeSet<String> {
    let Ok(folder) = folder.canonicalize() else { return BTreeSet::new() };
    let (Some(out), Some(name)) = (folder.parent(), folder.file_name()) else { return BTreeSet::new() };
    let Ok(records) = Records::read(out) else { return BTreeSet::new() };
    let begin = format!("{}/", name.to_string_lossy());
    let files = records.iter().flat_map(|record| &record.files);
    files.filter_map(|file| file.path.strip_prefix(&begin)).map(str::to_owned).collect()
}

/// What is wrong with a file.
fn judge(folder: &Path, name: &str, sum: &str) -> Option<DeliveryFault> {
    let name = name.to_owned();
    match File::open(folder.join(&name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(DeliveryFault::Missing(name)),
        Err(error) => Some(DeliveryFault::Unreadable(name, error.to_string())),
        Ok(mut found) => match sha256(&mut found) {
            Err(error) => Some(DeliveryFault::Unreadable(name, error.to_string())),
            Ok(found) if found != sum => Some(DeliveryFault::Changed(name)),
            Ok(_) => None,
        },
    }
}

/// Compares every file with `SHA256SUMS` alone.
fn verify_sums(folder: &Path) -> Result<Verification, VerifyError> {
    let path = folder.join(SUMS);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VerifyError::NoManifest(folder.to_owned()));
        }
        Err(error) => return Err(VerifyError::Unreadable(path, error)),
    };
    let read = |line: &str| {
        let (sum, name) = line.split_once("  ")?;
        let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        (sum.len() == 64 && is_below).then(|| (sum.to_owned(), name.to_owned()))
    };
    let lines: Option<Vec<(String, String)>> = text.lines().map(read).collect();
    let lines = lines.ok_or_else(|| VerifyError::Foreign(path, "a line is no checksum".to_owned()))?;
    let judged = lines.par_iter().filter_map(|(sum, name)| judge(folder, name, sum));
    let mut faults: Vec<_> = judged.collect();
    let good = lines.len() - faults.len();
    let known: BTreeSet<&str> = lines.iter().map(|(_, name)| name.as_str()).chain([SUMS]).collect();
    let there = files_below(folder).map_err(|error| VerifyError::Unreadable(folder.to_owned(), error))?;
    let others = there.into_iter().filter(|name| !known.contains(name.as_str()));
    let others = others.map(OtherFile::Added).collect();
    faults.sort();
    Ok(Verification { good, faults, others })
}

/// All files of a folder and those below it, with `/`; hidden ones do not count.
fn files_below(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                waiting.push(path);
            } else {
                found.push(slashes(path.strip_prefix(folder).unwrap_or(&path)));
            }
        }
    }
    found.sort();
    Ok(found)
}
