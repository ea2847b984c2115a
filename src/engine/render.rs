//! Renders a plan into files: mixes once, writes every format, verifies each file and writes the files beside it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::beside::{FinishedTrack, cover, documents};
use super::output::{Target, UncommittedTrack, possible};
use super::stream::BlockSender;
use super::verify::{Unverified, Verified};
use super::{Engine, Error, Plan, RenderJob, TrackFile, World};
use crate::asset::Store;
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::delivery::preset::Anchor;
use crate::delivery::publish::Beside;
use crate::dsp::limiter::LimiterWork;
use crate::dsp::loudness::gated;
use crate::dsp::meter::Measurement;
use crate::event::{ProgressEvent, Task};
use crate::export::analysis::{TrackAnalysis, track_analyser};
use crate::export::format::facts;
use crate::export::{ExportError, FolderLock, OutputFile, Tags, TrackSpec, TrackWriter, track_writer};
use crate::layout::{Timeline, TimelineDocument};
use crate::qc::{self, ClipLoudness, RenderFacts, RenderScan, Report};
use crate::render::master::{Batch, master, measure};
use crate::render::{Mixdown, StemBlock};
use crate::unit::{Db, Lufs};

/// The stems, in the order in which they are summed; also the names of their files.
pub const STEM_NAMES: [&str; 3] = ["voice", "cues", "bed"];

/// The result of a render.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The rows of the checklist that can be judged while rendering.
    pub report: Report,
    /// The number of frames that the limiter changed.
    pub limited: u64,
    /// The gain of the master on top of the gains of the stems; 0 dB with the speech anchor.
    pub gain: Db,
    /// Loudness and peaks of the finished sound, where they were measured.
    pub levels: Option<Measurement>,
    /// The loudness of the speech, where somebody speaks.
    pub speech: Option<Lufs>,
    /// The measurements of each output after decoding, in the order of the job.
    pub verified: Vec<Verified>,
    /// The files that were written beside the track.
    pub beside: Vec<PathBuf>,
    /// What the sound was made of, as a short hash that the files have.
    pub generation: Option<String>,
}

impl Engine {
    /// Renders a plan into the files of a job. No file gets its name before all are complete; after an error none is
    /// left.
    ///
    /// # Errors
    /// [`Error`] if a recording is missing, something cannot be written, an encoded file differs from the mix, or the
    /// task is cancelled.
    pub fn render(&self, plan: &Plan, job: &RenderJob, task: &Task<'_>) -> Result<Rendered, Error> {
        self.render_with(plan, job, None, task)
    }

    pub(super) fn render_with(
        &self,
        plan: &Plan,
        job: &RenderJob,
        stream: Option<(Format, BlockSender)>,
        task: &Task<'_>,
    ) -> Result<Rendered, Error> {
        render(self, plan, job, stream, task)
    }
}

fn render(
    engine: &Engine,
    plan: &Plan,
    job: &RenderJob,
    stream: Option<(Format, BlockSender)>,
    task: &Task<'_>,
) -> Result<Rendered, Error> {
    let files = job.outputs.iter().map(|output| output.format);
    let formats: Vec<Format> = files.chain(stream.as_ref().map(|(format, _)| *format)).collect();
    let timeline = &plan.timeline;
    let preset = &plan.session.preset;
    for format in &formats {
        possible(*format, &preset.coding, timeline.rate)?;
    }
    engine.can_render(plan, job.mix)?;
    if job.strict {
        engine.require_whole(plan)?;
        engine.require_current(plan)?;
        engine.require_sound(plan)?;
    }
    // Before any sound is in memory: drawing a picture takes as much memory.
    let tags = render_tags(engine, plan, job, &formats)?;
    let store = engine.store(timeline.rate);
    let mixdown = Mixdown::open(timeline, &store, &engine.course, plan.session.voice.chain, job.mix)?;
    let settings = master_settings(plan);
    let gain = master_gain((&mixdown, &store), settings, task)?;
    let mut writers = Writers::open(plan, job, stream, needs_analysis(job, &formats), &tags)?;
    let with_stems = !writers.stems.is_empty();
    let mut scan = RenderScan::new(timeline.rate, 2);
    let limited =
        master((&mixdown, &store), gain.gain(), settings.1, with_stems, &mut |batch: Batch<'_>| {
            if task.is_cancelled() {
                return Err(Error::Stopped);
            }
            scan.push(&batch.finished);
            writers.write(&batch)?;
            task.tell(ProgressEvent::Rendering { done: batch.done, total: timeline.frames });
            Ok(())
        })?;
    let Finished { tracks, stems, analysis } = writers.finish()?;
    let document = timeline_document(plan, job, &tags);
    let checks = report(plan, job, &formats, (gain, limited), scan, analysis.as_ref(), &document);
    if job.strict && !checks.passes() {
        return Err(Error::ChecklistFailed(Box::new(checks)));
    }
    let unverified = tracks.iter().map(Unverified::open).collect::<Result<Vec<_>, _>>()?;
    let verified = unverified.into_par_iter().map(|track| track.verify(analysis.as_ref()));
    let verified = verified.collect::<Result<Vec<_>, _>>()?;
    let finished = FinishedTrack {
        job,
        tags: &tags,
        document: &document,
        checks: &checks,
        gain,
        limited: limited.frames,
        analysis: analysis.as_ref(),
        verified: &verified,
    };
    let beside = stage(documents(engine, plan, &finished)?)?;
    let paths = beside.iter().map(|file| file.path().to_owned()).collect();
    if task.is_cancelled() {
        return Err(Error::Stopped);
    }
    stems.iter().try_for_each(|stem| stem.target.sync())?;
    beside.iter().try_for_each(OutputFile::sync)?;
    tracks.iter().try_for_each(|track| track.target.sync())?;
    let _lock = lock_folder(job)?;
    // The tracks last: if a track exists, so do the files beside it.
    stems.into_iter().try_for_each(|stem| stem.target.commit())?;
    beside.into_iter().try_for_each(OutputFile::commit)?;
    tracks.into_iter().try_for_each(|track| track.target.commit())?;
    let levels = analysis.map(|analysis| analysis.levels);
    let speech = clip_loudness(plan, gain).speech.map(Lufs);
    let generation = tags.generation;
    let limited = limited.frames;
    Ok(Rendered { report: checks, limited, gain, levels, speech, verified, beside: paths, generation })
}

/// What the files of a render say about themselves.
pub(super) fn render_tags(
    engine: &Engine,
    plan: &Plan,
    job: &RenderJob,
    formats: &[Format],
) -> Result<Tags, Error> {
    let mut tags = Tags::of(&engine.course, &plan.session, &plan.timeline);
    tags.generation = Some(engine.ingredients(plan, job)?.generation());
    if shows_cover(job, formats) {
        tags.cover = Some(cover(engine, plan, &tags)?);
    }
    Ok(tags)
}

/// The turn to give the files of a job their names; none if it writes no files.
pub(super) fn lock_folder(job: &RenderJob) -> Result<Option<FolderLock>, ExportError> {
    job.main_file().map(FolderLock::beside).transpose()
}

/// Writes small files without giving them their names yet.
pub(super) fn stage(documents: Vec<(PathBuf, Vec<u8>)>) -> Result<Vec<OutputFile>, ExportError> {
    use std::io::Write;
    let write = |(path, bytes): (PathBuf, Vec<u8>)| {
        let mut file = OutputFile::create(&path)?;
        file.write_all(&bytes).map_err(|error| ExportError::new(&path, error))?;
        Ok(file)
    };
    documents.into_iter().map(write).collect()
}

/// The timeline document, with the mix, the preset and the generation of this render.
pub(super) fn timeline_document(plan: &Plan, job: &RenderJob, tags: &Tags) -> TimelineDocument {
    let document = TimelineDocument::of(&plan.timeline).rendered(job.mix, &plan.session.preset.name);
    let keeps_level = plan.session.keeps_level();
    let document = document.at_level(keeps_level.then_some(plan.session.preset.target.0));
    document.of_generation(tags.generation.clone()).asked_for(plan.asked.on_its_own())
}

/// The rows of the checklist that were judged while rendering.
fn report(
    plan: &Plan,
    job: &RenderJob,
    formats: &[Format],
    (gain, limited): (Db, LimiterWork),
    scan: RenderScan,
    analysis: Option<&TrackAnalysis>,
    document: &TimelineDocument,
) -> Report {
    let file = job.main_file().map_or("-".to_owned(), |path| path.display().to_string());
    let known = RenderFacts {
        clips: &clip_loudness(plan, gain),
        bits: formats.first().map_or(Some(32), |format| format.bits()),
        levels: analysis.map(|analysis| &analysis.levels),
        limited,
    };
    scan.report(&file, qc::PlannedTrack::from(document), plan.session.preset.clone(), known)
}

/// The loudness of the voice in this version, from the facts of its clips.
fn clip_loudness(plan: &Plan, gain: Db) -> ClipLoudness {
    let rate = plan.timeline.rate;
    let (mut pool, mut phrases) = (Vec::new(), Vec::new());
    for event in &plan.timeline.events {
        let Some(phrase) = event.phrase().filter(|phrase| !phrase.soft) else { continue };
        let Some(take) = plan.facts.clips.get(&phrase.key) else { continue };
        let power = (event.gain * gain.gain()).0.powi(2);
        let blocks: Vec<f64> = take.facts.blocks.iter().map(|energy| energy * power).collect();
        if event.frames.seconds(rate) >= 1.0 {
            phrases.extend(gated(&blocks).map(|loudness| (loudness.0, event.start.seconds(rate))));
        }
        pool.extend(blocks);
    }
    ClipLoudness { speech: gated(&pool).map(|loudness| loudness.0), phrases }
}

/// The integrated loudness that the master aims for, if any, and the highest true peak. With the speech anchor the
/// stems already have their gain, so there is none, except in a version without a voice.
pub(super) fn master_settings(plan: &Plan) -> (Option<Lufs>, Db) {
    let preset = &plan.session.preset;
    let speaks = !plan.timeline.speech().is_empty();
    let target = match preset.anchor {
        _ if !speaks => Some(preset.voiceless),
        Anchor::Integrated => Some(preset.target),
        Anchor::Speech => None,
    };
    (target, preset.ceiling_where(speaks))
}

/// The gain that brings the mix to a loudness target under a ceiling.
pub(super) fn master_gain(
    mixdown: (&Mixdown, &Store<'_>),
    (target, ceiling): (Option<Lufs>, Db),
    task: &Task<'_>,
) -> Result<Db, Error> {
    let Some(target) = target else { return Ok(Db(0.0)) };
    let total = mixdown.0.frames();
    let meter = measure(mixdown, &mut |done| {
        task.tell(ProgressEvent::Measuring { done, total });
        if task.is_cancelled() { Err(Error::Stopped) } else { Ok(()) }
    })?;
    Ok(meter.gain_to(target, ceiling.gain()).unwrap_or(Db(0.0)))
}

impl RenderJob {
    /// The folder for the stems, if they are requested.
    pub(super) fn stems_folder(&self) -> Option<PathBuf> {
        let beside = || Some(beside(self.main_file()?, Beside::Stems.ending()));
        self.stems.clone().or_else(|| if self.beside.contains(&Beside::Stems) { beside() } else { None })
    }
}

fn shows_cover(job: &RenderJob, formats: &[Format]) -> bool {
    formats.iter().any(|format| facts(*format).has_cover) || job.beside.contains(&Beside::Cover)
}

/// Whether an output needs the analysis of the finished sound.
fn needs_analysis(job: &RenderJob, formats: &[Format]) -> bool {
    let hears = |file: &Beside| {
        matches!(file, Beside::WaveformSvg | Beside::WaveformPng | Beside::ReportJson | Beside::ReportPage)
    };
    job.measured || formats.iter().any(|format| format.is_lossy()) || job.beside.iter().any(hears)
}

/// `<name>.<ending>` beside `<name>.wav`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

/// The open files of a render.
struct Writers {
    tracks: Vec<Writer>,
    stems: Vec<Writer>,
    analyser: Option<Box<dyn TrackWriter<TrackAnalysis> + Send>>,
    /// The sum of left and right, where the files have one channel.
    mono: Option<Vec<f32>>,
}

/// Completely written files that do not have their names yet.
struct Finished {
    tracks: Vec<UncommittedTrack>,
    stems: Vec<UncommittedTrack>,
    analysis: Option<TrackAnalysis>,
}

struct Writer {
    track: Box<dyn TrackWriter<Target> + Send>,
    path: PathBuf,
    spec: TrackSpec,
}

impl Writers {
    fn open(
        plan: &Plan,
        job: &RenderJob,
        stream: Option<(Format, BlockSender)>,
        needs_analysis: bool,
        tags: &Tags,
    ) -> Result<Self, Error> {
        let coding = plan.session.preset.coding;
        let spec_of = |format| spec(plan, format, coding.channels(), coding);
        let track =
            |output: &TrackFile| Writer::open(spec_of(output.format), Target::file(&output.path)?, tags);
        let mut tracks = job.outputs.iter().map(track).collect::<Result<Vec<_>, _>>()?;
        if let Some((format, pipe)) = stream {
            tracks.push(Writer::open(spec_of(format), Target::stream(format, pipe)?, tags)?);
        }
        let stem = |name: &str, folder: &Path| {
            let spec = spec(plan, Format::Wav32f, 2, Coding::default());
            Writer::open(spec, Target::file(&folder.join(format!("{name}.wav")))?, tags)
        };
        let stems =
            job.stems_folder().into_iter().flat_map(|folder| STEM_NAMES.map(|name| stem(name, &folder)));
        let analyser = || track_analyser(plan.timeline.rate, coding.channels()).map_err(World::Analysis);
        Ok(Self {
            stems: stems.collect::<Result<_, _>>()?,
            tracks,
            analyser: if needs_analysis { Some(analyser()?) } else { None },
            mono: coding.mono.then(Vec::new),
        })
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Error> {
        let [left, right] = batch.finished;
        let planes: &[&[f32]] = match &mut self.mono {
            Some(mono) => {
                mono.clear();
                // A centred voice keeps its level, and no peak grows.
                mono.extend(left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)));
                &[mono]
            }
            None => &[left, right],
        };
        if let Some(analyser) = &mut self.analyser {
            analyser.write(planes).map_err(World::Analysis)?;
        }
        for track in &mut self.tracks {
            track.write(planes)?;
        }
        let Some(StemBlock { voice, cues, bed }) = batch.stems else { return Ok(()) };
        for (writer, planes) in self.stems.iter_mut().zip([voice, cues, bed]) {
            writer.write(&planes)?;
        }
        Ok(())
    }

    /// Ends all encoders, in parallel.
    fn finish(mut self) -> Result<Finished, Error> {
        self.tracks.iter_mut().for_each(|writer| writer.track.no_more());
        let finish = |writers: Vec<Writer>| writers.into_iter().map(Writer::finish).collect::<Result<_, _>>();
        Ok(Finished {
            analysis: self.analyser.map(TrackWriter::finish).transpose().map_err(World::Analysis)?,
            stems: finish(self.stems)?,
            tracks: finish(self.tracks)?,
        })
    }
}

/// The format, the length and the coding of a file of a plan.
pub(super) fn spec(plan: &Plan, format: Format, channels: usize, coding: Coding) -> TrackSpec {
    let Timeline { rate, frames, seed, .. } = plan.timeline;
    TrackSpec { format, rate, channels, frames, seed, coding }
}

impl Writer {
    fn open(spec: TrackSpec, target: Target, tags: &Tags) -> Result<Self, Error> {
        let path = target.path();
        let track = track_writer(target, &spec, tags).map_err(|error| ExportError::new(&path, error))?;
        Ok(Self { track, path, spec })
    }

    fn write(&mut self, planes: &[&[f32]]) -> Result<(), Error> {
        self.track.write(planes).map_err(|error| ExportError::new(&self.path, error).into())
    }

    fn finish(self) -> Result<UncommittedTrack, Error> {
        let Self { track, path, spec } = self;
        let target = track.finish().map_err(|error| ExportError::new(&path, error))?;
        Ok(UncommittedTrack { path, spec, target })
    }
}
