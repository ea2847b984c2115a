//! A refusal as a program reads it: the JSON of RFC 9457.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// Why a request is not done, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    status: u16,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What a program needs to mend it, under names of its own.
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl Problem {
    pub fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self { status: status.as_u16(), title: title.into(), detail: None, more: Map::new() }
    }

    /// The same with a sentence that says what to do.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same with a member that a program reads.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    pub fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    /// Something else has happened meanwhile.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }

    /// The disk or a program failed.
    pub fn failed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, why)
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is wrong, and what to do where that is known.
    pub fn told(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}; {detail}", self.title),
            None => self.title.clone(),
        }
    }

    pub fn title(&self) -> &str {
        &self.title
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = serde_json::to_string(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        (self.status(), [(header::CONTENT_TYPE, kind)], text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_and_what_to_do() {
        let problem = Problem::bad_request("no such length").detail("ask for 5m").with("nearest", "5m");
        let text = serde_json::to_string(&problem).unwrap();
        assert_eq!(text, r#"{"status":400,"title":"no such length","detail":"ask for 5m","nearest":"5m"}"#);
    }
}
