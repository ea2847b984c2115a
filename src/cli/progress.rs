//! Progress: a bar on a terminal, a few quiet lines in a pipe; and Ctrl-C, which stops the work cleanly.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::event::{Cancel, Listener, ProgressEvent, Task};

/// The reader of events for a person.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    said: Mutex<Option<&'static str>>,
    cancel: Cancel,
}

impl Progress {
    /// Progress of work that may be killed at any moment.
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg:9} {bar:40} {percent:>3} %  {eta} left")
                .expect("the template is fixed and valid");
            ProgressBar::new(0).with_style(style)
        });
        Self { bar, said: Mutex::new(None), cancel: Cancel::new() }
    }

    /// Progress of work that writes files: the first Ctrl-C asks it to stop and leave nothing half-written.
    pub(super) fn stoppable() -> Self {
        let progress = Self::new();
        let cancel = progress.cancel.clone();
        // Without a handler Ctrl-C still ends the process; files written aside have no name yet. So it does at once
        // when somebody cannot wait and asks a second time.
        let _ = ctrlc::set_handler(move || {
            if cancel.cancel() {
                std::process::exit(i32::from(super::exit::STOPPED));
            }
        });
        progress
    }

    /// The work whose progress this is.
    pub(super) fn task(&self) -> Task<'_> {
        Task::new(self, self.cancel.clone())
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, deed: &'static str, done: u64, total: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(deed);
            }
            None => self.say_once(deed, total),
        }
    }

    /// In a pipe each kind of work is named once, and only where it takes a while.
    fn say_once(&self, deed: &'static str, total: u64) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != Some(deed) && deed == "decoding" {
            report::line(&format!("decoding recordings that are new or changed, of {total}"));
        }
        if *said != Some(deed) && deed == "drafting" {
            report::line(&format!("a machine speaks {total} phrases that have no recording"));
        }
        *said = Some(deed);
    }
}

impl Listener for Progress {
    fn on_progress(&self, event: ProgressEvent) {
        match event {
            ProgressEvent::Decoding { count, of } => self.show("decoding", count as u64, of as u64),
            ProgressEvent::Drafting { count, of } => self.show("drafting", count as u64, of as u64),
            ProgressEvent::Measuring { done, total } => self.show("measuring", done.0, total.0),
            ProgressEvent::Rendering { done, total } => self.show("rendering", done.0, total.0),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
