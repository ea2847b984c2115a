//! From a plan to a finished file: mix, master, write, and put the timeline beside it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::output::{Destination, Target, possible};
use super::{Failure, Plan, Workshop};
use crate::dsp::loudness::gated;
use crate::event::{Event, Listener};
use crate::export::captions::{Heard, web_vtt};
use crate::export::{ExportError, Tags, TrackSpec, TrackWriter, track_writer, write_whole};
use crate::layout::{EventKind, Timeline, document};
use crate::master::{Batch, master, measure};
use crate::qc::{self, Quick, Report, Voice};
use crate::render::{Mix, Mixdown, Stems};
use crate::script::preset::{Anchor, Format};
use crate::unit::{Db, Lufs};

/// The stems, in the order in which they are summed; their files bear these names.
pub const STEM_NAMES: [&str; 3] = ["voice", "cues", "bed"];

/// What to render and where to put it.
#[derive(Clone, Debug)]
pub struct RenderJob {
    /// Where the track goes.
    pub destination: Destination,
    /// Which stems it has.
    pub mix: Mix,
    /// The kind of file.
    pub format: Format,
    /// A folder for the stems.
    pub stems: Option<PathBuf>,
    /// A track that must not be published is not kept.
    pub strict: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What the rows of the checklist say that can be judged while rendering.
    pub report: Report,
    /// How many frames the limiter touched.
    pub limited: u64,
    /// The constant gain of the master beyond that of the stems; 0 dB with the speech anchor.
    pub gain: Db,
}

/// Renders a plan. Nothing is at the destination before it is whole; with an error nothing is left behind.
///
/// # Errors
/// [`Failure`] if a recording is missing or has gone, something cannot be written, or somebody wants it to stop.
pub fn render(
    workshop: &Workshop<'_>,
    plan: &Plan,
    job: &RenderJob,
    listener: &dyn Listener,
) -> Result<Rendered, Failure> {
    let timeline = &plan.timeline;
    possible(job.format, timeline.rate, &job.destination)?;
    workshop.require_clips(plan)?;
    let rate = timeline.rate;
    let store = workshop.store(rate);
    let mixdown = Mixdown::open(timeline, &store, &workshop.course, plan.session.voice.chain, job.mix)?;
    let settings = master_settings(plan);
    let gain = master_gain(plan, &mixdown, settings, listener)?;
    let mut writers = Writers::open(workshop, plan, job)?;
    let with_stems = job.stems.is_some();
    let mut quick = Quick::new(rate, 2);
    let limited = master(&mixdown, rate, gain.gain(), settings.1, with_stems, &mut |batch: Batch<'_>| {
        if listener.wants_stop() {
            return Err(Failure::Stopped);
        }
        quick.push(&batch.finished);
        writers.write(&batch)?;
        listener.hear(Event::Rendering { done: batch.done, total: timeline.frames });
        Ok(())
    })?;
    let told = timeline_document(plan, job);
    let report = report(plan, job, gain, quick, &told);
    if job.strict && !report.passes() {
        return Err(Failure::Unfit(Box::new(report)));
    }
    writers.finish()?;
    // Nothing belongs beside a pipe or a device.
    if let Destination::File(path) = &job.destination
        && path.is_file()
    {
        let json = |value: &Value| serde_json::to_vec_pretty(value).expect("plain data");
        write_whole(beside(path, "timeline.json"), &json(&told))?;
        write_whole(beside(path, "qc.json"), &json(&report.document()))?;
        let heard = match job.mix {
            Mix::Full => Heard::All,
            Mix::Voice => Heard::Voice,
            Mix::Bed => Heard::Bed,
        };
        write_whole(beside(path, "vtt"), web_vtt(timeline, heard).as_bytes())?;
    }
    Ok(Rendered { report, limited, gain })
}

/// The timeline as it lies beside the track: with what this render chose.
fn timeline_document(plan: &Plan, job: &RenderJob) -> Value {
    let mut told = document(&plan.timeline);
    told["mix"] = job.mix.name().into();
    told["preset"] = plan.session.preset.name.clone().into();
    told
}

/// What the checklist says while rendering.
fn report(plan: &Plan, job: &RenderJob, gain: Db, quick: Quick, told: &Value) -> Report {
    let file = match &job.destination {
        Destination::File(path) => path.display().to_string(),
        Destination::Stream => "-".to_owned(),
    };
    let planned = qc::Plan::read(told.to_string().as_bytes()).expect("a timeline is read as it was written");
    let voice = spoken(plan, gain);
    quick.report(&file, planned, plan.session.preset.clone(), &voice, job.format.bits())
}

/// What the clips say of the voice of this version.
fn spoken(plan: &Plan, gain: Db) -> Voice {
    let rate = plan.timeline.rate;
    let (mut pool, mut phrases) = (Vec::new(), Vec::new());
    for event in &plan.timeline.events {
        let EventKind::Phrase { key, soft: false, .. } = &event.kind else { continue };
        let Some(take) = plan.facts.clips.get(key) else { continue };
        let power = (event.gain * gain.gain()).0.powi(2);
        let blocks: Vec<f64> = take.facts.blocks.iter().map(|energy| energy * power).collect();
        if event.frames.seconds(rate) >= 1.0 {
            phrases.extend(gated(&blocks).map(|loudness| (loudness.0, event.start.seconds(rate))));
        }
        pool.extend(blocks);
    }
    Voice { whole: gated(&pool).map(|loudness| loudness.0), phrases }
}

/// Peaks of a version without a voice stay under this (sound standards, 3).
const VOICELESS_CEILING: Db = Db(-3.0);

/// What the master brings a plan to as a whole, if anything, and the highest true peak. With the speech anchor every
/// stem carries its gain already; where nobody speaks there is no speech to go by.
fn master_settings(plan: &Plan) -> (Option<Lufs>, Db) {
    let preset = &plan.session.preset;
    let voiceless = plan.timeline.speech().is_empty();
    match preset.anchor {
        _ if voiceless => (Some(preset.voiceless), Db(preset.ceiling.0.min(VOICELESS_CEILING.0))),
        Anchor::Integrated => (Some(preset.target), preset.ceiling),
        Anchor::Speech => (None, preset.ceiling),
    }
}

/// The gain that brings the whole to a target under a ceiling.
fn master_gain(
    plan: &Plan,
    mixdown: &Mixdown<'_>,
    (target, ceiling): (Option<Lufs>, Db),
    listener: &dyn Listener,
) -> Result<Db, Failure> {
    let Some(target) = target else { return Ok(Db(0.0)) };
    let total = mixdown.frames();
    let meter = measure(mixdown, plan.timeline.rate, &mut |done| {
        listener.hear(Event::Measuring { done, total });
        if listener.wants_stop() { Err(Failure::Stopped) } else { Ok(()) }
    })?;
    Ok(meter.gain_to(target, ceiling.gain()).unwrap_or(Db(0.0)))
}

/// `<name>.<ending>` beside `<name>.wav`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

/// Everything that is written while a track is rendered.
struct Writers {
    track: Writer,
    stems: Vec<Writer>,
}

struct Writer {
    track: Box<dyn TrackWriter<Target>>,
    path: PathBuf,
}

impl Writers {
    fn open(workshop: &Workshop<'_>, plan: &Plan, job: &RenderJob) -> Result<Self, Failure> {
        let tags = Tags::of(&workshop.course, &plan.session, &plan.timeline);
        let track = Writer::open(plan, &job.destination, job.format, &tags)?;
        let stems =
            job.stems.iter().flat_map(|folder| STEM_NAMES.map(|name| folder.join(format!("{name}.wav"))));
        let stem = |path| Writer::open(plan, &Destination::File(path), Format::Wav32f, &tags);
        Ok(Self { track, stems: stems.map(stem).collect::<Result<_, _>>()? })
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Failure> {
        self.track.write(batch.finished)?;
        let Some(Stems { voice, cues, bed }) = batch.stems else { return Ok(()) };
        for (writer, [left, right]) in self.stems.iter_mut().zip([voice, cues, bed]) {
            writer.write([left, right])?;
        }
        Ok(())
    }

    /// The stems first: where the track is, everything is.
    fn finish(self) -> Result<(), Failure> {
        for stem in self.stems {
            stem.finish()?;
        }
        self.track.finish()
    }
}

impl Writer {
    fn open(plan: &Plan, destination: &Destination, format: Format, tags: &Tags) -> Result<Self, Failure> {
        let target = Target::open(destination)?;
        let path = target.path();
        let Timeline { rate, frames, seed, .. } = plan.timeline;
        let spec = TrackSpec { format, rate, channels: 2, frames, seed };
        let track = track_writer(target, &spec, tags).map_err(|error| ExportError::new(&path, error))?;
        Ok(Self { track, path })
    }

    fn write(&mut self, planes: [&[f32]; 2]) -> Result<(), Failure> {
        self.track.write(&planes).map_err(|error| ExportError::new(&self.path, error).into())
    }

    fn finish(self) -> Result<(), Failure> {
        let target = self.track.finish().map_err(|error| ExportError::new(&self.path, error))?;
        Ok(target.commit()?)
    }
}
