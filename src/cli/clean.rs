//! `adem clean`: empties the cache and removes what killed runs have left in out/, or what builds have made there and no delivery
//! asks for any more; and the limit of the cache.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, build, exit, place, report};
use crate::asset::{CleanError, Removed};
use crate::build::{clean_out, expand};
use crate::engine::Request;
use crate::export::stray_files;
use crate::script::near_course;

/// The variable that limits the cache.
const LIMIT: &str = "ADEM_CACHE_LIMIT";
/// The limit where nobody sets one.
const USUAL_LIMIT: ByteSize = ByteSize::gib(8);

#[derive(Debug, ClapArgs)]
#[expect(clippy::option_option, reason = "an option with or without its value")]
pub(super) struct CleanArgs {
    /// Only what no run has used for so many days
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Leave the cache, and remove from the output folder the files that a build made and no delivery asks for any more.
    /// Default: out/ of the course
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with = "older_than")]
    out: Option<Option<PathBuf>>,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(context: &CommandContext, args: &CleanArgs) -> Outcome {
    let root = context.files.root();
    let has_course = root.join("course.toml").is_file();
    if !has_course && std::env::var_os("ADEM_CACHE").is_none() {
        return Err(Request::NoCourse { near: near_course(&context.files) }.into());
    }
    if let Some(named) = &args.out {
        return clean_deliveries(context, named.as_ref(), args.dry_run);
    }
    let say = if args.dry_run { report::line } else { report::note };
    let removed = if args.dry_run { "would remove" } else { "removed" };
    let age = args.older_than.map(|days| Duration::from_secs(86_400 * u64::from(days)));
    match context.cache.folder() {
        None => say("the cache is off"),
        Some(folder) => {
            let found = context.cache.clean(age, args.dry_run).map_err(failure)?;
            let left = match found.bytes_left {
                0 => String::new(),
                bytes => format!("; {} left", size(bytes)),
            };
            say(&format!("cache {}: {removed} {}{left}", place::shown(folder), counted(&found)));
        }
    }
    let out = root.join("out");
    if has_course && context.files.refused_link(&out).is_none() {
        let strays = stray_files(&out);
        for stray in &strays {
            if !args.dry_run {
                std::fs::remove_file(stray)
                    .map_err(|error| failure(CleanError::Remove(stray.clone(), error)))?;
            }
            report::detail(format!("{removed} {}", stray.display()));
        }
        if !strays.is_empty() {
            let count = report::count(strays.len(), "file");
            say(&format!("{}: {removed} {count} that killed runs have left", place::shown(&out)));
        }
    }
    Ok(exit::DONE)
}

/// Removes what no delivery asks for any more.
fn clean_deliveries(context: &CommandContext, named: Option<&PathBuf>, dry_run: bool) -> Outcome {
    let engine = context.engine()?;
    let course = engine.course();
    let deliveries: Vec<_> = course.header.deliveries.iter().collect();
    let matrix = expand(course, &deliveries).map_err(|found| build::errors(&engine, found))?;
    let out = build::out_folder(context, named)?;
    let cleaned = clean_out(course, matrix, &out, dry_run).map_err(build::failure)?;
    let say = if dry_run { report::line } else { report::note };
    let removed = if dry_run { "would remove" } else { "removed" };
    for path in &cleaned.removed {
        let text = format!("{removed} {}", place::shown(&out.join(path)));
        if dry_run { report::line(&text) } else { report::detail(text) }
    }
    for path in &cleaned.changed {
        say(&format!("{} stays: it is not as the build wrote it", place::shown(&out.join(path))));
    }
    if cleaned.listed > 0 {
        let count = report::count(cleaned.listed, "version");
        say(&format!("{count} in a manifest stay; `adem build` takes them out of it, then clean up again"));
    }
    let count = report::count(cleaned.removed.len(), "file");
    say(&format!("{}: {removed} {count}, {}", place::shown(&out), size(cleaned.bytes)));
    Ok(exit::DONE)
}

/// Keeps the cache within its limit, where this run has written into it.
pub(super) fn trim(context: &CommandContext, limit: Option<u64>) {
    let (read, written) = context.cache.counts();
    if context.cache.folder().is_some() && read + written > 0 {
        report::detail(format!("cache: {read} read, {written} written"));
    }
    let Some(limit) = limit.filter(|_| written > 0) else { return };
    let found = context.cache.trim(limit);
    if found.entries > 0 {
        report::detail(format!("cache: removed {}, to stay under {}", counted(&found), size(limit)));
    }
}

/// The most bytes that the cache may have; `None` for no limit.
pub(super) fn limit() -> Result<Option<u64>, Failure> {
    let Some(set) = std::env::var_os(LIMIT).filter(|set| !set.is_empty()) else {
        return Ok(Some(USUAL_LIMIT.as_u64()));
    };
    let text = set.to_string_lossy();
    if text == "off" {
        return Ok(None);
    }
    let bytes = text.parse::<ByteSize>().map_err(|_| {
        Failure::Usage(format!("{LIMIT}={text}: write a size such as 8GiB or 500MB, or off for no limit"))
    })?;
    Ok(Some(bytes.as_u64()))
}

fn failure(error: CleanError) -> Failure {
    match error {
        CleanError::Busy(_) => Failure::Busy(error.to_string()),
        CleanError::Remove(path, source) => crate::export::ExportError::new(path, source).into(),
    }
}

fn counted(removed: &Removed) -> String {
    let entries = if removed.entries == 1 { "entry" } else { "entries" };
    format!("{} {entries}, {}", removed.entries, size(removed.bytes))
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).to_string()
}
