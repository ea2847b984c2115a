//! The length of a phrase that nobody has recorded yet.

use crate::unit::{Frames, SampleRate, Seconds};

/// Calm speech takes about a quarter of a second and 65 ms a letter; letters follow synthesised time with a
/// correlation of 0.98 in five languages (voices and alignment, 2.4, step 6).
const BASE: Seconds = Seconds::from_millis(250);
const LETTER: Seconds = Seconds::from_millis(65);

/// The predicted length of a text.
pub fn predicted(text: &str, rate: SampleRate) -> Frames {
    (BASE + LETTER.times(letters(text))).frames(rate)
}

/// How many letters and digits a text has.
pub fn letters(text: &str) -> u64 {
    text.chars().filter(|c| c.is_alphanumeric()).count() as u64
}

/// The share of the letters each beat has; equal shares where there are none.
pub fn shares(beats: &[String]) -> Vec<f64> {
    let total: u64 = beats.iter().map(|beat| letters(beat)).sum();
    beats
        .iter()
        .map(|beat| if total == 0 { 1.0 / beats.len() as f64 } else { letters(beat) as f64 / total as f64 })
        .collect()
}
