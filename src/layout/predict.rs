//! Predicts the lengths of beats.

use crate::facts::pace::letters;

/// The share of the letters of a phrase in each beat; equal shares if it has no letters.
pub fn shares(beats: &[String]) -> Vec<f64> {
    let total: u64 = beats.iter().map(|beat| letters(beat)).sum();
    beats
        .iter()
        .map(|beat| if total == 0 { 1.0 / beats.len() as f64 } else { letters(beat) as f64 / total as f64 })
        .collect()
}
