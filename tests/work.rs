//! Counts of work: files opened, recordings decoded, frames rendered. Unlike times, counts are the same on every machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use adem::asset::Cache;
use adem::delivery::format::Format;
use adem::engine::{Engine, LengthOptions, PlanJob, RenderJob};
use adem::event::{Cancel, Listener, ProgressEvent, Task};
use adem::files::{DiskFiles, FileError, Files, FolderEntry, Source, Stamp};
use adem::layout::Length;
use adem::script::exercise::Guidance;
use adem::script::session::Variant;
use adem::unit::Seconds;
use support::Course;
use support::program::Weight;

/// A course on disk that counts how often each recording was opened.
struct Watched {
    disk: DiskFiles,
    opened: Mutex<BTreeMap<String, u32>>,
    /// Whether modification times are available.
    stamps: bool,
}

impl Watched {
    fn new(course: &Course) -> Arc<Self> {
        Arc::new(Self { disk: DiskFiles::new(course.root()), opened: Mutex::default(), stamps: false })
    }

    /// The same; files that were not modified recently are recognised.
    fn with_stamps(course: &Course) -> Arc<Self> {
        Arc::new(Self { disk: DiskFiles::new(course.root()), opened: Mutex::default(), stamps: true })
    }

    /// How often recordings of the voice were opened since the last call.
    fn openings(&self) -> Vec<u32> {
        let opened = std::mem::take(&mut *self.opened.lock().unwrap());
        opened
            .into_iter()
            .filter(|(path, _)| {
                path.starts_with("voice") && Path::new(path).extension() == Some("wav".as_ref())
            })
            .map(|(_, count)| count)
            .collect()
    }
}

impl Files for Watched {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        *self.opened.lock().unwrap().entry(path.display().to_string()).or_default() += 1;
        self.disk.read(path)
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        *self.opened.lock().unwrap().entry(path.display().to_string()).or_default() += 1;
        self.disk.open(path)
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        self.disk.list(folder)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        if self.stamps { self.disk.stamp(path) } else { None }
    }

    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }
}

/// Counts the frames measured and rendered, and the recordings decoded.
#[derive(Default)]
struct Counts(Mutex<[u64; 3]>);

impl Listener for Counts {
    fn on_progress(&self, event: ProgressEvent) {
        let mut counts = self.0.lock().unwrap();
        match event {
            ProgressEvent::Measuring { done, .. } => counts[0] = done.0,
            ProgressEvent::Rendering { done, .. } => counts[1] = done.0,
            ProgressEvent::Decoding { .. } => counts[2] += 1,
            ProgressEvent::Drafting { .. } => panic!("nothing is to be drafted"),
        }
    }
}

/// Renders the small course. Returns frames measured, frames rendered, recordings decoded, and how often each was opened.
fn work(course: &Course, files: &Arc<Watched>, preset: Option<&str>) -> ([u64; 3], Vec<u32>, u64) {
    let counts = Counts::default();
    let task = Task::new(&counts, Cancel::new());
    let engine = Engine::open(files.clone(), Cache::at(course.path(".adem"))).unwrap();
    let variant = Variant { preset: preset.map(str::to_owned), ..Variant::default() };
    let plan = engine.plan(&PlanJob { variant, ..PlanJob::of("2") }, &task).unwrap();
    let job = RenderJob::to_file(course.path("track.wav"), Format::Wav24);
    engine.render(&plan, &job, &task).unwrap();
    (*counts.0.lock().unwrap(), files.openings(), plan.timeline.frames.0)
}

#[test]
fn a_recording_is_decoded_once_and_never_again_and_the_mix_is_made_once() {
    let course = Course::new();
    let files = Watched::new(&course);
    let (counts, opened, frames) = work(&course, &files, None);
    assert_eq!(counts, [0, frames, 5]);
    // Once to hash it for the cache key, once to decode it.
    assert_eq!(opened, [2; 5]);
    let (again, opened, _) = work(&course, &files, None);
    assert_eq!(again, [0, frames, 0]);
    // Hashed again for its facts and for its samples, as it may have changed in between.
    assert_eq!(opened, [2; 5]);
}

/// Sets the modification time of a recording to a number of seconds ago.
fn modified(course: &Course, path: &str, ago: u64) {
    let file = std::fs::File::options().write(true).open(course.path(path)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(ago)).unwrap();
}

const CLIPS: [&str; 5] = ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit", "slot/tot"];

#[test]
fn a_second_plan_opens_no_recording_that_has_not_changed() {
    for cache in [Cache::off(), Cache::at(Course::new().path("cache"))] {
        let course = Course::new();
        for clip in CLIPS {
            modified(&course, &format!("voice/nl/anna/{clip}.wav"), 1_000);
        }
        let files = Watched::with_stamps(&course);
        let engine = Engine::open(files.clone(), cache).unwrap();
        let plan = || engine.plan(&PlanJob::of("2"), &Task::silent()).unwrap().timeline;
        let first = plan();
        assert_eq!(files.openings(), [1; 5]);
        assert_eq!(plan(), first);
        let other = Variant { guidance: Some(Guidance::Light), ..Variant::default() };
        engine.plan(&PlanJob { variant: other, ..PlanJob::of("2") }, &Task::silent()).unwrap();
        assert_eq!(files.openings(), Vec::<u32>::new());

        // Another recording of the same size differs in its modification time.
        let (short, long) = ("voice/nl/anna/plek/voeten.wav", "voice/nl/anna/plek/vrij.wav");
        let mut bytes = course.read(short);
        let samples = bytes.len() - bytes.len() / 2;
        bytes[samples..].fill(0);
        course.write(short, &bytes);
        modified(&course, short, 500);
        let changed = plan();
        assert_ne!(changed, first);
        assert_eq!(files.openings(), [1]);
        assert_eq!(plan(), changed);
        assert_eq!(files.openings(), Vec::<u32>::new());
        modified(&course, long, 400);
        assert_eq!(plan(), changed, "the same bytes at another time");
        assert_eq!(files.openings(), [1]);
    }
}

#[test]
fn the_next_process_opens_no_recording_that_has_not_changed() {
    let course = Course::new();
    for clip in CLIPS {
        modified(&course, &format!("voice/nl/anna/{clip}.wav"), 1_000);
    }
    let files = Watched::with_stamps(&course);
    let (_, opened, _) = work(&course, &files, None);
    assert_eq!(opened, [1; 5]);
    let (counts, opened, frames) = work(&course, &files, None);
    assert_eq!((counts, opened), ([0, frames, 0], vec![]));
}

#[test]
fn only_an_anchor_on_the_whole_makes_the_mix_twice() {
    let course = Course::new();
    let (counts, _, frames) = work(&course, &Watched::new(&course), Some("whole"));
    assert_eq!(counts, [frames, frames, 5]);
}

/// The small course with one longer pause.
fn long(seconds: u32) -> Course {
    let course = Course::new();
    let line = "id = \"voeten\", pause = 2";
    course.edit("scripts/plek.toml", line, &format!("id = \"voeten\", pause = {{ fixed = {seconds} }}"));
    course
}

#[test]
fn the_windows_of_a_bed_are_made_once_for_all_versions_and_change_no_byte() {
    const WINDOW: u64 = 1 << 18;
    let course = Course::new();
    let (line, elastic) = ("pause = 2 },", "pause = { natural = 20, least = 2, most = 200 } },");
    course.edit("scripts/plek.toml", line, elastic);
    let versions = [100u64, 60, 100].map(|seconds| LengthOptions {
        length: Some(Length::Exactly(Seconds::whole(seconds)).into()),
        ..LengthOptions::default()
    });
    let renders = |bound: u64| {
        let engine = Engine::open(Watched::new(&course), Cache::off()).unwrap();
        engine.share_beds(bound);
        let plans = versions.clone().map(|length| {
            let job = PlanJob { length, ..PlanJob::of("2") };
            engine.plan(&job, &Task::silent()).unwrap()
        });
        let [measured, found] = engine.bed_windows();
        assert_eq!(found, 0, "a bed is measured once");
        let render = |plan| {
            let mut bytes = Vec::new();
            let job = RenderJob::default();
            engine.render_to(plan, &job, Format::Wav24, &mut bytes, &Task::silent()).unwrap();
            bytes
        };
        let files: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = plans.iter().map(|plan| scope.spawn(|| render(plan))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let frames = plans.map(|plan| plan.timeline.frames.0.div_ceil(WINDOW));
        (files, frames, measured, engine.bed_windows())
    };
    let (alone, windows, measured, [made, found]) = renders(0);
    assert_eq!((made - measured, found), (windows.iter().sum(), 0));
    let (shared, _, measured, [made, found]) = renders(1 << 30);
    // The measurement of the bed has made those of the first minute already.
    let longest = windows[0].saturating_sub(measured);
    assert_eq!((made - measured, found), (longest, windows.iter().sum::<u64>() - longest));
    assert!(longest > 0 && shared == alone);
    // Room for one window, which several versions want to have replaced.
    assert!(renders(3 << 20).0 == alone);
}

/// What a render of it takes without a cache; prints a line and returns `None` if the system does not say.
fn weigh(course: &Course) -> Option<Weight> {
    let render = course.program(&["render", "2", "--format", "wav", "-o", "track.wav"]);
    let (run, weight) = render.env("ADEM_CACHE", "off").env("RAYON_NUM_THREADS", "2").run_weighed();
    assert_eq!(run.code, 0, "{}", run.stderr);
    if weight.is_none() {
        eprintln!("skipped: this system does not tell what a program took");
    }
    weight
}

#[test]
fn a_render_writes_its_file_and_nothing_else() {
    let course = long(60);
    let Some(weight) = weigh(&course) else { return };
    let files: usize = course
        .files("")
        .iter()
        .filter(|path| path.starts_with("track."))
        .map(|path| course.read(path).len())
        .sum();
    let beside = weight.written - files as u64;
    assert!(beside < 4_096, "{beside} bytes beside the files");
}

#[test]
fn memory_is_small_and_does_not_grow_with_the_length() {
    let (Some(short), Some(long)) = (weigh(&long(120)), weigh(&long(1_200))) else { return };
    assert!(long.memory < 34 << 20, "{} bytes", long.memory);
    assert!(4 * long.memory < 5 * short.memory, "{} bytes, and {} for a tenth", long.memory, short.memory);
}
