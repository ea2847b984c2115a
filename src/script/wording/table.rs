//! What the rules look for in each language.

use std::collections::BTreeMap;

use super::pattern::Pattern;
use super::rule::Rule;
use super::{en, nl};
use crate::script::language::Language;

/// The words of a language.
pub(super) struct Words {
    /// The tag of the language.
    pub language: &'static str,
    /// What a sentence may begin with before its first word counts.
    pub lead: &'static [&'static str],
    /// How wishes begin, which many tracks share.
    pub wishes: &'static [&'static str],
    pub rules: &'static [WordRule],
}

/// What one rule looks for.
pub(super) struct WordRule {
    pub rule: Rule,
    /// Patterns, each of which breaks the rule.
    pub finds: &'static [&'static str],
    /// Patterns that make the sentence fine all the same.
    pub unless: &'static [&'static str],
    /// Whether questions can break it.
    pub questions: bool,
    /// What one could say instead, in the language.
    pub instead: &'static str,
}

/// The languages that have a table; the others have the rules that need no words.
const TABLES: [&Words; 2] = [&nl::WORDS, &en::WORDS];

impl Words {
    /// The table of a language, or of the language a region belongs to.
    pub(super) fn of(language: &Language) -> Option<&'static Self> {
        let base = language.as_str().split('-').next().unwrap_or_default();
        TABLES.into_iter().find(|table| table.language == base)
    }
}

/// What an author adds to the rules and takes from them: `[wording]` in course.toml.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The rules whose own words and limits count for nothing.
    pub off: Vec<Rule>,
    /// Words of the author's own, by language and rule.
    pub words: BTreeMap<Language, Vec<(Rule, Vec<String>)>>,
}

/// A rule ready to look with.
pub(super) struct Matcher {
    pub rule: Rule,
    finds: Vec<Pattern>,
    unless: Vec<Pattern>,
    questions: bool,
    pub instead: &'static str,
}

/// All that is looked for in one language.
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

    /// The rules a text breaks, each once, with the words that break it.
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

    /// Whether a text is a wish, which many tracks share.
    pub(super) fn is_wish(&self, text: &str) -> bool {
        let sentences = super::sentence::sentences(text);
        let wishes = |word: &String| self.wishes.contains(&word.as_str());
        sentences.iter().all(|sentence| sentence.words.first().is_some_and(wishes))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks that each rule finds its texts, and nothing in those that only look alike.
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
