//! The loops every sample of a file goes through, in forms that compile to vector code.

use std::ops::Range;

use super::pcm::{FULL_SCALE_16, FULL_SCALE_24, integer};

/// Appends these frames of the planes to `samples`, frame by frame.
pub(super) fn interleave(planes: &[&[f32]], frames: Range<usize>, samples: &mut Vec<f32>) {
    match planes {
        [mono] => samples.extend_from_slice(&mono[frames]),
        [left, right] => {
            let start = samples.len();
            samples.resize(start + 2 * frames.len(), 0.0);
            let (pairs, _) = samples[start..].as_chunks_mut::<2>();
            for ((pair, left), right) in pairs.iter_mut().zip(&left[frames.clone()]).zip(&right[frames]) {
                *pair = [*left, *right];
            }
        }
        _ => samples.extend(frames.flat_map(|frame| planes.iter().map(move |plane| plane[frame]))),
    }
}

/// Rounds to 16-bit integers, low byte first.
pub(super) fn int_16(samples: &[f32], bytes: &mut [u8]) {
    let (words, _) = bytes.as_chunks_mut::<2>();
    for (word, sample) in words.iter_mut().zip(samples) {
        *word = (integer(*sample, FULL_SCALE_16) as i16).to_le_bytes();
    }
}

/// Rounds to 24-bit integers, low byte first: four samples become three words, as single bytes would be slow.
pub(super) fn int_24(samples: &[f32], bytes: &mut [u8]) {
    let (fours, last_samples) = samples.as_chunks::<4>();
    let (twelves, last_bytes) = bytes.as_chunks_mut::<12>();
    for (twelve, four) in twelves.iter_mut().zip(fours) {
        let low_bits = |sample: f32| integer(sample, FULL_SCALE_24) as u32 & 0x00FF_FFFF;
        let (a, b, c, d) = (low_bits(four[0]), low_bits(four[1]), low_bits(four[2]), low_bits(four[3]));
        let (words, _) = twelve.as_chunks_mut::<4>();
        words[0] = (a | b << 24).to_le_bytes();
        words[1] = (b >> 8 | c << 16).to_le_bytes();
        words[2] = (c >> 16 | d << 8).to_le_bytes();
    }
    for (three, sample) in last_bytes.as_chunks_mut::<3>().0.iter_mut().zip(last_samples) {
        let [low, middle, high, _] = integer(*sample, FULL_SCALE_24).to_le_bytes();
        *three = [low, middle, high];
    }
}

/// The bits of the floats, low byte first.
pub(super) fn float_32(samples: &[f32], bytes: &mut [u8]) {
    let (words, _) = bytes.as_chunks_mut::<4>();
    for (word, sample) in words.iter_mut().zip(samples) {
        *word = sample.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_of_four_samples_are_the_bytes_of_each(samples in prop::collection::vec(-1.1f32..1.1, 0..40)) {
            let mut bytes = vec![0; samples.len() * 3];
            int_24(&samples, &mut bytes);
            for (three, sample) in bytes.chunks(3).zip(&samples) {
                prop_assert_eq!(three, &integer(*sample, FULL_SCALE_24).to_le_bytes()[..3]);
            }
        }
    }
}
