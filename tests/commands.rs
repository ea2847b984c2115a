//! What all commands share: how much they say, their help, where they find the course, and where they write.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::path::Path;
use std::process::Command;

use support::program::Program;
use support::{Course, Run};

/// Every command and subcommand, as it is typed.
const COMMANDS: [&[&str]; 46] = [
    &["check"],
    &["explain"],
    &["fmt"],
    &["fit"],
    &["plan"],
    &["render"],
    &["build"],
    &["studio"],
    &["serve"],
    &["run"],
    &["collect"],
    &["verify"],
    &["list"],
    &["credits"],
    &["export"],
    &["measure"],
    &["qc"],
    &["schema"],
    &["new"],
    &["adopt"],
    &["translate"],
    &["translate", "add"],
    &["translate", "check"],
    &["translate", "pack"],
    &["translate", "unpack"],
    &["translate", "export"],
    &["translate", "import"],
    &["translate", "extract"],
    &["translate", "update"],
    &["translate", "status"],
    &["translate", "confirm"],
    &["voice"],
    &["voice", "sheet"],
    &["voice", "status"],
    &["voice", "import"],
    &["voice", "accept"],
    &["voice", "reject"],
    &["voice", "level"],
    &["voice", "denoise"],
    &["voice", "hum"],
    &["voice", "consent"],
    &["trust"],
    &["clean"],
    &["completions"],
    &["man"],
    &["help"],
];

/// Runs the program in a folder of the course.
fn from(course: &Course, folder: &str, arguments: &[&str]) -> Run {
    let state = course.path(".state");
    Program::new(&course.path(folder), arguments).env("ADEM_STATE", state).run()
}

fn good(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

// how much is said

#[test]
fn quiet_says_errors_and_what_was_asked_for_and_nothing_else() {
    let course = Course::new();
    course.sound("voice/nl/anna/plek/welkom.wav", "8-bit");
    let loud = course.succeed(&["render", "2"]);
    assert!(loud.stderr.contains("has only 8 bits") && loud.stderr.contains("real time"), "{}", loud.stderr);
    for arguments in [&["render", "2", "-q"][..], &["-q", "export", "audacity", "2"], &["--quiet", "fmt"]] {
        let run = course.succeed(arguments);
        assert_eq!((run.stderr.as_str(), run.text()), ("", ""), "{arguments:?}");
    }
    let plan = course.succeed(&["plan", "2", "-q"]);
    assert!(plan.stderr.is_empty() && plan.text().contains("Aankomen"));
    assert_eq!(course.succeed(&["-q", "new", "ander"]).stderr, "");
    course.edit("scripts/plek.toml", "pause = 1", "puase = 1");
    let wrong = course.adem(&["check", "-q"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("error[unknown-key]"), "{}", wrong.stderr);
    assert!(course.adem(&["render", "9", "-q"]).stderr.starts_with("error"));
}

#[test]
fn verbose_tells_the_folders_and_what_was_read() {
    let course = Course::new().with_own_cache();
    let root = std::fs::canonicalize(course.root()).unwrap();
    let run = course.succeed(&["render", "2", "-v"]);
    for line in [
        format!("course: {}", root.display()),
        format!("cache: {}", root.join(".adem").display()),
        "read: 1 script, 1 fragment, 2 voices, 3 beds, 2 bells".to_owned(),
        "voice: voice/nl/anna; 5 phrases, 0 synthesised".to_owned(),
        "bed: ambience/bruis.toml".to_owned(),
    ] {
        assert!(run.stderr.lines().any(|said| said == line), "{line}\n{}", run.stderr);
    }
    assert!(!course.succeed(&["render", "2"]).stderr.contains("cache: "));
    let off = course.program(&["plan", "2", "--verbose"]).env("ADEM_CACHE", "off").run();
    assert!(off.stderr.contains("cache: off"), "{}", off.stderr);
    assert_eq!(course.adem(&["plan", "2", "-v", "-q"]).code, 2);
}

#[test]
fn a_script_is_found_by_its_path_without_its_ending_and_tracks_are_told_in_order() {
    let course = Course::new();
    for (place, typed) in [("scripts", "./plek"), ("", "scripts/plek"), ("", "./scripts/plek.toml")] {
        let run = Program::new(&course.path(place), &["plan", typed]).run();
        assert_eq!(run.code, 0, "{typed}: {}", run.shown());
    }
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    for (name, track) in [("a", 11), ("b", 9), ("c", 10)] {
        course
            .write(&format!("scripts/{name}.toml"), script.replace("track = 2", &format!("track = {track}")));
    }
    let run = course.adem(&["render", "99"]);
    assert!(run.stderr.contains("available: tracks `2`, `9`, `10` and `11`"), "{}", run.stderr);
}

// help

#[test]
fn the_help_of_every_command_has_examples_and_exit_codes() {
    let desk = Course::empty();
    for command in COMMANDS {
        let asked = [command, &["--help"]].concat();
        let run = desk.succeed(&asked);
        let by_help = desk.succeed(&[&["help"], command].concat());
        assert_eq!(run.text(), by_help.text(), "{command:?}");
        let usage = format!("adem {}", command.join(" "));
        assert!(run.text().contains(&usage), "{}", run.text());
        for part in ["Examples:\n  adem ", "Exit codes:\n  0    done\n"] {
            assert!(run.text().contains(part), "{command:?}: {part}\n{}", run.text());
        }
    }
    let all = desk.succeed(&["--help"]);
    for part in ["Examples:", "  130  stopped by Ctrl-C", "ADEM_CACHE"] {
        assert!(all.text().contains(part), "{part}");
    }
    assert_eq!(desk.succeed(&["help"]).text(), all.text());
    let mistyped = desk.adem(&["help", "rendr"]);
    assert_eq!(mistyped.code, 2);
    assert!(mistyped.stderr.contains("did you mean `render`?"), "{}", mistyped.stderr);
}

#[test]
fn the_reference_is_in_the_program() {
    let run = Course::empty().succeed(&["help", "reference"]);
    let own = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md")).unwrap();
    assert!(run.text() == own);
}

// shells and man

#[test]
fn completions_are_for_each_shell_and_bash_reads_its_own() {
    let desk = Course::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = desk.succeed(&["completions", shell]);
        assert!(run.text().contains("translate") && run.text().contains("guidance"), "{shell}");
    }
    desk.write("adem.bash", desk.succeed(&["completions", "bash"]).stdout);
    // What bash offers after `adem ren`, and after `adem export `.
    let offers = |words: &str, at: usize| {
        let script = format!(
            "source adem.bash && COMP_WORDS=({words}) COMP_CWORD={at} && _adem adem \"${{COMP_WORDS[{at}]}}\" '' && echo \"${{COMPREPLY[@]}}\""
        );
        let run = Command::new("bash").args(["-c", &script]).current_dir(desk.root()).output();
        run.ok().map(|run| {
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            String::from_utf8(run.stdout).unwrap()
        })
    };
    let Some(render) = offers("adem ren", 1) else {
        eprintln!("skipped: there is no bash");
        return;
    };
    assert_eq!(render.trim(), "render");
    assert!(offers("adem qc --pre", 2).unwrap().contains("--preset"));
    assert_eq!(desk.adem(&["completions", "tcsh"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let desk = Course::empty();
    let run = desk.succeed(&["man", "pages"]);
    assert!(run.stderr.contains(&format!("{} pages in pages", COMMANDS.len() + 1)), "{}", run.stderr);
    let names = COMMANDS.iter().map(|words| format!("pages/adem-{}.1", words.join("-")));
    let mut expected: Vec<_> = names.chain(["pages/adem.1".to_owned()]).collect();
    expected.sort();
    assert_eq!(desk.files("pages"), expected);
    for page in desk.files("pages") {
        let text = String::from_utf8(desk.read(&page)).unwrap();
        for part in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES", ".SH \"EXIT STATUS\""] {
            assert!(text.contains(part), "{page}: {part}");
        }
    }
    assert_eq!(desk.read("pages/adem.1"), desk.succeed(&["man"]).stdout);
    if Command::new("groff").arg("--version").output().is_err() {
        eprintln!("skipped: no groff reads the pages");
        return;
    }
    for page in desk.files("pages") {
        let read = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z", &page])
            .current_dir(desk.root())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&read.stderr), "", "{page}");
    }
}

// a new course

#[test]
fn the_commands_for_a_new_course_can_be_pasted_whatever_its_name() {
    for name in ["Mijn cursus", "Anna's course", "$HOME", "plain"] {
        let desk = Course::empty();
        let run = desk.succeed(&["new", name]);
        let cd = run.stderr.lines().find(|line| line.trim_start().starts_with("cd ")).unwrap();
        let shell =
            Command::new("sh").args(["-c", &format!("{cd} && pwd")]).current_dir(desk.root()).output();
        let Ok(shell) = shell else {
            eprintln!("skipped: there is no sh");
            return;
        };
        let reached = String::from_utf8(shell.stdout).unwrap();
        assert!(Path::new(reached.trim_end()).ends_with(name), "{cd} leads to {reached:?}");
    }
}

#[test]
fn every_file_of_a_new_course_names_a_schema_that_is_there() {
    let desk = Course::empty();
    desk.succeed(&["new", "cursus"]);
    let files: Vec<_> = desk
        .files("cursus")
        .into_iter()
        .filter(|path| path.rsplit_once('.').is_some_and(|(_, ending)| ending == "toml"))
        .collect();
    assert_eq!(files.len(), 5);
    for path in files {
        let text = String::from_utf8(desk.read(&path)).unwrap();
        let schema = text.lines().next().unwrap().strip_prefix("#:schema ").expect("a schema");
        let schema = desk.path(&path).parent().unwrap().join(schema);
        let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(&schema).unwrap()).unwrap();
        assert_eq!(schema["type"], "object", "{path}");
    }
    desk.succeed(&["schema", "--out", "again"]);
    for path in desk.files("again") {
        assert!(desk.read(&path) == desk.read(&path.replace("again", "cursus/schema")), "{path}");
    }
}

// where the course is

#[test]
fn the_course_is_found_from_any_folder_in_it() {
    let course = Course::new();
    std::fs::create_dir_all(course.path("scripts/po")).unwrap();
    let wanted = course.succeed(&["plan", "plek", "--json"]).stdout;
    for folder in ["scripts", "scripts/po", "voice/nl/anna/plek", "ambience"] {
        assert!(good(from(&course, folder, &["plan", "2", "--json"])).stdout == wanted, "{folder}");
        assert!(good(from(&course, folder, &["plan", "plek", "--json"])).stdout == wanted, "{folder}");
    }
    assert!(good(from(&course, "scripts", &["plan", "plek.toml", "--json"])).stdout == wanted);
    assert!(good(from(&course, "scripts", &["plan", "./plek.toml", "--json"])).stdout == wanted);
    assert!(good(from(&course, "scripts", &["plan", "scripts/plek.toml", "--json"])).stdout == wanted);
    assert!(good(from(&course, "voice/nl", &["plan", "../../scripts/plek.toml", "--json"])).stdout == wanted);
    // An output lies where the course has them, and one that is named lies where the person stands.
    let run = good(from(&course, "scripts", &["render", "plek"]));
    assert!(run.stderr.contains("../out/02-plek-nl.wav: "), "{}", run.stderr);
    assert!(course.has("out/02-plek-nl.wav") && !course.has("scripts/out"));
    std::fs::create_dir(course.path("mixes")).unwrap();
    good(from(&course, "mixes", &["render", "2", "-o", "mine.wav"]));
    assert!(course.read("mixes/mine.wav") == course.read("out/02-plek-nl.wav"));
    let refused = from(&course, "scripts", &["render", "2", "-o", "mine.wav"]);
    assert_eq!(refused.code, 2, "it is a folder of sources: {}", refused.stderr);
    // Without a course anywhere there is none.
    let run = Course::empty().adem(&["check"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("there is no course.toml here"), "{}", run.stderr);
}

#[test]
fn the_course_is_found_from_a_path_to_one_of_its_files() {
    let (course, elsewhere) = (Course::new(), Course::empty());
    let path = |name: &str| course.path(name).to_str().unwrap().to_owned();
    let script = path("scripts/plek.toml");
    let wanted = course.succeed(&["plan", "2", "--json"]).stdout;
    assert!(elsewhere.succeed(&["plan", &script, "--json"]).stdout == wanted);
    assert!(elsewhere.succeed(&["-C", &path("scripts"), "plan", "2", "--json"]).stdout == wanted);
    elsewhere.succeed(&["fit", &script]);
    elsewhere.succeed(&["render", &script, "-o", "here.wav"]);
    assert!(elsewhere.has("here.wav"), "outputs are where the person stands");
    assert_eq!(elsewhere.succeed(&["fmt", "--check", &script]).text(), "");
    course.edit("scripts/plek.toml", "pause = 1", "puase = 1");
    course.edit("course.toml", "title = \"Begin\"", "titel = \"Begin\"");
    for (folder, named) in [(elsewhere.root(), script.as_str()), (&*course.path("scripts"), "plek.toml")] {
        let run = Program::new(folder, &["check", named]).run();
        assert_eq!(run.code, 1);
        assert!(run.stderr.contains("puase") && !run.stderr.contains("titel"), "{}", run.stderr);
    }
}

#[test]
fn a_path_at_which_nothing_is_is_told_with_the_nearest_name() {
    let course = Course::new();
    for (typed, told) in [
        ("nothere.toml", "nothere.toml does not exist; check the path"),
        ("scripts/plk.toml", "scripts/plk.toml does not exist; did you mean scripts/plek.toml?"),
        ("plk.toml", "plk.toml does not exist; did you mean scripts/plek.toml?"),
        ("coarse.toml", "coarse.toml does not exist; did you mean course.toml?"),
        ("Scripts", "Scripts does not exist; did you mean scripts?"),
    ] {
        for command in ["check", "fmt"] {
            let run = from(&course, "", &[command, typed]);
            assert!(run.code == 2 && run.stderr.contains(told), "{command} {typed}: {}", run.stderr);
        }
    }
    let run = from(&course, "", &["plan", "scripts/plk.toml"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean scripts/plek.toml?"), "{}", run.stderr);
}

#[test]
fn a_path_that_is_no_script_is_wrong_usage() {
    let course = Course::new();
    course.write("ambience/plek.toml", course.read("ambience/bruis.toml"));
    for (path, why) in [
        ("scripts/fragments/slot.toml", "is not a script"),
        ("ambience/plek.toml", "is not a script"),
        ("nergens/plek.toml", "nergens/plek.toml does not exist"),
        ("scripts/plk.toml", "scripts/plk.toml does not exist"),
    ] {
        let run = course.adem(&["plan", path]);
        assert_eq!(run.code, 2, "{path}");
        assert!(run.stderr.contains(why), "{path}: {}", run.stderr);
    }
    assert!(course.adem(&["plan", "plk.toml"]).stderr.contains("did you mean `plek`?"));
}

// where outputs go

#[test]
fn no_more_than_one_new_folder_is_made_outside_out_and_it_is_told() {
    let course = Course::new();
    let made = course.succeed(&["render", "2", "-o", "new/track.wav"]);
    assert!(made.stderr.contains("made the folder new\n"), "{}", made.stderr);
    let silent = course.succeed(&["render", "2", "-o", "out/deep/er/track.wav"]);
    assert!(!silent.stderr.contains("made the folder"), "{}", silent.stderr);
    assert!(course.has("out/deep/er/track.wav"));
    assert!(!course.succeed(&["render", "2", "-o", "new/again.wav"]).stderr.contains("made the folder"));
    for arguments in [
        &["render", "2", "-o", "no pe/deep/track.wav"][..],
        &["render", "2", "--stems", "no pe/deep"],
        &["export", "reaper", "2", "-o", "no pe/deep"],
        &["schema", "--out", "no pe/deep"],
        &["man", "no pe/deep"],
    ] {
        let run = course.adem(arguments);
        assert_eq!(run.code, 2, "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains("there is no folder no pe/deep"), "{}", run.stderr);
        assert!(!course.has("no pe"));
        // What it says to type, typed, works.
        let (_, typed) = run.stderr.trim_end().rsplit_once("make the folder with `").unwrap();
        if cfg!(unix) {
            let typed = Command::new("sh")
                .args(["-c", typed.trim_end_matches('`')])
                .current_dir(course.root())
                .status();
            assert!(typed.unwrap().success());
            course.succeed(arguments);
            std::fs::remove_dir_all(course.path("no pe")).unwrap();
        }
    }
}

// the cache

/// The bytes of the entries of a cache.
fn cached(course: &Course, folder: &str) -> u64 {
    let kinds = std::fs::read_dir(course.path(folder)).into_iter().flatten().flatten();
    let kinds = kinds.filter(|kind| kind.path().is_dir());
    let entries = kinds.flat_map(|kind| std::fs::read_dir(kind.path()).unwrap().flatten());
    entries.map(|entry| entry.metadata().unwrap().len()).sum()
}

#[test]
fn clean_empties_the_cache_and_takes_strays_out_of_out_and_nothing_else() {
    let course = Course::new().with_own_cache();
    course.succeed(&["render", "2"]);
    let stray = "out/.02-plek-nl.wav.Ab3dE9";
    course.write(stray, "half of it");
    let held = "out/.02-plek-nl.flac.Ab3dE9";
    course.write(held, "half of it");
    let at_work = std::fs::File::open(course.path(held)).unwrap();
    at_work.lock().unwrap();
    let (before, full) = (course.files(""), cached(&course, ".adem"));
    assert!(full > 0);
    let would = course.succeed(&["clean", "--dry-run"]);
    assert!(would.stderr.contains(".adem: would remove "), "{}", would.stderr);
    assert_eq!((course.files(""), cached(&course, ".adem")), (before.clone(), full));
    let young_ones = course.succeed(&["clean", "--older-than", "1"]);
    assert!(young_ones.stderr.contains(".adem: removed 0 entries, 0 B; "), "{}", young_ones.stderr);
    assert_eq!(cached(&course, ".adem"), full);
    assert!(!course.has(stray), "strays go all the same");
    let run = course.succeed(&["clean"]);
    assert!(run.stderr.contains("entries, ") && !run.stderr.contains("left"), "{}", run.stderr);
    assert_eq!(cached(&course, ".adem"), 0);
    let kept: Vec<_> = before.into_iter().filter(|path| path != stray).collect();
    assert_eq!(course.files(""), kept);
    let again = course.succeed(&["render", "2"]);
    assert!(again.stderr.contains("decoding"), "{}", again.stderr);
    assert_eq!(Course::empty().with_own_cache().adem(&["clean"]).code, 2, "there is no course");
}

#[test]
fn the_cache_stays_within_its_limit_and_keeps_what_the_run_used() {
    let course = Course::new().with_own_cache();
    let render =
        |limit: &str| good(course.program(&["render", "2", "-v"]).env("ADEM_CACHE_LIMIT", limit).run());
    let clip = "voice/nl/anna/plek/welkom.wav";
    let old = course.read(clip);
    assert!(render("1GiB").stderr.contains("decoding"));
    course.sound(clip, "speech 0.9");
    let run = render("1kB");
    assert!(run.stderr.contains("cache: removed ") && run.stderr.contains("to stay under"), "{}", run.stderr);
    let kept = cached(&course, ".adem");
    assert!(!render("1kB").stderr.contains("decoding"), "what the run used was kept");
    course.write(clip, old);
    assert!(render("off").stderr.contains("decoding"), "what only the first run used was not");
    assert!(cached(&course, ".adem") > kept);
    let wrong = course.program(&["check"]).env("ADEM_CACHE_LIMIT", "much").run();
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("write a size such as 8GiB"), "{}", wrong.stderr);
}

#[test]
#[cfg(unix)]
fn nobody_cleans_the_cache_of_a_render_at_work() {
    let course = Course::new().with_own_cache();
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = \"6h\"");
    course.succeed(&["plan", "2"]);
    let full = cached(&course, ".adem");
    let mut child = course.program(&["render", "2", "-o", "-"]).start();
    // It has its clips as soon as the first sound comes.
    let mut first = [0; 44];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    let run = course.adem(&["clean"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(run.code, 75, "{}", run.stderr);
    assert!(run.stderr.contains("another adem is using the cache"), "{}", run.stderr);
    assert!(cached(&course, ".adem") >= full);
    course.succeed(&["clean"]);
    assert_eq!(cached(&course, ".adem"), 0);
}

// several versions

/// The small course with a second script.
fn two_scripts() -> Course {
    let course = Course::new();
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    let script = script.replace("track = 2", "track = 3").replace("De plek", "De rust");
    course.write("scripts/rust.toml", script);
    for voice in ["nl/anna", "en/beth"] {
        for clip in ["welkom", "vrij", "voeten", "in-uit"] {
            let sound = course.read(&format!("voice/{voice}/plek/{clip}.wav"));
            course.write(&format!("voice/{voice}/rust/{clip}.wav"), sound);
        }
    }
    let po = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    let own = po.split_once("msgctxt").unwrap().1.split_once("msgctxt \"slot").unwrap().0;
    let own = format!("\nmsgctxt{own}").replace("plek:", "rust:").replace("plek/", "rust/");
    let own = own.replace("De plek", "De rust").replace("The place", "The rest");
    course.write("scripts/po/en.po", po + &own);
    course.edit("course.toml", "tracks = [2]", "tracks = [2, 3]");
    course
}

#[test]
fn lists_of_scripts_lengths_and_languages_are_the_files_of_single_renders() {
    let course = two_scripts();
    let run = course.succeed(&["render", "2", "rust", "--lang", "nl,en", "--length", "25s,30s"]);
    assert!(run.stderr.contains("\n8 versions rendered; "), "{}", run.stderr);
    let made: Vec<_> = course
        .files("out")
        .into_iter()
        .filter(|path| path.rsplit_once('.').is_some_and(|(_, ending)| ending == "wav"))
        .collect();
    let mut expected: Vec<String> = Vec::new();
    for track in ["02-plek", "03-rust"] {
        for language in ["en", "nl"] {
            for length in ["25s", "30s"] {
                expected.push(format!("out/{track}-{language}_{length}.wav"));
                let line = format!("out/{track}-{language}_{length}.wav: 0:{}\n", &length[..2]);
                assert!(run.stderr.contains(&line), "{line}\n{}", run.stderr);
            }
        }
    }
    assert_eq!(made, expected);
    let alone = course.succeed(&["render", "3", "--lang", "en", "--length", "30s", "-o", "alone.wav"]);
    assert!(alone.stderr.contains("times real time"));
    assert!(course.read("alone.wav") == course.read("out/03-rust-en_30s.wav"));
    for text in ["vtt", "timeline.json", "transcript.md"] {
        assert!(course.has(&format!("out/03-rust-en_30s.{text}")), "{text}");
    }
    assert!(!course.has("out/.build"), "nothing is remembered");
}

#[test]
fn several_versions_go_to_a_folder_or_a_pattern() {
    let course = two_scripts();
    let run = course.succeed(&["render", "2", "3", "-o", "mixes"]);
    assert!(run.stderr.contains("made the folder mixes\n"), "{}", run.stderr);
    assert!(course.has("mixes/02-plek-nl.wav") && course.has("mixes/03-rust-nl.wav"));
    let pattern = "mixes/{language}/{track} {slug}{version}.mp3";
    course.succeed(&["render", "3", "--lang", "nl,en", "--guidance", "light", "-o", pattern]);
    assert!(course.has("mixes/nl/03 de-rust_light.mp3") && course.has("mixes/en/03 the-rest_light.mp3"));
    course.succeed(&[
        "render",
        "2",
        "--length",
        "25s,30s",
        "--format",
        "wav16,mp3",
        "-o",
        "mixes/{script}-{length}{version}",
    ]);
    for file in ["plek-25s.wav", "plek-25s.mp3", "plek-30s.wav", "plek-30s.mp3"] {
        assert!(course.has(&format!("mixes/{file}")), "{file}: {:?}", course.files("mixes"));
    }
    course.succeed(&["render", "2", "2", "--length", "25s,25s", "-o", "twice", "--format", "mp3"]);
    assert!(course.has("twice/02-plek-nl_25s.mp3"), "one version, in a folder: {:?}", course.files("twice"));
    let before = course.files("");
    for (arguments, why) in [
        (
            &["2", "3", "-o", "{language"][..],
            "`{language` has no closing brace; close it, such as {language}",
        ),
        (&["2", "3", "-o", "one.wav"], "one.wav is one file for several versions"),
        (&["2", "3", "-o", "-"], "standard output takes one version"),
        (&["2", "3", "--stems", "stems"], "--stems takes the stems of one version"),
        (&["2", "3", "-o", "{langage}.wav"], "did you mean {language}?"),
        (
            &["2", "3", "-o", "{language}.wav"],
            "two versions would both be written to nl.wav; name more in the pattern, such as {track}, {version}",
        ),
        (&["2", "3", "-o", "no/where"], "there is no folder no/where"),
        (&["2", "3", "-o", "voice/{script}.wav"], "a folder of sources"),
        (&["2", "9"], "there is no track 9"),
        (&["2", "3", "--lang", "nl,fr"], "fr"),
    ] {
        let run = course.adem(&[&["render"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains(why), "{arguments:?}\n{}", run.stderr);
    }
    assert_eq!(course.files(""), before, "wrong usage writes nothing");
}

#[test]
fn one_failing_version_does_not_stop_the_others_and_is_told_at_the_end() {
    let course = two_scripts();
    course.remove("voice/nl/anna/rust/vrij.wav");
    let run = course.adem(&["render", "2", "3", "--lang", "nl,en"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in
        ["error[missing-clip]", "1 version not made:\n  out/03-rust-nl\n", "3 versions rendered, 1 failed"]
    {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
    assert!(course.has("out/03-rust-en.wav") && !course.has("out/03-rust-nl.wav"));
    let long = course.adem(&["render", "2", "3", "--lang", "en", "--length", "26s,1s"]);
    assert_eq!(long.code, 1);
    assert!(long.stderr.contains("2 versions rendered, 2 failed"), "{}", long.stderr);
    // The same twice is one version, rendered as it always was; a comma can be that of a number.
    let once = course.succeed(&["render", "plek", "plek", "--length", "0,5m"]);
    assert!(once.stderr.contains("out/02-plek-nl_30s.wav: 0:30 ("), "{}", once.stderr);
    assert_eq!(course.adem(&["plan", "2", "--length", "25s,30s"]).code, 2, "a plan is of one version");
}
