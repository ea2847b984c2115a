//! `pause`: silence.

use super::kind::{ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::resolved::{Action, Step, StepSound};
use super::say::{Phrase, PhraseText};
use super::{StepKind, StepText};
use crate::diag::{Code, Span, nearest};
use crate::script::check::Check;
use crate::script::elastic::{Elastic, PAUSE as PAUSE_TABLE};
use crate::script::resolve::InFile;
use crate::toml::foreign;
use crate::toml::key::Key;
use crate::toml::kind::Kind;
use crate::toml::table::Node;

pub(super) const KEY: &str = "pause";
/// The word for a pause that takes all remaining time.
const FILL: &str = "fill";

pub(super) static KEYS: [Key; 1] = [Key::new(
    KEY,
    Kind::Either(&[Kind::Time, Kind::OneOf(&[FILL]), Kind::Table(&PAUSE_TABLE)]),
    "6",
    "Silence: seconds; a table of natural, least, most, weight or fixed; or \"fill\" for all remaining time. Default 3 s after a phrase.",
)];

pub(super) static PAUSE: StepKeys =
    StepKeys { key: KEY, with: &[], read: |table, _| read_pause(&table.get(KEY)?).map(StepKind::Pause) };

/// Reads a pause, or the word `fill`.
pub(super) fn read_pause(node: &Node<'_>) -> Option<Elastic> {
    if node.is_text() {
        let text = node.text()?.value;
        if text == FILL {
            return Some(Elastic::fill());
        }
        if foreign::key(&text, [FILL]).or_else(|| nearest(&text, [FILL])).is_some() {
            let bad = node.refuse(Code::BadDuration, format!("\"{text}\" is not a time `pause` can take"));
            node.sink().emit(bad.certain_patch("did you mean `fill`?", node.span(), "\"fill\""));
            return Some(Elastic::fill());
        }
    }
    Elastic::read(node, Elastic::natural)
}

impl WrittenStep for Elastic {
    fn phrases(&self) -> Vec<&PhraseText> {
        Vec::new()
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    fn check(&self, _: &Check<'_>) {}

    fn resolve(&self, span: Span, _: &InFile<'_>) -> Vec<Step> {
        vec![Step { span, action: Action::Pause(*self) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }
}

impl ResolvedStep for Elastic {
    fn phrase(&self) -> Option<&Phrase> {
        None
    }

    fn children(&self) -> Vec<&[Step]> {
        Vec::new()
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        Vec::new()
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        None
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }

    fn pause(&self) -> Option<Elastic> {
        Some(*self)
    }

    fn set_pause(&mut self, pause: Elastic) {
        *self = pause;
    }
}
