//! Part locks: every part starts where it does in another version, so that two languages can share a bed, chapters or a
//! video. Rounds and omissions are copied; only pauses change.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::context::Context;
use super::document::{TimelineDocument, TimelineSound};
use super::pins::part_groups;
use super::refuse::refuse_locked;
use super::solve::{self, PartSolution, Scope, Unreachable};
use super::timeline::{Timeline, Why};
use crate::diag::{Code, Diagnostic};
use crate::script::exercise::Guidance;
use crate::script::session::PhraseKey;
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

    /// How much longer a phrase is in this version than in the other one, and its length there; `None` if it is not
    /// longer.
    pub(super) fn excess(
        &self,
        key: &PhraseKey,
        frames: Frames,
        rate: SampleRate,
    ) -> Option<(Frames, Frames)> {
        let there = self.convert(*self.phrases.get(key)?, rate);
        (frames > there).then(|| (frames.saturating_sub(there), there))
    }
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
    let usual = session.length.map(|length| length.usual.frames(rate));
    let groups = part_groups(context, usual.is_some_and(|usual| lock.frames_at(rate) > usual));
    let mut solved = Some(Vec::new());
    for (index, (part, target)) in lock.parts.iter().zip(lock.lengths(rate)).enumerate() {
        let above_usual = groups.iter().any(|group| group.parts.contains(&index) && group.above_usual);
        let scope = Scope { parts: vec![index], above_usual };
        let omitted = lock.left_out.iter().filter(|(part, _)| *part == index);
        let omitted = omitted.map(|(_, key)| key.clone()).collect();
        match solve::locked(context, &scope, target, &omitted, &part.rounds) {
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
