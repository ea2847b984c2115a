//! Breaths and paces on a grid: every turn falls on its exact frame and nothing drifts, however many there are.

use super::context::Context;
use super::predict::{predicted, shares};
use super::timeline::Piece;
use crate::asset::speech::Beat;
use crate::diag::{Code, Diagnostic};
use crate::script::session::{Breath, Phrase, Walk};
use crate::unit::{Frames, Gain, Position, Seconds};

/// What a grid counts.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Two slots a round, in and out.
    Breath { inhale: Seconds, exhale: Seconds },
    /// A slot a pace.
    Walk { pace: Seconds, ticks: bool },
}

/// A block of breaths or paces with its number settled.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    kind: Kind,
    /// How many rounds of breath, or how many paces.
    count: u32,
    /// The voice's own lead before the first turn, so that its onset meets it and no phrase overlaps the last.
    lead: Frames,
    phrase: Option<&'a Phrase>,
    /// Each beat and the slot of its cycle on which it falls.
    beats: Vec<(u64, Beat)>,
    /// Slots from one speaking of the phrase to the next.
    cycle: u64,
    spoken: u32,
    /// The gain of the swell or of the ticks.
    pub gain: Gain,
}

/// What sounds on one slot of a grid.
pub(super) enum Turn {
    /// A half-breath, with the lengths of both halves of its round.
    Breath { inward: bool, round: (Frames, Frames) },
    /// A pace.
    Step { left: bool },
}

impl<'a> Grid<'a> {
    /// Settles a block of breaths; a phrase that does not fit its half-breath is a mistake.
    pub(super) fn breath(
        breath: &'a Breath,
        count: u32,
        phrase: Option<&'a Phrase>,
        context: &Context<'a>,
    ) -> Self {
        let kind = Kind::Breath { inhale: breath.inhale, exhale: breath.exhale };
        let gain = context.levels.swell(context.facts, breath.inhale, breath.exhale);
        // Spoken whole, a phrase lies on the out-breath.
        let first = phrase.map_or(0, |phrase| u64::from(phrase.beats.len() == 1));
        Self::new(kind, count, phrase, (first, 2), breath.spoken, gain, context)
    }

    /// Settles a block of paces; a beat that does not fit its pace is a mistake.
    pub(super) fn walk(
        walk: &'a Walk,
        count: u32,
        phrase: Option<&'a Phrase>,
        context: &Context<'a>,
    ) -> Self {
        let kind = Kind::Walk { pace: walk.pace, ticks: walk.ticks };
        let gain = context.levels.tick(context.facts);
        let beats = phrase.map_or(1, |phrase| phrase.beats.len() as u64);
        Self::new(kind, count, phrase, (0, beats), walk.spoken, gain, context)
    }

    fn new(
        kind: Kind,
        count: u32,
        phrase: Option<&'a Phrase>,
        (first, cycle): (u64, u64),
        spoken: u32,
        gain: Gain,
        context: &Context<'a>,
    ) -> Self {
        let mut grid =
            Self { kind, count, lead: Frames::ZERO, phrase, beats: Vec::new(), cycle, spoken, gain };
        let Some(phrase) = phrase else { return grid };
        let beats = grid.cut(phrase, first, context);
        grid.beats = (first..).zip(beats).collect();
        if first == 0 {
            grid.lead = grid.beats.first().map_or(Frames::ZERO, |(_, beat)| lead(*beat));
        }
        // A phrase without bars may go on over several paces.
        if let (Kind::Walk { pace, .. }, [(_, only)]) = (kind, &grid.beats[..]) {
            let pace = pace.frames(context.facts.rate).0.max(1);
            grid.cycle = ((only.end - only.start) as u64).div_ceil(pace);
        }
        grid
    }

    /// The phrase that is spoken on the grid.
    pub(super) fn phrase(&self) -> Option<&'a Phrase> {
        self.phrase
    }

    /// The whole block.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        self.lead + self.time(self.slots()).frames(context.facts.rate)
    }

    fn slots(&self) -> u64 {
        match self.kind {
            Kind::Breath { .. } => 2 * u64::from(self.count),
            Kind::Walk { .. } => u64::from(self.count),
        }
    }

    /// When a slot begins, from the first turn. The turn of slot k lies ⌊t·rate + ½⌋ frames after the first.
    fn time(&self, slot: u64) -> Seconds {
        match self.kind {
            Kind::Breath { inhale, exhale } => {
                let half = if slot % 2 == 1 { inhale } else { Seconds::ZERO };
                (inhale + exhale).times(slot / 2) + half
            }
            Kind::Walk { pace, .. } => pace.times(slot),
        }
    }

    /// What sounds on the slots, for a block that begins at `start`.
    pub(super) fn turns(&self, start: Position, context: &Context<'_>) -> Vec<(Position, Frames, Turn)> {
        if matches!(self.kind, Kind::Walk { ticks: false, .. }) {
            return Vec::new();
        }
        let rate = context.facts.rate;
        let at = |slot: u64| start + self.lead + self.time(slot).frames(rate);
        (0..self.slots())
            .map(|slot| {
                let frames = at(slot + 1) - at(slot);
                let turn = match self.kind {
                    Kind::Breath { .. } => {
                        let first = slot - slot % 2;
                        let round = (at(first + 1) - at(first), at(first + 2) - at(first + 1));
                        Turn::Breath { inward: slot.is_multiple_of(2), round }
                    }
                    Kind::Walk { .. } => Turn::Step { left: slot.is_multiple_of(2) },
                };
                (at(slot), frames, turn)
            })
            .collect()
    }

    /// The pieces of every speaking of the phrase, for a block that begins at `start`.
    pub(super) fn speakings(&self, start: Position, context: &Context<'_>) -> Vec<Vec<Piece>> {
        let rate = context.facts.rate;
        let at = |slot: u64| start + self.lead + self.time(slot).frames(rate);
        let speaking = |round: u64| {
            let beats = self.beats.iter().map(|(slot, beat)| piece(at(round * self.cycle + slot), *beat));
            beats.collect::<Vec<_>>()
        };
        let fits = |round: &u64| (round + 1) * self.cycle <= self.slots();
        (0..u64::from(self.spoken)).filter(fits).map(speaking).filter(|pieces| !pieces.is_empty()).collect()
    }

    /// The length of a slot.
    fn room(&self, slot: u64, context: &Context<'_>) -> Frames {
        let rate = context.facts.rate;
        self.time(slot + 1).frames(rate).saturating_sub(self.time(slot).frames(rate))
    }

    /// What a slot is called in messages.
    fn slot_name(&self, slot: u64) -> &'static str {
        match self.kind {
            Kind::Breath { .. } if slot.is_multiple_of(2) => "in-breath",
            Kind::Breath { .. } => "out-breath",
            Kind::Walk { .. } => "pace",
        }
    }

    /// The beats of the phrase, the first of them on slot `first`.
    fn cut(&self, phrase: &Phrase, first: u64, context: &Context<'_>) -> Vec<Beat> {
        let Some(take) = context.facts.clips.get(&phrase.key) else {
            return self.predicted(phrase, first, context);
        };
        if phrase.beats.len() == 1 {
            let whole = Beat { start: 0, onset: take.facts.onset.index(), end: take.facts.frames.index() };
            if matches!(self.kind, Kind::Breath { .. }) {
                self.refuse_long(phrase, whole, first, Frames::ZERO, context);
            }
            return vec![whole];
        }
        let Some(beats) = take.facts.beats(&shares(&phrase.beats), context.facts.rate) else {
            let message = "this recording cannot be cut at its beats";
            let uncut = Diagnostic::error(Code::NoBeatPause, phrase.span, message);
            context.sink.emit(
                uncut
                    .note(format!("{} has no pause of 0.12 s where the text has its `|`", take.path))
                    .help("record it again with a short silence at each bar, or take the `|` out"),
            );
            return Vec::new();
        };
        for (index, beat) in beats.iter().enumerate() {
            let next = beats.get(index + 1).or(beats.first().filter(|_| self.spoken > 1));
            let lead = next.map_or(Frames::ZERO, |next| lead(*next));
            self.refuse_long(phrase, *beat, first + index as u64, lead, context);
        }
        beats
    }

    fn refuse_long(&self, phrase: &Phrase, beat: Beat, slot: u64, next_lead: Frames, context: &Context<'_>) {
        let room = self.room(slot, context).saturating_sub(next_lead);
        let length = Frames((beat.end - beat.onset) as u64);
        if length <= room {
            return;
        }
        let (rate, name) = (context.facts.rate, self.slot_name(slot));
        let long =
            Diagnostic::error(Code::BeatTooLong, phrase.span, format!("this is too long for its {name}"));
        let long = long.label(format!(
            "spoken in {:.1} s, and the {name} has room for {:.1} s",
            length.seconds(rate),
            room.seconds(rate)
        ));
        context
            .sink
            .emit(long.help("use fewer words, record it a little quicker, or give the grid more seconds"));
    }

    /// Beats of a phrase without a recording: their predicted lengths, cut to what has room.
    fn predicted(&self, phrase: &Phrase, first: u64, context: &Context<'_>) -> Vec<Beat> {
        let mut start = 0;
        let mut beats = Vec::new();
        let free = phrase.beats.len() == 1 && matches!(self.kind, Kind::Walk { .. });
        for (slot, text) in (first..).zip(&phrase.beats) {
            let length = predicted(text, context.facts.rate);
            let length = if free { length } else { length.min(self.room(slot, context)) };
            beats.push(Beat { start, onset: start, end: start + length.index() });
            start += length.index();
        }
        beats
    }
}

/// How long a beat's cut begins before its voice.
fn lead(beat: Beat) -> Frames {
    Frames((beat.onset - beat.start) as u64)
}

/// A beat whose onset meets a turn.
fn piece(turn: Position, beat: Beat) -> Piece {
    Piece {
        start: turn.back(lead(beat)),
        from: Frames(beat.start as u64),
        frames: Frames((beat.end - beat.start) as u64),
    }
}
