//! Diagnostics for lengths, pins and locks that are not possible.

use super::context::Context;
use super::lock::{LongerPhrase, PartLock, longer_phrases, part_name};
use super::pins::Length;
use super::solve::{self, Scope, Unreachable};
use crate::diag::{Code, Diagnostic, Remedy, Span};
use crate::script::session::Session;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Rounding, Seconds, TENTH, THOUSANDTH, told_range};

/// What determines the length of a stretch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    Natural,
    /// The requested total length.
    Whole(Length),
    /// The pin at its end.
    Pin(Span),
    /// A length of its own.
    Own(Span),
}

impl Bound {
    /// Where an error about it is shown.
    pub(super) fn place(self, session: &Session) -> Span {
        match self {
            Self::Pin(span) | Self::Own(span) => span,
            Self::Whole(Length::Exactly(length)) => session.place_of_length(length),
            Self::Whole(Length::Natural) | Self::Natural => session.span,
        }
    }

    /// Where it is written, if it is in a file.
    pub(super) fn span(self) -> Option<Span> {
        match self {
            Self::Pin(span) | Self::Own(span) => Some(span),
            Self::Natural | Self::Whole(_) => None,
        }
    }
}

/// Reports a stretch that cannot have its required length.
pub(super) fn refuse(
    context: &Context<'_>,
    scope: &Scope,
    bound: Bound,
    target: Option<Frames>,
    unreachable: Unreachable,
) {
    let (session, rate) = (context.session, context.facts.rate);
    let (least, most) = solve::limits(context, scope);
    let print = |frames: Frames| print_duration(whole_seconds(frames, context));
    let error = match bound {
        Bound::Pin(span) => {
            Diagnostic::error(Code::BadPin, span, "the parts before this pin cannot end at it")
        }
        Bound::Own(span) => {
            let message = format!("this part cannot last {}", print(target.unwrap_or_default()));
            Diagnostic::error(Code::NoLength, span, message)
        }
        Bound::Whole(Length::Exactly(target)) => {
            let message = format!("this exercise cannot last {}", print_duration(target));
            Diagnostic::error(Code::NoLength, bound.place(session), message)
        }
        Bound::Whole(Length::Natural) | Bound::Natural => {
            Diagnostic::error(Code::NoLength, bound.place(session), "this exercise cannot have this length")
        }
    };
    let guidance = session.guidance.name();
    let what = if scope.parts.len() == session.parts.len() { "it lasts" } else { "this stretch lasts" };
    let range = match most {
        // Rounded inwards, as what is said to be possible has to be.
        Some(most) if whole_seconds(least, context) <= full_seconds(most, context) => {
            let most = print_duration(full_seconds(most, context));
            format!("with {guidance} guidance {what} from {} to {most}", print(least))
        }
        Some(most) => {
            let (least, most) = told_range(least, Some(most), rate);
            let most = print_duration(most.unwrap_or(least));
            format!("with {guidance} guidance {what} from {} to {most}", print_duration(least))
        }
        None => format!("with {guidance} guidance {what} {} or longer", print(least)),
    };
    let help = match unreachable {
        Unreachable::TooShort(shortest) => {
            let ask = match (bound, target) {
                (Bound::Pin(_), Some(target)) => {
                    format!("pin it {} later", print(shortest.saturating_sub(target)))
                }
                (Bound::Own(_), _) => format!("give it {}", print(shortest)),
                (Bound::Natural | Bound::Whole(_) | Bound::Pin(_), _) => {
                    format!("ask for {}", print(shortest))
                }
            };
            let shortest = print_duration(shortest.told(rate, THOUSANDTH, Rounding::Up));
            format!(
                "the shortest is {shortest}: {ask}, choose a lighter guidance, or give pauses a smaller `least`"
            )
        }
        Unreachable::TooLong(longest) => format!(
            "the longest is {}: give a pause a larger `most`, or add {{ pause = \"fill\" }} where silence may grow",
            print_duration(longest.told(rate, THOUSANDTH, Rounding::Down))
        ),
    };
    let mut refused = error.note(range).help(help);
    if let Bound::Whole(Length::Exactly(length)) = bound {
        let script = session.track.map_or_else(|| session.script.clone(), |track| track.to_string());
        let least = whole_seconds(least, context);
        let most = most.map_or(Seconds::MOST, |most| full_seconds(most, context));
        if let Some(minutes) = length.times_sixty().filter(|minutes| (least..=most).contains(minutes)) {
            refused = refused.help(Remedy::Minutes(minutes));
        }
        refused = refused.help(Remedy::Fit { script, length });
    }
    if let Some(why) = session.mixed.as_ref().and_then(|mixed| mixed.fixed.as_ref()) {
        refused = refused.note(format!("the pauses of this recording cannot change: {why}"));
    }
    context.sink.emit(refused);
}

/// Reports parts with lengths of their own that are too long or too short for their stretch.
pub(super) fn refuse_surplus(context: &Context<'_>, span: Span, target: Frames, fixed: Frames) {
    let print = |frames: Frames| print_duration(whole_seconds(frames, context));
    let message = "the parts with their own lengths do not fit here";
    let sum = Diagnostic::error(Code::NoLength, span, message).note(format!(
        "together they last {}, but the available time is {}",
        print(fixed),
        print(target)
    ));
    context.sink.emit(sum.help("change one of the lengths, or remove one so that the part becomes flexible"));
}

/// Reports a pin that is before the previous one or after the end of a track as long as `end`.
pub(super) fn refuse_pin(
    context: &Context<'_>,
    span: Span,
    places: Option<(Frames, Frames)>,
    end: Option<Frames>,
) {
    let rate = context.facts.rate;
    let message = match places {
        None => "the first part must begin at the start",
        Some(_) if is_of_a_bell(context, span) => "this bell cannot sound here",
        Some(_) => "this part cannot begin here",
    };
    let mut pin = Diagnostic::error(Code::BadPin, span, message);
    if let Some((place, begun)) = places {
        let clock = |place: Frames| print_duration(place.told(rate, TENTH, Rounding::Nearest));
        let place = clock(place);
        pin = pin.label(match end {
            Some(end) => format!("at {place}, but the track ends at {}", clock(end)),
            None => format!("at {place}, but the pin before it is at {}", clock(begun)),
        });
    }
    context.sink.emit(pin.help("put pins in order of time and before the end of the track"));
}

/// Whether a clock time is that of a bell among the steps of a part, which begins an untitled part.
fn is_of_a_bell(context: &Context<'_>, span: Span) -> bool {
    context.session.parts.iter().any(|part| {
        part.at.is_some_and(|(_, at)| at == span)
            && part.title.is_none()
            && part.steps.first().is_some_and(|step| step.bell().is_some())
    })
}

/// Reports a pin that counts from the end of a natural length.
pub(super) fn refuse_endless_pin(context: &Context<'_>, span: Span) {
    let pin = Diagnostic::error(Code::BadPin, span, "a pin from the end needs a fixed length");
    context.sink.emit(pin.help("request a length, or give the script a usual length"));
}

/// Reports a part that cannot start on a whole minute.
pub(super) fn refuse_minute(context: &Context<'_>, span: Span, least: Frames, most: Option<Frames>) {
    let pin = Diagnostic::error(Code::BadPin, span, "this part cannot begin on a whole minute");
    let (told, last) = told_range(least, most, context.facts.rate);
    let (first, last) = (print_duration(told), last.map(print_duration));
    let reach = match last {
        Some(last) if most >= Some(least) => format!("it can begin from {first} to {last}"),
        Some(_) | None => {
            format!("the parts before it end at {first} at the earliest, too late for the parts after it")
        }
    };
    context
        .sink
        .emit(pin.note(reach).help("give the pauses before it wider limits, or pin it to a clock time"));
}

/// Reports a part that cannot have its length in the other version. `over` is how much it is too long (`Ok`) or too
/// short.
pub(super) fn refuse_locked(
    context: &Context<'_>,
    part: usize,
    over: Result<Frames, Frames>,
    lock: &PartLock,
) {
    let (session, rate) = (context.session, context.facts.rate);
    let name = part_name(session, part);
    let seconds = |frames: Frames| print_duration(frames.told(rate, TENTH, Rounding::Nearest));
    let Ok(over) = over else {
        let short = over.unwrap_or_else(|short| short);
        let message = format!("`{name}` is too short for its time in {}", lock.name);
        let refused = Diagnostic::error(Code::LockedPart, session.span, message);
        context.sink.emit(
            refused
                .note(format!("it is {} too short", seconds(short)))
                .help("give one of its pauses a larger `most`, or add { pause = \"fill\" } to it"),
        );
        return;
    };
    let longer = longer_phrases(context, part, lock, rate);
    let span = longer.first().map_or(session.span, |phrase| phrase.span);
    let message = format!("`{name}` is too long for its time in {} by {}", lock.name, seconds(over));
    let mut refused = Diagnostic::error(Code::LockedPart, span, message);
    let mut saved = Frames::ZERO;
    let mut phrases = Vec::new();
    for LongerPhrase { key, frames, there, .. } in longer {
        if saved >= over && !phrases.is_empty() {
            break;
        }
        saved += frames.saturating_sub(there);
        phrases.push(format!("{key} ({} instead of {})", seconds(frames), seconds(there)));
    }
    if phrases.is_empty() {
        refused = refused.help("give its pauses a smaller `least`");
    } else {
        refused = refused
            .note(format!("these phrases are longer in this version: {}", phrases.join(", ")))
            .help("shorten these phrases, or give the pauses of the part a smaller `least`");
    }
    context.sink.emit(refused);
}

/// As many whole seconds as there is room for, for messages.
fn full_seconds(frames: Frames, context: &Context<'_>) -> Seconds {
    Seconds::whole(frames.0 / u64::from(context.facts.rate.hz()))
}

/// A length rounded up to whole seconds, for messages.
fn whole_seconds(frames: Frames, context: &Context<'_>) -> Seconds {
    Seconds::whole(frames.0.div_ceil(u64::from(context.facts.rate.hz())))
}
