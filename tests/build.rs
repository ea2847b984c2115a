//! `adem build`: deliveries, and what a change makes again.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::course::CONSENT;
use support::{Course, Run};

const DELIVERY: &str = r#"
[[delivery]]
name = "net"
levels = ["full", "light"]
formats = ["wav16", "mp3"]
files = ["timeline.json", "vtt", "practice.html"]
"#;

/// The small course with a delivery, of voices that have agreed to it.
fn course() -> Course {
    let course = Course::with_delivery(DELIVERY);
    settle(&course);
    course
}

/// Gives every input a time in the past, so that what the system says of it is trusted.
fn settle(course: &Course) {
    let then = SystemTime::now() - Duration::from_secs(100);
    for path in course.files("") {
        let file = std::fs::File::options().write(true).open(course.path(&path)).unwrap();
        file.set_modified(then).unwrap();
    }
}

/// Every delivered file with its content; what the build remembers does not count, nor do lists of what changed.
fn delivered(course: &Course) -> BTreeMap<String, Vec<u8>> {
    let out = course.path("out");
    let names = course.files("out").into_iter().map(|name| name.trim_start_matches("out/").to_owned());
    let files = names.filter(|name| !name.starts_with(".build/") && !name.starts_with("changes/"));
    files.map(|name| (name.clone(), std::fs::read(out.join(&name)).unwrap())).collect()
}

/// When each delivered file was written.
fn times(course: &Course) -> BTreeMap<String, SystemTime> {
    let out = course.path("out");
    let modified = |name: &String| std::fs::metadata(out.join(name)).unwrap().modified().unwrap();
    delivered(course).into_keys().map(|name| (name.clone(), modified(&name))).collect()
}

fn build(course: &Course, arguments: &[&str]) -> Run {
    course.adem(&[&["build"], arguments].concat())
}

/// What a JSON run says became of each first file.
fn outcomes(run: &Run) -> BTreeMap<String, String> {
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let targets = document["targets"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    targets.map(|target| (text(&target["files"][0]), text(&target["outcome"]))).collect()
}

#[test]
fn a_second_build_does_nothing() {
    let course = course();
    let first = build(&course, &[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("4 versions rendered"), "{}", first.stderr);
    let files = delivered(&course);
    let names: Vec<_> = files
        .keys()
        .filter(|name| name.rsplit_once('.').is_some_and(|(_, ending)| ending == "mp3"))
        .cloned()
        .collect();
    let expected = [
        "net/en/02-the-place-en.mp3",
        "net/en/02-the-place-en_light.mp3",
        "net/nl/02-de-plek-nl.mp3",
        "net/nl/02-de-plek-nl_light.mp3",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        files.len(),
        4 * 5 + 2,
        "two sounds, three texts each, manifest and checksums: {:?}",
        files.keys()
    );
    let before = times(&course);
    let second = build(&course, &["--json"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(outcomes(&second).values().all(|outcome| outcome == "current"), "{:?}", outcomes(&second));
    assert_eq!(times(&course), before);
}

#[test]
fn the_manifest_tells_what_was_delivered_and_verify_finds_what_changed() {
    let course = course();
    assert_eq!(build(&course, &[]).code, 0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(course.path("out/net/manifest.json")).unwrap()).unwrap();
    let tracks = manifest["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 4);
    assert_eq!(tracks[0]["title"], "De plek");
    assert_eq!(tracks[0]["guidance"], "full");
    assert_eq!(tracks[0]["week"], 1);
    assert_eq!(tracks[0]["drafts"], 0);
    let speech = tracks[0]["speech_lufs"].as_f64().unwrap();
    assert!((speech + 18.0).abs() < 0.3, "{speech}");
    let credited: Vec<_> =
        manifest["credits"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(credited, ["bruis", "tik", "en/beth", "nl/anna"]);
    let sums = std::process::Command::new("sha256sum")
        .args(["--check", "--quiet", "--strict", "SHA256SUMS"])
        .current_dir(course.path("out/net"))
        .status();
    match sums {
        Ok(status) => assert!(status.success()),
        Err(_) => eprintln!("skipped: there is no sha256sum"),
    }
    let good = course.adem(&["verify", "out/net"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(good.stderr.contains("20 files as delivered, complete and unchanged"), "{}", good.stderr);
    std::fs::remove_file(course.path("out/net/nl/02-de-plek-nl.vtt")).unwrap();
    std::fs::write(course.path("out/net/nl/02-de-plek-nl.mp3"), "another").unwrap();
    std::fs::write(course.path("out/net/notes.txt"), "mine").unwrap();
    let bad = course.adem(&["verify", "out/net"]);
    assert_eq!(bad.code, 1);
    for line in [
        "nl/02-de-plek-nl.vtt is missing",
        "nl/02-de-plek-nl.mp3 is not the file that was delivered",
        "notes.txt belongs to no track",
    ] {
        assert!(bad.stderr.contains(line), "{line} in {}", bad.stderr);
    }
    assert!(bad.stderr.contains("2 faults"), "a file of somebody else is none: {}", bad.stderr);
    // The next build makes both again and leaves the third alone.
    let run = build(&course, &["--why"]);
    assert!(run.stderr.contains("net/nl/02-de-plek-nl.vtt is gone or was changed"), "{}", run.stderr);
    assert!(run.stderr.contains("1 version rendered, 3 up to date"), "{}", run.stderr);
    assert!(course.path("out/net/notes.txt").exists());
    let mended = course.adem(&["verify", "out/net"]);
    assert_eq!(mended.code, 0, "{}", mended.stderr);
}

#[test]
fn only_what_a_change_touches_is_made_again() {
    let course = course();
    assert_eq!(build(&course, &[]).code, 0);
    let script = std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap();
    let check = |what: &str, expected: [&str; 4], why: &str| {
        let run = build(&course, &["--json"]);
        assert_eq!(run.code, 0, "{what}: {}", run.stderr);
        let outcomes: Vec<_> = outcomes(&run).into_values().collect();
        assert_eq!(outcomes, expected, "{what}");
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        assert!(why.is_empty() || document.to_string().contains(why), "{what}: {document}");
    };
    let (en, nl) = ("current", "current");
    course.write("scripts/plek.toml", format!("# A comment.\n{script}"));
    check("a comment", [en, en, nl, nl], "");
    // What only the practice sheet tells: the sound stays, the texts follow.
    course.write("scripts/plek.toml", format!("posture = \"lie\"\n{script}"));
    check("a posture", ["texts"; 4], "words");
    std::fs::remove_file(course.path("out/net/nl/02-de-plek-nl.vtt")).unwrap();
    check("captions that are gone", [en, en, "texts", nl], "02-de-plek-nl.vtt is gone or was changed");
    assert!(course.path("out/net/nl/02-de-plek-nl.vtt").exists());
    // Words stand in the tags as well, as lyrics.
    course.write("scripts/plek.toml", script.replace("Voel je voeten.", "Voel je beide voeten."));
    check("words", ["texts", "texts", "rendered", "texts"], "tags");
    course.write(
        "scripts/plek.toml",
        script.replace("id = \"voeten\", pause = 2", "id = \"voeten\", pause = 3"),
    );
    // Of a phrase that a light version omits, the pause stays.
    check("a pause", ["rendered"; 4], "timeline");
    course.write("scripts/plek.toml", &script);
    check("back", ["rendered"; 4], "timeline");
    course.sound("voice/en/beth/plek/voeten.wav", "speech 1.3");
    check("a clip", ["rendered", "rendered", nl, nl], "clip voice/en/beth/plek/voeten.wav");
    let bed = std::fs::read_to_string(course.path("ambience/bruis.toml")).unwrap();
    course.write("ambience/bruis.toml", bed.replace("brown", "pink"));
    check("a bed", ["rendered"; 4], "bed bruis");
}

/// Kinds of change that people make to a course.
const CHANGES: [fn(&Course, u32); 8] = [
    |course, _| course.append("scripts/plek.toml", "# Another line.\n"),
    |course, n| replace(course, "scripts/plek.toml", "pause = 2 }", &format!("pause = 2.{} }}", n % 9 + 1)),
    |course, n| replace(course, "scripts/plek.toml", "Welkom.", &format!("Welkom {n}.")),
    |course, n| replace(course, "scripts/po/en.po", "Welcome.", &format!("Welcome {n}.")),
    |course, n| course.sound("voice/nl/anna/plek/vrij.wav", &format!("speech 1.{}", n % 9)),
    |course, _| replace(course, "ambience/bruis.toml", "brown", "pink"),
    |course, _| replace(course, "course.toml", "title = \"Proef\"", "title = \"Proeve\""),
    |course, _| replace(course, "course.toml", "\"wav16\", \"mp3\"", "\"wav16\", \"flac\""),
];

fn replace(course: &Course, path: &str, from: &str, to: &str) {
    let before = std::fs::read_to_string(course.path(path)).unwrap();
    course.write(path, before.replacen(from, to, 1));
}

/// A build after a change writes what a clean build would write, and touches nothing it need not.
#[test]
fn a_build_after_any_change_equals_a_clean_build() {
    let config = ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let any = prop::collection::vec((0..CHANGES.len(), 0u32..100), 1..3);
    runner
        .run(&any, |changes| {
            let course = course();
            replace(&course, "course.toml", "levels = [\"full\", \"light\"]\n", "");
            prop_assert_eq!(build(&course, &[]).code, 0);
            let (before, when) = (delivered(&course), times(&course));
            for (change, n) in &changes {
                CHANGES[*change](&course, *n);
            }
            let run = build(&course, &[]);
            prop_assert_eq!(run.code, 0, "{:?}: {}", changes, run.stderr);
            let (after, touched) = (delivered(&course), times(&course));
            std::fs::remove_dir_all(course.path("out")).unwrap();
            prop_assert_eq!(build(&course, &[]).code, 0);
            let clean = delivered(&course);
            prop_assert_eq!(
                after.keys().collect::<Vec<_>>(),
                clean.keys().collect::<Vec<_>>(),
                "{:?}",
                changes
            );
            for (name, bytes) in &clean {
                prop_assert!(after[name] == *bytes, "{:?}: {} differs", changes, name);
                let stem = name.split('.').next().unwrap();
                let changed = |(other, content): (&String, &Vec<u8>)| {
                    let same = other == name || other.starts_with(&format!("{stem}."));
                    same && before.get(other) != Some(content)
                };
                if !clean.iter().any(changed) {
                    prop_assert!(touched[name] == when[name], "{:?}: {} was touched", changes, name);
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_new_title_moves_no_released_file_unless_it_is_asked_to() {
    let course = course();
    let pattern = "languages = [\"nl\"]\npath = \"{language}/{slug}{version}\"\n";
    replace(&course, "course.toml", "levels = [\"full\", \"light\"]\n", pattern);
    replace(&course, "course.toml", "formats = [\"wav16\", \"mp3\"]", "formats = [\"wav16\"]");
    settle(&course);
    assert_eq!(build(&course, &[]).code, 0);
    let released: Vec<_> = delivered(&course).into_keys().collect();
    replace(&course, "scripts/plek.toml", "title = \"De plek\"", "title = \"Stil\"");
    let dry = build(&course, &["--dry-run"]);
    let kept = "kept the name net/nl/de-plek, because it was released; by its title and `path` it would be net/nl/stil";
    for run in [dry, build(&course, &[])] {
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains(kept), "{}", run.stderr);
        assert!(run.stderr.contains("to rename it: `adem build --rename`"), "{}", run.stderr);
    }
    assert_eq!(delivered(&course).into_keys().collect::<Vec<_>>(), released);
    let again = build(&course, &[]);
    assert!(!again.stderr.contains("kept the name"), "said once: {}", again.stderr);
    assert!(build(&course, &["--dry-run", "--why"]).stderr.contains(kept));
    // A new track may not take the name.
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    course.write("scripts/tweede.toml", script.replace("track = 2", "track = 3").replace("Stil", "De plek"));
    let run = build(&course, &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("which is the released name of `plek` (nl, usual, full)"), "{}", run.stderr);
    assert!(
        run.stderr.contains("`adem build --rename` gives it the name that `path` makes now, net/nl/stil"),
        "{}",
        run.stderr
    );
    course.remove("scripts/tweede.toml");
    let run = build(&course, &["--rename"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(course.has("out/net/nl/stil.wav"));
    assert!(run.stderr.contains("left over: 4 files of 1 version"), "{}", run.stderr);
    // What is renamed stays renamed, under its new name.
    replace(&course, "scripts/plek.toml", "title = \"Stil\"", "title = \"Stiller\"");
    let run = build(&course, &[]);
    assert!(run.stderr.contains("kept the name net/nl/stil,"), "{}", run.stderr);
}

#[test]
fn what_no_delivery_asks_for_is_named_and_removed_and_nothing_else() {
    let course = course();
    replace(
        &course,
        "course.toml",
        "levels = [\"full\", \"light\"]",
        "languages = [\"nl\"]\nlevels = [\"full\", \"light\"]",
    );
    settle(&course);
    assert_eq!(build(&course, &[]).code, 0);
    replace(&course, "course.toml", "levels = [\"full\", \"light\"]", "levels = [\"full\"]");
    let early = course.adem(&["clean", "--out"]);
    assert!(
        early.stderr.contains("1 version in a manifest stay; `adem build` takes them out"),
        "{}",
        early.stderr
    );
    let run = build(&course, &[]);
    assert!(run.stderr.contains("left over: 5 files of 1 version"), "{}", run.stderr);
    assert!(run.stderr.contains("`adem clean --out` removes them"), "{}", run.stderr);
    course.write("out/net/nl/02-de-plek-nl_light.mp3", "mine");
    course.write("out/net/nl/own.txt", "mine");
    let found = course.adem(&["verify", "out/net"]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    assert!(
        found.stderr.contains("02-de-plek-nl_light.wav is left over from an earlier build"),
        "{}",
        found.stderr
    );
    assert!(found.stderr.contains("`adem clean --out` removes"), "{}", found.stderr);
    let before = course.files("out");
    let dry = course.adem(&["clean", "--out", "--dry-run"]);
    assert!(dry.stderr.contains("would remove 4 files"), "{}", dry.stderr);
    assert_eq!(course.files("out"), before);
    let clean = course.adem(&["clean", "--out"]);
    assert_eq!(clean.code, 0, "{}", clean.stderr);
    assert!(clean.stderr.contains("removed 4 files"), "{}", clean.stderr);
    assert!(
        clean.stderr.contains("02-de-plek-nl_light.mp3 stays: it is not as the build wrote it"),
        "{}",
        clean.stderr
    );
    assert!(course.has("out/net/nl/02-de-plek-nl_light.mp3") && course.has("out/net/nl/own.txt"));
    assert!(!course.has("out/net/nl/02-de-plek-nl_light.wav") && course.has("out/net/nl/02-de-plek-nl.wav"));
    let good = course.adem(&["verify", "out/net"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(!build(&course, &["--dry-run"]).stderr.contains("left over"));
}

#[test]
fn a_clash_names_both_versions_and_what_tells_them_apart() {
    let course = course();
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    course.write("scripts/tweede.toml", script.replace("track = 2", "track = 3"));
    course.append("course.toml", "path = \"{slug}{version}\"\nlanguages = [\"nl\", \"nl\"]\ndrafts = true\n");
    let check = course.adem(&["check"]);
    assert_eq!(check.code, 1, "{}", check.stderr);
    assert!(
        check.stderr.contains("`plek` (nl, usual, full) and `tweede` (nl, usual, full)"),
        "{}",
        check.stderr
    );
    assert!(check.stderr.contains("add {track} to `path`, which tells them apart"), "{}", check.stderr);
}

#[test]
fn two_builds_in_one_folder_do_not_disturb_each_other() {
    let course = course();
    let other = course.program(&["build"]).start();
    let run = build(&course, &[]);
    let other = other.wait_with_output().unwrap();
    let codes = [run.code, other.status.code().unwrap()];
    assert!(codes.contains(&0), "{codes:?}");
    assert!(codes.iter().all(|code| [0, 75].contains(code)), "{codes:?}");
    if run.code == 75 {
        assert!(run.stderr.contains("another build is at work in"), "{}", run.stderr);
    }
    assert_eq!(course.adem(&["verify", "out/net"]).code, 0);
}

#[test]
fn a_build_goes_on_after_a_failing_file_and_tells_at_the_end() {
    let course = course();
    std::fs::remove_file(course.path("voice/en/beth/plek/voeten.wav")).unwrap();
    let run = build(&course, &["--keep-going"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("a phrase has no recording in the voice `beth`"), "{}", run.stderr);
    assert!(run.stderr.contains("write drafts = true in the [[delivery]]"), "{}", run.stderr);
    assert!(!run.stderr.contains("--draft"), "a build has no such flag: {}", run.stderr);
    assert!(run.stderr.contains("1 version not made:\n  net/en/02-the-place-en\n"), "{}", run.stderr);
    assert!(run.stderr.contains("3 versions rendered, 1 failed"), "{}", run.stderr);
    assert!(!run.stderr.contains("nothing was written"), "{}", run.stderr);
    assert!(course.path("out/net/nl/02-de-plek-nl.mp3").exists());
    let stopped = build(&course, &["--only", "**/nl/*", "--dry-run"]);
    assert!(stopped.stderr.contains("0 versions to render, 2 up to date"), "{}", stopped.stderr);
    let none = build(&course, &["--only", "**/fr/*"]);
    assert!(
        none.stderr.contains("no file of these deliveries matches `**/fr/*`; one of them is "),
        "{}",
        none.stderr
    );
}

/// Written down as made by another version of adem's sound, files are told as such by every build until they are made again.
#[test]
fn files_of_an_older_sound_are_told_by_each_build() {
    let course = course();
    build(&course, &["--only", "**/02-de-plek-nl.mp3"]);
    let records = || course.files("out/.build").into_iter().find(|file| file.contains(".json")).unwrap();
    let text = String::from_utf8(course.read(&records())).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record["stamp"] = serde_json::Value::Null;
    record["ingredients"]["sound of adem"] = "mix 0".into();
    course.write(&records(), record.to_string());
    for _ in 0..2 {
        let run = build(&course, &["--only", "**/02-de-plek-nl.mp3"]);
        assert!(
            run.stderr.contains("1 version made by an older version of adem's own sound"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_person_of_whom_nothing_is_heard_need_not_agree() {
    let course = course();
    let voice = std::fs::read_to_string(course.path("voice/nl/anna/voice.toml")).unwrap();
    course.write("voice/nl/anna/voice.toml", voice.replace(CONSENT, ""));
    let check = || course.adem(&["check"]).stderr;
    assert!(check().contains("no-consent"));
    std::fs::remove_dir_all(course.path("voice/nl/anna/plek")).unwrap();
    for fragment in course.files("voice/nl/anna").iter().filter(|file| file.contains(".wav")) {
        course.remove(fragment);
    }
    assert!(!check().contains("no-consent"), "{}", check());
}

#[test]
fn what_may_not_be_delivered_is_refused() {
    let course = course();
    let voice = std::fs::read_to_string(course.path("voice/nl/anna/voice.toml")).unwrap();
    course.write("voice/nl/anna/voice.toml", voice.replace(CONSENT, ""));
    let bed = std::fs::read_to_string(course.path("ambience/bruis.toml")).unwrap();
    course.write("ambience/bruis.toml", bed.replace("CC0-1.0", "unknown"));
    let bell = std::fs::read_to_string(course.path("ambience/bells/tik.toml")).unwrap();
    course.write("ambience/bells/tik.toml", bell.replace("CC0-1.0", "TODO"));
    std::fs::remove_file(course.path("voice/en/beth/plek/voeten.wav")).unwrap();
    let told = [
        ("no-consent", "nobody has written down that Anna agrees", "voice/nl/anna/voice.toml:1"),
        ("no-licence", "the bed `bruis` has no licence", "ambience/bruis.toml:3"),
        ("no-licence", "the bell `tik` has no licence", "ambience/bells/tik.toml:3"),
    ];
    let run = build(&course, &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for (code, message, place) in told {
        for text in [&format!("error[{code}]: {message}"), place] {
            assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
        }
    }
    assert!(!course.path("out/net").exists());
    let draft = (
        "undeclared-draft",
        "the delivery `net` has 1 phrase that the voice `beth` has not recorded",
        "course.toml:",
    );
    let check = course.adem(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    for (code, message, place) in told.into_iter().chain([draft]) {
        for text in [&format!("warning[{code}]: {message}"), place] {
            assert!(check.stderr.contains(text), "{text}: {}", check.stderr);
        }
        assert!(!course.succeed(&["explain", code]).text().is_empty());
    }
    // The remedies, as they are told.
    let consent = check.stderr.split("consent = {").nth(1).unwrap().split('}').next().unwrap();
    course.append("voice/nl/anna/voice.toml", &format!("consent = {{{consent}}}\n"));
    course.edit("ambience/bruis.toml", "unknown", "CC-BY-4.0");
    course.edit("ambience/bells/tik.toml", "TODO", "CC-BY-4.0");
    course.append("course.toml", "drafts = true\n");
    let check = course.adem(&["check"]);
    assert!(
        told.into_iter().chain([draft]).all(|(code, ..)| !check.stderr.contains(code)),
        "{}",
        check.stderr
    );
}

#[test]
fn what_is_wrong_with_a_delivery_is_named_at_its_place() {
    let course = course();
    let before = std::fs::read_to_string(course.path("course.toml")).unwrap();
    let long = format!("path = \"{{language}}/{}{{version}}\"", "x".repeat(230));
    let cases = [
        ("tracks = [2, 3]", "there is no track 3"),
        ("languages = [\"fr\"]", "`fr` is not a language of the course"),
        ("lock_parts = \"fr\"", "`fr` is not a language of the course"),
        ("beds = [\"bruisen\"]", "did you mean `bruis`?"),
        ("preset = \"podkast\"", "did you mean `podcast`?"),
        ("choices = [\"einde=slaap\"]", "there is no choice `einde=slaap`"),
        ("lengths = [\"usual\", \"lang\"]", "`lang` is not a length"),
        ("path = \"{title}\"", "a path cannot name `{title}`"),
        ("path = \"../x\"", "is not a path below the folder of the delivery"),
        ("path = \"{language}/{track}\"", "two versions would both be written to net/"),
        ("path = \"{language}/{track}\"", "`plek` (nl, usual, full) and `plek` (nl, usual, light)"),
        ("path = \"{language}/{track}\"", "add {version} to `path`"),
        ("path = \"{track\"", "`{track` has no closing brace"),
        ("path = \"{language}/{track\"", "close it, such as {track}"),
        ("path = \"track}-{track}{language}{version}\"", "a } without a { before it"),
        ("path = \"{language}/{track}{version} \"", "ends with a dot or a space"),
        ("path = \"CON/{track}{language}{version}\"", "takes `CON` for a device"),
        ("path = \"{language}/{track}:{version}\"", "does not allow ':'"),
        ("path = \"{language}/x{version}/y\"", ""),
        ("path = \"{language}/{version}\"", "would be empty"),
        (long.as_str(), "bytes with its ending"),
    ];
    for (line, message) in cases {
        course.write("course.toml", format!("{before}{line}\n"));
        if message.is_empty() {
            assert_eq!(course.adem(&["check"]).code, 0, "{line}");
            continue;
        }
        let run = build(&course, &[]);
        assert_eq!(run.code, 1, "{line}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{line}: {}", run.stderr);
        assert!(run.stderr.contains("course.toml:"), "{line}: {}", run.stderr);
        let check = course.adem(&["check"]);
        assert_eq!(check.code, 1, "{line}: {}", check.stderr);
        assert!(check.stderr.contains(message), "{line}: {}", check.stderr);
    }
    for taken in ["site", "changes"] {
        course.write("course.toml", before.replace("name = \"net\"", &format!("name = \"{taken}\"")));
        let check = course.adem(&["check"]);
        assert_eq!(check.code, 1, "{taken}: {}", check.stderr);
        assert!(check.stderr.contains(&format!("a build writes out/{taken} itself")), "{}", check.stderr);
    }
    course.write("course.toml", &before);
    let run = build(&course, &["nett"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("there is no delivery `nett`; did you mean `net`?"), "{}", run.stderr);
}

#[test]
fn a_delivery_starts_the_parts_of_a_language_where_another_starts_them() {
    let course = Course::with_delivery(
        "\n[[delivery]]\nname = \"net\"\nlock_parts = \"nl\"\nformats = [\"wav16\"]\nfiles = [\"timeline.json\"]\n",
    );
    course.sound("voice/en/beth/plek/voeten.wav", "speech 1.7");
    settle(&course);
    let list = course.adem(&["list"]);
    assert!(list.text().contains("net  2 versions, parts as in nl"), "{}", list.text());
    let run = build(&course, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let parts = |path: &str| {
        let document: serde_json::Value = serde_json::from_slice(&course.read(path)).unwrap();
        document["parts"].clone()
    };
    let (nl, en) = ("out/net/nl/02-de-plek-nl.timeline.json", "out/net/en/02-the-place-en.timeline.json");
    assert_eq!(parts(en), parts(nl));

    // A longer pause in one language is followed by the other.
    replace(&course, "scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = 3");
    let run = build(&course, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(parts(en), parts(nl));
    let again = build(&course, &["--json"]);
    assert!(outcomes(&again).values().all(|outcome| outcome == "current"), "{:?}", outcomes(&again));

    // What cannot be as short is told at its phrase, with the delivery that asks for it, and the rest is made.
    course.sound("voice/en/beth/plek/voeten.wav", "speech 7");
    for run in [build(&course, &["--keep-going"]), course.adem(&["check"])] {
        assert_eq!(run.code, 1, "{}", run.stderr);
        for told in [
            "error[locked-part]",
            "`Arriving` is too long for its time in `nl`",
            "scripts/plek.toml:13",
            "plek/voeten (7.3s instead of 1.4s)",
            "this delivery starts each part where `nl` does",
        ] {
            assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        }
    }
}

#[test]
fn the_course_is_listed_for_people_and_for_programs() {
    let course = course();
    let run = course.adem(&["list"]);
    let text = String::from_utf8(run.stdout).unwrap();
    for line in ["De plek / The place", "full, light, bells", "nl/anna", "net  4 versions"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let run = course.adem(&["list", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(document["tracks"][0]["title"]["en"], "The place");
    assert_eq!(document["deliveries"][0]["versions"], 4);
    let run = course.adem(&["credits"]);
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("Anna, 2026-11-03: this course"), "{text}");
}
