//! `adem check`: what it finds beyond the texts, and that what it proposes is right.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use serde_json::Value;
use support::{Course, recordings, sound};

/// What was found, as JSON.
fn found(course: &Course) -> Vec<Value> {
    let run = course.adem(&["check", "--json"]);
    run.assert_no_panic();
    let document: Value =
        serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    document["diagnostics"].as_array().unwrap().clone()
}

/// What was found under a code.
fn of_code(course: &Course, code: &str) -> Vec<Value> {
    found(course).into_iter().filter(|one| one["code"] == code).collect()
}

/// A text with a patch applied.
fn applied(text: &str, patch: &Value) -> String {
    let [edit] = patch["edits"].as_array().unwrap().as_slice() else { panic!("one edit: {patch}") };
    let at = |name: &str| edit[name].as_u64().unwrap() as usize;
    format!("{}{}{}", &text[..at("start")], edit["replacement"].as_str().unwrap(), &text[at("end")..])
}

fn script(length: &str, most: &str) -> String {
    format!(
        "language = \"nl\"\ntitle = \"De plek\"\nlength = {length}\nlevels = [\"full\", \"light\"]\n\n[[part]]\nsteps = [\n  \
         {{ say = \"Je kunt altijd stoppen.\", id = \"vrij\", safety = true, pause = {{ natural = 20, least = 15, most = {most} }} }},\n  \
         {{ say = \"Er zijn voeten op de grond.\", id = \"voeten\", pause = 2 }},\n]\n"
    )
}

#[test]
fn what_is_read_before_a_track_needs_a_translation() {
    let course = Course::new();
    let general = "languages = [\"nl\", \"en\"]\nbefore = [\"Zet het zacht.\"]";
    course.edit("course.toml", "languages = [\"nl\", \"en\"]", general);
    course.edit("scripts/plek.toml", "title = \"De plek\"", "title = \"De plek\"\nbefore = [\"Ga zitten.\"]");
    let missing = of_code(&course, "not-translated");
    assert_eq!(missing.len(), 2, "{missing:?}");
    for (one, context) in missing.iter().zip(["course:before", "plek:before"]) {
        assert_eq!(one["severity"], "warning");
        assert!(one.to_string().contains(context), "{one}");
    }
    let mut po = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    po.push_str("\nmsgctxt \"course:before\"\nmsgid \"Zet het zacht.\"\nmsgstr \"Keep it soft.\"\n");
    po.push_str("\n#, fuzzy\nmsgctxt \"plek:before\"\nmsgid \"Ga zitten.\"\nmsgstr \"Sit down.\"\n");
    course.write("scripts/po/en.po", po);
    assert_eq!(of_code(&course, "not-translated"), Vec::<Value>::new());
    assert_eq!(of_code(&course, "fuzzy-translation").len(), 1);
}

#[test]
fn a_context_that_no_text_has_is_told_where_it_is_typed() {
    let course = Course::new();
    let right = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    course.edit("scripts/po/en.po", "plek/in-uit", "plek/in-ut");
    let [one] = &of_code(&course, "not-translated")[..] else { panic!("{:?}", found(&course)) };
    assert_eq!(one["place"]["file"], "scripts/po/en.po");
    assert_eq!(one["place"]["line"], 30, "{one:#}");
    assert_eq!(one["message"], "no text has the context `plek/in-ut`, so this translates nothing");
    assert_eq!(one["patch"]["title"], "did you mean `plek/in-uit`?");
    let typed = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    assert_eq!(applied(&typed, &one["patch"]), right);
}

#[test]
fn a_folder_of_another_name_is_an_error_where_a_name_of_the_course_needs_it() {
    for (from, to) in [
        ("ambience", "Ambience"),
        ("ambience/bells", "ambience/Bells"),
        ("voice", "voices"),
        ("voice/nl", "voice/dutch"),
        ("voice/nl/anna/voice.toml", "voice/nl/anna/Voice.toml"),
    ] {
        let course = Course::new();
        std::fs::rename(course.path(from), course.path(to)).unwrap();
        let strays = of_code(&course, "unread-file");
        assert!(strays.iter().any(|one| one["severity"] == "error"), "{to}: {:#?}", found(&course));
        for unknown in ["unknown-bed", "unknown-voice"] {
            assert_eq!(of_code(&course, unknown), Vec::<Value>::new(), "{to}");
        }
    }
}

#[test]
fn a_text_without_its_ending_and_records_with_another_are_named() {
    let course = Course::new();
    course.write("scripts/twee", course.read("scripts/plek.toml"));
    course.write("scripts/LEESMIJ", "text");
    course.write("voice/nl/anna/takes.toml.txt", "");
    course.write("voice/engines/speak.py", "# makes clips");
    let named = |path: &str, meant: &str| (path.to_owned(), format!("did you mean {meant}?"));
    assert_eq!(
        unread(&course),
        [
            named("scripts/twee", "scripts/twee.toml"),
            named("voice/nl/anna/takes.toml.txt", "voice/nl/anna/takes.toml"),
        ]
    );
}

#[test]
fn an_entry_that_translates_nothing_is_told_where_it_stands() {
    let course = Course::new();
    let right = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    let more = "\nmsgid \"Er is niets.\"\nmsgstr \"There is nothing.\"\n\nmsgctxt \"lopen/weg\"\nmsgid \"a\"\nmsgstr \"b\"\n";
    course.write("scripts/po/en.po", format!("{right}{more}"));
    let told: Vec<_> = of_code(&course, "not-translated")
        .iter()
        .map(|one| {
            (one["place"]["file"].as_str().unwrap().to_owned(), one["message"].as_str().unwrap().to_owned())
        })
        .collect();
    let file = "scripts/po/en.po".to_owned();
    assert_eq!(
        told,
        [
            (file.clone(), "this entry has no msgctxt, so it translates nothing".to_owned()),
            (file, "no text has the context `lopen/weg`, so this translates nothing".to_owned()),
        ]
    );
    // Where its text has a context, it is named.
    course.write("scripts/po/en.po", right.replace("msgctxt \"plek/in-uit\"\n", ""));
    let told = of_code(&course, "not-translated");
    let bare = told.iter().find(|one| one["place"]["file"] == "scripts/po/en.po").expect("the entry");
    assert!(bare["help"][0].as_str().unwrap().contains("msgctxt \"plek/in-uit\""), "{bare:#}");
}

#[test]
fn a_script_among_the_fragments_and_a_fragment_among_the_scripts_are_one_message_each() {
    let course = Course::new();
    let script = course.read("scripts/plek.toml");
    course.write("scripts/fragments/plek.toml", &script);
    course.write("scripts/fragments/lopen.toml", script);
    course.write("scripts/slot.toml", course.read("scripts/fragments/slot.toml"));
    course.remove("scripts/fragments/slot.toml");
    let told: Vec<_> = found(&course)
        .iter()
        .map(|one| format!("{}: {}; {}", one["place"]["file"], one["message"], one["help"][0]))
        .collect();
    assert_eq!(
        told,
        [
            r#""scripts/slot.toml": "this file is a fragment: it has steps and no [[part]]"; "fragments lie in scripts/fragments/: move it to scripts/fragments/slot.toml""#,
            r#""scripts/fragments/lopen.toml": "this file is a script: it has a [[part]]"; "scripts lie in scripts/: move it to scripts/lopen.toml""#,
            r#""scripts/fragments/plek.toml": "this file is a script: it has a [[part]]"; "there is a scripts/plek.toml too: remove this file, or give it another name there""#,
        ]
    );
}

#[test]
fn check_says_that_fix_exists_where_it_would_do_something() {
    let course = Course::bare();
    let said = |course: &Course| course.adem(&["check"]).stderr;
    assert!(!said(&course).contains("--fix"));
    course.edit("scripts/plek.toml", "title = \"De plek\"", "titel = \"De plek\"");
    course.edit("scripts/plek.toml", "safety = true", "safety = ja");
    assert!(
        said(&course).ends_with("\n2 of these can be typed by `adem check --fix`\n"),
        "{}",
        said(&course)
    );
    course.succeed(&["check", "--fix"]);
}

#[test]
fn a_cut_recording_of_a_breath_is_one_message() {
    let course = Course::new();
    let mut whole = course.read("voice/nl/anna/plek/in-uit.wav");
    whole.truncate(whole.len() / 3);
    course.write("voice/nl/anna/plek/in-uit.wav", whole);
    let found = found(&course);
    let [one] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(one["code"], "no-beat-pause");
    assert!(one.to_string().contains("in-uit.wav is cut off"), "{one:#}");
    assert!(!one.to_string().contains("record it again"), "{one:#}");
}

#[test]
fn texts_in_the_wrong_place_or_of_another_ending_are_named() {
    let course = Course::new();
    let script = course.read("scripts/plek.toml");
    course.write("scripts/po/EN.po", PO_HEAD);
    course.write("lopen.toml", &script);
    course.write("course (1).toml", course.read("course.toml"));
    course.write("scripts/lopen.TXT", script);
    course.write("scripts/notes.txt", "Nog doen: lopen.");
    course.write("rustfmt.toml", "max_width = 110");
    let mut expected = [
        ("scripts/po/EN.po", "en.po is there too: move what this one has into it"),
        ("lopen.toml", "did you mean scripts/lopen.toml?"),
        ("course (1).toml", "only course.toml is read: is this a copy of it?"),
        ("scripts/lopen.TXT", "did you mean scripts/lopen.toml?"),
    ]
    .map(|(path, meant)| (path.to_owned(), meant.to_owned()));
    expected.sort();
    assert_eq!(unread(&course), expected);
}

#[test]
fn a_length_that_cannot_be_is_mended_by_what_is_proposed() {
    for (length, most, at) in [
        ("{ usual = \"3m\", least = \"2m\", most = \"5m\" }", "40", "\"2m\""),
        ("{ usual = \"30s\", least = \"20s\", most = \"5m\" }", "40", "\"5m\""),
        ("{ usual = \"30s\", least = \"2s\", most = \"40s\" }", "40", "\"2s\""),
        ("{ usual = 10, least = 6, most = 20 }", "\"30m\"", "6"),
    ] {
        let course = Course::bare();
        course.write("scripts/plek.toml", script(length, most));
        let found = of_code(&course, "no-length");
        assert_eq!(found.len(), 1, "{length}: {found:#?}");
        assert_eq!(found[0]["place"]["line"], 3);
        let text = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
        let place = |end: &str| found[0]["place"][end].as_u64().unwrap() as usize;
        assert_eq!(&text[place("start")..place("end")], at, "{length}");
        let corrected = applied(&text, &found[0]["patch"]);
        course.write("scripts/plek.toml", &corrected);
        assert!(of_code(&course, "no-length").is_empty(), "{length}: {corrected}");
        if most.contains('m') {
            assert!(corrected.contains("{ usual = \"10m\", least = \"6m\", most = \"20m\" }"), "{corrected}");
        }
    }
}

#[test]
fn lengths_without_a_unit_are_asked_about_whatever_they_would_be_in_minutes() {
    for (length, most, title, patch) in [
        (
            "{ usual = 10, least = 6, most = 20 }",
            "\"10m\"",
            "did you mean 10m? written so, it is 10 seconds; these are the nearest lengths that can be",
            "{ usual = \"10m\", least = \"6m\", most = \"10m",
        ),
        (
            "{ usual = 10, least = 6, most = 20 }",
            "\"20m\"",
            "did you mean 10m? written so, it is 10 seconds",
            "most = \"20m\"",
        ),
        (
            "{ usual = 10, least = 6, most = 20 }",
            "40",
            "did you mean 10m? written so, it is 10 seconds, and neither can be",
            "usual = \"",
        ),
        (
            "{ usual = 5, least = 5, most = 180 }",
            "40",
            "did you mean 5m? written so, it is 5 seconds",
            "usual = \"",
        ),
        (
            "{ usual = \"10s\", least = 6, most = 20 }",
            "\"20m\"",
            "write lengths that can be",
            "least = \"18s\"",
        ),
    ] {
        let course = Course::bare();
        course.write("scripts/plek.toml", script(length, most));
        let found = of_code(&course, "no-length");
        let told = found[0]["patch"]["title"].as_str().unwrap();
        assert!(told.starts_with(title), "{length}, {most}: {told}");
        let text = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
        let corrected = applied(&text, &found[0]["patch"]);
        assert!(corrected.contains(patch), "{length}, {most}: {corrected}");
        course.write("scripts/plek.toml", &corrected);
        let left = of_code(&course, "no-length");
        assert!(left.iter().all(|one| one["severity"] == "warning"), "{corrected}");
    }
    // Seconds that can be are no question.
    let course = Course::bare();
    course.write("scripts/plek.toml", script("{ usual = 30, least = 20, most = 40 }", "40"));
    assert!(of_code(&course, "no-length").is_empty());
    // A usual length that has no room for a phrase.
    course.write("scripts/plek.toml", script("{ usual = \"18s\", least = \"18s\", most = \"1m6s\" }", "40"));
    let [told] = &of_code(&course, "no-length")[..] else { panic!("{:#?}", found(&course)) };
    assert!(told["message"].as_str().unwrap().contains("there is no room for this phrase"), "{told}");
}

#[test]
fn fit_rounds_what_can_be_inwards() {
    let course = Course::bare();
    course.write("scripts/plek.toml", script("{ usual = \"30s\", least = \"20s\", most = \"40s\" }", "40"));
    let exact: Value = serde_json::from_slice(&course.succeed(&["fit", "plek", "--json"]).stdout).unwrap();
    let table = String::from_utf8(course.succeed(&["fit", "plek"]).stdout).unwrap();
    for (fit, guidance) in exact["fits"].as_array().unwrap().iter().zip(["full", "light"]) {
        let row = table.lines().find(|line| line.contains(guidance)).unwrap();
        let seconds = |text: &str| {
            let (minutes, seconds) = text.split_once(':').unwrap();
            60.0 * minutes.parse::<f64>().unwrap() + seconds.parse::<f64>().unwrap()
        };
        let columns: Vec<f64> =
            row.split_whitespace().filter(|cell| cell.contains(':')).map(seconds).collect();
        let exactly = |name: &str| fit[name].as_f64().unwrap() / fit["rate"].as_f64().unwrap();
        let [least, _, most] = columns[..] else { panic!("{row}") };
        assert!((0.0..0.1).contains(&(least - exactly("least"))), "{row}: {}", exactly("least"));
        assert!((0.0..0.1).contains(&(exactly("most") - most)), "{row}: {}", exactly("most"));
        for (told, fits) in [(least, true), (most, true), (least - 0.2, false), (most + 0.2, false)] {
            let length = format!("{told:.1}s");
            let run = course.adem(&["fit", "plek", "--guidance", guidance, "--length", &length, "--anyway"]);
            assert_eq!(run.code == 0, fits, "{length}: {}", String::from_utf8_lossy(&run.stdout));
        }
    }
}

#[test]
fn a_length_that_a_render_cannot_have_is_told_where_it_is_written() {
    let course = Course::new();
    let length = "length = { usual = \"9h\", least = \"20s\", most = \"9h\" }\nlevels = [";
    course.edit("scripts/plek.toml", "levels = [", length);
    let run = course.adem(&["plan", "plek"]);
    assert!(run.code == 1 && !run.stderr.contains("plek.toml:1:1"), "{}", run.stderr);
    let text = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("length")).unwrap();
    assert!(run.stderr.contains(&format!("plek.toml:{line}:20")), "{}", run.stderr);
}

#[test]
fn many_ids_are_announced_with_the_first_of_them() {
    let course = Course::bare();
    let steps: Vec<String> =
        (1..=24).map(|n| format!("  {{ say = \"{n} voeten op de grond.\" }},\n")).collect();
    let steps = steps.concat();
    course.write(
        "scripts/plek.toml",
        format!("language = \"nl\"\ntitle = \"De plek\"\n\n[[part]]\nsteps = [\n{steps}]\n"),
    );
    let run = course.adem(&["check"]);
    let (_, shown) = run.stderr.split_once("help: the ids that it writes: the first 12 of 24").unwrap();
    let shown: Vec<_> = shown.lines().filter(|line| line.contains("id = \"") && line.contains('~')).collect();
    assert!(shown.len() == 12 && shown[0].contains("1 voeten"), "{}", run.stderr);
    // Where a help ends with nothing below it, it is a whole sentence.
    for line in run.stderr.lines().filter(|line| line.starts_with("help:")) {
        assert!(!run.stderr.contains(&format!("{line}\n\n")), "{}", run.stderr);
    }
}

#[test]
fn lengths_that_can_be_are_found_so_again_and_a_change_is_seen() {
    let course = Course::bare();
    course.write("scripts/plek.toml", script("{ usual = \"30s\", least = \"20s\", most = \"40s\" }", "40"));
    for _ in 0..2 {
        assert!(of_code(&course, "no-length").is_empty());
    }
    course.edit("scripts/plek.toml", "most = \"40s\"", "most = \"4m\"");
    assert_eq!(of_code(&course, "no-length").len(), 1);
    // A recording says how long a phrase is.
    course.edit("scripts/plek.toml", "most = \"4m\"", "most = \"40s\"");
    assert!(of_code(&course, "no-length").is_empty());
    course.sound("voice/nl/anna/plek/vrij.wav", "speech 50");
    assert_eq!(of_code(&course, "no-length").len(), 1);
}

const PO_HEAD: &str = "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n";

/// The files that are not read, each with what was meant.
fn unread(course: &Course) -> Vec<(String, String)> {
    let mut strays = Vec::new();
    for one in of_code(course, "unread-file") {
        let notes = one["notes"].as_array().unwrap();
        for note in notes {
            let (path, meant) = note.as_str().unwrap().split_once(": ").unwrap();
            strays.push((path.to_owned(), meant.to_owned()));
        }
        if notes.is_empty() {
            let help = one["help"][0].as_str().unwrap();
            strays.push((one["place"]["file"].as_str().unwrap().to_owned(), help.to_owned()));
        }
    }
    strays.sort();
    strays
}

#[test]
fn a_course_without_strays_has_none() {
    let course = Course::new();
    course.write("README.md", "text");
    course.write("voice/make.py", "text");
    course.write("voice/nl/anna/plek/notes.txt", "text");
    course.write("voice/nl/anna/plek/.hidden.wav", "text");
    course.write("scripts/plek.toml~", "text");
    course.write("scripts/po/README", "text");
    course.sound("voice/nl/anna/room-tone.wav", "noise 3");
    course.sound("voice/nl/anna/plek/welkom_t2.wav", "speech 1");
    assert_eq!(unread(&course), []);
}

#[test]
fn every_file_that_nobody_reads_is_named_with_what_was_meant() {
    let course = Course::new();
    let speech = |path: &str| course.sound(path, "speech 1");
    let cases = [
        ("voice/nl/anna/plek/Welkom.wav", "did you mean welkom.wav?"),
        ("voice/nl/anna/plek/voeten .wav", "did you mean voeten.wav?"),
        ("voice/nl/anna/plek/welkom-t2.wav", "did you mean welkom_t2.wav?"),
        ("voice/nl/anna/plek/vrij (2).wav", "did you mean vrij_t2.wav?"),
        ("voice/nl/anna/plek/vrij.wav.wav", "did you mean vrij.wav?"),
        ("voice/nl/anna/plek/welkoom.wav", "did you mean welkom.wav?"),
        ("voice/nl/anna/plek/v\u{f3}\u{e9}t\u{e9}n.wav", "did you mean voeten.wav?"),
        ("voice/nl/anna/plek/vo\u{308}e\u{301}te\u{301}n_t2.wav", "did you mean voeten_t2.wav?"),
        ("voice/nl/anna/plek/tot.wav", "`tot` is a phrase of `slot`: move it into voice/nl/anna/slot/"),
        (
            "voice/nl/anna/plek/heel-anders.wav",
            "call it after a phrase of `plek`: `in-uit`, `voeten`, `vrij` and `welkom`",
        ),
        ("voice/nl/anna/plek/vrij.mp3", "voice/nl/anna/plek/vrij.wav is used: take one of the two away"),
        ("voice/nl/anna/plek/vrij.oga", "rename it to vrij.ogg"),
        (
            "voice/nl/anna/plek/vrij 2.aac",
            "convert it: ffmpeg -i 'voice/nl/anna/plek/vrij 2.aac' -map a:0 'voice/nl/anna/plek/vrij 2.flac'",
        ),
        (
            "voice/nl/anna/plek/tuin",
            "call it after a phrase of `plek`: `in-uit`, `voeten`, `vrij` and `welkom`",
        ),
        ("voice/nl/anna/plek/voeten", "did you mean voeten.wav?"),
        ("voice/nl/anna/plek/welkom.wave", "did you mean welkom.wav?"),
        (
            "voice/nl/anna/plek/in-uit.wav.part",
            "its download has not ended: when it has, it is called in-uit.wav",
        ),
        (
            "voice/nl/anna/plek/vrij_t1.wav",
            "voice/nl/anna/plek/vrij.wav is take 1 too: call this one vrij_t2.wav, or take one of the two away",
        ),
        ("voice/nl/anna/plek/vrij.zip", "unpack it, and take it away"),
        (
            "voice/nl/anna/plek/.welkom.m4a.icloud",
            "download welkom.m4a: in the Finder, control-click it and choose Download Now",
        ),
        ("voice/nl/anna/plek/takes.toml", "did you mean voice/nl/anna/takes.toml?"),
        ("recordings/voeten.wav", "it has the name of a phrase of `plek`: move it into voice/en/beth/plek/"),
        ("en.po", "did you mean scripts/po/en.po?"),
        ("scripts/twee.docx", "if it is a script, save it as plain text: scripts/twee.toml"),
        ("vrij.wav", "it has the name of a phrase of `plek`: move it into voice/en/beth/plek/"),
        ("voice/nl/anna/vrij.wav", "`vrij` is a phrase of `plek`: move it into voice/nl/anna/plek/"),
        ("scripts/x.toml.txt", "did you mean scripts/x.toml?"),
        ("scripts/X.TOML", "did you mean scripts/x.toml?"),
        ("scripts/en.po", "did you mean scripts/po/en.po?"),
        ("scripts/po/en.po.txt", "did you mean en.po?"),
        ("scripts/po/English.po", "did you mean en.po?"),
        ("scripts/po/fr.po", "`fr` is no language of the course; add it to `languages` in course.toml"),
        (
            "ambience/oud.wav",
            "name it in a bed or bell, such as ambience/oud.toml, with file = \"oud.wav\" under [[layer]]",
        ),
        (
            "ambience/oude regen.wav",
            "name it in a bed or bell, such as ambience/oude-regen.toml, with file = \"oude regen.wav\" under [[layer]]",
        ),
    ];
    for (path, _) in cases {
        if path.starts_with("scripts/") {
            course.write(path, PO_HEAD);
        } else {
            speech(path);
        }
    }
    speech("voice/nl/anna/plekje/vrij.wav");
    speech("voice/nl/anna/plek/oud/vrij.wav");
    speech("voice/Nederlands/anna/plek/vrij.wav");
    speech("voice/nl/beth/plek/vrij.wav");
    course.write("voice/nl/beth/Voice.toml", "");
    speech("voice/nl/carla/plek/vrij.wav");
    course.write("voice/nl/carla/voices.toml", "");
    speech("voice/nl/slot/tot.wav");
    course.write("voice/nl-dora/voice.toml", "");
    speech("voice/nl/anna/slot/tot.flac/tot.flac");
    // Backups, hidden files and notes are nobody's mistake.
    speech("voice/nl/anna/plek/vrij.wav.bak");
    speech("voice/nl/anna/plek/.vrij");
    course.write("voice/nl/anna/plek/vrij.txt", "Two takes, the second is better.");
    course.write("scripts/week-1/y.toml", "");
    course.write("Scripts/z.toml", "");
    course.write("po/en.po", PO_HEAD);
    let folders = [
        ("po/", "translations lie in scripts/po/: move what is in it there"),
        ("Scripts/", "did you mean scripts/? Move what is in it there"),
        ("scripts/week-1/", "scripts lie straight in scripts/: move them there"),
        ("voice/Nederlands/", "did you mean voice/nl/?"),
        ("voice/nl/anna/plek/oud/", "move its recordings into voice/nl/anna/plek/"),
        ("voice/nl/anna/plekje/", "no script is called `plekje`; call the folder after its script"),
        ("voice/nl/beth/", "did you mean voice/nl/beth/voice.toml by Voice.toml?"),
        ("voice/nl/carla/", "did you mean voice/nl/carla/voice.toml by voices.toml?"),
        (
            "voice/nl/slot/",
            "`slot` is a script: its recordings lie in the folder of a voice; move it to voice/nl/anna/slot/",
        ),
        ("voice/nl-dora/", "did you mean voice/nl/dora/?"),
        (
            "voice/nl/anna/slot/tot.flac/",
            "it is a folder: move the recording in it to voice/nl/anna/slot/tot.flac, as a file",
        ),
    ];
    let mut expected: Vec<_> =
        cases.into_iter().chain(folders).map(|(path, meant)| (path.to_owned(), meant.to_owned())).collect();
    expected.sort();
    assert_eq!(unread(&course), expected);
}

/// A course of one phrase for each recording, `a`, `b`, and so on.
fn recorded(recordings: &[Vec<u8>]) -> Course {
    let course = Course::bare();
    let names = ["vrij", "b", "c", "d", "e", "f", "g", "h"];
    let mut steps = String::new();
    for (name, bytes) in names.iter().zip(recordings) {
        let safety = if *name == "vrij" { ", safety = true" } else { "" };
        let step =
            format!("  {{ say = \"Je kunt altijd stoppen.\", id = \"{name}\"{safety}, pause = 2 }},\n");
        steps.push_str(&step);
        course.write(&format!("voice/nl/anna/plek/{name}.wav"), bytes);
    }
    course.write(
        "scripts/plek.toml",
        format!("language = \"nl\"\ntitle = \"De plek\"\n\n[[part]]\nsteps = [\n{steps}]\n"),
    );
    course
}

/// What is said of the recording of the one phrase.
fn said_of(bytes: Vec<u8>) -> Vec<String> {
    let course = recorded(&[bytes]);
    let found = found(&course);
    let clips = found.iter().filter(|one| one["code"].as_str().unwrap().ends_with("-clip"));
    clips.map(|one| one["message"].as_str().unwrap().to_owned()).collect()
}

/// The voice of the tests with sibilants, so that it has highs.
fn bright(bursts: &[f32]) -> Vec<f32> {
    let mut samples = sound::speech(bursts);
    let hiss = &sound::read(&sound::named("noise 9")).planes[0];
    for (n, sample) in samples.iter_mut().enumerate() {
        // Only where somebody speaks.
        if sample.abs() > 0.01 {
            *sample += 0.05 * hiss[n % hiss.len()];
        }
    }
    samples
}

fn mono(samples: Vec<f32>) -> Vec<u8> {
    sound::wav(&[samples], 48_000, 24)
}

/// Heard in a room that rings for a second: as much comes from its walls as from the voice.
fn in_room(samples: &[f32]) -> Vec<f32> {
    let noise = &sound::read(&sound::named("noise 9")).planes[0];
    let echoes: Vec<(usize, f32)> = (1..1_000)
        .map(|n| (n * 47 + n * n % 31, noise[n] * 10f32.powf(-3.0 * n as f32 * 47.0 / 48_000.0)))
        .collect();
    let energy = echoes.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
    let mut wet = samples.to_vec();
    for (delay, level) in echoes {
        wet[delay..].iter_mut().zip(samples).for_each(|(wet, dry)| *wet += dry * level / energy);
    }
    wet.iter().map(|x| x * 0.5).collect()
}

/// Recorded far too loud.
fn clipped() -> Vec<u8> {
    mono(bright(&[0.8, 0.7]).iter().map(|x| (x * 8.0).clamp(-1.0, 1.0)).collect())
}

#[test]
fn a_good_recording_draws_no_word() {
    assert_eq!(said_of(mono(bright(&[0.8, 0.7]))), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_recording_is_told_with_its_number() {
    let speech = bright(&[0.8, 0.7]);
    let noise = &sound::read(&sound::named("noise 9")).planes[0];
    let power = |samples: &[f32]| samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
    let spoken = power(&speech[16_000..50_000]);
    let noisy = |under: f32| {
        let gain = (spoken / power(noise)).sqrt() * 10f32.powf(-under / 20.0);
        speech.iter().zip(noise.iter().cycle()).map(|(x, n)| x + gain * n).collect::<Vec<f32>>()
    };
    let tau = std::f32::consts::TAU;
    let hum = |n: usize| {
        1e-3 * ((tau * 100.0 * n as f32 / 48_000.0).sin() + (tau * 150.0 * n as f32 / 48_000.0).sin())
    };
    let empty = vec![0.0; speech.len()];
    let turned: Vec<f32> = speech.iter().map(|x| -x).collect();
    let mut holed = speech.clone();
    holed[30_000..30_240].fill(0.0);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("is noisy: its noise is 1", mono(noisy(14.0))),
        ("is noisy: its noise is 2", mono(noisy(20.0))),
        ("is noisy: its noise is 1", mono([vec![0.0; 24_000], noisy(14.0), vec![0.0; 24_000]].concat())),
        ("is noisy: its noise is 1", mono(noisy(14.0).iter().map(|x| x * 0.2).collect())),
        ("has 1 hole in the middle of a sound", mono(holed)),
        (
            "is clipped in",
            mono(bright(&[0.8, 0.7]).iter().map(|x| (x * 8.0).clamp(-1.0, 1.0) * 0.4).collect()),
        ),
        ("has mains hum", mono(speech.iter().enumerate().map(|(n, x)| x + hum(n)).collect())),
        ("has one side that is as good as empty", sound::wav(&[speech.clone(), empty], 48_000, 24)),
        ("has sides that cancel each other", sound::wav(&[speech.clone(), turned], 48_000, 24)),
        ("begins in the middle of a word", mono(speech[20_000..].to_vec())),
        ("ends in the middle of a word", mono(speech[..speech.len() - 30_000].to_vec())),
        ("is too long for its text", mono(bright(&[4.0, 4.0, 4.0]))),
        ("is recorded too softly", mono(speech.iter().map(|x| x * 0.01).collect())),
        (
            "has a peak of",
            mono(
                speech
                    .iter()
                    .map(|x| x * 0.99 / speech.iter().fold(0.0, |a: f32, b| a.max(b.abs())))
                    .collect(),
            ),
        ),
        ("is clipped in", clipped()),
        ("has only 8 bits", sound::named("8-bit")),
        ("echoes: its room rings for", mono(in_room(&speech))),
        ("contains no speech", mono(vec![0.0; 48_000])),
    ];
    for (words, bytes) in cases {
        let said = said_of(bytes);
        assert!(said.iter().any(|said| said.contains(words)), "{words}: {said:?}");
    }
}

#[test]
fn a_moment_of_sound_is_too_short_for_a_sentence() {
    let course = recorded(&[mono(bright(&[0.8, 0.7])[24_000..26_400].to_vec())]);
    let longer = "Je kunt altijd stoppen, je ogen opendoen of van houding veranderen.";
    course.edit("scripts/plek.toml", "Je kunt altijd stoppen.", longer);
    let told = of_code(&course, "poor-clip");
    assert!(told.iter().any(|told| told.to_string().contains("is too short for its text")), "{told:#?}");
}

#[test]
fn what_noise_is_left_after_its_reduction_is_told_and_not_to_be_done_again() {
    let noise = &sound::read(&sound::named("noise 9")).planes[0];
    let speech = bright(&[0.8, 0.7]);
    let noisy = speech.iter().zip(noise.iter().cycle()).map(|(x, n)| x + 0.1 * n).collect();
    let course = recorded(&[mono(noisy)]);
    let told = || of_code(&course, "poor-clip").iter().map(Value::to_string).collect::<String>();
    assert!(told().contains("try `adem voice denoise 0.5`"), "{}", told());
    course.succeed(&["voice", "denoise", "0.5"]);
    let after = told();
    assert!(after.contains("below the voice after noise reduction"), "{after}");
    assert!(after.contains("try `adem voice denoise 1`"), "{after}");
    course.succeed(&["voice", "denoise", "1"]);
    assert!(!told().contains("adem voice denoise"), "{}", told());
}

/// A recording with what is said of it: one message, with its lines.
fn told_once(bytes: Vec<u8>) -> Value {
    let course = recorded(&[bytes]);
    let found = found(&course);
    let about = |one: &&Value| one.to_string().contains("vrij.wav");
    let mut clips: Vec<Value> = found.iter().filter(about).cloned().collect();
    assert_eq!(clips.len(), 1, "{clips:#?}");
    clips.remove(0)
}

#[test]
fn one_cause_is_one_message_and_other_faults_are_lines_of_it() {
    let speech = bright(&[0.8, 0.7]);
    let mut cut = mono(speech.clone());
    // In the middle of the second word.
    cut.truncate(44 + 3 * 20_000);
    let told = told_once(cut);
    assert!(told["code"] == "damaged-sound" && told["notes"].as_array().unwrap().is_empty(), "{told:#}");
    // Noise at both ends is no word that is cut off.
    let noise = &sound::read(&sound::named("noise 9")).planes[0];
    let noisy: Vec<f32> = speech.iter().zip(noise.iter().cycle()).map(|(x, n)| x + 0.5 * n).collect();
    let told = told_once(mono(noisy));
    assert!(told["message"].as_str().unwrap().contains("is noisy"), "{told:#}");
    assert!(told["notes"].as_array().unwrap().is_empty(), "{told:#}");
    // Clipped, and one side is empty: two causes.
    let clipped: Vec<f32> = speech.iter().map(|x| (x * 8.0).clamp(-1.0, 1.0)).collect();
    let told = told_once(sound::wav(&[clipped, vec![0.0; speech.len()]], 48_000, 24));
    assert!(told["message"].as_str().unwrap().contains("is clipped in"), "{told:#}");
    assert_eq!(told["notes"], serde_json::json!(["it also has one side that is as good as empty"]));
    assert_eq!(told["help"].as_array().unwrap().len(), 2, "{told:#}");
}

#[test]
fn a_telephone_is_heard_whatever_the_rate_of_its_file() {
    let samples: Vec<f32> = sound::speech(&[0.8, 0.7]).into_iter().step_by(6).collect();
    let said = said_of(sound::wav(&[samples], 8_000, 16));
    assert!(
        said.iter().any(|said| said.contains("sounds like a telephone: there is nothing above")),
        "{said:?}"
    );
}

#[test]
fn a_recording_much_softer_than_its_session_is_told_and_a_soft_phrase_is_not() {
    let usual = mono(bright(&[0.8, 0.7]));
    let soft = mono(bright(&[0.8, 0.7]).iter().map(|x| x * 0.2).collect());
    let course = recorded(&[usual.clone(), usual.clone(), usual.clone(), usual.clone(), usual, soft]);
    let found = of_code(&course, "poor-clip");
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = found[0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "voice/nl/anna/plek/f.wav is 14 LU softer than the rest of its session, more than levelling makes up for"
    );
    assert_eq!(found[0]["place"]["line"], 11);
    course.edit("scripts/plek.toml", "id = \"f\"", "id = \"f\", soft = true");
    assert!(of_code(&course, "poor-clip").is_empty());
}

#[test]
fn every_bad_recording_is_named_and_a_broken_one_is_an_error() {
    let clipped = clipped();
    let course = recorded(&[clipped.clone(), clipped.clone(), clipped.clone(), clipped, b"RIFF".to_vec()]);
    let found = of_code(&course, "poor-clip");
    let clipped = found.iter().find(|one| one["message"] == "4 recordings are clipped").unwrap();
    for name in ["vrij", "b", "c", "d"] {
        let notes = clipped["notes"].as_array().unwrap();
        let path = format!("voice/nl/anna/plek/{name}.wav is clipped in ");
        assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with(&path)), "{notes:?}");
    }
    let broken = of_code(&course, "bad-clip");
    assert_eq!((broken.len(), &broken[0]["place"]["line"]), (1, &Value::from(10)), "{broken:#?}");
    // The second time, nothing is decoded, and the same is said.
    assert_eq!(of_code(&course, "poor-clip"), found);
}

#[test]
fn an_error_in_a_text_hides_no_recording_of_another() {
    let course = recorded(&[clipped(), b"RIFF".to_vec()]);
    course.sound("voice/nl/anna/plek/Vrij.wav", "speech 1");
    course.write("voice/nl/anna/stil/hier.wav", sound::named("speech 1"));
    let said = |course: &Course| {
        let codes = ["poor-clip", "bad-clip", "unread-file"];
        codes.map(|code| of_code(course, code).len())
    };
    let good = "language = \"nl\"\ntitle = \"Stil\"\n\n[[part]]\nsteps = [\n  { pause = 3 },\n]\n";
    // Until it is read, the recordings of a script are not known to be without a phrase.
    course.write("scripts/stil.toml", good.replace("pause", "puase"));
    assert_eq!(said(&course), [1, 1, 1], "{:#?}", found(&course));
    course.write("scripts/stil.toml", good);
    assert_eq!(said(&course), [1, 1, 2], "{:#?}", found(&course));
}

#[test]
fn beds_bells_rooms_and_covers_are_opened() {
    let course = Course::new();
    course.write("ambience/lus.wav", b"no sound");
    course.write("ambience/bells/tik.wav", sound::wav(&[vec![0.0; 48_000]], 48_000, 24));
    course.write("voice/nl/anna/room-tone.wav", sound::named("noise 1"));
    course.write("cover.png", b"no picture");
    course.edit("course.toml", "[presets.whole]", "[publish]\ncover = \"cover.png\"\n\n[presets.whole]");
    for (code, file) in [
        ("bad-bed", "ambience/lus.toml"),
        ("bad-bed", "ambience/bells/tik.toml"),
        ("bad-clip", "voice/nl/anna/voice.toml"),
        ("bad-cover", "course.toml"),
    ] {
        let found = of_code(&course, code);
        assert!(found.iter().any(|one| one["place"]["file"] == file), "{code} {file}: {found:#?}");
    }
    // The file that is made of a bed has to be named.
    course.write("ambience/lus.amr", b"#!AMR\n no sound");
    course.edit("ambience/lus.toml", "lus.wav", "lus.amr");
    let told = serde_json::to_string(&of_code(&course, "bad-bed")).unwrap().replace('\\', "");
    assert!(told.contains("then write file = \"lus.flac\" here"), "{told}");
}

/// Noise of two channels at a rate.
fn noise(rate: u32, seconds: f32, gain: f32) -> Vec<Vec<f32>> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (gain * ((state >> 8) as f32 / (1u32 << 23) as f32 - 1.0)).clamp(-1.0, 1.0)
    };
    let frames = (seconds * rate as f32) as usize;
    (0..2).map(|_| (0..frames).map(|_| next()).collect()).collect()
}

#[test]
fn a_bed_or_a_bell_that_will_not_sound_well_is_told() {
    let course = Course::new();
    course.write(
        "ambience/lus.toml",
        "title = \"Lus\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n[[layer]]\nfile = \"lus.wav\"\n[[layer]]\ngenerate = \"brown\"\n",
    );
    let wav = |planes: &[Vec<f32>], rate| sound::wav(planes, rate, 24);
    let good = noise(48_000, 6.0, 0.3);
    let silence = |seconds: usize| vec![0.0f32; 48_000 * seconds];
    let padded = |before: usize, after: usize| -> Vec<Vec<f32>> {
        good.iter().map(|plane| [silence(before), plane.clone(), silence(after)].concat()).collect()
    };
    let turned: Vec<f32> = good[0].iter().map(|sample| -sample).collect();
    let [lus, tik] = ["ambience/lus.wav", "ambience/bells/tik.wav"];
    let long = vec![[good[0].clone(), vec![0.001; 48_000 * 150]].concat()];
    let cases: [(&str, Vec<u8>, Option<&str>); 12] = [
        (lus, wav(&good, 48_000), None),
        (lus, wav(&noise(48_000, 6.0, 20.0), 48_000), Some("is clipped in ")),
        (lus, wav(&noise(48_000, 1.0, 0.3), 48_000), Some("lasts only 1s")),
        (lus, wav(&noise(8_000, 6.0, 0.3), 8_000), Some("sounds like a telephone: at 8000 Hz")),
        (lus, wav(&padded(3, 0), 48_000), Some("begins with 3s of silence")),
        (lus, wav(&padded(0, 4), 48_000), Some("ends with 4s of silence")),
        (lus, wav(&[good[0].clone(), turned], 48_000), Some("has sides that cancel each other")),
        (
            lus,
            wav(&[good[0].clone(), vec![0.0; good[0].len()]], 48_000),
            Some("has one side that is as good as empty"),
        ),
        (lus, wav(&[silence(6)], 48_000), Some("is silent: this layer of the bed is not heard")),
        (tik, wav(&padded(3, 9), 48_000), Some("begins with 3s of silence")),
        (tik, wav(&noise(48_000, 2.0, 20.0), 48_000), Some("is clipped in ")),
        (tik, wav(&long, 48_000), Some("longer than a bell rings")),
    ];
    for (path, bytes, expected) in cases {
        let usual = course.read(path);
        course.write(path, bytes);
        let said: Vec<String> = of_code(&course, "poor-clip")
            .iter()
            .map(|one| one["message"].as_str().unwrap().to_owned())
            .collect();
        match expected {
            None => assert!(said.is_empty(), "{said:?}"),
            Some(wrong) => {
                assert!(
                    said.len() == 1 && said[0].starts_with(&format!("{path} {wrong}"))
                        || said[0].contains(wrong),
                    "{path} {wrong}: {said:?}"
                );
            }
        }
        course.write(path, usual);
    }
}

#[test]
fn real_places_and_bells_draw_no_false_alarm() {
    for (folder, table) in [("ambience", "[[layer]]\nfile"), ("bells", "file")] {
        for file in recordings(folder, &["wav", "flac", "ogg"]) {
            let course = Course::bare();
            let name = file.file_name().unwrap().to_str().unwrap();
            let home = if folder == "bells" { "ambience/bells" } else { "ambience" };
            course.write(&format!("{home}/{name}"), std::fs::read(&file).unwrap());
            let head = "title = \"Klank\"\ncredit = \"x\"\nlicence = \"CC0-1.0\"\n";
            course.write(&format!("{home}/klank.toml"), format!("{head}{table} = \"{name}\"\n"));
            let told = of_code(&course, "poor-clip");
            assert!(told.is_empty(), "{name}: {told:#?}");
        }
    }
}

/// What was done, how, and the codes and messages that follow.
type Mistake<'a> = (&'a str, &'a dyn Fn(&Course), &'a [(&'a str, &'a str)]);

#[test]
fn one_cause_in_files_has_one_message() {
    let rename = |course: &Course, from: &str, to: &str| {
        std::fs::rename(course.path(from), course.path(to)).unwrap();
    };
    let bed = |course: &Course| {
        course.edit("scripts/plek.toml", "language = \"nl\"", "language = \"nl\"\nbed = \"bruis\"");
    };
    let bell = |course: &Course| {
        course.edit("scripts/plek.toml", "steps = [\n", "steps = [\n  { bell = \"tik\" },\n");
    };
    let cases: [Mistake<'_>; 11] = [
        (
            "a file of a bed that is not there",
            &|course| course.edit("ambience/bruis.toml", "generate = \"brown\"", "file = \"regen.wav\""),
            &[("missing-file", "ambience/regen.wav does not exist")],
        ),
        (
            "a folder with a capital",
            &|course| {
                bed(course);
                bell(course);
                rename(course, "ambience", "Ambience");
            },
            &[("unread-file", "this folder is not read")],
        ),
        (
            "a folder of one bell",
            &|course| {
                bell(course);
                rename(course, "ambience/bells", "ambience/bell");
            },
            &[("unread-file", "this folder is not read")],
        ),
        (
            "a bell among the beds",
            &|course| {
                bell(course);
                rename(course, "ambience/bells/tik.toml", "ambience/tik.toml");
            },
            &[("unread-file", "this file is a bell")],
        ),
        (
            "a bed among the bells",
            &|course| {
                bed(course);
                rename(course, "ambience/bruis.toml", "ambience/bells/bruis.toml");
            },
            &[("unread-file", "this file is a bed")],
        ),
        (
            "a bed among the scripts",
            &|course| {
                bed(course);
                rename(course, "ambience/bruis.toml", "scripts/bruis.toml");
            },
            &[("unread-file", "this file is a bed")],
        ),
        (
            "a script beside the folder",
            &|course| {
                course.edit("scripts/plek.toml", "language", "track = 1\nlanguage");
                course.append("course.toml", "[[week]]\nnumber = 1\ntracks = [1]\n");
                rename(course, "scripts/plek.toml", "plek.toml");
            },
            &[("unread-file", "scripts lie in scripts/")],
        ),
        (
            "a voice with a capital",
            &|course| rename(course, "voice/nl/anna/voice.toml", "voice/nl/anna/Voice.toml"),
            &[("unread-file", "this folder is not read")],
        ),
        (
            "one track for a list",
            &|course| {
                course.edit("scripts/plek.toml", "language", "track = 1\nlanguage");
                course.append("course.toml", "[[week]]\nnumber = 1\ntracks = 1\n");
            },
            &[("wrong-type", "`tracks` takes a list")],
        ),
        (
            "a track by another number",
            &|course| {
                course.edit("scripts/plek.toml", "language", "track = 7\nlanguage");
                course.append("course.toml", "[[week]]\nnumber = 1\ntracks = [1]\n");
            },
            &[("unknown-track", "no script is track 1")],
        ),
        (
            "tracks before their scripts",
            &|course| {
                course.edit("scripts/plek.toml", "language", "track = 1\nlanguage");
                course.append("course.toml", "[[week]]\nnumber = 1\ntracks = [1, 2, 3, 4]\n");
            },
            &[("unknown-track", "there are no scripts for tracks 2 to 4")],
        ),
    ];
    for (what, make, expected) in cases {
        let course = Course::bare();
        make(&course);
        let said: Vec<(String, String)> = found(&course)
            .iter()
            .map(|one| {
                (one["code"].as_str().unwrap().to_owned(), one["message"].as_str().unwrap().to_owned())
            })
            .collect();
        let same = said.len() == expected.len()
            && said
                .iter()
                .zip(expected)
                .all(|(said, wanted)| said.0 == wanted.0 && said.1.contains(wanted.1));
        assert!(same, "{what}: {said:#?}");
    }
}

#[test]
fn what_passes_in_silence_elsewhere_is_told_with_a_text_to_type() {
    let head = "title = \"Proef\"\nlanguages = [\"nl\"]\nvoices = { nl = \"anna\" }\n";
    let week = "[[week]]\nnumber = 1\ntracks = [1]\n";
    let voice = "name = \"A\"\nkind = \"human\"\ncredit = \"A\"\nlicence = \"CC0-1.0\"\n";
    let bed = "title = \"B\"\ncredit = \"A\"\nlicence = \"CC0-1.0\"\n[[layer]]\n";
    let script = |head: &str, steps: &str| {
        format!(
            "track = 1\nlanguage = \"nl\"\ntitle = \"De plek\"\n{head}\n[[part]]\nsteps = [\n  {{ say = \"Je kunt altijd stoppen.\", id = \"vrij\", safety = true }},\n{steps}]\n"
        )
    };
    let cases = [
        (
            "course.toml",
            format!("{head}[[week]]\nnumber = 1\ntracks = [1, 1]\n"),
            "track 1 stands in week 1 twice",
            "take one of the two out",
        ),
        (
            "course.toml",
            format!("{head}{week}[[week]]\nnumber = 1\ntracks = []\n"),
            "two weeks are week 1",
            "give one of them another number",
        ),
        (
            "course.toml",
            format!("{head}[[week]]\nnumber = 1\ntracks = [1]\nauthor = \"A\"\n"),
            "`author` is not a key of a week",
            "`author` is a key of `[publish]`: write it there",
        ),
        (
            "voice/nl/anna/voice.toml",
            format!("{voice}consent = {{ who = \"A\", when = \"2026-13-45\", for = \"x\" }}\n"),
            "`2026-13-45` is not a day",
            "such as \"2026-11-03\"",
        ),
        (
            "voice/nl/anna/voice.toml",
            format!("{voice}consent = {{ who = \"A\", when = 2026-11-03, for = \"x\" }}\n"),
            "`when` takes a text in quotes",
            "type \"2026-11-03\"",
        ),
        (
            "voice/nl/anna/voice.toml",
            format!("{voice}draft = {{ command = [\"espeak-ng -w {{out}} -- {{text}}\"] }}\n"),
            "a draft command is a list",
            "[\"espeak-ng\", \"-w\", \"{out}\", \"--\", \"{text}\"]",
        ),
        (
            "voice/nl/anna/voice.toml",
            format!("{voice}draft = {{ command = [\"speak\", \"{{text}}\"], batch = true }}\n"),
            "a draft command with `batch = true` has no {text}",
            "reads a line for each phrase on its standard input",
        ),
        ("voice/nl/anna/voice.toml", format!("{voice}engine = \"kokorro\"\n"), "`kokorro`", "kokoro"),
        (
            "ambience/bruis.toml",
            format!("{bed}file = \"sounds\\rain.wav\"\n"),
            "a path is written with `/`, also on Windows",
            "\"sounds/rain.wav\"",
        ),
        (
            "ambience/bruis.toml",
            format!("{bed}file = 'C:\\new\\rain.wav'\n"),
            "a path is written with `/`, also on Windows",
            "write only its name",
        ),
        (
            "scripts/plek.toml",
            script("bed = { use = \"ambience/bruis\" }", ""),
            "`ambience/bruis` is not a valid name",
            "\"bruis\"",
        ),
        (
            "scripts/plek.toml",
            script("bed = \"bruis.wav\"", ""),
            "`bruis.wav` is not a valid name",
            "\"bruis\"",
        ),
        (
            "scripts/plek.toml",
            script("", "  { bell = \"tik.toml\" },\n"),
            "`tik.toml` is not a valid name",
            "\"tik\"",
        ),
        ("scripts/plek.toml", script("choices = { einde = \"slaap\" }", ""), "`einde` takes a list", ""),
        (
            "scripts/plek.toml",
            script("", "  { breathe = { in = 4, out = 6, hold = 2, times = 3 } },\n"),
            "`hold` is not a key of a breath",
            "breaths are never held",
        ),
        (
            "scripts/plek.toml",
            script(
                "",
                "  { breathe = { in = 4, out = 6, times = 3 }, say = \"In / uit\", id = \"in-uit\" },\n",
            ),
            "a `/` does not divide a text into beats",
            "\"In | uit\"",
        ),
        (
            "scripts/plek.toml",
            script("length = { usual = \"3m\", least = \"2m\", most = \"6m\" }", "  { pause = 7000 },\n"),
            "this pause of 1h56m40s is longer than the exercise",
            "did you mean 7?",
        ),
        (
            "scripts/plek.toml",
            script("", "  { pause = \"7ms\" },\n"),
            "too short to be heard",
            "did you mean 7?",
        ),
        (
            "scripts/plek.toml",
            script(
                "",
                "  { breathe = { in = 4, out = 6, times = 3 }, say = \"In | uit\", id = \"in-uit\", spoken = 20 },\n",
            ),
            "cannot be spoken in 20 rounds",
            "type 3",
        ),
        ("scripts/plek.toml", script("", "  { bell = true },\n"), "`bell` takes a text in quotes", "\"tik\""),
        ("scripts/plek.toml", script("", "  { bell },\n"), "`bell` has no value", "bell = \"tik\""),
        (
            "scripts/plek.toml",
            script("", "  { pause = 3, least = 2 },\n"),
            "`least` belongs into the table of a key: `pause = { … }`",
            "pause = { ",
        ),
    ];
    for (path, text, message, help) in cases {
        let course = Course::bare();
        course.edit("scripts/plek.toml", "language", "track = 1\nlanguage");
        course.write(path, &text);
        let found = found(&course);
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        assert!(found[0]["message"].as_str().unwrap().contains(message), "{text}: {found:#?}");
        let told = serde_json::to_string(&found[0]).unwrap().replace("\\\"", "\"");
        assert!(told.contains(help), "{text}: {told}");
    }
}

#[test]
fn a_cover_that_players_cut_or_blur_is_told() {
    let course = Course::bare();
    course.append("course.toml", "[publish]\ncover = \"cover.jpg\"\n");
    let picture = |width: u16, height: u16| {
        let head = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8];
        let size = [height.to_be_bytes(), width.to_be_bytes()].concat();
        [&head[..], &size, &[1, 1, 0x11, 0, 0xff, 0xd9]].concat()
    };
    for (width, height, expected) in [
        (1_400, 1_400, None),
        (50, 50, Some("cover.jpg has 50 × 50 pixels: players show it blurred")),
        (1_600, 900, Some("cover.jpg has 1600 × 900 pixels: players cut it to a square")),
    ] {
        course.write("cover.jpg", picture(width, height));
        let found = of_code(&course, "bad-cover");
        let told = found.first().map(|one| one["message"].as_str().unwrap());
        assert_eq!(told, expected, "{found:#?}");
    }
}

#[test]
fn an_unfinished_translation_is_told_at_its_place() {
    let course = Course::new();
    let usual = course.read("scripts/po/en.po");
    for (from, to, message, help) in [
        (
            "msgctxt \"plek/vrij\"",
            "#, fuzy\nmsgctxt \"plek/vrij\"",
            "`fuzy` is no flag of a PO file",
            "write `#, fuzzy`",
        ),
        (
            "You may always stop.",
            "Je kunt altijd stoppen.",
            "its translation is the original itself",
            "translate it",
        ),
        (
            "msgctxt \"plek/vrij\"",
            "# fuzzy\nmsgctxt \"plek/vrij\"",
            "`# fuzzy` is a comment",
            "write `#, fuzzy`",
        ),
        (
            "msgctxt \"plek/vrij\"",
            "// later\nmsgctxt \"plek/vrij\"",
            "a comment of a PO file begins with `#`",
            "# later",
        ),
        ("\"Welcome.\"", "\"\"Welcome.\"\"", "a quote ends this text too early", "\\\"Welcome.\\\""),
        ("Welcome.", "<b>Welcome.</b>", "`<b>` would be spoken", "take it out: write \\\"Welcome.\\\""),
        ("Welcome.", "[warm] Welcome.", "`[warm]` would be spoken", "take it out"),
        ("You may always stop.", "", "this safety phrase is not translated into `en`", "between the quotes"),
        ("You may", "You \\Fmay", "this backslash is not part of a known escape", "You \\\\\\\\Fmay"),
    ] {
        course.edit("scripts/po/en.po", from, to);
        let found = found(&course);
        assert_eq!(found.len(), 1, "{to}: {found:#?}");
        assert_eq!(found[0]["place"]["file"], "scripts/po/en.po", "{found:#?}");
        assert!(found[0]["message"].as_str().unwrap().contains(message), "{to}: {found:#?}");
        assert!(found[0].to_string().contains(help), "{to}: {found:#?}");
        course.write("scripts/po/en.po", &usual);
    }
}

#[test]
fn a_draft_is_never_told_to_be_recorded_better() {
    let course = Course::bare();
    course.write("scripts/adem.toml", script("{ usual = \"30s\", least = \"20s\", most = \"40s\" }", "40"));
    let run = course.adem(&["plan", "adem", "--draft"]);
    if run.stderr.contains("espeak-ng") {
        return;
    }
    assert!(!run.stderr.contains("poor-clip"), "{}", run.stderr);
}

#[test]
fn people_who_really_spoke_draw_no_false_alarm() {
    for (language, set) in [("de", "kerstin"), ("en", "ljspeech"), ("nl", "css10")] {
        let files = recordings(&format!("speech/{set}"), &["flac"]);
        if files.is_empty() {
            return;
        }
        let course = Course::spoken(language, &files);
        let told = [of_code(&course, "poor-clip"), of_code(&course, "spoilt-clip")].concat();
        // Their texts are not what they say. One of them was an MP3 that ends at 7.8 kHz, and that is told.
        let is_true =
            |message: &str| message.contains("text") || message.contains("es-19demarzo-0008.flac was coded");
        let told: Vec<_> =
            told.into_iter().filter(|one| !is_true(one["message"].as_str().unwrap())).collect();
        assert!(told.is_empty(), "{set}: {told:#?}");
    }
}
