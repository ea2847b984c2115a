//! The kinds of TOML files of a course, and where they are.

use std::path::Path;

use super::ambience::{AMBIENCE, Ambience, BELL, Bell};
use super::course_file::{COURSE, CourseFile};
use super::exercise::{FRAGMENT, Fragment, SCRIPT, Script};
use super::language::Language;
use super::mixed::{MIXED, MixedRecording};
use super::step::suggest_id;
use super::takes_file::{TAKES, read_takes};
use super::voice::{LEVEL, VOICE, Voice, read_level};
use crate::diag::{FileId, Sink};
use crate::files::{FileError, Files};
use crate::toml::key::{FileKeys, TableKeys};
use crate::toml::table::{self, Table};
use crate::toml::tidy::{self, FilledKey, Tidied};

/// A kind of TOML file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    Course,
    Script,
    /// A fragment, which scripts can use.
    Fragment,
    Voice,
    /// `level.toml`: the level of a recording session.
    Level,
    /// `takes.toml`: what is remembered of the recordings of a voice.
    Takes,
    Ambience,
    Bell,
    /// A finished recording that was adopted.
    Recording,
}

/// The keys of each kind, in the order of [`FileKind`].
static FILES: [FileKeys; FileKind::ALL.len()] = [
    FileKeys { name: "course", pattern: "course.toml", keys: &COURSE },
    FileKeys { name: "script", pattern: "scripts/*.toml", keys: &SCRIPT },
    FileKeys { name: "fragment", pattern: "scripts/fragments/*.toml", keys: &FRAGMENT },
    FileKeys { name: "voice", pattern: "voice/*/*/voice.toml", keys: &VOICE },
    FileKeys { name: "level", pattern: "voice/*/*/level.toml", keys: &LEVEL },
    FileKeys { name: "takes", pattern: "voice/*/*/takes.toml", keys: &TAKES },
    FileKeys { name: "ambience", pattern: "ambience/*.toml", keys: &AMBIENCE },
    FileKeys { name: "bell", pattern: "ambience/bells/*.toml", keys: &BELL },
    FileKeys { name: "recording", pattern: "recordings/*.toml", keys: &MIXED },
];

/// The ids that `fmt` fills in.
const IDS: FilledKey = FilledKey { key: "id", from: "say", name: suggest_id, otherwise: "phrase" };

impl FileKind {
    pub const ALL: [Self; 9] = [
        Self::Course,
        Self::Script,
        Self::Fragment,
        Self::Voice,
        Self::Level,
        Self::Takes,
        Self::Ambience,
        Self::Bell,
        Self::Recording,
    ];

    /// Its name, as schemas use it.
    pub fn name(self) -> &'static str {
        self.file().name
    }

    /// The path of its files below the course; `*` stands for a name.
    pub fn pattern(self) -> &'static str {
        self.file().pattern
    }

    /// The keys allowed in its files.
    pub fn keys(self) -> &'static TableKeys {
        self.file().keys
    }

    /// Name, pattern and keys together, for schemas and the reference.
    pub fn file(self) -> &'static FileKeys {
        &FILES[self as usize]
    }

    /// [`Self::file`] of every kind.
    pub fn files() -> &'static [FileKeys] {
        &FILES
    }

    /// Formats a file that was read without errors, and adds missing ids.
    pub fn tidy(self, text: &str) -> Tidied {
        tidy::tidy(text, self.keys(), &IDS)
    }

    /// The kind of the file at a path below the course, with slashes; `None` for any other file.
    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| fits(kind.pattern(), path))
    }

    /// Reads one file by itself; its errors go to `sink`. Errors that involve other files are not checked.
    pub fn examine(self, file: FileId, text: &str, sink: &Sink) {
        let language = Language::parse("und").expect("und is a tag");
        table::read_file(file, text, self.keys(), sink, |table: &Table<'_>| match self {
            Self::Course => drop(CourseFile::read(table)),
            Self::Script => drop(Script::read("", table)),
            Self::Fragment => drop(Fragment::read("", table)),
            Self::Voice => drop(Voice::read("", &language, table)),
            Self::Level => drop(read_level(table)),
            Self::Takes => drop(read_takes(table)),
            Self::Ambience => drop(Ambience::read("", table)),
            Self::Bell => drop(Bell::read("", table)),
            Self::Recording => drop(MixedRecording::read("", table)),
        });
    }
}

/// The paths of all TOML files of a course, with slashes, in the order of the kinds and then of names.
///
/// # Errors
/// [`FileError`] if a folder cannot be read.
pub fn all_files(files: &dyn Files) -> Result<Vec<(FileKind, String)>, FileError> {
    let mut found = Vec::new();
    for kind in FileKind::ALL {
        let mut paths = vec![String::new()];
        let pieces: Vec<_> = kind.pattern().split('/').collect();
        for (depth, piece) in pieces.iter().enumerate() {
            let is_folder = depth + 1 < pieces.len();
            let mut deeper = Vec::new();
            for folder in &paths {
                for entry in files.list(Path::new(folder))? {
                    let hidden = entry.name.starts_with('.');
                    if !hidden && entry.is_folder == is_folder && fits(piece, &entry.name) {
                        let slash = if folder.is_empty() { "" } else { "/" };
                        deeper.push(format!("{folder}{slash}{}", entry.name));
                    }
                }
            }
            paths = deeper;
        }
        found.extend(paths.into_iter().map(|path| (kind, path)));
    }
    Ok(found)
}

/// Whether a path matches a pattern; `*` is a name, not empty and without a slash.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut pieces, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (pieces.next(), names.next()) {
            (None, None) => return true,
            (Some(piece), Some(name)) => {
                let fine = match piece.strip_prefix('*') {
                    Some(ending) => name.len() > ending.len() && name.ends_with(ending),
                    None => name == piece,
                };
                if !fine {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod keys_tests;
#[cfg(test)]
mod tidy_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    #[test]
    fn a_file_is_known_by_its_place() {
        for (path, kind) in [
            ("course.toml", Some(FileKind::Course)),
            ("scripts/plek.toml", Some(FileKind::Script)),
            ("scripts/fragments/plek.toml", Some(FileKind::Fragment)),
            ("scripts/po/plek.toml", None),
            ("scripts/.toml", None),
            ("voice/nl/duif/voice.toml", Some(FileKind::Voice)),
            ("voice/nl/duif/level.toml", Some(FileKind::Level)),
            ("ambience/bells/schaal.toml", Some(FileKind::Bell)),
            ("recordings/plek.toml", Some(FileKind::Recording)),
            ("Cargo.toml", None),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn every_file_is_found_once_and_hidden_ones_are_not() {
        let files = MemoryFiles::new()
            .with("course.toml", "")
            .with("scripts/b.toml", "")
            .with("scripts/a.toml", "")
            .with("scripts/.a.toml.swp", "")
            .with("scripts/.hidden.toml", "")
            .with("scripts/notes.md", "")
            .with("scripts/odd.toml/x", "")
            .with("scripts/fragments/f.toml", "")
            .with("voice/nl/duif/voice.toml", "")
            .with("voice/nl/duif/a/ruimte.ogg", "")
            .with("ambience/regen.toml", "");
        let paths: Vec<_> = all_files(&files).unwrap().into_iter().map(|(_, path)| path).collect();
        let known = [
            "course.toml",
            "scripts/a.toml",
            "scripts/b.toml",
            "scripts/fragments/f.toml",
            "voice/nl/duif/voice.toml",
            "ambience/regen.toml",
        ];
        assert_eq!(paths, known);
        assert!(paths.iter().all(|path| FileKind::of(path).is_some()));
    }
}
