//! A session: one script in one language and version, with fragments, texts, defaults and choices resolved.
//! Layout needs nothing but this and the facts of the clips.

use std::cell::Cell;
use std::fmt;

use super::bed::{BedLevel, BedSettings, BedUse};
use super::elastic::Elastic;
use super::exercise::{ClockTime, CueText, Guidance, LengthLimits, Script};
use super::language::Language;
use super::load::Course;
use super::po::{Entry, Found};
use super::preset::{Anchor, Preset};
use super::step::{
    BellText, BreathText, Keep, PhraseText, RepeatBody, RepeatText, StepKind, StepText, WalkText, When,
    phrases,
};
use super::table::list;
use super::voice::Voice;
use crate::diag::{Code, Diagnostic, FileId, Severity, Sink, Span, nearest};
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
    /// Phrases without a recording are spoken by a machine, and doubtful translations are used.
    pub draft: bool,
    /// Without bells and breath swells.
    pub no_cues: bool,
    /// What the listener chose: names and values.
    pub choices: Vec<(String, String)>,
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
    /// Whether a machine speaks what nobody has recorded yet.
    pub draft: bool,
    /// What was chosen.
    pub choices: Vec<(String, String)>,
    /// Every phrase of the script at every level and for every choice, each once, in order: what the speech anchor is
    /// reckoned from.
    pub all_phrases: Vec<Phrase>,
}

/// A part: a chapter where it has a title.
#[derive(Clone, Debug)]
pub struct Part {
    /// The title in this language.
    pub title: Option<String>,
    /// Its bed, if it has one.
    pub bed: Option<BedSettings>,
    /// The clock time at which it begins, and where that is written.
    pub at: Option<(ClockTime, Span)>,
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
    /// Paces on a grid.
    Walk(Walk),
    /// A bell.
    Bell(Strike),
    /// Rounds of steps.
    Repeat(Repeat),
    /// Steps that are kept or left out as one.
    Together(Together),
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
    /// In which versions it is spoken.
    pub keep: Keep,
    /// Never dropped.
    pub safety: bool,
    /// Left alone by levelling.
    pub soft: bool,
    /// The silence after it, where it names one.
    pub pause: Option<Elastic>,
    /// Spoken exactly when that phrase is left out.
    pub instead: Option<PhraseKey>,
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
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
}

/// Paces on a grid.
#[derive(Clone, Debug)]
pub struct Walk {
    /// One pace.
    pub pace: Seconds,
    /// Least, natural and most paces.
    pub paces: [u32; 3],
    /// Whether each is heard.
    pub ticks: bool,
    /// What is said on it.
    pub phrase: Option<Phrase>,
    /// How often.
    pub spoken: u32,
}

/// Rounds of steps; what rotates has one phrase in each.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// The steps of each round; of several lists one after another is taken.
    pub rounds: Vec<Vec<Step>>,
    /// The silence after each round.
    pub pause: Option<Elastic>,
}

/// Steps that are kept or left out as one.
#[derive(Clone, Debug)]
pub struct Together {
    /// The steps.
    pub steps: Vec<Step>,
    /// How long the group is kept when a version has to be short, 1 to 9.
    pub worth: u8,
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
            draft: variant.draft,
            sink,
        };
        let choices = choose(script, variant, sink)?;
        let expand = Expand { course, texts: &texts, choices: &choices, left: Cell::new(MOST_STEPS) };
        let script_bed = script.bed.over(&course.header.bed);
        let bed = |own: Option<&BedUse>| {
            let mut used = own.map_or_else(|| script_bed.clone(), |own| own.over(&script_bed));
            if let Some(name) = &variant.bed {
                used =
                    BedUse::named(crate::diag::Spanned::new(name.clone(), start_of(script.file))).over(&used);
            }
            used.settle()
        };
        let chosen = script.parts.iter().filter(|part| expand.is_chosen(&part.when));
        let parts = chosen.map(|part| {
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
                at: part.at.as_ref().map(|at| (at.value, at.span)),
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
            all_phrases: expand.all_phrases(script),
            choices: choices.clone(),
            draft: variant.draft,
            language,
        })
    }

    /// Every step of the session, in order, those within others included.
    pub fn all_steps(&self) -> Vec<&Step> {
        self.parts.iter().flat_map(|part| all_steps(&part.steps)).collect()
    }

    /// Whether any level or place hangs on how loud the voice speaks. It does, unless the whole file is the anchor,
    /// every bell and bed has a level of its own, and nothing waits for a bell to fade under the voice.
    pub fn hangs_on_speech(&self) -> bool {
        let placed = |strike: &Strike| strike.gain.is_none();
        self.preset.anchor == Anchor::Speech
            || self.beds().any(|bed| matches!(bed.level, BedLevel::Under(_)))
            || self.cues.iter().any(|cue| placed(&cue.strike))
            || self.all_steps().iter().any(|step| match &step.deed {
                Deed::Bell(strike) => placed(strike) || !strike.over,
                Deed::Breathe(_) => true,
                Deed::Walk(walk) => walk.ticks,
                Deed::Say(_) | Deed::Pause(_) | Deed::Repeat(_) | Deed::Together(_) => false,
            })
    }

    /// The beds of the parts, in order.
    pub fn beds(&self) -> impl Iterator<Item = &BedSettings> {
        self.parts.iter().filter_map(|part| part.bed.as_ref())
    }

    /// The bells this version can strike, each once.
    pub fn bells(&self) -> Vec<&Strike> {
        let mut seen = std::collections::BTreeSet::new();
        let steps = self.all_steps().into_iter().filter_map(|step| match &step.deed {
            Deed::Bell(strike) => Some(strike),
            _ => None,
        });
        let all = steps.chain(self.cues.iter().map(|cue| &cue.strike));
        all.filter(|strike| seen.insert(strike.bell.as_str())).collect()
    }
}

/// Every step of a list, in order, those within others included.
pub fn all_steps(steps: &[Step]) -> Vec<&Step> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        match &step.deed {
            Deed::Repeat(repeat) => found.extend(repeat.rounds.iter().flat_map(|round| all_steps(round))),
            Deed::Together(group) => found.extend(all_steps(&group.steps)),
            _ => {}
        }
    }
    found
}

impl Step {
    /// What the step itself says, if it says something.
    pub fn phrase(&self) -> Option<&Phrase> {
        match &self.deed {
            Deed::Say(phrase) => Some(phrase),
            Deed::Breathe(breath) => breath.phrase.as_ref(),
            Deed::Walk(walk) => walk.phrase.as_ref(),
            Deed::Pause(_) | Deed::Bell(_) | Deed::Repeat(_) | Deed::Together(_) => None,
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

/// What the listener chose, and the first value of every choice left open.
fn choose(script: &Script, variant: &Variant, sink: &Sink) -> Option<Vec<(String, String)>> {
    let mut chosen: Vec<(String, String)> = script
        .choices
        .iter()
        .filter_map(|choice| Some((choice.name.value.clone(), choice.values.first()?.value.clone())))
        .collect();
    for (name, value) in &variant.choices {
        let Some(choice) = script.choices.iter().find(|choice| choice.name.value == *name) else {
            let message = format!("this exercise offers no choice `{name}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, start_of(script.file), message);
            let known = list(script.choices.iter().map(|choice| choice.name.value.as_str()));
            sink.emit(unknown.help(if known.is_empty() {
                "leave --choose out".to_owned()
            } else {
                format!("it offers {known}")
            }));
            return None;
        };
        if !choice.values.iter().any(|known| known.value == *value) {
            let message = format!("`{name}` cannot be `{value}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, choice.name.span, message);
            let known = list(choice.values.iter().map(|value| value.value.as_str()));
            sink.emit(unknown.help(format!("it is one of {known}")));
            return None;
        }
        chosen.iter_mut().filter(|(known, _)| known == name).for_each(|(_, old)| old.clone_from(value));
    }
    Some(chosen)
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
    /// Doubtful translations are good enough for a draft.
    draft: bool,
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
                self.sink.emit(stale_translation(&key.to_string(), entry, span));
                entry.text.clone()
            }
            Found::Fuzzy(entry) => {
                let severity = if self.draft { Severity::Warning } else { Severity::Error };
                self.sink.emit(fuzzy_translation(&key.to_string(), entry, severity));
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

/// What is said of a translation of an older text.
pub(super) fn stale_translation(context: &str, entry: &Entry, text: Span) -> Diagnostic {
    let message = format!("`{context}` translates an older text");
    Diagnostic::warning(Code::StaleTranslation, entry.span, message)
        .related(text, "this is the text now")
        .help("translate it anew and copy the text as it is now into its msgid")
}

/// What is said of a translation its translator doubts.
pub(super) fn fuzzy_translation(context: &str, entry: &Entry, severity: Severity) -> Diagnostic {
    let message = format!("the translation of `{context}` is marked fuzzy");
    let fuzzy = Diagnostic::error(Code::FuzzyTranslation, entry.span, message);
    Diagnostic {
        severity,
        ..fuzzy.help("let the translator look at it and take `fuzzy` out of the line above it")
    }
}

/// Turns the steps of scripts and fragments into those of a session.
struct Expand<'a> {
    course: &'a Course,
    texts: &'a Texts<'a>,
    choices: &'a [(String, String)],
    /// How many more steps there may be.
    left: Cell<usize>,
}

/// Fragments within fragments go no deeper than this; a loop has been refused before.
const DEEPEST: usize = 16;
/// A session has no more steps than this: fragments that use fragments many times over multiply quickly.
const MOST_STEPS: usize = 100_000;

impl Expand<'_> {
    fn is_chosen(&self, when: &When) -> bool {
        when.iter().all(|(name, value)| {
            self.choices.iter().any(|(known, chosen)| *known == name.value && *chosen == value.value)
        })
    }

    fn steps(&self, file: &str, steps: &[StepText], depth: usize) -> Vec<Step> {
        let mut expanded = Vec::new();
        for step in steps.iter().filter(|step| self.is_chosen(&step.when)) {
            let Some(left) = self.left.get().checked_sub(1) else { break };
            self.left.set(left);
            if left == 0 {
                let message = format!("with its fragments this script has more than {MOST_STEPS} steps");
                let many = Diagnostic::error(Code::TooLong, step.span, message);
                self.texts.sink.emit(many.help("use fragments fewer times, or fewer of them in each other"));
            }
            let deed = match &step.kind {
                StepKind::Say(phrase) => self.phrase(file, phrase).map(Deed::Say),
                StepKind::Pause(pause) => Some(Deed::Pause(*pause)),
                StepKind::Breathe(breath) => Some(Deed::Breathe(self.breath(file, breath))),
                StepKind::Walk(walk) => Some(Deed::Walk(self.walk(file, walk))),
                StepKind::Bell(bell) => Some(Deed::Bell(self.strike(bell))),
                StepKind::Repeat(repeat) => Some(Deed::Repeat(self.repeat(file, repeat, depth))),
                StepKind::Together(group) => {
                    let steps = self.steps(file, &group.steps, depth);
                    let worth = phrases(&group.steps).iter().map(|phrase| phrase.worth).min();
                    Some(Deed::Together(Together { steps, worth: group.worth.or(worth).unwrap_or(9) }))
                }
                StepKind::Use(name) => {
                    let fragment = self.course.fragments.get(&name.value);
                    if fragment.is_some() && depth == DEEPEST {
                        let message = format!("fragments lie more than {DEEPEST} deep in each other");
                        let deep = Diagnostic::error(Code::TooLong, name.span, message);
                        self.texts.sink.emit(deep.help("put the steps of some of them where they are used"));
                    } else if let Some(fragment) = fragment {
                        expanded.extend(self.steps(&fragment.id, &fragment.steps, depth + 1));
                    }
                    None
                }
            };
            expanded.extend(deed.map(|deed| Step { span: step.span, deed }));
        }
        expanded
    }

    /// Every phrase of a script and of its fragments, whatever is chosen, each once.
    fn all_phrases(&self, script: &Script) -> Vec<Phrase> {
        let mut seen = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        let mut used = std::collections::BTreeSet::new();
        for part in &script.parts {
            self.collect(&script.id, &part.steps, &mut used, &mut found);
        }
        found.retain(|phrase: &Phrase| seen.insert(phrase.key.clone()));
        found
    }

    /// Goes through each fragment once, however often it is used.
    fn collect<'s>(
        &'s self,
        file: &str,
        steps: &'s [StepText],
        used: &mut std::collections::BTreeSet<&'s str>,
        found: &mut Vec<Phrase>,
    ) {
        for step in steps {
            match &step.kind {
                StepKind::Use(name) => {
                    let fragment = self.course.fragments.get(&name.value);
                    if let Some(fragment) = fragment.filter(|_| used.insert(&name.value)) {
                        self.collect(&fragment.id, &fragment.steps, used, found);
                    }
                }
                StepKind::Repeat(RepeatText { body: RepeatBody::Steps(steps), .. }) => {
                    self.collect(file, steps, used, found);
                }
                StepKind::Together(group) => self.collect(file, &group.steps, used, found),
                _ => {
                    let own = phrases(std::slice::from_ref(step));
                    found.extend(own.into_iter().filter_map(|phrase| self.phrase(file, phrase)));
                }
            }
        }
    }

    fn phrase(&self, file: &str, phrase: &PhraseText) -> Option<Phrase> {
        let key = PhraseKey { file: file.to_owned(), id: phrase.id.as_ref()?.value.clone() };
        let text = self.texts.phrase(&key, &phrase.text.value, phrase.text.span);
        let beats: Vec<_> = text.split('|').map(|beat| beat.trim().to_owned()).collect();
        let instead = phrase.instead.as_ref();
        Some(Phrase {
            span: phrase.text.span,
            text: beats.join(" "),
            beats,
            keep: phrase.keep,
            safety: phrase.safety,
            soft: phrase.soft,
            pause: phrase.pause,
            instead: instead.map(|other| PhraseKey { file: file.to_owned(), id: other.value.clone() }),
            worth: phrase.worth,
            key,
        })
    }

    /// Rounds of the same steps, or of one phrase after another.
    fn repeat(&self, file: &str, repeat: &RepeatText, depth: usize) -> Repeat {
        let rounds = match &repeat.body {
            RepeatBody::Steps(steps) => vec![self.steps(file, steps, depth)],
            RepeatBody::Rotate(phrases) => phrases
                .iter()
                .filter_map(|text| {
                    let mut phrase = self.phrase(file, text)?;
                    // The silence of the round follows a phrase that names none of its own.
                    if repeat.pause.is_some() {
                        phrase.pause = phrase.pause.or(Some(Elastic::fixed(Seconds::ZERO)));
                    }
                    Some(vec![Step { span: text.text.span, deed: Deed::Say(phrase) }])
                })
                .collect(),
        };
        Repeat { times: repeat.times, rounds, pause: repeat.pause }
    }

    fn walk(&self, file: &str, walk: &WalkText) -> Walk {
        Walk {
            pace: walk.pace,
            paces: walk.paces,
            ticks: walk.ticks,
            phrase: walk.phrase.as_ref().and_then(|phrase| self.phrase(file, phrase)),
            spoken: walk.spoken,
        }
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
        }
    }
}
