//! `adem render`: an exercise becomes a finished file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{Defaults, RenderArgs};
use super::progress::Progress;
use super::{Outcome, Place, exit, report};
use crate::delivery::format::Format;
use crate::delivery::preset::Preset;
use crate::engine::{
    Destination, Failure, Output, OutputName, Plan, RenderJob, Rendered, STEM_NAMES, possible, render,
};
use crate::script::voice::VoiceKind;
use crate::toml::table::is_device;
use crate::unit::SampleRate;
use crate::unit::literal::print_clock;

pub(super) fn run(place: &Place, args: &RenderArgs) -> Outcome {
    let started = Instant::now();
    // Wrong usage shows before anything is read.
    let variant = args.variant.resolve();
    let wish = args.variant.wish()?;
    let rate = variant.rate.unwrap_or(SampleRate::DEFAULT);
    let first = outputs(args, &Preset::stream(), rate, &[], PathBuf::new)?;
    if args.strict && first.iter().any(|output| output.destination == Destination::Stream) {
        let why = "--strict cannot take back what has gone to standard output; name a file with -o";
        return Err(Failure::Usage(why.to_owned()));
    }
    let workshop = place.workshop()?;
    let script = workshop.script(&args.script)?;
    let progress = Progress::stoppable();
    let plan = workshop.plan(script, &variant, wish.clone(), &progress)?;
    report::diagnostics(workshop.warnings(), &workshop.course().sources);
    report::diagnostics(&plan.warnings, &workshop.course().sources);
    let mix = args.mix();
    let name = OutputName { plan: &plan, variant: &variant, wish: &wish, mix };
    let publish = &workshop.course().header.publish;
    let usual = || place.files.root().join("out").join(name.stem());
    let preset = &plan.session.preset;
    let outputs = outputs(args, preset, plan.timeline.rate, &publish.formats, usual)?;
    refuse_clashes(place.files.root(), &outputs, args.stems.as_deref())?;
    super::trust::refuse_links(place, outputs.iter().filter_map(file).chain(args.stems.as_deref()))?;
    let beside = args.beside(&publish.beside);
    let job = RenderJob { outputs, mix, beside, stems: args.stems.clone(), strict: args.strict };
    let rendered = render(&workshop, &plan, &job, &progress)?;
    progress.finish();
    tell(&plan, &job, &rendered, started);
    Ok(exit::DONE)
}

/// The files of sound, each of which can be at that rate.
fn outputs(
    args: &RenderArgs,
    preset: &Preset,
    rate: SampleRate,
    listed: &[Format],
    usual: impl FnOnce() -> PathBuf,
) -> Result<Vec<Output>, Failure> {
    let file = Destination::File(PathBuf::new());
    let can_be = |format| possible(format, &preset.coding, rate, &file).is_ok();
    let outputs = args.outputs(&Defaults { preset: preset.format, listed, possible: &can_be }, usual)?;
    for output in &outputs {
        possible(output.format, &preset.coding, rate, &output.destination)?;
    }
    Ok(outputs)
}

/// The folders of a course that hold what people made.
const SOURCES: [&str; 3] = ["scripts", "voice", "ambience"];

/// An output takes the place of no source and of no other output.
fn refuse_clashes(course: &Path, outputs: &[Output], stems: Option<&Path>) -> Result<(), Failure> {
    let tracks: Vec<&Path> = outputs.iter().filter_map(file).collect();
    refuse_sources(course, tracks.iter().copied().chain(stems))?;
    tracks.iter().try_for_each(|track| refuse_name(track))?;
    let Some(stems) = stems else { return Ok(()) };
    for (track, name) in tracks.iter().flat_map(|track| STEM_NAMES.map(|name| (track, name))) {
        if real(&stems.join(format!("{name}.wav"))) == real(track) {
            let track = track.display();
            let message =
                format!("{track} would be both the track and the stem {name}; give one another place");
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// A track has a name that every system can hold: others download it.
fn refuse_name(path: &Path) -> Result<(), Failure> {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else { return Ok(()) };
    let forbidden = |c: &char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\');
    let why = match name.chars().find(forbidden) {
        Some(letter) => format!("it has {letter:?} in it"),
        None if is_device(&name) => "it means a device".to_owned(),
        None if name.ends_with(['.', ' ']) => "it ends with a dot or a space".to_owned(),
        None => return Ok(()),
    };
    let message = format!("Windows cannot hold a file called `{name}`: {why}; give it another name");
    // What is there already, such as a device of this system, is meant.
    if path.exists() && !path.is_file() { Ok(()) } else { Err(Failure::Usage(message)) }
}

/// An output takes the place of no source.
pub(super) fn refuse_sources<'a>(
    course: &Path,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    for path in outputs {
        if let Some(folder) =
            SOURCES.into_iter().find(|folder| real(path).starts_with(real(&course.join(folder))))
        {
            let (path, folder) = (path.display(), course.join(folder).display().to_string());
            let message = format!(
                "{path} lies in {folder}/, which holds sources; write to another folder, such as out/"
            );
            return Err(Failure::Usage(message));
        }
    }
    Ok(())
}

/// The file of an output.
fn file(output: &Output) -> Option<&Path> {
    match &output.destination {
        Destination::File(path) => Some(path),
        Destination::Stream => None,
    }
}

/// A path without links and dots, whether there is a file or not.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => real(Path::new(".")).join(name),
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

fn tell(plan: &Plan, job: &RenderJob, rendered: &Rendered, started: Instant) {
    let timeline = &plan.timeline;
    let length = timeline.frames.seconds(timeline.rate);
    let places: Vec<_> =
        job.outputs.iter().map(|output| file(output).map_or("standard output".to_owned(), display)).collect();
    let wall = started.elapsed().as_secs_f64();
    report::line(&format!(
        "{}: {} ({} frames at {}), in {wall:.1} s, {:.0} times as fast as it plays",
        in_short(&places, &places[0]),
        print_clock(length),
        timeline.frames.0,
        timeline.rate,
        length / wall.max(1e-3),
    ));
    if !rendered.beside.is_empty() {
        let beside: Vec<_> = rendered.beside.iter().map(|path| display(path)).collect();
        // They lie beside the first that is a file.
        let main = job.outputs.iter().find_map(file).map_or(String::new(), display);
        report::line(&format!("beside it: {}", in_short(&beside, &main)));
    }
    for (place, verified) in places.iter().zip(&rendered.verified) {
        let peak = verified.levels.and_then(|levels| levels.true_peak.db()).filter(|peak| peak.0 > 0.0);
        if let Some(peak) = peak {
            report::line(&format!(
                "warning: {place} reaches {:.1} dBTP when it is decoded; lower the ceiling of the preset, or raise the bit rate",
                peak.0
            ));
        }
    }
    let preset = &plan.session.preset;
    let limited = match rendered.limited {
        0 => "the limiter did nothing".to_owned(),
        frames => {
            format!("the limiter touched {:.3} % of it", 100.0 * frames as f64 / timeline.frames.0 as f64)
        }
    };
    report::line(&format!(
        "preset {}: {} at {}, true peak under {:.1} dBTP; {limited}",
        preset.name,
        match preset.anchor {
            crate::delivery::preset::Anchor::Speech => "speech",
            crate::delivery::preset::Anchor::Integrated => "the whole file",
        },
        preset.target,
        preset.ceiling.0,
    ));
    match timeline.drafts() {
        0 => {}
        1 => report::line("1 phrase is a draft spoken by a machine"),
        drafts => report::line(&format!("{drafts} phrases are drafts spoken by a machine")),
    }
    if plan.session.voice.kind == VoiceKind::Synthetic {
        report::line(&format!("the voice {} is synthetic", plan.session.voice.name));
    }
    report::say(&super::qc::faults(&rendered.report));
}

/// A list of files; those that are called like `main` but for the ending, by the ending alone.
fn in_short(places: &[String], main: &str) -> String {
    let stem = main.rsplit_once('.').map_or(main, |(stem, _)| stem);
    let short = |place: &String| match place.strip_prefix(stem) {
        Some(ending) if place != main && ending.starts_with('.') => ending.to_owned(),
        _ => place.clone(),
    };
    places.iter().map(short).collect::<Vec<_>>().join(", ")
}

/// A path as people write it: without the folder they are in.
pub(super) fn display(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
