//! `adem collect`: brings what workers have made into the output folder, and lists what is missing.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::run::{refuse, refuse_store};
use super::{CommandContext, build, exit, report};
use crate::build::collect::{CollectError, Collected, collect};
use crate::build::expand;
use crate::build::shard::{PlanError, ShardIndex, read_shard};
use crate::build::store::ResultStore;

/// The plan to collect
#[derive(Debug, ClapArgs)]
pub(super) struct CollectArgs {
    /// The folder of the plan, as `adem build --shards` wrote it
    #[arg(long, value_name = "DIR")]
    plan: PathBuf,
    /// Where the results are. Default: the store of the plan
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// The output folder. Default: out/ of the course
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, args: &CollectArgs) -> super::Outcome {
    let read = || {
        let index = ShardIndex::read(&args.plan)?;
        let mut jobs = Vec::new();
        for shard in &index.shards {
            jobs.extend(read_shard(&args.plan.join(&shard.file))?);
        }
        Ok::<_, PlanError>((index, jobs))
    };
    let (index, jobs) = match read() {
        Ok(read) => read,
        Err(error) => return Ok(refuse(&error)),
    };
    let engine = context.engine()?;
    let all: Vec<_> = engine.course().header.deliveries.iter().collect();
    let matrix = expand(engine.course(), &all).map_err(|found| build::errors(&engine, found))?;
    let out = build::out_folder(context, args.out.as_ref())?;
    let place = args.store.clone().unwrap_or_else(|| index.store_from(&args.plan));
    let store = match ResultStore::open(&place) {
        Ok(store) => store,
        Err(error) => return Ok(refuse_store(&error)),
    };
    let collected = match collect(&engine, matrix, &jobs, &store, &out) {
        Ok(collected) => collected,
        Err(CollectError::Build(error)) => return Err(build::failure(error)),
        Err(CollectError::Store(error)) => return Ok(refuse_store(&error)),
    };
    build::update_site(&engine, &out, true)?;
    let count = |wanted: &Collected| collected.iter().filter(|one| *one == wanted).count();
    let (mut missing, mut failed, mut may_pass) = (0, 0, false);
    for (job, one) in jobs.iter().zip(&collected) {
        match one {
            Collected::Brought | Collected::There => {}
            Collected::Missing => {
                missing += 1;
                may_pass = true;
                report::line(&format!("{}: no worker has done it", job.target.stem));
            }
            Collected::Failed(failure) => {
                failed += 1;
                may_pass |= failure.transient;
                report::line(&format!("{} failed: {}", job.target.stem, failure.why));
            }
        }
    }
    report::note(&format!(
        "{} brought to {}, {} there before, {failed} failed, {missing} missing",
        report::count(count(&Collected::Brought), "version"),
        out.display(),
        count(&Collected::There),
    ));
    if missing + failed > 0 {
        report::line("plan and run again: `adem build --shards` lists only what is missing");
    }
    Ok(match (missing + failed, may_pass) {
        (0, _) => exit::DONE,
        (_, true) => exit::RETRY,
        (_, false) => exit::BAD_JOB,
    })
}
