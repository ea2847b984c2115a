//! Writing `voice.toml` and `level.toml`: single values are changed, and everything else of the file stays.

use thiserror::Error;
use toml_edit::{DocumentMut, InlineTable, Item, TomlError, Value, value};

use super::records::set;
use crate::unit::Lufs;

/// What a person agreed to, and how they are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceAgreement {
    /// The name of the speaker.
    pub name: Option<String>,
    /// The line for credits.
    pub credit: Option<String>,
    /// The licence of the recordings.
    pub licence: Option<String>,
    /// Who agreed, when and to what; the voice is that of a person then.
    pub consent: Option<[String; 3]>,
}

/// The text of `voice.toml` with an agreement.
///
/// # Errors
/// [`TomlError`] if the text is not valid TOML.
pub fn with_agreement(text: &str, agreement: &VoiceAgreement) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let table = document.as_table_mut();
    for (key, text) in
        [("name", &agreement.name), ("credit", &agreement.credit), ("licence", &agreement.licence)]
    {
        if let Some(text) = text {
            set(table, key, text);
        }
    }
    if let Some(consent) = &agreement.consent {
        set(table, "kind", "human");
        let keys = ["who", "when", "for"];
        if let Some(own) = table.get_mut("consent").and_then(Item::as_table_mut) {
            for (key, text) in keys.iter().zip(consent) {
                set(own, key, text);
            }
        } else {
            let pairs = keys.into_iter().zip(consent.iter().map(String::as_str));
            table["consent"] = value(pairs.collect::<InlineTable>());
        }
    }
    Ok(document.to_string())
}

/// Why a file of a voice was not changed.
#[derive(Debug, Error)]
pub enum VoiceFileError {
    #[error(transparent)]
    Toml(#[from] TomlError),
    /// `chain` is a word that takes no settings.
    #[error("`chain` is \"{0}\", which processes nothing")]
    Chain(String),
}

/// The text of `voice.toml` with a setting of a stage in its chain.
///
/// # Errors
/// [`VoiceFileError`] if the text is not valid TOML, or its chain processes nothing.
pub fn with_stage(text: &str, stage: &str, setting: Value) -> Result<String, VoiceFileError> {
    let mut document: DocumentMut = text.parse()?;
    let table = document.as_table_mut();
    match table.get_mut("chain") {
        Some(chain) if chain.is_table_like() => {
            if let Some(chain) = chain.as_table_like_mut() {
                chain.insert(stage, Item::Value(setting));
            }
            if let Some(chain) = chain.as_inline_table_mut() {
                chain.fmt();
            }
        }
        Some(other) if other.as_str() != Some("speech") => {
            return Err(VoiceFileError::Chain(other.as_str().unwrap_or_default().to_owned()));
        }
        Some(_) | None => table["chain"] = value(InlineTable::from_iter([(stage, setting)])),
    }
    Ok(document.to_string())
}

/// The text of `level.toml` with a level.
///
/// # Errors
/// [`TomlError`] if the text is not valid TOML.
pub fn with_level(text: &str, level: Lufs) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    document["level"] = value(level.0);
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: &str = "# Our voice\nname = \"Meise\" # a bird\nkind = \"synthetic\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n\n[draft]\ncommand = [\"say\", \"{text}\", \"{out}\"]\n";

    #[test]
    fn consent_makes_a_voice_that_of_a_person_and_keeps_the_rest() {
        let consent = ["Anna", "2026-11-27", "this course"].map(str::to_owned);
        let agreement = VoiceAgreement {
            name: Some("Anna".to_owned()),
            consent: Some(consent),
            ..VoiceAgreement::default()
        };
        let text = with_agreement(VOICE, &agreement).unwrap();
        assert!(text.starts_with("# Our voice\nname = \"Anna\" # a bird\nkind = \"human\"\n"), "{text}");
        assert!(
            text.contains(
                "\nconsent = { who = \"Anna\", when = \"2026-11-27\", for = \"this course\" }\n\n[draft]\n"
            ),
            "{text}"
        );
        let other = ["Anna", "2026-12-01", "all"].map(str::to_owned);
        let again = VoiceAgreement { consent: Some(other), ..VoiceAgreement::default() };
        let text = with_agreement(&text, &again).unwrap();
        assert_eq!(text.matches("consent").count(), 1, "{text}");
        assert!(text.contains("when = \"2026-12-01\""), "{text}");
    }

    #[test]
    fn a_stage_is_one_setting_of_the_chain() {
        let with_denoise = |text: &str, share: f64| with_stage(text, "denoise", share.into());
        let text = with_stage("chain = { denoise = 0.5 }\n", "hum", true.into()).unwrap();
        assert_eq!(text, "chain = { denoise = 0.5, hum = true }\n");
        let text = with_denoise(VOICE, 0.5).unwrap();
        assert!(text.contains("licence = \"CC0-1.0\"\nchain = { denoise = 0.5 }\n\n[draft]"), "{text}");
        let text = with_denoise("chain = { rumble = 90, denoise = 0.5 }\n", 0.0).unwrap();
        assert_eq!(text, "chain = { rumble = 90, denoise = 0.0 }\n");
        assert_eq!(with_denoise("chain = \"speech\"\n", 1.0).unwrap(), "chain = { denoise = 1.0 }\n");
        assert!(with_denoise("chain = \"off\"\n", 0.5).is_err());
    }

    #[test]
    fn a_level_replaces_the_one_before() {
        assert_eq!(with_level("", Lufs(-23.0)).unwrap(), "level = -23.0\n");
        let text = with_level("# measured\nlevel = -20\n", Lufs(-23.5)).unwrap();
        assert_eq!(text, "# measured\nlevel = -23.5\n");
    }
}
