//! How a small sound reaches both ears from where it is.

use std::f64::consts::FRAC_PI_2;

/// Sound from the side reaches the farther ear this much later (Woodworth's head, rounded).
const FARTHER_SECONDS: f64 = 0.000_6;

/// How a sound reaches one ear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelPan {
    pub(crate) gain: f64,
    /// In frames.
    pub(crate) delay: u64,
}

/// How a sound reaches both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StereoPan {
    pub(crate) left: ChannelPan,
    pub(crate) right: ChannelPan,
}

impl StereoPan {
    /// A sound at a place from −1 (left) to 1, with equal power wherever it is: the squares of both gains add up to
    /// that of `amplitude`.
    pub(crate) fn new(place: f64, amplitude: f64, rate: f64) -> Self {
        let (sine, cosine) = (FRAC_PI_2 * (0.5 + 0.4 * place)).sin_cos();
        let delay = |side: f64| (FARTHER_SECONDS * rate * side.max(0.0)) as u64;
        let left = ChannelPan { gain: amplitude * cosine, delay: delay(place) };
        let right = ChannelPan { gain: amplitude * sine, delay: delay(-place) };
        Self { left, right }
    }

    /// As [`Self::new`], but at the same time in both ears: a tone that comes later in one is thin where both are mixed.
    pub(crate) fn panned(place: f64, amplitude: f64) -> Self {
        Self::new(place, amplitude, 0.0)
    }

    /// How much later than the nearer ear the farther one hears it, in frames.
    pub(crate) fn latest(&self) -> u64 {
        self.left.delay.max(self.right.delay)
    }
}
