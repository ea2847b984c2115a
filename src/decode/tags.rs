//! Reads the title and the chapters from the tags of a file.

use std::io::{Read, Seek, SeekFrom};

use id3::TagLike;
use symphonia::core::formats::FormatReader;
use symphonia::core::meta::{ChapterGroup, ChapterGroupItem, StandardTag};

use super::mp4;
use super::packets::probe;
use crate::files::Source;

/// The title and chapters found in a file's tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    pub title: Option<String>,
    /// The start of each chapter in seconds, in order.
    pub chapters: Vec<f64>,
}

impl Labels {
    /// Reads the tags of a WAV, AIFF, FLAC, MP3, M4A or Ogg file; empty for a file without tags or of another kind.
    ///
    /// Chapters come from ID3 (`CHAP`), Vorbis comments (`CHAPTER001`), Nero's list in an M4A, and the cue points of
    /// a WAV.
    pub fn read(mut source: Box<dyn Source>) -> Self {
        let RiffTags { title, cues } = riff(source.as_mut()).unwrap_or_default();
        let listed = mp4::chapters(source.as_ref());
        let listed = [listed, flac_chapters(source.as_mut()).unwrap_or_default()].concat();
        let own = id3(source.as_mut());
        if source.seek(SeekFrom::Start(0)).is_err() {
            return Self::default();
        }
        let Ok(mut reader) = probe(source) else { return Self::default() };
        let mut labels = Self { title: title.or(own.title), chapters: [cues, listed, own.chapters].concat() };
        labels.tags(reader.as_mut());
        if let Some(group) = reader.chapters() {
            labels.group(group);
        }
        labels.chapters.sort_by(f64::total_cmp);
        // A WAV holds its chapters twice.
        labels.chapters.dedup_by(|later, first| *later - *first < 0.002);
        labels
    }

    fn tags(&mut self, reader: &mut dyn FormatReader) {
        // A file may have several sets of tags, and not each one is complete.
        let mut metadata = reader.metadata();
        while let Some(revision) = metadata.current() {
            let per_track = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
            for tag in revision.media.tags.iter().chain(per_track) {
                if let Some(StandardTag::TrackTitle(title)) = &tag.std {
                    self.title = Some(title.to_string());
                }
            }
            if metadata.pop().is_none() {
                break;
            }
        }
    }

    fn group(&mut self, group: &ChapterGroup) {
        for item in &group.items {
            match item {
                ChapterGroupItem::Group(group) => self.group(group),
                ChapterGroupItem::Chapter(chapter) => self.chapters.push(chapter.start_time.as_secs_f64()),
            }
        }
    }
}

/// The value of a tag with a name of its own: a Vorbis comment, `TXXX` of ID3, or `----` of an M4A. `None` for a file
/// without it.
pub fn named_tag(mut source: Box<dyn Source>, name: &str) -> Option<String> {
    if let Some(tag) = id3_tag(source.as_mut()) {
        let named = tag.extended_texts().find(|text| text.description.eq_ignore_ascii_case(name));
        return named.map(|text| text.value.clone());
    }
    source.rewind().ok()?;
    let mut reader = probe(source).ok()?;
    let mut metadata = reader.metadata();
    loop {
        let revision = metadata.current()?;
        let per_track = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
        for tag in revision.media.tags.iter().chain(per_track) {
            if tag.raw.key.rsplit(':').next().is_some_and(|key| key.eq_ignore_ascii_case(name)) {
                return Some(tag.raw.value.to_string());
            }
        }
        metadata.pop()?;
    }
}

/// The reference of the originator in the broadcast extension of a WAV (EBU Tech 3285, 2.3), where that stands before the
/// sound.
pub fn broadcast_reference(source: &mut dyn Source) -> Option<String> {
    const MOST_CHUNKS: usize = 8;
    let mut head = [0; 12];
    source.rewind().ok()?;
    source.read_exact(&mut head).ok()?;
    if !(head.starts_with(b"RIFF") || head.starts_with(b"RF64")) || &head[8..] != b"WAVE" {
        return None;
    }
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let mut chunk = [0; 8];
        source.seek(SeekFrom::Start(at)).ok()?;
        source.read_exact(&mut chunk).ok()?;
        if chunk.starts_with(b"bext") {
            let mut body = [0; 320];
            source.read_exact(&mut body).ok()?;
            return Some(String::from_utf8_lossy(&body[288..]).trim_end_matches('\0').to_owned());
        }
        let length = number(&chunk[4..]);
        at += 8 + u64::from(length) + u64::from(length % 2);
    }
    None
}

/// The kind of a FLAC block that holds a Vorbis comment (RFC 9639, 8.1).
const COMMENT_BLOCK: u8 = 4;
/// No file has more blocks before its sound.
const MOST_BLOCKS: usize = 1_024;

/// The start of each chapter in the Vorbis comment of a FLAC file, in seconds.
fn flac_chapters(source: &mut dyn Source) -> Option<Vec<f64>> {
    let mut mark = [0; 4];
    source.rewind().ok()?;
    source.read_exact(&mut mark).ok()?;
    if &mark != b"fLaC" {
        return None;
    }
    for _ in 0..MOST_BLOCKS {
        let mut head = [0; 4];
        source.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[1], head[2], head[3]]);
        if head[0] & 0x7f == COMMENT_BLOCK {
            let mut comment = Vec::new();
            source.take(u64::from(length)).read_to_end(&mut comment).ok()?;
            return Some(fields(&comment)?.iter().filter_map(|field| chapter(field)).collect());
        }
        if head[0] & 0x80 != 0 {
            return None;
        }
        source.seek(SeekFrom::Current(i64::from(length))).ok()?;
    }
    None
}

/// The fields of a Vorbis comment: the name of an encoder, a count, then texts, each after its length.
fn fields(comment: &[u8]) -> Option<Vec<String>> {
    let text = |rest: &mut &[u8]| {
        let length = number(rest.get(..4)?) as usize;
        let text = rest.get(4..)?.get(..length)?;
        *rest = &rest[4 + length..];
        Some(String::from_utf8_lossy(text).into_owned())
    };
    let mut rest = comment;
    text(&mut rest)?;
    let count = number(rest.get(..4)?);
    rest = &rest[4..];
    Some((0..count).map_while(|_| text(&mut rest)).collect())
}

/// The start of a chapter in a field such as `CHAPTER001=00:01:02.500`, in seconds.
fn chapter(field: &str) -> Option<f64> {
    let (name, clock) = field.split_once('=')?;
    let number = name.to_ascii_uppercase().strip_prefix("CHAPTER")?.to_owned();
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let parts: Vec<f64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    Some(hours * 3600.0 + minutes * 60.0 + seconds).filter(|start| start.is_finite() && *start >= 0.0)
}

/// The ID3 tag at the start of a file.
fn id3_tag(source: &mut dyn Source) -> Option<id3::Tag> {
    let mut head = [0; 3];
    let found = source.rewind().and_then(|()| source.read_exact(&mut head));
    if found.is_err() || &head != b"ID3" || source.rewind().is_err() {
        return None;
    }
    id3::Tag::read_from2(source).or_else(|error| error.partial_tag.ok_or(error.kind)).ok()
}

/// Title and chapters of an ID3 tag at the start of a file.
fn id3(source: &mut dyn Source) -> Labels {
    let Some(tag) = id3_tag(source) else { return Labels::default() };
    let chapters = tag.chapters().map(|chapter| f64::from(chapter.start_time) / 1e3).collect();
    Labels { title: tag.title().map(str::to_owned), chapters }
}

/// The most cue points that are read; a file that claims more is damaged.
const MOST_CUES: u32 = 10_000;

/// What is read from the chunks of a WAV.
#[derive(Debug, Default, PartialEq)]
struct RiffTags {
    title: Option<String>,
    cues: Vec<f64>,
}

/// Reads the chunks of a WAV as far as they are intact; `None` if the file is not a WAV.
fn riff(source: &mut dyn Source) -> Option<RiffTags> {
    let mut head = [0; 12];
    source.seek(SeekFrom::Start(0)).ok()?;
    source.read_exact(&mut head).ok()?;
    if !(head.starts_with(b"RIFF") || head.starts_with(b"RF64")) || &head[8..] != b"WAVE" {
        return None;
    }
    let mut found = RiffTags::default();
    let (mut rate, mut at) = (None, 12);
    loop {
        let mut chunk = [0; 8];
        if source.seek(SeekFrom::Start(at)).is_err() || source.read_exact(&mut chunk).is_err() {
            return Some(found);
        }
        let length = number(&chunk[4..]);
        match &chunk[..4] {
            b"fmt " => {
                let mut format = [0; 8];
                if source.read_exact(&mut format).is_ok() {
                    rate = Some(f64::from(number(&format[4..]))).filter(|rate| *rate > 0.0);
                }
            }
            b"cue " => found.cues = rate.and_then(|rate| points(source, rate)).unwrap_or_default(),
            b"LIST" if length <= MOST_LIST => found.title = info(source, length).or(found.title),
            _ => {}
        }
        at += 8 + u64::from(length) + u64::from(length % 2);
    }
}

/// The largest `LIST` chunk that is read, in bytes.
const MOST_LIST: u32 = 1 << 20;

/// The title (`INAM`) in a `LIST` chunk.
fn info(source: &mut dyn Source, length: u32) -> Option<String> {
    let mut list = vec![0; length as usize];
    source.read_exact(&mut list).ok()?;
    let mut rest = list.strip_prefix(b"INFO")?;
    while rest.len() >= 8 {
        let (head, body) = rest.split_at(8);
        let length = number(&head[4..]) as usize;
        let text = body.get(..length)?;
        if head.starts_with(b"INAM") {
            let text = String::from_utf8_lossy(text);
            return Some(text.trim_end_matches('\0').to_owned()).filter(|title| !title.is_empty());
        }
        rest = body.get(length + length % 2..)?;
    }
    None
}

/// The points of a cue chunk, in seconds: a count, then 24 bytes per point, the last four of which are the frame.
fn points(source: &mut dyn Source, rate: f64) -> Option<Vec<f64>> {
    let mut count = [0; 4];
    source.read_exact(&mut count).ok()?;
    let count = number(&count);
    let point = |_| {
        let mut point = [0; 24];
        source.read_exact(&mut point).ok()?;
        Some(f64::from(number(&point[20..])) / rate)
    };
    (count <= MOST_CUES).then(|| (0..count).map(point).collect())?
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_field_of_a_comment_tells_where_a_chapter_starts() {
        assert_eq!(chapter("CHAPTER001=01:02:03.500"), Some(3723.5));
        assert_eq!(chapter("chapter12=00:00:01"), Some(1.0));
        for other in
            ["CHAPTER001NAME=One", "CHAPTER=00:00:01", "CHAPTER1=1:2", "CHAPTER1=-1:0:0", "TITLE=x", ""]
        {
            assert_eq!(chapter(other), None, "{other}");
        }
        assert_eq!(fields(b"\x01\0\0\0x\xff\xff\xff\xff\x02\0\0\0a="), Some(vec!["a=".to_owned()]));
    }

    #[test]
    fn the_cue_points_of_a_wav_are_its_chapters() {
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend(48_000u32.to_le_bytes());
        wav.extend([0x80, 0xbb, 0, 0, 1, 0, 8, 0]);
        wav.extend(b"odd \x03\0\0\0abc\0cue \x34\0\0\0\x02\0\0\0");
        for frame in [0u32, 72_000] {
            wav.extend([0; 20]);
            wav.extend(frame.to_le_bytes());
        }
        assert_eq!(riff(&mut Cursor::new(wav.clone())), Some(RiffTags { title: None, cues: vec![0.0, 1.5] }));
        for end in 12..wav.len() {
            assert_eq!(riff(&mut Cursor::new(wav[..end].to_vec())), Some(RiffTags::default()));
        }
        wav.extend(b"LIST\x12\0\0\0INFOINAM\x05\0\0\0Stil\0\0");
        assert_eq!(riff(&mut Cursor::new(wav.clone())).unwrap().title.as_deref(), Some("Stil"));
        assert_eq!(Labels::read(Box::new(Cursor::new(b"no sound".to_vec()))), Labels::default());
    }
}
