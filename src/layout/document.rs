//! The timeline as a document: printed by `plan` as JSON, written beside each output, and read by the checklist and by
//! part locks. All positions are frames at `rate`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::event::{Duck, Event, SoundKind, SoundType};
use super::timeline::{BedSpan, Chapter, GridSpan, LeftOut, PartSpan, RoomSpan, Timeline};
use crate::delivery::mix::Mix;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::speech_engine::DraftVoice;
use crate::unit::{Db, Frames, Position, SampleRate};

/// The version of the format; raised by incompatible changes.
pub const SCHEMA: u32 = 1;

/// A timeline in its public form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineDocument {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The id of the script.
    pub script: String,
    /// Its title in this language.
    pub title: String,
    pub language: Language,
    /// The id of the voice.
    pub voice: String,
    /// The machine that speaks phrases without a recording, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted_by: Option<DraftVoice>,
    /// The guidance level.
    pub guidance: Guidance,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Frames a second.
    pub rate: SampleRate,
    /// The total length.
    pub frames: Frames,
    /// The end of the last step and its pause.
    pub tail_start: Position,
    /// The parts that have a title.
    pub chapters: Vec<Chapter>,
    /// The sounds, including beds, in order of start.
    pub events: Vec<TimelineSound>,
    /// The breaths and paces on grids, heard or not, in order of start.
    #[serde(default)]
    pub grids: Vec<GridSpan>,
    /// The room tone under the voice, if any.
    pub room: Option<Room>,
    /// Whether its length is outside the author's limits.
    pub outside_limits: bool,
    /// The position and the rounds of each part.
    pub parts: Vec<PartSpan>,
    /// The phrases that this version leaves out, in order.
    pub left_out: Vec<LeftOut>,
    /// The stems in the file; absent if nothing was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// The name of the preset; absent if nothing was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The loudness of the speech in LUFS where it is that of a finished recording, whatever the preset says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_level: Option<f64>,
    /// What the sound was made of, as a short hash that the sound files have in their tags; absent if nothing was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// What was asked for, as the engine reads it again to check a finished file; absent if nothing was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<serde_json::Value>,
}

/// One sound and its position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineSound {
    /// The part it belongs to, from 0.
    pub part: usize,
    pub start: Position,
    pub frames: Frames,
    /// The gain of its prepared sound; `None` for silence.
    pub gain_db: Option<Db>,
    /// How often the same sound has occurred before.
    pub occurrence: u32,
    #[serde(flatten)]
    pub kind: SoundKind,
}

/// The room tone under the voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {
    pub start: Position,
    pub frames: Frames,
    /// Its RMS level; `None` for silence.
    pub level_dbfs: Option<Db>,
    /// The recording; `None` for noise generated to match the clips.
    pub file: Option<String>,
}

/// Why a file is not a timeline document.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It is not JSON, or a key is missing or has the wrong type.
    #[error("is not a timeline of adem: {0}")]
    Json(#[from] serde_json::Error),
    /// An unsupported version of the format.
    #[error("is a timeline of another version of adem (version {0}; this one reads version {SCHEMA})")]
    Schema(u32),
    /// An unsupported rate.
    #[error("has an unsupported rate of {0}")]
    Rate(SampleRate),
}

impl TimelineDocument {
    /// The document of a timeline that is not rendered yet.
    pub fn of(timeline: &Timeline) -> Self {
        Self {
            schema: SCHEMA,
            script: timeline.script.clone(),
            title: timeline.title.clone(),
            language: timeline.language.clone(),
            voice: timeline.voice.clone(),
            drafted_by: timeline.drafted_by.clone(),
            guidance: timeline.guidance,
            seed: timeline.seed,
            rate: timeline.rate,
            frames: timeline.frames,
            tail_start: timeline.tail,
            chapters: timeline.chapters.clone(),
            events: sounds(timeline),
            grids: timeline.grids.clone(),
            room: timeline.room.as_ref().map(Room::of),
            outside_limits: timeline.outside_limits,
            parts: timeline.parts.clone(),
            left_out: timeline.left_out.clone(),
            mix: None,
            preset: None,
            recorded_level: None,
            generation: None,
            asked: None,
        }
    }

    /// The document of a render, with its mix and preset.
    #[must_use]
    pub fn rendered(self, mix: Mix, preset: &str) -> Self {
        Self { mix: Some(mix), preset: Some(preset.to_owned()), ..self }
    }

    /// The document of a render at the level of a finished recording, if it keeps that.
    #[must_use]
    pub fn at_level(self, recorded_level: Option<f64>) -> Self {
        Self { recorded_level, ..self }
    }

    /// The document of a render that made sound of this generation.
    #[must_use]
    pub fn of_generation(self, generation: Option<String>) -> Self {
        Self { generation, ..self }
    }

    /// The document of a render of this request.
    #[must_use]
    pub fn asked_for(self, asked: Option<serde_json::Value>) -> Self {
        Self { asked, ..self }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`], as the end of a sentence that starts with the name of the file.
    pub fn read(json: &[u8]) -> Result<Self, DocumentError> {
        let document: Self = serde_json::from_slice(json)?;
        match document {
            Self { schema, .. } if schema != SCHEMA => Err(DocumentError::Schema(schema)),
            Self { rate, .. } if SampleRate::new(rate.hz()).is_none() => Err(DocumentError::Rate(rate)),
            document => Ok(document),
        }
    }

    /// The document as JSON with sorted keys.
    pub fn json(&self) -> String {
        let value = serde_json::to_value(self).expect("a document of plain data");
        format!("{value:#}")
    }
}

/// All sounds in order of start. At the same start beds come first.
fn sounds(timeline: &Timeline) -> Vec<TimelineSound> {
    let beds = timeline.beds.iter().map(TimelineSound::of_bed);
    let mut sounds: Vec<TimelineSound> =
        beds.chain(timeline.events.iter().map(TimelineSound::of_event)).collect();
    sounds.sort_by_key(|sound| sound.start);
    let mut seen: BTreeMap<(SoundType, String), u32> = BTreeMap::new();
    for sound in &mut sounds {
        let count = seen.entry((sound.kind.sound_type(), sound.kind.id())).or_insert(0);
        sound.occurrence = *count;
        *count += 1;
    }
    sounds
}

impl TimelineSound {
    fn of_bed(bed: &BedSpan) -> Self {
        let BedSpan { name, part, start, frames, fade_in, fade_out, gain, .. } = bed;
        let kind = SoundKind::Bed {
            id: name.clone(),
            fade_in: *fade_in,
            fade_out: *fade_out,
            duck: Duck::of(&bed.deepest()),
        };
        Self { part: *part, start: *start, frames: *frames, gain_db: gain.db(), occurrence: 0, kind }
    }

    fn of_event(event: &Event) -> Self {
        let Event { part, start, frames, gain, kind } = event;
        let kind = SoundKind::of(kind);
        Self { part: *part, start: *start, frames: *frames, gain_db: gain.db(), occurrence: 0, kind }
    }
}

impl Room {
    fn of(room: &RoomSpan) -> Self {
        let (level_dbfs, file) = (room.level.db(), room.tone.file.clone());
        Self { start: room.start, frames: room.frames, level_dbfs, file }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{ClipPiece, Foot, HalfBreath};
    use super::super::timeline::GridUnit;
    use super::*;
    use crate::script::session::PhraseKey;

    fn document() -> TimelineDocument {
        let sound = |start: u64, kind| TimelineSound {
            part: 0,
            start: Position(start),
            frames: Frames(480),
            gain_db: Some(Db(-3.5)),
            occurrence: 0,
            kind,
        };
        let id = PhraseKey { file: "plek".to_owned(), id: "een".to_owned() };
        let beats = vec![ClipPiece { start: Position(96), from: Frames(4), frames: Frames(20) }; 2];
        let phrase = SoundKind::Phrase {
            id: id.clone(),
            text: "één".to_owned(),
            clip: None,
            draft: false,
            predicted: true,
            safety: true,
            soft: false,
            onset: Frames(7),
            beats,
        };
        let duck = Duck { lead: 0.1, fall: 0.5, hold: 2.0, rise: 1.5, depth_db: 9.0 };
        let bed = SoundKind::Bed { id: "zee".to_owned(), fade_in: Frames(1), fade_out: Frames(2), duck };
        TimelineDocument {
            schema: SCHEMA,
            script: "plek".to_owned(),
            title: "De plek".to_owned(),
            language: Language::parse("pt-BR").unwrap(),
            voice: "anna".to_owned(),
            drafted_by: None,
            guidance: Guidance::Light,
            seed: u64::MAX,
            rate: SampleRate::DEFAULT,
            frames: Frames(48_000),
            tail_start: Position(40_000),
            chapters: vec![Chapter { title: "Begin".to_owned(), start: Position::START }],
            events: vec![
                sound(0, bed),
                sound(96, phrase),
                sound(200, SoundKind::Bell { id: "tik".to_owned() }),
                sound(300, SoundKind::Breath { id: HalfBreath::In }),
                sound(400, SoundKind::Step { id: Foot::Right }),
            ],
            grids: vec![GridSpan {
                part: 0,
                start: Position(300),
                frames: Frames(100),
                count: 1,
                heard: true,
                kind: GridUnit::Breath { inhale: Frames(40), exhale: Frames(60) },
            }],
            room: Some(Room { start: Position(3), frames: Frames(9), level_dbfs: None, file: None }),
            outside_limits: true,
            parts: vec![PartSpan { start: Position::START, frames: Frames(48_000), rounds: vec![2, 0] }],
            left_out: vec![LeftOut { part: 0, key: id, why: super::super::timeline::Why::Length }],
            mix: None,
            preset: None,
            recorded_level: None,
            generation: None,
            asked: None,
        }
    }

    #[test]
    fn a_document_survives_a_round_trip() {
        for document in [document(), document().rendered(Mix::Voice, "acx")] {
            assert_eq!(TimelineDocument::read(document.json().as_bytes()).unwrap(), document);
        }
    }

    #[test]
    fn json_values_are_plain_strings_and_numbers() {
        let json: serde_json::Value = serde_json::from_str(&document().json()).unwrap();
        assert_eq!(json["language"], "pt-BR");
        assert_eq!(json["guidance"], "light");
        assert_eq!(json["rate"], 48_000);
        assert_eq!(json["seed"], u64::MAX);
        assert_eq!(json["left_out"][0], serde_json::json!({ "id": "plek/een", "part": 0, "why": "length" }));
        assert_eq!(json["events"][1]["kind"], "phrase");
        assert_eq!(json["events"][1]["id"], "plek/een");
        assert_eq!(json["events"][1]["beats"][1]["from"], 4);
        assert_eq!(json["events"][3]["id"], "in");
        assert_eq!(json["room"]["level_dbfs"], serde_json::Value::Null);
        assert!(json.get("mix").is_none());
    }

    #[test]
    fn other_versions_and_other_files_are_refused() {
        let with = |key: &str, value: serde_json::Value| {
            let mut json: serde_json::Value = serde_json::from_str(&document().json()).unwrap();
            json[key] = value;
            TimelineDocument::read(json.to_string().as_bytes()).unwrap_err().to_string()
        };
        assert!(with("schema", 2.into()).contains("another version"));
        assert!(with("rate", 0.into()).contains("rate"));
        assert!(
            with("events", "none".into()).contains("events") || with("events", 3.into()).contains("is not")
        );
        assert!(TimelineDocument::read(b"{}").unwrap_err().to_string().contains("missing field"));
    }
}
