//! The zip that goes to a translator, and reading it again. Nothing of a zip is ever unpacked to the disk.

use std::io::{self, Cursor, Read, Seek, Write};

use thiserror::Error;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::kind::is_spreadsheet;

/// The largest PO file that is read.
const LARGEST: u64 = 64 << 20;

/// Why a zip could not be read.
#[derive(Debug, Error)]
pub enum ParcelError {
    #[error(
        "it cannot be read as a zip: {0}; it may be cut off or locked with a password: ask for it again, or take back the PO file in it alone"
    )]
    Broken(#[from] ZipError),
    /// A file in it cannot be read.
    #[error("`{name}` in it cannot be read: {why}; ask for the zip again")]
    File { name: String, why: io::Error },
    #[error(
        "it has no PO file and no spreadsheet; what the page saves ends in .po, and can be taken back alone"
    )]
    NoTexts,
    #[error("it has several PO files or spreadsheets ({0}); take the right one out and take it back alone")]
    Several(String),
    /// It would write outside its folder.
    #[error("`{0}` in it leads out of its folder, which no zip of adem does; nothing was read")]
    LeadsOut(String),
    #[error("`{0}` in it is larger than 64 MiB; it is no PO file")]
    TooLarge(String),
}

/// Writes a zip: the same files make the same bytes. Text is compressed, sound is not.
///
/// # Errors
/// Those of the disk.
pub fn write<W: Write + Seek>(to: W, files: Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut archive = ZipWriter::new(to);
    for (name, bytes) in files {
        let is_text = [".po", ".html", ".txt"].iter().any(|ending| name.ends_with(ending));
        let method = if is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        archive.start_file(name, options)?;
        archive.write_all(&bytes)?;
    }
    archive.finish()?;
    Ok(())
}

/// The name and the bytes of the PO file in a zip, or of its spreadsheet where there is none. `is_wanted` tells a name that
/// goes before the others.
///
/// # Errors
/// [`ParcelError`] if there is none, or not exactly one.
pub fn read(bytes: &[u8], is_wanted: impl Fn(&str) -> bool) -> Result<(String, Vec<u8>), ParcelError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let (mut found, mut tables) = (Vec::new(), Vec::new());
    for at in 0..archive.len() {
        let file = archive.by_index_raw(at)?;
        let name = file.name()?.into_owned();
        if file.enclosed_name().is_none() {
            return Err(ParcelError::LeadsOut(name));
        }
        let last = name.rsplit('/').next().unwrap_or(&name).to_lowercase();
        // A Mac adds files beside those that are meant.
        let is_hidden = last.starts_with('.') || name.starts_with("__MACOSX/");
        let is_po = [".po", ".po.txt"].iter().any(|ending| last.ends_with(ending));
        if is_po && !is_hidden {
            found.push((at, name, last));
        } else if is_spreadsheet(&last) && !is_hidden {
            tables.push((at, name, last));
        }
    }
    if found.is_empty() {
        found = tables;
    }
    let wanted: Vec<_> = found.iter().filter(|(_, _, last)| is_wanted(last)).collect();
    let (at, name) = match (&found[..], &wanted[..]) {
        ([], _) => return Err(ParcelError::NoTexts),
        ([(at, name, _)], _) | (_, [(at, name, _)]) => (*at, name.clone()),
        _ => {
            let names: Vec<_> = found.iter().map(|(_, name, _)| name.as_str()).collect();
            return Err(ParcelError::Several(names.join(", ")));
        }
    };
    let mut text = Vec::new();
    let mut file = archive.by_index(at)?.take(LARGEST + 1);
    file.read_to_end(&mut text).map_err(|why| ParcelError::File { name: name.clone(), why })?;
    if text.len() as u64 > LARGEST {
        return Err(ParcelError::TooLarge(name));
    }
    Ok((name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        write(&mut bytes, files.collect()).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_po_file_of_a_zip_is_found_and_what_is_none_is_told() {
        let read = |files: &[(&str, &str)]| read(&zipped(files), |name| name == "de.po");
        let (name, text) =
            read(&[("a/page.html", "x"), ("a/texts.po", "msgid"), ("__MACOSX/a/texts.po", "y")]).unwrap();
        assert_eq!((name.as_str(), &text[..]), ("a/texts.po", &b"msgid"[..]));
        assert_eq!(read(&[("a/de.po", "x"), ("a/fr.po", "y")]).unwrap().0, "a/de.po");
        assert!(matches!(read(&[("a/x.po", "x"), ("a/y.po", "y")]), Err(ParcelError::Several(_))));
        assert!(matches!(read(&[("a/page.html", "x")]), Err(ParcelError::NoTexts)));
        assert_eq!(read(&[("a/page.html", "x"), ("a/German.XLSX", "y")]).unwrap().0, "a/German.XLSX");
        for path in ["../de.po", "a/../../de.po"] {
            assert!(matches!(read(&[(path, "x")]), Err(ParcelError::LeadsOut(_))), "{path}");
        }
        let whole = zipped(&[("de.po", "msgid \"\"")]);
        for broken in [&b"no zip"[..], &whole[..whole.len() / 2]] {
            assert!(matches!(super::read(broken, |_| true), Err(ParcelError::Broken(_))));
        }
    }
}
