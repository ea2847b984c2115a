//! Every word that a listener meets is in the language of the track: the words that adem adds, titles of sounds, names of files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::path::Path;
use std::process::Command;

use adem::diag::{FileId, Sink};
use adem::script::language::Language;
use adem::script::po::file::PoFile;
use adem::script::po::plural::PluralForms;
use adem::script::po::syntax;
use adem::script::words::{WordText, english_words, places};
use support::Course;
use support::browser::{run_script, scripted_browser};

/// A toy course of `tests/toys`.
fn toy(name: &str) -> Course {
    fn copy(course: &Course, from: &Path, below: &str) {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                copy(course, &entry.path(), &format!("{path}/"));
            } else {
                course.write(&path, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let course = Course::empty();
    copy(&course, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toys").join(name), "");
    course
}

fn espeak() -> bool {
    let is_there = Command::new("espeak-ng").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no espeak-ng");
    }
    is_there
}

fn po(course: &Course, path: &str) -> PoFile {
    let sink = Sink::new();
    let text = String::from_utf8(course.read(path)).unwrap();
    syntax::read(FileId(0), &text, &sink).unwrap_or_else(|| panic!("{:?}\n{text}", sink.into_sorted()))
}

/// Translates every text of a file that is not translated: a word of that language, and the places of the text.
fn translate_all(course: &Course, path: &str, word: &str) {
    let mut file = po(course, path);
    for (at, message) in file.messages.iter_mut().enumerate().skip(1) {
        let context = message.context.clone().unwrap_or_default();
        if message.is_translated() || context.ends_with(":slug") {
            continue;
        }
        if context == "adem:page/decimal" {
            message.texts = vec![",".to_owned()];
            continue;
        }
        let places: String = places(&message.source).iter().flat_map(|place| [" {", place, "}"]).collect();
        let forms = message.texts.len().max(1);
        message.texts = (0..forms).map(|form| format!("{word}{at}{form}{places}")).collect();
    }
    course.write(path, file.print());
}

/// What a reader sees of a page: its text, without style, data and markup.
fn visible(page: &str) -> String {
    let (mut text, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let end = ["style", "script"].iter().find(|name| after.starts_with(*name));
        rest = match end {
            Some(name) => after.split_once(&format!("</{name}>")).map_or("", |(_, rest)| rest),
            None => after.split_once('>').map_or("", |(_, rest)| rest),
        };
    }
    text + rest
}

/// The English words of adem that are in a text.
fn english_in(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for word in english_words() {
        let forms = match word.text {
            WordText::One(text) => std::slice::from_ref(text),
            WordText::Counted(forms) => &forms[..],
        };
        for piece in forms.iter().flat_map(|form| form.split(['{', '}'])) {
            let piece = piece.trim_matches(|letter: char| !letter.is_alphabetic());
            let is_word =
                piece.len() > 3 && !["length", "minutes", "seconds", "whole", "time"].contains(&piece);
            let whole = |at: usize| {
                let around = [text[..at].chars().next_back(), text[at + piece.len()..].chars().next()];
                !around.into_iter().flatten().any(char::is_alphanumeric)
            };
            if is_word && text.match_indices(piece).any(|(at, _)| whole(at)) {
                found.push(piece);
            }
        }
    }
    found
}

#[test]
fn a_third_language_has_no_english_word_once_it_is_translated() {
    if !espeak() {
        return;
    }
    for (name, tag, word, script) in
        [("arabic", "ar", "كلمة", "daqiqa"), ("japanese", "ja", "言葉", "ippunkan")]
    {
        let course = toy(name);
        let told = course.adem(&["check"]);
        let question = "words that adem adds";
        assert_eq!(
            told.stderr.matches(question).count() + told.text().matches(question).count(),
            1,
            "{}",
            told.shown()
        );
        course.succeed(&["translate", "update", "--lang", tag]);
        let path = format!("scripts/po/{tag}.po");
        let forms = po(&course, &path);
        let second = forms.messages.iter().find(|one| one.context.as_deref() == Some("adem:second")).unwrap();
        assert_eq!(second.texts.len(), if tag == "ar" { 6 } else { 1 });
        assert_eq!(second.plural.as_deref(), Some("{n} seconds"));
        translate_all(&course, &path, word);
        let told = course.adem(&["check"]);
        assert!(!(told.stderr.clone() + told.text()).contains(question), "{}", told.shown());

        let made = course.succeed(&["render", script, "--draft", "--all-files", "-o", "out/t"]);
        // Where no font has letters of a title, the render that leaves them out says so too.
        assert_eq!(
            told.shown().contains("no font has"),
            made.shown().contains("fonts-noto"),
            "{}",
            made.shown()
        );
        for ending in ["vtt", "srt", "transcript.md", "transcript.txt"] {
            let text = String::from_utf8(course.read(&format!("out/t.{ending}"))).unwrap();
            // A header, a comment and the names of cues, which no player shows.
            let lines: Vec<&str> = text.lines().collect();
            let is_shown = |at: &usize| {
                let next_is_time = lines.get(at + 1).is_some_and(|next| next.contains("-->"));
                !(next_is_time || lines[*at].starts_with("WEBVTT") || lines[*at].starts_with("NOTE"))
            };
            let text = (0..lines.len()).filter(is_shown).map(|at| lines[at]).collect::<Vec<_>>().join("\n");
            assert!(text.contains(word), "{ending}: {text}");
            assert_eq!(english_in(&text), [""; 0], "{ending}: {text}");
        }
        for ending in ["transcript.html", "practice.html"] {
            let page = String::from_utf8(course.read(&format!("out/t.{ending}"))).unwrap();
            assert_eq!(english_in(&visible(&page)), [""; 0], "{ending}");
            assert!(
                page.contains(&format!("lang=\"{tag}\" dir=\"{}\"", if tag == "ar" { "rtl" } else { "ltr" }))
            );
        }
        let report = String::from_utf8(course.read("out/t.report.html")).unwrap();
        assert!(
            report.contains("<html lang=\"en\" dir=\"ltr\">") && !visible(&report).contains(word),
            "{report}"
        );

        course.succeed(&["build"]);
        let page = String::from_utf8(course.read(&format!("out/site/{tag}/index.html"))).unwrap();
        let seen = visible(&page).replace("MIT OR Apache-2.0", "");
        assert_eq!(english_in(&seen), [""; 0], "{seen}");
        let data = page.split_once("id=\"data\"").unwrap().1.split_once('>').unwrap().1;
        let data: serde_json::Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        let words = serde_json::to_string(&data["words"].as_object().unwrap().values().collect::<Vec<_>>());
        // The names of the places in braces stay English.
        let words = words.unwrap().replace("\"forms\"", "").replace("{part}", "").replace("{size}", "");
        assert_eq!(english_in(&words), [""; 0], "{words}");
    }
}

#[test]
fn titles_of_sounds_and_names_of_files_are_those_of_the_language() {
    let course = Course::with_delivery(
        "[[delivery]]\nname = \"net\"\nformats = [\"wav16\"]\nfiles = [\"report.json\"]\n",
    );
    course.edit("ambience/bruis.toml", "Klank", "Bruisen");
    let added = "\nmsgctxt \"ambience/bruis:title\"\nmsgid \"Bruisen\"\nmsgstr \"A rushing sound\"\n\n\
         msgctxt \"bells/tik:title\"\nmsgid \"Klank\"\nmsgstr \"A tick\"\n\n\
         msgctxt \"plek:slug\"\nmsgid \"de-plek\"\nmsgstr \"My Safe Place\"\n";
    course.succeed(&["build"]);
    assert!(course.has("out/net/en/02-the-place-en.wav"), "{:?}", course.files("out/net"));
    course.append("scripts/po/en.po", added);
    course.succeed(&["build", "--rename"]);
    assert!(course.has("out/net/en/02-my-safe-place-en.wav"), "{:?}", course.files("out/net"));
    assert!(course.has("out/net/nl/02-de-plek-nl.wav"));
    let credits = |path: &str| {
        let report: serde_json::Value = serde_json::from_slice(&course.read(path)).unwrap();
        report["credits"].as_array().unwrap().iter().map(|credit| credit["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(credits("out/net/en/02-my-safe-place-en.report.json"), ["Beth", "A rushing sound", "A tick"]);
    assert_eq!(credits("out/net/nl/02-de-plek-nl.report.json"), ["Anna", "Bruisen", "Klank"]);
    let list = course.succeed(&["list"]).text().to_owned();
    assert!(list.contains("Bruisen / A rushing sound"), "{list}");
    let manifest: serde_json::Value = serde_json::from_slice(&course.read("out/net/manifest.json")).unwrap();
    let bed = manifest["credits"].as_array().unwrap().iter().find(|one| one["id"] == "bruis").unwrap();
    assert_eq!(bed["names"], serde_json::json!({ "en": "A rushing sound" }));
}

#[test]
fn a_changed_title_changes_no_name_that_was_given() {
    let course = Course::with_delivery("[[delivery]]\nname = \"net\"\nformats = [\"wav16\"]\n");
    course.append("scripts/po/en.po", "\nmsgctxt \"plek:slug\"\nmsgid \"de-plek\"\nmsgstr \"safe-place\"\n");
    course.edit("scripts/plek.toml", "title = \"De plek\"", "title = \"Een andere plek\"");
    course.succeed(&["translate", "update"]);
    let slug = po(&course, "scripts/po/en.po");
    let slug = slug.messages.iter().find(|one| one.context.as_deref() == Some("plek:slug")).unwrap();
    assert_eq!((slug.source.as_str(), slug.text(), slug.fuzzy()), ("een-andere-plek", "safe-place", true));
    course.succeed(&["build"]);
    assert!(course.has("out/net/en/02-safe-place-en.wav"), "{:?}", course.files("out/net"));
}

#[test]
fn words_that_adem_has_are_in_a_po_file_only_where_somebody_replaced_them() {
    let course = Course::new();
    course.append("scripts/po/en.po", "\nmsgctxt \"adem:bell\"\nmsgid \"bell\"\nmsgstr \"singing bowl\"\n");
    course.succeed(&["translate", "update"]);
    let file = po(&course, "scripts/po/en.po");
    let added: Vec<_> = file.messages.iter().filter_map(|message| message.context.as_deref()).collect();
    let added: Vec<_> = added.into_iter().filter(|context| context.starts_with("adem:")).collect();
    assert_eq!(added, ["adem:bell"]);
    course.succeed(&["render", "2", "--lang", "en", "--all-files", "-o", "out/t"]);
    assert!(String::from_utf8(course.read("out/t.vtt")).unwrap().contains("[singing bowl]"));
    course.succeed(&["translate", "update", "--lang", "de"]);
    let file = po(&course, "scripts/po/de.po");
    assert!(file.messages.iter().all(|one| !one.context.as_deref().unwrap_or_default().starts_with("adem:")));
}

/// Rules of headers as gettext, CLDR and editors of PO files write them.
const PLURAL_RULES: [&str; 34] = [
    "nplurals=1; plural=0;",
    "nplurals=2; plural=(n != 1);",
    "nplurals=2; plural=n!=1;",
    "nplurals=2; plural=(n > 1);",
    "nplurals=2; plural=n>1;",
    "nplurals=2; plural=(n==1 || n%10==1 && n%100!=11) ? 0 : 1;",
    "nplurals=2; plural=(n%10!=1 || n%100==11);",
    "nplurals=2; plural= n==1 || n%10==1 ? 0 : 1;",
    "nplurals=2; plural=(n != 1 && n != 2 && n != 3 && (n % 10 == 4 || n % 10 == 6 || n % 10 == 9));",
    "nplurals=2; plural=!(n == 1);",
    "nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2;",
    "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : (n%10>=2 && n%10<=4) && (n%100<12 || n%100>14) ? 1 : 2);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);",
    "nplurals=3; plural=(n % 10 == 0 || n % 100 >= 11 && n % 100 <= 19) ? 0 : ((n % 10 == 1 && n % 100 != 11) ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);",
    "nplurals=3; plural=(n==1?0:(((n%100>19)||((n%100==0)&&(n!=0)))?2:1));",
    "nplurals=3; plural=(n == 0 || n == 1) ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;",
    "nplurals=3; plural=n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;",
    "nplurals=3; plural=(n==0 ? 0 : n==1 ? 1 : 2);",
    "nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
    "nplurals=4; plural=(n%100==1 ? 1 : n%100==2 ? 2 : n%100==3 || n%100==4 ? 3 : 0);",
    "nplurals=4; plural=(n==1 || n==11) ? 0 : (n==2 || n==12) ? 1 : (n > 2 && n < 20) ? 2 : 3;",
    "nplurals=4; plural=(n==1 ? 0 : n==0 || ( n%100>1 && n%100<11) ? 1 : (n%100>10 && n%100<20 ) ? 2 : 3);",
    "nplurals=4; plural=(n == 1) ? 0 : ((n == 2) ? 1 : ((n > 10 && n % 10 == 0) ? 2 : 3));",
    "nplurals=4; plural=(n==1) ? 0 : (n==2) ? 1 : (n != 8 && n != 11) ? 2 : 3;",
    "nplurals=4; plural=(n==1) ? 0 : (n==2) ? 1 : (n == 3) ? 2 : 3;",
    "nplurals=5; plural=n==1 ? 0 : n==2 ? 1 : n<7 ? 2 : n<11 ? 3 : 4;",
    "nplurals=5; plural=(n == 1) ? 0 : ((n == 2) ? 1 : ((n >= 3 && n <= 6) ? 2 : ((n >= 7 && n <= 10) ? 3 : 4)));",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "nplurals=6; plural=(n==0) ? 0 : (n==1) ? 1 : (n==2) ? 2 : (n==3) ? 3 :(n==6) ? 4 : 5;",
];

/// Languages with a rule of their own in adem.
const PLURAL_LANGUAGES: [&str; 20] = [
    "ja", "en", "fr", "lv", "ga", "gd", "cy", "br", "ro", "lt", "ru", "cs", "pl", "sl", "mt", "ar", "is",
    "pt-BR", "hsb", "mk",
];

#[test]
fn a_number_has_the_plural_form_that_the_gettext_of_python_gives() {
    use std::io::Write as _;
    use std::process::Stdio;

    let Some(python) = std::env::var_os("ADEM_READERS") else {
        eprintln!("skipped: ADEM_READERS names no Python to compare plural forms with");
        return;
    };
    let usual = PLURAL_LANGUAGES.map(|tag| PluralForms::of(&Language::parse(tag).unwrap()).to_string());
    let headers: Vec<&str> = PLURAL_RULES.into_iter().chain(usual.iter().map(String::as_str)).collect();
    let mut rules = String::new();
    for header in &headers {
        let (_, rule) = header.split_once(" plural=").unwrap();
        rules.push_str(rule.trim_end_matches(';'));
        rules.push('\n');
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/plural.py");
    let mut reader =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut questions = reader.stdin.take().unwrap();
    let asking = std::thread::spawn(move || questions.write_all(rules.as_bytes()));
    let answer = reader.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(answer.status.success());
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(answer.lines().count(), headers.len());
    for (header, forms) in headers.into_iter().zip(answer.lines()) {
        let own = PluralForms::parse(header).unwrap_or_else(|why| panic!("{header}: {why}"));
        for (n, form) in (0..).zip(forms.split(' ')) {
            assert_eq!(own.form(n).to_string(), form, "{n} by {header}");
        }
    }
}

/// Words of the page, of a list and of transcripts, some of which scripts show.
const UNTRANSLATED: [&str; 6] =
    ["page/synthetic", "page/megabytes", "synthetic", "posture-sit", "player/ends", "player/guidance"];

/// Empties a word of a PO file.
fn take_out(course: &Course, path: &str, word: &str) {
    let mut file = po(course, path);
    let context = format!("adem:{word}");
    let message = file.messages.iter_mut().find(|one| one.context.as_deref() == Some(&context)).unwrap();
    message.texts = vec![String::new(); message.texts.len()];
    course.write(path, file.print());
}

/// Every page of both toys, with words of their own language. Needs node, the packages of tests/site, and a headless Chromium.
#[test]
fn pages_in_arabic_look_right_in_a_browser() {
    look_at_pages("arabic", ("ar", "ja"), "daqiqa", "أهلًا بك.");
}

#[test]
fn pages_in_japanese_look_right_in_a_browser() {
    look_at_pages("japanese", ("ja", "ar"), "ippunkan", "ようこそ。");
}

/// Looks at every page that is made from a toy course in a language, and from a pack of it for translators into another.
fn look_at_pages(name: &str, (tag, other): (&str, &str), script: &str, welcome: &str) {
    let Some((tests, browser)) = scripted_browser() else { return };
    if !espeak() {
        return;
    }
    let course = toy(name);
    let words = tests.with_file_name("toys").join(format!("words/{tag}.po"));
    course.write(&format!("scripts/po/{tag}.po"), std::fs::read(words).unwrap());
    // Some words that nobody has translated: they are in English.
    for word in UNTRANSLATED {
        take_out(&course, &format!("scripts/po/{tag}.po"), word);
    }
    let told = course.succeed(&["check"]);
    assert!(!told.shown().contains("bad-translation"), "{}", told.shown());
    course.succeed(&["render", script, "--draft", "--all-files", "-o", "out/t"]);
    course.succeed(&["voice", "sheet", "-o", "out/sheet"]);
    course.succeed(&["build"]);
    if tag == "ja" {
        // A title in kanji gives no name: its Chinese readings would be another title.
        assert!(
            course.files("out").iter().any(|path| path.ends_with("/01-ippunkan-ja.mp3")),
            "{:?}",
            course.files("out")
        );
    }
    // A list of changes, and a pack for a translator into the other of the two.
    course.edit(&format!("scripts/{script}.toml"), welcome, &welcome.repeat(2));
    course.succeed(&["build"]);
    course.succeed(&["translate", "add", other]);
    course.succeed(&["translate", "pack", other, "-o", "out/pack.zip"]);
    let mut pack = zip::ZipArchive::new(std::io::Cursor::new(course.read("out/pack.zip"))).unwrap();
    pack.extract(course.path("out/pack")).unwrap();

    let mut node = Command::new("node");
    node.arg(tests.join("toys.mjs")).arg(tag).arg(browser.as_os_str());
    node.arg(course.path("out/site")).arg(course.path("out/t.waveform"));
    let own = ["out/t.transcript.html", "out/t.practice.html"];
    node.args(own.map(|page| course.path(page)));
    let english: Vec<String> = ["out/t.report.html".to_owned()]
        .into_iter()
        .chain(["out/sheet", "out/changes", "out/pack"].iter().flat_map(|folder| course.files(folder)))
        .filter(|file| Path::new(file).extension().is_some_and(|ending| ending == "html"))
        .collect();
    assert_eq!(english.len(), 4, "{english:?}");
    node.args(english.iter().map(|page| format!("{}:en", course.path(page).display())));
    run_script(node);
}
