//! The archive of a week: its tracks as they are, and a text with what one has to know before them. Sound is stored without
//! compression, which would gain nothing.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::contents::{SiteContents, SiteFile, SiteWeek};
use crate::export::{ExportError, OutputFile};
use crate::script::words::{AddedWords, isolated};

/// The files of a week, in order.
pub(super) fn archived<'a>(page: &'a SiteContents, week: &SiteWeek) -> Vec<&'a SiteFile> {
    week.tracks.iter().map(|at| &page.tracks[*at].usual().sound).collect()
}

/// The text that goes with a week.
pub(super) fn read_me(page: &SiteContents, week: &SiteWeek) -> String {
    let words = &page.words;
    let mut text = page.title.clone();
    if let Some(number) = week.number {
        let _ = write!(text, " · {}", words.page.week(number));
    }
    if let Some(title) = &week.title {
        let _ = write!(text, " · {title}");
    }
    text.push('\n');
    if !page.before.is_empty() {
        let _ = write!(text, "\n{}\n\n", words.before);
        page.before.iter().for_each(|line| {
            let _ = writeln!(text, "- {line}");
        });
    }
    text.push('\n');
    for at in &week.tracks {
        let track = &page.tracks[*at];
        let usual = track.usual();
        let _ = writeln!(text, "{} · {}", track.title, words.page.length(usual.entry.seconds));
        for line in track.before.iter().map(String::as_str).chain(super::data::disclosures(words, usual)) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !page.credits.is_empty() {
        let _ = write!(text, "\n{}\n\n", words.page.credits);
        for entry in &page.credits {
            let name = |name: &str| isolated(&page.language, name);
            let _ = writeln!(
                text,
                "- {}: {}, {} {}",
                name(entry.name_in(&page.language)),
                name(&entry.credit),
                words.page.licence,
                name(&entry.licence)
            );
        }
    }
    text
}

/// The name of that text in the archive, whatever somebody has put into it.
fn read_me_name(words: &AddedWords) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ' ');
    let name: String = words.page.read_me.chars().filter(|letter| is_plain(*letter)).take(60).collect();
    format!("{}.txt", if name.trim().is_empty() { "read-me" } else { name.trim() })
}

/// Writes the archive of a week. The same files make the same bytes.
///
/// # Errors
/// [`ExportError`] if a file cannot be read or the archive cannot be written.
pub(super) fn write_archive(
    out: &Path,
    path: &Path,
    page: &SiteContents,
    week: &SiteWeek,
) -> Result<(), ExportError> {
    let mut file = OutputFile::create(path)?;
    let told = |error: zip::result::ZipError| ExportError::new(path, io::Error::from(error));
    let mut archive = ZipWriter::new(&mut file);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let words = &page.words;
    archive.start_file(read_me_name(words), options).map_err(told)?;
    io::Write::write_all(&mut archive, read_me(page, week).as_bytes())
        .map_err(|error| ExportError::new(path, error))?;
    for sound in archived(page, week) {
        let from = out.join(&sound.from);
        let mut from_file =
            super::folder::open(&from).map_err(|error| ExportError::new(from.clone(), error))?;
        archive.start_file(sound.name(), options).map_err(told)?;
        io::copy(&mut from_file, &mut archive).map_err(|error| ExportError::new(path, error))?;
    }
    archive.finish().map_err(told)?;
    file.commit()
}
