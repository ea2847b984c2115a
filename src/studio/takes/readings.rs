//! A whole script that is read in one go. The reading lies in its session as it was recorded. Its phrases are found by the aligner of
//! `adem voice import`, their cuts are corrected on the page, and each becomes a take of its own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use toml_edit::{DocumentMut, value};

use super::place::{UnnamedTake, free_in_session, keep_in_session, name_take, placed_in_session, text};
use super::session::SESSIONS;
use super::shown::fault_json;
use super::sidecar::{TakeOrigin, UnheardWhy, capture_of_sidecar};
use crate::decode::Decoder;
use crate::engine::{Engine, hear_reading};
use crate::event::Task;
use crate::export::write_whole;
use crate::facts::Take;
use crate::files::{Files as _, MemoryFiles, Source};
use crate::http::problem::Problem;
use crate::recording::lines::{SpokenPhrase, SpokenScript};
use crate::recording::reading::{AlignedReading, ReadPhrase, ReadingOrder};
use crate::recording::status::{ClipFault, VoiceProgress, faults};
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeState;
use crate::script::voice::Voice;
use crate::studio::disk::part_file::{PartFile, TakeStart};
use crate::studio::disk::wav_head::{HEAD, SAMPLE, TakeHead, wav};
use crate::studio::refusal::{Refusal, failed};
use crate::studio::{SharedStudio, StudioCourse, today};
use crate::unit::{Frames, SampleRate};

/// What the name of a reading begins with.
const STEM: &str = "reading-";
/// The longest cut, in seconds.
const LONGEST_CUT: f64 = 120.0;

/// A reading that has its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlacedReading {
    session: String,
    /// Its file without the ending.
    name: String,
    script: String,
}

impl PlacedReading {
    fn of(session: &str, file: &str) -> Option<Self> {
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name).strip_suffix(".wav")?;
        let script = name.strip_prefix(STEM)?;
        let script = script.split_once('_').map_or(script, |(script, _)| script);
        Some(Self { session: session.to_owned(), name: name.to_owned(), script: script.to_owned() })
    }
}

/// Keeps a reading in its session.
pub(super) fn place_reading(
    studio: &SharedStudio,
    part: &mut PartFile,
    script: &str,
) -> Result<PlacedReading, Problem> {
    let start = part.start().clone();
    let voice = format!("voice/{}/{}", start.language, start.voice);
    let course = &studio.course;
    let _alone = course.alone()?;
    let file = free_in_session(course, &voice, &start.session, &format!("{STEM}{script}"))?;
    keep_in_session(course, &voice, part, &file)?;
    PlacedReading::of(&start.session, &file).ok_or_else(|| Refusal::Unexpected.problem())
}

/// The reading whose take has this id, where it has its place already.
pub(super) fn reading_placed(
    course: &StudioCourse,
    voice: &str,
    session: &str,
    take: &str,
) -> Option<PlacedReading> {
    PlacedReading::of(session, &placed_in_session(course, voice, session, STEM, take)?)
}

/// The readings of a voice, the last one first.
pub(super) fn readings(course: &StudioCourse, voice: &Voice) -> Result<Value, Problem> {
    let folder = format!("{}/{SESSIONS}", voice.folder());
    let list = |folder: &str| course.files().list(Path::new(folder)).map_err(failed);
    let mut found = Vec::new();
    for session in list(&folder)?.iter().filter(|entry| entry.is_folder) {
        for entry in list(&format!("{folder}/{}", session.name))? {
            let Some(reading) = PlacedReading::of(&session.name, &entry.name) else { continue };
            let beside = text(course, &format!("{folder}/{}/{}.toml", reading.session, reading.name))?;
            let about: DocumentMut = beside.parse().unwrap_or_default();
            let number = |key: &str| about.get(key).and_then(toml_edit::Item::as_integer);
            let seconds =
                number("frames").zip(number("rate")).map(|(frames, rate)| frames as f64 / rate as f64);
            let started =
                about.get("started").and_then(toml_edit::Item::as_str).unwrap_or_default().to_owned();
            found.push((
                started.clone(),
                json!({
                    "session": reading.session, "name": reading.name, "script": reading.script,
                    "seconds": seconds, "started": started, "kept": number("kept"),
                }),
            ));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0));
    Ok(found.into_iter().map(|(_, told)| told).collect())
}

/// A reading that is open.
pub(super) struct OpenReading {
    pub place: PlacedReading,
    /// Below the folder of the voice.
    file: String,
    voice: String,
    rate: SampleRate,
    frames: u64,
    source: Box<dyn Source>,
}

impl OpenReading {
    /// Opens a reading by its session and its name, which are looked up.
    pub fn find(course: &StudioCourse, voice: &Voice, session: &str, name: &str) -> Result<Self, Problem> {
        let none = || Refusal::NoReading.problem();
        super::session::find_session(course.files(), voice, session)?;
        let folder = format!("{}/{SESSIONS}/{session}", voice.folder());
        let entries = course.files().list(Path::new(&folder)).map_err(|_| none())?;
        let sound = format!("{name}.wav");
        let entry = entries.iter().find(|entry| entry.name == sound).ok_or_else(none)?;
        let place = PlacedReading::of(session, &entry.name).ok_or_else(none)?;
        let file = format!("{SESSIONS}/{session}/{sound}");
        let open = || {
            let path = format!("{}/{file}", voice.folder());
            course.files().open(Path::new(&path)).map_err(failed)
        };
        let rate = Decoder::open(open()?).map_err(|error| Refusal::BrokenSound.by(&error))?.rate();
        let source = open()?;
        let frames = source.byte_len().saturating_sub(HEAD) / SAMPLE;
        let voice = voice.folder();
        Ok(Self { place, file, voice, rate, frames, source })
    }

    fn seconds(&self) -> f64 {
        Frames(self.frames).time(self.rate).as_f64()
    }

    /// The samples from a second to another, and the number of the first.
    fn cut(&self, from: f64, to: f64) -> Result<(u64, Vec<f32>), Problem> {
        if !(from >= 0.0 && to > from && to - from <= LONGEST_CUT) {
            return Err(Refusal::CutOrder.problem());
        }
        let frame = |seconds: f64| ((seconds * self.rate.as_f64()).round() as u64).min(self.frames);
        let (first, last) = (frame(from), frame(to));
        if first == last {
            return Err(Refusal::CutEmpty.problem());
        }
        let mut bytes = vec![0; ((last - first) * SAMPLE) as usize];
        self.source.read_exact_at(&mut bytes, HEAD + first * SAMPLE).map_err(failed)?;
        let samples =
            bytes.chunks_exact(SAMPLE as usize).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        Ok((first, samples.collect()))
    }

    /// A stretch as a WAV.
    fn wav(&self, samples: &[f32]) -> Vec<u8> {
        let head = TakeHead {
            rate: self.rate.hz(),
            description: &self.place.script,
            reference: &self.place.name,
            started: &self.place.session,
        };
        wav(&head, samples)
    }

    /// A stretch of the reading, to be heard.
    pub fn sound(&self, from: f64, to: f64) -> Result<Vec<u8>, Problem> {
        Ok(self.wav(&self.cut(from, to.min(self.seconds()))?.1))
    }

    /// The lowest and highest samples of a stretch.
    pub fn peaks(&self, from: f64, to: f64, columns: usize) -> Result<Vec<[i16; 2]>, Problem> {
        Ok(super::peaks::of_samples(&self.cut(from.max(0.0), to.min(self.seconds()))?.1, columns))
    }
}

/// What is asked of a cut.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedCut {
    script: String,
    phrase: String,
    /// In seconds of the reading.
    from: f64,
    to: f64,
    /// Whether something is doubtful about its place.
    doubt: bool,
}

impl WantedCut {
    pub fn key(&self) -> PhraseKey {
        PhraseKey { file: self.script.clone(), id: self.phrase.clone() }
    }
}

/// The phrases of a script in the order in which they are read, each once.
fn read_phrases<'a>(progress: &'a VoiceProgress, script: &str) -> Vec<&'a SpokenPhrase> {
    let mut phrases: Vec<&SpokenPhrase> = Vec::new();
    let of_script = progress.scripts.iter().filter(|one| one.id == script).flat_map(SpokenScript::phrases);
    for phrase in of_script.filter(|phrase| phrase.text.is_some()) {
        if !phrases.iter().any(|other| other.key == phrase.key) {
            phrases.push(phrase);
        }
    }
    phrases
}

/// Finds the phrases of its script in a reading, and judges each as if it were a take already.
pub(super) fn align(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    reading: &OpenReading,
) -> Result<Value, Problem> {
    let spoken = read_phrases(progress, &reading.place.script);
    if spoken.is_empty() {
        return Err(Refusal::ScriptNoWords.problem());
    }
    let read: Vec<ReadPhrase> = spoken
        .iter()
        .map(|phrase| ReadPhrase {
            id: phrase.key.to_string(),
            text: phrase.text.clone().unwrap_or_default(),
            fixed: None,
        })
        .collect();
    let path = studio.course.place(&format!("{}/{}", reading.voice, reading.file))?;
    let heard = hear_reading(&[path], &Task::silent()).map_err(|fault| Refusal::BrokenSound.by(&fault))?;
    let aligned = AlignedReading::of(&heard.heard, &read, &voice.language, ReadingOrder::AsWritten);
    let cuts = aligned.cuts(heard.heard.seconds());
    let placed: Vec<_> =
        spoken.iter().zip(&cuts).filter_map(|(phrase, cut)| Some((&phrase.key, (*cut)?))).collect();
    let mut judged: BTreeMap<&PhraseKey, JudgedCut> = BTreeMap::new();
    for some in placed.chunks(AT_ONCE) {
        let sounds: Result<Vec<_>, Problem> =
            some.iter().map(|(key, cut)| Ok(((*key).clone(), reading.sound(cut.from, cut.to)?))).collect();
        let cuts = judge_cuts(engine, voice, progress, &sounds?)?;
        judged.extend(some.iter().map(|(key, _)| *key).zip(cuts));
    }
    let mut phrases = Vec::new();
    for ((phrase, found), cut) in spoken.iter().zip(&aligned.alignment.phrases).zip(&cuts) {
        let doubt = found.doubt.map(crate::recording::reading::fault);
        let faults = judged.get(&phrase.key).map(|cut| cut.faults.as_slice()).unwrap_or_default();
        phrases.push(json!({
            "script": phrase.key.file,
            "id": phrase.key.id,
            "text": phrase.text,
            "from": cut.map(|cut| cut.from),
            "to": cut.map(|cut| cut.to),
            "doubt": doubt.as_ref().map(fault_json),
            "faults": faults.iter().map(fault_json).collect::<Vec<_>>(),
        }));
    }
    Ok(json!({
        "seconds": reading.seconds(),
        "phrases": phrases,
        "other-words": aligned.alignment.is_of_other_words(),
        "by-words": aligned.has_words,
    }))
}

/// What is known of a cut.
struct JudgedCut {
    /// The hash of its file.
    hash: String,
    faults: Vec<ClipFault>,
}

/// So many cuts are judged side by side and held at once.
const AT_ONCE: usize = 16;

/// What the checks say of the sounds of phrases, which are WAV files.
fn judge_cuts(
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    cuts: &[(PhraseKey, Vec<u8>)],
) -> Result<Vec<JudgedCut>, Problem> {
    let name = |at: usize| format!("{at}.wav");
    let files =
        cuts.iter().enumerate().fold(MemoryFiles::new(), |files, (at, (_, wav))| files.with(name(at), wav));
    let names: Vec<String> = (0..cuts.len()).map(name).collect();
    let clips = engine.new_clips(voice, &files, &names, &Task::silent());
    let judged = cuts.iter().zip(clips).map(|((key, wav), clip)| {
        let phrase = progress.phrases.get(key);
        let phrase = phrase.ok_or_else(|| Refusal::NoPhrase.with(&[("phrase", key)]))?;
        let faults = match clip {
            Ok(clip) => {
                let (path, facts) = (String::new(), clip.facts);
                let take = Take { path, facts, session: None, stale: None, despite: Vec::new() };
                faults(&progress.survey, progress.survey.pace, &take, &phrase.phrase)
            }
            Err(_) => vec![ClipFault::other("unusable", "has no speech", "record it again")],
        };
        Ok(JudgedCut { hash: blake3::hash(wav).to_hex().to_string(), faults })
    });
    judged.collect()
}

/// What the checks say of a cut whose edges were moved.
pub(super) fn judge_one(
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    reading: &OpenReading,
    cut: &WantedCut,
) -> Result<Value, Problem> {
    let sound = (cut.key(), reading.sound(cut.from, cut.to)?);
    let judged = judge_cuts(engine, voice, progress, &[sound])?;
    Ok(judged.iter().flat_map(|cut| &cut.faults).map(fault_json).collect())
}

/// Makes a take of each cut. Returns each with its number.
pub(super) fn keep(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    reading: &OpenReading,
    cuts: &[WantedCut],
) -> Result<Value, Problem> {
    let course = &studio.course;
    let _alone = course.alone()?;
    let folder = voice.folder();
    let path = format!("{folder}/{}.toml", reading.file.trim_end_matches(".wav"));
    let about_reading = text(course, &path)?;
    let (way, lost) = capture_of_sidecar(&about_reading);
    let mut kept = Vec::new();
    for cut in cuts {
        let key = cut.key();
        let (from, samples) = reading.cut(cut.from, cut.to.min(reading.seconds()))?;
        let wav = reading.wav(&samples);
        let sound = [(key.clone(), wav)];
        let judged = judge_cuts(engine, voice, progress, &sound)?.pop();
        let judged = judged.ok_or_else(|| Refusal::Unexpected.problem())?;
        let [(_, wav)] = sound;
        let words = progress.phrases.get(&key).and_then(|known| known.phrase.text.clone());
        let text = words.ok_or_else(|| {
            Refusal::NoWords.with(&[("phrase", &key), ("language", &voice.language.own_name())])
        })?;
        let until = from + samples.len() as u64;
        let drops: Vec<u64> =
            lost.iter().filter(|at| (from..until).contains(at)).map(|at| at - from).collect();
        let unheard = (!drops.is_empty()).then_some(UnheardWhy::DropOuts);
        let is_good = judged.faults.is_empty() && !cut.doubt && unheard.is_none();
        let start = TakeStart {
            take: String::new(),
            language: voice.language.to_string(),
            voice: voice.id.clone(),
            session: reading.place.session.clone(),
            phrase: Some([key.file.clone(), key.id.clone()]),
            reading: None,
            part: None,
            text,
            rate: reading.rate.hz(),
            pre_roll: 0,
            started: today(),
            way,
            drops,
        };
        let take = UnnamedTake {
            key: &key,
            start: &start,
            frames: samples.len() as u64,
            hash: judged.hash,
            state: match unheard {
                Some(_) => TakeState::Unheard,
                None if is_good => TakeState::Accepted,
                None => TakeState::ToHear,
            },
            unheard,
            origin: TakeOrigin::Cut { reading: &reading.file, from },
        };
        let (placed, target) = name_take(course, &folder, take)?;
        write_whole(&target, &wav).map_err(failed)?;
        kept.push(json!({ "script": key.file, "id": key.id, "number": placed.number, "good": is_good }));
    }
    // How much of it was kept is shown in the list of readings.
    let mut about: DocumentMut = about_reading.parse().unwrap_or_default();
    about["kept"] = value(i64::try_from(kept.len()).unwrap_or(i64::MAX));
    write_whole(course.place(&path)?, about.to_string().as_bytes()).map_err(failed)?;
    Ok(Value::Array(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_reading_says_its_script() {
        let of = |file: &str| {
            PlacedReading::of("2026-11-28-1", file).map(|reading| (reading.name, reading.script))
        };
        assert_eq!(of("reading-plek.wav"), Some(("reading-plek".to_owned(), "plek".to_owned())));
        let second = of("sessions/2026-11-28-1/reading-de-plek_2.wav");
        assert_eq!(second, Some(("reading-de-plek_2".to_owned(), "de-plek".to_owned())));
        for other in ["room-tone.wav", "reading-plek.toml", "part-plek-vrij.wav"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
