//! Reads courses again when their files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use notify::{Config, Error, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::service::Service;
use crate::files::{FolderIdentity, folder_at};

/// How changes are found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchMethod {
    /// The system tells.
    Events,
    /// The files are looked at, this often: where the system tells nothing, as on network disks.
    Poll(Duration),
}

/// The folders of a course that its sound depends on; `course.toml` is in its own folder.
const FOLDERS: [&str; 4] = ["scripts", "voice", "ambience", "recordings"];
/// How long nothing may change before a course is read: editors and copies write many files.
const QUIET: Duration = Duration::from_millis(200);

/// How often it is looked whether the folders are still those that are watched: a link may lead elsewhere, a folder be
/// replaced by another or be new.
const LOOK: Duration = Duration::from_secs(1);

/// Watches courses until it is dropped.
pub struct CourseWatcher {
    /// Without it, the thread ends.
    _sender: Sender<()>,
}

impl CourseWatcher {
    /// Begins to watch the folders of courses.
    ///
    /// # Errors
    /// If the system cannot.
    pub fn new(service: Arc<Service>, folders: &[PathBuf], method: WatchMethod) -> Result<Self, Error> {
        let (sender, stop) = channel();
        let work: Box<dyn FnOnce() + Send> = match method {
            WatchMethod::Events => {
                let watched = WatchedFolders::new(folders.to_vec())?;
                Box::new(move || reload_after(watched, &stop, &service))
            }
            // What a watcher that polls can tell is no finer than a second; a stamp of the files is.
            WatchMethod::Poll(often) => Box::new(move || reload_often(&stop, often, &service)),
        };
        thread::Builder::new().name("adem-watch".to_owned()).spawn(work).map_err(Error::io)?;
        Ok(Self { _sender: sender })
    }
}

/// Folders of which the system tells changes.
struct WatchedFolders {
    courses: Vec<PathBuf>,
    /// What each path led to when it began to be watched.
    places: Vec<Option<FolderIdentity>>,
    changes: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl WatchedFolders {
    fn new(courses: Vec<PathBuf>) -> Result<Self, Error> {
        let (sender, changes) = channel();
        let tell = move |event: Result<Event, Error>| {
            // Reading a file is no change. What cannot be told may be one.
            if event.map_or(true, |event| !event.kind.is_access()) {
                let _ = sender.send(());
            }
        };
        // Before they are watched, so that what is replaced meanwhile is seen.
        let places = places(&courses);
        let mut watcher = RecommendedWatcher::new(tell, Config::default())?;
        for course in &courses {
            watcher.watch(course, RecursiveMode::NonRecursive)?;
            for below in FOLDERS.iter().map(|name| course.join(name)).filter(|below| Path::is_dir(below)) {
                watcher.watch(&below, RecursiveMode::Recursive)?;
            }
        }
        Ok(Self { courses, places, changes, _watcher: watcher })
    }

    /// Watches what the paths lead to now. Returns whether that was needed.
    fn renew(&mut self) -> bool {
        if self.places == places(&self.courses) {
            return false;
        }
        match Self::new(self.courses.clone()) {
            Ok(fresh) => *self = fresh,
            // A folder that is away for a moment: it is looked for again.
            Err(error) => tracing::warn!(%error, "changes of a course may not be noticed"),
        }
        true
    }
}

/// What the watched paths of courses lead to.
fn places(courses: &[PathBuf]) -> Vec<Option<FolderIdentity>> {
    let of_course = |course: &PathBuf| {
        let below = FOLDERS.map(|name| folder_at(&course.join(name)));
        [folder_at(course)].into_iter().chain(below)
    };
    courses.iter().flat_map(of_course).collect()
}

/// Reads what has changed once it is quiet, until the watcher is dropped.
fn reload_after(mut watched: WatchedFolders, stop: &Receiver<()>, service: &Service) {
    while stop.try_recv() != Err(TryRecvError::Disconnected) {
        let mut has_changed = match watched.changes.recv_timeout(LOOK) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            // The watcher of the system has ended: only looking is left.
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(LOOK);
                false
            }
        };
        while has_changed && watched.changes.recv_timeout(QUIET).is_ok() {}
        has_changed |= watched.renew();
        if has_changed {
            service.reload();
        }
    }
}

/// Reads what has changed again and again, until the watcher is dropped.
fn reload_often(stop: &Receiver<()>, often: Duration, service: &Service) {
    while stop.recv_timeout(often) == Err(RecvTimeoutError::Timeout) {
        service.reload();
    }
}
