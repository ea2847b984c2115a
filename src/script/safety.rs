//! Finds safety phrases in rounds that a version with few rounds would not speak.

use super::step::{PhraseText, RoundLimits, StepText};
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned};

/// Reports every safety phrase that would not be spoken with the least number of rounds around it. `phrases_of` gives the
/// phrases of a fragment, including those of fragments it uses.
pub(super) fn refuse_unspoken<'a>(
    steps: &'a [StepText],
    phrases_of: &dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    sink: &Sink,
) {
    SafetyCheck { phrases_of, sink }.steps(steps, None);
}

/// The limits of the rounds around a phrase, and their place.
type EnclosingRounds = (RoundLimits, Span);

struct SafetyCheck<'a, 's> {
    phrases_of: &'s dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    sink: &'s Sink,
}

impl<'a> SafetyCheck<'a, '_> {
    /// `around` is an enclosing repeat that may have no rounds.
    fn steps(&self, steps: &'a [StepText], around: Option<EnclosingRounds>) {
        for step in steps {
            let own = step.rounds().map(|rounds| (rounds, step.span));
            for (place, phrase) in step.phrases().into_iter().enumerate() {
                self.phrase(phrase, 1, around);
                self.phrase(phrase, step.first_round(place), own);
            }
            self.steps(step.children(), around.or(own.filter(|(own, _)| own.times[0] == 0)));
            if let Some(name) = step.fragment() {
                self.fragment(name, around);
            }
        }
    }

    /// Checks a phrase that is spoken in this round, counted from 1.
    fn phrase(&self, phrase: &PhraseText, round: u32, rounds: Option<EnclosingRounds>) {
        let Some(rounds) = rounds.filter(|rounds| phrase.safety && rounds.0.times[0] < round) else { return };
        self.refuse(phrase.text.span, phrase, round, rounds);
    }

    /// Checks a fragment against the rounds around its `use`; rounds within it are checked with the fragment.
    fn fragment(&self, name: &'a Spanned<String>, around: Option<EnclosingRounds>) {
        let Some(rounds) = around else { return };
        for phrase in (self.phrases_of)(name).into_iter().filter(|phrase| phrase.safety) {
            self.refuse(name.span, phrase, 1, rounds);
        }
    }

    fn refuse(&self, place: Span, phrase: &PhraseText, round: u32, (rounds, span): EnclosingRounds) {
        let RoundLimits { key, times } = rounds;
        let name = phrase.id.as_ref().map_or(String::new(), |id| format!(" `{}`", id.value));
        let message = format!("the safety phrase{name} would not be spoken in a version with few rounds");
        let enough = times.map(|count| count.max(round));
        let why = match (times[0], round) {
            (0, 1) => "there may be no rounds".to_owned(),
            (least, _) => {
                format!("there may be only {least} rounds, and the phrase is spoken in round {round}")
            }
        };
        self.sink.emit(
            Diagnostic::error(Code::UnspokenSafety, place, message)
                .related(span, why)
                .help(format!("write `{key} = {enough:?}`, or move the phrase out of the rounds")),
        );
    }
}
