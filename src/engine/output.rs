//! Where a finished track goes, and what it is called.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::name::{Followed, VersionName};
use super::{Failure, LengthWish, Lock, Plan};
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::export::format::{built_with, endings};
use crate::export::{ExportError, OutputFile, TrackSpec};
use crate::files::{Source, from_file};
use crate::render::Mix;
use crate::script::session::Variant;
use crate::unit::SampleRate;

/// Where a finished track goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file, which appears whole or not at all.
    File(PathBuf),
    /// Standard output, as a stream.
    Stream,
}

/// Whether a file of that format can be at that rate, coded so, and go there, in this adem.
///
/// # Errors
/// [`Failure::Usage`] with what would be possible.
pub fn possible(
    format: Format,
    coding: &Coding,
    rate: SampleRate,
    destination: &Destination,
) -> Result<(), Failure> {
    built_with(format).map_err(Failure::Usage)?;
    if !format.streams() && *destination == Destination::Stream {
        let ending = format.extension();
        let why = format!("an {ending} file cannot go to standard output, as its beginning is written last");
        let remedy = format!("name a file with -o, or choose --format {}", endings(Format::streams, ""));
        return Err(Failure::Usage(format!("{why}; {remedy}")));
    }
    coding.possible(format, rate).map_err(|why| {
        let remedy = match format.takes(rate) {
            Err(_) => "choose one with --rate",
            Ok(()) => "change the preset, or choose another --rate",
        };
        Failure::Usage(format!("{}; {}: {remedy}", why.what, why.remedy))
    })
}

/// The name of an output that nobody has named: track, script, language and what sets this version apart.
pub struct OutputName<'a> {
    /// What is rendered.
    pub plan: &'a Plan,
    /// What was asked for.
    pub variant: &'a Variant,
    /// The length that was asked for, and the version it follows.
    pub wish: &'a LengthWish,
    /// The mix.
    pub mix: Mix,
}

impl OutputName<'_> {
    /// The name without an ending, such as `01-ademruimte-vriendelijkheid-nl_light`. No two versions share one.
    pub fn stem(&self) -> String {
        let Self { plan, variant, wish, mix } = self;
        let session = &plan.session;
        let follows = wish.lock.as_ref().map(|lock| match lock {
            Lock::Language(language) => Followed::Language(language.clone()),
            Lock::Timeline { text, .. } => Followed::timeline(text),
        });
        let name = VersionName {
            track: session.track,
            script: session.script.clone(),
            language: session.language.clone(),
            voice: variant.voice.clone(),
            guidance: session.guidance,
            length: wish.length,
            follows,
            // Of a choice made twice the last counts.
            choices: variant.choices.iter().cloned().collect(),
            bed: variant.bed.clone(),
            drafts: plan.timeline.drafts() > 0,
            no_cues: variant.no_cues,
            preset: variant.preset.clone(),
            rate: variant.rate,
            seed: variant.seed,
            mix: *mix,
        };
        name.stem()
    }
}

/// What a stream is called in messages.
const STREAM: &str = "standard output";

/// An open destination.
pub(super) enum Target {
    File(OutputFile),
    Stream(Box<dyn Write + Send>),
}

/// Standard output without the line buffer that suits text.
#[cfg(unix)]
fn standard_output() -> io::Result<Box<dyn Write + Send>> {
    use std::os::fd::AsFd;
    Ok(Box::new(std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?)))
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stdout()))
}

impl Target {
    pub(super) fn open(destination: &Destination) -> Result<Self, ExportError> {
        match destination {
            Destination::File(path) => Ok(Self::File(OutputFile::create(path)?)),
            Destination::Stream => standard_output()
                .map(Self::Stream)
                .map_err(|error| ExportError::new(Path::new(STREAM), error)),
        }
    }

    /// The path for messages.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.path().to_owned(),
            Self::Stream(_) => Path::new(STREAM).to_owned(),
        }
    }

    pub(super) fn commit(self) -> Result<(), ExportError> {
        match self {
            Self::File(file) => file.commit(),
            Self::Stream(mut stream) => {
                stream.flush().map_err(|error| ExportError::new(Path::new(STREAM), error))
            }
        }
    }
}

/// A sound that is written, but not yet at its place.
pub(super) struct Written {
    /// The file for messages.
    pub name: String,
    /// What it is.
    pub spec: TrackSpec,
    /// Where it waits.
    pub target: Target,
}

impl Written {
    /// What was written, to be read back; `None` for a stream or a device.
    pub(super) fn source(&self) -> io::Result<Option<Box<dyn Source>>> {
        match &self.target {
            Target::File(file) => file.reader()?.map(from_file).transpose(),
            Target::Stream(_) => Ok(None),
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

/// A stream only goes forward, also where it happens to be a file: what was in it before is not ours.
impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Stream(_) => Err(io::ErrorKind::NotSeekable.into()),
        }
    }
}
