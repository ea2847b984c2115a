//! The sound of a version: a WAV in any part of it at once, other formats while they grow or when they are finished.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::pieces::PieceBytes;
use super::problem::{ProblemKind, ServiceProblem};
use super::request::VersionRequest;
use super::router::{TrackPlace, header_text};
use super::service::{Service, StreamGuard};
use super::spool::{SpoolProduct, SpoolReader, spool_name};
use super::version::ServedVersion;
use crate::delivery::format::Format;
use crate::engine::Listening;
use crate::export::format::facts;
use crate::files::SharedFile;
use crate::http::range::{WantedBytes, content_range, names_tag};

/// How much of a sound is read and sent at once.
const STEP: u64 = 64 << 10;

/// How long an immutable address is kept: a year.
const IMMUTABLE: &str = "max-age=31536000, immutable";

/// `GET` and `HEAD` of the sound of a track.
pub async fn audio(
    State(service): State<Arc<Service>>,
    place: TrackPlace,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ServiceProblem> {
    let course = service.course(&place.course)?;
    let request = place.request(course, query.as_deref())?;
    let conditional =
        header_text(&headers, header::IF_RANGE).map(|tag| tag.trim().trim_matches('"').to_owned());
    let wanted = request.pinned.clone().or(conditional);
    let version = course.version(&request, wanted.as_deref(), &service).await?;
    let format = version.format(request.format)?;
    let sound = SoundAnswer::of(&service, version, &request, format, &place)?;
    if header_text(&headers, header::IF_MATCH).is_some_and(|tags| !names_tag(tags, &sound.tag)) {
        let detail = "the sound of this address is another one now; ask without `If-Match`";
        return Err(ServiceProblem::new(ProblemKind::OtherVersion, detail));
    }
    if header_text(&headers, header::IF_NONE_MATCH).is_some_and(|tags| names_tag(tags, &sound.tag)) {
        return Ok(sound.head(StatusCode::NOT_MODIFIED, None).into_response());
    }
    let range = header_text(&headers, header::RANGE).filter(|_| {
        // Ranges are for GET alone, and another version is sent whole.
        method == Method::GET
            && header_text(&headers, header::IF_RANGE).is_none_or(|tag| tag.trim() == sound.tag)
    });
    if format.extension() == Format::Wav24.extension() {
        sound.wav(range, method == Method::HEAD).await
    } else {
        sound.spooled(range, method == Method::HEAD).await
    }
}

/// What is answered with.
struct SoundAnswer {
    service: Arc<Service>,
    version: Arc<ServedVersion>,
    format: Format,
    /// The entity tag, with its quotes.
    tag: String,
    /// The address at which it never changes.
    address: String,
    is_pinned: bool,
    /// Whether somebody's own words are in it.
    has_wishes: bool,
}

impl SoundAnswer {
    fn of(
        service: &Arc<Service>,
        version: Arc<ServedVersion>,
        request: &VersionRequest,
        format: Format,
        place: &TrackPlace,
    ) -> Result<Self, ServiceProblem> {
        let fingerprint = version.fingerprint(format);
        if request.pinned.as_ref().is_some_and(|pinned| *pinned != fingerprint) {
            let detail = "this version is no longer there; ask for it without `v`";
            return Err(ServiceProblem::new(ProblemKind::VersionGone, detail));
        }
        let query = request.canonical(Some(format), Some(&fingerprint));
        Ok(Self {
            service: Arc::clone(service),
            version,
            format,
            tag: format!("\"{fingerprint}\""),
            address: format!("{}/audio?{query}", place.address()),
            is_pinned: request.pinned.is_some(),
            has_wishes: !request.own.is_empty(),
        })
    }

    /// The status and the headers of an answer with these bytes of the file, whose size may not be known.
    fn head(&self, status: StatusCode, bytes: Option<(&Range<u64>, u64)>) -> (StatusCode, HeaderMap) {
        let mut headers = HeaderMap::new();
        // Own words are nobody else's, and are kept no longer than their wish.
        let is_public = !self.service.tokens.are_needed() && !self.has_wishes;
        let scope = if is_public { "public" } else { "private" };
        let kept = if self.is_pinned && !self.has_wishes { IMMUTABLE } else { "no-cache" };
        let mut add = |name: HeaderName, value: &str| {
            // All values are made of ASCII letters, so none is refused.
            HeaderValue::from_str(value)
                .into_iter()
                .for_each(|value| drop(headers.insert(name.clone(), value)));
        };
        add(header::ETAG, &self.tag);
        add(header::CACHE_CONTROL, &format!("{scope}, {kept}"));
        add(header::CONTENT_LOCATION, &self.address);
        if status == StatusCode::NOT_MODIFIED {
            return (status, headers);
        }
        add(header::CONTENT_TYPE, facts(self.format).media_type);
        add(header::ACCEPT_RANGES, "bytes");
        add(HeaderName::from_static("content-duration"), &format!("{:.3}", self.version.seconds()));
        if let Some((range, size)) = bytes {
            add(header::CONTENT_LENGTH, &(range.end - range.start).to_string());
            if status == StatusCode::PARTIAL_CONTENT {
                add(header::CONTENT_RANGE, &content_range(range, size));
            }
        }
        (status, headers)
    }

    /// The status and the range of an answer.
    fn part(range: Option<&str>, size: u64) -> Result<(StatusCode, Range<u64>), ServiceProblem> {
        match WantedBytes::of(range, size) {
            WantedBytes::Whole => Ok((StatusCode::OK, 0..size)),
            WantedBytes::Part(range) => Ok((StatusCode::PARTIAL_CONTENT, range)),
            WantedBytes::Outside => {
                let detail = format!("the file has {size} bytes");
                Err(ServiceProblem {
                    size: Some(size),
                    ..ServiceProblem::new(ProblemKind::OutsideRange, detail)
                })
            }
        }
    }

    async fn wav(self, range: Option<&str>, head_only: bool) -> Result<Response, ServiceProblem> {
        let Self { service, version, .. } = &self;
        let listening = version.listening(self.format, &service.pool, service.options.limits).await?;
        let size = listening.file_bytes();
        let (status, range) = Self::part(range, size)?;
        let head = self.head(status, Some((&range, size)));
        if head_only {
            return Ok(head.into_response());
        }
        let body = WavBody {
            service: Arc::clone(service),
            guard: service.stream()?,
            listening,
            at: range.start,
            end: range.end,
            whole: None,
            playing: (Instant::now(), range.start),
        };
        Ok((head.0, head.1, body.into_body()).into_response())
    }

    async fn spooled(self, range: Option<&str>, head_only: bool) -> Result<Response, ServiceProblem> {
        let service = Arc::clone(&self.service);
        let product = SpoolProduct::Sound(self.format);
        let name = spool_name(&self.version, product);
        if let Some(found) = finished(&service, &name).await {
            return self.file(found, range, head_only);
        }
        if head_only {
            let mut head = self.head(StatusCode::OK, None);
            // Its size is not known yet. Without both of these the answer would say that it is 0.
            head.1.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            let unknown = Body::from_stream(stream::empty::<Result<Bytes, std::convert::Infallible>>());
            return Ok((head.0, head.1, unknown).into_response());
        }
        service.pool.admit()?;
        let guard = service.stream()?;
        let listening = if self.format.streams() {
            Some(self.version.listening(Format::Wav24, &service.pool, service.options.limits).await?)
        } else {
            None
        };
        let mut reader = service.spools.join(&self.version, product, listening)?;
        // A player that asks for all of it gets what there is while it grows.
        let is_whole = range.is_none_or(|range| range.trim() == "bytes=0-");
        if self.format.streams() && is_whole {
            // What cannot be made at all is said before the head.
            reader.read(0, 1).await?;
            let head = self.head(StatusCode::OK, None);
            let body = GrowingBody { guard, reader, at: 0 };
            return Ok((head.0, head.1, body.into_body()).into_response());
        }
        reader.finished().await?;
        drop((reader, guard));
        match service.spools.files().find(&name) {
            Some(found) => self.file(found, range, head_only),
            None => Err(super::problem::gone()),
        }
    }

    /// An answer from a finished file.
    fn file(
        &self,
        (file, size): (SharedFile, u64),
        range: Option<&str>,
        head_only: bool,
    ) -> Result<Response, ServiceProblem> {
        let (status, range) = Self::part(range, size)?;
        let head = self.head(status, Some((&range, size)));
        if head_only {
            return Ok(head.into_response());
        }
        let guard = self.service.stream()?;
        let body = FileBody { guard, file, at: range.start, end: range.end };
        Ok((head.0, head.1, body.into_body()).into_response())
    }
}

/// A finished file: from the folder, or from the store.
pub async fn finished(service: &Arc<Service>, name: &str) -> Option<(SharedFile, u64)> {
    if let Some(found) = service.spools.files().find(name) {
        service.metrics.spool("found");
        return Some(found);
    }
    service.options.store.as_ref()?;
    let (files, name) = (Arc::clone(service.spools.files()), name.to_owned());
    let fetched = tokio::task::spawn_blocking(move || files.fetch(&name)).await;
    fetched.ok().flatten().inspect(|_| service.metrics.spool("fetched"))
}

/// A part of a WAV that is made as it is sent. Nothing is made ahead: whoever reads slowly costs nothing.
struct WavBody {
    service: Arc<Service>,
    guard: StreamGuard,
    listening: Arc<Listening>,
    at: u64,
    end: u64,
    /// The piece that is being sent, where there is no room to keep it.
    whole: Option<(u64, Arc<Vec<u8>>)>,
    /// When it was begun, and at which byte: whoever plays it needs a byte when what is before it has sounded.
    playing: (Instant, u64),
}

impl WavBody {
    fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut body| async {
            if body.at >= body.end {
                return None;
            }
            let next = body.next().await;
            if let Ok(bytes) = &next {
                body.at += bytes.len() as u64;
                body.guard.sent(bytes.len());
            }
            Some((next, body))
        }))
    }

    async fn next(&mut self) -> Result<Bytes, ServiceProblem> {
        let header = self.listening.header();
        if self.at < header.len() as u64 {
            let end = self.end.min(header.len() as u64);
            return Ok(Bytes::copy_from_slice(&header[self.at as usize..end as usize]));
        }
        let index = self.listening.piece_at(self.at);
        let there = self.listening.bytes_of(index);
        let part = self.at - there.start..self.end.min(there.end).min(self.at + STEP) - there.start;
        let slice = |whole: &[u8]| Bytes::copy_from_slice(&whole[part.start as usize..part.end as usize]);
        if let Some((_, whole)) = self.whole.as_ref().filter(|(held, _)| *held == index) {
            return Ok(slice(whole));
        }
        self.whole = None;
        let Service { pool, pieces, metrics, .. } = &*self.service;
        let (begun, first) = self.playing;
        let due = begun + Duration::from_secs_f64(self.listening.seconds_of(self.at - first));
        match pieces.read(&self.listening, index, part.clone(), due, (pool, metrics)).await? {
            PieceBytes::Part(bytes) => Ok(bytes.into()),
            PieceBytes::Whole(whole) => {
                let bytes = slice(&whole);
                self.whole = Some((index, whole));
                Ok(bytes)
            }
        }
    }
}

/// A file that grows while it is sent.
struct GrowingBody {
    guard: StreamGuard,
    reader: SpoolReader,
    at: u64,
}

impl GrowingBody {
    fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut body| async {
            match body.reader.read(body.at, STEP).await {
                Ok(bytes) if bytes.is_empty() => None,
                Ok(bytes) => {
                    body.at += bytes.len() as u64;
                    body.guard.sent(bytes.len());
                    Some((Ok(Bytes::from(bytes)), body))
                }
                Err(problem) => Some((Err(problem), body)),
            }
        }))
    }
}

/// A part of a finished file.
struct FileBody {
    guard: StreamGuard,
    file: SharedFile,
    at: u64,
    end: u64,
}

impl FileBody {
    fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut body| async {
            let count = (body.end - body.at).min(STEP);
            if count == 0 {
                return None;
            }
            let mut bytes = vec![0; count as usize];
            let read = body.file.read_exact_at(&mut bytes, body.at).map(|()| Bytes::from(bytes));
            body.at += count;
            body.guard.sent(count as usize);
            Some((read, body))
        }))
    }
}
