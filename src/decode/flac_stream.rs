//! FLAC: the frames are decoded by symphonia, those of 32 bits by flac-codec.

use std::io::Cursor;

use flac_codec::decode::FlacStreamReader;
use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::bytes::Bytes;
use super::container::{skip_tags, tags_behind};
use super::flac::{FlacItem, FrameHeader, StreamFacts, look};
use super::{CHECKSUM, DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// A gap longer than this is no gap but damage, in seconds.
const LONGEST_GAP: u64 = 60;

/// A FLAC file, decoded frame by frame.
pub(super) struct FlacStream {
    bytes: Bytes,
    at: u64,
    end: u64,
    file: StreamFacts,
    info: StreamInfo,
    /// The decoder, for frames like this one.
    decoder: Option<(FrameHeader, Box<dyn AudioDecoder>)>,
    /// The place of the next frame; `None` before the first, whose place need not be zero.
    next: Option<u64>,
    given: u64,
    lost: Option<(Frames, Frames)>,
    /// Whether all of it is of one kind, as its header says, so that length and checksum hold.
    is_uniform: bool,
    is_cut: bool,
    verified: bool,
}

impl FlacStream {
    pub(super) fn open(mut source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let start = skip_tags(source.as_mut()).map_err(DecodeError::Io)?;
        let end = tags_behind(source.as_ref()).map_err(DecodeError::Io)?;
        let mut bytes = Bytes::new(source);
        let damaged = |reason: &str| DecodeError::Damaged { reason: reason.into() };
        let nothing = StreamFacts::parse(&[0; 34]).ok_or(DecodeError::Empty)?;
        let FlacItem::File(file, at) = look(&mut bytes, start, end, &nothing).map_err(DecodeError::Io)?
        else {
            return Err(damaged("it ends inside its header"));
        };
        let rate = SampleRate::of_file(file.rate);
        let info = StreamInfo {
            rate: rate.ok_or_else(|| damaged("its header has a sample rate of zero"))?,
            channels: file.channels,
            bits: Some(file.bits),
            declared: (file.total > 0).then_some(Frames(file.total)),
            codec: "flac",
        };
        Ok(Self {
            bytes,
            at,
            end,
            file,
            info,
            decoder: None,
            next: None,
            given: 0,
            lost: None,
            is_uniform: true,
            is_cut: false,
            verified: true,
        })
    }

    fn lose(&mut self, frames: u64) {
        let (first, sum) = self.lost.unwrap_or((Frames(self.given), Frames::ZERO));
        self.lost = Some((first, sum + Frames(frames)));
    }

    /// The length and the checksum of the header no longer hold.
    fn changes(&mut self) {
        self.is_uniform = false;
        self.info.declared = None;
    }

    fn silence(&mut self, frames: u64, planes: &mut Vec<Vec<f32>>) {
        planes.clear();
        planes.resize(self.info.channels, vec![0.0; frames as usize]);
    }

    /// Decodes a frame; `false` if it cannot be.
    fn decode(
        &mut self,
        header: &FrameHeader,
        count: usize,
        planes: &mut Vec<Vec<f32>>,
    ) -> Result<bool, DecodeError> {
        let frame = self.bytes.get(self.at, count).map_err(DecodeError::Io)?;
        if header.bits == 32 {
            let mut reader = FlacStreamReader::new(Cursor::new(frame));
            let Ok(sound) = reader.read() else { return Ok(false) };
            planes.resize_with(header.channels, Vec::new);
            for (channel, plane) in planes.iter_mut().enumerate() {
                let samples = sound.samples.iter().skip(channel).step_by(header.channels);
                plane.clear();
                plane.extend(samples.map(|sample| *sample as f32 / 2_147_483_648.0));
            }
            return Ok(planes[0].len() as u64 == header.frames);
        }
        if !self.decoder.as_ref().is_some_and(|(like, _)| like.is_like(header)) {
            let mut parameters = AudioCodecParameters::new();
            parameters.for_codec(CODEC_ID_FLAC).with_extra_data(self.file.block_for(header));
            let options = AudioDecoderOptions::default().verify(self.is_uniform);
            let made = symphonia::default::get_codecs().make_audio_decoder(&parameters, &options);
            let Ok(made) = made else { return Ok(false) };
            self.decoder = Some((*header, made));
        }
        let Some((_, decoder)) = &mut self.decoder else { return Ok(false) };
        let packet = Packet::new(0, Timestamp::ZERO, Duration::new(header.frames), frame);
        Ok(match decoder.decode(&packet) {
            Ok(sound) if sound.num_planes() == header.channels && sound.frames() > 0 => {
                sound.copy_to_vecs_planar(planes);
                true
            }
            _ => false,
        })
    }
}

impl PacketStream for FlacStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        loop {
            match look(&mut self.bytes, self.at, self.end, &self.file).map_err(DecodeError::Io)? {
                FlacItem::End => return Ok(false),
                FlacItem::Cut => {
                    self.is_cut = true;
                    return Ok(false);
                }
                FlacItem::Other(next) => self.at = next,
                FlacItem::File(file, next) => {
                    // Another file has been joined.
                    self.changes();
                    (self.file, self.at, self.next) = (file, next, None);
                }
                FlacItem::Damaged(header, next) => {
                    self.at = next;
                    self.next = header.place.map(|place| place + header.frames);
                    self.lose(header.frames);
                    self.silence(header.frames, planes);
                    self.given += header.frames;
                    return Ok(true);
                }
                FlacItem::Frame(header, count) => {
                    if (header.rate, header.channels) != (self.info.rate.hz(), self.info.channels) {
                        self.changes();
                        self.info.rate = SampleRate::of_file(header.rate).unwrap_or(self.info.rate);
                        self.info.channels = header.channels;
                        self.next = None;
                    }
                    let places = self.next.zip(header.place);
                    let gap = places.map_or(0, |(next, place)| place.saturating_sub(next));
                    if gap > 0 && gap <= LONGEST_GAP * u64::from(header.rate) {
                        // What is missing is silent, so that what follows keeps its place.
                        self.next = header.place;
                        self.lose(gap);
                        self.silence(gap, planes);
                        self.given += gap;
                        return Ok(true);
                    }
                    if !self.decode(&header, count, planes)? {
                        self.lose(header.frames);
                        self.silence(header.frames, planes);
                    }
                    self.at += count as u64;
                    self.next = header.place.map(|place| place + header.frames);
                    self.given += header.frames;
                    return Ok(true);
                }
            }
        }
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        self.info.check_length(decoded, self.is_cut)?;
        if let Some((_, decoder)) = self.decoder.as_mut().filter(|_| self.is_uniform && self.lost.is_none()) {
            self.verified &= decoder.finalize().verify_ok != Some(false);
        }
        if self.verified { Ok(()) } else { Err(DecodeError::Damaged { reason: CHECKSUM.into() }) }
    }
}
