//! The files that all pages share: style, scripts, the bell and the icons. Their folder is named after their content, so that
//! a page never meets the style or the scripts of another version.

use super::bell::bell;
use super::picture::icon;

/// The files of `web/site` as they are served, without the service worker.
const SOURCES: [(&str, &str); 9] = [
    ("site.css", include_str!("../../web/site/site.css")),
    ("first.js", include_str!("../../web/site/first.js")),
    ("pick.js", include_str!("../../web/site/pick.js")),
    ("app.js", include_str!("../../web/site/app.js")),
    ("player.js", include_str!("../../web/site/player.js")),
    ("words.js", include_str!("../../web/site/words.js")),
    ("lines.js", include_str!("../../web/site/lines.js")),
    ("timer.js", include_str!("../../web/site/timer.js")),
    ("keep.js", include_str!("../../web/site/keep.js")),
];

/// The service worker, without the list of what it keeps.
const WORKER: &str = include_str!("../../web/site/sw.js");

/// Whether this is the text of one of the scripts that pages load. The service worker is none of them.
pub fn is_own_script(text: &[u8]) -> bool {
    SOURCES.iter().any(|(name, own)| *name != "site.css" && own.as_bytes() == text)
}

/// The widths of the icons, in pixels.
pub(super) const ICONS: [u32; 2] = [192, 512];

/// The shared files.
pub(super) struct Assets {
    files: Vec<(String, Vec<u8>)>,
    version: String,
}

impl Assets {
    pub(super) fn new() -> Self {
        let mut files: Vec<(String, Vec<u8>)> =
            SOURCES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        files.push(("bell.wav".to_owned(), bell()));
        files.extend(ICONS.map(|width| (format!("icon-{width}.png"), icon(width))));
        let mut hasher = blake3::Hasher::new();
        for (name, bytes) in &files {
            hasher.update(name.as_bytes()).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        let version = hasher.finalize().to_hex()[..10].to_owned();
        Self { files, version }
    }

    /// Their folder, relative to that of the site.
    pub(super) fn folder(&self) -> String {
        format!("assets/{}", self.version)
    }

    /// Paths relative to the folder of the site, and contents.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.files.iter().map(|(name, bytes)| (format!("{}/{name}", self.folder()), bytes.as_slice()))
    }
}

/// The service worker that keeps these files, of which the hash is `version`.
pub(super) fn worker(version: &str, shell: &[String]) -> String {
    let shell = serde_json::to_string(shell).expect("a list of plain data");
    format!("const VERSION = \"{version}\";\nconst SHELL = {shell};\n\n{WORKER}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/site");
        let there = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let there: BTreeSet<String> = there.map(|name| name.into_string().unwrap()).collect();
        let listed = SOURCES.iter().map(|(name, _)| (*name).to_owned()).chain(["sw.js".to_owned()]);
        assert_eq!(there, listed.collect());
    }
}
