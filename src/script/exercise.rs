//! A script as it is written: parts, and in each part steps. Nothing is resolved yet.

use serde::{Deserialize, Serialize};

use super::bed::{A_BED, BedUse};
use super::elastic::{A_PAUSE, Elastic};
use super::language::Language;
use super::step::{BellText, GAIN, ONE_STEP, StepText, WHEN, When, read_steps, read_when};
use super::wording::{BECAUSE, Because};
use crate::diag::{Code, Diagnostic, FileId, Span, Spanned};
use crate::toml::key::{Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Seconds;

/// `scripts/<id>.toml`.
pub static SCRIPT: TableKeys = TableKeys::new(
    "a script",
    &[
        Key::new("track", Kind::Whole(1, 999), "2", "The number of the track in the course, {range}."),
        Key::needed(
            "language",
            Kind::Language,
            "\"nl\"",
            "The language the texts are written in, as a tag such as nl or pt-BR.",
        ),
        Key::needed(
            "title",
            Kind::Words,
            "\"De veilige plek\"",
            "The title of the exercise, in that language.",
        ),
        Key::new(
            "author",
            Kind::Words,
            "\"Anna de Vries\"",
            "Who wrote this exercise; the composer in tags. Default the `author` of [publish] in course.toml.",
        ),
        Key::new(
            "posture",
            Kind::OneOf(&words(&Posture::WORDS)),
            "\"sit\"",
            "How one practises: any, sit, lie or walk. Default any.",
        ),
        Key::new(
            "length",
            Kind::Table(&LENGTH),
            "{ usual = \"15m\", least = \"8m\", most = \"30m\" }",
            "The author's judgement of how long the exercise can sensibly be.",
        ),
        Key::new(
            "levels",
            Kind::List(&Kind::OneOf(&Guidance::NAMES)),
            "[\"full\", \"light\"]",
            "The guidance levels the exercise may have: full, light, bells. Default full and light.",
        ),
        Key::new(
            "bed",
            A_BED,
            "{ use = \"regen\", under = 12 }",
            "The ambience under the exercise; default that of the course.",
        ),
        Key::new("head", A_PAUSE, "1", "Silence before the first sound: a pause. Default 1 s, 0.5 to 3."),
        Key::new("tail", A_PAUSE, "4", "Silence after the last sound: a pause. Default 4 s, 0.5 to 15."),
        Key::new(
            "seed",
            Kind::Whole(0, u64::MAX),
            "1",
            "The seed of everything random in its sound. Default 0.",
        ),
        Key::new(
            "choices",
            Kind::Table(&CHOICES),
            "{ einde = [\"terug\", \"slaap\"] }",
            "What a listener may choose, each with its values; the first is the usual one.",
        ),
        Key::new(
            "because",
            Kind::Table(&BECAUSE),
            "{ address = \"a benefactor is spoken to with respect\" }",
            "Your reasons where a rule of wording does not fit the script, by rule.",
        ),
        Key::needed(
            "part",
            Kind::List(&Kind::Table(&PART)),
            "[[part]]\nuse = \"aankomen\"",
            "The parts, in order; each becomes a chapter.",
        ),
        Key::new(
            "cue",
            Kind::List(&Kind::Table(&CUE)),
            "[[cue]]\nat = \"end-9s\"\nbell = \"zacht\"",
            "Bells at clock times, laid over the steps.",
        ),
    ],
);

/// `scripts/fragments/<name>.toml`.
pub static FRAGMENT: TableKeys = TableKeys::new(
    "a fragment",
    &[
        Key::needed("language", Kind::Language, "\"nl\"", "The language the texts are written in."),
        Key::new(
            "title",
            Kind::Words,
            "\"Aankomen\"",
            "The title a part gets that uses it and has none of its own.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&words(&Role::WORDS)),
            "\"arrival\"",
            "arrival or closing: what a part is that it makes. Default neither.",
        ),
        Key::new(
            "because",
            Kind::Table(&BECAUSE),
            "{ address = \"a benefactor is spoken to with respect\" }",
            "Your reasons where a rule of wording does not fit the fragment, by rule.",
        ),
        Key::needed("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
    ],
);

/// `length = { … }` of a script.
static LENGTH: TableKeys = TableKeys::new(
    "a length",
    &[
        Key::needed("usual", Kind::Time, "\"15m\"", "The length when nobody asks for another."),
        Key::needed("least", Kind::Time, "\"8m\"", "The shortest length that is still this exercise."),
        Key::needed("most", Kind::Time, "\"30m\"", "The longest length that makes sense."),
    ],
);

/// `[[part]]`.
static PART: TableKeys = TableKeys::new(
    "a part",
    &[
        Key::new("title", Kind::Words, "\"Een plek\"", "The title of the chapter."),
        Key::new("use", Kind::Name, "\"aankomen\"", "A fragment whose steps the part has."),
        Key::new("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
        Key::new(
            "script",
            Kind::Name,
            "\"veilige-plek\"",
            "Another script whose parts it has, in a programme; it becomes one chapter.",
        ),
        Key::new(
            "whole",
            Kind::Flag,
            "false",
            "Whether that script comes with its arrival and closing. Default true.",
        ),
        Key::new(
            "length",
            Kind::Time,
            "\"20m\"",
            "How long the part is, exactly, whatever the length of the whole. Default: it bends with the rest.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&words(&Role::WORDS)),
            "\"arrival\"",
            "arrival or closing: what a programme can leave out. Default neither.",
        ),
        Key::new("bed", A_BED, "{ use = \"zee\" }", "Another ambience from here on, or \"none\"."),
        Key::new(
            "at",
            Kind::Either(&[Kind::Clock, Kind::OneOf(&["minute"])]),
            "\"5m\"",
            "When the part begins: a clock time from the start or from the end, or \"minute\" for the nearest whole minute. Default: when the one before is over.",
        ),
        Key::new(
            "when",
            Kind::Table(&WHEN),
            "{ einde = \"slaap\" }",
            "The choices the part belongs to. Default: every version has it.",
        ),
    ],
);

/// `choices = { … }` of a script: names of the author's choosing.
static CHOICES: TableKeys = TableKeys::named("the choices", Kind::List(&Kind::Name));

/// `[[cue]]`.
static CUE: TableKeys = TableKeys::new(
    "a cue",
    &[
        Key::needed("at", Kind::Clock, "\"5m\"", "A clock time from the start, or \"end-9s\"."),
        Key::needed("bell", Kind::Name, "\"zacht\"", "The bell to strike."),
        Key::new("gain", GAIN, "-3", "Its level in dB; without it adem finds one."),
        Key::new(
            "over",
            Kind::Flag,
            "true",
            "Whether a phrase may sound over it; a cue never makes one wait. Default true.",
        ),
    ],
);

/// How one practises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Posture {
    /// As suits one.
    #[default]
    Any,
    /// Sitting.
    Sit,
    /// Lying.
    Lie,
    /// Walking.
    Walk,
}

impl Posture {
    const WORDS: [(&'static str, Self); 4] =
        [("any", Self::Any), ("sit", Self::Sit), ("lie", Self::Lie), ("walk", Self::Walk)];
}

/// Which words a version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    pub const NAMES: [&'static str; 3] = words(&Self::WORDS);
    const WORDS: [(&'static str, Self); 3] =
        [("full", Self::Full), ("light", Self::Light), ("bells", Self::Bells)];

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
    /// Where they are written.
    pub span: Span,
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
    /// Who wrote it, where that is another than the author of the course.
    pub author: Option<String>,
    /// How one practises.
    pub posture: Posture,
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
    /// What a listener may choose, each with its values; the first is what one gets who does not choose.
    pub choices: Vec<Choice>,
    /// The rules of wording it answers.
    pub because: Because,
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
    /// What a part is that it makes.
    pub role: Option<Role>,
    /// The rules of wording it answers.
    pub because: Because,
    /// Its steps.
    pub steps: Vec<StepText>,
}

/// One thing a listener may choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it is called.
    pub name: Spanned<String>,
    /// What one may choose; at least one.
    pub values: Vec<Spanned<String>>,
}

/// `[[part]]`.
#[derive(Clone, Debug)]
pub struct PartText {
    /// Where it stands.
    pub span: Span,
    /// The choices it belongs to; empty where it is in every version.
    pub when: When,
    /// The title of the chapter.
    pub title: Option<Spanned<String>>,
    /// Another bed from here on.
    pub bed: Option<BedUse>,
    /// When it begins.
    pub at: Option<Spanned<PartStart>>,
    /// How long it is, exactly, whatever the length of the whole.
    pub length: Option<Spanned<Seconds>>,
    /// What it is to the exercise, where that matters to a programme.
    pub role: Option<Role>,
    /// Its steps; a part that uses a fragment has one `use` step, one that is another script none.
    pub steps: Vec<StepText>,
    /// The script it is, in a programme.
    pub exercise: Option<ExerciseUse>,
}

/// An exercise of a programme.
#[derive(Clone, Debug)]
pub struct ExerciseUse {
    /// The script.
    pub script: Spanned<String>,
    /// With its arrival and closing.
    pub whole: bool,
}

/// What a part is to its exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It arrives: a programme that has arrived leaves it out.
    Arrival,
    /// It closes: a programme that goes on leaves it out.
    Closing,
}

impl Role {
    const WORDS: [(&'static str, Self); 2] = [("arrival", Self::Arrival), ("closing", Self::Closing)];

    fn read(table: &Table<'_>) -> Option<Self> {
        table.get("role")?.one_of(&Self::WORDS)
    }
}

/// When a part begins, if not when the one before is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartStart {
    /// At a clock time.
    At(ClockTime),
    /// On a whole minute: the one that bends the pauses before it least.
    OnTheMinute,
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
                .and_then(|node| node.whole().map(|track| Spanned::new(track as u32, node.span()))),
            language: table.require("language").and_then(|node| Language::read(&node)),
            title: table.require("title").and_then(|node| node.words()),
            author: table.get("author").and_then(|node| node.words()).map(|author| author.value),
            posture: table.get("posture").and_then(|node| node.one_of(&Posture::WORDS)).unwrap_or_default(),
            length: table.get("length").and_then(|node| LengthLimits::read(&node)),
            levels: read_levels(table),
            bed: table.get("bed").and_then(|node| BedUse::read(&node)).unwrap_or_default(),
            head: read_edge(table, "head", Elastic::head()),
            tail: read_edge(table, "tail", Elastic::tail()),
            seed: table.get("seed").and_then(|node| node.whole()).unwrap_or(0),
            choices: read_choices(table),
            because: Because::read(table),
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
            role: Role::read(table),
            because: Because::read(table),
            steps: table.require("steps").map(|node| read_steps(&node)).unwrap_or_default(),
        }
    }
}

fn read_choices(table: &Table<'_>) -> Vec<Choice> {
    let Some(choices) = table.get("choices").and_then(|node| node.table(&CHOICES)) else {
        return Vec::new();
    };
    let read = |(name, node): (Spanned<String>, Node<'_>)| {
        let items = node.items()?;
        let values: Vec<_> = items.iter().filter_map(Node::name).collect();
        if items.is_empty() {
            let nothing =
                node.refuse(Code::EmptyStep, format!("there is nothing to choose for `{}`", name.value));
            node.sink().emit(nothing.help("name at least two values; the first is what one gets unasked"));
        }
        (!values.is_empty()).then_some(Choice { name, values })
    };
    choices.entries().into_iter().filter_map(read).collect()
}

fn read_levels(table: &Table<'_>) -> Vec<Guidance> {
    let Some(items) = table.get("levels").and_then(|node| node.items()) else {
        return vec![Guidance::Full, Guidance::Light];
    };
    let mut levels: Vec<_> = items.iter().filter_map(|item| item.one_of(&Guidance::WORDS)).collect();
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
        ..usual
    };
    table.get(key).and_then(|node| Elastic::read(&node, around)).unwrap_or(usual)
}

impl LengthLimits {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&LENGTH)?;
        let time = |key: &str| table.require(key).and_then(|node| node.time());
        let (usual, least, most) = (time("usual"), time("least"), time("most"));
        let limits = Self { usual: usual?, least: least?, most: most?, span: node.span() };
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
        let [step] = &self.steps[..] else { return None };
        step.fragment().map(|name| name.value.as_str())
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&PART)?;
        let exercise = ExerciseUse::read(&table);
        let steps = match (table.get("use"), table.get("steps")) {
            (fragment, steps) if table.has("script") => {
                for other in [fragment, steps].into_iter().flatten() {
                    let clash =
                        other.refuse(Code::Clash, "a part that is another script has no steps of its own");
                    node.sink().emit(clash.help("make them a [[part]] of its own, before or after it"));
                }
                Vec::new()
            }
            (Some(fragment), Some(_)) => {
                let clash = fragment.refuse(Code::Clash, "a part has either `use` or `steps`");
                node.sink()
                    .emit(clash.help("to add steps to a fragment, put { use = \"…\" } among the steps"));
                Vec::new()
            }
            (Some(fragment), None) => vec![StepText::of_fragment(fragment.name()?)],
            (None, Some(steps)) => read_steps(&steps),
            (None, None) => {
                if !["steps", "use", "script"].into_iter().any(|key| table.misspells(key)) {
                    let empty = node.refuse(Code::EmptyScript, "this part has no steps");
                    node.sink().emit(empty.help("give it `steps = [ … ]` or `use = \"a fragment\"`"));
                }
                Vec::new()
            }
        };
        Some(Self {
            span: node.span(),
            when: read_when(&table),
            title: table.get("title").and_then(|node| node.words()),
            bed: table.get("bed").and_then(|node| BedUse::read(&node)),
            at: table.get("at").and_then(|node| PartStart::read(&node)),
            length: table.get("length").and_then(|node| Some(Spanned::new(node.time()?, node.span()))),
            role: Role::read(&table),
            steps,
            exercise,
        })
    }
}

impl ExerciseUse {
    fn read(table: &Table<'_>) -> Option<Self> {
        let whole = table.get("whole");
        if let (Some(lonely), false) = (&whole, table.has("script")) {
            let clash = lonely.refuse(Code::Clash, "`whole` belongs to a part that is another script");
            table.sink().emit(clash.help("add `script = \"…\"`, or take it out"));
        }
        let whole = whole.and_then(|node| node.flag()).unwrap_or(true);
        Some(Self { script: table.get("script")?.name()?, whole })
    }
}

impl PartStart {
    fn read(node: &Node<'_>) -> Option<Spanned<Self>> {
        if node.is_text() && node.text()?.value.trim() == "minute" {
            return Some(Spanned::new(Self::OnTheMinute, node.span()));
        }
        ClockTime::read(node).map(|at| Spanned::new(Self::At(at.value), at.span))
    }
}

impl CueText {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&CUE)?;
        let at = table.require("at").and_then(|node| ClockTime::read(&node));
        let bell = BellText::read(&table);
        Some(Self { at: at?, bell: bell? })
    }
}

impl ClockTime {
    /// Reads a clock time: `"5m"` or `"end-9s"`.
    pub fn read(node: &Node<'_>) -> Option<Spanned<Self>> {
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
