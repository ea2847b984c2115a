//! Opens a course: reads every text file of the folder once and reports all errors in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ambience::{AMBIENCE, Ambience, BELL, Bell};
use super::course_file::{COURSE, CourseFile};
use super::exercise::{FRAGMENT, Fragment, PartText, SCRIPT, Script};
use super::language::Language;
use super::mixed::{CutSound, MIXED, MixedRecording, RECORDINGS};
use super::po::Translations;
use super::po::encoding::read_bytes;
use super::step::{StepText, all_steps as all_written, phrases};
use super::takes_file::{TAKES, TAKES_FILE, read_takes};
use super::voice::{LEVEL, VOICE, Voice, read_level};
use super::words::AddedWords;
use crate::delivery::publish::Publish;
use crate::diag::{Code, Diagnostic, FileId, Sink, Sources, Span, Spanned};
use crate::files::{FileError, Files};
use crate::toml::key::TableKeys;
use crate::toml::table::{self, Table};

/// A course, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Course {
    /// All text files, for messages.
    pub sources: Sources,
    pub header: CourseFile,
    /// By id.
    pub scripts: BTreeMap<String, Script>,
    /// By name.
    pub fragments: BTreeMap<String, Fragment>,
    /// By language and name.
    pub voices: BTreeMap<(Language, String), Voice>,
    /// The beds, by name.
    pub ambiences: BTreeMap<String, Ambience>,
    /// By name.
    pub bells: BTreeMap<String, Bell>,
    /// Finished recordings that were adopted, by name.
    pub recordings: BTreeMap<String, MixedRecording>,
    pub translations: BTreeMap<Language, Translations>,
    /// Paths of files that could not be read. What they define is not reported as missing.
    pub unread: BTreeSet<String>,
}

/// Why a course could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// The folder has no course.toml.
    #[error("this folder has no course.toml; open a course folder")]
    NoCourse {
        /// What to do with a file that was meant to be it.
        near: Option<String>,
    },
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Course {
    /// Reads every text file of the course and checks each by itself; errors go to `sink`. [`super::check::check`] finds the
    /// errors that involve several files.
    ///
    /// # Errors
    /// [`CourseError`] if the folder is no course or a file cannot be read.
    pub fn open(files: &dyn Files, sink: &Sink) -> Result<Self, CourseError> {
        Self::open_after(files, None, sink)
    }

    /// The same, of a course that was read before: a file that is as it was, and of which nothing was told, is not parsed again.
    ///
    /// # Errors
    /// As [`Course::open`].
    pub fn open_after(
        files: &dyn Files,
        before: Option<KnownCourse<'_>>,
        sink: &Sink,
    ) -> Result<Self, CourseError> {
        if !files.exists(Path::new("course.toml")) {
            return Err(CourseError::NoCourse { near: near_course(files) });
        }
        let known = before.map(|before| before.course);
        let (sources, unread) = (Sources::default(), BTreeSet::new());
        let mut reader = CourseReader { files, sink, before, sources, unread };
        let header =
            reader.toml("course.toml", &COURSE, known.map(|known| &known.header), CourseFile::read)?;
        let header = header.unwrap_or_else(|| CourseFile {
            publish: Publish::default(),
            file: FileId(0),
            title: Spanned::new(String::new(), Span::new(FileId(0), 0..0)),
            languages: Vec::new(),
            before: Vec::new(),
            voices: BTreeMap::new(),
            bed: super::bed::BedUse::default(),
            preset: None,
            presets: BTreeMap::new(),
            wording: super::wording::Settings::default(),
            weeks: Vec::new(),
            deliveries: Vec::new(),
            site: None,
        });
        let scripts = reader.folder("scripts", &SCRIPT, known.map(|known| &known.scripts), Script::read)?;
        let fragments = reader.folder(
            "scripts/fragments",
            &FRAGMENT,
            known.map(|known| &known.fragments),
            Fragment::read,
        )?;
        let ambiences =
            reader.folder("ambience", &AMBIENCE, known.map(|known| &known.ambiences), Ambience::read)?;
        let bells = reader.folder("ambience/bells", &BELL, known.map(|known| &known.bells), Bell::read)?;
        let recordings =
            reader.folder(RECORDINGS, &MIXED, known.map(|known| &known.recordings), MixedRecording::read)?;
        let voices = reader.voices()?;
        let translations = reader.translations()?;
        let CourseReader { sources, unread, .. } = reader;
        Ok(Self {
            sources,
            header,
            scripts,
            fragments,
            voices,
            ambiences,
            bells,
            recordings,
            translations,
            unread,
        })
    }
}

impl Course {
    /// The clips that were cut from finished recordings, by their paths.
    pub fn mixed_clips(&self) -> BTreeSet<&str> {
        let cuts = self.recordings.values().flat_map(|recording| &recording.cuts);
        let clips = cuts.filter_map(|cut| match &cut.sound.value {
            CutSound::Clip(path) => Some(path.as_str()),
            CutSound::Bell(_) => None,
        });
        clips.collect()
    }

    /// The title of a script in a language; that of its source where there is no other, its id where it has none.
    pub fn title_in(&self, script: &Script, language: &Language) -> String {
        let Some(title) = &script.title else { return script.id.clone() };
        self.text_in(&format!("{}:title", script.id), &title.value, language)
    }

    /// The title of a part of a script in a language: its own, or that of its fragment.
    pub fn part_title_in(&self, script: &Script, part: &PartText, language: &Language) -> Option<String> {
        if let Some(own) = &part.title {
            return Some(self.text_in(&format!("{}:part", script.id), &own.value, language));
        }
        self.fragment_title_in(self.fragments.get(part.fragment()?)?, language)
    }

    /// The title of a fragment in a language.
    pub fn fragment_title_in(&self, fragment: &Fragment, language: &Language) -> Option<String> {
        let title = fragment.title.as_ref()?;
        Some(self.text_in(&format!("{}:title", fragment.id), &title.value, language))
    }

    /// The phrases of a script and its fragments that a listener may have own words in, each once.
    pub fn open_phrases<'c>(&'c self, script: &'c Script) -> Vec<OpenPhrase<'c>> {
        let mut found: Vec<OpenPhrase> = Vec::new();
        let mut files: Vec<(&str, Vec<&[StepText]>)> =
            vec![(&script.id, script.parts.iter().map(|part| &part.steps[..]).collect())];
        let mut seen = BTreeSet::new();
        while let Some((owner, lists)) = files.pop() {
            for steps in lists {
                for phrase in phrases(steps).into_iter().filter(|phrase| phrase.own) {
                    let Some(id) = phrase.id.as_ref() else { continue };
                    if found.iter().all(|known| known.id != id.value) {
                        found.push(OpenPhrase { owner, id: &id.value, text: &phrase.text.value });
                    }
                }
                for name in all_written(steps).into_iter().filter_map(StepText::fragment) {
                    let fragment = self.fragments.get(&name.value);
                    files.extend(
                        fragment
                            .filter(|_| seen.insert(&name.value))
                            .map(|own| (own.id.as_str(), vec![&own.steps[..]])),
                    );
                }
            }
        }
        found
    }

    /// The title of a script in a language as part of a name, as its PO file has it under `<script>:slug`; else it is made from the
    /// title, or from that of the script where the translated title cannot be read as a name.
    pub fn slug_in(&self, script: &Script, language: &Language) -> String {
        let texts = self.translations.get(language);
        let own = texts.and_then(|texts| texts.word(&format!("{}:slug", script.id)));
        let own = own.and_then(|entry| readable_name(&entry.text, language));
        let title = || readable_name(&self.title_in(script, language), language);
        own.or_else(title).unwrap_or_else(|| slug(script))
    }

    /// The title of a bed in a language.
    pub fn bed_title(&self, bed: &Ambience, language: &Language) -> String {
        self.text_in(&format!("ambience/{}:title", bed.id), &bed.title, language)
    }

    /// The title of a bell in a language.
    pub fn bell_title(&self, bell: &Bell, language: &Language) -> String {
        self.text_in(&format!("bells/{}:title", bell.id), &bell.title, language)
    }

    /// The words that adem adds, in a language.
    pub fn words(&self, language: &Language) -> AddedWords {
        AddedWords::of(language, self.translations.get(language))
    }

    /// A text of the course in a language; the source itself where there is no translation.
    pub fn text_in(&self, context: &str, source: &str, language: &Language) -> String {
        let texts = self.translations.get(language);
        texts.and_then(|texts| texts.usable(context, source)).unwrap_or(source).to_owned()
    }
}

/// A phrase that a listener may have own words in.
#[derive(Clone, Copy, Debug)]
pub struct OpenPhrase<'c> {
    /// The script or the fragment that has it.
    owner: &'c str,
    pub id: &'c str,
    /// What is said otherwise, in the language of the script; `|` is between beats.
    pub text: &'c str,
}

impl OpenPhrase<'_> {
    /// What is said otherwise, in a language.
    pub fn text_in(&self, course: &Course, language: &Language) -> String {
        course.text_in(&format!("{}/{}", self.owner, self.id), self.text, language)
    }
}

/// The title of a script in its own language as part of a name; the id of the script where it has no letters that a name can have.
pub fn slug(script: &Script) -> String {
    let title = script.title.as_ref().zip(script.language.as_ref());
    let name = title.and_then(|(title, language)| readable_name(&title.value, &language.value));
    name.unwrap_or_else(|| script.id.clone())
}

/// A text as a name in plain letters; `None` where it has none, or has kanji: how they are read only a reader of the language knows,
/// and tables of letters have their Chinese readings.
pub fn readable_name(text: &str, language: &Language) -> Option<String> {
    let is_chinese =
        matches!(language.three_letters(), "zho" | "cmn" | "yue" | "wuu" | "nan" | "hak" | "lzh");
    let is_kanji = |letter: char| matches!(u32::from(letter), 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF);
    let is_readable = is_chinese || !text.chars().any(is_kanji);
    Some(table::as_name(text)).filter(|name| is_readable && !name.is_empty())
}

/// What to do with the file of a folder that was meant to be its course.toml.
pub fn near_course(files: &dyn Files) -> Option<String> {
    let entries = files.list(Path::new("")).ok()?;
    let names = || entries.iter().filter(|entry| !entry.is_folder).map(|entry| entry.name.as_str());
    if names().any(|name| name == ".course.toml.icloud") {
        return Some("course.toml is not downloaded from iCloud yet: download it".to_owned());
    }
    let is_near = |name: &&str| {
        let lower = name.trim().to_lowercase();
        let stem =
            [".toml.txt", ".toml", ".tml", ".txt"].iter().find_map(|ending| lower.strip_suffix(ending));
        let stem = stem.unwrap_or(&lower);
        let rest = stem.strip_prefix("course").or_else(|| stem.strip_prefix("copy of course"));
        let is_copy = |rest: &str| {
            let rest = rest.trim_start_matches([' ', '-', '_', '(']);
            ["copy", "kopie"].iter().any(|word| rest.starts_with(word))
                || rest.starts_with(|c: char| c.is_ascii_digit())
        };
        rest.is_some_and(|rest| rest.is_empty() || is_copy(rest)) && name.contains(['.', ' '])
            || lower == "course"
    };
    let near = names().find(is_near)?;
    Some(format!("rename {near} to course.toml"))
}

/// What is at the top of a file of the course.
struct Outline {
    /// Whether it has parts, and whether it has steps of its own.
    spoken: (bool, bool),
    /// Whether it has layers, and whether it says how a bell sounds.
    sound: (bool, bool),
}

/// Reads the outline from the lines alone, so that it is known of a file with errors too.
fn outline(text: &str) -> Outline {
    let is_header = |line: &&str| line.starts_with('[');
    let before_headers = || text.lines().take_while(|line| !is_header(line));
    let has = |key: &str| {
        let mut rests = before_headers().filter_map(|line| line.strip_prefix(key));
        rests.any(|rest| rest.trim_start().starts_with('='))
    };
    let is_there = |header: &str| text.lines().any(|line| line.trim_end() == header);
    Outline {
        spoken: (is_there("[[part]]"), has("steps")),
        sound: (is_there("[[layer]]"), ["bowl", "chime", "block"].iter().any(|key| has(key))),
    }
}

/// A course as it was read before.
#[derive(Clone, Copy)]
pub struct KnownCourse<'a> {
    pub course: &'a Course,
    /// Everything that was told of it.
    pub found: &'a [Diagnostic],
}

impl KnownCourse<'_> {
    /// Whether this file was there at the same place with the same text, and had nothing that has to be told.
    fn has(&self, file: FileId, sources: &Sources) -> bool {
        let (now, before) = (sources.get(file), self.course.sources.all().nth(file.0));
        before.is_some_and(|before| before.path == now.path && before.text == now.text)
            && !self.course.unread.contains(&now.path)
            && self.found.iter().all(|found| found.span().file != file)
    }
}

struct CourseReader<'a> {
    files: &'a dyn Files,
    sink: &'a Sink,
    before: Option<KnownCourse<'a>>,
    sources: Sources,
    unread: BTreeSet<String>,
}

impl CourseReader<'_> {
    /// Reads a text file; `None` if it is not text, which is reported.
    fn text(&mut self, path: &str) -> Result<Option<FileId>, FileError> {
        let bytes = self.files.read(Path::new(path))?;
        let is_po = Path::new(path).extension().is_some_and(|ending| ending == "po");
        let file = if is_po {
            read_bytes(path, &bytes, &mut self.sources, self.sink)
        } else {
            self.sources.read(path, &bytes, self.sink)
        };
        if file.is_none() {
            self.unread.insert(path.to_owned());
        }
        Ok(file)
    }

    /// Reads a table. `known` is what it was before, where that is all that its file says.
    fn toml<T: Clone>(
        &mut self,
        path: &str,
        keys: &'static TableKeys,
        known: Option<&T>,
        read: impl FnOnce(&Table<'_>) -> T,
    ) -> Result<Option<T>, FileError> {
        let Some(file) = self.text(path)? else { return Ok(None) };
        if let Some(known) = known.filter(|_| self.is_known(file)) {
            return Ok(Some(known.clone()));
        }
        let found = table::read_file(file, &self.sources.get(file).text, keys, self.sink, read);
        if found.is_none() {
            self.unread.insert(path.to_owned());
        }
        Ok(found)
    }

    fn is_known(&self, file: FileId) -> bool {
        self.before.is_some_and(|before| before.has(file, &self.sources))
    }

    /// Every `<name>.toml` of a folder.
    fn folder<T: Clone>(
        &mut self,
        folder: &str,
        keys: &'static TableKeys,
        known: Option<&BTreeMap<String, T>>,
        read: impl Fn(&str, &Table<'_>) -> T,
    ) -> Result<BTreeMap<String, T>, FileError> {
        let mut found = BTreeMap::new();
        for name in self.names(folder, ".toml")? {
            let path = format!("{folder}/{name}.toml");
            if self.is_misplaced(folder, &name)? {
                continue;
            }
            if let Some(item) =
                self.toml(&path, keys, known.and_then(|known| known.get(&name)), |table| read(&name, table))?
            {
                if !table::is_name(&name) {
                    self.refuse_file_name(&path, &name);
                }
                found.insert(name, item);
            }
        }
        Ok(found)
    }

    /// Whether a file is a fragment among the scripts, a bell among the beds or another file in the folder of another kind, which is
    /// reported.
    fn is_misplaced(&mut self, folder: &str, name: &str) -> Result<bool, FileError> {
        const SCRIPTS: &str = "scripts";
        const FRAGMENTS: &str = "scripts/fragments";
        const BEDS: &str = "ambience";
        const BELLS: &str = "ambience/bells";
        let path = format!("{folder}/{name}.toml");
        let text = match folder {
            SCRIPTS | FRAGMENTS | BEDS | BELLS => self.files.read(Path::new(&path))?,
            _ => return Ok(false),
        };
        let Ok(text) = String::from_utf8(text) else { return Ok(false) };
        let (what, why, home) = match (folder, outline(&text)) {
            (SCRIPTS, Outline { spoken: (false, true), .. }) => {
                ("fragment", "it has steps and no [[part]]", FRAGMENTS)
            }
            (FRAGMENTS, Outline { spoken: (true, false), .. }) => ("script", "it has a [[part]]", SCRIPTS),
            (BEDS, Outline { sound: (false, true), .. }) => {
                ("bell", "it says how it sounds and has no [[layer]]", BELLS)
            }
            (BELLS, Outline { sound: (true, false), .. }) => ("bed", "it has a [[layer]]", BEDS),
            (SCRIPTS | FRAGMENTS, Outline { spoken: (false, false), sound: (true, _) }) => {
                ("bed", "it has a [[layer]]", BEDS)
            }
            (SCRIPTS | FRAGMENTS, Outline { spoken: (false, false), sound: (false, true) }) => {
                ("bell", "it says how it sounds", BELLS)
            }
            (BEDS | BELLS, Outline { spoken: (true, _), sound: (false, false) }) => {
                ("script", "it has a [[part]]", SCRIPTS)
            }
            _ => return Ok(false),
        };
        let file = self.sources.add(&path, &text);
        let right = format!("{home}/{name}.toml");
        let message = format!("this file is a {what}: {why}");
        let help = if self.files.exists(Path::new(&right)) {
            format!("there is a {right} too: remove this file, or give it another name there")
        } else {
            format!("{what}s lie in {home}/: move it to {right}")
        };
        self.sink.emit(Diagnostic::error(Code::UnreadFile, Span::new(file, 0..0), message).help(help));
        self.unread.extend([path, right]);
        Ok(true)
    }

    /// The names of the files with an extension in a folder, without the extension, in order.
    fn names(&self, folder: &str, ending: &str) -> Result<Vec<String>, FileError> {
        let entries = self.files.list(Path::new(folder))?;
        let files = entries.into_iter().filter(|entry| !entry.is_folder && !entry.name.starts_with('.'));
        Ok(files.filter_map(|entry| Some(entry.name.strip_suffix(ending)?.to_owned())).collect())
    }

    fn refuse_file_name(&mut self, path: &str, name: &str) {
        let file = FileId(self.sources.len() - 1);
        let message = format!("the file name `{name}` is not a valid name");
        let bad = Diagnostic::error(Code::BadName, Span::new(file, 0..0), message)
            .note("names become folders and finished files on every system: a-z, 0-9 and single hyphens");
        let valid = table::as_name(name);
        self.sink.emit(if valid.is_empty() {
            bad
        } else {
            bad.help(format!("rename {path} to {valid}.toml"))
        });
    }

    fn voices(&mut self) -> Result<BTreeMap<(Language, String), Voice>, FileError> {
        let mut voices = BTreeMap::new();
        for language in self.folders("voice")? {
            let Some(tag) = Language::parse(&language) else { continue };
            for id in self.folders(&format!("voice/{language}"))? {
                let folder = format!("voice/{language}/{id}");
                let path = format!("{folder}/voice.toml");
                if !self.files.exists(&PathBuf::from(&path)) {
                    continue;
                }
                let voice = self.toml(&path, &VOICE, None, |table| Voice::read(&id, &tag, table))?;
                let Some(mut voice) = voice else { continue };
                let level = format!("{folder}/level.toml");
                if self.files.exists(&PathBuf::from(&level)) {
                    voice.level = self.toml(&level, &LEVEL, None, read_level)?.flatten();
                }
                let takes = format!("{folder}/{TAKES_FILE}");
                if self.files.exists(&PathBuf::from(&takes)) {
                    voice.takes = self.toml(&takes, &TAKES, None, read_takes)?.unwrap_or_default();
                }
                voices.insert((tag.clone(), id), voice);
            }
        }
        Ok(voices)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let entries = self.files.list(Path::new(folder))?;
        Ok(entries.into_iter().filter(|entry| entry.is_folder).map(|entry| entry.name).collect())
    }

    fn translations(&mut self) -> Result<BTreeMap<Language, Translations>, FileError> {
        let mut translations = BTreeMap::new();
        let names: Vec<_> =
            self.names("scripts/po", ".po")?.into_iter().map(|tag| format!("{tag}.po")).collect();
        for name in &names {
            let Some(language) = Language::parse(name.trim_end_matches(".po")) else { continue };
            if super::po::file_of(&language, names.iter().map(String::as_str)) != Some(name) {
                continue;
            }
            let path = format!("scripts/po/{name}");
            let Some(file) = self.text(&path)? else { continue };
            let known = self.before.and_then(|before| before.course.translations.get(&language));
            if let Some(known) = known.filter(|_| self.is_known(file)) {
                translations.insert(language, known.clone());
                continue;
            }
            match Translations::read(file, self.sources.get(file), &language, self.sink) {
                Some(texts) => {
                    translations.insert(language, texts);
                }
                None => {
                    self.unread.insert(path);
                }
            }
        }
        Ok(translations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_in_kanji_is_a_name_only_in_chinese() {
        let name = |tag: &str, text: &str| readable_name(text, &Language::parse(tag).unwrap());
        assert_eq!(name("ja", "安全な場所"), None);
        assert_eq!(name("ko", "安全한 곳"), None);
        assert_eq!(name("ja", "いまここに").as_deref(), Some("imakokoni"));
        assert_eq!(name("zh-TW", "安全").as_deref(), Some("an-quan"));
        assert_eq!(name("de", "Ein sicherer Ort").as_deref(), Some("ein-sicherer-ort"));
    }
}
