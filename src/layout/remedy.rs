//! Proposes the smallest changes to a script that make a length possible: wider limits of pauses and of rounds, the
//! most effective first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::context::Context;
use super::fit::reaches;
use super::selection::{Inclusion, Selection, dispensable};
use super::solve::Scope;
use crate::diag::Span;
use crate::script::elastic::Elastic;
use crate::script::session::{Part, PhraseKey, Session, Step};
use crate::unit::{Frames, Seconds};

/// One change to a script.
#[derive(Clone, Debug)]
pub struct Change {
    /// The step to change; the start of the file for head and tail.
    pub span: Span,
    /// The new value, such as `times = [1, 6, 12]`.
    pub text: String,
    /// How much shorter or longer the row can be afterwards.
    pub gain: Frames,
    edit: StepEdit,
}

#[derive(Clone, Copy, Debug)]
enum StepEdit {
    Pause(Elastic),
    Times([u32; 3]),
}

/// The shortest `least` that is proposed.
const SHORTEST: Seconds = Seconds::from_millis(600);
/// The most changes that are proposed.
const MOST_CHANGES: usize = 12;

/// Changes that together make a length fit, given the nearest possible lengths below and above.
pub(super) fn remedies(
    context: &Context<'_>,
    target: Frames,
    below: Option<Frames>,
    above: Option<Frames>,
) -> Vec<Change> {
    // In a gap, extend the nearer side.
    let shorter = match (below, above) {
        (None, Some(above)) => Some((true, above.saturating_sub(target))),
        (Some(below), None) => Some((false, target.saturating_sub(below))),
        (Some(below), Some(above)) => {
            let (up, down) = (target.saturating_sub(below), above.saturating_sub(target));
            Some(if up <= down { (false, up) } else { (true, down) })
        }
        (None, None) => None,
    };
    let Some((shorter, need)) = shorter else { return Vec::new() };
    let mut candidates = candidates(context, shorter);
    candidates.sort_by_key(|candidate| Reverse(candidate.worth));
    let mut changes: Vec<Change> = Vec::new();
    let mut missing = need;
    for candidate in candidates {
        let Some(change) = candidate.change(missing, shorter, context) else { continue };
        let left = missing.saturating_sub(change.gain);
        changes.push(change);
        if left > Frames::ZERO {
            missing = left;
        } else if helps(context, &changes, target) {
            changes.sort_by_key(|change| Reverse(change.gain));
            return changes;
        } else {
            // This change does not close the gap.
            changes.pop();
        }
        if changes.len() == MOST_CHANGES {
            break;
        }
    }
    Vec::new()
}

/// Whether a session with these changes can have this length.
fn helps(context: &Context<'_>, changes: &[Change], target: Frames) -> bool {
    let session = changed(context.session, changes);
    let changed = Context { session: &session, levels: context.levels, ..*context };
    reaches(&changed, target)
}

/// A possible change.
struct Candidate {
    span: Span,
    key: &'static str,
    what: What,
    /// How often it occurs in the row.
    times: u64,
    /// The sort key: how much it can shorten the row, or how little a longer pause is noticed.
    worth: u64,
}

#[derive(Clone, Copy)]
enum What {
    Pause(Elastic),
    Rounds { times: [u32; 3], fewest: u32, round: Frames },
}

fn candidates(context: &Context<'_>, shorter: bool) -> Vec<Candidate> {
    let session = context.session;
    let mut parts = Vec::new();
    for group in super::pins::part_groups(context, false) {
        if group.own.is_none() {
            parts.extend(group.parts);
        }
    }
    let scope = Scope { parts, above_usual: false };
    let mut omitted: BTreeSet<PhraseKey> = BTreeSet::new();
    if shorter {
        let whole = scope.selection(context, &omitted);
        omitted = dispensable(context, &whole, &scope.parts).into_iter().flatten().collect();
    }
    let selection = scope.selection(context, &omitted);
    let mut found = Finder { context, selection: &selection, shorter, found: Vec::new() };
    for &part in &scope.parts {
        found.steps(&session.parts[part].steps, 1, true);
    }
    found.found
}

struct Finder<'a, 'b> {
    context: &'b Context<'a>,
    selection: &'b Selection,
    shorter: bool,
    found: Vec<Candidate>,
}

impl Finder<'_, '_> {
    fn steps(&mut self, steps: &[Step], times: u64, top: bool) {
        for step in steps {
            if let Some(pause) = step.pause().filter(|_| self.can_bend(step)) {
                self.pause(step.span, pause, times);
            }
            if self.selection.leaves_out(step).is_some() {
                continue;
            }
            let lists = step.children();
            let rounds = step.rounds().map_or(lists.len() as u64, |rounds| self.count(rounds.times, top));
            for (index, list) in (0..).zip(&lists) {
                let (cycles, more) = (rounds / lists.len() as u64, rounds % lists.len() as u64);
                self.steps(list, times.saturating_mul(cycles + u64::from(index < more)), false);
            }
            if let Some(rounds) = step.rounds().filter(|_| top) {
                let round = super::flow::round_length(self.context, self.selection, step);
                self.rounds(step.span, rounds.key, (rounds.times, step.fewest_rounds()), round);
            }
        }
    }

    /// Whether the pause of a step can change the length of the row. The pause of a phrase left out has no least
    /// length.
    fn can_bend(&self, step: &Step) -> bool {
        step.phrase().is_none_or(|phrase| match self.selection.of(&phrase.key) {
            Inclusion::Spoken => true,
            Inclusion::LeftOut(_) => !self.shorter,
            Inclusion::Absent => false,
        })
    }

    fn count(&self, times: [u32; 3], top: bool) -> u64 {
        u64::from(match (top, self.shorter) {
            (false, _) => times[1],
            (true, true) => times[0],
            (true, false) => times[2],
        })
    }

    fn pause(&mut self, span: Span, pause: Elastic, times: u64) {
        let frames = |time: Seconds| time.frames(self.context.facts.rate).0;
        let worth = if self.shorter {
            frames(pause.least).saturating_sub(frames(SHORTEST)).saturating_mul(times)
        } else {
            // More silence is least noticeable in long pauses with a large weight.
            u64::from(pause.weight) * frames(pause.natural.max(Seconds::whole(1))) / 1_000
        };
        let bound = self.shorter || pause.most.is_some();
        if times > 0 && worth > 0 && bound && !pause.fill {
            self.found.push(Candidate { span, key: "pause", what: What::Pause(pause), times, worth });
        }
    }

    /// Adds a candidate for rounds; `fewest` is the smallest number allowed.
    fn rounds(&mut self, span: Span, key: &'static str, (times, fewest): ([u32; 3], u32), round: Frames) {
        let spare = u64::from(times[0].saturating_sub(fewest));
        let worth = if self.shorter { round.times(spare).0 } else { round.0 };
        if worth > 0 {
            self.found.push(Candidate {
                span,
                key,
                what: What::Rounds { times, fewest, round },
                times: 1,
                worth,
            });
        }
    }
}

impl Candidate {
    /// The change that contributes as much of `missing` as possible, and no more.
    fn change(&self, missing: Frames, shorter: bool, context: &Context<'_>) -> Option<Change> {
        let rate = context.facts.rate;
        let (text, gain, edit) = match self.what {
            What::Pause(pause) => {
                let each = Frames(missing.0.div_ceil(self.times)).time(rate);
                let mut changed = pause;
                let gain = if shorter {
                    let least = Seconds::from_nanos(pause.least.nanos().saturating_sub(each.nanos()));
                    changed.least = tenths(least, false).max(SHORTEST);
                    pause.least.frames(rate).saturating_sub(changed.least.frames(rate))
                } else {
                    let most = pause.most?;
                    changed.most = Some(tenths(most + each, true));
                    changed.most?.frames(rate).saturating_sub(most.frames(rate))
                };
                (print(changed), gain.times(self.times), StepEdit::Pause(changed))
            }
            What::Rounds { times: [least, natural, most], fewest, round } => {
                let count = u32::try_from(missing.0.div_ceil(round.0.max(1))).unwrap_or(u32::MAX);
                let changed = if shorter {
                    [least.saturating_sub(count).max(fewest).min(least), natural, most]
                } else {
                    [least, natural, most.saturating_add(count).min(10_000)]
                };
                let rounds = u64::from(changed[0].abs_diff(least) + changed[2].abs_diff(most));
                (format!("{changed:?}"), round.times(rounds), StepEdit::Times(changed))
            }
        };
        let text = format!("{} = {text}", self.key);
        (gain > Frames::ZERO).then_some(Change { span: self.span, text, gain, edit })
    }
}

/// Rounds to tenths of a second.
fn tenths(time: Seconds, up: bool) -> Seconds {
    const TENTH: u64 = 100_000_000;
    let tenths = if up { time.nanos().div_ceil(TENTH) } else { time.nanos() / TENTH };
    Seconds::from_nanos(tenths * TENTH)
}

/// A pause in the notation of scripts.
fn print(pause: Elastic) -> String {
    let mut keys =
        vec![format!("natural = {}", pause.natural.as_f64()), format!("least = {}", pause.least.as_f64())];
    // The default limit is not written.
    let usual = Elastic::natural(pause.natural);
    keys.extend(
        pause.most.filter(|_| pause.most != usual.most).map(|most| format!("most = {}", most.as_f64())),
    );
    if pause.weight != 1_000 {
        keys.push(format!("weight = {}", f64::from(pause.weight) / 1_000.0));
    }
    format!("{{ {} }}", keys.join(", "))
}

pub(super) fn changed(session: &Session, changes: &[Change]) -> Session {
    let mut session = session.clone();
    for change in changes {
        session.parts.iter_mut().for_each(|part: &mut Part| edit(&mut part.steps, change));
    }
    session
}

fn edit(steps: &mut [Step], change: &Change) {
    for step in steps {
        if step.span == change.span {
            match change.edit {
                StepEdit::Pause(pause) => step.set_pause(pause),
                StepEdit::Times(times) => step.set_rounds(times),
            }
        }
        step.children_mut().into_iter().for_each(|steps| edit(steps, change));
    }
}
