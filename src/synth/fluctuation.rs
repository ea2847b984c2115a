//! How the level of a noise varies, each octave of each channel by itself.

use super::random_curve::CurveSum;
use super::spectrum::{OCTAVES, THIRDS, between_octaves};
use crate::unit::Db;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fluctuation<const N: usize> {
    /// In dB, of each octave in the left and in the right channel.
    octaves: [[CurveSum<N>; OCTAVES]; 2],
}

impl<const N: usize> Fluctuation<N> {
    /// `scales` is as in [`CurveSum::new`], in dB; `seed` returns the seed of a curve from its channel, octave and number.
    pub(crate) fn new(scales: &[(f64, f64); N], seed: impl Fn([u64; 3]) -> u64) -> Self {
        let octave = |channel: usize, band: usize| {
            CurveSum::new(scales, |number| seed([channel as u64, band as u64, number]))
        };
        Self { octaves: std::array::from_fn(|channel| std::array::from_fn(|band| octave(channel, band))) }
    }

    /// The gain of each third in a channel at a time.
    pub(crate) fn gains(&self, channel: usize, seconds: f64) -> [f64; THIRDS] {
        between_octaves(self.octaves[channel].map(|octave| Db(octave.at(seconds)).gain().0))
    }
}
