//! A render or a build while it runs, and what came of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::lock;
use crate::build::{BuildEvent, BuildListener};
use crate::event::{Cancel, Listener, ProgressEvent};
use crate::http::problem::Problem;
use crate::studio::event::{StudioEvent, StudioEvents};
use crate::unit::Frames;

/// How often pages are told of progress.
const EVERY: Duration = Duration::from_millis(200);
/// What has to be done before the time that is left is told: so much of the whole, for so long.
const FORETOLD: (f64, Duration) = (0.03, Duration::from_secs(1));
/// The most files that are listed with their progress; all are counted.
const LISTED: usize = 200;

/// What is made.
#[derive(Clone, Debug)]
pub(super) enum MakingKind {
    /// A version of a track.
    Render { name: String },
    /// A delivery.
    Build { name: String },
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MakingPhase {
    Preparing,
    /// Files are compared with what they would be.
    Comparing {
        count: usize,
        of: usize,
    },
    /// Recordings are read for the first time.
    Decoding {
        count: usize,
        of: usize,
    },
    /// A machine speaks what has no recording.
    Drafting {
        count: usize,
        of: usize,
    },
    /// The mix is measured before it is rendered: how much of it.
    Measuring {
        share: f64,
    },
    Rendering,
    /// The page of the deliveries is written.
    Site,
    Over(MakingEnd),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MakingEnd {
    Done,
    Stopped,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileState {
    Waiting,
    Running,
    Done,
    Failed,
}

#[derive(Clone, Copy, Debug)]
struct MakingFile {
    done: u64,
    all: u64,
    state: FileState,
}

/// A file that was made, below the output folder.
#[derive(Clone, Debug)]
pub(super) struct MadeFile {
    pub name: String,
    pub path: PathBuf,
    pub bytes: u64,
}

#[derive(Debug)]
struct JobState {
    phase: MakingPhase,
    files: BTreeMap<String, MakingFile>,
    /// What is rendered in all, in frames.
    all: u64,
    targets: usize,
    finished: usize,
    rendering_since: Option<Instant>,
    last_told: Option<Instant>,
    made: Vec<MadeFile>,
    problems: Vec<Problem>,
    /// How many versions were there already.
    current: usize,
}

/// A job. It is shared by the thread that does it and those that ask for it.
pub(super) struct MakingJob {
    pub number: u64,
    kind: MakingKind,
    pub cancel: Cancel,
    state: Mutex<JobState>,
}

impl MakingJob {
    pub(super) fn new(number: u64, kind: MakingKind) -> Self {
        let state = JobState {
            phase: MakingPhase::Preparing,
            files: BTreeMap::new(),
            all: 0,
            targets: 0,
            finished: 0,
            rendering_since: None,
            last_told: None,
            made: Vec::new(),
            problems: Vec::new(),
            current: 0,
        };
        Self { number, kind, cancel: Cancel::new(), state: Mutex::new(state) }
    }

    pub(super) fn is_running(&self) -> bool {
        !matches!(lock(&self.state).phase, MakingPhase::Over(_))
    }

    /// A file that it made.
    pub(super) fn made(&self, index: usize) -> Option<MadeFile> {
        lock(&self.state).made.get(index).cloned()
    }

    pub(super) fn note_made(&self, files: impl IntoIterator<Item = MadeFile>) {
        lock(&self.state).made.extend(files);
    }

    pub(super) fn note_problem(&self, problem: Problem) {
        let mut state = lock(&self.state);
        // One cause may stop many files.
        if !state.problems.contains(&problem) {
            state.problems.push(problem);
        }
    }

    pub(super) fn note_current(&self, versions: usize) {
        lock(&self.state).current += versions;
    }

    /// The files of a render, which are made together.
    pub(super) fn note_files(&self, names: &[String], frames: Frames) {
        let mut state = lock(&self.state);
        state.all = frames.0;
        state.targets = names.len();
        let waiting = MakingFile { done: 0, all: frames.0, state: FileState::Waiting };
        state.files = names.iter().map(|name| (name.clone(), waiting)).collect();
    }

    pub(super) fn enter(&self, events: &StudioEvents, phase: MakingPhase) {
        let is_over = matches!(phase, MakingPhase::Over(_));
        {
            let mut state = lock(&self.state);
            if phase == MakingPhase::Rendering && state.rendering_since.is_none() {
                state.rendering_since = Some(Instant::now());
            }
            if phase == MakingPhase::Over(MakingEnd::Done) {
                state.finished = state.targets;
                for file in state.files.values_mut().filter(|file| file.state != FileState::Failed) {
                    (file.done, file.state) = (file.all, FileState::Done);
                }
            }
            state.phase = phase;
        }
        self.tell(events, is_over);
    }

    /// Tells pages how far it is; not too often, unless it has to be told now.
    fn tell(&self, events: &StudioEvents, now: bool) {
        {
            let mut state = lock(&self.state);
            let moment = Instant::now();
            if !now && state.last_told.is_some_and(|last| moment - last < EVERY) {
                return;
            }
            state.last_told = Some(moment);
        }
        events.tell(StudioEvent::Making { job: self.document() });
    }

    /// Everything of it, as pages read it.
    pub(super) fn document(&self) -> Value {
        let state = lock(&self.state);
        let (kind, name) = match &self.kind {
            MakingKind::Render { name } => ("render", name),
            MakingKind::Build { name } => ("build", name),
        };
        let (phase, count) = match state.phase {
            MakingPhase::Preparing => ("preparing", None),
            MakingPhase::Comparing { count, of } => ("comparing", Some([count, of])),
            MakingPhase::Decoding { count, of } => ("decoding", Some([count, of])),
            MakingPhase::Drafting { count, of } => ("drafting", Some([count, of])),
            MakingPhase::Measuring { .. } => ("measuring", None),
            MakingPhase::Rendering => ("rendering", None),
            MakingPhase::Site => ("site", None),
            MakingPhase::Over(MakingEnd::Done) => ("done", None),
            MakingPhase::Over(MakingEnd::Stopped) => ("stopped", None),
            MakingPhase::Over(MakingEnd::Failed) => ("failed", None),
        };
        // What runs and what failed first, then what waits.
        let mut files: Vec<(&String, &MakingFile)> = state.files.iter().collect();
        let order = |state: FileState| match state {
            FileState::Failed => 0,
            FileState::Running => 1,
            FileState::Waiting => 2,
            FileState::Done => 3,
        };
        files.sort_by_key(|(_, file)| order(file.state));
        let file = |(name, file): &(&String, &MakingFile)| {
            let word = match file.state {
                FileState::Waiting => "waiting",
                FileState::Running => "running",
                FileState::Done => "done",
                FileState::Failed => "failed",
            };
            json!({ "name": name, "state": word, "share": share(file.done, file.all) })
        };
        let made = state.made.iter().enumerate().map(|(id, file)| {
            let address = format!("/studio/making/{}/files/{id}", self.number);
            json!({ "name": file.name, "bytes": file.bytes, "address": address })
        });
        json!({
            "number": self.number,
            "kind": kind,
            "name": name,
            "phase": phase,
            "running": !matches!(state.phase, MakingPhase::Over(_)),
            "stopping": self.cancel.is_cancelled(),
            "count": count,
            "share": state.share(),
            "left": state.left().map(|left| left.as_secs_f64()),
            "finished": state.finished,
            "targets": state.targets,
            "current": state.current,
            "files": files.iter().take(LISTED).map(file).collect::<Vec<_>>(),
            "made": made.collect::<Vec<_>>(),
            "problems": state.problems,
        })
    }

    fn progress(&self, stem: &str, done: u64) {
        let mut state = lock(&self.state);
        if let Some(file) = state.files.get_mut(stem) {
            (file.done, file.state) = (done, FileState::Running);
        }
    }
}

fn share(done: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) }
}

impl JobState {
    /// How much of the mix is measured, or else of what has to be rendered is rendered.
    fn share(&self) -> f64 {
        if let MakingPhase::Measuring { share } = self.phase {
            return share;
        }
        let most = |file: &MakingFile| if file.state == FileState::Failed { file.all } else { file.done };
        // The files of one render grow together.
        let (done, all) = if self.files.values().all(|file| file.all == self.all) {
            (self.files.values().map(most).max().unwrap_or(0), self.all)
        } else {
            (self.files.values().map(most).sum(), self.all)
        };
        share(done, all)
    }

    /// The time that is left at the pace it had until now; `None` while that says nothing, and once all is rendered and files are only
    /// checked and named.
    fn left(&self) -> Option<Duration> {
        let since = self.rendering_since.filter(|_| self.phase == MakingPhase::Rendering)?.elapsed();
        let share = self.share();
        let is_known = share >= FORETOLD.0 && since >= FORETOLD.1 && share < 1.0;
        is_known.then(|| since.mul_f64((1.0 - share) / share))
    }
}

/// Receives what happens to a job, and tells pages.
pub(super) struct JobProgress<'a> {
    pub job: &'a MakingJob,
    pub events: &'a StudioEvents,
}

impl Listener for JobProgress<'_> {
    fn on_progress(&self, event: ProgressEvent) {
        match event {
            ProgressEvent::Decoding { count, of } => {
                self.job.enter(self.events, MakingPhase::Decoding { count, of });
            }
            ProgressEvent::Drafting { count, of } => {
                self.job.enter(self.events, MakingPhase::Drafting { count, of });
            }
            ProgressEvent::Measuring { done, total } => {
                let share = share(done.0, total.0);
                self.job.enter(self.events, MakingPhase::Measuring { share });
            }
            ProgressEvent::Rendering { done, .. } => {
                for file in lock(&self.job.state).files.values_mut() {
                    (file.done, file.state) = (done.0, FileState::Running);
                }
                self.job.enter(self.events, MakingPhase::Rendering);
            }
        }
    }
}

impl BuildListener for JobProgress<'_> {
    fn on_build(&self, event: BuildEvent<'_>) {
        match event {
            BuildEvent::Comparing { count, of } => {
                self.job.enter(self.events, MakingPhase::Comparing { count, of });
            }
            BuildEvent::Work { targets, frames } => {
                let mut state = lock(&self.job.state);
                (state.targets, state.all) = (targets, frames.0);
                drop(state);
                self.job.enter(self.events, MakingPhase::Rendering);
            }
            BuildEvent::Started { stem, frames } => {
                let begun = MakingFile { done: 0, all: frames.0, state: FileState::Running };
                lock(&self.job.state).files.insert(stem.to_owned(), begun);
                self.job.tell(self.events, false);
            }
            BuildEvent::Rendered { stem, done } => {
                self.job.progress(stem, done.0);
                self.job.tell(self.events, false);
            }
            BuildEvent::Finished { stem, frames, failed } => {
                let over = if failed { FileState::Failed } else { FileState::Done };
                let mut state = lock(&self.job.state);
                state.finished += 1;
                state
                    .files
                    .insert(stem.to_owned(), MakingFile { done: frames.0, all: frames.0, state: over });
                drop(state);
                self.job.tell(self.events, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_version_of_a_render_tells_how_much_is_measured_and_then_rendered() {
        let job = MakingJob::new(1, MakingKind::Render { name: "quiet".to_owned() });
        let events = StudioEvents::new();
        let progress = JobProgress { job: &job, events: &events };
        let told = |event: ProgressEvent| {
            progress.on_progress(event);
            let document = job.document();
            (document["phase"].as_str().unwrap().to_owned(), document["share"].as_f64().unwrap())
        };
        job.note_files(&["quiet.wav".to_owned(), "quiet.flac".to_owned()], Frames(400));
        let total = Frames(400);
        assert_eq!(
            told(ProgressEvent::Measuring { done: Frames(100), total }),
            ("measuring".to_owned(), 0.25)
        );
        assert_eq!(told(ProgressEvent::Rendering { done: Frames(0), total }), ("rendering".to_owned(), 0.0));
        assert_eq!(
            told(ProgressEvent::Rendering { done: Frames(200), total }),
            ("rendering".to_owned(), 0.5)
        );
        job.enter(&events, MakingPhase::Over(MakingEnd::Done));
        assert_eq!(job.document()["share"], 1.0);
    }
}
