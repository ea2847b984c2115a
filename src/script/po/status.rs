//! The progress of the translation into a language.

use serde::Serialize;

use super::extract::SourceText;
use super::file::PoFile;
use super::{TranslationState, Translations};
use crate::script::language::Language;

/// The progress of a language, in texts and in words of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Texts with a translation of their current words.
    pub translated: usize,
    /// Texts whose translation is marked as fuzzy.
    pub fuzzy: usize,
    /// Texts whose translation is of an older text, which `update` will mark as fuzzy.
    pub outdated: usize,
    /// Texts without a translation.
    pub missing: usize,
    /// Entries that no text uses any more.
    pub obsolete: usize,
    /// Words of all texts.
    pub words: usize,
    /// Words of the texts that are fuzzy, outdated or missing.
    pub words_left: usize,
}

impl Status {
    /// Counts the texts that need a translation into this language, without those that may stay empty.
    pub fn of(file: &PoFile, texts: &[SourceText], language: &Language) -> Self {
        let translations = Translations::of(file);
        let mut status = Self {
            obsolete: file.messages.iter().filter(|message| message.obsolete).count(),
            ..Self::default()
        };
        for text in texts.iter().filter(|text| text.is_needed_in(language) && !text.is_optional()) {
            let (count, done) = match translations.find(&text.context, &text.text) {
                TranslationState::Current(_) => (&mut status.translated, true),
                TranslationState::Fuzzy(_) => (&mut status.fuzzy, false),
                TranslationState::Stale(_) => (&mut status.outdated, false),
                TranslationState::Missing => (&mut status.missing, false),
            };
            *count += 1;
            let words = text.words();
            status.words += words;
            status.words_left += if done { 0 } else { words };
        }
        status
    }
}
