//! The engines that speak drafts, the best first in each language, and where they are found.
//!
//! The order is that of measured likeness to a reader: words misheard by Whisper base, and an estimate of quality
//! (docs/voice.md, drafts).

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

use super::program::answer;
use crate::script::language::Language;
use crate::script::speech_engine::{DraftVoice, SpeechEngine};
use crate::script::voice::Voice;

/// What speaks the drafts of a voice.
#[derive(Clone, Debug)]
pub(super) struct DraftSpeaker {
    /// The engine, if adem knows it.
    pub(super) engine: Option<SpeechEngine>,
    /// How it is named.
    pub(super) voice: DraftVoice,
    /// The program and its arguments.
    pub(super) command: Vec<String>,
    pub(super) manner: Manner,
    /// What the same words sound like depends on this, and on nothing else.
    pub(super) recipe: Vec<String>,
}

/// How a program takes its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// One run for each, with the words and the file among its arguments.
    Phrase,
    /// Many in one run, in the lines of its standard input.
    Lines,
}

impl DraftSpeaker {
    /// The program that a voice names.
    pub(super) fn named(command: &[String], manner: Manner) -> Self {
        let program = command.first().map(String::as_str).unwrap_or_default();
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
        let voice = DraftVoice {
            engine: name.chars().filter(|c| !c.is_control()).collect(),
            version: String::new(),
            voice: String::new(),
            licence: String::new(),
            instead_of: None,
        };
        let mut recipe = command.to_vec();
        recipe.extend((manner == Manner::Lines).then(|| "lines".to_owned()));
        Self { engine: None, voice, command: command.to_vec(), manner, recipe }
    }

    /// A text without what the program would not speak: pico reads tags in it.
    pub(super) fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.engine == Some(SpeechEngine::Pico) {
            text.replace(['<', '>', '&'], " ").into()
        } else {
            text.into()
        }
    }

    /// The program, as messages name it.
    pub(super) fn program(&self) -> String {
        match self.engine {
            Some(engine) => engine.name().to_owned(),
            None => self.command.first().cloned().unwrap_or_default(),
        }
    }
}

/// The engines that may speak. The default is espeak-ng alone, which needs nothing.
#[derive(Debug, Default)]
pub struct Engines {
    /// Where `voice/engines/install.py` has installed some.
    pub(super) folder: Option<PathBuf>,
    /// Whether programs of the system count.
    pub(super) of_system: bool,
    /// The one that was asked for.
    pub(super) preferred: Option<SpeechEngine>,
    pub(super) espeak: OnceLock<String>,
    pub(super) flite: OnceLock<String>,
}

impl Engines {
    /// The engines in a folder and those that the system has; the preferred one comes before all others.
    pub fn installed(folder: Option<PathBuf>, preferred: Option<SpeechEngine>) -> Self {
        Self { folder, of_system: true, preferred, ..Self::default() }
    }

    /// The best engine for a voice: the one that was asked for, that of its clips, then by order of quality.
    pub(super) fn best(&self, voice: &Voice) -> DraftSpeaker {
        let asked = self.preferred.into_iter().chain(voice.engine);
        let order = asked.chain(order(&voice.language).iter().copied());
        let found = order.into_iter().find_map(|engine| self.speaker(engine, &voice.language));
        found.unwrap_or_else(|| self.espeak(&voice.language))
    }

    /// An engine with its voice of a language, if it is installed and has one.
    fn speaker(&self, engine: SpeechEngine, language: &Language) -> Option<DraftSpeaker> {
        let own = first_subtag(language);
        match engine {
            SpeechEngine::Espeak => Some(self.espeak(language)),
            SpeechEngine::Hibari | SpeechEngine::Kokoro => {
                let voice = voice_of(engine, &own)?;
                let folder = self.folder.as_ref()?.join(engine.name());
                let installed = InstalledEngine::read(&folder)?;
                let python = folder.join("python").join(PYTHON);
                let how = [engine.name(), voice, &own, SPEED];
                let mut command = vec![python.to_string_lossy().into_owned()];
                // Isolated: neither the folder it is called in nor the user's own packages are looked into.
                command.push("-I".to_owned());
                command.push(folder.join("speak.py").to_string_lossy().into_owned());
                command.extend(how.map(str::to_owned));
                let mut recipe = how.map(str::to_owned).to_vec();
                recipe.extend([installed.version.clone(), installed.speech.to_string()]);
                // English has its own pronunciation there; the sounds of other languages are those of espeak-ng.
                recipe.extend((own != "en").then(|| self.espeak_version().to_owned()));
                let voice = draft_voice_of(engine, installed.version, voice);
                Some(DraftSpeaker { engine: Some(engine), voice, command, manner: Manner::Lines, recipe })
            }
            SpeechEngine::Flite => {
                let voice = voice_of(engine, &own).filter(|_| self.of_system && is_on_path("flite"))?;
                let version = self.flite.get_or_init(|| version_in(&answer("flite --version"), "flite-"));
                Some(by_phrase(engine, voice, version.clone(), flite(voice)))
            }
            SpeechEngine::Pico => {
                let voice = voice_of(engine, &own).filter(|_| self.of_system && is_on_path("pico2wave"))?;
                Some(by_phrase(engine, voice, String::new(), pico(voice)))
            }
        }
    }

    fn espeak(&self, language: &Language) -> DraftSpeaker {
        espeak(language, self.espeak_version())
    }

    fn espeak_version(&self) -> &str {
        self.espeak.get_or_init(|| version_in(&answer("espeak-ng --version"), "text-to-speech: "))
    }
}

/// What `engine.json` says, which is written when an engine is installed and speaks.
#[derive(Deserialize)]
struct InstalledEngine {
    version: String,
    /// A number that is raised when the same words sound otherwise.
    speech: u64,
}

impl InstalledEngine {
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join("engine.json")).ok()?).ok()
    }
}

/// Where the Python of an environment is.
const PYTHON: &str = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
/// Slower than a reader by a little; under 0.8 Kokoro puts a vowel before phrases.
const SPEED: &str = "0.85";

fn first_subtag(language: &Language) -> String {
    let tag = language.as_str().to_lowercase();
    tag.split('-').next().unwrap_or(&tag).to_owned()
}

/// The engines of a language before espeak-ng, the best first.
fn order(language: &Language) -> &'static [SpeechEngine] {
    match first_subtag(language).as_str() {
        "en" => &[SpeechEngine::Hibari, SpeechEngine::Kokoro, SpeechEngine::Flite],
        "nl" | "fr" => &[SpeechEngine::Kokoro],
        "de" | "es" => &[SpeechEngine::Kokoro, SpeechEngine::Pico],
        _ => &[],
    }
}

/// The voice of an engine that speaks a language best; `None` where it has none.
fn voice_of(engine: SpeechEngine, language: &str) -> Option<&'static str> {
    match (engine, language) {
        (SpeechEngine::Hibari, "en") => Some("heart"),
        // An Italian voice with the sounds of Dutch and German: of the six voices that were tried, the one that was understood best.
        (SpeechEngine::Kokoro, "nl" | "de") => Some("if_sara"),
        (SpeechEngine::Kokoro, "en") => Some("bf_emma"),
        (SpeechEngine::Kokoro, "fr") => Some("ff_siwis"),
        (SpeechEngine::Kokoro, "es") => Some("ef_dora"),
        (SpeechEngine::Flite, "en") => Some("slt"),
        (SpeechEngine::Pico, "de") => Some("de-DE"),
        (SpeechEngine::Pico, "es") => Some("es-ES"),
        (SpeechEngine::Pico, "en") => Some("en-GB"),
        (SpeechEngine::Pico, "fr") => Some("fr-FR"),
        (
            SpeechEngine::Hibari
            | SpeechEngine::Kokoro
            | SpeechEngine::Flite
            | SpeechEngine::Pico
            | SpeechEngine::Espeak,
            _,
        ) => None,
    }
}

fn draft_voice_of(engine: SpeechEngine, version: String, voice: &str) -> DraftVoice {
    DraftVoice {
        engine: engine.name().to_owned(),
        version,
        voice: voice.to_owned(),
        licence: engine.licence().to_owned(),
        instead_of: None,
    }
}

fn by_phrase(engine: SpeechEngine, voice: &str, version: String, command: Vec<String>) -> DraftSpeaker {
    let mut recipe = command.clone();
    recipe.push(version.clone());
    let voice = draft_voice_of(engine, version, voice);
    DraftSpeaker { engine: Some(engine), voice, command, manner: Manner::Phrase, recipe }
}

fn flite(voice: &str) -> Vec<String> {
    let words = "flite -voice VOICE --setf duration_stretch=1.35 -t {text} -o {out}".replace("VOICE", voice);
    words.split(' ').map(str::to_owned).collect()
}

fn pico(voice: &str) -> Vec<String> {
    let words = ["pico2wave", "-l", voice, "-w", "{out}", "<speed level=\"80\">{text}</speed>"];
    words.map(str::to_owned).to_vec()
}

/// What stands after `mark`, to the next space; empty where it is not there.
fn version_in(said: &str, mark: &str) -> String {
    let after = said.split_once(mark).map_or("", |(_, after)| after);
    after.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Whether a program of this name is in a folder of `PATH`, or is a file where its name has a folder.
pub(super) fn is_on_path(program: &str) -> bool {
    if Path::new(program).components().count() > 1 {
        return Path::new(program).is_file();
    }
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.is_absolute() && folder.join(&file).is_file())
}

/// espeak-ng with a soft voice and slow speech (`-s 110`, measured as three syllables of Dutch per second).
pub(super) fn espeak(language: &Language, version: &str) -> DraftSpeaker {
    let voice = draft_voice(language).unwrap_or_else(|| format!("{}+f2", language.as_str().to_lowercase()));
    let command = "espeak-ng -v VOICE -s 110 -p 38 -g 3 -a 120 -w {out} -- {text}".replace("VOICE", &voice);
    let command = command.split(' ').map(str::to_owned).collect();
    by_phrase(SpeechEngine::Espeak, &voice, version.to_owned(), command)
}

/// The voice of espeak-ng for a language: of its region where there is one, else of the language. `None` if it does not speak it.
pub fn draft_voice(language: &Language) -> Option<String> {
    let tag = language.as_str().to_lowercase();
    match tag.as_str() {
        "en" => return Some("en-gb+f3".to_owned()),
        "fr" => return Some("fr-fr+f2".to_owned()),
        _ => {}
    }
    let own = REGIONS.contains(&tag.as_str()).then(|| tag.clone()).or_else(|| {
        let first = tag.split('-').next().unwrap_or(&tag);
        let known = SPOKEN.split(' ').any(|known| known == first);
        let named = match first {
            "zh" if tag.split('-').any(|part| part == "hk") => "yue",
            "zh" => "cmn",
            "no" => "nb",
            other if known => other,
            _ => return None,
        };
        Some(named.to_owned())
    })?;
    Some(format!("{own}+f2"))
}

/// The regions that espeak-ng 1.51 speaks apart from their languages, and its languages (`espeak-ng --voices`).
const REGIONS: [&str; 9] =
    ["en-gb", "en-us", "en-029", "es-419", "fr-be", "fr-ch", "fr-fr", "pt-br", "fa-latn"];
const SPOKEN: &str = "af am an ar as az ba be bg bn bpy bs ca cmn cs cv cy da de el en eo es et eu fa fi fr ga gd gn grc gu \
                      hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr \
                      ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt py qdb qu quc qya ro ru sd shn si sjn sk sl smj sq \
                      sr sv sw ta te th tk tn tr tt ug uk ur uz vi yue";
