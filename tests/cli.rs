//! The command line: every command, run as a program in a temporary course.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use support::program::Program;
use support::sound::{self, Sound};
use support::{Course, Run};

/// A rendered file of the course.
fn file(course: &Course, path: &str) -> Sound {
    sound::read(&course.read(path))
}

/// Renders with `-o -` and returns the bytes.
fn stream(course: &Course, arguments: &[&str]) -> Vec<u8> {
    course.succeed(&[&["render", "2", "-o", "-"], arguments].concat()).stdout
}

/// The kinds of events in a timeline, sorted, each once.
fn kinds(timeline: &Value) -> Vec<String> {
    let events = timeline["events"].as_array().unwrap().iter();
    let kinds: std::collections::BTreeSet<_> =
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect();
    kinds.into_iter().collect()
}

fn phrases(timeline: &Value) -> Vec<&str> {
    let events = timeline["events"].as_array().unwrap().iter();
    events.filter(|event| event["kind"] == "phrase").map(|event| event["id"].as_str().unwrap()).collect()
}

fn snapshot(name: &str, run: &Run) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, run.shown()) });
}

// check

#[test]
fn a_good_course_has_no_errors() {
    snapshot("check", &Course::new().adem(&["check"]));
}

#[test]
fn errors_of_all_files_are_reported_at_once_and_set_the_exit_code() {
    let course = Course::new();
    course.edit("scripts/plek.toml", "pause = 1", "puase = 1");
    course.edit("scripts/fragments/slot.toml", "id = \"tot\"", "id = \"Tot ziens\"");
    course.edit("course.toml", "beth", "bett");
    snapshot("check-errors", &course.adem(&["check"]));
    let run = course.adem(&["check", "scripts/fragments"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("Tot ziens") && !run.stderr.contains("puase"), "{}", run.stderr);
    assert_eq!(course.adem(&["check", "ambience"]).code, 0, "nothing is wrong there");
}

#[test]
fn check_as_json_is_one_document_with_every_place() {
    let course = Course::new();
    course.edit("scripts/plek.toml", "pause = 1", "puase = 1");
    let run = course.adem(&["check", "--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    let found = &document["diagnostics"][0];
    assert_eq!(found["code"], "unknown-key");
    assert_eq!(found["severity"], "error");
    assert_eq!(found["place"]["file"], "scripts/plek.toml");
    assert_eq!(found["patch"]["edits"][0]["replacement"], "pause");
    let text = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    let line = text.lines().position(|line| line.contains("puase")).unwrap();
    let column = text.lines().nth(line).unwrap().find("puase").unwrap();
    assert_eq!(found["place"]["line"], line + 1);
    assert_eq!(found["place"]["column"], column + 1);
    let edit = &found["patch"]["edits"][0];
    let (start, end) = (edit["start"].as_u64().unwrap(), edit["end"].as_u64().unwrap());
    assert_eq!(&text[start as usize..end as usize], "puase");
    let good: Value = serde_json::from_slice(&Course::new().succeed(&["check", "--json"]).stdout).unwrap();
    assert_eq!(good["diagnostics"], serde_json::json!([]));
}

// plan

#[test]
fn the_plan_is_a_table() {
    let course = Course::new();
    course.succeed(&["plan", "2"]);
    snapshot("plan", &course.adem(&["plan", "2"]));
    snapshot("plan-en-light", &course.adem(&["plan", "plek", "--lang", "en", "--guidance", "light"]));
}

#[test]
fn the_plan_as_json_has_every_key_that_others_build_on() {
    let course = Course::new();
    course.remove("voice/nl/anna/plek/voeten.wav");
    let timeline = course.plan(&["2"]);
    for (key, value) in [("script", "plek"), ("language", "nl"), ("voice", "anna"), ("guidance", "full")] {
        assert_eq!(timeline[key], value, "{key}");
    }
    for (key, value) in [("schema", 1), ("seed", 0), ("rate", 48_000)] {
        assert_eq!(timeline[key], value, "{key}");
    }
    let frames = timeline["frames"].as_u64().unwrap();
    let chapters: Vec<_> = timeline["chapters"].as_array().unwrap().iter().map(|c| &c["title"]).collect();
    assert_eq!(chapters, ["Aankomen", "Adem", "Slot"]);
    assert_eq!(timeline["chapters"][0]["start"], 0);
    assert_eq!(kinds(&timeline), ["bed", "bell", "breath", "phrase"]);
    for event in timeline["events"].as_array().unwrap() {
        for key in ["id", "kind"] {
            assert!(event[key].is_string(), "{key} of {event}");
        }
        for key in ["occurrence", "part", "start", "frames"] {
            assert!(event[key].is_u64(), "{key} of {event}");
        }
        assert!(event["start"].as_u64().unwrap() + event["frames"].as_u64().unwrap() <= frames, "{event}");
        if event["kind"] == "phrase" {
            let recorded = event["id"] != "plek/voeten";
            assert!(event["text"].is_string(), "{event}");
            assert_eq!(event["clip"].is_string(), recorded, "{event}");
            assert_eq!(event["predicted"], !recorded, "{event}");
            assert_eq!(event["draft"], false, "{event}");
            assert_eq!(event["safety"], event["id"] == "plek/vrij", "{event}");
        }
    }
    let said: Vec<_> = phrases(&timeline);
    assert_eq!(said, ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit", "slot/tot"]);
}

#[test]
fn a_script_is_an_id_a_track_number_or_a_path() {
    let course = Course::new();
    let wanted = course.plan(&["plek"]);
    assert_eq!(course.plan(&["2"]), wanted);
    assert_eq!(course.plan(&["scripts/plek.toml"]), wanted);
    let elsewhere = Course::empty();
    let run = elsewhere.succeed(&["-C", course.root().to_str().unwrap(), "plan", "2", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&run.stdout).unwrap(), wanted);
}

#[test]
fn a_course_that_does_not_exist_is_not_another_one() {
    let course = Course::new();
    for path in ["nowhere", "scripts/nope", "../nowhere"] {
        let run = course.adem(&["-C", path, "list"]);
        let expected = format!("{path} does not exist");
        assert!(
            run.code == 2 && run.stdout.is_empty() && run.stderr.contains(&expected),
            "{path}: {}",
            run.stderr
        );
    }
    let run = course.adem(&["-C", "script", "list"]);
    assert!(run.stderr.contains("did you mean scripts?"), "{}", run.stderr);
}

#[test]
fn what_was_meant_by_a_version_is_said() {
    let course = Course::new();
    for (words, expected) in [
        (&["render", "1", "–draft"][..], "did you mean `--draft`?"),
        (&["plan", "2", "--level", "full"], "did you mean '--guidance'?"),
        (&["render", "2", "--format", "mp3", "opus"], "write --format mp3,opus"),
        (&["render", "2", "--format", "mp4"], "did you mean `m4a`?"),
        (&["plan", "2", "--guidance", "light,full"], "one at a time: `light`"),
        (&["render", "2", "--seed", "abc"], "write a whole number"),
        (&["render", "2", "--length", "3m-5m"], "several with a comma: 3m,5m"),
        (&["render", "2,2"], "did you mean `2`?"),
        (&["render", "#2"], "did you mean `2`?"),
        (&["plan", "track2"], "did you mean `2`?"),
        (&["render", "all"], "did you mean `2`?"),
        (&["plan", "2", "--bed", "regen.toml"], "did you mean `regen`?"),
    ] {
        let run = course.adem(words);
        assert!(run.code == 2 && run.stderr.contains(expected), "{words:?}: {}", run.stderr);
        assert!(!run.stderr.contains("as a value"), "{words:?}: {}", run.stderr);
    }
}

// render

#[test]
fn a_render_is_as_long_as_its_plan_and_its_timeline_is_written_beside_it() {
    let course = Course::new();
    let plan = course.plan(&["2"]);
    let run = course.succeed(&["render", "2"]);
    snapshot("render", &run);
    assert_eq!(
        course.files("out"),
        ["chapters.json", "qc.json", "timeline.json", "transcript.md", "vtt", "wav"]
            .map(|ending| format!("out/02-plek-nl.{ending}"))
    );
    let track = file(&course, "out/02-plek-nl.wav");
    assert_eq!((track.rate, track.bits, track.planes.len()), (48_000, 24, 2));
    assert_eq!(track.frames(), plan["frames"].as_u64().unwrap());
    let mut beside: Value = serde_json::from_slice(&course.read("out/02-plek-nl.timeline.json")).unwrap();
    let generation = beside.as_object_mut().unwrap().remove("generation");
    assert!(generation.is_some_and(|generation| generation.is_string()), "a render says which one it is");
    let asked = beside.as_object_mut().unwrap().remove("asked");
    assert_eq!(asked.unwrap()["script"], "plek");
    let chosen = ["mix", "preset"].map(|key| beside.as_object_mut().unwrap().remove(key).unwrap());
    assert_eq!((chosen, beside), (["full".into(), "stream".into()], plan));
    course.succeed(&["render", "2", "-o", "elsewhere/track.wav"]);
    assert_eq!(course.read("elsewhere/track.wav"), course.read("out/02-plek-nl.wav"));
    assert!(course.has("elsewhere/track.timeline.json"));
}

#[test]
fn a_stream_has_the_bytes_of_the_file_and_writes_nothing_to_the_disk() {
    let course = Course::new();
    let streamed = stream(&course, &[]);
    assert!(!course.has("out"));
    course.succeed(&["render", "2"]);
    assert!(streamed == course.read("out/02-plek-nl.wav"), "stream and file differ");
}

#[test]
fn every_file_has_the_format_and_rate_that_were_asked_for() {
    let course = Course::new();
    for (format, bits) in [("wav16", 16), ("wav24", 24), ("wav", 24), ("wav32f", 32)] {
        let sound = sound::read(&stream(&course, &["--format", format]));
        assert_eq!((sound.bits, sound.rate), (bits, 48_000), "{format}");
    }
    let plan = course.plan(&["2", "--rate", "44100"]);
    let sound = sound::read(&stream(&course, &["--rate", "44100"]));
    assert_eq!((plan["rate"].as_u64(), sound.rate), (Some(44_100), 44_100));
    assert_eq!(sound.frames(), plan["frames"].as_u64().unwrap());
    let seconds = |plan: &Value| plan["frames"].as_f64().unwrap() / plan["rate"].as_f64().unwrap();
    assert!(
        (seconds(&plan) - seconds(&course.plan(&["2"]))).abs() < 0.01,
        "the length does not depend on the rate"
    );
}

#[test]
fn formats_with_one_ending_do_not_overwrite_each_other_in_one_render_or_in_two() {
    let course = Course::new();
    let bits = |name: &str| file(&course, &format!("out/02-plek-nl{name}.wav")).bits;
    course.succeed(&["render", "2", "--format", "wav16,wav24"]);
    assert_eq!((bits(""), bits("_wav16")), (24, 16));
    for format in ["wav32f", "wav16", "wav"] {
        course.succeed(&["render", "2", "--format", format]);
    }
    assert_eq!((bits(""), bits("_wav16"), bits("_wav32f")), (24, 16, 32));
    // The timeline lies beside the first file of a render, and is found from the others.
    for name in ["timeline.json", "qc.json"] {
        for format in ["_wav16", "_wav32f"] {
            course.remove(&format!("out/02-plek-nl{format}.{name}"));
        }
    }
    let judged = course.adem(&["qc", "out/02-plek-nl_wav16.wav", "--json"]);
    let judged = String::from_utf8(judged.stdout).unwrap();
    assert!(judged.contains("\"row\": 1,") && !judged.contains("no timeline"), "{judged}");
}

#[test]
fn stems_add_up_to_the_file_bit_for_bit_where_nothing_is_limited() {
    let course = Course::new();
    let run = course.succeed(&["render", "2", "--format", "wav32f", "--stems", "stems"]);
    assert!(run.stderr.contains("the limiter was not active"), "{}", run.stderr);
    assert_eq!(course.files("stems"), ["stems/bed.wav", "stems/cues.wav", "stems/voice.wav"]);
    let track = file(&course, "out/02-plek-nl_wav32f.wav");
    let [voice, cues, bed] = ["voice", "cues", "bed"].map(|stem| file(&course, &format!("stems/{stem}.wav")));
    for stem in [&voice, &cues, &bed] {
        assert_eq!((stem.bits, stem.rate, stem.frames()), (32, track.rate, track.frames()));
        assert!(stem.level(0, stem.frames()) > -90.0, "every stem holds something");
    }
    for channel in 0..2 {
        for frame in 0..track.planes[0].len() {
            let sum =
                (voice.planes[channel][frame] + cues.planes[channel][frame]) + bed.planes[channel][frame];
            assert_eq!(sum, track.planes[channel][frame], "channel {channel}, frame {frame}");
        }
    }
}

#[test]
fn a_mix_is_a_choice_of_stems_and_changes_nothing_else() {
    let course = Course::new();
    course.succeed(&["render", "2", "--format", "wav32f", "--stems", "stems"]);
    for mix in ["voice", "bed"] {
        let alone = sound::read(&stream(&course, &["--format", "wav32f", "--mix", mix]));
        assert!(alone.planes == file(&course, &format!("stems/{mix}.wav")).planes, "{mix} alone is its stem");
    }
    assert!(
        course.succeed(&["render", "2", "--mix", "voice"]).stderr.contains("out/02-plek-nl_only-voice.wav")
    );
}

#[test]
fn turning_off_the_bed_and_the_cues_changes_nothing_else() {
    let course = Course::new();
    course.succeed(&["render", "2", "--format", "wav32f", "--stems", "all"]);
    course
        .succeed(&["render", "2", "--format", "wav32f", "--stems", "bare", "--bed", "none", "--cues", "off"]);
    assert!(course.has("out/02-plek-nl_bed-none_no-cues_wav32f.wav"));
    // The files differ in the tag that says which render they are of.
    let voice = |folder: &str| file(&course, &format!("{folder}/voice.wav")).planes;
    assert!(voice("all") == voice("bare"), "the voice stays where it was");
    for stem in ["bed", "cues"] {
        let gone = file(&course, &format!("bare/{stem}.wav"));
        assert!(gone.planes.iter().flatten().all(|sample| *sample == 0.0), "{stem}");
    }
    let timeline = course.plan(&["2", "--bed", "none", "--cues", "off"]);
    assert_eq!(kinds(&timeline), ["phrase"]);
    assert_eq!(timeline["frames"], course.plan(&["2"])["frames"]);
}

#[test]
fn omitted_phrases_become_silence_and_safety_phrases_stay() {
    let course = Course::new();
    let full = course.plan(&["2"]);
    let light = course.plan(&["2", "--guidance", "light"]);
    let bells = course.plan(&["2", "--guidance", "bells"]);
    assert_eq!(phrases(&light), ["plek/welkom", "plek/vrij", "plek/in-uit", "slot/tot"]);
    assert_eq!(light["left_out"], serde_json::json!([{ "id": "plek/voeten", "part": 0, "why": "guidance" }]));
    assert!(phrases(&bells).is_empty());
    for version in [&light, &bells] {
        let (own, whole) = (version["frames"].as_i64().unwrap(), full["frames"].as_i64().unwrap());
        assert!((own - whole).abs() <= 48_000 / 5, "all levels have the same natural length: {own} {whole}");
    }
    course.succeed(&["render", "2", "--guidance", "light"]);
    course.succeed(&["render", "2", "--guidance", "bells", "--stems", "stems"]);
    assert!(course.has("out/02-plek-nl_light.wav") && course.has("out/02-plek-nl_bells.wav"));
    assert!(file(&course, "stems/voice.wav").planes[0].iter().all(|sample| *sample == 0.0));
}

#[test]
fn a_seed_changes_the_bed_and_nothing_else() {
    let course = Course::new();
    course.succeed(&["render", "2", "--stems", "a", "--seed", "1"]);
    course.succeed(&["render", "2", "--stems", "b", "--seed", "2"]);
    let stem = |path: &str| file(&course, path).planes;
    assert!(stem("a/voice.wav") == stem("b/voice.wav"));
    assert!(stem("a/cues.wav") == stem("b/cues.wav"));
    assert!(stem("a/bed.wav") != stem("b/bed.wav"));
    assert_eq!(course.plan(&["2", "--seed", "7"])["seed"], 7);
}

#[test]
fn a_preset_of_the_course_is_used() {
    let course = Course::new();
    let run = course.succeed(&["render", "2", "--preset", "whole", "--format", "wav32f"]);
    assert!(run.stderr.contains("preset whole: the whole file at -20.0 LUFS"), "{}", run.stderr);
    let integrated = file(&course, "out/02-plek-nl_preset-whole_wav32f.wav").integrated();
    assert!((integrated + 20.0).abs() < 0.1, "{integrated}");
}

// Wrong usage and missing things

#[test]
fn wrong_usage_and_errors_in_files_have_different_exit_codes() {
    let course = Course::new();
    for arguments in [
        &["rendr", "2"][..],
        &["render"],
        &["render", "2", "--rate", "12"],
        &["render", "2", "--format", "mp4"],
        &["render", "2", "--guidance", "some"],
        &["render", "2", "--lang", "dutch"],
        &["render", "2", "--seed", "-1"],
        &["render", "2", "-o", "track.mp4"],
        &["render", "2", "-o", "track"],
        &["render", "9"],
        &["render", "plk"],
        &["render", "2", "--bed", "bruiz"],
        &["render", "2", "--voice", "ana"],
        &["render", "2", "--preset", "steam"],
        &["render", "2", "--lang", "fr"],
        &["check", "nergens.toml"],
    ] {
        let run = course.adem(arguments);
        assert_eq!((run.code, run.stdout.len()), (2, 0), "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}\n{}", run.stderr);
    }
    assert!(!course.has("out"), "nothing was written");
    assert_eq!(Course::empty().adem(&["check"]).code, 2);
    assert_eq!(course.adem(&["--help"]).code, 0);
    assert_eq!(course.adem(&["--version"]).code, 0);
}

#[test]
fn the_nearest_names_are_suggested() {
    let course = Course::new();
    for (wanted, offered) in [("plk", "did you mean `plek`?"), ("9", "available: track `2`")] {
        let run = course.adem(&["plan", wanted]);
        assert!(run.stderr.contains(offered), "{}", run.stderr);
    }
}

#[test]
fn a_value_of_a_known_set_is_read_in_any_case_or_answered_with_what_was_meant() {
    let course = Course::new();
    for (words, near) in [
        (&["plan", "plek", "--guidance", "licht"][..], "light"),
        (&["plan", "plek", "--guidance", "vol"], "full"),
        (&["plan", "plek", "--lang", "Nederlands"], "nl"),
        (&["plan", "plek", "--lang", "dutch"], "nl"),
        (&["plan", "plek", "--lang", "nl-BE"], "nl"),
        (&["plan", "plek", "--lock-parts", "english"], "en"),
        (&["plan", "plek", "--preset", "Stream"], "stream"),
        (&["plan", "plek", "--bed", "Lus"], "lus"),
        (&["plan", "plek", "--bed", "geen"], "none"),
        (&["plan", "plek", "--voice", "Anna"], "anna"),
        (&["plan", "plek", "--cues", "uit"], "off"),
        (&["plan", "Plek"], "plek"),
        (&["render", "plek", "--format", "mp4a"], "m4a"),
        (&["render", "plek", "--mix", "voise"], "voice"),
        (&["export", "reapr", "plek"], "reaper"),
        (&["completions", "zhs"], "zsh"),
        (&["plan", "plek", "--color", "nevr"], "never"),
        (&["new", "een-plek", "--lang", "Deutsch"], "de"),
        (&["translate", "status", "--lang", "Engels"], "en"),
        (&["qc", "a.wav", "--preset", "Stream"], "stream"),
    ] {
        let run = course.adem(words);
        let told = format!("did you mean `{near}`?");
        assert!(run.code == 2 && run.stderr.contains(&told), "{words:?}: {} {}", run.code, run.stderr);
    }
    for words in [
        &["plan", "plek", "--guidance", "Light"][..],
        &["plan", "plek", "--lang", "NL"],
        &["plan", "plek", "--cues", "ON"],
        &["plan", "plek", "--color", "NEVER"],
        &["completions", "BASH"],
    ] {
        course.succeed(words);
    }
    course.succeed(&["render", "plek", "--format", "WAV16,FLAC", "--mix", "Full", "-o", "out/a.wav"]);
    assert!(course.has("out/a.wav") && course.has("out/a.flac"));
}

#[test]
fn missing_recordings_are_listed_and_stop_a_render_but_not_a_plan() {
    let course = Course::new();
    for clip in ["plek/welkom", "plek/in-uit", "slot/tot"] {
        course.remove(&format!("voice/nl/anna/{clip}.wav"));
    }
    course.succeed(&["plan", "2"]);
    let run = course.adem(&["render", "2"]);
    snapshot("missing-clips", &run);
    assert!(!course.has("out"), "nothing was written");
    // The English voice has all recordings.
    course.succeed(&["render", "2", "--lang", "en"]);
}

#[test]
fn recordings_are_read_in_every_common_format() {
    let course = Course::new();
    for (clip, form) in [("plek/welkom", "192k"), ("plek/vrij", "stereo-upside-down"), ("slot/tot", "8-bit")]
    {
        course.sound(&format!("voice/nl/anna/{clip}.wav"), form);
    }
    // The highest take is used, whatever is wrong with the others.
    course.sound("voice/nl/anna/plek/voeten.wav", "text");
    course.sound("voice/nl/anna/plek/voeten_t2.wav", "speech 1.1");
    let run = course.succeed(&["render", "2", "--stems", "stems"]);
    assert!(run.stderr.contains("has only 8 bits"), "{}", run.stderr);
    let (voice, plan) = (file(&course, "stems/voice.wav"), course.plan(&["2"]));
    for event in plan["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "phrase") {
        let start = event["start"].as_u64().unwrap();
        let level = voice.level(start, start + event["frames"].as_u64().unwrap());
        assert!(level > -30.0, "{}: {level}", event["id"]);
    }
}

#[test]
fn a_recording_over_which_a_decoder_panics_is_a_damaged_recording() {
    let course = Course::new();
    course.sound("voice/nl/anna/plek/welkom.wav", "overflow");
    let run = course.adem(&["render", "2"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[bad-clip]: voice/nl/anna/plek/welkom.wav "), "{}", run.stderr);
    run.assert_no_panic();
}

// The world

#[test]
fn a_closed_pipe_ends_a_render_without_an_error() {
    let course = Course::new();
    for arguments in
        [&["render", "2", "-o", "-", "--stems", "stems"][..], &["plan", "2", "--json"], &["check", "--json"]]
    {
        let mut child = course.program(arguments).start();
        let mut first = [0; 44];
        let mut stdout = child.stdout.take().unwrap();
        if arguments[0] == "render" {
            stdout.read_exact(&mut first).unwrap();
            assert_eq!(&first[..4], b"RIFF");
        }
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{arguments:?}\n{stderr}");
    }
    assert_eq!(course.files("stems"), [""; 0], "stems of half a track are not kept");
}

/// The small course with enough silence for a render to take seconds.
#[cfg(unix)]
fn long_course() -> Course {
    let course = Course::new();
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = \"6h\"");
    course.edit("scripts/plek.toml", "use = \"bruis\"", "use = \"regen\"");
    course
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_half_written() {
    use std::os::unix::process::ExitStatusExt;
    let course = long_course();
    course.write("out/02-plek-nl.wav", "what was there before");
    let before = course.files("");
    let mut child = course.program(&["render", "2", "--stems", "stems"]).start();
    // It is writing as soon as it has the file open; on systems that cannot say, wait a moment.
    wait_until_it_writes(&mut child);
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.status.signal()), (Some(130), None), "{stderr}");
    assert!(stderr.ends_with("stopped; nothing was written\n"), "{stderr}");
    assert_eq!(course.files(""), before, "no temporary file is left");
    assert_eq!(course.read("out/02-plek-nl.wav"), b"what was there before");
}

#[cfg(unix)]
fn wait_until_it_writes(child: &mut std::process::Child) {
    let open = format!("/proc/{}/fd", child.id());
    for _ in 0..400 {
        assert!(child.try_wait().unwrap().is_none(), "it goes on for long");
        let links = std::fs::read_dir(&open).into_iter().flatten().flatten();
        let writes = |path: &Path| path.to_string_lossy().contains("/stems/");
        if links.filter_map(|link| std::fs::read_link(link.path()).ok()).any(|path| writes(&path)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(!Path::new("/proc/self/fd").exists(), "it began to write");
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_written_is_named_with_a_remedy() {
    let course = Course::new();
    // A file where the folder should be fails for every user, even root.
    course.write("out", "");
    let run = course.adem(&["render", "2"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("error: cannot write ./out/02-plek-nl.wav: "), "{}", run.stderr);
    assert!(run.stderr.contains("move that file away, or write somewhere else"), "{}", run.stderr);
    assert_eq!(course.read("out"), b"");

    course.write("closed/keep", "");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    std::fs::set_permissions(course.path("closed"), closed).unwrap();
    if std::fs::write(course.path("closed/probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let run = course.adem(&["render", "2", "-o", "closed/track.wav"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("it is not permitted; change the rights"), "{}", run.stderr);
    assert_eq!(course.files("closed"), ["closed/keep"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_and_no_file_is_kept() {
    let course = Course::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = course.program(&["render", "2", "-o", "-"]).stdout(Stdio::from(full)).run();
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("error: cannot write standard output: the disk is full"), "{}", run.stderr);

    std::fs::create_dir(course.path("disk")).unwrap();
    let disk = course.path("disk");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this user may not mount a small disk");
        return;
    }
    let run = course.adem(&["render", "2", "-o", "disk/track.wav"]);
    let left = course.files("disk");
    std::process::Command::new("umount").arg(&disk).status().unwrap();
    assert_eq!(run.code, 4);
    assert!(
        run.stderr.contains("cannot write disk/track.wav: the disk is full; free some space"),
        "{}",
        run.stderr
    );
    assert_eq!(left, [""; 0]);
}

#[test]
fn an_output_never_overwrites_a_recording_or_another_output() {
    let course = Course::new();
    let clip = course.read("voice/nl/anna/plek/welkom.wav");
    for arguments in [
        &["-o", "voice/nl/anna/plek/welkom.wav"][..],
        &["-o", "./voice/../voice/nl/anna/plek/welkom.wav"],
        &["--bed", "lus", "-o", "ambience/lus.wav"],
        &["-o", "ambience/bells/tik.wav"],
        &["--stems", "out", "-o", "out/bed.wav"],
    ] {
        let run = course.adem(&[&["render", "2"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}\n{}", run.stderr);
    }
    assert!(course.read("voice/nl/anna/plek/welkom.wav") == clip);
    assert!(!course.has("out"));
}

// The cache

#[test]
fn a_second_render_uses_the_cache_and_has_the_same_bytes() {
    let course = Course::new().with_own_cache();
    let decodes = |run: &Run| run.stderr.contains("decoding");
    let first = course.succeed(&["render", "2", "--bed", "lus"]);
    let bytes = course.read("out/02-plek-nl_bed-lus.wav");
    assert!(decodes(&first), "{}", first.stderr);
    let second = course.succeed(&["render", "2", "--bed", "lus"]);
    assert!(!decodes(&second), "{}", second.stderr);
    assert!(course.read("out/02-plek-nl_bed-lus.wav") == bytes);
    // A changed recording is prepared again.
    course.sound("voice/nl/anna/plek/welkom.wav", "speech 0.9");
    let third = course.succeed(&["render", "2", "--bed", "lus"]);
    assert!(decodes(&third), "{}", third.stderr);
    assert!(course.read("out/02-plek-nl_bed-lus.wav") != bytes);
}

#[test]
fn the_cache_is_where_it_is_set_or_off() {
    let course = Course::new();
    let render = ["render", "2", "--bed", "lus", "-o", "-"];
    let off = course.program(&render).env("ADEM_CACHE", "off").run();
    assert_eq!(course.files(".").iter().filter(|path| path.contains("off")).count(), 0);
    assert!(!course.has(".adem"), "off is off");
    let there = course.program(&render).env("ADEM_CACHE", course.path("kept")).run();
    assert!(course.has("kept") && !course.has(".adem"));
    let warm = course.program(&render).env("ADEM_CACHE", course.path("kept")).run();
    assert!(!warm.stderr.contains("decoding"), "{}", warm.stderr);
    // A cache that cannot be written or has invalid content is not an error.
    course.write("file", "");
    let blocked = course.program(&render).env("ADEM_CACHE", course.path("file")).run();
    for path in course.files("kept") {
        course.write(&path, "nonsense");
    }
    let spoilt = course.program(&render).env("ADEM_CACHE", course.path("kept")).run();
    for run in [there, warm, blocked, spoilt] {
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout == off.stdout, "the bytes do not depend on the cache");
    }
}

#[test]
fn an_invalid_length_is_wrong_usage_and_one_beyond_a_day_is_refused() {
    let course = Course::new();
    for length in ["0", "-5", "0s", "nan", "inf", "1e308", "-1e308", "", "12:99", "9999999999999h"] {
        let run = course.adem(&["plan", "2", &format!("--length={length}")]);
        assert_eq!(run.code, 2, "{length}: {}", run.stderr);
    }
    for command in ["plan", "fit"] {
        let run = course.adem(&[command, "2", "--length", "23h59m59s", "--outside-limits"]);
        assert!(run.code <= 1, "{command}: {}", run.stderr);
    }
}

// colour

/// The arguments of a run with an error in the course, of one that the argument parser refuses, and of `--help`.
const COLOURED: [&[&str]; 3] = [&["check"], &["chekc"], &["--help"]];

/// Such runs, with these variables and arguments before the command.
fn coloured(variables: &[(&str, &str)], arguments: &[&str]) -> (Course, [Program; 3]) {
    let course = Course::new();
    course.edit("scripts/plek.toml", "pause = 1", "puase = 1");
    let programs = COLOURED.map(|command| {
        let unset = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"];
        let program = course.program(&[arguments, command].concat());
        let program = unset.into_iter().fold(program, Program::env_remove);
        variables.iter().fold(program, |program, (name, value)| program.env(name, value))
    });
    (course, programs)
}

fn has_escapes(run: &Run) -> bool {
    // A line of progress moves the cursor, which is no colour.
    let is_colour = |code: &str| {
        let end = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        end.starts_with('m')
    };
    let coloured = |text: &str| text.split("\u{1b}[").skip(1).any(is_colour);
    coloured(&run.stderr) || coloured(run.text())
}

/// Whether such runs write escape codes to pipes.
fn escapes(variables: &[(&str, &str)], arguments: &[&str]) -> [bool; 3] {
    let (_course, programs) = coloured(variables, arguments);
    programs.map(|program| has_escapes(&program.run()))
}

/// Whether they write escape codes to a terminal; `None` where there is none.
#[cfg(unix)]
fn escapes_in_terminal(variables: &[(&str, &str)], arguments: &[&str]) -> Option<[bool; 3]> {
    let terminal = [&[("TERM", "xterm-256color")], variables].concat();
    let (_course, programs) = coloured(&terminal, arguments);
    let [check, mistyped, help] = programs.map(Program::run_in_terminal);
    let runs = [check?, mistyped?, help?];
    assert_eq!(runs.each_ref().map(|run| run.code), [1, 2, 0], "{}", runs[0].text());
    Some(runs.each_ref().map(has_escapes))
}

#[test]
#[cfg(unix)]
fn a_terminal_gets_colour_unless_the_user_or_the_terminal_wants_none() {
    for (variables, arguments, expected) in [
        (&[][..], &[][..], true),
        (&[("TERM", "dumb")], &[], false),
        (&[("NO_COLOR", "1")], &[], false),
        (&[("CLICOLOR", "0")], &[], false),
        (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], &[], true),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[], false),
        (&[("CLICOLOR_FORCE", "1")], &["--color=never"], false),
        (&[("TERM", "dumb"), ("NO_COLOR", "1")], &["--color=always"], true),
        (&[], &["--color=auto"], true),
    ] {
        let Some(found) = escapes_in_terminal(variables, arguments) else { return };
        assert_eq!(found, [expected; 3], "{variables:?} {arguments:?}");
    }
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_the_user_forces_them() {
    assert_eq!(escapes(&[], &[]), [false; 3]);
    assert_eq!(escapes(&[], &["--color", "auto"]), [false; 3]);
    assert_eq!(escapes(&[("TERM", "dumb")], &[]), [false; 3]);
    assert_eq!(escapes(&[("CLICOLOR_FORCE", "1")], &[]), [true; 3]);
    assert_eq!(escapes(&[], &["--color", "always"]), [true; 3]);
    assert_eq!(escapes(&[], &["--color=always"]), [true; 3]);
}

#[test]
fn no_color_wins_over_a_forced_one_and_the_option_over_both() {
    assert_eq!(escapes(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[]), [false; 3]);
    assert_eq!(escapes(&[("NO_COLOR", "1")], &["--color=always"]), [true; 3]);
    assert_eq!(escapes(&[("CLICOLOR_FORCE", "1")], &["--color=never"]), [false; 3]);
}

#[test]
fn the_checklist_is_coloured_and_json_never_is() {
    let course = Course::new();
    course.succeed(&["render", "2", "-o", "t.wav"]);
    let table = |arguments: &[&str]| course.adem(&[arguments, &["qc", "t.wav"]].concat()).stdout;
    assert!(table(&["--color=always"]).windows(5).any(|bytes| bytes == b"\x1b[32m"));
    assert!(!table(&["--color=never"]).contains(&0x1b));
    assert!(!course.adem(&["--color=always", "qc", "t.wav", "--json"]).stdout.contains(&0x1b));
}

#[test]
fn another_word_for_colour_is_wrong_usage() {
    let run = Course::new().adem(&["--color", "sometimes", "check"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`auto`, `always` and `never`"), "{}", run.stderr);
}
