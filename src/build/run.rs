//! Compares what there is to make with what is there, and makes what is missing or has changed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use globset::GlobSet;
use rayon::prelude::*;

use super::changes::{ChangeRecorder, forget_heard, keep_heard};
use super::left_over::{LeftOver, left_over};
use super::manifest::TrackEntry;
use super::matrix::{BuildTarget, Matrix};
use super::names::{KeptName, keep_released};
use super::out_folder::{BuildError, OutFolder, refused};
use super::record::{BuiltFile, Record};
use super::side_by_side::side_by_side;
use crate::diag::{Code, Diagnostic, Help, Label};
use crate::engine::{Engine, Error, Ingredients, Plan, Rendered};
use crate::event::{Cancel, Listener, ProgressEvent, Task};
use crate::export::ExportError;
use crate::unit::Frames;

/// How a build is done.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct BuildOptions {
    /// The output folder.
    pub out: PathBuf,
    /// How many tracks are rendered side by side.
    pub jobs: usize,
    /// Only targets one of whose files matches; `None` for all.
    pub only: Option<GlobSet>,
    /// Finds out what is to be done, and does nothing.
    pub dry_run: bool,
    /// Makes files again that another version of adem's own sound has made.
    pub refresh: bool,
    /// Goes on with other targets after one has failed.
    pub keep_going: bool,
    /// Gives versions the names that the pattern gives them now, and not those they were released under.
    pub rename: bool,
}

/// What happens during a build.
#[derive(Clone, Copy, Debug)]
pub enum BuildEvent<'a> {
    /// Targets are compared with what is there.
    Comparing { count: usize, of: usize },
    /// So much is to be rendered.
    Work { targets: usize, frames: Frames },
    /// A target is begun.
    Started { stem: &'a str, frames: Frames },
    /// More of a target is rendered.
    Rendered { stem: &'a str, done: Frames },
    /// A target is over.
    Finished { stem: &'a str, frames: Frames, failed: bool },
}

/// Receives the events of a build, from several threads at once.
pub trait BuildListener: Sync {
    fn on_build(&self, event: BuildEvent<'_>);
}

/// The targets of a matrix, under their released names, that are missing from an output folder or out of date, as far as this can be told without laying
/// them out.
///
/// # Errors
/// [`BuildError`] if the folder cannot be read.
pub fn missing(
    engine: &Engine,
    mut matrix: Matrix,
    out: &Path,
    is_renamed: &dyn Fn(&BuildTarget) -> bool,
) -> Result<Vec<BuildTarget>, BuildError> {
    let folder = OutFolder::open(out, false)?;
    let released = keep_released(engine.course(), &mut matrix, &folder.records(), is_renamed);
    released.map_err(|found| refused(engine, found))?;
    let stamp = engine.inputs_stamp()?;
    let is_current = |target: &BuildTarget| {
        folder.known(&target.stem).is_some_and(|known| {
            known.is_of(stamp.as_ref()) && known.reasons_to_build(target, out).is_empty()
        })
    };
    Ok(matrix.targets.into_iter().filter(|target| !is_current(target)).collect())
}

/// The most bytes of windows of generated beds that the versions of one build share on disk: 93 minutes of a bed of one
/// layer at 48 kHz.
pub(super) const SHARED_BEDS: u64 = 2 << 30;

/// What became of a target.
#[derive(Debug)]
pub enum TargetOutcome {
    /// Everything is as it should be.
    Current,
    /// Up to date, but rendered by an older version of adem's sound.
    Older,
    /// It was rendered, or would be.
    Rendered,
    /// The texts beside it were written again, or would be.
    Texts,
    /// It failed.
    Failed(Error),
    /// It was not begun, as another one failed or the build was stopped.
    NotBegun,
}

impl TargetOutcome {
    /// The error of a target that failed.
    pub fn error(&self) -> Option<&Error> {
        if let Self::Failed(error) = self { Some(error) } else { None }
    }
}

/// A target and what became of it.
#[derive(Debug)]
pub struct Built {
    pub target: BuildTarget,
    pub outcome: TargetOutcome,
    /// What had changed, in words; empty where nothing had.
    pub why: Vec<String>,
    pub frames: Frames,
    /// The first bed of its timeline, where it was laid out.
    pub bed: Option<String>,
}

/// Everything that a build has to tell.
#[derive(Debug, Default)]
pub struct BuildReport {
    pub built: Vec<Built>,
    /// The versions that go on under a name that the pattern would not give them now.
    pub kept: Vec<KeptName>,
    /// What earlier builds have made and no delivery asks for any more.
    pub left_over: Vec<LeftOver>,
}

/// Makes every target that is missing or out of date, then writes each delivery's manifest of the files that exist. A
/// target's files and its record appear together, so an interrupted build continues where it stopped.
///
/// # Errors
/// [`BuildError`] if the folder cannot be used. What goes wrong with one target is its [`TargetOutcome`].
pub fn build(
    engine: &Engine,
    mut matrix: Matrix,
    options: &BuildOptions,
    listener: &dyn BuildListener,
    cancel: &Cancel,
) -> Result<BuildReport, BuildError> {
    let folder = OutFolder::open(&options.out, !options.dry_run)?;
    let stamp = engine.inputs_stamp()?;
    let changes = ChangeRecorder::new(&options.out);
    let compared = AtomicUsize::new(0);
    let build = Build { engine, options, listener, cancel, stamp, folder, changes, compared };
    let is_wanted = |target: &BuildTarget| {
        options.only.as_ref().is_none_or(|only| target.files().any(|file| only.is_match(file)))
    };
    let is_renamed = |target: &BuildTarget| options.rename && is_wanted(target);
    let released = keep_released(engine.course(), &mut matrix, &build.folder.records(), &is_renamed);
    let mut kept = released.map_err(|found| refused(engine, found))?;
    let wanted: Vec<&BuildTarget> = matrix.targets.iter().filter(|target| is_wanted(target)).collect();
    let stems: BTreeSet<&str> = wanted.iter().map(|target| target.stem.as_str()).collect();
    kept.retain(|kept| stems.contains(kept.stem.as_str()));
    let mut built: Vec<Built> = wanted.par_iter().map(|target| build.compare(target, wanted.len())).collect();
    if !options.dry_run {
        share_beds(engine, &built);
        let crew = Crew { jobs: options.jobs, keep_going: options.keep_going, listener, cancel };
        crew.work(&mut built, &|target, texts_only| build.make(target, texts_only));
        build.folder.let_go_of_names(&matrix)?;
    }
    if options.rename {
        // What was not made under its new name goes on under the old one, unless another version has that now.
        let mut made = matrix.clone();
        if keep_released(engine.course(), &mut made, &build.folder.records(), &|_| false).is_ok() {
            matrix = made;
        }
    }
    if !options.dry_run {
        build.folder.write_manifests(engine.course(), &matrix)?;
    }
    let of_targets = matrix.targets.iter().map(|target| &target.delivery);
    let deliveries = of_targets.chain(matrix.skipped.iter().map(|skipped| &skipped.delivery));
    let deliveries = deliveries.cloned().collect();
    let records = build.folder.records();
    let left_over = left_over(engine.course(), &matrix, &deliveries, &records, &options.out);
    drop(records);
    Ok(BuildReport { built, kept, left_over })
}

/// Renders versions that belong to no delivery, several at once, to the paths in their jobs. Nothing is compared or recorded.
/// If one fails, the others go on. `done` is told what was rendered.
pub fn render_all(
    engine: &Engine,
    built: &mut [Built],
    jobs: usize,
    listener: &dyn BuildListener,
    cancel: &Cancel,
    done: &(dyn Fn(&BuildTarget, &Rendered) + Sync),
) {
    let make = |target: &BuildTarget, _texts_only: bool| {
        let progress = OfTarget { listener, stem: &target.stem };
        let task = Task::new(&progress, cancel.clone());
        let plan = engine.plan(&target.plan, &task)?;
        done(target, &engine.render(&plan, &target.render, &task)?);
        Ok(TargetOutcome::Rendered)
    };
    share_beds(engine, built);
    Crew { jobs, keep_going: true, listener, cancel }.work(built, &make);
}

/// Lets versions share the windows of their beds, if there are several to be rendered.
fn share_beds(engine: &Engine, built: &[Built]) {
    if built.iter().filter(|built| matches!(built.outcome, TargetOutcome::Rendered)).nth(1).is_some() {
        engine.share_beds(SHARED_BEDS);
    }
}

/// A target laid out, and what its files depend on. Phrases without a recording are an error unless drafts may speak them.
pub(super) fn planned(
    engine: &Engine,
    target: &BuildTarget,
    task: &Task<'_>,
) -> Result<(Plan, Ingredients), Error> {
    let plan = engine.plan(&target.plan, task).map_err(|error| locked(engine, target, error))?;
    engine.require_clips(&plan).map_err(|error| undeclared(engine, target, error))?;
    let ingredients = engine.ingredients(&plan, &target.render)?;
    Ok((plan, ingredients))
}

/// Says of phrases without a recording what a delivery can do about them.
fn undeclared(engine: &Engine, target: &BuildTarget, error: Error) -> Error {
    let Error::Diagnostics { mut found, sources } = error else { return error };
    let deliveries = &engine.course().header.deliveries;
    let delivery = deliveries.iter().find(|delivery| delivery.name.value == target.delivery);
    let is_missing = |found: &&mut Diagnostic| found.code == Code::MissingClip;
    for (missing, delivery) in found.iter_mut().filter(is_missing).zip(delivery) {
        missing.code = Code::UndeclaredDraft;
        missing.helps.retain(|help| matches!(help, Help::Text(_)));
        missing.helps.push("or let a machine speak: write drafts = true in the [[delivery]]".into());
        let text = "this delivery lets no machine speak".to_owned();
        missing.labels.push(Label { span: delivery.name.span, text });
    }
    Error::Diagnostics { found, sources }
}

/// Says of parts that cannot have their length which delivery asks for it.
fn locked(engine: &Engine, target: &BuildTarget, error: Error) -> Error {
    let Error::Diagnostics { mut found, sources } = error else { return error };
    let mut deliveries = engine.course().header.deliveries.iter();
    let delivery = deliveries.find(|delivery| delivery.name.value == target.delivery);
    let followed = delivery.and_then(|delivery| delivery.lock_parts.as_ref());
    if let Some(followed) = followed {
        for found in found.iter_mut().filter(|found| found.code == Code::LockedPart) {
            let text = format!("this delivery starts each part where `{}` does", followed.value);
            found.labels.push(Label { span: followed.span, text });
        }
    }
    Error::Diagnostics { found, sources }
}

/// Several threads that make targets side by side.
struct Crew<'a> {
    jobs: usize,
    keep_going: bool,
    listener: &'a dyn BuildListener,
    cancel: &'a Cancel,
}

/// Makes one target, or only the texts beside it.
type Make<'a> = dyn Fn(&BuildTarget, bool) -> Result<TargetOutcome, Error> + Sync + 'a;

impl Crew<'_> {
    /// Makes what is to be rendered: versions with the same bed one after another, as they share its windows, and the longest
    /// first.
    fn work(&self, built: &mut [Built], make: &Make<'_>) {
        let is_work = |built: &Built| matches!(built.outcome, TargetOutcome::Rendered | TargetOutcome::Texts);
        let failed =
            AtomicBool::new(built.iter().any(|built| matches!(built.outcome, TargetOutcome::Failed(_))));
        let mut work: Vec<&mut Built> = built.iter_mut().filter(|built| is_work(built)).collect();
        let mut longest = BTreeMap::<Option<String>, Frames>::new();
        for built in &work {
            let longest = longest.entry(built.bed.clone()).or_default();
            *longest = built.frames.max(*longest);
        }
        work.sort_by_key(|built| (Reverse(longest[&built.bed]), built.bed.clone(), Reverse(built.frames)));
        let frames = work.iter().map(|built| built.frames.0).sum();
        self.listener.on_build(BuildEvent::Work { targets: work.len(), frames: Frames(frames) });
        side_by_side(self.jobs, work.into_iter(), |next: &mut Built| {
            let stop = failed.load(Ordering::Relaxed) && !self.keep_going;
            if stop || self.cancel.is_cancelled() {
                next.outcome = TargetOutcome::NotBegun;
                return;
            }
            let stem = next.target.stem.clone();
            self.listener.on_build(BuildEvent::Started { stem: &stem, frames: next.frames });
            let texts = matches!(next.outcome, TargetOutcome::Texts);
            let done = make(&next.target, texts);
            let frames = next.frames;
            if !matches!(done, Err(Error::Stopped)) {
                self.listener.on_build(BuildEvent::Finished { stem: &stem, frames, failed: done.is_err() });
            }
            match done {
                Ok(outcome) => next.outcome = outcome,
                Err(Error::Stopped) => next.outcome = TargetOutcome::NotBegun,
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    next.outcome = TargetOutcome::Failed(error);
                }
            }
        });
    }
}

struct Build<'a> {
    engine: &'a Engine,
    options: &'a BuildOptions,
    listener: &'a dyn BuildListener,
    cancel: &'a Cancel,
    /// The inputs of the course, where they can be told without reading them.
    stamp: Option<String>,
    folder: OutFolder,
    changes: ChangeRecorder,
    compared: AtomicUsize,
}

/// Passes progress on as that of one target.
struct OfTarget<'a> {
    listener: &'a dyn BuildListener,
    stem: &'a str,
}

impl Listener for OfTarget<'_> {
    fn on_progress(&self, event: ProgressEvent) {
        match event {
            ProgressEvent::Rendering { done, .. } => {
                self.listener.on_build(BuildEvent::Rendered { stem: self.stem, done });
            }
            ProgressEvent::Measuring { .. }
            | ProgressEvent::Decoding { .. }
            | ProgressEvent::Drafting { .. } => {}
        }
    }
}

impl Build<'_> {
    /// What is to be done for a target.
    fn compare(&self, target: &BuildTarget, of: usize) -> Built {
        let found = self.look(target);
        let count = self.compared.fetch_add(1, Ordering::Relaxed) + 1;
        self.listener.on_build(BuildEvent::Comparing { count, of });
        found.unwrap_or_else(|error| Built {
            target: target.clone(),
            outcome: if matches!(error, Error::Stopped) {
                TargetOutcome::NotBegun
            } else {
                TargetOutcome::Failed(error)
            },
            why: Vec::new(),
            frames: Frames(0),
            bed: None,
        })
    }

    fn look(&self, target: &BuildTarget) -> Result<Built, Error> {
        let built = |outcome, why, frames, bed| Built { target: target.clone(), outcome, why, frames, bed };
        let known = self.folder.known(&target.stem);
        let why = known.as_ref().map_or_else(
            || vec!["it is new".to_owned()],
            |known| known.reasons_to_build(target, &self.options.out),
        );
        if let (Some(known), true) = (&known, why.is_empty())
            && known.is_of(self.stamp.as_ref())
            && !self.options.refresh
        {
            if known.name.as_ref() != Some(&target.name) {
                self.note_current(known.clone(), target, known.is_older)?;
            }
            let outcome = if known.is_older { TargetOutcome::Older } else { TargetOutcome::Current };
            return Ok(built(outcome, why, Frames(known.track.frames), None));
        }
        let (plan, ingredients) = self.plan(target)?;
        let (frames, bed) = (plan.timeline.frames, plan.timeline.first_bed().map(str::to_owned));
        let has_sound = |known: &Record| why.is_empty() || known.has_sound(target, &self.options.out);
        let Some(known) = known.filter(has_sound) else {
            return Ok(built(TargetOutcome::Rendered, why, frames, bed));
        };
        let change = ingredients.changes_since(&known.ingredients);
        let outcome = if change.audio || (change.version && self.options.refresh) {
            TargetOutcome::Rendered
        } else if !why.is_empty() || change.has_words() {
            TargetOutcome::Texts
        } else {
            self.note_current(known, target, change.version)?;
            if change.version { TargetOutcome::Older } else { TargetOutcome::Current }
        };
        let mut why = why;
        if !matches!(outcome, TargetOutcome::Current) {
            why.extend(change.told(&plan.timeline));
        }
        Ok(built(outcome, why, frames, bed))
    }

    /// Remembers that a target was found to be up to date.
    fn note_current(
        &self,
        mut record: Record,
        target: &BuildTarget,
        is_older: bool,
    ) -> Result<(), ExportError> {
        if self.options.dry_run {
            return Ok(());
        }
        record.name = Some(target.name.clone());
        record.stamp.clone_from(&self.stamp);
        record.is_older = is_older;
        self.folder.remember(record)
    }

    fn plan(&self, target: &BuildTarget) -> Result<(Plan, Ingredients), Error> {
        let progress = OfTarget { listener: self.listener, stem: &target.stem };
        let task = Task::new(&progress, self.cancel.clone());
        planned(self.engine, target, &task)
    }

    /// Makes one target and remembers it.
    fn make(&self, target: &BuildTarget, texts_only: bool) -> Result<TargetOutcome, Error> {
        let (plan, ingredients) = self.plan(target)?;
        let job = target.render.placed(|path| self.options.out.join(path));
        let known = self.folder.known(&target.stem);
        let remember = |ingredients, files, track| {
            let stamp = self.stamp.clone();
            self.folder.remember(Record::new(target, stamp, ingredients, files, track))
        };
        if let (true, Some(known)) = (texts_only, &known)
            && let Some(texts) = self.engine.write_texts(&plan, &job)?
        {
            let changed = self.built(&texts)?;
            let is_kept = |file: &&BuiltFile| changed.iter().all(|changed| changed.path != file.path);
            let kept: Vec<_> = known.files.iter().filter(is_kept).cloned().collect();
            // A file that is gone and is no text, as a cover, comes with the sound.
            if kept.iter().all(|file| file.is_there(&self.options.out)) {
                let mut files: Vec<_> = kept.into_iter().chain(changed.iter().cloned()).collect();
                let place = |file: &BuiltFile| known.files.iter().position(|known| known.path == file.path);
                files.sort_by_key(place);
                let ingredients = ingredients.made_like(&known.ingredients);
                remember(ingredients, files, known.track.clone())?;
                return Ok(TargetOutcome::Texts);
            }
        }
        let begin = |known: &Record| self.changes.begin(self.engine, target, known, &plan, &ingredients);
        let change = known.as_ref().map(begin).transpose()?.flatten();
        let progress = OfTarget { listener: self.listener, stem: &target.stem };
        let rendered = self.engine.render(&plan, &job, &Task::new(&progress, self.cancel.clone()))?;
        let track = TrackEntry::of(self.engine.course(), &plan, &rendered, target);
        let files = self.built(job.written(&rendered))?;
        if let Some(change) = change {
            change.finish(&files)?;
        }
        let generation = ingredients.generation();
        keep_heard(&self.options.out, target, &plan, &generation)?;
        if let Some(known) = &known {
            self.folder.remove_old(known, &files);
        }
        remember(ingredients, files, track)?;
        if let Some(old) = known.and_then(|known| known.track.generation).filter(|old| *old != generation) {
            forget_heard(&self.options.out, &target.stem, &old);
        }
        Ok(TargetOutcome::Rendered)
    }

    fn built<'p>(&self, paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<Vec<BuiltFile>, Error> {
        let of = |path: &PathBuf| Ok(BuiltFile::of(&self.options.out, path)?);
        paths.into_iter().map(of).collect()
    }
}
