//! Decoding: turns recordings of many formats into planar samples and never loses audio silently.
//!
//! A file that is not a recording, or of which nothing can be decoded, is a typed error. One that ends early, fails its
//! checksum or is damaged in places is decoded as far as it goes, and what is missing is reported as a [`Flaw`]. Lengths
//! are exact: encoder delay and padding are removed where the file declares them.

mod aiff;
mod alac;
mod bytes;
mod caf;
mod coding;
mod container;
mod convert;
mod flac;
mod flac_check;
mod flac_stream;
mod mp4;
mod mp4_fragments;
mod mpeg;
mod mpeg_stream;
mod ogg;
mod ogg_codec;
mod ogg_stream;
mod packets;
pub mod pcm;
mod riff;
mod sbr;
mod slice;
pub mod spare;
mod stretch;
pub mod tags;
#[cfg(test)]
mod tests;
mod timed;
mod trimmed;
mod uniform;
mod webm;
mod wild;

use std::cell::Cell;
use std::io;
use std::panic::AssertUnwindSafe;

use thiserror::Error;

use crate::audio::Buffer;
use crate::files::Source;
use crate::unit::{Frames, SampleRate, Seconds};
use container::Container;
pub use convert::convert_command;
pub use flac_check::whole_flac;
use flac_stream::FlacStream;
use mpeg_stream::MpegStream;
use ogg_stream::OggStream;
use pcm::{PcmStream, Search, Unreadable};
use slice::Slice;
use spare::SparePlanes;
pub use stretch::stretches;
use uniform::Uniform;
use wild::WildSamples;

/// The range of plausible sample rates of a file, in Hz. At 1 Hz a few bytes would decode to an hour of audio.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=768_000;

/// Why a recording cannot be used. The messages continue a sentence that begins with the name of the file, which the
/// caller knows.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The file is empty or contains no audio.
    #[error("contains no audio; record or export it again")]
    Empty,
    /// Not a recording.
    #[error(
        "is {looks_like}, not a recording; put a WAV, FLAC, MP3, M4A, WebM, Ogg Vorbis or Opus file in its place"
    )]
    NotAudio {
        /// What the file appears to be, with its article.
        looks_like: &'static str,
    },
    /// Of no kind that is known by its bytes.
    #[error(
        "is of no kind that adem knows; put a WAV, FLAC, MP3, M4A, WebM, Ogg Vorbis or Opus file in its place, or, if it is a \
         recording, convert it to FLAC with ffmpeg"
    )]
    Unknown,
    /// A recording in a format that adem does not read.
    #[error("is {what}, which adem does not read; convert it to FLAC with ffmpeg")]
    Unsupported {
        /// The format, with its article where it has one.
        what: String,
    },
    /// At a rate that no recording has.
    #[error("is a recording at {hz} Hz, which adem does not read; convert it to 48 kHz with ffmpeg")]
    Rate { hz: u32 },
    /// MPEG audio whose frames do not say how long they are.
    #[error("is an MP3 of free format, which adem does not read; convert it to WAV with mpg123")]
    FreeFormat,
    /// The end or another part of the audio is missing.
    #[error("{}; copy it again from its source, or export it again", cut_off(*decoded, *expected))]
    Truncated {
        /// How many frames were decoded.
        decoded: Frames,
        /// How many frames the file declares, if it does.
        expected: Option<Frames>,
    },
    /// Longer than any phrase or bell; only a bed may have any length.
    #[error("lasts longer than {} minutes, too long for a phrase or a bell; put the right file in its place", LONGEST_HELD.as_f64() / 60.0)]
    Long,
    /// A sample is NaN or infinite.
    #[error("contains NaN or infinite samples, first at frame {}; export it again as 24-bit", at.0)]
    NotFinite {
        /// The first such frame.
        at: Frames,
    },
    /// Most samples are far beyond full scale.
    #[error(
        "has samples at {:+.0} dBFS, first at frame {}: floats on the scale of integers, or a faulty program; export it \
         again as 24-bit",
        level(*peak), first.0
    )]
    OffScale {
        /// The frame of the first.
        first: Frames,
        /// The largest.
        peak: f32,
    },
    /// The contents are inconsistent.
    #[error("is damaged ({reason}); copy it again from its source, or export it again")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// The file could not be read.
    #[error("cannot be read: {0}; check the disk and try again")]
    Io(#[source] io::Error),
}

impl DecodeError {
    /// The same error, with a better name for a format that is not read.
    fn naming_unsupported(self, what: &str) -> Self {
        if matches!(self, Self::Unsupported { .. }) { Self::Unsupported { what: what.into() } } else { self }
    }

    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(error) if crate::files::is_transient(error))
    }

    /// The rate or the number of channels changes within the file.
    pub(super) fn changes_midway() -> Self {
        Self::Unsupported { what: "a recording whose rate or channels change midway".into() }
    }

    /// Better advice than that of the message, for the file at this path.
    pub fn advice(&self, path: &str) -> Option<String> {
        match self {
            Self::Unsupported { .. } => Some(format!("convert it: {}", convert_command(path))),
            Self::Unknown => Some(format!("if it is a recording, convert it: {}", convert_command(path))),
            Self::Rate { .. } => Some(format!("convert it: {}", convert::resample_command(path))),
            Self::FreeFormat => Some(format!("convert it: {}", convert::free_format_command(path))),
            Self::Empty
            | Self::NotAudio { .. }
            | Self::Truncated { .. }
            | Self::Long
            | Self::NotFinite { .. }
            | Self::OffScale { .. }
            | Self::Damaged { .. }
            | Self::Io(_) => None,
        }
    }
}

/// A sample in dBFS.
pub fn level(sample: f32) -> f64 {
    20.0 * f64::from(sample).abs().max(1e-10).log10()
}

/// What is wrong with a recording that was decoded all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flaw {
    /// Its end is missing.
    Cut {
        /// How many frames were decoded.
        decoded: Frames,
        /// How many frames the file declares, if it does.
        expected: Option<Frames>,
    },
    /// Parts of it could not be decoded and are silent.
    Lost {
        /// Where the first of them begins.
        first: Frames,
        /// How many frames they have together.
        frames: Frames,
    },
    /// It does not match its checksum.
    Checksum,
    /// Single samples were far beyond full scale and were replaced.
    Wild {
        /// The frame of the first.
        first: Frames,
        /// How many there were.
        samples: u64,
        /// The largest.
        peak: f32,
    },
}

impl From<Flaw> for DecodeError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Cut { decoded, expected } => Self::Truncated { decoded, expected },
            Flaw::Lost { first, frames } => Self::Damaged {
                reason: format!("{} frames from frame {} on cannot be decoded", frames.0, first.0),
            },
            Flaw::Checksum => Self::Damaged { reason: CHECKSUM.into() },
            Flaw::Wild { first, peak, .. } => Self::OffScale { first, peak },
        }
    }
}

fn cut_off(decoded: Frames, expected: Option<Frames>) -> String {
    match expected {
        Some(expected) => format!("has only {} of the {} frames its header declares", decoded.0, expected.0),
        None if decoded == Frames::ZERO => "ends before its sound begins".to_owned(),
        None => format!("ends too early, after {} frames", decoded.0),
    }
}

/// What is known from the headers before any audio is decoded.
#[derive(Clone, Debug)]
pub(super) struct StreamInfo {
    pub(super) rate: SampleRate,
    pub(super) channels: usize,
    pub(super) bits: Option<u32>,
    pub(super) declared: Option<Frames>,
    pub(super) codec: &'static str,
}

impl StreamInfo {
    /// Refuses fewer frames than the file declares; where it declares nothing, a file that was cut short.
    pub(super) fn check_length(&self, decoded: Frames, is_cut: bool) -> Result<(), DecodeError> {
        match self.declared {
            Some(declared) if decoded < declared => {
                Err(DecodeError::Truncated { decoded, expected: Some(declared) })
            }
            None if is_cut => Err(DecodeError::Truncated { decoded, expected: None }),
            Some(_) | None => Ok(()),
        }
    }
}

/// A decoder for one family of formats.
pub(super) trait PacketStream: Send {
    /// The rate and the channels are those of the last block.
    fn info(&self) -> &StreamInfo;

    /// Overwrites `planes` with the next frames, at least one. `false` at the end.
    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError>;

    /// What could not be decoded and was made silent: where the first part begins, and the frames of all.
    fn lost(&self) -> Option<(Frames, Frames)> {
        None
    }

    /// Called once at the end: an error if audio was missing or damaged.
    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError>;
}

/// Decodes a recording block by block; memory use does not depend on its length.
pub struct Decoder {
    stream: Box<dyn PacketStream>,
    rate: SampleRate,
    channels: usize,
    uniform: Uniform,
    wild: WildSamples,
    flaws: Vec<Flaw>,
    /// Frames that the stream gave, and those that were returned. They differ where the rate changes midway.
    taken: Frames,
    decoded: Frames,
    ended: bool,
}

impl Decoder {
    /// Identifies the file by its first bytes, reads the header and positions the decoder at the first frame. The
    /// name of the file is not used.
    ///
    /// # Errors
    /// [`DecodeError`] if it is not a recording or not in a supported format.
    pub fn open(mut source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let container = container::sniff(source.as_mut()).map_err(DecodeError::Io)?;
        let stream: Box<dyn PacketStream> = match container {
            Container::Empty => return Err(DecodeError::Empty),
            Container::NotAudio(looks_like) => return Err(DecodeError::NotAudio { looks_like }),
            Container::Unsupported(what) => return Err(DecodeError::Unsupported { what: what.into() }),
            Container::Ogg => guarded(|| Ok(Box::new(OggStream::open(source)?)))?,
            Container::Flac => guarded(|| Ok(Box::new(FlacStream::open(source)?)))?,
            Container::Mp4 => guarded(|| mp4::open(source))?,
            Container::WebM => guarded(|| webm::open(source))?,
            Container::Mpeg => {
                let free = mpeg::is_free_format(source.as_mut()).map_err(DecodeError::Io)?;
                let found = guarded(|| MpegStream::open(source))?;
                if found.is_none() && free {
                    return Err(DecodeError::FreeFormat);
                }
                let reason = "it has no whole frame of sound";
                Box::new(found.ok_or_else(|| DecodeError::Damaged { reason: reason.into() })?)
            }
            Container::Unknown => {
                let found = guarded(|| MpegStream::open(source))?;
                Box::new(found.ok_or(DecodeError::Unknown)?)
            }
            Container::Plain if container::is_tagged(source.as_mut()).map_err(DecodeError::Io)? => {
                // Some programs write tags in front of a WAV, too.
                let start = container::skip_tags(source.as_mut()).map_err(DecodeError::Io)?;
                let length = source.byte_len();
                return Self::open(Box::new(Slice::whole(source).part(start..length)));
            }
            Container::Plain => match find_samples(source.as_mut()).map_err(DecodeError::Io)? {
                Search::Found(layout) => Box::new(PcmStream::new(source, layout)),
                Search::Other => guarded(|| Ok(Box::new(caf::open(source)?)))?,
                Search::Unreadable(Unreadable::Coding(what)) => {
                    return Err(DecodeError::Unsupported { what });
                }
                Search::Unreadable(Unreadable::Header(reason)) => {
                    return Err(DecodeError::Damaged { reason: reason.into() });
                }
            },
        };
        let StreamInfo { rate, channels, .. } = *stream.info();
        if !RATES.contains(&rate.hz()) {
            return Err(DecodeError::Rate { hz: rate.hz() });
        }
        Ok(Self {
            stream,
            rate,
            channels,
            uniform: Uniform::new(rate, channels),
            wild: WildSamples::default(),
            flaws: Vec::new(),
            taken: Frames::ZERO,
            decoded: Frames::ZERO,
            ended: false,
        })
    }

    /// The sample rate. Opus is always decoded at 48 kHz.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The number of channels, at least one.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The bits per stored sample (32 or 64 for floats); `None` for codecs without a fixed depth (MP3, AAC, Vorbis,
    /// Opus).
    pub fn bits(&self) -> Option<u32> {
        self.stream.info().bits
    }

    /// The short name of the codec, such as `pcm_s24le`, `flac`, `mp3`, `aac`, `vorbis` or `opus`.
    pub fn codec(&self) -> &'static str {
        self.stream.info().codec
    }

    /// The length that the header declares, if it does. Only decoding with [`next_block`](Self::next_block) shows the
    /// actual length.
    pub fn declared_frames(&self) -> Option<Frames> {
        self.stream.info().declared
    }

    /// Overwrites `planes` with the next frames: one plane per channel, all of the same length, at least one frame.
    /// Block lengths vary up to a few thousand frames. Returns `false` at the end, leaving `planes` unchanged, where
    /// [`flaws`](Self::flaws) tells what was missing.
    ///
    /// # Errors
    /// [`DecodeError`] if nothing can be decoded, or the file cannot be read.
    pub fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        // Set until the block has been decoded: after an error the stream is not used again.
        while !std::mem::replace(&mut self.ended, true) {
            match guarded(|| self.stream.next_block(planes)) {
                Ok(true) => {
                    if let Some(at) = first_not_finite(planes) {
                        return Err(DecodeError::NotFinite { at: self.decoded + Frames(at as u64) });
                    }
                    self.wild.correct(planes, self.taken)?;
                    self.taken += Frames(planes[0].len() as u64);
                    self.uniform.convert(self.stream.info().rate, planes)?;
                    self.ended = false;
                    if !planes[0].is_empty() {
                        self.decoded += Frames(planes[0].len() as u64);
                        return Ok(true);
                    }
                }
                Ok(false) => {
                    self.end()?;
                    return Ok(self.rest(planes));
                }
                Err(error) => {
                    self.forgive(error)?;
                    return Ok(self.rest(planes));
                }
            }
        }
        Ok(false)
    }

    /// The frames that are still being converted.
    fn rest(&mut self, planes: &mut Vec<Vec<f32>>) -> bool {
        if !self.uniform.is_converting() {
            return false;
        }
        let mut rest = vec![Vec::new(); self.channels];
        self.uniform.finish(&mut rest);
        let any = !rest[0].is_empty();
        if any {
            self.decoded += Frames(rest[0].len() as u64);
            *planes = rest;
        }
        any
    }

    fn end(&mut self) -> Result<(), DecodeError> {
        if let Some(wild::WildSummary { first, samples, peak }) = self.wild.finish()? {
            self.flaws.push(Flaw::Wild { first, samples, peak });
        }
        if let Some((first, frames)) = self.stream.lost() {
            if frames >= self.taken {
                return Err(DecodeError::Damaged { reason: "none of its sound can be decoded".into() });
            }
            self.flaws.push(Flaw::Lost { first, frames });
        }
        if let Err(error) = self.stream.check_end(self.taken) {
            self.forgive(error)?;
        }
        if self.taken == Frames::ZERO { Err(DecodeError::Empty) } else { Ok(()) }
    }

    /// Makes a flaw of an error that comes after usable sound.
    fn forgive(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        let decoded = self.taken;
        let flaw = match &error {
            DecodeError::Truncated { expected, .. } if decoded > Frames::ZERO => {
                Flaw::Cut { decoded, expected: *expected }
            }
            DecodeError::Damaged { reason } if reason == CHECKSUM => Flaw::Checksum,
            DecodeError::Damaged { .. } if decoded > Frames::ZERO => {
                let expected = self.declared_frames().filter(|expected| *expected > decoded);
                Flaw::Cut { decoded, expected }
            }
            DecodeError::Truncated { .. }
            | DecodeError::Damaged { .. }
            | DecodeError::Empty
            | DecodeError::NotAudio { .. }
            | DecodeError::Unknown
            | DecodeError::Unsupported { .. }
            | DecodeError::Rate { .. }
            | DecodeError::FreeFormat
            | DecodeError::Long
            | DecodeError::NotFinite { .. }
            | DecodeError::OffScale { .. }
            | DecodeError::Io(_) => return Err(error),
        };
        self.flaws.push(flaw);
        Ok(())
    }

    /// What was found to be wrong with the recording; complete at its end.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// For what must not have a flaw.
    ///
    /// # Errors
    /// The first of them, as an error.
    pub fn refuse_flaws(&self) -> Result<(), DecodeError> {
        self.flaws.first().map_or(Ok(()), |flaw| Err((*flaw).into()))
    }
}

/// The reason of a file that does not match its checksum.
const CHECKSUM: &str = "its sound does not match its checksum";

/// Finds samples that are stored as they are, and seeks back to the start.
fn find_samples(source: &mut dyn Source) -> io::Result<Search> {
    let mut found = riff::find(source)?;
    if matches!(found, Search::Other) {
        found = aiff::find(source)?;
    }
    if matches!(found, Search::Other) {
        found = caf::find(source)?;
    }
    source.seek(io::SeekFrom::Start(0))?;
    Ok(found)
}

/// The ending of a file with these contents; `None` if it is no recording that adem reads.
pub fn ending_of(mut source: Box<dyn Source>) -> Option<&'static str> {
    Some(match container::sniff(source.as_mut()).ok()? {
        Container::Plain => match riff::up_to(source.as_ref(), 0, 4).ok()?.as_slice() {
            b"FORM" => "aiff",
            b"caff" => "caf",
            _ => "wav",
        },
        Container::Flac => "flac",
        Container::Mpeg => "mp3",
        Container::Ogg => "ogg",
        Container::Mp4 => "m4a",
        Container::WebM => "webm",
        Container::Unknown | Container::Unsupported(_) | Container::NotAudio(_) | Container::Empty => {
            return None;
        }
    })
}

/// Runs third-party decoder code on untrusted bytes. If a broken file makes it panic (for example by an overflow in a
/// checked build), that becomes [`DecodeError::Damaged`].
fn guarded<T>(work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    let before = GUARDED.replace(true);
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.unwrap_or_else(|_| Err(DecodeError::Damaged { reason: "it made the decoder crash".into() }))
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a decoder, where a panic is caught and becomes a [`DecodeError`]. A panic hook asks
/// this so as not to print a crash message.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

fn first_not_finite(planes: &[Vec<f32>]) -> Option<usize> {
    // There is almost never one, and checking whether there is any is faster than looking for the first.
    let any = |plane: &Vec<f32>| plane.iter().fold(false, |any, sample| any | !sample.is_finite());
    if !planes.iter().any(any) {
        return None;
    }
    planes.iter().filter_map(|plane| plane.iter().position(|sample| !sample.is_finite())).min()
}

#[derive(Clone, Debug)]
pub struct Decoded {
    pub buffer: Buffer,
    /// The bits per stored sample; `None` for codecs without a fixed depth.
    pub bits: Option<u32>,
    /// The short name of the codec, such as `flac`.
    pub codec: &'static str,
    /// What was found to be wrong with it.
    pub flaws: Vec<Flaw>,
}

/// The most frames to allocate in advance, since a header may declare anything.
const MOST_EXPECTED: u64 = 1 << 24;
/// The longest recording that is held in memory whole.
pub const LONGEST_HELD: Seconds = Seconds::whole(600);

/// Decodes a recording without a flaw.
///
/// # Errors
/// [`DecodeError`], also if the recording has a flaw or is longer than [`LONGEST_HELD`], which limits memory use when a
/// wrong file is in place of a clip.
pub fn decode_all(source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
    let decoded = decode_into(&SparePlanes::default(), source)?;
    match decoded.flaws.first() {
        Some(flaw) => Err((*flaw).into()),
        None => Ok(decoded),
    }
}

/// Decodes a short recording without a flaw.
///
/// # Errors
/// As [`decode_all`], and [`DecodeError::Long`] if it is longer than that.
pub fn decode_short(source: Box<dyn Source>, longest: Seconds) -> Result<Buffer, DecodeError> {
    let mut decoder = Decoder::open(source)?;
    let most = longest.frames(decoder.rate());
    if decoder.declared_frames().is_some_and(|declared| declared > most) {
        return Err(DecodeError::Long);
    }
    let mut planes: Vec<Vec<f32>> = vec![Vec::new(); decoder.channels()];
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? {
        for (plane, part) in planes.iter_mut().zip(&block) {
            plane.extend_from_slice(part);
        }
        if planes[0].len() > most.index() {
            return Err(DecodeError::Long);
        }
    }
    match decoder.flaws.first() {
        Some(flaw) => Err((*flaw).into()),
        None if planes[0].is_empty() => Err(DecodeError::Empty),
        None => Ok(Buffer::from_planes(decoder.rate(), planes)),
    }
}

/// Decodes a recording into reused planes, as far as it goes.
///
/// # Errors
/// [`DecodeError`] if nothing can be decoded, or it is longer than [`LONGEST_HELD`].
pub fn decode_into(spare: &SparePlanes, source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::open(source)?;
    let longest = LONGEST_HELD.frames(decoder.rate());
    let declared = decoder.declared_frames().unwrap_or(Frames::ZERO);
    if declared > longest {
        return Err(DecodeError::Long);
    }
    let expected = declared.0.min(MOST_EXPECTED) as usize;
    let mut planes: Vec<Vec<f32>> = (0..decoder.channels()).map(|_| spare.take()).collect();
    planes.iter_mut().for_each(|plane| plane.reserve_exact(expected));
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? {
        for (plane, part) in planes.iter_mut().zip(&block) {
            plane.extend_from_slice(part);
        }
        if planes[0].len() > longest.index() {
            return Err(DecodeError::Long);
        }
    }
    let buffer = Buffer::from_planes(decoder.rate(), planes);
    Ok(Decoded { buffer, bits: decoder.bits(), codec: decoder.codec(), flaws: decoder.flaws })
}
