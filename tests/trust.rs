//! An untrusted course reaches nothing outside its folder and starts no program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use support::{Course, Run, sound};
use tempfile::TempDir;

/// A course, and a folder outside it.
struct Stranger {
    course: Course,
    outside: TempDir,
}

impl Stranger {
    fn new() -> Self {
        Self { course: Course::bare().with_own_cache(), outside: tempfile::tempdir().unwrap() }
    }

    /// A sound outside the course.
    fn secret(&self, name: &str) -> PathBuf {
        let path = self.outside.path().join(name);
        std::fs::write(&path, sound::named("speech 1")).unwrap();
        path
    }

    /// An engine for speech as `voice/engines/install.py` leaves it outside the course, whose Python copies a sound.
    fn install(&self, engine: &str, version: &str) {
        let own = self.outside.path().join(engine);
        std::fs::create_dir_all(own.join("python/bin")).unwrap();
        std::fs::write(own.join("sound.wav"), sound::named("speech 1")).unwrap();
        let facts = format!("{{ \"version\": \"{version}\", \"speech\": 1 }}");
        std::fs::write(own.join("engine.json"), facts).unwrap();
        let (python, copy) = (own.join("python/bin/python"), own.join("sound.wav"));
        let script =
            format!("#!/bin/sh\ncut -f 1 | while read -r out; do cp '{}' \"$out\"; done\n", copy.display());
        std::fs::write(&python, script).unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the program as a user who has installed the engines outside the course.
    fn with_engines(&self, arguments: &[&str]) -> String {
        let program = self.course.program(arguments).env_remove("ADEM_DRAFT");
        let run = program.env("ADEM_VOICES", self.outside.path()).run();
        run.assert_no_panic();
        assert_eq!(run.code, 0, "{}", run.stderr);
        String::from_utf8(run.stdout).unwrap() + &run.stderr
    }

    /// Replaces a path in the course with a link.
    fn link(&self, path: &str, to: &Path) {
        let path = self.course.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            let _ = std::fs::remove_file(&path);
        }
        symlink(to, path).unwrap();
    }

    /// A voice whose draft command writes a marker file outside the course and copies a recording of the course.
    fn talk(&self, mark: &str) -> PathBuf {
        let mark = self.outside.path().join(mark);
        let sound = self.course.path("voice/nl/anna/plek/vrij.wav");
        let copy = self.outside.path().join("copy.wav");
        if sound.exists() {
            std::fs::rename(&sound, &copy).unwrap();
        }
        let script = format!("touch '{}'; cp '{}' \"$2\"", mark.display(), copy.display());
        self.course.write(
            "voice/nl/anna/voice.toml",
            format!(
                "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna\"\nlicence = \"CC0-1.0\"\n\
                 draft = {{ command = [\"sh\", \"-c\", '''{script}''', \"sh\", \"{{text}}\", \"{{out}}\"] }}\n"
            ),
        );
        mark
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = self.course.adem(arguments);
        run.assert_no_panic();
        run
    }

    fn files_outside(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.outside.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

const RENDER: [&str; 3] = ["render", "plek", "--bed"];

fn assert_refused(run: &Run, place: &str) {
    assert!([1, 2, 4].contains(&run.code), "{place}: {}", run.stderr);
    for word in [place, "adem trust", "--trust"] {
        assert!(run.stderr.contains(word), "{place}: no {word} in {}", run.stderr);
    }
}

#[test]
fn no_read_of_a_course_follows_a_link_out_of_it() {
    let layer = "title = \"Lus\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n[[layer]]\nfile = \"lus.wav\"\n";
    for place in [
        "voice/nl/anna/plek/vrij.wav",
        "voice/nl/anna/plek",
        "voice",
        "ambience/lus.wav",
        "scripts",
        "scripts/plek.toml",
        "scripts/po/en.po",
        "course.toml",
        "cover.png",
    ] {
        let stranger = Stranger::new();
        stranger.course.write("ambience/lus.toml", layer);
        stranger.course.sound("ambience/lus.wav", "noise 2");
        if place == "cover.png" {
            let text = String::from_utf8(stranger.course.read("course.toml")).unwrap();
            stranger.course.write("course.toml", text + "[publish]\ncover = \"cover.png\"\n");
            std::fs::write(stranger.course.path(place), b"no picture").unwrap();
        }
        if Path::new(place).extension().is_some_and(|end| end == "po") {
            stranger.course.write(place, "msgid \"\"\nmsgstr \"\"\n");
        }
        // The original is outside now, with a link in its place.
        let target = stranger.outside.path().join("moved");
        std::fs::rename(stranger.course.path(place), &target).unwrap();
        stranger.link(place, &target);
        let format = ["--format", "flac", "-o", "t.flac"];
        let run = stranger.run(&[&RENDER[..], &["lus"], &format].concat());
        assert_refused(&run, place.split('/').next_back().unwrap());
        assert!(!stranger.course.has("t.flac"), "{place}");
        let check = stranger.run(&["check"]);
        assert_refused(&check, place);
        assert!(check.stderr.contains("untrusted-link"), "{}", check.stderr);
        assert!(stranger.run(&["check", "--trust"]).code == 0 || place == "cover.png", "{place}");
        if place != "cover.png" {
            let run = stranger.run(&[&RENDER[..], &["lus", "--trust"], &format].concat());
            assert_eq!(run.code, 0, "{place}: {}", run.stderr);
        }
    }
}

#[test]
fn links_within_a_course_are_followed() {
    let stranger = Stranger::new();
    let sound = stranger.course.path("takes/one.wav");
    stranger.course.sound("takes/one.wav", "speech 1");
    stranger.link("voice/nl/anna/plek/vrij.wav", &sound);
    assert_eq!(stranger.run(&["render", "plek", "-o", "t.wav"]).code, 0);
}

#[test]
fn paths_that_leave_a_course_are_refused_trusted_or_not() {
    let stranger = Stranger::new();
    let secret = stranger.secret("secret.wav");
    for path in [secret.display().to_string(), "../../secret.wav".to_owned()] {
        stranger.course.write(
            "ambience/lus.toml",
            format!("title = \"Lus\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n[[layer]]\nfile = \"{path}\"\n"),
        );
        for trust in [&[][..], &["--trust"]] {
            let run = stranger.run(&[&RENDER[..], &["lus", "-o", "t.wav"], trust].concat());
            assert_eq!(run.code, 1, "{path}: {}", run.stderr);
        }
    }
}

#[test]
fn nothing_is_written_through_a_link_of_an_untrusted_course() {
    let usual = "out/plek-nl.wav";
    let render = ["render", "plek"];
    for (link, to_folder) in [("out", true), (usual, false), ("out/plek-nl.timeline.json", false)] {
        let stranger = Stranger::new();
        let target = stranger.outside.path().join("target");
        if to_folder {
            std::fs::create_dir(&target).unwrap();
        }
        stranger.link(link, &target);
        let run = stranger.run(&render);
        assert_refused(&run, "link");
        assert!(if to_folder { std::fs::read_dir(&target).unwrap().count() == 0 } else { !target.exists() });
        assert_eq!(stranger.run(&[&render[..], &["--trust"]].concat()).code, 0);
    }
    // A broken link is neither read nor created.
    let stranger = Stranger::new();
    let target = stranger.outside.path().join("target");
    stranger.link("scripts/po/adem.pot", &target);
    assert_refused(&stranger.run(&["translate", "extract"]), "adem.pot");
    assert!(!target.exists());
}

#[test]
fn a_cache_that_is_a_link_is_left_alone() {
    for link in [".adem", ".adem/facts", ".adem/clips"] {
        let stranger = Stranger::new();
        let target = stranger.outside.path().join("cache");
        std::fs::create_dir(&target).unwrap();
        stranger.link(link, &target);
        assert_eq!(stranger.run(&["render", "plek", "-o", "t.wav"]).code, 0);
        assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0, "{link}");
    }
}

#[test]
fn a_draft_command_runs_when_trusted_and_a_changed_one_needs_trust_again() {
    let stranger = Stranger::new();
    let draft = ["plan", "plek", "--draft"];
    let first = stranger.talk("first");
    let refused = stranger.run(&draft);
    assert_refused(&refused, "voice/nl/anna/voice.toml");
    assert!(refused.stderr.contains("touch"), "what it would run is shown: {}", refused.stderr);
    assert!(!first.exists());
    assert!(stranger.run(&["check"]).code == 0 && !first.exists());

    let once = stranger.run(&[&draft[..], &["--trust"]].concat());
    assert!(once.code == 0 && first.exists(), "{}", once.stderr);
    assert_refused(&stranger.run(&draft), "voice/nl/anna/voice.toml");

    let trusted = stranger.run(&["trust"]);
    assert!(trusted.code == 0 && trusted.stderr.contains("touch"), "{}", trusted.stderr);
    assert_eq!(stranger.run(&draft).code, 0);

    let second = stranger.talk("second");
    assert_refused(&stranger.run(&draft), "voice/nl/anna/voice.toml");
    assert!(!second.exists());
    stranger.run(&["trust"]);
    assert!(stranger.run(&draft).code == 0 && second.exists());

    let removed = stranger.run(&["trust", "--remove"]);
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    assert_refused(&stranger.run(&draft), "voice/nl/anna/voice.toml");
    assert_eq!(stranger.files_outside(), ["copy.wav", "first", "second"]);
}

#[test]
fn an_engine_of_the_user_speaks_without_trust_and_one_machine_speaks_a_whole_track() {
    let stranger = Stranger::new();
    let course = &stranger.course;
    course.edit("scripts/plek.toml", "steps = [", "steps = [\n  { say = \"Welkom.\", id = \"welkom\" },");
    course.edit("scripts/plek.toml", "language = \"nl\"", "track = 1\nlanguage = \"nl\"");
    let voice = |engine: &str| {
        let text = format!(
            "name = \"Duif\"\nkind = \"synthetic\"\nengine = \"{engine}\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n"
        );
        course.write("voice/nl/anna/voice.toml", text);
    };
    course.append("course.toml", "[[delivery]]\nname = \"web\"\nformats = [\"flac\"]\ndrafts = true\n");
    stranger.install("kokoro", "0.2");

    // Its clip was made by what speaks here.
    voice("kokoro");
    let plan = ["plan", "plek", "--draft"];
    let told = stranger.with_engines(&plan);
    assert!(told.contains("drafts: 1 of 2 phrases spoken by kokoro 0.2, if_sara, Apache-2.0\n"), "{told}");
    assert!(!told.contains("left out"), "{told}");

    // Its clip was made by another engine, whose voice would come in the middle.
    voice("hibari");
    let told = stranger.with_engines(&plan);
    assert!(told.contains("drafts: 2 phrases spoken by kokoro"), "{told}");
    assert!(told.contains("its clips by hibari, which does not speak here, are left out"), "{told}");
    stranger.with_engines(&["build"]);
    let manifest = String::from_utf8(course.read("out/web/manifest.json")).unwrap();
    for said in ["\"nl/kokoro\"", "\"kokoro 0.2\"", "\"Apache-2.0\""] {
        assert!(manifest.contains(said), "{said}: {manifest}");
    }
    assert!(stranger.with_engines(&["build", "--dry-run"]).contains("0 versions to render"));

    // Another version of it speaks otherwise.
    stranger.install("kokoro", "0.3");
    let why = stranger.with_engines(&["build", "--dry-run", "--why"]);
    assert!(why.contains("voice of drafts"), "{why}");
}

#[test]
fn a_link_is_followed_when_it_is_trusted_and_a_new_or_changed_one_asks_again() {
    let stranger = Stranger::new();
    let (clip, plan) = ("voice/nl/anna/plek/vrij.wav", ["plan", "plek"]);
    stranger.link(clip, &stranger.secret("first.wav"));
    assert_refused(&stranger.run(&plan), clip);
    let trusted = stranger.run(&["trust"]);
    assert!(trusted.stderr.contains("first.wav"), "what it may read is shown: {}", trusted.stderr);
    for arguments in [&plan[..], &["check"], &["render", "plek", "-o", "t.wav"]] {
        let run = stranger.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }

    // Changed.
    stranger.link(clip, &stranger.secret("second.wav"));
    for arguments in [&plan[..], &["check"], &["render", "plek", "-o", "u.wav"]] {
        assert_refused(&stranger.run(arguments), clip);
    }
    assert_eq!(stranger.run(&[&plan[..], &["--trust"]].concat()).code, 0);
    stranger.run(&["trust"]);
    assert_eq!(stranger.run(&plan).code, 0);
    stranger.link(clip, &stranger.outside.path().join("first.wav"));
    assert_refused(&stranger.run(&plan), clip);
    stranger.run(&["trust"]);

    // New, to be read and to be written through.
    let target = stranger.outside.path().join("target");
    std::fs::create_dir(&target).unwrap();
    stranger.link("out", &target);
    assert_refused(&stranger.run(&["render", "plek"]), "out");
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
    stranger.run(&["trust"]);
    assert_eq!(stranger.run(&["render", "plek"]).code, 0);
    assert!(target.join("plek-nl.wav").exists());
    stranger.link("scripts/more.toml", &stranger.secret("third.wav"));
    assert_refused(&stranger.run(&["check"]), "scripts/more.toml");
}

#[test]
fn a_cache_behind_a_link_is_used_when_the_link_is_trusted() {
    let stranger = Stranger::new();
    let target = stranger.outside.path().join("cache");
    std::fs::create_dir(&target).unwrap();
    stranger.link(".adem", &target);
    stranger.run(&["trust"]);
    assert_eq!(stranger.run(&["plan", "plek"]).code, 0);
    assert_ne!(std::fs::read_dir(&target).unwrap().count(), 0);
}

#[test]
fn a_course_is_trusted_where_it_lies_however_it_is_named() {
    let stranger = Stranger::new();
    let secret = stranger.secret("secret.wav");
    stranger.link("voice/nl/anna/plek/vrij.wav", &secret);
    let another = stranger.outside.path().join("another-name");
    symlink(stranger.course.root(), &another).unwrap();
    let by_another_name = ["-C", another.to_str().unwrap(), "plan", "plek"];
    assert_ne!(stranger.run(&by_another_name).code, 0);
    let trusted = stranger.run(&["trust"]);
    assert!(trusted.stderr.contains("voice/nl/anna/plek/vrij.wav"), "{}", trusted.stderr);
    assert_eq!(stranger.run(&by_another_name).code, 0);
    // This folder is trusted, not copies of it.
    let other = Stranger::new();
    other.link("voice/nl/anna/plek/vrij.wav", &secret);
    let state = stranger.course.path(".state");
    let run = other.course.program(&["plan", "plek"]).env("ADEM_STATE", &state).run();
    assert_ne!(run.code, 0);
}
