//! `adem voice`: the sheet a voice reads from, its takes and the words they were recorded for, and folders of clips.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use serde_json::Value;
use support::{Course, sound};

/// The small course without the recordings of its English voice.
fn unrecorded() -> Course {
    let course = Course::new();
    for clip in ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit", "slot/tot"] {
        course.remove(&format!("voice/en/beth/{clip}.wav"));
    }
    course
}

fn status(course: &Course, flags: &[&str]) -> Value {
    let run = course.succeed(&[&["voice", "status", "--json"], flags].concat());
    serde_json::from_slice(&run.stdout).unwrap()
}

/// What `status` says of a phrase.
fn phrase(status: &Value, key: &str) -> Value {
    let phrases = status["phrases"].as_array().unwrap();
    phrases
        .iter()
        .find(|phrase| phrase["phrase"] == key)
        .unwrap_or_else(|| panic!("{key}: {status:#}"))
        .clone()
}

fn text(course: &Course, path: &str) -> String {
    String::from_utf8(course.read(path)).unwrap()
}

/// Clean speech of this many seconds, as somebody would record it.
fn clip(seconds: f32) -> Vec<u8> {
    sound::wav(&[sound::speech(&[seconds])], 48_000, 24)
}

#[test]
fn a_sheet_has_every_phrase_once_in_order_with_its_file_and_what_it_has_to_fit() {
    let course = unrecorded();
    course.edit("scripts/plek.toml", "id = \"voeten\",", "id = \"voeten\", note = \"bijna gefluisterd\",");
    course.succeed(&["voice", "sheet", "--lang", "en"]);
    let page = text(&course, "out/voice/sheet-en-beth.html");
    let places: Vec<_> = [
        "room-tone.wav",
        "Arriving",
        "Welcome.",
        "en_plek_welkom_t1.wav",
        "You may always stop.",
        "safety: say exactly this",
        "Feel your feet.",
        "<em lang=\"nl\" dir=\"auto\">bijna gefluisterd</em>",
        "In | and out",
        "on the breath: 2 s in | 3 s out",
        "Until next time.",
        "en_slot_tot_t1.wav",
        "Agreement",
    ]
    .iter()
    .map(|piece| page.find(piece).unwrap_or_else(|| panic!("{piece}: {page}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
    let table = text(&course, "out/voice/sheet-en-beth.csv");
    assert!(table.starts_with("\u{feff}script,track,part,number,phrase,text,file,"), "{table}");
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(
        table.contains("plek,2,Adem,004,plek/in-uit,In | and out,en_plek_in-uit_t1.wav,")
            || table.contains("plek,2,Breath,004,plek/in-uit,In | and out,en_plek_in-uit_t1.wav,"),
        "{table}"
    );
    // No seconds but on the breath.
    assert_eq!(page.matches("on the breath").count(), 1, "{page}");
}

#[test]
fn a_pickup_list_has_only_what_is_missing_stale_or_faulty() {
    let course = Course::new();
    course.succeed(&["voice", "accept", "--all", "--lang", "en"]);
    course.remove("voice/en/beth/slot/tot.wav");
    course.edit("scripts/po/en.po", "Feel your feet.", "Notice your feet.");
    course.write("voice/en/beth/plek/vrij_t2.wav", sound::wav(&[vec![0.9; 48_000]], 48_000, 24));
    course.succeed(&["voice", "sheet", "--lang", "en", "--pickups"]);
    let table = text(&course, "out/voice/pickups-en-beth.csv");
    for (piece, there) in [
        ("en_slot_tot_t1.wav", true),
        ("en_plek_voeten_t2.wav", true),
        ("Feel your feet.", true),
        ("en_plek_vrij_t3.wav", true),
        ("plek/welkom", false),
    ] {
        assert_eq!(table.contains(piece), there, "{piece}: {table}");
    }
}

#[test]
fn a_take_knows_the_words_it_was_recorded_for() {
    let course = Course::new();
    course.succeed(&["voice", "accept", "--all"]);
    let record = text(&course, "voice/nl/anna/takes.toml");
    assert!(
        record.contains("file = \"plek/voeten.wav\"") && record.contains("text = \"Voel je voeten.\""),
        "{record}"
    );
    // Punctuation is not heard.
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je voeten…");
    assert!(!course.succeed(&["check"]).shown().contains("stale-take"));
    course.edit("scripts/plek.toml", "Voel je voeten…", "Voel je handen.");
    let check = course.adem(&["check"]);
    assert!(
        check.shown().contains("stale-take") && check.shown().contains("it was: Voel je voeten."),
        "{}",
        check.shown()
    );
    assert!(check.shown().contains("scripts/plek.toml"), "{}", check.shown());
    assert!(course.succeed(&["plan", "2"]).shown().contains("stale-take"));
    assert!(
        check.shown().contains("`adem voice accept plek/voeten --lang nl --voice anna`"),
        "{}",
        check.shown()
    );
    assert_eq!(phrase(&status(&course, &[]), "plek/voeten")["recorded_for"], "Voel je voeten.");
    let strict = course.adem(&["render", "2", "--strict", "-o", "a.wav"]);
    assert_eq!(strict.code, 1, "{}", strict.shown());
    assert_eq!(strict.stderr.matches("[stale-take]").count(), 1, "{}", strict.stderr);
    assert!(!course.has("a.wav"));
    course.succeed(&["render", "2", "-o", "a.wav"]);
    // All does not accept it, its name does.
    course.succeed(&["voice", "accept", "--all"]);
    assert!(phrase(&status(&course, &[]), "plek/voeten")["recorded_for"].is_string());
    let order = check.shown();
    let order = order.split('`').find(|piece| piece.starts_with("adem voice accept ")).unwrap().to_owned();
    course.succeed(&order.split(' ').skip(1).collect::<Vec<_>>());
    assert!(phrase(&status(&course, &[]), "plek/voeten")["recorded_for"].is_null());
    // Another sound is another take, of which nothing is known.
    course.edit("scripts/plek.toml", "Voel je handen.", "Voel je armen.");
    course.write("voice/nl/anna/plek/voeten.wav", clip(1.3));
    assert!(phrase(&status(&course, &[]), "plek/voeten")["recorded_for"].is_null());
}

#[test]
fn the_highest_accepted_take_is_used_unless_one_is_chosen_or_rejected() {
    let course = Course::new();
    for take in [2, 3] {
        course.write(&format!("voice/nl/anna/plek/voeten_t{take}.wav"), clip(1.0 + 0.1 * take as f32));
    }
    let used = |course: &Course| {
        let plan = course.plan(&["2"]);
        plan.to_string()
            .split("plek/voeten")
            .filter_map(|rest| rest.split(".wav").next().map(str::to_owned))
            .find(|rest| rest.len() < 4)
            .unwrap()
    };
    assert_eq!(used(&course), "_t3");
    course.succeed(&["voice", "reject", "voeten"]);
    assert_eq!(used(&course), "_t2");
    course.succeed(&["voice", "accept", "plek/voeten", "--take", "1"]);
    assert_eq!(used(&course), "");
    course.succeed(&["voice", "accept", "plek/voeten", "--take", "2"]);
    assert_eq!(used(&course), "_t2");
    let records = text(&course, "voice/nl/anna/takes.toml");
    assert_eq!(records.matches("\"chosen\"").count(), 1, "{records}");
    let none = course.adem(&["voice", "accept", "voeten", "--take", "7"]);
    assert!(none.code == 2 && none.shown().contains("no take 7; it has"), "{}", none.shown());
    assert!(course.succeed(&["check"]).shown().contains("no errors"));
}

#[test]
fn a_fault_that_was_accepted_is_not_told_again() {
    let course = Course::new();
    let loud: Vec<f32> =
        sound::speech(&[1.1]).iter().map(|sample| (sample * 30.0).clamp(-1.0, 1.0)).collect();
    course.write("voice/nl/anna/plek/voeten.wav", sound::wav(&[loud], 48_000, 24));
    let faults =
        |course: &Course| phrase(&status(course, &[]), "plek/voeten")["faults"].as_array().unwrap().clone();
    assert!(faults(&course).iter().any(|fault| fault["check"] == "clipped"), "{:?}", faults(&course));
    let shown = course.succeed(&["voice", "status"]);
    assert!(shown.text().contains("plek/voeten.wav is clipped"), "{}", shown.shown());
    course.succeed(&["voice", "accept", "voeten"]);
    assert!(faults(&course).is_empty());
    assert!(text(&course, "voice/nl/anna/takes.toml").contains("\"clipped\""));
    assert!(!course.adem(&["check"]).shown().contains("is clipped"));
}

#[test]
fn a_folder_of_clips_is_shown_and_then_copied() {
    let course = unrecorded();
    for (name, length) in [
        ("en_plek_welkom_t1.wav", 0.8),
        ("plek/002.wav", 1.4),
        ("Voeten (2).WAV", 1.1),
        ("evening_p099.wav", 1.0),
        ("nl_plek_vrij.wav", 1.2),
        ("tot.wav", 1.2),
        ("slot_tot.wav", 1.3),
        ("vogel.wav", 1.0),
    ] {
        course.write(&format!("clips/{name}"), clip(length));
    }
    course.write("clips/in-uit.wav", sound::named("beats 0.6 0.9"));
    course.write("clips/room-tone.wav", sound::named("noise 12"));
    course.write("clips/call.amr", "x");
    course.write("clips/broken.wav", "a text");
    course.write("clips/notes.txt", "x");
    let import = ["voice", "import", "clips", "--lang", "en"];
    let before = course.files("voice");
    // What is left over is told by the exit code too.
    let import_some = |flags: &[&str]| {
        let run = course.adem(&[&import[..], flags].concat());
        assert_eq!(run.code, 1, "{}", run.shown());
        run
    };
    let shown = course.adem(&import);
    assert_eq!(shown.code, 2, "nobody could be asked, so no script takes it for done: {}", shown.shown());
    let table = shown.text().to_owned();
    for piece in [
        "nl_plek_vrij.wav: the name says Dutch (`nl`); import it with --lang nl",
        "vogel.wav: the name fits no phrase",
        "evening_p099.wav: the name fits no phrase",
        "tot.wav: slot_tot.wav is named as the same take of the same phrase; leave one and end the other in _t2",
        "call.amr: adem does not read this kind of file",
        "broken.wav: is ",
        "welkom.wav",
    ] {
        assert!(table.contains(piece), "{piece}:\n{table}");
    }
    assert!(!table.contains("notes.txt"), "{table}");
    assert_eq!(course.files("voice"), before, "nothing is copied before somebody agrees");
    import_some(&["--dry-run"]);
    assert_eq!(course.files("voice"), before);
    let copied = import_some(&["--yes"]);
    assert!(copied.shown().contains("copied 4 takes and the room tone"), "{}", copied.shown());
    for path in [
        "plek/welkom.wav",
        "plek/vrij.wav",
        "plek/voeten_t2.wav",
        "plek/in-uit.wav",
        "room-tone.wav",
        "takes.toml",
    ] {
        assert!(course.has(&format!("voice/en/beth/{path}")), "{path}: {:?}", course.files("voice/en"));
    }
    assert!(!course.has("voice/en/beth/slot/tot.wav"));
    assert!(course.has("clips/en_plek_welkom_t1.wav"), "the originals stay");
    assert!(text(&course, "voice/en/beth/takes.toml").contains("text = \"Welcome.\""));
    // The same folder again: what is there is known, and another sound becomes the next take.
    course.write("clips/en_plek_welkom_t1.wav", clip(0.9));
    let again = import_some(&["--yes"]);
    assert!(again.text().contains("there already"), "{}", again.shown());
    assert!(course.has("voice/en/beth/plek/welkom_t2.wav") && !course.has("voice/en/beth/plek/vrij_t2.wav"));
}

#[test]
fn an_import_that_was_stopped_is_mended_by_doing_it_again() {
    let course = unrecorded();
    course.write("clips/voeten.wav", clip(1.1));
    course.write("clips/slot_tot.wav", clip(1.2));
    let import = ["voice", "import", "clips", "--lang", "en", "--yes"];
    course.succeed(&import);
    let records = text(&course, "voice/en/beth/takes.toml");
    // What a process that was killed may leave: takes without records, or records without takes.
    course.remove("voice/en/beth/takes.toml");
    let again = course.succeed(&import);
    assert!(again.text().contains("there without a record"), "{}", again.shown());
    assert!(
        again.shown().contains("2 takes were there already; their words are remembered"),
        "{}",
        again.shown()
    );
    assert_eq!(text(&course, "voice/en/beth/takes.toml"), records);
    course.remove("voice/en/beth/slot/tot.wav");
    let lost = course.adem(&["check"]);
    assert!(
        lost.shown().contains("voice/en/beth/slot/tot.wav is not there, so its record has no effect"),
        "{}",
        lost.shown()
    );
    course.succeed(&import);
    assert!(course.has("voice/en/beth/slot/tot.wav"));
    assert_eq!(text(&course, "voice/en/beth/takes.toml"), records);
    assert!(course.succeed(&import).shown().contains("nothing to copy"));
    course.edit("scripts/po/en.po", "Feel your feet.", "Notice your feet.");
    assert_eq!(phrase(&status(&course, &["--lang", "en"]), "plek/voeten")["recorded_for"], "Feel your feet.");
}

#[test]
fn a_record_whose_file_is_mistyped_is_told_with_what_was_meant() {
    let course = Course::new();
    course.succeed(&["voice", "accept", "--all"]);
    course.edit("voice/nl/anna/takes.toml", "\"plek/voeten.wav\"", "\"plek/voetn.wav\"");
    let check = course.adem(&["check"]);
    for piece in ["voetn.wav is not there", "did you mean plek/voeten.wav?", "voice/nl/anna/takes.toml"] {
        assert!(check.shown().contains(piece), "{piece}: {}", check.shown());
    }
}

#[test]
fn the_number_of_a_take_has_a_limit() {
    let course = unrecorded();
    for name in ["voeten_t4294967295", "slot_tot take 20261127"] {
        course.write(&format!("clips/{name}.wav"), clip(1.1));
    }
    let import = ["voice", "import", "clips", "--lang", "en", "--yes"];
    let run = course.adem(&import);
    assert!(run.code == 1 && run.text().contains("the name fits no phrase"), "{}", run.shown());
    assert!(!course.has("voice/en/beth/takes.toml"));
    // Nothing can be counted on from one that somebody has put there.
    course.write("voice/en/beth/plek/voeten_t4294967295.wav", clip(1.0));
    course.write("clips/voeten.wav", clip(1.2));
    let run = course.adem(&import);
    assert!(
        run.code == 1 && run.text().contains("no take can follow voice/en/beth/plek/voeten_t4294967295.wav"),
        "{}",
        run.shown()
    );
    course.succeed(&["voice", "status", "--lang", "en"]);
    course.succeed(&["voice", "sheet", "--lang", "en"]);
}

#[test]
fn a_clip_that_cannot_be_cut_at_its_bar_is_flagged() {
    let course = unrecorded();
    course.write("clips/in-uit.wav", clip(2.0));
    let run = course.succeed(&["voice", "import", "clips", "--lang", "en", "--yes"]);
    assert!(run.text().contains("in-uit.wav cannot be cut: it has no pause of 0.12 s"), "{}", run.shown());
    assert!(text(&course, "voice/en/beth/takes.toml").contains("to-hear"));
    let faults = phrase(&status(&course, &["--lang", "en"]), "plek/in-uit")["faults"].clone();
    assert!(faults.to_string().contains("record it again with a short silence at each `|`"), "{faults}");
    course.succeed(&["voice", "sheet", "--lang", "en", "--pickups"]);
    assert!(text(&course, "out/voice/pickups-en-beth.csv").contains("plek/in-uit"));
}

#[test]
fn a_room_tone_is_heard_before_it_is_taken() {
    let import = ["voice", "import", "clips", "--lang", "en", "--yes"];
    let noise = |seconds, seed| sound::wav(&[sound::noise(seconds, seed)], 48_000, 24);
    for (bad, said) in [
        (sound::named("empty"), "room-tone.wav"),
        (sound::wav(&[vec![0.0; 600_000]], 48_000, 24), "has no sound at all"),
        (sound::wav(&[sound::speech(&[2.0; 5])], 48_000, 24), "is no room tone"),
        (noise(4.0, 1), "is too short for room tone"),
    ] {
        let course = unrecorded();
        course.write("clips/room-tone.wav", bad);
        let run = course.adem(&import);
        assert!(run.code == 1 && run.text().contains(said), "{said}: {}", run.shown());
        assert!(!course.has("voice/en/beth/room-tone.wav"), "{said}");
    }
    let course = unrecorded();
    course.write("clips/room-tone.wav", noise(12.0, 1));
    course.write("clips/after/room-tone.wav", noise(12.0, 2));
    let run = course.adem(&import);
    let said = "after/room-tone.wav is room tone too; leave one in the folder";
    assert!(run.code == 1 && run.text().contains(said), "{}", run.shown());
    course.write("clips/after/room-tone.wav", noise(12.0, 1));
    let run = course.succeed(&import);
    assert!(run.shown().contains("copied the room tone into"), "{}", run.shown());
    assert!(course.succeed(&import).text().contains("there already"));
    course.remove("clips/after/room-tone.wav");
    course.write("clips/room-tone.wav", noise(12.0, 3));
    let run = course.adem(&import);
    let said = "to replace it, remove voice/en/beth/room-tone.wav first";
    assert!(run.code == 1 && run.text().contains(said), "{}", run.shown());
    course.remove("voice/en/beth/room-tone.wav");
    course.succeed(&import);
}

#[test]
fn one_sound_under_several_names_is_told() {
    let course = unrecorded();
    for (name, length) in [
        // The same file as two takes of a phrase, and in two folders.
        ("voeten.wav", 1.1),
        ("voeten_t7.wav", 1.1),
        ("again/voeten.wav", 1.1),
        // And under the name of another phrase.
        ("slot_tot.wav", 1.2),
        ("welkom.wav", 1.2),
        // Three tries that are named as one take.
        ("vrij (2).wav", 1.4),
        ("vrij copy.wav", 1.5),
        ("vrij_t2.wav", 1.6),
        ("fr_vrij.wav", 1.7),
    ] {
        course.write(&format!("clips/{name}"), clip(length));
    }
    let import = ["voice", "import", "clips", "--lang", "en", "--yes"];
    let run = course.adem(&import);
    assert_eq!(run.code, 1);
    for piece in [
        "\nvoeten.wav: the same sound as again/voeten.wav; one is enough",
        "voeten_t7.wav: the same sound as again/voeten.wav; one is enough",
        "slot_tot.wav: the same sound as welkom.wav, which is named as `plek/welkom`",
        "welkom.wav: the same sound as slot_tot.wav, which is named as `slot/tot`",
        "vrij (2).wav: vrij copy.wav and vrij_t2.wav are named as the same take of the same phrase; leave one and end the others in _t3 and _t4",
        "fr_vrij.wav: the name says French (`fr`), which the course does not have",
    ] {
        assert!(run.text().contains(piece), "{piece}:\n{}", run.shown());
    }
    assert_eq!(course.files("voice/en/beth/plek"), ["voice/en/beth/plek/voeten.wav"]);
    // What is advised works.
    for (from, to) in [("vrij (2)", "vrij_t3"), ("vrij copy", "vrij_t4")] {
        std::fs::rename(course.path(&format!("clips/{from}.wav")), course.path(&format!("clips/{to}.wav")))
            .unwrap();
    }
    course.adem(&import);
    for take in [2, 3, 4] {
        assert!(course.has(&format!("voice/en/beth/plek/vrij_t{take}.wav")), "{take}");
    }
    // A take of the course under the name of another phrase.
    std::fs::remove_dir_all(course.path("clips")).unwrap();
    course.write("clips/slot_tot.wav", clip(1.1));
    let run = course.adem(&import);
    let said =
        "slot_tot.wav: the same sound as voice/en/beth/plek/voeten.wav, which is named as `plek/voeten`";
    assert!(run.code == 1 && run.text().contains(said), "{}", run.shown());
    assert!(!course.has("voice/en/beth/slot/tot.wav"));
}

#[test]
fn two_imports_at_once_lose_no_record() {
    let course = unrecorded();
    let names = ["plek_welkom", "plek_vrij", "voeten", "slot_tot"];
    for round in 0..4u16 {
        for (at, name) in names.iter().enumerate() {
            let length = 0.8 + 0.1 * f32::from(round) + 0.01 * at as f32;
            course.write(&format!("clips-{round}-{at}/{name}.wav"), clip(length));
        }
        let imports: Vec<_> = (0..names.len())
            .map(|at| {
                let folder = format!("clips-{round}-{at}");
                course.program(&["voice", "import", &folder, "--lang", "en", "--yes"]).start()
            })
            .collect();
        for mut import in imports {
            assert!(import.wait().unwrap().success());
        }
        let records = text(&course, "voice/en/beth/takes.toml").matches("[[take]]").count();
        assert_eq!(records, names.len() * usize::from(round + 1));
    }
}

#[test]
fn a_folder_that_is_too_deep_is_named() {
    let course = unrecorded();
    course.write("clips/1/2/3/4/voeten.wav", clip(1.1));
    course.write("clips/1/2/3/4/5/welkom.wav", clip(1.2));
    course.write("clips/1/2/3/4/notes/text.txt", "x");
    let run = course.adem(&["voice", "import", "clips", "--lang", "en", "--yes"]);
    assert!(run.code == 1 && run.text().contains("1/2/3/4/5: the folder is too deep"), "{}", run.shown());
    assert!(course.has("voice/en/beth/plek/voeten.wav") && !run.text().contains("notes"), "{}", run.shown());
}

#[test]
fn a_phrase_that_is_named_twice_is_accepted_once() {
    let course = Course::new();
    let run = course.succeed(&["voice", "accept", "voeten", "plek/voeten"]);
    assert!(run.shown().contains("1 take accepted"), "{}", run.shown());
}

#[test]
fn a_clip_with_a_fault_does_not_replace_an_accepted_one() {
    let course = Course::new();
    let loud: Vec<f32> =
        sound::speech(&[1.1]).iter().map(|sample| (sample * 30.0).clamp(-1.0, 1.0)).collect();
    course.write("clips/voeten.wav", sound::wav(&[loud], 48_000, 24));
    let shown = course.succeed(&["voice", "import", "clips", "--yes"]);
    let table = shown.text().to_owned();
    assert!(table.contains("with a fault:\nvoeten.wav is clipped"), "{table}");
    let file = |course: &Course| phrase(&status(course, &[]), "plek/voeten")["file"].clone();
    assert_eq!(file(&course), "voice/nl/anna/plek/voeten.wav");
    course.succeed(&["voice", "accept", "voeten", "--take", "2"]);
    assert_eq!(file(&course), "voice/nl/anna/plek/voeten_t2.wav");
}

#[test]
fn a_name_that_fits_two_scripts_needs_one_to_be_named() {
    let course = unrecorded();
    let second =
        text(&course, "scripts/plek.toml").replace("track = 2", "track = 3").replace("De plek", "De berg");
    course.write("scripts/berg.toml", second);
    course.write("clips/voeten.wav", clip(1.0));
    let run = course.adem(&["voice", "import", "clips", "--lang", "nl", "--yes"]);
    assert_eq!(run.code, 1, "{}", run.shown());
    assert!(run.text().contains("the name fits 2 phrases (berg/voeten, plek/voeten)"), "{}", run.shown());
    course.succeed(&["voice", "import", "clips", "--lang", "nl", "--script", "3", "--yes"]);
    assert!(course.has("voice/nl/anna/berg/voeten.wav"));
}

#[test]
fn numbers_are_those_of_phrases_with_words_and_many_that_fit_several_are_told_once() {
    let course = unrecorded();
    let second =
        text(&course, "scripts/plek.toml").replace("track = 2", "track = 3").replace("De plek", "De berg");
    course.write("scripts/berg.toml", second);
    for at in 1..=4 {
        course.write(&format!("clips/{at:03}.wav"), clip(1.0 + 0.1 * at as f32));
    }
    // Only one of the two is translated into English.
    let run = course.adem(&["voice", "import", "clips", "--lang", "en", "--dry-run"]);
    assert!(run.text().contains("plek/vrij") && !run.text().contains("fits"), "{}", run.shown());
    let run = course.adem(&["voice", "import", "clips", "--lang", "nl", "--dry-run"]);
    let told =
        "4 files, 001.wav to 004.wav: each name fits several phrases; name the script, as in `--script 1`";
    assert!(run.code == 1 && run.text().contains(told), "{}", run.shown());
}

#[test]
fn a_clip_that_is_far_from_the_time_of_its_words_is_told_on_import() {
    let course = unrecorded();
    let long = "Let your feet rest on the ground and feel how the earth carries them today.";
    for text in ["Welcome.", "You may always stop.", "Feel your feet."] {
        course.edit("scripts/po/en.po", &format!("msgstr \"{text}\""), &format!("msgstr \"{long} {text}\""));
    }
    // Slow, as it is meant; the third is a third of the others.
    for (name, length) in [("welkom", 14.0), ("vrij", 15.0), ("voeten", 3.3)] {
        course.write(&format!("clips/{name}.wav"), clip(length));
    }
    let run = course.adem(&["voice", "import", "clips", "--lang", "en", "--yes"]);
    assert!(run.text().contains("voeten.wav is too short for its text"), "{}", run.shown());
    assert!(!run.text().contains("welkom.wav is too"), "{}", run.shown());
    let faults = phrase(&status(&course, &["--lang", "en"]), "plek/voeten")["faults"].clone();
    assert_eq!(faults[0]["check"], "length", "{faults}");
}

#[test]
fn noise_is_taken_out_without_an_editor() {
    let course = Course::new();
    course.succeed(&["voice", "denoise", "0.5", "--lang", "en"]);
    assert!(text(&course, "voice/en/beth/voice.toml").contains("chain = { denoise = 0.5 }"));
    course.succeed(&["check"]);
    let run = course.adem(&["voice", "denoise", "2"]);
    assert!(run.code == 2 && run.shown().contains("from 0 to 1"), "{}", run.shown());
}

#[test]
fn clips_are_not_taken_from_the_takes_of_the_course() {
    let course = Course::new();
    for (folder, said) in [
        ("voice/nl/anna", "put new clips into a folder"),
        ("nowhere", "there is no folder"),
        ("course.toml", "name the script that is read"),
        ("scripts", "there are no recordings"),
    ] {
        let run = course.adem(&["voice", "import", folder, "--yes"]);
        assert!(run.code == 2 && run.shown().contains(said), "{folder}: {}", run.shown());
    }
}

#[test]
fn consent_licence_and_level_are_written_without_an_editor() {
    let course = Course::new();
    course.edit("voice/nl/anna/voice.toml", "kind = \"human\"", "kind = \"synthetic\" # for now");
    let before = course.read("voice/nl/anna/voice.toml");
    let machine = course.adem(&["voice", "consent", "--who", "Anna de Vries", "--for", "this course"]);
    assert!(machine.code == 2 && machine.shown().contains("add --person"), "{}", machine.shown());
    let licence = course.adem(&["voice", "consent", "--licence", "nonsense"]);
    assert!(licence.code == 2 && licence.shown().contains("SPDX name"), "{}", licence.shown());
    assert_eq!(course.read("voice/nl/anna/voice.toml"), before);
    course.succeed(&[
        "voice",
        "consent",
        "--who",
        "Anna de Vries",
        "--for",
        "this course",
        "--when",
        "2026-11-03",
        "--person",
        "--licence",
        "CC-BY-4.0",
    ]);
    let voice = text(&course, "voice/nl/anna/voice.toml");
    assert!(
        voice.contains("name = \"Anna de Vries\"") && voice.contains("licence = \"CC-BY-4.0\""),
        "{voice}"
    );
    assert!(voice.contains("kind = \"human\" # for now"), "{voice}");
    assert!(
        voice.contains("consent = { who = \"Anna de Vries\", when = \"2026-11-03\", for = \"this course\" }"),
        "{voice}"
    );
    let shown = course.succeed(&["voice", "status"]);
    assert!(shown.text().contains("Anna de Vries, 2026-11-03: this course"));
    let bad = course.adem(&["voice", "consent", "--who", "A", "--for", "b", "--when", "3 november"]);
    assert!(bad.code == 2 && bad.shown().contains("such as 2026-11-27"), "{}", bad.shown());
    course.succeed(&["voice", "level"]);
    assert!(!course.has("voice/nl/anna/level.toml"));
    course.succeed(&["voice", "level", "--write"]);
    let level: f64 =
        text(&course, "voice/nl/anna/level.toml").trim().strip_prefix("level = ").unwrap().parse().unwrap();
    assert!((-60.0..0.0).contains(&level) && (level * 2.0).fract() == 0.0, "{level}");
    assert!(course.succeed(&["check"]).shown().contains("no errors"));
}

#[test]
fn a_voice_that_is_not_there_is_named() {
    let course = Course::new();
    for (flags, said) in [
        (&["--lang", "de"][..], "there is no voice in `de`"),
        (&["--lang", "nl", "--voice", "ana"], "did you mean `anna`?"),
    ] {
        let run = course.adem(&[&["voice", "status"], flags].concat());
        assert!(run.code == 2 && run.shown().contains(said), "{}", run.shown());
    }
    // The name of a voice says its language.
    assert_eq!(status(&course, &["--voice", "beth"])["language"], "en");
}

#[test]
fn a_broken_record_of_takes_is_told_at_its_place() {
    let course = Course::new();
    course.write("voice/nl/anna/takes.toml", "[[take]]\nfile = \"plek/voeten.wav\"\nstate = \"god\"\n");
    let check = course.adem(&["check"]);
    assert_eq!(check.code, 1);
    assert!(
        check.shown().contains("voice/nl/anna/takes.toml") && check.shown().contains("hash"),
        "{}",
        check.shown()
    );
}

#[test]
fn recordings_in_the_voice_of_a_machine_draw_the_question_whose_they_are() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de", "--voice", "meise"]);
    course.edit(
        "scripts/po/de.po",
        "msgid \"Je kunt altijd stoppen.\"\nmsgstr \"\"",
        "msgid \"Je kunt altijd stoppen.\"\nmsgstr \"Du kannst aufhören.\"",
    );
    course.sound("clips/vrij.wav", "speech 1");
    let run = course.succeed(&["voice", "import", "clips", "--lang", "de", "--yes"]);
    let order = run
        .stderr
        .split("delivered: adem ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .replace("NAME", "Anna")
        .replace("USE", "course");
    course.succeed(&order.split_whitespace().collect::<Vec<_>>());
    course.sound("clips/voeten.wav", "speech 1.2");
    let again = course.adem(&["voice", "import", "clips", "--lang", "de", "--yes"]);
    assert!(!again.stderr.contains("is a machine's"), "{}", again.stderr);
}
