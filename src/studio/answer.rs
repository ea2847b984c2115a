//! How routes work with the course and answer.

use std::io;
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::SharedStudio;
use crate::diag::{Diagnostic, Help, Severity, Sources};
use crate::engine::{Engine, Error, Request};
use crate::http::problem::Problem;
use crate::http::range::{WantedBytes, content_range};
use crate::studio::cause::FoundCause;
use crate::studio::refusal::{Refusal, failed};

/// What a route answers.
pub type Answer = Result<Response, Problem>;

/// Does work that may take a while, away from the threads that answer.
///
/// # Errors
/// Those of the work.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Refusal::Unexpected.problem()))
}

/// Does work on the open course, away from the threads that answer.
///
/// # Errors
/// Those of the work, and the errors of a course that cannot be opened.
pub async fn with_engine<T: Send + 'static>(
    studio: &SharedStudio,
    work: impl FnOnce(&SharedStudio, &Engine) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let studio = studio.clone();
    blocking(move || match &*studio.course.engine() {
        Ok(engine) => work(&studio, engine),
        Err(error) => Err(told(error)),
    })
    .await
}

/// An error of the engine as a page reads it.
pub fn told(error: &Error) -> Problem {
    let refusal = match error {
        Error::Diagnostics { found, sources } => {
            return Refusal::CourseErrors.because(error).with("errors", diagnostics(found, sources));
        }
        Error::Request(_) => Refusal::Request,
        Error::World(_) => Refusal::Failed,
        Error::ChecklistFailed(_) | Error::OutputClosed | Error::Stopped => Refusal::NotMade,
    };
    told_by(refusal, error)
}

/// The same in the words of a refusal.
pub fn told_by(refusal: Refusal, error: &Error) -> Problem {
    let remedies: Vec<String> = error.remedies().iter().map(help).collect();
    let problem = refusal.caused(FoundCause::of(error), &[("why", &error.problem())]);
    let problem = if let Error::Request(request) = error
        && let Request::Version(found) = &**request
    {
        problem.with("code", found.code.name())
    } else {
        problem
    };
    if remedies.is_empty() { problem } else { problem.detail(remedies.join(", or ")) }
}

/// Makes sure that a course has no errors: a render and a build are made of all of it.
///
/// # Errors
/// [`Problem`] with the errors of the scripts that are closed.
pub fn whole(engine: &Engine) -> Result<(), Problem> {
    let closed = engine.closed();
    if closed.is_empty() {
        return Ok(());
    }
    let sources = engine.course().sources.clone();
    Err(told(&Error::Diagnostics { found: closed.found.clone(), sources }))
}

/// That the course has no such script, or that it is closed until its mistakes are mended.
pub fn no_script(engine: &Engine, script: &str) -> Problem {
    let closed = engine.closed();
    if !closed.has(script) {
        return Refusal::NoScript.with(&[("script", &script)]);
    }
    let errors = diagnostics(&closed.found, &engine.course().sources);
    Refusal::ScriptClosed.with(&[("script", &script)]).with("errors", errors)
}

/// Errors and warnings in files of the course, each with its place.
pub fn diagnostics(found: &[Diagnostic], sources: &Sources) -> Value {
    let one = |found: &Diagnostic| {
        let span = found.span();
        let place = sources.line_column(span);
        json!({
            "code": found.code.name(),
            "severity": match found.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": found.message,
            "file": sources.get(span.file).path,
            "line": place.line,
            "column": place.column,
            "notes": found.notes,
            "help": helps(found),
            "mended": mended_line(found, sources),
        })
    };
    found.iter().map(one).collect()
}

/// What to do about it, with the heading of its fix.
fn helps(found: &Diagnostic) -> Vec<String> {
    let patch = found.patch.as_ref().map(|patch| patch.title.clone());
    found.helps.iter().map(help).chain(patch).collect()
}

/// The line of a mistake as its fix would make it, where that changes this line alone.
fn mended_line(found: &Diagnostic, sources: &Sources) -> Option<String> {
    let (patch, span) = (found.patch.as_ref()?, found.span());
    let text = &sources.get(span.file).text;
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(span.start..)?.find('\n').map_or(text.len(), |at| span.start + at);
    let mut line = text.get(start..end)?.trim_end_matches('\r').to_owned();
    let mut edits: Vec<_> = patch.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        let is_of_line = edit.span.file == span.file && edit.span.start >= start;
        if !is_of_line || edit.span.end > start + line.len() || edit.replacement.contains('\n') {
            return None;
        }
        line.replace_range(edit.span.start - start..edit.span.end - start, &edit.replacement);
    }
    Some(line)
}

fn help(help: &Help) -> String {
    match help {
        Help::Text(text) => text.clone(),
        Help::Remedy(remedy) => remedy.to_string(),
    }
}

/// JSON.
pub fn as_json<T: Serialize>(value: &T) -> Answer {
    let text = serde_json::to_string(value).map_err(failed)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// Bytes of a kind.
#[expect(clippy::unnecessary_wraps, reason = "an answer, as the others are")]
pub fn bytes(kind: &'static str, bytes: Vec<u8>) -> Answer {
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind)], Body::from(bytes)).into_response())
}

/// Takes the blocks of a body, in order.
pub type RangeSender = mpsc::Sender<io::Result<Bytes>>;

/// All `whole` bytes of a kind, or the part of them that a request asks for. `send` gives the bytes of that range, on a thread
/// where it may take a while.
pub fn ranged(
    kind: &'static str,
    whole: u64,
    asked: &HeaderMap,
    send: impl FnOnce(Range<u64>, &RangeSender) + Send + 'static,
) -> Response {
    let asked = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (status, range) = match WantedBytes::of(asked, whole) {
        WantedBytes::Whole => (StatusCode::OK, 0..whole),
        WantedBytes::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        WantedBytes::Outside => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{whole}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
    ];
    let place = (status == StatusCode::PARTIAL_CONTENT)
        .then(|| [(header::CONTENT_RANGE, content_range(&range, whole))]);
    let (sender, receive) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || send(range, &sender));
    (status, headers, place, Body::from_stream(ReceiverStream::new(receive))).into_response()
}

/// The media type of a recording, by the ending of its name.
pub fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        Some("ogg" | "opus") => "audio/ogg",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("webm") => "audio/webm",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Span};

    #[test]
    fn a_fix_of_one_line_is_shown_as_that_line() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "a = 1\nidd = 2\r\nb = 3\n");
        let wrong = |span: Span, typed: &str| {
            Diagnostic::error(Code::UnknownKey, span, "m").patch("did you mean `id`?", span, typed)
        };
        let one = wrong(Span::new(file, 6..9), "id");
        assert_eq!(mended_line(&one, &sources).as_deref(), Some("id = 2"));
        assert_eq!(helps(&one), ["did you mean `id`?"]);
        assert_eq!(mended_line(&wrong(Span::new(file, 6..16), "id"), &sources), None);
    }
}
