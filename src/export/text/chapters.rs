//! Chapters as a separate file: the JSON chapters of Podcasting 2.0, version 1.2.0.

use serde_json::{Map, Value, json};

use super::clock::milliseconds;
use crate::export::Tags;
use crate::unit::SampleRate;

/// The chapters as JSON, with times in seconds.
pub fn podcast_chapters(tags: &Tags, rate: SampleRate) -> Value {
    let chapter = |chapter: &crate::layout::Chapter| json!({ "startTime": milliseconds(chapter.start, rate) as f64 / 1_000.0, "title": chapter.title });
    let mut document = Map::new();
    document.insert("version".to_owned(), json!("1.2.0"));
    document.insert("title".to_owned(), json!(tags.title));
    document.insert("podcastName".to_owned(), json!(tags.album));
    if let Some(author) = &tags.author {
        document.insert("author".to_owned(), json!(author));
    }
    document.insert("chapters".to_owned(), tags.chapters.iter().map(chapter).collect());
    Value::Object(document)
}
