//! The files of the page for a voice elsewhere. The same course makes the same files.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Cursor;

use rayon::prelude::*;
use serde_json::{Value, json};
use zip::ZipArchive;

use super::bed::BedOf;
use super::content::{PackContent, PackWish};
use super::original::{machine, original};
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
    /// How many phrases a machine says.
    pub machine: usize,
    pub beds: usize,
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
    let language = &wish.language;
    let recording = |folder: &'static str, (key, path): (&PhraseKey, &String)| {
        Some(PackedSound::new(folder, key, original(files, path, language)?))
    };
    let originals: Vec<_> =
        content.originals.par_iter().filter_map(|found| recording("sound", found)).collect();
    let earlier: Vec<_> =
        content.earlier.par_iter().filter_map(|found| recording("earlier", found)).collect();
    let said =
        |(key, text): (&PhraseKey, &String)| Some(PackedSound::new("machine", key, machine(text, language)?));
    let is_heard = |key: &PhraseKey| originals.iter().chain(&earlier).any(|sound| sound.key == *key);
    let unheard = content.words.par_iter().filter(|(key, _)| !wish.alone && !is_heard(key));
    let machine: Vec<_> = unheard.filter_map(said).collect();
    for (field, sounds) in [("sound", &originals), ("earlier", &earlier), ("machine", &machine)] {
        name_sounds(&mut content.known, field, sounds);
    }
    let beds = if wish.alone { BTreeMap::new() } else { pack_beds(engine, &mut content.known, wish) };
    let counts = [originals.len(), machine.len(), beds.len()];
    let sounds: BTreeMap<String, Vec<u8>> = [originals, earlier, machine]
        .into_iter()
        .flatten()
        .map(|sound| (sound.name, sound.bytes))
        .chain(beds.into_values())
        .collect();
    let mut own = web.of_pack();
    own.push(("READ-ME.txt".to_owned(), READ_ME.as_bytes().to_vec()));
    let mut names: Vec<Value> = own.iter().map(|(name, _)| json!(name)).collect();
    names.extend([json!(KNOWN), json!("./")]);
    content.known["files"] = names.into();
    content.known["sounds"] = sounds.keys().cloned().collect::<Vec<_>>().into();
    own.push((KNOWN.to_owned(), content.known.to_string().into_bytes()));
    own.extend(sounds);
    own.sort();
    let folder = format!("record-{language}");
    let files = own.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)).collect();
    let [originals, machine, beds] = counts;
    Ok(PackedPage { files, phrases: content.phrases, originals, machine, beds })
}

/// A phrase as a file of the page.
struct PackedSound {
    key: PhraseKey,
    name: String,
    bytes: Vec<u8>,
}

impl PackedSound {
    fn new(folder: &str, key: &PhraseKey, bytes: Vec<u8>) -> Self {
        let name = format!("{folder}/{}/{}-{}.opus", key.file, key.id, short_hash(&bytes));
        Self { key: key.clone(), name, bytes }
    }
}

fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().as_str()[..8].to_owned()
}

/// Renders the beds of the scripts, each once, and says of each script which it has. Returns their names and bytes.
fn pack_beds(engine: &Engine, known: &mut Value, wish: &PackWish) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut packed = BTreeMap::new();
    for script in known["scripts"].as_array_mut().into_iter().flatten() {
        let id = script["id"].as_str().unwrap_or_default().to_owned();
        let Some(bed) = BedOf::of(engine, &id, &wish.language, wish.voice.as_deref()) else { continue };
        let (name, voice) = (bed.name(), bed.voice());
        let file = match packed.entry(name) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let Some(bytes) = bed.packed(&wish.language) else { continue };
                free.insert((format!("bed/{}.opus", short_hash(&bytes)), bytes))
            }
        };
        script["bed"] = json!({ "sound": file.0, "voice": voice });
    }
    packed
}

/// Says of each phrase where a sound of it is.
fn name_sounds(known: &mut Value, field: &str, sounds: &[PackedSound]) {
    let scripts = known["scripts"].as_array_mut().into_iter().flatten();
    let phrases = scripts.filter_map(|script| script["phrases"].as_array_mut()).flatten();
    for phrase in phrases {
        let is_of = |sound: &&PackedSound| {
            phrase["script"] == sound.key.file.as_str() && phrase["id"] == sound.key.id.as_str()
        };
        let name = sounds.iter().find(is_of).map(|sound| sound.name.clone());
        phrase[field] = json!(name);
    }
}

/// Whether a file is a zip of such a page, which may be written over.
pub fn is_pack(bytes: &[u8]) -> bool {
    let Ok(zip) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    let names: Vec<_> = zip.file_names().filter_map(Result::ok).collect();
    let has = |end: &str| names.iter().any(|name| name.ends_with(end));
    has("/pack.json") && has("/pack/app.js")
}
