//! Whose work is in a course: every voice, bed and bell with its author, licence and, for a person's voice, consent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::script::Course;
use crate::script::voice::VoiceKind;

/// One voice, bed or bell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// voice, bed or bell.
    pub kind: String,
    /// Its id; of a voice with its language, `nl/duif`.
    pub id: String,
    pub name: String,
    /// Who made it.
    pub credit: String,
    pub licence: String,
    /// For the voice of a person: who consented, when, to what.
    pub consent: Option<String>,
    /// A machine speaks.
    pub synthetic: bool,
}

/// Whose work is in a course, sorted by kind and id.
pub fn ledger(course: &Course) -> Vec<LedgerEntry> {
    let voices = course.voices.iter().map(|((language, id), voice)| LedgerEntry {
        kind: "voice".to_owned(),
        id: format!("{language}/{id}"),
        name: voice.name.clone(),
        credit: voice.credit.clone(),
        licence: voice.licence.clone(),
        consent: voice.consent.clone(),
        synthetic: voice.kind == VoiceKind::Synthetic,
    });
    let sound = |kind: &str, id: &str, name: &str, credit: &str, licence: &str| LedgerEntry {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        credit: credit.to_owned(),
        licence: licence.to_owned(),
        consent: None,
        synthetic: false,
    };
    let beds =
        course.ambiences.values().map(|bed| sound("bed", &bed.id, &bed.title, &bed.credit, &bed.licence));
    let bells =
        course.bells.values().map(|bell| sound("bell", &bell.id, &bell.title, &bell.credit, &bell.licence));
    let entries: BTreeSet<_> = voices.chain(beds).chain(bells).collect();
    entries.into_iter().collect()
}
