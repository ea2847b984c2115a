//! The addresses of a service, and what is done for every request: who asks and how often, which pages may read the answer,
//! and what is counted.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::json;

use super::audio::audio;
use super::course::ServedCourse;
use super::documents;
use super::metrics::METRICS_TYPE;
use super::openapi;
use super::problem::{ProblemKind, ServiceProblem};
use super::request::VersionRequest;
use super::service::Service;
use super::wish::wish;

/// The addresses that everybody may ask for, also without a token.
const OPEN: [&str; 2] = ["/health", "/ready"];
/// What pages of other origins may read of an answer, beside its body.
const EXPOSED: &str =
    "Accept-Ranges, Content-Duration, Content-Length, Content-Location, Content-Range, ETag, Retry-After";
/// What pages of other origins may send.
const ACCEPTED: &str = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range";

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// All addresses.
pub fn router(service: &Arc<Service>) -> Router {
    let track = "/v1/courses/{course}/tracks/{track}";
    let mut router = Router::new()
        .route("/health", get(|| async { Json(json!({ "status": "alive" })) }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/v1/openapi.json", get(|| async { Json(openapi::document()) }))
        .route("/v1/courses", get(documents::courses))
        .route("/v1/courses/{course}", get(documents::catalogue))
        .route(track, get(documents::track))
        .route(&format!("{track}/audio"), get(audio))
        .route(&format!("{track}/version"), get(documents::version))
        .route(&format!("{track}/wishes"), post(wish).fallback(only_post));
    for file in &documents::FILES {
        let route: MethodRouter<Arc<Service>> =
            get(move |state, place, query, headers| documents::file(file, state, place, query, headers));
        router = router.route(&format!("{track}/{}", file.path), route);
    }
    router
        .fallback(|| async {
            ServiceProblem::new(
                ProblemKind::NotFound,
                "there is nothing here; /v1/openapi.json lists what there is",
            )
        })
        .method_not_allowed_fallback(|| async {
            let mut response = ServiceProblem::new(ProblemKind::Method, "use GET or HEAD").into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        })
        .layer(from_fn_with_state(Arc::clone(service), around))
        .with_state(Arc::clone(service))
}

/// The answer to another method where something is sent.
async fn only_post() -> Response {
    let mut response = ServiceProblem::new(ProblemKind::Method, "use POST").into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    let (status, word) = if service.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "busy or about to stop")
    };
    (status, Json(json!({ "status": word }))).into_response()
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    ([(header::CONTENT_TYPE, METRICS_TYPE)], service.metrics_text()).into_response()
}

/// What is done around every request.
async fn around(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let query = told_query(request.uri().query().unwrap_or_default());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.filter(|origin| is_allowed(&service.options.origins, origin));
    let mut response = match admitted(&service, &request, allowed.is_some()) {
        Ok(None) => next.run(request).await,
        Ok(Some(response)) => response,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !service.options.origins.is_empty() {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        let resource = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(resource, HeaderValue::from_static("cross-origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    let (status, seconds) = (response.status().as_u16(), begun.elapsed().as_secs_f64());
    let route = route_of(&path);
    service.metrics.request(route, status, seconds);
    let problem = response.extensions().get::<ProblemKind>().map(|kind| kind.name());
    tracing::info!(%method, path, query, status, problem, millis = (seconds * 1e3).round(), "request");
    response
}

/// A query as the log has it: without the wishes of listeners, whose ids stand for their words.
fn told_query(query: &str) -> String {
    query.split('&').filter(|pair| !pair.starts_with("own=")).collect::<Vec<_>>().join("&")
}

/// What a page of a transcript may do: show its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/// Whether a request is let in; or its answer, if it only asks which requests a page may send.
fn admitted(
    service: &Service,
    request: &Request,
    is_allowed: bool,
) -> Result<Option<Response>, ServiceProblem> {
    let headers = request.headers();
    if OPEN.contains(&request.uri().path()) {
        return Ok(None);
    }
    if let Some(ConnectInfo(Peer(peer))) = request.extensions().get() {
        service.clients.admit(*peer, headers, Instant::now())?;
    }
    let is_preflight = request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && is_allowed;
    if is_preflight {
        let answer = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, ACCEPTED),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        return Ok(Some((StatusCode::NO_CONTENT, answer).into_response()));
    }
    service.tokens.admit(headers)?;
    Ok(None)
}

/// Whether pages of an origin may read answers.
fn is_allowed(origins: &[String], origin: &HeaderValue) -> bool {
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
}

/// A header with one value of text.
pub fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The name of an address in the metrics; few, whatever is asked for.
fn route_of(path: &str) -> &'static str {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["health"] => "health",
        ["ready"] => "ready",
        ["metrics"] => "metrics",
        ["v1", "openapi.json"] => "openapi",
        ["v1", "courses"] => "courses",
        ["v1", "courses", _] => "course",
        ["v1", "courses", _, "tracks", _] => "track",
        ["v1", "courses", _, "tracks", _, "audio"] => "audio",
        ["v1", "courses", _, "tracks", _, "version"] => "version",
        ["v1", "courses", _, "tracks", _, "wishes"] => "wishes",
        ["v1", "courses", _, "tracks", _, file] => {
            documents::FILES.iter().find(|known| known.path == file).map_or("none", |known| known.path)
        }
        _ => "none",
    }
}

/// A track of a course, as an address names it.
#[derive(Clone, Debug)]
pub struct TrackPlace {
    pub course: String,
    pub track: String,
}

impl TrackPlace {
    /// The version of a query, of this track.
    ///
    /// # Errors
    /// [`ServiceProblem`] if there is no such track, or the query is wrong.
    pub fn request(
        &self,
        course: &ServedCourse,
        query: Option<&str>,
    ) -> Result<VersionRequest, ServiceProblem> {
        let state = course.now();
        let script = state.engine.script(&self.track)?;
        VersionRequest::read(&script.id, query)
    }

    /// The address of the track.
    pub fn address(&self) -> String {
        format!("/v1/courses/{}/tracks/{}", self.course, self.track)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TrackPlace {
    type Rejection = ServiceProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let found = Path::<(String, String)>::from_request_parts(parts, state).await;
        let nothing =
            || ServiceProblem::new(ProblemKind::NotFound, "there is no such track; its course lists them");
        let Path((course, track)) = found.map_err(|_| nothing())?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if track.is_empty() || track.len() > 200 || !track.chars().all(is_plain) {
            return Err(nothing());
        }
        Ok(Self { course, track })
    }
}
