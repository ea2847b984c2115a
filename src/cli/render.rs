//! `adem render`: renders an exercise to audio files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{Defaults, Destination, Output, RenderArgs};
use super::progress::Progress;
use super::versions::names_a_file;
use super::{CommandContext, Failure, Outcome, exit, place, report};
use crate::delivery::format::Format;
use crate::delivery::preset::{Anchor, Preset};
use crate::diag::Diagnostic;
use crate::engine::{
    Error, OutputName, Plan, RenderJob, Rendered, STEM_NAMES, STREAM, STRICT, TrackFile, World, possible,
};
use crate::export::ExportError;
use crate::export::format::missed_chapters;
use crate::script::voice::VoiceKind;
use crate::toml::table::is_device;
use crate::unit::SampleRate;
use crate::unit::literal::print_clock;

pub(super) fn run(context: &CommandContext, args: &RenderArgs) -> Outcome {
    let started = Instant::now();
    args.refuse_formats_as_scripts(context.files.root())?;
    let scripts: Result<Vec<String>, Failure> =
        args.scripts.iter().map(|script| context.script(script)).collect();
    let jobs = args.versions.jobs(&scripts?)?;
    // Where several versions are asked for, a folder is named, even if all of them are the same one.
    let is_place = |output: &Path| output.as_os_str() != "-" && !names_a_file(output);
    let names_folder = args.names_several() && args.output.as_deref().is_some_and(is_place);
    let asked = match &jobs[..] {
        [asked] if !names_folder => asked,
        _ => return super::versions::run(context, args, &jobs),
    };
    // Wrong usage shows before anything is read.
    let rate = asked.variant.rate.unwrap_or(SampleRate::DEFAULT);
    let named = args.output.as_deref();
    let first = outputs(args, named, &Preset::stream(), rate, &[], PathBuf::new)?;
    if args.strict && first.iter().any(|output| output.destination == Destination::Stream) {
        let why = "--strict cannot discard what was written to standard output; name a file with -o";
        return Err(Failure::Usage(why.to_owned()));
    }
    let engine = context.engine()?;
    args.versions.hold_own(&engine)?;
    let progress = Progress::stoppable();
    let plan = engine.plan(asked, &progress.task())?;
    report::course_warnings(engine.warnings(), &engine.course().sources, &[&plan.session.language]);
    // What --strict refuses is told as an error.
    let is_refused = |warning: &&Diagnostic| args.strict && STRICT.contains(&warning.code);
    let warnings: Vec<_> = plan.warnings.iter().filter(|warning| !is_refused(warning)).cloned().collect();
    report::warnings(&warnings, &engine.course().sources);
    super::describe_plan(&plan);
    let mix = args.mix();
    let name = OutputName { plan: &plan, variant: &asked.variant, length: &asked.length, mix };
    let publish = &engine.course().header.publish;
    let usual = || context.files.root().join("out").join(name.stem());
    let preset = &plan.session.preset;
    let outputs = outputs(args, named, preset, plan.timeline.rate, &publish.formats, usual)?;
    refuse_clashes(context.files.root(), &outputs, args.stems.as_deref())?;
    let folders = outputs.iter().filter_map(file).filter_map(Path::parent).chain(args.stems.as_deref());
    let made = place::new_folders(context.files.root(), folders)?;
    super::trust::refuse_links(context, outputs.iter().filter_map(file).chain(args.stems.as_deref()))?;
    let beside = args.beside(&publish.beside);
    let track = |output: &Output| Some(TrackFile { path: file(output)?.to_owned(), format: output.format });
    let files = outputs.iter().filter_map(track).collect();
    let job = RenderJob {
        outputs: files,
        mix,
        beside,
        stems: args.stems.clone(),
        strict: args.strict,
        ..RenderJob::default()
    };
    let stream = outputs.iter().find(|output| output.destination == Destination::Stream);
    for output in &outputs {
        if let Some(missed) = missed_chapters(output.format, plan.timeline.chapters.len()) {
            let place = file(output).map_or(report::STANDARD_OUTPUT.to_owned(), place::shown);
            report::warning(format!("{place} {missed}"));
        }
    }
    let rendered = match stream {
        None => engine.render(&plan, &job, &progress.task())?,
        Some(output) => {
            let mut to =
                standard_output().map_err(|error| ExportError::new(report::STANDARD_OUTPUT, error))?;
            let rendered = engine.render_to(&plan, &job, output.format, &mut *to, &progress.task());
            rendered.map_err(of_standard_output)?
        }
    };
    progress.finish();
    let left_out = engine.letters_left_out(&plan.session.language, &job);
    report::warnings(left_out.as_slice(), &engine.course().sources);
    summarise(&plan, &outputs, &rendered, started);
    place::note_folders(&made);
    Ok(exit::DONE)
}

/// Standard output without the line buffer that suits text.
#[cfg(unix)]
fn standard_output() -> io::Result<Box<dyn Write + Send>> {
    use std::os::fd::AsFd;
    Ok(Box::new(std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?)))
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stdout()))
}

/// The engine does not know which stream it writes to.
fn of_standard_output(error: Error) -> Error {
    if let Error::World(World::Export(export)) = error {
        let is_stream = export.path == Path::new(STREAM);
        return if is_stream { ExportError::new(report::STANDARD_OUTPUT, export.source) } else { export }
            .into();
    }
    error
}

/// The files of sound, each of which can be at that rate.
pub(super) fn outputs(
    args: &RenderArgs,
    named: Option<&Path>,
    preset: &Preset,
    rate: SampleRate,
    listed: &[Format],
    usual: impl FnOnce() -> PathBuf,
) -> Result<Vec<Output>, Failure> {
    let can_be = |format| possible(format, &preset.coding, rate).is_ok();
    let outputs =
        args.outputs(named, &Defaults { preset: preset.format, listed, possible: &can_be }, usual)?;
    for output in &outputs {
        possible(output.format, &preset.coding, rate)?;
    }
    Ok(outputs)
}

/// The folders of a course with source files.
const SOURCES: [&str; 3] = ["scripts", "voice", "ambience"];

/// Refuses outputs that would overwrite a source or another output.
pub(super) fn refuse_clashes(course: &Path, outputs: &[Output], stems: Option<&Path>) -> Result<(), Failure> {
    let tracks: Vec<&Path> = outputs.iter().filter_map(file).collect();
    refuse_sources(course, tracks.iter().copied().chain(stems))?;
    tracks.iter().try_for_each(|track| refuse_name(track))?;
    let Some(stems) = stems else { return Ok(()) };
    for (track, name) in tracks.iter().flat_map(|track| STEM_NAMES.map(|name| (track, name))) {
        if real(&stems.join(format!("{name}.wav"))) == real(track) {
            let track = track.display();
            let message = format!(
                "{track} would be both the track and the stem {name}; write one of them to another path"
            );
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// Refuses names that some systems do not allow: tracks are downloaded to any of them.
fn refuse_name(path: &Path) -> Result<(), Failure> {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else { return Ok(()) };
    let forbidden = |c: &char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\');
    let why = match name.chars().find(forbidden) {
        Some(letter) => format!("it contains {letter:?}"),
        None if is_device(&name) => "it is the name of a device".to_owned(),
        None if name.ends_with(['.', ' ']) => "it ends with a dot or a space".to_owned(),
        None => return Ok(()),
    };
    let message = format!("Windows does not allow a file named `{name}`: {why}; choose another name");
    // A path to something other than a file, such as a device of this system, is intended.
    if path.exists() && !path.is_file() { Ok(()) } else { Err(Failure::Usage(message)) }
}

/// Refuses outputs in the folders of sources.
pub(super) fn refuse_sources<'a>(
    course: &Path,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    for path in outputs {
        if let Some(folder) =
            SOURCES.into_iter().find(|folder| real(path).starts_with(real(&course.join(folder))))
        {
            let (path, folder) = (path.display(), course.join(folder).display().to_string());
            let message =
                format!("{path} is in {folder}/, a folder of sources; write to another folder, such as out/");
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// The file of an output.
pub(super) fn file(output: &Output) -> Option<&Path> {
    match &output.destination {
        Destination::File(path) => Some(path),
        Destination::Stream => None,
    }
}

/// A path without links and dots; the file need not exist.
pub(super) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => real(Path::new(".")).join(name),
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

fn summarise(plan: &Plan, outputs: &[Output], rendered: &Rendered, started: Instant) {
    let timeline = &plan.timeline;
    let length = timeline.frames.seconds(timeline.rate);
    let places: Vec<_> = outputs
        .iter()
        .map(|output| file(output).map_or(report::STANDARD_OUTPUT.to_owned(), place::shown))
        .collect();
    let wall = started.elapsed().as_secs_f64();
    report::note(&format!(
        "{}: {} ({} frames at {}), in {wall:.1} s, {:.0} times real time",
        in_short(&places, &places[0]),
        print_clock(length),
        timeline.frames.0,
        timeline.rate,
        length / wall.max(1e-3),
    ));
    if !rendered.beside.is_empty() {
        let beside: Vec<_> = rendered.beside.iter().map(|path| place::shown(path)).collect();
        // They lie beside the first that is a file.
        let main = outputs.iter().find_map(file).map_or(String::new(), place::shown);
        report::note(&format!("also written: {}", in_short(&beside, &main)));
    }
    for (place, verified) in places.iter().zip(&rendered.verified) {
        let peak = verified.levels.and_then(|levels| levels.true_peak.db()).filter(|peak| peak.0 > 0.0);
        if let Some(peak) = peak {
            report::warning(format!(
                "{place} reaches {:.1} dBTP when decoded; lower the ceiling of the preset, or raise the bit rate",
                peak.0
            ));
        }
    }
    let preset = &plan.session.preset;
    let speaks = timeline.phrases().next().is_some();
    let limited = match rendered.limited {
        0 => "the limiter was not active".to_owned(),
        frames => {
            format!(
                "the limiter was active for {:.3} % of it",
                100.0 * frames as f64 / timeline.frames.0 as f64
            )
        }
    };
    report::note(&format!(
        "preset {}: {} at {}, true peak under {:.1} dBTP; {limited}",
        preset.name,
        match preset.anchor {
            Anchor::Speech if speaks => "speech",
            Anchor::Speech | Anchor::Integrated => "the whole file",
        },
        if speaks { preset.target } else { preset.voiceless },
        preset.ceiling_where(speaks).0,
    ));
    super::plan::drafts_told(timeline).iter().for_each(|line| report::note(line));
    if speaks && plan.session.voice.kind == VoiceKind::Synthetic {
        report::note(&format!("the voice {} is synthetic", plan.session.voice.name));
    }
    if report::says(report::Verbosity::Usual) {
        report::say(&super::qc::faults(&rendered.report));
    }
}

/// A list of files. Those that differ from `main` only in the ending are given by their ending.
pub(super) fn in_short(places: &[String], main: &str) -> String {
    let stem = main.rsplit_once('.').map_or(main, |(stem, _)| stem);
    let short = |place: &String| match place.strip_prefix(stem) {
        Some(ending) if place != main && ending.starts_with('.') => ending.to_owned(),
        _ => place.clone(),
    };
    places.iter().map(short).collect::<Vec<_>>().join(", ")
}
