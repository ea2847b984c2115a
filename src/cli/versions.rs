//! `adem render` of several versions: a build without a delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::args::{Destination, Output, RenderArgs};
use super::build::{BuildProgress, report_failures};
use super::progress::Progress;
use super::render::{file, in_short, outputs, refuse_clashes};
use super::{CommandContext, Failure, Outcome, exit, place, report};
use crate::build::{BuildTarget, Built, ReleasedName, TargetOutcome, VersionNames, render_all};
use crate::delivery::format::Format;
use crate::engine::{Engine, Error, OutputName, Plan, PlanJob, RenderJob, Rendered, TrackFile};
use crate::event::Task;
use crate::script::delivery::{PathPiece, fields};
use crate::unit::Frames;
use crate::unit::literal::print_clock;

pub(super) fn run(context: &CommandContext, args: &RenderArgs, jobs: &[PlanJob]) -> Outcome {
    let started = Instant::now();
    let goal = Goal::of(context, args)?;
    let engine = context.engine()?;
    args.versions.hold_own(&engine)?;
    let own = |job: &PlanJob| engine.script(&job.script).ok()?.language.as_ref().map(|own| own.value.clone());
    let spoken: Vec<_> =
        jobs.iter().filter_map(|job| job.variant.language.clone().or_else(|| own(job))).collect();
    report::course_warnings(engine.warnings(), &engine.course().sources, &spoken.iter().collect::<Vec<_>>());
    let progress = BuildProgress::new();
    let mut versions =
        Versions { context, args, engine: &engine, goal, built: Vec::new(), lengths: BTreeMap::new() };
    versions.plan(jobs, &progress)?;
    let made = versions.check_places()?;
    let Versions { mut built, lengths, .. } = versions;
    let faults: Mutex<BTreeMap<String, String>> = Mutex::default();
    let note = |target: &BuildTarget, rendered: &Rendered| {
        let found = super::qc::faults(&rendered.report);
        if !found.is_empty() {
            faults.lock().unwrap_or_else(PoisonError::into_inner).insert(target.stem.clone(), found);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    render_all(&engine, &mut built, cores, &progress, &progress.cancel, &note);
    progress.finish();
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    let [mut rendered, mut failed, mut not_begun] = [0; 3];
    for one in &built {
        match one.outcome {
            TargetOutcome::Failed(_) => failed += 1,
            TargetOutcome::NotBegun => not_begun += 1,
            TargetOutcome::Current
            | TargetOutcome::Older
            | TargetOutcome::Rendered
            | TargetOutcome::Texts => {
                rendered += 1;
                let files: Vec<_> = one.target.files().map(|path| place::shown(path)).collect();
                let length = lengths.get(&one.target.stem).map_or("", String::as_str);
                report::note(&format!("{}: {length}", in_short(&files, &files[0])));
                if let Some(faults) = faults.get(&one.target.stem) {
                    report::note(faults.trim_end());
                }
            }
        }
    }
    place::note_folders(&made);
    let code = report_failures(built);
    let mut counts = vec![format!("{} rendered", report::count(rendered, "version"))];
    counts.extend(
        [(failed, "failed"), (not_begun, "not begun")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}")),
    );
    report::note(&format!("{}; {:.1} s", counts.join(", "), started.elapsed().as_secs_f64()));
    Ok(match code {
        Some(code) => code,
        None if progress.cancel.is_cancelled() => exit::STOPPED,
        None => exit::DONE,
    })
}

/// Whether a path has the ending of a file of sound, and is no folder.
pub(super) fn names_a_file(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_sound = ending.is_some_and(|ending| Format::ENDINGS.iter().any(|(known, _)| *known == ending));
    is_sound && !path.is_dir()
}

/// Where several versions are written.
enum Goal<'a> {
    /// A folder, with the usual names in it.
    Folder(PathBuf),
    /// A path with fields in braces.
    Pattern(&'a str, Vec<PathPiece<'a>>),
}

impl<'a> Goal<'a> {
    fn of(context: &CommandContext, args: &'a RenderArgs) -> Result<Self, Failure> {
        if args.stems.is_some() {
            let why = "--stems takes the stems of one version; render each with a folder of its own";
            return Err(Failure::Usage(why.to_owned()));
        }
        let Some(named) = &args.output else { return Ok(Self::Folder(context.files.root().join("out"))) };
        if named.as_os_str() == "-" {
            let why = "standard output takes one version; name a folder with -o";
            return Err(Failure::Usage(why.to_owned()));
        }
        if let Some(pattern) = named.to_str().filter(|named| named.contains('{')) {
            let pieces = fields(pattern)
                .map_err(|fault| Failure::Usage(format!("-o {pattern}: {fault}; {}", fault.help())))?;
            return Ok(Self::Pattern(pattern, pieces));
        }
        if names_a_file(named) {
            return Err(Failure::Usage(format!(
                "{} is one file for several versions; name a folder, or a pattern such as -o '{{track}}-{{slug}}-{{language}}{{version}}.mp3'",
                named.display()
            )));
        }
        Ok(Self::Folder(named.clone()))
    }

    /// What the pattern does not name yet, of what tells versions apart.
    fn more_fields(&self) -> String {
        let pieces = match self {
            Self::Folder(_) => &[][..],
            Self::Pattern(_, pieces) => pieces,
        };
        let is_named =
            |field: &str, piece: &PathPiece<'_>| matches!(piece, PathPiece::Field(name) if *name == field);
        let is_new = |field: &&str| pieces.iter().all(|piece| !is_named(field, piece));
        let fields = ["track", "language", "version", "script"].into_iter().filter(is_new).take(3);
        fields.map(|field| format!("{{{field}}}")).collect::<Vec<_>>().join(", ")
    }

    /// The folder that has to be there.
    fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Pattern(pattern, _) => {
                let fixed = pattern.split('{').next().unwrap_or_default();
                Path::new(fixed.rsplit_once('/').map_or("", |(folder, _)| folder))
            }
        }
    }
}

/// The versions that are rendered.
struct Versions<'a> {
    context: &'a CommandContext,
    args: &'a RenderArgs,
    engine: &'a Engine,
    goal: Goal<'a>,
    built: Vec<Built>,
    /// How long each is, in words.
    lengths: BTreeMap<String, String>,
}

impl Versions<'_> {
    /// Lays out all of them. Wrong usage ends the run before anything is rendered.
    fn plan(&mut self, jobs: &[PlanJob], progress: &BuildProgress) -> Result<(), Failure> {
        let planning = Progress::new();
        let task = Task::new(&planning, progress.cancel.clone());
        let mut warned = BTreeSet::new();
        for job in jobs {
            let plan = match self.engine.plan(job, &task) {
                Err(error) if matches!(error, Error::Request(_) | Error::Stopped) => return Err(error.into()),
                planned => planned,
            };
            let target = |stem: String, render: RenderJob| BuildTarget {
                delivery: String::new(),
                stem,
                name: ReleasedName::default(),
                slug: String::new(),
                plan: job.clone(),
                render,
            };
            match plan {
                Err(error) => self.built.push(Built {
                    target: target(words(job), RenderJob::default()),
                    outcome: TargetOutcome::Failed(error),
                    why: Vec::new(),
                    frames: Frames(0),
                    bed: None,
                }),
                Ok(plan) => {
                    let (stem, render) = self.job(job, &plan)?;
                    let mut warnings = plan.warnings.clone();
                    warnings.extend(self.engine.letters_left_out(&plan.session.language, &render));
                    warnings.retain(|warning| warned.insert((warning.code.name(), warning.message.clone())));
                    report::warnings(&warnings, &self.engine.course().sources);
                    let timeline = &plan.timeline;
                    let length = print_clock(timeline.frames.seconds(timeline.rate));
                    self.lengths.insert(stem.clone(), length);
                    self.built.push(Built {
                        target: target(stem, render),
                        outcome: TargetOutcome::Rendered,
                        why: Vec::new(),
                        frames: timeline.frames,
                        bed: timeline.first_bed().map(str::to_owned),
                    });
                }
            }
        }
        planning.finish();
        Ok(())
    }

    /// The files of a version, and their path without an ending.
    fn job(&self, job: &PlanJob, plan: &Plan) -> Result<(String, RenderJob), Failure> {
        let (args, mix) = (self.args, self.args.mix());
        let publish = &self.engine.course().header.publish;
        let name = OutputName { plan, variant: &job.variant, length: &job.length, mix }.stem();
        let (named, usual) = match &self.goal {
            Goal::Folder(folder) => (None, folder.join(&name)),
            Goal::Pattern(_, pieces) => {
                (Some(PathBuf::from(self.names(job, plan, &name, pieces).fill(pieces))), PathBuf::new())
            }
        };
        let outputs = outputs(
            args,
            named.as_deref(),
            &plan.session.preset,
            plan.timeline.rate,
            &publish.formats,
            || usual,
        )?;
        let track = |output: &Output| match &output.destination {
            Destination::File(path) => Some(TrackFile { path: path.clone(), format: output.format }),
            Destination::Stream => None,
        };
        refuse_clashes(self.context.files.root(), &outputs, None)?;
        super::trust::refuse_links(self.context, outputs.iter().filter_map(file))?;
        let render = RenderJob {
            outputs: outputs.iter().filter_map(track).collect(),
            mix,
            beside: args.beside(&publish.beside),
            strict: args.strict,
            ..RenderJob::default()
        };
        let stem =
            render.outputs.first().map_or(name, |output| place::shown(&output.path.with_extension("")));
        Ok((stem, render))
    }

    fn names(&self, job: &PlanJob, plan: &Plan, name: &str, pieces: &[PathPiece<'_>]) -> VersionNames {
        let (course, session) = (self.engine.course(), &plan.session);
        let has = |field: &str| {
            pieces.iter().any(|piece| matches!(piece, PathPiece::Field(name) if *name == field))
        };
        let length = match job.length.length {
            None => "usual".to_owned(),
            Some(length) => length.name().replace([' ', '.'], "-"),
        };
        let level = session.guidance.name().to_owned();
        // What the pattern names by itself is not named again.
        let is_named = |part: &str| (has("length") && part == length) || (has("level") && part == level);
        let apart = name.split('_').skip(1).filter(|part| !is_named(part));
        let script = course.scripts.get(&session.script);
        let slug =
            script.map_or_else(|| session.script.clone(), |script| course.slug_in(script, &session.language));
        VersionNames {
            track: session.track,
            script: session.script.clone(),
            slug,
            language: session.language.to_string(),
            voice: session.voice.id.clone(),
            week: course.header.week_of(session.track),
            version: apart.flat_map(|part| ["_", part]).collect(),
            length,
            level,
        }
    }

    /// Refuses two versions in one file; returns the folder that is made.
    fn check_places(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut taken = BTreeSet::new();
        for path in self.built.iter().flat_map(|built| built.target.files()) {
            if !taken.insert(path.to_string_lossy().to_lowercase()) {
                return Err(Failure::Usage(format!(
                    "two versions would both be written to {}; name more in the pattern, such as {}",
                    path.display(),
                    self.goal.more_fields()
                )));
            }
        }
        place::new_folders(self.context.files.root(), [self.goal.folder()])
    }
}

/// A version in words, as it was asked for.
fn words(job: &PlanJob) -> String {
    let language = job.variant.language.as_ref().map(|language| format!(" {language}"));
    let length = job.length.length.map(|length| format!(" {}", length.name()));
    [Some(job.script.clone()), language, length].into_iter().flatten().collect()
}
