//! Ogg Opus (RFC 7845), decoded by opus-pure: always at 48 kHz, with the encoder's delay and padding removed.

use std::io::{BufReader, Read, Seek, SeekFrom};

use opus_pure::{Error, MAX_PACKET_SAMPLES, OggOpusReader, OggPacket, OpusDecoder, OpusHead, Trim};

use super::{CONVERT, DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

type OpusReader = OggOpusReader<BufReader<Box<dyn Source>>>;

/// The rate that Opus is always decoded at, in Hz.
const RATE: i32 = 48_000;

/// An Ogg Opus file, decoded packet by packet.
pub(super) struct OpusStream {
    /// `None` only while moving from one link of a chained file to the next.
    reader: Option<OpusReader>,
    decoder: OpusDecoder,
    trim: Trim,
    packet: OggPacket,
    block: Vec<f32>,
    info: StreamInfo,
    ended: bool,
}

impl OpusStream {
    pub(super) fn open(mut source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let last = last_page(source.as_mut())?;
        let reader = OggOpusReader::new(BufReader::new(source)).map_err(from_opus)?;
        let head = reader.head();
        let channels = usize::from(head.channel_count);
        let declared = last
            .filter(|page| page.serial == reader.serial() && page.granule >= 0)
            .map(|page| Frames((page.granule as u64).saturating_sub(u64::from(head.pre_skip))));
        let (decoder, trim) = decoder_for(head)?;
        Ok(Self {
            decoder,
            trim,
            packet: OggPacket::default(),
            block: vec![0.0; MAX_PACKET_SAMPLES * channels],
            info: StreamInfo { rate: SampleRate::DEFAULT, channels, bits: None, declared, codec: "opus" },
            ended: false,
            reader: Some(reader),
        })
    }

    /// Opens the next link of a chained file; `false` if there is none. The reader consumes whole pages and nothing
    /// more, so the next link starts where it stopped.
    fn next_link(&mut self) -> Result<bool, DecodeError> {
        let Some(reader) = self.reader.take() else { return Ok(false) };
        let mut source = reader.into_inner();
        if !starts_a_page(&mut source).map_err(DecodeError::Io)? {
            return Ok(false);
        }
        let reader = OggOpusReader::new(source).map_err(from_opus)?;
        if usize::from(reader.head().channel_count) != self.info.channels {
            return Err(DecodeError::changes_midway());
        }
        (self.decoder, self.trim) = decoder_for(reader.head())?;
        self.reader = Some(reader);
        self.ended = false;
        Ok(true)
    }

    fn read_packet(&mut self) -> Result<bool, DecodeError> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        match reader.read_packet_into(&mut self.packet) {
            Ok(more) => Ok(more),
            Err(error) if is_end_of_file(&error) => Ok(false),
            Err(error) => Err(from_opus(error)),
        }
    }
}

impl PacketStream for OpusStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        let channels = self.info.channels;
        loop {
            if !self.read_packet()? {
                if self.ended && self.next_link()? {
                    continue;
                }
                return Ok(false);
            }
            let decoded = self.decoder.decode(&self.packet.data, MAX_PACKET_SAMPLES, &mut self.block);
            let frames = decoded.map_err(from_opus)?;
            self.ended = self.packet.end_of_stream;
            let sound = self.trim.keep(&self.packet, &self.block[..frames * channels]);
            if sound.is_empty() {
                continue;
            }
            planes.resize_with(channels, Vec::new);
            for (channel, plane) in planes.iter_mut().enumerate() {
                plane.clear();
                plane.extend(sound.iter().skip(channel).step_by(channels));
            }
            return Ok(true);
        }
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        match self.info.declared {
            Some(declared) if decoded < declared => {
                Err(DecodeError::Truncated { decoded, expected: Some(declared) })
            }
            // The last page of a complete stream is marked as such (RFC 3533 section 6).
            _ if !self.ended => Err(DecodeError::Truncated { decoded, expected: None }),
            _ => Ok(()),
        }
    }
}

fn decoder_for(head: &OpusHead) -> Result<(OpusDecoder, Trim), DecodeError> {
    if head.mapping_family != 0 {
        let what = format!("Opus with {} channels of surround", head.channel_count);
        return Err(DecodeError::Unsupported { what, remedy: "mix it down to mono or stereo" });
    }
    let decoder = head.decoder(RATE).map_err(from_opus)?;
    let trim = Trim::new(head, RATE, usize::from(head.channel_count)).map_err(from_opus)?;
    Ok((decoder, trim))
}

/// Two fields of the header of the last page.
struct LastPage {
    granule: i64,
    serial: u32,
}

/// Finds the last Ogg page, which is at most 65,307 bytes long, and seeks back to the start. A page begins with 27
/// bytes: `OggS`, version, flags, granule (8 bytes), serial (4) … (RFC 3533 section 6).
fn last_page(source: &mut dyn Source) -> Result<Option<LastPage>, DecodeError> {
    let mut tail = Vec::new();
    let from = source.byte_len().saturating_sub(65_307);
    source.seek(SeekFrom::Start(from)).map_err(DecodeError::Io)?;
    source.take(65_307).read_to_end(&mut tail).map_err(DecodeError::Io)?;
    source.seek(SeekFrom::Start(0)).map_err(DecodeError::Io)?;
    let page = tail.windows(18).rev().find(|window| window.starts_with(b"OggS"));
    Ok(page.and_then(|page| {
        Some(LastPage {
            granule: i64::from_le_bytes(page.get(6..14)?.try_into().ok()?),
            serial: u32::from_le_bytes(page.get(14..18)?.try_into().ok()?),
        })
    }))
}

/// Whether an Ogg page begins at the current position, which does not move.
fn starts_a_page(source: &mut BufReader<Box<dyn Source>>) -> std::io::Result<bool> {
    let here = source.stream_position()?;
    let mut magic = Vec::new();
    source.by_ref().take(4).read_to_end(&mut magic)?;
    source.seek(SeekFrom::Start(here))?;
    Ok(magic == b"OggS")
}

fn is_end_of_file(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        Error::InvalidStream(what) => what.starts_with("stream ends in"),
        _ => false,
    }
}

fn from_opus(error: Error) -> DecodeError {
    match error {
        Error::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => DecodeError::Io(error),
        Error::InvalidStream(what) if what.contains("more than one logical") => DecodeError::Unsupported {
            what: "an Ogg file with several streams at once".into(),
            remedy: CONVERT,
        },
        other => DecodeError::Damaged { reason: other.to_string() },
    }
}
