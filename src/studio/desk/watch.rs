//! Notices when files of the course are changed by somebody else, and reads the course again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use super::lock;
use crate::edit::hash_of_bytes;
use crate::engine::{Engine, Error};
use crate::files::Files;
use crate::script::file_kind::all_files;
use crate::studio::SharedStudio;
use crate::studio::event::StudioEvent;

/// Editors write a file in several steps; this long nothing may happen before the files are looked at.
const QUIET: Duration = Duration::from_millis(50);
/// How often the files are looked at without being told of a change, and folders that have come since.
const LOOK_AROUND: Duration = Duration::from_secs(2);

/// Watches the folders of the course as long as the program runs. Where the system tells of no changes, as on some shared folders,
/// the files are looked at every now and then.
pub fn watch(studio: &SharedStudio) {
    note(studio, &BTreeMap::new());
    let studio = studio.clone();
    // It ends with the process.
    let _ = std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let (told, changes) = channel();
        let tell = told.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = tell.send(());
            }
        })
        .ok();
        let mut watched: Vec<PathBuf> = Vec::new();
        loop {
            watched.retain(|folder| folder.is_dir());
            for folder in folders(studio.course.root()) {
                let is_new = !watched.contains(&folder);
                let watches = |watcher: &mut notify::RecommendedWatcher| {
                    watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok()
                };
                if is_new && watcher.as_mut().is_some_and(watches) {
                    watched.push(folder);
                }
            }
            wait(&changes);
            if is_other(&studio) {
                read_again(&studio);
            }
        }
    });
}

/// Waits for a change and for quiet after it, or for the time to look around.
fn wait(changes: &Receiver<()>) {
    if changes.recv_timeout(LOOK_AROUND).is_ok() {
        while changes.recv_timeout(QUIET).is_ok() {}
    }
}

/// The folders with text files of a course. Folders are watched and not files, as editors put a new file in the place of the old.
fn folders(root: &Path) -> Vec<PathBuf> {
    ["", "scripts", "scripts/fragments", "scripts/po", "ambience", "ambience/bells", "recordings"]
        .into_iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.is_dir())
        .collect()
}

/// Reads the course again after a change, and tells every page which files are other than they were.
pub fn read_again(studio: &SharedStudio) {
    let changed = note(studio, &BTreeMap::new());
    studio.course.reopen(&studio.events);
    tell(studio, changed);
}

/// What was opened with a text is the course once the text is written. `read` has the hashes of what it was opened with, so that a
/// change that came since is noticed. Returns the number that the course has from then on.
pub(super) fn written(
    studio: &SharedStudio,
    opened: Result<Engine, Error>,
    read: &BTreeMap<PathBuf, String>,
) -> u64 {
    let changed = note(studio, read);
    let generation = studio.course.install(opened, &studio.events);
    tell(studio, changed);
    generation
}

fn tell(studio: &SharedStudio, files: Vec<String>) {
    if !files.is_empty() {
        studio.events.tell(StudioEvent::Files { files });
    }
}

/// Remembers the files as they were read; the paths of those that are other than they were.
fn note(studio: &SharedStudio, read: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let now = hashes(studio, read);
    let mut known = lock(&studio.desk.known);
    let before = std::mem::replace(&mut *known, now);
    let fresh = known.iter().filter(|(path, hash)| before.get(*path) != Some(hash)).map(|(path, _)| path);
    fresh.chain(before.keys().filter(|path| !known.contains_key(*path))).cloned().collect()
}

/// Whether a text file is other than it was when the course was last read.
fn is_other(studio: &SharedStudio) -> bool {
    let now = hashes(studio, &BTreeMap::new());
    *lock(&studio.desk.known) != now
}

/// The hash of every text file of the course: those that were read already, and the others as they lie on the disk.
fn hashes(studio: &SharedStudio, read: &BTreeMap<PathBuf, String>) -> BTreeMap<String, String> {
    let files = studio.course.files();
    let scripts = all_files(files).unwrap_or_default().into_iter().map(|(_, path)| path);
    let translations = files.list(Path::new("scripts/po")).unwrap_or_default();
    let is_translation = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "po");
    let translations =
        translations.into_iter().filter(|entry| !entry.is_folder && is_translation(&entry.name));
    let all = scripts.chain(translations.map(|entry| format!("scripts/po/{}", entry.name)));
    all.filter_map(|path| {
        let known = read.get(Path::new(&path)).cloned();
        let hash = match known {
            Some(hash) => hash,
            None => hash_of_bytes(&files.read(Path::new(&path)).ok()?),
        };
        Some((path, hash))
    })
    .collect()
}
