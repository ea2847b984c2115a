//! MPEG audio (MP3): finds the frames of a file, which may be several files joined, and removes the delay and padding
//! that each of them declares (ISO/IEC 11172-3, 13818-3; the tags of Xing, Fraunhofer and LAME).

use std::io;
use std::ops::Range;

use super::DecodeError;
use super::bytes::Bytes;
use super::riff::up_to;
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// How far the first frame is searched for in a file that does not begin with one.
const MOST_BEFORE: u64 = 256 << 10;
/// How many frames in a row make a file of unknown kind MPEG audio.
const CONVINCING: usize = 4;
/// The most frames that are filled with silence where no tag says how many are missing: half a minute.
const MOST_SILENT: u64 = 1_200;
/// The delay of every decoder, in frames.
const DECODER_DELAY: u64 = 529;
/// The bytes before a frame that its sound may begin in.
const RESERVOIR: u64 = 511;

/// The header of a frame of MPEG audio, 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MpegHeader {
    /// 1, or 2 for the lower rates of MPEG-2 and "2.5".
    version: u8,
    pub(super) layer: u8,
    pub(super) rate: u32,
    pub(super) channels: usize,
    has_sum: bool,
    kbits: u16,
    /// Bytes of the whole frame.
    pub(super) bytes: u64,
    /// Sound in it, in frames of the sound.
    pub(super) frames: u64,
}

impl MpegHeader {
    pub(super) fn parse(head: &[u8]) -> Option<Self> {
        let &[first, second, third, fourth] = head.first_chunk::<4>()?;
        if first != 0xff || second & 0xe0 != 0xe0 {
            return None;
        }
        let (version, divisor) = match second >> 3 & 3 {
            3 => (1, 1),
            2 => (2, 2),
            0 => (2, 4),
            _ => return None,
        };
        let layer = 4 - (second >> 1 & 3);
        if layer == 4 {
            return None;
        }
        let kbits = KILOBITS[match (version, layer) {
            (1, 1) => 0,
            (1, 2) => 1,
            (1, _) => 2,
            (_, 1) => 3,
            _ => 4,
        }]
        .get(usize::from(third >> 4).checked_sub(1)?)?;
        let rate = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? / divisor;
        let padding = u64::from(third >> 1 & 1);
        let frames = match (version, layer) {
            (_, 1) => 384,
            (2, 3) => 576,
            _ => 1_152,
        };
        let bits = u64::from(*kbits) * 1_000;
        let bytes = if layer == 1 {
            (12 * bits / u64::from(rate) + padding) * 4
        } else {
            frames / 8 * bits / u64::from(rate) + padding
        };
        let channels = if fourth >> 6 == 3 { 1 } else { 2 };
        Some(Self { version, layer, rate, channels, has_sum: second & 1 == 0, kbits: *kbits, bytes, frames })
    }

    /// Whether a frame may follow one with this header without a doubt about where frames are.
    fn is_like(&self, other: &Self) -> bool {
        (self.version, self.layer, self.rate) == (other.version, other.layer, other.rate)
    }

    /// What it is where the decoder refuses its kind: layer II has a list of bit rates for one channel and one for two
    /// (ISO/IEC 11172-3, 2.4.2.3), which some encoders do not keep to.
    pub(super) fn refused(&self) -> Option<String> {
        let (channels, rates): (_, &[u16]) = if self.channels == 1 {
            ("one channel", &[224, 256, 320, 384])
        } else {
            ("two channels", &[32, 48, 56, 80])
        };
        (self.layer == 2 && rates.contains(&self.kbits))
            .then(|| format!("MPEG audio of layer II (MP2) with {channels} at {} kbit/s", self.kbits))
    }

    fn side_bytes(&self) -> usize {
        match (self.version, self.channels) {
            (1, 1) => 17,
            (1, _) => 32,
            (_, 1) => 9,
            _ => 17,
        }
    }

    /// How many bytes before this frame its sound begins.
    pub(super) fn reaches_back(&self, frame: &[u8]) -> u64 {
        let at = if self.has_sum { 6 } else { 4 };
        match (self.layer, self.version, frame.get(at..at + 2)) {
            (3, 1, Some(two)) => u64::from(two[0]) << 1 | u64::from(two[1] >> 7),
            (3, _, Some(two)) => u64::from(two[0]),
            _ => 0,
        }
    }

    /// How many bytes of sound a frame adds for those after it.
    pub(super) fn adds(&self) -> u64 {
        self.bytes.saturating_sub((if self.has_sum { 6 } else { 4 }) + self.side_bytes() as u64)
    }
}

/// Bit rates by version and layer, in kbit/s.
const KILOBITS: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Whether a file begins with the header of a frame that does not say its bit rate, and so not its length.
pub(super) fn is_free_format(source: &mut dyn Source) -> io::Result<bool> {
    let start = super::container::skip_tags(source)?;
    let head = up_to(source, start, 4)?;
    source.seek(io::SeekFrom::Start(0))?;
    let [first, second, third, _] = head[..] else { return Ok(false) };
    Ok(first == 0xff
        && second & 0xe0 == 0xe0
        && second & 0x06 != 0
        && third >> 4 == 0
        && third & 0x0c != 0x0c)
}

/// What the first frame of a file says of the others, instead of holding sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tag {
    /// How many frames follow; zero is as good as nothing.
    frames: Option<u64>,
    /// What the encoder added before and after, in frames of the sound.
    gaps: Option<(u64, u64)>,
}

impl Tag {
    /// Reads the tag of a frame; `None` for a frame of sound.
    fn read(header: &MpegHeader, frame: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let bytes = frame.get(at..at + 4)?.try_into().ok()?;
            Some(u64::from(u32::from_be_bytes(bytes)))
        };
        if frame.get(36..40) == Some(b"VBRI") {
            return Some(Self { frames: number(50).filter(|frames| *frames > 0), gaps: None });
        }
        // With a checksum the side information begins two bytes later, but not every encoder moves its tag.
        let starts = [4, 6].map(|head| head + header.side_bytes());
        let at = starts.into_iter().find(|at| matches!(frame.get(*at..at + 4), Some(b"Xing" | b"Info")))?;
        let flags = number(at + 4)?;
        let frames = if flags & 1 == 0 { None } else { number(at + 8).filter(|frames| *frames > 0) };
        let sizes = [4, 4, 100, 4].iter().enumerate().filter(|(bit, _)| flags >> bit & 1 == 1);
        let encoder = at + 8 + sizes.map(|(_, size)| size).sum::<usize>();
        let name = frame.get(encoder..encoder + 4);
        let gaps = frame
            .get(encoder + 21..encoder + 24)
            .filter(|_| matches!(name, Some(b"LAME" | b"Lavf" | b"Lavc")));
        let gaps = gaps.map(|three| {
            let [a, b, c] = [three[0], three[1], three[2]].map(u64::from);
            (a << 4 | b >> 4, (b & 15) << 8 | c)
        });
        Some(Self { frames, gaps })
    }
}

/// Frames of one encoder run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MpegPart {
    pub(super) header: MpegHeader,
    /// From its first frame of sound to the end of its last.
    pub(super) bytes: Range<u64>,
    /// How many frames of MPEG it has.
    count: u64,
    /// How many it should have.
    should: u64,
    gaps: Option<(u64, u64)>,
    /// Where frames are missing in the middle.
    pub(super) holes: Vec<MpegHole>,
}

/// Frames that are missing between others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MpegHole {
    /// The place of the frame behind it.
    pub(super) before: u64,
    /// The frames of sound of the file that precede it.
    pub(super) first: u64,
    /// How many frames of MPEG are missing.
    pub(super) frames: u64,
}

/// A frame that was found in a file.
pub(super) struct FoundFrame {
    pub(super) place: u64,
    pub(super) header: MpegHeader,
    /// The bytes before it that are neither frames nor tags nor zeros.
    junk: u64,
    /// The same with the zeros.
    gap: u64,
}

impl MpegPart {
    /// Counts the frames missing in the middle, of which there are as many as the part should have more. Where nothing says
    /// how many it should have, the bytes that are no frames tell.
    fn fill_holes(&mut self) {
        if self.should == 0 {
            for hole in &mut self.holes {
                hole.frames = hole.frames.min(MOST_SILENT);
            }
            self.count += self.holes.iter().map(|hole| hole.frames).sum::<u64>();
            return;
        }
        let mut missing = self.should.saturating_sub(self.count);
        if let [only] = &mut self.holes[..]
            && missing <= 2 * only.frames + 2
        {
            only.frames = missing;
        }
        for hole in &mut self.holes {
            hole.frames = hole.frames.min(missing);
            missing -= hole.frames;
        }
        self.holes.retain(|hole| hole.frames > 0);
        self.count += self.holes.iter().map(|hole| hole.frames).sum::<u64>();
    }

    /// The decoded frames that are played.
    pub(super) fn played(&self) -> Range<u64> {
        let all = self.count * self.header.frames;
        match self.gaps {
            Some((delay, padding)) => {
                let padding =
                    if self.count < self.should { 0 } else { padding.saturating_sub(DECODER_DELAY) };
                let start = (delay + DECODER_DELAY).min(all);
                start..all.saturating_sub(padding).max(start)
            }
            None => 0..all,
        }
    }

    /// How many frames of the sound are missing.
    pub(super) fn missing(&self) -> u64 {
        // The count of some encoders includes the frame of the tag.
        let frames = self.should.saturating_sub(self.count);
        let padding = self.gaps.map_or(0, |(_, padding)| padding.saturating_sub(DECODER_DELAY));
        if frames > 1 { (frames * self.header.frames).saturating_sub(padding) } else { 0 }
    }
}

/// All frames of a file.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) parts: Vec<MpegPart>,
    /// Where bytes lie between frames that are neither frames nor tags: the frames of sound before, and how many bytes.
    pub(super) junk: Option<(u64, u64)>,
}

impl Index {
    fn add_junk(&mut self, sound: u64, bytes: u64) {
        let (first, sum) = self.junk.unwrap_or((sound, 0));
        self.junk = Some((first, sum + bytes));
    }
}

/// Frames are found in the bytes of a file.
impl Bytes {
    fn header(&mut self, at: u64) -> io::Result<Option<MpegHeader>> {
        Ok(MpegHeader::parse(self.get(at, 4)?))
    }

    /// Whether frames alike begin here, so many in a row or up to the end of the file.
    fn is_frame(&mut self, at: u64, row: usize) -> io::Result<Option<MpegHeader>> {
        let Some(first) = self.header(at)? else { return Ok(None) };
        let mut next = at + first.bytes;
        for place in 1..row {
            if next >= self.length() {
                return Ok((next == self.length() && place > 1).then_some(first));
            }
            match self.header(next)? {
                Some(header) if header.is_like(&first) => next += header.bytes,
                _ => return Ok(None),
            }
        }
        Ok(Some(first))
    }

    /// The length of a tag that may stand between frames or behind them.
    fn tag(&mut self, at: u64) -> io::Result<u64> {
        let head = self.get(at, 32)?;
        if let Some(length) = super::container::id3_length(head) {
            return Ok(length);
        }
        let ape = |head: &[u8]| u64::from(u32::from_le_bytes([head[12], head[13], head[14], head[15]]));
        Ok(match head {
            head if head.starts_with(b"TAG") => 128,
            // The size of an APE tag leaves out its header.
            head if head.starts_with(b"APETAGEX") && head.len() == 32 => 32 + ape(head),
            head if head.starts_with(b"LYRICSBEGIN") => {
                let text = self.get(at, 8 << 10)?;
                let end = text.windows(9).position(|nine| nine == b"LYRICS200");
                end.map_or(0, |end| end as u64 + 9)
            }
            _ => 0,
        })
    }

    /// The next frame that lies whole in the file.
    pub(super) fn next_frame(
        &mut self,
        from: u64,
        like: Option<&MpegHeader>,
    ) -> io::Result<Option<FoundFrame>> {
        let (mut at, mut junk, mut gap) = (from, 0, 0);
        let row = if like.is_some() { 2 } else { CONVINCING };
        while at < self.length() {
            let follows = match (self.header(at)?, like) {
                (Some(header), Some(like)) if junk == 0 && header.is_like(like) => Some(header),
                (Some(_), _) => self.is_frame(at, row)?,
                (None, _) => None,
            };
            if let Some(header) = follows {
                let found = FoundFrame { place: at, header, junk, gap };
                return Ok((at + header.bytes <= self.length()).then_some(found));
            }
            let tag = self.tag(at)?;
            if tag > 0 {
                at += tag;
                continue;
            }
            if like.is_none() && junk > MOST_BEFORE {
                break;
            }
            // Zeros pad.
            junk += u64::from(self.get(at, 1)? != [0]);
            gap += 1;
            at += 1;
        }
        Ok(None)
    }

    /// Finds all frames.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn index(&mut self) -> io::Result<Index> {
        let mut index = Index::default();
        let (mut at, mut like, mut sound) = (0, None::<MpegHeader>, 0);
        let mut tag = Some(Tag::default());
        let mut last = 0..0;
        while let Some(FoundFrame { place, header, junk, gap }) = self.next_frame(at, like.as_ref())? {
            let has_junk = junk > 4 && like.is_some();
            let frame = self.get(place, (header.bytes as usize).min(256))?;
            at = place + header.bytes;
            if let Some(found) = Tag::read(&header, frame) {
                if has_junk {
                    index.add_junk(sound, junk);
                }
                (like, tag) = (Some(header), Some(found));
                continue;
            }
            let changes =
                like.is_some_and(|like| (like.rate, like.channels) != (header.rate, header.channels));
            // What follows the frames that a tag counts has been joined to them.
            let full = index.parts.last().is_some_and(|part| part.should > 0 && part.count > part.should);
            let begins = tag.is_some() || changes || full;
            // Between frames that a tag has counted nothing else has a place; elsewhere a few bytes may pad.
            match index.parts.last_mut().filter(|_| !begins) {
                Some(part) if gap >= if part.should > 0 { 5 } else { header.bytes } => {
                    let frames = (gap + header.bytes / 2) / header.bytes.max(1);
                    part.holes.push(MpegHole { before: place, first: sound, frames });
                }
                Some(part) if part.should > 0 => {}
                Some(_) | None if has_junk => index.add_junk(sound, junk),
                Some(_) | None => {}
            }
            if begins {
                // Then so has the frame before this one: the counts of some encoders are one too small.
                let moved = tag.is_none() && !changes;
                if let Some(part) = index.parts.last_mut().filter(|_| moved) {
                    (part.count, part.bytes.end) = (part.count - 1, last.start);
                }
                let tag = tag.take().unwrap_or_default();
                let (start, count) = if moved { (last.start, 1) } else { (place, 0) };
                index.parts.push(MpegPart {
                    header,
                    bytes: start..place,
                    count,
                    should: tag.frames.unwrap_or(0),
                    gaps: tag.gaps,
                    holes: Vec::new(),
                });
            }
            if let Some(part) = index.parts.last_mut() {
                part.count += 1;
                part.bytes.end = at;
            }
            sound += header.frames;
            (like, last) = (Some(header), place..at);
        }
        index.parts.iter_mut().for_each(MpegPart::fill_holes);
        Ok(index)
    }
}

/// Mutes the frames at the start of a part whose sound begins in frames that are not there.
#[derive(Debug, Default)]
pub(super) struct Reservoir {
    held: u64,
}

impl Reservoir {
    /// Takes a frame; `false` if a part of its sound is missing.
    pub(super) fn takes(&mut self, header: &MpegHeader, frame: &[u8]) -> bool {
        let whole = self.held >= RESERVOIR || header.reaches_back(frame) <= self.held;
        self.held = (self.held + header.adds()).min(RESERVOIR);
        whole
    }
}

/// What the index says of the whole file: its rate, channels and length.
pub(super) fn outline(index: &Index) -> Result<(SampleRate, usize, Option<Frames>), DecodeError> {
    let first = index.parts.first().ok_or(DecodeError::Empty)?.header;
    let same = index.parts.iter().all(|part| part.header.rate == first.rate);
    let played = |part: &MpegPart| {
        let played = part.played();
        played.end - played.start + part.missing()
    };
    let declared = same.then(|| Frames(index.parts.iter().map(played).sum()));
    let rate = SampleRate::of_file(first.rate).ok_or(DecodeError::Empty)?;
    Ok((rate, first.channels, declared))
}
