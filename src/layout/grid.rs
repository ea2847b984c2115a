//! Breaths and paces on a grid: every turn falls on its exact frame and nothing drifts, however many there are.

use super::context::Context;
use super::event::ClipPiece;
use super::predict::shares;
use crate::diag::{Code, Diagnostic};
use crate::facts::beats::Beat;
use crate::script::session::{Breath, Phrase, Walk};
use crate::script::step::SLOWEST_BREATH;
use crate::unit::{Frames, Gain, Position, Seconds};

/// What a grid counts.
#[derive(Clone, Copy, Debug)]
enum GridKind {
    /// Two slots a round, in and out.
    Breath(BreathTiming),
    /// A slot a pace.
    Walk { pace: Seconds, ticks: bool },
}

/// The pace of a block of breaths.
#[derive(Clone, Copy, Debug)]
struct BreathTiming {
    /// The halves of the last round, as the script has them.
    inhale: Seconds,
    exhale: Seconds,
    /// The first round; as long as the last where the pace stays.
    first: Seconds,
    /// What the halves of every round are lengthened by, so that the phrase fits them.
    longer: (Seconds, Seconds),
    /// How many rounds.
    count: u32,
}

impl BreathTiming {
    fn last(&self) -> Seconds {
        self.inhale + self.exhale
    }

    fn lengthened(&self) -> Seconds {
        self.longer.0 + self.longer.1
    }

    /// Round j without what lengthens it, ×(k−1) so that it stays whole: the pace changes by equal steps, from `first`
    /// in round 0 to `last` in round k−1.
    fn round_times_steps(&self, round: u64) -> i128 {
        let (first, last) = (i128::from(self.first.nanos()), i128::from(self.last().nanos()));
        let steps = self.steps();
        if self.count < 2 { last * steps } else { first * steps + (last - first) * i128::from(round) }
    }

    fn steps(&self) -> i128 {
        i128::from(self.count.max(2) - 1)
    }

    /// When a half-breath begins, from the first turn: the rounds before it summed exactly and rounded once.
    fn time(&self, slot: u64) -> Seconds {
        let (round, steps) = (slot / 2, self.steps());
        let (first, last) = (i128::from(self.first.nanos()), i128::from(self.last().nanos()));
        let first = if self.count < 2 { last } else { first };
        let rounds = i128::from(round);
        // Σ over i < j of (k−1)·first + i·(last − first), twice, so that j(j−1)/2 stays whole.
        let twice = 2 * rounds * steps * first + (last - first) * rounds * (rounds - 1);
        let mut nanos = (twice + steps) / (2 * steps) + i128::from(self.lengthened().times(round).nanos());
        if slot % 2 == 1 {
            let inhale = self.round_times_steps(round) * i128::from(self.inhale.nanos());
            nanos += inhale / (steps * last) + i128::from(self.longer.0.nanos());
        }
        Seconds::from_nanos(nanos as u64)
    }
}

/// A block of breaths or paces with its number settled.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    kind: GridKind,
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
        let (inhale, exhale) = (breath.inhale, breath.exhale);
        let first = breath.from.unwrap_or(inhale + exhale);
        let longer = (Seconds::ZERO, Seconds::ZERO);
        let kind = GridKind::Breath(BreathTiming { inhale, exhale, first, longer, count });
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
        let kind = GridKind::Walk { pace: walk.pace, ticks: walk.ticks };
        let gain = context.levels.tick(context.facts);
        let beats = phrase.map_or(1, |phrase| phrase.beats.len() as u64);
        Self::new(kind, count, phrase, (0, beats), walk.spoken, gain, context)
    }

    fn new(
        kind: GridKind,
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
        let beats = Self::cut(phrase, context);
        grid.lengthen(&beats, first, context);
        grid.refuse_long(phrase, &beats, first, context);
        let beats = grid.clipped(beats, phrase, first, context);
        grid.beats = (first..).zip(beats).collect();
        if first == 0 {
            grid.lead = grid.beats.first().map_or(Frames::ZERO, |(_, beat)| lead(*beat));
        }
        // A phrase without bars may go on over several paces.
        if let (GridKind::Walk { pace, .. }, [(_, only)]) = (kind, &grid.beats[..]) {
            let pace = pace.frames(context.facts.rate).0.max(1);
            grid.cycle = ((only.end - only.start) as u64).div_ceil(pace);
        }
        grid
    }

    /// The phrase that is spoken on the grid.
    pub(super) fn phrase(&self) -> Option<&'a Phrase> {
        self.phrase
    }

    /// Whether it counts breaths rather than paces.
    pub(super) fn breathes(&self) -> bool {
        matches!(self.kind, GridKind::Breath(_))
    }

    /// The natural length of one round: of a pace that changes, the mean.
    pub(super) fn round(&self, context: &Context<'_>) -> Frames {
        let round = match self.kind {
            GridKind::Breath(pace) => {
                Seconds::from_nanos(pace.first.nanos().midpoint(pace.last().nanos())) + pace.lengthened()
            }
            GridKind::Walk { pace, .. } => pace,
        };
        round.frames(context.facts.rate)
    }

    /// The whole block.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        self.lead + self.time(self.slots()).frames(context.facts.rate)
    }

    fn slots(&self) -> u64 {
        match self.kind {
            GridKind::Breath(_) => 2 * u64::from(self.count),
            GridKind::Walk { .. } => u64::from(self.count),
        }
    }

    /// When a slot begins, from the first turn. The turn of slot k lies ⌊t·rate + ½⌋ frames after the first.
    fn time(&self, slot: u64) -> Seconds {
        match self.kind {
            GridKind::Breath(pace) => pace.time(slot),
            GridKind::Walk { pace, .. } => pace.times(slot),
        }
    }

    /// What sounds on the slots, for a block that begins at `start`.
    pub(super) fn turns(&self, start: Position, context: &Context<'_>) -> Vec<(Position, Frames, Turn)> {
        if matches!(self.kind, GridKind::Walk { ticks: false, .. }) {
            return Vec::new();
        }
        let rate = context.facts.rate;
        let at = |slot: u64| start + self.lead + self.time(slot).frames(rate);
        (0..self.slots())
            .map(|slot| {
                let frames = at(slot + 1) - at(slot);
                let turn = match self.kind {
                    GridKind::Breath(_) => {
                        let first = slot - slot % 2;
                        let round = (at(first + 1) - at(first), at(first + 2) - at(first + 1));
                        Turn::Breath { inward: slot.is_multiple_of(2), round }
                    }
                    GridKind::Walk { .. } => Turn::Step { left: slot.is_multiple_of(2) },
                };
                (at(slot), frames, turn)
            })
            .collect()
    }

    /// The pieces of every speaking of the phrase, for a block that begins at `start`.
    pub(super) fn speakings(&self, start: Position, context: &Context<'_>) -> Vec<Vec<ClipPiece>> {
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
            GridKind::Breath(_) if slot.is_multiple_of(2) => "in-breath",
            GridKind::Breath(_) => "out-breath",
            GridKind::Walk { .. } => "pace",
        }
    }

    /// The beats of a phrase.
    fn cut(phrase: &Phrase, context: &Context<'_>) -> Vec<Beat> {
        let Some(take) = context.facts.clips.get(&phrase.key) else {
            return predicted_beats(phrase, context);
        };
        if phrase.beats.len() == 1 {
            let (onset, end) = (take.facts.onset.index(), take.facts.frames.index());
            return vec![Beat { start: 0, onset, end }];
        }
        take.facts.beats(&shares(&phrase.beats), context.facts.rate).unwrap_or_else(|| {
            let message = "this recording cannot be cut at its beats";
            let uncut = Diagnostic::error(Code::NoBeatPause, phrase.span, message);
            context.sink.emit(
                uncut
                    .note(format!("{} has no pause of 0.12 s where the text has its `|`", take.path))
                    .help("record it again with a short silence at each bar, or take the `|` out"),
            );
            Vec::new()
        })
    }

    /// Each beat that has to fit its slot, with the slot and what it needs of it: its voice, and the lead of the next.
    fn needs(&self, beats: &[Beat], first: u64) -> Vec<(u64, Frames)> {
        // Spoken whole, a phrase may go on over several paces.
        if beats.len() == 1 && matches!(self.kind, GridKind::Walk { .. }) {
            return Vec::new();
        }
        let need = |(index, beat): (usize, &Beat)| {
            let again = beats.first().filter(|_| self.spoken > 1 && beats.len() > 1);
            let next = beats.get(index + 1).or(again).map_or(Frames::ZERO, |next| lead(*next));
            (first + index as u64, Frames((beat.end - beat.onset) as u64) + next)
        };
        beats.iter().enumerate().map(need).collect()
    }

    /// A phrase too long for its half-breath lengthens that half in the whole block: by a second at most, to no fewer
    /// than 4.5 breaths a minute, and never the in-breath beyond the out-breath (docs/layout.md, section 3). Where
    /// that is not enough nothing is lengthened, and the phrase is refused.
    fn lengthen(&mut self, beats: &[Beat], first: u64, context: &Context<'_>) {
        let GridKind::Breath(pace) = self.kind else { return };
        let mut longer = (Seconds::ZERO, Seconds::ZERO);
        for (slot, need) in self.needs(beats, first) {
            let half = if slot % 2 == 0 { &mut longer.0 } else { &mut longer.1 };
            let missing = need.saturating_sub(self.room(slot, context));
            if missing > Frames::ZERO {
                // Rounded up to the frame, and one more for the rounding of the turns.
                *half = (missing + Frames(1)).time(context.facts.rate);
            }
        }
        let lengthened = BreathTiming { longer, ..pace };
        let slowest = pace.first.max(pace.last()) + lengthened.lengthened();
        let inward = |round: u64| {
            let turn = |slot: u64| lengthened.time(2 * round + slot).nanos();
            turn(1) - turn(0) <= turn(2) - turn(1)
        };
        let allowed = longer.0.max(longer.1) <= MOST_LONGER
            && slowest <= SLOWEST_BREATH
            && inward(0)
            && inward(u64::from(pace.count.max(1)) - 1);
        if allowed {
            self.kind = GridKind::Breath(lengthened);
        }
    }

    fn refuse_long(&self, phrase: &Phrase, beats: &[Beat], first: u64, context: &Context<'_>) {
        // What nobody has recorded yet may turn out shorter.
        if !context.facts.clips.contains_key(&phrase.key) {
            return;
        }
        for (slot, need) in self.needs(beats, first) {
            let room = self.room(slot, context);
            if need <= room {
                continue;
            }
            let (rate, name) = (context.facts.rate, self.slot_name(slot));
            let message = format!("this is too long for its {name}");
            let mut long = Diagnostic::error(Code::BeatTooLong, phrase.span, message).label(format!(
                "spoken in {:.1} s, and the {name} has room for {:.1} s",
                need.seconds(rate),
                room.seconds(rate)
            ));
            if matches!(self.kind, GridKind::Breath(_)) {
                long = long.note(
                    "a half-breath is lengthened by 1 s at most, to no fewer than 4.5 breaths a minute, and the in-breath is never longer than the out-breath",
                );
            }
            context.sink.emit(
                long.help("use fewer words, record it a little quicker, or give the grid more seconds"),
            );
        }
    }

    /// Predicted beats end where their slot does; recorded ones are never cut short.
    fn clipped(&self, mut beats: Vec<Beat>, phrase: &Phrase, first: u64, context: &Context<'_>) -> Vec<Beat> {
        if context.facts.clips.contains_key(&phrase.key) {
            return beats;
        }
        for (slot, need) in self.needs(&beats.clone(), first) {
            let beat = &mut beats[(slot - first) as usize];
            beat.end -= need.saturating_sub(self.room(slot, context)).index();
        }
        beats
    }
}

/// What lengthens a half-breath for a long phrase goes no further.
const MOST_LONGER: Seconds = Seconds::whole(1);

/// Beats of a phrase without a recording: their predicted lengths, one after another.
fn predicted_beats(phrase: &Phrase, context: &Context<'_>) -> Vec<Beat> {
    let mut start = 0;
    let mut beats = Vec::new();
    for text in &phrase.beats {
        let end = start + context.predicted(text).index();
        beats.push(Beat { start, onset: start, end });
        start = end;
    }
    beats
}

/// How long a beat's cut begins before its voice.
fn lead(beat: Beat) -> Frames {
    Frames((beat.onset - beat.start) as u64)
}

/// A beat whose onset meets a turn.
fn piece(turn: Position, beat: Beat) -> ClipPiece {
    ClipPiece {
        start: turn.back(lead(beat)),
        from: Frames(beat.start as u64),
        frames: Frames((beat.end - beat.start) as u64),
    }
}
