//! The wishes of listeners: own words for a phrase that a script opens for them. They are kept beside the finished files, each
//! under a hash of itself, for a while; a request names them by that hash, which is looked up and never part of a path.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use url::form_urlencoded::parse;

use super::clients::Clients;
use super::finished::FinishedFiles;
use super::problem::{ProblemKind, ServiceProblem};
use super::request::WishRequest;
use super::router::{Peer, TrackPlace, header_text};
use super::service::Service;
use crate::decode::DecodeError;
use crate::engine::{Engine, Error, PlanJob, World};
use crate::event::{Cancel, Silent, Task};
use crate::export::ExportError;
use crate::http::body::{PATIENCE, whole};
use crate::script::language::Language;
use crate::script::own::{LONGEST_OWN, OwnPhrase, OwnRecording, OwnWords, read_own_text};
use crate::script::session::Variant;
use crate::unit::literal::print_duration;

/// The most bytes of a wish.
pub const MOST_BYTES: usize = 4 << 20;
/// How many may wait while one is spoken.
const MOST_WAITING: usize = 16;

/// What a service does with wishes.
#[derive(Clone, Debug)]
pub struct WishOptions {
    /// How many a client may send in a minute; with none, none are taken.
    pub a_minute: f64,
    /// How long one is kept.
    pub kept: Duration,
}

/// The wishes of a service.
pub struct Wishes {
    options: WishOptions,
    files: Arc<FinishedFiles>,
    clients: Clients,
    /// One is spoken after the other, so that rendering goes on.
    turn: Semaphore,
    places: Semaphore,
}

/// The text of a wish, as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WishText {
    text: String,
}

/// What somebody wishes.
#[derive(Clone)]
enum ListenerWish {
    Text(String),
    Recording {
        /// What is said in it, if it was sent with it.
        words: Option<String>,
        sound: Vec<u8>,
    },
}

impl ListenerWish {
    fn ending(&self) -> &'static str {
        match self {
            Self::Text(_) => TEXT,
            Self::Recording { .. } => RECORDING,
        }
    }

    /// It as it is kept: a text, or, of a recording, the number of bytes of its words (four, little-endian), the words and the sound.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Recording { words, sound } => {
                let words = words.as_deref().unwrap_or_default().as_bytes();
                [&(words.len() as u32).to_le_bytes(), words, sound].concat()
            }
        }
    }

    /// The opposite of [`bytes`](Self::bytes).
    fn read(ending: &str, bytes: Vec<u8>) -> Option<Self> {
        if ending != RECORDING {
            return String::from_utf8(bytes).ok().map(Self::Text);
        }
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (words, sound) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let words = String::from_utf8(words.to_vec()).ok()?;
        Some(Self::Recording { words: (!words.is_empty()).then_some(words), sound: sound.to_vec() })
    }

    /// The hash of what it is.
    fn id(&self) -> String {
        let mut hash = blake3::Hasher::new();
        hash.update(self.ending().as_bytes()).update(&[0]).update(&self.bytes());
        hash.finalize().to_hex()[..32].to_owned()
    }

    /// It as the engine takes it.
    fn words(self, engine: &Engine) -> Result<OwnWords, ServiceProblem> {
        match self {
            Self::Text(text) => Ok(OwnWords::Text(text)),
            Self::Recording { words, sound } => engine
                .hold_own(sound)
                .map(|path| OwnWords::Recording(OwnRecording { path, words }))
                .map_err(|error| {
                    let why = if matches!(error, DecodeError::Long) {
                        format!("it lasts longer than {}", print_duration(LONGEST_OWN))
                    } else {
                        error.to_string()
                    };
                    let detail = format!("the recording cannot be used: {why}");
                    ServiceProblem::new(ProblemKind::ImpossibleWish, detail)
                }),
        }
    }
}

const TEXT: &str = "wish-text";
const RECORDING: &str = "wish-sound";

impl Wishes {
    pub fn new(options: WishOptions, files: Arc<FinishedFiles>, behind_proxy: bool) -> Self {
        let a_minute = options.a_minute;
        let clients = Clients::with_burst(Some(a_minute / 60.0), a_minute.max(1.0), behind_proxy);
        Self { options, files, clients, turn: Semaphore::new(1), places: Semaphore::new(MOST_WAITING) }
    }

    /// Puts the wishes that a request names into its version. This reads files.
    ///
    /// # Errors
    /// [`ProblemKind::VersionGone`] for one that is not kept.
    pub fn resolve(
        &self,
        engine: &Engine,
        asked: &[WishRequest],
        job: &mut PlanJob,
    ) -> Result<(), ServiceProblem> {
        for WishRequest { phrase, id } in asked {
            let words = self.find(id)?.words(engine)?;
            job.variant.own.push(OwnPhrase { phrase: phrase.clone(), words });
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Result<ListenerWish, ServiceProblem> {
        let gone =
            || ServiceProblem::new(ProblemKind::VersionGone, "this wish is not kept any more; send it again");
        let found = [TEXT, RECORDING].into_iter().find_map(|ending| {
            let name = format!("{id}.{ending}");
            let (file, size) = self.files.find(&name).or_else(|| self.files.fetch(&name))?;
            let mut bytes = vec![0; usize::try_from(size).ok()?];
            file.read_exact_at(&mut bytes, 0).ok()?;
            Some((ending, bytes))
        });
        let (ending, mut bytes) = found.ok_or_else(gone)?;
        let head = bytes.first_chunk::<8>().copied().ok_or_else(gone)?;
        let sent = UNIX_EPOCH + Duration::from_secs(u64::from_le_bytes(head) & u64::from(u32::MAX));
        if SystemTime::now().duration_since(sent).unwrap_or_default() > self.options.kept {
            return Err(gone());
        }
        bytes.drain(..head.len());
        let wish = ListenerWish::read(ending, bytes).ok_or_else(gone)?;
        if wish.id() == id { Ok(wish) } else { Err(gone()) }
    }

    /// Keeps a wish, from now on.
    fn keep(&self, id: &str, wish: &ListenerWish) -> Result<(), ServiceProblem> {
        let name = format!("{id}.{}", wish.ending());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut file = self.files.begin(&name).map_err(Error::from)?;
        let bytes = wish.bytes();
        let written = file.write_all(&now.to_le_bytes()).and_then(|()| file.write_all(&bytes));
        written.map_err(|error| Error::from(ExportError::new(&name, error)))?;
        self.files.finish(&name, file, bytes.len() as u64 + 8).map_err(Error::from)?;
        Ok(())
    }

    /// Whether there is any use in sending one.
    pub fn are_taken(&self) -> bool {
        self.options.a_minute > 0.0
    }

    fn must_be_taken(&self) -> Result<(), ServiceProblem> {
        if self.are_taken() {
            return Ok(());
        }
        Err(ServiceProblem::new(ProblemKind::NotFound, "this service takes no wishes"))
    }
}

/// `POST …/wishes`: takes a wish for a phrase of a track, as JSON or as a recording, and answers with its id.
pub async fn wish(
    State(service): State<Arc<Service>>,
    extensions: Extensions,
    place: TrackPlace,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ServiceProblem> {
    let course = service.course(&place.course)?;
    let state = course.now();
    let script = state.engine.script(&place.track)?.id.clone();
    let peer = extensions.get().map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(Peer(peer))| *peer);
    service.wishes.must_be_taken()?;
    let asked = WishQuery::read(query.as_deref())?;
    let kind = header_text(&headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_recording = kind.starts_with("audio/") || kind == "application/octet-stream";
    if !is_recording && kind != "application/json" {
        let detail = "send {\"text\": \"…\"} as application/json, or a recording as audio/…";
        return Err(ServiceProblem::new(ProblemKind::OtherMedia, detail));
    }
    let body = whole(body, MOST_BYTES, PATIENCE).await.map_err(|problem| {
        let is_large = problem.status() == StatusCode::PAYLOAD_TOO_LARGE;
        let kind = if is_large { ProblemKind::TooLarge } else { ProblemKind::BadParameter };
        ServiceProblem::new(kind, problem.title().to_owned())
    })?;
    let wish = if is_recording {
        ListenerWish::Recording {
            words: asked.words.map(|words| spoken_text(&words)).transpose()?,
            sound: body,
        }
    } else if asked.words.is_some() {
        let detail = "`words` are those of a recording; a text needs none";
        return Err(ServiceProblem::new(ProblemKind::BadParameter, detail));
    } else {
        ListenerWish::Text(text_of(&body)?)
    };
    // What could never be spoken does not count.
    service.wishes.clients.admit(peer, &headers, Instant::now())?;
    let busy = || {
        let detail = "other wishes are being spoken; ask again";
        ServiceProblem::for_now(ProblemKind::Busy, detail, Duration::from_secs(10))
    };
    let _place = service.wishes.places.try_acquire().map_err(|_| busy())?;
    let _turn = service.wishes.turn.acquire().await.map_err(|_| busy())?;
    let lang = asked.language.as_ref().map(|language| ("lang", language.to_string()));
    let voice = asked.voice.clone().map(|voice| ("voice", voice));
    let variant = Variant { language: asked.language, voice: asked.voice, ..Variant::default() };
    let job = PlanJob { script, variant, ..PlanJob::default() };
    let (phrase, engine, own) = (asked.phrase, Arc::clone(&state.engine), Arc::clone(&service));
    let name = phrase.clone();
    let done = tokio::task::spawn_blocking(move || {
        let id = wish.id();
        let seconds = speak(&engine, job, name, &wish)?;
        own.wishes.keep(&id, &wish)?;
        Ok::<_, ServiceProblem>((id, seconds))
    });
    let failed = |_| ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why");
    let (id, seconds) = done.await.map_err(failed)??;
    let kept = service.wishes.options.kept.as_secs();
    let own = format!("{phrase}={id}");
    let pairs = lang.into_iter().chain(voice).chain([("own", own.clone())]);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let answer = json!({
        "id": id,
        "phrase": phrase,
        "seconds": seconds,
        "own": own,
        "kept_seconds": kept,
        "address": format!("{}/audio?{query}", place.address()),
    });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Speaks or reads a wish once, so that one that cannot be is refused; returns how long it lasts.
fn speak(
    engine: &Engine,
    mut job: PlanJob,
    phrase: String,
    wish: &ListenerWish,
) -> Result<f64, ServiceProblem> {
    let words = wish.clone().words(engine)?;
    let recording = if let OwnWords::Recording(own) = &words { Some(own.path.clone()) } else { None };
    job.variant.own = vec![OwnPhrase { phrase, words }];
    let spoken = engine.own_seconds(&job, &Task::new(&Silent, Cancel::new()));
    spoken.map_err(|error| {
        if let Error::World(World::Draft(draft)) = &error
            && !draft.is_transient()
        {
            tracing::error!(%error, "no wish can be spoken");
            let detail = "this service has nothing that speaks this language; send a recording";
            return ServiceProblem::new(ProblemKind::ImpossibleWish, detail);
        }
        let problem = ServiceProblem::of(&error);
        if problem.kind == ProblemKind::Failed {
            tracing::error!(%error, "a wish cannot be spoken");
        }
        let is_of_wish = problem.kind == ProblemKind::ImpossibleVersion;
        let kind = if is_of_wish { ProblemKind::ImpossibleWish } else { problem.kind };
        let detail = recording.map(|path| problem.detail.replace(&path, "the recording"));
        ServiceProblem { kind, detail: detail.unwrap_or_else(|| problem.detail.clone()), ..problem }
    })
}

fn text_of(body: &[u8]) -> Result<String, ServiceProblem> {
    let wrong = |error| {
        let detail = format!("the body is not {{\"text\": \"…\"}}: {error}");
        ServiceProblem::new(ProblemKind::BadParameter, detail)
    };
    let WishText { text } = serde_json::from_slice(body).map_err(wrong)?;
    spoken_text(&text)
}

fn spoken_text(text: &str) -> Result<String, ServiceProblem> {
    read_own_text(text).map_err(|why| {
        ServiceProblem::new(ProblemKind::ImpossibleWish, format!("the text cannot be spoken: {why}"))
    })
}

/// The parameters of a wish.
struct WishQuery {
    phrase: String,
    language: Option<Language>,
    voice: Option<String>,
    words: Option<String>,
}

/// Their names.
pub const WISH_PARAMETERS: [(&str, &str); 4] = [
    ("phrase", "The id of the phrase whose place it takes; the script opens it with `own = true`"),
    ("lang", "The language in which it is spoken. Default: that of the script"),
    ("voice", "The voice whose engine speaks it. Default: the course's voice of that language"),
    (
        "words",
        "What is said in a recording, for captions and transcripts, with ` | ` between beats. Default: they say that the words are a listener's own",
    ),
];

impl WishQuery {
    fn read(query: Option<&str>) -> Result<Self, ServiceProblem> {
        let bad = |detail: String| ServiceProblem::new(ProblemKind::BadParameter, detail);
        let mut values = [const { None::<String> }; WISH_PARAMETERS.len()];
        for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
            let Some(at) = WISH_PARAMETERS.iter().position(|(known, _)| *known == name) else {
                return Err(bad(format!(
                    "there is no parameter `{name}`; the parameters are `phrase`, `lang`, `voice` and `words`"
                )));
            };
            if values[at].replace(value.into_owned()).is_some() {
                return Err(bad(format!("`{name}` is given twice; give it once")));
            }
        }
        let [phrase, language, voice, words] = values;
        let language = language.map(|tag| {
            Language::parse(&tag)
                .ok_or_else(|| bad(format!("`lang` cannot be `{tag}`; write a tag such as nl or pt-BR")))
        });
        let phrase = phrase.filter(|phrase| !phrase.is_empty() && phrase.len() <= 200);
        let phrase = phrase.ok_or_else(|| bad("name the phrase: ?phrase=wens".to_owned()))?;
        Ok(Self { phrase, language: language.transpose()?, voice, words })
    }
}
