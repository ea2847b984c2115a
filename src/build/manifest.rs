//! `manifest.json` and `SHA256SUMS` of a delivery: everything that was handed over.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ledger::LedgerEntry;
use super::matrix::BuildTarget;
use super::record::{BuiltFile, Record};
use crate::engine::{Plan, Rendered};
use crate::export::Tags;
use crate::script::Course;
use crate::script::speech_engine::DraftVoice;
use crate::unit::Lufs;

/// The version of the document; raised when a reader of the old one would misread the new one.
pub const SCHEMA: u32 = 1;

/// The name of the manifest in the folder of its delivery.
pub const MANIFEST: &str = "manifest.json";
pub use crate::export::SUMS;

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema: u32,
    /// The name of the delivery.
    pub delivery: String,
    /// The title of the course, by language.
    pub title: BTreeMap<String, String>,
    /// The weeks, in order.
    pub weeks: Vec<WeekEntry>,
    /// The tracks, in order of their files.
    pub tracks: Vec<Delivered>,
    /// Whose work is in it.
    pub credits: Vec<LedgerEntry>,
}

/// A week of the course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekEntry {
    pub number: u32,
    /// By language.
    pub title: BTreeMap<String, String>,
    pub tracks: Vec<u32>,
}

/// One version of a track and its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    #[serde(flatten)]
    pub track: TrackEntry,
    pub files: Vec<FileEntry>,
}

/// A file, relative to the folder of the delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// What is to be said of one version of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackEntry {
    /// The id of the script.
    pub script: String,
    pub track: Option<u32>,
    /// The first week that lists it.
    pub week: Option<u32>,
    pub title: String,
    /// The title as part of a name.
    pub slug: String,
    pub language: String,
    pub voice: String,
    /// full, light or bells.
    pub guidance: String,
    /// What was chosen, by name.
    pub choices: BTreeMap<String, String>,
    /// The beds, in order.
    pub beds: Vec<String>,
    /// full, voice or bed.
    pub mix: String,
    /// The preset.
    pub preset: String,
    pub frames: u64,
    pub rate: u32,
    pub seconds: f64,
    /// The loudness of the speech, where somebody speaks.
    pub speech_lufs: Option<f64>,
    pub integrated_lufs: Option<f64>,
    pub true_peak_dbtp: Option<f64>,
    pub chapters: Vec<ChapterEntry>,
    /// A machine speaks.
    pub synthetic: bool,
    /// How many phrases are drafts, spoken by a machine for want of a recording.
    pub drafts: usize,
    /// The machine that speaks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted_by: Option<DraftVoice>,
    /// Whether the checklist, as far as it is judged while rendering, passes.
    pub passes: bool,
    /// What the sound was made of, as a short hash that its files have in their tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
}

/// A part with a title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChapterEntry {
    pub title: String,
    /// In seconds.
    pub start: f64,
}

impl TrackEntry {
    /// What is to be said of a version that was rendered.
    pub(super) fn of(course: &Course, plan: &Plan, rendered: &Rendered, target: &BuildTarget) -> Self {
        let (session, timeline) = (&plan.session, &plan.timeline);
        let tags = Tags::of(course, session, timeline);
        let db = |level: Option<Lufs>| level.map(|level| rounded(level.0, 2));
        let mut beds: Vec<String> = Vec::new();
        for bed in &timeline.beds {
            if !beds.contains(&bed.name) {
                beds.push(bed.name.clone());
            }
        }
        Self {
            script: session.script.clone(),
            track: session.track,
            week: tags.week,
            title: tags.title.clone(),
            slug: target.slug.clone(),
            language: session.language.to_string(),
            voice: session.voice.id.clone(),
            guidance: session.guidance.name().to_owned(),
            choices: target.plan.variant.choices.iter().cloned().collect(),
            beds,
            mix: target.render.mix.name().to_owned(),
            preset: session.preset.name.clone(),
            frames: timeline.frames.0,
            rate: timeline.rate.hz(),
            seconds: rounded(timeline.frames.seconds(timeline.rate), 3),
            speech_lufs: db(rendered.speech),
            integrated_lufs: db(rendered.levels.and_then(|levels| levels.integrated)),
            true_peak_dbtp: rendered
                .levels
                .and_then(|levels| levels.true_peak.db())
                .map(|peak| rounded(peak.0, 2)),
            chapters: tags
                .chapters
                .iter()
                .map(|chapter| ChapterEntry {
                    title: chapter.title.clone(),
                    start: rounded(chapter.start.seconds(timeline.rate), 3),
                })
                .collect(),
            synthetic: tags.synthetic,
            drafts: timeline.drafts(),
            drafted_by: timeline.drafted_by.clone(),
            passes: rendered.report.passes(),
            generation: rendered.generation.clone(),
        }
    }
}

fn rounded(value: f64, digits: i32) -> f64 {
    let unit = 10f64.powi(digits);
    (value * unit).round() / unit
}

impl Manifest {
    /// The manifest of a delivery from the records of its targets.
    pub(super) fn of(
        course: &Course,
        delivery: &str,
        records: &[&Record],
        credits: Vec<LedgerEntry>,
    ) -> Self {
        let languages = || course.header.languages.iter().map(|language| &language.value);
        let in_all = |context: &str, source: &str| -> BTreeMap<String, String> {
            languages()
                .map(|language| (language.to_string(), course.text_in(context, source, language)))
                .collect()
        };
        let weeks = course.header.weeks.iter().map(|week| WeekEntry {
            number: week.number,
            title: week
                .title
                .as_ref()
                .map_or_else(BTreeMap::new, |title| in_all("course:week", &title.value)),
            tracks: week.tracks.iter().map(|track| track.value).collect(),
        });
        let below = |file: &BuiltFile| FileEntry {
            path: below(delivery, &file.path),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        };
        let delivered = |record: &&Record| Delivered {
            track: record.track.clone(),
            files: record.files.iter().map(below).collect(),
        };
        Self {
            schema: SCHEMA,
            delivery: delivery.to_owned(),
            title: in_all("course:title", &course.header.title.value),
            weeks: weeks.collect(),
            tracks: records.iter().map(delivered).collect(),
            credits,
        }
    }

    /// The manifest as JSON.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a document of plain data");
        format!("{text}\n")
    }

    /// The checksums of its files and of the manifest itself, in the form that `sha256sum -c` reads.
    pub fn sums(&self) -> String {
        let files = self.tracks.iter().flat_map(|track| &track.files);
        let mut sums: BTreeMap<&str, &str> =
            files.map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
        let own = super::record::sha256(&mut self.json().as_bytes()).unwrap_or_default();
        sums.insert(MANIFEST, &own);
        check_sums(sums.into_iter())
    }
}

/// Paths and checksums in the form that `sha256sum -c` reads.
pub(crate) fn check_sums<'p>(sums: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let lines: Vec<_> = sums.map(|(path, sum)| format!("{sum}  {path}\n")).collect();
    lines.concat()
}

/// A path below the output folder, as seen from the folder of a delivery.
fn below(delivery: &str, path: &str) -> String {
    let inside = Path::new(path).strip_prefix(delivery).unwrap_or(Path::new(path));
    super::record::slashes(inside)
}
