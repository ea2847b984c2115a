//! Takes while they come in. They are known by their ids, whoever sends them: a page that comes back goes on where it was.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::parts::{LonePart, find_part, lone_part, place_part};
use super::place::{Placed, already_placed, place_phrase};
use super::readings::{PlacedReading, place_reading, reading_placed};
use super::session::{RoomNoiseTold, place_room};
use super::sidecar::UnheardWhy;
use crate::engine::Engine;
use crate::http::problem::Problem;
use crate::script::language::Language;
use crate::script::phrase_texts;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::studio::answer::{no_script, told};
use crate::studio::disk::part_file::{
    CaptureWay, PartFile, PieceFault, RetakenPart, TakeStart, is_take_id, unfinished,
};
use crate::studio::event::StudioEvent;
use crate::studio::refusal::{Refusal, failed};
use crate::studio::{SharedStudio, StudioCourse, moment};

/// Where unfinished takes lie, below the course.
const FOLDER: &str = ".adem/takes";
/// The bytes of a piece before its samples: the id of the take and the number of the first frame.
const PIECE_HEAD: usize = 16 + 8;
/// The longest take that is thrown away on request, in seconds: with what came before the key.
const LONGEST_SLIP: u64 = 2;
/// So many places at which sound was lost are kept of a take.
pub(super) const MOST_DROPS: usize = 100;
/// The rates that devices have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// How a page begins a take, or goes on with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BeginTake {
    take: String,
    language: String,
    voice: String,
    session: String,
    /// Neither for the tone of the room; the script alone where it is read in one go.
    script: Option<String>,
    phrase: Option<String>,
    /// The part of a take of the phrase that is recorded again.
    part: Option<RetakenPart>,
    rate: u32,
    pre_roll: u64,
    #[serde(default)]
    way: CaptureWay,
}

impl BeginTake {
    /// The id of the take.
    pub fn take(&self) -> &str {
        &self.take
    }
}

/// A take that has ended.
#[derive(Debug)]
pub enum EndedTake {
    Phrase(Placed),
    /// A part of a take that could not be joined to it: it is kept, and the take is as it was.
    LonePart(LonePart),
    Reading(PlacedReading),
    Room(RoomNoiseTold),
}

/// A take that a page wants to begin or to go on with.
#[derive(Debug)]
pub enum BegunTake {
    /// It has so many frames.
    Open(u64),
    /// It has its place already.
    Placed(EndedTake),
}

impl BegunTake {
    /// What the page is told.
    pub fn event(&self, take: &str) -> Value {
        match self {
            Self::Open(frames) => json!({ "event": "have", "take": take, "frames": frames }),
            Self::Placed(ended) => ended.event(take),
        }
    }
}

/// An unfinished take, as a page sees it.
#[derive(Clone, Debug, Serialize)]
pub struct UnfinishedTake {
    #[serde(flatten)]
    start: TakeStart,
    frames: u64,
}

/// The takes that are open.
#[derive(Default)]
pub struct IncomingTakes {
    open: Mutex<BTreeMap<String, SharedPart>>,
}

type SharedPart = Arc<Mutex<PartFile>>;

impl IncomingTakes {
    /// Begins a take, or goes on with the one of this id.
    ///
    /// # Errors
    /// [`Problem`] if it names what does not exist, or the disk refuses.
    pub fn begin(&self, studio: &SharedStudio, wish: &BeginTake) -> Result<BegunTake, Problem> {
        if let Ok(part) = self.part(&studio.course, &wish.take) {
            return Ok(BegunTake::Open(lock(&part).frames()));
        }
        if !is_take_id(&wish.take) {
            return Err(Refusal::Page.because("this is no id of a take"));
        }
        if !RATES.contains(&wish.rate) {
            return Err(Refusal::NoRate.with(&[("rate", &wish.rate)]));
        }
        // Where a file of the course has a mistake at this moment, the words are those from before it.
        let is_closed = |engine: &Engine| {
            wish.script.as_ref().is_some_and(|script| {
                !engine.course().scripts.contains_key(script) && engine.closed().has(script)
            })
        };
        let engine = match (&*studio.course.engine(), studio.course.last_whole()) {
            (Ok(engine), whole) if is_closed(engine) => whole.unwrap_or_else(|| engine.clone()),
            (Ok(engine), _) => engine.clone(),
            (Err(_), Some(whole)) => whole,
            (Err(error), None) => return Err(told(error)),
        };
        let engine = &*engine;
        let voice = super::voices::find_voice(engine, &wish.language, &wish.voice)?;
        super::session::find_session(studio.course.files(), voice, &wish.session)?;
        let aim = match aim(studio, engine, voice, wish)? {
            Aimed::At(aim) => aim,
            Aimed::Placed(placed) => return Ok(BegunTake::Placed(placed)),
        };
        let start = TakeStart {
            take: wish.take.clone(),
            language: voice.language.to_string(),
            voice: voice.id.clone(),
            session: wish.session.clone(),
            phrase: aim.phrase,
            reading: aim.reading,
            part: wish.part,
            text: aim.text,
            rate: wish.rate,
            pre_roll: wish.pre_roll,
            started: moment(),
            way: wish.way,
            drops: Vec::new(),
        };
        let part = PartFile::create(&folder(&studio.course)?, start).map_err(failed)?;
        self.lock().insert(wish.take.clone(), Arc::new(Mutex::new(part)));
        Ok(BegunTake::Open(0))
    }

    /// Writes a piece as it comes over the socket. Returns the id of its take and what to answer.
    ///
    /// # Errors
    /// [`Problem`] if it is no piece.
    pub fn piece(&self, course: &StudioCourse, message: &[u8]) -> Result<Value, Problem> {
        let Some((head, samples)) = message.split_at_checked(PIECE_HEAD) else {
            return Err(Refusal::Page.because("this is no piece of a take"));
        };
        let (id, from) = head.split_at(16);
        let take =
            id.try_into().map_or_else(|_| String::new(), |id| format!("{:032x}", u128::from_be_bytes(id)));
        let from = from.try_into().map_or(0, u64::from_le_bytes);
        let Ok(part) = self.part(course, &take) else {
            // It has its name already, or was never begun.
            return Ok(json!({ "event": "no-take", "take": take }));
        };
        let written = lock(&part).piece(from, samples);
        Ok(match written {
            Ok(frames) => json!({ "event": "have", "take": take, "frames": frames }),
            Err(PieceFault::Placed) => json!({ "event": "no-take", "take": take }),
            Err(PieceFault::Gap(frames)) => json!({ "event": "gap", "take": take, "frames": frames }),
            Err(fault @ (PieceFault::Long | PieceFault::Torn | PieceFault::Disk(_))) => {
                json!({ "event": "not-written", "take": take, "why": fault.to_string() })
            }
        })
    }

    /// Ends a take of so many frames: it gets its name and place, and every page is told. `unheard` says why somebody has to hear it
    /// first, and `drops` are the frames after which sound was lost.
    ///
    /// # Errors
    /// [`Problem`] if frames are missing, or the disk refuses; nothing is lost then.
    pub fn end(
        &self,
        studio: &SharedStudio,
        take: &str,
        frames: u64,
        unheard: Option<UnheardWhy>,
        mut drops: Vec<u64>,
    ) -> Result<EndedTake, Problem> {
        let part = self.part(&studio.course, take)?;
        let ended = {
            let mut part = lock(&part);
            part.end(frames).map_err(|fault| Refusal::NotWhole.by(&fault))?;
            drops.truncate(MOST_DROPS);
            let unheard = unheard.or((!drops.is_empty()).then_some(UnheardWhy::DropOuts));
            part.lost(drops);
            let start = part.start().clone();
            match (start.phrase, start.reading, start.part) {
                (Some([file, id]), _, None) => {
                    let (course, key) = (&studio.course, PhraseKey { file, id });
                    let alone = course.alone()?;
                    EndedTake::Phrase(place_phrase(course, &mut part, &key, unheard, &alone)?)
                }
                (Some([file, id]), _, Some(of)) => {
                    place_part(&studio.course, &mut part, &PhraseKey { file, id }, of)?
                }
                (None, Some(script), _) => EndedTake::Reading(place_reading(studio, &mut part, &script)?),
                (None, None, _) => {
                    let alone = studio.course.alone()?;
                    EndedTake::Room(place_room(&studio.course, &mut part, &alone)?)
                }
            }
        };
        self.lock().remove(take);
        match &ended {
            EndedTake::Phrase(placed) => {
                studio.course.reopen(&studio.events);
                let (voice, phrase) = (placed.voice.clone(), placed.key.to_string());
                studio.events.tell(StudioEvent::Takes { voice, phrase });
            }
            // It is under the whole voice.
            EndedTake::Room(room) if room.used => studio.course.reopen(&studio.events),
            EndedTake::Room(_) | EndedTake::Reading(_) | EndedTake::LonePart(_) => {}
        }
        Ok(ended)
    }

    /// Throws away a take that was stopped as soon as it was begun. A longer one stays, whoever asks.
    ///
    /// # Errors
    /// [`Problem`] if it is longer, or the disk refuses.
    pub fn discard(&self, course: &StudioCourse, take: &str) -> Result<(), Problem> {
        let part = self.part(course, take)?;
        let mut part = lock(&part);
        if part.frames() > LONGEST_SLIP * u64::from(part.start().rate) {
            return Err(Refusal::Page.because("this take is too long to be a slip"));
        }
        part.discard().map_err(failed)?;
        self.lock().remove(take);
        Ok(())
    }

    /// The takes that a run or a page before this one has left, without those that are recorded at this moment.
    ///
    /// # Errors
    /// [`Problem`] if their folder is a link out of the course.
    pub fn unfinished(&self, course: &StudioCourse) -> Result<Vec<UnfinishedTake>, Problem> {
        let ids = unfinished(&folder(course)?);
        let one = |id: &String| {
            let part = self.part(course, id).ok()?;
            let part = lock(&part);
            if part.is_live() || part.frames() == 0 {
                return None;
            }
            Some(UnfinishedTake { start: part.start().clone(), frames: part.frames() })
        };
        Ok(ids.iter().filter_map(one).collect())
    }

    /// An open take, or one that lies on the disk.
    fn part(&self, course: &StudioCourse, take: &str) -> Result<SharedPart, Problem> {
        let mut open = self.lock();
        if let Some(part) = open.get(take) {
            return Ok(part.clone());
        }
        let none = || Refusal::TakeGone.problem();
        if !is_take_id(take) {
            return Err(none());
        }
        let part = PartFile::reopen(&folder(course)?, take).map_err(|_| none())?;
        let part = Arc::new(Mutex::new(part));
        open.insert(take.to_owned(), part.clone());
        Ok(part)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, SharedPart>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(part: &SharedPart) -> std::sync::MutexGuard<'_, PartFile> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder(course: &StudioCourse) -> Result<PathBuf, Problem> {
    course.place(FOLDER)
}

/// What a take is of.
#[derive(Default)]
struct TakeAim {
    phrase: Option<[String; 2]>,
    reading: Option<String>,
    text: String,
}

/// What a page wants to record, or what became of it: the page was not told, as one of the two ended too soon.
enum Aimed {
    At(TakeAim),
    Placed(EndedTake),
}

fn aim(studio: &SharedStudio, engine: &Engine, voice: &Voice, wish: &BeginTake) -> Result<Aimed, Problem> {
    let course = &studio.course;
    match (&wish.script, &wish.phrase) {
        (Some(script), Some(id)) => {
            let key = PhraseKey { file: script.clone(), id: id.clone() };
            if let Some(placed) = already_placed(course, &voice.folder(), &key, &wish.take) {
                return Ok(Aimed::Placed(EndedTake::Phrase(placed)));
            }
            let text = words_of(engine, &voice.language, &key)?;
            if let Some(part) = wish.part {
                if let Some(kept) = lone_part(course, &voice.folder(), &wish.session, &key, &wish.take) {
                    return Ok(Aimed::Placed(EndedTake::LonePart(kept)));
                }
                // What cannot be joined later is refused before anybody speaks.
                find_part(course, &voice.folder(), &key, part, Some(wish.rate))?;
            }
            Ok(Aimed::At(TakeAim { phrase: Some([key.file, key.id]), reading: None, text }))
        }
        (Some(script), None) => {
            if !engine.course().scripts.contains_key(script) {
                return Err(no_script(engine, script));
            }
            if let Some(placed) = reading_placed(course, &voice.folder(), &wish.session, &wish.take) {
                return Ok(Aimed::Placed(EndedTake::Reading(placed)));
            }
            let reading = Some(script.clone());
            Ok(Aimed::At(TakeAim { reading, ..TakeAim::default() }))
        }
        (None, None) => Ok(Aimed::At(TakeAim::default())),
        (None, Some(_)) => Err(Refusal::Page.because("a phrase has a script")),
    }
}

/// The words of a phrase in a language.
fn words_of(engine: &Engine, language: &Language, key: &PhraseKey) -> Result<String, Problem> {
    let texts = phrase_texts(engine.course(), language);
    let text = texts.get(key).cloned();
    text.ok_or_else(|| Refusal::NoWords.with(&[("phrase", key), ("language", &language.own_name())]))
}

impl EndedTake {
    /// What the page is told.
    pub fn event(&self, take: &str) -> Value {
        match self {
            Self::Phrase(placed) => json!({
                "event": "saved",
                "take": take,
                "script": placed.key.file,
                "phrase": placed.key.id,
                "number": placed.number,
                "file": placed.file,
            }),
            Self::LonePart(part) => json!({ "event": "saved", "take": take, "part": part }),
            Self::Reading(reading) => json!({ "event": "saved", "take": take, "reading": reading }),
            Self::Room(room) => json!({ "event": "saved", "take": take, "room": room }),
        }
    }
}
