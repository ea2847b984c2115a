//! Finds safety phrases that some version would not speak: in rounds of which it has few, or in a choice that a listener
//! may not make.

use super::exercise::Script;
use super::step::{PhraseText, RoundLimits, StepText, When};
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

/// Warns of every safety phrase that depends on a choice of which another value has no safety phrase of its own.
pub(super) fn warn_unspoken_by_choice<'a>(
    script: &'a Script,
    phrases_of: &dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    sink: &Sink,
) {
    let mut found = Vec::new();
    for part in &script.parts {
        collect(&part.steps, &[&part.when], phrases_of, &mut found);
    }
    let speaks = |name: &str, value: &str| {
        let asks = |(own, of): &&(Spanned<String>, Spanned<String>)| own.value == name && of.value == value;
        found.iter().any(|phrase| phrase.conditions().any(|condition| asks(&condition)))
    };
    for phrase in &found {
        for (name, value) in phrase.conditions() {
            let Some(choice) = script.choices.iter().find(|choice| choice.name.value == name.value) else {
                continue;
            };
            let others = choice.values.iter().map(|value| value.value.as_str());
            let silent: Vec<_> =
                others.filter(|other| *other != value.value && !speaks(&name.value, other)).collect();
            if silent.is_empty() {
                continue;
            }
            let silent = format!("`{}`", silent.join("` or `"));
            let message = format!("this safety phrase is not spoken if the listener chooses {silent}");
            sink.emit(
                Diagnostic::warning(Code::UnspokenSafety, phrase.place, message)
                    .related(name.span, "it depends on this choice")
                    .help(format!("take it out of `when`, or add a safety phrase for {silent} too")),
            );
        }
    }
}

/// A safety phrase and the choices that it depends on.
struct ChosenPhrase<'a> {
    place: Span,
    when: Vec<&'a When>,
}

impl<'a> ChosenPhrase<'a> {
    fn conditions(&self) -> impl Iterator<Item = &'a (Spanned<String>, Spanned<String>)> {
        self.when.iter().copied().flatten()
    }
}

/// Collects the safety phrases of steps that `when` surrounds.
fn collect<'a>(
    steps: &'a [StepText],
    when: &[&'a When],
    phrases_of: &dyn Fn(&'a Spanned<String>) -> Vec<&'a PhraseText>,
    found: &mut Vec<ChosenPhrase<'a>>,
) {
    for step in steps {
        let when = [when, &[&step.when]].concat();
        let own = step.phrases().into_iter().filter(|phrase| phrase.safety).map(|phrase| phrase.text.span);
        let used = step.fragment().filter(|name| phrases_of(name).iter().any(|phrase| phrase.safety));
        let places = own.chain(used.map(|name| name.span));
        found.extend(places.map(|place| ChosenPhrase { place, when: when.clone() }));
        collect(step.children(), &when, phrases_of, found);
    }
}
