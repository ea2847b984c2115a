//! `adem build`: makes the deliveries of a course, and what has changed since the last time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Args as ClapArgs;
use globset::{Glob, GlobSet, GlobSetBuilder};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::progress::{can_redraw, stop_on_interrupt};
use super::{CommandContext, Failure, exit, place, report};
use crate::build::changes::{WrittenChanges, write_changes};
use crate::build::shard::{ShardError, write_shards};
use crate::build::store::ResultStore;
use crate::build::{
    BuildError, BuildEvent, BuildListener, BuildOptions, BuildReport, BuildTarget, Built, KeptName, LeftOver,
    Matrix, Skipped, TargetOutcome, build, expand, missing, undeliverable,
};
use crate::diag::Diagnostic;
use crate::engine::{Engine, Error, World};
use crate::event::Cancel;
use crate::script::delivery::Delivery;
use crate::site::{SiteError, WrittenSite, write_site};
use crate::toml::foreign::meant;
use crate::toml::table::list;

/// The deliveries to build
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct BuildArgs {
    /// Names of deliveries in course.toml. Default: all of them
    #[arg(value_name = "DELIVERY")]
    deliveries: Vec<String>,
    /// Only files whose path below out/ matches, such as '**/01-*'
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Show what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    /// Say of each file why it is made
    #[arg(long)]
    why: bool,
    /// Also make files again that an older version of adem's own sound has made
    #[arg(long)]
    refresh: bool,
    /// Give versions the names that `path` and their titles make now, and not those they were released under; with --only, those
    /// whose new name matches
    #[arg(long)]
    rename: bool,
    /// How many tracks to render side by side. Default: one for each processor
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Go on with the other files after one has failed
    #[arg(long)]
    keep_going: bool,
    /// The output folder. Default: out/ of the course
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make nothing, but write lists of what is missing to this folder, for `adem run` on other machines
    #[arg(long, value_name = "DIR", conflicts_with_all = ["dry_run", "why", "refresh", "jobs", "keep_going"])]
    shards: Option<PathBuf>,
    /// How much work a shard has, in seconds of one processor
    #[arg(long, value_name = "SECONDS", default_value = "120", requires = "shards", value_parser = clap::value_parser!(u32).range(1..))]
    shard_seconds: u32,
    /// Where the results of shards go: a folder, or an address such as `s3://bucket/folder`. Default: store/ in the folder of
    /// the shards
    #[arg(long, value_name = "PLACE", requires = "shards")]
    store: Option<String>,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &BuildArgs) -> super::Outcome {
    let started = Instant::now();
    let only = globs(&args.only)?;
    let engine = context.engine()?;
    report::course_warnings(engine.warnings(), &engine.course().sources, &[]);
    let deliveries = chosen(&engine, &args.deliveries)?;
    let matrix = expand(engine.course(), &deliveries).map_err(|found| errors(&engine, found))?;
    let undeliverable = undeliverable(engine.course(), &matrix, &context.files).map_err(World::File)?;
    if !undeliverable.is_empty() {
        return Err(errors(&engine, undeliverable));
    }
    note_skipped(&matrix.skipped);
    let out = out_folder(context, args.out.as_ref())?;
    if let Some(folder) = &args.shards {
        super::render::refuse_sources(context.files.root(), [folder.as_path()])?;
        return shards(&engine, matrix, only.as_ref(), &out, folder, args);
    }
    let made = place::new_folders(context.files.root(), [out.as_path()])?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = BuildOptions {
        out,
        jobs: args.jobs.map_or(cores, usize::from),
        only,
        dry_run: args.dry_run,
        refresh: args.refresh,
        keep_going: args.keep_going,
        rename: args.rename,
    };
    let progress = BuildProgress::new();
    let cancel = progress.cancel.clone();
    let first = matrix.targets.first().and_then(|target| target.files().next());
    let one_file = first.map(|file| file.display().to_string());
    let report = build(&engine, matrix, &options, &progress, &cancel);
    progress.finish();
    let BuildReport { built, kept, left_over } = report.map_err(failure)?;
    place::note_folders(&made);
    warn_of_letters(&engine, &built);
    let is_whole = !args.dry_run && !cancel.is_cancelled();
    let changes = if is_whole { write_changes(&options.out).map_err(failure)? } else { None };
    if args.json {
        report::out(&format!("{:#}\n", document(&built, &kept, &left_over, changes.as_ref())))?;
    } else {
        list_made(&built, args);
        note_kept(&kept, args);
    }
    if let (true, Some(one)) = (built.is_empty() && !args.only.is_empty(), one_file) {
        let patterns = list(args.only.iter().map(String::as_str));
        report::note(&format!("no file of these deliveries matches {patterns}; one of them is {one}"));
    }
    let counts = Counts::of(&built);
    let code = report_failures(built);
    if is_whole {
        update_site(&engine, &options.out, !args.json)?;
    }
    if let (Some(changes), false) = (changes, args.json) {
        report_changes(&changes);
    }
    if !args.json {
        note_left_over(&left_over, args);
        counts.report(args, started);
    }
    if cancel.is_cancelled() {
        report::note("stopped; the same command goes on from here");
    }
    Ok(match code {
        Some(code) => code,
        None if cancel.is_cancelled() => exit::STOPPED,
        None => exit::DONE,
    })
}

/// Says once for each language which letters the new pictures leave out.
fn warn_of_letters(engine: &Engine, built: &[Built]) {
    let mut told = BTreeSet::new();
    for one in built.iter().filter(|one| matches!(one.outcome, TargetOutcome::Rendered)) {
        let Some(language) = &one.target.plan.variant.language else { continue };
        if told.insert(language)
            && let Some(left_out) = engine.letters_left_out(language, &one.target.render)
        {
            report::warnings(&[left_out], &engine.course().sources);
        }
    }
}

/// Says what is left out: one line for each script, or for each reason that many scripts share.
fn note_skipped(skipped: &[Skipped]) {
    const FEW: usize = 3;
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for Skipped { delivery, script, why } in skipped {
        reasons.entry((delivery, why)).or_default().push(script);
    }
    for ((delivery, why), scripts) in reasons {
        let named = if scripts.len() > FEW {
            let first: Vec<_> = scripts[..FEW - 1].iter().map(|script| format!("`{script}`")).collect();
            format!("each of {} and {} others", first.join(", "), scripts.len() - first.len())
        } else {
            list(scripts.iter().copied())
        };
        report::note(&format!("{delivery}: {named} {why}; left out"));
    }
}

/// The output folder: the one that is named, or out/ of the course.
pub(super) fn out_folder(context: &CommandContext, named: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    let out = named.cloned().unwrap_or_else(|| context.files.root().join("out"));
    super::render::refuse_sources(context.files.root(), [out.as_path()])?;
    super::trust::refuse_links(context, [out.as_path(), &out.join(crate::site::FOLDER)])?;
    Ok(out)
}

/// Writes lists of what is missing, for other machines.
fn shards(
    engine: &Engine,
    matrix: Matrix,
    only: Option<&GlobSet>,
    out: &Path,
    folder: &Path,
    args: &BuildArgs,
) -> super::Outcome {
    let is_wanted =
        |target: &BuildTarget| only.is_none_or(|only| target.files().any(|file| only.is_match(file)));
    let all = matrix.targets.len();
    let is_renamed = |target: &BuildTarget| args.rename && is_wanted(target);
    let mut targets = missing(engine, matrix, out, &is_renamed).map_err(failure)?;
    let already = all - targets.len();
    targets.retain(is_wanted);
    let (name, place) = match &args.store {
        Some(place) if place.contains("://") => (place.clone(), place.clone()),
        Some(place) => {
            let place = std::path::absolute(place).map_err(|error| Failure::read(Path::new(place), error))?;
            (place.display().to_string(), place.display().to_string())
        }
        None => ("store".to_owned(), folder.join("store").display().to_string()),
    };
    let store = match ResultStore::open(&place) {
        Ok(store) => store,
        Err(error) => return Ok(super::run::refuse_store(&error)),
    };
    let seconds = f64::from(args.shard_seconds);
    let index = match write_shards(engine, &targets, already, (&name, &store), folder, seconds) {
        Ok(index) => index,
        Err(ShardError::Engine(error)) => return Err(error.into()),
        Err(ShardError::Export(error)) => return Err(error.into()),
        Err(ShardError::Store(error)) => return Ok(super::run::refuse_store(&error)),
    };
    if args.json {
        report::out(&format!("{:#}\n", serde_json::json!(index)))?;
    }
    let work = index.shards.iter().fold(0.0, |sum, shard| sum + shard.seconds);
    report::line(&format!(
        "{} in {} in {}, about {:.0} min of one processor; {} there before",
        report::count(index.jobs, "job"),
        report::count(index.shards.len(), "shard"),
        folder.display(),
        work / 60.0,
        index.there
    ));
    Ok(exit::DONE)
}

/// Says which versions go on under a name that the pattern would not give them now: once, and whenever somebody asks.
fn note_kept(kept: &[KeptName], args: &BuildArgs) {
    const FEW: usize = 3;
    let told: Vec<_> = kept.iter().filter(|kept| kept.is_news || args.why || args.dry_run).collect();
    let few = if args.why { told.len() } else { FEW };
    for KeptName { stem, by_pattern, .. } in told.iter().take(few) {
        report::note(&format!(
            "kept the name {stem}, because it was released; by its title and `path` it would be {by_pattern}"
        ));
    }
    if told.len() > few {
        report::note(&format!("kept {} more; --why lists them", report::count(told.len() - few, "name")));
    }
    if !told.is_empty() {
        let it = if told.len() == 1 { "it" } else { "them" };
        let words = ["adem", "build"].into_iter().chain(args.deliveries.iter().map(String::as_str));
        let command = words.collect::<Vec<_>>().join(" ");
        report::note(&format!(
            "to rename {it}: `{command}{} --rename`, after which the old addresses lead nowhere",
            place_of(args)
        ));
    }
}

/// Names what no delivery asks for any more, and what removes it.
fn note_left_over(left_over: &[LeftOver], args: &BuildArgs) {
    let files: Vec<&String> = left_over.iter().flat_map(|left| &left.files).collect();
    let Some(first) = files.first() else { return };
    let place = place_of(args);
    report::note(&format!(
        "left over: {} of {} that no delivery asks for any more, such as {first}; `adem clean{}` removes them",
        report::count(files.len(), "file"),
        report::count(left_over.len(), "version"),
        if place.is_empty() { " --out" } else { &place },
    ));
}

/// The output folder as it was named, as part of a command.
fn place_of(args: &BuildArgs) -> String {
    args.out.as_ref().map(|out| format!(" --out {}", place::quoted(out))).unwrap_or_default()
}

/// The deliveries of these names, or all.
fn chosen<'e>(engine: &'e Engine, names: &[String]) -> Result<Vec<&'e Delivery>, Failure> {
    let all = &engine.course().header.deliveries;
    if all.is_empty() {
        let why = "course.toml has no [[delivery]]; write one, such as\n\n[[delivery]]\nname = \"online\"\nformats = [\"mp3\"]\n";
        return Err(Failure::Usage(why.to_owned()));
    }
    let known = || all.iter().map(|delivery| delivery.name.value.as_str());
    let find = |name: &String| {
        let found = all.iter().find(|delivery| delivery.name.value == *name);
        found.ok_or_else(|| {
            let help = match meant(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("available: {}", list(known())),
            };
            Failure::Usage(format!("there is no delivery `{name}`; {help}"))
        })
    };
    if names.is_empty() { Ok(all.iter().collect()) } else { names.iter().map(find).collect() }
}

fn globs(patterns: &[String]) -> Result<Option<GlobSet>, Failure> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| {
            Failure::Usage(format!("--only {pattern}: {}; write a pattern such as '**/01-*'", error.kind()))
        })?;
        set.add(glob);
    }
    let set = set.build().map_err(|error| Failure::Usage(format!("--only: {error}")))?;
    Ok(Some(set))
}

pub(super) fn errors(engine: &Engine, found: Vec<Diagnostic>) -> Failure {
    Error::Diagnostics { found, sources: engine.course().sources.clone() }.into()
}

pub(super) fn failure(error: BuildError) -> Failure {
    match error {
        BuildError::Engine(error) => error.into(),
        BuildError::Export(error) => error.into(),
        BuildError::Busy(_) => Failure::Busy(error.to_string()),
        BuildError::Folder(path, source) => Failure::read(&path, source),
    }
}

fn site_failure(engine: &Engine, error: SiteError) -> Failure {
    match error {
        SiteError::Deliveries(found) => errors(engine, found),
        SiteError::Build(error) => failure(error),
        SiteError::Export(error) => error.into(),
    }
}

/// Writes the page of what is in the output folder, and says so.
pub(super) fn update_site(engine: &Engine, out: &Path, aloud: bool) -> Result<(), Failure> {
    let site = write_site(engine.course(), out).map_err(|error| site_failure(engine, error))?;
    if let Some(site) = site.filter(|_| aloud) {
        report_site(&site);
    }
    Ok(())
}

fn report_site(site: &WrittenSite) {
    let megabytes = site.size.bytes as f64 / 1e6;
    let files = report::count(site.size.files, "file");
    report::line(&format!("the page is {}/index.html; {files}, {megabytes:.0} MB", site.folder.display()));
    if site.feeds == 0 {
        report::line(
            "it has no podcast feed, which needs its public address: write address = \"https://…\" in [site] of course.toml",
        );
    }
}

fn report_changes(changes: &WrittenChanges) {
    report::line(&format!(
        "what changed: {}; {} in {}",
        changes.page.display(),
        report::count(changes.changes, "change"),
        report::count(changes.tracks, "version"),
    ));
}

fn word(outcome: &TargetOutcome) -> &'static str {
    match outcome {
        TargetOutcome::Current => "current",
        TargetOutcome::Older => "older",
        TargetOutcome::Rendered => "rendered",
        TargetOutcome::Texts => "texts",
        TargetOutcome::Failed(_) => "failed",
        TargetOutcome::NotBegun => "not-begun",
    }
}

fn document(
    built: &[Built],
    kept: &[KeptName],
    left_over: &[LeftOver],
    changes: Option<&WrittenChanges>,
) -> serde_json::Value {
    let kept = kept.iter().map(|kept| json!({ "name": kept.stem, "by_pattern": kept.by_pattern }));
    let target = |built: &Built| {
        json!({
            "delivery": built.target.delivery,
            "files": built.target.files().map(|file| file.display().to_string()).collect::<Vec<_>>(),
            "outcome": word(&built.outcome),
            "why": built.why,
            "frames": built.frames.0,
            "error": built.outcome.error().map(ToString::to_string),
        })
    };
    json!({
        "targets": built.iter().map(target).collect::<Vec<_>>(),
        "kept": kept.collect::<Vec<_>>(),
        "left_over": left_over.iter().flat_map(|left| &left.files).collect::<Vec<_>>(),
        "changes": changes.map(|changes| changes.page.display().to_string()),
    })
}

/// What is made, where somebody asks.
fn list_made(built: &[Built], args: &BuildArgs) {
    for one in built {
        let what = match one.outcome {
            TargetOutcome::Texts => "texts only",
            TargetOutcome::Rendered => "sound",
            TargetOutcome::Current
            | TargetOutcome::Older
            | TargetOutcome::Failed(_)
            | TargetOutcome::NotBegun => continue,
        };
        if args.why || args.dry_run {
            let why = if args.why { format!(": {}", one.why.join(", ")) } else { String::new() };
            report::line(&format!("{} ({what}){why}", one.target.stem));
        }
    }
}

/// Says what failed and why, each cause once; the exit code of the first. `None` if nothing failed.
pub(super) fn report_failures(built: Vec<Built>) -> Option<u8> {
    let mut causes: Vec<(String, Error, Vec<String>)> = Vec::new();
    for one in built {
        let TargetOutcome::Failed(error) = one.outcome else { continue };
        let cause = match &error {
            Error::Diagnostics { found, .. } => {
                let told = found.iter().map(|found| format!("{} {:?}", found.message, found.labels.first()));
                told.collect()
            }
            // One full disk stops many files.
            Error::World(World::Export(error)) => error.kind.to_string(),
            Error::Request(_)
            | Error::World(_)
            | Error::ChecklistFailed(_)
            | Error::OutputClosed
            | Error::Stopped => error.to_string(),
        };
        match causes.iter_mut().find(|(known, ..)| *known == cause) {
            Some((.., stems)) => stems.push(one.target.stem),
            None => causes.push((cause, error, vec![one.target.stem])),
        }
    }
    let mut code = None;
    for (_, error, stems) in causes {
        report::line("");
        let of_this = report::failure_of_some(&Failure::Engine(error));
        code = code.or(Some(of_this));
        report::line(&format!("{} not made:", report::count(stems.len(), "version")));
        stems.iter().for_each(|stem| report::line(&format!("  {stem}")));
    }
    code
}

struct Counts {
    rendered: usize,
    texts: usize,
    current: usize,
    older: usize,
    failed: usize,
    not_begun: usize,
}

impl Counts {
    fn of(built: &[Built]) -> Self {
        let count = |name: &str| built.iter().filter(|built| word(&built.outcome) == name).count();
        Self {
            rendered: count("rendered"),
            texts: count("texts"),
            current: count("current"),
            older: count("older"),
            failed: count("failed"),
            not_begun: count("not-begun"),
        }
    }

    fn report(&self, args: &BuildArgs, started: Instant) {
        let would = if args.dry_run { "to render" } else { "rendered" };
        let mut parts = vec![format!("{} {would}", report::count(self.rendered, "version"))];
        let mut part = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        part(self.texts, "with new texts beside the same sound");
        part(self.current + self.older, "up to date");
        part(self.failed, "failed");
        part(self.not_begun, "not begun");
        report::note(&format!("{}; {:.1} s", parts.join(", "), started.elapsed().as_secs_f64()));
        if self.older > 0 {
            report::note(&format!(
                "{} made by an older version of adem's own sound; --refresh makes them again",
                report::count(self.older, "version")
            ));
        }
        if self.failed > 0 && self.not_begun > 0 && !args.keep_going {
            report::note("--keep-going makes the others all the same");
        }
    }
}

/// One bar for the whole build on a terminal, else a line for each finished version.
pub(super) struct BuildProgress {
    bar: Option<ProgressBar>,
    pub cancel: Cancel,
    targets: AtomicUsize,
    finished: AtomicUsize,
    done: Mutex<BTreeMap<String, u64>>,
}

impl BuildProgress {
    pub(super) fn new() -> Self {
        let bar = can_redraw().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left  {wide_msg}")
                .expect("the template is fixed and valid");
            ProgressBar::new(0).with_style(style)
        });
        let progress = Self {
            bar,
            cancel: Cancel::new(),
            targets: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            done: Mutex::new(BTreeMap::new()),
        };
        stop_on_interrupt(progress.cancel.clone());
        progress
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn set(&self, stem: &str, frames: u64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.insert(stem.to_owned(), frames);
        if let Some(bar) = &self.bar {
            bar.set_position(done.values().sum());
        }
    }
}

impl BuildListener for BuildProgress {
    fn on_build(&self, event: BuildEvent<'_>) {
        match event {
            BuildEvent::Comparing { count, of } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("comparing {count} of {of}"));
                }
            }
            BuildEvent::Work { targets, frames } => {
                self.targets.store(targets, Ordering::Relaxed);
                if let Some(bar) = &self.bar {
                    bar.set_length(frames.0);
                    bar.set_position(0);
                    bar.reset_eta();
                }
            }
            BuildEvent::Started { stem, .. } => {
                if let Some(bar) = &self.bar {
                    let (finished, targets) =
                        (self.finished.load(Ordering::Relaxed), self.targets.load(Ordering::Relaxed));
                    bar.set_message(format!("{finished} of {targets} done, now {stem}"));
                }
            }
            BuildEvent::Rendered { stem, done } => self.set(stem, done.0),
            BuildEvent::Finished { stem, frames, failed } => {
                self.set(stem, frames.0);
                let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
                if self.bar.is_none() {
                    let targets = self.targets.load(Ordering::Relaxed);
                    let what = if failed { "failed" } else { "done" };
                    report::note(&format!("[{finished}/{targets}] {stem} {what}"));
                }
            }
        }
    }
}

impl Drop for BuildProgress {
    fn drop(&mut self) {
        self.finish();
    }
}
