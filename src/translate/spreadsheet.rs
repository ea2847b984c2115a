//! Texts as a spreadsheet, and back: CSV of any separator, and XLSX. Every cell is text; none is a formula.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, open_workbook_auto_from_rs};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use thiserror::Error;

use super::back::{Returned, as_mark, mark};
use crate::script::po::file::{Message, PoFile};

/// The columns, by their names in the first row; that of the translation has the language after it, in brackets.
const COLUMNS: [&str; 6] = ["context", "source", "translation", "notes", "seconds", "sent"];
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
    /// Which column is meant is not known.
    #[error("its first row has the column `{0}` more than once; remove or rename the one that is not meant")]
    TwoColumns(&'static str),
    /// Which sheet is meant is not known.
    #[error("its sheets {0} all have the columns of translations; remove the ones that are not meant")]
    TwoSheets(String),
    /// A text has two translations.
    #[error(
        "{first} and {place} are both of `{name}`, with other translations; remove the row that is not meant"
    )]
    Double { name: String, first: String, place: String },
    /// Letters are broken.
    #[error(
        "it is not in UTF-8, and its charset cannot be told: in none that adem knows are texts as they were sent. {place} would be \"{text}\"; save it again as .xlsx, or as .csv in UTF-8"
    )]
    Charset { place: String, text: String },
    #[error("it has more than {MOST_ROWS} rows; it is no spreadsheet of translations")]
    TooLong,
}

/// What a spreadsheet has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpreadsheetTexts {
    pub texts: Vec<Returned>,
    /// The language that its first row names, as it is written there.
    pub language: Option<String>,
    /// The charset, where it is not UTF-8.
    pub charset: Option<GuessedCharset>,
}

/// A charset that a file was read in without saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedCharset {
    pub name: &'static str,
    /// Whether texts are in it as they were sent.
    pub is_sure: bool,
    /// The place and the words of the first text with letters that depend on it.
    pub first: Option<(String, String)>,
}

/// A cell, and what it holds if that is no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cell {
    text: String,
    holds: Option<&'static str>,
}

const A_NUMBER: &str = "a number";

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

/// The first row.
fn heads(file: &PoFile) -> [String; 6] {
    let language = file.header_field("Language").filter(|language| !language.is_empty());
    COLUMNS.map(|column| match language {
        Some(language) if column == "translation" => format!("{column} ({language})"),
        Some(_) | None => column.to_owned(),
    })
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
    writer.write_record(heads(file)).map_err(told)?;
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
    for (column, name) in (0u16..).zip(heads(file)) {
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

/// The texts of a CSV file: separated by commas, semicolons or tabs, with a byte order mark or without, in UTF-8 or UTF-16, or
/// in an older charset: the one in which texts are as they were sent, or whose originals `is_original`.
///
/// # Errors
/// [`SpreadsheetError`] with what is missing.
pub fn read_csv(
    bytes: &[u8],
    is_original: &dyn Fn(&str) -> bool,
) -> Result<SpreadsheetTexts, SpreadsheetError> {
    let text = crate::diag::utf_16(bytes).or_else(|| String::from_utf8(bytes.to_vec()).ok());
    if let Some(text) = text {
        return read_table(&text);
    }
    let is_wide = |text: &str| !text.is_ascii();
    let fits = |one: &Returned| {
        let is_as_sent = |sent: &String| *sent == mark(&one.texts, false) || *sent == mark(&one.texts, true);
        (one.texts.iter().any(|text| is_wide(text)) && one.sent.as_ref().is_some_and(is_as_sent))
            || (is_wide(&one.source) && is_original(&one.source))
    };
    let mut best: Option<(usize, &'static encoding_rs::Encoding, SpreadsheetTexts)> = None;
    for encoding in old_charsets() {
        let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else {
            continue;
        };
        let sheet = match read_table(&text) {
            Ok(sheet) => sheet,
            // Without its columns it is no better in another charset.
            Err(why) if best.is_none() => return Err(why),
            Err(_) => continue,
        };
        let count = sheet.texts.iter().filter(|one| fits(one)).count();
        if best.as_ref().is_none_or(|(most, ..)| count > *most) {
            best = Some((count, encoding, sheet));
        }
    }
    let Some((count, encoding, mut sheet)) = best else {
        return Err(SpreadsheetError::Broken("its charset is not known".to_owned()));
    };
    let wide = sheet.texts.iter().filter(|one| one.texts.iter().any(|text| is_wide(text)));
    let first = wide.clone().next().map(|one| (one.place.clone(), one.texts.join(" / ")));
    let was_sent = |one: &&Returned| one.sent.as_ref().is_some_and(|sent| *sent != mark(&[], false));
    if count == 0
        && wide.filter(was_sent).count() >= MANY
        && let Some((place, text)) = first
    {
        return Err(SpreadsheetError::Charset { place, text });
    }
    sheet.charset = Some(GuessedCharset { name: encoding.name(), is_sure: count > 0, first });
    Ok(sheet)
}

/// The charsets that spreadsheets save CSV in; without a sign the first is taken.
fn old_charsets() -> [&'static encoding_rs::Encoding; 16] {
    [
        encoding_rs::WINDOWS_1252,
        encoding_rs::MACINTOSH,
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1253,
        encoding_rs::WINDOWS_1254,
        encoding_rs::WINDOWS_1255,
        encoding_rs::WINDOWS_1256,
        encoding_rs::WINDOWS_1257,
        encoding_rs::WINDOWS_1258,
        encoding_rs::ISO_8859_2,
        encoding_rs::X_MAC_CYRILLIC,
        encoding_rs::SHIFT_JIS,
        encoding_rs::GBK,
        encoding_rs::BIG5,
        encoding_rs::EUC_KR,
    ]
}

/// So many texts that were sent and are not as they were are no chance.
const MANY: usize = 3;

fn read_table(text: &str) -> Result<SpreadsheetTexts, SpreadsheetError> {
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
    let separator = separator.unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(body.as_bytes());
    let mut table: Vec<Vec<Cell>> = Vec::new();
    for record in reader.records() {
        let record = record?;
        table.push(record.iter().map(|cell| Cell { text: meant(cell), holds: None }).collect());
        if table.len() > MOST_ROWS {
            return Err(SpreadsheetError::TooLong);
        }
    }
    if ends_in_quotes(body, char::from(separator))
        && let Some(last) = table.last_mut()
    {
        last.iter_mut().for_each(|cell| cell.holds = Some("a quotation mark that is never closed"));
    }
    texts(&table, 0)
}

/// Whether a quotation mark that begins a cell is never closed: the file was cut, or a mark was typed into it.
fn ends_in_quotes(text: &str, separator: char) -> bool {
    let (mut is_inside, mut is_at_start) = (false, true);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if is_inside && letters.peek() == Some(&'"') => {
                letters.next();
            }
            '"' if is_inside => is_inside = false,
            '"' if is_at_start => is_inside = true,
            _ => {}
        }
        is_at_start = !is_inside && (c == separator || c == '\n');
    }
    is_inside
}

/// The texts of a workbook: of its only sheet that has the columns.
///
/// # Errors
/// [`SpreadsheetError`] with what is missing.
pub fn read_workbook(bytes: &[u8]) -> Result<SpreadsheetTexts, SpreadsheetError> {
    let broken = |error: &dyn std::fmt::Display| SpreadsheetError::Broken(error.to_string());
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut missing = SpreadsheetError::Broken("it has no sheet".to_owned());
    let mut found: Vec<(String, SpreadsheetTexts)> = Vec::new();
    for (name, range) in book.worksheets() {
        if range.height() > MOST_ROWS {
            return Err(SpreadsheetError::TooLong);
        }
        let (top, left) = range.start().unwrap_or_default();
        let formulas = book.worksheet_formula(&name).ok().filter(|formulas| !formulas.is_empty());
        let is_formula = |row: u32, column: u32| {
            let own = formulas.as_ref().and_then(|own| own.get_value((top + row, left + column)));
            own.is_some_and(|formula| !formula.is_empty())
        };
        let table: Vec<Vec<Cell>> = (0u32..)
            .zip(range.rows())
            .map(|(at, row)| {
                (0u32..).zip(row).map(|(column, cell)| read_cell(cell, is_formula(at, column))).collect()
            })
            .collect();
        match texts(&table, top as usize) {
            Ok(sheet) => found.push((name, sheet)),
            Err(why @ (SpreadsheetError::Double { .. } | SpreadsheetError::TwoColumns(_))) => {
                return Err(why);
            }
            Err(why) => missing = why,
        }
    }
    if found.len() > 1 {
        let names: Vec<_> = found.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(SpreadsheetError::TwoSheets(names.join(", ")));
    }
    found.pop().map_or(Err(missing), |(_, sheet)| Ok(sheet))
}

fn read_cell(cell: &Data, is_formula: bool) -> Cell {
    let (text, holds) = match cell {
        Data::Empty => (String::new(), None),
        Data::String(text) => (text.clone(), None),
        Data::Float(number) if number.fract() == 0.0 => (format!("{number:.0}"), Some(A_NUMBER)),
        Data::Int(_) | Data::Float(_) => (cell.to_string(), Some(A_NUMBER)),
        Data::Bool(_) => (cell.to_string(), Some("TRUE or FALSE")),
        Data::DateTime(_) | Data::DateTimeIso(_) | Data::DurationIso(_) => {
            (cell.to_string(), Some("a date or a time"))
        }
        Data::Error(_) => (cell.to_string(), Some("an error of the spreadsheet")),
    };
    // Words that a formula gives are words.
    let has_words = matches!(cell, Data::String(text) if !text.trim().is_empty());
    Cell { text, holds: if is_formula && !has_words { Some("a formula") } else { holds } }
}

/// The texts of a table whose first row names the columns, in any order. `above` counts the rows before it.
fn texts(table: &[Vec<Cell>], above: usize) -> Result<SpreadsheetTexts, SpreadsheetError> {
    let is_used = |row: &Vec<Cell>| row.iter().any(|cell| !cell.text.trim().is_empty());
    let head = table.iter().position(is_used).unwrap_or(0);
    let names = table.get(head).map_or(&[][..], Vec::as_slice);
    let bare = |name: &Cell| name.text.split('(').next().unwrap_or_default().trim().to_lowercase();
    let column = |wanted: &'static str| {
        let mut found = (0..names.len()).filter(|at| bare(&names[*at]) == wanted);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(SpreadsheetError::TwoColumns(wanted)),
            (found, _) => found.ok_or(SpreadsheetError::NoColumn(wanted)),
        }
    };
    let (context, source, translation) = (column("context")?, column("source")?, column("translation")?);
    let sent = column("sent").ok();
    let language = names[translation].text.split_once('(').map(|(_, rest)| rest.trim().trim_end_matches(')'));
    let language =
        language.map(|language| language.trim().to_owned()).filter(|language| !language.is_empty());
    let mut found: Vec<Returned> = Vec::new();
    let mut seen: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for (at, row) in table.iter().enumerate().skip(head + 1) {
        let cell = |column: usize| row.get(column).map_or("", |cell| &cell.text).replace("\r\n", "\n");
        let source = cell(source);
        let (source, plural) = match source.split_once(BETWEEN_FORMS) {
            Some((one, many)) => (one.to_owned(), Some(many.to_owned())),
            None => (source, None),
        };
        let context = cell(context).trim().to_owned();
        if source.trim().is_empty() && context.is_empty() {
            continue;
        }
        let text = cell(translation);
        // A number is meant where the original has it.
        let is_meant = |holds: &&str| !(*holds == A_NUMBER && source.contains(text.trim()));
        let one = Returned {
            context: (!context.is_empty()).then_some(context),
            plural,
            texts: text.split(BETWEEN_FORMS).map(str::to_owned).collect(),
            holds: row.get(translation).and_then(|cell| cell.holds).filter(is_meant),
            sent: sent.and_then(|sent| as_mark(&cell(sent))),
            place: format!("row {}", above + at + 1),
            source,
            ..Returned::default()
        };
        let Some(first) = seen.insert((one.context.clone(), one.source.clone()), found.len()) else {
            found.push(one);
            continue;
        };
        seen.insert((one.context.clone(), one.source.clone()), first);
        let earlier = &mut found[first];
        if earlier.is_empty() {
            *earlier = one;
        } else if !one.is_empty() && (&one.texts, one.holds) != (&earlier.texts, earlier.holds) {
            return Err(SpreadsheetError::Double {
                name: one.context.unwrap_or(one.source),
                first: earlier.place.clone(),
                place: one.place,
            });
        }
    }
    Ok(SpreadsheetTexts { texts: found, language, charset: None })
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

    fn csv_of(text: &str) -> Result<SpreadsheetTexts, SpreadsheetError> {
        read_csv(text.as_bytes(), &|_| false)
    }

    fn content(returned: &[Returned]) -> Vec<(String, String, String)> {
        let one = |one: &Returned| (one.context.clone().unwrap(), one.source.clone(), one.texts.join("|"));
        returned.iter().map(one).collect()
    }

    #[test]
    fn csv_comes_back_as_it_went_whatever_a_spreadsheet_makes_of_it() {
        let bytes = write_csv(&file(), &|_| Some(4.0)).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbfcontext,source,translation (de),"));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(",'=1+1,") && text.contains(",''=x,") && text.contains(",4.0,"), "{text}");
        let SpreadsheetTexts { texts: back, language, charset } = read_csv(&bytes, &|_| false).unwrap();
        assert_eq!((content(&back), language.as_deref(), charset), (wanted(), Some("de"), None));
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
            assert_eq!(content(&read_csv(&bytes, &|_| false).unwrap().texts), wanted());
            let text = String::from_utf8(bytes).unwrap();
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let units = [&[0xff, 0xfe], &units[..]].concat();
            assert_eq!(content(&read_csv(&units, &|_| false).unwrap().texts), wanted());
        }
        let western = "context;source;translation\na/b;Adem;für\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(western);
        let sheet = read_csv(&bytes, &|_| false).unwrap();
        assert_eq!(sheet.texts[0].texts, ["für"]);
        let first = Some(("row 2".to_owned(), "für".to_owned()));
        assert_eq!(sheet.charset, Some(GuessedCharset { name: "windows-1252", is_sure: false, first }));
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
        let sheet = read_workbook(&bytes).unwrap();
        assert_eq!((content(&sheet.texts), sheet.language.as_deref()), (wanted(), Some("de")));
    }

    #[test]
    fn a_charset_is_known_by_what_was_sent() {
        let sheet = |language: &str, texts: &[&str]| {
            let row = |text: &&str| format!("a/{0},x{0},{0},{1}\n", text, mark(&[(*text).to_owned()], false));
            format!(
                "context,source,translation ({language}),sent\n{}",
                texts.iter().map(row).collect::<String>()
            )
        };
        let german = ["Für dich", "Höre zu", "Schließe die Augen"];
        let czech = ["Pětkrát", "Řekni", "Žádný"];
        let mac = |text: &str| -> Vec<u8> {
            let byte = |c: char| match c {
                'ü' => 0x9f,
                'ö' => 0x9a,
                'ß' => 0xa7,
                c => u8::try_from(c).unwrap(),
            };
            text.chars().map(byte).collect()
        };
        for (bytes, name, texts) in [
            (mac(&sheet("de", &german)), "macintosh", german),
            (encoding_rs::WINDOWS_1250.encode(&sheet("cs", &czech)).0.into_owned(), "windows-1250", czech),
        ] {
            let read = read_csv(&bytes, &|_| false).unwrap();
            assert_eq!(read.texts.iter().map(|one| one.texts[0].as_str()).collect::<Vec<_>>(), texts);
            assert!(read.charset.is_some_and(|charset| charset.is_sure && charset.name == name), "{name}");
        }
        let (bytes, ..) = encoding_rs::KOI8_R.encode("context,source,translation,sent\n");
        let (word, ..) = encoding_rs::KOI8_R.encode("привет");
        let rows = (0..4).flat_map(|at| {
            let end = format!(",{}\n", mark(&[format!("привет {at}")], false));
            [format!("a/{at},x{at},").as_bytes(), &word, format!(" {at}").as_bytes(), end.as_bytes()].concat()
        });
        let bytes: Vec<u8> = bytes.iter().copied().chain(rows).collect();
        assert!(matches!(read_csv(&bytes, &|_| false), Err(SpreadsheetError::Charset { .. })));
    }

    #[test]
    fn a_cell_that_holds_no_text_is_told() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in (0u16..).zip(["context", "source", "translation"]) {
            sheet.write_string(0, column, name).unwrap();
        }
        for (row, source) in (1u32..).zip(["a", "b", "c", "d 7", "e", "f"]) {
            sheet.write_string(row, 0, format!("x/{row}")).unwrap();
            sheet.write_string(row, 1, source).unwrap();
        }
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 1).unwrap();
        sheet.write_datetime_with_format(1, 2, &date, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
        sheet.write_boolean(2, 2, true).unwrap();
        sheet.write_number(3, 2, 3.5).unwrap();
        sheet.write_number(4, 2, 7).unwrap();
        sheet.write_formula(5, 2, rust_xlsxwriter::Formula::new("=1+1").set_result("")).unwrap();
        sheet.write_formula(6, 2, rust_xlsxwriter::Formula::new("=B2").set_result("Worte")).unwrap();
        let read = read_workbook(&book.save_to_buffer().unwrap()).unwrap();
        let holds: Vec<_> = read.texts.iter().map(|one| one.holds).collect();
        assert_eq!(
            holds,
            [Some("a date or a time"), Some("TRUE or FALSE"), Some(A_NUMBER), None, Some("a formula"), None]
        );
        for text in ["a/b,x,\"\"\"", "a/b,x,\"Atme", "a/b,x,\"Atme\na/c,y,z\n"] {
            let read = csv_of(&format!("context,source,translation\n{text}")).unwrap();
            assert_eq!(read.texts[0].holds, Some("a quotation mark that is never closed"), "{text}");
        }
        let read = csv_of("context,source,translation\na/b,x,5\" breit\n").unwrap();
        assert_eq!((read.texts[0].holds, read.texts[0].texts[0].as_str()), (None, "5\" breit"));
    }

    #[test]
    fn what_is_there_twice_is_refused() {
        let head = "context,source,translation\n";
        let told = |text: &str| csv_of(text).unwrap_err().to_string();
        let double = told(&format!("{head}a/b,x,eins\na/b,x,zwei\n"));
        assert!(double.starts_with("row 2 and row 3 are both of `a/b`"), "{double}");
        assert!(
            told("context,source,translation,Translation (de)\n").contains("`translation` more than once")
        );
        let same = csv_of(&format!("{head}a/b,x,\na/b,x,eins\na/b,x,eins\na/b,x,\n")).unwrap();
        assert_eq!(content(&same.texts), [("a/b".to_owned(), "x".to_owned(), "eins".to_owned())]);
        let mut book = Workbook::new();
        for name in ["eins", "zwei"] {
            let sheet = book.add_worksheet();
            sheet.set_name(name).unwrap();
            for (column, name) in (0u16..).zip(["context", "source", "translation"]) {
                sheet.write_string(0, column, name).unwrap();
            }
        }
        let told = read_workbook(&book.save_to_buffer().unwrap()).unwrap_err().to_string();
        assert!(told.starts_with("its sheets `eins`, `zwei`"), "{told}");
    }

    #[test]
    fn what_is_no_spreadsheet_of_texts_is_told() {
        assert!(matches!(csv_of("a,b\nc,d\n"), Err(SpreadsheetError::NoColumn("context"))));
        assert!(matches!(csv_of(""), Err(SpreadsheetError::NoColumn("context"))));
        assert!(matches!(read_workbook(b"PK\x03\x04nonsense"), Err(SpreadsheetError::Broken(_))));
        assert!(matches!(read_workbook(b"hello"), Err(SpreadsheetError::Broken(_))));
    }
}
