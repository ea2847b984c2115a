//! The routes of the recording room.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::in_context::in_context;
use super::parts::words;
use super::peaks::peaks;
use super::place::{FoundTake, find_take};
use super::session::{NewSession, SessionBirth, new_session, sessions};
use super::shown::{judge, known, phrases, pickups, take_json};
use super::sidecar::UnheardWhy;
use super::verdict::{TakeVerdict, VerdictOn, checks_of, decide_take};
use super::voices::{NewSpeaker, add_voice, find_voice, voices};
use crate::engine::Engine;
use crate::files::Files as _;
use crate::http::body::json as read_json;
use crate::http::problem::Problem;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, blocking, bytes, media_type, no_script, with_engine};
use crate::studio::event::StudioEvent;
use crate::studio::refusal::{Refusal, failed};

pub fn routes() -> Router<SharedStudio> {
    const VOICE: &str = "/studio/voices/{language}/{voice}";
    const TAKE: &str = "/studio/voices/{language}/{voice}/takes/{script}/{phrase}/{number}";
    Router::new()
        .route("/studio/voices", get(all_voices).post(make_voice))
        .route("/studio/takes/unfinished", get(unfinished))
        .route("/studio/takes/unfinished/{take}/end", post(end_unfinished))
        .route(&format!("{VOICE}/pickups"), get(voice_pickups))
        .route(&format!("{VOICE}/sessions"), get(voice_sessions).post(begin_session))
        .route(&format!("{VOICE}/scripts/{{script}}"), get(script_phrases))
        .route(&format!("{VOICE}/used/{{script}}/{{phrase}}/sound"), get(used_sound))
        .route(&format!("{VOICE}/draft/{{script}}/{{phrase}}/sound"), get(draft_sound))
        .route(TAKE, get(one_take))
        .route(&format!("{TAKE}/sound"), get(take_sound))
        .route(&format!("{TAKE}/peaks"), get(take_peaks))
        .route(&format!("{TAKE}/context"), get(take_in_context))
        .route(&format!("{TAKE}/words"), get(take_words))
        .route(&format!("{TAKE}/decide"), post(decide))
        .merge(super::kept_sounds::routes())
        .merge(super::reading_routes::routes())
}

/// The parts of the address of a take.
#[derive(Debug, Deserialize)]
struct TakeAddress {
    language: String,
    voice: String,
    script: String,
    phrase: String,
    number: u32,
}

impl TakeAddress {
    fn key(&self) -> PhraseKey {
        PhraseKey { file: self.script.clone(), id: self.phrase.clone() }
    }

    /// The voice and the take, both looked up.
    fn find<'a>(&self, studio: &SharedStudio, engine: &'a Engine) -> Result<(&'a Voice, FoundTake), Problem> {
        let voice = find_voice(engine, &self.language, &self.voice)?;
        let key = self.key();
        if !engine.course().scripts.contains_key(&key.file)
            && !engine.course().fragments.contains_key(&key.file)
        {
            return Err(no_script(engine, &key.file));
        }
        Ok((voice, find_take(&studio.course, &voice.folder(), &key, self.number)?))
    }
}

async fn all_voices(State(studio): State<SharedStudio>) -> Answer {
    as_json(&with_engine(&studio, |_, engine| Ok(voices(engine))).await?)
}

async fn make_voice(State(studio): State<SharedStudio>, body: Body) -> Answer {
    let speaker: NewSpeaker = read_json(body).await?;
    let made = with_engine(&studio, move |studio, engine| {
        let id = add_voice(&studio.course, engine, &speaker)?;
        studio.course.reopen(&studio.events);
        Ok(json!({ "id": id }))
    });
    as_json(&made.await?)
}

async fn unfinished(State(studio): State<SharedStudio>) -> Answer {
    as_json(&with_engine(&studio, |studio, _| studio.incoming.unfinished(&studio.course)).await?)
}

/// How long a take is that is ended as it lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndUnfinished {
    frames: u64,
}

async fn end_unfinished(State(studio): State<SharedStudio>, Path(take): Path<String>, body: Body) -> Answer {
    let EndUnfinished { frames } = read_json(body).await?;
    let shared = studio.clone();
    let ended = blocking(move || {
        Ok(shared.incoming.end(&shared, &take, frames, Some(UnheardWhy::Recovered), Vec::new())?.event(&take))
    });
    as_json(&ended.await?)
}

async fn voice_pickups(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &language, &voice)?;
        Ok(pickups(&*known(studio, engine, voice)?))
    });
    as_json(&found.await?)
}

async fn voice_sessions(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        sessions(studio.course.files(), find_voice(engine, &language, &voice)?)
    });
    as_json(&found.await?)
}

async fn begin_session(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
    body: Body,
) -> Answer {
    let new: NewSession = read_json(body).await?;
    let made = with_engine(&studio, move |studio, engine| {
        let alone = studio.course.alone()?;
        let voice = find_voice(engine, &language, &voice)?;
        let id = new_session(&studio.course, voice, &new, &SessionBirth::now(), &alone)?;
        drop(alone);
        studio.course.reopen(&studio.events);
        Ok(json!({ "id": id }))
    });
    as_json(&made.await?)
}

async fn script_phrases(
    State(studio): State<SharedStudio>,
    Path((language, voice, script)): Path<(String, String, String)>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &language, &voice)?;
        phrases(studio, engine, voice, &*known(studio, engine, voice)?, &script)
    });
    as_json(&found.await?)
}

async fn used_sound(
    State(studio): State<SharedStudio>,
    Path((language, voice, script, phrase)): Path<(String, String, String, String)>,
) -> Answer {
    let (path, content) = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &language, &voice)?;
        let key = PhraseKey { file: script, id: phrase };
        let takes = crate::asset::takes::takes(studio.course.files(), voice);
        let takes = takes.map_err(failed)?;
        let path = takes.get(&key).ok_or_else(|| Refusal::NoRecording.with(&[("phrase", &key)]))?;
        Ok((path.clone(), read(studio, path)?))
    })
    .await?;
    bytes(media_type(&path), content)
}

/// A phrase as a machine says it, for whoever wants to hear it before anybody recorded it.
async fn draft_sound(
    State(studio): State<SharedStudio>,
    Path((language, voice, script, phrase)): Path<(String, String, String, String)>,
) -> Answer {
    let said = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &language, &voice)?;
        let key = PhraseKey { file: script, id: phrase };
        let progress = known(studio, engine, voice)?;
        let text = progress.phrases.get(&key).and_then(|known| known.phrase.text.as_deref());
        let text = text.ok_or_else(|| {
            Refusal::NoWords.with(&[("phrase", &key), ("language", &voice.language.own_name())])
        })?;
        let said = crate::asset::draft::say(&voice.language, &text.replace('|', ","));
        said.ok_or_else(|| Refusal::NoMachine.with(&[("language", &voice.language.own_name())]))
    });
    bytes("audio/wav", said.await?)
}

async fn one_take(State(studio): State<SharedStudio>, Path(take): Path<TakeAddress>) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let (voice, found) = take.find(studio, engine)?;
        let progress = known(studio, engine, voice)?;
        take_json(studio, engine, voice, &progress, &take.key(), &found, take.number)
    });
    as_json(&found.await?)
}

async fn take_sound(State(studio): State<SharedStudio>, Path(take): Path<TakeAddress>) -> Answer {
    let (path, content) = with_engine(&studio, move |studio, engine| {
        let (voice, found) = take.find(studio, engine)?;
        let content = read(studio, &format!("{}/{}", voice.folder(), found.file))?;
        Ok((found.file, content))
    })
    .await?;
    bytes(media_type(&path), content)
}

fn read(studio: &SharedStudio, path: &str) -> Result<Vec<u8>, Problem> {
    studio.course.files().read(std::path::Path::new(path)).map_err(failed)
}

/// How many columns a picture has.
#[derive(Debug, Deserialize)]
struct PeaksQuery {
    columns: Option<usize>,
}

async fn take_peaks(
    State(studio): State<SharedStudio>,
    Path(take): Path<TakeAddress>,
    Query(query): Query<PeaksQuery>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let (voice, found) = take.find(studio, engine)?;
        let path = format!("{}/{}", voice.folder(), found.file);
        peaks(studio.course.files(), &path, query.columns.unwrap_or(600))
    });
    as_json(&found.await?)
}

/// Where a take speaks, so that a part of it can be recorded again.
async fn take_words(State(studio): State<SharedStudio>, Path(take): Path<TakeAddress>) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        let (voice, _) = take.find(studio, engine)?;
        words(&studio.course, &voice.folder(), &take.key(), take.number)
    });
    as_json(&found.await?)
}

/// The track in which a take is heard.
#[derive(Debug, Deserialize)]
struct ContextQuery {
    track: String,
}

async fn take_in_context(
    State(studio): State<SharedStudio>,
    Path(take): Path<TakeAddress>,
    Query(query): Query<ContextQuery>,
) -> Answer {
    let wav = with_engine(&studio, move |studio, engine| {
        let (voice, found) = take.find(studio, engine)?;
        in_context(studio, engine, voice, &take.key(), &found, &query.track)
    });
    bytes("audio/wav", wav.await?)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    verdict: TakeVerdict,
}

async fn decide(State(studio): State<SharedStudio>, Path(take): Path<TakeAddress>, body: Body) -> Answer {
    let Decision { verdict } = read_json(body).await?;
    let decided = with_engine(&studio, move |studio, engine| {
        let (voice, found) = take.find(studio, engine)?;
        let key = take.key();
        let progress = known(studio, engine, voice)?;
        // Whoever keeps a take has heard its faults.
        let despite = match verdict {
            TakeVerdict::Keep | TakeVerdict::Choose => {
                checks_of(&judge(engine, voice, &progress, &key, &found)?.faults)
            }
            TakeVerdict::Reject => Vec::new(),
        };
        let decision = VerdictOn { key: &key, found: &found, verdict, despite };
        let found = decide_take(&studio.course, engine, voice, &progress, decision)?;
        studio.course.reopen(&studio.events);
        studio.events.tell(StudioEvent::Takes { voice: voice.folder(), phrase: key.to_string() });
        Ok(json!({ "file": found.file, "rejected": found.rejected }))
    });
    as_json(&decided.await?)
}
