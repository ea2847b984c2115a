//! The zip in which a page without the studio sends what was recorded (web/pack/send.js): what it says of itself, and a WAV for each
//! take. It may come from anybody: its names are only looked up and never become paths, nothing of it is unpacked to the disk, and
//! all of it is read and found right before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read};

use serde::Deserialize;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::incoming::MOST_DROPS;
use super::session::{NewSession, check_session};
use super::sidecar::UnheardWhy;
use crate::files::Source;
use crate::script::language::Language;
use crate::script::signs::RefusedSign;
use crate::studio::disk::part_file::{CaptureWay, is_take_id};
use crate::studio::disk::wav_head::{PLAIN_HEAD, SAMPLE, plain_head};
use crate::unit::Frames;

/// The file that says what is in it.
const MARK: &str = "adem-recorded.json";
/// Which form of it is read.
const VERSION: u64 = 1;
/// The most that is read of it, in bytes.
const LARGEST_MARK: u64 = 32 << 20;
/// The most files of a zip, and the most sessions.
const MOST_FILES: usize = 100_000;
const MOST_SESSIONS: usize = 2_000;
/// The longest take and the longest tone of a room, in seconds.
const LONGEST: u64 = 3_600;
const LONGEST_ROOM: u64 = 120;
/// The longest text, in bytes.
const LONGEST_TEXT: usize = 4_000;
/// Sound becomes at most so many times smaller where a zip is packed anew; more is no sound of a microphone.
const MOST_PACKED: u64 = 50;
/// The rates that devices have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// The licences of which the page lets somebody choose one.
const LICENCES: [&str; 4] = ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "LicenseRef-course"];
/// So many mistakes are told.
const MOST_FAULTS: usize = 20;
/// The bytes of sound that are read at once: whole samples.
const BLOCK: usize = 1 << 18;

/// What is wrong with a zip that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFault {
    /// Where in the zip.
    pub place: String,
    pub wrong: String,
    pub remedy: &'static str,
}

impl fmt::Display for SentFault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(to, "{}; {}", self.wrong, self.remedy)
        } else {
            write!(to, "{}: {}; {}", self.place, self.wrong, self.remedy)
        }
    }
}

const AGAIN: &str = "ask for the zip again, as the page has saved it";
const NOT_OURS: &str = "a page of adem makes no such zip; ask who sent it";

/// A text of the zip as it is shown: without what moves a terminal.
fn shown(text: &str) -> String {
    text.chars().take(80).map(|letter| if is_plain(letter) { letter } else { '\u{fffd}' }).collect()
}

/// Whether a letter is one that is read: no control character, and none that turns the direction of a text.
fn is_plain(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn fault(place: impl Into<String>, wrong: impl Into<String>, remedy: &'static str) -> SentFault {
    SentFault { place: place.into(), wrong: wrong.into(), remedy }
}

/// What the zip says of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SentMark {
    #[serde(rename = "adem")]
    _adem: String,
    #[serde(rename = "version")]
    _version: u64,
    app: String,
    course: String,
    language: String,
    voice: Option<String>,
    person: String,
    sessions: Vec<SentSession>,
    takes: Vec<SentTake>,
}

/// A session as the page has kept it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SentSession {
    /// Its name in the zip.
    id: String,
    /// By which it is known again: 32 digits of a hexadecimal number.
    pub key: String,
    pub started: String,
    pub begun: NewSession,
}

/// What the voice has decided about a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SentState {
    ToHear,
    /// It is not whole, and nobody has kept it.
    Unheard,
    Accepted,
    Chosen,
    Rejected,
}

/// A part of a take that was recorded again: the words between two moments of the take.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentPart {
    /// The id of the take, which stands before it in the zip.
    pub take: String,
    /// In seconds.
    pub from: f64,
    pub to: f64,
}

/// A take as the page has kept it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SentTake {
    /// Its id.
    pub take: String,
    session: String,
    /// Neither for the tone of a room.
    pub script: Option<String>,
    pub phrase: Option<String>,
    /// The words as they were shown.
    pub text: String,
    pub rate: u32,
    pub frames: u64,
    pub pre_roll: u64,
    pub started: String,
    pub state: SentState,
    /// The checks that the page has told of it before it was kept.
    pub told: Vec<String>,
    /// How it came from the microphone, and the frames after which sound was lost.
    #[serde(default)]
    pub way: CaptureWay,
    #[serde(default)]
    pub drops: Vec<u64>,
    /// Why somebody has to hear it first.
    pub unheard: Option<UnheardWhy>,
    /// The part of another take that it is.
    pub part: Option<SentPart>,
}

impl SentTake {
    /// Why somebody has to hear it before it is used in the place of another: nobody has kept it, and it is not whole.
    pub fn unheard(&self) -> Option<UnheardWhy> {
        let lossy = (!self.drops.is_empty()).then_some(UnheardWhy::DropOuts);
        match self.state {
            SentState::ToHear | SentState::Unheard => self.unheard.or(lossy),
            SentState::Accepted | SentState::Chosen | SentState::Rejected => None,
        }
    }
}

/// A zip that was read through and found right.
pub struct SentRecordings {
    zip: ZipArchive<Box<dyn Source>>,
    mark: SentMark,
    pub language: Language,
    /// The place of the sound of each take in the zip.
    sounds: BTreeMap<String, usize>,
}

impl SentRecordings {
    /// Reads all of a zip.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(source: Box<dyn Source>) -> Result<Self, Vec<SentFault>> {
        let mut zip = ZipArchive::new(source).map_err(|error| {
            let why = format!("it cannot be read as a zip: {error}");
            vec![fault("", why, "it may be cut off or locked with a password: ask for it again")]
        })?;
        let entries = entries(&mut zip)?;
        let (prefix, at) = mark_of(&entries)?;
        let mark = read_mark(&mut zip, at)?;
        let mut faults = Vec::new();
        let language = Language::parse(&mark.language);
        if language.is_none() {
            faults.push(fault(MARK, format!("`{}` is no language", shown(&mark.language)), NOT_OURS));
        }
        check_texts(&mark, &mut faults);
        check_sessions(&mark, &mut faults);
        let mut sounds = BTreeMap::new();
        let sessions: BTreeSet<&str> = mark.sessions.iter().map(|session| session.id.as_str()).collect();
        for take in &mark.takes {
            if faults.len() >= MOST_FAULTS {
                break;
            }
            if let Err(found) = check_take(take, &sessions).and_then(|()| check_part(take, &mark.takes)) {
                faults.push(found);
                continue;
            }
            let name = sound_name(&take.take);
            let Some(at) = entries.get(&format!("{prefix}{name}")) else {
                faults.push(fault(name, "the sound of this take is missing", AGAIN));
                continue;
            };
            if sounds.insert(take.take.clone(), *at).is_some() {
                faults.push(fault(name, "two takes have this name", NOT_OURS));
                continue;
            }
            if let Err(found) = check_sound(&mut zip, *at, take) {
                faults.push(found);
            }
        }
        match language {
            Some(language) if faults.is_empty() => Ok(Self { zip, mark, language, sounds }),
            Some(_) | None => Err(faults),
        }
    }

    /// The program whose page it is of.
    pub fn app(&self) -> &str {
        &self.mark.app
    }

    /// The title of the course that it was recorded for.
    pub fn course(&self) -> &str {
        &self.mark.course
    }

    /// The voice that the page was made for; `None` for somebody who was new.
    pub fn voice(&self) -> Option<&str> {
        self.mark.voice.as_deref()
    }

    /// The name of the person.
    pub fn person(&self) -> &str {
        &self.mark.person
    }

    pub(super) fn sessions(&self) -> &[SentSession] {
        &self.mark.sessions
    }

    pub(super) fn takes(&self) -> &[SentTake] {
        &self.mark.takes
    }

    /// The session of a take.
    pub(super) fn session_of(&self, take: &SentTake) -> Option<&SentSession> {
        self.mark.sessions.iter().find(|session| session.id == take.session)
    }

    /// Gives the samples of a take, as the bytes of 32-bit floats, to `write` in blocks of whole samples.
    ///
    /// # Errors
    /// If the zip is another one by now, and those of `write`.
    pub(super) fn copy(
        &mut self,
        take: &SentTake,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let at = self.sounds.get(&take.take).copied().ok_or(io::ErrorKind::NotFound)?;
        let mut file = self.zip.by_index(at)?;
        let mut head = [0; PLAIN_HEAD];
        file.read_exact(&mut head)?;
        each_block(&mut file, take.frames * SAMPLE, &mut write)
    }
}

fn sound_name(take: &str) -> String {
    format!("takes/{take}.wav")
}

/// The files of a zip by their names, without what systems add beside them.
fn entries(zip: &mut ZipArchive<Box<dyn Source>>) -> Result<BTreeMap<String, usize>, Vec<SentFault>> {
    if zip.len() > MOST_FILES {
        return Err(vec![fault("", format!("it has {} files", zip.len()), NOT_OURS)]);
    }
    if zip.has_duplicate_names() {
        return Err(vec![fault("", "two files in it have the same name", NOT_OURS)]);
    }
    let mut found = BTreeMap::new();
    for at in 0..zip.len() {
        let broken = |error: zip::result::ZipError| vec![fault("", error.to_string(), AGAIN)];
        let file = zip.by_index_raw(at).map_err(broken)?;
        let name = file.name().map_err(broken)?.into_owned();
        let is_inside =
            file.enclosed_name().is_some() && !name.starts_with('/') && !name.contains(['\\', ':']);
        if !is_inside || file.is_symlink() {
            return Err(vec![fault(shown(&name), "it leads out of its folder; nothing was read", NOT_OURS)]);
        }
        if file.encrypted() {
            return Err(vec![fault(shown(&name), "it is locked with a password", AGAIN)]);
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        if !file.is_dir() && !last.starts_with('.') && !name.starts_with("__MACOSX/") {
            found.insert(name, at);
        }
    }
    Ok(found)
}

/// Where the file is that says what the zip is, and the folder that it is in.
fn mark_of(entries: &BTreeMap<String, usize>) -> Result<(String, usize), Vec<SentFault>> {
    let marks: Vec<(&String, &usize)> =
        entries.iter().filter(|(name, _)| name.rsplit('/').next() == Some(MARK)).collect();
    match marks[..] {
        [(name, at)] => Ok((name.strip_suffix(MARK).unwrap_or_default().to_owned(), *at)),
        [] => Err(vec![fault(
            "",
            "it was not saved by a recording page of adem",
            "clips in a zip are taken in as a folder: unpack it, and name the folder",
        )]),
        _ => Err(vec![fault(
            "",
            format!("it has several files {MARK}"),
            "unpack it, and take in each zip alone",
        )]),
    }
}

fn read_mark(zip: &mut ZipArchive<Box<dyn Source>>, at: usize) -> Result<SentMark, Vec<SentFault>> {
    let wrong = |why: String, remedy| vec![fault(MARK, why, remedy)];
    let mut text = Vec::new();
    let file = zip.by_index(at).map_err(|error| wrong(error.to_string(), AGAIN))?;
    let read = file.take(LARGEST_MARK + 1).read_to_end(&mut text);
    read.map_err(|error| wrong(error.to_string(), AGAIN))?;
    if text.len() as u64 > LARGEST_MARK {
        return Err(wrong("it is larger than 32 MiB".to_owned(), NOT_OURS));
    }
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string(), AGAIN))?;
    if value["adem"] != "recorded" {
        return Err(wrong("it does not say that recordings are in the zip".to_owned(), NOT_OURS));
    }
    if value["version"] != VERSION {
        let version = shown(&value["version"].to_string());
        return Err(wrong(
            format!("it is of version {version}, and this adem reads version {VERSION}"),
            "take it in with the adem that made the page",
        ));
    }
    serde_json::from_value(value).map_err(|error| wrong(shown(&error.to_string()), NOT_OURS))
}

/// A text of one line, or of several.
fn check_text(text: &str, place: &str, what: &str, lines: bool, faults: &mut Vec<SentFault>) {
    if text.len() > LONGEST_TEXT {
        faults.push(fault(place, format!("{what} has {} bytes", text.len()), NOT_OURS));
    } else if let Some(sign) = RefusedSign::of(text) {
        faults.push(fault(
            place,
            format!("{what} has the character {}: {}", sign.name(), shown(text)),
            NOT_OURS,
        ));
    } else if !lines && text.contains(char::is_control) {
        faults.push(fault(place, format!("{what} has more than one line: {}", shown(text)), NOT_OURS));
    }
}

fn check_texts(mark: &SentMark, faults: &mut Vec<SentFault>) {
    let own =
        [("the name of the program", &mark.app), ("the title", &mark.course), ("the name", &mark.person)];
    for (what, text) in own.into_iter().chain(mark.voice.iter().map(|voice| ("the voice", voice))) {
        check_text(text, MARK, what, false, faults);
    }
    if mark.person.trim().is_empty() {
        faults.push(fault(MARK, "nobody has given a name", AGAIN));
    }
    if mark.sessions.len() > MOST_SESSIONS {
        faults.push(fault(MARK, format!("it has {} sessions", mark.sessions.len()), NOT_OURS));
    }
}

fn check_sessions(mark: &SentMark, faults: &mut Vec<SentFault>) {
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for session in mark.sessions.iter().take(MOST_SESSIONS) {
        let place = format!("the session {}", shown(&session.id));
        if !ids.insert(&session.id) || !keys.insert(&session.key) {
            faults.push(fault(&place, "two sessions have this name", NOT_OURS));
        }
        if !is_take_id(&session.key) {
            faults.push(fault(&place, "its key is none", NOT_OURS));
        }
        if !is_moment(&session.started) {
            faults.push(fault(&place, format!("it began at `{}`", shown(&session.started)), NOT_OURS));
        }
        for text in session.begun.texts() {
            check_text(text, &place, "a text", true, faults);
        }
        if !LICENCES.contains(&session.begun.licence()) {
            let licence = shown(session.begun.licence());
            faults.push(fault(&place, format!("the page has no licence `{licence}`"), NOT_OURS));
        }
        if !RATES.contains(&session.begun.rate()) {
            let rate = session.begun.rate();
            faults.push(fault(&place, format!("no microphone records {rate} Hz"), NOT_OURS));
        }
        if let Err(problem) = check_session(&session.begun) {
            faults.push(fault(&place, shown(problem.title()), NOT_OURS));
        }
    }
}

/// Whether a text is a moment such as `2026-11-28T09:30:00Z`, in a year of this century.
fn is_moment(text: &str) -> bool {
    text.len() == 20
        && text.starts_with("20")
        && chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").is_ok()
}

fn check_take(take: &SentTake, sessions: &BTreeSet<&str>) -> Result<(), SentFault> {
    if !is_take_id(&take.take) {
        return Err(fault(MARK, format!("`{}` is no id of a take", shown(&take.take)), NOT_OURS));
    }
    let wrong = |why: String| Err(fault(sound_name(&take.take), why, NOT_OURS));
    if !sessions.contains(take.session.as_str()) {
        return wrong(format!("it has no session `{}`", shown(&take.session)));
    }
    if take.script.is_some() != take.phrase.is_some() {
        return wrong("a phrase has a script".to_owned());
    }
    if !RATES.contains(&take.rate) {
        return wrong(format!("no microphone records {} Hz", take.rate));
    }
    let longest = if take.script.is_some() { LONGEST } else { LONGEST_ROOM };
    if take.frames == 0 || take.frames > longest * u64::from(take.rate) || take.pre_roll > take.frames {
        return wrong(format!("{} frames, {} of them before the key", take.frames, take.pre_roll));
    }
    if take.drops.len() > MOST_DROPS || take.drops.iter().any(|frame| *frame > take.frames) {
        return wrong("sound was lost in it where it has no frames".to_owned());
    }
    if !is_moment(&take.started) {
        return wrong(format!("it began at `{}`", shown(&take.started)));
    }
    let mut texts = Vec::new();
    check_text(&take.text, &sound_name(&take.take), "its text", true, &mut texts);
    texts.pop().map_or(Ok(()), Err)
}

/// A part is one of a take that stands before it, of the same words and rate.
fn check_part(take: &SentTake, all: &[SentTake]) -> Result<(), SentFault> {
    let Some(part) = &take.part else { return Ok(()) };
    let wrong = |why: String| Err(fault(sound_name(&take.take), why, NOT_OURS));
    let mut before = all.iter().take_while(|one| one.take != take.take);
    let Some(of) = before.find(|one| one.take == part.take) else {
        return wrong("the take that it is a part of does not stand before it".to_owned());
    };
    let is_same = (&of.script, &of.phrase, of.rate) == (&take.script, &take.phrase, take.rate);
    if !is_same || take.phrase.is_none() {
        return wrong("it is a part of a take of another phrase or rate".to_owned());
    }
    // A take with a part that was joined to it may be longer than either.
    let is_place = part.from >= 0.0 && part.from < part.to && part.to <= 2.0 * LONGEST as f64;
    if is_place { Ok(()) } else { wrong(format!("it is a part from {} s to {} s", part.from, part.to)) }
}

/// Reads the sound of a take through: its length, its head, its checksum, and that every sample is a number.
fn check_sound(zip: &mut ZipArchive<Box<dyn Source>>, at: usize, take: &SentTake) -> Result<(), SentFault> {
    let name = sound_name(&take.take);
    let broken = |why: String| fault(&name, why, AGAIN);
    let mut file = zip.by_index(at).map_err(|error| broken(error.to_string()))?;
    let whole = PLAIN_HEAD as u64 + take.frames * SAMPLE;
    if file.size() != whole {
        return Err(broken(format!(
            "it has {} bytes, and a take of {} frames has {whole}",
            file.size(),
            take.frames
        )));
    }
    if file.compressed_size().saturating_mul(MOST_PACKED) < whole {
        return Err(fault(&name, "it is packed more than 50 times smaller than any sound gets", NOT_OURS));
    }
    let mut begins = [0; PLAIN_HEAD];
    file.read_exact(&mut begins).map_err(|error| broken(error.to_string()))?;
    if begins[..] != plain_head(take.rate, Frames(take.frames))[..] {
        return Err(broken("its head is not that of a take of this length and rate".to_owned()));
    }
    let (mut first, mut frame) = (None, 0u64);
    let read = each_block(&mut file, take.frames * SAMPLE, &mut |block| {
        for sample in block.as_chunks::<4>().0 {
            if first.is_none() && !f32::from_le_bytes(*sample).is_finite() {
                first = Some(frame);
            }
            frame += 1;
        }
        Ok(())
    });
    read.map_err(|error| broken(error.to_string()))?;
    match first {
        None => Ok(()),
        Some(frame) => Err(fault(&name, format!("frame {frame} is no number"), NOT_OURS)),
    }
}

/// Reads so many bytes in blocks of whole samples, and the end of the file, where its checksum is compared.
fn each_block(
    file: &mut ZipFile<'_, Box<dyn Source>>,
    bytes: u64,
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (mut block, mut left) = (vec![0; BLOCK], bytes);
    while left > 0 {
        let part = &mut block[..left.min(BLOCK as u64) as usize];
        file.read_exact(part)?;
        write(part)?;
        left -= part.len() as u64;
    }
    match file.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than it says")),
    }
}
