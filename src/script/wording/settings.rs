//! `[wording]` in course.toml.

use super::rule::Rule;
use super::table::Settings;
use crate::diag::{Code, Diagnostic};
use crate::script::language::Language;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::Table;

/// The rules that look for words, to which authors can add.
pub(in crate::script) const WORD_RULES: [Rule; 5] =
    [Rule::Command, Rule::Promise, Rule::BreathHold, Rule::Absolute, Rule::Address];

/// `[wording]`.
pub static WORDING: TableKeys = TableKeys::new(
    "`wording`",
    &[
        Key::new(
            "off",
            Kind::List(&Kind::OneOf(&Rule::NAMES)),
            "[\"doubled-phrase\"]",
            "The rules to turn off; your own words under `words` are still checked.",
        ),
        Key::new(
            "words",
            Kind::Table(&WORDS),
            "{ nl = { promise = [\"wondermiddel*\"] } }",
            "Your own words, by language and rule.",
        ),
    ],
);

/// The author's words, by language.
pub static WORDS: TableKeys = TableKeys::named("the words", Kind::Table(&RULES));

/// Words for the rules of a language.
pub static RULES: TableKeys = TableKeys::new("the rules", &LISTS);

const WORD_LIST: Kind = Kind::List(&Kind::Words);

static LISTS: [Key; 5] = {
    let mut keys = [Key::new("", WORD_LIST, "", ""); 5];
    let mut index = 0;
    while index < keys.len() {
        let (rule, example) = (WORD_RULES[index], "[\"you ... must\", \"cure*\"]");
        keys[index] = Key::new(Rule::NAMES[rule as usize], WORD_LIST, example, rule.doc());
        index += 1;
    }
    keys
};

impl Settings {
    /// Reads `[wording]` of a course.
    pub(in crate::script) fn read(course: &Table<'_>) -> Self {
        let Some(table) = course.get("wording").and_then(|node| node.table(&WORDING)) else {
            return Self::default();
        };
        let off = table.get("off").and_then(|node| node.items()).unwrap_or_default();
        let named: Vec<_> = Rule::ALL.into_iter().map(|rule| (rule.code().name(), rule)).collect();
        let off = off.iter().filter_map(|item| item.one_of(&named)).collect();
        let words = table.get("words").and_then(|node| node.table(&WORDS));
        let mut found = Self { off, ..Self::default() };
        for (tag, node) in words.iter().flat_map(Table::entries) {
            let Some(language) = Language::parse(&tag.value) else {
                let bad = Diagnostic::error(
                    Code::BadLanguage,
                    tag.span,
                    format!("`{}` is not a language tag", tag.value),
                );
                table.sink().emit(bad.help("write a tag such as nl or pt-BR"));
                continue;
            };
            let Some(rules) = node.table(&RULES) else { continue };
            let own = |rule: Rule| {
                let items = rules.get(rule.code().name())?.items()?;
                let words = items.iter().filter_map(|item| Some(item.words()?.value)).collect();
                Some((rule, words))
            };
            found.words.insert(language, WORD_RULES.into_iter().filter_map(own).collect());
        }
        found
    }
}
