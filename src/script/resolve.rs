//! Resolves a script into a session: picks language, voice, version and choices, and inserts fragments and translations.

mod choose;
mod expand;
mod mixed;
mod programme;
mod texts;

use std::cell::Cell;
use std::sync::Arc;

use super::bed::BedUse;
use super::course::Course;
use super::exercise::{Guidance, PartText, Script};
use super::own::OwnWordsOf;
use super::session::{Session, Variant};
use crate::diag::{FileId, Sink, Span, Spanned};
use choose::{choose, choose_guidance, choose_language, choose_preset, choose_voice};
pub(super) use expand::InFile;
use expand::{Expand, MOST_STEPS};
use programme::PartList;
use texts::Texts;
pub use texts::{before_texts, phrase_texts};
pub(super) use texts::{
    empty_translation, fuzzy_translation, mistyped_context, not_translated, stale_translation,
};

impl Session {
    /// Resolves a script of a checked course into the version that was asked for. Errors go to `sink`; with errors the result
    /// may be `None`.
    pub fn build(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Self> {
        let language = choose_language(course, script, variant, sink)?;
        let voice = choose_voice(course, script, &language, variant, sink)?;
        let guidance = choose_guidance(script, variant, sink)?;
        let mut preset = choose_preset(course, script, variant, sink)?;
        preset.rate = variant.rate.unwrap_or(preset.rate);
        let texts = Texts {
            course,
            language: &language,
            source: script.language.as_ref().map(|own| &own.value),
            draft: variant.draft,
            own: OwnWordsOf::new(&variant.own),
            sink,
        };
        let choices = choose(script, variant, sink)?;
        let left = Cell::new(MOST_STEPS);
        let expand = Expand { course, texts: &texts, choices: &choices, left: &left };
        let bed = |own: &[&BedUse]| {
            let course_bed = course.header.bed.clone();
            let mut used = own.iter().rev().fold(course_bed, |under, over| over.over(&under));
            if let Some(name) = &variant.bed {
                used = BedUse::named(Spanned::new(name.clone(), start_of(script.file))).over(&used);
            }
            used.resolve()
        };
        let mut list = PartList::default();
        for part in script.parts.iter().filter(|part| expand.is_chosen(&part.when)) {
            match &part.exercise {
                None => list.part(&expand, script, part, bed(&own_bed(part, script)).as_ref()),
                Some(exercise) => {
                    if let Some(inner) = course.scripts.get(&exercise.script.value) {
                        list.exercise(&expand, script, part, (inner, exercise.whole), guidance, &bed);
                    }
                }
            }
        }
        let all = 0..list.parts.len();
        list.cues.extend(script.cues.iter().map(|cue| expand.cue(cue, all.clone())));
        let all_phrases = expand.all_phrases(script);
        texts.own.refuse_strays(&all_phrases, guidance, script.file, sink);
        let mixed = mixed::source_of(course, variant, &voice, &all_phrases);
        if let Some(own) = mixed.as_ref().filter(|_| guidance != Guidance::Bells) {
            mixed::refuse_other_beds(course, own, list.parts.iter(), start_of(script.file), sink);
        }
        let title = script.title.as_ref()?;
        let head = preset.head.map_or(script.head, |most| script.head.at_most(most));
        let tail = preset.tail.map_or(script.tail, |most| script.tail.at_most(most));
        Some(Self {
            script: script.id.clone(),
            span: start_of(script.file),
            track: script.track.as_ref().map(|track| track.value),
            title: texts.title(&format!("{}:title", script.id), &title.value, title.span),
            words: Arc::new(course.words(&language)),
            voice,
            mixed,
            guidance,
            preset,
            seed: variant.seed.unwrap_or(script.seed),
            length: script.length,
            head,
            tail,
            parts: list.parts,
            blocks: list.blocks,
            cues: list.cues,
            cues_sound: !variant.no_cues,
            all_phrases,
            choices: choices.clone(),
            draft: variant.draft,
            language,
        })
    }
}

/// The start of a file, for errors about the whole file.
fn start_of(file: FileId) -> Span {
    Span::new(file, 0..0)
}

/// The bed settings that apply to a part, the most specific first.
fn own_bed<'a>(part: &'a PartText, script: &'a Script) -> Vec<&'a BedUse> {
    part.bed.iter().chain([&script.bed]).collect()
}
