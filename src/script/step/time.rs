//! The time that a phrase has where a grid or a locked part binds it.

use crate::unit::Seconds;

/// Calm speech, in syllables a second.
pub const SYLLABLES: f64 = 3.0;

/// The time that a phrase has: one, or one for each piece of it between bars.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseTime(Vec<Seconds>);

impl PhraseTime {
    /// For the phrase as a whole.
    pub fn whole(time: Seconds) -> Self {
        Self(vec![time])
    }

    /// For each of its pieces.
    pub fn pieces(times: Vec<Seconds>) -> Self {
        Self(times)
    }

    pub fn sum(&self) -> Seconds {
        self.0.iter().copied().sum()
    }

    /// The shorter of two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        if other.sum() < self.sum() { other } else { self }
    }

    /// The most syllables of each piece.
    pub fn most_syllables(&self) -> Vec<u32> {
        self.0.iter().map(|time| (time.as_f64() * SYLLABLES + 1e-6).floor() as u32).collect()
    }

    /// Such as `4.0 | 6.0 s, at most 12 | 18 syllables`, with the bars of the phrase; `between` comes after the seconds.
    pub fn told(&self, between: &str) -> String {
        let joined = |pieces: Vec<String>| pieces.join(" | ");
        let seconds = joined(self.0.iter().map(|time| format!("{:.1}", time.as_f64())).collect());
        let most = joined(self.most_syllables().iter().map(u32::to_string).collect());
        format!("{seconds} s{between} at most {most} syllables")
    }
}
