//! One line of a text file of the course, with those around it: where a mistake keeps the desk from showing the file as steps, that
//! very line is mended here.

use axum::body::Body;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::{change_file, counts, text_of};
use crate::edit::{EditError, hash_of};
use crate::engine::Error;
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::script::signs::RefusedSign;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, blocking};
use crate::studio::refusal::Refusal;

/// So many lines are shown before and after one.
const AROUND: usize = 6;
/// The longest line that is written, in bytes.
const LONGEST: usize = 20_000;

/// The line of a file, counted from 1.
#[derive(Deserialize)]
pub(super) struct LineQuery {
    file: String,
    line: usize,
}

/// A line as a page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineWish {
    file: String,
    /// The hash of the text that the page shows.
    base: String,
    line: usize,
    text: String,
    /// Whether it is to be written beside what was changed elsewhere.
    #[serde(default)]
    beside: bool,
}

pub(super) async fn show(State(studio): State<SharedStudio>, Query(query): Query<LineQuery>) -> Answer {
    let shown = blocking(move || {
        let text = text_of_course(&studio, &query.file)?;
        let hash = studio.desk.remember(&text);
        let lines: Vec<&str> = text.lines().collect();
        let line = query.line.clamp(1, lines.len().max(1));
        let first = line.saturating_sub(AROUND).max(1);
        let last = (line + AROUND).min(lines.len());
        let around: Vec<Value> =
            (first..=last).map(|at| json!({ "line": at, "text": lines.get(at - 1) })).collect();
        Ok(json!({ "file": query.file, "hash": hash, "line": line, "lines": around }))
    });
    as_json(&shown.await?)
}

pub(super) async fn write(State(studio): State<SharedStudio>, body: Body) -> Answer {
    let wish: LineWish = json_body(body).await?;
    let written = blocking(move || {
        text_of_course(&studio, &wish.file)?;
        let edit = |text: &str, base: &str| {
            if hash_of(text) != base {
                return Err(EditError::Changed);
            }
            with_line(text, wish.line, &wish.text)
        };
        let changed = change_file(&studio, &wish.file, &wish.base, wish.beside, "lines", edit, &|_| Ok(()))?;
        Ok(json!({ "hash": changed.hash, "undo": counts(&studio) }))
    });
    as_json(&written.await?)
}

/// A text file that the course was read from, looked up by its path.
fn text_of_course(studio: &SharedStudio, path: &str) -> Result<String, Problem> {
    let is_known = match &*studio.course.engine() {
        Ok(engine) => engine.course().sources.all().any(|file| file.path == path),
        Err(Error::Diagnostics { sources, .. }) => sources.all().any(|file| file.path == path),
        Err(_) => false,
    };
    if !is_known {
        return Err(Refusal::NoCourseFile.problem());
    }
    text_of(studio, path).ok_or_else(|| Refusal::NotUtf8.with(&[("file", &path)]))
}

/// A text with other words on one line, counted from 1. Its end stays as it is.
fn with_line(text: &str, line: usize, words: &str) -> Result<String, EditError> {
    if let Some(sign) = RefusedSign::of(words) {
        return Err(EditError::Sign(sign));
    }
    if words.contains(['\n', '\r']) || words.len() > LONGEST {
        return Err(EditError::LongText);
    }
    let mut at = 0;
    for (index, own) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let bare = own.trim_end_matches(['\n', '\r']);
            return Ok(format!("{}{words}{}", &text[..at], &text[at + bare.len()..]));
        }
        at += own.len();
    }
    Err(EditError::NoStep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_written_and_every_other_byte_stays() {
        let with = |text: &str, line| with_line(text, line, "b = 2").ok();
        assert_eq!(with("a\r\nx\r\n\r\n", 2).as_deref(), Some("a\r\nb = 2\r\n\r\n"));
        assert_eq!(with("a\nx", 2).as_deref(), Some("a\nb = 2"));
        assert_eq!(with("a\n", 2), None);
        for words in ["a\nb", "a\u{0}", "\u{202e}a"] {
            assert!(with_line("a\n", 1, words).is_err(), "{words:?}");
        }
    }
}
