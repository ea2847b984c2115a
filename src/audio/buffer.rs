//! The planar buffer every decoder returns and every generator fills.

use crate::unit::{Frames, SampleRate};

/// Samples side by side, as files have them, into planes from frame `at` on.
///
/// # Panics
/// If the planes have no room for them.
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

/// Sound in memory: one plane of f32 samples a channel, all of one length. Full scale is ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    rate: SampleRate,
    planes: Vec<Vec<f32>>,
}

impl Buffer {
    /// A buffer from its planes.
    ///
    /// # Panics
    /// If there is no plane, or the planes differ in length: that is a bug of the caller.
    pub fn from_planes(rate: SampleRate, planes: Vec<Vec<f32>>) -> Self {
        assert!(!planes.is_empty(), "a buffer has a channel");
        assert!(planes.iter().all(|plane| plane.len() == planes[0].len()), "planes are of one length");
        Self { rate, planes }
    }

    /// Silence.
    pub fn silence(rate: SampleRate, channels: usize, frames: usize) -> Self {
        Self::from_planes(rate, vec![vec![0.0; frames]; channels])
    }

    /// Frames a second.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// How many channels there are; at least one.
    pub fn channels(&self) -> usize {
        self.planes.len()
    }

    /// The length.
    pub fn frames(&self) -> Frames {
        Frames(self.planes[0].len() as u64)
    }

    /// The samples of one channel.
    pub fn plane(&self, channel: usize) -> &[f32] {
        &self.planes[channel]
    }

    /// The samples of one channel, to write.
    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        &mut self.planes[channel]
    }

    /// All planes, in the order of the channels.
    pub fn planes(&self) -> &[Vec<f32>] {
        &self.planes
    }

    /// All planes, to write.
    pub fn planes_mut(&mut self) -> &mut [Vec<f32>] {
        &mut self.planes
    }

    /// The planes themselves.
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
