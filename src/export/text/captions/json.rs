//! Captions as JSON: the transcript format of Podcasting 2.0 (version 1.0.0: segments with start, end and body), with
//! the id and kind of each segment added, so that a page can style and link them.

use serde_json::{Value, json};

use super::{CaptionScope, captions, times};
use crate::layout::Timeline;

/// The captions of a track as a document; times in seconds.
pub fn cues(timeline: &Timeline, scope: CaptionScope) -> Value {
    let captions = captions(timeline, scope);
    let segments = captions.iter().zip(times(&captions, timeline.rate)).map(|(caption, (start, end))| {
        json!({
            "startTime": seconds(start),
            "endTime": seconds(end),
            "body": caption.text,
            "id": caption.id,
            "kind": caption.kind.name(),
        })
    });
    json!({
        "version": "1.0.0",
        "language": timeline.language.as_str(),
        "segments": segments.collect::<Vec<_>>(),
    })
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1_000.0
}
