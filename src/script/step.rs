//! A step as it is written: what happens, and what it takes to happen.

use std::collections::BTreeMap;

use super::elastic::Elastic;
use super::exercise::ClockTime;
use super::keys;
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned, nearest};
use crate::toml::table::{Node, Table, list};
use crate::unit::{Db, Seconds};

/// One step, where it stands, and which choices it belongs to.
#[derive(Clone, Debug)]
pub struct StepText {
    /// Its place.
    pub span: Span,
    /// The choices it belongs to; empty where it is in every version.
    pub when: When,
    /// The clock time at which it happens, if it is pinned to one.
    pub at: Option<Spanned<ClockTime>>,
    /// What happens.
    pub kind: StepKind,
}

/// Which choices a step or a part belongs to: each name with the value it must have.
pub type When = Vec<(Spanned<String>, Spanned<String>)>;

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The voice speaks.
    Say(PhraseText),
    /// Silence.
    Pause(Elastic),
    /// Breaths on a grid, with or without a phrase.
    Breathe(BreathText),
    /// Paces on a grid, with or without a phrase.
    Walk(WalkText),
    /// A bell.
    Bell(BellText),
    /// The steps of a fragment.
    Use(Spanned<String>),
    /// Steps or phrases in rounds.
    Repeat(RepeatText),
    /// Steps that are kept or left out as one.
    Together(TogetherText),
}

/// In which versions a phrase is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In light and full versions.
    Light,
    /// In full versions.
    Full,
    /// In full versions above the usual length.
    Long,
}

/// What one `say` speaks.
#[derive(Clone, Debug)]
pub struct PhraseText {
    /// The step it stands in.
    pub span: Span,
    /// Its name for ever; `None` where it was forgotten.
    pub id: Option<Spanned<String>>,
    /// The words.
    pub text: Spanned<String>,
    /// In which versions.
    pub keep: Keep,
    /// Never dropped.
    pub safety: bool,
    /// Meant to be quieter.
    pub soft: bool,
    /// For the voice.
    pub note: Option<String>,
    /// The silence after it, where it names one.
    pub pause: Option<Elastic>,
    /// Spoken exactly when that phrase is left out.
    pub instead: Option<Spanned<String>>,
    /// How long it is kept when a version has to be short, 1 to 9.
    pub worth: u8,
}

/// Breaths on a grid.
#[derive(Clone, Debug)]
pub struct BreathText {
    /// The in-breath.
    pub inhale: Seconds,
    /// The out-breath.
    pub exhale: Seconds,
    /// The length of the first round, where the pace changes.
    pub from: Option<Spanned<Seconds>>,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// What is said on it.
    pub phrase: Option<PhraseText>,
    /// In how many rounds.
    pub spoken: u32,
}

/// Paces on a grid.
#[derive(Clone, Debug)]
pub struct WalkText {
    /// One pace.
    pub pace: Seconds,
    /// Least, natural and most paces.
    pub paces: [u32; 3],
    /// Whether each is heard.
    pub ticks: bool,
    /// What is said on it.
    pub phrase: Option<PhraseText>,
    /// How often.
    pub spoken: u32,
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

/// Rounds.
#[derive(Clone, Debug)]
pub struct RepeatText {
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// What happens in each.
    pub body: RepeatBody,
    /// The silence after each.
    pub pause: Option<Elastic>,
}

/// What happens in a round.
#[derive(Clone, Debug)]
pub enum RepeatBody {
    /// The same steps.
    Steps(Vec<StepText>),
    /// One phrase after another, round by round.
    Rotate(Vec<PhraseText>),
}

/// Steps that are kept or left out as one.
#[derive(Clone, Debug)]
pub struct TogetherText {
    /// The steps.
    pub steps: Vec<StepText>,
    /// How long the group is kept; else as long as the least of its phrases.
    pub worth: Option<u8>,
}

/// The keys that say what a step does, in the order in which they win.
const DEEDS: [&str; 8] = ["repeat", "together", "walk", "breathe", "say", "bell", "use", "pause"];
/// A breath slower than 4.5 a minute is not soothing any more (docs/sound.md, section 7).
pub(crate) const SLOWEST_BREATH: Seconds = Seconds::from_nanos(13_333_333_334);
/// Nobody follows a breath quicker than this.
const QUICKEST_BREATH: Seconds = Seconds::from_millis(2_000);
/// Steps within steps go no deeper.
const DEEPEST: usize = 16;
/// How long a phrase is kept unless its author says more.
const USUAL_WORTH: u8 = 5;

/// Reads a list of steps; what is wrong goes to the sink.
pub fn read_steps(node: &Node<'_>) -> Vec<StepText> {
    read_nested(node, 0)
}

fn read_nested(node: &Node<'_>, depth: usize) -> Vec<StepText> {
    if depth > DEEPEST {
        let deep = node.refuse(Code::TooDeep, "steps within steps go too deep");
        node.sink().emit(deep.help(format!("keep `repeat` and `together` within {DEEPEST} of each other")));
        return Vec::new();
    }
    let items = node.items();
    if items.as_ref().is_some_and(Vec::is_empty) {
        let empty = node.refuse(Code::EmptyStep, "there are no steps in this list");
        node.sink().emit(empty.help("add one, such as { pause = 3 }, or take the list out"));
    }
    items.unwrap_or_default().iter().filter_map(|item| StepText::read(item, depth)).collect()
}

impl StepText {
    fn read(node: &Node<'_>, depth: usize) -> Option<Self> {
        let table = node.table(&keys::STEP)?;
        // A misspelt deed has been told already: what stands beside it cannot be judged without it.
        let found = DEEDS.into_iter().find(|deed| table.has(deed) || table.misspells(deed));
        if found.is_some_and(|deed| !table.has(deed)) {
            return None;
        }
        let Some(deed) = found else {
            let empty = node.refuse(Code::EmptyStep, "this step does nothing");
            node.sink().emit(empty.help(format!("a step has one of {}", list(DEEDS))));
            return None;
        };
        refuse_strangers(&table, deed);
        let when = read_when(&table);
        let at = table.get("at").and_then(|node| ClockTime::read(&node));
        if let Some(at) = at.as_ref().filter(|_| depth > 0) {
            table.sink().emit(refuse_nested_pin(at.span));
        }
        let kind = match deed {
            "repeat" => StepKind::Repeat(RepeatText::read(&table, depth)?),
            "together" => StepKind::Together(TogetherText {
                steps: read_nested(&table.get("together")?, depth + 1),
                worth: read_worth(&table),
            }),
            "walk" => StepKind::Walk(WalkText::read(&table)?),
            "breathe" => StepKind::Breathe(BreathText::read(&table)?),
            "say" => StepKind::Say(PhraseText::read(&table)?),
            "bell" => StepKind::Bell(BellText::read(&table)?),
            "use" => StepKind::Use(table.get("use")?.name()?),
            _ => StepKind::Pause(read_pause(&table.get("pause")?)?),
        };
        Some(Self { span: node.span(), when, at, kind })
    }

    /// The phrases of this step, those within it included.
    fn phrases<'a>(&'a self, found: &mut Vec<&'a PhraseText>) {
        match &self.kind {
            StepKind::Say(phrase) => found.push(phrase),
            StepKind::Breathe(breath) => found.extend(&breath.phrase),
            StepKind::Walk(walk) => found.extend(&walk.phrase),
            StepKind::Repeat(RepeatText { body: RepeatBody::Rotate(phrases), .. }) => found.extend(phrases),
            StepKind::Repeat(RepeatText { body: RepeatBody::Steps(steps), .. })
            | StepKind::Together(TogetherText { steps, .. }) => {
                steps.iter().for_each(|step| step.phrases(found));
            }
            StepKind::Pause(_) | StepKind::Bell(_) | StepKind::Use(_) => {}
        }
    }
}

/// The phrases of a list of steps, in order, those of nested steps included.
pub fn phrases(steps: &[StepText]) -> Vec<&PhraseText> {
    let mut found = Vec::new();
    steps.iter().for_each(|step| step.phrases(&mut found));
    found
}

/// Every step of a list, in order, those of nested steps included.
pub fn all_steps(steps: &[StepText]) -> Vec<&StepText> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        match &step.kind {
            StepKind::Repeat(RepeatText { body: RepeatBody::Steps(steps), .. })
            | StepKind::Together(TogetherText { steps, .. }) => found.extend(all_steps(steps)),
            _ => {}
        }
    }
    found
}

/// A clock time cuts a part in two; what lies within rounds or a fragment has no one place to cut.
pub fn refuse_nested_pin(at: Span) -> Diagnostic {
    let nested =
        Diagnostic::error(Code::BadPin, at, "only a step of a script's own part can have a clock time");
    nested.help("take `at` out, or put the step straight into the list of a [[part]]")
}

/// The keys of a step go with what it does: a bell has no text, a pause no bell.
fn refuse_strangers(table: &Table<'_>, deed: &'static str) {
    const PHRASE: [&str; 9] = ["say", "id", "keep", "safety", "soft", "note", "pause", "instead", "worth"];
    let friends: &[&str] = match deed {
        "repeat" => &["rotate", "steps", "pause"],
        "together" => &["worth"],
        "walk" | "breathe" => {
            &["say", "id", "keep", "safety", "soft", "note", "pause", "instead", "worth", "spoken"]
        }
        "say" => &PHRASE,
        "bell" => &["gain", "over"],
        _ => &[],
    };
    let strangers = table.names().into_iter().filter(|name| {
        let own = name.value == deed
            || ["when", "at"].contains(&name.value.as_str())
            || friends.contains(&name.value.as_str());
        keys::STEP.find(&name.value).is_some() && !own
    });
    for stranger in strangers {
        let message = format!("`{}` does not go with `{deed}` in one step", stranger.value);
        let clash = Diagnostic::error(Code::Clash, stranger.span, message);
        table.sink().emit(if DEEDS.contains(&stranger.value.as_str()) {
            clash.help(format!("make it a step of its own: {{ {} = … }}", stranger.value))
        } else {
            clash.help(match stranger.value.as_str() {
                "gain" | "over" => "it goes with a `bell`: take it out",
                "spoken" => "it goes with a `breathe` or `walk`, whose rounds it counts: take it out",
                "rotate" | "steps" => "it goes with a `repeat`: take it out",
                _ => "it goes with something that is said: take it out, or add `say`",
            })
        });
    }
}

/// Reads `when = { einde = "slaap" }`.
pub fn read_when(table: &Table<'_>) -> When {
    let Some(choices) = table.get("when").and_then(|node| node.table(&keys::WHEN)) else { return Vec::new() };
    choices.entries().into_iter().filter_map(|(name, node)| Some((name, node.name()?))).collect()
}

fn read_worth(table: &Table<'_>) -> Option<u8> {
    table.get("worth").and_then(|node| node.whole(1..=9)).map(|worth| worth as u8)
}

/// Reads a pause, or the word `fill`.
fn read_pause(node: &Node<'_>) -> Option<Elastic> {
    if node.is_text() {
        let text = node.text()?.value;
        if text == "fill" {
            return Some(Elastic::fill());
        }
        if nearest(&text, ["fill"]).is_some() {
            let bad = node.refuse(Code::BadDuration, format!("\"{text}\" is not a time `pause` can take"));
            node.sink().emit(bad.patch("did you mean `fill`?", node.span(), "\"fill\""));
            return None;
        }
    }
    Elastic::read(node, Elastic::natural)
}

impl PhraseText {
    fn read(table: &Table<'_>) -> Option<Self> {
        let text = table.get("say")?.words();
        let id = table.get("id");
        if id.is_none() && !table.misspells("id") {
            let span = text.as_ref().map_or(table.span(), |text| text.span);
            table.sink().emit(missing_id(span, text.as_ref().map_or("", |text| &text.value)));
        }
        let flag = |key: &str| table.get(key).and_then(|node| node.flag()).unwrap_or(false);
        let keep = match table.get("keep").and_then(|node| node.one_of(&["light", "full", "long"])) {
            Some("light") => Keep::Light,
            Some("long") => Keep::Long,
            _ => Keep::Full,
        };
        // Somebody who misspells it has thought of it.
        let safety = flag("safety") || table.misspells("safety");
        let instead = table.get("instead");
        for (key, node) in [("keep", table.get("keep").filter(|_| keep == Keep::Long)), ("instead", instead)]
        {
            if let (true, Some(node)) = (safety, node) {
                let clash = node
                    .refuse(Code::Clash, format!("a safety phrase is in every version: `{key}` cannot hold"));
                table.sink().emit(clash.help(format!("take `{key}` or `safety` out")));
            }
        }
        Some(Self {
            span: table.span(),
            id: id.and_then(|node| node.name()),
            text: text?,
            keep: if safety { Keep::Light } else { keep },
            safety,
            soft: flag("soft"),
            note: table.get("note").and_then(|node| node.text()).map(|note| note.value),
            pause: table.get("pause").and_then(|node| read_pause(&node)),
            instead: instead.and_then(|node| node.name()),
            worth: read_worth(table).unwrap_or(USUAL_WORTH),
        })
    }
}

fn missing_id(span: Span, text: &str) -> Diagnostic {
    let missing = Diagnostic::error(Code::MissingId, span, "this phrase has no id");
    let suggestion = suggest_id(text);
    if suggestion.is_empty() {
        return missing.help("add `id = \"…\"`, a short name that stays for ever");
    }
    let after = Span { start: span.end, end: span.end, ..span };
    missing.note("clips and translations hang on it, so it stays when the words change").patch(
        "add an id",
        after,
        format!(", id = \"{suggestion}\""),
    )
}

/// A readable id from the first words of a phrase.
pub fn suggest_id(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().take(3).collect();
    crate::toml::table::as_name(&words.join(" "))
}

impl BreathText {
    fn read(step: &Table<'_>) -> Option<Self> {
        let node = step.get("breathe")?;
        let table = node.table(&keys::BREATHE)?;
        let inhale = table.require("in").and_then(|node| node.time());
        let exhale = table.require("out").and_then(|node| node.time());
        let times = table.require("times").and_then(|node| read_rounds(&node));
        let (phrase, spoken) = read_on_grid(step);
        let (inhale, exhale) = (inhale?, exhale?);
        check_pace(&node, inhale, exhale);
        let from = table.get("from").and_then(|node| Some((node.number(4.5..=30.0)?, node)));
        let from =
            from.and_then(|(pace, node)| Some(Spanned::new(Seconds::from_f64(60.0 / pace)?, node.span())));
        Some(Self { inhale, exhale, from, times: times?, phrase, spoken })
    }
}

impl WalkText {
    fn read(step: &Table<'_>) -> Option<Self> {
        let table = step.get("walk")?.table(&keys::WALK)?;
        let pace = table.require("pace").and_then(|node| node.number(4.0..=140.0));
        let paces = table.require("steps").and_then(|node| read_rounds(&node));
        let ticks = table.get("ticks").and_then(|node| node.flag()).unwrap_or(false);
        let (phrase, spoken) = read_on_grid(step);
        let pace = Seconds::from_f64(60.0 / pace?)?;
        Some(Self { pace, paces: paces?, ticks, phrase, spoken })
    }
}

/// The phrase of a grid, and in how many rounds it is heard.
fn read_on_grid(step: &Table<'_>) -> (Option<PhraseText>, u32) {
    let spoken = step.get("spoken").and_then(|node| node.whole(1..=1_000)).unwrap_or(1) as u32;
    if step.has("say") {
        return (PhraseText::read(step), spoken);
    }
    for key in ["id", "keep", "safety", "soft", "note", "instead", "worth", "spoken", "pause"] {
        if let Some(lonely) = step.get(key) {
            let clash =
                lonely.refuse(Code::Clash, format!("`{key}` belongs to a phrase, and nothing is said"));
            step.sink().emit(clash.help("add `say`, or take it out; a pause can be a step of its own"));
        }
    }
    (None, spoken)
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
    let items = node.items()?;
    let counts: Vec<u32> =
        items.iter().filter_map(|item| item.whole(0..=10_000)).map(|count| count as u32).collect();
    match counts[..] {
        [least, natural, most] if least <= natural && natural <= most && natural > 0 => {
            Some([least, natural, most])
        }
        [_, _, _] => {
            let message = "rounds go from least over natural to most, with a natural of 1 or more";
            let order = node.refuse(Code::Order, message);
            node.sink().emit(order.help("write them in this order, such as [3, 6, 12]"));
            None
        }
        _ => {
            if items.len() != 3 {
                let three = node.refuse(Code::WrongType, "rounds are one number, or least, natural and most");
                node.sink().emit(three.help("write one number such as 6, or three such as [3, 6, 12]"));
            }
            None
        }
    }
}

impl RepeatText {
    fn read(table: &Table<'_>, depth: usize) -> Option<Self> {
        let times = table.get("repeat").and_then(|node| read_rounds(&node));
        let body = match (table.get("rotate"), table.get("steps")) {
            (Some(rotate), Some(_)) => {
                let clash = rotate.refuse(Code::Clash, "a repeat has either `rotate` or `steps`");
                table
                    .sink()
                    .emit(clash.help("`rotate` goes through a list of phrases, `steps` repeats all of them"));
                None
            }
            (Some(rotate), None) => Some(RepeatBody::Rotate(read_rotated(&rotate))),
            (None, Some(steps)) => Some(RepeatBody::Steps(read_nested(&steps, depth + 1))),
            (None, None) => {
                if !table.misspells("rotate") && !table.misspells("steps") {
                    let empty = Diagnostic::error(Code::EmptyStep, table.span(), "nothing is repeated here");
                    table.sink().emit(empty.help("add `steps = [ … ]`, or `rotate = [ … ]` with phrases"));
                }
                None
            }
        };
        let pause = table.get("pause").and_then(|node| Elastic::read(&node, Elastic::natural));
        Some(Self { times: times?, body: body?, pause })
    }
}

/// The phrases a repeat goes through.
fn read_rotated(node: &Node<'_>) -> Vec<PhraseText> {
    let items = node.items().unwrap_or_default();
    if items.is_empty() && node.is_list() {
        node.sink().emit(
            node.refuse(Code::EmptyStep, "there is no phrase to go through")
                .help("add { say = \"…\", id = \"…\" }"),
        );
    }
    let phrase = |item: &Node<'_>| {
        let table = item.table(&keys::STEP)?;
        if !table.has("say") {
            if !table.misspells("say") {
                item.sink().emit(
                    item.refuse(Code::Clash, "`rotate` goes through phrases").help("give each a `say`"),
                );
            }
            return None;
        }
        refuse_strangers(&table, "say");
        PhraseText::read(&table)
    };
    items.iter().filter_map(phrase).collect()
}

impl BellText {
    /// Reads a bell from a step or a cue.
    pub fn read(table: &Table<'_>) -> Option<Self> {
        Some(Self {
            name: table.require("bell")?.name()?,
            gain: table.get("gain").and_then(|node| node.db(-60.0..=24.0)),
            over: table.get("over").and_then(|node| node.flag()).unwrap_or(false),
        })
    }
}

/// Reports phrases that share an id within one file.
pub fn refuse_double_ids<'a>(phrases: impl Iterator<Item = &'a PhraseText>, sink: &Sink) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for id in phrases.filter_map(|phrase| phrase.id.as_ref()) {
        if let Some(first) = seen.get(id.value.as_str()) {
            let double =
                Diagnostic::error(Code::DoubleId, id.span, format!("two phrases are called `{}`", id.value));
            let double = double.related(*first, "the first one");
            sink.emit(double.help("clips hang on the id: give the second a name of its own"));
        } else {
            seen.insert(&id.value, id.span);
        }
    }
}
