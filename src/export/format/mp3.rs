//! MP3 through LAME: a constant or a variable bit rate, tags in front, and the exact length in the LAME tag, so that players that
//! know it leave no gap.

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

/// Frames are handed to LAME in blocks of this size, so that its buffer stays small.
const BLOCK: usize = 1 << 14;
/// What LAME may write at the end (lame.h, `lame_encode_flush`).
const LAST_BYTES: usize = 7_200;

/// Writes planar f32 samples of full scale ±1 as MP3 (ISO/IEC 11172-3, 13818-3) with an ID3v2.4 tag in front.
///
/// The first frame of an MP3 by LAME is the LAME tag: it holds no sound but the number of frames and how many samples
/// encoder and last frame have added, which are known at the end only. So the writer goes back there, and a pipe is
/// refused at once.
pub struct Mp3Writer<W> {
    write: W,
    spec: TrackSpec,
    encoder: Encoder,
    /// Where the LAME tag is.
    audio_start: u64,
    intake: Intake,
    /// What undoes LAME's own gain, and room for samples changed by it.
    undo: f32,
    louder: [Vec<f32>; 2],
    bytes: Vec<u8>,
}

impl<W: Write + Seek> Mp3Writer<W> {
    /// Writes the tags.
    ///
    /// # Errors
    /// Those of `write`, that it is a pipe, or that MP3 has no such rate.
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

    /// The last sound, then the LAME tag over the place LAME has kept for it.
    fn end(&mut self) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.reserve(LAST_BYTES);
        // Without a gap LAME would keep the last thousand samples for a file that follows.
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

/// LAME at its quality 3, its own choice for a constant bit rate; 2 takes half as long again for nothing to be heard.
fn encoder(spec: &TrackSpec) -> Result<Encoder, BuildError> {
    let mut lame = Builder::new().ok_or(BuildError::NoMem)?;
    lame.set_sample_rate(spec.rate.hz())?;
    // Else LAME might choose a lower rate by itself.
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

/// 192 kbit/s at the rates of MPEG-1, where voice over a bed leaves nothing to be wished; as much for each sample at
/// those of MPEG-2 and MPEG-2.5, which do not know 192.
fn usual(rate: SampleRate) -> u32 {
    match rate.hz() {
        ..16_000 => 48,
        16_000..32_000 => 96,
        _ => 192,
    }
}

/// What LAME multiplies all samples by at a constant bit rate, against clipping (3.100, presets.c, `abr_switch_map`). A
/// mix stays under the ceiling of its preset and needs none of it; the file has to be as loud as the mix.
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

/// The length that a LAME tag tells: its frames without what encoder and last frame have added ("Mp3 Info Tag
/// rev 1", Bouvigne). `None` for anything else.
fn tagged_length(frame: &[u8]) -> Option<Frames> {
    // Bit 3 of the second byte tells MPEG-1, whose frames have two granules of 576 samples; the others have one.
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
