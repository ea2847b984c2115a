//! What is judged: a file, what belongs to it, and the numbers it is judged by.

use super::analysis::Analysis;
use super::plan::PlannedTrack;
use super::report::{CheckResult, Finding, Marker, Report, Verdict};
use super::rows::{self, RowId};
use crate::decode::tags::Labels;
use crate::delivery::preset::Preset;

/// The stems of a render, as far as they are at hand.
#[derive(Clone, Debug, Default)]
pub struct Stems {
    /// The voice alone.
    pub voice: Option<Analysis>,
    /// Bells, breath and steps alone.
    pub cues: Option<Analysis>,
    /// The bed alone.
    pub bed: Option<Analysis>,
}

/// A file and everything that is known of it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What was measured of it.
    pub file: Analysis,
    /// What should be in it.
    pub plan: Option<PlannedTrack>,
    /// Its stems.
    pub stems: Stems,
    /// The numbers it is judged by.
    pub preset: Preset,
    /// What the clips say of the voice, while a track is rendered: its sound is not analysed then.
    pub clips: Option<ClipLoudness>,
    /// Whether another render of the same plan has the same bytes, where there is one.
    pub same_bytes: Option<bool>,
    /// Its title and chapters.
    pub labels: Labels,
}

/// What the clips of a version say of its voice before a sample of it is made.
#[derive(Clone, Debug, Default)]
pub struct ClipLoudness {
    /// The loudness of all speech, in LUFS.
    pub speech: Option<f64>,
    /// The loudness of each phrase of a second or more that is not soft, in LUFS, and when it begins, in seconds.
    pub phrases: Vec<(f64, f64)>,
}

/// Goes through the whole checklist.
pub fn judge(name: &str, subject: &Subject) -> Report {
    let rows = rows::judge(subject, |_| true, "");
    Report { file: name.to_owned(), preset: subject.preset.name.clone(), rows }
}

/// The report of a file that cannot be decoded.
pub fn undecodable(name: &str, preset: &Preset, why: &str) -> Report {
    let row = |id: RowId| {
        let finding = if id == RowId::Whole {
            Finding::judged(Verdict::Fail, "cannot be decoded", "decodes").note(why)
        } else {
            Finding::not_judged("nothing was heard")
        };
        CheckResult { id, finding }
    };
    let rows = RowId::all().map(row).collect();
    Report { file: name.to_owned(), preset: preset.name.clone(), rows }
}

/// Why a row that needs the plan was not judged.
pub(super) const NO_PLAN: &str = "needs the timeline that adem puts beside a render";
/// Why a row that needs somebody speaking was not judged.
pub(super) const NO_SPEECH: &str = "nobody speaks in this file";

impl Subject {
    /// A place in the file, with what sounds there.
    pub fn place(&self, seconds: f64) -> Marker {
        let sound = self.plan.as_ref().and_then(|plan| plan.sound_at(seconds));
        Marker { seconds, sound }
    }

    /// The place of a frame.
    pub fn frame(&self, frame: u64) -> Marker {
        self.place(frame as f64 / self.file.rate.as_f64())
    }

    /// The plan, where somebody speaks in it.
    ///
    /// # Errors
    /// Why there is nothing to judge.
    pub fn spoken(&self) -> Result<&PlannedTrack, &'static str> {
        let plan = self.plan.as_ref().ok_or(NO_PLAN)?;
        if plan.has("phrase") { Ok(plan) } else { Err(NO_SPEECH) }
    }

    /// The voice by itself: its stem, or a file that holds nothing else.
    pub fn voice(&self) -> Option<&Analysis> {
        let plan = self.plan.as_ref();
        let alone =
            plan.is_some_and(|plan| plan.has("phrase") && !plan.has("bed") && plan.cues().next().is_none());
        self.stems.voice.as_ref().or(alone.then_some(&self.file))
    }

    /// The voice, or else the mix, and what to say of it.
    pub fn voice_or_mix(&self) -> (&Analysis, &'static str) {
        self.voice().map_or((&self.file, "in the mix, where the voice speaks"), |voice| (voice, ""))
    }

    /// Whether the file has a bed; `None` where nobody knows.
    pub fn has_bed(&self) -> Option<bool> {
        self.plan.as_ref().map(|plan| plan.has("bed"))
    }

    /// Whether it is judged as an audiobook.
    pub fn is_acx(&self) -> bool {
        self.preset.name == "acx"
    }

    /// The highest true peak that is allowed.
    pub fn ceiling(&self) -> f64 {
        let voiceless = self.plan.as_ref().is_some_and(|plan| plan.events("phrase").next().is_none());
        if voiceless { self.preset.ceiling.0.min(-3.0) } else { self.preset.ceiling.0 }
    }
}
