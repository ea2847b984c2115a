//! Part locks: every part starts where it does in another version, so that two languages can share one bed, one set of
//! chapters or one film. Rounds and omissions are copied; only silence bends.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::context::Context;
use super::document::{SoundKind, TimelineDocument, TimelineSound};
use super::pins::part_groups;
use super::refuse::refuse_locked;
use super::solve::{self, PartSolution, Scope, Unreachable};
use super::timeline::{Timeline, Why};
use crate::diag::{Code, Diagnostic};
use crate::script::exercise::Guidance;
use crate::script::session::PhraseKey;
use crate::unit::{Frames, SampleRate};

/// What one version takes over from another.
#[derive(Clone, Debug, PartialEq)]
pub struct PartLock {
    /// What the other version is called in messages.
    pub name: String,
    /// Its script.
    pub script: String,
    /// Its guidance level.
    pub guidance: Guidance,
    /// Frames a second of all lengths here.
    pub rate: SampleRate,
    /// Its whole length.
    pub frames: Frames,
    parts: Vec<LockedPart>,
    /// What it left out because it had to be short, by part.
    left_out: BTreeSet<(usize, PhraseKey)>,
    /// How long it speaks each phrase.
    phrases: BTreeMap<PhraseKey, Frames>,
}

/// A document whose parts do not follow each other from the start to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("has parts that do not follow each other")]
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
    /// As [`Self::read`]; what layout has made is sane.
    pub fn of(timeline: &Timeline, name: &str) -> Result<Self, LockError> {
        Self::read(&TimelineDocument::of(timeline), name)
    }

    /// The lock of a timeline document.
    ///
    /// # Errors
    /// [`LockError`] where its parts make no track.
    pub fn read(document: &TimelineDocument, name: &str) -> Result<Self, LockError> {
        let phrase = |sound: &TimelineSound| match &sound.kind {
            SoundKind::Phrase { id, .. } => Some((id.clone(), sound.frames)),
            SoundKind::Bell { .. }
            | SoundKind::Breath { .. }
            | SoundKind::Step { .. }
            | SoundKind::Bed { .. } => None,
        };
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
        let sane = lock.parts.windows(2).all(|pair| pair[0].start <= pair[1].start)
            && lock.parts.first().is_some_and(|part| part.start == Frames::ZERO)
            && lock.parts.last().is_some_and(|part| part.start <= lock.frames);
        if sane { Ok(lock) } else { Err(LockError) }
    }

    /// The whole length at a rate.
    pub fn frames_at(&self, rate: SampleRate) -> Frames {
        self.convert(self.frames, rate)
    }

    /// How long each part is at a rate; the borders are rounded, so that the sum is the whole.
    fn lengths(&self, rate: SampleRate) -> Vec<Frames> {
        let starts = self.parts.iter().map(|part| part.start).chain([self.frames]);
        let borders: Vec<_> = starts.map(|start| self.convert(start, rate)).collect();
        borders.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
    }

    fn convert(&self, frames: Frames, rate: SampleRate) -> Frames {
        let (from, to) = (u128::from(self.rate.hz()), u128::from(rate.hz()));
        Frames(((2 * u128::from(frames.0) * to + from) / (2 * from)) as u64)
    }

    /// How much longer a phrase is here than there, where it is.
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

/// Solves each part alone, as long as it is in the other version. All parts that cannot be are reported.
pub(super) fn solve<'a>(context: &Context<'a>, lock: &PartLock) -> Option<Vec<PartSolution<'a>>> {
    let (session, rate) = (context.session, context.facts.rate);
    if lock.parts.len() != session.parts.len() {
        let message = format!(
            "this script has {} parts, and {} has {}",
            session.parts.len(),
            lock.name,
            lock.parts.len()
        );
        let other = Diagnostic::error(Code::LockedPart, session.span, message);
        context.sink.emit(
            other.help("the script has changed since, or choices differ: lay the other version out anew"),
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
