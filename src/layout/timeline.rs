//! The timeline: every sound of one output with its frame and its gain. Rendering and exports read nothing else of a
//! script.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::elastic::Glue;
use super::event::{Event, PhraseEvent};
use crate::facts::{Fitting, RoomTone};
use crate::script::bed::DuckSettings;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::speech_engine::DraftVoice;
use crate::script::words::AddedWords;
use crate::unit::{Db, Frames, Gain, Position, SampleRate};

/// All sounds of one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The id of the script.
    pub script: String,
    /// Its title in this language.
    pub title: String,
    pub language: Language,
    /// The words that captions and other texts add, in this language.
    pub words: Arc<AddedWords>,
    /// The id of the voice.
    pub voice: String,
    /// The machine that speaks phrases without a recording, where it does.
    pub drafted_by: Option<DraftVoice>,
    pub guidance: Guidance,
    /// The seed of all random numbers.
    pub seed: u64,
    pub rate: SampleRate,
    /// The whole length.
    pub frames: Frames,
    /// The end of the last step and its pause; after this only the tail follows.
    pub tail: Position,
    /// The parts that have a title.
    pub chapters: Vec<Chapter>,
    /// In order of start.
    pub events: Vec<Event>,
    /// The breaths and paces on grids, in order of start.
    pub grids: Vec<GridSpan>,
    /// The pauses, in order of start; documents do not list them.
    pub pauses: Vec<PauseSpan>,
    pub beds: Vec<BedSpan>,
    /// How breath swells make way for the voice; `None` where none sounds.
    pub swells: Option<SwellDuck>,
    /// The room tone under the voice, if any.
    pub room: Option<RoomSpan>,
    /// How clips are fitted to the rest of their voice, by file; of clips that are left as they are there is none.
    pub fittings: BTreeMap<String, Fitting>,
    /// The position and the rounds of each part.
    pub parts: Vec<PartSpan>,
    /// The phrases that this version leaves out, in order.
    pub left_out: Vec<LeftOut>,
    /// Whether its length is outside the author's limits.
    pub outside_limits: bool,
}

/// Breaths or paces that follow each other on a grid, whether they are heard or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridSpan {
    /// The part it belongs to, from 0.
    pub part: usize,
    /// Where its first breath or pace begins.
    pub start: Position,
    /// How long it lasts.
    pub frames: Frames,
    /// How many breaths or paces.
    pub count: u32,
    /// Whether they are heard.
    pub heard: bool,
    /// What it counts.
    #[serde(flatten)]
    pub kind: GridUnit,
}

/// A pause at the length it has in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseSpan {
    /// The part it belongs to, from 0.
    pub part: usize,
    pub start: Position,
    pub frames: Frames,
    /// Its limits, with the silence of what is left out before it.
    pub glue: Glue,
}

/// What a grid counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum GridUnit {
    /// Breaths; of those that slow down, the halves of the last.
    Breath {
        /// The in-breath.
        inhale: Frames,
        /// The out-breath.
        exhale: Frames,
    },
    Walk {
        pace: Frames,
    },
}

/// The position of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSpan {
    /// The first part starts with the head.
    pub start: Position,
    /// The last part ends with the tail.
    pub frames: Frames,
    /// The rounds of its repeats and breaths and the paces of its walks, in order.
    pub rounds: Vec<u32>,
}

/// A phrase that a version leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The part it belongs to, from 0.
    pub part: usize,
    #[serde(rename = "id")]
    pub key: PhraseKey,
    pub why: Why,
}

/// Why a phrase is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It is not part of this guidance level.
    Guidance,
    /// The requested length is too short for it.
    Length,
}

impl Why {
    /// Its name in documents.
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
    pub title: String,
    pub start: Position,
}

/// A bed under some parts of the track.
#[derive(Clone, Debug, PartialEq)]
pub struct BedSpan {
    /// The name of the ambience.
    pub name: String,
    /// The part at which it starts.
    pub part: usize,
    pub start: Position,
    /// Its length, fades included.
    pub frames: Frames,
    pub fade_in: Frames,
    pub fade_out: Frames,
    /// The gain while the voice is silent.
    pub gain: Gain,
    pub duck: DuckSettings,
    /// How far it falls under each phrase of the track, in order; by the depth of `duck` where this ends.
    pub depths: Vec<Db>,
}

/// How breath swells make way for the voice.
#[derive(Clone, Debug, PartialEq)]
pub struct SwellDuck {
    pub duck: DuckSettings,
    /// How far they fall under each phrase of the track, in order.
    pub depths: Vec<Db>,
}

impl BedSpan {
    /// The duck under the phrase that needs the deepest one.
    pub fn deepest(&self) -> DuckSettings {
        self.duck.deepened(Db(self.depths.iter().map(|depth| depth.0).fold(0.0, f64::max)))
    }
}

/// The room tone under the voice.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSpan {
    pub start: Position,
    /// Its length, fades included.
    pub frames: Frames,
    pub fade_in: Frames,
    pub fade_out: Frames,
    /// Its RMS level in each channel.
    pub level: Gain,
    pub tone: RoomTone,
}

impl Timeline {
    /// The name of the first bed.
    pub fn first_bed(&self) -> Option<&str> {
        self.beds.first().map(|bed| bed.name.as_str())
    }

    /// Where the voice sounds, in order and without overlaps.
    pub fn speech(&self) -> Vec<(Position, Frames)> {
        let pieces = self.phrases().flat_map(|phrase| &phrase.pieces);
        pieces.map(|piece| (piece.start, piece.frames)).collect()
    }

    /// The phrases, in order.
    pub fn phrases(&self) -> impl Iterator<Item = &PhraseEvent> {
        self.events.iter().filter_map(Event::phrase)
    }

    /// The number of phrases without a recording.
    pub fn predicted(&self) -> usize {
        self.phrases().filter(|phrase| phrase.clip.is_none()).count()
    }

    /// The number of phrases that are drafts.
    pub fn drafts(&self) -> usize {
        self.phrases().filter(|phrase| phrase.draft).count()
    }

    /// Checks the invariants of layout.
    ///
    /// # Panics
    /// If events are out of order, a sound ends after the end, or two phrases overlap: all of these are bugs in layout.
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
