//! Jobs for an engine, as plain values that can be compared and serialised, for example for a queue.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Rendered;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::publish::Beside;
use crate::layout::{Length, TimelineDocument};
use crate::script::delivery::DeliveryLength;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::unit::Seconds;
use crate::unit::literal::{nearest_duration, parse_duration, print_duration};

/// A version of a script to lay out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanJob {
    /// The script: its id, the number of its track, or its path.
    pub script: String,
    #[serde(default)]
    pub variant: Variant,
    #[serde(default)]
    pub length: LengthOptions,
}

impl PlanJob {
    /// A script in its default version and length.
    pub fn of(script: impl Into<String>) -> Self {
        Self { script: script.into(), ..Self::default() }
    }

    /// As JSON, without the document of another version that it may be locked to.
    pub(super) fn on_its_own(&self) -> Option<serde_json::Value> {
        let lock = self.length.lock.clone().filter(|lock| matches!(lock, Lock::Language(_)));
        let job = Self { length: LengthOptions { lock, ..self.length.clone() }, ..self.clone() };
        serde_json::to_value(job).ok()
    }
}

/// What decides the length of a version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LengthOptions {
    /// The length; `None` for the usual one of the script, or its natural one where it names none.
    pub length: Option<AskedLength>,
    /// Whether the author's limits are ignored; the timeline records it.
    pub ignore_limits: bool,
    /// The version whose part borders it takes over.
    pub lock: Option<Lock>,
}

/// A length as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedLength {
    /// With natural pauses and rounds.
    Natural,
    Exactly(Seconds),
    /// As long, to the frame, as the same version in the language that the script is written in.
    Source,
}

impl AskedLength {
    /// Reads a length as it is typed: `10m`, `12:34`, `754s`, `natural` or `source`.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        for word in [Self::Natural, Self::Source] {
            if text == word.name() {
                return Ok(word);
            }
        }
        let near = nearest_duration(text);
        match parse_duration(near.as_deref().unwrap_or(text)) {
            Ok(Seconds::ZERO) => Err("the length must be more than zero".to_owned()),
            Ok(length) => Ok(Self::Exactly(length)),
            Err(reason) => Err(format!("{reason}, or natural or source")),
        }
    }

    /// Its word, or the time.
    pub fn name(self) -> String {
        match self {
            Self::Natural => "natural".to_owned(),
            Self::Exactly(time) => print_duration(time),
            Self::Source => "source".to_owned(),
        }
    }
}

impl From<Length> for AskedLength {
    fn from(length: Length) -> Self {
        match length {
            Length::Natural => Self::Natural,
            Length::Exactly(time) => Self::Exactly(time),
        }
    }
}

/// How long a script is at a length of a delivery; `None` is its usual length.
///
/// # Errors
/// Why it has no such length, in words.
pub fn length_of(length: DeliveryLength, script: &Script) -> Result<Option<AskedLength>, String> {
    let exactly = |time: Seconds| Ok(Some(AskedLength::Exactly(time)));
    match (length, script.length) {
        (DeliveryLength::Natural, _) => Ok(Some(AskedLength::Natural)),
        // What is usual is the same in every language.
        (DeliveryLength::Usual, _) | (DeliveryLength::Source, Some(_)) => Ok(None),
        (DeliveryLength::Source, None) => Ok(Some(AskedLength::Source)),
        (DeliveryLength::Least, Some(limits)) => exactly(limits.least),
        (DeliveryLength::Most, Some(limits)) => exactly(limits.most),
        (DeliveryLength::Least | DeliveryLength::Most, None) => Err("has no `length` of its own".to_owned()),
        (DeliveryLength::Exactly(time), Some(limits)) if time < limits.least || time > limits.most => {
            Err(format!(
                "cannot last {}: its author allows {} to {}",
                print_duration(time),
                print_duration(limits.least),
                print_duration(limits.most)
            ))
        }
        (DeliveryLength::Exactly(time), limits) if limits.is_some_and(|limits| limits.usual == time) => {
            Ok(None)
        }
        (DeliveryLength::Exactly(time), _) => exactly(time),
    }
}

/// A version whose part borders another one takes over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lock {
    /// The same version in another language.
    Language(Language),
    /// The timeline document of an output.
    Timeline {
        /// Its name in messages.
        name: String,
        document: Box<TimelineDocument>,
    },
}

/// What to render of a plan, and into which files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RenderJob {
    /// The files of the track, one for each format; may be empty. All are written from one mix.
    pub outputs: Vec<TrackFile>,
    /// The stems in the track.
    pub mix: Mix,
    /// The files written beside the first output.
    #[serde(with = "beside_names")]
    pub beside: Vec<Beside>,
    /// The folder for the stems.
    pub stems: Option<PathBuf>,
    /// Whether a track that fails the checklist is discarded.
    pub strict: bool,
    /// Whether loudness and peaks of the finished sound are measured even where no file needs them.
    pub measured: bool,
}

/// One file of a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFile {
    /// Where it is written. The file appears only when it is complete.
    pub path: PathBuf,
    #[serde(with = "format_name")]
    pub format: Format,
}

impl RenderJob {
    /// A track in one file.
    pub fn to_file(path: impl Into<PathBuf>, format: Format) -> Self {
        Self { outputs: vec![TrackFile { path: path.into(), format }], ..Self::default() }
    }

    /// The same job with its files at other paths.
    #[must_use]
    pub fn placed(&self, place: impl Fn(&Path) -> PathBuf) -> Self {
        let moved = |output: &TrackFile| TrackFile { path: place(&output.path), format: output.format };
        Self { outputs: self.outputs.iter().map(moved).collect(), ..self.clone() }
    }

    /// The files that a render of this job has written, those of sound first.
    pub fn written<'a>(&'a self, rendered: &'a Rendered) -> impl Iterator<Item = &'a PathBuf> {
        self.outputs.iter().map(|output| &output.path).chain(&rendered.beside)
    }

    /// The first output that is a regular file: nothing is written beside a pipe or a device.
    pub(super) fn main_file(&self) -> Option<&Path> {
        let paths = self.outputs.iter().map(|output| output.path.as_path());
        paths.into_iter().find(|path| !path.exists() || path.is_file())
    }
}

/// Serialises a format as its name.
mod format_name {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Format;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
    pub(super) fn serialize<S: Serializer>(format: &Format, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(format.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Format, D::Error> {
        let name = String::deserialize(from)?;
        Format::named(&name).ok_or_else(|| D::Error::custom(format!("unknown format `{name}`")))
    }
}

/// Serialises the files beside a track as their names.
mod beside_names {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Beside;

    pub(super) fn serialize<S: Serializer>(files: &[Beside], to: S) -> Result<S::Ok, S::Error> {
        let name = |file: &Beside| Beside::ALL.iter().find(|(_, other)| other == file).map(|(name, _)| *name);
        to.collect_seq(files.iter().filter_map(name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Beside>, D::Error> {
        let file = |name: String| {
            let found = Beside::ALL.iter().find(|(other, _)| *other == name).map(|(_, file)| *file);
            found.ok_or_else(|| D::Error::custom(format!("unknown file beside a track: `{name}`")))
        };
        Vec::<String>::deserialize(from)?.into_iter().map(file).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::exercise::Guidance;
    use crate::unit::{SampleRate, Seconds};

    #[test]
    fn jobs_are_read_back_from_json_as_they_were() {
        let variant = Variant {
            language: Language::parse("nl"),
            guidance: Some(Guidance::Light),
            choices: vec![("einde".to_owned(), "slaap".to_owned())],
            rate: SampleRate::new(44_100),
            ..Variant::default()
        };
        let length = LengthOptions {
            length: Some(AskedLength::Exactly(Seconds::whole(600))),
            ignore_limits: true,
            lock: Language::parse("en").map(Lock::Language),
        };
        let plan = PlanJob { script: "1".to_owned(), variant, length };
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<PlanJob>(&json).unwrap(), plan);
        let render = RenderJob {
            outputs: vec![TrackFile { path: "out/a.flac".into(), format: Format::Flac }],
            mix: Mix::Voice,
            beside: Beside::ALL.iter().map(|(_, file)| *file).collect(),
            stems: Some("stems".into()),
            strict: true,
            measured: true,
        };
        let json = serde_json::to_string(&render).unwrap();
        assert_eq!(serde_json::from_str::<RenderJob>(&json).unwrap(), render);
    }

    #[test]
    fn a_request_may_say_no_more_than_it_has_to() {
        assert_eq!(serde_json::from_str::<PlanJob>(r#"{ "script": "1" }"#).unwrap(), PlanJob::of("1"));
        assert_eq!(serde_json::from_str::<RenderJob>("{}").unwrap(), RenderJob::default());
        assert!(serde_json::from_str::<RenderJob>(r#"{ "formats": [] }"#).is_err());
    }
}
