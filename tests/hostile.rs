//! Damaged, odd and huge recordings as a phrase, as a bed, and given to `qc`. Each is used correctly or refused with a clear
//! message, and memory does not grow with its size.
//!
//! `tests/suite` has the messages themselves; these tests check the sound and the memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::sound::{self, Sound};
use support::{Course, Run};

/// The sounds of `support` by name, with a word of the message for those that cannot be used.
const SOUNDS: [(&str, Option<&str>); 12] = [
    ("8-bit", None),
    ("192k", None),
    ("hot", None),
    ("loud", None),
    ("stereo-upside-down", None),
    ("six-channels", Some("6 channels")),
    ("nan", Some("NaN")),
    ("empty", Some("contains no audio")),
    ("no-frames", Some("contains no audio")),
    ("truncated", None),
    ("damaged", Some("damaged")),
    ("text", Some("is text")),
];

fn bed_of(course: &Course, file: &str, crossfade: &str) {
    let layer = format!(
        "title = \"Lus\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\nfile = \"{file}\"\n{crossfade}"
    );
    course.write("ambience/lus.toml", layer);
}

/// A render of the bare course, and its sound if it succeeded.
fn render(course: &Course, arguments: &[&str]) -> (Run, Option<Sound>) {
    let run = course.adem(&[&["render", "plek", "--format", "wav32f", "-o", "t.wav"], arguments].concat());
    run.assert_no_panic();
    let sound = course.has("t.wav").then(|| sound::read(&course.read("t.wav")));
    (run, sound)
}

/// Expects a message with a word, and no output.
fn assert_told(name: &str, run: &Run, sound: Option<&Sound>, word: &str) {
    assert_eq!(run.code, 1, "{name}: {}", run.stderr);
    assert!(run.stderr.contains(word) && run.stderr.contains("help: "), "{name}: {}", run.stderr);
    assert!(sound.is_none(), "{name}: nothing is made of it");
}

#[test]
fn any_recording_of_a_phrase_is_used_at_the_right_level_or_refused() {
    for (name, trouble) in SOUNDS {
        let course = Course::bare();
        course.sound("voice/nl/anna/plek/vrij.wav", name);
        let (run, sound) = render(&course, &["--mix", "voice"]);
        if let Some(word) = trouble {
            assert_told(name, &run, sound.as_ref(), word);
            continue;
        }
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        let loudness = sound.unwrap().integrated();
        assert!((loudness + 18.0).abs() < 0.3, "{name}: {loudness} LUFS");
    }
}

#[test]
fn floats_above_full_scale_are_not_clipped() {
    let speak = |name: &str| {
        let course = Course::bare();
        course.write("voice/nl/anna/plek/vrij.wav", sound::named(name));
        let (run, sound) = render(&course, &["--mix", "voice"]);
        assert!(!run.stderr.contains("is clipped"), "{}", run.stderr);
        sound.unwrap()
    };
    let (hot, usual) = (speak("hot 1"), speak("speech 1"));
    assert_eq!(hot.frames(), usual.frames());
    let worst = hot.planes[0].iter().zip(&usual.planes[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst}");
}

#[test]
fn any_recording_of_a_bed_is_looped_or_refused() {
    for (name, trouble) in SOUNDS {
        let course = Course::bare();
        course.sound("ambience/lus.wav", name);
        bed_of(&course, "lus.wav", "");
        let (run, sound) = render(&course, &["--bed", "lus", "--mix", "bed"]);
        if let Some(word) = trouble {
            assert_told(name, &run, sound.as_ref(), word);
            continue;
        }
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        let sound = sound.unwrap();
        assert!(sound.planes.iter().flatten().all(|sample| sample.is_finite()), "{name}");
        // The bed sounds to the end, however short its loop is.
        let middle = sound.frames() / 2;
        assert!(sound.level(middle, middle + 48_000) > -60.0, "{name}");
    }
}

#[test]
fn a_bed_shorter_than_its_crossfade_is_refused_and_without_one_loops_however_short() {
    for (seconds, crossfade, fits) in [("1", "crossfade = 4\n", false), ("0.05", "", true), ("1", "", true)] {
        let course = Course::bare();
        course.sound("ambience/lus.wav", &format!("noise {seconds}"));
        bed_of(&course, "lus.wav", crossfade);
        let (run, sound) = render(&course, &["--bed", "lus", "--mix", "bed"]);
        if fits {
            let sound = sound.unwrap();
            let middle = sound.frames() / 2;
            assert!(sound.level(middle, middle + 4_800) > -60.0, "{seconds} s");
        } else {
            assert_told(seconds, &run, sound.as_ref(), "shorter than twice its crossfade");
        }
    }
}

/// A recording in another format; prints a line and returns `None` without ffmpeg.
fn converted(wav: &[u8], ending: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.wav"), folder.path().join(format!("out.{ending}")));
    std::fs::write(&from, wav).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(&from).args(["-ac", "1"]).arg(&to);
    let made = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no ffmpeg here that makes {ending}");
        return None;
    }
    Some(std::fs::read(to).unwrap())
}

#[test]
fn the_bytes_of_a_file_decide_its_format_and_not_its_extension() {
    let speech = sound::named("speech 1");
    let usual = {
        let course = Course::bare();
        render(&course, &["--mix", "voice"]).1.unwrap()
    };
    for (is, called) in
        [("wav", "mp3"), ("flac", "wav"), ("mp3", "ogg"), ("ogg", "flac"), ("opus", "wav"), ("m4a", "wav")]
    {
        let Some(bytes) = (if is == "wav" { Some(speech.clone()) } else { converted(&speech, is) }) else {
            continue;
        };
        let course = Course::bare();
        course.remove("voice/nl/anna/plek/vrij.wav");
        course.write(&format!("voice/nl/anna/plek/vrij.{called}"), &bytes);
        course.write(&format!("ambience/lus.{called}"), &bytes);
        bed_of(&course, &format!("lus.{called}"), "");
        let (run, sound) = render(&course, &["--bed", "lus"]);
        assert_eq!(run.code, 0, "{is} called {called}: {}", run.stderr);
        // Lossy coding moves the onset of speech by less than 25 ms.
        let frames = sound.unwrap().frames();
        assert!(frames.abs_diff(usual.frames()) < 2_400, "{is} called {called}: {frames}");
    }
}

#[test]
fn with_strict_a_cut_recording_stops_the_render() {
    let course = Course::bare();
    course.sound("voice/nl/anna/plek/vrij.wav", "truncated");
    let (run, sound) = render(&course, &["--strict"]);
    assert_told("truncated", &run, sound.as_ref(), "is cut off");
    assert_eq!(run.stderr.matches("[damaged-sound]").count(), 1, "{}", run.stderr);
}

#[test]
fn the_checklist_judges_any_file_or_says_why_it_cannot() {
    let course = Course::empty();
    for (name, trouble) in SOUNDS {
        course.sound("t.wav", name);
        let run = course.adem(&["qc", "t.wav", "--json"]);
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        let json: Value = serde_json::from_slice(&run.stdout).unwrap();
        let first = &json["files"][0]["rows"][0];
        // A cut recording can be used, but is not what its maker meant.
        let cut = (name == "truncated").then_some("of the 81600 frames its header declares");
        match trouble.or(cut) {
            // A file with more than two channels is read too.
            None | Some("6 channels") => assert_eq!(first["verdict"], "ok", "{name}: {first}"),
            Some(word) => {
                assert_eq!((run.code, &first["verdict"]), (3, &Value::from("fail")), "{name}: {first}");
                assert!(first.to_string().contains(word), "{name}: {first}");
            }
        }
    }
    course.sound("t.wav", "hot");
    let report = course.adem(&["qc", "t.wav", "--json"]);
    let json: Value = serde_json::from_slice(&report.stdout).unwrap();
    let row = |number: usize| json["files"][0]["rows"][number - 1].clone();
    assert_eq!((report.code, &row(6)["verdict"]), (3, &Value::from("fail")), "{}", row(6));
    // 20·log₁₀ 4 = 12.04 dB over full scale.
    assert!(row(6)["measured"].to_string().contains("12."), "{}", row(6));
}

/// A WAV of 16 bits and one channel whose first and last minute are noise; its middle is a hole in a sparse file.
fn long_recording(path: &Path, rate: u32, seconds: u32) {
    let noise = sound::read(&sound::named("noise 10")).planes[0].clone();
    let minute: Vec<u8> = (0..60 * rate as usize)
        .flat_map(|n| ((noise[n % noise.len()] * 32_767.0) as i16).to_le_bytes())
        .collect();
    let data = u64::from(rate) * u64::from(seconds) * 2;
    let mut head = Vec::new();
    for (name, size) in [(b"RIFF", 36 + data as u32), (b"fmt ", 16), (b"data", data as u32)] {
        head.extend_from_slice(name);
        head.extend_from_slice(&size.to_le_bytes());
        match name {
            b"RIFF" => head.extend_from_slice(b"WAVE"),
            b"fmt " => {
                head.extend_from_slice(&[1, 0, 1, 0]);
                head.extend([rate, 2 * rate].iter().flat_map(|number| number.to_le_bytes()));
                head.extend_from_slice(&[2, 0, 16, 0]);
            }
            _ => {}
        }
    }
    let mut file = File::create(path).unwrap();
    file.write_all(&head).unwrap();
    file.write_all(&minute).unwrap();
    file.seek(SeekFrom::Start(head.len() as u64 + data - minute.len() as u64)).unwrap();
    file.write_all(&minute).unwrap();
}

const MEGABYTE: u64 = 1 << 20;

/// Runs the program and checks its exit code and the most memory it held.
fn weigh(course: &Course, cache: &str, arguments: &[&str], code: i32, most: u64) -> Run {
    let (run, held) = course.program(arguments).env("ADEM_CACHE", cache).run_weighed();
    assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
    match held {
        Some(held) => {
            let megabytes = held.memory / MEGABYTE;
            assert!(megabytes < most, "{arguments:?} held {megabytes} MB, more than {most}");
        }
        None => eprintln!("skipped: this system does not tell how much memory a program held"),
    }
    run
}

#[test]
fn a_bed_of_an_hour_takes_no_more_memory_than_one_of_three_minutes() {
    let course = Course::bare();
    // As floats the samples would take 345 MB.
    long_recording(&course.path("ambience/lus.wav"), 24_000, 3_600);
    bed_of(&course, "lus.wav", "");
    let render = ["render", "plek", "--bed", "lus", "--rate", "24000", "-o", "t.wav"];
    weigh(&course, "off", &render, 0, 100);
}

#[test]
fn a_long_bed_of_another_rate_is_prepared_on_the_disk_with_a_cache_and_without() {
    let course = Course::bare();
    // 138 MB of samples at the rate of the track.
    long_recording(&course.path("ambience/lus.wav"), 8_000, 12 * 60);
    bed_of(&course, "lus.wav", "");
    let render = |name| ["render", "plek", "--bed", "lus", "--mix", "bed", "-o", name];
    for (cache, name) in [("off", "a.wav"), ("cache", "b.wav"), ("cache", "c.wav")] {
        weigh(&course, cache, &render(name), 0, 100);
        assert!(course.read("a.wav") == course.read(name), "the cache changes no byte");
    }
}

#[test]
fn a_phrase_or_a_bell_of_hours_is_refused_before_it_is_read() {
    let course = Course::bare();
    long_recording(&course.path("voice/nl/anna/plek/vrij.wav"), 24_000, 3 * 3_600);
    for cache in ["off", "cache"] {
        let run = weigh(&course, cache, &["render", "plek", "-o", "t.wav"], 1, 100);
        assert!(run.stderr.contains("lasts longer than 10 minutes"), "{}", run.stderr);
    }
    let course = Course::bare();
    long_recording(&course.path("ambience/bells/tik.wav"), 24_000, 3 * 3_600);
    course.write(
        "ambience/bells/tik.toml",
        "title = \"Tik\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nfile = \"tik.wav\"\n",
    );
    course.edit("scripts/plek.toml", "steps = [", "steps = [\n  { bell = \"tik\" },");
    let run = weigh(&course, "off", &["render", "plek", "-o", "t.wav"], 1, 100);
    assert!(run.stderr.contains("lasts longer than 10 minutes"), "{}", run.stderr);
}

#[test]
fn the_checklist_holds_a_few_kilobytes_for_each_second_of_any_file() {
    let course = Course::empty();
    long_recording(&course.path("t.wav"), 8_000, 20 * 60);
    weigh(&course, "off", &["qc", "t.wav"], 3, 60);
    weigh(&course, "off", &["measure", "t.wav"], 0, 60);
}
