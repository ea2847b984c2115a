//! The work of a job: the same calls as `adem render` and `adem build` make, into the same files.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use super::job::{JobProgress, MadeFile, MakingEnd, MakingJob, MakingPhase};
use super::out_folder;
use crate::build::changes::write_changes;
use crate::build::{BuildError, BuildOptions, BuildReport, TargetOutcome, build, expand, undeliverable};
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::engine::{Engine, Error, OutputName, PlanJob, RenderJob, TrackFile, World};
use crate::event::Task;
use crate::http::problem::Problem;
use crate::site::{SiteError, write_site};
use crate::studio::SharedStudio;
use crate::studio::answer::{told, whole};
use crate::studio::disk::finished_file::{beginning_with, length};
use crate::studio::refusal::{Refusal, failed};

/// Does a job away from what answers.
pub(super) fn start(
    studio: &SharedStudio,
    job: Arc<MakingJob>,
    work: impl FnOnce(&SharedStudio, &Arc<Engine>, &MakingJob) -> Result<(), Problem> + Send + 'static,
) {
    let studio = studio.clone();
    tokio::task::spawn_blocking(move || {
        let done = match &*studio.course.engine() {
            Ok(engine) => whole(engine).and_then(|()| work(&studio, engine, &job)),
            Err(error) => Err(told(error)),
        };
        let end = match done {
            Ok(()) => MakingEnd::Done,
            Err(_) if job.cancel.is_cancelled() => MakingEnd::Stopped,
            Err(problem) => {
                job.note_problem(problem);
                MakingEnd::Failed
            }
        };
        job.enter(&studio.events, MakingPhase::Over(end));
    });
}

/// Renders a version into the files that `adem render` would write.
pub(super) fn render(
    studio: &SharedStudio,
    engine: &Engine,
    job: &MakingJob,
    asked: &PlanJob,
    formats: &[Format],
) -> Result<(), Problem> {
    let progress = JobProgress { job, events: &studio.events };
    let task = Task::new(&progress, job.cancel.clone());
    let plan = engine.plan(asked, &task).map_err(|error| told(&error))?;
    let mix = Mix::default();
    let name = OutputName { plan: &plan, variant: &asked.variant, length: &asked.length, mix };
    let (out, stem) = (out_folder(studio)?, name.stem());
    let usual = plan.session.preset.format;
    let names: Vec<String> =
        formats.iter().map(|format| format!("{stem}{}", format.name_end(usual))).collect();
    // Nothing is written through a link out of the course.
    for name in names.iter().cloned().chain(beginning_with(&out, &stem)) {
        studio.course.place(&format!("out/{name}"))?;
    }
    job.note_files(&names, plan.timeline.frames);
    let outputs = names.iter().zip(formats);
    let outputs = outputs.map(|(name, format)| TrackFile { path: out.join(name), format: *format }).collect();
    let beside = engine.course().header.publish.beside.clone();
    let render = RenderJob { outputs, mix, beside, ..RenderJob::default() };
    let rendered = engine.render(&plan, &render, &task).map_err(|error| told(&error))?;
    let paths = render.outputs.iter().map(|output| output.path.clone()).chain(rendered.beside);
    job.note_made(paths.filter_map(|path| made(&out, &path)));
    Ok(())
}

/// Builds a delivery as `adem build` does, with the page if the course has one. One version that fails does not keep the others from
/// being made.
pub(super) fn build_delivery(
    studio: &SharedStudio,
    engine: &Engine,
    job: &MakingJob,
    delivery: &str,
) -> Result<(), Problem> {
    let course = engine.course();
    let of_course = |found| told(&Error::Diagnostics { found, sources: course.sources.clone() });
    let chosen: Vec<_> =
        course.header.deliveries.iter().filter(|known| known.name.value == delivery).collect();
    let matrix = expand(course, &chosen).map_err(of_course)?;
    let wrong = undeliverable(course, &matrix, studio.course.files());
    let wrong = wrong.map_err(|error| told(&Error::World(World::File(error))))?;
    if !wrong.is_empty() {
        return Err(of_course(wrong));
    }
    let out = out_folder(studio)?;
    studio.course.place(&format!("out/{}", crate::site::FOLDER))?;
    let options = BuildOptions {
        out: out.clone(),
        jobs: std::thread::available_parallelism().map_or(1, NonZero::get),
        only: None,
        dry_run: false,
        refresh: false,
        keep_going: true,
        rename: false,
    };
    let progress = JobProgress { job, events: &studio.events };
    let report = build(engine, matrix, &options, &progress, &job.cancel).map_err(build_problem)?;
    let BuildReport { built, .. } = report;
    let mut has_failed = false;
    for one in &built {
        match &one.outcome {
            TargetOutcome::Failed(error) => {
                has_failed = true;
                job.note_problem(told(error));
                continue;
            }
            TargetOutcome::NotBegun => continue,
            TargetOutcome::Current | TargetOutcome::Older => job.note_current(1),
            TargetOutcome::Rendered | TargetOutcome::Texts => {}
        }
        job.note_made(one.target.files().filter_map(|path| made(&out, &out.join(path))));
    }
    if job.cancel.is_cancelled() {
        return Err(Refusal::Stopped.problem());
    }
    job.enter(&studio.events, MakingPhase::Site);
    write_changes(&out).map_err(build_problem)?;
    write_site(course, &out).map_err(|error| match error {
        SiteError::Deliveries(found) => of_course(found),
        SiteError::Build(error) => build_problem(error),
        SiteError::Export(error) => failed(error),
    })?;
    if has_failed { Err(Refusal::SomeFailed.problem()) } else { Ok(()) }
}

fn build_problem(error: BuildError) -> Problem {
    match error {
        BuildError::Engine(error) => told(&error),
        BuildError::Busy(folder) => Refusal::Busy.with(&[("folder", &folder.display())]),
        BuildError::Export(_) | BuildError::Folder(..) => failed(error),
    }
}

/// A file that is there, by its name below the output folder.
fn made(out: &Path, path: &Path) -> Option<MadeFile> {
    let name = path.strip_prefix(out).ok()?.to_str()?.replace('\\', "/");
    Some(MadeFile { name, path: path.to_owned(), bytes: length(path)? })
}
