//! The course that `adem new` creates: one small exercise, a voice, a bed and a bell, with comments in the files.

use std::fmt::Write as _;

use super::file_kind::FileKind;
use super::language::Language;
use crate::toml::schema::schema;

/// The texts of a language.
struct StarterTexts {
    course: &'static str,
    script: &'static str,
    voice: &'static str,
    bed: &'static str,
    bell: &'static str,
    readme: &'static str,
    /// The names of the script, the voice, the bed and the bell.
    names: [&'static str; 4],
}

macro_rules! texts {
    ($language:literal, $names:expr) => {
        StarterTexts {
            course: include_str!(concat!($language, "/course.toml")),
            script: include_str!(concat!($language, "/script.toml")),
            voice: include_str!(concat!($language, "/voice.toml")),
            bed: include_str!(concat!($language, "/bed.toml")),
            bell: include_str!(concat!($language, "/bell.toml")),
            readme: include_str!(concat!($language, "/README.md")),
            names: $names,
        }
    };
}

static DUTCH: StarterTexts = texts!("nl", ["even-stil", "mijn-stem", "wind", "schaal"]);
static ENGLISH: StarterTexts = texts!("en", ["a-quiet-moment", "my-voice", "wind", "bowl"]);

/// The languages that the texts exist in.
pub const LANGUAGES: [&str; 2] = ["en", "nl"];

/// What the bed plays: fifteen seconds of wind over a field, CC0-1.0, of which `bed.toml` names the author.
const WIND: &[u8] = include_bytes!("../../../ambience/veldwind.ogg");
/// Where the bed looks for it.
const WIND_PATH: &str = "ambience/wind.ogg";

/// The folder of the JSON Schemas in a new course.
const SCHEMAS: &str = "schema";

/// The files of a new course with their paths: its texts, and the sound of its bed.
pub fn files(language: &Language) -> Vec<(String, Vec<u8>)> {
    let texts = text_files(language).into_iter().map(|(path, text)| (path, text.into_bytes()));
    texts.chain([(WIND_PATH.to_owned(), WIND.to_vec())]).collect()
}

/// The texts of a new course. Languages without any get the English ones, under their own tag.
fn text_files(language: &Language) -> Vec<(String, String)> {
    let texts = if is(language, "nl") { &DUTCH } else { &ENGLISH };
    let [script, voice, bed, bell] = texts.names;
    let fill =
        |text: &str| text.replace("LANGUAGE", language.as_str()).replace("ESPEAK", &espeak_voice(language));
    [
        ("README.md".to_owned(), texts.readme),
        ("course.toml".to_owned(), texts.course),
        (format!("scripts/{script}.toml"), texts.script),
        (format!("voice/{language}/{voice}/voice.toml"), texts.voice),
        (format!("ambience/{bed}.toml"), texts.bed),
        (format!("ambience/bells/{bell}.toml"), texts.bell),
        (".gitignore".to_owned(), "/out/\n/.adem/\n"),
    ]
    .into_iter()
    .map(|(path, text)| {
        let text = schema_line(&path) + &fill(text);
        (path, text)
    })
    .chain(FileKind::ALL.into_iter().map(|kind| {
        (format!("{SCHEMAS}/{}.schema.json", kind.name()), format!("{:#}\n", schema(kind.file())))
    }))
    .collect()
}

/// The first line of a TOML file, by which editors find its schema.
fn schema_line(path: &str) -> String {
    let mut line = String::new();
    if let Some(kind) = FileKind::of(path) {
        let up = "../".repeat(path.matches('/').count());
        let _ = writeln!(line, "#:schema {up}{SCHEMAS}/{}.schema.json", kind.name());
    }
    line
}

/// Whether the texts of a new course exist in this language.
pub fn speaks(language: &Language) -> bool {
    LANGUAGES.iter().any(|known| is(language, known))
}

fn is(language: &Language, known: &str) -> bool {
    language.as_str().split('-').next() == Some(known)
}

/// The espeak-ng voice of a language, in its softest variant.
fn espeak_voice(language: &Language) -> String {
    match language.as_str() {
        "en" => "en-gb+f3".to_owned(),
        tag => format!("{}+f2", tag.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diag::Sink;
    use crate::files::{Files, MemoryFiles};
    use crate::script::words::is_built_in;
    use crate::script::{Course, check};

    #[test]
    fn a_new_course_has_no_errors_and_is_formatted_in_every_language() {
        for tag in ["nl", "en", "nl-BE", "pt-BR", "sr-Latn"] {
            let language = Language::parse(tag).unwrap();
            let mut memory = MemoryFiles::new();
            for (path, text) in text_files(&language) {
                if let Some(kind) = FileKind::of(&path) {
                    assert_eq!(kind.tidy(&text).text, text, "{path}");
                }
                assert!(!text.contains("LANGUAGE") && !text.contains("ESPEAK"));
            }
            for (path, bytes) in files(&language) {
                memory.insert(path, bytes);
            }
            let sink = Sink::new();
            let course = Course::open(&memory, &sink).unwrap();
            check(&course, &|path| memory.exists(Path::new(path)), &sink);
            let mut found = sink.into_sorted();
            // It says where the words that adem adds are missing, and no more.
            found.retain(|found| is_built_in(&language) || !found.message.contains("words that adem adds"));
            assert_eq!(found, [], "{tag}");
            assert_eq!(course.scripts.len(), 1);
        }
    }
}
