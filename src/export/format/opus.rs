//! Opus in Ogg (RFC 6716, RFC 7845), gapless.

use std::io::{self, BufWriter, Write};

use opus_pure::{Application, OggOpusWriter, OpusEncoder, OpusHead, OpusTags, RateControl};

use super::track::Intake;
use super::vorbis_comment;
use crate::export::{Tags, TrackSpec, TrackWriter};

/// Packets a second: 20 ms each, the default without latency requirements (RFC 6716, 2.1.4).
const PACKETS_A_SECOND: usize = 50;
/// The largest packet of one frame (RFC 6716, 3.4), with a margin.
const MOST_BYTES: usize = 1_500;
/// The buffer size of writes.
const BUFFER: usize = 1 << 16;

/// Writes planar f32 samples of full scale ±1 as Ogg Opus, at a bit rate that varies around its target.
///
/// The pre-skip in the header removes the padding at the start, and the position of the last page that at the end (RFC
/// 7845, 4.2 and 4.5), so that a player plays exactly the frames of the spec, at 48 kHz.
pub struct OpusWriter<W: Write> {
    ogg: OggOpusWriter<BufWriter<W>>,
    encoder: OpusEncoder,
    spec: TrackSpec,
    intake: Intake,
    /// Interleaved frames of an incomplete packet.
    gathered: Vec<f32>,
    /// The samples at 48 kHz in the packets so far, and in total.
    lasting: u64,
    whole: u64,
    packet: Vec<u8>,
}

impl<W: Write> OpusWriter<W> {
    /// Writes header and tags.
    ///
    /// # Errors
    /// If writing fails or Opus does not support the rate.
    ///
    /// # Panics
    /// If the spec has no channel or more than two, or no frame.
    pub fn new(write: W, spec: &TrackSpec, tags: &Tags) -> io::Result<Self> {
        assert!((1..=2).contains(&spec.channels), "an Opus file has one or two channels");
        assert!(spec.frames.0 > 0, "a track has a frame");
        let hz = spec.rate.hz();
        let mut encoder = OpusEncoder::new(hz as i32, spec.channels, Application::Audio).map_err(refused)?;
        encoder.bitrate_bps = bit_rate(spec) as i32 * 1_000;
        encoder.rate_control = RateControl::Vbr;
        let head = OpusHead::for_encoder(&encoder, hz);
        let whole = u64::from(head.pre_skip) + spec.frames.0 * u64::from(48_000 / hz);
        let buffered = BufWriter::with_capacity(BUFFER, write);
        let ogg = OggOpusWriter::with_serial(buffered, head, comments(tags, spec)?, spec.serial())
            .map_err(refused)?;
        let packet = vec![0; MOST_BYTES];
        Ok(Self {
            ogg,
            encoder,
            spec: *spec,
            intake: Intake::of(spec),
            gathered: Vec::new(),
            lasting: 0,
            whole,
            packet,
        })
    }

    /// The frames of one packet.
    fn packet_frames(&self) -> usize {
        self.spec.rate.hz() as usize / PACKETS_A_SECOND
    }

    /// Encodes a packet. The last one gets a shorter duration, which cuts off the padding.
    fn send(&mut self) -> io::Result<()> {
        let bytes =
            self.encoder.encode(&self.gathered, self.packet_frames(), &mut self.packet).map_err(failed)?;
        let lasts = (48_000 / PACKETS_A_SECOND) as u64;
        let lasts = lasts.min(self.whole - self.lasting);
        self.ogg.write_packet_with_duration(&self.packet[..bytes], lasts as u32).map_err(failed)?;
        self.lasting += lasts;
        self.gathered.clear();
        Ok(())
    }
}

impl<W: Write> TrackWriter<W> for OpusWriter<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let frames = self.intake.take(planes);
        let full = self.packet_frames() * self.spec.channels;
        for frame in 0..frames {
            self.gathered.extend(planes.iter().map(|plane| plane[frame]));
            if self.gathered.len() == full {
                self.send()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.intake.end();
        let full = self.packet_frames() * self.spec.channels;
        // Silence flushes the delay of the encoder.
        while self.lasting < self.whole {
            self.gathered.resize(full, 0.0);
            self.send()?;
        }
        let mut write =
            self.ogg.finish().map_err(failed)?.into_inner().map_err(io::IntoInnerError::into_error)?;
        write.flush()?;
        Ok(write)
    }
}

/// In kbit/s: 96 in stereo and 64 in mono are transparent for a voice over a bed (the authors of RFC 7845 recommend 64
/// to 128 for stereo music).
fn bit_rate(spec: &TrackSpec) -> u32 {
    spec.coding.opus.unwrap_or(if spec.channels == 1 { 64 } else { 96 })
}

fn comments(tags: &Tags, spec: &TrackSpec) -> io::Result<OpusTags> {
    let mut comments = OpusTags { vendor: vorbis_comment::VENDOR.to_owned(), comments: Vec::new() };
    for (name, value) in vorbis_comment::fields(tags, spec, true) {
        comments.push(&name, &value).map_err(refused)?;
    }
    Ok(comments)
}

fn refused(error: opus_pure::Error) -> io::Error {
    told(error, "cannot be set up")
}

fn failed(error: opus_pure::Error) -> io::Error {
    told(error, "failed")
}

/// Keeps I/O errors as they are.
fn told(error: opus_pure::Error, what: &str) -> io::Error {
    if let opus_pure::Error::Io(error) = error {
        return error;
    }
    io::Error::other(format!("the Opus encoder {what}: {error}"))
}

#[cfg(test)]
mod tests;
