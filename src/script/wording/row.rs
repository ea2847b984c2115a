//! A script as a sequence of speech and silence, for one language, guidance level and choice, with natural and longest
//! lengths.

use std::collections::BTreeSet;

use crate::script::course::Course;
use crate::script::elastic::Elastic;
use crate::script::exercise::{Guidance, Script};
use crate::script::step::{Keep, PhraseText, RepeatBody, StepKind, StepText, When};
use crate::unit::Seconds;

/// The most rounds of a repeat that are written out, since nested repeats multiply.
const MOST_ROUNDS: u32 = 40;
/// The sequence stops after this many items.
const MOST_PIECES: usize = 20_000;

/// An item of the sequence.
#[derive(Clone, Debug)]
pub(super) enum SpeechOrSilence<'c> {
    Speech { phrase: &'c PhraseText, length: Seconds },
    Silence(Bounds),
}

/// The natural and the longest length of a silence; `None` for unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub natural: Seconds,
    pub most: Option<Seconds>,
}

impl Bounds {
    pub(super) const NOTHING: Self = Self { natural: Seconds::ZERO, most: Some(Seconds::ZERO) };

    fn fixed(length: Seconds) -> Self {
        Self { natural: length, most: Some(length) }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            natural: self.natural + other.natural,
            most: self.most.zip(other.most).map(|(one, other)| one + other),
        }
    }
}

impl From<Elastic> for Bounds {
    fn from(pause: Elastic) -> Self {
        Self { natural: pause.natural, most: pause.most }
    }
}

/// The version of a script that the sequence is made for.
#[derive(Clone, Copy)]
pub(super) struct Version<'c> {
    pub course: &'c Course,
    pub level: Guidance,
    /// One value of each choice.
    pub chosen: &'c [(&'c str, &'c str)],
    /// Predicts how long a phrase of a file takes to speak.
    pub length: &'c dyn Fn(&str, &PhraseText) -> Seconds,
}

impl<'c> Version<'c> {
    /// The sequence of a script, including the exercises of a programme.
    pub(super) fn row(self, script: &'c Script) -> Vec<SpeechOrSilence<'c>> {
        let mut row =
            RowBuilder { version: self, pieces: vec![SpeechOrSilence::Silence(script.head.into())] };
        row.script(script, true, true);
        row.pieces
    }

    fn has(self, when: &When) -> bool {
        when.iter().all(|(name, value)| {
            self.chosen.iter().all(|(chosen, own)| *chosen != name.value || *own == value.value)
        })
    }
}

struct RowBuilder<'c> {
    version: Version<'c>,
    pieces: Vec<SpeechOrSilence<'c>>,
}

impl<'c> RowBuilder<'c> {
    fn script(&mut self, script: &'c Script, whole: bool, outer: bool) {
        for part in &script.parts {
            let role = part.role.or_else(|| {
                self.version.course.fragments.get(part.fragment()?).and_then(|fragment| fragment.role)
            });
            if !self.version.has(&part.when) || (!whole && role.is_some()) {
                continue;
            }
            match &part.exercise {
                Some(exercise) if outer => {
                    if let Some(inner) = self.version.course.scripts.get(&exercise.script.value) {
                        self.script(inner, exercise.whole, false);
                    }
                }
                Some(_) | None => self.steps(&part.steps, &script.id, &mut BTreeSet::new()),
            }
        }
    }

    fn steps(&mut self, steps: &'c [StepText], file: &'c str, used: &mut BTreeSet<&'c str>) {
        let version = self.version;
        for step in steps.iter().filter(|step| version.has(&step.when)) {
            if self.pieces.len() > MOST_PIECES {
                return;
            }
            match &step.kind {
                StepKind::Say(phrase) => self.say(phrase, file, steps, Elastic::after_phrase()),
                StepKind::Pause(pause) => self.silence((*pause).into()),
                StepKind::Bell(_) => {}
                StepKind::Breathe(breath) => {
                    let length = (breath.inhale + breath.exhale).times(u64::from(breath.times[1]));
                    self.grid(breath.phrase.as_ref(), length, file);
                }
                StepKind::Walk(walk) => {
                    let length = walk.pace.times(u64::from(walk.paces[1]));
                    self.grid(walk.phrase.as_ref(), length, file);
                }
                StepKind::Use(name) => {
                    let fragment = self.version.course.fragments.get(&name.value);
                    // A fragment that uses itself is an error of its own.
                    if let Some(fragment) = fragment.filter(|fragment| used.insert(&fragment.id)) {
                        self.steps(&fragment.steps, &fragment.id, used);
                        used.remove(fragment.id.as_str());
                    }
                }
                StepKind::Repeat(repeat) => {
                    for round in 0..repeat.times[1].min(MOST_ROUNDS) as usize {
                        match &repeat.body {
                            RepeatBody::Steps(steps) => self.steps(steps, file, used),
                            RepeatBody::Rotate(phrases) if phrases.is_empty() => {}
                            RepeatBody::Rotate(phrases) => {
                                // A phrase without a pause of its own is followed by the pause of the round.
                                let usual = match repeat.pause {
                                    Some(_) => Elastic::fixed(Seconds::ZERO),
                                    None => Elastic::after_phrase(),
                                };
                                self.say(&phrases[round % phrases.len()], file, steps, usual);
                            }
                        }
                        repeat.pause.iter().for_each(|pause| self.silence((*pause).into()));
                    }
                }
                StepKind::Together(group) => self.steps(&group.steps, file, used),
            }
        }
    }

    fn silence(&mut self, silence: Bounds) {
        self.pieces.push(SpeechOrSilence::Silence(silence));
    }

    /// A phrase that is omitted at this level becomes silence: its length and its pause.
    fn say(&mut self, phrase: &'c PhraseText, file: &'c str, beside: &'c [StepText], usual: Elastic) {
        let pause: Bounds = phrase.pause.unwrap_or(usual).into();
        let length = (self.version.length)(file, phrase);
        if phrase.keep == Keep::Long {
            return;
        }
        if let Some(other) = &phrase.instead {
            let named = |phrase: &&PhraseText| phrase.id.as_ref().is_some_and(|id| id.value == other.value);
            let other = crate::script::step::phrases(beside).into_iter().find(named);
            if other.is_none_or(|other| self.speaks(other)) {
                return;
            }
        }
        if self.speaks(phrase) {
            self.pieces.push(SpeechOrSilence::Speech { phrase, length });
            self.silence(pause);
        } else {
            self.silence(pause.and(Bounds::fixed(length)));
        }
    }

    fn speaks(&self, phrase: &PhraseText) -> bool {
        match self.version.level {
            Guidance::Full => true,
            Guidance::Light => phrase.keep == Keep::Light,
            Guidance::Bells => false,
        }
    }

    /// The phrase of a grid is counted as spoken in the first round.
    fn grid(&mut self, phrase: Option<&'c PhraseText>, length: Seconds, file: &'c str) {
        let pause = phrase.and_then(|phrase| phrase.pause);
        let mut rest = length;
        if let Some(phrase) = phrase.filter(|phrase| phrase.keep != Keep::Long && self.speaks(phrase)) {
            let spoken = (self.version.length)(file, phrase).min(length);
            self.pieces.push(SpeechOrSilence::Speech { phrase, length: spoken });
            rest = Seconds::from_nanos(length.nanos() - spoken.nanos());
        }
        self.silence(Bounds::fixed(rest));
        pause.into_iter().for_each(|pause| self.silence(pause.into()));
    }
}
