//! A frame: its header, which of left, right, middle and side are coded, and checksums (RFC 9639, 9).

use crc::{CRC_8_SMBUS, CRC_16_UMTS, Crc, Table};

use super::bits::BitWriter;
use super::subframe::{self, SubframeBuffers};

/// The frames of sound in a frame of the file, but for the last: the most that the subset allows at 48 kHz, and what
/// flac takes.
pub(super) const BLOCK: usize = 4_096;

const HEADER_SUM: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);
static FRAME_SUM: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_UMTS);

/// Codes frames one after another, with buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct FrameCoder {
    middle: Vec<i32>,
    side: Vec<i32>,
    subframes: SubframeBuffers,
    bits: BitWriter,
}

/// What is coded of two channels: the numbers of RFC 9639, 9.1.3.
const LEFT_AND_RIGHT: u64 = 0b0001;
const LEFT_AND_SIDE: u64 = 0b1000;
const SIDE_AND_RIGHT: u64 = 0b1001;
const MIDDLE_AND_SIDE: u64 = 0b1010;

impl FrameCoder {
    /// Codes the frame with this number: planes of samples of `width` bits.
    pub(super) fn frame(&mut self, planes: &[&[i32]], number: u64, hz: u32, width: u32, window: &[f32]) {
        let Self { middle, side, subframes, bits } = self;
        bits.clear();
        let frames = planes[0].len();
        let mut code = |layout: u64, channels: &[(&[i32], u32, f32)]| {
            header(layout, number, frames, hz, width, bits);
            for (samples, width, differences) in channels {
                subframe::write(samples, *width, *differences, window, subframes, bits);
            }
        };
        match planes {
            [left, right] => {
                middle.clear();
                middle.extend(left.iter().zip(*right).map(|(left, right)| (left + right) >> 1));
                side.clear();
                side.extend(left.iter().zip(*right).map(|(left, right)| left - right));
                let [l, r, m, s] = [left, right, &**middle, &**side].map(second_differences);
                // Bits go by the logarithm of the mean magnitude; the sum of two logarithms is that of the product.
                let score = |one: f32, other: f32| (one + frames as f32) * (other + frames as f32);
                let pairs = [
                    (MIDDLE_AND_SIDE, score(m, s)),
                    (LEFT_AND_RIGHT, score(l, r)),
                    (LEFT_AND_SIDE, score(l, s)),
                    (SIDE_AND_RIGHT, score(s, r)),
                ];
                let best = pairs.iter().min_by(|one, other| one.1.total_cmp(&other.1));
                let layout = best.map_or(LEFT_AND_RIGHT, |best| best.0);
                let (left, right) = ((*left, width, l), (*right, width, r));
                let (middle, side) = ((&**middle, width, m), (&**side, width + 1, s));
                match layout {
                    LEFT_AND_SIDE => code(layout, &[left, side]),
                    SIDE_AND_RIGHT => code(layout, &[side, right]),
                    MIDDLE_AND_SIDE => code(layout, &[middle, side]),
                    _ => code(layout, &[left, right]),
                }
            }
            planes => {
                let channels: Vec<_> =
                    planes.iter().map(|plane| (*plane, width, second_differences(plane))).collect();
                code(planes.len() as u64 - 1, &channels);
            }
        }
        bits.reserve(24);
        bits.align();
        let sum = FRAME_SUM.checksum(bits.written());
        bits.put(u64::from(sum), 16);
    }

    /// The bytes of the last frame.
    pub(super) fn coded(&self) -> &[u8] {
        self.bits.written()
    }
}

fn header(layout: u64, number: u64, frames: usize, hz: u32, width: u32, bits: &mut BitWriter) {
    let (size, size_bits) = match frames {
        BLOCK => (0b1100, 0),
        1..=256 => (0b0110, 8),
        _ => (0b0111, 16),
    };
    let (rate, stored, rate_bits) = match hz {
        88_200 => (1, 0, 0),
        176_400 => (2, 0, 0),
        192_000 => (3, 0, 0),
        8_000 => (4, 0, 0),
        16_000 => (5, 0, 0),
        22_050 => (6, 0, 0),
        24_000 => (7, 0, 0),
        32_000 => (8, 0, 0),
        44_100 => (9, 0, 0),
        48_000 => (10, 0, 0),
        96_000 => (11, 0, 0),
        _ if hz.is_multiple_of(1_000) && hz <= 255_000 => (12, hz / 1_000, 8),
        _ if hz <= 65_535 => (13, hz, 16),
        _ if hz.is_multiple_of(10) && hz <= 655_350 => (14, hz / 10, 16),
        // The header of the file has it.
        _ => (0, 0, 0),
    };
    let depth = match width {
        8 => 1,
        12 => 2,
        16 => 4,
        20 => 5,
        24 => 6,
        32 => 7,
        _ => 0,
    };
    bits.reserve(8 * 16);
    bits.put(0xFFF8, 16); // blocks of one size
    bits.put(size, 4);
    bits.put(rate, 4);
    bits.put(layout, 4);
    bits.put(depth, 3);
    bits.put(0, 1);
    put_coded_number(number, bits);
    if size_bits > 0 {
        bits.put(frames as u64 - 1, size_bits);
    }
    bits.put(u64::from(stored), rate_bits);
    let sum = HEADER_SUM.checksum(bits.written());
    bits.put(u64::from(sum), 8);
}

/// A number in one to seven bytes, as UTF-8 has characters.
pub(super) fn put_coded_number(number: u64, bits: &mut BitWriter) {
    let used = 64 - number.leading_zeros();
    if used <= 7 {
        return bits.put(number, 8);
    }
    let following = (2..=6).map(|bytes| bytes - 1).find(|more| used <= 6 * more + (6 - more)).unwrap_or(6);
    let first = 0xFF00 >> (following + 1) & 0xFF | number >> (6 * following);
    bits.put(first, 8);
    for index in (0..following).rev() {
        bits.put(0x80 | number >> (6 * index) & 0x3F, 8);
    }
}

/// The sum of the magnitudes of the second differences: about how much a channel takes. Eight sums side by side, so that the
/// compiler may add them at once.
fn second_differences(samples: &[i32]) -> f32 {
    const LANES: usize = 8;
    let count = samples.len().saturating_sub(2) / LANES * LANES;
    let mut sums = [0.0f32; LANES];
    for start in (0..count).step_by(LANES) {
        let Some(near) = samples[start..].first_chunk::<{ LANES + 2 }>() else { break };
        for (lane, sum) in sums.iter_mut().enumerate() {
            let bend = near[lane] - 2 * near[lane + 1] + near[lane + 2];
            *sum += (bend as f32).abs();
        }
    }
    sums.iter().sum()
}
