//! AAC-LC and ALAC in MP4 (ISO/IEC 14496-12), decoded by symphonia. Symphonia ignores edit lists, so what they exclude, such
//! as the encoder's delay, is removed here.

use std::io::{self, ErrorKind};
use std::ops::Range;

use super::packets::{self, Packets};
use super::slice::Slice;
use super::trimmed::Trimmed;
use super::{DecodeError, PacketStream, mp4_fragments, sbr};
use crate::files::Source;
use crate::unit::SampleRate;

/// Opens the audio of an MP4 file, without the parts that its edit list or iTunes' tag excludes.
///
/// # Errors
/// [`DecodeError`] if it is damaged or coded in a way that adem does not read.
pub(super) fn open(source: Box<dyn Source>) -> Result<Box<dyn PacketStream>, DecodeError> {
    let whole = Slice::whole(source);
    let length = claimed(&whole).map_err(from_io)?;
    let whole = whole.claiming(length);
    let index = index(&whole)
        .map_err(from_io)?
        .ok_or_else(|| DecodeError::Damaged { reason: "it ends before its index".into() })?;
    if let Some(what) = index.unread {
        return Err(unsupported(what));
    }
    if index.is_fragmented || index.is_opus {
        return mp4_fragments::open(whole, &index);
    }
    let packets = Packets::open(whole.clone()).map_err(|error| {
        error.naming_unsupported("an MP4 file with neither AAC-LC of one or two channels nor ALAC in it")
    })?;
    if packets.info().codec == "aac" && he_aac(packets.info().rate, whole) {
        return Err(unsupported(HE_AAC));
    }
    // The durations of a recording from a phone may be those of its clock; the packets are as long as they are.
    let counted = index.packets.filter(|_| packets.info().codec == "aac" && index.is_uneven);
    let whole = match (counted, packets.info().declared) {
        (Some(count), _) => count * AAC_FRAMES,
        (None, Some(declared)) => declared.0,
        (None, None) => u64::MAX,
    };
    let played = match index.edit {
        EditList::Several => return Err(unsupported("an MP4 file with an edit list of several parts")),
        EditList::None => index.gapless.map_or(0..whole, |(delay, length)| {
            delay..delay.saturating_add(if length == 0 { u64::MAX } else { length }).min(whole)
        }),
        EditList::One { from, length } => {
            let frames = |time: u64, scale: u32| {
                let rate = u128::from(packets.info().rate.hz());
                u64::try_from((u128::from(time) * rate).div_ceil(u128::from(scale.max(1))))
            };
            let from = frames(from, index.times.sound_scale).unwrap_or(u64::MAX);
            let length = frames(length, index.times.movie_scale).unwrap_or(u64::MAX);
            // The movie's clock may be as coarse as milliseconds, so its end is limited to that of the audio.
            from..from.saturating_add(if length == 0 { u64::MAX } else { length }).min(whole)
        }
    };
    Ok(Box::new(Trimmed::new(packets, played, index.packets)))
}

/// Whether AAC of a low rate is the lower half of HE-AAC that is not announced.
pub(super) fn he_aac(rate: SampleRate, whole: Slice) -> bool {
    rate.hz() <= 24_000 && sbr::is_in(&packets::first_packets(whole, 24))
}

/// How many frames a packet of AAC-LC has, nearly always.
const AAC_FRAMES: u64 = 1_024;
pub(super) const HE_AAC: &str = "an M4A file with HE-AAC in it, of which only the lower half would be heard";

pub(super) fn unsupported(what: &str) -> DecodeError {
    DecodeError::Unsupported { what: what.into() }
}

pub(super) fn from_io(error: io::Error) -> DecodeError {
    if error.kind() == ErrorKind::UnexpectedEof {
        return DecodeError::Damaged { reason: "it ends inside its index".into() };
    }
    DecodeError::Io(error)
}

/// The parts of the index that symphonia does not expose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mp4Index {
    /// Whether the audio is split into fragments, each with its own index.
    is_fragmented: bool,
    /// The number of the audio track.
    pub(super) track: u32,
    pub(super) times: Mp4Times,
    pub(super) edit: EditList,
    /// The delay and the length that iTunes writes into a tag.
    gapless: Option<(u64, u64)>,
    /// How many packets the audio has.
    pub(super) packets: Option<u64>,
    is_opus: bool,
    /// By how much the last packet is said to be shorter than all others, in units of the track.
    pub(super) left_out: u64,
    /// Whether the packets are said to be of several lengths.
    is_uneven: bool,
    /// What the audio is, where it is known that it cannot be decoded.
    unread: Option<&'static str>,
}

/// Clock units per second, of the movie and of its audio track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mp4Times {
    pub movie_scale: u32,
    pub sound_scale: u32,
}

/// Which part of the audio is played (8.6.6).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EditList {
    None,
    /// From a time of the audio track, for a duration of the movie.
    One {
        from: u64,
        length: u64,
    },
    /// Several parts in sequence.
    Several,
}

/// The byte range of the content of a box.
type Body = Range<u64>;

/// Reads the index; `None` where there is none. Without an audio track only the fields of the movie are set.
fn index(source: &dyn Source) -> io::Result<Option<Mp4Index>> {
    let whole = 0..source.byte_len();
    let Some(movie) = child(source, whole, *b"moov")? else { return Ok(None) };
    let is_fragmented = child(source, movie.clone(), *b"mvex")?.is_some();
    let movie_scale = match child(source, movie.clone(), *b"mvhd")? {
        Some(header) => scale(source, &header)?,
        None => 1,
    };
    let mut index = Mp4Index {
        is_fragmented,
        track: 0,
        times: Mp4Times { movie_scale, sound_scale: 1 },
        edit: EditList::None,
        gapless: gapless(source, &movie).unwrap_or_default(),
        packets: None,
        is_opus: false,
        left_out: 0,
        is_uneven: false,
        unread: None,
    };
    for (name, track) in boxes(source, movie, MOST_BOXES)? {
        let Some(media) = child(source, track.clone(), *b"mdia")?.filter(|_| &name == b"trak") else {
            continue;
        };
        let Some(handler) = child(source, media.clone(), *b"hdlr")? else { continue };
        let kind: [u8; 4] = read(source, handler.start + 8)?;
        if &kind != b"soun" {
            continue;
        }
        // A file without its tables is told so by the decoder.
        let _ = index.tables(source, media.clone());
        if let Some(header) = child(source, media, *b"mdhd")? {
            index.times.sound_scale = scale(source, &header)?;
        }
        if let Some(header) = child(source, track.clone(), *b"tkhd")? {
            let [version] = read(source, header.start)?;
            index.track =
                u32::from_be_bytes(read(source, header.start + if version == 1 { 20 } else { 12 })?);
        }
        if let Some(edits) = child(source, track, *b"edts")?
            && let Some(list) = child(source, edits, *b"elst")?
        {
            index.edit = edit(source, &list)?;
        }
        break;
    }
    Ok(Some(index))
}

impl Mp4Index {
    /// Reads what the tables of the audio say of its packets.
    fn tables(&mut self, source: &dyn Source, media: Body) -> io::Result<()> {
        let mut table = media;
        for name in [*b"minf", *b"stbl"] {
            let Some(found) = child(source, table, name)? else { return Ok(()) };
            table = found;
        }
        if let Some(sizes) = child(source, table.clone(), *b"stsz")? {
            self.packets = Some(u64::from(u32::from_be_bytes(read(source, sizes.start + 8)?)));
        }
        if let Some(times) = child(source, table.clone(), *b"stts")? {
            let count = u64::from(u32::from_be_bytes(read(source, times.start + 4)?));
            // The last packet may be shorter.
            let last: u32 = match count {
                0 => 0,
                count => u32::from_be_bytes(read(source, times.start + 8 * count)?),
            };
            self.is_uneven = count > 2 || count == 2 && last != 1;
            if count == 2 && last == 1 {
                let length = |row: u64| read(source, times.start + 12 + 8 * row).map(u32::from_be_bytes);
                self.left_out = u64::from(length(0)?.saturating_sub(length(1)?));
            }
        }
        if let Some(kinds) = child(source, table, *b"stsd")? {
            self.unread = unread(source, &kinds)?;
            self.is_opus = read(source, kinds.start + 12).is_ok_and(|name: [u8; 4]| &name == b"Opus");
        }
        Ok(())
    }
}

/// What cannot be decoded: the first entry has a size and a name, then 28 bytes about the sound.
fn unread(source: &dyn Source, kinds: &Body) -> io::Result<Option<&'static str>> {
    let name: [u8; 4] = read(source, kinds.start + 12)?;
    Ok(match &name {
        b"samr" => Some("an MP4 file with AMR in it"),
        b"sawb" => Some("an MP4 file with AMR-WB in it"),
        b"ac-3" | b"ec-3" => Some("an MP4 file with Dolby Digital in it"),
        b"fLaC" => Some("an MP4 file with FLAC in it"),
        b"ulaw" | b"alaw" => Some("a QuickTime file with the sound of a telephone (G.711) in it"),
        b"mp4a" => {
            let Some(config) = child(source, kinds.start + 8 + 36..kinds.end, *b"esds")? else {
                return Ok(None);
            };
            let bytes = (config.start..config.end.min(config.start + 128))
                .map(|at| read(source, at).map(|[byte]| byte));
            let bytes = bytes.collect::<io::Result<Vec<u8>>>()?;
            if matches!(object_type(&bytes), Some(0x69 | 0x6b)) {
                return Ok(Some("an MP4 file with MP3 in it"));
            }
            specific(&bytes).filter(|config| sbr::is_announced(config)).map(|_| HE_AAC)
        }
        _ => None,
    })
}

/// The configuration of the decoder.
fn specific(bytes: &[u8]) -> Option<&[u8]> {
    let (body, size) = descriptor(bytes, 5)?;
    body.get(..size)
}

/// The kind of coding, which begins the descriptor with tag 4 (ISO/IEC 14496-1, 7.2.6.6).
fn object_type(bytes: &[u8]) -> Option<u8> {
    descriptor(bytes, 4)?.0.first().copied()
}

/// What a descriptor with this tag holds, up to the end of all, and its size: descriptors lie in each other, each with a
/// tag and a size of seven bits a byte.
fn descriptor(bytes: &[u8], wanted: u8) -> Option<(&[u8], usize)> {
    let mut at = 4;
    loop {
        let tag = *bytes.get(at)?;
        let mut size = 0;
        loop {
            at += 1;
            let byte = *bytes.get(at)?;
            size = size << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        at += 1;
        if tag == wanted {
            return Some((bytes.get(at..)?, size));
        }
        match tag {
            3 => at += 3,
            4 => at += 13,
            _ => return None,
        }
    }
}

/// The tag `iTunSMPB`: numbers of hexadecimal digits, of which the second is the delay, the third the padding and the
/// fourth the length.
fn gapless(source: &dyn Source, movie: &Body) -> io::Result<Option<(u64, u64)>> {
    let Some(data) = child(source, movie.clone(), *b"udta")? else { return Ok(None) };
    let Some(meta) = child(source, data, *b"meta")? else { return Ok(None) };
    let Some(list) = child(source, meta.start + 4..meta.end, *b"ilst")? else { return Ok(None) };
    for (_, item) in boxes(source, list, MOST_BOXES)?.into_iter().filter(|(name, _)| name == b"----") {
        let (Some(name), Some(value)) =
            (child(source, item.clone(), *b"name")?, child(source, item, *b"data")?)
        else {
            continue;
        };
        let text = |body: Body, from: u64| -> io::Result<String> {
            let mut bytes = vec![0; (body.end - body.start).saturating_sub(from).min(256) as usize];
            source.read_exact_at(&mut bytes, body.start + from)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        if text(name, 4)? == "iTunSMPB" {
            let value = text(value, 8)?;
            let mut numbers = value.split_whitespace().skip(1).map(|word| u64::from_str_radix(word, 16).ok());
            let (delay, _, length) = (numbers.next().flatten(), numbers.next(), numbers.next().flatten());
            return Ok(delay.zip(length));
        }
    }
    Ok(None)
}

/// The units per second in a header: they follow its version and two times, of 32 bits each or of 64 in version 1.
fn scale(source: &dyn Source, header: &Body) -> io::Result<u32> {
    let [version] = read(source, header.start)?;
    Ok(u32::from_be_bytes(read(source, header.start + if version == 1 { 20 } else { 12 })?))
}

/// Reads an edit list. Empty edits, which only delay the start, are skipped.
fn edit(source: &dyn Source, list: &Body) -> io::Result<EditList> {
    let [version] = read(source, list.start)?;
    let count = u32::from_be_bytes(read(source, list.start + 4)?);
    let bytes = if version == 1 { 20 } else { 12 };
    let mut found = EditList::None;
    for place in 0..u64::from(count.min(3)) {
        let at = list.start + 8 + place * bytes;
        let (length, from) = if version == 1 {
            (u64::from_be_bytes(read(source, at)?), i64::from_be_bytes(read(source, at + 8)?))
        } else {
            let (length, from): ([u8; 4], [u8; 4]) = (read(source, at)?, read(source, at + 4)?);
            (u64::from(u32::from_be_bytes(length)), i64::from(i32::from_be_bytes(from)))
        };
        let Ok(from) = u64::try_from(from) else { continue };
        found = if found == EditList::None { EditList::One { from, length } } else { EditList::Several };
    }
    Ok(found)
}

/// The start of each chapter in Nero's chapter list, in seconds; empty where there is no list or the file is not an
/// MP4.
pub(super) fn chapters(source: &dyn Source) -> Vec<f64> {
    let kind: Option<[u8; 4]> = read(source, 4).ok();
    if kind.is_some_and(|kind| &kind == b"ftyp") {
        listed(source).ok().flatten().unwrap_or_default()
    } else {
        Vec::new()
    }
}

fn listed(source: &dyn Source) -> io::Result<Option<Vec<f64>>> {
    let mut inside = 0..source.byte_len();
    for name in [*b"moov", *b"udta", *b"chpl"] {
        let Some(found) = child(source, inside, name)? else { return Ok(None) };
        inside = found;
    }
    let [count] = read(source, inside.start + 8)?;
    let (mut at, mut starts) = (inside.start + 9, Vec::new());
    for _ in 0..count {
        starts.push(u64::from_be_bytes(read(source, at)?) as f64 / 1e7);
        let [title] = read(source, at + 8)?;
        at += 9 + u64::from(title);
    }
    Ok(Some(starts))
}

/// The most boxes read on one level, so that a file of nothing but empty boxes takes no time.
pub(super) const MOST_BOXES: usize = 4_096;

/// How long the file would be if its last box were whole.
fn claimed(source: &dyn Source) -> io::Result<u64> {
    let length = source.byte_len();
    let last = boxes(source, 0..length, MOST_BOXES)?.last().map_or(0, |(_, body)| body.end);
    if length.saturating_sub(last) < 8 {
        return Ok(length);
    }
    // A box with sound is cut off; one of a size beyond all files is damage.
    let size = match u64::from(u32::from_be_bytes(read(source, last)?)) {
        1 if length - last >= 16 => u64::from_be_bytes(read(source, last + 8)?),
        size => size,
    };
    Ok(last.checked_add(size).filter(|end| *end < 1 << 40).unwrap_or(length).max(length))
}

pub(super) fn child(source: &dyn Source, inside: Body, name: [u8; 4]) -> io::Result<Option<Body>> {
    Ok(boxes(source, inside, MOST_BOXES)?.into_iter().find(|(found, _)| *found == name).map(|(_, body)| body))
}

/// Lists the boxes in a range, so many at most. Each has a size (the value 1 means that 64 bits follow) and a name (4.2).
pub(super) fn boxes(source: &dyn Source, inside: Body, most: usize) -> io::Result<Vec<([u8; 4], Body)>> {
    let (mut at, mut found) = (inside.start, Vec::new());
    while inside.end.saturating_sub(at) >= 8 && found.len() < most {
        let size = u64::from(u32::from_be_bytes(read(source, at)?));
        let name = read(source, at + 4)?;
        let (head, size) = match size {
            0 => (8, inside.end - at),
            1 => (16, u64::from_be_bytes(read(source, at + 8)?)),
            size => (8, size),
        };
        let Some(end) = at.checked_add(size).filter(|end| size >= head && *end <= inside.end) else { break };
        found.push((name, at + head..end));
        at = end;
    }
    Ok(found)
}

pub(super) fn read<const N: usize>(source: &dyn Source, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn a_box(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], &name, content].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A file with a track of pictures and one of sound, which has these edits.
    fn file(edits: &[u8]) -> Vec<u8> {
        let track = |kind: &[u8; 4], edits: &[u8]| {
            let handler = a_box(*b"hdlr", &[&[0; 8], &kind[..]].concat());
            let media = [a_box(*b"mdhd", &numbers(&[0, 0, 0, 44_100, 9_000])), handler].concat();
            a_box(*b"trak", &[a_box(*b"edts", &a_box(*b"elst", edits)), a_box(*b"mdia", &media)].concat())
        };
        let movie = a_box(*b"mvhd", &numbers(&[0, 0, 0, 1_000, 170]));
        let movie = [movie, track(b"vide", &numbers(&[0, 1, 7, 7, 1])), track(b"soun", edits)].concat();
        [a_box(*b"ftyp", b"M4A "), a_box(*b"mdat", b"sound"), a_box(*b"moov", &movie)].concat()
    }

    fn edit_of(file: Vec<u8>) -> EditList {
        index(&Cursor::new(file)).unwrap().unwrap().edit
    }

    #[test]
    fn the_edits_of_the_sound_say_what_is_played() {
        let one = file(&numbers(&[0, 1, 170, 1_024, 0x1_0000]));
        let scales =
            |index: Mp4Index| (index.times.movie_scale, index.times.sound_scale, index.is_fragmented);
        assert_eq!(scales(index(&Cursor::new(one.clone())).unwrap().unwrap()), (1_000, 44_100, false));
        assert_eq!(edit_of(one), EditList::One { from: 1_024, length: 170 });
        assert_eq!(edit_of(file(&numbers(&[0, 0]))), EditList::None);
        let late = numbers(&[0, 2, 50, u32::MAX, 0x1_0000, 120, 1_024, 0x1_0000]);
        assert_eq!(edit_of(file(&late)), EditList::One { from: 1_024, length: 120 });
        let several = numbers(&[0, 2, 50, 0, 0x1_0000, 120, 1_024, 0x1_0000]);
        assert_eq!(edit_of(file(&several)), EditList::Several);
        let wide = numbers(&[0x100_0000, 1, 0, 170, 0, 1_024, 0x1_0000]);
        assert_eq!(edit_of(file(&wide)), EditList::One { from: 1_024, length: 170 });
    }

    #[test]
    fn a_file_that_is_cut_anywhere_has_no_index_or_none_that_is_whole() {
        let bytes = file(&numbers(&[0, 1, 170, 1_024, 0x1_0000]));
        for end in 0..bytes.len() {
            assert!(!matches!(index(&Cursor::new(bytes[..end].to_vec())), Ok(Some(_))), "{end}");
        }
    }

    #[test]
    fn chapters_are_those_of_neros_list() {
        let mut list = numbers(&[0x100_0000, 0]);
        list.push(2);
        for (start, title) in [(0u64, "Aan"), (15_000_000, "場所")] {
            list.extend(start.to_be_bytes());
            list.push(title.len() as u8);
            list.extend(title.as_bytes());
        }
        let labels = a_box(*b"moov", &a_box(*b"udta", &a_box(*b"chpl", &list)));
        let file = [a_box(*b"ftyp", b"M4A "), labels].concat();
        assert_eq!(chapters(&Cursor::new(file.clone())), [0.0, 1.5]);
        assert_eq!(chapters(&Cursor::new(file[..60].to_vec())), [0.0; 0]);
        assert_eq!(chapters(&Cursor::new(b"no sound".to_vec())), [0.0; 0]);
    }
}
