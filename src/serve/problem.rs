//! What goes wrong, as problem details (RFC 9457): a kind that programs know, a sentence for people, and what to ask for
//! instead.

use std::fmt::{self, Write as _};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::diag::{Code, Diagnostic, Help, Severity};
use crate::engine::{Error, Request, World};
use crate::export::ExportErrorKind;
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// The media type of problem details.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A parameter is unknown, given twice, or has a value that it cannot have.
    BadParameter,
    /// The token is missing or unknown.
    NoToken,
    NotFound,
    /// The version of a pinned address is no longer there.
    VersionGone,
    /// The resource has no such method.
    Method,
    /// The version cannot have this length.
    ImpossibleLength,
    /// The course has no such version.
    ImpossibleVersion,
    /// The words of a wish cannot be spoken in this place.
    ImpossibleWish,
    /// Phrases of this version are not recorded.
    NotRecorded,
    /// What the client has is another version.
    OtherVersion,
    /// The range begins behind the end.
    OutsideRange,
    /// What was sent is neither JSON nor a recording.
    OtherMedia,
    /// What was sent is larger than it may be.
    TooLarge,
    /// The client asks for more than its share.
    TooMany,
    /// The service has as much work as it may.
    Busy,
    /// The work took longer than it may.
    TooSlow,
    /// The service is about to stop.
    Stopping,
    /// The service failed; its log says why.
    Failed,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::BadParameter,
        Self::NoToken,
        Self::NotFound,
        Self::VersionGone,
        Self::Method,
        Self::ImpossibleLength,
        Self::ImpossibleVersion,
        Self::ImpossibleWish,
        Self::NotRecorded,
        Self::OtherVersion,
        Self::OutsideRange,
        Self::OtherMedia,
        Self::TooLarge,
        Self::TooMany,
        Self::Busy,
        Self::TooSlow,
        Self::Stopping,
        Self::Failed,
    ];

    /// Its name, as in the type of the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadParameter => "bad-parameter",
            Self::NoToken => "no-token",
            Self::NotFound => "not-found",
            Self::VersionGone => "version-gone",
            Self::Method => "method",
            Self::ImpossibleLength => "impossible-length",
            Self::ImpossibleVersion => "impossible-version",
            Self::ImpossibleWish => "impossible-wish",
            Self::NotRecorded => "not-recorded",
            Self::OtherVersion => "other-version",
            Self::OutsideRange => "outside-range",
            Self::OtherMedia => "other-media",
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many",
            Self::Busy => "busy",
            Self::TooSlow => "too-slow",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
        }
    }

    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadParameter => StatusCode::BAD_REQUEST,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::VersionGone => StatusCode::GONE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ImpossibleLength | Self::ImpossibleVersion | Self::ImpossibleWish | Self::NotRecorded => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::OtherVersion => StatusCode::PRECONDITION_FAILED,
            Self::OutsideRange => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::OtherMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::TooSlow | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A problem with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceProblem {
    pub kind: ProblemKind,
    /// A sentence for people.
    pub detail: String,
    /// The nearest lengths that can be, where a length cannot be.
    pub nearest: Vec<Seconds>,
    /// When to ask again.
    pub retry_after: Option<Duration>,
    /// The size of the body, where a range lies outside it.
    pub size: Option<u64>,
}

impl ServiceProblem {
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), nearest: Vec::new(), retry_after: None, size: None }
    }

    /// A problem that is over after a while.
    pub fn for_now(kind: ProblemKind, detail: impl Into<String>, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(kind, detail) }
    }

    /// What an error of the engine means for whoever asked. What is wrong with the machine is for the log alone.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Request(request) => Self::of_request(request),
            Error::Diagnostics { found, .. } => Self::of_course(found),
            error if is_full(error) => {
                Self::for_now(ProblemKind::Busy, "the disk of the service is full; ask again later", FULL)
            }
            Error::World(_) if error.is_transient() => {
                Self::for_now(ProblemKind::Busy, "the service is short of something; ask again", RETRY)
            }
            Error::Stopped => Self::for_now(ProblemKind::TooSlow, "this took too long; ask again", RETRY),
            Error::World(_) | Error::ChecklistFailed(_) | Error::OutputClosed => {
                Self::new(ProblemKind::Failed, "the service failed; its log says why")
            }
        }
    }

    fn of_request(request: &Request) -> Self {
        let kind = match request {
            Request::Unknown { kind: "script", .. } | Request::NoTrack { .. } => ProblemKind::NotFound,
            Request::NoCourse { .. } => ProblemKind::Failed,
            Request::Unknown { .. }
            | Request::Version(_)
            | Request::OwnLanguage(_)
            | Request::Lock { .. }
            | Request::OtherScript { .. }
            | Request::OtherGuidance { .. }
            | Request::OtherLength { .. }
            | Request::MixedVoice { .. }
            | Request::NoPieces { .. }
            | Request::NotBuilt { .. }
            | Request::Coding { .. } => ProblemKind::ImpossibleVersion,
        };
        Self::new(kind, for_a_listener(request))
    }

    fn of_course(found: &[Diagnostic]) -> Self {
        let has = |code: Code| found.iter().any(|found| found.code == code);
        let kind = if has(Code::NoLength) {
            ProblemKind::ImpossibleLength
        } else if has(Code::MissingClip) {
            ProblemKind::NotRecorded
        } else {
            ProblemKind::ImpossibleVersion
        };
        let first = found.iter().find(|found| found.severity == Severity::Error).or_else(|| found.first());
        let nearest = found.iter().flat_map(|found| &found.helps).filter_map(|help| match help {
            Help::Remedy(crate::diag::Remedy::Length(length)) => Some(*length),
            Help::Remedy(_) | Help::Text(_) => None,
        });
        let nearest = nearest.collect();
        Self { nearest, ..Self::new(kind, first.map_or("this cannot be made", |first| &first.message)) }
    }
}

/// Whether there was no room on the disk.
pub fn is_full(error: &Error) -> bool {
    matches!(error, Error::World(World::Export(export)) if export.kind == ExportErrorKind::Full)
}

/// What is wrong with a request, and what there is instead; without what only the author of a course can do.
fn for_a_listener(request: &Request) -> String {
    let Request::Version(found) = request else { return request.to_string() };
    let instead = found.helps.iter().find_map(|help| match help {
        Help::Text(text) => {
            let first = text.split("; ").next().unwrap_or_default();
            let is_theirs =
                ["available", "did you mean", "open for"].iter().any(|begins| first.starts_with(begins));
            is_theirs.then(|| first.to_owned())
        }
        Help::Remedy(_) => None,
    });
    let instead = instead.unwrap_or_else(|| "the JSON of the track says what there is".to_owned());
    format!("{}; {instead}", found.message)
}

/// When to ask again after something passing.
pub const RETRY: Duration = Duration::from_secs(2);

/// When to ask again after the disk was full.
const FULL: Duration = Duration::from_secs(60);

/// What was there a moment ago had to make room.
pub fn gone() -> ServiceProblem {
    ServiceProblem::for_now(
        ProblemKind::Busy,
        "the service has too little room for all who listen; ask again",
        RETRY,
    )
}

impl fmt::Display for ServiceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for ServiceProblem {}

impl From<Error> for ServiceProblem {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl IntoResponse for ServiceProblem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let mut detail = self.detail.clone();
        let lengths: Vec<String> = self.nearest.iter().map(|length| print_duration(*length)).collect();
        if !lengths.is_empty() {
            let _ = write!(detail, "; the nearest possible: {}", lengths.join(" and "));
        }
        let mut document = json!({
            "type": format!("urn:adem:problem:{}", self.kind.name()),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": detail,
        });
        if self.kind == ProblemKind::ImpossibleLength {
            document["nearest"] = json!(lengths);
            let seconds: Vec<f64> = self.nearest.iter().map(|length| length.as_f64()).collect();
            document["nearest_seconds"] = json!(seconds);
        }
        let mut response = (status, document.to_string()).into_response();
        response.extensions_mut().insert(self.kind);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.kind == ProblemKind::NoToken {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(size) = self.size
            && let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}"))
        {
            headers.insert(header::CONTENT_RANGE, value);
        }
        response
    }
}
