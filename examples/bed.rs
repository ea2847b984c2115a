//! Writes a bed, a bell or a breath of a course to a WAV of 32-bit floats, as it is: no fade, no duck, no limiter.
//!
//! `cargo run --release --example bed -- COURSE NAME SECONDS OUT.wav [bed|bell|swell]` is what `docs/pictures.py` listens
//! to. A bell rings for as long as it does; the name of a swell is its seconds in and out, such as `4-6`.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a measurement that cannot go on has failed")]

use std::path::Path;
use std::time::{Duration, Instant};

use adem::asset::bed::{BedReader, BedSound, WINDOW};
use adem::asset::{Cache, Catalogue, Store};
use adem::diag::Sink;
use adem::files::DiskFiles;
use adem::script::Course;
use adem::unit::{Position, SampleRate, Seconds};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, name, seconds, out, kind @ ..] = arguments.as_slice() else {
        panic!("use: bed COURSE NAME SECONDS OUT.wav [bed|bell|swell]")
    };
    let files = DiskFiles::new(Path::new(folder));
    let course = Course::open(&files, &Sink::new()).unwrap();
    let catalogue = Catalogue::default();
    let store = Store::new(&files, &catalogue, Cache::off(), SampleRate::DEFAULT);
    let mut writer = hound::WavWriter::create(out, spec(store.rate)).unwrap();
    let mut write = |left: &[f32], right: &[f32]| {
        for sample in left.iter().zip(right).flat_map(|(left, right)| [left, right]) {
            writer.write_sample(*sample).unwrap();
        }
    };
    match kind.first().map_or("bed", String::as_str) {
        "bell" => {
            let sound = store.bell(&course.bells[name]).unwrap();
            write(sound.plane(0), sound.plane(sound.channels() - 1));
        }
        "swell" => {
            let (inhale, exhale) = name.split_once('-').unwrap();
            let frames = |text: &str| Seconds::whole(text.parse().unwrap()).frames(store.rate);
            let sound = store.swell(frames(inhale), frames(exhale));
            write(sound.plane(0), sound.plane(1));
        }
        _ => {
            let bed = BedSound::open(&store, &course.ambiences[name], 0).unwrap();
            let frames = (seconds.parse::<f64>().unwrap() * store.rate.as_f64()) as u64;
            let took = read(&bed, frames, &mut write);
            let speed = frames as f64 / store.rate.as_f64() / took.as_secs_f64();
            eprintln!("{name}: {speed:.0} times as fast as it plays");
        }
    }
    writer.finalize().unwrap();
}

/// Reads a bed window by window, and how long that took.
fn read(bed: &BedSound, frames: u64, write: &mut impl FnMut(&[f32], &[f32])) -> Duration {
    let (mut reader, mut took) = (BedReader::default(), Duration::ZERO);
    for from in (0..frames).step_by(WINDOW as usize) {
        let length = (frames - from).min(WINDOW) as usize;
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        let before = Instant::now();
        bed.read(Position(from), &mut left, &mut right, &mut reader).unwrap();
        took += before.elapsed();
        write(&left, &right);
    }
    took
}

fn spec(rate: SampleRate) -> hound::WavSpec {
    hound::WavSpec {
        channels: 2,
        sample_rate: rate.hz(),
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    }
}
