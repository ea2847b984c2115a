//! A course that begins from the page, in a folder that has nothing of one.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::SharedStudio;
use super::answer::{Answer, as_json, blocking, told};
use super::desk::read_again;
use super::refusal::Refusal;
use crate::engine::{begin_course, has_no_course};
use crate::files::absolute;
use crate::http::body::json as json_body;
use crate::http::problem::Problem;
use crate::script::language::Language;
use crate::script::starter;

pub(super) fn routes() -> Router<SharedStudio> {
    Router::new().route("/studio/course", post(begin))
}

/// Why a course cannot be opened, with the offer to begin one where there is none: the folder and the languages of what it has then.
pub(super) async fn offered(studio: &SharedStudio, problem: Problem) -> Problem {
    let own = studio.clone();
    let offer = blocking(move || {
        let files = own.course.files();
        let folder = absolute(files.root()).display().to_string();
        Ok(has_no_course(files).then(|| json!({ "folder": folder, "languages": starter::LANGUAGES })))
    });
    match offer.await {
        Ok(Some(offer)) => problem.with("begin", offer),
        Ok(None) | Err(_) => problem,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCourse {
    /// The language that somebody will write in.
    language: Language,
}

/// Writes what `adem new` writes, and opens it.
async fn begin(State(studio): State<SharedStudio>, body: Body) -> Answer {
    let NewCourse { language } = json_body(body).await?;
    blocking(move || {
        let alone = studio.course.alone()?;
        if !has_no_course(studio.course.files()) {
            return Err(Refusal::CourseThere.problem());
        }
        begin_course(studio.course.files(), &language).map_err(|error| told(&error))?;
        drop(alone);
        read_again(&studio);
        Ok(())
    })
    .await?;
    as_json(&json!({}))
}
