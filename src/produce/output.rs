//! Where a finished track goes, and what it is called.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::export::{ExportError, OutputFile};
use crate::render::Mix;
use crate::script::exercise::Guidance;
use crate::script::session::{Session, Variant};

/// Where a finished track goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file, which appears whole or not at all.
    File(PathBuf),
    /// Standard output, as a stream.
    Stream,
}

/// The name of an output that nobody has named: track, script, language and what sets this version apart.
pub struct OutputName<'a> {
    /// The session.
    pub session: &'a Session,
    /// What was asked for.
    pub variant: &'a Variant,
    /// The mix.
    pub mix: Mix,
}

impl OutputName<'_> {
    /// The name without an ending, such as `01-ademruimte-vriendelijkheid-nl-light`.
    pub fn stem(&self) -> String {
        let session = self.session;
        let mut parts = Vec::new();
        parts.extend(session.track.map(|track| format!("{track:02}")));
        parts.push(session.script.clone());
        parts.push(session.language.to_string());
        parts.extend(self.variant.voice.clone());
        if session.guidance != Guidance::Full {
            parts.push(session.guidance.name().to_owned());
        }
        parts.extend(self.variant.bed.as_ref().map(|bed| format!("bed-{bed}")));
        if self.variant.no_cues {
            parts.push("no-cues".to_owned());
        }
        parts.extend(self.variant.preset.clone());
        if self.mix != Mix::Full {
            parts.push(format!("{}-only", self.mix.name()));
        }
        parts.join("-")
    }
}

/// An open destination.
pub(super) enum Target {
    File(OutputFile),
    Stream(io::Stdout),
}

impl Target {
    pub(super) fn open(destination: &Destination) -> Result<Self, ExportError> {
        match destination {
            Destination::File(path) => Ok(Self::File(OutputFile::create(path)?)),
            Destination::Stream => Ok(Self::Stream(io::stdout())),
        }
    }

    /// The path for messages.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.path().to_owned(),
            Self::Stream(_) => Path::new("standard output").to_owned(),
        }
    }

    pub(super) fn commit(self) -> Result<(), ExportError> {
        match self {
            Self::File(file) => file.commit(),
            Self::Stream(mut stream) => {
                stream.flush().map_err(|error| ExportError::new(Path::new("standard output"), error))
            }
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}
