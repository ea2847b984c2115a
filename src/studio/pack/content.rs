//! What the page for a voice elsewhere knows of the course: the phrases of its scripts as the studio shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::asset::takes::takes;
use crate::engine::Engine;
use crate::event::Task;
use crate::facts::pace::Pace;
use crate::files::Files;
use crate::http::problem::Problem;
use crate::recording::lines::{SpokenPhrase, SpokenScript};
use crate::recording::status::{PhraseState, VoiceProgress};
use crate::script::language::Language;
use crate::script::phrase_texts;
use crate::script::session::PhraseKey;
use crate::script::voice::{Voice, VoiceKind};
use crate::studio::answer::told;
use crate::studio::refusal::failed;
use crate::studio::takes::{spoken_json, why};

/// What a page is wanted of.
#[derive(Clone, Debug)]
pub struct PackWish {
    pub language: Language,
    /// The id of the voice; `None` for somebody new.
    pub voice: Option<String>,
    /// The ids of scripts; all where none is named.
    pub scripts: Vec<String>,
    /// Only what the voice has still to record.
    pub missing: bool,
    /// Without the originals.
    pub silent: bool,
    /// Without what a take is heard with in its place: beds, earlier recordings of the voice, and a machine's voice.
    pub alone: bool,
}

/// What a page knows, and the recordings that it plays.
pub(super) struct PackContent {
    pub known: Value,
    /// The paths of the originals, by phrase.
    pub originals: BTreeMap<PhraseKey, String>,
    /// The paths of what the voice has recorded before, by phrase.
    pub earlier: BTreeMap<PhraseKey, String>,
    /// The words of all phrases.
    pub words: BTreeMap<PhraseKey, String>,
    pub phrases: usize,
}

impl PackContent {
    pub(super) fn of(engine: &Engine, files: &dyn Files, wish: &PackWish) -> Result<Self, Problem> {
        let course = engine.course();
        let language = &wish.language;
        let voice = wish.voice.as_deref().map(|id| person(engine, language, id)).transpose()?;
        let progress = voice
            .map(|voice| VoiceProgress::of(engine, voice, &Task::silent()).map_err(|error| told(&error)))
            .transpose()?;
        let pace = progress.as_ref().map_or_else(|| Pace::usual(language), |known| known.survey.pace);
        let mut scripts = SpokenScript::all(course, language);
        scripts.retain(|script| wish.scripts.is_empty() || wish.scripts.contains(&script.id));
        let state = |phrase: &SpokenPhrase| state_of(progress.as_ref().filter(|_| wish.missing), &phrase.key);
        if wish.missing {
            scripts.retain(|script| {
                script.phrases().any(|phrase| phrase.text.is_some() && state(phrase).0 != "done")
            });
        }
        scripts.retain(|script| script.phrases().any(|phrase| phrase.text.is_some()));
        let earlier = match voice.filter(|_| !wish.alone) {
            Some(voice) => takes(files, voice).map_err(failed)?,
            None => BTreeMap::new(),
        };
        let (mut originals, mut words, mut phrases) = (BTreeMap::new(), BTreeMap::new(), 0);
        let mut shown = Vec::new();
        for script in &scripts {
            let source = script.source.as_ref().filter(|source| *source != language);
            let texts = source.map(|source| phrase_texts(course, source)).unwrap_or_default();
            let speaker = source.and_then(|source| engine.voice(source, None).ok()).filter(|_| !wish.silent);
            if let Some(speaker) = speaker {
                let takes = takes(files, speaker).map_err(failed)?;
                let own = |phrase: &SpokenPhrase| {
                    let key = &phrase.key;
                    Some((key.clone(), takes.get(key)?.clone()))
                };
                originals.extend(script.phrases().filter_map(own));
            }
            let mut rows = Vec::new();
            for part in &script.parts {
                for phrase in &part.phrases {
                    let source = texts.get(&phrase.key);
                    let mut row = spoken_json(phrase, pace, part.title.as_deref(), source);
                    let (state, stale) = state(phrase);
                    row.insert("state".to_owned(), state.into());
                    row.insert("stale".to_owned(), json!(stale));
                    words.extend(phrase.text.clone().map(|text| (phrase.key.clone(), text)));
                    phrases += usize::from(phrase.text.is_some() && state != "done");
                    rows.push(Value::from(row));
                }
            }
            shown.push(json!({
                "id": script.id,
                "track": script.track,
                "title": script.title,
                "source": speaker.map(|voice| json!({ "language": voice.language.as_str(), "voice": voice.id })),
                "phrases": rows,
            }));
        }
        let title = &course.header.title.value;
        // A title may change while a voice records, and the id of a site does not.
        let site = course.header.site.as_ref().map(|site| site.id.as_str());
        let whose = json!([site, language.as_str(), wish.voice]).to_string();
        let known = json!({
            "app": format!("adem {}", env!("CARGO_PKG_VERSION")),
            // By this the page finds what was recorded again, also where the course has changed since; a course without an id is
            // known by the address of the page.
            "key": &blake3::hash(whose.as_bytes()).to_hex().as_str()[..32],
            "named": site.is_some(),
            "course": { "title": title },
            "language": { "tag": language.as_str(), "name": language.own_name() },
            "voice": voice.map(|voice| json!({
                "id": voice.id,
                "name": voice.name,
                "consent": voice.consent,
                "licence": voice.licence.value,
            })),
            "scripts": shown,
        });
        let earlier = earlier.into_iter().filter(|(key, _)| words.contains_key(key)).collect();
        Ok(Self { known, originals, earlier, words, phrases })
    }
}

/// The voice of a person.
fn person<'a>(engine: &'a Engine, language: &Language, id: &str) -> Result<&'a Voice, Problem> {
    let voice = engine.voice(language, Some(id)).map_err(|error| told(&error))?;
    if voice.kind == VoiceKind::Synthetic {
        let why = format!("{} is the voice of a machine", voice.folder());
        return Err(Problem::conflict(why).detail("name the voice of a person, or none for somebody new"));
    }
    Ok(voice)
}

/// What a phrase needs, and the words of the recording that it has where these are others.
fn state_of(progress: Option<&VoiceProgress>, key: &PhraseKey) -> (&'static str, Option<String>) {
    let Some(phrase) = progress.and_then(|progress| progress.phrases.get(key)) else {
        return ("missing", None);
    };
    let stale = match &phrase.state {
        PhraseState::Missing { .. } => None,
        PhraseState::Recorded(clip) => clip.stale.clone(),
    };
    (why(phrase), stale)
}
