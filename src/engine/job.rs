//! What is asked of an engine, as values: owned, comparable, and written as JSON where a queue or a request carries them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::publish::Beside;
use crate::layout::{Length, TimelineDocument};
use crate::script::language::Language;
use crate::script::session::Variant;

/// A version of a script to lay out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanJob {
    /// The script: its id, the number of its track, or its path.
    pub script: String,
    /// Which version of it.
    #[serde(default)]
    pub variant: Variant,
    /// How long.
    #[serde(default)]
    pub wish: LengthWish,
}

impl PlanJob {
    /// A script in its usual version and length.
    pub fn of(script: impl Into<String>) -> Self {
        Self { script: script.into(), ..Self::default() }
    }
}

/// How long somebody wants a version to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LengthWish {
    /// The length; `None` for the usual one of the script, or its natural one where it names none.
    pub length: Option<Length>,
    /// Whether the author's limits are ignored, which marks the file.
    pub anyway: bool,
    /// The version whose parts it starts with.
    pub lock: Option<Lock>,
}

/// A version whose parts another one starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lock {
    /// The same version in another language.
    Language(Language),
    /// The timeline of an output.
    Timeline {
        /// What it is called in messages.
        name: String,
        /// The document.
        document: Box<TimelineDocument>,
    },
}

/// What to render of a plan, and the files it goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RenderJob {
    /// The files of the track, in each of its formats, if any. One mix serves them all.
    pub outputs: Vec<TrackFile>,
    /// Which stems the track has.
    pub mix: Mix,
    /// What is written beside the first of the outputs.
    #[serde(with = "beside_names")]
    pub beside: Vec<Beside>,
    /// A folder for the stems.
    pub stems: Option<PathBuf>,
    /// Whether a track that must not be published is thrown away.
    pub strict: bool,
}

/// One file of a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFile {
    /// Where it goes; it appears whole or not at all.
    pub path: PathBuf,
    /// The kind of file.
    #[serde(with = "format_name")]
    pub format: Format,
}

impl RenderJob {
    /// A track in one file.
    pub fn to_file(path: impl Into<PathBuf>, format: Format) -> Self {
        Self { outputs: vec![TrackFile { path: path.into(), format }], ..Self::default() }
    }

    /// The file that others lie beside: nothing belongs beside a pipe or a device.
    pub(super) fn main_file(&self) -> Option<&Path> {
        let paths = self.outputs.iter().map(|output| output.path.as_path());
        paths.into_iter().find(|path| !path.exists() || path.is_file())
    }
}

/// A format by its name.
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
        Format::named(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is no format")))
    }
}

/// Files beside a track by their names.
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
            found.ok_or_else(|| D::Error::custom(format!("`{name}` is no file beside a track")))
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
        let wish = LengthWish {
            length: Some(Length::Exactly(Seconds::whole(600))),
            anyway: true,
            lock: Language::parse("en").map(Lock::Language),
        };
        let plan = PlanJob { script: "1".to_owned(), variant, wish };
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<PlanJob>(&json).unwrap(), plan);
        let render = RenderJob {
            outputs: vec![TrackFile { path: "out/a.flac".into(), format: Format::Flac }],
            mix: Mix::Voice,
            beside: Beside::ALL.iter().map(|(_, file)| *file).collect(),
            stems: Some("stems".into()),
            strict: true,
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
