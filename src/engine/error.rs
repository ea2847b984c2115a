//! The errors of the engine, by who has to act, each with a remedy.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::trust_store::TrustError;
use super::verify::EncodedFault;
use crate::asset::{DraftError, GatherError, SoundError, told_of_file};
use crate::decode::DecodeError;
use crate::delivery::coding::Impossible;
use crate::diag::{Diagnostic, Help, Remedy, Sources, one_sentence, sentence};
use crate::export::{ExportError, ExportErrorKind};
use crate::files::{FileError, is_transient};
use crate::layout::{DocumentError, LockError};
use crate::qc::Report;
use crate::script::CourseError;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Rounding, SampleRate, Seconds, THOUSANDTH};

#[derive(Debug, Error)]
pub enum Error {
    /// The files of the course have errors.
    #[error("{} in the files of the course", count(found.len()))]
    Diagnostics {
        /// The errors and warnings.
        found: Vec<Diagnostic>,
        /// The texts that they point into.
        sources: Sources,
    },
    /// The request is wrong.
    #[error(transparent)]
    Request(#[from] Box<Request>),
    /// A disk, decoder, encoder or another program failed.
    #[error(transparent)]
    World(#[from] World),
    /// The track fails the checklist, and the job is strict.
    #[error("the track fails the checklist; nothing was written")]
    ChecklistFailed(Box<Report>),
    /// The reader of the output stream has closed it.
    #[error("the output stream was closed by its reader")]
    OutputClosed,
    /// The task was cancelled.
    #[error("stopped; nothing was written")]
    Stopped,
}

/// Why a request is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    NoCourse {
        /// What to do with a file that was meant to be its course.toml.
        near: Option<String>,
    },
    Unknown {
        /// The kind of thing: `script`, `bed`, `preset`.
        kind: &'static str,
        name: String,
        /// The most similar name.
        near: Option<String>,
        /// The available ones, as help text.
        known: String,
    },
    /// An unknown track number.
    NoTrack {
        track: u32,
        /// The available ones, as help text.
        known: String,
    },
    /// The script has no such version.
    Version(Box<Diagnostic>),
    /// A version cannot be locked to its own language.
    OwnLanguage(Language),
    /// The timeline to lock to is not usable.
    Lock {
        /// The name of the timeline document.
        name: String,
        why: LockError,
    },
    /// The timeline to lock to is of another script.
    OtherScript {
        /// The name of the timeline document.
        name: String,
        /// The script of the timeline.
        of: String,
        wanted: String,
    },
    /// The timeline to lock to has another guidance level.
    OtherGuidance {
        /// The name of the timeline document.
        name: String,
        /// The level of the timeline.
        of: Guidance,
        wanted: Guidance,
    },
    /// The timeline to lock to has another length.
    OtherLength {
        /// The name of the timeline document.
        name: String,
        /// The length of the timeline.
        frames: Frames,
        /// The rate of the timeline.
        rate: SampleRate,
        wanted: Seconds,
    },
    /// The voice alone was asked for, which is mixed with its bed.
    MixedVoice {
        /// The finished recording it is from.
        recording: String,
    },
    /// Files of this format cannot be made piece by piece.
    NoPieces { format: &'static str },
    /// This build of adem cannot write the format.
    NotBuilt { format: &'static str, remedy: String },
    /// The format does not support the coding or the rate.
    Coding {
        why: Impossible,
        /// Whether only the rate is the problem.
        rate: bool,
    },
}

impl Request {
    /// The problem, without the remedies.
    pub fn problem(&self) -> String {
        match self {
            Self::NoCourse { .. } => "there is no course.toml here".to_owned(),
            Self::Unknown { kind, name, .. } => format!("there is no {kind} `{name}`"),
            Self::NoTrack { track, .. } => format!("there is no track {track}"),
            Self::Version(found) => found.message.clone(),
            Self::OwnLanguage(language) => {
                format!("this version cannot be locked to `{language}`: that is its own language")
            }
            Self::Lock { name, why } => format!("{name} {why}"),
            Self::OtherScript { name, of, wanted } => {
                format!("{name} is a timeline of `{of}`, not of `{wanted}`")
            }
            Self::OtherGuidance { name, of, wanted } => {
                format!("{name} has {} guidance, but this version has {}", of.name(), wanted.name())
            }
            Self::OtherLength { name, frames, rate, wanted } => {
                let lasts = print_duration(frames.told(*rate, THOUSANDTH, Rounding::Nearest));
                let asked = print_duration(*wanted);
                format!("{name} lasts {lasts}, but the requested length is {asked}")
            }
            Self::MixedVoice { recording } => {
                format!("the voice of this track is mixed with its bed in recordings/{recording}.toml")
            }
            Self::NoPieces { format } => format!("{format} cannot be made piece by piece"),
            Self::NotBuilt { format, .. } => {
                format!("this build of adem does not include {}", format.to_uppercase())
            }
            Self::Coding { why, .. } => format!("{}; {}", why.what, why.remedy),
        }
    }

    pub fn remedies(&self) -> Vec<Help> {
        match self {
            Self::NoCourse { near: Some(near) } => vec![near.clone().into()],
            Self::NoCourse { near: None } => vec![Remedy::Course.into()],
            Self::Unknown { near: Some(near), .. } => vec![format!("did you mean `{near}`?").into()],
            Self::Unknown { known, .. } | Self::NoTrack { known, .. } => vec![known.clone().into()],
            Self::Version(found) => found.helps.clone(),
            Self::OwnLanguage(_) => vec!["name another language".into()],
            Self::Lock { .. } | Self::OtherScript { .. } => {
                vec!["name the timeline.json beside an output".into()]
            }
            Self::OtherGuidance { of, .. } => vec![Remedy::Guidance(of.name()).into()],
            Self::OtherLength { .. } => vec![Remedy::NoLength.into()],
            Self::MixedVoice { .. } => {
                vec!["render the whole mix, or choose a voice that was recorded alone".into()]
            }
            Self::NoPieces { .. } => vec!["choose wav".into()],
            Self::NotBuilt { remedy, .. } => vec![remedy.clone().into()],
            Self::Coding { rate: true, .. } => vec![Remedy::Rate.into()],
            Self::Coding { rate: false, .. } => vec!["change the preset".into(), Remedy::Rate.into()],
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_sentence(&self.problem(), &self.remedies(), Help::to_string))
    }
}

impl std::error::Error for Request {}

/// A failure outside the course and the request.
#[derive(Debug, Error)]
pub enum World {
    /// A file could not be opened or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A sound cannot be used.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// A phrase could not be drafted.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A file could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Reading an open file failed.
    #[error("{} cannot be read: {source}; check the disk and try again", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file is not a complete recording.
    #[error("{} {source}", path.display())]
    Decode { path: PathBuf, source: DecodeError },
    /// The timeline document beside a file is not usable.
    #[error("{} {source}; delete it or render again", path.display())]
    Timeline { path: PathBuf, source: DocumentError },
    /// A file and the timeline beside it were written by different renders.
    #[error("{} is from another render than the timeline beside it; render the track again", path.display())]
    Mixed { path: PathBuf },
    /// An encoded file differs from the mix.
    #[error("{name}: the encoded file {fault}; nothing was written")]
    Encoded { name: String, fault: EncodedFault },
    /// The trusted courses cannot be read or changed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The analysis of the finished sound failed.
    #[error("the finished sound cannot be measured: {0}; try again")]
    Analysis(io::Error),
}

impl World {
    /// The problem and its remedies.
    pub fn problem_and_advice(&self) -> (String, Vec<Help>) {
        match self {
            Self::File(error) => told_of_file(error),
            Self::Sound(error) => error.problem_and_advice(),
            Self::Draft(error) => error.problem_and_advice(),
            Self::Decode { path, source } => {
                let (wrong, helps) = sentence(&self.to_string());
                let better = source.advice(&path.display().to_string());
                (wrong, better.map_or(helps, |advice| vec![advice.into()]))
            }
            Self::Export(_)
            | Self::Read { .. }
            | Self::Timeline { .. }
            | Self::Mixed { .. }
            | Self::Encoded { .. }
            | Self::Trust(_)
            | Self::Analysis(_) => sentence(&self.to_string()),
        }
    }

    /// Whether a retry may succeed: something was interrupted, busy or slow, or too many files were open. A full disk
    /// is not transient.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::File(error) => error.is_transient(),
            Self::Sound(error) => error.is_transient(),
            Self::Draft(error) => error.is_transient(),
            Self::Export(error) => is_transient(&error.source),
            Self::Read { source, .. } | Self::Analysis(source) => is_transient(source),
            Self::Decode { source, .. } => source.is_transient(),
            Self::Encoded { fault, .. } => fault.is_transient(),
            Self::Timeline { .. } | Self::Mixed { .. } | Self::Trust(_) => false,
        }
    }
}

impl Error {
    /// The problem, without the remedies.
    pub fn problem(&self) -> String {
        match self {
            Self::Request(request) => request.problem(),
            Self::World(world) => world.problem_and_advice().0,
            Self::Diagnostics { .. } | Self::ChecklistFailed(_) | Self::OutputClosed | Self::Stopped => {
                self.to_string()
            }
        }
    }

    /// The remedies. Diagnostics have their own.
    pub fn remedies(&self) -> Vec<Help> {
        match self {
            Self::Request(request) => request.remedies(),
            Self::World(world) => world.problem_and_advice().1,
            Self::Diagnostics { .. } | Self::ChecklistFailed(_) | Self::OutputClosed | Self::Stopped => {
                Vec::new()
            }
        }
    }

    /// Whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::World(world) if world.is_transient())
    }
}

impl From<Request> for Error {
    fn from(request: Request) -> Self {
        Self::Request(Box::new(request))
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        World::from(error).into()
    }
}

impl From<SoundError> for Error {
    fn from(error: SoundError) -> Self {
        World::from(error).into()
    }
}

impl From<GatherError> for Error {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::File(error) => World::from(error).into(),
            GatherError::Draft(error) => World::from(error).into(),
        }
    }
}

impl From<CourseError> for Error {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::NoCourse { near } => Request::NoCourse { near }.into(),
            CourseError::File(error) => error.into(),
        }
    }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        if error.kind == ExportErrorKind::ClosedPipe { Self::OutputClosed } else { World::from(error).into() }
    }
}

fn count(found: usize) -> String {
    if found == 1 { "1 problem".to_owned() } else { format!("{found} problems") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn what_was_busy_or_slow_is_worth_another_try_and_a_full_disk_is_not() {
        let written = |kind: ErrorKind| Error::from(ExportError::new("a.wav", kind.into())).is_transient();
        for kind in
            [ErrorKind::Interrupted, ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ResourceBusy]
        {
            assert!(written(kind), "{kind}");
        }
        for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::NotFound] {
            assert!(!written(kind), "{kind}");
        }
        let slow = World::from(DraftError::Slow { program: "speak".to_owned(), seconds: 30 });
        assert!(Error::from(slow).is_transient());
        assert!(!Error::Stopped.is_transient());
    }

    #[test]
    #[cfg(unix)]
    fn too_many_open_files_are_worth_another_try() {
        for code in [23, 24] {
            assert!(is_transient(&io::Error::from_raw_os_error(code)));
        }
    }

    #[test]
    fn a_request_says_what_to_do_in_words_and_as_a_value() {
        let name = "t.json".to_owned();
        let request = Request::OtherGuidance { name, of: Guidance::Light, wanted: Guidance::Full };
        let error = Error::from(request);
        assert_eq!(error.remedies(), [Help::Remedy(Remedy::Guidance("light"))]);
        let whole = "t.json has light guidance, but this version has full; choose light guidance";
        assert_eq!(error.to_string(), whole);
    }

    #[test]
    fn an_error_of_a_file_is_taken_apart() {
        let link = Error::from(FileError::Link { path: "voice/a.wav".into() });
        assert_eq!(link.remedies().last(), Some(&Help::Remedy(Remedy::Trust)));
        assert!(!link.problem().contains("trust the course"), "{}", link.problem());
        let gone = Error::from(FileError::NotFound { path: "a".into() });
        assert_eq!(gone.to_string(), format!("{}; {}", gone.problem(), gone.remedies()[0]));
    }
}
