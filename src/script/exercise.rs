//! Scripts and fragments as written, before they are resolved.

use serde::{Deserialize, Serialize};

use super::bed::{A_BED, BedUse};
use super::course_file::read_before;
use super::elastic::{A_PAUSE, Elastic, split_range};
use super::language::Language;
use super::step::{BellText, GAIN, ONE_STEP, StepText, WHEN, When, read_steps, read_when};
use super::wording::{BECAUSE, Because};
use crate::diag::{Code, Diagnostic, FileId, Span, Spanned};
use crate::toml::key::{Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Seconds;
use crate::unit::literal::{nearest_duration, parse_duration, print_duration};

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
            "The posture: any, sit, lie or walk. Default any.",
        ),
        Key::new(
            "before",
            Kind::List(&Kind::Words),
            "[\"Loop weg van verkeer en trappen.\"]",
            "What a listener has to know before this track, after the texts of the course: short texts.",
        ),
        Key::new(
            "length",
            Kind::Table(&LENGTH),
            "{ usual = \"15m\", least = \"8m\", most = \"30m\" }",
            "The author's limits of the length.",
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
            "The ambience under the exercise. Default: that of the course.",
        ),
        Key::new("head", A_PAUSE, "1", "Silence before the first sound: a pause. Default 1 s, 0.5 to 3."),
        Key::new("tail", A_PAUSE, "4", "Silence after the last sound: a pause. Default 4 s, 0.5 to 15."),
        Key::new(
            "seed",
            Kind::Whole(0, u64::MAX),
            "1",
            "The seed of all randomness in its sound. Default 0.",
        ),
        Key::new(
            "choices",
            Kind::Table(&CHOICES),
            "{ einde = [\"terug\", \"slaap\"] }",
            "What a listener may choose, each with its values; the first is the default.",
        ),
        Key::new(
            "because",
            Kind::Table(&BECAUSE),
            "{ address = \"a benefactor is spoken to with respect\" }",
            "Your reasons why a rule of wording does not apply to the script, by rule.",
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
            "Bells at clock times, independent of the steps.",
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
            "The title of a part that uses it and has no title of its own.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&words(&Role::WORDS)),
            "\"arrival\"",
            "arrival or closing: the role of a part that uses it. Default neither.",
        ),
        Key::new(
            "because",
            Kind::Table(&BECAUSE),
            "{ address = \"a benefactor is spoken to with respect\" }",
            "Your reasons why a rule of wording does not apply to the fragment, by rule.",
        ),
        Key::needed("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
    ],
);

/// `length = { … }` of a script.
static LENGTH: TableKeys = TableKeys::new(
    "a length",
    &[
        Key::needed("usual", Kind::Time, "\"15m\"", "The length when no other is asked for."),
        Key::needed("least", Kind::Time, "\"8m\"", "The shortest length that still works as this exercise."),
        Key::needed("most", Kind::Time, "\"30m\"", "The longest length that makes sense."),
    ],
);

/// `[[part]]`.
static PART: TableKeys = TableKeys::new(
    "a part",
    &[
        Key::new("title", Kind::Words, "\"Een plek\"", "The title of the chapter."),
        Key::new("use", Kind::Name, "\"aankomen\"", "The fragment whose steps the part has."),
        Key::new("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "Its steps, in order."),
        Key::new(
            "script",
            Kind::Name,
            "\"veilige-plek\"",
            "In a programme, another script whose parts it has; it becomes one chapter.",
        ),
        Key::new(
            "whole",
            Kind::Flag,
            "false",
            "Whether that script keeps its arrival and closing. Default true.",
        ),
        Key::new(
            "length",
            Kind::Time,
            "\"20m\"",
            "The exact length of the part, whatever the length of the whole. Default: it changes with the rest.",
        ),
        Key::new(
            "role",
            Kind::OneOf(&words(&Role::WORDS)),
            "\"arrival\"",
            "arrival or closing, which a programme can leave out. Default neither.",
        ),
        Key::new("bed", A_BED, "{ use = \"zee\" }", "The ambience from here on, or \"none\"."),
        Key::new(
            "at",
            Kind::Either(&[Kind::Clock, Kind::OneOf(&["minute"])]),
            "\"5m\"",
            "When the part begins: a clock time from the start or from the end, or \"minute\" for the nearest whole minute. Default: when the previous part ends.",
        ),
        Key::new(
            "when",
            Kind::Table(&WHEN),
            "{ einde = \"slaap\" }",
            "The choices the part belongs to. Default: every version has it.",
        ),
    ],
);

/// `choices = { … }` of a script; the author chooses the names.
static CHOICES: TableKeys = TableKeys::named("the choices", Kind::List(&Kind::Name));

/// `[[cue]]`.
static CUE: TableKeys = TableKeys::new(
    "a cue",
    &[
        Key::needed("at", Kind::Clock, "\"5m\"", "A clock time from the start, or \"end-9s\"."),
        Key::needed("bell", Kind::Name, "\"zacht\"", "The bell to strike."),
        Key::new("gain", GAIN, "-3", "Its level in dB. Default: adem chooses one."),
        Key::new(
            "over",
            Kind::Flag,
            "true",
            "Whether phrases may overlap it; a cue never delays a phrase. Default true.",
        ),
    ],
);

/// The posture of an exercise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Posture {
    #[default]
    Any,
    Sit,
    Lie,
    Walk,
}

impl Posture {
    const WORDS: [(&'static str, Self); 4] =
        [("any", Self::Any), ("sit", Self::Sit), ("lie", Self::Lie), ("walk", Self::Walk)];
}

/// How much of a script is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guidance {
    /// Every phrase.
    Full,
    /// Fewer words, longer silences.
    Light,
    /// Bells and silence, no voice.
    Bells,
}

impl Guidance {
    /// All levels, from most to fewest words.
    pub const ALL: [Self; 3] = [Self::Full, Self::Light, Self::Bells];
    /// The names of [`Self::ALL`].
    pub const NAMES: [&'static str; 3] = words(&Self::WORDS);
    const WORDS: [(&'static str, Self); 3] =
        [("full", Self::Full), ("light", Self::Light), ("bells", Self::Bells)];

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// The author's limits of the length of an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthLimits {
    /// The length when no other is asked for.
    pub usual: Seconds,
    pub least: Seconds,
    pub most: Seconds,
    pub span: Span,
    pub places: LimitPlaces,
    /// Whether all three are numbers or clock times without a unit, which are seconds and may have been meant as minutes.
    pub bare: bool,
}

/// Where the three lengths of [`LengthLimits`] are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitPlaces {
    pub usual: Span,
    pub least: Span,
    pub most: Span,
}

/// `scripts/<id>.toml`.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name of its file, without `.toml`.
    pub id: String,
    pub file: FileId,
    /// Its track number in the course.
    pub track: Option<Spanned<u32>>,
    /// The language it is written in.
    pub language: Option<Spanned<Language>>,
    pub title: Option<Spanned<String>>,
    /// Who wrote it, if not the author of the course.
    pub author: Option<String>,
    pub posture: Posture,
    /// What a listener has to know before this track, beside the texts of the course.
    pub before: Vec<Spanned<String>>,
    /// The author's limits of the length.
    pub length: Option<LengthLimits>,
    /// The guidance levels it may have.
    pub levels: Vec<Guidance>,
    pub bed: BedUse,
    /// The silence before the first sound.
    pub head: Elastic,
    /// The silence after the last sound.
    pub tail: Elastic,
    /// The seed of its sounds.
    pub seed: u64,
    /// What a listener may choose.
    pub choices: Vec<Choice>,
    /// Reasons why rules of wording do not apply.
    pub because: Because,
    pub parts: Vec<PartText>,
    /// Bells at clock times.
    pub cues: Vec<CueText>,
}

/// `scripts/fragments/<name>.toml`.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// The name of its file, without `.toml`.
    pub id: String,
    pub file: FileId,
    /// The language it is written in.
    pub language: Option<Spanned<Language>>,
    pub title: Option<Spanned<String>>,
    /// The role of a part that uses it.
    pub role: Option<Role>,
    /// Reasons why rules of wording do not apply.
    pub because: Because,
    pub steps: Vec<StepText>,
}

/// A choice that a listener may make.
#[derive(Clone, Debug)]
pub struct Choice {
    pub name: Spanned<String>,
    /// The values, at least one; the first is the default.
    pub values: Vec<Spanned<String>>,
}

impl Choice {
    /// What somebody chose, as it is typed: `einde=slaap`. `None` for what is no name and value.
    pub fn parse(text: &str) -> Option<(String, String)> {
        let (name, value) = text.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    }
}

/// `[[part]]`.
#[derive(Clone, Debug)]
pub struct PartText {
    pub span: Span,
    /// The choices it belongs to; empty if it is in every version.
    pub when: When,
    /// The title of the chapter.
    pub title: Option<Spanned<String>>,
    /// The bed from here on, if it changes.
    pub bed: Option<BedUse>,
    /// Its pinned start.
    pub at: Option<Spanned<PartStart>>,
    /// Its exact length, whatever the length of the whole.
    pub length: Option<Spanned<Seconds>>,
    /// Its role, which decides whether a programme may leave it out.
    pub role: Option<Role>,
    /// Its steps. A part that uses a fragment has one `use` step, and a part that is another script none.
    pub steps: Vec<StepText>,
    /// The script it consists of, in a programme.
    pub exercise: Option<ExerciseUse>,
}

/// An exercise of a programme.
#[derive(Clone, Debug)]
pub struct ExerciseUse {
    pub script: Spanned<String>,
    /// Whether its arrival and closing are kept.
    pub whole: bool,
}

/// The role of a part in its exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A beginning, which a programme can leave out after its first exercise.
    Arrival,
    /// An ending, which a programme can leave out before its last exercise.
    Closing,
}

impl Role {
    const WORDS: [(&'static str, Self); 2] = [("arrival", Self::Arrival), ("closing", Self::Closing)];

    fn read(table: &Table<'_>) -> Option<Self> {
        table.get("role")?.one_of(&Self::WORDS)
    }
}

/// The pinned start of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartStart {
    At(ClockTime),
    /// On the whole minute that changes the pauses before it least.
    OnTheMinute,
}

/// A clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTime {
    /// Time from the start.
    Start(Seconds),
    /// Time before the end.
    End(Seconds),
}

/// `[[cue]]`.
#[derive(Clone, Debug)]
pub struct CueText {
    pub span: Span,
    pub at: Spanned<ClockTime>,
    pub bell: BellText,
}

impl Script {
    /// Reads a script; errors go to the sink of the table.
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
            before: read_before(table),
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
    /// Reads a fragment; errors go to the sink of the table.
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
            let nothing = node.refuse(Code::EmptyStep, format!("the choice `{}` has no values", name.value));
            node.sink().emit(nothing.help("give at least two values; the first is the default"));
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

/// The head or tail. Missing limits are those of `usual`, widened to include the natural length.
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
    /// Where a length is written: at the value that is as long, or, if it is none of the three, at all of them.
    pub fn place_of(&self, length: Seconds) -> Span {
        let LimitPlaces { usual, least, most } = self.places;
        let values = [(self.usual, usual), (self.least, least), (self.most, most)];
        values.into_iter().find(|(value, _)| *value == length).map_or(self.span, |(_, place)| place)
    }

    /// The error for lengths that are not in rising order, which names those that are the wrong way round.
    fn out_of_order(&self) -> Option<Diagnostic> {
        let [usual, least, most] = [self.usual, self.least, self.most].map(print_duration);
        let can_move_usual = self.least <= self.most;
        let (at, with, message, mut help, other) = if self.usual > self.most && self.usual >= self.least {
            let message = format!("`usual`, {usual}, is longer than `most`, {most}");
            let other = format!(", or {most} or less as `usual`");
            (self.places.usual, self.places.most, message, format!("write {usual} or more as `most`"), other)
        } else if self.least > self.usual && self.most >= self.usual {
            let message = format!("`least`, {least}, is longer than `usual`, {usual}");
            let other = format!(", or {least} or more as `usual`");
            (
                self.places.least,
                self.places.usual,
                message,
                format!("write {usual} or less as `least`"),
                other,
            )
        } else if self.least > self.usual {
            let help = "put the shortest under `least` and the longest under `most`".to_owned();
            let message = "`least`, `usual` and `most` must be in rising order".to_owned();
            (self.span, self.span, message, help, String::new())
        } else {
            return None;
        };
        if can_move_usual {
            help.push_str(&other);
        }
        let order = Diagnostic::error(Code::Order, at, message);
        let order = if with == at { order } else { order.related(with, "") };
        Some(order.help(help))
    }

    /// The error for a single length or a range of them, with the form that has its limits.
    fn alone(node: &Node<'_>) -> Option<Diagnostic> {
        const MESSAGE: &str = "`length` takes a table: the usual, the least and the most length";
        if let Some((least, most)) = node.as_text().and_then(split_range) {
            let usual = Seconds::whole((least.as_f64() + most.as_f64()) as u64 / 2);
            let [usual, least, most] = [usual, least, most].map(print_duration);
            let form = format!("{{ usual = \"{usual}\", least = \"{least}\", most = \"{most}\" }}");
            return Some(node.refuse(Code::WrongType, MESSAGE).patch(
                "write all three, such as",
                node.span(),
                form,
            ));
        }
        let (typed, is_number) = match node.as_text() {
            Some(text) => (text.to_owned(), text.trim().parse::<f64>().is_ok()),
            None => (node.written().to_owned(), true),
        };
        let usual =
            parse_duration(&typed).ok().or_else(|| parse_duration(&nearest_duration(&typed)?).ok())?;
        // A few seconds are no exercise: a number of minutes.
        let usual = if is_number && usual <= Seconds::whole(60) { usual.times_sixty()? } else { usual };
        let [least, most] = [usual.half(), usual.times(2)].map(print_duration);
        let usual = print_duration(usual);
        let title = "write all three, such as";
        let form = format!("{{ usual = \"{usual}\", least = \"{least}\", most = \"{most}\" }}");
        Some(node.refuse(Code::WrongType, MESSAGE).patch(title, node.span(), form))
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        if !node.is_table()
            && let Some(alone) = Self::alone(node)
        {
            node.sink().emit(alone);
            return None;
        }
        let table = node.table(&LENGTH)?;
        let read = ["usual", "least", "most"].map(|key| {
            let node = table.require(key)?;
            let has_unit = node.as_text().is_some_and(|text| text.contains(char::is_alphabetic));
            Some((node.time()?, node.span(), !has_unit))
        });
        let [Some(usual), Some(least), Some(most)] = read else { return None };
        let limits = Self {
            usual: usual.0,
            least: least.0,
            most: most.0,
            span: node.span(),
            places: LimitPlaces { usual: usual.1, least: least.1, most: most.1 },
            bare: [usual, least, most].iter().all(|(.., bare)| *bare),
        };
        if let Some(order) = limits.out_of_order() {
            node.sink().emit(order);
            return None;
        }
        Some(limits)
    }
}

impl PartText {
    /// The fragment the part consists of.
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
                        other.refuse(Code::Clash, "a part with `script` cannot have steps of its own");
                    node.sink().emit(clash.help("put them in a [[part]] of their own, before or after it"));
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
                    node.sink().emit(empty.help("add `steps = [ … ]` or `use = \"a fragment\"`"));
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
        if let (Some(node), false) = (&whole, table.has("script")) {
            let clash = node.refuse(Code::Clash, "`whole` applies only to a part with `script`");
            table.sink().emit(clash.help("add `script = \"…\"`, or remove it"));
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
        Some(Self { span: node.span(), at: at?, bell: bell? })
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
                    let bad =
                        node.refuse(Code::BadDuration, format!("\"{}\" is not a clock time", text.value));
                    node.sink().emit(bad.help(
                        "write a time from the start such as \"5m\", or before the end such as \"end-9s\"",
                    ));
                }
                return before.map(|time| Spanned::new(Self::End(time), node.span()));
            }
        }
        if let Some(corrected) = Self::in_other_words(node) {
            return corrected;
        }
        node.time().map(|time| Spanned::new(Self::Start(time), node.span()))
    }

    /// A place named in Dutch or German, or one that clock times have no word for; `None` for anything else.
    #[expect(clippy::option_option, reason = "whether it was such a word, and what it stands for")]
    fn in_other_words(node: &Node<'_>) -> Option<Option<Spanned<Self>>> {
        if !node.is_text() {
            return None;
        }
        let text = node.text()?.value.trim().to_lowercase();
        let refused = || node.refuse(Code::BadDuration, format!("\"{text}\" is not a clock time"));
        if ["halfway", "halverwege", "midden", "middle", "halbwegs", "mitte"].contains(&text.as_str()) {
            node.sink().emit(refused().help(
                "put it among the steps, where it moves with the length, or write a time such as \"5m\" or \"end-5m\"",
            ));
            return Some(None);
        }
        let rest =
            ["einde", "eind", "ende", "schluss"].into_iter().find_map(|word| text.strip_prefix(word))?;
        let time = match rest.trim().strip_prefix(['-', '–']) {
            Some(time) => crate::unit::literal::parse_duration(time).ok()?,
            None if rest.is_empty() => Seconds::ZERO,
            None => return None,
        };
        let typed = format!("end{}", rest.replace('–', "-").replace(' ', ""));
        let title = format!("did you mean {typed}?");
        node.sink().emit(refused().certain_patch(title, node.span(), format!("\"{typed}\"")));
        Some(Some(Spanned::new(Self::End(time), node.span())))
    }
}
