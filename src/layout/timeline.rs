//! The timeline: every sound of one output at its exact frame, with its level. Rendering and every export read only
//! this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Event, PhraseEvent};
use crate::facts::{RoomTone, Tone};
use crate::script::bed::DuckSettings;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::unit::{Frames, Gain, Position, SampleRate};

/// Everything that sounds in one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The script.
    pub script: String,
    /// Its title in this language.
    pub title: String,
    /// The language.
    pub language: Language,
    /// The voice.
    pub voice: String,
    /// The guidance level.
    pub guidance: Guidance,
    /// The seed of everything random.
    pub seed: u64,
    /// Frames a second.
    pub rate: SampleRate,
    /// The whole length.
    pub frames: Frames,
    /// Where the last step is over, with the silence it asks for: from here on the track only comes to its end.
    pub tail: Position,
    /// The parts that have a title.
    pub chapters: Vec<Chapter>,
    /// What happens, in order of start.
    pub events: Vec<Event>,
    /// The beds, in order.
    pub beds: Vec<BedSpan>,
    /// The room the voice speaks in, where its gaps are not left empty.
    pub room: Option<RoomSpan>,
    /// The shelves of clips whose session sounds otherwise than the voice does, by file.
    pub tones: BTreeMap<String, Tone>,
    /// Where each part lies, and its rounds.
    pub parts: Vec<PartSpan>,
    /// The phrases this version leaves out, in order.
    pub left_out: Vec<LeftOut>,
    /// Its length lies outside what the author allows.
    pub outside_limits: bool,
}

/// A part in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSpan {
    /// Where it begins; the head belongs to the first.
    pub start: Position,
    /// How long it lasts; the tail belongs to the last.
    pub frames: Frames,
    /// The rounds of its repeats, breaths and walks, in order; of a walk the paces.
    pub rounds: Vec<u32>,
}

/// A phrase that a version leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The part it belongs to, from 0.
    pub part: usize,
    /// Which.
    #[serde(rename = "id")]
    pub key: PhraseKey,
    /// Why.
    pub why: Why,
}

/// Why a phrase is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// This level of guidance does not have it.
    Guidance,
    /// The length that was asked for has no room for it.
    Length,
}

impl Why {
    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guidance => "guidance",
            Self::Length => "length",
        }
    }
}

/// A titled part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Where it begins.
    pub start: Position,
}

/// A bed under a stretch of the track.
#[derive(Clone, Debug, PartialEq)]
pub struct BedSpan {
    /// The ambience.
    pub name: String,
    /// The part it comes with.
    pub part: usize,
    /// Where it begins to be heard.
    pub start: Position,
    /// How long it is there, fades included.
    pub frames: Frames,
    /// It comes in this time.
    pub fade_in: Frames,
    /// It goes in this time.
    pub fade_out: Frames,
    /// The factor the bed is multiplied with while the voice is silent.
    pub gain: Gain,
    /// How it makes way for the voice.
    pub duck: DuckSettings,
}

/// The tone of a room under the voice, from the first sound to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSpan {
    /// Where it begins to be heard.
    pub start: Position,
    /// How long it is there, fades included.
    pub frames: Frames,
    /// It comes in this time.
    pub fade_in: Frames,
    /// It goes in this time.
    pub fade_out: Frames,
    /// Its RMS level, of either channel.
    pub level: Gain,
    /// What it is.
    pub tone: RoomTone,
}

impl Timeline {
    /// The stretches where the voice sounds, in order; they do not overlap.
    pub fn speech(&self) -> Vec<(Position, Frames)> {
        let pieces = self.phrases().flat_map(|phrase| &phrase.pieces);
        pieces.map(|piece| (piece.start, piece.frames)).collect()
    }

    /// What the voice says, in order.
    pub fn phrases(&self) -> impl Iterator<Item = &PhraseEvent> {
        self.events.iter().filter_map(Event::phrase)
    }

    /// How many phrases have no recording yet.
    pub fn predicted(&self) -> usize {
        self.phrases().filter(|phrase| phrase.clip.is_none()).count()
    }

    /// How many phrases are drafts.
    pub fn drafts(&self) -> usize {
        self.phrases().filter(|phrase| phrase.draft).count()
    }

    /// Whether the timeline keeps what layout promises.
    ///
    /// # Panics
    /// If events are out of order, a sound ends after the end, or two phrases overlap: bugs of layout.
    pub fn assert_consistent(&self) {
        let mut voice_end = Position::START;
        let mut seen: BTreeMap<&PhraseKey, u32> = BTreeMap::new();
        assert!(self.events.windows(2).all(|pair| pair[0].start <= pair[1].start), "events are in order");
        for event in &self.events {
            assert!(
                event.start + event.frames <= Position::START + self.frames,
                "a sound ends within: {event:?}"
            );
            if let Some(PhraseEvent { key, occurrence, pieces, .. }) = event.phrase() {
                let count = seen.entry(key).or_default();
                assert_eq!(count, occurrence, "occurrences are counted: {event:?}");
                *count += 1;
                for piece in pieces {
                    assert!(piece.start >= voice_end, "phrases do not overlap: {event:?}");
                    voice_end = piece.start + piece.frames;
                }
            }
        }
        assert!(self.chapters.windows(2).all(|pair| pair[0].start <= pair[1].start), "chapters are in order");
    }
}
