//! The head of a take: a WAV of one channel in 32-bit float, with a `bext` chunk that says what it is. It is always of the same
//! length, so that the sound begins at a known place.

use crate::unit::Frames;

/// The bytes before the first sample.
pub const HEAD: u64 = 12 + (8 + 18) + (8 + 4) + (8 + BEXT as u64) + 8;
/// The bytes of a sample.
pub const SAMPLE: u64 = 4;
/// The length of a `bext` chunk without a history of its coding (EBU Tech 3285).
const BEXT: u32 = 602;

/// What the head says besides the length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeHead<'a> {
    /// Frames in a second.
    pub rate: u32,
    /// What is recorded, in ASCII.
    pub description: &'a str,
    /// The id of the take.
    pub reference: &'a str,
    /// When it began, as in `2026-11-28T09:30:00Z`.
    pub started: &'a str,
}

impl TakeHead<'_> {
    /// The bytes of the head of a take that is so long.
    pub fn bytes(&self, frames: Frames) -> Vec<u8> {
        let mut head = sound_head(HEAD as usize, self.rate, frames);
        head.extend(b"bext");
        head.extend(BEXT.to_le_bytes());
        let (day, time) = self.started.split_once('T').unwrap_or((self.started, ""));
        for (text, length) in
            [(self.description, 256), (ORIGINATOR, 32), (self.reference, 32), (day, 10), (time, 8)]
        {
            let ascii = text.bytes().map(|byte| if byte.is_ascii() { byte } else { b'?' });
            let mut field: Vec<u8> = ascii.take(length).collect();
            field.resize(length, 0);
            head.extend(field);
        }
        // No time of a day in frames, version 1, no number of the material.
        head.extend(0u64.to_le_bytes());
        head.extend(1u16.to_le_bytes());
        head.resize(HEAD as usize - 8, 0);
        head.extend(b"data");
        head.extend(((frames.0 * SAMPLE) as u32).to_le_bytes());
        head
    }
}

/// The beginning of a head of so many bytes, which says that samples of 32-bit float of one channel follow.
fn sound_head(length: usize, rate: u32, frames: Frames) -> Vec<u8> {
    let mut head = Vec::with_capacity(length);
    head.extend(b"RIFF");
    head.extend((length as u32 - 8 + (frames.0 * SAMPLE) as u32).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(18u32.to_le_bytes());
    // IEEE float, one channel.
    head.extend(3u16.to_le_bytes());
    head.extend(1u16.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend((rate * SAMPLE as u32).to_le_bytes());
    head.extend((SAMPLE as u16).to_le_bytes());
    head.extend(32u16.to_le_bytes());
    head.extend(0u16.to_le_bytes());
    head.extend(b"fact");
    head.extend(4u32.to_le_bytes());
    head.extend((frames.0 as u32).to_le_bytes());
    head
}

/// The bytes of a head that says no more than that.
pub const PLAIN_HEAD: usize = 58;

/// The head of a take without a word of where it comes from, as a page without the studio writes it (web/pack/wav.js).
pub fn plain_head(rate: u32, frames: Frames) -> Vec<u8> {
    let mut head = sound_head(PLAIN_HEAD, rate, frames);
    head.extend(b"data");
    head.extend(((frames.0 * SAMPLE) as u32).to_le_bytes());
    head
}

/// A whole take as the bytes of its file.
pub fn wav(head: &TakeHead<'_>, samples: &[f32]) -> Vec<u8> {
    let mut bytes = head.bytes(Frames(samples.len() as u64));
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

const ORIGINATOR: &str = "adem studio";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode_all;
    use crate::files::{Files as _, MemoryFiles};

    #[test]
    fn a_take_is_a_wav_that_is_read() {
        let head = TakeHead {
            rate: 44_100,
            description: "plek/één",
            reference: "0123",
            started: "2026-11-28T09:30:00Z",
        };
        let mut bytes = head.bytes(Frames(3));
        assert_eq!(bytes.len() as u64, HEAD);
        for sample in [0.5f32, -0.25, 1.5] {
            bytes.extend(sample.to_le_bytes());
        }
        let files = MemoryFiles::new().with("a.wav", bytes);
        let decoded = decode_all(files.open(std::path::Path::new("a.wav")).unwrap()).unwrap();
        assert_eq!((decoded.buffer.rate().hz(), decoded.buffer.channels()), (44_100, 1));
        assert_eq!(decoded.buffer.plane(0), [0.5, -0.25, 1.5]);
    }
}
