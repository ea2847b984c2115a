//! The work of all requests on a bounded number of threads. A permit is for a window or a plan, never for a listener, so that
//! nobody waits for the whole of somebody else's sound. Of what waits, that goes first whose listener would fall silent first.

use std::cmp::Ordering as Order;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::problem::{ProblemKind, ServiceProblem};

/// Runs work side by side, as much as there are permits.
#[derive(Debug)]
pub struct RenderPool {
    turns: Arc<TurnQueue>,
    waiting: AtomicUsize,
    /// New versions are refused while more than this waits.
    most_waiting: usize,
}

impl RenderPool {
    pub fn new(threads: usize, most_waiting: usize) -> Self {
        let turns = TurnQueue(Mutex::new(WaitingTurns { free: threads.max(1), ..WaitingTurns::default() }));
        Self { turns: Arc::new(turns), waiting: AtomicUsize::new(0), most_waiting }
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

    /// Waits for a permit: that of work whose result is needed at this time. Earlier ones go first, equal ones in the order in
    /// which they came.
    pub async fn turn(&self, due: Instant) -> WorkPermit {
        let _queued = Queued::new(&self.waiting);
        let waits = {
            let mut turns = self.turns.lock();
            if turns.free > 0 {
                turns.free -= 1;
                return WorkPermit(Some(Arc::clone(&self.turns)));
            }
            let (go, waits) = oneshot::channel();
            turns.count += 1;
            let number = turns.count;
            turns.heap.push(WaitingTurn { due, number, go });
            waits
        };
        // The queue lives as long as the pool, and sends before it forgets a turn.
        waits.await.unwrap_or(WorkPermit(None))
    }

    /// Does some work once a thread is free. Work that has begun goes on to its end and keeps its permit, also if nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// [`ProblemKind::Failed`] if the work panics.
    pub async fn run<T: Send + 'static>(
        &self,
        due: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceProblem> {
        let permit = self.turn(due).await;
        let done = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await
            .map_err(|_| ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why"))
    }
}

/// The right to use a processor until it is dropped.
#[derive(Debug)]
pub struct WorkPermit(Option<Arc<TurnQueue>>);

impl Drop for WorkPermit {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.pass_on();
        }
    }
}

/// Who waits for a permit.
#[derive(Debug)]
struct TurnQueue(Mutex<WaitingTurns>);

#[derive(Debug, Default)]
struct WaitingTurns {
    free: usize,
    heap: BinaryHeap<WaitingTurn>,
    count: u64,
}

#[derive(Debug)]
struct WaitingTurn {
    due: Instant,
    number: u64,
    go: oneshot::Sender<WorkPermit>,
}

impl TurnQueue {
    fn lock(&self) -> MutexGuard<'_, WaitingTurns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a permit to the first who still waits.
    fn pass_on(self: Arc<Self>) {
        loop {
            let next = {
                let mut turns = self.lock();
                let Some(next) = turns.heap.pop() else {
                    turns.free += 1;
                    return;
                };
                next
            };
            match next.go.send(WorkPermit(Some(Arc::clone(&self)))) {
                Ok(()) => return,
                // He has left, and the permit is here again.
                Err(mut permit) => drop(permit.0.take()),
            }
        }
    }
}

/// The greatest of a heap is that which is due first.
impl Ord for WaitingTurn {
    fn cmp(&self, other: &Self) -> Order {
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl PartialOrd for WaitingTurn {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl PartialEq for WaitingTurn {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Order::Equal
    }
}

impl Eq for WaitingTurn {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_would_fall_silent_first_goes_first_and_nobody_who_left_holds_others_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let pool = Arc::new(RenderPool::new(1, 2));
            let begun = Instant::now();
            let held = pool.turn(begun).await;
            let order: Arc<Mutex<Vec<u64>>> = Arc::default();
            let wait = |seconds: u64| {
                let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
                tokio::spawn(async move {
                    let permit = pool.turn(begun + Duration::from_secs(seconds)).await;
                    order.lock().unwrap().push(seconds);
                    drop(permit);
                })
            };
            let waiting = [3, 1, 2].map(wait);
            tokio::task::yield_now().await;
            assert_eq!(pool.waiting(), 3);
            assert!(pool.admit().is_err());
            waiting[1].abort();
            tokio::task::yield_now().await;
            assert_eq!(pool.waiting(), 2);
            drop(held);
            for one in waiting {
                let _ = one.await;
            }
            assert_eq!(*order.lock().unwrap(), [2, 3]);
            assert_eq!((pool.waiting(), pool.turns.lock().free), (0, 1));
        });
    }
}
