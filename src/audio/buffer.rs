//! The planar buffer that every decoder returns and every generator fills.

use crate::unit::{Frames, SampleRate};

/// Splits interleaved samples into planes, starting at frame `at` of each plane.
///
/// # Panics
/// If a plane is too short.
pub fn deinterleave(samples: &[f32], planes: &mut [&mut [f32]], at: usize) {
    match planes {
        [mono] => mono[at..at + samples.len()].copy_from_slice(samples),
        [left, right] => {
            let (pairs, _) = samples.as_chunks::<2>();
            let (left, right) = (&mut left[at..], &mut right[at..]);
            for ((left, right), pair) in left.iter_mut().zip(right).zip(pairs) {
                (*left, *right) = (pair[0], pair[1]);
            }
        }
        _ => {
            let frames = samples.chunks_exact(planes.len());
            for (frame, samples) in frames.enumerate() {
                for (plane, sample) in planes.iter_mut().zip(samples) {
                    plane[at + frame] = *sample;
                }
            }
        }
    }
}

/// Audio in memory: one plane of f32 samples per channel, all of the same length. Full scale is ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    rate: SampleRate,
    planes: Vec<Vec<f32>>,
}

impl Buffer {
    /// # Panics
    /// If there is no plane, or the planes differ in length: a bug in the caller.
    pub fn from_planes(rate: SampleRate, planes: Vec<Vec<f32>>) -> Self {
        assert!(!planes.is_empty(), "a buffer has a channel");
        assert!(planes.iter().all(|plane| plane.len() == planes[0].len()), "planes are of one length");
        Self { rate, planes }
    }

    pub fn silence(rate: SampleRate, channels: usize, frames: usize) -> Self {
        Self::from_planes(rate, vec![vec![0.0; frames]; channels])
    }

    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The number of channels, at least one.
    pub fn channels(&self) -> usize {
        self.planes.len()
    }

    pub fn frames(&self) -> Frames {
        Frames(self.planes[0].len() as u64)
    }

    pub fn plane(&self, channel: usize) -> &[f32] {
        &self.planes[channel]
    }

    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        &mut self.planes[channel]
    }

    /// All planes, in channel order.
    pub fn planes(&self) -> &[Vec<f32>] {
        &self.planes
    }

    pub fn planes_mut(&mut self) -> &mut [Vec<f32>] {
        &mut self.planes
    }

    pub fn into_planes(self) -> Vec<Vec<f32>> {
        self.planes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_side_by_side_come_into_their_planes() {
        for channels in [1, 2, 3] {
            let samples: Vec<f32> = (0..channels * 5).map(|n| n as f32).collect();
            let mut planes = vec![vec![-1.0; 8]; channels];
            let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
            deinterleave(&samples, &mut views, 2);
            for (channel, plane) in planes.iter().enumerate() {
                let expected = (0..5).map(|frame| (frame * channels + channel) as f32);
                assert!(plane[2..7].iter().copied().eq(expected) && plane[7] == -1.0 && plane[1] == -1.0);
            }
        }
    }
}
