//! The soft bell at the end: a bowl of adem's own synthesis as a small WAV file.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::synth::bowl::{Mallet, SingingBowl};
use crate::unit::{SampleRate, Seconds};

/// The bowl has no partial above half of this, in Hz.
const RATE: u32 = 22_050;
/// Its peak is 14 dB below that of a bell in a track, so that it startles nobody who is asleep.
const GAIN: f32 = 0.2;

/// The sound as WAV, mono, 16 bits.
pub(super) fn bell() -> Vec<u8> {
    let rate = SampleRate::new(RATE).unwrap_or(SampleRate::DEFAULT);
    let bowl = SingingBowl { pitch_hz: 196.0, mallet: Mallet::Soft, ring: Seconds::whole(6) };
    let sound = bowl.render(rate, 1);
    let spec = WavSpec {
        channels: 1,
        sample_rate: rate.hz(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).expect("a header fits into memory");
    let channels = sound.channels() as f32;
    for frame in 0..sound.frames().index() {
        let sum: f32 = sound.planes().iter().map(|plane| plane[frame]).sum();
        let sample = (sum / channels * GAIN * f32::from(i16::MAX)).round();
        writer.write_sample(sample as i16).expect("a sample fits into memory");
    }
    writer.finalize().expect("a header fits into memory");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_is_soft_and_ends_in_silence() {
        let bytes = bell();
        let mut reader = hound::WavReader::new(bytes.as_slice()).unwrap();
        let samples: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
        let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((1_000..5_000).contains(&peak), "{peak}");
        assert_eq!(samples.last(), Some(&0));
        assert!(bytes.len() < 300_000, "{}", bytes.len());
    }
}
