//! MP4 in fragments (ISO/IEC 14496-12, 8.8), as browsers record it: AAC-LC or Opus in packets that symphonia finds. The times of the
//! fragments and what of them is there are read here, since symphonia does not tell them. Opus in an MP4 without fragments is
//! read the same way.

use std::io;
use std::ops::Range;

use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::formats::TrackType;

use super::mp4::{
    EditList, MOST_BOXES, Mp4Index, Mp4Times, boxes, child, from_io, he_aac, read, unsupported,
};
use super::ogg_codec::Codec;
use super::slice::Slice;
use super::timed::{Clock, MOST_LOST, Played, TimedPackets};
use super::{DecodeError, PacketStream, packets};
use crate::files::Source;

/// Opens the sound of a file whose index was read.
pub(super) fn open(whole: Slice, index: &Mp4Index) -> Result<Box<dyn PacketStream>, DecodeError> {
    let fragments = Fragments::of(&whole, index).map_err(from_io)?;
    let reader = packets::probe_from(whole.clone()).map_err(packets::from_symphonia)?;
    let track = reader.default_track(TrackType::Audio).ok_or_else(packets::no_track)?;
    let parameters = track.codec_params.as_ref().and_then(|params| params.audio());
    let parameters = parameters.ok_or_else(packets::no_track)?;
    let codec = match parameters.codec {
        CODEC_ID_OPUS => Codec::opus(&opus_head(parameters.extra_data.as_deref().unwrap_or_default()))?,
        CODEC_ID_AAC => Codec::of_packets(parameters)?,
        _ => return Err(unsupported("an MP4 file in fragments with neither AAC-LC nor Opus in it")),
    };
    if codec.name == "aac" && he_aac(codec.rate, whole) {
        return Err(unsupported(super::mp4::HE_AAC));
    }
    let Mp4Times { movie_scale, sound_scale } = index.times;
    let frames = |time: u64, scale: u32| {
        let frames = (u128::from(time) * u128::from(codec.rate.hz())).div_ceil(u128::from(scale.max(1)));
        u64::try_from(frames).unwrap_or(u64::MAX)
    };
    let each = fragments.each.map(|length| frames(length, sound_scale) as usize);
    let per_unit = Some(f64::from(codec.rate.hz()) / f64::from(sound_scale.max(1)));
    let played = match index.edit {
        EditList::Several => return Err(unsupported("an MP4 file with an edit list of several parts")),
        // Without a list the length of the last packet may be a guess of the browser.
        EditList::None => Played { skip: codec.delay, padding: 0, most: u64::MAX, each, per_unit },
        EditList::One { from, length } => Played {
            skip: frames(from, sound_scale),
            // More than a packet is damage, and would be held in memory.
            padding: usize::try_from(frames(fragments.left_out.max(index.left_out), sound_scale))
                .map_or(0, |padding| padding.min(MOST_LOST)),
            most: if length == 0 { u64::MAX } else { frames(length, movie_scale) },
            each,
            per_unit,
        },
    };
    let count = fragments.is_whole.then_some(fragments.packets + index.packets.unwrap_or(0));
    let (id, clock) = (track.id, clock(fragments.starts, sound_scale));
    Ok(Box::new(TimedPackets::new(reader, id, clock, codec, played, count)))
}

/// The header of Opus as Ogg has it: MP4 writes its numbers the other way round.
fn opus_head(in_mp4: &[u8]) -> Vec<u8> {
    let mut head = in_mp4.to_vec();
    // The delay, the rate and the gain.
    for number in [10..12, 12..16, 16..18] {
        head.get_mut(number).into_iter().for_each(<[u8]>::reverse);
    }
    head
}

/// The times of packets: each fragment begins at its own, and within one the lengths of packets are added up, as the reader does.
fn clock(starts: Vec<Start>, scale: u32) -> Clock {
    let (mut starts, mut left, mut offset) = (starts.into_iter(), 0, 0);
    Box::new(move |pts| {
        while left == 0 {
            let Some(start) = starts.next() else { break };
            left = start.packets;
            offset = start.time.map_or(offset, |time| time.saturating_sub(pts));
        }
        left = left.saturating_sub(1);
        Some(pts.saturating_add(offset) as f64 / f64::from(scale.max(1)))
    })
}

/// The time at which a fragment begins, if it has one, and how many packets of the track it has.
struct Start {
    time: Option<i64>,
    packets: u64,
}

struct Fragments {
    starts: Vec<Start>,
    /// How many packets they have, of all tracks.
    packets: u64,
    /// By how much the last packet of the track is shorter than all others, in the units of the track.
    left_out: u64,
    /// The length of all packets of the track but the last, where they have the same.
    each: Option<u64>,
    /// Whether the end of the file is there, and each packet is told of.
    is_whole: bool,
}

/// The most fragments, so that a file of nothing but empty boxes takes no time.
const MOST: usize = 1 << 20;
/// The most bytes of the list of a run of packets.
const MOST_BYTES: u64 = 1 << 24;

impl Fragments {
    fn of(source: &Slice, index: &Mp4Index) -> io::Result<Self> {
        let usual = usual_packets(source)?;
        let mut found = Self { starts: Vec::new(), packets: 0, left_out: 0, each: None, is_whole: true };
        let mut lengths = Lengths::default();
        // Packets that the index has itself lie in data of their own.
        let has_own = index.packets.is_some_and(|packets| packets > 0);
        // The bytes of the packets of the last fragment whose data has not come yet.
        let mut awaited: u64 = 0;
        let (mut at, end) = (0, source.byte_len());
        for _ in 0..MOST {
            if at >= end {
                break;
            }
            let Some((name, body)) = boxes(source, at..end, 1)?.pop() else {
                found.is_whole = false;
                break;
            };
            at = body.end;
            match &name {
                b"moof" => {
                    let bytes = found.add(source, body, index.track, &usual, &mut lengths)?;
                    awaited = bytes.saturating_add(awaited);
                }
                // Bytes that no packet has are those of packets of which the list is damaged.
                b"mdat" => {
                    let bytes = body.end - body.start;
                    found.is_whole &= bytes <= awaited || has_own;
                    awaited = awaited.saturating_sub(bytes);
                }
                name => found.is_whole &= name.iter().all(u8::is_ascii_graphic),
            }
        }
        (found.left_out, found.each) = (lengths.left_out(), lengths.each());
        Ok(found)
    }

    /// Adds a fragment. Returns how many bytes its packets have.
    fn add(
        &mut self,
        source: &Slice,
        fragment: Range<u64>,
        track: u32,
        usual: &[(u32, UsualPacket)],
        lengths: &mut Lengths,
    ) -> io::Result<u64> {
        let mut bytes: u64 = 0;
        for (name, part) in boxes(source, fragment, MOST_BOXES)? {
            if &name != b"traf" {
                continue;
            }
            let Some(header) = child(source, part.clone(), *b"tfhd")? else { continue };
            let id = u32::from_be_bytes(read(source, header.start + 4)?);
            let known = usual.iter().find(|(track, _)| *track == id).map(|(_, usual)| *usual);
            let usual = known.unwrap_or_default().of_fragment(source, &header)?;
            let time = match child(source, part.clone(), *b"tfdt")? {
                Some(time) => match read(source, time.start)? {
                    [1] => i64::try_from(u64::from_be_bytes(read(source, time.start + 4)?)).ok(),
                    [_] => Some(i64::from(u32::from_be_bytes(read(source, time.start + 4)?))),
                },
                None => None,
            };
            let mut packets = 0;
            for (name, run) in boxes(source, part, MOST_BOXES)? {
                if &name == b"trun" {
                    let lengths = (id == track).then_some(&mut *lengths);
                    let (count, size) = run_of(source, run, usual, lengths)?;
                    packets += count;
                    bytes = bytes.saturating_add(size);
                }
            }
            self.packets += packets;
            if id == track {
                self.starts.push(Start { time, packets });
            }
        }
        Ok(bytes)
    }
}

/// The length and the bytes of a packet where its run tells none.
#[derive(Clone, Copy, Default)]
struct UsualPacket {
    length: u32,
    bytes: u32,
}

impl UsualPacket {
    /// Those that the header of a fragment has in place of these.
    fn of_fragment(self, source: &Slice, header: &Range<u64>) -> io::Result<Self> {
        let flags = u32::from_be_bytes(read(source, header.start)?);
        let mut at =
            header.start + 8 + if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
        let mut found = self;
        if flags & 8 != 0 {
            found.length = u32::from_be_bytes(read(source, at)?);
            at += 4;
        }
        if flags & 0x10 != 0 {
            found.bytes = u32::from_be_bytes(read(source, at)?);
        }
        Ok(found)
    }
}

/// Reads a run of packets: how many there are, and how many bytes they have.
fn run_of(
    source: &Slice,
    run: Range<u64>,
    usual: UsualPacket,
    mut lengths: Option<&mut Lengths>,
) -> io::Result<(u64, u64)> {
    let flags = u32::from_be_bytes(read(source, run.start)?);
    let count = u64::from(u32::from_be_bytes(read(source, run.start + 4)?));
    // There are not so many bytes, and who reads them one by one would never end.
    if count > source.byte_len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let first = run.start + 8 + if flags & 1 == 0 { 0 } else { 4 } + if flags & 4 == 0 { 0 } else { 4 };
    let fields = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|field| flags & field != 0).count() as u64;
    if flags & 0x300 == 0 {
        lengths.into_iter().for_each(|lengths| lengths.add(usual.length, count));
        return Ok((count, count.saturating_mul(u64::from(usual.bytes))));
    }
    let mut rows = vec![0; run.end.saturating_sub(first).min(MOST_BYTES).min(count * fields * 4) as usize];
    source.read_exact_at(&mut rows, first)?;
    let mut bytes = 0;
    for row in rows.chunks_exact(fields as usize * 4) {
        let number = |at: usize| u32::from_be_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
        let has_length = flags & 0x100 != 0;
        if let Some(lengths) = &mut lengths {
            lengths.add(if has_length { number(0) } else { usual.length }, 1);
        }
        let size = if flags & 0x200 == 0 { usual.bytes } else { number(if has_length { 4 } else { 0 }) };
        bytes += u64::from(size);
    }
    Ok((count, bytes))
}

/// What the packets of each track have where fragments tell nothing else.
fn usual_packets(source: &Slice) -> io::Result<Vec<(u32, UsualPacket)>> {
    let Some(movie) = child(source, 0..source.byte_len(), *b"moov")? else { return Ok(Vec::new()) };
    let Some(extended) = child(source, movie, *b"mvex")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (name, body) in boxes(source, extended, MOST_BOXES)? {
        if &name == b"trex" {
            let number = |at: u64| read(source, body.start + at).map(u32::from_be_bytes);
            found.push((number(4)?, UsualPacket { length: number(12)?, bytes: number(16)? }));
        }
    }
    Ok(found)
}

/// The lengths of packets: of the first, of the last, and whether all before the last have that of the first.
#[derive(Default)]
struct Lengths {
    first: Option<u32>,
    last: u32,
    is_uneven: bool,
}

impl Lengths {
    fn add(&mut self, length: u32, packets: u64) {
        if packets == 0 {
            return;
        }
        let first = *self.first.get_or_insert(length);
        self.is_uneven |= self.last != first && self.last != 0 || packets > 1 && length != first;
        self.last = length;
    }

    fn left_out(&self) -> u64 {
        self.each().map_or(0, |each| each.saturating_sub(u64::from(self.last)))
    }

    fn each(&self) -> Option<u64> {
        self.first.filter(|length| !self.is_uneven && *length > 0).map(u64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_last_packet_that_is_shorter_leaves_something_out() {
        let left_out = |lengths: &[u32]| {
            let mut all = Lengths::default();
            lengths.iter().for_each(|length| all.add(*length, 1));
            all.left_out()
        };
        assert_eq!(left_out(&[]), 0);
        assert_eq!(left_out(&[960, 960, 824]), 136);
        assert_eq!(left_out(&[960, 960, 960]), 0);
        assert_eq!(left_out(&[2_880, 3_360, 2_880, 1_008]), 0);
    }

    #[test]
    fn each_fragment_begins_at_its_own_time() {
        let starts = vec![
            Start { time: Some(0), packets: 2 },
            Start { time: None, packets: 0 },
            Start { time: Some(5_000), packets: 1 },
            Start { time: None, packets: 1 },
        ];
        let mut clock = clock(starts, 1_000);
        let times: Vec<_> = [0, 20, 40, 60].into_iter().filter_map(&mut clock).collect();
        assert_eq!(times, [0.0, 0.02, 5.0, 5.02]);
    }
}
