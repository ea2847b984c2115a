//! Captions, made from the timeline: the spoken text and the other sounds, at exact times.
//!
//! Speech takes precedence. Bells, breathing and walking cues and long silences fill the time between phrases, in
//! brackets and in the language of the track. Captions never overlap, and every spoken phrase appears once.

mod json;
mod srt;
mod vtt;
pub mod wrap;

use unicode_width::UnicodeWidthStr;

use crate::layout::{CueEvent, CueType, Event, PhraseEvent, Timeline};
use crate::script::words::AddedWords;
use crate::unit::{Position, SampleRate};

use super::clock::milliseconds;

pub use json::cues;
pub use srt::sub_rip;
pub use vtt::{vtt_generation, web_vtt};

/// The shortest silence that gets a caption, in seconds.
const SILENCE: u64 = 10;
/// The shortest time a caption of a sound is shown, in seconds; a shorter one cannot be read.
const READABLE: u64 = 1;
/// The reading speed of adults (17 letters a second; Netflix, "Timed Text Style Guide"). A letter of Chinese, Japanese or
/// Korean counts as two, as in the width of lines.
const LETTERS_A_SECOND: u64 = 17;
/// Half-breaths or steps closer together than this, in seconds, share a caption.
const SAME_RUN: u64 = 2;

/// One or two lines of text, shown from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// Unique in the track: `<file>/<phrase>`, with `#2` for its second occurrence and `(2)` for the second caption of
    /// a long phrase; or the kind of sound and a number.
    pub id: String,
    pub kind: CaptionKind,
    pub start: Position,
    pub end: Position,
    /// Plain text.
    pub text: String,
    /// It in one or two lines, each at most 42 columns wide.
    pub lines: Vec<String>,
}

/// What a caption describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionKind {
    Phrase,
    /// A bell, or breathing or walking cues in a row.
    Cue(CueType),
    /// Nothing sounds except the bed.
    Silence,
}

impl CaptionKind {
    /// The name in JSON and in caption ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phrase => "phrase",
            Self::Cue(cue) => cue.caption_name(),
            Self::Silence => "silence",
        }
    }
}

/// Which sounds get captions: those of the stems in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionScope {
    All,
    /// The voice only, without bells, breathing and walking cues.
    Voice,
    /// The bed only, which has no captions.
    Bed,
}

/// The captions of a track for the sounds within `scope`, in order.
pub fn captions(timeline: &Timeline, scope: CaptionScope) -> Vec<Caption> {
    if scope == CaptionScope::Bed {
        return Vec::new();
    }
    let words = &timeline.words;
    let second = u64::from(timeline.rate.hz());
    let in_scope = |event: &&Event| scope == CaptionScope::All || event.phrase().is_some();
    let events: Vec<&Event> = timeline.events.iter().filter(in_scope).collect();
    let phrases: Vec<&Event> = events.iter().copied().filter(|event| event.phrase().is_some()).collect();
    let spoken: Vec<FrameRange> = phrases.iter().map(|event| FrameRange::of(event)).collect();
    let single = SingleCues::of(&events, &spoken, READABLE * second);

    let mut taken = spoken;
    taken.extend(single.shown.iter().map(|(_, range)| *range));
    let mut runs_of = |cue: CueType| -> Vec<FrameRange> {
        let of_type = events.iter().filter(|event| event.cue().map(CueEvent::cue_type) == Some(cue));
        let runs = runs(of_type, SAME_RUN * second);
        let clear = runs.into_iter().flat_map(|run| run.without(&taken));
        let clear: Vec<_> = clear.filter(|range| range.frames() >= READABLE * second).collect();
        taken.extend(&clear);
        clear
    };
    let cues: Vec<(CueType, Vec<FrameRange>)> =
        CueType::ALL.map(|cue| (cue, if cue.in_run() { runs_of(cue) } else { single.of_type(cue) })).into();
    let whole = FrameRange { start: 0, end: timeline.frames.0 };
    let silences: Vec<_> =
        whole.without(&taken).into_iter().filter(|silence| silence.frames() >= SILENCE * second).collect();

    let mut all = Vec::new();
    for (index, event) in phrases.into_iter().enumerate() {
        let prefix: Vec<_> =
            single.with_phrase(index).map(|cue| format!("[{}] ", cue_word(words, cue))).collect();
        all.extend(phrase(event, &prefix.concat()));
    }
    let sound = |kind: CaptionKind, index, range: &FrameRange, text: &str| Caption {
        id: format!("{} {}", kind.name(), index + 1),
        kind,
        start: Position(range.start),
        end: Position(range.end),
        text: format!("[{text}]"),
        lines: vec![format!("[{text}]")],
    };
    let count = |ranges: Vec<FrameRange>| ranges.into_iter().enumerate();
    for (cue, ranges) in cues {
        all.extend(count(ranges).map(|(n, at)| sound(CaptionKind::Cue(cue), n, &at, cue_word(words, cue))));
    }
    all.extend(count(silences).map(|(n, at)| {
        let seconds = (at.frames() + second / 2) / second;
        sound(CaptionKind::Silence, n, &at, &words.silence(seconds))
    }));
    all.sort_by_key(|caption| caption.start);
    extend_to_reading_time(&mut all, timeline);
    all
}

/// What captions call a cue; breaths and paces in a row are one sound.
pub(in crate::export) fn cue_word(words: &AddedWords, cue: CueType) -> &str {
    match cue {
        CueType::Bell => &words.bell,
        CueType::Breath => &words.breath,
        CueType::Step => &words.step,
    }
}

/// Extends each caption to the time it takes to read it, as far as the next caption and the end of the track allow. A
/// silence caption starts later to make room.
fn extend_to_reading_time(captions: &mut [Caption], timeline: &Timeline) {
    let second = u64::from(timeline.rate.hz());
    for index in 0..captions.len() {
        let letters = captions[index].lines.iter().map(|line| line.width() as u64).sum::<u64>();
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

/// Start and end of each caption in milliseconds. Rounded times still do not overlap, and every caption lasts at least
/// one millisecond.
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

/// The captions of one phrase. A long one is split, and its time divided by the width of the texts.
fn phrase(event: &Event, prefix: &str) -> Vec<Caption> {
    let Some(PhraseEvent { key, occurrence, text, .. }) = event.phrase() else { return Vec::new() };
    let texts = wrap::captions(&format!("{prefix}{text}"));
    let letters = |texts: &[wrap::Wrapped]| {
        texts.iter().flat_map(|text| &text.lines).map(|line| line.width() as u64).sum::<u64>()
    };
    let all = letters(&texts).max(1);
    let boundary = |index: usize| {
        let share = u128::from(event.frames.0) * u128::from(letters(&texts[..index])) / u128::from(all);
        Position(event.start.0 + share as u64)
    };
    let mut id = key.to_string();
    if *occurrence > 0 {
        id = format!("{id}#{}", occurrence + 1);
    }
    let caption = |(index, wrapped): (usize, &wrap::Wrapped)| Caption {
        id: if index == 0 { id.clone() } else { format!("{id} ({})", index + 1) },
        kind: CaptionKind::Phrase,
        start: boundary(index),
        end: boundary(index + 1),
        text: wrapped.text.clone(),
        lines: wrapped.lines.clone(),
    };
    texts.iter().enumerate().map(caption).collect()
}

/// A range of frames of the track, `end` excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FrameRange {
    start: u64,
    end: u64,
}

impl FrameRange {
    fn of(event: &Event) -> Self {
        Self { start: event.start.0, end: event.start.0 + event.frames.0 }
    }

    fn frames(self) -> u64 {
        self.end - self.start
    }

    /// The parts of it that none of the others covers.
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

/// Where bells and other single cues are shown.
struct SingleCues {
    /// Those with a caption of their own: from the start to the end of the sound or the next caption.
    shown: Vec<(CueType, FrameRange)>,
    /// Those that have no time for one and are shown with the phrase of this index.
    beside: Vec<(CueType, usize)>,
}

impl SingleCues {
    fn of(events: &[&Event], spoken: &[FrameRange], readable: u64) -> Self {
        let single = events.iter().filter(|event| event.is_single_cue());
        let single: Vec<_> =
            single.filter_map(|event| Some((event.cue()?.cue_type(), FrameRange::of(event)))).collect();
        let mut cues = Self { shown: Vec::new(), beside: Vec::new() };
        for (index, &(cue, range)) in single.iter().enumerate() {
            let next = single.get(index + 1).map_or(u64::MAX, |(_, next)| next.start);
            let alone = FrameRange { start: range.start, end: range.end.min(next) };
            let clear = alone.without(spoken).first().copied();
            let own = clear.filter(|clear| clear.start == range.start && clear.frames() >= readable);
            if let Some(own) = own {
                cues.shown.push((cue, own));
            } else if let Some(phrase) = spoken.iter().position(|phrase| phrase.end > range.start) {
                cues.beside.push((cue, phrase));
            }
        }
        cues
    }

    fn of_type(&self, cue: CueType) -> Vec<FrameRange> {
        self.shown.iter().filter(|(shown, _)| *shown == cue).map(|(_, range)| *range).collect()
    }

    /// The types shown with a phrase, each once.
    fn with_phrase(&self, phrase: usize) -> impl Iterator<Item = CueType> {
        CueType::ALL.into_iter().filter(move |cue| self.beside.contains(&(*cue, phrase)))
    }
}

/// Events less than `same` frames apart, joined into ranges.
fn runs<'a>(events: impl Iterator<Item = &'a &'a Event>, same: u64) -> Vec<FrameRange> {
    let mut runs: Vec<FrameRange> = Vec::new();
    for range in events.map(|event| FrameRange::of(event)) {
        match runs.last_mut().filter(|last| range.start < last.end + same) {
            Some(last) => last.end = last.end.max(range.end),
            None => runs.push(range),
        }
    }
    runs
}

#[cfg(test)]
pub(super) mod tests;
