//! Brings what workers have made from the store into an output folder, as if it had been built there.

use std::path::{Component, Path};

use rayon::prelude::*;
use thiserror::Error;

use super::matrix::Matrix;
use super::names::keep_released;
use super::out_folder::{BuildError, OutFolder, refused};
use super::record::{BuiltFile, Record};
use super::shard::ShardJob;
use super::store::{JobFailure, JobResult, ResultStore, StoreError, StoredFile};
use crate::engine::Engine;

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// Its files were brought.
    Brought,
    /// Its files are there.
    There,
    /// No worker has done it.
    Missing,
    /// A worker tried and failed.
    Failed(JobFailure),
}

/// Why nothing could be collected.
#[derive(Debug, Error)]
pub enum CollectError {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings the files of some jobs into an output folder, and writes records and manifests as a build does.
///
/// # Errors
/// [`CollectError`] if the folder or the store cannot be used.
pub fn collect(
    engine: &Engine,
    mut matrix: Matrix,
    jobs: &[ShardJob],
    store: &ResultStore,
    out: &Path,
) -> Result<Vec<Collected>, CollectError> {
    let folder = OutFolder::open(out, true)?;
    let stamp = engine.inputs_stamp().map_err(BuildError::from)?;
    let brought = |job: &ShardJob| -> Result<Collected, CollectError> {
        let Some(result) = store.result(&job.key)? else {
            return Ok(store.failure(&job.key)?.map_or(Collected::Missing, Collected::Failed));
        };
        bring(job, result, store, &folder, stamp.as_ref())
    };
    // One damaged file keeps no other version from being brought.
    let of = |job: &ShardJob| match brought(job) {
        Err(CollectError::Store(error)) if error.is_of_one_thing() => {
            store.forget(&job.key)?;
            let why = format!("{error}, so it is no longer counted as done; run its shard again");
            Ok(Collected::Failed(JobFailure { why, transient: true }))
        }
        other => other,
    };
    let collected = jobs.par_iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let released = keep_released(engine.course(), &mut matrix, &folder.all(), &|_| false);
    released.map_err(|found| refused(engine, found))?;
    folder.write_manifests(engine.course(), &matrix)?;
    Ok(collected)
}

fn bring(
    job: &ShardJob,
    result: JobResult,
    store: &ResultStore,
    folder: &OutFolder,
    stamp: Option<&String>,
) -> Result<Collected, CollectError> {
    let target = &job.target;
    let known = folder.known(&target.stem);
    let is_there = known.as_ref().is_some_and(|known| {
        known.files.len() == result.files.len()
            && known.files.iter().zip(&result.files).all(|(here, there)| {
                here.path == format!("{}{}", target.stem, there.ending)
                    && here.sha256 == there.sha256
                    && here.is_there(folder.path())
            })
    });
    let files = match known {
        Some(known) if is_there => known.files,
        known => {
            let fetch = |file| fetch(&target.stem, file, store, folder.path());
            let files = result.files.iter().map(fetch).collect::<Result<Vec<_>, _>>()?;
            if let Some(known) = known {
                folder.remove_old(&known, &files);
            }
            files
        }
    };
    let stamp = stamp.cloned();
    let record = Record::new(target, stamp, result.ingredients, files, result.track);
    folder.remember(record).map_err(BuildError::from)?;
    Ok(if is_there { Collected::There } else { Collected::Brought })
}

/// Brings one file of a target.
fn fetch(stem: &str, file: &StoredFile, store: &ResultStore, out: &Path) -> Result<BuiltFile, CollectError> {
    let name = format!("{stem}{}", file.ending);
    // A store may be written by others: no name in it leads out of the output folder.
    if Path::new(&name).components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(store.damaged(format!("result, with a file called {name}")).into());
    }
    let path = out.join(name);
    store.fetch(file, &path)?;
    Ok(BuiltFile::written(out, &path, &file.sha256).map_err(BuildError::from)?)
}
