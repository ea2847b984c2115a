//! What a track was made of: every file with its hash, and everybody whose work is in it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::{Failure, Plan, Workshop};
use crate::export::text::report::{Credit, Input};
use crate::layout::Event;
use crate::script::ambience::{BellSound, LayerSound};

/// The files of the course that a track was made of, in order of their names.
///
/// # Errors
/// [`Failure::World`] if one cannot be read any more.
pub(super) fn inputs(workshop: &Workshop<'_>, plan: &Plan) -> Result<Vec<Input>, Failure> {
    let mut paths = texts(workshop, plan);
    let mut spoken = BTreeSet::new();
    for phrase in plan.timeline.phrases() {
        if phrase.draft {
            spoken.insert(phrase.key.to_string());
        } else {
            paths.extend(phrase.clip.clone());
        }
    }
    paths.extend(sounds(workshop, plan));
    paths.extend(workshop.course.header.publish.cover.as_ref().map(|cover| cover.value.clone()));
    let mut inputs = Vec::new();
    for path in paths.into_iter().filter(|path| workshop.files.exists(Path::new(path))) {
        let hash = Some(hash(workshop, &path)?);
        inputs.push(Input { path, hash });
    }
    inputs.extend(spoken.into_iter().map(|path| Input { path, hash: None }));
    Ok(inputs)
}

/// The text files: course, scripts and fragments that say something in it, translation, voice.
fn texts(workshop: &Workshop<'_>, plan: &Plan) -> BTreeSet<String> {
    let session = &plan.session;
    let voice = session.voice.folder();
    let mut texts = BTreeSet::from([
        "course.toml".to_owned(),
        format!("scripts/po/{}.po", session.language),
        format!("{voice}/voice.toml"),
        format!("{voice}/level.toml"),
    ]);
    let files = plan.session.all_phrases.iter().map(|phrase| phrase.key.file.as_str());
    for file in files.chain([session.script.as_str()]) {
        texts.insert(format!("scripts/{file}.toml"));
        texts.insert(format!("scripts/fragments/{file}.toml"));
    }
    texts.extend(beds(plan).map(|bed| format!("ambience/{bed}.toml")));
    texts.extend(bells(plan).into_iter().map(|bell| format!("ambience/bells/{bell}.toml")));
    texts.retain(|path| workshop.files.exists(Path::new(path)));
    texts
}

/// The recordings of beds and bells.
fn sounds(workshop: &Workshop<'_>, plan: &Plan) -> Vec<String> {
    let course = &workshop.course;
    let layers = beds(plan).filter_map(|bed| course.ambiences.get(bed)).flat_map(|bed| &bed.layers);
    let recordings = layers.filter_map(|layer| match &layer.sound {
        LayerSound::Recording { file, .. } => Some(file.value.clone()),
        LayerSound::Generated(_) => None,
    });
    let bells = bells(plan).into_iter().filter_map(|bell| course.bells.get(bell)?.sound.as_ref());
    let struck = bells.filter_map(|sound| match sound {
        BellSound::Recording(file) => Some(file.value.clone()),
        BellSound::Bowl(_) | BellSound::Chime { .. } | BellSound::Block { .. } => None,
    });
    recordings.chain(struck).collect()
}

fn beds(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.timeline.beds.iter().map(|bed| bed.name.as_str())
}

fn bells(plan: &Plan) -> BTreeSet<&str> {
    plan.timeline.events.iter().filter_map(Event::bell).collect()
}

/// BLAKE3 of a file, read piece by piece.
fn hash(workshop: &Workshop<'_>, path: &str) -> Result<String, Failure> {
    let mut source = workshop.files.open(Path::new(path)).map_err(Failure::world)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(count) => drop(hasher.update(&piece[..count])),
            Err(error) => return Err(Failure::World(format!("{path} cannot be read: {error}; try again"))),
        }
    }
}

/// Everybody whose work is in it: the voice where it speaks, beds and bells that sound.
pub(super) fn credits(workshop: &Workshop<'_>, plan: &Plan) -> Vec<Credit> {
    let course = &workshop.course;
    let voice = &plan.session.voice;
    let speaks = !plan.timeline.speech().is_empty();
    let credit = |kind, name: &str, credit: &str, licence: &str| Credit {
        kind,
        name: name.to_owned(),
        credit: credit.to_owned(),
        licence: licence.to_owned(),
    };
    let mut credits = Vec::new();
    credits.extend(speaks.then(|| credit("voice", &voice.name, &voice.credit, &voice.licence)));
    let names: BTreeSet<_> = beds(plan).collect();
    credits.extend(names.into_iter().filter_map(|name| {
        let bed = course.ambiences.get(name)?;
        Some(credit("bed", &bed.title, &bed.credit, &bed.licence))
    }));
    credits.extend(bells(plan).into_iter().filter_map(|name| {
        let bell = course.bells.get(name)?;
        Some(credit("bell", &bell.title, &bell.credit, &bell.licence))
    }));
    credits
}
