//! How the beats of a phrase share its letters.

use crate::facts::pace::letters;

/// The share of the letters each beat has; equal shares where there are none.
pub fn shares(beats: &[String]) -> Vec<f64> {
    let total: u64 = beats.iter().map(|beat| letters(beat)).sum();
    beats
        .iter()
        .map(|beat| if total == 0 { 1.0 / beats.len() as f64 } else { letters(beat) as f64 / total as f64 })
        .collect()
}
