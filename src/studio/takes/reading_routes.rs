//! The routes of readings.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

use super::readings::{OpenReading, WantedCut, align, judge_one, keep, readings};
use super::shown::known;
use super::voices::find_voice;
use crate::engine::Engine;
use crate::http::body::json as read_json;
use crate::http::problem::Problem;
use crate::recording::status::VoiceProgress;
use crate::script::voice::Voice;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, bytes, with_engine};
use crate::studio::event::StudioEvent;

pub(super) fn routes() -> Router<SharedStudio> {
    const READINGS: &str = "/studio/voices/{language}/{voice}/readings";
    const READING: &str = "/studio/voices/{language}/{voice}/readings/{session}/{name}";
    Router::new()
        .route(READINGS, get(all_readings))
        .route(&format!("{READING}/sound"), get(reading_sound))
        .route(&format!("{READING}/peaks"), get(reading_peaks))
        .route(&format!("{READING}/align"), post(align_reading))
        .route(&format!("{READING}/judge"), post(judge_cut))
        .route(&format!("{READING}/keep"), post(keep_cuts))
}

/// The parts of the address of a reading.
#[derive(Debug, Deserialize)]
struct ReadingAddress {
    language: String,
    voice: String,
    session: String,
    name: String,
}

/// Does work on a reading.
async fn with_reading<T: Send + 'static>(
    studio: &SharedStudio,
    at: ReadingAddress,
    work: impl FnOnce(&SharedStudio, &Engine, &Voice, &OpenReading) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    with_engine(studio, move |studio, engine| {
        let voice = find_voice(engine, &at.language, &at.voice)?;
        let reading = OpenReading::find(&studio.course, voice, &at.session, &at.name)?;
        work(studio, engine, voice, &reading)
    })
    .await
}

async fn all_readings(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        readings(&studio.course, find_voice(engine, &language, &voice)?)
    });
    as_json(&found.await?)
}

/// A stretch of a reading, in seconds.
#[derive(Debug, Deserialize)]
struct StretchQuery {
    from: f64,
    to: f64,
    columns: Option<usize>,
}

async fn reading_sound(
    State(studio): State<SharedStudio>,
    Path(at): Path<ReadingAddress>,
    Query(query): Query<StretchQuery>,
) -> Answer {
    let wav = with_reading(&studio, at, move |_, _, _, reading| reading.sound(query.from, query.to));
    bytes("audio/wav", wav.await?)
}

async fn reading_peaks(
    State(studio): State<SharedStudio>,
    Path(at): Path<ReadingAddress>,
    Query(query): Query<StretchQuery>,
) -> Answer {
    let found = with_reading(&studio, at, move |_, _, _, reading| {
        reading.peaks(query.from, query.to, query.columns.unwrap_or(600))
    });
    as_json(&found.await?)
}

/// Does work on a reading and all that is known of its voice.
async fn with_progress(
    studio: &SharedStudio,
    at: ReadingAddress,
    work: impl FnOnce(&SharedStudio, &Engine, &Voice, &VoiceProgress, &OpenReading) -> Result<Value, Problem>
    + Send
    + 'static,
) -> Answer {
    let done = with_reading(studio, at, move |studio, engine, voice, reading| {
        work(studio, engine, voice, &*known(studio, engine, voice)?, reading)
    });
    as_json(&done.await?)
}

async fn align_reading(State(studio): State<SharedStudio>, Path(at): Path<ReadingAddress>) -> Answer {
    with_progress(&studio, at, align).await
}

async fn judge_cut(State(studio): State<SharedStudio>, Path(at): Path<ReadingAddress>, body: Body) -> Answer {
    let cut: WantedCut = read_json(body).await?;
    with_progress(&studio, at, move |_, engine, voice, progress, reading| {
        judge_one(engine, voice, progress, reading, &cut)
    })
    .await
}

async fn keep_cuts(State(studio): State<SharedStudio>, Path(at): Path<ReadingAddress>, body: Body) -> Answer {
    let cuts: Vec<WantedCut> = read_json(body).await?;
    with_progress(&studio, at, move |studio, engine, voice, progress, reading| {
        let kept = keep(studio, engine, voice, progress, reading, &cuts)?;
        studio.course.reopen(&studio.events);
        for cut in &cuts {
            studio.events.tell(StudioEvent::Takes { voice: voice.folder(), phrase: cut.key().to_string() });
        }
        Ok(kept)
    })
    .await
}
