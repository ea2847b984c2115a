//! Language tags: a language with optional subtags, a part of RFC 5646.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Spanned, nearest};
use crate::toml::table::Node;

/// Languages whose usual script runs from right to left (CLDR, likely subtags).
const RIGHT_TO_LEFT_LANGUAGES: [&str; 16] =
    ["ar", "arc", "arz", "ckb", "dv", "fa", "he", "ks", "nqo", "pnb", "ps", "sd", "syr", "ug", "ur", "yi"];
/// Scripts from right to left (Unicode, bidirectional class R or AL) that people write today.
const RIGHT_TO_LEFT_SCRIPTS: [&str; 8] = ["Adlm", "Arab", "Aran", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"];

/// What people call languages in Dutch, German and French.
const FOREIGN_NAMES: [(&str, &[&str]); 8] = [
    (
        "nl",
        &[
            "hollands",
            "vlaams",
            "niederländisch",
            "niederlaendisch",
            "holländisch",
            "flämisch",
            "néerlandais",
            "flemish",
        ],
    ),
    ("en", &["engels", "englisch", "anglais"]),
    ("de", &["duits", "allemand"]),
    ("fr", &["frans", "französisch", "franzoesisch"]),
    ("es", &["spaans", "spanisch", "espagnol"]),
    ("it", &["italiaans", "italienisch", "italien"]),
    ("pt", &["portugees", "portugiesisch", "portugais"]),
    ("tr", &["turks", "türkisch", "tuerkisch", "turc"]),
];

/// A language such as `nl` or `pt-BR`, in canonical case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Language(String);

impl Language {
    /// `None` if `tag` is not a language tag.
    pub fn parse(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let primary = parts.next()?;
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let mut canonical = primary.to_ascii_lowercase();
        for part in parts {
            if !(2..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            canonical.push('-');
            // Regions are upper case, scripts title case, the rest lower case (RFC 5646, 2.1.1).
            match part.len() {
                2 => canonical.push_str(&part.to_ascii_uppercase()),
                _ if is_script(part) => {
                    canonical.push_str(&part[..1].to_ascii_uppercase());
                    canonical.push_str(&part[1..].to_ascii_lowercase());
                }
                _ => canonical.push_str(&part.to_ascii_lowercase()),
            }
        }
        Some(Self(canonical))
    }

    /// The language that is meant by a text that is no tag: its name in English, in itself or in Dutch, German or French, or a
    /// tag with an underscore.
    pub fn meant(typed: &str) -> Option<Self> {
        let typed = typed.trim().to_lowercase();
        if let Some(tag) = Self::parse(&typed.replace('_', "-")) {
            return Some(tag);
        }
        let foreign =
            || FOREIGN_NAMES.iter().flat_map(|(tag, names)| names.iter().map(move |name| (*name, *tag)));
        let tags = ('a'..='z').flat_map(|first| ('a'..='z').map(move |second| format!("{first}{second}")));
        let short: Vec<_> = tags.filter_map(|tag| isolang::Language::from_639_1(&tag)).collect();
        let short = || short.iter().filter_map(|one| Some((one, one.to_639_1()?)));
        let own = || short().filter_map(|(one, tag)| Some((one.to_autonym()?, tag)));
        let english = || short().map(|(one, tag)| (one.to_name(), tag));
        let all = || english().chain(own()).chain(foreign());
        let same = all().find(|(name, _)| name.to_lowercase() == typed);
        let near = || {
            let name = nearest(&typed, all().map(|(name, _)| name).filter(|name| name.chars().count() >= 5))?;
            all().find(|(other, _)| *other == name)
        };
        same.or_else(near).and_then(|(_, tag)| Self::parse(tag))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its ISO 639-3 code, such as `nld`, which equals the ISO 639-2/T code where there is one. A code of three letters is
    /// returned as it is; `und`, undetermined, if ISO 639 does not have the language.
    pub fn three_letters(&self) -> &str {
        match (self.primary(), self.iso()) {
            (_, Some(language)) => language.to_639_3(),
            // The code of the group of Bihari languages, which ISO 639-3 does not have.
            ("bh", None) => "bih",
            (own, None) if own.len() == 3 => own,
            (_, None) => "und",
        }
    }

    /// Its English name, such as `Dutch`; the tag if ISO 639 does not have the language.
    pub fn name(&self) -> &str {
        self.iso().map_or(self.as_str(), |language| language.to_name())
    }

    /// Its own name, such as `Nederlands`; the English one if that is unknown.
    pub fn own_name(&self) -> &str {
        self.iso().and_then(|language| language.to_autonym()).unwrap_or_else(|| self.name())
    }

    /// Whether it is written from right to left, in the script of the tag or else in its usual script.
    pub fn is_right_to_left(&self) -> bool {
        let named = self.0.split('-').skip(1).find(|part| is_script(part));
        named.map_or_else(
            || RIGHT_TO_LEFT_LANGUAGES.contains(&self.primary()),
            |script| RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        )
    }

    /// The language without its region and script.
    fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    fn iso(&self) -> Option<isolang::Language> {
        let primary = self.primary();
        isolang::Language::from_639_1(primary).or_else(|| isolang::Language::from_639_3(primary))
    }

    /// Reads a tag from a file.
    pub fn read(node: &Node<'_>) -> Option<Spanned<Self>> {
        let text = node.text()?;
        let language = Self::parse(&text.value);
        if language.is_none() {
            let bad = node.refuse(Code::BadLanguage, format!("`{}` is not a language tag", text.value));
            node.sink().emit(match Self::meant(&text.value) {
                Some(near) => bad.patch(format!("did you mean {near}?"), node.span(), format!("\"{near}\"")),
                None => bad.help("write a tag such as \"nl\", \"en\" or \"pt-BR\""),
            });
        }
        language.map(|language| Spanned::new(language, node.span()))
    }
}

/// Whether a subtag names a script, such as `Hant`.
fn is_script(part: &str) -> bool {
    part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic())
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl TryFrom<String> for Language {
    type Error = String;

    fn try_from(tag: String) -> Result<Self, String> {
        Self::parse(&tag).ok_or_else(|| format!("`{tag}` is not a language tag"))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_brought_into_canonical_case_and_nonsense_is_refused() {
        assert_eq!(Language::parse("PT-br").unwrap().as_str(), "pt-BR");
        assert_eq!(Language::parse("zh-hant").unwrap().as_str(), "zh-Hant");
        for bad in ["", "n", "dutch", "de_AT", "nl-", "12"] {
            assert_eq!(Language::parse(bad), None, "{bad}");
        }
    }

    fn tag(tag: &str) -> Language {
        Language::parse(tag).unwrap()
    }

    #[test]
    fn a_language_has_three_letters_whatever_its_region() {
        for (written, code) in [
            ("nl", "nld"),
            ("en-GB", "eng"),
            ("de", "deu"),
            ("pt-BR", "por"),
            ("zh-Hant", "zho"),
            ("bh", "bih"),
        ] {
            assert_eq!(tag(written).three_letters(), code);
        }
        for (written, code) in [("gsw", "gsw"), ("nld", "nld"), ("qaa", "qaa"), ("xx", "und")] {
            assert_eq!(tag(written).three_letters(), code);
        }
    }

    #[test]
    fn a_language_has_a_name_in_english_and_in_itself() {
        for (written, name, own) in [
            ("nl-BE", "Dutch", "Nederlands"),
            ("ja", "Japanese", "日本語"),
            ("ar", "Arabic", "العربية"),
            ("gsw", "Swiss German", "Schwiizertüütsch"),
            ("la", "Latin", "Latin"),
            ("xx-YY", "xx-YY", "xx-YY"),
        ] {
            assert_eq!((tag(written).name(), tag(written).own_name()), (name, own));
        }
    }

    #[test]
    fn the_script_of_a_tag_decides_its_direction() {
        for written in ["he", "ar-MA", "az-Arab", "ug", "pa-Arab-PK"] {
            assert!(tag(written).is_right_to_left(), "{written}");
        }
        for written in ["nl", "az", "sd-Deva", "ar-Latn", "ja"] {
            assert!(!tag(written).is_right_to_left(), "{written}");
        }
    }
}
