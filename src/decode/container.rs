//! Identifies a file by its first bytes. The name is ignored, and a file that cannot be decoded is named for what it
//! is, with advice.

use std::io::{self, Read, SeekFrom};

use super::riff::up_to;
use crate::files::Source;

/// The kind of file that the first bytes indicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// WAV, AIFF or CAF.
    Plain,
    Flac,
    /// MPEG audio.
    Mpeg,
    /// Ogg, which may hold Opus, Vorbis or FLAC.
    Ogg,
    /// MP4, which may hold AAC.
    Mp4,
    /// WebM or Matroska.
    WebM,
    /// Unknown; MPEG audio may still be found further on.
    Unknown,
    /// Audio or video in a format that adem does not read.
    Unsupported(&'static str),
    NotAudio(&'static str),
    Empty,
}

/// How many bytes are examined.
const HEAD: usize = 4096;

/// Examines the first bytes and seeks back to the start.
pub(super) fn sniff(source: &mut dyn Source) -> io::Result<Container> {
    source.seek(SeekFrom::Start(0))?;
    let (mut at, mut head) = (0, read_head(source)?);
    if head.is_empty() {
        return Ok(Container::Empty);
    }
    let mut tagged = false;
    // ID3v2 tags may precede MPEG audio and, against their standard, any other format.
    while let Some(length) = id3_length(&head) {
        at += length;
        source.seek(SeekFrom::Start(at))?;
        head = read_head(source)?;
        tagged = true;
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(if tagged && head.is_empty() {
        Container::NotAudio("an ID3 tag without any audio")
    } else {
        identify(&head)
    })
}

/// Whether the file begins with an `ID3v2` tag; seeks back to the start.
pub(super) fn is_tagged(source: &mut dyn Source) -> io::Result<bool> {
    let start = skip_tags(source)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(start > 0)
}

/// Seeks behind any `ID3v2` tags and returns that byte offset.
pub(super) fn skip_tags(source: &mut dyn Source) -> io::Result<u64> {
    let mut at = 0;
    loop {
        source.seek(SeekFrom::Start(at))?;
        let Some(length) = id3_length(&read_head(source)?) else {
            source.seek(SeekFrom::Start(at))?;
            return Ok(at);
        };
        at += length;
    }
}

/// Where the tags begin that programs for MP3 append to any file: `ID3v1` (128 bytes) and APE (its size stands in its
/// last 32 bytes, and leaves out a header).
pub(super) fn tags_behind(source: &dyn Source) -> io::Result<u64> {
    let mut end = source.byte_len();
    for _ in 0..4 {
        let tail = |back: u64| up_to(source, end.saturating_sub(back), back.min(end));
        if tail(128)?.starts_with(b"TAG") && end >= 128 {
            end -= 128;
            continue;
        }
        let ape = tail(32)?;
        let length = match ape.strip_prefix(b"APETAGEX") {
            Some(rest) if rest.len() == 24 => {
                let number =
                    |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
                u64::from(number(4)) + if number(12) >> 31 == 1 { 32 } else { 0 }
            }
            _ => return Ok(end),
        };
        end = end.saturating_sub(length.max(32));
    }
    Ok(end)
}

fn read_head(source: &mut dyn Source) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    source.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The total length of an `ID3v2` tag: 10 bytes, four "synchsafe" bytes of seven bits each, and a footer if flag 0x10
/// is set (ID3v2.4.0 section 3.1).
pub(super) fn id3_length(head: &[u8]) -> Option<u64> {
    if !head.starts_with(b"ID3") || head.len() < 10 || head[6..10].iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let body = head[6..10].iter().fold(0u64, |sum, byte| sum << 7 | u64::from(*byte));
    Some(10 + body + if head[5] & 0x10 == 0 { 0 } else { 10 })
}

/// Byte sequences at the start of a file and the kinds they indicate.
const MAGIC: &[(&[u8], Container)] = &[
    (b"fLaC", Container::Flac),
    (b"riff\x2e\x91\xcf\x11", Container::Plain),
    (b"caff", Container::Plain),
    (b".snd", Container::Unsupported("a Sun audio file (AU)")),
    (b"wvpk", Container::Unsupported("a WavPack file")),
    (b"MAC ", Container::Unsupported("a Monkey's Audio file")),
    (b"TTA1", Container::Unsupported("a True Audio file")),
    (b"MPCK", Container::Unsupported("a Musepack file")),
    (b"MP+", Container::Unsupported("a Musepack file")),
    (b"\x0b\x77", Container::Unsupported("a Dolby Digital file (AC-3)")),
    (b"\x77\x0b", Container::Unsupported("a Dolby Digital file (AC-3)")),
    (b"\x7f\xfe\x80\x01", Container::Unsupported("a DTS file")),
    (b"\xfe\x7f\x01\x80", Container::Unsupported("a DTS file")),
    (b"\x1f\xff\xe8\x00", Container::Unsupported("a DTS file")),
    (b"\xff\x1f\x00\xe8", Container::Unsupported("a DTS file")),
    (b"DTSHDHDR", Container::Unsupported("a DTS file")),
    (b"ADIF", Container::Unsupported("an AAC file")),
    (b".ra\xfd", Container::Unsupported("a RealAudio file")),
    (b".RMF", Container::Unsupported("a RealMedia file")),
    (b"DSD ", Container::Unsupported("a DSD file (DSF)")),
    (b"FRM8", Container::Unsupported("a DSD file (DSDIFF)")),
    (b"tBaK", Container::Unsupported("a TAK file")),
    (b"OFR ", Container::Unsupported("an OptimFROG file")),
    (b"ajkg", Container::Unsupported("a Shorten file")),
    (b"Creative Voice File", Container::Unsupported("a Creative voice file (VOC)")),
    (b"NIST_1A", Container::Unsupported("a NIST Sphere file")),
    (b".SoX", Container::Unsupported("a SoX file")),
    (b"XoS.", Container::Unsupported("a SoX file")),
    (b"\x64\xa3\x01\x00", Container::Unsupported("an IRCAM file")),
    (b"\x64\xa3\x02\x00", Container::Unsupported("an IRCAM file")),
    (b"\x00\x02\xa3\x64", Container::Unsupported("an IRCAM file")),
    (b"nut/multimedia container", Container::Unsupported("a NUT file")),
    (b"\x00\x00\x01\xba", Container::Unsupported("an MPEG video")),
    (b"\x00\x00\x01\xb3", Container::Unsupported("an MPEG video")),
    (b"#!AMR", Container::Unsupported("an AMR voice memo")),
    (b"\x1aE\xdf\xa3", Container::WebM),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container::Unsupported("a Windows Media file (WMA)")),
    (b"FLV\x01", Container::Unsupported("a Flash video")),
    (b"MThd", Container::NotAudio("a MIDI file (notes without sound)")),
    (
        b"version https://git-lfs",
        Container::NotAudio("a Git LFS pointer, whose content was not fetched (git lfs pull)"),
    ),
    (b"%PDF", Container::NotAudio("a PDF document")),
    (b"PK\x03\x04", Container::NotAudio("a ZIP archive")),
    (b"\x1f\x8b", Container::NotAudio("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Container::NotAudio("a 7-Zip archive")),
    (b"\x89PNG", Container::NotAudio("a PNG picture")),
    (b"\xff\xd8\xff", Container::NotAudio("a JPEG picture")),
    (b"GIF8", Container::NotAudio("a GIF picture")),
    (b"\x7fELF", Container::NotAudio("a program")),
];

fn identify(head: &[u8]) -> Container {
    if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *found;
    }
    match (head.get(..4), head.get(8..12)) {
        (Some(b"OggS"), _) => return Container::Ogg,
        (Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64"), Some(b"WAVE"))
        | (Some(b"FORM"), Some(b"AIFF" | b"AIFC")) => return Container::Plain,
        (Some(b"FORM"), Some(b"8SVX" | b"16SV")) => return Container::Unsupported("an IFF sound"),
        (Some(b"RIFF"), Some(b"QLCM")) => return Container::Unsupported("a QCP voice memo"),
        (Some(b"RIFF"), Some(b"AVI ")) => return Container::Unsupported("an AVI video"),
        (Some(b"RIFF"), Some(b"WEBP")) => return Container::NotAudio("a WebP picture"),
        _ => {}
    }
    match head.get(4..8) {
        Some(b"ftyp") => return Container::Mp4,
        Some(b"\xf8\x72\x6f\xba" | b"\xf8\x72\x6f\xbb") => {
            return Container::Unsupported("a Dolby TrueHD or MLP file");
        }
        _ => {}
    }
    // Packets of a transport stream have 188 bytes, on discs with four bytes in front.
    let packets =
        |first: usize, every: usize| (0..5).all(|packet| head.get(first + packet * every) == Some(&0x47));
    if packets(0, 188) || packets(4, 192) {
        return Container::Unsupported("an MPEG transport stream");
    }
    identify_mpeg(head).or_else(|| identify_text(head)).unwrap_or(Container::Unknown)
}

/// MPEG audio and AAC in ADTS both begin with eleven or twelve set bits; layer 0 means ADTS (ISO/IEC 11172-3 section
/// 2.4.1.3, ISO/IEC 13818-7 section 6.2).
fn identify_mpeg(head: &[u8]) -> Option<Container> {
    let (first, second) = (*head.first()?, *head.get(1)?);
    // AAC in LOAS, whose frames tell their length (ISO/IEC 14496-3, 1.7.2).
    if first == 0x56 && second & 0xe0 == 0xe0 {
        let length = usize::from(second & 0x1f) << 8 | usize::from(*head.get(2)?);
        let next = head.get(3 + length..5 + length);
        return next
            .is_some_and(|next| next[0] == 0x56 && next[1] & 0xe0 == 0xe0)
            .then_some(Container::Unsupported("an AAC file"));
    }
    if first != 0xff || second & 0xe0 != 0xe0 || second & 0x18 == 0x08 {
        return None;
    }
    if second & 0xf6 == 0xf0 {
        return Some(Container::Unsupported("an AAC file"));
    }
    (second & 0x06 != 0).then_some(Container::Mpeg)
}

/// Text, if all the examined bytes are valid UTF-8; a character cut off at their end is allowed.
fn identify_text(head: &[u8]) -> Option<Container> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let page = start.starts_with("<!doctype html") || start.starts_with("<html");
    Some(Container::NotAudio(if page { "a web page" } else { "text" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn of(bytes: &[u8]) -> Container {
        sniff(&mut Cursor::new(bytes.to_vec())).unwrap()
    }

    #[test]
    fn what_a_file_is_comes_from_its_bytes() {
        assert_eq!(of(b""), Container::Empty);
        assert_eq!(of(b"RIFF\x24\0\0\0WAVEfmt "), Container::Plain);
        assert_eq!(of(b"FORM\0\0\0\x24AIFC"), Container::Plain);
        assert_eq!(of(b"\0\0\0\x20ftypM4A "), Container::Mp4);
        assert_eq!(of(b"\xff\xf1\x50\x80"), Container::Unsupported("an AAC file"));
        assert_eq!(of(b"\xff\xfb\x90\x64\0\0\0"), Container::Mpeg);
        assert_eq!(of(b"  <!DOCTYPE HTML><html>"), Container::NotAudio("a web page"));
        assert_eq!(of("Sluit je ogen…".as_bytes()), Container::NotAudio("text"));
        assert_eq!(of(&[0, 1, 2, 3, 4, 5, 6, 7]), Container::Unknown);
        assert!(matches!(of(b"version https://git-lfs.example/spec/v1\n"), Container::NotAudio(_)));
    }

    #[test]
    fn a_tag_in_front_is_looked_past() {
        let mut bytes = b"ID3\x04\0\0\0\0\x01\x02".to_vec();
        bytes.extend([0; 130]);
        bytes.extend(b"fLaC");
        assert_eq!(of(&bytes), Container::Flac);
        assert_eq!(of(&bytes[..140]), Container::NotAudio("an ID3 tag without any audio"));
    }

    #[test]
    fn the_source_is_left_at_its_start() {
        let mut source = Cursor::new(b"fLaC and more".to_vec());
        sniff(&mut source).unwrap();
        assert_eq!(source.position(), 0);
    }
}
