//! Why the studio refuses something. Each refusal has an id, whose words are in words/*.json of the pages (`refused.ID`), so that a
//! person reads it in the language of the page; its title and detail are for programs.

use std::error::Error;
use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::http::problem::Problem;
use crate::script::signs::RefusedSign;
use crate::studio::cause::FoundCause;

/// Lists refusals: name, id, status, title and what to do. Names in braces are filled in.
macro_rules! refusals {
    ($($(#[$about:meta])* $name:ident, $id:literal, $status:ident, $title:literal $(, $detail:literal)?;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[$about])* $name),* }

        impl Refusal {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];

            /// Its id, its status, its title and what to do.
            fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
                match self {
                    $(Self::$name => ($id, StatusCode::$status, $title, concat!("" $(, $detail)?))),*
                }
            }
        }
    };
}

refusals! {
    /// A disk or another program.
    Failed, "failed", INTERNAL_SERVER_ERROR, "{why}";
    Unexpected, "unexpected", INTERNAL_SERVER_ERROR, "this failed in a way that should not happen";
    /// What no page of this version asks for.
    Page, "page", BAD_REQUEST, "{why}", "load the page again";
    Nothing, "nothing", NOT_FOUND, "there is nothing at this address";
    NotLetIn, "not-let-in", UNAUTHORIZED, "this browser was not let in", "open the link that `adem studio` prints";
    /// What the engine says of a request.
    Request, "request", BAD_REQUEST, "{why}";
    /// A version that cannot be laid out or made as it is asked for.
    NotMade, "not-made", CONFLICT, "{why}";
    CourseErrors, "course-errors", CONFLICT, "{why}";
    Link, "link", CONFLICT, "{file} is a link out of the course", "`adem trust` in the folder of the course allows it";
    OtherAdem, "other-adem", CONFLICT, "another adem is changing the course", "wait for it to end, and do this again";
    NotToml, "not-toml", CONFLICT, "{file} is not valid TOML: {why}", "`adem check` shows where";
    CourseThere, "course-there", CONFLICT, "the folder has something of a course already", "open the studio in an empty folder";
    NotUtf8, "not-utf8", CONFLICT, "{file} is not UTF-8 text; save it as UTF-8";

    // Words that somebody types.
    SignUnwritable, "sign-unwritable", BAD_REQUEST, "it has the character {sign}, which nobody can write or say", "remove it, or write the letter that belongs there";
    SignReversing, "sign-reversing", BAD_REQUEST, "it has the character {sign}, which shows letters in another order", "remove it; a text in its own script needs none";

    // Voices, sessions and microphones.
    NoVoice, "no-voice", NOT_FOUND, "the course has no voice {voice}";
    NoLanguage, "no-language", NOT_FOUND, "{language} is no language of the course";
    VoiceName, "voice-name", BAD_REQUEST, "a voice needs the name of the person, on one line and of at most {most} letters";
    FolderThere, "folder-there", CONFLICT, "there is a folder for {voice} already";
    CourseChanged, "course-changed", CONFLICT, "course.toml was changed at this moment", "do this again";
    CourseNotation, "course-notation", CONFLICT, "course.toml is written in a way that cannot be changed safely", "write {line} into `voices` there, and do this again";
    MachineVoice, "machine-voice", CONFLICT, "{voice} is the voice of a machine", "choose the voice of a person, or make one for yourself";
    Processed, "processed", CONFLICT, "the browser still changes the sound: {what}", "choose another microphone, or switch this off in its settings";
    NoConsent, "no-consent", BAD_REQUEST, "nobody has agreed to the use of this voice yet";
    FieldPerson, "field-person", BAD_REQUEST, "the name of the person is missing, or too long";
    FieldLicence, "field-licence", BAD_REQUEST, "the licence is missing, or too long";
    FieldPurpose, "field-purpose", BAD_REQUEST, "what the voice is for is missing, or too long";
    NoSession, "no-session", NOT_FOUND, "{voice} has no session {session}";
    NoRate, "no-rate", BAD_REQUEST, "no microphone records {rate} Hz";

    // Takes.
    NoScript, "no-script", NOT_FOUND, "the course has no script {script}";
    ScriptClosed, "script-closed", CONFLICT, "{script} is closed as it, or what it uses, has a mistake", "mend the mistake, and it goes on";
    NoPhrase, "no-phrase", NOT_FOUND, "this voice has no phrase {phrase}";
    NoWords, "no-words", NOT_FOUND, "{phrase} has no words in {language} yet";
    NoTake, "no-take", NOT_FOUND, "{phrase} has no take {number}";
    NoRecording, "no-recording", NOT_FOUND, "{phrase} has no recording";
    NoMachine, "no-machine", NOT_FOUND, "no machine speaks {language} here", "install espeak-ng to hear phrases before they are recorded";
    TakeGone, "take-gone", NOT_FOUND, "there is no such take";
    NotWhole, "not-whole", CONFLICT, "{why}";
    TakeDisk, "take-disk", INTERNAL_SERVER_ERROR, "{file} cannot be written: {why}", "the take is kept aside; free some space or check the folder, and save it again";
    BrokenSound, "broken-sound", CONFLICT, "{why}", "record it again";
    TwoChannels, "two-channels", CONFLICT, "this take has two channels", "record the whole phrase again";
    NoPart, "no-part", BAD_REQUEST, "this take has no such part", "load the page again";
    OtherRate, "other-rate", CONFLICT, "this take has {own} Hz, and the microphone {other} Hz", "use the microphone that the take was recorded with, or record the whole phrase again";
    TakeRejected, "take-rejected", CONFLICT, "this take is rejected", "take it back to hear it in its place";
    NotSpoken, "not-spoken", CONFLICT, "{phrase} is not spoken in {script} at its usual length";

    // Readings.
    NoReading, "no-reading", NOT_FOUND, "there is no such reading";
    KeptGone, "kept-gone", NOT_FOUND, "this recording is not there any more";
    CutOrder, "cut-order", BAD_REQUEST, "a phrase begins before it ends, and is no longer than two minutes";
    CutEmpty, "cut-empty", BAD_REQUEST, "there is nothing at this place of the reading";
    ScriptNoWords, "script-no-words", CONFLICT, "this script has no words in this language yet";

    // The desk.
    NoCourseFile, "no-course-file", NOT_FOUND, "the course has no such file";
    ChangedElsewhere, "changed-elsewhere", CONFLICT, "this file was changed elsewhere since it was shown; look at both and choose";
    FileMistake, "file-mistake", BAD_REQUEST, "this file has a mistake that has to be corrected first", "`adem check` shows where";
    NoEditFile, "no-edit-file", BAD_REQUEST, "only scripts and fragments are edited here; open the file in an editor";
    NoStep, "no-step", CONFLICT, "the step is no longer there; load the page again";
    LastStep, "last-step", BAD_REQUEST, "this is the only step of its list, which cannot be empty; change its words or its pause instead";
    LastPart, "last-part", BAD_REQUEST, "this is the only part of the script, which needs one; change its steps instead";
    IntoItself, "into-itself", BAD_REQUEST, "a step cannot go into itself; choose another place";
    Notation, "notation", BAD_REQUEST, "{why}; change it in an editor";
    PauseTime, "pause-time", BAD_REQUEST, "a pause is 0 seconds to a day";
    EmptyPhrase, "empty-phrase", BAD_REQUEST, "a phrase needs words; drop the step to leave it out";
    LongText, "long-text", BAD_REQUEST, "this text is too long for one phrase; make several of it";
    RoundsOrder, "rounds-order", BAD_REQUEST, "rounds are least, natural and most, in rising order";
    RepeatList, "repeat-list", BAD_REQUEST, "a repeat goes around steps that follow each other in one list";
    WouldNotBeMade, "would-not-be-made", CONFLICT, "the version that is shown could not be made then: {why}";
    WouldMistake, "would-mistake", BAD_REQUEST, "this would make a mistake in the course: {why}";
    NoPause, "no-pause", CONFLICT, "this is no pause that the step can have";
    NoLength, "no-length", BAD_REQUEST, "a track is longer than nothing";
    NoTexts, "no-texts", NOT_FOUND, "this file of the course has no texts to translate";

    // Finished files.
    Stopped, "stopped", CONFLICT, "stopped";
    SomeFailed, "some-failed", CONFLICT, "some versions were not made";
    Busy, "busy", CONFLICT, "another build is at work in {folder}", "wait for it to end, or stop it";
    MakingAlready, "making-already", CONFLICT, "something is being made already", "wait for it, or stop it";
    NoFormats, "no-formats", BAD_REQUEST, "choose formats of those that are offered";
    NoDelivery, "no-delivery", NOT_FOUND, "the course has no such delivery";
    FileGone, "file-gone", NOT_FOUND, "this file is not there any more; make it again";
    NoPageFile, "no-page-file", NOT_FOUND, "the page has no such file";
    ForeignScript, "foreign-script", CONFLICT, "this script is not that of this program, so it does not run here", "build the delivery again";
}

impl Refusal {
    /// The refusal, where its words have no holes.
    pub fn problem(self) -> Problem {
        self.with(&[])
    }

    /// The refusal with what fills the holes of its words.
    pub fn with(self, values: &[(&str, &dyn Display)]) -> Problem {
        let (id, status, title, detail) = self.row();
        let values: Vec<(&str, String)> =
            values.iter().map(|(name, value)| (*name, value.to_string())).collect();
        let filled = |text: &str| {
            values
                .iter()
                .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        let problem = Problem::new(status, filled(title)).with("id", id);
        let problem = if detail.is_empty() { problem } else { problem.detail(filled(detail)) };
        if values.is_empty() {
            return problem;
        }
        let values: Map<String, Value> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        problem.with("values", values)
    }

    /// The refusal that says why in one hole, in words that only programs and those who speak English read as they are.
    pub fn because(self, why: impl Display) -> Problem {
        self.with(&[("why", &why)])
    }

    /// The refusal for an error, whose words fill the hole `why`.
    pub fn by(self, error: &(dyn Error + 'static)) -> Problem {
        self.caused(FoundCause::of(error), &[("why", &error)])
    }

    /// The refusal with the cause of an error, by which pages have other words for it.
    pub fn caused(self, found: Option<FoundCause>, values: &[(&str, &dyn Display)]) -> Problem {
        let Some(FoundCause { cause, values: of_cause }) = found else { return self.with(values) };
        let cause = cause.id();
        let mut all: Vec<(&str, &dyn Display)> =
            of_cause.iter().map(|(name, value)| (*name, value as _)).collect();
        all.push(("cause", &cause));
        all.extend(values.iter().map(|(name, value)| (*name, *value)));
        self.with(&all)
    }
}

/// A disk or another program failed.
pub fn failed(error: impl Error + 'static) -> Problem {
    Refusal::Failed.by(&error)
}

/// A character that no words may have.
pub fn sign_refused(sign: RefusedSign) -> Problem {
    let refusal = match sign {
        RefusedSign::Unwritable(_) => Refusal::SignUnwritable,
        RefusedSign::Reversing(_) => Refusal::SignReversing,
    };
    refusal.with(&[("sign", &sign.name())])
}

/// Makes sure that words which somebody typed can be written.
///
/// # Errors
/// [`Problem`] that names the character that cannot.
pub fn check_words(text: &str) -> Result<(), Problem> {
    RefusedSign::of(text).map_or(Ok(()), |sign| Err(sign_refused(sign)))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    fn holes(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    /// The words of refusals in a language of the pages, by their ids.
    fn words(text: &str) -> BTreeMap<String, String> {
        let words: BTreeMap<String, String> = serde_json::from_str(text).unwrap();
        words
            .into_iter()
            .filter_map(|(key, text)| Some((key.strip_prefix("refused.")?.to_owned(), text)))
            .collect()
    }

    #[test]
    fn every_refusal_has_words_in_each_language_with_the_same_holes() {
        let english = words(include_str!("web/words/en.json"));
        let dutch = words(include_str!("web/words/nl.json"));
        let mut ids = BTreeSet::new();
        for refusal in Refusal::ALL {
            let (id, _, title, detail) = refusal.row();
            assert!(ids.insert(id), "{id} twice");
            let text = |words: &BTreeMap<String, String>, language: &str| {
                words.get(id).cloned().unwrap_or_else(|| panic!("refused.{id} has no words in {language}"))
            };
            let (english, dutch) = (text(&english, "English"), text(&dutch, "Dutch"));
            let own: BTreeSet<&str> = holes(title).union(&holes(detail)).copied().collect();
            assert!(holes(&english).is_subset(&own), "{id}: {english}");
            assert_eq!(holes(&dutch), holes(&english), "{id}: {dutch}");
            assert_ne!(dutch, english, "{id}");
        }
    }

    /// Words of the engine are English, and stand behind what the page says itself: no Dutch sentence goes on after them or around them.
    #[test]
    fn no_dutch_sentence_has_english_words_in_it() {
        for (id, text) in words(include_str!("web/words/nl.json")) {
            let Some((before, after)) = text.split_once("{why}") else { continue };
            let is_alone = before.trim_end().ends_with('.') && after.is_empty();
            assert!(is_alone, "{id}: {text}");
        }
    }

    #[test]
    fn an_error_is_told_with_its_cause_and_its_file() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let problem = failed(crate::export::ExportError::new("voice/a.wav", full));
        let text = serde_json::to_string(&problem).unwrap();
        assert!(
            text.contains(r#""cause":"disk-full""#) && text.contains(r#""file":"voice/a.wav""#),
            "{text}"
        );
        assert!(problem.title().contains("the disk is full"), "{text}");
    }

    #[test]
    fn a_refusal_is_filled() {
        let problem = Refusal::NoTake.with(&[("phrase", &"plek/vrij"), ("number", &3)]);
        assert_eq!(problem.title(), "plek/vrij has no take 3");
        let text = serde_json::to_string(&problem).unwrap();
        assert!(text.contains(r#""id":"no-take""#) && text.contains(r#""number":"3""#), "{text}");
    }

    #[test]
    fn nothing_in_the_studio_is_refused_without_an_id() {
        // What is packed for a voice elsewhere and taken in from her is the command line's, which says the words themselves.
        const OF_COMMANDS: [&str; 2] = ["pack", "take_in.rs"];
        fn look(folder: &Path) {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if OF_COMMANDS.iter().any(|own| path.ends_with(own)) {
                    continue;
                }
                if path.is_dir() {
                    look(&path);
                } else if path.extension().is_some_and(|ending| ending == "rs")
                    && !path.ends_with("refusal.rs")
                {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for made in ["new", "not_found", "bad_request", "conflict", "failed"] {
                        let made = format!("Problem::{made}(");
                        assert!(!text.contains(&made), "{} has {made}; use a `Refusal`", path.display());
                    }
                }
            }
        }
        look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/studio"));
    }
}
