//! Reads courses again when their files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use notify::{Config, Error, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::service::Service;

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

/// Watches courses until it is dropped.
pub struct CourseWatcher {
    _watcher: Option<RecommendedWatcher>,
    /// Without it, the thread ends.
    _sender: Sender<()>,
}

impl CourseWatcher {
    /// Begins to watch the folders of courses.
    ///
    /// # Errors
    /// If the system cannot.
    pub fn new(service: Arc<Service>, folders: &[PathBuf], method: WatchMethod) -> Result<Self, Error> {
        let (sender, changes) = channel();
        let (watcher, work): (_, Box<dyn FnOnce() + Send>) = match method {
            WatchMethod::Events => {
                let watcher = watcher(folders, sender.clone())?;
                (Some(watcher), Box::new(move || reload_after(&changes, &service)))
            }
            // What a watcher that polls can tell is no finer than a second; a stamp of the files is.
            WatchMethod::Poll(often) => (None, Box::new(move || reload_often(&changes, often, &service))),
        };
        thread::Builder::new().name("adem-watch".to_owned()).spawn(work).map_err(Error::io)?;
        Ok(Self { _watcher: watcher, _sender: sender })
    }
}

fn watcher(folders: &[PathBuf], sender: Sender<()>) -> Result<RecommendedWatcher, Error> {
    let tell = move |event: Result<Event, Error>| {
        // Reading a file is no change. What cannot be told may be one.
        if event.map_or(true, |event| !event.kind.is_access()) {
            let _ = sender.send(());
        }
    };
    let mut watcher = RecommendedWatcher::new(tell, Config::default())?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        for below in FOLDERS.iter().map(|name| folder.join(name)).filter(|below| Path::is_dir(below)) {
            watcher.watch(&below, RecursiveMode::Recursive)?;
        }
    }
    Ok(watcher)
}

/// Reads what has changed once it is quiet, until the watcher is gone.
fn reload_after(changes: &Receiver<()>, service: &Service) {
    while changes.recv().is_ok() {
        loop {
            match changes.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        service.reload();
    }
}

/// Reads what has changed again and again, until the watcher is gone.
fn reload_often(changes: &Receiver<()>, often: Duration, service: &Service) {
    while changes.recv_timeout(often) == Err(RecvTimeoutError::Timeout) {
        service.reload();
    }
}
