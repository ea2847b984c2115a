//! What the renders of a course could depend on, without laying anything out.

use std::collections::BTreeSet;
use std::path::Path;

use super::ingredients::sound_of_adem;
use super::{Engine, Error, World};
use crate::script::language::Language;
use crate::unit::SampleRate;

impl Engine {
    /// A hash of everything that the renders of a script in a language can depend on, by content: the same on every
    /// machine that has the same course and the same version of adem's own sound.
    ///
    /// It covers more than a version uses (every recording of the language, every bed), because what is used is known only
    /// after layout. [`Engine::ingredients`] is exact.
    ///
    /// # Errors
    /// [`Error::World`] if a file cannot be read, [`Error::Request`] if there is no such script.
    pub fn inputs_digest(&self, script: &str, language: &Language) -> Result<String, Error> {
        let script = self.script(script)?;
        let exercises = script.parts.iter().filter_map(|part| part.exercise.as_ref());
        let scripts: BTreeSet<&str> =
            exercises.map(|own| own.script.value.as_str()).chain([script.id.as_str()]).collect();
        let mut inputs = InputHash::default();
        inputs.add(sound_of_adem());
        let sources = &self.course.sources;
        let texts: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        for source in sources.iter() {
            if concerns(&source.path, &scripts, language) {
                inputs.add(&source.path);
                inputs.add(&source.text);
            }
        }
        let store = self.store(SampleRate::DEFAULT);
        let voices = format!("voice/{language}");
        let cover = self.course.header.publish.cover.iter().map(|cover| cover.value.clone());
        let mut files = self.files_below(&[&voices, "ambience", "recordings"])?;
        files.extend(cover);
        for path in files.iter().filter(|path| !texts.contains(path.as_str())) {
            inputs.add(path);
            inputs.add(store.source_key(path).map_err(World::Sound)?.to_string());
        }
        Ok(inputs.hex())
    }

    /// A hash of everything a render of this course could depend on: the texts as they were opened, who speaks drafts, and
    /// what the system says of every other file in the folders of sounds. While it stays the same, so do the ingredients of all
    /// versions. `None` where a file cannot be told from another without reading it.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be listed.
    pub fn inputs_stamp(&self) -> Result<Option<String>, Error> {
        let mut inputs = InputHash::default();
        for source in self.course.sources.iter() {
            inputs.add(&source.path);
            inputs.add(&source.text);
        }
        let may_draft = self.course.header.deliveries.iter().any(|delivery| delivery.drafts);
        for voice in self.course.voices.values().filter(|_| may_draft) {
            self.catalogue.drafts.recipe(voice).iter().for_each(|word| inputs.add(word));
        }
        let mut files = self.files_below(&["voice", "ambience", "recordings"])?;
        files.extend(self.course.header.publish.cover.iter().map(|cover| cover.value.clone()));
        for path in files {
            let Some(stamp) = self.files.stamp(Path::new(&path)) else { return Ok(None) };
            inputs.add(format!("{stamp:?}"));
        }
        Ok(Some(inputs.hex()))
    }

    /// All files of some folders and those below them.
    fn files_below(&self, folders: &[&str]) -> Result<BTreeSet<String>, Error> {
        let mut waiting: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        let mut files = BTreeSet::new();
        while let Some(folder) = waiting.pop() {
            for entry in self.files.list(Path::new(&folder))? {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    waiting.push(path);
                } else {
                    files.insert(path);
                }
            }
        }
        Ok(files)
    }
}

/// A hash of pieces, each with its length before it, so that no two lists of pieces are alike.
#[derive(Default)]
struct InputHash(blake3::Hasher);

impl InputHash {
    fn add(&mut self, piece: impl AsRef<[u8]>) {
        let piece = piece.as_ref();
        self.0.update(&(piece.len() as u64).to_le_bytes()).update(piece);
    }

    /// In hexadecimal.
    fn hex(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// Whether a text of the course can matter to these scripts in a language: everything but other scripts, other
/// translations and the voices of other languages.
fn concerns(path: &str, scripts: &BTreeSet<&str>, language: &Language) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["scripts", "po", file] => {
            file.strip_suffix(".po").and_then(Language::parse).is_none_or(|own| own == *language)
        }
        ["scripts", file] => file.strip_suffix(".toml").is_none_or(|id| scripts.contains(id)),
        ["voice", own, ..] => Language::parse(own).is_none_or(|own| own == *language),
        _ => true,
    }
}
