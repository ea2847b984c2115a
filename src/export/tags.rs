//! What a file says about itself.

use super::language_code;
use crate::layout::Timeline;
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
    /// What a listener should know: always that a machine speaks, where one does.
    pub comment: Option<String>,
}

impl Tags {
    /// The tags of a version of an exercise.
    pub fn of(course: &Course, session: &Session, timeline: &Timeline) -> Self {
        let voice = &session.voice;
        Self {
            title: plain(&session.title),
            artist: plain(&voice.name),
            album: plain(&course_title(course, &session.language)),
            track: session.track,
            language: session.language.clone(),
            comment: comment(voice.kind, &plain(&voice.credit), timeline.drafts(), timeline.outside_limits),
        }
    }

    /// The language as three letters of ISO 639-2, such as `nld`.
    pub fn language_code(&self) -> &str {
        language_code::three_letters(&self.language)
    }
}

/// The title of the course in a language; in that of its source where there is no other.
fn course_title(course: &Course, language: &Language) -> String {
    let source = &course.header.title.value;
    let texts = course.translations.get(language);
    match texts.map_or(Found::Missing, |texts| texts.find("course:title", source)) {
        Found::Current(entry) | Found::Stale(entry) | Found::Fuzzy(entry) => entry.text.clone(),
        Found::Missing => source.clone(),
    }
}

/// In English, whatever the language of the track: shops and archives look for these words.
fn comment(kind: VoiceKind, credit: &str, drafts: usize, outside_limits: bool) -> Option<String> {
    let synthetic = (kind == VoiceKind::Synthetic).then(|| match credit {
        "" => "voice: synthetic".to_owned(),
        credit => format!("voice: synthetic ({credit})"),
    });
    let draft = (drafts > 0).then(|| {
        format!("draft: {drafts} {} spoken by a machine", if drafts == 1 { "phrase" } else { "phrases" })
    });
    let outside = outside_limits.then(|| "length: outside what its author allows".to_owned());
    let told: Vec<_> = [synthetic, draft, outside].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
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
    fn whatever_is_made_by_a_machine_is_disclosed() {
        let human = |drafts, outside| comment(VoiceKind::Human, "Stem: Anna", drafts, outside);
        let machine =
            |credit, drafts, outside| comment(VoiceKind::Synthetic, credit, drafts, outside).unwrap();
        assert_eq!(human(0, false), None);
        assert_eq!(human(1, false).unwrap(), "draft: 1 phrase spoken by a machine");
        assert_eq!(machine("", 0, false), "voice: synthetic");
        assert_eq!(
            machine("espeak-ng", 3, true),
            "voice: synthetic (espeak-ng); draft: 3 phrases spoken by a machine; \
             length: outside what its author allows"
        );
    }

    #[test]
    fn the_language_is_told_in_three_letters() {
        assert_eq!(sample().language_code(), "nld");
    }
}
