//! Files that look as if they were meant for adem and that it does not read, each with what was probably meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::FaultyTexts;
use crate::asset::takes::{ENDINGS, REJECTED, take_name};
use crate::decode::{convert_command, ending_of};
use crate::diag::{Code, Diagnostic, Severity, Sources, Span, Spanned, nearest};
use crate::engine::is_course_text_or_sound;
use crate::files::{FileError, Files, FolderEntry};
use crate::script::Course;
use crate::script::ambience::{BellSound, LayerSound};
use crate::script::language::Language;
use crate::script::po::file_of;
use crate::script::step::phrases;
use crate::script::takes_file::TakeRecord;
use crate::script::voice::Voice;
use crate::toml::table::{as_name, is_name, list};

/// From so many files of one kind on they share one message.
const MANY: usize = 4;
/// Endings of sounds that are not read, besides [`ENDINGS`].
const OTHER_SOUNDS: [&str; 19] = [
    "aac", "oga", "wma", "caf", "mp4", "m4b", "m4r", "amr", "3gp", "3ga", "aifc", "w64", "rf64", "mka",
    "ape", "wv", "mp2", "mov", "mkv",
];
/// What programs and people add to the name of a copy.
const COPIES: [&str; 6] = [" - copy", " - kopie", " copy", " kopie", "-kopie", "-copy"];

/// A file or folder that nobody reads.
struct Stray {
    path: String,
    kind: StrayKind,
    /// What was probably meant and what to do, in words.
    meant: String,
}

/// Why a file is not read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StrayKind {
    Folder,
    Script,
    Text,
    Translation,
    Nameless,
    Misplaced,
    Format,
    Beaten,
    SameTake,
    Unused,
    Elsewhere,
    NotDownloaded,
    Document,
}

impl StrayKind {
    /// What it is, once and several times, and why it is not read.
    const fn words(self) -> [&'static str; 3] {
        match self {
            Self::Folder => ["folder", "folders", "adem looks in other folders"],
            Self::Script => ["file", "files", "only names that end in .toml are"],
            Self::Text => ["file", "files", "scripts lie in scripts/"],
            Self::Translation => ["translation", "translations", "translations are scripts/po/LANGUAGE.po"],
            Self::Nameless => ["recording", "recordings", "no phrase there has this name"],
            Self::Misplaced => ["recording", "recordings", "recordings lie in the folder of their script"],
            Self::Format => ["recording", "recordings", "adem knows no recordings with this ending"],
            Self::Beaten => ["recording", "recordings", "another format of the same take is used"],
            Self::SameTake => ["recording", "recordings", "another one is the same take of its phrase"],
            Self::Unused => ["sound", "sounds", "no bed or bell names it"],
            Self::Elsewhere => ["file", "files", "adem looks for it in another folder"],
            Self::NotDownloaded => ["file", "files", "it is not downloaded from iCloud yet"],
            Self::Document => {
                ["file", "files", "adem reads plain text, not the documents of a word processor"]
            }
        }
    }
}

/// Names every file of a course that nobody reads. The paths are added to the files of the course, so that messages can
/// point to them. The recordings of a script with errors are left alone: their phrases may be those that could not be read.
///
/// # Errors
/// [`FileError`] if a folder cannot be listed.
pub(super) fn check_strays(
    files: &dyn Files,
    course: &mut Course,
    faulty: &FaultyTexts,
) -> Result<Vec<Diagnostic>, FileError> {
    let mut search = StraySearch { files, course, ids: ids(course), faulty, strays: Vec::new() };
    search.root()?;
    for (folder, own) in [("scripts", &["fragments", "po"][..]), ("scripts/fragments", &[])] {
        search.texts(folder, own, "scripts")?;
    }
    for (folder, own) in [("ambience", &["bells"][..]), ("ambience/bells", &[])] {
        search.texts(folder, own, "beds and bells")?;
        search.unused(folder)?;
    }
    search.texts("recordings", &[], "finished recordings")?;
    search.phrases_among_recordings()?;
    for folder in ["", "scripts", "voice", "ambience", "recordings"] {
        search.not_downloaded(folder, folder.is_empty())?;
    }
    search.translations()?;
    search.voices()?;
    // A link that is refused is told as one.
    let refused = files.refused_links();
    let is_refused = |stray: &Stray| {
        let mut links = refused.iter().filter(|link| is_course_text_or_sound(link));
        links.any(|link| Path::new(&stray.path).starts_with(link))
    };
    let strays: Vec<_> = search.strays.into_iter().filter(|stray| !is_refused(stray)).collect();
    let mut found = tell(strays, &mut course.sources);
    for voice in course.voices.values() {
        found.extend(lost_takes(files, voice)?);
    }
    Ok(found)
}

/// The records of takes whose recordings are not there: a take that was renamed, or a mistyped name. What such a record says of a
/// take, such as that it is rejected, has no effect.
fn lost_takes(files: &dyn Files, voice: &Voice) -> Result<Vec<Diagnostic>, FileError> {
    const HELP: &str = "import the recording again, correct `file`, or remove the record";
    let folder = voice.folder();
    let is_lost =
        |take: &&Spanned<TakeRecord>| !files.exists(Path::new(&format!("{folder}/{}", take.value.file)));
    let lost: Vec<_> = voice.takes.iter().filter(is_lost).collect();
    let Some(first) = lost.first() else { return Ok(Vec::new()) };
    let mut there = Vec::new();
    for script in files.list(Path::new(&folder))?.into_iter().filter(|entry| entry.is_folder) {
        let entries = files.list(Path::new(&format!("{folder}/{}", script.name)))?;
        there.extend(entries.into_iter().map(|entry| format!("{}/{}", script.name, entry.name)));
    }
    let is_free = |file: &&String| voice.takes.iter().all(|take| take.value.file != **file);
    let free: Vec<&str> = there.iter().filter(is_free).map(String::as_str).collect();
    let near = |take: &TakeRecord| nearest(&take.file, free.iter().copied()).map(str::to_owned);
    if lost.len() >= MANY {
        let message = format!("{} records of takes have no recording, so they have no effect", lost.len());
        let mut all = Diagnostic::warning(Code::MissingFile, first.span, message).label("this one first");
        for take in &lost {
            let near = near(&take.value).map_or(String::new(), |near| format!("; did you mean {near}?"));
            all = all.note(format!("{folder}/{} is not there{near}", take.value.file));
        }
        return Ok(vec![all.help(HELP)]);
    }
    let told = |take: &&Spanned<TakeRecord>| {
        let message = format!("{folder}/{} is not there, so its record has no effect", take.value.file);
        let warning = Diagnostic::warning(Code::MissingFile, take.span, message);
        match near(&take.value) {
            Some(near) => warning.help(format!("did you mean {near}? if not, {HELP}")),
            None => warning.help(HELP),
        }
    };
    Ok(lost.iter().map(told).collect())
}

/// Whether an unknown name is one because its folder is called otherwise: the folder alone is told, as an error where the name
/// is one.
pub(super) fn explain(
    files: &dyn Files,
    strays: &mut [Diagnostic],
    unknown: &Diagnostic,
    sources: &Sources,
) -> bool {
    let explained = strays.iter_mut().find(|stray| {
        let path = &sources.get(stray.span().file).path;
        let Some(folder) = path.strip_suffix('/') else {
            return unknown.code == Code::UnknownTrack && is_script_of(files, path, &unknown.message);
        };
        let is = |wanted: &str| folder != wanted && nearest(folder, [wanted]).is_some();
        let is_voice = || {
            let Some(voice) = folder.strip_prefix("voice/") else { return false };
            let is_named = |name: &str| unknown.message.contains(&format!("`{name}`"));
            match voice.split_once('/') {
                Some((_, name)) => is_named(name),
                // The folder of a language, with the voice in it.
                None => files.list(Path::new(folder)).is_ok_and(|entries| {
                    entries.iter().any(|entry| entry.is_folder && is_named(&entry.name))
                }),
            }
        };
        let code = |code| unknown.code == code;
        let is_scripts = || folder == "Scripts" || is("scripts");
        (code(Code::UnknownBed) && is("ambience"))
            || ((code(Code::UnknownTrack) || code(Code::UnknownScript)) && is_scripts())
            || (code(Code::UnknownBell) && (is("ambience") || is("ambience/bells")))
            || (code(Code::UnknownVoice) && (is("voice") || is_voice()))
    });
    let Some(stray) = explained else { return false };
    if unknown.severity == Severity::Error {
        stray.severity = Severity::Error;
    }
    true
}

/// Whether a file that is not read is the script with the track number that a message misses.
fn is_script_of(files: &dyn Files, path: &str, message: &str) -> bool {
    let Ok(bytes) = files.read(Path::new(path)) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().take_while(|line| !line.starts_with('['));
    let number = lines.find_map(|line| line.strip_prefix("track")?.trim_start().strip_prefix('='));
    number.is_some_and(|number| message.ends_with(&format!("track {}", number.trim())))
}

/// The ids of the phrases of each script and fragment.
fn ids(course: &Course) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids: BTreeMap<String, BTreeSet<String>> =
        course.scripts.keys().map(|script| (script.clone(), BTreeSet::new())).collect();
    let scripts =
        course.scripts.values().flat_map(|script| script.parts.iter().map(|part| (&script.id, &part.steps)));
    let fragments = course.fragments.values().map(|fragment| (&fragment.id, &fragment.steps));
    for (file, steps) in scripts.chain(fragments) {
        let own = ids.entry(file.clone()).or_default();
        own.extend(phrases(steps).into_iter().filter_map(|phrase| Some(phrase.id.as_ref()?.value.clone())));
    }
    ids
}

struct StraySearch<'a> {
    files: &'a dyn Files,
    course: &'a Course,
    ids: BTreeMap<String, BTreeSet<String>>,
    faulty: &'a FaultyTexts,
    strays: Vec<Stray>,
}

impl StraySearch<'_> {
    fn add(&mut self, kind: StrayKind, path: String, meant: impl Into<String>) {
        self.strays.push(Stray { path, kind, meant: meant.into() });
    }

    /// What lies in a folder and is not hidden.
    fn list(&self, folder: &str) -> Result<Vec<FolderEntry>, FileError> {
        let entries = self.files.list(Path::new(folder))?;
        Ok(entries.into_iter().filter(|entry| !entry.name.starts_with('.')).collect())
    }

    /// The ending that a file without one of a sound should have, if it is a recording all the same. Hidden files and backups are
    /// left alone.
    fn sound_without_ending(&self, path: &str) -> Option<&'static str> {
        let is_backup = [".bak", ".orig", ".old", "~"].iter().any(|ending| has_ending(path, ending));
        if is_backup {
            return None;
        }
        ending_of(self.files.open(Path::new(path)).ok()?)
    }

    /// Folders that are called almost as those of a course.
    fn root(&mut self) -> Result<(), FileError> {
        const KNOWN: [&str; 4] = ["scripts", "voice", "ambience", "recordings"];
        let entries = self.list("")?;
        for entry in entries.iter().filter(|entry| entry.is_folder && !KNOWN.contains(&&*entry.name)) {
            if self.holds_translations(&entry.name)? {
                let meant = "translations lie in scripts/po/: move what is in it there";
                self.add(StrayKind::Folder, format!("{}/", entry.name), meant);
                continue;
            }
            let Some(near) = nearest(&entry.name, KNOWN) else { continue };
            // Where capitals do not count, the folder is read under the other name.
            let there = entries.iter().any(|other| other.name == near);
            if there || !self.files.exists(Path::new(near)) {
                let meant = format!("did you mean {near}/? Move what is in it there");
                self.add(StrayKind::Folder, format!("{}/", entry.name), meant);
            }
        }
        for entry in entries.iter().filter(|entry| !entry.is_folder && entry.name != "course.toml") {
            if let Some((stem, _)) = sound_name(&entry.name)
                && let Some(home) = self.homes(take_name(&entry.name).map_or(stem, |take| take.id)).first()
            {
                let meant = format!(
                    "it has the name of a phrase of `{home}`: move it into {}/{home}/",
                    self.voice_of(None)
                );
                self.add(StrayKind::Misplaced, entry.name.clone(), meant);
                continue;
            }
            if is_po(&entry.name) {
                let name = po_name(&entry.name, self.course).unwrap_or_else(|| entry.name.clone());
                self.add(
                    StrayKind::Translation,
                    entry.name.clone(),
                    format!("did you mean scripts/po/{name}?"),
                );
                continue;
            }
            let Some(name) = script_name(&entry.name) else { continue };
            let stem = name.trim_end_matches(".toml");
            if guesses(stem).iter().any(|(guess, _)| guess == "course") {
                self.add(
                    StrayKind::Text,
                    entry.name.clone(),
                    "only course.toml is read: is this a copy of it?",
                );
            } else if self.is_script(&entry.name)? {
                self.add(StrayKind::Text, entry.name.clone(), format!("did you mean scripts/{name}?"));
            }
        }
        Ok(())
    }

    /// Whether a folder at the root has translations that were meant for scripts/po.
    fn holds_translations(&self, folder: &str) -> Result<bool, FileError> {
        let is_called_so = ["po", "translations", "locale", "i18n"].contains(&folder.to_lowercase().as_str());
        Ok(is_called_so && self.list(folder)?.iter().any(|entry| is_po(&entry.name)))
    }

    /// Recordings of phrases in the folder of finished recordings.
    fn phrases_among_recordings(&mut self) -> Result<(), FileError> {
        let named: BTreeSet<String> = self
            .course
            .recordings
            .values()
            .filter_map(|recording| Some(recording.file.as_ref()?.value.clone()))
            .collect();
        let mut folders = vec!["recordings".to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in self.list(&folder)? {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    folders.push(path);
                    continue;
                }
                let Some((stem, _)) = sound_name(&entry.name).filter(|_| !named.contains(&path)) else {
                    continue;
                };
                let id = take_name(&entry.name).map_or(stem, |take| take.id);
                let Some(home) = self.homes(id).first().map(|home| (*home).to_owned()) else { continue };
                let meant = format!(
                    "it has the name of a phrase of `{home}`: move it into {}/{home}/",
                    self.voice_of(None)
                );
                self.add(StrayKind::Misplaced, path, meant);
            }
        }
        Ok(())
    }

    /// What stands for a file that iCloud has and this computer has not, in a folder and, unless it is `flat`, below it.
    fn not_downloaded(&mut self, folder: &str, flat: bool) -> Result<(), FileError> {
        let slash = if folder.is_empty() { "" } else { "/" };
        for entry in self.files.list(Path::new(folder))? {
            let path = format!("{folder}{slash}{}", entry.name);
            if entry.is_folder && !flat && !entry.name.starts_with('.') {
                self.not_downloaded(&path, false)?;
            }
            let name = entry.name.strip_prefix('.').and_then(|name| name.strip_suffix(".icloud"));
            if let Some(name) = name.filter(|_| !entry.is_folder) {
                let meant =
                    format!("download {name}: in the Finder, control-click it and choose Download Now");
                self.add(StrayKind::NotDownloaded, path, meant);
            }
        }
        Ok(())
    }

    /// Whether a file has what a script has: it may have another ending, and be of another program.
    fn is_script(&self, path: &str) -> Result<bool, FileError> {
        let bytes = self.files.read(Path::new(path))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().any(|line| {
            let line = line.trim_start();
            let is_top = ["language", "title"]
                .iter()
                .any(|key| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with("= \"")));
            is_top || line.starts_with("[[part]]") || (line.starts_with("{ say") && line.contains('='))
        }))
    }

    /// TOML files with another ending, and folders below the ones that are read.
    fn texts(&mut self, folder: &str, own: &[&str], what: &str) -> Result<(), FileError> {
        for entry in self.list(folder)? {
            let path = format!("{folder}/{}", entry.name);
            if entry.is_folder {
                if own.contains(&&*entry.name) {
                    continue;
                }
                let holds = self
                    .list(&path)?
                    .iter()
                    .any(|inner| toml_name(&inner.name).is_some() || has_ending(&inner.name, ".toml"));
                if let Some(near) = nearest(&entry.name, own.iter().copied()) {
                    if !self.files.exists(Path::new(&format!("{folder}/{near}"))) {
                        self.add(
                            StrayKind::Folder,
                            format!("{path}/"),
                            format!("did you mean {folder}/{near}/?"),
                        );
                    }
                } else if holds {
                    let meant = format!("{what} lie straight in {folder}/: move them there");
                    self.add(StrayKind::Folder, format!("{path}/"), meant);
                }
            } else if let Some(name) = toml_name(&entry.name) {
                self.add(StrayKind::Script, path, format!("did you mean {folder}/{name}?"));
            } else if let Some(name) = script_name(&entry.name).or_else(|| without_ending(&entry.name))
                && !has_ending(&entry.name, ".toml")
                && what == "scripts"
                && self.is_script(&path)?
            {
                self.add(StrayKind::Script, path, format!("did you mean {folder}/{name}?"));
            } else if let Some(stem) = document_stem(&entry.name).filter(|_| folder.starts_with("scripts")) {
                let meant = format!("if it is a script, save it as plain text: {folder}/{stem}.toml");
                self.add(StrayKind::Document, path, meant);
            } else if folder == "scripts" && is_po(&entry.name) {
                let name = po_name(&entry.name, self.course).unwrap_or_else(|| entry.name.clone());
                self.add(StrayKind::Translation, path, format!("did you mean scripts/po/{name}?"));
            }
        }
        Ok(())
    }

    fn translations(&mut self) -> Result<(), FileError> {
        let entries = self.list("scripts/po")?;
        for entry in entries.iter().filter(|entry| !entry.is_folder) {
            let path = format!("scripts/po/{}", entry.name);
            let tag = entry.name.strip_suffix(".po").and_then(Language::parse);
            let listed = |tag: &Language| self.course.header.languages.iter().any(|one| one.value == *tag);
            let names = entries.iter().filter(|other| !other.is_folder).map(|other| other.name.as_str());
            match tag {
                Some(tag) if listed(&tag) => {
                    let read = file_of(&tag, names).unwrap_or(&entry.name);
                    if entry.name != read {
                        let meant = format!("{read} is there too: move what this one has into it");
                        self.add(StrayKind::Translation, path, meant);
                    }
                }
                // What its languages are is not known.
                Some(_) if self.faulty.0.contains("course.toml") => {}
                Some(tag) => {
                    let meant =
                        format!("`{tag}` is no language of the course; add it to `languages` in course.toml");
                    self.add(StrayKind::Translation, path, meant);
                }
                None if is_po(&entry.name) => {
                    let meant = match po_name(&entry.name, self.course) {
                        Some(name) => format!("did you mean {name}?"),
                        None => "call it after its language, such as de.po".to_owned(),
                    };
                    self.add(StrayKind::Translation, path, meant);
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Sounds beside beds and bells that none of them names.
    fn unused(&mut self, folder: &str) -> Result<(), FileError> {
        let layers = self.course.ambiences.values().flat_map(|ambience| &ambience.layers);
        let beds = layers.filter_map(|layer| match &layer.sound {
            LayerSound::Recording { file, .. } => Some(file.value.as_str()),
            LayerSound::Generated(_) => None,
        });
        let bells = self.course.bells.values().filter_map(|bell| match &bell.sound {
            Some(BellSound::Recording(file)) => Some(file.value.as_str()),
            Some(BellSound::Bowl(_) | BellSound::Chime { .. } | BellSound::Block { .. }) | None => None,
        });
        let used: BTreeSet<&str> = beds.chain(bells).collect();
        for entry in self.list(folder)?.into_iter().filter(|entry| !entry.is_folder) {
            let path = format!("{folder}/{}", entry.name);
            let Some((stem, _)) = sound_name(&entry.name).filter(|_| !used.contains(path.as_str())) else {
                continue;
            };
            let under = if folder == "ambience" { " under [[layer]]" } else { "" };
            let name = if is_name(stem) { stem.to_owned() } else { as_name(stem) };
            let meant = format!(
                "name it in a bed or bell, such as {folder}/{name}.toml, with file = \"{}\"{under}",
                entry.name
            );
            self.add(StrayKind::Unused, path, meant);
        }
        Ok(())
    }

    /// The folder of the voice of a language, or of any.
    fn voice_of(&self, language: Option<&str>) -> String {
        let voices = &self.course.header.voices;
        let own = voices.iter().find(|(tag, _)| language.is_none_or(|language| tag.as_str() == language));
        match own {
            Some((tag, name)) => format!("voice/{tag}/{}", name.value),
            None => format!("voice/{}/VOICE", language.unwrap_or("LANGUAGE")),
        }
    }

    fn voices(&mut self) -> Result<(), FileError> {
        for language in self.list("voice")?.into_iter().filter(|entry| entry.is_folder) {
            let folder = format!("voice/{}", language.name);
            if self.files.exists(Path::new(&format!("{folder}/voice.toml"))) {
                let split = self.course.header.languages.iter().find_map(|tag| {
                    let name = language.name.strip_prefix(tag.value.as_str())?.strip_prefix(['-', '_'])?;
                    (!name.is_empty()).then(|| format!("voice/{}/{name}/", tag.value))
                });
                let own = self.list(&folder)?.into_iter().find(|entry| entry.is_folder);
                let meant = match (split, own) {
                    (Some(right), _) => format!("did you mean {right}?"),
                    // The file of a voice that lies beside its folder.
                    (None, Some(own)) if Language::parse(&language.name).is_some() => {
                        format!("move its voice.toml to {folder}/{}/voice.toml", own.name)
                    }
                    (None, _) => format!(
                        "a voice lies in the folder of its language, such as voice/nl/{}/",
                        language.name
                    ),
                };
                self.add(StrayKind::Folder, format!("{folder}/"), meant);
                continue;
            }
            let canonical = Language::parse(&language.name).filter(|tag| tag.as_str() == language.name);
            if canonical.is_none() {
                let meant = match tag_of(&language.name, self.course) {
                    Some(tag) => format!("did you mean voice/{tag}/?"),
                    // It holds the programs that make clips.
                    None if self.holds_programs(&folder)? => continue,
                    None => "call it after the language, such as voice/nl/".to_owned(),
                };
                self.add(StrayKind::Folder, format!("{folder}/"), meant);
                continue;
            }
            for voice in self.list(&folder)?.into_iter().filter(|entry| entry.is_folder) {
                self.voice(&format!("{folder}/{}", voice.name))?;
            }
        }
        Ok(())
    }

    /// Whether a folder has a program in it, and nothing of a voice.
    fn holds_programs(&self, folder: &str) -> Result<bool, FileError> {
        let entries = self.list(folder)?;
        let ends =
            |entry: &FolderEntry, ending| Path::new(&entry.name).extension().is_some_and(|own| own == ending);
        let of_voice =
            |entry: &FolderEntry| entry.is_folder || ends(entry, "toml") || sound_name(&entry.name).is_some();
        let is_program = |entry: &FolderEntry| ends(entry, "py");
        Ok(entries.iter().any(is_program) && !entries.iter().any(of_voice))
    }

    /// The folder of one voice.
    fn voice(&mut self, folder: &str) -> Result<(), FileError> {
        let entries = self.list(folder)?;
        if !entries.iter().any(|entry| entry.name == "voice.toml") {
            let other = entries.iter().find(|entry| {
                nearest(&entry.name, ["voice.toml"]).is_some()
                    || toml_name(&entry.name).as_deref() == Some("voice.toml")
            });
            let meant = match other {
                Some(other) => format!("did you mean {folder}/voice.toml by {}?", other.name),
                None if folder.rsplit_once('/').is_some_and(|(_, name)| self.ids.contains_key(name)) => {
                    let (of_language, name) = folder.rsplit_once('/').unwrap_or(("", folder));
                    let language = of_language.strip_prefix("voice/");
                    format!(
                        "`{name}` is a script: its recordings lie in the folder of a voice; move it to {}/{name}/",
                        self.voice_of(language)
                    )
                }
                None => format!("a voice has a {folder}/voice.toml that says who speaks"),
            };
            self.add(StrayKind::Folder, format!("{folder}/"), meant);
            return Ok(());
        }
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            if entry.is_folder {
                self.recordings(folder, &entry.name)?;
            } else if let Some(name) = toml_name(&entry.name)
                && ["takes.toml", "voice.toml", "level.toml"].contains(&&*name)
            {
                self.add(StrayKind::Script, path, format!("did you mean {folder}/{name}?"));
            } else if let Some((stem, _)) = sound_name(&entry.name).filter(|(stem, _)| *stem != "room-tone") {
                let meant = match self.homes(stem).first() {
                    Some(home) => format!("`{stem}` is a phrase of `{home}`: move it into {folder}/{home}/"),
                    None => format!("move it into {folder}/SCRIPT/, under the id of its phrase"),
                };
                self.add(StrayKind::Misplaced, path, meant);
            }
        }
        Ok(())
    }

    /// The recordings of one script or fragment.
    fn recordings(&mut self, voice: &str, script: &str) -> Result<(), FileError> {
        if self.faulty.has(script) {
            return Ok(());
        }
        let folder = format!("{voice}/{script}");
        let entries = self.list(&folder)?;
        let Some(ids) = self.ids.get(script).cloned() else {
            // The script is there, but in the wrong place.
            let right = format!("did you mean scripts/{script}.toml?");
            if self.strays.iter().any(|stray| stray.meant == right) {
                return Ok(());
            }
            if entries.iter().any(|entry| sound_name(&entry.name).is_some()) {
                let meant = match nearest(script, self.ids.keys().map(String::as_str)) {
                    Some(near) => format!("no script is called `{script}`; did you mean {voice}/{near}/?"),
                    None => format!("no script is called `{script}`; call the folder after its script"),
                };
                self.add(StrayKind::Folder, format!("{folder}/"), meant);
            }
            return Ok(());
        };
        let mut best: BTreeMap<(String, u32), (usize, String)> = BTreeMap::new();
        let takes = |id: &str| {
            entries
                .iter()
                .filter_map(|entry| take_name(&entry.name))
                .filter(|take| take.id == id)
                .map(|take| take.number)
                .max()
        };
        let highest: BTreeMap<String, u32> =
            ids.iter().filter_map(|id| Some((id.clone(), takes(id)?))).collect();
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            if entry.is_folder {
                if entry.name == REJECTED {
                    continue;
                }
                if take_name(&entry.name).is_some() {
                    let meant = format!("it is a folder: move the recording in it to {path}, as a file");
                    self.add(StrayKind::Folder, format!("{path}/"), meant);
                } else if self.list(&path)?.iter().any(|inner| sound_name(&inner.name).is_some()) {
                    self.add(
                        StrayKind::Folder,
                        format!("{path}/"),
                        format!("move its recordings into {folder}/"),
                    );
                }
                continue;
            }
            match take_name(&entry.name) {
                Some(take) if ids.contains(take.id) => {
                    let (winner, loser) = match best.remove(&(take.id.to_owned(), take.number)) {
                        Some(other) if other.0 >= take.preference => (other, Some(path)),
                        Some(other) => ((take.preference, path), Some(other.1)),
                        None => ((take.preference, path), None),
                    };
                    if let Some(loser) = loser {
                        let stem = |path: &str| path.rsplit_once('.').map(|(stem, _)| stem.to_owned());
                        if stem(&loser) == stem(&winner.1) {
                            let meant = format!("{} is used: take one of the two away", winner.1);
                            self.add(StrayKind::Beaten, loser, meant);
                        } else {
                            let next = highest.get(take.id).map_or(2, |highest| highest + 1);
                            let ending = loser.rsplit_once('.').map_or("wav", |(_, ending)| ending);
                            let meant = format!(
                                "{} is take {} too: call this one {}_t{next}.{ending}, or take one of the two away",
                                winner.1, take.number, take.id
                            );
                            self.add(StrayKind::SameTake, loser, meant);
                        }
                    }
                    best.insert((take.id.to_owned(), take.number), winner);
                }
                Some(_) => {
                    let meant = self.meant(&entry.name, script, &ids, voice);
                    self.add(StrayKind::Nameless, path, meant);
                }
                None => {
                    if let Some(name) =
                        toml_name(&format!("{}.txt", entry.name)).or_else(|| toml_name(&entry.name))
                        && ["takes.toml", "voice.toml", "level.toml"].contains(&&*name)
                    {
                        self.add(StrayKind::Elsewhere, path, format!("did you mean {voice}/{name}?"));
                        continue;
                    }
                    if let Some(what) = wrapped(&entry.name) {
                        self.add(StrayKind::Format, path, what);
                        continue;
                    }
                    let Some((stem, ending)) = sound_name(&entry.name) else {
                        if let Some(ending) = self.sound_without_ending(&path) {
                            let stem = entry.name.split('.').next().unwrap_or_default();
                            let meant = self.meant(&format!("{stem}.{ending}"), script, &ids, voice);
                            self.add(StrayKind::Format, path, meant);
                        }
                        continue;
                    };
                    let meant = if ending == "oga" {
                        format!("rename it to {stem}.ogg")
                    } else if ENDINGS.contains(&ending.as_str()) {
                        format!("give it the id of a phrase: {}", known(&ids))
                    } else {
                        format!("convert it: {}", convert_command(&path))
                    };
                    self.add(StrayKind::Format, path, meant);
                }
            }
        }
        Ok(())
    }

    /// The scripts and fragments that have a phrase of this id.
    fn homes(&self, id: &str) -> Vec<&str> {
        self.ids.iter().filter(|(_, ids)| ids.contains(id)).map(|(file, _)| file.as_str()).collect()
    }

    /// What a recording without a phrase was meant for.
    fn meant(&self, name: &str, script: &str, ids: &BTreeSet<String>, voice: &str) -> String {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let ending = ending.to_lowercase();
        for (id, take) in guesses(stem) {
            let Some(id) = ids.get(&id) else { continue };
            let as_take = take.map_or_else(String::new, |take| format!("_t{take}"));
            return format!("did you mean {id}{as_take}.{ending}?");
        }
        let plain = take_name(name).map_or(stem, |take| take.id);
        if let Some(home) = self.homes(plain).into_iter().find(|home| *home != script) {
            return format!("`{plain}` is a phrase of `{home}`: move it into {voice}/{home}/");
        }
        match nearest(plain, ids.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}.{ending}?"),
            None => format!("call it after a phrase of `{script}`: {}", known(ids)),
        }
    }
}

/// What the stem of a file name may have been meant to say: an id and a take, the likeliest first.
fn guesses(stem: &str) -> Vec<(String, Option<u32>)> {
    let mut stem = stem.trim().to_lowercase();
    // `free.wav.wav`, and `free.mp3.wav`.
    while let Some((inner, _)) = stem.rsplit_once('.').filter(|(_, ending)| ENDINGS.contains(ending)) {
        stem = inner.trim().to_owned();
    }
    let mut take = None;
    // `free (2)`
    if let Some((inner, number)) = stem.strip_suffix(')').and_then(|inner| inner.rsplit_once('('))
        && let Ok(number) = number.trim().parse::<u32>()
    {
        take = Some(number.saturating_add(u32::from(number < 2)));
        stem = inner.trim().to_owned();
    }
    if let Some(inner) = COPIES.into_iter().find_map(|copy| stem.strip_suffix(copy)) {
        (stem, take) = (inner.trim().to_owned(), Some(2));
    }
    let mut guesses = vec![(stem.clone(), take)];
    // `free-t2`, `free t2`, `free_T2`, `free_2`, `free-take2`
    let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    if let (inner, Ok(number)) = (&stem[..digits], stem[digits..].parse::<u32>()) {
        for mark in ["_take", "-take", " take", "_take_", "-take-", " take ", "_t", "-t", " t", "_", "-", " "]
        {
            if let Some(id) = inner.strip_suffix(mark) {
                guesses.push((id.trim().to_owned(), Some(number)));
            }
        }
    }
    let spelt: Vec<_> = guesses.iter().map(|(id, take)| (id.replace(['_', ' '], "-"), *take)).collect();
    // `prénom`, in either form of Unicode.
    let plain: Vec<_> = guesses.iter().map(|(id, take)| (as_name(id), *take)).collect();
    guesses.extend(spelt);
    guesses.extend(plain);
    guesses
}

/// What to do with an archive of recordings, or with a recording that is still being downloaded.
fn wrapped(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    match ending.to_lowercase().as_str() {
        "zip" | "rar" | "7z" | "tar" | "gz" | "tgz" => Some("unpack it, and take it away".to_owned()),
        "part" | "crdownload" | "download" | "partial" if sound_name(stem).is_some() => {
            Some(format!("its download has not ended: when it has, it is called {stem}"))
        }
        _ => None,
    }
}

/// The ids of phrases as a short list.
fn known(ids: &BTreeSet<String>) -> String {
    const MOST: usize = 6;
    let some = ids.iter().take(MOST).map(String::as_str);
    if ids.len() > MOST { format!("{}, …", some.collect::<Vec<_>>().join(", ")) } else { list(some) }
}

/// The name that a file was meant to have that looks like a TOML file and is none; `None` for everything else.
fn toml_name(name: &str) -> Option<String> {
    if has_ending(name, ".toml") {
        return None;
    }
    let lower = name.trim().to_lowercase();
    let stem = [".toml.txt", ".toml.toml.txt", ".toml", ".tml", ".toml.rtf", ".toml.doc", ".toml.docx"]
        .into_iter()
        .find_map(|ending| lower.strip_suffix(ending))?;
    (!stem.is_empty()).then(|| format!("{}.toml", stem.trim()))
}

/// The name that a script would have had of which the text may lie in a file of this name.
fn script_name(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase();
    let stem = [".toml", ".txt", ".text"].into_iter().find_map(|ending| lower.strip_suffix(ending))?;
    (!stem.is_empty()).then(|| format!("{}.toml", stem.trim()))
}

/// The stem of the document of a word processor.
fn document_stem(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_document = ["doc", "docx", "odt", "rtf", "pages"].contains(&ending.to_lowercase().as_str());
    (is_document && !stem.is_empty() && !stem.starts_with('~')).then_some(stem)
}

/// The name that a script was meant to have whose file has no ending.
fn without_ending(name: &str) -> Option<String> {
    (!name.contains('.')).then(|| format!("{}.toml", name.trim()))
}

/// Whether a name ends so, in these letters: adem reads no other case.
fn has_ending(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some()
}

/// Whether a name looks like that of a PO file.
fn is_po(name: &str) -> bool {
    let lower = name.to_lowercase();
    has_ending(&lower, ".po") || has_ending(&lower, ".po.txt")
}

/// The name that a PO file was meant to have.
fn po_name(name: &str, course: &Course) -> Option<String> {
    let lower = name.to_lowercase();
    let stem = lower.strip_suffix(".txt").unwrap_or(&lower).strip_suffix(".po")?;
    tag_of(stem, course).map(|tag| format!("{tag}.po"))
}

/// The language that a name stands for: a tag in another spelling, or the name of a language of the course.
fn tag_of(name: &str, course: &Course) -> Option<Language> {
    let named = course.header.languages.iter().map(|language| &language.value).find(|language| {
        [language.name(), language.own_name()].iter().any(|own| own.to_lowercase() == name.to_lowercase())
    });
    named.cloned().or_else(|| Language::parse(&name.trim().replace('_', "-")))
}

/// The stem and the ending of a name that looks like that of a sound.
fn sound_name(name: &str) -> Option<(&str, String)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.trim().to_lowercase();
    (ENDINGS.contains(&ending.as_str()) || OTHER_SOUNDS.contains(&ending.as_str())).then_some((stem, ending))
}

/// A message for each stray, or one for many of a kind.
fn tell(mut strays: Vec<Stray>, sources: &mut Sources) -> Vec<Diagnostic> {
    strays.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    let mut found = Vec::new();
    for kind in strays.chunk_by(|a, b| a.kind == b.kind) {
        let [one, many, why] = kind[0].kind.words();
        let place = |stray: &Stray, sources: &mut Sources| Span::new(sources.add_unread(&stray.path), 0..0);
        if kind.len() >= MANY {
            let message = format!("{} {many} are not read: {why}", kind.len());
            let mut all = Diagnostic::warning(Code::UnreadFile, place(&kind[0], sources), message);
            for stray in kind {
                all = all.note(format!("{}: {}", stray.path, stray.meant));
            }
            found.push(all);
            continue;
        }
        for stray in kind {
            let message = format!("this {one} is not read: {why}");
            let warning = Diagnostic::warning(Code::UnreadFile, place(stray, sources), message);
            found.push(warning.help(stray.meant.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_says_what_was_meant() {
        for (stem, id, take) in [
            ("Satz-06", "satz-06", None),
            ("satz-08 ", "satz-08", None),
            ("free-t2", "free", Some(2)),
            ("free_T3", "free", Some(3)),
            ("free (2)", "free", Some(2)),
            ("free (1)", "free", Some(2)),
            ("free copy", "free", Some(2)),
            ("free - Kopie", "free", Some(2)),
            ("free.wav", "free", None),
            ("in_uit", "in-uit", None),
            ("in uit take 4", "in-uit", Some(4)),
        ] {
            assert!(guesses(stem).contains(&(id.to_owned(), take)), "{stem}: {:?}", guesses(stem));
        }
    }

    #[test]
    fn a_name_that_is_almost_one_of_toml_is_told_from_others() {
        for (name, meant) in [
            ("x.toml.txt", Some("x.toml")),
            ("X.TOML", Some("x.toml")),
            ("x.toml ", Some("x.toml")),
            ("x.toml", None),
            ("toml", None),
            (".toml", None),
            ("x.txt", None),
            ("README.md", None),
            ("x.toml~", None),
        ] {
            assert_eq!(toml_name(name).as_deref(), meant, "{name}");
        }
    }
}
