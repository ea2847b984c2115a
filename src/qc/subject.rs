//! The input of the checklist: a file, its plan, its stems and its preset.

use super::analysis::{Analysis, Likeness, StemSum};
use super::missing::Missing;
use super::plan::PlannedTrack;
use super::report::{CheckResult, Finding, Marker, Report, Verdict};
use super::rows::{self, RowId};
use crate::decode::tags::Labels;
use crate::delivery::preset::Preset;
use crate::dsp::limiter::LimiterWork;
use crate::layout::SoundType;
use crate::unit::Db;

/// The available stems of a render.
#[derive(Clone, Debug, Default)]
pub struct Stems {
    pub voice: Option<Analysis>,
    /// Bells, breath and steps.
    pub cues: Option<Analysis>,
    pub bed: Option<Analysis>,
}

/// A file and everything it is judged with.
#[derive(Clone, Debug)]
pub struct Subject {
    pub file: Analysis,
    /// Its plan, if there is one.
    pub plan: Option<PlannedTrack>,
    pub stems: Stems,
    pub preset: Preset,
    /// The loudness of the clips, if the file is judged while it is rendered and not analysed.
    pub clips: Option<ClipLoudness>,
    /// What the limiter did, if it is judged while it is rendered.
    pub limited: Option<LimiterWork>,
    /// How the file compares with the sum of its stems.
    pub sum: Option<StemSum>,
    /// How the file compares with the same version rendered again, or why it could not be.
    pub made: Result<Likeness, Missing>,
    /// Whether another render of the same version has the same bytes, if there is one.
    pub same_bytes: Option<bool>,
    /// Its title and chapters.
    pub labels: Labels,
}

/// The loudness of the voice of a version, computed from the facts of its clips.
#[derive(Clone, Debug, Default)]
pub struct ClipLoudness {
    /// The loudness of all speech, in LUFS.
    pub speech: Option<f64>,
    /// The loudness of each phrase of a second or more that is not soft, in LUFS, and its start in seconds.
    pub phrases: Vec<(f64, f64)>,
}

pub fn judge(name: &str, subject: &Subject) -> Report {
    // Stems of another render would hide any fault.
    let alien = subject.sum.as_ref().is_some_and(|sum| sum.likeness.differences.is_alien());
    let alone = alien.then(|| Subject { stems: Stems::default(), ..subject.clone() });
    let subject = alone.as_ref().unwrap_or(subject);
    let mut rows = rows::judge(subject, |_| true, "");
    for finding in rows.iter_mut().map(|row| &mut row.finding).filter(|_| alien) {
        if let Some(Missing::VoiceAndBedStems | Missing::CuesStem | Missing::AllStems) = finding.missing {
            *finding = Finding::needs(Missing::OwnStems);
        }
    }
    Report { file: name.to_owned(), preset: subject.preset.name.clone(), rows }
}

/// The report of a file that cannot be decoded.
pub fn undecodable(name: &str, preset: &Preset, why: &str) -> Report {
    let row = |id: RowId| {
        let finding = if id == RowId::Whole {
            Finding::judged(Verdict::Fail, "cannot be decoded", "decodes").note(why)
        } else {
            Finding::not_judged("the file could not be decoded")
        };
        CheckResult { id, finding }
    };
    let rows = RowId::all().map(row).collect();
    Report { file: name.to_owned(), preset: preset.name.clone(), rows }
}

/// The highest true peak that a file with this plan may have.
pub fn ceiling(plan: Option<&PlannedTrack>, preset: &Preset) -> Db {
    preset.ceiling_where(plan.is_none_or(|plan| plan.events(SoundType::Phrase).next().is_some()))
}

/// Why a row that needs the plan was not judged.
pub(super) const NO_PLAN: &str = "needs the timeline that adem writes beside a render";
/// Why a row that needs speech was not judged.
pub(super) const NO_SPEECH: &str = "this file has no speech";

impl Subject {
    /// A time in the file, with the sound at it.
    pub fn place(&self, seconds: f64) -> Marker {
        let sound = self.plan.as_ref().and_then(|plan| plan.sound_at(seconds));
        Marker { seconds, sound }
    }

    /// The place of a frame.
    pub fn frame(&self, frame: u64) -> Marker {
        self.place(frame as f64 / self.file.rate.as_f64())
    }

    /// The plan, if it has speech.
    ///
    /// # Errors
    /// The reason why the row cannot be judged.
    pub fn spoken(&self) -> Result<&PlannedTrack, &'static str> {
        let plan = self.plan.as_ref().ok_or(NO_PLAN)?;
        if plan.has(SoundType::Phrase) { Ok(plan) } else { Err(NO_SPEECH) }
    }

    /// The voice without other sounds: its stem, or the file if it has only the voice.
    pub fn voice(&self) -> Option<&Analysis> {
        let plan = self.plan.as_ref();
        let alone = plan.is_some_and(|plan| {
            plan.has(SoundType::Phrase) && !plan.has(SoundType::Bed) && plan.cues().next().is_none()
        });
        self.stems.voice.as_ref().or(alone.then_some(&self.file))
    }

    /// The voice, or else the mix with a note.
    pub fn voice_or_mix(&self) -> (&Analysis, &'static str) {
        self.voice().map_or((&self.file, "in the mix, where the voice speaks"), |voice| (voice, ""))
    }

    /// Whether the file has a bed; `None` if that is not known.
    pub fn has_bed(&self) -> Option<bool> {
        self.plan.as_ref().map(|plan| plan.has(SoundType::Bed))
    }

    /// Whether it is judged as an audiobook.
    pub fn is_acx(&self) -> bool {
        self.preset.name == "acx"
    }

    /// The highest true peak that is allowed.
    pub fn ceiling(&self) -> f64 {
        ceiling(self.plan.as_ref(), &self.preset).0
    }
}
