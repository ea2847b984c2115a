//! A recording that is read from any place: that of a bed, or a whole one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::bed::BED_VERSION;
use super::cache::{SampleFile, SampleWriter};
use super::store::{SoundError, Store};
use crate::decode::pcm::PcmFile;
use crate::decode::{DecodeError, Decoder};
use crate::dsp::meter::LoudnessMeter;
use crate::dsp::peak_hold::{PeakHold, threshold};
use crate::dsp::resample::StreamResampler;
use crate::unit::{Frames, Position};

/// A recording at the render rate: read from its own file if that is plain PCM at this rate and nothing is done to it,
/// otherwise converted and stored on disk, so that its length costs no memory.
pub(super) enum Recording {
    Plain(PcmFile),
    Prepared(SampleFile),
}

/// What is done to a recording that becomes a bed.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Repair {
    /// The amplitude above which its peaks are lowered, if any is too high.
    threshold: Option<f64>,
    /// What its channels are off zero, where that is worth removing.
    offset: [f64; 2],
}

/// An offset under this is left: −80 dBFS.
const LEAST_OFFSET: f64 = 1e-4;

impl Recording {
    /// Opens a recording as it is.
    pub(super) fn open(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        Self::opened(store, path, Repair::default())
    }

    /// Opens a recording without its offset and with its single peaks lowered, so that none is far over the loudness of a bed.
    pub(super) fn open_held(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        let key = store.key("bed-peaks").number("version", BED_VERSION);
        let key = key.key("source", &store.source_key(path)?).cpu().finish();
        let repair = store.cached("bed-peaks", &key, || Repair::measure(store, path))?;
        Self::opened(store, path, repair)
    }

    fn opened(store: &Store<'_>, path: &str, repair: Repair) -> Result<Self, SoundError> {
        let plain = PcmFile::open(store.files.open(Path::new(path))?).map_err(DecodeError::Io)?;
        let plain = plain.filter(|file| file.rate() == store.rate && file.channels() <= 2);
        if let (Some(file), true) = (plain, repair.is_nothing()) {
            return Ok(Self::Plain(file));
        }
        if store.cache.is_off() {
            return Self::temporary(store, path, repair);
        }
        let key = store.key("beds").number("version", BED_VERSION).key("source", &store.source_key(path)?);
        let key = match repair.threshold {
            Some(threshold) => key.number("threshold", threshold.to_bits()),
            None => key,
        };
        let key = repair.offset.iter().fold(key, |key, offset| key.number("offset", offset.to_bits()));
        let key = key.cpu().finish();
        if let Some(kept) = store.cache.open_samples("beds", &key) {
            return Ok(Self::Prepared(kept));
        }
        match written(store, path, repair, |channels| store.cache.put_samples("beds", &key, channels))? {
            Some(kept) => Ok(Self::Prepared(kept)),
            None => Self::temporary(store, path, repair),
        }
    }

    /// Converts into a temporary file, where there is no cache.
    fn temporary(store: &Store<'_>, path: &str, repair: Repair) -> Result<Self, SoundError> {
        let made = written(store, path, repair, SampleWriter::temporary)?;
        made.map(Self::Prepared).ok_or(SoundError::NoSpace(store.rate))
    }

    pub(super) fn frames(&self) -> Frames {
        match self {
            Self::Plain(file) => file.frames(),
            Self::Prepared(file) => file.frames(),
        }
    }

    /// A part of it with its channels summed.
    pub(super) fn mono(&self, from: u64, frames: u64) -> Result<Vec<f32>, SoundError> {
        let mut planes = vec![vec![0.0; frames as usize]; self.channels()];
        let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        self.read(Position(from), &mut views, &mut Vec::new())?;
        let mut planes = planes.into_iter();
        let mut sum = planes.next().unwrap_or_default();
        planes.for_each(|plane| sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample));
        Ok(sum)
    }

    pub(super) fn channels(&self) -> usize {
        match self {
            Self::Plain(file) => file.channels(),
            Self::Prepared(file) => file.channels(),
        }
    }

    pub(super) fn read(
        &self,
        from: Position,
        planes: &mut [&mut [f32]],
        bytes: &mut Vec<u8>,
    ) -> Result<(), SoundError> {
        match self {
            Self::Plain(file) => Ok(file.read(from, planes, bytes).map_err(DecodeError::Io)?),
            Self::Prepared(file) => Ok(file.read(from, planes)?),
        }
    }
}

impl Repair {
    /// Whether the recording stays as it is.
    fn is_nothing(&self) -> bool {
        self.threshold.is_none() && self.offset == [0.0; 2]
    }

    /// Listens to a whole recording once.
    fn measure(store: &Store<'_>, path: &str) -> Result<Self, SoundError> {
        // One channel is played on both sides.
        let mut meter = LoudnessMeter::new(store.rate, 2);
        let (mut range, mut sum, mut frames) = ([[0.0f32; 2]; 2], [0.0f64; 2], 0usize);
        stream(store, path, |planes| {
            let (Some(left), Some(right)) = (planes.first(), planes.last()) else { return };
            meter.push(&[left, right]);
            frames += left.len();
            for (side, plane) in [left, right].into_iter().enumerate() {
                for sample in *plane {
                    range[side] = [range[side][0].min(*sample), range[side][1].max(*sample)];
                    sum[side] += f64::from(*sample);
                }
            }
        })?;
        let offset = sum.map(|sum| sum / frames.max(1) as f64);
        let offset = offset.map(|offset| if offset.abs() < LEAST_OFFSET { 0.0 } else { offset });
        let height = |side: usize| {
            let [low, high] = range[side].map(f64::from);
            (high - offset[side]).max(offset[side] - low)
        };
        Ok(Self { threshold: threshold(meter.integrated(), height(0).max(height(1))), offset })
    }

    /// Takes the offset off.
    fn centred(&self, planes: &[&[f32]]) -> Vec<Vec<f32>> {
        let off = |(plane, offset): (&&[f32], &f64)| {
            plane.iter().map(|sample| (f64::from(*sample) - offset) as f32).collect()
        };
        planes.iter().zip(&self.offset).map(off).collect()
    }
}

/// Decodes a recording into a file of samples; `None` if that could not be stored.
fn written(
    store: &Store<'_>,
    path: &str,
    repair: Repair,
    start: impl Fn(usize) -> SampleWriter,
) -> Result<Option<SampleFile>, SoundError> {
    let mut writer = None;
    let mut write = |planes: &[&[f32]]| writer.get_or_insert_with(|| start(planes.len())).write(planes);
    let Some(threshold) = repair.threshold else {
        stream(store, path, |planes| {
            let centred = repair.centred(planes);
            write(&centred.iter().map(Vec::as_slice).collect::<Vec<_>>());
        })?;
        return Ok(writer.and_then(SampleWriter::finish));
    };
    let (mut hold, mut ready) = (None, Vec::new());
    stream(store, path, |planes| {
        ready.resize(planes.len(), Vec::new());
        let hold = hold.get_or_insert_with(|| PeakHold::new(threshold, store.rate, planes.len()));
        let centred = repair.centred(planes);
        hold.push(&centred.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut ready);
        pass(&mut ready, &mut write);
    })?;
    if let Some(mut hold) = hold {
        hold.finish(&mut ready);
        pass(&mut ready, &mut write);
    }
    Ok(writer.and_then(SampleWriter::finish))
}

/// Hands on what is ready.
fn pass(ready: &mut [Vec<f32>], take: &mut impl FnMut(&[&[f32]])) {
    take(&ready.iter().map(Vec::as_slice).collect::<Vec<_>>());
    ready.iter_mut().for_each(Vec::clear);
}

/// Decodes a recording block by block, at the rate of the store.
fn stream(store: &Store<'_>, path: &str, mut take: impl FnMut(&[&[f32]])) -> Result<(), SoundError> {
    let mut decoder = Decoder::open(store.files.open(Path::new(path))?)?;
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
                pass(&mut ready, &mut take);
            }
        }
    }
    store.note_flaws(path, decoder.flaws(), decoder.rate())?;
    if let Some(resampler) = &mut resampler {
        resampler.finish(&mut ready);
        pass(&mut ready, &mut take);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::{Cache, Catalogue};
    use crate::dsp::noise::HashNoise;
    use crate::files::MemoryFiles;
    use crate::unit::SampleRate;

    /// Six seconds of soft noise with a loud crackle in each, as a WAV of 16 bits at the rate of the store.
    fn fire() -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SampleRate::DEFAULT.hz(),
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        let noise = HashNoise::new(3);
        for frame in 0..288_000 {
            let gain = if frame % 48_000 < 40 { 0.8 } else { 0.01 };
            writer.write_sample((noise.at(frame) * gain * f32::from(i16::MAX)) as i16).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_bed_loses_its_offset_and_a_whole_recording_keeps_it() {
        let mut bytes = fire();
        // The samples behind a header of 44 bytes, softer and all of them higher.
        for pair in bytes[44..].as_chunks_mut::<2>().0 {
            *pair = (i16::from_le_bytes(*pair) / 8 + 100).to_le_bytes();
        }
        let files = MemoryFiles::new().with("birds.wav", bytes);
        let catalogue = Catalogue::default();
        let store = Store::new(&files, &catalogue, Cache::off(), SampleRate::DEFAULT);
        let mean = |recording: &Recording| {
            let sound = recording.mono(0, recording.frames().0).unwrap();
            sound.iter().map(|sample| f64::from(*sample)).sum::<f64>() / sound.len() as f64
        };
        let whole = mean(&Recording::open(&store, "birds.wav").unwrap());
        let bed = mean(&Recording::open_held(&store, "birds.wav").unwrap());
        assert!(whole > 0.0029 && bed.abs() < 2e-5, "{whole} {bed}");
    }

    #[test]
    fn the_peaks_of_a_bed_are_held_and_those_of_a_whole_recording_are_not() {
        let files = MemoryFiles::new().with("fire.wav", fire());
        let catalogue = Catalogue::default();
        let store = Store::new(&files, &catalogue, Cache::off(), SampleRate::DEFAULT);
        let peak = |recording: &Recording| {
            let sound = recording.mono(0, recording.frames().0).unwrap();
            20.0 * sound.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs())).log10()
        };
        let whole = Recording::open(&store, "fire.wav").unwrap();
        let bed = Recording::open_held(&store, "fire.wav").unwrap();
        assert!(matches!(whole, Recording::Plain(_)) && matches!(bed, Recording::Prepared(_)));
        assert_eq!(whole.frames(), bed.frames());
        // The crackles bring it to about −31 LUFS, and are 29 dB over that.
        assert!(peak(&whole) > -4.0 && peak(&bed) < -10.0, "{} {}", peak(&whole), peak(&bed));
    }
}
