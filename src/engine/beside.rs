//! The files written beside a track.

use std::path::{Path, PathBuf};

use super::credits::{credits, inputs};
use super::render::beside;
use super::verify::Verified;
use super::{Engine, Error, Plan, RenderJob};
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
use crate::layout::{Timeline, TimelineDocument};
use crate::qc;
use crate::script::before_texts;
use crate::script::exercise::Posture;
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
        let preset = &plan.session.preset;
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
            preset: serde_json::json!({
                "name": preset.name,
                "target_lufs": preset.target.0,
                "ceiling_dbtp": preset.ceiling.0,
                "anchor": match preset.anchor { Anchor::Speech => "speech", Anchor::Integrated => "integrated" },
            }),
            gain: self.gain.0,
            limited: self.limited,
            checks: Some(self.checks.document()),
        })
    }

    /// The waveform of the track as SVG.
    fn waveform(&self, timeline: &Timeline) -> String {
        let silent = Shape::default();
        waveform(timeline, self.analysis.map_or(&silent, |analysis| &analysis.shape))
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

fn posture(engine: &Engine, plan: &Plan) -> Posture {
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
    let scope = caption_scope(track.job.mix);
    let before = before_texts(&engine.course, &plan.session.script, &timeline.language);
    let transcript = || Transcript::new(timeline, tags, &before, scope);
    let json =
        |document: serde_json::Value| serde_json::to_vec_pretty(&document).expect("a document of plain data");
    Ok(Some(match file {
        Beside::Timeline => track.document.json().into_bytes(),
        Beside::Qc => json(track.checks.document()),
        Beside::Vtt => web_vtt(timeline, scope).into_bytes(),
        Beside::Srt => sub_rip(timeline, scope).into_bytes(),
        Beside::Cues => json(cues(timeline, scope)),
        Beside::Chapters => json(podcast_chapters(tags, timeline.rate)),
        Beside::TranscriptMarkdown => transcript().markdown().into_bytes(),
        Beside::TranscriptText => transcript().text().into_bytes(),
        Beside::TranscriptPage => transcript().html().into_bytes(),
        Beside::Practice => practice_sheet(timeline, tags, &before, posture(engine, plan)).into_bytes(),
        Beside::Cover => match &tags.cover {
            Some(cover) => cover.bytes.clone(),
            None => return Ok(None),
        },
        Beside::WaveformSvg => track.waveform(timeline).into_bytes(),
        Beside::WaveformPng => paint(&track.waveform(timeline), 1_200),
        Beside::ReportJson => json(track.report(engine, plan)?.document(timeline, tags)),
        Beside::ReportPage => {
            track.report(engine, plan)?.html(timeline, tags, &track.waveform(timeline)).into_bytes()
        }
        Beside::Labels => labels(timeline).into_bytes(),
        Beside::Stems => return Ok(None),
    }))
}
