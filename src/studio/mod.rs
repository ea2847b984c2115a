//! The studio: pages in a browser on this machine, for those who record, teach and translate. It is a client of [`crate::engine`]
//! as the command line is; what is heard in it is what a render writes.
//!
//! `serve` answers on loopback only. A request goes through [`crate::http::guard`], then `key`, then a route of `router`.
//! What happens is told to every open page over one socket (`socket`, `event`). Pages are files of `web`, served as they are.

mod answer;
mod cause;
mod course;
mod desk;
pub mod disk;
mod event;
mod key;
mod making;
mod new_course;
pub mod pack;
mod refusal;
mod router;
mod serve;
mod socket;
mod takes;
mod texts;
mod web;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;

use making::Making;
use takes::KnownVoices;

pub use course::{OpenEngine, StudioCourse};
pub use desk::{Desk, watch};
pub use event::{StudioEvent, StudioEvents};
pub use key::StudioKeys;
pub use serve::{ServeError, StudioServer};
pub use takes::{IncomingTakes, sent, take_in};
pub use web::WebFiles;

/// The port where nobody names one. It stays the same, as browsers remember the permission for the microphone by it.
pub const PORT: u16 = 8470;

/// What every route of the studio works on.
pub struct Studio {
    pub port: u16,
    pub course: StudioCourse,
    pub events: StudioEvents,
    pub keys: StudioKeys,
    pub web: WebFiles,
    pub desk: Desk,
    /// Renders and builds.
    making: Making,
    /// Takes while they are recorded.
    pub incoming: IncomingTakes,
    /// What was last looked at of each voice.
    voices: KnownVoices,
    /// Tells whoever started the program that a link is wanted once more.
    on_link: Box<dyn Fn(&str) + Send + Sync>,
    /// Becomes true when the program is asked to end.
    stopping: watch::Sender<bool>,
}

/// The studio as routes share it.
pub type SharedStudio = Arc<Studio>;

impl Studio {
    /// `on_link` gets a new link when somebody opens one that was used.
    pub fn new(
        port: u16,
        course: StudioCourse,
        keys: StudioKeys,
        web: WebFiles,
        on_link: impl Fn(&str) + Send + Sync + 'static,
    ) -> SharedStudio {
        let (stopping, on_link) = (watch::Sender::new(false), Box::new(on_link));
        let (events, incoming) = (StudioEvents::new(), IncomingTakes::default());
        let voices = KnownVoices::default();
        Arc::new(Self {
            port,
            course,
            events,
            keys,
            web,
            desk: Desk::default(),
            making: Making::default(),
            incoming,
            voices,
            on_link,
            stopping,
        })
    }

    /// The name of its cookie. Cookies do not tell ports apart, so the name does.
    fn cookie(&self) -> String {
        format!("adem-studio-{}", self.port)
    }

    /// The address of its pages.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The link that opens the studio once.
    pub fn link(&self) -> String {
        format!("{}?key={}", self.address(), self.keys.link())
    }

    fn tell_link(&self) {
        (self.on_link)(&self.link());
    }

    /// Ends every socket and then the server.
    pub fn stop(&self) {
        self.making.stop();
        self.stopping.send_replace(true);
    }

    fn stopped(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}

/// Today, as in `2026-11-28`.
fn today() -> String {
    now().format("%Y-%m-%d").to_string()
}

/// This moment, as in `2026-11-28T09:30:00Z`.
fn moment() -> String {
    now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from(SystemTime::now())
}
