use proptest::prelude::*;

use super::*;
use crate::layout::{ClipPiece, EventKind, HalfBreath};
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::words::AddedWords;
use crate::unit::{Frames, Gain, SampleRate};

const RATE: u64 = 48_000;

pub(in crate::export::text) fn timeline(seconds: u64, events: Vec<Event>) -> Timeline {
    Timeline {
        script: "plek".into(),
        title: "De plek".into(),
        language: Language::parse("nl").unwrap(),
        words: std::sync::Arc::new(AddedWords::built_in(&Language::parse("nl").unwrap())),
        voice: "anna".into(),
        drafted_by: None,
        guidance: Guidance::Full,
        seed: 0,
        rate: SampleRate::DEFAULT,
        frames: Frames(seconds * RATE),
        tail: Position(seconds * RATE),
        chapters: Vec::new(),
        events,
        grids: Vec::new(),
        pauses: Vec::new(),
        beds: Vec::new(),
        swells: None,
        room: None,
        fittings: std::collections::BTreeMap::new(),
        parts: Vec::new(),
        left_out: Vec::new(),
        outside_limits: false,
    }
}

/// An event in seconds.
fn event(start: f64, length: f64, kind: EventKind) -> Event {
    let frames = |seconds: f64| (seconds * RATE as f64).round() as u64;
    Event { part: 0, start: Position(frames(start)), frames: Frames(frames(length)), gain: Gain::UNITY, kind }
}

pub(in crate::export::text) fn say(start: f64, length: f64, id: &str, occurrence: u32, text: &str) -> Event {
    let key = PhraseKey { file: "plek".into(), id: id.into() };
    let kind = EventKind::Phrase(PhraseEvent {
        key,
        occurrence,
        text: text.into(),
        clip: None,
        draft: false,
        safety: false,
        soft: false,
        onset: Frames::ZERO,
        pieces: Vec::new(),
    });
    let mut event = event(start, length, kind);
    let piece = ClipPiece { start: event.start, from: Frames::ZERO, frames: event.frames };
    if let EventKind::Phrase(phrase) = &mut event.kind {
        phrase.pieces.push(piece);
    }
    event
}

pub(in crate::export::text) fn bell(start: f64, length: f64) -> Event {
    event(start, length, EventKind::Cue(CueEvent::Bell { name: "zacht".into() }))
}

fn breath(start: f64, length: f64) -> Event {
    event(
        start,
        length,
        EventKind::Cue(CueEvent::Breath { half: HalfBreath::In, round: (Frames(1), Frames(1)) }),
    )
}

/// Start and end in milliseconds and the text of each caption.
fn shown(timeline: &Timeline, scope: CaptionScope) -> Vec<(u64, u64, String)> {
    let ms = |at: Position| at.0 * 1_000 / RATE;
    let all = captions(timeline, scope).into_iter();
    all.map(|caption| (ms(caption.start), ms(caption.end), caption.lines.join(" / "))).collect()
}

#[test]
fn captions_cover_a_track_from_start_to_end() {
    let track = timeline(
        80,
        vec![
            bell(1.0, 20.0),
            say(5.0, 2.5, "a", 0, "Welkom."),
            say(20.0, 3.0, "b", 0, "In & uit <b>."),
            breath(20.0, 4.0),
            breath(24.0, 6.0),
            say(30.0, 3.0, "b", 1, "In & uit <b>."),
            bell(70.0, 10.0),
        ],
    );
    assert_eq!(
        web_vtt(&track, CaptionScope::All, None),
        "\
WEBVTT Kind: captions; Language: nl

bell 1
00:00:01.000 --> 00:00:05.000
[bel]

plek/a
00:00:05.000 --> 00:00:07.500
Welkom.

silence 1
00:00:07.500 --> 00:00:20.000
[stilte, 13 seconden]

plek/b
00:00:20.000 --> 00:00:23.000
In &amp; uit &lt;b&gt;.

breath 1
00:00:23.000 --> 00:00:30.000
[ademgeluid]

plek/b#2
00:00:30.000 --> 00:00:33.000
In &amp; uit &lt;b&gt;.

silence 2
00:00:33.000 --> 00:01:10.000
[stilte, 37 seconden]

bell 2
00:01:10.000 --> 00:01:20.000
[bel]
"
    );
}

#[test]
fn a_bell_without_time_of_its_own_is_shown_with_the_phrase() {
    let track = timeline(
        30,
        vec![
            say(1.0, 4.0, "a", 0, "Eén."),
            bell(3.0, 4.0),
            bell(9.5, 1.0),
            say(10.0, 2.0, "b", 0, "Twee."),
            bell(13.0, 2.0),
            bell(13.5, 2.0),
        ],
    );
    let shown = shown(&track, CaptionScope::All);
    assert_eq!(shown[0], (1_000, 5_000, "[bel] Eén.".into()));
    assert_eq!(shown[1], (10_000, 12_000, "[bel] Twee.".into()));
    assert_eq!(shown[2], (13_500, 15_500, "[bel]".into()));
    assert_eq!(shown.len(), 4);
}

#[test]
fn a_wide_text_is_shown_for_as_long_as_a_narrow_one_of_its_width() {
    let end =
        |text: &str| captions(&timeline(30, vec![say(0.0, 0.5, "a", 0, text)]), CaptionScope::All)[0].end;
    assert_eq!(end("慢慢地吸气，再慢慢地呼气。"), end(&"a".repeat(26)));
    assert!(end("慢慢地吸气，再慢慢地呼气。") > end("Adem in, uit."));
}

#[test]
fn captions_show_only_the_sounds_in_scope() {
    let track = timeline(30, vec![bell(0.0, 12.0), say(12.0, 2.0, "a", 0, "Eén."), breath(14.0, 16.0)]);
    let texts = |scope| shown(&track, scope).into_iter().map(|(_, _, text)| text).collect::<Vec<_>>();
    assert_eq!(texts(CaptionScope::All), ["[bel]", "Eén.", "[ademgeluid]"]);
    assert_eq!(texts(CaptionScope::Voice), ["[stilte, 12 seconden]", "Eén.", "[stilte, 16 seconden]"]);
    assert!(texts(CaptionScope::Bed).is_empty());
}

#[test]
fn a_long_phrase_is_several_captions_that_share_its_time() {
    let text = "Laat een plek opkomen waar je je op je gemak voelt. Misschien ben je er vaak geweest, \
        misschien bestaat hij alleen in je verbeelding.";
    let track = timeline(12, vec![say(1.0, 10.0, "a", 0, text)]);
    let found = captions(&track, CaptionScope::All);
    let ids: Vec<_> = found.iter().map(|caption| caption.id.as_str()).collect();
    assert_eq!(ids, ["plek/a", "plek/a (2)"]);
    assert_eq!(found[0].end, found[1].start);
    assert_eq!((found[0].start, found[1].end), (Position(RATE), Position(11 * RATE)));
    let share = (found[0].end.0 - RATE) as f64 / (10 * RATE) as f64;
    let letters =
        |index: usize| found[index].lines.iter().map(|line| line.chars().count()).sum::<usize>() as f64;
    assert!((share - letters(0) / (letters(0) + letters(1))).abs() < 1e-5);
}

/// Any track: sounds in a row with gaps, and bells and breaths anywhere, over phrases too.
fn any_track() -> impl Strategy<Value = Timeline> {
    let sound = (0u8..5, 0.0..30.0f64, 0.0001..12.0f64, 0.0..1.0f64, "([a-zé<>&]{1,14} ){1,40}");
    prop::collection::vec(sound, 0..30).prop_map(|sounds| {
        let mut events = Vec::new();
        let mut end = 0.0;
        for (index, (kind, gap, length, back, text)) in sounds.into_iter().enumerate() {
            let start = end + gap;
            events.push(match kind {
                0 => bell(start * back, length),
                1 => breath(start * back, length),
                _ => say(start, length, &format!("p{}", index / 2), index as u32 % 2, &text),
            });
            end = start + length;
        }
        events.sort_by_key(|event| event.start);
        timeline(end as u64 + 40, events)
    })
}

/// The cues of a WebVTT file: id, start and end in milliseconds, and lines.
fn cues(vtt: &str) -> Vec<(String, u64, u64, Vec<String>)> {
    let ms = |clock: &str| {
        let numbers: Vec<u64> = clock.split([':', '.']).map(|number| number.parse().unwrap()).collect();
        ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1_000 + numbers[3]
    };
    let cue = |block: &str| {
        let mut lines = block.lines();
        let id = lines.next().unwrap().to_owned();
        let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
        (id, ms(start), ms(end), lines.map(str::to_owned).collect())
    };
    vtt.split("\n\n").skip(1).map(cue).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn captions_are_in_order_never_overlap_and_show_each_phrase_once(track in any_track()) {
        let cues = cues(&web_vtt(&track, CaptionScope::All, None));
        let mut clear = 0;
        for (_, start, end, lines) in &cues {
            prop_assert!(*start >= clear && end > start);
            prop_assert!((1..=2).contains(&lines.len()) && lines.iter().all(|line| !line.is_empty()));
            clear = *end;
        }
        let ids: std::collections::BTreeSet<_> = cues.iter().map(|(id, ..)| id).collect();
        prop_assert_eq!(ids.len(), cues.len(), "ids are unique");
        for event in &track.events {
            let Some(PhraseEvent { key, occurrence, text, .. }) = event.phrase() else { continue };
            let id = if *occurrence == 0 { key.to_string() } else { format!("{key}#{}", occurrence + 1) };
            let own = |other: &str| other == id || other.strip_prefix(&id).is_some_and(|rest| rest.starts_with(" ("));
            let own: Vec<_> = cues.iter().filter(|(other, ..)| own(other)).collect();
            let words = own.iter().flat_map(|(.., lines)| lines).flat_map(|line| line.split(' '));
            let words: Vec<_> = words.filter(|word| *word != "[bel]").collect();
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(words, escaped.split_whitespace().collect::<Vec<_>>());
            // To the millisecond, except where sounds of a fraction of one follow each other.
            let start = (event.start.0 * 1_000 + RATE / 2) / RATE;
            prop_assert!(own[0].1.abs_diff(start) <= 10, "{} for {start}", own[0].1);
        }
    }
}
