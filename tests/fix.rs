//! `adem check --fix` types what is certain, and nothing else; `adem explain` tells of a code.

use crate::support;

use support::Course;

const SLIPS: &str = "\u{a0}language = „nl“
titel = 'Oma's plek'
bed = { use = \"bruiz\" }

[[deel]]
author: \"An\"
steps = [
  { say = \"Je kunt altijd
  stoppen.\", id = \"vrij\", safety = ja }, // altijd
  { pauze = 6,5 }
  { say = \"Rust.\", id = \"rust\", keep = \"licht\" },
  { breathe = { in = 4, out = 6, times = 3, say = \"Adem.\", id = \"adem\" } },
  { say = \"Nog even.\" },
  { pause = \"8 minuten\" },
]
";

const MENDED: &str = " language = \"nl\"
title = \"Oma's plek\"
bed = { use = \"bruiz\" }
author = \"An\"

[[part]]
steps = [
  { say = \"Je kunt altijd stoppen.\", id = \"vrij\", safety = true }, # altijd
  { pause = 6.5 },
  { say = \"Rust.\", id = \"rust\", keep = \"light\" },
  { breathe = { in = 4, out = 6, times = 3 }, say = \"Adem.\", id = \"adem\" },
  { say = \"Nog even.\", id = \"nog-even\" },
  { pause = \"8m\" },
]
";

#[test]
fn fix_types_what_is_certain_and_leaves_what_is_not() {
    let course = Course::bare();
    course.write("scripts/plek.toml", SLIPS);
    let header = "title = \"Proef\"\nlanguages = [\"nl\"]\nvoices = { nl = \"anna\" }\n";
    let wide: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    course.write("course.toml", wide);
    let run = course.adem(&["check", "--fix"]);
    assert_eq!(std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap(), MENDED, "{}", run.shown());
    assert_eq!(std::fs::read_to_string(course.path("course.toml")).unwrap(), header);
    // Which bed was meant is a guess.
    assert!(run.stderr.contains("error[unknown-bed]") && run.stderr.contains("\n1 error"), "{}", run.shown());
}

#[test]
fn fix_mends_po_files_and_keeps_their_bytes_otherwise() {
    for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n"), ("", "\r")] {
        let course = Course::new();
        let good =
            String::from_utf8(course.read("scripts/po/en.po")).unwrap().replace("Welcome.", "Say “welcome”.");
        let typed = good
            .replace("msgstr \"Say “welcome”.\"", "mgstr \"Say “welcome”.\"")
            .replace("\"You may always stop.\"", "„You may always stop.“")
            .replace("\"Feel your feet.\"", "\"Feel your feet.")
            .replace("\"In | and out\"", "\"In |\nand out\"");
        let form = |text: &str| format!("{mark}{}", text.replace('\n', end)).into_bytes();
        course.write("scripts/po/en.po", form(&typed));
        let run = course.succeed(&["check", "--fix"]);
        let mended = good.replace("\"In | and out\"", "\"In | \"\n\"and out\"");
        assert_eq!(course.read("scripts/po/en.po"), form(&mended), "{}", run.shown());
    }
}

#[test]
fn fix_writes_a_po_file_of_another_charset_in_utf_8() {
    let course = Course::new();
    let good = String::from_utf8(course.read("scripts/po/en.po")).unwrap().replace("Breath\"", "Bréath\"");
    let latin: Vec<u8> =
        good.replace("UTF-8", "ISO-8859-1").chars().map(|c| u8::try_from(c).unwrap()).collect();
    course.write("scripts/po/en.po", latin.clone());
    let told = course.succeed(&["check"]);
    assert!(told.stderr.contains("warning[po-charset]: this file is in ISO-8859-1"), "{}", told.shown());
    assert_eq!(course.read("scripts/po/en.po"), latin);
    let run = course.succeed(&["check", "--fix"]);
    assert_eq!(course.read("scripts/po/en.po"), good.into_bytes(), "{}", run.shown());
    assert!(!run.stderr.contains("po-charset"), "{}", run.shown());
}

#[test]
fn json_has_every_change_with_its_bytes() {
    let course = Course::bare();
    course.write("scripts/plek.toml", SLIPS.replace("bruiz", "bruis"));
    let run = course.adem(&["check", "--json"]);
    let document: serde_json::Value = serde_json::from_str(run.text()).unwrap();
    let text = std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap();
    let patches = document["diagnostics"].as_array().unwrap().iter().map(|found| &found["patch"]);
    let mut edits = 0;
    for edit in patches.flat_map(|patch| patch["edits"].as_array().cloned().unwrap_or_default()) {
        let at = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        assert!(text.get(at("start")..at("end")).is_some() && edit["replacement"].is_string());
        edits += 1;
    }
    assert!(edits >= 12, "{}", run.text());
}

#[test]
fn a_zero_before_a_number_is_taken_away_and_a_flag_is_no_name() {
    let course = Course::bare();
    let script = |track: &str, bell: &str| {
        format!(
            "track = {track}\nlanguage = \"nl\"\ntitle = \"Plek\"\n\n[[part]]\nsteps = [\n  {{ bell = {bell} }},\n]\n"
        )
    };
    course.write("scripts/plek.toml", script("01", "true"));
    let run = course.adem(&["check", "--fix"]);
    let after = std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap();
    assert_eq!(after, script("1", "true"), "{}", run.shown());
    assert!(!run.stderr.contains("\"true\""), "{}", run.shown());
}

#[test]
fn explain_tells_of_a_code_with_an_example() {
    let course = Course::bare();
    let run = course.adem(&["explain", "unknown-key"]);
    assert!(run.text().contains("pauze = 6") && run.text().contains("pause = 6"), "{}", run.shown());
    let near = course.adem(&["explain", "unknwon-key"]);
    assert!(near.stderr.contains("did you mean `unknown-key`?"), "{}", near.shown());
}

#[test]
fn fix_adds_no_id_to_a_line_whose_syntax_it_mends() {
    let course = Course::bare();
    let script =
        |step: &str| format!("language = \"nl\"\ntitle = \"Plek\"\n\n[[part]]\nsteps = [\n  {step},\n]\n");
    course.write("scripts/plek.toml", script("{ say = “Nog even.”, pause = 2 }"));
    let run = course.adem(&["check", "--fix"]);
    let after = std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap();
    assert_eq!(after, script("{ say = \"Nog even.\", pause = 2 }"), "{}", run.shown());
    assert!(run.stderr.contains("missing-id"), "{}", run.shown());
    course.adem(&["check", "--fix"]);
    let after = std::fs::read_to_string(course.path("scripts/plek.toml")).unwrap();
    assert_eq!(after, script("{ say = \"Nog even.\", id = \"nog-even\", pause = 2 }"));
}

#[test]
fn fix_leaves_a_file_with_a_merge_conflict() {
    let course = Course::new();
    let good = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    let line = "msgstr \"Feel your feet.\"\n";
    let text = good.replace(line, &format!("<<<<<<< HEAD\n{line}=======\nmsgstr „Feel.“\n>>>>>>> b\n"));
    assert_ne!(text, good);
    course.write("scripts/po/en.po", text.clone().into_bytes());
    let run = course.adem(&["check", "--fix"]);
    assert_eq!(course.read("scripts/po/en.po"), text.into_bytes(), "{}", run.shown());
    assert!(
        run.stderr.contains("two versions of these lines") && run.stderr.contains("\n1 error"),
        "{}",
        run.shown()
    );
}
