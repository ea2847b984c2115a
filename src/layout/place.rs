//! Converts a solved row to a timeline: a cursor over boxes and glue gives every sound its frame.

use std::collections::BTreeMap;

use super::beds::bed_spans;
use super::context::{Context, Effort};
use super::event::{ClipPiece, CueEvent, Event, EventKind, PhraseEvent};
use super::flow::{RowItem, box_frames};
use super::grid::Grid;
use super::levels::Levels;
use super::lock::{self, PartLock};
use super::pins::{self, Length};
use super::room::room_span;
use super::solve::PartSolution;
use super::timeline::{Chapter, GridSpan, PartSpan, PauseSpan, Timeline};
use super::under::UnderPhrases;
use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::facts::{Facts, Fitting, Take};
use crate::script::exercise::{ClockTime, Guidance};
use crate::script::session::{Cue, Phrase, PhraseKey, Session, Step};
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Gain, Position, Rounding, Seconds, TENTH};

const LONGEST: Seconds = Seconds::MOST;

/// Lays out a session; errors that depend on lengths go to `sink`.
///
/// A phrase without a clip gets a predicted length, and its event has no clip.
pub fn lay_out(session: &Session, facts: &Facts, target: LayoutTarget<'_>, sink: &Sink) -> Option<Timeline> {
    lay_out_one_of(1, session, facts, target, sink)
}

/// Lays out a session as [`lay_out`] does, as one of several layouts that together may take little longer than one.
pub fn lay_out_one_of(
    layouts: usize,
    session: &Session,
    facts: &Facts,
    target: LayoutTarget<'_>,
    sink: &Sink,
) -> Option<Timeline> {
    let levels = Levels::new(session, facts);
    let effort = Effort::shared(layouts);
    let context = Context { session, facts, levels, sink, effort: &effort, any_row: false };
    let parts = match target {
        LayoutTarget::Length(length) => pins::solve(&context, length)?,
        LayoutTarget::Locked(other) => lock::solve(&context, other)?,
    };
    place(&context, parts, target)
}

/// The error for a session with more steps than are laid out.
pub fn too_many_steps(session: &Session) -> Diagnostic {
    too_long(session, "this track has more steps than adem can lay out".to_owned())
}

fn too_long(session: &Session, message: String) -> Diagnostic {
    let long = Diagnostic::error(Code::TooLong, session.span, message);
    let most = print_duration(LONGEST);
    long.help(format!("adem renders up to {most}: use fewer rounds or shorter pauses"))
}

/// What determines the length of a layout.
#[derive(Clone, Copy, Debug)]
pub enum LayoutTarget<'a> {
    Length(Length),
    /// Every part starts where it does in another version.
    Locked(&'a PartLock),
}

/// Places every sound of the solved parts.
pub(super) fn place(
    context: &Context<'_>,
    parts: Vec<PartSolution<'_>>,
    target: LayoutTarget<'_>,
) -> Option<Timeline> {
    let Context { session, facts, sink, .. } = *context;
    // Check this before placing: very many events would fill the memory.
    let overflows = parts.iter().any(|part| part.overflows);
    let boxes = parts.iter().flat_map(|part| &part.items).map(|item| box_frames(item, context));
    let whole: Frames = boxes.sum::<Frames>() + parts.iter().flat_map(|part| &part.lengths).copied().sum();
    if overflows {
        sink.emit(too_many_steps(session));
        return None;
    }
    if whole > LONGEST.frames(facts.rate) {
        let whole = print_duration(whole.told(facts.rate, TENTH, Rounding::Nearest));
        sink.emit(too_long(session, format!("this track would last {whole}")));
        return None;
    }
    let mut placer = Placer::new(context);
    for part in &parts {
        let mut lengths = part.lengths.iter().copied();
        for item in &part.items {
            placer.place(item, &mut lengths);
        }
    }
    let total = placer.cursor - Position::START;
    for cue in &session.cues {
        placer.pinned_cue(cue, total);
    }
    placer.refuse_cut_rings(total);
    if !sink.has_errors() {
        placer.refuse_unspoken_safety();
    }
    let mut events = placer.events;
    events.sort_by_key(|event| event.start);
    let under = UnderPhrases::of(context, &events);
    let beds = bed_spans(context, &under, &placer.part_starts, total);
    if sink.has_errors() {
        return None;
    }
    if context.effort.ended_early() {
        let message = "the search for the best rounds ended before it had tried everything";
        let ended = Diagnostic::warning(Code::SearchEnded, session.span, message);
        sink.emit(
            ended
                .note("this version has the best rounds found so far")
                .help("for the best there are, use fewer rounds, or a smaller range of them"),
        );
    }
    let room = room_span(context, &events, total);
    let has_drafts = events.iter().filter_map(Event::phrase).any(|phrase| phrase.draft);
    let outside =
        |length: Seconds| session.length.is_some_and(|limits| length < limits.least || length > limits.most);
    let timeline = Timeline {
        script: session.script.clone(),
        title: session.title.clone(),
        language: session.language.clone(),
        words: session.words.clone(),
        voice: session.voice.id.clone(),
        drafted_by: facts.drafted_by.clone().filter(|_| has_drafts),
        guidance: session.guidance,
        seed: session.seed,
        rate: facts.rate,
        frames: total,
        tail: placer.last_glue,
        chapters: placer.chapters,
        events,
        grids: placer.grids,
        pauses: placer.pauses,
        beds,
        swells: under.swell_duck(context),
        room,
        fittings: fittings(context.facts),
        parts: part_spans(&placer.part_starts, &parts, total),
        left_out: parts.into_iter().flat_map(|part| part.left_out).collect(),
        outside_limits: match target {
            LayoutTarget::Length(Length::Natural) => false,
            LayoutTarget::Length(Length::Exactly(length)) => outside(length),
            LayoutTarget::Locked(_) => outside(total.time(facts.rate)),
        },
    };
    timeline.assert_consistent();
    Some(timeline)
}

/// How the clips are fitted to their voice that need it.
fn fittings(facts: &Facts) -> BTreeMap<String, Fitting> {
    let changed = facts.clips.values().filter(|take| !take.facts.fitting.is_none());
    changed.map(|take| (take.path.clone(), take.facts.fitting)).collect()
}

fn part_spans(starts: &[Position], parts: &[PartSolution<'_>], total: Frames) -> Vec<PartSpan> {
    let ends = starts.iter().skip(1).copied().chain([Position::START + total]);
    let spans = starts.iter().zip(ends).zip(parts);
    spans
        .map(|((start, end), part)| PartSpan {
            start: *start,
            frames: end - *start,
            rounds: part.counts.clone(),
        })
        .collect()
}

/// The cursor and the events placed so far.
struct Placer<'a> {
    context: &'a Context<'a>,
    cursor: Position,
    /// The start of the last glue so far.
    last_glue: Position,
    part: usize,
    part_starts: Vec<Position>,
    chapters: Vec<Chapter>,
    events: Vec<Event>,
    grids: Vec<GridSpan>,
    pauses: Vec<PauseSpan>,
    spoken: BTreeMap<PhraseKey, u32>,
}

impl<'a> Placer<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            cursor: Position::START,
            last_glue: Position::START,
            part: 0,
            part_starts: Vec::new(),
            chapters: Vec::new(),
            events: Vec::new(),
            grids: Vec::new(),
            pauses: Vec::new(),
            spoken: BTreeMap::new(),
        }
    }

    fn place(&mut self, item: &RowItem<'_>, lengths: &mut impl Iterator<Item = Frames>) {
        match item {
            RowItem::Part(index) => self.begin_part(*index),
            RowItem::Glue(glue) => {
                self.last_glue = self.cursor;
                let frames = lengths.next().expect("every glue has a length");
                self.pauses.push(PauseSpan { part: self.part, start: self.cursor, frames, glue: *glue });
                self.cursor += frames;
            }
            RowItem::Phrase { phrase, frames } => {
                self.phrase(
                    phrase,
                    vec![ClipPiece { start: self.cursor, from: Frames::ZERO, frames: *frames }],
                );
            }
            RowItem::Cue { cue, gain, frames, .. } => {
                self.cue(cue.clone(), self.cursor, *frames, *gain);
            }
            RowItem::Grid(grid) => self.grid(grid),
        }
        self.cursor += box_frames(item, self.context);
    }

    /// Every safety phrase must be spoken if there is a voice. Reports one that is not, for example because a walk has
    /// too few paces for it. So must own words, which may stand in a part that was not chosen.
    fn refuse_unspoken_safety(&self) {
        let session = self.context.session;
        if session.guidance == Guidance::Bells {
            return;
        }
        let phrases: Vec<&Phrase> = session.all_steps().into_iter().filter_map(Step::phrase).collect();
        let own = session.all_phrases.iter().filter(|phrase| phrase.own.is_taken());
        for phrase in own.filter(|phrase| !self.spoken.contains_key(&phrase.key)) {
            let message =
                format!("the own words for `{}` would not be spoken in this version", phrase.key.id);
            let unspoken = Diagnostic::error(Code::OwnWords, phrase.span, message);
            self.context
                .sink
                .emit(unspoken.help("leave them out, or choose a version that speaks the phrase"));
        }
        for phrase in
            phrases.into_iter().filter(|phrase| phrase.safety && !self.spoken.contains_key(&phrase.key))
        {
            let message = format!("the safety phrase `{}` would not be spoken in this version", phrase.key);
            let unspoken = Diagnostic::error(Code::UnspokenSafety, phrase.span, message);
            self.context.sink.emit(unspoken.help(
                "there are too few rounds for it: write a larger least number, or put it in a step of its own",
            ));
        }
    }

    /// The first part includes the head, so that chapters cover the whole track.
    fn begin_part(&mut self, index: usize) {
        self.part = index;
        let start = if index == 0 { Position::START } else { self.cursor };
        assert_eq!(index, self.part_starts.len(), "every part is placed, in order");
        self.part_starts.push(start);
        if let Some(title) = &self.context.session.parts[index].title {
            self.chapters.push(Chapter { title: title.clone(), start });
        }
    }

    fn phrase(&mut self, phrase: &Phrase, pieces: Vec<ClipPiece>) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return };
        let (start, end) = (first.start, last.start + last.frames);
        let count = self.spoken.entry(phrase.key.clone()).or_default();
        let kind = EventKind::Phrase(PhraseEvent {
            key: phrase.key.clone(),
            occurrence: *count,
            text: phrase.text.clone(),
            clip: self.context.facts.clips.get(&phrase.key).map(|take| take.path.clone()),
            draft: self.context.facts.clips.get(&phrase.key).is_some_and(Take::is_draft),
            safety: phrase.safety,
            soft: phrase.soft,
            onset: self.context.facts.clips.get(&phrase.key).map_or(Frames::ZERO, |take| {
                // The first beat may start later in the clip.
                take.facts.onset.saturating_sub(pieces[0].from)
            }),
            pieces,
        });
        *count += 1;
        let gain = self.context.levels.phrase(self.context.facts, phrase);
        self.events.push(Event { part: self.part, start, frames: end - start, gain, kind });
    }

    fn cue(&mut self, cue: CueEvent, start: Position, frames: Frames, gain: Gain) {
        if self.context.session.cues_sound && frames > Frames::ZERO {
            let kind = EventKind::Cue(cue);
            self.events.push(Event { part: self.part, start, frames, gain, kind });
        }
    }

    fn grid(&mut self, grid: &Grid<'_>) {
        self.grids.extend(grid.span(self.part, self.cursor, self.context));
        if self.context.session.cues_sound {
            for (start, frames, cue) in grid.slot_sounds(self.cursor, self.context) {
                let kind = EventKind::Cue(cue);
                self.events.push(Event { part: self.part, start, frames, gain: grid.gain, kind });
            }
        }
        if let Some(phrase) = grid.phrase() {
            for pieces in grid.repetitions(self.cursor, self.context) {
                self.phrase(phrase, pieces);
            }
        }
    }

    /// Places a bell at a clock time of the track or of an exercise. Relative to the end, it starts early enough to
    /// ring out.
    fn pinned_cue(&mut self, cue: &Cue, total: Frames) {
        let facts = self.context.facts;
        let end = Position::START + total;
        let from = self.part_starts.get(cue.parts.start).copied().unwrap_or(Position::START);
        let to = self.part_starts.get(cue.parts.end).copied().unwrap_or(end);
        let ring = facts.bells.get(&cue.strike.bell).map_or(Frames::ZERO, |bell| bell.frames);
        let room = to - from;
        let start = match cue.at {
            ClockTime::Start(time) => time.frames(facts.rate),
            ClockTime::End(time) => room.saturating_sub(time.frames(facts.rate).max(ring)),
        };
        let place = from + start;
        // Within a programme the ring may overlap the next exercise.
        if start > room || place + ring > end {
            self.refuse_outside("this cue", cue.span, ring, total);
            return;
        }
        self.part = self.part_starts.iter().rposition(|part| *part <= place).unwrap_or(0);
        let gain = self.context.levels.bell(facts, &cue.strike).gain();
        self.cue(CueEvent::Bell { name: cue.strike.bell.clone() }, place, ring, gain);
    }

    /// Reports a cue that sounds beyond the end of the track because of pins.
    fn refuse_cut_rings(&self, total: Frames) {
        let end = Position::START + total;
        let cut = |event: &&Event| event.is_single_cue() && event.start + event.frames > end;
        if let Some(event) = self.events.iter().find(cut) {
            let what = if event.bell().is_some() { "a bell" } else { "a cue" };
            self.refuse_outside(what, self.context.session.span, event.frames, total);
        }
    }

    fn refuse_outside(&self, what: &str, span: Span, ring: Frames, total: Frames) {
        let rate = self.context.facts.rate;
        let message = format!("{what} would be cut off by the end of the track");
        let cut = Diagnostic::error(Code::CueOutside, span, message).label(format!(
            "it rings for {}, but the track ends at {}",
            print_duration(ring.told(rate, TENTH, Rounding::Nearest)),
            print_duration(total.told(rate, TENTH, Rounding::Nearest))
        ));
        self.context.sink.emit(cut.help("strike it earlier, or write \"end\" to let it ring out to the end"));
    }
}
