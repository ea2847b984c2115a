//! The inputs of a track, each with its hash, and the credits of everybody whose work is in it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Engine, Error, Plan};
use crate::export::text::report::{Credit, Input};
use crate::layout::Event;
use crate::script::ambience::{BellSound, LayerSound};

/// The files of the course that a track was made from, sorted by path.
///
/// # Errors
/// [`Error::World`] if one can no longer be read.
pub(super) fn inputs(engine: &Engine, plan: &Plan) -> Result<Vec<Input>, Error> {
    let mut paths = texts(engine, plan);
    let mut spoken = BTreeSet::new();
    for phrase in plan.timeline.phrases() {
        if phrase.draft {
            spoken.insert(phrase.key.to_string());
        } else {
            paths.extend(phrase.clip.clone());
        }
    }
    paths.extend(sounds(engine, plan));
    paths.extend(engine.course.header.publish.cover.as_ref().map(|cover| cover.value.clone()));
    let store = engine.store(plan.timeline.rate);
    let mut inputs = Vec::new();
    for path in paths.into_iter().filter(|path| engine.files.exists(Path::new(path))) {
        // BLAKE3, in hexadecimal.
        let hash = store.source_key(&path)?.to_string();
        inputs.push(Input { path, hash: Some(hash) });
    }
    inputs.extend(spoken.into_iter().map(|path| Input { path, hash: None }));
    Ok(inputs)
}

/// The text files: course, spoken scripts and fragments, translation, voice, beds and bells.
fn texts(engine: &Engine, plan: &Plan) -> BTreeSet<String> {
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
    texts.retain(|path| engine.files.exists(Path::new(path)));
    texts
}

/// The recordings of beds and bells.
fn sounds(engine: &Engine, plan: &Plan) -> Vec<String> {
    let course = &engine.course;
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

/// The credits of the voice, if it speaks, of the machine that speaks drafts, and of the beds and bells that sound.
pub(super) fn credits(engine: &Engine, plan: &Plan) -> Vec<Credit> {
    let course = &engine.course;
    let (voice, language) = (&plan.session.voice, &plan.session.language);
    let speaks = !plan.timeline.speech().is_empty();
    let credit = |kind, name: &str, credit: &str, licence: &str| Credit {
        kind,
        name: name.to_owned(),
        credit: credit.to_owned(),
        licence: licence.to_owned(),
    };
    let mut credits = Vec::new();
    // Where a machine speaks all of it, the voice of the course has no part in it.
    let speaks = speaks && plan.timeline.drafts() < plan.timeline.phrases().count();
    credits.extend(speaks.then(|| credit("voice", &voice.name, &voice.credit, &voice.licence.value)));
    if let Some(machine) = plan.timeline.drafted_by.as_ref().filter(|voice| !voice.licence.is_empty()) {
        credits.push(credit("voice", &machine.engine_and_version(), &machine.voice, &machine.licence));
    }
    let names: BTreeSet<_> = beds(plan).collect();
    credits.extend(names.into_iter().filter_map(|name| {
        let bed = course.ambiences.get(name)?;
        Some(credit("bed", &course.bed_title(bed, language), &bed.credit, &bed.licence.value))
    }));
    credits.extend(bells(plan).into_iter().filter_map(|name| {
        let bell = course.bells.get(name)?;
        Some(credit("bell", &course.bell_title(bell, language), &bell.credit, &bell.licence.value))
    }));
    credits
}
