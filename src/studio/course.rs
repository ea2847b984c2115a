//! The course of the studio: opened once, and again after each change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::event::{StudioEvent, StudioEvents};
use crate::engine::{Engine, Error};
use crate::export::FolderLock;
use crate::files::{DiskFiles, Files};
use crate::http::problem::Problem;
use crate::studio::refusal::Refusal;

/// The windows of generated beds that are kept for the next version, in bytes.
const BED_BYTES: u64 = 512 << 20;

/// Opens a course as the command line would, without the scripts that have errors.
pub type OpenEngine = Box<dyn Fn(Arc<dyn Files>) -> Result<Engine, Error> + Send + Sync>;

/// The course, as it was when it was last read.
pub struct StudioCourse {
    files: DiskFiles,
    open: OpenEngine,
    now: RwLock<OpenedCourse>,
}

/// An opened course, or why it cannot be opened.
#[derive(Clone)]
struct OpenedCourse {
    engine: Arc<Result<Arc<Engine>, Error>>,
    /// The last one that had no errors at all.
    whole: Option<Arc<Engine>>,
    generation: u64,
}

impl StudioCourse {
    /// Opens the course in a folder. One with errors is told by the pages.
    pub fn new(files: DiskFiles, open: OpenEngine) -> Self {
        let engine = Arc::new(open(Arc::new(files.clone())).map(Arc::new));
        if let Ok(engine) = &*engine {
            engine.share_beds(BED_BYTES);
        }
        let whole = engine.as_ref().as_ref().ok().filter(|engine| engine.closed().is_empty()).cloned();
        Self { files, open, now: RwLock::new(OpenedCourse { engine, whole, generation: 1 }) }
    }

    pub fn files(&self) -> &DiskFiles {
        &self.files
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.files.root()
    }

    /// The path of a file below the course, if no link on the way leads out of it.
    ///
    /// # Errors
    /// [`Problem`] if one does.
    pub fn place(&self, path: &str) -> Result<PathBuf, Problem> {
        let place = self.root().join(path);
        match self.files.refused_link(&place) {
            None => Ok(place),
            Some(link) => Err(Refusal::Link.with(&[("file", &link.display())])),
        }
    }

    /// The course as it was last read.
    pub fn engine(&self) -> Arc<Result<Arc<Engine>, Error>> {
        self.opened().engine
    }

    /// The course as it was when it last had no errors: for whoever speaks while somebody else makes a mistake in a file.
    pub fn last_whole(&self) -> Option<Arc<Engine>> {
        self.opened().whole
    }

    /// The course with other files: what would be if some of them were changed.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_with(&self, files: Arc<dyn Files>) -> Result<Engine, Error> {
        (self.open)(files)
    }

    /// The course with other files, of which most are as they were. What is known of its sounds stays known, and
    /// what is as it was is not parsed again.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn reopen_with(&self, files: Arc<dyn Files>) -> Result<Engine, Error> {
        match &*self.engine() {
            Ok(engine) => engine.reopen_spared_at(files),
            Err(_) => self.open_with(files),
        }
    }

    /// How often the course was read.
    pub fn generation(&self) -> u64 {
        self.opened().generation
    }

    fn opened(&self) -> OpenedCourse {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the course again, and tells every page. This takes a while; call it where blocking is allowed.
    pub fn reopen(&self, events: &StudioEvents) {
        self.install(self.reopen_with(Arc::new(self.files.clone())), events);
    }

    /// What was opened with files that lie on the disk now is the course from now on; every page is told. Returns its number.
    pub fn install(&self, opened: Result<Engine, Error>, events: &StudioEvents) -> u64 {
        let engine = Arc::new(opened.map(|engine| Arc::new(engine.on(Arc::new(self.files.clone())))));
        let usable = engine.is_ok();
        let generation = {
            let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
            if let Ok(whole) = &*engine
                && whole.closed().is_empty()
            {
                now.whole = Some(whole.clone());
            }
            now.engine = engine;
            now.generation += 1;
            now.generation
        };
        events.tell(StudioEvent::Course { generation, usable });
        generation
    }

    /// Keeps other processes, and other requests, from changing files of the course until it is dropped.
    ///
    /// # Errors
    /// [`Problem`] if somebody else has it for too long.
    pub fn alone(&self) -> Result<FolderLock, Problem> {
        FolderLock::beside(&self.root().join("course.toml")).map_err(|_| Refusal::OtherAdem.problem())
    }
}
