//! `takes.toml`: what is remembered of the recordings of a voice: for which words each was made, and whether somebody
//! accepted it.

use crate::diag::{Code, Diagnostic, Spanned};
use crate::toml::key::{Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::Table;

/// The name of the file in the folder of a voice.
pub const TAKES_FILE: &str = "takes.toml";

/// `voice/<language>/<voice>/takes.toml`.
pub static TAKES: TableKeys = TableKeys::new(
    "the takes of a voice",
    &[Key::new(
        "take",
        Kind::List(&Kind::Table(&TAKE)),
        "[[take]]\nfile = \"plek/vrij_t2.wav\"\nhash = \"8f0c…\"\ntext = \"Je kunt altijd stoppen.\"",
        "What is remembered of each take; adem writes it.",
    )],
);

/// `[[take]]`.
static TAKE: TableKeys = TableKeys::new(
    "a take",
    &[
        Key::needed(
            "file",
            Kind::Words,
            "\"plek/vrij_t2.wav\"",
            "The recording, below the folder of the voice.",
        ),
        Key::needed(
            "hash",
            Kind::Words,
            "\"8f0c…\"",
            "The BLAKE3 hash of the recording; if the file has another one, it is another take, and this says nothing about it.",
        ),
        Key::needed("text", Kind::Words, "\"Je kunt altijd stoppen.\"", "The words it was recorded for."),
        Key::new("date", Kind::Words, "\"2026-11-27\"", "The day it came into the course."),
        Key::new(
            "state",
            Kind::OneOf(&words(&TakeState::WORDS)),
            "\"accepted\"",
            "accepted; chosen (used even if a higher take is accepted); rejected (never used); to-hear: it has a fault, and is used only where no take is accepted; or unheard: it was cut short or joined, nobody has heard it yet, and it is used only where there is no other. Default accepted.",
        ),
        Key::new(
            "despite",
            Kind::List(&Kind::Words),
            "[\"noise\"]",
            "The checks of recordings that it fails and was accepted with; they are not told again.",
        ),
    ],
);

/// What somebody decided about a take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakeState {
    #[default]
    Accepted,
    /// Used even if a higher one is accepted.
    Chosen,
    /// Never used.
    Rejected,
    /// Used only where none is accepted.
    ToHear,
    /// It was cut short or put together, and nobody has heard it: used only where there is no other.
    Unheard,
}

impl TakeState {
    const WORDS: [(&'static str, Self); 5] = [
        ("accepted", Self::Accepted),
        ("chosen", Self::Chosen),
        ("rejected", Self::Rejected),
        ("to-hear", Self::ToHear),
        ("unheard", Self::Unheard),
    ];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize].0
    }
}

/// What is remembered of a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeRecord {
    /// The path below the folder of the voice.
    pub file: String,
    /// The hash of the sound.
    pub hash: String,
    /// The words it was recorded for.
    pub text: String,
    pub date: Option<String>,
    pub state: TakeState,
    /// The ids of the checks that it was accepted with.
    pub despite: Vec<String>,
}

/// Reads `takes.toml`; errors go to the sink of the table.
pub fn read_takes(table: &Table<'_>) -> Vec<Spanned<TakeRecord>> {
    let items = table.get("take").and_then(|node| node.items()).unwrap_or_default();
    let mut found: Vec<Spanned<TakeRecord>> = Vec::new();
    for item in items {
        let Some(take) = item.table(&TAKE) else { continue };
        let words = |key: &str| take.require(key).and_then(|node| node.words());
        let (file, hash, text) = (words("file"), words("hash"), words("text"));
        let (Some(file), Some(hash), Some(text)) = (file, hash, text) else { continue };
        if let Some(first) = found.iter().find(|other| other.value.file == file.value) {
            let message = format!("two records of the take `{}`", file.value);
            let double =
                Diagnostic::error(Code::DoubleId, file.span, message).related(first.span, "the first one");
            table.sink().emit(double.help("remove one of the two"));
            continue;
        }
        let state = take.get("state").and_then(|node| node.one_of(&TakeState::WORDS));
        let despite = take.get("despite").and_then(|node| node.items()).unwrap_or_default();
        let record = TakeRecord {
            file: file.value,
            hash: hash.value,
            text: text.value,
            date: take.get("date").and_then(|node| node.words()).map(|date| date.value),
            state: state.unwrap_or_default(),
            despite: despite.iter().filter_map(|item| Some(item.words()?.value)).collect(),
        };
        found.push(Spanned::new(record, file.span));
    }
    found
}

/// Whether two texts are spoken alike: the same words, the same bars, and the same marks of question and exclamation.
/// Other punctuation and capitals are not heard.
pub fn is_spoken_alike(a: &str, b: &str) -> bool {
    heard(a) == heard(b)
}

fn heard(text: &str) -> Vec<String> {
    let mut heard = vec![String::new()];
    for letter in text.chars() {
        if letter.is_alphanumeric() || is_mark_within_words(letter) {
            if let Some(word) = heard.last_mut() {
                word.extend(letter.to_lowercase());
            }
        } else if matches!(letter, '|' | '?' | '!' | '؟' | '？' | '！') {
            heard.extend([letter.to_string(), String::new()]);
        } else {
            heard.push(String::new());
        }
    }
    heard.retain(|word| !word.is_empty());
    heard
}

/// Whether it is part of a word without being a letter: vowel signs and accents of many scripts.
fn is_mark_within_words(letter: char) -> bool {
    !letter.is_ascii() && !letter.is_whitespace() && unicode_width::UnicodeWidthChar::width(letter) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_is_not_heard_and_a_question_is() {
        for (a, b, alike) in [
            ("Voel je voeten.", "voel, je voeten", true),
            ("In | en uit", "In  |  en uit.", true),
            ("In | en uit", "In en | uit", false),
            ("Kun je stoppen?", "Kun je stoppen.", false),
            ("Voel je voeten.", "Voel je handen.", false),
            ("cafe\u{301}", "cafe", false),
        ] {
            assert_eq!(is_spoken_alike(a, b), alike, "{a} / {b}");
        }
    }

    #[test]
    fn every_state_has_its_word() {
        for (word, state) in TakeState::WORDS {
            assert_eq!(state.word(), word);
        }
    }
}
