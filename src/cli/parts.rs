//! How the parts of a version fit their lengths in another language, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::table::columns;
use crate::layout::{LongerPhrase, PartFit};
use crate::unit::{Frames, SampleRate};

/// A line for each part with what its pauses can still give, and a line for each phrase to shorten.
pub(super) fn parts_table(parts: &[PartFit], rate: SampleRate) -> String {
    let row = |part: &PartFit| {
        let fit = match (part.slack(), part.short()) {
            (Err(over), _) => format!("{:.1} s too long", tenths(over, rate)),
            (Ok(_), Some(short)) => format!("{:.1} s too short", tenths(short, rate)),
            (Ok(slack), None) => format!("{:.1} s to spare", tenths(slack, rate)),
        };
        [format!("  {}", part.title), format!("{:.1} s", tenths(part.length, rate)), fit]
    };
    let mut text = columns(&parts.iter().map(row).collect::<Vec<_>>(), 1);
    for phrase in parts.iter().flat_map(PartFit::to_shorten) {
        let (own, there) = (tenths(phrase.frames, rate), tenths(phrase.there, rate));
        let _ = writeln!(text, "  shorten {}: about {own:.1} s, and {there:.1} s there", phrase.key);
    }
    text
}

/// The same for programs. `slack` is negative where a part is too long; `short` is what is missing where it is too short.
pub(super) fn parts_json(parts: &[PartFit], rate: SampleRate) -> Value {
    let seconds = |frames: Frames| tenths(frames, rate);
    let phrase = |phrase: &LongerPhrase| json!({ "phrase": phrase.key.to_string(), "seconds": seconds(phrase.frames), "of": seconds(phrase.there) });
    let part = |part: &PartFit| {
        let slack = match part.slack() {
            Ok(slack) => seconds(slack),
            Err(over) => -seconds(over),
        };
        json!({
            "part": part.title,
            "seconds": seconds(part.length),
            "slack": slack,
            "short": part.short().map(seconds),
            "shorten": part.to_shorten().iter().map(phrase).collect::<Vec<_>>(),
        })
    };
    parts.iter().map(part).collect()
}

/// To a tenth of a second; what is there is never shown as nothing.
fn tenths(frames: Frames, rate: SampleRate) -> f64 {
    let tenths = (frames.seconds(rate) * 10.0).round();
    if frames > Frames::ZERO { tenths.max(1.0) / 10.0 } else { 0.0 }
}
