//! How much a request may send, and for how long.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The most that a request may send where nothing else is said.
pub const MOST: usize = 4 << 20;
/// The time it has for that.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The whole body of a request.
///
/// # Errors
/// [`Problem`] if it is too long, too slow, or ends before its end.
pub async fn whole(body: Body, most: usize, patience: Duration) -> Result<Vec<u8>, Problem> {
    let reading = async {
        let mut stream = body.into_data_stream();
        let mut whole = Vec::new();
        while let Some(part) = stream.next().await {
            let part: Bytes = part.map_err(|_| Problem::bad_request("the request ended before its end"))?;
            if whole.len() + part.len() > most {
                let detail = format!("at most {most} bytes are read");
                return Err(
                    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long").detail(detail)
                );
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole)
    };
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the request took too long to arrive");
    tokio::time::timeout(patience, reading).await.map_err(late)?
}

/// The body of a request as JSON.
///
/// # Errors
/// As [`whole`], and if it is not the JSON that was expected.
pub async fn json<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let whole = whole(body, MOST, PATIENCE).await?;
    serde_json::from_slice(&whole).map_err(|error| {
        Problem::bad_request("the request is not the JSON that is expected").detail(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(job: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(job)
    }

    #[test]
    fn a_body_is_read_whole_and_no_further_than_its_limit() {
        assert_eq!(run(whole(Body::from("abc"), 3, PATIENCE)).unwrap(), b"abc");
        let long = run(whole(Body::from("abcd"), 3, PATIENCE)).unwrap_err();
        assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn a_body_that_never_ends_is_given_up() {
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let body = Body::from_stream(endless);
        let late = run(whole(body, 3, Duration::from_millis(5))).unwrap_err();
        assert_eq!(late.status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[test]
    fn another_json_is_told() {
        let wrong = run(json::<Vec<u32>>(Body::from("{}"))).unwrap_err();
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    }
}
