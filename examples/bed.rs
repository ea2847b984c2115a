//! Writes so many seconds of a bed to a WAV of 32-bit floats, as it is: no fade, no duck, no limiter.
//!
//! `cargo run --release --example bed -- COURSE BED SECONDS OUT.wav` is what `docs/pictures.py` listens to.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a measurement that cannot go on has failed")]

use std::path::Path;
use std::time::Instant;

use adem::asset::bed::{BedReader, BedSound, WINDOW};
use adem::asset::{Cache, Drafts, Store};
use adem::diag::Sink;
use adem::files::DiskFiles;
use adem::script::Course;
use adem::unit::{Position, SampleRate};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [course, name, seconds, out] = arguments.as_slice() else {
        panic!("use: bed COURSE BED SECONDS OUT.wav")
    };
    let files = DiskFiles::new(Path::new(course));
    let course = Course::open(&files, &Sink::new()).unwrap();
    let drafts = Drafts::default();
    let store = Store::new(&files, &drafts, Cache::off(), SampleRate::DEFAULT);
    let bed = BedSound::open(&store, &course.ambiences[name], 0).unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: store.rate.hz(),
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(out, spec).unwrap();
    let frames = (seconds.parse::<f64>().unwrap() * store.rate.as_f64()) as u64;
    let (mut reader, mut made) = (BedReader::default(), std::time::Duration::ZERO);
    for from in (0..frames).step_by(WINDOW as usize) {
        let length = (frames - from).min(WINDOW) as usize;
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        let before = Instant::now();
        bed.read(Position(from), &mut left, &mut right, &mut reader).unwrap();
        made += before.elapsed();
        for sample in left.into_iter().zip(right).flat_map(|(left, right)| [left, right]) {
            writer.write_sample(sample).unwrap();
        }
    }
    writer.finalize().unwrap();
    let speed = frames as f64 / store.rate.as_f64() / made.as_secs_f64();
    eprintln!("{name}: {speed:.0} times as fast as it plays");
}
