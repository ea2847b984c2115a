//! The original of a phrase as a small file: its speech alone, in one channel.

use std::io::Cursor;
use std::path::Path;

use crate::decode::decode_all;
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
    let decoded = decode_all(files.open(Path::new(path)).ok()?).ok()?;
    let (from, buffer) = (decoded.buffer.rate(), decoded.buffer);
    let share = 1.0 / buffer.channels() as f32;
    let mut mono = vec![0.0; buffer.frames().index()];
    for plane in buffer.planes() {
        mono.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample * share);
    }
    let speech = find_speech(&mono, from)?;
    let rate = SampleRate::new(RATE)?;
    let sound = Resampler::new().resample(&mono[speech.start..speech.end], from, rate).ok()?;
    let spec = TrackSpec {
        format: Format::Opus,
        rate,
        channels: 1,
        frames: Frames(sound.len() as u64),
        seed: 0,
        coding: Coding { opus: Some(BITS), mono: true, ..Coding::default() },
    };
    let tags = Tags::titled("", language);
    let mut writer = track_writer_here(Cursor::new(Vec::new()), &spec, &tags).ok()?;
    writer.write(&[&sound]).ok()?;
    Some(writer.finish().ok()?.into_inner())
}
