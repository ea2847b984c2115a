//! Cuts what a build has to make into shards: lists of jobs that need nothing from each other, each about as long as the
//! others, for workers on other machines ([`super::worker`]).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::matrix::BuildTarget;
use super::record::HashSum;
use super::store::{ResultStore, StoreError};
use crate::delivery::format::Format;
use crate::engine::{AskedLength, Engine, Error, Lock};
use crate::export::{ExportError, write_whole};
use crate::script::language::Language;

/// The list of the shards, in the folder of a plan.
pub const INDEX: &str = "index.json";

/// The version of index and shards.
const SCHEMA: u32 = 1;

/// A target for any worker that has the course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardJob {
    /// A hash of what is asked for and of all it can depend on, by content; its name in the store.
    pub key: String,
    pub target: BuildTarget,
    /// How long it may take, in seconds of one processor.
    pub seconds: f64,
}

/// The shards of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardIndex {
    schema: u32,
    /// Where results go: an address, or a folder as seen from that of the plan.
    pub store: String,
    /// How many jobs the shards have.
    pub jobs: usize,
    /// How many targets needed no job: the store or the output folder has them.
    pub there: usize,
    pub shards: Vec<ShardEntry>,
}

/// One shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardEntry {
    /// A hash of the keys of its jobs.
    pub id: String,
    /// In the folder of the plan.
    pub file: String,
    pub jobs: usize,
    /// How long it may take, in seconds of one processor.
    pub seconds: f64,
}

/// A plan cannot be read.
#[derive(Debug, Error)]
pub enum PlanError {
    #[error("{0} is missing")]
    Missing(PathBuf),
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is no part of a plan of this version of adem: {1}")]
    Foreign(PathBuf, String),
    #[error("there are {count} shards, numbered from 0, and this is number {index}")]
    NoShard { index: usize, count: usize },
}

/// Why no shards could be written.
#[derive(Debug, Error)]
pub enum ShardError {
    #[error(transparent)]
    Engine(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Computes keys of targets; the inputs of a script and language are hashed once.
pub(super) struct Keys<'e> {
    engine: &'e Engine,
    inputs: BTreeMap<(String, Language), String>,
}

impl<'e> Keys<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self { engine, inputs: BTreeMap::new() }
    }

    /// The key of a target: the same on every machine with the same course, request and version of adem's sound. The output
    /// folder is not part of it.
    pub(super) fn key(&mut self, target: &BuildTarget) -> Result<String, Error> {
        let course = self.engine.course();
        let language = target.plan.variant.language.as_ref().unwrap_or(&course.header.languages[0].value);
        let mut inputs = self.inputs(&target.plan.script, language)?;
        if target.plan.variant.draft {
            // Another engine makes other drafts.
            inputs.push_str(&hash(&self.engine.draft_recipe(language)));
        }
        if target.plan.length.length == Some(AskedLength::Source) {
            let script = course.scripts.get(&target.plan.script);
            if let Some(source) = script.and_then(|script| script.language.as_ref()) {
                inputs.push_str(&self.inputs(&target.plan.script, &source.value)?);
            }
        }
        match &target.plan.length.lock {
            Some(Lock::Language(followed)) => {
                let followed = self.inputs(&target.plan.script, followed)?;
                Ok(hash(&(SCHEMA, inputs, followed, request(target))))
            }
            // A document is a part of the request.
            Some(Lock::Timeline { .. }) | None => Ok(hash(&(SCHEMA, inputs, request(target)))),
        }
    }

    fn inputs(&mut self, script: &str, language: &Language) -> Result<String, Error> {
        let key = (script.to_owned(), language.clone());
        if let Some(known) = self.inputs.get(&key) {
            return Ok(known.clone());
        }
        let inputs = self.engine.inputs_digest(script, language)?;
        self.inputs.insert(key, inputs.clone());
        Ok(inputs)
    }
}

/// What is asked for, wherever it goes.
pub(super) fn request(target: &BuildTarget) -> serde_json::Value {
    let endings: Vec<_> = target
        .render
        .outputs
        .iter()
        .map(|output| (ending(&target.stem, &output.path.to_string_lossy()), output.format.name()))
        .collect();
    let name = target.stem.rsplit('/').next();
    let beside: Vec<_> = target.render.beside.iter().map(|file| file.ending()).collect();
    serde_json::json!([target.plan, name, target.slug, endings, beside, target.render.mix.name()])
}

/// SHA-256 of a value as JSON, in hexadecimal.
pub(super) fn hash(value: &impl Serialize) -> String {
    let mut sum = HashSum::default();
    sum.add(&serde_json::to_vec(value).expect("a document of plain data"));
    sum.hex()
}

/// What follows the stem of a target in the path of one of its files.
pub(super) fn ending(stem: &str, path: &str) -> String {
    path.strip_prefix(stem).unwrap_or(path).to_owned()
}

/// Writes the shards of some targets to a folder, the index last: of the targets that the store does not have.
///
/// # Errors
/// [`ShardError`] if inputs cannot be read, the store fails or the folder cannot be written.
pub fn write_shards(
    engine: &Engine,
    targets: &[BuildTarget],
    already: usize,
    store: (&str, &ResultStore),
    folder: &Path,
    seconds: f64,
) -> Result<ShardIndex, ShardError> {
    let done = store.1.done()?;
    fs::create_dir_all(folder).map_err(|error| ExportError::new(folder, error))?;
    let mut keys = Keys::new(engine);
    let mut index =
        ShardIndex { schema: SCHEMA, store: store.0.to_owned(), jobs: 0, there: already, shards: Vec::new() };
    let mut cut = Cut::default();
    for target in targets {
        let key = keys.key(target)?;
        if done.contains(&key) {
            index.there += 1;
            continue;
        }
        let job = ShardJob { key, target: target.clone(), seconds: estimate(engine, target) };
        if cut.jobs > 0 && cut.seconds + job.seconds > seconds {
            index.shards.push(std::mem::take(&mut cut).write(folder)?);
        }
        cut.add(&job);
        index.jobs += 1;
    }
    if cut.jobs > 0 {
        index.shards.push(cut.write(folder)?);
    }
    let text = serde_json::to_string_pretty(&index).expect("a document of plain data");
    write_whole(folder.join(INDEX), format!("{text}\n").as_bytes())?;
    remove_old(folder, &index);
    Ok(index)
}

/// The name of a shard with jobs of these keys.
fn id(keys: HashSum) -> String {
    keys.hex()[..16].to_owned()
}

/// A shard that is being filled.
#[derive(Default)]
struct Cut {
    lines: Vec<u8>,
    keys: HashSum,
    jobs: usize,
    seconds: f64,
}

impl Cut {
    fn add(&mut self, job: &ShardJob) {
        self.lines.extend(serde_json::to_vec(job).expect("a job of plain data"));
        self.lines.push(b'\n');
        self.keys.add(job.key.as_bytes());
        self.jobs += 1;
        self.seconds += job.seconds;
    }

    fn write(self, folder: &Path) -> Result<ShardEntry, ExportError> {
        let id = id(self.keys);
        let file = format!("{id}.jsonl");
        let (path, aside) = (folder.join(&file), folder.join(format!("{id}.part")));
        // To sync each of thousands takes longer than to plan them: who reads one sees by its name whether it is whole.
        fs::write(&aside, &self.lines)
            .and_then(|()| fs::rename(&aside, &path))
            .map_err(|error| ExportError::new(&path, error))?;
        Ok(ShardEntry { id, file, jobs: self.jobs, seconds: (self.seconds * 10.0).round() / 10.0 })
    }
}

/// Removes the shards of an earlier plan.
fn remove_old(folder: &Path, index: &ShardIndex) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_shard = name.strip_suffix(".jsonl").is_some_and(is_id);
        if is_shard && index.shards.iter().all(|shard| shard.file != name) {
            // One that stays is in no index.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// How long a target may take, in seconds of one processor, before it is laid out: from its length and formats. Measured
/// figures: docs/performance.md, "Building".
fn estimate(engine: &Engine, target: &BuildTarget) -> f64 {
    let script = engine.course().scripts.get(&target.plan.script);
    let usual = script.and_then(|script| script.length).map_or(USUAL, |limits| limits.usual.as_f64());
    let seconds = match target.plan.length.length {
        Some(AskedLength::Exactly(time)) => time.as_f64(),
        Some(AskedLength::Natural | AskedLength::Source) | None => usual,
    };
    let cost = |format: Format| if format.is_lossy() { LOSSY } else { LOSSLESS };
    let formats: f64 = target.render.outputs.iter().map(|output| cost(output.format)).sum();
    START + seconds * (MIX + formats)
}

/// The length of a script that names none, in seconds.
const USUAL: f64 = 600.0;
/// What every target takes to lay out, in seconds of one processor.
const START: f64 = 0.1;
/// What a mix with generated beds takes, its measuring included, in seconds of one processor for a second of sound.
const MIX: f64 = 0.0115;
/// What a lossy format takes, its decoding for the check included, in seconds of one processor for a second of sound.
const LOSSY: f64 = 0.012;
/// What FLAC takes, likewise; WAV takes next to nothing.
const LOSSLESS: f64 = 0.0015;

impl ShardIndex {
    /// The index of a plan.
    ///
    /// # Errors
    /// [`PlanError`] if it is missing or unreadable.
    pub fn read(folder: &Path) -> Result<Self, PlanError> {
        let path = folder.join(INDEX);
        let bytes = read(&path)?;
        let index: Self = serde_json::from_slice(&bytes)
            .map_err(|error| PlanError::Foreign(path.clone(), error.to_string()))?;
        if index.schema != SCHEMA {
            return Err(PlanError::Foreign(path, format!("schema {}", index.schema)));
        }
        Ok(index)
    }

    /// The file of a shard by its number.
    ///
    /// # Errors
    /// [`PlanError::NoShard`].
    pub fn shard(&self, folder: &Path, index: usize) -> Result<PathBuf, PlanError> {
        let shard = self.shards.get(index);
        let shard = shard.ok_or(PlanError::NoShard { index, count: self.shards.len() })?;
        Ok(folder.join(&shard.file))
    }

    /// Its store, as seen from here.
    pub fn store_from(&self, folder: &Path) -> String {
        if self.store.contains("://") {
            self.store.clone()
        } else {
            folder.join(&self.store).display().to_string()
        }
    }
}

/// The jobs of a shard.
///
/// # Errors
/// [`PlanError`] if it is missing or unreadable.
pub fn read_shard(path: &Path) -> Result<Vec<ShardJob>, PlanError> {
    let bytes = read(path)?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let parse = |line| {
        serde_json::from_slice(line).map_err(|error| PlanError::Foreign(path.to_owned(), error.to_string()))
    };
    let jobs: Vec<ShardJob> = lines.map(parse).collect::<Result<_, _>>()?;
    let mut keys = HashSum::default();
    jobs.iter().for_each(|job| keys.add(job.key.as_bytes()));
    let name = path.file_stem().and_then(|name| name.to_str()).filter(|name| is_id(name));
    if name.is_some_and(|name| name != id(keys)) {
        let why = "it does not have the jobs that its name stands for";
        return Err(PlanError::Foreign(path.to_owned(), why.to_owned()));
    }
    Ok(jobs)
}

fn is_id(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn read(path: &Path) -> Result<Vec<u8>, PlanError> {
    fs::read(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            PlanError::Missing(path.to_owned())
        } else {
            PlanError::Unreadable(path.to_owned(), error)
        }
    })
}
