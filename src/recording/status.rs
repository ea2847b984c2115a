//! How far a voice is: which phrases are recorded, which recordings are stale or have a fault, and how many minutes it is.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{SpokenPhrase, SpokenScript, VoiceGrid};
use crate::asset::takes::TakeFile;
use crate::asset::{TakeCount, VoiceSurvey, told_damage};
use crate::engine::{Engine, Error, judge_take};
use crate::event::Task;
use crate::facts::Take;
use crate::facts::pace::Pace;
use crate::script::Course;
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeState;
use crate::script::voice::Voice;
use crate::unit::{SampleRate, Seconds};

/// What is wrong with a recording, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipFault {
    /// The id of the check that it fails; `None` for damage.
    pub check: Option<&'static str>,
    /// What kind of fault it is, for whoever tells it in another language: a check, or one of a few others.
    pub kind: &'static str,
    /// The number that the check has found.
    pub number: Option<f64>,
    /// Where it is in the recording, in seconds.
    pub at: Option<f64>,
    /// Continues a sentence that begins with the name of the file.
    pub wrong: String,
    pub advice: String,
}

impl ClipFault {
    /// A fault that is no check's.
    pub fn other(kind: &'static str, wrong: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check: None, kind, number: None, at: None, wrong: wrong.into(), advice: advice.into() }
    }
}

/// How far a phrase is.
#[derive(Clone, Debug)]
pub enum PhraseState {
    /// It has no recording that can be used.
    Missing {
        /// The recording that cannot be used, and why.
        unusable: Option<(String, ClipFault)>,
    },
    Recorded(RecordedPhrase),
}

/// The recording of a phrase.
#[derive(Clone, Debug)]
pub struct RecordedPhrase {
    /// Relative to the course folder.
    pub path: String,
    /// Of the prepared clip.
    pub length: Seconds,
    /// The words it was recorded for, where those of the phrase are others now.
    pub stale: Option<String>,
    pub faults: Vec<ClipFault>,
}

/// A phrase of a voice.
#[derive(Clone, Debug)]
pub struct PhraseProgress {
    pub phrase: SpokenPhrase,
    pub state: PhraseState,
    /// Every take of it, the one that is used first.
    pub takes: Vec<TakeFile>,
}

impl PhraseProgress {
    /// Whether the voice should record it, once more or for the first time: it has words, and its recording is missing, stale
    /// or faulty.
    pub fn is_wanted(&self) -> bool {
        self.phrase.text.is_some()
            && match &self.state {
                PhraseState::Missing { .. } => true,
                PhraseState::Recorded(clip) => clip.stale.is_some() || !clip.faults.is_empty(),
            }
    }

    /// The take that was cut short or put together and that nobody has heard: the one that is used, or one after it.
    pub fn unheard(&self) -> Option<&TakeFile> {
        let used = self.takes.first().filter(|take| take.state() != TakeState::Unheard);
        let after = used.map_or(0, |used| used.number);
        self.takes.iter().find(|take| take.state() == TakeState::Unheard && take.number > after)
    }

    /// The number of the next take.
    pub fn next_take(&self) -> u32 {
        self.takes.iter().map(|take| take.number).max().unwrap_or(0).saturating_add(1)
    }
}

/// How far a script or fragment is; a phrase of a fragment counts there, however many scripts use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileProgress {
    pub phrases: usize,
    /// Without words in the language of the voice.
    pub untranslated: usize,
    pub missing: usize,
    pub flagged: usize,
    pub takes: TakeCount,
}

/// How far a voice is.
pub struct VoiceProgress {
    pub scripts: Vec<SpokenScript>,
    pub phrases: BTreeMap<PhraseKey, PhraseProgress>,
    pub survey: VoiceSurvey,
}

impl VoiceProgress {
    /// Looks at all recordings of a voice.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be listed, [`Error::Stopped`].
    pub fn of(engine: &Engine, voice: &Voice, task: &Task<'_>) -> Result<Self, Error> {
        Ok(Self::new(engine.course(), voice, engine.survey(voice, task)?, engine.all_takes(voice)?))
    }

    /// The phrases of a voice with what is known of its recordings.
    pub fn new(
        course: &Course,
        voice: &Voice,
        survey: VoiceSurvey,
        mut takes: BTreeMap<PhraseKey, Vec<TakeFile>>,
    ) -> Self {
        let scripts = SpokenScript::all(course, &voice.language);
        let mut phrases = BTreeMap::new();
        for phrase in scripts.iter().flat_map(SpokenScript::phrases) {
            if phrases.contains_key(&phrase.key) {
                continue;
            }
            let takes = takes.remove(&phrase.key).unwrap_or_default();
            let state = state(&survey, phrase);
            phrases.insert(phrase.key.clone(), PhraseProgress { phrase: phrase.clone(), state, takes });
        }
        Self { scripts, phrases, survey }
    }

    /// By script or fragment, in the order in which they are first spoken.
    pub fn files(&self) -> Vec<(String, FileProgress)> {
        let mut files: Vec<(String, FileProgress)> = Vec::new();
        let mut seen = BTreeSet::new();
        for phrase in self.scripts.iter().flat_map(SpokenScript::phrases) {
            if !seen.insert(&phrase.key) {
                continue;
            }
            let at = files.iter().position(|(file, _)| *file == phrase.key.file).unwrap_or_else(|| {
                files.push((phrase.key.file.clone(), FileProgress::default()));
                files.len() - 1
            });
            if let Some(progress) = self.phrases.get(&phrase.key) {
                files[at].1.add(progress, self.survey.takes().get(&phrase.key));
            }
        }
        files
    }

    /// The level of each session of the voice is judged against that of the voice; here each clip and its level in LUFS.
    pub fn levels(&self) -> impl Iterator<Item = (&PhraseKey, &Take, f64)> {
        let takes = self.survey.takes().iter();
        takes.filter_map(|(key, take)| Some((key, take, take.facts.loudness()?.0)))
    }
}

impl FileProgress {
    /// Counts a phrase and its recording.
    fn add(&mut self, progress: &PhraseProgress, take: Option<&Take>) {
        self.phrases += 1;
        self.untranslated += usize::from(progress.phrase.text.is_none());
        match &progress.state {
            PhraseState::Missing { .. } => self.missing += 1,
            PhraseState::Recorded(clip) => self.flagged += usize::from(!clip.faults.is_empty()),
        }
        take.into_iter().for_each(|take| self.takes.add(take));
    }

    /// Counts what another has.
    pub fn add_all(&mut self, other: &Self) {
        self.phrases += other.phrases;
        self.untranslated += other.untranslated;
        self.missing += other.missing;
        self.flagged += other.flagged;
        self.takes.add_all(other.takes);
    }
}

fn state(survey: &VoiceSurvey, phrase: &SpokenPhrase) -> PhraseState {
    let Some(take) = survey.takes().get(&phrase.key) else {
        let unusable = survey.unusable.iter().find(|(key, ..)| *key == phrase.key);
        let unusable = unusable.map(|(_, path, trouble)| {
            let (wrong, helps) = trouble.problem_and_advice();
            let wrong = wrong.strip_prefix(path.as_str()).unwrap_or(&wrong).trim().to_owned();
            (path.clone(), ClipFault::other("unusable", wrong, texts(&helps)))
        });
        return PhraseState::Missing { unusable };
    };
    PhraseState::Recorded(RecordedPhrase {
        path: take.path.clone(),
        length: take.facts.frames.time(SampleRate::DEFAULT),
        stale: take.stale.clone(),
        faults: faults(survey, survey.pace, take, phrase),
    })
}

/// The advice of an error as a sentence.
pub(super) fn texts(helps: &[crate::diag::Help]) -> String {
    let texts = helps.iter().filter_map(|help| match help {
        crate::diag::Help::Text(text) => Some(text.as_str()),
        crate::diag::Help::Remedy(_) => None,
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// What is wrong with a recording of a phrase, by a voice that speaks at this pace.
pub fn faults(survey: &VoiceSurvey, pace: Pace, take: &Take, phrase: &SpokenPhrase) -> Vec<ClipFault> {
    let mut faults = Vec::new();
    for complaint in &take.facts.complaints {
        let (wrong, advice) = told_damage("", complaint);
        faults.push(ClipFault::other("damaged", wrong.trim(), advice));
    }
    for verdict in judge_take(survey, pace, take, phrase.text.as_deref(), phrase.soft) {
        let check = verdict.check;
        faults.extend(verdict.wrong.map(|wrong| ClipFault {
            check: Some(check.id),
            kind: check.id,
            number: verdict.number,
            at: verdict.at,
            wrong,
            advice: check.advice.to_owned(),
        }));
    }
    faults.extend(uncut(take, phrase));
    faults
}

/// That a recording cannot be cut at the bars of its phrase, each of which needs a pause. Nobody can accept that: the phrase could
/// not be laid out.
fn uncut(take: &Take, phrase: &SpokenPhrase) -> Option<ClipFault> {
    let beats = match phrase.grid? {
        VoiceGrid::Breath { .. } | VoiceGrid::Paces { .. } => phrase.text.as_ref()?.split('|').count(),
        VoiceGrid::OutBreath { .. } => return None,
    };
    // Whether there are enough pauses does not depend on where the bars are.
    let can_be_cut = beats == 1 || take.facts.beats(&vec![1.0; beats], SampleRate::DEFAULT).is_some();
    (!can_be_cut).then(|| {
        ClipFault::other(
            "uncut",
            "cannot be cut: it has no pause of 0.12 s where the text has `|`",
            "record it again with a short silence at each `|`",
        )
    })
}

/// The checks that a take of a phrase fails, whether it is used or not.
pub fn faults_of_take(
    engine: &Engine,
    voice: &Voice,
    known: &VoiceProgress,
    phrase: &PhraseProgress,
    take: &TakeFile,
) -> Vec<&'static str> {
    let session = known.survey.takes().get(&phrase.phrase.key).and_then(|used| used.session);
    let Ok(facts) = engine.clip(voice, &take.path) else { return Vec::new() };
    let judged = Take { path: take.path.clone(), facts, session, stale: None, despite: Vec::new() };
    faults(&known.survey, known.survey.pace, &judged, &phrase.phrase)
        .into_iter()
        .filter_map(|fault| fault.check)
        .collect()
}

/// Whether somebody decided about the take of a phrase that is used.
pub fn is_decided(progress: &PhraseProgress) -> bool {
    let used = progress.takes.first().and_then(|take| take.record.as_ref());
    used.is_some_and(|record| !matches!(record.state, TakeState::ToHear | TakeState::Unheard))
}
