//! The files written beside a track.

use std::path::{Path, PathBuf};

use super::credits::{credits, inputs};
use super::generation::generation;
use super::render::{beside, lock_folder, stage, timeline_document};
use super::verify::Verified;
use super::{Engine, Error, Plan, RenderJob, Rendered};
use crate::delivery::mix::Mix;
use crate::delivery::preset::Anchor;
use crate::delivery::publish::Beside;
use crate::diag::{Code, Diagnostic, Sink};
use crate::export::Tags;
use crate::export::analysis::{Shape, TrackAnalysis};
use crate::export::picture::{draw_cover, paint, read_cover, waveform};
use crate::export::project::audacity::labels;
use crate::export::tags::Cover;
use crate::export::text::captions::{self, cues, sub_rip, web_vtt};
use crate::export::text::chapters::podcast_chapters;
use crate::export::text::practice::practice_sheet;
use crate::export::text::report::{OutputFacts, TrackReport};
use crate::export::text::transcript::Transcript;
use crate::files::open_anywhere;
use crate::layout::{Timeline, TimelineDocument};
use crate::qc;
use crate::script::before_texts;
use crate::script::exercise::Posture;
use crate::script::words::AddedWords;
use crate::unit::Db;

/// What is known of a track once its sound is written.
pub(super) struct FinishedTrack<'a> {
    pub job: &'a RenderJob,
    pub tags: &'a Tags,
    /// The timeline document of this render.
    pub document: &'a TimelineDocument,
    /// The rows of the checklist that were judged while rendering.
    pub checks: &'a qc::Report,
    pub gain: Db,
    pub limited: u64,
    pub analysis: Option<&'a TrackAnalysis>,
    pub verified: &'a [Verified],
}

impl FinishedTrack<'_> {
    /// The report: inputs, credits and measurements.
    fn report(&self, engine: &Engine, plan: &Plan) -> Result<TrackReport, Error> {
        let outputs = self.job.outputs.iter().zip(self.verified).map(|(output, verified)| OutputFacts {
            file: output.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            frames: verified.frames.0,
            lag: verified.lag,
            levels: verified.levels,
        });
        Ok(TrackReport {
            inputs: inputs(engine, plan)?,
            credits: credits(engine, plan),
            outputs: outputs.collect(),
            levels: self.analysis.map(|analysis| analysis.levels),
            preset: preset_of(plan),
            gain: self.gain.0,
            limited: self.limited,
            checks: Some(self.checks.document()),
        })
    }

    /// The waveform of the track as SVG.
    fn waveform(&self, timeline: &Timeline, words: &AddedWords) -> String {
        let silent = Shape::default();
        waveform(timeline, self.analysis.map_or(&silent, |analysis| &analysis.shape), words)
    }
}

/// The cover of a track: the picture of the course, or one that adem draws.
///
/// # Errors
/// [`Error::Diagnostics`] if the picture of the course cannot be used.
pub(super) fn cover(engine: &Engine, plan: &Plan, tags: &Tags) -> Result<Cover, Error> {
    let Some(own) = &engine.course.header.publish.cover else {
        return Ok(draw_cover(&plan.timeline, tags));
    };
    let bytes = engine.files.read(Path::new(&own.value))?;
    read_cover(bytes).map_err(|why| {
        let sink = Sink::new();
        let broken = Diagnostic::error(Code::BadCover, own.span, format!("{} {why}", own.value));
        sink.emit(broken.help(why.remedy()));
        engine.diagnostics(&sink)
    })
}

/// The requested files and their paths; none if the output is a pipe or a device.
///
/// # Errors
/// [`Error`] if an input that a report lists cannot be read.
pub(super) fn documents(
    engine: &Engine,
    plan: &Plan,
    track: &FinishedTrack<'_>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let Some(main) = track.job.main_file() else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for file in &track.job.beside {
        if let Some(bytes) = content(*file, engine, plan, track)? {
            files.push((beside(main, ending(*file, track.tags)), bytes));
        }
    }
    Ok(files)
}

/// The end of the file name; for a cover it depends on the kind of picture.
fn ending(file: Beside, tags: &Tags) -> &'static str {
    match &tags.cover {
        Some(cover) if file == Beside::Cover && cover.media_type == "image/jpeg" => "cover.jpg",
        _ => file.ending(),
    }
}

/// What captions cover in a mix.
fn caption_scope(mix: Mix) -> captions::CaptionScope {
    match mix {
        Mix::Full => captions::CaptionScope::All,
        Mix::Voice => captions::CaptionScope::Voice,
        Mix::Bed => captions::CaptionScope::Bed,
    }
}

/// How the exercise is practised.
pub(super) fn posture(engine: &Engine, plan: &Plan) -> Posture {
    engine.course.scripts.get(&plan.session.script).map_or(Posture::Any, |script| script.posture)
}

/// The content of a file; `None` for stems, which are written elsewhere, and for a cover that does not exist.
fn content(
    file: Beside,
    engine: &Engine,
    plan: &Plan,
    track: &FinishedTrack<'_>,
) -> Result<Option<Vec<u8>>, Error> {
    let timeline = &plan.timeline;
    let tags = track.tags;
    Ok(Some(match file {
        Beside::Qc => json(&track.checks.document()),
        Beside::Cover => match &tags.cover {
            Some(cover) => cover.bytes.clone(),
            None => return Ok(None),
        },
        Beside::WaveformSvg => track.waveform(timeline, &timeline.words).into_bytes(),
        Beside::WaveformPng => paint(&track.waveform(timeline, &timeline.words), 1_200),
        Beside::ReportJson => json(&track.report(engine, plan)?.document(timeline, tags)),
        Beside::ReportPage => {
            let waveform = track.waveform(timeline, AddedWords::english());
            track.report(engine, plan)?.html(timeline, tags, &waveform).into_bytes()
        }
        Beside::Stems => return Ok(None),
        Beside::Timeline
        | Beside::Vtt
        | Beside::Srt
        | Beside::Cues
        | Beside::Chapters
        | Beside::TranscriptMarkdown
        | Beside::TranscriptText
        | Beside::TranscriptPage
        | Beside::Practice
        | Beside::Labels => return Ok(text(file, engine, plan, track.job, tags, track.document)),
    }))
}

/// A file that is made from the plan alone; `None` for one that shows something of the sound.
fn text(
    file: Beside,
    engine: &Engine,
    plan: &Plan,
    job: &RenderJob,
    tags: &Tags,
    told: &TimelineDocument,
) -> Option<Vec<u8>> {
    let timeline = &plan.timeline;
    let heard = caption_scope(job.mix);
    let before = before_texts(&engine.course, &plan.session.script, &timeline.language);
    let transcript = || Transcript::new(timeline, tags, &before, heard);
    Some(match file {
        Beside::Timeline => told.json().into_bytes(),
        Beside::Vtt => web_vtt(timeline, heard, tags.generation.as_deref()).into_bytes(),
        Beside::Srt => sub_rip(timeline, heard).into_bytes(),
        Beside::Cues => json(&cues(timeline, heard)),
        Beside::Chapters => json(&podcast_chapters(tags, timeline.rate)),
        Beside::TranscriptMarkdown => transcript().markdown().into_bytes(),
        Beside::TranscriptText => transcript().text().into_bytes(),
        Beside::TranscriptPage => transcript().html().into_bytes(),
        Beside::Practice => practice_sheet(timeline, tags, &before, posture(engine, plan)).into_bytes(),
        Beside::Labels => labels(timeline).into_bytes(),
        Beside::Qc
        | Beside::Cover
        | Beside::WaveformSvg
        | Beside::WaveformPng
        | Beside::ReportJson
        | Beside::ReportPage
        | Beside::Stems => return None,
    })
}

fn json(document: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec_pretty(document).expect("a document of plain data")
}

/// What is known of a render, for its report.
fn preset_of(plan: &Plan) -> serde_json::Value {
    let preset = &plan.session.preset;
    serde_json::json!({
        "name": preset.name,
        "target_lufs": preset.target.0,
        "ceiling_dbtp": preset.ceiling.0,
        "anchor": match preset.anchor { Anchor::Speech => "speech", Anchor::Integrated => "integrated" },
    })
}

impl Engine {
    /// A file beside a track that shows nothing of its sound, without a render: texts, chapters, the timeline, the cover. `None`
    /// for one that needs the sound.
    ///
    /// # Errors
    /// [`Error`] if an input cannot be read.
    pub fn document(&self, plan: &Plan, job: &RenderJob, file: Beside) -> Result<Option<Vec<u8>>, Error> {
        let mut tags = Tags::of(&self.course, &plan.session, &plan.timeline);
        tags.generation = Some(self.ingredients(plan, job)?.generation());
        if file == Beside::Cover {
            return Ok(Some(cover(self, plan, &tags)?.bytes));
        }
        let told = timeline_document(plan, job, &tags);
        Ok(text(file, self, plan, job, &tags, &told))
    }

    /// The report of a render as JSON, without the files it has written.
    ///
    /// # Errors
    /// [`Error`] if an input that the report lists cannot be read.
    pub fn report_of(&self, plan: &Plan, job: &RenderJob, rendered: &Rendered) -> Result<Vec<u8>, Error> {
        let mut tags = Tags::of(&self.course, &plan.session, &plan.timeline);
        tags.generation = Some(self.ingredients(plan, job)?.generation());
        let report = TrackReport {
            inputs: inputs(self, plan)?,
            credits: credits(self, plan),
            outputs: Vec::new(),
            levels: rendered.levels,
            preset: preset_of(plan),
            gain: rendered.gain.0,
            limited: rendered.limited,
            checks: Some(rendered.report.document()),
        };
        Ok(json(&report.document(&plan.timeline, &tags)))
    }

    /// Writes the files beside a track again that show its words, where the sound is there already and has not changed.
    /// `None`, and nothing is written, if one of the files that were asked for shows both words and sound.
    ///
    /// # Errors
    /// [`Error::World`] if a file cannot be written.
    pub fn write_texts(&self, plan: &Plan, job: &RenderJob) -> Result<Option<Vec<PathBuf>>, Error> {
        let Some(main) = job.main_file() else { return Ok(Some(Vec::new())) };
        let mut tags = Tags::of(&self.course, &plan.session, &plan.timeline);
        // The sound stays as it was made.
        tags.generation = generation(open_anywhere(main)?);
        let told = timeline_document(plan, job, &tags);
        if job.beside.iter().any(|file| matches!(file, Beside::ReportJson | Beside::ReportPage)) {
            return Ok(None);
        }
        let made = |file: &Beside| {
            let bytes = text(*file, self, plan, job, &tags, &told)?;
            Some((beside(main, file.ending()), bytes))
        };
        let documents = job.beside.iter().filter_map(made).collect();
        let files = stage(documents)?;
        let paths = files.iter().map(|file| file.path().to_owned()).collect();
        let _lock = lock_folder(job)?;
        files.into_iter().try_for_each(crate::export::OutputFile::commit)?;
        Ok(Some(paths))
    }
}
