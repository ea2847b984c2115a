//! Three kinds of time: [`Seconds`] in a script (independent of any rate), [`Frames`] as a length, and [`Position`]
//! on a timeline. Adding two positions does not compile.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A sample rate: frames per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The rate of a render where none is given.
    pub const DEFAULT: Self = Self(48_000);
    /// The rate of compact discs, which audiobook stores require.
    pub const DISC: Self = Self(44_100);
    /// The lowest rate adem renders, in Hz.
    pub const LEAST: u32 = 8_000;
    /// The highest rate adem renders, in Hz.
    pub const MOST: u32 = 192_000;

    /// A rate to render at; `None` outside 8 to 192 kHz.
    pub fn new(hz: u32) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&hz).then_some(Self(hz))
    }

    /// The rate of an input file; `None` for zero.
    pub fn of_file(hz: u32) -> Option<Self> {
        (hz > 0).then_some(Self(hz))
    }

    pub const fn hz(self) -> u32 {
        self.0
    }

    pub fn as_f64(self) -> f64 {
        f64::from(self.0)
    }

    /// The length in frames of a hop of 100 ms in a BS.1770 measurement: round(rate / 10).
    pub fn hop(self) -> usize {
        (self.0 as usize + 5) / 10
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A time in a script, independent of any rate. Never negative. Held in whole nanoseconds, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seconds {
    nanos: u64,
}

impl Seconds {
    pub const ZERO: Self = Self { nanos: 0 };
    /// The longest time a script may contain: one day. Anything longer is taken for a typing error.
    pub const MOST: Self = Self::whole(86_400);

    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    pub const fn from_millis(millis: u64) -> Self {
        Self { nanos: millis * 1_000_000 }
    }

    /// As many minutes as these are seconds, unless that is more than any time.
    pub fn times_sixty(self) -> Option<Self> {
        self.nanos.checked_mul(60).map(Self::from_nanos).filter(|time| *time <= Self::MOST)
    }

    pub const fn whole(seconds: u64) -> Self {
        Self { nanos: seconds * NANOS_PER_SECOND }
    }

    /// Rounds to the nearest nanosecond; `None` if the number is negative, not finite or more than a day.
    pub fn from_f64(seconds: f64) -> Option<Self> {
        let nanos = seconds * NANOS_PER_SECOND as f64;
        (nanos.is_finite() && nanos >= 0.0 && nanos <= Self::MOST.nanos as f64)
            .then(|| Self { nanos: nanos.round() as u64 })
    }

    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    /// The time in seconds, for printing and for the formulas of signal processing.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / NANOS_PER_SECOND as f64
    }

    /// Converts to frames: t becomes ⌊t·rate + ½⌋. The only rounding rule in adem.
    pub fn frames(self, rate: SampleRate) -> Frames {
        let scaled = u128::from(self.nanos) * u128::from(rate.hz()) + u128::from(NANOS_PER_SECOND / 2);
        Frames((scaled / u128::from(NANOS_PER_SECOND)) as u64)
    }

    /// Multiplies by `count`, saturating at the largest value.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { nanos: self.nanos.saturating_mul(count) }
    }

    /// Half of this time, rounded down to a nanosecond.
    #[must_use]
    pub const fn half(self) -> Self {
        Self { nanos: self.nanos / 2 }
    }
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }
}

impl AddAssign for Seconds {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Seconds {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// A length in frames, at the rate of its timeline or file. Sums and products saturate at the largest value: nested
/// rounds in a script can ask for more, and the script is then rejected as too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Frames(pub u64);

impl Frames {
    pub const ZERO: Self = Self(0);

    /// The shortest time, in whole nanoseconds, that contains these frames; [`Seconds::frames`] converts it back to
    /// the same number.
    pub fn time(self, rate: SampleRate) -> Seconds {
        let nanos = (u128::from(self.0) * 1_000_000_000).div_ceil(u128::from(rate.hz()));
        Seconds::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The time as people are told it, in whole steps of some milliseconds.
    pub fn told(self, rate: SampleRate, millis: u64, rounding: Rounding) -> Seconds {
        let (frames, hz) = (u128::from(self.0) * 1_000, u128::from(rate.hz()) * u128::from(millis));
        let steps = match rounding {
            Rounding::Down => frames / hz,
            Rounding::Nearest => (frames + hz / 2) / hz,
            Rounding::Up => frames.div_ceil(hz),
        };
        Seconds::from_millis(millis).times(u64::try_from(steps).unwrap_or(u64::MAX))
    }

    /// Multiplies by `count`, saturating at the largest value.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    pub fn seconds(self, rate: SampleRate) -> f64 {
        self.0 as f64 / rate.as_f64()
    }

    /// The difference, or zero if `other` is longer.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This length as an index or a buffer size.
    pub fn index(self) -> usize {
        usize::try_from(self.0).expect("a length in memory fits the address space")
    }
}

/// How a length is rounded for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    Down,
    Nearest,
    Up,
}

/// Parts of a second in milliseconds: the steps in which people are told a time.
pub const TENTH: u64 = 100;
pub const HUNDREDTH: u64 = 10;
pub const THOUSANDTH: u64 = 1;

/// The shortest and the longest length as people are told them: rounded inwards to tenths, as what is said to be possible has
/// to be; where no tenth lies between them, to thousandths.
pub fn told_range(least: Frames, most: Option<Frames>, rate: SampleRate) -> (Seconds, Option<Seconds>) {
    let inwards = |step| {
        let most = most.map(|most| most.told(rate, step, Rounding::Down));
        (least.told(rate, step, Rounding::Up), most)
    };
    let tenths = inwards(TENTH);
    if tenths.1.is_none_or(|most| tenths.0 <= most) {
        return tenths;
    }
    let nearest = |frames: Frames| frames.told(rate, THOUSANDTH, Rounding::Nearest);
    (nearest(least), most.map(nearest))
}

impl Add for Frames {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Frames {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Frames {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("a length is never negative"))
    }
}

impl Sum for Frames {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// A position on a timeline, in frames from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(pub u64);

impl Position {
    pub const START: Self = Self(0);

    pub fn seconds(self, rate: SampleRate) -> f64 {
        self.0 as f64 / rate.as_f64()
    }

    /// The position `by` frames earlier, or the start if there is none.
    #[must_use]
    pub fn back(self, by: Frames) -> Self {
        Self(self.0.saturating_sub(by.0))
    }
}

impl Add<Frames> for Position {
    type Output = Self;
    fn add(self, length: Frames) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

impl AddAssign<Frames> for Position {
    fn add_assign(&mut self, length: Frames) {
        *self = *self + length;
    }
}

impl Sub for Position {
    type Output = Frames;
    fn sub(self, earlier: Self) -> Frames {
        Frames(self.0.checked_sub(earlier.0).expect("the earlier position comes first"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_time_is_rounded_to_the_nearest_frame_and_halves_go_up() {
        let rate = SampleRate::new(8_000).unwrap();
        // 62.5 µs is half a frame at 8 kHz.
        assert_eq!(Seconds::from_nanos(62_500).frames(rate), Frames(1));
        assert_eq!(Seconds::from_nanos(62_499).frames(rate), Frames(0));
        assert_eq!(Seconds::whole(3_600).frames(SampleRate::DEFAULT), Frames(172_800_000));
    }

    #[test]
    fn a_range_is_told_inwards_and_never_over_itself() {
        let rate = SampleRate::DEFAULT;
        let told = |least: u64, most: u64| {
            let (least, most) = told_range(Frames(least), Some(Frames(most)), rate);
            (least.as_f64(), most.unwrap().as_f64())
        };
        // 24.005 s to 84.098 s.
        assert_eq!(told(1_152_240, 4_036_704), (24.1, 84.0));
        assert_eq!(told(480_000, 480_000), (10.0, 10.0));
        assert_eq!(told(480_001, 480_001), (10.0, 10.0));
        assert_eq!(told(481_000, 483_000), (10.021, 10.063));
        assert_eq!(told_range(Frames(1), None, rate), (Seconds::from_millis(100), None));
        for (rounding, millis) in [(Rounding::Down, 300), (Rounding::Nearest, 400), (Rounding::Up, 400)] {
            assert_eq!(Frames(16_800).told(rate, TENTH, rounding), Seconds::from_millis(millis));
        }
        let endless = Frames(u64::MAX).told(rate, TENTH, Rounding::Up);
        assert!(endless > Seconds::MOST);
    }

    #[test]
    fn no_hostile_number_becomes_a_time() {
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e308, 86_400.1] {
            assert_eq!(Seconds::from_f64(seconds), None, "{seconds}");
        }
        assert_eq!(Seconds::from_f64(86_400.0), Some(Seconds::MOST));
    }

    #[test]
    fn a_hop_is_a_tenth_of_a_second_rounded() {
        assert_eq!(SampleRate::new(44_100).unwrap().hop(), 4_410);
        assert_eq!(SampleRate::new(11_025).unwrap().hop(), 1_103);
    }
}
