//! Language tags, as far as adem needs them: a language with optional subtags (RFC 5646).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Spanned};
use crate::toml::table::Node;

/// A language such as `nl` or `pt-BR`, in canonical case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Language(String);

impl Language {
    /// The language of a tag; `None` where it is none.
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
                4 if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
                    canonical.push_str(&part[..1].to_ascii_uppercase());
                    canonical.push_str(&part[1..].to_ascii_lowercase());
                }
                _ => canonical.push_str(&part.to_ascii_lowercase()),
            }
        }
        Some(Self(canonical))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a tag from a file.
    pub fn read(node: &Node<'_>) -> Option<Spanned<Self>> {
        let text = node.text()?;
        let language = Self::parse(&text.value);
        if language.is_none() {
            let bad = node.refuse(Code::BadLanguage, format!("`{}` is no language tag", text.value));
            node.sink().emit(match Self::parse(&text.value.trim().replace('_', "-")) {
                Some(near) => bad.patch(format!("did you mean {near}?"), node.span(), format!("\"{near}\"")),
                None => bad.help("write a tag such as \"nl\", \"en\" or \"pt-BR\""),
            });
        }
        language.map(|language| Spanned::new(language, node.span()))
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl TryFrom<String> for Language {
    type Error = String;

    fn try_from(tag: String) -> Result<Self, String> {
        Self::parse(&tag).ok_or_else(|| format!("`{tag}` is no language tag"))
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
}
