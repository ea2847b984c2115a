//! Room tone without end: a looped recording, or noise that imitates the pauses of the clips.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use super::store::{SoundError, Store};
use crate::decode::Decoder;
use crate::dsp::looping::seam::Seam;
use crate::dsp::noise;
use crate::dsp::resample::Resampler;
use crate::dsp::voice::hum::remove_hum;
use crate::dsp::voice::rumble::remove_rumble;
use crate::facts::RoomTone;
use crate::script::voice::Stages;
use crate::unit::{Frames, Position, Seconds};

/// The most of a recording that is used.
const MOST: Seconds = Seconds::whole(30);
/// The shortest recording that is accepted.
const LEAST: Seconds = Seconds::whole(2);
/// The crossfade from its end into its beginning.
const CROSSFADE: Seconds = Seconds::from_millis(800);

/// The stages of the chain that take from the recording of a room what they take from the clips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomStages {
    /// The frequency of the high-pass filter in Hz.
    pub rumble: f64,
    /// Whether the hum of the mains is removed.
    pub hum: bool,
}

impl RoomStages {
    /// `None` for a chain that is off.
    pub fn of(stages: Option<Stages>) -> Self {
        stages.map_or(Self { rumble: 0.0, hum: false }, |stages| Self {
            rumble: stages.rumble,
            hum: stages.hum,
        })
    }
}

/// Room tone that can be read at any position, mono.
pub struct RoomSound {
    /// One repetition of the loop, with an RMS of one, for all versions that use it at the moment: it has two megabytes.
    unit: Arc<[f32]>,
}

impl RoomSound {
    /// Opens the recording of a room, or generates noise. The noise does not depend on the seed of the session, so a
    /// new seed does not change the voice.
    ///
    /// # Errors
    /// [`SoundError`] if the recording cannot be used.
    pub fn open(store: &Store<'_>, tone: &RoomTone, stages: RoomStages) -> Result<Self, SoundError> {
        let key = store.key("room");
        let key = match &tone.file {
            Some(path) => key
                .key("source", &store.source_key(path)?)
                .number("rumble", stages.rumble.to_bits())
                .number("hum", u64::from(stages.hum)),
            None => tone.room.bands.iter().fold(key, |key, band| key.number("band", band.to_bits())),
        };
        let make = || -> Result<Arc<[f32]>, SoundError> {
            let Some(path) = &tone.file else {
                return Ok(tone.room.noise(store.rate, noise::seed_of("room")).into());
            };
            let mut unit = looped(&recorded_room(store, path, stages)?, CROSSFADE.frames(store.rate));
            let power = unit.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / unit.len() as f64;
            let scale = 1.0 / power.sqrt().max(1e-9);
            unit.iter_mut().for_each(|sample| *sample = (f64::from(*sample) * scale) as f32);
            Ok(unit.into())
        };
        Ok(Self { unit: store.catalogue.rooms.get(key.finish(), make)? })
    }

    /// The samples from `place` on, without end.
    pub fn from(&self, place: Position) -> impl Iterator<Item = f32> + '_ {
        let first = (place.0 % self.unit.len() as u64) as usize;
        self.unit[first..].iter().chain(self.unit.iter().cycle()).copied()
    }
}

/// What somebody has recorded as the tone of a room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomMeasures {
    /// In seconds; no more than is used.
    pub seconds: f64,
    /// Whether there is any sound in it but digital silence.
    pub sounds: bool,
    /// The share of the time in which it is much louder than in its quietest tenth, as where somebody speaks.
    pub loud: f64,
}

impl RoomMeasures {
    /// Listens to a recording.
    ///
    /// # Errors
    /// [`SoundError`], which names the file, if it cannot be used.
    pub fn of(store: &Store<'_>, path: &str, stages: RoomStages) -> Result<Self, SoundError> {
        /// In seconds.
        const STRETCH: f64 = 0.05;
        /// In dB. A room is as steady as that; a voice in it is not.
        const LOUDER: f64 = 15.0;
        const NOTHING: f64 = -100.0;
        let samples = recorded_room(store, path, stages)?;
        let length = (STRETCH * store.rate.as_f64()) as usize;
        let level = |part: &[f32]| {
            let power = part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len() as f64;
            (10.0 * power.log10()).max(NOTHING)
        };
        let mut levels: Vec<f64> = samples.chunks_exact(length).map(level).collect();
        levels.sort_by(f64::total_cmp);
        let quiet = levels.get(levels.len() / 10).copied().unwrap_or(NOTHING);
        let loud = levels.iter().filter(|level| **level > quiet + LOUDER).count();
        Ok(Self {
            seconds: samples.len() as f64 / store.rate.as_f64(),
            sounds: levels.get(levels.len() / 2).is_some_and(|middle| *middle > NOTHING),
            loud: loud as f64 / levels.len().max(1) as f64,
        })
    }
}

/// The beginning of a recording of a room at the rate of the store, mono, with its rumble and its hum removed.
///
/// # Errors
/// [`SoundError`], which names the file, if it cannot be used.
pub(super) fn recorded_room(
    store: &Store<'_>,
    path: &str,
    stages: RoomStages,
) -> Result<Vec<f32>, SoundError> {
    read(store, path, stages).map_err(|error| error.in_file(path))
}

fn read(store: &Store<'_>, path: &str, stages: RoomStages) -> Result<Vec<f32>, SoundError> {
    let mut decoder = Decoder::open(store.files.open(Path::new(path))?)?;
    let (rate, channels) = (decoder.rate(), decoder.channels());
    if channels > 2 {
        return Err(SoundError::Channels(channels));
    }
    let (mut mono, mut block) = (Vec::new(), Vec::new());
    while mono.len() < MOST.frames(rate).index() && decoder.next_block(&mut block)? {
        // One channel is enough; the mean of two would be quieter than either.
        mono.extend_from_slice(&block[0]);
    }
    mono.truncate(MOST.frames(rate).index());
    if mono.len() < LEAST.frames(rate).index() {
        return Err(SoundError::ShortRoom);
    }
    let mut samples = Resampler::new().resample(&mono, rate, store.rate)?;
    // In the order of the chain.
    if stages.hum {
        remove_hum(&mut samples, store.rate);
    }
    if stages.rumble > 0.0 {
        remove_rumble(&mut samples, store.rate, stages.rumble);
    }
    Ok(samples)
}

/// Loops a recording by crossfading its end into its beginning.
fn looped(samples: &[f32], crossfade: Frames) -> Vec<f32> {
    let seam = Seam::new(Frames(samples.len() as u64), crossfade)
        .expect("the recording is longer than two crossfades");
    let mut unit = vec![0.0; seam.unit().index()];
    let done: Result<(), Infallible> = seam.read(Position::START, &mut [&mut unit], &mut |first, planes| {
        let first = first as usize;
        planes[0].copy_from_slice(&samples[first..first + planes[0].len()]);
        Ok(())
    });
    let Ok(()) = done;
    unit
}
