//! The steps of a part. Each kind has a file with its keys, its reader, its written form, its form in a session, and how
//! the first is resolved into the second.

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
mod time;
mod together;
mod walk;

pub use bell::{BellText, Strike};
pub use breathe::{Breath, BreathText};
pub use kind::{PhraseGroup, RoundLimits};
pub use repeat::{Repeat, RepeatBody, RepeatText};
pub use resolved::{Action, Step, StepSound, all_steps as all_resolved};
pub use say::{Keep, Phrase, PhraseKey, PhraseText, refuse_double_ids, suggest_id};
pub use time::PhraseTime;
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
use crate::unit::Seconds;
use kind::{StepKeys, WrittenStep};

/// A step as written.
#[derive(Clone, Debug)]
pub struct StepText {
    pub span: Span,
    /// The choices it belongs to; empty if it is in every version.
    pub when: When,
    /// The clock time it is pinned to.
    pub at: Option<Spanned<ClockTime>>,
    /// The length of its pause, where one is written.
    pub pause: Option<Spanned<Seconds>>,
    pub kind: StepKind,
}

/// Which choices a step or a part belongs to: each name with the value it must have.
pub type When = Vec<(Spanned<String>, Spanned<String>)>;

/// The kind of a step, with its values.
#[derive(Clone, Debug)]
pub enum StepKind {
    Say(PhraseText),
    Pause(Elastic),
    Breathe(BreathText),
    Walk(WalkText),
    Bell(BellText),
    Use(Spanned<String>),
    Repeat(RepeatText),
    Together(TogetherText),
}

/// Every kind, in order of precedence where a step has the keys of several.
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

/// The keys that every step may have.
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
        "The clock time at which the step happens; the pauses around it change to fit. Only for steps directly in a part.",
    ),
];

pub static STEP: TableKeys = TableKeys::new("a step", &ALL_KEYS);
/// The keys of every kind, in the order of `fmt` and the reference.
static ALL_KEYS: [Key; 25] = joined(&[
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
/// The kind of an item in a list of steps; a static, since steps can hold steps.
pub(in crate::script) static ONE_STEP: Value = Value::Table(&STEP);
/// `when = { … }`: names of choices.
pub static WHEN: TableKeys = TableKeys::named("`when`", Value::Name);

/// The list of the steps that a step repeats.
const STEPS: &str = "steps";

/// The deepest nesting of steps.
const DEEPEST: usize = 16;

/// Reads a list of steps; errors go to the sink.
pub fn read_steps(node: &Node<'_>) -> Vec<StepText> {
    read_nested(node, 0)
}

fn read_nested(node: &Node<'_>, depth: usize) -> Vec<StepText> {
    if depth > DEEPEST {
        let deep = node.refuse(Code::TooDeep, "steps are nested too deeply");
        node.sink().emit(deep.help(format!("nest `repeat` and `together` at most {DEEPEST} deep")));
        return Vec::new();
    }
    let items = node.items();
    if items.as_ref().is_some_and(Vec::is_empty) {
        let empty = node.refuse(Code::EmptyStep, "this list has no steps");
        node.sink().emit(empty.help("add one, such as { pause = 3 }, or remove the list"));
    }
    items.unwrap_or_default().iter().filter_map(|item| StepText::read(item, depth)).collect()
}

impl StepText {
    /// A step that uses a fragment.
    pub(super) fn of_fragment(name: Spanned<String>) -> Self {
        Self { span: name.span, when: Vec::new(), at: None, pause: None, kind: StepKind::Use(name) }
    }

    fn read(node: &Node<'_>, depth: usize) -> Option<Self> {
        if let Some(step) = without_braces(node) {
            node.sink().emit(step);
            return None;
        }
        let table = node.table(&STEP)?;
        let Some(kind) = KINDS.into_iter().find(|kind| table.has(kind.key) || table.misspells(kind.key))
        else {
            // What it does may be what could not be read, or a key that is told already.
            if table.has_typo() || table.names().iter().any(|name| STEP.find(&name.value).is_none()) {
                return None;
            }
            let empty = node.refuse(Code::EmptyStep, "this step does nothing");
            let keys = KINDS.iter().map(|kind| kind.key);
            node.sink().emit(empty.help(format!("a step needs one of these keys: {}", list(keys))));
            return None;
        };
        // The misspelt key has been reported; the keys beside it cannot be checked without it.
        if !table.has(kind.key) {
            return None;
        }
        if !refuse_foreign_keys(&table, kind) {
            return None;
        }
        let when = read_when(&table);
        let at = table.get("at").and_then(|node| ClockTime::read(&node));
        if let Some(at) = at.as_ref().filter(|_| depth > 0) {
            table.sink().emit(refuse_nested_pin(at.span));
        }
        let pause = table.get(pause::KEY).and_then(|node| Elastic::typed(&node));
        Some(Self { span: node.span(), when, at, pause, kind: (kind.read)(&table, depth)? })
    }

    /// Its own phrases, in order, without those of nested steps.
    pub fn phrases(&self) -> Vec<&PhraseText> {
        self.kind.written().phrases()
    }

    /// The steps nested directly in it.
    pub fn children(&self) -> &[Self] {
        self.kind.written().children()
    }

    /// The fragment it uses.
    pub fn fragment(&self) -> Option<&Spanned<String>> {
        self.kind.written().fragment()
    }

    /// Its limits of rounds, if it has rounds.
    pub fn rounds(&self) -> Option<RoundLimits> {
        self.kind.written().rounds()
    }

    /// The first round, counted from 1, that speaks the phrase at this index of [`Self::phrases`].
    pub fn first_round(&self, phrase: usize) -> u32 {
        self.kind.written().first_round(phrase)
    }

    /// A comment for translators about one of its phrases.
    pub(super) fn comment_on(&self, phrase: &PhraseText) -> Option<String> {
        self.kind.written().comment_on(phrase)
    }

    /// The time that one of its phrases has, where a grid binds it.
    pub fn time_for(&self, phrase: &PhraseText) -> Option<PhraseTime> {
        self.kind.written().time_for(phrase)
    }

    /// A comment for translators about every phrase in it, including those of nested steps.
    pub(super) fn comment_on_all(&self) -> Option<&'static str> {
        self.kind.written().comment_on_all()
    }

    /// Reports errors that need the whole course to find. Nested steps are checked separately.
    pub(super) fn check(&self, check: &Check<'_>) {
        self.kind.written().check(check);
    }

    /// Its steps in a session.
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

/// The phrases of a list of steps, in order, including those of nested steps.
pub fn phrases(steps: &[StepText]) -> Vec<&PhraseText> {
    all_steps(steps).into_iter().flat_map(StepText::phrases).collect()
}

/// Every step of a list, in order, including nested steps.
pub fn all_steps(steps: &[StepText]) -> Vec<&StepText> {
    let mut found = Vec::new();
    for step in steps {
        found.push(step);
        found.extend(all_steps(step.children()));
    }
    found
}

/// The error for a text or a number alone that stands among steps: a phrase or a pause.
fn without_braces(node: &Node<'_>) -> Option<Diagnostic> {
    let written = node.written();
    let told = |message: &str| node.refuse(Code::WrongType, message);
    if let Some(text) = node.as_text() {
        // The name of a fragment, or a phrase of one word.
        let is_sentence = text.trim().contains(' ');
        let typed = format!("{{ say = {written} }}");
        let told = told("a step is a table in braces, and this is a text");
        return Some(if is_sentence {
            told.certain_patch("write it as a phrase", node.span(), typed)
        } else {
            told.patch("write it as a phrase", node.span(), typed)
        });
    }
    let is_time = written.starts_with(|c: char| c.is_ascii_digit()) && written.parse::<f64>().is_ok();
    is_time.then(|| {
        let told = told("a step is a table in braces, and this is a number");
        told.patch("write it as a pause", node.span(), format!("{{ pause = {written} }}"))
    })
}

/// The error for a clock time on a step that is nested or in a fragment. A clock time splits a part in two, so its step must
/// be directly in a part.
pub fn refuse_nested_pin(at: Span) -> Diagnostic {
    let nested = Diagnostic::error(
        Code::BadPin,
        at,
        "only a step directly in a part of a script can have a clock time",
    );
    nested.help("remove `at`, or move the step directly into the steps of a [[part]]")
}

/// Refuses keys that belong to other kinds of steps; false where the step is then told of as a whole.
fn refuse_foreign_keys(table: &Table<'_>, kind: &StepKeys) -> bool {
    let allowed = |name: &str| {
        name == kind.key || kind.with.contains(&name) || EVERY_STEP.iter().any(|key| key.name == name)
    };
    let foreign = |name: &Spanned<String>| STEP.find(&name.value).is_some() && !allowed(&name.value);
    let foreign: Vec<_> = table.names().into_iter().filter(foreign).collect();
    // A phrase typed beside `repeat` in place of its list of steps.
    let is_phrase = foreign.iter().any(|key| key.value == say::SAY.key) && kind.with.contains(&STEPS);
    if is_phrase && !table.has(STEPS) && !table.has("rotate") {
        let message = format!("`{}` takes a list of steps, not a phrase", kind.key);
        let clash = Diagnostic::error(Code::Clash, foreign[0].span, message);
        table
            .sink()
            .emit(clash.help(format!("write the phrase as a step of its list: {STEPS} = [{{ say = … }}]")));
        return false;
    }
    for key in foreign {
        let message = format!("`{}` cannot be combined with `{}` in one step", key.value, kind.key);
        let clash = Diagnostic::error(Code::Clash, key.span, message);
        table.sink().emit(clash.help(where_it_belongs(&key.value)));
    }
    true
}

/// Says which steps a key belongs to.
fn where_it_belongs(key: &str) -> String {
    if KINDS.iter().any(|kind| kind.key == key) {
        return format!("make it a step of its own: {{ {key} = … }}");
    }
    let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.with.contains(&key)).collect();
    match &kinds[..] {
        [only] => format!("it belongs to a `{}` step: remove it", only.key),
        several if several.iter().any(|kind| kind.key == say::SAY.key) => {
            "it belongs to a phrase: remove it, or add `say`".to_owned()
        }
        _ => "it belongs to a phrase in a `breathe` or `walk` step: remove it".to_owned(),
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
