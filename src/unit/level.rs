//! Levels: [`Db`] is a ratio on a logarithmic scale, [`Gain`] the factor itself, [`Lufs`] a loudness.
//! Silence is a gain of zero, never a magic number of decibels.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A ratio in decibels (20·log₁₀ of an amplitude ratio).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Db(pub f64);

impl Db {
    /// The factor this ratio multiplies samples with: 10^(dB / 20).
    pub fn gain(self) -> Gain {
        Gain(10f64.powf(self.0 / 20.0))
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

/// The factor samples are multiplied with. 1 leaves them alone, 0 is silence.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Gain(pub f64);

impl Gain {
    /// Leaves samples as they are.
    pub const UNITY: Self = Self(1.0);
    /// Silence.
    pub const SILENCE: Self = Self(0.0);

    /// The ratio in decibels; `None` for silence.
    pub fn db(self) -> Option<Db> {
        (self.0 > 0.0).then(|| Db(20.0 * self.0.log10()))
    }

    /// The factor as samples use it.
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

/// A loudness in LUFS (ITU-R BS.1770-5). Differences are [`Db`], as a loudness unit is a decibel.
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
    fn decibels_and_gains_are_two_names_of_one_ratio() {
        assert!((Db(-6.0).gain().0 - 0.501_187).abs() < 1e-6);
        assert!((Db(-12.5).gain().db().unwrap().0 + 12.5).abs() < 1e-12);
        assert_eq!(Gain::SILENCE.db(), None);
    }
}
