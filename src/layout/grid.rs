//! Breaths and paces on a grid: each slot starts on an exact frame, and rounding errors do not add up.

use super::context::Context;
use super::event::{ClipPiece, CueEvent, Foot, HalfBreath};
use super::predict::shares;
use super::timeline::{GridSpan, GridUnit};
use crate::diag::{Code, Diagnostic};
use crate::facts::beats::Beat;
use crate::script::session::{Breath, Phrase, Walk};
use crate::script::step::SLOWEST_BREATH;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Gain, Position, Rounding, Seconds, TENTH};

/// What the slots of a grid are.
#[derive(Clone, Copy, Debug)]
enum GridKind {
    /// Half-breaths: two slots a round, in and out.
    Breath(BreathTiming),
    /// Paces: one slot each.
    Walk { pace: Seconds, ticks: bool },
}

/// The timing of a block of breaths.
#[derive(Clone, Copy, Debug)]
struct BreathTiming {
    /// The halves of the last round, as written in the script.
    inhale: Seconds,
    exhale: Seconds,
    /// The length of the first round; that of the last if the breath does not get slower.
    first: Seconds,
    /// How much the halves of every round are lengthened to fit the phrase.
    longer: (Seconds, Seconds),
    /// The number of rounds.
    count: u32,
}

impl BreathTiming {
    fn last(&self) -> Seconds {
        self.inhale + self.exhale
    }

    fn lengthened(&self) -> Seconds {
        self.longer.0 + self.longer.1
    }

    /// The length of round j without its lengthening, times k−1 to stay an integer. The length changes in equal steps
    /// from `first` in round 0 to `last` in round k−1.
    fn round_times_steps(&self, round: u64) -> i128 {
        let (first, last) = (i128::from(self.first.nanos()), i128::from(self.last().nanos()));
        let steps = self.steps();
        if self.count < 2 { last * steps } else { first * steps + (last - first) * i128::from(round) }
    }

    fn steps(&self) -> i128 {
        i128::from(self.count.max(2) - 1)
    }

    /// The start of a half-breath, counted from the first slot: the rounds before it, summed exactly and rounded once.
    fn time(&self, slot: u64) -> Seconds {
        let (round, steps) = (slot / 2, self.steps());
        let (first, last) = (i128::from(self.first.nanos()), i128::from(self.last().nanos()));
        let first = if self.count < 2 { last } else { first };
        let rounds = i128::from(round);
        // Σ over i < j of (k−1)·first + i·(last − first), doubled so that j(j−1)/2 stays an integer.
        let twice = 2 * rounds * steps * first + (last - first) * rounds * (rounds - 1);
        let mut nanos = (twice + steps) / (2 * steps) + i128::from(self.lengthened().times(round).nanos());
        if slot % 2 == 1 {
            let inhale = self.round_times_steps(round) * i128::from(self.inhale.nanos());
            nanos += inhale / (steps * last) + i128::from(self.longer.0.nanos());
        }
        Seconds::from_nanos(nanos as u64)
    }
}

/// A block of breaths or paces with a fixed number of rounds.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    kind: GridKind,
    /// The number of breaths or paces.
    count: u32,
    /// How long the clip starts before the first slot, so that the onset of the voice falls on the slot.
    lead: Frames,
    phrase: Option<&'a Phrase>,
    /// Each beat with its slot within the cycle.
    beats: Vec<(u64, Beat)>,
    /// The number of slots from one repetition of the phrase to the next.
    cycle: u64,
    spoken: u32,
    /// The gain of the swell or of the ticks.
    pub gain: Gain,
}

impl<'a> Grid<'a> {
    /// A block of breaths. Reports an error if the phrase does not fit its half-breath.
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
        // A phrase without bars is spoken on the out-breath.
        let first = phrase.map_or(0, |phrase| u64::from(phrase.beats.len() == 1));
        Self::new(kind, count, phrase, (first, 2), breath.spoken, gain, context)
    }

    /// A block of paces. Reports an error if a beat does not fit its pace.
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
        // A phrase without bars may last several paces.
        if let (GridKind::Walk { pace, .. }, [(_, only)]) = (kind, &grid.beats[..]) {
            let pace = pace.frames(context.facts.rate).0.max(1);
            grid.cycle = ((only.end - only.start) as u64).div_ceil(pace);
        }
        grid
    }

    pub(super) fn phrase(&self) -> Option<&'a Phrase> {
        self.phrase
    }

    /// Whether its slots are half-breaths rather than paces.
    pub(super) fn breathes(&self) -> bool {
        matches!(self.kind, GridKind::Breath(_))
    }

    /// The natural length of a round; the mean if the rounds differ.
    pub(super) fn round(&self, context: &Context<'_>) -> Frames {
        let round = match self.kind {
            GridKind::Breath(pace) => {
                Seconds::from_nanos(pace.first.nanos().midpoint(pace.last().nanos())) + pace.lengthened()
            }
            GridKind::Walk { pace, .. } => pace,
        };
        round.frames(context.facts.rate)
    }

    /// The length of the block.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        self.lead + self.time(self.slots()).frames(context.facts.rate)
    }

    fn slots(&self) -> u64 {
        match self.kind {
            GridKind::Breath(_) => 2 * u64::from(self.count),
            GridKind::Walk { .. } => u64::from(self.count),
        }
    }

    /// The start of a slot, counted from the first slot. In frames it is ⌊t·rate + ½⌋.
    fn time(&self, slot: u64) -> Seconds {
        match self.kind {
            GridKind::Breath(pace) => pace.time(slot),
            GridKind::Walk { pace, .. } => pace.times(slot),
        }
    }

    /// The sounds of the slots of a block that starts at `start`.
    pub(super) fn slot_sounds(
        &self,
        start: Position,
        context: &Context<'_>,
    ) -> Vec<(Position, Frames, CueEvent)> {
        if matches!(self.kind, GridKind::Walk { ticks: false, .. }) {
            return Vec::new();
        }
        let rate = context.facts.rate;
        let at = |slot: u64| start + self.lead + self.time(slot).frames(rate);
        (0..self.slots())
            .map(|slot| {
                let frames = at(slot + 1) - at(slot);
                let even = slot.is_multiple_of(2);
                let cue = match self.kind {
                    GridKind::Breath(_) => {
                        let first = slot - slot % 2;
                        let round = (at(first + 1) - at(first), at(first + 2) - at(first + 1));
                        let half = if even { HalfBreath::In } else { HalfBreath::Out };
                        CueEvent::Breath { half, round }
                    }
                    GridKind::Walk { .. } => {
                        CueEvent::Step { foot: if even { Foot::Left } else { Foot::Right } }
                    }
                };
                (at(slot), frames, cue)
            })
            .collect()
    }

    /// Where the breaths or paces lie, for a block of `part` that begins at `start`; `None` where there are none.
    pub(super) fn span(&self, part: usize, start: Position, context: &Context<'_>) -> Option<GridSpan> {
        let rate = context.facts.rate;
        let room = |slot: u64| self.room(slot, context);
        let (kind, sounds) = match self.kind {
            GridKind::Breath(_) => {
                let last = self.slots().checked_sub(2)?;
                (GridUnit::Breath { inhale: room(last), exhale: room(last + 1) }, true)
            }
            GridKind::Walk { pace, ticks } => (GridUnit::Walk { pace: pace.frames(rate) }, ticks),
        };
        let frames = self.time(self.slots()).frames(rate);
        let heard = sounds && context.session.cues_sound;
        let span = GridSpan { part, start: start + self.lead, frames, count: self.count, heard, kind };
        (self.count > 0).then_some(span)
    }

    /// The clip pieces of each repetition of the phrase, for a block that starts at `start`.
    pub(super) fn repetitions(&self, start: Position, context: &Context<'_>) -> Vec<Vec<ClipPiece>> {
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

    /// The name of a slot in messages.
    fn slot_name(&self, slot: u64) -> &'static str {
        match self.kind {
            GridKind::Breath(_) if slot.is_multiple_of(2) => "in-breath",
            GridKind::Breath(_) => "out-breath",
            GridKind::Walk { .. } => "pace",
        }
    }

    /// The beats of a phrase, from its clip or predicted.
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
                    .note(format!("{} has no pause of 0.12 s where the text has `|`", take.path))
                    .help("record it again with a short silence at each `|`, or remove the `|`"),
            );
            Vec::new()
        })
    }

    /// The slot of each beat that must fit its slot, and the length it needs: its voice, and the lead of the next beat.
    fn needs(&self, beats: &[Beat], first: u64) -> Vec<(u64, Frames)> {
        // A phrase without bars may last several paces.
        if beats.len() == 1 && matches!(self.kind, GridKind::Walk { .. }) {
            return Vec::new();
        }
        let need = |(index, beat): (usize, &Beat)| {
            let next_repetition = beats.first().filter(|_| self.spoken > 1 && beats.len() > 1);
            let next = beats.get(index + 1).or(next_repetition).map_or(Frames::ZERO, |next| lead(*next));
            (first + index as u64, Frames((beat.end - beat.onset) as u64) + next)
        };
        beats.iter().enumerate().map(need).collect()
    }

    /// Lengthens the half-breath of a phrase that is too long for it, in the whole block: by at most 1 s, to no fewer
    /// than 4.5 breaths a minute, and never the in-breath beyond the out-breath (docs/layout.md, section 3). If that is
    /// not enough, nothing is lengthened and [`Self::refuse_long`] reports the phrase.
    fn lengthen(&mut self, beats: &[Beat], first: u64, context: &Context<'_>) {
        let GridKind::Breath(pace) = self.kind else { return };
        let mut longer = (Seconds::ZERO, Seconds::ZERO);
        for (slot, need) in self.needs(beats, first) {
            let half = if slot % 2 == 0 { &mut longer.0 } else { &mut longer.1 };
            let missing = need.saturating_sub(self.room(slot, context));
            if missing > Frames::ZERO {
                // Rounded up to a frame, plus one frame as slot starts are rounded too.
                *half = (missing + Frames(1)).time(context.facts.rate);
            }
        }
        let lengthened = BreathTiming { longer, ..pace };
        let slowest = pace.first.max(pace.last()) + lengthened.lengthened();
        let in_is_not_longer = |round: u64| {
            let time = |slot: u64| lengthened.time(2 * round + slot).nanos();
            time(1) - time(0) <= time(2) - time(1)
        };
        let allowed = longer.0.max(longer.1) <= MOST_LONGER
            && slowest <= SLOWEST_BREATH
            && in_is_not_longer(0)
            && in_is_not_longer(u64::from(pace.count.max(1)) - 1);
        if allowed {
            self.kind = GridKind::Breath(lengthened);
        }
    }

    fn refuse_long(&self, phrase: &Phrase, beats: &[Beat], first: u64, context: &Context<'_>) {
        // A recording may be shorter than the prediction.
        if !context.facts.clips.contains_key(&phrase.key) {
            return;
        }
        for (slot, need) in self.needs(beats, first) {
            let room = self.room(slot, context);
            if need <= room {
                continue;
            }
            let (rate, name) = (context.facts.rate, self.slot_name(slot));
            let message = format!("this phrase is too long for its {name}");
            let mut long = Diagnostic::error(Code::BeatTooLong, phrase.span, message).label(format!(
                "needs {}, but the {name} has room for {}",
                print_duration(need.told(rate, TENTH, Rounding::Up)),
                print_duration(room.told(rate, TENTH, Rounding::Down))
            ));
            if matches!(self.kind, GridKind::Breath(_)) {
                long = long.note(
                    "a half-breath is lengthened by at most 1 s, to no fewer than 4.5 breaths a minute, and the in-breath never becomes longer than the out-breath",
                );
            }
            context.sink.emit(
                long.help("use fewer words, record it a little faster, or make the breath or pace longer"),
            );
        }
    }

    /// Shortens predicted beats to their slots. Recorded beats are never shortened.
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

/// The most a half-breath is lengthened for a long phrase.
const MOST_LONGER: Seconds = Seconds::whole(1);

/// The beats of a phrase without a recording, with predicted lengths.
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

/// The time from the start of a beat to the onset of its voice.
fn lead(beat: Beat) -> Frames {
    Frames((beat.onset - beat.start) as u64)
}

/// The clip piece of a beat whose onset falls on the start of a slot.
fn piece(slot: Position, beat: Beat) -> ClipPiece {
    ClipPiece {
        start: slot.back(lead(beat)),
        from: Frames(beat.start as u64),
        frames: Frames((beat.end - beat.start) as u64),
    }
}
