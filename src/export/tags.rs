//! What a file says about itself.

use std::fmt::Write as _;

use super::language_code;
use crate::script::Course;
use crate::script::language::Language;
use crate::script::po::Found;
use crate::script::session::Session;
use crate::script::voice::VoiceKind;

/// The words a player shows. None of them holds a line break or another control character, so each is one value in
/// every format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// The title of the track, in its language.
    pub title: String,
    /// Who speaks.
    pub artist: String,
    /// The title of the course, in the language of the track.
    pub album: String,
    /// The number of the track.
    pub track: Option<u32>,
    /// The language.
    pub language: Language,
    /// What a listener should know: that a machine speaks, always where it does.
    pub comment: Option<String>,
}

impl Tags {
    /// The tags of a version of an exercise, in which `drafts` phrases are spoken by a machine because nobody has
    /// recorded them.
    pub fn of(course: &Course, session: &Session, drafts: usize) -> Self {
        Self {
            title: plain(&session.title),
            artist: plain(&session.voice.name),
            album: plain(&course_title(course, &session.language)),
            track: session.track,
            language: session.language.clone(),
            comment: comment(session, drafts),
        }
    }

    /// The language as three letters of ISO 639-2, such as `nld`.
    pub fn language_code(&self) -> &str {
        language_code::three_letters(&self.language)
    }
}

/// The title of the course in a language; in that of its source where there is no other.
fn course_title(course: &Course, language: &Language) -> String {
    let source = &course.header.title;
    let texts = course.translations.get(language);
    match texts.map_or(Found::Missing, |texts| texts.find("course:title", source)) {
        Found::Current(entry) | Found::Stale(entry) | Found::Fuzzy(entry) => entry.text.clone(),
        Found::Missing => source.clone(),
    }
}

/// In English, whatever the language of the track: shops and archives look for these words.
fn comment(session: &Session, drafts: usize) -> Option<String> {
    let mut told = String::new();
    if session.voice.kind == VoiceKind::Synthetic {
        told.push_str("voice: synthetic");
        let credit = plain(&session.voice.credit);
        if !credit.is_empty() {
            let _ = write!(told, " ({credit})");
        }
    }
    if drafts > 0 {
        let separator = if told.is_empty() { "" } else { "; " };
        let phrases = if drafts == 1 { "phrase" } else { "phrases" };
        let _ = write!(told, "{separator}draft: {drafts} {phrases} spoken by a machine");
    }
    (!told.is_empty()).then_some(told)
}

/// The text with every run of white space and control characters as one space.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) fn sample() -> Tags {
    Tags {
        title: "De veilige plek · 安全な場所 🌿".to_owned(),
        artist: "Anna de Vriès".to_owned(),
        album: "Een zachte adem".to_owned(),
        track: Some(2),
        language: Language::parse("nl").expect("a tag"),
        comment: Some("voice: synthetic (a test)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_line() {
        assert_eq!(plain(" De veilige\n\tplek\0 "), "De veilige plek");
    }

    #[test]
    fn the_language_is_told_in_three_letters() {
        assert_eq!(sample().language_code(), "nld");
    }
}
