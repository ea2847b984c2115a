//! The words that the rules look for in each language.

use std::collections::BTreeMap;

use super::pattern::Pattern;
use super::rule::Rule;
use super::{en, nl};
use crate::script::language::Language;

pub(super) struct Words {
    pub language: &'static str,
    /// Words that may come before the start of a sentence.
    pub lead: &'static [&'static str],
    /// Words that wishes start with, which several tracks may share.
    pub wishes: &'static [&'static str],
    pub rules: &'static [WordRule],
}

/// The patterns of one rule.
pub(super) struct WordRule {
    pub rule: Rule,
    /// Patterns that break the rule.
    pub finds: &'static [&'static str],
    /// Patterns that make the same sentence acceptable.
    pub unless: &'static [&'static str],
    /// Whether questions can break the rule.
    pub questions: bool,
    /// Suggestions, in the language.
    pub instead: &'static str,
}

/// The languages with a table. Other languages have only the rules that need no words.
const TABLES: [&Words; 2] = [&nl::WORDS, &en::WORDS];

impl Words {
    /// The table of a language, whatever its region.
    pub(super) fn of(language: &Language) -> Option<&'static Self> {
        let base = language.as_str().split('-').next().unwrap_or_default();
        TABLES.into_iter().find(|table| table.language == base)
    }
}

/// The author's changes to the rules: `[wording]` in course.toml.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The rules that are turned off.
    pub off: Vec<Rule>,
    /// The author's own words, by language and rule; they count even for rules that are off.
    pub words: BTreeMap<Language, Vec<(Rule, Vec<String>)>>,
}

/// A rule with its parsed patterns.
pub(super) struct Matcher {
    pub rule: Rule,
    finds: Vec<Pattern>,
    unless: Vec<Pattern>,
    questions: bool,
    pub instead: &'static str,
}

/// All rules of one language.
pub(super) struct Matchers {
    lead: &'static [&'static str],
    wishes: &'static [&'static str],
    all: Vec<Matcher>,
}

impl Matchers {
    pub(super) fn new(language: &Language, settings: &Settings) -> Self {
        let words = Words::of(language);
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect::<Vec<_>>();
        let mut matchers = Vec::new();
        for rule in words.map_or(&[][..], |words| words.rules) {
            let finds = if settings.off.contains(&rule.rule) { &[][..] } else { rule.finds };
            matchers.push(Matcher {
                rule: rule.rule,
                finds: patterns(finds),
                unless: patterns(rule.unless),
                questions: rule.questions,
                instead: rule.instead,
            });
        }
        for (rule, own) in settings.words.get(language).into_iter().flatten() {
            let own = own.iter().map(|text| Pattern::new(text));
            match matchers.iter_mut().find(|matcher| matcher.rule == *rule) {
                Some(matcher) => matcher.finds.extend(own),
                None => matchers.push(Matcher {
                    rule: *rule,
                    finds: own.collect(),
                    unless: Vec::new(),
                    questions: true,
                    instead: "",
                }),
            }
        }
        Self {
            lead: words.map_or(&[], |words| words.lead),
            wishes: words.map_or(&[], |words| words.wishes),
            all: matchers,
        }
    }

    /// The rules that a text breaks, each with the first words that break it.
    pub(super) fn broken(&self, text: &str) -> Vec<(&Matcher, String)> {
        let sentences = super::sentence::sentences(text);
        let breaks = |matcher: &Matcher| {
            sentences.iter().filter(|sentence| matcher.questions || !sentence.question).find_map(|sentence| {
                let find = |pattern: &Pattern| pattern.find(sentence, self.lead);
                let found = matcher.finds.iter().find_map(find)?;
                matcher.unless.iter().find_map(find).is_none().then_some(found)
            })
        };
        self.all.iter().filter_map(|matcher| Some((matcher, breaks(matcher)?))).collect()
    }

    /// Whether a text is a wish, which several tracks may share.
    pub(super) fn is_wish(&self, text: &str) -> bool {
        let sentences = super::sentence::sentences(text);
        let wishes = |word: &String| self.wishes.contains(&word.as_str());
        sentences.iter().all(|sentence| sentence.words.first().is_some_and(wishes))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks that each rule finds its texts, and does not find similar ones that are fine.
    pub(in crate::script::wording) fn check(language: &str, cases: &[(&str, &[&str], &[&str])]) {
        let matchers = Matchers::new(&Language::parse(language).unwrap(), &Settings::default());
        let broken = |text: &str| {
            matchers
                .broken(text)
                .into_iter()
                .map(|(matcher, _)| matcher.rule.code().name())
                .collect::<Vec<_>>()
        };
        let mut wrong = Vec::new();
        for (rule, fires, lookalikes) in cases {
            wrong.extend(
                fires
                    .iter()
                    .filter(|text| !broken(text).contains(rule))
                    .map(|text| format!("{rule} misses: {text}")),
            );
            let false_alarm = |text: &&&str| broken(text).contains(rule);
            wrong.extend(
                lookalikes.iter().filter(false_alarm).map(|text| format!("{rule} false alarm: {text}")),
            );
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn an_author_adds_words_and_switches_rules_off() {
        let (nl, fy) = (Language::parse("nl").unwrap(), Language::parse("fy").unwrap());
        let words = |language: &Language| {
            BTreeMap::from([(language.clone(), vec![(Rule::Promise, vec!["wondermiddel*".to_owned()])])])
        };
        let found = |language: &Language, settings: &Settings, text: &str| {
            Matchers::new(language, settings).broken(text).len()
        };
        let own = Settings { words: words(&nl), ..Settings::default() };
        assert_eq!(found(&nl, &Settings::default(), "Een wondermiddel."), 0);
        assert_eq!(found(&nl, &own, "Een wondermiddel."), 1);
        // A language without a table has the author's words alone.
        let frisian = Settings { words: words(&fy), ..Settings::default() };
        assert_eq!(found(&fy, &frisian, "In wondermiddel."), 1);
        assert_eq!(found(&fy, &frisian, "Sluit je ogen."), 0);
        // A rule that is off looks for the author's words alone.
        let off = Settings { off: vec![Rule::Promise], words: words(&nl) };
        assert_eq!(found(&nl, &off, "Dit geneest."), 0);
        assert_eq!(found(&nl, &off, "Een wondermiddel."), 1);
    }
}
