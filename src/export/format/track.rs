//! The one way a finished track is written, whatever its format.

use std::io;

use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::unit::{Frames, SampleRate};

/// Takes a track as planar f32 samples of full scale ±1 and writes it to `W`. Neither the cuts between blocks nor the
/// number of threads change a byte.
pub trait TrackWriter<W> {
    /// Takes the next frames, one plane a channel.
    ///
    /// # Errors
    /// Those of the writer underneath and of the encoder, perhaps of an earlier block.
    ///
    /// # Panics
    /// If the planes are not those of the spec, differ in length, or go beyond its frames.
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()>;

    /// Says that nothing more comes, so that what works beside its caller can end while others do too.
    fn no_more(&mut self) {}

    /// Writes what is left and gives the writer underneath back, flushed; the file is whole and exactly as long as
    /// planned.
    ///
    /// # Errors
    /// Those of the writer underneath and of the encoder.
    ///
    /// # Panics
    /// If fewer frames came than the spec says: that is a bug of the caller.
    fn finish(self: Box<Self>) -> io::Result<W>;
}

/// All that is said about a track before its first sample, tags aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackSpec {
    /// The kind of file.
    pub format: Format,
    /// Frames a second.
    pub rate: SampleRate,
    /// One or two channels.
    pub channels: usize,
    /// The exact length.
    pub frames: Frames,
    /// The seed of dither, where the format has some.
    pub seed: u64,
    /// Bit rates, for formats that have some.
    pub coding: Coding,
}

impl TrackSpec {
    /// The number of an Ogg stream. It need only differ from others that somebody puts into the same file (RFC 3533,
    /// 6), and is the same in every run.
    pub(super) fn serial(&self) -> u32 {
        let mixed = (self.seed ^ self.frames.0.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 32) as u32
    }
}

/// How much of a track a writer has been given, against what was planned.
pub(super) struct Intake {
    channels: usize,
    planned: Frames,
    taken: Frames,
}

impl Intake {
    /// Nothing yet.
    pub(super) fn of(spec: &TrackSpec) -> Self {
        Self { channels: spec.channels, planned: spec.frames, taken: Frames::ZERO }
    }

    /// Takes the next block; how many frames it has.
    ///
    /// # Panics
    /// If the planes are not those of the spec, differ in length, or go beyond its frames.
    pub(super) fn take(&mut self, planes: &[&[f32]]) -> usize {
        assert_eq!(planes.len(), self.channels, "one plane a channel");
        let frames = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == frames), "planes are of one length");
        self.taken += Frames(frames as u64);
        assert!(self.taken <= self.planned, "no frame beyond the planned length");
        frames
    }

    /// Nothing more comes.
    ///
    /// # Panics
    /// If fewer frames came than were planned.
    pub(super) fn end(&self) {
        assert_eq!(self.taken, self.planned, "a file is as long as planned");
    }
}
