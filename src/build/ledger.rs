//! Whose work is in a course: every voice, bed and bell with its author, licence and, for a person's voice, consent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
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

/// Words that stand where a licence is not known.
const NO_LICENCE: [&str; 7] = ["-", "?", "none", "todo", "tbd", "unknown", "unlicensed"];

/// What may not be delivered, a line each: a sound without a licence, a person's voice without consent.
pub fn undeliverable(course: &Course, matrix: &Matrix) -> Vec<String> {
    let no_licence = |licence: &str| NO_LICENCE.contains(&licence.trim().to_lowercase().as_str());
    let mut lines = Vec::new();
    let languages: BTreeSet<_> =
        matrix.targets.iter().filter_map(|target| target.plan.variant.language.as_ref()).collect();
    for language in languages {
        let Some(id) = course.header.voices.get(language) else { continue };
        let Some(voice) = course.voices.get(&(language.clone(), id.value.clone())) else { continue };
        let file = format!("{}/voice.toml", voice.folder());
        if no_licence(&voice.licence) {
            lines.push(format!("the voice `{}` has no licence; name it in {file}", voice.id));
        }
        if voice.kind == VoiceKind::Human && voice.consent.is_none() {
            lines.push(format!(
                "nobody has written down that {} agrees to this; add consent = {{ who = \"{}\", when = \"…\", for = \"…\" }} to {file}",
                voice.name, voice.name
            ));
        }
    }
    let beds = course.ambiences.values().filter(|bed| no_licence(&bed.licence));
    lines.extend(
        beds.map(|bed| format!("the bed `{0}` has no licence; name it in ambience/{0}.toml", bed.id)),
    );
    let bells = course.bells.values().filter(|bell| no_licence(&bell.licence));
    lines.extend(
        bells.map(|bell| {
            format!("the bell `{0}` has no licence; name it in ambience/bells/{0}.toml", bell.id)
        }),
    );
    lines
}
