//! `adem run`: does the jobs of a shard, on any machine that has the course.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;

use super::progress::stop_on_interrupt;
use super::{CommandContext, Failure, exit, report};
use crate::build::shard::{PlanError, ShardIndex, ShardJob, read_shard};
use crate::build::store::{ResultStore, StoreError};
use crate::build::worker::{JobError, JobOutcome, work};
use crate::engine::{Error, World};
use crate::event::Cancel;
use crate::export::write_whole;

/// The variables in which engines number the tasks of an array, the first of them from the smallest number.
const INDEX_VARIABLES: [&str; 3] =
    ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

/// The shard to run
#[derive(Debug, ClapArgs)]
pub(super) struct RunArgs {
    /// The file of a shard
    #[arg(long, value_name = "FILE", conflicts_with_all = ["index", "plan"])]
    shard: Option<PathBuf>,
    /// The folder of a plan, as `adem build --shards` wrote it
    #[arg(long, value_name = "DIR")]
    plan: Option<PathBuf>,
    /// The number of the shard in the plan, from 0. Default: the number that Slurm, Kubernetes or AWS Batch gives the task
    #[arg(long, value_name = "N", requires = "plan")]
    index: Option<usize>,
    /// Where results go: a folder, or an address such as `s3://bucket/folder`. Default: the store of the plan
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// Write this file once all jobs are done: one line of JSON a job
    #[arg(long, value_name = "FILE")]
    done: Option<PathBuf>,
    /// How many jobs to do side by side. Default: one for each processor
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

pub(super) fn run(context: &CommandContext, args: &RunArgs) -> super::Outcome {
    let cancel = Cancel::new();
    stop_on_interrupt(cancel.clone());
    let shard = match shard(args) {
        Ok(Some(shard)) => shard,
        Ok(None) => return Ok(exit::DONE),
        Err(failure) => return failure,
    };
    let (jobs, store) = match opened(&shard, args) {
        Ok(opened) => opened,
        Err(error) => return Ok(refuse(&error)),
    };
    let store = match ResultStore::open(&store) {
        Ok(store) => store,
        Err(error) => return Ok(refuse_store(&error)),
    };
    let engine = match context.engine() {
        Ok(engine) => engine,
        Err(failure) => {
            report::failure(&failure);
            let again = matches!(&failure, Failure::Engine(error) if error.is_transient());
            return Ok(if again { exit::RETRY } else { exit::NO_INPUT });
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let side_by_side = args.jobs.map_or(cores, usize::from);
    let tell = |job: &ShardJob, outcome: &JobOutcome| {
        // A closed stdout does not end the work.
        let _ = report::out(&format!("{}\n", line(job, outcome)));
    };
    let outcomes = work(&engine, &jobs, &store, side_by_side, &cancel, &tell);
    finish(&jobs, &outcomes, args.done.as_deref())
}

/// The file of the shard; `None` if there is none of that number, and thus nothing to do.
fn shard(args: &RunArgs) -> Result<Option<PathBuf>, super::Outcome> {
    if let Some(shard) = &args.shard {
        return Ok(Some(shard.clone()));
    }
    let Some(plan) = &args.plan else {
        return Err(Err(Failure::Usage(
            "say which shard: --shard FILE, or --plan DIR with --index N".to_owned(),
        )));
    };
    let from_engine = || INDEX_VARIABLES.iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
    let index = match (args.index, from_engine()) {
        (Some(index), _) => index,
        (None, Some((name, value))) => value.parse().map_err(|_| {
            Err(Failure::Usage(format!(
                "{name} is `{value}`, which is no number of a shard; or give --index N"
            )))
        })?,
        (None, None) => {
            let known = INDEX_VARIABLES.join(", ");
            return Err(Err(Failure::Usage(format!(
                "say which shard of the plan: --index N, or set one of {known}"
            ))));
        }
    };
    let read = ShardIndex::read(plan).and_then(|list| list.shard(plan, index));
    match read {
        Ok(shard) => Ok(Some(shard)),
        // The least array of some engines has more tasks than the plan has shards.
        Err(error @ PlanError::NoShard { .. }) => {
            report::line(&format!("{error}; nothing to do"));
            Ok(None)
        }
        Err(error) => Err(Ok(refuse(&error))),
    }
}

/// The jobs of a shard, and the name of its store.
fn opened(shard: &Path, args: &RunArgs) -> Result<(Vec<ShardJob>, String), PlanError> {
    let jobs = read_shard(shard)?;
    let folder = shard.parent().unwrap_or(Path::new("."));
    let store = match &args.store {
        Some(store) => store.clone(),
        None => ShardIndex::read(folder)?.store_from(folder),
    };
    Ok((jobs, store))
}

pub(super) fn refuse(error: &PlanError) -> u8 {
    let remedy = match error {
        PlanError::Missing(_) => "; `adem build --shards` writes it",
        PlanError::Foreign(..) => "; plan again with `adem build --shards`",
        PlanError::Unreadable(..) | PlanError::NoShard { .. } => "",
    };
    report::line(&format!("error: {error}{remedy}"));
    match error {
        PlanError::Unreadable(_, source) if crate::files::is_transient(source) => exit::RETRY,
        PlanError::Missing(_)
        | PlanError::Unreadable(..)
        | PlanError::Foreign(..)
        | PlanError::NoShard { .. } => exit::NO_INPUT,
    }
}

pub(super) fn refuse_store(error: &StoreError) -> u8 {
    let remedy = match error {
        StoreError::NotBuilt { .. } => "; install it with `--features cloud`, or use a folder",
        StoreError::Address { .. }
        | StoreError::Failed { .. }
        | StoreError::Local { .. }
        | StoreError::Damaged { .. } => "",
    };
    report::line(&format!("error: {error}{remedy}"));
    if error.is_transient() { exit::RETRY } else { exit::NO_INPUT }
}

/// The line that tells of a job.
fn line(job: &ShardJob, outcome: &JobOutcome) -> serde_json::Value {
    let (word, why) = match outcome {
        JobOutcome::Made => ("made", None),
        JobOutcome::There => ("there", None),
        JobOutcome::Failed(error) => ("failed", Some(error.text())),
        JobOutcome::NotDone => ("not-done", None),
    };
    let transient = matches!(outcome, JobOutcome::Failed(error) if error.is_transient());
    json!({ "key": job.key, "target": job.target.stem, "outcome": word, "why": why, "transient": transient })
}

/// Says how it went, and writes the stamp if everything is done.
fn finish(jobs: &[ShardJob], outcomes: &[JobOutcome], done: Option<&Path>) -> super::Outcome {
    let count = |is: fn(&JobOutcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let made = count(|outcome| matches!(outcome, JobOutcome::Made));
    let there = count(|outcome| matches!(outcome, JobOutcome::There));
    let failed = count(|outcome| matches!(outcome, JobOutcome::Failed(_)));
    let not_done = count(|outcome| matches!(outcome, JobOutcome::NotDone));
    for (job, outcome) in jobs.iter().zip(outcomes) {
        if let JobOutcome::Failed(error) = outcome {
            report::line(&format!("{} failed: {}", job.target.stem, error.text()));
        }
    }
    report::line(&format!("{made} made, {there} there before, {failed} failed, {not_done} not done"));
    let code = outcomes.iter().map(code_of).max_by_key(|code| {
        // What may succeed when it is tried again comes first; then what only a new plan mends.
        [exit::DONE, exit::BAD_JOB, exit::NO_INPUT, exit::RETRY].iter().position(|known| known == code)
    });
    let code = code.unwrap_or(exit::DONE);
    if let (Some(path), exit::DONE) = (done, code) {
        let mut lines = Vec::new();
        for (job, outcome) in jobs.iter().zip(outcomes) {
            writeln!(lines, "{}", line(job, outcome)).expect("memory takes any line");
        }
        write_whole(path, &lines).map_err(|error| Failure::from(Error::from(World::Export(error))))?;
    }
    Ok(code)
}

fn code_of(outcome: &JobOutcome) -> u8 {
    match outcome {
        JobOutcome::Made | JobOutcome::There => exit::DONE,
        JobOutcome::NotDone => exit::RETRY,
        JobOutcome::Failed(error) if error.is_transient() => exit::RETRY,
        JobOutcome::Failed(
            JobError::OtherInputs | JobError::Store(_) | JobError::Engine(Error::World(World::File(_))),
        ) => exit::NO_INPUT,
        JobOutcome::Failed(JobError::Engine(_)) => exit::BAD_JOB,
    }
}
