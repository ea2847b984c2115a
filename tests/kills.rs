//! Builds and workers that are killed at random moments, and go on. `ADEM_KILLS` sets how often, such as 200.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]
#![allow(clippy::print_stderr)] // a test says how often it killed

use crate::support;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::Course;
use support::course::CONSENT;

/// How often a test kills where nothing else is asked for.
const USUAL: u64 = 9;
/// The seed of the moments.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

const SCRIPT: &str = r#"track = 2
language = "nl"
title = "De plek"
bed = { use = "bruis", fade_in = 0.5, fade_out = 0.5 }

[[part]]
title = "Aankomen"
steps = [
  { say = "Je kunt altijd stoppen.", id = "vrij", safety = true, pause = 1 },
]
"#;

const DELIVERY: &str = r#"
[[delivery]]
name = "net"
beds = ["bruis", "none"]
formats = ["wav16", "wav24"]
files = ["timeline.json", "vtt"]

[site]
id = "proef"
deliveries = ["net"]
"#;

/// Two versions of a few seconds and their page.
fn course() -> Course {
    let course = Course::bare().with_own_cache();
    course.write("scripts/plek.toml", SCRIPT);
    course.append("course.toml", DELIVERY);
    course.append("voice/nl/anna/voice.toml", CONSENT);
    course
}

/// Every file in the output folder with its content, without what the build remembers and lists of what changed.
fn delivered(course: &Course) -> BTreeMap<String, Vec<u8>> {
    let files = course.files("out").into_iter();
    let files = files.filter(|name| !name.starts_with("out/.build/") && !name.starts_with("out/changes/"));
    files.map(|name| (name.clone(), course.read(&name))).collect()
}

/// Moments at random, the same in each run.
struct Moments(u64);

impl Moments {
    fn next(&mut self, most: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        most.mul_f64((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

fn kills() -> u64 {
    std::env::var("ADEM_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(USUAL)
}

/// Starts the program and kills it after a while; whether it was still at work.
fn killed_after(course: &Course, arguments: &[&str], moment: Duration) -> bool {
    let mut child = course.program(arguments).start();
    std::thread::sleep(moment);
    let was_at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    was_at_work
}

/// Whatever is there is as one of these has it; lists of files follow the files. A file that is being written has a hidden name.
fn assert_whole(course: &Course, either: [&BTreeMap<String, Vec<u8>>; 2], when: &str) {
    for (name, bytes) in delivered(course) {
        let is_list = name.ends_with("manifest.json") || name.ends_with("SHA256SUMS");
        let is_known = either.iter().any(|whole| whole.get(&name) == Some(&bytes));
        let is_hidden = name.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
        assert!(is_list || is_hidden || is_known, "{name} is half made, {when}");
    }
}

/// The folder `out` as it was kept, with its times.
fn restore(course: &Course, kept: &str) {
    let _ = std::fs::remove_dir_all(course.path("out"));
    let copied = Command::new("cp").arg("-a").args([course.path(kept), course.path("out")]).status();
    assert!(copied.unwrap().success());
}

/// How many tracks have a sound before and after for the phrase that changed, in all lists.
fn listed(course: &Course) -> usize {
    let lists = course.files("out/changes").into_iter().filter(|file| file.ends_with("/changes.json"));
    let mut tracks: BTreeMap<String, bool> = BTreeMap::new();
    for list in lists {
        let list: Value = serde_json::from_slice(&course.read(&list)).unwrap();
        let changes = list["changes"].as_array().unwrap().iter();
        for track in changes
            .filter(|change| change["id"] == "plek/vrij")
            .flat_map(|change| change["tracks"].as_array().unwrap())
        {
            let has_both = track["sound_before"].is_string() && track["sound_after"].is_string();
            *tracks.entry(track["files"][0].to_string()).or_default() |= has_both;
        }
    }
    tracks.values().filter(|has_both| **has_both).count()
}

/// In turn a first build, one with an empty cache, and one that replaces released files.
#[test]
fn a_killed_build_goes_on_and_ends_as_if_nothing_had_happened() {
    let course = course();
    let clip = |name: &str| course.sound("voice/nl/anna/plek/vrij.wav", name);
    let timed = || {
        let started = Instant::now();
        course.succeed(&["build"]);
        started.elapsed()
    };
    clip("speech 1");
    timed();
    let first = delivered(&course);
    std::fs::rename(course.path("out"), course.path("kept")).unwrap();
    clip("beats 0.4 0.5");
    let time = timed();
    let second = delivered(&course);
    let mut moments = Moments(SEED);
    let (mut at_work, count) = (0, kills());
    for kill in 0..count {
        let moment = moments.next(time);
        let when = format!("kill {kill} after {moment:?}");
        match kill % 3 {
            0 => std::fs::remove_dir_all(course.path("out")).unwrap(),
            1 => {
                std::fs::remove_dir_all(course.path("out")).unwrap();
                std::fs::remove_dir_all(course.path(".adem")).unwrap();
            }
            _ => restore(&course, "kept"),
        }
        let replaces = kill % 3 == 2;
        at_work += u32::from(killed_after(&course, &["build"], moment));
        assert_whole(&course, [&first, &second], &when);
        course.succeed(&["build"]);
        let resumed = delivered(&course);
        assert_eq!(resumed.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>(), "{when}");
        assert!(resumed == second, "{when}");
        if replaces {
            assert_eq!(listed(&course), 2, "both tracks are on the list with both sounds, {when}");
        }
        course.succeed(&["verify", "out/net", "out/site"]);
    }
    eprintln!("{count} kills, {at_work} of them of a build at work");
    assert!(at_work > 0);
}

#[test]
fn a_killed_worker_goes_on_and_its_shard_ends_as_a_build_does() {
    let course = course();
    course.succeed(&["build"]);
    let whole = delivered(&course);
    course.succeed(&["build", "--out", "elsewhere", "--shards", "plan", "--shard-seconds", "1000"]);
    let index: Value = serde_json::from_slice(&course.read("plan/index.json")).unwrap();
    let shard = format!("plan/{}", index["shards"][0]["file"].as_str().unwrap());
    let run = ["run", "--shard", shard.as_str(), "--done", "done.jsonl"];
    let started = Instant::now();
    course.succeed(&run);
    let time = started.elapsed();
    let mut moments = Moments(SEED);
    for kill in 0..kills() / 2 {
        let moment = moments.next(time);
        let when = format!("kill {kill} after {moment:?}");
        for folder in ["plan/store", "out"] {
            std::fs::remove_dir_all(course.path(folder)).unwrap();
        }
        let _ = std::fs::remove_file(course.path("done.jsonl"));
        let was_at_work = killed_after(&course, &run, moment);
        assert!(
            !was_at_work || !course.has("done.jsonl") || course.files("plan/store/results").len() == 2,
            "{when}"
        );
        course.succeed(&run);
        course.succeed(&["collect", "--plan", "plan"]);
        assert!(delivered(&course) == whole, "{when}");
    }
}
