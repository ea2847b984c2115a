//! How fast the loops are that every frame goes through, and one whole render.
//!
//! `cargo bench` prints for each how much sound it does in a second. An item is a millisecond of sound, so what is
//! printed as Kitem/s is "times as fast as it plays". `cargo bench -- limiter` runs those with that in their name.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod course;

use std::hint::black_box;

use std::path::Path;
use std::sync::Arc;

use adem::asset::Cache;
use adem::asset::bed::WINDOW;
use adem::diag::Sink;
use adem::dsp::dither::Dither;
use adem::dsp::duck::{DuckCurve, Ducking, RampShape};
use adem::dsp::limited::LimitedLoudness;
use adem::dsp::limiter::Limiter;
use adem::dsp::looping::seam::Seam;
use adem::dsp::loudness::KWeightingOf;
use adem::dsp::meter::Meter;
use adem::dsp::noise::HashNoise;
use adem::dsp::resample::Resampler;
use adem::dsp::true_peak::TruePeak;
use adem::engine::{Engine, LengthOptions, PlanJob};
use adem::event::Task;
use adem::export::{WavFormat, WavSpec, WavWriter};
use adem::files::{DiskFiles, MemoryFiles};
use adem::layout::{Glue, LayoutTarget, Length, lay_out, share};
use adem::render::MixWindow;
use adem::synth::brook::{Brook, BrookSettings};
use adem::synth::brown::Brown;
use adem::synth::drips::{DripSettings, Drips};
use adem::synth::drone::{Drone, DroneChord, DroneSettings};
use adem::synth::generator::{CHANNELS, GRAIN, Generator};
use adem::synth::pink::Pink;
use adem::synth::rain::{Rain, RainSettings};
use adem::synth::sea::{Sea, SeaSettings};
use adem::synth::wind::{Wind, WindSettings};
use adem::unit::{Db, Frames, Gain, Position, SampleRate, Seconds};
use divan::Bencher;
use divan::counter::ItemsCount;

use course::Bench;

const RATE: SampleRate = SampleRate::DEFAULT;
/// One second.
const SECOND: usize = 48_000;

fn main() {
    divan::main();
}

/// So many frames, in milliseconds of sound.
fn sound(frames: usize) -> ItemsCount {
    ItemsCount::new(frames * 1_000 / SECOND)
}

/// White noise of a peak level.
fn noise(frames: usize, peak: f32) -> Vec<f32> {
    let mut samples = vec![0.0; frames];
    HashNoise::new(1).fill(0, &mut samples);
    samples.iter_mut().for_each(|sample| *sample *= peak);
    samples
}

/// A low tone of a peak level: as smooth as a voice.
fn tone(frames: usize, peak: f32) -> Vec<f32> {
    (0..frames).map(|n| peak * (n as f32 * 0.026).sin()).collect()
}

#[divan::bench]
fn mix_window(bencher: Bencher) {
    Bench::new().with_mixdown(|(mixdown, store), _| {
        let mut window = MixWindow::default();
        bencher
            .counter(sound(WINDOW as usize))
            .bench_local(|| mixdown.window(store, 1, Gain(0.5), false, &mut window).unwrap());
    });
}

#[divan::bench(args = [RampShape::Linear, RampShape::Cosine])]
fn duck_ramps(bencher: Bencher, shape: RampShape) {
    let ramp = Frames(SECOND as u64);
    let duck = Ducking { lead: ramp, fall: ramp, hold: Frames(0), rise: ramp, depth: Db(8.0), shape };
    let curve = DuckCurve::new(&[(Position(SECOND as u64), Frames(1), duck)]);
    let mut factors = vec![0.0; 2 * SECOND];
    bencher.counter(sound(2 * SECOND)).bench_local(|| curve.fill(Position(0), black_box(&mut factors)));
}

#[divan::bench]
fn k_weighting(bencher: Bencher) {
    let (left, right) = (noise(SECOND, 0.1), tone(SECOND, 0.1));
    let mut filter = KWeightingOf::<2>::new(RATE);
    bencher.counter(sound(SECOND)).bench_local(|| {
        let mut energy = [0.0; 2];
        filter.add_energy([black_box(&left), black_box(&right)], &mut energy);
        energy
    });
}

#[divan::bench]
fn loudness_and_peaks_for_the_limiter(bencher: Bencher) {
    let (left, right) = (noise(SECOND, 0.1), tone(SECOND, 0.1));
    bencher.counter(sound(SECOND)).bench_local(|| {
        let mut meter = LimitedLoudness::new(RATE, Frames(SECOND as u64));
        meter.push([&left, &right]);
        meter
    });
}

#[divan::bench]
fn whole_meter(bencher: Bencher) {
    let (left, right) = (noise(SECOND, 0.1), tone(SECOND, 0.1));
    bencher.counter(sound(SECOND)).bench_local(|| {
        let mut meter = Meter::new(RATE, 2);
        meter.push(&[&left, &right]);
        meter.finish()
    });
}

#[divan::bench]
fn true_peak(bencher: Bencher) {
    let samples = noise(SECOND, 0.5);
    let mut meter = TruePeak::new(RATE);
    bencher.counter(sound(SECOND)).bench_local(|| meter.push(black_box(&samples)));
}

fn limiter(bencher: Bencher, plane: &[f32]) {
    let mut limiter = Limiter::new(RATE, Db(-2.0).gain(), 2);
    let mut output = [Vec::new(), Vec::new()];
    bencher.counter(sound(plane.len())).bench_local(|| {
        output.iter_mut().for_each(Vec::clear);
        plane.chunks(8_192).for_each(|block| limiter.push(&[block, block], &mut output));
    });
}

#[divan::bench]
fn limiter_quiet(bencher: Bencher) {
    limiter(bencher, &noise(SECOND, 0.1));
}

#[divan::bench]
fn limiter_loud_voice_under_the_ceiling(bencher: Bencher) {
    limiter(bencher, &tone(SECOND, 0.7));
}

#[divan::bench]
fn limiter_busy(bencher: Bencher) {
    limiter(bencher, &noise(SECOND, 1.0));
}

#[divan::bench]
fn dither_16_bit(bencher: Bencher) {
    let samples = noise(SECOND, 0.5);
    let dither = Dither::new(1, 0);
    let mut output = Vec::with_capacity(SECOND);
    bencher.counter(sound(SECOND)).bench_local(|| {
        output.clear();
        dither.append_i16(black_box(&samples), 0, &mut output);
    });
}

#[divan::bench]
fn pack_24_bit(bencher: Bencher) {
    let samples = noise(SECOND, 0.5);
    let frames = Frames(SECOND as u64);
    let spec = WavSpec { rate: RATE, channels: 2, format: WavFormat::Int24, frames };
    bencher.counter(sound(SECOND)).bench_local(|| {
        let mut wav = WavWriter::new(std::io::sink(), spec).unwrap();
        wav.write(&[black_box(&samples), &samples]).unwrap();
        wav.finish().unwrap()
    });
}

#[divan::bench]
fn resample_44100(bencher: Bencher) {
    let from = SampleRate::new(44_100).unwrap();
    let samples = noise(5 * 44_100, 0.5);
    let mut resampler = Resampler::new();
    bencher.counter(sound(5 * SECOND)).bench_local(|| resampler.resample(&samples, from, RATE).unwrap());
}

/// A loop of ten seconds; where it starts again for four of them.
#[divan::bench(args = [0, 5 * SECOND])]
fn loop_seam(bencher: Bencher, from: usize) {
    let source = noise(10 * SECOND, 0.5);
    let seam = Seam::new(Frames(10 * SECOND as u64), Frames(4 * SECOND as u64)).unwrap();
    let (mut left, mut right) = (vec![0.0; SECOND], vec![0.0; SECOND]);
    bencher.counter(sound(SECOND)).bench_local(|| {
        let mut fetch = |first: u64, planes: &mut [&mut [f32]]| {
            for plane in planes {
                plane.copy_from_slice(&source[first as usize..][..plane.len()]);
            }
            Ok::<(), ()>(())
        };
        seam.read(Position(from as u64), &mut [&mut left, &mut right], &mut fetch).unwrap();
    });
}

fn grain(bencher: Bencher, generator: &dyn Generator) {
    let mut planes = vec![Vec::new(); CHANNELS];
    bencher.counter(sound(GRAIN as usize)).bench_local(|| generator.grain(3, &mut planes));
}

#[divan::bench]
fn rain(bencher: Bencher) {
    grain(bencher, &Rain::new(RATE, 1, RainSettings::default()));
}

#[divan::bench]
fn brown(bencher: Bencher) {
    grain(bencher, &Brown::new(RATE, 1, 0.4));
}

#[divan::bench]
fn pink(bencher: Bencher) {
    grain(bencher, &Pink::new(RATE, 1, 0.4));
}

#[divan::bench]
fn sea(bencher: Bencher) {
    grain(bencher, &Sea::new(RATE, 1, SeaSettings::default()));
}

#[divan::bench]
fn wind(bencher: Bencher) {
    grain(bencher, &Wind::new(RATE, 1, WindSettings::default()));
}

#[divan::bench]
fn brook(bencher: Bencher) {
    grain(bencher, &Brook::new(RATE, 1, BrookSettings::default()));
}

#[divan::bench]
fn drops(bencher: Bencher) {
    grain(bencher, &Drips::new(RATE, 1, DripSettings::default()));
}

#[divan::bench]
fn drone(bencher: Bencher) {
    grain(
        bencher,
        &Drone::new(RATE, 1, DroneSettings { pitch_hz: 73.4, chord: DroneChord::Fifth, brightness: 0.4 }),
    );
}

/// The pauses of a long exercise shared out. An item is a pause.
#[divan::bench]
fn layout_share(bencher: Bencher) {
    let glue = |n: u64| Glue {
        natural: Frames(SECOND as u64 * (3 + n % 37)),
        least: Frames(SECOND as u64),
        most: (!n.is_multiple_of(3)).then_some(Frames(SECOND as u64 * 60)),
        weight: 1_000,
        fill: false,
        step: None,
    };
    let glues: Vec<_> = (0..200).map(glue).collect();
    let natural: Frames = glues.iter().map(|glue| glue.natural).sum();
    let target = Frames(natural.0 * 7 / 5);
    bencher.counter(ItemsCount::new(glues.len())).bench_local(|| share(&glues, target, RATE).unwrap());
}

/// An exercise of 300 steps with four groups of rounds, at a length that leaves phrases out: laid out, as on every key
/// stroke.
#[divan::bench]
fn layout_300_steps(bencher: Bencher) {
    let say = |index: u32| {
        let pause = 3 + index % 17;
        format!("{{ say = \"Een paar woorden voor de stilte.\", id = \"w{index}\", pause = {pause} }},\n")
    };
    let groups = [
        "{ breathe = { in = 4, out = 6, times = [2, 6, 12] } },\n",
        "{ repeat = [2, 4, 8], steps = [{ pause = 11 }] },\n",
        "{ walk = { pace = 50, steps = [8, 20, 60] } },\n",
        "{ breathe = { in = 5, out = 7, times = [2, 5, 20] } },\n",
    ];
    let steps: String = (0..296).map(say).collect::<String>() + &groups.concat();
    let script = format!(
        "track = 1\nlanguage = \"nl\"\ntitle = \"T\"\n[[part]]\nsteps = [{{ say = \"Stop gerust.\", id = \"s\", safety = true }},\n{steps}]\n"
    );
    let files = MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with("scripts/s.toml", script);
    let engine = Engine::open(Arc::new(files), Cache::off()).unwrap();
    let length = Length::Exactly(Seconds::whole(25 * 60));
    lay(bencher, &engine, "1", length);
}

/// The silent session of 150 minutes.
#[divan::bench]
fn layout_150_minutes(bencher: Bencher) {
    let files = DiskFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")));
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(Arc::new(files), Cache::at(folder.path())).unwrap();
    lay(bencher, &engine, "stiltesessie", Length::Exactly(Seconds::whole(150 * 60)));
}

fn lay(bencher: Bencher, engine: &Engine, script: &str, length: Length) {
    let options = LengthOptions { length: Some(length.into()), ..LengthOptions::default() };
    let plan = engine.plan(&PlanJob { length: options, ..PlanJob::of(script) }, &Task::silent()).unwrap();
    bencher.bench_local(|| {
        lay_out(&plan.session, &plan.facts, LayoutTarget::Length(length), &Sink::new()).unwrap()
    });
}

/// Two minutes from course files in memory: checked, laid out, measured, mixed, limited and packed.
#[divan::bench(sample_count = 10)]
fn whole_render(bencher: Bencher) {
    let bench = Bench::new();
    bencher.counter(sound(course::FRAMES)).bench_local(|| bench.render());
}
