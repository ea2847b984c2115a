//! A script as it is written: parts, and in each part steps. Nothing is resolved yet.

use super::bed::BedUse;
use super::elastic::Elastic;
use super::keys;
use super::language::Language;
use super::table::{Node, Table, list};
use crate::diag::{Code, Diagnostic, FileId, Sink, Span, Spanned};
use crate::unit::{Db, Seconds};

/// Which words a version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guidance {
    /// Every phrase.
    Full,
    /// Fewer words, longer silences.
    Light,
    /// Structure and silence, no voice.
    Bells,
}

impl Guidance {
    /// All levels, the most words first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Light, Self::Bells];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 3] = ["full", "light", "bells"];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The level of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// How long an exercise can sensibly be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthLimits {
    /// When nobody asks for another.
    pub usual: Seconds,
    /// The shortest.
    pub least: Seconds,
    /// The longest.
    pub most: Seconds,
}

/// `scripts/<id>.toml`.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name: that of its file.
    pub id: String,
    /// Its file.
    pub file: FileId,
    /// Its number in the course.
    pub track: Option<Spanned<u32>>,
    /// The language it is written in.
    pub language: Option<Spanned<Language>>,
    /// Its title.
    pub title: Option<Spanned<String>>,
    /// How one practises.
    pub posture: &'static str,
    /// How long it can be.
    pub length: Option<LengthLimits>,
    /// Which levels it may have.
    pub levels: Vec<Guidance>,
    /// Its bed.
    pub bed: BedUse,
    /// Before the first sound.
    pub head: Elastic,
    /// After the last.
    pub tail: Elastic,
    /// The seed of its sounds.
    pub seed: u64,
    /// Its parts.
    pub parts: Vec<PartText>,
    /// Bells at clock times.
    pub cues: Vec<CueText>,
}

/// `scripts/fragments/<name>.toml`.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// Its name: that of its file.
    pub id: String,
    /// Its file.
    pub file: FileId,
    /// The language it is written in.
    pub language: Option<Spanned<Language>>,
    /// Its title.
    pub title: Option<Spanned<String>>,
    /// Its steps.
    pub steps: Vec<StepText>,
}

/// `[[part]]`.
#[derive(Clone, Debug)]
pub struct PartText {
    /// Where it stands.
    pub span: Span,
    /// The title of the chapter.
    pub title: Option<Spanned<String>>,
    /// Another bed from here on.
    pub bed: Option<BedUse>,
    /// Its steps; a part that uses a fragment has one `use` step.
    pub steps: Vec<StepText>,
}

/// One step, and where it stands.
#[derive(Clone, Debug)]
pub struct StepText {
    /// Its place.
    pub span: Span,
    /// What happens.
    pub kind: StepKind,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The voice speaks.
    Say(PhraseText),
    /// Silence.
    Pause(Elastic),
    /// Breaths on a grid, with or without a phrase.
    Breathe(BreathText),
    /// A bell.
    Bell(BellText),
    /// The steps of a fragment.
    Use(Spanned<String>),
}

/// What one `say` speaks.
#[derive(Clone, Debug)]
pub struct PhraseText {
    /// Its name for ever; `None` where it was forgotten.
    pub id: Option<Spanned<String>>,
    /// The words.
    pub text: Spanned<String>,
    /// Spoken in light versions too.
    pub light: bool,
    /// Never dropped.
    pub safety: bool,
    /// Meant to be quieter.
    pub soft: bool,
    /// For the voice.
    pub note: Option<String>,
    /// The silence after it.
    pub pause: Elastic,
}

/// Breaths on a grid.
#[derive(Clone, Debug)]
pub struct BreathText {
    /// The in-breath.
    pub inhale: Seconds,
    /// The out-breath.
    pub exhale: Seconds,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// What is said on it.
    pub phrase: Option<PhraseText>,
    /// In how many rounds.
    pub spoken: u32,
    /// The silence after the last round.
    pub pause: Option<Elastic>,
}

/// A bell in its place.
#[derive(Clone, Debug)]
pub struct BellText {
    /// Which.
    pub name: Spanned<String>,
    /// A level of the author's own.
    pub gain: Option<Db>,
    /// The next phrase does not wait.
    pub over: bool,
}

/// A clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTime {
    /// From the start.
    Start(Seconds),
    /// Before the end.
    End(Seconds),
}

/// `[[cue]]`.
#[derive(Clone, Debug)]
pub struct CueText {
    /// When.
    pub at: Spanned<ClockTime>,
    /// Which bell.
    pub bell: BellText,
}

/// The keys that say what a step does, in the order in which they win.
const DEEDS: [&str; 5] = ["breathe", "say", "bell", "use", "pause"];
/// A breath slower than 4.5 a minute is not soothing any more (course brief, pacing).
const SLOWEST_BREATH: Seconds = Seconds::from_nanos(13_333_333_334);
/// Nobody follows a breath quicker than this.
const QUICKEST_BREATH: Seconds = Seconds::from_millis(2_000);

impl Script {
    /// Reads a script; what is wrong goes to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        let sink = table.sink();
        let mut parts = Vec::new();
        let listed = table.get("part").map(|node| node.items());
        for node in listed.iter().flatten().flatten() {
            parts.extend(PartText::read(node));
        }
        let none =
            listed.map_or(!table.misspells("part"), |listed| listed.is_some_and(|list| list.is_empty()));
        if none {
            let nothing = Diagnostic::error(Code::EmptyScript, table.span(), "this script has no part");
            sink.emit(nothing.help("add a [[part]] with a title and steps"));
        }
        let cues = table.get("cue").and_then(|node| node.items()).unwrap_or_default();
        Self {
            id: id.to_owned(),
            file: table.span().file,
            track: table
                .get("track")
                .and_then(|node| node.whole(1..=999).map(|track| Spanned::new(track as u32, node.span()))),
            language: table.require("language").and_then(|node| Language::read(&node)),
            title: table.require("title").and_then(|node| node.words()),
            posture: table
                .get("posture")
                .and_then(|node| node.one_of(&["any", "sit", "lie", "walk"]))
                .unwrap_or("any"),
            length: table.get("length").and_then(|node| LengthLimits::read(&node)),
            levels: read_levels(table),
            bed: table.get("bed").and_then(|node| BedUse::read(&node)).unwrap_or_default(),
            head: read_edge(table, "head", Elastic::head()),
            tail: read_edge(table, "tail", Elastic::tail()),
            seed: table.get("seed").and_then(|node| node.whole(0..=u64::MAX)).unwrap_or(0),
            parts,
            cues: cues.iter().filter_map(CueText::read).collect(),
        }
    }
}

impl Fragment {
    /// Reads a fragment; what is wrong goes to the sink of the table.
    pub fn read(id: &str, table: &Table<'_>) -> Self {
        Self {
            id: id.to_owned(),
            file: table.span().file,
            language: table.require("language").and_then(|node| Language::read(&node)),
            title: table.get("title").and_then(|node| node.words()),
            steps: table.require("steps").map(|node| read_steps(&node)).unwrap_or_default(),
        }
    }
}

fn read_levels(table: &Table<'_>) -> Vec<Guidance> {
    let Some(items) = table.get("levels").and_then(|node| node.items()) else {
        return vec![Guidance::Full, Guidance::Light];
    };
    let mut levels: Vec<_> =
        items.iter().filter_map(|item| Guidance::named(item.one_of(&Guidance::NAMES)?)).collect();
    levels.sort_unstable();
    levels.dedup();
    if levels.is_empty() { vec![Guidance::Full] } else { levels }
}

/// The head or tail: limits that are not written are those of `usual`, widened where the natural length needs it.
fn read_edge(table: &Table<'_>, key: &str, usual: Elastic) -> Elastic {
    let around = |natural: Seconds| Elastic {
        natural,
        least: usual.least.min(natural),
        most: usual.most.map(|most| most.max(natural)),
        weight: usual.weight,
    };
    table.get(key).and_then(|node| Elastic::read(&node, around)).unwrap_or(usual)
}

impl LengthLimits {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::LENGTH)?;
        let time = |key: &str| table.require(key).and_then(|node| node.time());
        let (usual, least, most) = (time("usual"), time("least"), time("most"));
        let limits = Self { usual: usual?, least: least?, most: most? };
        if limits.least > limits.usual || limits.usual > limits.most {
            let order = node.refuse(Code::Order, "a length goes from least over usual to most");
            node.sink().emit(order.help("put the shortest under `least` and the longest under `most`"));
            return None;
        }
        Some(limits)
    }
}

impl PartText {
    /// The fragment a part is made of, if it is.
    pub fn fragment(&self) -> Option<&str> {
        match self.steps.first().map(|step| &step.kind) {
            Some(StepKind::Use(name)) if self.steps.len() == 1 => Some(&name.value),
            _ => None,
        }
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::PART)?;
        let steps = match (table.get("use"), table.get("steps")) {
            (Some(fragment), Some(_)) => {
                let clash = fragment.refuse(Code::Clash, "a part has either `use` or `steps`");
                node.sink()
                    .emit(clash.help("to add steps to a fragment, put { use = \"…\" } among the steps"));
                Vec::new()
            }
            (Some(fragment), None) => {
                let name = fragment.name()?;
                vec![StepText { span: fragment.span(), kind: StepKind::Use(name) }]
            }
            (None, Some(steps)) => read_steps(&steps),
            (None, None) => {
                if !table.misspells("steps") && !table.misspells("use") {
                    let empty = node.refuse(Code::EmptyScript, "this part has no steps");
                    node.sink().emit(empty.help("give it `steps = [ … ]` or `use = \"a fragment\"`"));
                }
                Vec::new()
            }
        };
        Some(Self {
            span: node.span(),
            title: table.get("title").and_then(|node| node.words()),
            bed: table.get("bed").and_then(|node| BedUse::read(&node)),
            steps,
        })
    }
}

fn read_steps(node: &Node<'_>) -> Vec<StepText> {
    node.items().unwrap_or_default().iter().filter_map(StepText::read).collect()
}

impl StepText {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::STEP)?;
        let Some(deed) = DEEDS.into_iter().find(|deed| table.has(deed)) else {
            if !DEEDS.into_iter().any(|deed| table.misspells(deed)) {
                let empty = node.refuse(Code::EmptyStep, "this step does nothing");
                node.sink().emit(empty.help(format!("a step has one of {}", list(DEEDS))));
            }
            return None;
        };
        refuse_strangers(&table, deed);
        let kind = match deed {
            "breathe" => StepKind::Breathe(BreathText::read(&table)?),
            "say" => StepKind::Say(PhraseText::read(&table)?),
            "bell" => StepKind::Bell(BellText::read(&table)?),
            "use" => StepKind::Use(table.get("use")?.name()?),
            _ => StepKind::Pause(Elastic::read(&table.get("pause")?, Elastic::natural)?),
        };
        Some(Self { span: node.span(), kind })
    }
}

/// The keys of a step go with what it does: a bell has no text, a pause no bell.
fn refuse_strangers(table: &Table<'_>, deed: &'static str) {
    const PHRASE: [&str; 8] = ["say", "id", "keep", "safety", "soft", "note", "pause", "spoken"];
    let friends: &[&str] = match deed {
        "breathe" => &PHRASE,
        "say" => &PHRASE[..7],
        "bell" => &["gain", "over"],
        _ => &[],
    };
    let strangers = table.names().into_iter().filter(|name| {
        keys::STEP.find(&name.value).is_some()
            && name.value != deed
            && !friends.contains(&name.value.as_str())
    });
    for stranger in strangers {
        let message = format!("`{}` does not go with `{deed}` in one step", stranger.value);
        let clash = Diagnostic::error(Code::Clash, stranger.span, message);
        table.sink().emit(if DEEDS.contains(&stranger.value.as_str()) {
            clash.help(format!("make it a step of its own: {{ {} = … }}", stranger.value))
        } else {
            clash.help(match stranger.value.as_str() {
                "gain" | "over" => "it goes with a `bell`: take it out",
                "spoken" => "it goes with a `breathe`, whose rounds it counts: take it out",
                _ => "it goes with something that is said: take it out, or add `say`",
            })
        });
    }
}

impl PhraseText {
    fn read(table: &Table<'_>) -> Option<Self> {
        let text = table.get("say")?.words();
        let id = table.get("id");
        if id.is_none() && !table.misspells("id") {
            let span = text.as_ref().map_or(table.span(), |text| text.span);
            let missing = Diagnostic::error(Code::MissingId, span, "this phrase has no id");
            let suggestion = text.as_ref().map(|text| suggest_id(&text.value)).unwrap_or_default();
            table.sink().emit(if suggestion.is_empty() {
                missing.help("add `id = \"…\"`, a short name that stays for ever")
            } else {
                let after = Span { start: span.end, end: span.end, ..span };
                missing.note("clips and translations hang on it, so it stays when the words change").patch(
                    "add an id",
                    after,
                    format!(", id = \"{suggestion}\""),
                )
            });
        }
        let flag = |key: &str| table.get(key).and_then(|node| node.flag()).unwrap_or(false);
        let keep = table.get("keep").and_then(|node| node.one_of(&["light", "full"]));
        // Somebody who misspells it has thought of it.
        let safety = flag("safety") || table.misspells("safety");
        Some(Self {
            id: id.and_then(|node| node.name()),
            text: text?,
            light: keep == Some("light") || safety,
            safety,
            soft: flag("soft"),
            note: table.get("note").and_then(|node| node.text()).map(|note| note.value),
            pause: table
                .get("pause")
                .and_then(|node| Elastic::read(&node, Elastic::natural))
                .unwrap_or_else(Elastic::after_phrase),
        })
    }
}

/// A readable id from the first words of a phrase.
fn suggest_id(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().take(3).collect();
    super::table::as_name(&words.join(" "))
}

impl BreathText {
    fn read(step: &Table<'_>) -> Option<Self> {
        let node = step.get("breathe")?;
        let table = node.table(&keys::BREATHE)?;
        let inhale = table.require("in").and_then(|node| node.time());
        let exhale = table.require("out").and_then(|node| node.time());
        let times = table.require("times").and_then(|node| read_rounds(&node));
        let phrase = if step.has("say") { PhraseText::read(step) } else { None };
        if phrase.is_none() && !step.has("say") {
            for key in ["id", "keep", "safety", "soft", "note", "spoken"] {
                if let Some(lonely) = step.get(key) {
                    let clash = lonely
                        .refuse(Code::Clash, format!("`{key}` belongs to a phrase, and nothing is said"));
                    step.sink().emit(clash.help("add `say`, or take it out"));
                }
            }
        }
        let (inhale, exhale, times) = (inhale?, exhale?, times?);
        check_pace(&node, inhale, exhale);
        let spoken = step.get("spoken").and_then(|node| node.whole(1..=1_000)).unwrap_or(1) as u32;
        let pause = step.get("pause").and_then(|node| Elastic::read(&node, Elastic::natural));
        Some(Self { inhale, exhale, times, phrase, spoken, pause })
    }
}

/// Soothing breath is 5 to 6.5 breaths a minute, never slower than 4.5, the exhale no shorter than the inhale.
fn check_pace(node: &Node<'_>, inhale: Seconds, exhale: Seconds) {
    let whole = inhale + exhale;
    let message = if inhale > exhale {
        "the in-breath is longer than the out-breath".to_owned()
    } else if whole > SLOWEST_BREATH {
        format!("{:.1} s for a breath is slower than 4.5 breaths a minute", whole.as_f64())
    } else if whole < QUICKEST_BREATH {
        format!("{:.1} s for a breath is too quick to follow", whole.as_f64())
    } else {
        return;
    };
    let slow = node.refuse(Code::SlowBreath, message);
    node.sink().emit(slow.help("{ in = 4, out = 6 } is six breaths a minute and calms most people"));
}

/// Rounds: one number, or least, natural and most.
fn read_rounds(node: &Node<'_>) -> Option<[u32; 3]> {
    if !node.is_list() {
        let count = node.whole(1..=10_000)? as u32;
        return Some([count; 3]);
    }
    let counts: Vec<u32> =
        node.items()?.iter().filter_map(|item| item.whole(0..=10_000)).map(|count| count as u32).collect();
    match counts[..] {
        [least, natural, most] if least <= natural && natural <= most && natural > 0 => {
            Some([least, natural, most])
        }
        [_, _, _] => {
            let order = node.refuse(
                Code::Order,
                "rounds go from least over natural to most, with a natural of 1 or more",
            );
            node.sink().emit(order.help("write them in this order, such as `times = [3, 6, 12]`"));
            None
        }
        _ => {
            if node.items()?.len() != 3 {
                let three = node.refuse(Code::WrongType, "rounds are one number, or least, natural and most");
                node.sink().emit(three.help("write `times = 6` or `times = [3, 6, 12]`"));
            }
            None
        }
    }
}

impl BellText {
    fn read(table: &Table<'_>) -> Option<Self> {
        Some(Self {
            name: table.require("bell")?.name()?,
            gain: table.get("gain").and_then(|node| node.db(-60.0..=24.0)),
            over: table.get("over").and_then(|node| node.flag()).unwrap_or(false),
        })
    }
}

impl CueText {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::CUE)?;
        let at = table.require("at").and_then(|node| ClockTime::read(&node));
        let bell = BellText::read(&table);
        Some(Self { at: at?, bell: bell? })
    }
}

impl ClockTime {
    fn read(node: &Node<'_>) -> Option<Spanned<Self>> {
        if node.is_text() {
            let text = node.text()?;
            if let Some(rest) = text.value.trim().strip_prefix("end") {
                let rest = rest.trim();
                let before = match rest.strip_prefix('-') {
                    Some(time) => crate::unit::literal::parse_duration(time).ok(),
                    None => rest.is_empty().then_some(Seconds::ZERO),
                };
                if before.is_none() {
                    let bad = node.refuse(Code::BadDuration, format!("\"{}\" is no clock time", text.value));
                    node.sink().emit(bad.help("write \"5m\" from the start, or \"end-9s\""));
                }
                return before.map(|time| Spanned::new(Self::End(time), node.span()));
            }
        }
        node.time().map(|time| Spanned::new(Self::Start(time), node.span()))
    }
}

/// The places where every phrase of a list of steps stands, with its id.
pub fn phrases(steps: &[StepText]) -> impl Iterator<Item = &PhraseText> {
    steps.iter().filter_map(|step| match &step.kind {
        StepKind::Say(phrase) => Some(phrase),
        StepKind::Breathe(breath) => breath.phrase.as_ref(),
        StepKind::Pause(_) | StepKind::Bell(_) | StepKind::Use(_) => None,
    })
}

/// Reports phrases that share an id within one file.
pub fn refuse_double_ids<'a>(phrases: impl Iterator<Item = &'a PhraseText>, sink: &Sink) {
    let mut seen: std::collections::BTreeMap<&str, Span> = std::collections::BTreeMap::new();
    for id in phrases.filter_map(|phrase| phrase.id.as_ref()) {
        if let Some(first) = seen.get(id.value.as_str()) {
            let double =
                Diagnostic::error(Code::DoubleId, id.span, format!("two phrases are called `{}`", id.value));
            sink.emit(
                double
                    .related(*first, "the first one")
                    .help("clips hang on the id: give the second a name of its own"),
            );
        } else {
            seen.insert(&id.value, id.span);
        }
    }
}
