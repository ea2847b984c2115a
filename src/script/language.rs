//! Language tags: a language with optional subtags, a part of RFC 5646.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Spanned, nearest};
use crate::toml::table::Node;
use crate::toml::typo::is_quote;

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

/// Tags that others have replaced (IANA language subtag registry): languages, and whole tags from before RFC 4646.
const OLD_TAGS: [(&str, &str); 24] = [
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
    ("jw", "jv"),
    ("mo", "ro"),
    ("art-lojban", "jbo"),
    ("en-gb-oed", "en-GB-oxendict"),
    ("i-ami", "ami"),
    ("i-bnn", "bnn"),
    ("i-hak", "hak"),
    ("i-klingon", "tlh"),
    ("i-lux", "lb"),
    ("i-navajo", "nv"),
    ("i-pwn", "pwn"),
    ("i-tao", "tao"),
    ("i-tay", "tay"),
    ("i-tsu", "tsu"),
    ("no-bok", "nb"),
    ("no-nyn", "nn"),
    ("sgn-be-fr", "sfb"),
    ("sgn-be-nl", "vgt"),
    ("sgn-ch-de", "sgg"),
    ("zh-hakka", "hak"),
    ("zh-min-nan", "nan"),
];
/// Codes of ISO 639 that name no single language.
const NO_LANGUAGE: [(&str, &str); 4] = [
    ("und", "an undetermined language"),
    ("mul", "several languages"),
    ("mis", "languages without a code"),
    ("zxx", "what is no language"),
];

/// A text that is refused as the tag of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTag {
    /// What is wrong, after the text; `None` where it is no tag at all.
    pub problem: Option<String>,
    /// The language that is meant.
    pub meant: Option<Language>,
    /// What to write where that is not known.
    pub help: &'static str,
}

/// A language such as `nl` or `pt-BR`, in canonical case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Language(String);

impl Language {
    /// `None` if `tag` is not a language tag. Extensions and private parts (`-u-…`, `-x-…`) are kept; a tag that is nothing else is
    /// refused, and so are those of before RFC 4646, such as `i-lux`.
    pub fn parse(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-').peekable();
        let primary = parts.next()?;
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let mut canonical = primary.to_ascii_lowercase();
        // After a single letter: `Some(true)` where the parts are private.
        let mut extension = None;
        while let Some(part) = parts.next() {
            if !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            canonical.push('-');
            // Regions are upper case, scripts title case, the rest lower case (RFC 5646, 2.1.1).
            match part.len() {
                1 if extension != Some(true) => {
                    parts.peek().filter(|next| next.len() > 1 || part.eq_ignore_ascii_case("x"))?;
                    extension = Some(part.eq_ignore_ascii_case("x"));
                    canonical.push_str(&part.to_ascii_lowercase());
                }
                _ if extension.is_some() => canonical.push_str(&part.to_ascii_lowercase()),
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

    /// Reads the tag of a language as somebody writes it.
    ///
    /// # Errors
    /// [`BadTag`] if it is no tag, is out of use, or names no single language.
    pub fn read_tag(typed: &str) -> Result<Self, BadTag> {
        const USUAL: &str = "write a tag such as nl, en or pt-BR";
        let bad = |problem: &str, meant: Option<Self>, help| {
            Err(BadTag { problem: Some(problem.to_owned()), meant, help })
        };
        let lower = typed.trim().to_lowercase().replace('_', "-");
        let (primary, rest) = lower.split_once('-').map_or((lower.as_str(), None), |(a, b)| (a, Some(b)));
        let replaced = |old: &str| OLD_TAGS.iter().find(|(tag, _)| *tag == old).map(|(_, new)| *new);
        let now = replaced(&lower).map(str::to_owned).or_else(|| {
            let new = replaced(primary)?;
            Some(rest.map_or_else(|| new.to_owned(), |rest| format!("{new}-{rest}")))
        });
        if let Some(now) = now.as_deref().and_then(Self::parse) {
            return bad("is out of use as the tag of a language", Some(now), USUAL);
        }
        if let Some((_, what)) = NO_LANGUAGE.iter().find(|(code, _)| *code == primary) {
            return bad(&format!("stands for {what}"), None, USUAL);
        }
        if primary == "x" {
            let help = "write the language before it, such as de-x-berlin";
            return bad("has private parts only, and no language", None, help);
        }
        match Self::parse(typed) {
            Some(language) => Ok(language),
            None => Err(BadTag { problem: None, meant: Self::meant(typed), help: USUAL }),
        }
    }

    /// The language that is meant by a text that is no tag: its name in English, in itself or in Dutch, German or French, or a
    /// tag with an underscore.
    pub fn meant(typed: &str) -> Option<Self> {
        let typed = typed.replace(is_quote, "").trim().to_lowercase();
        // As locales are named: `pt_BR`, `sr@latin`.
        let tag = typed.replace('_', "-");
        let (tag, script) = match tag.split_once('@') {
            Some((tag, "latin")) => (tag, "-Latn"),
            Some((tag, "cyrillic")) => (tag, "-Cyrl"),
            Some(_) | None => (tag.as_str(), ""),
        };
        let (first, rest) = tag.split_at(tag.find('-').unwrap_or(tag.len()));
        if let Some(tag) = Self::parse(&format!("{first}{script}{rest}")) {
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
        // What follows a single letter is no script.
        let named = self.0.split('-').skip(1).take_while(|part| part.len() > 1).find(|part| is_script(part));
        named.map_or_else(
            || RIGHT_TO_LEFT_LANGUAGES.contains(&self.primary()),
            |script| RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        )
    }

    /// Whether ISO 639 has a code of two letters for it, as for most languages that many people speak.
    pub fn has_two_letters(&self) -> bool {
        self.iso().is_some_and(|language| language.to_639_1().is_some())
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
        match Self::read_tag(&text.value) {
            Ok(language) => Some(Spanned::new(language, node.span())),
            Err(BadTag { problem, meant, help }) => {
                let problem = problem.as_deref().unwrap_or("is not a language tag");
                let bad = node.refuse(Code::BadLanguage, format!("`{}` {problem}", text.value));
                node.sink().emit(match meant {
                    Some(near) => {
                        bad.patch(format!("did you mean {near}?"), node.span(), format!("\"{near}\""))
                    }
                    None => bad.help(help),
                });
                None
            }
        }
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
        assert_eq!(Language::parse("de-X-Berlin").unwrap().as_str(), "de-x-berlin");
        assert_eq!(Language::parse("en-us-U-CA-Buddhist").unwrap().as_str(), "en-US-u-ca-buddhist");
        for bad in ["", "n", "dutch", "de_AT", "nl-", "12", "de-x", "en-u", "x-private", "i-lux"] {
            assert_eq!(Language::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_tag_that_is_out_of_use_or_names_no_language_is_refused_with_what_to_write() {
        for (typed, meant) in [
            ("iw", "he"),
            ("iw-IL", "he-IL"),
            ("i-klingon", "tlh"),
            ("art-lojban", "jbo"),
            ("sr@latin", "sr-Latn"),
            ("sr_RS@latin", "sr-Latn-RS"),
            ("pt_BR", "pt-BR"),
        ] {
            let bad = Language::read_tag(typed).unwrap_err();
            assert_eq!(bad.meant.unwrap().as_str(), meant, "{typed}: {:?}", bad.problem);
        }
        for (typed, problem) in [
            ("und", "stands for an undetermined language"),
            ("mul", "stands for several languages"),
            ("zxx-Latn", "stands for what is no language"),
            ("x-private", "has private parts only, and no language"),
        ] {
            assert_eq!(Language::read_tag(typed).unwrap_err().problem.as_deref(), Some(problem));
        }
        for tag in ["de-x-berlin", "sl-rozaj-biske", "zh-Hant-TW", "gsw", "en-US-u-ca-buddhist"] {
            assert_eq!(Language::read_tag(tag).unwrap().as_str(), tag);
        }
        assert!(!Language::parse("en-x-arab").unwrap().is_right_to_left());
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
