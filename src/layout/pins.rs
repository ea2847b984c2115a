//! Pins: parts that begin at a clock time cut a session into stretches, each solved alone.

use std::ops::Range;

use super::flow::Context;
use super::place::Length;
use super::solve::{self, Solution, Unreachable};
use crate::diag::{Code, Diagnostic};
use crate::script::exercise::ClockTime;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Seconds};

/// A stretch between two pins.
struct Stretch {
    parts: Range<usize>,
    /// How long it has to be; `None` where nothing says so.
    target: Option<Frames>,
}

/// Solves a session stretch by stretch; a stretch that cannot be as long as its pins ask is reported, and gives
/// `None`.
pub(super) fn solve<'a>(context: &Context<'a>, length: Length) -> Option<Solution<'a>> {
    let rate = context.facts.rate;
    let total = match length {
        Length::Natural => None,
        Length::Exactly(target) => Some(target.frames(rate)),
    };
    let usual = context.session.length.map(|length| length.usual.frames(rate));
    let above_usual = total.zip(usual).is_some_and(|(total, usual)| total > usual);
    let stretches = stretches(context, total)?;
    let mut whole: Option<Solution<'a>> = None;
    for stretch in stretches {
        let solved = match stretch.target {
            None => Ok(solve::natural(context, stretch.parts.clone())),
            Some(target) => solve::exactly(context, stretch.parts.clone(), target, above_usual),
        };
        match solved {
            Ok(solution) => append(&mut whole, solution),
            Err(unreachable) => {
                context.sink.emit(refuse(context, &stretch, length, unreachable));
                return None;
            }
        }
    }
    whole
}

fn append<'a>(whole: &mut Option<Solution<'a>>, next: Solution<'a>) {
    match whole {
        None => *whole = Some(next),
        Some(whole) => {
            whole.flow.items.extend(next.flow.items);
            whole.flow.left_out.extend(next.flow.left_out);
            whole.flow.groups.extend(next.flow.groups);
            whole.lengths.extend(next.lengths);
        }
    }
}

/// The stretches between the pinned parts. A pin from the end needs a length to count from.
fn stretches(context: &Context<'_>, total: Option<Frames>) -> Option<Vec<Stretch>> {
    let (rate, parts) = (context.facts.rate, &context.session.parts);
    let mut found = Vec::new();
    let (mut first, mut begun) = (0, Frames::ZERO);
    for (index, part) in parts.iter().enumerate() {
        let Some((at, span)) = part.at else { continue };
        let place = match (at, total) {
            (ClockTime::Start(time), _) => Some(time.frames(rate)),
            (ClockTime::End(time), Some(total)) => Some(total.saturating_sub(time.frames(rate))),
            (ClockTime::End(_), None) => None,
        };
        let Some(place) = place else {
            let message = "a natural length has no end to count from";
            let pin = Diagnostic::error(Code::BadPin, span, message);
            context.sink.emit(pin.help("ask for a length, or give the script a usual one"));
            return None;
        };
        let possible = place >= begun
            && (index > 0 || place == Frames::ZERO)
            && total.is_none_or(|total| place <= total);
        if !possible {
            let message =
                if index == 0 { "the first part begins at the start" } else { "this part cannot begin here" };
            let mut pin = Diagnostic::error(Code::BadPin, span, message);
            if index > 0 {
                pin = pin.label(format!(
                    "{:.1} s, and the one before is pinned to {:.1} s",
                    place.seconds(rate),
                    begun.seconds(rate)
                ));
            }
            context.sink.emit(pin.help("pins go forward in time and end before the track does"));
            return None;
        }
        if index > 0 {
            found.push(Stretch { parts: first..index, target: Some(place.saturating_sub(begun)) });
        }
        (first, begun) = (index, place);
    }
    found.push(Stretch { parts: first..parts.len(), target: total.map(|total| total.saturating_sub(begun)) });
    Some(found)
}

/// What is said of a length that cannot be reached.
fn refuse(context: &Context<'_>, stretch: &Stretch, length: Length, unreachable: Unreachable) -> Diagnostic {
    let (session, rate) = (context.session, context.facts.rate);
    let (least, most) = solve::limits(context, &stretch.parts);
    let print = |frames: Frames| print_duration(whole_seconds(frames, context));
    let pinned = session.parts.get(stretch.parts.end).and_then(|part| part.at);
    let mistake = match (pinned, length) {
        (Some((_, span)), _) => {
            Diagnostic::error(Code::BadPin, span, "what comes before cannot end where this part is pinned")
        }
        (None, Length::Exactly(target)) => {
            let message = format!("this exercise cannot last {}", print_duration(target));
            Diagnostic::error(Code::NoLength, session.span, message)
        }
        (None, Length::Natural) => {
            Diagnostic::error(Code::NoLength, session.span, "this exercise has no such length")
        }
    };
    let guidance = session.guidance.name();
    let what = if stretch.parts.len() == session.parts.len() { "it lasts" } else { "this stretch lasts" };
    let range = match most {
        Some(most) => format!("with {guidance} guidance {what} from {} to {}", print(least), print(most)),
        None => format!("with {guidance} guidance {what} {} or longer", print(least)),
    };
    let help = match unreachable {
        Unreachable::TooShort(shortest) => {
            let ask = match stretch.target.filter(|_| pinned.is_some()) {
                Some(target) => format!("pin it {} later", print(shortest.saturating_sub(target))),
                None => format!("ask for {}", print(shortest)),
            };
            let shortest = shortest.seconds(rate);
            format!(
                "the shortest is {shortest:.3} s: {ask}, choose a lighter guidance, or give pauses a smaller `least`"
            )
        }
        Unreachable::TooLong(longest) => format!(
            "the longest is {:.3} s: give a pause a larger `most`, or add {{ pause = \"fill\" }} where silence may grow",
            longest.seconds(rate)
        ),
    };
    mistake.note(range).help(help)
}

/// A length rounded up to the second, for people.
fn whole_seconds(frames: Frames, context: &Context<'_>) -> Seconds {
    Seconds::whole(frames.0.div_ceil(u64::from(context.facts.rate.hz())))
}
