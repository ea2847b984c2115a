//! The recordings of a voice, for whoever records: its takes, what is said of each, and recordings that are not of the
//! course yet.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::{Engine, Error, Request, World};
use crate::asset::clip::Treatment;
use crate::asset::takes::{TakeFile, all_takes, room_file};
use crate::asset::{RoomMeasures, RoomStages, SoundError, Store, VoiceSurvey};
use crate::decode::Decoder;
use crate::dsp::resample::Resampler;
use crate::event::Task;
use crate::facts::clip_checks::{ClipVerdict, JudgedClip, judge_clip};
use crate::facts::pace::Pace;
use crate::facts::{ClipFacts, Take, Wanted};
use crate::files::Files;
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::toml::foreign;
use crate::toml::table::list;
use crate::unit::SampleRate;

/// A recording that is not of the course yet.
pub struct NewClip {
    pub facts: ClipFacts,
    /// The hash of the file.
    pub hash: String,
}

impl Engine {
    /// A voice of a language: that with a name, or else that of the course.
    ///
    /// # Errors
    /// [`Error::Request`] if there is none.
    pub fn voice(&self, language: &Language, name: Option<&str>) -> Result<&Voice, Error> {
        let course = &self.course;
        let known = || course.voices.keys().filter(|(own, _)| own == language).map(|(_, name)| name.as_str());
        let usual = course.header.voices.get(language).map(|name| name.value.as_str());
        let Some(wanted) = name.or(usual).or_else(|| known().next()) else {
            let known = list(course.voices.keys().map(|(own, _)| own.as_str()));
            let known = format!("there are voices in: {known}; `adem translate add` makes another");
            return Err(
                Request::Unknown { kind: "voice in", name: language.to_string(), near: None, known }.into()
            );
        };
        course.voices.get(&(language.clone(), wanted.to_owned())).ok_or_else(|| {
            let near = foreign::meant(wanted, known()).map(str::to_owned);
            let known = format!("available in {language}: {}", list(known()));
            Request::Unknown { kind: "voice", name: wanted.to_owned(), near, known }.into()
        })
    }

    /// The recordings of a voice that are used, and what is known of them.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be listed, [`Error::Stopped`].
    pub fn survey(&self, voice: &Voice, task: &Task<'_>) -> Result<VoiceSurvey, Error> {
        let survey = VoiceSurvey::of(&self.store(SampleRate::DEFAULT), &self.course, voice, task)?;
        if task.is_cancelled() { Err(Error::Stopped) } else { Ok(survey) }
    }

    /// Every take of a voice; of each phrase the one that is used first, rejected ones last.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be listed.
    pub fn all_takes(&self, voice: &Voice) -> Result<BTreeMap<PhraseKey, Vec<TakeFile>>, Error> {
        Ok(all_takes(&self.store(SampleRate::DEFAULT), voice)?)
    }

    /// The hash of a file of the course, as `takes.toml` has it.
    ///
    /// # Errors
    /// [`Error::World`] if it cannot be read.
    pub fn hash_of(&self, path: &str) -> Result<String, Error> {
        let key = self.store(SampleRate::DEFAULT).source_key(path).map_err(World::Sound)?;
        Ok(key.to_string())
    }

    /// What is known of one take that may not be the one that is used.
    ///
    /// # Errors
    /// [`SoundError`] if it cannot be used.
    pub fn clip(&self, voice: &Voice, path: &str) -> Result<ClipFacts, SoundError> {
        let store = self.store(SampleRate::DEFAULT);
        let (treatment, mut resampler) = (Treatment::from(voice.chain), Resampler::new());
        store.clip_facts(path, treatment, Wanted::ALL, &mut resampler, || ())
    }

    /// What is known of recordings in another folder, as if they were of this voice.
    pub fn new_clips(
        &self,
        voice: &Voice,
        folder: &dyn Files,
        paths: &[String],
        task: &Task<'_>,
    ) -> Vec<Result<NewClip, SoundError>> {
        let store = Store::new(folder, &self.catalogue, self.cache.clone(), SampleRate::DEFAULT);
        let treatment = Treatment::from(voice.chain);
        let hear = |resampler: &mut Resampler, path: &String| {
            let facts = store.clip_facts(path, treatment, Wanted::ALL, resampler, || ())?;
            let hash = store.source_key(path)?.to_string();
            Ok(NewClip { facts, hash })
        };
        paths.par_iter().filter(|_| !task.is_cancelled()).map_init(Resampler::new, hear).collect()
    }
}

/// Why a file in another folder is no sound at all; `None` where it begins as one.
pub fn no_sound(folder: &dyn Files, path: &str) -> Option<SoundError> {
    let opened = folder.open(Path::new(path)).map_err(SoundError::from);
    let opened = opened.and_then(|source| Ok(Decoder::open(source)?));
    opened.err().map(|error| error.in_file(path))
}

/// A recording of a room that is not of the course yet.
pub struct NewRoom {
    pub measures: RoomMeasures,
    /// The hash of the file.
    pub hash: String,
}

impl Engine {
    /// What is known of a recording in another folder as the room tone of a voice.
    ///
    /// # Errors
    /// [`SoundError`] if it cannot be used.
    pub fn new_room(&self, voice: &Voice, folder: &dyn Files, path: &str) -> Result<NewRoom, SoundError> {
        let store = Store::new(folder, &self.catalogue, self.cache.clone(), SampleRate::DEFAULT);
        let measures = RoomMeasures::of(&store, path, RoomStages::of(voice.chain.stages()))?;
        Ok(NewRoom { measures, hash: store.source_key(path)?.to_string() })
    }

    /// The room tone that a voice has.
    ///
    /// # Errors
    /// [`Error::World`] if its folder cannot be listed.
    pub fn room_of(&self, voice: &Voice) -> Result<Option<String>, Error> {
        Ok(room_file(self.files.as_ref(), voice)?)
    }
}

/// What the checks say of a recording for a text, as one of a voice that speaks at this pace.
pub fn judge_take(
    survey: &VoiceSurvey,
    pace: Pace,
    take: &Take,
    text: Option<&str>,
    soft: bool,
) -> Vec<ClipVerdict> {
    let expected = text.map(|text| pace.length(text));
    let (rate, voice, kind) = (SampleRate::DEFAULT, survey.level_beside(&take.path), survey.kind);
    judge_clip(&JudgedClip { take, rate, voice, soft, expected, kind })
}
