//! A small course of 24 seconds with two languages, a breath, a bell and three kinds of bed.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::{Program, Run};
use super::sound;

const COURSE: &str = r#"title = "Proef"
languages = ["nl", "en"]
voices = { nl = "anna", en = "beth" }

[presets.whole]
anchor = "integrated"
target = -20

[[week]]
number = 1
title = "Begin"
tracks = [2]

[wording]
off = ["command"]
"#;

const SCRIPT: &str = r#"track = 2
language = "nl"
title = "De plek"
levels = ["full", "light", "bells"]
bed = { use = "bruis", fade_in = 1, fade_out = 1 }

[[part]]
title = "Aankomen"
steps = [
  { bell = "tik" },
  { say = "Welkom.", id = "welkom", keep = "light", pause = 2 },
  { say = "Je kunt altijd stoppen.", id = "vrij", safety = true, pause = 1 },
  { say = "Voel je voeten.", id = "voeten", pause = 2 },
]

[[part]]
title = "Adem"
steps = [
  { breathe = { in = 2, out = 3, times = 2 }, say = "In | en uit", id = "in-uit", keep = "light", pause = 1 },
]

[[part]]
use = "slot"
"#;

const FRAGMENT: &str = r#"language = "nl"
title = "Slot"
steps = [
  { say = "Tot de volgende keer.", id = "tot", keep = "light", pause = 1 },
]
"#;

const PO: &str = r#"msgid ""
msgstr ""
"Language: en\n"
"Content-Type: text/plain; charset=UTF-8\n"

msgctxt "plek:title"
msgid "De plek"
msgstr "The place"

msgctxt "plek:part"
msgid "Aankomen"
msgstr "Arriving"

msgctxt "plek/welkom"
msgid "Welkom."
msgstr "Welcome."

msgctxt "plek/vrij"
msgid "Je kunt altijd stoppen."
msgstr "You may always stop."

msgctxt "plek/voeten"
msgid "Voel je voeten."
msgstr "Feel your feet."

msgctxt "plek:part"
msgid "Adem"
msgstr "Breath"

msgctxt "plek/in-uit"
msgid "In | en uit"
msgstr "In | and out"

msgctxt "slot:title"
msgid "Slot"
msgstr "Closing"

msgctxt "slot/tot"
msgid "Tot de volgende keer."
msgstr "Until next time."
"#;

/// The line of a voice that has agreed to be delivered.
pub const CONSENT: &str = "consent = { who = \"Anna\", when = \"2026-11-03\", for = \"this course\" }\n";

/// The ids of the phrases and the names of their sounds.
const CLIPS: [(&str, &str); 5] = [
    ("plek/welkom", "speech 0.8"),
    ("plek/vrij", "speech 1.4"),
    ("plek/voeten", "speech 1.1"),
    ("plek/in-uit", "beats 0.6 0.9"),
    ("slot/tot", "speech 1.2"),
];

const BARE_SCRIPT: &str = r#"language = "nl"
title = "De plek"

[[part]]
steps = [
  { say = "Je kunt altijd stoppen.", id = "vrij", safety = true },
]
"#;

fn voice(name: &str) -> String {
    format!("name = \"{name}\"\nkind = \"human\"\ncredit = \"{name}\"\nlicence = \"CC0-1.0\"\n")
}

/// The description of a bed or a bell.
fn ambience(sound: &str) -> String {
    format!("title = \"Klank\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n{sound}")
}

/// A course in a temporary folder.
pub struct Course {
    folder: TempDir,
    has_own_cache: bool,
}

impl Course {
    /// The small course.
    pub fn new() -> Self {
        let course = Self::empty();
        course.write("course.toml", COURSE);
        course.write("scripts/plek.toml", SCRIPT);
        course.write("scripts/fragments/slot.toml", FRAGMENT);
        course.write("scripts/po/en.po", PO);
        for (path, name) in [("voice/nl/anna", "Anna"), ("voice/en/beth", "Beth")] {
            course.write(&format!("{path}/voice.toml"), voice(name));
            for (clip, sound) in CLIPS {
                course.sound(&format!("{path}/{clip}.wav"), sound);
            }
        }
        course.write("ambience/bruis.toml", ambience("[[layer]]\ngenerate = \"brown\"\n"));
        course.write("ambience/regen.toml", ambience("[[layer]]\ngenerate = \"rain\"\n"));
        course.write("ambience/lus.toml", ambience("[[layer]]\nfile = \"lus.wav\"\ncrossfade = 1\n"));
        course.sound("ambience/lus.wav", "noise 5");
        course.write("ambience/bells/tik.toml", ambience("file = \"tik.wav\"\n"));
        course.sound("ambience/bells/tik.wav", "ring 1.5");
        course.write("ambience/bells/schaal.toml", ambience("bowl = { pitch = 220, ring = 3 }\n"));
        course
    }

    /// The small course with this delivery, of voices that have agreed to it.
    pub fn with_delivery(delivery: &str) -> Self {
        let course = Self::new();
        course.append("course.toml", delivery);
        for voice in ["nl/anna", "en/beth"] {
            course.append(&format!("voice/{voice}/voice.toml"), CONSENT);
        }
        course
    }

    /// A minimal course: one language, one voice, one script of one phrase, one bed and one bell.
    pub fn bare() -> Self {
        let course = Self::empty();
        course.write("course.toml", "title = \"Proef\"\nlanguages = [\"nl\"]\nvoices = { nl = \"anna\" }\n");
        course.write("scripts/plek.toml", BARE_SCRIPT);
        course.write("voice/nl/anna/voice.toml", voice("Anna"));
        course.sound("voice/nl/anna/plek/vrij.wav", "speech 1");
        course.write("ambience/bruis.toml", ambience("[[layer]]\ngenerate = \"brown\"\n"));
        course.write("ambience/bells/tik.toml", ambience("bowl = { pitch = 440, ring = 2 }\n"));
        course
    }

    /// A course in one language whose phrases are these recordings, with four seconds of rain after each. The names of
    /// the phrases are those of the files.
    pub fn spoken(language: &str, recordings: &[PathBuf]) -> Self {
        let course = Self::empty();
        let voices = format!("languages = [\"{language}\"]\nvoices = {{ {language} = \"anna\" }}\n");
        course.write("course.toml", format!("title = \"Proef\"\n{voices}"));
        course.write(&format!("voice/{language}/anna/voice.toml"), voice("Anna"));
        course.write("ambience/regen.toml", ambience("[[layer]]\ngenerate = \"rain\"\n"));
        let mut script = format!(
            "language = \"{language}\"\ntitle = \"De plek\"\nbed = \"regen\"\n\n[[part]]\ntitle = \"Lezen\"\nsteps = [\n"
        );
        for (index, file) in recordings.iter().enumerate() {
            let name = file.file_stem().unwrap().to_str().unwrap().to_lowercase().replace('_', "-");
            let ending = file.extension().unwrap().to_str().unwrap();
            course
                .write(&format!("voice/{language}/anna/plek/{name}.{ending}"), std::fs::read(file).unwrap());
            let safety = if index == 0 { ", safety = true" } else { "" };
            let step =
                format!("  {{ say = \"Een zin van {index}.\", id = \"{name}\", pause = 4{safety} }},\n");
            script.push_str(&step);
        }
        course.write("scripts/plek.toml", script + "]\n");
        course
    }

    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the test"), has_own_cache: false }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file and creates its folders.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Adds text to the end of a file.
    pub fn append(&self, path: &str, text: &str) {
        let before = String::from_utf8(self.read(path)).unwrap();
        self.write(path, before + text);
    }

    /// Writes a sound of [`sound::named`].
    pub fn sound(&self, path: &str, name: &str) {
        self.write(path, sound::named(name));
    }

    /// Replaces text in a file.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, text.replace(from, to));
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path(path)).unwrap();
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Every file below a folder, in order, without the cache.
    pub fn files(&self, below: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(below)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.root()).unwrap().display().to_string());
                }
            }
        }
        found.retain(|path| !path.starts_with(".adem"));
        found.sort();
        found
    }

    /// The program with these arguments, ready to be run in this folder.
    pub fn program(&self, arguments: &[&str]) -> Program {
        let program = Program::new(self.root(), arguments);
        if self.has_own_cache { program.own_cache() } else { program }
    }

    /// It with the cache in its own folder, as users have it, for tests that look at the cache or need it empty.
    #[must_use]
    pub fn with_own_cache(self) -> Self {
        Self { has_own_cache: true, ..self }
    }

    /// Runs the program.
    pub fn adem(&self, arguments: &[&str]) -> Run {
        self.program(arguments).run()
    }

    /// Runs the program and expects success.
    pub fn succeed(&self, arguments: &[&str]) -> Run {
        let run = self.adem(arguments);
        assert_eq!(run.code, 0, "adem {arguments:?}\n{}", run.stderr);
        run
    }

    /// The timeline of a version, as `plan --json` gives it.
    pub fn plan(&self, arguments: &[&str]) -> serde_json::Value {
        let run = self.succeed(&[&["plan"], arguments, &["--json"]].concat());
        serde_json::from_slice(&run.stdout).unwrap()
    }
}
