//! Phrases as small files, their speech alone in one channel: the original, what the voice has recorded before, or a machine's.

use std::io::Cursor;
use std::path::Path;

use crate::asset::draft::say;
use crate::decode::{Decoded, decode_all};
use crate::delivery::coding::Coding;
use crate::delivery::format::Format;
use crate::dsp::resample::Resampler;
use crate::dsp::speech::find_speech;
use crate::export::format::track_writer_here;
use crate::export::{Tags, TrackSpec};
use crate::files::Files;
use crate::script::language::Language;
use crate::unit::{Frames, SampleRate};

/// The rate of the file in Hz, and its bits in kbit/s: enough to hear how a phrase is spoken.
const RATE: u32 = 24_000;
const BITS: u32 = 32;

/// A recording as Ogg Opus; `None` where nobody is heard in it. The same recording makes the same bytes.
pub(super) fn original(files: &dyn Files, path: &str, language: &Language) -> Option<Vec<u8>> {
    spoken(&decode_all(files.open(Path::new(path)).ok()?).ok()?, language)
}

/// Words as a machine says them; `None` where none speaks the language.
pub(super) fn machine(text: &str, language: &Language) -> Option<Vec<u8>> {
    let wav = say(language, &text.replace('|', ","))?;
    spoken(&decode_all(Box::new(Cursor::new(wav))).ok()?, language)
}

fn spoken(decoded: &Decoded, language: &Language) -> Option<Vec<u8>> {
    let (from, buffer) = (decoded.buffer.rate(), &decoded.buffer);
    let mono = mono(buffer.planes(), buffer.frames().index());
    let speech = find_speech(&mono, from)?;
    opus(&mono[speech.start..speech.end], from, SampleRate::new(RATE)?, BITS, language)
}

/// The mean of all channels.
pub(super) fn mono(planes: &[Vec<f32>], frames: usize) -> Vec<f32> {
    let share = 1.0 / planes.len() as f32;
    let mut mono = vec![0.0; frames];
    for plane in planes {
        mono.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample * share);
    }
    mono
}

/// One channel as Ogg Opus at a rate, with so many kbit/s.
pub(super) fn opus(
    sound: &[f32],
    from: SampleRate,
    rate: SampleRate,
    bits: u32,
    language: &Language,
) -> Option<Vec<u8>> {
    let sound = Resampler::new().resample(sound, from, rate).ok()?;
    let spec = TrackSpec {
        format: Format::Opus,
        rate,
        channels: 1,
        frames: Frames(sound.len() as u64),
        seed: 0,
        coding: Coding { opus: Some(bits), mono: true, ..Coding::default() },
    };
    let tags = Tags::titled("", language);
    let mut writer = track_writer_here(Cursor::new(Vec::new()), &spec, &tags).ok()?;
    writer.write(&[&sound]).ok()?;
    Some(writer.finish().ok()?.into_inner())
}
