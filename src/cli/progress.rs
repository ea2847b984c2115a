//! Progress: a bar on a terminal, else a line for each kind of work that takes long; and a clean stop on Ctrl-C.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::event::{Cancel, Listener, ProgressEvent, Task};

/// Shows progress events on stderr.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    announced: Mutex<Option<&'static str>>,
    /// Without a terminal nothing is shown.
    quiet: bool,
    cancel: Cancel,
}

impl Progress {
    /// For work that may be killed at any moment.
    pub(super) fn new() -> Self {
        let can_redraw = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let bar = (can_redraw && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{msg:9} {bar:40} {percent:>3} %  {eta} left")
                .expect("the template is fixed and valid");
            ProgressBar::new(0).with_style(style)
        });
        Self { bar, announced: Mutex::new(None), quiet: false, cancel: Cancel::new() }
    }

    /// For work that is mostly over at once: a bar on a terminal, else nothing.
    pub(super) fn on_terminal() -> Self {
        let mut progress = Self::new();
        progress.quiet = true;
        progress
    }

    /// For work that writes files: the first Ctrl-C stops it without leaving partial files, the second ends the process.
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

    fn show(&self, activity: &'static str, done: u64, total: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(activity);
            }
            None if self.quiet => {}
            None => self.announce(activity, total),
        }
    }

    /// Without a terminal, work that may take long is announced once.
    fn announce(&self, activity: &'static str, total: u64) {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        if *announced != Some(activity) && activity == "decoding" {
            report::line(&format!("decoding recordings that are new or changed, of {total}"));
        }
        if *announced != Some(activity) && activity == "drafting" {
            report::line(&format!("synthesising drafts of {total} phrases without a recording"));
        }
        *announced = Some(activity);
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
