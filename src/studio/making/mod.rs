//! Renders and builds from the desk: one at a time, with its progress, and what it made. They are those of `adem render` and
//! `adem build`, by the same calls.

mod files;
mod job;
mod site;
mod work;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SharedStudio;
use super::answer::{Answer, as_json, blocking, told, whole, with_engine};
use super::desk::VersionQuery;
use crate::delivery::format::Format;
use crate::engine::possible;
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::studio::refusal::Refusal;

use job::{MakingJob, MakingKind};
use site::KnownSite;

/// The formats that are offered: one for each ending.
const OFFERED: [Format; 5] = [Format::Wav24, Format::Flac, Format::Mp3, Format::Opus, Format::M4a];

/// What is made, or was made last.
#[derive(Default)]
pub struct Making {
    now: Mutex<Option<Arc<MakingJob>>>,
    site: Mutex<KnownSite>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Making {
    /// Asks what is being made to stop.
    pub fn stop(&self) {
        if let Some(job) = &*lock(&self.now) {
            job.cancel.cancel();
        }
    }

    fn job(&self) -> Option<Arc<MakingJob>> {
        lock(&self.now).clone()
    }

    /// Begins a job, if none is running.
    fn begin(&self, kind: MakingKind) -> Result<Arc<MakingJob>, Problem> {
        let mut now = lock(&self.now);
        if now.as_ref().is_some_and(|job| job.is_running()) {
            return Err(Refusal::MakingAlready.problem());
        }
        let number = now.as_ref().map_or(1, |job| job.number + 1);
        let job = Arc::new(MakingJob::new(number, kind));
        *now = Some(job.clone());
        Ok(job)
    }
}

pub(super) fn routes() -> Router<SharedStudio> {
    Router::new()
        .route("/studio/making", get(state))
        .route("/studio/making/render", post(render))
        .route("/studio/making/build", post(build))
        .route("/studio/making/stop", post(stop))
        .route("/studio/making/{job}/files/{file}", get(files::download))
        .route("/studio/site/", get(site::first))
        .route("/studio/site/{*path}", get(site::page))
}

/// What can be made, and what is made now or was made last.
async fn state(State(studio): State<SharedStudio>) -> Answer {
    let found = blocking(move || {
        let job = studio.making.job().map(|job| job.document());
        let deliveries: Vec<Value> = match &*studio.course.engine() {
            Ok(engine) => {
                let deliveries = engine.course().header.deliveries.iter();
                deliveries.map(|delivery| json!(delivery.name.value)).collect()
            }
            Err(_) => Vec::new(),
        };
        let formats: Vec<Value> = OFFERED
            .iter()
            .map(|format| json!({ "id": format.name(), "ending": format.extension(), "lossy": format.is_lossy() }))
            .collect();
        let site = lock(&studio.making.site).is_there(&studio);
        Ok(json!({ "job": job, "deliveries": deliveries, "formats": formats, "site": site }))
    });
    as_json(&found.await?)
}

/// A version to render: the formats, by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenderWish {
    script: String,
    formats: Vec<String>,
}

async fn render(State(studio): State<SharedStudio>, Query(query): Query<VersionQuery>, body: Body) -> Answer {
    let wish: RenderWish = json_body(body).await?;
    let formats: Vec<Format> =
        OFFERED.into_iter().filter(|format| wish.formats.iter().any(|name| name == format.name())).collect();
    if formats.is_empty() || formats.len() != wish.formats.len() {
        return Err(Refusal::NoFormats.problem());
    }
    let plan = super::desk::version(&wish.script, &query)?;
    let begun = with_engine(&studio, move |studio, engine| {
        whole(engine)?;
        let script = engine.script(&plan.script).map_err(|error| told(&error))?;
        let name = script.title.as_ref().map_or_else(|| script.id.clone(), |title| title.value.clone());
        let session = engine.plan(&plan, &crate::event::Task::silent()).map_err(|error| told(&error))?;
        for format in &formats {
            let coding = &session.session.preset.coding;
            possible(*format, coding, session.timeline.rate).map_err(|error| told(&error))?;
        }
        let job = studio.making.begin(MakingKind::Render { name })?;
        work::start(studio, job.clone(), move |studio, engine, job| {
            work::render(studio, engine, job, &plan, &formats)
        });
        Ok(job.document())
    });
    as_json(&begun.await?)
}

/// A delivery to build.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildWish {
    delivery: String,
}

async fn build(State(studio): State<SharedStudio>, body: Body) -> Answer {
    let wish: BuildWish = json_body(body).await?;
    let begun = with_engine(&studio, move |studio, engine| {
        whole(engine)?;
        let deliveries = &engine.course().header.deliveries;
        if !deliveries.iter().any(|delivery| delivery.name.value == wish.delivery) {
            return Err(Refusal::NoDelivery.problem());
        }
        let job = studio.making.begin(MakingKind::Build { name: wish.delivery.clone() })?;
        work::start(studio, job.clone(), move |studio, engine, job| {
            work::build_delivery(studio, engine, job, &wish.delivery)
        });
        Ok(job.document())
    });
    as_json(&begun.await?)
}

async fn stop(State(studio): State<SharedStudio>) -> Answer {
    studio.making.stop();
    as_json(&json!({}))
}

/// The output folder of a course.
fn out_folder(studio: &SharedStudio) -> Result<PathBuf, Problem> {
    studio.course.place("out")
}
