//! The timeline as JSON, for `plan --json` and beside each output. All times are frames at `rate`.

use serde_json::{Value, json};

use super::event::{Event, PhraseEvent};
use super::timeline::{BedSpan, SCHEMA, Timeline};

/// The document of a timeline.
pub fn document(timeline: &Timeline) -> Value {
    let mut events: Vec<(u64, Value)> =
        timeline.beds.iter().map(|bed| (bed.start.0, bed_json(bed))).collect();
    events.extend(timeline.events.iter().map(|event| (event.start.0, event_json(event))));
    events.sort_by_key(|(start, _)| *start);
    let events: Vec<Value> = number_occurrences(events.into_iter().map(|(_, event)| event));
    json!({
        "schema": SCHEMA,
        "script": timeline.script,
        "title": timeline.title,
        "language": timeline.language.as_str(),
        "voice": timeline.voice,
        "guidance": timeline.guidance.name(),
        "seed": timeline.seed,
        "rate": timeline.rate.hz(),
        "frames": timeline.frames.0,
        "tail_start": timeline.tail.0,
        "chapters": timeline.chapters.iter().map(|chapter| {
            json!({ "title": chapter.title, "start": chapter.start.0 })
        }).collect::<Vec<_>>(),
        "events": events,
        "room": timeline.room.as_ref().map(|room| json!({
            "start": room.start.0,
            "frames": room.frames.0,
            "level_dbfs": room.level.db().map(|level| level.0),
            "file": room.tone.file,
        })),
        "outside_limits": timeline.outside_limits,
        "parts": timeline.parts.iter().map(|part| {
            json!({ "start": part.start.0, "frames": part.frames.0, "rounds": part.rounds })
        }).collect::<Vec<_>>(),
        "left_out": timeline.left_out.iter().map(|left_out| {
            json!({ "id": left_out.key.to_string(), "part": left_out.part, "why": left_out.why.name() })
        }).collect::<Vec<_>>(),
    })
}

/// Counts how often each id came before; phrases bring a count of their own, which is the same.
fn number_occurrences(events: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = std::collections::BTreeMap::new();
    events
        .map(|mut event| {
            let id = format!("{}:{}", event["kind"], event["id"]);
            let count = seen.entry(id).or_insert(0u32);
            event["occurrence"] = json!(*count);
            *count += 1;
            event
        })
        .collect()
}

fn bed_json(bed: &BedSpan) -> Value {
    json!({
        "kind": "bed",
        "id": bed.name,
        "part": bed.part,
        "start": bed.start.0,
        "frames": bed.frames.0,
        "fade_in": bed.fade_in.0,
        "fade_out": bed.fade_out.0,
        "gain_db": bed.gain.db().map(|gain| gain.0),
        "duck": {
            "lead": bed.duck.lead.as_f64(),
            "fall": bed.duck.fall.as_f64(),
            "hold": bed.duck.hold.as_f64(),
            "rise": bed.duck.rise.as_f64(),
            "depth_db": bed.duck.depth.0,
        },
    })
}

fn event_json(event: &Event) -> Value {
    let (kind, id) = event.kind_and_id();
    let mut document = json!({
        "kind": kind,
        "id": id,
        "part": event.part,
        "start": event.start.0,
        "frames": event.frames.0,
        "gain_db": event.gain.db().map(|gain| gain.0),
    });
    if let Some(PhraseEvent { text, clip, draft, safety, soft, onset, pieces, .. }) = event.phrase() {
        document["text"] = json!(text);
        document["clip"] = json!(clip);
        document["draft"] = json!(draft);
        document["predicted"] = json!(clip.is_none());
        document["safety"] = json!(safety);
        document["soft"] = json!(soft);
        document["onset"] = json!(onset.0);
        if pieces.len() > 1 {
            document["beats"] = pieces
                .iter()
                .map(
                    |piece| json!({ "start": piece.start.0, "from": piece.from.0, "frames": piece.frames.0 }),
                )
                .collect();
        }
    }
    document
}
