//! The sound of a bed: its layers mixed, read in windows at any position of an endless track.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cache::{CacheKey, CacheKeyBuilder, SharedWindows};
use super::generate::generator;
use super::recorded::Recording;
use super::store::{SoundError, Store};
use crate::decode::DecodeError;
use crate::dsp::looping::path::{Join, LoopPath};
use crate::dsp::looping::seam::Seam;
use crate::dsp::looping::search::{Ends, joins};
use crate::dsp::meter::LoudnessMeter;
use crate::dsp::noise;
use crate::facts::BedFacts;
use crate::script::ambience::{Ambience, LayerSound};
use crate::synth::generator::{CHANNELS, GRAIN, Generator};
use crate::unit::{Db, Frames, Position, Seconds};

/// The frames of one window: one grain, so that a generator makes each grain once.
pub const WINDOW: u64 = GRAIN;

/// Raised when the output of a generator or of a prepared recording changes.
pub(super) const BED_VERSION: u64 = 8;
/// How much of a bed is measured: a minute of a generator, which is steady, and the whole loop of a recording, up to
/// ten minutes.
const MEASURED_MINUTES: u64 = 10;
const MEASURED_GRAINS: u64 = 12;
const LEAST_SECONDS: u64 = 3;
/// A generated bed whose maximum short-term loudness is this far above its integrated loudness, in LU, is not steady:
/// more of it is measured, as the first minute may have been a quiet one.
const STEADY: f64 = 2.5;
const SWINGING_GRAINS: u64 = 60;
/// Frames measured at a time.
const BLOCK: usize = 8_192;

/// A bed that can be read at any position.
pub struct BedSound {
    layers: Vec<(LayerSource, f32)>,
    /// Windows that other versions may have made, and the folder where they are kept.
    shared: Arc<SharedWindows>,
    folder: Option<PathBuf>,
}

enum LayerSource {
    /// A generator and the hash of everything its sound depends on.
    Generated(Arc<dyn Generator>, CacheKey),
    Looped {
        path: LoopMethod,
        recording: Recording,
    },
}

/// How a recording is looped.
enum LoopMethod {
    /// The whole recording repeats.
    Plain(Seam),
    /// Jumps between matching points, in a varying order.
    Varied(LoopPath),
}

/// The state of reading a bed from one block to the next: partly used grains, and buffers. Each thread has its own.
#[derive(Default)]
pub struct BedReader {
    grains: Vec<Grain>,
    /// A buffer for the bytes of a recording.
    bytes: Vec<u8>,
    /// A buffer for a layer to be added to the ones before it.
    layer: [Vec<f32>; 2],
}

#[derive(Default)]
struct Grain {
    index: Option<u64>,
    planes: Vec<Vec<f32>>,
}

impl BedSound {
    /// Opens the layers of an ambience. `seed` is that of the session; each layer derives its own seed from it.
    ///
    /// # Errors
    pub fn open(store: &Store<'_>, ambience: &Ambience, seed: u64) -> Result<Self, SoundError> {
        let mut layers = Vec::new();
        for (index, layer) in ambience.layers.iter().enumerate() {
            let seed = noise::seed(&[seed, noise::seed_of(&ambience.id), index as u64]);
            let source = match &layer.sound {
                LayerSound::Generated(sound) => {
                    // The debug format, which prints every number exactly.
                    let key = store.key("bed-window").field("generate", format!("{sound:?}"));
                    let key = key.number("seed", seed).finish();
                    let make = || Ok::<_, SoundError>(Arc::from(generator(sound, store.rate, seed)));
                    LayerSource::Generated(store.catalogue.generators.get(key, make)?, key)
                }
                LayerSound::Recording { file, crossfade } => {
                    let named = |error: SoundError| error.in_file(&file.value);
                    let recording = Recording::open_held(store, &file.value).map_err(named)?;
                    let path =
                        LoopMethod::find(store, &file.value, &recording, *crossfade, seed).map_err(named)?;
                    LayerSource::Looped { path, recording }
                }
            };
            layers.push((source, layer.gain.gain().factor()));
        }
        let folder = store.cache.folder().map(Path::to_path_buf);
        Ok(Self { layers, shared: store.catalogue.bed_windows.clone(), folder })
    }

    /// Fills left and right, of equal length, with the bed from `from` on.
    ///
    /// # Errors
    /// [`SoundError`] if a recording cannot be read.
    ///
    /// # Panics
    /// If the range crosses a multiple of [`WINDOW`]: a bug in the caller.
    pub fn read(
        &self,
        from: Position,
        left: &mut [f32],
        right: &mut [f32],
        reader: &mut BedReader,
    ) -> Result<(), SoundError> {
        let frames = left.len();
        assert!(from.0 % WINDOW + frames as u64 <= WINDOW, "the range lies in one window");
        reader.grains.resize_with(self.layers.len(), Grain::default);
        let Some(((first, gain), more)) = self.layers.split_first() else {
            left.fill(0.0);
            right.fill(0.0);
            return Ok(());
        };
        let (first_grain, grains) = reader.grains.split_first_mut().expect("there is one a layer");
        first.read(self, from, [left, right], first_grain, &mut reader.bytes)?;
        if *gain != 1.0 {
            for plane in [&mut *left, &mut *right] {
                plane.iter_mut().for_each(|sample| *sample *= gain);
            }
        }
        for ((source, gain), grain) in more.iter().zip(grains) {
            let [other_left, other_right] = &mut reader.layer;
            other_left.resize(frames, 0.0);
            other_right.resize(frames, 0.0);
            source.read(self, from, [other_left, other_right], grain, &mut reader.bytes)?;
            for (sum, plane) in [&mut *left, &mut *right].into_iter().zip(&reader.layer) {
                sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample * gain);
            }
        }
        Ok(())
    }

    /// How much of it is measured.
    fn measured(&self, store: &Store<'_>) -> Frames {
        let rate = u64::from(store.rate.hz());
        let limit = MEASURED_MINUTES * 60 * rate;
        let longest = self.layers.iter().map(|(source, _)| match source {
            LayerSource::Generated(..) => MEASURED_GRAINS * WINDOW,
            // A loop may be shorter than the meter needs; its repetitions are measured too.
            LayerSource::Looped { path: LoopMethod::Plain(seam), .. } => {
                seam.unit().0.clamp(LEAST_SECONDS * rate, limit)
            }
            LayerSource::Looped { recording, .. } => recording.frames().0.min(limit),
        });
        Frames(longest.max().unwrap_or(0))
    }

    fn loudness(&self, store: &Store<'_>) -> Result<BedFacts, SoundError> {
        let mut meter = BedMeter::new(store);
        meter.measure_to(self, self.measured(store).0)?;
        let endless = self.layers.iter().any(|(source, _)| matches!(source, LayerSource::Generated(..)));
        if endless && meter.swing() > STEADY {
            meter.measure_to(self, SWINGING_GRAINS * WINDOW)?;
        }
        Ok(meter.facts())
    }
}

/// Measures a bed from its start.
struct BedMeter {
    meter: LoudnessMeter,
    reader: BedReader,
    measured: u64,
    power: f64,
}

impl BedMeter {
    fn new(store: &Store<'_>) -> Self {
        let meter = LoudnessMeter::new(store.rate, 2);
        Self { meter, reader: BedReader::default(), measured: 0, power: 0.0 }
    }

    /// Measures up to frame `to`.
    fn measure_to(&mut self, bed: &BedSound, to: u64) -> Result<(), SoundError> {
        let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        while self.measured < to {
            let from = self.measured;
            // Blocks begin at multiples of their length, so that none crosses a window.
            let frames = (to - from).min(BLOCK as u64 - from % BLOCK as u64) as usize;
            let (left, right) = (&mut left[..frames], &mut right[..frames]);
            bed.read(Position(from), left, right, &mut self.reader)?;
            self.meter.push(&[left, right]);
            let squares = |plane: &[f32]| plane.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
            self.power += squares(left) + squares(right);
            self.measured += frames as u64;
        }
        Ok(())
    }

    /// How far the maximum short-term loudness is above the integrated loudness, in LU.
    fn swing(&self) -> f64 {
        let both = self.meter.max_short_term().zip(self.meter.integrated());
        both.map_or(0.0, |(loudest, loudness)| (loudest - loudness).0)
    }

    fn facts(&self) -> BedFacts {
        let power = self.power / (2.0 * self.measured.max(1) as f64);
        let rms = (power > 0.0).then(|| Db(10.0 * power.log10()));
        BedFacts { loudness: self.meter.integrated(), loudest: self.meter.max_short_term(), rms }
    }
}

/// The facts of a bed, from the cache or measured. Without `loudness` the bed is only opened, which reports
/// recordings that cannot be used.
///
/// # Errors
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
    let key =
        store.key("bed-facts").number("version", BED_VERSION).field("id", &ambience.id).number("seed", seed);
    let key = with_layers(store, key, ambience)?;
    let key = key.cpu().finish();
    store.cached("bed-facts", &key, || BedSound::open(store, ambience, seed)?.loudness(store))
}

/// Adds to a key what the sound of a bed depends on beside its id and the seed.
fn with_layers(
    store: &Store<'_>,
    mut key: CacheKeyBuilder,
    ambience: &Ambience,
) -> Result<CacheKeyBuilder, SoundError> {
    for layer in &ambience.layers {
        key = match &layer.sound {
            // The debug format, which prints every number exactly.
            LayerSound::Generated(sound) => key.field("generate", format!("{sound:?}")),
            LayerSound::Recording { file, crossfade } => {
                let key = key.key("source", &store.source_key(&file.value)?);
                key.number("crossfade", crossfade.map_or(u64::MAX, Seconds::nanos))
            }
        };
        key = key.number("gain", layer.gain.0.to_bits());
    }
    Ok(key)
}

/// A hash of what a bed is made of: equal hashes, ids and seeds give the same sound in one [`sound_version`].
///
/// # Errors
/// [`SoundError`] if a recording cannot be read.
///
/// [`sound_version`]: super::sound_version
pub fn bed_recipe(store: &Store<'_>, ambience: &Ambience) -> Result<CacheKey, SoundError> {
    Ok(with_layers(store, store.key("bed-recipe").field("id", &ambience.id), ambience)?.finish())
}

impl LayerSource {
    /// Fills left and right from `from` on, within one window.
    fn read(
        &self,
        bed: &BedSound,
        from: Position,
        planes: [&mut [f32]; 2],
        grain: &mut Grain,
        bytes: &mut Vec<u8>,
    ) -> Result<(), SoundError> {
        match self {
            Self::Generated(generator, key) => {
                let made = grain.of(bed, generator.as_ref(), *key, from.0 / WINDOW);
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
                    LoopMethod::Plain(seam) => seam.read(from, &mut planes[..channels], &mut fetch)?,
                    LoopMethod::Varied(path) => path.read(from, &mut planes[..channels], &mut fetch)?,
                }
                if let ([left, right], 1) = (&mut planes, channels) {
                    right.copy_from_slice(left);
                }
            }
        }
        Ok(())
    }
}

/// The version of the search for loop points. Its result is cached, since it reads two minutes of a recording.
pub(super) const SEARCH_VERSION: u64 = 3;
/// The least time after which a path repeats as a whole.
const PATH: Seconds = Seconds::whole(3_600);

impl LoopMethod {
    /// A plain loop if a crossfade is given or the recording is short, otherwise a path over the best joins.
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
        Ok(Self::Varied(LoopPath::new(&joins, Frames(ends.crossfade), PATH.frames(store.rate), seed)))
    }
}

impl Grain {
    /// The planes of a grain, unless they are still there from the last block.
    fn of(&mut self, bed: &BedSound, generator: &dyn Generator, key: CacheKey, index: u64) -> &[Vec<f32>] {
        if self.index != Some(index) {
            self.planes.resize(CHANNELS, Vec::new());
            self.planes.iter_mut().for_each(|plane| plane.resize(GRAIN as usize, 0.0));
            let make = |planes: &mut [Vec<f32>]| generator.grain(index, planes);
            bed.shared.fill((key, index), &mut self.planes, bed.folder.as_deref(), make);
            self.index = Some(index);
        }
        &self.planes
    }
}
