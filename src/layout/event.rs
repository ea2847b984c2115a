//! An event of a timeline, and what exports and front ends need to know of it.

use serde::{Deserialize, Serialize};

use crate::script::session::PhraseKey;
use crate::unit::{Frames, Gain, Position};

/// One sound, or a half-breath or pace.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The part it belongs to, from 0.
    pub part: usize,
    pub start: Position,
    pub frames: Frames,
    /// The gain applied to its prepared sound.
    pub gain: Gain,
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    Phrase(PhraseEvent),
    Bell {
        name: String,
    },
    /// A half-breath.
    Breath {
        /// Whether it is an in-breath.
        inward: bool,
        /// The length of the in-breath and of the out-breath of this round.
        round: (Frames, Frames),
    },
    /// A pace.
    Step {
        /// Whether it is the left foot.
        left: bool,
    },
}

/// A spoken phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseEvent {
    pub key: PhraseKey,
    /// How often it has been spoken before in this track.
    pub occurrence: u32,
    pub text: String,
    /// The recording; `None` if there is none and the length is predicted.
    pub clip: Option<String>,
    /// Whether it is spoken by a speech synthesiser, as there is no recording.
    pub draft: bool,
    /// Whether it is never left out.
    pub safety: bool,
    /// Whether its level is not corrected.
    pub soft: bool,
    /// The onset of the voice, in frames from the start; 0 without a recording.
    pub onset: Frames,
    /// The pieces of the clip: one, or one for each beat.
    pub pieces: Vec<ClipPiece>,
}

/// A piece of a clip and its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipPiece {
    pub start: Position,
    /// The first frame of the clip.
    pub from: Frames,
    /// The number of frames.
    pub frames: Frames,
}

/// A sound other than voice or bed. Equal ones are made once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CueSound<'a> {
    /// The bell of that name.
    Bell(&'a str),
    /// The swell of a whole breath.
    Swell {
        /// The in-breath.
        inhale: Frames,
        /// The out-breath.
        exhale: Frames,
    },
    /// The tick of a pace.
    Tick {
        /// Whether it is the left foot.
        left: bool,
    },
}

impl CueSound<'_> {
    /// A unique name, for a file.
    pub fn name(self) -> String {
        match self {
            Self::Bell(name) => format!("bell-{name}"),
            Self::Swell { inhale, exhale } => format!("breath-{}-{}", inhale.0, exhale.0),
            Self::Tick { left } => format!("step-{}", foot(left)),
        }
    }
}

impl Event {
    /// The phrase, if it is one.
    pub fn phrase(&self) -> Option<&PhraseEvent> {
        match &self.kind {
            EventKind::Phrase(phrase) => Some(phrase),
            EventKind::Bell { .. } | EventKind::Breath { .. } | EventKind::Step { .. } => None,
        }
    }

    /// The name of the bell, if it is one.
    pub fn bell(&self) -> Option<&str> {
        match self.sound()?.0 {
            CueSound::Bell(name) => Some(name),
            CueSound::Swell { .. } | CueSound::Tick { .. } => None,
        }
    }

    /// The sound of a cue, and the frame of that sound at which the event starts; `None` for a phrase.
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

    /// Whether it is one of a series of breaths or paces, which lists summarise.
    pub fn in_run(&self) -> bool {
        match self.kind {
            EventKind::Phrase(_) | EventKind::Bell { .. } => false,
            EventKind::Breath { .. } | EventKind::Step { .. } => true,
        }
    }

    /// A short label for people.
    pub fn label(&self) -> String {
        match &self.kind {
            EventKind::Phrase(phrase) => phrase.text.clone(),
            EventKind::Bell { name } => format!("* {name}"),
            EventKind::Breath { inward, .. } => format!("~ {}", half(*inward)),
            EventKind::Step { left } => format!("' {} foot", foot(*left)),
        }
    }

    /// Its kind and id as in documents.
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
