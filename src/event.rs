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

/// Stops work from elsewhere: another thread, a signal, a request that has gone. Clones stop the same work.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Nothing is to stop yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop; it looks a few times a second. Whether that was asked before.
    pub fn cancel(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether the work is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A piece of work that is under way: who hears of it, and what stops it.
#[derive(Clone)]
pub struct Task<'a> {
    listener: &'a dyn Listener,
    cancel: Cancel,
}

impl<'a> Task<'a> {
    /// Work that somebody hears of and can stop.
    pub fn new(listener: &'a dyn Listener, cancel: Cancel) -> Self {
        Self { listener, cancel }
    }

    /// Work that nobody hears of.
    pub fn silent() -> Task<'static> {
        Task { listener: &Silent, cancel: Cancel::new() }
    }

    /// Tells of one step forward.
    pub fn tell(&self, event: ProgressEvent) {
        self.listener.on_progress(event);
    }

    /// Whether the work is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
