//! Generated input files: whatever they contain, the result is errors or a timeline, never a panic or an endless loop.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;
use std::sync::LazyLock;

use adem::asset::Cache;
use adem::diag::{Look, render_all};
use adem::engine::{Engine, Error, LengthOptions, PlanJob, examine};
use adem::event::Task;
use adem::files::{Files, MemoryFiles};
use adem::layout::Length;
use adem::script::Variant;
use adem::script::exercise::{Guidance, Script};
use adem::script::language::Language;
use adem::unit::Seconds;
use proptest::prelude::*;

/// The texts of this repository's course, without its recordings, by path.
static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let texts = files(&["course.toml", "scripts", "voice", "ambience"], &["toml", "po"]);
    texts.into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
});

/// The recordings of its beds and bells, without which no script is planned.
static SOUNDS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| files(&["ambience"], &["ogg", "flac"]));

/// The files of the course with these endings, by path.
fn files(places: &[&str], endings: &[&str]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting: Vec<_> = places.iter().map(|name| root.join(name)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push((below, std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

/// No script, no text: the recordings only.
fn sounds() -> MemoryFiles {
    SOUNDS.iter().fold(MemoryFiles::new(), |files, (path, bytes)| files.with(path, bytes))
}

/// Bells take long to generate, so each is generated once.
static CACHE: LazyLock<Cache> =
    LazyLock::new(|| Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bells")));

/// How many inputs each property is tried on; `PROPTEST_CASES` sets it, such as 2000.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12)
}

fn course() -> MemoryFiles {
    TEXTS.iter().fold(sounds(), |files, (path, text)| files.with(path, text))
}

/// A course without scripts and translations, for generated scripts: reading those of the course each time takes most of a test.
fn small() -> MemoryFiles {
    let header = "title = \"C\"\nlanguages = [\"nl\", \"en\"]\nvoices = { nl = \"duif\", en = \"wren\" }\n";
    let others = TEXTS.iter().filter(|(path, _)| path.starts_with("voice/") || path.starts_with("ambience/"));
    others.fold(sounds(), |files, (path, text)| files.with(path, text)).with("course.toml", header)
}

/// The index of a text; scripts and translations more often than others.
fn place() -> impl Strategy<Value = usize> {
    let scripts = TEXTS.iter().enumerate().filter(|(_, (path, _))| path.starts_with("scripts/"));
    let scripts: Vec<_> = scripts.map(|(index, _)| index).collect();
    prop_oneof![3 => prop::sample::select(scripts), 1 => 0..TEXTS.len()]
}

/// Whether the plan of a script can depend on a file. Those of the course as it is are made by a test of their own.
fn depends_on(script: &Script, changed: &str, files: &MemoryFiles) -> bool {
    let name = changed.strip_prefix("scripts/").and_then(|name| name.strip_suffix(".toml"));
    let Some(name) = name.filter(|name| !name.contains('/')) else { return true };
    let text = files.read(Path::new(&format!("scripts/{}.toml", script.id))).unwrap();
    script.id == name || String::from_utf8_lossy(&text).contains(&format!("\"{name}\""))
}

/// Reads and checks a course, prints all its errors, and plans every script that can be planned and that depends on the changed
/// file. Returns the number of plans.
fn go_through(files: &MemoryFiles, changed: &str) -> usize {
    let mut plans = 0;
    let Ok((course, found)) = examine(files) else { return plans };
    assert!(render_all(&found, &course.sources, Look::Plain).len() >= found.len());
    let Ok(engine) = Engine::open(Arc::new(files.clone()), CACHE.clone()) else { return plans };
    for script in engine.course().scripts.values().filter(|script| depends_on(script, changed, files)) {
        let usual = LengthOptions::default();
        let exact = |minutes: u64| LengthOptions {
            length: Some(Length::Exactly(Seconds::whole(60 * minutes)).into()),
            ignore_limits: true,
            lock: None,
        };
        for (language, guidance, length) in [
            (None, None, usual.clone()),
            (Language::parse("en"), Some(Guidance::Light), usual),
            (None, None, exact(7)),
            (None, Some(Guidance::Light), exact(61)),
        ] {
            // No beds: generating them takes long, and nothing here changes them.
            let variant =
                Variant { bed: Some("none".into()), no_cues: true, language, guidance, ..Variant::default() };
            let job = PlanJob { script: script.id.clone(), variant, length };
            match engine.plan(&job, &Task::silent()) {
                Ok(plan) => {
                    plan.timeline.assert_consistent();
                    plans += 1;
                }
                Err(Error::Diagnostics { found, sources }) => {
                    assert!(!found.is_empty());
                    render_all(&found, &sources, Look::Colour);
                }
                Err(Error::Request(request)) => assert!(!request.remedies().is_empty()),
                Err(other) => panic!("{other}"),
            }
        }
    }
    plans
}

/// An edit such as a typing error, an editor or a merge would make.
#[derive(Clone, Debug)]
enum Edit {
    Cut(usize, usize),
    Insert(usize, String),
    Repeat(usize, usize),
    Swap(usize, usize),
    Value(usize, String),
}

/// Fragments of TOML and PO syntax.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    "#",
    "|",
    "\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "\u{202e}",
    "é",
    "😀",
    "\\",
    "\\u{0}",
    "say",
    "pause",
    "breathe",
    "times",
    "use",
    "id",
    "[[part]]",
    "at = \"3m\"",
    "choices = { a = [\"b\", \"c\"] }",
    "when = { a = \"b\" }, ",
    "{ repeat = [1, 2, 5], steps = [",
    "{ repeat = 3, rotate = [",
    "{ together = [",
    "] },",
    "{ walk = { pace = 50, steps = [4, 8, 99] } },",
    "{ pause = \"fill\" },",
    "instead = \"welkom\", ",
    "worth = 9, ",
    "[[cue]]",
    "natural",
    "msgid",
    "msgstr",
    "msgctxt",
    "msgid_plural",
    "msgstr[0]",
    "#,",
    "#, fuzzy",
    "#~",
    "#|",
    "#.",
    "#:",
];

/// Values that replace other values.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "-inf",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999999999",
    "0xffffffffffffffffffff",
    "0o777",
    "0b1",
    "1_000",
    "86400",
    "\"24h\"",
    "\"99:99:99\"",
    "\"end-99h\"",
    "\"end\"",
    "true",
    "[]",
    "[[]]",
    "{}",
    "1979-05-27T07:32:00Z",
    "[0, 0, 0]",
    "[10000, 10000, 10000]",
    "10000",
    "\"\"",
    "\"|\"",
    "\"|||||\"",
    "{ natural = 0, weight = 1000 }",
    "{ fixed = 0 }",
    "\"\\u0000\"",
];

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    let anything = prop_oneof![3 => piece, 1 => "\\PC{0,4}"];
    let value = prop::sample::select(VALUES).prop_map(str::to_owned);
    prop_oneof![
        1 => (any::<usize>(), 1..40usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => (any::<usize>(), anything).prop_map(|(at, text)| Edit::Insert(at, text)),
        1 => (any::<usize>(), 1..200usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Edit::Swap(a, b)),
        4 => (any::<usize>(), value).prop_map(|(at, value)| Edit::Value(at, value)),
    ]
}

/// A text with an edit applied.
fn apply(text: &str, edit: &Edit) -> String {
    let border = |at: usize| {
        let mut at = at % (text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    match edit {
        Edit::Cut(at, length) => {
            let from = border(*at);
            let to = border((from + length).min(text.len())).max(from);
            [&text[..from], &text[to..]].concat()
        }
        Edit::Insert(at, piece) => {
            let at = border(*at);
            [&text[..at], piece, &text[at..]].concat()
        }
        Edit::Repeat(at, length) => {
            let from = border(*at);
            let to = border((from + length).min(text.len())).max(from);
            [&text[..to], &text[from..]].concat()
        }
        Edit::Swap(a, b) => {
            let mut lines: Vec<&str> = text.lines().collect();
            if !lines.is_empty() {
                let (a, b) = (a % lines.len(), b % lines.len());
                lines.swap(a, b);
            }
            lines.join("\n")
        }
        Edit::Value(at, value) => {
            // Replaces a value after a `=`.
            let places: Vec<usize> = text.match_indices("= ").map(|(at, _)| at + 2).collect();
            let Some(from) = (!places.is_empty()).then(|| places[at % places.len()]) else {
                return text.to_owned();
            };
            let rest = &text[from..];
            let length = match rest.chars().next() {
                Some('"') => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
                Some('[') => rest.find(']').map_or(rest.len(), |end| end + 1),
                Some('{') => rest.find('}').map_or(rest.len(), |end| end + 1),
                _ => rest.find([',', ' ', '\n']).unwrap_or(rest.len()),
            };
            [&text[..from], value, &rest[length..]].concat()
        }
    }
}

#[test]
fn the_unedited_course_has_no_errors() {
    let scripts =
        TEXTS.iter().filter(|(path, _)| path.starts_with("scripts/") && path.matches('/').count() == 1);
    let (plans, most) = (
        go_through(&course(), "course.toml"),
        4 * scripts.filter(|(path, _)| path.ends_with("toml")).count(),
    );
    assert!(plans > most / 2, "of {most} versions {plans} are planned");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn real_files_with_edits_in_them_are_read(
        place in place(), edits in prop::collection::vec(edit(), 1..6),
    ) {
        let (path, text) = &TEXTS[place];
        let text = edits.iter().fold(text.clone(), |text, edit| apply(&text, edit));
        go_through(&course().with(path, text), path);
    }

    #[test]
    fn random_bytes_are_read(place in place(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        go_through(&course().with(&TEXTS[place].0, bytes), &TEXTS[place].0);
    }

    #[test]
    fn random_text_is_read(place in place(), text in "(\\PC|\n|\"|=|\\[|\\{){0,200}") {
        go_through(&course().with(&TEXTS[place].0, text), &TEXTS[place].0);
    }

    #[test]
    fn translations_out_of_order_are_read(pieces in prop::collection::vec(
        prop_oneof![prop::sample::select(PIECES).prop_map(str::to_owned), "\\PC{0,6}", Just("\n".to_owned())], 0..60,
    )) {
        go_through(&course().with("scripts/po/en.po", pieces.concat()), "scripts/po/en.po");
    }
}

/// The script with the steps of its first part replaced.
fn script_of(steps: &str) -> MemoryFiles {
    let text = format!(
        "language = \"nl\"\ntitle = \"T\"\nlevels = [\"full\", \"light\"]\n\n[[part]]\nsteps = [\n{steps}]\n"
    );
    small().with(Path::new(SCRIPT), text)
}

/// Where it is.
const SCRIPT: &str = "scripts/t.toml";

#[test]
fn deep_nesting_is_refused_or_read() {
    for depth in [10, 100, 1_000, 100_000] {
        for (open, close) in [("[", "]"), ("{ a = ", "}"), ("{ pause = ", "}"), ("{ steps = [", "] }")] {
            go_through(&script_of(&(open.repeat(depth) + &close.repeat(depth))), SCRIPT);
            go_through(&script_of(&open.repeat(depth)), SCRIPT);
        }
        let dotted = vec!["a"; depth].join(".");
        go_through(&small().with(SCRIPT, format!("{dotted} = 1\n[{dotted}]\n[[{dotted}.b]]\n")), SCRIPT);
    }
}

#[test]
fn ten_thousand_parts_and_steps_are_laid_out() {
    let part =
        |index| format!("[[part]]\ntitle = \"P{index}\"\nsteps = [{{ say = \"W\", id = \"w{index}\" }}]\n");
    let parts: String = (0..10_000).map(part).collect();
    let files = small().with(SCRIPT, format!("language = \"nl\"\ntitle = \"T\"\n{parts}"));
    assert!(go_through(&files, SCRIPT) > 0, "it is planned");
    let step = |index| format!("{{ say = \"W\", id = \"w{index}\" }},\n");
    let steps: String = (0..10_000).map(step).collect();
    assert!(go_through(&script_of(&steps), SCRIPT) > 0, "it is planned");
}

#[test]
fn too_many_rounds_and_too_long_pauses_are_refused_before_layout() {
    let breaths =
        "{ breathe = { in = 4, out = 6, times = 10000 }, say = \"In | uit\", id = \"w\", spoken = 1000 },\n";
    go_through(&script_of(&breaths.repeat(2_000)), SCRIPT);
    go_through(&script_of(&"{ pause = \"24h\" },\n".repeat(10_000)), SCRIPT);
    go_through(&script_of(&"{ pause = { natural = \"24h\", weight = 1000 } },\n".repeat(10_000)), SCRIPT);
}

#[test]
fn fragments_that_multiply_are_refused() {
    let mut files = script_of("{ use = \"f0\" },\n");
    for index in 0..16 {
        let uses = format!("{{ use = \"f{}\" }}, ", index + 1).repeat(10);
        files = files.with(
            format!("scripts/fragments/f{index}.toml"),
            format!("language = \"nl\"\nsteps = [{uses}]\n"),
        );
    }
    files = files.with("scripts/fragments/f16.toml", "language = \"nl\"\nsteps = [{ pause = 1 }]\n");
    go_through(&files, SCRIPT);
}

#[test]
fn fragments_that_all_use_each_other_are_refused() {
    let mut files = script_of("{ use = \"f0\" },\n");
    for index in 0..24 {
        let name = |other| format!("{{ use = \"f{other}\" }}, ");
        let uses: String = (0..24).map(name).collect();
        files = files.with(
            format!("scripts/fragments/f{index}.toml"),
            format!("language = \"nl\"\nsteps = [{uses}]\n"),
        );
    }
    go_through(&files, SCRIPT);
}

/// Extreme numbers: zero, negative, beyond each type, not a number, and years.
const HOSTILE: [&str; 16] = [
    "0",
    "-0",
    "-1",
    "1e308",
    "-1e308",
    "1e-308",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "9223372036854775807",
    "-9223372036854775808",
    "\"0s\"",
    "\"-5s\"",
    "\"9999999h\"",
    "\"1e308s\"",
];

#[test]
fn extreme_numbers_are_refused_or_laid_out_in_every_key_that_takes_a_number() {
    let steps = [
        "{ pause = # }",
        "{ pause = { natural = # } }",
        "{ pause = { natural = 5, least = # } }",
        "{ pause = { natural = 5, most = # } }",
        "{ pause = { natural = 5, weight = # } }",
        "{ pause = { fixed = # } }",
        "{ say = \"W\", id = \"w\", pause = # }",
        "{ say = \"W\", id = \"w\", worth = # }",
        "{ breathe = { in = #, out = 6, times = 3 } }",
        "{ breathe = { in = 4, out = #, times = 3 } }",
        "{ breathe = { in = 4, out = 6, from = #, times = 8 } }",
        "{ breathe = { in = 4, out = 6, times = # } }",
        "{ breathe = { in = 4, out = 6, times = [0, 1, #] } }",
        "{ breathe = { in = 4, out = 6, times = 3 }, say = \"In | uit\", id = \"w\", spoken = # }",
        "{ walk = { pace = #, steps = 8 } }",
        "{ walk = { pace = 50, steps = [1, #, #] } }",
        "{ repeat = #, steps = [{ pause = 1 }] }",
        "{ repeat = [0, #, #], steps = [{ repeat = #, steps = [{ pause = # }] }] }",
        "{ pause = 1, at = # }",
        "{ bell = \"zacht\", gain = # }",
    ];
    let tops =
        ["track = #", "head = #", "tail = #", "seed = #", "length = { usual = #, least = #, most = # }"];
    let parts = ["at = #", "length = #"];
    for value in HOSTILE {
        for step in steps {
            go_through(&script_of(&format!("{},\n{{ pause = 3 }},\n", step.replace('#', value))), SCRIPT);
        }
        for top in tops {
            let top = top.replace('#', value);
            let script =
                format!("language = \"nl\"\ntitle = \"T\"\n{top}\n[[part]]\nsteps = [{{ pause = 3 }}]\n");
            go_through(&small().with(SCRIPT, script), SCRIPT);
        }
        for part in parts {
            let part = part.replace('#', value);
            let script = format!(
                "language = \"nl\"\ntitle = \"T\"\n[[part]]\nsteps = [{{ pause = 3 }}]\n[[part]]\n{part}\nsteps = [{{ pause = 3 }}]\n"
            );
            go_through(&small().with(SCRIPT, script), SCRIPT);
        }
    }
}
