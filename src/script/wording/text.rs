//! The rules about single texts, and about texts that two tracks share.

use std::collections::BTreeMap;

use super::Review;
use super::because::Because;
use super::rule::Rule;
use super::sentence::{plain, word_count};
use super::table::Matchers;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::script::language::Language;
use crate::script::po::TranslationState;
use crate::script::step::{PhraseText, StepText, phrases};
use crate::unit::literal::{print_duration, print_measured};
use crate::unit::{Seconds, TENTH};

/// The most words of a phrase (docs/craft.md, section 5).
const MOST_WORDS: usize = 15;
const MOST_LENGTH: Seconds = Seconds::whole(9);
/// Texts with fewer words may occur in several tracks.
const FEWEST_WORDS_DOUBLED: usize = 4;

/// A phrase in one language.
pub(super) struct Text<'c> {
    pub file: &'c str,
    pub phrase: &'c PhraseText,
    pub words: &'c str,
    /// The place of the words, in the script or in a PO file.
    pub span: Span,
    /// Reasons given by the script or fragment why rules do not apply.
    pub because: &'c Because,
}

/// The name of a file, the language it is written in, its reasons and its steps.
type WordingFile<'c> = (&'c str, Option<&'c Spanned<Language>>, &'c Because, Vec<&'c [StepText]>);

impl<'c> Review<'c> {
    /// The texts of a language, in the order of the tracks, fragments first.
    pub(super) fn texts(&self, language: &Language) -> Vec<Text<'c>> {
        let mut texts = Vec::new();
        for (file, own, because, steps) in self.files() {
            let is_own = own.is_some_and(|own| own.value == *language);
            for phrase in steps.into_iter().flat_map(phrases) {
                let found = if is_own {
                    Some((phrase.text.value.as_str(), phrase.text.span))
                } else {
                    self.translated(language, file, phrase)
                };
                texts.extend(found.map(|(words, span)| Text { file, phrase, words, span, because }));
            }
        }
        texts
    }

    /// A phrase of the course with words that somebody is typing; `None` if the course has no phrase of this context.
    pub(super) fn typed(&self, context: &str, words: &'c str) -> Option<Text<'c>> {
        let (file, id) = context.split_once('/')?;
        let (file, _, because, steps) = self.files().into_iter().find(|(own, ..)| *own == file)?;
        let is_it = |phrase: &&PhraseText| phrase.id.as_ref().is_some_and(|own| own.value == id);
        let phrase = steps.into_iter().flat_map(phrases).find(is_it)?;
        Some(Text { file, phrase, words, span: phrase.text.span, because })
    }

    /// Scripts and fragments with their steps, in the order of the tracks, fragments first.
    fn files(&self) -> Vec<WordingFile<'c>> {
        let fragments = self.course.fragments.values().map(|fragment| {
            let steps = vec![fragment.steps.as_slice()];
            (None, &fragment.id, fragment.language.as_ref(), &fragment.because, steps)
        });
        let scripts = self.course.scripts.values().map(|script| {
            let steps = script.parts.iter().map(|part| part.steps.as_slice()).collect();
            let track = script.track.as_ref().map_or(u32::MAX, |track| track.value);
            (Some(track), &script.id, script.language.as_ref(), &script.because, steps)
        });
        let mut files: Vec<_> = fragments.chain(scripts).collect();
        files.sort_by_key(|(track, ..)| *track);
        let file = |(_, id, language, because, steps): (Option<u32>, &'c String, _, _, _)| {
            (id.as_str(), language, because, steps)
        };
        files.into_iter().map(file).collect()
    }

    /// A usable translation; missing and outdated ones are reported elsewhere.
    pub(super) fn translated(
        &self,
        language: &Language,
        file: &str,
        phrase: &PhraseText,
    ) -> Option<(&'c str, Span)> {
        let context = format!("{file}/{}", phrase.id.as_ref()?.value);
        match self.course.translations.get(language)?.find(&context, &phrase.text.value) {
            TranslationState::Current(entry) | TranslationState::Fuzzy(entry) => {
                Some((&entry.text, entry.span))
            }
            TranslationState::Stale(_) | TranslationState::Missing => None,
        }
    }

    /// Warns where the texts of a language break a rule.
    pub(super) fn phrases(&self, language: &Language, texts: &[Text<'_>]) {
        let matchers = Matchers::new(language, self.settings);
        for text in texts {
            self.phrase(&matchers, language, text);
        }
        self.doubled(&matchers, texts);
    }

    /// Warns where a text by itself breaks a rule.
    pub(super) fn phrase(&self, matchers: &Matchers, language: &Language, text: &Text<'_>) {
        for (matcher, words) in matchers.broken(text.words) {
            let message = format!("{}: \"{words}\"", message_start(matcher.rule));
            let remedy = if matcher.instead.is_empty() {
                matcher.rule.remedy().to_owned()
            } else {
                format!("{}: {}", matcher.rule.remedy(), matcher.instead)
            };
            self.warn(text, matcher.rule, message, &remedy, None);
        }
        self.length(language, text);
    }

    fn length(&self, language: &Language, text: &Text<'_>) {
        if !self.is_on(Rule::LongPhrase) {
            return;
        }
        let (words, length) = (word_count(text.words), (self.length)(language, text.words));
        let message = if words > MOST_WORDS {
            format!("this phrase has {words} words; at most {MOST_WORDS} fit in one breath")
        } else if length > MOST_LENGTH {
            let (length, most) = (print_measured(length.as_f64(), TENTH), print_duration(MOST_LENGTH));
            format!("this phrase takes about {length} to say; at most {most} fit in one breath")
        } else {
            return;
        };
        self.warn(text, Rule::LongPhrase, message, Rule::LongPhrase.remedy(), None);
    }

    fn doubled(&self, matchers: &Matchers, texts: &[Text<'_>]) {
        if !self.is_on(Rule::DoubledPhrase) {
            return;
        }
        let mut seen: BTreeMap<String, &Text<'_>> = BTreeMap::new();
        for text in texts {
            if word_count(text.words) < FEWEST_WORDS_DOUBLED || matchers.is_wish(text.words) {
                continue;
            }
            match seen.get(plain(text.words).as_str()) {
                Some(first) if first.file != text.file => {
                    let message = format!("`{}` says the same as `{}`", text.file, first.file);
                    let remedy = Rule::DoubledPhrase.remedy();
                    self.warn(text, Rule::DoubledPhrase, message, remedy, Some(first.span));
                }
                Some(_) => {}
                None => {
                    seen.insert(plain(text.words), text);
                }
            }
        }
    }

    fn warn(&self, text: &Text<'_>, rule: Rule, message: String, remedy: &str, first: Option<Span>) {
        if text.phrase.because.has_reason_for(rule) || text.because.has_reason_for(rule) {
            return;
        }
        let mut warning = Diagnostic::warning(rule.code(), text.span, message);
        if let Some(first) = first {
            warning = warning.related(first, "first used here");
        }
        self.sink.emit(warning.note(rule.why()).help(remedy).help(reason_help(rule)));
    }
}

/// The help that shows how to give a reason.
pub(super) fn reason_help(rule: Rule) -> String {
    format!("or give the reason: `because = {{ {} = \"…\" }}`", rule.code())
}

/// The start of the message about words that break a rule.
fn message_start(rule: Rule) -> &'static str {
    match rule {
        Rule::Command => "this sounds like a command",
        Rule::Promise => "this promises something",
        Rule::BreathHold => "this holds the breath",
        Rule::Absolute => "this is absolute",
        Rule::Address => "this is another form of address",
        Rule::LongPhrase | Rule::DoubledPhrase | Rule::LateSafety | Rule::NoWayBack | Rule::LongSilence => {
            "this matches a pattern of this rule"
        }
    }
}
