//! Finds the recordings of a voice: `<script>/<phrase>[_tN].<ending>` below its folder. The highest accepted take wins,
//! unless another one is chosen (`script::takes_file`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::store::Store;
use crate::files::{FileError, Files};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TakeRecord, TakeState, is_spoken_alike};
use crate::script::voice::Voice;

/// The file name endings of recordings. If one take exists in several formats, the first of them in this list is
/// used.
pub const ENDINGS: [&str; 10] = ["wav", "flac", "aiff", "aif", "caf", "ogg", "opus", "webm", "mp3", "m4a"];

/// The folder beside the takes of a script in which rejected ones lie. Nothing in it is used or missed.
pub const REJECTED: &str = "rejected";

/// A recording of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeFile {
    /// The path relative to the course folder.
    pub path: String,
    /// Which take it is, from 1.
    pub number: u32,
    /// What is remembered of it; `None` for a file that nobody has accepted, or that is another one by now.
    pub record: Option<TakeRecord>,
    /// The recording session that the file beside it names.
    pub session: Option<String>,
}

impl TakeFile {
    pub fn state(&self) -> TakeState {
        self.record.as_ref().map_or(TakeState::Accepted, |record| record.state)
    }

    /// The words it was recorded for, where these are others.
    pub fn stale(&self, text: &str) -> Option<String> {
        let record = self.record.as_ref()?;
        (!is_spoken_alike(&record.text, text)).then(|| record.text.clone())
    }

    /// The ids of the checks that it was accepted with.
    pub fn despite(&self) -> Vec<String> {
        self.record.as_ref().map_or_else(Vec::new, |record| record.despite.clone())
    }
}

/// All takes of each phrase, the one that is used first; rejected ones are last.
///
/// # Errors
/// [`FileError`] if a folder of the voice cannot be listed.
pub fn all_takes(store: &Store<'_>, voice: &Voice) -> Result<BTreeMap<PhraseKey, Vec<TakeFile>>, FileError> {
    let records: BTreeMap<&str, &TakeRecord> =
        voice.takes.iter().map(|record| (record.value.file.as_str(), &record.value)).collect();
    let mut found: BTreeMap<PhraseKey, Vec<(usize, TakeFile)>> = BTreeMap::new();
    for ListedTake { key, file, rank: (number, preference), beside } in listed(store.files, voice)? {
        let path = format!("{}/{file}", voice.folder());
        let session = beside.and_then(|beside| session_of_sidecar(store.files, &beside));
        // A file that cannot be read is told where it is used.
        let same =
            |record: &&&TakeRecord| store.source_key(&path).is_ok_and(|hash| hash.to_string() == record.hash);
        let record = records.get(file.as_str()).filter(same).map(|record| (*record).clone());
        found.entry(key).or_default().push((preference, TakeFile { path, number, record, session }));
    }
    let in_order = |(key, mut takes): (PhraseKey, Vec<(usize, TakeFile)>)| {
        takes.sort_by_key(|(preference, take)| (rank(take.state()), Reverse((take.number, *preference))));
        (key, takes.into_iter().map(|(_, take)| take).collect())
    };
    Ok(found.into_iter().map(in_order).collect())
}

/// A recording as it lies in the folder of a voice.
struct ListedTake {
    key: PhraseKey,
    /// The path below the folder of the voice.
    file: String,
    rank: Rank,
    /// The path of the file beside it that says how it was recorded.
    beside: Option<String>,
}

/// Every recording of a voice, in the order of files.
fn listed(files: &dyn Files, voice: &Voice) -> Result<Vec<ListedTake>, FileError> {
    let folder = voice.folder();
    let mut found = Vec::new();
    for script in files.list(Path::new(&folder))?.into_iter().filter(|entry| entry.is_folder) {
        let inside = format!("{folder}/{}", script.name);
        let entries: Vec<_> =
            files.list(Path::new(&inside))?.into_iter().filter(|entry| !entry.is_folder).collect();
        let beside: BTreeSet<&str> =
            entries.iter().filter_map(|entry| entry.name.strip_suffix(".toml")).collect();
        for entry in &entries {
            let Some((id, rank)) = parse(&entry.name) else { continue };
            let key = PhraseKey { file: script.name.clone(), id: id.to_owned() };
            let stem = entry.name.rsplit_once('.').map_or("", |(stem, _)| stem);
            let beside = beside.contains(stem).then(|| format!("{inside}/{stem}.toml"));
            found.push(ListedTake { key, file: format!("{}/{}", script.name, entry.name), rank, beside });
        }
    }
    Ok(found)
}

/// The recording session that the file beside a take names. What cannot be read names none: it is no part of the sound.
fn session_of_sidecar(files: &dyn Files, path: &str) -> Option<String> {
    let bytes = files.read(Path::new(path)).ok()?;
    let table: toml::Table = std::str::from_utf8(&bytes).ok()?.parse().ok()?;
    let session = table.get("session")?.as_str()?;
    (!session.is_empty()).then(|| session.to_owned())
}

/// The path of the take of each phrase that is used, by the names of files alone: a file that replaces another of the same
/// name counts as that one.
///
/// # Errors
/// As [`all_takes`].
pub fn takes(files: &dyn Files, voice: &Voice) -> Result<BTreeMap<PhraseKey, String>, FileError> {
    let state = |file: &str| {
        let record = voice.takes.iter().find(|record| record.value.file == file);
        record.map_or(TakeState::Accepted, |record| record.value.state)
    };
    let mut takes = listed(files, voice)?;
    takes.retain(|take| state(&take.file) != TakeState::Rejected);
    takes.sort_by_key(|take| Reverse((Reverse(rank(state(&take.file))), take.rank)));
    let mut found = BTreeMap::new();
    for take in takes {
        found.entry(take.key).or_insert_with(|| format!("{}/{}", voice.folder(), take.file));
    }
    Ok(found)
}

/// The place of a take in the order of use.
fn rank(state: TakeState) -> u8 {
    match state {
        TakeState::Chosen => 0,
        TakeState::Accepted => 1,
        TakeState::ToHear => 2,
        TakeState::Unheard => 3,
        TakeState::Rejected => 4,
    }
}

/// The take of each phrase that is used.
///
/// # Errors
/// As [`all_takes`].
pub fn used_takes(store: &Store<'_>, voice: &Voice) -> Result<BTreeMap<PhraseKey, TakeFile>, FileError> {
    let first = |(key, takes): (PhraseKey, Vec<TakeFile>)| {
        let take = takes.into_iter().next()?;
        (take.state() != TakeState::Rejected).then_some((key, take))
    };
    Ok(all_takes(store, voice)?.into_iter().filter_map(first).collect())
}

/// The recording of the voice's room tone: `room-tone` in its folder, with one of the [`ENDINGS`].
///
/// # Errors
/// [`FileError`] if the folder cannot be listed.
pub fn room_file(files: &dyn Files, voice: &Voice) -> Result<Option<String>, FileError> {
    let folder = voice.folder();
    let entries = files.list(Path::new(&folder))?;
    let named = |ending: &&str| {
        entries.iter().find(|entry| !entry.is_folder && entry.name == format!("room-tone.{ending}"))
    };
    Ok(ENDINGS.iter().find_map(named).map(|entry| format!("{folder}/{}", entry.name)))
}

/// Whether a voice has any recording of a phrase.
///
/// # Errors
/// [`FileError`] if a folder of the voice cannot be listed.
pub fn has_recordings(files: &dyn Files, language: &Language, voice: &str) -> Result<bool, FileError> {
    let folder = format!("voice/{language}/{voice}");
    for script in files.list(Path::new(&folder))?.into_iter().filter(|entry| entry.is_folder) {
        let inside = files.list(Path::new(&format!("{folder}/{}", script.name)))?;
        if inside.iter().any(|entry| !entry.is_folder && parse(&entry.name).is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The take number of a recording.
pub fn take_of(path: &str) -> u32 {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    parse(name).map_or(1, |(_, rank)| rank.0)
}

/// What the name of a recording says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeName<'a> {
    /// The id of the phrase.
    pub id: &'a str,
    /// Which take it is, from 1.
    pub number: u32,
    /// Of two formats of one take, that with the higher preference is used.
    pub preference: usize,
}

/// Reads the name of a recording; `None` for another file.
pub fn take_name(name: &str) -> Option<TakeName<'_>> {
    parse(name).map(|(id, (number, preference))| TakeName { id, number, preference })
}

/// The take number, and the preference for the file's format among files of the same take.
type Rank = (u32, usize);

/// The phrase id and the rank of a file name; `None` if it is not the name of a recording.
fn parse(name: &str) -> Option<(&str, Rank)> {
    let (stem, ending) = name.rsplit_once('.')?;
    if stem.starts_with('.') {
        return None;
    }
    let ending = ending.to_ascii_lowercase();
    let kind = ENDINGS.iter().position(|known| *known == ending)?;
    let preferred = ENDINGS.len() - kind;
    let (id, take) = match stem.rsplit_once("_t") {
        Some((id, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            (id, number.parse().ok()?)
        }
        _ => (stem, 1),
    };
    (!id.is_empty()).then_some((id, (take, preferred)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_gives_the_phrase_the_take_and_the_format() {
        assert_eq!(parse("plek.wav"), Some(("plek", (1, 10))));
        assert_eq!(parse("plek_t12.FLAC"), Some(("plek", (12, 9))));
        assert_eq!(parse("een_tweede.mp3"), Some(("een_tweede", (1, 2))));
        for other in [".hidden.wav", "voice.toml", "plek", "_t2.wav", "plek_t99999999999.wav"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn records_decide_which_take_is_used() {
        let files = crate::files::MemoryFiles::new()
            .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\n")
            .with(
                "voice/nl/a/voice.toml",
                "name = \"A\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n",
            )
            .with(
                "voice/nl/a/takes.toml",
                "take = [\n{ file = \"p/x_t3.wav\", hash = \"-\", text = \"A\", state = \"to-hear\" },\n\
                 { file = \"p/y.wav\", hash = \"-\", text = \"A\", state = \"rejected\" },\n\
                 { file = \"p/z.wav\", hash = \"-\", text = \"A\", state = \"chosen\" },\n\
                 { file = \"q/alone.wav\", hash = \"-\", text = \"A\", state = \"unheard\" },\n\
                 { file = \"q/two.wav\", hash = \"-\", text = \"A\", state = \"to-hear\" },\n\
                 { file = \"q/two_t2.wav\", hash = \"-\", text = \"A\", state = \"unheard\" },\n]\n",
            );
        let names = ["x.wav", "x_t2.ogg", "x_t2.wav", "x_t3.wav", "y.wav", "z.wav", "z_t2.wav"];
        let files = names.iter().fold(files, |files, name| files.with(format!("voice/nl/a/p/{name}"), ""));
        // What nobody has heard is used only where there is no other take.
        let unheard = ["alone.wav", "two.wav", "two_t2.wav"];
        let files = unheard.iter().fold(files, |files, name| files.with(format!("voice/nl/a/q/{name}"), ""));
        let course = crate::script::Course::open(&files, &crate::diag::Sink::new()).unwrap();
        let voice = course.voices.values().next().unwrap();
        let used: Vec<_> = takes(&files, voice).unwrap().into_values().collect();
        let wanted =
            ["p/x_t2.wav", "p/z.wav", "q/alone.wav", "q/two.wav"].map(|file| format!("voice/nl/a/{file}"));
        assert_eq!(used, wanted);
    }

    #[test]
    fn the_highest_take_wins_then_the_preferred_format() {
        assert!(parse("a_t2.mp3").unwrap().1 > parse("a.wav").unwrap().1);
        assert!(parse("a.wav").unwrap().1 > parse("a.ogg").unwrap().1);
    }
}
