//! The bytes of PO files: their charset, byte order mark and line ends.
//!
//! A file is read in the charset that its header names, and warned about if that is not UTF-8. What adem writes is UTF-8
//! with the byte order mark and the line ends that the file had.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{Encoding, UTF_8};

use crate::diag::{Code, Diagnostic, FileId, Sink, Sources, Span, utf_16};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// What gettext writes into a template in place of a charset.
const PLACEHOLDER: &str = "CHARSET";

/// Adds a PO file from its bytes. `None` if its text cannot be known, which is reported to `sink`.
pub fn read_bytes(path: &str, bytes: &[u8], sources: &mut Sources, sink: &Sink) -> Option<FileId> {
    if let Some(text) = utf_16(bytes) {
        return Some(converted(path, &text, "UTF-16", sources, sink));
    }
    let body = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let utf_8 = std::str::from_utf8(body).ok();
    let shown = utf_8.map_or_else(|| String::from_utf8_lossy(body), Cow::Borrowed);
    let Some(charset) = charset_of(&shown).map(|place| &shown[place]) else {
        return as_utf_8(path, bytes, utf_8, sources, sink);
    };
    let encoding = known_encoding(charset);
    match (encoding, utf_8) {
        _ if charset == PLACEHOLDER || encoding == Some(UTF_8) => as_utf_8(path, bytes, utf_8, sources, sink),
        // Letters beyond ASCII that are valid as UTF-8 are no chance: the file was saved by another program than its
        // header was written by.
        (_, Some(text)) if !text.is_ascii() => {
            let file = sources.add(path, lines_of(text));
            let place = charset_of(text).unwrap_or(0..0);
            let message = format!("the header names the charset {charset}, but this file is in UTF-8");
            let wrong = Diagnostic::warning(Code::PoCharset, Span::new(file, place.clone()), message);
            sink.emit(wrong.certain_patch("write", Span::new(file, place), "UTF-8"));
            Some(file)
        }
        // Every charset that is left has ASCII as it is, apart from those of seven bits.
        (_, Some(text)) if !is_seven_bit(charset) => Some(sources.add(path, lines_of(text))),
        (Some(encoding), _) => {
            if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
                return Some(converted(path, &text, charset, sources, sink));
            }
            let message = format!("this file is not in {charset}, the charset that its header names");
            let help = "save it as UTF-8 with a program that shows its letters right";
            refuse(path, &shown, message, help, sources, sink)
        }
        (None, _) => {
            let message = format!("adem cannot read the charset of this file, {charset}");
            refuse(path, &shown, message, &conversion(charset, path), sources, sink)
        }
    }
}

/// What to do with a file in a charset that adem does not know: gettext and iconv know a few more.
fn conversion(charset: &str, path: &str) -> String {
    const OF_GETTEXT: [&str; 6] = ["cp850", "koi8-t", "euc-tw", "johab", "viscii", "georgian-ps"];
    let lower = charset.to_ascii_lowercase();
    let is_page = |family: &str| {
        lower
            .strip_prefix(family)
            .is_some_and(|page| page.bytes().all(|byte| byte.is_ascii_digit()) && !page.is_empty())
    };
    if OF_GETTEXT.contains(&lower.as_str()) {
        let command = format!("msgconv --to-code=UTF-8 -o {path} {path}");
        return format!("convert it with gettext: `{command}`");
    }
    if is_page("cp") || is_page("ibm") {
        let command = format!("iconv -f {charset} -t UTF-8 {path} > new.po && mv new.po {path}");
        return format!("convert it: `{command}`; then change {charset} in its header to UTF-8");
    }
    "save it as UTF-8 with the program it was made with; if the name is wrong, write that of the charset it has, such as \
     windows-1252"
        .to_owned()
}

/// A file that is in UTF-8, or should be.
fn as_utf_8(
    path: &str,
    bytes: &[u8],
    text: Option<&str>,
    sources: &mut Sources,
    sink: &Sink,
) -> Option<FileId> {
    match text {
        Some(text) => Some(sources.add(path, lines_of(text))),
        None => sources.read(path, bytes, sink),
    }
}

/// Adds a file with the text that it has in UTF-8, and warns of its charset.
fn converted(path: &str, text: &str, charset: &str, sources: &mut Sources, sink: &Sink) -> FileId {
    let mut text = lines_of(text).into_owned();
    let message = format!("this file is in {charset}, and adem writes UTF-8");
    if let Some(place) = charset_of(&text) {
        text.replace_range(place, "UTF-8");
    }
    let place = charset_of(&text).unwrap_or(0..text.find('\n').unwrap_or(text.len()));
    let file = sources.add(path, text.as_str());
    let warning = Diagnostic::warning(Code::PoCharset, Span::new(file, place), message)
        .note("its text was read in that charset; `adem translate update` writes it in UTF-8");
    sink.emit(warning.certain_patch(
        "save it as UTF-8, and say so in its header",
        Span::new(file, 0..text.len()),
        &text,
    ));
    file
}

fn refuse(
    path: &str,
    shown: &str,
    message: String,
    help: &str,
    sources: &mut Sources,
    sink: &Sink,
) -> Option<FileId> {
    let file = sources.add(path, lines_of(shown));
    let place = charset_of(shown).unwrap_or(0..0);
    sink.emit(Diagnostic::error(Code::PoCharset, Span::new(file, place), message).help(help));
    None
}

/// A text with the line ends of an old Mac as lines; its places are the same.
fn lines_of(text: &str) -> Cow<'_, str> {
    if text.contains('\r') && !text.contains('\n') { text.replace('\r', "\n").into() } else { text.into() }
}

/// The place of the charset in the header, the entry without a source at the start of a file.
fn charset_of(text: &str) -> Option<Range<usize>> {
    let mut entries = 0;
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let (from, trimmed) = (start, line.trim());
        start += line.len();
        if trimmed.starts_with('#') {
            continue;
        }
        if trimmed.starts_with("msgctxt") {
            return None;
        }
        if let Some(rest) = trimmed.strip_prefix("msgid") {
            entries += 1;
            if entries > 1 || rest.trim() != "\"\"" {
                return None;
            }
        }
        if let Some(place) = named_in(line) {
            return Some(from + place.start..from + place.end);
        }
    }
    None
}

/// The place of the charset in a line.
fn named_in(line: &str) -> Option<Range<usize>> {
    const NAME: &str = "charset=";
    let start = line.to_ascii_lowercase().find(NAME)? + NAME.len();
    let ends = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | ';');
    let length = line[start..].find(ends).unwrap_or(line.len() - start);
    (length > 0).then(|| start..start + length)
}

/// The text of a header that names UTF-8 as its charset, if it names one.
pub fn naming_utf_8(header: &str) -> String {
    let mut header = header.to_owned();
    if let Some(place) =
        named_in(&header).filter(|place| known_encoding(&header[place.clone()]) != Some(UTF_8))
    {
        header.replace_range(place, "UTF-8");
    }
    header
}

/// The encoding of a charset's name, as gettext and browsers know it.
fn known_encoding(charset: &str) -> Option<&'static Encoding> {
    // Names of code pages that iconv knows and the list of browsers lacks.
    let lower = charset.to_ascii_lowercase();
    let label = match lower.as_str() {
        "cp932" => "shift_jis",
        "cp936" => "gbk",
        "cp949" => "euc-kr",
        "cp950" => "big5",
        "cp874" => "windows-874",
        other => other,
    };
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// Whether text in a charset can look like ASCII and mean other letters.
fn is_seven_bit(charset: &str) -> bool {
    let lower = charset.to_ascii_lowercase();
    ["iso-2022", "hz", "utf-7", "utf7"].iter().any(|start| lower.starts_with(start))
}

/// What the bytes of a file have around their text: a byte order mark, and one kind of line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteForm {
    has_mark: bool,
    line_end: &'static str,
}

impl ByteForm {
    /// The form of a file. One that is empty or in UTF-16 has none of its own.
    pub fn of(bytes: &[u8]) -> Self {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let line_end = match end {
            _ if utf_16(bytes).is_some() => "\n",
            Some(end) if bytes[..end].ends_with(b"\r") => "\r\n",
            None if bytes.contains(&b'\r') => "\r",
            _ => "\n",
        };
        Self { has_mark: bytes.starts_with(MARK), line_end }
    }

    /// A text in this form.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        let mark = if self.has_mark { MARK } else { &[] };
        let lines = if text.contains("\r\n") { text.into() } else { text.replace('\n', self.line_end) };
        [mark, lines.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Severity, Sink};

    const TEXT: &str = "# Übersetzt.\nmsgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\n\
                        msgctxt \"plek/vrij\"\nmsgid \"één\"\nmsgstr \"für\"\n";

    /// The text that is read and the message, if any.
    fn read(bytes: &[u8]) -> (Option<String>, Option<Diagnostic>) {
        let (mut sources, sink) = (Sources::default(), Sink::new());
        let file = read_bytes("scripts/po/de.po", bytes, &mut sources, &sink);
        let mut found = sink.into_sorted();
        assert!(found.len() <= 1, "{found:?}");
        (file.map(|file| sources.get(file).text.clone()), found.pop())
    }

    #[test]
    fn a_charset_of_the_header_is_converted_and_told() {
        let named = |charset: &str| TEXT.replace("UTF-8", charset);
        for (charset, encoding) in [
            ("ISO-8859-1", encoding_rs::WINDOWS_1252),
            ("Windows-1252", encoding_rs::WINDOWS_1252),
            ("ISO-8859-15", encoding_rs::ISO_8859_15),
            ("gb18030", encoding_rs::GB18030),
        ] {
            let text = named(charset);
            let (bytes, _, lost) = encoding.encode(&text);
            assert!(!lost);
            let (read, told) = read(&bytes);
            let told = told.unwrap();
            assert_eq!(read.as_deref(), Some(TEXT));
            assert_eq!((told.code, told.severity), (Code::PoCharset, Severity::Warning));
            assert_eq!(told.message, format!("this file is in {charset}, and adem writes UTF-8"));
            assert_eq!(told.patch.unwrap().edits[0].replacement, TEXT);
        }
    }

    #[test]
    fn japanese_whose_bytes_hold_backslashes_is_read() {
        let text =
            TEXT.replace("für", "表示ソ").replace("UTF-8", "CP932").replace("é", "e").replace("Ü", "U");
        let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(&text);
        assert!(!lost && bytes.contains(&b'\\'));
        assert_eq!(read(&bytes).0, Some(text.replace("CP932", "UTF-8")));
    }

    #[test]
    fn utf_16_is_converted_with_its_header() {
        let text = TEXT.replace("UTF-8", "UTF-16");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [[&[0xff, 0xfe], &little[..]].concat(), little.clone()] {
            let (read, told) = read(&bytes);
            assert_eq!((read.as_deref(), told.unwrap().severity), (Some(TEXT), Severity::Warning));
        }
    }

    #[test]
    fn a_header_that_lies_is_told_and_the_text_is_read() {
        for charset in ["ISO-8859-1", "uft-8", "HZ-GB-2312"] {
            let text = TEXT.replace("UTF-8", charset);
            let (read, told) = read(text.as_bytes());
            assert_eq!(read.as_ref(), Some(&text));
            let told = told.unwrap();
            assert_eq!(told.patch.as_ref().unwrap().edits[0].replacement, "UTF-8");
            assert_eq!(&text[told.span().start..told.span().end], charset);
        }
    }

    #[test]
    fn a_charset_that_cannot_be_read_is_refused_by_name() {
        for (charset, bytes) in
            [("CP850", &b"\x81"[..]), ("UTF-7", b"+AOk-"), ("HZ-GB-2312", b"~{"), ("Shift_JIS", b"\x81\xff")]
        {
            let header = format!("msgid \"\"\nmsgstr \"Content-Type: text/plain; charset={charset}\\n\"\n\n");
            let bytes = [header.as_bytes(), b"msgid \"a\"\nmsgstr \"", bytes, b"\"\n"].concat();
            let (read, told) = read(&bytes);
            let told = told.unwrap();
            assert_eq!((read, told.code, told.severity), (None, Code::PoCharset, Severity::Error));
            assert!(told.message.contains(charset), "{}", told.message);
        }
        let latin: Vec<u8> = TEXT.chars().map(|c| c as u8).collect();
        let (read, told) = read(&latin);
        assert_eq!((read.as_deref(), told.unwrap().code), (Some(TEXT), Code::NotText));
    }

    #[test]
    fn plain_files_and_templates_are_read_in_silence() {
        let ascii = "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n";
        let template = TEXT.replace("UTF-8", "CHARSET");
        let headerless = "msgctxt \"a/b\"\nmsgid \"charset=KOI8-R\"\nmsgstr \"é\"\n";
        for text in [TEXT, ascii, &template, headerless, ""] {
            assert_eq!(read(text.as_bytes()), (Some(text.to_owned()), None));
        }
    }

    #[test]
    fn the_mark_and_the_line_ends_of_a_file_are_kept() {
        for mark in ["", "\u{feff}"] {
            for end in ["\n", "\r\n", "\r"] {
                let bytes = format!("{mark}{}", TEXT.replace('\n', end)).into_bytes();
                let (read, told) = read(&bytes);
                assert_eq!((read.unwrap().replace("\r\n", "\n").as_str(), told), (TEXT, None));
                assert_eq!(ByteForm::of(&bytes).bytes(TEXT), bytes);
            }
        }
        assert_eq!(ByteForm::of(b"").bytes("a\n"), b"a\n");
    }
}
