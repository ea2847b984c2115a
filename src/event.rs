//! Progress events of long operations. They carry no text; each front end words them itself.

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

    /// Whether the operation should stop; asked several times a second.
    fn wants_stop(&self) -> bool {
        false
    }
}

/// A listener that ignores every event.
pub struct Silent;

impl Listener for Silent {
    fn on_progress(&self, _: ProgressEvent) {}
}
