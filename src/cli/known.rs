//! Values of flags that are one of a known set: read in any case, and answered with what was meant.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::diag::nearest;
use crate::script::language::{BadTag, Language};
use crate::toml::foreign::meant;
use crate::toml::table::list;

/// Endings of files and codecs that are called otherwise here.
const CONTAINERS: [(&str, &str); 4] = [("mp4", "m4a"), ("aac", "m4a"), ("m4b", "m4a"), ("wave", "wav")];

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
        let same = |typed: &str| known().find(|word| word.eq_ignore_ascii_case(typed.trim()));
        if let Some(words) = typed.split(',').map(same).collect::<Option<Vec<_>>>() {
            return Err(format!("one at a time: `{}`", words[0]));
        }
        let container = CONTAINERS.iter().find(|(ending, _)| ending.eq_ignore_ascii_case(typed));
        let near = container.and_then(|(_, format)| same(format)).or_else(|| meant(typed, known()));
        Err(match near {
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
    Language::read_tag(typed).map_err(|BadTag { problem, meant, help }| {
        let advice = meant.map_or_else(|| help.to_owned(), |near| format!("did you mean `{near}`?"));
        problem.map_or(advice.clone(), |problem| format!("it {problem}; {advice}"))
    })
}

/// Licences of sounds by their SPDX names, the newest version first.
const LICENCES: [&str; 27] = [
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-3.0",
    "CC-BY-2.5",
    "CC-BY-2.0",
    "CC-BY-SA-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-2.5",
    "CC-BY-SA-2.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-2.5",
    "CC-BY-NC-2.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-ND-4.0",
    "CC-BY-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-PDDC",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "MIT",
    "Apache-2.0",
    "GFDL-1.3-or-later",
    "LAL-1.3",
];

/// Reads the licence of recordings: an SPDX name, or an agreement in several words.
///
/// # Errors
/// What to write instead.
pub(super) fn parse_licence(typed: &str) -> Result<String, String> {
    const HELP: &str = "write its SPDX name, such as CC-BY-4.0, or an agreement of your own in several words";
    let words: Vec<&str> = typed.split_whitespace().collect();
    let as_name = words.join("-").to_lowercase();
    let own = LICENCES.iter().find(|name| name.to_lowercase() == as_name);
    if words.len() == 1 && (own.is_some_and(|name| *name == words[0]) || words[0].starts_with("LicenseRef-"))
    {
        return Ok(words[0].to_owned());
    }
    let begins = || LICENCES.iter().find(|name| name.to_lowercase().starts_with(&format!("{as_name}-")));
    let near = own.or_else(begins).copied().or_else(|| {
        // Sentences are not names, however near.
        nearest(&as_name, LICENCES).filter(|_| words.len() == 1)
    });
    match near {
        Some(near) => Err(format!("did you mean {near}?")),
        None if words.len() > 1 => Ok(words.join(" ")),
        None => Err(format!("it is no licence that adem knows; {HELP}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_an_spdx_name_or_several_words() {
        for good in ["CC-BY-4.0", "CC0-1.0", "LicenseRef-Anna", "only in this course, by agreement"] {
            assert_eq!(parse_licence(good).as_deref(), Ok(good));
        }
        for (typed, near) in [
            ("cc-by-4.0", "CC-BY-4.0"),
            ("CC BY 4.0", "CC-BY-4.0"),
            ("CC-BY", "CC-BY-4.0"),
            ("cc0", "CC0-1.0"),
            ("CC-BY-SA-4", "CC-BY-SA-4.0"),
        ] {
            assert_eq!(parse_licence(typed), Err(format!("did you mean {near}?")), "{typed}");
        }
        for bad in ["nonsense", "", "unknown", "-"] {
            assert!(parse_licence(bad).unwrap_err().contains("such as CC-BY-4.0"), "{bad}");
        }
    }

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
        assert_eq!(known.read("light,full"), Err("one at a time: `light`".to_owned()));
        let formats = KnownWord::new(&["wav", "mp3", "m4a"]);
        assert_eq!(formats.read("mp4"), Err("did you mean `m4a`?".to_owned()));
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
