//! Sounds on demand: recordings decoded, prepared and cached by content, bells and swells made.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::cache::{Cache, Key, KeyBuilder};
use super::clip::{self, ClipError, Prepared, prepare};
use super::decode::{DecodeError, decode_all};
use super::draft::{DRAFT_PATH, Drafts};
use super::facts::{BellFacts, ClipFacts, Complaint};
use crate::audio::Buffer;
use crate::dsp::bowl::{self, Bowl};
use crate::dsp::loudness::clip_blocks;
use crate::dsp::noise;
use crate::dsp::resample::{ResampleError, Resampler};
use crate::dsp::swell::swell;
use crate::dsp::tick::tick;
use crate::files::{FileError, Files};
use crate::script::ambience::{Bell, BellSound};
use crate::script::voice::Chain;
use crate::unit::{Frames, SampleRate, Seconds};

/// Where prepared sounds come from: the files of a course, and the cache of what was made of them.
pub struct Store<'a> {
    /// The files of the course.
    pub files: &'a dyn Files,
    /// What was made of them before.
    pub cache: Cache,
    /// What was spoken because nobody has recorded it yet.
    pub drafts: &'a Drafts,
    /// The rate everything is prepared at.
    pub rate: SampleRate,
}

/// Why a sound cannot be used. The words follow the name of a file: `is so; do that`.
#[derive(Debug, Error)]
pub enum SoundError {
    /// Trouble with this file.
    #[error("{path} {trouble}")]
    In {
        /// The file, below the course folder.
        path: String,
        /// What is wrong with it.
        trouble: Box<SoundError>,
    },
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It makes no clip.
    #[error(transparent)]
    Clip(#[from] ClipError<ResampleError>),
    /// Its rate cannot be changed.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// It has more channels than left and right.
    #[error("has {0} channels; mix it down to stereo and save it again")]
    Channels(usize),
    /// It is too short to loop with its crossfade.
    #[error("is shorter than twice its crossfade of {0} s; give it a shorter `crossfade`")]
    Short(f64),
    /// There is nothing to be heard in it.
    #[error("holds only silence; record or export it again")]
    Silent,
    /// The cache could not be read back.
    #[error("cannot be read back from the cache: {0}; delete the folder .adem and try again")]
    Cache(#[from] std::io::Error),
}

impl SoundError {
    /// The same trouble with the name of the file it is about, unless it has one.
    #[must_use]
    pub fn of(self, path: &str) -> Self {
        match self {
            Self::In { .. } | Self::File(_) => self,
            trouble => Self::In { path: path.to_owned(), trouble: Box::new(trouble) },
        }
    }

    /// The file it is about, where that is known.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::In { path, .. } => Some(path),
            Self::File(error) => error.path().to_str(),
            _ => None,
        }
    }

    /// What is wrong, and what to do about it.
    pub fn told(&self) -> (String, Option<String>) {
        let whole = self.to_string();
        match whole.rsplit_once("; ") {
            Some((wrong, remedy)) => (wrong.to_owned(), Some(remedy.to_owned())),
            None => (whole, None),
        }
    }
}

/// The sound version of bells and swells as facts: raised when their bytes change.
const CUE_VERSION: u64 = 1;

impl<'a> Store<'a> {
    /// A store over the files of a course.
    pub fn new(files: &'a dyn Files, drafts: &'a Drafts, cache: Cache, rate: SampleRate) -> Self {
        Self { files, cache, drafts, rate }
    }

    /// The facts of a clip: from the cache, or by decoding and preparing it.
    ///
    /// # Errors
    /// [`SoundError`] if the file cannot be read or makes no clip.
    pub fn clip_facts(
        &self,
        path: &str,
        chain: Chain,
        resampler: &mut Resampler,
        decoding: impl FnOnce(),
    ) -> Result<ClipFacts, SoundError> {
        let bytes = self.clip_bytes(path)?;
        let source = Key::of(&bytes);
        self.cached("clip-facts", &self.clip_key("clip-facts", &source, chain), || {
            decoding();
            let (prepared, bits) = self.prepare(bytes, &source, chain, resampler)?;
            Ok(facts_of(&prepared, &source, bits))
        })
        .map_err(|trouble| trouble.of(path))
    }

    /// The samples of a prepared clip, mono at the rate of the store.
    ///
    /// # Errors
    /// As [`Self::clip_facts`].
    pub fn clip_samples(&self, path: &str, chain: Chain) -> Result<Vec<f32>, SoundError> {
        self.read_clip(path, chain).map_err(|trouble| trouble.of(path))
    }

    fn read_clip(&self, path: &str, chain: Chain) -> Result<Vec<f32>, SoundError> {
        let bytes = self.clip_bytes(path)?;
        let source = Key::of(&bytes);
        if let Some(kept) = self.cache.open_samples("clips", &self.clip_key("clips", &source, chain)) {
            let mut samples = vec![0.0; kept.frames().index()];
            kept.read(crate::unit::Position::START, &mut [&mut samples])?;
            return Ok(samples);
        }
        Ok(self.prepare(bytes, &source, chain, &mut Resampler::new())?.0.samples)
    }

    /// A bell in stereo or mono, at the rate of the store.
    ///
    /// # Errors
    /// [`SoundError`] if its recording cannot be used.
    pub fn bell(&self, bell: &Bell) -> Result<Buffer, SoundError> {
        match &bell.sound {
            Some(BellSound::Recording(file)) => {
                self.recording(&file.value).map_err(|trouble| trouble.of(&file.value))
            }
            Some(BellSound::Bowl(own)) => Ok(self.bowl(*own, &bell.id)),
            None => Ok(Buffer::silence(self.rate, 1, 0)),
        }
    }

    /// The facts of a bell.
    ///
    /// # Errors
    /// As [`Self::bell`].
    pub fn bell_facts(&self, bell: &Bell) -> Result<BellFacts, SoundError> {
        let key = self.key("bell-facts").number("version", CUE_VERSION).field("id", &bell.id);
        let key = match &bell.sound {
            Some(BellSound::Recording(file)) => key.key("source", &self.source_key(&file.value)?),
            Some(BellSound::Bowl(own)) => key
                .number("pitch", own.pitch.to_bits())
                .number("full", u64::from(own.full))
                .number("ring", own.ring.nanos()),
            None => key,
        };
        self.cached("bell-facts", &key.cpu().finish(), || Ok(ring_facts(&self.bell(bell)?)))
    }

    /// The swell of one breath.
    pub fn swell(&self, inhale: Frames, exhale: Frames) -> Buffer {
        swell(inhale, exhale, self.rate, noise::seed_of("swell"))
    }

    /// The facts of the swell of one breath.
    pub fn swell_facts(&self, inhale: Seconds, exhale: Seconds) -> BellFacts {
        let key = self.key("swell-facts").number("version", CUE_VERSION);
        let key = key.number("in", inhale.nanos()).number("out", exhale.nanos()).cpu().finish();
        let made: Result<_, SoundError> = self.cached("swell-facts", &key, || {
            Ok(ring_facts(&self.swell(inhale.frames(self.rate), exhale.frames(self.rate))))
        });
        made.expect("a swell is made of nothing that could fail")
    }

    /// The tick of one pace.
    pub fn tick(&self, left: bool) -> Buffer {
        tick(left, self.rate, noise::seed_of("tick"))
    }

    /// The facts of the tick of a pace: left and right are equally loud.
    pub fn tick_facts(&self) -> BellFacts {
        ring_facts(&self.tick(true))
    }

    /// A payload from the cache, or made and kept.
    pub(super) fn cached<T: Serialize + DeserializeOwned>(
        &self,
        kind: &str,
        key: &Key,
        make: impl FnOnce() -> Result<T, SoundError>,
    ) -> Result<T, SoundError> {
        if let Some(found) = self.cache.get(kind, key).and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Ok(found);
        }
        let made = make()?;
        if let Ok(bytes) = serde_json::to_vec(&made) {
            self.cache.put(kind, key, &bytes);
        }
        Ok(made)
    }

    /// The hash of a file's bytes, read piece by piece: a bed may be long.
    pub(super) fn source_key(&self, path: &str) -> Result<Key, SoundError> {
        let source = self.files.open(Path::new(path))?;
        let read = Key::of_reader(std::io::BufReader::new(source));
        read.map_err(|error| SoundError::from(DecodeError::Io(error)).of(path))
    }

    /// A key with everything all prepared sounds depend on.
    pub(super) fn key(&self, purpose: &str) -> KeyBuilder {
        KeyBuilder::new(purpose).number("rate", u64::from(self.rate.hz()))
    }

    /// The bytes of a recording, or of a draft.
    fn clip_bytes(&self, path: &str) -> Result<Vec<u8>, SoundError> {
        match self.drafts.held(path) {
            Some(spoken) => Ok(spoken.to_vec()),
            None => Ok(self.files.read(Path::new(path))?),
        }
    }

    fn clip_key(&self, purpose: &str, source: &Key, chain: Chain) -> Key {
        self.key(purpose)
            .number("version", u64::from(clip::SOUND_VERSION))
            .field("chain", [chain as u8])
            .key("source", source)
            .cpu()
            .finish()
    }

    fn prepare(
        &self,
        bytes: Vec<u8>,
        source: &Key,
        chain: Chain,
        resampler: &mut Resampler,
    ) -> Result<(Prepared, Option<u32>), SoundError> {
        let decoded = decode_all(Box::new(std::io::Cursor::new(bytes)))?;
        let mut resample = |samples: &[f32], from, to| resampler.resample(samples, from, to);
        let prepared = prepare(decoded.buffer, chain, self.rate, &mut resample)?;
        let mut keep = self.cache.put_samples("clips", &self.clip_key("clips", source, chain), 1);
        keep.write(&[&prepared.samples]);
        keep.finish();
        Ok((prepared, decoded.bits))
    }

    /// A whole recording at the rate of the store, as it is.
    fn recording(&self, path: &str) -> Result<Buffer, SoundError> {
        let decoded = decode_all(self.files.open(Path::new(path))?)?.buffer;
        if decoded.channels() > 2 {
            return Err(SoundError::Channels(decoded.channels()));
        }
        let from = decoded.rate();
        let mut resampler = Resampler::new();
        let planes: Result<Vec<_>, _> =
            decoded.planes().iter().map(|plane| resampler.resample(plane, from, self.rate)).collect();
        Ok(Buffer::from_planes(self.rate, planes?))
    }

    fn bowl(&self, own: crate::script::ambience::Bowl, id: &str) -> Buffer {
        let strike = if own.full { bowl::Strike::Full } else { bowl::Strike::Soft };
        Bowl { pitch_hz: own.pitch, strike, ring: own.ring }.render(self.rate, noise::seed_of(id))
    }
}

/// A recording with fewer bits than this hisses (sound standards, 6: 16 bits at least).
const ENOUGH_BITS: u32 = 16;
/// So many samples in a row at full scale are a clipped peak.
const CLIPPED_RUN: usize = 3;

fn facts_of(prepared: &Prepared, source: &Key, bits: Option<u32>) -> ClipFacts {
    let peak = prepared.samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let mut complaints = Vec::new();
    complaints.extend(bits.filter(|bits| *bits < ENOUGH_BITS).map(Complaint::FewBits));
    let runs = clipped_runs(&prepared.samples);
    complaints.extend((runs > 0).then_some(Complaint::Clipped(runs)));
    ClipFacts {
        source: source.to_string(),
        in_point: prepared.in_point,
        out_point: prepared.out_point,
        frames: Frames(prepared.samples.len() as u64),
        onset: prepared.onset,
        islands: prepared.islands.clone(),
        blocks: clip_blocks(&prepared.samples, prepared.rate),
        peak,
        complaints,
    }
}

fn clipped_runs(samples: &[f32]) -> u64 {
    let mut runs = 0;
    let mut length = 0;
    for sample in samples {
        length = if sample.abs() >= 0.9999 { length + 1 } else { 0 };
        runs += u64::from(length == CLIPPED_RUN);
    }
    runs
}

/// The facts of a ring. A mono ring is sent equally to left and right, as [`clip_blocks`] counts it.
fn ring_facts(ring: &Buffer) -> BellFacts {
    let rate = ring.rate();
    let mut blocks = vec![0.0; 0];
    for plane in ring.planes() {
        let own = clip_blocks(plane, rate);
        blocks.resize(own.len(), 0.0);
        let share = 1.0 / ring.channels() as f64;
        blocks.iter_mut().zip(own).for_each(|(sum, energy)| *sum += energy * share);
    }
    BellFacts { frames: ring.frames(), blocks }
}

/// How many clips a render holds at once: those near the playhead of every thread, and a few more.
const CLIPS_HELD: usize = 24;

/// Prepared clips near the playhead, so that each is fetched once although many blocks read it.
pub struct ClipShelf<'a> {
    store: &'a Store<'a>,
    chain: Chain,
    held: Mutex<VecDeque<Held>>,
}

type Held = (String, Arc<Vec<f32>>);

impl<'a> ClipShelf<'a> {
    /// An empty shelf.
    pub fn new(store: &'a Store<'a>, chain: Chain) -> Self {
        Self { store, chain, held: Mutex::new(VecDeque::new()) }
    }

    /// The samples of a clip.
    ///
    /// # Errors
    /// [`SoundError`] if the file has changed or gone since its facts were made.
    pub fn get(&self, path: &str) -> Result<Arc<Vec<f32>>, SoundError> {
        if let Some(found) = self.find(path) {
            return Ok(found);
        }
        // Two threads may prepare the same clip at once: the bytes are equal, and no thread waits for another.
        // A draft is cut and levelled like a recording, whatever the voice's own clips need.
        let chain = if path.starts_with(DRAFT_PATH) { Chain::Speech } else { self.chain };
        let samples = Arc::new(self.store.clip_samples(path, chain)?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.iter().any(|(name, _)| name == path) {
            held.push_back((path.to_owned(), samples.clone()));
        }
        if held.len() > CLIPS_HELD {
            held.pop_front();
        }
        Ok(samples)
    }

    fn find(&self, path: &str) -> Option<Arc<Vec<f32>>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(name, _)| name == path).map(|(_, samples)| samples.clone())
    }
}
