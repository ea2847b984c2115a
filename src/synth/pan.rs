//! Stereo panning of small sounds by level and delay.

use std::f64::consts::FRAC_PI_2;

/// The largest delay between the two ears, in seconds (Woodworth's spherical head, rounded).
const FARTHER_SECONDS: f64 = 0.000_6;

/// The gain and delay in one channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelPan {
    pub(crate) gain: f64,
    /// The delay in frames.
    pub(crate) delay: u64,
}

/// The gains and delays in both channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StereoPan {
    pub(crate) left: ChannelPan,
    pub(crate) right: ChannelPan,
}

impl StereoPan {
    /// A sound at `place` from −1 (left) to 1 (right) with constant power: the squares of both gains sum to the
    /// square of `amplitude`.
    pub(crate) fn new(place: f64, amplitude: f64, rate: f64) -> Self {
        let (sine, cosine) = (FRAC_PI_2 * (0.5 + 0.4 * place)).sin_cos();
        let delay = |side: f64| (FARTHER_SECONDS * rate * side.max(0.0)) as u64;
        let left = ChannelPan { gain: amplitude * cosine, delay: delay(place) };
        let right = ChannelPan { gain: amplitude * sine, delay: delay(-place) };
        Self { left, right }
    }

    /// As [`Self::new`], without a delay: a tone delayed in one channel would sound thin in mono.
    pub(crate) fn panned(place: f64, amplitude: f64) -> Self {
        Self::new(place, amplitude, 0.0)
    }

    /// The same place, with this factor for the amplitude.
    pub(crate) fn louder(mut self, factor: f64) -> Self {
        self.left.gain *= factor;
        self.right.gain *= factor;
        self
    }
}
