//! `adem trust`: lets a course follow links out of its folder, and its voices start the programs they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Failure, Outcome, Place, exit, report};
use crate::diag::Sink;
use crate::engine::{TrustStore, World};
use crate::files::{CommandLine, Files};
use crate::script::Course;

#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// Trust the course no longer
    #[arg(long)]
    remove: bool,
}

pub(super) fn run(place: &Place, args: &TrustArgs) -> Outcome {
    let (store, root) = (user_store(), place.files.root());
    if args.remove {
        let was = store.remove(root).map_err(World::from)?;
        report::line(if was { "this course is trusted no longer" } else { "this course was not trusted" });
        return Ok(exit::DONE);
    }
    let files = place.files.clone().following_links(true);
    let course = Course::open(&files, &Sink::new())?;
    let commands: BTreeSet<CommandLine> =
        course.voices.values().filter_map(|voice| voice.draft.clone()).collect();
    let links = links(&files, root);
    store.trust(root, commands.clone()).map_err(World::from)?;
    let real = std::fs::canonicalize(root).map_err(|error| Failure::read(root, error))?;
    report::line(&format!("trusted on this machine: {}", real.display()));
    for link in &links {
        report::line(&format!(
            "  it may read and write through {}, a link out of the course folder",
            shown(link)
        ));
    }
    for command in &commands {
        report::line(&format!("  --draft may run {}", printed(command)));
    }
    if links.is_empty() && commands.is_empty() {
        report::line("  nothing in it leaves its folder or names a program yet");
    }
    report::line("a command that changes asks again; `adem trust --remove` takes all of it back");
    Ok(exit::DONE)
}

/// A command on one line, in quotes that show whatever it holds.
fn printed(command: &[String]) -> String {
    command.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
}

/// A path in quotes that show whatever it holds.
fn shown(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

/// The links of a course that leave its folder.
fn links(files: &dyn Files, root: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = waiting.pop() {
        for entry in files.list(&folder).unwrap_or_default() {
            let path = folder.join(&entry.name);
            if leaves(root, &root.join(&path)) {
                found.push(path);
            } else if entry.is_folder && !root.join(&path).is_symlink() {
                waiting.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether a path that lies in the course by its name leads out of it by a link.
fn leaves(root: &Path, path: &Path) -> bool {
    let (root, path) = (absolute(root), absolute(path));
    let on_the_way = path.ancestors().take_while(|above| *above != root);
    let Ok(real_root) = std::fs::canonicalize(&root) else { return false };
    // A link to nothing would make a file wherever it points to.
    on_the_way
        .filter(|place| place.is_symlink())
        .any(|link| !std::fs::canonicalize(link).is_ok_and(|real| real.starts_with(&real_root)))
}

/// A path from the root of the disk; links stay.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Refuses to write where a link of an untrusted course leads out of it: at one of these places, at a file beside one
/// that is called like it, or in one that is a folder.
pub(super) fn refuse_links<'a>(
    place: &Place,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    let root = place.files.root();
    if place.files.follows_links() {
        return Ok(());
    }
    for output in outputs {
        // What lies elsewhere by its name is the user's own wish.
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
        if let Some(link) = all.into_iter().find(|path| leaves(root, path)) {
            return Err(Failure::Usage(format!(
                "{} leads out of the course folder by a link, and this course is not trusted; write elsewhere with -o, or trust the course: `adem trust` remembers it, --trust is for one run",
                shown(&link)
            )));
        }
    }
    Ok(())
}

/// The names in a folder, the empty path being the current one; none where it is no folder.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect()
}

/// Whether a path lies below a folder by its name, whatever links there are on the way.
fn below(root: &Path, path: &Path) -> bool {
    absolute(path).starts_with(absolute(root))
}

/// The store of this user: the folder of `ADEM_STATE`, else the one for the state of programs.
pub(super) fn user_store() -> TrustStore {
    let folder = |name: &str| {
        let folder = PathBuf::from(std::env::var_os(name)?);
        // A relative path would mean another folder in every place (XDG base directories: ignore it).
        folder.is_absolute().then_some(folder)
    };
    let of_system = || {
        let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
        Some(state.or_else(|| folder("LOCALAPPDATA"))?.join("adem"))
    };
    TrustStore::new(folder("ADEM_STATE").or_else(of_system))
}
