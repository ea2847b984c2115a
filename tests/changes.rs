//! What changed: the list of sounds that a build has replaced.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::io::Cursor;

use adem::decode::decode_all;
use serde_json::Value;
use support::Course;
use support::browser::faults_of_pages;

/// One version; `more` are further lines of its delivery.
fn course(more: &str) -> Course {
    let delivery = "\n[[delivery]]\nname = \"net\"\nlanguages = [\"nl\"]\nformats = [\"wav16\"]\n";
    let course = Course::with_delivery(&format!("{delivery}{more}\n"));
    course.succeed(&["build"]);
    assert!(lists(&course).is_empty(), "new files are no changes");
    course
}

/// The folders of lists, in order.
fn lists(course: &Course) -> Vec<String> {
    let files = course.files("out/changes").into_iter();
    let mut found: Vec<_> =
        files.filter_map(|file| file.strip_suffix("/changes.json").map(str::to_owned)).collect();
    found.sort();
    found
}

/// Builds, and reads the only list there is.
fn changes(course: &Course) -> (String, Vec<Value>) {
    let run = course.succeed(&["build"]);
    let lists = lists(course);
    let [folder] = &lists[..] else { panic!("{lists:?}: {}", run.stderr) };
    assert!(run.stderr.contains("what changed: ") && run.stderr.contains(folder), "{}", run.stderr);
    let list: Value = serde_json::from_slice(&course.read(&format!("{folder}/changes.json"))).unwrap();
    assert_eq!(list["schema"], 1);
    (folder.clone(), list["changes"].as_array().unwrap().clone())
}

fn kinds(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

fn tracks(change: &Value) -> Vec<&str> {
    let tracks = change["tracks"].as_array().unwrap().iter();
    tracks.map(|track| track["files"][0].as_str().unwrap()).collect()
}

/// The first channel of a sound.
fn samples(bytes: Vec<u8>) -> Vec<f32> {
    let decoded = decode_all(Box::new(Cursor::new(bytes))).unwrap();
    decoded.buffer.plane(0).to_vec()
}

/// How far two sounds differ, as a share of the power of the first.
fn difference(one: &[f32], other: &[f32]) -> f64 {
    let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
    let between = power(&mut one.iter().zip(other).map(|(one, other)| one - other));
    between / power(&mut one.iter().copied())
}

const FILE: &str = "net/nl/02-de-plek-nl.wav";

#[test]
fn a_changed_phrase_is_heard_as_it_was_and_as_it_is() {
    let course = course("");
    let old = samples(course.read(&format!("out/{FILE}")));
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel <je> tenen.");
    course.sound("voice/nl/anna/plek/voeten.wav", "beats 0.5 0.6");
    let (folder, changes) = changes(&course);
    let phrases: Vec<_> = changes.iter().filter(|change| change["kind"] == "phrase").collect();
    let [phrase] = phrases[..] else { panic!("{changes:?}") };
    assert_eq!(phrase["id"], "plek/voeten");
    assert_eq!(phrase["language"], "nl");
    assert_eq!(phrase["note"], "other words, another take");
    assert_eq!(phrase["before"]["text"], "Voel je voeten.");
    assert_eq!(phrase["after"]["text"], "Voel <je> tenen.");
    assert_eq!(phrase["after"]["take"], "voice/nl/anna/plek/voeten.wav");
    assert_eq!(tracks(phrase), [FILE]);
    let track = &phrase["tracks"][0];
    let new = samples(course.read(&format!("out/{FILE}")));
    for (side, span, whole, other) in [("before", "was", &old, &new), ("after", "is", &new, &old)] {
        let time = |key: &str| track[span][key].as_f64().unwrap();
        let (start, end) = (time("start") - 1.0, time("end") + 1.0);
        let name = track[format!("sound_{side}")].as_str().unwrap();
        let sound = samples(course.read(&format!("{folder}/{name}")));
        let seconds = sound.len() as f64 / 48_000.0;
        assert!((seconds - (end - start)).abs() < 0.01, "{side}: {seconds} s of {start} to {end}");
        let from = (start * 48_000.0) as usize;
        assert!(difference(&whole[from..from + sound.len()], &sound) < 0.05, "{side}");
        let end = (from + sound.len()).min(other.len());
        assert!(difference(&other[from..end], &sound) > 0.3, "{side} is not the other");
    }
    let page = String::from_utf8(course.read(&format!("{folder}/index.html"))).unwrap();
    assert!(page.contains("<p lang=\"nl\" dir=\"auto\">Voel &lt;je&gt; tenen.</p>"), "{page}");
    assert!(!page.contains("://"), "it asks nothing of other sites");
    for sound in page.split(" src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(course.has(&format!("{folder}/{sound}")), "{sound}");
    }
    // Nothing more changed: the list stays, and no other comes.
    course.append("scripts/plek.toml", "# A comment.\n");
    let again = course.succeed(&["build"]);
    assert!(!again.stderr.contains("what changed"), "{}", again.stderr);
    assert_eq!(lists(&course), std::slice::from_ref(&folder));
    // The next change gets a list of its own. A file that somebody else has put there is not taken for the old one.
    course.write(&format!("out/{FILE}"), support::sound::named("noise 20"));
    course.sound("voice/nl/anna/plek/vrij.wav", "speech 1.2");
    let run = course.succeed(&["build", "--json"]);
    let told: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(told["changes"].as_str().unwrap().ends_with("-2/index.html"), "{told}");
    assert_eq!(lists(&course), [folder.clone(), format!("{folder}-2")]);
    let second: Value = serde_json::from_slice(&course.read(&format!("{folder}-2/changes.json"))).unwrap();
    let phrase =
        second["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "phrase").unwrap();
    assert!(phrase["tracks"][0]["sound_before"].is_null(), "{phrase}");
    assert!(phrase["tracks"][0]["sound_after"].is_string(), "{phrase}");
    let Some(told) = faults_of_pages(&["index.html"], &course.path(&folder)) else { return };
    for (page, wrong) in told {
        assert_eq!(wrong, [""; 0], "{page}");
    }
}

#[test]
fn what_several_tracks_share_is_listed_once_and_what_sounds_the_same_is_not() {
    let course = course("levels = [\"full\", \"light\"]\nmixes = [\"full\", \"voice\"]");
    std::fs::remove_file(course.path(&format!("out/{FILE}"))).unwrap();
    let run = course.succeed(&["build"]);
    assert!(run.stderr.contains("1 version rendered"), "{}", run.stderr);
    assert_eq!(lists(&course), [""; 0]);
    course.sound("voice/nl/anna/slot/tot.wav", "beats 0.5 0.7");
    let (_, changes) = changes(&course);
    let phrases: Vec<_> = changes.iter().filter(|change| change["kind"] == "phrase").collect();
    let [phrase] = phrases[..] else { panic!("{changes:?}") };
    assert_eq!(phrase["note"], "another take");
    assert_eq!(tracks(phrase).len(), 4);
    let with_sounds = |side: &str| {
        let tracks = phrase["tracks"].as_array().unwrap().iter();
        tracks.filter(|track| track[side].is_string()).count()
    };
    assert_eq!((with_sounds("sound_before"), with_sounds("sound_after")), (3, 3));
}

#[test]
fn pauses_beds_bells_and_words_are_told_as_what_they_are() {
    let course = course("");
    let change = |edit: &dyn Fn(&Course)| {
        edit(&course);
        let told = changes(&course).1;
        std::fs::remove_dir_all(course.path("out/changes")).unwrap();
        told
    };
    let pause = change(&|course| {
        let before = "id = \"welkom\", keep = \"light\", pause = ";
        course.edit("scripts/plek.toml", &format!("{before}2"), &format!("{before}3"));
    });
    assert_eq!(kinds(&pause), ["length", "pause"], "{pause:?}");
    assert_eq!(pause[1]["id"], "plek/welkom");
    assert_eq!(pause[1]["note"], "a pause of 3.0 s instead of 2.0 s");
    let bed = change(&|course| course.edit("ambience/bruis.toml", "brown", "pink"));
    assert_eq!(kinds(&bed), ["bed"], "{bed:?}");
    let note = bed[0]["note"].as_str().unwrap();
    assert!(note.starts_with("the bed `bruis` has another sound"), "{note}");
    let bell = change(&|course| course.sound("ambience/bells/tik.wav", "ring 1.2"));
    let told = bell.iter().find(|change| change["kind"] == "bell").unwrap();
    assert_eq!(told["note"], "the bell has another sound");
    // Words that are in the tags, spoken as before.
    let words = change(&|course| course.edit("scripts/plek.toml", "Welkom.", "Dag."));
    assert_eq!(kinds(&words), ["phrase"], "{words:?}");
    assert_eq!(words[0]["note"], "other words, the same take");
    let tags = change(&|course| course.edit("course.toml", "title = \"Proef\"", "title = \"Toets\""));
    assert_eq!(kinds(&tags), ["tags"], "{tags:?}");
    assert!(tags[0]["tracks"][0]["sound_after"].is_null());
    let gone = change(&|course| {
        let line = "  { say = \"Voel je voeten.\", id = \"voeten\", pause = 2 },\n";
        course.edit("scripts/plek.toml", line, "");
    });
    let gone: Vec<_> = gone.iter().filter(|change| change["kind"] == "phrase").collect();
    assert!(matches!(gone[..], [gone] if gone["note"] == "is gone" && gone["after"].is_null()), "{gone:?}");
}
