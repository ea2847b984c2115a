//! The reference page, made from the lists of keys.

use std::fmt::Write as _;

use super::key::{FileKeys, Key, TableKeys};
use super::kind::Kind;
use super::schema::collect;

const INTRODUCTION: &str = "\
# Reference

Every key of every TOML file of a course. This page is made from the tables that the program itself reads by
(`src/script/file_kind.rs` lists them), and every example on it is read by a test. `adem schema` writes the
same as JSON Schemas for editors: put `#:schema script.schema.json` on the first line of a script, with the path to the
schema.

- *a text*: in double quotes, with at least one visible character.
- *a name*: what becomes part of a file name: a-z, 0-9 and single hyphens, 64 characters at most.
- *a time*: seconds as a number, or a text such as \"8s\", \"500ms\", \"1m30s\", \"1h 5m\" or \"12:34\"; a day at most.
- *a level*: dB as a number, or a text such as \"-3 dB\".
- *least, natural and most*: a list of three; one number where all are the same.

A key in **bold** is needed.
";

/// The page about these kinds of files, as Markdown.
pub fn page(files: &[FileKeys]) -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut told: Vec<&'static TableKeys> = Vec::new();
    for file in files {
        let begin = told.len();
        collect(file.keys, &mut told);
        let _ = write!(page, "\n## `{}`: {}\n", file.pattern, file.keys.what);
        for keys in &told[begin..] {
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
        let _ = write!(page, "\nNames of your own choosing; each is {}.\n", takes(value));
        if let Some(typed) = keys.built_in {
            let _ = write!(
                page,
                "These are in every course, as if they stood there:\n\n```toml\n{}```\n",
                typed()
            );
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

/// What a key takes, with links to tables.
fn takes(kind: &Kind) -> String {
    let link = |keys: &TableKeys| format!("[{}](#{})", keys.what.replace('`', ""), keys.name());
    match kind {
        Kind::Table(keys) => link(keys),
        Kind::List(Kind::Table(keys)) => format!("a list; each is {}", link(keys)),
        Kind::Either(kinds) => kinds.iter().map(takes).collect::<Vec<_>>().join(", or "),
        other => other.describe(),
    }
}

/// Bars would end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
