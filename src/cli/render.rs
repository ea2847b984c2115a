//! `adem render`: an exercise becomes a finished file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::RenderArgs;
use super::progress::Progress;
use super::{Outcome, Place, exit, report};
use crate::produce::{
    Destination, Failure, OutputName, Plan, RenderJob, Rendered, STEM_NAMES, Workshop, possible, render,
};
use crate::script::preset::Format;
use crate::script::voice::VoiceKind;
use crate::unit::SampleRate;
use crate::unit::literal::print_clock;

pub(super) fn run(place: &Place, args: &RenderArgs) -> Outcome {
    let started = Instant::now();
    // Wrong usage shows before anything is read.
    let variant = args.variant.resolve();
    let wish = args.variant.wish()?;
    let rate = variant.rate.unwrap_or(SampleRate::DEFAULT);
    possible(args.format(Format::Wav24)?, rate, &args.destination(Default::default))?;
    if args.strict && args.destination(Default::default) == Destination::Stream {
        let why = "--strict cannot take back what has gone to standard output; name a file with -o";
        return Err(Failure::Usage(why.to_owned()));
    }
    let workshop = Workshop::open(&place.files, place.cache.clone())?;
    let script = workshop.script(&args.script)?;
    let progress = Progress::stoppable();
    let plan = workshop.plan(script, &variant, wish.clone(), &progress)?;
    report::diagnostics(workshop.warnings(), &workshop.course().sources);
    report::diagnostics(&plan.warnings, &workshop.course().sources);
    let format = args.format(plan.session.preset.format)?;
    let mix = args.mix();
    let name = OutputName { session: &plan.session, variant: &variant, wish: &wish, mix };
    let usual = || place.files.root().join("out").join(format!("{}.{}", name.stem(), format.extension()));
    let destination = args.destination(usual);
    refuse_clashes(place.files.root(), &destination, args.stems.as_deref())?;
    let job = RenderJob { destination, mix, format, stems: args.stems.clone(), strict: args.strict };
    let rendered = render(&workshop, &plan, &job, &progress)?;
    progress.finish();
    tell(&plan, &job, &rendered, started);
    Ok(exit::DONE)
}

/// The folders of a course that hold what people made.
const SOURCES: [&str; 3] = ["scripts", "voice", "ambience"];

/// An output takes the place of no source and of no other output.
fn refuse_clashes(course: &Path, track: &Destination, stems: Option<&Path>) -> Result<(), Failure> {
    let track = match track {
        Destination::File(path) => Some(path.as_path()),
        Destination::Stream => None,
    };
    for path in track.into_iter().chain(stems) {
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
    let (Some(track), Some(stems)) = (track, stems) else { return Ok(()) };
    let stem = STEM_NAMES.into_iter().find(|name| real(&stems.join(format!("{name}.wav"))) == real(track));
    stem.map_or(Ok(()), |name| {
        let message = format!(
            "{} would be both the track and the stem {name}; give one another place",
            track.display()
        );
        Err(Failure::Usage(message))
    })
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
    let place = match &job.destination {
        Destination::File(path) => display(path),
        Destination::Stream => "standard output".to_owned(),
    };
    let wall = started.elapsed().as_secs_f64();
    report::line(&format!(
        "{place}: {} ({} frames at {}), in {wall:.1} s, {:.0} times as fast as it plays",
        print_clock(length),
        timeline.frames.0,
        timeline.rate,
        length / wall.max(1e-3),
    ));
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
            crate::script::preset::Anchor::Speech => "speech",
            crate::script::preset::Anchor::Integrated => "the whole file",
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

fn display(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
