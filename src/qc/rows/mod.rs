//! The rows of the checklist, a family a file.

mod again;
mod bed;
mod breath;
mod clicks;
mod file;
mod level;
mod low;
mod phrases;
mod place;
mod silence;
mod stereo;
mod surprise;

pub(super) use level::speech_at;
pub(super) use phrases::spread_of;

use super::report::Row;
use super::subject::Subject;
use crate::delivery::preset::Anchor;

/// Every row, in order.
pub fn all(subject: &Subject) -> Vec<Row> {
    let rows: [fn(&Subject) -> Row; super::report::ROWS] = [
        file::whole,
        file::form,
        level::speech,
        level::voiceless,
        level::whole,
        level::true_peak,
        level::clipping,
        level::offset,
        clicks::clicks,
        silence::hard_edges,
        silence::dropouts,
        silence::digital_silence,
        silence::head_and_tail,
        bed::voice_over_bed,
        bed::accessible,
        bed::duck,
        phrases::spread,
        phrases::noise,
        surprise::loudest,
        surprise::startle,
        stereo::stereo,
        low::hum,
        clicks::seams,
        place::events,
        breath::breath,
        again::again,
        file::lossy,
        file::labels,
    ];
    rows.iter().map(|row| row(subject)).collect()
}

/// The rows that need no more than the samples one by one, and the plan.
pub(super) fn of_samples(subject: &Subject) -> Vec<Row> {
    let rows: [fn(&Subject) -> Row; 6] = [
        file::whole,
        file::form,
        level::clipping,
        level::offset,
        silence::hard_edges,
        silence::digital_silence,
    ];
    rows.iter().map(|row| row(subject)).collect()
}

/// The rows that need no more than what the whole file measures.
pub(super) fn of_levels(subject: &Subject) -> Vec<Row> {
    let mut rows = vec![level::voiceless(subject), level::whole(subject), level::true_peak(subject)];
    if subject.preset.anchor == Anchor::Integrated && !subject.is_acx() {
        rows.push(level::speech(subject));
    }
    rows
}

/// A value in dB or so, with its unit, in hundredths; a zero has no sign.
fn number(value: f64, unit: &str) -> String {
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    format!("{rounded:.2} {unit}")
}

/// A list of values in ascending order, at a place from 0 to 1 in it.
fn percentile(values: &mut [f64], place: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = place * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
