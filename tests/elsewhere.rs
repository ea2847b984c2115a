//! What a voice elsewhere has recorded, taken in by the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use adem::studio::sent::{SentFault, SentRecordings};
use serde_json::{Value, json};
use support::{Course, files_below, sound};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const RATE: u32 = 48_000;
/// The bytes before the sound of a take.
const HEAD: usize = 58;
/// The file of a zip that says what is in it.
const MARK: &str = "adem-recorded.json";
const TAKE: &str = "0123456789abcdef0123456789abcdef";

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
    let wav = wav(&samples());
    let names: Vec<String> =
        takes.iter().map(|take| format!("takes/{}.wav", take["take"].as_str().unwrap())).collect();
    let mark = mark.to_string();
    let mut files: Vec<(&str, &[u8])> = vec![(MARK, mark.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), wav.as_slice())));
    zipped(&files, CompressionMethod::Stored)
}

/// The head of a take of so many frames, as the page writes it.
fn head(frames: u32) -> Vec<u8> {
    let bytes = frames * 4;
    let mut head = Vec::new();
    head.extend(b"RIFF");
    head.extend((50 + bytes).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend([18, 0, 0, 0, 3, 0, 1, 0]);
    head.extend(RATE.to_le_bytes());
    head.extend((RATE * 4).to_le_bytes());
    head.extend([4, 0, 32, 0, 0, 0]);
    head.extend(b"fact");
    head.extend(4u32.to_le_bytes());
    head.extend(frames.to_le_bytes());
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    head
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
    // The voice that speaks English has no recording yet.
    for folder in ["voice/en/beth/plek", "voice/en/beth/slot"] {
        std::fs::remove_dir_all(course.path(folder)).unwrap();
    }
    // What an import has left that was ended half-way.
    course.write(&format!(".adem/taken-in/{:032x}.part.wav", 1), b"half");
    let look = course.adem(&["voice", "import", "one.zip"]);
    assert_eq!(look.code, 2, "{}", look.stderr);
    assert!(look.stderr.contains("--yes does it without a question"), "{}", look.stderr);
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
    let course_file = String::from_utf8(course.read("course.toml")).unwrap();
    assert!(course_file.contains("en = \"eva-blau\""), "a render uses the new voice: {course_file}");
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

/// What a page says of one take of two frames.
fn mark() -> Value {
    json!({
        "adem": "recorded", "version": 1, "app": "adem 0.3.0", "course": "Proef", "language": "nl", "voice": null, "person": "Eva",
        "sessions": [{
            "id": "2026-11-28-1", "key": "ffffffffffffffffffffffffffffffff", "started": "2026-11-28T09:30:00Z",
            "begun": {
                "person": "Eva", "place": "", "licence": "CC0-1.0",
                "consent": { "words": "I agree.", "purpose": "this course" },
                "device": { "label": "a microphone", "browser": "a browser", "rate": 48000, "channels": 1, "channel": 1, "settings": { "echoCancellation": false } },
            },
        }],
        "takes": [{
            "take": TAKE, "session": "2026-11-28-1", "script": "plek", "phrase": "welkom", "text": "Welkom.", "rate": 48000,
            "frames": 2, "pre-roll": 0, "started": "2026-11-28T09:31:00Z", "state": "to-hear", "told": [],
        }],
    })
}

/// A take of these samples, as the page writes it.
fn wav(samples: &[f32]) -> Vec<u8> {
    let mut bytes = head(samples.len() as u32);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

fn zipped(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read(bytes: Vec<u8>) -> Result<SentRecordings, String> {
    let told = |faults: Vec<SentFault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    SentRecordings::read(Box::new(Cursor::new(bytes))).map_err(told)
}

/// A zip with this mark and this sound.
fn sent(mark: &Value, sound: &[u8]) -> Result<SentRecordings, String> {
    let name = format!("takes/{TAKE}.wav");
    read(zipped(&[(MARK, mark.to_string().as_bytes()), (&name, sound)], CompressionMethod::Stored))
}

/// What is told of a zip in which one thing is another.
fn told_of(change: impl FnOnce(&mut Value)) -> String {
    let mut mark = mark();
    change(&mut mark);
    let told = sent(&mark, &wav(&[0.5, -0.5])).map(|_| ()).unwrap_err();
    assert!(!told.contains(['\u{1b}', '\u{202e}']), "a terminal is moved by {told:?}");
    told
}

#[test]
fn a_zip_is_read_as_it_was_saved_and_packed_anew() {
    let good = wav(&[0.5, -0.5]);
    assert!(sent(&mark(), &good).is_ok());
    // Somebody has unpacked it and packed the folder, on a Mac.
    let mark = mark().to_string();
    let (inside, sound_inside) = (format!("takes-en/{MARK}"), format!("takes-en/takes/{TAKE}.wav"));
    let files: [(&str, &[u8]); 4] = [
        (&inside, mark.as_bytes()),
        (&sound_inside, &good),
        ("__MACOSX/takes-en/adem-recorded.json", b"x"),
        ("takes-en/.DS_Store", b"x"),
    ];
    assert!(read(zipped(&files, CompressionMethod::Deflated)).is_ok());
}

#[test]
fn what_is_no_zip_of_a_page_is_told() {
    for (bytes, told) in [
        (b"no zip".to_vec(), "cannot be read as a zip"),
        (zipped(&[("clip.wav", b"RIFF")], CompressionMethod::Stored), "was not saved by a recording page"),
        (
            zipped(&[(MARK, b"{}"), ("a/adem-recorded.json", b"{}")], CompressionMethod::Stored),
            "several files",
        ),
        (zipped(&[(MARK, b"{}")], CompressionMethod::Stored), "does not say"),
        (zipped(&[(MARK, b"[")], CompressionMethod::Stored), "adem-recorded.json: EOF"),
        (zipped(&[(MARK, br#"{"adem":"recorded","version":2}"#)], CompressionMethod::Stored), "version 2"),
        (
            zipped(&[("../evil.wav", b"x"), (MARK, b"{}")], CompressionMethod::Stored),
            "leads out of its folder",
        ),
        (
            zipped(&[("a\\..\\evil.wav", b"x"), (MARK, b"{}")], CompressionMethod::Stored),
            "leads out of its folder",
        ),
        (
            zipped(&[("/etc/passwd", b"x"), (MARK, b"{}")], CompressionMethod::Stored),
            "leads out of its folder",
        ),
    ] {
        let found = read(bytes).map(|_| ()).unwrap_err();
        assert!(found.contains(told) && found.contains("; "), "{told}: {found}");
    }
    // Two files of one name, as no writer makes them.
    let mut twice = zipped(
        &[(MARK, mark().to_string().as_bytes()), ("adem-recorded.jsom", b"x")],
        CompressionMethod::Stored,
    );
    for at in 0..twice.len() - 18 {
        if &twice[at..at + 18] == b"adem-recorded.jsom" {
            twice[at + 17] = b'n';
        }
    }
    assert!(read(twice).map(|_| ()).unwrap_err().contains("same name"));
    // Cut off on its way.
    let whole = zipped(&[(MARK, mark().to_string().as_bytes())], CompressionMethod::Stored);
    assert!(read(whole[..whole.len() / 2].to_vec()).is_err());
}

#[test]
fn what_a_page_never_says_is_told_with_its_place() {
    let long = "x".repeat(5_000);
    let take = |key: &'static str, value: Value| move |mark: &mut Value| mark["takes"][0][key] = value;
    assert!(told_of(take("take", json!("../../evil"))).contains("no id of a take"));
    assert!(told_of(take("session", json!("2026-11-28-2"))).contains("has no session"));
    assert!(told_of(take("phrase", Value::Null)).contains("a phrase has a script"));
    assert!(told_of(take("rate", json!(1))).contains("no microphone records 1 Hz"));
    assert!(told_of(take("frames", json!(0))).contains("0 frames"));
    assert!(told_of(take("frames", json!(u64::MAX))).contains("frames"));
    assert!(told_of(take("frames", json!(3))).contains("66 bytes"), "{}", told_of(take("frames", json!(3))));
    assert!(told_of(take("pre-roll", json!(3))).contains("before the key"));
    assert!(told_of(take("started", json!("2026-13-28T09:31:00Z"))).contains("it began at"));
    assert!(told_of(take("text", json!("a\u{1b}[2Jb"))).contains("the character U+001B"));
    assert!(told_of(take("text", json!("a\u{202e}b"))).contains("the character U+202E"));
    assert!(told_of(take("drops", json!([4]))).contains("sound was lost in it where it has no frames"));
    let part = |of: &str, from: f64| json!({ "take": of, "from": from, "to": 1.0 });
    assert!(told_of(take("part", part(TAKE, 0.0))).contains("does not stand before it"));
    assert!(told_of(take("way", json!("MediaRecorder"))).contains("unknown variant"));
    assert!(told_of(take("text", json!(long))).contains("5000 bytes"));
    assert!(told_of(take("state", json!("best"))).contains("adem-recorded.json"));
    assert!(told_of(take("more", json!(1))).contains("unknown field"));
    assert!(told_of(|mark| mark["person"] = json!(" ")).contains("nobody has given a name"));
    assert!(told_of(|mark| mark["language"] = json!("\u{1b}")).contains("no language"));
    let session = |key: &'static str, value: Value| move |mark: &mut Value| mark["sessions"][0][key] = value;
    assert!(told_of(session("key", json!("x"))).contains("its key is none"));
    assert!(told_of(session("started", json!("1926-11-28T09:30:00Z"))).contains("it began at"));
    let begun =
        |key: &'static str, value: Value| move |mark: &mut Value| mark["sessions"][0]["begun"][key] = value;
    assert!(told_of(begun("licence", json!("all rights"))).contains("no licence"));
    assert!(told_of(begun("person", json!("\n"))).contains("the name of the person"));
    assert!(
        told_of(|mark| mark["sessions"][0]["begun"]["device"]["settings"]["echoCancellation"] = json!(true))
            .contains("still changes the sound")
    );
    assert!(
        told_of(|mark| mark["takes"] = json!([mark["takes"][0], mark["takes"][0]])).contains("two takes")
    );
    assert!(
        told_of(|mark| mark["sessions"] = json!([mark["sessions"][0], mark["sessions"][0]]))
            .contains("two sessions")
    );
    // Every mistake that was found is told, and no more than a page of them.
    let many = told_of(|mark| {
        let wrong = json!({ "take": "x", "session": "", "script": null, "phrase": null, "text": "", "rate": 1, "frames": 1, "pre-roll": 0, "started": "", "state": "to-hear", "told": [] });
        mark["takes"] = Value::Array(vec![wrong; 1_000]);
    });
    assert_eq!(many.lines().count(), 20);
}

#[test]
fn words_that_the_desk_takes_are_taken_in() {
    for text in ["\u{202b}שלום\u{202c} here", "\u{2067}שלום\u{2069} here", "A tab\tand\nlines"] {
        let mut mark = mark();
        mark["takes"][0]["text"] = json!(text);
        assert!(sent(&mark, &wav(&[0.5, -0.5])).is_ok(), "{text}");
    }
}

#[test]
fn what_is_not_whole_is_heard_before_it_is_used() {
    let course = Course::new();
    let with = |mut take: Value, more: &[(&str, Value)]| {
        more.iter().for_each(|(key, value)| take[*key] = value.clone());
        take
    };
    let part = json!({ "take": format!("{:032x}", 1), "from": 0.0, "to": 9.0 });
    let takes = [
        take(1, "plek", "vrij", "You might stop at any time.", "accepted"),
        with(
            take(2, "plek", "vrij", "You might stop at any time.", "accepted"),
            &[("part", part), ("unheard", json!("joined"))],
        ),
        with(
            take(3, "plek", "welkom", "Welcome.", "to-hear"),
            &[("way", json!("AudioWorklet")), ("drops", json!([4_410]))],
        ),
        with(take(4, "plek", "voeten", "Feel your feet.", "unheard"), &[("unheard", json!("recovered"))]),
    ];
    course.write("one.zip", zip(&takes));
    let first = course.adem(&["voice", "import", "one.zip", "--yes"]);
    let told = String::from_utf8(first.stdout).unwrap();
    for line in [
        "plek/vrij_t2.wav is joined of two recordings",
        "plek/welkom_t1.wav lost some of its sound in the browser, and is best recorded again",
        "plek/welkom_t1.wav lost some of its sound in the browser, at one place; record it again",
        "plek/voeten_t1.wav was cut short and found again",
    ] {
        assert!(told.contains(line), "{line}: {told}{}", first.stderr);
    }
    let folder = "voice/en/eva-blau";
    let text = |file: &str| String::from_utf8(course.read(&format!("{folder}/{file}"))).unwrap();
    assert_eq!(text("takes.toml").matches("state = \"unheard\"").count(), 3, "{}", text("takes.toml"));
    let lossy = text("plek/welkom_t1.toml");
    assert!(lossy.contains("path = \"AudioWorklet\"\ndrop-outs = [4410]\nrecord-again = true"), "{lossy}");
    let joined = text("plek/vrij_t2.toml");
    assert!(joined.contains("joined = { take = \"plek/vrij_t1.wav\", part = \"sessions/"), "{joined}");
    let before = files(&course, folder);
    let again = course.adem(&["voice", "import", "one.zip", "--yes"]);
    assert!(again.stderr.contains("nothing in it is new"), "{}", again.stderr);
    assert_eq!(files(&course, folder), before);
}

#[test]
fn a_sound_that_is_none_is_told() {
    let told = |sound: &[u8]| sent(&mark(), sound).map(|_| ()).unwrap_err();
    let good = wav(&[0.5, -0.5]);
    assert!(told(&good[..good.len() - 1]).contains("it has 65 bytes"));
    assert!(told(&wav(&[0.5, f32::NAN])).contains("frame 1 is no number"));
    assert!(told(&wav(&[f32::INFINITY, 0.0])).contains("frame 0 is no number"));
    for at in 0..HEAD {
        let mut other = good.clone();
        other[at] ^= 1;
        assert!(told(&other).contains("its head is not that of a take"), "byte {at}");
    }
    // A byte that was changed on the way.
    let name = format!("takes/{TAKE}.wav");
    let mut zip = zipped(&[(MARK, mark().to_string().as_bytes()), (&name, &good)], CompressionMethod::Stored);
    let at = zip.windows(8).position(|bytes| bytes == &good[HEAD..]).unwrap();
    zip[at] ^= 1;
    assert!(read(zip).map(|_| ()).unwrap_err().contains("checksum"));
    // Silence that is packed to nothing, which would fill a disk.
    let mut large = mark();
    large["takes"][0]["frames"] = json!(1_000_000);
    let files: [(&str, &[u8]); 2] =
        [(MARK, &large.to_string().into_bytes()), (&name, &wav(&vec![0.0; 1_000_000]))];
    let told = read(zipped(&files, CompressionMethod::Deflated)).map(|_| ()).unwrap_err();
    assert!(told.contains("50 times smaller"), "{told}");
    let missing = zipped(&[(MARK, mark().to_string().as_bytes())], CompressionMethod::Stored);
    assert!(read(missing).map(|_| ()).unwrap_err().contains("is missing"));
}
