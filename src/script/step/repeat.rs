//! `repeat`: steps or phrases in rounds.

use super::kind::{ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::pause;
use super::resolved::{Action, Step, StepSound, all_steps};
use super::rounds::{ROUNDS, read_rounds};
use super::say::{Phrase, PhraseText, SAY};
use super::{ONE_STEP, STEP, StepKind, StepText, read_nested, refuse_foreign_keys};
use crate::diag::{Code, Diagnostic, Span};
use crate::script::check::Check;
use crate::script::elastic::Elastic;
use crate::script::resolve::InFile;
use crate::toml::key::Key;
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Seconds;

const KEY: &str = "repeat";

pub(super) static KEYS: [Key; 3] = [
    Key::new(
        KEY,
        ROUNDS,
        "[2, 4, 6]",
        "Rounds of `steps` or `rotate`: least, natural and most, or one number.",
    ),
    Key::new(
        "rotate",
        Kind::List(&ONE_STEP),
        "[{ say = \"Moge ik veilig zijn.\", id = \"veilig\" }]",
        "The phrases of a `repeat`, one a round in turn.",
    ),
    Key::new("steps", Kind::List(&ONE_STEP), "[{ pause = 8 }]", "The steps of each round of a `repeat`."),
];

pub(super) static REPEAT: StepKeys = StepKeys {
    key: KEY,
    with: &["rotate", "steps", pause::KEY],
    read: |table, depth| RepeatText::read(table, depth).map(StepKind::Repeat),
};

/// A repeat as written.
#[derive(Clone, Debug)]
pub struct RepeatText {
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    pub body: RepeatBody,
    /// The pause after each round.
    pub pause: Option<Elastic>,
}

/// The content of a round.
#[derive(Clone, Debug)]
pub enum RepeatBody {
    Steps(Vec<StepText>),
    /// One phrase a round, in turn.
    Rotate(Vec<PhraseText>),
}

impl RepeatText {
    fn read(table: &Table<'_>, depth: usize) -> Option<Self> {
        let times = table.get(KEY).and_then(|node| read_rounds(&node));
        let body = match (table.get("rotate"), table.get("steps")) {
            (Some(rotate), Some(_)) => {
                let clash = rotate.refuse(Code::Clash, "a `repeat` has either `rotate` or `steps`");
                table
                    .sink()
                    .emit(clash.help("`rotate` speaks one phrase of its list in each round, `steps` repeats all its steps in each round"));
                None
            }
            (Some(rotate), None) => Some(RepeatBody::Rotate(read_rotated(&rotate))),
            (None, Some(steps)) => Some(RepeatBody::Steps(read_nested(&steps, depth + 1))),
            (None, None) => {
                if !table.misspells("rotate") && !table.misspells("steps") {
                    let empty = Diagnostic::error(
                        Code::EmptyStep,
                        table.span(),
                        "this `repeat` has nothing to repeat",
                    );
                    table.sink().emit(empty.help("add `steps = [ … ]`, or `rotate = [ … ]` with phrases"));
                }
                None
            }
        };
        let pause = table.get(pause::KEY).and_then(|node| Elastic::read(&node, Elastic::natural));
        Some(Self { times: times?, body: body?, pause })
    }
}

/// Reads the phrases of `rotate`.
fn read_rotated(node: &Node<'_>) -> Vec<PhraseText> {
    let items = node.items().unwrap_or_default();
    if items.is_empty() && node.is_list() {
        node.sink().emit(
            node.refuse(Code::EmptyStep, "this list has no phrases").help("add { say = \"…\", id = \"…\" }"),
        );
    }
    let phrase = |item: &Node<'_>| {
        let table = item.table(&STEP)?;
        if !table.has(SAY.key) {
            if !table.misspells(SAY.key) {
                item.sink().emit(
                    item.refuse(Code::Clash, "each item of `rotate` must be a phrase")
                        .help("give it a `say`"),
                );
            }
            return None;
        }
        refuse_foreign_keys(&table, &SAY);
        PhraseText::read(&table)
    };
    items.iter().filter_map(phrase).collect()
}

impl WrittenStep for RepeatText {
    fn phrases(&self) -> Vec<&PhraseText> {
        match &self.body {
            RepeatBody::Steps(_) => Vec::new(),
            RepeatBody::Rotate(phrases) => phrases.iter().collect(),
        }
    }

    fn children(&self) -> &[StepText] {
        match &self.body {
            RepeatBody::Steps(steps) => steps,
            RepeatBody::Rotate(_) => &[],
        }
    }

    fn check(&self, check: &Check<'_>) {
        self.phrases().iter().for_each(|phrase| phrase.check_beats(1, check.sink));
    }

    fn comment_on_all(&self) -> Option<&'static str> {
        match &self.body {
            RepeatBody::Steps(_) => None,
            RepeatBody::Rotate(_) => Some("One of a list of phrases; each round speaks the next one."),
        }
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        let rounds = match &self.body {
            RepeatBody::Steps(steps) => vec![file.steps(steps)],
            RepeatBody::Rotate(phrases) => phrases
                .iter()
                .filter_map(|text| {
                    let mut phrase = file.phrase(text)?;
                    // A phrase without a pause of its own is followed by the pause of the round.
                    if self.pause.is_some() {
                        phrase.pause = phrase.pause.or(Some(Elastic::fixed(Seconds::ZERO)));
                    }
                    Some(vec![Step { span: text.span, action: Action::Say(phrase) }])
                })
                .collect(),
        };
        let repeat = Repeat { times: self.times, rounds, pause: self.pause };
        vec![Step { span, action: Action::Repeat(repeat) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: KEY, times: self.times })
    }

    /// Each phrase of `rotate` has a round of its own.
    fn first_round(&self, phrase: usize) -> u32 {
        phrase as u32 + 1
    }
}

/// A repeat of a session; with `rotate`, each round has one phrase.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// The steps of each round. If there are several lists, each round takes the next one.
    pub rounds: Vec<Vec<Step>>,
    /// The pause after each round.
    pub pause: Option<Elastic>,
}

impl ResolvedStep for Repeat {
    fn phrase(&self) -> Option<&Phrase> {
        None
    }

    fn children(&self) -> Vec<&[Step]> {
        self.rounds.iter().map(Vec::as_slice).collect()
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        self.rounds.iter_mut().map(Vec::as_mut_slice).collect()
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        None
    }

    fn fewest_rounds(&self) -> u32 {
        let safe = |round: &Vec<Step>| {
            all_steps(round).into_iter().filter_map(Step::phrase).any(|phrase| phrase.safety)
        };
        self.rounds.iter().rposition(safe).map_or(1, |last| last as u32 + 1)
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: KEY, times: self.times })
    }

    fn set_rounds(&mut self, times: [u32; 3]) {
        self.times = times;
    }
}
