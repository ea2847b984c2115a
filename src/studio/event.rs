//! What is told to every open page.

use serde::Serialize;
use tokio::sync::broadcast;

/// The most events that wait for a slow page; one that is slower is told to look again.
const WAITING: usize = 256;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum StudioEvent {
    /// The course was read again: after a change by the studio, or one made elsewhere.
    Course {
        /// How often it was read.
        generation: u64,
        /// Whether it can be used; else its errors are those of `/studio/course`.
        usable: bool,
    },
    /// A take of a voice came, or was decided about.
    Takes {
        /// The folder of the voice.
        voice: String,
        /// `script/phrase`.
        phrase: String,
    },
    /// Text files of the course are other than they were.
    Files {
        /// Their paths below the course.
        files: Vec<String>,
    },
    /// A render or a build is further than it was.
    Making {
        /// As `/studio/making` has it.
        job: serde_json::Value,
    },
    /// Events were lost on the way: look at everything again.
    Lost,
}

/// Sends events to every page.
pub struct StudioEvents(broadcast::Sender<StudioEvent>);

impl StudioEvents {
    pub fn new() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }

    pub fn tell(&self, event: StudioEvent) {
        // Nobody may be there.
        let _ = self.0.send(event);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<StudioEvent> {
        self.0.subscribe()
    }
}

impl Default for StudioEvents {
    fn default() -> Self {
        Self::new()
    }
}
