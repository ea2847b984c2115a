//! An event of a timeline, and what documents, exports, the checklist and front ends ask of it. A new kind of cue is added
//! here; nothing else in layout names each kind.

use serde::{Deserialize, Serialize};

use crate::script::bed::DuckSettings;
use crate::script::session::PhraseKey;
use crate::unit::{Frames, Gain, Position};

/// One sound.
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

#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    Phrase(PhraseEvent),
    Cue(CueEvent),
}

/// A sound that is neither voice nor bed.
#[derive(Clone, Debug, PartialEq)]
pub enum CueEvent {
    Bell {
        name: String,
    },
    /// A half-breath.
    Breath {
        half: HalfBreath,
        /// The length of the in-breath and of the out-breath of this round.
        round: (Frames, Frames),
    },
    /// A pace.
    Step {
        foot: Foot,
    },
}

/// What kind of sound it is, without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SoundType {
    Phrase,
    Cue(CueType),
    Bed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CueType {
    Bell,
    Breath,
    Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HalfBreath {
    In,
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Foot {
    Left,
    Right,
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
    /// Whether it is meant to be softer than the others.
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

/// The sound of a cue. Equal ones are made once.
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
    Tick(Foot),
}

/// A sound as documents write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SoundKind {
    Phrase {
        id: PhraseKey,
        text: String,
        /// The recording; `None` if there is none and the length is predicted.
        clip: Option<String>,
        /// Whether it is spoken by a speech synthesiser.
        draft: bool,
        /// Whether its length is predicted.
        predicted: bool,
        /// Whether it is never left out.
        safety: bool,
        /// Whether it is meant to be softer than the others.
        soft: bool,
        /// The onset of the voice, in frames from the start.
        onset: Frames,
        /// The pieces of a phrase that is cut into beats.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        beats: Vec<ClipPiece>,
    },
    Bell {
        id: String,
    },
    /// A half-breath.
    Breath {
        id: HalfBreath,
    },
    /// A pace.
    Step {
        id: Foot,
    },
    Bed {
        id: String,
        fade_in: Frames,
        fade_out: Frames,
        duck: Duck,
    },
}

/// How a bed is ducked under the voice; times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duck {
    /// How long before a phrase the fall starts.
    pub lead: f64,
    /// The duration of the fall.
    pub fall: f64,
    /// The longest pause during which the bed stays down.
    pub hold: f64,
    /// The duration of the rise.
    pub rise: f64,
    /// The depth of the fall.
    pub depth_db: f64,
}

impl CueSound<'_> {
    /// A unique name, for a file.
    pub fn name(self) -> String {
        match self {
            Self::Bell(name) => format!("bell-{name}"),
            Self::Swell { inhale, exhale } => format!("breath-{}-{}", inhale.0, exhale.0),
            Self::Tick(foot) => format!("step-{}", foot.name()),
        }
    }
}

impl Event {
    /// The phrase, if it is one.
    pub fn phrase(&self) -> Option<&PhraseEvent> {
        match &self.kind {
            EventKind::Phrase(phrase) => Some(phrase),
            EventKind::Cue(_) => None,
        }
    }

    pub fn cue(&self) -> Option<&CueEvent> {
        match &self.kind {
            EventKind::Phrase(_) => None,
            EventKind::Cue(cue) => Some(cue),
        }
    }

    /// The name of the bell, if it is one.
    pub fn bell(&self) -> Option<&str> {
        if let CueEvent::Bell { name } = self.cue()? { Some(name) } else { None }
    }

    /// Whether it is a bell or another cue that stands alone.
    pub fn is_single_cue(&self) -> bool {
        self.cue().is_some_and(|cue| !cue.cue_type().in_run())
    }

    /// Whether it is one of a series of breaths or paces, which lists summarise.
    pub fn in_run(&self) -> bool {
        self.cue().is_some_and(|cue| cue.cue_type().in_run())
    }

    /// A short label for people.
    pub fn label(&self) -> String {
        match &self.kind {
            EventKind::Phrase(phrase) => phrase.text.clone(),
            EventKind::Cue(cue) => cue.label(),
        }
    }
}

impl CueEvent {
    pub fn cue_type(&self) -> CueType {
        match self {
            Self::Bell { .. } => CueType::Bell,
            Self::Breath { .. } => CueType::Breath,
            Self::Step { .. } => CueType::Step,
        }
    }

    /// Its sound, and the frame of that sound at which the event starts.
    pub fn sound(&self) -> (CueSound<'_>, Frames) {
        match self {
            Self::Bell { name } => (CueSound::Bell(name), Frames::ZERO),
            Self::Breath { half, round: (inhale, exhale) } => {
                let from = match half {
                    HalfBreath::In => Frames::ZERO,
                    HalfBreath::Out => *inhale,
                };
                (CueSound::Swell { inhale: *inhale, exhale: *exhale }, from)
            }
            Self::Step { foot } => (CueSound::Tick(*foot), Frames::ZERO),
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Bell { name } => format!("* {name}"),
            Self::Breath { half, .. } => format!("~ {}", half.name()),
            Self::Step { foot } => format!("' {} foot", foot.name()),
        }
    }
}

impl SoundType {
    pub const BELL: Self = Self::Cue(CueType::Bell);
    pub const BREATH: Self = Self::Cue(CueType::Breath);

    pub fn is_cue(self) -> bool {
        matches!(self, Self::Cue(_))
    }
}

impl CueType {
    /// Every type, in the order in which captions show those of the same time.
    pub const ALL: [Self; 3] = [Self::Bell, Self::Breath, Self::Step];

    /// Whether such cues come in series that lists and captions summarise.
    pub fn in_run(self) -> bool {
        match self {
            Self::Bell => false,
            Self::Breath | Self::Step => true,
        }
    }

    /// The name of its captions, in JSON and in their ids.
    pub fn caption_name(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Breath => "breath",
            Self::Step => "steps",
        }
    }
}

impl HalfBreath {
    fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

impl Foot {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

impl SoundKind {
    pub(super) fn of(event: &EventKind) -> Self {
        match event {
            EventKind::Phrase(phrase) => Self::of_phrase(phrase),
            EventKind::Cue(CueEvent::Bell { name }) => Self::Bell { id: name.clone() },
            EventKind::Cue(CueEvent::Breath { half, .. }) => Self::Breath { id: *half },
            EventKind::Cue(CueEvent::Step { foot }) => Self::Step { id: *foot },
        }
    }

    fn of_phrase(phrase: &PhraseEvent) -> Self {
        let PhraseEvent { key, text, clip, draft, safety, soft, onset, pieces, .. } = phrase;
        Self::Phrase {
            id: key.clone(),
            text: text.clone(),
            clip: clip.clone(),
            draft: *draft,
            predicted: clip.is_none(),
            safety: *safety,
            soft: *soft,
            onset: *onset,
            beats: if pieces.len() > 1 { pieces.clone() } else { Vec::new() },
        }
    }

    pub fn sound_type(&self) -> SoundType {
        match self {
            Self::Phrase { .. } => SoundType::Phrase,
            Self::Bell { .. } => SoundType::Cue(CueType::Bell),
            Self::Breath { .. } => SoundType::Cue(CueType::Breath),
            Self::Step { .. } => SoundType::Cue(CueType::Step),
            Self::Bed { .. } => SoundType::Bed,
        }
    }

    /// The phrase, if it is one.
    pub fn phrase(&self) -> Option<&PhraseKey> {
        if let Self::Phrase { id, .. } = self { Some(id) } else { None }
    }

    /// Its id in the document.
    pub fn id(&self) -> String {
        match self {
            Self::Phrase { id, .. } => id.to_string(),
            Self::Bell { id } | Self::Bed { id, .. } => id.clone(),
            Self::Breath { id } => id.name().to_owned(),
            Self::Step { id } => id.name().to_owned(),
        }
    }
}

impl Duck {
    pub(super) fn of(duck: &DuckSettings) -> Self {
        Self {
            lead: duck.lead.as_f64(),
            fall: duck.fall.as_f64(),
            hold: duck.hold.as_f64(),
            rise: duck.rise.as_f64(),
            depth_db: duck.depth.0,
        }
    }
}
