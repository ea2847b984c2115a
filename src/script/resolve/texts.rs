//! Texts in the language of the session, and the errors for missing, outdated and fuzzy translations.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, SAFETY, Severity, Sink, Span, Spanned, nearest};
use crate::script::course::Course;
use crate::script::language::Language;
use crate::script::own::OwnWordsOf;
use crate::script::po::{TranslationEntry, TranslationState};
use crate::script::session::PhraseKey;
use crate::script::step::{PhraseText, StepText, phrases};
use crate::script::words::AddedWords;

/// The texts of all phrases of a course in a language, without those that are not translated.
pub fn phrase_texts(course: &Course, language: &Language) -> BTreeMap<PhraseKey, String> {
    let mut found = BTreeMap::new();
    let mut add = |file: &str, own: Option<&Language>, steps: &[StepText]| {
        for phrase in phrases(steps) {
            let Some(id) = &phrase.id else { continue };
            let key = PhraseKey { file: file.to_owned(), id: id.value.clone() };
            let text = if own == Some(language) {
                Some(phrase.text.value.clone())
            } else {
                translated(course, language, &key.to_string(), &phrase.text.value)
            };
            found.extend(text.map(|text| (key, text)));
        }
    };
    for script in course.scripts.values() {
        let own = script.language.as_ref().map(|own| &own.value);
        script.parts.iter().for_each(|part| add(&script.id, own, &part.steps));
    }
    for fragment in course.fragments.values() {
        add(&fragment.id, fragment.language.as_ref().map(|own| &own.value), &fragment.steps);
    }
    found
}

/// What a listener has to know before a track, in a language: the texts of the course, then those of the script. Each is one
/// line, and untranslated where there is no translation, which `check` reports.
pub fn before_texts(course: &Course, script: &str, language: &Language) -> Vec<String> {
    let script = course.scripts.get(script);
    let own = script.and_then(|script| script.language.as_ref());
    let general = ("course:before".to_owned(), course.header.languages.first(), &course.header.before);
    let special = script.map(|script| (format!("{}:before", script.id), own, &script.before));
    let mut found = Vec::new();
    for (context, source, texts) in [general].into_iter().chain(special) {
        for Spanned { value: text, .. } in texts {
            let other = source.is_none_or(|source| source.value != *language);
            let translation = other.then(|| translated(course, language, &context, text)).flatten();
            let text = translation.as_ref().unwrap_or(text);
            found.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    found
}

/// The translation of a text, also one that is out of date or fuzzy.
fn translated(course: &Course, language: &Language, context: &str, source: &str) -> Option<String> {
    match course.translations.get(language)?.find(context, source) {
        TranslationState::Current(entry)
        | TranslationState::Stale(entry)
        | TranslationState::Fuzzy(entry) => Some(entry.text.clone()),
        TranslationState::Missing => None,
    }
}

/// Finds texts in the language of the session.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) course: &'a Course,
    pub(super) language: &'a Language,
    pub(super) source: Option<&'a Language>,
    /// Whether fuzzy translations are accepted, as for a draft.
    pub(super) draft: bool,
    /// A listener's own words.
    pub(super) own: OwnWordsOf<'a>,
    pub(super) sink: &'a Sink,
}

impl Texts<'_> {
    /// The text of a phrase; a missing one is an error.
    pub(super) fn phrase(&self, key: &PhraseKey, phrase: &PhraseText) -> String {
        let (source, span) = (phrase.text.value.as_str(), phrase.text.span);
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(&key.to_string(), source) {
            TranslationState::Current(entry) => entry.text.clone(),
            TranslationState::Stale(entry) => {
                self.sink.emit(stale_translation(self.language, &key.to_string(), entry, span));
                entry.text.clone()
            }
            TranslationState::Fuzzy(entry) => {
                let is_usable = self.draft || entry.is_of_same_meaning(source, phrase.safety);
                let severity = if is_usable { Severity::Warning } else { Severity::Error };
                let (context, safety) = (key.to_string(), phrase.safety);
                self.sink.emit(fuzzy_translation(self.language, &context, entry, severity, source, safety));
                entry.text.clone()
            }
            TranslationState::Missing => {
                let context = key.to_string();
                let mistyped = mistyped_context(self.course, self.language, &context, source, span);
                self.sink.emit(match mistyped {
                    Some(mistyped) => Diagnostic { severity: Severity::Error, ..mistyped },
                    None => not_translated(self.language, &context, span, true),
                });
                source.to_owned()
            }
        }
    }

    /// A title; a missing one is only a warning, as titles are not spoken.
    pub(super) fn title(&self, context: &str, source: &str, span: Span) -> String {
        if self.source == Some(self.language) {
            return source.to_owned();
        }
        match self.find(context, source) {
            TranslationState::Current(entry)
            | TranslationState::Stale(entry)
            | TranslationState::Fuzzy(entry) => entry.text.clone(),
            TranslationState::Missing => {
                self.sink.emit(not_translated(self.language, context, span, false));
                source.to_owned()
            }
        }
    }

    /// What stands for a listener's words that nobody wrote down.
    pub(super) fn own_words(&self) -> String {
        AddedWords::of(self.language, self.course.translations.get(self.language)).own
    }

    fn find(&self, context: &str, source: &str) -> TranslationState<'_> {
        self.course
            .translations
            .get(self.language)
            .map_or(TranslationState::Missing, |texts| texts.find(context, source))
    }
}

/// The error or warning for a text without a translation.
pub(in crate::script) fn not_translated(
    language: &Language,
    context: &str,
    span: Span,
    is_error: bool,
) -> Diagnostic {
    let message = format!("this is not translated into `{language}`");
    let missing = if is_error {
        Diagnostic::error(Code::NotTranslated, span, message)
    } else {
        Diagnostic::warning(Code::NotTranslated, span, message)
    };
    missing.help(format!("add it to scripts/po/{language}.po with msgctxt \"{context}\""))
}

/// The warning for an entry of a PO file whose translation is empty, at its place.
pub(in crate::script) fn empty_translation(
    language: &Language,
    entry: &TranslationEntry,
    safety: bool,
    text: Span,
) -> Diagnostic {
    let what = if safety { SAFETY } else { "this" };
    let message = format!("{what} is not translated into `{language}`");
    let empty = Diagnostic::warning(Code::NotTranslated, entry.span, message).related(text, "the text");
    empty.help("write the translation between the quotes")
}

/// The warning for the translation of a text without one that stands under a context that no text has, near to its own.
pub(in crate::script) fn mistyped_context(
    course: &Course,
    language: &Language,
    context: &str,
    source: &str,
    text: Span,
) -> Option<Diagnostic> {
    let strays: Vec<_> = course
        .translations
        .get(language)?
        .contexts()
        .filter_map(|(other, entries)| {
            let is_of_it = |entry: &&TranslationEntry| !entry.text.is_empty() && entry.is_of(source);
            Some((other, entries.iter().find(is_of_it)?))
        })
        // Last, as it goes through the phrases of a script.
        .filter(|(other, _)| !is_of_a_phrase(course, other))
        .collect();
    let typed = nearest(context, strays.iter().map(|(other, _)| *other))?;
    let (_, entry) = strays.iter().find(|(other, _)| *other == typed)?;
    let source = course.sources.get(entry.span.file);
    let before = &source.text[..course.sources.range(entry.span).start];
    let line = before.rfind("msgctxt")?;
    let quoted = format!("\"{typed}\"");
    let start = line + before[line..].find(&quoted)?;
    let span = Span::new(entry.span.file, start..start + quoted.len());
    let message = format!("no text has the context `{typed}`, so this translates nothing");
    let stray = Diagnostic::warning(Code::NotTranslated, span, message)
        .related(text, "the text without a translation");
    Some(stray.patch(format!("did you mean `{context}`?"), span, format!("\"{context}\"")))
}

/// Whether a phrase of the course has this context, or it is no context of a phrase.
fn is_of_a_phrase(course: &Course, context: &str) -> bool {
    let Some((file, id)) = context.split_once('/').filter(|_| !context.contains(':')) else { return true };
    let has = |steps: &[StepText]| {
        phrases(steps).iter().any(|phrase| phrase.id.as_ref().is_some_and(|own| own.value == id))
    };
    course.scripts.get(file).is_some_and(|script| script.parts.iter().any(|part| has(&part.steps)))
        || course.fragments.get(file).is_some_and(|fragment| has(&fragment.steps))
}

/// The warning for a translation of an older text.
pub(in crate::script) fn stale_translation(
    language: &Language,
    context: &str,
    entry: &TranslationEntry,
    text: Span,
) -> Diagnostic {
    let message = format!("`{context}` translates an older text");
    Diagnostic::warning(Code::StaleTranslation, entry.span, message)
        .related(text, "the current text")
        .help(format!(
            "run `adem translate update`, correct the translation if it needs it, then `adem translate confirm {language} {context}`"
        ))
}

/// The error or warning for a translation marked as fuzzy.
pub(in crate::script) fn fuzzy_translation(
    language: &Language,
    context: &str,
    entry: &TranslationEntry,
    severity: Severity,
    source: &str,
    safety: bool,
) -> Diagnostic {
    if entry.is_of_same_meaning(source, safety) {
        let message = format!("the translation of `{context}` is of this text before a small correction");
        let small = Diagnostic::warning(Code::FuzzyTranslation, entry.span, message);
        let before = entry.previous.as_deref().unwrap_or_default();
        return small
            .note(format!("it was: {before}"))
            .note("it is used until somebody has confirmed it")
            .help(format!("if it is still right: `adem translate confirm {language} {context}`"));
    }
    let message = format!("the translation of `{context}` is marked fuzzy");
    let fuzzy = Diagnostic::error(Code::FuzzyTranslation, entry.span, message);
    let fuzzy = match entry.previous.as_deref().filter(|before| !before.is_empty()) {
        Some(before) => fuzzy.note(format!("it was made from: {before}")),
        None => fuzzy,
    };
    let help = format!(
        "have a translator check it, and correct it if necessary; then `adem translate confirm {language} {context}`"
    );
    Diagnostic { severity, ..fuzzy.help(help) }
}
