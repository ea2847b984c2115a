//! A course in memory: two minutes of phrases over a looped bed, with a bell, as plain as it can sound.

use std::sync::Arc;

use adem::asset::{Cache, Catalogue, Store};
use adem::delivery::mix::Mix;
use adem::engine::{Engine, Error, Plan, PlanJob, World};
use adem::event::Task;
use adem::export::{WavFormat, WavSpec, WavWriter};
use adem::files::MemoryFiles;
use adem::render::Mixdown;
use adem::render::master::{Batch, master, measure};
use adem::unit::{Frames, SampleRate};

/// The length of the track in frames.
pub const FRAMES: usize = SECONDS * 48_000;
/// Seconds of it, and how many phrases there are in them.
const SECONDS: usize = 120;
const PHRASES: usize = 10;

const COURSE: &str = r#"title = "Bench"
languages = ["en"]
voices = { en = "tone" }

[defaults]
preset = "bench"

[presets.bench]
anchor = "integrated"
ceiling = -1
"#;

const VOICE: &str =
    "name = \"Tone\"\nkind = \"synthetic\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nchain = \"off\"\n";
const BELL: &str =
    "title = \"Bell\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nfile = \"bell.wav\"\ngain = 0\n";
const BED: &str =
    "title = \"Bed\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\nfile = \"bed.wav\"\n";

/// The course, its files open.
pub struct Bench {
    files: MemoryFiles,
}

impl Bench {
    /// Writes its files.
    pub fn new() -> Self {
        let files = MemoryFiles::new()
            .with("course.toml", COURSE)
            .with("scripts/bench.toml", script())
            .with("voice/en/tone/voice.toml", VOICE)
            .with("ambience/bed.toml", BED)
            .with("ambience/bed.wav", wav(2, 48_000, 30, WavFormat::Int24))
            .with("ambience/bells/bell.toml", BELL)
            .with("ambience/bells/bell.wav", wav(1, 48_000, 8, WavFormat::Int16));
        let files = (0..PHRASES).fold(files, |files, phrase| {
            let rate = if phrase % 2 == 0 { 44_100 } else { 48_000 };
            files.with(format!("voice/en/tone/bench/p{phrase}.wav"), wav(1, rate, 5, WavFormat::Int16))
        });
        Self { files }
    }

    /// Lays it out and opens its sounds.
    pub fn with_mixdown<T>(&self, work: impl FnOnce((&Mixdown, &Store<'_>), &Plan) -> T) -> T {
        let engine = Engine::open(Arc::new(self.files.clone()), Cache::off()).unwrap();
        let plan = engine.plan(&PlanJob::of("bench"), &Task::silent()).unwrap();
        assert_eq!(plan.timeline.frames, Frames(FRAMES as u64));
        let catalogue = Catalogue::default();
        let store = Store::new(&self.files, &catalogue, Cache::off(), plan.timeline.rate);
        let chain = plan.session.voice.chain;
        let mixdown = Mixdown::open(&plan.timeline, &store, engine.course(), chain, Mix::Full).unwrap();
        work((&mixdown, &store), &plan)
    }

    /// Makes the whole track and throws it away; how many frames the limiter touched.
    pub fn render(&self) -> u64 {
        self.with_mixdown(|mixdown, plan| {
            let (rate, preset) = (plan.timeline.rate, &plan.session.preset);
            let meter = measure(mixdown, &mut |_| Ok::<(), Error>(())).unwrap();
            let gain = meter.gain_to(preset.target, preset.ceiling.gain()).unwrap();
            let frames = plan.timeline.frames;
            let spec = WavSpec { rate, channels: 2, format: WavFormat::Int24, frames };
            let mut wav = WavWriter::new(std::io::sink(), spec).unwrap();
            let mut take = |batch: Batch<'_>| {
                wav.write(&batch.finished).map_err(|error| Error::from(World::Analysis(error)))
            };
            master(mixdown, gain.gain(), preset.ceiling, false, &mut take).unwrap().frames
        })
    }
}

/// Phrases of five seconds, one every ten; the tail makes the length whole.
fn script() -> String {
    let mut lines = vec![
        "track = 1".to_owned(),
        "language = \"en\"".to_owned(),
        "title = \"Bench\"".to_owned(),
        "head = { fixed = 5 }".to_owned(),
        format!("tail = {{ fixed = {} }}", SECONDS - 10 * PHRASES - 5),
        "bed = { use = \"bed\", gain = -12, duck = { depth = 8, hold = 0 } }".to_owned(),
        "[[cue]]".to_owned(),
        "at = \"1m\"".to_owned(),
        "bell = \"bell\"".to_owned(),
        "[[part]]".to_owned(),
        "steps = [".to_owned(),
    ];
    for phrase in 0..PHRASES {
        lines.push(format!(
            "  {{ say = \"Breathe.\", id = \"p{phrase}\", safety = true, pause = {{ fixed = 5 }} }},"
        ));
    }
    lines.push("]".to_owned());
    lines.join("\n")
}

/// A file of a tone that swells and fades twice a second, some seconds long.
fn wav(channels: usize, hz: u32, seconds: usize, format: WavFormat) -> Vec<u8> {
    let rate = SampleRate::new(hz).unwrap();
    let frames = seconds * hz as usize;
    let sample = |n: usize| {
        let t = n as f32 / hz as f32;
        0.5 * (t * 1_257.0).sin() * (t * std::f32::consts::TAU).sin().powi(2)
    };
    let plane: Vec<f32> = (0..frames).map(sample).collect();
    let spec = WavSpec { rate, channels, format, frames: Frames(frames as u64) };
    let mut wav = WavWriter::new(Vec::new(), spec).unwrap();
    wav.write(&vec![&plane[..]; channels]).unwrap();
    wav.finish().unwrap()
}
