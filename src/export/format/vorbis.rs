//! Vorbis in Ogg, by libvorbis with the aoTuV tuning.

use std::io::{self, BufWriter, Write};
use std::num::{NonZeroU8, NonZeroU32};

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError};

use super::track::Intake;
use super::vorbis_comment;
use crate::export::{Tags, TrackSpec, TrackWriter};

/// The block size of the encoder, which limits its buffers.
const BLOCK: usize = 1 << 13;
/// The buffer size of writes.
const BUFFER: usize = 1 << 16;
/// The default quality, −1 to 10: about 128 kbit/s in stereo at 48 kHz.
const QUALITY: f64 = 4.0;

/// Writes planar f32 samples of full scale ±1 as Ogg Vorbis, at a bit rate that varies with the sound. The position
/// of the last page gives the exact length (Vorbis I specification, appendix A.2).
pub struct VorbisWriter<W: Write> {
    encoder: VorbisEncoder<BufWriter<W>>,
    intake: Intake,
    /// Frames of an incomplete block: block borders may affect the output of the encoder.
    gathered: Vec<Vec<f32>>,
}

impl<W: Write> VorbisWriter<W> {
    /// Writes header and tags.
    ///
    /// # Errors
    /// Those of `write` and of the encoder.
    ///
    /// # Panics
    /// If the spec has no channel or more than two, or no frame.
    pub fn new(write: W, spec: &TrackSpec, tags: &Tags) -> io::Result<Self> {
        assert!((1..=2).contains(&spec.channels), "an Ogg file has one or two channels");
        assert!(spec.frames.0 > 0, "a track has a frame");
        let rate = NonZeroU32::new(spec.rate.hz()).expect("a rate is above nothing");
        let channels = NonZeroU8::new(spec.channels as u8).expect("a track has a channel");
        let buffered = BufWriter::with_capacity(BUFFER, write);
        let mut builder =
            VorbisEncoderBuilder::new_with_serial(rate, channels, buffered, spec.serial() as i32);
        let quality = spec.coding.ogg.unwrap_or(QUALITY) / 10.0;
        builder.bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: quality as f32,
        });
        builder.comment_tags(vorbis_comment::fields(tags, spec, true)).map_err(refused)?;
        let gathered = vec![Vec::with_capacity(BLOCK); spec.channels];
        Ok(Self { encoder: builder.build().map_err(refused)?, intake: Intake::of(spec), gathered })
    }

    fn send(&mut self) -> io::Result<()> {
        self.encoder.encode_audio_block(&self.gathered).map_err(failed)?;
        self.gathered.iter_mut().for_each(Vec::clear);
        Ok(())
    }
}

impl<W: Write> TrackWriter<W> for VorbisWriter<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let frames = self.intake.take(planes);
        let mut from = 0;
        while from < frames {
            let to = frames.min(from + BLOCK - self.gathered[0].len());
            for (gathered, plane) in self.gathered.iter_mut().zip(planes) {
                gathered.extend(&plane[from..to]);
            }
            if self.gathered[0].len() == BLOCK {
                self.send()?;
            }
            from = to;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.intake.end();
        if !self.gathered[0].is_empty() {
            self.send()?;
        }
        let buffered = self.encoder.finish().map_err(failed)?;
        let mut write = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        write.flush()?;
        Ok(write)
    }
}

fn refused(error: VorbisError) -> io::Error {
    told(error, "cannot be set up")
}

fn failed(error: VorbisError) -> io::Error {
    told(error, "failed")
}

/// Keeps I/O errors as they are.
fn told(error: VorbisError, what: &str) -> io::Error {
    if let VorbisError::Io(error) = error {
        return error;
    }
    io::Error::other(format!("the Vorbis encoder {what}: {error}"))
}

#[cfg(test)]
mod tests;
