//! WebM and Matroska (RFC 9559), as browsers record: Opus, PCM or FLAC in packets that symphonia finds. What a player leaves out at
//! the end, and whether that end is there, is read here, since symphonia does not tell it.

use std::io::{BufReader, Read};

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_S16BE,
    CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE,
};
use symphonia::core::formats::TrackType;
use symphonia::core::io::ReadOnlySource;
use symphonia::core::units::TimeBase;

use super::ogg_codec::Codec;
use super::packets;
use super::slice::Slice;
use super::timed::{Played, TimedPackets};
use super::{DecodeError, PacketStream};
use crate::files::Source;
use crate::unit::SampleRate;

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
    let seconds_of = |base: TimeBase| f64::from(base.numer.get()) / f64::from(base.denom.get());
    let clock = move |pts: i64| base.map(|base| pts as f64 * seconds_of(base));
    let blocks = Blocks::of(whole);
    let padding = blocks.as_ref().map_or(0, |blocks| blocks.frames_at_end(codec.rate));
    let played = Played { skip: codec.delay, padding, most: u64::MAX, each: None, per_unit: None };
    // A block has a packet at least.
    let count = blocks.map(|blocks| blocks.count);
    Ok(Box::new(TimedPackets::new(reader, id, Box::new(clock), codec, played, count)))
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
