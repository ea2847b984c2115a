//! Works through a list with several threads.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` for each item, in order, on so many threads at once: at least one.
pub(super) fn side_by_side<T: Send>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) + Sync,
) {
    let queue = Mutex::new(items);
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(item) = next() {
                    work(item);
                }
            });
        }
    });
}
