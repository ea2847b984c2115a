//! Breaths on a grid: every turn falls on its exact frame and nothing drifts, however many rounds there are.

use super::flow::Context;
use super::predict::{predicted, shares};
use super::timeline::Piece;
use crate::asset::speech::Beat;
use crate::diag::{Code, Diagnostic};
use crate::script::session::{Breath, Phrase};
use crate::unit::{Frames, Gain, Position};

/// A block of breaths with its rounds settled.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    breath: &'a Breath,
    /// The voice's own lead before the first turn, so that its onset meets it and no phrase overlaps the last.
    lead: Frames,
    rounds: u32,
    /// The beats of the phrase on each half-breath of a spoken round.
    inward: Option<Beat>,
    outward: Option<Beat>,
    /// The gain of the swell.
    pub swell: Gain,
}

/// One round at its place.
pub(super) struct Round {
    pub inhale: (Position, Frames),
    pub exhale: (Position, Frames),
    /// The pieces of the phrase in this round; empty where it is not spoken.
    pub pieces: Vec<Piece>,
}

impl<'a> Grid<'a> {
    /// Settles a block at its natural number of rounds; a phrase that does not fit its half-breath is a mistake.
    pub(super) fn new(breath: &'a Breath, context: &Context<'a>) -> Self {
        let rounds = breath.times[1];
        let spoken = breath.phrase.as_ref().filter(|phrase| phrase.spoken);
        let (inward, outward) = spoken.map_or((None, None), |phrase| Self::beats(breath, phrase, context));
        let lead = inward.map_or(Frames::ZERO, lead);
        let swell = context.levels.swell(context.facts, breath.inhale, breath.exhale);
        Self { breath, lead, rounds, inward, outward, swell }
    }

    /// The phrase that is spoken on the grid.
    pub(super) fn phrase(&self) -> Option<&'a Phrase> {
        self.breath.phrase.as_ref().filter(|phrase| phrase.spoken)
    }

    /// The whole block.
    pub(super) fn frames(&self, context: &Context<'_>) -> Frames {
        let whole = (self.breath.inhale + self.breath.exhale).times(u64::from(self.rounds));
        self.lead + whole.frames(context.facts.rate)
    }

    /// Every round from `start` on. The turn of round k lies ⌊k·d·rate + ½⌋ frames after the first.
    pub(super) fn rounds(&self, start: Position, context: &Context<'_>) -> Vec<Round> {
        let rate = context.facts.rate;
        let whole = self.breath.inhale + self.breath.exhale;
        let origin = start + self.lead;
        (0..self.rounds)
            .map(|index| {
                let begin = whole.times(u64::from(index));
                let inhale = origin + begin.frames(rate);
                let exhale = origin + (begin + self.breath.inhale).frames(rate);
                let end = origin + (begin + whole).frames(rate);
                let speaks = index < self.breath.spoken;
                let pieces = [(inhale, self.inward), (exhale, self.outward)]
                    .into_iter()
                    .filter_map(|(turn, beat)| beat.filter(|_| speaks).map(|beat| piece(turn, beat)))
                    .collect();
                Round { inhale: (inhale, exhale - inhale), exhale: (exhale, end - exhale), pieces }
            })
            .collect()
    }

    /// The beats of a phrase on the in-breath and the out-breath. Spoken whole, it lies on the out-breath.
    fn beats(breath: &Breath, phrase: &Phrase, context: &Context<'_>) -> (Option<Beat>, Option<Beat>) {
        let rate = context.facts.rate;
        let halves = (breath.inhale.frames(rate), breath.exhale.frames(rate));
        let Some(take) = context.facts.clips.get(&phrase.key) else {
            return predicted_beats(phrase, halves, context);
        };
        let whole = Beat { start: 0, onset: take.facts.onset.index(), end: take.facts.frames.index() };
        let cut = if phrase.beats.len() == 1 {
            Some((None, Some(whole)))
        } else {
            let beats = take.facts.beats(&shares(&phrase.beats), rate);
            beats.map(|beats| (beats.first().copied(), beats.get(1).copied()))
        };
        let Some((inward, outward)) = cut else {
            let message = "this recording cannot be cut at its beat";
            let uncut = Diagnostic::error(Code::NoBeatPause, phrase.span, message);
            context.sink.emit(
                uncut
                    .note(format!("{} has no pause of 0.12 s where the text has its `|`", take.path))
                    .help("record it again with a short silence at the bar, or take the `|` out"),
            );
            return (None, None);
        };
        let round_lead = inward.map_or(Frames::ZERO, lead);
        refuse_long(
            phrase,
            inward,
            halves.0.saturating_sub(outward.map_or(Frames::ZERO, lead)),
            "in",
            context,
        );
        refuse_long(phrase, outward, halves.1.saturating_sub(round_lead), "out", context);
        (inward, outward)
    }
}

/// How long a beat's cut begins before its voice.
fn lead(beat: Beat) -> Frames {
    Frames((beat.onset - beat.start) as u64)
}

/// A beat whose onset meets a turn of the breath.
fn piece(turn: Position, beat: Beat) -> Piece {
    Piece {
        start: turn.back(lead(beat)),
        from: Frames(beat.start as u64),
        frames: Frames((beat.end - beat.start) as u64),
    }
}

fn refuse_long(phrase: &Phrase, beat: Option<Beat>, room: Frames, half: &str, context: &Context<'_>) {
    let Some(beat) = beat else { return };
    let length = Frames((beat.end - beat.onset) as u64);
    if length <= room {
        return;
    }
    let rate = context.facts.rate;
    let message = format!("this is too long for its {half}-breath");
    let long = Diagnostic::error(Code::BeatTooLong, phrase.span, message).label(format!(
        "spoken in {:.1} s, and the {half}-breath has room for {:.1} s",
        length.seconds(rate),
        room.seconds(rate)
    ));
    context
        .sink
        .emit(long.help("use fewer words, record it a little quicker, or give the breath more seconds"));
}

/// Beats of a phrase without a recording: their predicted lengths, cut to what has room.
fn predicted_beats(
    phrase: &Phrase,
    halves: (Frames, Frames),
    context: &Context<'_>,
) -> (Option<Beat>, Option<Beat>) {
    let length = |text: &str, room: Frames| predicted(text, context.facts.rate).min(room).index();
    match &phrase.beats[..] {
        [inward, outward] => {
            let first = length(inward, halves.0);
            let second = first + length(outward, halves.1);
            let beat = |start, end| Some(Beat { start, onset: start, end });
            (beat(0, first), beat(first, second))
        }
        _ => (None, Some(Beat { start: 0, onset: 0, end: length(&phrase.text, halves.1) })),
    }
}
