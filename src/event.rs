//! What a long piece of work tells while it goes on. No text: terminal and studio each say it in their own way.

use crate::unit::Frames;

/// One step forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressEvent {
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
    fn hear(&self, event: ProgressEvent);

    /// Whether the work should stop; asked a few times a second.
    fn wants_stop(&self) -> bool {
        false
    }
}

/// Nobody listens.
pub struct Silent;

impl Listener for Silent {
    fn hear(&self, _: ProgressEvent) {}
}
