//! The files that come with a track.

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
use crate::export::ear::{Heard, Shape};
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
use crate::script::exercise::Posture;
use crate::unit::Db;

/// What is known when the sound is whole.
pub(super) struct Made<'a> {
    pub job: &'a RenderJob,
    pub tags: &'a Tags,
    /// The timeline as it lies beside the track.
    pub told: &'a TimelineDocument,
    /// What the checklist said while rendering.
    pub checks: &'a qc::Report,
    pub gain: Db,
    pub limited: u64,
    pub heard: Option<&'a Heard>,
    pub verified: &'a [Verified],
}

impl Made<'_> {
    /// What the track is made of and measures.
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
            levels: self.heard.map(|heard| heard.levels),
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

    /// The drawing of what was heard.
    fn waveform(&self, timeline: &Timeline) -> String {
        let silent = Shape::default();
        waveform(timeline, self.heard.map_or(&silent, |heard| &heard.shape))
    }
}

/// The picture of a track: the course's own, else one that adem draws.
///
/// # Errors
/// [`Error::Mistakes`] if the course's own is none.
pub(super) fn cover(engine: &Engine, plan: &Plan, tags: &Tags) -> Result<Cover, Error> {
    let Some(own) = &engine.course.header.publish.cover else {
        return Ok(draw_cover(&plan.timeline, tags));
    };
    let bytes = engine.files.read(Path::new(&own.value))?;
    read_cover(bytes).map_err(|why| {
        let sink = Sink::new();
        let broken = Diagnostic::error(Code::BadCover, own.span, format!("{} {why}", own.value));
        sink.emit(broken.help(why.remedy()));
        engine.mistakes(&sink)
    })
}

/// Every file that was asked for and where it goes; none beside a pipe or a device.
///
/// # Errors
/// [`Error`] if a file they tell of cannot be read.
pub(super) fn documents(
    engine: &Engine,
    plan: &Plan,
    made: &Made<'_>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let Some(main) = made.job.main_file() else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for file in &made.job.beside {
        if let Some(bytes) = content(*file, engine, plan, made)? {
            files.push((beside(main, ending(*file, made.tags)), bytes));
        }
    }
    Ok(files)
}

/// What stands behind the name; a cover is called after its kind.
fn ending(file: Beside, tags: &Tags) -> &'static str {
    match &tags.cover {
        Some(cover) if file == Beside::Cover && cover.media_type == "image/jpeg" => "cover.jpg",
        _ => file.ending(),
    }
}

/// What of a track is heard in a mix.
fn heard(mix: Mix) -> captions::CaptionScope {
    match mix {
        Mix::Full => captions::CaptionScope::All,
        Mix::Voice => captions::CaptionScope::Voice,
        Mix::Bed => captions::CaptionScope::Bed,
    }
}

/// How the exercise is practised.
fn posture(engine: &Engine, plan: &Plan) -> Posture {
    engine.course.scripts.get(&plan.session.script).map_or(Posture::Any, |script| script.posture)
}

/// A file; `None` for what is no single file.
fn content(file: Beside, engine: &Engine, plan: &Plan, made: &Made<'_>) -> Result<Option<Vec<u8>>, Error> {
    let timeline = &plan.timeline;
    let tags = made.tags;
    let heard = heard(made.job.mix);
    let json =
        |document: serde_json::Value| serde_json::to_vec_pretty(&document).expect("a document of plain data");
    Ok(Some(match file {
        Beside::Timeline => made.told.json().into_bytes(),
        Beside::Qc => json(made.checks.document()),
        Beside::Vtt => web_vtt(timeline, heard).into_bytes(),
        Beside::Srt => sub_rip(timeline, heard).into_bytes(),
        Beside::Cues => json(cues(timeline, heard)),
        Beside::Chapters => json(podcast_chapters(tags, timeline.rate)),
        Beside::TranscriptMarkdown => Transcript::new(timeline, tags, heard).markdown().into_bytes(),
        Beside::TranscriptText => Transcript::new(timeline, tags, heard).text().into_bytes(),
        Beside::TranscriptPage => Transcript::new(timeline, tags, heard).html().into_bytes(),
        Beside::Practice => practice_sheet(timeline, tags, posture(engine, plan)).into_bytes(),
        Beside::Cover => match &tags.cover {
            Some(cover) => cover.bytes.clone(),
            None => return Ok(None),
        },
        Beside::WaveformSvg => made.waveform(timeline).into_bytes(),
        Beside::WaveformPng => paint(&made.waveform(timeline), 1_200),
        Beside::ReportJson => json(made.report(engine, plan)?.document(timeline, tags)),
        Beside::ReportPage => {
            made.report(engine, plan)?.html(timeline, tags, &made.waveform(timeline)).into_bytes()
        }
        Beside::Labels => labels(timeline).into_bytes(),
        Beside::Stems => return Ok(None),
    }))
}
