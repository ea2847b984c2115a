//! The work of all requests on a bounded number of threads. A permit is for a window or a plan, never for a listener, so that
//! nobody waits for the whole of somebody else's sound.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::problem::{ProblemKind, ServiceProblem};

/// Runs work side by side, as much as there are permits.
#[derive(Debug)]
pub struct RenderPool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// New versions are refused while more than this waits.
    most_waiting: usize,
}

impl RenderPool {
    pub fn new(threads: usize, most_waiting: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(threads.max(1))), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// How much work waits for a thread.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether more may be begun.
    ///
    /// # Errors
    /// [`ProblemKind::Busy`] with the time after which to ask again.
    pub fn admit(&self) -> Result<(), ServiceProblem> {
        let waiting = self.waiting();
        if waiting < self.most_waiting {
            return Ok(());
        }
        let wait = Duration::from_secs(1 + waiting as u64 / 16);
        let detail = "the service renders as much as it can at the moment; ask again";
        Err(ServiceProblem::for_now(ProblemKind::Busy, detail, wait))
    }

    /// Does some work once a thread is free. Work that has begun goes on to its end and keeps its permit, also if nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// [`ProblemKind::Failed`] if the work panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceProblem> {
        let queued = Queued::new(&self.waiting);
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        drop(queued);
        let Ok(permit) = permit else {
            return Err(ServiceProblem::new(ProblemKind::Stopping, "the service is about to stop"));
        };
        let done = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await
            .map_err(|_| ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why"))
    }
}

/// Counts what waits, also if whoever waits leaves.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
