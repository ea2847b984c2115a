//! WebM and Matroska (RFC 9559), as browsers record: Opus, PCM or FLAC in packets that symphonia finds. What a player leaves out at
//! the end, and whether that end is there, is read here, since symphonia does not tell it.

use std::io::{BufReader, Read};

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_S16BE,
    CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE,
};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::ReadOnlySource;
use symphonia::core::units::TimeBase;

use super::ogg_codec::Codec;
use super::packets;
use super::slice::Slice;
use super::{DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// Opens the first track with sound.
///
/// # Errors
/// [`DecodeError`] if there is none, or its codec is none that adem reads.
pub(super) fn open(source: Box<dyn Source>) -> Result<Box<dyn PacketStream>, DecodeError> {
    let whole = Slice::whole(source);
    // Read from start to end without a seek, one whose end is missing is read as far as it goes.
    let reader = packets::probe_from(ReadOnlySource::new(whole.clone())).map_err(packets::from_symphonia)?;
    let track = reader.default_track(TrackType::Audio).ok_or_else(packets::no_track)?;
    let parameters = track.codec_params.as_ref().and_then(|params| params.audio());
    let parameters = parameters.ok_or_else(packets::no_track)?;
    let codec = match parameters.codec {
        CODEC_ID_OPUS => Codec::opus(parameters.extra_data.as_deref().unwrap_or_default())?,
        CODEC_ID_FLAC | CODEC_ID_PCM_S16LE | CODEC_ID_PCM_S24LE | CODEC_ID_PCM_S32LE | CODEC_ID_PCM_S16BE
        | CODEC_ID_PCM_S24BE | CODEC_ID_PCM_S32BE | CODEC_ID_PCM_F32LE | CODEC_ID_PCM_F64LE => {
            Codec::of_packets(parameters)?
        }
        _ => {
            let what = "a WebM or Matroska file with neither Opus nor PCM nor FLAC in it".into();
            return Err(DecodeError::Unsupported { what });
        }
    };
    let (id, base) = (track.id, track.time_base);
    Ok(Box::new(WebmTrack::new(reader, id, base, codec, Blocks::of(whole))))
}

/// A pause between packets has at least this length, in seconds, as the clock of a browser is not more exact. A longer one
/// than a minute is damage.
const PAUSES: std::ops::Range<f64> = 0.1..60.0;
/// The frames of a packet that cannot be decoded: 20 ms, as browsers write them.
const USUAL_PACKET: usize = 960;
/// The most frames of a block.
const BLOCK: usize = 4_096;

/// A track, decoded packet by packet.
struct WebmTrack {
    reader: Box<dyn FormatReader>,
    track: u32,
    base: Option<TimeBase>,
    codec: Codec,
    info: StreamInfo,
    /// The frames still to be left out at the start.
    skip: usize,
    /// The frames that are left out at the end.
    padding: usize,
    /// Sound that waits, as the last of it may be padding.
    held: Vec<Vec<f32>>,
    /// The time at which the last packet ends, in seconds.
    end: Option<f64>,
    /// The sum of what was held and given.
    sum: u64,
    lost: Option<(Frames, Frames)>,
    /// What the file has; `None` if it is cut.
    blocks: Option<Blocks>,
    /// How many packets were taken, of all tracks. A block has one at least.
    taken: u64,
    ended: bool,
}

impl WebmTrack {
    fn new(
        reader: Box<dyn FormatReader>,
        track: u32,
        base: Option<TimeBase>,
        codec: Codec,
        blocks: Option<Blocks>,
    ) -> Self {
        let Codec { rate, channels, name, bits, delay, .. } = codec;
        Self {
            reader,
            track,
            base,
            info: StreamInfo { rate, channels, bits, declared: None, codec: name },
            skip: delay as usize,
            padding: blocks.as_ref().map_or(0, |blocks| blocks.frames_at_end(rate)),
            held: vec![Vec::new(); channels],
            codec,
            end: None,
            sum: 0,
            lost: None,
            blocks,
            taken: 0,
            ended: false,
        }
    }

    /// Decodes the next packet; `false` at the end.
    fn take(&mut self) -> Result<bool, DecodeError> {
        let packet = match self.reader.next_packet() {
            Ok(Some(packet)) => packet,
            Err(Error::IoError(error)) if error.raw_os_error().is_some() => {
                return Err(DecodeError::Io(error));
            }
            // Its end, or where it is cut or damaged, which the number of packets shows.
            Ok(None) | Err(_) => return Ok(false),
        };
        self.taken += 1;
        if packet.track_id != self.track {
            return Ok(true);
        }
        let before = self.held[0].len();
        let rate = f64::from(self.info.rate.hz());
        let seconds_of = |base: TimeBase| f64::from(base.numer.get()) / f64::from(base.denom.get());
        let time = self.base.map(|base| packet.pts.get() as f64 * seconds_of(base));
        if let Some(pause) = time.zip(self.end).map(|(time, end)| time - end)
            && PAUSES.contains(&pause)
        {
            // What follows keeps its place.
            self.add_silence((pause * rate).round() as usize);
        }
        let sound = self.held[0].len();
        if !self.codec.decode(&packet.data, &mut self.held) {
            let (first, sum) = self.lost.unwrap_or((Frames(self.sum), Frames::ZERO));
            self.lost = Some((first, sum + Frames(USUAL_PACKET as u64)));
            self.add_silence(USUAL_PACKET);
        }
        self.end = time.map(|time| time + (self.held[0].len() - sound) as f64 / rate);
        let (added, skipped) = (self.held[0].len() - before, self.skip.min(self.held[0].len()));
        self.skip -= skipped;
        self.sum += (added - skipped) as u64;
        self.held.iter_mut().for_each(|plane| drop(plane.drain(..skipped)));
        Ok(true)
    }

    fn add_silence(&mut self, frames: usize) {
        self.held.iter_mut().for_each(|plane| plane.resize(plane.len() + frames, 0.0));
    }
}

impl PacketStream for WebmTrack {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        while self.held[0].len() <= self.padding && !self.ended {
            self.ended = !self.take()?;
        }
        let frames = self.held[0].len().saturating_sub(self.padding).min(BLOCK);
        if frames == 0 {
            return Ok(false);
        }
        planes.clear();
        planes.extend(self.held.iter_mut().map(|plane| plane.drain(..frames).collect::<Vec<f32>>()));
        Ok(true)
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        let is_whole = self.blocks.as_ref().is_some_and(|blocks| self.taken >= blocks.count);
        self.info.check_length(decoded, !is_whole)
    }
}

/// The ids of elements (RFC 9559, section 5.1).
mod id {
    pub(super) const SEGMENT: u32 = 0x1853_8067;
    pub(super) const CLUSTER: u32 = 0x1f43_b675;
    pub(super) const BLOCK_GROUP: u32 = 0xa0;
    pub(super) const BLOCK: u32 = 0xa1;
    pub(super) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(super) const DISCARD_PADDING: u32 = 0x75a2;
}

const NANOSECONDS: u64 = 1_000_000_000;

/// The blocks of a file.
struct Blocks {
    count: u64,
    /// What of the last one is not played (`DiscardPadding`), in nanoseconds.
    padding: u64,
}

impl Blocks {
    /// Counts them; `None` if the file is cut.
    fn of(file: Slice) -> Option<Self> {
        let mut left = file.claimed();
        let mut file = BufReader::new(file);
        let mut blocks = Self { count: 0, padding: 0 };
        while left > 0 {
            let (id, id_bytes) = number(&mut file, true)?;
            let (size, size_bytes) = number(&mut file, false)?;
            left = left.checked_sub(id_bytes + size_bytes)?;
            match id as u32 {
                // Their elements follow. Those that are written while they are recorded do not know their size.
                id::SEGMENT | id::CLUSTER | id::BLOCK_GROUP => continue,
                id::BLOCK | id::SIMPLE_BLOCK => blocks = Self { count: blocks.count + 1, padding: 0 },
                id::DISCARD_PADDING if (1..=8).contains(&size) => {
                    let mut bytes = [0; 8];
                    file.read_exact(&mut bytes[..size as usize]).ok()?;
                    let signed = i64::from_be_bytes(bytes) >> (64 - 8 * size);
                    blocks.padding = signed.max(0).unsigned_abs();
                    left = left.checked_sub(size)?;
                    continue;
                }
                _ => {}
            }
            left = left.checked_sub(size)?;
            file.seek_relative(i64::try_from(size).ok()?).ok()?;
        }
        Some(blocks)
    }

    fn frames_at_end(&self, rate: SampleRate) -> usize {
        (self.padding.min(NANOSECONDS) * u64::from(rate.hz()) / NANOSECONDS) as usize
    }
}

/// A number of EBML (RFC 8794, section 4), and how many bytes it has. Ids keep the mark of their length.
fn number(file: &mut impl Read, is_id: bool) -> Option<(u64, u64)> {
    let mut first = [0];
    file.read_exact(&mut first).ok()?;
    let length = u64::from(first[0].leading_zeros()) + 1;
    let mut rest = [0; 8];
    file.read_exact(rest.get_mut(..length as usize - 1)?).ok()?;
    let mark = if is_id { 0xff } else { 0xff_u16 >> length };
    let start = u64::from(first[0]) & u64::from(mark);
    let value = rest[..length as usize - 1].iter().fold(start, |sum, byte| sum << 8 | u64::from(*byte));
    Some((value, length))
}
