//! Pictures of a track: written as SVG, and painted as PNG with letters that adem brings along.

mod cover;
mod paint;
mod supplied;
mod waveform;

use std::fmt::Write as _;

pub use cover::draw_cover;
pub use paint::paint;
pub use supplied::{BadPicture, read_cover};
pub use waveform::waveform;

/// A curve through points from left to right, as the commands of a path. Between two points it leaves and arrives
/// level, so that no wave stands higher than its point.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let Some(((x, y), rest)) = points.split_first() else { return path };
    let _ = write!(path, "{x:.1} {y:.1}");
    let mut before = (*x, *y);
    for (x, y) in rest {
        let middle = (before.0 + x) / 2.0;
        let _ = write!(path, " C{middle:.1} {:.1} {middle:.1} {y:.1} {x:.1} {y:.1}", before.1);
        before = (*x, *y);
    }
    path
}

/// The values with each as the mean of its neighbours, weighted by a bell curve of that width.
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
