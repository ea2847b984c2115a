//! Recording sessions: what a person, a microphone and a room have in common for a while. Each has a folder with its consent, its
//! settings and its room tone: `sessions/<date>-<n>` in the folder of the voice.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, value};

use super::place::{keep_in_session, text};
use super::room_verdict::RoomVerdict;
use super::voices::{one_line, plain_line};
use crate::asset::takes::ENDINGS;
use crate::decode::decode_all;
use crate::dsp::room::RoomNoiseLevel;
use crate::export::{FolderLock, write_whole};
use crate::files::{DiskFiles, Files as _, open_anywhere};
use crate::http::problem::Problem;
use crate::recording::voice_file::{VoiceAgreement, with_agreement};
use crate::script::voice::{Voice, VoiceKind};
use crate::studio::disk::part_file::{CaptureWay, PartFile};
use crate::studio::refusal::{Refusal, check_words, failed};
use crate::studio::{StudioCourse, moment};

/// The folder of sessions in the folder of a voice.
pub(super) const SESSIONS: &str = "sessions";
/// The file of a session.
const SESSION_FILE: &str = "session.toml";
/// The name of the room tone of a voice, without its ending.
pub(super) const VOICE_ROOM: &str = "room-tone";
/// The longest text that is kept.
const LONGEST: usize = 2_000;

/// What a page sends when a session begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NewSession {
    person: String,
    place: String,
    consent: Option<GivenConsent>,
    licence: String,
    device: SessionDevice,
}

/// What a person agrees to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct GivenConsent {
    /// The words that were shown.
    words: String,
    /// What for, in short.
    purpose: String,
}

/// What the browser says of the microphone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SessionDevice {
    label: String,
    browser: String,
    rate: u32,
    channels: u32,
    /// The channel that is kept, from 1.
    channel: u32,
    /// How its frames come.
    #[serde(default)]
    way: CaptureWay,
    /// `getSettings` as it was answered.
    settings: Json,
}

/// What browsers do to a voice if they are let.
const PROCESSING: [&str; 4] = ["echoCancellation", "noiseSuppression", "autoGainControl", "voiceIsolation"];

/// A session, as a page sees it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SessionTold {
    pub id: String,
    person: String,
    device: String,
    has_room: bool,
    /// The level of the noise of its room, in dBFS.
    floor: Option<f64>,
    /// The key that a page without the studio has drawn for it.
    #[serde(skip)]
    pub sent: Option<String>,
}

/// When a session began, and where.
#[derive(Clone, Debug)]
pub(super) struct SessionBirth {
    /// As in `2026-11-28T09:30:00Z`.
    pub started: String,
    /// The program whose page recorded it.
    pub app: String,
    /// The key that a page without the studio has drawn for it; `None` for a session in the studio.
    pub sent: Option<String>,
}

impl SessionBirth {
    /// In the studio, at this moment.
    pub fn now() -> Self {
        Self { started: moment(), app: format!("adem {}", env!("CARGO_PKG_VERSION")), sent: None }
    }

    fn day(&self) -> &str {
        self.started.split('T').next().unwrap_or(&self.started)
    }
}

/// Makes sure that a session can begin, whoever the voice is.
pub(super) fn check_session(new: &NewSession) -> Result<(), Problem> {
    let processed: Vec<&str> = PROCESSING
        .into_iter()
        .filter(|name| new.device.settings.get(name) == Some(&Json::Bool(true)))
        .collect();
    if !processed.is_empty() {
        return Err(Refusal::Processed.with(&[("what", &processed.join(", "))]));
    }
    check_words(&new.place)?;
    new.consent.as_ref().map_or(Ok(()), |given| check_words(&given.words))?;
    checked(&new.person, Refusal::FieldPerson)?;
    checked(&new.licence, Refusal::FieldLicence)?;
    if let Some(given) = &new.consent {
        checked(&given.purpose, Refusal::FieldPurpose)?;
    }
    Ok(())
}

impl NewSession {
    /// Whether somebody agrees in it to the use of the recordings.
    pub fn has_consent(&self) -> bool {
        self.consent.is_some()
    }

    /// The name of the person, the licence, and every other text that somebody has typed or a browser has given.
    pub fn texts(&self) -> Vec<&str> {
        let consent = self.consent.iter().flat_map(|given| [given.words.as_str(), given.purpose.as_str()]);
        let own = [&self.person, &self.licence, &self.place, &self.device.label, &self.device.browser];
        own.into_iter().map(String::as_str).chain(consent).collect()
    }

    pub fn licence(&self) -> &str {
        &self.licence
    }

    pub fn rate(&self) -> u32 {
        self.device.rate
    }
}

/// Begins a session, under the lock of the course; returns its id. The consent of a person is written into `voice.toml` too.
pub(super) fn new_session(
    course: &StudioCourse,
    voice: &Voice,
    new: &NewSession,
    birth: &SessionBirth,
    _alone: &FolderLock,
) -> Result<String, Problem> {
    if voice.kind == VoiceKind::Synthetic {
        return Err(Refusal::MachineVoice.with(&[("voice", &voice.name)]));
    }
    check_session(new)?;
    let person = checked(&new.person, Refusal::FieldPerson)?;
    let licence = checked(&new.licence, Refusal::FieldLicence)?;
    let agreed = match (&new.consent, &voice.consent) {
        (Some(given), _) => {
            Some([person.clone(), birth.day().to_owned(), checked(&given.purpose, Refusal::FieldPurpose)?])
        }
        (None, Some(_)) => None,
        (None, None) => return Err(Refusal::NoConsent.problem()),
    };
    let id = free_id(course.files(), voice, birth.day())?;
    let folder = format!("{}/{SESSIONS}/{id}", voice.folder());
    let file = session_file(&id, birth, (&person, &licence), new, agreed.as_ref());
    write_whole(course.place(&format!("{folder}/{SESSION_FILE}"))?, file.as_bytes()).map_err(failed)?;
    if agreed.is_some() || licence != voice.licence.value {
        let path = format!("{}/voice.toml", voice.folder());
        let agreement = VoiceAgreement {
            name: agreed.as_ref().map(|_| person.clone()),
            credit: agreed.as_ref().map(|_| person.clone()),
            licence: Some(licence),
            consent: agreed,
        };
        let old = text(course, &path)?;
        let new = with_agreement(&old, &agreement)
            .map_err(|error| Refusal::NotToml.with(&[("file", &path), ("why", &error.message())]))?;
        write_whole(course.place(&path)?, new.as_bytes()).map_err(failed)?;
    }
    Ok(id)
}

fn checked(text: &str, missing: Refusal) -> Result<String, Problem> {
    one_line(text)?.filter(|line| line.len() <= LONGEST).ok_or_else(|| missing.problem())
}

/// The first id of a day that no session has.
fn free_id(files: &DiskFiles, voice: &Voice, day: &str) -> Result<String, Problem> {
    let entries = files.list(Path::new(&format!("{}/{SESSIONS}", voice.folder())));
    let entries = entries.map_err(failed)?;
    let number =
        (1..u32::MAX).find(|number| entries.iter().all(|entry| entry.name != format!("{day}-{number}")));
    Ok(format!("{day}-{}", number.unwrap_or(1)))
}

fn session_file(
    id: &str,
    birth: &SessionBirth,
    (person, licence): (&str, &str),
    new: &NewSession,
    agreed: Option<&[String; 3]>,
) -> String {
    let mut file = DocumentMut::new();
    file["id"] = value(id);
    if let Some(sent) = &birth.sent {
        file["sent"] = value(sent);
    }
    file["started"] = value(&birth.started);
    file["person"] = value(person);
    file["place"] = value(plain_line(&new.place).unwrap_or_default());
    file["licence"] = value(licence);
    file["app"] = value(&birth.app);
    file["browser"] = value(plain_line(&new.device.browser).unwrap_or_default());
    if let (Some(given), Some([who, when, purpose])) = (&new.consent, agreed) {
        let mut consent = Table::new();
        consent["who"] = value(who);
        consent["when"] = value(when);
        consent["for"] = value(purpose);
        consent["words"] = value(given.words.chars().take(LONGEST).collect::<String>());
        consent["may-be-withdrawn"] = value(true);
        file["consent"] = Item::Table(consent);
    }
    let mut device = Table::new();
    device["label"] = value(plain_line(&new.device.label).unwrap_or_default());
    device["rate"] = value(i64::from(new.device.rate));
    device["channels"] = value(i64::from(new.device.channels));
    device["channel"] = value(i64::from(new.device.channel));
    device["path"] = value(new.device.way.word());
    device["processing-off"] = value(
        PROCESSING
            .iter()
            .filter(|name| new.device.settings.get(**name) == Some(&Json::Bool(false)))
            .copied()
            .collect::<Array>(),
    );
    device["settings"] = value(settings(&new.device.settings));
    file["device"] = Item::Table(device);
    file.to_string()
}

/// The plain values of what the browser says of a device, without the ids by which a site could know it again.
fn settings(answered: &Json) -> InlineTable {
    let mut table = InlineTable::new();
    for (key, setting) in answered.as_object().into_iter().flatten() {
        let plain: Option<toml_edit::Value> = match setting {
            Json::Bool(yes) => Some((*yes).into()),
            Json::Number(number) => number.as_f64().map(Into::into),
            Json::String(text) => Some(text.as_str().into()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        };
        if let Some(plain) = plain.filter(|_| !key.ends_with("Id") && key.len() < 40) {
            table.insert(key, plain);
        }
    }
    table
}

/// The sessions of a voice, the last one first.
pub(super) fn sessions(files: &DiskFiles, voice: &Voice) -> Result<Vec<SessionTold>, Problem> {
    let folder = format!("{}/{SESSIONS}", voice.folder());
    let entries = files.list(Path::new(&folder)).map_err(failed)?;
    let told = |id: &str| {
        let bytes = files.read(Path::new(&format!("{folder}/{id}/{SESSION_FILE}"))).ok()?;
        let file: DocumentMut = std::str::from_utf8(&bytes).ok()?.parse().ok()?;
        let text = |item: Option<&Item>| item.and_then(Item::as_str).unwrap_or_default().to_owned();
        Some(SessionTold {
            id: id.to_owned(),
            sent: file.get("sent").and_then(Item::as_str).map(str::to_owned),
            person: text(file.get("person")),
            device: text(file.get("device").and_then(|device| device.get("label"))),
            has_room: file.get("room").is_some(),
            floor: file.get("room").and_then(|room| room.get("floor-dbfs")).and_then(Item::as_float),
        })
    };
    let mut found: Vec<_> =
        entries.iter().filter(|entry| entry.is_folder).filter_map(|entry| told(&entry.name)).collect();
    // By day and then by number: -10 comes after -9.
    let order = |session: &SessionTold| {
        let (day, number) = session.id.rsplit_once('-').unwrap_or((&session.id, ""));
        (day.to_owned(), number.parse::<u32>().unwrap_or(0))
    };
    found.sort_by_key(|session| std::cmp::Reverse(order(session)));
    Ok(found)
}

/// Makes sure that a session is there.
pub(super) fn find_session(files: &DiskFiles, voice: &Voice, id: &str) -> Result<(), Problem> {
    let known = sessions(files, voice)?.into_iter().any(|session| session.id == id);
    if known { Ok(()) } else { Err(Refusal::NoSession.with(&[("voice", &voice.name), ("session", &id)])) }
}

/// What a room sounds like, for a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoomNoiseTold {
    /// Below the folder of the voice.
    pub file: String,
    /// The level of the noise in dBFS.
    pub floor: f64,
    /// The frequency of the mains, in Hz, whose hum stands out of the noise.
    pub hum: Option<f64>,
    /// Whether it is not steady: somebody spoke, or a door fell shut.
    pub uneven: bool,
    /// What that means for whoever wants to record.
    pub verdict: RoomVerdict,
    /// The room tone under the whole voice, below its folder; `None` while it has none.
    pub voice: Option<String>,
    /// Whether that is this one.
    pub used: bool,
}

/// Keeps the tone of a room in its session, under the lock of the course.
pub(super) fn place_room(
    course: &StudioCourse,
    part: &mut PartFile,
    _alone: &FolderLock,
) -> Result<RoomNoiseTold, Problem> {
    let start = part.start().clone();
    let folder = format!("{SESSIONS}/{}", start.session);
    let voice = format!("voice/{}/{}", start.language, start.voice);
    let source = open_anywhere(&part.path()).map_err(failed)?;
    let decoded = decode_all(source).map_err(failed)?;
    let measured = RoomNoiseLevel::of(decoded.buffer.plane(0), decoded.buffer.rate());
    // An earlier one stays: a door may have fallen shut in the new one.
    let name = (1..u32::MAX)
        .map(
            |number| if number == 1 { "room-tone.wav".to_owned() } else { format!("room-tone_{number}.wav") },
        )
        .find(|name| !course.root().join(&voice).join(&folder).join(name).exists())
        .unwrap_or_default();
    let file = format!("{folder}/{name}");
    keep_in_session(course, &voice, part, &file)?;
    let verdict = RoomVerdict::of(&measured);
    let (of_voice, used) = of_voice(course, &voice, &folder, &file, !verdict.is_even())?;
    let told = RoomNoiseTold {
        file,
        floor: round(measured.floor),
        hum: measured.hum,
        uneven: measured.uneven,
        verdict,
        voice: of_voice,
        used,
    };
    // A session goes on another day only with the tone of its room.
    if !verdict.is_none() {
        note_room(course, &format!("{voice}/{folder}/{SESSION_FILE}"), &name, &told)?;
    }
    Ok(told)
}

/// The room tone of a voice, which is under the whole of it: this one where it has none yet, or where it has an earlier one of
/// the same session, which stays there. One in which something is heard, or that is much too loud, is none. Returns its name, and whether it is this one.
fn of_voice(
    course: &StudioCourse,
    voice: &str,
    session: &str,
    room: &str,
    is_none: bool,
) -> Result<(Option<String>, bool), Problem> {
    let read = |path: &str| course.files().read(Path::new(path)).map_err(failed);
    let entries = course.files().list(Path::new(voice)).map_err(failed)?;
    let named = |ending: &&str| entries.iter().find(|entry| entry.name == format!("{VOICE_ROOM}.{ending}"));
    let held = ENDINGS.iter().find_map(named).map(|entry| entry.name.clone());
    if is_none {
        return Ok((held, false));
    }
    if let Some(held) = &held {
        let sound = read(&format!("{voice}/{held}"))?;
        let folder = format!("{voice}/{session}");
        let earlier = course.files().list(Path::new(&folder)).map_err(failed)?;
        let is_of_session = earlier
            .iter()
            .filter(|entry| entry.name.starts_with(VOICE_ROOM))
            .any(|entry| read(&format!("{folder}/{}", entry.name)).is_ok_and(|bytes| bytes == sound));
        if !is_of_session {
            return Ok((Some(held.clone()), false));
        }
    }
    let name = format!("{VOICE_ROOM}.wav");
    let bytes = read(&format!("{voice}/{room}"))?;
    write_whole(course.place(&format!("{voice}/{name}"))?, &bytes).map_err(failed)?;
    Ok((Some(name), true))
}

fn note_room(course: &StudioCourse, path: &str, name: &str, told: &RoomNoiseTold) -> Result<(), Problem> {
    let mut file: DocumentMut = text(course, path)?.parse().map_err(|error: toml_edit::TomlError| {
        Refusal::NotToml.with(&[("file", &path), ("why", &error.message())])
    })?;
    let mut room = Table::new();
    room["file"] = value(name);
    room["floor-dbfs"] = value(told.floor);
    if let Some(hum) = told.hum {
        room["hum-hz"] = value(hum);
    }
    room["uneven"] = value(told.uneven);
    file["room"] = Item::Table(room);
    write_whole(course.place(path)?, file.to_string().as_bytes()).map_err(failed)
}

fn round(level: f64) -> f64 {
    (level * 10.0).round() / 10.0
}
