//! What the words of an error mean, where pages have words of their own for it: errors of the engine, of a disk and of a library are
//! told in English, and a page in another language says what is meant by the id of its cause (`why.ID` in words/nl.json).

use std::error::Error as StdError;
use std::io;

use crate::asset::{DraftError, SoundError};
use crate::build::BuildError;
use crate::decode::DecodeError;
use crate::edit::UneditedNotation;
use crate::engine::{Error, ReadingFault, Request, World};
use crate::export::{ExportError, ExportErrorKind};
use crate::files::FileError;
use crate::studio::disk::part_file::PieceFault;

/// Lists causes: name, id, and the holes that the words of a page may have.
macro_rules! causes {
    ($($name:ident, $id:literal $(, $hole:literal)*;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Cause { $($name),* }

        impl Cause {
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            #[cfg(test)]
            pub fn holes(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($hole),*]),* }
            }
        }
    };
}

causes! {
    // Disks.
    DiskFull, "disk-full";
    DiskReadOnly, "disk-read-only";
    DiskDenied, "disk-denied";
    DiskMissing, "disk-missing";
    DiskTooLarge, "disk-too-large";
    DiskBusy, "disk-busy";
    DiskFolder, "disk-folder";
    DiskName, "disk-name";
    DiskOther, "disk-other";
    OutwardLink, "outward-link";

    // What is asked of the engine.
    NoCourse, "no-course";
    Unknown, "unknown", "name";
    NoTrack, "no-track", "track";
    MixedVoice, "mixed-voice";
    NoPieces, "no-pieces", "format";
    NotBuilt, "not-built", "format";
    Coding, "coding";
    Checklist, "checklist";
    Stopped, "stopped";

    // Programs that speak.
    NoSpeaker, "no-speaker";

    // Pieces of a take.
    Gap, "gap";
    LongTake, "long-take";
    Placed, "placed";
    Torn, "torn";

    // Recordings.
    SoundEmpty, "sound-empty";
    NoSound, "no-sound";
    SoundFormat, "sound-format";
    SoundCut, "sound-cut";
    SoundLong, "sound-long";
    SoundScale, "sound-scale";
    SoundDamaged, "sound-damaged";
    ReadingLong, "reading-long";
    ReadingRate, "reading-rate";
    ReadingSilent, "reading-silent";

    // How a file is written.
    OwnHeader, "own-header";
    OneHeader, "one-header";
    Braces, "braces";
    Dots, "dots", "key";
    NoLimits, "no-limits";
    EmptyStep, "empty-step";
    OnlyKey, "only-key";
    Plural, "plural";
    OddEntry, "odd-entry";
    OddStep, "odd-step";
}

/// The cause of an error, with what fills the holes of its words and the file that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCause {
    pub cause: Cause,
    pub values: Vec<(&'static str, String)>,
}

impl From<Cause> for FoundCause {
    fn from(cause: Cause) -> Self {
        Self { cause, values: Vec::new() }
    }
}

impl FoundCause {
    fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// What an error means, or one of those that it comes from; `None` where only its own words say it.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = known(error) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

fn known(error: &(dyn StdError + 'static)) -> Option<FoundCause> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return of_engine(error);
    }
    if let Some(error) = error.downcast_ref::<ExportError>() {
        let cause = of_export(error.kind);
        return Some(FoundCause::from(cause).with("file", &error.path.display()));
    }
    if let Some(error) = error.downcast_ref::<FileError>() {
        return Some(of_file(error));
    }
    if let Some(error) = error.downcast_ref::<BuildError>() {
        return match error {
            BuildError::Engine(error) => of_engine(error),
            BuildError::Export(error) => known(error),
            BuildError::Folder(folder, error) => Some(of_io(error).with("file", &folder.display())),
            BuildError::Busy(_) => None,
        };
    }
    if let Some(error) = error.downcast_ref::<ReadingFault>() {
        return match error {
            ReadingFault::World(world) => of_world(world),
            ReadingFault::Long(_) => Some(Cause::ReadingLong.into()),
            ReadingFault::Rate(_) => Some(Cause::ReadingRate.into()),
            ReadingFault::Silent(_) => Some(Cause::ReadingSilent.into()),
        };
    }
    if let Some(error) = error.downcast_ref::<PieceFault>() {
        return Some(match error {
            PieceFault::Gap(_) => Cause::Gap.into(),
            PieceFault::Long => Cause::LongTake.into(),
            PieceFault::Placed => Cause::Placed.into(),
            PieceFault::Torn => Cause::Torn.into(),
            PieceFault::Disk(error) => of_io(error),
        });
    }
    if let Some(error) = error.downcast_ref::<UneditedNotation>() {
        return Some(of_notation(error));
    }
    if let Some(error) = error.downcast_ref::<DecodeError>() {
        return Some(of_sound(error));
    }
    error.downcast_ref::<io::Error>().map(of_io)
}

fn of_engine(error: &Error) -> Option<FoundCause> {
    match error {
        Error::Request(request) => of_request(request),
        Error::World(world) => of_world(world),
        Error::ChecklistFailed(_) => Some(Cause::Checklist.into()),
        Error::Stopped => Some(Cause::Stopped.into()),
        Error::Diagnostics { .. } | Error::OutputClosed => None,
    }
}

fn of_request(request: &Request) -> Option<FoundCause> {
    let cause = |cause: Cause| Some(FoundCause::from(cause));
    match request {
        Request::NoCourse { .. } => cause(Cause::NoCourse),
        Request::Unknown { name, .. } => Some(FoundCause::from(Cause::Unknown).with("name", name)),
        Request::NoTrack { track, .. } => Some(FoundCause::from(Cause::NoTrack).with("track", track)),
        Request::MixedVoice { .. } => cause(Cause::MixedVoice),
        Request::NoPieces { format } => Some(FoundCause::from(Cause::NoPieces).with("format", format)),
        Request::NotBuilt { format, .. } => Some(FoundCause::from(Cause::NotBuilt).with("format", format)),
        Request::Coding { .. } => cause(Cause::Coding),
        // A diagnostic has a code, by which pages have its words; versions are locked by the command line alone.
        Request::Version(_)
        | Request::OwnLanguage(_)
        | Request::Lock { .. }
        | Request::OtherScript { .. }
        | Request::OtherGuidance { .. }
        | Request::OtherLength { .. } => None,
    }
}

fn of_world(world: &World) -> Option<FoundCause> {
    match world {
        World::File(error) => known(error),
        World::Export(error) => known(error),
        World::Read { path, source } => Some(of_io(source).with("file", &path.display())),
        World::Decode { path, source } => Some(of_sound(source).with("file", &path.display())),
        World::Sound(error) => of_prepared(error),
        World::Draft(DraftError::NotFound { .. }) => Some(Cause::NoSpeaker.into()),
        World::Analysis(error) => Some(of_io(error)),
        World::Draft(_)
        | World::Timeline { .. }
        | World::Mixed { .. }
        | World::Encoded { .. }
        | World::Trust(_) => None,
    }
}

fn of_prepared(error: &SoundError) -> Option<FoundCause> {
    Some(match error {
        SoundError::In { path, error } => of_prepared(error)?.with("file", path),
        SoundError::File(error) => of_file(error),
        SoundError::Decode(error) => of_sound(error),
        SoundError::NoSpace(_) => Cause::DiskFull.into(),
        SoundError::Silent => Cause::SoundEmpty.into(),
        SoundError::Cache(error) => of_io(error),
        SoundError::Clip(_)
        | SoundError::Resample(_)
        | SoundError::Channels(_)
        | SoundError::Short(_)
        | SoundError::ShortRoom => return None,
    })
}

fn of_export(kind: ExportErrorKind) -> Cause {
    match kind {
        ExportErrorKind::Full => Cause::DiskFull,
        ExportErrorKind::TooLarge => Cause::DiskTooLarge,
        ExportErrorKind::ReadOnly => Cause::DiskReadOnly,
        ExportErrorKind::Denied => Cause::DiskDenied,
        ExportErrorKind::FolderGone => Cause::DiskMissing,
        ExportErrorKind::NotAFolder | ExportErrorKind::IsFolder => Cause::DiskFolder,
        ExportErrorKind::BadName => Cause::DiskName,
        ExportErrorKind::Busy | ExportErrorKind::Interrupted => Cause::DiskBusy,
        ExportErrorKind::ClosedPipe | ExportErrorKind::NotSeekable | ExportErrorKind::Other => {
            Cause::DiskOther
        }
    }
}

fn of_file(error: &FileError) -> FoundCause {
    let cause = match error {
        FileError::NotFound { .. } | FileError::BrokenLink { .. } => Cause::DiskMissing,
        FileError::Denied { .. } => Cause::DiskDenied,
        FileError::IsFolder { .. } | FileError::NoFile { .. } => Cause::DiskFolder,
        FileError::Outside { .. } | FileError::Link { .. } => Cause::OutwardLink,
        FileError::Busy { .. } => Cause::DiskBusy,
        FileError::Other { .. } => Cause::DiskOther,
    };
    FoundCause::from(cause).with("file", &error.path().display())
}

fn of_io(error: &io::Error) -> FoundCause {
    of_export(ExportErrorKind::of(error.kind())).into()
}

fn of_sound(error: &DecodeError) -> FoundCause {
    match error {
        DecodeError::Empty => Cause::SoundEmpty,
        DecodeError::NotAudio { .. } | DecodeError::Unknown => Cause::NoSound,
        DecodeError::Unsupported { .. } | DecodeError::Rate { .. } | DecodeError::FreeFormat => {
            Cause::SoundFormat
        }
        DecodeError::Truncated { .. } => Cause::SoundCut,
        DecodeError::Long => Cause::SoundLong,
        DecodeError::NotFinite { .. } | DecodeError::OffScale { .. } => Cause::SoundScale,
        DecodeError::Damaged { .. } => Cause::SoundDamaged,
        DecodeError::Io(error) => return of_io(error),
    }
    .into()
}

fn of_notation(error: &UneditedNotation) -> FoundCause {
    match error {
        UneditedNotation::OwnHeader => Cause::OwnHeader,
        UneditedNotation::OneHeader => Cause::OneHeader,
        UneditedNotation::Braces => Cause::Braces,
        UneditedNotation::Dots { key } => return FoundCause::from(Cause::Dots).with("key", key),
        UneditedNotation::NoLimits => Cause::NoLimits,
        UneditedNotation::EmptyStep => Cause::EmptyStep,
        UneditedNotation::OnlyKey => Cause::OnlyKey,
        UneditedNotation::Plural => Cause::Plural,
        UneditedNotation::OddEntry => Cause::OddEntry,
        UneditedNotation::OddStep => Cause::OddStep,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn cause_of(error: impl StdError + 'static) -> Option<Cause> {
        FoundCause::of(&error).map(|found| found.cause)
    }

    #[test]
    fn an_error_of_a_disk_is_known_however_deep_it_lies() {
        for (kind, cause) in [
            (ErrorKind::StorageFull, Cause::DiskFull),
            (ErrorKind::QuotaExceeded, Cause::DiskFull),
            (ErrorKind::ReadOnlyFilesystem, Cause::DiskReadOnly),
            (ErrorKind::PermissionDenied, Cause::DiskDenied),
            (ErrorKind::NotFound, Cause::DiskMissing),
            (ErrorKind::FileTooLarge, Cause::DiskTooLarge),
        ] {
            let io = || io::Error::from(kind);
            assert_eq!(cause_of(io()), Some(cause));
            assert_eq!(cause_of(ExportError::new("a.wav", io())), Some(cause));
            assert_eq!(cause_of(Error::from(ExportError::new("a.wav", io()))), Some(cause));
            assert_eq!(cause_of(PieceFault::from(io())), Some(cause));
            assert_eq!(cause_of(DecodeError::Io(io())), Some(cause));
            let folder = BuildError::Folder("out".into(), io());
            assert_eq!(cause_of(folder), Some(cause));
        }
    }

    #[test]
    fn the_file_is_named_where_it_is_known() {
        let gone = FileError::NotFound { path: "voice/a.wav".into() };
        let found = FoundCause::of(&Error::from(gone)).unwrap();
        assert_eq!(found, FoundCause::from(Cause::DiskMissing).with("file", &"voice/a.wav"));
    }

    #[test]
    fn what_only_its_own_words_say_has_no_cause() {
        let error = serde_json::from_str::<u8>("x").unwrap_err();
        assert_eq!(cause_of(error), None);
    }
}
