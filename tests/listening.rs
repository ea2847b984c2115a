//! A version that is not rendered yet, read at any place: the bytes are those of the whole render.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::sync::Arc;

use adem::asset::Cache;
use adem::delivery::format::Format;
use adem::delivery::mix::Mix;
use adem::engine::{Engine, Error, Listening, ListeningJob, Plan, PlanJob, RenderJob, Request};
use adem::event::Task;
use adem::files::DiskFiles;
use adem::script::exercise::Guidance;
use adem::script::session::Variant;
use adem::unit::{Db, SampleRate};
use support::Course;

fn open(course: &Course) -> Arc<Engine> {
    Arc::new(Engine::open(Arc::new(DiskFiles::new(course.root())), Cache::at(course.path("cache"))).unwrap())
}

fn planned(engine: &Engine, variant: Variant, ceiling: Option<Db>) -> Arc<Plan> {
    let mut plan = engine.plan(&PlanJob { variant, ..PlanJob::of("2") }, &Task::silent()).unwrap();
    if let Some(ceiling) = ceiling {
        plan.session.preset.ceiling = ceiling;
    }
    Arc::new(plan)
}

/// The whole file, and how many frames the limiter changed in it.
fn whole(engine: &Engine, plan: &Plan, job: ListeningJob) -> (Vec<u8>, u64) {
    let mut bytes = Vec::new();
    let render = RenderJob { mix: job.mix, ..RenderJob::default() };
    let rendered = engine.render_to(plan, &render, job.format, &mut bytes, &Task::silent()).unwrap();
    (bytes, rendered.limited)
}

fn random(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// At half the rate a version has half as many windows, which are what costs time.
fn half_rate() -> Variant {
    Variant { rate: SampleRate::new(24_000), ..Variant::default() }
}

#[test]
fn any_range_is_what_a_render_of_the_whole_writes() {
    let course = Course::new();
    course.append("course.toml", "\n[presets.small]\nchannels = \"mono\"\nformat = \"wav16\"\n");
    let engine = open(&course);
    let small = Variant { preset: Some("small".to_owned()), ..half_rate() };
    let bells = Variant { guidance: Guidance::named("bells"), ..half_rate() };
    for (variant, ceiling, job) in [
        // The limiter works most of the time.
        (half_rate(), Some(Db(-30.0)), ListeningJob { mix: Mix::Full, format: Format::Wav32f }),
        (small, Some(Db(-26.0)), ListeningJob { mix: Mix::Full, format: Format::Wav16 }),
        // Its gain is measured on the whole mix.
        (bells, None, ListeningJob { mix: Mix::Bed, format: Format::Wav24 }),
    ] {
        let plan = planned(&engine, variant, ceiling);
        let (expected, limited) = whole(&engine, &plan, job);
        assert_eq!(limited > 0, ceiling.is_some(), "{limited} frames are limited");
        let listening = Listening::open(Arc::clone(&engine), plan, job, &Task::silent()).unwrap();
        let (size, header) = (listening.file_bytes(), listening.header().len() as u64);
        assert_eq!(size, expected.len() as u64);
        assert!(listening.pieces() > 2);
        let border = listening.bytes_of(2).start;
        let mut state = 7;
        let from = random(&mut state, size - 100_000);
        for range in
            [0..1, header - 1..header + 1, border - 5..border + 5, size - 1..size, from..from + 99_999]
        {
            let bytes = listening.read(range.clone()).unwrap();
            assert!(bytes == expected[range.start as usize..range.end as usize], "{job:?} {range:?}");
        }
        assert!(listening.read(0..size).unwrap() == expected, "one after the other");
    }
}

#[test]
fn pieces_are_the_same_on_any_number_of_threads_and_in_any_order() {
    let course = Course::new();
    let engine = open(&course);
    engine.share_beds(64 << 20);
    let plan = planned(&engine, half_rate(), Some(Db(-30.0)));
    let job = ListeningJob::default();
    let (expected, _) = whole(&engine, &plan, job);
    let listening = Arc::new(Listening::open(engine, plan, job, &Task::silent()).unwrap());
    let threads: Vec<_> = (0..listening.pieces())
        .rev()
        .map(|index| {
            let listening = Arc::clone(&listening);
            std::thread::spawn(move || {
                (listening.bytes_of(index), listening.piece(index, None).unwrap().bytes)
            })
        })
        .collect();
    for thread in threads {
        let (range, bytes) = thread.join().unwrap();
        assert_eq!(listening.piece_at(range.start), listening.piece_at(range.end - 1));
        assert!(bytes == expected[range.start as usize..range.end as usize], "{range:?}");
    }
}

#[test]
fn a_format_without_pieces_and_a_missing_recording_are_told() {
    let course = Course::new();
    let engine = open(&course);
    let plan = planned(&engine, Variant::default(), None);
    let job = ListeningJob { mix: Mix::Full, format: Format::Mp3 };
    let error = Listening::open(Arc::clone(&engine), plan, job, &Task::silent()).err().unwrap();
    assert!(
        matches!(&error, Error::Request(request) if matches!(**request, Request::NoPieces { .. })),
        "{error}"
    );
    std::fs::remove_file(course.path("voice/nl/anna/plek/vrij.wav")).unwrap();
    let plan = planned(&engine, Variant::default(), None);
    let open = Listening::open(engine, plan, ListeningJob::default(), &Task::silent());
    assert!(matches!(open.err(), Some(Error::Diagnostics { .. })));
}

#[test]
fn a_reopened_course_has_its_new_texts_and_keeps_the_old_plan() {
    let course = Course::new();
    let engine = open(&course);
    let plan = planned(&engine, Variant::default(), None);
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    course.write("scripts/plek.toml", script.replace("De plek", "Die plek"));
    let fresh = Arc::new(engine.reopen().unwrap());
    let new = planned(&fresh, Variant::default(), None);
    assert_eq!((plan.session.title.as_str(), new.session.title.as_str()), ("De plek", "Die plek"));
    let open =
        |engine, plan| Listening::open(engine, plan, ListeningJob::default(), &Task::silent()).unwrap();
    let (old, new) = (open(engine, plan), open(fresh, new));
    assert_ne!(old.fingerprint(), new.fingerprint());
    course.write("scripts/plek.toml", "no script");
    assert!(matches!(old.engine().reopen(), Err(Error::Diagnostics { .. })));
}
