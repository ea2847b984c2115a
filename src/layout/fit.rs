//! How long a version can be: its least, natural and most length, what binds them, and the nearest lengths there are
//! around one that cannot be.

use std::collections::BTreeSet;

use super::cast::dispensable;
use super::context::Context;
use super::flow::{Flow, RoundChoice, Share, box_frames};
use super::lattice::Lattice;
use super::levels::Levels;
use super::pins::{self, Length};
use super::remedy::{Change, remedies};
use super::solve::{self, Scope};
use crate::diag::Sink;
use crate::facts::Facts;
use crate::script::session::Session;
use crate::unit::Frames;

/// How long a version can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The shortest: every phrase left out that may be, the fewest rounds, the shortest pauses.
    pub least: Frames,
    /// When nothing pulls at it; `None` where a pin counts from an end that a natural length does not have.
    pub natural: Option<Frames>,
    /// The longest; `None` is without end.
    pub most: Option<Frames>,
    /// What the shortest is made of.
    pub least_of: Makeup,
    /// What the longest is made of; of what is without end the part that has one.
    pub most_of: Makeup,
    /// How many of its phrases have no recording: their lengths are predicted.
    pub predicted: usize,
}

/// What a length is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Makeup {
    /// The voice.
    pub voice: Frames,
    /// Breaths.
    pub breaths: Frames,
    /// Paces.
    pub paces: Frames,
    /// What phrases wait for bells.
    pub bells: Frames,
    /// Silence.
    pub pauses: Frames,
    /// Parts with a length of their own.
    pub fixed: Frames,
    /// Pauses without end.
    pub endless: usize,
}

/// A length somebody wants, and whether it can be.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The length.
    pub target: Frames,
    /// Whether it can be.
    pub fits: bool,
    /// The nearest length below it that can be; the target itself where it fits.
    pub below: Option<Frames>,
    /// The nearest length above it that can be.
    pub above: Option<Frames>,
    /// Changes to the script that together make it fit, the most effective first; none where it fits or where none
    /// were found.
    pub changes: Vec<Change>,
}

/// How long a session can be.
pub fn fit(session: &Session, facts: &Facts) -> Fit {
    let sink = Sink::new();
    let context = Context { session, facts, levels: Levels::new(session, facts), sink: &sink };
    let (least, most) = reach(&context);
    let natural = pins::solve(&context, Length::Natural);
    let spoken = session.all_phrases.iter().filter(|phrase| !facts.clips.contains_key(&phrase.key));
    Fit {
        least,
        natural: natural.map(|parts| parts.iter().map(|part| part.frames(&context)).sum()),
        most,
        least_of: makeup(&context, false),
        most_of: makeup(&context, true),
        predicted: spoken.count(),
    }
}

/// The least and most length. Long phrases are spoken only above the usual length, so the two are of different casts.
fn reach(context: &Context<'_>) -> (Frames, Option<Frames>) {
    let (least, most) = pins::reach(context, false);
    let usual = context.session.length.map(|length| length.usual.frames(context.facts.rate));
    let (_, long) = pins::reach(context, true);
    let beyond = usual.is_some_and(|usual| long.is_none_or(|long| long > usual));
    (least, if beyond { long } else { most })
}

/// Whether a length can be; if not, what can, and what would have to change.
pub fn aim(session: &Session, facts: &Facts, target: Frames) -> Aim {
    let sink = Sink::new();
    let context = Context { session, facts, levels: Levels::new(session, facts), sink: &sink };
    if reaches(&context, target) {
        return Aim { target, fits: true, below: Some(target), above: Some(target), changes: Vec::new() };
    }
    let (least, most) = reach(&context);
    let (below, above) = if target < least {
        (None, Some(least))
    } else if let Some(most) = most.filter(|most| target > *most) {
        (Some(most), None)
    } else {
        around(&context, target, least, most)
    };
    Aim { target, fits: false, below, above, changes: remedies(&context, target, below, above) }
}

/// Whether a session can be exactly so long.
pub(super) fn reaches(context: &Context<'_>, target: Frames) -> bool {
    let sink = Sink::new();
    let silent =
        Context { sink: &sink, session: context.session, facts: context.facts, levels: context.levels };
    let solved = pins::solve_frames(&silent, target);
    solved.is_some_and(|parts| !parts.iter().any(|part| part.overflows)) && !sink.has_errors()
}

/// The nearest lengths around one in a gap: where pauses are stiff, whole rounds reach only some lengths.
fn around(
    context: &Context<'_>,
    target: Frames,
    least: Frames,
    most: Option<Frames>,
) -> (Option<Frames>, Option<Frames>) {
    let session = context.session;
    let pinned = !session.blocks.is_empty() || session.parts.iter().any(|part| part.at.is_some());
    let (below, above) = if pinned { (Vec::new(), Vec::new()) } else { ends(context, target) };
    let found = |candidates: &[Frames]| candidates.iter().copied().find(|&length| reaches(context, length));
    let below = found(&below).or_else(|| probe(context, target, least, false));
    let above = found(&above).or_else(|| probe(context, target, most.unwrap_or(Frames(u64::MAX / 4)), true));
    (below, above)
}

/// The ends of rows around a length, for every list of phrases left out, the nearest first.
fn ends(context: &Context<'_>, target: Frames) -> (Vec<Frames>, Vec<Frames>) {
    let usual = context.session.length.map(|length| length.usual.frames(context.facts.rate));
    let parts: Vec<usize> = (0..context.session.parts.len()).collect();
    let scope = Scope { above_usual: usual.is_some_and(|usual| target > usual), parts };
    let whole = scope.cast(context, &BTreeSet::new());
    let units = dispensable(context, &whole, &scope.parts);
    let (mut below, mut above) = (BTreeSet::new(), BTreeSet::new());
    for count in 0..=units.len() {
        let omitted = units[..count].iter().flatten().cloned().collect();
        let flow = Flow::new(context, &scope.cast(context, &omitted), RoundChoice::Natural, &scope.parts);
        let lattice = Lattice::new(context, &flow, &flow.groups);
        let (under, over) = lattice.around(target);
        below.extend(under);
        above.extend(over);
    }
    (below.into_iter().rev().collect(), above.into_iter().collect())
}

/// A length that can be, looked for in wider and wider steps towards a limit that can be, and then its edge.
fn probe(context: &Context<'_>, target: Frames, limit: Frames, up: bool) -> Option<Frames> {
    let most = limit.0.abs_diff(target.0);
    let at = |distance: u64| Frames(if up { target.0.saturating_add(distance) } else { target.0 - distance });
    let mut distance = 1;
    while distance < most && !reaches(context, at(distance)) {
        distance = distance.saturating_mul(2);
    }
    let mut good = distance.min(most);
    if !reaches(context, at(good)) {
        return None;
    }
    let mut bad = distance / 2;
    while good - bad > 1 {
        let middle = good.midpoint(bad);
        if reaches(context, at(middle)) { good = middle } else { bad = middle }
    }
    Some(at(good))
}

/// What the shortest or the longest row is made of.
fn makeup(context: &Context<'_>, long: bool) -> Makeup {
    let mut makeup = Makeup::default();
    let mut parts = Vec::new();
    let groups = pins::part_groups(context, long);
    for group in &groups {
        match group.own {
            Some((own, _)) => makeup.fixed += own,
            None => parts.extend(group.parts.clone()),
        }
    }
    if parts.is_empty() {
        return makeup;
    }
    let scope = Scope { parts, above_usual: long };
    let flow = if long { solve::most_row(context, &scope) } else { solve::least_row(context, &scope) };
    for item in &flow.items {
        let frames = box_frames(item, context);
        match item.share() {
            Some(Share::Voice) => makeup.voice += frames,
            Some(Share::Bells) => makeup.bells += frames,
            Some(Share::Breaths) => makeup.breaths += frames,
            Some(Share::Paces) => makeup.paces += frames,
            None => {}
        }
    }
    for glue in flow.glues() {
        if !long {
            makeup.pauses += glue.least;
        } else if let Some(most) = glue.most {
            makeup.pauses += most;
        } else {
            makeup.endless += 1;
        }
    }
    makeup
}
