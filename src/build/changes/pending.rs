//! What a build remembers of a track until its changes are listed: before its files are replaced, what will change and how
//! that sounded; after, how it sounds. A build that is killed between the two finds the first again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::compare::{ChangeKind, HeardChange, HeardSound, TimeSpan, compare, unknown};
use super::excerpt::{PlannedExcerpt, cut};
use crate::build::matrix::BuildTarget;
use crate::build::record::{BuiltFile, FOLDER as RECORDS, Record};
use crate::engine::{Engine, Error, Ingredients, Plan};
use crate::export::{ExportError, Tags, write_whole};
use crate::layout::TimelineDocument;

/// Below the folder of the records.
const PENDING: &str = "changes";
/// The timelines that the released files were rendered from, below the folder of the records.
const HEARD: &str = "heard";
const CHANGE: &str = "change.json";

/// The version of what is kept; another one is not read.
const SCHEMA: u32 = 1;

/// A change that is heard in several tracks has sounds for so many of them.
pub(super) const MOST_SOUNDS: usize = 3;

/// The changes of a track that are not listed yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PendingTrack {
    schema: u32,
    /// Its files without their endings, below the output folder.
    pub stem: String,
    pub language: String,
    pub title: String,
    /// The files of sound that are replaced.
    pub files: Vec<String>,
    pub changes: Vec<PendingChange>,
    /// Whether the files have been replaced.
    pub is_complete: bool,
}

/// A change and its sounds, whose paths are relative to the folder of the track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PendingChange {
    pub change: HeardChange,
    /// Whether it is to have sounds.
    with_sounds: bool,
    pub sound_before: Option<String>,
    pub sound_after: Option<String>,
}

impl PendingTrack {
    /// The tracks of an output folder whose files have been replaced and whose changes are not listed yet, with their
    /// folders, in order of their stems.
    pub(super) fn complete(out: &Path) -> Vec<(PathBuf, Self)> {
        let Ok(entries) = fs::read_dir(folder(out)) else { return Vec::new() };
        let read = |entry: fs::DirEntry| Some((entry.path(), Self::read(&entry.path())?));
        let mut found: Vec<_> = entries.flatten().filter_map(read).collect();
        found.retain(|(_, track)| track.is_complete);
        found.sort_by(|one, other| (&one.1.stem, &one.0).cmp(&(&other.1.stem, &other.0)));
        found
    }

    fn read(folder: &Path) -> Option<Self> {
        let track: Self = serde_json::from_slice(&fs::read(folder.join(CHANGE)).ok()?).ok()?;
        (track.schema == SCHEMA).then_some(track)
    }

    fn write(&self, folder: &Path) -> Result<(), ExportError> {
        write_whole(folder.join(CHANGE), &serde_json::to_vec(self).expect("a document of plain data"))
    }
}

fn folder(out: &Path) -> PathBuf {
    out.join(RECORDS).join(PENDING)
}

/// By what changes are told apart: those that are equal are listed once, with the tracks they are heard in.
pub(super) fn change_key(language: &str, change: &HeardChange) -> String {
    let HeardChange { kind, id, note, before, after, .. } = change;
    let words = |sound: &Option<HeardSound>| {
        sound.as_ref().map(|sound| (sound.text.clone(), sound.take.clone(), sound.draft))
    };
    // A bed or a bell is the same in every language.
    let language = if *kind == ChangeKind::Phrase { language } else { "" };
    format!("{:?}", (language, kind, id, note, words(before), words(after)))
}

/// Notes what a build changes in the tracks it renders.
#[derive(Debug)]
pub(in crate::build) struct ChangeRecorder {
    out: PathBuf,
    /// How many tracks have sounds for a change, by its key.
    with_sounds: Mutex<BTreeMap<String, usize>>,
}

/// A track that is about to be replaced.
pub(in crate::build) struct OpenChange {
    out: PathBuf,
    folder: PathBuf,
    track: PendingTrack,
    before: Vec<BuiltFile>,
    tags: Tags,
}

impl ChangeRecorder {
    pub(in crate::build) fn new(out: &Path) -> Self {
        Self { out: out.to_owned(), with_sounds: Mutex::default() }
    }

    /// Keeps what is needed of a track before its files are replaced; `None` if nothing in them can be heard to change.
    ///
    /// # Errors
    /// [`Error`] if it cannot be written.
    pub(in crate::build) fn begin(
        &self,
        engine: &Engine,
        target: &BuildTarget,
        known: &Record,
        plan: &Plan,
        ingredients: &Ingredients,
    ) -> Result<Option<OpenChange>, Error> {
        let is_sound = |file: &&BuiltFile| target.files().any(|path| *path == Path::new(&file.path));
        let before: Vec<BuiltFile> = known.files.iter().filter(is_sound).cloned().collect();
        let names = ingredients.changes_since(&known.ingredients).names;
        let Some(first) = before.first() else { return Ok(None) };
        let after = document(plan, target);
        let key = format!("{}\n{}\n{}", target.stem, first.sha256, ingredients.generation());
        let folder = folder(&self.out).join(&blake3::hash(key.as_bytes()).to_hex()[..24]);
        let tags = Tags {
            chapters: Vec::new(),
            lyrics: None,
            ..Tags::of(engine.course(), &plan.session, &plan.timeline)
        };
        let open = |track| OpenChange {
            out: self.out.clone(),
            folder: folder.clone(),
            track,
            before: before.clone(),
            tags: tags.clone(),
        };
        // From a build that was stopped before it could remember that the track is done.
        if let Some(track) = PendingTrack::read(&folder) {
            return Ok(Some(open(track)));
        }
        let changes =
            match known.track.generation.as_deref().and_then(|own| heard(&self.out, &target.stem, own)) {
                Some(before) => compare(&before, &after, &names),
                None if names.is_empty() => Vec::new(),
                None => vec![unknown(&after)],
            };
        if changes.is_empty() {
            return Ok(None);
        }
        let language = known.track.language.clone();
        let pending = |change: HeardChange| PendingChange {
            with_sounds: change.kind != ChangeKind::Tags && self.is_shown(change_key(&language, &change)),
            change,
            sound_before: None,
            sound_after: None,
        };
        let track = PendingTrack {
            schema: SCHEMA,
            stem: target.stem.clone(),
            title: known.track.title.clone(),
            files: before.iter().map(|file| file.path.clone()).collect(),
            changes: changes.into_iter().map(pending).collect(),
            is_complete: false,
            language: language.clone(),
        };
        let mut open = open(track);
        if let Some(file) = before.iter().find(|file| file.is_there(&self.out)) {
            open.cut(&self.out.join(&file.path), Side::Before)?;
        }
        open.track.write(&open.folder)?;
        Ok(Some(open))
    }

    /// Whether one more track is to have sounds for a change.
    fn is_shown(&self, key: String) -> bool {
        let mut counts = self.with_sounds.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_default();
        *count += 1;
        *count <= MOST_SOUNDS
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Before,
    After,
}

impl OpenChange {
    /// Keeps how the track sounds now that its files have been replaced by these. What sounds the same is forgotten.
    ///
    /// # Errors
    /// [`Error`] if it cannot be written.
    pub(in crate::build) fn finish(mut self, files: &[BuiltFile]) -> Result<(), Error> {
        let is_same = |before: &BuiltFile| {
            files.iter().any(|file| file.path == before.path && file.sha256 == before.sha256)
        };
        if self.before.iter().all(is_same) {
            remove(&self.folder);
            return Ok(());
        }
        if self.track.is_complete {
            return Ok(());
        }
        if let Some(first) = files.first() {
            let path = self.out.join(&first.path);
            self.cut(&path, Side::After)?;
        }
        self.track.is_complete = true;
        Ok(self.track.write(&self.folder)?)
    }

    /// Cuts the stretches that changed out of a file.
    fn cut(&mut self, sound: &Path, side: Side) -> Result<(), ExportError> {
        let shown: Vec<usize> =
            (0..self.track.changes.len()).filter(|&index| self.track.changes[index].with_sounds).collect();
        let plan = |&index: &usize| {
            let change = &self.track.changes[index].change;
            let (stretch, name): (TimeSpan, _) = match side {
                Side::Before => (change.was, "before"),
                Side::After => (change.is, "after"),
            };
            PlannedExcerpt { stretch, to: self.folder.join(format!("{}-{name}", index + 1)) }
        };
        let planned: Vec<_> = shown.iter().map(plan).collect();
        let written = cut(sound, &planned, &self.tags)?;
        for (index, path) in shown.into_iter().zip(written) {
            let name = path.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
            let change = &mut self.track.changes[index];
            match side {
                Side::Before => change.sound_before = name,
                Side::After => change.sound_after = name,
            }
        }
        Ok(())
    }
}

/// Removes the folder of a track.
pub(super) fn remove(folder: &Path) {
    // The description first: without it nobody reads the rest. What cannot be removed only takes room.
    let _ = fs::remove_file(folder.join(CHANGE));
    let _ = fs::remove_dir_all(folder);
}

/// The timeline that a target is rendered from.
fn document(plan: &Plan, target: &BuildTarget) -> TimelineDocument {
    TimelineDocument::of(&plan.timeline).rendered(target.render.mix, &plan.session.preset.name)
}

fn heard_path(out: &Path, stem: &str, generation: &str) -> PathBuf {
    let name = format!("{}-{generation}.json", &blake3::hash(stem.as_bytes()).to_hex()[..24]);
    out.join(RECORDS).join(HEARD).join(name)
}

/// The timeline that the files of a target were rendered from, if this folder knows it.
fn heard(out: &Path, stem: &str, generation: &str) -> Option<TimelineDocument> {
    TimelineDocument::read(&fs::read(heard_path(out, stem, generation)).ok()?).ok()
}

/// Keeps the timeline that the files of a target were rendered from.
///
/// # Errors
/// [`ExportError`] if it cannot be written.
pub(in crate::build) fn keep_heard(
    out: &Path,
    target: &BuildTarget,
    plan: &Plan,
    generation: &str,
) -> Result<(), ExportError> {
    let document = serde_json::to_vec(&document(plan, target)).expect("a document of plain data");
    write_whole(heard_path(out, &target.stem, generation), &document)
}

/// Removes the timeline of an earlier render of a target.
pub(in crate::build) fn forget_heard(out: &Path, stem: &str, generation: &str) {
    // One that stays is of no render that is there, and is never read.
    let _ = fs::remove_file(heard_path(out, stem, generation));
}
