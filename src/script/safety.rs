//! Safety phrases within rounds: a version may have so few rounds that one would go unspoken.

use super::step::{PhraseText, RepeatBody, StepKind, StepText};
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned};

/// Reports every safety phrase of a script or fragment that the least number of rounds around it leaves unspoken.
/// `phrases_of` gives the phrases of a fragment, those of fragments within it included.
pub(super) fn refuse_unspoken<'a>(
    steps: &'a [StepText],
    phrases_of: &dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    sink: &Sink,
) {
    Search { phrases_of, sink }.steps(steps, None);
}

/// Rounds of which there may be too few: the key that says how many, least, natural and most, and where it is written.
#[derive(Clone, Copy)]
struct Rounds {
    key: &'static str,
    times: [u32; 3],
    span: Span,
}

struct Search<'a, 's> {
    phrases_of: &'s dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    sink: &'s Sink,
}

impl<'a> Search<'a, '_> {
    /// `around` is a repeat that may have no rounds at all.
    fn steps(&self, steps: &'a [StepText], around: Option<Rounds>) {
        for step in steps {
            let rounds = |key, times| Rounds { key, times, span: step.span };
            match &step.kind {
                StepKind::Say(phrase) => self.phrase(phrase, 1, around),
                StepKind::Breathe(breath) => {
                    let own = rounds("times", breath.times);
                    if let Some(phrase) = &breath.phrase {
                        self.phrase(phrase, 1, around.or(Some(own)));
                    }
                }
                StepKind::Walk(walk) => {
                    let own = rounds("steps", walk.paces);
                    if let Some(phrase) = &walk.phrase {
                        let beats = phrase.text.value.split('|').count() as u32;
                        self.phrase(phrase, beats, around.or(Some(own)));
                    }
                }
                StepKind::Repeat(repeat) => {
                    let own = rounds("repeat", repeat.times);
                    match &repeat.body {
                        RepeatBody::Steps(steps) => {
                            self.steps(steps, around.or((own.times[0] == 0).then_some(own)));
                        }
                        RepeatBody::Rotate(phrases) => {
                            for (phrase, turn) in phrases.iter().zip(1..) {
                                self.phrase(phrase, turn, around.or(Some(own)));
                            }
                        }
                    }
                }
                StepKind::Together(group) => self.steps(&group.steps, around),
                StepKind::Use(name) => self.fragment(name, around),
                StepKind::Pause(_) | StepKind::Bell(_) => {}
            }
        }
    }

    /// A phrase that is spoken in the round of that number, the first being 1.
    fn phrase(&self, phrase: &PhraseText, round: u32, rounds: Option<Rounds>) {
        let Some(rounds) = rounds.filter(|rounds| phrase.safety && rounds.times[0] < round) else { return };
        self.refuse(phrase.text.span, phrase, round, rounds);
    }

    /// The phrases of a fragment are checked where they are written; here only what is around it counts.
    fn fragment(&self, name: &'a Spanned<String>, around: Option<Rounds>) {
        let Some(rounds) = around else { return };
        for phrase in (self.phrases_of)(name).into_iter().filter(|phrase| phrase.safety) {
            self.refuse(name.span, phrase, 1, rounds);
        }
    }

    fn refuse(&self, place: Span, phrase: &PhraseText, round: u32, rounds: Rounds) {
        let Rounds { key, times, span } = rounds;
        let name = phrase.id.as_ref().map_or(String::new(), |id| format!(" `{}`", id.value));
        let message = format!("the safety phrase{name} would not be spoken in a version with few rounds");
        let enough = times.map(|count| count.max(round));
        let why = match (times[0], round) {
            (0, 1) => "there may be no rounds at all".to_owned(),
            (least, _) => format!("there may be {least} rounds, and it needs {round}"),
        };
        self.sink.emit(Diagnostic::error(Code::UnspokenSafety, place, message).related(span, why).help(
            format!("write `{key} = {enough:?}`, or say the phrase in a step of its own, outside the rounds"),
        ));
    }
}
