//! `adem trust`: allows a course to follow the links out of its folder that it has now, and its voices to run the programs
//! they name now.

use std::path::{Path, PathBuf};

use super::failure::TRUST;
use super::{CommandContext, Failure, Outcome, exit, report};
use crate::diag::Sink;
use crate::engine::{TrustStore, World};
use crate::files::{Grant, Trust, absolute};
use crate::script::Course;

#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// Stop trusting the course
    #[arg(long)]
    remove: bool,
}

pub(super) fn run(context: &CommandContext, args: &TrustArgs) -> Outcome {
    let (store, root) = (user_store(), context.files.root());
    if args.remove {
        let was = store.remove(root).map_err(World::from)?;
        report::note(if was { "this course is no longer trusted" } else { "this course was not trusted" });
        return Ok(exit::DONE);
    }
    let files = context.files.clone().trusting(Trust::Everything);
    let course = Course::open(&files, &Sink::new())?;
    let commands = course
        .voices
        .values()
        .filter_map(|voice| voice.draft.as_ref())
        .map(|draft| draft.command.clone())
        .collect();
    let links = files.outward_links().into_iter().filter_map(|found| Some((found.link, found.target?)));
    let grant = Grant { commands, links: links.collect() };
    store.trust(root, grant.clone()).map_err(World::from)?;
    let real = std::fs::canonicalize(root).map_err(|error| Failure::read(root, error))?;
    report::note(&format!("trusted on this machine: {}", real.display()));
    for (link, target) in &grant.links {
        report::note(&format!(
            "  it may read and write through {}, a link to {}",
            shown(link),
            shown(target)
        ));
    }
    for command in &grant.commands {
        report::note(&format!("  --draft may run {}", printed(command)));
    }
    if grant == Grant::default() {
        report::note("  it has no links out of its folder and names no programs yet");
    }
    report::note(
        "a new or changed link or command must be trusted again; `adem trust --remove` withdraws the trust",
    );
    Ok(exit::DONE)
}

/// A command on one line, each word quoted and escaped.
fn printed(command: &[String]) -> String {
    command.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
}

/// A path, quoted and escaped.
fn shown(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

/// Refuses to write through a link out of the course folder that is not trusted. This covers the outputs, files next to
/// them that start with the same name, and files in outputs that are folders.
pub(super) fn refuse_links<'a>(
    context: &CommandContext,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    let root = context.files.root();
    for output in outputs {
        // A path outside the course folder was chosen by the user.
        if !below(root, output) {
            continue;
        }
        let stem = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = output.parent().unwrap_or(Path::new(""));
        let mut all = vec![output.to_owned()];
        let beside = names(folder).into_iter().filter(|name| name.to_string_lossy().starts_with(&stem));
        all.extend(beside.map(|name| folder.join(name)));
        let within = |path: &PathBuf| names(path).into_iter().map(|name| path.join(name)).collect::<Vec<_>>();
        all.extend(all.iter().flat_map(within).collect::<Vec<_>>());
        if let Some(link) = all.into_iter().find(|path| context.files.refused_link(path).is_some()) {
            return Err(Failure::Usage(format!(
                "{} leads out of the course folder through a link that is not trusted; write elsewhere with -o, or {TRUST}",
                shown(&link)
            )));
        }
    }
    Ok(())
}

/// The names in a folder; none if it is not one. The empty path is the current folder.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect()
}

/// Whether a path is below a folder, without resolving links.
fn below(root: &Path, path: &Path) -> bool {
    absolute(path).starts_with(absolute(root))
}

/// The trust store of this user, in the folder of `ADEM_STATE` or the state folder of the system.
pub(super) fn user_store() -> TrustStore {
    TrustStore::new(state_folder())
}

/// The folder in which adem remembers things about this user and machine: that of `ADEM_STATE`, or `adem` in the user's own.
pub(super) fn state_folder() -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = PathBuf::from(std::env::var_os(name)?);
        // Relative paths are ignored, as the XDG base directory specification says.
        folder.is_absolute().then_some(folder)
    };
    let of_system = || {
        let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
        Some(state.or_else(|| folder("LOCALAPPDATA"))?.join("adem"))
    };
    folder("ADEM_STATE").or_else(of_system)
}
