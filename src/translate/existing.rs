//! Whether a file that a pack or an export would replace is one that was sent and on which nobody has worked since.

use super::back::{Returned, is_foreign, mark, returned};
use super::kind::ReturnedKind;
use super::{parcel, spreadsheet};
use crate::diag::{Sink, Sources};
use crate::script::language::Language;
use crate::script::po::encoding::read_bytes;
use crate::script::po::file::PoFile;
use crate::script::po::lint::language_of;
use crate::script::po::syntax;

/// What is at the place of a file to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It was sent for this language, and its texts are as they were sent.
    Untouched,
    /// Texts of this language, so many of which somebody has written.
    Work(usize),
    /// Something else.
    Other,
}

/// What a zip is, for a pack whose PO file has this name.
pub fn of_pack(bytes: &[u8], po: &str) -> Existing {
    if ReturnedKind::of("", bytes) != ReturnedKind::Zip || bytes.is_empty() {
        return Existing::Other;
    }
    let last = po.rsplit('/').next().unwrap_or(po).to_lowercase();
    let Ok((name, text)) = parcel::read(bytes, |name| name == last) else { return Existing::Other };
    if name != po {
        return Existing::Other;
    }
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let read = read_bytes(po, &text, &mut sources, &sink)
        .and_then(|file| syntax::read(file, &sources.get(file).text, &sink));
    read.map_or(Existing::Other, |file| work(&returned(&file, |_| String::new())))
}

/// What a spreadsheet is, for one of this language and these texts.
pub fn of_sheet(name: &str, bytes: &[u8], language: &Language, file: &PoFile) -> Existing {
    let read = match ReturnedKind::of(name, bytes) {
        ReturnedKind::Workbook => spreadsheet::read_workbook(bytes),
        ReturnedKind::Table => spreadsheet::read_csv(bytes, &|_| false),
        ReturnedKind::Po | ReturnedKind::Zip | ReturnedKind::Other { .. } => return Existing::Other,
    };
    match read {
        Ok(sheet)
            if sheet.language.as_deref().and_then(language_of).as_ref() == Some(language)
                && !is_foreign(&sheet.texts, file, &[]) =>
        {
            work(&sheet.texts)
        }
        Ok(_) | Err(_) => Existing::Other,
    }
}

/// Texts without a mark may be anybody's.
fn work(texts: &[Returned]) -> Existing {
    let is_as_sent = |one: &&Returned| {
        let sent = one.sent.as_ref();
        one.holds.is_none()
            && sent.is_some_and(|sent| *sent == mark(&one.texts, false) || *sent == mark(&one.texts, true))
    };
    match texts.len() - texts.iter().filter(is_as_sent).count() {
        0 if texts.is_empty() => Existing::Other,
        0 => Existing::Untouched,
        count => Existing::Work(count),
    }
}
