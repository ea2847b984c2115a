//! Decoding: turns recordings of many formats into planar samples and never loses audio silently.
//!
//! A file that ends early, fails its checksum, contains NaN or infinite samples, or is not a recording at all is a
//! typed error. Lengths are exact: encoder delay and padding are removed where the file declares them.

mod container;
mod mp4;
mod opus;
mod packets;
pub mod pcm;
pub mod spare;
pub mod tags;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::io;
use std::panic::AssertUnwindSafe;

use thiserror::Error;

use crate::audio::Buffer;
use crate::files::Source;
use crate::unit::{Frames, SampleRate, Seconds};
use container::Container;
use mp4::Mp4Stream;
use opus::OpusStream;
use packets::Packets;
use pcm::{PcmStream, SampleLayout};
use spare::SparePlanes;

/// Advice for a format that adem does not read.
pub(super) const CONVERT: &str = "convert it to WAV or FLAC";

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
    #[error("is {looks_like}, not a recording; put a WAV, FLAC, MP3, Ogg Vorbis or Opus file in its place")]
    NotAudio {
        /// What the file appears to be, with its article.
        looks_like: &'static str,
    },
    /// A recording in a format that adem does not read.
    #[error("is {what}, which adem does not read; {remedy}")]
    Unsupported {
        /// The format, with its article where it has one.
        what: String,
        /// Advice.
        remedy: &'static str,
    },
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
    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(error) if crate::files::is_transient(error))
    }

    /// The rate or the number of channels changes within the file.
    pub(super) fn changes_midway() -> Self {
        let what = "a recording whose rate or channels change midway".into();
        Self::Unsupported { what, remedy: CONVERT }
    }
}

fn cut_off(decoded: Frames, expected: Option<Frames>) -> String {
    match expected {
        Some(expected) => format!("has only {} of the {} frames its header declares", decoded.0, expected.0),
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

/// A decoder for one family of formats.
pub(super) trait PacketStream: Send {
    fn info(&self) -> &StreamInfo;

    /// Overwrites `planes` with the next frames, at least one. `false` at the end.
    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError>;

    /// Called once at the end: an error if audio was missing or damaged.
    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError>;
}

/// Decodes a recording block by block; memory use does not depend on its length.
pub struct Decoder {
    stream: Box<dyn PacketStream>,
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
            Container::Unsupported(what) => {
                return Err(DecodeError::Unsupported { what: what.into(), remedy: CONVERT });
            }
            Container::Opus => guarded(|| Ok(Box::new(OpusStream::open(source)?)))?,
            Container::Mp4 => guarded(|| Ok(Box::new(Mp4Stream::open(source)?)))?,
            Container::Plain | Container::Mpeg { .. } | Container::Unknown => {
                match SampleLayout::find(source.as_mut()).map_err(DecodeError::Io)? {
                    Some(layout) => Box::new(PcmStream::new(source, layout)),
                    None => guarded(|| Ok(Box::new(Packets::open(source, container)?)))?,
                }
            }
        };
        let hz = stream.info().rate.hz();
        if !RATES.contains(&hz) {
            let what = format!("a recording at {hz} Hz");
            return Err(DecodeError::Unsupported { what, remedy: "convert it to 48 kHz" });
        }
        Ok(Self { stream, decoded: Frames::ZERO, ended: false })
    }

    /// The sample rate. Opus is always decoded at 48 kHz.
    pub fn rate(&self) -> SampleRate {
        self.stream.info().rate
    }

    /// The number of channels, at least one.
    pub fn channels(&self) -> usize {
        self.stream.info().channels
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
    /// actual length. In a chained Ogg file this is the first link, until the next one begins.
    pub fn declared_frames(&self) -> Option<Frames> {
        self.stream.info().declared
    }

    /// Overwrites `planes` with the next frames: one plane per channel, all of the same length, at least one frame.
    /// Block lengths vary up to a few thousand frames. Returns `false` at the end, leaving `planes` unchanged.
    ///
    /// # Errors
    /// [`DecodeError`]; all frames before the fault have been returned, so a caller may keep them.
    pub fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        if self.ended {
            return Ok(false);
        }
        // Set until the block has been decoded: after an error the stream is not used again.
        self.ended = true;
        if guarded(|| self.stream.next_block(planes))? {
            if let Some(at) = first_not_finite(planes) {
                return Err(DecodeError::NotFinite { at: self.decoded + Frames(at as u64) });
            }
            self.decoded += Frames(planes[0].len() as u64);
            self.ended = false;
            return Ok(true);
        }
        self.stream.check_end(self.decoded)?;
        if self.decoded == Frames::ZERO { Err(DecodeError::Empty) } else { Ok(false) }
    }
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
}

/// The most frames to allocate in advance, since a header may declare anything.
const MOST_EXPECTED: u64 = 1 << 24;
/// The longest recording that is held in memory whole.
pub const LONGEST_HELD: Seconds = Seconds::whole(600);

/// # Errors
/// [`DecodeError`], also if the recording is incomplete (a clip without its last word is useless) or longer than
/// [`LONGEST_HELD`], which limits memory use when a wrong file is in place of a clip.
pub fn decode_all(source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
    decode_into(&SparePlanes::default(), source)
}

/// Decodes a whole recording into reused planes.
///
/// # Errors
/// As [`decode_all`].
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
    Ok(Decoded { buffer, bits: decoder.bits(), codec: decoder.codec() })
}
