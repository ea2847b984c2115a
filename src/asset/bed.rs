//! The sound of a bed: its layers mixed, read window by window at any place of an endless track.

use super::cache::{SampleFile, SampleWriter};
use super::generate::generator;
use super::store::{SoundError, Store};
use crate::decode::pcm::PcmFile;
use crate::decode::{DecodeError, Decoder};
use crate::dsp::looping::path::{Join, LoopPath};
use crate::dsp::looping::seam::Seam;
use crate::dsp::looping::search::{Ends, joins};
use crate::dsp::meter::LoudnessMeter;
use crate::dsp::noise;
use crate::dsp::resample::StreamResampler;
use crate::facts::BedFacts;
use crate::script::ambience::{Ambience, LayerSound};
use crate::synth::generator::{CHANNELS, GRAIN, Generator};
use crate::unit::{Db, Frames, Position, Seconds};

/// The frames of one window: a grain, so that a generator makes each grain once.
pub const WINDOW: u64 = GRAIN;

/// Raised when the bytes of a generator or of a prepared recording change.
const BED_VERSION: u64 = 3;
/// How much of a bed its loudness is taken from: generators are steady, so a minute is enough; of a recording all of
/// its unit counts, up to ten minutes.
const MEASURED_MINUTES: u64 = 10;
const MEASURED_GRAINS: u64 = 12;
const LEAST_SECONDS: u64 = 3;
/// A generated bed whose loudest three seconds lie so far above the whole, in LU, comes and goes: more of it is listened
/// to, as it may have been calm.
const STEADY: f64 = 2.5;
const SWINGING_GRAINS: u64 = 60;
/// Frames that are listened to at a time.
const BLOCK: usize = 8_192;

/// A bed that can be read anywhere.
pub struct BedSound {
    layers: Vec<(LayerSource, f32)>,
}

enum LayerSource {
    Generated(Box<dyn Generator>),
    Looped { path: LoopKind, recording: Recording },
}

/// The way through a recording that has to last for ever.
enum LoopKind {
    /// All of it, again and again.
    Plain(Seam),
    /// From place to place.
    Winding(LoopPath),
}

/// A recording at the render rate: read where it lies if it is a plain file of that rate, else prepared and kept on
/// disk, so that its length costs no memory.
enum Recording {
    Plain(PcmFile),
    Prepared(SampleFile),
}

/// What a reader of a bed keeps from one block to the next: the grains that are not used up, and room. One for each
/// thread.
#[derive(Default)]
pub struct BedReader {
    grains: Vec<Grain>,
    /// Bytes of a recording.
    bytes: Vec<u8>,
    /// A layer to be mixed to those before it.
    layer: [Vec<f32>; 2],
}

#[derive(Default)]
struct Grain {
    index: Option<u64>,
    planes: Vec<Vec<f32>>,
}

impl BedSound {
    /// Opens the layers of an ambience. `seed` is that of the session; each layer derives its own.
    ///
    /// # Errors
    /// [`SoundError`] if a recording cannot be used.
    pub fn open(store: &Store<'_>, ambience: &Ambience, seed: u64) -> Result<Self, SoundError> {
        let mut layers = Vec::new();
        for (index, layer) in ambience.layers.iter().enumerate() {
            let seed = noise::seed(&[seed, noise::seed_of(&ambience.id), index as u64]);
            let source = match &layer.sound {
                LayerSound::Generated(sound) => LayerSource::Generated(generator(sound, store.rate, seed)),
                LayerSound::Recording { file, crossfade } => {
                    let named = |trouble: SoundError| trouble.of(&file.value);
                    let recording = Recording::open(store, &file.value).map_err(named)?;
                    let path =
                        LoopKind::find(store, &file.value, &recording, *crossfade, seed).map_err(named)?;
                    LayerSource::Looped { path, recording }
                }
            };
            layers.push((source, layer.gain.gain().factor()));
        }
        Ok(Self { layers })
    }

    /// Fills left and right, of one length, with the bed from `from` on.
    ///
    /// # Errors
    /// [`SoundError`] if a recording cannot be read back.
    ///
    /// # Panics
    /// If the stretch reaches over a multiple of [`WINDOW`]: that is a bug of the caller.
    pub fn read(
        &self,
        from: Position,
        left: &mut [f32],
        right: &mut [f32],
        reader: &mut BedReader,
    ) -> Result<(), SoundError> {
        let frames = left.len();
        assert!(from.0 % WINDOW + frames as u64 <= WINDOW, "a stretch lies in one window");
        reader.grains.resize_with(self.layers.len(), Grain::default);
        let Some(((first, gain), more)) = self.layers.split_first() else {
            left.fill(0.0);
            right.fill(0.0);
            return Ok(());
        };
        let (first_grain, grains) = reader.grains.split_first_mut().expect("there is one a layer");
        first.read(from, [left, right], first_grain, &mut reader.bytes)?;
        if *gain != 1.0 {
            for plane in [&mut *left, &mut *right] {
                plane.iter_mut().for_each(|sample| *sample *= gain);
            }
        }
        for ((source, gain), grain) in more.iter().zip(grains) {
            let [other_left, other_right] = &mut reader.layer;
            other_left.resize(frames, 0.0);
            other_right.resize(frames, 0.0);
            source.read(from, [other_left, other_right], grain, &mut reader.bytes)?;
            for (sum, plane) in [&mut *left, &mut *right].into_iter().zip(&reader.layer) {
                sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample * gain);
            }
        }
        Ok(())
    }

    /// How much of it its loudness is taken from.
    fn measured(&self, store: &Store<'_>) -> Frames {
        let rate = u64::from(store.rate.hz());
        let limit = MEASURED_MINUTES * 60 * rate;
        let longest = self.layers.iter().map(|(source, _)| match source {
            LayerSource::Generated(_) => MEASURED_GRAINS * WINDOW,
            // A meter needs more than a moment; the loop goes on without end, so there is enough of it.
            LayerSource::Looped { path: LoopKind::Plain(seam), .. } => {
                seam.unit().0.clamp(LEAST_SECONDS * rate, limit)
            }
            LayerSource::Looped { recording, .. } => recording.frames().0.min(limit),
        });
        Frames(longest.max().unwrap_or(0))
    }

    fn loudness(&self, store: &Store<'_>) -> Result<BedFacts, SoundError> {
        let mut ear = BedMeter::new(store);
        ear.listen(self, self.measured(store).0)?;
        let endless = self.layers.iter().any(|(source, _)| matches!(source, LayerSource::Generated(_)));
        if endless && ear.swing() > STEADY {
            ear.listen(self, SWINGING_GRAINS * WINDOW)?;
        }
        Ok(ear.facts())
    }
}

/// What has been heard of a bed from its start.
struct BedMeter {
    meter: LoudnessMeter,
    reader: BedReader,
    heard: u64,
    power: f64,
}

impl BedMeter {
    fn new(store: &Store<'_>) -> Self {
        let meter = LoudnessMeter::new(store.rate, 2);
        Self { meter, reader: BedReader::default(), heard: 0, power: 0.0 }
    }

    /// Listens on to a place.
    fn listen(&mut self, bed: &BedSound, to: u64) -> Result<(), SoundError> {
        let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        while self.heard < to {
            let from = self.heard;
            // Blocks begin at multiples of their length, so that none reaches over a window.
            let frames = (to - from).min(BLOCK as u64 - from % BLOCK as u64) as usize;
            let (left, right) = (&mut left[..frames], &mut right[..frames]);
            bed.read(Position(from), left, right, &mut self.reader)?;
            self.meter.push(&[left, right]);
            let squares = |plane: &[f32]| plane.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
            self.power += squares(left) + squares(right);
            self.heard += frames as u64;
        }
        Ok(())
    }

    /// How far the loudest three seconds lie above the whole, in LU.
    fn swing(&self) -> f64 {
        let both = self.meter.max_short_term().zip(self.meter.integrated());
        both.map_or(0.0, |(loudest, loudness)| (loudest - loudness).0)
    }

    fn facts(&self) -> BedFacts {
        let power = self.power / (2.0 * self.heard.max(1) as f64);
        let rms = (power > 0.0).then(|| Db(10.0 * power.log10()));
        BedFacts { loudness: self.meter.integrated(), loudest: self.meter.max_short_term(), rms }
    }
}

/// The facts of a bed: from the cache, or by listening to it. Where its `loudness` is not wanted it is only opened.
///
/// # Errors
/// [`SoundError`] if a recording cannot be used.
pub fn bed_facts(
    store: &Store<'_>,
    ambience: &Ambience,
    seed: u64,
    loudness: bool,
) -> Result<BedFacts, SoundError> {
    if !loudness {
        return BedSound::open(store, ambience, seed).map(|_| BedFacts {
            loudness: None,
            loudest: None,
            rms: None,
        });
    }
    let mut key =
        store.key("bed-facts").number("version", BED_VERSION).field("id", &ambience.id).number("seed", seed);
    for layer in &ambience.layers {
        key = match &layer.sound {
            // As it is written for people who look for mistakes: every number to its last digit.
            LayerSound::Generated(sound) => key.field("generate", format!("{sound:?}")),
            LayerSound::Recording { file, crossfade } => {
                let key = key.key("source", &store.source_key(&file.value)?);
                key.number("crossfade", crossfade.map_or(u64::MAX, Seconds::nanos))
            }
        };
        key = key.number("gain", layer.gain.0.to_bits());
    }
    let key = key.cpu().finish();
    store.cached("bed-facts", &key, || BedSound::open(store, ambience, seed)?.loudness(store))
}

impl LayerSource {
    /// Fills left and right from `from` on, within one window.
    fn read(
        &self,
        from: Position,
        planes: [&mut [f32]; 2],
        grain: &mut Grain,
        bytes: &mut Vec<u8>,
    ) -> Result<(), SoundError> {
        match self {
            Self::Generated(generator) => {
                let made = grain.of(generator.as_ref(), from.0 / WINDOW);
                let start = (from.0 % WINDOW) as usize;
                for (plane, made) in planes.into_iter().zip(made) {
                    plane.copy_from_slice(&made[start..start + plane.len()]);
                }
            }
            Self::Looped { path, recording } => {
                let mut planes = planes;
                let channels = recording.channels();
                let mut fetch =
                    |first, window: &mut [&mut [f32]]| recording.read(Position(first), window, bytes);
                match path {
                    LoopKind::Plain(seam) => seam.read(from, &mut planes[..channels], &mut fetch)?,
                    LoopKind::Winding(path) => path.read(from, &mut planes[..channels], &mut fetch)?,
                }
                if let ([left, right], 1) = (&mut planes, channels) {
                    right.copy_from_slice(left);
                }
            }
        }
        Ok(())
    }
}

/// The search is worth keeping: it reads two minutes of a recording.
const SEARCH_VERSION: u64 = 2;
/// A path repeats as a whole after so much time or more.
const PATH: Seconds = Seconds::whole(3_600);

impl LoopKind {
    /// The plain loop somebody asked for, or a path over the best joins there are.
    fn find(
        store: &Store<'_>,
        file: &str,
        recording: &Recording,
        crossfade: Option<Seconds>,
        seed: u64,
    ) -> Result<Self, SoundError> {
        let frames = recording.frames();
        if let Some(crossfade) = crossfade {
            let seam = Seam::new(frames, crossfade.frames(store.rate));
            return seam.map(Self::Plain).ok_or(SoundError::Short(crossfade.as_f64()));
        }
        let Some(ends) = Ends::of(frames.0, store.rate) else {
            let seam = Seam::new(frames, Frames(frames.0 / 4));
            return seam.map(Self::Plain).ok_or_else(|| DecodeError::Empty.into());
        };
        let key = store.key("loops").number("version", SEARCH_VERSION);
        let key = key.key("source", &store.source_key(file)?).cpu().finish();
        let joins: Vec<Join> = store.cached("loops", &key, || {
            let head = recording.mono(0, ends.searched)?;
            let tail = recording.mono(ends.tail, ends.searched)?;
            Ok(joins(&head, &tail, &ends, store.rate))
        })?;
        Ok(Self::Winding(LoopPath::new(&joins, Frames(ends.crossfade), PATH.frames(store.rate), seed)))
    }
}

impl Grain {
    /// The planes of a grain, made unless they are there from the block before.
    fn of(&mut self, generator: &dyn Generator, index: u64) -> &[Vec<f32>] {
        if self.index != Some(index) {
            self.planes.resize(CHANNELS, Vec::new());
            generator.grain(index, &mut self.planes);
            self.index = Some(index);
        }
        &self.planes
    }
}

impl Recording {
    fn open(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        let plain = PcmFile::open(store.files.open(std::path::Path::new(path))?).map_err(DecodeError::Io)?;
        if let Some(file) = plain.filter(|file| file.rate() == store.rate && file.channels() <= 2) {
            return Ok(Self::Plain(file));
        }
        if store.cache.is_off() {
            return Self::aside(store, path);
        }
        let key = store.key("beds").number("version", BED_VERSION).key("source", &store.source_key(path)?);
        let key = key.cpu().finish();
        if let Some(kept) = store.cache.open_samples("beds", &key) {
            return Ok(Self::Prepared(kept));
        }
        match written(store, path, |channels| store.cache.put_samples("beds", &key, channels))? {
            Some(kept) => Ok(Self::Prepared(kept)),
            None => Self::aside(store, path),
        }
    }

    /// Prepared for this time only, as there is no cache that would keep it.
    fn aside(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        let made = written(store, path, SampleWriter::nameless)?;
        made.map(Self::Prepared).ok_or(SoundError::NoRoom(store.rate))
    }

    fn frames(&self) -> Frames {
        match self {
            Self::Plain(file) => file.frames(),
            Self::Prepared(file) => file.frames(),
        }
    }

    /// A stretch of it with its channels added up.
    fn mono(&self, from: u64, frames: u64) -> Result<Vec<f32>, SoundError> {
        let mut planes = vec![vec![0.0; frames as usize]; self.channels()];
        let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        self.read(Position(from), &mut views, &mut Vec::new())?;
        let mut planes = planes.into_iter();
        let mut sum = planes.next().unwrap_or_default();
        planes.for_each(|plane| sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample));
        Ok(sum)
    }

    fn channels(&self) -> usize {
        match self {
            Self::Plain(file) => file.channels(),
            Self::Prepared(file) => file.channels(),
        }
    }

    fn read(&self, from: Position, planes: &mut [&mut [f32]], bytes: &mut Vec<u8>) -> Result<(), SoundError> {
        match self {
            Self::Plain(file) => Ok(file.read(from, planes, bytes).map_err(DecodeError::Io)?),
            Self::Prepared(file) => Ok(file.read(from, planes)?),
        }
    }
}

/// Decodes a recording into a file of samples; `None` where that could not be kept.
fn written(
    store: &Store<'_>,
    path: &str,
    start: impl Fn(usize) -> SampleWriter,
) -> Result<Option<SampleFile>, SoundError> {
    let mut writer = None;
    stream(store, path, |planes| writer.get_or_insert_with(|| start(planes.len())).write(planes))?;
    Ok(writer.and_then(SampleWriter::finish))
}

/// Decodes a recording block by block at the rate of the store.
fn stream(store: &Store<'_>, path: &str, mut take: impl FnMut(&[&[f32]])) -> Result<(), SoundError> {
    let mut decoder = Decoder::open(store.files.open(std::path::Path::new(path))?)?;
    let channels = decoder.channels();
    if channels > 2 {
        return Err(SoundError::Channels(channels));
    }
    let mut resampler = (decoder.rate() != store.rate)
        .then(|| StreamResampler::new(decoder.rate(), store.rate, channels))
        .transpose()?;
    let mut block = Vec::new();
    let mut ready: Vec<Vec<f32>> = vec![Vec::new(); channels];
    while decoder.next_block(&mut block)? {
        let views: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
        match &mut resampler {
            None => take(&views),
            Some(resampler) => {
                resampler.push(&views, &mut ready);
                take(&ready.iter().map(Vec::as_slice).collect::<Vec<_>>());
                ready.iter_mut().for_each(Vec::clear);
            }
        }
    }
    if let Some(resampler) = &mut resampler {
        resampler.finish(&mut ready);
        take(&ready.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    Ok(())
}
