//! A version as sound that plays from anywhere: the bytes of the WAV that a render would write, made when they are asked for.

use std::ops::Range;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{VersionQuery, lock, plan_name, planned};
use crate::engine::{Engine, Error, Listening, ListeningJob};
use crate::event::Task;
use crate::http::problem::Problem;
use crate::http::range::{WantedBytes, content_range};
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, blocking, told};

/// The bytes that are sent at once; a listener that goes on elsewhere stops the work within one of them.
const BLOCK: usize = 1 << 18;

pub(super) async fn sound(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
    headers: HeaderMap,
) -> Answer {
    let open = blocking(move || {
        let course = studio.course.engine();
        opened(&studio, &course, &script, &query)
    });
    let listening = open.await?;
    let whole = listening.file_bytes();
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let wanted = match WantedBytes::of(asked, whole) {
        WantedBytes::Whole => None,
        WantedBytes::Part(range) => Some(range),
        WantedBytes::Outside => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{whole}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
        }
    };
    Ok(answer(listening, whole, wanted))
}

/// An open version, opened once for each state of the course.
fn opened(
    studio: &SharedStudio,
    course: &Result<Arc<Engine>, Error>,
    script: &str,
    query: &VersionQuery,
) -> Result<Arc<Listening>, Problem> {
    let engine = match course {
        Ok(engine) => engine,
        Err(error) => return Err(told(error)),
    };
    let name = plan_name(studio.course.generation(), script, query);
    if let Some(open) = lock(&studio.desk.open).find(&name) {
        return Ok(open);
    }
    let plan = planned(studio, engine, script, query)?;
    let listening = Listening::open(engine.clone(), plan, ListeningJob::default(), &Task::silent());
    let listening = Arc::new(listening.map_err(|error| told(&error))?);
    lock(&studio.desk.open).keep(name, listening.clone());
    Ok(listening)
}

fn answer(listening: Arc<Listening>, whole: u64, wanted: Option<Range<u64>>) -> Response {
    let range = wanted.clone().unwrap_or(0..whole);
    let length = range.end - range.start;
    let status = if wanted.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let headers = [
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let place = wanted.map(|range| [(header::CONTENT_RANGE, content_range(&range, whole))]);
    let (send, receive) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || send_range(&listening, range, &send));
    (status, headers, place, Body::from_stream(ReceiverStream::new(receive))).into_response()
}

/// Makes the bytes of a range and sends them until nobody wants more.
fn send_range(listening: &Listening, range: Range<u64>, send: &mpsc::Sender<Result<Bytes, std::io::Error>>) {
    let give = |bytes: &[u8]| {
        let mut blocks = bytes.chunks(BLOCK);
        blocks.all(|block| send.blocking_send(Ok(Bytes::copy_from_slice(block))).is_ok())
    };
    let header = listening.header();
    let in_header = |at: u64| at.min(header.len() as u64) as usize;
    if !give(&header[in_header(range.start)..in_header(range.end)]) {
        return;
    }
    let (mut at, mut state) = (range.start.max(header.len() as u64), None);
    while at < range.end {
        let index = listening.piece_at(at);
        let piece = match listening.piece(index, state.as_ref()) {
            Ok(piece) => piece,
            Err(error) => {
                let _ = send.blocking_send(Err(std::io::Error::other(error.to_string())));
                return;
            }
        };
        let there = listening.bytes_of(index);
        let end = range.end.min(there.end);
        if !give(&piece.bytes[(at - there.start) as usize..(end - there.start) as usize]) {
            return;
        }
        (at, state) = (end, Some(piece.after));
    }
}
