//! Captions straight from the timeline: what is said and what else sounds, at exact times.
//!
//! Speech comes first. Between phrases stand bells, cues to breathe and walk by, and long silences, in brackets and in the language
//! of the track. No two captions overlap, and every phrase that is spoken appears once.

mod json;
mod srt;
mod vtt;
mod wrap;

use crate::layout::{Event, EventKind, PhraseEvent, Timeline};
use crate::unit::{Position, SampleRate};

use super::clock::milliseconds;
use super::words::Words;

pub use json::cues;
pub use srt::sub_rip;
pub use vtt::web_vtt;

/// A silence is told from this length on, in seconds.
const SILENCE: u64 = 10;
/// What cannot be shown for so long, in seconds, cannot be read.
const READABLE: u64 = 1;
/// How fast adults read captions at ease (17 letters a second; Netflix, "Timed Text Style Guide").
const LETTERS_A_SECOND: u64 = 17;
/// Half-breaths or paces closer than this, in seconds, are one run.
const SAME_RUN: u64 = 2;

/// One or two lines of text and when they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// A name of its own: `<file>/<phrase>`, `#2` for its second occurrence, `(2)` for the second caption of a long
    /// phrase; or the sound and its number.
    pub id: String,
    /// What it tells of.
    pub kind: CaptionKind,
    /// When it appears.
    pub start: Position,
    /// When it goes.
    pub end: Position,
    /// One or two lines of plain text, each of at most 42 characters.
    pub lines: Vec<String>,
}

/// What a caption tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionKind {
    /// Words of the voice.
    Phrase,
    /// A bell.
    Bell,
    /// A stretch of guided breathing.
    Breath,
    /// A stretch of guided walking.
    Steps,
    /// Nothing but the bed.
    Silence,
}

impl CaptionKind {
    /// The kind of caption that tells of an event.
    pub fn of(event: &EventKind) -> Self {
        match event {
            EventKind::Phrase(_) => Self::Phrase,
            EventKind::Bell { .. } => Self::Bell,
            EventKind::Breath { .. } => Self::Breath,
            EventKind::Step { .. } => Self::Steps,
        }
    }

    /// As documents and the names of captions write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phrase => "phrase",
            Self::Bell => "bell",
            Self::Breath => "breath",
            Self::Steps => "steps",
            Self::Silence => "silence",
        }
    }
}

/// What of a track is heard, and so told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Everything.
    All,
    /// The voice alone: no bell, no breath, no step.
    Voice,
    /// The bed alone, of which nothing is told.
    Bed,
}

/// The captions of a track, in order, for those who would hear that much of it.
pub fn captions(timeline: &Timeline, heard: Heard) -> Vec<Caption> {
    if heard == Heard::Bed {
        return Vec::new();
    }
    let words = Words::of(&timeline.language);
    let second = u64::from(timeline.rate.hz());
    let is_heard = |event: &&Event| heard == Heard::All || event.phrase().is_some();
    let events: Vec<&Event> = timeline.events.iter().filter(is_heard).collect();
    let phrases: Vec<&Event> = events.iter().copied().filter(|event| event.phrase().is_some()).collect();
    let spoken: Vec<Stretch> = phrases.iter().map(|event| Stretch::of(event)).collect();
    let bells = Bells::of(&events, &spoken, READABLE * second);

    let mut taken = [spoken, bells.shown.clone()].concat();
    let mut on_grid = |kind: CaptionKind| -> Vec<Stretch> {
        let of_kind = events.iter().filter(|event| CaptionKind::of(&event.kind) == kind);
        let turns = runs(of_kind, SAME_RUN * second);
        let clear = turns.into_iter().flat_map(|run| run.without(&taken));
        let clear: Vec<_> = clear.filter(|stretch| stretch.frames() >= READABLE * second).collect();
        taken.extend(&clear);
        clear
    };
    let breaths = on_grid(CaptionKind::Breath);
    let steps = on_grid(CaptionKind::Steps);
    let whole = Stretch { start: 0, end: timeline.frames.0 };
    let silences: Vec<_> =
        whole.without(&taken).into_iter().filter(|silence| silence.frames() >= SILENCE * second).collect();

    let mut all = Vec::new();
    for (index, event) in phrases.into_iter().enumerate() {
        let prefix =
            if bells.with_phrase.contains(&index) { format!("[{}] ", words.bell) } else { String::new() };
        all.extend(phrase(event, &prefix));
    }
    let sound = |kind: CaptionKind, index, stretch: &Stretch, text: &str| Caption {
        id: format!("{} {}", kind.name(), index + 1),
        kind,
        start: Position(stretch.start),
        end: Position(stretch.end),
        lines: vec![format!("[{text}]")],
    };
    let count = |stretches: Vec<Stretch>| stretches.into_iter().enumerate();
    all.extend(count(bells.shown).map(|(n, at)| sound(CaptionKind::Bell, n, &at, words.bell)));
    all.extend(count(breaths).map(|(n, at)| sound(CaptionKind::Breath, n, &at, words.breath)));
    all.extend(count(steps).map(|(n, at)| sound(CaptionKind::Steps, n, &at, words.steps)));
    all.extend(count(silences).map(|(n, at)| {
        let seconds = (at.frames() + second / 2) / second;
        sound(CaptionKind::Silence, n, &at, &words.silence(seconds))
    }));
    all.sort_by_key(|caption| caption.start);
    linger(&mut all, timeline);
    all
}

/// A caption stays until it can have been read, as far as the next one and the end allow; a silence begins later for
/// its sake.
fn linger(captions: &mut [Caption], timeline: &Timeline) {
    let second = u64::from(timeline.rate.hz());
    for index in 0..captions.len() {
        let letters = captions[index].lines.iter().map(|line| line.chars().count() as u64).sum::<u64>();
        let reading = (letters * second / LETTERS_A_SECOND).max(READABLE * second);
        let wanted = captions[index].start.0 + reading;
        let (these, next) = captions.split_at_mut(index + 1);
        let clear = match next.first_mut() {
            Some(next) if next.kind == CaptionKind::Silence && wanted + READABLE * second < next.end.0 => {
                next.start = Position(next.start.0.max(wanted));
                next.start.0
            }
            Some(next) => next.start.0,
            None => timeline.frames.0,
        };
        let caption = &mut these[index];
        caption.end = Position(caption.end.0.max(wanted.min(clear)));
    }
}

/// Start and end of each caption in milliseconds: each ends after it starts, and none begins before the last one has
/// ended, however short they are.
fn times(captions: &[Caption], rate: SampleRate) -> Vec<(u64, u64)> {
    let mut clear = 0;
    let time = |caption: &Caption| {
        let start = milliseconds(caption.start, rate).max(clear);
        let end = milliseconds(caption.end, rate).max(start + 1);
        clear = end;
        (start, end)
    };
    captions.iter().map(time).collect()
}

/// The captions of one phrase: one where it fits, else several that share its time by their letters.
fn phrase(event: &Event, prefix: &str) -> Vec<Caption> {
    let Some(PhraseEvent { key, occurrence, text, .. }) = event.phrase() else { return Vec::new() };
    let texts = wrap::captions(&format!("{prefix}{text}"));
    let letters =
        |texts: &[Vec<String>]| texts.iter().flatten().map(|line| line.chars().count() as u64).sum::<u64>();
    let all = letters(&texts).max(1);
    let border = |index: usize| {
        let share = u128::from(event.frames.0) * u128::from(letters(&texts[..index])) / u128::from(all);
        Position(event.start.0 + share as u64)
    };
    let mut id = key.to_string();
    if *occurrence > 0 {
        id = format!("{id}#{}", occurrence + 1);
    }
    let caption = |(index, lines): (usize, &Vec<String>)| Caption {
        id: if index == 0 { id.clone() } else { format!("{id} ({})", index + 1) },
        kind: CaptionKind::Phrase,
        start: border(index),
        end: border(index + 1),
        lines: lines.clone(),
    };
    texts.iter().enumerate().map(caption).collect()
}

/// A stretch of frames of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    start: u64,
    end: u64,
}

impl Stretch {
    fn of(event: &Event) -> Self {
        Self { start: event.start.0, end: event.start.0 + event.frames.0 }
    }

    fn frames(self) -> u64 {
        self.end - self.start
    }

    /// What is left of it without the others.
    fn without(self, others: &[Self]) -> Vec<Self> {
        let mut others: Vec<_> = others.to_vec();
        others.sort_unstable_by_key(|other| other.start);
        let mut left = Vec::new();
        let mut start = self.start;
        for other in others.iter().filter(|other| other.end > self.start && other.start < self.end) {
            if other.start > start {
                left.push(Self { start, end: other.start });
            }
            start = start.max(other.end);
        }
        if start < self.end {
            left.push(Self { start, end: self.end });
        }
        left
    }
}

/// Bells with a caption of their own, from the strike to where the next thing is told or the ring has ended; and the
/// phrases whose caption tells of a bell because there was no time for one.
struct Bells {
    shown: Vec<Stretch>,
    with_phrase: Vec<usize>,
}

impl Bells {
    fn of(events: &[&Event], spoken: &[Stretch], readable: u64) -> Self {
        let rings = events.iter().filter(|event| CaptionKind::of(&event.kind) == CaptionKind::Bell);
        let rings: Vec<_> = rings.map(|event| Stretch::of(event)).collect();
        let mut bells = Self { shown: Vec::new(), with_phrase: Vec::new() };
        for (index, ring) in rings.iter().enumerate() {
            let next = rings.get(index + 1).map_or(u64::MAX, |next| next.start);
            let alone = Stretch { start: ring.start, end: ring.end.min(next) };
            let clear = alone.without(spoken).first().copied();
            match clear.filter(|clear| clear.start == ring.start && clear.frames() >= readable) {
                Some(clear) => bells.shown.push(clear),
                None => bells.with_phrase.extend(spoken.iter().position(|phrase| phrase.end > ring.start)),
            }
        }
        bells
    }
}

/// The stretches in which such events follow each other closely.
fn runs<'a>(events: impl Iterator<Item = &'a &'a Event>, same: u64) -> Vec<Stretch> {
    let mut runs: Vec<Stretch> = Vec::new();
    for turn in events.map(|event| Stretch::of(event)) {
        match runs.last_mut().filter(|last| turn.start < last.end + same) {
            Some(last) => last.end = last.end.max(turn.end),
            None => runs.push(turn),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
