//! The list of what changed, as a folder below the output folder: `index.html`, `changes.json` and the sounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::compare::{ChangeKind, HeardChange, HeardSound, TimeSpan};
use super::page::page;
use super::pending::{MOST_SOUNDS, PendingTrack, change_key, remove};
use crate::build::out_folder::{BuildError, lock};
use crate::export::{ExportError, write_whole};

/// The folder of the lists, below the output folder.
pub const FOLDER: &str = "changes";

const DOCUMENT: &str = "changes.json";
const PAGE: &str = "index.html";

/// The version of the document; raised when a reader of the old one would misread the new one.
const SCHEMA: u32 = 1;

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeList {
    pub schema: u32,
    /// The day of the build (UTC): year, month and day.
    pub date: String,
    /// In order of the first track that has it.
    pub changes: Vec<ListedChange>,
}

/// A change, once for all tracks that have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedChange {
    pub kind: ChangeKind,
    /// The phrase, bell or bed; of a pause, what comes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The language of the first track.
    pub language: String,
    /// What is different, in words.
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<HeardSound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<HeardSound>,
    pub tracks: Vec<ListedFile>,
}

/// A track that has a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedFile {
    pub title: String,
    /// Its files of sound, below the output folder.
    pub files: Vec<String>,
    /// Where it was, in seconds.
    pub was: TimeSpan,
    /// Where it is.
    pub is: TimeSpan,
    /// How it sounded, with a second around it: a file in the folder of the list. Only the first few tracks have sounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound_before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound_after: Option<String>,
}

/// A list that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenChanges {
    pub page: PathBuf,
    pub changes: usize,
    /// How many tracks have changed.
    pub tracks: usize,
}

impl ChangeList {
    /// How many tracks have changed.
    pub fn tracks(&self) -> usize {
        let tracks = self.changes.iter().flat_map(|change| &change.tracks).map(|track| &track.files);
        tracks.collect::<BTreeSet<_>>().len()
    }

    /// The document as JSON.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a document of plain data");
        format!("{text}\n")
    }
}

/// Writes the list of what builds have replaced since the last list, into a folder of its own that is named by the day.
/// `None` if nothing was.
///
/// # Errors
/// [`BuildError`] if another build is at work or the folder cannot be written.
pub fn write_changes(out: &Path) -> Result<Option<WrittenChanges>, BuildError> {
    let _lock = lock(out)?;
    let tracks = PendingTrack::complete(out);
    if tracks.is_empty() {
        return Ok(None);
    }
    let now = DateTime::<Utc>::from(SystemTime::now());
    let gathered = Gathered::of(&tracks, now.format("%Y-%m-%d").to_string());
    let list = &gathered.list;
    let folder = match last_folder(out, &list.date) {
        // A build was stopped after it had written this list.
        (Some(last), _) if is_written(&last, list) => last,
        (_, next) => {
            gathered.write(&next)?;
            next
        }
    };
    tracks.iter().for_each(|(folder, _)| remove(folder));
    Ok(Some(WrittenChanges { page: folder.join(PAGE), changes: list.changes.len(), tracks: list.tracks() }))
}

/// The last list of a day, and the folder for the next.
fn last_folder(out: &Path, date: &str) -> (Option<PathBuf>, PathBuf) {
    let folder = out.join(FOLDER);
    let (mut last, mut next) = (None, folder.join(date));
    for number in 2.. {
        if !next.join(DOCUMENT).is_file() {
            break;
        }
        last = Some(std::mem::replace(&mut next, folder.join(format!("{date}-{number}"))));
    }
    (last, next)
}

fn is_written(folder: &Path, list: &ChangeList) -> bool {
    fs::read(folder.join(DOCUMENT)).is_ok_and(|there| there == list.json().as_bytes())
}

/// A list and where its sounds are.
struct Gathered {
    list: ChangeList,
    /// The name in the folder of the list, and the file.
    sounds: Vec<(String, PathBuf)>,
}

impl Gathered {
    fn of(tracks: &[(PathBuf, PendingTrack)], date: String) -> Self {
        let mut list = ChangeList { schema: SCHEMA, date, changes: Vec::new() };
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut sounds = Vec::new();
        for (folder, track) in tracks {
            for pending in &track.changes {
                let HeardChange { kind, id, note, before, after, was, is } = &pending.change;
                let key = change_key(&track.language, &pending.change);
                let place = *places.entry(key).or_insert(list.changes.len());
                if place == list.changes.len() {
                    list.changes.push(ListedChange {
                        kind: *kind,
                        id: id.clone(),
                        language: track.language.clone(),
                        note: note.clone(),
                        before: before.clone(),
                        after: after.clone(),
                        tracks: Vec::new(),
                    });
                }
                let listed = &mut list.changes[place].tracks;
                let has_sounds =
                    |listed: &&ListedFile| listed.sound_before.is_some() || listed.sound_after.is_some();
                let is_shown = listed.iter().filter(has_sounds).count() < MOST_SOUNDS;
                let mut sound = |name: &Option<String>, side: &str| {
                    let name = name.as_ref().filter(|_| is_shown)?;
                    let ending = Path::new(name).extension()?.to_string_lossy();
                    let own = format!("sounds/{}-{}-{side}.{ending}", place + 1, listed.len() + 1);
                    sounds.push((own.clone(), folder.join(name)));
                    Some(own)
                };
                let sound_before = sound(&pending.sound_before, "before");
                let sound_after = sound(&pending.sound_after, "after");
                listed.push(ListedFile {
                    title: track.title.clone(),
                    files: track.files.clone(),
                    was: *was,
                    is: *is,
                    sound_before,
                    sound_after,
                });
            }
        }
        Self { list, sounds }
    }

    /// The sounds first, the document last.
    fn write(&self, folder: &Path) -> Result<(), ExportError> {
        for (name, from) in &self.sounds {
            let sound = fs::read(from).map_err(|error| ExportError::new(from, error))?;
            write_whole(folder.join(name), &sound)?;
        }
        write_whole(folder.join(PAGE), page(&self.list).as_bytes())?;
        write_whole(folder.join(DOCUMENT), self.list.json().as_bytes())
    }
}
