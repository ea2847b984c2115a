//! Finds the samples of an AIFF or AIFF-C file.

use std::io;

use super::coding::{Order, SampleCoding};
use super::pcm::{SampleFormat, SampleLayout, Search, Unreadable};
use super::riff::{sound_follows, up_to};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// The most chunks that are looked at.
const MOST_CHUNKS: usize = 4_096;

/// Finds the samples; [`Search::Other`] for a file that is no AIFF.
pub(super) fn find(source: &dyn Source) -> io::Result<Search> {
    let (mut found, mut next) = form(source, 0)?;
    for _ in 0..MOST_CHUNKS {
        let (Search::Found(layout), Some(at)) = (&mut found, next) else { break };
        let (joined, after) = form(source, at)?;
        if let Search::Found(joined) = joined {
            layout.join(joined);
        }
        next = after;
    }
    Ok(found)
}

/// Finds the samples of the AIFF that begins at `start`, and where another begins that was joined to it.
fn form(source: &dyn Source, start: u64) -> io::Result<(Search, Option<u64>)> {
    let head = up_to(source, start, 12)?;
    if !is_form(&head) {
        return Ok((Search::Other, None));
    }
    let (mut at, mut common, mut sound, mut joined) = (start + 12, None, None, None);
    for _ in 0..MOST_CHUNKS {
        let head = up_to(source, at, 8)?;
        if head.len() < 8 {
            break;
        }
        let (first, size) = (at + 8, be(&head[4..]));
        match &head[..4] {
            // Another file that was joined to this one.
            b"FORM" if is_form(&up_to(source, at, 12)?) => {
                joined = Some(at);
                break;
            }
            b"COMM" => common = Some(up_to(source, first, size.min(64))?),
            b"SSND" => sound = Some((first, size)),
            _ => {}
        }
        at = first + size + size % 2;
        // Some programs leave out the byte that pads a chunk of odd length.
        let known = [&b"COMM"[..], b"SSND", b"NAME", b"ANNO", b"MARK", b"INST", b"COMT", b"ID3 ", b"CHAN"];
        if size % 2 == 1 && known.contains(&&up_to(source, first + size, 4)?[..]) {
            at -= 1;
        }
    }
    let Some((common, (first, size))) = common.filter(|common| common.len() >= 18).zip(sound) else {
        return Ok((Search::Unreadable(Unreadable::Header("it ends inside its header")), joined));
    };
    let format = match format(&common) {
        Ok(format) => format,
        Err(unreadable) => return Ok((Search::Unreadable(unreadable), joined)),
    };
    // The samples follow an offset and a block size, which is of no use.
    let offset = be(&up_to(source, first, 4)?);
    let start = first + 8 + offset;
    let there = source.byte_len().saturating_sub(start);
    let declared = be(&common[2..6]) * format.frame_bytes();
    let mut layout = SampleLayout::new(format);
    if declared == 0 && there > 0 && size != 8 {
        layout.add_stream(start, there.min(size.saturating_sub(8 + offset)));
    } else {
        layout.add(start, declared, there);
        // More sound than the header counts, within the chunk or behind it.
        let frame = layout.format().frame_bytes();
        let (rate, chunk_end) = (layout.format().rate, first + size + size % 2);
        let least = frame * u64::from(rate.hz()) / 100;
        let end = start.saturating_add(declared);
        let more = if sound_follows(source, chunk_end.max(end), least)? {
            there.saturating_sub(declared)
        } else {
            there.min(size.saturating_sub(8 + offset)).saturating_sub(declared)
        };
        if more >= least.max(1) && source_sounds(source, end)? {
            layout.add_missing(Frames(more / frame), rate);
        }
    }
    Ok((Search::Found(layout), joined))
}

/// Whether anything but zeros follows.
fn source_sounds(source: &dyn Source, at: u64) -> io::Result<bool> {
    Ok(up_to(source, at, 4_096)?.iter().any(|byte| *byte != 0))
}

/// Whether an AIFF begins so.
fn is_form(head: &[u8]) -> bool {
    head.len() == 12 && head.starts_with(b"FORM") && matches!(&head[8..], b"AIFF" | b"AIFC")
}

/// The contents of a `COMM` chunk.
fn format(common: &[u8]) -> Result<SampleFormat, Unreadable> {
    let (channels, bits) = (be(&common[..2]) as usize, be(&common[6..8]) as u32);
    let rate = SampleRate::of_file(extended(&common[8..18]).round() as u32);
    let rate = rate.ok_or(Unreadable::Header("its header has a sample rate of zero"))?;
    if channels == 0 {
        return Err(Unreadable::Header("its header has no channels"));
    }
    let width = bits.div_ceil(8) as usize;
    let ints = |order| if width == 1 { Some(SampleCoding::S8) } else { SampleCoding::int(width, order) };
    let (coding, bits) = match common.get(18..22) {
        None | Some(b"NONE" | b"twos") => (ints(Order::Big), bits),
        Some(b"in24") => (SampleCoding::int(3, Order::Big), 24),
        Some(b"in32") => (SampleCoding::int(4, Order::Big), 32),
        Some(b"sowt") => (ints(Order::Little), bits),
        Some(b"raw ") => (Some(SampleCoding::U8), 8),
        Some(b"fl32" | b"FL32") => (SampleCoding::float(4, Order::Big), 32),
        Some(b"fl64" | b"FL64") => (SampleCoding::float(8, Order::Big), 64),
        Some(b"alaw" | b"ALAW") => (Some(SampleCoding::ALaw), 8),
        Some(b"ulaw" | b"ULAW") => (Some(SampleCoding::MuLaw), 8),
        Some(other) => {
            let name = String::from_utf8_lossy(other).trim().to_owned();
            return Err(Unreadable::Coding(format!("an AIFF file compressed as {name}")));
        }
    };
    let coding = coding.filter(|_| channels <= 64 && bits > 0);
    let coding =
        coding.ok_or_else(|| Unreadable::Coding(format!("an AIFF file with samples of {bits} bits")))?;
    Ok(SampleFormat { rate, channels, coding, bits })
}

/// A number of 80 bits: a sign and an exponent of 15 bits, then a mantissa of 64.
fn extended(bytes: &[u8]) -> f64 {
    let exponent = i32::from(be(&bytes[..2]) as u16 & 0x7fff) - 16_383 - 63;
    be(&bytes[2..10]) as f64 * 2f64.powi(exponent)
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
