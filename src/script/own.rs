//! A listener's own words in the place of a phrase that its script opens with `own = true`: a text that a machine speaks, or a
//! recording. Text is text: it has letters, numbers and the signs of a sentence, and nothing that a program would read as
//! something else.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::session::Phrase;
use crate::diag::{Code, Diagnostic, FileId, Sink, Span};
use crate::script::exercise::Guidance;
use crate::toml::table::list;
use crate::unit::Seconds;

/// The most letters of a text.
pub const MOST_LETTERS: usize = 200;
/// The longest sound of own words.
pub const LONGEST_OWN: Seconds = Seconds::whole(20);
/// The most phrases of a version with own words.
pub const MOST_OWN: usize = 16;
/// What a text may have beside letters, numbers, spaces and the bar between beats.
const SIGNS: &str = ".,;:!?…'\"’‘“”„«»‹›()-–—¿¡·،؛؟।。、，！？：；";

/// Own words for a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPhrase {
    /// The phrase: its id, or, where two files of a version have it, `file/id`.
    pub phrase: String,
    pub words: OwnWords,
}

/// What is heard in place of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnWords {
    /// A text, which the engine of the voice speaks; `|` separates the beats, as in a script.
    Text(String),
    /// A recording.
    Recording(OwnRecording),
}

/// A listener's recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRecording {
    /// Its path, by which the engine holds it.
    pub path: String,
    /// What is said in it, for captions and transcripts, as a text that is spoken; they say that the words are a listener's where
    /// it is not known.
    pub words: Option<String>,
}

/// Whether a listener may have own words in the place of a phrase, and whether there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnPlace {
    /// The script does not open it.
    #[default]
    Closed,
    /// The script opens it, and it has the words of the script.
    Open,
    /// It has the text of a listener.
    Text,
    /// It has the recording of a listener, with this path.
    Recording(String),
}

impl OwnPlace {
    /// Whether a listener's words are there.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Closed | Self::Open => false,
            Self::Text | Self::Recording(_) => true,
        }
    }
}

/// A text as it is spoken: composed letters, single spaces.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub fn read_own_text(text: &str) -> Result<String, String> {
    if text.chars().count() > 4 * MOST_LETTERS {
        return Err(format!("it has more than {MOST_LETTERS} letters; write a shorter one"));
    }
    let composed: String = text.trim().nfc().collect();
    let is_fine =
        |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == ' ' || c == '|' || SIGNS.contains(c);
    if let Some(other) = composed.chars().find(|c| !is_fine(*c)) {
        // Other characters may be invisible.
        let shown = if other.is_ascii_graphic() {
            format!("`{other}`")
        } else {
            format!("the character U+{:04X}", u32::from(other))
        };
        return Err(format!(
            "it has {shown}; write letters, numbers, spaces and the signs of a sentence alone"
        ));
    }
    let beats: Vec<String> = composed
        .split('|')
        .map(|beat| beat.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        .collect();
    if beats.iter().any(|beat| !beat.chars().any(char::is_alphanumeric)) {
        return Err("it has no words; write what is to be said".to_owned());
    }
    if beats.iter().any(|beat| beat.starts_with(['-', '–', '—'])) {
        return Err("it begins with a dash; begin with a word".to_owned());
    }
    let whole = beats.join(" | ");
    if whole.chars().count() > MOST_LETTERS {
        return Err(format!("it has more than {MOST_LETTERS} letters; write a shorter one"));
    }
    Ok(whole)
}

/// Puts own words in the place of phrases of a session. What cannot be goes to `sink`.
#[derive(Clone, Copy)]
pub(super) struct OwnWordsOf<'a> {
    own: &'a [OwnPhrase],
}

impl<'a> OwnWordsOf<'a> {
    pub(super) fn new(own: &'a [OwnPhrase]) -> Self {
        Self { own }
    }

    /// Gives a phrase its own words, if there are any for it. `unwritten` stands for those of a recording that nobody wrote down.
    pub(super) fn put(&self, phrase: &mut Phrase, unwritten: impl FnOnce() -> String, sink: &Sink) {
        if phrase.own == OwnPlace::Closed {
            return;
        }
        let Some(own) = self.own.iter().find(|own| is_of(own, phrase)) else { return };
        let written = match &own.words {
            OwnWords::Text(text) => Some(text),
            OwnWords::Recording(recording) => recording.words.as_ref(),
        };
        if let Some(text) = written {
            let text = match read_own_text(text) {
                Ok(text) => text,
                Err(why) => {
                    let message = format!("the own text for `{}` cannot be spoken: {why}", phrase.key.id);
                    sink.emit(refused(phrase.span, message));
                    return;
                }
            };
            let beats: Vec<String> = text.split(" | ").map(str::to_owned).collect();
            if beats.len() != phrase.beats.len() {
                let (wanted, has) = (phrase.beats.len(), beats.len());
                let message = format!(
                    "the own text for `{}` has {}, and its place has {wanted}; write ` | ` between beats",
                    phrase.key.id,
                    if has == 1 { "1 beat".to_owned() } else { format!("{has} beats") },
                );
                sink.emit(refused(phrase.span, message));
                return;
            }
            phrase.text = beats.join(" ");
            phrase.beats = beats;
        } else {
            phrase.text = format!("[{}]", unwritten());
            phrase.beats = vec![phrase.text.clone(); phrase.beats.len()];
        }
        phrase.own = match &own.words {
            OwnWords::Text(_) => OwnPlace::Text,
            OwnWords::Recording(recording) => OwnPlace::Recording(recording.path.clone()),
        };
        phrase.keep = super::step::Keep::Light;
    }

    /// Refuses own words that no place is open for.
    pub(super) fn refuse_strays(&self, phrases: &[Phrase], guidance: Guidance, file: FileId, sink: &Sink) {
        let start = Span::new(file, 0..0);
        if self.own.len() > MOST_OWN {
            sink.emit(refused(start, format!("there are own words for more than {MOST_OWN} phrases")));
        }
        for (number, own) in self.own.iter().enumerate() {
            let of: Vec<&Phrase> = phrases.iter().filter(|phrase| is_of(own, phrase)).collect();
            let name = &own.phrase;
            let open = || {
                let open = phrases.iter().filter(|phrase| phrase.own != OwnPlace::Closed);
                let names: Vec<&str> = open.map(|phrase| phrase.key.id.as_str()).collect();
                if names.is_empty() {
                    "this script opens no phrase for own words; `own = true` in a step does".to_owned()
                } else {
                    format!("open for own words: {}", list(names))
                }
            };
            if self.own[..number].iter().any(|other| other.phrase == *name) {
                sink.emit(
                    refused(start, format!("there are own words for `{name}` twice")).help("give them once"),
                );
            } else if of.is_empty() {
                sink.emit(refused(start, format!("this exercise has no phrase `{name}`")).help(open()));
            } else if let Some(closed) = of.iter().find(|phrase| phrase.own == OwnPlace::Closed) {
                let message = format!("the phrase `{name}` is not open for own words");
                sink.emit(refused(closed.span, message).help(open()));
            }
        }
        if !self.own.is_empty() && guidance == Guidance::Bells {
            let message = "a version of bells alone speaks no own words";
            sink.emit(
                refused(start, message).help("choose another level of guidance, or leave the words out"),
            );
        }
    }
}

fn is_of(own: &OwnPhrase, phrase: &Phrase) -> bool {
    phrase.key.id == own.phrase || phrase.key.to_string() == own.phrase
}

/// The error for own words that cannot be spoken.
pub fn refused(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::OwnWords, span, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_words_and_nothing_else() {
        assert_eq!(read_own_text("  Möge  ich |  sicher sein. ").unwrap(), "Möge ich | sicher sein.");
        assert_eq!(read_own_text("Mo\u{308}ge es gehen").unwrap(), "Möge es gehen");
        assert_eq!(read_own_text("愿我平安。").unwrap(), "愿我平安。");
        for (text, part) in [
            ("", "no words"),
            ("a | ", "no words"),
            ("…", "no words"),
            ("a\nb", "U+000A"),
            ("a\u{0}b", "U+0000"),
            ("a\u{202e}b", "U+202E"),
            ("a\tb", "U+0009"),
            ("<speak>a</speak>", "`<`"),
            ("[[h@l'oU]]", "`[`"),
            ("{out}", "`{`"),
            ("$(id)", "`$`"),
            ("a & b", "`&`"),
            ("a\\b", "`\\`"),
            ("--version", "begins with a dash"),
            ("a | -b", "begins with a dash"),
            (&"a".repeat(201), "more than 200 letters"),
            (&"a".repeat(1_000_000), "more than 200 letters"),
        ] {
            let why = read_own_text(text).unwrap_err();
            assert!(why.contains(part), "{text:.40}: {why}");
        }
    }
}
