//! A listener's own words: spoken in their place, by the service as by the command line, and refused where they cannot be.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::Course;
use support::http::{Answer, Server};
use support::sound;

/// The address of the track.
fn track(server: &Server, rest: &str) -> String {
    let course = server.get("/v1/courses").json()["courses"][0]["course"].as_str().unwrap().to_owned();
    format!("/v1/courses/{course}/tracks/2{rest}")
}

/// A course that opens a phrase and the words on a breath, if there is somebody to speak them.
fn open_course() -> Option<Course> {
    if Command::new("espeak-ng").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no espeak-ng");
        return None;
    }
    let course = Course::new();
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    let script = script.replace("id = \"voeten\",", "id = \"voeten\", own = true,");
    course.write("scripts/plek.toml", script.replace("id = \"in-uit\",", "id = \"in-uit\", own = true,"));
    Some(course)
}

fn wish(server: &Server, phrase: &str, text: &str) -> Answer {
    let body = json!({ "text": text }).to_string();
    server.post(&track(server, &format!("/wishes?phrase={phrase}")), "application/json", body.as_bytes())
}

/// `own` for a wish that is kept.
fn kept(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["own"].as_str().unwrap().replace('=', "%3D")
}

fn rendered(course: &Course, options: &[&str]) -> Vec<u8> {
    let run = course.adem(&[&["render", "2", "-o", "-"], options].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn own_words_sound_in_their_place_with_the_bytes_of_a_render() {
    let Some(course) = open_course() else { return };
    let server = Server::start(course.root(), &["--wishes", "60"]);
    let about = server.get(&track(&server, "")).json();
    assert_eq!(
        about["own"][0],
        json!({ "phrase": "voeten", "text": { "nl": "Voel je voeten.", "en": "Feel your feet." }, "beats": 1 })
    );
    let text = kept(&wish(&server, "voeten", "Moge ik  rusten."));
    let version = |rest: &str| track(&server, &format!("/audio?length=31s&{rest}"));
    let plain = server.get(&version("format=wav16"));
    let mut spoken = Vec::new();
    for format in ["opus", "wav16"] {
        let own = server.get(&version(&format!("format={format}&own={text}")));
        assert_eq!((own.status, own.whole), (200, true), "{}", own.text());
        let by_hand =
            rendered(&course, &["--length", "31s", "--format", format, "--own", "voeten=Moge ik rusten."]);
        assert!(own.body == by_hand, "{format}");
        assert_ne!(own.header("etag"), plain.header("etag"));
        // Silence bends: the length is that which was asked for.
        assert_eq!(own.header("content-duration"), "31.000");
        spoken = own.body;
    }
    let captions = server.get(&track(&server, &format!("/captions?length=31s&own={text}")));
    assert_eq!(captions.header("cache-control"), "private, no-cache");
    let captions = captions.text();
    assert!(captions.contains("Moge ik rusten.") && !captions.contains("Voel je voeten"), "{captions}");
    let head = server.ask("HEAD", &version(&format!("format=wav16&own={text}")), &[]);
    assert_eq!(head.header("cache-control"), "private, no-cache");
    let head = server.ask("HEAD", head.header("content-location"), &[]);
    assert_eq!(head.header("cache-control"), "private, no-cache", "nobody else's cache keeps own words");
    let english = track(&server, "/wishes?phrase=voeten&lang=en");
    let english = server.post(&english, "application/json", b"{\"text\": \"May I rest\"}").json();
    assert!(english["address"].as_str().unwrap().contains("/audio?lang=en&own="), "{english}");
    // A recording, and words for both beats of a breath; each by itself, and together.
    let recording = course.read("voice/nl/anna/plek/vrij.wav");
    let address = track(&server, "/wishes?phrase=voeten");
    let sound = kept(&server.post(&address, "audio/wav", &recording));
    let breath = kept(&wish(&server, "in-uit", "Rust | en stil"));
    let both = server.get(&version(&format!("format=wav16&own={sound},{breath}")));
    let options = ["--own-recording", "voeten=voice/nl/anna/plek/vrij.wav", "--own", "in-uit=Rust | en stil"];
    let file = course.path("voice/nl/anna/plek/vrij.wav");
    let named = format!("voeten={}", file.to_str().unwrap());
    let options = [options[0], &named, options[2], options[3], "--length", "31s", "--format", "wav16"];
    assert!(both.body == rendered(&course, &options), "{}", both.status);
    // What a recording says is not what the script says.
    let told = |own: &str| server.get(&track(&server, &format!("/captions?length=31s&own={own}"))).text();
    let unknown = told(&sound);
    assert!(unknown.contains("[eigen woorden]") && !unknown.contains("Voel je voeten"), "{unknown}");
    let words = track(&server, "/wishes?phrase=voeten&words=Moge%20ik%20vrij%20zijn.");
    let known = kept(&server.post(&words, "audio/wav", &recording));
    assert_ne!(known, sound);
    assert!(told(&known).contains("Moge ik vrij zijn."), "{}", told(&known));
    let known = server.get(&version(&format!("format=wav16&own={known}")));
    let by_hand = [&options[..2], &["--own", "voeten=Moge ik vrij zijn."], &options[4..]].concat();
    assert!(known.body == rendered(&course, &by_hand), "{}", known.status);
    let twice = course.adem(&[&["render", "2", "-o", "-", "--own", "voeten=Een."], &by_hand[..]].concat());
    assert!(twice.code != 0 && twice.stderr.contains("own words for `voeten` twice"), "{}", twice.stderr);
    let refused = server.post(&words, "application/json", b"{\"text\": \"Moge ik rusten.\"}");
    assert_eq!((refused.status, refused.text().contains("`words` are those of a recording")), (400, true));
    // As a browser records.
    let webm =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/decode/browser.webm")).unwrap();
    let webm = server.post(&track(&server, "/wishes?phrase=voeten"), "audio/webm;codecs=opus", &webm);
    assert_eq!(webm.status, 201, "{}", webm.text());
    let mp4 = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/decode/browser.mp4")).unwrap();
    let mp4 = server.post(&track(&server, "/wishes?phrase=voeten"), "audio/mp4;codecs=opus", &mp4);
    assert_eq!(mp4.status, 201, "{}", mp4.text());
    // Kept over a restart, but no longer than they may be.
    let address = version(&format!("format=wav16&own={text}"));
    drop(server);
    let again = Server::start(course.root(), &[]);
    let body = again.get(&address).body;
    assert!(body == spoken, "{}", body.len());
    drop(again);
    let later = Server::start(course.root(), &["--keep-wishes", "0.00001"]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(later.get(&address).status, 410);
}

#[test]
fn what_cannot_be_spoken_is_refused_with_the_reason() {
    let Some(course) = open_course() else { return };
    let server = Server::start(course.root(), &["--wishes", "60", "--rate", "0"]);
    let refused = |answer: Answer, status: u16, kind: &str, part: &str| {
        let problem: Value = answer.json();
        assert_eq!(answer.status, status, "{problem}");
        assert_eq!(problem["type"], format!("urn:adem:problem:{kind}"));
        assert!(problem["detail"].as_str().unwrap().contains(part), "{problem}");
    };
    for (phrase, text, part) in [
        ("voeten", "a\u{7}b", "U+0007"),
        ("voeten", "<speak>Hallo</speak>", "`<`"),
        ("voeten", "--version", "begins with a dash"),
        ("voeten", "", "no words"),
        ("voeten", "een | twee", "has 2 beats, and its place has 1"),
        ("in-uit", "alleen in", "has 1 beat, and its place has 2; write ` | ` between beats"),
        ("vrij", "Ik blijf.", "is not open for own words"),
        ("nergens", "Ik blijf.", "no phrase `nergens`"),
        ("voeten", &"heel lang ".repeat(30), "more than 200 letters"),
    ] {
        refused(wish(&server, phrase, text), 422, "impossible-wish", part);
    }
    let address = track(&server, "/wishes?phrase=voeten");
    refused(server.post(&address, "audio/wav", b"RIFF no sound"), 422, "impossible-wish", "cannot be used");
    let silent = sound::wav(&[vec![0.0; 48_000]], 48_000, 16);
    let part = "the recording contains no speech";
    refused(server.post(&address, "audio/wav", &silent), 422, "impossible-wish", part);
    refused(
        server.post(&address, "application/json", b"{\"text\": 1}"),
        400,
        "bad-parameter",
        "the body is not",
    );
    refused(server.post(&address, "text/plain", b"Hallo"), 415, "other-media", "application/json");
    refused(server.post(&address, "audio/wav", &vec![0; 5 << 20]), 413, "too-large", "too long");
    refused(server.get(&address), 405, "method", "POST");
    refused(
        server.post(&track(&server, "/wishes"), "application/json", b"{}"),
        400,
        "bad-parameter",
        "phrase",
    );
    let nobody = format!("/audio?own=voeten%3D{}", "0".repeat(32));
    refused(server.get(&track(&server, &nobody)), 410, "version-gone", "send it again");
    let own = kept(&wish(&server, "voeten", "Ik blijf."));
    let bells = server.get(&track(&server, &format!("/audio?guidance=bells&own={own}")));
    refused(bells, 422, "impossible-version", "bells alone");
    drop(server);
    let few = Server::start(course.root(), &["--wishes", "2", "--rate", "0"]);
    // What is refused for its words does not count.
    assert!((0..5).all(|_| wish(&few, "voeten", "<b>").status == 422));
    let statuses: Vec<u16> = (0..3).map(|_| wish(&few, "voeten", "Ik blijf.").status).collect();
    assert_eq!(statuses, [201, 201, 429]);
    drop(few);
    let none = Server::start(course.root(), &[]);
    refused(wish(&none, "voeten", "Ik blijf."), 404, "not-found", "takes no wishes");
}

#[test]
fn a_service_that_cannot_speak_says_so_when_it_starts() {
    let Some(course) = open_course() else { return };
    // It ends at once, as the address is taken.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let start = |wishes: &str, path: &str| {
        let program = course.program(&["serve", "--listen", &address, "--wishes", wishes]);
        program.env("PATH", path).run().stderr
    };
    let told = start("6", "");
    assert!(told.contains("cannot be spoken in nl, only recordings are taken"), "{told}");
    assert!(told.contains("`espeak-ng` was not found; install it"), "{told}");
    assert!(told.contains("the service cannot start"), "{told}");
    assert!(!start("0", "").contains("cannot be spoken"));
    let path = std::env::var("PATH").unwrap();
    assert!(!start("6", &path).contains("cannot be spoken"));
}

#[test]
fn a_phrase_for_safety_is_never_opened() {
    let course = Course::new();
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    course.write("scripts/plek.toml", script.replace("safety = true", "safety = true, own = true"));
    let check = course.adem(&["check"]);
    assert_eq!(check.code, 1);
    assert!(check.stderr.contains("so it cannot be `own`"), "{}", check.stderr);
}
