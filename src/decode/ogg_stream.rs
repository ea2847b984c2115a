//! Ogg with Opus, Vorbis or FLAC: one recording of all the links of a chain, whatever its positions begin with, and
//! whether or not its last page is marked as such.

use super::ogg::{Packetiser, Page, Pages};
use super::ogg_codec::{Codec, Headers, Taken};
use super::{DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::Frames;

/// A gap longer than this is no gap but damage, in seconds.
const LONGEST_GAP: u64 = 60;
/// The most frames of a block.
const BLOCK: usize = 4_096;

/// An Ogg file, decoded page by page.
pub(super) struct OggStream {
    pages: Pages,
    /// A page that was read too early.
    ahead: Option<Page>,
    link: Link,
    info: StreamInfo,
    /// Sound that is ready, and how much of it has been given.
    ready: Vec<Vec<f32>>,
    given: usize,
    /// The sum of what was given.
    sum: u64,
    lost: Option<(Frames, Frames)>,
    wrong: Option<DecodeError>,
    /// What the links before this one declare.
    is_chained: bool,
    ended: bool,
}

/// One stream with its headers read.
struct Link {
    serial: u32,
    packetiser: Packetiser,
    codec: Codec,
    /// Packets of sound on the page of the last header.
    early: Vec<Vec<u8>>,
    early_page: Option<Page>,
    /// The position of the first frame; `None` until a page has told it.
    start: Option<i64>,
    /// Frames decoded, and of those the ones still to be left out at the start.
    decoded: u64,
    skip: u64,
    expected: Option<Frames>,
    ended: bool,
}

impl OggStream {
    pub(super) fn open(source: Box<dyn Source>) -> Result<Self, DecodeError> {
        let mut pages = Pages::new(source);
        let first = pages.next().map_err(DecodeError::Io)?;
        let first = first.ok_or_else(|| DecodeError::Damaged { reason: "it has no whole page".into() })?;
        let link = Link::open(&mut pages, first)?;
        let Codec { rate, channels, name, bits, .. } = link.codec;
        let info = StreamInfo { rate, channels, bits, declared: None, codec: name };
        let mut stream = Self {
            pages,
            ahead: None,
            info,
            ready: vec![Vec::new(); channels],
            given: 0,
            sum: 0,
            lost: None,
            wrong: None,
            is_chained: false,
            ended: false,
            link,
        };
        stream.fill()?;
        stream.declare()?;
        Ok(stream)
    }

    /// Works out the length from the header or the last page.
    fn declare(&mut self) -> Result<(), DecodeError> {
        let (link, pages) = (&mut self.link, &mut self.pages);
        let last = if let Some(page) = &self.ahead {
            Some(page.clone()).filter(|page| page.serial == link.serial && page.granule > 0)
        } else {
            None
        };
        let last = pages.last(link.serial).map_err(DecodeError::Io)?.or(last);
        link.expected = match (link.codec.total, last, link.start) {
            (Some(total), _, _) => Some(total),
            (None, Some(last), Some(start)) if link.codec.is_trimmed() => {
                let end = u64::try_from(last.granule - start.max(0)).ok();
                end.map(|end| Frames(end.saturating_sub(link.codec.delay)))
            }
            (None, None, Some(_)) if link.ended => Some(Frames(self.ready[0].len() as u64)),
            _ => None,
        };
        self.info.declared = link.expected;
        Ok(())
    }

    fn next_page(&mut self) -> Result<Option<Page>, DecodeError> {
        match self.ahead.take() {
            Some(page) => Ok(Some(page)),
            None => self.pages.next().map_err(DecodeError::Io),
        }
    }

    /// Decodes pages until there is sound, or the end.
    fn fill(&mut self) -> Result<(), DecodeError> {
        self.ready.iter_mut().for_each(Vec::clear);
        self.given = 0;
        while self.ready[0].is_empty() && !self.ended {
            if let Some(page) = self.link.early_page.take() {
                let packets = std::mem::take(&mut self.link.early);
                self.take(&page, &packets, false)?;
                continue;
            }
            let Some(page) = self.next_page()? else {
                self.finish_link();
                self.ended = true;
                break;
            };
            if page.is_first() && (self.link.decoded > 0 || self.link.ended) {
                self.finish_link();
                match Link::open(&mut self.pages, page) {
                    Ok(link) => self.link = link,
                    Err(error) => {
                        (self.wrong, self.ended) = (Some(error), true);
                        break;
                    }
                }
                self.is_chained = true;
                self.info.declared = None;
                (self.info.rate, self.info.channels) = (self.link.codec.rate, self.link.codec.channels);
                self.ready = vec![Vec::new(); self.info.channels];
            } else if page.serial == self.link.serial && !self.link.ended {
                let (packets, gap) = self.link.packetiser.take(&page);
                self.take(&page, &packets, gap)?;
            }
        }
        Ok(())
    }

    /// Decodes the packets that end on a page.
    fn take(&mut self, page: &Page, packets: &[Vec<u8>], gap: bool) -> Result<(), DecodeError> {
        let mut planes = vec![Vec::new(); self.link.codec.channels];
        let mut failed = false;
        for packet in packets {
            failed |= !packet.is_empty() && !self.link.codec.decode(packet, &mut planes);
        }
        // What is the last page shows only behind it.
        let mut is_last = page.is_last();
        if !is_last && self.ahead.is_none() {
            loop {
                match self.pages.next().map_err(DecodeError::Io)? {
                    Some(next) if next.serial == self.link.serial || next.is_first() => {
                        is_last = next.is_first();
                        self.ahead = Some(next);
                    }
                    Some(_) => continue,
                    None => is_last = true,
                }
                break;
            }
        }
        let link = &mut self.link;
        let frames = planes[0].len() as u64;
        let before = link.decoded;
        link.ended |= is_last;
        if page.granule >= 0 && !packets.is_empty() {
            let end = (before + frames) as i64;
            let start = if let Some(start) = link.start {
                start
            } else {
                let start = page.granule - end;
                // A stream of Vorbis may begin before its first frame; a single page is cut at its end instead.
                if start < 0 && !is_last && link.codec.name == "vorbis" {
                    link.skip += start.unsigned_abs();
                }
                link.start = Some(if is_last && start < 0 { 0 } else { start });
                link.start.unwrap_or(0)
            };
            let start = if link.codec.name == "vorbis" { start } else { start.max(0) };
            let place = page.granule.saturating_sub(start);
            if is_last && link.codec.is_trimmed() && place < end && place >= before as i64 {
                let kept = (place - before as i64) as usize;
                planes.iter_mut().for_each(|plane| plane.truncate(kept));
            } else if (gap || failed) && place > end {
                // What is missing is silent, so that what follows keeps its place.
                let missing = (place - end) as u64;
                if missing <= LONGEST_GAP * u64::from(link.codec.rate.hz()) {
                    for plane in &mut planes {
                        plane.splice(0..0, std::iter::repeat_n(0.0, missing as usize));
                    }
                }
                let (first, sum) = self.lost.unwrap_or((Frames(self.sum), Frames::ZERO));
                self.lost = Some((first, sum + Frames(missing)));
            }
        }
        link.decoded += planes[0].len() as u64;
        let skipped = (link.skip as usize).min(planes[0].len());
        link.skip -= skipped as u64;
        if skipped > 0 {
            planes.iter_mut().for_each(|plane| drop(plane.drain(..skipped)));
        }
        self.ready = planes;
        self.given = 0;
        Ok(())
    }

    /// Notes what is wrong with a link at its end.
    fn finish_link(&mut self) {
        if (self.link.packetiser.is_waiting() || self.pages.is_cut) && self.wrong.is_none() {
            let expected = self.link.expected.filter(|expected| !self.is_chained && expected.0 > self.sum);
            self.wrong = Some(DecodeError::Truncated { decoded: Frames(self.sum), expected });
        }
        if let (Err(error), None) = (self.link.codec.finish(), &self.wrong) {
            self.wrong = Some(error);
        }
    }
}

impl PacketStream for OggStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        if self.given == self.ready[0].len() {
            self.fill()?;
        }
        let frames = (self.ready[0].len() - self.given).min(BLOCK);
        if frames == 0 {
            return Ok(false);
        }
        planes.resize_with(self.ready.len(), Vec::new);
        for (plane, ready) in planes.iter_mut().zip(&self.ready) {
            plane.clear();
            plane.extend_from_slice(&ready[self.given..self.given + frames]);
        }
        self.given += frames;
        self.sum += frames as u64;
        Ok(true)
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        self.info.check_length(decoded, false)?;
        if self.pages.is_damaged && self.lost.is_none() {
            return Err(DecodeError::Damaged { reason: "a part of it cannot be read".into() });
        }
        Ok(())
    }
}

impl Link {
    /// Reads the headers of the streams that begin here, and takes the first that holds sound.
    fn open(pages: &mut Pages, first: Page) -> Result<Self, DecodeError> {
        let (mut found, mut next) = (None, Some(first));
        loop {
            let page = match next.take() {
                Some(page) => Some(page),
                None => pages.next().map_err(DecodeError::Io)?,
            };
            let Some(page) = page else {
                let reason = "it ends inside its header".into();
                return Err(if found.is_none() { Self::other() } else { DecodeError::Damaged { reason } });
            };
            match &mut found {
                None if page.is_first() => {
                    let mut packetiser = Packetiser::default();
                    let (packets, _) = packetiser.take(&page);
                    let headers = packets.first().and_then(|packet| Headers::of(packet));
                    found = headers.map(|headers| (page.serial, packetiser, headers));
                }
                None => return Err(Self::other()),
                Some((serial, packetiser, headers)) if *serial == page.serial => {
                    let (packets, _) = packetiser.take(&page);
                    for (index, packet) in packets.iter().enumerate() {
                        let (codec, sound) = match headers.take(packet)? {
                            Taken::Header => continue,
                            Taken::Last(codec) => (codec, index + 1),
                            Taken::Sound(codec) => (codec, index),
                        };
                        let early = packets[sound..].to_vec();
                        let skip = codec.delay;
                        return Ok(Self {
                            serial: *serial,
                            packetiser: std::mem::take(packetiser),
                            codec,
                            early_page: (!early.is_empty()).then_some(page),
                            early,
                            start: None,
                            decoded: 0,
                            skip,
                            expected: None,
                            ended: false,
                        });
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn other() -> DecodeError {
        DecodeError::Unsupported { what: "an Ogg file without Vorbis, Opus or FLAC in it".into() }
    }
}
