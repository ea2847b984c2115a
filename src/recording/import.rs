//! A folder of clips becomes takes: which clip is which phrase, and what is done with each. Nothing is written here.
//!
//! Clips are matched by their names. What a name does not tell is left over; matching by sound takes it from there
//! ([`ClipFate::Unknown`]).

use std::collections::BTreeMap;
use std::path::Path;

use super::lines::SpokenPhrase;
use super::names::KnownNames;
use super::status::{ClipFault, VoiceProgress, faults, texts};
use crate::asset::takes::ENDINGS;
use crate::diag::nearest;
use crate::engine::{Engine, Error, NewClip};
use crate::event::Task;
use crate::facts::{Take, median_level};
use crate::files::{FileError, Files};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TakeRecord, TakeState};
use crate::script::voice::Voice;

/// A file of a folder that is imported.
#[derive(Clone, Debug)]
pub struct ImportedFile {
    /// The path below the folder, with slashes.
    pub path: String,
    pub fate: ClipFate,
}

/// What is done with a file.
#[derive(Clone, Debug)]
pub enum ClipFate {
    /// It becomes a take.
    Take(Box<NewTake>),
    /// It becomes the room tone of the voice, at this path below the course.
    Room(String),
    /// This file of the course has the same sound already.
    Known(String),
    /// Its name fits these phrases.
    Ambiguous(Vec<PhraseKey>),
    /// These other files are named as the same take of the same phrase.
    Twice(Vec<String>),
    /// Its name says another language.
    OtherLanguage(Language),
    /// The phrase has no words in the language of the voice.
    Untranslated(PhraseKey),
    /// It cannot be used as a clip.
    Unusable(ClipFault),
    /// It is a sound that adem does not read.
    Format,
    /// Its name fits no phrase; perhaps this one was meant.
    Unknown(Option<String>),
}

impl ClipFate {
    /// Whether the file becomes part of the course, or is already.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Take(_) | Self::Room(_) | Self::Known(_) => true,
            Self::Ambiguous(_)
            | Self::Twice(_)
            | Self::OtherLanguage(_)
            | Self::Untranslated(_)
            | Self::Unusable(_)
            | Self::Format
            | Self::Unknown(_) => false,
        }
    }
}

/// A clip that becomes a take.
#[derive(Clone, Debug)]
pub struct NewTake {
    pub key: PhraseKey,
    /// The path below the course.
    pub target: String,
    pub record: TakeRecord,
    /// In seconds, with its silence trimmed.
    pub seconds: f64,
    pub faults: Vec<ClipFault>,
}

/// Endings of sounds that are not read.
const OTHER_SOUNDS: [&str; 12] =
    ["aac", "oga", "wma", "mp4", "webm", "amr", "3gp", "w64", "rf64", "mka", "wv", "mov"];
/// With so many clips their median is the level of their session.
const SESSION: usize = 5;
/// The deepest folder that is looked into.
const DEEPEST: usize = 4;

/// What is known while a folder is imported.
pub struct Importer<'a> {
    pub engine: &'a Engine,
    pub voice: &'a Voice,
    pub progress: &'a VoiceProgress,
    pub names: KnownNames,
    /// The day, for the records.
    pub date: &'a str,
}

impl Importer<'_> {
    /// What is done with each sound of a folder and the folders in it.
    ///
    /// # Errors
    /// [`Error::World`] if a folder or a file of the course cannot be read, [`Error::Stopped`].
    pub fn plan(&self, folder: &dyn Files, task: &Task<'_>) -> Result<Vec<ImportedFile>, Error> {
        let mut paths = Vec::new();
        sounds(folder, "", 0, &mut paths)?;
        let mut matched: BTreeMap<(PhraseKey, u32), Vec<String>> = BTreeMap::new();
        let mut files = Vec::new();
        for path in paths {
            match self.by_name(&path) {
                Ok((key, take)) => matched.entry((key, take)).or_default().push(path),
                Err(fate) => files.push(ImportedFile { path, fate }),
            }
        }
        let mut single = Vec::new();
        for ((key, take), paths) in matched {
            match &paths[..] {
                [path] => single.push((key, take, path.clone())),
                _ => files.extend(paths.iter().map(|path| {
                    let others = paths.iter().filter(|other| *other != path).cloned().collect();
                    ImportedFile { path: path.clone(), fate: ClipFate::Twice(others) }
                })),
            }
        }
        let heard: Vec<String> = single.iter().map(|(_, _, path)| path.clone()).collect();
        let clips = self.engine.new_clips(self.voice, folder, &heard, task);
        if task.is_cancelled() || clips.len() != heard.len() {
            return Err(Error::Stopped);
        }
        let levels = clips.iter().filter_map(|clip| clip.as_ref().ok()?.facts.loudness());
        let session = median_level(levels).filter(|_| clips.len() >= SESSION);
        let mut last: BTreeMap<PhraseKey, u32> = BTreeMap::new();
        for ((key, wanted, path), clip) in single.into_iter().zip(clips) {
            let fate = match clip {
                Ok(clip) => {
                    let facts = Take {
                        path: path.clone(),
                        facts: clip.facts.clone(),
                        session,
                        stale: None,
                        despite: Vec::new(),
                    };
                    self.fate(key, wanted, &path, &clip, &facts, &mut last)
                }
                Err(trouble) => {
                    let (wrong, helps) = trouble.problem_and_advice();
                    let wrong = wrong.strip_prefix(path.as_str()).unwrap_or(&wrong).trim().to_owned();
                    ClipFate::Unusable(ClipFault { check: None, wrong, advice: texts(&helps) })
                }
            };
            files.push(ImportedFile { path, fate });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The phrase and the take that a name says, or what else is done with the file.
    fn by_name(&self, path: &str) -> Result<(PhraseKey, u32), ClipFate> {
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let ending = ending.to_lowercase();
        if !ENDINGS.contains(&ending.as_str()) {
            return Err(ClipFate::Format);
        }
        if crate::toml::table::as_name(stem) == "room-tone" {
            return Err(ClipFate::Room(format!("{}/room-tone.{ending}", self.voice.folder())));
        }
        let Some(meaning) = self.names.read(stem, &folders) else {
            let known = self.progress.phrases.keys().map(|key| key.id.as_str());
            let near = nearest(&crate::toml::table::as_name(stem), known).map(str::to_owned);
            return Err(ClipFate::Unknown(near));
        };
        if let Some(language) = meaning.language.filter(|language| *language != self.voice.language) {
            return Err(ClipFate::OtherLanguage(language));
        }
        let phrases: Vec<_> = meaning.phrases.into_iter().collect();
        match &phrases[..] {
            [key] => match self.phrase(key) {
                Some(phrase) if phrase.text.is_some() => Ok((key.clone(), meaning.take.unwrap_or(1).max(1))),
                Some(_) | None => Err(ClipFate::Untranslated(key.clone())),
            },
            _ => Err(ClipFate::Ambiguous(phrases)),
        }
    }

    fn phrase(&self, key: &PhraseKey) -> Option<&SpokenPhrase> {
        self.progress.phrases.get(key).map(|progress| &progress.phrase)
    }

    /// A matched clip becomes the next take, unless the course has it already.
    fn fate(
        &self,
        key: PhraseKey,
        wanted: u32,
        path: &str,
        clip: &NewClip,
        take: &Take,
        last: &mut BTreeMap<PhraseKey, u32>,
    ) -> ClipFate {
        let Some(progress) = self.progress.phrases.get(&key) else { return ClipFate::Unknown(None) };
        for held in &progress.takes {
            // One that cannot be read is another file for certain.
            if self.engine.hash_of(&held.path).is_ok_and(|hash| hash == clip.hash) {
                return ClipFate::Known(held.path.clone());
            }
        }
        let number = wanted.max(progress.next_take()).max(last.get(&key).map_or(1, |last| last + 1));
        last.insert(key.clone(), number);
        let ending = path.rsplit_once('.').map_or("wav", |(_, ending)| ending).to_lowercase();
        let name = if number == 1 { key.id.clone() } else { format!("{}_t{number}", key.id) };
        let file = format!("{}/{name}.{ending}", key.file);
        let faults = faults(&self.progress.survey, take, &progress.phrase);
        let record = TakeRecord {
            file: file.clone(),
            hash: clip.hash.clone(),
            text: progress.phrase.text.clone().unwrap_or_default(),
            date: Some(self.date.to_owned()),
            state: if faults.is_empty() { TakeState::Accepted } else { TakeState::ToHear },
            despite: Vec::new(),
        };
        ClipFate::Take(Box::new(NewTake {
            target: format!("{}/{file}", self.voice.folder()),
            record,
            seconds: take.facts.frames.0 as f64 / crate::unit::SampleRate::DEFAULT.as_f64(),
            faults,
            key,
        }))
    }
}

/// The sounds of a folder and of those in it, in order. Other files and hidden ones are left out.
fn sounds(files: &dyn Files, folder: &str, depth: usize, found: &mut Vec<String>) -> Result<(), FileError> {
    for entry in files.list(Path::new(folder))? {
        if entry.name.starts_with('.') {
            continue;
        }
        let path = if folder.is_empty() { entry.name.clone() } else { format!("{folder}/{}", entry.name) };
        if entry.is_folder {
            if depth < DEEPEST {
                sounds(files, &path, depth + 1, found)?;
            }
        } else {
            let ending =
                entry.name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase());
            if ENDINGS.contains(&ending.as_str()) || OTHER_SOUNDS.contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    Ok(())
}
