//! Decoding: any recording in, planar samples out, and never a silent loss.
//!
//! A file that ends early, fails its checksum, holds values that are no numbers, or is no recording at all is
//! an error with a name. Lengths are exact: encoder delay and padding are taken off where the file says them.

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
use pcm::{Layout, PcmStream};
use spare::Room;

/// What to do with a form adem does not read.
pub(super) const CONVERT: &str = "convert it to WAV or FLAC";

/// The lowest and highest rate of a file that can be meant, in Hz. A rate of 1 Hz would make an hour of sound
/// from a few bytes.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=768_000;

/// Why a recording cannot be used. The file is named by whoever opened it.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// No bytes, or no frame of sound in them.
    #[error("holds no sound; record or export it again")]
    Empty,
    /// Something else than a recording.
    #[error("is {looks_like}, not a recording; put a WAV, FLAC, MP3, Ogg Vorbis or Opus file in its place")]
    NotAudio {
        /// What the bytes look like, with its article.
        looks_like: &'static str,
    },
    /// A recording in a form adem does not read.
    #[error("is {what}, which adem does not read; {remedy}")]
    Unsupported {
        /// The form, with its article where it has one.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Sound is missing: the end, or a piece of it.
    #[error("{}; copy it again from its source, or export it again", cut_off(*decoded, *expected))]
    Truncated {
        /// The frames that are there.
        decoded: Frames,
        /// The frames the file promises, where it does.
        expected: Option<Frames>,
    },
    /// More sound than a phrase or a bell can be; a bed may be of any length.
    #[error("lasts longer than {} minutes, which no phrase and no bell does; put the right file in its place", LONGEST_HELD.as_f64() / 60.0)]
    Long,
    /// A float file with a NaN or an infinity in it.
    #[error("holds a value that is no number, first at frame {}; export it again as 24-bit", at.0)]
    NotFinite {
        /// The first such frame.
        at: Frames,
    },
    /// The bytes contradict themselves.
    #[error("is damaged ({reason}); copy it again from its source, or export it again")]
    Damaged {
        /// What does not fit.
        reason: String,
    },
    /// The disk failed.
    #[error("cannot be read: {0}; check the disk and try again")]
    Io(#[source] io::Error),
}

impl DecodeError {
    /// Whether the same may well work a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(error) if crate::files::is_transient(error))
    }
}

impl DecodeError {
    /// One file, two rates or channel counts.
    pub(super) fn changes_midway() -> Self {
        let what = "a recording whose rate or channels change midway".into();
        Self::Unsupported { what, remedy: CONVERT }
    }
}

fn cut_off(decoded: Frames, expected: Option<Frames>) -> String {
    match expected {
        Some(expected) => format!("has only {} of the {} frames it promises", decoded.0, expected.0),
        None => format!("breaks off after {} frames", decoded.0),
    }
}

/// What a file says of itself before any sound is decoded.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) rate: SampleRate,
    pub(super) channels: usize,
    pub(super) bits: Option<u32>,
    pub(super) declared: Option<Frames>,
    pub(super) codec: &'static str,
}

/// One kind of decoder.
pub(super) trait Stream: Send {
    fn facts(&self) -> &Facts;

    /// Overwrites `planes` with the next frames, at least one; `false` at the end.
    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError>;

    /// Asked once after the end: was everything there, and was it right?
    fn verdict(&mut self, decoded: Frames) -> Result<(), DecodeError>;
}

/// A recording being decoded, block by block, in memory that does not grow with its length.
pub struct Decoder {
    stream: Box<dyn Stream>,
    decoded: Frames,
    ended: bool,
}

impl Decoder {
    /// Looks at the first bytes, reads the header and stands ready at the first frame. The name of the file
    /// plays no part.
    ///
    /// # Errors
    /// [`DecodeError`] when it is no recording, or none that adem reads.
    pub fn open(mut source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let container = container::sniff(source.as_mut()).map_err(DecodeError::Io)?;
        let stream: Box<dyn Stream> = match container {
            Container::Empty => return Err(DecodeError::Empty),
            Container::NotAudio(looks_like) => return Err(DecodeError::NotAudio { looks_like }),
            Container::Unsupported(what) => {
                return Err(DecodeError::Unsupported { what: what.into(), remedy: CONVERT });
            }
            Container::Opus => guarded(|| Ok(Box::new(OpusStream::open(source)?)))?,
            Container::Mp4 => guarded(|| Ok(Box::new(Mp4Stream::open(source)?)))?,
            Container::Plain | Container::Mpeg { .. } | Container::Unknown => {
                match Layout::find(source.as_mut()).map_err(DecodeError::Io)? {
                    Some(layout) => Box::new(PcmStream::new(source, layout)),
                    None => guarded(|| Ok(Box::new(Packets::open(source, container)?)))?,
                }
            }
        };
        let hz = stream.facts().rate.hz();
        if !RATES.contains(&hz) {
            let what = format!("a recording at {hz} Hz");
            return Err(DecodeError::Unsupported { what, remedy: "convert it to 48 kHz" });
        }
        Ok(Self { stream, decoded: Frames::ZERO, ended: false })
    }

    /// Frames a second. Opus is always 48 kHz.
    pub fn rate(&self) -> SampleRate {
        self.stream.facts().rate
    }

    /// How many channels there are; at least one.
    pub fn channels(&self) -> usize {
        self.stream.facts().channels
    }

    /// The bits of a stored sample (32 and 64 for floats); `None` where the coding knows none (MP3, AAC, Vorbis, Opus).
    pub fn bits(&self) -> Option<u32> {
        self.stream.facts().bits
    }

    /// The short name of the coding, such as `pcm_s24le`, `flac`, `mp3`, `aac`, `vorbis` or `opus`.
    pub fn codec(&self) -> &'static str {
        self.stream.facts().codec
    }

    /// The length as the header promises it; `None` where it does not. Only [`next_block`](Self::next_block)
    /// knows how much there is. (In a chained Ogg file this is the first link, until the next one begins.)
    pub fn declared_frames(&self) -> Option<Frames> {
        self.stream.facts().declared
    }

    /// Overwrites `planes` with the next frames: one plane a channel, all of one length, at least one frame.
    /// Blocks are of any length, up to a few thousand frames. `false` at the end, when `planes` are left alone.
    ///
    /// # Errors
    /// [`DecodeError`]; every frame before the fault has been handed out, so a caller may keep those.
    pub fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        if self.ended {
            return Ok(false);
        }
        // Until the block is there: after an error nothing more is asked of the stream.
        self.ended = true;
        if guarded(|| self.stream.next_block(planes))? {
            if let Some(at) = first_not_finite(planes) {
                return Err(DecodeError::NotFinite { at: self.decoded + Frames(at as u64) });
            }
            self.decoded += Frames(planes[0].len() as u64);
            self.ended = false;
            return Ok(true);
        }
        self.stream.verdict(self.decoded)?;
        if self.decoded == Frames::ZERO { Err(DecodeError::Empty) } else { Ok(false) }
    }
}

/// Runs a decoder of others over bytes of others. Where a broken file makes it panic (sums that overflow, in
/// checked builds, are such a case), the file is damaged and the program goes on.
fn guarded<T>(work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    let before = GUARDED.replace(true);
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.unwrap_or_else(|_| Err(DecodeError::Damaged { reason: "its decoder gave up on it".into() }))
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a decoder, where a panic is caught and becomes a [`DecodeError`]. A program's panic
/// hook asks this, so that what is caught is not shown as a crash.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

fn first_not_finite(planes: &[Vec<f32>]) -> Option<usize> {
    // Nearly always there is none, which is quickly seen without asking where.
    let any = |plane: &Vec<f32>| plane.iter().fold(false, |any, sample| any | !sample.is_finite());
    if !planes.iter().any(any) {
        return None;
    }
    planes.iter().filter_map(|plane| plane.iter().position(|sample| !sample.is_finite())).min()
}

/// A whole recording.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Its samples.
    pub buffer: Buffer,
    /// The bits of a stored sample; `None` where the coding knows none.
    pub bits: Option<u32>,
    /// The short name of the coding, such as `flac`.
    pub codec: &'static str,
}

/// Room is made beforehand for so many frames at most: a header may promise anything.
const MOST_EXPECTED: u64 = 1 << 24;
/// The longest recording that is held in memory as a whole.
pub const LONGEST_HELD: Seconds = Seconds::whole(600);

/// Decodes a whole recording into memory.
///
/// # Errors
/// [`DecodeError`], also when the recording is merely incomplete (a clip without its last word is no clip), and
/// when it lasts longer than [`LONGEST_HELD`], so that memory does not grow with what lies in the wrong place.
pub fn decode_all(source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
    decode_into(&Room::default(), source)
}

/// Decodes a whole recording into planes of a room.
///
/// # Errors
/// As [`decode_all`].
pub fn decode_into(room: &Room, source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::open(source)?;
    let longest = LONGEST_HELD.frames(decoder.rate());
    let declared = decoder.declared_frames().unwrap_or(Frames::ZERO);
    if declared > longest {
        return Err(DecodeError::Long);
    }
    let expected = declared.0.min(MOST_EXPECTED) as usize;
    let mut planes: Vec<Vec<f32>> = (0..decoder.channels()).map(|_| room.take()).collect();
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
