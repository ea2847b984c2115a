//! Reasons an author gives against a warning of a rule: `because = { command = "…" }`.

use super::rule::Rule;
use crate::diag::Spanned;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::Table;

/// The keys of `because`: the rules.
pub static BECAUSE: TableKeys = TableKeys::new("`because`", &REASONS);

static REASONS: [Key; 10] = {
    let mut keys = [Key::new("", Kind::Words, "", ""); 10];
    let mut index = 0;
    while index < keys.len() {
        let example = "\"the dyke warden says it, and is wrong\"";
        keys[index] = Key::new(Rule::NAMES[index], Kind::Words, example, Rule::ALL[index].doc());
        index += 1;
    }
    keys
};

/// Rules that do not apply, each with the author's reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Because(Vec<(Rule, Spanned<String>)>);

impl Because {
    /// Reads `because` of a phrase, a script or a fragment.
    pub(in crate::script) fn read(table: &Table<'_>) -> Self {
        let Some(reasons) = table.get("because").and_then(|node| node.table(&BECAUSE)) else {
            return Self::default();
        };
        let reason = |rule: Rule| Some((rule, reasons.get(rule.code().name())?.words()?));
        Self(Rule::ALL.into_iter().filter_map(reason).collect())
    }

    /// Whether there is a reason why this rule does not apply.
    pub(super) fn has_reason_for(&self, rule: Rule) -> bool {
        self.0.iter().any(|(explained, _)| *explained == rule)
    }
}
