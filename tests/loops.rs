//! Recordings that loop by themselves. With `ADEM_AUDIO=FOLDER`, or recordings in `../shared/audio`, real ones as well.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

mod support;

use std::path::PathBuf;

use support::Course;
use support::sound::{self, Sound};

/// The bed alone, as it is, under so many minutes of the small course.
fn bed(file: &str, bytes: &[u8], minutes: u32, crossfade: &str) -> Sound {
    let course = Course::new();
    course.write(&format!("ambience/{file}"), bytes);
    let layer = format!(
        "title = \"B\"\ncredit = \"b\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\nfile = \"{file}\"\n{crossfade}"
    );
    course.write("ambience/lus.toml", layer);
    let settings = "use = \"lus\", fade_in = 0, fade_out = 0, gain = 0, duck = { depth = 0 }";
    course.edit("scripts/plek.toml", "use = \"bruis\", fade_in = 1, fade_out = 1", settings);
    let pause = format!("id = \"voeten\", pause = \"{minutes}m\"");
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", &pause);
    let render = ["render", "2", "--length", "natural", "--format", "wav32f", "--mix", "bed", "-o", "-"];
    sound::read(&course.succeed(&render).stdout)
}

/// The largest step between two samples of each tenth of a second, against the usual one of its neighbourhood.
fn clicks(bed: &Sound) -> f32 {
    let plane = &bed.planes[0];
    let steps: Vec<f32> = plane
        .chunks(480)
        .map(|part| part.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max))
        .collect();
    steps
        .windows(21)
        .map(|around| {
            let mut usual = around.to_vec();
            usual.sort_by(f32::total_cmp);
            around[10] / usual[18].max(1e-4)
        })
        .fold(0.0, f32::max)
}

#[test]
fn a_recording_without_a_crossfade_of_its_own_goes_on_without_a_seam() {
    let bed = bed("lus.wav", &sound::named("noise 20"), 2, "");
    let whole = bed.level(0, bed.frames());
    for from in (0..bed.frames() - 24_000).step_by(24_000) {
        let level = bed.level(from, from + 24_000);
        assert!((level - whole).abs() < 0.5, "{level} dBFS at {from}, elsewhere {whole}");
    }
    assert!(clicks(&bed) < 1.5);
    // No two turns are equally long: what is heard now was not heard one turn ago.
    let plane = &bed.planes[0];
    let same = |lag: usize| {
        let pairs = plane[lag..].iter().zip(plane).take(480_000);
        pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>()
    };
    assert!(same(0) > 0.0 && bed.planes[0] != bed.planes[1]);
}

#[test]
fn any_rate_any_length_and_one_channel_will_do() {
    for (name, file) in
        [("speech 9", "lus.wav"), ("192k", "lus.wav"), ("8-bit", "lus.wav"), ("tone 7", "lus.wav")]
    {
        let bed = bed(file, &sound::named(name), 1, "");
        assert!(bed.planes[0] == bed.planes[1], "{name}: mono on both sides");
        assert!(bed.frames() > 60 * 48_000);
    }
}

#[test]
fn real_recordings_loop_without_a_click_or_a_jump() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/audio"));
    let folder = std::env::var_os("ADEM_AUDIO").map_or_else(beside, PathBuf::from).join("ambience");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no recordings in {}", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "ogg")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        let (looped, plain) = (bed(name, &bytes, 3, ""), bed(name, &bytes, 3, "crossfade = 2\n"));
        let (steps, own) = (clicks(&looped), clicks(&plain));
        // Fire crackles and drops fall: the recording has steps of its own, and the joins add none.
        assert!(steps < 1.5 * own, "{name}: steps of {steps} times the usual, in the recording {own}");
    }
}
