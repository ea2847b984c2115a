//! Which courses the person at this machine trusts: it is remembered for this course folder, and for exactly the commands and the links out of it that it had then.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::files::{Grant, Trust};

/// The courses that the user has trusted, in one file in the user's state folder.
#[derive(Clone, Debug)]
pub struct TrustStore {
    file: Option<PathBuf>,
}

/// Why the trusted courses cannot be read or changed.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The file cannot be read or written.
    #[error("{path}: {reason}; check its permissions, or name another folder with ADEM_STATE", path = path.display())]
    File {
        path: PathBuf,
        /// The error message of the system.
        reason: String,
    },
    /// The file does not have the format that adem writes.
    #[error("{path} does not list trusted courses; delete it, and trust your courses again", path = path.display())]
    Damaged { path: PathBuf },
    /// No state folder is known.
    #[error("no folder is set in which to store trusted courses; name one with ADEM_STATE")]
    NoFolder,
    /// The course folder does not exist, or its path is not valid Unicode.
    #[error("{path} cannot be trusted: {reason}", path = path.display())]
    Course {
        /// The folder as given.
        path: PathBuf,
        reason: String,
    },
}

/// What each trusted course may do, by the real path of its folder.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    courses: BTreeMap<String, Grant>,
}

impl TrustStore {
    /// A store in a folder, which is created when a course is first trusted. With `None` nothing can be stored.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { file: folder.map(|folder| folder.join("trusted.json")) }
    }

    /// What a course is trusted with.
    ///
    /// # Errors
    /// [`TrustError`] if the store cannot be read. A course folder that does not exist is trusted with nothing.
    pub fn of(&self, course: &Path) -> Result<Trust, TrustError> {
        let (Some(file), Ok(course)) = (&self.file, real_path(course)) else { return Ok(Trust::Nothing) };
        Ok(read(file)?.courses.remove(&course).map_or(Trust::Nothing, Trust::Granted))
    }

    /// Trusts a course with these commands and links, in the place of what it was trusted with before. Links whose names are
    /// not Unicode cannot be kept in the file and stay refused.
    ///
    /// # Errors
    /// [`TrustError`]; then nothing has changed.
    pub fn trust(&self, course: &Path, mut grant: Grant) -> Result<(), TrustError> {
        let course = real_path(course)?;
        grant.links.retain(|link, target| link.to_str().is_some() && target.to_str().is_some());
        self.change(|listed| listed.courses.insert(course, grant)).map(|_| ())
    }

    /// Withdraws the trust of a course. Returns whether it was trusted.
    ///
    /// # Errors
    /// [`TrustError`]; then nothing has changed.
    pub fn remove(&self, course: &Path) -> Result<bool, TrustError> {
        let course = real_path(course)?;
        self.change(|listed| listed.courses.remove(&course)).map(|before| before.is_some())
    }

    /// Changes the file under a lock: writes a temporary file and renames it.
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

/// The canonical path of the folder, as text.
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
    use crate::files::CommandLine;

    fn command(words: &[&str]) -> CommandLine {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn runs(command: &CommandLine) -> Grant {
        Grant { commands: [command.clone()].into(), links: BTreeMap::new() }
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
        store.trust(&one, runs(&speak)).unwrap();
        let trust = store.of(&one.join("../one/.")).unwrap();
        assert!(trust.runs(&speak) && !trust.runs(&other));
        assert_eq!(store.of(&two).unwrap(), Trust::Nothing);
        store.trust(&one, runs(&other)).unwrap();
        assert!(!store.of(&one).unwrap().runs(&speak), "what it is trusted with is replaced");
        assert!(store.remove(&one).unwrap() && !store.remove(&one).unwrap());
        assert_eq!(store.of(&one).unwrap(), Trust::Nothing);
    }

    #[test]
    fn a_link_is_trusted_as_long_as_it_leads_where_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let store = TrustStore::new(Some(folder.path().join("state")));
        let links = BTreeMap::from([("voice/a.wav".into(), "/takes/a.wav".into())]);
        store.trust(folder.path(), Grant { links, ..Grant::default() }).unwrap();
        let trust = store.of(folder.path()).unwrap();
        let follows =
            |link: &str, target: Option<&str>| trust.follows(Path::new(link), target.map(Path::new));
        assert!(follows("voice/a.wav", Some("/takes/a.wav")));
        assert!(!follows("voice/a.wav", Some("/takes/b.wav")));
        assert!(!follows("voice/a.wav", None));
        assert!(!follows("voice/b.wav", Some("/takes/a.wav")) && !follows("voice/b.wav", None));
    }

    #[test]
    fn a_store_that_is_damaged_or_absent_trusts_nothing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = TrustStore::new(Some(folder.path().to_owned()));
        fs::write(folder.path().join("trusted.json"), "not this").unwrap();
        assert!(matches!(store.of(folder.path()), Err(TrustError::Damaged { .. })));
        assert!(store.trust(folder.path(), Grant::default()).is_err());
        let none = TrustStore::new(None);
        assert_eq!(none.of(folder.path()).unwrap(), Trust::Nothing);
        assert!(matches!(none.trust(folder.path(), Grant::default()), Err(TrustError::NoFolder)));
    }
}
