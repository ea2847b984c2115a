//! Pages stay whole whatever the texts of a course contain.

use std::collections::BTreeSet;

use super::captions::CaptionScope;
use super::captions::tests::{bell, say, timeline};
use super::practice::practice_sheet;
use super::report::{Credit, Input, OutputFacts, TrackReport};
use super::transcript::Transcript;
use crate::export::Tags;
use crate::export::analysis::Shape;
use crate::export::picture::waveform;
use crate::export::tags::sample;
use crate::layout::{Chapter, Timeline};
use crate::script::exercise::Posture;
use crate::unit::Position;

const HOSTILE: [&str; 6] = [
    "</title></style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "<!-- <![CDATA[ ]]> -->",
    "&lt;b&gt; &amp; &#60;",
    "\u{0}\u{1}\u{1b}\u{fffe}<\u{0}script>",
];

fn hostile_track(text: &str) -> (Timeline, Tags) {
    let events = vec![bell(0.0, 2.0), say(3.0, 2.0, "a", 0, text), say(20.0, 2.0, "a", 1, text)];
    let mut timeline = timeline(60, events);
    timeline.title = text.to_owned();
    timeline.chapters = vec![Chapter { title: text.to_owned(), start: Position(48_000) }];
    let tags = Tags {
        title: text.to_owned(),
        artist: text.to_owned(),
        album: text.to_owned(),
        chapters: timeline.chapters.clone(),
        ..sample()
    };
    (timeline, tags)
}

fn pages(text: &str) -> [String; 3] {
    let (timeline, tags) = hostile_track(text);
    let own = || text.to_owned();
    let report = TrackReport {
        inputs: vec![Input { path: own(), hash: Some(own()) }],
        credits: vec![Credit { kind: "voice", name: own(), credit: own(), licence: own() }],
        outputs: vec![OutputFacts { file: own(), frames: 1, lag: None, levels: None }],
        preset: serde_json::json!({ "name": text }),
        checks: Some(serde_json::json!({ "rows": [
            { "row": 1, "check": text, "verdict": text, "measured": text, "limit": text, "note": text },
            { "row": 2, "check": text, "verdict": "not judged", "note": text },
        ] })),
        ..TrackReport::default()
    };
    [
        Transcript::new(&timeline, &tags, &[own()], CaptionScope::All).html(),
        practice_sheet(&timeline, &tags, &[own()], Posture::Any),
        report.html(&timeline, &tags, &waveform(&timeline, &Shape::default(), &timeline.words)),
    ]
}

/// Every tag of a page, attributes included.
fn tags_of(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag ends").0).collect()
}

#[test]
fn no_text_adds_markup_to_a_page() {
    let plain = pages("a").map(|page| tags_of(&page).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let kinds: BTreeSet<_> = plain.iter().flatten().collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for text in HOSTILE {
        for (page, plain) in pages(text).iter().zip(&plain) {
            // The drawing of the waveform depends on how wide a title is.
            let is_drawing = |tag: &&str| tag.starts_with("text ") || *tag == "/text";
            let found: Vec<_> = tags_of(page).into_iter().filter(|tag| !is_drawing(tag)).collect();
            let wanted: Vec<_> = plain.iter().map(String::as_str).filter(|tag| !is_drawing(tag)).collect();
            // A cell of text is not aligned as a number is, nor a long one drawn as a hash.
            assert_eq!(found, wanted, "{text}");
        }
    }
}

#[test]
fn a_reader_sees_the_text_as_it_was_written() {
    for text in HOSTILE {
        let seen = text.replace(|c: char| c.is_control() || c == '\u{fffe}', " ");
        for page in pages(text) {
            let title = page.split_once("<h1").and_then(|(_, rest)| rest.split_once('>')).expect("a title").1;
            let title = title.split_once("</h1>").expect("an end").0;
            let unescaped = ["&lt;", "<", "&gt;", ">", "&quot;", "\"", "&amp;", "&"];
            let unescaped =
                unescaped.chunks(2).fold(title.to_owned(), |text, pair| text.replace(pair[0], pair[1]));
            assert_eq!(unescaped, seen);
            assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page:?}");
        }
    }
}

#[test]
fn a_negative_number_of_the_report_has_a_minus() {
    let (timeline, tags) = hostile_track("a");
    let row = |measured: &str, limit: &str| serde_json::json!({ "row": 1, "check": "a-1 -2", "verdict": "pass", "measured": measured, "limit": limit, "note": "2026-11-28" });
    let checks = serde_json::json!({ "rows": [row("-23.41 LUFS", "-24…-22 LUFS (-1.5 dBTP)"), row("+0.1 ms", "±1 ms")] });
    let report = TrackReport {
        outputs: vec![OutputFacts { file: "a -1.wav".to_owned(), frames: 1, lag: Some(-3), levels: None }],
        preset: serde_json::json!({ "name": "a" }),
        checks: Some(checks),
        ..TrackReport::default()
    };
    let page = report.html(&timeline, &tags, "");
    for shown in
        [">−3<", ">−23.41 LUFS<", ">−24…−22 LUFS (−1.5 dBTP)<", ">2026-11-28<", ">a -1.wav<", ">a-1 -2<"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}
