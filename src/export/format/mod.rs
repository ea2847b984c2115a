//! File formats: a table of their properties, and their writers.
//!
//! [`Format`] has the name and the rates of a format, [`facts`] the contents of its files, and [`track_writer`] opens
//! its writer. All match exhaustively, so that the compiler finds what a new format needs.

mod flac;
mod id3;
mod m4a;
#[cfg(feature = "mp3")]
mod mp3;
mod opus;
mod samples;
#[cfg(test)]
mod tests_chapters;
#[cfg(test)]
pub(crate) mod tests_sound;
pub mod track;
mod vorbis;
mod vorbis_comment;
pub mod wav;

use std::io::{self, Seek, Write};

pub use track::{TrackSpec, TrackWriter};
pub use wav::{WavFormat, WavSpec, WavWriter};

use super::Tags;
use super::encoder_thread::EncoderThread;
use crate::delivery::format::Format;

/// The properties of the files of a format.
#[derive(Clone, Copy, Debug)]
pub struct FormatFacts {
    /// A description for people: `Opus in Ogg`.
    pub title: &'static str,
    /// The coding without any setting, for people.
    pub coding: &'static str,
    /// The media type (RFC 6838).
    pub media_type: &'static str,
    /// How tags such as title and artist are stored.
    pub tags: TagFormat,
    /// How chapters are stored.
    pub chapters: &'static str,
    /// Whether a file contains a picture.
    pub has_cover: bool,
    /// The size of a complete file, if it is enough to verify a file; other formats are decoded.
    pub least_bytes: Option<fn(&TrackSpec) -> u64>,
    /// The cargo feature that adds its encoder.
    pub feature: Option<CargoFeature>,
}

/// The kinds of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagFormat {
    /// `LIST INFO` and an ID3v2.3 chunk.
    Riff,
    /// ID3v2.3.
    Id3,
    /// Vorbis comments.
    VorbisComment,
    /// The `ilst` of iTunes.
    Mp4,
}

impl TagFormat {
    /// A description for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Riff => "RIFF INFO and ID3v2.3",
            Self::Id3 => "ID3v2.3",
            Self::VorbisComment => "Vorbis comment",
            Self::Mp4 => "iTunes",
        }
    }
}

/// A cargo feature, and whether this build has it.
#[derive(Clone, Copy, Debug)]
pub struct CargoFeature {
    name: &'static str,
    is_on: bool,
}

const WAV_24: FormatFacts = FormatFacts {
    title: "WAV, RF64 beyond 4 GiB",
    coding: "24 bits",
    media_type: "audio/wav",
    tags: TagFormat::Riff,
    chapters: "cue points",
    has_cover: false,
    least_bytes: Some(|spec| wav::least_bytes(spec, WavFormat::Int24)),
    feature: None,
};
const WAV_16: FormatFacts = FormatFacts {
    coding: "16 bits, dithered",
    least_bytes: Some(|spec| wav::least_bytes(spec, WavFormat::Int16)),
    ..WAV_24
};
const WAV_32F: FormatFacts = FormatFacts {
    coding: "32-bit float",
    least_bytes: Some(|spec| wav::least_bytes(spec, WavFormat::Float32)),
    ..WAV_24
};
const FLAC: FormatFacts = FormatFacts {
    title: "FLAC",
    coding: "24 bits",
    media_type: "audio/flac",
    tags: TagFormat::VorbisComment,
    chapters: "`CHAPTER000`",
    has_cover: true,
    least_bytes: None,
    feature: None,
};
const MP3: FormatFacts = FormatFacts {
    title: "MP3 by LAME, gapless",
    coding: "192 kbit/s, constant; `mp3 = \"v2\"` varies",
    media_type: "audio/mpeg",
    tags: TagFormat::Id3,
    chapters: "`CHAP` and `CTOC`",
    has_cover: true,
    least_bytes: None,
    feature: Some(CargoFeature { name: "mp3", is_on: cfg!(feature = "mp3") }),
};
const M4A: FormatFacts = FormatFacts {
    title: "AAC-LC in MP4 by syom, gapless",
    coding: "192 kbit/s, mono 96",
    media_type: "audio/mp4",
    tags: TagFormat::Mp4,
    chapters: "Nero's list and a text track",
    has_cover: true,
    least_bytes: None,
    feature: None,
};
const OPUS: FormatFacts = FormatFacts {
    title: "Opus in Ogg, gapless",
    coding: "96 kbit/s, mono 64",
    media_type: "audio/ogg; codecs=opus",
    tags: TagFormat::VorbisComment,
    chapters: "`CHAPTER000`",
    has_cover: true,
    least_bytes: None,
    feature: None,
};
const OGG: FormatFacts = FormatFacts {
    title: "Vorbis in Ogg, gapless",
    coding: "quality 4",
    media_type: "audio/ogg; codecs=vorbis",
    tags: TagFormat::VorbisComment,
    chapters: "`CHAPTER000`",
    has_cover: true,
    least_bytes: None,
    feature: None,
};

/// What readers of a file of that format miss of so many chapters, as the end of a sentence about it.
pub fn missed_chapters(format: Format, count: usize) -> Option<String> {
    let (most, who) = match facts(format).tags {
        TagFormat::Riff => return None,
        TagFormat::Id3 => (id3::MOST_CHAPTERS, "holds"),
        TagFormat::VorbisComment => (vorbis_comment::MOST_CHAPTERS, "holds"),
        TagFormat::Mp4 => {
            (m4a::tags::MOST_LISTED, "holds all chapters in its text track, but in Nero's list")
        }
    };
    (count > most).then(|| format!("{who} the first {most} of {count} chapters"))
}

/// The properties of the files of a format.
pub fn facts(format: Format) -> &'static FormatFacts {
    match format {
        Format::Wav16 => &WAV_16,
        Format::Wav24 => &WAV_24,
        Format::Wav32f => &WAV_32F,
        Format::Flac => &FLAC,
        Format::Mp3 => &MP3,
        Format::M4a => &M4A,
        Format::Opus => &OPUS,
        Format::Ogg => &OGG,
    }
}

/// Opens a writer and writes header and tags. Encoders run on their own threads, in parallel with the render and with
/// each other.
///
/// # Errors
/// If writing fails; if the output is a pipe and the format rewrites its header (MP3, M4A); if [`Format::takes`]
/// refuses the rate; and [`io::ErrorKind::Unsupported`] for a format that this build does not include.
pub fn track_writer<W: Write + Seek + Send + 'static>(
    write: W,
    spec: &TrackSpec,
    tags: &Tags,
) -> io::Result<Box<dyn TrackWriter<W> + Send>> {
    let (spec, tags) = (*spec, tags.clone());
    match spec.format {
        Format::Wav16 => Ok(Box::new(wav::track_writer(write, &spec, WavFormat::Int16, &tags)?)),
        Format::Wav24 => Ok(Box::new(wav::track_writer(write, &spec, WavFormat::Int24, &tags)?)),
        Format::Wav32f => Ok(Box::new(wav::track_writer(write, &spec, WavFormat::Float32, &tags)?)),
        Format::Flac => Ok(Box::new(EncoderThread::new(move || flac::FlacWriter::new(write, &spec, &tags))?)),
        #[cfg(feature = "mp3")]
        Format::Mp3 => Ok(Box::new(EncoderThread::new(move || mp3::Mp3Writer::new(write, &spec, &tags))?)),
        #[cfg(not(feature = "mp3"))]
        Format::Mp3 => Err(io::Error::new(io::ErrorKind::Unsupported, "built without the feature mp3")),
        Format::M4a => Ok(Box::new(EncoderThread::new(move || m4a::M4aWriter::new(write, &spec, &tags))?)),
        Format::Opus => Ok(Box::new(EncoderThread::new(move || opus::OpusWriter::new(write, &spec, &tags))?)),
        Format::Ogg => {
            Ok(Box::new(EncoderThread::new(move || vorbis::VorbisWriter::new(write, &spec, &tags))?))
        }
    }
}

/// The same on the thread of the caller, for a format that is written from front to back.
///
/// # Errors
/// As [`track_writer`]; [`io::ErrorKind::Unsupported`] for another format.
pub fn track_writer_here<W: Write + Seek + Send + 'static>(
    write: W,
    spec: &TrackSpec,
    tags: &Tags,
) -> io::Result<Box<dyn TrackWriter<W>>> {
    Ok(match spec.format {
        Format::Wav16 => Box::new(wav::track_writer(write, spec, WavFormat::Int16, tags)?),
        Format::Wav24 => Box::new(wav::track_writer(write, spec, WavFormat::Int24, tags)?),
        Format::Wav32f => Box::new(wav::track_writer(write, spec, WavFormat::Float32, tags)?),
        Format::Flac => Box::new(flac::FlacWriter::new(write, spec, tags)?),
        Format::Opus => Box::new(opus::OpusWriter::new(write, spec, tags)?),
        Format::Ogg => Box::new(vorbis::VorbisWriter::new(write, spec, tags)?),
        Format::Mp3 | Format::M4a => return Err(io::ErrorKind::Unsupported.into()),
    })
}

/// Checks that this build can write the format.
///
/// # Errors
/// The remedy, for the user.
pub fn built_with(format: Format) -> Result<(), String> {
    let Some(CargoFeature { name, is_on: false }) = facts(format).feature else { return Ok(()) };
    let others = endings(|other| facts(other).feature.is_none_or(|feature| feature.is_on), "");
    Err(format!("build it with its feature `{name}`, or choose {others}"))
}

/// The extensions of some formats, each with a prefix: `wav, flac or mp3`.
pub fn endings(of_kind: impl Fn(Format) -> bool, before: &str) -> String {
    let found: Vec<String> = Format::ENDINGS
        .iter()
        .filter(|(_, format)| of_kind(*format))
        .map(|(ending, _)| format!("{before}{ending}"))
        .collect();
    match found.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => found.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_one_ending_are_of_one_kind() {
        for (ending, usual) in Format::ENDINGS {
            for format in Format::NAMES.iter().filter_map(|name| Format::named(name)) {
                let (one, other) = (facts(usual), facts(format));
                let same = one.media_type == other.media_type && one.tags == other.tags;
                assert!(format.extension() != ending || same, "{}", format.name());
            }
        }
    }

    #[test]
    fn endings_are_named_as_people_list_them() {
        assert_eq!(endings(Format::streams, ""), "wav, flac, opus or ogg");
        assert_eq!(endings(|format| format == Format::M4a, "."), ".m4a");
    }
}
