//! MP3 by LAME: constant or variable bit rate, tags at the start, and the exact length in the LAME tag for gapless
//! players.

use std::io::{self, Seek, SeekFrom, Write};

use mp3lame_encoder::{
    Bitrate, BuildError, Builder, DualPcm, Encoder, FlushGap, Mode, MonoPcm, Quality, VbrMode,
    max_required_buffer_size,
};

use super::id3;
use super::track::Intake;
use crate::delivery::coding::Mp3Rate;
use crate::export::{Tags, TrackSpec, TrackWriter};
use crate::unit::{Frames, SampleRate};

/// The block size of the encoder, which limits its buffer.
const BLOCK: usize = 1 << 14;
/// The most bytes that LAME writes at the end (lame.h, `lame_encode_flush`).
const LAST_BYTES: usize = 7_200;

/// Writes planar f32 samples of full scale ±1 as MP3 (ISO/IEC 11172-3, 13818-3) with an ID3v2.4 tag in front.
///
/// The first frame is the LAME tag. It contains the number of frames and the padding at both ends, which are known only
/// at the end, when the writer seeks back; pipes are refused.
pub struct Mp3Writer<W> {
    write: W,
    spec: TrackSpec,
    encoder: Encoder,
    /// The position of the LAME tag.
    audio_start: u64,
    intake: Intake,
    /// The inverse of the gain of LAME, and a buffer for scaled samples.
    undo: f32,
    louder: [Vec<f32>; 2],
    bytes: Vec<u8>,
}

impl<W: Write + Seek> Mp3Writer<W> {
    /// Writes the tags.
    ///
    /// # Errors
    /// If writing fails, the output is a pipe, or MP3 does not support the rate.
    ///
    /// # Panics
    /// If the spec has no channel or more than two, or no frame.
    pub fn new(mut write: W, spec: &TrackSpec, tags: &Tags) -> io::Result<Self> {
        assert!((1..=2).contains(&spec.channels), "an MP3 has one or two channels");
        assert!(spec.frames.0 > 0, "a track has a frame");
        let start = write.stream_position()?;
        let encoder = encoder(spec).map_err(refused)?;
        let tag = id3::tag(tags, spec, id3::Parts::All)?;
        write.write_all(&tag)?;
        let audio_start = start + tag.len() as u64;
        let bytes = Vec::with_capacity(max_required_buffer_size(BLOCK));
        let undo = 1.0 / own_gain(spec);
        Ok(Self {
            write,
            spec: *spec,
            encoder,
            audio_start,
            intake: Intake::of(spec),
            undo,
            louder: Default::default(),
            bytes,
        })
    }

    fn encode(&mut self, planes: &[&[f32]], from: usize, to: usize) -> io::Result<()> {
        self.bytes.clear();
        for (louder, plane) in self.louder.iter_mut().zip(planes) {
            louder.clear();
            louder.extend(plane[from..to].iter().map(|sample| sample * self.undo));
        }
        let [left, right] = &self.louder;
        let done = match self.spec.channels {
            2 => self.encoder.encode_to_vec(DualPcm { left, right }, &mut self.bytes),
            _ => self.encoder.encode_to_vec(MonoPcm(left), &mut self.bytes),
        };
        done.map_err(|error| io::Error::other(format!("the MP3 encoder failed: {error}")))?;
        self.write.write_all(&self.bytes)
    }

    /// Writes the last samples, then the LAME tag into its reserved frame.
    fn end(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.reserve(LAST_BYTES);
        // With the gapless flush LAME would keep the last thousand samples for the next file.
        let flushed = self.encoder.flush_to_vec::<FlushGap>(&mut self.bytes);
        flushed.map_err(|error| io::Error::other(format!("the MP3 encoder failed: {error}")))?;
        self.write.write_all(&self.bytes)?;
        self.bytes.clear();
        self.bytes.reserve(self.encoder.lame_tag_size());
        let written = self.encoder.lame_tag_encode_to_vec(&mut self.bytes).map(usize::from);
        match written.and_then(|_| tagged_length(&self.bytes)) {
            Some(length) if length == self.spec.frames => {}
            length => {
                let length = length.map_or("unknown".to_owned(), |length| length.0.to_string());
                let reason = format!("the MP3 has a length of {length} frames, not {}", self.spec.frames.0);
                return Err(io::Error::other(reason));
            }
        }
        self.write.seek(SeekFrom::Start(self.audio_start))?;
        self.write.write_all(&self.bytes)?;
        self.write.flush()
    }
}

impl<W: Write + Seek> TrackWriter<W> for Mp3Writer<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let frames = self.intake.take(planes);
        (0..frames).step_by(BLOCK).try_for_each(|from| self.encode(planes, from, frames.min(from + BLOCK)))
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.intake.end();
        self.end()?;
        Ok(self.write)
    }
}

/// Quality 3 of LAME, its default for constant bit rates; 2 takes 50 % longer without an audible difference.
fn encoder(spec: &TrackSpec) -> Result<Encoder, BuildError> {
    let mut lame = Builder::new().ok_or(BuildError::NoMem)?;
    lame.set_sample_rate(spec.rate.hz())?;
    // Otherwise LAME may choose a lower sample rate.
    lame.set_output_sample_rate(spec.rate.hz().try_into().ok())?;
    lame.set_num_channels(spec.channels as u8)?;
    lame.set_mode(if spec.channels == 1 { Mode::Mono } else { Mode::JointStereo })?;
    match spec.coding.mp3 {
        Some(Mp3Rate::Variable(quality)) => {
            lame.set_vbr_mode(VbrMode::Mtrh)?;
            lame.set_vbr_quality(variable(quality))?;
        }
        Some(Mp3Rate::Constant(rate)) => lame.set_brate(constant(rate).ok_or(BuildError::BadBRate)?)?,
        None => lame.set_brate(constant(usual(spec.rate)).ok_or(BuildError::BadBRate)?)?,
    }
    lame.set_quality(Quality::VeryNice)?;
    lame.set_to_write_vbr_tag(true)?;
    lame.build()
}

/// 192 kbit/s at the rates of MPEG-1, which is transparent for a voice over a bed; about as many bits per sample at
/// those of MPEG-2 and MPEG-2.5.
fn usual(rate: SampleRate) -> u32 {
    match rate.hz() {
        ..16_000 => 48,
        16_000..32_000 => 96,
        _ => 192,
    }
}

/// The gain that LAME applies at a constant bit rate against clipping (3.100, presets.c, `abr_switch_map`). It is
/// undone, as a mix stays under the ceiling of its preset and the file must have the same loudness.
fn own_gain(spec: &TrackSpec) -> f32 {
    let rate = match spec.coding.mp3 {
        Some(Mp3Rate::Variable(_)) => return 1.0,
        Some(Mp3Rate::Constant(rate)) => rate,
        None => usual(spec.rate),
    };
    match rate {
        ..=160 => 0.95,
        161..=192 => 0.97,
        193..=224 => 0.98,
        _ => 1.0,
    }
}

/// LAME's names of its bit rates.
fn constant(rate: u32) -> Option<Bitrate> {
    Some(match rate {
        8 => Bitrate::Kbps8,
        16 => Bitrate::Kbps16,
        24 => Bitrate::Kbps24,
        32 => Bitrate::Kbps32,
        40 => Bitrate::Kbps40,
        48 => Bitrate::Kbps48,
        64 => Bitrate::Kbps64,
        80 => Bitrate::Kbps80,
        96 => Bitrate::Kbps96,
        112 => Bitrate::Kbps112,
        128 => Bitrate::Kbps128,
        160 => Bitrate::Kbps160,
        192 => Bitrate::Kbps192,
        224 => Bitrate::Kbps224,
        256 => Bitrate::Kbps256,
        320 => Bitrate::Kbps320,
        _ => return None,
    })
}

/// LAME's names of its qualities, V0 to V9.
fn variable(quality: u8) -> Quality {
    match quality {
        0 => Quality::Best,
        1 => Quality::SecondBest,
        2 => Quality::NearBest,
        3 => Quality::VeryNice,
        4 => Quality::Nice,
        5 => Quality::Good,
        6 => Quality::Decent,
        7 => Quality::Ok,
        8 => Quality::SecondWorst,
        _ => Quality::Worst,
    }
}

fn refused(error: BuildError) -> io::Error {
    io::Error::other(format!("the MP3 encoder cannot be set up: {error}"))
}

/// The length in a LAME tag, without the padding at both ends ("Mp3 Info Tag rev 1", Bouvigne). `None` for anything
/// else.
fn tagged_length(frame: &[u8]) -> Option<Frames> {
    // Bit 3 of the second byte is set for MPEG-1, whose frames have two granules of 576 samples; the others have one.
    let frame_length = if frame.get(1)? & 0x08 != 0 { 1_152 } else { 576 };
    let info = frame.windows(4).take(64).position(|four| four == b"Info" || four == b"Xing")?;
    let number = |at: usize, size: usize| {
        let bytes = frame.get(info + at..info + at + size)?;
        Some(bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    // Flags, frames, bytes, 100 bytes of table, quality; then LAME's part, with delay and padding 21 bytes into it.
    let has_frames = number(4, 4)? & 1 == 1;
    let added = number(120 + 21, 3)?;
    let frames = number(8, 4)?.checked_mul(frame_length)?;
    frames.checked_sub((added >> 12) + (added & 0xfff)).filter(|_| has_frames).map(Frames)
}

#[cfg(test)]
mod tests;
