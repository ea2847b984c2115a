//! Texts as a spreadsheet, and back: CSV of any separator, and XLSX. Every cell is text; none is a formula.

use std::io::Cursor;

use calamine::{Data, Reader, open_workbook_auto_from_rs};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use thiserror::Error;

use super::back::{Returned, mark};
use crate::script::po::file::{Message, PoFile};

/// The columns, by their names in the first row.
pub const COLUMNS: [&str; 6] = ["context", "source", "translation", "notes", "seconds", "sent"];
/// What stands between the plural forms of a translation in a cell.
const BETWEEN_FORMS: &str = "\n---\n";
/// More rows are no translation.
const MOST_ROWS: usize = 100_000;

/// Why a spreadsheet could not be written or read.
#[derive(Debug, Error)]
pub enum SpreadsheetError {
    #[error("the spreadsheet cannot be written: {0}")]
    Write(String),
    /// It is not a spreadsheet, or a broken one.
    #[error("it cannot be read as a spreadsheet: {0}; save it again as .xlsx, or as .csv in UTF-8")]
    Broken(String),
    /// A column is missing.
    #[error(
        "its first row has no column `{0}`; the columns are context, source, translation, notes, seconds and sent: leave the first row as it was"
    )]
    NoColumn(&'static str),
    #[error("it has more than {MOST_ROWS} rows; it is no spreadsheet of translations")]
    TooLong,
}

impl From<XlsxError> for SpreadsheetError {
    fn from(error: XlsxError) -> Self {
        Self::Write(error.to_string())
    }
}

impl From<csv::Error> for SpreadsheetError {
    fn from(error: csv::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// The rows of a file: one for each entry in use. `seconds` is the time that a phrase has, where it is bound.
fn rows(file: &PoFile, seconds: &dyn Fn(&Message) -> Option<f64>) -> Vec<[String; 6]> {
    let entries = file.messages.iter().filter(|message| !message.is_header() && !message.obsolete);
    let row = |message: &Message| {
        let mut notes = message.extracted.clone();
        if message.fuzzy() {
            let before = message.previous.source.as_ref();
            notes.insert(
                0,
                before.map_or_else(
                    || "CHECK AGAIN".to_owned(),
                    |before| format!("CHECK AGAIN, the original was: {before}"),
                ),
            );
        }
        let source = match &message.plural {
            Some(plural) => format!("{}{BETWEEN_FORMS}{plural}", message.source),
            None => message.source.clone(),
        };
        [
            message.context.clone().unwrap_or_default(),
            source,
            message.texts.join(BETWEEN_FORMS).trim_end_matches(BETWEEN_FORMS).to_owned(),
            notes.join("\n"),
            seconds(message).map_or_else(String::new, |seconds| format!("{seconds:.1}")),
            mark(&message.texts, message.fuzzy()),
        ]
    };
    entries.map(row).collect()
}

/// The file as CSV in UTF-8 with a byte order mark, by which spreadsheets know the charset.
///
/// # Errors
/// [`SpreadsheetError::Write`]; does not happen in memory.
pub fn write_csv(
    file: &PoFile,
    seconds: &dyn Fn(&Message) -> Option<f64>,
) -> Result<Vec<u8>, SpreadsheetError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let told = |error: csv::Error| SpreadsheetError::Write(error.to_string());
    writer.write_record(COLUMNS).map_err(told)?;
    for row in rows(file, seconds) {
        writer.write_record(row.map(|cell| harmless(&cell))).map_err(told)?;
    }
    let bytes = writer.into_inner().map_err(|error| SpreadsheetError::Write(error.to_string()))?;
    Ok([b"\xef\xbb\xbf", &bytes[..]].concat())
}

/// The file as XLSX, with the column to write in set apart.
///
/// # Errors
/// [`SpreadsheetError::Write`] if there are more rows or longer texts than the format has.
pub fn write_xlsx(
    file: &PoFile,
    seconds: &dyn Fn(&Message) -> Option<f64>,
) -> Result<Vec<u8>, SpreadsheetError> {
    let mut book = Workbook::new();
    // No date of today: the same texts give the same bytes.
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&date));
    let sheet = book.add_worksheet();
    sheet.set_name("texts")?;
    let head = Format::new().set_bold();
    let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
    let open = plain.clone().set_background_color(0x00FF_F6D5);
    for (column, name) in (0u16..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, name, &head)?;
    }
    for (column, width) in [(0u16, 28.0), (1, 50.0), (2, 50.0), (3, 44.0), (4, 9.0), (5, 10.0)] {
        sheet.set_column_width(column, width)?;
    }
    for (at, row) in (1u32..).zip(rows(file, seconds)) {
        for (column, cell) in (0u16..).zip(&row) {
            // Written as text whatever it begins with.
            sheet.write_string_with_format(at, column, cell, if column == 2 { &open } else { &plain })?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(book.save_to_buffer()?)
}

/// The texts of a CSV file: separated by commas, semicolons or tabs, with a byte order mark or without, in UTF-8 or, as older
/// spreadsheets save it, in Windows-1252 or UTF-16.
///
/// # Errors
/// [`SpreadsheetError`] with what is missing.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<Returned>, SpreadsheetError> {
    let text = decoded(bytes);
    let text = text.trim_start_matches('\u{feff}');
    // Excel writes its separator in a line of its own if it is asked to.
    let body = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().len() == 5 && first.starts_with("sep=") => rest,
        Some(_) | None => text,
    };
    let first = body.lines().next().unwrap_or_default();
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| first.bytes().filter(|byte| byte == separator).count());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(body.as_bytes());
    let mut table = Vec::new();
    for record in reader.records() {
        let record = record?;
        table.push(record.iter().map(meant).collect());
        if table.len() > MOST_ROWS {
            return Err(SpreadsheetError::TooLong);
        }
    }
    texts(&table)
}

fn decoded(bytes: &[u8]) -> String {
    if let Some(text) = crate::diag::utf_16(bytes) {
        return text;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The texts of a workbook: of its first sheet that has the columns.
///
/// # Errors
/// [`SpreadsheetError`] with what is missing.
pub fn read_workbook(bytes: &[u8]) -> Result<Vec<Returned>, SpreadsheetError> {
    let broken = |error: &dyn std::fmt::Display| SpreadsheetError::Broken(error.to_string());
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut missing = SpreadsheetError::Broken("it has no sheet".to_owned());
    for (_, range) in book.worksheets() {
        if range.height() > MOST_ROWS {
            return Err(SpreadsheetError::TooLong);
        }
        let cell = |cell: &Data| match cell {
            Data::Empty | Data::Error(_) => String::new(),
            Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
            Data::Int(_)
            | Data::Float(_)
            | Data::String(_)
            | Data::Bool(_)
            | Data::DateTime(_)
            | Data::DateTimeIso(_)
            | Data::DurationIso(_) => cell.to_string(),
        };
        let table: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(cell).collect()).collect();
        match texts(&table) {
            Ok(found) => return Ok(found),
            Err(why) => missing = why,
        }
    }
    Err(missing)
}

/// The texts of a table whose first row names the columns, in any order.
fn texts(table: &[Vec<String>]) -> Result<Vec<Returned>, SpreadsheetError> {
    let head = table.iter().position(|row| row.iter().any(|cell| !cell.trim().is_empty())).unwrap_or(0);
    let names = table.get(head).map_or(&[][..], Vec::as_slice);
    let column = |wanted: &'static str| {
        let found = names.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        found.ok_or(SpreadsheetError::NoColumn(wanted))
    };
    let (context, source, translation) = (column("context")?, column("source")?, column("translation")?);
    let sent = column("sent").ok();
    let mut found = Vec::new();
    for (at, row) in table.iter().enumerate().skip(head + 1) {
        let cell = |column: usize| row.get(column).map_or("", String::as_str).replace("\r\n", "\n");
        let source = cell(source);
        let (source, plural) = match source.split_once(BETWEEN_FORMS) {
            Some((one, many)) => (one.to_owned(), Some(many.to_owned())),
            None => (source, None),
        };
        let context = cell(context).trim().to_owned();
        if source.trim().is_empty() && context.is_empty() {
            continue;
        }
        found.push(Returned {
            context: (!context.is_empty()).then_some(context),
            source,
            plural,
            texts: cell(translation).split(BETWEEN_FORMS).map(str::to_owned).collect(),
            sent: sent.map(|sent| cell(sent).trim().to_owned()).filter(|sent| sent.len() == 8),
            place: format!("row {}", at + 1),
            ..Returned::default()
        });
    }
    Ok(found)
}

/// Whether a spreadsheet would take a cell of CSV as a formula, were it not for the apostrophes before it.
fn is_risky(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that no spreadsheet runs: with an apostrophe before what looks like a formula.
fn harmless(cell: &str) -> String {
    if is_risky(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell that was made harmless.
fn meant(cell: &str) -> String {
    let bare = cell.strip_prefix('\'').filter(|_| is_risky(cell));
    bare.unwrap_or(cell).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> PoFile {
        let message = |context: &str, source: &str, text: &str| Message {
            context: Some(context.to_owned()),
            source: source.to_owned(),
            texts: vec![text.to_owned()],
            extracted: vec!["Part: \"Eén\"; twee".to_owned()],
            ..Message::default()
        };
        let messages = vec![
            Message { texts: vec!["Language: de\n".to_owned()], ..Message::default() },
            message("a/b", "Zeg \"ja\", of; niet.", "Sag „ja“; oder nicht, é 呼吸"),
            message("a/c", "=SUM(A1)", "=1+1"),
            message("a/d", "- een", "'=x"),
            message("a/e", "twee\nregels", ""),
            message("a/f", "10", "10"),
        ];
        PoFile { messages, end: Vec::new() }
    }

    fn wanted() -> Vec<(String, String, String)> {
        let messages = file().messages.into_iter().skip(1);
        messages
            .map(|one| (one.context.clone().unwrap(), one.source.clone(), one.text().to_owned()))
            .collect()
    }

    fn content(returned: &[Returned]) -> Vec<(String, String, String)> {
        let one = |one: &Returned| (one.context.clone().unwrap(), one.source.clone(), one.texts.join("|"));
        returned.iter().map(one).collect()
    }

    #[test]
    fn csv_comes_back_as_it_went_whatever_a_spreadsheet_makes_of_it() {
        let bytes = write_csv(&file(), &|_| Some(4.0)).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbfcontext,source"));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(",'=1+1,") && text.contains(",''=x,") && text.contains(",4.0,"), "{text}");
        let back = read_csv(&bytes).unwrap();
        assert_eq!(content(&back), wanted());
        assert_eq!(back[0].sent.as_deref(), Some(mark(&file().messages[1].texts, false).as_str()));
        let records: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&bytes[3..])
            .records()
            .map(Result::unwrap)
            .collect();
        for separator in [b';', b'\t'] {
            let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            records.iter().for_each(|record| writer.write_record(record).unwrap());
            let bytes = writer.into_inner().unwrap();
            assert_eq!(content(&read_csv(&bytes).unwrap()), wanted());
            let text = String::from_utf8(bytes).unwrap();
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(content(&read_csv(&[&[0xff, 0xfe], &units[..]].concat()).unwrap()), wanted());
        }
        let western = "context;source;translation\na/b;Adem;für\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(western);
        assert_eq!(read_csv(&bytes).unwrap()[0].texts, ["für"]);
    }

    #[test]
    fn a_workbook_comes_back_as_it_went_and_has_no_formula() {
        let bytes = write_xlsx(&file(), &|_| None).unwrap();
        assert_eq!(bytes, write_xlsx(&file(), &|_| None).unwrap(), "the same texts, the same bytes");
        let mut book = open_workbook_auto_from_rs(Cursor::new(&bytes)).unwrap();
        assert!(
            book.worksheet_formula("texts")
                .is_ok_and(|range| range.cells().all(|(_, _, cell)| cell.is_empty()))
        );
        assert_eq!(content(&read_workbook(&bytes).unwrap()), wanted());
    }

    #[test]
    fn what_is_no_spreadsheet_of_texts_is_told() {
        assert!(matches!(read_csv(b"a,b\nc,d\n"), Err(SpreadsheetError::NoColumn("context"))));
        assert!(matches!(read_csv(b""), Err(SpreadsheetError::NoColumn("context"))));
        assert!(matches!(read_workbook(b"PK\x03\x04nonsense"), Err(SpreadsheetError::Broken(_))));
        assert!(matches!(read_workbook(b"hello"), Err(SpreadsheetError::Broken(_))));
    }
}
