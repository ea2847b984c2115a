//! Labels for Audacity: one per line, start and end in seconds and a text, separated by tabs (Audacity Manual,
//! "Importing and Exporting Labels").

use std::fmt::Write as _;

use crate::layout::Timeline;

/// Parts, phrases and bells as labels, in order of time.
pub fn labels(timeline: &Timeline) -> String {
    let hz = f64::from(timeline.rate.hz());
    let mut labels: Vec<(u64, u64, String)> = Vec::new();
    for (index, chapter) in timeline.chapters.iter().enumerate() {
        let end = timeline.chapters.get(index + 1).map_or(timeline.frames.0, |next| next.start.0);
        labels.push((chapter.start.0, end, format!("# {}", chapter.title)));
    }
    for event in &timeline.events {
        let text = match event.phrase() {
            Some(phrase) => format!("{}: {}", phrase.key, phrase.text),
            // Breaths and steps are left out, as they would hide the other labels.
            None if event.in_run() => continue,
            None => event.label(),
        };
        labels.push((event.start.0, event.start.0 + event.frames.0, text));
    }
    labels.sort_by_key(|(start, ..)| *start);
    let mut text = String::new();
    for (start, end, label) in labels {
        // A tab or a line break would start another field or label.
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{:.6}\t{:.6}\t{label}", start as f64 / hz, end as f64 / hz);
    }
    text
}
