//! Golden timelines: the tracks of this repository in three lengths, every level and both languages, as readable text.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use adem::asset::Cache;
use adem::engine::{Engine, LengthOptions, PlanJob};
use adem::event::Task;
use adem::files::DiskFiles;
use adem::layout::{EventKind, Length, Timeline};
use adem::script::language::Language;
use adem::script::session::Variant;
use adem::unit::{Position, SampleRate, Seconds};

use crate::support::shared_cache;

fn clock(place: Position, rate: SampleRate) -> String {
    let millis = (place.seconds(rate) * 1e3).round() as u64;
    format!("{:02}:{:02}.{:03}", millis / 60_000, millis / 1_000 % 60, millis % 1_000)
}

/// One line for each sound; consecutive breaths or paces share one.
fn readable(timeline: &Timeline) -> String {
    let rate = timeline.rate;
    let mut text = String::new();
    let mut count = 0;
    for (index, event) in timeline.events.iter().enumerate() {
        let what = match &event.kind {
            EventKind::Phrase(phrase) if phrase.occurrence == 0 => phrase.key.to_string(),
            EventKind::Phrase(phrase) => format!("{} #{}", phrase.key, phrase.occurrence + 1),
            EventKind::Cue(_) if !event.in_run() => event.label(),
            EventKind::Cue(_) => {
                count += 1;
                if timeline.events.get(index + 1).is_some_and(adem::layout::Event::in_run) {
                    continue;
                }
                format!("~ the last of {} breaths or paces", std::mem::take(&mut count))
            }
        };
        let _ = writeln!(text, "  {} {what}", clock(event.start, rate));
    }
    let parts: Vec<_> =
        timeline.parts.iter().map(|part| format!("{} {:?}", clock(part.start, rate), part.rounds)).collect();
    let left_out: Vec<_> = timeline
        .left_out
        .iter()
        .map(|left_out| format!("{} ({})", left_out.key.id, left_out.why.name()))
        .collect();
    let _ = writeln!(text, "  parts {}", parts.join(", "));
    if !left_out.is_empty() {
        let _ = writeln!(text, "  omitted {}", left_out.join(", "));
    }
    text
}

#[test]
fn the_timelines_of_the_tracks_are_unchanged() {
    let files = DiskFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")));
    let engine = Engine::open(Arc::new(files), Cache::at(shared_cache())).unwrap();
    for (track, minutes) in [("1", [3, 5, 8]), ("2", [10, 15, 25]), ("3", [12, 15, 25]), ("14", [10, 15, 20])]
    {
        let script = engine.script(track).unwrap();
        for language in ["nl", "en"] {
            let mut text = String::new();
            for &guidance in &script.levels {
                for minutes in minutes {
                    let variant = Variant {
                        language: Language::parse(language),
                        guidance: Some(guidance),
                        bed: Some("none".to_owned()),
                        ..Variant::default()
                    };
                    let length = Length::Exactly(Seconds::whole(60 * minutes));
                    let length = LengthOptions { length: Some(length.into()), ..LengthOptions::default() };
                    let timeline = engine
                        .plan(&PlanJob { script: track.to_owned(), variant, length }, &Task::silent())
                        .unwrap()
                        .timeline;
                    assert_eq!(timeline.frames.0, 60 * minutes * 48_000);
                    let _ = writeln!(text, "{} {minutes} minutes\n{}", guidance.name(), readable(&timeline));
                }
            }
            insta::assert_snapshot!(format!("{track}-{language}"), text);
        }
    }
}

/// The silent session: every block starts on its minute, and each exercise with a length has exactly that length.
#[test]
fn the_silent_session_starts_every_block_on_the_minute() {
    let files = DiskFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")));
    let engine = Engine::open(Arc::new(files), Cache::at(shared_cache())).unwrap();
    for language in ["nl", "en"] {
        let variant = Variant { language: Language::parse(language), ..Variant::default() };
        let job = PlanJob { variant, ..PlanJob::of("stiltesessie") };
        let timeline = engine.plan(&job, &Task::silent()).unwrap().timeline;
        let (rate, minute) = (u64::from(timeline.rate.hz()), 60 * u64::from(timeline.rate.hz()));
        assert_eq!(timeline.frames.0, 150 * minute);
        let starts: Vec<_> = timeline.chapters.iter().map(|chapter| chapter.start.0).collect();
        for block in [0, 5, 50, 70, 90, 100, 120, 140] {
            assert!(starts.contains(&(block * minute)), "{language}: a block at {block} minutes");
        }
        assert!(starts.windows(2).any(|pair| pair[1] - pair[0] == 11 * minute), "kindness lasts 11 minutes");
        // The bell that ends the break is 75 s before its end.
        let bell = timeline
            .events
            .iter()
            .any(|event| event.bell().is_some() && event.start.0 == 90 * minute - 75 * rate);
        assert!(bell, "{language}: the break is rung out in time");
        let arrivals = timeline
            .events
            .iter()
            .filter(|event| event.phrase().is_some_and(|phrase| phrase.key.file == "aankomen"));
        assert_eq!(arrivals.count(), 0, "exercises come without their arrival");
    }
}
