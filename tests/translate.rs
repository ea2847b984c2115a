//! What translators get and give back, run as a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::io::{Cursor, Read, Write};

use adem::diag::{FileId, Sink};
use adem::script::po::file::{Message, PoFile};
use adem::script::po::syntax;
use serde_json::Value;
use support::Course;
use support::browser::{run_script, scripted_browser};

fn text(course: &Course, path: &str) -> String {
    String::from_utf8(course.read(path)).unwrap()
}

fn po(text: &str) -> PoFile {
    let sink = Sink::new();
    syntax::read(FileId(0), text, &sink).unwrap_or_else(|| panic!("{:?}\n{text}", sink.sorted()))
}

fn find<'a>(file: &'a PoFile, context: &str) -> &'a Message {
    let wanted = |one: &&Message| one.context.as_deref() == Some(context) && !one.obsolete;
    file.messages.iter().find(wanted).unwrap_or_else(|| panic!("{context}"))
}

/// A PO file with other translations.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    let mut file = po(text);
    for message in &mut file.messages {
        for (context, translation) in changes {
            if message.context.as_deref() == Some(context) && !message.obsolete {
                message.texts = vec![(*translation).to_owned()];
            }
        }
    }
    file.print()
}

/// The files of a zip, by the ends of their names.
fn unzipped(bytes: &[u8], ending: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let at = (0..archive.len())
        .find(|at| archive.by_index(*at).unwrap().name().unwrap().ends_with(ending))
        .unwrap();
    let mut bytes = Vec::new();
    archive.by_index(at).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_language_is_added_with_all_that_it_needs_and_nothing_is_overwritten() {
    for (tag, named) in
        [("de", "de"), ("zh-hant-tw", "zh-Hant-TW"), ("pt-BR", "pt-BR"), ("sr-Latn", "sr-Latn")]
    {
        let course = Course::new();
        let before = text(&course, "course.toml");
        let run = course.succeed(&["translate", "add", tag, "--voice", "meise"]);
        assert!(run.stderr.contains(&format!("adem translate pack {named}")), "{}", run.stderr);
        let after = text(&course, "course.toml");
        let expected = before
            .replace("[\"nl\", \"en\"]", &format!("[\"nl\", \"en\", \"{named}\"]"))
            .replace("en = \"beth\" }", &format!("en = \"beth\", {named} = \"meise\" }}"));
        assert_eq!(after, expected);
        assert!(text(&course, &format!("voice/{named}/meise/voice.toml")).contains("kind = \"synthetic\""));
        let file = po(&text(&course, &format!("scripts/po/{named}.po")));
        assert!(file.messages.len() > 8);
        assert!(file.messages[0].text().contains(&format!("Language: {}\n", named.replace('-', "_"))));
        let check = course.succeed(&["check"]);
        assert_eq!(check.stderr.matches("warning[").count(), 1, "{}", check.stderr);
        let again = course.succeed(&["translate", "add", tag, "--voice", "meise"]);
        assert!(again.stderr.contains("already"), "{}", again.stderr);
        assert_eq!(text(&course, "course.toml"), after);
    }
    let course = Course::new();
    let own = course.adem(&["translate", "add", "nl", "--voice", "x"]);
    assert_eq!(own.code, 2, "{}", own.stderr);
    let bad = course.adem(&["translate", "add", "de", "--voice", "Frau Vogel"]);
    assert!(bad.code == 2 && bad.stderr.contains("write `frau-vogel`"), "{}", bad.stderr);
    assert!(!text(&course, "course.toml").contains("de"));
}

#[test]
fn a_person_takes_the_place_of_a_machine_that_has_no_recordings() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de", "--voice", "meise"]);
    let run = course.succeed(&["translate", "add", "de", "--voice", "anna"]);
    assert!(run.stderr.contains("spoken by anna"), "{}", run.stderr);
    assert!(text(&course, "course.toml").contains("de = \"anna\""));
    let voice = text(&course, "voice/de/anna/voice.toml");
    assert!(voice.contains("kind = \"human\"") && voice.contains("name = \"Anna\""), "{voice}");
    course.sound("voice/de/anna/plek/vrij.wav", "speech 1");
    course.succeed(&[
        "translate",
        "add",
        "de",
        "--voice",
        "bert",
        "--speaker",
        "Bert",
        "--licence",
        "CC0-1.0",
    ]);
    assert!(text(&course, "course.toml").contains("de = \"anna\""), "a voice with recordings stays");
}

#[test]
fn a_language_that_is_begun_is_no_obstacle() {
    let course = Course::with_delivery("\n[[delivery]]\nname = \"net\"\nformats = [\"wav16\"]\n");
    course.succeed(&["translate", "add", "de"]);
    let run = course.succeed(&["render", "2", "-o", "out/x.wav"]);
    assert_eq!(run.stderr.matches("not translated").count(), 1, "{}", run.stderr);
    let run = course.succeed(&["build"]);
    assert!(run.stderr.contains("net: `plek` is not translated into `de` yet; left out"), "{}", run.stderr);
    let json: Value =
        serde_json::from_slice(&course.succeed(&["translate", "status", "--json"]).stdout).unwrap();
    let german = json["languages"].as_array().unwrap().iter().find(|one| one["language"] == "de").unwrap();
    assert_eq!(german["tracks"][0]["missing"], german["tracks"][0]["phrases"]);
    let table = course.succeed(&["translate", "status"]);
    assert!(table.text().contains("not begun: track 2"), "{}", table.text());
}

#[test]
fn a_pack_goes_out_and_comes_back() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    course.succeed(&["translate", "pack", "de", "-o", "away.zip"]);
    let bytes = course.read("away.zip");
    course.succeed(&["translate", "pack", "de", "-o", "again.zip"]);
    assert_eq!(bytes, course.read("again.zip"), "the same texts make the same bytes");
    let page = String::from_utf8(unzipped(&bytes, ".html")).unwrap();
    assert!(page.contains("src=\"sound/plek/vrij.wav\"") && page.contains("Safety"), "{page}");
    assert!(!unzipped(&bytes, "sound/plek/vrij.wav").is_empty());
    let sent = String::from_utf8(unzipped(&bytes, "de.po")).unwrap();
    let done = with(&sent, &[("plek/vrij", "Du kannst immer aufhören."), ("plek/in-uit", "Ein und aus")]);
    course.write("back.zip", zipped(&[("x/de.po", done.as_bytes()), ("x/page.html", b"x")]));
    let run = course.adem(&["translate", "unpack", "back.zip"]);
    assert!(
        run.code == 1 && run.stderr.contains("2 texts were taken") && run.stderr.contains("a bar is lost"),
        "{}",
        run.stderr
    );
    let file = po(&text(&course, "scripts/po/de.po"));
    assert_eq!(find(&file, "plek/vrij").text(), "Du kannst immer aufhören.");
    assert!(!text(&course, "scripts/po/de.po").contains("Sent: "));

    // Newer work of the course stays, and is told with both texts.
    let newer = with(&text(&course, "scripts/po/de.po"), &[("plek/vrij", "Du darfst jederzeit aufhören.")]);
    course.write("scripts/po/de.po", newer);
    let before = course.read("scripts/po/de.po");
    let run = course.adem(&["translate", "unpack", "back.zip"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in
        ["plek/vrij was changed on both sides", "Du darfst jederzeit aufhören.", "Du kannst immer aufhören."]
    {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
    assert_eq!(course.read("scripts/po/de.po"), before);
    let run = course.adem(&["translate", "unpack", "back.zip", "--theirs"]);
    assert!(run.stderr.contains("1 text was taken"), "{}", run.stderr);
    assert_eq!(
        find(&po(&text(&course, "scripts/po/de.po")), "plek/vrij").text(),
        "Du kannst immer aufhören."
    );
}

#[test]
fn what_is_written_for_a_translator_replaces_nothing_that_somebody_has_worked_on() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    course.succeed(&["translate", "add", "fr"]);
    let refused = |arguments: &[&str], path: &str, told: &str| {
        let before = course.read(path);
        let run = course.adem(arguments);
        assert!(run.code == 2 && run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        assert_eq!(course.read(path), before, "{arguments:?}");
    };
    refused(&["translate", "pack", "de", "-o", "course.toml"], "course.toml", "has to end in .zip");
    course.write("other.zip", zipped(&[("a.txt", b"x")]));
    refused(&["translate", "pack", "de", "-o", "other.zip"], "other.zip", "is not what this command wrote");
    course.succeed(&["translate", "pack", "fr", "-o", "fr.zip"]);
    refused(&["translate", "pack", "de", "-o", "fr.zip"], "fr.zip", "for German (`de`)");
    course.succeed(&["translate", "export", "fr", "--to", "fr.csv"]);
    refused(&["translate", "export", "de", "--to", "fr.csv"], "fr.csv", "for German (`de`)");

    // What has been sent and has no new word in it is replaced by what the course has now.
    for sheet in ["de.csv", "de.xlsx"] {
        course.succeed(&["translate", "export", "de", "--to", sheet]);
    }
    course.succeed(&["translate", "pack", "de", "-o", "de.zip"]);
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen.");
    for sheet in ["de.csv", "de.xlsx"] {
        course.succeed(&["translate", "export", "de", "--to", sheet]);
    }
    course.succeed(&["translate", "pack", "de", "-o", "de.zip"]);

    let sheet = text(&course, "de.csv");
    course.write("de.csv", sheet.replace("Voel je handen.,,", "Voel je handen.,Spür deine Hände.,"));
    refused(
        &["translate", "export", "de", "--to", "de.csv"],
        "de.csv",
        "1 text in it changed since it was sent",
    );
    let zip = course.read("de.zip");
    let sent = String::from_utf8(unzipped(&zip, "de.po")).unwrap();
    let name = {
        let mut archive = zip::ZipArchive::new(Cursor::new(&zip[..])).unwrap();
        let names: Vec<_> =
            (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        names
            .into_iter()
            .find(|name| std::path::Path::new(name).extension().is_some_and(|ending| ending == "po"))
            .unwrap()
    };
    let done = with(&sent, &[("plek/vrij", "Hör auf.")]);
    course.write("de.zip", zipped(&[(&name, done.as_bytes())]));
    refused(&["translate", "pack", "de", "-o", "de.zip"], "de.zip", "adem translate import de.zip --lang de");
}

#[test]
fn a_language_that_the_course_does_not_have_is_not_sent() {
    let course = Course::new();
    for arguments in [&["pack", "fr"][..], &["export", "fr", "--to", "fr.csv"]] {
        let run = course.adem(&[&["translate"], arguments].concat());
        assert!(run.code == 2 && run.stderr.contains("`adem translate add fr`"), "{}", run.stderr);
    }
    assert!(!course.has("out/fr.zip") && !course.has("fr.csv"));
}

#[test]
fn letters_that_nobody_can_be_sure_of_are_not_taken() {
    let course = Course::new();
    course.succeed(&["translate", "add", "hu"]);
    let before = course.read("scripts/po/hu.po");
    let done = with(&text(&course, "scripts/po/hu.po"), &[("plek/vrij", "Őrizd meg: #r")]);
    let mut bytes = done.replace('Ő', "\u{1}").into_bytes();
    bytes.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xd5);
    course.write("hu.po", &bytes);
    let run = course.adem(&["translate", "import", "hu.po", "--lang", "hu"]);
    assert!(run.code != 0 && run.stderr.contains("not-text"), "{}", run.stderr);
    assert_eq!(course.read("scripts/po/hu.po"), before);
    course.write("scripts/po/hu.po", &bytes);
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen.");
    assert_eq!(course.adem(&["translate", "update", "--lang", "hu"]).code, 1);
    assert_eq!(course.read("scripts/po/hu.po"), bytes);
}

#[test]
fn a_pack_whose_course_has_moved_on_is_told_also_where_nobody_wrote_anything() {
    let (course, _) = german();
    course.succeed(&["translate", "pack", "de", "-o", "away.zip"]);
    course.edit("scripts/plek.toml", "Voel je voeten.", "Beweeg je handen wat.");
    course.edit(
        "scripts/plek.toml",
        "  { say = \"Welkom.\", id = \"welkom\", keep = \"light\", pause = 2 },\n",
        "",
    );
    let run = course.succeed(&["translate", "unpack", "away.zip", "--lang", "de"]);
    assert!(run.stderr.contains("whose original has changed since: plek/voeten;"), "{}", run.stderr);
    assert!(run.stderr.contains("that the course no longer has: plek/welkom;"), "{}", run.stderr);
}

#[test]
fn a_wrong_header_and_lost_plural_forms_are_told_and_who_translated_is_kept() {
    let course = Course::new();
    course.succeed(&["translate", "add", "pl"]);
    let mut file = po(&text(&course, "scripts/po/pl.po"));
    let header = file.messages[0].texts[0].replace("Last-Translator: ", "Last-Translator: Ola <o@x.pl>");
    let header = header.replace("PO-Revision-Date: ", "PO-Revision-Date: 2026-11-28 01:00+0000");
    file.messages[0].texts[0] = header.clone();
    course.write("pl.po", file.print());
    course.succeed(&["translate", "import", "pl.po"]);
    let own = text(&course, "scripts/po/pl.po");
    assert!(own.contains("Last-Translator: Ola <o@x.pl>\\n") && own.contains("2026-11-28"), "{own}");

    let seconds = |one: &&mut Message| one.context.as_deref() == Some("adem:second");
    file.messages.iter_mut().find(seconds).unwrap().texts = vec!["{n} sekunda".into(), "{n} sekundy".into()];
    course.write("pl.po", file.print());
    let run = course.adem(&["translate", "import", "pl.po"]);
    assert!(run.code == 1 && run.stderr.contains("it has 2 plural forms"), "{}", run.stderr);
    let line = header.lines().find(|line| line.starts_with("Plural-Forms:")).unwrap();
    for (wrong, told) in [
        ("Plural-Forms: nonsense", "the plural forms cannot be read"),
        ("Plural-Forms: nplurals=2; plural=(n != 1);", "the header has 2 plural forms"),
    ] {
        course.write("pl.po", own.replace(line, wrong));
        let run = course.adem(&["translate", "import", "pl.po", "--lang", "pl"]);
        assert!(run.code == 1 && run.stderr.contains(told), "{}", run.stderr);
    }
}

/// A course whose English parts follow the Dutch ones, with pauses that cannot change.
fn locked() -> Course {
    let course = Course::with_delivery("\n[[delivery]]\nname = \"net\"\nlock_parts = \"nl\"\n");
    for pause in ["keep = \"light\", pause = 2", "safety = true, pause = 1", "id = \"voeten\", pause = 2"] {
        let (before, length) = pause.rsplit_once(' ').unwrap();
        course.edit("scripts/plek.toml", pause, &format!("{before} {{ fixed = {length} }}"));
    }
    course
}

#[test]
fn a_phrase_has_seconds_and_syllables_where_its_part_is_locked() {
    let free = Course::new();
    free.succeed(&["translate", "update"]);
    assert!(!text(&free, "scripts/po/en.po").contains("\n#. Time: 1."));

    let course = locked();
    course.succeed(&["translate", "update"]);
    let file = po(&text(&course, "scripts/po/en.po"));
    let time = |context: &str| {
        let comments = &find(&file, context).extracted;
        comments.iter().find(|comment| comment.starts_with("Time: ")).cloned()
    };
    let bound = time("plek/vrij").unwrap();
    assert!(bound.contains(" s, at most ") && bound.ends_with(" syllables."), "{bound}");
    // The pauses of the fragment can still give.
    assert_eq!(time("slot/tot"), None);
    course.succeed(&["translate", "pack", "en", "-o", "away.zip"]);
    let zip = course.read("away.zip");
    let page = String::from_utf8(unzipped(&zip, "translate-en.html")).unwrap();
    let told = bound.trim_start_matches("Time: ").split(" s,").next().unwrap();
    assert!(page.contains(&format!("It has {told} s: at most ")), "{told}: {page}");
    // The pack has the sheet that `voice sheet` writes.
    course.succeed(&["voice", "sheet", "--lang", "en"]);
    let sheet = text(&course, "out/voice/sheet-en-beth.html");
    assert_eq!(sheet.as_bytes(), unzipped(&zip, "sheet-en.html"));
    assert!(sheet.matches("as its part keeps its length").count() == 3, "{sheet}");
    assert!(text(&course, "out/voice/sheet-en-beth.csv").contains("at most "));
}

#[test]
fn status_tells_what_does_not_fit_its_part_and_which_takes_are_stale() {
    let course = locked();
    let run = course.succeed(&["translate", "status"]);
    assert!(run.text().contains("each part starts where it does in Dutch"), "{}", run.text());
    assert!(
        run.text().contains("Arriving  10.9 s  0.5 s to spare") && !run.text().contains("shorten"),
        "{}",
        run.text()
    );

    course.sound("voice/en/beth/plek/voeten.wav", "speech 3");
    let run = course.succeed(&["translate", "status"]);
    assert!(run.text().contains("s too long"), "{}", run.text());
    assert!(run.text().contains("shorten plek/voeten: about "), "{}", run.text());
    let status: Value =
        serde_json::from_slice(&course.succeed(&["translate", "status", "--json"]).stdout).unwrap();
    let part = &status["languages"][0]["locked"][0]["parts"][0];
    assert_eq!((&part["part"], &part["shorten"][0]["phrase"]), (&"Arriving".into(), &"plek/voeten".into()));
    assert!(part["slack"].as_f64().unwrap() < -1.0, "{part}");

    course.succeed(&["voice", "accept", "--all", "--lang", "en"]);
    course.edit("scripts/po/en.po", "You may always stop.", "You can stop whenever you like.");
    let json =
        |arguments: &[&str]| -> Value { serde_json::from_slice(&course.succeed(arguments).stdout).unwrap() };
    let track = &json(&["translate", "status", "--json"])["languages"][0]["tracks"][0];
    let voice = &json(&["voice", "status", "--lang", "en", "--json"])["scripts"][0];
    assert_eq!((&track["stale"], &voice["stale"]), (&1.into(), &1.into()));
}

#[test]
fn a_lock_that_no_delivery_asks_for_is_shown_before_anybody_records() {
    let course = Course::new();
    for pause in ["keep = \"light\", pause = 2", "safety = true, pause = 1", "id = \"voeten\", pause = 2"] {
        let (before, length) = pause.rsplit_once(' ').unwrap();
        course.edit("scripts/plek.toml", pause, &format!("{before} {{ fixed = {length} }}"));
    }
    assert!(!course.succeed(&["translate", "status"]).text().contains("starts where it does"));
    let run = course.succeed(&["translate", "status", "--lock-parts", "nl"]);
    assert!(run.text().contains("0.5 s to spare"), "{}", run.text());
    course.succeed(&["voice", "sheet", "--lang", "en", "--lock-parts", "nl"]);
    let sheet = |course: &Course| text(course, "out/voice/sheet-en-beth.html");
    assert!(sheet(&course).matches("as its part keeps its length").count() == 3, "{}", sheet(&course));
    let plan = course.succeed(&["plan", "2", "--lang", "en", "--lock-parts", "nl"]);
    assert!(plan.text().contains("Arriving  10.9 s  0.5 s to spare"), "{}", plan.text());
    let plan = course.plan(&["2", "--lang", "en", "--lock-parts", "nl"]);
    assert_eq!(plan["locked_parts"][0]["slack"], 0.5);

    // Nobody has recorded it: its length is predicted from its words.
    course.remove("voice/en/beth/plek/voeten.wav");
    course.edit("scripts/po/en.po", "Feel your feet.", "Feel your feet, and the ground that they stand on.");
    course.succeed(&["translate", "pack", "en", "--lock-parts", "nl", "-o", "away.zip"]);
    let page = String::from_utf8(unzipped(&course.read("away.zip"), "translate-en.html")).unwrap();
    let told = "too long for its time in Dutch. Shorten one or more of these: plek/voeten.";
    assert!(page.contains(told), "{page}");
    course.succeed(&["voice", "sheet", "--lang", "en", "--lock-parts", "nl"]);
    assert!(sheet(&course).contains("too long for its time. Ask before you record it"), "{}", sheet(&course));
    let refused = course.adem(&["translate", "status", "--lang", "en", "--lock-parts", "en"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
}

#[test]
fn a_translation_can_be_as_long_as_its_source() {
    let course = Course::with_delivery(
        "\n[[delivery]]\nname = \"net\"\nlengths = [\"source\"]\nformats = [\"wav16\"]\nfiles = [\"timeline.json\"]\n",
    );
    course.sound("voice/en/beth/plek/voeten.wav", "speech 2");
    let frames = |arguments: &[&str]| course.plan(arguments)["frames"].as_u64().unwrap();
    let dutch = frames(&["2"]);
    assert_ne!(frames(&["2", "--lang", "en"]), dutch);
    assert_eq!(frames(&["2", "--lang", "en", "--length", "source"]), dutch);
    assert_eq!(frames(&["2", "--length", "source"]), dutch);
    let fit = course.succeed(&["fit", "2", "--lang", "en", "--length", "source"]);
    assert!(fit.text().contains("fits"), "{}", fit.text());
    course.succeed(&["build"]);
    let built = course.files("out/net");
    let timeline = built.iter().find(|file| file.contains("-en_source") && file.ends_with("timeline.json"));
    let timeline: Value = serde_json::from_slice(&course.read(timeline.unwrap())).unwrap();
    assert_eq!(timeline["frames"].as_u64().unwrap(), dutch);
    let wrong = course.adem(&["plan", "2", "--length", "sourse"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("natural or source"), "{}", wrong.stderr);
}

#[test]
fn a_pack_of_one_script_has_what_its_track_needs() {
    let course = Course::new();
    let second =
        text(&course, "scripts/plek.toml").replace("track = 2", "track = 3").replace("De plek", "De berg");
    course.write("scripts/berg.toml", second);
    course.edit(
        "course.toml",
        "title = \"Proef\"",
        "title = \"Proef\"\nbefore = [\"Stop wanneer je wilt.\"]",
    );
    course.edit("scripts/plek.toml", "title = \"De plek\"", "title = \"De plek\"\nbefore = [\"Ga zitten.\"]");
    course.succeed(&["translate", "add", "fr"]);
    course.succeed(&["translate", "pack", "fr", "--script", "2", "-o", "away.zip"]);
    let zip = course.read("away.zip");
    let file = po(&String::from_utf8(unzipped(&zip, "fr.po")).unwrap());
    let contexts: Vec<_> = file.messages.iter().filter_map(|one| one.context.as_deref()).collect();
    for wanted in ["course:before", "plek:before", "plek/vrij", "slot/tot", "course:week", "adem:silence"] {
        assert!(contexts.iter().any(|own| own.starts_with(wanted)), "{wanted}: {contexts:?}");
    }
    assert!(!contexts.iter().any(|own| own.starts_with("berg")), "{contexts:?}");
    assert_eq!(contexts[0], "course:before", "what keeps listeners safe comes first");
    let page = String::from_utf8(unzipped(&zip, "translate-fr.html")).unwrap();
    assert!(page.contains("De plek") && !page.contains("De berg"));
    let done =
        with(&String::from_utf8(unzipped(&zip, "fr.po")).unwrap(), &[("plek/vrij", "Arrête quand tu veux.")]);
    course.write("fr.po", done);
    let run = course.succeed(&["translate", "import", "fr.po", "--lang", "fr"]);
    assert!(run.stderr.contains("1 text was taken"), "{}", run.stderr);
}

#[test]
fn a_track_is_whole_once_what_keeps_listeners_safe_is_translated() {
    let course = Course::new();
    let before: Vec<String> = (0..5).map(|at| format!("\"Let op {at}.\"")).collect();
    course.edit(
        "course.toml",
        "title = \"Proef\"",
        &format!("title = \"Proef\"\nbefore = [{}]", before.join(", ")),
    );
    let check = course.succeed(&["check"]);
    assert!(check.stderr.contains("spoken in it, but not whole: track 2"), "{}", check.stderr);
    let status = course.succeed(&["translate", "status"]);
    assert!(
        status.text().contains("0/5") && status.text().contains("before track 2 listeners"),
        "{}",
        status.text()
    );
    course.succeed(&["translate", "update"]);
    let mut file = text(&course, "scripts/po/en.po");
    for at in 0..5 {
        let entry = format!("msgid \"Let op {at}.\"\nmsgstr \"\"");
        assert!(file.contains(&entry), "{file}");
        file = file.replace(&entry, &format!("msgid \"Let op {at}.\"\nmsgstr \"Mind {at}.\""));
    }
    course.write("scripts/po/en.po", file);
    assert!(!course.succeed(&["check"]).stderr.contains("not whole"));
    assert!(course.succeed(&["translate", "status"]).text().contains("5/5"));
}

#[test]
fn a_note_is_translated_for_the_voice_and_never_missing() {
    let course = Course::new();
    course.edit("scripts/plek.toml", "id = \"voeten\"", "id = \"voeten\", note = \"zacht en traag\"");
    let missing = |course: &Course| {
        let status: Value =
            serde_json::from_slice(&course.succeed(&["translate", "status", "--json"]).stdout).unwrap();
        status["languages"][0]["missing"].as_u64().unwrap()
    };
    let before = missing(&course);
    course.succeed(&["translate", "update"]);
    assert_eq!(missing(&course), before);
    let sheet = |course: &Course| {
        course.succeed(&["voice", "sheet", "--lang", "en"]);
        text(course, "out/voice/sheet-en-beth.html")
    };
    assert!(
        sheet(&course).contains("<em lang=\"nl\" dir=\"auto\">zacht en traag</em>"),
        "{}",
        sheet(&course)
    );
    let done = with(&text(&course, "scripts/po/en.po"), &[("plek:note", "soft and slow")]);
    course.write("scripts/po/en.po", done);
    assert!(sheet(&course).contains("<em lang=\"en\" dir=\"auto\">soft and slow</em>"), "{}", sheet(&course));
    assert!(text(&course, "out/voice/sheet-en-beth.csv").contains("soft and slow"));
    // Neighbours of a phrase are phrases.
    let file = po(&text(&course, "scripts/po/en.po"));
    assert!(find(&file, "plek/in-uit").extracted.contains(&"After: Voel je voeten.".to_owned()));
}

#[test]
fn a_fuzzy_text_is_confirmed_by_the_command_that_its_warning_names() {
    let course = Course::new();
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen en je voeten.");
    course.succeed(&["translate", "update"]);
    let run = course.adem(&["check"]);
    assert!(run.stderr.contains("it was made from: Voel je voeten."), "{}", run.stderr);
    let order = run.stderr.split('`').find(|piece| piece.starts_with("adem translate confirm ")).unwrap();
    let words: Vec<_> = order.split(' ').skip(1).collect();
    course.succeed(&words);
    let file = po(&text(&course, "scripts/po/en.po"));
    let message = find(&file, "plek/voeten");
    assert!(!message.fuzzy() && message.previous.source.is_none(), "{message:?}");
    let wrong = course.adem(&["translate", "confirm", "en", "plek/voet"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("did you mean `plek/voeten`?"), "{}", wrong.stderr);
    let open = course.adem(&["translate", "confirm", "en", "course:title"]);
    assert!(open.code == 2 && open.stderr.contains("has no translation"), "{}", open.stderr);
}

#[test]
fn two_parts_that_come_back_at_once_are_both_taken() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    let sent = text(&course, "scripts/po/de.po");
    let parts = [("plek/welkom", "Willkommen."), ("plek/vrij", "Hör auf."), ("plek/voeten", "Füße.")];
    for (context, translation) in parts {
        let name = format!("{}.po", context.replace('/', "-"));
        course.write(&name, with(&sent, &[(context, translation)]));
    }
    let unpack = |(context, _): &(&str, &str)| {
        let name = format!("{}.po", context.replace('/', "-"));
        course.program(&["translate", "unpack", &name, "--lang", "de"]).start()
    };
    let runs: Vec<_> = parts.iter().map(unpack).collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let file = po(&text(&course, "scripts/po/de.po"));
    for (context, translation) in parts {
        assert_eq!(find(&file, context).text(), translation);
    }
}

#[test]
fn a_pack_whose_course_has_moved_on_is_merged_by_id_and_source() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    course.succeed(&["translate", "pack", "de", "-o", "away.zip"]);
    let sent = String::from_utf8(unzipped(&course.read("away.zip"), "de.po")).unwrap();
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel allebei je voeten.");
    course.edit(
        "scripts/plek.toml",
        "  { say = \"Welkom.\", id = \"welkom\", keep = \"light\", pause = 2 },\n",
        "",
    );
    let done = with(&sent, &[("plek/voeten", "Spür deine Füße."), ("plek/welkom", "Willkommen.")]);
    course.write("de.po", done.replace('\n', "\r\n"));
    let run = course.adem(&["translate", "import", "de.po", "--lang", "de"]);
    assert!(
        run.code == 1 && run.stderr.contains("older words") && run.stderr.contains("no longer exist"),
        "{}",
        run.stderr
    );
    let after = text(&course, "scripts/po/de.po");
    let file = po(&after);
    let feet = find(&file, "plek/voeten");
    assert!(feet.fuzzy() && feet.text() == "Spür deine Füße.");
    assert_eq!(feet.previous.source.as_deref(), Some("Voel je voeten."));
    assert!(after.contains("#~ msgstr \"Willkommen.\""), "{after}");
    course.succeed(&["translate", "import", "de.po", "--lang", "de"]);
    assert_eq!(text(&course, "scripts/po/de.po"), after, "the second time changes nothing");
}

#[test]
fn a_correction_of_a_letter_stops_no_language() {
    let course = Course::new();
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je voetten.");
    course.edit("scripts/po/en.po", "msgid \"Voel je voeten.\"", "msgid \"Voel je voetten.\"");
    course.edit("scripts/plek.toml", "Voel je voetten.", "Voel je voeten.");
    course.succeed(&["translate", "update"]);
    let run = course.succeed(&["render", "2", "--lang", "en", "-o", "out/x.wav"]);
    assert!(run.stderr.contains("before a small correction"), "{}", run.stderr);
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen.");
    course.succeed(&["translate", "update"]);
    let run = course.adem(&["render", "2", "--lang", "en", "-o", "out/x.wav"]);
    assert!(run.code == 1 && run.stderr.contains("marked fuzzy"), "{}", run.stderr);
}

#[test]
fn a_spreadsheet_goes_out_and_comes_back() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    course.write("scripts/po/de.po", with(&text(&course, "scripts/po/de.po"), &[("plek/vrij", "=1+1")]));
    for name in ["german.csv", "german.xlsx"] {
        let before = course.read("scripts/po/de.po");
        course.succeed(&["translate", "export", "de", "--to", name]);
        course.succeed(&["translate", "import", name, "--lang", "de"]);
        assert_eq!(find(&po(&text(&course, "scripts/po/de.po")), "plek/vrij").text(), "=1+1");
        assert_eq!(course.read("scripts/po/de.po"), before, "{name}");
    }
    course.write(
        "few.csv",
        "context;source;translation\nslot/tot;Tot de volgende keer.;\"Bis \"\"bald\"\";\"\n",
    );
    course.succeed(&["translate", "import", "few.csv", "--lang", "de"]);
    assert_eq!(find(&po(&text(&course, "scripts/po/de.po")), "slot/tot").text(), "Bis \"bald\";");
    assert_eq!(course.adem(&["translate", "export", "de", "--to", "x.doc"]).code, 2);
}

#[test]
fn what_cannot_be_taken_back_is_named_and_nothing_is_overwritten() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    let before = course.read("scripts/po/de.po");
    let good = text(&course, "scripts/po/de.po");
    let mark = "\u{feff}";
    let french = good.replace("Language: de", "Language: fr");
    let out = zipped(&[("../../scripts/po/de.po", good.as_bytes())]);
    let none = zipped(&[("page.html", b"x")]);
    let two = zipped(&[("a.po", b"x"), ("b.po", b"y")]);
    for (name, bytes, told) in [
        ("fr.po", french.as_bytes(), "names French"),
        ("broken.po", &b"msgid \"a\nmsgstr"[..], "po-syntax"),
        ("empty.po", b"", "is empty"),
        ("out.zip", &out, "leads out of its folder"),
        ("none.zip", &none, "has no PO file"),
        ("two.zip", &two, "several PO files"),
        ("cut.zip", &two[..40], "ask for it again"),
        ("spaces.po", b" \n\n", "is empty"),
        ("header.po", b"msgid \"\"\nmsgstr \"Language: de\\n\"\n", "has no texts"),
        ("head.csv", b"context,source,translation\n", "has no texts"),
        ("x.rar", b"Rar!\x1a\x07\x00", "is a RAR archive"),
        ("page.html", b"<!doctype html>\n<html>\n<p>\n</html>\n", "is a page"),
        (
            "double.csv",
            b"context,source,translation\nplek/vrij,x,a\nplek/vrij,x,b\n",
            "row 2 and row 3 are both",
        ),
        ("wrong.csv", b"context,source,translation (fr)\nplek/vrij,x,a\n", "names French (`fr`), not German"),
        ("lang.csv", b"context,source,translation (what?)\nplek/vrij,x,a\n", "which is no tag"),
        ("gone.csv", b"", "is empty"),
        ("other.csv", b"a,b\n", "no column `context`"),
        ("other.xlsx", b"nonsense", "cannot be read as a spreadsheet"),
    ] {
        course.write(name, bytes);
        let run = course.adem(&["translate", "unpack", name, "--lang", "de"]);
        run.assert_no_panic();
        assert!(run.code != 0 && run.stderr.contains(told), "{name}: {}", run.stderr);
        assert_eq!(course.read("scripts/po/de.po"), before, "{name}");
    }
    let done = with(&good, &[("plek/vrij", "Hör auf, wann du willst.")]);
    course.write("de.po.txt", format!("{mark}{}", done.replace('\n', "\r\n")));
    let run = course.succeed(&["translate", "unpack", "de.po.txt"]);
    assert!(run.stderr.contains(".txt after its name"), "{}", run.stderr);
    assert_eq!(find(&po(&text(&course, "scripts/po/de.po")), "plek/vrij").text(), "Hör auf, wann du willst.");
}

#[test]
fn a_po_file_is_checked_without_a_course() {
    let desk = Course::empty();
    let entry = |context: &str, source: &str, text: &str| {
        format!("\nmsgctxt \"{context}\"\nmsgid \"{source}\"\nmsgstr \"{text}\"\n")
    };
    let header = "msgid \"\"\nmsgstr \"Language: de\\n\"\n";
    desk.write("de.po", format!("{header}{}", entry("a/b", "Adem in | en uit", "Ein | und aus")));
    desk.succeed(&["translate", "check", "de.po"]);
    let bad = format!(
        "{}{}{}\n#. Safety: never left out.{}",
        header.replace("de", "fr"),
        entry("a/b", "Adem in | en uit", "Ein und aus"),
        entry("a/c", "Tel tot 10.", "Zähl\\nbis zehn."),
        entry("a/stop", "Stop als je wilt.", "")
    );
    desk.write("de.po", bad);
    let run = desk.adem(&["translate", "check", "de.po"]);
    assert_eq!(run.code, 1);
    for part in [
        "the header names French (`fr`), and this file is German (`de`)",
        "de.po:6:",
        "a bar is lost",
        "it has a line break",
        "the number 10",
        "the safety phrase `a/stop` is not translated",
    ] {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
    let found: Value =
        serde_json::from_slice(&desk.adem(&["translate", "check", "--json", "de.po"]).stdout).unwrap();
    assert_eq!(found["diagnostics"].as_array().unwrap().len(), 5, "{found:#}");
}

/// A course with German, whose texts are all there: the context, the original and the translation of each.
fn german() -> (Course, Vec<(String, String, String)>) {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    let mut file = po(&text(&course, "scripts/po/de.po"));
    for message in file.messages.iter_mut().skip(1).filter(|message| message.plural.is_none()) {
        let slug = message.context.as_ref().is_some_and(|context| context.ends_with(":slug"));
        message.texts = vec![if slug { "der-ort".to_owned() } else { format!("Ü {}", message.source) }];
    }
    course.write("scripts/po/de.po", file.print());
    let texts = file.messages.iter().skip(1).filter(|message| message.plural.is_none());
    let texts = texts.map(|one| (one.context.clone().unwrap(), one.source.clone(), one.text().to_owned()));
    let texts = texts.collect();
    (course, texts)
}

/// A spreadsheet with these texts.
fn csv(texts: &[(String, String, String)]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let row = |(context, source, text): &(String, String, String)| {
        format!("{},{},{}\n", quoted(context), quoted(source), quoted(text))
    };
    format!("context,source,translation (de)\n{}", texts.iter().map(row).collect::<String>())
}

#[test]
fn what_a_spreadsheet_breaks_is_not_taken() {
    let (course, texts) = german();
    let before = course.read("scripts/po/de.po");
    for text in ["#REF!", "#NAME?", "=1+1", "\""] {
        let mut broken = texts.clone();
        broken.iter_mut().find(|one| one.0 == "plek/vrij").unwrap().2 = text.to_owned();
        course.write("de.csv", csv(&broken));
        let run = course.adem(&["translate", "import", "de.csv"]);
        assert!(run.code == 1 && run.stderr.contains("`plek/vrij` was not taken"), "{}", run.stderr);
        assert!(run.stderr.contains("1 not taken"), "{}", run.stderr);
        assert_eq!(course.read("scripts/po/de.po"), before);
        course.write("check.po", with(&text_of(&before), &[("plek/vrij", text)]));
        assert_eq!(course.adem(&["translate", "check", "check.po"]).code, 1, "{text}");
    }
    // Each text beside the original of the row above.
    let moved: Vec<_> = (0..texts.len())
        .map(|at| {
            let above = at.checked_sub(1).map_or(String::new(), |above| texts[above].2.clone());
            (texts[at].0.clone(), texts[at].1.clone(), above)
        })
        .collect();
    course.write("moved.csv", csv(&moved));
    let run = course.adem(&["translate", "import", "moved.csv"]);
    assert!(run.code == 2 && run.stderr.contains("were the rows moved"), "{}", run.stderr);
    course.write("few.csv", csv(&texts[..5]));
    let run = course.succeed(&["translate", "import", "few.csv"]);
    assert!(run.stderr.contains("5 of the "), "{}", run.stderr);
    assert_eq!(course.read("scripts/po/de.po"), before);
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_file_of_another_language_or_course_is_told() {
    let (course, _) = german();
    course.succeed(&["translate", "add", "fr"]);
    course.succeed(&["translate", "export", "de", "--to", "german.csv"]);
    course.succeed(&["translate", "export", "de", "--to", "german.xlsx"]);
    let before = course.read("scripts/po/fr.po");
    for name in ["german.csv", "german.xlsx"] {
        let run = course.adem(&["translate", "import", name, "--lang", "fr"]);
        assert!(run.code == 2 && run.stderr.contains("names German (`de`), not French"), "{}", run.stderr);
        assert!(run.stderr.contains("correct `translation (…)`"), "{}", run.stderr);
        course.succeed(&["translate", "import", name]);
    }
    let other = "msgid \"\"\nmsgstr \"Language: fr\\nProject-Id-Version: Iets anders\\n\"\n".to_owned();
    let entry =
        |at: usize| format!("\nmsgctxt \"ander/z{at}\"\nmsgid \"Zin {at}\"\nmsgstr \"Phrase {at}\"\n");
    course.write("other.po", other + &(0..4).map(entry).collect::<String>());
    let run = course.adem(&["translate", "import", "other.po"]);
    assert!(run.code == 2 && run.stderr.contains("of another course, `Iets anders`"), "{}", run.stderr);
    assert_eq!(course.read("scripts/po/fr.po"), before);
    let headless = text(&course, "scripts/po/de.po");
    let headless = headless.split_once("\n\n").unwrap().1;
    course.write("headless.po", headless);
    let run = course.adem(&["translate", "import", "headless.po", "--lang", "fr", "--dry-run"]);
    assert!(run.stderr.contains("does not say its language; it is taken as French"), "{}", run.stderr);
}

#[test]
fn a_doubt_and_a_newer_text_of_mended_words_come_back() {
    let (course, _) = german();
    course.succeed(&["translate", "pack", "de", "-o", "away.zip"]);
    let sent = String::from_utf8(unzipped(&course.read("away.zip"), "de.po")).unwrap();
    let mut doubted = po(&sent);
    let free = |one: &&mut Message| one.context.as_deref() == Some("plek/vrij");
    doubted.messages.iter_mut().find(free).unwrap().flags.push("fuzzy".to_owned());
    course.write("doubt.po", doubted.print());
    let run = course.succeed(&["translate", "unpack", "doubt.po"]);
    assert!(run.stderr.contains("1 marked as doubtful"), "{}", run.stderr);
    assert!(find(&po(&text(&course, "scripts/po/de.po")), "plek/vrij").fuzzy());

    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je voetten.");
    course.write("newer.po", with(&sent, &[("plek/voeten", "Spür deine Füße.")]));
    let run = course.succeed(&["translate", "unpack", "newer.po"]);
    assert!(run.stderr.contains("1 of older words, now fuzzy"), "{}", run.stderr);
    let file = po(&text(&course, "scripts/po/de.po"));
    let feet = find(&file, "plek/voeten");
    assert!(feet.fuzzy() && feet.text() == "Spür deine Füße.", "{}", file.print());
    assert_eq!(file.messages.iter().filter(|one| one.obsolete).count(), 0);
}

#[test]
fn a_file_in_capitals_is_one_file_to_all_commands() {
    let (course, _) = german();
    let whole = course.read("scripts/po/de.po");
    course.remove("scripts/po/de.po");
    course.write("scripts/po/DE.po", &whole);
    let check = course.adem(&["check"]);
    assert!(!check.stderr.contains("not read"), "{}", check.stderr);
    course.succeed(&["translate", "import", "scripts/po/DE.po"]);
    assert!(!course.has("scripts/po/de.po"));
    course.write("scripts/po/de.po", &whole);
    let check = course.adem(&["check"]);
    assert!(check.stderr.contains("de.po is there too"), "{}", check.stderr);
}

#[test]
fn what_a_killed_run_has_left_beside_a_translation_goes_with_the_next_run() {
    let course = Course::new();
    course.succeed(&["translate", "add", "de"]);
    let (kept, left) = ("scripts/po/.de.po.backup", "scripts/po/.de.po.0SRRUc");
    [kept, left].iter().for_each(|path| course.write(path, "x"));
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je handen.");
    course.succeed(&["translate", "update", "--lang", "de"]);
    assert!(course.has(kept) && !course.has(left));
}

#[test]
fn a_file_that_is_no_po_file_is_told_once_and_one_without_texts_is_an_error() {
    let desk = Course::empty();
    let po = "msgid \"\"\nmsgstr \"Language: de\\n\"\n";
    let texts = "\nmsgctxt \"a/b\"\nmsgid \"Adem in.\"\nmsgstr \"Atme ein.\"\n";
    desk.write("folder/x.po", "");
    for (name, bytes, code, told) in [
        ("a.csv", "context,source,translation\na,b,c\nd,e,f\ng,h,i\n", 2, "is a spreadsheet"),
        ("x.txt", "context\tsource\ttranslation\na\tb\tc\n", 2, "is a spreadsheet"),
        ("x.html", "<!doctype html>\n<p>\n", 2, "is a page"),
        ("letter.txt", "Liebe Anna,\nhier ist es.\nGrüße\nBert\n", 1, "this is no PO file"),
        ("none.po", "", 1, "this file has no texts"),
        ("spaces.po", " \n \n", 1, "this file has no texts"),
        ("head.po", po, 1, "this file has no texts"),
        ("neu.po", &format!("{po}{texts}"), 0, "no errors: 1 text"),
        ("fr.po", &format!("{po}{texts}"), 1, "the header names German (`de`), and this file is French"),
    ] {
        desk.write(name, bytes);
        let run = desk.adem(&["translate", "check", name]);
        assert_eq!(run.code, code, "{name}: {}", run.stderr);
        assert!(
            run.stderr.contains(told) && run.stderr.matches("error").count() <= 2,
            "{name}: {}",
            run.stderr
        );
    }
    for (name, told) in [("not-there.po", "does not exist"), ("folder", "is a folder; name a file in it")] {
        let run = desk.adem(&["translate", "check", name]);
        assert!(run.code != 0 && run.stderr.contains(told), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("disk"), "{}", run.stderr);
    }
}

#[test]
fn a_character_that_nobody_can_say_is_an_error_of_the_course() {
    let (course, _) = german();
    course.edit("scripts/po/de.po", "Ü Je kunt altijd", "\\000\\033[31m Je kunt altijd");
    let run = course.adem(&["check"]);
    assert!(run.code == 1 && run.stderr.contains("U+0000"), "{}", run.stderr);
}

/// Typing on the page of a pack in a browser. Needs node, the packages of tests/site, and a headless Chromium.
#[test]
fn a_translator_uses_the_page_in_a_browser() {
    let Some((tests, browser)) = scripted_browser() else { return };
    let course = Course::new();
    // French has the words that adem adds, some of which have places in braces.
    course.succeed(&["translate", "add", "fr"]);
    course.succeed(&["translate", "pack", "fr", "-o", "away.zip"]);
    let page = unzipped(&course.read("away.zip"), "translate-fr.html");
    course.write("away/translate-fr.html", page);
    course.write("away/sound/none.txt", "x");
    let mut node = std::process::Command::new("node");
    node.arg(tests.join("translate.mjs"))
        .arg(course.path("away/translate-fr.html"))
        .arg(browser)
        .arg(course.path("away"));
    if !run_script(node) {
        return;
    }
    let run = course.succeed(&["translate", "unpack", "away/fr.po"]);
    assert!(run.stderr.contains("3 texts were taken"), "{}", run.stderr);
    let file = po(&text(&course, "scripts/po/fr.po"));
    assert_eq!(find(&file, "plek/vrij").text(), "Du kannst \"immer\" \\ aufhören.");
    assert_eq!(find(&file, "plek/in-uit").text(), "Ein | und aus");
    assert_eq!(file.messages.iter().filter(|one| one.obsolete).count(), 0);
}
