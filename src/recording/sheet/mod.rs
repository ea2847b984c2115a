//! The sheet that a voice reads from: a page to print, and the same as a table.

mod page;
mod table;
mod words;

use std::collections::BTreeMap;

use super::lines::SpokenScript;
use super::status::{PhraseProgress, PhraseState};
use crate::engine::{LockedTimes, PartMisfit};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::unit::Seconds;

pub use page::sheet_page;
pub use table::sheet_table;

/// What is on a sheet.
pub struct Sheet<'a> {
    /// The title of the course.
    pub course: String,
    pub voice: &'a Voice,
    pub scripts: Vec<SpokenScript>,
    /// Whether it has only what is missing, stale or faulty.
    pub is_pickup: bool,
    /// The phrases on it.
    pub lines: BTreeMap<PhraseKey, SheetLine>,
    /// The parts that are too long or too short for their time in another language, by script.
    pub misfits: BTreeMap<String, Vec<PartMisfit>>,
    /// Track numbers or ids of scripts, each with how many of its phrases have no words yet.
    pub untranslated: Vec<(String, usize)>,
}

/// A phrase on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetLine {
    /// The name of the file to record.
    pub file: String,
    /// The most time it may take, where its part has to be as long as in another language.
    pub time: Option<Seconds>,
    pub reason: SheetReason,
}

/// Why a phrase is on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetReason {
    /// It has no recording.
    Missing,
    /// It was recorded for these words.
    Stale(String),
    /// The recording has this fault.
    Fault(String),
    /// It is recorded, and the sheet has every phrase.
    Recorded,
}

impl<'a> Sheet<'a> {
    /// The sheet of a voice for these scripts, with what is asked by a language that it follows. A phrase that several of
    /// them speak is on it once, in the first.
    pub fn of(
        course: &str,
        voice: &'a Voice,
        scripts: Vec<SpokenScript>,
        phrases: &BTreeMap<PhraseKey, PhraseProgress>,
        locked: &LockedTimes,
        is_pickup: bool,
    ) -> Self {
        let mut lines = BTreeMap::new();
        let mut untranslated = Vec::new();
        for script in &scripts {
            let silent = script.phrases().filter(|phrase| phrase.text.is_none()).count();
            if silent > 0 {
                let name = script.track.map_or_else(|| script.id.clone(), |track| track.to_string());
                untranslated.push((name, silent));
            }
            for phrase in script.phrases() {
                let Some(progress) = phrases.get(&phrase.key) else { continue };
                if phrase.text.is_none() || (is_pickup && !progress.is_wanted()) {
                    continue;
                }
                let file = clip_name(&voice.language, &phrase.key, progress.next_take());
                let time = locked.phrases.get(&phrase.key).copied().filter(|_| phrase.grid.is_none());
                lines.insert(phrase.key.clone(), SheetLine { file, time, reason: reason(progress) });
            }
        }
        let misfits = locked.misfits();
        Self { course: course.to_owned(), voice, scripts, is_pickup, lines, misfits, untranslated }
    }
}

/// The name that the recording of a phrase has on the sheet: `de_veilige-plek_plek_t1.wav`.
pub fn clip_name(language: &Language, key: &PhraseKey, take: u32) -> String {
    format!("{language}_{}_{}_t{take}.wav", key.file, key.id)
}

fn reason(progress: &PhraseProgress) -> SheetReason {
    match &progress.state {
        PhraseState::Missing { unusable: Some((_, fault)) } => SheetReason::Fault(fault.wrong.clone()),
        PhraseState::Missing { unusable: None } => SheetReason::Missing,
        PhraseState::Recorded(clip) => match (&clip.stale, clip.faults.first()) {
            (Some(was), _) => SheetReason::Stale(was.clone()),
            (None, Some(fault)) => SheetReason::Fault(fault.wrong.clone()),
            (None, None) => SheetReason::Recorded,
        },
    }
}
