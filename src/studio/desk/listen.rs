//! A version as sound that plays from anywhere: the bytes of the WAV that a render would write, made when they are asked for.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;

use super::{VersionQuery, filled, lock, plan_name, planned};
use crate::engine::{Engine, Error, Listening, ListeningJob, WavPiece};
use crate::event::Task;
use crate::http::problem::Problem;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, RangeSender, blocking, bytes, ranged, told};
use crate::studio::refusal::Refusal;
use crate::unit::Position;

/// The bytes that are sent at once; a listener that goes on elsewhere stops the work within one of them.
const BLOCK: usize = 1 << 18;

pub(super) async fn sound(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
    headers: HeaderMap,
) -> Answer {
    let shared = studio.clone();
    let open = blocking(move || {
        let course = shared.course.engine();
        opened(&shared, &course, &script, &query)
    });
    let open = open.await?;
    let whole = open.listening.file_bytes();
    Ok(ranged("audio/wav", whole, &headers, move |range, send| send_range(&studio, &open, range, send)))
}

/// The most of a version that is sent as a stretch.
const LONGEST: u64 = 10;

/// A stretch of a version, for a page that plays it at once: the bytes of its frames as the WAV has them.
pub(super) async fn stretch(
    State(studio): State<SharedStudio>,
    Path(script): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Answer {
    let made = blocking(move || {
        let number = |key: &str| {
            let value = query.get(key).and_then(|value| value.parse::<u64>().ok());
            value.ok_or_else(|| Refusal::Page.because(format!("`{key}` of this address is no number")))
        };
        let (from, count) = (number("from")?, number("frames")?);
        let course = studio.course.engine();
        let open = opened(&studio, &course, &script, &query)?;
        let (all, rate) = (open.listening.frames().0, open.listening.plan().timeline.rate);
        let from = from.min(all);
        let end = from + count.min(all - from).min(LONGEST * u64::from(rate.hz()));
        let range = open.listening.bytes_of_frames(Position(from)..Position(end));
        let mut stretch = Vec::with_capacity((range.end - range.start) as usize);
        let mut at = range.start;
        while at < range.end {
            let index = open.listening.piece_at(at);
            let piece = open.piece(&studio, index).map_err(|error| told(&error))?;
            let there = open.listening.bytes_of(index);
            let until = range.end.min(there.end);
            stretch.extend(&piece.bytes[(at - there.start) as usize..(until - there.start) as usize]);
            at = until;
        }
        Ok(stretch)
    });
    bytes("application/octet-stream", made.await?)
}

/// A version that is listened to, under the name by which it is remembered.
#[derive(Clone)]
struct OpenVersion {
    name: String,
    listening: Arc<Listening>,
}

impl OpenVersion {
    /// A piece of it: one that was made before, or made where the one before it ends, or alone.
    fn piece(&self, studio: &SharedStudio, index: u64) -> Result<Arc<WavPiece>, Error> {
        let name = |index: u64| format!("{}#{index}", self.name);
        let known = |index: u64| lock(&studio.desk.pieces).find(&name(index));
        if let Some(piece) = known(index) {
            return Ok(piece);
        }
        let before = index.checked_sub(1).and_then(known);
        let piece = Arc::new(self.listening.piece(index, before.as_ref().map(|before| &before.after))?);
        lock(&studio.desk.pieces).keep(name(index), piece.clone());
        Ok(piece)
    }
}

/// An open version, opened once for each state of the course.
fn opened(
    studio: &SharedStudio,
    course: &Result<Arc<Engine>, Error>,
    script: &str,
    query: &VersionQuery,
) -> Result<OpenVersion, Problem> {
    let engine = match course {
        Ok(engine) => engine,
        Err(error) => return Err(told(error)),
    };
    let name = plan_name(studio.course.generation(), script, query);
    if let Some(listening) = lock(&studio.desk.open).find(&name) {
        return Ok(OpenVersion { name, listening });
    }
    let filled = filled(studio, engine, query)?;
    let engine = filled.as_ref().unwrap_or(engine);
    let plan = planned(studio, engine, script, query)?;
    let listening = Listening::open(engine.clone(), plan, ListeningJob::default(), &Task::silent());
    let listening = Arc::new(listening.map_err(|error| told(&error))?);
    lock(&studio.desk.open).keep(name.clone(), listening.clone());
    Ok(OpenVersion { name, listening })
}

/// Makes the bytes of a range and sends them until nobody wants more.
fn send_range(studio: &SharedStudio, open: &OpenVersion, range: Range<u64>, send: &RangeSender) {
    let give = |bytes: &[u8]| {
        let mut blocks = bytes.chunks(BLOCK);
        blocks.all(|block| send.blocking_send(Ok(Bytes::copy_from_slice(block))).is_ok())
    };
    let header = open.listening.header();
    let in_header = |at: u64| at.min(header.len() as u64) as usize;
    if !give(&header[in_header(range.start)..in_header(range.end)]) {
        return;
    }
    let mut at = range.start.max(header.len() as u64);
    while at < range.end {
        let index = open.listening.piece_at(at);
        let piece = match open.piece(studio, index) {
            Ok(piece) => piece,
            Err(error) => {
                let _ = send.blocking_send(Err(std::io::Error::other(error.to_string())));
                return;
            }
        };
        let there = open.listening.bytes_of(index);
        let end = range.end.min(there.end);
        if !give(&piece.bytes[(at - there.start) as usize..(end - there.start) as usize]) {
            return;
        }
        at = end;
    }
}
