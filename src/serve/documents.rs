//! What there is to hear, and what is beside the sound: JSON, captions, transcripts, covers, reports.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::audio::finished;
use super::course::{CourseState, ServedCourse};
use super::problem::{ProblemKind, ServiceProblem};
use super::request::VersionRequest;
use super::router::{TrackPlace, header_text};
use super::service::Service;
use super::spool::{SpoolProduct, spool_name};
use super::version::{ServedVersion, patiently, with_wishes};
use crate::delivery::format::Format;
use crate::delivery::preset::Preset;
use crate::delivery::publish::Beside;
use crate::engine::{Engine, PlanJob, possible};
use crate::event::Task;
use crate::export::format::facts;
use crate::http::range::names_tag;
use crate::script::course::OpenPhrase;
use crate::script::exercise::{Guidance, Script};
use crate::script::session::Variant;
use crate::unit::{Seconds, told_range};

/// A file beside the sound of a version.
#[derive(Debug)]
pub struct VersionFile {
    /// The last part of its address.
    pub path: &'static str,
    pub about: &'static str,
    pub media_type: &'static str,
    kind: Beside,
}

/// All of them.
pub static FILES: [VersionFile; 11] = [
    file_of("timeline", Beside::Timeline, "application/json", "What sounds when"),
    file_of(
        "chapters",
        Beside::Chapters,
        "application/json+chapters",
        "Chapters, in the format of Podcasting 2.0",
    ),
    file_of("captions", Beside::Vtt, "text/vtt; charset=utf-8", "Captions as WebVTT"),
    file_of("captions.srt", Beside::Srt, "application/x-subrip; charset=utf-8", "Captions as SubRip"),
    file_of("captions.json", Beside::Cues, "application/json", "Captions as JSON"),
    file_of("transcript", Beside::TranscriptPage, "text/html; charset=utf-8", "The transcript as a page"),
    file_of(
        "transcript.md",
        Beside::TranscriptMarkdown,
        "text/markdown; charset=utf-8",
        "The transcript as Markdown",
    ),
    file_of("transcript.txt", Beside::TranscriptText, "text/plain; charset=utf-8", "The transcript as text"),
    file_of(
        "practice",
        Beside::Practice,
        "text/html; charset=utf-8",
        "The sheet for practising without the sound",
    ),
    file_of("cover", Beside::Cover, "image/png", "The cover: PNG, or JPEG if the course has one of its own"),
    file_of(
        "report",
        Beside::ReportJson,
        "application/json",
        "Inputs, credits, measurements and the checklist; needs the whole sound once",
    ),
];

const fn file_of(
    path: &'static str,
    kind: Beside,
    media_type: &'static str,
    about: &'static str,
) -> VersionFile {
    VersionFile { path, about, media_type, kind }
}

/// Refuses parameters where there are none.
fn no_query(query: Option<&str>) -> Result<(), ServiceProblem> {
    match query {
        None | Some("") => Ok(()),
        Some(_) => Err(ServiceProblem::new(ProblemKind::BadParameter, "there are no parameters here")),
    }
}

/// `GET /v1/courses`.
pub async fn courses(
    State(service): State<Arc<Service>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ServiceProblem> {
    no_query(query.as_deref())?;
    let course = |course: &ServedCourse| {
        let state = course.now();
        let header = &state.engine.course().header;
        json!({
            "course": course.name,
            "title": header.title.value,
            "languages": languages(&state.engine),
            "address": format!("/v1/courses/{}", course.name),
        })
    };
    let courses: Vec<Value> = service.courses.values().map(course).collect();
    Ok(Json(json!({ "courses": courses })).into_response())
}

fn languages(engine: &Engine) -> Vec<String> {
    engine.course().header.languages.iter().map(|language| language.value.to_string()).collect()
}

/// `GET /v1/courses/{course}`: what it has.
pub async fn catalogue(
    State(service): State<Arc<Service>>,
    place: Result<Path<String>, axum::extract::rejection::PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ServiceProblem> {
    let Path(name) = place.unwrap_or(Path(String::new()));
    let served = service.course(&name)?;
    no_query(query.as_deref())?;
    let state = served.now();
    let course = state.engine.course();
    let mut scripts: Vec<&Script> = course.scripts.values().collect();
    let number = |script: &Script| script.track.as_ref().map_or(u32::MAX, |track| track.value);
    scripts.sort_by_key(|script| (number(script), script.id.clone()));
    let document = json!({
        "course": served.name,
        "title": course.header.title.value,
        "languages": languages(&state.engine),
        "voices": voices(&state.engine),
        "beds": course.ambiences.keys().collect::<Vec<_>>(),
        "presets": Preset::known(&course.header.presets).collect::<Vec<_>>(),
        "tracks": scripts.iter().map(|script| track_json(&service, &state.engine, script, &name)).collect::<Vec<_>>(),
    });
    Ok(tagged(pretty(&document), "application/json", &headers))
}

fn voices(engine: &Engine) -> Vec<Value> {
    let course = engine.course();
    let voice = |((language, id), voice): (&(_, String), &crate::script::voice::Voice)| {
        json!({
            "language": crate::script::language::Language::to_string(language),
            "voice": id,
            "name": voice.name,
            "usual": course.header.voices.get(language).is_some_and(|usual| usual.value == *id),
        })
    };
    course.voices.iter().map(voice).collect()
}

/// What a script says of itself.
fn track_json(service: &Service, engine: &Engine, script: &Script, course: &str) -> Value {
    let longest = service.options.limits.longest;
    let header = &engine.course().header;
    let titles: serde_json::Map<_, _> = header
        .languages
        .iter()
        .map(|language| {
            (language.value.to_string(), json!(engine.course().title_in(script, &language.value)))
        })
        .collect();
    let choices: serde_json::Map<_, _> = script
        .choices
        .iter()
        .map(|choice| {
            let values: Vec<_> = choice.values.iter().map(|value| value.value.clone()).collect();
            (choice.name.value.clone(), json!(values))
        })
        .collect();
    json!({
        "id": script.id,
        "track": script.track.as_ref().map(|track| track.value),
        "title": titles,
        "guidance": script.levels.iter().map(|level| level.name()).collect::<Vec<_>>(),
        "choices": choices,
        "own": own_phrases(engine, script, service.wishes.are_taken()),
        "length": script.length.filter(|limits| limits.least <= longest).map(|limits| json!({
            "least_seconds": limits.least.as_f64(),
            // The plain address asks for it.
            "usual_seconds": (limits.usual <= longest).then(|| limits.usual.as_f64()),
            "most_seconds": limits.most.min(longest).as_f64(),
        })),
        "address": format!("/v1/courses/{course}/tracks/{}", script.id),
    })
}

/// The phrases that a script opens for own words, and what is said in them otherwise, in each language; none where the service
/// takes no wishes.
fn own_phrases(engine: &Engine, script: &Script, takes_wishes: bool) -> Vec<Value> {
    let course = engine.course();
    let phrases = course.open_phrases(script).into_iter().filter(|_| takes_wishes);
    let one = |phrase: OpenPhrase| {
        let texts = course
            .header
            .languages
            .iter()
            .map(|language| (language.value.to_string(), json!(phrase.text_in(course, &language.value))));
        json!({
            "phrase": phrase.id,
            "text": texts.collect::<serde_json::Map<_, _>>(),
            "beats": phrase.text.split('|').count(),
        })
    };
    phrases.map(one).collect()
}

/// `GET /v1/courses/{course}/tracks/{track}`: what it can be, in the version of the query. Of a version with a length it also
/// says whether that can be.
pub async fn track(
    State(service): State<Arc<Service>>,
    place: TrackPlace,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ServiceProblem> {
    let course = service.course(&place.course)?;
    let request = place.request(course, query.as_deref())?;
    let state = course.now();
    let key = format!("{} {}", request.job.script, request.canonical(None, None));
    let document = state.document(&key, || fits(&service, &state, &place.course, &request)).await?;
    Ok(tagged(pretty(&document), "application/json", &headers))
}

/// What a track can be: at each level, unless the query names one.
async fn fits(
    service: &Arc<Service>,
    state: &CourseState,
    course: &str,
    request: &VersionRequest,
) -> Result<Value, ServiceProblem> {
    service.pool.admit()?;
    let script = state.engine.script(&request.job.script)?;
    let longest = service.options.limits.longest;
    let mut document = track_json(service, &state.engine, script, course);
    let asked = request.job.variant.guidance;
    let mut levels = asked.map_or_else(|| script.levels.clone(), |level| vec![level]);
    // Bells alone speak no own words.
    levels.retain(|level| request.own.is_empty() || asked.is_some() || *level != Guidance::Bells);
    let engine = Arc::clone(&state.engine);
    let job = with_wishes(&engine, request, service).await?;
    let versions = patiently(&service.pool, service.options.limits.patience, move |task| {
        levels
            .iter()
            .map(|level| fit_json(&engine, &job, (*level, longest), task))
            .collect::<Result<Vec<_>, _>>()
    });
    document["versions"] = json!(versions.await?);
    document["voices"] = json!(voices(&state.engine));
    document["beds"] = json!(state.engine.course().ambiences.keys().collect::<Vec<_>>());
    Ok(document)
}

/// The lengths of a version.
fn fit_json(
    engine: &Engine,
    job: &PlanJob,
    (level, longest): (Guidance, Seconds),
    task: &Task<'_>,
) -> Result<Value, ServiceProblem> {
    let variant = Variant { guidance: Some(level), ..job.variant.clone() };
    let report = engine.fit(&PlanJob { variant, ..job.clone() }, 1, task)?;
    let limits = engine.script(&job.script)?.length;
    let (least, most) = told_range(report.fit.least, report.fit.most, report.rate);
    let within = |time: crate::unit::Seconds| limits.map_or(time, |own| time.clamp(own.least, own.most));
    let most = most.or(limits.map(|limits| limits.most));
    let natural = report.fit.natural.map(|frames| frames.seconds(report.rate));
    Ok(json!({
        "language": report.session.language.as_str(),
        "voice": report.session.voice.id,
        "guidance": level.name(),
        "least_seconds": within(least).as_f64(),
        "natural_seconds": natural,
        "most_seconds": most.map_or(longest, |most| within(most).min(longest)).as_f64(),
        "missing_recordings": if level == Guidance::Bells { 0 } else { report.fit.predicted },
        "fits": report.aim.as_ref().map(|aim| aim.fits),
    }))
}

/// `GET …/version`: the version of a query, with the addresses of its sound that never change.
pub async fn version(
    State(service): State<Arc<Service>>,
    place: TrackPlace,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ServiceProblem> {
    let (request, version) = open(&service, &place, query.as_deref()).await?;
    let (session, timeline) = (&version.plan.session, &version.plan.timeline);
    let coding = session.preset.coding;
    let formats = Format::WORDS
        .iter()
        .map(|(_, format)| *format)
        .filter(|format| possible(*format, &coding, timeline.rate).is_ok());
    let mut formats: Vec<Format> = formats.collect();
    formats.sort_unstable();
    formats.dedup();
    let sound = |format: &Format| {
        let query = request.canonical(Some(*format), Some(&version.fingerprint(*format)));
        json!({
            "format": format.name(),
            "media_type": facts(*format).media_type,
            "address": format!("{}/audio?{query}", place.address()),
        })
    };
    let chapters = timeline
        .chapters
        .iter()
        .map(|chapter| json!({ "title": chapter.title, "seconds": chapter.start.seconds(timeline.rate) }));
    let document = json!({
        "course": place.course,
        "id": session.script,
        "track": session.track,
        "title": session.title,
        "language": session.language.as_str(),
        "voice": session.voice.id,
        "guidance": session.guidance.name(),
        "preset": session.preset.name,
        "rate": timeline.rate.hz(),
        "frames": timeline.frames.0,
        "seconds": version.seconds(),
        "chapters": chapters.collect::<Vec<_>>(),
        "format": version.format(request.format)?.name(),
        "sounds": formats.iter().map(sound).collect::<Vec<_>>(),
    });
    Ok(tagged(pretty(&document), "application/json", &headers))
}

/// A file beside the sound of a version.
pub async fn file(
    file: &'static VersionFile,
    State(service): State<Arc<Service>>,
    place: TrackPlace,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ServiceProblem> {
    let (request, version) = open(&service, &place, query.as_deref()).await?;
    let format = version.format(request.format)?;
    let address = request.canonical(Some(format), Some(&version.fingerprint(format)));
    let bytes = if file.kind == Beside::ReportJson {
        report(&service, &version).await?
    } else {
        let kind = file.kind;
        let made = patiently(&service.pool, service.options.limits.patience, move |_| {
            Ok(version.engine.document(&version.plan, &version.render_job(), kind)?)
        });
        made.await?
            .ok_or_else(|| ServiceProblem::new(ProblemKind::NotFound, "this version has no such file"))?
    };
    let is_jpeg = file.kind == Beside::Cover && bytes.starts_with(&[0xFF, 0xD8]);
    let mut response = tagged(bytes, if is_jpeg { "image/jpeg" } else { file.media_type }, &headers);
    let own = response.headers_mut();
    let address = format!("{}/{}?{address}", place.address(), file.path);
    // It is made of ASCII letters.
    HeaderValue::from_str(&address).into_iter().for_each(|at| drop(own.insert(header::CONTENT_LOCATION, at)));
    if !request.own.is_empty() {
        own.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    Ok(response)
}

/// The version of a query.
async fn open(
    service: &Arc<Service>,
    place: &TrackPlace,
    query: Option<&str>,
) -> Result<(VersionRequest, Arc<ServedVersion>), ServiceProblem> {
    let course = service.course(&place.course)?;
    let request = place.request(course, query)?;
    let pinned = request.pinned.as_deref();
    let version = course.version(&request, pinned, service).await?;
    let fingerprint = version.fingerprint(version.format(request.format)?);
    if pinned.is_some_and(|pinned| pinned != fingerprint) {
        let detail = "this version is no longer there; ask for it without `v`";
        return Err(ServiceProblem::new(ProblemKind::VersionGone, detail));
    }
    Ok((request, version))
}

/// The report, which is made once.
async fn report(service: &Arc<Service>, version: &Arc<ServedVersion>) -> Result<Vec<u8>, ServiceProblem> {
    let name = spool_name(version, SpoolProduct::Report);
    if finished(service, &name).await.is_none() {
        service.pool.admit()?;
        service.spools.join(version, SpoolProduct::Report, None)?.finished().await?;
    }
    let Some((file, size)) = service.spools.files().find(&name) else { return Err(super::problem::gone()) };
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    file.read_exact_at(&mut bytes, 0).map_err(|_| super::problem::gone())?;
    Ok(bytes)
}

fn pretty(document: &Value) -> Vec<u8> {
    format!("{document:#}\n").into_bytes()
}

/// An answer with the hash of its body as its tag, or without the body if that is known.
fn tagged(body: Vec<u8>, media_type: &'static str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", &blake3::hash(&body).to_hex()[..32]);
    let is_known = header_text(headers, header::IF_NONE_MATCH).is_some_and(|tags| names_tag(tags, &tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        response
    };
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // A hash is made of letters and digits.
    HeaderValue::from_str(&tag).into_iter().for_each(|tag| drop(own.insert(header::ETAG, tag)));
    response
}
