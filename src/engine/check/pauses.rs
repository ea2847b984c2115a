//! Pauses that cannot have been meant, such as those in milliseconds, and phrases that find no room.

use crate::diag::{Code, Diagnostic, Sources, Span};
use crate::layout::{Timeline, Why};
use crate::script::exercise::Script;
use crate::script::session::{PhraseKey, Session};
use crate::script::step::{StepText, all_steps};
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// A shorter pause cannot be heard as one.
const SHORTEST: Seconds = Seconds::from_millis(50);

/// The pauses that are written in a script, each with its place.
fn pauses(script: &Script) -> impl Iterator<Item = (Seconds, Span)> {
    let steps = script.parts.iter().flat_map(|part| all_steps(&part.steps));
    steps.filter_map(|step: &StepText| step.pause.as_ref()).map(|pause| (pause.value, pause.span))
}

/// Pauses that are longer than their whole exercise may be.
pub(super) fn long_pauses(sources: &Sources, script: &Script, most: Seconds) -> Vec<Diagnostic> {
    let long = pauses(script).filter(|(length, _)| *length > most);
    long.map(|(length, place)| {
        let (length, most) = (print_duration(length), print_duration(most));
        let message =
            format!("this pause of {length} is longer than the exercise, which lasts {most} at most");
        let error = Diagnostic::error(Code::OutOfRange, place, message);
        match meant(sources.text(place)) {
            Some((why, typed)) => error.patch(why, place, typed),
            None => error.help("write a shorter pause, or a larger `most` in `length`"),
        }
    })
    .collect()
}

/// What was meant by a pause that is far too long as it is written: milliseconds, zeros too many, or minutes for seconds.
fn meant(written: &str) -> Option<(String, String)> {
    let text = written.trim_matches(['"', '\'']).trim();
    if let Some(minutes) = text.strip_suffix('m').filter(|number| number.parse::<f64>().is_ok()) {
        return Some((format!("did you mean {minutes} seconds?"), format!("\"{minutes}s\"")));
    }
    let number: u64 = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    if !number.is_multiple_of(100) {
        return None;
    }
    let seconds = if number >= 1_000 { number as f64 / 1_000.0 } else { number as f64 / 100.0 };
    Some((format!("did you mean {seconds}? A number alone is seconds"), seconds.to_string()))
}

/// Pauses that are too short to be heard.
pub(super) fn short_pauses(script: &Script) -> Vec<Diagnostic> {
    let short = pauses(script).filter(|(length, _)| Seconds::ZERO < *length && *length < SHORTEST);
    short
        .map(|(length, place)| {
            let millis = length.as_f64() * 1_000.0;
            let message = format!("this pause of {millis} ms is too short to be heard");
            let seconds = (millis * 1_000.0).round() / 1_000.0;
            let title = format!("did you mean {seconds}? A number alone is seconds");
            Diagnostic::warning(Code::OutOfRange, place, message).patch(title, place, seconds.to_string())
        })
        .collect()
}

/// The phrases for which the usual length has no room, though everything is to be spoken; not those that are told already.
pub(super) fn left_out(session: &Session, timeline: &Timeline, told: &[Diagnostic]) -> Option<Diagnostic> {
    let is_out = |key: &PhraseKey| {
        timeline.left_out.iter().any(|left_out| left_out.why == Why::Length && left_out.key == *key)
    };
    let length = print_duration(session.length.map_or(Seconds::ZERO, |limits| limits.usual));
    let phrases = session.all_steps().into_iter().filter_map(|step| step.phrase());
    let out: Vec<_> = phrases.filter(|phrase| phrase.instead.is_none() && is_out(&phrase.key)).collect();
    let is_told = |span: Span| {
        told.iter().any(|one| one.code == Code::NoLength && one.labels.iter().any(|label| label.span == span))
    };
    if out.iter().any(|phrase| is_told(phrase.span)) {
        return None;
    }
    let (first, others) = out.split_first()?;
    let those = if others.is_empty() { "this phrase".to_owned() } else { format!("{} phrases", out.len()) };
    let message = format!("at the usual length, {length}, there is no room for {those}");
    let warning = Diagnostic::warning(Code::NoLength, first.span, message);
    let warning = others.iter().fold(warning, |warning, other| warning.related(other.span, "and this one"));
    let help = "make pauses shorter, write a longer `usual` in `length`, or take the phrase out";
    Some(warning.note(format!("laid out as {} {}", session.language, session.guidance.name())).help(help))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_pause_in_another_unit_is_understood() {
        for (written, typed) in [
            ("7000", Some("7")),
            ("700", Some("7")),
            ("1500", Some("1.5")),
            ("\"7000s\"", Some("7")),
            ("\"20m\"", Some("\"20s\"")),
            ("777", None),
            ("\"1h\"", None),
        ] {
            assert_eq!(meant(written).map(|(_, typed)| typed).as_deref(), typed, "{written}");
        }
    }
}
