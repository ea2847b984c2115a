//! Who may ask. A page of another site, or of another port of this machine, can make a browser send requests here; they are
//! told apart by what the browser says of them, before anything else is looked at.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// The header that a page of ours adds to what it writes. A page of another site cannot add it without being asked about first.
pub const OWN_HEADER: &str = "x-adem";

/// The names under which a server is reached, compared whole.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: Arc<[String]>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardRefusal {
    /// It is addressed to another host, or to none.
    Host,
    /// It comes from a page of another origin, or does not say from which.
    Origin,
    /// The browser says that another site caused it.
    Site,
    /// It would write and lacks the header of our own pages.
    OwnHeader,
}

impl Guard {
    /// The three names of this machine, with a port.
    pub fn loopback(port: u16) -> Self {
        Self::of(["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}")))
    }

    /// Names with their ports.
    pub fn of(hosts: impl IntoIterator<Item = String>) -> Self {
        Self { hosts: hosts.into_iter().collect() }
    }

    /// Whether a request may be looked at.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), GuardRefusal> {
        let is_ours = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let host = only(headers, header::HOST.as_str()).flatten();
        if !host.is_some_and(is_ours) || uri.authority().is_some_and(|named| !is_ours(named.as_str())) {
            return Err(GuardRefusal::Host);
        }
        let upgrades = headers.contains_key(header::UPGRADE);
        let writes = !matches!(*method, Method::GET | Method::HEAD) || upgrades;
        match only(headers, header::ORIGIN.as_str()) {
            Some(Some(origin)) if origin.strip_prefix("http://").is_some_and(is_ours) => {}
            Some(Some(_)) | None => return Err(GuardRefusal::Origin),
            Some(None) if writes => return Err(GuardRefusal::Origin),
            Some(None) => {}
        }
        match only(headers, "sec-fetch-site") {
            // Browsers of today say it always; a program that is no browser has no cookies to be abused.
            Some(None | Some("same-origin")) => {}
            // An address that was typed, or a link of another program.
            Some(Some("none")) if !writes => {}
            Some(Some(_)) | None => return Err(GuardRefusal::Site),
        }
        // The handshake of a WebSocket cannot have headers of its own.
        if writes && !upgrades && !headers.contains_key(OWN_HEADER) {
            return Err(GuardRefusal::OwnHeader);
        }
        Ok(())
    }
}

/// The value of a header: `Some(None)` where there is none, and `None` where there are several or it is no text.
#[expect(clippy::option_option, reason = "there is none, there is one, or it is unclear")]
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Some(None) };
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok().map(Some)
}

impl IntoResponse for GuardRefusal {
    fn into_response(self) -> Response {
        let (status, title) = match self {
            Self::Host => (StatusCode::MISDIRECTED_REQUEST, "this server answers under other names"),
            Self::Origin => (StatusCode::FORBIDDEN, "this page may not ask that"),
            Self::Site => (StatusCode::FORBIDDEN, "another site caused this request"),
            Self::OwnHeader => (StatusCode::FORBIDDEN, "only pages of this server may write"),
        };
        Problem::new(status, title).into_response()
    }
}

/// The middleware: refuses, or goes on.
pub async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, uri: &str, pairs: &[(&'static str, &'static str)]) -> Result<(), GuardRefusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        Guard::loopback(8470).check(method, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn only_the_names_of_this_machine_with_this_port_are_answered() {
        for host in ["127.0.0.1:8470", "localhost:8470", "LOCALHOST:8470", "[::1]:8470"] {
            assert_eq!(asked(&Method::GET, "/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:8471",
            "127.0.0.1:84700",
            "127.0.0.1.evil.example:8470",
            "evil.example",
            "evil.example:8470",
            "0.0.0.0:8470",
            "localhost.:8470",
            "x@localhost:8470",
            "",
        ] {
            assert_eq!(asked(&Method::GET, "/", &[("host", host)]), Err(GuardRefusal::Host), "{host}");
        }
        assert_eq!(asked(&Method::GET, "/", &[]), Err(GuardRefusal::Host), "none");
        let twice = [("host", "127.0.0.1:8470"), ("host", "evil.example")];
        assert_eq!(asked(&Method::GET, "/", &twice), Err(GuardRefusal::Host), "two");
        let whole = asked(&Method::GET, "http://evil.example/", &[("host", "127.0.0.1:8470")]);
        assert_eq!(whole, Err(GuardRefusal::Host), "the address of the request is another");
    }

    #[test]
    fn a_page_of_another_origin_reads_and_writes_nothing() {
        let host = ("host", "127.0.0.1:8470");
        for origin in [
            "null",
            "http://evil.example",
            "http://127.0.0.1:3000",
            "https://127.0.0.1:8470",
            "http://127.0.0.1:8470.evil.example",
            "http://127.0.0.1:8470/",
        ] {
            for method in [Method::GET, Method::POST] {
                let told = asked(&method, "/", &[host, ("origin", origin), (OWN_HEADER, "1")]);
                assert_eq!(told, Err(GuardRefusal::Origin), "{method} from {origin}");
            }
        }
        let own = ("origin", "http://127.0.0.1:8470");
        for site in ["cross-site", "same-site", "none"] {
            let told = asked(&Method::POST, "/", &[host, own, (OWN_HEADER, "1"), ("sec-fetch-site", site)]);
            assert_eq!(told, Err(GuardRefusal::Site), "{site}");
        }
        for site in ["cross-site", "same-site"] {
            let told = asked(&Method::GET, "/", &[host, ("sec-fetch-site", site)]);
            assert_eq!(told, Err(GuardRefusal::Site), "{site}");
        }
        assert_eq!(asked(&Method::GET, "/", &[host, ("sec-fetch-site", "none")]), Ok(()));
    }

    #[test]
    fn what_writes_says_where_it_comes_from_and_that_it_is_ours() {
        let host = ("host", "127.0.0.1:8470");
        let own = ("origin", "http://127.0.0.1:8470");
        let site = ("sec-fetch-site", "same-origin");
        let told = |pairs: &[_]| asked(&Method::POST, "/", pairs);
        assert_eq!(told(&[host, own, site, (OWN_HEADER, "1")]), Ok(()));
        assert_eq!(told(&[host, site, (OWN_HEADER, "1")]), Err(GuardRefusal::Origin));
        assert_eq!(told(&[host, own, site]), Err(GuardRefusal::OwnHeader));
        let socket = ("upgrade", "websocket");
        assert_eq!(asked(&Method::GET, "/studio", &[host, socket]), Err(GuardRefusal::Origin));
        assert_eq!(asked(&Method::GET, "/studio", &[host, own, socket]), Ok(()));
    }
}
