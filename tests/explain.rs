//! The examples of `adem explain`: what is wrong gets exactly the message it is an example of, what is right none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use adem::diag::{Code, Severity};
use adem::engine::{examine, review};
use adem::files::MemoryFiles;
use adem::script::example::{CodeExample, ExamplePlace, example};

fn codes(example: &CodeExample, text: &str) -> BTreeSet<&'static str> {
    let mut files = MemoryFiles::new();
    for (path, text) in example.course(text) {
        if !text.is_empty() {
            files = files.with(path, text);
        }
    }
    // A PO file is of a language of the course.
    if matches!(example.place, ExamplePlace::File(path) if path.contains("/po/")) {
        let course =
            "title = \"Course\"\nlanguages = [\"en\", \"nl\"]\nvoices = { en = \"anna\", nl = \"piet\" }\n";
        let voice = "name = \"Piet\"\nkind = \"human\"\ncredit = \"Piet\"\nlicence = \"CC0-1.0\"\n";
        files = files.with("course.toml", course).with("voice/nl/piet/voice.toml", voice);
    }
    let (course, mut found) = examine(&files).unwrap();
    if found.iter().all(|found| found.severity != Severity::Error) {
        found.extend(review(&course));
    }
    found.iter().map(|found| found.code.name()).collect()
}

#[test]
fn every_code_has_an_example_whose_wrong_text_gets_it_and_whose_right_text_gets_none() {
    let mut faults = Vec::new();
    for code in Code::ALL {
        let example = example(*code);
        for text in [example.why, example.wrong, example.right] {
            assert!(!text.trim().is_empty(), "{code}");
        }
        if example.place == ExamplePlace::Elsewhere {
            continue;
        }
        let wrong = codes(example, example.wrong);
        if wrong != BTreeSet::from([code.name()]) {
            faults.push(format!("{code}: the wrong text gets {wrong:?}"));
        }
        let right = codes(example, example.right);
        if !right.is_empty() {
            faults.push(format!("{code}: the right text gets {right:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
