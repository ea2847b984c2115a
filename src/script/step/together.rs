//! `together`: steps that are kept or omitted together.

use super::kind::{PhraseGroup, ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::resolved::{Action, Step, StepSound, all_steps};
use super::say::{Phrase, PhraseText, WORTH, read_worth};
use super::{ONE_STEP, StepKind, StepText, phrases, read_nested};
use crate::diag::Span;
use crate::script::check::Check;
use crate::script::resolve::InFile;
use crate::toml::key::Key;
use crate::toml::kind::Kind;

pub(super) static KEYS: [Key; 1] = [Key::new(
    "together",
    Kind::List(&ONE_STEP),
    "[{ pause = 8 }]",
    "Steps that are kept or omitted together.",
)];

pub(super) static TOGETHER: StepKeys = StepKeys {
    key: "together",
    with: &[WORTH.name],
    read: |table, depth| {
        let steps = read_nested(&table.get("together")?, depth + 1);
        Some(StepKind::Together(TogetherText { steps, worth: read_worth(table) }))
    },
};

/// A group of steps as written.
#[derive(Clone, Debug)]
pub struct TogetherText {
    pub steps: Vec<StepText>,
    /// How long the group is kept; `None` for the lowest `worth` of its phrases.
    pub worth: Option<u8>,
}

/// The `worth` of a group without phrases.
const WORDLESS_WORTH: u8 = 9;

impl WrittenStep for TogetherText {
    fn phrases(&self) -> Vec<&PhraseText> {
        Vec::new()
    }

    fn children(&self) -> &[StepText] {
        &self.steps
    }

    fn check(&self, _: &Check<'_>) {}

    fn comment_on_all(&self) -> Option<&'static str> {
        Some("Kept or left out together with its neighbours.")
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        let steps = file.steps(&self.steps);
        let worth = phrases(&self.steps).iter().map(|phrase| phrase.worth).min();
        let worth = self.worth.or(worth).unwrap_or(WORDLESS_WORTH);
        vec![Step { span, action: Action::Together(Together { steps, worth }) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }
}

/// A group of steps of a session.
#[derive(Clone, Debug)]
pub struct Together {
    pub steps: Vec<Step>,
    /// How long the group is kept when a version has to be short, 1 to 9.
    pub worth: u8,
}

impl ResolvedStep for Together {
    fn phrase(&self) -> Option<&Phrase> {
        None
    }

    fn children(&self) -> Vec<&[Step]> {
        vec![&self.steps]
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        vec![&mut self.steps]
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        None
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }

    fn phrase_group(&self) -> Option<PhraseGroup<'_>> {
        let phrases = all_steps(&self.steps).into_iter().filter_map(Step::phrase).collect();
        Some(PhraseGroup { worth: self.worth, phrases })
    }
}
