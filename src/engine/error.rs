//! Why something could not be produced, sorted by who has to act: each with what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::trust_store::TrustError;
use super::verify::EncodedFault;
use crate::asset::{DraftError, GatherError, SoundError, told_of_file};
use crate::decode::DecodeError;
use crate::delivery::coding::Impossible;
use crate::diag::{Diagnostic, Help, Remedy, Sources, sentence};
use crate::export::{ExportError, Failure as ExportFailure};
use crate::files::{FileError, is_transient};
use crate::layout::{DocumentError, LockError};
use crate::qc::Report;
use crate::script::CourseError;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::unit::literal::print_duration;
use crate::unit::{Frames, SampleRate, Seconds};

/// Why something could not be produced.
#[derive(Debug, Error)]
pub enum Error {
    /// Files of the course need a change.
    #[error("{} in the files of the course", count(found.len()))]
    Mistakes {
        /// What was found, warnings included.
        found: Vec<Diagnostic>,
        /// The files it points into.
        sources: Sources,
    },
    /// What was asked for makes no sense.
    #[error(transparent)]
    Request(#[from] Box<Request>),
    /// The world failed: a disk, a decoder, an encoder.
    #[error(transparent)]
    World(#[from] World),
    /// The sound is not fit to be published, and nobody wants to keep it.
    #[error("the sound is not fit to be published; nothing was written")]
    Unfit(Box<Report>),
    /// Whoever read the output has gone.
    #[error("nobody reads the output any more")]
    ReaderGone,
    /// It was cancelled.
    #[error("stopped; nothing was written")]
    Stopped,
}

/// What was asked for and cannot be.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// There is no course.
    NoCourse,
    /// There is nothing of that name.
    Unknown {
        /// What it would be: `script`, `bed`, `preset`.
        kind: &'static str,
        /// The name.
        name: String,
        /// A name that is near.
        near: Option<String>,
        /// What there is, in words.
        known: String,
    },
    /// No script has that number.
    NoTrack {
        /// The number.
        track: u32,
        /// What there is, in words.
        known: String,
    },
    /// There is no such version of the script.
    Version(Box<Diagnostic>),
    /// The parts are to follow the version's own language.
    OwnLanguage(Language),
    /// The parts are to follow what is no timeline.
    Lock {
        /// The name of the document.
        name: String,
        /// What is wrong with it.
        why: LockError,
    },
    /// The parts are to follow another script.
    OtherScript {
        /// The name of the document.
        name: String,
        /// The script it is of.
        of: String,
        /// The script that was asked for.
        wanted: String,
    },
    /// The parts are to follow another level of guidance.
    OtherGuidance {
        /// The name of the document.
        name: String,
        /// Its level.
        of: Guidance,
        /// The level that was asked for.
        wanted: Guidance,
    },
    /// The parts are to follow a version of another length.
    OtherLength {
        /// The name of the document.
        name: String,
        /// Its length.
        frames: Frames,
        /// Its frames a second.
        rate: SampleRate,
        /// The length that was asked for.
        wanted: Seconds,
    },
    /// This adem was built without a format.
    NotBuilt {
        /// The format.
        format: &'static str,
        /// What to do.
        remedy: String,
    },
    /// The format cannot be coded so.
    Coding {
        /// Why not.
        why: Impossible,
        /// Whether the rate alone is in the way.
        rate: bool,
    },
}

impl Request {
    /// What is wrong.
    pub fn problem(&self) -> String {
        match self {
            Self::NoCourse => "there is no course.toml here".to_owned(),
            Self::Unknown { kind, name, .. } => format!("there is no {kind} `{name}`"),
            Self::NoTrack { track, .. } => format!("there is no track {track}"),
            Self::Version(found) => found.message.clone(),
            Self::OwnLanguage(language) => {
                format!("the parts cannot follow `{language}`, the language of this version itself")
            }
            Self::Lock { name, why } => format!("{name} {why}"),
            Self::OtherScript { name, of, wanted } => {
                format!("{name} is a timeline of `{of}`, not of `{wanted}`")
            }
            Self::OtherGuidance { name, of, wanted } => {
                format!("{name} has {} guidance and this version {}", of.name(), wanted.name())
            }
            Self::OtherLength { name, frames, rate, wanted } => {
                let (lasts, asked) = (frames.seconds(*rate), print_duration(*wanted));
                format!("{name} lasts {lasts:.3} s and {asked} is asked for")
            }
            Self::NotBuilt { format, .. } => format!("this adem was built without {}", format.to_uppercase()),
            Self::Coding { why, .. } => format!("{}; {}", why.what, why.remedy),
        }
    }

    /// What to do about it.
    pub fn remedies(&self) -> Vec<Help> {
        match self {
            Self::NoCourse => vec![Remedy::Course.into()],
            Self::Unknown { near: Some(near), .. } => vec![format!("did you mean `{near}`?").into()],
            Self::Unknown { known, .. } | Self::NoTrack { known, .. } => vec![known.clone().into()],
            Self::Version(found) => found.helps.clone(),
            Self::OwnLanguage(_) => vec!["name another one".into()],
            Self::Lock { .. } | Self::OtherScript { .. } => {
                vec!["name the timeline.json beside an output".into()]
            }
            Self::OtherGuidance { of, .. } => vec![Remedy::Guidance(of.name()).into()],
            Self::OtherLength { .. } => vec![Remedy::NoLength.into()],
            Self::NotBuilt { remedy, .. } => vec![remedy.clone().into()],
            Self::Coding { rate: true, .. } => vec![Remedy::Rate.into()],
            Self::Coding { rate: false, .. } => vec!["change the preset".into(), Remedy::Rate.into()],
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&said(self.problem(), &self.remedies()))
    }
}

impl std::error::Error for Request {}

/// A failure of the world.
#[derive(Debug, Error)]
pub enum World {
    /// A file could not be had.
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
    /// A file that was open could not be read on.
    #[error("{} cannot be read: {source}; check the disk and try again", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no whole recording.
    #[error("{} {source}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The file that should be a timeline is none.
    #[error("{} {source}; take it away or render again", path.display())]
    Timeline {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// A file was encoded, and is not what was planned.
    #[error("{name}: the encoded file {fault}; nothing was written")]
    Encoded {
        /// The file.
        name: String,
        /// How it differs.
        fault: EncodedFault,
    },
    /// What is trusted on this machine is not known.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// What listens to the finished sound failed.
    #[error("the finished sound cannot be measured: {0}; try again")]
    Listen(io::Error),
}

impl World {
    /// What is wrong, and what to do about it.
    pub fn told(&self) -> (String, Vec<Help>) {
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
            | Self::Encoded { .. }
            | Self::Trust(_)
            | Self::Listen(_) => sentence(&self.to_string()),
        }
    }

    /// Whether the same may well work a little later: something was interrupted, busy or slow, or there were too many
    /// open files. A full disk is no such thing: somebody has to make room.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::File(error) => error.is_transient(),
            Self::Sound(error) => error.is_transient(),
            Self::Draft(error) => error.is_transient(),
            Self::Export(error) => is_transient(&error.source),
            Self::Read { source, .. } | Self::Listen(source) => is_transient(source),
            Self::Decode { source, .. } => source.is_transient(),
            Self::Encoded { fault, .. } => fault.is_transient(),
            Self::Timeline { .. } | Self::Trust(_) => false,
        }
    }
}

impl Error {
    /// What is wrong, without what to do.
    pub fn problem(&self) -> String {
        match self {
            Self::Request(request) => request.problem(),
            Self::World(world) => world.told().0,
            Self::Mistakes { .. } | Self::Unfit(_) | Self::ReaderGone | Self::Stopped => self.to_string(),
        }
    }

    /// What to do about it; mistakes in files bring their own.
    pub fn remedies(&self) -> Vec<Help> {
        match self {
            Self::Request(request) => request.remedies(),
            Self::World(world) => world.told().1,
            Self::Mistakes { .. } | Self::Unfit(_) | Self::ReaderGone | Self::Stopped => Vec::new(),
        }
    }

    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::World(world) if world.is_transient())
    }
}

/// A problem and what to do about it, as one sentence.
fn said(problem: String, remedies: &[Help]) -> String {
    let parts: Vec<_> = std::iter::once(problem).chain(remedies.iter().map(Help::to_string)).collect();
    parts.join("; ")
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
            CourseError::NoCourse => Request::NoCourse.into(),
            CourseError::File(error) => error.into(),
        }
    }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        if error.failure == ExportFailure::ClosedPipe { Self::ReaderGone } else { World::from(error).into() }
    }
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "one mistake".to_owned() } else { format!("{mistakes} mistakes") }
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
        let slow = World::from(DraftError::Slow { program: "speak".to_owned() });
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
        let whole = "t.json has light guidance and this version full; choose light guidance";
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
