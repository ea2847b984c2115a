//! Core Audio files (CAF), decoded by symphonia. What is played of them stands in their packet table.

use std::io;
use std::ops::Range;

use super::packets::Packets;
use super::riff::up_to;
use super::slice::Slice;
use super::trimmed::Trimmed;
use super::{DecodeError, PacketStream};
use crate::files::Source;

/// The most chunks that are looked at.
const MOST_CHUNKS: usize = 4_096;

/// Opens a CAF.
///
/// # Errors
/// [`DecodeError`] if it is damaged or coded in a way that adem does not read.
pub(super) fn open(source: Box<dyn Source>) -> Result<Trimmed, DecodeError> {
    let table = table(source.as_ref()).map_err(DecodeError::Io)?;
    let packets = Packets::open(Slice::whole(source)).map_err(|error| {
        error.naming_unsupported("a Core Audio file (CAF) without PCM, ALAC or AAC in it")
    })?;
    let whole = packets.info().declared.map_or(u64::MAX, |whole| whole.0);
    let played = table.as_ref().map_or(0..whole, |table| table.played.clone());
    // Some programs count the last packet as if it were full.
    Ok(Trimmed::new(packets, played, table.map(|table| table.packets)))
}

/// What a packet table says.
struct PacketTable {
    packets: u64,
    played: Range<u64>,
}

/// Reads the packet table: the numbers of packets and frames, of 64 bits each, then the
/// delay and the padding, of 32.
fn table(source: &dyn Source) -> io::Result<Option<PacketTable>> {
    let mut at = 8u64;
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
            return Ok((frames > 0).then_some(PacketTable { packets, played }));
        }
        // The size of the last chunk of sound may be unknown: minus one.
        at = at.saturating_add(12).saturating_add(number(4, 12));
    }
    Ok(None)
}
