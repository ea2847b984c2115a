//! A session: one script in one language and version, with fragments, texts, defaults and choices resolved.
//! Layout needs nothing but this and the facts of the clips.

use std::fmt;

use super::bed::{BedLevel, BedSettings, BedUse};
use super::elastic::Elastic;
use super::exercise::{
    BellText, BreathText, ClockTime, CueText, Guidance, LengthLimits, PhraseText, Script, StepKind, StepText,
};
use super::language::Language;
use super::load::Course;
use super::po::Found;
use super::preset::{Anchor, Preset};
use super::table::list;
use super::voice::Voice;
use crate::diag::{Code, Diagnostic, FileId, Sink, Span, nearest};
use crate::unit::{Db, SampleRate, Seconds};

/// Which version of an exercise is wanted; what is `None` is the script's or the course's own choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variant {
    /// The language.
    pub language: Option<Language>,
    /// The voice.
    pub voice: Option<String>,
    /// The guidance level.
    pub guidance: Option<Guidance>,
    /// Another bed for the whole track, or `none`.
    pub bed: Option<String>,
    /// Without bells and breath swells.
    pub no_cues: bool,
    /// The preset.
    pub preset: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// Frames a second.
    pub rate: Option<SampleRate>,
}

/// What a clip and a translation hang on: the file and the id of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhraseKey {
    /// The script or fragment.
    pub file: String,
    /// The phrase in it.
    pub id: String,
}

impl fmt::Display for PhraseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.file, self.id)
    }
}

/// One script, checked and resolved.
#[derive(Clone, Debug)]
pub struct Session {
    /// The id of the script.
    pub script: String,
    /// Where its file begins.
    pub span: Span,
    /// Its number in the course.
    pub track: Option<u32>,
    /// Its title in this language.
    pub title: String,
    /// The language.
    pub language: Language,
    /// The voice.
    pub voice: Voice,
    /// The guidance level.
    pub guidance: Guidance,
    /// The preset, with the rate that was asked for.
    pub preset: Preset,
    /// The seed of everything random.
    pub seed: u64,
    /// How long the exercise can sensibly be.
    pub length: Option<LengthLimits>,
    /// Before the first sound.
    pub head: Elastic,
    /// After the last.
    pub tail: Elastic,
    /// The parts.
    pub parts: Vec<Part>,
    /// Bells at clock times.
    pub cues: Vec<Cue>,
    /// Whether bells and breath swells sound.
    pub cues_sound: bool,
}

/// A part: a chapter where it has a title.
#[derive(Clone, Debug)]
pub struct Part {
    /// The title in this language.
    pub title: Option<String>,
    /// Its bed, if it has one.
    pub bed: Option<BedSettings>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step and its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is written.
    pub span: Span,
    /// What happens.
    pub deed: Deed,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The voice speaks, and a pause follows.
    Say(Phrase),
    /// Silence.
    Pause(Elastic),
    /// Breaths on a grid.
    Breathe(Breath),
    /// A bell.
    Bell(Strike),
}

/// What one `say` speaks, in this language.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Its name for ever.
    pub key: PhraseKey,
    /// Where its text is written.
    pub span: Span,
    /// The words, without bars.
    pub text: String,
    /// The words of each beat; one where there is no bar.
    pub beats: Vec<String>,
    /// Whether this version speaks it; if not, it leaves its place.
    pub spoken: bool,
    /// Never dropped.
    pub safety: bool,
    /// Left alone by levelling.
    pub soft: bool,
    /// The silence after it.
    pub pause: Elastic,
}

/// Breaths on a grid.
#[derive(Clone, Debug)]
pub struct Breath {
    /// The in-breath.
    pub inhale: Seconds,
    /// The out-breath.
    pub exhale: Seconds,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// What is said on it.
    pub phrase: Option<Phrase>,
    /// In how many rounds.
    pub spoken: u32,
    /// The silence after the last round.
    pub pause: Option<Elastic>,
}

/// A bell to be struck.
#[derive(Clone, Debug)]
pub struct Strike {
    /// Which.
    pub bell: String,
    /// A level of the author's own.
    pub gain: Option<Db>,
    /// The next phrase does not wait.
    pub over: bool,
}

/// A bell at a clock time.
#[derive(Clone, Debug)]
pub struct Cue {
    /// Where it is written.
    pub span: Span,
    /// When.
    pub at: ClockTime,
    /// Which bell.
    pub strike: Strike,
}

impl Session {
    /// Resolves a script of a checked course into the version that was asked for; what cannot be resolved goes to
    /// `sink`, and then there may be no session.
    pub fn build(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Self> {
        let language = choose_language(course, script, variant, sink)?;
        let voice = choose_voice(course, script, &language, variant, sink)?;
        let guidance = choose_guidance(script, variant, sink)?;
        let mut preset = choose_preset(course, script, variant, sink)?;
        preset.rate = variant.rate.unwrap_or(preset.rate);
        let texts = Texts {
            course,
            language: &language,
            source: script.language.as_ref().map(|own| &own.value),
            sink,
        };
        let expand = Expand { course, texts: &texts, guidance };
        let script_bed = script.bed.over(&course.header.bed);
        let bed = |own: Option<&BedUse>| {
            let mut used = own.map_or_else(|| script_bed.clone(), |own| own.over(&script_bed));
            if let Some(name) = &variant.bed {
                used =
                    BedUse::named(crate::diag::Spanned::new(name.clone(), start_of(script.file))).over(&used);
            }
            used.settle()
        };
        let parts = script.parts.iter().map(|part| {
            let fragment = part.fragment().and_then(|name| course.fragments.get(name));
            let title = part.title.as_ref().map(|title| (&script.id, title)).or_else(|| {
                let fragment = fragment?;
                fragment.title.as_ref().map(|title| (&fragment.id, title))
            });
            let kind = if part.title.is_some() { "part" } else { "title" };
            Part {
                title: title
                    .map(|(file, title)| texts.title(&format!("{file}:{kind}"), &title.value, title.span)),
                bed: bed(part.bed.as_ref()),
                steps: expand.steps(&script.id, &part.steps, 0),
            }
        });
        let parts = parts.collect();
        let title = script.title.as_ref()?;
        Some(Self {
            script: script.id.clone(),
            span: start_of(script.file),
            track: script.track.as_ref().map(|track| track.value),
            title: texts.title(&format!("{}:title", script.id), &title.value, title.span),
            voice,
            guidance,
            preset,
            seed: variant.seed.unwrap_or(script.seed),
            length: script.length,
            head: script.head,
            tail: script.tail,
            parts,
            cues: script.cues.iter().map(|cue| expand.cue(cue)).collect(),
            cues_sound: !variant.no_cues,
            language,
        })
    }

    /// Every phrase of the script at every level, each once, in order: what the speech anchor is reckoned from.
    pub fn phrases(&self) -> Vec<&Phrase> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.parts.iter().flat_map(|part| &part.steps);
        steps.filter_map(Step::phrase).filter(|phrase| seen.insert(&phrase.key)).collect()
    }

    /// Whether any level or place hangs on how loud the voice speaks. It does, unless the whole file is the anchor,
    /// every bell and bed has a level of its own, and nothing waits for a bell to fade under the voice.
    pub fn hangs_on_speech(&self) -> bool {
        let placed = |strike: &Strike| strike.gain.is_none();
        let steps = self.parts.iter().flat_map(|part| &part.steps);
        self.preset.anchor == Anchor::Speech
            || self.beds().any(|bed| matches!(bed.level, BedLevel::Under(_)))
            || self.cues.iter().any(|cue| placed(&cue.strike))
            || steps.map(|step| &step.deed).any(|deed| match deed {
                Deed::Bell(strike) => placed(strike) || !strike.over,
                Deed::Breathe(_) => true,
                Deed::Say(_) | Deed::Pause(_) => false,
            })
    }

    /// The beds of the parts, in order.
    pub fn beds(&self) -> impl Iterator<Item = &BedSettings> {
        self.parts.iter().filter_map(|part| part.bed.as_ref())
    }

    /// The bells this version can strike, each once.
    pub fn bells(&self) -> Vec<&Strike> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.parts.iter().flat_map(|part| &part.steps);
        let steps = steps.filter_map(|step| match &step.deed {
            Deed::Bell(strike) => Some(strike),
            _ => None,
        });
        let all = steps.chain(self.cues.iter().map(|cue| &cue.strike));
        all.filter(|strike| seen.insert(strike.bell.as_str())).collect()
    }
}

impl Step {
    /// What the step says, if it says something.
    pub fn phrase(&self) -> Option<&Phrase> {
        match &self.deed {
            Deed::Say(phrase) => Some(phrase),
            Deed::Breathe(breath) => breath.phrase.as_ref(),
            Deed::Pause(_) | Deed::Bell(_) => None,
        }
    }
}

/// The very start of a file, for what a whole file lacks.
fn start_of(file: FileId) -> Span {
    Span::new(file, 0..0)
}

fn choose_language(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Language> {
    let own = script.language.as_ref()?;
    let Some(wanted) = &variant.language else { return Some(own.value.clone()) };
    if *wanted == own.value || course.header.languages.iter().any(|language| language.value == *wanted) {
        return Some(wanted.clone());
    }
    let known: Vec<_> = course.header.languages.iter().map(|language| language.value.as_str()).collect();
    let span = course.header.languages.first().map_or(start_of(course.header.file), |first| first.span);
    sink.emit(
        Diagnostic::error(Code::UnknownLanguage, span, format!("the course has no language `{wanted}`"))
            .help(format!("it has {}; add \"{wanted}\" to `languages` to begin another", list(known))),
    );
    None
}

fn choose_voice(
    course: &Course,
    script: &Script,
    language: &Language,
    variant: &Variant,
    sink: &Sink,
) -> Option<Voice> {
    let of_language =
        || course.voices.iter().filter(|((tag, _), _)| tag == language).map(|((_, id), _)| id.as_str());
    let named = course.header.voices.get(language);
    let Some(wanted) = variant.voice.as_deref().or(named.map(|voice| voice.value.as_str())) else {
        let only: Vec<_> = of_language().collect();
        if let [only] = only[..] {
            return course.voices.get(&(language.clone(), only.to_owned())).cloned();
        }
        let message = format!("no voice is named for `{language}`");
        let missing = Diagnostic::error(Code::UnknownVoice, start_of(course.header.file), message);
        sink.emit(missing.help(format!(
            "add `{language} = \"…\"` to `voices` in course.toml, or ask for one with --voice"
        )));
        return None;
    };
    if let Some(voice) = course.voices.get(&(language.clone(), wanted.to_owned())) {
        return Some(voice.clone());
    }
    let span = named.filter(|_| variant.voice.is_none()).map_or(start_of(script.file), |voice| voice.span);
    let unknown =
        Diagnostic::error(Code::UnknownVoice, span, format!("there is no voice `{wanted}` for `{language}`"));
    sink.emit(match nearest(wanted, of_language()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => {
            unknown.help(format!("a voice is a folder voice/{language}/{wanted} with a voice.toml in it"))
        }
    });
    None
}

fn choose_guidance(script: &Script, variant: &Variant, sink: &Sink) -> Option<Guidance> {
    let wanted = variant.guidance.unwrap_or(script.levels[0]);
    if script.levels.contains(&wanted) {
        return Some(wanted);
    }
    let message = format!("this exercise has no level `{}`", wanted.name());
    let levels = list(script.levels.iter().map(|level| level.name()));
    let unknown = Diagnostic::error(Code::UnknownLevel, start_of(script.file), message);
    sink.emit(unknown.help(format!("its author allows {levels}; `levels` in the script says so")));
    None
}

fn choose_preset(course: &Course, script: &Script, variant: &Variant, sink: &Sink) -> Option<Preset> {
    let named = course.header.preset.as_ref();
    let name = variant.preset.as_deref().or(named.map(|name| name.value.as_str())).unwrap_or("stream");
    if let Some(preset) = course.header.presets.get(name) {
        return Some(preset.clone());
    }
    if name == "stream" {
        return Some(Preset::stream());
    }
    let known = || course.header.presets.keys().map(String::as_str).chain(["stream"]);
    let span = named.filter(|_| variant.preset.is_none()).map_or(start_of(script.file), |name| name.span);
    let unknown = Diagnostic::error(Code::UnknownPreset, span, format!("there is no preset `{name}`"));
    sink.emit(match nearest(name, known()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => unknown.help(format!("there is {}", list(known()))),
    });
    None
}

/// Finds texts in the language of the session.
struct Texts<'a> {
    course: &'a Course,
    language: &'a Language,
    source: Option<&'a Language>,
    sink: &'a Sink,
}

impl Texts<'_> {
    /// The text of a phrase; a missing one is an error, as nobody could speak it.
    fn phrase(&self, key: &PhraseKey, source: &str, span: Span) -> String {
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(&key.to_string(), source) {
            Found::Current(entry) => entry.text.clone(),
            Found::Stale(entry) => {
                let stale = Diagnostic::warning(
                    Code::StaleTranslation,
                    entry.span,
                    format!("`{key}` translates an older text"),
                );
                self.sink.emit(
                    stale.related(span, "this is the text now").help("translate it anew, or confirm it"),
                );
                entry.text.clone()
            }
            Found::Fuzzy(entry) => {
                let doubt = format!("the translation of `{key}` is marked fuzzy");
                let fuzzy = Diagnostic::error(Code::FuzzyTranslation, entry.span, doubt);
                self.sink.emit(fuzzy.help("let the translator look at it and take the mark away"));
                entry.text.clone()
            }
            Found::Missing => {
                self.sink.emit(not_translated(self.language, &key.to_string(), span, true));
                source.to_owned()
            }
        }
    }

    /// A title; a missing one is only a warning, as nothing is spoken.
    fn title(&self, context: &str, source: &str, span: Span) -> String {
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(context, source) {
            Found::Current(entry) | Found::Stale(entry) | Found::Fuzzy(entry) => entry.text.clone(),
            Found::Missing => {
                self.sink.emit(not_translated(self.language, context, span, false));
                source.to_owned()
            }
        }
    }

    fn find(&self, context: &str, source: &str) -> Found<'_> {
        self.course
            .translations
            .get(self.language)
            .map_or(Found::Missing, |texts| texts.find(context, source))
    }
}

/// What is said of a text that a language does not have.
pub(super) fn not_translated(language: &Language, context: &str, span: Span, stops: bool) -> Diagnostic {
    let message = format!("this is not translated into `{language}`");
    let missing = if stops {
        Diagnostic::error(Code::NotTranslated, span, message)
    } else {
        Diagnostic::warning(Code::NotTranslated, span, message)
    };
    missing.help(format!("add it to scripts/po/{language}.po with msgctxt \"{context}\""))
}

/// Turns the steps of scripts and fragments into those of a session.
struct Expand<'a> {
    course: &'a Course,
    texts: &'a Texts<'a>,
    guidance: Guidance,
}

/// Fragments within fragments go no deeper than this; a loop has been refused before.
const DEEPEST: usize = 16;

impl Expand<'_> {
    fn steps(&self, file: &str, steps: &[StepText], depth: usize) -> Vec<Step> {
        let mut expanded = Vec::new();
        for step in steps {
            let deed = match &step.kind {
                StepKind::Say(phrase) => self.phrase(file, phrase).map(Deed::Say),
                StepKind::Pause(pause) => Some(Deed::Pause(*pause)),
                StepKind::Breathe(breath) => Some(Deed::Breathe(self.breath(file, breath))),
                StepKind::Bell(bell) => Some(Deed::Bell(self.strike(bell))),
                StepKind::Use(name) => {
                    if let Some(fragment) = self.course.fragments.get(&name.value).filter(|_| depth < DEEPEST)
                    {
                        expanded.extend(self.steps(&fragment.id, &fragment.steps, depth + 1));
                    }
                    None
                }
            };
            expanded.extend(deed.map(|deed| Step { span: step.span, deed }));
        }
        expanded
    }

    fn phrase(&self, file: &str, phrase: &PhraseText) -> Option<Phrase> {
        let key = PhraseKey { file: file.to_owned(), id: phrase.id.as_ref()?.value.clone() };
        let text = self.texts.phrase(&key, &phrase.text.value, phrase.text.span);
        let beats: Vec<_> = text.split('|').map(|beat| beat.trim().to_owned()).collect();
        Some(Phrase {
            span: phrase.text.span,
            text: beats.join(" "),
            beats,
            spoken: match self.guidance {
                Guidance::Full => true,
                Guidance::Light => phrase.light,
                Guidance::Bells => false,
            },
            safety: phrase.safety,
            soft: phrase.soft,
            pause: phrase.pause,
            key,
        })
    }

    /// The level of a bell is that of the step, else that of the bell itself.
    fn strike(&self, bell: &BellText) -> Strike {
        let own = self.course.bells.get(&bell.name.value).and_then(|bell| bell.gain);
        Strike { bell: bell.name.value.clone(), gain: bell.gain.or(own), over: bell.over }
    }

    fn cue(&self, cue: &CueText) -> Cue {
        Cue { span: cue.at.span, at: cue.at.value, strike: self.strike(&cue.bell) }
    }

    fn breath(&self, file: &str, breath: &BreathText) -> Breath {
        Breath {
            inhale: breath.inhale,
            exhale: breath.exhale,
            times: breath.times,
            phrase: breath.phrase.as_ref().and_then(|phrase| self.phrase(file, phrase)),
            spoken: breath.spoken,
            pause: breath.pause,
        }
    }
}
