//! A new course: one small exercise with its voice, bed and bell, which renders at once.

use std::io::Write as _;
use std::path::Path;

use super::Error;
use crate::export::{ExportError, OutputFile};
use crate::files::{DiskFiles, FileError, Files};
use crate::script::language::Language;
use crate::script::{near_course, starter};

/// The folders of what a course is made of.
const FOLDERS: [&str; 4] = ["scripts", "voice", "ambience", "recordings"];

/// Whether a folder has nothing of a course: no course.toml, or one with nothing in it, no file that was meant to be one, and nothing
/// in the folders of scripts, voices and sounds.
pub fn has_no_course(files: &dyn Files) -> bool {
    let course = Path::new("course.toml");
    is_blank(files, course)
        && (files.exists(course) || near_course(files).is_none())
        && FOLDERS.iter().all(|folder| is_bare(files, Path::new(folder)))
}

/// Whether nothing lies below a folder but files that systems hide.
fn is_bare(files: &dyn Files, folder: &Path) -> bool {
    files.list(folder).is_ok_and(|entries| {
        entries.iter().all(|entry| {
            entry.name.starts_with('.') || entry.is_folder && is_bare(files, &folder.join(&entry.name))
        })
    })
}

/// Whether a file is not there, or has nothing in it.
fn is_blank(files: &dyn Files, path: &Path) -> bool {
    match files.read(path) {
        Ok(bytes) => bytes.trim_ascii().is_empty(),
        Err(error) => matches!(error, FileError::NotFound { .. }),
    }
}

/// Writes the files of a new course into a folder, course.toml last. A file that has something in it stays as it is. All are
/// brought to the disk before the first of them appears, so that a full disk leaves none.
///
/// # Errors
/// [`Error`] if a file cannot be written, or a link leads out of the folder that the course is not trusted with.
pub fn begin_course(files: &DiskFiles, language: &Language) -> Result<(), Error> {
    let mut all = starter::files(language);
    all.sort_by_key(|(path, _)| path == "course.toml");
    let mut waiting = Vec::new();
    for (path, bytes) in all {
        let place = files.root().join(&path);
        if let Some(path) = files.refused_link(&place) {
            return Err(FileError::Link { path }.into());
        }
        if !is_blank(files, Path::new(&path)) {
            continue;
        }
        let mut file = OutputFile::create(&place)?;
        file.write_all(&bytes).map_err(|error| ExportError::new(&place, error))?;
        file.sync()?;
        waiting.push((path, file));
    }
    for (path, file) in waiting {
        if is_blank(files, Path::new(&path)) {
            file.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    #[test]
    fn a_folder_with_something_of_a_course_is_none_to_begin_in() {
        let with = |path: &str, text: &str| has_no_course(&MemoryFiles::new().with(path, text));
        assert!(has_no_course(&MemoryFiles::new()));
        for (path, text) in [
            ("course.toml", ""),
            ("course.toml", " \r\n\n"),
            ("notes.docx", "words"),
            ("README.md", "# Mine\n"),
            ("scripts/.DS_Store", "x"),
            ("out/old.mp3", "x"),
        ] {
            assert!(with(path, text), "{path}");
        }
        for (path, text) in [
            ("course.toml", "# Of two.\n"),
            ("course.toml.txt", "title = \"A\"\n"),
            ("scripts/a.toml", ""),
            ("scripts/po/nl.po", ""),
            ("voice/nl/anna/plek/welkom_t1.wav", "x"),
            ("ambience/rain.flac", "x"),
            ("recordings/plek.toml", ""),
        ] {
            assert!(!with(path, text), "{path}");
        }
    }

    #[test]
    fn a_new_course_lies_beside_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("README.md"), "# Mine\n").unwrap();
        std::fs::write(folder.path().join("course.toml"), "\n").unwrap();
        let files = DiskFiles::new(folder.path());
        let language = Language::parse("nl").unwrap();
        begin_course(&files, &language).unwrap();
        for (path, bytes) in starter::files(&language) {
            let own = if path == "README.md" { b"# Mine\n".to_vec() } else { bytes };
            assert_eq!(files.read(Path::new(&path)).unwrap(), own, "{path}");
        }
        assert!(!has_no_course(&files));
    }

    #[test]
    #[cfg(unix)]
    fn no_file_appears_where_one_of_them_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("voice")).unwrap();
        begin_course(&DiskFiles::new(folder.path()), &Language::parse("en").unwrap()).unwrap_err();
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["voice"]);
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}
