//! Whether beds leave the voice room.

use std::collections::BTreeSet;

use crate::asset::Store;
use crate::asset::bed::bed_facts;
use crate::delivery::preset::Preset;
use crate::diag::{Code, Diagnostic};
use crate::script::Course;
use crate::script::bed::{BedLevel, BedUse};
use crate::script::exercise::Script;
use crate::script::step::phrases;
use crate::unit::Db;

/// A bed that is less than this under the voice in silence does not come 20 LU under it in speech, as no duck of more than 14
/// dB is made for that (docs/sound.md, section 4).
const LEAST_UNDER: Db = Db(6.0);

/// Names every level that brings a bed near the voice, or over it.
pub(super) fn check_beds(store: &Store<'_>, course: &Course) -> Vec<Diagnostic> {
    let name = course.header.preset.as_ref().map_or("stream", |name| &name.value);
    let Some(preset) = Preset::find(&course.header.presets, name) else { return Vec::new() };
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for script in course.scripts.values().filter(|script| is_spoken(script)) {
        let own = script.bed.over(&course.header.bed);
        let beds = script.parts.iter().filter_map(|part| Some(part.bed.as_ref()?.over(&own)));
        for bed in std::iter::once(own.clone()).chain(beds) {
            let Some(span) = bed.level_span else { continue };
            let Some(under) = under_voice(store, course, &preset, &bed).filter(|under| *under < LEAST_UNDER)
            else {
                continue;
            };
            if told.insert(span) {
                let name = bed.name.as_ref().map_or("", |name| &name.value);
                let how = match under.0 {
                    under if under >= 0.5 => format!("only {under:.0} LU softer than the voice"),
                    under if under > -0.5 => "as loud as the voice".to_owned(),
                    over => format!("{:.0} LU louder than the voice", -over),
                };
                let message = format!("the bed {name} is {how} while nobody speaks");
                let loud = Diagnostic::warning(Code::LoudBed, span, message);
                let loud = loud.note("under speech it is lowered by at most 14 dB, and words need 20");
                found.push(loud.help("write `under = 12` instead"));
            }
        }
    }
    found
}

/// Whether a script has phrases of its own, or parts from elsewhere that may have some.
fn is_spoken(script: &Script) -> bool {
    script.parts.iter().any(|part| part.fragment().is_some() || !phrases(&part.steps).is_empty())
}

/// How far a bed is under the voice while that is silent. Where its level is that of its file, its sound is measured.
fn under_voice(store: &Store<'_>, course: &Course, preset: &Preset, bed: &BedUse) -> Option<Db> {
    let bed = bed.resolve()?;
    match bed.level {
        BedLevel::Under(under) => Some(under),
        BedLevel::Gain(gain) => {
            let ambience = course.ambiences.get(&bed.name)?;
            let loudness = bed_facts(store, ambience, 0, true).ok()?.loudness?;
            Some(preset.target - (loudness + gain))
        }
    }
}
