//! Takes in what a page without the studio has sent: the same files as if it had been recorded here. What is there already is known
//! by the ids that the page has drawn, so a zip may come twice, and one that was cut short by a kill goes on.

use super::incoming::EndedTake;
use super::parts::{part_between, place_part, stem};
use super::place::{FoundTake, already_placed, place_phrase, placed_in_session, unheard_why};
use super::sent::{SentRecordings, SentSession, SentState, SentTake};
use super::session::{SESSIONS, SessionBirth, VOICE_ROOM, new_session, place_room, sessions};
use super::shown::{judge, lost_sound};
use super::sidecar::UnheardWhy;
use super::verdict::{TakeVerdict, VerdictOn, checks_of, decide_take};
use super::voices::{NewSpeaker, add_voice};
use crate::engine::Engine;
use crate::event::Task;
use crate::http::problem::Problem;
use crate::recording::status::{ClipFault, VoiceProgress};
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeState;
use crate::script::voice::{Voice, VoiceKind};
use crate::studio::StudioCourse;
use crate::studio::answer::told;
use crate::studio::disk::part_file::{PartFile, RetakenPart, TakeStart, forget};
use crate::studio::event::StudioEvents;
use crate::studio::refusal::failed;

/// Where takes lie until they have their place: apart from those that are recorded, which the studio would end as they lie.
const FOLDER: &str = ".adem/taken-in";

/// What becomes of a take of a zip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentFate {
    New,
    /// It lies in this file already, below the folder of the voice.
    Known(String),
    /// The course has no such phrase.
    Gone,
}

/// A take of a zip, and what becomes of it.
#[derive(Clone, Debug)]
pub struct PlannedTake {
    /// `None` for the tone of a room.
    pub key: Option<PhraseKey>,
    /// Its words.
    pub text: String,
    pub fate: SentFate,
}

/// What taking in a zip would do.
#[derive(Debug)]
pub struct SentPlan {
    /// The id of the voice; `None` where one is made for the person.
    pub voice: Option<String>,
    /// In the order of the zip.
    pub takes: Vec<PlannedTake>,
    /// How many sessions are new.
    pub sessions: usize,
}

impl SentPlan {
    /// Whether nothing is new.
    pub fn is_empty(&self) -> bool {
        self.takes.iter().all(|take| take.fate != SentFate::New)
    }
}

/// A take that has its place, as it is judged there.
#[derive(Clone, Debug)]
pub struct TakenIn {
    pub key: PhraseKey,
    /// Below the folder of the voice.
    pub file: String,
    pub text: String,
    pub rejected: bool,
    /// Whether its words are others in the course by now.
    pub stale: bool,
    /// Why somebody has to hear it first.
    pub unheard: Option<UnheardWhy>,
    /// Whether it is a part that could not be joined to its take, and is kept in its session.
    pub alone: bool,
    pub faults: Vec<ClipFault>,
}

fn usable(course: &StudioCourse) -> Result<std::sync::Arc<Engine>, Problem> {
    match &*course.engine() {
        Ok(engine) => Ok(engine.clone()),
        Err(error) => Err(told(error)),
    }
}

/// The voice that a zip belongs to: the one that is wanted, or that the page was made for; else the one of which a session came from
/// the same page; else a person of this name.
fn voice_of<'a>(
    course: &StudioCourse,
    engine: &'a Engine,
    sent: &SentRecordings,
    wanted: Option<&str>,
) -> Result<Option<&'a Voice>, Problem> {
    let named = wanted.or(sent.voice());
    if let Some(id) = named {
        return Ok(Some(engine.voice(&sent.language, Some(id)).map_err(|error| told(&error))?));
    }
    let own: Vec<&Voice> =
        engine.course().voices.values().filter(|voice| voice.language == sent.language).collect();
    for voice in &own {
        let known = sessions(course.files(), voice)?;
        let is_of_page =
            |session: &SentSession| known.iter().any(|one| one.sent.as_ref() == Some(&session.key));
        if sent.sessions().iter().any(is_of_page) {
            return Ok(Some(voice));
        }
    }
    let is_person = |voice: &&&Voice| voice.kind == VoiceKind::Human && voice.name == sent.person();
    Ok(own.iter().find(is_person).copied())
}

fn key_of(take: &SentTake) -> Option<PhraseKey> {
    take.script.clone().zip(take.phrase.clone()).map(|(file, id)| PhraseKey { file, id })
}

/// Where a take of a zip lies already, below the folder of its voice.
fn placed(course: &StudioCourse, voice: &str, session: Option<&str>, take: &SentTake) -> Option<String> {
    match key_of(take) {
        Some(key) => {
            already_placed(course, voice, &key, &take.take).map(|placed| placed.file).or_else(|| {
                // A part that could not be joined.
                take.part.as_ref()?;
                placed_in_session(course, voice, session?, &stem(&key), &take.take)
            })
        }
        None => placed_in_session(course, voice, session?, VOICE_ROOM, &take.take),
    }
}

/// The session of the course that came from a session of the zip.
fn known_session(
    course: &StudioCourse,
    voice: &Voice,
    sent: &SentSession,
) -> Result<Option<String>, Problem> {
    let mut known = sessions(course.files(), voice)?.into_iter();
    Ok(known.find(|one| one.sent.as_ref() == Some(&sent.key)).map(|one| one.id))
}

/// What taking in a zip would do, with another voice than its own where one is wanted.
///
/// # Errors
/// [`Problem`] if the course has errors, or no such voice.
pub fn plan_sent(
    course: &StudioCourse,
    sent: &SentRecordings,
    wanted: Option<&str>,
) -> Result<SentPlan, Problem> {
    let engine = usable(course)?;
    if !engine.course().header.languages.iter().any(|tag| tag.value == sent.language) {
        let why = format!("the course is not in {} (`{}`)", sent.language.name(), sent.language);
        return Err(Problem::conflict(why).detail("is it the zip of another course?"));
    }
    let voice = voice_of(course, &engine, sent, wanted)?;
    let texts = crate::script::phrase_texts(engine.course(), &sent.language);
    let mut new_sessions = sent.sessions().len();
    let mut places: Vec<(&str, Option<String>)> = Vec::new();
    for session in sent.sessions() {
        let known = voice.map_or(Ok(None), |voice| known_session(course, voice, session))?;
        new_sessions -= usize::from(known.is_some());
        places.push((&session.key, known));
    }
    if let Some(voice) = voice.filter(|voice| voice.kind == VoiceKind::Synthetic) {
        let why = format!("{} is the voice of a machine", voice.folder());
        return Err(Problem::conflict(why).detail("name the voice of a person, or none, so that one is made"));
    }
    let agrees = |voice: Option<&Voice>| voice.is_some_and(|voice| voice.consent.is_some());
    let first = sent.sessions().first();
    if new_sessions > 0 && !agrees(voice) && first.is_none_or(|session| !session.begun.has_consent()) {
        return Err(Problem::conflict("nobody has agreed to the use of these recordings")
            .detail("ask the voice to open the page again and to agree"));
    }
    let takes = sent.takes().iter().map(|take| {
        let key = key_of(take);
        let session = sent.session_of(take).and_then(|session| {
            places.iter().find(|(own, _)| *own == session.key).and_then(|(_, id)| id.as_deref())
        });
        let is_gone = key.as_ref().is_some_and(|key| !texts.contains_key(key));
        let there = voice.and_then(|voice| placed(course, &voice.folder(), session, take));
        let fate = match there {
            Some(file) => SentFate::Known(file),
            None if is_gone => SentFate::Gone,
            None => SentFate::New,
        };
        PlannedTake { key, text: take.text.clone(), fate }
    });
    let takes = takes.collect();
    Ok(SentPlan { voice: voice.map(|voice| voice.id.clone()), takes, sessions: new_sessions })
}

/// Takes in what is new of a zip; returns the id of its voice and the takes that were decided about.
///
/// # Errors
/// [`Problem`] if the disk refuses. What has its place by then keeps it, and the same zip goes on from there.
pub fn take_in(
    course: &StudioCourse,
    sent: &mut SentRecordings,
    wanted: Option<&str>,
) -> Result<(String, Vec<TakenIn>), Problem> {
    let plan = plan_sent(course, sent, wanted)?;
    let events = StudioEvents::new();
    let id = if let Some(id) = plan.voice {
        id
    } else {
        let speaker = NewSpeaker { language: sent.language.to_string(), name: sent.person().to_owned() };
        let id = add_voice(course, &*usable(course)?, &speaker)?;
        course.reopen(&events);
        id
    };
    let fates: Vec<SentFate> = plan.takes.into_iter().map(|take| take.fate).collect();
    let mut came = Vec::new();
    for (at, fate) in fates.into_iter().enumerate() {
        let take = sent.takes()[at].clone();
        match (fate, key_of(&take)) {
            (SentFate::New, key) => {
                let file = place(course, sent, &id, &take, &events)?;
                came.extend(key.map(|key| (key, file, take)));
            }
            // Whoever ended an import half-way has not decided about these.
            (SentFate::Known(file), Some(key)) => came.push((key, file, take)),
            (SentFate::Known(_), None) | (SentFate::Gone, _) => {}
        }
    }
    course.reopen(&events);
    let mut decided = decide_all(course, sent, &id, &came)?;
    course.reopen(&events);
    let lone = came.into_iter().filter(|(_, file, _)| file.starts_with(SESSIONS));
    decided.extend(lone.map(|(key, file, take)| TakenIn {
        key,
        file,
        text: take.text,
        rejected: take.state == SentState::Rejected,
        stale: false,
        unheard: None,
        alone: true,
        faults: Vec::new(),
    }));
    Ok((id, decided))
}

/// Gives a take its place, with its session where that is new; returns its file.
fn place(
    course: &StudioCourse,
    sent: &mut SentRecordings,
    id: &str,
    take: &SentTake,
    events: &StudioEvents,
) -> Result<String, Problem> {
    let engine = usable(course)?;
    let voice = engine.voice(&sent.language, Some(id)).map_err(|error| told(&error))?;
    let none = || Problem::bad_request("the take has no session");
    let session = sent.session_of(take).ok_or_else(none)?;
    let session = if let Some(id) = known_session(course, voice, session)? {
        id
    } else {
        let alone = course.alone()?;
        let birth = SessionBirth {
            started: session.started.clone(),
            app: format!("{}, a page without the studio", sent.app()),
            sent: Some(session.key.clone()),
        };
        let id = new_session(course, voice, &session.begun, &birth, &alone)?;
        drop(alone);
        // Its consent is in the voice from now on.
        course.reopen(events);
        id
    };
    let folder = course.place(FOLDER)?;
    forget(&folder, &take.take).map_err(failed)?;
    let start = TakeStart {
        take: take.take.clone(),
        language: voice.language.to_string(),
        voice: voice.id.clone(),
        session: session.clone(),
        phrase: key_of(take).map(|key| [key.file, key.id]),
        reading: None,
        part: part_of(course, voice, take)?,
        text: take.text.clone(),
        rate: take.rate,
        pre_roll: take.pre_roll,
        started: take.started.clone(),
        way: take.way,
        drops: take.drops.clone(),
    };
    let mut part = PartFile::create(&folder, start).map_err(failed)?;
    let mut from = 0;
    let written = sent.copy(take, |block| {
        from = part.piece(from, block).map_err(std::io::Error::other)?;
        Ok(())
    });
    written.map_err(failed)?;
    part.end(take.frames).map_err(failed)?;
    if let (Some(of), Some(key)) = (part.start().part, key_of(take)) {
        return Ok(match place_part(course, &mut part, &key, of)? {
            EndedTake::Phrase(placed) => placed.file,
            EndedTake::LonePart(alone) => alone.file().to_owned(),
            EndedTake::Reading(_) | EndedTake::Room(_) => return Err(none()),
        });
    }
    let alone = course.alone()?;
    // Another import may have come first.
    if let Some(file) = placed(course, &voice.folder(), Some(&session), take) {
        part.discard().map_err(failed)?;
        return Ok(file);
    }
    match key_of(take) {
        Some(key) => Ok(place_phrase(course, &mut part, &key, take.unheard(), &alone)?.file),
        None => Ok(place_room(course, &mut part, &alone)?.file),
    }
}

/// The part of a take that lies here already which a take of the zip is.
fn part_of(course: &StudioCourse, voice: &Voice, take: &SentTake) -> Result<Option<RetakenPart>, Problem> {
    let Some((part, key)) = take.part.as_ref().zip(key_of(take)) else { return Ok(None) };
    let folder = voice.folder();
    let of = match already_placed(course, &folder, &key, &part.take) {
        Some(of) => part_between(course, &folder, &key, of.number, (part.from, part.to))?,
        // Somebody has taken it away, so that the part is kept alone.
        None => RetakenPart { take: 0, first: 1, last: 0 },
    };
    Ok(Some(of))
}

/// Judges takes, and writes down what the voice and the checks have decided.
fn decide_all(
    course: &StudioCourse,
    sent: &SentRecordings,
    id: &str,
    came: &[(PhraseKey, String, SentTake)],
) -> Result<Vec<TakenIn>, Problem> {
    let engine = usable(course)?;
    let voice = engine.voice(&sent.language, Some(id)).map_err(|error| told(&error))?;
    let open: Vec<_> = came
        .iter()
        .filter(|(_, file, _)| {
            let record = voice.takes.iter().find(|record| record.value.file == *file);
            let state = record.map(|record| record.value.state);
            matches!(state, Some(TakeState::ToHear | TakeState::Unheard))
        })
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let progress = VoiceProgress::of(&engine, voice, &Task::silent()).map_err(|error| told(&error))?;
    let mut decided = Vec::new();
    for (key, file, take) in open {
        let found = FoundTake { file: file.clone(), rejected: false };
        let mut judged = judge(&engine, voice, &progress, key, &found)?;
        judged.faults.splice(0..0, lost_sound(course, voice, &found)?);
        let checks = checks_of(&judged.faults);
        // The page knows few faults; the voice has heard only those that it was told.
        let despite: Vec<String> = checks.iter().filter(|check| take.told.contains(check)).cloned().collect();
        let record = voice.takes.iter().find(|record| record.value.file == *file);
        let is_unheard = record.is_some_and(|record| record.value.state == TakeState::Unheard);
        let verdict = match take.state {
            SentState::Rejected => Some(TakeVerdict::Reject),
            // Nobody speaks in it.
            SentState::Chosen | SentState::Accepted | SentState::ToHear | SentState::Unheard
                if judged.facts.is_none() =>
            {
                Some(TakeVerdict::Reject)
            }
            // Somebody here has to hear it.
            SentState::Chosen | SentState::Accepted | SentState::ToHear | SentState::Unheard
                if is_unheard =>
            {
                None
            }
            SentState::Chosen => Some(TakeVerdict::Choose),
            SentState::Accepted => (despite.len() == checks.len()).then_some(TakeVerdict::Keep),
            SentState::ToHear | SentState::Unheard => judged.faults.is_empty().then_some(TakeVerdict::Keep),
        };
        let path = format!("{}/{file}", voice.folder());
        let known = progress.phrases.get(key);
        let stale = known.is_some_and(|known| {
            let text = known.phrase.text.as_deref().unwrap_or_default();
            known.takes.iter().any(|own| own.path == path && own.stale(text).is_some())
        });
        let found = match verdict {
            None => found,
            Some(verdict) => {
                let decision = VerdictOn { key, found: &found, verdict, despite };
                decide_take(course, &engine, voice, &progress, decision)?
            }
        };
        decided.push(TakenIn {
            key: key.clone(),
            file: found.file,
            text: take.text.clone(),
            rejected: found.rejected,
            stale,
            unheard: is_unheard.then(|| unheard_why(course, &voice.folder(), file)).flatten(),
            alone: false,
            faults: judged.faults,
        });
    }
    Ok(decided)
}
