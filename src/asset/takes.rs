//! Finds the recordings of a voice: `<script>/<phrase>[_tN].<ending>` below its folder. The highest take number wins.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files::{FileError, Files};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;

/// The file name endings of recordings. If one take exists in several formats, the first of them in this list is
/// used.
pub const ENDINGS: [&str; 9] = ["wav", "flac", "aiff", "aif", "caf", "ogg", "opus", "mp3", "m4a"];

/// The file of each phrase, relative to the course folder.
///
/// # Errors
/// [`FileError`] if a folder of the voice cannot be listed.
pub fn takes(files: &dyn Files, voice: &Voice) -> Result<BTreeMap<PhraseKey, String>, FileError> {
    let folder = voice.folder();
    let mut best: BTreeMap<PhraseKey, (Rank, String)> = BTreeMap::new();
    for script in files.list(Path::new(&folder))?.into_iter().filter(|entry| entry.is_folder) {
        let inside = format!("{folder}/{}", script.name);
        for entry in files.list(Path::new(&inside))?.into_iter().filter(|entry| !entry.is_folder) {
            let Some((id, rank)) = parse(&entry.name) else { continue };
            let key = PhraseKey { file: script.name.clone(), id: id.to_owned() };
            let path = format!("{inside}/{}", entry.name);
            match best.get(&key) {
                Some((held, _)) if *held >= rank => {}
                _ => {
                    best.insert(key, (rank, path));
                }
            }
        }
    }
    Ok(best.into_iter().map(|(key, (_, path))| (key, path)).collect())
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
        assert_eq!(parse("plek.wav"), Some(("plek", (1, 9))));
        assert_eq!(parse("plek_t12.FLAC"), Some(("plek", (12, 8))));
        assert_eq!(parse("een_tweede.mp3"), Some(("een_tweede", (1, 2))));
        for other in [".hidden.wav", "voice.toml", "plek", "_t2.wav", "plek_t99999999999.wav"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn the_highest_take_wins_then_the_preferred_format() {
        assert!(parse("a_t2.mp3").unwrap().1 > parse("a.wav").unwrap().1);
        assert!(parse("a.wav").unwrap().1 > parse("a.ogg").unwrap().1);
    }
}
