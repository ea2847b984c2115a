//! Steps: what happens in a part. Each kind has a file of its own with its keys, how it is read, what it is as it is
//! written and in a session, and how the one becomes the other.

mod bell;
mod breathe;
mod fragment;
mod kind;
mod on_grid;
mod pause;
mod repeat;
mod resolved;
mod rounds;
mod say;
mod together;
mod walk;

pub use bell::{BellText, Strike};
pub use breathe::{Breath, BreathText};
pub use kind::{PhraseGroup, RoundLimits};
pub use repeat::{Repeat, RepeatBody, RepeatText};
pub use resolved::{Action, Step, StepSound, all_steps as all_resolved};
pub use say::{Keep, Phrase, PhraseKey, PhraseText, refuse_double_ids, suggest_id};
pub use together::{Together, TogetherText};
pub use walk::{Walk, WalkText};

pub(in crate::script) use bell::GAIN;
pub(crate) use breathe::SLOWEST_BREATH;

use super::check::Check;
use super::elastic::Elastic;
use super::exercise::ClockTime;
use super::resolve::InFile;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::toml::key::{Key, TableKeys, joined};
use crate::toml::kind::Kind as Value;
use crate::toml::table::{Node, Table, list};
use kind::{StepKeys, WrittenStep};

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

/// Every kind, in the order in which they win where a step has the keys of several.
static KINDS: [&StepKeys; 8] = [
    &repeat::REPEAT,
    &together::TOGETHER,
    &walk::WALK,
    &breathe::BREATHE,
    &say::SAY,
    &bell::BELL,
    &fragment::USE,
    &pause::PAUSE,
];

/// The keys of any step.
static EVERY_STEP: [Key; 2] = [
    Key::new(
        "when",
        Value::Table(&WHEN),
        "{ einde = \"slaap\" }",
        "The choices the step belongs to. Default: every version has it.",
    ),
    Key::new(
        "at",
        Value::Clock,
        "\"end-10s\"",
        "The clock time at which the step happens; the silence around it bends. Only in a part's own list.",
    ),
];

/// One step.
pub static STEP: TableKeys = TableKeys::new("a step", &ALL_KEYS);
/// The keys of every kind, in the order in which `fmt` and the reference give them.
static ALL_KEYS: [Key; 24] = joined(&[
    &repeat::KEYS,
    &together::KEYS,
    &walk::KEYS,
    &breathe::KEYS,
    &bell::KEYS,
    &fragment::KEYS,
    &say::KEYS,
    &EVERY_STEP,
    &on_grid::KEYS,
    &say::NOTE,
    &pause::KEYS,
]);
/// What a list of steps holds; a static, as a step can hold steps itself.
pub(in crate::script) static ONE_STEP: Value = Value::Table(&STEP);
/// `when = { … }`: names of choices.
pub static WHEN: TableKeys = TableKeys::named("`when`", Value::Name);

/// Steps within steps go no deeper.
const DEEPEST: usize = 16;

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
    /// The step that stands for the steps of a fragment.
    pub(super) fn of_fragment(name: Spanned<String>) -> Self {
        Self { span: name.span, when: Vec::new(), at: None, kind: StepKind::Use(name) }
    }

    fn read(node: &Node<'_>, depth: usize) -> Option<Self> {
        let table = node.table(&STEP)?;
        let Some(kind) = KINDS.into_iter().find(|kind| table.has(kind.key) || table.misspells(kind.key))
        else {
            let empty = node.refuse(Code::EmptyStep, "this step does nothing");
            let keys = KINDS.iter().map(|kind| kind.key);
            node.sink().emit(empty.help(format!("a step has one of {}", list(keys))));
            return None;
        };
        // A misspelt key has been told already: what stands beside it cannot be judged without it.
        if !table.has(kind.key) {
            return None;
        }
        refuse_strangers(&table, kind);
        let when = read_when(&table);
        let at = table.get("at").and_then(|node| ClockTime::read(&node));
        if let Some(at) = at.as_ref().filter(|_| depth > 0) {
            table.sink().emit(refuse_nested_pin(at.span));
        }
        Some(Self { span: node.span(), when, at, kind: (kind.read)(&table, depth)? })
    }

    /// The phrases it says itself, in order; not those of the steps within it.
    pub fn phrases(&self) -> Vec<&PhraseText> {
        self.kind.written().phrases()
    }

    /// The steps within it.
    pub fn children(&self) -> &[Self] {
        self.kind.written().children()
    }

    /// The fragment whose steps it stands for.
    pub fn fragment(&self) -> Option<&Spanned<String>> {
        self.kind.written().fragment()
    }

    /// How often it goes round, where a version can have more or fewer rounds.
    pub fn rounds(&self) -> Option<RoundLimits> {
        self.kind.written().rounds()
    }

    /// The first round, from 1, in which the phrase at this place of its phrases is spoken.
    pub fn first_round(&self, phrase: usize) -> u32 {
        self.kind.written().first_round(phrase)
    }

    /// What a translator of this phrase of it has to know.
    pub(super) fn comment_on(&self, phrase: &PhraseText) -> Option<String> {
        self.kind.written().comment_on(phrase)
    }

    /// What a translator of any phrase in it has to know.
    pub(super) fn comment_on_all(&self) -> Option<&'static str> {
        self.kind.written().comment_on_all()
    }

    /// Reports mistakes that only the whole course reveals; the steps within it are checked by themselves.
    pub(super) fn check(&self, check: &Check<'_>) {
        self.kind.written().check(check);
    }

    /// What it becomes in a session.
    pub(super) fn resolve(&self, file: &InFile<'_>) -> Vec<Step> {
        self.kind.written().resolve(self.span, file)
    }
}

impl StepKind {
    fn written(&self) -> &dyn WrittenStep {
        match self {
            Self::Say(phrase) => phrase,
            Self::Pause(pause) => pause,
            Self::Breathe(breath) => breath,
            Self::Walk(walk) => walk,
            Self::Bell(bell) => bell,
            Self::Use(name) => name,
            Self::Repeat(repeat) => repeat,
            Self::Together(group) => group,
        }
    }
}

/// The phrases of a list of steps, in order, those of nested steps included.
pub fn phrases(steps: &[StepText]) -> Vec<&PhraseText> {
    all_steps(steps).into_iter().flat_map(StepText::phrases).collect()
}

/// Every step of a list, in order, those of nested steps included.
pub fn all_steps(steps: &[StepText]) -> Vec<&StepText> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        found.extend(all_steps(step.children()));
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
fn refuse_strangers(table: &Table<'_>, kind: &StepKeys) {
    let goes = |name: &str| {
        name == kind.key || kind.with.contains(&name) || EVERY_STEP.iter().any(|key| key.name == name)
    };
    let strangers =
        table.names().into_iter().filter(|name| STEP.find(&name.value).is_some() && !goes(&name.value));
    for stranger in strangers {
        let message = format!("`{}` does not go with `{}` in one step", stranger.value, kind.key);
        let clash = Diagnostic::error(Code::Clash, stranger.span, message);
        table.sink().emit(clash.help(home_of(&stranger.value)));
    }
}

/// Where a key would be at home.
fn home_of(key: &str) -> String {
    if KINDS.iter().any(|kind| kind.key == key) {
        return format!("make it a step of its own: {{ {key} = … }}");
    }
    let homes: Vec<_> = KINDS.iter().filter(|kind| kind.with.contains(&key)).collect();
    match &homes[..] {
        [only] => format!("it goes with a `{}`: take it out", only.key),
        several if several.iter().any(|kind| kind.key == say::SAY.key) => {
            "it goes with something that is said: take it out, or add `say`".to_owned()
        }
        _ => "it goes with a `breathe` or `walk`, whose rounds it counts: take it out".to_owned(),
    }
}

/// Reads `when = { einde = "slaap" }`.
pub fn read_when(table: &Table<'_>) -> When {
    let Some(choices) = table.get("when").and_then(|node| node.table(&WHEN)) else { return Vec::new() };
    choices.entries().into_iter().filter_map(|(name, node)| Some((name, node.name()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_step_goes_with_some_kind_and_every_kind_has_its_keys_listed() {
        for kind in KINDS {
            for key in kind.with.iter().chain([&kind.key]) {
                assert!(STEP.find(key).is_some(), "`{key}` of `{}` is not listed", kind.key);
            }
        }
        let any = |name: &str| EVERY_STEP.iter().any(|key| key.name == name);
        let goes =
            |name: &str| any(name) || KINDS.iter().any(|kind| kind.key == name || kind.with.contains(&name));
        for name in STEP.names() {
            assert!(goes(name), "`{name}` goes with no kind of step");
            assert_eq!(STEP.names().filter(|other| *other == name).count(), 1, "`{name}` is listed twice");
        }
    }
}
