//! Splits a session at pins into stretches that are solved separately. The parts between two pins share the time
//! between them; a part or an exercise with a length of its own has exactly that length.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::refuse::{Bound, refuse, refuse_pin, refuse_surplus};
use super::solve::{self, PartSolution, Scope};
use crate::diag::Span;
use crate::script::exercise::{ClockTime, PartStart};
use crate::script::session::Step;
use crate::unit::{Frames, Seconds};

/// The requested length of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Length {
    /// The length with natural pauses and rounds.
    Natural,
    Exactly(Seconds),
}

/// Parts that are placed together: a single part, or the parts of an exercise within a programme.
#[derive(Clone, Debug)]
pub(super) struct PartGroup {
    pub parts: Range<usize>,
    at: Option<(PartStart, Span)>,
    /// Its own length and where the file says so.
    pub own: Option<(Frames, Span)>,
    /// Where it is written, if it has pins within but no length of its own.
    pinned_within: Option<Span>,
    pub above_usual: bool,
}

/// Groups that are solved together, as there is no pin between them.
struct Stretch {
    groups: Range<usize>,
    /// The required length, if any.
    target: Option<Frames>,
    /// The pin at its end; `None` if it ends with the whole.
    pin: Option<Span>,
}

/// The part groups of a session.
pub(super) fn part_groups(context: &Context<'_>, above_usual: bool) -> Vec<PartGroup> {
    let (session, rate) = (context.session, context.facts.rate);
    let mut groups = Vec::new();
    let mut part = 0;
    while part < session.parts.len() {
        let group = if let Some(block) = session.blocks.iter().find(|block| block.parts.start == part) {
            let own = block.length.map(|length| (length.frames(rate), block.span));
            let long =
                |(length, _): (Frames, Span)| block.usual.is_some_and(|usual| length > usual.frames(rate));
            let above_usual = own.map_or(above_usual, long);
            let pinned = session.parts[block.parts.clone()].iter().any(|part| part.at.is_some());
            let pinned_within = (pinned && own.is_none()).then_some(block.span);
            PartGroup { parts: block.parts.clone(), at: block.at, own, pinned_within, above_usual }
        } else {
            let at = session.parts[part].at;
            PartGroup { parts: part..part + 1, at, own: None, pinned_within: None, above_usual }
        };
        part = group.parts.end;
        groups.push(group);
    }
    groups
}

/// Solves a session. Returns one solution for each part in order, or `None` after reporting a stretch that cannot have
/// its required length.
pub(super) fn solve<'a>(context: &Context<'a>, length: Length) -> Option<Vec<PartSolution<'a>>> {
    let total = match length {
        Length::Natural => None,
        Length::Exactly(target) => Some(target.frames(context.facts.rate)),
    };
    solve_total(context, length, total)
}

/// As [`solve`], for a length in frames.
pub(super) fn solve_frames<'a>(context: &Context<'a>, total: Frames) -> Option<Vec<PartSolution<'a>>> {
    let length = Length::Exactly(total.time(context.facts.rate));
    solve_total(context, length, Some(total))
}

fn solve_total<'a>(
    context: &Context<'a>,
    length: Length,
    total: Option<Frames>,
) -> Option<Vec<PartSolution<'a>>> {
    let rate = context.facts.rate;
    let usual = context.session.length.map(|length| length.usual.frames(rate));
    let above_usual = total.zip(usual).is_some_and(|(total, usual)| total > usual);
    let mut solved = Vec::new();
    let whole = total.map_or(Bound::Natural, |_| Bound::Whole(length));
    PinSolver { context, groups: part_groups(context, above_usual), whole }.solve(total, &mut solved)?;
    solved.sort_by_key(|part: &PartSolution<'_>| part.index);
    Some(solved)
}

/// The groups of a session, or of one exercise within it, to be solved.
struct PinSolver<'a, 'b> {
    context: &'b Context<'a>,
    groups: Vec<PartGroup>,
    /// What determines the total length.
    whole: Bound,
}

impl<'a> PinSolver<'a, '_> {
    fn solve(&self, total: Option<Frames>, solved: &mut Vec<PartSolution<'a>>) -> Option<()> {
        for stretch in self.stretches(total)? {
            self.stretch(&stretch, solved)?;
        }
        Some(())
    }

    /// Solves the groups with a length of their own one by one, and the others of the stretch together.
    fn stretch(&self, stretch: &Stretch, solved: &mut Vec<PartSolution<'a>>) -> Option<()> {
        let bound = stretch.pin.map_or(self.whole, Bound::Pin);
        let (mut fixed, mut elastic) = (Frames::ZERO, Vec::new());
        for group in &self.groups[stretch.groups.clone()] {
            match group.own {
                Some((own, span)) => {
                    fixed += own;
                    self.inside(group, Bound::Own(span)).solve(Some(own), solved)?;
                }
                None => elastic.push(group),
            }
        }
        if elastic.is_empty() {
            return match stretch.target {
                Some(target) if target != fixed => {
                    let span = self.groups[stretch.groups.end - 1].own.map(|(_, span)| span);
                    refuse_surplus(self.context, bound.span().or(span)?, target, fixed);
                    None
                }
                _ => Some(()),
            };
        }
        let scope = scope(&elastic);
        let result = match stretch.target {
            None => Ok(solve::natural(self.context, &scope)),
            Some(target) if target < fixed => {
                refuse_surplus(self.context, bound.place(self.context.session), target, fixed);
                return None;
            }
            Some(target) => solve::exactly(self.context, &scope, target.saturating_sub(fixed)),
        };
        match result {
            Ok(solution) => {
                let mut parts = solution.by_part();
                // The length of each exercise is known now, so that the pins within it can be solved.
                for group in elastic {
                    let Some(span) = group.pinned_within else { continue };
                    let own: Vec<_> =
                        parts.extract_if(.., |part| group.parts.contains(&part.index)).collect();
                    let length = own.iter().map(|part| part.frames(self.context)).sum();
                    self.inside(group, Bound::Own(span)).solve(Some(length), solved)?;
                }
                solved.extend(parts);
            }
            Err(unreachable) => {
                let target = stretch.target.map(|target| target.saturating_sub(fixed));
                refuse(self.context, &scope, bound, target, unreachable);
                return None;
            }
        }
        Some(())
    }

    /// A solver for the parts within a group, whose pins count from its start.
    fn inside(&self, group: &PartGroup, whole: Bound) -> PinSolver<'a, '_> {
        let single = |part: usize| {
            let at = self.context.session.parts[part].at;
            let above_usual = group.above_usual;
            PartGroup { parts: part..part + 1, at, own: None, pinned_within: None, above_usual }
        };
        PinSolver { context: self.context, groups: group.parts.clone().map(single).collect(), whole }
    }

    /// The stretches between the pinned groups. Pins that count from the end need a total length.
    fn stretches(&self, total: Option<Frames>) -> Option<Vec<Stretch>> {
        let mut found = Vec::new();
        let (mut first, mut begun) = (0, Frames::ZERO);
        for (index, group) in self.groups.iter().enumerate() {
            let Some((PartStart::At(at), span)) = group.at else { continue };
            let place = self.place(group, at, span, total)?;
            let possible = place >= begun
                && (index > 0 || place == Frames::ZERO)
                && total.is_none_or(|total| place <= total);
            if !possible {
                let late = total.filter(|total| index > 0 && place >= begun && place > *total);
                refuse_pin(self.context, span, (index > 0).then_some((place, begun)), late);
                return None;
            }
            if index > 0 {
                let target = Some(place.saturating_sub(begun));
                self.on_the_minute(
                    &Stretch { groups: first..index, target, pin: Some(span) },
                    begun,
                    &mut found,
                )?;
            }
            (first, begun) = (index, place);
        }
        let target = total.map(|total| total.saturating_sub(begun));
        self.on_the_minute(
            &Stretch { groups: first..self.groups.len(), target, pin: None },
            begun,
            &mut found,
        )?;
        Some(found)
    }

    /// The position of a pin. A bell that is pinned relative to the end starts early enough to ring out.
    fn place(&self, group: &PartGroup, at: ClockTime, span: Span, total: Option<Frames>) -> Option<Frames> {
        let (session, facts) = (self.context.session, self.context.facts);
        match (at, total) {
            (ClockTime::Start(time), _) => Some(time.frames(facts.rate)),
            (ClockTime::End(time), Some(total)) => {
                let first = session.parts[group.parts.start].steps.first();
                let bell = first.and_then(Step::bell).and_then(|strike| facts.bells.get(&strike.bell));
                let ring = bell.map_or(Frames::ZERO, |bell| bell.frames);
                Some(total.saturating_sub(time.frames(facts.rate).max(ring)))
            }
            (ClockTime::End(_), None) => {
                super::refuse::refuse_endless_pin(self.context, span);
                None
            }
        }
    }

    /// Splits a stretch that starts at `begun` where groups start on a whole minute. The minute is the one nearest to
    /// where the group would start if all pauses stretched alike.
    fn on_the_minute(&self, stretch: &Stretch, begun: Frames, found: &mut Vec<Stretch>) -> Option<()> {
        let inner = stretch.groups.start + 1..stretch.groups.end;
        let on_minute = |&group: &usize| matches!(self.groups[group].at, Some((PartStart::OnTheMinute, _)));
        let mut borders = vec![stretch.groups.start];
        borders.extend(inner.filter(on_minute));
        borders.push(stretch.groups.end);
        let pieces: Vec<_> = borders.windows(2).map(|pair| pair[0]..pair[1]).collect();
        let reaches: Vec<_> = match pieces.len() {
            1 => Vec::new(),
            _ => pieces.iter().map(|groups| self.reach(groups.clone())).collect(),
        };
        let minute = 60 * u64::from(self.context.facts.rate.hz());
        let end = stretch.target.map(|target| begun + target);
        let mut at = begun;
        for (index, groups) in pieces.iter().enumerate() {
            if index + 1 == pieces.len() {
                let target = end.map(|end| end.saturating_sub(at));
                found.push(Stretch { groups: groups.clone(), target, pin: stretch.pin });
                continue;
            }
            let span = self.groups[groups.end].at.map(|(_, span)| span)?;
            let window = Window::new(at, end, &reaches[index..]);
            let Some(place) = window.nearest(minute) else {
                super::refuse::refuse_minute(self.context, span, window.least, window.most);
                return None;
            };
            let target = Some(place.saturating_sub(at));
            found.push(Stretch { groups: groups.clone(), target, pin: Some(span) });
            at = place;
        }
        Some(())
    }

    /// The lengths that some groups can have.
    fn reach(&self, groups: Range<usize>) -> Reach {
        let groups = &self.groups[groups];
        let fixed: Frames = groups.iter().filter_map(|group| group.own).map(|(own, _)| own).sum();
        let elastic: Vec<_> = groups.iter().filter(|group| group.own.is_none()).collect();
        if elastic.is_empty() {
            return Reach { least: fixed, natural: fixed, most: Some(fixed) };
        }
        let scope = scope(&elastic);
        let (least, most) = solve::limits(self.context, &scope);
        let natural = solve::natural(self.context, &scope).frames(self.context);
        Reach { least: fixed + least, natural: fixed + natural, most: most.map(|most| fixed + most) }
    }
}

/// The shortest and the longest length of a session. The parts after a pin that counts from the end last until the end.
pub(super) fn reach(context: &Context<'_>, above_usual: bool) -> (Frames, Option<Frames>) {
    let rate = context.facts.rate;
    let solver = PinSolver { context, groups: part_groups(context, above_usual), whole: Bound::Natural };
    let minute = 60 * u64::from(rate.hz());
    let (mut least, mut most) = (Frames::ZERO, Some(Frames::ZERO));
    let mut first = 0;
    let add = |from: usize, to: usize, least: &mut Frames, most: &mut Option<Frames>| {
        if from < to {
            let own = solver.reach(from..to);
            *least += own.least;
            *most = most.zip(own.most).map(|(most, own)| most + own);
        }
    };
    for (index, group) in solver.groups.iter().enumerate() {
        let Some((at, span)) = group.at.filter(|_| index > 0) else { continue };
        add(first, index, &mut least, &mut most);
        first = index;
        match at {
            PartStart::At(ClockTime::Start(time)) => {
                least = time.frames(rate);
                most = Some(least);
            }
            PartStart::At(ClockTime::End(_)) => {
                // With a distant end only the pin and its bell matter.
                let far = Frames(u64::MAX / 4);
                let PartStart::At(at) = at else { continue };
                let after = far.saturating_sub(solver.place(group, at, span, Some(far)).unwrap_or(far));
                return (least + after, most.map(|most| most + after));
            }
            PartStart::OnTheMinute => {
                least = Frames(least.0.div_ceil(minute)).times(minute);
                most = most.map(|most| Frames(most.0 / minute * minute));
            }
        }
    }
    add(first, solver.groups.len(), &mut least, &mut most);
    (least, most)
}

fn scope(groups: &[&PartGroup]) -> Scope {
    Scope {
        parts: groups.iter().flat_map(|group| group.parts.clone()).collect(),
        above_usual: groups.iter().all(|group| group.above_usual),
    }
}

/// The lengths that some parts can have.
#[derive(Clone, Copy, Debug)]
struct Reach {
    least: Frames,
    natural: Frames,
    most: Option<Frames>,
}

/// The range in which a piece can end, and the preferred end.
struct Window {
    least: Frames,
    most: Option<Frames>,
    best: Frames,
}

impl Window {
    /// The window for the end of the first of these pieces, which starts at `at`; the last piece ends at `end`.
    fn new(at: Frames, end: Option<Frames>, pieces: &[Reach]) -> Self {
        let (own, later) = (&pieces[0], &pieces[1..]);
        let mut window =
            Self { least: at + own.least, most: own.most.map(|most| at + most), best: at + own.natural };
        let Some(end) = end else { return window };
        let natural: Frames = pieces.iter().map(|piece| piece.natural).sum();
        let share =
            u128::from(end.saturating_sub(at).0) * u128::from(own.natural.0) / u128::from(natural.0.max(1));
        window.best = at + Frames(share as u64);
        let least: Frames = later.iter().map(|piece| piece.least).sum();
        let latest = end.saturating_sub(least);
        window.most = Some(window.most.map_or(latest, |most| most.min(latest)));
        if let Some(most) = later.iter().try_fold(Frames::ZERO, |sum, piece| Some(sum + piece.most?)) {
            window.least = window.least.max(end.saturating_sub(most));
        }
        window
    }

    /// The multiple of `grid` in the window that is nearest to the preferred end; the earlier of two.
    fn nearest(&self, grid: u64) -> Option<Frames> {
        let first = self.least.0.div_ceil(grid);
        let last = self.most.map_or(u64::MAX / grid, |most| most.0 / grid);
        let best = self.best.0.saturating_add(grid / 2 - 1) / grid;
        (first <= last).then(|| Frames(best.clamp(first, last)).times(grid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(least: u64, natural: u64, most: Option<u64>) -> Reach {
        Reach { least: Frames(least), natural: Frames(natural), most: most.map(Frames) }
    }

    #[test]
    fn a_piece_ends_on_the_minute_nearest_to_its_share() {
        let pieces = [reach(50, 100, Some(400)), reach(50, 300, None)];
        // Of 800 a quarter is 200: 180 is nearer than 240.
        let window = Window::new(Frames(0), Some(Frames(800)), &pieces);
        assert_eq!((window.best, window.nearest(60)), (Frames(200), Some(Frames(180))));
        // Without an end it is at its natural length.
        assert_eq!(Window::new(Frames(0), None, &pieces).nearest(60), Some(Frames(120)));
    }

    #[test]
    fn a_minute_is_chosen_only_where_both_sides_can_reach_it() {
        let stiff = [reach(100, 100, Some(110)), reach(50, 300, None)];
        assert_eq!(Window::new(Frames(0), Some(Frames(800)), &stiff).nearest(60), None);
        let late = [reach(100, 100, Some(400)), reach(50, 60, Some(70))];
        // The second piece lasts at most 70, so the first cannot end before 530, but it ends by 400.
        assert_eq!(Window::new(Frames(0), Some(Frames(600)), &late).nearest(60), None);
        assert_eq!(Window::new(Frames(0), Some(Frames(420)), &late).nearest(60), Some(Frames(360)));
    }
}
