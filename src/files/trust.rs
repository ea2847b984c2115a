//! Trust: what a course may do outside its own folder. By default nothing; a user can trust a course, which is stored
//! for its folder and for exactly the commands that it specified at the time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A program and its arguments, as specified by a course.
pub type CommandLine = Vec<String>;

/// How far a course is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// It may do nothing outside its folder.
    #[default]
    Nothing,
    /// It may link out of its folder and run these commands; any other command must be trusted first.
    Commands(BTreeSet<CommandLine>),
    /// It may link out of its folder and run any command, for one run.
    Everything,
}

impl Trust {
    /// Whether links out of the course folder are followed.
    pub fn follows_links(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(_) | Self::Everything => true,
        }
    }

    /// Whether this command may be run.
    pub fn runs(&self, command: &[String]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(commands) => commands.contains(command),
            Self::Everything => true,
        }
    }
}

/// The courses trusted on this machine, stored in a small file in the user's folder.
#[derive(Clone, Debug)]
pub struct TrustStore {
    file: Option<PathBuf>,
}

/// Why trust could not be read or stored.
#[derive(Debug, Error)]
pub enum TrustError {
    #[error("{path}: {reason}; check its permissions, or name another folder with ADEM_STATE", path = path.display())]
    File {
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
    /// The contents of the file are not valid.
    #[error("{path} does not list trusted courses; delete it, and trust your courses again", path = path.display())]
    Damaged { path: PathBuf },
    #[error("there is no folder to remember trusted courses in; name one with ADEM_STATE")]
    NoFolder,
    /// The course folder does not exist, or its path is not valid Unicode.
    #[error("{path} cannot be trusted: {reason}", path = path.display())]
    Course { path: PathBuf, reason: String },
}

/// The trusted commands of each course, by the real path of its folder.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    courses: BTreeMap<String, BTreeSet<CommandLine>>,
}

impl TrustStore {
    /// A store in a folder, which is created when a course is first trusted; `None` stores nothing.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { file: folder.map(|folder| folder.join("trusted.json")) }
    }

    /// How far a course is trusted.
    ///
    /// # Errors
    /// [`TrustError`] if the store cannot be read; a course that cannot be found is not trusted.
    pub fn of(&self, course: &Path) -> Result<Trust, TrustError> {
        let (Some(file), Ok(course)) = (&self.file, real_path(course)) else { return Ok(Trust::Nothing) };
        Ok(read(file)?.courses.remove(&course).map_or(Trust::Nothing, Trust::Commands))
    }

    /// Trusts a course to follow links and to run these commands, replacing what it was trusted with before.
    ///
    /// # Errors
    /// [`TrustError`]; the store is then unchanged.
    pub fn trust(&self, course: &Path, commands: BTreeSet<CommandLine>) -> Result<(), TrustError> {
        let course = real_path(course)?;
        self.change(|listed| listed.courses.insert(course, commands)).map(|_| ())
    }

    /// Stops trusting a course; returns whether it was trusted.
    ///
    /// # Errors
    /// [`TrustError`]; the store is then unchanged.
    pub fn remove(&self, course: &Path) -> Result<bool, TrustError> {
        let course = real_path(course)?;
        self.change(|listed| listed.courses.remove(&course)).map(|before| before.is_some())
    }

    /// Changes the file: writes a temporary file and renames it, under a lock against other processes.
    fn change<T>(&self, change: impl FnOnce(&mut Listed) -> T) -> Result<T, TrustError> {
        let file = self.file.as_deref().ok_or(TrustError::NoFolder)?;
        let fail = |error: io::Error| TrustError::File { path: file.to_owned(), reason: error.to_string() };
        let folder = file.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(fail)?;
        let lock = fs::File::create(file.with_extension("lock")).map_err(fail)?;
        lock.lock().map_err(fail)?;
        let mut listed = read(file)?;
        let result = change(&mut listed);
        let text = serde_json::to_vec_pretty(&listed).map_err(|error| fail(error.into()))?;
        let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
        aside.write_all(&text).and_then(|()| aside.as_file().sync_all()).map_err(fail)?;
        aside.persist(file).map_err(|error| fail(error.error))?;
        Ok(result)
    }
}

fn read(file: &Path) -> Result<Listed, TrustError> {
    match fs::read(file) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|_| TrustError::Damaged { path: file.to_owned() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Listed::default()),
        Err(error) => Err(TrustError::File { path: file.to_owned(), reason: error.to_string() }),
    }
}

/// The folder with links and dots resolved, as text.
fn real_path(course: &Path) -> Result<String, TrustError> {
    let fail = |reason: String| TrustError::Course { path: course.to_owned(), reason };
    let real = fs::canonicalize(course).map_err(|error| fail(error.to_string()))?;
    real.into_os_string()
        .into_string()
        .map_err(|_| fail("its path is not valid Unicode; rename it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> CommandLine {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_course_is_trusted_with_the_commands_it_had_then_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        for course in [&one, &two] {
            fs::create_dir(course).unwrap();
        }
        let store = TrustStore::new(Some(folder.path().join("state/adem")));
        assert_eq!(store.of(&one).unwrap(), Trust::Nothing);
        let (speak, other) = (command(&["speak", "{text}"]), command(&["speak", "{text}", "-x"]));
        store.trust(&one, BTreeSet::from([speak.clone()])).unwrap();
        let trust = store.of(&one.join("../one/.")).unwrap();
        assert!(trust.follows_links() && trust.runs(&speak) && !trust.runs(&other));
        assert_eq!(store.of(&two).unwrap(), Trust::Nothing);
        store.trust(&one, BTreeSet::from([other.clone()])).unwrap();
        assert!(!store.of(&one).unwrap().runs(&speak), "what it is trusted with is replaced");
        assert!(store.remove(&one).unwrap() && !store.remove(&one).unwrap());
        assert_eq!(store.of(&one).unwrap(), Trust::Nothing);
    }

    #[test]
    fn a_store_that_is_damaged_or_absent_trusts_nothing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = TrustStore::new(Some(folder.path().to_owned()));
        fs::write(folder.path().join("trusted.json"), "not this").unwrap();
        assert!(matches!(store.of(folder.path()), Err(TrustError::Damaged { .. })));
        assert!(store.trust(folder.path(), BTreeSet::new()).is_err());
        let none = TrustStore::new(None);
        assert_eq!(none.of(folder.path()).unwrap(), Trust::Nothing);
        assert!(matches!(none.trust(folder.path(), BTreeSet::new()), Err(TrustError::NoFolder)));
    }
}
