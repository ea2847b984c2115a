//! Measures any audio file, not only those of adem.

use std::path::Path;

use super::{Error, World};
use crate::asset::told_flaw;
use crate::decode::{DecodeError, Decoder};
use crate::dsp::meter::{Measurement, Meter};
use crate::files::{Source, open_anywhere};
use crate::unit::{Frames, SampleRate};

/// The format and the levels of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub frames: Frames,
    pub rate: SampleRate,
    /// A mono file is measured as if played on left and right.
    pub channels: usize,
    pub levels: Measurement,
    /// What is missing from a file that is cut off or damaged, each as a sentence with its remedy: the rest was measured.
    pub damage: Vec<String>,
}

/// Decodes a file anywhere on the disk and measures it, using memory that does not depend on its length.
///
/// # Errors
/// [`Error::World`] if it cannot be read or nothing of it can be decoded.
pub fn measure_file(path: &Path) -> Result<Measured, Error> {
    let source = open_anywhere(path)?;
    measure(&path.to_string_lossy(), source)
        .map_err(|source| World::Decode { path: path.to_owned(), source }.into())
}

fn measure(name: &str, source: Box<dyn Source>) -> Result<Measured, DecodeError> {
    let mut decoder = Decoder::open(source)?;
    let (rate, channels) = (decoder.rate(), decoder.channels());
    let mut meter = Meter::new(rate, channels);
    let mut frames = Frames::ZERO;
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? {
        let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
        meter.push(&planes);
        frames += Frames(planes[0].len() as u64);
    }
    let damage = decoder.flaws().iter().map(|flaw| told_flaw(name, *flaw, rate)).collect();
    Ok(Measured { frames, rate, channels, levels: meter.finish(), damage })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{WavFormat, WavSpec, WavWriter};
    use crate::files::Files;
    use crate::files::MemoryFiles;

    #[test]
    fn a_file_measures_as_its_sound_does() {
        let rate = SampleRate::DEFAULT;
        let tone: Vec<f32> = (0..48_000 * 4).map(|n| 0.1 * (n as f32 * 0.13).sin()).collect();
        let frames = Frames(tone.len() as u64);
        let spec = WavSpec { rate, channels: 1, format: WavFormat::Float32, frames };
        let mut writer = WavWriter::new(Vec::new(), spec).unwrap();
        writer.write(&[&tone]).unwrap();
        let files = MemoryFiles::new().with("tone.wav", writer.finish().unwrap());
        let measured = measure("tone.wav", files.open(Path::new("tone.wav")).unwrap()).unwrap();
        let mut meter = Meter::new(rate, 1);
        meter.push(&[&tone]);
        assert_eq!(
            measured,
            Measured { frames, rate, channels: 1, levels: meter.finish(), damage: Vec::new() }
        );
    }

    #[test]
    fn what_cannot_be_measured_is_named_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.wav");
        std::fs::write(&path, "buy milk").unwrap();
        for (path, reason) in [(path.as_path(), "is"), (&folder.path().join("gone.wav"), "does not exist")] {
            let message = measure_file(path).unwrap_err().to_string();
            assert!(message.contains(&path.display().to_string()) && message.contains(reason), "{message}");
        }
    }
}
