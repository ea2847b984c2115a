//! Core Audio files (CAF), decoded by symphonia, but for samples stored as they are, which are read as in WAV. What is
//! played of them stands in their packet table.

use std::io;
use std::ops::Range;

use super::coding::{Order, SampleCoding};
use super::packets::Packets;
use super::pcm::{SampleFormat, SampleLayout, Search, Unreadable};
use super::riff::up_to;
use super::slice::Slice;
use super::trimmed::Trimmed;
use super::{DecodeError, PacketStream};
use crate::files::Source;
use crate::unit::SampleRate;

/// The most chunks that are looked at.
const MOST_CHUNKS: usize = 4_096;

/// Flags of uncompressed samples.
const IS_FLOAT: u8 = 1;
const IS_LITTLE: u8 = 2;

/// Finds the samples of a CAF that are stored as they are; [`Search::Other`] for any other file that may be read, and what the
/// samples are of one that is not.
pub(super) fn find(source: &dyn Source) -> io::Result<Search> {
    // The first chunk describes the sound: rate, coding, flags, bytes and frames of a packet, channels, bits.
    let head = up_to(source, 0, 52)?;
    if head.len() < 52 || !head.starts_with(b"caff") || &head[8..12] != b"desc" {
        return Ok(Search::Other);
    }
    let channels = usize::from(head[47]);
    let (coding, bits) = match &head[28..32] {
        b"alaw" => (SampleCoding::ALaw, 8),
        b"ulaw" => (SampleCoding::MuLaw, 8),
        b"lpcm" => match uncompressed(&head, channels) {
            Some(found) => found,
            None => return Ok(Search::Other),
        },
        b"alac" | b"aac " => return Ok(Search::Other),
        other => {
            let name = String::from_utf8_lossy(other).trim().to_owned();
            let known = !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic());
            let of = if known { format!(" with `{name}` in it") } else { " of an unknown coding".to_owned() };
            return Ok(Search::Unreadable(Unreadable::Coding(format!("a Core Audio file (CAF){of}"))));
        }
    };
    let rate = f64::from_be_bytes([20, 21, 22, 23, 24, 25, 26, 27].map(|at| head[at]));
    let rate = Some(rate as u32).filter(|_| rate.fract() == 0.0).and_then(SampleRate::of_file);
    let Some(rate) = rate.filter(|_| channels > 0 && head[44..47] == [0; 3]) else {
        return Ok(Search::Unreadable(Unreadable::Header("its header has no rate or no channels")));
    };
    let mut layout = SampleLayout::new(SampleFormat { rate, channels, coding, bits });
    let mut at = 8u64;
    for _ in 0..MOST_CHUNKS {
        let head = up_to(source, at, 12)?;
        if head.len() < 12 {
            break;
        }
        let size = head[4..].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if head.starts_with(b"data") {
            // A count of edits precedes the samples.
            let first = at + 12 + 4;
            let there = source.byte_len().saturating_sub(first);
            match size {
                u64::MAX => layout.add_stream(first, there),
                size => layout.add(first, size.saturating_sub(4), there),
            }
            break;
        }
        at = at.saturating_add(12).saturating_add(size);
    }
    if layout.is_found() {
        return Ok(Search::Found(layout));
    }
    Ok(Search::Unreadable(Unreadable::Header("it ends inside its header")))
}

/// How the samples are stored, and how many of their bits are in use, if they fill their bytes.
fn uncompressed(head: &[u8], channels: usize) -> Option<(SampleCoding, u32)> {
    let four = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (flags, packet, frames, bits) = (head[35], four(36), four(40), four(48));
    let width = (packet as usize).checked_div(channels)?;
    if frames != 1 || packet as usize != width * channels || bits as usize != 8 * width {
        return None;
    }
    let order = if flags & IS_LITTLE == 0 { Order::Big } else { Order::Little };
    let coding = match (flags & IS_FLOAT, width) {
        (0, 1) => Some(SampleCoding::S8),
        (0, _) => SampleCoding::int(width, order),
        (_, _) => SampleCoding::float(width, order),
    };
    Some((coding?, bits))
}

/// Opens a CAF.
///
/// # Errors
/// [`DecodeError`] if it is damaged or coded in a way that adem does not read.
pub(super) fn open(source: Box<dyn Source>) -> Result<Trimmed, DecodeError> {
    let CafChunks { table, end, cut_data } = chunks(source.as_ref()).map_err(DecodeError::Io)?;
    let length = source.byte_len();
    if table.is_none() && end > length {
        return Err(DecodeError::Damaged {
            reason: "its end is missing, and with it the table of its packets".into(),
        });
    }
    // The library refuses a file whose end is missing.
    let file = Slice::whole(source);
    let file = match cut_data {
        Some(at) => file.corrected(at + 4, length.saturating_sub(at + 12)),
        None => file.claiming(end.max(length)),
    };
    let packets = Packets::open(file).map_err(|error| {
        error.naming_unsupported("a Core Audio file (CAF) without PCM, ALAC or AAC in it")
    })?;
    let packets = if cut_data.is_some() { packets.cut() } else { packets };
    let whole = packets.info().declared.map_or(u64::MAX, |whole| whole.0);
    let played = table.as_ref().map_or(0..whole, |table| table.played.clone());
    // Some programs count the last packet as if it were full.
    Ok(Trimmed::new(packets, played, table.map(|table| table.packets)))
}

/// What is read of the chunks before the sound is decoded.
struct CafChunks {
    table: Option<PacketTable>,
    /// Where the last chunk ends, which may lie beyond a file that was cut off.
    end: u64,
    /// Where the chunk with the sound begins, if its end is missing.
    cut_data: Option<u64>,
}

/// What a packet table says.
struct PacketTable {
    packets: u64,
    played: Range<u64>,
}

/// Reads the packet table: the numbers of packets and frames, of 64 bits each, then the delay and the padding, of 32.
fn chunks(source: &dyn Source) -> io::Result<CafChunks> {
    let (mut table, mut cut_data, mut at) = (None, None, 8u64);
    for _ in 0..MOST_CHUNKS {
        let head = up_to(source, at, 12 + 24)?;
        if head.len() < 12 {
            break;
        }
        let number =
            |from: usize, to: usize| head[from..to].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if head.starts_with(b"pakt") && head.len() == 36 {
            let (packets, frames, delay) = (number(12, 20), number(20, 28), number(28, 32));
            let played = delay..delay.saturating_add(frames);
            table = (frames > 0).then_some(PacketTable { packets, played });
        }
        // The size of the last chunk of sound may be unknown: minus one.
        let size = number(4, 12);
        if size > i64::MAX as u64 {
            return Ok(CafChunks { table, end: source.byte_len(), cut_data });
        }
        let end = at.saturating_add(12).saturating_add(size);
        if head.starts_with(b"data") && end > source.byte_len() {
            cut_data = Some(at);
        }
        at = end;
    }
    Ok(CafChunks { table, end: at, cut_data })
}
