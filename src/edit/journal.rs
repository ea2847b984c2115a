//! The edits of a session, kept on disk until it is closed, so that each can be taken back, also after the program was ended.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::rebase::rebase;
use crate::export::{ExportError, write_whole};

/// One edit of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditRecord {
    /// The path of the file below the course, with slashes.
    pub path: String,
    pub before: String,
    pub after: String,
    /// What was done, in a word.
    pub what: String,
}

/// Where the journal stands: how many of its records are done.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct JournalState {
    done: usize,
}

/// All edits of a session, in order. Those behind `done` were taken back.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    records: Vec<EditRecord>,
    done: usize,
}

/// Which way to go in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalStep {
    Undo,
    Redo,
}

/// What a file has to become to take an edit back or to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    pub path: String,
    pub what: String,
    pub text: String,
}

impl Journal {
    /// Opens the journal in a folder of the course; what an ended program has left there is taken up. `current` reads a file.
    pub fn open(folder: &Path, current: impl Fn(&str) -> Option<String>) -> Self {
        let mut journal = Self { folder: folder.to_owned(), records: Vec::new(), done: 0 };
        while let Some(record) = read(&journal.path_of(journal.records.len())) {
            journal.records.push(record);
        }
        let state: JournalState = read(&journal.state_path()).unwrap_or_default();
        journal.done = state.done.min(journal.records.len());
        // A record is written before its file is.
        if let Some(last) = journal.done.checked_sub(1).map(|at| &journal.records[at])
            && current(&last.path).as_ref() == Some(&last.before)
        {
            journal.done -= 1;
        }
        journal
    }

    fn path_of(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index:06}.json"))
    }

    fn state_path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// How many edits can be taken back, and made again.
    pub fn counts(&self) -> [usize; 2] {
        [self.done, self.records.len() - self.done]
    }

    /// What would be taken back next, and what made again.
    pub fn next(&self) -> [Option<&EditRecord>; 2] {
        [self.done.checked_sub(1).map(|at| &self.records[at]), self.records.get(self.done)]
    }

    /// Adds an edit, before its file is written. Edits that were taken back are forgotten.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, record: EditRecord) -> Result<(), ExportError> {
        for index in self.done..self.records.len() {
            let _ = fs::remove_file(self.path_of(index));
        }
        self.records.truncate(self.done);
        write_whole(self.path_of(self.done), &json(&record))?;
        self.records.push(record);
        self.moved_to(self.done + 1)
    }

    /// Takes back what was added last, as its file was not written.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_last(&mut self) -> Result<(), ExportError> {
        self.moved_to(self.done.saturating_sub(1))?;
        let _ = fs::remove_file(self.path_of(self.done));
        self.records.truncate(self.done);
        Ok(())
    }

    /// What the next step makes of its file, whose text is now `current`; an error if the file was changed elsewhere at the same
    /// place.
    ///
    /// # Errors
    /// The record whose place was changed.
    pub fn restored(
        &self,
        step: JournalStep,
        current: impl Fn(&str) -> Option<String>,
    ) -> Option<Result<Restored, EditRecord>> {
        let [undo, redo] = self.next();
        let (record, from, to) = match step {
            JournalStep::Undo => undo.map(|record| (record, &record.after, &record.before))?,
            JournalStep::Redo => redo.map(|record| (record, &record.before, &record.after))?,
        };
        let text = current(&record.path).and_then(|current| rebase(from, to, &current));
        Some(text.map_or_else(
            || Err(record.clone()),
            |text| Ok(Restored { path: record.path.clone(), what: record.what.clone(), text }),
        ))
    }

    /// Notes that a step was made.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn stepped(&mut self, step: JournalStep) -> Result<(), ExportError> {
        self.moved_to(match step {
            JournalStep::Undo => self.done.saturating_sub(1),
            JournalStep::Redo => (self.done + 1).min(self.records.len()),
        })
    }

    /// Forgets the next step that way, as its place was changed elsewhere and that is to stay; those beyond it can be made then.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn overtaken(&mut self, step: JournalStep) -> Result<(), ExportError> {
        let (index, done) = match step {
            JournalStep::Undo if self.done > 0 => (self.done - 1, self.done - 1),
            JournalStep::Redo if self.done < self.records.len() => (self.done, self.done),
            JournalStep::Undo | JournalStep::Redo => return Ok(()),
        };
        self.records.remove(index);
        for (at, record) in self.records.iter().enumerate().skip(index) {
            write_whole(self.path_of(at), &json(record))?;
        }
        self.moved_to(done)?;
        let _ = fs::remove_file(self.path_of(self.records.len()));
        Ok(())
    }

    fn moved_to(&mut self, done: usize) -> Result<(), ExportError> {
        write_whole(self.state_path(), &json(&JournalState { done }))?;
        self.done = done;
        Ok(())
    }

    /// Ends the session: what was done stays, and can no longer be taken back.
    pub fn close(self) {
        for index in 0..self.records.len() {
            let _ = fs::remove_file(self.path_of(index));
        }
        let _ = fs::remove_file(self.state_path());
        let _ = fs::remove_dir(&self.folder);
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain data")
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;

    fn record(before: &str, after: &str) -> EditRecord {
        let [before, after] = [before, after].map(str::to_owned);
        EditRecord { path: "scripts/a.toml".to_owned(), before, after, what: "pause".to_owned() }
    }

    #[test]
    fn edits_go_back_and_forth_and_survive_the_end_of_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let files = RefCell::new(BTreeMap::from([("scripts/a.toml".to_owned(), "a1\nb1\nc".to_owned())]));
        let current = |path: &str| files.borrow().get(path).cloned();
        let mut journal = Journal::open(folder.path(), current);
        for (before, after) in [("a1\nb1\nc", "a22\nb1\nc"), ("a22\nb1\nc", "a22\nb3\nc")] {
            journal.add(record(before, after)).unwrap();
            files.borrow_mut().insert("scripts/a.toml".to_owned(), after.to_owned());
        }
        drop(journal);
        let mut journal = Journal::open(folder.path(), current);
        assert_eq!(journal.counts(), [2, 0]);
        for expected in ["a22\nb1\nc", "a1\nb1\nc"] {
            let restored = journal.restored(JournalStep::Undo, current).unwrap().unwrap();
            assert_eq!(restored.text, expected);
            files.borrow_mut().insert(restored.path, restored.text);
            journal.stepped(JournalStep::Undo).unwrap();
        }
        assert!(journal.restored(JournalStep::Undo, current).is_none());
        // What was written elsewhere stays, and the edit is made again beside it.
        files.borrow_mut().insert("scripts/a.toml".to_owned(), "a1\nb1\nc elsewhere".to_owned());
        let again = journal.restored(JournalStep::Redo, current).unwrap().unwrap();
        assert_eq!(again.text, "a22\nb1\nc elsewhere");
        files.borrow_mut().insert("scripts/a.toml".to_owned(), "other\nb1\nc".to_owned());
        assert!(journal.restored(JournalStep::Redo, current).unwrap().is_err());
        // A new edit takes the place of those that were taken back.
        journal.add(record("other\nb1\nc", "other\nb1\nd")).unwrap();
        assert_eq!(journal.counts(), [1, 0]);
        journal.close();
        assert!(!folder.path().exists());
    }

    #[test]
    fn an_edit_whose_file_was_never_written_is_not_done() {
        let folder = tempfile::tempdir().unwrap();
        let current = |_: &str| Some("before".to_owned());
        Journal::open(folder.path(), current).add(record("before", "after")).unwrap();
        assert_eq!(Journal::open(folder.path(), current).counts(), [0, 1]);
    }
}
