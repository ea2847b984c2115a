//! What a voice elsewhere has recorded, taken in by the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

mod support;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use support::{Course, files_below, sound};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const RATE: u32 = 48_000;

/// A take of a phrase in English; its id is its number in hexadecimal.
fn take(number: u32, script: &str, phrase: &str, text: &str, state: &str) -> Value {
    json!({
        "take": format!("{number:032x}"), "session": "2026-11-28-1", "script": script, "phrase": phrase, "text": text,
        "rate": RATE, "frames": samples().len(), "pre-roll": 100, "started": "2026-11-28T09:31:00Z", "state": state, "told": [],
    })
}

/// What is heard in every take.
fn samples() -> Vec<f32> {
    sound::speech(&[0.9])
}

/// A zip as the page saves it.
fn zip(takes: &[Value]) -> Vec<u8> {
    let mark = json!({
        "adem": "recorded", "version": 1, "app": "adem 0", "course": "Proef", "language": "en", "voice": null, "person": "Eva Blau",
        "sessions": [{
            "id": "2026-11-28-1", "key": format!("{:032x}", 77), "started": "2026-11-28T09:30:00Z",
            "begun": {
                "person": "Eva Blau", "place": "", "licence": "CC0-1.0",
                "consent": { "words": "I agree.", "purpose": "this course" },
                "device": { "label": "a microphone", "browser": "a browser", "rate": RATE, "channels": 1, "channel": 1, "settings": { "echoCancellation": false, "deviceId": "x" } },
            },
        }],
        "takes": takes,
    });
    let samples = samples();
    let bytes = samples.len() as u32 * 4;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((50 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend([18, 0, 0, 0, 3, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 4).to_le_bytes());
    wav.extend([4, 0, 32, 0, 0, 0]);
    wav.extend(b"fact");
    wav.extend(4u32.to_le_bytes());
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    add("adem-recorded.json", mark.to_string().as_bytes());
    for take in takes {
        add(&format!("takes/{}.wav", take["take"].as_str().unwrap()), &wav);
    }
    zip.finish().unwrap().into_inner()
}

/// The files of a course below a folder, with their bytes.
fn files(course: &Course, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let root = course.path(folder);
    let found = files_below(&root, &["wav", "toml", "json"]);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

#[test]
fn a_zip_is_taken_in_once_however_often_it_comes() {
    let course = Course::new();
    let takes = [
        take(1, "plek", "welkom", "Welcome.", "to-hear"),
        take(2, "plek", "vrij", "You might stop at any time.", "accepted"),
        take(3, "plek", "voeten", "Feel your feet.", "rejected"),
        take(4, "plek", "weg", "It is gone.", "to-hear"),
    ];
    course.write("one.zip", zip(&takes));
    // What an import has left that was ended half-way.
    course.write(&format!(".adem/taken-in/{:032x}.part.wav", 1), b"half");
    let look = course.adem(&["voice", "import", "one.zip"]);
    assert_eq!(look.code, 1, "{}", look.stderr);
    assert!(look.stderr.contains("with --yes they are"), "{}", look.stderr);
    assert!(!course.path("voice/en/eva-blau").exists(), "nothing is written without a yes");
    let first = course.adem(&["voice", "import", "one.zip", "--yes"]);
    let told = String::from_utf8(first.stdout).unwrap();
    assert_eq!(first.code, 1, "a take is left over: {told}{}", first.stderr);
    assert!(told.contains("Eva Blau (English, a new voice): 3 new takes"), "{told}");
    assert!(told.contains("plek/weg: the course has no such phrase"), "{told}");
    assert!(told.contains("plek/vrij_t1.wav was recorded for other words"), "{told}");
    assert!(first.stderr.contains("copied 3 takes into voice/en/eva-blau"), "{}", first.stderr);
    let there = files(&course, "voice/en/eva-blau");
    for name in [
        "plek/welkom_t1.wav",
        "plek/welkom_t1.toml",
        "plek/vrij_t1.wav",
        "plek/rejected/voeten_t1.wav",
        "sessions/2026-11-28-1/session.toml",
        "takes.toml",
        "voice.toml",
    ] {
        assert!(there.contains_key(name), "{name}: {:?}", there.keys());
    }
    let voice = String::from_utf8(there["voice.toml"].clone()).unwrap();
    assert!(voice.contains("who = \"Eva Blau\"") && voice.contains("licence = \"CC0-1.0\""), "{voice}");
    let session = String::from_utf8(there["sessions/2026-11-28-1/session.toml"].clone()).unwrap();
    assert!(session.contains("id = \"2026-11-28-1\"") && !session.contains("deviceId"), "{session}");
    let read = sound::read(&there["plek/welkom_t1.wav"]);
    assert_eq!(read.frames(), samples().len() as u64);
    assert!(files(&course, ".adem/taken-in").is_empty(), "nothing is left aside");
    let status = course.adem(&["voice", "status", "--lang", "en", "--voice", "eva-blau", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert!(status.to_string().contains("vrij"), "{status}");

    // Once more, and then with one take more.
    let again = course.adem(&["voice", "import", "one.zip", "--yes"]);
    assert!(again.stderr.contains("nothing in it is new"), "{}", again.stderr);
    assert_eq!(files(&course, "voice/en/eva-blau"), there);
    let mut more = takes.to_vec();
    more.push(take(5, "plek", "welkom", "Welcome.", "to-hear"));
    course.write("two.zip", zip(&more));
    let second = course.adem(&["voice", "import", "two.zip", "--yes"]);
    assert!(second.stderr.contains("1 take into"), "{}", second.stderr);
    let now = files(&course, "voice/en/eva-blau");
    assert_eq!(now.len(), there.len() + 2);
    let same = there
        .iter()
        .filter(|(name, _)| *name != "takes.toml")
        .all(|(name, bytes)| now.get(name) == Some(bytes));
    assert!(same && now.contains_key("plek/welkom_t2.wav"), "{:?}", now.keys());
}

#[test]
fn a_zip_with_a_mistake_writes_nothing() {
    let course = Course::new();
    let before = files(&course, "");
    let mut bad = take(1, "plek", "welkom", "Welcome.", "to-hear");
    bad["rate"] = json!(44_100);
    course.write("bad.zip", zip(&[bad]));
    let run = course.adem(&["voice", "import", "bad.zip", "--yes"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("bad.zip: takes/") && run.stderr.contains("its head is not"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("nothing was taken in"), "{}", run.stderr);
    course.remove("bad.zip");
    let mut after = files(&course, "");
    after.retain(|name, _| !name.starts_with(".state"));
    assert_eq!(after, before);
    // The language is what the zip says, and the voice is one that there is.
    course.write("one.zip", zip(&[take(1, "plek", "welkom", "Welcome.", "to-hear")]));
    for (flags, told) in [
        (["--lang", "nl"], "leave --lang out"),
        (["--voice", "nobody"], "nobody"),
        (["--script", "plek"], "--script is for clips and readings"),
    ] {
        let run = course.adem(&[["voice", "import", "one.zip", "--yes"].as_slice(), &flags].concat());
        assert_eq!(run.code, 2, "{flags:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{flags:?}: {}", run.stderr);
    }
}
