//! Whose work is in a course: every voice, bed and bell with its author, licence and, for a person's voice, consent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::matrix::{BuildTarget, Matrix};
use crate::asset::takes::takes;
use crate::delivery::mix::Mix;
use crate::diag::{Code, Diagnostic, Sink, Spanned};
use crate::files::{FileError, Files};
use crate::script::Course;
use crate::script::delivery::Delivery;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::session::{Phrase, PhraseKey, Session, Variant, all_steps};
use crate::script::speech_engine::DraftVoice;
use crate::script::step::Keep;
use crate::script::voice::{Voice, VoiceKind};

/// One voice, bed or bell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// voice, bed or bell.
    pub kind: String,
    /// Its id; of a voice with its language, `nl/duif`.
    pub id: String,
    pub name: String,
    /// The name in the languages of the course that have another one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Who made it.
    pub credit: String,
    pub licence: String,
    /// For the voice of a person: who consented, when, to what.
    pub consent: Option<String>,
    /// A machine speaks.
    pub synthetic: bool,
}

impl LedgerEntry {
    /// A machine that speaks drafts in a language.
    pub(super) fn of_machine(voice: &DraftVoice, language: &str) -> Self {
        Self {
            kind: "voice".to_owned(),
            id: format!("{language}/{}", voice.engine),
            name: voice.engine_and_version(),
            names: BTreeMap::new(),
            credit: voice.voice.clone(),
            licence: voice.licence.clone(),
            consent: None,
            synthetic: true,
        }
    }

    /// The name in a language.
    pub fn name_in(&self, language: &Language) -> &str {
        self.names.get(language.as_str()).unwrap_or(&self.name)
    }
}

/// Whose work is in a course, sorted by kind and id.
pub fn ledger(course: &Course) -> Vec<LedgerEntry> {
    let voices = course.voices.iter().map(|((language, id), voice)| LedgerEntry {
        kind: "voice".to_owned(),
        id: format!("{language}/{id}"),
        name: voice.name.clone(),
        names: BTreeMap::new(),
        credit: voice.credit.clone(),
        licence: voice.licence.value.clone(),
        consent: voice.consent.clone(),
        synthetic: voice.kind == VoiceKind::Synthetic,
    });
    let in_all = |name: &str, title_in: &dyn Fn(&Language) -> String| -> BTreeMap<String, String> {
        let languages = course.header.languages.iter().map(|language| &language.value);
        let titles = languages.map(|language| (language.to_string(), title_in(language)));
        titles.filter(|(_, title)| title != name).collect()
    };
    let sound = |kind: &str, id: &str, name: &str, credit: &str, licence: &str| LedgerEntry {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        names: BTreeMap::new(),
        credit: credit.to_owned(),
        licence: licence.to_owned(),
        consent: None,
        synthetic: false,
    };
    let beds = course.ambiences.values().map(|bed| LedgerEntry {
        names: in_all(&bed.title, &|language| course.bed_title(bed, language)),
        ..sound("bed", &bed.id, &bed.title, &bed.credit, &bed.licence.value)
    });
    let bells = course.bells.values().map(|bell| LedgerEntry {
        names: in_all(&bell.title, &|language| course.bell_title(bell, language)),
        ..sound("bell", &bell.id, &bell.title, &bell.credit, &bell.licence.value)
    });
    let entries: BTreeSet<_> = voices.chain(beds).chain(bells).collect();
    entries.into_iter().collect()
}

/// Words that stand where a licence is not known.
const NO_LICENCE: [&str; 7] = ["-", "?", "none", "todo", "tbd", "unknown", "unlicensed"];

/// What may not be delivered, an error each: a sound without a licence, recordings of a person without consent.
///
/// # Errors
/// [`FileError`] if the folder of a voice cannot be listed.
pub fn undeliverable(
    course: &Course,
    matrix: &Matrix,
    files: &dyn Files,
) -> Result<Vec<Diagnostic>, FileError> {
    let sink = Sink::new();
    if matrix.targets.is_empty() {
        return Ok(Vec::new());
    }
    let needs_licence = |kind: &str, id: &str, licence: &Spanned<String>| {
        if NO_LICENCE.contains(&licence.value.trim().to_lowercase().as_str()) {
            let message = format!("the {kind} `{id}` has no licence, so it cannot be delivered");
            let error = Diagnostic::error(Code::NoLicence, licence.span, message);
            sink.emit(error.help("name the licence that it may be used under, such as \"CC-BY-4.0\""));
        }
    };
    let languages: BTreeSet<_> =
        matrix.targets.iter().filter_map(|target| target.plan.variant.language.as_ref()).collect();
    for language in languages {
        let Some(voice) = voice_of(course, language) else { continue };
        needs_licence("voice", &voice.id, &voice.licence);
        if voice.kind == VoiceKind::Human && voice.consent.is_none() && !takes(files, voice)?.is_empty() {
            let message =
                format!("nobody has written down that {} agrees to the delivery of this voice", voice.name);
            let error = Diagnostic::error(Code::NoConsent, voice.span, message);
            sink.emit(error.help(format!(
                "ask, and add to {}/voice.toml who agreed, when, and to what: consent = {{ who = \"{}\", when = \"2026-11-03\", for = \"this course\" }}",
                voice.folder(), voice.name
            )));
        }
    }
    for bed in course.ambiences.values() {
        needs_licence("bed", &bed.id, &bed.licence);
    }
    for bell in course.bells.values() {
        needs_licence("bell", &bell.id, &bell.licence);
    }
    Ok(sink.into_sorted())
}

/// The voice that speaks a language where no other is asked for.
fn voice_of<'c>(course: &'c Course, language: &Language) -> Option<&'c Voice> {
    let id = course.header.voices.get(language)?;
    course.voices.get(&(language.clone(), id.value.clone()))
}

/// Phrases that some delivery speaks and nobody has recorded, where it does not say that a machine may: an error for each
/// delivery and voice. Nothing is laid out, so a phrase that a version is too short for counts as well.
///
/// # Errors
/// [`FileError`] if the folder of a voice cannot be listed.
pub fn undeclared_drafts(
    course: &Course,
    matrix: &Matrix,
    files: &dyn Files,
) -> Result<Vec<Diagnostic>, FileError> {
    let sink = Sink::new();
    for delivery in course.header.deliveries.iter().filter(|delivery| !delivery.drafts) {
        let targets = matrix.targets.iter().filter(|target| target.delivery == delivery.name.value);
        // Once for each script, language and level.
        let mut versions: BTreeMap<&Language, BTreeMap<(&str, &str), &BuildTarget>> = BTreeMap::new();
        for target in targets.filter(|target| target.render.mix != Mix::Bed) {
            let variant = &target.plan.variant;
            let Some(language) = &variant.language else { continue };
            let level = variant.guidance.map_or("", Guidance::name);
            versions.entry(language).or_default().insert((&target.plan.script, level), target);
        }
        for (language, targets) in versions {
            let Some(voice) = voice_of(course, language) else { continue };
            let recorded = takes(files, voice)?;
            let mut missing = BTreeSet::new();
            for target in targets.into_values() {
                let Some(script) = course.scripts.get(&target.plan.script) else { continue };
                let variant = Variant { draft: true, ..target.plan.variant.clone() };
                let Some(session) = Session::build(course, script, &variant, &Sink::new()) else { continue };
                let spoken = session.parts.iter().flat_map(|part| all_steps(&part.steps));
                let keys = spoken
                    .filter_map(|step| step.phrase())
                    .filter(|phrase| is_spoken(phrase, session.guidance));
                missing
                    .extend(keys.map(|phrase| phrase.key.clone()).filter(|key| !recorded.contains_key(key)));
            }
            if !missing.is_empty() {
                sink.emit(undeclared(delivery, voice, &missing));
            }
        }
    }
    Ok(sink.into_sorted())
}

/// Whether a level speaks a phrase at the usual length.
fn is_spoken(phrase: &Phrase, guidance: Guidance) -> bool {
    phrase.instead.is_none()
        && match (guidance, phrase.keep) {
            (Guidance::Full | Guidance::Light, Keep::Light) | (Guidance::Full, Keep::Full) => true,
            (Guidance::Bells, _) | (_, Keep::Long) | (Guidance::Light, Keep::Full) => false,
        }
}

/// More phrases than this are counted.
const FEW_PHRASES: usize = 5;

fn undeclared(delivery: &Delivery, voice: &Voice, missing: &BTreeSet<PhraseKey>) -> Diagnostic {
    let count = missing.len();
    let (phrases, them) =
        if count == 1 { ("1 phrase".to_owned(), "it") } else { (format!("{count} phrases"), "them") };
    let message = format!(
        "the delivery `{}` has {phrases} that the voice `{}` has not recorded",
        delivery.name.value, voice.id
    );
    let mut names: Vec<_> = missing.iter().take(FEW_PHRASES).map(|key| format!("{key}.wav")).collect();
    if count > FEW_PHRASES {
        names.push(format!("and {} more", count - FEW_PHRASES));
    }
    Diagnostic::error(Code::UndeclaredDraft, delivery.name.span, message)
        .note(format!("missing in {}/: {}", voice.folder(), names.join(", ")))
        .help(format!("record {them}"))
        .help(format!("or let a machine speak {them}: write drafts = true in this [[delivery]]"))
}
