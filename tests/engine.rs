//! The engine as other programs than the command line use it: a build, a studio, a service.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use adem::asset::Cache;
use adem::decode::decode_all;
use adem::delivery::format::Format;
use adem::delivery::mix::Mix;
use adem::diag::{Help, Remedy};
use adem::engine::{Engine, Error, LengthOptions, Lock, Plan, PlanJob, RenderJob, Request, World};
use adem::event::{Cancel, Listener, ProgressEvent, Task};
use adem::files::DiskFiles;
use adem::layout::{Length, TimelineDocument};
use adem::script::exercise::Guidance;
use adem::script::language::Language;
use adem::script::session::Variant;
use adem::unit::{Frames, Position, Seconds};
use support::Course;

fn open(course: &Course) -> Arc<Engine> {
    Arc::new(Engine::open(Arc::new(DiskFiles::new(course.root())), Cache::off()).unwrap())
}

fn plan(engine: &Engine) -> Plan {
    engine.plan(&PlanJob::of("2"), &Task::silent()).unwrap()
}

fn in_memory(engine: &Engine, plan: &Plan, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    engine.render_to(plan, &RenderJob::default(), format, &mut bytes, &Task::silent()).unwrap();
    bytes
}

#[test]
fn an_engine_outlives_its_opener_and_serves_several_threads() {
    fn is_shared<T: Send + Sync + 'static>(_: &T) {}
    let course = Course::new();
    let engine = open(&course);
    is_shared(&engine);
    is_shared(&plan(&engine));
    let threads: Vec<_> = ["nl", "en"]
        .map(|language| {
            let engine = engine.clone();
            let variant = Variant { language: Language::parse(language), ..Variant::default() };
            let job = PlanJob { variant, ..PlanJob::of("2") };
            std::thread::spawn(move || {
                engine.plan(&job, &Task::silent()).unwrap().timeline.language.to_string()
            })
        })
        .into();
    let languages: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(languages, ["nl", "en"]);
}

#[test]
fn a_stretch_of_a_track_is_what_the_whole_track_has_there() {
    let course = Course::new();
    let engine = open(&course);
    let plan = plan(&engine);
    let track =
        decode_all(Box::new(io::Cursor::new(in_memory(&engine, &plan, Format::Wav32f)))).unwrap().buffer;
    let whole = track.frames().0;
    // In the first window, over the edge of windows, in a later window, and over the end.
    for (from, frames) in [(0, 1000), (100_000, 300_000), (600_000, 5_000), (whole - 10, 100)] {
        let stretch =
            engine.excerpt(&plan, Mix::Full, Position(from), Frames(frames), &Task::silent()).unwrap();
        let range = from as usize..(from + frames).min(whole) as usize;
        for (channel, plane) in stretch.iter().enumerate() {
            assert!(*plane == track.plane(channel)[range.clone()], "{frames} frames from {from}");
        }
    }
}

#[test]
fn a_writer_gets_the_sound_of_the_file_whatever_the_format() {
    let course = Course::new();
    let engine = open(&course);
    let plan = plan(&engine);
    for format in [Format::Wav24, Format::Flac, Format::Ogg, Format::M4a] {
        let path = course.path(&format!("a.{}", format.extension()));
        engine.render(&plan, &RenderJob::to_file(&path, format), &Task::silent()).unwrap();
        let (stream, file) = (in_memory(&engine, &plan, format), std::fs::read(path).unwrap());
        if format == Format::Flac {
            // The header of a file is completed at the end; that of a stream cannot be.
            let sound = |bytes: Vec<u8>| decode_all(Box::new(io::Cursor::new(bytes))).unwrap().buffer;
            assert_eq!(sound(stream), sound(file));
        } else {
            assert!(stream == file, "{}", format.name());
        }
    }
}

#[test]
fn files_and_a_stream_come_from_one_mix() {
    let course = Course::new();
    let engine = open(&course);
    let plan = plan(&engine);
    let job = RenderJob::to_file(course.path("a.wav"), Format::Wav24);
    let mut flac = Vec::new();
    let rendered = engine.render_to(&plan, &job, Format::Flac, &mut flac, &Task::silent()).unwrap();
    assert_eq!(rendered.verified.len(), 2);
    assert!(flac == in_memory(&engine, &plan, Format::Flac));
    assert!(course.read("a.wav") == in_memory(&engine, &plan, Format::Wav24));
}

/// A writer that takes a number of bytes and then fails.
struct Full(usize, io::ErrorKind);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(self.1)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_writer_and_a_closed_one_are_different_errors() {
    let course = Course::new();
    let engine = open(&course);
    let plan = plan(&engine);
    for format in [Format::Wav24, Format::M4a] {
        let into = |kind| {
            let mut full = Full(100_000, kind);
            engine.render_to(&plan, &RenderJob::default(), format, &mut full, &Task::silent()).unwrap_err()
        };
        let full = into(io::ErrorKind::StorageFull);
        assert!(matches!(&full, Error::World(World::Export(_))), "{full}");
        assert!(!full.is_transient());
        assert!(into(io::ErrorKind::TimedOut).is_transient());
        assert!(matches!(into(io::ErrorKind::BrokenPipe), Error::OutputClosed));
    }
}

/// Cancels at the first event of a kind.
struct CancelsAt(fn(&ProgressEvent) -> bool, Cancel);

impl Listener for CancelsAt {
    fn on_progress(&self, event: ProgressEvent) {
        if (self.0)(&event) {
            self.1.cancel();
        }
    }
}

#[test]
fn cancelled_work_stops_and_leaves_no_files() {
    let course = Course::new();
    let engine = open(&course);
    let cancel = Cancel::new();
    let stops = CancelsAt(|event| matches!(event, ProgressEvent::Decoding { .. }), cancel.clone());
    let stopped = engine.plan(&PlanJob::of("2"), &Task::new(&stops, cancel));
    assert!(matches!(stopped, Err(Error::Stopped)));
    let plan = plan(&engine);
    let cancel = Cancel::new();
    let stops = CancelsAt(|event| matches!(event, ProgressEvent::Rendering { .. }), cancel.clone());
    let task = Task::new(&stops, cancel);
    let job = RenderJob::to_file(course.path("a/b.wav"), Format::Wav24);
    assert!(matches!(engine.render(&plan, &job, &task), Err(Error::Stopped)));
    assert!(!course.has("a"));
    let mut bytes = Vec::new();
    let stopped = engine.render_to(&plan, &RenderJob::default(), Format::Flac, &mut bytes, &task);
    assert!(matches!(stopped, Err(Error::Stopped)));
}

/// Collects the events it receives.
#[derive(Default)]
struct Heard(Mutex<Vec<ProgressEvent>>);

impl Listener for Heard {
    fn on_progress(&self, event: ProgressEvent) {
        self.0.lock().unwrap().push(event);
    }
}

#[test]
fn progress_is_reported_in_numbers() {
    let course = Course::new();
    let engine = open(&course);
    let heard = Heard::default();
    let task = Task::new(&heard, Cancel::new());
    let plan = engine.plan(&PlanJob::of("2"), &task).unwrap();
    let mut bytes = Vec::new();
    engine.render_to(&plan, &RenderJob::default(), Format::Wav24, &mut bytes, &task).unwrap();
    let heard = heard.0.lock().unwrap();
    assert!(heard.iter().any(|event| matches!(event, ProgressEvent::Decoding { of: 5, .. })));
    let total = plan.timeline.frames;
    assert_eq!(heard.last(), Some(&ProgressEvent::Rendering { done: total, total }));
}

fn refused(engine: &Engine, job: &PlanJob) -> Error {
    engine.plan(job, &Task::silent()).err().unwrap()
}

#[test]
fn a_wrong_request_is_a_typed_error_with_a_remedy_and_no_flag() {
    let course = Course::new();
    let engine = open(&course);
    let document = TimelineDocument::of(&plan(&engine).timeline);
    let follow = |document: TimelineDocument| LengthOptions {
        lock: Some(Lock::Timeline { name: "t.json".to_owned(), document: Box::new(document) }),
        ..LengthOptions::default()
    };
    let job = |length: LengthOptions| PlanJob { length, ..PlanJob::of("2") };
    let light = TimelineDocument { guidance: Guidance::Light, ..document.clone() };
    let longer =
        LengthOptions { length: Some(Length::Exactly(Seconds::whole(9)).into()), ..follow(document.clone()) };
    let own = Language::parse("nl").map(Lock::Language);
    let bed = Variant { bed: Some("bruiz".to_owned()), ..Variant::default() };
    let voice = Variant { voice: Some("ana".to_owned()), ..Variant::default() };
    for (job, remedy) in [
        (PlanJob::of("plk"), "did you mean `plek`?".into()),
        (PlanJob::of("9"), Help::Text(String::new())),
        (PlanJob { variant: bed, ..PlanJob::of("2") }, "did you mean `bruis`?".into()),
        (PlanJob { variant: voice, ..PlanJob::of("2") }, "did you mean `anna`?".into()),
        (job(follow(light)), Remedy::Guidance("light").into()),
        (job(longer), Remedy::NoLength.into()),
        (job(LengthOptions { lock: own, ..LengthOptions::default() }), Help::Text(String::new())),
        (
            job(follow(TimelineDocument { script: "slot".to_owned(), ..document.clone() })),
            "name the timeline.json beside an output".into(),
        ),
        (
            job(follow(TimelineDocument { parts: Vec::new(), ..document })),
            "name the timeline.json beside an output".into(),
        ),
    ] {
        let error = refused(&engine, &job);
        assert!(matches!(error, Error::Request(_)), "{error}");
        assert!(!error.to_string().contains("--"), "{error}");
        let remedies = error.remedies();
        assert!(!remedies.is_empty(), "{error}");
        if remedy != Help::Text(String::new()) {
            assert!(remedies.contains(&remedy), "{error}: {remedies:?}");
        }
    }
    let rate = adem::engine::possible(
        Format::Opus,
        &adem::delivery::coding::Coding::default(),
        adem::unit::SampleRate::DISC,
    );
    let Err(Error::Request(request)) = rate else { panic!("no opus at 44.1 kHz") };
    assert!(matches!(*request, Request::Coding { rate: true, .. }));
    assert_eq!(request.remedies(), [Help::Remedy(Remedy::Rate)]);
}

#[test]
fn a_missing_recording_is_an_error_with_remedies_a_front_end_can_offer() {
    let course = Course::new();
    std::fs::remove_file(course.path("voice/nl/anna/plek/vrij.wav")).unwrap();
    let engine = open(&course);
    let job = RenderJob::to_file(course.path("a.wav"), Format::Wav24);
    let Err(Error::Diagnostics { found, .. }) = engine.render(&plan(&engine), &job, &Task::silent()) else {
        panic!("a recording is missing")
    };
    assert!(found[0].helps.contains(&Help::Remedy(Remedy::Draft)), "{:?}", found[0].helps);
    assert!(found[0].helps.contains(&Help::Remedy(Remedy::Voice)), "{:?}", found[0].helps);
}
