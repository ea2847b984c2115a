//! Where a finished track is written, and its file name.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::name::{Followed, VersionName, short_hash};
use super::stream::{BlockSender, STREAM, StreamTarget};
use super::{Error, LengthOptions, Lock, Plan, Request};
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::export::format::built_with;
use crate::export::{ExportError, OutputFile, TrackSpec};
use crate::files::{Source, from_file};
use crate::script::session::Variant;
use crate::unit::SampleRate;

/// Checks that this build can write a format at a rate with this coding.
///
/// # Errors
/// [`Error::Request`] with what is possible instead.
pub fn possible(format: Format, coding: &Coding, rate: SampleRate) -> Result<(), Error> {
    built_with(format).map_err(|remedy| Request::NotBuilt { format: format.name(), remedy })?;
    let takes = format.takes(rate).is_ok();
    Ok(coding.possible(format, rate).map_err(|why| Request::Coding { why, rate: !takes })?)
}

/// The default file name of an output: track, script, language and what distinguishes the version.
pub struct OutputName<'a> {
    pub plan: &'a Plan,
    pub variant: &'a Variant,
    pub length: &'a LengthOptions,
    pub mix: Mix,
}

impl OutputName<'_> {
    /// The name without an ending, such as `01-ademruimte-vriendelijkheid-nl_light`. No two versions share one,
    /// nor do two formats of a version whose ending is [`Format::name_end`].
    pub fn stem(&self) -> String {
        // Each field by name: a new one has to become part of the name, or be said by another part.
        let Self { plan, variant, length: options, mix } = self;
        let LengthOptions { length, ignore_limits: _, lock } = options;
        // The session knows language and guidance, and the timeline whether it holds drafts.
        let Variant {
            language: _,
            voice,
            guidance: _,
            bed,
            draft: _,
            no_cues,
            choices,
            preset,
            seed,
            rate,
            own,
        } = variant;
        let session = &plan.session;
        let follows = lock.as_ref().map(|lock| match lock {
            Lock::Language(language) => Followed::Language(language.clone()),
            Lock::Timeline { document, .. } => {
                // The same times, whatever the sound was made of.
                Followed::timeline(&(**document).clone().of_generation(None).json())
            }
        });
        let name = VersionName {
            track: session.track,
            script: session.script.clone(),
            language: session.language.clone(),
            voice: voice.clone(),
            guidance: session.guidance,
            length: *length,
            follows,
            // Of a choice made twice the last counts.
            choices: choices.iter().cloned().collect(),
            bed: bed.clone(),
            drafts: plan.timeline.drafts() > 0,
            no_cues: *no_cues,
            preset: preset.clone(),
            rate: *rate,
            seed: *seed,
            mix: *mix,
            own: (!own.is_empty()).then(|| short_hash(&format!("{own:?}"))),
        };
        name.stem()
    }
}

/// An open destination of a track.
pub(super) enum Target {
    File(OutputFile),
    Stream(StreamTarget),
}

impl Target {
    pub(super) fn file(path: &Path) -> Result<Self, ExportError> {
        Ok(Self::File(OutputFile::create(path)?))
    }

    pub(super) fn stream(format: Format, pipe: BlockSender) -> Result<Self, ExportError> {
        let target = StreamTarget::open(format, pipe);
        target.map(Self::Stream).map_err(|error| ExportError::new(Path::new(STREAM), error))
    }

    /// The path for messages.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.path().to_owned(),
            Self::Stream(_) => Path::new(STREAM).to_owned(),
        }
    }

    /// Brings a file to the disk, so that to give it its name takes no time.
    pub(super) fn sync(&self) -> Result<(), ExportError> {
        match self {
            Self::File(file) => file.sync(),
            Self::Stream(_) => Ok(()),
        }
    }

    pub(super) fn commit(self) -> Result<(), ExportError> {
        match self {
            Self::File(file) => file.commit(),
            Self::Stream(stream) => {
                stream.commit().map_err(|error| ExportError::new(Path::new(STREAM), error))
            }
        }
    }
}

/// A track that is written completely but not yet renamed to its final path.
pub(super) struct UncommittedTrack {
    /// The path for messages.
    pub path: PathBuf,
    pub spec: TrackSpec,
    pub target: Target,
}

impl UncommittedTrack {
    /// A reader of what was written; `None` for a stream or a device.
    pub(super) fn source(&self) -> io::Result<Option<Box<dyn Source>>> {
        match &self.target {
            Target::File(file) => file.reader()?.map(from_file).transpose(),
            Target::Stream(stream) => stream.reader()?.map(from_file).transpose(),
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

/// A stream is never rewound, even if it is a file: earlier bytes in it may belong to another program.
impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Stream(stream) => stream.seek(to),
        }
    }
}
