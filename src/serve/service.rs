//! What all requests share.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::clients::Clients;
use super::course::ServedCourse;
use super::finished::FinishedFiles;
use super::metrics::Metrics;
use super::pieces::PieceShelf;
use super::pool::RenderPool;
use super::problem::{ProblemKind, ServiceProblem};
use super::spool::Spools;
use super::tokens::Tokens;
use super::version::WorkLimits;
use super::wish::{WishOptions, Wishes};
use crate::build::store::ResultStore;
use crate::diag::Severity;

/// How a service works, and how much it may do.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// How many windows are rendered side by side.
    pub threads: usize,
    /// How much work may wait before new versions are refused.
    pub most_waiting: usize,
    /// How many answers with sound are sent at once.
    pub most_streams: usize,
    /// How many files are made or wait for it.
    pub most_files: usize,
    /// How many requests a second one client may make; `None` for any number.
    pub rate: Option<f64>,
    /// Whether the address of a client is what the proxy in front says.
    pub behind_proxy: bool,
    pub limits: WorkLimits,
    /// Where finished files are.
    pub folder: PathBuf,
    /// The most bytes of finished files.
    pub keep: u64,
    /// The most bytes of finished pieces of WAV files.
    pub pieces: u64,
    /// A store that services share.
    pub store: Option<String>,
    /// The origins of pages that may read answers.
    pub origins: Vec<String>,
    /// How long answers may go on after the service was asked to stop.
    pub drain: Duration,
    /// How long a connection may stand still.
    pub stall: Duration,
    /// How long a file is still made after the last one who waited for it has left.
    pub linger: Duration,
    pub wishes: WishOptions,
}

/// A service over its courses.
pub struct Service {
    pub courses: BTreeMap<String, ServedCourse>,
    pub options: ServiceOptions,
    pub tokens: Tokens,
    pub pool: Arc<RenderPool>,
    pub pieces: Arc<PieceShelf>,
    pub spools: Arc<Spools>,
    pub metrics: Arc<Metrics>,
    pub clients: Clients,
    pub wishes: Wishes,
    streams: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Service {
    /// A service that is ready.
    ///
    /// # Errors
    /// If its folder or its store cannot be used.
    pub fn new(courses: Vec<ServedCourse>, tokens: Tokens, options: ServiceOptions) -> io::Result<Arc<Self>> {
        let store = options.store.as_deref().map(ResultStore::open).transpose();
        let store = store.map_err(io::Error::other)?;
        let metrics = Arc::new(Metrics::default());
        let files = Arc::new(FinishedFiles::open(&options.folder, options.keep, store)?);
        let pieces = Arc::new(PieceShelf::new(&options.folder, options.pieces)?);
        let wishes = Wishes::new(options.wishes.clone(), Arc::clone(&files), options.behind_proxy);
        let at_once = (options.threads.div_ceil(2), options.most_files);
        let pool = Arc::new(RenderPool::new(options.threads, options.most_waiting));
        let spools =
            Arc::new(Spools::new(files, at_once, options.linger, (Arc::clone(&pool), Arc::clone(&metrics))));
        Ok(Arc::new(Self {
            courses: courses.into_iter().map(|course| (course.name.clone(), course)).collect(),
            tokens,
            pool,
            pieces,
            spools,
            metrics,
            wishes,
            clients: Clients::new(options.rate, options.behind_proxy),
            streams: Arc::new(Semaphore::new(options.most_streams)),
            stopping: AtomicBool::new(false),
            options,
        }))
    }

    /// A course by its name in addresses.
    ///
    /// # Errors
    /// `ProblemKind::NotFound`.
    pub fn course(&self, name: &str) -> Result<&ServedCourse, ServiceProblem> {
        self.courses.get(name).ok_or_else(|| {
            ServiceProblem::new(ProblemKind::NotFound, "there is no such course; /v1/courses lists them")
        })
    }

    /// Takes the place of one answer with sound.
    ///
    /// # Errors
    /// `ProblemKind::Busy` if there are too many.
    pub fn stream(&self) -> Result<StreamGuard, ServiceProblem> {
        let permit = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            let detail = "the service has as many listeners as it can; ask again";
            ServiceProblem::for_now(ProblemKind::Busy, detail, Duration::from_secs(5))
        })?;
        self.metrics.streams.inc();
        Ok(StreamGuard { metrics: Arc::clone(&self.metrics), _permit: permit })
    }

    /// Whether it takes new work.
    pub fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed) && self.pool.admit().is_ok()
    }

    /// Is no longer ready, so that a balancer sends nobody any more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Reads again what has changed of all courses. On an error a course stays as it was.
    pub fn reload(&self) {
        for course in self.courses.values() {
            let fine = match course.reload() {
                Ok(false) => continue,
                Ok(true) => {
                    tracing::info!(course = course.name, "read again");
                    true
                }
                Err(error) => {
                    let error = told(&error);
                    tracing::error!(course = course.name, error, "cannot be read again; it stays as it was");
                    false
                }
            };
            self.metrics.reloaded(fine);
        }
    }

    /// The text for Prometheus.
    pub fn metrics_text(&self) -> String {
        let versions = self.courses.values().map(ServedCourse::versions).sum();
        let beds = self.courses.values().map(|course| course.now().engine.bed_windows());
        let beds = beds.fold([0, 0], |sum, own| [sum[0] + own[0], sum[1] + own[1]]);
        self.metrics.text(self.pool.waiting(), versions, beds, self.spools.files().bytes())
    }
}

/// An error of a course in one line.
fn told(error: &crate::engine::Error) -> String {
    match error {
        crate::engine::Error::Diagnostics { found, sources } => {
            let one = |found: &crate::diag::Diagnostic| {
                let (span, path) = (found.span(), &sources.get(found.span().file).path);
                format!("{path}:{}: {}", sources.line_column(span).line, found.message)
            };
            // Warnings keep nothing back.
            let errors = found.iter().filter(|found| found.severity == Severity::Error);
            errors.take(3).map(one).collect::<Vec<_>>().join("; ")
        }
        crate::engine::Error::Request(_)
        | crate::engine::Error::World(_)
        | crate::engine::Error::ChecklistFailed(_)
        | crate::engine::Error::OutputClosed
        | crate::engine::Error::Stopped => error.to_string(),
    }
}

/// An answer with sound that is being sent.
pub struct StreamGuard {
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
}

impl StreamGuard {
    /// Counts what was sent.
    pub fn sent(&self, bytes: usize) {
        self.metrics.sent(bytes);
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.metrics.streams.dec();
    }
}
