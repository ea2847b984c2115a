//! The tags of a file.

use crate::layout::{Chapter, Timeline};
use crate::script::Course;
use crate::script::language::Language;
use crate::script::session::Session;
use crate::script::speech_engine::DraftVoice;
use crate::script::voice::VoiceKind;
use crate::script::words::{AddedWords, isolated};

/// The texts that a player shows. None but the lyrics contains a line break or another control character, so each is one
/// value in every format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// The title of the track, in its language.
    pub title: String,
    /// The name of the voice.
    pub artist: String,
    /// Who the album is by, whoever speaks in a track of it: the author of the course.
    pub album_artist: Option<String>,
    /// The title of the course, in the language of the track.
    pub album: String,
    pub track: Option<u32>,
    pub language: Language,
    /// Notes for the listener, such as that the voice is synthetic.
    pub comment: Option<String>,
    /// Whether the voice is synthetic.
    pub synthetic: bool,
    pub author: Option<String>,
    /// The first week in which it is practised; written as the disc number.
    pub week: Option<u32>,
    /// The year of publication.
    pub year: Option<u32>,
    pub genre: String,
    pub copyright: Option<String>,
    pub licence: Option<String>,
    /// The titled parts, in order.
    pub chapters: Vec<Chapter>,
    /// What is spoken: a line for each phrase, and an empty line between parts.
    pub lyrics: Option<String>,
    /// A picture, for lossy formats.
    pub cover: Option<Cover>,
    /// What the sound was made of, as a short hash, the same in all files of one render. Files beside each other that
    /// have different ones are from different renders.
    pub generation: Option<String>,
}

/// The name of [`Tags::generation`] in tags that have names.
pub const GENERATION: &str = "ADEM_GENERATION";
/// What comes before it where a field has no name of its own.
pub const GENERATION_MARK: &str = "adem-generation:";

/// A picture file, with the facts that tags contain; width and height in pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    pub bytes: Vec<u8>,
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
    /// Bits of one pixel.
    pub bits: u32,
}

impl Tags {
    /// The tags of a sound that is part of a course, with its title alone.
    pub fn titled(title: &str, language: &Language) -> Self {
        let title = title.split(char::is_control).collect::<Vec<_>>().join(" ");
        Self {
            title,
            artist: String::new(),
            album_artist: None,
            album: String::new(),
            track: None,
            language: language.clone(),
            comment: None,
            synthetic: false,
            author: None,
            week: None,
            year: None,
            genre: String::new(),
            copyright: None,
            licence: None,
            chapters: Vec::new(),
            lyrics: None,
            cover: None,
            generation: None,
        }
    }

    /// The tags for a version of an exercise.
    pub fn of(course: &Course, session: &Session, timeline: &Timeline) -> Self {
        // Where nobody speaks, the voice has no part in it.
        let voice = Some(&session.voice).filter(|_| timeline.phrases().next().is_some());
        let is_synthetic = voice.is_some_and(|voice| voice.kind == VoiceKind::Synthetic);
        let publish = &course.header.publish;
        let line = |text: &Option<String>| text.as_deref().map(plain);
        let own = course.scripts.get(&session.script).and_then(|script| script.author.as_deref());
        let chapter = |chapter: &Chapter| Chapter { title: plain(&chapter.title), start: chapter.start };
        Self {
            title: plain(&session.title),
            artist: match voice {
                Some(voice) => plain(&voice.name),
                None => own.map(plain).or_else(|| line(&publish.author)).unwrap_or_default(),
            },
            album_artist: line(&publish.author),
            album: plain(&course.text_in("course:title", &course.header.title.value, &session.language)),
            track: session.track,
            language: session.language.clone(),
            comment: comment(
                &timeline.words,
                &session.language,
                is_synthetic.then(|| plain(&credit(session, timeline))).as_deref(),
                (timeline.drafts(), timeline.drafted_by.as_ref()),
                timeline.outside_limits,
            ),
            synthetic: is_synthetic,
            author: own.map(plain).or_else(|| line(&publish.author)),
            week: course.header.week_of(session.track),
            year: publish.year,
            genre: plain(&publish.genre),
            copyright: line(&publish.copyright),
            licence: line(&publish.licence),
            chapters: timeline.chapters.iter().map(chapter).collect(),
            lyrics: lyrics(timeline),
            cover: None,
            generation: None,
        }
    }

    /// The language in three letters, such as `nld`.
    pub fn language_code(&self) -> &str {
        self.language.three_letters()
    }
}

/// The credit of a synthetic voice: the machine that speaks all of a track where it does, whatever made the clips of the voice.
fn credit(session: &Session, timeline: &Timeline) -> String {
    let speaks_all = |_: &&DraftVoice| timeline.drafts() == timeline.phrases().count();
    let machine = timeline.drafted_by.as_ref().filter(speaks_all);
    machine.map_or_else(|| session.voice.credit.clone(), ToString::to_string)
}

/// The words of a track, each phrase where it is spoken first; `None` where nobody speaks.
fn lyrics(timeline: &Timeline) -> Option<String> {
    let mut text = String::new();
    let mut part = None;
    for event in &timeline.events {
        let Some(phrase) = event.phrase().filter(|phrase| phrase.occurrence == 0) else { continue };
        if part.is_some_and(|part| part != event.part) {
            text.push('\n');
        }
        part = Some(event.part);
        text.push_str(&plain(&phrase.text));
        text.push('\n');
    }
    (!text.is_empty()).then(|| text.trim_end().to_owned())
}

/// What a listener is told of the sound, in the words of its language; `synthetic` is the credit of a synthetic voice.
fn comment(
    words: &AddedWords,
    language: &Language,
    synthetic: Option<&str>,
    (drafts, drafted_by): (usize, Option<&DraftVoice>),
    outside_limits: bool,
) -> Option<String> {
    let synthetic = synthetic.map(|credit| match credit {
        "" => words.tag_synthetic.clone(),
        credit => format!("{} ({})", words.tag_synthetic, isolated(language, credit)),
    });
    let draft = (drafts > 0).then(|| {
        let told = words.tag_draft.count(drafts as u64);
        let machine = drafted_by.map(|voice| format!(" ({})", isolated(language, &voice.to_string())));
        told + &machine.unwrap_or_default()
    });
    let outside = outside_limits.then(|| words.tag_length.clone());
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
        album_artist: Some("Jip Ünal".to_owned()),
        album: "Een zachte adem".to_owned(),
        track: Some(2),
        language: Language::parse("nl").expect("a tag"),
        comment: Some("voice: synthetic (a test)".to_owned()),
        synthetic: true,
        author: Some("Jip Ünal".to_owned()),
        week: Some(1),
        year: Some(2026),
        genre: "Meditation".to_owned(),
        copyright: Some("© 2026 Jip Ünal".to_owned()),
        licence: Some("CC-BY-4.0".to_owned()),
        chapters: vec![
            Chapter { title: "Aankomen".to_owned(), start: crate::unit::Position(24) },
            Chapter { title: "Een plek · 場所 🌿".to_owned(), start: crate::unit::Position(4_800) },
        ],
        lyrics: Some("Welkom.\nVoel je voeten.\n\nTot straks · 場所 🌿".to_owned()),
        cover: None,
        generation: None,
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
        let told = |tag: &str, synthetic: Option<&str>, drafts, outside| {
            let language = Language::parse(tag).unwrap();
            let machine = DraftVoice {
                engine: "kokoro".to_owned(),
                version: "0.1.0".to_owned(),
                voice: "if_sara".to_owned(),
                licence: "Apache-2.0".to_owned(),
                instead_of: None,
            };
            let drafts = (drafts, (drafts == 2).then_some(&machine));
            comment(&AddedWords::built_in(&language), &language, synthetic, drafts, outside)
        };
        assert_eq!(told("en", None, 0, false), None);
        let one = told("en", None, 1, false).unwrap();
        assert_eq!(one, "draft: 1 phrase spoken by a machine");
        assert_eq!(told("nl", Some(""), 0, false).unwrap(), "stem: synthetisch");
        assert_eq!(
            told("en", Some("espeak-ng"), 3, true).unwrap(),
            "voice: synthetic (espeak-ng); draft: 3 phrases spoken by a machine; \
             length: outside what its author allows"
        );
        assert_eq!(
            told("de", Some("espeak-ng"), 2, false).unwrap(),
            "Stimme: künstlich (espeak-ng); Probefassung: 2 Sätze von einer Maschine gesprochen (kokoro 0.1.0, if_sara, Apache-2.0)"
        );
    }

    #[test]
    fn the_language_is_told_in_three_letters() {
        assert_eq!(sample().language_code(), "nld");
    }
}
