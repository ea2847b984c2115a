//! What somebody decides about a take: its record says so, and a rejected one is moved aside.

use serde::Deserialize;

use super::place::{FoundTake, move_take, record_of, remember};
use crate::engine::Engine;
use crate::http::problem::Problem;
use crate::recording::records::with_records;
use crate::recording::status::{ClipFault, VoiceProgress};
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TakeRecord, TakeState};
use crate::script::voice::Voice;
use crate::studio::answer::told;
use crate::studio::{StudioCourse, today};

/// What somebody decides about a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TakeVerdict {
    /// It is good; the highest good one is used.
    Keep,
    /// It is used, even if a higher one is good.
    Choose,
    /// It is never used, and moved aside.
    Reject,
}

/// A verdict on a take.
pub(super) struct VerdictOn<'a> {
    pub key: &'a PhraseKey,
    pub found: &'a FoundTake,
    pub verdict: TakeVerdict,
    /// The checks that it fails and is kept with.
    pub despite: Vec<String>,
}

/// The ids of the checks that a take fails.
pub(super) fn checks_of(faults: &[ClipFault]) -> Vec<String> {
    let mut checks: Vec<String> = faults.iter().filter_map(|fault| fault.check.map(str::to_owned)).collect();
    checks.sort();
    checks.dedup();
    checks
}

/// Writes down what was decided about a take. Returns where it lies then.
pub(super) fn decide_take(
    course: &StudioCourse,
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    decision: VerdictOn<'_>,
) -> Result<FoundTake, Problem> {
    let VerdictOn { key, found, verdict, despite } = decision;
    let (folder, mut found) = (voice.folder(), found.clone());
    let known_record = record_of(engine, voice, &found)?;
    let words = progress.phrases.get(key).and_then(|known| known.phrase.text.clone());
    let text = known_record.as_ref().map(|record| record.text.clone()).or(words).unwrap_or_default();
    let path = format!("{folder}/{}", found.file);
    let mut record = TakeRecord {
        file: found.file.clone(),
        hash: engine.hash_of(&path).map_err(|error| told(&error))?,
        text,
        date: known_record.and_then(|record| record.date).or_else(|| Some(today())),
        state: match verdict {
            TakeVerdict::Keep => TakeState::Accepted,
            TakeVerdict::Choose => TakeState::Chosen,
            TakeVerdict::Reject => TakeState::Rejected,
        },
        despite,
    };
    let _alone = course.alone()?;
    if found.rejected != (verdict == TakeVerdict::Reject) {
        // A record of what lies aside would be one of a take that is not there for the engine.
        let kept = (verdict != TakeVerdict::Reject).then(|| record.clone());
        record.file = move_take(course, &folder, key, &found, kept)?;
        found = FoundTake { file: record.file.clone(), rejected: verdict == TakeVerdict::Reject };
    }
    if !found.rejected {
        let others = voice.takes.iter().map(|other| &other.value).filter(|other| {
            let same_phrase = other.file.rsplit_once('/').is_some_and(|(script, name)| {
                script == key.file
                    && crate::asset::takes::take_name(name).is_some_and(|take| take.id == key.id)
            });
            same_phrase && other.state == TakeState::Chosen && other.file != record.file
        });
        let mut records: Vec<TakeRecord> =
            others.map(|other| TakeRecord { state: TakeState::Accepted, ..other.clone() }).collect();
        records.push(record);
        remember(course, &folder, |text| with_records(text, &records))?;
    }
    Ok(found)
}
