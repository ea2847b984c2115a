//! The planar buffer every decoder returns and every generator fills.

use crate::unit::{Frames, SampleRate};

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
