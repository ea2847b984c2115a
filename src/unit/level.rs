//! Levels: [`Db`] is a ratio in decibels, [`Gain`] a linear factor, [`Lufs`] a loudness. Silence is a gain of zero,
//! not some very low number of decibels.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A ratio in decibels (20·log₁₀ of an amplitude ratio).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Db(pub f64);

impl Db {
    /// The same ratio as a linear factor: 10^(dB / 20).
    pub fn gain(self) -> Gain {
        Gain(10f64.powf(self.0 / 20.0))
    }

    /// The same ratio as a factor of power: 10^(dB / 10).
    pub fn power(self) -> f64 {
        10f64.powf(self.0 / 10.0)
    }
}

impl Add for Db {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Db {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Db {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} dB", self.0)
    }
}

/// A linear factor that samples are multiplied by: 1 leaves them unchanged, 0 is silence.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Gain(pub f64);

impl Gain {
    pub const UNITY: Self = Self(1.0);
    pub const SILENCE: Self = Self(0.0);

    /// The same factor in decibels; `None` for silence.
    pub fn db(self) -> Option<Db> {
        (self.0 > 0.0).then(|| Db(20.0 * self.0.log10()))
    }

    /// The factor in the precision of samples.
    pub fn factor(self) -> f32 {
        self.0 as f32
    }
}

impl Mul for Gain {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

/// A loudness in LUFS (ITU-R BS.1770-5). The difference of two is a [`Db`], since one loudness unit (LU) is one
/// decibel.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Lufs(pub f64);

impl Sub for Lufs {
    type Output = Db;
    fn sub(self, other: Self) -> Db {
        Db(self.0 - other.0)
    }
}

impl Sub<Db> for Lufs {
    type Output = Self;
    fn sub(self, by: Db) -> Self {
        Self(self.0 - by.0)
    }
}

impl Add<Db> for Lufs {
    type Output = Self;
    fn add(self, by: Db) -> Self {
        Self(self.0 + by.0)
    }
}

impl fmt::Display for Lufs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} LUFS", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_gains_convert_both_ways() {
        assert!((Db(-6.0).gain().0 - 0.501_187).abs() < 1e-6);
        assert!((Db(-12.5).gain().db().unwrap().0 + 12.5).abs() < 1e-12);
        assert_eq!(Gain::SILENCE.db(), None);
    }
}
