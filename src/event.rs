//! Progress events of long operations. They carry no text; each front end words them itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::unit::Frames;

/// One step of a long operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressEvent {
    /// A recording is decoded because it is new or has changed.
    Decoding {
        /// The number of items so far, this one included.
        count: usize,
        /// The number of recordings, including those already in the cache.
        of: usize,
    },
    /// A phrase without a recording is synthesised for the first time.
    Drafting {
        /// The number of items so far, this one included.
        count: usize,
        /// The number of phrases without a recording, including those already in the cache.
        of: usize,
    },
    /// The mix is measured before it is rendered.
    Measuring {
        done: Frames,
        /// The length of the track.
        total: Frames,
    },
    Rendering {
        done: Frames,
        /// The length of the track.
        total: Frames,
    },
}

/// Receives progress events, possibly from several threads at once.
pub trait Listener: Sync {
    fn on_progress(&self, event: ProgressEvent);
}

/// A listener that ignores every event.
pub struct Silent;

impl Listener for Silent {
    fn on_progress(&self, _: ProgressEvent) {}
}

/// Cancels a task from elsewhere, such as another thread or a signal handler. Clones cancel the same task.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the task to stop, which it checks several times a second. Returns whether it had been asked before.
    pub fn cancel(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether the task has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A running operation: its progress listener and its cancellation.
#[derive(Clone)]
pub struct Task<'a> {
    listener: &'a dyn Listener,
    cancel: Cancel,
}

impl<'a> Task<'a> {
    /// A task with a listener that can be cancelled.
    pub fn new(listener: &'a dyn Listener, cancel: Cancel) -> Self {
        Self { listener, cancel }
    }

    /// A task without a listener.
    pub fn silent() -> Task<'static> {
        Task { listener: &Silent, cancel: Cancel::new() }
    }

    /// Reports progress.
    pub fn tell(&self, event: ProgressEvent) {
        self.listener.on_progress(event);
    }

    /// Whether the task has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
