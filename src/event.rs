//! What a long piece of work tells while it goes on. No text: terminal and studio each say it in their own way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::unit::Frames;

/// One step forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A recording is looked at for the first time, or again after a change.
    Decoding {
        /// How many that makes.
        count: usize,
        /// How many there are, those in the cache included.
        of: usize,
    },
    /// A phrase without a recording is spoken by a machine for the first time.
    Drafting {
        /// How many that makes.
        count: usize,
        /// How many have no recording, those in the cache included.
        of: usize,
    },
    /// The mix is measured before it is rendered.
    Measuring {
        /// How much is done.
        done: Frames,
        /// The whole.
        total: Frames,
    },
    /// The mix is rendered.
    Rendering {
        /// How much is done.
        done: Frames,
        /// The whole.
        total: Frames,
    },
}

/// Who hears of it. May be called from several threads.
pub trait Listener: Sync {
    /// Takes one event.
    fn hear(&self, event: Event);
}

/// Nobody listens.
pub struct Silent;

impl Listener for Silent {
    fn hear(&self, _: Event) {}
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
    pub fn tell(&self, event: Event) {
        self.listener.hear(event);
    }

    /// Whether the work is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
