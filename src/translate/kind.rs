//! What a file is that comes from a translator, by its content before its name.

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnedKind {
    /// A PO file, or a text that may be one.
    Po,
    /// A zip that is no document.
    Zip,
    /// XLSX, ODS or XLS.
    Workbook,
    /// CSV, or a text with tabs.
    Table,
    /// Nothing that can be read, with what it is and what to do.
    Other { what: &'static str, advice: &'static str },
}

const UNPACK: &str = "unpack it, and take back the PO file or the spreadsheet in it";
const COPY: &str = "copy the texts into the PO file or the spreadsheet that was sent";
/// How much of each end of a file is looked at.
const LOOKED_AT: usize = 1 << 16;

impl ReturnedKind {
    /// What a file is whose name and content are known.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let name = name.to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let has = |part: &[u8]| {
            let (start, end) = (bytes.len().min(LOOKED_AT), bytes.len().saturating_sub(LOOKED_AT));
            [&bytes[..start], &bytes[end..]]
                .iter()
                .any(|piece| piece.windows(part.len()).any(|own| own == part))
        };
        let other = |what: &'static str, advice: &'static str| Self::Other { what, advice };
        if bytes.starts_with(b"PK") {
            return if has(b"xl/workbook") || has(b"opendocument.spreadsheet") || ends(&WORKBOOKS) {
                Self::Workbook
            } else if has(b"word/document") || has(b"opendocument.text") {
                other("a document of a word processor", COPY)
            } else {
                Self::Zip
            };
        }
        match bytes {
            [b'R', b'a', b'r', b'!', ..] => return other("a RAR archive", UNPACK),
            [b'7', b'z', 0xbc, 0xaf, ..] => return other("a 7z archive", UNPACK),
            [0x1f, 0x8b, ..] => return other("a gzip archive", UNPACK),
            [b'%', b'P', b'D', b'F', ..] => return other("a PDF", COPY),
            [0xd0, 0xcf, 0x11, 0xe0, ..] if !ends(&WORKBOOKS) && !ends(&TABLES) => {
                return other("a document of a word processor", COPY);
            }
            [0xd0, 0xcf, 0x11, 0xe0, ..] => return Self::Workbook,
            _ => {}
        }
        if ends(&WORKBOOKS) {
            return Self::Workbook;
        }
        if ends(&TABLES) {
            return Self::Table;
        }
        if ends(&[".zip"]) {
            return Self::Zip;
        }
        let start = &bytes[..bytes.len().min(LOOKED_AT)];
        let text = crate::diag::utf_16(start).unwrap_or_else(|| String::from_utf8_lossy(start).into_owned());
        let first = text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
        let mut first = first.filter(|line| !line.is_empty() && !line.starts_with("sep="));
        let first = first.next().unwrap_or_default().to_lowercase();
        let has_columns = ["context", "source", "translation"].iter().all(|column| first.contains(column));
        if has_columns && first.contains([',', ';', '\t']) {
            Self::Table
        } else if first.starts_with('<') {
            other(
                "a page",
                "open it in a browser and save: what it saves is a PO file, which can be taken back",
            )
        } else {
            Self::Po
        }
    }
}

/// The endings of spreadsheets.
const WORKBOOKS: [&str; 5] = [".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"];
/// The endings of tables as text.
const TABLES: [&str; 2] = [".csv", ".tsv"];

/// Whether a name is that of a spreadsheet or a table.
pub fn is_spreadsheet(name: &str) -> bool {
    WORKBOOKS.iter().chain(&TABLES).any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content_before_its_name() {
        let wide = "context\tsource\ttranslation\na/b\tx\ty\n".encode_utf16().flat_map(u16::to_le_bytes);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
        for (name, bytes, kind) in [
            ("de.po", &b"msgid \"\"\nmsgstr \"\"\n"[..], ReturnedKind::Po),
            ("x.txt", &wide, ReturnedKind::Table),
            ("x.csv", b"PK\x03\x04....xl/workbook.xml", ReturnedKind::Workbook),
            ("x.zip", b"PK\x03\x04....de.po", ReturnedKind::Zip),
            ("x.CSV", b"a,b", ReturnedKind::Table),
            ("x.xlsx", b"nonsense", ReturnedKind::Workbook),
        ] {
            assert_eq!(ReturnedKind::of(name, bytes), kind, "{name}");
        }
        for (name, bytes, kind) in [
            ("x.po", &b"Rar!\x1a\x07"[..], "a RAR archive"),
            ("x.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
            ("x.html", b"\n<!doctype html>", "a page"),
            ("x.docx", b"PK\x03\x04....word/document.xml", "a document of a word processor"),
        ] {
            let ReturnedKind::Other { what, .. } = ReturnedKind::of(name, bytes) else { panic!("{name}") };
            assert_eq!(what, kind);
        }
    }
}
