//! The text files that diagnostics point into.

use std::ops::Range;

use super::{Code, Diagnostic, Sink, Span};

/// The index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub usize);

#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path relative to the course folder.
    pub path: String,
    pub text: String,
    /// Whether it was read; messages show no line of another file.
    pub is_read: bool,
    /// The byte offset of the start of each line.
    lines: Vec<usize>,
}

impl SourceFile {
    /// The number of the line that contains a byte, counted from 1, and the byte offset of its start.
    pub fn line(&self, byte: usize) -> (usize, usize) {
        let number = self.lines.partition_point(|start| *start <= byte);
        (number, self.lines[number - 1])
    }
}

/// A line and a column, both counted from 1. The column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

/// All text files read so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.push(SourceFile { path: path.into(), text, is_read: true, lines });
        FileId(self.files.len() - 1)
    }

    /// Adds a file or folder that is not read, so that a message can name it.
    pub fn add_unread(&mut self, path: &str) -> FileId {
        let file = self.add(path, "");
        self.files[file.0].is_read = false;
        file
    }

    /// Adds a file from its bytes, dropping a byte order mark. A file that is not plain text in UTF-8 is reported to
    /// `sink`. One in UTF-16, or with the line ends of an old Mac, is read as it was meant; any other gives `None`, and
    /// its text is kept with replacement characters, so that the message can show it.
    pub fn read(&mut self, path: &str, bytes: &[u8], sink: &Sink) -> Option<FileId> {
        if let Some(text) = utf_16(bytes) {
            let message = "this file is in UTF-16, and adem reads UTF-8";
            return Some(self.read_as(path, &text, Code::NotText, message, sink));
        }
        let good = match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                if text.contains('\r') && !text.contains('\n') {
                    let message = "the lines of this file end as on a Mac of long ago, with CR alone";
                    let text = text.replace('\r', "\n");
                    return Some(self.read_as(path, &text, Code::NotText, message, sink));
                }
                return Some(self.add(path, text));
            }
            Err(error) => error.valid_up_to(),
        };
        let is_invalid = |line: &&[u8]| std::str::from_utf8(line).is_err();
        let lines = bytes.split(|byte| *byte == b'\n').filter(is_invalid).count();
        let count = if lines == 1 { String::new() } else { format!(", on {lines} lines") };
        if let Some(text) = windows_1252(bytes) {
            let file = self.add(path, text.as_str());
            let letter = text[good..].chars().next().map_or(0, char::len_utf8);
            let message = format!("this file is not in UTF-8 but probably in Windows-1252 or Latin-1{count}");
            let error = Diagnostic::error(Code::NotText, Span::new(file, good..good + letter), message);
            let error =
                error.label(if lines == 1 { "this letter, if it is one" } else { "the first such letter" });
            let whole = Span::new(file, 0..text.len());
            sink.emit(error.patch("if its letters are right here, save it as UTF-8", whole, text));
            return Some(file);
        }
        let file = self.add(path, String::from_utf8_lossy(bytes));
        let message = format!("this file is not text in UTF-8{count}");
        let place = Span::new(file, good..good + 1);
        let error =
            Diagnostic::error(Code::NotText, place, message).label("the first byte that is not valid");
        sink.emit(error.help("save it as UTF-8 with a plain text editor"));
        None
    }

    /// Adds a file as it should have been saved, and says so.
    fn read_as(&mut self, path: &str, text: &str, code: Code, message: &str, sink: &Sink) -> FileId {
        let file = self.add(path, text);
        let end = text.find('\n').unwrap_or(text.len());
        let error = Diagnostic::error(code, Span::new(file, 0..end), message);
        let title =
            "save it again as UTF-8, with the line ends of today; the rest was read as if it had been";
        sink.emit(error.certain_patch(title, Span::new(file, 0..text.len()), text));
        file
    }

    /// All of them, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All files, in the order they were read.
    pub fn all(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0]
    }

    pub fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[self.range(span)]
    }

    /// The line and column at which a span begins.
    pub fn line_column(&self, span: Span) -> LineColumn {
        let file = self.get(span.file);
        let byte = self.range(span).start;
        let (line, start) = file.line(byte);
        LineColumn { line, column: file.text[start..byte].chars().count() + 1 }
    }

    /// The byte range of a span, clamped to the text and to character boundaries, since a parser may point past the
    /// end.
    pub fn range(&self, span: Span) -> Range<usize> {
        let text = &self.get(span.file).text;
        let boundary = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(span.start);
        start..boundary(span.end).max(start)
    }
}

/// A text that reads well in Windows-1252, which Latin-1 is a part of: beyond ASCII it has single letters, and the quotes and
/// dashes of a word processor. `None` for what is partly in UTF-8.
fn windows_1252(bytes: &[u8]) -> Option<String> {
    const MARKS: &str = "„“”‘’‚‹›«»–—…•·€°²³½×";
    if bytes.iter().any(|byte| *byte == 0 || (*byte < 32 && !b"\t\n\r".contains(byte))) {
        return None;
    }
    // Two bytes that are a letter in UTF-8 are not so by chance.
    if bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii()) {
        return None;
    }
    let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes)?;
    // Words of another alphabet would be full of accents.
    let mut accents = 0;
    for c in text.chars() {
        accents = if !c.is_ascii() && c.is_alphabetic() { accents + 1 } else { 0 };
        if accents > 2 || !(c.is_ascii() || c.is_alphabetic() || MARKS.contains(c)) {
            return None;
        }
    }
    Some(text.into_owned())
}

/// The text of a file in UTF-16, of either order, with a byte order mark or without.
pub fn utf_16(bytes: &[u8]) -> Option<String> {
    let (little, body) = match bytes {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ => {
            // What people write in TOML is mostly ASCII: every other byte is zero.
            let pairs = bytes.len() / 2;
            let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
            let (first, second) = (zeros(0), zeros(1));
            if pairs < 2 || first.max(second) * 2 < pairs || first.min(second) > 0 {
                return None;
            }
            (second > first, bytes)
        }
    };
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let units: Vec<u16> = body.chunks_exact(2).map(unit).collect();
    let text = String::from_utf16(&units).ok()?;
    let text = text.trim_start_matches('\u{feff}');
    Some(if text.contains('\n') { text.to_owned() } else { text.replace('\r', "\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_utf_16_and_with_the_lines_of_an_old_mac_is_read_and_told_of() {
        let text = "title = \"één\"\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [&[0xff, 0xfe], &little[..]].concat();
        let mac = text.replace('\n', "\r").into_bytes();
        for bytes in [little, big, marked, mac] {
            let (mut sources, sink) = (Sources::default(), Sink::new());
            let file = sources.read("a.toml", &bytes, &sink).unwrap();
            assert_eq!(sources.get(file).text, text);
            let [told] = &sink.into_sorted()[..] else { panic!("one message") };
            assert_eq!(told.code, Code::NotText);
            assert_eq!(told.patch.as_ref().unwrap().edits[0].replacement, text);
        }
    }

    #[test]
    fn what_reads_well_in_windows_1252_is_read_so_and_told_of_and_other_bytes_are_not() {
        let read = |bytes: &[u8]| {
            let (mut sources, sink) = (Sources::default(), Sink::new());
            let file = sources.read("a.toml", bytes, &sink);
            let [told] = &sink.into_sorted()[..] else { panic!("one message") };
            assert_eq!(told.code, Code::NotText);
            let patch = told.patch.as_ref().map(|patch| patch.edits[0].replacement.clone());
            assert_eq!(file.map(|file| sources.get(file).text.clone()), patch);
            assert!(told.patch.as_ref().is_none_or(|patch| !patch.certain));
            (patch, told.message.contains("on 2 lines"))
        };
        let text = "a = \"E\u{e9}n\"\nb = 2\nc = \"\u{201c}h\u{e9}\u{201d} \u{2013} \u{e0} la\"\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(text);
        assert_eq!(read(&bytes), (Some(text.to_owned()), true));
        // A letter that is in UTF-8 already, a stray sign, and what is no text.
        for other in [&b"a = \"\xc3\xa9 and \xe9n\"\n"[..], b"a = \xa4\nb = \xff\xa4\n", b"\x01\xe9\x02n"] {
            assert_eq!(read(other).0, None, "{other:?}");
        }
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "één\ntwéé drie\n");
        let start = sources.get(file).text.find("drie").unwrap();
        let span = Span::new(file, start..start + 4);
        assert_eq!(sources.line_column(span), LineColumn { line: 2, column: 6 });
        assert_eq!(sources.text(span), "drie");
    }

    #[test]
    fn a_span_past_the_end_or_inside_a_character_is_clamped() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "é");
        assert_eq!(sources.range(Span::new(file, 1..9)), 0..2);
    }
}
