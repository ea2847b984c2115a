//! `adem build --shards`, `adem run` and `adem collect`: a build on many machines ends as one on a single machine does.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Command;

use support::{Course, Run};

const DELIVERY: &str = r#"
[[delivery]]
name = "net"
levels = ["full", "light"]
formats = ["wav16", "mp3"]
files = ["timeline.json", "vtt", "practice.html"]
"#;

/// The small course with a delivery of four versions.
fn course() -> Course {
    Course::with_delivery(DELIVERY)
}

/// A plan in which every job is a shard of its own.
fn plan(course: &Course) -> serde_json::Value {
    let planned = course.adem(&["build", "--shards", "plan", "--shard-seconds", "1"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    index(course)
}

fn index(course: &Course) -> serde_json::Value {
    serde_json::from_slice(&course.read("plan/index.json")).unwrap()
}

fn count(index: &serde_json::Value, what: &str) -> u64 {
    index[what].as_u64().unwrap()
}

/// Runs all shards, one after another.
fn run_all(course: &Course, index: &serde_json::Value) {
    for shard in 0..index["shards"].as_array().unwrap().len() {
        let run = run(course, &["--plan", "plan", "--index", &shard.to_string()]);
        assert_eq!(run.code, 0, "{}{}", run.text(), run.stderr);
    }
}

fn run(course: &Course, arguments: &[&str]) -> Run {
    course.adem(&[&["run"], arguments].concat())
}

/// What a run says of its jobs: how many had which outcome.
fn outcomes(run: &Run) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    for line in run.text().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        *outcomes.entry(line["outcome"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    outcomes
}

/// Every delivered file with its content.
fn delivered(course: &Course) -> BTreeMap<String, Vec<u8>> {
    let files = course.files("out").into_iter().filter(|name| !name.starts_with("out/.build/"));
    files.map(|name| (name.clone(), course.read(&name))).collect()
}

/// What `adem build` makes of the same course.
fn built() -> BTreeMap<String, Vec<u8>> {
    let course = course();
    let built = course.adem(&["build"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    delivered(&course)
}

/// The only file of shards with more than one job.
fn only_shard(course: &Course) -> String {
    let planned = course.adem(&["build", "--shards", "plan", "--shard-seconds", "1000"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let index = index(course);
    assert_eq!(index["shards"].as_array().unwrap().len(), 1);
    format!("plan/{}", index["shards"][0]["file"].as_str().unwrap())
}

#[test]
fn many_shards_end_as_one_build() {
    let course = course();
    let index = plan(&course);
    assert_eq!((count(&index, "jobs"), count(&index, "there")), (4, 0));
    assert_eq!(index["shards"].as_array().unwrap().len(), 4);
    run_all(&course, &index);
    let collected = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    assert!(collected.stderr.contains("4 versions brought"), "{}", collected.stderr);
    let delivered = delivered(&course);
    let expected = built();
    assert_eq!(delivered.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in &delivered {
        assert!(*bytes == expected[name], "{name} differs from that of a build");
    }
    let again = course.adem(&["build"]);
    assert!(again.stderr.contains("0 versions rendered, 4 up to date"), "{}", again.stderr);
    let verified = course.adem(&["verify", "out/net"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

#[test]
fn the_page_is_collected_as_a_build_writes_it() {
    let course = || {
        let course = Course::with_delivery(DELIVERY);
        course.append("course.toml", "\n[site]\nid = \"proef\"\ndeliveries = [\"net\"]\n");
        course.edit("course.toml", "levels = [\"full\", \"light\"]\n", "");
        course
    };
    let collected = course();
    let shard = only_shard(&collected);
    assert_eq!(run(&collected, &["--shard", &shard]).code, 0);
    let told = collected.succeed(&["collect", "--plan", "plan"]);
    assert!(told.stderr.contains("the page is "), "{}", told.stderr);
    let built = course();
    built.succeed(&["build"]);
    assert!(delivered(&collected) == delivered(&built));
    assert!(collected.has("out/site/SHA256SUMS"));
}

#[test]
fn what_is_done_is_not_done_again() {
    let course = course();
    let shard = only_shard(&course);
    let first = run(&course, &["--shard", &shard, "--done", "done.jsonl"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(outcomes(&first), BTreeMap::from([("made".to_owned(), 4)]));
    assert_eq!(String::from_utf8(course.read("done.jsonl")).unwrap().lines().count(), 4);
    let kept: Vec<_> = course.files("plan/store");
    let second = run(&course, &["--shard", &shard]);
    assert_eq!(outcomes(&second), BTreeMap::from([("there".to_owned(), 4)]));
    assert_eq!(course.files("plan/store"), kept);
    // Planned again, nothing is missing.
    let index = plan(&course);
    assert_eq!((count(&index, "jobs"), count(&index, "there")), (0, 4));
    assert!(
        course
            .files("plan")
            .iter()
            .all(|file| file.rsplit_once('.').is_none_or(|(_, ending)| ending != "jsonl")),
        "the old shards are gone"
    );
    // A change that touches no sound and no text of a version is planned, but not rendered.
    course.append("scripts/plek.toml", "# a comment\n");
    let shard = only_shard(&course);
    let third = run(&course, &["--shard", &shard]);
    assert_eq!(third.code, 0, "{}", third.stderr);
    assert_eq!(outcomes(&third), BTreeMap::from([("there".to_owned(), 4)]));
    // Another text in one language concerns that language alone.
    course.edit("scripts/po/en.po", "Feel your feet.", "Feel both your feet.");
    let index = plan(&course);
    assert_eq!((count(&index, "jobs"), count(&index, "there")), (2, 2));
}

#[test]
fn two_workers_at_one_shard_and_a_killed_one_end_well() {
    let course = course();
    let shard = only_shard(&course);
    // A worker that is killed after its first job.
    let mut killed = course.program(&["run", "--shard", &shard, "--jobs", "1"]).start();
    let mut line = String::new();
    BufReader::new(killed.stdout.take().unwrap()).read_line(&mut line).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(line.contains("made"), "{line}");
    let workers = [(); 2].map(|()| course.program(&["run", "--shard", &shard, "--jobs", "1"]).start());
    for worker in workers {
        let ended = worker.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert_eq!(course.adem(&["collect", "--plan", "plan"]).code, 0);
    assert!(delivered(&course) == built(), "the same files as a build makes");
}

#[test]
fn a_worker_that_is_asked_to_end_keeps_what_it_has_done() {
    let course = course();
    let shard = only_shard(&course);
    let mut worker = course.program(&["run", "--shard", &shard, "--jobs", "1"]).start();
    let mut reader = BufReader::new(worker.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let asked = Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let mut rest = String::new();
    while reader.read_line(&mut rest).unwrap() > 0 {}
    assert_eq!(worker.wait().unwrap().code(), Some(75));
    let missing = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(missing.code, 75, "{}", missing.stderr);
    assert!(missing.stderr.contains("no worker has done it"), "{}", missing.stderr);
    let again = run(&course, &["--shard", &shard]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(outcomes(&again)["there"] >= 1, "{:?}", outcomes(&again));
    assert!(course.files("plan/store").iter().all(|file| !file.contains('#')), "no half files are left");
}

#[test]
fn each_way_to_fail_has_its_exit_code() {
    let course = course();
    let shard = only_shard(&course);
    // What is missing.
    let absent = run(&course, &["--shard", "plan/none.jsonl"]);
    assert_eq!(absent.code, 66, "{}", absent.stderr);
    assert_eq!(run(&course, &["--plan", "other", "--index", "0"]).code, 66);
    // What lost its end, or all, when the power failed.
    let whole = course.read(&shard);
    for length in [0, whole.iter().position(|byte| *byte == b'\n').unwrap() + 1] {
        course.write(&shard, &whole[..length]);
        let torn = run(&course, &["--shard", &shard]);
        assert_eq!(torn.code, 66, "{}", torn.stderr);
        assert!(torn.stderr.contains("plan again"), "{}", torn.stderr);
    }
    course.write(&shard, &whole);
    let elsewhere = Course::empty();
    let shard_here = course.path(&shard).display().to_string();
    let elsewhere = elsewhere.adem(&["run", "--shard", &shard_here]);
    assert_eq!(elsewhere.code, 66, "{}", elsewhere.stderr);
    // The smallest array of an engine may have more tasks than there are shards.
    let beyond = run(&course, &["--plan", "plan", "--index", "7"]);
    assert_eq!(beyond.code, 0);
    assert!(beyond.stderr.contains("nothing to do"), "{}", beyond.stderr);
    assert_eq!(run(&course, &["--plan", "plan"]).code, 2, "which shard is not said");
    let no_number = course.program(&["run", "--plan", "plan"]).env("SLURM_ARRAY_TASK_ID", "x").run();
    assert!(no_number.code == 2 && no_number.stderr.contains("`x`"), "{}", no_number.stderr);
    for variable in ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] {
        let beyond = course.program(&["run", "--plan", "plan"]).env(variable, "3").run();
        assert_eq!(beyond.code, 0, "{}", beyond.stderr);
        assert!(beyond.stderr.contains("number 3"), "{}", beyond.stderr);
    }
    // A course that is not the one that was planned.
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen.");
    let other = run(&course, &["--shard", &shard, "--done", "done.jsonl"]);
    assert_eq!(other.code, 66, "{}", other.stderr);
    assert!(other.stderr.contains("plan again"), "{}", other.stderr);
    assert!(!course.has("done.jsonl"), "nothing is stamped as done");
    // A job that cannot succeed does not stop the others.
    course.remove("voice/nl/anna/plek/voeten.wav");
    let shard = only_shard(&course);
    let bad = run(&course, &["--shard", &shard]);
    assert_eq!(bad.code, 65, "{}", bad.stderr);
    assert_eq!(outcomes(&bad), BTreeMap::from([("failed".to_owned(), 1), ("made".to_owned(), 3)]));
    let collected = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(collected.code, 65, "{}", collected.stderr);
    assert!(collected.stderr.contains("failed: "), "{}", collected.stderr);
    // Once it is mended, only it is missing.
    course.sound("voice/nl/anna/plek/voeten.wav", "speech 1.3");
    let index = plan(&course);
    assert_eq!(
        count(&index, "jobs"),
        2,
        "the recordings of nl have changed, and so may both its versions have"
    );
    run_all(&course, &index);
    assert_eq!(course.adem(&["collect", "--plan", "plan"]).code, 0);
}

#[test]
fn a_store_that_cannot_be_reached_is_told() {
    let course = course();
    let shard = only_shard(&course);
    course.write("file", "no folder");
    let inside = run(&course, &["--shard", &shard, "--store", "file/store"]);
    assert_eq!(inside.code, 66, "{}", inside.stderr);
    let cloud = run(&course, &["--shard", &shard, "--store", "s3://bucket/folder"]);
    if cfg!(feature = "cloud") {
        assert_ne!(cloud.code, 0);
    } else {
        assert_eq!(cloud.code, 66);
        assert!(cloud.stderr.contains("--features cloud"), "{}", cloud.stderr);
    }
}

#[test]
fn what_is_damaged_in_a_store_is_made_again_and_keeps_nothing_else_back() {
    let course = course();
    let shard = only_shard(&course);
    assert_eq!(run(&course, &["--shard", &shard]).code, 0);
    let files = course.files("plan/store/files");
    let (sounds, results) =
        (files.iter().max_by_key(|file| course.read(file).len()), course.files("plan/store/results"));
    // Another content of the same length.
    let damaged = sounds.unwrap();
    let mut bytes = course.read(damaged);
    bytes[1_000] ^= 1;
    course.write(damaged, bytes);
    let collected = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(collected.code, 75, "{}", collected.stderr);
    assert!(collected.stderr.contains("run its shard again"), "{}", collected.stderr);
    assert!(collected.stderr.contains("3 versions brought"), "{}", collected.stderr);
    // A result that is no JSON, beside the file that is gone now.
    course.write(&results[0], "{");
    let again = run(&course, &["--shard", &shard]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let collected = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    assert!(delivered(&course) == built(), "as one build writes it");
}

/// A store may be written by others, and so may lead a collector to any file.
#[test]
fn no_name_in_a_store_leads_out_of_the_output_folder() {
    let course = course();
    let shard = only_shard(&course);
    assert_eq!(run(&course, &["--shard", &shard]).code, 0);
    let results: Vec<_> = course.files("plan/store/results");
    assert_eq!(results.len(), 4);
    for result in &results {
        course.edit(result, "\".mp3\"", "\"/../../../../mine.mp3\"");
    }
    let collected = course.adem(&["collect", "--plan", "plan"]);
    assert_eq!(collected.code, 75, "{}", collected.stderr);
    assert!(collected.stderr.contains("has a damaged result"), "{}", collected.stderr);
    assert!(!course.has("mine.mp3") && !course.has("out/mine.mp3"));
}
