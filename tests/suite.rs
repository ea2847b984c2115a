//! Errors that users make, one file each in `tests/suite`, and the messages for them, in `tests/snapshots`.
//!
//! A case is text: lines of `#` that say what somebody did, `$ adem …` with what they typed, then the files that
//! differ from the bare course of `support`, each after `=== path`. `=== path: sound` is a sound of that name,
//! `=== path: none` takes a file away, `=== path: bytes 22 ff` is a file of these bytes,
//! `=== path: link to` a symbolic link.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::collections::BTreeSet;
use std::path::Path;

use adem::diag::Code;
use rayon::prelude::*;
use support::{Course, Run};

/// Codes that no input of a user leads to, each with the reason.
const NOT_YET_REACHABLE: [Code; 2] = [
    // An unknown level on the command line is wrong usage.
    Code::UnknownLevel,
    // So are own words for a phrase that does not take them.
    Code::OwnWords,
];

struct Case {
    name: String,
    arguments: Vec<String>,
    files: Vec<(String, Content)>,
}

enum Content {
    Text(String),
    Sound(String),
    Bytes(Vec<u8>),
    Link(String),
    None,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n=== ").unwrap_or((&text, ""));
        let command = head.lines().find_map(|line| line.strip_prefix("$ adem ")).expect("a line `$ adem …`");
        let sections = body.split("\n=== ").filter(|section| !section.is_empty());
        Self {
            arguments: command.split_whitespace().map(str::to_owned).collect(),
            files: sections.map(section).collect(),
            name,
        }
    }

    fn run(&self) -> Run {
        let course = Course::bare().with_own_cache();
        for (path, content) in &self.files {
            match content {
                Content::Text(text) => course.write(path, text),
                Content::Sound(name) => course.sound(path, name),
                Content::Bytes(bytes) => course.write(path, bytes),
                Content::Link(to) => link(&course, path, to),
                Content::None => course.remove(path),
            }
        }
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        course.adem(&arguments)
    }
}

#[cfg(unix)]
fn link(course: &Course, path: &str, to: &str) {
    course.write(path, "");
    course.remove(path);
    std::os::unix::fs::symlink(to, course.path(path)).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Course, _: &str, _: &str) {}

fn section(text: &str) -> (String, Content) {
    let (heading, body) = text.split_once('\n').unwrap_or((text, ""));
    let Some((path, what)) = heading.split_once(": ") else {
        return (heading.trim().to_owned(), Content::Text(format!("{}\n", body.trim_end_matches('\n'))));
    };
    let content = match what.strip_prefix("bytes ") {
        Some(bytes) => {
            let byte = |word| u8::from_str_radix(word, 16).expect("two hexadecimal digits");
            Content::Bytes(bytes.split_whitespace().map(byte).collect())
        }
        None if what == "none" => Content::None,
        None => match what.strip_prefix("link ") {
            Some(to) => Content::Link(to.to_owned()),
            None => Content::Sound(what.to_owned()),
        },
    };
    (path.to_owned(), content)
}

/// The codes that a run reported.
fn codes(run: &Run) -> BTreeSet<&str> {
    let lines = run.stderr.lines();
    lines
        .filter_map(|line| {
            let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
            rest.split_once(']').map(|(code, _)| code)
        })
        .collect()
}

#[test]
fn every_error_has_the_message_of_its_snapshot() {
    let mut seen = BTreeSet::new();
    let runnable = |case: Case| {
        if !cfg!(unix) && case.files.iter().any(|(_, content)| matches!(content, Content::Link(_))) {
            eprintln!("skipped: {} needs symbolic links", case.name);
            return None;
        }
        let run = case.run();
        Some((case, run))
    };
    let runs: Vec<_> = cases().into_par_iter().filter_map(runnable).collect();
    if !cfg!(unix) {
        seen.insert(Code::UntrustedLink.name().to_owned());
    }
    for (case, run) in runs {
        run.assert_no_panic();
        seen.extend(codes(&run).into_iter().map(str::to_owned));
        // A snapshot starts with the command, so that a reader sees what the message is about.
        let shown = format!("$ adem {}\n{}", case.arguments.join(" "), run.shown());
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(case.name.as_str(), shown) });
    }
    for code in Code::ALL {
        let listed = NOT_YET_REACHABLE.contains(code);
        assert_eq!(!seen.contains(code.name()), listed, "`{code}` wants a case in tests/suite");
    }
}
