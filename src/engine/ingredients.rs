//! What the files of a render depend on, each input by name with its hash: two renders with equal ingredients write
//! equal files. A build compares them to know what has to be made again, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::beside::posture;
use super::{Engine, Error, Plan, RenderJob};
use crate::asset::bed::bed_recipe;
use crate::asset::cache::cpu_kind;
use crate::asset::sound_version;
use crate::delivery::format::Format;
use crate::export::Tags;
use crate::layout::SoundKind;
use crate::layout::{Event, Timeline, TimelineDocument};
use crate::render::MIX_VERSION;
use crate::script::before_texts;
use crate::script::mixed::{CutSound, MixedRecording};
use crate::script::words::AddedWords;

/// What the files of a render depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredients(BTreeMap<String, String>);

/// How two lists of ingredients differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngredientChange {
    /// What differs, in words: `clip voice/nl/duif/1/a.wav`, `timeline`, `words`.
    pub names: Vec<String>,
    /// Whether the sound or what is written into its files differs, beyond the version of adem that made them.
    pub audio: bool,
    /// Whether another version of adem's own sound made them.
    pub version: bool,
}

impl IngredientChange {
    /// Whether what texts show differs.
    pub fn has_words(&self) -> bool {
        self.names.iter().any(|name| name == WORDS)
    }

    /// What differs, in words. The name of a draft is a hash: its phrase is named in its place. What a draft was before is
    /// known by no other name, and is left out where the new one is told.
    pub fn told(&self, timeline: &Timeline) -> Vec<String> {
        let spoken = |path: &str| timeline.phrases().find(|phrase| phrase.clip.as_deref() == Some(path));
        let name = |name: &String| match name.strip_prefix(DRAFT) {
            Some(path) => spoken(path).map(|phrase| format!("{DRAFT}of {}", phrase.key)),
            None => Some(name.clone()),
        };
        let told: BTreeSet<String> = self.names.iter().filter_map(name).collect();
        if told.is_empty() && !self.names.is_empty() {
            vec!["drafts".to_owned()]
        } else {
            told.into_iter().collect()
        }
    }
}

/// Before the name of the file of a draft.
const DRAFT: &str = "draft ";
/// The version of the sound of adem itself.
const SOUND: &str = "sound of adem";
/// What texts show: captions, transcripts and the like, but no sound.
const WORDS: &str = "words";
/// Who speaks the drafts.
const DRAFTED_BY: &str = "voice of drafts";
/// The list of files beside the track.
const FILES: &str = "files";
/// The formats of the sound files.
const FORMAT: &str = "format";

impl Ingredients {
    /// How this differs from what was there before.
    pub fn changes_since(&self, before: &Self) -> IngredientChange {
        let all = self.0.keys().chain(before.0.keys().filter(|name| !self.0.contains_key(*name)));
        let names: Vec<String> =
            all.filter(|name| self.0.get(*name) != before.0.get(*name)).cloned().collect();
        IngredientChange {
            audio: names.iter().any(|name| ![SOUND, WORDS].contains(&name.as_str())),
            version: names.iter().any(|name| name == SOUND),
            names,
        }
    }

    /// Whether something of that name is in it.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What the sound and its tags were made of, as a short hash; the same for every format and every file beside it.
    pub fn generation(&self) -> String {
        let sound = |name: &str| ![WORDS, FILES, FORMAT].contains(&name);
        let mut list = String::new();
        for (name, value) in self.0.iter().filter(|(name, _)| sound(name)) {
            let _ = writeln!(list, "{name}\t{value}");
        }
        blake3::hash(list.as_bytes()).to_hex()[..16].to_owned()
    }

    /// A hash of everything the bytes of a sound file depend on: two files with equal ones have equal bytes.
    pub fn fingerprint(&self, format: Format) -> String {
        let sound = |name: &str| ![WORDS, FILES, FORMAT].contains(&name);
        let list: Vec<_> = self.0.iter().filter(|(name, _)| sound(name)).collect();
        hash(format!("{list:?}{} {}", format.name(), cpu_kind()))
    }

    /// The same, as if made by that version of the sound of adem.
    #[must_use]
    pub fn made_like(mut self, before: &Self) -> Self {
        if let Some(version) = before.0.get(SOUND) {
            self.0.insert(SOUND.to_owned(), version.clone());
        }
        self
    }
}

impl Engine {
    /// What the files of a render depend on.
    ///
    /// # Errors
    /// [`Error::World`] if a recording cannot be read.
    pub fn ingredients(&self, plan: &Plan, job: &RenderJob) -> Result<Ingredients, Error> {
        let course = self.course();
        let store = self.store(plan.timeline.rate);
        let document = TimelineDocument::of(&plan.timeline).rendered(job.mix, &plan.session.preset.name);
        let tags = Tags::of(course, &plan.session, &plan.timeline);
        let preset = &plan.session.preset;
        let mut list = BTreeMap::new();
        let mut add = |name: String, value: String| list.insert(name, value);
        add(SOUND.to_owned(), sound_of_adem());
        add("timeline".to_owned(), hash(without_words(document.clone()).json()));
        let before = before_texts(course, &plan.session.script, &plan.timeline.language);
        // Built-in words are those of adem, whose releases are no reason to write texts again.
        let built_in = AddedWords::built_in(&plan.timeline.language);
        let own = (*plan.timeline.words != built_in).then(|| format!("{:?}", plan.timeline.words));
        let added = own.unwrap_or_default();
        add(WORDS.to_owned(), hash(format!("{}{:?}{before:?}{added}", document.json(), posture(self, plan))));
        let beside: Vec<_> = job.beside.iter().map(|file| file.ending()).collect();
        add(FILES.to_owned(), beside.join(", "));
        add("tags".to_owned(), hash(format!("{tags:?}")));
        let formats: Vec<_> = job.outputs.iter().map(|output| output.format.name()).collect();
        add(FORMAT.to_owned(), formats.join(", "));
        add("mix".to_owned(), job.mix.name().to_owned());
        let numbers = (preset.anchor, preset.target, preset.ceiling, preset.voiceless, preset.coding);
        add("preset".to_owned(), hash(format!("{numbers:?}")));
        let stages = plan.session.voice.chain.stages().map_or_else(Vec::new, |stages| stages.bytes());
        for phrase in plan.timeline.phrases() {
            let (Some(path), Some(take)) = (&phrase.clip, plan.facts.clips.get(&phrase.key)) else {
                continue;
            };
            let fitting = plan.timeline.fittings.get(path);
            add(
                format!("{}{path}", if phrase.draft { DRAFT } else { "clip " }),
                hash(format!("{}{stages:?}{fitting:?}", take.facts.source)),
            );
        }
        if let Some(voice) = &plan.timeline.drafted_by {
            add(DRAFTED_BY.to_owned(), voice.to_string());
        }
        if let Some(room) = &plan.timeline.room {
            let file = room.tone.file.as_deref();
            let source = file.map(|file| store.source_key(file)).transpose()?;
            add("room tone".to_owned(), hash(format!("{:?}{:?}", source.map(|key| key.to_string()), room)));
        }
        for bed in &plan.timeline.beds {
            let Some(ambience) = course.ambiences.get(&bed.name) else { continue };
            add(format!("bed {}", bed.name), bed_recipe(&store, ambience)?.to_string());
        }
        for bell in plan.timeline.events.iter().filter_map(Event::bell) {
            let Some(bell) = course.bells.get(bell) else { continue };
            add(format!("bell {}", bell.id), store.bell_recipe(bell)?.to_string());
        }
        for recording in course.recordings.values().filter(|recording| plays(&plan.timeline, recording)) {
            let Some(file) = &recording.file else { continue };
            let cuts: Vec<_> =
                recording.cuts.iter().map(|cut| (&cut.sound.value, cut.from, cut.to)).collect();
            let bed = recording.bed.as_ref().and_then(|bed| course.ambiences.get(&bed.value));
            let bed = bed.map(|bed| bed_recipe(&store, bed)).transpose()?.map(|key| key.to_string());
            let source = store.source_key(&file.value)?;
            add(format!("recording {}", recording.id), hash(format!("{source}{bed:?}{cuts:?}")));
        }
        if let Some(own) = &course.header.publish.cover {
            add(format!("cover {}", own.value), hash(self.files.read(Path::new(&own.value))?));
        }
        Ok(Ingredients(list))
    }
}

/// The version of the sound of adem itself.
pub(super) fn sound_of_adem() -> String {
    format!("mix {MIX_VERSION} {}", sound_version())
}

/// Whether a timeline has sounds that are played from a finished recording.
fn plays(timeline: &Timeline, recording: &MixedRecording) -> bool {
    let clips: BTreeSet<&str> = timeline.phrases().filter_map(|phrase| phrase.clip.as_deref()).collect();
    let bells: BTreeSet<&str> = timeline.events.iter().filter_map(Event::bell).collect();
    recording.cuts.iter().any(|cut| match &cut.sound.value {
        CutSound::Clip(path) => clips.contains(path.as_str()),
        CutSound::Bell(name) => bells.contains(name.as_str()),
    })
}

/// A timeline that says when and how loud, but not what.
fn without_words(mut document: TimelineDocument) -> TimelineDocument {
    document.title.clear();
    document.chapters.iter_mut().for_each(|chapter| chapter.title.clear());
    for sound in &mut document.events {
        if let SoundKind::Phrase { text, .. } = &mut sound.kind {
            text.clear();
        }
    }
    document
}

fn hash(bytes: impl AsRef<[u8]>) -> String {
    blake3::hash(bytes.as_ref()).to_hex()[..32].to_owned()
}
