//! The voices of the course, for whoever records, and a voice for somebody new.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::place::text;
use crate::asset::{draft_voice, has_recordings};
use crate::engine::Engine;
use crate::export::write_whole;
use crate::http::problem::Problem;
use crate::script::language::Language;
use crate::script::voice::{Voice, VoiceKind};
use crate::studio::StudioCourse;
use crate::studio::refusal::{Refusal, check_words, failed};
use crate::toml::table::as_name;
use crate::translate::add::{NewVoice, Person, course_with, voice_file};

/// A voice by its language and its name.
pub(super) fn find_voice<'a>(engine: &'a Engine, language: &str, voice: &str) -> Result<&'a Voice, Problem> {
    let none = || Refusal::NoVoice.with(&[("voice", &format!("{language}/{voice}"))]);
    let language = Language::parse(language).ok_or_else(none)?;
    engine.course().voices.get(&(language, voice.to_owned())).ok_or_else(none)
}

/// Every voice, and the languages of the course.
pub(super) fn voices(engine: &Engine) -> Value {
    let course = engine.course();
    let voice = |voice: &Voice| {
        json!({
            "language": voice.language.as_str(),
            "id": voice.id,
            "name": voice.name,
            "person": voice.kind == VoiceKind::Human,
            "consent": voice.consent,
            "licence": voice.licence.value,
            "usual": course.header.voices.get(&voice.language).is_some_and(|usual| usual.value == voice.id),
        })
    };
    let languages = course.header.languages.iter().map(|tag| {
        json!({
            "tag": tag.value.as_str(),
            "name": tag.value.own_name(),
        })
    });
    json!({
        "voices": course.voices.values().map(voice).collect::<Vec<_>>(),
        "languages": languages.collect::<Vec<_>>(),
    })
}

/// A person who will speak.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSpeaker {
    pub language: String,
    pub name: String,
}

/// The longest name of a folder that is made of it.
const LONGEST_ID: usize = 40;
/// The longest name of a person, in letters.
const LONGEST_NAME: usize = 80;

/// Makes a voice for a person, and returns its id.
pub(super) fn add_voice(
    own: &StudioCourse,
    engine: &Engine,
    speaker: &NewSpeaker,
) -> Result<String, Problem> {
    let course = engine.course();
    let language = Language::parse(&speaker.language)
        .filter(|tag| course.header.languages.iter().any(|known| known.value == *tag))
        .ok_or_else(|| Refusal::NoLanguage.with(&[("language", &speaker.language)]))?;
    let name = one_line(&speaker.name)?.filter(|name| name.chars().count() <= LONGEST_NAME);
    let name = name.ok_or_else(|| Refusal::VoiceName.with(&[("most", &LONGEST_NAME)]))?;
    let stem: String = as_name(&name).chars().take(LONGEST_ID).collect();
    let stem = stem.trim_end_matches('-');
    let stem = if stem.is_empty() { "voice".to_owned() } else { stem.to_owned() };
    let is_taken = |id: &str| course.voices.keys().any(|(tag, own)| *tag == language && own == id);
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let id = std::iter::once(stem.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(stem.clone());
    let _alone = own.alone()?;
    let path = own.place(&format!("voice/{language}/{id}/voice.toml"))?;
    if path.exists() {
        return Err(Refusal::FolderThere.with(&[("voice", &id)]));
    }
    let spoken_by = spoken_by(own, engine, &language, &id)?;
    let person = Some(Person { name, licence: None, agreed: None });
    let text = voice_file(&NewVoice { id: id.clone(), person }, &language, draft_voice(&language).as_deref());
    // The consent comes with the first session, so the line that shows how one is written is not needed.
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# consent")).collect();
    let text = lines.join("\n") + "\n";
    let write = |path: &Path, text: &str| write_whole(path, text.as_bytes()).map_err(failed);
    write(&path, &text)?;
    // What course.toml names is there then.
    if let Some(text) = spoken_by {
        write(&own.place(COURSE_FILE)?, &text)?;
    }
    Ok(id)
}

/// The file that says which voice speaks a language.
const COURSE_FILE: &str = "course.toml";

/// The text of course.toml in which a new voice speaks its language, as a render uses that one; `None` where another voice with
/// recordings does, which keeps it.
fn spoken_by(
    own: &StudioCourse,
    engine: &Engine,
    language: &Language,
    id: &str,
) -> Result<Option<String>, Problem> {
    let course = engine.course();
    let old = text(own, COURSE_FILE)?;
    if let Some(spoken) = course.header.voices.get(language) {
        let recorded = has_recordings(own.files(), language, &spoken.value);
        if recorded.map_err(failed)? {
            return Ok(None);
        }
    }
    let (mark, plain) = old.strip_prefix('\u{feff}').map_or(("", old.as_str()), |rest| ("\u{feff}", rest));
    if plain != course.sources.get(course.header.file).text {
        return Err(Refusal::CourseChanged.problem());
    }
    let new = course_with(plain, &course.header, language, id, true)
        .ok_or_else(|| Refusal::CourseNotation.with(&[("line", &format!("{language} = \"{id}\""))]))?;
    Ok(Some(format!("{mark}{new}")))
}

/// Words that somebody typed, without breaks and doubled spaces; `None` if nothing is left.
pub(super) fn one_line(text: &str) -> Result<Option<String>, Problem> {
    check_words(text)?;
    Ok(plain_line(text))
}

/// A text that nobody typed, such as the name of a device, on one line.
pub(super) fn plain_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|letter| !letter.is_control()).collect();
    Some(line).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(one_line("  Anna \n de  Wit "), Ok(Some("Anna de Wit".to_owned())));
        assert_eq!(one_line(" \n"), Ok(None));
        assert_eq!(plain_line("USB\u{7} Audio"), Some("USB Audio".to_owned()));
        for name in ["Anna\u{7}", "\u{202e}Anna"] {
            assert!(one_line(name).is_err(), "{name:?}");
        }
    }
}
