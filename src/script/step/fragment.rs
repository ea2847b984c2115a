//! `use`: the steps of a fragment, which replace the `use` step in a session.

use super::kind::{RoundLimits, StepKeys, WrittenStep};
use super::resolved::Step;
use super::say::PhraseText;
use super::{StepKind, StepText};
use crate::diag::{Span, Spanned};
use crate::script::check::Check;
use crate::script::resolve::InFile;
use crate::toml::key::Key;
use crate::toml::kind::Kind;

pub(super) static KEYS: [Key; 1] = [Key::new("use", Kind::Name, "\"aankomen\"", "The steps of a fragment.")];

pub(super) static USE: StepKeys =
    StepKeys { key: "use", with: &[], read: |table, _| Some(StepKind::Use(table.get("use")?.name()?)) };

impl WrittenStep for Spanned<String> {
    /// None: those of the fragment are written in another file.
    fn phrases(&self) -> Vec<&PhraseText> {
        Vec::new()
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    fn check(&self, check: &Check<'_>) {
        check.fragment(self);
    }

    fn resolve(&self, _: Span, file: &InFile<'_>) -> Vec<Step> {
        file.fragment(self)
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }

    fn fragment(&self) -> Option<&Spanned<String>> {
        Some(self)
    }
}
