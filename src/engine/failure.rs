//! Why something could not be produced, sorted by who has to act.

use thiserror::Error;

use crate::asset::SoundError;
use crate::diag::{Diagnostic, Sources};
use crate::export::{ExportError, Failure as ExportFailure};
use crate::qc::Report;

/// Why something could not be produced.
#[derive(Debug, Error)]
pub enum Failure {
    /// Files of the user need a change.
    #[error("{} in the files of the course", count(found.len()))]
    Mistakes {
        /// What was found, warnings included.
        found: Vec<Diagnostic>,
        /// The files it points into.
        sources: Sources,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The world failed: a disk, a decoder, an encoder.
    #[error("{0}")]
    World(String),
    /// The sound is not fit to be published, and nobody wants to keep it.
    #[error("the sound is not fit to be published; nothing was written")]
    Unfit(Box<Report>),
    /// Whoever listened to the output has gone.
    #[error("the listener has gone")]
    ListenerGone,
    /// Somebody wanted it to stop.
    #[error("stopped; nothing was written")]
    Stopped,
}

impl Failure {
    /// A failure of the world in its own words.
    pub fn world(error: impl std::fmt::Display) -> Self {
        Self::World(error.to_string())
    }
}

impl From<SoundError> for Failure {
    fn from(error: SoundError) -> Self {
        Self::world(error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        if matches!(error.failure, ExportFailure::ClosedPipe) {
            Self::ListenerGone
        } else {
            Self::world(error)
        }
    }
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "one mistake".to_owned() } else { format!("{mistakes} mistakes") }
}
