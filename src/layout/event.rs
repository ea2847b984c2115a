//! One event of a timeline, and what it says of itself: every front end and every export asks it.

use serde::{Deserialize, Serialize};

use crate::script::session::PhraseKey;
use crate::unit::{Frames, Gain, Position};

/// One sound, or one turn of the breath.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The part it belongs to, from 0.
    pub part: usize,
    /// Where it begins.
    pub start: Position,
    /// How long it sounds.
    pub frames: Frames,
    /// The factor its prepared sound is multiplied with.
    pub gain: Gain,
    /// What sounds.
    pub kind: EventKind,
}

/// What an event is.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The voice speaks.
    Phrase(PhraseEvent),
    /// A bell is struck.
    Bell {
        /// Which.
        name: String,
    },
    /// A half-breath.
    Breath {
        /// In rather than out.
        inward: bool,
        /// The length of the in-breath and of the out-breath of this round.
        round: (Frames, Frames),
    },
    /// A pace.
    Step {
        /// The left foot rather than the right.
        left: bool,
    },
}

/// The voice speaks a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseEvent {
    /// Which phrase.
    pub key: PhraseKey,
    /// How often it was spoken before.
    pub occurrence: u32,
    /// What it says.
    pub text: String,
    /// The recording; `None` where there is none yet and the length is predicted.
    pub clip: Option<String>,
    /// Spoken by a machine because there is no recording yet.
    pub draft: bool,
    /// Never dropped.
    pub safety: bool,
    /// Left alone by levelling.
    pub soft: bool,
    /// Where the voice audibly begins, in frames from the start; 0 where there is no recording.
    pub onset: Frames,
    /// The stretches of the clip and where they sound; one, or one a beat.
    pub pieces: Vec<ClipPiece>,
}

/// A stretch of a clip at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipPiece {
    /// Where it sounds.
    pub start: Position,
    /// The first frame of the clip.
    pub from: Frames,
    /// How many frames of it.
    pub frames: Frames,
}

/// A sound that is no voice and no bed; equal ones are made once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CueSound<'a> {
    /// The bell of that name.
    Bell(&'a str),
    /// The swell of a breath, in and out.
    Swell {
        /// The in-breath.
        inhale: Frames,
        /// The out-breath.
        exhale: Frames,
    },
    /// The tick of a pace.
    Tick {
        /// The left foot rather than the right.
        left: bool,
    },
}

impl CueSound<'_> {
    /// A name of its own, for a file of it.
    pub fn name(self) -> String {
        match self {
            Self::Bell(name) => format!("bell-{name}"),
            Self::Swell { inhale, exhale } => format!("breath-{}-{}", inhale.0, exhale.0),
            Self::Tick { left } => format!("step-{}", foot(left)),
        }
    }
}

impl Event {
    /// What the voice says in it.
    pub fn phrase(&self) -> Option<&PhraseEvent> {
        match &self.kind {
            EventKind::Phrase(phrase) => Some(phrase),
            EventKind::Bell { .. } | EventKind::Breath { .. } | EventKind::Step { .. } => None,
        }
    }

    /// The bell that is struck in it.
    pub fn bell(&self) -> Option<&str> {
        match self.sound()?.0 {
            CueSound::Bell(name) => Some(name),
            CueSound::Swell { .. } | CueSound::Tick { .. } => None,
        }
    }

    /// What sounds beside the voice, and from which frame of that sound on.
    pub fn sound(&self) -> Option<(CueSound<'_>, Frames)> {
        match &self.kind {
            EventKind::Phrase(_) => None,
            EventKind::Bell { name } => Some((CueSound::Bell(name), Frames::ZERO)),
            EventKind::Breath { inward, round: (inhale, exhale) } => {
                let from = if *inward { Frames::ZERO } else { *inhale };
                Some((CueSound::Swell { inhale: *inhale, exhale: *exhale }, from))
            }
            EventKind::Step { left } => Some((CueSound::Tick { left: *left }, Frames::ZERO)),
        }
    }

    /// Whether it is one of many alike that follow each other, of which lists do not tell one by one.
    pub fn in_run(&self) -> bool {
        match self.kind {
            EventKind::Phrase(_) | EventKind::Bell { .. } => false,
            EventKind::Breath { .. } | EventKind::Step { .. } => true,
        }
    }

    /// What it is, in a few words for people.
    pub fn label(&self) -> String {
        match &self.kind {
            EventKind::Phrase(phrase) => phrase.text.clone(),
            EventKind::Bell { name } => format!("* {name}"),
            EventKind::Breath { inward, .. } => format!("~ {}", half(*inward)),
            EventKind::Step { left } => format!("' {} foot", foot(*left)),
        }
    }

    /// Its kind and which one it is, as documents write them.
    pub fn kind_and_id(&self) -> (&'static str, String) {
        match &self.kind {
            EventKind::Phrase(phrase) => ("phrase", phrase.key.to_string()),
            EventKind::Bell { name } => ("bell", name.clone()),
            EventKind::Breath { inward, .. } => ("breath", half(*inward).to_owned()),
            EventKind::Step { left } => ("step", foot(*left).to_owned()),
        }
    }
}

fn half(inward: bool) -> &'static str {
    if inward { "in" } else { "out" }
}

fn foot(left: bool) -> &'static str {
    if left { "left" } else { "right" }
}
