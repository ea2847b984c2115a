//! Provides sounds on demand: decodes, prepares and caches recordings, and generates bells and swells.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::bell::{BellSource, begin_at_strike};
use super::cache::{Cache, CacheKey, CacheKeyBuilder};
use super::catalogue::Catalogue;
use super::clip::{self, ClipError, Prepared, Treatment, prepare};
use super::hashes::Hashes;
use super::room_tone::{RoomStages, recorded_room};
use crate::audio::Buffer;
use crate::decode::spare::SparePlanes;
use crate::decode::{DecodeError, Decoded, Decoder, Flaw, LONGEST_HELD, decode_into, level};
use crate::diag::{Help, Remedy, sentence};
use crate::dsp::loudness::clip_blocks;
use crate::dsp::noise;
use crate::dsp::recording::RecordingMeasures;
use crate::dsp::resample::{ResampleError, Resampler, resampled_length};
use crate::dsp::sound::{SoundMeasures, SoundMeter};
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::dsp::voice::tone::SpectralBalance;
use crate::facts::is_no_take;
use crate::facts::{BellFacts, ChainEffects, ClipFacts, Complaint, Wanted};
use crate::files::{FileError, Files, Source, is_transient};
use crate::script::ambience::{Bell, BellSound};
use crate::script::voice::Chain;
use crate::synth::bowl::{Mallet, SingingBowl};
use crate::synth::chime;
use crate::synth::swell::swell;
use crate::synth::tick::tick;
use crate::unit::{Frames, SampleRate, Seconds};

/// Provides prepared sounds from the files of a course and from the cache.
pub struct Store<'a> {
    pub files: &'a dyn Files,
    pub cache: Cache,
    /// What this process knows of the files already.
    pub catalogue: &'a Catalogue,
    /// The rate of all prepared sounds.
    pub rate: SampleRate,
    spare: SparePlanes,
}

/// Why a sound cannot be used. The message continues a sentence that begins with the name of a file, and has the form
/// `problem; advice`.
#[derive(Debug, Error)]
pub enum SoundError {
    /// An error in this file.
    #[error("{path} {error}")]
    In {
        /// The path relative to the course folder.
        path: String,
        error: Box<SoundError>,
    },
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Clip(#[from] ClipError<ResampleError>),
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// It has more than two channels.
    #[error("has {0} channels; mix it down to stereo and save it again")]
    Channels(usize),
    /// It is too short for its crossfade, given in seconds.
    #[error("is shorter than twice its crossfade of {0} s; give it a shorter `crossfade`")]
    Short(f64),
    /// A recording of room tone is too short.
    #[error("is shorter than 2s; record the empty room for 30s")]
    ShortRoom,
    /// Its resampled audio could be stored neither in the cache nor in a temporary file.
    #[error(
        "needs disk space for its resampled audio, and the disk is full; free some space, or convert it to WAV at {0}"
    )]
    NoSpace(SampleRate),
    /// It contains no sound.
    #[error("contains only silence; record or export it again")]
    Silent,
    /// An entry of the cache could not be read.
    #[error("cannot be read back from the cache: {0}; delete the folder .adem and try again")]
    Cache(#[from] std::io::Error),
}

impl SoundError {
    /// Adds the name of the file, unless the error already has one.
    #[must_use]
    pub fn in_file(self, path: &str) -> Self {
        if self.path().is_some() { self } else { Self::In { path: path.to_owned(), error: Box::new(self) } }
    }

    /// The path of the file, if it is known.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::In { path, .. } => Some(path),
            Self::File(error) => error.path().to_str(),
            Self::Decode(_)
            | Self::Clip(_)
            | Self::Resample(_)
            | Self::Channels(_)
            | Self::Short(_)
            | Self::ShortRoom
            | Self::NoSpace(_)
            | Self::Silent
            | Self::Cache(_) => None,
        }
    }

    /// The message, split into the problem and the advice.
    pub fn problem_and_advice(&self) -> (String, Vec<Help>) {
        if let Self::File(error) = self {
            return told_of_file(error);
        }
        let (wrong, helps) = sentence(&self.to_string());
        match self.better_advice() {
            Some(advice) => (wrong, vec![advice.into()]),
            None => (wrong, helps),
        }
    }

    /// Advice that needs the name of the file.
    fn better_advice(&self) -> Option<String> {
        let Self::In { path, error } = self else { return None };
        let Self::Decode(error) = error.as_ref() else { return None };
        error.advice(path)
    }

    /// Whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::In { error, .. } => error.is_transient(),
            Self::File(error) => error.is_transient(),
            Self::Decode(error) => error.is_transient(),
            Self::Cache(error) => is_transient(error),
            Self::Clip(_)
            | Self::Resample(_)
            | Self::Channels(_)
            | Self::Short(_)
            | Self::ShortRoom
            | Self::NoSpace(_)
            | Self::Silent => false,
        }
    }
}

/// What is wrong with a file of a course, and what to do about it.
pub fn told_of_file(error: &FileError) -> (String, Vec<Help>) {
    let (wrong, remedies) = sentence(&error.to_string());
    match error {
        FileError::Link { .. } => (wrong, vec!["copy the file into the course".into(), Remedy::Trust.into()]),
        FileError::NotFound { .. }
        | FileError::BrokenLink { .. }
        | FileError::NoFile { .. }
        | FileError::Denied { .. }
        | FileError::IsFolder { .. }
        | FileError::Outside { .. }
        | FileError::Busy { .. }
        | FileError::Other { .. } => (wrong, remedies),
    }
}

/// Raised when recordings measure otherwise, though they sound as before.
const MEASURES_VERSION: u64 = 8;

/// Clip files larger than this are checked for their length before they are read: three minutes of 16-bit mono at 48
/// kHz.
const LARGE: u64 = 16 << 20;
/// The largest clip file, whatever length it declares: ten minutes of stereo floats at 48 kHz are smaller.
const MOST_BYTES: u64 = 256 << 20;
/// The version of bells and swells in cache keys: raised when their samples change.
pub(super) const CUE_VERSION: u64 = 3;

impl<'a> Store<'a> {
    /// A store for the files of a course.
    pub fn new(files: &'a dyn Files, catalogue: &'a Catalogue, cache: Cache, rate: SampleRate) -> Self {
        Self { files, cache, catalogue, rate, spare: SparePlanes::default() }
    }

    /// The facts of a clip, from the cache or by decoding it and, where the facts need it, preparing it. `decoding`
    /// is called before it is decoded.
    ///
    /// # Errors
    /// [`SoundError`] if the file cannot be read or used as a clip.
    pub fn clip_facts(
        &self,
        path: &str,
        treatment: Treatment,
        wanted: Wanted,
        resampler: &mut Resampler,
        decoding: impl FnOnce(),
    ) -> Result<ClipFacts, SoundError> {
        let facts_key = |source: &CacheKey| {
            let key = self.clip_key("clip-facts", source, &treatment);
            let key = key.number("measures", MEASURES_VERSION);
            key.field("wanted", [u8::from(wanted.loudness), u8::from(wanted.islands)]).finish()
        };
        let known = self.known_key(path).and_then(|source| self.find("clip-facts", &facts_key(&source)));
        if let Some(facts) = known {
            return Ok(facts);
        }
        let (bytes, source) = self.clip_bytes(path).map_err(|trouble| trouble.in_file(path))?;
        self.cached("clip-facts", &facts_key(&source), || {
            decoding();
            let decoded = self.decode(Box::new(std::io::Cursor::new(bytes)))?;
            let bare = !treatment.chain.is_on() && wanted == Wanted::NONE;
            let scan = RecordingScan::of(&decoded, !bare);
            if bare {
                let facts = scan.uncut(&source, &decoded.buffer, self.rate);
                decoded.buffer.into_planes().into_iter().for_each(|plane| self.spare.give(plane));
                return facts;
            }
            let prepared = self.prepared(decoded, treatment, wanted.islands, resampler)?;
            self.keep(&self.clip_key("clips", &source, &treatment).finish(), &prepared.samples);
            let blocks = if wanted.loudness { clip_blocks(&prepared.samples, self.rate) } else { Vec::new() };
            let facts = scan.facts(&source, &prepared, treatment.fitting, blocks);
            self.spare.give(prepared.samples);
            Ok(facts)
        })
        .map_err(|error| error.in_file(path))
    }

    /// The samples of a prepared clip, mono at the rate of the store.
    ///
    /// # Errors
    /// As [`Self::clip_facts`].
    pub fn clip_samples(
        &self,
        path: &str,
        treatment: Treatment,
        resampler: &mut Resampler,
    ) -> Result<Vec<f32>, SoundError> {
        self.read_clip(path, treatment, resampler).map_err(|error| error.in_file(path))
    }

    fn read_clip(
        &self,
        path: &str,
        treatment: Treatment,
        resampler: &mut Resampler,
    ) -> Result<Vec<f32>, SoundError> {
        // Without a cache no content hash is needed, so the file need not be read into memory whole.
        if self.cache.is_off() && !self.catalogue.drafts.contains(path) {
            let decoded = self.decode(self.files.open(Path::new(path))?)?;
            return Ok(self.prepared(decoded, treatment, false, resampler)?.samples);
        }
        let key_of = |source: &CacheKey| self.clip_key("clips", source, &treatment).finish();
        if let Some(source) = self.known_key(path)
            && let Some(samples) = self.kept_clip(&key_of(&source))?
        {
            return Ok(samples);
        }
        let (bytes, source) = self.clip_bytes(path)?;
        let key = key_of(&source);
        if let Some(samples) = self.kept_clip(&key)? {
            return Ok(samples);
        }
        let decoded = self.decode(Box::new(std::io::Cursor::new(bytes)))?;
        let prepared = self.prepared(decoded, treatment, false, resampler)?;
        self.keep(&key, &prepared.samples);
        Ok(prepared.samples)
    }

    /// The samples of a prepared clip, where the cache has them.
    fn kept_clip(&self, key: &CacheKey) -> Result<Option<Vec<f32>>, SoundError> {
        let Some(kept) = self.cache.open_samples("clips", key) else { return Ok(None) };
        let mut samples = self.spare.take();
        samples.resize(kept.frames().index(), 0.0);
        kept.read(crate::unit::Position::START, &mut [&mut samples])?;
        Ok(Some(samples))
    }

    /// A bell in mono or stereo, at the rate of the store.
    ///
    /// # Errors
    /// [`SoundError`] if its recording cannot be used.
    pub fn bell(&self, bell: &Bell) -> Result<Buffer, SoundError> {
        match &bell.sound {
            Some(BellSound::Recording(file)) => {
                let made = self.recording(&file.value).map_err(|error| error.in_file(&file.value))?;
                Ok(begin_at_strike(made))
            }
            Some(BellSound::Bowl(own)) => Ok(self.bowl(*own, &bell.id)),
            Some(BellSound::Chime { pitch, ring }) => {
                Ok(chime::bell(*pitch, *ring, self.rate, noise::seed_of(&bell.id)))
            }
            Some(BellSound::Block { pitch }) => Ok(chime::block(*pitch, self.rate, noise::seed_of(&bell.id))),
            None => Ok(Buffer::silence(self.rate, 1, 0)),
        }
    }

    /// A bell to be read in blocks from the cache, since several bells in memory would exceed everything else a
    /// render needs.
    ///
    /// # Errors
    /// As [`Self::bell`].
    pub fn bell_sound(&self, bell: &Bell) -> Result<BellSource, SoundError> {
        let key = self.bell_key("bells", bell)?;
        if let Some(kept) = self.cache.open_samples("bells", &key) {
            return Ok(BellSource::Cached(kept));
        }
        let made = self.bell(bell)?;
        let writer = self.cache.put_samples("bells", &key, made.channels());
        Ok(BellSource::keep(made, writer))
    }

    /// # Errors
    /// As [`Self::bell`].
    pub fn bell_facts(&self, bell: &Bell) -> Result<BellFacts, SoundError> {
        self.cached("bell-facts", &self.bell_key("bell-facts", bell)?, || Ok(ring_facts(&self.bell(bell)?)))
    }

    /// The cache key of a bell.
    fn bell_key(&self, purpose: &str, bell: &Bell) -> Result<CacheKey, SoundError> {
        let key = self.with_bell(self.key(purpose).number("version", CUE_VERSION), bell)?;
        Ok(key.cpu().finish())
    }

    /// A hash of what a bell is made of: equal hashes give the same sound in one [`sound_version`](super::sound_version).
    ///
    /// # Errors
    /// [`SoundError`] if its recording cannot be read.
    pub fn bell_recipe(&self, bell: &Bell) -> Result<CacheKey, SoundError> {
        Ok(self.with_bell(self.key("bell-recipe"), bell)?.finish())
    }

    /// Adds to a key what the sound of a bell depends on.
    fn with_bell(&self, key: CacheKeyBuilder, bell: &Bell) -> Result<CacheKeyBuilder, SoundError> {
        let key = key.field("id", &bell.id);
        Ok(match &bell.sound {
            Some(BellSound::Recording(file)) => key.key("source", &self.source_key(&file.value)?),
            Some(BellSound::Bowl(own)) => key
                .number("pitch", own.pitch.to_bits())
                .number("full", u64::from(own.full))
                .number("ring", own.ring.nanos()),
            Some(BellSound::Chime { pitch, ring }) => {
                key.field("made", "chime").number("pitch", pitch.to_bits()).number("ring", ring.nanos())
            }
            Some(BellSound::Block { pitch }) => key.field("made", "block").number("pitch", pitch.to_bits()),
            None => key,
        })
    }

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

    /// The tick of one step.
    pub fn tick(&self, left: bool) -> Buffer {
        tick(left, self.rate, noise::seed_of("tick"))
    }

    /// The facts of the tick of a step; left and right are equally loud.
    pub fn tick_facts(&self) -> BellFacts {
        ring_facts(&self.tick(true))
    }

    /// A payload that this process has had before, or that is in the cache.
    fn find<T: DeserializeOwned + Clone + Send + Sync + 'static>(
        &self,
        kind: &str,
        key: &CacheKey,
    ) -> Option<T> {
        self.catalogue.held(key).or_else(|| {
            let found: T = serde_json::from_slice(&self.cache.get(kind, key)?).ok()?;
            self.catalogue.hold(key, &found);
            Some(found)
        })
    }

    /// A payload that is at hand, or made and kept.
    pub(super) fn cached<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static>(
        &self,
        kind: &str,
        key: &CacheKey,
        make: impl FnOnce() -> Result<T, SoundError>,
    ) -> Result<T, SoundError> {
        if let Some(found) = self.find(kind, key) {
            return Ok(found);
        }
        let made = make()?;
        self.catalogue.hold(key, &made);
        if let Ok(bytes) = serde_json::to_vec(&made) {
            self.cache.put(kind, key, &bytes);
        }
        Ok(made)
    }

    /// The hash of a file's bytes: remembered, or read piece by piece, as a bed may be long.
    ///
    /// # Errors
    /// [`SoundError`] if the file cannot be read.
    pub fn source_key(&self, path: &str) -> Result<CacheKey, SoundError> {
        if let Some(known) = self.known_key(path) {
            return Ok(known);
        }
        let reading = Hashes::begin(self.files, path);
        let source = self.files.open(Path::new(path))?;
        let key = CacheKey::of_reader(std::io::BufReader::new(source))
            .map_err(|error| SoundError::from(DecodeError::Io(error)).in_file(path))?;
        self.catalogue.hashes.end(reading, self.files, &self.cache, path, key);
        Ok(key)
    }

    /// The hash of a file that has not changed since it was read, or of a draft; `None` for one that has to be read.
    fn known_key(&self, path: &str) -> Option<CacheKey> {
        if self.catalogue.drafts.contains(path) {
            return self.catalogue.drafts.source(path);
        }
        self.catalogue.hashes.known(self.files, &self.cache, path)
    }

    /// Starts a key with what all prepared sounds depend on.
    pub(super) fn key(&self, purpose: &str) -> CacheKeyBuilder {
        CacheKeyBuilder::new(purpose).number("rate", u64::from(self.rate.hz()))
    }

    /// The bytes of a recording, or of a draft, and their hash.
    fn clip_bytes(&self, path: &str) -> Result<(Vec<u8>, CacheKey), SoundError> {
        if self.catalogue.drafts.contains(path) {
            let missing = || std::io::Error::other("a draft is missing from it");
            let bytes = self.catalogue.drafts.bytes(path, &self.cache).ok_or_else(missing)?;
            let key = CacheKey::of(&bytes);
            self.catalogue.drafts.note_source(path, key);
            return Ok((bytes, key));
        }
        let reading = Hashes::begin(self.files, path);
        let mut source = self.files.open(Path::new(path))?;
        if source.byte_len() > LARGE {
            self.refuse_long(path)?;
        }
        let mut bytes = Vec::with_capacity(source.byte_len() as usize);
        source.read_to_end(&mut bytes).map_err(DecodeError::Io)?;
        let key = CacheKey::of(&bytes);
        self.catalogue.hashes.end(reading, self.files, &self.cache, path, key);
        Ok((bytes, key))
    }

    /// Rejects a file that is too long for a phrase before it is read into memory.
    fn refuse_long(&self, path: &str) -> Result<(), SoundError> {
        let source = self.files.open(Path::new(path))?;
        let bytes = source.byte_len();
        let decoder = Decoder::open(source)?;
        let longest = LONGEST_HELD.frames(decoder.rate());
        let is_long = bytes > MOST_BYTES || decoder.declared_frames().is_some_and(|frames| frames > longest);
        if is_long { Err(DecodeError::Long.into()) } else { Ok(()) }
    }

    fn clip_key(&self, purpose: &str, source: &CacheKey, treatment: &Treatment) -> CacheKeyBuilder {
        self.key(purpose)
            .number("version", u64::from(clip::SOUND_VERSION))
            .field("chain", treatment.chain.stages().map_or_else(Vec::new, |stages| stages.bytes()))
            .field("fitting", treatment.fitting.bytes())
            .key("source", source)
            .cpu()
    }

    /// The level and spectrum of recorded room tone, with its rumble and its hum removed.
    ///
    /// # Errors
    /// [`SoundError`] if the recording cannot be used.
    pub fn room_facts(&self, path: &str, stages: RoomStages) -> Result<RoomNoise, SoundError> {
        let key = self.key("room-facts").number("version", u64::from(clip::SOUND_VERSION));
        let key = key.number("rumble", stages.rumble.to_bits()).number("hum", u64::from(stages.hum));
        let key = key.key("source", &self.source_key(path)?).cpu().finish();
        let listen = || {
            let samples = recorded_room(self, path, stages)?;
            RoomNoise::of(&samples, &[(0, samples.len())], self.rate).ok_or(SoundError::Silent)
        };
        self.cached("room-facts", &key, listen).map_err(|error| error.in_file(path))
    }

    fn decode(&self, source: Box<dyn Source>) -> Result<Decoded, DecodeError> {
        decode_into(&self.spare, source)
    }

    fn prepared(
        &self,
        decoded: Decoded,
        treatment: Treatment,
        islands: bool,
        resampler: &mut Resampler,
    ) -> Result<Prepared, SoundError> {
        let mut resample = |samples: Vec<f32>, from, to| {
            let resampled = resampler.resample_into(&samples, from, to, self.spare.take());
            self.spare.give(samples);
            resampled
        };
        Ok(prepare(decoded.buffer, treatment, islands, self.rate, &mut resample)?)
    }

    /// Stores the samples of a prepared clip in the cache.
    fn keep(&self, key: &CacheKey, samples: &[f32]) {
        let mut writer = self.cache.put_samples("clips", key, 1);
        writer.write(&[samples]);
        writer.finish();
    }

    /// Remembers what is wrong with a recording, as its sound may come from the cache the next time.
    pub(super) fn note_flaws(&self, path: &str, flaws: &[Flaw], rate: SampleRate) -> Result<(), SoundError> {
        let complaints = flaws.iter().map(|flaw| complaint(*flaw, rate)).collect();
        self.cached("flaws", &self.flaws_key(path)?, || Ok(complaints)).map(|_: Vec<Complaint>| ())
    }

    /// What was found to be wrong with the recording of a bed or bell when it was decoded.
    pub(super) fn flaws(&self, path: &str) -> Vec<Complaint> {
        self.flaws_key(path).ok().and_then(|key| self.find("flaws", &key)).unwrap_or_default()
    }

    /// What the recording of a bed or bell measures as it came.
    ///
    /// # Errors
    /// [`SoundError`] if it cannot be decoded.
    pub(super) fn sound_measures(&self, path: &str) -> Result<SoundMeasures, SoundError> {
        let key = self.key("sound-measures").number("version", MEASURES_VERSION);
        let key = key.key("source", &self.source_key(path)?).cpu().finish();
        self.cached("sound-measures", &key, || {
            let mut decoder = Decoder::open(self.files.open(Path::new(path))?)?;
            let mut meter = SoundMeter::new(decoder.rate(), decoder.channels());
            let mut block = Vec::new();
            while decoder.next_block(&mut block)? {
                meter.push(&block.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
            Ok(meter.finish())
        })
    }

    fn flaws_key(&self, path: &str) -> Result<CacheKey, SoundError> {
        let key = self.key("flaws").number("version", u64::from(clip::SOUND_VERSION));
        Ok(key.key("source", &self.source_key(path)?).cpu().finish())
    }

    /// A whole recording at the rate of the store, unprocessed.
    fn recording(&self, path: &str) -> Result<Buffer, SoundError> {
        let Decoded { buffer: decoded, flaws, .. } =
            decode_into(&self.spare, self.files.open(Path::new(path))?)?;
        self.note_flaws(path, &flaws, decoded.rate())?;
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
        let mallet = if own.full { Mallet::Full } else { Mallet::Soft };
        SingingBowl { pitch_hz: own.pitch, mallet, ring: own.ring }.render(self.rate, noise::seed_of(id))
    }
}

/// What is measured on a recording before it is processed.
struct RecordingScan {
    rate: SampleRate,
    frames: Frames,
    measures: RecordingMeasures,
    complaints: Vec<Complaint>,
}

impl RecordingScan {
    /// Everything that is judged of a recording, or no more than its peaks.
    fn of(decoded: &Decoded, whole: bool) -> Self {
        let planes: Vec<&[f32]> = decoded.buffer.planes().iter().map(Vec::as_slice).collect();
        let (rate, frames) = (decoded.buffer.rate(), decoded.buffer.frames());
        let measures = match planes[..] {
            [mono] if whole => RecordingMeasures::of(&planes, decoded.bits, mono, rate),
            [left, right] if whole => {
                RecordingMeasures::of(&planes, decoded.bits, &clip::mix_two(left, right), rate)
            }
            _ => RecordingMeasures::peaks(&planes, decoded.bits, rate),
        };
        let complaints = decoded.flaws.iter().map(|flaw| complaint(*flaw, rate)).collect();
        Self { rate, frames, measures, complaints }
    }

    fn facts(self, source: &CacheKey, prepared: &Prepared, fitting: Fitting, blocks: Vec<f64>) -> ClipFacts {
        ClipFacts {
            source: source.to_string(),
            source_rate: self.rate,
            source_frames: self.frames,
            in_point: prepared.in_point,
            out_point: prepared.out_point,
            frames: Frames(prepared.samples.len() as u64),
            onset: prepared.onset,
            islands: prepared.islands.clone(),
            blocks,
            balance: prepared.balance,
            sibilants: prepared.sibilants.clone(),
            room: prepared.room,
            fitting,
            effects: prepared.effects,
            measures: self.measures,
            complaints: self.complaints,
        }
    }

    /// The facts of a clip that is neither processed nor measured: its length is known without preparing it.
    fn uncut(self, source: &CacheKey, recording: &Buffer, rate: SampleRate) -> Result<ClipFacts, SoundError> {
        let channels = recording.channels();
        if channels > 2 {
            return Err(ClipError::Channels { channels }.into());
        }
        let frames = resampled_length(recording.frames(), recording.rate(), rate);
        Ok(ClipFacts {
            source: source.to_string(),
            source_rate: self.rate,
            source_frames: self.frames,
            in_point: Frames::ZERO,
            out_point: recording.frames(),
            frames,
            onset: Frames::ZERO,
            islands: vec![(Frames::ZERO, frames)],
            blocks: Vec::new(),
            balance: SpectralBalance::default(),
            room: None,
            sibilants: Vec::new(),
            fitting: Fitting::default(),
            effects: ChainEffects::default(),
            measures: self.measures,
            complaints: self.complaints,
        })
    }
}

/// A flaw as a fact: times in seconds, levels in dBFS.
pub(super) fn complaint(flaw: Flaw, rate: SampleRate) -> Complaint {
    let seconds = |frames: Frames| frames.0 as f64 / rate.as_f64();
    match flaw {
        Flaw::Cut { decoded, expected } => {
            Complaint::Cut { seconds: seconds(decoded), of: expected.map(seconds) }
        }
        Flaw::Lost { first, frames } => Complaint::Lost { at: seconds(first), seconds: seconds(frames) },
        Flaw::Checksum => Complaint::Checksum,
        Flaw::Wild { first, samples, peak } => {
            Complaint::Wild { at: seconds(first), samples, level: level(peak) }
        }
    }
}

/// The facts of a bell, swell or tick. Mono counts as sent equally to left and right, as in [`clip_blocks`].
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

/// How many frames of prepared clips are kept in memory beyond those in use: 4 MiB, a few phrases.
const FRAMES_HELD: usize = 1 << 20;

/// Keeps the prepared clips near the playhead in memory, so that each is prepared only once although many blocks read
/// it.
pub struct ClipShelf {
    chain: Chain,
    held: Mutex<VecDeque<(String, Slot)>>,
    /// Idle resamplers, with the filters they have built.
    resamplers: Mutex<Vec<Resampler>>,
}

/// A clip on the shelf. It is locked while the clip is prepared, so that another thread that needs it waits instead
/// of preparing it too.
type Slot = Arc<Mutex<Option<Arc<Vec<f32>>>>>;

impl ClipShelf {
    pub fn new(chain: Chain) -> Self {
        Self { chain, held: Mutex::default(), resamplers: Mutex::default() }
    }

    /// The voice chain of its clips.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// The samples of a clip, fitted to its voice.
    ///
    /// # Errors
    /// [`SoundError`] if the file has changed or disappeared since its facts were computed.
    pub fn get(&self, store: &Store<'_>, path: &str, fitting: Fitting) -> Result<Arc<Vec<f32>>, SoundError> {
        let slot = self.slot(path);
        let mut place = lock(&slot);
        if let Some(samples) = &*place {
            return Ok(samples.clone());
        }
        let mut resampler = lock(&self.resamplers).pop().unwrap_or_default();
        // Drafts and own recordings always use the draft chain, whatever the chain of the voice's own clips is.
        let chain = if is_no_take(path) { Chain::draft() } else { self.chain };
        let samples = store.clip_samples(path, Treatment { chain, fitting }, &mut resampler).map(Arc::new);
        lock(&self.resamplers).push(resampler);
        *place = Some(samples?);
        let samples = place.clone().expect("it was just put there");
        drop(place);
        self.evict(store);
        Ok(samples)
    }

    /// The slot of a clip, created if needed.
    fn slot(&self, path: &str) -> Slot {
        let mut held = lock(&self.held);
        if let Some((_, slot)) = held.iter().find(|(name, _)| name == path) {
            return slot.clone();
        }
        let slot = Slot::default();
        held.push_back((path.to_owned(), slot.clone()));
        slot
    }

    /// Forgets all clips.
    pub fn clear(&self) {
        lock(&self.held).clear();
    }

    /// Drops the oldest clips while there are too many; clips that are still being prepared do not count.
    fn evict(&self, store: &Store<'_>) {
        let mut held = lock(&self.held);
        let frames = |slot: &Slot| {
            slot.try_lock().ok().and_then(|place| place.as_ref().map(|clip| clip.capacity())).unwrap_or(0)
        };
        let mut sum: usize = held.iter().map(|(_, slot)| frames(slot)).sum();
        while sum > FRAMES_HELD && held.len() > 1 {
            let Some((_, slot)) = held.pop_front() else { break };
            sum -= frames(&slot).min(sum);
            // If nobody reads it any more, its buffer is reused.
            if let Some(plane) = Arc::into_inner(slot)
                .and_then(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner))
                .and_then(Arc::into_inner)
            {
                store.spare.give(plane);
            }
        }
    }
}

/// Locks a mutex. A thread that panicked while it held one has not left it in an invalid state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
