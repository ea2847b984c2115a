//! Finds the samples of a WAV file: RIFF and its 64-bit forms RF64, BW64 and Sony Wave64, whole, cut off, or written
//! by a program that did not know how long they would be.

use std::io;

use super::coding::{Order, SampleCoding};
use super::pcm::{SampleFormat, SampleLayout, Search, Unreadable};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// The most chunks that are looked at.
const MOST_CHUNKS: usize = 4_096;
/// Format codes of the `fmt ` chunk (Multimedia Programming Interface 1.0; WAVEFORMATEXTENSIBLE).
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xFFFE;
/// The last bytes of the GUIDs that an extensible `fmt ` chunk may have; the format code precedes them.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
/// From here on a size that is larger than the file is no size, but what programs write that do not know it yet:
/// `0x7fff_ffff`, `0xffff_ffff` and values a little below.
const PLACEHOLDER: u64 = 0x7FFF_0000;

/// How the chunks of a file are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Names and sizes of four bytes, padded to two.
    Riff(Order),
    /// The same, with sizes of 64 bits in a `ds64` chunk (EBU Tech 3306).
    Rf64,
    /// Names of 16 bytes and sizes of eight that count themselves, padded to eight.
    Wave64,
}

/// The names of Wave64: a name of four bytes, and one of two endings.
const WAVE64_RIFF: &[u8; 16] = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
const WAVE64_TAIL: &[u8; 12] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// Finds the samples; [`Search::Other`] for a file that is no WAV.
pub(super) fn find(source: &dyn Source) -> io::Result<Search> {
    let head = up_to(source, 0, 40)?;
    let form = match (head.get(..4), head.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => Form::Riff(Order::Little),
        (Some(b"RIFX"), Some(b"WAVE")) => Form::Riff(Order::Big),
        (Some(b"RF64" | b"BW64"), Some(b"WAVE")) => Form::Rf64,
        _ if head.starts_with(WAVE64_RIFF) => Form::Wave64,
        _ => return Ok(Search::Other),
    };
    Chunks { source, form, length: source.byte_len() }.find()
}

/// Up to `most` bytes from `at` on.
pub(super) fn up_to(source: &dyn Source, at: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; source.byte_len().saturating_sub(at).min(most) as usize];
    if !bytes.is_empty() {
        source.read_exact_at(&mut bytes, at)?;
    }
    Ok(bytes)
}

/// Whether at least so many bytes follow that are no chunk with a name, no tag of an MP3 and no zeros that pad.
pub(super) fn sound_follows(source: &dyn Source, at: u64, least: u64) -> io::Result<bool> {
    if source.byte_len().saturating_sub(at) < least.max(4) {
        return Ok(false);
    }
    let follows = up_to(source, at, 4_096)?;
    let is_tag = follows.starts_with(b"TAG") || follows.starts_with(b"ID3");
    Ok(!is_tag && !is_name(&follows[..4]) && follows.iter().any(|byte| *byte != 0))
}

struct Chunks<'a> {
    source: &'a dyn Source,
    form: Form,
    length: u64,
}

/// A chunk: its name, and where its content lies.
struct Chunk {
    name: [u8; 4],
    first: u64,
    size: u64,
}

impl Chunks<'_> {
    fn find(&self) -> io::Result<Search> {
        let mut at = if self.form == Form::Wave64 { 40 } else { 12 };
        let (mut found, mut wide) = (None::<SampleLayout>, None);
        // Of a file that was joined to the first: its format, if that is another one.
        let (mut is_joined, mut other) = (false, None);
        for _ in 0..MOST_CHUNKS {
            let Some(chunk) = self.chunk(at)? else { break };
            let there = self.length.saturating_sub(chunk.first);
            let mut size = chunk.size;
            match &chunk.name {
                b"ds64" => wide = self.number(chunk.first + 8, 8)?,
                b"RIFF" | b"RIFX" | b"RF64" | b"BW64" if self.is_file(&chunk)? => {
                    (at, wide, is_joined) = (chunk.first + 4, None, true);
                    continue;
                }
                b"fmt " => match (self.format(&chunk)?, &found) {
                    (Ok(format), None) => found = Some(SampleLayout::new(format)),
                    (Err(unreadable), None) => return Ok(Search::Unreadable(unreadable)),
                    (Ok(format), Some(first)) if is_joined => {
                        other = Some(format).filter(|format| *format != first.format());
                    }
                    (Err(_), Some(first)) if is_joined => other = Some(first.format()),
                    (_, Some(_)) => {}
                },
                b"data" => {
                    let Some(layout) = &mut found else {
                        return Ok(Search::Unreadable(Unreadable::Coding(
                            "a WAV file with its format behind its samples".into(),
                        )));
                    };
                    if self.form == Form::Rf64 && size == 0xFFFF_FFFF {
                        size = wide.unwrap_or(size);
                    }
                    if (size > there && size >= PLACEHOLDER) || (size == 0 && self.is_sound(chunk.first)?) {
                        let Some(next) = self.next_file(chunk.first)? else {
                            match other {
                                None => layout.add_stream(chunk.first, there),
                                Some(format) => {
                                    layout.add_missing(Frames(there / format.frame_bytes()), format.rate);
                                }
                            }
                            break;
                        };
                        // Another file was joined to this one, whose length nobody knew.
                        size = next - chunk.first;
                    }
                    match other {
                        None => layout.add(chunk.first, size, there),
                        Some(format) => {
                            let frames = Frames(size / format.frame_bytes());
                            layout.add_missing(frames, format.rate);
                        }
                    }
                }
                _ => {}
            }
            at = self.behind(chunk.first, size)?;
            if let Some(layout) = found.as_mut().filter(|_| &chunk.name == b"data" && other.is_none()) {
                let frame = layout.format().frame_bytes();
                let least = frame * u64::from(layout.format().rate.hz()) / 100;
                if self.is_more_sound(at, least)? {
                    // The size of the chunk is too small.
                    layout.add_missing(Frames((self.length - at) / frame), layout.format().rate);
                    break;
                }
            }
        }
        let nothing = |what| Ok(Search::Unreadable(Unreadable::Header(what)));
        match found {
            Some(layout) if layout.is_found() => Ok(Search::Found(layout)),
            Some(_) => nothing("it ends before its samples"),
            None => nothing("it ends inside its header"),
        }
    }

    /// Whether this chunk is the head of another file, joined to the one before it.
    fn is_file(&self, chunk: &Chunk) -> io::Result<bool> {
        Ok(self.form != Form::Wave64 && up_to(self.source, chunk.first, 4)? == b"WAVE")
    }

    /// Where another file begins in what lies behind a place, joined to a file whose length is not known.
    fn next_file(&self, from: u64) -> io::Result<Option<u64>> {
        const PART: u64 = 1 << 20;
        // `RIFF`, a size, and `WAVEfmt `: no sound is so by chance.
        const HEAD: u64 = 16;
        if self.form == Form::Wave64 {
            return Ok(None);
        }
        let mut at = from;
        while at + HEAD <= self.length {
            let part = up_to(self.source, at, PART + HEAD - 1)?;
            let mut found = memchr::memmem::find_iter(&part, b"WAVEfmt ").filter(|place| *place >= 8);
            let is_head = |place: &usize| {
                let name = &part[place - 8..place - 4];
                matches!(name, b"RIFF" | b"RIFX" | b"RF64" | b"BW64")
            };
            if let Some(place) = found.find(is_head) {
                return Ok(Some(at + place as u64 - 8));
            }
            at += PART;
        }
        Ok(None)
    }

    /// The chunk at this place; `None` at the end of the file.
    fn chunk(&self, at: u64) -> io::Result<Option<Chunk>> {
        let (name_bytes, size_bytes) = if self.form == Form::Wave64 { (16, 8) } else { (4, 4) };
        let head = up_to(self.source, at, name_bytes + size_bytes)?;
        if head.len() as u64 != name_bytes + size_bytes {
            return Ok(None);
        }
        let name = [head[0], head[1], head[2], head[3]];
        let size = number(&head[name_bytes as usize..], self.order());
        let first = at + name_bytes + size_bytes;
        Ok(if self.form != Form::Wave64 {
            Some(Chunk { name, first, size })
        } else if size < 24 && size != 0 {
            None
        } else {
            // Names of other chunks have other endings and are of no interest here.
            let known = &head[4..16] == WAVE64_TAIL;
            Some(Chunk { name: if known { name } else { *b"    " }, first, size: size.saturating_sub(24) })
        })
    }

    fn order(&self) -> Order {
        match self.form {
            Form::Riff(order) => order,
            Form::Rf64 | Form::Wave64 => Order::Little,
        }
    }

    /// Where the next chunk begins. Some programs leave out the byte that pads a chunk of odd length.
    fn behind(&self, first: u64, size: u64) -> io::Result<u64> {
        let end = first.saturating_add(size);
        if self.form == Form::Wave64 {
            return Ok(end.saturating_add(7) / 8 * 8);
        }
        let padded = end.saturating_add(size % 2);
        let unpadded = size % 2 == 1 && is_name(&up_to(self.source, end, 4)?);
        Ok(if unpadded { end } else { padded })
    }

    /// Whether sound follows where a chunk says that it is empty: what follows is no chunk.
    fn is_sound(&self, at: u64) -> io::Result<bool> {
        let follows = up_to(self.source, at, 8)?;
        if follows.is_empty() {
            return Ok(false);
        }
        let chunk = self.chunk(at)?;
        Ok(!chunk.is_some_and(|chunk| {
            is_name(&chunk.name) && chunk.first.saturating_add(chunk.size) <= self.length + 1
        }))
    }

    /// Whether at least so many bytes of sound follow behind a chunk.
    fn is_more_sound(&self, at: u64, least: u64) -> io::Result<bool> {
        let is_chunk = match self.form {
            Form::Riff(_) | Form::Rf64 => false,
            // Its names may have any bytes.
            Form::Wave64 => self
                .chunk(at)?
                .is_some_and(|chunk| chunk.first.saturating_add(chunk.size) <= self.length.saturating_add(8)),
        };
        Ok(!is_chunk && sound_follows(self.source, at, least)?)
    }

    fn number(&self, at: u64, bytes: u64) -> io::Result<Option<u64>> {
        let found = up_to(self.source, at, bytes)?;
        Ok((found.len() as u64 == bytes).then(|| number(&found, self.order())))
    }

    /// The contents of a `fmt ` chunk.
    fn format(&self, chunk: &Chunk) -> io::Result<Result<SampleFormat, Unreadable>> {
        let form = up_to(self.source, chunk.first, chunk.size.min(40))?;
        if form.len() < 16 {
            return Ok(Err(Unreadable::Header("it ends inside its header")));
        }
        let word = |at: usize| number(&form[at..at + 2], self.order()) as u16;
        let (mut code, channels, hz) = (word(0), word(2), number(&form[4..8], self.order()) as u32);
        let (frame, stored, mut bits) = (word(12), word(14), word(14));
        if code == EXTENSIBLE && form.len() >= 40 && form[26..40] == GUID_TAIL {
            (code, bits) = (word(24), if word(18) == 0 { bits } else { word(18) });
        }
        let Some(rate) = SampleRate::of_file(hz) else {
            return Ok(Err(Unreadable::Header("its header has a sample rate of zero")));
        };
        if channels == 0 {
            return Ok(Err(Unreadable::Header("its header has no channels")));
        }
        // The frame tells how wide a sample is stored; 12 bits lie in two bytes, and 24 may lie in four.
        let mut width = usize::from(frame / channels);
        if width == 0 || !frame.is_multiple_of(channels) {
            width = usize::from(stored.div_ceil(8));
        }
        let bits = u32::from(bits).min(8 * width as u32);
        let coding = match code {
            PCM if width == 4 && bits == 24 && self.is_low(chunk)? => Some(SampleCoding::Low24),
            PCM => SampleCoding::int(width, self.order()),
            FLOAT => SampleCoding::float(width, self.order()),
            A_LAW => Some(SampleCoding::ALaw),
            MU_LAW => Some(SampleCoding::MuLaw),
            _ => None,
        };
        let fits = |coding: &SampleCoding| bits > 0 && coding.width() == width && channels <= MOST_CHANNELS;
        Ok(match coding.filter(fits) {
            Some(coding) => Ok(SampleFormat { rate, channels: usize::from(channels), coding, bits }),
            None if channels > MOST_CHANNELS => {
                Err(Unreadable::Coding(format!("a WAV file with {channels} channels")))
            }
            None => Err(Unreadable::Coding(named(code, bits))),
        })
    }

    /// Whether 24 bits lie in the low bytes of 32. In their right place the lowest byte is unused.
    fn is_low(&self, format: &Chunk) -> io::Result<bool> {
        let mut at = self.behind(format.first, format.size)?;
        for _ in 0..MOST_CHUNKS {
            let Some(chunk) = self.chunk(at)? else { break };
            if &chunk.name == b"data" {
                let samples = up_to(self.source, chunk.first, 64 << 10)?;
                return Ok(samples.as_chunks::<4>().0.iter().any(|sample| sample[0] != 0));
            }
            at = self.behind(chunk.first, chunk.size)?;
        }
        Ok(false)
    }
}

/// More is a mistake in a header.
const MOST_CHANNELS: u16 = 64;

/// What a WAV is whose samples cannot be read.
fn named(code: u16, bits: u32) -> String {
    match code {
        PCM | FLOAT | A_LAW | MU_LAW => format!("a WAV file with samples of {bits} bits"),
        0x02 | 0x11 => "a WAV file compressed as ADPCM".into(),
        0x31 => "a WAV file compressed as GSM".into(),
        0x50 | 0x55 => "a WAV file with MP3 in it".into(),
        0x92 | 0x2000 => "a WAV file with Dolby Digital in it".into(),
        0x08 | 0x2001 => "a WAV file with DTS in it".into(),
        0x160..=0x163 => "a WAV file with WMA in it".into(),
        0x14 | 0x40 | 0x45 | 0x64 => "a WAV file compressed as G.721 or G.726".into(),
        0xFF | 0x1600 | 0x1610 => "a WAV file with AAC in it".into(),
        code => format!("a WAV file with the coding 0x{code:04x}"),
    }
}

fn is_name(name: &[u8]) -> bool {
    name.len() == 4 && name.iter().all(|byte| (0x20..0x7f).contains(byte))
}

fn number(bytes: &[u8], order: Order) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    match order {
        Order::Little => bytes.iter().rev().fold(0, add),
        Order::Big => bytes.iter().fold(0, add),
    }
}
