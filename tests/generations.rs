//! The files of one render: how they are known, what a process that is killed leaves behind, and two processes at once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::collections::BTreeMap;
use std::fs::File;

use support::{Course, Run};

const RENDER: [&str; 6] = ["render", "plek", "-o", "out/plek.wav", "--stems", "out/plek.stems"];

/// Every file of the output folder with its bytes.
fn set(course: &Course) -> BTreeMap<String, Vec<u8>> {
    course.files("out").into_iter().map(|path| (path.clone(), course.read(&path))).collect()
}

fn named(run: &Run) -> bool {
    run.stderr.contains("warning[mixed-files]")
}

/// A small course that writes all its files quickly.
fn course() -> Course {
    let course = Course::new();
    course.write(
        "course.toml",
        String::from_utf8(course.read("course.toml")).unwrap()
            + "\n[publish]\nfiles = [\"timeline.json\", \"vtt\", \"srt\", \"report.json\", \"report.html\", \"transcript.txt\", \
             \"transcript.html\", \"practice.html\"]\n",
    );
    course
}

/// Another take of a phrase, which changes the sound.
fn change(course: &Course, take: usize) {
    course.sound("voice/nl/anna/plek/welkom.wav", if take == 0 { "speech 0.8" } else { "speech 1.3" });
}

/// The whole sets that the course gives with its first and its second recording.
fn both_sets(course: &Course) -> [BTreeMap<String, Vec<u8>>; 2] {
    [0, 1].map(|take| {
        change(course, take);
        course.succeed(&RENDER);
        assert!(!named(&course.succeed(&["check"])));
        set(course)
    })
}

#[test]
fn every_format_tells_of_the_render_that_wrote_it() {
    let course = course();
    for format in ["wav24", "flac", "mp3", "m4a", "opus", "ogg"] {
        let ending =
            format.trim_end_matches(|c: char| c.is_ascii_digit() && format != "mp3" && format != "m4a");
        let ending = if ending.starts_with("wav") { "wav" } else { ending };
        let file = format!("out/{format}/plek.{ending}");
        let render = ["render", "plek", "-o", &file, "--format", format];
        change(&course, 0);
        course.succeed(&render);
        let timeline: serde_json::Value =
            serde_json::from_slice(&course.read(&format!("out/{format}/plek.timeline.json"))).unwrap();
        assert_eq!(timeline["generation"].as_str().unwrap().len(), 16);
        let old = course.read(&file);
        change(&course, 1);
        course.succeed(&render);
        assert!(!named(&course.succeed(&["check"])), "{format}");
        let new = course.read(&file);
        course.write(&file, old);
        let told = course.succeed(&["check"]);
        let message = format!("{file} is from another render than the timeline beside it");
        assert!(told.stderr.contains(&message), "{format}: {}", told.stderr);
        let qc = course.adem(&["qc", &file]);
        assert!(qc.code == 4 && qc.stderr.contains(&message), "{format}: {}", qc.stderr);
        course.write(&file, new);
    }
}

#[test]
fn every_mixture_of_two_renders_is_named_and_a_rerun_mends_it() {
    let course = course();
    let [old, new] = both_sets(&course);
    assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
    let carries =
        |path: &str| [".wav", ".report.json", ".vtt", ".html"].iter().any(|ending| path.ends_with(ending));
    for path in old.keys().filter(|path| carries(path)) {
        course.write(path, &old[path]);
        let told = course.succeed(&["check"]);
        assert!(named(&told) && told.stderr.contains(path.as_str()), "{path}: {}", told.stderr);
        course.write(path, &new[path]);
    }
    let timeline = "out/plek.timeline.json";
    course.write(timeline, &old[timeline]);
    let told = course.succeed(&["check"]);
    assert!(told.stderr.contains("9 files are from another render"), "{}", told.stderr);
    course.succeed(&RENDER);
    assert!(set(&course) == new);
    // A render of the same sound in another format belongs to the others.
    course.succeed(&["render", "plek", "-o", "out/plek.mp3"]);
    assert!(!named(&course.succeed(&["check"])));
}

#[test]
fn a_killed_render_leaves_whole_files_that_are_told_apart_and_a_rerun_mends_them() {
    let course = course();
    let sets = both_sets(&course);
    let mut mixed = 0;
    // Some are killed early, most as soon as the first file has its name.
    for moment in 0..14_usize {
        let take = moment % 2;
        change(&course, take);
        let before = course.read("out/plek.vtt");
        let mut child = course.program(&RENDER).start();
        let mut looks = 0;
        while course.read("out/plek.vtt") == before && child.try_wait().unwrap().is_none() {
            looks += 1;
            if moment < 4 && looks > 40 << moment {
                break;
            }
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let left = set(&course);
        let (left, sets) = (&left, &sets);
        let from = |which: usize| {
            left.iter().filter(move |(path, bytes)| {
                sets[which].get(*path) == Some(bytes) && sets[1 - which].get(*path) != Some(bytes)
            })
        };
        for (path, bytes) in left.iter().filter(|(path, _)| sets[0].contains_key(*path)) {
            assert!(sets.iter().any(|set| &set[path] == bytes), "{path} is neither of the two");
        }
        let is_mixed = from(0).count() > 0 && from(1).count() > 0;
        let carries =
            |path: &str| [".wav", ".json", ".vtt", ".html"].iter().any(|ending| path.ends_with(ending));
        let told = [0, 1].iter().all(|which| from(*which).any(|(path, _)| carries(path)));
        assert!(named(&course.succeed(&["check"])) == told, "mixed {is_mixed}, moment {moment}");
        mixed += usize::from(told);
        course.succeed(&RENDER);
        assert!(set(&course) == sets[take], "moment {moment}");
    }
    println!("{mixed} of 14 left files of two renders");
}

#[test]
fn what_killed_processes_left_is_swept_and_nothing_else() {
    let course = course();
    let strays = ["out/.plek.wav.Ab3dE9", "out/.other.timeline.json.x00000", "out/.old.mp3.ABCDEF"];
    let others = [
        "out/.plek.wav.backup",
        "out/.notes.doc.Ab3dE9",
        "out/plek.wav.Ab3dE9",
        "out/.plek.wav.Ab3dE99",
        "out/.held.wav.Ab3dE9",
        "out/deep/.plek.wav.Ab3dE9",
    ];
    for path in strays.iter().chain(&others) {
        course.write(path, "");
    }
    // A process that writes holds its file.
    let held = File::open(course.path("out/.held.wav.Ab3dE9")).unwrap();
    held.try_lock().unwrap();
    course.succeed(&RENDER);
    assert!(strays.iter().all(|path| !course.has(path)), "{:?}", course.files("out"));
    assert!(others.iter().all(|path| course.has(path)), "{:?}", course.files("out"));
    drop(held);
    course.succeed(&RENDER);
    assert!(!course.has("out/.held.wav.Ab3dE9"));
}

#[test]
fn of_two_renders_at_once_into_one_name_one_whole_set_is_left() {
    let course = course();
    let lengths = ["24s", "40s"];
    let sets = lengths.map(|length| {
        course.succeed(&[&RENDER[..], &["--length", length, "--anyway"]].concat());
        set(&course)
    });
    assert!(sets[0] != sets[1]);
    for round in 0..4 {
        let start =
            |length| course.program(&[&RENDER[..], &["--length", length, "--anyway"]].concat()).start();
        let children = lengths.map(start);
        for child in children {
            let done = child.wait_with_output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let left = set(&course);
        assert!(sets.contains(&left), "round {round}: {:?}", left.keys());
    }
}
