//! The bytes before the first sample: RIFF (Multimedia Programming Interface and Data Specifications 1.0),
//! `WAVE_FORMAT_EXTENSIBLE` (Microsoft, "Multiple Channel Audio Data and WAVE Files") and RF64 (EBU Tech 3306).

use super::{WavFormat, WavSpec};

const PCM: u16 = 0x0001;
const IEEE_FLOAT: u16 = 0x0003;
const EXTENSIBLE: u16 = 0xFFFE;
/// The GUID suffix that turns a format tag into a sub-format: xxxxxxxx-0000-0010-8000-00AA00389B71.
const SUBFORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
const FRONT_CENTER: u32 = 0x4;
const FRONT_LEFT_AND_RIGHT: u32 = 0x3;
/// The 32-bit size that refers to `ds64` (EBU Tech 3306, section 3).
const SEE_DS64: u32 = u32::MAX;
/// The size of the `ds64` chunk: header, three 64-bit sizes and an empty table.
const DS64_BYTES: u64 = 8 + 28;

/// All bytes before the first sample, including metadata chunks.
pub(super) fn header(spec: &WavSpec, about: &[u8]) -> Vec<u8> {
    let mut description = description(spec);
    description.extend(about);
    // The RIFF size counts all that follows: "WAVE", the chunks, the `data` header, the samples and their padding.
    let size = 4 + description.len() as u64 + 8 + spec.data_bytes() + spec.padding();
    let large = size >= u64::from(SEE_DS64);
    let mut bytes = Vec::with_capacity(128 + about.len());
    if large {
        bytes.extend(b"RF64");
        bytes.extend(SEE_DS64.to_le_bytes());
        bytes.extend(b"WAVE");
        bytes.extend(ds64(spec, size + DS64_BYTES));
    } else {
        bytes.extend(b"RIFF");
        bytes.extend((size as u32).to_le_bytes());
        bytes.extend(b"WAVE");
    }
    bytes.extend(description);
    bytes.extend(b"data");
    let data = if large { SEE_DS64 } else { spec.data_bytes() as u32 };
    bytes.extend(data.to_le_bytes());
    bytes
}

/// The chunk of 64-bit sizes, always the first of an RF64 file.
fn ds64(spec: &WavSpec, riff_size: u64) -> Vec<u8> {
    let mut body = Vec::with_capacity(28);
    for size in [riff_size, spec.data_bytes(), spec.frames.0] {
        body.extend(size.to_le_bytes());
    }
    body.extend(0u32.to_le_bytes());
    chunk(*b"ds64", &body)
}

/// The chunks that describe the sound: `fmt `, and `fact` for anything that is not integer PCM.
fn description(spec: &WavSpec) -> Vec<u8> {
    let mut chunks = chunk(*b"fmt ", &format(spec));
    if spec.format == WavFormat::Float32 {
        let frames = u32::try_from(spec.frames.0).unwrap_or(SEE_DS64);
        chunks.extend(chunk(*b"fact", &frames.to_le_bytes()));
    }
    chunks
}

fn format(spec: &WavSpec) -> Vec<u8> {
    let tag = if spec.format == WavFormat::Float32 { IEEE_FLOAT } else { PCM };
    // The plain form, which all players read, is for 8 and 16 bits in mono or stereo only.
    let plain = spec.format == WavFormat::Int16 && spec.channels <= 2;
    let bits = spec.format.bytes() as u16 * 8;
    let frame = spec.frame_bytes() as u16;
    let mut body = Vec::with_capacity(40);
    body.extend(if plain { tag } else { EXTENSIBLE }.to_le_bytes());
    body.extend((spec.channels as u16).to_le_bytes());
    body.extend(spec.rate.hz().to_le_bytes());
    body.extend(spec.rate.hz().saturating_mul(u32::from(frame)).to_le_bytes());
    body.extend(frame.to_le_bytes());
    body.extend(bits.to_le_bytes());
    if !plain {
        body.extend(22u16.to_le_bytes());
        body.extend(bits.to_le_bytes());
        body.extend(speakers(spec.channels).to_le_bytes());
        body.extend(tag.to_le_bytes());
        body.extend(SUBFORMAT);
    }
    body
}

/// The speaker positions; none for more than two channels, whose layout is unknown.
const fn speakers(channels: usize) -> u32 {
    match channels {
        1 => FRONT_CENTER,
        2 => FRONT_LEFT_AND_RIGHT,
        _ => 0,
    }
}

/// A chunk, padded to an even size (RIFF, Multimedia Programming Interface 1.0, chapter 2).
pub(super) fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + body.len());
    bytes.extend(name);
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}
