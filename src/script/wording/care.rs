//! The rules of care: safety in the first minute; a way back and no long silence after a hard phrase.

use std::collections::BTreeSet;

use super::Review;
use super::row::{Bounds, SpeechOrSilence, Version};
use super::rule::Rule;
use super::text::reason_help;
use crate::diag::{Diagnostic, Span};
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::step::PhraseText;
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// The time within which a safety phrase has to come (docs/craft.md, section 4).
const FIRST: Seconds = Seconds::whole(60);
/// The longest silence after a hard phrase, and the time within which the way back has to come.
const MOST_SILENCE: Seconds = Seconds::whole(90);

impl Review<'_> {
    /// Warns where the scripts of a language break these rules.
    pub(super) fn care(&self, language: &Language) {
        let within = self.course.scripts.values().flat_map(|script| &script.parts);
        let within: BTreeSet<&str> =
            within.filter_map(|part| Some(part.exercise.as_ref()?.script.value.as_str())).collect();
        let length = |file: &str, phrase: &PhraseText| {
            let words = self.translated(language, file, phrase).map(|(words, _)| words);
            (self.length)(language, words.unwrap_or(&phrase.text.value))
        };
        for script in self.course.scripts.values() {
            // A script that is only part of programmes is heard after their beginning.
            let begins = script.track.is_some() || !within.contains(script.id.as_str());
            for chosen in choices(script) {
                for level in script.levels.iter().copied().filter(|level| *level != Guidance::Bells) {
                    let version = Version { course: self.course, level, chosen: &chosen, length: &length };
                    let row = version.row(script);
                    if begins && level == Guidance::Full || script.levels.len() == 1 {
                        self.first_minute(script, &row);
                    }
                    self.hard(script, level, &row);
                }
            }
        }
    }

    fn first_minute(&self, script: &Script, row: &[SpeechOrSilence<'_>]) {
        let mut clock = Seconds::ZERO;
        let mut speaks = None;
        for piece in row {
            match piece {
                SpeechOrSilence::Speech { phrase, .. } if phrase.safety => break,
                SpeechOrSilence::Speech { phrase, length, .. } => {
                    speaks = speaks.or(Some(phrase));
                    clock += *length;
                }
                SpeechOrSilence::Silence(silence) => clock += silence.natural,
            }
            if clock > FIRST {
                break;
            }
        }
        let (true, true) = (clock > FIRST, speaks.is_some()) else { return };
        let safe =
            row.iter().any(|piece| matches!(piece, SpeechOrSilence::Speech { phrase, .. } if phrase.safety));
        // Without any safety phrase there is a warning already.
        if safe && self.is_on(Rule::LateSafety) && !script.because.has_reason_for(Rule::LateSafety) {
            let place = script.title.as_ref().map_or(Span::new(script.file, 0..0), |title| title.span);
            let late = Diagnostic::warning(
                Rule::LateSafety.code(),
                place,
                "the first minute does not say that the listener may stop",
            );
            let rule = Rule::LateSafety;
            self.sink.emit(late.note(rule.why()).help(rule.remedy()).help(reason_help(rule)));
        }
    }

    fn hard(&self, script: &Script, level: Guidance, row: &[SpeechOrSilence<'_>]) {
        for (index, piece) in row.iter().enumerate() {
            let SpeechOrSilence::Speech { phrase, .. } = piece else { continue };
            if phrase.hard {
                self.way_back(script, phrase, &row[index + 1..]);
                self.silence(script, phrase, level, &row[index + 1..]);
            }
        }
    }

    /// Warns unless a safety phrase starts within the time.
    fn way_back(&self, script: &Script, phrase: &PhraseText, after: &[SpeechOrSilence<'_>]) {
        let mut clock = Seconds::ZERO;
        for piece in after {
            match piece {
                SpeechOrSilence::Speech { phrase, .. } if phrase.safety && clock <= MOST_SILENCE => return,
                SpeechOrSilence::Speech { length, .. } => clock += *length,
                SpeechOrSilence::Silence(silence) => clock += silence.natural,
            }
        }
        let most = print_duration(MOST_SILENCE);
        let message = format!("no safety phrase within {most} of this hard phrase");
        self.warn_hard(script, phrase, Rule::NoWayBack, message);
    }

    fn silence(&self, script: &Script, phrase: &PhraseText, level: Guidance, after: &[SpeechOrSilence<'_>]) {
        let silence = after.iter().map_while(|piece| match piece {
            SpeechOrSilence::Silence(silence) => Some(*silence),
            SpeechOrSilence::Speech { .. } => None,
        });
        let silence = silence.fold(Bounds::NOTHING, Bounds::and);
        let long = match silence.most {
            Some(most) if most <= MOST_SILENCE => return,
            Some(most) => format!("up to {}", print_duration(most)),
            None => "any length".to_owned(),
        };
        let message = format!("silence of {long} after this hard phrase with {} guidance", level.name());
        self.warn_hard(script, phrase, Rule::LongSilence, message);
    }

    fn warn_hard(&self, script: &Script, phrase: &PhraseText, rule: Rule, message: String) {
        if !self.is_on(rule) || phrase.because.has_reason_for(rule) || script.because.has_reason_for(rule) {
            return;
        }
        let warning = Diagnostic::warning(rule.code(), phrase.text.span, message);
        self.sink.emit(warning.note(rule.why()).help(rule.remedy()).help(reason_help(rule)));
    }
}

/// Combinations of choices: each value of each choice, with the defaults of the others.
fn choices(script: &Script) -> Vec<Vec<(&str, &str)>> {
    let usual: Vec<(&str, &str)> = script
        .choices
        .iter()
        .filter_map(|choice| Some((choice.name.value.as_str(), choice.values.first()?.value.as_str())))
        .collect();
    let mut all = vec![usual.clone()];
    for (index, choice) in script.choices.iter().enumerate() {
        for value in choice.values.iter().skip(1) {
            let mut other = usual.clone();
            if let Some(own) = other.get_mut(index) {
                own.1 = &value.value;
            }
            all.push(other);
        }
    }
    all
}
