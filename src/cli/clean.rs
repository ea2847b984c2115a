//! `adem clean`: empties the cache and removes what killed runs have left in out/; and the limit of the cache.

use std::time::Duration;

use bytesize::ByteSize;
use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, exit, place, report};
use crate::asset::{CleanError, Removed};
use crate::engine::Request;
use crate::export::stray_files;
use crate::script::near_course;

/// The variable that limits the cache.
const LIMIT: &str = "ADEM_CACHE_LIMIT";
/// The limit where nobody sets one.
const USUAL_LIMIT: ByteSize = ByteSize::gib(8);

#[derive(Debug, ClapArgs)]
pub(super) struct CleanArgs {
    /// Only what no run has used for so many days
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
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
