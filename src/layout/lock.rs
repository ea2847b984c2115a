//! Part locks: every part starts where it does in another version, so that two languages can share a bed, chapters or a
//! video. Rounds and omissions are copied; only pauses change.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::context::{Context, Effort};
use super::document::{TimelineDocument, TimelineSound};
use super::flow::{Flow, RoundChoice, RowItem};
use super::levels::Levels;
use super::pins::{PartGroup, part_groups};
use super::refuse::refuse_locked;
use super::solve::{self, PartSolution, Scope, Unreachable, let_ring_out};
use super::timeline::{Timeline, Why};
use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::facts::Facts;
use crate::script::exercise::Guidance;
use crate::script::session::{PhraseKey, Session, all_steps};
use crate::unit::{Frames, SampleRate};

/// What a version takes over from another one.
#[derive(Clone, Debug, PartialEq)]
pub struct PartLock {
    /// The name of the other version in messages.
    pub name: String,
    pub script: String,
    pub guidance: Guidance,
    /// The rate of all lengths in it.
    pub rate: SampleRate,
    pub frames: Frames,
    parts: Vec<LockedPart>,
    /// The phrases it left out because of its length, by part.
    left_out: BTreeSet<(usize, PhraseKey)>,
    /// The length of each phrase.
    phrases: BTreeMap<PhraseKey, Frames>,
}

/// The parts of a document are not in order from start to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("has parts that are not in order")]
pub struct LockError;

#[derive(Clone, Debug, PartialEq, Eq)]
struct LockedPart {
    start: Frames,
    rounds: Vec<u32>,
}

impl PartLock {
    /// The lock of a timeline.
    ///
    /// # Errors
    /// As [`Self::read`]; does not happen for a timeline of layout.
    pub fn of(timeline: &Timeline, name: &str) -> Result<Self, LockError> {
        Self::read(&TimelineDocument::of(timeline), name)
    }

    /// The lock of a timeline document.
    ///
    /// # Errors
    /// [`LockError`] if its parts are not in order.
    pub fn read(document: &TimelineDocument, name: &str) -> Result<Self, LockError> {
        let phrase = |sound: &TimelineSound| sound.kind.phrase().map(|key| (key.clone(), sound.frames));
        let length = document.left_out.iter().filter(|left_out| left_out.why == Why::Length);
        let lock = Self {
            name: name.to_owned(),
            script: document.script.clone(),
            guidance: document.guidance,
            rate: document.rate,
            frames: document.frames,
            parts: document
                .parts
                .iter()
                .map(|part| LockedPart { start: Frames(part.start.0), rounds: part.rounds.clone() })
                .collect(),
            left_out: length.map(|left_out| (left_out.part, left_out.key.clone())).collect(),
            phrases: document.events.iter().filter_map(phrase).collect(),
        };
        let in_order = lock.parts.windows(2).all(|pair| pair[0].start <= pair[1].start)
            && lock.parts.first().is_some_and(|part| part.start == Frames::ZERO)
            && lock.parts.last().is_some_and(|part| part.start <= lock.frames);
        if in_order { Ok(lock) } else { Err(LockError) }
    }

    /// The whole length at a rate.
    pub fn frames_at(&self, rate: SampleRate) -> Frames {
        self.convert(self.frames, rate)
    }

    /// The length of each part at a rate. The borders are rounded, so that the lengths add up to the total.
    fn lengths(&self, rate: SampleRate) -> Vec<Frames> {
        let starts = self.parts.iter().map(|part| part.start).chain([self.frames]);
        let borders: Vec<_> = starts.map(|start| self.convert(start, rate)).collect();
        borders.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
    }

    fn convert(&self, frames: Frames, rate: SampleRate) -> Frames {
        let (from, to) = (u128::from(self.rate.hz()), u128::from(rate.hz()));
        Frames(((2 * u128::from(frames.0) * to + from) / (2 * from)) as u64)
    }

    /// Whether the whole is longer than the script usually is.
    fn is_above_usual(&self, context: &Context<'_>) -> bool {
        let (session, rate) = (context.session, context.facts.rate);
        let usual = session.length.map(|length| length.usual.frames(rate));
        usual.is_some_and(|usual| self.frames_at(rate) > usual)
    }

    /// A part alone.
    fn scope(groups: &[PartGroup], part: usize) -> Scope {
        let above_usual = groups.iter().any(|group| group.parts.contains(&part) && group.above_usual);
        Scope { parts: vec![part], above_usual }
    }

    /// The phrases of a part that the other version left out because of its length.
    fn omitted(&self, part: usize) -> BTreeSet<PhraseKey> {
        let of_part = self.left_out.iter().filter(|(own, _)| *own == part);
        of_part.map(|(_, key)| key.clone()).collect()
    }
}

/// How a part of a version fits its length in another one.
#[derive(Clone, Debug, PartialEq)]
pub struct PartFit {
    /// Its title, or else its number.
    pub title: String,
    /// Its length in the other version.
    pub length: Frames,
    /// Its shortest length with the phrases and rounds of the other version.
    pub least: Frames,
    /// Its longest, likewise; `None` where a pause can be as long as needed.
    pub most: Option<Frames>,
    /// How long its phrases off grids are spoken together, each as often as it is.
    pub spoken: Frames,
    /// The phrases off grids and their lengths, each once.
    pub phrases: BTreeMap<PhraseKey, Frames>,
    /// The phrases that are longer than in the other version, by how much they are.
    pub longer: Vec<LongerPhrase>,
}

/// A phrase that is longer than in the other version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongerPhrase {
    pub key: PhraseKey,
    /// Where it is written.
    pub span: Span,
    pub frames: Frames,
    /// Its length in the other version.
    pub there: Frames,
}

impl PartFit {
    /// How much silence is left to take from its pauses.
    ///
    /// # Errors
    /// If it is too long: by how much.
    pub fn slack(&self) -> Result<Frames, Frames> {
        if self.least > self.length {
            Err(self.least.saturating_sub(self.length))
        } else {
            Ok(self.length.saturating_sub(self.least))
        }
    }

    /// How much is missing where even the longest pauses do not fill its length.
    pub fn short(&self) -> Option<Frames> {
        let short = self.length.saturating_sub(self.most?);
        (short > Frames::ZERO).then_some(short)
    }

    /// The longer phrases that would have to be as short as there for the part to fit, the longest first; none if it fits.
    pub fn to_shorten(&self) -> &[LongerPhrase] {
        let Err(over) = self.slack() else { return &[] };
        let mut saved = Frames::ZERO;
        let enough = self.longer.iter().position(|phrase| {
            saved += phrase.frames.saturating_sub(phrase.there);
            saved >= over
        });
        &self.longer[..enough.map_or(self.longer.len(), |last| last + 1)]
    }
}

/// How each part of a version fits its length in another one; `None` if they have other numbers of parts.
pub fn fit_locked(session: &Session, facts: &Facts, lock: &PartLock) -> Option<Vec<PartFit>> {
    let (sink, effort) = (Sink::new(), Effort::new());
    let levels = Levels::new(session, facts);
    let context = Context { session, facts, levels, sink: &sink, effort: &effort, any_row: false };
    if lock.parts.len() != session.parts.len() {
        return None;
    }
    let rate = facts.rate;
    let groups = part_groups(&context, lock.is_above_usual(&context));
    let fit = |(index, (part, length)): (usize, (&LockedPart, Frames))| {
        let scope = PartLock::scope(&groups, index);
        let selection = scope.selection(&context, &lock.omitted(index));
        let mut flow = Flow::new(&context, &selection, RoundChoice::Given(&part.rounds), &scope.parts);
        let_ring_out(&mut flow, &context, |glue| glue.least);
        let least = flow.boxes(&context) + flow.glues().iter().map(|glue| glue.least).sum();
        let pauses = flow.glues().iter().try_fold(Frames::ZERO, |sum, glue| Some(sum + glue.most?));
        let mut fit = PartFit {
            title: part_name(session, index),
            length,
            least,
            most: pauses.map(|pauses| flow.boxes(&context) + pauses),
            spoken: Frames::ZERO,
            phrases: BTreeMap::new(),
            longer: longer_phrases(&context, index, lock, rate),
        };
        for item in &flow.items {
            if let RowItem::Phrase { phrase, frames } = item {
                fit.spoken += *frames;
                fit.phrases.insert(phrase.key.clone(), *frames);
            }
        }
        fit
    };
    Some(lock.parts.iter().zip(lock.lengths(rate)).enumerate().map(fit).collect())
}

/// The title of a part, or its number.
pub(super) fn part_name(session: &Session, part: usize) -> String {
    session.parts[part].title.clone().unwrap_or_else(|| format!("part {}", part + 1))
}

/// The phrases of a part that are longer than in the other version, the longest difference first.
pub(super) fn longer_phrases(
    context: &Context<'_>,
    part: usize,
    lock: &PartLock,
    rate: SampleRate,
) -> Vec<LongerPhrase> {
    let mut seen = BTreeSet::new();
    let mut longer: Vec<_> = all_steps(&context.session.parts[part].steps)
        .into_iter()
        .filter_map(|step| step.phrase())
        .filter(|phrase| seen.insert(&phrase.key))
        .filter_map(|phrase| {
            let frames = context.length(phrase);
            let there = lock.convert(*lock.phrases.get(&phrase.key)?, rate);
            let (key, span) = (phrase.key.clone(), phrase.span);
            (frames > there).then_some(LongerPhrase { key, span, frames, there })
        })
        .collect();
    longer.sort_by_key(|phrase| std::cmp::Reverse(phrase.frames.saturating_sub(phrase.there)));
    longer
}

/// Solves each part separately with its length in the other version. Reports every part for which that is impossible.
pub(super) fn solve<'a>(context: &Context<'a>, lock: &PartLock) -> Option<Vec<PartSolution<'a>>> {
    let (session, rate) = (context.session, context.facts.rate);
    if lock.parts.len() != session.parts.len() {
        let message = format!(
            "this script has {} parts, but {} has {}",
            session.parts.len(),
            lock.name,
            lock.parts.len()
        );
        let other = Diagnostic::error(Code::LockedPart, session.span, message);
        context.sink.emit(
            other.help("the script has changed since, or the choices differ: make the other version again"),
        );
        return None;
    }
    let groups = part_groups(context, lock.is_above_usual(context));
    let mut solved = Some(Vec::new());
    for (index, (part, target)) in lock.parts.iter().zip(lock.lengths(rate)).enumerate() {
        let scope = PartLock::scope(&groups, index);
        match solve::locked(context, &scope, target, &lock.omitted(index), &part.rounds) {
            Ok(solution) => {
                if let Some(solved) = &mut solved {
                    solved.extend(solution.by_part());
                }
            }
            Err(unreachable) => {
                let over = match unreachable {
                    Unreachable::TooShort(least) => Ok(least.saturating_sub(target)),
                    Unreachable::TooLong(most) => Err(target.saturating_sub(most)),
                };
                refuse_locked(context, index, over, lock);
                solved = None;
            }
        }
    }
    solved
}
