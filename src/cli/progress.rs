//! Progress: a bar on a terminal, else a line for each kind of work that takes long; and a clean stop on Ctrl-C.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::report;
use crate::event::{Cancel, Listener, ProgressEvent, Task};

/// Before so long nothing is said of the time that is left: a rate over less of it is a guess.
const KNOWN_AFTER: Duration = Duration::from_secs(2);
/// The share of the work that has to be done before the time that is left is known.
const KNOWN_SHARE: f32 = 0.05;

/// Shows progress events on stderr.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    stage: Arc<Mutex<Option<&'static str>>>,
    /// Without a terminal nothing is shown.
    quiet: bool,
    cancel: Cancel,
}

impl Progress {
    /// For work that may be killed at any moment.
    pub(super) fn new() -> Self {
        let stage = Arc::new(Mutex::new(None));
        let bar = can_redraw()
            // Nothing is drawn before the first event.
            .then(|| {
                ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style(&stage))
            });
        Self { bar, stage, quiet: false, cancel: Cancel::new() }
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
        stop_on_interrupt(progress.cancel.clone());
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

    fn show(&self, stage: &'static str, done: u64, total: u64) {
        let before = self.stage.lock().unwrap_or_else(PoisonError::into_inner).replace(stage);
        let is_new = before != Some(stage);
        let Some(bar) = &self.bar else {
            if is_new && !self.quiet {
                announce(stage, total);
            }
            return;
        };
        if is_new {
            bar.reset_elapsed();
            bar.reset_eta();
        }
        // In one step, so that no frame shows a stage with the numbers of another.
        bar.update(|state| {
            state.set_len(total);
            state.set_pos(done);
        });
        if before.is_none() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.tick();
        }
    }
}

/// Whether stderr is a terminal that can show a bar.
pub(super) fn can_redraw() -> bool {
    let can_redraw = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    can_redraw && report::says(report::Verbosity::Usual) && std::io::stderr().is_terminal()
}

/// Lets the first Ctrl-C stop the work, and the second end the process.
#[expect(clippy::exit, reason = "the second Ctrl-C asks for the end of the process, whatever it is doing")]
pub(super) fn stop_on_interrupt(cancel: Cancel) {
    // Without a handler Ctrl-C still ends the process; files written aside have no name yet. So it does at once
    // when somebody cannot wait and asks a second time.
    let _ = ctrlc::set_handler(move || {
        if cancel.cancel() {
            std::process::exit(i32::from(super::exit::STOPPED));
        }
    });
}

/// `rendering ████░░░░  42 %  12s left`
fn style(stage: &Arc<Mutex<Option<&'static str>>>) -> ProgressStyle {
    let stage = Arc::clone(stage);
    let name = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
        let stage = *stage.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = to.write_str(stage.unwrap_or_default());
    };
    let left = |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = to.write_str(&time_left(state.elapsed(), state.fraction(), state.eta()));
    };
    ProgressStyle::with_template("{stage:9} {bar:40} {percent:>3} %  {left}")
        .expect("the template is fixed and valid")
        .with_key("stage", name)
        .with_key("left", left)
}

/// What is said of the time that is left; nothing before it can be known.
fn time_left(elapsed: Duration, share: f32, eta: Duration) -> String {
    if elapsed < KNOWN_AFTER || share < KNOWN_SHARE {
        return String::new();
    }
    format!("{:#} left", indicatif::HumanDuration(eta))
}

/// Without a terminal, work that may take long is announced once.
fn announce(stage: &'static str, total: u64) {
    if stage == DECODING {
        report::note(&format!("decoding recordings that are new or changed, of {total}"));
    }
    if stage == DRAFTING {
        report::note(&format!("synthesising drafts of {total} phrases without a recording"));
    }
}

const DECODING: &str = "decoding";
const DRAFTING: &str = "drafting";

impl Listener for Progress {
    fn on_progress(&self, event: ProgressEvent) {
        match event {
            ProgressEvent::Decoding { count, of } => self.show(DECODING, count as u64, of as u64),
            ProgressEvent::Drafting { count, of } => self.show(DRAFTING, count as u64, of as u64),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_told_before_it_is_known() {
        let seconds = Duration::from_secs;
        assert_eq!(time_left(seconds(1), 0.5, seconds(1)), "");
        assert_eq!(time_left(seconds(9), 0.01, seconds(900)), "");
        assert_eq!(time_left(seconds(3), 0.5, seconds(3)), "3s left");
    }
}
