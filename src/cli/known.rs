//! Values of flags that are one of a known set: read in any case, and answered with what was meant.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::script::language::Language;
use crate::toml::foreign::meant;
use crate::toml::table::list;

/// Reads one of a few words, in any case.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownWord(&'static [&'static str]);

impl KnownWord {
    pub(super) const fn new(words: &'static [&'static str]) -> Self {
        Self(words)
    }

    fn read(self, typed: &str) -> Result<&'static str, String> {
        let known = || self.0.iter().copied();
        if let Some(word) = known().find(|word| word.eq_ignore_ascii_case(typed)) {
            return Ok(word);
        }
        Err(match meant(typed, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("available: {}", list(known())),
        })
    }
}

impl TypedValueParser for KnownWord {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        let known = *self;
        let read =
            StringValueParser::new().try_map(move |typed: String| known.read(&typed).map(str::to_owned));
        read.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|word| PossibleValue::new(*word))))
    }
}

/// Reads the tag of a language.
///
/// # Errors
/// What to write instead: the tag of a language that was named, or an example.
pub(super) fn parse_language(typed: &str) -> Result<Language, String> {
    Language::parse(typed).ok_or_else(|| match Language::meant(typed) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a tag such as nl, en or pt-BR".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_in_any_case_and_another_is_answered_with_what_was_meant() {
        let known = KnownWord::new(&["full", "light", "bells", "none"]);
        for typed in ["full", "Full", "FULL"] {
            assert_eq!(known.read(typed), Ok("full"));
        }
        for (typed, near) in [("licht", "light"), ("lihgt", "light"), ("geen", "none"), ("Glocken", "bells")]
        {
            assert_eq!(known.read(typed), Err(format!("did you mean `{near}`?")));
        }
        assert_eq!(known.read("whispered"), Err("available: `full`, `light`, `bells` and `none`".to_owned()));
    }

    #[test]
    fn a_language_is_known_by_its_names() {
        for (typed, tag) in [
            ("dutch", "nl"),
            ("Nederlands", "nl"),
            ("niederländisch", "nl"),
            ("Deutsch", "de"),
            ("duits", "de"),
            ("english", "en"),
            ("français", "fr"),
            ("pt_BR", "pt-BR"),
            ("engilsh", "en"),
        ] {
            assert_eq!(parse_language(typed), Err(format!("did you mean `{tag}`?")), "{typed}");
        }
        assert_eq!(parse_language("PT-br").unwrap().as_str(), "pt-BR");
        assert!(parse_language("klinkklaar").unwrap_err().starts_with("write a tag"));
    }
}
