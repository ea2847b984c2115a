//! Files that cannot be made in pieces: rendered once for all who wait for them, readable while they grow, and kept when they
//! are finished. A file that nobody waits for any more is given up. Formats that are written from front to back grow side by
//! side, a piece of one after a piece of another, as their listeners need them; the others are made one after the other.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::task::spawn_blocking;

use super::finished::FinishedFiles;
use super::metrics::Metrics;
use super::pool::RenderPool;
use super::problem::{ProblemKind, ServiceProblem, is_full};
use super::version::ServedVersion;
use crate::delivery::format::Format;
use crate::engine::{Error, Listening, RenderJob};
use crate::event::{Cancel, Silent, Task};
use crate::export::{ExportError, OutputFile};
use crate::files::SharedFile;
use crate::unit::Frames;

/// What is made of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoolProduct {
    Sound(Format),
    /// The measurements of the whole sound.
    Report,
}

/// The name of a file of a version.
pub fn spool_name(version: &ServedVersion, product: SpoolProduct) -> String {
    match product {
        SpoolProduct::Sound(format) => format!("{}.{}", version.fingerprint(format), format.extension()),
        SpoolProduct::Report => format!("{}.report.json", version.fingerprint(Format::Wav24)),
    }
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum SpoolProgress {
    Growing(u64),
    Done(u64),
    Failed(ServiceProblem),
}

/// What a file is made of.
struct SpoolWork {
    version: Arc<ServedVersion>,
    product: SpoolProduct,
    listening: Option<Arc<Listening>>,
}

/// A file that is being made.
struct Spool {
    name: String,
    file: SharedFile,
    progress: watch::Sender<SpoolProgress>,
    cancel: Cancel,
    stop: Notify,
    readers: Mutex<usize>,
}

/// The files that are being made.
pub struct Spools {
    files: Arc<FinishedFiles>,
    running: Mutex<BTreeMap<String, Arc<Spool>>>,
    permits: Arc<Semaphore>,
    /// New files are refused beyond so many.
    most: usize,
    /// How long a file is still made after the last one who waited for it has left: a player may come back.
    linger: Duration,
    pool: Arc<RenderPool>,
    metrics: Arc<Metrics>,
}

impl Spools {
    pub fn new(
        files: Arc<FinishedFiles>,
        (at_once, most): (usize, usize),
        linger: Duration,
        (pool, metrics): (Arc<RenderPool>, Arc<Metrics>),
    ) -> Self {
        let permits = Arc::new(Semaphore::new(at_once.max(1)));
        Self { files, running: Mutex::default(), permits, most, linger, pool, metrics }
    }

    pub fn files(&self) -> &Arc<FinishedFiles> {
        &self.files
    }

    /// How many files are being made or wait for it.
    pub fn count(&self) -> usize {
        self.running().len()
    }

    /// Joins whoever waits for a file already, or begins it: from the version as a WAV, if it grows.
    ///
    /// # Errors
    /// [`ProblemKind::Busy`] if there is too much to do.
    pub fn join(
        self: &Arc<Self>,
        version: &Arc<ServedVersion>,
        product: SpoolProduct,
        listening: Option<Arc<Listening>>,
    ) -> Result<SpoolReader, ServiceProblem> {
        let name = spool_name(version, product);
        let mut running = self.running();
        if let Some(spool) = running.get(&name) {
            *spool.readers() += 1;
            return Ok(SpoolReader::new(self, spool));
        }
        if running.len() >= self.most {
            let detail = "the service makes as many files as it can at the moment; ask again";
            return Err(ServiceProblem::for_now(ProblemKind::Busy, detail, Duration::from_secs(5)));
        }
        let begun = self.files.begin(&name).map_err(Error::from)?;
        let reader = begun.reader().and_then(|file| file.ok_or_else(|| io::ErrorKind::Unsupported.into()));
        let file = reader.map_err(|error| Error::from(ExportError::new(&name, error)))?;
        let spool = Arc::new(Spool {
            name: name.clone(),
            file: SharedFile::new(file),
            progress: watch::Sender::new(SpoolProgress::Growing(0)),
            cancel: Cancel::new(),
            stop: Notify::new(),
            readers: Mutex::new(1),
        });
        running.insert(name, Arc::clone(&spool));
        drop(running);
        let reader = SpoolReader::new(self, &spool);
        let work = SpoolWork { version: Arc::clone(version), product, listening };
        tokio::spawn(Arc::clone(self).make(spool, begun, work));
        Ok(reader)
    }

    /// Makes a file.
    async fn make(self: Arc<Self>, spool: Arc<Spool>, begun: OutputFile, work: SpoolWork) {
        let made = match (&work.listening, work.product) {
            (Some(listening), SpoolProduct::Sound(format)) => {
                self.grow(&spool, begun, Arc::clone(listening), format).await
            }
            (None, SpoolProduct::Sound(_)) | (_, SpoolProduct::Report) => {
                self.at_once(&spool, begun, work).await
            }
        };
        let outcome = made.map_err(|error| match error {
            None => ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why"),
            Some(Error::Stopped) => {
                ServiceProblem::new(ProblemKind::Stopping, "nobody waited for this file any more")
            }
            Some(error) => {
                tracing::error!(%error, name = spool.name, folder = %self.files.folder().display(), "a file cannot be made");
                // There is room for the next one that asks.
                if is_full(&error) && self.files.make_room() {
                    tracing::warn!("finished files were removed, as the disk is full");
                }
                ServiceProblem::of(&error)
            }
        });
        self.metrics.spool(match &outcome {
            Ok(_) => "made",
            Err(problem) if problem.kind == ProblemKind::Stopping => "stopped",
            Err(_) => "failed",
        });
        self.forget(&spool);
        spool.progress.send_replace(match outcome {
            Ok(bytes) => SpoolProgress::Done(bytes),
            Err(problem) => SpoolProgress::Failed(problem),
        });
    }

    /// Makes a file that grows, on a thread of its own that works when it is its turn. `None` is a panic.
    async fn grow(
        &self,
        spool: &Arc<Spool>,
        begun: OutputFile,
        listening: Arc<Listening>,
        format: Format,
    ) -> Result<u64, Option<Error>> {
        let (pool, files, own) = (Arc::clone(&self.pool), Arc::clone(&self.files), Arc::clone(spool));
        let (runtime, started) = (Handle::current(), Instant::now());
        let (tell, told) = oneshot::channel();
        let work = move || {
            let mut turn = |done: Frames| {
                let sounds = Duration::from_secs_f64(done.seconds(listening.plan().timeline.rate));
                let permit = runtime.block_on(pool.turn(started + sounds));
                if own.cancel.is_cancelled() { Err(Error::Stopped) } else { Ok(permit) }
            };
            let to = SpoolWriter { spool: Arc::clone(&own), written: 0 };
            let made = listening.encode(format, to, &mut turn).and_then(|to| {
                files.finish(&own.name, begun, to.written)?;
                Ok(to.written)
            });
            // Whoever waited may have left.
            let _ = tell.send(made);
        };
        match thread::Builder::new().name("adem-spool".to_owned()).spawn(work) {
            Ok(_) => told.await.map_err(|_| None)?.map_err(Some),
            Err(error) => Err(Some(ExportError::new(&spool.name, error).into())),
        }
    }

    /// Makes a file as a whole once its turn comes. `None` is a panic.
    async fn at_once(
        &self,
        spool: &Arc<Spool>,
        begun: OutputFile,
        work: SpoolWork,
    ) -> Result<u64, Option<Error>> {
        let turn = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::select! {
            permit = turn => permit.ok(),
            () = spool.stop.notified() => None,
        };
        let Some(permit) = permit else { return Err(Some(Error::Stopped)) };
        let (files, own) = (Arc::clone(&self.files), Arc::clone(spool));
        let made = spawn_blocking(move || {
            let made = write(&work.version, work.product, &own)
                .and_then(|bytes| Ok(files.finish(&own.name, begun, bytes).map(|()| bytes)?));
            drop(permit);
            made
        });
        made.await.map_err(|_| None)?.map_err(Some)
    }

    /// Stops all.
    pub fn stop(&self) {
        for spool in std::mem::take(&mut *self.running()).into_values() {
            spool.cancel.cancel();
            spool.stop.notify_one();
        }
    }

    fn forget(&self, spool: &Arc<Spool>) {
        let mut running = self.running();
        if running.get(&spool.name).is_some_and(|own| Arc::ptr_eq(own, spool)) {
            running.remove(&spool.name);
        }
    }

    /// Gives up a file if nobody waits for it.
    fn leave(&self, spool: &Arc<Spool>) {
        let mut running = self.running();
        if *spool.readers() > 0 {
            return;
        }
        if running.get(&spool.name).is_some_and(|own| Arc::ptr_eq(own, spool)) {
            running.remove(&spool.name);
        }
        spool.cancel.cancel();
        spool.stop.notify_one();
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Spool>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spool {
    fn readers(&self) -> MutexGuard<'_, usize> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a file.
pub struct SpoolReader {
    spools: Arc<Spools>,
    spool: Arc<Spool>,
    progress: watch::Receiver<SpoolProgress>,
}

impl SpoolReader {
    fn new(spools: &Arc<Spools>, spool: &Arc<Spool>) -> Self {
        let progress = spool.progress.subscribe();
        Self { spools: Arc::clone(spools), spool: Arc::clone(spool), progress }
    }

    /// Waits for the end of the file; returns its size.
    ///
    /// # Errors
    /// Why it was not made.
    pub async fn finished(&mut self) -> Result<u64, ServiceProblem> {
        loop {
            match self.progress.borrow_and_update().clone() {
                SpoolProgress::Growing(_) => {}
                SpoolProgress::Done(bytes) => return Ok(bytes),
                SpoolProgress::Failed(problem) => return Err(problem),
            }
            self.changed().await?;
        }
    }

    /// The next bytes from `at` on, at most so many; empty at the end of the file.
    ///
    /// # Errors
    /// Why it was not made, and those of the disk.
    pub async fn read(&mut self, at: u64, most: u64) -> Result<Vec<u8>, ServiceProblem> {
        loop {
            let there = match self.progress.borrow_and_update().clone() {
                SpoolProgress::Growing(there) if there <= at => None,
                SpoolProgress::Growing(there) | SpoolProgress::Done(there) => Some(there),
                SpoolProgress::Failed(problem) => return Err(problem),
            };
            if let Some(there) = there {
                let mut bytes = vec![0; there.saturating_sub(at).min(most) as usize];
                let read = self.spool.file.read_exact_at(&mut bytes, at);
                return read.map(|()| bytes).map_err(|error| {
                    tracing::error!(%error, name = self.spool.name, "a file cannot be read");
                    ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why")
                });
            }
            self.changed().await?;
        }
    }

    async fn changed(&mut self) -> Result<(), ServiceProblem> {
        let gone = |_| ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why");
        self.progress.changed().await.map_err(gone)
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        let left = {
            let mut readers = self.spool.readers();
            *readers -= 1;
            *readers
        };
        if left > 0 || !matches!(*self.progress.borrow(), SpoolProgress::Growing(_)) {
            return;
        }
        let (spools, spool) = (Arc::clone(&self.spools), Arc::clone(&self.spool));
        match Handle::try_current() {
            Ok(runtime) if !spools.linger.is_zero() => {
                runtime.spawn(async move {
                    tokio::time::sleep(spools.linger).await;
                    spools.leave(&spool);
                });
            }
            Ok(_) | Err(_) => spools.leave(&spool),
        }
    }
}

/// Writes a product; returns its size.
fn write(version: &ServedVersion, product: SpoolProduct, spool: &Arc<Spool>) -> Result<u64, Error> {
    let task = Task::new(&Silent, spool.cancel.clone());
    let mut to = SpoolWriter { spool: Arc::clone(spool), written: 0 };
    let (engine, plan) = (&version.engine, &version.plan);
    match product {
        SpoolProduct::Sound(format) => {
            engine.render_to(plan, &version.render_job(), format, &mut to, &task)?;
        }
        SpoolProduct::Report => {
            let job = RenderJob { measured: true, ..version.render_job() };
            let rendered = engine.render_to(plan, &job, Format::Wav24, &mut io::sink(), &task)?;
            let report = engine.report_of(plan, &job, &rendered)?;
            to.write_all(&report).map_err(|error| ExportError::new(&spool.name, error))?;
        }
    }
    Ok(to.written)
}

/// Writes into the file and tells of it.
struct SpoolWriter {
    spool: Arc<Spool>,
    written: u64,
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.spool.file.write_all_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        self.spool.progress.send_replace(SpoolProgress::Growing(self.written));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
