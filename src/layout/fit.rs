//! How long a version can be: its shortest, natural and longest length, what each is made of, and the nearest possible
//! lengths around one that is not possible.

use std::collections::BTreeSet;

use super::context::{Context, Effort};
use super::flow::{Flow, RoundChoice, Share, box_frames};
use super::levels::Levels;
use super::pins::{self, Length};
use super::remedy::{Change, remedies};
use super::round_bounds::RoundBounds;
use super::selection::dispensable;
use super::solve::{self, Scope};
use crate::diag::Sink;
use crate::facts::Facts;
use crate::script::session::Session;
use crate::unit::Frames;

/// The lengths a version can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The shortest: without all phrases that may be left out, with the fewest rounds and the shortest pauses.
    pub least: Frames,
    /// The natural length; `None` if a pin counts from the end, which needs a given length.
    pub natural: Option<Frames>,
    /// The longest; `None` for no limit.
    pub most: Option<Frames>,
    /// The breakdown of the shortest length.
    pub least_of: LengthBreakdown,
    /// The breakdown of the longest length, without the pauses that have no limit.
    pub most_of: LengthBreakdown,
    /// The number of phrases without a recording, whose lengths are predicted.
    pub predicted: usize,
    /// Whether the row has too many steps to be laid out; then nothing else is known.
    pub overflows: bool,
}

/// The components of a length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LengthBreakdown {
    pub voice: Frames,
    pub breaths: Frames,
    pub paces: Frames,
    /// Waits for bells before the next phrase.
    pub bells: Frames,
    pub pauses: Frames,
    /// Parts with a length of their own.
    pub fixed: Frames,
    /// The number of pauses that have no limit.
    pub endless: usize,
}

/// A requested length, and whether it is possible.
#[derive(Clone, Debug)]
pub struct LengthCheck {
    pub target: Frames,
    pub fits: bool,
    /// The nearest possible length below it; the target itself if it fits.
    pub below: Option<Frames>,
    /// The nearest possible length above it; the target itself if it fits.
    pub above: Option<Frames>,
    /// Changes to the script that together make it fit, the most effective first; empty if it fits or if none were
    /// found.
    pub changes: Vec<Change>,
    /// Whether everything was tried; else there may be nearer lengths, and it may even fit.
    pub is_exact: bool,
}

/// The lengths that a session can have.
pub fn fit(session: &Session, facts: &Facts) -> Fit {
    let sink = Sink::new();
    let effort = Effort::new();
    let levels = Levels::new(session, facts);
    let context = Context { session, facts, levels, sink: &sink, effort: &effort, any_row: true };
    let natural = pins::solve(&context, Length::Natural);
    if natural.as_ref().is_some_and(|parts| parts.iter().any(|part| part.overflows)) {
        return Fit {
            least: Frames::ZERO,
            natural: None,
            most: None,
            least_of: LengthBreakdown::default(),
            most_of: LengthBreakdown::default(),
            predicted: 0,
            overflows: true,
        };
    }
    let (least, most) = reach(&context);
    let spoken = session.all_phrases.iter().filter(|phrase| !facts.clips.contains_key(&phrase.key));
    Fit {
        least,
        natural: natural.map(|parts| parts.iter().map(|part| part.frames(&context)).sum()),
        most,
        least_of: breakdown(&context, false),
        most_of: breakdown(&context, true),
        predicted: spoken.count(),
        overflows: false,
    }
}

/// The shortest and longest length. Phrases with `keep = "long"` count only for lengths above the usual one.
fn reach(context: &Context<'_>) -> (Frames, Option<Frames>) {
    let (least, most) = pins::reach(context, false);
    let usual = context.session.length.map(|length| length.usual.frames(context.facts.rate));
    let (_, long) = pins::reach(context, true);
    let beyond = usual.is_some_and(|usual| long.is_none_or(|long| long > usual));
    (least, if beyond { long } else { most })
}

/// Checks whether a length is possible, as one of several such questions that together may take little longer than one. If
/// it is not, finds the nearest possible lengths and changes to the script.
pub fn check_length(questions: usize, session: &Session, facts: &Facts, target: Frames) -> LengthCheck {
    let sink = Sink::new();
    let effort = Effort::shared(questions);
    let levels = Levels::new(session, facts);
    let context = Context { session, facts, levels, sink: &sink, effort: &effort, any_row: true };
    if reaches(&context, target) {
        return LengthCheck {
            target,
            fits: true,
            below: Some(target),
            above: Some(target),
            changes: Vec::new(),
            is_exact: true,
        };
    }
    let (least, most) = reach(&context);
    let (below, above) = if target < least {
        (None, Some(least))
    } else if let Some(most) = most.filter(|most| target > *most) {
        (Some(most), None)
    } else {
        around(&context, target, least, most)
    };
    // Without effort for the search below and above there are still the limits.
    let (below, above) =
        if below.is_none() && above.is_none() { (Some(least), most) } else { (below, above) };
    let changes = if effort.ended_early() { Vec::new() } else { remedies(&context, target, below, above) };
    LengthCheck { target, fits: false, below, above, changes, is_exact: !effort.ended_early() }
}

/// Whether a session can have exactly this length.
pub(super) fn reaches(context: &Context<'_>, target: Frames) -> bool {
    let sink = Sink::new();
    let silent = Context { sink: &sink, levels: context.levels, ..*context };
    let solved = pins::solve_frames(&silent, target);
    solved.is_some_and(|parts| !parts.iter().any(|part| part.overflows)) && !sink.has_errors()
}

/// The nearest possible lengths around a gap. With fixed pauses only some lengths can be reached by whole rounds.
fn around(
    context: &Context<'_>,
    target: Frames,
    least: Frames,
    most: Option<Frames>,
) -> (Option<Frames>, Option<Frames>) {
    let session = context.session;
    let pinned = !session.blocks.is_empty() || session.parts.iter().any(|part| part.at.is_some());
    let (below, above) = if pinned { (Vec::new(), Vec::new()) } else { ends(context, target) };
    let found = |candidates: &[Frames]| {
        let mut tried = candidates.iter().copied().take_while(|_| !context.effort.ended_early());
        tried.find(|&length| reaches(context, length))
    };
    let below = found(&below).or_else(|| probe(context, target, least, false));
    let above = found(&above).or_else(|| probe(context, target, most.unwrap_or(Frames(u64::MAX / 4)), true));
    (below, above)
}

/// The limits of rows around a length, for every list of phrases left out, the nearest first.
fn ends(context: &Context<'_>, target: Frames) -> (Vec<Frames>, Vec<Frames>) {
    let usual = context.session.length.map(|length| length.usual.frames(context.facts.rate));
    let parts: Vec<usize> = (0..context.session.parts.len()).collect();
    let scope = Scope { above_usual: usual.is_some_and(|usual| target > usual), parts };
    let whole = scope.selection(context, &BTreeSet::new());
    let droppable = dispensable(context, &whole, &scope.parts);
    let (mut below, mut above) = (BTreeSet::new(), BTreeSet::new());
    for count in 0..=droppable.len() {
        if context.effort.ended_early() {
            break;
        }
        let omitted = droppable[..count].iter().flatten().cloned().collect();
        let flow =
            Flow::new(context, &scope.selection(context, &omitted), RoundChoice::Natural, &scope.parts);
        let bounds = RoundBounds::new(context, &flow, &flow.groups);
        let (under, over) = bounds.around(target, context.effort);
        below.extend(under);
        above.extend(over);
    }
    (below.into_iter().rev().collect(), above.into_iter().collect())
}

/// Finds the possible length nearest to `target`: searches with growing steps towards `limit`, then bisects.
fn probe(context: &Context<'_>, target: Frames, limit: Frames, up: bool) -> Option<Frames> {
    let most = limit.0.abs_diff(target.0);
    let at = |distance: u64| Frames(if up { target.0.saturating_add(distance) } else { target.0 - distance });
    let mut distance = 1;
    while distance < most && !reaches(context, at(distance)) {
        if context.effort.ended_early() {
            return None;
        }
        distance = distance.saturating_mul(2);
    }
    let mut good = distance.min(most);
    if !reaches(context, at(good)) {
        return None;
    }
    let mut bad = distance / 2;
    while good - bad > 1 && !context.effort.ended_early() {
        let middle = good.midpoint(bad);
        if reaches(context, at(middle)) { good = middle } else { bad = middle }
    }
    Some(at(good))
}

/// The breakdown of the shortest or the longest row.
fn breakdown(context: &Context<'_>, long: bool) -> LengthBreakdown {
    let mut breakdown = LengthBreakdown::default();
    let mut parts = Vec::new();
    let groups = pins::part_groups(context, long);
    for group in &groups {
        match group.own {
            Some((own, _)) => breakdown.fixed += own,
            None => parts.extend(group.parts.clone()),
        }
    }
    if parts.is_empty() {
        return breakdown;
    }
    let scope = Scope { parts, above_usual: long };
    let flow = if long { solve::most_row(context, &scope) } else { solve::least_row(context, &scope) };
    for item in &flow.items {
        let frames = box_frames(item, context);
        match item.share() {
            Some(Share::Voice) => breakdown.voice += frames,
            Some(Share::Bells) => breakdown.bells += frames,
            Some(Share::Breaths) => breakdown.breaths += frames,
            Some(Share::Paces) => breakdown.paces += frames,
            None => {}
        }
    }
    for glue in flow.glues() {
        if !long {
            breakdown.pauses += glue.least;
        } else if let Some(most) = glue.most {
            breakdown.pauses += most;
        } else {
            breakdown.endless += 1;
        }
    }
    breakdown
}
