//! The routes. Everything is behind the guard and, but for the page that a link opens, behind the cookie.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;

use super::answer::{Answer, as_json, bytes, diagnostics, with_engine};
use super::key::{LinkKey, cookie_value};
use super::new_course::offered;
use super::socket::open_socket;
use super::{SharedStudio, Studio, takes};
use crate::http::guard::{Guard, guarded};
use crate::http::headers::with_studio_headers;
use crate::http::problem::Problem;
use crate::studio::refusal::Refusal;

/// A browser that was let in stays in for so long, in seconds.
const STAYS: u32 = 30 * 24 * 60 * 60;

/// Every route of the studio. A room of it adds its routes in a function of its own.
pub(super) fn routes(studio: &SharedStudio) -> Router {
    let known = Router::new()
        .route("/web/{*name}", get(web_file))
        .route("/studio", get(open_socket))
        .route("/studio/course", get(course))
        .merge(super::new_course::routes())
        .merge(super::desk::routes())
        .merge(super::texts::routes())
        .merge(super::making::routes())
        .merge(takes::routes())
        .fallback(nothing)
        .layer(from_fn_with_state(studio.clone(), with_cookie));
    Router::new()
        .route("/", get(page))
        .merge(known)
        .with_state(studio.clone())
        .layer(from_fn_with_state(Guard::loopback(studio.port), guarded))
        .layer(from_fn(with_studio_headers))
}

/// Whether a request has the cookie.
fn is_known(studio: &Studio, headers: &HeaderMap) -> bool {
    let name = studio.cookie();
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.any(|value| cookie_value(value, &name).is_some_and(|key| studio.keys.is_cookie(key)))
}

/// The middleware of what only a browser that was let in gets.
async fn with_cookie(State(studio): State<SharedStudio>, request: Request, next: Next) -> Response {
    if is_known(&studio, request.headers()) {
        return next.run(request).await;
    }
    Refusal::NotLetIn.problem().into_response()
}

/// The page; or, with the key of a link, the way in.
async fn page(
    State(studio): State<SharedStudio>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    // One name, so that the browser has one permission for the microphone and one place for what is not saved yet.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !host.starts_with("127.0.0.1:") {
        let key = query.get("key").filter(|key| key.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let rest = key.map_or_else(String::new, |key| format!("?key={key}"));
        return Redirect::temporary(&format!("{}{rest}", studio.address())).into_response();
    }
    let known = is_known(&studio, &headers);
    if let Some(key) = query.get("key") {
        if known {
            return Redirect::to("/").into_response();
        }
        match studio.keys.take(key) {
            LinkKey::Right => {
                let cookie = format!(
                    "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={STAYS}",
                    studio.cookie(),
                    studio.keys.cookie()
                );
                let Ok(cookie) = HeaderValue::from_str(&cookie) else {
                    return Refusal::Unexpected.problem().into_response();
                };
                return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
            }
            LinkKey::Used => studio.tell_link(),
            LinkKey::Wrong => {}
        }
    }
    if !known {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|languages| languages.to_str().ok());
        let is_dutch = wanted.is_some_and(|languages| languages.trim_start().starts_with("nl"));
        let name = if is_dutch { "closed-nl.html" } else { "closed.html" };
        let (_, bytes) = studio.web.get(name).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        return (StatusCode::UNAUTHORIZED, Html(text)).into_response();
    }
    file(&studio, "index.html").into_response()
}

/// A file of the pages.
async fn web_file(State(studio): State<SharedStudio>, Path(name): Path<String>) -> Answer {
    file(&studio, &name)
}

fn file(studio: &Studio, name: &str) -> Answer {
    let (kind, content) = studio.web.get(name).ok_or_else(|| Refusal::Nothing.problem())?;
    bytes(kind, content)
}

async fn nothing() -> Problem {
    Refusal::Nothing.problem()
}

/// The course: its title, languages and voices, and what is wrong in its files.
async fn course(State(studio): State<SharedStudio>) -> Answer {
    let generation = studio.course.generation();
    let found = with_engine(&studio, move |_, engine| {
        let course = engine.course();
        let header = &course.header;
        let voices: Vec<_> = course
            .voices
            .values()
            .map(|voice| json!({ "language": voice.language.as_str(), "id": voice.id, "name": voice.name }))
            .collect();
        let scripts: Vec<_> = course
            .scripts
            .values()
            .map(|script| json!({ "id": script.id, "track": script.track.as_ref().map(|track| track.value) }))
            .collect();
        Ok(json!({
            "generation": generation,
            "title": header.title.value,
            "languages": header.languages.iter().map(|tag| tag.value.as_str()).collect::<Vec<_>>(),
            "voices": voices,
            "scripts": scripts,
            "closed": engine.closed().scripts().map(|name| engine.closed().title(name)).collect::<Vec<_>>(),
            "errors": diagnostics(&engine.closed().found, &course.sources),
            "warnings": diagnostics(engine.warnings(), &course.sources),
        }))
    })
    .await;
    match found {
        Ok(found) => as_json(&found),
        Err(problem) => Err(offered(&studio, problem).await),
    }
}
