//! What a check needs to know of a voice: all of its recordings are looked at once, for all scripts and versions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::catalogue::{Clips, bad, bed, bells, pace};
use super::clip::Treatment;
use super::room_tone::RoomStages;
use super::sessions::SessionLevels;
use super::store::{SoundError, Store};
use super::takes::{TakeFile, room_file, used_takes};
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned};
use crate::dsp::resample::Resampler;
use crate::event::{ProgressEvent, Task};
use crate::facts::pace::Pace;
use crate::facts::sound_checks::{SoundCheck, SoundUse, judge_sound};
use crate::facts::{BellFacts, Facts, Take, Wanted, is_no_take, median_level};
use crate::files::FileError;
use crate::script::ambience::{Ambience, BellSound, LayerSound};
use crate::script::course::Course;
use crate::script::phrase_texts;
use crate::script::session::{PhraseKey, Session};
use crate::script::voice::{Voice, VoiceKind};
use crate::unit::{Lufs, SampleRate, Seconds};

/// Up to so many recordings, one of them moves the median of all.
const FEW_TAKES: usize = 12;

/// All recordings of one voice.
pub struct VoiceSurvey {
    takes: BTreeMap<PhraseKey, Take>,
    /// The recordings that cannot be used: the phrase, the path and the reason.
    pub unusable: Vec<(PhraseKey, String, SoundError)>,
    /// The level of the voice; `None` where clips keep the level they have.
    pub level: Option<Lufs>,
    /// Whether that level is written down, in its `level.toml`.
    is_level_written: bool,
    /// How fast the voice speaks.
    pub pace: Pace,
    /// Whether it is a person's.
    pub kind: VoiceKind,
    sessions: BTreeMap<String, Lufs>,
}

/// What is recorded of some phrases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakeCount {
    /// Phrases with a recording that can be used.
    pub recorded: usize,
    /// Those of them that were recorded for other words.
    pub stale: usize,
    /// The length of the recordings together.
    pub length: Seconds,
}

impl TakeCount {
    /// Counts the recording of a phrase.
    pub fn add(&mut self, take: &Take) {
        self.recorded += 1;
        self.stale += usize::from(take.stale.is_some());
        self.length += take.facts.frames.time(SampleRate::DEFAULT);
    }

    /// Counts what another has.
    pub fn add_all(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.stale += other.stale;
        self.length += other.length;
    }
}

impl VoiceSurvey {
    /// Looks at the recordings of a voice, those of phrases that no script has included.
    ///
    /// # Errors
    /// [`FileError`] if the folders of the voice cannot be listed.
    pub fn of(store: &Store<'_>, course: &Course, voice: &Voice, task: &Task<'_>) -> Result<Self, FileError> {
        let found = used_takes(store, voice)?;
        let texts = phrase_texts(course, &voice.language);
        let takes: Vec<_> = found.iter().map(|(key, take)| (key.clone(), take.path.clone())).collect();
        let (decoded, total) = (AtomicUsize::new(0), takes.len());
        let heard: Vec<_> = takes
            .into_par_iter()
            .filter(|_| !task.is_cancelled())
            .map_init(Resampler::new, |resampler, (key, path)| {
                let treatment = Treatment::from(voice.chain);
                let clip = store.clip_facts(&path, treatment, Wanted::ALL, resampler, || {
                    let count = decoded.fetch_add(1, Ordering::Relaxed) + 1;
                    task.tell(ProgressEvent::Decoding { count, of: total });
                });
                (key, (path, clip))
            })
            .collect();
        let clips: Clips = heard.into_iter().collect();
        let levels = SessionLevels::of(voice, &clips, &found);
        let take = |key: &PhraseKey, (path, clip): &(String, Result<_, SoundError>)| {
            let facts = clip.as_ref().ok().cloned()?;
            let file = found.get(key);
            let stale = file.zip(texts.get(key)).and_then(|(take, text)| take.stale(text));
            let (session, despite) = (levels.of_take(key, path), file.map(TakeFile::despite));
            let despite = despite.unwrap_or_default();
            Some((key.clone(), Take { path: path.clone(), facts, session, stale, despite }))
        };
        let takes = clips.iter().filter_map(|(key, clip)| take(key, clip)).collect();
        let sessions = levels.named();
        let (level, pace) = (levels.voice, pace(store, course, &voice.language, &clips));
        let unusable = clips.into_iter().filter_map(|(key, (path, clip))| Some((key, path, clip.err()?)));
        let is_level_written = voice.level.is_some();
        Ok(Self {
            takes,
            unusable: unusable.collect(),
            level,
            is_level_written,
            pace,
            kind: voice.kind,
            sessions,
        })
    }

    /// What layout needs to know for the length of a version: recordings and bells. What only sounds under them is left
    /// out.
    pub fn facts(&self, store: &Store<'_>, session: &Session, bells: &BTreeMap<String, BellFacts>) -> Facts {
        let keys = session.all_phrases.iter().map(|phrase| &phrase.key);
        let clips = keys.filter_map(|key| Some((key.clone(), self.takes.get(key)?.clone())));
        let struck = session.bells();
        let struck = struck.iter().filter_map(|strike| bells.get_key_value(&strike.bell));
        Facts {
            rate: store.rate,
            clips: clips.collect(),
            drafted_by: None,
            voice_level: self.level,
            strength: session.voice.strength,
            bells: struck.map(|(name, facts)| (name.clone(), facts.clone())).collect(),
            swells: BTreeMap::new(),
            tick: None,
            beds: BTreeMap::new(),
            room: None,
            pace: self.pace,
        }
    }

    /// The level of a session that the files beside takes name; `None` where it has few clips, or equals that of the voice.
    pub fn session_level(&self, session: &str) -> Option<Lufs> {
        self.sessions.get(session).copied()
    }

    /// The level that the recording at a path is compared with: that of the voice. While the voice has few recordings, it is that
    /// of the others; `None` where there are none.
    pub fn level_beside(&self, path: &str) -> Option<Lufs> {
        if self.is_level_written || self.takes.len() > FEW_TAKES {
            return self.level;
        }
        let is_like = |take: &&Take| take.path != path && is_no_take(&take.path) == is_no_take(path);
        let others = self.takes.values().filter(is_like).filter_map(|take| take.facts.loudness());
        self.level.and(median_level(others))
    }

    /// The recordings that can be used.
    pub fn takes(&self) -> &BTreeMap<PhraseKey, Take> {
        &self.takes
    }
}

/// Opens every bed that has recordings and the recorded room of every voice; what cannot be used is reported.
///
/// # Errors
/// [`FileError`] if the folder of a voice cannot be listed.
pub fn survey_recordings(store: &Store<'_>, course: &Course, sink: &Sink) -> Result<(), FileError> {
    let recorded = |ambience: &&Ambience| {
        ambience.layers.iter().any(|layer| matches!(layer.sound, LayerSound::Recording { .. }))
    };
    for ambience in course.ambiences.values().filter(recorded) {
        if bed(store, ambience, 0, true, sink).is_none() {
            continue;
        }
        for layer in &ambience.layers {
            match &layer.sound {
                LayerSound::Recording { file, .. } => judge_recording(store, file, SoundUse::Layer, sink),
                LayerSound::Generated(_) => {}
            }
        }
    }
    for voice in course.voices.values() {
        let Some(file) = room_file(store.files, voice)? else { continue };
        if let Err(trouble) = store.room_facts(&file, RoomStages::of(voice.chain.stages())) {
            sink.emit(bad(Code::BadClip, voice.span, &trouble));
        }
    }
    Ok(())
}

/// A recording that cannot be used, at the place of its phrase.
pub fn unusable_clip(span: Span, trouble: &SoundError) -> Diagnostic {
    bad(Code::BadClip, span, trouble)
}

/// The facts of all bells of a course; one that cannot be used is reported.
pub fn survey_bells(store: &Store<'_>, course: &Course, sink: &Sink) -> BTreeMap<String, BellFacts> {
    let usable = bells(store, course.bells.values(), sink);
    for bell in course.bells.values().filter(|bell| usable.contains_key(&bell.id)) {
        match &bell.sound {
            Some(BellSound::Recording(file)) => judge_recording(store, file, SoundUse::Bell, sink),
            Some(BellSound::Bowl(_) | BellSound::Chime { .. } | BellSound::Block { .. }) | None => {}
        }
    }
    usable
}

/// Warns of the recording of a bed or bell that can be used and will not sound well. Of a damaged one its damage is told.
fn judge_recording(store: &Store<'_>, file: &Spanned<String>, used: SoundUse, sink: &Sink) {
    if !store.flaws(&file.value).is_empty() {
        return;
    }
    let Ok(measures) = store.sound_measures(&file.value) else { return };
    let found = judge_sound(&measures, used);
    let Some(((check, wrong), others)) = found.split_first() else { return };
    let message = format!("{} {wrong}", file.value);
    let told = Diagnostic::warning(Code::PoorClip, file.span, message).help(check.advice);
    let also = |told: Diagnostic, (check, wrong): &(&SoundCheck, String)| {
        told.note(format!("it also {wrong}")).help(check.advice)
    };
    sink.emit(others.iter().fold(told, also));
}
