//! The files of the page for a voice elsewhere. The same course makes the same files.

use std::io::Cursor;

use rayon::prelude::*;
use serde_json::{Value, json};
use zip::ZipArchive;

use super::content::{PackContent, PackWish};
use super::original::original;
use crate::engine::Engine;
use crate::files::Files;
use crate::http::problem::Problem;
use crate::script::session::PhraseKey;
use crate::studio::web::WebFiles;

/// What the page knows, below its folder.
const KNOWN: &str = "pack.json";

/// What whoever unpacks it reads.
const READ_ME: &str = "Put this folder on any web space that has https, such as a folder of your own site, and send the link of the folder to the voice.\n\
    What the voice sends back is a zip: `adem voice import` with its name takes it into the course.\n";

/// The files of a page.
#[derive(Clone, Debug)]
pub struct PackedPage {
    /// By their names in the zip, in order.
    pub files: Vec<(String, Vec<u8>)>,
    /// How many phrases are to be recorded, and how many originals can be heard.
    pub phrases: usize,
    pub originals: usize,
}

/// Makes the files of a page, all below one folder.
///
/// # Errors
/// [`Problem`] if there is no such voice, nothing to record, or a file cannot be read.
pub fn pack_files(
    engine: &Engine,
    files: &dyn Files,
    web: &WebFiles,
    wish: &PackWish,
) -> Result<PackedPage, Problem> {
    let mut content = PackContent::of(engine, files, wish)?;
    if content.phrases == 0 {
        let why = format!("there is nothing to record in {}", wish.language.name());
        return Err(Problem::conflict(why).detail("check the language and the scripts, or pack all of it"));
    }
    let spoken = |(key, path): (&PhraseKey, &String)| {
        let sound = original(files, path, &wish.language)?;
        let hash = blake3::hash(&sound).to_hex();
        Some((key.clone(), format!("sound/{}/{}-{}.opus", key.file, key.id, &hash.as_str()[..8]), sound))
    };
    let sounds: Vec<_> = content.originals.par_iter().filter_map(spoken).collect();
    name_sounds(&mut content.known, &sounds);
    let mut own = web.of_pack();
    own.push(("READ-ME.txt".to_owned(), READ_ME.as_bytes().to_vec()));
    let mut names: Vec<Value> = own.iter().map(|(name, _)| json!(name)).collect();
    names.extend([json!(KNOWN), json!("./")]);
    content.known["files"] = names.into();
    own.push((KNOWN.to_owned(), content.known.to_string().into_bytes()));
    let originals = sounds.len();
    own.extend(sounds.into_iter().map(|(_, name, sound)| (name, sound)));
    own.sort();
    let folder = format!("record-{}", wish.language);
    let files = own.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)).collect();
    Ok(PackedPage { files, phrases: content.phrases, originals })
}

/// Says of each phrase where its original is.
fn name_sounds(known: &mut Value, sounds: &[(PhraseKey, String, Vec<u8>)]) {
    let scripts = known["scripts"].as_array_mut().into_iter().flatten();
    let phrases = scripts.filter_map(|script| script["phrases"].as_array_mut()).flatten();
    for phrase in phrases {
        let is_of = |(key, _, _): &&(PhraseKey, String, Vec<u8>)| {
            phrase["script"] == key.file.as_str() && phrase["id"] == key.id.as_str()
        };
        let name = sounds.iter().find(is_of).map(|(_, name, _)| name.clone());
        phrase["sound"] = json!(name);
    }
}

/// Whether a file is a zip of such a page, which may be written over.
pub fn is_pack(bytes: &[u8]) -> bool {
    let Ok(zip) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    let names: Vec<_> = zip.file_names().filter_map(Result::ok).collect();
    let has = |end: &str| names.iter().any(|name| name.ends_with(end));
    has("/pack.json") && has("/pack/app.js")
}
