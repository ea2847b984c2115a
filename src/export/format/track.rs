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
    /// If the number of planes differs from the spec, they differ in length, or exceed its frames.
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()>;

    /// Signals the end of the input, so that several encoder threads can finish in parallel.
    fn no_more(&mut self) {}

    /// Writes the rest and returns the flushed underlying writer. The file is complete and has exactly the planned
    /// length.
    ///
    /// # Errors
    /// Those of the underlying writer and of the encoder.
    ///
    /// # Panics
    /// If fewer frames were written than the spec says: a bug in the caller.
    fn finish(self: Box<Self>) -> io::Result<W>;
}

/// The format, the length and the coding of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackSpec {
    pub format: Format,
    pub rate: SampleRate,
    /// One or two channels.
    pub channels: usize,
    pub frames: Frames,
    /// The seed of the dither, for formats that need it.
    pub seed: u64,
    /// The bit rates, for lossy formats.
    pub coding: Coding,
}

impl TrackSpec {
    /// The serial number of an Ogg stream. It must differ from those of other streams in a file (RFC 3533, 6), and is
    /// the same in every run.
    pub(super) fn serial(&self) -> u32 {
        let mixed = (self.seed ^ self.frames.0.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 32) as u32
    }
}

/// Counts the frames of a track and checks them against the spec.
pub(super) struct Intake {
    channels: usize,
    planned: Frames,
    taken: Frames,
}

impl Intake {
    pub(super) fn of(spec: &TrackSpec) -> Self {
        Self { channels: spec.channels, planned: spec.frames, taken: Frames::ZERO }
    }

    /// Adds a block and returns its number of frames.
    ///
    /// # Panics
    /// If the number of planes differs from the spec, they differ in length, or exceed its frames.
    pub(super) fn take(&mut self, planes: &[&[f32]]) -> usize {
        assert_eq!(planes.len(), self.channels, "one plane a channel");
        let frames = planes[0].len();
        assert!(planes.iter().all(|plane| plane.len() == frames), "planes are of one length");
        self.taken += Frames(frames as u64);
        assert!(self.taken <= self.planned, "no frame beyond the planned length");
        frames
    }

    /// Checks that all frames have been written.
    ///
    /// # Panics
    /// If fewer frames were written than planned.
    pub(super) fn end(&self) {
        assert_eq!(self.taken, self.planned, "a file is as long as planned");
    }
}
