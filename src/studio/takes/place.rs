//! Where a take lies: `<script>/<phrase>_tN.wav` in the folder of its voice, with a sidecar beside it; rejected ones in a folder of
//! their own, where no render looks.

use std::path::{Path, PathBuf};

use super::kept_sounds::ASIDE;
use super::session::SESSIONS;
use super::sidecar::{TakeOrigin, UnheardWhy, sidecar, take_of_sidecar, unheard_of_sidecar};
use crate::asset::takes::{REJECTED, take_name};
use crate::export::{FolderLock, write_whole};
use crate::files::Files as _;
use crate::http::problem::Problem;
use crate::recording::records::{with_records, without_record};
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TAKES_FILE, TakeRecord, TakeState};
use crate::studio::answer::told;
use crate::studio::cause::FoundCause;
use crate::studio::disk::part_file::{PartFile, TakeStart, move_new, sync_folder};
use crate::studio::refusal::{Refusal, failed};
use crate::studio::{StudioCourse, today};

/// A take that has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The folder of its voice.
    pub voice: String,
    pub key: PhraseKey,
    pub number: u32,
    /// Below the folder of the voice.
    pub file: String,
}

/// A take of a phrase that is about to get its name.
pub(super) struct UnnamedTake<'a> {
    pub key: &'a PhraseKey,
    pub start: &'a TakeStart,
    pub frames: u64,
    /// The hash of its file.
    pub hash: String,
    pub state: TakeState,
    /// Why it has to be heard first; its state says so too.
    pub unheard: Option<UnheardWhy>,
    pub origin: TakeOrigin<'a>,
}

/// Gives a take its name, and writes its record and the file beside it; its sound has to follow, at the path that is returned. The
/// record is written first: a record without its take does no harm, but a take without a record would count as one of whatever the
/// words are later.
pub(super) fn name_take(
    course: &StudioCourse,
    voice: &str,
    take: UnnamedTake<'_>,
) -> Result<(Placed, PathBuf), Problem> {
    let UnnamedTake { key, start, frames, hash, state, unheard, origin } = take;
    let number = next_number(course, voice, key)?;
    let file = format!("{}/{}_t{number}.wav", key.file, key.id);
    let target = course.place(&format!("{voice}/{file}"))?;
    let record = TakeRecord {
        file: file.clone(),
        hash,
        text: start.text.clone(),
        date: Some(today()),
        state,
        despite: Vec::new(),
    };
    remember(course, voice, |text| with_records(text, std::slice::from_ref(&record)))?;
    write_whole(target.with_extension("toml"), sidecar(start, frames, origin, unheard).as_bytes())
        .map_err(failed)?;
    Ok((Placed { voice: voice.to_owned(), key: key.clone(), number, file }, target))
}

/// Gives a take of a phrase that was recorded its place, under the lock of the course.
pub(super) fn place_phrase(
    course: &StudioCourse,
    part: &mut PartFile,
    key: &PhraseKey,
    unheard: Option<UnheardWhy>,
    _alone: &FolderLock,
) -> Result<Placed, Problem> {
    let start = part.start().clone();
    let take = UnnamedTake {
        key,
        start: &start,
        frames: part.frames(),
        hash: hash_of(part)?,
        state: if unheard.is_some() { TakeState::Unheard } else { TakeState::ToHear },
        unheard,
        origin: TakeOrigin::Recorded,
    };
    let (placed, target) = name_take(course, &format!("voice/{}/{}", start.language, start.voice), take)?;
    part.place(&target).map_err(|error| disk(&target, &error))?;
    Ok(placed)
}

/// Keeps what was recorded in its session, as a file below the folder of the voice.
pub(super) fn keep_in_session(
    course: &StudioCourse,
    voice: &str,
    part: &mut PartFile,
    file: &str,
) -> Result<(), Problem> {
    let target = course.place(&format!("{voice}/{file}"))?;
    let beside = sidecar(part.start(), part.frames(), TakeOrigin::Recorded, None);
    write_whole(target.with_extension("toml"), beside.as_bytes()).map_err(failed)?;
    part.place(&target).map_err(|error| disk(&target, &error))
}

/// The take of a phrase that has this id, where it has its place already: the page was not told, as one of the two ended too soon.
pub(super) fn already_placed(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    take: &str,
) -> Option<Placed> {
    for folder in [key.file.clone(), format!("{}/{REJECTED}", key.file)] {
        for entry in course.files().list(Path::new(&format!("{voice}/{folder}"))).unwrap_or_default() {
            let Some(name) = take_name(&entry.name).filter(|name| name.id == key.id) else { continue };
            let Some((stem, _)) = entry.name.rsplit_once('.') else { continue };
            let beside = text(course, &format!("{voice}/{folder}/{stem}.toml")).unwrap_or_default();
            if take_of_sidecar(&beside).as_deref() == Some(take) {
                let file = format!("{folder}/{}", entry.name);
                return Some(Placed { voice: voice.to_owned(), key: key.clone(), number: name.number, file });
            }
        }
    }
    None
}

/// Why a take of a voice has to be heard, as the file beside it says; the path of the take is below the folder of the voice.
pub(super) fn unheard_why(course: &StudioCourse, voice: &str, file: &str) -> Option<UnheardWhy> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    unheard_of_sidecar(&text(course, &format!("{voice}/{stem}.toml")).ok()?)
}

/// The recording in a session whose take has this id, and whose name begins so; below the folder of the voice.
pub(super) fn placed_in_session(
    course: &StudioCourse,
    voice: &str,
    session: &str,
    stem: &str,
    take: &str,
) -> Option<String> {
    let folder = format!("{SESSIONS}/{session}");
    let entries = course.files().list(Path::new(&format!("{voice}/{folder}"))).ok()?;
    let mut stems = entries.iter().filter_map(|entry| entry.name.strip_suffix(".wav"));
    let is_it = |name: &&str| {
        let beside = text(course, &format!("{voice}/{folder}/{name}.toml")).unwrap_or_default();
        name.starts_with(stem) && take_of_sidecar(&beside).as_deref() == Some(take)
    };
    Some(format!("{folder}/{}.wav", stems.find(is_it)?))
}

/// The first name `<stem>.wav`, `<stem>_2.wav` … that nothing has in a session of a voice; below the folder of the voice.
pub(super) fn free_in_session(
    course: &StudioCourse,
    voice: &str,
    session: &str,
    stem: &str,
) -> Result<String, Problem> {
    let folder = format!("{SESSIONS}/{session}");
    let list = |folder: &str| course.files().list(Path::new(&format!("{voice}/{folder}"))).map_err(failed);
    // What was put aside keeps its name, as takes may name it.
    let mut entries = list(&folder)?;
    entries.extend(list(&format!("{folder}/{ASIDE}"))?);
    let numbered = (2..u32::MAX).map(|number| format!("{stem}_{number}"));
    let is_free = |name: &String| {
        let (sound, beside) = (format!("{name}.wav"), format!("{name}.toml"));
        entries.iter().all(|entry| entry.name != sound && entry.name != beside)
    };
    let name = std::iter::once(stem.to_owned()).chain(numbered).find(is_free).unwrap_or_default();
    Ok(format!("{folder}/{name}.wav"))
}

/// The number after the highest that any take of a phrase has, rejected ones too.
pub(super) fn next_number(course: &StudioCourse, voice: &str, key: &PhraseKey) -> Result<u32, Problem> {
    let folders = [format!("{voice}/{}", key.file), format!("{voice}/{}/{REJECTED}", key.file)];
    let mut highest = 0;
    for folder in folders {
        let entries = course.files().list(Path::new(&folder));
        let entries = entries.map_err(failed)?;
        let numbers =
            entries.iter().filter_map(|entry| take_name(&entry.name)).filter(|take| take.id == key.id);
        highest = numbers.map(|take| take.number).max().unwrap_or(0).max(highest);
    }
    Ok(highest.saturating_add(1))
}

fn hash_of(part: &PartFile) -> Result<String, Problem> {
    part.hash().map_err(|error| disk(&part.path(), &error))
}

/// Changes the records of a voice, under the lock of the course.
pub(super) fn remember(
    course: &StudioCourse,
    voice: &str,
    change: impl FnOnce(&str) -> Result<String, toml_edit::TomlError>,
) -> Result<(), Problem> {
    let path = format!("{voice}/{TAKES_FILE}");
    let old = text(course, &path)?;
    let new =
        change(&old).map_err(|error| Refusal::NotToml.with(&[("file", &path), ("why", &error.message())]))?;
    if new == old {
        return Ok(());
    }
    write_whole(course.place(&path)?, new.as_bytes()).map_err(failed)
}

/// A text of the course; empty if there is none.
pub(super) fn text(course: &StudioCourse, path: &str) -> Result<String, Problem> {
    if !course.files().exists(Path::new(path)) {
        return Ok(String::new());
    }
    let bytes = course.files().read(Path::new(path)).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| Refusal::NotUtf8.with(&[("file", &path)]))
}

/// Where a take of a phrase with this number lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundTake {
    /// Below the folder of the voice.
    pub file: String,
    pub rejected: bool,
}

/// Finds a take by its number.
pub(super) fn find_take(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    number: u32,
) -> Result<FoundTake, Problem> {
    for (folder, rejected) in [(key.file.clone(), false), (format!("{}/{REJECTED}", key.file), true)] {
        let entries = course.files().list(Path::new(&format!("{voice}/{folder}")));
        let entries = entries.map_err(failed)?;
        let mut found: Vec<_> = entries
            .iter()
            .filter_map(|entry| Some((take_name(&entry.name)?, &entry.name)))
            .filter(|(take, _)| take.id == key.id && take.number == number)
            .collect();
        found.sort_by_key(|(take, _)| std::cmp::Reverse(take.preference));
        if let Some((_, name)) = found.first() {
            return Ok(FoundTake { file: format!("{folder}/{name}"), rejected });
        }
    }
    Err(Refusal::NoTake.with(&[("phrase", key), ("number", &number)]))
}

/// Moves a take and its sidecar out of the way, or back. Its record goes with it.
pub(super) fn move_take(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    found: &FoundTake,
    record: Option<TakeRecord>,
) -> Result<String, Problem> {
    let name = found.file.rsplit_once('/').map_or(found.file.as_str(), |(_, name)| name);
    let to = if found.rejected {
        format!("{}/{name}", key.file)
    } else {
        format!("{}/{REJECTED}/{name}", key.file)
    };
    let (from, target) =
        (course.place(&format!("{voice}/{}", found.file))?, course.place(&format!("{voice}/{to}"))?);
    make_folder(&target)?;
    move_new(&from, &target).map_err(|error| disk(&target, &error))?;
    let (beside, beside_target) = (from.with_extension("toml"), target.with_extension("toml"));
    if beside.is_file() {
        move_new(&beside, &beside_target).map_err(|error| disk(&beside_target, &error))?;
    }
    for folder in [from.parent(), target.parent()].into_iter().flatten() {
        sync_folder(folder).map_err(|error| disk(folder, &error))?;
    }
    remember(course, voice, |text| {
        let text = without_record(text, &found.file)?;
        let moved = record.map(|record| TakeRecord { file: to.clone(), ..record });
        with_records(&text, moved.as_slice())
    })?;
    Ok(to)
}

fn make_folder(target: &Path) -> Result<(), Problem> {
    let folder = target.parent().unwrap_or(Path::new(""));
    crate::studio::disk::folder::make(folder).map_err(|error| disk(folder, &error))
}

pub(super) fn disk(path: &Path, error: &std::io::Error) -> Problem {
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    Refusal::TakeDisk.caused(FoundCause::of(error), &[("file", &name.display()), ("why", error)])
}

/// The record of a take, if its file is the one it was written for.
pub(super) fn record_of(
    engine: &crate::engine::Engine,
    voice: &crate::script::voice::Voice,
    found: &FoundTake,
) -> Result<Option<TakeRecord>, Problem> {
    let hash = engine.hash_of(&format!("{}/{}", voice.folder(), found.file)).map_err(|error| told(&error))?;
    let mut records = voice.takes.iter().map(|record| &record.value);
    Ok(records.find(|record| record.file == found.file && record.hash == hash).cloned())
}
