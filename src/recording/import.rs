//! A folder of clips becomes takes: which clip is which phrase, and what is done with each. Nothing is written here.
//!
//! Clips are matched by their names. What a name does not tell is left over; matching by sound takes it from there
//! ([`ClipFate::Unknown`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::lines::SpokenPhrase;
use super::names::KnownNames;
use super::status::{ClipFault, PhraseProgress, VoiceProgress, faults, texts};
use crate::asset::takes::{ENDINGS, TakeFile};
use crate::asset::{RoomMeasures, SoundError};
use crate::diag::nearest;
use crate::engine::{Engine, Error, NewClip, no_sound};
use crate::event::Task;
use crate::facts::pace::{Pace, letters};
use crate::facts::{Take, median_level};
use crate::files::{FileError, Files};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TakeRecord, TakeState, is_spoken_alike};
use crate::script::voice::Voice;
use crate::unit::literal::print_measured;
use crate::unit::{Lufs, SampleRate, TENTH};

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
    /// A file of the course has the same sound already.
    Known(KnownClip),
    /// Its name fits these phrases.
    Ambiguous(Vec<PhraseKey>),
    /// Other files are named as the same take of the same phrase.
    Twice(TwiceNamed),
    /// Another file has the same sound.
    Same(SameSound),
    /// The voice has another room tone, at this path.
    OtherRoom(String),
    /// The take at this path has the highest number that there is, so that none can follow it.
    LastTake(String),
    /// Its name says another language.
    OtherLanguage {
        language: Language,
        /// Whether it is one of the course.
        in_course: bool,
    },
    /// The phrase has no words in the language of the voice.
    Untranslated(PhraseKey),
    /// It cannot be used as a clip.
    Unusable(ClipFault),
    /// It is a sound that adem does not read.
    Format,
    /// A folder with sounds or folders that is too deep to be looked into.
    Deep,
    /// Its name fits no phrase; perhaps this one was meant.
    Unknown(Option<String>),
}

/// A file whose sound the course has.
#[derive(Clone, Debug)]
pub struct KnownClip {
    /// The path of the take below the course.
    pub path: String,
    /// What is to be remembered of it, where nothing is: an import that was stopped, or a take that was copied by hand.
    pub record: Option<Box<TakeRecord>>,
}

/// Several files that are named as one take, or as the room.
#[derive(Clone, Debug)]
pub struct TwiceNamed {
    pub others: Vec<String>,
    /// The first number that no take of the phrase has; `None` for the room.
    pub next: Option<u32>,
}

/// A sound that is there under two names.
#[derive(Clone, Debug)]
pub struct SameSound {
    /// The other file, in the folder or in the course.
    pub path: String,
    /// The phrase that the other one is named as, where that is another with other words: one of the two names is wrong.
    pub phrase: Option<PhraseKey>,
}

impl ClipFate {
    /// Whether the sound becomes part of the course, or is already.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Take(_) | Self::Room(_) | Self::Known(_) => true,
            Self::Same(same) => same.phrase.is_none(),
            Self::Ambiguous(_)
            | Self::Twice(_)
            | Self::OtherRoom(_)
            | Self::LastTake(_)
            | Self::OtherLanguage { .. }
            | Self::Untranslated(_)
            | Self::Unusable(_)
            | Self::Format
            | Self::Deep
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
const OTHER_SOUNDS: [&str; 11] =
    ["aac", "oga", "wma", "mp4", "amr", "3gp", "w64", "rf64", "mka", "wv", "mov"];
/// With so many clips their median is the level of their session.
const SESSION: usize = 5;
/// The deepest folder that is looked into.
const DEEPEST: usize = 4;
/// Less of a room than this repeats audibly, in seconds.
const SHORTEST_ROOM: f64 = 10.0;
/// A door or a step is heard for a shorter share of the time than a voice.
const MOST_LOUD: f64 = 0.05;

/// What is known while a folder is imported.
pub struct Importer<'a> {
    pub engine: &'a Engine,
    pub voice: &'a Voice,
    pub progress: &'a VoiceProgress,
    pub names: KnownNames,
    /// The day, for the records.
    pub date: &'a str,
    /// What is known of clips by their sound, by their paths. It goes before their names.
    pub by_sound: BTreeMap<String, ClipBySound>,
}

/// What the names of clips tell.
#[derive(Clone, Debug, Default)]
pub struct NamesOfClips {
    /// The phrases that clips are named after.
    pub named: BTreeSet<PhraseKey>,
    /// The paths of those whose names do not tell which phrase they are.
    pub unnamed: Vec<String>,
}

/// A clip that was told apart by its sound.
#[derive(Clone, Debug)]
pub struct ClipBySound {
    pub key: PhraseKey,
    /// Why it should be heard before it is used.
    pub doubt: Option<ClipFault>,
}

impl Importer<'_> {
    /// What is done with each sound of a folder and the folders in it.
    ///
    /// # Errors
    /// [`Error::World`] if a folder or a file of the course cannot be read, [`Error::Stopped`].
    pub fn plan(&self, folder: &dyn Files, task: &Task<'_>) -> Result<Vec<ImportedFile>, Error> {
        let mut found = FoundSounds::default();
        found.look(folder, "", 0)?;
        let deep = found.deep.into_iter().map(|path| ImportedFile { path, fate: ClipFate::Deep });
        let mut files: Vec<_> = deep.collect();
        let (mut matched, mut rooms) = (Vec::new(), Vec::new());
        for path in found.sounds {
            match self.by_name(&path) {
                Ok(NamedAs::Take(key, take)) => matched.push((key, take, path)),
                Ok(NamedAs::Room) => rooms.push(path),
                // Before what is wrong with a name comes that it is the name of no sound.
                Err(fate @ (ClipFate::Unknown(_) | ClipFate::Ambiguous(_))) => {
                    let fate = no_sound(folder, &path).map_or(fate, |trouble| unusable(&path, &trouble));
                    files.push(ImportedFile { path, fate });
                }
                Err(fate) => files.push(ImportedFile { path, fate }),
            }
        }
        matched.sort();
        let paths: Vec<String> = matched.iter().map(|(_, _, path)| path.clone()).collect();
        let clips = self.engine.new_clips(self.voice, folder, &paths, task);
        if task.is_cancelled() || clips.len() != paths.len() {
            return Err(Error::Stopped);
        }
        let mut heard = Vec::new();
        for ((key, take, path), clip) in matched.into_iter().zip(clips) {
            match clip {
                Ok(clip) => heard.push(HeardClip { key, take, path, clip }),
                Err(trouble) => files.push(ImportedFile { fate: unusable(&path, &trouble), path }),
            }
        }
        files.extend(self.fates(&heard));
        files.extend(self.rooms(folder, &rooms)?);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// What the names of the clips of a folder tell.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be read.
    pub fn names_of(&self, folder: &dyn Files) -> Result<NamesOfClips, Error> {
        let mut found = FoundSounds::default();
        found.look(folder, "", 0)?;
        let mut names = NamesOfClips::default();
        for path in found.sounds {
            match self.by_name(&path) {
                Ok(NamedAs::Take(key, _)) => _ = names.named.insert(key),
                Err(ClipFate::Unknown(_) | ClipFate::Ambiguous(_)) => names.unnamed.push(path),
                Ok(NamedAs::Room) | Err(_) => {}
            }
        }
        Ok(names)
    }

    /// What is done with clips that can be used.
    fn fates(&self, heard: &[HeardClip]) -> Vec<ImportedFile> {
        let session = median_level(heard.iter().filter_map(|one| one.clip.facts.loudness()));
        let session = session.filter(|_| heard.len() >= SESSION);
        let judged = ImportSession { level: session, pace: self.pace(heard) };
        let held = self.held();
        let mut last: BTreeMap<&PhraseKey, u32> = BTreeMap::new();
        let mut fates: Vec<Option<ClipFate>> = Vec::new();
        for (at, one) in heard.iter().enumerate() {
            let same = self.known(one, &judged, &held).or_else(|| self.same_sound(heard, at));
            fates.push(same);
        }
        // What is known by its sound stands in nobody's way.
        let open = |at: usize| fates[at].is_none();
        let mut twice = Vec::new();
        for (at, one) in heard.iter().enumerate().filter(|(at, _)| open(*at)) {
            let is_other = |(other, clip): &(usize, &HeardClip)| {
                *other != at && open(*other) && clip.key == one.key && clip.take == one.take
            };
            let others: Vec<String> =
                heard.iter().enumerate().filter(is_other).map(|(_, other)| other.path.clone()).collect();
            if !others.is_empty() {
                let named = heard.iter().filter(|other| other.key == one.key).map(|other| other.take);
                let there = self.progress.phrases.get(&one.key).map_or(1, PhraseProgress::next_take);
                let next = named.max().unwrap_or(0).saturating_add(1).max(there);
                twice.push((at, ClipFate::Twice(TwiceNamed { others, next: Some(next) })));
            }
        }
        for (at, fate) in twice {
            fates[at] = Some(fate);
        }
        let mut files = Vec::new();
        for (one, fate) in heard.iter().zip(fates) {
            let fate = fate.unwrap_or_else(|| self.new_take(one, &judged, &mut last));
            files.push(ImportedFile { path: one.path.clone(), fate });
        }
        files
    }

    /// How fast the voice speaks: as in its takes, or else in these clips, of which most are of their texts.
    fn pace(&self, heard: &[HeardClip]) -> Pace {
        let known = self.progress.survey.pace;
        if known.learned {
            return known;
        }
        let spoken = heard.iter().filter_map(|one| {
            let text = self.phrase(&one.key)?.text.as_deref()?;
            Some((letters(text), one.clip.facts.frames))
        });
        Pace::learned(spoken, SampleRate::DEFAULT, &self.voice.language)
    }

    /// The takes of the course by their sound. Those that are rejected may be of another phrase than they are named after.
    fn held(&self) -> BTreeMap<String, Vec<(&PhraseKey, &TakeFile)>> {
        let mut held: BTreeMap<String, Vec<(&PhraseKey, &TakeFile)>> = BTreeMap::new();
        for (key, phrase) in &self.progress.phrases {
            for take in &phrase.takes {
                // One that cannot be read is another file for certain.
                if let Ok(hash) = self.engine.hash_of(&take.path) {
                    held.entry(hash).or_default().push((key, take));
                }
            }
        }
        held
    }

    /// Where the course has the sound of a clip already: as a take of its phrase, or of another with other words.
    fn known(
        &self,
        one: &HeardClip,
        session: &ImportSession,
        held: &BTreeMap<String, Vec<(&PhraseKey, &TakeFile)>>,
    ) -> Option<ClipFate> {
        let there = held.get(&one.clip.hash)?;
        let progress = self.progress.phrases.get(&one.key)?;
        if let Some((_, take)) = there.iter().find(|(key, _)| **key == one.key) {
            let file = take.path.strip_prefix(&format!("{}/", self.voice.folder())).unwrap_or(&take.path);
            let forgotten = take.record.is_none();
            let record = forgotten
                .then(|| Box::new(self.record(one, file, &self.heard_faults(one, session, progress))));
            return Some(ClipFate::Known(KnownClip { path: take.path.clone(), record }));
        }
        let is_wrong = |(key, take): &&(&PhraseKey, &TakeFile)| {
            take.state() != TakeState::Rejected && !self.are_alike(key, &one.key)
        };
        let (key, take) = there.iter().find(is_wrong)?;
        Some(ClipFate::Same(SameSound { path: take.path.clone(), phrase: Some((*key).clone()) }))
    }

    /// Where another clip of the folder has the same sound: the first of the same phrase is taken, and none where the phrases
    /// have other words.
    fn same_sound(&self, heard: &[HeardClip], at: usize) -> Option<ClipFate> {
        let one = &heard[at];
        let same = || heard.iter().enumerate().filter(|(_, other)| other.clip.hash == one.clip.hash);
        if let Some((_, other)) = same().find(|(_, other)| !self.are_alike(&other.key, &one.key)) {
            let phrase = Some(other.key.clone());
            return Some(ClipFate::Same(SameSound { path: other.path.clone(), phrase }));
        }
        let (_, first) = same().find(|(other, clip)| *other < at && clip.key == one.key)?;
        Some(ClipFate::Same(SameSound { path: first.path.clone(), phrase: None }))
    }

    /// Whether one recording can be of both phrases.
    fn are_alike(&self, one: &PhraseKey, other: &PhraseKey) -> bool {
        let text = |key: &PhraseKey| self.phrase(key).and_then(|phrase| phrase.text.as_deref());
        one == other || text(one).zip(text(other)).is_some_and(|(one, other)| is_spoken_alike(one, other))
    }

    /// What is done with recordings of the room.
    fn rooms(&self, folder: &dyn Files, paths: &[String]) -> Result<Vec<ImportedFile>, Error> {
        let held = self.engine.room_of(self.voice)?;
        let held_hash = held.as_ref().and_then(|path| self.engine.hash_of(path).ok());
        let mut files = Vec::new();
        let mut good: Vec<(&String, String)> = Vec::new();
        for path in paths {
            let fate = match self.engine.new_room(self.voice, folder, path) {
                Err(trouble) => unusable(path, &trouble),
                Ok(room) => match (room_fault(&room.measures), &held) {
                    (Some(fault), _) => ClipFate::Unusable(fault),
                    (None, Some(held)) if held_hash.as_ref() == Some(&room.hash) => {
                        ClipFate::Known(KnownClip { path: held.clone(), record: None })
                    }
                    (None, Some(held)) => ClipFate::OtherRoom(held.clone()),
                    (None, None) => {
                        let Some((first, _)) = good.iter().find(|(_, hash)| *hash == room.hash) else {
                            good.push((path, room.hash));
                            continue;
                        };
                        ClipFate::Same(SameSound { path: (*first).clone(), phrase: None })
                    }
                },
            };
            files.push(ImportedFile { path: path.clone(), fate });
        }
        for (path, _) in &good {
            let others: Vec<_> =
                good.iter().filter(|(other, _)| other != path).map(|(other, _)| (*other).clone()).collect();
            let ending = ending_of(path);
            let fate = if others.is_empty() {
                ClipFate::Room(format!("{}/room-tone.{ending}", self.voice.folder()))
            } else {
                ClipFate::Twice(TwiceNamed { others, next: None })
            };
            files.push(ImportedFile { path: (*path).clone(), fate });
        }
        Ok(files)
    }

    /// What a name says, or what else is done with the file.
    fn by_name(&self, path: &str) -> Result<NamedAs, ClipFate> {
        if let Some(heard) = self.by_sound.get(path) {
            return Ok(NamedAs::Take(heard.key.clone(), 1));
        }
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let ending = ending.to_lowercase();
        if !ENDINGS.contains(&ending.as_str()) {
            return Err(ClipFate::Format);
        }
        if crate::toml::table::as_name(stem) == "room-tone" {
            return Ok(NamedAs::Room);
        }
        let Some(meaning) = self.names.read(stem, &folders) else {
            let known = self.progress.phrases.keys().map(|key| key.id.as_str());
            let near = nearest(&crate::toml::table::as_name(stem), known).map(str::to_owned);
            return Err(ClipFate::Unknown(near));
        };
        if let Some(language) = meaning.language.filter(|language| *language != self.voice.language) {
            let in_course = self.names.has(&language);
            return Err(ClipFate::OtherLanguage { language, in_course });
        }
        let has_words = |key: &PhraseKey| self.phrase(key).is_some_and(|phrase| phrase.text.is_some());
        let mut phrases: Vec<_> = meaning.phrases.into_iter().collect();
        // Nobody has recorded what is on no sheet.
        if phrases.iter().any(has_words) {
            phrases.retain(has_words);
        }
        match &phrases[..] {
            [key] => match self.phrase(key) {
                Some(phrase) if phrase.text.is_some() => {
                    Ok(NamedAs::Take(key.clone(), meaning.take.unwrap_or(1).max(1)))
                }
                Some(_) | None => Err(ClipFate::Untranslated(key.clone())),
            },
            _ => Err(ClipFate::Ambiguous(phrases)),
        }
    }

    fn phrase(&self, key: &PhraseKey) -> Option<&SpokenPhrase> {
        self.progress.phrases.get(key).map(|progress| &progress.phrase)
    }

    /// A clip that the course does not have becomes the next take.
    fn new_take<'h>(
        &self,
        one: &'h HeardClip,
        session: &ImportSession,
        last: &mut BTreeMap<&'h PhraseKey, u32>,
    ) -> ClipFate {
        let key = &one.key;
        let Some(progress) = self.progress.phrases.get(key) else { return ClipFate::Unknown(None) };
        let after = last.get(key).map_or(1, |last| last.saturating_add(1));
        let number = one.take.max(progress.next_take()).max(after);
        if let Some(highest) = progress.takes.iter().find(|held| held.number >= number) {
            return ClipFate::LastTake(highest.path.clone());
        }
        last.insert(key, number);
        let name = if number == 1 { key.id.clone() } else { format!("{}_t{number}", key.id) };
        let file = format!("{}/{name}.{}", key.file, ending_of(&one.path));
        let faults = self.heard_faults(one, session, progress);
        ClipFate::Take(Box::new(NewTake {
            target: format!("{}/{file}", self.voice.folder()),
            record: self.record(one, &file, &faults),
            seconds: one.clip.facts.frames.0 as f64 / SampleRate::DEFAULT.as_f64(),
            faults,
            key: key.clone(),
        }))
    }

    fn heard_faults(
        &self,
        one: &HeardClip,
        session: &ImportSession,
        progress: &PhraseProgress,
    ) -> Vec<ClipFault> {
        let facts = one.clip.facts.clone();
        let (path, level) = (one.path.clone(), session.level);
        let take = Take { path, facts, session: level, stale: None, despite: Vec::new() };
        let doubt = self.by_sound.get(&one.path).and_then(|heard| heard.doubt.clone());
        let mut found = faults(&self.progress.survey, session.pace, &take, &progress.phrase);
        found.extend(doubt);
        found
    }

    fn record(&self, one: &HeardClip, file: &str, faults: &[ClipFault]) -> TakeRecord {
        TakeRecord {
            file: file.to_owned(),
            hash: one.clip.hash.clone(),
            text: self.phrase(&one.key).and_then(|phrase| phrase.text.clone()).unwrap_or_default(),
            date: Some(self.date.to_owned()),
            state: if faults.is_empty() { TakeState::Accepted } else { TakeState::ToHear },
            despite: Vec::new(),
        }
    }
}

/// What clips that come together are judged by.
struct ImportSession {
    /// Their level; `None` where they are few.
    level: Option<Lufs>,
    pace: Pace,
}

/// What the name of a file says.
enum NamedAs {
    Take(PhraseKey, u32),
    Room,
}

/// A clip that can be used, and what its name says.
struct HeardClip {
    key: PhraseKey,
    take: u32,
    path: String,
    clip: NewClip,
}

fn ending_of(path: &str) -> String {
    path.rsplit_once('.').map_or("wav", |(_, ending)| ending).to_lowercase()
}

fn unusable(path: &str, trouble: &SoundError) -> ClipFate {
    let (wrong, helps) = trouble.problem_and_advice();
    let wrong = wrong.strip_prefix(path).unwrap_or(&wrong).trim().to_owned();
    ClipFate::Unusable(ClipFault::other("unusable", wrong, texts(&helps)))
}

/// What is wrong with a recording of the room.
fn room_fault(room: &RoomMeasures) -> Option<ClipFault> {
    const AGAIN: &str = "record 10 to 30 seconds of the empty room";
    let wrong = if !room.sounds {
        "has no sound at all, and no room is as quiet as that".to_owned()
    } else if room.loud > MOST_LOUD {
        format!(
            "is no room tone: something loud is heard in {:.0} % of it, such as a voice",
            room.loud * 100.0
        )
    } else if room.seconds < SHORTEST_ROOM {
        format!("is too short for room tone: {}", print_measured(room.seconds, TENTH))
    } else {
        return None;
    };
    Some(ClipFault::other("room-tone", wrong, AGAIN))
}

/// The sounds of a folder and of those in it, in order.
#[derive(Default)]
struct FoundSounds {
    sounds: Vec<String>,
    /// Folders that are too deep to be looked into, and not empty.
    deep: Vec<String>,
}

impl FoundSounds {
    /// Looks into a folder. Other files and hidden ones are left out.
    fn look(&mut self, files: &dyn Files, folder: &str, depth: usize) -> Result<(), FileError> {
        for entry in files.list(Path::new(folder))? {
            if entry.name.starts_with('.') {
                continue;
            }
            let path =
                if folder.is_empty() { entry.name.clone() } else { format!("{folder}/{}", entry.name) };
            if entry.is_folder && depth < DEEPEST {
                self.look(files, &path, depth + 1)?;
            } else if entry.is_folder {
                let inside = files.list(Path::new(&path))?;
                if inside.iter().any(|inner| inner.is_folder || is_sound(&inner.name)) {
                    self.deep.push(path);
                }
            } else if is_sound(&entry.name) {
                self.sounds.push(path);
            }
        }
        Ok(())
    }
}

/// The sounds of a folder and the folders in it that can be read, by their paths.
///
/// # Errors
/// [`FileError`] if a folder cannot be read.
pub fn readable_sounds(folder: &dyn Files) -> Result<Vec<String>, FileError> {
    let mut found = FoundSounds::default();
    found.look(folder, "", 0)?;
    found.sounds.retain(|path| ENDINGS.contains(&ending_of(path).as_str()));
    found.sounds.sort();
    Ok(found.sounds)
}

fn is_sound(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase());
    ENDINGS.contains(&ending.as_str()) || OTHER_SOUNDS.contains(&ending.as_str())
}
