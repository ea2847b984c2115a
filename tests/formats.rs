//! A short exercise rendered into every format, and `adem measure`.

#![allow(clippy::unwrap_used)] // helpers of tests, not only tests

use std::fs;
use std::path::{Path, PathBuf};

use adem::decode::{Decoded, decode_all};
use adem::delivery::format::Format;
use adem::export::format::built_with;
use adem::export::{WavFormat, WavSpec, WavWriter};
use adem::unit::{Frames, SampleRate};
use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::support;

use support::{files_below, recordings};

/// A course with one exercise of half a minute, spoken by the repository's own voice.
fn course() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let copy = |path: &str| {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::copy(own.join(path), folder.path().join(path)).unwrap();
    };
    put("course.toml", COURSE);
    put("scripts/kort.toml", SCRIPT);
    copy("voice/nl/duif/voice.toml");
    copy("ambience/bells/zacht.toml");
    for phrase in ["loslaten", "ogen"] {
        let clip = format!("voice/nl/duif/terugkeren/{phrase}.ogg");
        let to = folder.path().join(format!("voice/nl/duif/kort/{phrase}.ogg"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(own.join(clip), to).unwrap();
    }
    folder
}

const COURSE: &str = r#"
title = "Een zachte adem"
languages = ["nl"]
voices = { nl = "duif" }
[presets.web]
format = "mp3"
rate = 44100
[presets.large]
mp3 = 192
m4a = 192
[presets.mono]
channels = "mono"
opus = 48
"#;

const SCRIPT: &str = r#"
track = 7
language = "nl"
title = "Héél kort"
posture = "any"
length = { usual = "30s", least = "10s", most = "1m" }

[[part]]
title = "Even"
steps = [
  { say = "Rustig aan kun je de oefening laten gaan.", id = "loslaten", keep = "light", safety = true, pause = 12 },
  { bell = "zacht" },
  { say = "In je eigen tempo mogen je ogen weer open.", id = "ogen", keep = "light", pause = 1 },
]
"#;

fn adem(course: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::cargo_bin("adem").unwrap();
    command.env("ADEM_CACHE", "off").arg("-C").arg(course.path()).args(words);
    command
}

fn render(course: &TempDir, name: &str, words: &[&str]) -> PathBuf {
    let path = course.path().join(name);
    adem(course, &["render", "7", "-o"]).arg(&path).args(words).assert().success();
    path
}

fn decoded(path: &Path) -> Decoded {
    decode_all(Box::new(std::io::Cursor::new(fs::read(path).unwrap()))).unwrap()
}

fn standard_error(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_format_is_one_mix_of_one_length_with_captions_beside_it() {
    let course = course();
    let wav = decoded(&render(&course, "a.wav", &[]));
    let flac = decoded(&render(&course, "b.flac", &[]));
    assert_eq!((wav.codec, flac.codec, flac.bits), ("pcm_s24le", "flac", Some(24)));
    assert_eq!(wav.buffer, flac.buffer);
    let captions = fs::read_to_string(course.path().join("b.vtt")).unwrap();
    assert!(captions.starts_with("WEBVTT Kind: captions; Language: nl\n\n"), "{captions}");
    for told in ["Rustig aan kun je de oefening laten gaan.", "[bel]", "[stilte, 13 seconden]"] {
        assert_eq!(captions.matches(told).count(), 1, "{captions}");
    }
    assert!(course.path().join("b.timeline.json").is_file());
    if cfg!(feature = "mp3") {
        let mp3 = decoded(&render(&course, "c.mp3", &[]));
        assert_eq!((mp3.codec, mp3.buffer.frames()), ("mp3", wav.buffer.frames()));
        let web = decoded(&render(&course, "d.mp3", &["--preset", "web"]));
        assert_eq!(web.buffer.rate().hz(), 44_100);
    } else {
        let told = standard_error(&mut adem(&course, &["render", "7", "-o", "c.mp3"]), 2);
        assert!(told.contains("--features mp3"), "{told}");
    }
}

#[test]
fn one_mix_is_every_format_at_once_with_the_bytes_of_each_alone() {
    let course = course();
    let formats = Format::ENDINGS.into_iter().filter(|(_, format)| built_with(*format).is_ok());
    let formats: Vec<&str> = formats.map(|(ending, _)| ending).collect();
    adem(&course, &["render", "7", "--format", &formats.join(","), "-o"])
        .arg(course.path().join("all.wav"))
        .assert()
        .success();
    for format in formats {
        let alone = render(&course, &format!("alone.{format}"), &[]);
        let together = course.path().join(format!("all.{format}"));
        assert!(fs::read(alone).unwrap() == fs::read(&together).unwrap(), "{format}");
        assert_eq!(decoded(&together).buffer.frames(), Frames(30 * 48_000), "{format}");
    }
}

#[test]
fn a_mono_file_is_as_loud_as_a_stereo_one_where_the_voice_speaks() {
    let course = course();
    let stereo = render(&course, "a.opus", &["--mix", "voice"]);
    let mono = render(&course, "b.opus", &["--mix", "voice", "--preset", "mono"]);
    let files = measured(&[&stereo, &mono], 0);
    assert_eq!((&files[0]["channels"], &files[1]["channels"]), (&2.into(), &1.into()));
    let loudness = files[0]["integrated_lufs"].as_f64().unwrap();
    assert_near(&files[1], "integrated_lufs", loudness, 0.3);
}

#[test]
fn a_stream_has_the_sound_of_the_file_in_every_format() {
    let course = course();
    for format in ["wav", "flac", "opus", "ogg", "m4a", "mp3"] {
        if format == "mp3" && cfg!(not(feature = "mp3")) {
            continue;
        }
        let name = format!("a.{format}");
        let file = render(&course, &name, &[]);
        let streamed = adem(&course, &["render", "7", "-o", "-", "--format", format]).output().unwrap();
        assert!(streamed.status.success(), "{}", String::from_utf8_lossy(&streamed.stderr));
        if format == "flac" {
            // The header of a file is completed at the end; that of a stream cannot be.
            let flac = decode_all(Box::new(std::io::Cursor::new(streamed.stdout))).unwrap();
            assert_eq!(flac.buffer, decoded(&file).buffer);
        } else {
            assert!(streamed.stdout == std::fs::read(file).unwrap(), "{format}");
        }
    }
}

#[test]
fn an_impossible_format_is_wrong_usage_and_the_message_names_possible_ones() {
    let course = course();
    let rates: &[&str] =
        if cfg!(feature = "mp3") { &["96000 Hz", "44100", "48000"] } else { &["its feature `mp3`"] };
    let small: &[&str] =
        if cfg!(feature = "mp3") { &["24000 Hz cannot have 192 kbit/s"] } else { &["its feature `mp3`"] };
    for (words, told) in [
        (&["-o", "a.mp3", "--rate", "96000"][..], rates),
        (&["-o", "a.aac"], &[".wav, .flac, .mp3, .m4a, .opus or .ogg"]),
        (&["-o", "a.m4a", "--rate", "192000"], &["an m4a file cannot have a rate of 192000 Hz", "96000"]),
        (&["-o", "a.m4a", "--preset", "large", "--rate", "12000"], &["12000 Hz in stereo", "144 at most"]),
        (&["-o", "a.opus", "--rate", "44100"], &["an opus file cannot have a rate of 44100 Hz", "24000"]),
        (&["-o", "a.mp3", "--preset", "large", "--rate", "24000"], small),
        (&["--format", "wav,flac", "-o", "-"], &["one --format"]),
        (&["-o", "a.wav", "--format", "flac"], &["a.wav", ".flac"]),
    ] {
        let message = standard_error(adem(&course, &["render", "7"]).args(words), 2);
        for part in told {
            assert!(message.contains(part), "{words:?}: {message}");
        }
    }
    assert!(!course.path().join("out").exists());
}

/// A sequence of 997 Hz tones as a WAV file: seconds and peak of each in dBFS.
fn tones(path: &Path, channels: usize, hz: u32, parts: &[(f64, f64)]) {
    let rate = SampleRate::new(hz).unwrap();
    let mut plane = Vec::new();
    for (seconds, db) in parts {
        let amplitude = 10f64.powf(db / 20.0);
        let frames = (seconds * f64::from(hz)).round() as usize;
        let phase = |n: usize| std::f64::consts::TAU * 997.0 * n as f64 / f64::from(hz);
        plane.extend((0..frames).map(|n| (amplitude * phase(n).sin()) as f32));
    }
    let frames = Frames(plane.len() as u64);
    let spec = WavSpec { rate, channels, format: WavFormat::Int24, frames };
    let mut writer = WavWriter::new(Vec::new(), spec).unwrap();
    writer.write(&vec![plane.as_slice(); channels]).unwrap();
    fs::write(path, writer.finish().unwrap()).unwrap();
}

fn measured(paths: &[&Path], code: i32) -> Vec<Value> {
    let mut command = Command::cargo_bin("adem").unwrap();
    let output = command.args(["measure", "--json"]).args(paths).assert().code(code).get_output().clone();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["files"].as_array().unwrap().clone()
}

fn assert_near(file: &Value, key: &str, expected: f64, tolerance: f64) {
    let found = file[key].as_f64().unwrap_or_else(|| panic!("no {key} in {file}"));
    assert!((found - expected).abs() <= tolerance, "{key}: {found} instead of {expected} in {file}");
}

#[test]
fn files_with_the_signals_of_the_ebu_measure_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (one, three, range, mono) = (path("1.wav"), path("3.wav"), path("range.wav"), path("mono.wav"));
    // Tech 3341, case 1 and 3; Tech 3342, case 1. In two channels a tone of that peak has that loudness.
    tones(&one, 2, 48_000, &[(20.0, -23.0)]);
    tones(&three, 2, 44_100, &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)]);
    tones(&range, 2, 48_000, &[(20.0, -20.0), (20.0, -30.0)]);
    tones(&mono, 1, 48_000, &[(20.0, -23.0)]);
    let files = measured(&[&one, &three, &range, &mono], 0);
    for key in ["integrated_lufs", "max_momentary_lufs", "max_short_term_lufs"] {
        assert_near(&files[0], key, -23.0, 0.1);
        assert_near(&files[3], key, -23.0, 0.1);
    }
    assert_near(&files[0], "true_peak_dbtp", -23.0, 0.2);
    assert_near(&files[0], "sample_peak_dbfs", -23.0, 0.1);
    assert_near(&files[1], "integrated_lufs", -23.0, 0.1);
    assert_near(&files[2], "lra_lu", 10.0, 1.0);
    assert_eq!(files[1]["frames"], 80 * 44_100);
    assert_eq!((&files[1]["rate"], &files[1]["channels"]), (&44_100.into(), &2.into()));
    assert_eq!(files[3]["channels"], 1);
    assert_eq!(files[0]["file"], one.to_string_lossy().as_ref());
}

#[test]
fn silence_has_no_loudness_and_a_file_that_cannot_be_read_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (silence, text, tone) = (path("silence.wav"), path("text.wav"), path("tone.wav"));
    tones(&silence, 1, 8_000, &[(5.0, f64::NEG_INFINITY)]);
    tones(&tone, 2, 8_000, &[(1.0, -20.0)]);
    fs::write(&text, "buy milk").unwrap();
    let files = measured(&[&silence, &text, &path("gone.wav"), &tone], 4);
    assert_eq!(files.len(), 2);
    for key in ["integrated_lufs", "lra_lu", "max_momentary_lufs", "true_peak_dbtp", "sample_peak_dbfs"] {
        assert_eq!(files[0][key], Value::Null, "{key}");
    }
    assert_near(&files[1], "sample_peak_dbfs", -20.0, 0.1);
    let mut command = Command::cargo_bin("adem").unwrap();
    let output = command.arg("measure").args([&text, &tone, &silence]).assert().code(4).get_output().clone();
    let (table, errors) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    // Two lines of head, two files, and what is said of the mono one.
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(table.lines().nth(3).unwrap().trim_end().ends_with('-'), "{table}");
    assert!(errors.contains("text.wav is text, not a recording"), "{errors}");
    Command::cargo_bin("adem").unwrap().arg("measure").assert().code(2);
}

/// A few recordings of this repository, since each starts two programs, and all of `ADEM_TEST_AUDIO`, if set.
fn measured_recordings() -> Vec<PathBuf> {
    let endings = ["wav", "flac", "ogg", "opus", "mp3"];
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("voice/nl/duif/ademruimte-vriendelijkheid");
    let own = files_below(&own, &endings).into_iter().step_by(5);
    own.chain(recordings("", &endings).into_iter().step_by(3)).collect()
}

#[test]
fn ffmpeg_measures_the_same_loudness() {
    if std::process::Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: ffmpeg is not installed");
        return;
    }
    let recordings = measured_recordings();
    let paths: Vec<&Path> = recordings.iter().map(PathBuf::as_path).collect();
    for (path, file) in paths.iter().zip(measured(&paths, 0)) {
        let mut command = std::process::Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-i"]).arg(path);
        let filter = "ebur128=peak=sample+true:dualmono=true:framelog=verbose";
        let output = command.args(["-af", filter, "-f", "null", "-"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = &told[told.rfind("Summary:").unwrap_or_else(|| panic!("{told}"))..];
        let values = |label: &str| -> Vec<f64> {
            let lines = told.lines().filter_map(|line| line.trim().strip_prefix(label));
            lines.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
        };
        let name = path.display();
        let near = |key: &str, expected: f64| {
            // For silence ffmpeg prints -70 or -inf, and adem null.
            let found = file[key].as_f64().unwrap_or(-70.0);
            let expected = expected.max(-70.0);
            // ffmpeg rounds to tenths.
            assert!((found - expected).abs() <= 0.1501, "{name}, {key}: {found} instead of {expected}");
        };
        near("integrated_lufs", values("I:")[0]);
        near("sample_peak_dbfs", values("Peak:")[0]);
        near("true_peak_dbtp", values("Peak:")[1]);
    }
}
