//! The reference page (docs/reference.md), made from the lists of keys.

use std::fmt::Write as _;

use super::key::{FileKeys, Key, TableKeys};
use super::kind::Kind;
use super::schema::collect;

const INTRODUCTION: &str = "\
# Reference

Every key of every TOML file of a course. This page is generated from the tables that the program itself reads with
(listed in `src/script/file_kind.rs`), and a test reads every example. `adem schema` writes the same as JSON Schemas for
editors: put `#:schema script.schema.json`, with the path to the schema, on the first line of a script.

- *a text*: in double quotes, with at least one visible character.
- *a name*: part of a file name: a-z, 0-9 and single hyphens, at most 64 characters.
- *a time*: seconds as a number, or a text such as \"8s\", \"500ms\", \"1m30s\", \"1h 5m\" or \"12:34\"; at most a day.
- *a level*: dB as a number, or a text such as \"-3 dB\".
- *least, natural and most*: a list of three, or one number if all three are the same.

A key in **bold** is required.
";

/// The page, as Markdown.
pub fn page(files: &[FileKeys]) -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut known: Vec<&'static TableKeys> = Vec::new();
    for file in files {
        let begin = known.len();
        collect(file.keys, &mut known);
        let _ = write!(page, "\n## `{}`: {}\n", file.pattern, file.keys.what);
        for keys in &known[begin..] {
            section(&mut page, keys, file);
        }
    }
    page
}

fn section(page: &mut String, keys: &'static TableKeys, file: &FileKeys) {
    if !std::ptr::eq(keys, file.keys) {
        let _ = write!(page, "\n### {}\n", keys.title());
    }
    if let Some(value) = &keys.named_values {
        let _ = write!(page, "\nYou choose the names; each value is {}.\n", takes(value));
        if let Some(typed) = keys.built_in {
            let _ = write!(page, "Every course has these by default:\n\n```toml\n{}```\n", typed());
        }
        return;
    }
    page.push_str("\n| key | takes | meaning | example |\n|---|---|---|---|\n");
    keys.keys.iter().for_each(|key| row(page, key));
}

fn row(page: &mut String, key: &Key) {
    let name = if key.needed { format!("**`{}`**", key.name) } else { format!("`{}`", key.name) };
    let lines: Vec<_> = key.typed().lines().map(|line| format!("`{line}`")).collect();
    let _ = writeln!(
        page,
        "| {name} | {} | {} | {} |",
        takes(&key.kind),
        cell(&key.doc()),
        cell(&lines.join("<br>"))
    );
}

/// The kind of a value, with links to tables.
fn takes(kind: &Kind) -> String {
    let link = |keys: &TableKeys| format!("[{}](#{})", keys.what.replace('`', ""), keys.name());
    if let Kind::Table(keys) = kind {
        link(keys)
    } else if let Kind::List(Kind::Table(keys)) = kind {
        format!("a list; each is {}", link(keys))
    } else if let Kind::Either(kinds) = kind {
        kinds.iter().map(takes).collect::<Vec<_>>().join(", or ")
    } else {
        kind.describe()
    }
}

/// Escapes bars, which would end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
