//! A phrase spoken on breaths or paces.

use super::pause;
use super::say::PhraseText;
use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::toml::key::Key;
use crate::toml::kind::Kind;
use crate::toml::table::Table;

const SPOKEN: Key =
    Key::new("spoken", Kind::Whole(1, 1_000), "2", "In how many rounds the phrase is spoken. Default 1.");

pub(super) static KEYS: [Key; 1] = [SPOKEN];

/// The keys of a phrase that a step on a grid may have.
pub(super) const WITH: &[&str] = &[
    "say",
    "id",
    "keep",
    "safety",
    "hard",
    "soft",
    "own",
    "note",
    "because",
    pause::KEY,
    "instead",
    "worth",
    SPOKEN.name,
];

/// Where it is written in how many rounds the phrase is spoken.
pub(super) fn place_of_spoken(step: &Table<'_>) -> Option<Span> {
    step.get(SPOKEN.name).map(|node| node.span())
}

/// Warns of a phrase that is to be spoken in more rounds than there ever are.
pub(super) fn check_spoken(sink: &Sink, place: Option<Span>, spoken: u32, most: u32) {
    let Some(place) = place.filter(|_| spoken > most) else { return };
    let rounds = if most == 1 { "1 round".to_owned() } else { format!("{most} rounds") };
    let message =
        format!("the phrase cannot be spoken in {spoken} rounds: there are never more than {rounds}");
    let told = Diagnostic::warning(Code::OutOfRange, place, message);
    sink.emit(told.patch(format!("type {most}, for every round"), place, most.to_string()));
}

/// The phrase, and in how many rounds it is spoken.
pub(super) fn read(step: &Table<'_>) -> (Option<PhraseText>, u32) {
    let spoken = step.get(SPOKEN.name).and_then(|node| node.whole()).unwrap_or(1) as u32;
    if step.has("say") {
        return (PhraseText::read(step), spoken);
    }
    for key in [
        "id",
        "keep",
        "safety",
        "hard",
        "soft",
        "own",
        "note",
        "because",
        "instead",
        "worth",
        SPOKEN.name,
        pause::KEY,
    ] {
        if let Some(node) = step.get(key) {
            let clash =
                node.refuse(Code::Clash, format!("`{key}` belongs to a phrase, and this step has none"));
            step.sink().emit(clash.help("add `say`, or remove it; a pause can be a step of its own"));
        }
    }
    (None, spoken)
}
