//! The reference page, made from the list of keys.

use std::fmt::Write as _;

use super::key::{Key, TableKeys};
use super::kind::Kind;
use super::schema::collect;
use crate::delivery::preset::Preset;
use crate::script::file_kind::FileKind;

const INTRODUCTION: &str = "\
# Reference

Every key of every TOML file of a course. This page is made from the list the program itself reads by
(`src/toml`), and every example on it is read by a test. `adem schema --out DIR` writes the same as JSON Schemas
for editors: put `#:schema script.schema.json` on the first line of a script, with the path to the schema.

- *a text*: in double quotes, with at least one visible character.
- *a name*: what becomes part of a file name: a-z, 0-9 and single hyphens, 64 characters at most.
- *a time*: seconds as a number, or a text such as \"8s\", \"500ms\", \"1m30s\", \"1h 5m\" or \"12:34\"; a day at most.
- *a level*: dB as a number, or a text such as \"-3 dB\".
- *least, natural and most*: a list of three; one number where all are the same.

A key in **bold** is needed.
";

/// The page as Markdown.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut told: Vec<&'static TableKeys> = Vec::new();
    for kind in FileKind::ALL {
        let begin = told.len();
        collect(kind.keys(), &mut told);
        let _ = write!(page, "\n## `{}`: {}\n", kind.pattern(), kind.keys().what);
        for keys in &told[begin..] {
            section(&mut page, keys, kind);
        }
    }
    page
}

fn section(page: &mut String, keys: &'static TableKeys, kind: FileKind) {
    if !std::ptr::eq(keys, kind.keys()) {
        let _ = write!(page, "\n### {}\n", keys.title());
    }
    if let Some(each) = &keys.each {
        let _ = write!(page, "\nNames of your own choosing; each is {}.\n", takes(each));
        if std::ptr::eq(keys, &raw const crate::script::keys::PRESETS) {
            presets(page);
        }
        return;
    }
    page.push_str("\n| key | takes | meaning | example |\n|---|---|---|---|\n");
    keys.keys.iter().for_each(|key| row(page, key));
}

/// The presets of every course, in words that can be copied.
fn presets(page: &mut String) {
    page.push_str("These are in every course, as if they stood there:\n\n```toml\n");
    let typed: Vec<_> =
        Preset::NAMES.into_iter().filter_map(Preset::built_in).map(|preset| preset.typed()).collect();
    let _ = writeln!(page, "{}```", typed.join("\n"));
}

fn row(page: &mut String, key: &Key) {
    let name = if key.needed { format!("**`{}`**", key.name) } else { format!("`{}`", key.name) };
    let lines: Vec<_> = key.typed().lines().map(|line| format!("`{line}`")).collect();
    let _ = writeln!(
        page,
        "| {name} | {} | {} | {} |",
        takes(&key.kind),
        cell(key.doc),
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

#[cfg(test)]
mod tests;
