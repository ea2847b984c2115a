//! Adds a language and its voice to course.toml, as an edit of its text: comments and layout stay.

use crate::diag::Span;
use crate::script::course_file::CourseFile;
use crate::script::language::Language;

/// The text of course.toml with a language and the voice that speaks it; `None` if it is written in a way that this cannot
/// edit. What it has already is left as it is, and another voice of the language is replaced if `replaces`.
pub fn course_with(
    text: &str,
    header: &CourseFile,
    language: &Language,
    voice: &str,
    replaces: bool,
) -> Option<String> {
    let mut wanted: toml::Table = text.parse().ok()?;
    let has_language = header.languages.iter().any(|own| own.value == *language);
    let spoken = header.voices.get(language);
    if !has_language {
        let tag = toml::Value::String(language.to_string());
        wanted.get_mut("languages")?.as_array_mut()?.push(tag);
    }
    if spoken.is_none() || replaces {
        let voices = wanted.entry("voices").or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let key = voice_key(voices.as_table()?, language);
        voices.as_table_mut()?.insert(key, toml::Value::String(voice.to_owned()));
    }
    let listed = if has_language { text.to_owned() } else { with_language(text, header, language)? };
    let moved = listed.len() - text.len();
    let after = |span: Span| {
        let shifted = header.languages.last().is_some_and(|last| span.start >= last.span.end);
        let by = if shifted { moved } else { 0 };
        (span.start + by, span.end + by)
    };
    let candidates = match spoken {
        Some(spoken) if replaces => {
            let (start, end) = after(spoken.span);
            vec![replaced(&listed, start..end, &format!("\"{voice}\""))]
        }
        Some(_) => vec![listed],
        None => {
            let last = header.voices.values().map(|voice| voice.span).max_by_key(|span| span.start);
            with_voice(&listed, last.map(|span| after(span).1), (header, language, voice, moved))
        }
    };
    // Whichever way the voices are written, only an edit that means what is wanted is taken.
    candidates.into_iter().find(|text| text.parse::<toml::Table>().is_ok_and(|read| read == wanted))
}

/// The key under which a language has its voice, as it is written.
fn voice_key(voices: &toml::Table, language: &Language) -> String {
    let own = voices.keys().find(|key| Language::parse(key).as_ref() == Some(language));
    own.cloned().unwrap_or_else(|| language.to_string())
}

fn replaced(text: &str, range: std::ops::Range<usize>, with: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(range, with);
    text
}

fn with_language(text: &str, header: &CourseFile, language: &Language) -> Option<String> {
    let last = header.languages.last()?;
    let before = header.languages.iter().rev().nth(1);
    // As the last two are set apart, so is the new one.
    let between = before.and_then(|before| text.get(before.span.end..last.span.start));
    let apart = between.filter(|between| !between.contains('#')).unwrap_or(", ");
    Some(replaced(text, last.span.end..last.span.end, &format!("{apart}\"{language}\"")))
}

/// The ways in which a voice can be added.
fn with_voice(
    text: &str,
    last: Option<usize>,
    (header, language, voice, moved): (&CourseFile, &Language, &str, usize),
) -> Vec<String> {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end_of_line = |from: usize| {
        let rest = &text[from..];
        from + rest.find('\n').map_or(rest.len(), |at| at - usize::from(rest[..at].ends_with('\r')))
    };
    let Some(last) = last else {
        let languages = header.languages.last().map_or(0, |last| last.span.end + moved);
        let close = text[languages..].find(']').map_or(languages, |at| languages + at + 1);
        let end = end_of_line(close);
        let line = format!("{line_end}voices = {{ {language} = \"{voice}\" }}");
        // An empty table of voices is filled.
        let empty = text.find("voices = {}").map(|at| {
            replaced(text, at..at + "voices = {}".len(), &format!("voices = {{ {language} = \"{voice}\" }}"))
        });
        return std::iter::once(replaced(text, end..end, &line)).chain(empty).collect();
    };
    let line_start = text[..last].rfind('\n').map_or(0, |at| at + 1);
    let indent: String = text[line_start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let end = end_of_line(last);
    vec![
        replaced(text, last..last, &format!(", {language} = \"{voice}\"")),
        replaced(text, end..end, &format!("{line_end}{indent}{language} = \"{voice}\"")),
        replaced(text, end..end, &format!("{line_end}{indent}voices.{language} = \"{voice}\"")),
    ]
}

/// Who a new voice is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVoice {
    /// The name of its folder.
    pub id: String,
    /// The person, with the licence of the recordings and the day of the agreement; `None` for a machine.
    pub person: Option<Person>,
}

/// A person who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub licence: Option<String>,
    /// The day on which they agreed to the use in this course.
    pub agreed: Option<String>,
}

/// The text of its voice.toml.
pub fn voice_file(voice: &NewVoice, language: &Language, engine_voice: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match &voice.person {
        None => {
            let speaks = match engine_voice {
                Some(_) => format!(
                    "espeak-ng speaks\n# {} in drafts, by the command that adem has for every language.",
                    language.name()
                ),
                None => format!(
                    "name a program\n# that speaks {} as `draft`, as espeak-ng does not.",
                    language.name()
                ),
            };
            let credit = engine_voice.map_or_else(
                || format!("a synthetic voice ({language})"),
                |own| format!("espeak-ng ({own})"),
            );
            format!(
                "# A voice made by a machine, so that the course can be heard before anybody records it. It has no recordings: {speaks}\n\
                 name = {}\nkind = \"synthetic\"\ncredit = {}\nlicence = \"CC0-1.0\"\nchain = \"speech\"\n",
                quoted(&capital(&voice.id)),
                quoted(&credit)
            )
        }
        Some(Person { name, licence, agreed }) => {
            let licence = licence.as_deref().unwrap_or("unknown");
            let consent = match agreed {
                Some(day) => format!(
                    "consent = {{ who = {}, when = {}, for = \"this course, in all its lengths\" }}\n",
                    quoted(name),
                    quoted(day)
                ),
                None => format!(
                    "# consent = {{ who = {}, when = \"2026-11-03\", for = \"this course, in all its lengths\" }}\n",
                    quoted(name)
                ),
            };
            format!(
                "# The voice of a person. No build delivers it without a licence and a consent.\n\
                 name = {0}\nkind = \"human\"\ncredit = {0}\nlicence = {1}\nchain = \"speech\"\n{consent}",
                quoted(name),
                quoted(licence)
            )
        }
    }
}

/// A name with its first letter in upper case.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::files::MemoryFiles;
    use crate::script::Course;

    fn added(text: &str, tag: &str, voice: &str, replaces: bool) -> Option<String> {
        let course = Course::open(&MemoryFiles::new().with("course.toml", text), &Sink::new()).unwrap();
        course_with(text, &course.header, &Language::parse(tag).unwrap(), voice, replaces)
    }

    #[test]
    fn a_language_is_added_and_the_rest_of_the_file_stays() {
        for (before, after) in [
            (
                "title = \"T\" # one\nlanguages = [\"nl\", \"en\"] # two\nvoices = { nl = \"a\", en = \"b\" }\n\n# end\n",
                "title = \"T\" # one\nlanguages = [\"nl\", \"en\", \"zh-Hant-TW\"] # two\nvoices = { nl = \"a\", en = \"b\", zh-Hant-TW = \"v\" }\n\n# end\n",
            ),
            (
                "title = \"T\"\nlanguages = [\n  \"nl\",\n  \"en\", # two\n]\n[voices]\nnl = \"a\" # first\nen = \"b\"\n[defaults]\nbed = \"c\"\n",
                "title = \"T\"\nlanguages = [\n  \"nl\",\n  \"en\",\n  \"zh-Hant-TW\", # two\n]\n[voices]\nnl = \"a\" # first\nen = \"b\"\nzh-Hant-TW = \"v\"\n[defaults]\nbed = \"c\"\n",
            ),
            (
                "voices.nl = \"a\"\r\ntitle = \"T\"\r\nlanguages = [\"nl\"]",
                "voices.nl = \"a\"\r\nvoices.zh-Hant-TW = \"v\"\r\ntitle = \"T\"\r\nlanguages = [\"nl\", \"zh-Hant-TW\"]",
            ),
            (
                "title = \"T\"\nlanguages = ['nl']\n[publish]\nyear = 2026\n",
                "title = \"T\"\nlanguages = ['nl', \"zh-Hant-TW\"]\nvoices = { zh-Hant-TW = \"v\" }\n[publish]\nyear = 2026\n",
            ),
        ] {
            assert_eq!(added(before, "zh-hant-tw", "v", false).as_deref(), Some(after));
            assert_eq!(
                added(after, "zh-Hant-TW", "v", false).as_deref(),
                Some(after),
                "nothing is added twice"
            );
        }
    }

    #[test]
    fn a_voice_is_replaced_only_where_that_is_wanted() {
        let text = "title = \"T\"\nlanguages = [\"nl\", \"de\"]\nvoices = { de = \"meise\", nl = \"a\" }\n";
        assert_eq!(added(text, "de", "anna", false).as_deref(), Some(text));
        let other = text.replace("meise", "anna");
        assert_eq!(added(text, "de", "anna", true), Some(other));
    }

    #[test]
    fn a_voice_file_is_read_as_it_was_meant() {
        let de = Language::parse("de").unwrap();
        let machine = voice_file(&NewVoice { id: "meise".to_owned(), person: None }, &de, Some("de+f2"));
        let person =
            Person { name: "Anna \"A\"".to_owned(), licence: None, agreed: Some("2026-11-03".to_owned()) };
        let human = voice_file(&NewVoice { id: "anna".to_owned(), person: Some(person) }, &de, Some("de+f2"));
        let files = MemoryFiles::new()
            .with("course.toml", "title = \"T\"\nlanguages = [\"de\"]\n")
            .with("voice/de/meise/voice.toml", machine)
            .with("voice/de/anna/voice.toml", human);
        let sink = Sink::new();
        let course = Course::open(&files, &sink).unwrap();
        assert_eq!(sink.sorted(), []);
        let voice = |id: &str| &course.voices[&(de.clone(), id.to_owned())];
        assert_eq!((voice("meise").name.as_str(), voice("meise").consent.as_ref()), ("Meise", None));
        assert_eq!(voice("anna").name, "Anna \"A\"");
        assert!(voice("anna").consent.is_some());
    }
}
