//! The tools for authors, `fmt`, `schema`, `new` and `translate`, run as a program and compared with outside programs where
//! these are installed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use crate::support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use adem::diag::{FileId, Sink};
use adem::script::file_kind::{FileKind, all_files};
use adem::script::po::file::PoFile;
use adem::script::po::syntax;
use serde_json::Value;
use support::Course;

/// The course of this repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the texts of this repository's course, without its sounds.
fn copy_of_repository() -> Course {
    let course = Course::empty();
    let files = adem::files::DiskFiles::new(repository());
    let texts = all_files(&files).unwrap().into_iter().map(|(_, path)| path);
    for path in texts.chain(["scripts/po/en.po".to_owned()]) {
        course.write(&path, fs::read(repository().join(&path)).unwrap());
    }
    course
}

/// An outside program; prints a line and returns `None` if it is not installed.
fn outside(program: &str) -> Option<Command> {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: no {program} here");
    }
    there.then(|| Command::new(program))
}

/// Runs an outside program and expects it to succeed.
fn is_content(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn text(course: &Course, path: &str) -> String {
    String::from_utf8(course.read(path)).unwrap()
}

#[test]
fn the_reference_page_is_that_of_the_list_of_keys() {
    let path = repository().join("docs/reference.md");
    let page = adem::toml::reference::page(FileKind::files());
    if std::env::var_os("ADEM_REWRITE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "run this test with ADEM_REWRITE=1 to write docs/reference.md anew");
}

#[test]
fn fmt_formats_valid_files_adds_ids_and_leaves_files_with_errors_alone() {
    let course = Course::bare();
    course.write("scripts/mis.toml", "language = \"nl\"\ntitle='Mis'\npart = 3\n");
    course.write(
        "scripts/los.toml",
        "# Los.\ntitle   = 'Los'\nlanguage='nl'\n[[part]]\nsteps = [\n{ pause = 3, say = 'Adem in.' }, # rustig\n]\n",
    );
    let before = course.read("scripts/mis.toml");

    let check = course.adem(&["fmt", "--check", "scripts/los.toml"]);
    assert_eq!((check.code, check.text()), (1, "scripts/los.toml\n"), "{}", check.stderr);
    assert!(text(&course, "scripts/los.toml").contains("'Los'"));

    let all = course.adem(&["fmt"]);
    assert_eq!(all.code, 1);
    assert!(all.stderr.contains("formatted scripts/los.toml, with a new id: adem-in"), "{}", all.stderr);
    assert!(all.stderr.contains("scripts/mis.toml:3"), "{}", all.stderr);
    assert_eq!(course.read("scripts/mis.toml"), before);
    assert_eq!(
        text(&course, "scripts/los.toml"),
        "# Los.\ntitle = \"Los\"\nlanguage = \"nl\"\n\n[[part]]\nsteps = [\n  { say = \"Adem in.\", id = \"adem-in\", pause = 3 }, # rustig\n]\n"
    );

    course.remove("scripts/mis.toml");
    let again = course.succeed(&["fmt", "--check"]);
    assert_eq!(again.text(), "");
    assert_eq!(course.adem(&["fmt", "nergens.toml"]).code, 2);
    course.write("README.md", "x");
    assert_eq!(course.adem(&["fmt", "README.md"]).code, 2);
}

#[test]
fn the_course_of_this_repository_is_formatted() {
    let course = copy_of_repository();
    let run = course.adem(&["fmt", "--check"]);
    assert_eq!((run.code, run.text()), (0, ""), "run `adem fmt`\n{}", run.stderr);
}

#[test]
fn schemas_are_one_document_or_a_file_for_each_kind() {
    let course = Course::empty();
    let all: Value = serde_json::from_slice(&course.succeed(&["schema"]).stdout).unwrap();
    course.succeed(&["schema", "--out", "schemas"]);
    for kind in FileKind::ALL {
        let one: Value =
            serde_json::from_slice(&course.read(&format!("schemas/{}.schema.json", kind.name()))).unwrap();
        assert_eq!(one, all[kind.name()]);
        assert!(one["properties"].as_object().unwrap().values().all(|key| key["description"].is_string()));
    }
}

/// `npm install -g @taplo/cli` installs taplo.
#[test]
fn taplo_accepts_our_files_by_the_schemas_and_refuses_errors() {
    if outside("taplo").is_none() {
        return;
    }
    let course = copy_of_repository();
    course.succeed(&["schema", "--out", "schemas"]);
    let lint = |kind: FileKind, path: &str| {
        let schema =
            format!("file://{}", course.path(&format!("schemas/{}.schema.json", kind.name())).display());
        let mut taplo = Command::new("taplo");
        taplo.args(["lint", "--no-auto-config", "--schema", &schema, path]).current_dir(course.root());
        taplo
    };
    let files = adem::files::DiskFiles::new(course.root());
    for (kind, path) in all_files(&files).unwrap() {
        is_content(lint(kind, &path));
    }
    let script = "language = \"nl\"\ntitle = \"x\"\n[[part]]\nsteps = [{ STEP }]\n";
    let mut number = 0;
    let mut accepts = |step: &str| {
        number += 1;
        let path = format!("scripts/case-{number}.toml");
        course.write(&path, script.replace("STEP", step));
        lint(FileKind::Script, &path).output().unwrap().status.success()
    };
    for step in ["8", "2.5", "'8s'", "'1m30s'", "'1h 5m'", "'500ms'", "'12:34'", "'1:02:03'", "'fill'"] {
        assert!(accepts(&format!("pause = {step}")), "{step}");
    }
    for step in
        ["pauze = 3", "pause = -1", "pause = 'lang'", "say = ''", "say = 'x', id = 'A b'", "worth = 10"]
    {
        assert!(!accepts(step), "{step}");
    }
}

#[test]
fn a_new_course_is_valid_and_formatted_and_can_be_planned() {
    for (tag, script) in [("nl", "even-stil"), ("en", "a-quiet-moment"), ("pt-BR", "a-quiet-moment")] {
        let desk = Course::empty();
        let made = desk.succeed(&["new", "cursus", "--lang", tag]);
        assert_eq!(made.stderr.contains("its texts are in English"), tag == "pt-BR", "{}", made.stderr);
        let readme = text(&desk, "cursus/README.md");
        for command in ["adem check", "adem plan 1", "adem render 1 --draft"] {
            assert!(readme.contains(command) && made.stderr.contains(command), "{command}");
        }
        assert!(desk.has(&format!("cursus/scripts/{script}.toml")));
        let check = desk.succeed(&["-C", "cursus", "check"]);
        if tag == "pt-BR" {
            // adem has no words of its own in Portuguese.
            let told = "words that adem adds, such as `adem:";
            assert_eq!(check.stderr.matches("warning[").count(), 1, "{}", check.stderr);
            assert!(check.stderr.contains(told), "{}", check.stderr);
        } else {
            assert!(check.stderr.starts_with("no errors"), "{}", check.stderr);
        }
        desk.succeed(&["-C", "cursus", "fmt", "--check"]);
        let plan = desk.succeed(&["-C", "cursus", "plan", "1", "--json"]);
        let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
        assert_eq!(plan["language"], tag);
        assert_eq!(plan["frames"], 180 * 48_000);

        let before = desk.files("cursus");
        assert_eq!(desk.adem(&["new", "cursus"]).code, 2);
        assert_eq!(desk.files("cursus"), before);
    }
}

#[test]
fn a_new_course_is_created_only_in_an_empty_place() {
    let desk = Course::empty();
    fs::create_dir_all(desk.path("leeg/.git")).unwrap();
    desk.succeed(&["new", "leeg"]);
    desk.write("bestand", "x");
    assert_eq!(desk.adem(&["new", "bestand"]).code, 2);
    assert_eq!(desk.adem(&["new", "ander", "--lang", "dutch"]).code, 2);
    assert!(!desk.has("ander"));
}

#[test]
fn a_new_course_can_be_rendered_with_a_speech_synthesiser() {
    if outside("espeak-ng").is_none() {
        return;
    }
    let desk = Course::empty();
    desk.succeed(&["new", "cursus", "--lang", "nl"]);
    let run = desk.succeed(&["-C", "cursus", "render", "1", "--draft", "--format", "wav16"]);
    assert!(run.stderr.contains("phrases spoken by espeak-ng"), "{}", run.stderr);
    assert!(
        desk.files("cursus/out")
            .iter()
            .any(|file| Path::new(file).extension().is_some_and(|end| end == "wav"))
    );
}

fn po(course: &Course, path: &str) -> PoFile {
    syntax::read(FileId(0), &text(course, path), &Sink::new()).unwrap()
}

/// The context and the source of a text, and its translation and flags.
type Meaning = BTreeMap<(Option<String>, String), (Vec<String>, Vec<String>)>;

/// The content of a PO file without order and comments.
fn meaning(file: &PoFile) -> Meaning {
    let messages = file.messages.iter().filter(|message| !message.obsolete).cloned();
    messages.map(|message| ((message.context, message.source), (message.texts, message.flags))).collect()
}

#[test]
fn an_update_changes_nothing_in_the_english_texts_of_this_repository() {
    let course = copy_of_repository();
    let before = po(&course, "scripts/po/en.po");
    course.succeed(&["translate", "update"]);
    let after = po(&course, "scripts/po/en.po");
    assert_eq!(before.messages[0], after.messages[0]);
    for (text, translation) in meaning(&before) {
        let kept = meaning(&after).get(&text) == Some(&translation)
            || after
                .messages
                .iter()
                .any(|message| message.texts == translation.0 && (message.fuzzy() || message.obsolete));
        assert!(kept, "{text:?} has lost {translation:?}");
    }
    let once = course.read("scripts/po/en.po");
    let again = course.succeed(&["translate", "update"]);
    assert!(again.stderr.contains("scripts/po/en.po is up to date"), "{}", again.stderr);
    assert_eq!(course.read("scripts/po/en.po"), once);
}

#[test]
fn texts_survive_a_round_trip_through_gettext() {
    let course = Course::new();
    course.succeed(&["translate", "extract"]);
    course.succeed(&["translate", "update"]);
    let run = course.succeed(&["translate", "update", "--lang", "pt-br"]);
    assert!(run.stderr.contains("add \"pt-BR\" to `languages`"), "{}", run.stderr);
    course.edit("scripts/plek.toml", "Voel je voeten.", "Voel je \\\"voeten\\\",\\n\\talle twee 🌿.");
    course.succeed(&["translate", "update"]);
    let changed = po(&course, "scripts/po/en.po");
    let feet =
        changed.messages.iter().find(|message| message.context.as_deref() == Some("plek/voeten")).unwrap();
    assert!(feet.fuzzy());
    assert_eq!(feet.previous.source.as_deref(), Some("Voel je voeten."));
    assert_eq!(
        (feet.source.as_str(), feet.text()),
        ("Voel je \"voeten\",\n\talle twee 🌿.", "Feel your feet.")
    );

    let status: Value =
        serde_json::from_slice(&course.succeed(&["translate", "status", "--json"]).stdout).unwrap();
    let english = &status["languages"][0];
    assert_eq!((&english["language"], &english["fuzzy"]), (&"en".into(), &1.into()));
    let table = course.succeed(&["translate", "status"]);
    assert!(table.text().contains("pt-BR"), "{}", table.text());

    if let Some(mut msgfmt) = outside("msgfmt") {
        for file in ["en.po", "pt-BR.po"] {
            msgfmt
                .args(["--check", "-o"])
                .arg(course.path("texts.mo"))
                .arg(course.path("scripts/po").join(file));
            is_content(std::mem::replace(&mut msgfmt, Command::new("msgfmt")));
        }
        let mut msgmerge = Command::new("msgmerge");
        msgmerge.args(["--no-wrap", "--no-fuzzy-matching", "-o"]).arg(course.path("merged.po"));
        msgmerge.arg(course.path("scripts/po/pt-BR.po")).arg(course.path("scripts/po/adem.pot"));
        is_content(msgmerge);
        assert!(!po(&course, "merged.po").messages.is_empty());
    }
}

#[test]
fn an_update_keeps_the_byte_order_mark_and_the_line_ends_of_a_file() {
    let course = Course::new();
    course.succeed(&["translate", "update"]);
    let plain = text(&course, "scripts/po/en.po");
    course.edit("scripts/plek.toml", "title = \"Aankomen\"", "title = \"Hier zijn\"");
    course.succeed(&["translate", "update"]);
    let changed = text(&course, "scripts/po/en.po");
    assert_ne!(plain, changed);
    for (mark, end) in [("", "\r\n"), ("\u{feff}", "\n"), ("\u{feff}", "\r\n"), ("", "\r")] {
        let form = |text: &str| format!("{mark}{}", text.replace('\n', end)).into_bytes();
        course.write("scripts/po/en.po", form(&plain));
        course.succeed(&["translate", "update"]);
        assert_eq!(course.read("scripts/po/en.po"), form(&changed));
        let again = course.succeed(&["translate", "update"]);
        assert!(again.stderr.contains("up to date"), "{}", again.stderr);
    }
}

#[test]
fn an_update_writes_utf_8_whatever_the_charset_was_and_gives_every_file_a_header() {
    let course = Course::new();
    course.succeed(&["translate", "update"]);
    let plain = text(&course, "scripts/po/en.po").replace("Breath\"", "Bréath\"");
    let named = plain.replace("UTF-8", "ISO-8859-1");
    course.write("scripts/po/en.po", named.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<_>>());
    let run = course.succeed(&["translate", "update"]);
    assert!(run.stderr.contains("this file is in ISO-8859-1"), "{}", run.stderr);
    assert_eq!(text(&course, "scripts/po/en.po"), plain);
    // A header that names another charset than the file has is set right.
    course.write("scripts/po/en.po", named.as_str());
    course.succeed(&["translate", "update"]);
    assert_eq!(text(&course, "scripts/po/en.po"), plain);

    let (_, headerless) = plain.split_once("\n\n").unwrap();
    course.write("scripts/po/en.po", headerless);
    course.succeed(&["check"]);
    course.succeed(&["translate", "update"]);
    let file = po(&course, "scripts/po/en.po");
    assert!(file.messages[0].is_header() && file.messages[0].text().contains("charset=UTF-8"));
    assert_eq!(meaning(&file).len(), meaning(&syntax::read(FileId(0), &plain, &Sink::new()).unwrap()).len());
    assert!(text(&course, "scripts/po/en.po").ends_with(headerless));
}

#[test]
fn a_charset_that_adem_cannot_read_comes_with_a_command_that_converts_it() {
    let course = Course::new();
    let named = text(&course, "scripts/po/en.po").replace("UTF-8", "CP850").replace("Breath\"", "Br?ath\"");
    let bytes: Vec<u8> = named.bytes().map(|byte| if byte == b'?' { 0x82 } else { byte }).collect();
    course.write("scripts/po/en.po", bytes);
    let run = course.adem(&["translate", "update"]);
    assert_eq!(run.code, 1);
    let command = "msgconv --to-code=UTF-8 -o scripts/po/en.po scripts/po/en.po";
    assert!(run.stderr.contains(command), "{}", run.stderr);
    let Some(mut msgconv) = outside("msgconv") else { return };
    msgconv.args(command.split(' ').skip(1)).current_dir(course.path(""));
    is_content(msgconv);
    assert!(text(&course, "scripts/po/en.po").contains("Bréath"));
    course.succeed(&["check"]);
}

#[test]
fn a_broken_po_file_is_left_alone_while_the_others_are_updated() {
    let course = Course::new();
    course.write("scripts/po/de.po", "msgctxt \"plek:title\"\nmsgid \"De plek\"\nmsgstr \"Der Ort\n");
    let before = course.read("scripts/po/de.po");
    let run = course.adem(&["translate", "update"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("scripts/po/de.po:3"), "{}", run.stderr);
    assert_eq!(course.read("scripts/po/de.po"), before);
    assert!(text(&course, "scripts/po/en.po").contains("#: scripts/plek.toml:"));
    assert_eq!(course.adem(&["translate", "status"]).code, 1);
}

#[test]
fn texts_of_scripts_with_errors_are_not_translated() {
    let course = Course::new();
    let before = course.read("scripts/po/en.po");
    course.edit("scripts/plek.toml", "id = \"vrij\"", "id = \"voeten\"");
    let run = course.adem(&["translate", "update"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("two phrases have the id `voeten`"), "{}", run.stderr);
    assert_eq!(course.read("scripts/po/en.po"), before);
    assert_eq!(course.adem(&["translate", "update", "--lang", "nl"]).code, 1);
}
