use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const TAKE: &str = "0123456789abcdef0123456789abcdef";

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

fn sound(samples: &[f32]) -> Vec<u8> {
    let mut bytes = head(48_000, samples.len() as u64);
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
    let told = sent(&mark, &sound(&[0.5, -0.5])).map(|_| ()).unwrap_err();
    assert!(!told.contains(['\u{1b}', '\u{202e}']), "a terminal is moved by {told:?}");
    told
}

#[test]
fn a_zip_is_read_as_it_was_saved_and_packed_anew() {
    let good = sound(&[0.5, -0.5]);
    let name = format!("takes/{TAKE}.wav");
    let mut zip = sent(&mark(), &good).unwrap();
    let mut samples = Vec::new();
    let take = zip.takes()[0].clone();
    zip.copy(&take, |block| {
        samples.extend_from_slice(block);
        Ok(())
    })
    .unwrap();
    assert_eq!(samples, good[HEAD..]);
    // Somebody has unpacked it and packed the folder, on a Mac.
    let mark = mark().to_string();
    let (inside, sound_inside) = (format!("takes-en/{MARK}"), format!("takes-en/{name}"));
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
    assert!(told_of(take("text", json!("a\u{1b}[2Jb"))).contains("control characters"));
    assert!(told_of(take("text", json!("a\u{202e}b"))).contains("control characters"));
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
    assert_eq!(many.lines().count(), MOST_FAULTS);
}

#[test]
fn a_sound_that_is_none_is_told() {
    let told = |sound: &[u8]| sent(&mark(), sound).map(|_| ()).unwrap_err();
    let good = sound(&[0.5, -0.5]);
    assert!(told(&good[..good.len() - 1]).contains("it has 65 bytes"));
    assert!(told(&sound(&[0.5, f32::NAN])).contains("frame 1 is no number"));
    assert!(told(&sound(&[f32::INFINITY, 0.0])).contains("frame 0 is no number"));
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
        [(MARK, &large.to_string().into_bytes()), (&name, &sound(&vec![0.0; 1_000_000]))];
    let told = read(zipped(&files, CompressionMethod::Deflated)).map(|_| ()).unwrap_err();
    assert!(told.contains("50 times smaller"), "{told}");
    let missing = zipped(&[(MARK, mark().to_string().as_bytes())], CompressionMethod::Stored);
    assert!(read(missing).map(|_| ()).unwrap_err().contains("is missing"));
}
