//! Decodes the frames of MPEG audio, with symphonia.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::bytes::Bytes;
use super::mpeg::{FoundFrame, Index, MpegHeader, MpegPart, Reservoir, outline};
use super::{DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// MPEG audio, frame by frame.
pub(super) struct MpegStream {
    bytes: Bytes,
    index: Index,
    info: StreamInfo,
    declared: Option<Frames>,
    /// The part that is being decoded; `None` before the first.
    part: Option<Playing>,
    next: usize,
    lost: Option<(Frames, Frames)>,
    given: u64,
}

/// A part that is being decoded.
struct Playing {
    part: MpegPart,
    decoder: Box<dyn AudioDecoder>,
    reservoir: Reservoir,
    /// The byte of the next frame, and the frames decoded before it.
    byte: u64,
    at: u64,
    /// Whether the last frame was muted.
    muted: bool,
}

impl MpegStream {
    /// `None` if there are no frames of MPEG audio in it.
    pub(super) fn open(source: Box<dyn Source>) -> Result<Option<Self>, DecodeError> {
        let mut bytes = Bytes::new(source);
        let index = bytes.index().map_err(DecodeError::Io)?;
        if index.parts.is_empty() {
            return Ok(None);
        }
        if let Some(what) = index.parts.iter().find_map(|part| part.header.refused()) {
            return Err(DecodeError::Unsupported { what });
        }
        let (rate, channels, declared) = outline(&index)?;
        let codec = ["mp1", "mp2", "mp3"][usize::from(index.parts[0].header.layer) - 1];
        // Without a count it is the file that says how long it is, and a cut would not be seen.
        let info = StreamInfo { rate, channels, bits: None, declared, codec };
        let junk = index.junk.map(|(first, bytes)| {
            let header = index.parts[0].header;
            (Frames(first), Frames((bytes * header.frames).div_ceil(header.bytes.max(1))))
        });
        let holes = index.parts.iter().flat_map(|part| {
            part.holes.iter().map(|hole| (Frames(hole.first), Frames(hole.frames * part.header.frames)))
        });
        let lost = junk.into_iter().chain(holes).reduce(|a, b| (a.0.min(b.0), a.1 + b.1));
        Ok(Some(Self { bytes, index, info, declared, part: None, next: 0, lost, given: 0 }))
    }

    /// The next frame of MPEG audio, decoded; `false` at the end of the part.
    fn decode(
        bytes: &mut Bytes,
        playing: &mut Playing,
        planes: &mut Vec<Vec<f32>>,
    ) -> Result<Option<bool>, DecodeError> {
        if playing.byte >= playing.part.bytes.end {
            return Ok(None);
        }
        let found = bytes.next_frame(playing.byte, Some(&playing.part.header)).map_err(DecodeError::Io)?;
        let Some(FoundFrame { place, header, .. }) = found else { return Ok(None) };
        if let Some(at) = playing.part.holes.iter().position(|hole| hole.before == place) {
            let hole = playing.part.holes.remove(at);
            silence(planes, &playing.part.header, hole.frames * header.frames);
            playing.byte = place;
            playing.reservoir = Reservoir::default();
            playing.muted = true;
            return Ok(Some(true));
        }
        let frame = bytes.get(place, header.bytes as usize).map_err(DecodeError::Io)?;
        let whole = playing.reservoir.takes(&header, frame);
        let packet = Packet::new(0, Timestamp::ZERO, Duration::new(header.frames), frame);
        playing.byte = place + header.bytes;
        let decoded = match playing.decoder.decode(&packet) {
            Ok(sound) if sound.num_planes() == playing.part.header.channels && sound.frames() > 0 => {
                sound.copy_to_vecs_planar(planes);
                true
            }
            _ => false,
        };
        if !decoded || !whole {
            silence(planes, &playing.part.header, header.frames);
        } else if playing.muted {
            planes.iter_mut().for_each(|plane| fade_in(plane));
        }
        playing.muted = !decoded || !whole;
        Ok(Some(decoded))
    }
}

fn silence(planes: &mut Vec<Vec<f32>>, header: &MpegHeader, frames: u64) {
    planes.resize_with(header.channels, Vec::new);
    for plane in planes.iter_mut() {
        plane.clear();
        plane.resize(frames as usize, 0.0);
    }
}

/// Fades a frame in that follows silence, so that it does not click.
fn fade_in(plane: &mut [f32]) {
    let frames = plane.len() / 2;
    for (n, sample) in plane[..frames].iter_mut().enumerate() {
        *sample *= n as f32 / frames as f32;
    }
}

impl PacketStream for MpegStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        loop {
            let Some(playing) = &mut self.part else {
                let Some(part) = self.index.parts.get(self.next).cloned() else { return Ok(false) };
                self.next += 1;
                self.info.rate = SampleRate::of_file(part.header.rate).unwrap_or(self.info.rate);
                self.info.channels = part.header.channels;
                let (decoder, byte) = (decoder_for(&part.header)?, part.bytes.start);
                let reservoir = Reservoir::default();
                self.part = Some(Playing { part, decoder, reservoir, byte, at: 0, muted: false });
                continue;
            };
            let Some(decoded) = Self::decode(&mut self.bytes, playing, planes)? else {
                self.part = None;
                continue;
            };
            let (start, frames) = (playing.at, planes[0].len() as u64);
            playing.at += frames;
            if !decoded {
                let (first, sum) = self.lost.unwrap_or((Frames(self.given), Frames::ZERO));
                self.lost = Some((first, sum + Frames(frames)));
            }
            let played = playing.part.played();
            let within = |place: u64| place.saturating_sub(start).min(frames) as usize;
            let (from, until) = (within(played.start), within(played.end));
            if from < until {
                for plane in planes.iter_mut() {
                    plane.truncate(until);
                    plane.drain(..from);
                }
                self.given += (until - from) as u64;
                return Ok(true);
            }
        }
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        let missing: u64 = self.index.parts.iter().map(MpegPart::missing).sum();
        if missing > 0 {
            let expected = self.declared.or(Some(decoded + Frames(missing)));
            return Err(DecodeError::Truncated { decoded, expected });
        }
        Ok(())
    }
}

fn decoder_for(header: &MpegHeader) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let mut parameters = AudioCodecParameters::new();
    let codec = [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3][usize::from(header.layer) - 1];
    parameters.for_codec(codec).with_sample_rate(header.rate);
    let options = AudioDecoderOptions::default().gapless(false);
    symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &options)
        .map_err(|_| DecodeError::Unsupported { what: "MPEG audio of an unusual kind".into() })
}
