//! The readings, and the parts that were recorded again, as they lie in the sessions of a voice: how long and how large they are. One that
//! is not wanted any more is put aside first, where it can be taken back; what was put aside is deleted when somebody asks for that.

use std::path::Path as FilePath;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use toml_edit::{DocumentMut, Item};

use super::place::{disk, text};
use super::session::{SESSIONS, find_session};
use super::voices::find_voice;
use crate::files::Files as _;
use crate::http::problem::Problem;
use crate::script::voice::Voice;
use crate::studio::answer::{Answer, as_json, with_engine};
use crate::studio::disk::folder::{make, remove};
use crate::studio::disk::part_file::{move_new, sync_folder};
use crate::studio::refusal::{Refusal, failed};
use crate::studio::{SharedStudio, StudioCourse};

/// The folder of a session with what was put aside.
pub(super) const ASIDE: &str = "removed";
/// What the names of these files begin with.
const STEMS: [(&str, KeptKind); 2] = [("reading-", KeptKind::Reading), ("part-", KeptKind::Part)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeptKind {
    /// A script that was read in one go.
    Reading,
    /// A part of a take that was recorded again.
    Part,
}

impl KeptKind {
    fn of(name: &str) -> Option<Self> {
        STEMS.iter().find(|(stem, _)| name.starts_with(stem)).map(|(_, kind)| *kind)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Part => "part",
        }
    }
}

pub(super) fn routes() -> Router<SharedStudio> {
    const KEPT: &str = "/studio/voices/{language}/{voice}/kept";
    Router::new()
        .route(KEPT, get(all_kept))
        .route(&format!("{KEPT}/empty"), post(empty))
        .route(&format!("{KEPT}/{{session}}/{{name}}/remove"), post(put_aside))
        .route(&format!("{KEPT}/{{session}}/{{name}}/restore"), post(take_back))
        .route(&format!("{KEPT}/{{session}}/{{name}}/sound"), get(sound))
}

/// The parts of the address of a file.
#[derive(Debug, Deserialize)]
struct KeptAddress {
    language: String,
    voice: String,
    session: String,
    name: String,
}

async fn all_kept(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
) -> Answer {
    let found = with_engine(&studio, move |studio, engine| {
        kept(&studio.course, find_voice(engine, &language, &voice)?)
    });
    as_json(&found.await?)
}

async fn put_aside(State(studio): State<SharedStudio>, Path(at): Path<KeptAddress>) -> Answer {
    moved(studio, at, false).await
}

async fn take_back(State(studio): State<SharedStudio>, Path(at): Path<KeptAddress>) -> Answer {
    moved(studio, at, true).await
}

/// Moves a file and the one beside it, out of the way or back.
async fn moved(studio: SharedStudio, at: KeptAddress, is_back: bool) -> Answer {
    let done = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &at.language, &at.voice)?;
        let course = &studio.course;
        let _alone = course.alone()?;
        let (folder, name) = find(course, voice, &at.session, &at.name, is_back)?;
        let session = format!("{}/{SESSIONS}/{}", voice.folder(), at.session);
        let to = if is_back { session } else { format!("{session}/{ASIDE}") };
        for ending in ["toml", "wav"] {
            let from = course.place(&format!("{folder}/{name}.{ending}"))?;
            let target = course.place(&format!("{to}/{name}.{ending}"))?;
            if !from.is_file() {
                continue;
            }
            if let Some(parent) = target.parent() {
                make(parent).map_err(|error| disk(parent, &error))?;
            }
            move_new(&from, &target).map_err(|error| disk(&target, &error))?;
            for folder in [from.parent(), target.parent()].into_iter().flatten() {
                sync_folder(folder).map_err(|error| disk(folder, &error))?;
            }
        }
        kept(course, voice)
    });
    as_json(&done.await?)
}

/// Deletes what was put aside.
async fn empty(
    State(studio): State<SharedStudio>,
    Path((language, voice)): Path<(String, String)>,
) -> Answer {
    let done = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &language, &voice)?;
        let course = &studio.course;
        let _alone = course.alone()?;
        for one in all(course, voice)?.into_iter().filter(|one| one.is_aside) {
            for ending in ["wav", "toml"] {
                let path = course.place(&format!("{}/{}.{ending}", one.folder, one.name))?;
                if path.is_file() {
                    remove(&path).map_err(|error| disk(&path, &error))?;
                }
            }
        }
        kept(course, voice)
    });
    as_json(&done.await?)
}

async fn sound(State(studio): State<SharedStudio>, Path(at): Path<KeptAddress>) -> Answer {
    let content = with_engine(&studio, move |studio, engine| {
        let voice = find_voice(engine, &at.language, &at.voice)?;
        let found = find(&studio.course, voice, &at.session, &at.name, false);
        let (folder, name) = found.or_else(|_| find(&studio.course, voice, &at.session, &at.name, true))?;
        studio.course.files().read(FilePath::new(&format!("{folder}/{name}.wav"))).map_err(failed)
    });
    crate::studio::answer::bytes("audio/wav", content.await?)
}

/// A recording in a session.
struct KeptSound {
    session: String,
    /// Without its ending.
    name: String,
    kind: KeptKind,
    /// Below the course.
    folder: String,
    is_aside: bool,
}

/// The folder and the name of a file, both looked up.
fn find(
    course: &StudioCourse,
    voice: &Voice,
    session: &str,
    name: &str,
    is_aside: bool,
) -> Result<(String, String), Problem> {
    find_session(course.files(), voice, session)?;
    let all = all(course, voice)?;
    let found = all
        .into_iter()
        .find(|one| one.session == session && one.name == name && one.is_aside == is_aside)
        .ok_or_else(|| Refusal::KeptGone.problem())?;
    Ok((found.folder, found.name))
}

/// Every reading and part of a voice.
fn all(course: &StudioCourse, voice: &Voice) -> Result<Vec<KeptSound>, Problem> {
    let list = |folder: &str| course.files().list(FilePath::new(folder)).map_err(failed);
    let sessions = format!("{}/{SESSIONS}", voice.folder());
    let mut found = Vec::new();
    for session in list(&sessions)?.into_iter().filter(|entry| entry.is_folder) {
        let own = format!("{sessions}/{}", session.name);
        for (folder, is_aside) in [(own.clone(), false), (format!("{own}/{ASIDE}"), true)] {
            for entry in list(&folder)?.into_iter().filter(|entry| !entry.is_folder) {
                let Some(name) = entry.name.strip_suffix(".wav") else { continue };
                let Some(kind) = KeptKind::of(name) else { continue };
                let (session, name) = (session.name.clone(), name.to_owned());
                found.push(KeptSound { session, name, kind, folder: folder.clone(), is_aside });
            }
        }
    }
    Ok(found)
}

/// What there is, the last one first, with how long and how large it is.
fn kept(course: &StudioCourse, voice: &Voice) -> Result<Value, Problem> {
    let mut told = Vec::new();
    for one in all(course, voice)? {
        let about = text(course, &format!("{}/{}.toml", one.folder, one.name))?;
        let about: DocumentMut = about.parse().unwrap_or_default();
        let number = |key: &str| about.get(key).and_then(Item::as_integer);
        let words = |key: &str| about.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
        let seconds = number("frames").zip(number("rate").filter(|rate| *rate > 0));
        let file = course.files().open(FilePath::new(&format!("{}/{}.wav", one.folder, one.name)));
        let started = words("started");
        let (kind, rest) = (one.kind, one.name.split_once('-').map_or("", |(_, rest)| rest));
        told.push((
            started.clone(),
            json!({
                "session": one.session,
                "name": one.name,
                "kind": kind.word(),
                "of": rest,
                "text": words("text"),
                "seconds": seconds.map(|(frames, rate)| frames as f64 / rate as f64),
                "bytes": file.map(|file| file.byte_len()).ok(),
                "started": started,
                "kept": number("kept"),
                "removed": one.is_aside,
            }),
        ));
    }
    told.sort_by(|a, b| b.0.cmp(&a.0));
    Ok(told.into_iter().map(|(_, told)| told).collect())
}
