//! The files of the pages. They are in the program, and are served as they are.

use std::path::PathBuf;

use super::disk::web_folder::page_file;

/// Lists files of `web` by their paths.
macro_rules! files {
    ($($name:literal),* $(,)?) => { [$(($name, include_bytes!(concat!("web/", $name)) as &[u8])),*] };
}

/// Every file that a page can load. A new file goes into this list.
const SOURCES: &[(&str, &[u8])] = &files![
    "index.html",
    "closed.html",
    "closed-nl.html",
    "studio.css",
    "icon.svg",
    "app.js",
    "pages.js",
    "dom.js",
    "line.js",
    "api.js",
    "begin.js",
    "words.js",
    "words/en.json",
    "words/nl.json",
    "record/record.js",
    "record/record.css",
    "player.js",
    "clicks.js",
    "conflict.js",
    "keep.js",
    "mend.js",
    "record/recorder.js",
    "record/recorder-worker.js",
    "record/meter.js",
    "record/level.js",
    "record/waveform.js",
    "record/player.js",
    "record/setup.js",
    "record/prompter.js",
    "record/keys.js",
    "record/kept.js",
    "record/pacer.js",
    "record/review.js",
    "record/faults.js",
    "record/auto-stop.js",
    "record/parts.js",
    "record/reading.js",
    "record/cuts.js",
    "desk/desk.js",
    "desk/desk.css",
    "desk/strip.js",
    "desk/steps.js",
    "desk/typing.js",
    "desk/add.js",
    "desk/controls.js",
    "desk/cues.js",
    "desk/making.js",
    "desk/problems.js",
    "translate/translate.js",
    "translate/notes.js",
    "translate/translate.css",
    "record/recording.js",
    "record/socket-line.js",
    "record/worklet-frames.js",
    "record/drop-outs.js",
    "record/jumps.js",
    "pack/index.html",
    "pack/sw.js",
    "pack/app.js",
    "pack/server.js",
    "pack/store.js",
    "pack/checks.js",
    "pack/joint.js",
    "pack/wav.js",
    "pack/zip.js",
    "pack/send.js",
    "pack/file-line.js",
    "pack/recorder-worker.js",
];

/// The files of the page for a voice elsewhere that stand at the top of its folder, and their names there.
const AT_THE_TOP: [(&str, &str); 2] = [("pack/index.html", "index.html"), ("pack/sw.js", "sw.js")];
/// What else that page needs beside all of `record/` and `pack/`.
const SHARED: [&str; 10] = [
    "api.js",
    "clicks.js",
    "dom.js",
    "icon.svg",
    "line.js",
    "player.js",
    "studio.css",
    "words.js",
    "words/en.json",
    "words/nl.json",
];

/// The files of the pages: those in the program, or those of a folder while somebody changes them.
#[derive(Clone, Debug, Default)]
pub struct WebFiles {
    folder: Option<PathBuf>,
}

impl WebFiles {
    /// Reads the files from this folder, if one is given, each time they are asked for.
    pub fn from_folder(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The files of the page for a voice elsewhere, by their names in its folder, in order.
    pub fn of_pack(&self) -> Vec<(String, Vec<u8>)> {
        let is_of_it = |name: &str| {
            SHARED.contains(&name) || ["record/", "pack/"].iter().any(|folder| name.starts_with(folder))
        };
        let named = |name: &'static str| {
            let top = AT_THE_TOP.iter().find(|(own, _)| *own == name);
            Some((top.map_or(name, |(_, top)| top).to_owned(), self.get(name)?.1))
        };
        let names = SOURCES.iter().map(|(name, _)| *name).filter(|name| is_of_it(name));
        let mut files: Vec<_> = names.filter_map(named).collect();
        files.sort();
        files
    }

    /// A file by its name in the list, with its media type.
    pub fn get(&self, name: &str) -> Option<(&'static str, Vec<u8>)> {
        let (name, text) = SOURCES.iter().find(|(known, _)| *known == name)?;
        let bytes = match &self.folder {
            Some(folder) => page_file(folder, name)?,
            None => text.to_vec(),
        };
        Some((media_type(name), bytes))
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;
    use crate::studio::cause::Cause;

    fn listed(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{below}{}", entry.file_name().into_string().unwrap());
            if entry.path().is_dir() {
                listed(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_served() {
        let mut there = BTreeSet::new();
        listed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/studio/web"), "", &mut there);
        assert_eq!(SOURCES.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), there);
    }

    #[test]
    fn nothing_but_the_list_is_served() {
        let web = WebFiles::from_folder(Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/studio/web")));
        for name in ["../mod.rs", "/etc/passwd", "", "index", "words/../app.js", "words"] {
            assert!(web.get(name).is_none(), "{name}");
        }
        assert_eq!(web.get("app.js").unwrap().0, "text/javascript; charset=utf-8");
    }

    #[test]
    fn every_comment_that_a_page_has_words_for_is_one_that_a_po_file_has() {
        let (_, bytes) = WebFiles::default().get("translate/notes.js").unwrap();
        let notes = String::from_utf8(bytes).unwrap();
        let comments = notes.lines().filter_map(|line| line.trim().strip_prefix("[\"")?.split_once("\", "));
        let of_po_files = include_str!("../script/po/extract.rs");
        let mut count = 0;
        for (comment, _) in comments {
            let words = comment.split("{what}").next().unwrap();
            assert!(of_po_files.contains(words), "{comment}");
            count += 1;
        }
        assert!(count > 15);
    }

    /// The words of a language, with the names in braces that each has.
    fn words(language: &str) -> BTreeMap<String, BTreeSet<String>> {
        let (_, bytes) = WebFiles::default().get(&format!("words/{language}.json")).unwrap();
        let words: BTreeMap<String, String> = serde_json::from_slice(&bytes).unwrap();
        let holes = |text: &str| {
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
        };
        words.into_iter().map(|(key, text)| (key, holes(&text))).collect()
    }

    /// What begins the key of the words for a kind of mistake, and of those for the cause of an error.
    const CODE: &str = "code.";
    const WHY: &str = "why.";

    #[test]
    fn every_language_has_every_word_with_the_same_holes() {
        let english = words("en");
        assert!(english.len() > 5);
        let mut dutch = words("nl");
        dutch.retain(|key, _| !key.starts_with(CODE) && !key.starts_with(WHY));
        assert_eq!(dutch, english);
    }

    /// The messages of the engine are English, so that another language says what each kind of mistake is, and what to do.
    #[test]
    fn every_kind_of_mistake_has_its_words_in_dutch() {
        let told: BTreeSet<String> = words("nl").into_keys().filter(|key| key.starts_with(CODE)).collect();
        let known: BTreeSet<String> =
            crate::diag::Code::ALL.iter().map(|code| format!("{CODE}{}", code.name())).collect();
        assert_eq!(told, known);
    }

    #[test]
    fn every_cause_of_an_error_has_its_words_in_dutch() {
        let words = words("nl");
        let told: BTreeSet<&str> = words.keys().filter_map(|key| key.strip_prefix(WHY)).collect();
        let known: BTreeSet<&str> = Cause::ALL.iter().map(|cause| cause.id()).collect();
        assert_eq!(told, known);
        for cause in Cause::ALL {
            let holes: BTreeSet<String> = cause.holes().iter().map(|hole| (*hole).to_owned()).collect();
            assert_eq!(words[&format!("{WHY}{}", cause.id())], holes, "{}", cause.id());
        }
    }

    #[test]
    fn the_page_for_a_voice_elsewhere_has_every_file_that_it_loads_by_an_address_of_its_own_folder() {
        let files: BTreeMap<_, _> = WebFiles::default().of_pack().into_iter().collect();
        assert!(files.contains_key("index.html") && files.contains_key("sw.js"));
        for (name, text) in &files {
            let Ok(text) = std::str::from_utf8(text) else { continue };
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for loaded in text.split("from \"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let place = match loaded.strip_prefix("./") {
                    Some(beside) if folder.is_empty() => beside.to_owned(),
                    Some(beside) => format!("{folder}/{beside}"),
                    None => match loaded.strip_prefix("../") {
                        Some(above) => above.to_owned(),
                        None => continue,
                    },
                };
                assert!(files.contains_key(&place), "{name} loads {loaded}");
            }
        }
        // What is only loaded with the studio may name its addresses.
        let own = files.iter().filter(|(name, _)| name.starts_with("pack/") || !name.contains('/'));
        let is_code = |name: &str| [".js", ".html"].iter().any(|ending| name.ends_with(ending));
        for (name, text) in own.filter(|(name, _)| is_code(name)) {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains("\"/web/") && !text.contains("`/web/"), "{name} leaves its folder");
        }
    }

    #[test]
    fn every_fault_of_a_take_has_its_words() {
        let english = words("en");
        for check in crate::facts::clip_checks::clip_checks() {
            let of_kind = format!("record.wrong.{}", check.id);
            let is_told = |key: &String| *key == of_kind || key.starts_with(&format!("{of_kind}."));
            assert!(english.keys().any(is_told), "{} has no words", check.id);
            assert!(
                english.contains_key(&format!("record.advice.{}", check.id)),
                "{} has no advice",
                check.id
            );
        }
    }

    #[test]
    fn every_word_that_a_page_uses_is_there() {
        let english = words("en");
        for (name, text) in SOURCES.iter().filter(|(name, _)| name.contains(".js") && !name.contains(".json"))
        {
            let text = std::str::from_utf8(text).unwrap();
            // Words of the rooms are also named without being said at once, as in tables.
            let quoted = text.split('"').skip(1).step_by(2).filter(|word| word.starts_with("record."));
            let calls = ["say(\"", "sayParts(\""].into_iter().flat_map(|call| text.split(call).skip(1));
            let said = calls.map(|rest| rest.split('"').next().unwrap());
            for used in said.chain(quoted) {
                assert!(english.contains_key(used), "{name} says {used}, which is no word of words/en.json");
            }
        }
    }
}
