//! How far a voice is, phrase by phrase, and what is known of each take.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use toml_edit::DocumentMut;

use super::place::{FoundTake, record_of, text, unheard_why};
use super::sidecar::{UnheardWhy, capture_of_sidecar};
use crate::asset::takes::{REJECTED, TakeFile, take_name};
use crate::decode::Decoder;
use crate::engine::Engine;
use crate::event::Task;
use crate::facts::pace::Pace;
use crate::facts::{ClipFacts, Take};
use crate::files::Files as _;
use crate::http::problem::Problem;
use crate::recording::lines::{SpokenPhrase, SpokenScript, VoiceGrid};
use crate::recording::status::{ClipFault, PhraseProgress, PhraseState, VoiceProgress, faults};
use crate::script::phrase_texts;
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::studio::answer::{no_script, told};
use crate::studio::refusal::{Refusal, failed};
use crate::studio::{SharedStudio, StudioCourse};
use crate::unit::{Lufs, SampleRate, Seconds};

/// What was last looked at of each voice: looking at all recordings takes a while.
#[derive(Default)]
pub struct KnownVoices(Mutex<BTreeMap<String, (u64, Arc<VoiceProgress>)>>);

/// How far a voice is, as the course was last read.
pub(super) fn known(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
) -> Result<Arc<VoiceProgress>, Problem> {
    let generation = studio.course.generation();
    let mut voices = studio.voices.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, progress)) = voices.get(&voice.folder())
        && *of == generation
    {
        return Ok(progress.clone());
    }
    let progress = VoiceProgress::of(engine, voice, &Task::silent()).map_err(|error| told(&error))?;
    let progress = Arc::new(progress);
    voices.insert(voice.folder(), (generation, progress.clone()));
    Ok(progress)
}

/// The scripts of a voice with their counts, and what it has to record: missing, stale and flagged phrases, in order.
pub(super) fn pickups(progress: &VoiceProgress) -> Value {
    let files: BTreeMap<String, _> = progress.files().into_iter().collect();
    let script = |script: &SpokenScript| {
        let keys: Vec<&PhraseKey> = script.phrases().map(|phrase| &phrase.key).collect();
        let wanted: Vec<Value> = keys
            .iter()
            .filter_map(|key| progress.phrases.get(key))
            .filter(|phrase| phrase.is_wanted() || phrase.unheard().is_some())
            .map(|phrase| json!({ "script": phrase.phrase.key.file, "id": phrase.phrase.key.id, "why": why(phrase) }))
            .collect();
        let spoken =
            keys.iter().filter(|key| progress.phrases.get(key).is_some_and(|one| one.phrase.text.is_some()));
        let counts = files.get(&script.id);
        let is_recorded = |key: &PhraseKey| {
            progress.phrases.get(key).is_some_and(|one| matches!(one.state, PhraseState::Recorded(_)))
        };
        json!({
            "id": script.id,
            "track": script.track,
            "title": script.title,
            "phrases": spoken.count(),
            "wanted": wanted,
            "unrecorded": script.unrecorded(is_recorded),
            "minutes": counts.map(|counts| counts.takes.length.as_f64() / 60.0),
        })
    };
    json!({
        "scripts": progress.scripts.iter().map(script).collect::<Vec<_>>(),
        "level": progress.survey.level.map(|level| level.0),
    })
}

/// What a phrase needs, in a word of the pages.
pub fn why(phrase: &PhraseProgress) -> &'static str {
    match &phrase.state {
        PhraseState::Missing { .. } => "missing",
        PhraseState::Recorded(clip) if clip.stale.is_some() => "stale",
        PhraseState::Recorded(_) if phrase.unheard().is_some() => "unheard",
        PhraseState::Recorded(clip) if !clip.faults.is_empty() => "flagged",
        PhraseState::Recorded(_) => "done",
    }
}

/// The phrases of a script as a voice speaks them.
pub(super) fn phrases(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    script: &str,
) -> Result<Value, Problem> {
    let wanted = script;
    let script = progress.scripts.iter().find(|one| one.id == wanted);
    let script = script.ok_or_else(|| no_script(engine, wanted))?;
    let source = script.source.as_ref().filter(|source| **source != voice.language);
    let sources = source.map(|source| phrase_texts(engine.course(), source)).unwrap_or_default();
    let source_voice = source.and_then(|source| engine.voice(source, None).ok());
    let mut shown = Vec::new();
    for part in &script.parts {
        for phrase in &part.phrases {
            let Some(known) = progress.phrases.get(&phrase.key) else { continue };
            shown.push(phrase_json(
                studio,
                voice,
                (known, progress.survey.pace),
                phrase,
                part.title.as_deref(),
                sources.get(&phrase.key),
            )?);
        }
    }
    Ok(json!({
        "id": script.id,
        "track": script.track,
        "title": script.title,
        "source": source_voice.map(|voice| json!({ "language": voice.language.as_str(), "voice": voice.id })),
        "phrases": shown,
    }))
}

fn phrase_json(
    studio: &SharedStudio,
    voice: &Voice,
    (progress, pace): (&PhraseProgress, Pace),
    phrase: &SpokenPhrase,
    part: Option<&str>,
    source: Option<&String>,
) -> Result<Value, Problem> {
    let (used, stale, faults) = match &progress.state {
        PhraseState::Missing { unusable } => {
            (None, None, unusable.iter().map(|(_, fault)| fault_json(fault)).collect::<Value>())
        }
        PhraseState::Recorded(clip) => {
            (Some(&clip.path), clip.stale.clone(), clip.faults.iter().map(fault_json).collect::<Value>())
        }
    };
    let take = |take: &TakeFile| {
        json!({
            "number": take.number,
            "state": take.record.as_ref().map_or("accepted", |record| record.state.word()),
            "used": used == Some(&take.path),
            "stale": phrase.text.as_ref().and_then(|text| take.stale(text)),
        })
    };
    let mut takes: Vec<Value> = progress.takes.iter().map(take).collect();
    for number in rejected(&studio.course, voice, &phrase.key)? {
        takes.push(json!({ "number": number, "state": "rejected", "used": false, "stale": null }));
    }
    takes.sort_by_key(|take| take["number"].as_u64());
    let mut told = spoken_json(phrase, pace, part, source);
    for (key, value) in [
        ("state", json!(why(progress))),
        ("stale", json!(stale)),
        ("faults", faults),
        ("takes", json!(takes)),
    ] {
        told.insert(key.to_owned(), value);
    }
    Ok(told.into())
}

/// A phrase as a voice speaks it, whatever is recorded of it.
pub fn spoken_json(
    phrase: &SpokenPhrase,
    pace: Pace,
    part: Option<&str>,
    source: Option<&String>,
) -> Map<String, Value> {
    let seconds = |time: Seconds| time.as_f64();
    let grid = phrase.grid.map(|grid| match grid {
        VoiceGrid::Breath { inhale, exhale } => {
            json!({ "kind": "breath", "inhale": seconds(inhale), "exhale": seconds(exhale) })
        }
        VoiceGrid::OutBreath { exhale } => json!({ "kind": "out-breath", "exhale": seconds(exhale) }),
        VoiceGrid::Paces { pace } => json!({ "kind": "paces", "pace": seconds(pace) }),
    });
    let told = [
        ("script", json!(phrase.key.file)),
        ("id", json!(phrase.key.id)),
        ("number", json!(phrase.number)),
        ("part", json!(part)),
        ("text", json!(phrase.text)),
        ("source", json!(source)),
        ("fuzzy", json!(phrase.is_fuzzy)),
        ("note", json!(phrase.note)),
        ("safety", json!(phrase.safety)),
        ("soft", json!(phrase.soft)),
        ("before", json!(phrase.before.map(seconds))),
        ("after", json!(seconds(phrase.after))),
        ("expected", json!(phrase.text.as_deref().map(|text| seconds(pace.length(text))))),
        ("grid", json!(grid)),
    ];
    told.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The numbers of the takes of a phrase that lie apart.
fn rejected(course: &StudioCourse, voice: &Voice, key: &PhraseKey) -> Result<Vec<u32>, Problem> {
    let folder = format!("{}/{}/{REJECTED}", voice.folder(), key.file);
    let entries = course.files().list(Path::new(&folder)).map_err(failed)?;
    let takes = entries.iter().filter_map(|entry| take_name(&entry.name)).filter(|take| take.id == key.id);
    let mut numbers: Vec<u32> = takes.map(|take| take.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

pub(super) fn fault_json(fault: &ClipFault) -> Value {
    let (number, at) = (fault.number, fault.at);
    json!({ "check": fault.check, "kind": fault.kind, "number": number, "at": at, "wrong": fault.wrong, "advice": fault.advice })
}

/// A take as it is judged.
pub(super) struct JudgedTake {
    pub faults: Vec<ClipFault>,
    /// `None` for one that cannot be used, as nobody speaks in it.
    pub facts: Option<ClipFacts>,
}

/// What the checks say of a take, whether it is used or not.
pub(super) fn judge(
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    key: &PhraseKey,
    found: &FoundTake,
) -> Result<JudgedTake, Problem> {
    let phrase = progress.phrases.get(key);
    let phrase = &phrase.ok_or_else(|| Refusal::NoPhrase.with(&[("phrase", key)]))?.phrase;
    let path = format!("{}/{}", voice.folder(), found.file);
    let facts = match engine.clip(voice, &path) {
        Ok(facts) => facts,
        Err(trouble) => {
            let (wrong, helps) = trouble.problem_and_advice();
            let wrong = wrong.strip_prefix(path.as_str()).unwrap_or(&wrong).trim().to_owned();
            let advice = crate::diag::one_sentence("", &helps, ToString::to_string);
            let advice = advice.trim_start_matches("; ");
            return Ok(JudgedTake { faults: vec![ClipFault::other("unusable", wrong, advice)], facts: None });
        }
    };
    let session = session_level(progress, key, &path);
    let take = Take { path, facts, session, stale: None, despite: Vec::new() };
    let faults = faults(&progress.survey, progress.survey.pace, &take, phrase);
    Ok(JudgedTake { faults, facts: Some(take.facts) })
}

/// The level of the session that a take is of: the one that the file beside it names, or else that of the take that is used.
fn session_level(progress: &VoiceProgress, key: &PhraseKey, path: &str) -> Option<Lufs> {
    let takes = progress.phrases.get(key).map(|phrase| phrase.takes.as_slice()).unwrap_or_default();
    match takes.iter().find(|take| take.path == path).and_then(|take| take.session.as_deref()) {
        Some(session) => progress.survey.session_level(session),
        None => progress.survey.takes().get(key).and_then(|used| used.session),
    }
}

/// A take in numbers: how long it is, and how loud against the voice.
pub(super) fn take_json(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
    progress: &VoiceProgress,
    key: &PhraseKey,
    found: &FoundTake,
    number: u32,
) -> Result<Value, Problem> {
    let mut judged = judge(engine, voice, progress, key, found)?;
    judged.faults.splice(0..0, lost_sound(&studio.course, voice, found)?);
    let record = record_of(engine, voice, found)?;
    let phrase = progress.phrases.get(key).map(|known| &known.phrase);
    let expected =
        phrase.and_then(|phrase| phrase.text.as_deref()).map(|text| progress.survey.pace.length(text));
    let facts = judged.facts.as_ref();
    let number_of = |of: fn(&ClipFacts) -> Option<f64>| facts.and_then(of);
    let path = format!("{}/{}", voice.folder(), found.file);
    let spoken = facts
        .map(|facts| [facts.in_point, facts.out_point].map(|frames| frames.time(facts.source_rate).as_f64()));
    let file_seconds = match facts {
        Some(facts) => facts.source_frames.time(facts.source_rate).as_f64(),
        None => length_of_file(studio, &format!("{}/{}", voice.folder(), found.file)),
    };
    let state =
        if found.rejected { "rejected" } else { record.as_ref().map_or("accepted", |one| one.state.word()) };
    let unheard = unheard_why(&studio.course, &voice.folder(), &found.file).map(UnheardWhy::word);
    Ok(json!({
        "script": key.file,
        "phrase": key.id,
        "number": number,
        "state": state,
        "unheard": unheard,
        "text": record.as_ref().map(|record| &record.text),
        "seconds": facts.map_or(0.0, |facts| facts.frames.time(SampleRate::DEFAULT).as_f64()),
        "expected": expected.map(Seconds::as_f64),
        "file-seconds": file_seconds,
        "speech": spoken,
        "level": number_of(|facts| facts.loudness().map(|level| level.0)),
        "voice-level": progress.survey.level_beside(&path).map(|level| level.0),
        "peak": number_of(|facts| Some(facts.measures.peak.0)),
        "noise": number_of(|facts| facts.measures.noise.map(|noise| noise.0)),
        "faults": judged.faults.iter().map(fault_json).collect::<Vec<_>>(),
    }))
}

/// The fault of a take of which sound was lost on its way from the microphone, as the file beside it says.
pub(super) fn lost_sound(
    course: &StudioCourse,
    voice: &Voice,
    found: &FoundTake,
) -> Result<Option<ClipFault>, Problem> {
    let stem = found.file.rsplit_once('.').map_or(found.file.as_str(), |(stem, _)| stem);
    let beside = text(course, &format!("{}/{stem}.toml", voice.folder()))?;
    let (_, drops) = capture_of_sidecar(&beside);
    let rate = beside.parse::<DocumentMut>().ok().and_then(|file| file.get("rate")?.as_integer());
    let Some((first, rate)) = drops.first().zip(rate.filter(|rate| *rate > 0)) else { return Ok(None) };
    let places = if drops.len() == 1 { "one place".to_owned() } else { format!("{} places", drops.len()) };
    let wrong = format!("lost some of its sound in the browser, at {places}");
    let (number, at) = (Some(drops.len() as f64), Some(*first as f64 / rate as f64));
    Ok(Some(ClipFault { number, at, ..ClipFault::other("dropouts", wrong, "record it again") }))
}

/// How long a file is in seconds, whatever is in it.
fn length_of_file(studio: &SharedStudio, path: &str) -> f64 {
    let source = studio.course.files().open(Path::new(path)).ok();
    let decoder = source.and_then(|source| Decoder::open(source).ok());
    let frames = decoder.and_then(|decoder| Some(decoder.declared_frames()?.time(decoder.rate()).as_f64()));
    frames.unwrap_or(0.0)
}
