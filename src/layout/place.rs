//! Placing the row: lengths for the glue, then a cursor over boxes and glue that gives every sound its frame.

use std::collections::BTreeMap;

use super::beds::bed_spans;
use super::elastic::share;
use super::flow::{Context, Flow, Item};
use super::grid::Grid;
use super::levels::Levels;
use super::timeline::{Chapter, Event, EventKind, Piece, Timeline, seconds};
use crate::asset::facts::Facts;
use crate::diag::{Code, Diagnostic, Sink};
use crate::script::exercise::ClockTime;
use crate::script::session::{Cue, Phrase, PhraseKey, Session};
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Gain, Position, Seconds};

/// The longest track adem renders: a day.
const LONGEST: Seconds = Seconds::MOST;

/// Lays a session out at its natural length; mistakes that only lengths reveal go to `sink`.
///
/// Phrases without a clip get a predicted length and say so in their events.
pub fn lay_out(session: &Session, facts: &Facts, sink: &Sink) -> Option<Timeline> {
    let levels = Levels::new(session, facts);
    let context = Context { session, facts, levels, sink };
    let mut flow = Flow::new(&context);
    let_ring_out(&mut flow, &context);
    // Before anything is placed: rounds for a year would fill the memory with events.
    let whole: Frames = flow.items.iter().map(|item| box_frames(item, &context)).sum();
    if whole > LONGEST.frames(facts.rate) {
        let message = format!("this track would last {}", print_duration(seconds(whole, facts.rate)));
        let long = Diagnostic::error(Code::TooLong, session.span, message);
        sink.emit(long.help(format!(
            "adem renders up to {}: use fewer rounds or shorter pauses",
            print_duration(LONGEST)
        )));
        return None;
    }
    let natural: Frames = flow.items.iter().filter_map(natural_glue).sum();
    let glues: Vec<_> = flow
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Glue(glue) => Some(*glue),
            _ => None,
        })
        .collect();
    let lengths = share(&glues, natural, facts.rate).expect("the natural length is within every limit");
    let mut placer = Placer::new(&context);
    let mut lengths = lengths.into_iter();
    for item in &flow.items {
        placer.place(item, &mut lengths);
    }
    let total = placer.cursor - Position::START;
    for cue in &session.cues {
        placer.cue(cue, total);
    }
    let beds = bed_spans(&context, &placer.part_starts, total);
    let mut events = placer.events;
    events.sort_by_key(|event| event.start);
    if sink.has_errors() {
        return None;
    }
    let timeline = Timeline {
        script: session.script.clone(),
        title: session.title.clone(),
        language: session.language.clone(),
        voice: session.voice.id.clone(),
        guidance: session.guidance,
        seed: session.seed,
        rate: facts.rate,
        frames: total,
        chapters: placer.chapters,
        events,
        beds,
        left_out: flow.left_out,
    };
    timeline.assert_consistent();
    Some(timeline)
}

fn natural_glue(item: &Item<'_>) -> Option<Frames> {
    match item {
        Item::Glue(glue) => Some(glue.natural),
        _ => None,
    }
}

/// The box of an item that is no glue.
fn box_frames(item: &Item<'_>, context: &Context<'_>) -> Frames {
    match item {
        Item::Part(_) => Frames::ZERO,
        Item::Glue(glue) => glue.natural,
        Item::Phrase { frames, .. } => *frames,
        Item::Bell { wait, .. } => *wait,
        Item::Grid(grid) => grid.frames(context),
    }
}

/// Bells are never cut: the tail is as long as the ring that is left when it begins.
fn let_ring_out(flow: &mut Flow<'_>, context: &Context<'_>) {
    let mut left = Frames::ZERO;
    for item in &flow.items[..flow.items.len() - 1] {
        let frames = box_frames(item, context);
        left = left.saturating_sub(frames);
        if let Item::Bell { wait, ring, .. } = item {
            left = left.max(ring.saturating_sub(*wait));
        }
    }
    if let Some(Item::Glue(tail)) = flow.items.last_mut() {
        tail.at_least(left);
    }
}

/// The cursor and what it has placed.
struct Placer<'a> {
    context: &'a Context<'a>,
    cursor: Position,
    part: usize,
    part_starts: Vec<Position>,
    chapters: Vec<Chapter>,
    events: Vec<Event>,
    spoken: BTreeMap<PhraseKey, u32>,
}

impl<'a> Placer<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            cursor: Position::START,
            part: 0,
            part_starts: Vec::new(),
            chapters: Vec::new(),
            events: Vec::new(),
            spoken: BTreeMap::new(),
        }
    }

    fn place(&mut self, item: &Item<'_>, lengths: &mut impl Iterator<Item = Frames>) {
        match item {
            Item::Part(index) => self.begin_part(*index),
            Item::Glue(_) => self.cursor += lengths.next().expect("every glue has a length"),
            Item::Phrase { phrase, frames } => {
                self.phrase(phrase, vec![Piece { start: self.cursor, from: Frames::ZERO, frames: *frames }]);
                self.cursor += *frames;
            }
            Item::Bell { strike, gain, wait, ring } => {
                self.bell(&strike.bell, self.cursor, *ring, gain.gain());
                self.cursor += *wait;
            }
            Item::Grid(grid) => self.grid(grid),
        }
    }

    /// The first part holds the head too, so that chapters cover the whole track.
    fn begin_part(&mut self, index: usize) {
        self.part = index;
        let start = if index == 0 { Position::START } else { self.cursor };
        self.part_starts.push(start);
        if let Some(title) = &self.context.session.parts[index].title {
            self.chapters.push(Chapter { title: title.clone(), start });
        }
    }

    fn phrase(&mut self, phrase: &Phrase, pieces: Vec<Piece>) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return };
        let (start, end) = (first.start, last.start + last.frames);
        let count = self.spoken.entry(phrase.key.clone()).or_default();
        let kind = EventKind::Phrase {
            key: phrase.key.clone(),
            occurrence: *count,
            text: phrase.text.clone(),
            clip: self.context.facts.clips.get(&phrase.key).map(|take| take.path.clone()),
            safety: phrase.safety,
            pieces,
        };
        *count += 1;
        let gain = self.context.levels.phrase(self.context.facts, phrase);
        self.events.push(Event { part: self.part, start, frames: end - start, gain, kind });
    }

    fn bell(&mut self, name: &str, start: Position, frames: Frames, gain: Gain) {
        if self.context.session.cues_sound && frames > Frames::ZERO {
            let kind = EventKind::Bell { name: name.to_owned() };
            self.events.push(Event { part: self.part, start, frames, gain, kind });
        }
    }

    fn grid(&mut self, grid: &Grid<'_>) {
        for round in grid.rounds(self.cursor, self.context) {
            if self.context.session.cues_sound {
                let lengths = (round.inhale.1, round.exhale.1);
                for (inward, (start, frames)) in [(true, round.inhale), (false, round.exhale)] {
                    let kind = EventKind::Breath { inward, round: lengths };
                    self.events.push(Event { part: self.part, start, frames, gain: grid.swell, kind });
                }
            }
            if let Some(phrase) = grid.phrase() {
                self.phrase(phrase, round.pieces);
            }
        }
        self.cursor += grid.frames(self.context);
    }

    /// A bell at a clock time. Before the end it starts early enough to ring out.
    fn cue(&mut self, cue: &Cue, total: Frames) {
        let facts = self.context.facts;
        let ring = facts.bells.get(&cue.strike.bell).map_or(Frames::ZERO, |bell| bell.frames);
        let start = match cue.at {
            ClockTime::Start(time) => time.frames(facts.rate),
            ClockTime::End(time) => total.saturating_sub(time.frames(facts.rate).max(ring)),
        };
        if start + ring > total {
            let message = "this cue would be cut by the end of the track";
            let cut = Diagnostic::error(Code::CueOutside, cue.span, message).label(format!(
                "it rings for {:.1} s, and the track ends at {:.1} s",
                ring.seconds(facts.rate),
                total.seconds(facts.rate)
            ));
            self.context
                .sink
                .emit(cut.help("strike it earlier, or write \"end\" to let it ring out to the end"));
            return;
        }
        let place = Position::START + start;
        self.part = self.part_starts.iter().rposition(|part| *part <= place).unwrap_or(0);
        let gain = self.context.levels.bell(facts, &cue.strike).gain();
        self.bell(&cue.strike.bell, place, ring, gain);
    }
}
