//! Decides which phrases are spoken in a version.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::timeline::Why;
use crate::script::exercise::Guidance;
use crate::script::session::{Phrase, PhraseKey, Session, Step, all_steps};
use crate::script::step::Keep;
use crate::unit::Frames;

/// Whether a phrase is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inclusion {
    Spoken,
    /// It is left out and replaced by silence.
    LeftOut(Why),
    /// It is not part of this version and leaves no silence.
    Absent,
}

/// Which phrases are spoken.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    inclusions: BTreeMap<PhraseKey, Inclusion>,
    /// For a phrase left out, the `instead` phrase that is spoken.
    stand_ins: BTreeMap<PhraseKey, PhraseKey>,
}

impl Selection {
    /// The selection of some parts of a session. Phrases with `keep = "long"` take part only above the usual length; those
    /// of `omitted` were left out because the version has to be short.
    pub(super) fn new(
        session: &Session,
        parts: &[usize],
        above_usual: bool,
        omitted: &BTreeSet<PhraseKey>,
    ) -> Self {
        let mut selection = Self { inclusions: BTreeMap::new(), stand_ins: BTreeMap::new() };
        let steps: Vec<_> = parts.iter().flat_map(|&part| all_steps(&session.parts[part].steps)).collect();
        for phrase in steps.iter().filter_map(|step| step.phrase()) {
            let inclusion = if omitted.contains(&phrase.key) && !phrase.stays() {
                Inclusion::LeftOut(Why::Length)
            } else {
                by_level(phrase, session.guidance, above_usual)
            };
            selection.inclusions.insert(phrase.key.clone(), inclusion);
        }
        for step in &steps {
            selection.leave_out_together(step);
        }
        for phrase in steps.iter().filter_map(|step| step.phrase()) {
            let Some(other) = &phrase.instead else { continue };
            let needed = session.guidance != Guidance::Bells && selection.left_out(other).is_some();
            selection
                .inclusions
                .insert(phrase.key.clone(), if needed { Inclusion::Spoken } else { Inclusion::Absent });
            if needed {
                selection.stand_ins.insert(other.clone(), phrase.key.clone());
            }
        }
        selection
    }

    pub(super) fn of(&self, key: &PhraseKey) -> Inclusion {
        self.inclusions.get(key).copied().unwrap_or(Inclusion::Absent)
    }

    /// Why a phrase is left out, if it is.
    fn left_out(&self, key: &PhraseKey) -> Option<Why> {
        match self.of(key) {
            Inclusion::LeftOut(why) => Some(why),
            Inclusion::Spoken | Inclusion::Absent => None,
        }
    }

    /// Why a step whose phrases are left out together is left out, if it is.
    pub(super) fn leaves_out(&self, step: &Step) -> Option<Why> {
        droppable(step).find_map(|phrase| self.left_out(&phrase.key))
    }

    /// The phrase that is spoken instead of another one.
    pub(super) fn stand_in(&self, key: &PhraseKey) -> Option<&PhraseKey> {
        self.stand_ins.get(key)
    }

    /// Leaves out all phrases of a step if one of them is left out; safety phrases and own words stay.
    fn leave_out_together(&mut self, step: &Step) {
        let Some(why) = self.leaves_out(step) else { return };
        // Absent phrases stay absent, so that they leave no silence.
        for phrase in droppable(step) {
            if self.of(&phrase.key) != Inclusion::Absent {
                self.inclusions.insert(phrase.key.clone(), Inclusion::LeftOut(why));
            }
        }
    }
}

fn by_level(phrase: &Phrase, guidance: Guidance, above_usual: bool) -> Inclusion {
    if guidance == Guidance::Bells {
        return if phrase.keep == Keep::Long { Inclusion::Absent } else { Inclusion::LeftOut(Why::Guidance) };
    }
    match phrase.keep {
        Keep::Light => Inclusion::Spoken,
        Keep::Long if !above_usual => Inclusion::Absent,
        Keep::Full | Keep::Long if guidance == Guidance::Full => Inclusion::Spoken,
        Keep::Full | Keep::Long => Inclusion::LeftOut(Why::Guidance),
    }
}

/// The phrases that may be left out with this step.
fn droppable(step: &Step) -> impl Iterator<Item = &Phrase> {
    let phrases = step.phrase_group().map(|group| group.phrases);
    phrases.into_iter().flatten().filter(|phrase| !phrase.stays())
}

/// Groups of phrases that may be left out together to shorten a version, in the order in which they are left out:
/// lowest `worth` first, then longest, then last (docs/layout.md, section 5).
pub(super) fn dispensable(
    context: &Context<'_>,
    selection: &Selection,
    parts: &[usize],
) -> Vec<Vec<PhraseKey>> {
    let mut units: Vec<Droppable> = Vec::new();
    for &part in parts {
        collect(context, selection, &context.session.parts[part].steps, &mut units);
    }
    let mut order: Vec<_> = units.into_iter().enumerate().collect();
    order.sort_by(|(a_place, a), (b_place, b)| {
        (a.worth, std::cmp::Reverse(a.size), std::cmp::Reverse(*a_place)).cmp(&(
            b.worth,
            std::cmp::Reverse(b.size),
            std::cmp::Reverse(*b_place),
        ))
    });
    order.into_iter().map(|(_, unit)| unit.keys).collect()
}

struct Droppable {
    keys: Vec<PhraseKey>,
    worth: u8,
    size: Frames,
}

fn collect(context: &Context<'_>, selection: &Selection, steps: &[Step], units: &mut Vec<Droppable>) {
    for step in steps {
        let Some(group) = step.phrase_group() else {
            step.children().into_iter().for_each(|steps| collect(context, selection, steps, units));
            continue;
        };
        let own: Vec<_> =
            group.phrases.into_iter().filter(|phrase| may_be_left_out(phrase, selection)).collect();
        if !own.is_empty() {
            units.push(Droppable {
                keys: own.iter().map(|phrase| phrase.key.clone()).collect(),
                worth: group.worth,
                size: own.iter().map(|phrase| size(context, phrase)).sum(),
            });
        }
    }
}

fn may_be_left_out(phrase: &Phrase, selection: &Selection) -> bool {
    !phrase.stays() && phrase.instead.is_none() && selection.of(&phrase.key) == Inclusion::Spoken
}

/// The length of a clip and its pause.
fn size(context: &Context<'_>, phrase: &Phrase) -> Frames {
    context.length(phrase) + context.pause_after(phrase).natural
}
