//! What a voice speaks of a script: its phrases in order, each once, with the pauses around it and what it has to fit.

use std::collections::{BTreeMap, BTreeSet};

use crate::script::Course;
use crate::script::elastic::Elastic;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::phrase_texts;
use crate::script::po::TranslationState;
use crate::script::session::PhraseKey;
use crate::script::step::{PhraseText, RepeatBody, StepKind, StepText};
use crate::unit::Seconds;

/// A script as a voice speaks it.
#[derive(Clone, Debug)]
pub struct SpokenScript {
    /// The id of the script.
    pub id: String,
    pub track: Option<u32>,
    /// In the language of the voice.
    pub title: String,
    /// The language it is written in.
    pub source: Option<Language>,
    pub parts: Vec<SpokenPart>,
}

/// A part of a script.
#[derive(Clone, Debug)]
pub struct SpokenPart {
    /// In the language of the voice.
    pub title: Option<String>,
    pub phrases: Vec<SpokenPhrase>,
}

/// A phrase as a voice speaks it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a phrase")]
pub struct SpokenPhrase {
    /// Its place in the script, from 1.
    pub number: usize,
    pub key: PhraseKey,
    /// The words, with their bars; `None` where they are not translated.
    pub text: Option<String>,
    /// Whether the translation has to be confirmed.
    pub is_fuzzy: bool,
    /// How it is meant, in the language of the voice if it is translated, else in that of the script.
    pub note: Option<String>,
    pub is_note_translated: bool,
    pub safety: bool,
    pub soft: bool,
    /// The time before it without words, at the usual length; `None` where nothing is before it.
    pub before: Option<Seconds>,
    /// The time after it without words, at the usual length.
    pub after: Seconds,
    pub grid: Option<VoiceGrid>,
}

/// What a phrase has to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceGrid {
    /// Its first half on the in-breath, its second on the out-breath.
    Breath { inhale: Seconds, exhale: Seconds },
    /// Whole, on the out-breath.
    OutBreath { exhale: Seconds },
    /// One beat on each pace, which takes this long.
    Paces { pace: Seconds },
}

impl SpokenScript {
    /// What a voice of a language speaks of a script. A programme has phrases of its own only; those of its exercises are in
    /// their scripts.
    pub fn of(course: &Course, script: &Script, language: &Language) -> Self {
        let texts = phrase_texts(course, language);
        let mut walk = PhraseWalk {
            course,
            language,
            texts: &texts,
            seen: BTreeSet::new(),
            found: Vec::new(),
            before: None,
            depth: 0,
        };
        let mut parts = Vec::new();
        for part in &script.parts {
            walk.steps(&script.id, &part.steps);
            let phrases = std::mem::take(&mut walk.found);
            if phrases.is_empty() {
                continue;
            }
            let own = part.title.as_ref().map(|title| (format!("{}:part", script.id), &title.value));
            let of_fragment = || {
                let step = part.steps.first()?.fragment()?;
                let fragment = course.fragments.get(&step.value)?;
                Some((format!("{}:title", fragment.id), &fragment.title.as_ref()?.value))
            };
            let title = own.or_else(of_fragment);
            let title = title.map(|(context, title)| course.text_in(&context, title, language));
            parts.push(SpokenPart { title, phrases });
        }
        Self {
            id: script.id.clone(),
            track: script.track.as_ref().map(|track| track.value),
            title: course.title_in(script, language),
            source: script.language.as_ref().map(|own| own.value.clone()),
            parts,
        }
    }

    /// Every script of a course that a voice speaks, in the order of its tracks.
    pub fn all(course: &Course, language: &Language) -> Vec<Self> {
        let mut scripts: Vec<_> =
            course.scripts.values().map(|script| Self::of(course, script, language)).collect();
        scripts.retain(|script| !script.parts.is_empty());
        scripts.sort_by_key(|script| (script.track.is_none(), script.track, script.id.clone()));
        scripts
    }

    pub fn phrases(&self) -> impl Iterator<Item = &SpokenPhrase> {
        self.parts.iter().flat_map(|part| &part.phrases)
    }

    /// How many of its phrases have words and no recording, each once, whichever of them a version speaks and how often.
    pub fn unrecorded(&self, is_recorded: impl Fn(&PhraseKey) -> bool) -> usize {
        self.phrases().filter(|phrase| phrase.text.is_some() && !is_recorded(&phrase.key)).count()
    }
}

/// A walk through the steps of a script and of the fragments it uses.
struct PhraseWalk<'a> {
    course: &'a Course,
    language: &'a Language,
    texts: &'a BTreeMap<PhraseKey, String>,
    seen: BTreeSet<PhraseKey>,
    found: Vec<SpokenPhrase>,
    /// The time since the last phrase; `None` at the start.
    before: Option<Seconds>,
    /// How deep in fragments.
    depth: usize,
}

/// The deepest nesting of fragments; deeper ones are an error elsewhere.
const DEEPEST: usize = 16;

impl PhraseWalk<'_> {
    fn steps(&mut self, file: &str, steps: &[StepText]) {
        for step in steps {
            match &step.kind {
                StepKind::Say(phrase) => self.phrase(file, phrase, phrase.pause, None),
                StepKind::Pause(pause) => self.pause(pause.natural),
                StepKind::Breathe(breath) => {
                    let (inhale, exhale) = (breath.inhale, breath.exhale);
                    let [_, rounds, _] = breath.times;
                    let silent =
                        |spoken: u32| (inhale + exhale).times(u64::from(rounds.saturating_sub(spoken)));
                    if let Some(phrase) = &breath.phrase {
                        let grid = if phrase.text.value.contains('|') {
                            VoiceGrid::Breath { inhale, exhale }
                        } else {
                            VoiceGrid::OutBreath { exhale }
                        };
                        self.phrase(file, phrase, phrase.pause, Some(grid));
                        self.pause(silent(breath.spoken.max(1)));
                    } else {
                        self.pause(silent(0));
                    }
                }
                StepKind::Walk(walk) => {
                    if let Some(phrase) = &walk.phrase {
                        let grid =
                            phrase.text.value.contains('|').then_some(VoiceGrid::Paces { pace: walk.pace });
                        self.phrase(file, phrase, phrase.pause, grid);
                    }
                }
                StepKind::Bell(_) => {}
                StepKind::Use(name) => self.fragment(&name.value),
                StepKind::Repeat(repeat) => match &repeat.body {
                    RepeatBody::Steps(steps) => self.steps(file, steps),
                    RepeatBody::Rotate(phrases) => {
                        for phrase in phrases {
                            self.phrase(file, phrase, phrase.pause.or(repeat.pause), None);
                        }
                    }
                },
                StepKind::Together(group) => self.steps(file, &group.steps),
            }
        }
    }

    fn fragment(&mut self, name: &str) {
        let Some(fragment) = self.course.fragments.get(name).filter(|_| self.depth < DEEPEST) else { return };
        self.depth += 1;
        self.steps(&fragment.id, &fragment.steps);
        self.depth -= 1;
    }

    fn pause(&mut self, natural: Seconds) {
        *self.before.get_or_insert(Seconds::ZERO) += natural;
        if let Some(last) = self.found.last_mut() {
            last.after += natural;
        }
    }

    fn phrase(&mut self, file: &str, phrase: &PhraseText, pause: Option<Elastic>, grid: Option<VoiceGrid>) {
        let after = pause.unwrap_or_else(Elastic::after_phrase).natural;
        let before = self.before.replace(after);
        let Some(id) = &phrase.id else { return };
        let key = PhraseKey { file: file.to_owned(), id: id.value.clone() };
        if !self.seen.insert(key.clone()) {
            return;
        }
        let translations = self.course.translations.get(self.language);
        let state = translations.map(|texts| texts.find(&key.to_string(), &phrase.text.value));
        let text = self.texts.get(&key).cloned();
        let note = phrase.note.as_deref();
        let own_note =
            note.zip(translations).and_then(|(note, texts)| texts.usable(&format!("{file}:note"), note));
        self.found.push(SpokenPhrase {
            number: self.seen.len(),
            is_fuzzy: text.is_some() && matches!(state, Some(TranslationState::Fuzzy(_))),
            text,
            key,
            note: own_note.or(note).map(str::to_owned),
            is_note_translated: own_note.is_some(),
            safety: phrase.safety,
            soft: phrase.soft,
            before,
            after,
            grid,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::files::MemoryFiles;

    const SCRIPT: &str = "track = 1\nlanguage = \"nl\"\ntitle = \"Plek\"\n\n[[part]]\ntitle = \"Begin\"\nsteps = [\n\
        { say = \"Een.\", id = \"een\", pause = 2, note = \"zacht\" },\n{ pause = 4 },\n\
        { use = \"slot\" },\n\
        { breathe = { in = 4, out = 6, times = 2 }, say = \"In | uit\", id = \"adem\" },\n\
        { repeat = 2, pause = 5, rotate = [{ say = \"Twee.\", id = \"twee\" }] },\n]\n\n\
        [[part]]\nuse = \"slot\"\n";

    fn script() -> SpokenScript {
        let files = MemoryFiles::new()
            .with("course.toml", "title = \"C\"\nlanguages = [\"nl\", \"de\"]\n")
            .with("scripts/plek.toml", SCRIPT)
            .with(
                "scripts/fragments/slot.toml",
                "language = \"nl\"\ntitle = \"Slot\"\nsteps = [{ say = \"Dag.\", id = \"dag\" }]\n",
            )
            .with(
                "scripts/po/de.po",
                "msgid \"\"\nmsgstr \"Language: de\\n\"\n\nmsgctxt \"plek/een\"\nmsgid \"Een.\"\nmsgstr \"Eins.\"\n\n\
                 #, fuzzy\nmsgctxt \"slot/dag\"\nmsgid \"Dag.\"\nmsgstr \"Tschüs.\"\n",
            );
        let course = Course::open(&files, &Sink::new()).unwrap();
        let language = Language::parse("de").unwrap();
        SpokenScript::of(&course, &course.scripts["plek"], &language)
    }

    #[test]
    fn phrases_come_in_order_once_with_the_pauses_around_them() {
        let script = script();
        assert_eq!(script.parts.len(), 1, "the second part has only what was said before");
        let lines: Vec<_> = script
            .phrases()
            .map(|phrase| {
                let seconds = |time: Seconds| time.as_f64();
                (phrase.number, phrase.key.to_string(), phrase.before.map(seconds), seconds(phrase.after))
            })
            .collect();
        let line = |number, key: &str, before, after| (number, key.to_owned(), before, after);
        let known = [
            line(1, "plek/een", None, 6.0),
            line(2, "slot/dag", Some(6.0), 3.0),
            // The second breath has no words.
            line(3, "plek/adem", Some(3.0), 13.0),
            line(4, "plek/twee", Some(13.0), 5.0),
        ];
        assert_eq!(lines, known);
    }

    #[test]
    fn words_are_those_of_the_voice_and_seconds_stand_only_on_a_grid() {
        let script = script();
        let phrases: Vec<_> = script.phrases().collect();
        let texts: Vec<_> = phrases.iter().map(|phrase| phrase.text.as_deref()).collect();
        assert_eq!(texts, [Some("Eins."), Some("Tschüs."), None, None]);
        assert_eq!(phrases.iter().filter(|phrase| phrase.is_fuzzy).count(), 1);
        let breath = VoiceGrid::Breath { inhale: Seconds::whole(4), exhale: Seconds::whole(6) };
        assert_eq!(
            phrases.iter().map(|phrase| phrase.grid).collect::<Vec<_>>(),
            [None, None, Some(breath), None]
        );
    }
}
