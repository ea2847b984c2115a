//! Pictures of a track: drawn as SVG, and rasterised to PNG with the fonts that adem contains, or those of the system for other letters.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod cover;
mod letters;
mod paint;
mod supplied;
mod waveform;

use std::fmt::Write as _;

pub use cover::draw_cover;
pub use letters::{TextRun, lettered, lettered_line, paintable, unpaintable};
pub use paint::paint;
pub use supplied::{BadPicture, read_cover};
pub use waveform::waveform;

use crate::export::text::page::printable;

/// Text as the content of an SVG element.
fn escaped(text: &str) -> String {
    printable(&maud::html! { (text) }.into_string())
}

/// A smooth curve through points at equal horizontal distances, left to right, as SVG path commands. It never
/// overshoots: the slope at a local extreme is 0, elsewhere the harmonic mean of the slopes of the two neighbouring
/// segments (Fritsch and Butland, 1984).
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let Some((x, y)) = points.first() else { return path };
    let _ = write!(path, "{x:.1} {y:.1}");
    let rises: Vec<f64> = points.windows(2).map(|two| two[1].1 - two[0].1).collect();
    let slope = |place: usize| match (place.checked_sub(1).map(|before| rises[before]), rises.get(place)) {
        (Some(before), Some(after)) if before * after > 0.0 => 2.0 * before * after / (before + after),
        _ => 0.0,
    };
    for (place, two) in points.windows(2).enumerate() {
        let [(from, low), (to, high)] = [two[0], two[1]];
        let third = (to - from) / 3.0;
        let _ = write!(
            path,
            " C{:.1} {:.1} {:.1} {:.1} {to:.1} {high:.1}",
            from + third,
            low + slope(place) / 3.0,
            to - third,
            high - slope(place + 1) / 3.0
        );
    }
    path
}

/// The values smoothed by a Gaussian whose standard deviation is `width` values.
fn smooth(values: &[f64], width: f64) -> Vec<f64> {
    let weight = |distance: f64| (-0.5 * (distance / width).powi(2)).exp();
    let at = |place: usize| {
        let weights = (0..values.len()).map(|other| weight(other as f64 - place as f64));
        let (sum, total) =
            weights.zip(values).fold((0.0, 0.0), |(sum, total), (w, v)| (sum + w * v, total + w));
        sum / total
    };
    (0..values.len()).map(at).collect()
}
