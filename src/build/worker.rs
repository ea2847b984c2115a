//! Does the jobs of a shard: renders what the store does not have, and puts it there. Doing a shard twice, stopping in the
//! middle and several workers at one shard are all fine.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use thiserror::Error as ThisError;

use super::manifest::TrackEntry;
use super::record::BuiltFile;
use super::run::{SHARED_BEDS, planned};
use super::shard::{Keys, ShardJob, ending, hash, request};
use super::side_by_side::side_by_side;
use super::store::{JobFailure, JobResult, ResultStore, StoreError, StoredFile};
use crate::engine::{Engine, Error};
use crate::event::{Cancel, Silent, Task};
use crate::export::ExportError;

/// How often a job is retried after a transient failure.
const RETRIES: u32 = 2;
/// The wait before the first retry; the wait before the second is four times as long.
const WAIT: Duration = Duration::from_secs(1);

/// What became of a job.
#[derive(Debug)]
pub enum JobOutcome {
    /// It was rendered.
    Made,
    /// The store had it.
    There,
    Failed(JobError),
    /// The worker was stopped before it was done.
    NotDone,
}

/// Why a job failed.
#[derive(Debug, ThisError)]
pub enum JobError {
    #[error(transparent)]
    Engine(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The course or the version of adem is not that of the plan.
    #[error(
        "the course here is not the one that was planned, or adem has another sound or another engine for drafts; plan again"
    )]
    OtherInputs,
}

impl JobError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::OtherInputs => false,
        }
    }

    /// All of it, as one text.
    pub fn text(&self) -> String {
        match self {
            Self::Engine(Error::Diagnostics { found, .. }) => {
                found.iter().map(|found| found.message.as_str()).collect::<Vec<_>>().join("\n")
            }
            Self::Engine(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::OtherInputs => self.to_string(),
        }
    }
}

/// Does the jobs of a shard, several side by side, and tells of each when it is over. A job that fails does not stop the
/// others.
pub fn work(
    engine: &Engine,
    jobs: &[ShardJob],
    store: &ResultStore,
    threads: usize,
    cancel: &Cancel,
    tell: &(dyn Fn(&ShardJob, &JobOutcome) + Sync),
) -> Vec<JobOutcome> {
    if jobs.len() > 1 {
        engine.share_beds(SHARED_BEDS);
    }
    let mut keys = Keys::new(engine);
    let known: Vec<_> = jobs.iter().map(|job| keys.key(&job.target)).collect();
    let worker = Worker { engine, store, cancel };
    let store_is_gone = AtomicBool::new(false);
    let mut outcomes: Vec<JobOutcome> = jobs.iter().map(|_| JobOutcome::NotDone).collect();
    side_by_side(threads, jobs.iter().zip(known).zip(&mut outcomes), |((job, key), outcome)| {
        if cancel.is_cancelled() || store_is_gone.load(Ordering::Relaxed) {
            return;
        }
        *outcome = match key {
            Ok(key) if key == job.key => worker.patiently(job),
            Ok(_) => JobOutcome::Failed(JobError::OtherInputs),
            Err(error) => JobOutcome::Failed(error.into()),
        };
        if let JobOutcome::Failed(error) = outcome {
            let is_gone = matches!(error, JobError::Store(error) if !error.is_of_one_thing());
            store_is_gone.fetch_or(is_gone, Ordering::Relaxed);
            worker.note(job, error);
        }
        tell(job, outcome);
    });
    outcomes
}

struct Worker<'a> {
    engine: &'a Engine,
    store: &'a ResultStore,
    cancel: &'a Cancel,
}

impl Worker<'_> {
    /// Does a job, and tries again if that may help.
    fn patiently(&self, job: &ShardJob) -> JobOutcome {
        let mut wait = WAIT;
        let mut left = RETRIES;
        loop {
            match self.attempt(job) {
                Ok(outcome) => return outcome,
                Err(JobError::Engine(Error::Stopped)) => return JobOutcome::NotDone,
                Err(error) if left > 0 && error.is_transient() && !self.cancel.is_cancelled() => {
                    left -= 1;
                    thread::sleep(wait);
                    wait *= 4;
                }
                Err(error) => return JobOutcome::Failed(error),
            }
        }
    }

    fn attempt(&self, job: &ShardJob) -> Result<JobOutcome, JobError> {
        if self.store.whole_result(&job.key)?.is_some() {
            return Ok(JobOutcome::There);
        }
        let task = Task::new(&Silent, self.cancel.clone());
        let target = &job.target;
        let (plan, ingredients) = planned(self.engine, target, &task)?;
        // An earlier version of the course may have had the same ingredients for this target.
        let made_of = hash(&(request(target), &ingredients));
        if let Some(made) = self.store.made(&made_of)? {
            self.finish(job, made)?;
            return Ok(JobOutcome::There);
        }
        let folder =
            TempDir::new().map_err(|error| Error::from(ExportError::new(std::env::temp_dir(), error)))?;
        let stem = folder.path().join("track");
        let stem = stem.to_string_lossy();
        let render = target
            .render
            .placed(|path| PathBuf::from(format!("{stem}{}", ending(&target.stem, &path.to_string_lossy()))));
        let rendered = self.engine.render(&plan, &render, &task)?;
        let track = TrackEntry::of(self.engine.course(), &plan, &rendered, target);
        let mut files = Vec::new();
        for path in render.written(&rendered) {
            let built = BuiltFile::of(folder.path(), path).map_err(Error::from)?;
            self.store.keep_file(path, &built.sha256)?;
            let ending = ending("track", &built.path);
            files.push(StoredFile { ending, bytes: built.bytes, sha256: built.sha256 });
        }
        let made = self.store.keep_made(&made_of, JobResult::new(ingredients, files, track))?;
        self.finish(job, made)?;
        Ok(JobOutcome::Made)
    }

    fn finish(&self, job: &ShardJob, made: JobResult) -> Result<(), StoreError> {
        self.store.keep_result(&job.key, made)?;
        self.store.keep_failure(&job.key, None)
    }

    /// Leaves the reason of a failure in the store, for whoever collects.
    fn note(&self, job: &ShardJob, error: &JobError) {
        let failure = JobFailure { why: error.text(), transient: error.is_transient() };
        // If the store cannot be written, the job is reported as missing, without a reason.
        let _ = self.store.keep_failure(&job.key, Some(&failure));
    }
}
